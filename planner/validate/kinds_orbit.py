"""Kinds of published models about satellites: arrays, radiators, temperatures, eclipses, lives, masses."""

from __future__ import annotations

from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np

from compute_stack import comparison, orbit, published, radiation, sunlight, thermal
from planner.validate.kinds import Kind, Outputs, given, listed, maybe, usual, word

SUNCATCHER = "Aguera y Arcas et al., Suncatcher (2025)"
TURYSHEV = "Turyshev (2026), arXiv:2604.27197"
FORETHOUGHT = "Parrack et al., Forethought (2026)"
SEMIANALYSIS = "Nishball et al., SemiAnalysis (2026)"
VIEWER = "Orbital AI Data Centers (2026)"
THERMAL = "Lee-Odinson, orbital-thermal-bounds (2026)"
CELSIUS = 273.15


def _pv(v: SimpleNamespace, _: list[str]) -> Outputs:
    return {"power_kw": comparison.photovoltaic_power(v.area_m2, v.eta, v.S, v.packing)}


def _odc_mass(v: SimpleNamespace, _: list[str]) -> Outputs:
    sun = comparison.sunlit_array_power(v.P_it_kw, v.alpha_oh, v.f_sun) / v.derate
    panel = comparison.floor_array_area(v.P_it_kw, v.alpha_oh, v.f_sun, v.eta, v.S) / v.derate
    area = comparison.floor_radiator_area(v.P_it_kw, v.alpha_oh, v.t_rad, v.eps_F, v.x_env)
    total = published.orbital_specific_mass(
        v.alpha_oh, v.f_sun, v.derate, v.sp, v.t_rad, v.eps_F, v.x_env, v.sigma_rad, v.battery, v.fixed
    )
    return {
        "P_sun": sun,
        "A_pv": panel,
        "A_rad": area,
        "m_pv": 1000.0 * sun / v.sp / v.P_it_kw,
        "m_rad": v.sigma_rad * area / v.P_it_kw,
        "kg_per_kw": total,
        "mass_kg": total * v.P_it_kw,
        "w_per_kg": 1000.0 / total,
        "inflation": published.environment_inflation(v.x_env),
    }


def _life_penalty(v: SimpleNamespace, _: list[str]) -> Outputs:
    loss = v.lam + v.g
    return {
        "pi": radiation.life_penalty(loss, v.T),
        "mean_service": radiation.mean_survival(loss, v.T),
        "survival": radiation.survival(loss, v.T),
    }


def _net_flux(v: SimpleNamespace, _: list[str]) -> Outputs:
    absorbs = v.alpha if v.ir_absorb == "alpha" else v.eps
    albedo_factor = v.F if v.F_alb is None else v.F_alb
    earth_factor = v.F if v.F_ir is None else v.F_ir
    earth = thermal.blackbody_flux(v.Te) if v.E_ir is None else v.E_ir
    temperature = v.T if v.T is not None else v.T_c + CELSIUS
    seen = earth_factor * absorbs / v.eps
    flux = thermal.radiator_net_flux(
        temperature, v.eps, v.alpha, v.sides, v.cos, albedo_factor, seen, v.S, v.albedo, earth
    )
    out: Outputs = {
        "w_m2": flux,
        "emitted_w_m2": v.sides * v.eps * thermal.blackbody_flux(temperature),
        "solar_w_m2": v.alpha * v.S * v.cos,
        "albedo_w_m2": v.alpha * v.S * albedo_factor * v.albedo,
        "ir_w_m2": absorbs * earth_factor * earth,
    }
    if v.kg_m2 is not None:
        out["w_per_kg"] = comparison.rejection_specific_power(flux, v.kg_m2)
    if v.Q_kw is not None:
        out["area_m2"] = published.panel_area(v.Q_kw, flux)
    return out


def _equilibrium(v: SimpleNamespace, _: list[str]) -> Outputs:
    kelvin = thermal.equilibrium_temperature(v.Q, v.A, v.eps, v.Ts)
    return {"T": kelvin, "T_c": kelvin - CELSIUS}


def _edge(v: SimpleNamespace, _: list[str]) -> Outputs:
    return {
        "F": thermal.edge_on_view_factor(v.h_km, v.Re_km),
        "F_nadir": thermal.nadir_view_factor(v.h_km, v.Re_km),
        "theta_deg": jnp.rad2deg(thermal.horizon_angle(v.h_km, v.Re_km)),
    }


