"""The sun against the almanac, eclipses against the table of the dawn-dusk orbit and brute force."""

import jax.numpy as jnp
import numpy as np
import pytest
from dawn_dusk import TABLE

from compute_stack import orbit, sunlight

NODES = jnp.array([6.0, 18.0])


@pytest.mark.parametrize(("altitude", "percent", "minutes", "days"), [(km, *rest) for km, _, *rest in TABLE])
def test_the_dawn_dusk_table(altitude, percent, minutes, days):
    np.testing.assert_allclose(100.0 * jnp.mean(sunlight.yearly_eclipse_fraction(altitude, NODES)), percent, rtol=0.02)
    np.testing.assert_allclose(sunlight.yearly_longest_eclipse(altitude, NODES), minutes, atol=0.06)
    np.testing.assert_allclose(jnp.mean(sunlight.eclipse_days(altitude, NODES)), days, atol=1.0)


@pytest.mark.parametrize("altitude", [350.0, 600.0, 1100.0])
def test_the_quick_table_of_orbit_is_the_mean_of_both_nodes(altitude):
    mean = jnp.mean(sunlight.yearly_eclipse_fraction(altitude, NODES))
    np.testing.assert_allclose(orbit.dawn_dusk_eclipse_fraction(altitude), mean, rtol=5e-3)
    longest = jnp.max(sunlight.yearly_longest_eclipse(altitude, NODES))
    np.testing.assert_allclose(orbit.longest_eclipse(altitude), longest, rtol=2e-3)


@pytest.mark.parametrize("node", [6.0, 7.5, 10.5, 12.0])
def test_a_year_of_eclipse_by_brute_force(node):
    days = np.linspace(0.0, 365.2422, 200001)
    beta = np.asarray(sunlight.sun_synchronous_beta(600.0, node, days))
    plain = np.mean(orbit.eclipse_fraction(600.0, beta)[:-1])
    np.testing.assert_allclose(sunlight.yearly_eclipse_fraction(600.0, node), plain, rtol=1e-3)
    shaded = 365.2422 * np.mean(np.abs(beta[:-1]) < float(sunlight.shadow_beta(600.0)))
    np.testing.assert_allclose(sunlight.eclipse_days(600.0, node), shaded, atol=0.3)


def test_the_gradient_of_a_year_converges_although_each_eclipse_begins_with_infinite_slope():
    import jax

    slope = jax.grad(sunlight.yearly_eclipse_fraction)(600.0, 6.0)
    wide = sunlight.yearly_eclipse_fraction(jnp.array([620.0, 580.0]), 6.0)
    np.testing.assert_allclose(slope, (wide[0] - wide[1]) / 40.0, rtol=0.01)


def test_seasons_and_clock():
    # Equinox 20 March 2000 07:35, solstice 21 June 01:48, perihelion 3 January, aphelion 4 July (almanac, UT).
    np.testing.assert_allclose(np.rad2deg(sunlight.sun_declination(79.0 + 7.6 / 24.0)), 0.0, atol=0.02)
    np.testing.assert_allclose(np.rad2deg(sunlight.sun_declination(172.0 + 1.8 / 24.0)), 23.44, atol=0.01)
    days = np.arange(0.0, 365.0, 0.1)
    clock, flux = np.asarray(sunlight.equation_of_time(days)), np.asarray(sunlight.solar_flux(days))
    np.testing.assert_allclose([clock.min(), clock.max()], [-14.25, 16.43], atol=0.1)
    assert 40.0 < days[clock.argmin()] < 44.0
    assert 305.0 < days[clock.argmax()] < 309.0
    np.testing.assert_allclose([flux.max(), flux.min()], [1361.0 / 0.98329**2, 1361.0 / 1.01671**2], rtol=1e-3)
    np.testing.assert_allclose(np.mean(flux), 1361.0, rtol=1e-3)
    np.testing.assert_allclose(sunlight.sun_longitude(365.2422) - sunlight.sun_longitude(0.0), 2.0 * np.pi, atol=1e-3)


def test_a_noon_orbit_faces_the_shadow_each_turn_and_dawn_dusk_the_sun():
    np.testing.assert_allclose(sunlight.eclipse_days(550.0, 12.0), 365.2422)
    assert np.all(sunlight.yearly_eclipse_fraction(550.0, jnp.array([9.0, 10.5, 12.0])) > 0.3)
    noon, dawn = sunlight.fixed_array_factor(550.0, 12.0), sunlight.fixed_array_factor(550.0, 6.0)
    assert noon < 0.1 < 0.94 < dawn < 0.96


def test_orbit_over_the_equator_and_over_the_sun():
    np.testing.assert_allclose(sunlight.orbit_beta(0.0, 1.3, 0.2), 0.2, atol=1e-12)
    np.testing.assert_allclose(sunlight.orbit_beta(np.pi / 2.0, np.pi / 2.0, 0.0), np.pi / 2.0)
    np.testing.assert_allclose(sunlight.eclipse_duration(550.0, 0.0), 35.6, atol=0.1)
    assert sunlight.eclipse_duration(550.0, sunlight.shadow_beta(550.0) + 1e-6) == 0.0


@pytest.mark.parametrize("inclination", [30.0, 53.0])
def test_drifting_orbits_by_brute_force(inclination):
    rng = np.random.default_rng(7)
    node, longitude = rng.uniform(0.0, 2.0 * np.pi, (2, 400000))
    declination = np.arcsin(np.sin(np.deg2rad(23.44)) * np.sin(longitude))
    beta = sunlight.orbit_beta(np.deg2rad(inclination), node, declination)
    mean = np.mean(orbit.eclipse_fraction(550.0, beta))
    np.testing.assert_allclose(sunlight.drifting_eclipse_fraction(550.0, np.deg2rad(inclination)), mean, rtol=3e-3)


def test_pointing_errors_cost_their_mean_cosine():
    draws = np.deg2rad(5.0) * np.random.default_rng(1).standard_normal(1000000)
    np.testing.assert_allclose(sunlight.pointing_factor(5.0), np.mean(np.cos(draws)), rtol=1e-4)
