"""Launch: payload, price and cadence. Wright's law on cumulative mass is `economics.wright_price`."""

import jax.numpy as jnp
from jax.typing import ArrayLike

from .constants import EARTH_RADIUS, JULIAN_YEAR, SIDEREAL_DAY, STANDARD_GRAVITY
from .decay import mean_decay, mean_reciprocal
from .propulsion import orbital_speed


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
    booster_cost: ArrayLike,
    ship_cost: ArrayLike,
    booster_uses: ArrayLike,
    ship_uses: ArrayLike,
    operations: ArrayLike,
    refurbishment: ArrayLike = 0.0,
) -> jnp.ndarray:
    """Cost of one launch of a two-stage reusable vehicle [unit of `booster_cost`].

    (booster/n_b)(1 + f (n_b - 1)) + (ship/n_s)(1 + f (n_s - 1)) + operations, f the share of its build that each reuse
    costs. Source: Parrack et al., Forethought (2026), f = 0. Holds for uses >= 1; f times both builds and operations
    remain after infinite uses.
    """
    share = jnp.asarray(refurbishment)
    booster = jnp.asarray(booster_cost) * (share + (1.0 - share) / booster_uses)
    ship = jnp.asarray(ship_cost) * (share + (1.0 - share) / ship_uses)
    return booster + ship + operations


def reuse_price_per_kg(
    booster_cost: ArrayLike,
    ship_cost: ArrayLike,
    booster_uses: ArrayLike,
    ship_uses: ArrayLike,
    operations: ArrayLike,
    payload: ArrayLike,
    margin: ArrayLike = 0.0,
    refurbishment: ArrayLike = 0.0,
) -> jnp.ndarray:
    """Price of a kilogram on a reusable two-stage vehicle [USD/kg].

    `reuse_launch_cost`/(payload (1 - margin)), costs in USD, payload in kg. Source: Parrack et al., Forethought (2026);
    margin on price as in Aguera y Arcas et al. (2025). Holds for uses >= 1, 0 <= margin < 1.
    """
    cost = reuse_launch_cost(booster_cost, ship_cost, booster_uses, ship_uses, operations, refurbishment)
    return cost / (jnp.asarray(payload) * (1.0 - jnp.asarray(margin)))


def insured_price_per_kg(price: ArrayLike, cargo_value: ArrayLike, premium: ArrayLike) -> jnp.ndarray:
    """Price of a kilogram in orbit with launch and cargo insured [USD/kg].

    c + i (c + v)/(1 - i): the sum insured replaces launch, cargo and its own premium. `cargo_value` [USD/kg], `premium`
    of the sum insured [-]. Source: definition. Holds for premium in [0, 1).
    """
    share = jnp.asarray(premium) / (1.0 - jnp.asarray(premium))
    return jnp.asarray(price) + share * (jnp.asarray(price) + cargo_value)


def delivered_price_per_kg(price: ArrayLike, cargo_value: ArrayLike, success: ArrayLike) -> jnp.ndarray:
    """Expected price of a kilogram that arrives, losses carried by the owner [USD/kg].

    (c + v)/s - v: launch and cargo are bought 1/s times, the cargo that arrives is not counted. Source: geometric
    trials (textbook). Holds for success in (0, 1]; equals `insured_price_per_kg` at the fair premium 1 - s.
    """
    return (jnp.asarray(price) + cargo_value) / success - cargo_value


def fleet_cadence(
    vehicles: ArrayLike,
    vehicle_turnaround: ArrayLike,
    pads: ArrayLike,
    pad_turnaround: ArrayLike,
    licensed: ArrayLike = jnp.inf,
) -> jnp.ndarray:
    """Launches a year that vehicles, pads and licences allow [1/yr].

    min(365.25 n_v/t_v, 365.25 n_p/t_p, licence), turnarounds [d]. Source: definition; 145 a year are licensed for
    Starship, Parrack et al. (2026). Holds for positive turnarounds.
    """
    by_vehicle = JULIAN_YEAR * jnp.asarray(vehicles) / vehicle_turnaround
    by_pad = JULIAN_YEAR * jnp.asarray(pads) / pad_turnaround
    return jnp.minimum(jnp.minimum(by_vehicle, by_pad), licensed)


def launch_speed(altitude_km: ArrayLike, inclination: ArrayLike, latitude: ArrayLike) -> jnp.ndarray:
    """Speed relative to the turning ground that a launch into a circular orbit needs, losses apart [m/s].

    sqrt((v sin b - w cos(lat))^2 + (v cos b)^2), sin b = cos i/cos(lat), w = 465 m/s at the equator: eastward orbits
    gain, retrograde ones lose. Inclination and latitude [rad]. Source: Curtis (2013). Holds for |lat| <= i <= pi -
    |lat|; outside, the nearest inclination that the site reaches.
    """
    place = jnp.cos(jnp.asarray(latitude))
    spin = 2.0 * jnp.pi / SIDEREAL_DAY * 1000.0 * EARTH_RADIUS * place
    east = jnp.clip(jnp.cos(jnp.asarray(inclination)) / place, -1.0, 1.0)
    speed = orbital_speed(altitude_km)
    return jnp.sqrt(speed**2 - 2.0 * speed * east * spin + spin**2)


def payload_at_speed(
    payload: ArrayLike, stage_mass: ArrayLike, extra_speed: ArrayLike, specific_impulse: ArrayLike
) -> jnp.ndarray:
    """Payload of a vehicle when its upper stage must give more speed [unit of `payload`].

    max((m_p + m_s) exp(-dv/(g Isp)) - m_s, 0): the same mass at ignition, m_s what the stage carries to orbit, empty
    tanks and return propellant together. `extra_speed` [m/s] over the reference orbit. Source: Tsiolkovsky (1903).
    Holds for extra speeds well below the stage's own.
    """
    kept = jnp.exp(-jnp.asarray(extra_speed) / (STANDARD_GRAVITY * jnp.asarray(specific_impulse)))
    return jnp.maximum((jnp.asarray(payload) + stage_mass) * kept - stage_mass, 0.0)


def cadence_ramp(start: ArrayLike, ceiling: ArrayLike, growth: ArrayLike, years: ArrayLike) -> jnp.ndarray:
    """Cadence of launches after `years` of logistic growth [1/yr].

    K c0/(c0 + (K - c0) e^(-g t)). Source: Verhulst (1838). Holds for 0 <= start <= ceiling, growth >= 0 [1/yr].
    """
    top, first = jnp.asarray(ceiling), jnp.asarray(start)
    return top * first / (first + (top - first) * jnp.exp(-jnp.asarray(growth) * years))


def launched_mass(
    start: ArrayLike, ceiling: ArrayLike, growth: ArrayLike, years: ArrayLike, payload: ArrayLike
) -> jnp.ndarray:
    """Mass launched over `years` of a logistic cadence ramp [unit of `payload`].

    payload (K/g) ln(1 + c0 (e^(g t) - 1)/K), payload c0 t at g = 0. Source: integral of Verhulst (1838). Holds for
    growth >= 0, ceiling > 0.
    """
    first = jnp.asarray(start)
    unlimited = first * years * mean_decay(-jnp.asarray(growth) * years)
    return jnp.asarray(payload) * unlimited * mean_reciprocal(growth * unlimited / ceiling)


def expected_payload(payload: ArrayLike, success: ArrayLike, flights: ArrayLike) -> jnp.ndarray:
    """Mass expected to reach orbit [unit of `payload`].

    payload x success x flights. Source: definition. Holds for success in [0, 1].
    """
    return jnp.asarray(payload) * success * flights
