"""The study: costs and bounds over sampled futures, which queues the best plans join, and which limits bind."""

from __future__ import annotations

import time as clock
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from planner.certificate import dual_bound
from planner.engines import Solution
from planner.faults import Fault, InputError, outside
from planner.flat import Flat
from planner.program import Layout
from planner.replay import replay
from planner.report.prices import RESOURCES
from planner.results import Plan
from planner.studies.futures.programs import Programs, solved
from planner.studies.futures.sampled import sampled
from planner.studies.inputs.resolved import whole_decisions
from planner.studies.inputs.restored import restored

ENGINES = ("auto", "exact", "interior")
HALF = 0.5
"""A queue counts as joined in a future whose best plan joins so much of it: whole decisions are fractional."""
FIRM, DOUBTFUL = 0.9, 0.5
"""Shares of futures at which a queue that the plan joins holds, and below which it is doubtful."""
SEEN = 1e-6
"""Share of the cost that a limit must be worth in a future to count as binding."""

Told = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Futures:
    """Best plans of sampled futures. Money in M USD, discounted.

    table: one row per future: cost (of the best plan that knows it, whole decisions fractional), bound (of all plans of
    its program; certified), held (cost of the best plan with the whole decisions of the plan, its queues joined as
    planned or later; inf: there is none; nan: not asked for), replayed (cost of the plan itself where only placements
    move; nan for a relaxation), served (share of demand by value), power (MW facility at the end of the periods shown),
    iterations. queues: one row per phase: planned (calendar year; nan: not joined), share (of futures whose best plan
    joins it), year (median there), verdict. limits: row family and entity; share of futures in which it binds, worth
    (price x limit, mean and P90 over futures) and what it is worth in the plan. asked: futures; fewer rows: stopped.
    """

    plan: Plan
    table: pd.DataFrame
    queues: pd.DataFrame
    limits: pd.DataFrame
    asked: int
    seconds: float


def futures(
    bundle: str | Path | Plan,
    *,
    count: int = 16,
    seed: int = 0,
    engine: str = "auto",
    held: bool = True,
    told: Told | None = None,
) -> Futures:
    """Plan every sampled future of a plan (a bundle, or a `Plan`) anew, knowing it. Raises `InputError`.

    count, seed: the first futures of `replay` with that seed. engine: auto, exact or interior. held: solve each future
    also with the whole decisions of the plan. What is done at Ctrl-C comes back, if it is anything.
    """
    begun = clock.monotonic()
    faults = list(outside("--count", count, 1, 100_000) or [])
    if engine not in ENGINES:
        faults.append(Fault("--engine", 0, "", f"{engine} is not known here", f"write one of: {', '.join(ENGINES)}"))
    if faults:
        raise InputError(faults)
    say = told or (lambda line: None)
    plan = bundle if isinstance(bundle, Plan) else restored(bundle)
    say("drawing futures")
    programs = Programs(sampled(plan.tables, count, seed), whole_decisions(plan) if held else None)
    seen = _Seen(plan, programs.layout)
    try:
        for k, flat, free, kept in solved(programs, engine, say):
            seen.add(k, flat, free, kept)
    except KeyboardInterrupt:
        if not seen.rows:
            raise
    table = pd.DataFrame(seen.rows, columns=list(COLUMNS)).sort_values("future", ignore_index=True)
    if not plan.options.get("relax"):
        say("replaying the plan")
        table["replayed"] = replay(plan, count, seed)["cost"].to_numpy()[table["future"]]
    return Futures(plan, table, seen.queues(), seen.limits(), count, clock.monotonic() - begun)


COLUMNS = ("future", "status", "cost", "bound", "held", "replayed", "served", "power", "iterations")


