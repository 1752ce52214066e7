"""The study: least and most of each thing over near-optimal plans, a verdict, and what moves instead."""

from __future__ import annotations

import math
import time as clock
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd

from planner.faults import Fault, InputError, outside, quoted
from planner.results import Plan
from planner.studies.alternatives.near import LARGE, LEAST, MOST, Near, Reached
from planner.studies.alternatives.things import Thing, Things
from planner.studies.inputs.restored import restored

THREADS = 2
"""Things that are solved at once."""
FEW, MANY = 3, 10
"""Things that are looked at where none is named: in large programs, and in others."""
WIDEST = 0.5
"""Largest share of the cost."""
NONE = 1e-6
"""Share of what a plan has of a thing, or of all of its kind, that counts as none."""
MOVED, SEEN, NOISE = 3, 1e-4, 1e-6
"""Things of each kind that are told to move; shares of their kind, and program units, below which nothing moves."""
COLUMNS = (
    *("name", "kind", "title", "unit", "planned", "proven_least", "reached_least", "reached_most", "proven_most"),
    *("verdict", "without", "least_cost", "most_cost"),
)

Told = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Alternatives:
    """What plans of nearly the same cost have in common, and what not. Money in M USD, discounted.

    within: share of the cost of the plan that others may cost more; allowed: the cost that is. table: one row per
    thing: name (as `why` takes it), kind, title, unit, planned, proven_least and proven_most (every plan that is
    allowed lies between them, whole decisions or not), reached_least and reached_most (plans that were found, the whole
    decisions of the plan but those about the thing kept), verdict (needed, dispensable, possible, never, open), without
    (what the cheapest plan found without it costs more than the plan; inf: none was found, nan: the plan has none),
    least_cost and most_cost (what the plans reached cost more). moves: for each thing and side (least, most) what the
    plan reached has more (+) or less (-) of: name, side, other, kind, title, unit, planned, there, change, share (of
    all of its kind in the plan); the thing's own kind first, doors and queues last. asked: things; fewer rows: stopped.
    solved: programs. seconds: of the whole study.
    """

    plan: Plan
    within: float
    allowed: float
    table: pd.DataFrame
    moves: pd.DataFrame
    asked: int
    solved: int
    seconds: float


def alternatives(
    bundle: str | Path | Plan,
    *,
    within: float | str = 0.01,
    of: Iterable[str] = (),
    top: int | None = None,
    told: Told | None = None,
) -> Alternatives:
    """Least and most of things over all plans within a share of the cost of a plan (a bundle, or a `Plan`).

    within: 0.01 or "1%". of: names, as `why` takes them; none: the `top` first of all kinds in turn (default: by the
    size of the program). What is done at Ctrl-C comes back, if it is anything. Raises `InputError`.
    """
    begun, say = clock.monotonic(), _one_at_a_time(told or (lambda line: None))
    faults = list(outside("--top", top, 1, 500)) if top is not None else []
    share, wrong = _share(within)
    if faults := [*faults, *wrong]:
        raise InputError(faults)
    plan = bundle if isinstance(bundle, Plan) else restored(bundle)
    known, near = Things(plan), Near(plan, share)
    default = FEW if plan.flat.shape[1] >= LARGE else MANY
    asked = known.named(of) or known.first(default if top is None else top)
    seen = _Seen(known, near)
    try:
        for thing, found in _found(near, known, asked, say):
            seen.add(thing, found)
    except KeyboardInterrupt:
        if not seen.rows:
            raise
    return Alternatives(
        plan, share, near.allowed * 1e3, seen.table(asked), seen.moves(asked), len(asked), near.solved,
        clock.monotonic() - begun,
    )  # fmt: skip


def _one_at_a_time(told: Told) -> Told:
    """Lines of several threads, each whole."""
    turn = Lock()

    def say(line: str) -> None:
        with turn:
            told(line)

    return say


def _share(within: float | str) -> tuple[float, list[Fault]]:
    """A share of the cost from 0.01 or "1%"."""
    text = str(within).strip()
    try:
        share = float(text.removesuffix("%")) * (0.01 if text.endswith("%") else 1.0)
    except ValueError:
        share = math.nan
    if 0.0 <= share <= WIDEST:
        return share, []
    wrong = "it is not a number" if math.isnan(share) else "it is out of range"
    instead = "write a share of the cost up to 50%, e.g. 1% or 0.01"
    return share, [Fault("--within", 0, quoted(text), wrong, instead)]


@dataclass(frozen=True, eq=False)
class _Range:
    """What was found of a thing; without: None where it was not asked for, or none was found (then `lacking`)."""

    proven_least: float
    proven_most: float
    least: Reached
    most: Reached
    without: Reached | None
    lacking: bool


