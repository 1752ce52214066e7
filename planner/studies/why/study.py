"""The study: what a plan has of something, what more or none of it would cost, and what would turn the decision."""

from __future__ import annotations

import math
import time as clock
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from planner.assemble import Assembly, assemble_compiled
from planner.certificate import dual_bound, farkas_bound
from planner.diagnose import conflict as conflicts
from planner.diagnose import words
from planner.diagnose.feasible import proves
from planner.diagnose.found import Limit
from planner.faults import Fault, InputError
from planner.program import Layout
from planner.results import Plan, limit_unit, money_parts, per_unit, row_unit
from planner.studies.inputs.restored import restored
from planner.studies.why.entity import Entity, entity
from planner.tables import Tables

SMALL = {"EFLOP/s": ("PFLOP/s", 1e3), "GW IT": ("MW IT", 1e3)}
"""Units that are shown instead of those of the program, and how many make one."""
IDLE = 1e-9
"""Activity of a limit below which nothing of the rest uses it."""
COLUMNS = ["row", "value", "price", "unit"]
"""Of the limits that are told."""
WAYS = 8
"""Limits that are told."""

if TYPE_CHECKING:
    from planner.studies.why.entering import Entering
    from planner.studies.why.flipping import Flip

Told = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Why:
    """Why something is part of a plan, or not.

    planned: its sum over the periods of the plan asked about, in `unit` (rates and stocks are summed over periods);
    amount: the same at least cost with whole decisions left fractional, on which everything below rests. present:
    whether there is any at least cost. first: what its first unit costs over what it saves [M USD per unit,
    discounted]; inf where no plan has one. without: what a plan with none of it costs more [M USD] (0 where there is
    none, inf: no plan). parts: what the first unit costs by kind of money, and what it takes from and gives to each
    family of limits, at their prices [M USD per unit]. rows: the limits that it takes most from: what for each unit
    [M USD], and the price [USD per unit of the limit]. limits: where no plan has any, the rows that rule it out. proof:
    certified least cost of the little that was asked for [M USD], where there is none; proved: whether it is above 0.
    flips: changes that turn the decision, those that were shown to first. since: first year in which it can be at all
    (nan: never).
    """

    what: Entity
    unit: str
    planned: float
    amount: float
    present: bool
    first: float
    without: float
    parts: pd.DataFrame
    rows: pd.DataFrame
    limits: tuple[Limit, ...]
    proved: bool
    proof: float
    flips: tuple[Flip, ...]
    since: float
    seconds: float


def why(
    name: str,
    bundle: str | Path | Plan,
    *,
    by: float | None = None,
    unpublished: float = 0.2,
    time: float = 600.0,
    told: Told | None = None,
) -> Why:
    """Why a plan (a bundle, or a `Plan`) has a place, workload, door, vehicle, phase, hardware or source.

    name: of a row, or ``kind:name``; "orbit", "earth", "fleet": all zones of a kind. by: calendar year until which it
    counts. unpublished: spread to either side of an input without a published one. time [s]: after which no further
    change of inputs is tried. Raises `InputError`.
    """
    if not 0 <= unpublished <= 1:
        instead = "write a share from 0 to 1, e.g. 0.2"
        raise InputError([Fault("--unpublished", 0, f"{unpublished:g}", "it is out of range", instead)])
    if not 0 < time < math.inf:
        raise InputError([Fault("--time", 0, f"{time:g}", "it is out of range", "write a number of seconds above 0")])
    plan = bundle if isinstance(bundle, Plan) else restored(bundle)
    what = entity(plan.tables, name, by)
    columns, _ = what.columns(plan.tables, plan.assembly.program.layout)
    planned = float(plan.x[columns].sum())
    return reasons(plan.tables, plan.assembly, what, planned, unpublished=unpublished, time=time, told=told)


