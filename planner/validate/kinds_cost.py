"""Kinds of published models about money: a table of costs, a GPU-hour, a PFLOP-day, a constellation."""

from __future__ import annotations

from types import SimpleNamespace

from compute_stack import comparison, economics, published
from planner.validate.kinds import Kind, Outputs, given, maybe, usual
from planner.validate.kinds_orbit import SEMIANALYSIS, VIEWER

STARCLOUD = "Feilden et al., Starcloud (2024), Table 1"


def _starcloud(v: SimpleNamespace, _: list[str]) -> Outputs:
    power = 1e3 * v.mw
    energy = comparison.starcloud_energy_cost(power, v.years, v.price)
    space = comparison.starcloud_space_cost(
        power, 1e6 * v.array_musd, 1e6 * v.launch_musd, v.shielding_kg_per_kw, v.usd_per_kg
    )
    ground = comparison.starcloud_ground_cost(power, v.years, v.price, v.cooling, 1e6 * v.backup_musd)
    return {
        "energy_musd": energy / 1e6,
        "cooling_musd": energy * v.cooling / 1e6,
        "backup_musd": v.backup_musd,
        "earth_musd": ground / 1e6,
        "array_musd": v.array_musd,
        "launch_musd": v.launch_musd,
        "shielding_musd": space / 1e6 - v.array_musd - v.launch_musd,
        "space_musd": space / 1e6,
        "ratio": ground / space,
        "usd_per_kwh": published.starcloud_energy_price(
            1e6 * v.array_musd, 1e6 * v.launch_musd, power, v.years, v.load
        ),
    }


def _annuity(v: SimpleNamespace, _: list[str]) -> Outputs:
    monthly = economics.monthly_capital_recovery(v.wacc, v.years)
    out: Outputs = {
        "monthly": monthly,
        "yearly": 12.0 * monthly,
        "crf": economics.capital_recovery_factor(v.wacc, v.years),
        "usd_per_month": v.usd * monthly,
    }
    if v.gpus is not None:
        out["usd_per_gpu_h"] = comparison.gpu_hour_capital(v.usd, v.wacc, v.years, v.gpus)
    return out


def _tco(v: SimpleNamespace, _: list[str]) -> Outputs:
    it = comparison.gpu_hour_capital(v.it_usd, v.wacc, v.it_life, v.gpus)
    dc = comparison.gpu_hour_capital(v.dc_usd, v.wacc if v.dc_wacc is None else v.dc_wacc, v.dc_life, v.gpus)
    hours = comparison.HOURS_PER_MONTH * v.gpus
    capital = {"it": it, "dc": dc, "monthly_it": it * hours, "monthly_dc": dc * hours}
    if v.monthly_total is None and v.opex is None:
        return capital
    total = it + dc + v.opex if v.monthly_total is None else comparison.gpu_hour_total(v.monthly_total, v.gpus)
    delivered = comparison.delivered_gpu_hour_cost(total, v.spares, v.avail)
    tokens = published.token_cost(delivered, v.tok_s)
    return capital | {
        "opex": total - it - dc,
        "tco": total,
        "lcoc": delivered,
        "monthly_total": total * hours,
        "per_pflop_h": published.pflop_hour_cost(delivered, v.pflops),
        "per_1e9_tokens": tokens,
        "per_1e6_tokens": tokens / 1e3,
    }


def _electricity(v: SimpleNamespace, _: list[str]) -> Outputs:
    yearly = published.yearly_electricity_cost(v.kw, v.pue, v.util, v.price)
    return {"usd_per_yr": yearly, "usd_per_gpu_h": comparison.gpu_hour_total(yearly / 12.0, v.gpus)}


def _traffic(v: SimpleNamespace, _: list[str]) -> Outputs:
    out: Outputs = {"tb_per_day": published.token_traffic(v.gpus, v.tok_s, v.bytes_per_token)}
    if v.gbps is not None:
        out["link_tb_per_day"] = published.daily_volume(v.gbps)
    return out


def _viewer_tco(v: SimpleNamespace, _: list[str]) -> Outputs:
    cost = comparison.power_unit_cost(v.wacc, v.life, v.launch, v.gpu, v.platform, v.opex)
    return {
        "usd_per_kw_yr": cost,
        "crf": economics.capital_recovery_factor(v.wacc, v.life),
        "ratio": None if v.earth is None else cost / v.earth,
    }


