"""Restarted Halpern iteration on primal-dual hybrid gradient steps, reflected; one loop, everything it carries is data.

    T(x, y):  x+ = box(x - t/w (c - A'y)),   y+ = signs(y + t w (b - A (2 x+ - x)))
    z(k+1) = (k+1)/(k+2) (2 T(z(k)) - z(k)) + 1/(k+2) z(0)

It restarts from T(z) when the fixed-point error ``|z - T(z)|`` has fallen enough since the last restart, and the primal
weight w then follows the ratio of the distances moved. Per step one product with A and one with A'.
Source: Lu and Yang 2024 (restarted Halpern PDHG); Applegate et al. 2021 (PDLP).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from planner.engines.first_order.matrix import Matrix
from planner.engines.first_order.scaled import Scaled

STEP = 0.998
"""Share of 1/|A| that a step is."""
SUFFICIENT, NECESSARY, ARTIFICIAL = 0.2, 0.5, 0.36
"""A restart: error below the first share of that at the last restart; below the second and rising again; or when the
run since the last restart is the third share of all iterations."""
GAIN, SUM, CHANGE = 0.99, 0.01, 0.0
"""Gains of the controller of log w: on its error, on the sum of errors, on the change of the error."""
POWER_STEPS = 60
JUDGED = 40
"""Iterations from one look at the residuals to the next."""


class Place(NamedTuple):
    """x [n], y [m] and their products A x [m], A' y [n]."""

    x: Any
    y: Any
    ax: Any
    aty: Any


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class State:
    """now: the iterate. begun: where it was last restarted. moved: T(now), which is judged and reported.

    weight: w. errors: (error of the controller, their sum). first, last: fixed-point error after the last restart and
    now. inner, total: iterations since the last restart and in all. primal, dual, gap: relative residuals of `moved`.
    """

    now: Place
    begun: Place
    moved: Place
    weight: Any
    errors: Any
    first: Any
    last: Any
    inner: Any
    total: Any
    primal: Any
    dual: Any
    gap: Any


def longest(a: Matrix, n: int) -> Any:
    """Largest singular value of A (n columns), by power iteration from a fixed start."""

    def once(_: int, v: Any) -> Any:
        v = a.by_column(a.by_row(v))
        return v / jnp.maximum(jnp.linalg.norm(v), 1e-300)

    v = 1.0 + 0.5 * jnp.sin(jnp.arange(n) * 1.0)
    v = lax.fori_loop(0, POWER_STEPS, once, v / jnp.linalg.norm(v))
    return jnp.maximum(jnp.linalg.norm(a.by_row(v)), 1e-12)


def start(a: Matrix, p: Scaled, x: Any, y: Any, weight: Any) -> State:
    """The state at (x, y) [n], [m], scaled; weight: w (0: that of the program)."""
    x, y = jnp.clip(x, p.lower, p.upper), _signed(p, y)
    here = Place(x, y, a.by_row(x), a.by_column(y))
    size_b, size_c = jnp.linalg.norm(p.rhs), jnp.linalg.norm(p.cost)
    own = jnp.where((size_b > 0) & (size_c > 0), size_c / jnp.where(size_b > 0, size_b, 1.0), 1.0)
    zero, far, count = jnp.asarray(0.0), jnp.asarray(jnp.inf), jnp.asarray(0)
    weight = jnp.where(weight > 0, weight, own)
    return State(here, here, here, weight, (zero, zero), far, far, count, count, *residuals(p, here))


def advanced(a: Matrix, p: Scaled, state: State, length: Any, tol: Any, iterations: Any) -> State:
    """So many more iterations, or fewer until the residuals of a judged point are at most `tol`. length: 1/|A|."""

    def more(s: State) -> Any:
        worst = jnp.maximum(jnp.maximum(s.primal, s.dual), s.gap)
        return (s.total < iterations) & ~(worst <= tol)

    def block(s: State) -> State:
        s = lax.fori_loop(0, JUDGED, lambda _, s: _once(a, p, s, STEP * length), s)
        primal, dual, gap = residuals(p, s.moved)
        return replace(s, primal=primal, dual=dual, gap=gap)

    return lax.while_loop(more, block, state)


