"""Demand: compute for tokens and training, value, daily shape and pooling."""

import jax.numpy as jnp
from jax.typing import ArrayLike

_HARMONICS = 13  # [-] definition: mean and twelve harmonics carry 24 hourly values


def willingness_to_pay(cumulative_share: ArrayLike, reference_price: ArrayLike, elasticity: ArrayLike) -> jnp.ndarray:
    """Price that the buyer at a cumulative share of demand would pay [unit of `reference_price`].

    p0 share^(-1/e), from q = (p/p0)^-e. Source: constant elasticity (Marshall 1890); e = 1.2 to 1.8 for tokens (2026).
    Holds for share > 0, elasticity > 0.
    """
    return jnp.asarray(reference_price) * jnp.exp(-jnp.log(jnp.asarray(cumulative_share)) / elasticity)


def demand_share(price: ArrayLike, reference_price: ArrayLike, elasticity: ArrayLike) -> jnp.ndarray:
    """Demand at a price relative to demand at the reference price [-].

    (p/p0)^-e. Source: constant elasticity (Marshall 1890). Holds for positive prices.
    """
    return jnp.exp(-jnp.asarray(elasticity) * jnp.log(jnp.asarray(price) / reference_price))


def compute_for_tokens(tokens: ArrayLike, active_parameters: ArrayLike) -> jnp.ndarray:
    """Arithmetic to process tokens in inference [FLOP].

    2 N tokens. Source: Kaplan et al. (2020). Holds for context short beside N / (layers x width); attention is extra.
    """
    return 2.0 * jnp.asarray(active_parameters) * tokens


def attention_flop(tokens: ArrayLike, context: ArrayLike, layers: ArrayLike, width: ArrayLike) -> jnp.ndarray:
    """Arithmetic of attention when tokens are processed behind a context, beyond the weights [FLOP].

    4 L w c tokens: scores and values, a multiplication and an addition each, `width` of all heads of a layer. Source:
    Kaplan et al. (2020). Holds for full attention in inference; training takes three times as much.
    """
    return 4.0 * jnp.asarray(layers) * width * context * tokens


def compute_optimal_parameters(flop: ArrayLike, tokens_per_parameter: ArrayLike = 20.0) -> jnp.ndarray:
    """Parameters of the model that a training budget makes best [-].

    sqrt(C/(6 k)), k = 20 tokens per parameter. Source: Hoffmann et al. (2022). Holds for dense transformers of
    1e18-1e25 FLOP; serving favours smaller ones.
    """
    return jnp.sqrt(jnp.asarray(flop) / (6.0 * jnp.asarray(tokens_per_parameter)))


def training_flop(parameters: ArrayLike, tokens: ArrayLike) -> jnp.ndarray:
    """Arithmetic of one training run [FLOP].

    6 N D. Source: Kaplan et al. (2020). Holds for dense transformers, active parameters for sparse ones.
    """
    return 6.0 * jnp.asarray(parameters) * tokens


def training_days(flop: ArrayLike, chips: ArrayLike, chip_pflops: ArrayLike, availability: ArrayLike) -> jnp.ndarray:
    """Length of a training run [d].

    FLOP / (chips x effective PFLOP/s x 1e15 x availability x 86400). Source: definition. Holds for positive arguments.
    """
    return jnp.asarray(flop) / (jnp.asarray(chips) * chip_pflops * 1e15 * availability * 86400.0)


def tokens_to_pflops(tokens_per_day: ArrayLike, active_parameters: ArrayLike) -> jnp.ndarray:
    """Mean throughput that a daily number of tokens needs [PFLOP/s].

    2 N tokens / 86400 / 1e15. Source: Kaplan et al. (2020). Holds as `compute_for_tokens`.
    """
    return compute_for_tokens(tokens_per_day, active_parameters) / 86400.0 / 1e15


def _harmonics(profile24: ArrayLike) -> tuple[jnp.ndarray, jnp.ndarray]:
    profile = jnp.asarray(profile24, dtype=jnp.result_type(profile24, float))
    count = jnp.arange(_HARMONICS)
    # An hour's value is its mean: undo the average over one hour, so that hours come back exactly.
    weight = jnp.where((count == 0) | (count == 12), 1.0, 2.0) / jnp.sinc(count / 24.0) / 24.0
    hours = jnp.arange(24) + 0.5
    angle = 2.0 * jnp.pi * count[:, None] * hours / 24.0
    level = profile / jnp.mean(profile, axis=-1, keepdims=True)
    return weight * (level @ jnp.cos(angle).T), weight * (level @ jnp.sin(angle).T)


