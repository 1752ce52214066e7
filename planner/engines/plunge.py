"""A whole plan by going down: take the surest decision, relax again, and start anew where the bound is best.

For programs in which rounding all at once breaks a row: work that must have one home, places that fill up. Each step is
a warm start of the dual simplex, so a few hundred cost about as much as a few relaxations.
"""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

from planner.certificate import row_violations
from planner.engines import Progress, Solution, Status, Step
from planner.engines.warm import Corner, Warm
from planner.program import Flat

WHOLE = 1e-6
"""An integer this close to an integer is one."""

ENDS = 3
"""Dead ends in a row after which the search starts anew where the bound is best."""

CLOSE = 1e-4
"""A box whose relaxation is within this share of the best plan is not looked at."""


@dataclass(order=True)
class _Turn:
    """A box that was not looked at: cost of the relaxation it comes from, and the basis to start from."""

    value: float
    order: int
    lower: np.ndarray = field(compare=False)
    upper: np.ndarray = field(compare=False)
    basis: Corner | None = field(compare=False)


def plunge(
    flat: Flat,
    *,
    tol: float = 1e-7,
    time: float = 60.0,
    steps: int = 400,
    warm: Warm | None = None,
    progress: Progress | None = None,
) -> Solution:
    """Find a plan with whole integers: optimal means feasible here, limit means none within the time [s] and steps.

    The integer that is nearest to its next whole number above goes up - between equal ones the dearer - until the box
    is whole or empty; then the box left aside that came from the cheapest relaxation is next. The best plan found when
    the steps are used up is returned. warm: a model of the program that has been solved before.
    """
    work = _Plunge(flat, tol, time, warm, progress)
    work.run(steps)
    return work.solution()


class _Plunge:
    def __init__(self, flat: Flat, tol: float, time: float, warm: Warm | None, progress: Progress | None) -> None:
        self.flat, self.time, self.progress = flat, time, progress
        self.start, self.spoke = perf_counter(), -np.inf
        self.warm = Warm(flat, tol) if warm is None else warm
        self.best, self.prices, self.value = np.full(flat.shape[1], np.nan), np.zeros(flat.shape[0]), np.inf
        self.aside: list[_Turn] = []
        self.count = itertools.count()
        self.iterations = 0

    def left(self) -> float:
        return self.time - (perf_counter() - self.start)

    def run(self, steps: int) -> None:
        flat = self.flat
        lower = np.where(flat.integer, np.ceil(flat.lower - 1e-9), flat.lower)
        upper = np.where(flat.integer, np.floor(flat.upper + 1e-9), flat.upper)
        ends = 0
        here: _Turn | None = _Turn(-np.inf, 0, lower, upper, None)
        for _ in range(steps):
            if here is None and self.aside:
                ends += 1
                here = self._next(ends)
                ends = 0 if ends >= ENDS else ends
            if here is None or self.left() <= 0:
                return
            here = self._step(here)

    def _next(self, ends: int) -> _Turn | None:
        """After a few dead ends the box that came from the cheapest relaxation, else the one left aside last."""
        while self.aside:
            if ends >= ENDS:
                turn = heapq.heappop(self.aside)
            else:
                k = max(range(len(self.aside)), key=lambda i: self.aside[i].order)
                turn = self.aside.pop(k)
                heapq.heapify(self.aside)
            if not self._late(turn.value):
                return turn
        return None

    def _late(self, value: float) -> bool:
        return bool(value >= self.value - CLOSE * abs(self.value)) if np.isfinite(self.value) else False

    def _step(self, here: _Turn) -> _Turn | None:
        """Relax one box; the box to go on with, None at the end of a way."""
        answer = self.warm.solve(here.lower, here.upper, here.basis, self.left())
        self.iterations += answer.iterations
        if self.progress is not None and perf_counter() - self.spoke > 0.5:
            self.spoke = perf_counter()
            self.progress(Step(self.spoke - self.start, self.value, np.nan, f"rounding: {len(self.aside)} boxes aside"))
        if answer.status is not Status.OPTIMAL or self._late(answer.objective):
            return None
        fraction = np.where(self.flat.integer, answer.x - np.floor(answer.x + WHOLE), 0.0)
        if (fraction <= WHOLE).all():
            self._take(answer, here)
            return None
        basis = self.warm.corner()
        j = int(np.lexsort((np.abs(self.flat.cost), np.round(fraction, 6)))[-1])
        down, up = here.upper.copy(), here.lower.copy()
        down[j], up[j] = np.floor(answer.x[j]), np.floor(answer.x[j]) + 1
        heapq.heappush(self.aside, _Turn(answer.objective, next(self.count), here.lower, down, basis))
        return _Turn(answer.objective, next(self.count), up, here.upper, basis)

    def _take(self, answer: Solution, here: _Turn) -> None:
        """Keep the plan, re-solved at exact integers, if it is the best and breaks no row."""
        whole = self.flat.integer
        exact = np.where(whole, np.round(answer.x), answer.x)
        low, up = np.where(whole, exact, here.lower), np.where(whole, exact, here.upper)
        again = self.warm.solve(low, up, None, max(self.left(), 0.1))
        x = np.where(whole, exact, again.x)
        better = again.status is Status.OPTIMAL and self.flat.value(x) < self.value
        if better and row_violations(self.flat, x).max(initial=0.0) <= WHOLE:
            self.best, self.prices, self.value = x, again.y, self.flat.value(x)

    def solution(self) -> Solution:
        """The best plan and its prices."""
        found = np.isfinite(self.value)
        status, value = (Status.OPTIMAL, self.value) if found else (Status.LIMIT, np.nan)
        return Solution(self.best, self.prices, status, value, perf_counter() - self.start, self.iterations)
