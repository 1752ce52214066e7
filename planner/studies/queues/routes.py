"""Ways around a queue, ranked by cost: on-site power, another door, an own door, another site, orbit, later, without.

The queue is taken out of the plan and one way is opened: what belongs to it may grow, its whole decisions in parts;
every other gate (phases, sites, own doors, launches, other doors of the layer) stays as the plan has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planner.announcement.claims import flat_columns
from planner.diagnose.words import title
from planner.program import VariableBlock
from planner.results import Plan
from planner.studies.queues.leads import DOOR, PHASE, Lead, chain
from planner.tables import Tables

ONSITE, SITE, ANOTHER, OWN, ORBIT = "on-site power", "another site", "another door", "own door", "orbit"
LATER, WITHOUT, ALL = "a year later", "do without", "all of these together"
COLUMNS = ["queue", "route", "how", "cost"]
LEAST = 1e-4
"""Share of a decision, of an order or of a flight below which it is not named."""
NAMED = 2

Mask = np.ndarray


@dataclass(frozen=True, eq=False)
class _Gates:
    """Columns of the program by what they belong to, each a mask [n]."""

    plan: Plan

    def mask(self, family: str, pick: Any = None) -> Mask:
        """Columns of a family whose entities are picked."""
        out = np.zeros(self.plan.flat.shape[1], bool)
        block = self.block(family)
        if block is not None:
            mine = np.array([pick is None or bool(pick(e)) for e in block.entities], bool)
            layout = self.plan.assembly.program.layout
            out[flat_columns(layout, family, block.exists & mine[:, None])] = True
        return out

    def block(self, family: str) -> VariableBlock | None:
        """The family's block; None where the program has none."""
        return next((b for b in self.plan.assembly.program.layout.variables if b.name == family), None)


def routes(plan: Plan, some: list[Lead], say: Any = None, basis: Any = None) -> tuple[pd.DataFrame, int]:
    """Ways around queues that a plan stands in (phases and bought doors), each with what it costs more [M USD].

    One row per queue and way, the cheapest first (inf: no plan that way): queue, route, how (what grows most), cost.
    Second: linear programs solved. basis: of the plan's relaxation with whole decisions held, where it is known.
    """
    from planner.studies.bottlenecks.parametric import Parametric  # a solver: not with the import of the planner
    from planner.studies.bottlenecks.study import held_program

    some = [q for q in some if q.kind in (PHASE, DOOR) and q.inside]
    if not some:
        return pd.DataFrame(columns=COLUMNS), 0
    model = Parametric(held_program(plan), basis)
    gates, rows = _Gates(plan), []
    for queue in some:
        gone, ways = _ways(gates, queue)
        opened = np.logical_or.reduce(list(ways.values()))
        for route, free in [*ways.items(), (LATER, gone), (WITHOUT, None), (ALL, opened)]:
            if say is not None:
                say(f"around {queue.name}: {route}")
            lower, upper = _bounds(plan, model.base.x, gone, opened, free, route == LATER)
            point = model.within(lower, upper)
            cost = np.inf if point is None else (point.cost - model.base.cost) * 1e3
            how = ""
            if point is not None and free is not None and route != LATER:
                how = _how(plan, free, model.base.x, point.x) or "nothing grows"
            rows.append((queue.name, route, how, cost))
    frame = pd.DataFrame(rows, columns=COLUMNS)
    order = {q.name: i for i, q in enumerate(some)}
    frame = frame.sort_values(["queue", "cost"], key=lambda c: c.map(order) if c.name == "queue" else c, kind="stable")
    return frame.reset_index(drop=True), model.solves


