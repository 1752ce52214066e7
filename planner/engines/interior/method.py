"""The interior point: Mehrotra's predictor-corrector with Gondzio's correctors, one loop, status as data.

Every iteration factorises ``A D A'`` once and solves for a few directions: towards the solution, towards the centre,
and twice more towards products of even size. With the same calls, so that they are compiled once, the first pass of the
loop finds the starting point (least squares: D = 1), and one near the end moves x onto the rows (D = x) where a row of
small numbers misses more of its own size than of the largest of all. Under `vmap` a finished program stands still until
all are done.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from planner.engines.interior.fronts import Factor, Structure, factor_in, fresh, solved
from planner.engines.interior.standard import Numbers, Standard, restored, standard
from planner.engines.interior.stepping import suits

RUNNING, OPTIMAL, INFEASIBLE, UNBOUNDED, STOPPED, STUCK, UNSUITED = range(7)
"""Status codes of a `Result`: stopped by the limit on iterations; stuck for want of digits; unsuited to its structure,
which takes entries to be equal that are not (`structure_for` wants all programs of a batch)."""

NOTHING, STARTED, MOVED, SETTLED = range(4)
"""What the last pass of the loop did: found the starting point, moved, or moved x onto the rows."""

KEEP = 0.995
"""Share of the way to the boundary that a step goes."""
CORRECTORS = 2
EVEN = (0.1, 10.0)
"""Products between these multiples of their target need no correction."""
RAY = 1e-8
"""A ray is proof of an infeasible (unbounded) program when its residual is at most this share of its value."""
LEAST_REGULAR, MOST_REGULAR = 1e-12, 1e-4
START_REGULAR = 1e-10
CAP = 1e-14
"""Added to 1/D, so that no column outweighs the others beyond all digits."""
SOLVER_STEPS, LEAST_STEPS, GAIN, SHARP = 4, 1, 0.5, 1e-8
"""Steps of the linear solver at most and at least, a ratio of residuals that is a gain, a residual that is enough."""
OWN = 0.1
"""Weight of what a row misses relative to its own numbers, beside what all miss relative to the largest of all."""
PATIENCE = 15
"""Iterations without a better point before the method counts as stuck."""


@dataclass(frozen=True)
class Options:
    """tol: relative residuals and gap [-]. iterations: at most so many."""

    tol: float = 1e-8
    iterations: int = 200


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Result:
    """x: columns [n] (with slacks), y: prices [m], in program units. value: cost of x without the constant.

    status: one of the codes above. residual: largest of primal, dual residual and gap, relative. weight: [n], how
    freely each column moves at the end (final D); low, up: [n], its stiffness against its lower and upper bound: what a
    derivative of the solution needs, scaled as in `program`.
    """

    x: Any
    y: Any
    value: Any
    status: Any
    iterations: Any
    residual: Any
    weight: Any
    low: Any
    up: Any
    program: Standard = field(repr=False)


class Point(NamedTuple):
    """x and w = u - x with their prices z and v; y; where w and v count only where u is finite."""

    x: Any
    w: Any
    z: Any
    v: Any
    y: Any


class State(NamedTuple):
    """What the loop carries: the point, the best one so far and how it is doing; last: what the last pass did."""

    last: Any
    point: Point
    best: Point
    best_residual: Any
    status: Any
    iterations: Any
    regular: Any
    waited: Any


def lp(s: Structure, numbers: Numbers, options: Options = Options()) -> Result:
    """Solve one program. Traceable and batchable in the numbers."""
    p, state = begun(s, numbers, options)
    return ended(s, numbers, p, advanced(s, p, state, options))


def begun(s: Structure, numbers: Numbers, options: Options = Options()) -> tuple[Standard, State]:
    """The scaled program, and the method before its first iteration."""
    p = standard(s, numbers)
    nowhere = _Method(s, p, options).nowhere()
    suited = suits(s.steps, jnp.asarray(numbers.values))
    status = jnp.where(suited, jnp.where(p.empty, INFEASIBLE, RUNNING), UNSUITED)
    state = State(NOTHING, nowhere, nowhere, jnp.inf, status, 0, START_REGULAR, 0)
    return p, jax.tree.map(lambda a: lax.convert_element_type(a, jnp.asarray(a).dtype), state)


def advanced(
    s: Structure, p: Standard, state: State, options: Options = Options(), most: Any = None, *, alone: bool = False
) -> State:
    """The method further on: to its end, or by at most so many iterations.

    alone: the factors of all iterations share one pool, which costs nothing where no other lane waits.
    """
    method, first = _Method(s, p, options), state.iterations

    def more(now: tuple[State, Any]) -> Any:
        going = now[0].status == RUNNING
        return going if most is None else going & (now[0].iterations < first + most)

    return lax.while_loop(more, method.iterate, (state, fresh(s) if alone else None))[0]


def ended(s: Structure, numbers: Numbers, p: Standard, last: State) -> Result:
    """The answer that the last state holds, in program units."""
    method = _Method(s, p, Options())
    ray = (last.status == INFEASIBLE) | (last.status == UNBOUNDED)
    point = jax.tree.map(lambda a, b: jnp.where(ray, a, b), last.point, last.best)
    inside = jnp.where(p.free, point.x, jnp.clip(point.x, 0.0, p.upper))
    x, y = restored(s, numbers, p, inside, point.y)
    low, up = method.stiffness(point)
    value = jnp.sum(jnp.asarray(numbers.cost) * x)
    return Result(x, y, value, last.status, last.iterations, last.best_residual, method.weight(point), low, up, p)


class _Method:
    """The steps of the method on one scaled program."""

    def __init__(self, s: Structure, p: Standard, options: Options) -> None:
        self.s, self.p, self.options = s, p, options
        self.bounded = jnp.isfinite(p.upper) & p.live
        self.priced = p.live & ~p.free
        self.upper = jnp.where(self.bounded, p.upper, 1.0)
        self.count = jnp.maximum(jnp.sum(self.priced) + jnp.sum(self.bounded), 1)
        self.matrix = s.normal(p.values, p.row)
        self.size_b = 1.0 + jnp.max(jnp.abs(p.rhs), initial=0.0)
        self.size_c = 1.0 + jnp.max(jnp.abs(p.cost), initial=0.0)

    def weight(self, q: Point) -> Any:
        """D [n]: how freely a column moves at this point."""
        low, up = self.stiffness(q)
        return jnp.where(self.p.live, 1.0 / (low + up + jnp.where(self.p.free, 1e-6, CAP)), 0.0)

    def stiffness(self, q: Point) -> tuple[Any, Any]:
        """How much each column [n] is held by its lower and by its upper bound."""
        return jnp.where(self.priced, q.z / q.x, 0.0), jnp.where(self.bounded, q.v / q.w, 0.0)

    def nowhere(self) -> Point:
        """From where least squares lead to the starting point: bounded columns in their middle, no prices."""
        zero = jnp.zeros_like(self.p.cost)
        middle = jnp.where(self.bounded, jnp.minimum(self.upper, 2.0) / 2, 0.0)
        return Point(middle, zero, zero, zero, jnp.zeros_like(self.p.rhs))

    def started(self, near: Any, reduced: Any, y: Any) -> Point:
        """Mehrotra's starting point: least squares (columns [n], reduced costs [n], prices [m]) pushed inside."""
        p = self.p
        z = jnp.where(self.bounded, jnp.maximum(reduced, 0.0), reduced)
        v = jnp.maximum(-reduced, 0.0)
        w = self.upper - near
        low = jnp.minimum(_least(near, self.priced), _least(w, self.bounded))
        low_price = jnp.minimum(_least(z, self.priced), _least(v, self.bounded))
        dx, dz = jnp.maximum(-1.5 * low, 0.0), jnp.maximum(-1.5 * low_price, 0.0)
        x, w, z, v = near + dx, w + dx, z + dz, v + dz
        total = self._total(x, w, z, v)
        sum_x = jnp.sum(jnp.where(self.priced, x, 0.0)) + jnp.sum(jnp.where(self.bounded, w, 0.0))
        sum_z = jnp.sum(jnp.where(self.priced, z, 0.0)) + jnp.sum(jnp.where(self.bounded, v, 0.0))
        dx = 0.5 * total / jnp.maximum(sum_z, 1e-8) + 1e-4
        dz = 0.5 * total / jnp.maximum(sum_x, 1e-8) + 1e-4
        return Point(
            jnp.where(self.priced, x + dx, jnp.where(p.free, near, 0.0)),
            jnp.where(self.bounded, w + dx, 1.0),
            jnp.where(self.priced, z + dz, 0.0),
            jnp.where(self.bounded, v + dz, 0.0),
            y,
        )

    def _total(self, x: Any, w: Any, z: Any, v: Any) -> Any:
        return jnp.sum(jnp.where(self.priced, x * z, 0.0)) + jnp.sum(jnp.where(self.bounded, w * v, 0.0))

    def residuals(self, q: Point) -> tuple[Any, Any, Any]:
        """What is missing in the rows [m], the reduced costs [n] and the upper bounds [n]."""
        s, p = self.s, self.p
        rows = p.rhs - s.times(p.values, q.x)
        columns = jnp.where(p.live, p.cost - s.times_transposed(p.values, q.y) - q.z + q.v, 0.0)
        return rows, columns, jnp.where(self.bounded, self.upper - q.x - q.w, 0.0)

    def scales(self, x: Any) -> Any:
        """What the certificate measures a row [m] by: the largest of its terms and of its right side, at least 1."""
        s, p = self.s, self.p
        largest = jnp.maximum(s.by_row.most(jnp.abs(p.values * x[s.column])), jnp.abs(p.rhs))
        return jnp.maximum(largest, p.row / p.unit)

    def iterate(self, at: tuple[State, Any]) -> tuple[State, Any]:
        """One pass: judge the point, then move it; before the first one, find the starting point."""
        state, pool = at
        q, p, placed = state.point, self.p, state.last > NOTHING
        rows, columns, tops = self.residuals(q)
        primal = jnp.sum(p.cost * q.x)
        dual = jnp.sum(p.rhs * q.y) - jnp.sum(jnp.where(self.bounded, self.upper * q.v, 0.0))
        whole = jnp.maximum(
            jnp.maximum(_size(rows), _size(tops)) / self.size_b,
            jnp.maximum(_size(columns) / self.size_c, jnp.abs(primal - dual) / (1.0 + jnp.abs(primal))),
        )
        worst = jnp.maximum(whole, OWN * jnp.max(jnp.abs(rows) / self.scales(q.x), initial=0.0))
        worst = jnp.where(placed, worst, jnp.inf)
        good = placed & (whole <= self.options.tol)
        settled = (worst <= self.options.tol) | (state.last == SETTLED)
        better = worst < state.best_residual
        best = jax.tree.map(lambda a, b: jnp.where(better, a, b), q, state.best)
        best_residual = jnp.where(better, worst, state.best_residual)
        waited = jnp.where(better | ~placed, 0, state.waited + 1)
        no_plan = placed & (dual > 0) & (_size(jnp.where(p.live, p.cost - columns, 0.0)) <= RAY * dual)
        flow = jnp.maximum(_size(p.rhs - rows), _size(jnp.where(self.bounded, self.upper - tops, 0.0)))
        no_end = placed & (primal < 0) & (flow <= -RAY * primal)
        stop = state.iterations >= self.options.iterations
        status = jnp.where(
            good & settled,
            OPTIMAL,
            jnp.where(
                no_plan,
                INFEASIBLE,
                jnp.where(
                    no_end,
                    UNBOUNDED,
                    jnp.where(stop, STOPPED, jnp.where(waited > PATIENCE, STUCK, RUNNING)),
                ),
            ),
        )
        now = jnp.where(placed, jnp.where(good, SETTLED, MOVED), STARTED)
        moved, regular, failed, pool = self.step(now, q, (rows, columns, tops), state.regular, pool)
        status = jnp.where((status == RUNNING) & failed & (regular >= MOST_REGULAR), STUCK, status)
        going = status == RUNNING
        point = jax.tree.map(lambda a, b: jnp.where(going & ~failed, a, b), moved, q)
        status = lax.convert_element_type(status, state.status.dtype)
        iterations = state.iterations + (going & placed)
        now = lax.convert_element_type(now, state.last.dtype)
        return State(now, point, best, best_residual, status, iterations, regular, waited), pool

    def step(
        self, now: Any, q: Point, missing: tuple[Any, Any, Any], regular: Any, pool: Any
    ) -> tuple[Point, Any, Any, Any]:
        """The next point, the regularisation for next time, whether the step failed (then it is not taken), the pool.

        now: what this pass does. To start: the least x that meets the rows, and the y of the least reduced costs.
        missing: `residuals` of the point.
        """
        rows, columns, tops = missing
        p, starts, moves = self.p, now == STARTED, now == MOVED
        inside = jnp.where(p.free, 1.0, jnp.where(self.bounded, jnp.minimum(q.x, q.w), q.x))
        weight = jnp.where(moves, self.weight(q), jnp.where(p.live, jnp.where(starts, 1.0, inside), 0.0))
        factors, after = factor_in(self.s, fresh(self.s) if pool is None else pool, self.matrix, weight, regular)
        mu = self._total(q.x, q.w, q.z, q.v) / self.count
        zero = jnp.zeros_like(q.x)
        nothing = Point(zero, zero, zero, zero, jnp.zeros_like(q.y))

        def direction(stage: Any, kept: tuple[Any, ...]) -> tuple[Any, ...]:
            d, near, far, primal, dual = kept
            near_now, far_now = lax.switch(
                jnp.minimum(stage, 2),
                [
                    lambda: (-q.x * q.z, -q.w * q.v),
                    lambda: self._centred(q, d, primal, dual, mu),
                    lambda: self._evened(q, d, near, far, primal, dual, mu),
                ],
            )
            g = self.gradient(q, columns, tops, near_now, far_now)
            g = jnp.where(moves, g, jnp.where(starts & (stage == 1), p.cost, 0.0))
            x, y = self.least(weight, factors, jnp.where(moves | (stage == 0), rows, 0.0), g)
            newton = self.direction(q, x, y, tops, near_now, far_now)
            start = Point(jnp.where(stage == 0, x, d.x), zero, -x, zero, y)
            settle = nothing._replace(x=x, w=jnp.where(self.bounded, tops - x, 0.0))
            new = jax.tree.map(lambda a, b, c: jnp.where(moves, a, jnp.where(starts, b, c)), newton, start, settle)
            primal_now, dual_now = self.reach(q, new)
            longer = (stage < 2) | (primal_now + dual_now > primal + dual + 0.02)
            longer &= jnp.isfinite(primal_now + dual_now)
            longer = jnp.where(moves, longer, stage < 1 + starts)
            pick = lambda a, b: jnp.where(longer, a, b)  # noqa: E731
            return (
                jax.tree.map(pick, new, d),
                pick(near_now, near),
                pick(far_now, far),
                pick(primal_now, primal),
                pick(dual_now, dual),
            )

        d, _, _, primal, dual = lax.fori_loop(
            0, 2 + CORRECTORS, direction, (nothing, zero, zero, jnp.asarray(0.0), jnp.asarray(0.0))
        )
        a, b = jnp.minimum(KEEP * primal, 1.0), jnp.minimum(KEEP * dual, 1.0)
        moved = Point(q.x + a * d.x, q.w + a * d.w, q.z + b * d.z, q.v + b * d.v, q.y + b * d.y)
        failed = ~jnp.all(jnp.isfinite(d.x)) | ~jnp.all(jnp.isfinite(d.y)) | ((primal < 1e-8) & (dual < 1e-8))
        grown = jnp.minimum(regular * 100, MOST_REGULAR)
        start = self.started(q.x + d.x, d.z, d.y)
        moved = jax.tree.map(lambda a, b: jnp.where(starts, a, b), start, moved)
        failed &= ~starts
        regular = jnp.where(failed, grown, jnp.maximum(regular / 10, LEAST_REGULAR))
        return moved, regular, failed, None if pool is None else after

    def _centred(self, q: Point, d: Point, primal: Any, dual: Any, mu: Any) -> tuple[Any, Any]:
        ahead = self._total(q.x + primal * d.x, q.w + primal * d.w, q.z + dual * d.z, q.v + dual * d.v) / self.count
        target = jnp.clip((ahead / mu) ** 3, 1e-8, 1.0) * mu
        return target - q.x * q.z - d.x * d.z, target - q.w * q.v - d.w * d.v

    def _evened(self, q: Point, d: Point, near: Any, far: Any, primal: Any, dual: Any, mu: Any) -> tuple[Any, Any]:
        a, b = jnp.minimum(1.0, 1.1 * primal + 0.1), jnp.minimum(1.0, 1.1 * dual + 0.1)
        x, w, z, v = q.x + a * d.x, q.w + a * d.w, q.z + b * d.z, q.v + b * d.v
        target = jnp.maximum(jnp.clip((self._total(x, w, z, v) / self.count / mu) ** 3, 1e-8, 1.0) * mu, 1e-3 * mu)

        def correction(product: Any) -> Any:
            return jnp.maximum(jnp.clip(product, EVEN[0] * target, EVEN[1] * target) - product, -EVEN[1] * target)

        return near + correction(x * z), far + correction(w * v)

    def gradient(self, q: Point, columns: Any, tops: Any, near: Any, far: Any) -> Any:
        """Reduced costs [n] that are missing when products become ``x z = near + x z`` and ``w v = far + w v``."""
        pull = jnp.where(self.priced, near / q.x, 0.0)
        press = jnp.where(self.bounded, (far - q.v * tops) / q.w, 0.0)
        return columns - pull + press

    def least(self, weight: Any, factors: Factor, rows: Any, g: Any) -> tuple[Any, Any]:
        """The x [n] of least ``g x + x^2 / 2 D`` with ``A x = rows``, and the prices y [m] of the rows."""
        s, p = self.s, self.p
        y = self.normal(weight, factors, rows + s.times(p.values, weight * g))
        return weight * (s.times_transposed(p.values, y) - g), y

    def direction(self, q: Point, x: Any, y: Any, tops: Any, near: Any, far: Any) -> Point:
        """Newton's direction that moves columns by x and prices by y."""
        w = jnp.where(self.bounded, tops - x, 0.0)
        z = jnp.where(self.priced, (near - q.z * x) / q.x, 0.0)
        v = jnp.where(self.bounded, (far - q.v * w) / q.w, 0.0)
        return Point(x, w, z, v, y)

    def normal(self, weight: Any, factors: Factor, right: Any) -> Any:
        """Solve ``A D A' y = right`` by conjugate gradients on the factor: one step where the factor is exact.

        Ends when it is sharp, or when a step gains little: then the digits of the factor are used up.
        """
        s, p = self.s, self.p

        def size(rest: Any) -> Any:
            return jnp.sqrt(jnp.sum((factors.even * rest) ** 2))

        def more(state: tuple[Any, ...]) -> Any:
            *_, left, gained, step = state
            return (step < SOLVER_STEPS) & (left > enough) & ((step < LEAST_STEPS) | gained)

        def once(state: tuple[Any, ...]) -> tuple[Any, ...]:
            y, rest, way, old, left, _, step = state
            fine = solved(s, factors, rest)
            new = jnp.sum(rest * fine)
            way = fine + jnp.where(old > 0, new / jnp.where(old > 0, old, 1.0), 0.0) * way
            image = s.times(p.values, weight * s.times_transposed(p.values, way))
            length = jnp.sum(way * image)
            length = jnp.where(length > 0, new / jnp.where(length > 0, length, 1.0), 1.0)
            rest = rest - length * image
            now = size(rest)
            return y + length * way, rest, way, new, now, now < GAIN * left, step + 1

        zero, begun = jnp.zeros_like(right), size(right)
        enough = SHARP * begun + 1e-300
        return lax.while_loop(more, once, (zero, right, zero, jnp.asarray(0.0), begun, jnp.asarray(True), 0))[0]

    def reach(self, q: Point, d: Point) -> tuple[Any, Any]:
        """Longest primal and dual steps (at most 1/KEEP) that stay inside the bounds."""
        primal = jnp.minimum(_longest(q.x, d.x, self.priced), _longest(q.w, d.w, self.bounded))
        dual = jnp.minimum(_longest(q.z, d.z, self.priced), _longest(q.v, d.v, self.bounded))
        return primal, dual


def _longest(value: Any, change: Any, counts: Any) -> Any:
    ratio = jnp.where(counts & (change < 0), -value / jnp.where(change < 0, change, -1.0), jnp.inf)
    return jnp.minimum(jnp.min(ratio, initial=jnp.inf), 1.0 / KEEP)


def _size(values: Any) -> Any:
    return jnp.max(jnp.abs(values), initial=0.0)


def _least(values: Any, counts: Any) -> Any:
    return jnp.min(jnp.where(counts, values, jnp.inf), initial=jnp.inf)
