"""Delivery of many projects, against closed forms, simulation and SciPy."""

import jax
import numpy as np
import pytest
from scipy import integrate, stats

from compute_stack import delivery, power


def test_equal_stages_without_withdrawal_are_erlang():
    rate, stages = np.full(3, 1.7), 3
    for age in (0.0, 0.4, 2.0, 9.0):
        shares = delivery.chain_shares(rate, np.zeros(stages), age)
        np.testing.assert_allclose(shares[stages], stats.gamma(stages, scale=1 / 1.7).cdf(age), atol=1e-12)
        np.testing.assert_allclose(np.sum(shares), 1.0, rtol=1e-12)
    np.testing.assert_allclose(delivery.chain_lead(rate, np.zeros(stages)), stages / 1.7)


def test_one_stage_is_two_competing_exponentials():
    shares = delivery.chain_shares(np.array([0.3]), np.array([0.9]), 1.5)
    left = np.exp(-1.2 * 1.5)
    np.testing.assert_allclose(shares, [left, 0.25 * (1 - left), 0.75 * (1 - left)], rtol=1e-12)


def test_stages_as_a_simulation_walks_them():
    odds, stay = np.array([0.8, 0.45, 0.65, 0.9]), np.array([0.3, 0.8, 1.2, 0.5])
    advance, withdrawal = delivery.stage_hazards(odds, stay)
    rng = np.random.default_rng(3)
    count = 200_000
    passed = rng.random((count, 4)) < odds
    leaves = np.cumsum(rng.exponential(stay, (count, 4)), axis=1)
    reach = np.cumprod(np.concatenate([np.ones((count, 1), bool), passed], axis=1), axis=1).astype(bool)
    np.testing.assert_allclose(delivery.chain_odds(advance, withdrawal), np.prod(odds), rtol=1e-12)
    np.testing.assert_allclose(delivery.chain_lead(advance, withdrawal), stay.sum(), rtol=1e-12)
    np.testing.assert_allclose(leaves[reach[:, 4], 3].mean(), stay.sum(), rtol=0.01)
    shares = [np.asarray(delivery.chain_shares(advance, withdrawal, age)) for age in (0.5, 2.0, 5.0)]
    for age, found in zip((0.5, 2.0, 5.0), shares, strict=True):
        began = np.concatenate([np.zeros((count, 1)), leaves[:, :3]], axis=1)
        inside = (reach[:, :4] & (began <= age) & (leaves > age)).mean(axis=0)
        energised = (reach[:, 4] & (leaves[:, 3] <= age)).mean()
        np.testing.assert_allclose(found, [*inside, energised, 1 - inside.sum() - energised], atol=0.005)
    assert shares[0][4] < shares[1][4] < shares[2][4] <= np.prod(odds)


def test_a_growing_queue_is_its_cohorts_added_up():
    advance, withdrawal, growth = np.array([0.9, 0.5]), np.array([0.6, 0.4]), 0.8

    def weighed(which):
        def part(age):
            return np.exp(-growth * age) * float(delivery.chain_shares(advance, withdrawal, age)[which])

        return integrate.quad(part, 0.0, 40.0, epsabs=1e-9, limit=200)[0]

    parts = np.array([weighed(k) for k in range(3)])
    np.testing.assert_allclose(
        delivery.growing_queue_shares(advance, withdrawal, growth), parts / parts.sum(), rtol=1e-6
    )
    still = delivery.growing_queue_shares(advance, withdrawal, 0.0)
    np.testing.assert_allclose(still, [0, 0, 1], atol=1e-7)


def test_cohorts_are_the_weighted_mean_of_scipy_integrals():
    weight, entered = np.array([1.0, 3.0, 0.5, 2.0]), np.array([2000.0, 2004.0, 2010.0, 2026.0])
    odds, median = np.array([0.2, 0.3, 0.2, 0.5]), np.array([2.0, 3.0, 4.6, 1.0])
    total = 0.0
    for w, e, p, m in zip(weight, entered, odds, median, strict=True):
        lead = stats.lognorm(0.6, scale=m)
        mean = 0.5 * integrate.quad(lead.cdf, max(2012.0 - e - 2.0, 0.0), max(2012.0 - e, 0.0))[0]
        total += w * p * mean
    share = delivery.cohort_energised_share(weight, entered, 2.0, 2012.0, odds, median, 0.6)
    np.testing.assert_allclose(share, total / weight.sum(), rtol=1e-9)
    assert delivery.cohort_energised_share(np.zeros(4), entered, 2.0, 2012.0, odds, median, 0.6) == 0.0
    assert delivery.cohort_energised_share(weight, entered, 2.0, 1999.0, odds, median, 0.6) == 0.0
    late = delivery.cohort_energised_share(weight, entered, 2.0, 3000.0, odds, median, 0.6)
    np.testing.assert_allclose(late, np.average(odds, weights=weight), rtol=1e-6)


