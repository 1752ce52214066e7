"""Kinds of published statements about satellites: errors by radiation, optical links, power by area and by mass."""

from __future__ import annotations

from types import SimpleNamespace

from compute_stack import comparison, launch, published, radiation, satellite_link
from planner.validate.kinds import Kind, Outputs, given, maybe, usual
from planner.validate.kinds_orbit import SUNCATCHER

RECORDED = "public statements as recorded in the fact tables (2024-2026)"


def _sdc(v: SimpleNamespace, _: list[str]) -> Outputs:
    events = radiation.silent_errors_per_chip_year(v.rad_per_yr, v.rad_per_event)
    return {
        "events_per_chip_yr": events,
        "inferences_per_event": radiation.inferences_per_error(events, v.inferences_per_s),
        "lifetime_rad": v.rad_per_yr * v.years,
    }


def _link(v: SimpleNamespace, _: list[str]) -> Outputs:
    reach = satellite_link.confocal_range(v.a_cm / 100.0, v.wavelength_um * 1e-6)
    spread = satellite_link.beam_divergence(2.0 * v.a_cm / 100.0, v.wavelength_um * 1e-6)
    return {
        "confocal_km": reach / 1000.0,
        "divergence_urad": 1e6 * spread,
        "tbps": satellite_link.channel_capacity(v.channels, v.gbps) / 1000.0,
    }


def _sheet(v: SimpleNamespace, _: list[str]) -> Outputs:
    areal = v.solar_kg_m2 + v.compute_kg_m2 + v.radiator_kg_m2
    per_mass = published.areal_specific_power(v.w_m2, areal)
    return {
        "kg_m2": areal,
        "mass_t": areal * v.area_m2 / 1000.0,
        "mw": v.w_m2 * v.area_m2 / 1e6,
        "kw_per_t": per_mass,
        "kg_per_kw": 1000.0 / per_mass,
    }


def _density(v: SimpleNamespace, _: list[str]) -> Outputs:
    out: Outputs = {}
    if v.area_m2 is not None:
        out["w_m2"] = published.areal_power(v.kw, v.area_m2)
    if v.mass_kg is not None:
        out["w_per_kg"] = out["kw_per_t"] = launch.price_per_kg(1000.0 * v.kw, v.mass_kg)
        out["kg_per_kw"] = v.mass_kg / v.kw
    return out


KINDS = (
    Kind(
        "sdc",
        SUNCATCHER,
        (
            usual("rad_per_yr", "rad/yr", 150.0, "dose"),
            usual("rad_per_event", "rad", 17.0),
            usual("inferences_per_s", "1/s", 1.0),
            usual("years", "yr", 5.0),
        ),
        {"events_per_chip_yr": "1/yr", "inferences_per_event": "1", "lifetime_rad": "rad"},
        _sdc,
    ),
    Kind(
        "link",
        SUNCATCHER,
        (
            usual("a_cm", "cm", 5.0),
            usual("wavelength_um", "um", 1.55),
            usual("channels", "1", 24.0),
            usual("gbps", "Gb/s", 400.0),
        ),
        {"confocal_km": "km", "divergence_urad": "urad", "tbps": "Tb/s"},
        _link,
    ),
    Kind(
        "sheet",
        "ISCR as recorded in the fact tables (2025)",
        (
            usual("solar_kg_m2", "kg/m2", 0.52),
            usual("compute_kg_m2", "kg/m2", 0.23),
            usual("radiator_kg_m2", "kg/m2", 2.40),
            usual("w_m2", "W/m2", 363.0),
            usual("area_m2", "m2", 45000.0),
        ),
        {"kg_m2": "kg/m2", "mass_t": "t", "mw": "MW", "kw_per_t": "kW/t", "kg_per_kw": "kg/kW"},
        _sheet,
    ),
    Kind(
        "density",
        RECORDED,
        (given("kw", "kW"), maybe("area_m2", "m2"), maybe("mass_kg", "kg")),
        {"w_m2": "W/m2", "w_per_kg": "W/kg", "kw_per_t": "kW/t", "kg_per_kw": "kg/kW"},
        _density,
        wants={"w_m2": "area_m2", "w_per_kg": "mass_kg", "kw_per_t": "mass_kg", "kg_per_kw": "mass_kg"},
    ),
    Kind(
        "array_power",
        RECORDED,
        (given("area_m2", "m2"), given("w_m2", "W/m2")),
        {"kw": "kW"},
        lambda v, _: {"kw": comparison.photovoltaic_power(v.area_m2, 1.0, v.w_m2, 1.0)},
    ),
    Kind(
        "fleet_power",
        RECORDED,
        (given("kw_per_t", "kW/t"), given("t_per_yr", "t/yr")),
        {"gw_per_yr": "GW/yr"},
        lambda v, _: {"gw_per_yr": launch.expected_payload(v.t_per_yr, 1.0, v.kw_per_t) / 1e6},
    ),
    Kind(
        "packing",
        "MIT packing study as recorded in the fact tables (2025)",
        (given("radius_m", "m"), given("spacing_m", "m"), usual("coefficient", "1", 3.63)),
        {"satellites": "1"},
        lambda v, _: {"satellites": published.packed_satellites(v.radius_m, v.spacing_m, v.coefficient)},
    ),
)
