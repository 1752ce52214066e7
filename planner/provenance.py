"""Where the numbers come from: `provenance.csv` and `sources.csv`, checked against the tables they speak of."""

from __future__ import annotations

import math

import pandas as pd

from planner.faults import Fault, nearest, quoted, stop_when_many
from planner.reading import Claimed, number
from planner.scenario import Scenario
from planner.schema import SETTINGS, TABLES

COLUMNS = ["table", "row", "column", "source", "year", "confidence", "low", "high", "note"]
SOURCES = ["key", "author", "title", "url", "year"]


def read_provenance(scenario: Scenario, claimed: Claimed, faults: list[Fault]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Records (one per row of provenance.csv) and sources (index: key)."""
    sources = _sources(scenario, faults)
    raw = scenario.tables.get("provenance")
    if raw is None:
        return pd.DataFrame(columns=COLUMNS), sources
    if raw.header != COLUMNS:
        faults.append(Fault(raw.file, 1, "", "the header is wrong", f"write {','.join(COLUMNS)}"))
        return pd.DataFrame(columns=COLUMNS), sources
    good = []
    for line, cells in zip(raw.lines, raw.rows, strict=True):
        stop_when_many(faults, raw.file)
        if len(cells) != len(COLUMNS):
            wrong = f"the row has {len(cells)} cells, the header {len(COLUMNS)}"
            faults.append(Fault(raw.file, line, "", wrong, "complete the row"))
            continue
        record = dict(zip(COLUMNS, cells, strict=True))
        found = [*_place_faults(record, claimed), *_source_faults(record, sources)]
        low, high, wrong = _span(record)
        faults += [Fault(raw.file, line, *f) for f in (*found, *wrong)]
        good.append({**record, "low": low, "high": high})
    return pd.DataFrame(good, columns=COLUMNS), sources


def _sources(scenario: Scenario, faults: list[Fault]) -> pd.DataFrame:
    listed = scenario.tables.get("sources")
    empty = pd.DataFrame(columns=SOURCES).set_index("key")
    if listed is None:
        return empty
    if listed.header != SOURCES:
        faults.append(Fault(listed.file, 1, "", "the header is wrong", f"write {','.join(SOURCES)}"))
        return empty
    seen: dict[str, list[str]] = {}
    for line, cells in zip(listed.lines, listed.rows, strict=True):
        stop_when_many(faults, listed.file)
        if len(cells) != len(SOURCES):
            wrong = f"the row has {len(cells)} cells, the header {len(SOURCES)}"
            faults.append(Fault(listed.file, line, "", wrong, "complete the row"))
        elif not cells[0]:
            faults.append(Fault(listed.file, line, "key", "the cell is empty", "write a key"))
        elif cells[0] in seen:
            faults.append(Fault(listed.file, line, "key", f"{quoted(cells[0])} stands twice", "rename or delete one"))
        else:
            seen[cells[0]] = cells
    return pd.DataFrame(list(seen.values()), columns=SOURCES).set_index("key")


def _place_faults(record: dict[str, str], claimed: Claimed) -> list[tuple[str, str, str]]:
    table, row, column = record["table"], record["row"], record["column"]
    if table == "scenario":
        known = [c.name for c in SETTINGS]
        bad = column != "*" and column not in known
        return [("column", f"{quoted(column)} is not a setting", nearest(column, known))] if bad else []
    if table not in TABLES:
        return [("table", f"{quoted(table)} is not a table", nearest(table, TABLES))]
    if column != "*" and column not in TABLES[table].index:
        return [("column", f"{quoted(column)} is not in {table}.csv", nearest(column, TABLES[table].index))]
    if row != "*" and row not in claimed[table]:
        return [("row", f"{quoted(row)} is not in {table}.csv", nearest(row, claimed[table]))]
    return []


def _source_faults(record: dict[str, str], sources: pd.DataFrame) -> list[tuple[str, str, str]]:
    found = []
    if record["confidence"] not in ("A", "B", "C"):
        found.append(("confidence", f"{quoted(record['confidence'])} is not a grade", "write A, B or C"))
    if record["source"] not in sources.index:
        instead = nearest(record["source"], sources.index) if len(sources) else "write it into sources.csv"
        found.append(("source", f"{quoted(record['source'])} is not in sources.csv", instead))
    return found


def _span(record: dict[str, str]) -> tuple[float, float, list[tuple[str, str, str]]]:
    try:
        low, high = (number(record[c]) if record[c] else math.nan for c in ("low", "high"))
    except ValueError:
        wrong = ("low", "low or high is not a number", "write numbers or leave them blank")
        return math.nan, math.nan, [wrong]
    return low, high, [("low", f"low {low:g} is above high {high:g}", "swap them")] if low > high else []
