"""Results of published models from their inputs: the public cases, printed figures, plain code, what must move."""

import json
from pathlib import Path

import numpy as np
import plain_mccalip
import pytest
from plain_mccalip import SLIDERS
from typer.testing import CliRunner

import planner
from planner.cli import app
from planner.validate.catalogue import KINDS
from planner.validate.manual import manual

RUN = CliRunner()


def told(path, *options):
    result = RUN.invoke(app, ["validate", str(path), *options])
    return result.exit_code, result.stdout


def ours(write, model, inputs, *quantities):
    """Ours for some quantities of one case, whatever is expected of them."""
    found = planner.validate(write((model, inputs, dict.fromkeys(quantities, 1.0))))
    return [found.cases[0]["ours"][q] for q in quantities]


def test_every_public_case_lies_within_its_tolerance(published_file):
    code, out = told(published_file)
    cases = json.loads(published_file.read_text())
    assert code == 0, out
    assert f"{len(cases)} of {len(cases)} within tolerance" in out
    assert max(map(len, out.splitlines())) <= 100
    code, out = told(published_file, "--json")
    answer = json.loads(out.splitlines()[-1])
    for case, told_case in zip(cases, answer["cases"], strict=True):
        assert told_case["id"] == case["id"]
        assert told_case["expected"] == case["expected"]
        for key, theirs in case["expected"].items():
            np.testing.assert_allclose(told_case["ours"][key], theirs, rtol=case["rel_tol"])


def test_a_miss_is_named_and_exits_1(write):
    path = write(("crossover", {"earth": 5590, "hw": 1198, "kg": 17.56}, {"usd_per_kg": 251}, 0.002))
    code, out = told(path)
    assert code == 1
    assert "0 of 1 within tolerance" in out
    assert "misses" in out
    assert "Missed: c1" in out
    assert not planner.validate(path).ok


