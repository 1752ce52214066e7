"""Heat on the ground (PUE, WUE) and in orbit (radiators)."""

import jax
import jax.numpy as jnp
from jax.scipy.special import ndtr
from jax.typing import ArrayLike

from .constants import (
    CELSIUS_ZERO,
    EARTH_ALBEDO,
    EARTH_IR,
    EARTH_RADIUS,
    HOURS_PER_YEAR,
    SOLAR_CONSTANT,
    STEFAN_BOLTZMANN,
)

DRY_APPROACH = 10.0  # [K] supply minus outdoor dry bulb that a dry cooler needs, estimate of this project (2026)
WET_APPROACH = 7.0  # [K] supply minus outdoor wet bulb that a cooling tower needs, estimate of this project (2026)
PUMP_OVERHEAD = 0.02  # [kW/kW IT] pumps and distribution units of a liquid loop, estimate of this project (2026)
REJECTION_OVERHEAD = 0.015  # [kW/kW IT] fans of the heat rejection, estimate of this project (2026)
LATENT_LITRES = 1.47  # [L/kWh] water evaporated per kWh of heat, 3.6 MJ / 2.45 MJ/kg, CRC Handbook (2016)
MEDIAN_BELOW_DESIGN = 13.0  # [K] yearly median under the 0.4 % design value where seasons matter, fitted here (2026)
SPREAD = 2.4  # [K] logistic spread of outdoor temperature near its design value, fitted here (2026)
LEAST_LIFT = 5.0  # [K] smallest lift at which a compressor still gains, estimate of this project (2026)


def free_cooling_limit(supply_temperature: ArrayLike, approach: ArrayLike) -> jnp.ndarray:
    """Warmest outdoor temperature at which no chiller runs [degC].

    T_supply - approach; approach about 10 K for a dry cooler (dry bulb), 7 K for a tower (wet bulb).
    Source: density table of this project, free_cooling_limit rows (2026, engineering estimate). Holds for 5-60 degC.
    """
    return jnp.asarray(supply_temperature) - approach


def trim_chiller_share(design_temperature: ArrayLike, limit: ArrayLike) -> jnp.ndarray:
    """Share of the year's heat that trim chillers take [-].

    logistic((T_design - limit - 13)/2.4): 0.4 % where the limit equals the 0.4 % design temperature, one half
    13 K below it. Source: fitted here (2026) to the 0.4 % definition (ASHRAE 2021) and to about 20 % of hours above
    35 degC in Abu Dhabi. Holds within a few points for continental and desert climates; too low for the constant wet
    bulb of the equator.
    """
    excess = jnp.asarray(design_temperature) - limit
    return jax.nn.sigmoid((excess - MEDIAN_BELOW_DESIGN) / SPREAD)


def warm_share(mean_temperature: ArrayLike, deviation: ArrayLike, limit: ArrayLike) -> jnp.ndarray:
    """Share of the year in which it is warmer than a limit, from mean and spread of a climate [-].

    Phi((mean - limit)/deviation), temperatures [degC], deviation [K] of hourly values. Source: normal distribution
    (textbook). Holds for deviation > 0; the tropics too, where `trim_chiller_share` is too low.
    """
    return ndtr((jnp.asarray(mean_temperature, dtype=float) - limit) / deviation)


def trim_share_of_hours(outdoor: ArrayLike, limit: ArrayLike, loop_rise: ArrayLike) -> jnp.ndarray:
    """Share of the year's heat that trim chillers take, from hourly temperatures on the last axis [-].

    mean of clip((T - limit)/rise, 0, 1): above the limit outdoor air still precools the return, `loop_rise` [K] warmer
    than the supply, until nothing is left to gain. Source: partial economiser, ASHRAE (2021). Holds for loop_rise > 0
    and hours of a typical year [degC].
    """
    above = (jnp.asarray(outdoor) - jnp.asarray(limit)[..., None]) / jnp.asarray(loop_rise)[..., None]
    return jnp.mean(jnp.clip(above, 0.0, 1.0), axis=-1)


