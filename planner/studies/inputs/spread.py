"""Every numeric input of a plan: value, slope, what it is known within, grade and source."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from planner.check import grades, records
from planner.gradient import Gradient
from planner.schema import SETTINGS, TABLES, Column
from planner.stack.inputs import Cell
from planner.stack.ranking import Spread, Spreads
from planner.tables import Tables

PUBLISHED, TAKEN, ZERO = "published", "taken", "none"
"""How a spread was found: low and high of the record; a share of the value; none, as the value is 0."""

COLUMNS = (
    *("table", "row", "column", "unit", "value", "low", "high", "spread", "gradient"),
    *("at_low", "at_high", "swing", "weight", "grade", "source", "year", "by_year"),
)


def inputs_of(tables: Tables, slopes: Gradient, unpublished: float) -> pd.DataFrame:
    """One row per numeric input that is finite, largest swing first.

    value, low, high: of its first period for a column by year, whose whole series moves by the same share. spread:
    "published", "taken" (`unpublished` to either side, as a share of the value) or "none" (a value of 0 without
    record). gradient [M USD per unit], in a shift of the whole series. at_low, at_high: change of cost [M USD] that
    the gradient predicts. swing [M USD]: |at_high - at_low|. weight [M USD]: gradient x value, summed over periods.
    """
    spreads = Spreads(tables, 0)
    graded = {(t, r, c): (g, s) for t, r, c, g, s in grades(tables).itertuples(index=False)}
    record = records(tables)
    rows = []
    for table, row, column, value, gradient in _cells(tables, slopes):
        first, where = float(np.ravel(value)[0]), (table, row, column.name)
        if not np.isfinite(value).all():
            continue
        low, high, spread = _spread(spreads, column, where, first, unpublished)
        moved = [_moved(value, end, first, column) for end in (low, high)]
        ends = [float(np.sum(gradient * (m - value))) for m in moved]
        known = record(*where)
        grade, source = graded.get(where, (known["confidence"], known["source"]) if known else ("default", ""))
        rows.append(
            (
                *(table, row, column.name, column.unit, first, low, high, spread, float(np.sum(gradient))),
                *(*ends, abs(ends[1] - ends[0]), float(np.sum(gradient * value)), grade, source),
                *(_year(tables, known) if source else math.nan, np.ndim(value) > 0),
            )
        )
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.sort_values("swing", ascending=False, kind="stable", ignore_index=True)


def values_at(tables: Tables, cell: tuple[str, str, str], end: float) -> np.ndarray:
    """Values of an input with its first period at `end`: a whole series moves by the same share ``[]`` or ``[T]``."""
    table, row, column = cell
    if table == "scenario":
        return np.asarray(end, float)
    value = np.asarray(tables.numbers[table][column][tables.keys(table).index(row)], float)
    return _moved(value, end, float(np.ravel(value)[0]), TABLES[table].index[column])


def _cells(tables: Tables, slopes: Gradient):
    for name, table in TABLES.items():
        for column in table.numbers:
            values, gradients = tables.numbers[name][column.name], slopes.values[name][column.name]
            for row, value, gradient in zip(tables.keys(name), values, gradients, strict=True):
                yield name, row, column, value, gradient
    for column in SETTINGS:
        if column.kind == "number":
            value = np.asarray(float(tables.settings[column.name]))
            yield "scenario", "scenario", column, value, slopes.values["scenario"][column.name]


def _spread(
    spreads: Spreads, column: Column, where: tuple[str, str, str], first: float, unpublished: float
) -> tuple[float, float, str]:
    found = spreads(Cell(where[0], where[2], None, where[0], where[1]), first)
    if isinstance(found, Spread):
        return found.low, found.high, PUBLISHED
    low, high = (float(np.clip(first * (1 + s * unpublished), column.low, column.high)) for s in (-1.0, 1.0))
    low, high = min(low, high), max(low, high)
    return (low, high, TAKEN) if low < high else (first, first, ZERO)


def _moved(value: np.ndarray, end: float, first: float, column: Column) -> np.ndarray:
    if np.ndim(value) == 0:
        return np.asarray(end, float)
    moved = value * (end / first) if first else value + end
    return np.clip(moved, column.low, column.high)


def _year(tables: Tables, known: dict | None) -> float:
    """Year of a record, or else of its source; nan where neither says one."""
    if known is None:
        return math.nan
    listed = tables.sources["year"].get(known["source"], "")
    for text in (known["year"], listed):
        try:
            return float(str(text)[:4])
        except ValueError:
            continue
    return math.nan
