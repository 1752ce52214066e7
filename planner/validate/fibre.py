"""Round trips over fibre: the fitted graph of datasets/fibre, or the graph of a scenario as its plans use it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import partial
from inspect import signature
from pathlib import Path

import jax
import numpy as np

from compute_stack import network
from planner.compiled import remember
from planner.faults import Fault, InputError

MOST_AT_ONCE = 4096  # rows in one compiled call
FLOATS = ("access_stretch", "constant", "direct_stretch", "direct_constant", "direct_reach")


@dataclass(frozen=True)
class Fibre:
    """A graph of hubs with everything that its round trips need."""

    name: str
    hubs: np.ndarray  # [hub, 2] latitude and longitude [deg]
    blocks: tuple[str, ...]  # [hub] block it belongs to
    links: np.ndarray  # [link, 2] its hubs
    times: np.ndarray  # [link] round trip [ms]
    factors: np.ndarray  # [block, block] factor on the round trip [-]
    kinds: tuple[str, ...]  # [block] names of the blocks
    coefficients: dict[str, float]  # of `compute_stack.network.hub_graph_rtt`

    def block(self, points: np.ndarray) -> np.ndarray:
        """Block of the nearest hub of each point ``[point]``, as its place in `kinds`."""
        of_hub = np.array([self.kinds.index(b) for b in self.blocks])
        lat, lon = self.hubs.T
        return of_hub[np.asarray(_distance(points[:, :1], points[:, 1:], lat, lon)).argmin(axis=1)]

    def round_trips(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Round trip of each pair of points [ms]; both ``[pair, 2]`` latitude and longitude [deg]."""
        remember()
        lat, lon = self.hubs.T
        graph = (lat, lon, self.links, self.times)
        floats = {name: value for name, value in self.coefficients.items() if name in FLOATS}
        nearest = int(self.coefficients["nearest"])
        factor = self.factors[self.block(first), self.block(second)]
        size = min(MOST_AT_ONCE, 1 << max(len(first) - 1, 1).bit_length())
        parts = []
        for start in range(0, len(first), size):
            cut = slice(start, start + size)
            lack = size - len(first[cut])
            padded = [np.pad(x[cut], ((0, lack), (0, 0)), mode="edge") for x in (first, second)]
            ways = _pairs(*padded, graph, floats, nearest)
            parts.append(np.asarray(ways)[: size - lack] * factor[cut])
        return np.concatenate(parts)


_distance = jax.jit(network.great_circle_km)


@partial(jax.jit, static_argnames="nearest")
def _pairs(
    first: jax.Array, second: jax.Array, graph: tuple[jax.Array, ...], floats: dict[str, float], nearest: int
) -> jax.Array:
    def one(a: jax.Array, b: jax.Array) -> jax.Array:
        return network.hub_graph_rtt(a[None], b[None], *graph, nearest=nearest, **floats)[0, 0]

    return jax.vmap(one)(first, second)


def _table(name: str) -> list[dict[str, str]]:
    from planner.scenario import datasets_folder

    path = datasets_folder() / "fibre" / f"{name}.csv"
    with Path(path).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def fitted_fibre() -> Fibre:
    """The graph that was fitted to measured round trips (docs/latency.md)."""
    hubs, links, factors = _table("hubs"), _table("links"), _table("factors")
    at = {hub["hub"]: k for k, hub in enumerate(hubs)}
    kinds = tuple(sorted({hub["block"] for hub in hubs}))
    square = np.ones((len(kinds), len(kinds)))
    for row in factors:
        i, j = kinds.index(row["block_a"]), kinds.index(row["block_b"])
        square[i, j] = square[j, i] = float(row["factor [1]"])
    return Fibre(
        "datasets/fibre",
        np.array([[float(hub["latitude [deg]"]), float(hub["longitude [deg]"])] for hub in hubs]),
        tuple(hub["block"] for hub in hubs),
        np.array([[at[link["a"]], at[link["b"]]] for link in links]),
        np.array([float(link["rtt [ms]"]) for link in links]),
        square,
        kinds,
        {row["name"]: float(row["value"]) for row in _table("coefficients")},
    )


def scenario_fibre(scenario: str) -> Fibre:
    """The graph of a scenario as its plans use it: its own links, the coefficients of `compute_stack`, no factors.

    Blocks are those of the nearest hub of datasets/fibre. Raises `InputError` for a scenario without a graph.
    """
    from planner.scenario import read_scenario
    from planner.tables import read_tables

    tables = read_tables(read_scenario(scenario))
    if not len(tables.frames["hubs"]):
        wrong = "this scenario has no hubs.csv: its round trips are by great circle"
        raise InputError([Fault("--scenario", 0, "", wrong, "name a scenario with hubs.csv and hub_edges.csv")])
    fitted = fitted_fibre()
    hubs = np.stack([np.asarray(tables.numbers["hubs"][k]) for k in ("latitude", "longitude")], 1)
    return Fibre(
        tables.scenario.name,
        hubs,
        tuple(fitted.kinds[k] for k in fitted.block(hubs)),
        np.stack([tables.index("hub_edges", end) for end in "ab"], 1),
        np.asarray(tables.numbers["hub_edges"]["rtt"]),
        np.ones_like(fitted.factors),
        fitted.kinds,
        {"nearest": float(signature(network.hub_graph_rtt).parameters["nearest"].default)},
    )
