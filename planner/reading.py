"""Cells to frames: headers with units, values of every kind, references, series. Faults are collected, never raised."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

import pandas as pd

from planner.faults import Fault, nearest, quoted, stop_when_many
from planner.scenario import FILE, RawTable, Scenario
from planner.schema import SETTINGS, TABLES, Column, Table
from planner.units import factor

KEY = re.compile(r"[a-z0-9][a-z0-9_.\-]{0,63}")
HEADER = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:\[([^\]]*)\])?\s*", re.ASCII)
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
#: No input is larger than this in its canonical unit; it keeps sums and products finite.
LARGEST = 1e15
SERIES = ["table", "row", "column", "unit", "year", "value"]

Origin = dict[tuple[str, str, str], str]
Points = dict[tuple[str, str, str], list[tuple[float, float]]]
Claimed = dict[str, dict[str, int]]


def number(cell: str) -> float:
    """A plain decimal number. Raises ValueError for all else that Python would take (1_000, other digits, nan, inf)."""
    if not NUMBER.fullmatch(cell):
        raise ValueError(cell)
    return float(cell)


def in_unit(c: Column) -> str:
    """' in UNIT', or nothing for a pure number."""
    return f" in {c.unit}" if c.unit not in ("", "1") else ""


def wanted_range(c: Column) -> str:
    """What to write instead of a number out of range."""
    if math.isinf(c.high):
        return f"write a number of at least {c.low:g}{in_unit(c)}"
    return f"write a number from {c.low:g} to {c.high:g}{in_unit(c)}"


def text_fault(value: str, limit: int = 200) -> bool:
    """Whether a text is too long or not printable."""
    return len(value) > limit or not value.isprintable()


def read_settings(scenario: Scenario, faults: list[Fault]) -> dict[str, Any]:
    """The settings of scenario.toml with their defaults; a faulty one takes its default or 1."""
    out: dict[str, Any] = {}
    for c in SETTINGS:
        value = scenario.settings.get(c.name, c.default)
        place = (FILE, 0, c.name)
        if value is None:
            faults.append(Fault(*place, "the setting is missing", f"write {c.name} = a number{in_unit(c)}"))
        elif c.kind == "number":
            if isinstance(value, bool) or not isinstance(value, int | float):
                faults.append(Fault(*place, f"{quoted(_shown(value))} is not a number", f"write a number{in_unit(c)}"))
                value = None
            elif not abs(value) <= LARGEST or not c.low <= value <= c.high:
                faults.append(Fault(*place, f"{_shown(value)} is out of range", wanted_range(c)))
                value = None
        elif not isinstance(value, str):
            faults.append(Fault(*place, f"{quoted(_shown(value))} is not text", "write it in quotes"))
            value = ""
        elif text_fault(value.replace("\n", " "), 4000):
            faults.append(Fault(*place, "the text is long or not printable", "write at most 4000 characters"))
        if c.kind == "number":
            value = float(max(c.low, min(1.0, c.high)) if value is None else value)
        out[c.name] = value
    return out


def check_settings(settings: dict[str, Any], file: str, faults: list[Fault]) -> None:
    """Ranges, choices and whole numbers of the settings, after the overrides."""
    for c in SETTINGS:
        value = settings[c.name]
        if c.kind == "number" and not c.low <= value <= c.high:
            faults.append(Fault(file, 0, c.name, f"{value:g} is out of range", wanted_range(c)))
        if c.kind == "choice" and value not in c.choices:
            wrong = f"{quoted(str(value))} is not a choice"
            faults.append(Fault(file, 0, c.name, wrong, nearest(str(value), c.choices)))
    whole = True
    for name in ("periods", "tail", "blocks"):
        if settings[name] != int(settings[name]):
            faults.append(Fault(file, 0, name, f"{settings[name]:g} is not whole", "write a whole number"))
            whole = False
    if whole and settings["blocks"] >= 1 and 24 % int(settings["blocks"]):
        faults.append(Fault(file, 0, "blocks", "the blocks do not divide the day", "write 1, 2, 3, 4, 6, 8, 12 or 24"))


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return f"a number of {value.bit_length()} bits" if isinstance(value, int) and abs(value) > LARGEST else str(value)


def read_frame(
    table: Table, raw: RawTable | None, origin: Origin, claimed: Claimed, faults: list[Fault]
) -> pd.DataFrame:
    """One table as a frame of checked cells; `claimed` takes every key that stands in the file, with its line."""
    names = [c.name for c in table.columns[1:]]
    known = claimed.setdefault(table.name, {})
    if raw is None:
        return pd.DataFrame({n: [] for n in names}, index=pd.Index([], name=table.key))
    columns, factors = _header(table, raw, faults)
    if not raw.rows and not table.optional:
        faults.append(Fault(raw.file, 0, "", "the table has no rows", f"write at least one {table.key}"))
    rows: dict[str, dict] = {}
    for line, cells in zip(raw.lines, raw.rows, strict=True):
        stop_when_many(faults, raw.file)
        record = dict(zip(columns, cells, strict=False))
        key = record.get(table.key)
        named = key is not None and KEY.fullmatch(key)
        if len(cells) != len(raw.header):
            wrong = f"the row has {len(cells)} cells, the header {len(raw.header)}"
            instead = "complete the row" if len(cells) < len(raw.header) else "quote the cell that holds a comma"
            faults.append(Fault(raw.file, line, "", wrong, instead))
            if key is not None and named:
                known.setdefault(key, line)
        elif key is None:
            continue  # the missing column is a fault of the header
        elif not named:
            instead = "write lower-case letters, digits, _ - ."
            faults.append(Fault(raw.file, line, table.key, f"{quoted(key)} is not a name", instead))
            known.setdefault(key.lower(), line)
        elif key in rows:
            wrong = f"'{key}' stands twice (first in row {known[key]})"
            faults.append(Fault(raw.file, line, table.key, wrong, "rename or delete one"))
        else:
            known[key] = line
            rows[key] = {
                c.name: _cell(c, record[c.name], factors.get(c.name, 1.0), raw.file, line, faults)
                if c.name in record
                else _absent(c)
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
        shown = name[:40] if match else quoted(cell)
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


def _absent(c: Column) -> object:
    """The value where the whole column is missing, which is a fault of the header when it is required."""
    return c.default if not c.required else math.nan if c.kind == "number" else ""


def _cell(c: Column, cell: str, scale: float, file: str, line: int, faults: list[Fault]) -> object:
    """The value of a cell; a number with a fault is nan, which the range check passes over."""
    if cell == "":
        if c.required:
            what = "a number" + in_unit(c) if c.kind == "number" else "a name" if c.kind == "ref" else "a value"
            faults.append(Fault(file, line, c.name, "the cell is empty", f"write {what}"))
        return _absent(c)
    if c.kind == "number":
        return _number_cell(c, cell, scale, file, line, faults)
    if c.kind == "flag":
        if cell not in ("yes", "no"):
            faults.append(Fault(file, line, c.name, f"{quoted(cell)} is not a flag", "write yes or no"))
        return cell == "yes"
    if c.kind == "choice" and cell not in c.choices:
        faults.append(Fault(file, line, c.name, f"{quoted(cell)} is not a choice", nearest(cell, c.choices)))
    if c.kind == "text" and text_fault(cell):
        instead = "write one line of at most 200 characters"
        faults.append(Fault(file, line, c.name, "the text is long or not printable", instead))
        return ""
    return ";".join(v.strip() for v in cell.split(";")) if c.kind == "refs" else cell


def _number_cell(c: Column, cell: str, scale: float, file: str, line: int, faults: list[Fault]) -> float:
    try:
        value = number(cell) * scale
    except ValueError:
        infinite = cell.lower().lstrip("+-") in ("inf", "infinity")
        wrong = f"{quoted(cell)} is not finite" if infinite else f"{quoted(cell)} is not a number"
        blank = "leave it blank for no limit" if c.blank else wanted_range(c)
        faults.append(Fault(file, line, c.name, wrong, blank if infinite else f"write a number{in_unit(c)}"))
        return math.nan
    if not abs(value) <= LARGEST:
        wrong = f"{quoted(cell)} is larger than any real value"
        instead = "leave it blank for no limit" if c.blank else f"write a number below {LARGEST:g}{in_unit(c)}"
        faults.append(Fault(file, line, c.name, wrong, instead))
        return math.nan
    return value


def check_refs(scenario: Scenario, frames: dict[str, pd.DataFrame], claimed: Claimed, faults: list[Fault]) -> None:
    """Every name that a cell refers to stands in its table (whose own faults do not make the name unknown)."""
    for name, table in TABLES.items():
        for c in table.columns:
            if c.kind not in ("ref", "refs") or _unread(scenario, c.table):
                continue
            for key, cell in zip(frames[name].index, frames[name][c.name], strict=True):
                value = str(cell)
                wrong, instead = ref_fault(c, value, claimed[c.table])
                if wrong and value != "":  # an empty cell has its fault already
                    faults.append(Fault(f"{name}.csv", claimed[name][str(key)], c.name, wrong, instead))
                    stop_when_many(faults, f"{name}.csv")


def ref_fault(c: Column, value: str, known: Iterable[str]) -> tuple[str, str]:
    """What is wrong with a ref or refs cell, and what to write instead; two empty texts when it is right."""
    if c.kind == "ref":
        if value == "":
            return ("", "") if not c.required else ("the name is empty", "write a name")
        return ("", "") if value in known else (f"{quoted(value)} is not in {c.table}.csv", nearest(value, known))
    names = value.split(";")
    if "*" in names and len(names) > 1:
        return "'*' stands beside names", "write * alone, or the names alone"
    for v in names:
        if v and v != "*" and v not in known:
            return f"{quoted(v)} is not in {c.table}.csv", nearest(v, known)
    return "", ""


def _unread(scenario: Scenario, table: str) -> bool:
    """Whether the names of a table are not known because of a fault that is told elsewhere."""
    raw = scenario.tables.get(table)
    if raw is None:
        return any(f.file == f"{table}.csv" for f in scenario.faults)
    return all((HEADER.fullmatch(h) or [h, h])[1] != TABLES[table].key for h in raw.header)


def read_series(scenario: Scenario, claimed: Claimed, faults: list[Fault]) -> Points:
    """Points (year, value) per (table, row, column) of series.csv, in canonical units."""
    raw = scenario.tables.get("series")
    out: Points = {}
    if raw is None:
        return out
    if raw.header != SERIES:
        faults.append(Fault(raw.file, 1, "", "the header is wrong", f"write {','.join(SERIES)}"))
        return out
    for line, cells in zip(raw.lines, raw.rows, strict=True):
        stop_when_many(faults, raw.file)
        if len(cells) != len(SERIES):
            wrong = f"the row has {len(cells)} cells, the header {len(SERIES)}"
            faults.append(Fault(raw.file, line, "", wrong, "complete the row"))
            continue
        table, row, column = cells[:3]
        c, fault = _series_place((raw.file, line), table, row, column, claimed)
        point = None
        if c is not None and fault is None:
            point, fault = _series_point((raw.file, line), c, *cells[3:])
        points = out.setdefault((table, row, column), [])
        if point is not None and points and point[0] <= points[-1][0]:
            wrong = "the years of a series do not increase"
            fault = Fault(raw.file, line, "year", wrong, "sort them, one value a year")
        if fault is not None:
            faults.append(fault)
        elif point is not None:
            points.append(point)
    return {place: points for place, points in out.items() if points}


def _series_place(
    place: tuple[str, int], table: str, row: str, column: str, claimed: Claimed
) -> tuple[Column | None, Fault | None]:
    if table not in TABLES:
        return None, Fault(*place, "table", f"{quoted(table)} is not a table", nearest(table, TABLES))
    c = TABLES[table].index.get(column)
    if c is None or not c.by_year:
        varying = [k.name for k in TABLES[table].columns if k.by_year]
        return None, Fault(*place, "column", f"{quoted(column)} cannot follow a series", nearest(column, varying))
    if row not in claimed[table]:
        return None, Fault(*place, "row", f"{quoted(row)} is not in {table}.csv", nearest(row, claimed[table]))
    return c, None


def _series_point(
    place: tuple[str, int], c: Column, unit: str, year: str, value: str
) -> tuple[tuple[float, float] | None, Fault | None]:
    try:
        scale = factor(unit, c.unit)
    except ValueError:
        return None, Fault(*place, "unit", f"{quoted(unit)} is not a unit of {c.unit}", f"write '{c.unit}'")
    try:
        point = (number(year), number(value) * scale)
    except ValueError:
        return None, Fault(*place, c.name, "year or value is not a number", f"write a year and a number in {unit}")
    if not 1900 <= point[0] <= 2300:
        return None, Fault(*place, "year", f"{quoted(year)} is not a year of a plan", "write a year from 1900 to 2300")
    if not c.low <= point[1] <= min(c.high, LARGEST):
        return None, Fault(*place, c.name, f"{quoted(value)} is out of range", wanted_range(c))
    return point, None
