"""Published comparisons of compute in orbit and on the ground, each with the conventions of its authors.

The four boxes they draw, on one set of inputs, are in `boundaries`. The McCalip model is in `mccalip`.
"""

import jax.numpy as jnp
from jax.typing import ArrayLike

from .constants import EARTH_ALBEDO, SOLAR_CONSTANT, STEFAN_BOLTZMANN
from .economics import HOURS_PER_YEAR, capital_recovery_factor, monthly_capital_recovery
from .thermal import blackbody_flux, radiator_net_flux

HOURS_PER_MONTH = 730.0  # [h] the convention of Nishball et al. (2026), 8760/12


# Launch against electricity.


def launched_power_price(mass: ArrayLike, power: ArrayLike, life: ArrayLike, price_per_kg: ArrayLike) -> jnp.ndarray:
    """Launch price of satellite power, spread over its life [USD/kW/yr].

    m c/(P L), mass [kg], power [kW], life [yr]. Source: Aguera y Arcas et al. (2025), Table 1. Holds for positive
    power and life; building the satellite is left out.
    """
    return jnp.asarray(mass) * price_per_kg / (jnp.asarray(power) * life)


def ground_power_price(electricity_price: ArrayLike, usage_effectiveness: ArrayLike) -> jnp.ndarray:
    """Yearly spend on electricity per IT power [USD/kW/yr].

    price [USD/kWh] x 8760 x PUE. Source: Aguera y Arcas et al. (2025). Holds at full load.
    """
    return jnp.asarray(electricity_price) * HOURS_PER_YEAR * usage_effectiveness


def photovoltaic_power(
    area: ArrayLike, efficiency: ArrayLike, solar_constant: ArrayLike, packing: ArrayLike
) -> jnp.ndarray:
    """Power of a flat array facing the sun [kW].

    A eta S packing/1000, area [m2], S [W/m2]. Source: Aguera y Arcas et al. (2025). Holds at beginning of life.
    """
    return jnp.asarray(area) * efficiency * solar_constant * packing / 1000.0


# Launch and build against a facility.


def launch_build_allowance(
    ground_cost: ArrayLike, specific_mass: ArrayLike, link_cost: ArrayLike = 0.0, operations_cost: ArrayLike = 0.0
) -> jnp.ndarray:
    """Most that launch and build of one kilogram may cost [USD/kg].

    (C_terr - C_link - C_ops)/m_kW, costs [USD/kW], mass [kg/kW]. Source: Turyshev (2026), arXiv:2604.27197. Holds for
    specific_mass > 0.
    """
    return (jnp.asarray(ground_cost) - link_cost - operations_cost) / specific_mass


def sunlit_array_power(it_power: ArrayLike, overhead: ArrayLike, sunlit_fraction: ArrayLike) -> jnp.ndarray:
    """Array power that carries the mean bus load [unit of `it_power`].

    a_OH P/f_sun. Source: Turyshev (2026). Holds for sunlit_fraction in (0, 1]; a floor without losses or fading.
    """
    return jnp.asarray(overhead) * it_power / sunlit_fraction


def floor_array_area(
    it_power: ArrayLike, overhead: ArrayLike, sunlit_fraction: ArrayLike, efficiency: ArrayLike,
    solar_constant: ArrayLike = SOLAR_CONSTANT,
) -> jnp.ndarray:  # fmt: skip
    """Array area of the floor case [m2].

    1000 a_OH P/(f_sun S eta), power [kW]. Source: Turyshev (2026). Holds at beginning of life.
    """
    return 1000.0 * sunlit_array_power(it_power, overhead, sunlit_fraction) / (jnp.asarray(solar_constant) * efficiency)


def floor_radiator_area(
    it_power: ArrayLike, overhead: ArrayLike, temperature: ArrayLike, effective_emissivity: ArrayLike,
    environment_share: ArrayLike = 0.0,
) -> jnp.ndarray:  # fmt: skip
    """Radiating area of the floor case [m2].

    1000 a_OH P/(eps F sigma T^4 (1 - x)), power [kW], x the absorbed share. Source: Turyshev (2026). Holds for x < 1.
    """
    flux = jnp.asarray(effective_emissivity) * blackbody_flux(temperature) * (1.0 - jnp.asarray(environment_share))
    return 1000.0 * jnp.asarray(it_power) * overhead / flux


