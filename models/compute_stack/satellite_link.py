"""Satellite geometry, round trips, coverage and link capacity."""

import jax.numpy as jnp
from jax.typing import ArrayLike

from .arcs import mean_arc_share
from .constants import EARTH_RADIUS, LIGHT_SPEED, PLANCK
from .decay import kept_share
from .orbit import period, sun_synchronous_inclination

LIGHT_KM_PER_MS = LIGHT_SPEED / 1e6  # [km/ms] SI (1983)
RELAY_STRETCH = 1.26  # [-] relay path over the shortest arc, fitted here (2026)
RELAY_ALTITUDE = 550.0  # [km] of the mesh that relays, FCC filings of Starlink (2020)
ELEVATION = 25.0  # [deg] least elevation of user links, FCC filings of Starlink (2020)
WAVELENGTH = 1.55e-6  # [m] telecommunication lasers, ITU-T G.694.1 (2020)
OPTICS_EFFICIENCY = 0.3  # [-] transmit, receive and pointing together, estimate of this project (2026)
BOLTZMANN_DB = -228.599  # [dBW/K/Hz] SI (2019), exact by definition of the kelvin
_PLACES = 721  # [-] numerical: places on one orbit, the last is the first again


def leo_slant_range_km(altitude_km: ArrayLike, elevation: ArrayLike) -> jnp.ndarray:
    """Distance from a ground terminal to a satellite [km].

    sqrt(r^2 - Re^2 cos^2 e) - Re sin e, r = Re + h, e [deg]. Source: Wertz (2011). Holds for 0 <= e <= 90.
    """
    rise = jnp.deg2rad(jnp.asarray(elevation))
    orbit = EARTH_RADIUS + jnp.asarray(altitude_km)
    return jnp.sqrt(orbit**2 - (EARTH_RADIUS * jnp.cos(rise)) ** 2) - EARTH_RADIUS * jnp.sin(rise)


def coverage_angle(altitude_km: ArrayLike, elevation: ArrayLike) -> jnp.ndarray:
    """Earth-central half-angle of the area that sees a satellite above an elevation [rad].

    arccos(Re cos e/(Re + h)) - e, e [deg]. Source: Wertz (2011). Holds for 0 <= e <= 90.
    """
    rise = jnp.deg2rad(jnp.asarray(elevation))
    return jnp.arccos(EARTH_RADIUS * jnp.cos(rise) / (EARTH_RADIUS + jnp.asarray(altitude_km))) - rise


def ring_satellites(altitude_km: ArrayLike, elevation: ArrayLike = ELEVATION) -> jnp.ndarray:
    """Satellites that close a ring, so that its ground track always sees one [-], fractional.

    pi/`coverage_angle`. Source: Wertz (2011). Holds for even spacing; wider swaths need more.
    """
    return jnp.pi / coverage_angle(altitude_km, elevation)


def longest_pass(altitude_km: ArrayLike, elevation: ArrayLike = ELEVATION) -> jnp.ndarray:
    """Time for which a satellite that passes overhead stays above an elevation [min].

    period x `coverage_angle`/pi. Source: Wertz (2011). Holds below 2000 km, the turning of the Earth left out.
    """
    return period(altitude_km) * coverage_angle(altitude_km, elevation) / jnp.pi


def contact_share(
    altitude_km: ArrayLike, inclination: ArrayLike, latitude: ArrayLike, elevation: ArrayLike = ELEVATION
) -> jnp.ndarray:
    """Share of time in which one satellite is above an elevation of one station [-].

    mean over the orbit of arccos[(cos l - sin p sin s)/(cos p cos s)]/pi, l `coverage_angle`, p the station's latitude
    [deg], s that of the point below the satellite, sin s = sin i sin u; `inclination` [rad]. Source: geometry, ground
    tracks even in longitude. Holds for |latitude| < 90 deg and orbits whose track does not repeat within days.
    """
    place = jnp.deg2rad(jnp.asarray(latitude))[..., None]
    turn = jnp.linspace(0.0, 2.0 * jnp.pi, _PLACES)
    north = jnp.sin(jnp.asarray(inclination))[..., None] * jnp.sin(turn)
    reach = jnp.cos(coverage_angle(altitude_km, elevation))[..., None]
    far = jnp.cos(place) * jnp.sqrt(1.0 - north**2)
    return mean_arc_share((reach - jnp.sin(place) * north) / far)


