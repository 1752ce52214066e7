"""Integers, cheapest step first; stop as soon as the gap is certified.

Relax, round, search near the rounded plan, search everywhere, and at last branch into leaves that prove the gap. Where
a whole number stands in an equality, the search among the integers that the relaxation uses comes before rounding,
unless all that is whole is homes and the places they open, for which rounding has a way of its own.
"""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

import numpy as np

from planner.certificate import dual_bound, whole_bound
from planner.engines import Leaf, Progress, Solution, Status, Step
from planner.engines.homes import Homes
from planner.engines.leaves import branch
from planner.engines.rounding import rounded
from planner.engines.warm import Warm
from planner.engines.watched import search
from planner.program import Flat

UNUSED = 1e-6
"""An integer of the relaxation below this is not used there."""

AGREES = 0.1
"""An integer whose relaxed value is this close to the rounded one stays where it is in the search nearby."""


def staged(
    flat: Flat,
    relaxed: Solution,
    *,
    tol: float = 1e-7,
    time: float = 600.0,
    gap: float = 0.01,
    period_of_column: np.ndarray | None = None,
    group_of_column: np.ndarray | None = None,
    warm: Warm | None = None,
    progress: Progress | None = None,
) -> Solution:
    """From a relaxation to a whole plan with leaves that prove the gap, within the time [s].

    Shares of the time that is left at each step: rounding as in `WINDOWS`, nearby 0.4, HiGHS 0.6, leaves the rest; with
    a warm model that takes links as they are broken leaves 0.6, HiGHS the rest.
    claimed_bound: what HiGHS says about all integers, None if it was not asked. Ctrl-C ends with the best plan so far.
    """
    work = _Staged(flat, relaxed, tol, time, gap, warm, progress)
    try:
        work.run(period_of_column, group_of_column)
    except KeyboardInterrupt:
        work.best = replace(work.best, status=Status.LIMIT)
    return replace(
        work.best,
        seconds=relaxed.seconds + perf_counter() - work.start,
        claimed_bound=work.claimed,
        iterations=relaxed.iterations + work.best.iterations,
        leaves=work.leaves,
        engine="exact",
    )


WINDOWS = ((1, 0.95), (4, 0.6))
"""Windows of rounding and their share of the time that is left: first all periods at once (one LP, and a plan is worth
most); then in more windows if that leaves a gap and there is time for twice their LPs."""


def whole_or_none(flat: Flat) -> bool:
    """Whether integers stand in equalities (a contract is served whole or not at all): rounding would break those."""
    equal = flat.matrix[np.flatnonzero(flat.sense == 0)]
    return bool(equal[:, np.flatnonzero(flat.integer)].nnz)


