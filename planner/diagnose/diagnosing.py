"""The diagnosis itself: judge, prove, name, repair."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from time import monotonic

import numpy as np

from planner.certificate import farkas_bound
from planner.diagnose import conflict as conflicts
from planner.diagnose import words
from planner.diagnose.feasible import TOL, Box, breach, nothing_fits, possible, proves
from planner.diagnose.found import Change, Diagnosis, Margin, Repair
from planner.diagnose.levers import Cell, cells
from planner.diagnose.margins import margins
from planner.diagnose.model import Model
from planner.diagnose.search import Moves, repair, widened
from planner.diagnose.switches import Switch, mildest, switches
from planner.diagnose.trying import NOTHING, changes, tried, works
from planner.faults import Fault, InputError
from planner.report.words import number, percent
from planner.scenario import read_scenario
from planner.tables import read_tables

KIN = 25.0
"""Effort of a cell, times over, once a repair has moved another cell of its column."""
SWITCHES = 10
"""Dates, rules and choices that are tried."""

Told = Callable[[str], None]


def diagnose(
    scenario: str | Path,
    *,
    overrides: tuple[str, ...] = (),
    sets: tuple[str, ...] = (),
    repairs: int = 3,
    gap: float = 0.01,
    time: float = 300.0,
    told: Told | None = None,
) -> Diagnosis:
    """What stands in the way of a scenario, and repairs that were tried.

    repairs: how many different ones are sought; no two move the same input. gap: relative gap of the plans after them.
    time: seconds for everything. told: hears what is being done. Raises `InputError` with every fault of the input.
    """
    started = monotonic()
    end, say = started + time, told or (lambda _: None)
    refuse(repairs, gap, time)
    model = Model(read_tables(read_scenario(scenario, tuple(overrides), tuple(sets))))
    say("asking whether any plan exists")
    status, boxes = judged(model, end)
    name = model.tables.scenario.name
    if status == "open":
        return Diagnosis(name, status, (), False, 0.0, 0, (), repairs, (), math.nan, monotonic() - started)
    if status == "in order":
        say("measuring how much of each limit could go")
        room = margins(model, cells(model.tables), max(min(time / 4, end - monotonic()), 1.0))
        cost = tried(model, (), gap=gap, time=max(end - monotonic(), 1.0)).cost
        told_room = tuple(_margin(model, *m) for m in room)
        return Diagnosis(name, status, (), False, 0.0, 0, (), repairs, told_room, cost, monotonic() - started)
    whole = status == "whole"
    say("reducing the conflict")
    rows = conflicts.smallest(model.base, model.layout, boxes, whole=whole, time=min(20.0, time / 6))
    if not whole and (less := conflicts.proof(model.base, rows)) is not None and proves(model.base, (less,)):
        boxes = (less,)
    groups = conflicts.named(model.base, model.layout, rows)
    found, notes = _repairs(model, boxes, groups, repairs, whole=whole, gap=gap, end=end, say=say)
    least = min((farkas_bound(model.base, b.y, b.lower, b.upper) for b in boxes), default=0.0)
    tables = model.tables
    shown = words.limits(tables, groups)
    proved = proves(model.base, boxes)
    seconds = monotonic() - started
    return Diagnosis(
        name, status, shown, proved, least, len(boxes), found, repairs, (), math.nan, seconds, tuple(notes)
    )


def refuse(repairs: int, gap: float, time: float) -> None:
    """Raise `InputError` for options that are out of range."""
    faults = []
    if not 1 <= repairs <= 9:
        faults.append(Fault("--repairs", 0, f"{repairs}", "it is out of range", "write how many repairs, 1 to 9"))
    if not 0 <= gap < 1:
        faults.append(
            Fault("--gap", 0, f"{gap:g}", "it is out of range", "write a relative gap from 0 to 1, e.g. 0.01")
        )
    if not 0 < time < math.inf:
        faults.append(Fault("--time", 0, f"{time:g}", "it is out of range", "write a number of seconds above 0"))
    if faults:
        raise InputError(faults)


def judged(model: Model, end: float) -> tuple[str, tuple[Box, ...]]:
    """Whether a plan exists: "in order", "conflict", "whole" or "open", with the proof where there is none."""
    flat = model.base
    first = breach(flat, time=max(end - monotonic(), 1.0))
    if not first.value <= TOL:
        return "conflict", (Box(flat.lower, flat.upper, first.y),) if first.ok else ()
    left = max(end - monotonic(), 2.0)
    if possible(flat, whole=True, time=left / 3):
        return "in order", ()
    boxes = nothing_fits(flat, time=left / 3)
    return ("whole", boxes) if boxes else ("open", ())


@dataclass
class _Search:
    """Repairs found so far, and what a further one may not move."""

    model: Model
    boxes: tuple[Box, ...]
    whole: bool
    gap: float
    end: float
    say: Told
    found: list[Repair] = field(default_factory=list)
    alike: list[Moves] = field(default_factory=list)
    banned: set[str] = field(default_factory=set)
    kin: set[tuple[str, str]] = field(default_factory=set)

    @property
    def left(self) -> float:
        return max(self.end - monotonic(), 1.0)

    def effort(self, cell: Cell) -> float:
        return cell.effort * (KIN if cell.kin in self.kin else 1.0)

    def amounts(self, wanted: int) -> None:
        """Repairs by amounts; those that lean on a column of an earlier one wait in `alike`."""
        pool = cells(self.model.tables)
        while len(self.found) + len(self.alike) < wanted and monotonic() < self.end:
            self.say(f"looking for repair {len(self.found) + len(self.alike) + 1} of {wanted}")
            free = [c for c in pool if c.path not in self.banned]
            moves = repair(self.model, free, self.effort, self.boxes, whole=self.whole, end=self.end)
            if moves is None:
                return
            again = any(c.kin in self.kin for c in moves)
            self.banned |= {c.path for c in moves}
            self.kin |= {c.kin for c in moves}
            if again:
                self.alike.append(moves)
            else:
                self.add(moves)

    def add(self, moves: Moves) -> None:
        """Apply a repair by amounts and keep it if it works."""
        made = _amounts(self.model, moves, whole=self.whole, gap=self.gap, end=self.end)
        self.found += [made] if made is not None else []

    def turn(self, choices: Iterable[Switch], wanted: int) -> None:
        """Repairs by one date, rule or choice."""
        for switch in islice(choices, SWITCHES):
            if len(self.found) >= wanted or monotonic() > self.end:
                return
            if switch.path in self.banned:
                continue
            self.say(f"trying {switch.path}")
            value = mildest(switch, lambda p, v: works(self.model, (f"{p}={v}",), whole=self.whole, time=self.left))
            if value is None:
                continue
            self.banned.add(switch.path)
            change = Change(switch.path, f"{switch.path}={value[0]}", value[1], math.nan, "", "")
            after = tried(self.model, (change.set,), gap=self.gap, time=self.left)
            if after is not NOTHING:
                self.found.append(Repair((change,), after.verified, after.cost, after.bound, after.relaxed, True))


def _repairs(
    model: Model,
    boxes: tuple[Box, ...],
    groups: tuple[conflicts.Row, ...],
    wanted: int,
    *,
    whole: bool,
    gap: float,
    end: float,
    say: Told,
) -> tuple[tuple[Repair, ...], list[str]]:
    """Repairs: amounts; dates, rules, choices; amounts of the same columns; last, to refuse what must be served."""
    search = _Search(model, boxes, whole, gap, end, say)
    search.amounts(wanted)
    choices = list(switches(model.tables, groups))
    search.turn((s for s in choices if s.kin != "must_serve"), wanted)
    for moves in search.alike[: max(wanted - len(search.found), 0)]:
        search.add(moves)
    search.turn((s for s in choices if s.kin == "must_serve"), wanted)
    found = search.found[:wanted]
    if len(found) == wanted:
        return tuple(found), []
    why = "the time is out" if monotonic() > end else "no other input that a repair may move makes a plan possible"
    return tuple(found), [f"{len(found)} of {wanted} repairs: {why}"]


def _amounts(model: Model, moves: Moves, *, whole: bool, gap: float, end: float) -> Repair | None:
    """A repair by amounts, applied and planned; larger where whole choices ask for more."""
    moves = moves if whole else (widened(model, moves) or moves)
    told = changes(model, moves)
    after = tried(model, [c.set for c in told], gap=gap, time=max(end - monotonic(), 1.0))
    if after is NOTHING:
        return None
    needed = not any(
        model.possible({d: s for d, s in moves.items() if d != cell}, whole=whole) for cell in moves if len(moves) > 1
    )
    return Repair(told, after.verified, after.cost, after.bound, after.relaxed, needed)


def _margin(model: Model, cell: Cell, amount: float, share: float) -> Margin:
    unit = words.unit_of(model.tables, cell)
    said = f"rise by {percent(amount)}" if cell.way == "times" else f"fall by {number(amount)} {unit}".rstrip()
    return Margin(cell.path, f"could {said}", amount, unit if cell.way == "add" else "", float(np.round(share, 6)))
