"""Where a plan serves its requests: megawatts, first period, cost of the next unit."""

from __future__ import annotations

import numpy as np

from planner.assemble.context import YEARLY
from planner.matching.asked import Request
from planner.measures import discounted_periods
from planner.results import Plan

TINY = 1e-6
"""Share of a request below which it is not served at a place."""
ACROSS = ("serve", "gang", "home")
"""Rows of a workload over all places: not part of what a place costs."""


class Served:
    """Serving of one plan by request and place."""

    def __init__(self, plan: Plan) -> None:
        self.plan, tables, sets = plan, plan.tables, plan.assembly.sets
        self.pay = discounted_periods(tables)
        self.serve, self.shown = plan.blocks["serve"], tables.shown
        self.arc = {(int(w), int(z)): a for a, (w, z) in enumerate(zip(sets.arc_workload, sets.arc_zone, strict=True))}
        self.per, self.next = _power_per_compute(plan), _margins(plan)
        klass = tables.index("workloads", "class")
        demand = tables.numbers["classes"]["demand"][klass] * tables.numbers["workloads"]["share"][:, None]
        self.least = TINY * np.where(sets.active, demand, 0.0).max(axis=1)

    def _arcs(self, r: Request, z: int) -> list[int]:
        return [
            self.arc[w, z] for w in r.rows if (w, z) in self.arc and self.serve[self.arc[w, z]].max() > self.least[w]
        ]

    def zones(self, r: Request) -> list[int]:
        """Places that serve it, the largest first."""
        size = {z: sum(self.serve[a].sum() for a in self._arcs(r, z)) for z in {z for _, z in self.arc}}
        return sorted((z for z, v in size.items() if v > 0), key=lambda z: -size[z])

    def megawatts(self, r: Request, z: int) -> tuple[float, float]:
        """Most IT power of racks working for it there [MW IT], and the year it begins; (0, nan) where it is not."""
        arcs = self._arcs(r, z)
        if not arcs:
            return 0.0, np.nan
        power = sum(self.serve[a] * self.per[a] for a in arcs)
        begin = int(np.argmax(sum(self.serve[a] for a in arcs) > 0))
        return float(np.max(power)), float(self.plan.tables.years[begin])

    def margin(self, r: Request, z: int) -> float:
        """Cost of the next unit for it there by row prices, integers fixed [USD/PFLOP-h]."""
        arcs = self._arcs(r, z)
        if not arcs or not self.plan.y.any():
            return np.nan
        weight = sum(float((self.serve[a] * self.pay).sum()) for a in arcs)
        return sum(float((self.serve[a] * self.next[a]).sum()) for a in arcs) / weight / YEARLY


def _power_per_compute(plan: Plan) -> np.ndarray:
    """IT power of racks per compute for each arc ``[arc, T]`` [MW per PFLOP/s]: mean of the place's racks that fit."""
    tables, sets = plan.tables, plan.assembly.sets
    d, h = sets.deployments, tables.numbers["hardware"]
    profile = tables.index("classes", "profile")[tables.index("workloads", "class")[sets.arc_workload]]
    power = h["power"][d.hardware] * 1e-3 / h["availability"][d.hardware]
    drawn = plan.blocks["time"] * power[sets.time_deployment][:, None]
    out = np.zeros_like(plan.blocks["serve"])
    for p, z in sorted(set(zip(profile.tolist(), sets.arc_zone.tolist(), strict=True))):
        arcs = np.nonzero((profile == p) & (sets.arc_zone == z))[0]
        given = np.nonzero((sets.time_profile == p) & (d.zone[sets.time_deployment] == z))[0]
        total = plan.blocks["serve"][arcs].sum(axis=0)
        out[arcs] = np.where(total > 0, drawn[given].sum(axis=0) / np.where(total > 0, total, 1.0), 0.0)
    return out


def _margins(plan: Plan) -> np.ndarray:
    """Discounted cost of one more unit of compute for each arc ``[arc, T]`` [G USD per EFLOP/s]."""
    layout, flat = plan.assembly.program.layout, plan.flat
    across = np.concatenate([np.full(int(b.exists.sum()), b.name in ACROSS) for b in layout.rows])
    reduced = flat.cost - flat.matrix.T @ np.where(across, 0.0, plan.y)
    return layout.split_columns(reduced)[layout.variable("serve")]