def test_one_weight_stands_for_equal_ones():
    entered = np.array([2000.0, 2001.0])
    alike = delivery.cohort_energised_share(1.0, entered, 1.0, 2003.0, 0.4, 2.0, 0.5)
    np.testing.assert_allclose(
        alike, delivery.cohort_energised_share(np.ones(2), entered, 1.0, 2003.0, 0.4, 2.0, 0.5), rtol=1e-12
    )


def test_ramped_power_is_what_sampled_ramps_draw():
    lead = stats.lognorm(0.5, scale=1.5).ppf((np.arange(20001) + 0.5) / 20001)
    for age, ramp in ((1.0, 0.5), (2.0, 2.0), (6.0, 1.0)):
        drawn = 0.7 * np.clip((age - lead) / ramp, 0, 1).mean()
        np.testing.assert_allclose(delivery.ramped_power_share(age, ramp, 0.7, 1.5, 0.5), drawn, atol=2e-5)
    at_once = delivery.ramped_power_share(2.0, 0.0, 0.7, 1.5, 0.5)
    np.testing.assert_allclose(at_once, power.energised_probability(2.0, 0.7, 1.5, 0.5), atol=1e-4)
    ages = np.linspace(-1, 9, 60)
    curve = np.asarray(delivery.ramped_power_share(ages, 1.3, 0.7, 1.5, 0.5))
    assert np.all(np.diff(curve) >= -1e-12)
    assert np.all(curve <= np.asarray(power.energised_probability(ages, 0.7, 1.5, 0.5)) + 1e-12)


@pytest.mark.parametrize(("odds", "slope", "spread"), [(0.2, -0.3, 1.2), (0.55, -0.8, 0.9), (0.3, 0.4, 0.5)])
def test_shares_of_projects_and_power_are_integrals_over_sizes(odds, slope, spread):
    sizes = stats.lognorm(spread, scale=150.0)

    def mean(weighed):
        def part(z):
            size = 150.0 * np.exp(spread * z)
            return stats.norm.pdf(z) * stats.norm.cdf(stats.norm.ppf(odds) + slope * spread * z) * size**weighed

        return integrate.quad(part, -12, 12, epsabs=1e-12)[0]

    projects, powers = mean(0), mean(1) / sizes.mean()
    np.testing.assert_allclose(delivery.project_share(odds, slope, spread), projects, rtol=1e-9)
    np.testing.assert_allclose(delivery.power_share(odds, slope, spread), powers, rtol=1e-9)
    np.testing.assert_allclose(delivery.implied_size_slope(projects, powers, spread), slope, rtol=1e-7)
    assert (powers < projects) == (slope < 0)


def test_size_odds_special_cases():
    assert delivery.size_odds(0.3, 200.0, 200.0, -0.5) == pytest.approx(0.3)
    np.testing.assert_allclose(delivery.size_odds(0.3, np.array([10.0, 1e3]), 200.0, 0.0), 0.3)
    assert delivery.size_odds(0.0, 900.0, 200.0, -0.5) == 0.0
    assert delivery.size_odds(1.0, 900.0, 200.0, -0.5) == 1.0
    large = delivery.size_odds(0.3, np.array([50.0, 200.0, 2000.0]), 200.0, -0.5)
    assert np.all(np.diff(large) < 0)


LIMITS = {
    "stage_hazards": [(0.0, 1.0), (1.0, 0.0)],
    "chain_odds": [(np.zeros(2), np.zeros(2)), (np.array([0.0, 1.0]), np.array([1.0, 0.0]))],
    "chain_lead": [(np.zeros(2), np.zeros(2))],
    "chain_shares": [(np.zeros(2), np.zeros(2), 1.0), (np.array([0.0, 1.0]), np.zeros(2), 0.0)],
    "growing_queue_shares": [(np.array([1.0, 0.0]), np.zeros(2), 0.0)],
    "cohort_energised_share": [
        (np.array([0.0]), np.array([2000.0]), 1.0, 2010.0, 0.5, 1.0, 0.5),
        (np.array([1.0]), np.array([2000.0]), 1.0, 2010.0, 0.0, np.inf, 0.5),
    ],
    "ramped_power_share": [(2.0, 0.0, 0.5, 1.0, 0.5), (2.0, 1.0, 0.0, np.inf, 0.5)],
    "size_odds": [(0.0, 100.0, 100.0, -0.5), (1.0, 1.0, 100.0, -0.5)],
    "project_share": [(0.0, -0.5, 1.0), (1.0, -0.5, 0.0)],
    "power_share": [(0.0, -0.5, 1.0), (1.0, -0.5, 0.0)],
}


@pytest.mark.parametrize(("name", "point"), [(name, p) for name, points in LIMITS.items() for p in points])
def test_values_and_slopes_at_the_limits_are_finite(name, point):
    function = getattr(delivery, name)
    leaves = jax.tree.leaves(jax.jacrev(function, argnums=tuple(range(len(point))))(*point))
    assert all(np.all(np.isfinite(leaf)) for leaf in [*leaves, *jax.tree.leaves(function(*point))])
