"""Overrides: named changes and ``--set``, applied in order to the numbers in canonical units."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from planner.faults import Fault, nearest, quoted
from planner.reading import LARGEST, Origin, in_unit, number, ref_fault, text_fault
from planner.scenario import Change, matches
from planner.schema import SETTINGS, TABLES, Column
from planner.units import factor

Place = tuple[str, int, str]


def change_setting(change: Change, settings: dict[str, Any], origin: Origin, faults: list[Fault]) -> None:
    """Apply a change whose path is ``scenario.setting``."""
    place = _place(change)
    name = change.path.partition(".")[2]
    column = next((c for c in SETTINGS if c.name == name), None)
    if column is None:
        faults.append(Fault(*place, "unknown setting", nearest(name, [c.name for c in SETTINGS])))
    elif column.kind == "number":
        new = _changed(settings[name], change.value, column, place, faults)
        settings[name] = settings[name] if new is None else float(new)
    elif not isinstance(change.value, str) or text_fault(change.value):
        faults.append(Fault(*place, f"{quoted(str(change.value))} is not text", "write one line of text"))
    else:
        settings[name] = change.value
    origin["scenario", "scenario", name] = change.origin


def is_setting(change: Change) -> bool:
    """Whether a change speaks of the settings."""
    return change.path == "scenario" or change.path.startswith("scenario.")


def change_cells(
    change: Change,
    frames: dict[str, pd.DataFrame],
    numbers: dict[str, dict[str, np.ndarray]],
    origin: Origin,
    faults: list[Fault],
) -> None:
    """Apply a change whose path is ``table.row.column`` (rows by key or glob; the whole of a series at once)."""
    place = _place(change)
    table, _, rest = change.path.partition(".")
    pattern, dot, name = rest.rpartition(".")
    if table not in TABLES or not dot:
        instead = "write table.row.column" if table in TABLES else nearest(table, TABLES)
        faults.append(Fault(*place, "it is not table.row.column", instead))
        return
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
            wrong, instead = _word_fault(column, change.value, frames)
            if wrong:
                faults.append(Fault(*place, wrong, instead))
                return
            frames[table].loc[row, name] = change.value in (True, "yes") if column.kind == "flag" else change.value
        origin[table, row, name] = change.origin


def _place(change: Change) -> Place:
    return change.origin, 0, quoted(change.path, 80)


def _word_fault(c: Column, value: object, frames: dict[str, pd.DataFrame]) -> tuple[str, str]:
    words = quoted(str(value))
    if c.kind == "flag":
        good = isinstance(value, bool) or (isinstance(value, str) and value in ("yes", "no"))
        return ("", "") if good else (f"{words} is not a flag", "write yes or no")
    if not isinstance(value, str):
        return f"{words} is not text", "write it in quotes"
    if c.kind == "choice":
        return ("", "") if value in c.choices else (f"{words} is not a choice", nearest(value, c.choices))
    if c.kind in ("ref", "refs"):
        return ref_fault(c, value, frames[c.table].index)
    return ("the text is long or not printable", "write at most 200 characters") if text_fault(value) else ("", "")


def _changed(old: Any, value: object, column: Column, place: Place, faults: list[Fault]) -> Any:
    """New number(s): ``x0.5`` multiplies, ``+1`` and ``+-1`` add, ``none`` lifts a limit, else replaced.

    Without a unit a number is in the canonical one; '90 USD' converts.
    """
    words = str(value).strip()
    if words == "none" and column.blank:
        return np.full_like(old, np.inf) if isinstance(old, np.ndarray) else np.inf
    amount = _amount(value, words, column)
    if amount is None:
        instead = f"write a number{in_unit(column)}, x2, +1" + (" or none" if column.blank else "")
        faults.append(Fault(*place, f"{quoted(words)} is not a value", instead))
        return None
    if words.startswith("x"):
        new = np.asarray(old) * amount if amount else np.zeros_like(old)
    elif words.startswith("+") and isinstance(value, str):
        new = np.asarray(old) + amount
    else:
        new = np.full_like(old, amount)
    if (np.isfinite(old) & (np.abs(new) > LARGEST)).any():
        faults.append(Fault(*place, f"{quoted(words)} makes it larger than any real value", f"stay below {LARGEST:g}"))
        return None
    return new if isinstance(old, np.ndarray) else float(new)


def _amount(value: object, words: str, column: Column) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if not isinstance(value, str):
        return float(value) if abs(value) <= LARGEST else None
    scaling = words.startswith("x")
    digits, _, unit = words.removeprefix("x").removeprefix("" if scaling else "+").partition(" ")
    try:
        amount = number(digits) * (1.0 if not unit else factor(unit.strip(), column.unit))
    except ValueError:
        return None
    return amount if abs(amount) <= LARGEST and not (scaling and unit) else None
