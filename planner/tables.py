"""Validated tables: every cell checked against the schema, in canonical units, with the origin of every number.

`read_tables` is the one arrow from a `Scenario` to `Tables`; it raises `InputError` with all faults at once.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
import pandas as pd

from planner.faults import Fault, InputError, nearest, quoted
from planner.rules import rule_faults
from planner.scenario import Change, RawTable, Scenario, matches
from planner.schema import SETTINGS, TABLES, Column, Table
from planner.units import factor

KEY = re.compile(r"[a-z0-9][a-z0-9_.\-]{0,63}")
HEADER = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:\[([^\]]*)\])?\s*")
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
    settings: dict[str, object]
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

    def index(self, table: str, column: str) -> np.ndarray:
        """A ref column as positions in the table it refers to (-1: blank)."""
        target = TABLES[table].index[column].table
        place = {k: i for i, k in enumerate(self.keys(target))}
        return np.array([place.get(v, -1) for v in self.frames[table][column]], int)

    def data(self) -> dict[str, dict[str, jnp.ndarray]]:
        """The numbers as JAX arrays, settings under ``scenario``: what `assemble` reads and gradients are taken in."""
        out = {t: {c: jnp.asarray(v, float) for c, v in cols.items()} for t, cols in self.numbers.items()}
        out["scenario"] = {
            c.name: jnp.asarray(float(self.settings[c.name])) for c in SETTINGS if c.kind == "number"
        }
        return out


def read_tables(scenario: Scenario) -> Tables:
    """Check and convert everything. Raises `InputError` listing every fault found."""
    faults = list(scenario.faults)
    settings = _settings(scenario, faults)
    frames: dict[str, pd.DataFrame] = {}
    origin: dict[tuple[str, str, str], str] = {}
    for name, table in TABLES.items():
        raw = scenario.tables.get(name)
        frames[name] = _frame(table, raw, origin, faults)
    _check_refs(scenario, frames, faults)
    if faults:
        raise InputError(faults)
    horizon = int(settings["periods"] + settings["tail"])
    middle = settings["start"] + settings["period"] * (np.arange(horizon) + 0.5)
    series = _series(scenario, frames, faults)
    numbers = _numbers(frames, series, middle)
    for change in scenario.changes:
        _apply(change, frames, numbers, settings, origin, faults)
    if any(c.path.split(".")[0] == "scenario" for c in scenario.changes) and not faults:
        _check_settings(settings, "override", faults)
    provenance, sources = _provenance(scenario, frames, faults)
    tables = Tables(scenario, frames, numbers, settings, origin, provenance, sources)
    _check_ranges(tables, faults)
    if not faults:
        faults += rule_faults(tables)
    if faults:
        raise InputError(faults)
    return tables


def _settings(scenario: Scenario, faults: list[Fault]) -> dict[str, object]:
    out: dict[str, object] = {}
    for c in SETTINGS:
        value = scenario.settings.get(c.name, c.default)
        place = ("scenario.toml", 0, c.name)
        if value is None:
            faults.append(Fault(*place, "the setting is missing", f"write {c.name} = a number{_in(c)}"))
            value = 1.0
        elif c.kind == "number":
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                faults.append(Fault(*place, f"{quoted(str(value))} is not a number", f"write a number{_in(c)}"))
                value = 1.0
            value = float(value)
        elif not isinstance(value, str):
            faults.append(Fault(*place, f"{quoted(str(value))} is not text", "write it in quotes"))
            value = ""
        out[c.name] = value
    _check_settings(out, "scenario.toml", faults)
    return out


def _check_settings(settings: dict[str, object], file: str, faults: list[Fault]) -> None:
    for c in SETTINGS:
        value = settings[c.name]
        if c.kind == "number" and not c.low <= value <= c.high:
            faults.append(Fault(file, 0, c.name, f"{value:g} is out of range", _range(c)))
        if c.kind == "choice" and value not in c.choices:
            faults.append(Fault(file, 0, c.name, f"{quoted(str(value))} is not a choice", nearest(str(value), c.choices)))
    for name in ("periods", "tail", "blocks"):
        if settings[name] != int(settings[name]):
            faults.append(Fault(file, 0, name, f"{settings[name]:g} is not whole", "write a whole number"))
    if 24 % int(max(settings["blocks"], 1)):
        faults.append(Fault(file, 0, "blocks", "the blocks do not divide the day", "write 1, 2, 3, 4, 6, 8, 12 or 24"))


def _in(c: Column) -> str:
    return f" in {c.unit}" if c.unit not in ("", "1") else ""


def _range(c: Column) -> str:
    high = "" if math.isinf(c.high) else f" to {c.high:g}"
    return f"write a number from {c.low:g}{high}{_in(c)}" if high else f"write a number of at least {c.low:g}{_in(c)}"


def _frame(
    table: Table, raw: RawTable | None, origin: dict[tuple[str, str, str], str], faults: list[Fault]
) -> pd.DataFrame:
    names = [c.name for c in table.columns[1:]]
    if raw is None:
        return pd.DataFrame({n: [] for n in names}, index=pd.Index([], name=table.key))
    columns, factors = _header(table, raw, faults)
    if not raw.rows and not table.optional:
        faults.append(Fault(raw.file, 0, "", "the table has no rows", f"write at least one {table.key}"))
    rows: dict[str, dict] = {}
    for line, cells in zip(raw.lines, raw.rows, strict=True):
        if len(cells) != len(raw.header):
            wrong = f"the row has {len(cells)} cells, the header {len(raw.header)}"
            faults.append(Fault(raw.file, line, "", wrong, "complete the row"))
            continue
        record = dict(zip(columns, cells, strict=True))
        key = record.get(table.key, "")
        if not KEY.fullmatch(key):
            faults.append(
                Fault(raw.file, line, table.key, f"{quoted(key)} is not a name", "write lower-case letters, digits, _ - .")
            )
            continue
        if key in rows:
            faults.append(Fault(raw.file, line, table.key, f"'{key}' stands twice", "rename or delete one"))
            continue
        rows[key] = {
            c.name: _cell(c, record.get(c.name, ""), factors.get(c.name, 1.0), raw.file, line, faults)
            for c in table.columns[1:]
        }
        for c in table.columns[1:]:
            given = record.get(c.name, "") != ""
            origin[table.name, key, c.name] = f"{raw.file}:{line}" if given else "default of the schema"
    return pd.DataFrame.from_dict(rows, orient="index", columns=names).rename_axis(table.key)


def _header(table: Table, raw: RawTable, faults: list[Fault]) -> tuple[list[str], dict[str, float]]:
    columns, factors = [], {}
    for cell in raw.header:
        match = HEADER.fullmatch(cell)
        name, unit = match.groups() if match else (cell, None)
        column = table.index.get(name)
        shown = name if match else quoted(cell)
        if column is None:
            faults.append(Fault(raw.file, 1, shown, "unknown column", nearest(name, table.index)))
        elif name in columns:
            faults.append(Fault(raw.file, 1, shown, "the column stands twice", "delete one"))
        elif column.kind == "number":
            expected = f"write '{name} [{column.unit}]'"
            if unit is None:
                faults.append(Fault(raw.file, 1, name, "the unit is missing", expected))
            else:
                try:
                    factors[name] = factor(unit.strip(), column.unit)
                except ValueError:
                    faults.append(Fault(raw.file, 1, name, f"{quoted(unit)} is not a unit of {column.unit}", expected))
        elif unit is not None:
            faults.append(Fault(raw.file, 1, name, "this column has no unit", f"write '{name}'"))
        columns.append(name)
    for c in table.columns:
        if (c.required or c.kind == "key") and c.name not in columns:
            unit = f" [{c.unit}]" if c.kind == "number" else ""
            faults.append(Fault(raw.file, 1, c.name, "the column is missing", f"add a column '{c.name}{unit}'"))
    return columns, factors


def _cell(c: Column, cell: str, scale: float, file: str, line: int, faults: list[Fault]) -> object:
    if cell == "":
        if c.required:
            what = "a number" + _in(c) if c.kind == "number" else "a name" if c.kind == "ref" else "a value"
            faults.append(Fault(file, line, c.name, "the cell is empty", f"write {what}"))
            return 0.0 if c.kind == "number" else ""
        return c.default
    if c.kind == "number":
        try:
            value = float(cell)
        except ValueError:
            faults.append(Fault(file, line, c.name, f"{quoted(cell)} is not a number", f"write a number{_in(c)}"))
            return 0.0
        if not math.isfinite(value):
            faults.append(Fault(file, line, c.name, f"{quoted(cell)} is not finite", _blank_hint(c)))
            return 0.0
        return value * scale
    if c.kind == "flag":
        if cell not in ("yes", "no"):
            faults.append(Fault(file, line, c.name, f"{quoted(cell)} is not a flag", "write yes or no"))
        return cell == "yes"
    if c.kind == "choice" and cell not in c.choices:
        faults.append(Fault(file, line, c.name, f"{quoted(cell)} is not a choice", nearest(cell, c.choices)))
    if c.kind == "text" and (len(cell) > 200 or not cell.isprintable()):
        faults.append(Fault(file, line, c.name, "the text is long or not printable", "write one line of at most 200 characters"))
        return ""
    return cell


def _blank_hint(c: Column) -> str:
    return "leave it blank for no limit" if c.blank else _range(c)


def _check_refs(scenario: Scenario, frames: dict[str, pd.DataFrame], faults: list[Fault]) -> None:
    for name, table in TABLES.items():
        raw = scenario.tables.get(name)
        lines = dict(zip([r[0] for r in raw.rows], raw.lines, strict=True)) if raw else {}
        for c in table.columns:
            if c.kind not in ("ref", "refs"):
                continue
            known = set(frames[c.table].index)
            for key, value in frames[name][c.name].items():
                wanted = [value] if c.kind == "ref" else [v for v in str(value).split(";") if v and v != "*"]
                for v in wanted:
                    if v and v not in known:
                        wrong = f"{quoted(str(v))} is not in {c.table}.csv"
                        faults.append(Fault(f"{name}.csv", lines.get(key, 0), c.name, wrong, nearest(str(v), known)))


def _series(
    scenario: Scenario, frames: dict[str, pd.DataFrame], faults: list[Fault]
) -> dict[tuple[str, str, str], list[tuple[float, float]]]:
    raw = scenario.tables.get("series")
    out: dict[tuple[str, str, str], list[tuple[float, float]]] = {}
    if raw is None:
        return out
    expected = ["table", "row", "column", "unit", "year", "value"]
    if raw.header != expected:
        faults.append(Fault(raw.file, 1, "", "the header is wrong", f"write {','.join(expected)}"))
        return out
    for line, cells in zip(raw.lines, raw.rows, strict=True):
        if len(cells) != len(expected):
            faults.append(Fault(raw.file, line, "", f"the row has {len(cells)} cells, the header 6", "complete the row"))
            continue
        table, row, column, unit, year, value = cells
        place = (raw.file, line)
        if table not in TABLES:
            faults.append(Fault(*place, "table", f"{quoted(table)} is not a table", nearest(table, TABLES)))
            continue
        c = TABLES[table].index.get(column)
        varying = [k.name for k in TABLES[table].columns if k.by_year]
        if c is None or not c.by_year:
            faults.append(Fault(*place, "column", f"{quoted(column)} cannot follow a series", nearest(column, varying)))
            continue
        if row not in frames[table].index:
            faults.append(Fault(*place, "row", f"{quoted(row)} is not in {table}.csv", nearest(row, frames[table].index)))
            continue
        try:
            point = (float(year), float(value) * factor(unit, c.unit))
        except ValueError:
            faults.append(Fault(*place, column, "year, value or unit is wrong", f"write numbers and the unit {c.unit}"))
            continue
        points = out.setdefault((table, row, column), [])
        if not (math.isfinite(point[0]) and c.low <= point[1] <= c.high):
            faults.append(Fault(*place, column, f"{quoted(value)} is out of range", _range(c)))
        elif points and point[0] <= points[-1][0]:
            faults.append(Fault(*place, "year", "the years of a series do not increase", "sort them, one value a year"))
        else:
            points.append(point)
    return out


def _numbers(frames: dict[str, pd.DataFrame], series: dict, middle: np.ndarray) -> Numbers:
    numbers: Numbers = {}
    for name, table in TABLES.items():
        frame, place = frames[name], {k: i for i, k in enumerate(frames[name].index)}
        numbers[name] = {}
        for c in table.numbers:
            values = frame[c.name].to_numpy(float, copy=True)
            numbers[name][c.name] = np.repeat(values[:, None], middle.size, 1) if c.by_year else values
        for (t, row, column), points in series.items():
            if t == name and points:
                years, values = np.array(points).T
                numbers[name][column][place[row]] = np.interp(middle, years, values)
        frames[name] = frame.drop(columns=[c.name for c in table.numbers])
    return numbers


def _apply(
    change: Change,
    frames: dict[str, pd.DataFrame],
    numbers: Numbers,
    settings: dict[str, object],
    origin: dict[tuple[str, str, str], str],
    faults: list[Fault],
) -> None:
    """Apply one override to the canonical numbers (and to the whole of their series)."""
    parts = change.path.split(".")
    place = (change.origin, 0, quoted(change.path, 80))
    if parts[0] == "scenario" and len(parts) == 2:
        column = next((c for c in SETTINGS if c.name == parts[1]), None)
        if column is None:
            faults.append(Fault(*place, "unknown setting", nearest(parts[1], [c.name for c in SETTINGS])))
        elif column.kind == "number":
            new = _changed(settings[column.name], change.value, column, place, faults)
            settings[column.name] = settings[column.name] if new is None else float(new)
        else:
            settings[column.name] = str(change.value)
        origin["scenario", "scenario", parts[1]] = change.origin
        return
    if len(parts) < 3 or parts[0] not in TABLES:
        faults.append(Fault(*place, "it is not table.row.column", nearest(parts[0], TABLES)))
        return
    table, pattern, name = parts[0], ".".join(parts[1:-1]), parts[-1]
    column = TABLES[table].index.get(name)
    if column is None or column.kind == "key":
        faults.append(Fault(*place, "unknown column", nearest(name, list(TABLES[table].index)[1:])))
        return
    keys = list(frames[table].index)
    rows = matches(pattern, keys)
    if not rows:
        faults.append(Fault(*place, "no row has this name", nearest(pattern, keys)))
    for row in rows:
        if column.kind == "number":
            i = keys.index(row)
            new = _changed(numbers[table][name][i], change.value, column, place, faults)
            if new is None:
                return
            numbers[table][name][i] = new
        else:
            value = change.value
            if column.kind == "flag" and value not in (True, False, "yes", "no"):
                faults.append(Fault(*place, f"{quoted(str(value))} is not a flag", "write yes or no"))
                return
            if column.kind == "choice" and value not in column.choices:
                faults.append(Fault(*place, f"{quoted(str(value))} is not a choice", nearest(str(value), column.choices)))
                return
            if column.kind == "ref" and value not in frames[column.table].index:
                faults.append(Fault(*place, f"{quoted(str(value))} is not in {column.table}.csv", nearest(str(value), frames[column.table].index)))
                return
            frames[table].loc[row, name] = value in (True, "yes") if column.kind == "flag" else str(value)
        origin[table, row, name] = change.origin


def _changed(old: object, value: object, column: Column, place: tuple, faults: list[Fault]) -> object | None:
    """New number(s): ``x0.5`` multiplies, ``+1`` and ``+-1`` add, ``none`` lifts a limit, else replaced ('90 USD' converts)."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return np.full_like(old, value) if isinstance(old, np.ndarray) else float(value)
    words = str(value).strip()
    if words == "none" and column.blank:
        return np.full_like(old, np.inf) if isinstance(old, np.ndarray) else np.inf
    number, _, unit = words.lstrip("x").partition(" ")
    try:
        amount = float(number)
        if unit:
            amount *= factor(unit.strip(), column.unit)
        if not math.isfinite(amount):
            raise ValueError
    except ValueError:
        faults.append(Fault(*place, f"{quoted(words)} is not a value", f"write a number{_in(column)}, x2 or +1"))
        return None
    if words.startswith("x"):
        return old * amount
    if words.startswith("+"):
        return old + amount
    return np.full_like(old, amount) if isinstance(old, np.ndarray) else amount


