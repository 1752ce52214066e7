"""Validated tables: every cell checked against the schema, in canonical units, with the origin of every number.

`read_tables` is the one arrow from a `Scenario` to `Tables`; it raises `InputError` with all faults at once. Cells are
read in `reading`, overrides applied in `overrides`, sources read in `provenance`, rules across tables are in `rules`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

from planner.faults import Fault, InputError
from planner.overrides import change_cells, change_setting, is_setting
from planner.provenance import read_provenance
from planner.reading import (
    LARGEST,
    Claimed,
    Origin,
    Points,
    check_refs,
    check_settings,
    read_frame,
    read_series,
    read_settings,
    wanted_range,
)
from planner.rules import place, rule_faults
from planner.scenario import FILE, Scenario
from planner.schema import SETTINGS, TABLES, Column

Numbers = dict[str, dict[str, np.ndarray]]


@dataclass(frozen=True, eq=False)
class Tables:
    """A scenario that may be planned.

    frames: per table all non-numeric columns (index: key). numbers: per table and column ``[n]``, or ``[n, T]`` when
    the column may follow a series (period midpoints). settings: scalars. origin: where the winning value stands.
    """

    scenario: Scenario
    frames: dict[str, pd.DataFrame]
    numbers: Numbers
    settings: dict[str, Any]
    origin: dict[tuple[str, str, str], str]
    provenance: pd.DataFrame
    sources: pd.DataFrame

    @property
    def horizon(self) -> int:
        """Periods planned, the hidden tail included."""
        return int(self.settings["periods"] + self.settings["tail"])

    @property
    def shown(self) -> int:
        """Periods shown."""
        return int(self.settings["periods"])

    @property
    def years(self) -> np.ndarray:
        """Calendar time of the start of each period, and of the end of the last: ``[T + 1]``."""
        return self.settings["start"] + self.settings["period"] * np.arange(self.horizon + 1)

    def keys(self, table: str) -> list[str]:
        """Row names of a table."""
        return list(self.frames[table].index)

    def rows(self, table: str) -> Iterable[tuple[str, dict[str, Any]]]:
        """Rows of a table in order: the name, and the cells of its non-numeric columns."""
        return self.frames[table].to_dict("index").items()

    def index(self, table: str, column: str) -> np.ndarray:
        """A ref column as positions in the table it refers to (-1: blank)."""
        target = TABLES[table].index[column].table
        place = {k: i for i, k in enumerate(self.keys(target))}
        return np.array([place.get(v, -1) for v in self.frames[table][column]], int)

    def data(self) -> dict[str, dict[str, jnp.ndarray]]:
        """The numbers as JAX arrays, settings under ``scenario``: what `assemble` reads and gradients are taken in."""
        numbers = {t: {c: np.asarray(v, float) for c, v in cols.items()} for t, cols in self.numbers.items()}
        out = jax.device_put(numbers)  # `jnp.asarray` would compile a copy for every shape
        out["scenario"] = {c.name: jnp.asarray(float(self.settings[c.name])) for c in SETTINGS if c.kind == "number"}
        return out


def read_tables(scenario: Scenario) -> Tables:
    """Check and convert everything. Raises `InputError` listing every fault found."""
    faults = list(scenario.faults)
    origin: Origin = {}
    settings = _settings(scenario, origin, faults)
    claimed: Claimed = {}
    frames = {
        name: read_frame(table, scenario.tables.get(name), origin, claimed, faults) for name, table in TABLES.items()
    }
    check_refs(scenario, frames, claimed, faults)
    series = read_series(scenario, claimed, faults)
    numbers = _numbers(frames, series, settings)
    provenance, sources = read_provenance(scenario, claimed, faults)
    for change in scenario.changes:
        if not is_setting(change):
            change_cells(change, frames, numbers, origin, faults)
    tables = Tables(scenario, frames, numbers, settings, origin, provenance, sources)
    faults += range_faults(tables)
    if not faults:
        faults += rule_faults(tables)
    if faults:
        raise InputError(faults)
    return tables


def range_faults(tables: Tables) -> list[Fault]:
    """Every number that is out of the range of its column."""
    return [f for name, table in TABLES.items() for c in table.numbers for f in _range_faults(tables, name, c)]


def _settings(scenario: Scenario, origin: Origin, faults: list[Fault]) -> dict[str, Any]:
    """Settings after their overrides, which come first: the number of periods is the shape of every series."""
    settings = read_settings(scenario, faults)
    check_settings(settings, FILE, faults)
    before = dict(settings)
    for change in scenario.changes:
        if is_setting(change):
            change_setting(change, settings, origin, faults)
    found: list[Fault] = []
    check_settings(settings, "override", found)
    if settings != before:
        faults += found
    return settings if not found else before


def _numbers(frames: dict[str, pd.DataFrame], series: Points, settings: dict[str, Any]) -> Numbers:
    """Numeric columns out of the frames, at the period midpoints where they may follow a series."""
    horizon = max(1, int(settings["periods"]) + int(settings["tail"]))
    middle = settings["start"] + settings["period"] * (np.arange(horizon) + 0.5)
    numbers: Numbers = {}
    for name, table in TABLES.items():
        frame, place = frames[name], {k: i for i, k in enumerate(frames[name].index)}
        numbers[name] = {}
        for c in table.numbers:
            values = frame[c.name].to_numpy(float, copy=True)
            numbers[name][c.name] = np.repeat(values[:, None], middle.size, 1) if c.by_year else values
        for (t, row, column), points in series.items():
            if t == name and row in place:
                years, values = np.array(points).T
                numbers[name][column][place[row]] = np.interp(middle, years, values)
        frames[name] = frame.drop(columns=[c.name for c in table.numbers])
    return numbers


def _range_faults(tables: Tables, name: str, c: Column) -> list[Fault]:
    """Values out of the column's range; nan is a cell that has its fault already."""
    values = tables.numbers[name][c.name]
    low = values.min(axis=1) if values.ndim == 2 else values
    high = values.max(axis=1) if values.ndim == 2 else values
    fine = (low >= c.low) & ((high <= min(c.high, LARGEST)) | (c.blank & np.isinf(high)))
    out = []
    for i in np.nonzero(~(fine | np.isnan(low)))[0]:
        key = tables.keys(name)[i]
        file, row = place(tables, name, key, c.name)
        wrong = f"{low[i]:g} is below {c.low:g}" if low[i] < c.low else f"{high[i]:g} is above {c.high:g}"
        out.append(Fault(file, row, c.name if row else f"{name}.{key}.{c.name}", wrong, wanted_range(c)))
    return out
