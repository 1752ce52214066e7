"""A whole plan where all that is whole is homes and the places they open: which places first, then who goes where.

The places are chosen by going down with homes left fractional; among them works are dealt out by regret, by moves
(`placing`) and by small exact exchanges (`exchanging`), which at last may use all places again.
"""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

import numpy as np

from planner.engines import Status
from planner.engines.exchanging import exchanged
from planner.engines.homes import Homes, first_homes
from planner.engines.placing import placed
from planner.engines.plunge import plunge
from planner.engines.reduced import Reduced
from planner.engines.warm import Warm
from planner.program import Flat

STEPS = 150
"""Most relaxations spent on which places are open."""

PATIENCE = 3.0, 30.0
"""Time for all of it: seconds, and multiples of the first relaxation."""


def assigned(flat: Flat, homes: Homes, *, tol: float = 1e-7, time: float = np.inf) -> np.ndarray | None:
    """Place of each work ``[G]`` of the cheapest assignment found that fits; None if none did. time: limit [s]."""
    start = perf_counter()
    reduced = Reduced.of(flat)
    relaxed = Warm(flat, tol, reduced).solve(flat.lower, flat.upper, time=time)
    if relaxed.status is not Status.OPTIMAL:
        return None
    time = min(time, PATIENCE[0] + PATIENCE[1] * (perf_counter() - start))
    price = homes.at(flat.cost - flat.by_column[0] @ relaxed.y, np.inf)

    def left() -> float:
        return time - (perf_counter() - start)

    best: np.ndarray | None = None
    for some, hint in _choices(flat, homes, reduced, relaxed.x, tol, 0.4 * left()):
        home = placed(some, first_homes(some, hint), time=0.3 * left())
        if home is None:
            continue
        home = exchanged(some, home, price, time=0.5 * left())
        best = home if best is None or homes.value(home) < homes.value(best) else best
        if some is not homes:
            break
    return None if best is None else exchanged(homes, best, price, time=left())


def _choices(
    flat: Flat, homes: Homes, reduced: Reduced, x: np.ndarray, tol: float, time: float
) -> list[tuple[Homes, np.ndarray]]:
    """What to deal out, the most promising first: the places of a plan with whole places, then all places."""
    every = [(homes, homes.at(x, 0.0))]
    opens = sorted({j for needed in homes.opens for j in needed})
    if not opens:
        return every
    whole = np.zeros(flat.shape[1], bool)
    whole[opens] = True
    free = replace(flat, integer=whole)
    found = plunge(free, tol=tol, time=time, steps=STEPS, warm=Warm(free, tol, reduced))
    if not found.has_plan:
        return every
    places = np.flatnonzero([all(found.x[j] > 0.5 for j in needed) for needed in homes.opens])
    some = homes.within(places)
    return [(some, homes.at(found.x, 0.0)), *every] if np.isfinite(some.cost).any(axis=1).all() else every
