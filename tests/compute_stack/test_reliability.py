"""Spares against the exact binomial, checkpoints against simulation and search."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import binom

from compute_stack import reliability


@pytest.mark.parametrize("units", [10, 40, 200, 1000])
@pytest.mark.parametrize("lost", [0.02, 0.1, 0.36])
@pytest.mark.parametrize("confidence", [0.9, 0.99, 0.999])
def test_spares_are_the_quantile_of_the_binomial(units, lost, confidence):
    flown = units
    while binom.sf(units - 1, flown, 1.0 - lost) < confidence:
        flown += 1
    ours = np.ceil(reliability.spares_for_confidence(float(units), 1.0 - lost, confidence))
    assert abs(ours - (flown - units)) <= 1.0


@pytest.mark.parametrize(("units", "spares", "lost"), [(10, 3, 0.1), (100, 14, 0.1), (100, 30, 0.2), (1000, 560, 0.36)])
def test_confidence_is_the_tail_of_the_binomial(units, spares, lost):
    exact = binom.sf(units - 1, units + spares, 1.0 - lost)
    np.testing.assert_allclose(
        reliability.service_confidence(float(units), float(spares), 1.0 - lost), exact, atol=0.02
    )


def test_confidence_inverts_spares():
    confidence = np.array([0.6, 0.9, 0.99, 0.999])
    spares = reliability.spares_for_confidence(200.0, 0.85, confidence)
    np.testing.assert_allclose(reliability.service_confidence(200.0, spares, 0.85), confidence, rtol=1e-9)


@pytest.mark.parametrize(("write", "rate"), [(0.01, 0.05), (0.1, 0.2), (0.2, 1.0)])
def test_the_checkpoint_interval_is_the_best_one(write, rate):
    found = minimize_scalar(
        lambda t: -float(reliability.checkpointed_progress(rate, t, write, 0.3)), bounds=(1e-3, 50.0), method="bounded",
        options={"xatol": 1e-9},
    )  # fmt: skip
    ours = reliability.checkpoint_interval(write, rate)
    np.testing.assert_allclose(ours, found.x, rtol=0.02)
    best = reliability.checkpointed_progress(rate, found.x, write, 0.3)
    np.testing.assert_allclose(reliability.checkpointed_progress(rate, ours, write, 0.3), best, rtol=1e-4)


def test_progress_is_what_a_simulated_job_makes():
    rate, work, write, recovery = 0.4, 1.2, 0.1, 0.2
    rng, clock, done = np.random.default_rng(3), 0.0, 0
    need = work + write
    for _ in range(20000):
        left, ahead = rng.exponential(1.0 / rate), need
        while left < ahead:  # a failure, then a recovery that may fail as well, and the whole cycle again
            clock += left
            ahead, left = need + recovery, rng.exponential(1.0 / rate)
        clock += ahead
        done += 1
    np.testing.assert_allclose(
        reliability.checkpointed_progress(rate, work, write, recovery), done * work / clock, rtol=0.02
    )


def test_failures_of_llama_training():
    # 419 interruptions in 54 days on 16,384 chips: one in 3.1 hours, 0.173 per chip and year.
    hourly = reliability.job_failure_rate(0.173 / 8766.0, 16384.0)
    np.testing.assert_allclose(1.0 / hourly, 54.0 * 24.0 / 419.0, rtol=0.01)
    np.testing.assert_allclose(reliability.checkpoint_traffic(450.0, 0.1), 10.0)
