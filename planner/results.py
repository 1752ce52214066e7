"""A solved plan with its names restored: labelled tables of decisions, prices and money."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from planner.assemble import Assembly
from planner.certificate import Certificate
from planner.engines import Leaf, Solution
from planner.program import Flat, RowBlock, VariableBlock
from planner.tables import Tables

GROUPS: dict[str, tuple[str, ...]] = {
    "placements": ("serve", "rent", "time", "pace", "home", "accept"),
    "builds": ("build", "run", "join", "energised", "hall", "open", "line"),
    "orders": ("order", "stock"),
    "launches": ("launch",),
    "flows": ("dispatch", "load", "debt"),
    "unserved": ("unserved", "undone"),
}
KEYS = ("a", "b", "c")


@dataclass(frozen=True, eq=False)
class Plan:
    """A plan, its proof and its prices.

    x: flat columns of `assembly.program` (program units). bounds: leaves (or one vector of row prices) that prove the
    bound. y: row prices with the integers fixed and re-solved.
    """

    assembly: Assembly
    flat: Flat
    x: np.ndarray
    y: np.ndarray
    leaves: tuple[Leaf, ...]
    certificate: Certificate
    solution: Solution
    options: dict[str, Any] = field(default_factory=dict)
    replay: pd.DataFrame | None = None

    @property
    def tables(self) -> Tables:
        """The validated inputs."""
        return self.assembly.tables

    @property
    def objective(self) -> float:
        """Cost of the plan [M USD], the hidden tail and the value of what is not served included."""
        return self.certificate.objective * 1e3

    @cached_property
    def blocks(self) -> dict[str, np.ndarray]:
        """Values per variable block ``[entity, T]`` in table units."""
        layout = self.assembly.program.layout
        values = layout.split_columns(self.x)
        return {b.name: v * per_unit(b) for b, v in zip(layout.variables, values, strict=True)}

    def table(self, name: str) -> pd.DataFrame:
        """One variable family as a long table in table units: key columns, period, year, value, unit, tail."""
        layout = self.assembly.program.layout
        block = layout.variables[layout.variable(name)]
        frame = self._long(block, self.blocks[name], table_unit(block))
        return frame.rename(columns=dict(zip(KEYS, block.keys, strict=False))).drop(
            columns=list(KEYS[len(block.keys) :])
        )

    def group(self, name: str) -> pd.DataFrame:
        """All families of a group (placements, builds, orders, launches, flows, unserved) with generic key columns."""
        layout = self.assembly.program.layout
        there = [b for b in layout.variables if b.name in GROUPS[name]]
        frames = [self._long(b, self.blocks[b.name], table_unit(b)) for b in there]
        return pd.concat(frames, ignore_index=True) if frames else _empty()

    def _long(self, block: VariableBlock | RowBlock, values: np.ndarray, unit: str) -> pd.DataFrame:
        e, t = np.nonzero(block.exists)
        labels = np.array([(*x, "", "", "")[:3] for x in block.entities], object).reshape(-1, 3)
        tables = self.tables
        return pd.DataFrame(
            {
                "variable": block.name,
                **{k: labels[e, i] for i, k in enumerate(KEYS)},
                "period": t,
                "year": tables.years[t],
                "value": np.asarray(values)[e, t],
                "unit": unit,
                "tail": t >= tables.shown,
            }
        )

    @cached_property
    def money(self) -> pd.DataFrame:
        """Discounted cost by part and period [M USD]; constants stand in period 0."""
        layout = self.assembly.program.layout
        values = layout.split_columns(self.x)
        rows = []
        for part, costs in self.assembly.parts.items():
            total = np.zeros(layout.periods)
            for variable, cost in costs.items():
                total += (np.asarray(cost) * values[variable]).sum(axis=0)
            total[0] += float(self.assembly.constants.get(part, 0.0))
            rows.append(pd.DataFrame({"part": part, "period": np.arange(layout.periods), "value": total * 1e3}))
        frame = pd.concat(rows, ignore_index=True)
        frame["year"] = self.tables.years[frame["period"]]
        frame["unit"] = "M USD"
        frame["tail"] = frame["period"] >= self.tables.shown
        return frame

    @cached_property
    def prices(self) -> pd.DataFrame:
        """Price of every row: what one more unit of its limit saves.

        price [M USD of the start, per unit in that period]; price_per_year: the same undiscounted, for one unit held
        a year. With integers in the program they are fixed and the rest re-solved.
        """
        layout = self.assembly.program.layout
        values = layout.split_rows(self.y)
        rate = float(self.tables.settings["discount_rate"])
        dt = float(self.tables.settings["period"])
        frames = []
        for block, y in zip(layout.rows, values, strict=True):
            frame = self._long(block, -y * 1e3 / per_unit(block), f"M USD per {row_unit(block)}")
            frame["limit"] = _long_values(block, self._rhs[block.name] * per_unit(block))
            frames.append(frame)
        frame = pd.concat(frames, ignore_index=True).rename(columns={"variable": "row", "value": "price"})
        frame["price_per_year"] = frame["price"] * (1 + rate) ** ((frame["period"] + 0.5) * dt) / dt
        frame["integers"] = "fixed and re-solved" if self.flat.integer.any() else "none"
        return frame

    @cached_property
    def _rhs(self) -> dict[str, np.ndarray]:
        program = self.assembly.program
        return {b.name: np.asarray(v) for b, v in zip(program.layout.rows, program.rhs, strict=True)}

    @cached_property
    def served_fraction(self) -> float:
        """Served over demanded compute in the periods shown, each class weighted by its value at today's price."""
        served, value = (float(np.sum(self.service[c])) for c in ("served_value", "value"))
        return served / max(value, 1e-12)

    @cached_property
    def service(self) -> pd.DataFrame:
        """By class, over the periods shown: demand and served [EFLOP/s yr], share, value at today's price [M USD]."""
        tables, sets = self.tables, self.assembly.sets
        dt, shown = float(tables.settings["period"]), tables.shown
        klass = tables.index("workloads", "class")
        demand = np.where(
            sets.active, tables.numbers["classes"]["demand"][klass] * tables.numbers["workloads"]["share"][:, None], 0.0
        )
        served = np.zeros_like(demand)
        np.add.at(served, sets.arc_workload, self.blocks["serve"])
        price = tables.numbers["classes"]["price"][klass] * tables.numbers["workloads"]["price_factor"][:, None]
        frame = pd.DataFrame(
            {
                "class": np.array(tables.keys("classes"))[klass],
                "demand": demand[:, :shown].sum(axis=1) * dt * 1e-3,
                "served": served[:, :shown].sum(axis=1) * dt * 1e-3,
                "value": (demand * price)[:, :shown].sum(axis=1) * dt * 8766e-6,
                "served_value": (served * price)[:, :shown].sum(axis=1) * dt * 8766e-6,
            }
        )
        out = pd.DataFrame(frame.groupby("class", sort=False).sum())
        wanted = pd.Series(out["demand"])
        out["share"] = out["served"] / wanted.where(wanted > 0)
        return out.reset_index()

    def summary(self) -> dict[str, Any]:
        """What `--json` prints."""
        c = self.certificate
        return {
            "objective": self.objective,
            "bound": c.bound * 1e3,
            "gap_absolute": c.gap_absolute * 1e3,
            "gap_relative": c.gap_relative,
            "served_fraction": self.served_fraction,
            "seconds": self.options.get("seconds", self.solution.seconds),
            "engine": self.solution.engine,
            "status": "certified" if c.certified else "not certified",
            "columns": self.flat.shape[1],
            "rows": self.flat.shape[0],
            "unit": "M USD",
        }


