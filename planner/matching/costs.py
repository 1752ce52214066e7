"""What it would cost to serve a request at one place: small linear programs over the columns of that place.

Two questions, each with everything else held: *alone* (nobody else is served anywhere) and *on top* (everybody else is
served as in the plan). Queues may be joined in parts, so the cost is a bound from below; `whole` joins them whole. Row
prices are not used: where nothing stands, a price need not say what it takes to build.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from planner.assemble.context import YEARLY
from planner.engines.warm import model_of
from planner.matching.asked import Request
from planner.measures import discounted_periods
from planner.program import Flat
from planner.results import Plan
from planner.solving import at_rest

LEFT_OUT = ("serve", "run workload", "work", "pace", "gang", "home", "residency")
"""Rows of a workload over all places: the programs here look at one place."""
SHARED = ("order", "stock", "debt")
"""Variables of no place that may follow."""
PUSH = 50.0
"""How much more than its price a request is worth here, so that all that can be served is served."""


@dataclass(frozen=True)
class Cost:
    """served: compute [EFLOP/s] ``[row, T]``; share: of what is asked for; per_work [USD/PFLOP-h] of what is served."""

    served: np.ndarray
    share: float
    per_work: float


class Local:
    """The programs of one place."""

    def __init__(self, plan: Plan, zone: int, *, alone: bool) -> None:
        self.plan = plan
        layout, flat = plan.assembly.program.layout, plan.flat
        columns, self.serve = _columns(plan, zone)
        base = at_rest(plan.assembly) if alone else plan.x.copy()
        kept = ~np.concatenate([np.full(int(b.exists.sum()), _family(b.name, b.keys) in LEFT_OUT) for b in layout.rows])
        within = flat.matrix[:, columns].tocsr()
        rows = np.nonzero(kept & (np.diff(within.indptr) > 0))[0]
        others = base.copy()
        others[columns] = 0.0
        left = flat.rhs[rows] - flat.matrix[rows] @ others
        lower, upper, cost = flat.lower[columns].copy(), flat.upper[columns].copy(), flat.cost[columns].copy()
        place = {int(j): i for i, j in enumerate(columns)}
        self.column = {w: np.array([place[j] for j in c], int) for w, (c, _) in self.serve.items()}
        worth = float(np.max(plan.tables.numbers["classes"]["price"], initial=1.0)) * YEARLY
        worth *= float(np.max(plan.tables.numbers["workloads"]["price_factor"], initial=1.0))
        self.pay = discounted_periods(plan.tables)
        self.plain = cost.copy()
        for w, (_, t) in self.serve.items():
            cost[self.column[w]] -= PUSH * worth * self.pay[t]
            held = 0.0 if alone else np.clip(plan.x[self.serve[w][0]], 0.0, None)
            lower[self.column[w]] = upper[self.column[w]] = held
        self.held = lower.copy()
        small = Flat(
            matrix=within[rows],
            cost=cost,
            lower=lower,
            upper=upper,
            rhs=left,
            sense=flat.sense[rows],
            integer=flat.integer[columns],
            implied=np.zeros(columns.size, bool),
        )
        self.whole = np.nonzero(flat.integer[columns])[0].astype(np.int32)
        self.model: Any = model_of(small, 1e-7)

    def cost(self, request: Request, *, whole: bool = False, held: bool = False) -> Cost:
        """Cost of the request there. whole: queues joined whole. held: of what the plan serves there, no more."""
        tables = self.plan.tables
        mine = [w for w in request.rows if w in self.column]
        asked = _asked(self.plan, request)
        self._set(mine, 0.0, 0.0)
        before = self._run(whole)[0]
        after, x = self._solved(mine, held=held, whole=whole)
        served = np.zeros((len(request.rows), tables.horizon))
        for i, w in enumerate(request.rows):
            if w in self.column and x is not None:
                served[i, self.serve[w][1]] = np.clip(x[self.column[w]], 0.0, None)
        work, all_work = float((served * self.pay).sum()), float((asked * self.pay).sum())
        if x is None or after is None or before is None or work <= 1e-9 * max(all_work, 1e-12):
            return Cost(served, 0.0, np.inf)
        return Cost(served, work / all_work, (after - before) / work / YEARLY)

    def _solved(self, mine: list[int], *, held: bool, whole: bool) -> tuple[float | None, np.ndarray | None]:
        for w in mine:
            if held:
                low = up = np.clip(self.plan.x[self.serve[w][0]], 0.0, None)
            else:
                low, up = 0.0, self.plan.flat.upper[self.serve[w][0]]
            self._set([w], low, up)
        value, x = self._run(whole)
        for w in mine:
            self._set([w], self.held[self.column[w]], self.held[self.column[w]])
        return value, x

    def _set(self, mine: list[int], low: Any, up: Any) -> None:
        for w in mine:
            j = self.column[w].astype(np.int32)
            wide = np.ones(j.size)
            self.model.changeColsBounds(j.size, j, np.ascontiguousarray(low * wide), np.ascontiguousarray(up * wide))

    def _run(self, whole: bool) -> tuple[float | None, np.ndarray | None]:
        kinds = highspy.HighsVarType
        if self.whole.size:
            kind = kinds.kInteger if whole else kinds.kContinuous
            self.model.changeColsIntegrality(self.whole.size, self.whole, np.array([kind] * self.whole.size))
        self.model.run()
        if self.model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None, None
        x = np.array(self.model.getSolution().col_value, float)
        return float(self.plain @ x), x


def _family(name: str, keys: tuple[str, ...]) -> str:
    return "run workload" if name == "run" and keys == ("workload",) else name


def _asked(plan: Plan, request: Request) -> np.ndarray:
    """Compute that the rows of a request ask for [EFLOP/s] ``[row, T]``."""
    tables, rows = plan.tables, list(request.rows)
    klass = tables.index("workloads", "class")[rows]
    demand = tables.numbers["classes"]["demand"][klass] * tables.numbers["workloads"]["share"][rows, None]
    return np.where(plan.assembly.sets.active[rows], demand, 0.0) * 1e-3


def _columns(plan: Plan, zone: int) -> tuple[np.ndarray, dict[int, tuple[np.ndarray, np.ndarray]]]:
    """Flat columns of a place, and those of `serve` there: workload -> (columns, periods)."""
    tables, layout = plan.tables, plan.assembly.program.layout
    name = tables.keys("zones")[zone]
    sites = {s for s, z in zip(tables.keys("sites"), tables.frames["sites"]["zone"], strict=True) if z == name}
    phases = {p for p, s in zip(tables.keys("phases"), tables.frames["phases"]["site"], strict=True) if s in sites}
    owners = {"zone": {name}, "site": sites, "phase": phases}
    workloads = {k: w for w, k in enumerate(tables.keys("workloads"))}
    columns, serve, start = [], {}, 0
    for b in layout.variables:
        count = int(b.exists.sum())
        keys = [(i, owners[k]) for i, k in enumerate(b.keys) if k in owners]
        mine = np.array(
            [
                b.name in SHARED or (b.name != "home" and bool(keys) and all(e[i] in o for i, o in keys))
                for e in b.entities
            ]
        )
        if mine.any():
            e, t = np.nonzero(b.exists)
            here = start + np.nonzero(mine[e])[0]
            columns.append(here)
            if b.name == "serve":
                entity, period = e[mine[e]], t[mine[e]]
                for k in np.unique(entity):
                    serve[workloads[b.entities[k][0]]] = (here[entity == k], period[entity == k])
        start += count
    return np.concatenate(columns), serve
