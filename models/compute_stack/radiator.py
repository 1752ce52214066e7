"""Panels in orbit whose faces differ: fluxes at any attitude, ageing, fins, and the way from chip to panel."""

from typing import NamedTuple

import jax.numpy as jnp
from jax.typing import ArrayLike

from .constants import CELSIUS_ZERO, EARTH_ALBEDO, EARTH_IR, EARTH_RADIUS, SOLAR_CONSTANT, STEFAN_BOLTZMANN
from .thermal import blackbody_flux

FIN_THIN = 2.5  # [-] 5/2, from the first integral of a long fin that radiates, Mackay (1963)
FIN_THICK = 1.0 / 6.0  # [-] 8/3 - 5/2, the slope of a short fin less that of a long one, fitted here (2026)
_RINGS, _SPOKES = 24, 48  # [-] numerical: cells of the disc of Earth
_STEPS = 48  # [-] numerical: places on one orbit


class Face(NamedTuple):
    """One face of a flat panel: its coating and what it sees; every field is a float or an array that broadcasts."""

    emissivity: ArrayLike  # [-] infrared
    absorptivity: ArrayLike  # [-] solar
    sun: ArrayLike  # [-] cosine of the sun's incidence, 0 where the face is turned away
    earth: ArrayLike  # [-] view factor to Earth
    albedo: ArrayLike  # [-] share of S a that Earth reflects onto the face


def absorbed_flux(
    face: Face,
    solar_constant: ArrayLike = SOLAR_CONSTANT,
    albedo: ArrayLike = EARTH_ALBEDO,
    earth_ir: ArrayLike = EARTH_IR,
) -> jnp.ndarray:
    """Flux that one face takes from the sun and from Earth [W/m2].

    alpha S (cos + a F_alb) + eps F_E E_IR: Earth's infrared with the emissivity, by Kirchhoff's law (1859). Source:
    Gilmore (2002). Holds for a grey, diffuse face.
    """
    solar = jnp.asarray(face.absorptivity) * solar_constant * (face.sun + jnp.asarray(albedo) * face.albedo)
    return solar + jnp.asarray(face.emissivity) * face.earth * earth_ir


def panel_net_flux(
    temperature: ArrayLike,
    front: Face,
    back: Face,
    solar_constant: ArrayLike = SOLAR_CONSTANT,
    albedo: ArrayLike = EARTH_ALBEDO,
    earth_ir: ArrayLike = EARTH_IR,
) -> jnp.ndarray:
    """Heat that one square metre of a panel with two different faces rejects [W/m2 of panel].

    (eps_f + eps_b) sigma T^4 - `absorbed_flux` of both; `thermal.radiator_net_flux` where the faces are alike. Source:
    Gilmore (2002). Holds for an isothermal flat panel; an insulated face has emissivity and absorptivity 0.
    """
    emitted = (jnp.asarray(front.emissivity) + back.emissivity) * blackbody_flux(temperature)
    taken = absorbed_flux(front, solar_constant, albedo, earth_ir) + absorbed_flux(
        back, solar_constant, albedo, earth_ir
    )
    return emitted - taken


def panel_temperature(
    heat: ArrayLike,
    front: Face,
    back: Face,
    solar_constant: ArrayLike = SOLAR_CONSTANT,
    albedo: ArrayLike = EARTH_ALBEDO,
    earth_ir: ArrayLike = EARTH_IR,
) -> jnp.ndarray:
    """Temperature at which a panel with two different faces rejects `heat` and all it absorbs [K].

    [(q + absorbed)/(sigma (eps_f + eps_b))]^(1/4), q [W/m2 of panel], negative where electricity leaves it. Source:
    Gilmore (2002). Holds where the bracket is positive.
    """
    taken = absorbed_flux(front, solar_constant, albedo, earth_ir) + absorbed_flux(
        back, solar_constant, albedo, earth_ir
    )
    emissivity = jnp.asarray(front.emissivity) + back.emissivity
    return ((jnp.asarray(heat) + taken) / (STEFAN_BOLTZMANN * emissivity)) ** 0.25


def sink_temperature(absorbed: ArrayLike, emissivity: ArrayLike) -> jnp.ndarray:
    """Temperature of the empty surroundings that would warm a face as much as sun and Earth do [K].

    (absorbed/(eps sigma))^(1/4), both summed over the faces counted. Source: Gilmore (2002). Holds for a positive
    absorbed flux; about 220-260 K for edge-on radiators in low orbit.
    """
    return (jnp.asarray(absorbed) / (STEFAN_BOLTZMANN * jnp.asarray(emissivity))) ** 0.25