def _ways(gates: _Gates, queue: Lead) -> tuple[Mask, dict[str, Mask]]:
    """Columns that go with the queue, and those of each way around it."""
    tables = gates.plan.tables
    ways = {ORBIT: gates.mask("launch")}
    if queue.kind == PHASE:
        phases = tables.frames["phases"]
        mine = chain(tables, queue.name)
        kind = dict(zip(phases.index, tables.frames["generation"].loc[phases["source"], "kind"], strict=True))
        site = dict(phases["site"])
        gone = gates.mask("join", lambda e: e[0] in mine)
        here = site[queue.name]
        ways[ONSITE] = gates.mask("join", lambda e: e[0] not in mine and kind[e[0]] != "grid")
        ways[SITE] = gates.mask("join", lambda e: site[e[0]] != here and kind[e[0]] == "grid") | gates.mask("open")
    else:
        doors: Any = tables.frames["doors"]
        layer, own = doors["layer"][queue.name], doors["own"].astype(bool)
        gone = gates.mask("order", lambda e: e[0] == queue.name)
        same = {str(d) for d in doors.index[doors["layer"] == layer]} - {queue.name}
        ways[ANOTHER] = gates.mask("order", lambda e: e[0] in same and not own[e[0]])
        ways[OWN] = gates.mask("order", lambda e: e[0] in same and own[e[0]])
        ways[OWN] |= gates.mask("line", lambda e: e[0] in same)
    return gone, {k: v for k, v in ways.items() if v.any()}


def _bounds(
    plan: Plan, base: np.ndarray, gone: Mask, opened: Mask, free: Mask | None, later: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of the columns: the queue out (or a year later), one way open, the other ways as they are."""
    flat, whole = plan.flat, np.round(plan.x)
    lower, upper = (np.where(flat.integer, whole, side) for side in (flat.lower, flat.upper))
    upper = np.where(opened, np.minimum(upper, np.maximum(base, 0.0)), upper)
    lower, upper = np.where(gone, np.minimum(lower, 0.0), lower), np.where(gone, 0.0, upper)
    if later:
        shift = max(round(1.0 / float(plan.tables.settings["period"])), 1)
        upper = np.where(gone, _shifted(plan, np.where(flat.integer, whole, base), shift), upper)
        return lower, np.maximum(lower, upper)
    if free is not None:
        lower = np.where(free & flat.integer, np.minimum(whole, flat.upper), lower)
        upper = np.where(free, flat.upper, upper)
    return lower, np.maximum(lower, upper)


def _shifted(plan: Plan, values: np.ndarray, shift: int) -> np.ndarray:
    """Values of columns so many periods before, 0 at first."""
    layout = plan.assembly.program.layout
    out, start = np.zeros_like(values), 0
    for block in layout.variables:
        size = int(block.exists.sum())
        wide = np.zeros((len(block.entities), plan.tables.horizon))
        wide[block.exists] = values[start : start + size]
        moved = np.zeros_like(wide)
        moved[:, shift:] = wide[:, :-shift]
        out[start : start + size] = moved[block.exists]
        start += size
    return out


def _how(plan: Plan, free: Mask, before: np.ndarray, after: np.ndarray) -> str:
    """What of a way grew most, in words."""
    layout, tables = plan.assembly.program.layout, plan.tables
    grown: list[tuple[float, str]] = []
    start = 0
    for block in layout.variables:
        size = int(block.exists.sum())
        more = np.where(free, after - before, 0.0)[start : start + size]
        start += size
        if block.name not in ("join", "order", "launch", "line") or not (more > LEAST).any():
            continue
        wide = np.zeros(block.exists.shape)
        wide[block.exists] = more
        amount = np.maximum(wide, 0.0).sum(axis=1)
        whole = max(float(np.abs(before[start - size : start]).sum()), 1.0)
        names: dict[str, float] = {}
        for entity, grew in zip(block.entities, amount, strict=True):
            names[entity[0]] = names.get(entity[0], 0.0) + float(grew)
        grown += [(g / whole, _words(tables, block.name, n, g)) for n, g in names.items() if g > LEAST]
    return "; ".join(w for _, w in sorted(grown, key=lambda g: -g[0])[:NAMED])


def _words(tables: Tables, family: str, name: str, amount: float) -> str:
    if family == "join":
        row = tables.frames["phases"].loc[name]
        power = float(tables.numbers["phases"]["power"][tables.keys("phases").index(name)]) * amount
        return f"{power:,.0f} MW {title(tables, 'generation', row['source'])} at {title(tables, 'sites', row['site'])}"
    if family == "launch":
        return f"{amount:,.1f} flights of {title(tables, 'vehicles', name)}"
    if family == "line":
        return f"{amount:,.2f} of {title(tables, 'doors', name)}"
    layer = tables.frames["doors"].loc[name, "layer"]
    scale = float(tables.numbers["layers"]["scale"][tables.keys("layers").index(layer)])
    return (
        f"{amount * scale:,.4g} {tables.frames['layers'].loc[layer, 'unit']} more from {title(tables, 'doors', name)}"
    )