def floor_specific_mass(
    overhead: ArrayLike, sunlit_fraction: ArrayLike, specific_power: ArrayLike, temperature: ArrayLike,
    effective_emissivity: ArrayLike, areal_mass: ArrayLike, battery_mass: ArrayLike = 0.0,
) -> jnp.ndarray:  # fmt: skip
    """Array, battery and radiator mass per IT power of the floor case [kg/kW].

    1000 a_OH/(f_sun SP) + m_bat + rho A_rad/P. Source: Turyshev (2026). Holds for positive arguments.
    """
    array = 1000.0 * sunlit_array_power(1.0, overhead, sunlit_fraction) / specific_power
    radiator = jnp.asarray(areal_mass) * floor_radiator_area(1.0, overhead, temperature, effective_emissivity)
    return array + battery_mass + radiator


def relay_breakeven_price(
    capex: ArrayLike, recovery: ArrayLike, utilisation: ArrayLike, data_per_energy: ArrayLike
) -> jnp.ndarray:
    """Price of relayed data that uses up the whole ground facility cost [USD/GB].

    capex crf/(8760 u g), capex [USD/kW], recovery [1/yr], g [GB/kWh]. Source: Turyshev (2026). Holds for u, g > 0.
    """
    return jnp.asarray(capex) * recovery / (HOURS_PER_YEAR * jnp.asarray(utilisation) * data_per_energy)


def relay_data_ceiling(mean_rate: ArrayLike, utilisation: ArrayLike, it_power: ArrayLike) -> jnp.ndarray:
    """Most data per IT energy that a link can carry [GB/kWh].

    450 R/(U P), mean rate [Gb/s], power [kW]. Source: Turyshev (2026). Holds for positive arguments.
    """
    return 450.0 * jnp.asarray(mean_rate) / (jnp.asarray(utilisation) * it_power)


# An all-in cycle.


def array_oversize(capacity_factor: ArrayLike, degradation: ArrayLike, years: ArrayLike) -> jnp.ndarray:
    """Beginning-of-life power per continuous power at end of life [-].

    1/(cf (1 - d)^T). Source: Parrack et al., Forethought (2026). Holds for d in [0, 1), cf > 0.
    """
    return jnp.exp(-jnp.log1p(-jnp.asarray(degradation)) * years) / capacity_factor


def crossover_launch_price(ground_cost: ArrayLike, hardware_cost: ArrayLike, specific_mass: ArrayLike) -> jnp.ndarray:
    """Launch price at which power in orbit costs what it does on the ground [USD/kg].

    (C_ground - C_hardware)/m, costs [USD/kW continuous], mass [kg/kW]. Source: Parrack et al., Forethought (2026).
    Holds for specific_mass > 0.
    """
    return (jnp.asarray(ground_cost) - hardware_cost) / specific_mass


def rejection_specific_power(net_flux: ArrayLike, areal_mass: ArrayLike) -> jnp.ndarray:
    """Heat rejected per radiator mass [W/kg].

    q/rho. Source: Parrack et al., Forethought (2026). Holds for areal_mass > 0 kg/m2.
    """
    return jnp.asarray(net_flux) / areal_mass


# Money per delivered GPU-hour.


def gpu_hour_capital(capital: ArrayLike, rate: ArrayLike, life: ArrayLike, gpus: ArrayLike) -> jnp.ndarray:
    """Capital charge per GPU-hour [USD/h].

    capital x monthly annuity/(730 n). Source: Nishball et al., SemiAnalysis (2026). Holds for rate > -12, life > 0.
    """
    return jnp.asarray(capital) * monthly_capital_recovery(rate, life) / (HOURS_PER_MONTH * jnp.asarray(gpus))


def gpu_hour_total(monthly_cost: ArrayLike, gpus: ArrayLike) -> jnp.ndarray:
    """Total cost per GPU-hour installed [USD/h].

    monthly/(730 n). Source: Nishball et al., SemiAnalysis (2026). Holds for gpus > 0.
    """
    return jnp.asarray(monthly_cost) / (HOURS_PER_MONTH * jnp.asarray(gpus))


def delivered_gpu_hour_cost(total: ArrayLike, spares: ArrayLike, availability: ArrayLike) -> jnp.ndarray:
    """Levelised cost of a delivered GPU-hour [USD/h].

    total (1 + spares)/availability. Source: Nishball et al., SemiAnalysis (2026). Holds for availability in (0, 1].
    """
    return jnp.asarray(total) * (1.0 + jnp.asarray(spares)) / availability


