"""Cells, batteries, drag and propellant against published figures, inverses and integration."""

import numpy as np
import pytest

from compute_stack import orbit, propulsion, radiator, solar_array, sunlight

FACES = radiator.Face(0.85, 0.92, 1.0, 0.258, 0.01), radiator.Face(0.90, 0.92, 0.0, 0.258, 0.01)


def test_cells_give_up_as_electricity_what_they_do_not_radiate():
    hot = solar_array.cell_temperature(0.0, *FACES)
    cool = solar_array.cell_temperature(0.22, *FACES)
    given = 1.75 * 5.670374419e-8 * (hot**4 - cool**4)
    np.testing.assert_allclose(given, 0.22 * 1361.0, rtol=1e-12)
    # Arrays in low orbit run at 40 to 80 degC in the sun.
    assert 313.0 < cool < 353.0


def test_efficiency_falls_by_its_coefficient():
    np.testing.assert_allclose(solar_array.efficiency_at(0.22, 298.15), 0.22)
    np.testing.assert_allclose(solar_array.efficiency_at(0.22, 348.15, 0.0045), 0.22 * (1.0 - 0.225))


@pytest.mark.parametrize(("fluence", "remaining"), [(0.0, 1.0), (9e13, 0.9), (9.99e15, 0.7)])
def test_irradiated_cells_lose_a_tenth_per_decade(fluence, remaining):
    np.testing.assert_allclose(solar_array.remaining_power(fluence, 0.1, 1e13), remaining, rtol=1e-12)


def test_yearly_degradation_compounds_to_what_remains():
    yearly = solar_array.yearly_degradation(0.659, 5.0)
    np.testing.assert_allclose((1.0 - yearly) ** 5, 0.659, rtol=1e-12)
    # Forethought (2026): 0.659 of commercial silicon is left after five years at 8 % a year.
    np.testing.assert_allclose(yearly, 0.08, atol=5e-4)


def test_turyshev_base_array_follows_from_its_derate():
    # Floor 4,394 m2 per MW, base 5,640: together pointing, temperature and harness leave 0.779.
    kept = solar_array.delivered_specific_power(1.0, sunlight.pointing_factor(2.0), 0.82, 0.95)
    np.testing.assert_allclose(4394.0 / kept, 5640.0, rtol=0.01)


def test_depth_and_cycles_are_inverse_and_full_below_the_first_failure():
    cycles = np.array([4000.0, 27500.0, 60000.0])
    depth = solar_array.usable_depth_of_discharge(cycles)
    np.testing.assert_allclose(solar_array.cycles_to_failure(depth), cycles, rtol=1e-12)
    np.testing.assert_allclose(solar_array.usable_depth_of_discharge(np.array([0.0, 2999.0])), 1.0)
    # Low orbits that are shaded each turn for five years use 20 to 40 % of lithium-ion cells (Wertz 2011).
    assert 0.2 < solar_array.usable_depth_of_discharge(solar_array.eclipse_cycles(365.25, 95.6, 5.0)) < 0.4


def test_dawn_dusk_batteries_cycle_a_quarter_of_the_year():
    days = sunlight.eclipse_days(600.0, 6.0)
    yearly = solar_array.eclipse_cycles(days, orbit.period(600.0), 1.0)
    np.testing.assert_allclose(yearly, float(days) * 1440.0 / 96.7, rtol=2e-3)


def test_density_has_the_table_at_its_altitudes_and_falls_between():
    np.testing.assert_allclose(propulsion.atmospheric_density(500.0), 6.967e-13)
    np.testing.assert_allclose(propulsion.atmospheric_density(1000.0 + 268.0), 3.019e-15 / np.e)
    heights = np.linspace(200.0, 1500.0, 600)
    assert np.all(np.diff(propulsion.atmospheric_density(heights)) < 0.0)
    # The scale height of the table's own cells: 63.8 km at 500 km.
    ratio = propulsion.atmospheric_density(500.0) / propulsion.atmospheric_density(600.0)
    np.testing.assert_allclose(100.0 / np.log(float(ratio)), 63.822, rtol=2e-3)


def test_speeds_and_transfers():
    np.testing.assert_allclose(propulsion.orbital_speed(400.0), 7668.6, atol=0.5)
    # SemiAnalysis (2026): 120-150 m/s from 650 to 200 km.
    assert 120.0 < propulsion.lowering_delta_v(650.0, 200.0) < 150.0
    both = propulsion.lowering_delta_v(650.0, 300.0)
    v1, v2 = propulsion.orbital_speed(650.0), propulsion.orbital_speed(300.0)
    whole = propulsion.transfer_delta_v(300.0, 650.0)
    np.testing.assert_allclose(whole - both, both, rtol=0.03)
    np.testing.assert_allclose(whole, v2 - v1, rtol=1e-3)
    # Energy of the transfer ellipse: textbook low orbit to geostationary, 3.9 km/s (Curtis 2013).
    np.testing.assert_allclose(propulsion.transfer_delta_v(300.0, 35786.0), 3893.0, rtol=2e-3)


def test_propellant_and_a_life():
    np.testing.assert_allclose(propulsion.propellant_mass(1000.0, 9.80665 * 1600.0, 1600.0), 1000.0 * (np.e - 1.0))
    parts = 5.0 * propulsion.drag_delta_v(550.0, 60.0) + 5.0 * 2.0 + propulsion.lowering_delta_v(550.0, 200.0)
    np.testing.assert_allclose(propulsion.life_delta_v(550.0, 60.0, 5.0, 2.0), parts, rtol=1e-12)


def test_natural_decay_is_the_integral_and_starlinks_years():
    heights = 200.0 + 350.0 * (np.arange(100000) + 0.5) / 100000
    radius = 1000.0 * (6378.137 + heights)
    rate = np.asarray(propulsion.atmospheric_density(heights)) * np.sqrt(3.986004418e14 * radius) / 50.0
    np.testing.assert_allclose(
        propulsion.natural_decay(550.0, 50.0), np.mean(1.0 / rate) * 350e3 / 31.5576e6, rtol=0.01
    )
    # SpaceX (2022): about 5 to 6 years from 550 km; the rule of five years fails above 600 km without propulsion.
    assert 4.0 < propulsion.natural_decay(550.0, 50.0) < 8.0
    assert propulsion.natural_decay(650.0, 50.0) > 20.0
