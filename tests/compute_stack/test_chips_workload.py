"""Roofline, precision, temperature and demand against data sheets, published models and arithmetic."""

import jax
import numpy as np
import pytest

from compute_stack import chips, workload


def test_decode_with_cache_lies_between_its_two_limits():
    plain = chips.decode_intensity(64.0, 1.0)
    short = chips.cached_decode_intensity(4e10, 64.0, 1.0, 1.0, 1e5)
    np.testing.assert_allclose(short, plain, rtol=1e-3)
    long = chips.cached_decode_intensity(4e10, 1e9, 1.0, 8000.0, 1e5)
    np.testing.assert_allclose(long, 2.0 * 4e10 / (8000.0 * 1e5), rtol=1e-3)
    # Traffic of one step, counted: weights once and 64 caches of 8,000 tokens.
    moved = 4e10 + 64.0 * 8000.0 * 1e5
    np.testing.assert_allclose(chips.cached_decode_intensity(4e10, 64.0, 1.0, 8000.0, 1e5), 2.0 * 4e10 * 64.0 / moved)


@pytest.mark.parametrize(("peak16", "peak8"), [(0.989, 1.979), (2.25, 4.5), (2.5, 5.0)])
def test_half_the_bits_twice_the_rate(peak16, peak8):
    # H100, B200 and GB200: dense FP16 and FP8 of the data sheets.
    np.testing.assert_allclose(chips.precision_peak(peak16, 16.0, 8.0), peak8, rtol=1e-3)


def test_what_binds_by_class_on_a_gb200():
    peak, bandwidth, scale_out = 2.5, 8.0, 400.0
    decode = chips.memory_bound_pflops(bandwidth, chips.decode_intensity(32.0, 1.0), 0.7)
    prefill = chips.memory_bound_pflops(bandwidth, chips.prefill_intensity(4096.0, 1.0), 0.7)
    compute = chips.compute_bound_pflops(peak, 0.4)
    assert decode < compute < prefill
    small = chips.network_bound_pflops(scale_out, chips.data_parallel_need(1024.0, 2.0))
    large = chips.network_bound_pflops(scale_out, chips.data_parallel_need(16384.0, 2.0))
    assert small < compute < large


def test_data_parallel_traffic_counted_for_one_step():
    parameters, tokens = 1e9, 4096.0
    bits, flop = 8.0 * 2.0 * 2.0 * parameters, 6.0 * parameters * tokens
    seconds = flop / 1e15
    np.testing.assert_allclose(chips.data_parallel_need(tokens, 2.0), bits / seconds / 1e9)


def test_llama_fits_on_the_chips_it_is_served_from():
    # 405 bn parameters in 8 bits on eight H100 of 80 GB: 5.06 chips of weights, 6.3 with a fifth kept for the cache.
    assert 6.0 < chips.chips_to_hold(405e9, 1.0, 80.0, 0.8) < 8.0


def test_temperatures_along_the_way():
    np.testing.assert_allclose(chips.junction_temperature(45.0, 1200.0, 0.025), 75.0)
    # The rule of thumb: failures double with each 10 K at 0.7 eV near 65 degC.
    assert 1.8 < chips.arrhenius_failure_factor(75.0, 65.0, 0.7) < 2.2
    np.testing.assert_allclose(chips.failure_rate(0.09, 0.5, 3.0), 0.18)
    slope = jax.grad(chips.failure_rate, argnums=2)(0.09, 0.5, 3.0)
    np.testing.assert_allclose(slope, 0.045)


def test_capped_chips_do_more_per_watt_until_leakage_wins():
    cap = np.linspace(0.35, 1.0, 66)
    per_watt = np.asarray(chips.power_cap_throughput(cap)) / cap
    best = cap[per_watt.argmax()]
    # Of (c - s)^(1/k)/c the best is c = s k/(k - 1).
    np.testing.assert_allclose(best, 0.3 * 2.5 / 1.5, atol=0.01)


def test_compute_optimal_training():
    # Chinchilla: 70 bn parameters and 1.4 trillion tokens.
    budget = workload.training_flop(70e9, 1.4e12)
    np.testing.assert_allclose(workload.compute_optimal_parameters(budget), 70e9, rtol=1e-6)


def test_attention_equals_the_weights_at_a_known_context():
    # A dense transformer has 12 L w^2 parameters: 2 N against 4 L w c meet at c = 6 w.
    layers, width = 80.0, 8192.0
    weights = workload.compute_for_tokens(1.0, 12.0 * layers * width**2)
    np.testing.assert_allclose(workload.attention_flop(1.0, 6.0 * width, layers, width), weights)


def test_demand_of_a_metro_adds_up_over_its_day():
    profile = 1.0 + 0.5 * np.sin(np.arange(24) / 24.0 * 2.0 * np.pi)
    hours = np.arange(24) + 0.5
    day = np.asarray(workload.metro_compute(1e6, 2e4, 4e10, hours, -5.0, profile)) * 3600.0
    np.testing.assert_allclose(np.sum(day) * 1e15, 2.0 * 4e10 * 1e6 * 2e4, rtol=1e-9)


def test_egress_of_semianalysis():
    # 500 GPUs at 5,000 tokens a second of 100 bytes: 21.6 TB a day; a Ka-band average of 17.1 Gb/s is 185.
    rate = workload.token_traffic_gbps(500.0 * 5000.0, 100.0)
    np.testing.assert_allclose(rate * 1e9 / 8.0 * 86400.0 / 1e12, 21.6)
    np.testing.assert_allclose(17.1 / rate * 21.6, 184.7, rtol=1e-3)
