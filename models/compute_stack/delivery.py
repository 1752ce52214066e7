"""Delivery of many projects: stages with hazards, cohorts of a queue, ramps, and odds that fall with size."""

import jax.numpy as jnp
from jax.scipy.linalg import expm
from jax.scipy.special import ndtr, ndtri
from jax.typing import ArrayLike

from . import power

_SHORTEST = 1e-4  # [yr] numerical: about an hour


def stage_hazards(odds: ArrayLike, stay: ArrayLike) -> tuple[jnp.ndarray, jnp.ndarray]:
    """Rates at which a stage is left forward and by withdrawal [1/yr].

    (p/m, (1 - p)/m) for odds p of passing the stage and a mean stay m [yr]. Source: competing exponential risks
    (textbook). Holds for odds in [0, 1], stay >= 0; a stay below an hour counts as an hour.
    """
    rate = 1.0 / jnp.maximum(stay, _SHORTEST)
    return jnp.asarray(odds) * rate, (1.0 - jnp.asarray(odds)) * rate


def chain_odds(advance: ArrayLike, withdrawal: ArrayLike) -> jnp.ndarray:
    """Odds that a project at the first of several stages (last axis) is ever energised [-].

    prod a/(a + w). Source: competing exponential risks (textbook). Holds for rates >= 0; 0 where a stage has no rate.
    """
    leaving = jnp.asarray(advance) + withdrawal
    return jnp.prod(jnp.asarray(advance) / jnp.where(leaving > 0.0, leaving, 1.0), axis=-1)


def chain_lead(advance: ArrayLike, withdrawal: ArrayLike, longest: ArrayLike = 100.0) -> jnp.ndarray:
    """Mean lead through several stages (last axis) of the projects that are energised, capped [yr].

    sum 1/(a + w): those who withdraw leave early, so survivors stay shorter than 1/a. Source: competing exponential
    risks (textbook). Holds for rates >= 0; `longest` in place of infinity.
    """
    leaving = jnp.asarray(advance) + withdrawal
    moves = leaving > 0.0
    lead = jnp.sum(jnp.where(moves, 1.0 / jnp.where(moves, leaving, 1.0), longest), axis=-1)
    return jnp.minimum(lead, longest)


def chain_shares(advance: ArrayLike, withdrawal: ArrayLike, age: ArrayLike) -> jnp.ndarray:
    """Shares of a cohort in each stage, energised and withdrawn at an age, in this order [-].

    First column of exp(A a), A the generator of stages passed in order. Source: continuous-time Markov chain with two
    absorbing states (Cox and Miller, 1965). Holds for vectors of K finite rates >= 0 and a scalar age, below 0 counted
    as 0; returns K + 2 shares that add to 1.
    """
    a, w = jnp.asarray(advance, dtype=float), jnp.asarray(withdrawal, dtype=float)
    stages = a.shape[0]
    every = jnp.arange(stages)
    generator = jnp.zeros((stages + 2, stages + 2))
    generator = generator.at[every, every].set(-(a + w)).at[every + 1, every].set(a).at[stages + 1, every].set(w)
    return expm(generator * jnp.maximum(age, 0.0))[:, 0]


def growing_queue_shares(advance: ArrayLike, withdrawal: ArrayLike, growth: ArrayLike) -> jnp.ndarray:
    """Shares of a queue's stock, what it has energised included, in each stage and energised [-].

    x_k = g/(a_k + w_k + g) prod_{j<k} a_j/(a_j + w_j + g), energised prod a_j/(a_j + w_j + g), over their sum, when
    requests have grown at g [1/yr] for long. A stock that grows looks worse than its odds. Source: stable population
    (Lotka, 1939), applied to stages here. Holds for vectors of K rates >= 0 and a scalar growth > 0; as g goes to 0 all
    that has not withdrawn is energised.
    """
    a, w = jnp.asarray(advance, dtype=float), jnp.asarray(withdrawal, dtype=float)
    g = jnp.maximum(growth, 1e-9)
    reached = jnp.cumprod(jnp.concatenate([jnp.ones(1), a / (a + w + g)]))
    stock = jnp.concatenate([reached[:-1] * g / (a + w + g), reached[-1:]])
    return stock / jnp.sum(stock)