#: Figures that the published texts print, with the inputs they print: (model, inputs, quantity, printed, rel_tol).
PRINTED = [
    ("mccalip", {}, "cf", 0.9512344531, 1e-9),
    ("mccalip", {}, "p_init_w", 1.0727199377e9, 1e-9),
    ("mccalip", {}, "orbital_ops_usd", 1.180011e9, 1e-6),
    ("mccalip", {}, "orbital_repl_usd", 10.620096e9, 1e-6),
    ("mccalip", {}, "orbital_total_usd", 51.095348e9, 1e-7),
    ("mccalip", {}, "array_km2", 4.608796, 1e-9),
    ("mccalip", {}, "starships", 294, 0),
    ("mccalip", {}, "terr_capex_usd", 14.66e9, 1e-9),
    ("mccalip", {}, "terr_fuel_usd", 1.19106216e9, 1e-9),
    ("mccalip", {}, "gas_bcf", 276.99, 1e-5),
    ("mccalip", {}, "turbines", 3, 0),
    ("mccalip", {}, "ratio", 3.22, 2e-3),
    ("mccalip", {}, "t_eq_k", 335.7495, 1e-6),
    ("mccalip", {}, "t_exact_c", 68.949, 1e-5),
    ("mccalip", {}, "margin_k", 12.400, 1e-4),
    ("launched_power_price", {"mass_kg": 575, "power_kw": 28, "life_yr": 5}, "at_300", 1232, 1e-3),
    ("ground_power_price", {"price": [0.06, 0.25], "pue": [1.09, 1.4]}, "usd_per_kw_yr", [573, 3066], 1e-3),
    ("wright", {"learning": [0.18, 0.22, 0.24]}, "mass_for_200_t", [861e3, 184e3, 103e3], 5e-3),
    ("wright", {}, "launches_for_200", 1840, 2e-3),
    ("link", {}, "confocal_km", 5.07, 1e-3),
    ("link", {}, "divergence_urad", 18.9, 1e-3),
    ("link", {"channels": [24, 32]}, "tbps", [9.6, 12.8], 1e-9),
    ("sdc", {}, "events_per_chip_yr", 8.82, 1e-3),
    ("sdc", {}, "inferences_per_event", 3.57e6, 3e-3),
    ("odc_mass", {"derate": 0.779}, "A_pv", 5640, 1e-3),
    ("odc_mass", {"x_env": [0.2, 0.4]}, "inflation", [1.25, 1.667], 1e-3),
    ("life_penalty", {"lam": 0.1, "g": 0.2, "T": 5}, "pi", 1.9308, 1e-4),
    ("launch_multiple", {"price_usd": 74e6, "payload_kg": 22000, "allowance": [1000, 250]}, "multiple",
     [3.36, 13.45], 2e-3),
    ("relay", {"capex_per_kw": 10000}, "cents_per_gb", 0.9513, 1e-4),
    ("relay_ceiling", {"mw": [0.1, 1, 10]}, "gb_per_kwh", [148, 14.8, 1.48], 2e-3),
    ("eclipse_beta", {"h_km": 550}, "minutes", 35.6, 1e-3),
    ("starcloud", {"mw": 40, "years": 10, "price": 0.04}, "usd_per_kwh", 0.0021, 5e-3),
    ("starcloud", {"launch_musd": 50, "usd_per_kg": 500}, "space_musd", 72, 1e-9),
    ("net_flux", {"T": 293.15, "F_alb": 0.25, "F_ir": 0.5}, "w_m2", 531.5, 1e-3),
    ("net_flux", {"T_c": 25, "F_alb": 0.25, "F_ir": 0.5, "kg_m2": 3.60}, "w_per_kg", 162.5, 1e-3),
    ("pv_oversize", {"sp": [91, 189]}, "kg", [17.55, 8.45], 1e-3),
    ("pv_oversize", {"usd_per_w": 0.75}, "usd", 1198, 1e-3),
    ("crossover", {"earth": 5590, "hw": 752.47, "kg": 8.43}, "usd_per_kg", 573.8, 1e-3),
    ("reuse_cost", {"nb": 12, "ns": 12, "ops_musd": 6.5, "payload_t": 150}, "usd_per_kg", 93.3, 1e-3),
    ("capacity_loss", {"loss": 0.09, "years": 5}, "percent", 37.6, 1e-3),
    ("totals_crossover", {"prices": [50, 100, 250], "totals": [30.3, 35.0, 48.2], "at": [50, 100, 250]}, "total",
     [30.3, 35.0, 48.2], 1e-12),
    ("annuity", {"usd": 980882, "wacc": 0.15, "years": 5, "gpus": 16}, "usd_per_gpu_h", 1.998, 1e-3),
    ("annuity", {"usd": 382e3, "wacc": 0.103, "years": 15, "gpus": 16}, "usd_per_gpu_h", 0.3575, 1e-3),
    ("electricity", {"kw": 30.5, "pue": 1.35, "util": 0.8, "price": 0.087}, "usd_per_yr", 25.1e3, 1e-3),
    ("electricity", {"kw": 30.5, "pue": 1.35, "util": 0.8, "price": 0.087}, "usd_per_gpu_h", 0.179, 1e-3),
    ("traffic", {"gbps": 17.1}, "tb_per_day", 21.6, 1e-9),
    ("traffic", {"gbps": 17.1}, "link_tb_per_day", 184.7, 1e-3),
    ("sink_flux", {"T": 343, "Ts": 255, "eps": 0.95, "sides": 2}, "w_m2", 1036, 1e-3),
    ("sink_flux", {"T": 370, "T_other": 320, "Ts": 255}, "ratio", 2.32, 1e-3),
    ("sink_flux", {"T": 370, "Q_kw": 40}, "area_m2", 37.6, 2e-3),
    ("rv_mass", {"p": [[1.035, 300, 250, 4, 0, 1.15], [1.05, 150, 77, 6, 0, 1.25]]}, "kg_per_kw", [13.17, 32.48], 1e-3),
    ("rv_life", {"lb": 0.025, "lg": 0.161, "life": 3.5, "delay": 0.5}, "years", 2.224, 1e-3),
    ("edge_on_view_factor", {"h_km": [550, 1000, 2000]}, "F", [0.2578, 0.1939, 0.1182], 1e-3),
    ("equilibrium", {"Q": 120e3, "A": 220, "eps": 0.91, "Ts": 220}, "T", 337.100, 1e-5),
    ("sheet", {}, "mass_t", 141.8, 1e-3),
    ("sheet", {}, "mw", 16.4, 5e-3),
    ("packing", {"radius_m": 1000, "spacing_m": 100}, "satellites", 363, 1e-9),
    ("fleet_power", {"kw_per_t": 100, "t_per_yr": 1e6}, "gw_per_yr", 100, 1e-9),
    ("array_power", {"area_m2": 110, "w_m2": 1400}, "kw", 154, 1e-9),
    ("density", {"kw": [14, 70], "area_m2": [42.4, 422]}, "w_m2", [330, 166], 2e-3),
    ("density", {"kw": 143, "mass_kg": 1398}, "w_per_kg", 102, 5e-3),
    ("constellation", {}, "opex_usd_per_yr", 1_902_950, 1e-9),
    ("constellation", {}, "capex_usd", 13.089e6, 1e-9),
    ("constellation", {}, "usd_per_gpu_h", 172.02, 1e-4),
    ("constellation", {}, "earth_usd_per_gpu_h", 3.43, 2e-3),
    ("eclipse", {"h_km": [500, 550, 650, 800, 1000, 1200, 1400]}, "mean_eclipse_pct",
     [5.49, 4.92, 3.92, 2.72, 1.51, 0.62, 0], 0.02),
    ("eclipse", {"h_km": [500, 550, 650, 800, 1000, 1200, 1400]}, "max_min",
     [22.7, 21.7, 19.7, 16.9, 13.0, 8.7, 0], 5e-3),
    ("eclipse", {"h_km": [500, 550, 650, 800, 1000, 1200, 1400]}, "days", [104, 98, 88, 74, 56, 36, 0], 0.03),
    ("eclipse", {"h_km": [500, 800, 1400]}, "inc_deg", [97.40, 98.60, 101.43], 1e-4),
]  # fmt: skip


