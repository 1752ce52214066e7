"""One structure, many numbers: what a program's structure was read from, and the program of other numbers in it.

Dates, limits that are absent, rules and shapes decide which rows and columns exist. `Structure` records every number
that was read to decide this (all others are traced); tables that agree on these share the compiled assembly.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pandas as pd

from planner.assemble import Assembly, assemble
from planner.compiled import executable
from planner.eligibility import eligibility
from planner.faults import InputError
from planner.overrides import change_cells, is_setting
from planner.rules import rule_faults
from planner.scenario import Change
from planner.tables import Tables, range_faults, read_tables

KEPT = 32
"""Structures kept at once by a worker."""


class _Seen(Mapping[str, Any]):
    """A mapping that remembers which of its values were read."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.content = content
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        value = self.content[name]
        self.read.add(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self.content)

    def __len__(self) -> int:
        return len(self.content)


class _SeenTables(Tables):
    """Tables whose numbers may be read one by one only, so that each reading is seen."""

    def data(self) -> Any:
        """Refused: structure must say which numbers it reads."""
        raise TypeError("structure reads `tables.numbers`, column by column, never all data")


class Reads:
    """Tables that remember which numbers and settings were read from them."""

    def __init__(self, tables: Tables) -> None:
        self.columns = {name: _Seen(columns) for name, columns in tables.numbers.items()}
        self.settings = _Seen(tables.settings)
        self.source = tables
        fields = {f.name: getattr(tables, f.name) for f in dataclasses.fields(tables)}
        fields |= {"numbers": cast(Any, self.columns), "settings": cast(Any, self.settings)}
        self.tables = _SeenTables(**fields)

    def agree(self, other: Tables) -> bool:
        """Whether other tables have the same rows and words, and the same value wherever one was read."""
        return (
            all(_same(self.source.settings[name], other.settings[name]) for name in self.settings.read)
            and all(_same_frame(frame, other.frames[name]) for name, frame in self.source.frames.items())
            and all(
                _same(seen.content[column], other.numbers[name][column])
                for name, seen in self.columns.items()
                for column in seen.read
            )
        )


def _same(a: Any, b: Any) -> bool:
    return a is b or bool(np.array_equal(a, b))


def _same_frame(a: pd.DataFrame, b: pd.DataFrame) -> bool:
    return a is b or a.equals(b)


class Structure:
    """The compiled assembly of one structure."""

    def __init__(self, tables: Tables) -> None:
        self.reads = Reads(tables)
        self.sets = eligibility(self.reads.tables)

        def written(data: dict[str, dict[str, Any]]) -> tuple[Any, Any, Any]:
            made = assemble(self.reads.tables, self.sets, data)
            return made.program, made.parts, made.constants

        self.written = executable(written, tables.data())

    def assembly(self, tables: Tables) -> Assembly:
        """The program of tables that agree with this structure."""
        program, parts, constants = self.written(tables.data())
        return Assembly(program, parts, self.sets, tables, constants)


WAITS: dict[str, tuple[str, ...]] = {
    "stages": ("lead_fixed", "lead_per_time_to_power", "sigma"),
    "sites": ("time_to_power",),
    "doors": ("make_time", "build_time"),
}
"""Numbers of which structure asks only what still comes before the end: the shorter, the more columns exist."""


class Structures:
    """Assembles changed tables; compiles only where no structure at hand fits.

    waitless: with every column that would exist if nothing had to be waited for, so that leads move without compiling
    anew; a column that comes after the end is 0 by its bounds.
    """

    def __init__(self, base: Tables, *, waitless: bool = False) -> None:
        self.base, self.waitless = base, waitless
        self.known: list[Structure] = []
        self.rules: Reads | None = None
        self.compiled = 0

    def tables(self, changes: Iterable[Change]) -> Tables:
        """The base with changes: the same as reading the scenario with them. Raises `InputError`."""
        changes = tuple(changes)
        scenario = replace(self.base.scenario, changes=(*self.base.scenario.changes, *changes))
        if any(is_setting(c) for c in changes):
            return read_tables(scenario)
        tables = _changed(self.base, changes)
        faults = range_faults(tables)
        if not faults and (self.rules is None or not self.rules.agree(tables)):
            rules = Reads(tables)
            faults = rule_faults(rules.tables)
            self.rules = rules if not faults else self.rules
        if faults:
            raise InputError(faults)
        return replace(tables, scenario=scenario)

    def assembly(self, tables: Tables) -> Assembly:
        """The program of tables, by the first structure that fits."""
        read = waitless(tables) if self.waitless else tables
        found = next((s for s in self.known if s.reads.agree(read)), None)
        if found is None:
            found = Structure(read)
            self.compiled += 1
            self.known = [found, *self.known][:KEPT]
        return found.assembly(tables)


def waitless(tables: Tables) -> Tables:
    """The same tables with nothing to wait for in queues of power and at doors."""
    none = {t: {c: np.zeros_like(tables.numbers[t][c]) for c in columns} for t, columns in WAITS.items()}
    return replace(tables, numbers=tables.numbers | {t: tables.numbers[t] | none[t] for t in none})


def _changed(base: Tables, changes: tuple[Change, ...]) -> Tables:
    touched = {c.path.partition(".")[0] for c in changes} & base.frames.keys()
    frames = base.frames | {t: base.frames[t].copy() for t in touched}
    numbers = base.numbers | {t: {c: v.copy() for c, v in base.numbers[t].items()} for t in touched}
    origin = dict(base.origin)
    faults: list = []
    for change in changes:
        change_cells(change, frames, numbers, origin, faults)
    if faults:
        raise InputError(faults)
    return replace(base, frames=frames, numbers=numbers, origin=origin)