class _Staged:
    def __init__(
        self,
        flat: Flat,
        relaxed: Solution,
        tol: float,
        time: float,
        gap: float,
        warm: Warm | None,
        progress: Progress | None,
    ) -> None:
        self.flat, self.relaxed, self.tol, self.time, self.gap, self.progress = flat, relaxed, tol, time, gap, progress
        self.warm = warm
        self.start = perf_counter()
        self.bound = whole_bound(flat, dual_bound(flat, relaxed.y))
        self.leaves = (Leaf(flat.lower, flat.upper, relaxed.y),)
        self.claimed: float | None = None
        self.stopped = False
        nothing = np.full(flat.shape[1], np.nan)
        self.best = Solution(nothing, relaxed.y, Status.LIMIT, np.nan, 0.0)

    def left(self) -> float:
        return max(self.time - (perf_counter() - self.start), 0.1)

    def run(self, period: np.ndarray | None, group: np.ndarray | None) -> None:
        """Go on until the gap is closed."""
        flat, tol = self.flat, self.tol
        homes = Homes.of(flat) is not None
        if whole_or_none(flat) and not homes and self._closed_by(self._searched(self._support(), 0.5)):
            return
        for windows, share in WINDOWS:
            if windows > 1 and (homes or self.warm or self.left() < 2 * windows * self.relaxed.seconds):
                continue
            plan = rounded(
                flat,
                self.relaxed.x,
                period_of_column=period,
                group_of_column=group,
                weight_of_column=flat.weight,
                windows=windows,
                tol=tol,
                time=share * self.left(),
                fallback=False,
                others=windows == 1,
                warm=self.warm,
                progress=self._told,
            )
            if self._closed_by(plan):
                return
        if self.best.has_plan and self._worth(0.4) and self._closed_by(self._searched(self._nearby(), 0.4)):
            return
        if self.warm is not None:
            # Its relaxations are quicker than those of HiGHS, which takes all links at once.
            if not self._proved(0.6) and not self.stopped and self._worth(1.0):
                found = self._searched(flat, 1.0)
                self.claimed = found.claimed_bound
                self._closed_by(found)
            return
        found = self._searched(flat, 0.6)
        self.claimed = found.claimed_bound
        if not self._closed_by(found) and not self.stopped:
            self._proved(1.0)

    def _worth(self, share: float) -> bool:
        """Whether a share of the time left is enough for HiGHS to come through one relaxation with all links."""
        return self.warm is None or share * self.left() > self.relaxed.seconds

    def _proved(self, share: float) -> bool:
        """Branch into leaves for a share of the time left; whether that proves the gap or that there is no plan."""
        proof = branch(
            self.flat,
            incumbent=self.best.x if self.best.has_plan else None,
            prices=self.relaxed.y,
            gap=self.gap,
            time=share * self.left(),
            tol=self.tol,
            warm=self.warm,
            progress=self._told,
        )
        self._closed_by(proof)
        prices = proof.y if proof.status is Status.INFEASIBLE else self.best.y
        self.best, self.leaves = replace(self.best, y=prices, status=proof.status), proof.leaves
        return proof.status is not Status.LIMIT

    def _searched(self, flat: Flat, share: float) -> Solution:
        """HiGHS from the best plan, for a share of the time that is left; Ctrl-C there ends all stages."""
        if self.stopped:
            raise KeyboardInterrupt
        start = self.best.x if self.best.has_plan else None
        return search(
            flat,
            start=start,
            tol=self.tol,
            time=share * self.left(),
            gap=0.5 * self.gap,
            progress=self._told,
            on_interrupt=self._stop,
        )

    def _stop(self) -> None:
        self.stopped = True

    def _closed_by(self, plan: Solution) -> bool:
        """Keep the plan if it is better; whether the root's prices already prove the gap."""
        if plan.has_plan and not plan.objective >= self.best.objective:
            self.best = replace(plan, status=Status.LIMIT)
        closed = self.best.has_plan and self._gap() <= self.gap
        if closed:
            self.best = replace(self.best, status=Status.OPTIMAL)
        return closed

    def _gap(self) -> float:
        return (self.best.objective - self.bound) / max(1e-9, abs(self.best.objective))

    def _support(self) -> Flat:
        """Program with the integers fixed that are 0 in the relaxation."""
        flat = self.flat
        out = flat.integer & (np.abs(self.relaxed.x) <= UNUSED) & (flat.lower <= 0)
        return flat.with_bounds(flat.lower, np.where(out, np.minimum(flat.upper, 0.0), flat.upper))

    def _nearby(self) -> Flat:
        """Program with those integers fixed on which the relaxed and the best plan agree."""
        flat, x = self.flat, self.best.x
        agree = flat.integer & (np.abs(self.relaxed.x - x) <= AGREES)
        return flat.with_bounds(np.where(agree, x, flat.lower), np.where(agree, x, flat.upper))

    def _told(self, step: Step) -> None:
        """Pass progress on, with the clock, the best plan and the certified bound of the whole."""
        if self.progress is not None:
            bound = np.fmax(self.bound, step.bound) if step.note.endswith("open") else self.bound
            self.progress(Step(perf_counter() - self.start, self.best.objective, float(bound), step.note))
