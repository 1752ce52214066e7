"""Which columns are choices of a designer, over which range, and how ``--free`` names them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from planner.faults import Fault, InputError, nearest, quoted
from planner.scenario import matches
from planner.schema import TABLES
from planner.tables import Tables

FREE = "--free"


@dataclass(frozen=True)
class Choice:
    """A column that a designer decides: its range where none is given, and its name in ``--free``."""

    name: str
    table: str
    column: str
    low: float
    high: float
    meaning: str


CHOICES = (
    Choice(
        "orbit.radiator_temperature", "satellite_classes", "radiator_temperature", 290, 380,
        "hotter: a lighter radiator, leakier chips that fail sooner",
    ),
    Choice(
        "orbit.array_oversize", "satellite_classes", "array_oversize", 0.7, 1.2,
        "smaller: less mass, chips slow down as the array fades",
    ),
    Choice("orbit.shield", "satellite_classes", "shield_mass", 0.05, 3, "thicker: heavier, fewer upsets"),
    Choice("orbit.spares", "satellite_classes", "spares", 0, 0.5, "more: dearer and heavier, service for longer"),
    Choice(
        "orbit.refresh", "satellite_classes", "life", 2, 8,
        "longer: paid over more years, a larger array, more chips dead at the end",
    ),
    Choice("orbit.power_cap", "satellite_classes", "power_cap", 0.4, 1, "lower: more chips per watt, each slower"),
    Choice("ground.power_cap", "zones", "power_cap", 0.4, 1, "lower: more racks per megawatt, each slower"),
    Choice(
        "ground.set_point", "cooling", "supply_temperature", 18, 55, "warmer: less chilling and water, leakier chips"
    ),
)  # fmt: skip
"""Every choice; ``table.row.column`` of one of these columns names a single one."""


@dataclass(frozen=True, eq=False)
class Free:
    """Free choices of a scenario: one per cell, all ``[n]``.

    paths: ``table.row.column``, or ``table.row.column@period`` for one period of a column by year. low, high, start:
    range and the scenario's own value, in table units.
    """

    paths: tuple[str, ...]
    units: tuple[str, ...]
    low: np.ndarray
    high: np.ndarray
    start: np.ndarray

    def cells(self) -> list[tuple[str, str, str, int | None]]:
        """(table, row, column, period or None) of each."""
        out = []
        for path in self.paths:
            cell, _, period = path.partition("@")
            table, _, rest = cell.partition(".")
            row, _, column = rest.rpartition(".")
            out.append((table, row, column, int(period) if period else None))
        return out

    def values(self, place: np.ndarray) -> np.ndarray:
        """Values in table units of a place in the unit cube ``[..., n]``."""
        return self.low + np.asarray(place) * (self.high - self.low)

    def place(self, values: np.ndarray) -> np.ndarray:
        """Place in the unit cube ``[..., n]`` of values in table units."""
        return (np.asarray(values) - self.low) / (self.high - self.low)

    def sets(self, values: np.ndarray) -> tuple[str, ...]:
        """The values as `planner.solve(sets=...)` takes them."""
        return tuple(f"{p}={v:.10g}" for p, v in zip(self.paths, values, strict=True))


def free_choices(tables: Tables, asked: Iterable[str]) -> Free:
    """The cells that are asked for as free: ``name``, ``table.row.column`` (rows by glob), each with ``=low:high``.

    A choice that the scenario cannot answer to (no such rows, no rated value) is a fault. Raises `InputError` with all.
    """
    faults: list[Fault] = []
    found: dict[str, tuple[float, float, float, str]] = {}
    for word in (w.strip() for text in asked for w in text.split(",")):
        name, equals, span = word.partition("=")
        for choice, rows in _named(tables, name.strip(), faults):
            low, high = _range(span, choice, word, faults) if equals else (choice.low, choice.high)
            for row in rows:
                path = f"{choice.table}.{row}.{choice.column}"
                start = float(tables.numbers[choice.table][choice.column][tables.keys(choice.table).index(row)])
                if path in found:
                    faults.append(Fault(FREE, 0, quoted(word, 80), f"{path} is free already", "name it once"))
                if not equals:
                    low, high = min(choice.low, start), max(choice.high, start)
                if low > start or start > high:
                    wrong = f"the scenario has {start:g}, outside {low:g} to {high:g}"
                    faults.append(Fault(FREE, 0, quoted(word, 80), wrong, "write a range that holds it"))
                found[path] = low, high, start, TABLES[choice.table].index[choice.column].unit
    if not found and not faults:
        instead = "write one or more of: " + ", ".join(c.name for c in CHOICES)
        faults.append(Fault(FREE, 0, "", "nothing is free", instead))
    if faults:
        raise InputError(faults)
    low, high, start, units = zip(*found.values(), strict=True)
    return Free(tuple(found), units, np.array(low), np.array(high), np.array(start))


def _named(tables: Tables, name: str, faults: list[Fault]) -> list[tuple[Choice, list[str]]]:
    """The choices that a name speaks of, with their rows."""
    choice = next((c for c in CHOICES if c.name == name), None)
    pattern = "*"
    if choice is None:
        table, _, rest = name.partition(".")
        pattern, _, column = rest.rpartition(".")
        choice = next((c for c in CHOICES if (c.table, c.column) == (table, column)), None)
        if choice is None:
            known = table in TABLES and column in TABLES[table].index
            wrong = "it is a fact or a limit, not a choice" if known else "no choice has this name"
            instead = nearest(name, [c.name for c in CHOICES])
            faults.append(Fault(FREE, 0, quoted(name, 80), wrong, instead))
            return []
    keys = _answering(tables, choice)
    rows = matches(pattern, keys)
    if not rows:
        every = tables.keys(choice.table)
        silent = "the chips do not answer to it here" if matches(pattern, every) else "no row has this name"
        instead = _rating(choice) if matches(pattern, every) else nearest(pattern, keys)
        faults.append(Fault(FREE, 0, quoted(name, 80), silent, instead))
    return [(choice, rows)]


def _answering(tables: Tables, choice: Choice) -> list[str]:
    """Rows of a choice's table in which moving it has two sides."""
    keys, numbers = tables.keys(choice.table), tables.numbers[choice.table]
    rated = {"radiator_temperature": "rated_temperature", "shield_mass": "rated_shield"}
    if choice.table == "zones":
        ground = (tables.frames["zones"]["kind"] == "ground").to_numpy()
        return [k for k, g in zip(keys, ground, strict=True) if g]
    if choice.table == "cooling":
        good = np.isfinite(numbers["rated_temperature"]) & tables.frames["cooling"]["buildable"].to_numpy(bool)
    elif choice.column in rated:
        good = np.isfinite(numbers[rated[choice.column]])
    else:
        good = np.ones(len(keys), bool)
    return [k for k, g in zip(keys, good, strict=True) if g]


def _rating(choice: Choice) -> str:
    column = {"supply_temperature": "rated_temperature", "radiator_temperature": "rated_temperature"}
    return f"give {choice.table}.*.{column.get(choice.column, 'rated_shield')}, where its figures hold"


def _range(span: str, choice: Choice, word: str, faults: list[Fault]) -> tuple[float, float]:
    first, colon, last = span.partition(":")
    schema = TABLES[choice.table].index[choice.column]
    try:
        low, high = float(first), float(last)
        good = bool(colon) and np.isfinite([low, high]).all() and low < high
    except ValueError:
        good, low, high = False, choice.low, choice.high
    if not good:
        faults.append(Fault(FREE, 0, quoted(word, 80), f"{quoted(span, 40)} is not a range", "write low:high"))
        return choice.low, choice.high
    if low < schema.low or high > schema.high:
        wrong = f"{low:g}:{high:g} goes beyond what {choice.column} may be"
        faults.append(Fault(FREE, 0, quoted(word, 80), wrong, f"stay within {schema.low:g}:{schema.high:g}"))
    return low, high
