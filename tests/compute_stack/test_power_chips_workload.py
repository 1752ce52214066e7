"""Delivery, queues, roofline, cohorts and daily shapes."""

import csv

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from compute_stack import chips, power, workload


def _normal_grid(count=20001):
    return np.asarray(jax.scipy.special.ndtri((np.arange(count) + 0.5) / count))


def test_expected_delivery_is_the_mean_of_sampled_delivery():
    leads = power.sampled_lead(1.6, 0.55, _normal_grid())
    sampled = np.mean(power.energised_fraction(1.0, 0.5, leads))
    np.testing.assert_allclose(power.expected_energised_fraction(1.0, 0.5, 1.6, 0.55), sampled, atol=1e-5)


@pytest.mark.parametrize(("age", "share"), [(1.0, 0.0), (1.5, 0.2), (2.0, 1.0), (-3.0, 0.0)])
def test_certain_lead_is_the_limit_of_a_narrow_one(age, share):
    np.testing.assert_allclose(power.energised_fraction(age, 0.5, 1.9), share, atol=1e-12)
    np.testing.assert_allclose(power.expected_energised_fraction(age, 0.5, 1.9, 0.0), share, atol=1e-5)


def test_infinite_lead_never_delivers():
    assert power.energised_fraction(5.0, 0.25, jnp.inf) == 0.0


def test_slopes_are_finite_before_joining():
    slopes = jax.grad(power.expected_energised_fraction, argnums=(0, 1, 2, 3))(-2.0, 0.25, 1.5, 0.55)
    np.testing.assert_array_equal(slopes, 0.0)


def test_lead_quantile_and_median():
    assert power.lead_median(0.25, 1.1, 2.0) == pytest.approx(2.45)
    np.testing.assert_allclose(power.lead_quantile(2.0, 0.55, 0.5), 2.0)
    np.testing.assert_allclose(power.lead_quantile(2.0, 0.55, 0.8), 2.0 * np.exp(0.55 * 0.8416212), rtol=1e-7)
    share = np.mean(power.sampled_lead(2.0, 0.55, _normal_grid()) < power.lead_quantile(2.0, 0.55, 0.8))
    np.testing.assert_allclose(share, 0.8, atol=1e-4)


def test_sampled_success_has_its_odds():
    np.testing.assert_allclose(np.mean(power.sampled_success(0.55, _normal_grid())), 0.55, atol=1e-4)
    assert power.correlated_draw(0.7, -1.0, 1.0) == 0.7


def test_queue_of_one_server_is_the_textbook_queue_and_saturation_is_finite():
    np.testing.assert_allclose(power.queue_wait(0.8, 1.0, 1), 0.8 / 0.2, rtol=1e-12)
    np.testing.assert_allclose(power.queue_wait(1.5, 1.0, 2), 1.2857142857, rtol=1e-9)
    assert power.queue_wait(2.0, 1.0, 2) == 100.0
    assert np.isfinite(jax.grad(power.queue_wait)(2.5, 1.0, 2))


def test_energy_prices():
    np.testing.assert_allclose(power.fuel_price(6.2, 4.3), 26.66)
    np.testing.assert_allclose(power.on_site_price(1800.0, 0.1, 1.0, 0.0, 0.0), 180.0e3 / 8760.0)
    none = power.solar_with_storage_price(900.0, 200.0, 0.09, 0.25, 0.0, 0.88, 0.0, 90.0)
    np.testing.assert_allclose(none, 0.09 * 900.0 / 0.25 / 8.76)
    np.testing.assert_allclose(power.solar_with_storage_price(900.0, 200.0, 0.09, 0.25, 12.0, 0.88, 1.0, 90.0), 90.0)
    np.testing.assert_allclose(power.carbon_cost(power.fuel_carbon(6.2), 100.0), 32.8972)


@pytest.mark.parametrize(
    ("intensity", "need", "expected"), [(1000.0, 0.0, 1.0), (120.0, 0.0, 0.672), (1000.0, 800.0, 0.5)]
)
def test_roofline_names_what_binds(intensity, need, expected):
    np.testing.assert_allclose(chips.effective_pflops(2.5, 8.0, intensity, 0.4, 0.7, 400.0, need), expected)


def test_no_network_need_has_finite_slopes():
    slopes = jax.grad(chips.effective_pflops, argnums=(5, 6))(2.5, 8.0, 120.0, 0.4, 0.7, 400.0, 0.0)
    np.testing.assert_array_equal(slopes, 0.0)


