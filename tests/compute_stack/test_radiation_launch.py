"""Dose, loss, reuse and cadence."""

import jax
import numpy as np
import pytest

from compute_stack import launch, orbit, propulsion, radiation


@pytest.mark.parametrize(("rate", "penalty"), [(0.1, 1.27), (0.2, 1.58), (0.3, 1.93)])
def test_life_penalty_of_turyshev(rate, penalty):
    np.testing.assert_allclose(radiation.life_penalty(rate, 5.0), penalty, rtol=5e-3)


def test_no_loss_is_the_limit_with_a_slope():
    assert radiation.mean_survival(0.0, 5.0) == 1.0
    assert radiation.life_penalty(0.0, 5.0) == 1.0
    np.testing.assert_allclose(jax.grad(radiation.mean_survival)(0.0, 5.0), -2.5, rtol=1e-12)
    np.testing.assert_allclose(radiation.effective_lifetime(0.0, 0.0, 5.0, 0.0), 5.0)


def test_mean_survival_joins_its_series():
    x = np.array([-0.01, 0.01]) * (1.0 + np.array([[-1e-9], [1e-9]]))
    np.testing.assert_allclose(radiation.mean_survival(x, 1.0), -np.expm1(-x) / x, rtol=1e-14)


@pytest.mark.parametrize(
    ("bus", "chips", "life", "years"),
    [(0.005, 0.032, 6.75, 5.885), (0.01, 0.068, 4.6, 3.795), (0.025, 0.161, 3.0, 2.224)],
)
def test_lives_of_the_open_timeline(bus, chips, life, years):
    np.testing.assert_allclose(radiation.effective_lifetime(bus, chips, life, 0.013), years, rtol=1e-3)


def test_suncatcher_errors_and_dose():
    np.testing.assert_allclose(radiation.dose_rate(650.0, 10.0), 150.0)
    errors = radiation.silent_errors_per_chip_year(150.0, 17.0)
    np.testing.assert_allclose(errors, 8.82, rtol=1e-3)
    np.testing.assert_allclose(radiation.inferences_per_error(errors, 1.0), 3.57e6, rtol=3e-3)
    assert 600.0 < radiation.dose_rate(550.0, 2.5) < 1200.0
    assert np.isfinite(radiation.dose_rate(550.0, 0.0))


def test_spares_restore_the_mean_service():
    np.testing.assert_allclose(
        (1.0 + radiation.spares_fraction(0.09, 5.0)) * radiation.mean_survival(0.09, 5.0), 1.0, rtol=1e-14
    )
    assert radiation.cold_spares_fraction(0.09, 5.0) > radiation.spares_fraction(0.09, 5.0)


@pytest.mark.parametrize(
    ("uses", "operations", "payload", "price"),
    [((1.0, 1.0), 5.0, 200.0, 475.0), ((10.0, 1.0), 5.0, 180.0, 228.0), ((100.0, 100.0), 2.0, 150.0, 19.0)],
)
def test_reuse_table_of_forethought(uses, operations, payload, price):
    got = launch.reuse_price_per_kg(60e6, 30e6, *uses, operations * 1e6, payload * 1e3)
    np.testing.assert_allclose(got, price, rtol=0.03)


def test_fairing_binds_bulky_units():
    assert launch.payload_units(100e3, 684.0, 4000.0, 10.0) == 25.0
    assert launch.payload_units(100e3, 684.0, 4000.0, 68.4) == 10.0
    assert launch.payload_units(100e3, 684.0, 4000.0, 0.0) == 25.0
    assert np.isfinite(jax.grad(launch.payload_units, argnums=3)(100e3, 684.0, 4000.0, 0.0))
    assert launch.usable_payload(100e3, 684.0, 4000.0, 68.4) == 40e3


def test_cadence_starts_saturates_and_adds_up():
    assert launch.cadence_ramp(4.0, 145.0, 0.9, 0.0) == 4.0
    np.testing.assert_allclose(launch.cadence_ramp(4.0, 145.0, 0.9, 60.0), 145.0)
    years = (np.arange(20000) + 0.5) / 20000 * 6.0
    total = np.mean(launch.cadence_ramp(4.0, 145.0, 0.9, years)) * 6.0 * 80.0
    np.testing.assert_allclose(launch.launched_mass(4.0, 145.0, 0.9, 6.0, 80.0), total, rtol=1e-7)


def test_dose_by_altitude_where_it_is_published():
    # Forethought (2026) has about 50 rad a year at 400 km behind 10 mm; at 800 km its 1,000-2,000 is far above ours.
    np.testing.assert_allclose(radiation.dose_rate(400.0, 10.0), 50.0, rtol=0.15)
    assert radiation.dose_rate(800.0, 10.0) < 1000.0
    np.testing.assert_allclose(radiation.dose_life(750.0, 150.0), 5.0)


