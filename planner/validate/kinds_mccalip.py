"""The calculator of McCalip (2025): every slider and constant by the name it has there."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np

from compute_stack import mccalip
from compute_stack.mccalip import McCalipCase
from planner.validate.kinds import Kind, Outputs, usual

SOURCE = "McCalip, Economics of Orbital vs Terrestrial Data Centers (2025)"
CELSIUS = 273.15
#: Name there, unit there, field of `McCalipCase`, units of the field in a unit there.
SLIDERS = (
    ("years", "yr", "years", 1.0),
    ("targetGW", "GW", "target_power", 1e9),
    ("solarAbsorptivity", "1", "solar_absorptivity", 1.0),
    ("emissivityPV", "1", "front_emissivity", 1.0),
    ("emissivityRad", "1", "back_emissivity", 1.0),
    ("pvEfficiency", "1", "cell_efficiency", 1.0),
    ("betaAngle", "deg", "beta", 1.0),
    ("orbitalAltitudeKm", "km", "altitude", 1.0),
    ("maxDieTempC", "degC", "die_temperature", 1.0),
    ("tempDropC", "K", "temperature_drop", 1.0),
    ("launchCostPerKg", "USD/kg", "launch_price", 1.0),
    ("satelliteCostPerW", "USD/W", "satellite_price", 1.0),
    ("specificPowerWPerKg", "W/kg", "specific_power", 1.0),
    ("satellitePowerKW", "kW", "satellite_power", 1e3),
    ("sunFraction", "1", "sun_fraction", 1.0),
    ("cellDegradation", "%/yr", "cell_degradation", 0.01),
    ("gpuFailureRate", "%/yr", "chip_failure", 0.01),
    ("nreCost", "M USD", "engineering_cost", 1e6),
    ("gasTurbineCapexPerKW", "USD/kW", "turbine_price", 1e-3),
    ("electricalCostPerW", "USD/W", "electrical_price", 1.0),
    ("mechanicalCostPerW", "USD/W", "mechanical_price", 1.0),
    ("civilCostPerW", "USD/W", "civil_price", 1.0),
    ("networkCostPerW", "USD/W", "network_price", 1.0),
    ("pue", "1", "usage_effectiveness", 1.0),
    ("gasPricePerMMBtu", "USD/MMBtu", "gas_price", 1.0),
    ("heatRateBtuKwh", "Btu/kWh", "heat_rate", 1.0),
    ("capacityFactor", "1", "capacity_factor", 1.0),
    ("SOLAR_IRRADIANCE_W_M2", "W/m2", "solar_constant", 1.0),
    ("EARTH_IR_FLUX_W_M2", "W/m2", "earth_ir", 1.0),
    ("EARTH_ALBEDO_FACTOR", "1", "albedo", 1.0),
    ("EARTH_RADIUS_KM", "km", "earth_radius", 1.0),
    ("T_SPACE_K", "K", "space_temperature", 1.0),
    ("ORBITAL_OPS_FRAC", "1/yr", "operations_share", 1.0),
    ("STARLINK_ARRAY_M2", "m2", "reference_area", 1.0),
    ("STARLINK_POWER_KW", "kW", "reference_power", 1e3),
    ("STARSHIP_PAYLOAD_KG", "kg", "launch_payload", 1.0),
    ("GE_7HA_POWER_MW", "MW", "turbine_power", 1e6),
    ("BTU_PER_CF", "Btu/ft3", "gas_heat", 1.0),
)
_USUAL = McCalipCase()
INPUTS = tuple(
    usual(name, unit, round(float(np.asarray(getattr(_USUAL, place))) / scale, 12), *also)
    for name, unit, place, scale in SLIDERS
    for also in [{"betaAngle": ("beta",), "orbitalAltitudeKm": ("h_km",)}.get(name, ())]
)
_Of = Callable[[McCalipCase], object]
#: Names (those of the cases first, then those of the calculator), unit, quantity.
QUANTITIES: tuple[tuple[tuple[str, ...], str, _Of], ...] = (
    (("cf", "avgCapacityFactor"), "1", mccalip.mean_capacity),
    (("p_init_w", "requiredInitialPowerW"), "W", mccalip.initial_power),
    (("p_act_w", "actualInitialPowerW"), "W", mccalip.bought_power),
    (("sats", "satelliteCount"), "1", mccalip.satellites),
    (("mass_kg", "totalMassKg"), "kg", mccalip.launched_mass),
    (("orbital_hw_usd", "hardwareCost"), "USD", mccalip.hardware_cost),
    (("orbital_launch_usd", "launchCost"), "USD", mccalip.launch_cost),
    (("orbital_ops_usd", "opsCost"), "USD", mccalip.operations_cost),
    (("orbital_repl_usd", "orbital_gpu_usd", "gpuReplacementCost"), "USD", mccalip.replacement_cost),
    (("orbital_nre_usd",), "USD", lambda c: c.engineering_cost),
    (("orbital_base_usd", "baseCost"), "USD", lambda c: mccalip.hardware_cost(c) + mccalip.launch_cost(c)),
    (("orbital_total_usd",), "USD", mccalip.orbital_total),
    (("orbital_usd_per_w",), "USD/W", lambda c: mccalip.orbital_total(c) / c.target_power),
    (("orbital_lcoe",), "USD/MWh", mccalip.orbital_energy_cost),
    (("orbital_energy_mwh",), "MWh", lambda c: mccalip.orbital_total(c) / mccalip.orbital_energy_cost(c)),
    (("array_m2", "availableAreaM2"), "m2", mccalip.array_area),
    (("array_km2", "arrayAreaKm2", "availableAreaKm2"), "km2", lambda c: mccalip.array_area(c) / 1e6),
    (("sat_array_m2", "singleSatArrayM2"), "m2", lambda c: mccalip.array_area(c) / mccalip.satellites(c)),
    (("starships", "starshipLaunches"), "1", mccalip.launches),
    (
        ("margin_pct", "degradationMargin", "solarMarginPct"),
        "%",
        lambda c: (mccalip.bought_power(c) / c.target_power - 1.0) * 100.0,
    ),
    (("gpu_margin_pct", "gpuMarginPct"), "%", lambda c: 100.0 * c.chip_failure * c.years),
    (("terr_capex_usd", "infraCapex"), "USD", mccalip.ground_capex),
    (("terr_capex_per_w", "facilityCapexPerW"), "USD/W", lambda c: mccalip.ground_capex(c) / c.target_power),
    (("terr_fuel_usd", "fuelCostTotal"), "USD", mccalip.ground_fuel_cost),
    (("terr_fuel_per_mwh", "fuelCostPerMWh"), "USD/MWh", lambda c: c.heat_rate * c.gas_price / 1000.0),
    (("terr_total_usd",), "USD", mccalip.ground_total),
    (("terr_usd_per_w",), "USD/W", lambda c: mccalip.ground_total(c) / c.target_power),
    (("terr_lcoe",), "USD/MWh", mccalip.ground_energy_cost),
    (("terr_energy_mwh",), "MWh", mccalip.ground_energy),
    (("terr_generation_mwh", "generationMWh"), "MWh", lambda c: mccalip.ground_energy(c) * c.usage_effectiveness),
    (("terr_gas_bcf", "gas_bcf", "gasConsumptionBCF"), "1e9 ft3", mccalip.gas_consumption),
    (("terr_turbines", "turbines", "turbineCount"), "1", mccalip.turbines),
    (("ratio",), "1", lambda c: mccalip.orbital_total(c) / mccalip.ground_total(c)),
    (("breakeven_usd_per_kg",), "USD/kg", mccalip.breakeven_launch_price),
    (("t_eq_k", "eqTempK", "requiredTempK"), "K", mccalip.equilibrium_temperature),
    (
        ("t_eq_c", "eqTempC", "computeTempC", "requiredTempC"),
        "degC",
        lambda c: mccalip.equilibrium_temperature(c) - CELSIUS,
    ),
    (("t_exact_c",), "degC", lambda c: mccalip.exact_equilibrium_temperature(c) - CELSIUS),
    (("t_radiator_c", "radiatorTempC"), "degC", lambda c: mccalip.radiator_temperature(c) - CELSIUS),
    (("t_radiator_k", "radiatorTempK"), "K", mccalip.radiator_temperature),
    (("margin_k", "margin_c", "tempMarginC"), "K", mccalip.temperature_margin),
    (
        ("thermal_margin_pct", "marginPct"),
        "%",
        lambda c: 100.0 * mccalip.temperature_margin(c) / (mccalip.radiator_temperature(c) - CELSIUS),
    ),
    (("area_required_m2", "areaRequiredM2"), "m2", mccalip.required_area),
    (("area_required_km2", "areaRequiredKm2"), "km2", lambda c: mccalip.required_area(c) / 1e6),
    (("vf_a", "vfSideA"), "1", mccalip.front_view_factor),
    (("vf_b", "vfSideB"), "1", mccalip.back_view_factor),
    (
        ("vf_total", "vfTotal", "vfEarth"),
        "1",
        lambda c: mccalip.front_view_factor(c) + mccalip.back_view_factor(c),
    ),
    (("vf_nadir", "vfNadirMax"), "1", lambda c: np.sin(mccalip.earth_angle(c)) ** 2),
    (("earth_angle_deg", "earthAngularRadiusDeg"), "deg", lambda c: np.rad2deg(mccalip.earth_angle(c))),
    (("q_absorbed_w_m2",), "W/m2", mccalip.absorbed_flux),
    (("q_heat_w", "totalHeatInW", "heatLoadW"), "W", lambda c: mccalip.absorbed_flux(c) * mccalip.array_area(c)),
    (("q_earth_ir_w", "qEarthIRW"), "W", lambda c: mccalip.infrared_flux(c) * mccalip.array_area(c)),
    (("q_albedo_w", "qAlbedoW"), "W", lambda c: mccalip.albedo_flux(c) * mccalip.array_area(c)),
    (
        ("power_generated_w", "powerGeneratedW", "qHeatLoopW", "electricalHeatW"),
        "W",
        lambda c: c.solar_constant * c.cell_efficiency * mccalip.array_area(c),
    ),
    (
        ("q_solar_w", "qSolarW", "wasteHeatW"),
        "W",
        lambda c: mccalip.array_area(c) * c.solar_constant * (np.asarray(c.solar_absorptivity) - c.cell_efficiency),
    ),
    (("incident_solar_w", "incidentSolarW"), "W", lambda c: c.solar_constant * mccalip.array_area(c)),
)
_OF = {name: of for names, _, of in QUANTITIES for name in names}


def _case(v: SimpleNamespace) -> McCalipCase:
    fields = {place: np.asarray(getattr(v, name), float) * scale for name, _, place, scale in SLIDERS}
    return McCalipCase(**{place: float(value) if value.ndim == 0 else value for place, value in fields.items()})


def _mccalip(v: SimpleNamespace, wanted: list[str]) -> Outputs:
    case = _case(v)
    return {name: _OF[name](case) for name in wanted if name in _OF}


def _delta(v: SimpleNamespace, wanted: list[str]) -> Outputs:
    case = _case(v)
    exact, model = mccalip.exact_equilibrium_temperature(case), mccalip.equilibrium_temperature(case)
    return {"delta_K": exact - model, "t_exact_c": exact - CELSIUS, "t_model_c": model - CELSIUS}


KINDS = (
    Kind("mccalip", SOURCE, INPUTS, {n: unit for names, unit, _ in QUANTITIES for n in names}, _mccalip),
    Kind(
        "mccalip_thermal_delta",
        "Lee-Odinson, orbital-thermal-bounds (2026), against McCalip (2025)",
        INPUTS,
        {"delta_K": "K", "t_exact_c": "degC", "t_model_c": "degC"},
        _delta,
    ),
)
