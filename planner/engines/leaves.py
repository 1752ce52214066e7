"""Branch and bound whose leaves are the proof: boxes that cover the integer box, each with its own prices.

Every bound used to prune is the certificate's own, so the gap promised here is the gap certified there.
"""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

from planner.certificate import dual_bound, farkas_bound, row_violations, whole_bound
from planner.engines import Leaf, Progress, Solution, Status, Step
from planner.engines.warm import Corner, Warm
from planner.program import Flat

WHOLE = 1e-6
"""An integer this close to an integer is one."""

LEAST_GAP = 1e-8
"""A smaller gap would be a search among rounding errors."""

NUMBERS = 120_000_000
"""Most numbers that boxes and their prices may hold together (1 GB)."""

PROBED, LEARNT = 8, 1
"""Columns tried both ways before a box is split, as long as one of them was rounded less often than this."""


@dataclass(order=True)
class Node:
    """An open box: its bound, its relaxed integers, and the basis to start its children from."""

    bound: float
    order: int
    lower: np.ndarray = field(compare=False)
    upper: np.ndarray = field(compare=False)
    y: np.ndarray = field(compare=False)
    x: np.ndarray = field(compare=False)
    value: float = field(compare=False)
    basis: Corner = field(compare=False)


@dataclass
class PseudoCosts:
    """Gain in bound per unit of rounding, learnt per column and side; the mean where nothing was learnt."""

    total: np.ndarray
    count: np.ndarray

    def learn(self, column: int, side: int, gain: float, distance: float) -> None:
        """Record one branching; side 0 is down."""
        if np.isfinite(gain) and distance > WHOLE:
            self.total[side, column] += max(gain, 0.0) / distance
            self.count[side, column] += 1

    def score(self, columns: np.ndarray, fraction: np.ndarray) -> np.ndarray:
        """Product of the gains expected on both sides; the most fractional first as long as nothing is known."""
        known = self.count.sum(axis=1)
        mean = np.where(known > 0, self.total.sum(axis=1) / np.maximum(known, 1), 1.0)[:, None]
        count = self.count[:, columns]
        per_unit = np.where(count > 0, self.total[:, columns] / np.maximum(count, 1), mean)
        down, up = per_unit[0] * fraction, per_unit[1] * (1 - fraction)
        return np.maximum(down, 1e-9) * np.maximum(up, 1e-9)


def branch(
    flat: Flat,
    *,
    incumbent: np.ndarray | None = None,
    prices: np.ndarray | None = None,
    gap: float = 1e-4,
    time: float = 60.0,
    tol: float = 1e-7,
    nodes: int = 100_000,
    warm: Warm | None = None,
    progress: Progress | None = None,
) -> Solution:
    """Best-first search until (best - bound) / |best| <= gap, or the time [s], the nodes or `NUMBERS` are used up.

    incumbent: a feasible plan to start from. prices: [m], of the relaxation, used until a box has better ones. warm: a
    model of the program that has been solved before. The leaves returned always cover the integer box; what is not
    explored keeps its parent's prices. Ctrl-C stops the search and returns what is known.
    """
    search = _Search(flat, incumbent, prices, gap, time, tol, warm, progress)
    try:
        search.run(nodes)
    except KeyboardInterrupt:
        search.interrupted = True
    return search.solution()