def reasons(
    tables: Tables,
    assembly: Assembly | None,
    what: Entity,
    planned: float = math.nan,
    *,
    unpublished: float = 0.2,
    time: float = 600.0,
    absent: bool = False,
    told: Told | None = None,
) -> Why:
    """`why` for tables that need not be planned; planned: its sum in a plan [program unit].

    absent: what is there at least cost is not looked into.
    """
    from planner.studies.why.entering import entering  # a solver: not with the import of the planner
    from planner.studies.why.flipping import flips, slopes

    begun, say = clock.monotonic(), told or (lambda line: None)
    assembly = assemble_compiled(tables) if assembly is None else assembly
    say(f"a little more of {what.title}, and none of it")
    found = entering(tables, assembly, what, absent=absent)
    unit, per = SMALL.get(found.unit, (found.unit, 1.0))
    without = math.inf if found.none is None else (found.none.cost - found.base.cost) * 1e3
    limits, proved, proof, turned = (), False, 0.0, ()
    if found.little is None and not found.present:
        say("no plan has any of it: which limits rule it out")
        limits, proved, proof = _ruled_out(tables, found)
    elif found.little is not None:
        if not found.present:
            asked = found.limited(found.asked, found.flat.rhs[-1])
            proof = (dual_bound(asked, found.little.y) - found.flat.value(found.base.x)) * 1e3
            proved = proof > 0
        if found.none is not None:
            say("the slope of its cost in every input")
            gap = abs(found.first) * found.asked * 1e3
            turned = flips(tables, what, found, gap, slopes(tables, found, unpublished), begun + time, say)
    parts, rows = _balance(tables, found, found.asked * per)
    return Why(
        what,
        unit,
        planned * per,
        found.amount * per,
        found.present,
        found.first * 1e3 / per,
        without,
        parts,
        rows,
        limits,
        proved,
        proof,
        turned,
        _since(tables, assembly, what),
        clock.monotonic() - begun,
    )


def _since(tables: Tables, assembly: Assembly, what: Entity) -> float:
    """First year in which it has a column."""
    block, mine = replace(what, by=None).mask(tables, assembly.program.layout)
    some = np.flatnonzero(mine.any(axis=0)) if block is not None else np.zeros(0, int)
    return float(tables.years[some[0]]) if some.size else math.nan


def _balance(tables: Tables, found: Entering, asked: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What the first unit costs and takes, by kind of money and family of limits, and the limits it takes most from."""
    parts, rows = pd.DataFrame({"part": [], "value": []}), pd.DataFrame(columns=COLUMNS)
    if found.little is None or found.none is None:
        return parts, rows
    blank = np.zeros_like(found.own)
    money, nothing = money_parts(found.assembly, found.own), money_parts(found.assembly, blank)
    values = {k: (money[k] - nothing[k]) * 1e3 / asked for k in money}
    y, layout = found.little.y[:-2], found.assembly.program.layout
    taken = -y * np.asarray(found.flat.matrix[:-2] @ found.own).ravel() * 1e3 / asked
    idle = np.asarray(abs(found.flat.matrix[:-2]) @ np.abs(found.none.x)).ravel() <= IDLE
    taken[idle] = 0.0
    names = layout.row_names()
    for i in np.flatnonzero(taken).tolist():
        family = f"limits: {names[i].split('[')[0]}"
        values[family] = values.get(family, 0.0) + float(taken[i])
    least = 1e-6 * max(map(abs, values.values()), default=0.0)
    some = sorted(((k, v) for k, v in values.items() if abs(v) > least), key=lambda kv: -abs(kv[1]))
    first = [i for i in np.argsort(-taken)[:WAYS].tolist() if taken[i] > least]
    told = [(names[i], float(taken[i]), *_priced(tables, layout, i, abs(float(y[i])))) for i in first]
    return pd.DataFrame(some, columns=["part", "value"]), pd.DataFrame(told, columns=COLUMNS)


def _priced(tables: Tables, layout: Layout, row: int, price: float) -> tuple[float, str]:
    """A price [G USD per program unit] of a row in USD per unit of its limit, and that unit."""
    ends = np.cumsum([int(b.exists.sum()) for b in layout.rows])
    at = int(np.searchsorted(ends, row, "right"))
    block = layout.rows[at]
    entity = np.argwhere(block.exists)[row - (int(ends[at - 1]) if at else 0)][0]
    per = float(np.broadcast_to(np.asarray(per_unit(block)).ravel(), (len(block.entities),))[entity])
    return price * 1e9 / per, limit_unit(tables, block.name, block.entities[entity][0], f"M USD per {row_unit(block)}")


def _ruled_out(tables: Tables, found: Entering) -> tuple[tuple[Limit, ...], bool, float]:
    """The limits that together leave no plan with more, the proof checked without a solver."""
    if not found.columns.size:
        return (), False, 0.0
    flat, layout = found.limited(found.asked, found.flat.rhs[-1]), found.assembly.program.layout
    own = np.array([flat.shape[0] - 2])
    rows = conflicts.smallest(flat, layout, (), whole=False, time=60.0, near=own)
    box = conflicts.proof(flat, rows)
    limits = words.limits(tables, conflicts.named(flat, layout, rows))
    if box is None or not proves(flat, (box,)):
        return limits, False, 0.0
    return limits, True, farkas_bound(flat, box.y, box.lower, box.upper)