def residuals(p: Scaled, q: Place) -> tuple[Any, Any, Any]:
    """Relative primal residual, dual residual and gap of a place."""
    left = p.rhs - q.ax
    broken = jnp.where(p.sense == 0, left, jnp.where(p.sense > 0, jnp.maximum(left, 0.0), jnp.minimum(left, 0.0)))
    reduced = p.cost - q.aty
    up, down = jnp.maximum(reduced, 0.0), jnp.minimum(reduced, 0.0)
    wrong = jnp.where(jnp.isinf(p.lower), up, 0.0) + jnp.where(jnp.isinf(p.upper), down, 0.0)
    primal = jnp.sum(p.cost * q.x)
    held = jnp.where(jnp.isinf(p.lower), 0.0, up * jnp.where(jnp.isinf(p.lower), 0.0, p.lower))
    held += jnp.where(jnp.isinf(p.upper), 0.0, down * jnp.where(jnp.isinf(p.upper), 0.0, p.upper))
    dual = jnp.sum(p.rhs * q.y) + jnp.sum(held)
    scale = jnp.abs(primal) + jnp.abs(dual)
    return (
        jnp.linalg.norm(broken) / (1.0 / p.amount + jnp.linalg.norm(p.rhs)),
        jnp.linalg.norm(wrong) / (1.0 / p.money + jnp.linalg.norm(p.cost)),
        jnp.abs(primal - dual) / (1.0 / (p.money * p.amount) + scale),
    )


def _once(a: Matrix, p: Scaled, s: State, step: Any) -> State:
    """One iteration, and a restart where it is due."""
    q, w = s.now, s.weight
    x = jnp.clip(q.x - step / w * (p.cost - q.aty), p.lower, p.upper)
    ax = a.by_row(x)
    y = _signed(p, q.y + step * w * (p.rhs - 2.0 * ax + q.ax))
    moved = Place(x, y, ax, a.by_column(y))
    dx, dy = x - q.x, y - q.y
    cross = jnp.sum(dy * (ax - q.ax))
    error = jnp.sqrt(jnp.maximum(w * jnp.sum(dx**2) / step + jnp.sum(dy**2) / (w * step) - 2.0 * cross, 0.0))
    first = jnp.where(s.inner == 0, error, s.first)
    share = (s.inner + 1.0) / (s.inner + 2.0)
    ahead = jax.tree.map(lambda t, z, b: share * (2.0 * t - z) + (1.0 - share) * b, moved, q, s.begun)
    rising = (error <= NECESSARY * first) & (error > s.last)
    due = (s.inner > 0) & ((error <= SUFFICIENT * first) | rising | (s.inner + 1 >= ARTIFICIAL * (s.total + 1.0)))
    weight, errors = _weighed(s, moved)
    pick = lambda yes, no: jax.tree.map(lambda u, v: jnp.where(due, u, v), yes, no)  # noqa: E731
    return replace(
        s,
        now=pick(moved, ahead),
        begun=pick(moved, s.begun),
        moved=moved,
        weight=jnp.where(due, weight, w),
        errors=pick(errors, s.errors),
        first=first,
        last=jnp.where(due, jnp.inf, error),
        inner=jnp.where(due, 0, s.inner + 1),
        total=s.total + 1,
    )


def _weighed(s: State, moved: Place) -> tuple[Any, tuple[Any, Any]]:
    """The next primal weight, from how far x and y went since the last restart, and the controller's memory."""
    far_x, far_y = jnp.linalg.norm(moved.x - s.begun.x), jnp.linalg.norm(moved.y - s.begun.y)
    sound = (far_x > 1e-14) & (far_y > 1e-14) & (far_x < 1e14) & (far_y < 1e14)
    ratio = jnp.where(sound, far_y, 1.0) / jnp.where(sound, far_x, 1.0)
    error = jnp.log(ratio) - jnp.log(s.weight)
    total = s.errors[1] + error
    turned = jnp.exp(jnp.log(s.weight) + GAIN * error + SUM * total + CHANGE * (error - s.errors[0]))
    return jnp.where(sound, turned, s.weight), (
        jnp.where(sound, error, s.errors[0]),
        jnp.where(sound, total, s.errors[1]),
    )


def _signed(p: Scaled, y: Any) -> Any:
    """Prices with the signs that their rows allow."""
    return jnp.where(p.sense > 0, jnp.maximum(y, 0.0), jnp.where(p.sense < 0, jnp.minimum(y, 0.0), y))
