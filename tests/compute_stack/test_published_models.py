"""Every published model, recomputed from its inputs through named functions."""

import numpy as np
import pytest

from compute_stack import comparison, economics, launch, mccalip, orbit, radiation, thermal

MCCALIP_FIELDS = {
    "years": ("years", 1.0),
    "launchCostPerKg": ("launch_price", 1.0),
    "satelliteCostPerW": ("satellite_price", 1.0),
    "specificPowerWPerKg": ("specific_power", 1.0),
    "satellitePowerKW": ("satellite_power", 1000.0),
    "gpuFailureRate": ("chip_failure", 0.01),
    "sunFraction": ("sun_fraction", 1.0),
    "cellDegradation": ("cell_degradation", 0.01),
    "nreCost": ("engineering_cost", 1e6),
    "betaAngle": ("beta", 1.0),
    "pvEfficiency": ("cell_efficiency", 1.0),
    "gasPricePerMMBtu": ("gas_price", 1.0),
    "capacityFactor": ("capacity_factor", 1.0),
}


def _mccalip(**inputs):
    fields = {name: value * scale for key, value in inputs.items() for name, scale in [MCCALIP_FIELDS[key]]}
    case = mccalip.McCalipCase()._replace(**fields)
    return {
        "orbital_total_usd": mccalip.orbital_total(case),
        "orbital_hw_usd": mccalip.hardware_cost(case),
        "orbital_launch_usd": mccalip.launch_cost(case),
        "sats": mccalip.satellites(case),
        "mass_kg": mccalip.launched_mass(case),
        "orbital_lcoe": mccalip.orbital_energy_cost(case),
        "terr_total_usd": mccalip.ground_total(case),
        "terr_lcoe": mccalip.ground_energy_cost(case),
        "breakeven_usd_per_kg": mccalip.breakeven_launch_price(case),
        "t_eq_c": mccalip.equilibrium_temperature(case) - 273.15,
        "area_required_m2": mccalip.required_area(case),
    }


def _launched_power_price(mass_kg, power_kw, life_yr):
    price = comparison.launched_power_price
    return {f"at_{kg}": price(mass_kg, power_kw, life_yr, float(kg)) for kg in (3600, 200)}


def _wright(P0, M0_t, learning):
    return {f"mass_for_{p}_t": economics.wright_quantity(P0, M0_t, float(p), learning) for p in (200, 300)}


def _pv(area_m2, eta, S, packing):
    return {"power_kw": comparison.photovoltaic_power(area_m2, eta, S, packing)}


def _odc_mass(P_it_kw, alpha_oh, f_sun, eta, sp, t_rad, eps_F, sigma_rad):
    return {
        "A_pv": comparison.floor_array_area(P_it_kw, alpha_oh, f_sun, eta),
        "A_rad": comparison.floor_radiator_area(P_it_kw, alpha_oh, t_rad, eps_F),
        "kg_per_kw": comparison.floor_specific_mass(alpha_oh, f_sun, sp, t_rad, eps_F, sigma_rad),
    }


def _life_penalty(lam, T):
    return {"pi": radiation.life_penalty(lam, T)}


def _relay(capex_per_kw, crf, util, gb_per_kwh):
    return {"usd_per_gb": comparison.relay_breakeven_price(capex_per_kw, crf, util, gb_per_kwh)}


def _starcloud(mw, years, price):
    return {
        "earth_musd": comparison.starcloud_ground_cost(mw * 1e3, years, price) / 1e6,
        "space_musd": comparison.starcloud_space_cost(mw * 1e3) / 1e6,
        "energy_musd": comparison.starcloud_energy_cost(mw * 1e3, years, price) / 1e6,
    }


def _net_flux(eps, alpha, S, albedo, Te, T, ir_absorb, F=None, F_alb=None, F_ir=None):
    infrared = {"alpha": alpha, "eps": eps}[ir_absorb]
    f_alb = F if F_alb is None else F_alb
    f_ir = F if F_ir is None else F_ir
    return {"w_m2": comparison.grey_radiator_net_flux(T, eps, alpha, infrared, f_alb, f_ir, Te, S, albedo)}


def _pv_oversize(cf, deg, years):
    return {"bol_w_per_kwc": 1000.0 * comparison.array_oversize(cf, deg, years)}


def _crossover(earth, hw, kg):
    return {"usd_per_kg": comparison.crossover_launch_price(earth, hw, kg)}


def _reuse_cost(booster_musd, ship_musd, nb, ns, ops_musd, payload_t):
    price = launch.reuse_price_per_kg(booster_musd * 1e6, ship_musd * 1e6, nb, ns, ops_musd * 1e6, payload_t * 1e3)
    return {"usd_per_kg": price}


def _tco(gpus, it_usd, dc_usd, wacc, it_life, dc_life, monthly_total, spares, avail):
    total = comparison.gpu_hour_total(monthly_total, gpus)
    return {
        "it": comparison.gpu_hour_capital(it_usd, wacc, it_life, gpus),
        "dc": comparison.gpu_hour_capital(dc_usd, wacc, dc_life, gpus),
        "tco": total,
        "lcoc": comparison.delivered_gpu_hour_cost(total, spares, avail),
    }


