"""The sun through the year: where it stands, how strong it is, and how long an orbit is in shadow."""

import jax.numpy as jnp
from jax.typing import ArrayLike

from .arcs import mean_arc_share, share_above_zero
from .constants import EQUATORIAL_RADIUS, OBLIQUITY, SOLAR_CONSTANT, TROPICAL_YEAR
from .orbit import eclipse_fraction, period, sun_synchronous_inclination

_LONGITUDE, _LONGITUDE_STEP = 279.967, 0.9856474  # [deg] mean sun on 1 January 2000, 0 h, and a day, Meeus (1998)
_ANOMALY, _ANOMALY_STEP = 357.035, 0.9856003  # [deg] mean anomaly on 1 January 2000, 0 h, and a day, Meeus (1998)
_CENTRE, _CENTRE_TWICE = 1.915, 0.020  # [deg] equation of the centre, Meeus (1998)
_NEAR, _NEAR_TWICE = 1.00014, 0.01671  # [au] mean distance with its second-order part, eccentricity, Meeus (1998)
_DAYS = 366  # [-] numerical: samples of a year, the last is the first again
_NODES = 181  # [-] numerical: samples of node or season where both turn


def _anomaly(day: ArrayLike) -> jnp.ndarray:
    return jnp.deg2rad(_ANOMALY + _ANOMALY_STEP * jnp.asarray(day))


def sun_longitude(day: ArrayLike) -> jnp.ndarray:
    """Longitude of the sun in the ecliptic [rad].

    L + 1.915 sin g + 0.020 sin 2g [deg], L mean longitude, g mean anomaly. `day` counts from 1 January, 0 h. Source:
    Meeus (1998), low precision. Holds for 1950-2050 within 1 degree: the leap years shift the calendar.
    """
    anomaly = _anomaly(day)
    mean = _LONGITUDE + _LONGITUDE_STEP * jnp.asarray(day)
    return jnp.deg2rad(mean + _CENTRE * jnp.sin(anomaly) + _CENTRE_TWICE * jnp.sin(2.0 * anomaly))


def sun_declination(day: ArrayLike) -> jnp.ndarray:
    """Declination of the sun [rad].

    asin(sin(obliquity) sin(longitude)). Source: Meeus (1998). Holds as `sun_longitude`.
    """
    return jnp.arcsin(jnp.sin(jnp.deg2rad(OBLIQUITY)) * jnp.sin(sun_longitude(day)))


def equation_of_time(day: ArrayLike) -> jnp.ndarray:
    """Apparent less mean solar time [min].

    4 min per degree of mean longitude less right ascension; -14 min in February, +16 min in November. Source: Meeus
    (1998). Holds as `sun_longitude`, within half a minute.
    """
    longitude = sun_longitude(day)
    mean = jnp.deg2rad(_LONGITUDE + _LONGITUDE_STEP * jnp.asarray(day))
    ascension = jnp.arctan2(jnp.cos(jnp.deg2rad(OBLIQUITY)) * jnp.sin(longitude), jnp.cos(longitude))
    return 4.0 * jnp.rad2deg(jnp.arctan2(jnp.sin(mean - ascension), jnp.cos(mean - ascension)))


def solar_flux(day: ArrayLike) -> jnp.ndarray:
    """Flux of sunlight at Earth on a day [W/m2].

    S/r^2, r = 1.00014 - 0.01671 cos g [au]; 1407 in January, 1317 in July. Source: Meeus (1998); Kopp, Lean (2011).
    Holds as `sun_longitude`.
    """
    return SOLAR_CONSTANT / (_NEAR - _NEAR_TWICE * jnp.cos(_anomaly(day))) ** 2


def orbit_beta(inclination: ArrayLike, node_from_sun: ArrayLike, declination: ArrayLike) -> jnp.ndarray:
    """Angle between the sun and an orbit plane [rad], positive where the sun is on the side of the orbit's spin.

    asin(sin i cos d sin w + cos i sin d), w the ascending node's right ascension less the sun's. Source: Vallado
    (2013). Holds for angles [rad].
    """
    lean, sun = jnp.asarray(inclination), jnp.asarray(declination)
    sine = jnp.sin(lean) * jnp.cos(sun) * jnp.sin(jnp.asarray(node_from_sun)) + jnp.cos(lean) * jnp.sin(sun)
    return jnp.arcsin(jnp.clip(sine, -1.0, 1.0))


def sun_synchronous_beta(altitude_km: ArrayLike, node_hour: ArrayLike, day: ArrayLike) -> jnp.ndarray:
    """Angle between the sun and a sun-synchronous orbit plane on a day [rad].

    `orbit_beta` with w = 15 deg x (node hour - 12 h) + equation of time: the plane keeps mean, the sun true time.
    `node_hour` is the local time of the ascending node [h], 6 or 18 for dawn-dusk. Source: Vallado (2013). Holds for
    circular orbits to 5900 km.
    """
    clock = 60.0 * (jnp.asarray(node_hour) - 12.0) + equation_of_time(day)
    inclination = sun_synchronous_inclination(altitude_km)
    return orbit_beta(inclination, jnp.deg2rad(clock / 4.0), sun_declination(day))


