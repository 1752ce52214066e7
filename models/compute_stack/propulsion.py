"""What it takes to stay in orbit and to leave it: air, drag, velocity changes, propellant, natural decay."""

import jax.numpy as jnp
from jax.typing import ArrayLike

from .constants import EQUATORIAL_RADIUS, GRAVITY, SECONDS_PER_YEAR, STANDARD_GRAVITY

# [km] and [kg/m3] mean density of the air by altitude, Vallado (2013), table 8-4
_HEIGHTS = (200.0, 250.0, 300.0, 350.0, 400.0, 450.0, 500.0, 600.0, 700.0, 800.0, 900.0, 1000.0)
# [kg/m3] Vallado (2013), table 8-4
_DENSITIES = (
    2.789e-10, 7.248e-11, 2.418e-11, 9.518e-12, 3.725e-12, 1.585e-12, 6.967e-13, 1.454e-13, 3.614e-14, 1.170e-14,
    5.245e-15, 3.019e-15,
)  # fmt: skip
_TOP_SCALE = 268.0  # [km] scale height above the table, Vallado (2013), table 8-4
REENTRY = 200.0  # [km] from which an orbit ends within days, estimate after Vallado (2013)
_CELLS = 64  # [-] numerical: steps of the decay integral


def atmospheric_density(altitude_km: ArrayLike, activity: ArrayLike = 1.0) -> jnp.ndarray:
    """Density of the air, mean over day, season and solar cycle [kg/m3].

    Straight in the logarithm between the altitudes of the table, times `activity`: about 0.2 at a solar minimum and 3
    at a maximum near 550 km. Source: Vallado (2013), table 8-4 (CIRA-72). Holds for 200-1500 km within a factor of two
    for a given activity; the slope jumps at the altitudes of the table.
    """
    height = jnp.asarray(altitude_km)
    inside = jnp.interp(height, jnp.asarray(_HEIGHTS), jnp.log(jnp.asarray(_DENSITIES)))
    return jnp.exp(inside - jnp.maximum(height - _HEIGHTS[-1], 0.0) / _TOP_SCALE) * activity


def orbital_speed(altitude_km: ArrayLike) -> jnp.ndarray:
    """Speed in a circular orbit [m/s].

    sqrt(mu/(Re + h)). Source: Newton (1687). Holds for altitude > 0 km.
    """
    return 1000.0 * jnp.sqrt(GRAVITY / (EQUATORIAL_RADIUS + jnp.asarray(altitude_km)))


def drag_delta_v(altitude_km: ArrayLike, ballistic_coefficient: ArrayLike, activity: ArrayLike = 1.0) -> jnp.ndarray:
    """Velocity that drag takes and propulsion gives back in a year [m/s/yr].

    rho v^2/(2 B) x 31.5576e6 s, B = m/(Cd A) [kg/m2]. Source: Vallado (2013). Holds for circular orbits with
    `atmospheric_density`; arrays edge-on to the flight have B of 50-300, face-on 5-20.
    """
    pull = 0.5 * atmospheric_density(altitude_km, activity) * orbital_speed(altitude_km) ** 2
    return pull / jnp.asarray(ballistic_coefficient) * SECONDS_PER_YEAR


def lowering_delta_v(altitude_km: ArrayLike, perigee_km: ArrayLike) -> jnp.ndarray:
    """Velocity change that drops the perigee of a circular orbit [m/s].

    v1 - sqrt(2 mu/r1 - 2 mu/(r1 + r2)). Source: Hohmann (1925). Holds for perigee <= altitude; a raise to a higher
    apogee from `perigee_km` costs as much at the other end.
    """
    high = EQUATORIAL_RADIUS + jnp.asarray(altitude_km)
    low = EQUATORIAL_RADIUS + jnp.asarray(perigee_km)
    return 1000.0 * (jnp.sqrt(GRAVITY / high) - jnp.sqrt(2.0 * GRAVITY / high - 2.0 * GRAVITY / (high + low)))


def transfer_delta_v(low_km: ArrayLike, high_km: ArrayLike) -> jnp.ndarray:
    """Velocity change between two circular orbits in one plane [m/s].

    |v2 - vt2| + |vt1 - v1| of the Hohmann ellipse. Source: Hohmann (1925). Holds for two impulses; electric propulsion
    takes |v1 - v2|, a little more.
    """
    low, high = EQUATORIAL_RADIUS + jnp.asarray(low_km), EQUATORIAL_RADIUS + jnp.asarray(high_km)
    whole = 2.0 * GRAVITY / (low + high)
    first = jnp.sqrt(2.0 * GRAVITY / low - whole) - jnp.sqrt(GRAVITY / low)
    second = jnp.sqrt(GRAVITY / high) - jnp.sqrt(2.0 * GRAVITY / high - whole)
    return 1000.0 * (first + second)


def propellant_mass(dry_mass: ArrayLike, delta_v: ArrayLike, specific_impulse: ArrayLike) -> jnp.ndarray:
    """Propellant that gives a mass a velocity change [unit of `dry_mass`].

    m (exp(dv/(g Isp)) - 1), dv [m/s], Isp [s]: 1500-2500 s for Hall thrusters, 220-320 s for chemical ones. Source:
    Tsiolkovsky (1903). Holds for Isp > 0.
    """
    exhaust = STANDARD_GRAVITY * jnp.asarray(specific_impulse)
    return jnp.asarray(dry_mass) * jnp.expm1(jnp.asarray(delta_v) / exhaust)


def life_delta_v(
    altitude_km: ArrayLike,
    ballistic_coefficient: ArrayLike,
    years: ArrayLike,
    avoidance: ArrayLike = 0.0,
    disposal_perigee: ArrayLike = REENTRY,
    activity: ArrayLike = 1.0,
) -> jnp.ndarray:
    """Velocity change of a whole life: drag, avoidance and disposal [m/s].

    T (`drag_delta_v` + avoidance) + `lowering_delta_v` to `disposal_perigee` [km]; avoidance [m/s/yr]. Source: Vallado
    (2013). Holds as its parts; SemiAnalysis (2026) has 120-150 m/s for disposal from 650 km.
    """
    yearly = drag_delta_v(altitude_km, ballistic_coefficient, activity) + avoidance
    return yearly * years + lowering_delta_v(altitude_km, disposal_perigee)


def natural_decay(altitude_km: ArrayLike, ballistic_coefficient: ArrayLike, activity: ArrayLike = 1.0) -> jnp.ndarray:
    """Time until drag alone brings a circular orbit down to 200 km [yr].

    int B/(rho sqrt(mu a)) da, 64 cells even in altitude. Source: Vallado (2013), da/dt = -rho sqrt(mu a)/B. Holds for
    200-1500 km within the uncertainty of the density, a factor of two or more; 0 at and below 200 km.
    """
    top = jnp.maximum(jnp.asarray(altitude_km), REENTRY)
    share = (jnp.arange(_CELLS) + 0.5) / _CELLS
    heights = REENTRY + (top - REENTRY)[..., None] * share
    radius = 1000.0 * (EQUATORIAL_RADIUS + heights)
    density = atmospheric_density(heights, jnp.asarray(activity)[..., None])
    slowness = jnp.asarray(ballistic_coefficient)[..., None] / (density * jnp.sqrt(1e9 * GRAVITY * radius))
    return jnp.mean(slowness, axis=-1) * 1000.0 * (top - REENTRY) / SECONDS_PER_YEAR
