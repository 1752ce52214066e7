"""What waits when orders arrive late in a sampled future: racks, satellites, halls and phases whose parts are missing.

Orders stand as planned and arrive later; what a layer has is handed out in the order of the plan, so that stock and
spare deliveries absorb lateness first. Orders in flight at the start come when they were promised, and own lines start
on their date.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner import slips

if TYPE_CHECKING:
    from planner.results import Plan

TINY = 1e-6  # of a layer's orders: less than that is not waited for


@dataclass(frozen=True, eq=False)
class Delays:
    """Delay [yr] of what is built for period t: `build` ``[future, deployment, T]``, `hall` ``[future, hall, T]``."""

    layer: np.ndarray
    build: np.ndarray
    hall: np.ndarray


def delays(plan: Plan, futures: int, seed: int) -> Delays | None:
    """Delays of a plan in every future; None where orders are on time."""
    tables = plan.tables
    late = slips.order_lateness(tables, futures, seed)
    if not late.any() or "order" not in plan.blocks:
        return None
    layer = layer_delays(*balance(plan), tables.index("doors", "layer"), late, float(tables.settings["period"]))
    dep = plan.assembly.sets.deployments
    hardware, classes = tables.keys("hardware"), tables.keys("satellite_classes")
    kept: dict[tuple[tuple[str, str], ...], np.ndarray] = {}

    def of(*items: tuple[str, str]) -> np.ndarray:
        if items not in kept:
            kept[items] = _awaited(plan, layer, items)
        return kept[items]

    build = []
    design = tables.index("satellites", "satellite_class")
    for h, satellite in zip(dep.hardware, dep.satellite, strict=True):
        bus = (("satellite_classes", classes[design[satellite]]),) if satellite >= 0 else ()
        build.append(of(("hardware", hardware[h]), *bus))
    hall = [of(("cooling", technology), ("construction", "*")) for _, technology in _entities(plan, "hall")]
    empty = np.zeros((futures, 0, tables.horizon))
    return Delays(layer, np.stack(build, 1) if build else empty, np.stack(hall, 1) if hall else empty)


def phase_delays(plan: Plan, found: Delays, which: np.ndarray, when: np.ndarray, planned: np.ndarray) -> np.ndarray:
    """Delay of the equipment of joined phases [yr] ``[future, phase]``, ordered for the planned lead."""
    tables = plan.tables
    sources, dt = tables.keys("generation"), float(tables.settings["period"])
    source = tables.index("phases", "source")[which]
    out = np.zeros((len(found.layer), len(which)))
    for k, (s, begun, lead) in enumerate(zip(source, when, planned, strict=True)):
        for layer, ahead in _bill(plan, ("generation", sources[s])):
            out[:, k] = np.maximum(out[:, k], _at(found.layer[:, layer], np.array([begun + (lead - ahead) / dt]))[:, 0])
    return out


def layer_delays(
    ordered: np.ndarray, promised: np.ndarray, drawn: np.ndarray, layer: np.ndarray, late: np.ndarray, dt: float
) -> np.ndarray:
    """How long the last unit drawn in each period is waited for [yr] ``[future, layer, T]``.

    ordered: what comes from each door in each period as planned ``[door, T]``; promised: what is in flight
    ``[layer, T]``; drawn ``[layer, T]``; late [yr] ``[future, door]``. What comes in a period comes evenly.
    """
    layers, periods = drawn.shape
    dates = dt * np.arange(periods + 1)
    out = np.zeros((len(late), layers, periods))
    come, wanted = _running(ordered), _running(drawn)[:, 1:]
    sure = _running(promised)
    for k in range(layers):
        doors = np.nonzero((layer == k) & (come[:, -1] > 0))[0]
        target = np.minimum(wanted[k], come[doors, -1].sum() + sure[k, -1])
        target = target - TINY * max(target[-1], 1e-12)
        for f in np.nonzero(late[:, doors].any(axis=1))[0]:
            breaks = np.unique(np.concatenate([dates, *(dates + late[f, d] for d in doors)]))
            there = np.interp(breaks, dates, sure[k])
            for d in doors:
                there = there + np.interp(breaks - late[f, d], dates, come[d])
            after = np.clip(np.searchsorted(there, target, "left"), 1, len(breaks) - 1)
            rise = there[after] - there[after - 1]
            part = np.clip((target - there[after - 1]) / np.where(rise > 0, rise, 1.0), 0.0, 1.0)
            met = breaks[after - 1] + part * (breaks[after] - breaks[after - 1])
            out[f, k] = np.maximum(met - dates[1:], 0.0)
    return out


def _running(flow: np.ndarray) -> np.ndarray:
    return np.concatenate([np.zeros((len(flow), 1)), np.cumsum(flow, axis=1)], axis=1)


def balance(plan: Plan) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Deliveries by door ``[door, T]``, in flight and drawn by layer ``[layer, T]``, read from the supply rows."""
    layout, flat = plan.assembly.program.layout, plan.flat
    periods, doors = layout.periods, plan.tables.keys("doors")
    starts = np.cumsum([0, *(b.exists.size for b in layout.rows)])
    block = next(i for i, b in enumerate(layout.rows) if b.name == "supply")
    mine = np.nonzero(layout.rows[block].exists.ravel())[0]
    lines = (np.cumsum(layout.lines) - 1)[starts[block] + mine]
    layer, t = np.divmod(mine, periods)
    kind = np.concatenate([np.full(int(b.exists.sum()), b.name) for b in layout.variables])
    flows = flat.matrix[lines].multiply(plan.x).tocoo()
    family = kind[flows.col]
    promised, drawn = np.zeros((2, len(plan.tables.keys("layers")), periods))
    promised[layer, t] = -flat.rhs[lines]
    taken = ~np.isin(family, ("order", "stock"))
    np.add.at(drawn, (layer[flows.row[taken]], t[flows.row[taken]]), -flows.data[taken])
    order = layout.variables[layout.variable("order")]
    door = np.array([doors.index(e[0]) for e in order.entities], int)
    column = np.zeros(flat.shape[1], int)
    column[kind == "order"] = np.repeat(door, order.exists.sum(axis=1))
    came = np.zeros((len(doors), periods))
    bought = family == "order"
    np.add.at(came, (column[flows.col[bought]], t[flows.row[bought]]), flows.data[bought])
    return came, promised, drawn