class _Seen:
    """What the solved futures have in common, gathered one by one."""

    def __init__(self, plan: Plan, layout: Layout) -> None:
        self.plan, self.layout = plan, layout
        self.rows: list[dict[str, Any]] = []
        self.joined: list[np.ndarray] = []
        self.worth: list[np.ndarray] = []
        self.keys, self._key_of = _limits(layout, plan.tables.shown)

    def add(self, k: int, flat: Flat, free: Solution, kept: Solution | None) -> None:
        """One future; one without a plan says so."""
        row: dict[str, Any] = dict.fromkeys(COLUMNS, np.nan)
        row |= {"future": k, "status": str(free.status), "iterations": free.iterations}
        if kept is not None:
            row["held"] = kept.objective * 1e3 if kept.has_plan else np.inf
        if free.has_plan:
            there = replace(self.plan, assembly=self._named(), flat=flat, x=free.x, y=free.y)
            power = there.blocks["energised"][:, self.plan.tables.shown - 1].sum() if "energised" in there.blocks else 0
            row |= {
                "cost": free.objective * 1e3, "bound": dual_bound(flat, free.y) * 1e3,
                "served": there.served_fraction, "power": float(power),
            }  # fmt: skip
            if "join" in there.blocks:
                self.joined.append(there.blocks["join"])
            self.worth.append(self._worth(flat, free.y))
        self.rows.append(row)

    def _named(self) -> Any:
        """The plan's assembly with the names of the futures' program."""
        assembly = self.plan.assembly
        return replace(assembly, program=replace(assembly.program, layout=self.layout))

    def _worth(self, flat: Flat, y: np.ndarray) -> np.ndarray:
        worth = np.abs(y * flat.rhs) * 1e3
        mine = self._key_of >= 0
        return np.bincount(self._key_of[mine], worth[mine], len(self.keys))

    def queues(self) -> pd.DataFrame:
        """Every phase, those on which plan and futures disagree first."""
        columns = ["name", "planned", "share", "year", "verdict"]
        if not self.joined:
            return pd.DataFrame({c: [] for c in columns})
        years = self.plan.tables.years
        block = self.layout.variables[self.layout.variable("join")]
        layout = self.plan.assembly.program.layout
        mine = dict(zip(layout.variables[layout.variable("join")].entities, self.plan.blocks["join"], strict=True))
        joined = np.stack(self.joined)
        total = joined.sum(axis=2)
        when = years[_median(joined)]
        rows = []
        for i, entity in enumerate(block.entities):
            own = mine[entity]
            inside, some = bool(own.sum() >= HALF), total[:, i] >= HALF - 1e-9
            share = float(some.mean())
            rows.append(
                {
                    "name": entity[0], "planned": float(years[_median(own)]) if inside else np.nan, "share": share,
                    "year": float(np.median(when[some, i])) if some.any() else np.nan,
                    "verdict": _verdict(inside, share),
                }
            )  # fmt: skip
        frame = pd.DataFrame(rows, columns=columns)
        apart = np.where(frame["planned"].notna(), 1.0 - frame["share"], frame["share"])
        return frame.iloc[np.argsort(-apart, kind="stable")].reset_index(drop=True)

    def limits(self) -> pd.DataFrame:
        """Every limit that binds in some future, the dearest first."""
        columns = ["row", "a", "b", "c", "share", "worth", "worth_high", "planned"]
        if not self.worth:
            return pd.DataFrame({c: [] for c in columns})
        worth = np.stack(self.worth)
        cost = np.array([abs(r["cost"]) for r in self.rows if np.isfinite(r["cost"])])
        layout = self.plan.assembly.program.layout
        keys, key_of = _limits(layout, self.plan.tables.shown)
        own = np.abs(self.plan.y * self.plan.flat.rhs) * 1e3
        planned = dict(zip(keys, np.bincount(key_of[key_of >= 0], own[key_of >= 0], len(keys)), strict=True))
        share = (worth > SEEN * cost[:, None]).mean(axis=0)
        frame = pd.DataFrame(
            {
                **{c: [k[i] for k in self.keys] for i, c in enumerate(columns[:4])}, "share": share,
                "worth": worth.mean(axis=0), "worth_high": np.quantile(worth, 0.9, axis=0),
                "planned": [planned.get(k, 0.0) for k in self.keys],
            }
        )  # fmt: skip
        order = np.argsort(-frame["worth"].to_numpy(), kind="stable")
        return frame.iloc[order[share[order] > 0]].reset_index(drop=True)


def _median(joined: np.ndarray) -> np.ndarray:
    """Period ``[...]`` in which half of what is joined ``[..., T]`` has been."""
    return (joined.cumsum(axis=-1) >= HALF * joined.sum(axis=-1, keepdims=True)).argmax(axis=-1)


def _verdict(inside: bool, share: float) -> str:
    if not inside:
        return "missed" if share >= DOUBTFUL else ""
    return "holds" if share >= FIRM else "mostly" if share >= DOUBTFUL else "doubtful"


def _limits(layout: Layout, shown: int) -> tuple[list[tuple[str, ...]], np.ndarray]:
    """Limits on resources by family and entity, and which of them each row is in the periods shown [m] (-1: none)."""
    keys: list[tuple[str, ...]] = []
    parts = []
    for block in layout.rows:
        e, t = np.nonzero(block.exists)
        if block.name not in RESOURCES:
            parts.append(np.full(e.size, -1))
            continue
        parts.append(np.where(t < shown, len(keys) + e, -1))
        keys += [(block.name, *(*entity, "", "", "")[:3]) for entity in block.entities]
    return keys, np.concatenate(parts)
