"""Dawn-dusk orbits, satellite mass and useful compute per kilogram."""

from typing import NamedTuple

import jax.numpy as jnp
from jax.typing import ArrayLike

from .constants import EQUATORIAL_RADIUS, GRAVITY, OBLATENESS, OBLIQUITY, SOLAR_CONSTANT, TROPICAL_YEAR
from .decay import kept_share
from .radiation import mean_survival
from .thermal import edge_on_view_factor, radiator_net_flux

BATTERY_EFFICIENCY = 0.92  # [-] round trip of lithium-ion cells, Wertz (2011)
SUN_INCIDENCE = 0.02  # [-] mean cosine on an edge-on radiator, about 1 degree of pointing error, estimate (2026)
TERMINATOR_ALBEDO = 0.05  # [-] of the full albedo below dawn-dusk, estimate; `radiator.albedo_factor` gives 0.03-0.05

_TABLE_START, _TABLE_STEP = 300.0, 50.0  # [km] integrated here (2026)
# [-] Mean eclipse fraction at 300, 350 ... 1500 km and its slope per 50 km: integral over the year of the cylindrical
# shadow with true and mean sun, mean of the 06:00 and the 18:00 node, integrated here (2026).
_ECLIPSE = (
    0.085959, 0.076724, 0.068642, 0.061480, 0.055073, 0.049297, 0.044060, 0.039289, 0.034924, 0.030920, 0.027237,
    0.023841, 0.020706, 0.017809, 0.015128, 0.012646, 0.010349, 0.008222, 0.006253, 0.004433, 0.002751, 0.001199,
    0.0, 0.0, 0.0,
)  # fmt: skip
# [-] the same, per step of the table, integrated here (2026)
_SLOPE = (
    -0.009913, -0.008612, -0.007590, -0.006761, -0.006074, -0.005493, -0.004993, -0.004559, -0.004177, -0.003838,
    -0.003535, -0.003261, -0.003013, -0.002786, -0.002578, -0.002387, -0.002210, -0.002046, -0.001893, -0.001750,
    -0.001616, -0.001489, 0.0, 0.0, 0.0,
)  # fmt: skip


class SatelliteDesign(NamedTuple):
    """One class of satellites; every field is a float or an array that broadcasts."""

    altitude: ArrayLike  # [km], dawn-dusk sun-synchronous
    it_power: ArrayLike  # [kW] IT power, mean of the year
    overhead: ArrayLike  # [-] bus power over IT power
    array_specific_power: ArrayLike  # [W/kg] at beginning of life
    array_degradation: ArrayLike  # [1/yr] share of array power lost each year
    life: ArrayLike  # [yr]
    battery_specific_energy: ArrayLike  # [Wh/kg]
    depth_of_discharge: ArrayLike  # [-] usable share of the battery
    ride_through: ArrayLike  # [-] share of bus power carried through eclipse
    radiator_temperature: ArrayLike  # [K]
    radiator_emissivity: ArrayLike  # [-] at end of life
    radiator_absorptivity: ArrayLike  # [-] solar, at end of life
    radiator_areal_mass: ArrayLike  # [kg/m2] of panel
    radiator_sides: ArrayLike  # [-] faces that radiate, 1 or 2
    transport_mass: ArrayLike  # [kg/kW IT] heat transport
    compute_mass: ArrayLike  # [kg/kW IT]
    shield_mass: ArrayLike  # [kg/kW IT]
    structure_factor: ArrayLike  # [-] structure and integration, at least 1
    fixed_mass: ArrayLike  # [kg] bus items that do not grow with power


def conservative_design() -> SatelliteDesign:
    """Design near 40 kg/kW IT, about Turyshev's (2026) base case; units as in the fields."""
    return SatelliteDesign(
        altitude=600.0, it_power=100.0, overhead=1.20, array_specific_power=110.0, array_degradation=0.025, life=5.0,
        battery_specific_energy=200.0, depth_of_discharge=0.6, ride_through=0.2, radiator_temperature=330.0,
        radiator_emissivity=0.85, radiator_absorptivity=0.15, radiator_areal_mass=5.0, radiator_sides=2.0,
        transport_mass=2.0, compute_mass=7.5, shield_mass=1.0, structure_factor=1.25, fixed_mass=150.0,
    )  # fmt: skip