def _delivered_day(v: SimpleNamespace, _: list[str]) -> Outputs:
    share = published.delivered_share(v.f_sw, v.f_power, v.f_thermal, v.f_network, v.f_avail, v.f_util)
    return {
        "delivered": share,
        "usd_per_pflop_day": published.delivered_day_cost(v.capex_usd, v.opex_usd, v.rate, v.years, v.pflops, share),
    }


def _constellation(v: SimpleNamespace, _: list[str]) -> Outputs:
    chips = v.gpu_usd * v.gpus_per_sat * (1.0 + v.hardening)
    array, battery, radiator = (
        v.solar_w * v.solar_usd_per_w,
        v.battery_kwh * v.battery_usd_per_kwh,
        v.radiator_m2 * v.radiator_usd_per_m2,
    )
    hardware = chips + array + battery + radiator + v.bus_usd
    lifted = v.mass_kg * v.usd_per_kg
    capex = v.sats * (hardware + lifted)
    ground = v.sats * v.contact_usd_per_min * v.contact_min_per_day * 365.0
    opex = ground + v.sats * (v.ttc_usd + v.insurance * hardware) + v.mission_usd
    gpus = v.sats * v.gpus_per_sat
    orbit = published.straight_line_gpu_hour(capex, opex, v.years, gpus, v.util)
    earth_opex = (
        published.yearly_electricity_cost(v.earth_kw, v.earth_pue, 1.0, v.earth_usd_per_kwh) + v.earth_usd_per_yr
    )
    earth = published.straight_line_gpu_hour(v.earth_gpu_usd, earth_opex, v.earth_years, 1.0, v.util)
    return {
        "hardware_usd": hardware,
        "launch_usd": lifted,
        "capex_usd": capex,
        "ground_usd_per_yr": ground,
        "opex_usd_per_yr": opex,
        "usd_per_gpu_h": orbit,
        "earth_usd_per_gpu_h": earth,
        "ratio": orbit / earth,
    }