def _rv_mass(p):
    return {"kg_per_kw": comparison.structural_specific_mass(*p)}


def _rv_life(lb, lg, T, sdc):
    return {"years": radiation.effective_lifetime(lb, lg, T, sdc)}


def _equilibrium(Q, A, eps, Ts):
    return {"T": thermal.equilibrium_temperature(Q, A, eps, Ts)}


def _edge_on_view_factor(h_km, Re_km):
    return {"F": thermal.edge_on_view_factor(h_km, Re_km)}


def _mccalip_thermal_delta(h_km, beta):
    case = mccalip.McCalipCase(altitude=float(h_km), beta=float(beta))
    return {"delta_K": mccalip.exact_equilibrium_temperature(case) - mccalip.equilibrium_temperature(case)}


def _allowance(m_kw, c_terr):
    return {"lb": comparison.launch_build_allowance(np.asarray(c_terr, dtype=float), m_kw)}


MODELS = {
    "mccalip": _mccalip,
    "launched_power_price": _launched_power_price,
    "wright": _wright,
    "pv": _pv,
    "odc_mass": _odc_mass,
    "life_penalty": _life_penalty,
    "relay": _relay,
    "starcloud": _starcloud,
    "net_flux": _net_flux,
    "pv_oversize": _pv_oversize,
    "crossover": _crossover,
    "reuse_cost": _reuse_cost,
    "tco": _tco,
    "rv_mass": _rv_mass,
    "rv_life": _rv_life,
    "equilibrium": _equilibrium,
    "edge_on_view_factor": _edge_on_view_factor,
    "mccalip_thermal_delta": _mccalip_thermal_delta,
    "allowance": _allowance,
}


@pytest.mark.parametrize("model", sorted(MODELS))
def test_published_model(model, published_cases):
    cases = [case for case in published_cases if case["model"] == model]
    assert cases
    for case in cases:
        computed = MODELS[model](**case["inputs"])
        for key, expected in case["expected"].items():
            np.testing.assert_allclose(computed[key], expected, rtol=case["rel_tol"], err_msg=f"{case['id']} {key}")


def test_every_published_kind_has_a_function(published_cases):
    assert {case["model"] for case in published_cases} == set(MODELS)


def test_starcloud_flux_is_633_with_their_slip_and_531_by_kirchhoff():
    theirs = comparison.grey_radiator_net_flux(293.15, 0.92, 0.09, 0.09, 0.25, 0.25, 253.0)
    ours = comparison.grey_radiator_net_flux(293.15, 0.92, 0.09, 0.92, 0.25, 0.5, 253.0)
    np.testing.assert_allclose(theirs, 633.0, rtol=2e-3)
    np.testing.assert_allclose(ours, 531.5, rtol=2e-3)


def test_forethought_fluxes_and_specific_rejection():
    cool = comparison.grey_radiator_net_flux(298.15, 0.92, 0.09, 0.92, 0.25, 0.5, 253.0)
    np.testing.assert_allclose(cool, 585.0, rtol=2e-3)
    np.testing.assert_allclose(comparison.rejection_specific_power(cool, 3.6), 163.0, rtol=5e-3)


def test_semianalysis_both_sides():
    capital, delivered = comparison.gpu_hour_capital, comparison.delivered_gpu_hour_cost
    np.testing.assert_allclose(capital(986158.0, 0.103, 5.0, 16.0), 1.81, rtol=6e-3)
    np.testing.assert_allclose(capital(382000.0, 0.103, 15.0, 16.0), 0.36, rtol=1e-2)
    np.testing.assert_allclose(comparison.gpu_hour_total(27724.0, 16.0), 2.37, rtol=5e-3)
    np.testing.assert_allclose(delivered(8.64, 0.20, 0.95), 10.91, rtol=1e-3)
    np.testing.assert_allclose(delivered(2.37, 0.05, 1.0), 2.49, rtol=1e-3)


def test_turyshev_sensitivity_and_ceiling():
    base = comparison.launch_build_allowance(25000.0, 40.0)
    np.testing.assert_allclose(comparison.launch_build_allowance(25000.0, 40.0, 1000.0) - base, -25.0)
    np.testing.assert_allclose(comparison.relay_data_ceiling(26.3, 0.8, 100.0), 148.0, rtol=2e-3)
    np.testing.assert_allclose(comparison.floor_radiator_area(1.0, 1.0, 350.0, 0.9, 0.4) * 0.6,
                               comparison.floor_radiator_area(1.0, 1.0, 350.0, 0.9))  # fmt: skip


def test_we_differ_on_purpose_about_dawn_dusk_sunlight():
    assert 0.94 < 1.0 - orbit.dawn_dusk_eclipse_fraction(550.0) < 0.96 < mccalip.McCalipCase().sun_fraction
