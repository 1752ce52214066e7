"""Tables to program: one function per row family, every coefficient from `compute_stack`.

`assemble(tables)` is the one arrow. With `data` it is a traceable function of the numbers, so that a gradient of the
plan's cost in any datum is one backward pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from planner.assemble import choices, cooling, demand, leases, lift, limits, pairs, power, racks, supply
from planner.assemble.context import Context
from planner.compiled import compiled
from planner.eligibility import Sets, eligibility
from planner.program import Program
from planner.tables import Tables


@dataclass(frozen=True, eq=False)
class Assembly:
    """A program with what restores its meaning: money parts (part -> variable block -> cost) and the static sets."""

    program: Program
    parts: dict[str, dict[int, Any]]
    sets: Sets
    tables: Tables
    constants: dict[str, Any]


def assemble_compiled(tables: Tables, sets: Sets | None = None) -> Assembly:
    """`assemble` of the tables' own numbers as one compiled call (about 1,000 eager operations are slower)."""
    sets = eligibility(tables) if sets is None else sets

    def numbers(data: dict[str, dict[str, Any]]) -> tuple[Program, Any, Any]:
        made = assemble(tables, sets, data)
        return made.program, made.parts, made.constants

    program, parts, constants = compiled(numbers, tables.data())
    return Assembly(program, parts, sets, tables, constants)


def assemble(tables: Tables, sets: Sets | None = None, data: dict[str, dict[str, Any]] | None = None) -> Assembly:
    """Write the program of a scenario. Traceable in `data` (default: the tables' own numbers)."""
    sets = eligibility(tables) if sets is None else sets
    c = Context(tables, sets, tables.data() if data is None else data)
    demand.write(c)
    pairs.write(c)
    racks.write(c)
    power.write(c)
    cooling.write(c)
    lift.write(c)
    choices.write(c)
    leases.write(c)
    supply.write(c)
    limits.write(c)
    return Assembly(c.build.program(), c.parts, sets, tables, c.constants)