def eclipse_duration(altitude_km: ArrayLike, beta: ArrayLike) -> jnp.ndarray:
    """Time of one orbit in the Earth's shadow [min].

    `orbit.period` x `orbit.eclipse_fraction`. Source: as there. Holds for circular orbits; penumbra is left out.
    """
    return period(altitude_km) * eclipse_fraction(altitude_km, beta)


def shadow_beta(altitude_km: ArrayLike) -> jnp.ndarray:
    """Angle to the sun beyond which an orbit plane misses the Earth's shadow [rad].

    asin(Re/(Re + h)). Source: cylindrical shadow, Vallado (2013). Holds for altitude > 0 km.
    """
    return jnp.arcsin(EQUATORIAL_RADIUS / (EQUATORIAL_RADIUS + jnp.asarray(altitude_km)))


def _yearly_beta(altitude_km: ArrayLike, node_hour: ArrayLike) -> jnp.ndarray:
    days = jnp.linspace(0.0, TROPICAL_YEAR, _DAYS)
    return sun_synchronous_beta(jnp.asarray(altitude_km)[..., None], jnp.asarray(node_hour)[..., None], days)


def _shadow_cosine(altitude_km: ArrayLike, beta: jnp.ndarray) -> jnp.ndarray:
    # cos of half the arc in shadow; kept finite where the plane faces the sun.
    return jnp.cos(shadow_beta(altitude_km)) / jnp.maximum(jnp.cos(beta), 1e-6)


def yearly_eclipse_fraction(altitude_km: ArrayLike, node_hour: ArrayLike) -> jnp.ndarray:
    """Share of the year that a sun-synchronous orbit spends in eclipse [-].

    mean over the days of arccos(cos(beta_shadow)/cos(beta))/pi, integrated exactly between days. `node_hour` [h] is
    the local time of the ascending node. Source: cylindrical shadow, Vallado (2013). Holds for circular orbits of
    200-5900 km; within 0.1 % of the integral.
    """
    beta = _yearly_beta(altitude_km, node_hour)
    return mean_arc_share(_shadow_cosine(jnp.asarray(altitude_km)[..., None], beta))


def yearly_longest_eclipse(altitude_km: ArrayLike, node_hour: ArrayLike) -> jnp.ndarray:
    """Longest eclipse of the year in a sun-synchronous orbit [min].

    `eclipse_duration` at the day with the least angle to the sun. Source: as there. Holds for circular orbits; its
    slope is infinite where the eclipse vanishes.
    """
    least = jnp.min(jnp.abs(_yearly_beta(altitude_km, node_hour)), axis=-1)
    return eclipse_duration(altitude_km, least)


def eclipse_days(altitude_km: ArrayLike, node_hour: ArrayLike) -> jnp.ndarray:
    """Days of the year on which a sun-synchronous orbit passes through shadow [d/yr].

    365.2422 x share of the year with |beta| below `shadow_beta`. Source: cylindrical shadow, Vallado (2013). Holds for
    circular orbits to 5900 km.
    """
    deep = shadow_beta(altitude_km)[..., None] - jnp.abs(_yearly_beta(altitude_km, node_hour))
    return TROPICAL_YEAR * share_above_zero(deep)


def drifting_eclipse_fraction(altitude_km: ArrayLike, inclination: ArrayLike) -> jnp.ndarray:
    """Share of time in eclipse of an orbit whose node drifts through all hours and seasons [-].

    mean of arccos(cos(beta_shadow)/cos(beta))/pi over node and solar longitude, both even. `inclination` [rad]. Source:
    cylindrical shadow, Vallado (2013). Holds for circular orbits that are not sun-synchronous, over years.
    """
    nodes = jnp.linspace(0.0, 2.0 * jnp.pi, _NODES)
    longitude = (jnp.arange(_NODES // 4) + 0.5) * 2.0 * jnp.pi / (_NODES // 4)
    declination = jnp.arcsin(jnp.sin(jnp.deg2rad(OBLIQUITY)) * jnp.sin(longitude))[:, None]
    beta = orbit_beta(jnp.asarray(inclination)[..., None, None], nodes, declination)
    share = mean_arc_share(_shadow_cosine(jnp.asarray(altitude_km)[..., None, None], beta))
    return jnp.mean(share, axis=-1)


def fixed_array_factor(altitude_km: ArrayLike, node_hour: ArrayLike) -> jnp.ndarray:
    """Sunlight on an array fixed in the orbit plane over that on one that follows the sun, mean of the year [-].

    mean of |sin beta| over the days; 0.95 at dawn-dusk, 0.05 at noon. Source: cosine law (Lambert 1760). Holds while in
    sunlight; a hinge about the flight direction brings back most of the rest.
    """
    return jnp.mean(jnp.abs(jnp.sin(_yearly_beta(altitude_km, node_hour)[..., :-1])), axis=-1)


def pointing_factor(error: ArrayLike) -> jnp.ndarray:
    """Sunlight on an array that follows the sun with a random error over that without [-].

    exp(-s^2/2), the mean cosine of a normal error of standard deviation s [deg]. Source: cosine law (Lambert 1760).
    Holds for errors well below 90 degrees.
    """
    return jnp.exp(-0.5 * jnp.deg2rad(jnp.asarray(error)) ** 2)
