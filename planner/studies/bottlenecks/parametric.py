"""How the cost of a program falls and rises with one right side: exact pieces of a convex piecewise-linear function.

The cost is convex in a right side. From 0 with slope s, solve at amounts that grow until the cost leaves the line; go
back to where the line meets the tangent there, and again. The point that is on the line is the end of the first piece.
Each solve goes on from the last one, with its basis and edge weights: to set a basis anew costs more on large programs
than the few pivots of a short step. Only after a long way the next solve starts from the basis of the base (`home`).
Amounts and prices are in program units. Pieces shorter than `SMALL` x `SMALLER` of the trial amount are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import highspy
import numpy as np

from planner.engines import Status
from planner.engines.exact import SIMPLEX_COLUMNS
from planner.engines.warm import STATUS, model_of
from planner.flat import Flat

SMALL = 1e-4
"""First step to a side, as a share of the trial amount: the slope there is the price on that side."""
SMALLER = 1e-3
"""The first step once more, where the cost breaks within it."""
EXACT = 1e-9
"""Costs agree when they differ by at most this share of the base cost."""
ROUNDS = 60
"""Tangents at most; each takes away at least one piece."""
HALVES = 24
"""Steps towards the amount beyond which there is no plan."""
GROWN = 4.0
"""Times by which an amount grows while the cost is on the line."""
NEAR = 1e-2
"""How closely `until` finds its amount, as a share of it."""
FURTHER = 2.0
"""Times by which its amount grows."""
NOISE = 1e-11
"""Share of the base cost below which a saving is rounding."""
LITTLE = 1e-3
"""Relief that is tried, as a share of a limit."""
FAR = 1000
"""Pivots away from the base after which it is quicker to start from there."""


@dataclass(frozen=True, eq=False)
class Point:
    """The optimum at one amount: cost, prices [m], reduced costs [n], row activity [m], columns [n]."""

    amount: float
    cost: float
    y: np.ndarray
    reduced: np.ndarray
    activity: np.ndarray
    x: np.ndarray


@dataclass(frozen=True, eq=False)
class Side:
    """One side of a right side: slope of the cost there, the amount over which it holds, an optimum on the next piece.

    ended: whether a break was found; if not, reach is the trial amount and the slope holds at least so far. wall: no
    plan exists beyond `reach` (after is then None).
    """

    slope: float
    reach: float
    ended: bool
    wall: bool
    after: Point | None


class Parametric:
    """A relaxed program in HiGHS whose right sides can be moved."""

    def __init__(self, flat: Flat, basis: Any = None) -> None:
        """basis: of the base, where it is known."""
        self.flat = replace(flat, integer=np.zeros_like(flat.integer))
        self.model: Any = model_of(self.flat, 1e-9)
        if basis is not None:
            self.model.setBasis(basis)
        elif flat.shape[1] > SIMPLEX_COLUMNS:
            self.model.setOptionValue("solver", "ipm")
            self.model.setOptionValue("run_crossover", "on")
        self.rhs = flat.rhs.astype(float).copy()
        self.solves, self._gone = 0, 0
        base = self._run(0.0)
        if base is None:
            raise ValueError("the program has no optimum to start from")
        self._start(base)
        self.model.setOptionValue("solver", "simplex")
        self.model.setOptionValue("dual_simplex_cost_perturbation_multiplier", 0.0)  # a short way stays short

    def _start(self, base: Point) -> None:
        self.base, self._basis, self._gone = base, self.model.getBasis(), 0

    def twin(self) -> Parametric:
        """The same at its base, to be used in another thread."""
        return Parametric(replace(self.flat, rhs=self.rhs), self._basis)

    def home(self) -> None:
        """Start the next solve from the base, if the last ones led far away."""
        if self._gone > FAR:
            self.model.setBasis(self._basis)
            self._gone = 0

    def at(self, row: int, amount: float) -> Point | None:
        """The optimum with the right side of a row moved by an amount; None where no plan exists."""
        self._move(row, self.rhs[row] + amount)
        point = self._run(amount)
        self._move(row, self.rhs[row])
        return point

    def within(self, lower: np.ndarray, upper: np.ndarray) -> Point | None:
        """The optimum within other bounds of the columns [n]; None where no plan exists."""
        moved = np.flatnonzero((lower != self.flat.lower) | (upper != self.flat.upper)).astype(np.int32)
        self.model.changeColsBounds(moved.size, moved, lower[moved], upper[moved])
        point = self._run(0.0)
        self.model.changeColsBounds(moved.size, moved, self.flat.lower[moved], self.flat.upper[moved])
        return point

    def gain(self, row: int, amount: float, other: int, *, column: bool = False) -> float:
        """What a little relief of another row, or of a column's bounds, saves with a right side moved by an amount."""
        before = self.at(row, amount)
        if before is None:
            return 0.0
        self._move(row, self.rhs[row] + amount)
        if column:
            low, high = float(self.flat.lower[other]), float(self.flat.upper[other])
            step = LITTLE * max(abs(low), abs(high) if np.isfinite(high) else 0.0, 1e-3)
            self.model.changeColBounds(other, low - step, high + step)
            relieved = self._run(amount)
            self.model.changeColBounds(other, low, high)
        else:
            limit = self.rhs[other] + (amount if other == row else 0.0)
            self._move(other, limit - np.sign(before.y[other]) * LITTLE * max(abs(limit), 1e-3))
            relieved = self._run(amount)
            self._move(other, self.rhs[other])
        self._move(row, self.rhs[row])
        saved = 0.0 if relieved is None else before.cost - relieved.cost
        return saved if saved > NOISE * abs(self.base.cost) else 0.0

    def shift(self, row: int, amount: float) -> None:
        """Move a right side for good: the base is solved again."""
        self.rhs[row] += amount
        self._move(row, self.rhs[row])
        base = self._run(0.0)
        if base is None:
            raise ValueError("no plan exists there")
        self._start(base)

    def side(self, row: int, sign: float, trial: float) -> Side:
        """The first piece of the cost to one side of a right side, looked for up to the trial amount (> 0)."""
        step = SMALL * trial
        near = self.at(row, sign * step)
        slope = np.nan if near is None else sign * float(near.y[row])
        if near is None or not self._on(near, step, slope):  # a break within the first step: closer
            step *= SMALLER
            near = self.at(row, sign * step)
            if near is None:
                return Side(np.nan, 0.0, True, True, None)
            slope = (near.cost - self.base.cost) / step
        last, amount, beyond, wall = near, step, None, False
        while amount < trial:
            amount = min(GROWN * amount, trial)
            point = self.at(row, sign * amount)
            if point is None:
                wall, (amount, point) = True, self._edge(row, sign, last, amount)
            if self._on(point, amount, slope):
                last = point
                if wall:
                    return Side(slope, amount, True, True, None)
                continue
            beyond, wall = point, False
            break
        if beyond is None:
            return Side(slope, trial, False, False, None)
        low = abs(last.amount)
        for _ in range(ROUNDS):
            other = sign * float(beyond.y[row])
            cross = (
                (beyond.cost - other * abs(beyond.amount) - self.base.cost) / (slope - other) if slope != other else low
            )
            amount = float(np.clip(cross, low, abs(beyond.amount)))
            if amount <= low:
                break
            point = self.at(row, sign * amount)
            if point is None or self._on(point, amount, slope):
                break
            beyond = point
        else:
            amount = low  # no line was confirmed further: what is known to be on it
        return Side(slope, amount, True, False, beyond)  # on the next piece: its tangent meets the line where it ends

    def _edge(self, row: int, sign: float, last: Point, high: float) -> tuple[float, Point]:
        """Where plans end between an optimum and an amount that has none, by halves; the last optimum there."""
        low = abs(last.amount)
        for _ in range(HALVES):
            middle = 0.5 * (low + high)
            found = self.at(row, sign * middle)
            low, high, last = (low, middle, last) if found is None else (middle, high, found)
        return low, last

    def until(self, row: int, sign: float, side: Side, trial: float, share: float = 0.5) -> tuple[float, Point | None]:
        """Amount to one side after which the slope is at most a share of its first size, and the optimum there.

        inf, and the last optimum that was looked at: not within the trial. The slope only falls (the cost is convex):
        the amount grows until it is past, then halves close in on it.
        """
        if not side.ended or side.after is None:
            return np.inf, side.after
        enough = share * abs(side.slope)
        low, high, last = side.reach, abs(side.after.amount), side.after
        while abs(last.y[row]) > enough:
            if high >= trial:
                return np.inf, last
            low, high = high, min(FURTHER * high, trial)
            found = self.at(row, sign * high)
            if found is None:
                return np.inf, last
            last = found
        while high - low > NEAR * high:
            middle = 0.5 * (low + high)
            found = self.at(row, sign * middle)
            if found is not None and abs(found.y[row]) <= enough:
                high, last = middle, found
            else:
                low = middle
        return high, last

    def _on(self, point: Point, amount: float, slope: float) -> bool:
        line = self.base.cost + slope * amount
        return abs(point.cost - line) <= EXACT * max(abs(self.base.cost), 1e-6) + 1e-6 * abs(slope * amount)

    def _move(self, row: int, rhs: float) -> None:
        sense = self.flat.sense[row]
        low = rhs if sense >= 0 else -highspy.kHighsInf
        self.model.changeRowBounds(row, low, rhs if sense <= 0 else highspy.kHighsInf)

    def _run(self, amount: float) -> Point | None:
        """The optimum; None where no plan exists. Raises ArithmeticError where HiGHS finds neither."""
        for again in (False, True):
            if again:
                self.model.clearSolver()
            self.model.run()
            self.solves += 1
            self._gone += max(int(self.model.getInfo().simplex_iteration_count), 0)
            status = STATUS.get(self.model.getModelStatus())
            if status is Status.OPTIMAL:
                s = self.model.getSolution()
                parts = (s.row_dual, s.col_dual, s.row_value, s.col_value)
                y, reduced, activity, x = (np.array(v, float) for v in parts)
                cost = float(self.model.getInfo().objective_function_value)
                return Point(amount, cost, y, reduced, activity, x)
            if status is Status.INFEASIBLE:
                return None
        name = self.model.modelStatusToString(self.model.getModelStatus())
        raise ArithmeticError(f"HiGHS found neither an optimum nor that there is none ({name.lower()})")
