"""Discounting and learning against closed forms and their limits."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from compute_stack import economics


def test_annuity_over_its_whole_life_is_the_discount_factor():
    start, life = jnp.array([0.0, 1.5, 4.0]), jnp.array([5.0, 3.0, 14.0])
    share = economics.annuity_in_horizon(0.09, life, start, start + life)
    np.testing.assert_allclose(share, economics.discount_factor(0.09, start), rtol=1e-14)
    np.testing.assert_allclose(economics.annuity_in_horizon(0.09, life, start, 100.0), share, rtol=1e-14)


def test_annuity_is_nothing_beyond_the_horizon():
    np.testing.assert_array_equal(economics.annuity_in_horizon(0.09, 5.0, jnp.array([6.0, 9.0]), 6.0), 0.0)


def test_annuities_of_two_halves_add_up():
    whole = economics.annuity_in_horizon(0.09, 5.0, 1.0, 4.0)
    first = economics.annuity_in_horizon(0.09, 5.0, 1.0, 2.5)
    second = economics.continuous_recovery_factor(0.09, 5.0) * economics.mean_discount(0.09, 2.5, 4.0) * 1.5
    np.testing.assert_allclose(first + second, whole, rtol=1e-14)


@pytest.mark.parametrize("rate", [0.0, 1e-12, 1e-6, 1e-3])
def test_zero_rate_is_the_limit(rate):
    np.testing.assert_allclose(economics.capital_recovery_factor(rate, 8.0), 1.0 / 8.0, rtol=10.0 * rate + 1e-12)
    np.testing.assert_allclose(economics.annuity_in_horizon(rate, 8.0, 2.0, 4.0), 0.25, rtol=10.0 * rate + 1e-12)
    np.testing.assert_allclose(economics.mean_discount(rate, 1.0, 9.0), 1.0, rtol=10.0 * rate + 1e-12)
    slopes = jax.grad(economics.annuity_in_horizon, argnums=(0, 1, 2, 3))(rate, 8.0, 2.0, 4.0)
    assert np.all(np.isfinite(slopes))


def test_slope_at_zero_rate_matches_its_neighbours():
    slope = jax.grad(economics.capital_recovery_factor)
    np.testing.assert_allclose(slope(0.0, 8.0), (slope(-1e-4, 8.0) + slope(1e-4, 8.0)) / 2.0, rtol=1e-6)
    np.testing.assert_allclose(slope(0.0, 8.0), (8.0 + 1.0) / 16.0, rtol=1e-9)


def test_zero_life_and_zero_span_stay_finite():
    assert np.isfinite(economics.capital_recovery_factor(0.1, 0.0))
    np.testing.assert_allclose(economics.annuity_in_horizon(0.1, 0.0, 1.0, 5.0), 1.0 / 1.1, rtol=1e-9)
    np.testing.assert_allclose(economics.mean_discount(0.1, 3.0, 3.0), 1.1**-3, rtol=1e-14)
    assert economics.salvage_fraction(1.0, 0.0) == 0.0


def test_recovery_factor_repays_the_capital():
    charge = economics.capital_recovery_factor(0.085, 6.0)
    years = jnp.arange(7.0)
    np.testing.assert_allclose(economics.net_present_value(0.085, years[1:], jnp.full(6, charge)), 1.0, rtol=1e-14)


def test_mean_discount_is_the_mean():
    times = np.linspace(2.0, 5.0, 200001)
    np.testing.assert_allclose(economics.mean_discount(0.1, 2.0, 5.0), np.mean(1.1**-times), rtol=1e-6)


def test_wright_falls_by_the_learning_rate_each_doubling_and_inverts():
    np.testing.assert_allclose(economics.wright_price(1800.0, 400.0, 1600.0, 0.2), 1800.0 * 0.64, rtol=1e-14)
    quantity = economics.wright_quantity(1800.0, 400.0, 200.0, 0.2)
    np.testing.assert_allclose(economics.wright_price(1800.0, 400.0, quantity, 0.2), 200.0, rtol=1e-12)


def test_levelised_cost_of_level_payments_is_their_ratio():
    times = jnp.arange(1.0, 6.0)
    price = economics.discounted_levelised_cost(0.1, times, jnp.full(5, 30.0), jnp.full(5, 4.0))
    np.testing.assert_allclose(price, economics.levelised_cost(30.0, 4.0), rtol=1e-14)


def test_growing_value_is_the_integral():
    times = (np.arange(200000) + 0.5) / 200000 * 7.0
    flow = np.mean((1.04 / 1.11) ** times) * 7.0
    np.testing.assert_allclose(economics.growing_value(0.11, 0.04, 7.0), flow, rtol=1e-9)


def test_an_asset_sold_at_its_price_costs_the_interest():
    np.testing.assert_allclose(economics.net_capital_recovery(0.09, 5.0, 1.0), 0.09, rtol=1e-12)
    np.testing.assert_allclose(
        economics.net_capital_recovery(0.09, 5.0, 0.0), economics.capital_recovery_factor(0.09, 5.0)
    )


def test_rates():
    np.testing.assert_allclose(economics.real_rate(0.0712, 0.03), 0.04, rtol=1e-12)
    np.testing.assert_allclose(economics.weighted_capital_cost(0.5, 0.12, 0.08, 0.25), 0.09)


def test_a_floor_stays_and_the_rest_learns():
    np.testing.assert_allclose(economics.floored_wright_price(110.0, 1.0, 2.0, 0.2, 10.0), 90.0)
    np.testing.assert_allclose(economics.floored_wright_price(110.0, 1.0, 1e30, 0.2, 10.0), 10.0, rtol=1e-6)


def test_compute_that_is_used():
    # One PFLOP/s for a year of 365 days, all of it used.
    np.testing.assert_allclose(economics.levelised_compute_cost(365.0, 1.0, 1.0), 1.0)
    np.testing.assert_allclose(economics.levelised_compute_cost(365.0, 1.0, 0.5, 0.5), 4.0)
    # Epoch (2026): 8.5 M USD per MW and year; 36 racks of GB300 per 5 MW at 150 kW, 72 chips of 2.5 PFLOP/s dense.
    per_mw = 72.0 / 0.150 * 2.5 * 0.4
    assert 40.0 < economics.levelised_compute_cost(8.5e6, per_mw, 0.7, 0.95) < 100.0


def test_epoch_yearly_cost_of_a_gigawatt_from_capital_and_lives():
    # Epoch (2026): 38 bn USD/GW cost 12.7, 8.5 and 7 bn a year where servers last 3, 5 and 7 years, the facility 14;
    # operations are 0.9 bn. Servers are 25 bn, since 5.0 of the 8.5 bn are theirs at five years; interest is 8 % on
    # half of the capital.
    for life, total in ((3.0, 12.7), (5.0, 8.5), (7.0, 7.0)):
        servers, facility = economics.capital_recovery_factor(0.0, life) * 25.0, 13.0 / 14.0
        interest = 0.08 * 0.5 * 38.0
        np.testing.assert_allclose(servers + facility + 0.9 + interest, total, rtol=0.12)
