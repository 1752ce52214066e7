"""Roofline, cohorts and daily shapes."""

import csv

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from compute_stack import chips, workload


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
