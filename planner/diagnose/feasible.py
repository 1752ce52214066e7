"""Whether any plan exists: the least breach of the rows, its prices (a proof when it is above 0), and integers.

The least breach V = min sum s_i / size_i over A x + s {<=,=,>=} rhs in the box has row prices y with farkas(y) = V:
when V > 0 they prove that no plan exists, and `planner.certificate` checks it without a solver. Implied bounds of
columns follow from the rows and are left out, so that a breach always lies in rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from planner.certificate import farkas_bound, uncovered
from planner.flat import Flat

TOL = 1e-7
"""A breach below this, in sizes of rows, is none: the tolerance of the solver."""
NODES = 400
"""Boxes that a proof over integers may take."""


@dataclass(frozen=True, eq=False)
class Breach:
    """x [n], steps of the moved cells [k], prices y [m], effort spent and the breach that is left (`value`)."""

    x: np.ndarray
    steps: np.ndarray
    y: np.ndarray
    value: float
    ok: bool


@dataclass(frozen=True, eq=False)
class Box:
    """A box of columns and the prices that prove it empty."""

    lower: np.ndarray
    upper: np.ndarray
    y: np.ndarray


def sizes(flat: Flat) -> np.ndarray:
    """Size of each row [m]: its limit or its largest coefficient."""
    largest = abs(flat.matrix).max(axis=1).toarray().ravel() if flat.matrix.nnz else np.zeros(flat.shape[0])
    return np.maximum(np.maximum(np.abs(flat.rhs), largest), 1e-6)


def box(flat: Flat) -> tuple[np.ndarray, np.ndarray]:
    """Bounds without those that follow from rows."""
    left_out = flat.implied & (flat.lower < flat.upper)
    return flat.lower, np.where(left_out, np.inf, flat.upper)


def breach(
    flat: Flat,
    columns: sparse.csc_matrix | None = None,
    effort: np.ndarray | None = None,
    most: np.ndarray | None = None,
    *,
    firm: bool = False,
    whole: bool = False,
    time: float = 60.0,
) -> Breach:
    """Least breach of the rows; with columns ``[m, k]`` (room that one step of a cell gives), cells may move too.

    firm: no row may be broken, and the least effort is sought. whole: integers count (without prices then).
    """
    m, n = flat.shape
    added: Any = sparse.csc_matrix((m, 0)) if columns is None else columns
    k = added.shape[1]
    lower, upper = box(flat)
    live = np.flatnonzero(np.isfinite(flat.rhs))
    sense = flat.sense[live]
    slack = np.where(sense == 0, 2, 1).sum() if not firm else 0
    rows = np.r_[np.arange(live.size), np.flatnonzero(sense == 0)] if not firm else np.zeros(0, int)
    sign = np.r_[np.where(sense > 0, 1.0, -1.0), np.ones(int((sense == 0).sum()))] if not firm else np.zeros(0)
    slacks = sparse.csr_matrix((sign, (rows, np.arange(slack))), (live.size, slack))
    a = sparse.csr_matrix(sparse.hstack([flat.matrix[live], -added.tocsr()[live], slacks], format="csr"))
    size = sizes(flat)[live]
    if firm:
        cost = np.r_[np.zeros(n), np.zeros(k) if effort is None else effort]
    else:
        cost = np.r_[np.zeros(n + k), 1.0 / size[rows]]
    low = np.r_[lower, np.zeros(k + slack)]
    up = np.r_[upper, np.full(k, np.inf) if most is None else most, np.full(slack, np.inf)]
    if whole:
        return _whole(flat, a, sense, flat.rhs[live], cost, low, up, time)
    return _relaxed(flat, live, a, sense, cost, low, up, k, time)


def _relaxed(
    flat: Flat,
    live: np.ndarray,
    a: sparse.csr_matrix,
    sense: np.ndarray,
    cost: np.ndarray,
    low: np.ndarray,
    up: np.ndarray,
    k: int,
    time: float,
) -> Breach:
    m, n = flat.shape
    rhs = flat.rhs[live]
    less, more, same = (np.flatnonzero(sense == s) for s in (-1, 1, 0))
    sided: Any = sparse.vstack([a[less], -a[more]], format="csr")
    answer: Any = linprog(
        cost,
        A_ub=sided if sided.shape[0] else None,
        b_ub=np.r_[rhs[less], -rhs[more]] if sided.shape[0] else None,
        A_eq=a[same] if same.size else None,
        b_eq=rhs[same] if same.size else None,
        bounds=np.stack([low, up], 1),
        method="highs",
        options={"time_limit": time, "primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9},
    )
    y = np.zeros(m)
    if answer.status != 0:
        return Breach(np.full(n, np.nan), np.full(k, np.nan), y, np.inf, False)
    prices = np.asarray(answer.ineqlin.marginals) if sided.shape[0] else np.zeros(0)
    y[live[less]], y[live[more]] = prices[: less.size], -prices[less.size :]
    if same.size:
        y[live[same]] = answer.eqlin.marginals
    x = np.asarray(answer.x, float)
    return Breach(x[:n], x[n : n + k], y, float(answer.fun), True)


def _whole(
    flat: Flat,
    a: sparse.csr_matrix,
    sense: np.ndarray,
    rhs: np.ndarray,
    cost: np.ndarray,
    low: np.ndarray,
    up: np.ndarray,
    time: float,
) -> Breach:
    m, n = flat.shape
    k = cost.size - n
    between: Any = LinearConstraint
    rows = between(a, np.where(sense >= 0, rhs, -np.inf), np.where(sense <= 0, rhs, np.inf))
    limits: Any = Bounds
    kinds = np.r_[flat.integer.astype(int), np.zeros(k, int)]
    options = {"time_limit": time, "mip_rel_gap": 1e-3}
    answer: Any = milp(cost, constraints=rows, bounds=limits(low, up), integrality=kinds, options=options)
    if answer.x is None:
        return Breach(np.full(n, np.nan), np.full(k, np.nan), np.zeros(m), np.inf, False)
    x = np.asarray(answer.x, float)
    return Breach(x[:n], x[n:], np.zeros(m), float(answer.fun), True)


def possible(flat: Flat, *, whole: bool = False, time: float = 60.0) -> bool:
    """Whether a plan exists; whole: with integers."""
    if whole and flat.integer.any():
        return breach(flat, firm=True, whole=True, time=time).ok
    return breach(flat, time=time).value <= TOL


def nothing_fits(flat: Flat, nodes: int = NODES, time: float = 60.0) -> tuple[Box, ...]:
    """Boxes that together hold every integer point, each with prices that prove it empty; () when that is not shown."""
    from time import monotonic

    out: list[Box] = []
    end = monotonic() + time
    open_ = [(flat.lower, flat.upper)]
    seen = 0
    while open_:
        low, up = open_.pop()
        seen += 1
        if seen > nodes or monotonic() > end:
            return ()
        part = flat.with_bounds(low, up)
        answer = breach(part, time=time)
        if not answer.ok:
            return ()
        if answer.value > TOL:
            if farkas_bound(flat, answer.y, low, up) <= 0:
                return ()
            out.append(Box(low, up, answer.y))
            continue
        away = np.where(flat.integer, np.abs(answer.x - np.round(answer.x)), 0.0)
        j = int(np.argmax(away))
        if away[j] <= 1e-6:
            return ()
        below, above = up.copy(), low.copy()
        below[j], above[j] = np.floor(answer.x[j]), np.floor(answer.x[j]) + 1
        open_ += [(above, up), (low, below)]
    return tuple(out)


def proves(flat: Flat, boxes: tuple[Box, ...]) -> bool:
    """Whether boxes and prices prove that there is no plan: checked without a solver."""
    if not boxes:
        return False
    empty = all(farkas_bound(flat, b.y, b.lower, b.upper) > 0 for b in boxes)
    whole = len(boxes) == 1 and (boxes[0].lower <= flat.lower).all() and (boxes[0].upper >= flat.upper).all()
    return empty and (bool(whole) or not uncovered(flat, boxes))
