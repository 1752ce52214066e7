"""Fit of the fibre graph to measured round trips, and what it is worth on places it has not seen.

Run: python benchmarks/fit_rtt.py FILE   writes datasets/fibre, benchmarks/results/rtt.json and docs/latency.md

FILE is a CSV with the columns a, b, lat_a, lon_a, lat_b, lon_b, rtt_ms. Hubs, their blocks, and which links there are
and whether they run on land or under sea, are read from datasets/fibre; times, factors and coefficients are fitted.
Seven coefficients are free; the multiplier of each link and the factor of each pair of blocks are pulled towards one.

The fit is written in NumPy and SciPy and shares no code with `compute_stack`; at its end the two are compared.
"""

from __future__ import annotations

import argparse
import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from latency_page import page
from machine import machine
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from planner.validate.trips import round_trips

HERE = Path(__file__).parent
ROOT = HERE.parent
FIBRE = ROOT / "datasets" / "fibre"
NAMES = ("land_stretch", "sea_stretch", "hop", "access_stretch", "constant", "direct_stretch", "direct_constant")
START = np.log([1.27, 1.07, 5.0, 2.3, 2.2, 1.6, 7.0])  # few hops at first: long links then take part
NEAREST, REACH, BEYOND = 6, 1500.0, 2.0
LIGHT = 102.1  # [km/ms] no link is faster than light in straight fibre, index 1.468
SAME_METRO = 100.0  # [km]
PULL = 2.0  # weight of (ln multiplier)^2/2 against the sum of |ln(ours/measured)|
STEPS = 30
EARTH = 6371.0
VARIANTS = {
    "multipliers of links, no factors of blocks": {"blocks": 1e9},
    "the seven coefficients alone": {"pull": 1e9, "blocks": 1e9},
}


def distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Great-circle distance [km] of every pair of rows (latitude, longitude)."""
    a, b = np.radians(a)[:, None], np.radians(b)[None]
    half = np.sin((a[..., 0] - b[..., 0]) / 2) ** 2
    half = half + np.cos(a[..., 0]) * np.cos(b[..., 0]) * np.sin((a[..., 1] - b[..., 1]) / 2) ** 2
    return 2 * EARTH * np.arcsin(np.sqrt(np.clip(half, 0, 1)))


def metros(points: np.ndarray) -> np.ndarray:
    """Number of the metro of each point: points within 100 km of one another are one metro, whoever measured."""
    label = np.arange(len(points))
    for i, j in np.argwhere(distance(points, points) <= SAME_METRO):
        old, new = max(label[i], label[j]), min(label[i], label[j])
        label[label == old] = new
    return np.unique(label, return_inverse=True)[1]


@dataclass(frozen=True)
class Rows:
    """Measured round trips: places, ends of each row, times [ms], names of the measurer."""

    points: np.ndarray
    first: np.ndarray
    second: np.ndarray
    rtt: np.ndarray
    who: np.ndarray

    @classmethod
    def read(cls, path: Path) -> Rows:
        """Rows of a file."""
        with path.open(encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines))
        ends = [[(float(r[f"lat_{e}"]), float(r[f"lon_{e}"])) for r in rows] for e in "ab"]
        points = sorted({*ends[0], *ends[1]})
        at = {p: k for k, p in enumerate(points)}
        first, second = (np.array([at[p] for p in e]) for e in ends)
        who = np.array([r["a"].split(":")[0] for r in rows])
        return cls(np.array(points), first, second, np.array([float(r["rtt_ms"]) for r in rows]), who)

    def only(self, which: np.ndarray) -> Rows:
        """Some of the rows."""
        return Rows(self.points, self.first[which], self.second[which], self.rtt[which], self.who[which])


class Graph:
    """Hubs, links, and the derivative of every predicted time by every parameter along the path taken."""

    def __init__(self, hubs: np.ndarray, blocks: list[str], links: np.ndarray, sea: np.ndarray) -> None:
        self.hubs, self.blocks, self.links, self.sea = hubs, blocks, links, sea
        self.length = distance(hubs, hubs)[links[:, 0], links[:, 1]]

    def see(self, points: np.ndarray) -> None:
        """Take notice of places."""
        self.apart = distance(points, points)
        reach = distance(points, self.hubs)
        self.near = np.argsort(reach, axis=1, kind="stable")[:, :NEAREST]
        self.access = np.take_along_axis(reach, self.near, 1)
        block = np.array(self.blocks)[reach.argmin(1)]
        kinds = sorted(set(self.blocks))
        code = np.array([kinds.index(b) for b in block])
        low, high = np.minimum(code[:, None], code), np.maximum(code[:, None], code)
        self.pair, self.pairs = low * len(kinds) + high, len(kinds) ** 2

    def link_times(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Time of every link [ms], and where light in fibre bounds it."""
        c, multiplier = np.exp(theta[:7]), np.exp(theta[7 : 7 + len(self.links)])
        free = multiplier * (c[2] + np.where(self.sea, c[1], c[0]) * self.length / 100)
        least = self.length / LIGHT
        return np.maximum(free, least), free < least

    def predict(self, theta: np.ndarray, rows: Rows) -> np.ndarray:
        """Logarithm of the predicted time of every row."""
        return self._walk(theta, rows)[0]

    def slopes(self, theta: np.ndarray, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """Logarithms of the predicted times and their derivatives ``[row, parameter]``."""
        value, base, direct, ends, before = self._walk(theta, rows)
        c, m = np.exp(theta[:7]), np.exp(theta[7 : 7 + len(self.links)])
        times, bound = self.link_times(theta)
        n, every = len(self.links), np.arange(len(rows.rtt))
        out = np.zeros((len(every), len(theta)))
        out[every, 7 + n + self.pair[rows.first, rows.second]] = 1.0
        out[:, 6] = np.where(direct, c[6] / base, 0.0)
        out[:, 5] = np.where(direct, c[5] * self.apart[rows.first, rows.second] / 100 / base, 0.0)
        routed = ~direct
        reach = self.access[rows.first, ends[0]] + self.access[rows.second, ends[1]]
        out[:, 3] = np.where(routed, c[3] * reach / 100 / base, 0.0)
        out[:, 4] = np.where(routed, c[4] / base, 0.0)
        own = {(int(a), int(b)): k for k, (a, b) in enumerate(self.links)}
        own |= {(b, a): k for (a, b), k in own.items()}
        paths: dict[tuple[int, int], np.ndarray] = {}
        for i in np.flatnonzero(routed):
            start, stop = self.near[rows.first[i], ends[0][i]], self.near[rows.second[i], ends[1][i]]
            if (start, stop) not in paths:
                walked, at = [], stop
                while at != start:
                    walked.append(own[int(before[start, at]), int(at)])
                    at = before[start, at]
                paths[start, stop] = np.array([k for k in walked if not bound[k]], int)
            path = paths[start, stop]
            out[i, 7 + path] = times[path] / base[i]
            part = m[path] * self.length[path] / 100 / base[i]
            out[i, 0] = c[0] * part[~self.sea[path]].sum()
            out[i, 1] = c[1] * part[self.sea[path]].sum()
            out[i, 2] = c[2] * m[path].sum() / base[i]
        return value, out

    def _walk(self, theta: np.ndarray, rows: Rows) -> tuple:
        c, n = np.exp(theta[:7]), len(self.links)
        times, _ = self.link_times(theta)
        matrix = csr_matrix((times, self.links.T), shape=(len(self.hubs),) * 2)
        between, before = dijkstra(matrix, directed=False, return_predecessors=True)
        a, b = self.near[rows.first], self.near[rows.second]
        to = c[3] * self.access / 100
        routes = to[rows.first][:, :, None] + to[rows.second][:, None] + between[a[:, :, None], b[:, None]]
        routes = routes.reshape(len(a), -1)
        best = routes.argmin(1)
        routed = c[4] + routes[np.arange(len(a)), best]
        apart = self.apart[rows.first, rows.second]
        straight = c[6] + (c[5] * apart + BEYOND * np.maximum(apart - REACH, 0)) / 100
        base, direct = np.minimum(routed, straight), straight < routed
        value = np.log(base) + theta[7 + n :][self.pair[rows.first, rows.second]]
        return value, base, direct, (best // NEAREST, best % NEAREST), before


def fitted(graph: Graph, rows: Rows, pull: float = PULL, blocks: float = PULL) -> np.ndarray:
    """Parameters that make the sum of |ln(ours/measured)| small, with quadratic pulls towards the prior.

    Reweighted least squares along the paths taken, damped; the best of its steps is returned.
    """
    n = len(graph.links)
    start = np.concatenate([START, np.zeros(n + graph.pairs)])
    weight = np.concatenate([np.full(7, 1e-4), np.full(n, pull), np.full(graph.pairs, blocks)])
    measured = np.log(rows.rtt)
    theta, best, least = start.copy(), start, np.inf
    for step in range(STEPS):
        value, slope = graph.slopes(theta, rows)
        off = measured - value
        loss = np.abs(off).sum() + 0.5 * (weight * (theta - start) ** 2).sum()
        if loss < least:
            least, best = loss, theta.copy()
        each = 1.0 / np.maximum(np.abs(off), 0.01)
        normal = slope.T @ (each[:, None] * slope) + np.diag(weight)
        move = np.linalg.solve(normal, slope.T @ (each * off) - weight * (theta - start))
        theta = theta + (0.6 if step < 0.6 * STEPS else 0.3) * np.clip(move, -0.4, 0.4)
    return best


def errors(graph: Graph, theta: np.ndarray, rows: Rows) -> np.ndarray:
    """|ours/measured - 1| of every row."""
    return np.abs(np.exp(graph.predict(theta, rows)) / rows.rtt - 1.0)


def summary(error: np.ndarray) -> dict[str, float]:
    """Median, 90th percentile, worst, rows."""
    return {
        "median": round(float(np.median(error)), 4),
        "p90": round(float(np.quantile(error, 0.9)), 4),
        "worst": round(float(error.max()), 4),
        "rows": len(error),
    }


def without(graph: Graph, rows: Rows, folds: list[tuple[np.ndarray, np.ndarray]], **pulls: float) -> dict[str, float]:
    """Errors on the rows of each fold (held out, judged) after a fit to what is not held out."""
    parts = [
        errors(graph, fitted(graph, rows.only(~out), **pulls), rows.only(judged))
        for out, judged in folds
        if any(judged)
    ]
    return summary(np.concatenate(parts))


def protocols(rows: Rows, metro: np.ndarray) -> dict[str, list[tuple[np.ndarray, np.ndarray]]]:
    """What is held out and what is judged, fold by fold."""
    first, second = metro[rows.first], metro[rows.second]
    touching = [(first == k) | (second == k) for k in range(metro.max() + 1)]
    draw = np.random.default_rng(0)
    group = draw.permutation(metro.max() + 1) % 8
    a, b = np.minimum(group[first], group[second]), np.maximum(group[first], group[second])
    either = [((a == i) | (b == i) | (a == j) | (b == j), (a == i) & (b == j)) for i in range(8) for j in range(i, 8)]
    tenth = draw.permutation(len(rows.rtt)) % 10
    return {
        "leave_metro_out": [(t, t) for t in touching],
        "both_ends_out": either,
        "random_tenths": [(tenth == k, tenth == k) for k in range(10)],
        **{f"without_{name}": [(rows.who == name, rows.who == name)] for name in sorted(set(rows.who))},
    }


def table(name: str) -> list[dict[str, str]]:
    """Rows of a table of datasets/fibre."""
    with (FIBRE / f"{name}.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def read_graph() -> Graph:
    """The graph of datasets/fibre, whatever its times."""
    hubs, links = table("hubs"), table("links")
    at = {hub["hub"]: k for k, hub in enumerate(hubs)}
    places = np.array([[float(hub["latitude [deg]"]), float(hub["longitude [deg]"])] for hub in hubs])
    ends = np.array([[at[link["a"]], at[link["b"]]] for link in links])
    return Graph(places, [hub["block"] for hub in hubs], ends, np.array([link["course"] == "sea" for link in links]))


def write_graph(graph: Graph, theta: np.ndarray) -> None:
    """Times, factors and coefficients into datasets/fibre, as they are read by the planner."""
    times = graph.link_times(theta)[0]
    rows = [f"{k['a']},{k['b']},{k['course']},{t:.3f}" for k, t in zip(table("links"), times, strict=True)]
    (FIBRE / "links.csv").write_text("\n".join(["a,b,course,rtt [ms]", *rows]) + "\n", "utf-8")
    kinds = sorted(set(graph.blocks))
    factor = np.exp(theta[7 + len(times) :]).reshape(len(kinds), len(kinds))
    rows = [f"{a},{b},{factor[i, j]:.4f}" for i, a in enumerate(kinds) for j, b in enumerate(kinds) if i <= j]
    (FIBRE / "factors.csv").write_text("\n".join(["block_a,block_b,factor [1]", *rows]) + "\n", "utf-8")
    units = ("1", "1", "ms", "1", "ms", "1", "ms")
    rows = [f"{n},{u},{v:.5g}" for n, u, v in zip(NAMES, units, np.exp(theta[:7]), strict=True)]
    rows += [f"nearest,1,{NEAREST}", f"direct_reach,km,{REACH:g}"]
    (FIBRE / "coefficients.csv").write_text("\n".join(["name,unit,value", *rows]) + "\n", "utf-8")


def measured(path: Path) -> dict[str, object]:
    """The fit, written, and every figure about it."""
    graph, rows = read_graph(), Rows.read(path)
    graph.see(rows.points)
    theta = fitted(graph, rows)
    write_graph(graph, theta)
    trips = round_trips(path)
    if np.abs(abs(trips.rows["error"]) - errors(graph, theta, rows)).max() > 2e-3:
        raise SystemExit("the planner and this script disagree: adapt one of them")
    metro = metros(rows.points)
    folds = protocols(rows, metro)
    m = np.exp(theta[7 : 7 + len(graph.links)])
    return {
        "machine": machine(),
        "data": {"rows": len(rows.rtt), "places": len(rows.points), "metros": int(metro.max()) + 1},
        "coefficients": {n: float(f"{v:.5g}") for n, v in zip(NAMES, np.exp(theta[:7]), strict=True)},
        "multipliers": {
            "least": round(float(m.min()), 3),
            "most": round(float(m.max()), 3),
            "within_a_tenth": int((abs(m - 1) <= 0.1).sum()),
            "links": len(m),
        },
        "in_sample": summary(abs(trips.rows["error"])),
        "held_out": {name: without(graph, rows, parts) for name, parts in folds.items()},
        "variants": {
            name: {
                "in_sample": summary(errors(graph, fitted(graph, rows, **pulls), rows)),
                "leave_metro_out": without(graph, rows, folds["leave_metro_out"], **pulls),
            }
            for name, pulls in VARIANTS.items()
        },
        "by_pair": {p.pair: {"median": p.median, "p90": p.p90, "rows": p.rows} for p in trips.pairs.itertuples()},
        "between_measurers": summary(disagreement(rows, metro)),
    }


def disagreement(rows: Rows, metro: np.ndarray) -> np.ndarray:
    """|one/other - 1| of every two measurers' times between the same two metros [-]."""
    seen: dict[tuple[int, int], list[int]] = {}
    for k, ends in enumerate(np.sort(np.stack([metro[rows.first], metro[rows.second]], 1), axis=1).tolist()):
        seen.setdefault((ends[0], ends[1]), []).append(k)
    return np.array(
        [
            abs(rows.rtt[i] / rows.rtt[j] - 1)
            for same in seen.values()
            for n, i in enumerate(same)
            for j in same[:n]
            if rows.who[i] != rows.who[j]
        ]
    )


def main() -> None:
    """Fit, judge, write."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("file", type=Path)
    result = measured(asked.parse_args().file)
    (HERE / "results" / "rtt.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    (ROOT / "docs" / "latency.md").write_text(page(result), "utf-8")
    print(json.dumps({k: result[k] for k in ("in_sample", "held_out", "variants")}, indent=1))


if __name__ == "__main__":
    main()
