"""The study: the launch price below which orbit enters, by wait for grid power and mass, and without Earth's queues."""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from planner.announcement.claims import flat_columns
from planner.faults import Fault, InputError
from planner.results import Plan
from planner.studies.frontier import worlds
from planner.studies.inputs.restored import restored
from planner.studies.structure import Structures
from planner.studies.why.entity import entity
from planner.tables import Tables

if TYPE_CHECKING:
    from planner.studies.frontier.entry import Ground, Straight

WAITS = (0.5, 1.0, 2.0)
"""Times the wait for grid power."""
MASSES = (10.0, 20.0, 40.0, 80.0)
"""Masses of satellites [kg/kW]."""
QUEUED, UNQUEUED = "as it is queued", "without queues"
PRICES = (100.0, 1000.0)
"""Two launch prices [USD/kg] through which the line of a program's numbers is drawn."""

Told = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Frontier:
    """Below which launch price orbit enters by a date, at least cost with whole decisions fractional.

    by: the date (calendar year); satellites that fly later are left out. table: one row per Earth (`QUEUED`,
    `UNQUEUED`), factor (times the wait for grid power; nan without queues), wait [yr] (mean of the grid's phases,
    weighted by power), mass [kg/kW]: price [USD/kg] (0: not even free, inf: at any price, nan: no plan has orbit),
    shown (plans at both sides of the price were solved and say so). today: what the scenario has: kind "class", title,
    value [kg/kW]; kind "launch", the cheapest at the start and at the date [USD/kg]. solves: linear programs.
    """

    plan: Plan
    by: float
    table: pd.DataFrame
    today: pd.DataFrame
    solves: int
    seconds: float


def frontier(
    bundle: str | Path | Plan,
    *,
    by: float | None = None,
    waits: Sequence[float] = WAITS,
    masses: Sequence[float] = MASSES,
    told: Told | None = None,
) -> Frontier:
    """The frontier of a plan's scenario (a bundle, or a `Plan`).

    by: calendar year until which satellites may fly (default: the whole plan). waits: times the wait for grid power.
    masses: of all satellite classes [kg/kW]. Raises `InputError`.
    """
    begun, say = clock.monotonic(), told or (lambda line: None)
    if faults := [*_outside("--waits", waits, 0.0, 20.0), *_outside("--masses", masses, 1.0, 1000.0)]:
        raise InputError(faults)
    plan = bundle if isinstance(bundle, Plan) else restored(bundle)
    tables = plan.tables
    if not (tables.keys("satellites") and tables.keys("vehicles")):
        wrong, instead = "it has no satellites, or nothing to launch them", "ask of one with satellites and vehicles"
        raise InputError([Fault(tables.scenario.name, 0, "", wrong, instead)])
    what = entity(tables, "orbit", by)
    last = float(tables.years[tables.shown]) if by is None else by
    structures = Structures(tables)
    rows, solves = [], 0
    earths = [(QUEUED, f, worlds.waiting(tables, f)) for f in waits] + [(UNQUEUED, np.nan, worlds.unqueued(tables))]
    for earth, factor, world in earths:
        named = f"Earth {earth}" + ("" if np.isnan(factor) else f", {factor:g} times the wait for grid power")
        say(f"{named}: the plan without orbit")
        columns, _ = what.columns(world, structures.assembly(world).program.layout)
        if not columns.size:
            raise InputError([_never(tables, last)])
        try:
            ground = _ground(structures, world, columns, last)
        except ValueError:
            wrong = "it has no plan without orbit, so orbit enters at any price"
            raise InputError([Fault(tables.scenario.name, 0, "", wrong, "ask of one that Earth can serve")]) from None
        wait = worlds.mean_wait(world)
        guess = 0.0
        for mass in masses:
            say(f"{named}, satellites of {mass:g} kg/kW")
            found = ground.entry(_straight(structures, worlds.weighing(world, mass)), guess / mass)
            guess = found.price * mass if np.isfinite(found.price) else 0.0
            rows.append((earth, factor, wait, mass, found.price, found.shown))
        solves += ground.solves
    table = pd.DataFrame(rows, columns=["earth", "factor", "wait", "mass", "price", "shown"])
    return Frontier(plan, last, table, _today(plan, last), solves, clock.monotonic() - begun)


def _ground(structures: Structures, world: Tables, columns: np.ndarray, last: float) -> Ground:
    """The plan without orbit of a world, from which entries start."""
    from planner.studies.frontier.entry import Ground  # a solver: not with the import of the planner

    program = structures.assembly(world).program
    flat, layout = program.flat(), program.layout
    block = layout.variables[layout.variable("launch")]
    flights = flat_columns(layout, "launch", block.exists)
    after = block.exists & (world.years[: block.exists.shape[1]] >= last)
    served = layout.variables[layout.variable("serve")]
    until = served.exists & (world.years[: served.exists.shape[1]] < last)
    demand = float(np.minimum(flat.upper[flat_columns(layout, "serve", until)], 1e6).max(initial=1.0))
    return Ground(flat, columns, flights, flat_columns(layout, "launch", after), demand)


def _straight(structures: Structures, world: Tables) -> Straight:
    from planner.studies.frontier.entry import Straight

    one, other = (structures.assembly(worlds.launching(world, p)).program.flat() for p in PRICES)
    return Straight.through(one, other, *PRICES)


def _today(plan: Plan, last: float) -> pd.DataFrame:
    """Satellite classes and launch prices as the scenario has them."""
    start = float(plan.tables.years[0])
    titles = plan.tables.frames["satellite_classes"]["title"]
    rows = [("class", str(t), float(m)) for t, m in zip(titles, worlds.masses(plan.tables), strict=True)]
    rows += [("launch", f"cheapest launch in {y:.4g}", worlds.cheapest_launch(plan, y)) for y in (start, last)]
    return pd.DataFrame(rows, columns=["kind", "title", "value"])


def _never(tables: Tables, last: float) -> Fault:
    first = float(tables.numbers["satellites"]["first_launch"].min())
    wrong = f"no satellite can fly before {last:g}"
    return Fault(tables.scenario.name, 0, "", wrong, f"write a date after {first:g} (satellites.first_launch)")


def _outside(name: str, values: Sequence[float], low: float, high: float) -> list[Fault]:
    if not values:
        return [Fault(name, 0, "", "there is no value", "write numbers, e.g. 0.5,1,2")]
    wrong = [v for v in values if not low <= v <= high]
    return [Fault(name, 0, f"{v:g}", "it is out of range", f"write numbers from {low:g} to {high:g}") for v in wrong]