def central_design() -> SatelliteDesign:
    """Design near 27 kg/kW IT, estimate of this project (2026); units as in the fields."""
    return SatelliteDesign(
        altitude=600.0, it_power=120.0, overhead=1.10, array_specific_power=150.0, array_degradation=0.02, life=5.0,
        battery_specific_energy=220.0, depth_of_discharge=0.7, ride_through=0.1, radiator_temperature=335.0,
        radiator_emissivity=0.88, radiator_absorptivity=0.12, radiator_areal_mass=4.0, radiator_sides=2.0,
        transport_mass=1.5, compute_mass=6.0, shield_mass=0.5, structure_factor=1.20, fixed_mass=120.0,
    )  # fmt: skip


def optimistic_design() -> SatelliteDesign:
    """Design near 10 kg/kW IT, about 100 kW/t as filed for large constellations (2026); units as in the fields."""
    return SatelliteDesign(
        altitude=650.0, it_power=150.0, overhead=1.04, array_specific_power=300.0, array_degradation=0.01, life=5.0,
        battery_specific_energy=265.0, depth_of_discharge=0.8, ride_through=0.0, radiator_temperature=345.0,
        radiator_emissivity=0.91, radiator_absorptivity=0.09, radiator_areal_mass=2.0, radiator_sides=2.0,
        transport_mass=0.4, compute_mass=3.0, shield_mass=0.1, structure_factor=1.10, fixed_mass=30.0,
    )  # fmt: skip


def period(altitude_km: ArrayLike) -> jnp.ndarray:
    """Period of a circular orbit [min].

    2 pi sqrt(a^3/mu)/60, a from the equatorial radius. Source: Kepler (1619). Holds for altitude > 0 km.
    """
    axis = EQUATORIAL_RADIUS + jnp.asarray(altitude_km)
    return 2.0 * jnp.pi * jnp.sqrt(axis**3 / GRAVITY) / 60.0


def sun_synchronous_inclination(altitude_km: ArrayLike) -> jnp.ndarray:
    """Inclination at which the plane turns once a year [rad].

    cos i = -w_sun / (1.5 n J2 (Re/a)^2). Source: Vallado (2013). Holds for circular orbits to 5900 km.
    """
    axis = EQUATORIAL_RADIUS + jnp.asarray(altitude_km)
    mean_motion = jnp.sqrt(GRAVITY / axis**3)
    year_rate = 2.0 * jnp.pi / TROPICAL_YEAR / 86400.0
    return jnp.arccos(-year_rate / (1.5 * mean_motion * OBLATENESS * (EQUATORIAL_RADIUS / axis) ** 2))


def eclipse_fraction(altitude_km: ArrayLike, beta: ArrayLike) -> jnp.ndarray:
    """Share of one orbit in the Earth's cylindrical shadow [-].

    arccos(sqrt(h^2 + 2 Re h)/((Re + h) cos beta))/pi, 0 where the shadow is missed. Source: Vallado (2013). Holds for
    circular orbits, beta [rad] the angle between sun and orbit plane; penumbra is left out.
    """
    height = jnp.asarray(altitude_km)
    reach = jnp.sqrt(height**2 + 2.0 * EQUATORIAL_RADIUS * height) / (EQUATORIAL_RADIUS + height)
    shadowed = jnp.cos(beta) > reach * (1.0 + 1e-12)
    ratio = reach / jnp.where(shadowed, jnp.cos(beta), 2.0)
    return jnp.where(shadowed, jnp.arccos(jnp.where(shadowed, ratio, 0.5)) / jnp.pi, 0.0)


def lowest_beta(altitude_km: ArrayLike) -> jnp.ndarray:
    """Smallest angle of the year between the sun and a dawn-dusk orbit plane [rad].

    asin(sin(i - obliquity)): at the solstice where tilt and declination add, with true sun = mean sun. Source:
    geometry. Holds for dawn-dusk orbits; the equation of time moves it by less than 0.1 degree.
    """
    tilt = sun_synchronous_inclination(altitude_km) - jnp.pi / 2.0
    return jnp.pi / 2.0 - tilt - jnp.deg2rad(OBLIQUITY)


def longest_eclipse(altitude_km: ArrayLike) -> jnp.ndarray:
    """Longest eclipse of the year in a dawn-dusk orbit [min].

    `period` x `eclipse_fraction` at `lowest_beta`. Source: geometry (cylindrical shadow). Holds for 300-1500 km; 0
    above about 1390 km; the slope is infinite where the eclipse vanishes.
    """
    return period(altitude_km) * eclipse_fraction(altitude_km, lowest_beta(altitude_km))


