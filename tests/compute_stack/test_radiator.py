"""Panels in orbit against integrals, closed forms, published radiators and the simpler function they contain."""

import numpy as np
import pytest
from scipy.integrate import solve_bvp

from compute_stack import mccalip, radiator, thermal

STEFAN_BOLTZMANN = 5.670374419e-8
EARTH = 6371.0


def _faces(**seen):
    dark = {"sun": 0.0, "earth": 0.0, "albedo": 0.0}
    return radiator.Face(0.9, 0.1, **{**dark, **seen}), radiator.Face(0.85, 0.15, **dark)


def test_equal_faces_are_the_plain_radiator():
    face = radiator.Face(0.9, 0.1, 0.01, 0.25, 0.0125)
    plain = thermal.radiator_net_flux(340.0, 0.9, 0.1, 2.0, 0.02, 0.025, 0.5)
    np.testing.assert_allclose(radiator.panel_net_flux(340.0, face, face), plain, rtol=1e-14)


def test_the_panel_is_in_balance_at_its_temperature():
    front, back = _faces(sun=0.4, earth=0.3, albedo=0.1)
    for heat in (-50.0, 0.0, 700.0):
        temperature = radiator.panel_temperature(heat, front, back)
        np.testing.assert_allclose(radiator.panel_net_flux(temperature, front, back), heat, atol=1e-9)


def test_a_lone_sphere_of_sunlight_settles_at_the_textbook_temperature():
    # A black two-sided plate facing the sun: (S/2 sigma)^(1/4), 331 K.
    front = radiator.Face(1.0, 1.0, 1.0, 0.0, 0.0)
    back = radiator.Face(1.0, 1.0, 0.0, 0.0, 0.0)
    np.testing.assert_allclose(radiator.panel_temperature(0.0, front, back), (1361.0 / 2.0 / 5.670374419e-8) ** 0.25)


def test_the_sink_radiates_what_is_absorbed():
    front, back = _faces(earth=0.26, albedo=0.01)
    absorbed = radiator.absorbed_flux(front) + radiator.absorbed_flux(back)
    sink = radiator.sink_temperature(absorbed, 1.75)
    equal = 1.75 * STEFAN_BOLTZMANN * (340.0**4 - sink**4)
    np.testing.assert_allclose(radiator.panel_net_flux(340.0, front, back), equal, rtol=1e-12)


def test_semianalysis_radiator_is_the_formula_with_a_fin_efficiency_of_085():
    # 343 K, sink 255 K, emissivity 0.95 on both sides: 1,036 W/m2 by formula, 880 published.
    formula = 2.0 * 0.95 * (thermal.blackbody_flux(343.0) - thermal.blackbody_flux(255.0))
    np.testing.assert_allclose(formula, 1036.0, rtol=1e-3)
    # Their panel, 3 mm of aluminium 6061, with heat pipes 0.3 m apart reaches about that share.
    fin = radiator.fin_efficiency(0.15, 3e-3, 167.0, 1.9, 343.0)
    np.testing.assert_allclose(formula * fin, 880.0, rtol=0.06)


@pytest.mark.parametrize("altitude", [400.0, 550.0, 1000.0, 2000.0])
def test_tilted_view_factor_joins_nadir_edge_and_away(altitude):
    np.testing.assert_allclose(radiator.tilted_view_factor(altitude, 0.0), thermal.nadir_view_factor(altitude))
    edge = radiator.tilted_view_factor(altitude, np.pi / 2.0)
    np.testing.assert_allclose(edge, thermal.edge_on_view_factor(altitude), rtol=1e-12)
    assert radiator.tilted_view_factor(altitude, np.pi) == 0.0


@pytest.mark.parametrize("tilt", [0.3, 0.9, 1.3, 1.7, 2.2])
def test_tilted_view_factor_is_the_integral_over_the_disc(tilt):
    edge = np.arcsin(EARTH / (EARTH + 550.0))
    polar = ((np.arange(2000) + 0.5) / 2000 * edge)[:, None]
    turn = (np.arange(1000) + 0.5) / 1000 * np.pi
    cosine = np.cos(tilt) * np.cos(polar) + np.sin(tilt) * np.sin(polar) * np.cos(turn)
    integral = 2.0 * edge * np.mean(np.maximum(cosine, 0.0) * np.sin(polar))
    np.testing.assert_allclose(radiator.tilted_view_factor(550.0, tilt), integral, atol=2e-6)


def test_opposite_faces_share_the_disc():
    # Front and back together see what a face towards nadir sees, foreshortened: F(t) - F(pi - t) = F_nadir cos t.
    tilt = np.linspace(0.1, 1.5, 8)
    front, back = radiator.tilted_view_factor(550.0, tilt), radiator.tilted_view_factor(550.0, np.pi - tilt)
    np.testing.assert_allclose(front - back, thermal.nadir_view_factor(550.0) * np.cos(tilt), rtol=1e-12)


