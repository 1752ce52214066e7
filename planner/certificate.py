"""The judge: whether a plan keeps every row, and how far it can be from the best one. Knows no solver.

For **any** y, with r = cost - A'y and y projected on the signs of the rows,

    cost.x + constant  >=  constant + y.rhs + sum_j min(r_j lower_j, r_j upper_j)      for all feasible x.

Rounding errors are bounded and taken off (gamma_k = k u / (1 - k u) on each reduced cost and each product; Neumaier and
Shcherbina 2004, Math. Program. 99, 283-296), so that the printed number is a bound in exact arithmetic too. Bounds over
leaves: boxes that together hold every integer point, each with its own y; the smallest counts. Where the cost of whole
plans comes in steps (`planner.steps`), a bound is raised to the next one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from planner.program import Flat
from planner.steps import money_steps

UNIT = 2.0**-53
"""Unit roundoff of float64."""

TINY = 1e-150
"""Prices and coefficients below are treated as zero prices, so that no product of the two underflows."""

BOXES = 200_000
"""Boxes examined before a cover is given up as not shown."""


class Box(Protocol):
    """A leaf: box [n] and prices [m]."""

    @property
    def lower(self) -> np.ndarray: ...  # noqa: D102
    @property
    def upper(self) -> np.ndarray: ...  # noqa: D102
    @property
    def y(self) -> np.ndarray: ...  # noqa: D102


@dataclass(frozen=True)
class Certificate:
    """What the check found; certified only without `reasons`.

    objective, bound, gap_absolute, money_difference: program money. worst_violation: worst row, relative to
    max(1, |rhs|, largest |a x| in the row). worst_integer: largest distance to an integer. worst_bound: largest
    distance outside the box, relative to max(1, |bound|). Rows and columns as (index, name).
    """

    objective: float
    bound: float
    gap_absolute: float
    gap_relative: float
    worst_row: tuple[int, str]
    worst_violation: float
    worst_integer_column: tuple[int, str]
    worst_integer: float
    worst_bound_column: tuple[int, str]
    worst_bound: float
    money_difference: float
    certified: bool
    reasons: tuple[str, ...]


def dual_bound(flat: Flat, y: np.ndarray, lower: np.ndarray | None = None, upper: np.ndarray | None = None) -> float:
    """Bound the cost over the box from below, rigorously for any y [m]; -inf when y says nothing."""
    return _bound(flat, y, flat.cost, flat.constant, lower, upper)


def whole_bound(flat: Flat, bound: float) -> float:
    """A bound over integer points, raised to the next cost that a whole plan can have, if cost comes in steps."""
    steps = money_steps(flat)
    return bound if steps is None else steps.raised(bound)


def farkas_bound(flat: Flat, y: np.ndarray, lower: np.ndarray | None = None, upper: np.ndarray | None = None) -> float:
    """Bound without cost: above 0 only if no point of the box satisfies the rows."""
    return _bound(flat, y, np.zeros_like(flat.cost), 0.0, lower, upper)


def leaf_bound(flat: Flat, leaf: Box) -> float:
    """Bound over one leaf within the program's box: inf if its y proves it empty."""
    lower, upper = np.maximum(leaf.lower, flat.lower), np.minimum(leaf.upper, flat.upper)
    bound = dual_bound(flat, leaf.y, lower, upper)
    return math.inf if farkas_bound(flat, leaf.y, lower, upper) > 0 else bound


def leaves_bound(flat: Flat, leaves: Sequence[Box]) -> float:
    """Smallest leaf bound; -inf when the leaves do not cover the integer box."""
    if uncovered(flat, leaves):
        return -math.inf
    return whole_bound(flat, min(leaf_bound(flat, leaf) for leaf in leaves))