def free_cooling_hours(trim_share: ArrayLike) -> jnp.ndarray:
    """Hours of the year without a chiller [h/yr].

    8766 (1 - s), s from `warm_share`, `trim_chiller_share` or `trim_share_of_hours`. Source: definition. Holds for s in
    [0, 1].
    """
    return HOURS_PER_YEAR * (1.0 - jnp.asarray(trim_share))


def chiller_cop(
    supply_temperature: ArrayLike,
    outdoor_temperature: ArrayLike,
    second_law_efficiency: ArrayLike = 0.5,
    evaporator_approach: ArrayLike = 3.0,
    condenser_approach: ArrayLike = 10.0,
) -> jnp.ndarray:
    """Heat moved per work of a chiller [kW/kW].

    eta T_e/(T_c - T_e), T_e = supply - 3 K and T_c = outdoor + 10 K in kelvin, eta 0.5 of Carnot, lift at least 5 K.
    Temperatures [degC]. Source: Carnot (1824); second-law efficiency and approaches are estimates (2026). Holds for
    supply 5-50 degC; outdoor is the dry bulb for air-cooled and the wet bulb for water-cooled condensers.
    """
    cold = jnp.asarray(supply_temperature) - evaporator_approach + CELSIUS_ZERO
    hot = jnp.asarray(outdoor_temperature) + condenser_approach + CELSIUS_ZERO
    return jnp.asarray(second_law_efficiency) * cold / jnp.maximum(hot - cold, LEAST_LIFT)


def electrical_overhead(ups_efficiency: ArrayLike, distribution_efficiency: ArrayLike) -> jnp.ndarray:
    """Power lost between the meter and the rack per IT power [kW/kW IT].

    1/(eta_ups eta_dist) - 1. Source: definition; 0.94-0.99 each (Lei, Masanet 2020). Holds for efficiencies in (0, 1].
    """
    return 1.0 / (jnp.asarray(ups_efficiency) * distribution_efficiency) - 1.0


def trimmed_usage_effectiveness(
    dry_share: ArrayLike,
    wet_share: ArrayLike,
    liquid_fraction: ArrayLike,
    electrical_overhead: ArrayLike,
    fan_overhead: ArrayLike,
    chiller_cop: ArrayLike,
) -> jnp.ndarray:
    """Facility power over IT power from the shares of heat that chillers take, mean of the year [-].

    1 + e_el + (1 - phi) e_fan + 0.02 phi + 0.015 + [phi s_dry + (1 - phi) s_wet]/COP, phi the liquid share behind dry
    coolers, the rest air behind evaporative rejection. Source: as `power_usage_effectiveness`. Holds for shares in
    [0, 1], COP > 0; any climate whose shares are known.
    """
    liquid = jnp.asarray(liquid_fraction)
    trim = (liquid * dry_share + (1.0 - liquid) * wet_share) / chiller_cop
    steady = 1.0 + jnp.asarray(electrical_overhead) + (1.0 - liquid) * fan_overhead
    return steady + liquid * PUMP_OVERHEAD + REJECTION_OVERHEAD + trim


def power_usage_effectiveness(
    supply_temperature: ArrayLike,
    wet_bulb: ArrayLike,
    dry_bulb: ArrayLike,
    liquid_fraction: ArrayLike,
    electrical_overhead: ArrayLike,
    fan_overhead: ArrayLike,
    chiller_cop: ArrayLike,
) -> jnp.ndarray:
    """Facility power over IT power, mean of the year [-].

    1 + e_el + (1 - phi) e_fan + 0.02 phi + 0.015 + [phi s(DB, T - 10) + (1 - phi) s(WB, T - 7)] / COP, where s is
    `trim_chiller_share`, phi the liquid share (dry coolers) and the rest air behind evaporative heat rejection.
    Temperatures [degC], supply and 0.4 % design wet and dry bulb; overheads [kW/kW IT]. Typical overheads: 0.03
    electrical with 0.20 fans for rack air in a hybrid hall; 0.08 and 0.20 for chilled-water halls; 0.03 and 0.03 for
    evaporative hyperscale air. Source: after Lei, Masanet (2020) in structure, coefficients from the density table of
    this project (2026). Holds for supply 15-50 degC; about +-0.03.
    """
    dry_share = trim_chiller_share(dry_bulb, free_cooling_limit(supply_temperature, DRY_APPROACH))
    wet_share = trim_chiller_share(wet_bulb, free_cooling_limit(supply_temperature, WET_APPROACH))
    return trimmed_usage_effectiveness(
        dry_share, wet_share, liquid_fraction, electrical_overhead, fan_overhead, chiller_cop
    )


