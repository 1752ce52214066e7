"""Repairs as the user would apply them: changed tables, written anew, planned and checked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.certificate import dual_bound, leaves_bound, row_violations, snap
from planner.diagnose.feasible import possible
from planner.diagnose.found import Change
from planner.diagnose.levers import Cell
from planner.diagnose.model import Model
from planner.diagnose.search import written
from planner.diagnose.words import change, unit_of
from planner.faults import InputError
from planner.report.words import number
from planner.scenario import Change as Applied

TIGHT = 1e-6
"""Largest breach of a row, relative to its size, in a plan that counts."""


@dataclass(frozen=True)
class Tried:
    """What a plan after a repair costs [M USD]: with integers, its bound, and with integers fractional."""

    verified: str
    cost: float
    bound: float
    relaxed: float


NOTHING = Tried("no", math.nan, math.nan, math.nan)


def changes(model: Model, moves: dict[Cell, float]) -> tuple[Change, ...]:
    """The changes of a repair, the largest effort first."""
    values = written(moves)
    out = []
    for cell in sorted(moves, key=lambda c: -c.effort * moves[c]):
        steps = moves[cell]
        old = np.atleast_1d(model.tables.numbers[cell.table][cell.column][cell.row])
        span = number(float(old.min())) if np.ptp(old) == 0 else f"{number(old.min())} to {number(old.max())}"
        what = change(model.tables, cell, steps)
        text = f"{cell.path}={values[cell]}"
        unit = unit_of(model.tables, cell)
        amount = round(cell.unit * steps, 12)
        out.append(Change(cell.path, text, what, amount, unit if cell.way == "add" else "", f"{span} {unit}".rstrip()))
    return tuple(out)


def tried(model: Model, sets: Sequence[str], *, gap: float, time: float) -> Tried:
    """Apply changes to the tables, write the program anew and plan it, with integers and without."""
    from planner import engines

    try:
        tables = model.structures.tables(applied(sets))
    except InputError:
        return NOTHING
    flat = model.structures.assembly(tables).program.flat()
    loose = replace(flat, integer=np.zeros_like(flat.integer))
    relaxed = engines.solve(loose, time=time)
    if not relaxed.has_plan or row_violations(flat, snap(loose, relaxed.x)).max(initial=0.0) > TIGHT:
        return NOTHING
    fractional = relaxed.objective * 1e3
    bound = dual_bound(flat, relaxed.y) * 1e3
    whole = engines.solve(flat, gap=gap, time=time) if flat.integer.any() else relaxed
    if not whole.has_plan:
        return Tried("relaxed", math.nan, bound, fractional)
    x = snap(flat, whole.x)
    away = np.where(flat.integer, np.abs(x - np.round(x)), 0.0)
    if row_violations(flat, x).max(initial=0.0) > TIGHT or away.max(initial=0.0) > TIGHT:
        return Tried("relaxed", math.nan, bound, fractional)
    if whole.leaves:
        bound = max(bound, leaves_bound(flat, whole.leaves) * 1e3)
    return Tried("plan", flat.value(x) * 1e3, bound, fractional)


def applied(sets: Sequence[str]) -> tuple[Applied, ...]:
    """``path=value`` strings as changes."""
    return tuple(Applied("--set", *s.partition("=")[::2]) for s in sets)


def works(model: Model, sets: Sequence[str], *, whole: bool, time: float) -> bool:
    """Whether the scenario with these changes has a plan (False where they are not allowed)."""
    try:
        tables = model.structures.tables(applied(sets))
    except InputError:
        return False
    return possible(model.structures.assembly(tables).program.flat(), whole=whole, time=time)