def tilted_view_factor(altitude_km: ArrayLike, tilt: ArrayLike) -> jnp.ndarray:
    """View factor to Earth of a face whose normal stands at an angle to nadir [-].

    H = 1 + h/Re: cos t/H^2 where the whole disc is before the face; where its plane cuts the disc, 1/2 -
    asin(c/(H sin t))/pi + [cos t acos(-c cot t) - c sqrt(1 - H^2 cos^2 t)]/(pi H^2), c = sqrt(H^2 - 1); 0 behind.
    `tilt` [rad], 0 at nadir, pi/2 edge-on. Source: Howell, Catalog of Radiation Heat Transfer Configuration Factors
    (2010), element to sphere. Holds for altitude > 0 km.
    """
    ratio = 1.0 + jnp.asarray(altitude_km) / EARTH_RADIUS
    cosine = jnp.cos(jnp.asarray(tilt))
    cut = ratio * jnp.abs(cosine) < 1.0
    reach = jnp.sqrt(ratio**2 - 1.0)
    part = jnp.where(cut, cosine, 0.0)
    sine = jnp.sqrt(1.0 - part**2)
    disc = part * jnp.arccos(-reach * part / sine) - reach * jnp.sqrt(1.0 - (ratio * part) ** 2)
    partial = 0.5 - jnp.arcsin(reach / (ratio * sine)) / jnp.pi + disc / (jnp.pi * ratio**2)
    return jnp.where(cut, partial, jnp.maximum(cosine, 0.0) / ratio**2)


def albedo_factor(
    altitude_km: ArrayLike, sun_zenith: ArrayLike, tilt: ArrayLike, azimuth: ArrayLike = 0.0
) -> jnp.ndarray:
    """Sunlight that Earth reflects onto a face, over the solar constant times the albedo [-].

    (1/pi) int (n.s)+ (f.w)+ dw over the directions w that meet the white, diffuse Earth with normal n, 24 x 48 cells of
    equal solid angle. `sun_zenith` of the sun over the point below, `tilt` of the face from nadir and `azimuth` of its
    normal from the sun's [rad]. Source: Lambert (1760); geometry as in Gilmore (2002). Holds for altitude > 0 km,
    within 1 % of the integral; clouds, sea and glint are left out.
    """
    ratio = (1.0 + jnp.asarray(altitude_km) / EARTH_RADIUS)[..., None, None]
    sun, lean, turn = (jnp.asarray(angle)[..., None, None] for angle in (sun_zenith, tilt, azimuth))
    rings = (jnp.arange(_RINGS)[:, None] + 0.5) / _RINGS
    around = (jnp.arange(_SPOKES) + 0.5) * 2.0 * jnp.pi / _SPOKES
    width = 1.0 - jnp.sqrt(1.0 - 1.0 / ratio**2)
    cosine = 1.0 - rings * width
    sine = jnp.sqrt(1.0 - cosine**2)
    # The Earth-central angle of the point that a direction meets.
    central = jnp.arcsin(ratio * sine) - jnp.arcsin(sine)
    lit = jnp.cos(central) * jnp.cos(sun) + jnp.sin(central) * jnp.cos(around) * jnp.sin(sun)
    arriving = jnp.cos(lean) * cosine + jnp.sin(lean) * sine * jnp.cos(around - turn)
    return 2.0 * width[..., 0, 0] * jnp.mean(jnp.maximum(lit, 0.0) * jnp.maximum(arriving, 0.0), axis=(-2, -1))


def _sun_facing(altitude_km: ArrayLike, beta: ArrayLike) -> tuple[jnp.ndarray, jnp.ndarray]:
    # Zenith angle of the sun at places around the orbit, away from the noon-midnight line where cells would be kinks.
    turn = (jnp.arange(_STEPS) + 0.5) * 2.0 * jnp.pi / _STEPS
    cosine = jnp.cos(jnp.asarray(beta))[..., None] * jnp.cos(turn)
    return jnp.asarray(altitude_km)[..., None], jnp.arccos(cosine)


def sun_facing_view_factor(altitude_km: ArrayLike, beta: ArrayLike) -> jnp.ndarray:
    """View factor to Earth of either face of a panel that follows the sun, mean of the orbit [-].

    mean over the orbit of `tilted_view_factor` at acos(-cos(beta) cos(u)), 48 places. Source: geometry. Holds for
    altitude > 0 km, beta [rad] between sun and orbit plane; the edge-on factor at pi/2, where both faces see the same.
    """
    height, zenith = _sun_facing(altitude_km, beta)
    return jnp.mean(tilted_view_factor(height, zenith), axis=-1)