def money_parts(assembly: Assembly, x: np.ndarray) -> dict[str, float]:
    """Cost of x by part [G USD], constants included; the parts add to the objective."""
    values = assembly.program.layout.split_columns(x)
    return {
        part: sum(float((np.asarray(cost) * values[v]).sum()) for v, cost in costs.items())
        + float(assembly.constants.get(part, 0.0))
        for part, costs in assembly.parts.items()
    }


def table_unit(block: VariableBlock | RowBlock) -> str:
    """Unit of a block's values in table units."""
    return _TABLE_UNITS.get(block.unit, block.unit)


def row_unit(block: RowBlock) -> str:
    """Unit of a row's limit in table units, for prices."""
    return f"{table_unit(block)} ({block.name})" if block.unit == "layer unit" else table_unit(block)


def limit_unit(tables: Tables, family: str, entity: str, unit: str) -> str:
    """Unit of a row's limit from that of its price: the layer's own where the row counts units of a layer."""
    what = unit.removeprefix("M USD per ")
    if not what.startswith("layer unit"):
        return "choice" if what == "1" else what
    layer = tables.frames["doors"]["layer"].get(entity, entity) if family == "door" else entity
    return str(tables.frames["layers"]["unit"].get(layer, "") or "unit")


_TABLE_UNITS = {
    "EFLOP/s": "PFLOP/s",
    "EFLOP/s yr": "PFLOP/s yr",
    "GW facility": "MW facility",
    "GW IT": "MW IT",
    "G USD": "M USD",
    "thousand units": "unit",
    "kt": "t",
    "thousand m^3": "m^3",
    "Tb/s": "Gb/s",
    "Gl/yr": "Ml/yr",
}


def per_unit(block: VariableBlock | RowBlock) -> float | np.ndarray:
    """Table units in one program unit: one number, or ``[entity, 1]``."""
    per = block.per_unit
    return np.asarray(per)[:, None] if np.ndim(per) else float(per)


def _long_values(block: RowBlock, values: np.ndarray) -> np.ndarray:
    return np.asarray(values)[np.nonzero(block.exists)]


def _empty() -> pd.DataFrame:
    return pd.DataFrame({c: [] for c in ("variable", *KEYS, "period", "year", "value", "unit", "tail")})
