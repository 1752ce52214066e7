"""The public orbital-against-ground cost model of McCalip (December 2025), reproduced with its own conventions.

Its conventions are kept on purpose: nothing is discounted, chip replacement is charged on the satellite, sunlight is
98 %, and the rounding of its view factor at 90 degrees. Where this project differs, `exact_equilibrium_temperature`
and `orbit` show by how much.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jax.typing import ArrayLike

from .thermal import EARTH_RADIUS, edge_on_view_factor, nadir_view_factor

SIGMA = 5.67e-8  # [W/m2/K4], as in the model
SPACE = 3.0  # [K]


class McCalipCase(NamedTuple):
    """Inputs of the model with its defaults at the head of its history."""

    years: ArrayLike = 5.0  # [yr]
    target_power: ArrayLike = 1e9  # [W]
    solar_absorptivity: ArrayLike = 0.92  # [-]
    front_emissivity: ArrayLike = 0.85  # [-]
    back_emissivity: ArrayLike = 0.90  # [-]
    cell_efficiency: ArrayLike = 0.22  # [-], without effect in the model
    beta: ArrayLike = 90.0  # [deg]
    altitude: ArrayLike = 550.0  # [km]
    die_temperature: ArrayLike = 85.0  # [degC]
    temperature_drop: ArrayLike = 10.0  # [K]
    launch_price: ArrayLike = 500.0  # [USD/kg]
    satellite_price: ArrayLike = 22.0  # [USD/W]
    specific_power: ArrayLike = 36.5  # [W/kg]
    satellite_power: ArrayLike = 27e3  # [W]
    sun_fraction: ArrayLike = 0.98  # [-]
    cell_degradation: ArrayLike = 0.025  # [1/yr]
    chip_failure: ArrayLike = 0.09  # [1/yr] of satellite hardware cost
    engineering_cost: ArrayLike = 1e9  # [USD]
    turbine_price: ArrayLike = 1.8  # [USD/W]
    electrical_price: ArrayLike = 5.25  # [USD/W]
    mechanical_price: ArrayLike = 3.0  # [USD/W]
    civil_price: ArrayLike = 2.5  # [USD/W]
    network_price: ArrayLike = 1.75  # [USD/W]
    usage_effectiveness: ArrayLike = 1.2  # [-]
    gas_price: ArrayLike = 4.30  # [USD/MMBtu]
    heat_rate: ArrayLike = 6200.0  # [Btu/kWh]
    capacity_factor: ArrayLike = 0.85  # [-]
    solar_constant: ArrayLike = 1361.0  # [W/m2]
    earth_ir: ArrayLike = 237.0  # [W/m2]
    albedo: ArrayLike = 0.30  # [-]


def mean_capacity(case: McCalipCase) -> jnp.ndarray:
    """Mean array output over the life relative to the first year [-].

    (1 - r^Y)/(Y (1 - r)), r = 1 - degradation: the mean of r^y over whole years. Source: McCalip (2025). Holds for
    0 < degradation < 1 and whole years.
    """
    kept = 1.0 - jnp.asarray(case.cell_degradation)
    return (1.0 - kept**case.years) / (jnp.asarray(case.years) * case.cell_degradation)


def initial_power(case: McCalipCase) -> jnp.ndarray:
    """Array power at the start of life [W].

    P/(cf f_sun). Source: McCalip (2025). Holds for sun_fraction > 0.
    """
    return jnp.asarray(case.target_power) / (mean_capacity(case) * case.sun_fraction)


def satellites(case: McCalipCase) -> jnp.ndarray:
    """Whole satellites bought [-].

    ceil(P_init/P_sat). Source: McCalip (2025). Holds for satellite_power > 0; its derivative is zero.
    """
    return jnp.ceil(initial_power(case) / case.satellite_power)


def bought_power(case: McCalipCase) -> jnp.ndarray:
    """Array power of whole satellites [W].

    N P_sat. Source: McCalip (2025). Holds as `satellites`.
    """
    return satellites(case) * case.satellite_power


def launched_mass(case: McCalipCase) -> jnp.ndarray:
    """Mass of all satellites [kg].

    N P_sat/SP. Source: McCalip (2025). Holds for specific_power > 0.
    """
    return bought_power(case) / case.specific_power


def hardware_cost(case: McCalipCase) -> jnp.ndarray:
    """Cost of the satellites [USD].

    c_sat N P_sat. Source: McCalip (2025). Holds as `satellites`.
    """
    return jnp.asarray(case.satellite_price * bought_power(case))


def launch_cost(case: McCalipCase) -> jnp.ndarray:
    """Cost of launch [USD].

    c_launch M. Source: McCalip (2025). Holds as `launched_mass`.
    """
    return jnp.asarray(case.launch_price * launched_mass(case))


def orbital_total(case: McCalipCase) -> jnp.ndarray:
    """Cost in orbit over the life [USD].

    HW + LAUNCH + 0.01 HW Y + failure HW Y + NRE. Source: McCalip (2025). Holds as `satellites`.
    """
    yearly = (0.01 + jnp.asarray(case.chip_failure)) * case.years
    return hardware_cost(case) * (1.0 + yearly) + launch_cost(case) + case.engineering_cost


def orbital_energy_cost(case: McCalipCase) -> jnp.ndarray:
    """Orbital cost per energy at full load [USD/MWh].

    TOTAL/(P Y 8760), P in MW. Source: McCalip (2025). Holds for positive power and years.
    """
    return orbital_total(case) / (jnp.asarray(case.target_power) / 1e6 * case.years * 8760.0)


def ground_energy(case: McCalipCase) -> jnp.ndarray:
    """Energy that the ground site delivers over the life [MWh].

    P Y 8760 CF. Source: McCalip (2025). Holds for capacity_factor in (0, 1].
    """
    return jnp.asarray(case.target_power) / 1e6 * case.years * 8760.0 * case.capacity_factor


def ground_total(case: McCalipCase) -> jnp.ndarray:
    """Cost on the ground over the life, gas turbines on site [USD].

    P (turbine PUE + electrical + mechanical + civil + network) + heat rate x gas/1000 x E x PUE. Source: McCalip
    (2025). Holds for positive arguments.
    """
    shell = case.electrical_price + case.mechanical_price + case.civil_price + jnp.asarray(case.network_price)
    capex = jnp.asarray(case.target_power) * (jnp.asarray(case.turbine_price) * case.usage_effectiveness + shell)
    fuel = jnp.asarray(case.heat_rate) * case.gas_price / 1000.0 * ground_energy(case) * case.usage_effectiveness
    return capex + fuel


def ground_energy_cost(case: McCalipCase) -> jnp.ndarray:
    """Ground cost per energy delivered [USD/MWh].

    TOTAL/E. Source: McCalip (2025). Holds for capacity_factor > 0.
    """
    return ground_total(case) / ground_energy(case)


def breakeven_launch_price(case: McCalipCase) -> jnp.ndarray:
    """Launch price at which satellites and launch cost what the ground does [USD/kg].

    (ground - c_sat P_init)/(P_init/SP). Source: McCalip (2025). Holds for specific_power > 0; negative where satellites
    alone cost more.
    """
    power = initial_power(case)
    return (ground_total(case) - case.satellite_price * power) / (power / case.specific_power)


def array_area(case: McCalipCase) -> jnp.ndarray:
    """Area of all arrays [m2].

    N 116 m2 (P_sat/27 kW). Source: McCalip (2025). Holds near the satellite the ratio was taken from.
    """
    return satellites(case) * 116.0 * (jnp.asarray(case.satellite_power) / 27e3)


def _orbit_view_factor(case: McCalipCase, sign: float) -> jnp.ndarray:
    step = jnp.arange(72) * (2.0 * jnp.pi / 72.0)
    tilt = jnp.cos(jnp.deg2rad(jnp.asarray(case.beta, dtype=float)))[..., None]
    cosine = sign * tilt * jnp.cos(step)
    nadir = nadir_view_factor(case.altitude, EARTH_RADIUS)[..., None]
    return jnp.mean(jnp.where(cosine > 0.0, nadir * cosine, 0.05 * nadir), axis=-1)


def _absorbed(case: McCalipCase, front: jnp.ndarray, back: jnp.ndarray) -> jnp.ndarray:
    tilt = jnp.cos(jnp.deg2rad(jnp.asarray(case.beta, dtype=float)))
    infrared = case.earth_ir * (front * case.front_emissivity + back * case.back_emissivity)
    reflected = case.solar_constant * jnp.asarray(case.albedo) * front * tilt * case.solar_absorptivity
    return jnp.asarray(case.solar_constant) * case.solar_absorptivity + infrared + reflected


def absorbed_flux(case: McCalipCase) -> jnp.ndarray:
    """Flux that the two-sided panel absorbs, mean of 72 points of the orbit [W/m2].

    S alpha + E_IR (F_A eA + F_B eB) + S a F_A cos(beta) alpha; each face sees F_nadir cos where cos > 0, else
    0.05 F_nadir. Source: McCalip (2025). Holds for 0-90 degrees; at 90 degrees rounding halves the floor, as there.
    """
    return _absorbed(case, _orbit_view_factor(case, 1.0), _orbit_view_factor(case, -1.0))


def _temperature(case: McCalipCase, flux: jnp.ndarray) -> jnp.ndarray:
    return (flux / (SIGMA * (jnp.asarray(case.front_emissivity) + case.back_emissivity)) + SPACE**4) ** 0.25


def equilibrium_temperature(case: McCalipCase) -> jnp.ndarray:
    """Temperature of the panel [K].

    [q/(sigma (eA + eB)) + 3^4]^(1/4), q `absorbed_flux`. Source: McCalip (2025). Holds as there.
    """
    return _temperature(case, absorbed_flux(case))


def exact_equilibrium_temperature(case: McCalipCase) -> jnp.ndarray:
    """Temperature of the panel with the exact edge-on view factor on both faces [K].

    As `equilibrium_temperature` with F_A = F_B = (theta - sin(2 theta)/2)/pi. Source: Lee-Odinson (2026). Holds at
    beta 90 degrees; 6.35 K above the model at 550 km.
    """
    edge = edge_on_view_factor(case.altitude, EARTH_RADIUS)
    return _temperature(case, _absorbed(case, edge, edge))


def required_area(case: McCalipCase) -> jnp.ndarray:
    """Panel area that holds the die at its temperature [m2].

    A q/(sigma (eA + eB)(T^4 - 3^4)), T = die - drop. Source: McCalip (2025). Holds for T above 3 K.
    """
    target = jnp.asarray(case.die_temperature) - case.temperature_drop + 273.15
    emitted = SIGMA * (jnp.asarray(case.front_emissivity) + case.back_emissivity) * (target**4 - SPACE**4)
    return array_area(case) * absorbed_flux(case) / emitted