def test_every_printed_figure(write):
    cases = [(model, inputs, {name: value}, tolerance) for model, inputs, name, value, tolerance in PRINTED]
    found = planner.validate(write(*cases))
    missed = found.table[~found.table["within"]]
    assert found.ok, missed.to_string()


def test_semianalysis_on_both_sides(write):
    space = {"it_usd": 980882, "dc_usd": 3.1e6, "wacc": 0.15, "dc_life": 5, "monthly_total": 100925, "spares": 0.2,
             "avail": 0.95}  # fmt: skip
    ground = {"it_usd": 986158, "dc_usd": 382e3, "wacc": 0.103, "dc_life": 15, "monthly_total": 27724, "spares": 0.05}
    names = ("tco", "opex", "lcoc", "per_pflop_h", "per_1e9_tokens")
    there = dict(zip(names, (8.641, 0.33, 10.914, 0.727, 594), strict=True))
    here = dict(zip(names, (2.374, 0.21, 2.492, 0.166, 135.6), strict=True))
    found = planner.validate(write(("tco", space, there, 0.01), ("tco", ground, here, 0.01)))
    assert found.ok, found.table.to_string()


def test_mccalip_is_the_plain_calculator_at_any_slider(write):
    draw = np.random.default_rng(7)
    cases = []
    for k in range(40):
        inputs = {name: float(draw.uniform(*span)) for name, span in SLIDERS.items() if draw.random() < 0.5}
        inputs["years"] = int(draw.integers(3, 11))
        if k % 4 == 0:
            inputs["betaAngle"] = 90
        if k % 5 == 0:
            inputs["cellDegradation"] = 0
        cases.append(("mccalip", inputs, plain_mccalip.plain_mccalip(**inputs), 1e-9))
    # a number of satellites that divides evenly is not rounded up
    even = {"cellDegradation": 0, "sunFraction": 0.8, "satellitePowerKW": 25}
    cases.append(("mccalip", even, {"sats": 50000}, 0.0))
    found = planner.validate(write(*cases))
    assert found.ok, found.table[~found.table["within"]].to_string()


def test_doubling_the_launch_price_adds_the_launch_share(write):
    one, launch = ours(write, "mccalip", {}, "orbital_total_usd", "orbital_launch_usd")
    (two,) = ours(write, "mccalip", {"launchCostPerKg": 1000}, "orbital_total_usd")
    np.testing.assert_allclose(two - one, launch, rtol=1e-12)


def test_at_the_breakeven_price_launch_and_satellites_cost_what_the_ground_does(write):
    # small satellites: what is bought is then nearly what is needed
    sliders = {"satelliteCostPerW": 5, "satellitePowerKW": 0.001}
    (price,) = ours(write, "mccalip", sliders, "breakeven_usd_per_kg")
    found = ours(write, "mccalip", sliders | {"launchCostPerKg": price}, "orbital_base_usd", "terr_total_usd")
    np.testing.assert_allclose(*found, rtol=1e-5)