class _Search:
    def __init__(
        self,
        flat: Flat,
        incumbent: np.ndarray | None,
        prices: np.ndarray | None,
        gap: float,
        time: float,
        tol: float,
        warm: Warm | None,
        progress: Progress | None,
    ) -> None:
        self.flat, self.gap, self.time, self.tol, self.progress = flat, gap, time, tol, progress
        self.start = self.told = perf_counter()
        self.warm = Warm(flat, tol) if warm is None else warm
        self.best, self.value = np.full(flat.shape[1], np.nan), np.inf
        self.y = np.zeros(flat.shape[0]) if prices is None else prices
        self.prices = np.zeros(flat.shape[0])
        if incumbent is not None and np.isfinite(incumbent).all():
            self.best, self.value = np.array(incumbent, float), flat.value(incumbent)
        self.open: list[Node] = []
        self.closed: list[tuple[float, Leaf]] = []
        self.least_closed = np.inf
        self.pending: list[tuple[float, Leaf]] = []
        self.count = itertools.count()
        self.iterations = 0
        self.costs = PseudoCosts(np.zeros((2, flat.shape[1])), np.zeros((2, flat.shape[1])))
        self.status, self.interrupted = Status.LIMIT, False

    def left(self) -> float:
        return self.time - (perf_counter() - self.start)

    def run(self, nodes: int) -> None:
        whole = self.flat.integer
        lower = np.where(whole, np.ceil(self.flat.lower - 1e-9), self.flat.lower)
        upper = np.where(whole, np.floor(self.flat.upper + 1e-9), self.flat.upper)
        self.pending = [(-np.inf, Leaf(lower, upper, self.y))]
        root = self._relax(lower, upper, None, self.y, -np.inf)
        self.pending = []
        self.y = self.closed[0][1].y if root is None else root.y
        if self.status is Status.UNBOUNDED:
            return
        for _ in range(nodes):
            if not self.open or self._done() or self.left() <= 0 or self._full():
                break
            self._split(self.open[0])
            self._tell()
        if np.isfinite(self.value):
            self.status = Status.OPTIMAL if self._done() else Status.LIMIT
        elif not self.open and all(bound == np.inf for bound, _ in self.closed):
            self.status = Status.INFEASIBLE

    def _bound(self) -> float:
        return min(self.least_closed, self.open[0].bound if self.open else np.inf)

    def _close(self, bound: float, leaf: Leaf) -> None:
        self.closed.append((bound, leaf))
        self.least_closed = min(self.least_closed, bound)

    def _cut_off(self) -> float:
        """Boxes with a bound from here on need no further search."""
        return self.value - max(self.gap, LEAST_GAP) * max(1e-9, abs(self.value)) if np.isfinite(self.value) else np.inf

    def _full(self) -> bool:
        """Whether boxes and their prices take as much memory as they may."""
        m, n = self.flat.shape
        return len(self.closed) * (m + 2 * n) + len(self.open) * (m + 3 * n) > NUMBERS

    def _done(self) -> bool:
        return self._bound() >= self._cut_off()

    def _split(self, node: Node) -> None:
        """Branch on one column of the node; both children become nodes or leaves."""
        column, cut = self._column(node)
        fraction = node.x[column] - np.floor(node.x[column])
        halves = []
        for side in (0, 1):
            lower, upper = node.lower.copy(), node.upper.copy()
            (upper if side == 0 else lower)[column] = cut if side == 0 else cut + 1
            halves.append((lower, upper))
        # Ctrl-C at any line from here on must not leave a hole: a box is pending before it is taken off.
        self.pending = [(node.bound, Leaf(lower, upper, node.y)) for lower, upper in halves]
        heapq.heappop(self.open)
        for side, (lower, upper) in enumerate(halves):
            child = self._relax(lower, upper, node.basis, node.y, node.bound)
            self.pending.pop(0)
            if child is not None:
                self.costs.learn(column, side, child.value - node.value, fraction if side == 0 else 1 - fraction)

    def _column(self, node: Node) -> tuple[int, float]:
        """Column to branch on and the largest value of its lower half."""
        wide = np.flatnonzero(self.flat.integer & (node.lower < node.upper))
        part = node.x[wide] - np.floor(node.x[wide] + WHOLE)
        far = np.abs(node.x[wide] - np.round(node.x[wide])) > WHOLE
        if far.any():
            wide, part = wide[far], np.clip(part[far], 0.0, 1.0)
            self._probe(node, wide[np.argsort(-self.costs.score(wide, part), kind="stable")[:PROBED]])
            j = int(wide[np.argmax(self.costs.score(wide, part))])
            return j, float(np.floor(node.x[j]))
        j = int(wide[np.argmax(np.abs(self.flat.cost[wide]))])
        return j, float(np.clip(np.round(node.x[j]), node.lower[j], node.upper[j] - 1))

    def _probe(self, node: Node, columns: np.ndarray) -> None:
        """Learn what rounding the columns costs, both ways, where it was not learnt before."""
        for j in columns[(self.costs.count[:, columns] < LEARNT).any(axis=0)]:
            fraction = float(node.x[j] - np.floor(node.x[j]))
            for side in (0, 1):
                lower, upper = node.lower.copy(), node.upper.copy()
                (upper if side == 0 else lower)[j] = np.floor(node.x[j]) + side
                answer = self.warm.solve(lower, upper, node.basis, self.left())
                self.iterations += answer.iterations
                closes = self._cut_off() - node.value if np.isfinite(self.value) else abs(node.value)
                gain = closes if answer.status is Status.INFEASIBLE else answer.objective - node.value
                self.costs.learn(int(j), side, min(gain, closes), fraction if side == 0 else 1 - fraction)

    def _relax(
        self, lower: np.ndarray, upper: np.ndarray, basis: Corner | None, y: np.ndarray, bound: float
    ) -> Node | None:
        """Solve one box: an open node, or None when it became a leaf. y, bound: the parent's."""
        answer = self.warm.solve(lower, upper, basis, self.left())
        self.iterations += answer.iterations
        if answer.status is Status.INFEASIBLE and farkas_bound(self.flat, answer.y, lower, upper) > 0:
            self._close(np.inf, Leaf(lower, upper, answer.y))
            return None
        if answer.status is Status.UNBOUNDED:
            self.status = Status.UNBOUNDED
        best, prices = dual_bound(self.flat, answer.y, lower, upper), answer.y
        best = whole_bound(self.flat, best)
        if answer.status is not Status.OPTIMAL or not best >= bound:  # the parent's prices hold here too
            parent = whole_bound(self.flat, dual_bound(self.flat, y, lower, upper))
            best, prices = (best, prices) if best >= parent else (parent, y)
        if answer.status is not Status.OPTIMAL:
            self._close(best, Leaf(lower, upper, prices))
            return None
        self._offer(answer, lower, upper)
        fixed = not (self.flat.integer & (lower < upper)).any()
        if fixed or best >= self._cut_off():
            self._close(best, Leaf(lower, upper, prices))
            return None
        node = Node(best, next(self.count), lower, upper, prices, answer.x, answer.objective, self.warm.corner())
        heapq.heappush(self.open, node)
        return node

    def _offer(self, answer: Solution, lower: np.ndarray, upper: np.ndarray) -> None:
        """Take the plan of a box whose integers came out whole, after a re-solve at exactly these integers."""
        whole = self.flat.integer
        x = answer.x
        rounded = np.round(x)
        if answer.objective >= self.value or (np.abs(x - rounded)[whole] > WHOLE).any():
            return
        y = answer.y
        if (x[whole] != rounded[whole]).any():
            again = self.warm.solve(np.where(whole, rounded, lower), np.where(whole, rounded, upper), None, self.left())
            if again.status is not Status.OPTIMAL:
                return
            x, y = np.where(whole, rounded, again.x), again.y
        if self.flat.value(x) < self.value and row_violations(self.flat, x).max(initial=0.0) <= WHOLE:
            self.best, self.value, self.prices = x, self.flat.value(x), y

    def _tell(self) -> None:
        now = perf_counter()
        if self.progress is not None and now - self.told > 0.5:
            self.told = now
            self.progress(Step(now - self.start, self.value, self._bound(), f"{len(self.open)} boxes open"))

    def solution(self) -> Solution:
        """Best plan, prices at its integers (the root's without one), and the leaves."""
        boxes = [leaf for _, leaf in (*self.closed, *self.pending)]
        boxes += [Leaf(node.lower, node.upper, node.y) for node in self.open]
        found = np.isfinite(self.value)
        status = Status.LIMIT if self.interrupted else self.status
        return Solution(
            self.best,
            self.prices if found and self.prices.any() else self.y,
            status,
            self.value if found else np.nan,
            perf_counter() - self.start,
            self.iterations,
            tuple(boxes),
            None,
            "leaves",
        )
