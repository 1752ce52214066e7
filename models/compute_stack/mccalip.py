"""The public orbital-against-ground cost model of McCalip (December 2025), reproduced with its own conventions.

Its conventions are kept on purpose: nothing is discounted, chip replacement is charged on the satellite, sunlight is
98 %, and the rounding of its view factor at 90 degrees. Where this project differs, `exact_equilibrium_temperature`
and `orbit` show by how much.
"""

import math
from typing import NamedTuple

import jax.numpy as jnp
from jax.typing import ArrayLike

from .decay import mean_decay
from .thermal import edge_on_view_factor, horizon_angle, nadir_view_factor

SIGMA = 5.67e-8  # [W/m2/K4] McCalip (2025), rounded there
HOURS = 8760.0  # [h/yr] McCalip (2025)
EDGE_FLOOR = 0.05  # [-] McCalip (2025): share of the nadir view factor that a face turned away keeps
# The sign of each cosine decides which face sees Earth, so all 72 are those of the C library, as in the model.
_ORBIT = tuple(math.cos(2.0 * math.pi * k / 72) for k in range(72))


class McCalipCase(NamedTuple):
    """Inputs of the model with its defaults at the head of its history, McCalip (2025)."""

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
    earth_radius: ArrayLike = 6371.0  # [km]
    space_temperature: ArrayLike = 3.0  # [K]
    operations_share: ArrayLike = 0.01  # [1/yr] of satellite hardware cost
    reference_area: ArrayLike = 116.0  # [m2] array of the reference satellite
    reference_power: ArrayLike = 27e3  # [W] of the reference satellite
    launch_payload: ArrayLike = 100e3  # [kg]
    turbine_power: ArrayLike = 430e6  # [W]
    gas_heat: ArrayLike = 1000.0  # [Btu/ft3]


def mean_capacity(case: McCalipCase) -> jnp.ndarray:
    """Mean array output over the life relative to the first year [-].

    (1/Y) sum r^y over y = 0, 1, ... below Y, r = 1 - degradation. Source: McCalip (2025). Holds for degradation in
    [0, 1), 1 at 0; a broken year counts as a year in the sum and as a part in the divisor, as there.
    """
    terms = jnp.ceil(case.years)
    force = -jnp.log1p(-jnp.asarray(case.cell_degradation))
    return terms * mean_decay(terms * force) / (jnp.asarray(case.years) * mean_decay(force))


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


def operations_cost(case: McCalipCase) -> jnp.ndarray:
    """Cost of operating the satellites over the life [USD].

    0.01 HW Y. Source: McCalip (2025). Holds as `satellites`.
    """
    return hardware_cost(case) * case.operations_share * case.years


def replacement_cost(case: McCalipCase) -> jnp.ndarray:
    """Cost of failed chips over the life [USD].

    failure HW Y: charged on the whole satellite. Source: McCalip (2025). Holds as `satellites`.
    """
    return hardware_cost(case) * case.chip_failure * case.years


def orbital_total(case: McCalipCase) -> jnp.ndarray:
    """Cost in orbit over the life [USD].

    HW + LAUNCH + OPS + REPLACEMENT + NRE. Source: McCalip (2025). Holds as `satellites`.
    """
    running = operations_cost(case) + replacement_cost(case)
    return hardware_cost(case) + launch_cost(case) + running + case.engineering_cost


def orbital_energy_cost(case: McCalipCase) -> jnp.ndarray:
    """Orbital cost per energy at full load [USD/MWh].

    TOTAL/(P Y 8760), P in MW. Source: McCalip (2025). Holds for positive power and years.
    """
    return orbital_total(case) / (jnp.asarray(case.target_power) / 1e6 * case.years * HOURS)


def ground_energy(case: McCalipCase) -> jnp.ndarray:
    """Energy that the ground site delivers over the life [MWh].

    P Y 8760 CF. Source: McCalip (2025). Holds for capacity_factor in (0, 1].
    """
    return jnp.asarray(case.target_power) / 1e6 * case.years * HOURS * case.capacity_factor


def ground_capex(case: McCalipCase) -> jnp.ndarray:
    """Cost of building the ground site, gas turbines included [USD].

    P (turbine PUE + electrical + mechanical + civil + network). Source: McCalip (2025). Holds for positive arguments.
    """
    shell = case.electrical_price + case.mechanical_price + case.civil_price + jnp.asarray(case.network_price)
    return jnp.asarray(case.target_power) * (jnp.asarray(case.turbine_price) * case.usage_effectiveness + shell)


def ground_fuel_cost(case: McCalipCase) -> jnp.ndarray:
    """Cost of gas over the life [USD].

    heat rate x gas/1000 x E x PUE. Source: McCalip (2025). Holds for positive arguments.
    """
    per_energy = jnp.asarray(case.heat_rate) * case.gas_price / 1000.0
    return per_energy * (ground_energy(case) * case.usage_effectiveness)


def ground_total(case: McCalipCase) -> jnp.ndarray:
    """Cost on the ground over the life, gas turbines on site [USD].

    capex + fuel. Source: McCalip (2025). Holds for positive arguments.
    """
    return ground_capex(case) + ground_fuel_cost(case)


def gas_consumption(case: McCalipCase) -> jnp.ndarray:
    """Gas burnt over the life [1e9 ft3].

    E PUE x heat rate/(1000 Btu/ft3). Source: McCalip (2025). Holds for positive arguments.
    """
    heat = ground_energy(case) * case.usage_effectiveness * 1000.0 * case.heat_rate
    return heat / case.gas_heat / 1e9