def uncovered(flat: Flat, leaves: Sequence[Box]) -> str:
    """Why the leaves do not cover the integer box; empty when they do.

    Exact: the box is cut along faces of leaves (at a cut that splits the fewest leaves first) until every part lies in
    one leaf, or in none.
    """
    if not leaves:
        return "there are no leaves"
    whole = flat.integer
    for k, leaf in enumerate(leaves):
        if leaf.lower.shape != flat.lower.shape or leaf.upper.shape != flat.upper.shape:
            return f"leaf {k} has another number of columns"
    if any(np.isnan(leaf.lower).any() or np.isnan(leaf.upper).any() for leaf in leaves):
        return "a leaf has a bound that is not a number"
    rest = ~whole
    usable = [
        leaf for leaf in leaves if (leaf.lower <= flat.lower)[rest].all() and (leaf.upper >= flat.upper)[rest].all()
    ]
    low, up = np.ceil(flat.lower[whole]), np.floor(flat.upper[whole])
    if (low > up).any():
        return ""
    # Only the columns in which some leaf is smaller than the program are kept: few of many.
    differs = np.zeros(low.size, bool)
    for leaf in usable:
        differs |= (np.ceil(leaf.lower[whole]) > low) | (np.floor(leaf.upper[whole]) < up)
    some = np.flatnonzero(whole)[differs]
    lows = np.array([np.ceil(leaf.lower[some]) for leaf in usable], float).reshape(len(usable), some.size)
    ups = np.array([np.floor(leaf.upper[some]) for leaf in usable], float).reshape(len(usable), some.size)
    return _search(low[differs], up[differs], lows, ups)


def _search(low: np.ndarray, up: np.ndarray, lows: np.ndarray, ups: np.ndarray) -> str:
    """Cut [low, up] until every part lies in one leaf: what is left over, in words."""
    parts = [(low, up, np.arange(len(lows)))]
    for _ in range(BOXES):
        if not parts:
            return ""
        low, up, near = parts.pop()
        near = near[((lows[near] <= up) & (ups[near] >= low) & (lows[near] <= ups[near])).all(axis=1)]
        if not near.size:
            return f"no leaf holds the part of the integer box from {_few(low)} to {_few(up)}"
        if ((lows[near] <= low) & (ups[near] >= up)).all(axis=1).any():
            continue
        column, cut = _cut(low, up, lows[near], ups[near])
        left, right = up.copy(), low.copy()
        left[column], right[column] = cut - 1, cut
        parts += [(low, left, near), (right, up, near)]
    return f"the cover was not shown within {BOXES} boxes"


def _cut(low: np.ndarray, up: np.ndarray, lows: np.ndarray, ups: np.ndarray) -> tuple[int, float]:
    """Column and first value of the right part: a leaf's face inside the box that splits the fewest leaves."""
    best = (len(lows) + 1, -1, 0, 0.0)
    for j in np.flatnonzero(((lows > low) | (ups < up)).any(axis=0)):
        cuts = np.unique(np.concatenate([lows[lows[:, j] > low[j], j], ups[ups[:, j] < up[j], j] + 1]))
        split = ((lows[:, j, None] < cuts) & (ups[:, j, None] >= cuts)).sum(axis=0)
        balance = np.abs((ups[:, j, None] < cuts).sum(axis=0) - (lows[:, j, None] >= cuts).sum(axis=0))
        k = int(np.lexsort((balance, split))[0])
        best = min(best, (int(split[k]), int(balance[k]), int(j), float(cuts[k])))
    return best[2], best[3]


def _few(values: np.ndarray) -> str:
    return "[" + ", ".join(f"{v:g}" for v in values[:6]) + (", ...]" if values.size > 6 else "]")


def _bound(
    flat: Flat,
    y: np.ndarray,
    cost: np.ndarray,
    constant: float,
    lower: np.ndarray | None,
    upper: np.ndarray | None,
) -> float:
    lower = flat.lower if lower is None else np.asarray(lower, float)
    upper = flat.upper if upper is None else np.asarray(upper, float)
    y = _projected(flat, y)
    with np.errstate(all="ignore"):
        turned, sizes, entries = flat.by_column
        size = 2.0 * (entries + 4) * UNIT  # > gamma_(k+3)
        magnitude = np.abs(cost) + sizes @ np.abs(y)
        middle = cost - turned @ y
        error = size * magnitude
        low = np.where(magnitude == 0, 0.0, np.nextafter(middle - error, -np.inf))
        high = np.where(magnitude == 0, 0.0, np.nextafter(middle + error, np.inf))
        terms = np.concatenate([_smallest(low, high, lower, upper), y * np.where(y == 0, 0.0, flat.rhs), [constant]])
        if not np.isfinite(terms).all():
            return -math.inf
        try:
            total, gross = math.fsum(terms), (1 + 1e-9) * float(np.abs(terms).sum())
        except OverflowError:
            return -math.inf
        bound = total - 4.0 * UNIT * gross - 1e-290
    return bound if math.isfinite(bound) else -math.inf