def leo_direct_rtt(altitude_km: ArrayLike, elevation: ArrayLike = ELEVATION, quantile: ArrayLike = 0.5) -> jnp.ndarray:
    """Round trip terminal-satellite-terminal, quantile over the area served [ms].

    2 d/c, d the chord to the point at Earth-central angle p with cos p = 1 - q (1 - cos lambda): equal areas of the
    cap above `elevation` [deg]. Source: geometry. Holds for quantile in [0, 1]; processing is left out.
    """
    edge = coverage_angle(altitude_km, elevation)
    cosine = 1.0 - jnp.asarray(quantile) * (1.0 - jnp.cos(edge))
    orbit = EARTH_RADIUS + jnp.asarray(altitude_km)
    distance = jnp.sqrt(EARTH_RADIUS**2 + orbit**2 - 2.0 * EARTH_RADIUS * orbit * cosine)
    return 2.0 * distance / LIGHT_KM_PER_MS


def plane_distance(altitude_km: ArrayLike, latitude: ArrayLike, hours_from_node: ArrayLike) -> jnp.ndarray:
    """Earth-central angle between a place and a dawn-dusk orbit plane [rad].

    |asin(sin i cos lat cos H + cos i sin lat)|, H = 0 at local noon where the plane is farthest, latitude [deg],
    `hours_from_node` local hours from noon [h]. Source: geometry. Holds for circular sun-synchronous planes.
    """
    tilt = sun_synchronous_inclination(altitude_km)
    place = jnp.deg2rad(jnp.asarray(latitude))
    hour = jnp.asarray(hours_from_node) * jnp.pi / 12.0
    sine = jnp.sin(tilt) * jnp.cos(place) * jnp.cos(hour) + jnp.cos(tilt) * jnp.sin(place)
    return jnp.abs(jnp.arcsin(jnp.clip(sine, -1.0 + 1e-12, 1.0 - 1e-12)))


def leo_relay_rtt(altitude_km: ArrayLike, latitude: ArrayLike) -> jnp.ndarray:
    """Mean round trip from a place to a dawn-dusk shell through a relay mesh [ms].

    Median direct round trip + 2 s (Re + 550) mean(p)/c, p the angle to the plane, mean of 96 hour angles,
    s = 1.26 the stretch of the relay path. Source: stretch fitted here (2026) to the LEO table of this project, within
    7 %. Holds for |latitude| <= 80 deg, 500-1000 km; queueing and processing are left out.
    """
    hours = (jnp.arange(96) + 0.5) / 4.0
    far = plane_distance(jnp.asarray(altitude_km)[..., None], jnp.asarray(latitude)[..., None], hours)
    return _relayed_rtt(altitude_km, jnp.mean(far, axis=-1))


def leo_relay_rtt_at_hour(altitude_km: ArrayLike, latitude: ArrayLike, local_hour: ArrayLike) -> jnp.ndarray:
    """Round trip from a place to a dawn-dusk shell through a relay mesh at a local hour [ms].

    As `leo_relay_rtt` at one hour: shortest near 6 and 18 h, longest at noon and midnight. Source: as there. Holds as
    there, within 10 % of the spread between its median and its 95th percentile.
    """
    return _relayed_rtt(altitude_km, plane_distance(altitude_km, latitude, jnp.asarray(local_hour) - 12.0))


def _relayed_rtt(altitude_km: ArrayLike, far: jnp.ndarray) -> jnp.ndarray:
    arc = (EARTH_RADIUS + RELAY_ALTITUDE) * far
    return leo_direct_rtt(altitude_km) + 2.0 * RELAY_STRETCH * arc / LIGHT_KM_PER_MS