def turbines(case: McCalipCase) -> jnp.ndarray:
    """Whole turbines of the ground site [-].

    ceil(P PUE/430 MW). Source: McCalip (2025). Holds for turbine_power > 0; its derivative is zero.
    """
    return jnp.ceil(jnp.asarray(case.target_power) * case.usage_effectiveness / case.turbine_power)


def launches(case: McCalipCase) -> jnp.ndarray:
    """Whole launches of a heavy vehicle [-].

    ceil(M/100 t). Source: McCalip (2025). Holds for launch_payload > 0; its derivative is zero.
    """
    return jnp.ceil(launched_mass(case) / case.launch_payload)


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
    return satellites(case) * case.reference_area * (jnp.asarray(case.satellite_power) / case.reference_power)


def _tilt(case: McCalipCase) -> jnp.ndarray:
    return jnp.cos(jnp.asarray(case.beta, dtype=float) * jnp.pi / 180.0)


def _orbit_view_factor(case: McCalipCase, sign: float) -> jnp.ndarray:
    cosine = sign * _tilt(case)[..., None] * jnp.asarray(_ORBIT)
    nadir = nadir_view_factor(case.altitude, case.earth_radius)[..., None]
    return jnp.mean(jnp.where(cosine > 0.0, nadir * cosine, EDGE_FLOOR * nadir), axis=-1)


def front_view_factor(case: McCalipCase) -> jnp.ndarray:
    """View factor to Earth of the face that follows the sun, mean of 72 points of the orbit [-].

    F_nadir cos where cos = cos(beta) cos(nu) > 0, else 0.05 F_nadir. Source: McCalip (2025). Holds for 0-90 degrees;
    at 90 degrees rounding halves the floor, as there.
    """
    return _orbit_view_factor(case, 1.0)


def back_view_factor(case: McCalipCase) -> jnp.ndarray:
    """View factor to Earth of the face that looks away from the sun, mean of 72 points of the orbit [-].

    As `front_view_factor` with the other sign of cos. Source: McCalip (2025). Holds as there.
    """
    return _orbit_view_factor(case, -1.0)


def earth_angle(case: McCalipCase) -> jnp.ndarray:
    """Half-angle of the Earth's disc seen from the orbit [rad].

    asin(Re/(Re + h)). Source: geometry. Holds for altitude > 0 km.
    """
    return horizon_angle(case.altitude, case.earth_radius)


def infrared_flux(case: McCalipCase) -> jnp.ndarray:
    """Earth's infrared that both faces absorb [W/m2 of panel].

    E_IR (F_A eA + F_B eB). Source: McCalip (2025). Holds as `front_view_factor`.
    """
    return _infrared(case, front_view_factor(case), back_view_factor(case))


def albedo_flux(case: McCalipCase) -> jnp.ndarray:
    """Reflected sunlight that the front absorbs [W/m2 of panel].

    S a F_A cos(beta) alpha. Source: McCalip (2025). Holds as `front_view_factor`.
    """
    return _reflected(case, front_view_factor(case))


def _infrared(case: McCalipCase, front: jnp.ndarray, back: jnp.ndarray) -> jnp.ndarray:
    return jnp.asarray(case.earth_ir * (front * case.front_emissivity + back * case.back_emissivity))


def _reflected(case: McCalipCase, front: jnp.ndarray) -> jnp.ndarray:
    return jnp.asarray(case.solar_constant) * case.albedo * front * _tilt(case) * case.solar_absorptivity


def _absorbed(case: McCalipCase, front: jnp.ndarray, back: jnp.ndarray) -> jnp.ndarray:
    direct = jnp.asarray(case.solar_constant) * case.solar_absorptivity
    return direct + _infrared(case, front, back) + _reflected(case, front)


def absorbed_flux(case: McCalipCase) -> jnp.ndarray:
    """Flux that the two-sided panel absorbs, mean of the orbit [W/m2].

    S alpha + `infrared_flux` + `albedo_flux`. Source: McCalip (2025). Holds as `front_view_factor`.
    """
    return _absorbed(case, front_view_factor(case), back_view_factor(case))


def _emission(case: McCalipCase, temperature: ArrayLike) -> jnp.ndarray:
    emissivity = jnp.asarray(case.front_emissivity) + case.back_emissivity
    return SIGMA * emissivity * (jnp.asarray(temperature) ** 4 - jnp.asarray(case.space_temperature) ** 4)


def _temperature(case: McCalipCase, flux: jnp.ndarray) -> jnp.ndarray:
    emissivity = jnp.asarray(case.front_emissivity) + case.back_emissivity
    return (flux / (SIGMA * emissivity) + jnp.asarray(case.space_temperature) ** 4) ** 0.25


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
    edge = edge_on_view_factor(case.altitude, case.earth_radius)
    return _temperature(case, _absorbed(case, edge, edge))


def radiator_temperature(case: McCalipCase) -> jnp.ndarray:
    """Warmest panel that holds the die at its temperature [K].

    die - drop + 273.15. Source: McCalip (2025). Holds for a steady drop.
    """
    return jnp.asarray(case.die_temperature) - case.temperature_drop + 273.15


def temperature_margin(case: McCalipCase) -> jnp.ndarray:
    """How much cooler the panel is than it may be [K].

    die - drop - T. Source: McCalip (2025). Holds as `equilibrium_temperature`; negative where the panel is too small.
    """
    return radiator_temperature(case) - equilibrium_temperature(case)


def required_area(case: McCalipCase) -> jnp.ndarray:
    """Panel area that holds the die at its temperature [m2].

    A q/(sigma (eA + eB)(T^4 - 3^4)), T = die - drop. Source: McCalip (2025). Holds for T above 3 K.
    """
    return array_area(case) * absorbed_flux(case) / _emission(case, radiator_temperature(case))
