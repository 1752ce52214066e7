"""The inputs that move a figure most: slope x published spread, then the figure at both ends of the spread.

One backward pass gives the slope in every input of a comparison. A slope says nothing of kinks and curves, so the
figure is computed again at the low and at the high end of every input with a spread; those that move it more than the
last one shown, whatever their slope says, are told apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planner.check import records
from planner.schema import SETTINGS, TABLES, Column
from planner.stack.inputs import Cell, Numbers
from planner.tables import Tables
from planner.units import factor

SHOWN = 10
_SAME = 1e-12  # figures of two compiled functions differ by rounding


@dataclass(frozen=True, eq=False)
class Ranking:
    """Inputs of one figure, most moving first.

    inputs: input (as `--set` writes it), value, unit, low, high, slope [figure per unit], swing, that is
    |slope| x (high - low), at_low and at_high (the figure there), grade, source, cut (whether a published end lies
    beyond what the column allows). hidden: the same of inputs that are not among them but move the figure more at one
    end than the last of them does. unspread: inputs that move the figure and have no published spread (input, value,
    unit, elasticity); `changed` of them because an override or --set has set them.
    """

    base: float
    inputs: pd.DataFrame
    hidden: pd.DataFrame
    unspread: pd.DataFrame
    spread: int
    changed: int


INPUTS = ("input", "value", "unit", "low", "high", "slope", "swing", "at_low", "at_high", "grade", "source", "cut")
UNSPREAD = ("input", "value", "unit", "elasticity")


def ranking(
    tables: Tables,
    base: float,
    numbers: Numbers,
    slopes: Mapping[str, Mapping[str, np.ndarray]],
    figure: Callable[[Cell, float], float],
    listed: list[Cell],
    period: int,
    shown: int = SHOWN,
) -> Ranking:
    """Rank the inputs of a figure that is `base`, and `figure(cell, value)` with one cell at another value.

    slopes: of the figure in every number, as `numbers`; listed: the cells of both.
    """
    spread_of = Spreads(tables, period)
    rows, bare, changed = [], [], 0
    for cell in listed:
        where = () if cell.place is None else cell.place
        value, slope = (float(np.asarray(m[cell.part][cell.column])[where]) for m in (numbers, slopes))
        if not (np.isfinite(value) and np.isfinite(slope)):
            continue
        spread, unit = spread_of(cell, value), _column(cell).unit
        if isinstance(spread, Spread):
            ends = [figure(cell, end) for end in (spread.low, spread.high)]
            if slope or any(abs(e - base) > _SAME * abs(base) for e in ends):
                swing = abs(slope) * (spread.high - spread.low)
                s = spread
                rows.append((cell.path, value, unit, s.low, s.high, slope, swing, *ends, s.grade, s.source, s.cut))
        elif slope:
            changed += spread == "changed"
            bare.append((cell.path, value, unit, slope * value / base if base else np.nan))
    rows.sort(key=lambda r: -r[6])
    last = _moves(rows[shown - 1], base) if len(rows) >= shown else 0.0
    hidden = sorted((r for r in rows[shown:] if _moves(r, base) > last), key=lambda r: -_moves(r, base))
    bare.sort(key=lambda r: -abs(r[3]))
    top, more = (pd.DataFrame(r, columns=list(INPUTS)) for r in (rows[:shown], hidden))
    return Ranking(base, top, more, pd.DataFrame(bare, columns=list(UNSPREAD)), len(rows), int(changed))


def _moves(row: tuple[Any, ...], base: float) -> float:
    return max((abs(v - base) for v in row[7:9] if not np.isnan(v)), default=0.0)


@dataclass(frozen=True)
class Spread:
    """Low and high of an input, inside what its column allows, with the grade and the source of the record."""

    low: float
    high: float
    grade: str
    source: str
    cut: bool


class Spreads:
    """Finds the published spread of a cell.

    A record without both ends gives none, nor does an input that an override or --set has changed. Of a series the
    record speaks of the first point; in another period its ends move with the value.
    """

    def __init__(self, tables: Tables, period: int) -> None:
        self.tables, self.period, self.record = tables, period, records(tables)
        raw = tables.scenario.tables.get("series")
        self.first: dict[tuple[str, ...], tuple[str, float]] = {}
        for r in raw.rows if raw else ():
            self.first.setdefault(tuple(r[:3]), (r[3], float(r[5])))

    def __call__(self, cell: Cell, value: float) -> Spread | str:
        """The spread, or why there is none: 'changed' or 'none'."""
        place = (cell.table, cell.row, cell.column)
        origin = self.tables.origin.get(place, "")
        if origin.startswith(("override", "--set")):
            return "changed"
        record = self.record(*place)
        if record is None or not (np.isfinite(record["low"]) and np.isfinite(record["high"])):
            return "none"
        column, scale = _column(cell), 1.0
        if column.by_year and place in self.first:
            unit, first = self.first[place]
            first *= factor(unit, column.unit)
            scale = value / first if first else 1.0
        ends = [record["low"] * scale, record["high"] * scale]
        low, high = (float(np.clip(e, column.low, column.high)) for e in ends)
        if low >= high:
            return "none"
        return Spread(low, high, record["confidence"], record["source"], [low, high] != ends)


def _column(cell: Cell) -> Column:
    if cell.table == "scenario":
        return next(c for c in SETTINGS if c.name == cell.column)
    return TABLES[cell.table].index[cell.column]