def dawn_dusk_visibility(altitude_km: ArrayLike, latitude: ArrayLike, elevation: ArrayLike = ELEVATION) -> jnp.ndarray:
    """Share of the day in which a full dawn-dusk ring is seen from a latitude [-].

    [arccos((-sin l - k)/m) - arccos((sin l - k)/m)]/pi, l `coverage_angle`, m = sin i cos lat, k = cos i sin lat,
    arguments clipped to [-1, 1]. Source: geometry. Holds for |latitude| < 90 deg; 9.5 % at the equator, 550 km, 25 deg.
    """
    tilt = sun_synchronous_inclination(altitude_km)
    place = jnp.deg2rad(jnp.asarray(latitude))
    edge = jnp.sin(coverage_angle(altitude_km, elevation))
    swing = jnp.sin(tilt) * jnp.cos(place)
    offset = jnp.cos(tilt) * jnp.sin(place)
    inner = 1.0 - 1e-12
    late = jnp.arccos(jnp.clip((-edge - offset) / swing, -inner, inner))
    early = jnp.arccos(jnp.clip((edge - offset) / swing, -inner, inner))
    return (late - early) / jnp.pi


def dawn_dusk_seen_at_hour(
    altitude_km: ArrayLike,
    latitude: ArrayLike,
    local_hour: ArrayLike,
    elevation: ArrayLike = ELEVATION,
    blur: ArrayLike = 0.01,
) -> jnp.ndarray:
    """Share, near 0 or 1, in which a full dawn-dusk ring is seen at a local hour [-].

    logistic((lambda - p)/blur), p `plane_distance` [rad]. Source: geometry, edge softened over `blur` [rad]. Holds for
    blur > 0.
    """
    far = plane_distance(altitude_km, latitude, jnp.asarray(local_hour) - 12.0)
    gap = (coverage_angle(altitude_km, elevation) - far) / jnp.asarray(blur)
    return 0.5 * (1.0 + jnp.tanh(0.5 * gap))


def free_space_loss(distance: ArrayLike, frequency: ArrayLike) -> jnp.ndarray:
    """Loss of a radio link between isotropic antennas [dB].

    20 log10(4 pi d f/c), d [m], f [Hz]. Source: Friis (1946). Holds in the far field.
    """
    return 20.0 * jnp.log10(4.0 * jnp.pi * jnp.asarray(distance) * frequency / LIGHT_SPEED)


def rain_attenuation(
    rain_rate: ArrayLike, path_km: ArrayLike, coefficient: ArrayLike = 0.09164, exponent: ArrayLike = 1.0568
) -> jnp.ndarray:
    """Loss of a radio link in rain [dB].

    k R^alpha L, R [mm/h], L [km] in rain; k 0.09164, alpha 1.0568 at 20 GHz, horizontal. Source: ITU-R P.838-3 (2005).
    Holds for 1-1000 GHz with that table's coefficients.
    """
    return jnp.asarray(coefficient) * jnp.asarray(rain_rate) ** jnp.asarray(exponent) * path_km


def signal_to_noise(
    radiated_power: ArrayLike, receiver_merit: ArrayLike, losses: ArrayLike, bandwidth: ArrayLike
) -> jnp.ndarray:
    """Signal over noise of a radio link [-].

    10^((EIRP + G/T - losses + 228.599)/10)/B, EIRP [dBW], G/T [dB/K], losses [dB] with `free_space_loss` and
    `rain_attenuation`, B [Hz]. Source: Friis (1946). Holds for thermal noise alone.
    """
    density = jnp.asarray(radiated_power) + receiver_merit - losses - BOLTZMANN_DB
    return 10.0 ** (density / 10.0) / bandwidth


def shannon_capacity(bandwidth: ArrayLike, signal_to_noise: ArrayLike) -> jnp.ndarray:
    """Capacity of a channel [bit/s for a bandwidth in Hz].

    B log2(1 + S/N). Source: Shannon (1948). Holds for signal_to_noise >= 0; real links reach 50-80 %.
    """
    return jnp.asarray(bandwidth) * jnp.log1p(jnp.asarray(signal_to_noise)) / jnp.log(2.0)


def beam_divergence(aperture: ArrayLike, wavelength: ArrayLike = WAVELENGTH) -> jnp.ndarray:
    """Angle from axis to first dark ring of a circular aperture [rad].

    1.22 wavelength/D, both [m]. Source: Airy (1835). Holds for D well above the wavelength.
    """
    return 1.22 * jnp.asarray(wavelength) / aperture