def test_cohort_survival():
    assert chips.surviving_fraction(1.0, 0.25, 0.0, 5.0) == 1.0
    np.testing.assert_allclose(chips.surviving_fraction(4.75, 0.5, 0.0, 5.0), 0.5)
    assert chips.surviving_fraction(5.0, 0.25, 0.1, 5.0) == 0.0
    assert chips.surviving_fraction(0.0, 0.25, 0.1, 0.0) == 0.0
    assert chips.surviving_fraction(-1.0, 0.25, 0.1, 5.0) == 0.0
    ages = jnp.arange(20) * 0.25
    np.testing.assert_allclose(
        jnp.sum(chips.surviving_fraction(ages, 0.25, 0.08, 5.0)) * 0.25, (1.0 - np.exp(-0.4)) / 0.08, rtol=1e-12
    )


def test_derating_is_one_at_the_reference_and_finite_when_capped_out():
    assert chips.power_cap_throughput(1.0) == 1.0
    assert chips.power_cap_throughput(0.2) == 0.0
    assert np.isfinite(jax.grad(chips.power_cap_throughput)(0.2))
    assert chips.temperature_throughput(65.0) == 1.0
    assert chips.temperature_throughput(85.0) < 1.0
    np.testing.assert_allclose(chips.rack_power(1.4, 72.0, 20.0, 1.0, 0.3), 120.8)


def test_tranches_trace_the_demand_curve():
    share = jnp.array([0.2, 0.5, 1.0, 2.0])
    price = workload.willingness_to_pay(share, 2.0, 1.5)
    assert price[2] == 2.0
    np.testing.assert_allclose(workload.demand_share(price, 2.0, 1.5), share, rtol=1e-14)


def test_training_of_llama():
    flop = workload.training_flop(405e9, 15.6e12)
    np.testing.assert_allclose(flop, 3.8e25, rtol=0.01)
    np.testing.assert_allclose(workload.training_days(flop, 16384.0, 0.4, 0.9), 74.4, rtol=0.01)


PROFILE = np.array([8, 7, 6, 5, 4, 4, 5, 7, 10, 12, 14, 15, 15, 15, 15, 14, 13, 12, 11, 11, 12, 12, 11, 9], dtype=float)


def test_blocks_keep_the_mean_and_the_hours():
    block_shape = jax.jit(workload.block_shape, static_argnums=2)
    level = PROFILE / PROFILE.mean()
    np.testing.assert_allclose(block_shape(PROFILE, 0.0, 24), level, rtol=1e-12)
    np.testing.assert_allclose(block_shape(PROFILE, 8.0, 24), np.roll(level, -8), rtol=1e-12)
    np.testing.assert_allclose(block_shape(PROFILE, 0.0, 4), level.reshape(4, 6).mean(axis=1), rtol=1e-12)
    np.testing.assert_allclose(np.mean(block_shape(PROFILE, 5.37, 6)), 1.0, rtol=1e-12)
    np.testing.assert_allclose(block_shape(PROFILE, 3.3, 1), [1.0], rtol=1e-12)
    assert block_shape(PROFILE, jnp.array([0.0, 5.5, 9.0]), 4).shape == (3, 4)


def test_load_is_periodic_and_takes_an_amplitude():
    hours = np.array([2.25, 26.25])
    first, second = workload.diurnal_load(hours, 5.5, PROFILE)
    np.testing.assert_allclose(first, second, rtol=1e-10)
    np.testing.assert_allclose(workload.diurnal_load(15.0, 0.0, 0.4), 1.4)


def test_pooling_across_time_zones_lowers_the_peak(facts):
    with (facts / "diurnal_profile.csv").open() as rows:
        weekday = np.array([float(row["weekday"]) for row in csv.DictReader(rows)])
    shapes = workload.block_shape(weekday, jnp.array([-7.0, -5.0, 0.0, 1.0, 5.5, 8.0, 9.0]), 24)
    weights = jnp.array([0.2, 0.25, 0.08, 0.15, 0.1, 0.17, 0.05])
    apart, pooled = workload.separate_peak(shapes, weights), workload.pooling_peak(shapes, weights)
    np.testing.assert_allclose(apart, 1.5, atol=0.1)
    np.testing.assert_allclose(pooled, 1.14, atol=0.06)


def test_value_halves_at_the_latency_budget_and_is_finite_far_off():
    np.testing.assert_allclose(workload.latency_value(100.0, 100.0, 15.0), 0.5)
    assert workload.latency_value(1e6, 100.0, 15.0) == 0.0