def _sink(v: SimpleNamespace, _: list[str]) -> Outputs:
    flux = v.factor * published.sink_flux(v.T, v.Ts, v.eps * v.F, v.sides) / published.environment_inflation(v.x_env)
    out: Outputs = {"w_m2": flux}
    if v.Q_kw is not None:
        out["area_m2"] = published.panel_area(v.Q_kw, flux)
        out["face_area_m2"] = v.sides * out["area_m2"]
    if v.T_other is not None:
        out["ratio"] = published.sink_flux(v.T, v.Ts, 1.0, 1.0) / published.sink_flux(v.T_other, v.Ts, 1.0, 1.0)
    if v.kg_m2 is not None:
        out["w_per_kg"] = comparison.rejection_specific_power(flux, v.kg_m2)
    return out


def _eclipse(v: SimpleNamespace, _: list[str]) -> Outputs:
    # Dawn-dusk planes have their node at 06:00 or 18:00; published means are over both.
    nodes = (6.0, 18.0) if v.node_hour is None else (v.node_hour,)
    mean = sum(sunlight.yearly_eclipse_fraction(v.h_km, node) for node in nodes) / len(nodes)
    longest = [sunlight.yearly_longest_eclipse(v.h_km, node) for node in nodes]
    return {
        "mean_eclipse": mean,
        "mean_eclipse_pct": 100.0 * mean,
        "sunlit": 1.0 - mean,
        "max_min": jnp.maximum(longest[0], longest[-1]),
        "days": sum(sunlight.eclipse_days(v.h_km, node) for node in nodes) / len(nodes),
        "inc_deg": jnp.rad2deg(orbit.sun_synchronous_inclination(v.h_km)),
        "period_min": orbit.period(v.h_km),
    }


def _eclipse_beta(v: SimpleNamespace, _: list[str]) -> Outputs:
    share = orbit.eclipse_fraction(v.h_km, np.deg2rad(v.beta))
    period = orbit.period(v.h_km)
    return {"fraction": share, "percent": 100.0 * share, "minutes": share * period, "period_min": period}


def _rv_mass(v: SimpleNamespace, _: list[str]) -> Outputs:
    parts = np.moveaxis(np.asarray(v.p, float), -1, 0)
    mass = comparison.structural_specific_mass(*parts)
    return {"kg_per_kw": mass, "w_per_kg": 1000.0 / mass, "kw_per_t": 1000.0 / mass}


def _rv_life(v: SimpleNamespace, _: list[str]) -> Outputs:
    life = v.T if v.T is not None else v.life - v.delay
    return {"years": radiation.effective_lifetime(v.lb, v.lg, life, v.sdc)}