def cohort_energised_share(
    weight: ArrayLike,
    entered: ArrayLike,
    span: ArrayLike,
    date: ArrayLike,
    odds: ArrayLike,
    median: ArrayLike,
    sigma: ArrayLike,
) -> jnp.ndarray:
    """Share of the weight of several cohorts (last axis) that is energised at a date [-].

    sum w p G/sum w, G the mean of the log-normal distribution function over entries spread evenly from `entered` to
    `entered` + `span` [yr]. Weights in projects give a share of projects, in MW of MW. Source: mixture of delivery
    curves (textbook), exact. Holds for weights >= 0 of which one is positive, span > 0; who enters later counts as 0.
    """
    age = jnp.asarray(date) - entered - span
    delivered = jnp.asarray(odds) * power.expected_energised_fraction(age, span, median, sigma)
    w = jnp.broadcast_to(jnp.asarray(weight, dtype=float), jnp.broadcast_shapes(jnp.shape(weight), delivered.shape))
    total = jnp.sum(w, axis=-1)
    return jnp.sum(w * delivered, axis=-1) / jnp.where(total > 0.0, total, 1.0)


def ramped_power_share(
    age: ArrayLike, ramp: ArrayLike, odds: ArrayLike, median: ArrayLike, sigma: ArrayLike
) -> jnp.ndarray:
    """Share of the requested power that a project draws on average at an age, when it ramps after first power [-].

    p E[clip((a - L)/r, 0, 1)] with a log-normal lead L to first power and r = requested power over ramp rate [yr]: a
    large project is energised and still small. Source: partial mean of the log-normal (textbook), exact; ramps of 8 to
    158 MW a month in Epoch AI (2025). Holds for ramp >= 0; at most `energised_probability`, and equal to it as r goes
    to 0.
    """
    length = jnp.maximum(ramp, _SHORTEST)
    return jnp.asarray(odds) * power.expected_energised_fraction(jnp.asarray(age) - length, length, median, sigma)


def size_odds(odds: ArrayLike, size: ArrayLike, reference: ArrayLike, slope: ArrayLike) -> jnp.ndarray:
    """Odds of a project of a size, given those of a project of the reference size [-].

    Phi(Phi^-1(p) + b ln(s/s_0)), b < 0 where large projects fail more often. Source: probit (Bliss, 1934). Holds for
    odds in [0, 1], sizes > 0.
    """
    p = jnp.asarray(odds, dtype=float)
    open_ = (p > 0.0) & (p < 1.0)
    score = ndtri(jnp.where(open_, p, 0.5)) + jnp.asarray(slope) * jnp.log(jnp.asarray(size) / reference)
    return jnp.where(open_, ndtr(score), p)


def project_share(odds: ArrayLike, slope: ArrayLike, spread: ArrayLike) -> jnp.ndarray:
    """Share of projects that succeed when sizes are log-normal and odds follow `size_odds` [-].

    Phi(Phi^-1(p)/sqrt(1 + b^2 s^2)), p the odds at the median size, s the spread of log sizes. Source: normal
    distribution function averaged over a normal (textbook), exact. Holds for odds in [0, 1], spread >= 0.
    """
    return _averaged(odds, 0.0, slope, spread)


def power_share(odds: ArrayLike, slope: ArrayLike, spread: ArrayLike) -> jnp.ndarray:
    """Share of power that succeeds when sizes are log-normal and odds follow `size_odds` [-].

    Phi((Phi^-1(p) + b s^2)/sqrt(1 + b^2 s^2)): weighting by size moves log sizes up by s^2. Source: as `project_share`,
    exact. Holds for odds in [0, 1], spread >= 0.
    """
    return _averaged(odds, jnp.asarray(slope) * jnp.asarray(spread) ** 2, slope, spread)


def _averaged(odds: ArrayLike, shift: ArrayLike, slope: ArrayLike, spread: ArrayLike) -> jnp.ndarray:
    p = jnp.asarray(odds, dtype=float)
    open_ = (p > 0.0) & (p < 1.0)
    width = jnp.sqrt(1.0 + (jnp.asarray(slope) * spread) ** 2)
    return jnp.where(open_, ndtr((ndtri(jnp.where(open_, p, 0.5)) + shift) / width), p)


def implied_size_slope(projects: ArrayLike, powers: ArrayLike, spread: ArrayLike) -> jnp.ndarray:
    """Slope of `size_odds` that a share of projects and a share of power imply [-].

    b = d/(s sqrt(s^2 - d^2)), d = Phi^-1(share of power) - Phi^-1(share of projects). Source: `project_share` and
    `power_share` solved, written here (2026). Holds for shares in (0, 1) and |d| < s: sizes that differ less cannot
    explain the shares, and the slope is then large and means nothing.
    """
    gap = ndtri(jnp.asarray(powers, dtype=float)) - ndtri(jnp.asarray(projects, dtype=float))
    s = jnp.asarray(spread)
    return gap / (s * jnp.sqrt(jnp.maximum(s**2 - gap**2, 1e-12)))