def water_usage_effectiveness(
    supply_temperature: ArrayLike,
    wet_bulb: ArrayLike,
    dry_bulb: ArrayLike,
    evaporative_fraction: ArrayLike,
    cycles_of_concentration: ArrayLike = 5.0,
    dry_approach: ArrayLike = 5.0,
) -> jnp.ndarray:
    """Water evaporated and blown down per unit of IT energy, mean of the year [L/kWh].

    1.47 f_ev s c/(c - 1) (1 + (DB - WB)/100), s the share of the year in which a dry cooler alone is too warm (DB
    against T - 5 K, `dry_approach`, `trim_chiller_share`), c = 5 cycles of concentration; dry air costs a little more.
    Temperatures [degC]. Source: latent heat 2.45 MJ/kg; pattern after Lei, Masanet (2022). Holds for c > 1 and
    evaporative_fraction in [0, 1]; 0 for closed dry loops.
    """
    share = trim_chiller_share(dry_bulb, free_cooling_limit(supply_temperature, dry_approach))
    dryness = 1.0 + (jnp.asarray(dry_bulb) - wet_bulb) / 100.0
    return evaporative_water(jnp.asarray(evaporative_fraction) * share, cycles_of_concentration, dryness)


def evaporative_water(
    evaporated_share: ArrayLike, cycles_of_concentration: ArrayLike = 5.0, dryness: ArrayLike = 1.0
) -> jnp.ndarray:
    """Water evaporated and blown down per unit of IT energy, from the share of heat evaporated [L/kWh].

    1.47 s c/(c - 1) x dryness, c = 5 cycles of concentration. Source: latent heat 2.45 MJ/kg, CRC Handbook (2016);
    blow-down balance (textbook). Holds for s in [0, 1], c > 1; infinite at c = 1, where all water is blown down.
    """
    cycles = jnp.asarray(cycles_of_concentration)
    return LATENT_LITRES * jnp.asarray(evaporated_share) * cycles / (cycles - 1.0) * dryness


def source_water(water_usage: ArrayLike, usage_effectiveness: ArrayLike, generation_water: ArrayLike) -> jnp.ndarray:
    """Water on the site and at the power plants per unit of IT energy [L/kWh].

    WUE + PUE w, w [L/kWh] of electricity: 0 for wind and solar, about 1 for gas, 1.8 for steam. Source: WUE-source, The
    Green Grid (2011). Holds for non-negative arguments.
    """
    return jnp.asarray(water_usage) + jnp.asarray(usage_effectiveness) * generation_water


def water_use(it_power: ArrayLike, water_usage: ArrayLike) -> jnp.ndarray:
    """Water used by a site in a year [m3/yr].

    8766 P WUE/1000, P [kW]. Source: definition. Holds for the year's mean IT power.
    """
    return HOURS_PER_YEAR * jnp.asarray(it_power) * water_usage / 1000.0


def energy_reuse_effectiveness(usage_effectiveness: ArrayLike, reused: ArrayLike) -> jnp.ndarray:
    """Facility energy less the heat that others use, over IT energy [-].

    PUE - r, r the energy reused outside per IT energy. Source: The Green Grid (2010). Holds for r in [0, PUE].
    """
    return jnp.asarray(usage_effectiveness) - reused


def blackbody_flux(temperature: ArrayLike) -> jnp.ndarray:
    """Flux of a black face [W/m2].

    sigma T^4. Source: Stefan (1879), Boltzmann (1884). Holds for temperature >= 0 K.
    """
    return STEFAN_BOLTZMANN * jnp.asarray(temperature) ** 4


