"""Radiators and facilities against published figures and the ranges of the trade."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from compute_stack import thermal


@pytest.mark.parametrize(("altitude", "factor"), [(550.0, 0.258), (1000.0, 0.194), (2000.0, 0.118)])
def test_edge_on_view_factor(altitude, factor):
    np.testing.assert_allclose(thermal.edge_on_view_factor(altitude), factor, atol=5e-4)


def test_edge_on_view_factor_is_the_integral_over_the_disc_of_earth():
    # Flux on a vertical plate: integral of the positive part of n.w over the cone of Earth, divided by pi.
    edge = float(thermal.horizon_angle(550.0))
    polar = (np.arange(2000) + 0.5) / 2000 * edge
    turn = (np.arange(2000) + 0.5) / 2000 * np.pi - np.pi / 2.0
    cosine = np.sin(polar)[:, None] * np.cos(turn)
    integral = np.mean(cosine * np.sin(polar)[:, None]) * edge * np.pi / np.pi
    np.testing.assert_allclose(thermal.edge_on_view_factor(550.0), integral, rtol=1e-6)


def test_nadir_view_factor_and_ai1_temperature():
    np.testing.assert_allclose(thermal.nadir_view_factor(550.0), 0.8474, atol=5e-5)
    np.testing.assert_allclose(thermal.equilibrium_temperature(120e3, 220.0, 0.91, 220.0), 337.1, atol=0.05)


def test_radiator_in_balance_has_no_net_flux():
    # A black panel that sees only Earth, whole, settles at Earth's temperature.
    earth = (237.0 / thermal.STEFAN_BOLTZMANN) ** 0.25
    np.testing.assert_allclose(thermal.radiator_net_flux(earth, 0.7, 0.3, 1.0, 0.0, 0.0, 1.0), 0.0, atol=1e-10)


def test_earth_infrared_follows_emissivity_and_not_absorptivity():
    slope = jax.grad(thermal.radiator_net_flux, argnums=2)(340.0, 0.9, 0.1, 2.0, 0.0, 0.0, 0.5)
    assert slope == 0.0


@pytest.mark.parametrize(
    ("hall", "low", "high"),
    [
        ((45.0, 20.0, 29.0, 1.0, 0.03, 0.2, 5.0), 1.05, 1.08),  # fanless liquid, temperate
        ((45.0, 30.6, 44.5, 1.0, 0.03, 0.2, 5.0), 1.09, 1.12),  # fanless liquid, Abu Dhabi
        ((40.0, 21.0, 31.0, 0.85, 0.03, 0.2, 5.0), 1.08, 1.13),  # hybrid liquid, temperate
        ((20.0, 20.0, 29.0, 0.0, 0.08, 0.2, 4.0), 1.28, 1.40),  # chilled-water air, temperate
        ((27.0, 21.0, 30.0, 0.0, 0.03, 0.03, 4.0), 1.06, 1.20),  # evaporative hyperscale air, temperate
        ((27.0, 28.0, 33.0, 0.0, 0.03, 0.03, 4.0), 1.08, 1.20),  # evaporative hyperscale air, Singapore
    ],
)
def test_usage_effectiveness_lies_where_operators_report_it(hall, low, high):
    assert low < thermal.power_usage_effectiveness(*hall) < high


def test_usage_effectiveness_rises_with_weather_and_falls_with_supply():
    slopes = jax.grad(thermal.power_usage_effectiveness, argnums=(0, 1, 2))(30.0, 24.0, 32.0, 0.8, 0.03, 0.2, 5.0)
    assert slopes[0] < 0.0 < slopes[1]
    assert slopes[2] > 0.0


def test_water_is_zero_in_a_closed_dry_loop_and_below_full_evaporation():
    assert thermal.water_usage_effectiveness(45.0, 24.0, 35.0, 0.0) == 0.0
    wettest = thermal.water_usage_effectiveness(18.0, 24.0, 45.0, 1.0)
    assert 1.5 < wettest < 2.3
    supply = jnp.array([20.0, 27.0, 45.0])
    assert np.all(np.diff(thermal.water_usage_effectiveness(supply, 22.0, 33.0, 1.0)) < 0.0)


def test_shares_of_a_climate_are_counted_in_its_hours():
    hours = 12.0 + 9.0 * np.asarray(jax.scipy.special.ndtri((np.arange(8766) + 0.5) / 8766))
    np.testing.assert_allclose(thermal.warm_share(12.0, 9.0, 22.0), np.mean(hours > 22.0), atol=2e-4)
    free = thermal.free_cooling_hours(thermal.warm_share(12.0, 9.0, 22.0))
    np.testing.assert_allclose(free, np.sum(hours <= 22.0), atol=2.0)
    # A narrow rise is all or nothing, a wide one lets outdoor air precool.
    np.testing.assert_allclose(thermal.trim_share_of_hours(hours, 22.0, 1e-6), np.mean(hours > 22.0), atol=1e-3)
    assert thermal.trim_share_of_hours(hours, 22.0, 12.0) < 0.5 * np.mean(hours > 22.0)


def test_a_warmer_loop_saves_the_trades_four_percent_per_kelvin():
    # 4 % of cooling energy per kelvin of loop temperature, near 20 degC supply with compressors (vendors, 2026).
    work = 1.0 / thermal.chiller_cop(np.array([19.5, 20.5]), 30.0)
    np.testing.assert_allclose(1.0 - work[1] / work[0], 0.045, atol=0.012)
    assert thermal.chiller_cop(20.0, 12.0) == thermal.chiller_cop(20.0, 5.0)
    # Carnot itself: 290.15 K to 313.15 K.
    np.testing.assert_allclose(thermal.chiller_cop(20.0, 30.0, 1.0), 290.15 / 23.0)


def test_usage_effectiveness_from_shares_is_the_same_sum():
    dry = thermal.trim_chiller_share(33.0, thermal.free_cooling_limit(27.0, 10.0))
    wet = thermal.trim_chiller_share(24.0, thermal.free_cooling_limit(27.0, 7.0))
    whole = thermal.power_usage_effectiveness(27.0, 24.0, 33.0, 0.6, 0.03, 0.2, 5.0)
    np.testing.assert_allclose(thermal.trimmed_usage_effectiveness(dry, wet, 0.6, 0.03, 0.2, 5.0), whole, rtol=1e-14)
    np.testing.assert_allclose(thermal.electrical_overhead(0.96, 0.98), 1.0 / 0.9408 - 1.0)


@pytest.mark.parametrize(
    ("mean", "deviation", "low", "high"),
    [
        (27.8, 2.5, 1.4, 2.0),  # Singapore: AWS reports 1.68 L/kWh for 2024
        (9.8, 5.0, 0.0, 0.06),  # Dublin: 0.03
        (10.6, 7.5, 0.0, 0.15),  # Frankfurt: 0.01
    ],
)
def test_water_of_evaporative_halls_by_climate(mean, deviation, low, high):
    share = thermal.warm_share(mean, deviation, thermal.free_cooling_limit(27.0, 5.0))
    assert low <= thermal.evaporative_water(share) <= high


def test_water_and_heat_balances():
    # All heat evaporated without blow-down: 3.6 MJ over 2.45 MJ/kg.
    np.testing.assert_allclose(thermal.evaporative_water(1.0, 1e9), 3.6 / 2.45, rtol=1e-3)
    np.testing.assert_allclose(thermal.source_water(0.3, 1.2, 1.0), 1.5)
    np.testing.assert_allclose(thermal.water_use(1000.0, 0.5), 1000.0 * 8766.0 * 0.5 / 1000.0)
    np.testing.assert_allclose(thermal.energy_reuse_effectiveness(1.2, 0.4), 0.8)