KINDS = (
    Kind(
        "starcloud",
        STARCLOUD,
        (
            usual("mw", "MW", 40.0),
            usual("years", "yr", 10.0),
            usual("price", "USD/kWh", 0.04),
            usual("cooling", "1", 0.05),
            usual("backup_musd", "M USD", 20.0),
            usual("array_musd", "M USD", 2.0),
            usual("launch_musd", "M USD", 5.0),
            usual("shielding_kg_per_kw", "kg/kW", 1.0),
            usual("usd_per_kg", "USD/kg", 30.0),
            usual("load", "1", 0.95),
        ),
        {
            "earth_musd": "M USD",
            "space_musd": "M USD",
            "energy_musd": "M USD",
            "cooling_musd": "M USD",
            "backup_musd": "M USD",
            "array_musd": "M USD",
            "launch_musd": "M USD",
            "shielding_musd": "M USD",
            "ratio": "1",
            "usd_per_kwh": "USD/kWh",
        },
        _starcloud,
    ),
    Kind(
        "annuity",
        SEMIANALYSIS,
        (given("wacc", "1/yr"), given("years", "yr"), usual("usd", "USD", 1.0), maybe("gpus", "1")),
        {"monthly": "1/month", "yearly": "1/yr", "crf": "1/yr", "usd_per_month": "USD/month", "usd_per_gpu_h": "USD/h"},
        _annuity,
        wants={"usd_per_gpu_h": "gpus"},
    ),
    Kind(
        "tco",
        SEMIANALYSIS,
        (
            usual("gpus", "1", 16.0),
            given("it_usd", "USD"),
            given("dc_usd", "USD"),
            given("wacc", "1/yr"),
            maybe("dc_wacc", "1/yr"),
            usual("it_life", "yr", 5.0),
            given("dc_life", "yr"),
            maybe("monthly_total", "USD/month"),
            maybe("opex", "USD/h"),
            usual("spares", "1", 0.0),
            usual("avail", "1", 1.0),
            usual("pflops", "PFLOP/s", 15.0),
            usual("tok_s", "1/s", 5100.0, "tokens_per_s"),
        ),
        {
            "it": "USD/h",
            "dc": "USD/h",
            "opex": "USD/h",
            "tco": "USD/h",
            "lcoc": "USD/h",
            "monthly_it": "USD/month",
            "monthly_dc": "USD/month",
            "monthly_total": "USD/month",
            "per_pflop_h": "USD",
            "per_1e9_tokens": "USD",
            "per_1e6_tokens": "USD",
        },
        _tco,
        wants=dict.fromkeys(
            ("opex", "tco", "lcoc", "monthly_total", "per_pflop_h", "per_1e9_tokens", "per_1e6_tokens"), "monthly_total"
        ),
    ),
    Kind(
        "electricity",
        SEMIANALYSIS,
        (
            given("kw", "kW"),
            usual("pue", "1", 1.0),
            usual("util", "1", 1.0),
            given("price", "USD/kWh"),
            usual("gpus", "1", 16.0),
        ),
        {"usd_per_yr": "USD/yr", "usd_per_gpu_h": "USD/h"},
        _electricity,
    ),
    Kind(
        "traffic",
        SEMIANALYSIS,
        (
            usual("gpus", "1", 500.0),
            usual("tok_s", "1/s", 5000.0),
            usual("bytes_per_token", "B", 100.0),
            maybe("gbps", "Gb/s"),
        ),
        {"tb_per_day": "TB/d", "link_tb_per_day": "TB/d"},
        _traffic,
        wants={"link_tb_per_day": "gbps"},
    ),
    Kind(
        "rv_tco",
        VIEWER,
        (
            given("wacc", "1/yr"),
            given("life", "yr"),
            usual("launch", "USD/kW", 0.0),
            usual("gpu", "USD/kW", 0.0),
            usual("platform", "USD/kW", 0.0),
            usual("opex", "USD/kW/yr", 0.0),
            maybe("earth", "USD/kW/yr"),
        ),
        {"usd_per_kw_yr": "USD/kW/yr", "crf": "1/yr", "ratio": "1"},
        _viewer_tco,
        wants={"ratio": "earth"},
    ),
    Kind(
        "delivered_day",
        "spacedc-mdao (2026)",
        (
            given("capex_usd", "USD"),
            usual("opex_usd", "USD/yr", 0.0),
            given("pflops", "PFLOP/s"),
            usual("f_sw", "1", 1.0),
            usual("f_power", "1", 1.0),
            usual("f_thermal", "1", 1.0),
            usual("f_network", "1", 1.0),
            usual("f_avail", "1", 1.0),
            usual("f_util", "1", 1.0),
            usual("years", "yr", 5.0),
            usual("rate", "1/yr", 0.08),
        ),
        {"delivered": "1", "usd_per_pflop_day": "USD"},
        _delivered_day,
    ),
    Kind(
        "constellation",
        "orbital-compute (2026)",
        (
            usual("sats", "1", 6.0),
            usual("gpus_per_sat", "1", 1.0),
            usual("gpu_usd", "USD", 30e3),
            usual("hardening", "1", 0.3),
            usual("solar_w", "W", 2000.0),
            usual("solar_usd_per_w", "USD/W", 500.0),
            usual("battery_kwh", "kWh", 5.0),
            usual("battery_usd_per_kwh", "USD/kWh", 500.0),
            usual("radiator_m2", "m2", 4.0),
            usual("radiator_usd_per_m2", "USD/m2", 10e3),
            usual("bus_usd", "USD", 500e3),
            usual("mass_kg", "kg", 120.0),
            usual("usd_per_kg", "USD/kg", 5000.0),
            usual("contact_usd_per_min", "USD/min", 5.0),
            usual("contact_min_per_day", "min/d", 30.0),
            usual("ttc_usd", "USD/yr", 100e3),
            usual("insurance", "1/yr", 0.05),
            usual("mission_usd", "USD/yr", 500e3),
            usual("years", "yr", 5.0),
            usual("util", "1", 0.5),
            usual("earth_gpu_usd", "USD", 47e3),
            usual("earth_kw", "kW", 0.7),
            usual("earth_pue", "1", 1.3),
            usual("earth_usd_per_kwh", "USD/kWh", 0.08),
            usual("earth_usd_per_yr", "USD/yr", 5000.0),
            usual("earth_years", "yr", 5.0),
        ),
        {
            "hardware_usd": "USD",
            "launch_usd": "USD",
            "capex_usd": "USD",
            "ground_usd_per_yr": "USD/yr",
            "opex_usd_per_yr": "USD/yr",
            "usd_per_gpu_h": "USD/h",
            "earth_usd_per_gpu_h": "USD/h",
            "ratio": "1",
        },
        _constellation,
    ),
)
