"""Answers to design choices against quadrature, Monte Carlo and the functions that they extend."""

import jax
import numpy as np
import pytest
from scipy.integrate import quad

from compute_stack import chips, design, orbit, radiation

NOTHING = design.Choice(1.0, 0.0, 1.0)
SILENT = design.Rating(np.inf, np.inf, np.inf, np.inf)


@pytest.mark.parametrize(
    ("oversize", "degradation", "life"), [(0.95, 0.02, 5.0), (0.8, 0.02, 5.0), (0.9, 0.08, 5.0), (0.5, 0.03, 7.0)]
)
def test_faded_throughput_is_the_mean_over_the_life(oversize, degradation, life):
    def at(age):
        return float(chips.power_cap_throughput(min(1.0, oversize * (1.0 - degradation) ** (age - life))))

    bend = life + np.log(oversize) / -np.log1p(-degradation)
    mean = quad(at, 0.0, life, points=[np.clip(bend, 0.0, life)], epsabs=1e-12)[0] / life
    np.testing.assert_allclose(design.faded_throughput(oversize, degradation, life), mean, rtol=1e-9)


def test_an_array_that_is_large_enough_slows_nothing_and_one_that_never_fades_slows_all_the_time():
    np.testing.assert_allclose(design.faded_throughput(np.array([1.0, 1.2]), 0.03, 5.0), 1.0, rtol=1e-15)
    np.testing.assert_allclose(design.faded_throughput(0.9, 0.0, 5.0), chips.power_cap_throughput(0.9), rtol=1e-12)
    assert np.isfinite(jax.grad(design.faded_throughput, argnums=(0, 1, 2))(1.0, 0.0, 0.0)).all()


@pytest.mark.parametrize(
    ("age", "attrition", "loss", "spares"),
    [
        (0.0, 0.09, 0.02, 0.1),
        (0.8, 0.09, 0.02, 0.1),
        (2.0, 0.09, 0.02, 0.1),
        (4.8, 0.09, 0.0, 0.6),
        (1.0, 0.0, 0.1, 1.0),
    ],
)
def test_spares_keep_a_cohort_whole_until_they_are_used_up(age, attrition, loss, spares):
    def working(t):
        return np.exp(-loss * t) * min(1.0, (1.0 + spares) * np.exp(-attrition * t))

    until = np.log1p(spares) / attrition if attrition else age
    mean = quad(working, age, min(age + 0.5, 5.0), points=[np.clip(until, age, min(age + 0.5, 5.0))])[0] / 0.5
    np.testing.assert_allclose(design.spared_fraction(age, 0.5, attrition, loss, 5.0, spares), mean, rtol=1e-9)


def test_without_spares_it_is_the_surviving_fraction():
    ages = np.linspace(-1.0, 6.0, 29)
    plain = chips.surviving_fraction(ages, 0.5, 0.11, 5.0)
    np.testing.assert_allclose(design.spared_fraction(ages, 0.5, 0.09, 0.02, 5.0, 0.0), plain, rtol=1e-13)


def test_spares_against_chips_that_die_one_by_one():
    rng = np.random.default_rng(3)
    chips_flown, spare, hazard, years = 4000, 800, 0.15, 4.0
    deaths = np.sort(rng.exponential(1.0 / (hazard * chips_flown), 4 * chips_flown).cumsum())
    # While spares last, as many chips work as at the start, and cold spares do not age.
    used_up = deaths[spare - 1]
    expected = 1.0 - (design.spared_fraction(0.0, years, hazard, 0.0, years, spare / chips_flown))
    fluid = np.log1p(spare / chips_flown) / hazard
    assert used_up == pytest.approx(spare / chips_flown / hazard, rel=0.1)
    assert fluid < used_up  # the formula counts spares as dying with the rest: it never promises more
    assert 0.0 < expected < 1.0 - float(chips.surviving_fraction(0.0, years, hazard, years))


def test_upsets_follow_the_dose_behind_the_shield():
    thin, rated, thick = (float(design.shielded_availability(0.97, 650.0, s, 0.5, 0.05)) for s in (0.25, 0.5, 1.0))
    assert thin < rated < thick
    assert rated == pytest.approx(0.97, rel=1e-15)
    depth = np.array([0.25, 0.5]) / float(radiation.shielding_areal_mass(1.0)) / 0.05
    ratio = float(radiation.dose_rate(650.0, depth[0]) / radiation.dose_rate(650.0, depth[1]))
    assert (1.0 / thin - 1.0) / (1.0 / 0.97 - 1.0) == pytest.approx(ratio, rel=1e-12)
    for shield, area in ((np.inf, 0.05), (0.5, np.inf), (0.5, 0.0)):
        assert float(design.shielded_availability(0.97, 650.0, 0.25, shield, area)) == pytest.approx(0.97, rel=1e-15)


@pytest.mark.parametrize("plain", [orbit.conservative_design(), orbit.central_design(), orbit.optimistic_design()])
def test_the_rated_design_is_left_as_it_is(plain):
    rating = design.Rating(plain.radiator_temperature, plain.shield_mass, plain.life, 0.05)
    for where in (rating, SILENT):
        assert float(design.added_mass(plain, NOTHING, where)) == 0.0
        np.testing.assert_allclose(
            orbit.satellite_mass(design.designed(plain, NOTHING, where)), orbit.satellite_mass(plain), rtol=1e-15
        )


def test_masses_add_what_was_chosen():
    plain = orbit.central_design()
    base = orbit.mass_breakdown(plain)
    larger = orbit.mass_breakdown(design.designed(plain, design.Choice(1.1, 0.0, 1.0), SILENT))
    np.testing.assert_allclose(larger["array"], 1.1 * base["array"], rtol=1e-14)
    spared = orbit.mass_breakdown(design.designed(plain, design.Choice(1.0, 0.2, 0.8), SILENT))
    np.testing.assert_allclose(spared["compute"], 1.2 / 0.8 * base["compute"], rtol=1e-14)
    np.testing.assert_allclose(spared["array"], base["array"], rtol=1e-15)


def test_a_hotter_radiator_is_lighter_but_its_chips_leak_and_fail_more():
    plain = orbit.central_design()
    rating = design.Rating(plain.radiator_temperature, np.inf, np.inf, np.inf)
    hot = plain._replace(radiator_temperature=plain.radiator_temperature + 15.0)
    assert orbit.radiator_mass(hot) < orbit.radiator_mass(plain)
    assert design.chips_per_watt(1.0, 15.0) < 1.0 < design.warmer_chip_attrition(15.0)
    assert (
        orbit.mass_breakdown(design.designed(hot, NOTHING, rating))["compute"] < orbit.mass_breakdown(plain)["compute"]
    )