def radiator_net_flux(
    temperature: ArrayLike,
    emissivity: ArrayLike,
    absorptivity: ArrayLike,
    sides: ArrayLike,
    sun_incidence_cos: ArrayLike,
    albedo_factor: ArrayLike,
    earth_factor: ArrayLike,
    solar_constant: ArrayLike = SOLAR_CONSTANT,
    albedo: ArrayLike = EARTH_ALBEDO,
    earth_ir: ArrayLike = EARTH_IR,
) -> jnp.ndarray:
    """Heat that one square metre of panel rejects, all faces and sources counted [W/m2 of panel].

    N eps sigma T^4 - alpha S cos - alpha F_alb a S - eps F_E E_IR, S = 1361, a = 0.3, E_IR = 237; Earth's infrared is
    absorbed with the emissivity, by Kirchhoff's law (1859), never with the solar absorptivity. F_alb and F_E are summed
    over the faces.
    Source: Gilmore, Spacecraft Thermal Control Handbook (2002). Holds for an isothermal flat panel without views of
    other hot surfaces; negative where the panel gains heat.
    """
    emitted = jnp.asarray(sides) * emissivity * blackbody_flux(temperature)
    solar = jnp.asarray(absorptivity) * solar_constant * (sun_incidence_cos + jnp.asarray(albedo_factor) * albedo)
    infrared = jnp.asarray(emissivity) * earth_factor * earth_ir
    return emitted - solar - infrared


def horizon_angle(altitude_km: ArrayLike, earth_radius: ArrayLike = EARTH_RADIUS) -> jnp.ndarray:
    """Half-angle of the Earth's disc seen from orbit [rad].

    asin(Re/(Re + h)). Source: geometry. Holds for altitude > 0 km.
    """
    return jnp.arcsin(earth_radius / (earth_radius + jnp.asarray(altitude_km)))


def nadir_view_factor(altitude_km: ArrayLike, earth_radius: ArrayLike = EARTH_RADIUS) -> jnp.ndarray:
    """View factor to Earth of a face that looks at nadir [-].

    (Re/(Re + h))^2. Source: Gilmore (2002). Holds for altitude >= 0 km.
    """
    return jnp.asarray((earth_radius / (earth_radius + jnp.asarray(altitude_km))) ** 2)


def edge_on_view_factor(altitude_km: ArrayLike, earth_radius: ArrayLike = EARTH_RADIUS) -> jnp.ndarray:
    """View factor to Earth of each face of a panel whose plane holds nadir [-].

    (theta - sin(2 theta)/2)/pi, theta = asin(Re/(Re + h)). Source: exact sphere-to-plate factor, Lee-Odinson (2026).
    Holds for altitude > 0 km; 1/2 at the ground.
    """
    angle = horizon_angle(altitude_km, earth_radius)
    return (angle - 0.5 * jnp.sin(2.0 * angle)) / jnp.pi


def equilibrium_temperature(
    heat: ArrayLike, area: ArrayLike, emissivity: ArrayLike, sink_temperature: ArrayLike
) -> jnp.ndarray:
    """Temperature at which a panel rejects `heat` [K].

    (Q/(A eps sigma) + T_sink^4)^(1/4), Q in W, A the radiating (face) area in m2. Source: Lee-Odinson (2026).
    Holds for a non-negative bracket and a sink above 0 K or heat above 0 W.
    """
    flux = jnp.asarray(heat) / (jnp.asarray(area) * emissivity * STEFAN_BOLTZMANN)
    return (flux + jnp.asarray(sink_temperature) ** 4) ** 0.25


def facility_power(it_power: ArrayLike, usage_effectiveness: ArrayLike) -> jnp.ndarray:
    """Power at the meter [unit of `it_power`].

    P_IT PUE. Source: The Green Grid (2007). Holds for PUE >= 1.
    """
    return jnp.asarray(it_power) * usage_effectiveness
