"""What every row family needs: time, money, the builder, and the kernels that move things in time.

Program units: GW, EFLOP/s, G USD, kt, thousands of racks, satellites and endpoints, `scale` units of a layer.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from compute_stack import economics
from planner.builder import Builder
from planner.eligibility import Sets
from planner.tables import Tables

HOURS = 8766.0
YEARLY = HOURS * 1e-6  # G USD/yr of 1 GW at 1 USD/MWh, and of 1 EFLOP/s at 1 USD/PFLOP/h
SMALL = 1e-4  # delivery entries below this are dropped


class Context:
    """State of one assembly; families read and extend it in order."""

    def __init__(self, tables: Tables, sets: Sets, data: dict[str, dict[str, Any]]) -> None:
        self.tables, self.sets, self.data = tables, sets, data
        self.periods = tables.horizon
        self.dt = float(tables.settings["period"])
        self.build = Builder(self.periods)
        self.begin = self.dt * np.arange(self.periods)
        self.end = self.dt * self.periods
        self.rate = data["scenario"]["discount_rate"]
        #: discounted length of each period [yr]
        self.pay = self.dt * economics.mean_discount(self.rate, self.begin, self.begin + self.dt)
        self.parts: dict[str, dict[int, Any]] = {}
        self.constants: dict[str, Any] = {}
        self.cash: list[tuple[int, Any]] = []
        self.cash_later: list[tuple[int, Any]] = []
        self.v: dict[str, int] = {}
        # What the families add, in order.
        #: demand of each workload [EFLOP/s] ``[workload, T]``
        self.demand: jax.Array
        #: value of serving it [G USD/yr per EFLOP/s] ``[workload, T]``
        self.worth: jax.Array
        #: whether a workload is a job ``[workload]``
        self.job: np.ndarray
        #: most that a workload can be served at [EFLOP/s] ``[workload, T]``
        self.most: jax.Array
        #: fastest pace of a job [EFLOP/s] ``[workload]``
        self.fastest: jax.Array
        #: first workloads of contracts: rows of `accept`
        self.signed: np.ndarray
        #: revenue of each contract over its windows [G USD]
        self.revenue: jax.Array
        #: row block of compute, and the (profile, zone) of its rows
        self.compute: int
        self.cells_of_compute: list[tuple[int, int]]
        #: row block of peaks, blocks of the day in it (0: none), and the highest hour over the mean
        self.peak: int
        self.blocks_of_peak = 0
        self.crowd: Any = 1.0
        #: satellite class of each deployment (-1: none)
        self.satellite_class: np.ndarray
        #: chip groups bought with a unit of each deployment, spares included
        self.groups: jax.Array
        #: IT power of a unit of each deployment [MW]
        self.unit_power: jax.Array
        #: (site, source) of each power cell ``[cell, 2]``
        self.cells: np.ndarray
        #: planned lead of each phase [yr]
        self.lead: jax.Array
        #: most power that can stand on each site [GW]
        self.site_most: np.ndarray
        #: IT power under each technology over the nominal one ``[technology]``
        self.warmer: jax.Array
        #: WUE ``[site, technology]`` [L/kWh]
        self.wue: jax.Array
        #: sites and technologies of the blocks of `hall`
        self.halls: tuple[np.ndarray, np.ndarray]
        #: row block of launches per vehicle; None where nothing is launched
        self.cadence: int | None = None
        #: sites that are committed to: rows of `open`
        self.opened: np.ndarray
        #: row block of layers
        self.supply: int

    def charge(self, part: str, variable: int, cost: Any) -> None:
        """Add a money part [G USD per program unit] to the objective."""
        self.build.charge(variable, cost)
        exists = self.build.variables[variable].exists
        cost = jnp.where(exists, jnp.broadcast_to(cost, exists.shape), 0.0)
        book = self.parts.setdefault(part, {})
        book[variable] = book.get(variable, 0.0) + cost

    def constant(self, part: str, amount: Any) -> None:
        """Add a constant money part [G USD]."""
        self.build.constant = self.build.constant + amount
        self.constants[part] = self.constants.get(part, 0.0) + amount

    def capital(self, part: str, variable: int, price: Any, life: Any, begin: Any = None) -> None:
        """Charge the annuity (inside the horizon) of `price` [G USD per unit] from `begin` on; count it as cash."""
        begin = self.begin if begin is None else begin
        share = economics.annuity_in_horizon(self.rate, life, begin, self.end)
        self.charge(part, variable, price * share)
        self.cash.append((variable, price))

    def steady(self, part: str, variable: int, price: Any) -> None:
        """Charge `price` [G USD/yr per unit] for every period."""
        self.charge(part, variable, price * self.pay)

    def moved(self, delay: Any) -> jax.Array:
        """Kernel ``[..., T, T]``: what belongs to period s happens `delay` ``[..., T or 1]`` [yr] later.

        A negative delay is earlier, but never before the plan starts; fractions are shared by the two periods beside.
        """
        place = jnp.maximum(jnp.arange(self.periods) + jnp.asarray(delay) / self.dt, 0.0)
        weight = 1.0 - jnp.abs(jnp.arange(self.periods)[:, None] - place[..., None, :])
        return jnp.where(weight > SMALL, weight, 0.0)

    def since(self, share: Any) -> jax.Array:
        """Kernel ``[..., T, T]`` from a function of age: ``share(age at the start of period t)`` for s <= t, else 0."""
        t = np.arange(self.periods)
        age = self.dt * (t[:, None] - t[None, :])
        value = jnp.where(age >= 0, share(np.maximum(age, 0.0)), 0.0)
        return jnp.where(value > SMALL, value, 0.0)

    @property
    def running_total(self) -> np.ndarray:
        """Kernel of a sum over all periods up to now."""
        return np.tril(np.ones((self.periods, self.periods)))

    def ref(self, table: str, column: str) -> np.ndarray:
        """Positions that a ref column points to."""
        return self.tables.index(table, column)

    def names(self, table: str) -> list[tuple[str, ...]]:
        """Entity labels of a table."""
        return [(k,) for k in self.tables.keys(table)]

    def positions(self, column: np.ndarray, wanted: int) -> np.ndarray:
        """Where a position column equals `wanted`."""
        return np.nonzero(column == wanted)[0]
