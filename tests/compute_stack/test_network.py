"""Distances, the hub graph against measured round trips, and the shell against its latitude table."""

import csv
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from compute_stack import network, satellite_link

# Latency block of each hub block of the fact tables.
BLOCKS = {
    "NAM": "NA", "HI": "NA", "GU": "OC", "SA": "SA", "EU": "EU", "ME": "ME", "IL": "ME", "AF": "AF", "IN": "IN",
    "SEA": "AS", "PH": "AS", "CN": "AS", "TW": "AS", "KR": "AS", "JP": "AS", "AU": "OC", "NZ": "OC",
}  # fmt: skip


def _rows(path):
    with path.open() as lines:
        return list(csv.DictReader(lines))


def test_great_circle_in_closed_form():
    quarter = network.EARTH_MEAN_RADIUS * np.pi / 2.0
    np.testing.assert_allclose(network.great_circle_km(0.0, 0.0, 0.0, 90.0), quarter)
    np.testing.assert_allclose(network.great_circle_km(0.0, 0.0, 0.0, 180.0), 2.0 * quarter, rtol=1e-6)
    np.testing.assert_allclose(network.great_circle_km(40.71, -74.0, 51.51, -0.13), 5570.0, rtol=2e-3)
    assert network.great_circle_km(10.0, 20.0, 10.0, 20.0) == 0.0
    assert np.all(np.isfinite(jax.grad(network.great_circle_km, argnums=(0, 1))(10.0, 20.0, 10.0, 20.0)))
    assert np.all(np.isfinite(jax.grad(network.great_circle_km, argnums=(0, 1))(0.0, 0.0, 0.0, 180.0)))


def test_shortest_times_of_a_small_graph():
    edges, lengths = np.array([[0, 1], [1, 2], [0, 2], [2, 3]]), jnp.array([1.0, 2.0, 5.0, 4.0])

    @jax.jit
    def mesh_and_slope(times):
        mesh, pull = jax.vjp(lambda t: network.shortest_rtt(edges, t, 5), times)
        return mesh, pull(jnp.zeros((5, 5)).at[0, 3].set(1.0))[0]

    times, slope = mesh_and_slope(lengths)
    expected = [[0, 1, 3, 7, np.inf], [1, 0, 2, 6, np.inf], [3, 2, 0, 4, np.inf], [7, 6, 4, 0, np.inf]]
    np.testing.assert_array_equal(times[:4], expected)
    np.testing.assert_array_equal(slope, [1.0, 1.0, 0.0, 1.0])


@pytest.fixture(scope="module")
def measured(facts):
    hubs, edges, rows = (_rows(facts / name) for name in ("hubs.csv", "hub_edges.csv", "rtt_fit.csv"))
    place = {hub["hub"]: index for index, hub in enumerate(hubs)}
    points = sorted({(float(row[f"lat_{end}"]), float(row[f"lon_{end}"])) for row in rows for end in "ab"})
    where = {point: index for index, point in enumerate(points)}
    ends = [[where[float(row[f"lat_{end}"]), float(row[f"lon_{end}"])] for row in rows] for end in "ab"]
    latitude, longitude = (np.array([float(hub[key]) for hub in hubs]) for key in ("lat", "lon"))
    index = np.array([[place[edge["a"]], place[edge["b"]]] for edge in edges])
    times = np.array([float(edge["rtt_ms_M3"]) for edge in edges])
    factors = json.loads((facts / "latency_model.json").read_text())["M5_block_pair"]
    near = network.great_circle_km(np.array(points)[:, :1], np.array(points)[:, 1:], latitude, longitude).argmin(axis=1)
    blocks = [BLOCKS[hubs[hub]["block"]] for hub in near]
    pairs = np.array([[factors.get("-".join(sorted((a, b))), 1.0) for b in blocks] for a in blocks])
    graph = (np.array(points), np.array(points), latitude, longitude, index, times)
    return graph, pairs, ends, np.array([float(row["rtt_ms"]) for row in rows])


def test_hub_graph_meets_measured_round_trips(measured):
    graph, pairs, (first, second), rtt = measured
    predicted = network.hub_graph_rtt(*graph, block_factor=pairs)
    error = np.abs(np.asarray(predicted)[first, second] / rtt - 1.0)
    assert np.median(error) < 0.06
    assert np.quantile(error, 0.9) < 0.19
    np.testing.assert_allclose(predicted, predicted.T, rtol=1e-12)


