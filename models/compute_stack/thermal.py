"""Heat on the ground (PUE, WUE) and in orbit (radiators)."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

STEFAN_BOLTZMANN = 5.670374419e-8  # [W/m2/K4]
EARTH_RADIUS = 6371.0  # [km]
DRY_APPROACH = 10.0  # [K] supply minus outdoor dry bulb that a dry cooler needs
WET_APPROACH = 7.0  # [K] supply minus outdoor wet bulb that a tower with heat exchanger needs
PUMP_OVERHEAD = 0.02  # [kW/kW IT] pumps and distribution units of a liquid loop
REJECTION_OVERHEAD = 0.015  # [kW/kW IT] fans of the heat rejection
LATENT_LITRES = 1.47  # [L/kWh] water evaporated per kWh of heat, 3.6 MJ / 2.45 MJ/kg
MEDIAN_BELOW_DESIGN = 13.0  # [K] yearly median under the 0.4 % design temperature in the seasons that matter
SPREAD = 2.4  # [K] logistic spread of outdoor temperature near its design value


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
    liquid = jnp.asarray(liquid_fraction)
    dry_share = trim_chiller_share(dry_bulb, free_cooling_limit(supply_temperature, DRY_APPROACH))
    wet_share = trim_chiller_share(wet_bulb, free_cooling_limit(supply_temperature, WET_APPROACH))
    trim = (liquid * dry_share + (1.0 - liquid) * wet_share) / chiller_cop
    steady = 1.0 + jnp.asarray(electrical_overhead) + (1.0 - liquid) * fan_overhead
    return steady + liquid * PUMP_OVERHEAD + REJECTION_OVERHEAD + trim


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
    against T - `dry_approach`, `trim_chiller_share`), c the cycles of concentration; dry air costs a little more water.
    Temperatures [degC]. Source: latent heat 2.45 MJ/kg; pattern after Lei, Masanet (2022). Holds for c > 1 and
    evaporative_fraction in [0, 1]; 0 for closed dry loops.
    """
    share = trim_chiller_share(dry_bulb, free_cooling_limit(supply_temperature, dry_approach))
    cycles = jnp.asarray(cycles_of_concentration)
    dryness = 1.0 + (jnp.asarray(dry_bulb) - wet_bulb) / 100.0
    return LATENT_LITRES * jnp.asarray(evaporative_fraction) * share * cycles / (cycles - 1.0) * dryness


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
    solar_constant: ArrayLike = 1361.0,
    albedo: ArrayLike = 0.3,
    earth_ir: ArrayLike = 237.0,
) -> jnp.ndarray:
    """Heat that one square metre of panel rejects, all faces and sources counted [W/m2 of panel].

    N eps sigma T^4 - alpha S cos - alpha F_alb a S - eps F_E E_IR; Earth's infrared is absorbed with the emissivity,
    by Kirchhoff's law (1859), never with the solar absorptivity. F_alb and F_E are summed over the faces.
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