def dawn_dusk_eclipse_fraction(altitude_km: ArrayLike) -> jnp.ndarray:
    """Share of the year that a dawn-dusk orbit spends in eclipse [-].

    Cubic Hermite interpolation of the exact integral over the year of `eclipse_fraction` (true against mean sun, mean
    of both nodes). Source: integrated here (2026). Holds for 300-1500 km, constant outside; 4.9 % at 550 km.
    """
    values, slopes = jnp.asarray(_ECLIPSE), jnp.asarray(_SLOPE)
    place = jnp.clip((jnp.asarray(altitude_km) - _TABLE_START) / _TABLE_STEP, 0.0, len(_ECLIPSE) - 1.0)
    cell = jnp.clip(jnp.floor(place).astype(int), 0, len(_ECLIPSE) - 2)
    s = place - cell
    left = values[cell] * (1.0 + 2.0 * s) * (1.0 - s) ** 2 + slopes[cell] * s * (1.0 - s) ** 2
    right = values[cell + 1] * s**2 * (3.0 - 2.0 * s) + slopes[cell + 1] * s**2 * (s - 1.0)
    return left + right


def sunlit_fraction(design: SatelliteDesign) -> jnp.ndarray:
    """Share of the year that the satellite is in sunlight [-].

    1 - `dawn_dusk_eclipse_fraction`. Source: as there. Holds for 300-1500 km.
    """
    return 1.0 - dawn_dusk_eclipse_fraction(design.altitude)


def eclipse_oversize(design: SatelliteDesign) -> jnp.ndarray:
    """Extra array power that recharges the battery, beyond 1/f_sun [-].

    e = r [f_sun (1 + x/(eta (1 - x))) - 1], x the longest eclipse over the period, eta 0.92: 0 without ride-through,
    and with full ride-through the load and the recharge of the worst orbit. Source: energy balance of one orbit
    (Wertz 2011). Holds for ride_through in [0, 1].
    """
    worst = longest_eclipse(design.altitude) / period(design.altitude)
    balance = 1.0 + worst / (BATTERY_EFFICIENCY * (1.0 - worst))
    return jnp.asarray(design.ride_through) * (sunlit_fraction(design) * balance - 1.0)


def array_power(design: SatelliteDesign) -> jnp.ndarray:
    """Array power at beginning of life [kW].

    P a_OH (1 + e)/((1 - d)^T f_sun). Source: Turyshev (2026) with `eclipse_oversize`. Holds for d in [0, 1]; infinite
    where all power is lost each year.
    """
    fading = kept_share(design.array_degradation, design.life)
    bus = jnp.asarray(design.it_power) * design.overhead
    return bus * (1.0 + eclipse_oversize(design)) / (fading * sunlit_fraction(design))


def array_mass(design: SatelliteDesign) -> jnp.ndarray:
    """Mass of the solar array [kg].

    1000 `array_power` / specific power. Source: Turyshev (2026). Holds for specific power > 0 W/kg.
    """
    return 1000.0 * array_power(design) / design.array_specific_power


def array_area(
    design: SatelliteDesign, efficiency: ArrayLike, packing: ArrayLike, solar_constant: ArrayLike = SOLAR_CONSTANT
):
    """Area of the solar array [m2].

    1000 `array_power` / (S eta packing). Source: Aguera y Arcas et al. (2025). Holds for positive arguments.
    """
    return 1000.0 * array_power(design) / (jnp.asarray(solar_constant) * efficiency * packing)


def battery_mass(design: SatelliteDesign) -> jnp.ndarray:
    """Mass of the battery [kg].

    1000 r P a_OH t_ecl/60 / (specific energy x depth of discharge), t_ecl the longest eclipse [min]. Source: Wertz
    (2011). Holds for depth_of_discharge in (0, 1]; infinite where nothing may be drawn, and 0 where nothing has to be.
    """
    energy = 1000.0 * jnp.asarray(design.ride_through) * design.it_power * design.overhead
    hours = longest_eclipse(design.altitude) / 60.0
    usable = jnp.asarray(design.battery_specific_energy) * design.depth_of_discharge
    needed = energy * hours
    none = usable <= 0.0
    return jnp.where(none, jnp.where(needed > 0.0, jnp.inf, 0.0), needed / jnp.where(none, 1.0, usable))


