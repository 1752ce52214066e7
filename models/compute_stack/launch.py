"""Launch: payload, price and cadence. Wright's law on cumulative mass is `economics.wright_price`."""

import jax.numpy as jnp
from jax.typing import ArrayLike


def payload_units(
    payload_mass: ArrayLike, fairing_volume: ArrayLike, unit_mass: ArrayLike, unit_volume: ArrayLike
) -> jnp.ndarray:
    """Satellites that one launch carries, fractional [-].

    min(M/m, V/v). Source: packing bound. Holds for positive mass; a zero unit volume means that mass alone binds.
    """
    by_mass = jnp.asarray(payload_mass) / unit_mass
    volume = jnp.asarray(unit_volume)
    flat = volume <= 0.0
    by_volume = jnp.where(flat, jnp.inf, fairing_volume / jnp.where(flat, 1.0, volume))
    return jnp.minimum(by_mass, by_volume)


def usable_payload(
    payload_mass: ArrayLike, fairing_volume: ArrayLike, unit_mass: ArrayLike, unit_volume: ArrayLike
) -> jnp.ndarray:
    """Mass that one launch carries once the fairing's volume is counted [unit of `payload_mass`].

    min(M, V m/v). Source: packing bound. Holds for positive mass and volume.
    """
    return payload_units(payload_mass, fairing_volume, unit_mass, unit_volume) * unit_mass


def price_per_kg(price: ArrayLike, payload: ArrayLike) -> jnp.ndarray:
    """Price of a kilogram in orbit on a full launch [USD/kg].

    price / payload. Source: definition. Holds for payload > 0 kg.
    """
    return jnp.asarray(price) / payload


def reuse_launch_cost(
    booster_cost: ArrayLike, ship_cost: ArrayLike, booster_uses: ArrayLike, ship_uses: ArrayLike, operations: ArrayLike
) -> jnp.ndarray:
    """Cost of one launch of a two-stage reusable vehicle [unit of `booster_cost`].

    booster/n_b + ship/n_s + operations. Source: Parrack et al., Forethought (2026). Holds for uses >= 1; refurbishment
    belongs to operations.
    """
    return jnp.asarray(booster_cost) / booster_uses + jnp.asarray(ship_cost) / ship_uses + operations


def reuse_price_per_kg(
    booster_cost: ArrayLike,
    ship_cost: ArrayLike,
    booster_uses: ArrayLike,
    ship_uses: ArrayLike,
    operations: ArrayLike,
    payload: ArrayLike,
    margin: ArrayLike = 0.0,
) -> jnp.ndarray:
    """Price of a kilogram on a reusable two-stage vehicle [USD/kg].

    (booster/n_b + ship/n_s + operations)/(payload (1 - margin)), costs in USD, payload in kg. Source: Parrack et al.,
    Forethought (2026); margin on price as in Aguera y Arcas et al. (2025). Holds for uses >= 1, 0 <= margin < 1.
    """
    cost = reuse_launch_cost(booster_cost, ship_cost, booster_uses, ship_uses, operations)
    return cost / (jnp.asarray(payload) * (1.0 - jnp.asarray(margin)))


def cadence_ramp(start: ArrayLike, ceiling: ArrayLike, growth: ArrayLike, years: ArrayLike) -> jnp.ndarray:
    """Cadence of launches after `years` of logistic growth [1/yr].

    K/(1 + (K/c0 - 1) e^(-g t)). Source: Verhulst (1838). Holds for 0 < start <= ceiling, growth >= 0 [1/yr].
    """
    top = jnp.asarray(ceiling)
    return top / (1.0 + (top / start - 1.0) * jnp.exp(-jnp.asarray(growth) * years))


def launched_mass(
    start: ArrayLike, ceiling: ArrayLike, growth: ArrayLike, years: ArrayLike, payload: ArrayLike
) -> jnp.ndarray:
    """Mass launched over `years` of a logistic cadence ramp [unit of `payload`].

    payload (K/g) ln((K/c0 - 1 + e^(g t))/(K/c0)). Source: integral of Verhulst (1838). Holds for growth > 0.
    """
    top = jnp.asarray(ceiling)
    ratio = top / start
    grown = jnp.log1p(jnp.expm1(jnp.asarray(growth) * years) / ratio)
    return jnp.asarray(payload) * top / growth * grown


def expected_payload(payload: ArrayLike, success: ArrayLike, flights: ArrayLike) -> jnp.ndarray:
    """Mass expected to reach orbit [unit of `payload`].

    payload x success x flights. Source: definition. Holds for success in [0, 1].
    """
    return jnp.asarray(payload) * success * flights