def power_unit_cost(
    rate: ArrayLike, life: ArrayLike, launch: ArrayLike, chips: ArrayLike, platform: ArrayLike, operations: ArrayLike
) -> jnp.ndarray:
    """Yearly cost of ownership per IT power [USD/kW/yr].

    crf (launch + chips + platform) + operations, capital [USD/kW], operations [USD/kW/yr]. Source: "Orbital AI Data
    Centers" (2026). Holds for life > 0; pass the effective lifetime in orbit.
    """
    return capital_recovery_factor(rate, life) * (jnp.asarray(launch) + chips + platform) + operations


def structural_specific_mass(
    overhead: ArrayLike, specific_power: ArrayLike, specific_rejection: ArrayLike, compute_mass: ArrayLike,
    battery_mass: ArrayLike, structure_factor: ArrayLike,
) -> jnp.ndarray:  # fmt: skip
    """Satellite mass per IT power from two specific powers [kg/kW].

    (1000 PUE/SP + 1000/TH + m_comp + m_bat) k, SP and TH [W/kg]. Source: "Orbital AI Data Centers" (2026). Holds for
    positive arguments.
    """
    array = 1000.0 * jnp.asarray(overhead) / specific_power
    return (array + 1000.0 / jnp.asarray(specific_rejection) + compute_mass + battery_mass) * structure_factor


# Starcloud's table and radiator.


def starcloud_energy_cost(power: ArrayLike, years: ArrayLike, electricity_price: ArrayLike) -> jnp.ndarray:
    """Electricity of a ground data centre over its life [USD].

    P 8760 T p, power [kW], price [USD/kWh]. Source: Feilden, Oltean, Johnston, Starcloud (2024), Table 1. Holds at full
    load without discounting.
    """
    return jnp.asarray(power) * HOURS_PER_YEAR * years * electricity_price


def starcloud_ground_cost(
    power: ArrayLike, years: ArrayLike, electricity_price: ArrayLike, cooling_share: ArrayLike = 0.05,
    backup_cost: ArrayLike = 20e6,
) -> jnp.ndarray:  # fmt: skip
    """Ground cost in Starcloud's table [USD].

    energy (1 + 0.05) + 20e6: cooling share and backup power, for 40 MW. Source: Feilden, Oltean, Johnston (2024). Holds
    as there.
    """
    energy = starcloud_energy_cost(power, years, electricity_price)
    return energy * (1.0 + jnp.asarray(cooling_share)) + backup_cost


def starcloud_space_cost(
    power: ArrayLike, array_cost: ArrayLike = 2e6, launch_cost: ArrayLike = 5e6, shielding_mass: ArrayLike = 1.0,
    launch_price: ArrayLike = 30.0,
) -> jnp.ndarray:  # fmt: skip
    """Space cost in Starcloud's table [USD].

    array 2e6 + one launch 5e6 + shielding m P c, mass [kg/kW], power [kW], price 30 USD/kg. Source: Feilden, Oltean,
    Johnston (2024). Holds as there: satellites, radiators, chips and replacement are left out.
    """
    return jnp.asarray(array_cost) + launch_cost + jnp.asarray(shielding_mass) * power * launch_price


def grey_radiator_net_flux(
    temperature: ArrayLike, emissivity: ArrayLike, absorptivity: ArrayLike, infrared_absorptivity: ArrayLike,
    albedo_factor: ArrayLike, earth_factor: ArrayLike, earth_temperature: ArrayLike, solar_constant: ArrayLike = 1366.0,
    albedo: ArrayLike = EARTH_ALBEDO,
) -> jnp.ndarray:  # fmt: skip
    """Net flux of a two-sided radiator with a free choice of infrared absorptivity [W/m2 of panel].

    2 eps sigma T^4 - alpha S - alpha F a S - alpha_IR F_E sigma Te^4, S = 1366, one face full to the sun. Source:
    Feilden et al. (2024) with alpha_IR = alpha (633); alpha_IR = eps is right by Kirchhoff (531), as Parrack et al.
    (2026). Holds for emissivity > 0.
    """
    earth_ir = STEFAN_BOLTZMANN * jnp.asarray(earth_temperature) ** 4
    seen = jnp.asarray(earth_factor) * infrared_absorptivity / emissivity
    return radiator_net_flux(
        temperature, emissivity, absorptivity, 2.0, 1.0, albedo_factor, seen, solar_constant, albedo, earth_ir
    )