def test_soft_minimum_lies_below_both():
    assert network.soft_minimum(10.0, 12.0, 2.0) < 10.0
    np.testing.assert_allclose(network.soft_minimum(10.0, 500.0, 2.0), 10.0)


def test_a_soft_route_lies_below_the_best_one_and_goes_to_it():
    points, others = jnp.array([[40.0, -75.0], [34.0, -118.0]]), jnp.array([[51.0, 0.5], [48.0, 9.0]])
    hubs = (jnp.array([41.0, 37.0, 51.5, 50.0]), jnp.array([-74.0, -122.0, 0.0, 8.7]))
    links = (np.array([[0, 1], [0, 2], [2, 3]]), jnp.array([62.0, 68.0, 12.0]))
    best = network.hub_graph_rtt(points, others, *hubs, *links)
    for width in (0.1, 1.0, 5.0):
        soft = network.hub_graph_rtt(points, others, *hubs, *links, softness=width)
        assert np.all(soft <= best)
        assert np.all(soft >= best - width * np.log(4 * 4 + 1))  # nearest is at most the number of hubs
    np.testing.assert_allclose(network.hub_graph_rtt(points, others, *hubs, *links, softness=1e-3), best, rtol=1e-5)


def test_shell_follows_the_latitude_table(facts):
    rows = _rows(facts / "leo_by_latitude.csv")

    def column(name):
        return np.array([float(row[name]) for row in rows])

    height, latitude = column("h_km"), column("lat")
    relay = satellite_link.leo_relay_rtt(height, latitude)
    np.testing.assert_allclose(relay, column("relay_rtt_mean"), rtol=0.07)
    for elevation in (10, 25):
        seen = satellite_link.dawn_dusk_visibility(height, latitude, float(elevation))
        np.testing.assert_allclose(seen, column(f"dense_ring_vis_el{elevation}"), atol=0.0025)
    temperate = latitude <= 60.0
    for quantile, name in ((0.5, "direct_rtt_p50"), (0.95, "direct_rtt_p95")):
        direct = satellite_link.leo_direct_rtt(height, 25.0, quantile)
        np.testing.assert_allclose(direct[temperate], column(name)[temperate], rtol=0.01)


def test_slant_ranges_follow_the_geometry_table(facts):
    rows = _rows(facts / "leo_geometry.csv")
    height, elevation, slant, angle = (
        np.array([float(row[key]) for row in rows]) for key in ("h_km", "el_deg", "slant_km", "lam_deg")
    )
    np.testing.assert_allclose(satellite_link.leo_slant_range_km(height, elevation), slant, rtol=1e-3)
    np.testing.assert_allclose(np.rad2deg(satellite_link.coverage_angle(height, elevation)), angle, rtol=1e-3)


def test_ring_is_seen_near_dawn_and_dusk_only():
    hours = jnp.array([0.0, 6.0, 12.0, 18.0])
    seen = satellite_link.dawn_dusk_seen_at_hour(550.0, 0.0, hours)
    np.testing.assert_allclose(seen, [0.0, 1.0, 0.0, 1.0], atol=1e-5)
    day = (jnp.arange(4800) + 0.5) / 200.0
    mean = jnp.mean(satellite_link.dawn_dusk_seen_at_hour(550.0, 30.0, day, 25.0, 1e-4))
    np.testing.assert_allclose(mean, satellite_link.dawn_dusk_visibility(550.0, 30.0), atol=1e-3)


def test_links_of_suncatcher():
    np.testing.assert_allclose(satellite_link.confocal_range(0.05), 5067.0, rtol=1e-3)
    np.testing.assert_allclose(satellite_link.beam_divergence(0.1), 18.9e-6, rtol=2e-3)
    assert satellite_link.channel_capacity(24.0, 400.0) == 9600.0
    np.testing.assert_allclose(satellite_link.shannon_capacity(1e9, 3.0), 2e9)
    near = satellite_link.received_power(5.0, 0.1, 0.1, 1e-3)
    np.testing.assert_allclose(near, 1.5, rtol=1e-6)


def test_price_of_capacity():
    np.testing.assert_allclose(network.price_per_gbps_month(150.0, 0.13, 1.0), 130.5)
    np.testing.assert_allclose(network.price_per_gb(100.0, 1.0), 100.0 / 328500.0)
    np.testing.assert_allclose(network.fibre_rtt(1000.0, 1.5, 6.0), 21.0)
