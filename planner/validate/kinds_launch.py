"""Kinds of published models about launch, learning, power by weight, relays, and the break-evens between them."""

from __future__ import annotations

from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np

from compute_stack import comparison, economics, launch, published
from planner.validate.kinds import Family, Kind, Outputs, given, listed, maybe, usual
from planner.validate.kinds_orbit import FORETHOUGHT, SUNCATCHER, TURYSHEV


def _launched_power(v: SimpleNamespace, _: list[str]) -> Outputs:
    if v.usd_per_kg is None:
        return {}
    return {"usd_per_kw_yr": comparison.launched_power_price(v.mass_kg, v.power_kw, v.life_yr, v.usd_per_kg)}


def _at(v: SimpleNamespace, price: float) -> object:
    return comparison.launched_power_price(v.mass_kg, v.power_kw, v.life_yr, price)


def _wright(v: SimpleNamespace, _: list[str]) -> Outputs:
    out: Outputs = {"exponent": economics.learning_exponent(v.learning)}
    if v.target is not None:
        out["mass_t"] = economics.wright_quantity(v.P0, v.M0_t, v.target, v.learning)
        out["additional_t"] = out["mass_t"] - v.M0_t
        out["launches"] = out["mass_t"] / v.payload_t
    if v.mass_t is not None:
        out["price"] = economics.wright_price(v.P0, v.M0_t, v.mass_t, v.learning)
    return out


def _mass_for(v: SimpleNamespace, price: float) -> object:
    return economics.wright_quantity(v.P0, v.M0_t, price, v.learning)


def _oversize(v: SimpleNamespace, _: list[str]) -> Outputs:
    watts = 1000.0 * comparison.array_oversize(v.cf, v.deg, v.years)
    out: Outputs = {"bol_w_per_kwc": watts, "factor": watts / 1000.0}
    if v.sp is not None:
        out["kg"] = out["kg_per_kwc"] = watts / v.sp
    if v.usd_per_w is not None:
        out["usd"] = out["usd_per_kwc"] = watts * v.usd_per_w
    return out


def _reuse(v: SimpleNamespace, _: list[str]) -> Outputs:
    parts = (1e6 * v.booster_musd, 1e6 * v.ship_musd, v.nb, v.ns, 1e6 * v.ops_musd)
    return {
        "usd_per_kg": launch.reuse_price_per_kg(*parts, 1e3 * v.payload_t, v.margin),
        "musd_per_launch": launch.reuse_launch_cost(*parts) / 1e6,
    }


def _allowance(v: SimpleNamespace, _: list[str]) -> Outputs:
    return {"lb": comparison.launch_build_allowance(v.c_terr, v.m_kw, v.c_link, v.c_ops)}


def _relay(v: SimpleNamespace, _: list[str]) -> Outputs:
    price = comparison.relay_breakeven_price(v.capex_per_kw, v.crf, v.util, v.gb_per_kwh)
    return {"usd_per_gb": price, "cents_per_gb": 100.0 * price}


def _relay_ceiling(v: SimpleNamespace, _: list[str]) -> Outputs:
    rate = v.r_avg_gbps if v.peak_gbps is None else v.peak_gbps * v.duty
    power = 1e3 * v.mw if v.kw is None else v.kw
    return {"gb_per_kwh": comparison.relay_data_ceiling(rate, v.util, power), "r_avg_gbps": rate}


def _multiple(v: SimpleNamespace, _: list[str]) -> Outputs:
    price = launch.price_per_kg(v.price_usd, v.payload_kg)
    return {"usd_per_kg": price, "multiple": None if v.allowance is None else price / v.allowance}


def _totals(v: SimpleNamespace, _: list[str]) -> Outputs:
    prices, totals = (jnp.asarray(np.asarray(x, float)) for x in (v.prices, v.totals))
    out: Outputs = {}
    if v.earth is not None:
        out["usd_per_kg"] = published.crossover_of_totals(v.earth, prices, totals)
    if v.at is not None:
        out["total"] = published.total_at_launch_price(v.at, prices, totals)
    return out


