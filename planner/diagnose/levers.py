"""The inputs that a person can move, each in the direction that gives room: what a repair may be made of.

A lever is a column. `effort` is what one natural step of it counts for, beside other levers: 1 for what is decided or
permitted (money, caps, permits, promises, demand), more for what takes others (suppliers, grid operators) or is a fact
of today (halls that stand). A natural step is half the published spread of the cell, else a quarter of its value.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.schema import TABLES
from planner.tables import Tables

STEP = 0.25
"""Natural step of an input without a published spread, over its value."""

Data = dict[str, dict[str, np.ndarray]]


@dataclass(frozen=True)
class Lever:
    """One column. way: ``add`` (upwards, in its unit) or ``times`` (downwards, by a share of itself)."""

    table: str
    column: str
    way: str
    effort: float


LEVERS = (
    Lever("limits", "amount", "add", 1.0),
    Lever("sites", "water_permit", "add", 1.0),
    Lever("sites", "ramp", "add", 1.5),
    Lever("sites", "energised", "add", 4.0),
    Lever("sites", "time_to_power", "times", 2.0),
    Lever("territories", "throughput", "add", 1.5),
    Lever("phases", "power", "add", 1.2),
    Lever("stages", "lead_fixed", "times", 2.0),
    Lever("zones", "link_capacity", "add", 1.2),
    Lever("leases", "capacity", "add", 1.2),
    Lever("halls", "capacity", "add", 2.0),
    Lever("stock", "units", "add", 3.0),
    Lever("hardware", "ramp", "add", 1.5),
    Lever("fleets", "new_units", "add", 1.5),
    Lever("vehicles", "cadence", "add", 1.5),
    Lever("doors", "capacity", "add", 1.5),
    Lever("doors", "sold", "times", 1.5),
    Lever("doors", "make_time", "times", 2.5),
    Lever("layers", "max_stock", "add", 2.0),
    Lever("inflight", "quantity", "add", 2.0),
    Lever("learning", "assumed", "times", 1.0),
    Lever("residency", "inside", "times", 1.2),
    Lever("workloads", "share", "times", 1.1),
)
FEWER = ("door_loss",)
"""Limits that give room when they are lowered."""
LEFT = 0.98
"""Most of a demand or a wait that a repair may take away: what is taken away whole is another scenario."""
WHOLLY = ("learning", "residency", "limits")
"""Tables whose cells may be taken away whole: promises and rules."""


@dataclass(frozen=True)
class Cell:
    """One cell that may move. unit: a natural step, in the column's unit or as a share; most: steps allowed."""

    table: str
    column: str
    key: str
    row: int
    way: str
    unit: float
    most: float
    effort: float

    @property
    def path(self) -> str:
        """The cell as overrides name it."""
        return f"{self.table}.{self.key}.{self.column}"

    @property
    def kin(self) -> tuple[str, str]:
        """Its column."""
        return self.table, self.column

    def moved(self, value: Any, steps: float) -> Any:
        """The value after so many steps."""
        return value + self.unit * steps if self.way == "add" else value * (1.0 - self.unit * steps)


def cells(tables: Tables) -> list[Cell]:
    """Every cell of the levers that has a number and may move."""
    found = []
    for lever in LEVERS:
        column = TABLES[lever.table].index[lever.column]
        values = tables.numbers[lever.table][lever.column]
        typical = _typical(values)
        for row, key in enumerate(tables.keys(lever.table)):
            way = _way(tables, lever, row)
            value = np.atleast_1d(values[row])
            if way is None or not np.isfinite(value).all() or (way == "times" and not (value > 0).any()):
                continue
            unit = STEP
            most = (1.0 if lever.table in WHOLLY or lever.column == "sold" else LEFT) / STEP
            if way == "add":
                unit = _spread(tables, lever, key, value) or STEP * (float(np.abs(value).mean()) or typical)
                most = (column.high - float(value.max())) / unit if math.isfinite(column.high) else 1e6
                if lever.table == "limits" and tables.frames["limits"]["kind"].iloc[row].endswith("_share"):
                    most = (1.0 - float(value.max())) / unit
            if most > 1e-9:
                found.append(Cell(lever.table, lever.column, key, row, way, unit, most, lever.effort))
    return found


def _way(tables: Tables, lever: Lever, row: int) -> str | None:
    frame = tables.frames[lever.table]
    if lever.table == "limits":
        if not frame["on"].iloc[row]:
            return None
        return "times" if frame["kind"].iloc[row] in FEWER else lever.way
    if lever.table == "workloads":
        return lever.way if frame["must_serve"].iloc[row] else None
    return lever.way


def _typical(values: np.ndarray) -> float:
    some = np.abs(values[np.isfinite(values) & (values != 0)])
    return float(np.median(some)) if some.size else 1.0


def _spread(tables: Tables, lever: Lever, key: str, value: np.ndarray) -> float:
    """Half of what is published between low and high, where the value lies between them; else 0."""
    p = tables.provenance
    mine = p[(p["table"] == lever.table) & p["row"].isin([key, "*"]) & p["column"].isin([lever.column, "*"])]
    for low, high in zip(mine["low"], mine["high"], strict=True):
        if math.isfinite(low) and math.isfinite(high) and low < high and low <= value.mean() <= high:
            return (high - low) / 2
    return 0.0


def moved(data: Mapping[str, Mapping[str, np.ndarray]], moves: Mapping[Cell, float]) -> Data:
    """The numbers with cells moved by steps."""
    out = {t: dict(c) for t, c in data.items()}
    for cell, steps in moves.items():
        values = np.array(out[cell.table][cell.column], float)
        values[cell.row] = cell.moved(values[cell.row], steps)
        out[cell.table][cell.column] = values
    return out
