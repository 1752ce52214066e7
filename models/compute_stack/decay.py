"""The mean of an exponential decay, which discounting, attrition and radiation all need at their zero limits."""

import jax.numpy as jnp
from jax.typing import ArrayLike

_SERIES_BELOW = 1e-2


def mean_decay(exponent: ArrayLike) -> jnp.ndarray:
    """Mean of exp(-x s) over s in [0, 1] [-].

    (1 - exp(-x)) / x, with its Taylor series where |x| < 0.01, so that value and slope are finite at zero.
    Source: calculus. Holds for every finite x (x > -700 in float64).
    """
    x = jnp.asarray(exponent, dtype=jnp.result_type(exponent, float))
    near = jnp.abs(x) < _SERIES_BELOW
    away = jnp.where(near, 1.0, x)
    series = 1.0 - x / 2.0 * (1.0 - x / 3.0 * (1.0 - x / 4.0 * (1.0 - x / 5.0 * (1.0 - x / 6.0 * (1.0 - x / 7.0)))))
    return jnp.where(near, series, -jnp.expm1(-away) / away)
