"""The study: a month of every queue by slope, the first of them solved again; how late they may be; the verdicts."""

from __future__ import annotations

import math
import time as clock
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from planner import slips
from planner.assemble import assemble_compiled
from planner.faults import Fault, InputError, outside
from planner.gradient import gradient
from planner.results import Plan
from planner.studies.design.landscape import Judged
from planner.studies.inputs.known import Known, Start, distance
from planner.studies.inputs.path import Attribution, attribution
from planner.studies.inputs.resolved import Resolved, straight, whole_decisions
from planner.studies.inputs.restored import restored
from planner.studies.queues.leads import DOOR, PHASE, Lead, apart, chain, leads_of, parents
from planner.studies.queues.routes import routes
from planner.studies.structure import Structures
from planner.tables import Tables

MONTH = 1.0 / 12.0
AHEAD = (-1.0, 1.0, 6.0)
"""Months by which a lead is moved and the plan solved again."""
SEEN = 1e-7
"""Share of the cost below which a change is rounding."""
NAMED = 2
"""Changes of a plan that are named as the way around a queue."""
BATCH = 8
"""Queues whose programs are begun together."""

Told = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Queues:
    """What every queue is worth. Money in M USD, discounted; whole decisions held.

    table: one row per queue, largest month first: kind, name, years (the lead planned with), joined (calendar year),
    month (slope of the cost for one month more). Solved again for the first ones (nan elsewhere): earlier, later, half
    (change of cost at one month less, one and six months more; inf: no plan), without (change of cost without it),
    latest (months more at which the plan without it is as good, on straight lines through the points solved), slip
    (expected cost of its lateness over the sampled futures), verdict (join, keep, drop, leave), instead (what the plan
    without it does more of). routes: ways around the first queues, the cheapest first (`routes.routes`). solved:
    programs. seconds: of the whole study.
    """

    plan: Plan
    table: pd.DataFrame
    routes: pd.DataFrame
    solved: int
    seconds: float