def _entities(plan: Plan, name: str) -> tuple[tuple[str, ...], ...]:
    return next((b.entities for b in plan.assembly.program.layout.variables if b.name == name), ())


def _bill(plan: Plan, item: tuple[str, str]) -> list[tuple[int, float]]:
    """Layer and lead [yr] of each line of an item's bill of materials."""
    bills = plan.tables.frames["bills"]
    mine = np.nonzero((bills["of"] == item[0]).to_numpy() & (bills["item"] == item[1]).to_numpy())[0]
    layer, lead = plan.tables.index("bills", "layer"), plan.tables.numbers["bills"]["lead"]
    return [(int(layer[b]), float(lead[b])) for b in mine]


def _awaited(plan: Plan, layer: np.ndarray, items: tuple[tuple[str, str], ...]) -> np.ndarray:
    """Delay of what needs all lines of its bills, by the period it is for ``[future, T]``."""
    periods, dt = layer.shape[2], float(plan.tables.settings["period"])
    out = np.zeros((len(layer), periods))
    for item in items:
        for k, lead in _bill(plan, item):
            out = np.maximum(out, _at(layer[:, k], np.arange(periods) - lead / dt))
    return out


def _at(delay: np.ndarray, place: np.ndarray) -> np.ndarray:
    """A delay ``[future, T]`` at fractional periods, held at both ends."""
    last = delay.shape[1] - 1
    place = np.clip(place, 0.0, last)
    low = np.floor(place).astype(int)
    part = place - low
    return delay[:, low] * (1.0 - part) + delay[:, np.minimum(low + 1, last)] * part
