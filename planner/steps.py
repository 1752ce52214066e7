"""Money that comes in steps: where only whole decisions cost, the cost of a plan is a whole number of steps.

If every column with a cost is an integer - or follows from one by an equality of the two - then over integer points

    cost.x + constant  =  base + k * step + e,   k whole,  |e| <= slack,

with `slack` from the rounding of the numbers alone. A bound between two such values may be raised to the upper one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from planner.flat import Flat

UNIT = 2.0**-53
FINE = 1e-6
"""Largest slack, as a share of a step; also what a bound may miss a step by before it is raised past it."""
MOST = 1e8
"""Most steps between zero and a bound for which float64 tells them apart."""


@dataclass(frozen=True)
class Steps:
    """Values that the cost can take: base + k step, each up to slack [program money]."""

    base: float
    step: float
    slack: float

    def raised(self, bound: float) -> float:
        """The smallest cost from `bound` on that a whole plan can have (never below a valid bound's own claim)."""
        if not math.isfinite(bound):
            return bound
        q = (bound - self.slack - self.base) / self.step
        if not abs(q) < MOST:
            return bound
        k = math.ceil(q - FINE)
        value = self.base + k * self.step
        error = self.slack + 8.0 * UNIT * (abs(self.base) + abs(k * self.step))
        return max(bound, value - error)


@lru_cache(maxsize=8)
def money_steps(flat: Flat) -> Steps | None:
    """The steps of a program's cost; None where its cost is not shown to come in steps."""
    whole = flat.integer
    found = _on_integers(flat)
    if found is None:
        return None
    (cost, error), base = found, flat.constant
    reach = np.maximum(np.abs(flat.lower), np.abs(flat.upper))
    paid = whole & (cost != 0)
    if not paid.any() or not np.isfinite(reach[paid]).all():
        return None
    cost, error, reach = cost[paid], error[paid], reach[paid]
    step = _divisor(np.abs(cost))
    if step is None:
        return None
    k = np.round(cost / step)
    off = np.abs(cost - k * step) + error + 2.0 * UNIT * np.abs(k * step)
    slack = 2.0 * math.fsum(off * np.maximum(reach, 1.0)) + 8.0 * UNIT * abs(base)
    return Steps(base, step, slack) if slack <= FINE * step else None


def _on_integers(flat: Flat) -> tuple[np.ndarray, np.ndarray] | None:
    """Cost with every continuous column replaced by the integer that it is a multiple of, and its rounding error."""
    cost = flat.cost.copy()
    error = np.zeros_like(cost)
    tied = np.flatnonzero(~flat.integer & (cost != 0))
    if not tied.size:
        return cost, error
    a = flat.matrix
    twos = np.flatnonzero((flat.sense == 0) & (flat.rhs == 0) & (np.diff(a.indptr) == 2))
    first, second = a.indices[a.indptr[twos]], a.indices[a.indptr[twos] + 1]
    one, two = a.data[a.indptr[twos]], a.data[a.indptr[twos] + 1]
    turned = flat.integer[first]
    x, z = np.where(turned, second, first), np.where(turned, first, second)
    ax, az = np.where(turned, two, one), np.where(turned, one, two)
    good = ~flat.integer[x] & flat.integer[z] & (ax != 0)
    row = np.full(cost.size, -1)
    row[x[good]] = np.flatnonzero(good)
    mine = row[tied]
    if (mine < 0).any():
        return None
    moved = -cost[tied] / ax[mine] * az[mine]
    np.add.at(cost, z[mine], moved)
    np.add.at(error, z[mine], 8.0 * UNIT * np.abs(moved))
    error = error + 8.0 * UNIT * np.abs(cost)
    cost[tied] = 0.0
    return cost, error


def _divisor(sizes: np.ndarray) -> float | None:
    """A number of which all sizes are whole multiples, nearly; None where it would be too small to be of use."""
    step = float(sizes.max())
    least = step / MOST
    for value in np.unique(sizes):
        a, b = max(step, float(value)), min(step, float(value))
        while b > least:
            rest = a - b * round(a / b)
            a, b = b, abs(rest) if abs(rest) > 1e-9 * a else 0.0
        step = a
        if step <= least:
            return None
    # Nearest to a plain decimal: multiples of 0.001 have errors that a quotient of two of them does not.
    plain = float(f"{step:.9g}")
    return plain if plain > 0 else None
