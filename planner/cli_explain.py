"""`planner check --explain`: one input with its meaning, its winning value, its place and its source."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.check import records
from planner.faults import Fault, InputError, nearest, quoted
from planner.schema import SETTINGS, TABLES, Column
from planner.tables import Tables
from planner.units import factor


@dataclass(frozen=True)
class Explanation:
    """One input: the value that wins, what it means, where it stands and where it comes from."""

    path: str
    value: str
    unit: str
    meaning: str
    origin: str
    source: str
    confidence: str
    low: float
    high: float
    note: str
    points: tuple[tuple[float, float], ...]


def explain(tables: Tables, path: str) -> Explanation:
    """Everything known about one input ``table.row.column`` (or ``scenario.setting``). Raises `InputError`."""
    parts = path.split(".")
    place = ("--explain", 0, quoted(path, 80))
    if parts[0] == "scenario" and len(parts) == 2:
        setting = next((c for c in SETTINGS if c.name == parts[1]), None)
        if setting is None:
            raise InputError([Fault(*place, "unknown setting", nearest(parts[1], [c.name for c in SETTINGS]))])
        given = "scenario.toml" if setting.name in tables.scenario.settings else "default of the schema"
        origin = tables.origin.get(("scenario", "scenario", setting.name), given)
        return Explanation(
            path,
            _shown(tables.settings[setting.name]),
            setting.unit,
            setting.meaning,
            origin,
            *_known(tables, records(tables)("scenario", "scenario", setting.name)),
            (),
        )
    if len(parts) < 3 or parts[0] not in TABLES:
        raise InputError([Fault(*place, "it is not table.row.column", nearest(parts[0], TABLES))])
    table, row, column = parts[0], ".".join(parts[1:-1]), parts[-1]
    spec = TABLES[table].index.get(column)
    if spec is None or spec.kind == "key":
        raise InputError([Fault(*place, "unknown column", nearest(column, list(TABLES[table].index)[1:]))])
    if row not in tables.frames[table].index:
        raise InputError([Fault(*place, "no row has this name", nearest(row, tables.keys(table)))])
    points, line = _points(tables, table, row, column)
    origin = tables.origin.get((table, row, column), f"{table}.csv")
    if points and ":" in origin and "override" not in origin:
        origin = f"series.csv:{line} (and {origin} without the series)"
    return Explanation(
        path,
        _value(tables, table, row, spec),
        spec.unit,
        spec.meaning,
        origin,
        *_known(tables, records(tables)(table, row, column)),
        tuple(points),
    )


def _known(tables: Tables, record: dict | None) -> tuple[str, str, float, float, str]:
    """Source, grade, low, high and note of a provenance record, blank without one."""
    if record is None:
        return "", "", np.nan, np.nan, ""
    return _source(tables, record), record["confidence"], record["low"], record["high"], record["note"]


def _points(tables: Tables, table: str, row: str, column: str) -> tuple[list[tuple[float, float]], int]:
    raw = tables.scenario.tables.get("series")
    found = (
        [(r, line) for r, line in zip(raw.rows, raw.lines, strict=True) if r[:3] == [table, row, column]] if raw else []
    )
    unit = TABLES[table].index[column].unit
    return [(float(r[4]), float(r[5]) * factor(r[3], unit)) for r, _ in found], found[0][1] if found else 0


def _source(tables: Tables, record: dict) -> str:
    title, year = record["source"], record["year"]
    if record["source"] in tables.sources.index:
        listed = tables.sources.loc[record["source"]]
        title, year = f"{listed['author']}: {listed['title']}", record["year"] or listed["year"]
    return f"{title} ({year})" if year else str(title)


def _value(tables: Tables, table: str, row: str, spec: Column) -> str:
    if spec.kind != "number":
        return _shown(tables.frames[table].loc[row, spec.name])
    value = tables.numbers[table][spec.name][tables.keys(table).index(row)]
    if np.ndim(value) == 0:
        return _shown(float(value))
    years = tables.years
    if np.ptp(np.where(np.isfinite(value), value, 0.0)) == 0:
        return _shown(float(value[0]))
    first, last = _shown(float(value[0])), _shown(float(value[-1]))
    return f"{first} in {years[0]:g}, {last} in {years[-2]:g} (middle of the periods)"


def _shown(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "no limit" if np.isinf(value) else f"{value:,.6g}"
    return str(value)