def radiator_flux(design: SatelliteDesign) -> jnp.ndarray:
    """Net heat rejection at end of life [W/m2 of panel].

    `thermal.radiator_net_flux` of a panel edge-on to the sun (mean cosine 0.02) and to Earth, each face with the exact
    edge-on view factor; albedo 5 % of full below the terminator. Source: as there. Holds where the result is positive.
    """
    earth = jnp.asarray(design.radiator_sides) * edge_on_view_factor(design.altitude)
    return radiator_net_flux(
        design.radiator_temperature,
        design.radiator_emissivity,
        design.radiator_absorptivity,
        design.radiator_sides,
        SUN_INCIDENCE,
        TERMINATOR_ALBEDO * earth,
        earth,
    )


def radiator_area(design: SatelliteDesign) -> jnp.ndarray:
    """Panel area of the radiator [m2].

    1000 P a_OH / `radiator_flux`: all bus power becomes heat. Source: Turyshev (2026). Holds for positive flux.
    """
    return 1000.0 * jnp.asarray(design.it_power) * design.overhead / radiator_flux(design)


def radiator_mass(design: SatelliteDesign) -> jnp.ndarray:
    """Mass of the radiator [kg].

    areal mass x `radiator_area`. Source: Turyshev (2026). Holds for positive flux.
    """
    return jnp.asarray(design.radiator_areal_mass) * radiator_area(design)


def mass_breakdown(design: SatelliteDesign) -> dict[str, jnp.ndarray]:
    """Mass of each part of the satellite [kg], in order; the values add up to `satellite_mass`.

    Parts as in 1/w0 of this project's metric; structure is (k - 1) times the parts that grow with power. Source:
    Turyshev (2026), research-viewer (2026). Holds where each part does.
    """
    power = jnp.asarray(design.it_power)
    parts = {
        "array": array_mass(design),
        "battery": battery_mass(design),
        "radiator": radiator_mass(design),
        "transport": power * design.transport_mass,
        "compute": power * design.compute_mass,
        "shield": power * design.shield_mass,
    }
    parts["structure"] = (jnp.asarray(design.structure_factor) - 1.0) * sum(parts.values())
    parts["fixed"] = jnp.asarray(design.fixed_mass, dtype=float)
    return parts


def satellite_mass(design: SatelliteDesign) -> jnp.ndarray:
    """Mass of the satellite [kg].

    k (array + battery + radiator + transport + compute + shield) + fixed. Source: as `mass_breakdown`.
    Holds where each part does.
    """
    return jnp.asarray(sum(mass_breakdown(design).values()))


def specific_mass(design: SatelliteDesign) -> jnp.ndarray:
    """Satellite mass per IT power, 1/w0 [kg/kW].

    `satellite_mass` / P_IT. Source: as `mass_breakdown`. Holds for it_power > 0 kW; about 10 to 60 today.
    """
    return satellite_mass(design) / design.it_power


def useful_watts_waterfall(
    design: SatelliteDesign,
    loss_rate: ArrayLike,
    network_utilisation: ArrayLike,
    demand_utilisation: ArrayLike,
    radiation_availability: ArrayLike,
) -> dict[str, jnp.ndarray]:
    """Watts of compute per kilogram after each loss [W/kg], in order from gross to useful.

    gross: array specific power · solar: after overhead, eclipse, fading and battery · thermal: after radiator,
    transport, compute, structure and fixed mass · radiation: after shield mass and A_rad · replacement: x G(T) ·
    network: x U_net · useful: x U_demand. w_useful = w0 A_rad G(T) U_net U_demand. Source: metric of this project
    (2026). Holds for shares in [0, 1], loss_rate >= 0 [1/yr].
    """
    parts = mass_breakdown(design)
    watts = 1000.0 * jnp.asarray(design.it_power)
    unshielded = satellite_mass(design) - design.structure_factor * parts["shield"]
    radiation = watts / satellite_mass(design) * radiation_availability
    replacement = radiation * mean_survival(loss_rate, design.life)
    network = replacement * network_utilisation
    return {
        "gross": jnp.asarray(design.array_specific_power, dtype=float),
        "solar": watts / (parts["array"] + parts["battery"]),
        "thermal": watts / unshielded,
        "radiation": radiation,
        "replacement": replacement,
        "network": network,
        "useful": network * demand_utilisation,
    }
