"""The study `design`: many starts, one descent, and exact plans of the scenario's design and of the one found."""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path as Folder

import numpy as np
import pandas as pd
from scipy.stats import qmc

from planner.faults import Fault, InputError, nearest, outside
from planner.results import Plan
from planner.scenario import read_scenario
from planner.solving import solve
from planner.studies.design.choices import Free, free_choices
from planner.studies.design.descent import FLAT, LAST, Path, descend, inside
from planner.studies.design.landscape import Judged, Landscape
from planner.tables import read_tables

SAME = 0.02
"""Ends closer than this share of every range are one design."""
SHARE = 0.6
"""Share of the time that the descent may take; the rest is for exact plans."""
ENGINES = ("exact", "interior")

Told = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Design:
    """What a design study found.

    choices: one row per choice: path, unit, low, high, start, found, slope (over its range), down, up (one-sided slopes
    over the range, by re-solving) and verdict: flat, at a bound, kink or open. starts: one row per start: first and
    last cost of the relaxed plan [M USD], steps, why it ended, which of the distinct ends it is. before, after: exact
    plans with integers and certificate. relaxed: cost of the relaxed plan before and after [M USD].
    """

    free: Free
    values: np.ndarray
    choices: pd.DataFrame
    starts: pd.DataFrame
    relaxed: tuple[float, float]
    before: Plan
    after: Plan
    priced: int
    seconds: float

    @property
    def sets(self) -> tuple[str, ...]:
        """The design as ``--set`` takes it."""
        return self.free.sets(self.values)

    @property
    def settled(self) -> bool:
        """Whether every choice ended flat, at a bound or in a kink."""
        return bool((self.choices["verdict"] != "open").all())


def design(
    scenario: str | Folder,
    free: Iterable[str],
    *,
    overrides: tuple[str, ...] = (),
    sets: tuple[str, ...] = (),
    starts: int = 4,
    seed: int = 1,
    engine: str = "exact",
    gap: float = 0.01,
    time: float = 300.0,
    workers: int = 2,
    told: Told | None = None,
) -> Design:
    """Move free choices along the gradient of the plan's cost, from the scenario's design and from sampled ones.

    free: names of choices, ``table.row.column``, each with ``=low:high`` (see `free_choices`). starts: how many, the
    scenario's own first. engine: of the relaxations, "exact" or "interior". time [s]: for everything; what is not
    settled by then is said to be open. Raises `InputError` with all faults, `NoPlan` where a plan at an end has none.
    """
    begun = clock.monotonic()
    _refuse(starts, engine, gap, time)
    tables = read_tables(read_scenario(scenario, tuple(overrides), tuple(sets)))
    cells = free_choices(tables, free)
    landscape = Landscape(tables, cells, engine, workers)
    say = told or (lambda line: None)
    here = cells.place(cells.start)
    others = qmc.Sobol(len(here), rng=seed).random_base2(int(np.ceil(np.log2(max(starts - 1, 1)))))[: starts - 1]
    say(f"{len(here)} free choices, {starts} starts; compiling")
    paths = descend(
        landscape,
        [here, *others],
        time=SHARE * time,
        told=lambda cost: say(f"{landscape.priced} designs priced, best relaxed plan {cost:,.1f} M USD"),
    )
    best = min(paths, key=lambda p: p.last.cost)
    if not np.isfinite(best.last.cost):
        best = paths[0]
    values = cells.values(best.last.place)
    left = time - (clock.monotonic() - begun)
    choices = _choices(cells, landscape, best.last, left > 0)

    def planned(words: str, changes: tuple[str, ...]) -> Plan:
        say(f"exact plan of {words}")
        left = max(time - (clock.monotonic() - begun), 0.1 * time)
        return solve(scenario, overrides=overrides, sets=(*sets, *changes), gap=gap, time=left)

    before = planned("the scenario's design", ())
    after = planned("the design found", cells.sets(values))
    relaxed = paths[0].first.cost, best.last.cost
    seconds = clock.monotonic() - begun
    return Design(cells, values, choices, _starts(paths), relaxed, before, after, landscape.priced, seconds)


def _refuse(starts: int, engine: str, gap: float, time: float) -> None:
    faults = outside("--starts", starts, 1, 1024)
    if engine not in ENGINES:
        known = "the relaxations of a design have no engine of this name"
        faults.append(Fault("--engine", 0, f"'{engine}'", known, nearest(engine, ENGINES)))
    if not 0 <= gap < 1:
        instead = "write a relative gap from 0 to 1, e.g. 0.01"
        faults.append(Fault("--gap", 0, f"{gap:g}", "it is out of range", instead))
    if not 0 < time < np.inf:
        faults.append(Fault("--time", 0, f"{time:g}", "it is out of range", "write a number of seconds above 0"))
    if faults:
        raise InputError(faults)


def _choices(free: Free, landscape: Landscape, end: Judged, checked: bool) -> pd.DataFrame:
    """Every choice at the end of the best path, with one-sided slopes by re-solving."""
    n = len(free.paths)
    down, up = np.full(n, np.nan), np.full(n, np.nan)
    if checked and np.isfinite(end.cost):
        moves = [(i, sign) for i in range(n) for sign in (-1.0, 1.0)]
        places = [inside(end.place + sign * LAST * np.eye(n)[i]) for i, sign in moves]
        for (i, sign), judged in zip(moves, landscape(places), strict=True):
            moved = judged.place[i] - end.place[i]
            if moved:
                (down if sign < 0 else up)[i] = (judged.cost - end.cost) / moved
    flat = FLAT * max(abs(end.cost), 1e-9)
    verdicts = []
    for i in range(n):
        low, high = end.place[i] <= 0, end.place[i] >= 1
        if (low and not up[i] < -flat) or (high and not down[i] > flat):
            verdicts.append("at a bound" if checked else "open")
        elif abs(end.slope[i]) <= flat:
            verdicts.append("flat")
        else:
            verdicts.append("kink" if down[i] <= flat and up[i] >= -flat else "open")
    return pd.DataFrame(
        {
            "path": free.paths,
            "unit": free.units,
            "low": free.low,
            "high": free.high,
            "start": free.start,
            "found": free.values(end.place),
            "slope": end.slope,
            "down": down,
            "up": up,
            "verdict": verdicts,
        }
    )


def _starts(paths: list[Path]) -> pd.DataFrame:
    """One row per start; ends that are one design share a number, the best is 1."""
    order = sorted(range(len(paths)), key=lambda i: paths[i].last.cost)
    ends: list[np.ndarray] = []
    number = {}
    for i in order:
        place = paths[i].last.place
        same = next((k for k, e in enumerate(ends) if np.abs(e - place).max() <= SAME), None)
        if same is None:
            ends.append(place)
        number[i] = len(ends) if same is None else same + 1
    return pd.DataFrame(
        {
            "start": ["scenario", *(f"sampled {i}" for i in range(1, len(paths)))],
            "first": [p.first.cost for p in paths],
            "last": [p.last.cost for p in paths],
            "steps": [len(p.costs) - 1 for p in paths],
            "ended": [p.ended for p in paths],
            "end": [number[i] for i in range(len(paths))],
        }
    )


def grid(landscape: Landscape, place: np.ndarray, pair: tuple[int, int], points: int) -> np.ndarray:
    """Costs of the relaxed plan [M USD] over a fine grid of two choices ``[points, points]``, the others held."""
    across = np.linspace(0.0, 1.0, points)
    places = []
    for a in across:
        for b in across:
            at = place.copy()
            at[list(pair)] = a, b
            places.append(at)
    return np.array([j.cost for j in landscape(places)]).reshape(points, points)
