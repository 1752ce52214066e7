"""Delivery of one phase, queues and energy prices, against SciPy, sampling and closed forms."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, stats

from compute_stack import power

AGES = np.array([-1.0, 0.0, 0.3, 1.0, 2.5, 8.0, 60.0])


def _normal_grid(count=20001):
    return np.asarray(jax.scipy.special.ndtri((np.arange(count) + 0.5) / count))


def _lead(median, sigma):
    return stats.lognorm(sigma, scale=median)


def test_expected_delivery_is_the_mean_of_sampled_delivery():
    leads = power.sampled_lead(1.6, 0.55, _normal_grid())
    sampled = np.mean(power.energised_fraction(1.0, 0.5, leads))
    np.testing.assert_allclose(power.expected_energised_fraction(1.0, 0.5, 1.6, 0.55), sampled, atol=1e-5)


@pytest.mark.parametrize(("age", "share"), [(1.0, 0.0), (1.5, 0.2), (2.0, 1.0), (-3.0, 0.0)])
def test_certain_lead_is_the_limit_of_a_narrow_one(age, share):
    np.testing.assert_allclose(power.energised_fraction(age, 0.5, 1.9), share, atol=1e-12)
    np.testing.assert_allclose(power.expected_energised_fraction(age, 0.5, 1.9, 0.0), share, atol=1e-5)


def test_infinite_and_zero_leads():
    assert power.energised_fraction(5.0, 0.25, jnp.inf) == 0.0
    assert power.expected_energised_fraction(5.0, 0.25, jnp.inf, 0.55) == 0.0
    np.testing.assert_allclose(power.expected_energised_fraction(0.0, 0.25, 0.0, 0.55), 1.0, atol=1e-7)
    assert power.energised_probability(5.0, 0.7, jnp.inf, 0.55) == 0.0
    assert power.energised_probability(0.1, 0.7, 0.0, 0.55) == 0.7


def test_slopes_are_finite_before_joining():
    slopes = jax.grad(power.expected_energised_fraction, argnums=(0, 1, 2, 3))(-2.0, 0.25, 1.5, 0.55)
    np.testing.assert_array_equal(slopes, 0.0)


LIMITS = {
    "expected_energised_fraction": [(1.0, 0.5, np.inf, 0.5), (0.0, 0.5, 0.0, 0.5), (1.0, 0.5, 1.2, 0.0)],
    "energised_probability": [
        (1.0, 0.0, 2.0, 0.5),
        (1.0, 0.5, np.inf, 0.5),
        (1.0, 0.5, 0.0, 0.5),
        (0.0, 0.5, 2.0, 0.5),
    ],
    "surviving_energised_probability": [
        (1.0, 0.0, 2.0, 0.5, 0.0, 0.5),
        (1.0, 1.0, np.inf, 0.5, 2.0, 0.5),
        (0.0, 0.5, 2.0, 0.5, 1.0, 0.5),
        (90.0, 0.5, 2.0, 0.0, np.inf, 0.5),
    ],
    "waiting_odds": [
        (1.0, 0.0, 2.0, 0.5, 0.0, 0.5),
        (1.0, 1.0, 0.0, 0.5, 0.0, 0.5),
        (0.0, 0.5, 2.0, 0.5, 1.0, 0.5),
        (5.0, 0.5, np.inf, 0.5, np.inf, 0.5),
    ],
    "energised_age": [(0.5, 0.0, 2.0, 0.5), (0.0, 0.5, 2.0, 0.5), (0.9, 0.5, 2.0, 0.5), (0.5, 0.5, 2.0, 0.5)],
    "correlated_draw": [(0.3, -0.2, 0.0), (0.3, -0.2, 1.0)],
    "factor_draw": [(0.3, -0.2, 0.1, 0.0, 0.0), (0.3, -0.2, 0.1, 1.0, 0.0), (0.3, -0.2, 0.1, 0.4, 0.6)],
    "sampled_lateness": [(0.0, 0.5, 1.0), (1.0, 0.0, 1.0)],
}


@pytest.mark.parametrize(("name", "point"), [(name, p) for name, points in LIMITS.items() for p in points])
def test_values_and_slopes_at_the_limits_are_finite(name, point):
    value, slopes = jax.value_and_grad(getattr(power, name), argnums=tuple(range(len(point))))(*point)
    assert np.isfinite(value)
    assert np.all(np.isfinite(np.array(slopes)))


def test_lead_quantile_and_median():
    assert power.lead_median(0.25, 1.1, 2.0) == pytest.approx(2.45)
    np.testing.assert_allclose(power.lead_quantile(2.0, 0.55, 0.5), 2.0)
    np.testing.assert_allclose(power.lead_quantile(2.0, 0.55, 0.8), 2.0 * np.exp(0.55 * 0.8416212), rtol=1e-7)
    share = np.mean(power.sampled_lead(2.0, 0.55, _normal_grid()) < power.lead_quantile(2.0, 0.55, 0.8))
    np.testing.assert_allclose(share, 0.8, atol=1e-4)


def test_sampled_success_has_its_odds():
    np.testing.assert_allclose(np.mean(power.sampled_success(0.55, _normal_grid())), 0.55, atol=1e-4)
    assert power.correlated_draw(0.7, -1.0, 1.0) == 0.7


@pytest.mark.parametrize(("odds", "median", "sigma"), [(0.2, 3.0, 0.55), (0.85, 1.0, 0.35), (1.0, 0.2, 1.4)])
def test_delivery_curve_is_the_log_normal_of_scipy_times_the_odds(odds, median, sigma):
    curve = np.asarray(power.energised_probability(AGES, odds, median, sigma))
    np.testing.assert_allclose(curve, odds * _lead(median, sigma).cdf(AGES), rtol=1e-11, atol=1e-300)
    assert np.all(np.diff(curve) >= 0.0)
    assert curve[0] == curve[1] == 0.0
    assert np.all(curve <= odds)


def test_expected_fraction_is_the_integral_of_the_delivery_curve():
    area, _ = integrate.quad(_lead(1.6, 0.55).cdf, 1.0, 1.75, epsabs=1e-13)
    np.testing.assert_allclose(power.expected_energised_fraction(1.0, 0.75, 1.6, 0.55), area / 0.75, rtol=1e-11)


def test_survivors_are_counted_as_a_simulation_counts_them():
    rng = np.random.default_rng(11)
    count, odds = 400_000, 0.3
    good = rng.random(count) < odds
    lead = 2.0 * np.exp(0.55 * rng.standard_normal(count))
    leave = np.where(good, np.inf, 1.2 * np.exp(0.8 * rng.standard_normal(count)))
    for age in (0.5, 1.5, 4.0):
        there = leave > age
        energised = good & (lead <= age)
        share = energised.sum() / there.sum()
        args = (age, odds, 2.0, 0.55, 1.2, 0.8)
        np.testing.assert_allclose(power.surviving_energised_probability(*args), share, atol=0.004)
        waiting = there & ~energised
        np.testing.assert_allclose(power.waiting_odds(*args), good[waiting].mean(), atol=0.006)


def test_survival_special_cases():
    ages = np.linspace(0.1, 6.0, 7)
    alone = power.surviving_energised_probability(ages, 0.4, 2.0, 0.5, np.inf, 0.5)
    np.testing.assert_allclose(alone, power.energised_probability(ages, 0.4, 2.0, 0.5))
    same = power.waiting_odds(ages, 0.4, 2.0, 0.5, 2.0, 0.5)
    np.testing.assert_allclose(same, 0.4, rtol=1e-12)
    quick = power.surviving_energised_probability(ages, 0.4, 2.0, 0.5, 1e-6, 0.5)
    np.testing.assert_allclose(quick, _lead(2.0, 0.5).cdf(ages), rtol=1e-9)


def test_age_of_a_share_inverts_the_delivery_curve():
    shares = np.array([0.05, 0.2, 0.39])
    ages = power.energised_age(shares, 0.4, 2.0, 0.6)
    np.testing.assert_allclose(power.energised_probability(ages, 0.4, 2.0, 0.6), shares, rtol=1e-12)
    np.testing.assert_allclose(power.energised_age(0.2, 0.4, 2.0, 0.6), 2.0, rtol=1e-12)
    assert power.energised_age(0.4, 0.4, 2.0, 0.6) == 100.0
    assert power.energised_age(0.5, 0.0, 2.0, 0.6, 50.0) == 50.0


def test_latest_of_several_leads_is_what_sampling_finds():
    rng = np.random.default_rng(5)
    medians, sigmas = np.array([1.75, 1.4, 0.9]), np.array([0.4, 0.6, 0.9])
    latest = (medians * np.exp(sigmas * rng.standard_normal((400_000, 3)))).max(axis=1)
    for q in (0.1, 0.5, 0.9):
        age = power.latest_lead_quantile(medians, sigmas, q)
        np.testing.assert_allclose(power.latest_lead_probability(age, medians, sigmas), q, rtol=1e-12)
        np.testing.assert_allclose(age, np.quantile(latest, q), rtol=0.006)


def test_latest_lead_special_cases():
    np.testing.assert_allclose(
        power.latest_lead_quantile(np.array([2.0]), 0.5, 0.8), power.lead_quantile(2.0, 0.5, 0.8)
    )
    four = power.latest_lead_quantile(np.full(4, 2.0), 0.5, 0.5)
    np.testing.assert_allclose(four, power.lead_quantile(2.0, 0.5, 0.5**0.25), rtol=1e-12)
    alone = power.latest_lead_quantile(np.array([2.0, 1e-3]), 0.5, 0.3)
    np.testing.assert_allclose(alone, _lead(2.0, 0.5).ppf(0.3))
    pairs = np.array([[2.0, 1.0], [3.0, 1.0]])
    rows = power.latest_lead_quantile(pairs, 0.5, np.array([0.5, 0.8]))
    for row, pair, q in zip(rows, pairs, (0.5, 0.8), strict=True):
        np.testing.assert_allclose(row, power.latest_lead_quantile(pair, 0.5, q), rtol=1e-12)


def test_second_derivative_of_the_latest_lead_agrees_with_differences_of_the_first():
    slope = jax.grad(lambda m: power.latest_lead_quantile(jnp.array([m, 1.4]), jnp.array([0.4, 0.6]), 0.5))
    step = 1e-5
    np.testing.assert_allclose(jax.grad(slope)(1.75), (slope(1.75 + step) - slope(1.75 - step)) / (2 * step), rtol=1e-6)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("region", "layer"), [(0.0, 0.0), (0.5, 0.0), (0.2, 0.3), (0.6, 0.4), (1.0, 0.0)])
def test_factor_draws_are_standard_normal_and_correlate_as_asked(seed, region, layer):
    count = 20_000
    z = np.random.default_rng(seed).standard_normal((6, count))
    first = np.asarray(power.factor_draw(z[0], z[2], z[4], region, layer))
    both = np.asarray(power.factor_draw(z[0], z[2], z[5], region, layer))
    place = np.asarray(power.factor_draw(z[0], z[3], z[5], region, layer))
    goods = np.asarray(power.factor_draw(z[1], z[2], z[5], region, layer))
    assert stats.kstest(first, "norm").pvalue > 1e-3
    for other, asked in ((both, region + layer), (place, region), (goods, layer)):
        found = np.corrcoef(first, other)[0, 1]
        assert abs(found - asked) <= 4.0 * (1.0 - asked**2) / np.sqrt(count) + 1e-12


def test_blends_are_standard_normal_and_correlate_by_the_cosine_of_their_weights():
    z = np.random.default_rng(7).standard_normal((50_000, 3))
    one, two = np.array([1.0, 1.0, 0.0]), np.array([0.0, 2.0, 1.0])
    first, second = np.asarray(power.blended_draw(z, one)), np.asarray(power.blended_draw(z, two))
    assert stats.kstest(first, "norm").pvalue > 1e-3
    np.testing.assert_allclose(np.corrcoef(first, second)[0, 1], 2 / np.sqrt(2 * 5), atol=0.015)
    assert power.blended_draw(z[0], np.zeros(3)) == 0.0
    assert np.all(np.isfinite(jax.grad(power.blended_draw, argnums=1)(z[0], np.zeros(3))))


def test_orders_are_late_by_what_the_log_normal_exceeds_their_make_time():
    draws = _normal_grid()
    late = np.asarray(power.sampled_lateness(1.5, 0.4, draws))
    mean, _ = integrate.quad(lambda x: _lead(1.5, 0.4).sf(x), 1.5, np.inf)
    np.testing.assert_allclose(late.mean(), mean, rtol=1e-3)
    np.testing.assert_allclose((late == 0).mean(), 0.5, atol=1e-4)
    assert late.min() == 0.0


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