def sun_facing_albedo_factor(altitude_km: ArrayLike, beta: ArrayLike, away: ArrayLike = 0.0) -> jnp.ndarray:
    """`albedo_factor` of a panel that follows the sun, mean of the orbit [-].

    mean over 48 places; `away` 0 for the face towards the sun and 1 for the one away from it, which has the lit Earth
    before it by day. Source: as `albedo_factor`. Holds for altitude > 0 km, beta [rad].
    """
    height, zenith = _sun_facing(altitude_km, beta)
    back = jnp.asarray(away)[..., None]
    front = albedo_factor(height, zenith, jnp.pi - zenith, 0.0)
    behind = albedo_factor(height, zenith, zenith, jnp.pi)
    return jnp.mean((1.0 - back) * front + back * behind, axis=-1)


def aged_property(initial: ArrayLike, final: ArrayLike, years: ArrayLike, constant: ArrayLike) -> jnp.ndarray:
    """Emissivity or absorptivity of a coating after years in orbit [-].

    final + (initial - final) exp(-t/tau), tau [yr]. Source: exponential approach to the end-of-life value, Gilmore
    (2002): optical solar reflectors 0.04 to 0.07, white paint Z-93 0.14 to 0.22 absorptivity. Holds for constant > 0.
    """
    change = jnp.asarray(initial) - final
    return jnp.asarray(final) + change * jnp.exp(-jnp.asarray(years) / constant)


def fin_efficiency(
    length: ArrayLike, thickness: ArrayLike, conductivity: ArrayLike, emissivity: ArrayLike, temperature: ArrayLike
) -> jnp.ndarray:
    """Heat that a fin between tubes radiates, over what it would at the temperature of its root [-].

    [1 + N (5/2 + (1/6)/(1 + 4 N))]^(-1/2), N = eps sigma T^3 L^2/(k t): exact for short and long fins, within 0.8 %
    between. `length` from tube to middle [m], thickness [m], conductivity [W/m/K], emissivity summed over the faces,
    root temperature [K]. Source: Mackay (1963) for the equation, joined here (2026). Holds without absorbed flux.
    """
    number = jnp.asarray(emissivity) * blackbody_flux(temperature) / temperature
    number = number * jnp.asarray(length) ** 2 / (jnp.asarray(conductivity) * thickness)
    return 1.0 / jnp.sqrt(1.0 + number * (FIN_THIN + FIN_THICK / (1.0 + 4.0 * number)))


def mean_radiating_temperature(inlet: ArrayLike, outlet: ArrayLike) -> jnp.ndarray:
    """Uniform temperature that radiates as much as a panel along which the coolant cools [K].

    [(a^4 + a^3 b + a^2 b^2 + a b^3 + b^4)/5]^(1/4): the mean of T^4 for T straight from a to b. Source: calculus. Holds
    for temperatures >= 0 K, not both 0.
    """
    a, b = jnp.asarray(inlet), jnp.asarray(outlet)
    return ((a**4 + a**3 * b + a**2 * b**2 + a * b**3 + b**4) / 5.0) ** 0.25


def radiator_temperature(
    junction: ArrayLike,
    chip_power: ArrayLike,
    chip_resistance: ArrayLike,
    coolant_rise: ArrayLike,
    panel_drop: ArrayLike,
) -> jnp.ndarray:
    """Mean radiating temperature of a panel that holds chips at a junction temperature [K].

    `mean_radiating_temperature` from T_j - P R - drop to `coolant_rise` below it: the coolant leaves the chips P R
    below the junction [degC; W, K/W], gives up `panel_drop` [K] to the surface and cools along the panel. Source:
    thermal resistances in series (textbook). Holds for rises and drops >= 0 K.
    """
    inlet = jnp.asarray(junction) + CELSIUS_ZERO - jnp.asarray(chip_power) * chip_resistance - panel_drop
    return mean_radiating_temperature(inlet, inlet - coolant_rise)


def junction_on_radiator(
    radiator_temperature: ArrayLike,
    chip_power: ArrayLike,
    chip_resistance: ArrayLike,
    coolant_rise: ArrayLike,
    panel_drop: ArrayLike,
) -> jnp.ndarray:
    """Junction temperature of chips on a panel with a mean coolant temperature above its surface [degC].

    T_rad + rise/2 + drop + P R - 273.15: `radiator_temperature` inverted with the arithmetic mean along the panel.
    Source: thermal resistances in series (textbook). Holds for a rise well below the temperature; 20 K at 330 K errs by
    0.2 K.
    """
    surface = jnp.asarray(radiator_temperature) + 0.5 * jnp.asarray(coolant_rise)
    return surface + panel_drop + jnp.asarray(chip_power) * chip_resistance - CELSIUS_ZERO