def _smallest(low: np.ndarray, high: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """Smallest r x over r in [low, high] and x in [lower, upper], elementwise; -inf where unbounded."""
    at_lower = np.where(np.isneginf(lower), np.where(high > 0, -np.inf, np.inf), np.minimum(low * lower, high * lower))
    at_upper = np.where(np.isposinf(upper), np.where(low < 0, -np.inf, np.inf), np.minimum(low * upper, high * upper))
    free = np.isneginf(lower) & np.isposinf(upper) & (low == 0) & (high == 0)
    return np.where(free, 0.0, np.minimum(at_lower, at_upper))


def _projected(flat: Flat, y: np.ndarray) -> np.ndarray:
    """Prices with the signs of their rows; 0 where not a number, too small to multiply, or the row has no limit."""
    y = np.asarray(y, float).ravel()
    if y.size != flat.shape[0]:
        raise ValueError(f"y — has {y.size} prices — the program has {flat.shape[0]} rows")
    y = np.where(np.isfinite(y) & np.isfinite(flat.rhs) & (np.abs(y) >= TINY), y, 0.0)
    y = np.where(flat.sense > 0, np.maximum(y, 0.0), np.where(flat.sense < 0, np.minimum(y, 0.0), y))
    if flat.smallest_entry < TINY:
        small = (flat.matrix.data != 0) & (np.abs(flat.matrix.data) < TINY)
        rows = np.repeat(np.arange(flat.shape[0]), np.diff(flat.matrix.indptr))
        y[rows[small]] = 0.0
    return y


def snap(flat: Flat, x: np.ndarray, tol: float = 1e-7) -> np.ndarray:
    """Round integers (within 10 tol) and clip to the box (within tol, relative); what is further off stays."""
    x = np.array(x, float)
    whole = np.round(x)
    x = np.where(flat.integer & (np.abs(x - whole) <= 10 * tol), whole, x)
    scale = tol * np.maximum(1.0, np.where(np.isfinite(flat.lower), np.abs(flat.lower), 0.0))
    x = np.where((x < flat.lower) & (x >= flat.lower - scale), flat.lower, x)
    scale = tol * np.maximum(1.0, np.where(np.isfinite(flat.upper), np.abs(flat.upper), 0.0))
    return np.where((x > flat.upper) & (x <= flat.upper + scale), flat.upper, x)


def row_violations(flat: Flat, x: np.ndarray) -> np.ndarray:
    """How far each row is beyond its limit, relative to max(1, |rhs|, largest |a x| in the row); [m], >= 0."""
    activity = flat.matrix @ x
    scale = np.maximum(1.0, np.where(np.isfinite(flat.rhs), np.abs(flat.rhs), 0.0))
    rows = np.repeat(np.arange(flat.shape[0]), np.diff(flat.matrix.indptr))
    np.maximum.at(scale, rows, np.abs(flat.matrix.data * x[flat.matrix.indices]))
    with np.errstate(invalid="ignore"):
        excess = np.where(flat.sense > 0, flat.rhs - activity, activity - flat.rhs)
    excess = np.where(flat.sense == 0, np.abs(excess), np.maximum(excess, 0.0))
    return np.where(np.isnan(excess), np.inf, excess) / scale


def certify(
    flat: Flat,
    x: np.ndarray,
    bounds_from: np.ndarray | Sequence[Box] | None,
    gap: float = 0.01,
    tol: float = 1e-6,
    row_names: Sequence[str] | None = None,
    column_names: Sequence[str] | None = None,
    money_parts: Mapping[str, float] | Sequence[float] | None = None,
    money_tol: float = 1e-9,
) -> Certificate:
    """Check a plan x [n] against the program, and bound it by prices y [m] or by leaves.

    gap: largest relative gap (objective - bound) / |objective|. tol: on rows (relative to the row's scale), on integers
    and on the box. money_parts: must add up to the objective within money_tol of the gross money.
    """
    x = np.asarray(x, float).ravel()
    if x.size != flat.shape[1]:
        raise ValueError(f"x — has {x.size} columns — the program has {flat.shape[1]}")
    reasons = [f"the program has numbers that are not finite: {name}" for name in _not_finite(flat)]
    if not np.isfinite(x).all():
        j = int(np.flatnonzero(~np.isfinite(x))[0])
        reasons.append(f"column {_name(column_names, j)} is not a finite number: there is no plan")
        x = np.where(np.isfinite(x), x, 0.0)

    row, violation = _worst(row_violations(flat, x))
    if not violation <= tol:
        reasons.append(f"row {_name(row_names, row)} is beyond its limit by {violation:.3g} of its scale")
    whole, fraction = _worst(np.where(flat.integer, np.abs(x - np.round(x)), 0.0))
    if not fraction <= tol:
        reasons.append(f"column {_name(column_names, whole)} should be an integer and is {x[whole]:.9g}")
    edge, outside = _worst(_outside(flat, x))
    if not outside <= tol:
        reasons.append(f"column {_name(column_names, edge)} is outside its box by {outside:.3g}")

    money = flat.cost * x
    objective = math.fsum(money) + flat.constant
    gross = math.fsum(np.abs(money)) + abs(flat.constant)
    bound = -math.inf
    if bounds_from is None:
        reasons.append("there is no bound: give prices or leaves")
    elif isinstance(bounds_from, np.ndarray):
        bound = whole_bound(flat, dual_bound(flat, bounds_from))
    else:
        fault = uncovered(flat, bounds_from)
        if fault:
            reasons.append(f"the leaves do not cover the integer box: {fault}")
        else:
            bound = whole_bound(flat, min(leaf_bound(flat, leaf) for leaf in bounds_from))
    if bounds_from is not None and bound == -math.inf:
        open_columns = np.flatnonzero(~np.isfinite(flat.upper) | ~np.isfinite(flat.lower))
        hint = f": column {_name(column_names, int(open_columns[0]))} has an open box" if open_columns.size else ""
        reasons.append(f"the bound is -inf{hint}")

    absolute = objective - bound
    relative = absolute / max(1e-9, abs(objective))
    if absolute < -tol * max(gross, abs(bound) if math.isfinite(bound) else 0.0):
        reasons.append(f"the bound {bound:.9g} is above the objective {objective:.9g}: plan or program is wrong")
    elif not relative <= gap:
        reasons.append(f"the gap {relative:.3g} is larger than the gap asked for, {gap:.3g}")
    difference = 0.0
    if money_parts is not None:
        parts = list(money_parts.values()) if isinstance(money_parts, Mapping) else list(money_parts)
        difference = objective - math.fsum(parts)
        if not abs(difference) <= money_tol * max(gross, math.fsum(abs(p) for p in parts)):
            reasons.append(f"the money parts differ from the objective by {difference:.3g}")
    return Certificate(
        objective=objective,
        bound=bound,
        gap_absolute=absolute,
        gap_relative=relative,
        worst_row=(row, _name(row_names, row)),
        worst_violation=violation,
        worst_integer_column=(whole, _name(column_names, whole)),
        worst_integer=fraction,
        worst_bound_column=(edge, _name(column_names, edge)),
        worst_bound=outside,
        money_difference=difference,
        certified=not reasons,
        reasons=tuple(reasons),
    )


def _not_finite(flat: Flat) -> list[str]:
    """Parts of the program that hold nan (or inf where none may be)."""
    parts = {"matrix": flat.matrix.data, "cost": flat.cost, "constant": np.array(flat.constant)}
    faults = [name for name, values in parts.items() if not np.isfinite(values).all()]
    ranges = {"rhs": flat.rhs, "lower": flat.lower, "upper": flat.upper}
    return faults + [name for name, values in ranges.items() if np.isnan(values).any()]


def _outside(flat: Flat, x: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        below = np.where(np.isfinite(flat.lower), (flat.lower - x) / np.maximum(1.0, np.abs(flat.lower)), 0.0)
        above = np.where(np.isfinite(flat.upper), (x - flat.upper) / np.maximum(1.0, np.abs(flat.upper)), 0.0)
    return np.maximum(0.0, np.maximum(below, above))


def _worst(values: np.ndarray) -> tuple[int, float]:
    """Position and value of the largest entry; (-1, 0) if there is none."""
    if not values.size:
        return -1, 0.0
    k = int(np.argmax(values))
    return k, float(values[k])


def _name(names: Sequence[str] | None, index: int) -> str:
    return "" if index < 0 else names[index] if names is not None else str(index)
