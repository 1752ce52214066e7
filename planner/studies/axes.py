"""Axes of a sweep: a path (or several that move together) and the values it takes, as numbers with a unit where it can.

A value is written as for ``--set``: ``90``, ``90 USD/MWh``, ``x0.5`` (times), ``+10`` (plus), ``none``, a word. Numbers
may also be written as a range, ``start:stop:count`` or ``start:stop:count:log``, both ends included.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from planner.faults import Fault, InputError, quoted
from planner.overrides import change_cells, change_setting, is_setting
from planner.reading import number
from planner.scenario import Change
from planner.schema import SETTINGS, TABLES, Column
from planner.tables import Tables
from planner.units import factor

OVER = "--over"
MOST_POINTS = 10_000
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_RANGE = re.compile(rf"(x|\+)?({_NUMBER}):(?:x|\+)?({_NUMBER}):([^: ]+)(:[^: ]*)?( .+)?", re.ASCII)


@dataclass(frozen=True)
class Axis:
    """One axis: its name (path, or paths joined by ';') and its values as `planner.solve(sets=...)` takes them."""

    name: str
    words: tuple[str, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths that move together."""
        return tuple(p.strip() for p in self.name.split(";"))

    def sets(self, position: int) -> tuple[str, ...]:
        """``path=value`` at a position."""
        return tuple(f"{path}={self.words[position]}" for path in self.paths)

    def values(self) -> tuple[tuple[float, ...] | tuple[str, ...], str]:
        """Values and their unit: numbers where all are of one kind ('× base', '+ UNIT', UNIT), else words and ''."""
        columns = [c for c in map(column_of, self.paths) if c is not None]
        if len(columns) < len(self.paths) or any(c.kind != "number" for c in columns):
            return self.words, ""
        unit = columns[0].unit
        starts = {w[0] if w[0] in "x+" else "" for w in self.words}
        alike = all(c.unit == unit for c in columns) or starts == {"x"}
        if len(starts) > 1 or not alike:
            return self.words, ""
        sign = starts.pop()
        numbers = tuple(_amount(w.removeprefix(sign), unit) for w in self.words)
        return numbers, {"x": "× base", "+": f"+ {unit}", "": unit}[sign]


def _amount(word: str, unit: str) -> float:
    if word == "none":
        return math.inf
    digits, _, given = word.partition(" ")
    return number(digits) * (factor(given.strip(), unit) if given else 1.0)


def column_of(path: str) -> Column | None:
    """The column or setting that a path speaks of; None if there is none."""
    table, _, rest = path.partition(".")
    if table == "scenario":
        return next((c for c in SETTINGS if c.name == rest), None)
    return TABLES[table].index.get(rest.rpartition(".")[2]) if table in TABLES else None


def axes_of(over: Mapping[str, object] | Iterable[str]) -> tuple[Axis, ...]:
    """Axes from ``{path: values}`` or from ``path=values`` texts. Raises `InputError` with every fault of their form.

    Values are a sequence of numbers and words, or one text as on the command line.
    """
    faults: list[Fault] = []
    items: list[tuple[str, object]] = []
    if isinstance(over, Mapping):
        items = [(str(path), values) for path, values in over.items()]
    else:
        for item in over:
            path, equals, values = item.partition("=")
            if equals:
                items.append((path, values))
            else:
                faults.append(Fault(OVER, 0, quoted(item, 80), "no '=' in it", "write table.row.column=v1,v2,v3"))
    axes = []
    for path, values in items:
        axes.append(Axis(";".join(p.strip() for p in path.split(";")), _words(path, values, faults)))
    faults += _doubles(axes)
    if not axes and not faults:
        faults.append(Fault(OVER, 0, "", "there is nothing to sweep over", "write table.row.column=v1,v2,v3"))
    count = math.prod(len(a.words) for a in axes)
    if count > MOST_POINTS:
        faults.append(Fault(OVER, 0, "", f"the product has {count} points", f"write at most {MOST_POINTS}"))
    if faults:
        raise InputError(faults)
    return tuple(axes)