def _range(near: Near, known: Things, thing: Thing, say: Told) -> _Range:
    """Solve only what is not known yet: a plan without a thing makes its least 0, one that may not be, its most."""
    itself = Reached(near.plan.x, thing.amount(near.plan.x), near.cost)
    none, used = _none(thing, itself.amount), known.used(thing)
    without, least, most = None, itself, itself
    if used:
        say(f"{thing.name}: without it")
        without = near.without(thing)
        if without is not None and without.cost <= near.allowed and without.amount < itself.amount:
            least = without
        else:
            say(f"{thing.name}: the least that is reached")
            least = near.reached(thing, LEAST)
    low = 0.0
    if least.amount > none:
        say(f"{thing.name}: the least that is proven")
        low = near.proven(thing, LEAST)
    say(f"{thing.name}: the most that is proven")
    high = near.proven(thing, MOST)
    if high > itself.amount + none:
        say(f"{thing.name}: the most that is reached")
        most = near.reached(thing, MOST)
    return _Range(low, high, least, most, without, used and without is None)


def _found(near: Near, known: Things, asked: list[Thing], say: Told) -> Iterator[tuple[Thing, _Range]]:
    """Every thing, a few at a time."""
    done = 0
    with ThreadPoolExecutor(THREADS) as pool:
        going: dict[Future, Thing] = {pool.submit(_range, near, known, t, say): t for t in asked}
        try:
            while going:
                for future in wait(going, return_when="FIRST_COMPLETED").done:
                    thing, done = going.pop(future), done + 1
                    found = future.result()
                    say(f"thing {done} of {len(asked)}: {thing.name}")
                    yield thing, found
        except BaseException:  # after Ctrl-C nobody waits for what is left
            pool.shutdown(wait=False, cancel_futures=True)
            raise


class _Seen:
    """Rows of both tables, gathered thing by thing."""

    def __init__(self, known: Things, near: Near) -> None:
        self.near, self.every = near, known.every()
        self.used = known.used
        self.rows: dict[str, dict[str, Any]] = {}
        self.moved: dict[str, list[dict[str, Any]]] = {}

    def add(self, thing: Thing, found: _Range) -> None:
        """One thing."""
        cost, planned = self.near.cost, thing.amount(self.near.plan.x)
        dear = math.inf if found.lacking else math.nan
        self.rows[thing.name] = {
            "name": thing.name, "kind": thing.what.kind, "title": thing.what.title, "unit": thing.unit,
            "planned": planned, "proven_least": found.proven_least, "reached_least": found.least.amount,
            "reached_most": found.most.amount, "proven_most": found.proven_most,
            "verdict": _verdict(found, self.used(thing), _none(thing, planned)),
            "without": dear if found.without is None else (found.without.cost - cost) * 1e3,
            "least_cost": (found.least.cost - cost) * 1e3, "most_cost": (found.most.cost - cost) * 1e3,
        }  # fmt: skip
        sides = (("least", found.least), ("most", found.most))
        self.moved[thing.name] = [row for side, there in sides for row in self._moves(thing, side, there)]

    def table(self, asked: list[Thing]) -> pd.DataFrame:
        """Things in the order in which they were asked for."""
        return pd.DataFrame([self.rows[t.name] for t in asked if t.name in self.rows], columns=list(COLUMNS))

    def moves(self, asked: list[Thing]) -> pd.DataFrame:
        """What moves with each of them, the largest first."""
        columns = ["name", "side", "other", "kind", "title", "unit", "planned", "there", "change", "share"]
        return pd.DataFrame([r for t in asked for r in self.moved.get(t.name, ())], columns=columns)

    def _moves(self, thing: Thing, side: str, there: Reached) -> list[dict[str, Any]]:
        out = []
        for other in self.every:
            before, after = other.amount(self.near.plan.x), other.amount(there.x)
            share = (after - before) / max(other.scale, abs(after), 1e-12)
            noise = abs(after - before) <= NOISE * float(other.weight.max())
            if abs(share) > SEEN and not noise and not np.isin(other.columns, thing.columns).any():
                out.append(
                    {
                        "name": thing.name, "side": side, "other": other.name, "kind": other.what.kind,
                        "title": other.what.title, "unit": other.unit, "planned": before, "there": after,
                        "change": after - before, "share": share,
                    }
                )  # fmt: skip
        out.sort(key=lambda r: (_rank(r, thing), -abs(r["share"])))
        counts: Counter[str] = Counter()
        first = []
        for row in out:
            counts[row["kind"]] += 1
            first += [row] if counts[row["kind"]] <= MOVED else []
        return first


def _rank(move: dict[str, Any], thing: Thing) -> int:
    """Its own kind and unit first; doors and queues of other kinds last."""
    if (move["kind"], move["unit"]) == (thing.what.kind, thing.unit):
        return 0
    return 2 if move["kind"] in ("door", "shell", "phase") else 1


def _none(thing: Thing, planned: float) -> float:
    return NONE * max(abs(planned), thing.scale, 1e-9)


def _verdict(found: _Range, used: bool, none: float) -> str:
    if found.proven_most <= none:
        return "never"
    if found.proven_least > none:
        return "needed"
    if used:
        return "dispensable" if found.least.amount <= none else "open"
    return "possible" if found.most.amount > none else "open"
