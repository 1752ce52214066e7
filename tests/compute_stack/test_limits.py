"""Where an argument runs out (no sun, no life, no loss, no distance, no wait), value and slope stay numbers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from ordinary_flights import BACK, DESIGN, FRONT

import compute_stack

RIGHT, NONE, NEVER = np.pi / 2.0, 0.0, np.inf

#: module.function, arguments at the limit, value there; slopes are finite too.
FINITE = [
    ("arcs.mean_arc_share", (np.ones(5),), 0.0),
    ("arcs.mean_arc_share", (-np.ones(5),), 1.0),
    ("arcs.mean_arc_share", (np.array([2.0, 2.0, 2.0]),), 0.0),
    ("arcs.share_above_zero", (np.zeros(4),), 0.0),
    ("chips.arrhenius_failure_factor", (65.0, 65.0, NONE), 1.0),
    ("chips.cached_decode_intensity", (4e10, 64.0, 1.0, NONE, 1e5), 128.0),
    ("chips.chips_to_hold", (NONE, 1.0, 192.0, 0.7), 0.0),
    ("chips.effective_pflops", (2.5, 8.0, NONE, 0.4, 0.7, 400.0, NONE), 0.0),
    ("chips.failure_rate", (0.09, NONE, 5.0), 0.09),
    ("chips.gang_availability", (NONE, 16384.0, 0.3, 0.5), 1.0),
    ("chips.network_bound_pflops", (NONE, 100.0), 0.0),
    ("chips.power_cap_throughput", (0.3, 0.3, 2.5), 0.0),
    ("chips.power_cap_throughput", (NONE, 0.3, 2.5), 0.0),
    ("chips.rack_power", (1.4, 72.0, 20.0, NONE, NONE), 0.0),
    ("chips.surviving_fraction", (NONE, 0.5, NONE, NONE), 0.0),
    ("chips.surviving_fraction", (NONE, NONE, 0.07, 5.0), 1.0),
    ("decay.kept_share", (NONE, NONE), 1.0),
    ("decay.kept_share", (1.0, 5.0), 0.0),
    ("decay.kept_share", (1.0, NONE), 1.0),
    ("decay.mean_decay", (NONE,), 1.0),
    ("decay.mean_reciprocal", (NONE,), 1.0),
    ("economics.annuity_in_horizon", (NONE, NONE, 1.0, 5.0), 1.0),
    ("economics.capital_recovery_factor", (NONE, 8.0), 0.125),
    ("economics.continuous_recovery_factor", (NONE, 8.0), 0.125),
    ("economics.discount_factor", (0.1, NONE), 1.0),
    ("economics.floored_wright_price", (1800.0, 400.0, 400.0, NONE, NONE), 1800.0),
    ("economics.growing_value", (0.1, 0.1, 5.0), 5.0),
    ("economics.growing_value", (0.1, 0.03, NONE), 0.0),
    ("economics.mean_discount", (NONE, 2.0, 2.0), 1.0),
    ("economics.net_capital_recovery", (NONE, 5.0, 1.0), 0.0),
    ("economics.salvage_fraction", (1.0, NONE), 0.0),
    ("economics.salvage_value", (100.0, 1.0, 2.0), 0.0),
    ("economics.weighted_capital_cost", (NONE, 0.12, 0.07, NONE), 0.07),
    ("economics.wright_price", (1800.0, 400.0, 5000.0, NONE), 1800.0),
    ("launch.cadence_ramp", (NONE, 145.0, 0.9, 3.0), 0.0),
    ("launch.cadence_ramp", (4.0, 145.0, NONE, 3.0), 4.0),
    ("launch.delivered_price_per_kg", (1500.0, 8000.0, 1.0), 1500.0),
    ("launch.insured_price_per_kg", (1500.0, 8000.0, NONE), 1500.0),
    ("launch.launch_speed", (300.0, NONE, NONE), 7725.760 - 464.581),
    ("launch.launched_mass", (4.0, 145.0, NONE, 3.0, 80.0), 960.0),
    ("launch.launched_mass", (NONE, 145.0, 0.9, 3.0, 80.0), 0.0),
    ("launch.launched_mass", (4.0, 145.0, 0.9, NONE, 80.0), 0.0),
    ("launch.payload_at_speed", (17400.0, 4500.0, NONE, 348.0), 17400.0),
    ("launch.payload_at_speed", (100.0, 4500.0, 5000.0, 348.0), 0.0),
    ("launch.payload_units", (100e3, 684.0, 4000.0, NONE), 25.0),
    ("network.great_circle_km", (40.0, -74.0, 40.0, -74.0), 0.0),
    ("network.fibre_rtt", (NONE, 1.57, 6.0), 6.0),
    ("orbit.battery_mass", (DESIGN._replace(ride_through=NONE),), 0.0),
    ("orbit.battery_mass", (DESIGN._replace(ride_through=NONE, depth_of_discharge=NONE),), 0.0),
    ("orbit.eclipse_fraction", (550.0, RIGHT), 0.0),
    ("orbit.dawn_dusk_eclipse_fraction", (1450.0,), 0.0),
    ("orbit.longest_eclipse", (1450.0,), 0.0),
    ("power.energised_fraction", (5.0, 0.25, NEVER), 0.0),
    ("power.queue_wait", (2.5, 1.0, 2, 100.0), 100.0),
    ("propulsion.drag_delta_v", (560.0, 50.0, NONE), 0.0),
    ("propulsion.lowering_delta_v", (560.0, 560.0), 0.0),
    ("propulsion.natural_decay", (150.0, 50.0, 1.0), 0.0),
    ("propulsion.propellant_mass", (1500.0, NONE, 1600.0), 0.0),
    ("propulsion.transfer_delta_v", (560.0, 560.0), 0.0),
    ("radiation.cold_spares_fraction", (NONE, 5.0), 0.0),
    ("radiation.effective_lifetime", (NONE, NONE, 5.0, NONE), 5.0),
    ("radiation.effective_lifetime", (0.01, 0.07, NONE, NONE), 0.0),
    ("radiation.interruptions_per_node_year", (NONE, 64.0, 5000.0, 8.0, 450.0), 0.0),
    ("radiation.life_penalty", (NONE, NONE), 1.0),
    ("radiation.radiation_availability", (NONE, NONE), 1.0),
    ("radiation.spares_fraction", (NONE, 5.0), 0.0),
    ("radiation.survival", (0.09, NONE), 1.0),
    ("radiation.undetected_rate", (8.8, 1.0), 0.0),
    ("radiator.aged_property", (0.14, 0.22, NONE, 2.0), 0.14),
    ("radiator.albedo_factor", (560.0, RIGHT, np.pi, 0.0), 0.0),
    ("radiator.fin_efficiency", (NONE, 0.001, 180.0, 1.8, 330.0), 1.0),
    ("radiator.mean_radiating_temperature", (340.0, 340.0), 340.0),
    ("radiator.tilted_view_factor", (560.0, np.pi), 0.0),
    ("reliability.checkpointed_progress", (NONE, 0.5, NONE, 0.3), 1.0),
    ("reliability.spares_for_confidence", (100.0, 1.0, 0.99), 0.0),
    ("reliability.service_confidence", (100.0, 2.0, 1.0), 1.0),
    ("satellite_link.aperture_capacity", (NONE, 0.1, 0.1, 300e3, 100.0, 1.55e-6, 0.3), 0.0),
    ("satellite_link.contact_share", (550.0, NONE, 60.0, 25.0), 0.0),
    ("satellite_link.diverse_availability", (1.0, 4.0, NONE), 1.0),
    ("satellite_link.diverse_availability", (NONE, 4.0, NONE), 0.0),
    ("satellite_link.leo_direct_rtt", (550.0, 25.0, NONE), 2.0 * 550.0 / 299.792458),
    ("satellite_link.leo_slant_range_km", (550.0, 90.0), 550.0),
    ("satellite_link.rain_attenuation", (1e-12, 4.0, 0.09164, 1.0568), 0.0),
    ("satellite_link.received_power", (5.0, 0.1, 0.1, NONE, 1.55e-6, 0.3), 1.5),
    ("satellite_link.shannon_capacity", (2e9, NONE), 0.0),
    ("solar_array.eclipse_cycles", (NONE, 96.0, 5.0), 0.0),
    ("solar_array.remaining_power", (NONE, 0.1, 1e13), 1.0),
    ("solar_array.usable_depth_of_discharge", (NONE,), 1.0),
    ("solar_array.yearly_degradation", (1.0, 5.0), 0.0),
    ("sunlight.eclipse_days", (1400.0, 6.0), 0.0),
    ("sunlight.eclipse_duration", (550.0, RIGHT), 0.0),
    ("sunlight.pointing_factor", (NONE,), 1.0),
    ("sunlight.yearly_eclipse_fraction", (1450.0, 6.0), 0.0),
    ("sunlight.yearly_longest_eclipse", (1450.0, 6.0), 0.0),
    ("thermal.equilibrium_temperature", (NONE, 220.0, 0.91, 220.0), 220.0),
    ("thermal.evaporative_water", (NONE, 5.0, 1.0), 0.0),
    ("thermal.radiator_net_flux", (NONE, 0.9, NONE, 2.0, NONE, NONE, NONE, NONE, 0.3, 237.0), 0.0),
    ("thermal.trimmed_usage_effectiveness", (NONE, NONE, 1.0, NONE, NONE, 5.0), 1.035),
    ("workload.attention_flop", (1e6, NONE, 80.0, 8192.0), 0.0),
    ("workload.latency_value", (NEVER, 100.0, 15.0), 0.0),
    ("workload.traffic_gbps", (NONE, 1e-9), 0.0),
]  # fmt: skip

#: Where physics says without end: the value is infinite, never undefined.
ENDLESS = [
    ("chips.network_bound_pflops", (400.0, NONE)),
    ("comparison.array_oversize", (NONE, 0.08, 5.0)),
    ("comparison.floor_array_area", (1000.0, 1.25, NONE, 0.22, 1361.0)),
    ("comparison.sunlit_array_power", (1000.0, 1.25, NONE)),
    ("economics.levelised_compute_cost", (30e6, 40.0, NONE, 0.95)),
    ("economics.levelised_cost", (10.0, NONE)),
    ("launch.price_per_kg", (74e6, NONE)),
    ("orbit.array_mass", (DESIGN._replace(array_degradation=1.0),)),
    ("orbit.array_mass", (DESIGN._replace(array_specific_power=NONE),)),
    ("orbit.battery_mass", (DESIGN._replace(depth_of_discharge=NONE),)),
    ("orbit.satellite_mass", (DESIGN._replace(array_degradation=1.0),)),
    ("power.backlog_wait", (120.0, NONE)),
    ("radiation.dose_life", (2000.0, NONE)),
    ("radiation.inferences_per_error", (NONE, 1.0)),
    ("radiation.life_penalty", (NEVER, 5.0)),
    ("radiation.replacement_rate", (0.09, NONE)),
    ("reliability.checkpoint_interval", (0.02, NONE)),
    ("reliability.spares_for_confidence", (100.0, NONE, 0.99)),
    ("satellite_link.gateway_price", (7.5e6, 0.12, 0.05, 200.0, NONE, 0.69)),
    ("solar_array.cycles_to_failure", (NONE,)),
    ("thermal.evaporative_water", (0.4, 1.0, 1.0)),
    ("workload.training_days", (3.8e25, NONE, 0.4, 0.9)),
]

#: Reuse without end costs what is left: operations, and refurbishment where there is any.
WORN_OUT = [((60e6, 30e6, NEVER, NEVER, 2e6, NONE), 2e6), ((60e6, 30e6, NEVER, NEVER, 2e6, 0.02), 2e6 + 1.8e6)]

#: Functions whose slope jumps: the argument, and the place of one jump. Both slopes are finite, the value is one.
KINKS = [
    ("chips.effective_pflops", 2, 1.0 / 5.6e-3, (2.5, 8.0, 120.0, 0.4, 0.7, 400.0, 100.0)),
    ("chips.surviving_fraction", 3, 1.2, (1.2, 0.25, 0.07, 5.0)),
    ("economics.annuity_in_horizon", 3, 7.0, (0.1, 5.0, 2.0, 6.0)),
    ("economics.salvage_fraction", 0, 5.0, (2.0, 5.0)),
    ("launch.fleet_cadence", 0, 20.0 * 4.0 / 12.0, (6.0, 20.0, 4.0, 12.0, 145.0)),
    ("launch.payload_units", 3, 27.36, (100e3, 684.0, 4000.0, 30.0)),
    ("launch.payload_at_speed", 2, 348.0 * 9.80665 * np.log(21900.0 / 4500.0), (17400.0, 4500.0, 600.0, 348.0)),
    ("propulsion.atmospheric_density", 0, 600.0, (560.0, 1.5)),
    ("satellite_link.plane_distance", 2, 6.0, (550.0, 0.0, 3.0)),
    ("solar_array.usable_depth_of_discharge", 0, 3000.0, (20000.0,)),
    ("thermal.chiller_cop", 1, 12.0, (20.0, 32.0, 0.5, 3.0, 10.0)),
    ("radiator.tilted_view_factor", 1, np.arccos(1.0 / (1.0 + 560.0 / 6371.0)), (560.0, 1.4)),
]


def _function(path):
    module, name = path.split(".")
    return getattr(getattr(compute_stack, module), name)


def _slopes(path, arguments):
    moving = tuple(k for k, a in enumerate(arguments) if isinstance(a, tuple) or np.asarray(a).dtype.kind == "f")
    slopes = jax.jit(jax.grad(_function(path), argnums=moving), static_argnums=_whole(arguments))(*arguments)
    return [np.asarray(leaf) for leaf in jax.tree.leaves(slopes)]


def _whole(arguments):
    return tuple(k for k, a in enumerate(arguments) if isinstance(a, int))


def _named(cases):
    return [f"{case[0]}-{k}" for k, case in enumerate(cases)]


@pytest.mark.parametrize(("path", "arguments", "value"), FINITE, ids=_named(FINITE))
def test_value_and_slope_are_finite(path, arguments, value):
    np.testing.assert_allclose(_function(path)(*arguments), value, rtol=1e-6, atol=1e-9)
    assert all(np.all(np.isfinite(slope)) for slope in _slopes(path, arguments))


@pytest.mark.parametrize(("path", "arguments"), ENDLESS, ids=_named(ENDLESS))
def test_without_end_is_infinite_and_not_undefined(path, arguments):
    assert np.all(np.isposinf(_function(path)(*arguments)))


@pytest.mark.parametrize(("arguments", "value"), WORN_OUT)
def test_reuse_without_end(arguments, value):
    np.testing.assert_allclose(_function("launch.reuse_launch_cost")(*arguments), value)
    assert all(np.all(np.isfinite(slope)) for slope in _slopes("launch.reuse_launch_cost", arguments))


@pytest.mark.parametrize(("path", "place", "kink", "arguments"), KINKS, ids=_named(KINKS))
def test_a_kink_has_two_finite_slopes_and_one_value(path, place, kink, arguments):
    function = _function(path)

    def along(x):
        return function(*arguments[:place], x, *arguments[place + 1 :])

    beside = kink * (1.0 + np.array([-1e-7, 1e-7]))
    values, slopes = jax.vmap(jax.value_and_grad(along))(jnp.asarray(beside))
    np.testing.assert_allclose(values[0], values[1], rtol=1e-5, atol=1e-5 * abs(float(function(*arguments))))
    assert np.all(np.isfinite(slopes))
    assert np.isfinite(jax.grad(along)(kink))


def test_a_panel_in_the_dark_cools_to_its_heat():
    dark = [face._replace(sun=NONE, earth=NONE, albedo=NONE) for face in (FRONT, BACK)]
    panel = compute_stack.radiator.panel_temperature
    np.testing.assert_allclose(panel(400.0, *dark), (400.0 / (5.670374419e-8 * 1.75)) ** 0.25, rtol=1e-12)
    assert compute_stack.radiator.panel_net_flux(NONE, *dark) == 0.0