def queues(
    bundle: str | Path | Plan,
    *,
    top: int = 10,
    around: int = 3,
    futures: int = 256,
    seed: int = 0,
    told: Told | None = None,
) -> Queues:
    """Price the queues of a plan (a bundle, or a `Plan`); `top` of them are solved again. Raises `InputError`.

    around: queues of power and of doors to which ways around are ranked.
    """
    begun = clock.monotonic()
    limits = (("--top", top, 0, 500), ("--around", around, 0, 500), ("--futures", futures, 1, 100_000))
    if faults := [f for limit in limits for f in outside(*limit)]:
        raise InputError(faults)
    say = told or (lambda line: None)
    plan = bundle if isinstance(bundle, Plan) else restored(bundle)
    name = plan.tables.scenario.name
    if not plan.y.any():
        wrong = "its prices were not computed, and every slope rests on them"
        raise InputError([Fault(name, 0, "", wrong, "solve again with more time")])
    if plan.options.get("relax"):
        raise InputError([Fault(name, 0, "", "it is a relaxation: no queue is joined or not", "solve without --relax")])
    tables = apart(plan.tables)
    say("the slope of the cost in every lead")
    plan = replace(plan, assembly=assemble_compiled(tables, plan.assembly.sets))
    slope = gradient(plan)
    known = leads_of(plan)
    months = [slope.of(*lead.cell) * lead.per_year * MONTH for lead in known]
    order = sorted(range(len(known)), key=lambda i: (not known[i].inside, -abs(months[i])))
    inside = _first(known, [i for i in order if known[i].inside and abs(months[i]) > SEEN * abs(plan.objective)], top)
    open_to = _worth_joining(plan, [i for i in order if known[i].kind == PHASE and not known[i].inside], known)
    open_to = open_to[: -(-top // 2)]
    work = _Work(plan, tables, futures, seed, say)
    first = [*inside, *(i for i, _ in open_to)]
    if first:
        work.start()
    told_of: dict[Any, dict[str, Any]] = {}
    for k in range(0, len(inside), BATCH):
        told_of |= work.moved([known[i] for i in inside[k : k + BATCH]])
    for k in range(0, len(open_to), BATCH):
        told_of |= work.joined([(known[i], when) for i, when in open_to[k : k + BATCH]])
    rows = [
        {"kind": q.kind, "name": q.name, "years": q.years, "joined": q.joined, "month": months[i]}
        | told_of.get(q.cell, {})
        for i, q in ((i, known[i]) for i in [*first, *(i for i in order if i not in first)])
    ]
    empty = {"earlier": math.nan, "later": math.nan, "half": math.nan, "without": math.nan, "latest": math.nan}
    empty |= {"slip": math.nan, "verdict": "", "instead": ""}
    frame = pd.DataFrame([empty | r for r in rows], columns=["kind", "name", "years", "joined", "month", *empty])
    ways, solves = routes(plan, _worst([known[i] for i in order], around), say, work.basis())
    return Queues(plan, frame, ways, work.solved + solves, clock.monotonic() - begun)


def _worst(known: list[Lead], count: int) -> list[Lead]:
    """The first queues of power and of doors that the plan stands in, in turn."""
    kinds = [[q for q in known if q.kind == kind and q.inside] for kind in (PHASE, DOOR)]
    return [q for pair in zip_longest(*kinds) for q in pair if q is not None][:count]


def _first(known: list[Lead], order: list[int], top: int) -> list[int]:
    """The first `top` in order, half of them phases of power where there are as many."""
    power = [i for i in order if known[i].kind == PHASE][: -(-top // 2)]
    rest = [i for i in order if i not in power][: top - len(power)]
    return sorted([*power, *rest], key=order.index)


def _worth_joining(plan: Plan, some: list[int], known: list[Lead]) -> list[tuple[int, dict[str, int]]]:
    """Phases outside the plan that may be joined, by reduced cost: which, and in which periods it and those before it.

    A phase comes after those of its site that it names; each is joined in its best period from then on.
    """
    if not some:
        return []
    layout, flat = plan.assembly.program.layout, plan.flat
    block = layout.variables[layout.variable("join")]
    reduced = layout.split_columns(flat.cost - flat.matrix.T @ plan.y)[layout.variable("join")]
    names = [e[0] for e in block.entities]
    cost = dict(zip(names, np.where(block.exists, reduced, np.inf), strict=True))
    joined = {n: int(j.argmax()) for n, j in zip(names, np.round(plan.blocks["join"]) > 0, strict=True) if j.any()}
    after, found = parents(plan.tables), []
    for i in some:
        before = [known[i].name]
        while after[before[-1]] and before[-1] not in joined:
            before.append(after[before[-1]])
        when, total, low = {}, 0.0, 0
        for name in before[::-1]:
            if name in joined:
                low = joined[name]
                continue
            mine = cost.get(name, np.full(1, np.inf))[low:]
            best = int(mine.argmin()) if mine.size else 0
            total += float(mine[best]) if mine.size else math.inf
            low += best
            when[name] = low
        if math.isfinite(total):
            found.append((total, i, when))
    return [(i, when) for _, i, when in sorted(found, key=lambda f: f[:2])]


def exchange(plan: Plan, one: str, other: str) -> Attribution:
    """What it would cost if two phases had each other's lead: slopes along the way, by phase, and both ends solved.

    Whole decisions held. Raises KeyError where a phase is not known.
    """
    tables = apart(plan.tables)
    known = {lead.name: lead for lead in leads_of(plan) if lead.kind == PHASE}
    moves = []
    for name, like in ((one, other), (other, one)):
        lead, row = known[name], tables.keys("stages").index(name)
        here = tables.numbers["stages"]["lead_fixed"][row]
        moves.append((lead.cell, here, here + (known[like].years - lead.years) * lead.per_year))
    return attribution(Resolved(tables, straight(moves), whole_decisions(plan)))


class _Work:
    """Programs that are solved again, whole decisions held."""

    def __init__(self, plan: Plan, tables: Tables, futures: int, seed: int, say: Told) -> None:
        self.plan, self.tables, self.say = plan, tables, say
        self.known = Known(Structures(tables, waitless=True))
        self.held = whole_decisions(plan) or {}
        self.solved = 0
        self.futures, self.seed = futures, seed

    def start(self) -> None:
        """Begin with the plan as it is: the others start from where it ends."""
        self._plain = self._begun(self.held)

    @cached_property
    def base(self) -> float:
        """Cost of the plan as it is [M USD], from the same solver as all that is set against it."""
        return self._plain().cost

    def basis(self) -> Any:
        """Basis of the plan as it is, over the rows and columns of the plan's program; None where it is not kept."""
        from planner.engines.neighbour import carried

        layout = self.plan.assembly.program.layout
        here = Start(self.tables, self.held, layout, None)
        some = [s for s in self.known.starts if distance(s, here) == 0.0]
        return carried(some[0].basis, some[0].layout, layout) if some else None

    def moved(self, some: list[Lead]) -> dict[Any, dict[str, Any]]:
        """Queues inside the plan, by cell: at other leads, and without them."""
        begun = {ahead: self._at(some, ahead) for ahead in AHEAD}
        gone = [self._without(lead) if lead.kind == PHASE else None for lead in some]
        late = self._late(some)
        out = {}
        for i, lead in enumerate(some):
            without, instead = math.nan, ""
            if (dropped := gone[i]) is not None:
                found = dropped()
                without, instead = found.cost - self.base, self._instead(found)
            earlier, later, half = (begun[a][i]() for a in AHEAD)
            curve = [(0.0, 0.0), (1.0, later), (6.0, half)]
            keep = not without < -SEEN * abs(self.base)
            row = {
                "earlier": earlier, "later": later, "half": half, "without": without,
                "latest": _reaches(curve, without), "slip": _expected(curve, late[i], without),
                "verdict": ("keep" if keep else "drop") if lead.kind == PHASE else "", "instead": instead,
            }  # fmt: skip
            out[lead.cell] = row
        return out

    def joined(self, some: list[tuple[Lead, dict[str, int]]]) -> dict[Any, dict[str, Any]]:
        """Phases outside the plan, by cell: each joined with those before it in given periods."""
        begun = []
        for lead, when in some:
            self.say(f"joining {lead.name}")
            begun.append(self._begun({**self.held, **{f"join[{n}]@{t}": 1.0 for n, t in when.items()}}))
        out = {}
        for (lead, _), judged in zip(some, begun, strict=True):
            change = judged().cost - self.base
            better = change < -SEEN * abs(self.base)
            out[lead.cell] = {"without": -change, "verdict": "join" if better else "leave"}
        return out

    def _at(self, some: list[Lead], ahead: float) -> list[Callable[[], float]]:
        """Change of cost [M USD] with each lead moved by so many months, begun."""
        here = [np.asarray(self._value(lead)) for lead in some]
        there = [np.maximum(h + ahead * MONTH * lead.per_year, 0.0) for h, lead in zip(here, some, strict=True)]
        moves = [(lead.cell, h, t) for lead, h, t in zip(some, here, there, strict=True)]
        resolved = Resolved(self.tables, straight(moves), self.held, slopes=False, known=self.known)
        where = [(t, r, c) for t, r, c, _ in resolved.cells]
        out = []
        for lead in some:
            self.say(f"{lead.name} {abs(ahead):.0f} month(s) {'later' if ahead > 0 else 'earlier'}")
            place = np.array([float(w == lead.cell) for w in where])
            out.append(self._change(resolved.later(place)) if place.any() else lambda: 0.0)
        self.solved += resolved.solved
        return out

    def _change(self, judged: Callable[[], Judged]) -> Callable[[], float]:
        return lambda: judged().cost - self.base

    def _without(self, lead: Lead) -> Callable[[], Judged]:
        """The plan without a phase and those that come after it, begun."""
        gone = chain(self.tables, lead.name)
        self.say(f"without {lead.name}")
        return self._begun({k: v for k, v in self.held.items() if k.split("@")[0] not in {f"join[{n}]" for n in gone}})

    def _begun(self, held: dict[str, float]) -> Callable[[], Judged]:
        """The plan with other whole decisions, begun."""
        self.solved += 1
        return Resolved(self.tables, straight([]), held, slopes=False, known=self.known).later(np.zeros(0))

    def _value(self, lead: Lead) -> float:
        table, row, column = lead.cell
        return float(self.tables.numbers[table][column][self.tables.keys(table).index(row)])

    def _late(self, some: list[Lead]) -> list[np.ndarray]:
        """Months by which each queue is later than planned, over the sampled futures; inf: it never comes."""
        names, doors = self.tables.keys("phases"), self.tables.keys("doors")
        which = np.array([names.index(q.name) for q in some if q.kind == PHASE], int)
        found = slips.phase_slips(self.tables, which, self.futures, self.seed) if which.size else None
        orders = slips.order_lateness(self.tables, self.futures, self.seed)
        out, k = [], 0
        for q in some:
            if q.kind == PHASE and found is not None:
                lateness = np.maximum(found.lead[:, k] - found.planned[k], 0.0) / MONTH
                out.append(np.where(found.success[:, k] > 0, lateness, np.inf))
                k += 1
            elif q.kind == DOOR:
                out.append(orders[:, doors.index(q.name)] / MONTH)
            else:
                out.append(np.full(self.futures, np.nan))
        return out

    def _instead(self, found: Judged) -> str:
        """What grew most, each as a share of all of its kind that the plan has."""
        if found.plan is None:
            return ""
        layout = self.plan.assembly.program.layout
        before = layout.split_columns(self.plan.x)
        grown = []
        for family, word in (
            ("dispatch", "power at"),
            ("launch", "flights of"),
            ("line", "own door"),
            ("hall", "halls at"),
        ):
            if family not in self.plan.blocks:
                continue
            at = layout.variable(family)
            more = (np.asarray(found.plan[at]) - np.asarray(before[at])).sum(axis=1)
            scale = max(float(np.abs(np.asarray(before[at])).sum()), 1e-9)
            grown += [
                (float(m) / scale, f"{word} {', '.join(e)}")
                for e, m in zip(layout.variables[at].entities, more, strict=True)
                if m > 1e-6 * scale
            ]
        unserved = layout.variable("unserved") if "unserved" in self.plan.blocks else None
        if unserved is not None:
            more = float((np.asarray(found.plan[unserved]) - np.asarray(before[unserved])).sum())
            asked = max(float(np.abs(np.asarray(before[layout.variable("serve")])).sum()), 1e-9)
            if more > 1e-6 * asked:
                grown.append((more / asked, "less served"))
        return "; ".join(word for _, word in sorted(grown, reverse=True)[:NAMED])


def _reaches(curve: list[tuple[float, float]], level: float) -> float:
    """Months at which the cost reaches a level, on straight lines through the points; the last one goes on."""
    if not np.isfinite(level):
        return math.inf if level == math.inf else math.nan
    if level <= 0.0:
        return 0.0
    for (a, low), (b, high) in pairwise(curve):
        if high >= level:
            return a + (level - low) / (high - low) * (b - a) if np.isfinite(high) else a
    (a, low), (b, high) = curve[-2:]
    slope = (high - low) / (b - a)
    return b + (level - high) / slope if slope > 1e-12 else math.inf


def _expected(curve: list[tuple[float, float]], late: np.ndarray, without: float) -> float:
    """Mean over futures of the cost at their lateness; one that never comes costs what it is to be without it.

    inf: some future has no plan. nan: nothing is sampled of this queue.
    """
    if np.isnan(late).any():
        return math.nan
    months, cost = np.array(curve).T
    if not np.isfinite(cost).all():
        return math.inf
    last = (cost[-1] - cost[-2]) / (months[-1] - months[-2])
    some = np.where(np.isfinite(late), late, 0.0)
    priced = np.interp(some, months, cost) + last * np.maximum(some - months[-1], 0.0)
    capped = np.minimum(priced, without) if without > 0 else priced
    return float(np.where(np.isfinite(late), capped, without).mean())
