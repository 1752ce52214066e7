"""Means over sampled curves that start and end in a kink: shares of an orbit, of a day, of a year.

A share such as arccos(q)/pi has an infinite slope where it begins. Sampled at points, its derivative jumps; here each
cell between two samples is integrated exactly for a straight q, so that value and derivative converge together.
"""

import jax.numpy as jnp
from jax.typing import ArrayLike

_FLAT = 1e-4  # [-] numerical: below this change of q over a cell its middle value is better than the difference


def _arccos_integral(cosine: jnp.ndarray) -> jnp.ndarray:
    # Integral of arccos from 1: q arccos q - sqrt(1 - q^2) inside, 0 above, pi (q + 1) - pi below -1.
    inside = jnp.abs(cosine) < 1.0
    q = jnp.where(inside, cosine, 0.0)
    within = q * jnp.arccos(q) - jnp.sqrt(1.0 - q**2)
    return jnp.where(inside, within, jnp.where(cosine >= 1.0, 0.0, jnp.pi * cosine))


def mean_arc_share(cosines: ArrayLike) -> jnp.ndarray:
    """Mean of arccos(q)/pi over a curve given by samples of q on the last axis [-].

    Each cell is integrated exactly for q straight between its ends: [I(q1) - I(q0)]/(q1 - q0)/pi, I = q arccos q -
    sqrt(1 - q^2); q above 1 counts 0 and q below -1 counts 1. Source: calculus. Holds for two samples or more; repeat
    the first at the end to close a cycle.
    """
    q = jnp.asarray(cosines)
    first, last = q[..., :-1], q[..., 1:]
    flat = jnp.abs(last - first) < _FLAT
    rise = jnp.where(flat, 1.0, last - first)
    steep = (_arccos_integral(last) - _arccos_integral(first)) / rise
    middle = jnp.clip(0.5 * (first + last), -1.0, 1.0)
    inside = jnp.abs(middle) < 1.0
    even = jnp.where(inside, jnp.arccos(jnp.where(inside, middle, 0.0)), jnp.where(middle > 0.0, 0.0, jnp.pi))
    return jnp.mean(jnp.where(flat, even, steep), axis=-1) / jnp.pi


def share_above_zero(values: ArrayLike) -> jnp.ndarray:
    """Share of a sampled curve that lies above zero, samples on the last axis [-].

    Mean over cells of (max(v0, 0) + max(v1, 0))/(|v0| + |v1|), the exact share of a straight cell. Source: geometry.
    Holds for two samples or more; a cell that is zero at both ends counts 0.
    """
    v = jnp.asarray(values)
    first, last = v[..., :-1], v[..., 1:]
    length = jnp.abs(first) + jnp.abs(last)
    positive = jnp.maximum(first, 0.0) + jnp.maximum(last, 0.0)
    return jnp.mean(jnp.where(length > 0.0, positive / jnp.where(length > 0.0, length, 1.0), 0.0), axis=-1)
