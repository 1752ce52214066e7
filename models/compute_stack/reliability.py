"""Spares that keep a promise, and checkpoints of a job that must not lose its work."""

import jax.numpy as jnp
from jax.scipy.special import ndtr, ndtri
from jax.typing import ArrayLike

from .decay import mean_decay

_FEW = 0.05  # [-] expected failures below which their skew fades, chosen here (2026) against the exact binomial
_LEAST_VARIANCE = 1e-12  # [-] numerical: keeps slopes finite where nothing can fail


def _variance(survival: ArrayLike) -> jnp.ndarray:
    share = jnp.asarray(survival)
    return jnp.maximum(share * (1.0 - share), _LEAST_VARIANCE)


def _skew(units: ArrayLike, survival: ArrayLike) -> jnp.ndarray:
    # (2 p - 1)/6 of Cornish and Fisher, brought to 0 with the expected failures: one that cannot happen has no skew.
    share = jnp.asarray(survival)
    failures = jnp.asarray(units) * (1.0 - share)
    return (2.0 * share - 1.0) / 6.0 * failures / (failures + _FEW)


def spares_for_confidence(units: ArrayLike, survival: ArrayLike, confidence: ArrayLike) -> jnp.ndarray:
    """Units to fly beyond those needed so that enough survive with a confidence [-], fractional.

    n - u where n p - z sqrt(n p (1 - p)) = u - 1/2 + (z^2 - 1)(2 p - 1)/6, z = Phi^-1(confidence). Source: quantile of
    the binomial by Cornish, Fisher (1938) with continuity correction. Rounded up it holds within one unit for u >= 10
    and confidence of 0.9-0.999; 0 where nothing fails, infinite where nothing survives.
    """
    share, z = jnp.asarray(survival), ndtri(jnp.asarray(confidence, dtype=float))
    wanted = jnp.asarray(units) - 0.5 + (z**2 - 1.0) * _skew(units, share)
    swing = z * jnp.sqrt(_variance(share))
    root = 2.0 * wanted / (jnp.sqrt(swing**2 + 4.0 * share * wanted) - swing)
    return jnp.maximum(root**2 - units, 0.0)


def service_confidence(units: ArrayLike, spares: ArrayLike, survival: ArrayLike) -> jnp.ndarray:
    """Probability that of units and spares at least the units survive [-].

    Phi(z) with z s + (z^2 - 1)(2 p - 1)/6 = n p - u + 1/2, s^2 = n p (1 - p), n = u + spares. Source: Cornish, Fisher
    (1938) with continuity correction. Holds within 0.04 for u >= 10 and 0.05-1; the inverse of `spares_for_confidence`.
    """
    share, flown = jnp.asarray(survival), jnp.asarray(units) + spares
    deviation = jnp.sqrt(flown * _variance(share))
    skew = _skew(units, share)
    excess = flown * share - units + 0.5 + skew
    root = jnp.sqrt(jnp.maximum(deviation**2 + 4.0 * skew * excess, 0.25 * deviation**2))
    return ndtr(2.0 * excess / (deviation + root))


def job_failure_rate(unit_rate: ArrayLike, units: ArrayLike) -> jnp.ndarray:
    """Rate at which a job stops because one of its units does [unit of `unit_rate`].

    r n. Source: series system (textbook). Holds for independent units that are all needed.
    """
    return jnp.asarray(unit_rate) * units


def checkpoint_interval(write_time: ArrayLike, failure_rate: ArrayLike) -> jnp.ndarray:
    """Work between checkpoints that wastes least [time unit of the arguments].

    sqrt(2 d M) [1 + x/3 + x^2/9] - d, x = sqrt(d/(2 M)), M = 1/rate, where d < 2 M; else M. Source: Daly (2006),
    third order of Young (1974). Holds for a failure rate > 0; infinite where nothing fails.
    """
    write, rate = jnp.asarray(write_time), jnp.asarray(failure_rate)
    ratio = jnp.sqrt(0.5 * write * rate)
    quick = ratio < 1.0
    safe = jnp.where(quick, ratio, 0.5)
    best = jnp.sqrt(2.0 * write / rate) * (1.0 + safe / 3.0 + safe**2 / 9.0) - write
    return jnp.where(quick, best, 1.0 / rate)


def checkpointed_progress(
    failure_rate: ArrayLike, interval: ArrayLike, write_time: ArrayLike, recovery_time: ArrayLike
) -> jnp.ndarray:
    """Share of time in which a job with checkpoints makes progress that lasts [-].

    r t exp(-r R)/(exp(r (t + d)) - 1), t work between checkpoints, d their writing, R recovery, any one unit of time.
    Source: Daly (2006), exact for failures at a constant rate. Holds for t > 0; t/(t + d) where nothing fails.
    """
    rate, work = jnp.asarray(failure_rate), jnp.asarray(interval)
    cycle = work + write_time
    return work / cycle * jnp.exp(-rate * recovery_time) / mean_decay(-rate * cycle)


def checkpoint_traffic(state: ArrayLike, interval: ArrayLike) -> jnp.ndarray:
    """Traffic of checkpoints that leave the node [Gb/s].

    8 S/(3600 t), state [GB], interval [h]. Source: definition. Holds for interval > 0.
    """
    return 8.0 * jnp.asarray(state) / (3600.0 * jnp.asarray(interval))
