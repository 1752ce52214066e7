"""The derivative of every public function against central differences, and proof that none was left out."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import compute_stack
from compute_stack import mccalip, orbit

DESIGN = orbit.conservative_design()
CASE = mccalip.McCalipCase(beta=75.0)
PROFILE = 1.0 + 0.5 * np.sin(np.arange(24) / 24.0 * 2.0 * np.pi) + 0.1 * np.cos(np.arange(24.0))
POINTS = np.array([[40.0, -75.0], [34.0, -118.0]])
OTHERS = np.array([[51.0, 0.5], [48.0, 9.0], [41.0, -88.0]])
HUBS_LAT, HUBS_LON = np.array([41.0, 37.0, 51.5, 50.0]), np.array([-74.0, -122.0, 0.0, 8.7])
EDGES, EDGE_RTT = np.array([[0, 1], [0, 2], [2, 3]]), np.array([62.0, 68.0, 12.0])

# Arguments at an ordinary point; floats and float arrays are differentiated, integers are structure.
ARGUMENTS = {
    "chips": {
        "compute_bound_pflops": (2.5, 0.4),
        "memory_bound_pflops": (8.0, 120.0, 0.7),
        "network_bound_pflops": (400.0, 100.0),
        "effective_pflops": (2.5, 8.0, 120.0, 0.4, 0.7, 400.0, 100.0),
        "decode_intensity": (64.0, 1.0),
        "rack_pflops": (1.0, 72.0, 0.97),
        "rack_power": (1.4, 72.0, 20.0, 0.7, 0.3),
        "power_cap_throughput": (0.8, 0.3, 2.5),
        "temperature_power_factor": (75.0, 65.0, 0.15, 25.0),
        "temperature_throughput": (75.0, 65.0, 0.15, 25.0),
        "arrhenius_failure_factor": (75.0, 65.0, 0.7),
        "surviving_fraction": (1.2, 0.25, 0.07, 5.0),
        "gang_availability": (0.09, 16384.0, 0.3, 0.5),
    },
    "comparison": {
        "launched_power_price": (575.0, 28.0, 5.0, 200.0),
        "ground_power_price": (0.06, 1.09),
        "photovoltaic_power": (105.0, 0.22, 1361.0, 0.9),
        "launch_build_allowance": (25000.0, 40.0, 1000.0, 500.0),
        "sunlit_array_power": (1000.0, 1.25, 0.95),
        "floor_array_area": (1000.0, 1.25, 0.95, 0.22, 1361.0),
        "floor_radiator_area": (1000.0, 1.25, 350.0, 0.765, 0.2),
        "floor_specific_mass": (1.25, 0.95, 100.0, 350.0, 0.765, 5.0, 1.0),
        "relay_breakeven_price": (10000.0, 0.1, 0.8, 15.0),
        "relay_data_ceiling": (26.3, 0.8, 100.0),
        "array_oversize": (0.95, 0.08, 5.0),
        "crossover_launch_price": (5590.0, 1198.0, 17.56),
        "rejection_specific_power": (585.0, 3.6),
        "cycle_cost": (25600.0, 5000.0, 30.0, 200.0, 300.0, 0.09, 5.0),
        "gpu_hour_capital": (980882.0, 0.15, 5.0, 16.0),
        "gpu_hour_total": (100925.0, 16.0),
        "delivered_gpu_hour_cost": (8.64, 0.2, 0.95),
        "power_unit_cost": (0.1, 3.8, 3000.0, 30000.0, 8000.0, 500.0),
        "structural_specific_mass": (1.05, 150.0, 77.0, 6.0, 0.6, 1.25),
        "starcloud_energy_cost": (40000.0, 10.0, 0.04),
        "starcloud_ground_cost": (40000.0, 10.0, 0.04, 0.05, 20e6),
        "starcloud_space_cost": (40000.0, 2e6, 5e6, 1.0, 30.0),
        "grey_radiator_net_flux": (298.15, 0.92, 0.09, 0.9, 0.25, 0.5, 253.0, 1366.0, 0.3),
    },
    "decay": {"mean_decay": (0.7,)},
    "economics": {
        "force_of_interest": (0.1,),
        "discount_factor": (0.1, 3.0),
        "mean_discount": (0.1, 2.0, 5.0),
        "capital_recovery_factor": (0.1, 5.0),
        "continuous_recovery_factor": (0.1, 5.0),
        "annuity_in_horizon": (0.1, 5.0, 2.0, 6.0),
        "monthly_capital_recovery": (0.1, 5.0),
        "net_present_value": (0.1, np.array([0.0, 1.0, 2.0]), np.array([-5.0, 3.0, 4.0])),
        "salvage_fraction": (2.0, 5.0),
        "salvage_value": (100.0, 0.3, 2.0),
        "levelised_cost": (10.0, 4.0),
        "discounted_levelised_cost": (0.1, np.array([0.5, 1.0]), np.array([5.0, 3.0]), np.array([1.0, 2.0])),
        "learning_exponent": (0.2,),
        "wright_price": (1800.0, 400.0, 5000.0, 0.2),
        "wright_quantity": (1800.0, 400.0, 900.0, 0.2),
    },
    "launch": {
        "payload_units": (100e3, 684.0, 4000.0, 30.0),
        "usable_payload": (100e3, 684.0, 4000.0, 30.0),
        "price_per_kg": (74e6, 17400.0),
        "reuse_launch_cost": (60e6, 30e6, 25.0, 20.0, 4e6),
        "reuse_price_per_kg": (60e6, 30e6, 25.0, 20.0, 4e6, 150e3, 0.2),
        "cadence_ramp": (4.0, 145.0, 0.9, 3.0),
        "launched_mass": (4.0, 145.0, 0.9, 3.0, 80.0),
        "expected_payload": (80.0, 0.97, 20.0),
    },
    "mccalip": {
        name: (CASE,)
        for name in [
            "mean_capacity",
            "initial_power",
            "satellites",
            "bought_power",
            "launched_mass",
            "hardware_cost",
            "launch_cost",
            "orbital_total",
            "orbital_energy_cost",
            "ground_energy",
            "ground_total",
            "ground_energy_cost",
            "breakeven_launch_price",
            "array_area",
            "absorbed_flux",
            "equilibrium_temperature",
            "exact_equilibrium_temperature",
            "required_area",
        ]
    },
    "network": {
        "great_circle_km": (40.7, -74.0, 51.5, -0.1),
        "fibre_rtt": (5000.0, 1.57, 6.0),
        "link_rtt": (5000.0, 1.07, 5.3, 1.1),
        "shortest_rtt": (EDGES[:, [1, 0]], EDGE_RTT, 4),
        "access_rtt": (120.0, 2.4),
        "hub_graph_rtt": (POINTS, OTHERS, HUBS_LAT, HUBS_LON, EDGES, EDGE_RTT, 2.4, 2.1, 1.5, 6.7, 3, 1.02, 2500.0),
        "soft_minimum": (10.0, 12.0, 2.0),
        "end_user_rtt": (40.0, 10.0),
        "price_per_gbps_month": (150.0, 0.13, 2.0, 400.0, 100.0, 0.5),
        "link_price": (1e6, 0.12, 0.04, 100.0),
        "price_per_gb": (100.0, 0.4),
    },
    "orbit": {
        "conservative_design": (),
        "central_design": (),
        "optimistic_design": (),
        "period": (560.0,),
        "sun_synchronous_inclination": (560.0,),
        "eclipse_fraction": (560.0, 0.9),
        "lowest_beta": (560.0,),
        "longest_eclipse": (560.0,),
        "dawn_dusk_eclipse_fraction": (565.0,),
        "sunlit_fraction": (DESIGN,),
        "eclipse_oversize": (DESIGN,),
        "array_power": (DESIGN,),
        "array_mass": (DESIGN,),
        "array_area": (DESIGN, 0.22, 0.9, 1361.0),
        "battery_mass": (DESIGN,),
        "radiator_flux": (DESIGN,),
        "radiator_area": (DESIGN,),
        "radiator_mass": (DESIGN,),
        "mass_breakdown": (DESIGN,),
        "satellite_mass": (DESIGN,),
        "specific_mass": (DESIGN,),
        "useful_watts_waterfall": (DESIGN, 0.09, 0.9, 0.8, 0.99),
    },
    "power": {
        "lead_median": (0.5, 1.1, 2.5),
        "lead_quantile": (2.0, 0.55, 0.8),
        "sampled_lead": (2.0, 0.55, 0.7),
        "correlated_draw": (0.5, -0.3, 0.4),
        "sampled_success": (0.55, 0.3),
        "energised_fraction": (1.0, 0.5, 1.2),
        "expected_energised_fraction": (1.0, 0.5, 1.6, 0.55),
        "delivered_power": (100.0, 0.55, 0.4),
        "backlog_wait": (120.0, 30.0),
        "queue_wait": (3.0, 1.0, 4, 100.0),
        "fuel_price": (6.2, 4.3),
        "on_site_price": (1800.0, 0.1, 0.85, 27.0, 6.0),
        "solar_with_storage_price": (900.0, 200.0, 0.09, 0.25, 12.0, 0.88, 0.1, 90.0),
        "fuel_carbon": (6.2, 53.06),
        "carbon_cost": (370.0, 50.0),
    },
    "radiation": {
        "survival": (0.09, 5.0),
        "mean_survival": (0.09, 5.0),
        "life_penalty": (0.09, 5.0),
        "dose_rate": (600.0, 8.0),
        "shielding_areal_mass": (8.0,),
        "silent_errors_per_chip_year": (150.0, 17.0),
        "inferences_per_error": (8.8, 1.0),
        "radiation_availability": (8.8, 0.5),
        "effective_lifetime": (0.01, 0.068, 4.6, 0.013),
        "spares_fraction": (0.09, 5.0),
        "cold_spares_fraction": (0.09, 5.0),
        "replacement_rate": (0.09, 5.0),
    },
    "satellite_link": {
        "leo_slant_range_km": (550.0, 30.0),
        "coverage_angle": (550.0, 30.0),
        "leo_direct_rtt": (550.0, 25.0, 0.5),
        "plane_distance": (550.0, 40.0, 3.0),
        "leo_relay_rtt": (550.0, 40.0),
        "dawn_dusk_visibility": (550.0, 40.0, 25.0),
        "dawn_dusk_seen_at_hour": (550.0, 40.0, 6.9, 25.0, 0.01),
        "shannon_capacity": (2e9, 20.0),
        "beam_divergence": (0.1, 1.55e-6),
        "confocal_range": (0.05, 1.55e-6),
        "received_power": (5.0, 0.1, 0.1, 300e3, 1.55e-6, 0.3),
        "aperture_capacity": (5.0, 0.1, 0.1, 300e3, 100.0, 1.55e-6, 0.3),
        "channel_capacity": (24.0, 400.0),
        "diverse_availability": (0.69, 4.0),
    },
    "thermal": {
        "free_cooling_limit": (45.0, 10.0),
        "trim_chiller_share": (40.0, 30.0),
        "power_usage_effectiveness": (40.0, 25.0, 38.0, 0.85, 0.03, 0.2, 5.0),
        "water_usage_effectiveness": (27.0, 24.0, 35.0, 0.8, 5.0, 5.0),
        "blackbody_flux": (340.0,),
        "radiator_net_flux": (340.0, 0.9, 0.1, 2.0, 0.02, 0.03, 0.5, 1361.0, 0.3, 237.0),
        "horizon_angle": (550.0, 6371.0),
        "nadir_view_factor": (550.0, 6371.0),
        "edge_on_view_factor": (550.0, 6371.0),
        "equilibrium_temperature": (120e3, 220.0, 0.91, 220.0),
        "facility_power": (100.0, 1.1),
    },
    "workload": {
        "willingness_to_pay": (0.4, 2.0, 1.5),
        "demand_share": (3.0, 2.0, 1.5),
        "compute_for_tokens": (1e12, 4e10),
        "training_flop": (4e11, 1.5e13),
        "training_days": (3.8e25, 16384.0, 0.4, 0.9),
        "tokens_to_pflops": (1e12, 4e10),
        "diurnal_load": (np.array([3.3, 18.2]), 5.5, PROFILE),
        "block_shape": (PROFILE, 5.5, 4),
        "pooling_peak": (np.array([[1.2, 0.9, 0.9], [0.8, 0.8, 1.4]]), np.array([1.0, 2.0])),
        "separate_peak": (np.array([[1.2, 0.9, 0.9], [0.8, 0.8, 1.4]]), np.array([1.0, 2.0])),
        "traffic_gbps": (100.0, 1e-9),
        "latency_value": (80.0, 100.0, 15.0),
    },
}


def _public(module):
    functions = inspect.getmembers(module, inspect.isfunction)
    return {name for name, f in functions if f.__module__ == module.__name__ and not name.startswith("_")}


def test_every_public_function_is_checked():
    for module in compute_stack.__all__:
        assert _public(getattr(compute_stack, module)) == set(ARGUMENTS[module]), module


@pytest.mark.parametrize("module", compute_stack.__all__)
def test_every_public_docstring_states_unit_source_and_range(module):
    for name in _public(getattr(compute_stack, module)):
        if name.endswith("_design"):
            continue
        text = inspect.getdoc(getattr(getattr(compute_stack, module), name))
        assert "[" in text, name
        assert "Source" in text, name
        assert "Holds" in text or "hold" in text, name


def _moved(module, name):
    """The scalar function, its point first and then each argument moved up and down, and the steps."""
    function = getattr(getattr(compute_stack, module), name)
    leaves, structure = jax.tree.flatten(ARGUMENTS[module][name])
    moving = [leaf for leaf in map(np.asarray, leaves) if leaf.dtype.kind == "f"]
    point = np.concatenate([leaf.ravel() for leaf in moving])
    ends = np.cumsum([leaf.size for leaf in moving])

    def weighted(vector):
        pieces = jnp.split(vector, ends[:-1])
        floats = iter(piece.reshape(leaf.shape) for piece, leaf in zip(pieces, moving, strict=True))
        args = [next(floats) if np.asarray(leaf).dtype.kind == "f" else leaf for leaf in leaves]
        parts = jnp.concatenate([jnp.ravel(part) for part in jax.tree.leaves(function(*structure.unflatten(args)))])
        return jnp.sum(parts * (1.0 + 0.1 * np.arange(parts.size)))

    # A shorter step keeps the whole number of satellites on one side of its jump.
    step = (1e-7 if module == "mccalip" else 1e-5) * np.where(point == 0.0, 1.0, np.abs(point))
    return weighted, point + np.concatenate([np.zeros((1, point.size)), np.diag(step), -np.diag(step)]), step


@pytest.mark.parametrize("module", compute_stack.__all__)
def test_gradients_match_central_differences(module):
    moved = {name: _moved(module, name) for name, args in ARGUMENTS[module].items() if args}

    @jax.jit
    def compared(places):
        return {name: jax.vmap(jax.value_and_grad(moved[name][0]))(places[name]) for name in moved}

    results = compared({name: places for name, (_, places, _) in moved.items()})
    for name, (values, slopes) in results.items():
        value, slope, step = float(values[0]), np.asarray(slopes[0]), moved[name][2]
        above, below = np.split(np.asarray(values)[1:], 2)
        assert np.all(np.isfinite(slope)), name
        expected = (above - below) / 2.0
        np.testing.assert_allclose(slope * step, expected, rtol=1e-5, atol=1e-11 * abs(value), err_msg=name)