def diurnal_load(utc_hours: ArrayLike, utc_offset: ArrayLike, profile: ArrayLike) -> jnp.ndarray:
    """Load relative to its daily mean at given UTC hours [-].

    `profile` with a last axis of 24 holds mean weights of local hours 0-1 to 23-24 and is interpolated by its Fourier
    series; any other is the amplitude A of 1 + A cos(2 pi (local - 15)/24). `utc_hours` and `utc_offset` [h]
    broadcast; a 24-hour profile must be one-dimensional. Source: trigonometric interpolation. Holds for any real hour.
    """
    local = jnp.asarray(utc_hours) + utc_offset
    if jnp.ndim(profile) == 0 or jnp.shape(profile)[-1] != 24:
        return 1.0 + jnp.asarray(profile) * jnp.cos(2.0 * jnp.pi * (local - 15.0) / 24.0)
    even, odd = _harmonics(profile)
    angle = 2.0 * jnp.pi * jnp.arange(_HARMONICS) * local[..., None] / 24.0
    return jnp.sum(even * jnp.cos(angle) + odd * jnp.sin(angle), axis=-1)


def metro_compute(
    users: ArrayLike,
    tokens_per_user_day: ArrayLike,
    active_parameters: ArrayLike,
    utc_hours: ArrayLike,
    utc_offset: ArrayLike,
    profile: ArrayLike,
) -> jnp.ndarray:
    """Throughput that the people of a metro ask for at given UTC hours [PFLOP/s].

    `tokens_to_pflops` of users x tokens a day, times `diurnal_load`. Source: as those two. Holds as those two.
    """
    mean = tokens_to_pflops(jnp.asarray(users) * tokens_per_user_day, active_parameters)
    return mean * diurnal_load(utc_hours, utc_offset, profile)


def block_shape(profile24: ArrayLike, utc_offset: ArrayLike, blocks: int) -> jnp.ndarray:
    """Load relative to its daily mean in equal UTC blocks, on a new last axis [-].

    Mean over [24 k/b, 24 (k + 1)/b] UTC of the Fourier series of the local profile (weights of hours 0-1 to 23-24 on
    the last axis); mean 1 over blocks, exact means of hours where offset is whole and `blocks` divides 24, smooth in
    `utc_offset` [h]. `blocks` is a Python integer. Source: trigonometric interpolation. Holds for any real offset.
    """
    even, odd = _harmonics(profile24)
    count = jnp.arange(_HARMONICS)
    middle = (jnp.arange(blocks) + 0.5) * 24.0 / blocks + jnp.asarray(utc_offset)[..., None]
    angle = 2.0 * jnp.pi * count * middle[..., None] / 24.0
    smoothing = jnp.sinc(count / blocks)
    terms = smoothing * (even[..., None, :] * jnp.cos(angle) + odd[..., None, :] * jnp.sin(angle))
    return jnp.sum(terms, axis=-1)


def pooling_peak(shapes: ArrayLike, weights: ArrayLike) -> jnp.ndarray:
    """Peak of pooled load relative to its mean [-].

    max_k sum_r w_r s_rk / sum_r w_r, `shapes` [..., region, block] with mean 1, `weights` [..., region]. Source:
    definition. Holds for non-negative weights with a positive sum.
    """
    weight = jnp.asarray(weights)[..., None]
    pooled = jnp.sum(weight * jnp.asarray(shapes), axis=-2) / jnp.sum(weight, axis=-2)
    return jnp.max(pooled, axis=-1)


def separate_peak(shapes: ArrayLike, weights: ArrayLike) -> jnp.ndarray:
    """Sum of each region's own peak relative to total mean load [-].

    sum_r w_r max_k s_rk / sum_r w_r. Source: definition. Holds as `pooling_peak`, which never exceeds it.
    """
    weight = jnp.asarray(weights)
    return jnp.sum(weight * jnp.max(jnp.asarray(shapes), axis=-1), axis=-1) / jnp.sum(weight, axis=-1)


def traffic_gbps(pflops: ArrayLike, bytes_per_flop: ArrayLike) -> jnp.ndarray:
    """Traffic that compute sends over the wide area [Gb/s].

    PFLOP/s x byte/FLOP x 8e6, from 1e15 FLOP, 8 bit and 1e9 bit. Source: definition. Holds for non-negative arguments.
    """
    return jnp.asarray(pflops) * bytes_per_flop * 8e6


def token_traffic_gbps(tokens_per_second: ArrayLike, bytes_per_token: ArrayLike) -> jnp.ndarray:
    """Traffic of tokens that leave the site [Gb/s].

    tokens/s x byte/token x 8 / 1e9; text is 4 to 100 bytes a token with its envelope. Source: definition. Holds for
    non-negative arguments.
    """
    return jnp.asarray(tokens_per_second) * bytes_per_token * 8.0 / 1e9


def latency_value(rtt: ArrayLike, budget: ArrayLike, tolerance: ArrayLike) -> jnp.ndarray:
    """Share of value kept at a round-trip time [-].

    1/(1 + exp((rtt - budget)/tolerance)), half at the budget [ms]. Source: logistic choice (McFadden 1974). Holds for
    tolerance > 0 ms; 0 without a path, where the time is infinite.
    """
    reached = jnp.isfinite(jnp.asarray(rtt))
    late = (jnp.where(reached, rtt, budget) - jnp.asarray(budget)) / jnp.asarray(tolerance)
    return jnp.where(reached, 0.5 * (1.0 - jnp.tanh(0.5 * late)), 0.0)
