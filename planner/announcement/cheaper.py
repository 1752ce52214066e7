"""Claims that something is cheaper: whether a least-cost plan has any of it by a date."""

from __future__ import annotations

import math
import time as clock
from collections.abc import Callable

from planner.announcement.checking import IMPOSSIBLE, ONLY_IF, POSSIBLE, STANDING, Announcement, weak_inputs
from planner.announcement.statement import Statement
from planner.diagnose.found import Change
from planner.faults import Fault, InputError
from planner.report.words import number
from planner.scenario import read_scenario
from planner.studies.why.entity import entity
from planner.studies.why.flipping import Flip
from planner.studies.why.study import reasons
from planner.tables import read_tables


def cheaper(statement: Statement, scenario: str, *, time: float, say: Callable[[str], None]) -> Announcement:
    """The answer: whole decisions fractional; changes are sought within what is published."""
    begun = clock.monotonic()
    if len(statement.claims) != 1 or len(statement.claims[0].at) != 1:
        wrong = "'cheaper' stands alone, about one place"
        raise InputError([Fault(statement.name, 0, "claims", wrong, 'write one claim with at = ["orbit"]')])
    claim = statement.claims[0]
    tables = read_tables(read_scenario(scenario))
    what = entity(tables, claim.at[0], claim.by)
    found = reasons(tables, None, what, unpublished=0.0, time=time, absent=True, told=say)
    turning = next((f for f in found.flips if f.turns), None)
    notes = []
    if found.present:
        verdict, conditions = POSSIBLE, ()
        notes.append(f"at least cost {number(found.amount)} {found.unit} are served there until then, summed by period")
    elif turning is not None:
        verdict, conditions = ONLY_IF, _changes(turning)
    else:
        verdict, conditions = (STANDING if clock.monotonic() - begun > time else IMPOSSIBLE), ()
        if found.flips and verdict == IMPOSSIBLE:
            notes.append("the inputs that help most, moved together within what is published, were not enough")
    if verdict == STANDING:
        notes.append("the time was out before all changes of inputs were tried")
    if not found.present and math.isfinite(found.first):
        notes.append(
            f"as the tables stand, the first {found.unit} costs {number(found.first)} M USD more than it saves"
        )
    weak = weak_inputs(tables, (c.path for c in conditions))
    seconds = clock.monotonic() - begun
    return Announcement(
        statement,
        verdict,
        found.limits,
        found.proved,
        found.proof,
        conditions,
        math.nan,
        0,
        weak,
        seconds,
        tuple(notes),
    )


def _changes(flip: Flip) -> tuple[Change, ...]:
    out = []
    for m in flip.inputs:
        told = f"{m.path} at {number(m.after)} {m.unit} instead of {number(m.before)}".replace(" 1 instead", " instead")
        many = m.before != 0 and not m.path.startswith("scenario.")  # a column by year moves as a whole
        setting = f"{m.path}=x{m.after / m.before:.10g}" if many else f"{m.path}={m.after:.10g}"
        out.append(Change(m.path, setting, told, abs(m.after - m.before), m.unit, f"{number(m.before)} {m.unit}"))
    return tuple(out)
