"""Derivatives of the optimal value and of the solution in the numbers of a program.

Value: the envelope theorem, dV/dtheta = dL/dtheta at the solution. Solution: the optimality conditions at the last
products, solved backwards with one more factor; entries of x are unique only away from ties, so use it for totals.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from planner.engines.interior.fronts import Structure, factor, solved
from planner.engines.interior.method import Options, Result, lp
from planner.engines.interior.standard import Numbers


@partial(jax.custom_vjp, nondiff_argnums=(2,))
def value(s: Structure, numbers: Numbers, options: Options = Options()) -> jax.Array:  # noqa: B008
    """Optimal cost (without the program's constant); differentiable once in cost, rhs, bounds and entries of A."""
    return lp(s, numbers, options).value


def _value_forward(s: Structure, numbers: Numbers, options: Options) -> tuple[jax.Array, Any]:
    result = lp(s, numbers, options)
    return result.value, (s, numbers, result.x, result.y)


def _value_backward(options: Options, kept: Any, bar: jax.Array) -> tuple[None, Numbers]:
    s, numbers, x, y = kept
    reduced = jnp.asarray(numbers.cost) - s.times_transposed(jnp.asarray(numbers.values), y)
    at_upper = jnp.isfinite(numbers.upper) & (reduced < 0)
    return None, Numbers(
        values=-bar * y[s.row] * x[s.column],
        cost=bar * x,
        lower=bar * jnp.where(jnp.isfinite(numbers.lower) & ~at_upper, reduced, 0.0),
        upper=bar * jnp.where(at_upper, reduced, 0.0),
        magnitude=jnp.zeros_like(x),
        rhs=bar * y,
        sense=jnp.zeros_like(y),
    )


value.defvjp(_value_forward, _value_backward)


@partial(jax.custom_vjp, nondiff_argnums=(2,))
def plan(s: Structure, numbers: Numbers, options: Options = Options()) -> tuple[jax.Array, jax.Array]:  # noqa: B008
    """Columns [n] (with slacks) and prices [m]; differentiable once, backwards."""
    result = lp(s, numbers, options)
    return result.x, result.y


def _plan_forward(s: Structure, numbers: Numbers, options: Options) -> tuple[tuple[jax.Array, jax.Array], Any]:
    result = lp(s, numbers, options)
    return (result.x, result.y), (s, numbers, result)


def _plan_backward(options: Options, kept: Any, bar: tuple[jax.Array, jax.Array]) -> tuple[None, Numbers]:
    s, numbers, result = kept
    mine, price = adjoint(s, numbers, result, *bar)
    p = result.program
    spring = p.cost_unit / (p.unit * p.column**2)
    fixed = ~p.live & (p.forced_in == 0)
    pinned = bar[0] - s.times_transposed(jnp.asarray(numbers.values), price)
    low = jnp.where(p.sign > 0, result.low, result.up) * spring
    up = jnp.where(p.sign > 0, result.up, result.low) * spring
    return None, Numbers(
        values=mine[s.column] * result.y[s.row] - price[s.row] * result.x[s.column],
        cost=-mine,
        lower=jnp.where(fixed, pinned, mine * low),
        upper=mine * up,
        magnitude=jnp.zeros_like(mine),
        rhs=price,
        sense=jnp.zeros_like(price),
    )


plan.defvjp(_plan_forward, _plan_backward)


def adjoint(s: Structure, numbers: Numbers, result: Result, x_bar: Any, y_bar: Any) -> tuple[Any, Any]:
    """Solve ``[H A'; -A 0] [p; q] = [x_bar; y_bar]``, H = 1/D at the solution: p [n], q [m] in program units."""
    p = result.program
    values = jnp.asarray(numbers.values)
    weight = result.weight * p.column**2 * p.unit / p.cost_unit
    factors = factor(s, s.normal(p.values, p.row), result.weight, 1e-13)
    ratio = p.unit / p.cost_unit

    def inverse(right: Any) -> Any:
        return p.row * solved(s, factors, p.row * right) / ratio

    right = s.times(values, weight * x_bar) + jnp.where(p.forced > 0, 0.0, y_bar)
    q = inverse(right)
    for _ in range(2):
        q = q + inverse(right - s.times(values, weight * s.times_transposed(values, q)))
    q = jnp.where(p.forced > 0, 0.0, q)
    return weight * (x_bar - s.times_transposed(values, q)), q
