"""The plan as arrays by name, time value and kernels restated in NumPy, and the ledger of what does not add up.

Table units throughout: MW, PFLOP/s, racks, satellites, t, M USD. Nothing here comes from `planner.assemble`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from planner.tables import Tables

SHARE = 2e-6
"""Twice the share of its scale by which the certificate lets a row be off."""
DROPPED = 1e-4
"""Deliveries and survivors below this share are not counted on (the planner's rule)."""
FEW = 4


class Book:
    """Values of a plan by variable and entity, with the calendar and the money of its tables."""

    def __init__(self, tables: Tables, plan: pd.DataFrame) -> None:
        self.tables, self.n, self.f = tables, tables.numbers, tables.frames
        self.periods, self.dt = tables.horizon, float(tables.settings["period"])
        self.begin = self.dt * np.arange(self.periods)
        self.end = self.dt * self.periods
        self.middle = float(tables.settings["start"]) + self.begin + self.dt / 2
        self.force = float(np.log1p(float(tables.settings["discount_rate"])))
        self.pay = self.discount(self.begin) * _mean(self.force * self.dt) * self.dt
        self.units: dict[tuple[str, int], Any] = {}
        self.entities: dict[str, list[tuple[str, ...]]] = {}
        self.values: dict[str, np.ndarray] = {}
        labels, period, amount = (
            plan[["variable", "a", "b", "c"]].to_numpy(object),
            plan["period"].to_numpy(int),
            plan["value"].to_numpy(float),
        )
        family, names = pd.factorize(labels[:, 0])
        for k, name in enumerate(names):
            mine = np.flatnonzero(family == k)
            place, entities = pd.factorize(np.array(["\x1f".join(e) for e in labels[mine, 1:]], object))
            values = np.zeros((len(entities), self.periods))
            values[place, period[mine]] = amount[mine]
            self.entities[str(name)], self.values[str(name)] = [tuple(e.split("\x1f")) for e in entities], values

    def keys(self, table: str) -> list[str]:
        """Row names of a table."""
        return self.tables.keys(table)

    def at(self, table: str, names: list[str]) -> np.ndarray:
        """Positions of names in a table (-1 where it has none)."""
        place = {k: i for i, k in enumerate(self.keys(table))}
        return np.array([place.get(v, -1) for v in names], int)

    def key(self, variable: str, i: int) -> list[str]:
        """Part i of the entity names of a variable."""
        return [e[i] for e in self.entities.get(variable, [])]

    def of(self, variable: str) -> np.ndarray:
        """Values ``[entity, T]``; no rows where the plan has none."""
        return self.values.get(variable, np.zeros((0, self.periods)))

    def total(self, amounts: np.ndarray, to: np.ndarray, count: int) -> np.ndarray:
        """Sum rows of ``[entity, T]`` by position `to` (-1: left out)."""
        out = np.zeros((count, self.periods))
        some = to >= 0
        np.add.at(out, to[some], amounts[some])
        return out

    def discount(self, years: np.ndarray | float) -> np.ndarray:
        """Present value of one unit paid after `years`."""
        return np.exp(-self.force * np.asarray(years, float))

    def annuity(self, life: np.ndarray, start: np.ndarray) -> np.ndarray:
        """Present value of what one unit of capital in service from `start` is repaid inside the horizon."""
        life = np.maximum(np.asarray(life, float), 1e-9)
        paid = np.clip(self.end - np.asarray(start, float), 0.0, life)
        return self.discount(start) * paid * _mean(self.force * paid) / (life * _mean(self.force * life))

    def moved(self, delay: np.ndarray) -> np.ndarray:
        """Kernel ``[n, T, T]``: what belongs to period s happens `delay` later (or earlier, from the start on)."""
        when = np.maximum(np.arange(self.periods) + np.asarray(delay, float) / self.dt, 0.0)
        weight = 1.0 - np.abs(np.arange(self.periods)[:, None] - when[..., None, :])
        return np.where(weight > DROPPED, weight, 0.0)

    def since(self, share) -> np.ndarray:
        """Kernel ``[n, T, T]``: the share that counts in period t of what began at the start of s."""
        age = self.begin[:, None] - self.begin[None, :]
        value = np.where(age >= 0, share(np.maximum(age, 0.0)), 0.0)
        return np.where(value > DROPPED, value, 0.0)

    def energised(self, lead: np.ndarray) -> np.ndarray:
        """Kernel of a fixed lead [yr] ``[n]``: share of a period after it has passed."""
        lead = np.asarray(lead, float)[:, None, None]
        return self.since(lambda age: np.clip((age + self.dt - lead) / self.dt, 0.0, 1.0))

    def surviving(
        self, age: np.ndarray, attrition: float | np.ndarray, life: np.ndarray, span: float | None = None
    ) -> np.ndarray:
        """Mean share of a cohort in service while it is from `age` to `age` + a period old."""
        span = self.dt if span is None else span
        begin = np.maximum(age, 0.0)
        served = np.maximum(np.minimum(np.asarray(age) + span, life) - begin, 0.0)
        return np.exp(-attrition * begin) * served / span * _mean(attrition * served)


def _mean(x: np.ndarray | float) -> np.ndarray:
    """(1 - exp(-x)) / x, 1 at 0."""
    x = np.asarray(x, float)
    near = np.abs(x) < 1e-7
    return np.where(near, 1.0 - x / 2, -np.expm1(-x) / np.where(near, 1.0, x))


def applied(kernel: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Kernel ``[n, t, s]`` times ``[n, s]``."""
    return np.einsum("nts,ns->nt", kernel, x)


class Ledger:
    """Collects what does not add up, a sentence each."""

    def __init__(self, years: np.ndarray) -> None:
        self.years, self.faults = years, []

    def at_most(
        self, rule: str, names: list, left: np.ndarray, right: np.ndarray, unit: str, scale: float | np.ndarray = 1e3
    ) -> None:
        """Left <= right ``[n, T]`` within the tolerance; unit: what both are counted in; scale: what counts as one."""
        self._note(rule, names, left, right, unit, scale, left - right, "at most")

    def at_least(
        self, rule: str, names: list, left: np.ndarray, right: np.ndarray, unit: str, scale: float | np.ndarray = 1e3
    ) -> None:
        """Left >= right ``[n, T]``."""
        self._note(rule, names, left, right, unit, scale, right - left, "at least")

    def equal(
        self, rule: str, names: list, left: np.ndarray, right: np.ndarray, unit: str, scale: float | np.ndarray = 1e3
    ) -> None:
        """Left == right ``[n, T]``."""
        self._note(rule, names, left, right, unit, scale, np.abs(left - right), "exactly")

    def _note(
        self,
        rule: str,
        names: list,
        left: np.ndarray,
        right: np.ndarray,
        unit: str,
        scale: float | np.ndarray,
        excess: np.ndarray,
        word: str,
    ) -> None:
        left, right = np.broadcast_arrays(np.asarray(left, float), np.asarray(right, float))
        if not left.size:
            return
        size = np.maximum(np.maximum(np.abs(left), np.where(np.isfinite(right), np.abs(right), 0.0)), scale)
        where = np.argwhere(~(excess <= SHARE * size))
        for e, t in where[:FEW]:
            name = names[e] if isinstance(names[e], str) else ",".join(v for v in names[e] if v)
            more = f" (and {len(where) - FEW} more)" if len(where) > FEW and (e, t) == tuple(where[FEW - 1]) else ""
            self.faults.append(
                f"recount: {rule}: {name} in {self.years[t]:g}: {left[e, t]:.9g} {unit}; "
                f"{word} {right[e, t]:.9g} {unit} would be right{more}"
            )
