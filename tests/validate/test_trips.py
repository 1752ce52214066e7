"""Measured round trips: the graph against plain code, symmetry, limits, and the committed figures."""

import csv
import heapq
import json
import math
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import planner
from planner.cli import app
from planner.validate.fibre import fitted_fibre, scenario_fibre

ROOT = Path(__file__).parents[2]
HEAD = "a,b,lat_a,lon_a,lat_b,lon_b,rtt_ms,note\n"
#: Cities that are no hub and no row of the fit: Denver's neighbour, Porto, Hanoi, Cairo, Lima's north, Perth's south.
CITIES = [(38.83, -104.82), (41.16, -8.63), (21.03, 105.85), (30.06, 31.25), (-8.11, -79.03), (-33.33, 115.64)]


def table(name):
    with (ROOT / "datasets" / "fibre" / f"{name}.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def apart(a, b):
    """Great-circle distance [km] by the spherical law of cosines."""
    (p, x), (q, y) = ([math.radians(v) for v in point] for point in (a, b))
    inner = math.sin(p) * math.sin(q) + math.cos(p) * math.cos(q) * math.cos(x - y)
    return 6371.0 * math.acos(max(-1.0, min(1.0, inner)))


class Plain:
    """The graph in plain Python: dictionaries and a queue."""

    def __init__(self):
        self.place = {r["hub"]: (float(r["latitude [deg]"]), float(r["longitude [deg]"])) for r in table("hubs")}
        self.block = {r["hub"]: r["block"] for r in table("hubs")}
        self.c = {r["name"]: float(r["value"]) for r in table("coefficients")}
        self.factor = {frozenset((r["block_a"], r["block_b"])): float(r["factor [1]"]) for r in table("factors")}
        self.links = {}
        for r in table("links"):
            for one, other in ((r["a"], r["b"]), (r["b"], r["a"])):
                self.links.setdefault(one, []).append((other, float(r["rtt [ms]"])))

    def near(self, point):
        return sorted(self.place, key=lambda hub: apart(point, self.place[hub]))

    def round_trip(self, a, b):
        reach = int(self.c["nearest"])
        best = {hub: self.c["access_stretch"] * apart(a, self.place[hub]) / 100 for hub in self.near(a)[:reach]}
        queue = [(t, hub) for hub, t in best.items()]
        heapq.heapify(queue)
        while queue:
            t, hub = heapq.heappop(queue)
            if t > best[hub]:
                continue
            for other, time in self.links[hub]:
                if t + time < best.get(other, math.inf):
                    best[other] = t + time
                    heapq.heappush(queue, (t + time, other))
        routed = self.c["constant"] + min(
            best[hub] + self.c["access_stretch"] * apart(b, self.place[hub]) / 100 for hub in self.near(b)[:reach]
        )
        far = apart(a, b)
        direct = self.c["direct_constant"] + self.c["direct_stretch"] * far / 100
        direct += 2.0 * max(far - self.c["direct_reach"], 0.0) / 100
        blocks = frozenset(self.block[self.near(point)[0]] for point in (a, b))
        return self.factor[blocks] * min(routed, direct)


@pytest.fixture(scope="module")
def plain():
    return Plain()


def written(tmp_path, pairs, times):
    rows = [
        f"p{k},q{k},{a[0]},{a[1]},{b[0]},{b[1]},{t},left alone"
        for k, ((a, b), t) in enumerate(zip(pairs, times, strict=True))
    ]
    path = tmp_path / "trips.csv"
    path.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_the_graph_is_that_of_plain_code_and_so_are_the_figures(tmp_path, plain):
    pairs = [(a, b) for k, a in enumerate(CITIES) for b in CITIES[:k]]
    times = [
        round(plain.round_trip(a, b) * factor, 3)
        for (a, b), factor in zip(pairs, np.linspace(0.7, 1.4, len(pairs)), strict=True)
    ]
    found = planner.validate(written(tmp_path, pairs, times))
    theirs = np.array([plain.round_trip(a, b) for a, b in pairs])
    np.testing.assert_allclose(found.rows["ours"], theirs, rtol=1e-9)
    off = sorted(abs(theirs / times - 1))
    middle, at = len(off) // 2, 0.9 * (len(off) - 1)
    p90 = off[int(at)] + (at - int(at)) * (off[int(at) + 1] - off[int(at)])
    np.testing.assert_allclose([found.median_error, found.p90_error, found.worst_error], [off[middle], p90, off[-1]])
    assert found.pairs["rows"].sum() == len(pairs)


def test_given_rows_by_plain_code(measured_file, plain):
    found = planner.validate(measured_file)
    with measured_file.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    for k in range(0, len(rows), 100):
        ends = [(float(rows[k][f"lat_{e}"]), float(rows[k][f"lon_{e}"])) for e in "ab"]
        np.testing.assert_allclose(found.rows["ours"][k], plain.round_trip(*ends), rtol=1e-7)
    measured = np.array([float(r["rtt_ms"]) for r in rows])
    off = np.abs(found.rows["ours"].to_numpy() / measured - 1)
    np.testing.assert_allclose(
        [found.median_error, found.p90_error, found.worst_error], [np.median(off), np.quantile(off, 0.9), off.max()]
    )


def test_the_committed_figures_are_those_of_the_committed_graph(measured_file):
    result = json.loads((ROOT / "benchmarks" / "results" / "rtt.json").read_text(encoding="utf-8"))
    found = planner.validate(measured_file)
    inside, out = result["in_sample"], result["held_out"]["leave_metro_out"]
    assert len(found.rows) == inside["rows"]
    np.testing.assert_allclose(
        [found.median_error, found.p90_error, found.worst_error], [inside["median"], inside["p90"], inside["worst"]],
        atol=1e-4,
    )  # fmt: skip
    assert out["median"] <= 0.06
    assert out["p90"] <= 0.19
    assert out["median"] > inside["median"]
    for name, value in result["coefficients"].items():
        assert float(next(r["value"] for r in table("coefficients") if r["name"] == name)) == value


def test_there_and_back_take_the_same_time():
    first, second = (np.array([p for k, a in enumerate(CITIES) for p in ends(a, k)]) for ends in (_ones, _others))
    graph = fitted_fibre()
    np.testing.assert_allclose(graph.round_trips(first, second), graph.round_trips(second, first), rtol=1e-12)


def _ones(city, k):
    return [city] * k


def _others(_, k):
    return CITIES[:k]


def test_a_place_to_itself_and_to_the_other_side_of_the_earth(plain):
    graph = fitted_fibre()
    home = np.array([[51.51, -0.13], [0.0, -160.0], [90.0, 0.0], [10.0, 180.0]])
    np.testing.assert_allclose(
        graph.round_trips(home, home)[0], graph.factors[2, 2] * graph.coefficients["constant"], rtol=0.2
    )
    other = np.array([[-51.51, 179.87], [0.0, 20.0], [-90.0, 0.0], [10.0, -180.0]])
    times = graph.round_trips(home, other)
    assert np.all(np.isfinite(times))
    assert np.all(times > 0)
    assert times[0] > 200.0
    # either way of writing the date line is one place
    np.testing.assert_allclose(times[3], graph.round_trips(home[3:], home[3:])[0])


def test_no_link_is_faster_than_light_in_straight_fibre(plain):
    for r in table("links"):
        km = apart(plain.place[r["a"]], plain.place[r["b"]])
        assert float(r["rtt [ms]"]) >= km / 102.1 - 1e-3, r


def test_more_rows_than_one_call_takes():
    graph = fitted_fibre()
    draw = np.random.default_rng(3)
    points = np.stack([draw.uniform(-50, 60, 5000), draw.uniform(-180, 180, 5000)], 1)
    times = graph.round_trips(points, points[::-1])
    np.testing.assert_allclose(times, times[::-1], rtol=1e-12)
    np.testing.assert_allclose(
        times[4500:4503], graph.round_trips(points[4500:4503], points[::-1][4500:4503]), rtol=1e-12
    )


def test_the_graph_of_a_scenario_is_the_one_its_plans_use(tmp_path):
    from planner.eligibility import round_trips
    from planner.scenario import read_scenario
    from planner.tables import read_tables

    tables = read_tables(read_scenario("world"))
    graph, n = scenario_fibre("world"), tables.numbers
    zone = tables.index("sites", "zone")
    alone = next(z for z in np.unique(zone) if (zone == z).sum() == 1)
    site = np.array([[n["sites"]["latitude"][zone == alone][0], n["sites"]["longitude"][zone == alone][0]]])
    regions = np.stack([n["regions"]["latitude"], n["regions"]["longitude"]], 1)
    times = graph.round_trips(regions, np.repeat(site, len(regions), 0))
    np.testing.assert_allclose(times, round_trips(tables)[:, alone] - n["zones"]["min_rtt"][alone], rtol=1e-9)


def test_the_command_prints_a_short_table_and_one_object(tmp_path, plain):
    pairs = [(CITIES[1], CITIES[0]), (CITIES[2], CITIES[3])]
    path = written(tmp_path, pairs, [100.0, 200.0])
    result = CliRunner().invoke(app, ["validate", str(path)])
    assert result.exit_code == 0
    assert "EU-NA" in result.stdout
    assert "2 rows: median" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 100
    told = json.loads(CliRunner().invoke(app, ["validate", str(path), "--json"]).stdout.splitlines()[-1])
    off = [abs(plain.round_trip(*pair) / t - 1) for pair, t in zip(pairs, (100.0, 200.0), strict=True)]
    np.testing.assert_allclose([told["median_error"], told["worst_error"]], [np.mean(off), max(off)])
    assert told["p90_error"] <= told["worst_error"]
    assert told["rows"] == 2
