"""Small published quantities that no other module has: the step from an author's inputs to the printed figure."""

import jax.numpy as jnp
from jax.typing import ArrayLike

from .comparison import floor_radiator_area, sunlit_array_power
from .economics import capital_recovery_factor
from .thermal import blackbody_flux

HOURS = 8760.0  # [h/yr] year of 365 days, as Nishball et al. (2026) and Feilden et al. (2024) count


def environment_inflation(environment_share: ArrayLike) -> jnp.ndarray:
    """Radiator area with heat from the surroundings over the area without [-].

    1/(1 - x). Source: Turyshev (2026), arXiv:2604.27197. Holds for x in [0, 1).
    """
    return 1.0 / (1.0 - jnp.asarray(environment_share))


def orbital_specific_mass(
    overhead: ArrayLike, sunlit_fraction: ArrayLike, derating: ArrayLike, specific_power: ArrayLike,
    temperature: ArrayLike, effective_emissivity: ArrayLike, environment_share: ArrayLike, areal_mass: ArrayLike,
    battery_mass: ArrayLike, fixed_mass: ArrayLike,
) -> jnp.ndarray:  # fmt: skip
    """Array, battery, radiator and fixed mass per IT power [kg/kW].

    1000 a_OH/(f_sun D SP) + m_bat + rho A_rad/P + m_fixed, D the array's derating to end of life, A_rad with the
    absorbed share of the surroundings. Source: Turyshev (2026), arXiv:2604.27197. Holds for positive arguments.
    """
    array = 1000.0 * sunlit_array_power(1.0, overhead, sunlit_fraction) / (jnp.asarray(derating) * specific_power)
    area = floor_radiator_area(1.0, overhead, temperature, effective_emissivity, environment_share)
    return array + battery_mass + jnp.asarray(areal_mass) * area + fixed_mass


def starcloud_energy_price(
    array_cost: ArrayLike, launch_cost: ArrayLike, power: ArrayLike, years: ArrayLike, load: ArrayLike
) -> jnp.ndarray:
    """Price of energy from an array in orbit, launch included [USD/kWh].

    (array + launch)/(P 8760 T load), costs [USD], power [kW]. Source: Feilden, Oltean, Johnston, Starcloud (2024).
    Holds without discounting; satellites and radiators are left out, as there.
    """
    energy = jnp.asarray(power) * HOURS * years * load
    return (jnp.asarray(array_cost) + launch_cost) / energy


def yearly_electricity_cost(
    it_power: ArrayLike, usage_effectiveness: ArrayLike, utilisation: ArrayLike, price: ArrayLike
) -> jnp.ndarray:
    """Electricity of a year [USD/yr].

    P PUE u 8760 p, power [kW], price [USD/kWh]. Source: Nishball et al., SemiAnalysis (2026). Holds for u in [0, 1].
    """
    return jnp.asarray(it_power) * usage_effectiveness * utilisation * HOURS * price


def pflop_hour_cost(gpu_hour: ArrayLike, peak: ArrayLike) -> jnp.ndarray:
    """Cost of a PFLOP-hour at peak [USD].

    GPU-hour/peak, peak [PFLOP/s]. Source: Nishball et al., SemiAnalysis (2026). Holds for peak > 0.
    """
    return jnp.asarray(gpu_hour) / peak


def token_cost(gpu_hour: ArrayLike, tokens_per_second: ArrayLike) -> jnp.ndarray:
    """Cost of a thousand million tokens [USD].

    GPU-hour/(3600 s x rate) x 1e9. Source: Nishball et al., SemiAnalysis (2026). Holds for a rate > 0 [1/s].
    """
    return jnp.asarray(gpu_hour) / (3600.0 * jnp.asarray(tokens_per_second)) * 1e9


def token_traffic(gpus: ArrayLike, tokens_per_second: ArrayLike, bytes_per_token: ArrayLike) -> jnp.ndarray:
    """Data that a cluster's answers send down [TB/d].

    n x rate x bytes x 86400/1e12. Source: Nishball et al., SemiAnalysis (2026). Holds for positive arguments.
    """
    return jnp.asarray(gpus) * tokens_per_second * bytes_per_token * 86400.0 / 1e12


def daily_volume(rate: ArrayLike) -> jnp.ndarray:
    """Data that a link moves in a day at full rate [TB/d].

    rate [Gb/s] x 86400/8000. Source: arithmetic. Holds for rate >= 0.
    """
    return jnp.asarray(rate) * 86400.0 / 8000.0


def capacity_loss(loss: ArrayLike, years: ArrayLike) -> jnp.ndarray:
    """Share lost after whole years of a yearly loss [-].

    1 - (1 - l)^T. Source: Parrack et al., Forethought (2026). Holds for l in [0, 1).
    """
    return -jnp.expm1(jnp.log1p(-jnp.asarray(loss)) * years)