KINDS = (
    Kind(
        "launched_power_price",
        SUNCATCHER,
        (given("mass_kg", "kg"), given("power_kw", "kW"), given("life_yr", "yr"), maybe("usd_per_kg", "USD/kg")),
        {"usd_per_kw_yr": "USD/kW/yr"},
        _launched_power,
        (Family("at_{}", "USD/kW/yr", _at),),
        wants={"usd_per_kw_yr": "usd_per_kg"},
    ),
    Kind(
        "ground_power_price",
        SUNCATCHER,
        (given("price", "USD/kWh"), usual("pue", "1", 1.0)),
        {"usd_per_kw_yr": "USD/kW/yr"},
        lambda v, _: {"usd_per_kw_yr": comparison.ground_power_price(v.price, v.pue)},
    ),
    Kind(
        "wright",
        SUNCATCHER,
        (
            usual("P0", "USD/kg", 1800.0),
            usual("M0_t", "t", 400.0),
            usual("learning", "1", 0.2),
            maybe("target", "USD/kg"),
            maybe("mass_t", "t"),
            usual("payload_t", "t", 200.0),
        ),
        {"exponent": "1", "mass_t": "t", "additional_t": "t", "launches": "1", "price": "USD/kg"},
        _wright,
        (
            Family("mass_for_{}_t", "t", _mass_for),
            Family("additional_for_{}_t", "t", lambda v, price: _mass_for(v, price) - v.M0_t),  # type: ignore[operator]
            Family("launches_for_{}", "1", lambda v, price: _mass_for(v, price) / v.payload_t),  # type: ignore[operator]
            Family("price_at_{}_t", "USD/kg", lambda v, mass: economics.wright_price(v.P0, v.M0_t, mass, v.learning)),
        ),
        wants={"mass_t": "target", "additional_t": "target", "launches": "target", "price": "mass_t"},
    ),
    Kind(
        "reuse_cost",
        FORETHOUGHT,
        (
            usual("booster_musd", "M USD", 60.0),
            usual("ship_musd", "M USD", 30.0),
            usual("nb", "1", 1.0),
            usual("ns", "1", 1.0),
            usual("ops_musd", "M USD", 5.0),
            given("payload_t", "t"),
            usual("margin", "1", 0.0),
        ),
        {"usd_per_kg": "USD/kg", "musd_per_launch": "M USD"},
        _reuse,
    ),
    Kind(
        "launch_multiple",
        TURYSHEV,
        (given("price_usd", "USD"), given("payload_kg", "kg"), maybe("allowance", "USD/kg")),
        {"usd_per_kg": "USD/kg", "multiple": "1"},
        _multiple,
        wants={"multiple": "allowance"},
    ),
    Kind(
        "allowance",
        TURYSHEV,
        (
            given("m_kw", "kg/kW"),
            given("c_terr", "USD/kW"),
            usual("c_link", "USD/kW", 0.0),
            usual("c_ops", "USD/kW", 0.0),
        ),
        {"lb": "USD/kg"},
        _allowance,
    ),
    Kind(
        "relay",
        TURYSHEV,
        (
            given("capex_per_kw", "USD/kW"),
            usual("crf", "1/yr", 0.1),
            usual("util", "1", 0.8),
            usual("gb_per_kwh", "GB/kWh", 15.0),
        ),
        {"usd_per_gb": "USD/GB", "cents_per_gb": "0.01 USD/GB"},
        _relay,
    ),
    Kind(
        "relay_ceiling",
        TURYSHEV,
        (
            usual("r_avg_gbps", "Gb/s", 26.3),
            maybe("peak_gbps", "Gb/s"),
            usual("duty", "1", 0.132),
            usual("util", "1", 0.8),
            maybe("mw", "MW"),
            maybe("kw", "kW"),
        ),
        {"gb_per_kwh": "GB/kWh", "r_avg_gbps": "Gb/s"},
        _relay_ceiling,
        either=((("mw",), ("kw",)),),
    ),
    Kind(
        "pv_oversize",
        FORETHOUGHT,
        (
            usual("cf", "1", 0.95),
            usual("deg", "1/yr", 0.08),
            usual("years", "yr", 5.0),
            maybe("sp", "W/kg"),
            maybe("usd_per_w", "USD/W"),
        ),
        {
            "bol_w_per_kwc": "W/kW",
            "factor": "1",
            "kg": "kg/kW",
            "kg_per_kwc": "kg/kW",
            "usd": "USD/kW",
            "usd_per_kwc": "USD/kW",
        },
        _oversize,
        wants={"kg": "sp", "kg_per_kwc": "sp", "usd": "usd_per_w", "usd_per_kwc": "usd_per_w"},
    ),
    Kind(
        "crossover",
        FORETHOUGHT,
        (given("earth", "USD/kW"), given("hw", "USD/kW"), given("kg", "kg/kW")),
        {"usd_per_kg": "USD/kg"},
        lambda v, _: {"usd_per_kg": comparison.crossover_launch_price(v.earth, v.hw, v.kg)},
    ),
    Kind(
        "totals_crossover",
        f"{FORETHOUGHT}, totals interpolated",
        (listed("prices", "USD/kg"), listed("totals", "B USD"), maybe("earth", "B USD"), maybe("at", "USD/kg")),
        {"usd_per_kg": "USD/kg", "total": "B USD"},
        _totals,
        wants={"usd_per_kg": "earth", "total": "at"},
    ),
    Kind(
        "capacity_loss",
        FORETHOUGHT,
        (given("loss", "1/yr"), given("years", "yr")),
        {"share": "1", "percent": "%"},
        lambda v, _: {
            "share": published.capacity_loss(v.loss, v.years),
            "percent": 100.0 * published.capacity_loss(v.loss, v.years),
        },
    ),
)