def _check_ranges(tables: Tables, faults: list[Fault]) -> None:
    for name, table in TABLES.items():
        keys = tables.keys(name)
        for c in table.numbers:
            values = tables.numbers[name][c.name]
            low = values.min(axis=1) if values.ndim == 2 else values
            high = values.max(axis=1) if values.ndim == 2 else values
            for i in np.nonzero(~((low >= c.low) & (high <= c.high) | (c.blank & np.isinf(high) & (low > 0))))[0]:
                bad = low[i] if not low[i] >= c.low else high[i]
                file, _, line = tables.origin.get((name, keys[i], c.name), f"{name}.csv").partition(":")
                row = int(line) if line.isdigit() else 0
                wrong = f"{bad:g} is below {c.low:g}" if not bad >= c.low else f"{bad:g} is above {c.high:g}"
                faults.append(Fault(file, row, f"{keys[i]}.{c.name}" if not row else c.name, wrong, _range(c)))


def _provenance(
    scenario: Scenario, frames: dict[str, pd.DataFrame], faults: list[Fault]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read provenance.csv and sources.csv: confidence, ranges and where each number comes from."""
    columns = ["table", "row", "column", "source", "year", "confidence", "low", "high", "note"]
    raw, listed = scenario.tables.get("provenance"), scenario.tables.get("sources")
    sources = pd.DataFrame(columns=["author", "title", "url", "year"])
    if listed is not None:
        if listed.header != ["key", "author", "title", "url", "year"]:
            faults.append(Fault(listed.file, 1, "", "the header is wrong", "write key,author,title,url,year"))
        elif any(len(r) != 5 for r in listed.rows):
            faults.append(Fault(listed.file, 0, "", "a row is not complete", "write five cells a row"))
        else:
            sources = pd.DataFrame(listed.rows, columns=listed.header).set_index("key")
    if raw is None:
        return pd.DataFrame(columns=columns), sources
    if raw.header != columns:
        faults.append(Fault(raw.file, 1, "", "the header is wrong", f"write {','.join(columns)}"))
        return pd.DataFrame(columns=columns), sources
    good = []
    for line, cells in zip(raw.lines, raw.rows, strict=True):
        if len(cells) != len(columns):
            faults.append(Fault(raw.file, line, "", f"the row has {len(cells)} cells, the header 9", "complete the row"))
            continue
        record = dict(zip(columns, cells, strict=True))
        table, row, column = record["table"], record["row"], record["column"]
        if table not in frames:
            faults.append(Fault(raw.file, line, "table", f"{quoted(table)} is not a table", nearest(table, frames)))
        elif column != "*" and column not in TABLES[table].index:
            faults.append(Fault(raw.file, line, "column", f"{quoted(column)} is not in {table}.csv", nearest(column, TABLES[table].index)))
        elif row != "*" and row not in frames[table].index:
            faults.append(Fault(raw.file, line, "row", f"{quoted(row)} is not in {table}.csv", nearest(row, frames[table].index)))
        if record["confidence"] not in ("A", "B", "C"):
            faults.append(Fault(raw.file, line, "confidence", f"{quoted(record['confidence'])} is not a grade", "write A, B or C"))
        if record["source"] not in sources.index:
            faults.append(Fault(raw.file, line, "source", f"{quoted(record['source'])} is not in sources.csv", nearest(record["source"], sources.index)))
        try:
            low, high = (float(record[c]) if record[c] else math.nan for c in ("low", "high"))
            if low > high:
                faults.append(Fault(raw.file, line, "low", f"low {low:g} is above high {high:g}", "swap them"))
            record |= {"low": low, "high": high}
        except ValueError:
            faults.append(Fault(raw.file, line, "low", "low or high is not a number", "write numbers or leave them blank"))
            record |= {"low": math.nan, "high": math.nan}
        good.append(record)
    return pd.DataFrame(good, columns=columns), sources