def total_at_launch_price(price: ArrayLike, prices: ArrayLike, totals: ArrayLike) -> jnp.ndarray:
    """Total of a cycle at a launch price, between published totals [unit of `totals`].

    Linear between the points, the end pieces go on; `prices` rise along the last axis. Source: totals of Parrack et
    al., Forethought (2026), interpolated here. Holds for two points or more.
    """
    at, known, value = jnp.asarray(price), jnp.asarray(prices), jnp.asarray(totals)
    piece = jnp.clip(jnp.searchsorted(known, at) - 1, 0, known.shape[-1] - 2)
    slope = (value[piece + 1] - value[piece]) / (known[piece + 1] - known[piece])
    return value[piece] + slope * (at - known[piece])


def crossover_of_totals(ground: ArrayLike, prices: ArrayLike, totals: ArrayLike) -> jnp.ndarray:
    """Launch price at which a cycle in orbit costs what it does on the ground, between published totals [USD/kg].

    `total_at_launch_price` inverted. Source: totals of Parrack et al., Forethought (2026), interpolated here. Holds
    where totals rise with the price.
    """
    return total_at_launch_price(ground, totals, prices)


def sink_flux(
    temperature: ArrayLike, sink_temperature: ArrayLike, emissivity: ArrayLike, sides: ArrayLike
) -> jnp.ndarray:
    """Flux of a panel towards a grey sink [W/m2 of panel].

    N eps sigma (T^4 - T_sink^4). Source: Nishball et al., SemiAnalysis (2026). Holds for temperatures >= 0 K.
    """
    return jnp.asarray(sides) * emissivity * (blackbody_flux(temperature) - blackbody_flux(sink_temperature))


def panel_area(heat: ArrayLike, flux: ArrayLike) -> jnp.ndarray:
    """Panel area that rejects a heat [m2].

    Q/q, heat [kW], flux [W/m2]. Source: definition. Holds for flux > 0.
    """
    return 1000.0 * jnp.asarray(heat) / flux


def areal_power(power: ArrayLike, area: ArrayLike) -> jnp.ndarray:
    """Power per area [W/m2].

    P/A, power [kW], area [m2]. Source: definition. Holds for area > 0.
    """
    return 1000.0 * jnp.asarray(power) / area


def areal_specific_power(flux: ArrayLike, areal_mass: ArrayLike) -> jnp.ndarray:
    """Power per mass of a sheet that carries array, chips and radiator [kW/t].

    flux [W/m2]/areal mass [kg/m2]. Source: ISCR as recorded by this project (2026). Holds for areal_mass > 0.
    """
    return jnp.asarray(flux) / areal_mass


def packed_satellites(radius: ArrayLike, spacing: ArrayLike, packing: ArrayLike) -> jnp.ndarray:
    """Satellites of a planar cluster [-].

    k (R/d)^2, 3.63 for a hexagonal disc. Source: MIT packing study as recorded by this project (2026). Holds for many
    satellites; fractional.
    """
    return jnp.asarray(packing) * (jnp.asarray(radius) / spacing) ** 2


def delivered_share(
    software: ArrayLike, power: ArrayLike, thermal: ArrayLike, network: ArrayLike, availability: ArrayLike,
    utilisation: ArrayLike,
) -> jnp.ndarray:  # fmt: skip
    """Share of peak compute that reaches users [-].

    f_sw f_power f_thermal f_network f_avail f_util. Source: spacedc-mdao (2026). Holds for shares in [0, 1].
    """
    return jnp.asarray(software) * power * thermal * network * availability * utilisation


def delivered_day_cost(
    capex: ArrayLike, yearly_cost: ArrayLike, rate: ArrayLike, years: ArrayLike, peak: ArrayLike, share: ArrayLike
) -> jnp.ndarray:
    """Levelised cost of a delivered PFLOP-day [USD].

    [capex crf(r, T) + yearly cost]/(365 peak share), peak [PFLOP/s]: present value of cost over that of output, both
    paid at the ends of years. Source: spacedc-mdao (2026). Holds for equal years.
    """
    yearly = jnp.asarray(capex) * capital_recovery_factor(rate, years) + yearly_cost
    return yearly / (365.0 * jnp.asarray(peak) * share)


def straight_line_gpu_hour(
    capex: ArrayLike, yearly_cost: ArrayLike, years: ArrayLike, gpus: ArrayLike, utilisation: ArrayLike
) -> jnp.ndarray:
    """Cost of a used GPU-hour without interest [USD].

    (capex/T + yearly cost)/(8760 n u). Source: orbital-compute (2026). Holds for positive arguments.
    """
    return (jnp.asarray(capex) / years + yearly_cost) / (HOURS * jnp.asarray(gpus) * utilisation)
