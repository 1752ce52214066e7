"""Eclipse table, satellite mass and the waterfall of useful watts."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from dawn_dusk import TABLE

from compute_stack import orbit

DESIGNS = {
    "conservative": (orbit.conservative_design(), 40.0),
    "central": (orbit.central_design(), 27.0),
    "optimistic": (orbit.optimistic_design(), 10.0),
}


@pytest.mark.parametrize(("altitude", "inclination", "percent", "minutes"), [row[:4] for row in TABLE])
def test_eclipse_table(altitude, inclination, percent, minutes):
    np.testing.assert_allclose(np.rad2deg(orbit.sun_synchronous_inclination(altitude)), inclination, atol=0.01)
    np.testing.assert_allclose(100.0 * orbit.dawn_dusk_eclipse_fraction(altitude), percent, rtol=0.02, atol=1e-6)
    np.testing.assert_allclose(orbit.longest_eclipse(altitude), minutes, atol=0.06)


@pytest.mark.parametrize("altitude", [325.0, 530.0, 777.0, 1111.0, 1310.0])
def test_interpolated_eclipse_is_the_integral_over_the_year(altitude):
    turn = 2.0 * np.pi * (np.arange(40000) + 0.5) / 40000
    ecc, tilt, perihelion = 0.016709, np.deg2rad(23.44), np.deg2rad(282.94)
    centre = (2.0 * ecc - ecc**3 / 4.0) * np.sin(turn) + 1.25 * ecc**2 * np.sin(2.0 * turn)
    true_sun, mean_sun = turn + centre + perihelion, turn + perihelion
    ascension = np.arctan2(np.cos(tilt) * np.sin(true_sun), np.cos(true_sun))
    declination = np.arcsin(np.sin(tilt) * np.sin(true_sun))
    inclination = float(orbit.sun_synchronous_inclination(altitude))
    nodes = []
    for node in (1.0, -1.0):
        sine = node * np.sin(inclination) * np.cos(declination) * np.cos(mean_sun - ascension)
        sine = sine + np.cos(inclination) * np.sin(declination)
        nodes.append(np.mean(orbit.eclipse_fraction(altitude, np.arcsin(sine))))
    np.testing.assert_allclose(orbit.dawn_dusk_eclipse_fraction(altitude), np.mean(nodes), rtol=5e-3)


def test_eclipse_at_zero_beta_and_where_it_vanishes():
    np.testing.assert_allclose(orbit.eclipse_fraction(550.0, 0.0), 0.3723, atol=5e-4)
    np.testing.assert_allclose(orbit.period(550.0) * orbit.eclipse_fraction(550.0, 0.0), 35.6, atol=0.1)
    for function in (orbit.longest_eclipse, orbit.dawn_dusk_eclipse_fraction):
        assert np.isfinite(jax.grad(function)(1450.0))
        assert np.isfinite(jax.grad(function)(200.0))


@pytest.mark.parametrize("name", DESIGNS)
def test_designs_span_the_published_masses(name):
    design, target = DESIGNS[name]
    np.testing.assert_allclose(orbit.specific_mass(design), target, rtol=0.05)
    parts = orbit.mass_breakdown(design)
    np.testing.assert_allclose(sum(parts.values()), orbit.satellite_mass(design), rtol=1e-14)
    assert all(value >= 0.0 for value in parts.values())


def test_mass_is_the_formula_of_the_metric():
    d = orbit.central_design()
    per_kw = 1000.0 * d.overhead * (1.0 + orbit.eclipse_oversize(d))
    per_kw = per_kw / (d.array_specific_power * (1.0 - d.array_degradation) ** d.life * orbit.sunlit_fraction(d))
    per_kw = per_kw + 1000.0 * d.overhead * d.radiator_areal_mass / orbit.radiator_flux(d)
    per_kw = per_kw + d.transport_mass + orbit.battery_mass(d) / d.it_power + d.compute_mass + d.shield_mass
    expected = d.structure_factor * per_kw + d.fixed_mass / d.it_power
    np.testing.assert_allclose(orbit.specific_mass(d), expected, rtol=1e-14)


def test_oversize_is_nothing_without_ride_through_and_the_worst_orbit_with_all_of_it():
    design = orbit.central_design()
    assert orbit.eclipse_oversize(design._replace(ride_through=0.0)) == 0.0
    full = design._replace(ride_through=1.0, array_degradation=0.0)
    dark = orbit.longest_eclipse(design.altitude) / orbit.period(design.altitude)
    sun_energy = orbit.array_power(full) * (1.0 - dark)
    load = full.it_power * full.overhead * (1.0 - dark + dark / orbit.BATTERY_EFFICIENCY)
    np.testing.assert_allclose(sun_energy, load, rtol=1e-12)


@pytest.mark.parametrize("name", DESIGNS)
def test_waterfall_only_falls_and_ends_in_the_product(name):
    design, _ = DESIGNS[name]
    steps = orbit.useful_watts_waterfall(design, 0.09, 0.9, 0.8, 0.99)
    assert list(steps) == ["gross", "solar", "thermal", "radiation", "replacement", "network", "useful"]
    assert np.all(np.diff(jnp.stack(list(steps.values()))) < 0.0)
    decay = (1.0 - np.exp(-0.45)) / 0.45
    np.testing.assert_allclose(steps["useful"], 1000.0 / orbit.specific_mass(design) * 0.99 * decay * 0.72, rtol=1e-12)


def test_designs_broadcast_and_vmap():
    altitude = jnp.array([500.0, 650.0, 900.0])

    def at(height):
        return orbit.specific_mass(orbit.central_design()._replace(altitude=height))

    np.testing.assert_allclose(jax.jit(at)(altitude), jax.jit(jax.vmap(at))(altitude), rtol=1e-14)
