"""The mean of an exponential decay, which discounting, attrition and radiation all need at their zero limits."""

import jax.numpy as jnp
from jax.typing import ArrayLike

_SERIES_BELOW = 1e-2  # [-] numerical: below it seven terms of the series are exact in double precision


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


def mean_reciprocal(growth: ArrayLike) -> jnp.ndarray:
    """Mean of 1/(1 + x s) over s in [0, 1] [-].

    ln(1 + x)/x, with its Taylor series where |x| < 0.001, so that value and slope are finite at zero. Source: calculus.
    Holds for x > -1.
    """
    x = jnp.asarray(growth, dtype=jnp.result_type(growth, float))
    near = jnp.abs(x) < _SERIES_BELOW / 10.0
    away = jnp.where(near, 1.0, x)
    series = 1.0 - x * (1.0 / 2.0 - x * (1.0 / 3.0 - x * (1.0 / 4.0 - x * (1.0 / 5.0 - x * (1.0 / 6.0 - x / 7.0)))))
    return jnp.where(near, series, jnp.log1p(away) / away)


def kept_share(yearly_loss: ArrayLike, years: ArrayLike) -> jnp.ndarray:
    """Share kept after `years` of a constant yearly loss [-].

    (1 - d)^T. Source: declining balance (textbook). Holds for d in [0, 1] and T >= 0; 1 at T = 0 even where all is
    lost each year.
    """
    lost = jnp.asarray(yearly_loss) >= 1.0
    decay = jnp.exp(jnp.log1p(-jnp.where(lost, 0.0, yearly_loss)) * years)
    return jnp.where(lost, jnp.where(jnp.asarray(years) > 0.0, 0.0, 1.0), decay)