@pytest.mark.parametrize(("zenith", "tilt", "azimuth"), [(0.0, 0.0, 0.0), (1.0, 1.2, 0.7), (1.4, 0.6, 2.0)])
def test_albedo_is_the_integral_over_the_lit_cap(zenith, tilt, azimuth):
    height = EARTH + 600.0
    sun = np.array([np.sin(zenith), 0.0, np.cos(zenith)])
    normal = np.array([np.sin(tilt) * np.cos(azimuth), np.sin(tilt) * np.sin(azimuth), -np.cos(tilt)])

    # Over the ground, cell by cell, where the function sums over directions.
    cap = np.arccos(EARTH / height)
    polar, turn = np.meshgrid((np.arange(1500) + 0.5) / 1500 * cap, (np.arange(720) + 0.5) / 720 * 2.0 * np.pi)
    up = np.stack([np.sin(polar) * np.cos(turn), np.sin(polar) * np.sin(turn), np.cos(polar)], axis=-1)
    path = np.array([0.0, 0.0, height]) - EARTH * up
    distance = np.linalg.norm(path, axis=-1)
    lit, leaving = np.maximum(up @ sun, 0.0), np.maximum(np.sum(up * path, axis=-1) / distance, 0.0)
    arriving = np.maximum(-(path @ normal) / distance, 0.0)
    integral = 2.0 * cap * np.mean(lit * leaving * arriving / distance**2 * EARTH**2 * np.sin(polar))
    np.testing.assert_allclose(radiator.albedo_factor(600.0, zenith, tilt, azimuth), integral, rtol=0.01)


def test_albedo_at_the_terminator_is_the_share_that_designs_assume():
    # `orbit.TERMINATOR_ALBEDO` is 5 % of the view factor; the white Earth below a dawn-dusk orbit gives 3 to 5 %.
    share = radiator.albedo_factor(np.array([500.0, 700.0, 1000.0]), np.pi / 2.0, np.pi / 2.0, np.pi / 2.0)
    share = share / thermal.edge_on_view_factor(np.array([500.0, 700.0, 1000.0]))
    assert np.all((share > 0.03) & (share < 0.05))


def test_sun_facing_panels_at_beta_90_are_edge_on_and_the_public_model_is_not():
    right = np.pi / 2.0
    exact = thermal.edge_on_view_factor(550.0)
    np.testing.assert_allclose(radiator.sun_facing_view_factor(550.0, right), exact, rtol=1e-12)
    case = mccalip.McCalipCase()
    off = mccalip.exact_equilibrium_temperature(case) - mccalip.equilibrium_temperature(case)
    face = radiator.Face(0.85, 0.92, 1.0, exact, 0.0)
    other = radiator.Face(0.90, 0.92, 0.0, exact, 0.0)
    panel = radiator.panel_temperature(0.0, face, other)
    np.testing.assert_allclose(panel - mccalip.equilibrium_temperature(case), off, atol=0.01)


def test_sun_facing_albedo_lies_behind_by_day():
    assert radiator.sun_facing_albedo_factor(550.0, 0.2, 1.0) > 5.0 * radiator.sun_facing_albedo_factor(550.0, 0.2, 0.0)
    both = [float(radiator.sun_facing_albedo_factor(550.0, 0.5, away)) for away in (0.0, 0.5, 1.0)]
    np.testing.assert_allclose(both[1], (both[0] + both[2]) / 2.0, rtol=1e-12)


def test_coatings_age_to_their_end_of_life_value():
    np.testing.assert_allclose(radiator.aged_property(0.14, 0.22, 60.0, 2.0), 0.22, rtol=1e-9)
    np.testing.assert_allclose(radiator.aged_property(0.90, 0.85, 2.0, 2.0), 0.85 + 0.05 / np.e)


@pytest.mark.parametrize("number", [0.01, 0.1, 0.5, 1.0, 3.0, 20.0])
def test_fin_efficiency_solves_the_fin_equation(number):
    # T'' = N T^4, T(0) = 1, T'(1) = 0; efficiency -T'(0)/N.
    x = np.linspace(0.0, 1.0, 200) ** 2
    start = np.vstack([1.0 / (1.0 + number * x) ** 0.3, -number * (1.0 - x)])
    solved = solve_bvp(
        lambda _, y: np.vstack([y[1], number * np.abs(y[0]) ** 4]),
        lambda a, b: np.array([a[0] - 1.0, b[1]]), x, start, tol=1e-8, max_nodes=100000,
    )  # fmt: skip
    root, emissivity, conductivity, thickness = 330.0, 1.8, 180.0, 1e-3
    length = np.sqrt(number * conductivity * thickness / (emissivity * STEFAN_BOLTZMANN * root**3))
    ours = radiator.fin_efficiency(length, thickness, conductivity, emissivity, root)
    np.testing.assert_allclose(ours, -solved.sol(0.0)[1] / number, rtol=8e-3)


def test_mean_radiating_temperature_is_the_mean_of_the_fourth_power():
    along = 340.0 - 40.0 * (np.arange(10000) + 0.5) / 10000
    np.testing.assert_allclose(radiator.mean_radiating_temperature(340.0, 300.0), np.mean(along**4) ** 0.25, rtol=1e-9)


def test_from_chip_to_panel_and_back():
    panel = radiator.radiator_temperature(80.0, 1000.0, 0.02, 20.0, 5.0)
    assert 305.0 < panel < 353.15 - 20.0 - 5.0
    np.testing.assert_allclose(radiator.junction_on_radiator(panel, 1000.0, 0.02, 20.0, 5.0), 80.0, atol=0.2)