KINDS = (
    Kind(
        "pv",
        SUNCATCHER,
        (given("area_m2", "m2"), given("eta", "1"), usual("S", "W/m2", 1361.0), usual("packing", "1", 1.0)),
        {"power_kw": "kW"},
        _pv,
    ),
    Kind(
        "odc_mass",
        TURYSHEV,
        (
            usual("P_it_kw", "kW", 1000.0),
            usual("alpha_oh", "1", 1.25),
            usual("f_sun", "1", 0.95),
            usual("eta", "1", 0.22),
            usual("S", "W/m2", 1361.0),
            usual("sp", "W/kg", 100.0),
            usual("t_rad", "K", 350.0),
            usual("eps_F", "1", 0.765),
            usual("sigma_rad", "kg/m2", 5.0),
            usual("battery", "kg/kW", 0.0, "m_bat", "m_batt", "battery_kg_per_kw", "bat_kg_per_kw"),
            usual("fixed", "kg/kW", 0.0, "m_fixed", "fixed_kg_per_kw"),
            usual("x_env", "1", 0.0),
            usual("derate", "1", 1.0, "derating"),
        ),
        {
            "A_pv": "m2",
            "A_rad": "m2",
            "kg_per_kw": "kg/kW",
            "P_sun": "kW",
            "m_pv": "kg/kW",
            "m_rad": "kg/kW",
            "mass_kg": "kg",
            "w_per_kg": "W/kg",
            "inflation": "1",
        },
        _odc_mass,
    ),
    Kind(
        "life_penalty",
        TURYSHEV,
        (given("lam", "1/yr", "lambda"), given("T", "yr"), usual("g", "1/yr", 0.0)),
        {"pi": "1", "mean_service": "1", "survival": "1"},
        _life_penalty,
    ),
    Kind(
        "net_flux",
        f"Feilden et al., Starcloud (2024); {FORETHOUGHT}",
        (
            maybe("T", "K"),
            maybe("T_c", "degC"),
            usual("eps", "1", 0.92),
            usual("alpha", "1", 0.09),
            usual("S", "W/m2", 1366.0),
            maybe("F", "1"),
            maybe("F_alb", "1"),
            maybe("F_ir", "1"),
            usual("albedo", "1", 0.3),
            usual("Te", "K", 253.0),
            maybe("E_ir", "W/m2"),
            word("ir_absorb", "eps", "alpha", "eps"),
            usual("sides", "1", 2.0),
            usual("cos", "1", 1.0, "cos_sun"),
            maybe("kg_m2", "kg/m2"),
            maybe("Q_kw", "kW"),
        ),
        {
            "w_m2": "W/m2",
            "emitted_w_m2": "W/m2",
            "solar_w_m2": "W/m2",
            "albedo_w_m2": "W/m2",
            "ir_w_m2": "W/m2",
            "w_per_kg": "W/kg",
            "area_m2": "m2",
        },
        _net_flux,
        wants={"w_per_kg": "kg_m2", "area_m2": "Q_kw"},
        either=((("T",), ("T_c",)), (("F",), ("F_alb", "F_ir"))),
    ),
    Kind(
        "equilibrium",
        THERMAL,
        (given("Q", "W"), given("A", "m2"), given("eps", "1"), usual("Ts", "K", 0.0)),
        {"T": "K", "T_c": "degC"},
        _equilibrium,
    ),
    Kind(
        "edge_on_view_factor",
        THERMAL,
        (given("h_km", "km"), usual("Re_km", "km", 6371.0)),
        {"F": "1", "F_nadir": "1", "theta_deg": "deg"},
        _edge,
    ),
    Kind(
        "sink_flux",
        f"{SEMIANALYSIS}; van Berkel (2025)",
        (
            given("T", "K"),
            usual("Ts", "K", 0.0),
            usual("eps", "1", 1.0),
            usual("F", "1", 1.0),
            usual("sides", "1", 1.0),
            usual("x_env", "1", 0.0),
            usual("factor", "1", 1.0),
            maybe("Q_kw", "kW"),
            maybe("T_other", "K"),
            maybe("kg_m2", "kg/m2"),
        ),
        {"w_m2": "W/m2", "area_m2": "m2", "face_area_m2": "m2", "ratio": "1", "w_per_kg": "W/kg"},
        _sink,
        wants={"area_m2": "Q_kw", "face_area_m2": "Q_kw", "ratio": "T_other", "w_per_kg": "kg_m2"},
    ),
    Kind(
        "rejection",
        FORETHOUGHT,
        (given("w_m2", "W/m2"), given("kg_m2", "kg/m2")),
        {"w_per_kg": "W/kg"},
        lambda v, _: {"w_per_kg": comparison.rejection_specific_power(v.w_m2, v.kg_m2)},
    ),
    Kind(
        "eclipse",
        "derived: cylindrical shadow, true sun against mean sun",
        (given("h_km", "km"), maybe("node_hour", "h")),
        {
            "mean_eclipse": "1",
            "mean_eclipse_pct": "%",
            "sunlit": "1",
            "max_min": "min",
            "days": "d",
            "inc_deg": "deg",
            "period_min": "min",
        },
        _eclipse,
    ),
    Kind(
        "eclipse_beta",
        TURYSHEV,
        (given("h_km", "km"), usual("beta", "deg", 0.0)),
        {"fraction": "1", "percent": "%", "minutes": "min", "period_min": "min"},
        _eclipse_beta,
    ),
    Kind(
        "rv_mass",
        VIEWER,
        (listed("p", "PUE, W/kg, W/kg, kg/kW, kg/kW, factor", 6),),
        {"kg_per_kw": "kg/kW", "w_per_kg": "W/kg", "kw_per_t": "kW/t"},
        _rv_mass,
    ),
    Kind(
        "rv_life",
        VIEWER,
        (
            given("lb", "1/yr"),
            given("lg", "1/yr"),
            maybe("T", "yr"),
            maybe("life", "yr"),
            usual("delay", "yr", 0.0),
            usual("sdc", "1", 0.013),
        ),
        {"years": "yr"},
        _rv_life,
        either=((("T",), ("life",)),),
    ),
)
