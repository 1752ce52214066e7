"""From a relaxed plan to a whole one: round a window of periods, propagate, re-solve the rest, repair, move on.

Few LP solves: one per window, one per repair. Within a group (columns that share a row) totals are kept: what is
rounded off in one period is carried to the next, and within a period the largest fractions go up.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import perf_counter

import numpy as np
from scipy import sparse

from planner.certificate import farkas_bound, row_violations
from planner.engines import Progress, Solution, Status, Step
from planner.engines.assigning import assigned
from planner.engines.exact import relax
from planner.engines.homes import Homes
from planner.engines.opening import Places, opened
from planner.engines.plunge import plunge
from planner.engines.propagation import Propagation
from planner.engines.totals import WHOLE, shared_rows, whole_totals
from planner.engines.warm import Warm
from planner.engines.watched import search
from planner.program import Flat

Relax = Callable[..., Solution]

NEAR = 1e-3
"""A plan this close to the relaxation is not searched for by other ways."""

THRESHOLDS = 0.7, 0.5, 0.3, 0.1, 0.01
"""Fractions from which on integers go up, one plan for each."""

PLUNGE = 400
"""Most relaxations of going down."""


def rounded(
    flat: Flat,
    x: np.ndarray,
    *,
    period_of_column: np.ndarray | None = None,
    group_of_column: np.ndarray | None = None,
    weight_of_column: np.ndarray | None = None,
    windows: int = 4,
    repairs: int = 3,
    moves: int = 0,
    tol: float = 1e-7,
    time: float = 120.0,
    fallback: bool = True,
    others: bool = True,
    relax: Relax = relax,
    warm: Warm | None = None,
    progress: Progress | None = None,
) -> Solution:
    """Find a plan with whole integers near a relaxed x [n]: status optimal means feasible here, not best.

    period_of_column: [n], the order in which integers are decided (all at once if absent: then the surest first).
    group_of_column: [n], columns whose total is kept, negative for none; by default the row of type <= or = with the
    most integer columns. weight_of_column: [n], what a column counts in the total of its group. moves: single integers
    tried one up or down at the end, by price. time: limit [s]; when rounding fails the rest of it goes to the MILP
    solver, or with fallback=False the status is limit, without a plan. others: whether other ways are tried too
    (homes; going down, where the plan is not near the relaxation). warm: a model of the program, used for its boxes.
    """
    work = _Rounding(flat, period_of_column, group_of_column, weight_of_column, tol, time, relax, warm, progress)
    best = work.kept(x) or (work.housed(x) or work.opened() if others else None)
    for way in () if best is not None else work.ways(windows, repairs, others):
        if best is None or best.objective - flat.value(x) > NEAR * abs(best.objective):
            found = way(np.array(x, float))
            best = found if found is not None and (best is None or found.objective < best.objective) else best
    if best is None and warm is not None:
        best = work.dive(np.array(x, float), windows, repairs)
    if best is None and not fallback:
        nothing = Solution(np.full(flat.shape[1], np.nan), np.zeros(flat.shape[0]), Status.LIMIT, np.nan, 0.0)
        return work.named(nothing, Status.LIMIT)
    if best is None:
        left = work.left()
        best = search(flat, tol=tol, time=max(left, 1.0), gap=0.01, progress=progress)
        return work.named(best, best.status)
    return work.named(work.moved(best, moves), Status.OPTIMAL)


def decided_box(
    flat: Flat,
    x: np.ndarray,
    period: np.ndarray | None,
    group: np.ndarray | None,
    weight: np.ndarray | None,
    tol: float,
) -> tuple[np.ndarray, np.ndarray] | None:
    """Lower and upper [n] with every integer of x rounded and propagated, period after period; None if that fails."""
    work = _Rounding(flat, period, group, weight, tol, np.inf, relax, None, None)
    work.box = Propagation(flat, tol)
    if not work.box.possible:
        return None
    work._decide(np.array(x, float), work.whole)
    if work._open().size:
        return None
    return work.box.integer_box()


class _Rounding:
    def __init__(
        self,
        flat: Flat,
        period: np.ndarray | None,
        group: np.ndarray | None,
        weight: np.ndarray | None,
        tol: float,
        time: float,
        relax: Relax,
        warm: Warm | None,
        progress: Progress | None,
    ) -> None:
        self.flat, self.tol, self.time, self.relax, self.progress = flat, tol, time, relax, progress
        self.warm = warm
        self.start, self.iterations, self.spent = perf_counter(), 0, 0.0
        n = flat.shape[1]
        self.period = np.zeros(n, int) if period is None else np.asarray(period)
        self.group = shared_rows(flat) if group is None else np.asarray(group)
        self.weight = np.ones(n) if weight is None else np.asarray(weight)
        self.whole = np.flatnonzero(flat.integer)
        self.box: Propagation
        self.decided: dict[int, float] = {}

    def left(self) -> float:
        return self.time - (perf_counter() - self.start)

    def ways(self, windows: int, repairs: int, others: bool) -> list[Callable[[np.ndarray], Solution | None]]:
        """Ways to a plan, in order; with a warm model going down costs less than fixing and propagating all links."""
        dive = partial(self.dive, windows=windows, repairs=repairs)
        if not others:
            return [dive]
        return [dive, self.plunged] if self.warm is None else [self.stepped, self.plunged]

    def within(self, low: np.ndarray, up: np.ndarray) -> Solution:
        """The relaxation over a box of the integers."""
        time = max(self.left(), 0.1)
        if self.warm is not None:
            return self.warm.solve(low, up, time=time)
        return self.relax(self.flat.with_bounds(low, up), tol=self.tol, time=time)

    def kept(self, x: np.ndarray) -> Solution | None:
        """The relaxed plan itself, where its integers are whole already."""
        if not self._whole(x[self.whole]).all():
            return None
        low, up = self.flat.lower.copy(), self.flat.upper.copy()
        low[self.whole] = up[self.whole] = np.round(x[self.whole])
        answer = self.within(low, up)
        self.iterations += answer.iterations
        if answer.status is not Status.OPTIMAL:
            return None
        plan = np.where(self.flat.integer, low, answer.x)
        if row_violations(self.flat, plan).max(initial=0.0) > WHOLE:
            return None
        return Solution(plan, answer.y, Status.OPTIMAL, self.flat.value(plan), 0.0, self.iterations)

    def dive(self, x: np.ndarray, windows: int, repairs: int) -> Solution | None:
        """Decide window after window; None when it got stuck or the time is out."""
        self.box, self.decided = Propagation(self.flat, self.tol), {}
        if not self.box.possible:
            return None
        parts = self._windows(x, windows)
        for k, window in enumerate(parts):
            last = k == len(parts) - 1
            self._decide(x, np.array([j for j in window if j not in self.decided], int))
            open_ = self._open()
            if open_.size and self._whole(x[open_]).all() and last:
                self._decide(x, open_)
            answer = self._solve()
            while answer.status is Status.INFEASIBLE and repairs > 0 and self.left() > self.spent:
                repairs -= 1
                if not self._repair(answer.y):
                    return None
                answer = self._solve()
            if answer.status is not Status.OPTIMAL:
                return None
            x = answer.x
            plan = self._clean(answer)
            if plan is not None:
                return plan
            if self.left() < self.spent:
                return None
        return None

    def _windows(self, x: np.ndarray, windows: int) -> list[np.ndarray]:
        """Integer columns in the order they are decided: by period, or the surest first when there is one period."""
        j = self.whole
        if not j.size:
            return [j]
        if np.unique(self.period[j]).size == 1:
            j = j[np.argsort(np.abs(x[j] - np.round(x[j])), kind="stable")]
            sure = np.abs(x[j] - np.round(x[j])) <= 0.1
            parts = [j[sure], *np.array_split(j[~sure], max(windows - 1, 1))]
        else:
            # Windows hold equal shares of what is still fractional, and never split a period.
            unsure = np.abs(x[j] - np.round(x[j])) > WHOLE
            periods = np.unique(self.period[j])
            load = np.array([unsure[self.period[j] == p].sum() for p in periods], float)
            share = np.cumsum(load) - load / 2
            which = np.minimum((share / max(load.sum(), 1e-9) * windows).astype(int), windows - 1)
            parts = [j[np.isin(self.period[j], periods[which == w])] for w in range(windows)]
        return [p for p in parts if p.size]

    def _whole(self, values: np.ndarray) -> np.ndarray:
        return np.abs(values - np.round(values)) <= WHOLE

    def _open(self) -> np.ndarray:
        j = self.whole
        return j[self.box.lower[j] < self.box.upper[j]]

    def _decide(self, x: np.ndarray, columns: np.ndarray) -> None:
        """Round the columns and fix them one after the other, the other way where propagation objects."""
        if not columns.size:
            return
        target = whole_totals(x, columns, self.period, self.group, self.weight)
        sure = np.abs(x[columns] - target[columns])
        for j in columns[np.lexsort((sure, self.period[columns]))]:
            if self.left() < 0:
                return
            self._fix(int(j), float(target[j]), float(x[j]))

    def _fix(self, j: int, target: float, x: float) -> None:
        low, up = self.box.lower[j], self.box.upper[j]
        target = float(np.clip(target, low, up))
        other = float(np.clip(np.floor(x) if target > x else np.ceil(x), low, up))
        for value in (target, other):
            if self.box.fix(j, value):
                self.decided[j] = value
                return

    def _solve(self) -> Solution:
        before = perf_counter()
        answer = self.within(*self.box.integer_box())
        self.spent = max(self.spent, perf_counter() - before)
        self.iterations += answer.iterations
        if self.progress is not None:
            seconds = perf_counter() - self.start
            self.progress(Step(seconds, answer.objective, np.nan, f"rounding: {self._open().size} integers open"))
        return answer

    def _clean(self, answer: Solution) -> Solution | None:
        """Return the answer with exact integers, if they are whole; re-solved at them if rounding broke a row."""
        j, x = self.whole, answer.x.copy()
        if not self._whole(x[j]).all():
            return None
        x[j] = np.round(x[j])
        if self._open().size or row_violations(self.flat, x).max(initial=0.0) > WHOLE:
            low, up = self.flat.lower.copy(), self.flat.upper.copy()
            low[j] = up[j] = x[j]
            again = self.within(low, up)
            if again.status is not Status.OPTIMAL:
                return None
            answer, y = again, again.y
            x = np.where(self.flat.integer, x, answer.x)
        y = answer.y
        return Solution(x, y, Status.OPTIMAL, self.flat.value(x), 0.0, self.iterations)

    def _repair(self, ray: np.ndarray) -> bool:
        """Change the decisions that a proof of infeasibility leans on most, until it proves nothing; False if none."""
        low, up = self.box.integer_box()
        proof = farkas_bound(self.flat, ray, low, up)
        if not proof > 0:
            ray = self._elastic_prices(low, up)
            proof = farkas_bound(self.flat, ray, low, up)
        if not proof > 0:
            return False
        reduced = -(self.flat.matrix.T @ ray)
        decided = np.array(list(self.decided), int)
        value = np.array([self.decided[j] for j in decided])
        step = -np.sign(reduced[decided])
        room = (value + step >= self.flat.lower[decided] - WHOLE) & (value + step <= self.flat.upper[decided] + WHOLE)
        order = [k for k in np.argsort(-np.abs(reduced[decided])) if room[k] and reduced[decided[k]] != 0]
        if not order:
            return False
        flips: dict[int, float] = {}
        for k in order:
            flips[int(decided[k])] = float(value[k] + step[k])
            proof -= abs(reduced[decided[k]])
            if proof <= 0:
                break
        before = self.decided
        self.box, self.decided = Propagation(self.flat, self.tol), {}
        for j, v in (*flips.items(), *((j, v) for j, v in before.items() if j not in flips)):
            self._fix(j, v, v)
        return True

    def _elastic_prices(self, low: np.ndarray, up: np.ndarray) -> np.ndarray:
        """Prices of the cheapest violation: rows get slacks, cost is violation only; a proof if that cost is > 0."""
        flat = self.flat.with_bounds(low, up)
        m, n = flat.shape
        plus, minus = np.flatnonzero(flat.sense >= 0), np.flatnonzero(flat.sense <= 0)
        eye = sparse.csc_matrix(sparse.identity(m))
        matrix = sparse.csr_matrix(sparse.hstack([flat.matrix, eye[:, plus], -eye[:, minus]]))
        extra = plus.size + minus.size
        elastic = Flat(
            matrix=matrix,
            cost=np.concatenate([np.zeros(n), np.ones(extra)]),
            lower=np.concatenate([flat.lower, np.zeros(extra)]),
            upper=np.concatenate([flat.upper, np.full(extra, np.inf)]),
            rhs=flat.rhs,
            sense=flat.sense,
            integer=np.zeros(n + extra, bool),
            implied=np.concatenate([flat.implied, np.zeros(extra, bool)]),
        )
        return self.relax(elastic, tol=self.tol, time=max(self.left(), 0.1)).y

    def housed(self, x: np.ndarray) -> Solution | None:
        """A plan by assigning homes, where all that is whole is homes and the places they open."""
        homes = Homes.of(self.flat)
        home = None if homes is None else assigned(self.flat, homes, tol=self.tol, time=0.5 * self.left())
        if homes is None or home is None:
            return None
        return self.kept(np.where(self.flat.integer, homes.integers(self.flat, home), x))

    def opened(self) -> Solution | None:
        """A plan by opening places, where each work is served by the cheapest that is open."""
        places = Places.of(self.flat)
        best = None if places is None else opened(places, time=0.5 * self.left())
        if places is None or best is None:
            return None
        plan = places.plan(self.flat, best)
        if row_violations(self.flat, plan).max(initial=0.0) > WHOLE:
            return self.kept(plan)
        return Solution(plan, np.zeros(self.flat.shape[0]), Status.OPTIMAL, self.flat.value(plan), 0.0, self.iterations)

    def stepped(self, x: np.ndarray) -> Solution | None:
        """The best of a few plans in which every integer goes up whose fraction is above a threshold."""
        best, seen = None, set()
        down = np.floor(x[self.whole] + WHOLE)
        for least in THRESHOLDS:
            up = np.clip(
                down + (x[self.whole] - down >= least), self.flat.lower[self.whole], self.flat.upper[self.whole]
            )
            if self.left() < self.spent or up.tobytes() in seen:
                continue
            seen.add(up.tobytes())
            plan = x.copy()
            plan[self.whole] = up
            found = self.kept(plan)
            best = found if found is not None and (best is None or found.objective < best.objective) else best
        return best

    def plunged(self, x: np.ndarray) -> Solution | None:
        """A plan by going down one integer at a time, where relaxations are quick enough for many of them."""
        steps = int(min(PLUNGE, 0.5 * self.left() / max(self.spent, 1e-3))) if self.warm is None else PLUNGE
        if steps < np.sqrt(self.whole.size):
            return None
        time = 0.5 * self.left()
        found = plunge(self.flat, tol=self.tol, time=time, steps=steps, warm=self.warm, progress=self.progress)
        self.iterations += found.iterations
        return found if found.has_plan else None

    def moved(self, best: Solution, moves: int) -> Solution:
        """Try single integers one up or down, in the order of the gain that prices promise."""
        tried: set[tuple[int, float]] = set()
        while moves > 0 and self.left() > self.spent:
            reduced = (self.flat.cost - self.flat.matrix.T @ best.y)[self.whole]
            value = best.x[self.whole] - np.sign(reduced)
            fits = (value >= self.flat.lower[self.whole]) & (value <= self.flat.upper[self.whole]) & (reduced != 0)
            ranked = [k for k in np.argsort(-np.abs(reduced)) if fits[k]]
            todo = [k for k in ranked if (int(self.whole[k]), float(value[k])) not in tried]
            if not todo:
                return best
            j, v = int(self.whole[todo[0]]), float(value[todo[0]])
            tried.add((j, v))
            moves -= 1
            low, up = self.flat.lower.copy(), self.flat.upper.copy()
            low[self.whole] = up[self.whole] = best.x[self.whole]
            low[j] = up[j] = v
            answer = self.within(low, up)
            if answer.status is Status.OPTIMAL and answer.objective < best.objective:
                x = np.where(self.flat.integer, low, answer.x)
                best = Solution(x, answer.y, Status.OPTIMAL, self.flat.value(x), 0.0, self.iterations)
        return best

    def named(self, best: Solution, status: Status) -> Solution:
        seconds = perf_counter() - self.start
        return Solution(
            best.x, best.y, status, best.objective, seconds, self.iterations, (), best.claimed_bound, "rounding"
        )