def test_what_must_move_moves_as_it_must(write):
    at = ours(write, "launched_power_price", {"mass_kg": 575, "power_kw": 28, "life_yr": 5}, "at_100", "at_250")
    np.testing.assert_allclose(at[1] / at[0], 2.5)
    (half,) = ours(write, "life_penalty", {"lam": 0.2, "T": 2.5}, "pi")
    (same,) = ours(write, "life_penalty", {"lam": 0.1, "T": 5}, "pi")
    np.testing.assert_allclose(half, same)
    price, priced = ours(write, "wright", {"mass_t": 104524.609}, "price", "mass_for_300_t")
    np.testing.assert_allclose([price, priced], [300, 104524.609], rtol=1e-6)
    bare, margin = (ours(write, "reuse_cost", {"payload_t": 150, "margin": m}, "usd_per_kg")[0] for m in (0, 0.2))
    np.testing.assert_allclose(margin, bare / 0.8)
    floor, battery = (ours(write, "odc_mass", {"battery": b, "fixed": b}, "kg_per_kw")[0] for b in (0, 3))
    np.testing.assert_allclose(battery - floor, 6)
    free, link = (ours(write, "allowance", {"m_kw": 40, "c_terr": 25000, "c_link": c}, "lb")[0] for c in (0, 1000))
    np.testing.assert_allclose(link - free, -25)
    one, many = (ours(write, "sink_flux", {"T": 350, "sides": n}, "w_m2")[0] for n in (1, 2))
    np.testing.assert_allclose(many, 2 * one)
    alpha, eps = (
        ours(write, "net_flux", {"T": 300, "F": 0.25, "ir_absorb": how}, "w_m2")[0] for how in ("alpha", "eps")
    )
    np.testing.assert_allclose(alpha - eps, 0.25 * (0.92 - 0.09) * 5.670374419e-8 * 253**4)
    (price,) = ours(write, "totals_crossover", {"prices": [100, 250], "totals": [35, 48.2], "earth": 40}, "usd_per_kg")
    (total,) = ours(write, "totals_crossover", {"prices": [100, 250], "totals": [35, 48.2], "at": price}, "total")
    np.testing.assert_allclose(total, 40)
    share, day = ours(
        write, "delivered_day", {"capex_usd": 365e3, "pflops": 10, "f_util": 0.5, "years": 1, "rate": 0.0},
        "delivered", "usd_per_pflop_day",
    )  # fmt: skip
    np.testing.assert_allclose([share, day], [0.5, 365e3 / (365 * 10 * 0.5)])
    cost, crf = ours(write, "rv_tco", {"wacc": 0.1, "life": 5, "launch": 3800, "opex": 500}, "usd_per_kw_yr", "crf")
    np.testing.assert_allclose([cost, crf], [500 + 3800 * 0.2637975, 0.2637975], rtol=1e-6)


def test_a_list_is_many_cases_at_once(write):
    prices = [20, 200, 1000]
    (listed,) = ours_of_list(write, prices)
    one_by_one = [ours(write, "mccalip", {"launchCostPerKg": p}, "orbital_total_usd")[0] for p in prices]
    np.testing.assert_allclose(listed, one_by_one, rtol=1e-15)


def ours_of_list(write, prices):
    expected = {"orbital_total_usd": [1.0] * len(prices), "terr_total_usd": 1.0}
    found = planner.validate(write(("mccalip", {"launchCostPerKg": prices}, expected)))
    assert isinstance(found.cases[0]["ours"]["terr_total_usd"], float)
    return [found.cases[0]["ours"]["orbital_total_usd"]]


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_kind_says_where_it_comes_from_and_its_parts_are_whole(name):
    kind = KINDS[name]
    assert "20" in kind.source or "derived" in kind.source
    names = [n for i in kind.inputs for n in i.names]
    assert len(names) == len(set(names))
    assert all(kind.input(n) is not None for choice in kind.either for ways in choice for n in ways)
    assert all(kind.gives(out) and kind.input(need) is not None for out, need in kind.wants.items())
    assert all(i.unit or i.choices for i in kind.inputs)


def test_the_page_is_printed_from_the_kinds():
    page = (Path(__file__).parents[2] / "docs" / "validate.md").read_text(encoding="utf-8")
    assert page == manual(), "run: python -m planner.validate.manual > docs/validate.md"
    assert all(f"\n## {name}\n" in page for name in KINDS)