def _doubles(axes: Sequence[Axis]) -> list[Fault]:
    faults = []
    seen: set[str] = set()
    for axis in axes:
        for path in axis.paths:
            if path in seen:
                faults.append(
                    Fault(OVER, 0, quoted(path, 80), "it is swept over twice", "write one axis with all values")
                )
            seen.add(path)
        for word in sorted({w for w in axis.words if axis.words.count(w) > 1}):
            faults.append(Fault(OVER, 0, quoted(axis.name, 80), f"the value {quoted(word)} stands twice", "delete one"))
    return faults


def _words(path: str, values: object, faults: list[Fault]) -> tuple[str, ...]:
    """Values as words; a text is split at commas and its ranges are written out."""
    place = (OVER, 0, quoted(path, 80))
    if isinstance(values, str):
        out = [w for item in values.split(",") for w in _spread(item.strip(), place, faults)]
    elif isinstance(values, Iterable):
        out = [_word(v) for v in values]
    else:
        out = [_word(values)]
    if not out or "" in out:
        faults.append(Fault(*place, "a value is empty", "write v1,v2,v3 or start:stop:count"))
    return tuple(out)


def _word(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | float | np.integer | np.floating):
        return "none" if value == math.inf else f"{float(value):.15g}"
    return str(value).strip()


def _spread(item: str, place: tuple[str, int, str], faults: list[Fault]) -> list[str]:
    """One item of a text: itself, or the values of a range."""
    match = _RANGE.fullmatch(item)
    if match is None:
        return [item]
    sign, first, last, many, kind, unit = match.groups(default="")
    start, stop = float(first), float(last)
    if not many.isascii() or not many.isdigit() or not 2 <= int(many[:6]) <= MOST_POINTS:
        faults.append(Fault(*place, f"{quoted(many)} is not a count", f"write start:stop:count, 2 to {MOST_POINTS}"))
        return [item]
    if kind not in ("", ":log"):
        faults.append(Fault(*place, f"{quoted(item)} is not a range", "write start:stop:count or start:stop:count:log"))
        return [item]
    if kind and not (start > 0 and stop > 0):
        faults.append(Fault(*place, f"{quoted(item)} has an end that is not above 0", "write a range without log"))
        return [item]
    steps = np.geomspace(start, stop, int(many)) if kind else np.linspace(start, stop, int(many))
    return [f"{sign}{v:.12g}{unit}" for v in steps]


def refuse_unknown(axes: Sequence[Axis], tables: Tables) -> None:
    """Raise `InputError` for every path and every value that cannot be written into the tables.

    Values that can be written but are out of range or break a rule are not refused: they are rows of the sweep.
    """
    faults: list[Fault] = []
    for axis, word in ((a, w) for a in axes for w in a.words):
        for path in axis.paths:
            change = Change(OVER, path, word)
            if is_setting(change):
                change_setting(change, dict(tables.settings), {}, faults)
                continue
            table = path.partition(".")[0]
            frames = tables.frames | ({table: tables.frames[table].copy()} if table in TABLES else {})
            columns = {c: v.copy() for c, v in tables.numbers[table].items()} if table in TABLES else {}
            change_cells(change, frames, tables.numbers | {table: columns}, {}, faults)
    if faults:
        raise InputError(faults)


def positions(axes: Sequence[Axis]) -> list[tuple[int, ...]]:
    """Every point of the product as positions on the axes, the last axis fastest."""
    return list(itertools.product(*(range(len(a.words)) for a in axes)))


def neighbours(position: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The points from one of whose plans this one starts, the last axis first; none for the first point.

    On an axis the lowest bit set is cleared (6 -> 4 -> 0, 7 -> 6): half of the points start from the one beside them,
    and the tree is shallow, so that many workers find work. One for each axis, since moving on an axis may change the
    structure, and no plan starts from one of another structure.
    """
    moved = [k for k, p in enumerate(position) if p]
    return [(*position[:k], position[k] & (position[k] - 1), *position[k + 1 :]) for k in reversed(moved)]
