"""Whether a stated roadmap is possible: by the rows of the program, by what the inputs are known within, by chance."""

from __future__ import annotations

import math
import time as clock
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from planner import slips
from planner.announcement.claims import Claimed, Counted, Part
from planner.announcement.statement import Statement, read_statement
from planner.certificate import farkas_bound
from planner.check import grades
from planner.diagnose import conflict as conflicts
from planner.diagnose import words
from planner.diagnose.diagnosing import judged
from planner.diagnose.feasible import Box, possible, proves
from planner.diagnose.found import Change, Limit
from planner.diagnose.levers import Cell, cells
from planner.diagnose.search import Moves, repair, widened
from planner.diagnose.trying import changes
from planner.faults import Fault, InputError, outside
from planner.scenario import read_scenario
from planner.tables import Tables, read_tables

POSSIBLE, ONLY_IF, IMPOSSIBLE, OPEN = "possible", "possible only if", "impossible", "open"
STANDING = "impossible as the tables stand"

LOCAL = 64
"""Limits next to the claims among which a proof is looked for first."""
TODAY = {("sites", "energised"), ("halls", "capacity"), ("stock", "units"), ("workloads", "share")}
"""Facts of today, and what is wanted: no condition of a statement about the future."""
ROUNDS = 6
"""Conflicts that are broken one after the other at most."""

Told = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Announcement:
    """The answer to a stated roadmap.

    verdict: "possible" (a plan with whole decisions keeps every row and every claim), "possible only if" (one was found
    after `conditions`, all within what is published of those inputs), "impossible" (ruled out as the tables stand, and
    no change within what is published was found after which one does; `conditions`, if any, go beyond it), "impossible
    as the tables stand" (ruled out too, but the time was out before changes were all tried), "open" (neither a plan nor
    a proof in the time). limits: a small set of rows that
    together rule the claims out as the tables stand. proved: whether prices on them were checked without a solver.
    chance: share of sampled futures in which the queues at the places named bring the power, if every phase there is
    joined at the start and nothing else is in the way (nan where no claim is about power): the claims are no likelier.
    weak: grade-C inputs among the conditions.
    """

    statement: Statement
    verdict: str
    limits: tuple[Limit, ...]
    proved: bool
    proof: float
    conditions: tuple[Change, ...]
    chance: float
    futures: int
    weak: tuple[str, ...]
    seconds: float
    notes: tuple[str, ...] = ()


def check_announcement(
    file: str | Path,
    *,
    scenario: str | None = None,
    futures: int = 1024,
    seed: int = 0,
    time: float = 300.0,
    told: Told | None = None,
) -> Announcement:
    """Hold a statement (a file, or one that is shipped) against a scenario (default: the one it names).

    time: seconds for everything but the reading. Raises `InputError`.
    """
    begun, say = clock.monotonic(), told or (lambda _: None)
    faults = outside("--futures", futures, 1, 100_000)
    if not 0 < time < math.inf:
        faults.append(Fault("--time", 0, f"{time:g}", "it is out of range", "write a number of seconds above 0"))
    if faults:
        raise InputError(faults)
    statement = read_statement(file)
    if any(c.what == "cheaper" for c in statement.claims):
        from planner.announcement.cheaper import cheaper

        return cheaper(statement, scenario or statement.scenario, time=time, say=say)
    tables = read_tables(read_scenario(scenario or statement.scenario))
    say("writing the program with the claims")
    model = Claimed(tables, statement.claims, str(file))
    return _Check(statement, model, futures, seed, begun + time, say).answer(begun)