def test_events_of_the_beam_test():
    # Google (2025): an uncorrectable memory error each 44 rad is 3.4 per chip and year.
    np.testing.assert_allclose(radiation.silent_errors_per_chip_year(150.0, 44.0), 3.4, rtol=5e-3)
    node = radiation.interruptions_per_node_year(150.0, 4.0, 5000.0, 1.0, 450.0)
    np.testing.assert_allclose(node, 4.0 * 150.0 / 5000.0 + 150.0 / 450.0)
    np.testing.assert_allclose(radiation.upset_rate(1.0, 1e-14, 8e9), 8e-5 * 31.5576e6)
    np.testing.assert_allclose(radiation.undetected_rate(8.8, 0.75), 2.2)
    np.testing.assert_allclose(radiation.shield_specific_mass(10.0, 0.04), 27.0 * 0.04)


def test_starcloud_shield_is_a_millimetre_of_aluminium_over_an_area():
    # 1 kg per kW at 2.7 kg/m2 per mm.
    np.testing.assert_allclose(radiation.shield_specific_mass(1.0, 1.0 / 2.7), 1.0)


def test_the_whole_reuse_table_of_forethought():
    cases = [(1, 1, 5e6, 200e3, 475), (10, 1, 5e6, 180e3, 228), (10, 10, 5e6, 150e3, 93), (25, 25, 4e6, 150e3, 51),
             (50, 50, 3e6, 150e3, 32), (100, 100, 2e6, 150e3, 19)]  # fmt: skip
    for booster, ship, operations, payload, price in cases:
        got = launch.reuse_price_per_kg(60e6, 30e6, float(booster), float(ship), operations, payload)
        np.testing.assert_allclose(got, price, rtol=0.03)


def test_refurbishment_is_paid_on_each_reuse():
    first, many = launch.reuse_launch_cost(60.0, 30.0, 1.0, 1.0, 5.0, 0.1), 10.0
    assert first == 95.0
    bill = 60.0 + 9.0 * 6.0 + 30.0 + 9.0 * 3.0 + 50.0
    np.testing.assert_allclose(launch.reuse_launch_cost(60.0, 30.0, many, many, 5.0, 0.1), bill / 10.0)


def test_losses_insured_at_the_fair_premium_cost_what_losses_cost():
    fair = launch.insured_price_per_kg(1500.0, 8000.0, 0.04)
    np.testing.assert_allclose(launch.delivered_price_per_kg(1500.0, 8000.0, 0.96), fair, rtol=1e-12)
    rng = np.random.default_rng(5)
    tries = rng.geometric(0.96, 400000)
    np.testing.assert_allclose(np.mean(tries) * 9500.0 - 8000.0, fair, rtol=1e-2)


def test_the_scarcest_of_vehicles_pads_and_licences_sets_the_cadence():
    assert launch.fleet_cadence(10.0, 10.0, 10.0, 10.0, 145.0) == 145.0
    np.testing.assert_allclose(launch.fleet_cadence(2.0, 20.0, 4.0, 10.0), 36.525)
    np.testing.assert_allclose(launch.fleet_cadence(20.0, 20.0, 1.0, 10.0), 36.525)


def test_the_turning_earth_helps_eastward_and_hinders_sun_synchronous_launches():
    speed = 7725.8
    np.testing.assert_allclose(launch.launch_speed(300.0, 0.0, 0.0), speed - 465.0, atol=1.0)
    np.testing.assert_allclose(launch.launch_speed(300.0, np.pi, 0.0), speed + 465.0, atol=1.0)
    np.testing.assert_allclose(launch.launch_speed(300.0, np.pi / 2.0, 0.0), np.hypot(speed, 464.6), atol=1.0)


@pytest.mark.parametrize(
    ("leo", "sso", "latitude", "inclination", "stage", "impulse", "altitude"),
    [
        (17000.0, 14000.0, 40.9, 40.9, 4500.0, 340.0, 500.0),  # Tianlong-3
        (8000.0, 6500.0, 38.8, 40.0, 3000.0, 340.0, 500.0),  # Long March 6A
        (310.0, 200.0, 39.3, 45.0, 250.0, 343.0, 500.0),  # Electron
    ],
)
def test_payload_to_sun_synchronous_orbits_of_vehicles_that_publish_both(
    leo, sso, latitude, inclination, stage, impulse, altitude
):
    place = np.deg2rad(latitude)
    low = launch.launch_speed(200.0, np.deg2rad(inclination), place)
    high = launch.launch_speed(200.0, orbit.sun_synchronous_inclination(altitude), place)
    extra = high - low + propulsion.transfer_delta_v(200.0, altitude)
    np.testing.assert_allclose(launch.payload_at_speed(leo, stage, extra, impulse), sso, rtol=0.2)


def test_a_ramp_without_growth_is_steady_and_a_capped_one_saturates():
    np.testing.assert_allclose(launch.launched_mass(4.0, 145.0, 1e-9, 3.0, 80.0), 960.0, rtol=1e-6)
    np.testing.assert_allclose(launch.launched_mass(145.0, 145.0, 0.9, 3.0, 80.0), 145.0 * 3.0 * 80.0)