def confocal_range(aperture_radius: ArrayLike, wavelength: ArrayLike = WAVELENGTH) -> jnp.ndarray:
    """Distance over which a beam stays collimated [m].

    pi a^2/wavelength. Source: Aguera y Arcas et al. (2025). Holds for Gaussian beams.
    """
    return jnp.pi * jnp.asarray(aperture_radius) ** 2 / wavelength


def received_power(
    power: ArrayLike, transmit_aperture: ArrayLike, receive_aperture: ArrayLike, distance: ArrayLike,
    wavelength: ArrayLike = WAVELENGTH, efficiency: ArrayLike = OPTICS_EFFICIENCY,
) -> jnp.ndarray:  # fmt: skip
    """Optical power that a receiving telescope collects [W].

    eta P A/(A + (wavelength L)^2), A = At Ar, areas of circular apertures of the given diameters [m]: Friis far away,
    everything when near. Source: Friis (1946), joined smoothly here. Holds for positive arguments.
    """
    areas = (jnp.pi / 4.0) ** 2 * jnp.asarray(transmit_aperture) ** 2 * jnp.asarray(receive_aperture) ** 2
    caught = areas / (areas + (jnp.asarray(wavelength) * distance) ** 2)
    return jnp.asarray(efficiency) * power * caught


def aperture_capacity(
    power: ArrayLike, transmit_aperture: ArrayLike, receive_aperture: ArrayLike, distance: ArrayLike,
    photons_per_bit: ArrayLike = 100.0, wavelength: ArrayLike = WAVELENGTH, efficiency: ArrayLike = OPTICS_EFFICIENCY,
) -> jnp.ndarray:  # fmt: skip
    """Bit rate that the received light carries [bit/s].

    `received_power` / (h c/wavelength x photons per bit). Source: photon counting; 24 channels of 400 Gb/s from 5 W
    and 10 cm at 300 km as in Aguera y Arcas et al. (2025) need about 100. Holds until modulation limits, near 10 Tb/s.
    """
    photon = PLANCK * LIGHT_SPEED / jnp.asarray(wavelength)
    light = received_power(power, transmit_aperture, receive_aperture, distance, wavelength, efficiency)
    return light / (photon * jnp.asarray(photons_per_bit))


def channel_capacity(channels: ArrayLike, rate_per_channel: ArrayLike) -> jnp.ndarray:
    """Capacity of one aperture with wavelength multiplexing [unit of `rate_per_channel`].

    channels x rate; 24 x 400 Gb/s = 9.6 Tb/s. Source: Aguera y Arcas et al. (2025). Holds inside the amplifier's band.
    """
    return jnp.asarray(channels) * rate_per_channel


def diverse_availability(single_site: ArrayLike, sites: ArrayLike, correlation: ArrayLike = 0.0) -> jnp.ndarray:
    """Share of time at least one of several optical ground sites is clear [-].

    1 - (1 - a)^m, m = n/(1 + (n - 1) rho) sites that count as independent. Source: independence (textbook); design
    effect, Kish (1965). Holds for a in [0, 1], rho in [0, 1]: 0 beyond about 500 km, where weather is another's.
    """
    count = jnp.asarray(sites)
    counting = count / (1.0 + (count - 1.0) * correlation)
    return 1.0 - kept_share(single_site, counting)


def delivered_rate(peak_rate: ArrayLike, contact: ArrayLike, clear: ArrayLike) -> jnp.ndarray:
    """Mean rate of a link to the ground over days [unit of `peak_rate`].

    peak x share in contact x share clear. Source: definition; SemiAnalysis (2026) has 17.1 of 20 Gb/s through many
    gateways, Turyshev (2026) 26 of 200 through few. Holds for shares in [0, 1].
    """
    return jnp.asarray(peak_rate) * contact * clear


def gateway_price(
    capex: ArrayLike, recovery: ArrayLike, upkeep: ArrayLike, peak_rate: ArrayLike, use: ArrayLike, clear: ArrayLike
) -> jnp.ndarray:
    """Yearly price of mean capacity through one ground terminal [USD/(Gb/s)/yr].

    capex (crf + upkeep)/(peak x use x clear), `use` the share of time in which it has a satellite to talk to. Source:
    definition. Holds for positive rate and shares; infinite where it never talks.
    """
    return jnp.asarray(capex) * (jnp.asarray(recovery) + upkeep) / delivered_rate(peak_rate, use, clear)