@dataclass(frozen=True, eq=False)
class _Check:
    statement: Statement
    model: Claimed
    futures: int
    seed: int
    end: float
    say: Told

    def answer(self, begun: float) -> Announcement:
        """The whole check."""
        model = self.model
        self.say("asking whether any plan keeps the claims")
        local = self._local()
        status, boxes = ("conflict", (local,)) if local is not None else judged(model, self.end)
        chance = chance_of(model.tables, model.counted, self.futures, self.seed)
        if status in ("in order", "open"):
            verdict = POSSIBLE if status == "in order" else OPEN
            return self._told(verdict, (), (), False, 0.0, (), chance, begun, ())
        if not possible(model.plain, time=self.left):
            name = model.tables.scenario.name
            raise InputError([Fault(name, 0, "", "it has no plan, with or without the claims", "see planner diagnose")])
        whole = status == "whole"
        self.say("reducing the proof to few limits")
        rows = conflicts.smallest(
            model.base, model.layout, boxes, whole=whole, time=min(30.0, self.left / 3), near=self.own
        )
        if not whole and (less := conflicts.proof(model.base, rows)) is not None and proves(model.base, (less,)):
            boxes = (less,)
        groups = conflicts.named(model.base, model.layout, rows)
        self.say("looking for what would make it possible")
        moves, within = self._conditions(rows, boxes, whole=whole)
        out = clock.monotonic() > self.end
        verdict = ONLY_IF if moves and within else STANDING if out and not moves else IMPOSSIBLE
        shown = words.limits(model.tables, groups)
        proved = proves(model.base, boxes)
        least = min((farkas_bound(model.base, b.y, b.lower, b.upper) for b in boxes), default=0.0)
        told = changes(model, moves) if moves else ()
        notes = () if moves or clock.monotonic() < self.end else ("the time was out while conditions were sought",)
        weak = weak_inputs(model.tables, (c.path for c in told))
        return self._told(verdict, shown, told, proved, least, weak, chance, begun, notes)

    @property
    def own(self) -> np.ndarray:
        """Rows of the claims."""
        return np.arange(self.model.plain.shape[0], self.model.base.shape[0])

    @property
    def left(self) -> float:
        return max(self.end - clock.monotonic(), 1.0)

    def _local(self) -> Box | None:
        """A proof against the claims by the limits next to them alone, without the rest of the program."""
        base = self.model.base
        live = np.flatnonzero(np.isfinite(base.rhs))
        parts = conflicts.nearest_first(base, self.model.layout, live, self.own)
        found = conflicts.proof(base, np.sort(np.concatenate(parts[:LOCAL])))
        return found if found is not None and proves(base, (found,)) else None

    def _conditions(self, rows: np.ndarray, boxes: tuple[Box, ...], *, whole: bool) -> tuple[Moves, bool]:
        """Changes after which the claims can be kept, and whether all lie within what is published."""
        every = [c for c in cells(self.model.tables) if c.kin not in TODAY]
        for pool, within in ((published(self.model.tables, every), True), (every, False)):
            moves = self._least(pool, rows, boxes, whole=whole) if pool else None
            moves = widened(self.model, moves) if moves and not whole else moves
            if moves:
                return moves, within
        return {}, False

    def _least(self, pool: list[Cell], rows: np.ndarray, boxes: tuple[Box, ...], *, whole: bool) -> Moves | None:
        """The least moves of some cells that break the conflict of these rows, then of those that stand behind it."""
        model = self.model
        for _ in range(ROUNDS):
            part = Part(model, rows)
            own = tuple(Box(b.lower, b.upper, b.y[rows]) for b in boxes)
            moves = repair(part, pool, lambda c: c.effort, own, whole=whole, end=self.end)
            if not moves or clock.monotonic() > self.end:
                return None
            if model.possible(moves, whole=whole, time=self.left):
                return moves
            behind = conflicts.smallest(
                model.flat(moves), model.layout, (), whole=whole, time=min(30.0, self.left / 3), near=self.own
            )
            rows = np.union1d(rows, behind)
        return None

    def _told(
        self,
        verdict: str,
        limits: tuple[Limit, ...],
        conditions: tuple[Change, ...],
        proved: bool,
        proof: float,
        weak: tuple[str, ...],
        chance: float,
        begun: float,
        notes: tuple[str, ...],
    ) -> Announcement:
        seconds = clock.monotonic() - begun
        return Announcement(
            self.statement, verdict, limits, proved, proof, conditions, chance, self.futures, weak, seconds, notes
        )


def published(tables: Tables, some: Iterable[Cell]) -> list[Cell]:
    """The cells with a published range, allowed to go to its helpful end and no further."""
    p = tables.provenance
    found = []
    for cell in some:
        mine: Any = p[
            (p["table"] == cell.table) & p["row"].isin([cell.key, "*"]) & p["column"].isin([cell.column, "*"])
        ]
        value = np.atleast_1d(tables.numbers[cell.table][cell.column][cell.row])
        if not len(mine) or not np.isfinite(value).all():
            continue
        exact = mine[mine["row"] == cell.key] if (mine["row"] == cell.key).any() else mine
        known = exact.iloc[0]
        end = float(known["high"] if cell.way == "add" else known["low"])
        reach = end - float(value.max()) if cell.way == "add" else float(value.min()) - end
        if not math.isfinite(end) or reach <= 0:
            continue
        steps = reach / cell.unit if cell.way == "add" else reach / float(value.max()) / cell.unit
        found.append(replace(cell, most=min(cell.most, steps)))
    return found


def chance_of(tables: Tables, some: Iterable[Counted], futures: int, seed: int) -> float:
    """Share of sampled futures in which the queues named bring the power claimed, nothing else in the way.

    Every phase at the places is joined at the start; claims about other things are left out; nan without any left.
    """
    power = [c for c in some if c.claim.what in ("power", "new_power")]
    if not power:
        return math.nan
    dt = float(tables.settings["period"])
    names, site = tables.keys("sites"), tables.index("phases", "site")
    kept = np.ones(futures, bool)
    for c in power:
        here = np.isin(names, c.claim.at or names)
        which = np.flatnonzero(here[site])
        found = slips.phase_slips(tables, which, futures, seed)
        share = slips.standing_share(found, np.zeros(which.size), c.period, dt)
        today = float(tables.numbers["sites"]["energised"][here].sum()) * 1e-3
        standing = today + share @ (tables.numbers["phases"]["power"][which] * 1e-3)
        kept &= standing >= c.least - 1e-9
    return float(kept.mean())


def weak_inputs(tables: Tables, paths: Iterable[str]) -> tuple[str, ...]:
    """Those of some inputs that are estimates (grade C)."""
    known = grades(tables)
    mine = zip(known["table"], known["row"], known["column"], known["grade"], strict=True)
    weak = {f"{t}.{r}.{c}" for t, r, c, g in mine if g == "C"}
    return tuple(p for p in paths if p in weak)
