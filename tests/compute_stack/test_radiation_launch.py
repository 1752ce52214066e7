"""Dose, loss, reuse and cadence."""

import jax
import numpy as np
import pytest

from compute_stack import launch, radiation


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
