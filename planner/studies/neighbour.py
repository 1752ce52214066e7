"""Warm starts: a program solved from what its neighbour in a sweep left behind.

The neighbour hands on the basis of its relaxation, the integers of its plan and the boxes of its proof. The relaxation
starts from the basis; the plan with the same integers is tried; every box is bounded anew. Only where that does not
close the gap is the program searched from the start, as `exact` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import highspy
import numpy as np

from planner.certificate import leaves_bound
from planner.engines import Leaf, Progress, Solution, Status
from planner.engines.exact import SIMPLEX_COLUMNS
from planner.engines.staged import staged
from planner.engines.warm import Warm
from planner.program import Flat

MOST_BOXES = 256
"""A proof with more boxes is not handed on: bounding them all would take longer than a new search."""

STALE, LEAST = 1.1, 1e-6
"""A neighbour's plan is taken over only while its gap is hardly larger than what a search of its own reached there (or
below the least): within the gap asked it would be carried on long after another plan is better."""

WHOLE = 1e-6
"""An integer this close to an integer is one."""


@dataclass(frozen=True, eq=False)
class Start:
    """What a solved program hands on.

    program: digest of its layout, for no other one can start from it. columns, rows: HiGHS basis statuses. whole:
    integers of its plan (empty without one). lower, upper: ``[box, integer]``, the boxes of its proof.
    """

    program: str
    columns: np.ndarray
    rows: np.ndarray
    whole: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    gap: float


def solved(
    flat: Flat,
    program: str,
    starts: Sequence[Start],
    *,
    gap: float,
    time: float,
    tol: float = 1e-7,
    progress: Progress | None = None,
) -> tuple[Solution, Start | None, bool]:
    """Plan and proof of a program, what it hands on, and whether the neighbour's plan was of use.

    program: digest of the layout; the first of the starts with the same one is used. The contract is that of
    `engines.solve`.
    """
    begun = perf_counter()
    start = next((s for s in starts if _fits(s, flat, program)), None)
    warm = Warm(flat, tol)
    basis = None if start is None else _basis(start)
    relaxed, basis = _relaxed(warm, flat, basis, time)
    if relaxed.status is not Status.OPTIMAL:
        return _timed(relaxed, begun), None, False
    if not flat.integer.any():
        return _timed(relaxed, begun), _handed(program, basis, relaxed, flat, 0.0), start is not None
    if start is not None and start.whole.size:
        near = _from_boxes(warm, flat, start, relaxed, basis, min(gap, max(STALE * start.gap, LEAST)))
        if near is not None:
            return _timed(near, begun), _handed(program, basis, near, flat, start.gap), True
    left = time - (perf_counter() - begun)
    found = staged(
        flat,
        relaxed,
        time=left,
        tol=tol,
        gap=gap,
        period_of_column=flat.period,
        group_of_column=flat.group,
        progress=progress,
    )
    reached = _gap(flat, found, found.leaves) if found.has_plan else gap
    return _timed(found, begun), _handed(program, basis, found, flat, reached), False


def _fits(start: Start, flat: Flat, program: str) -> bool:
    m, n = flat.shape
    sizes = start.columns.size == n and start.rows.size == m and start.lower.shape[1:] == (int(flat.integer.sum()),)
    return start.program == program and sizes


def _relaxed(warm: Warm, flat: Flat, basis: Any, time: float) -> tuple[Solution, Any]:
    """The relaxation and its basis: from a basis, else by simplex (large programs: interior point and crossover)."""
    model = warm.model
    large = flat.shape[1] > SIMPLEX_COLUMNS
    if basis is not None:
        model.setOptionValue("simplex_iteration_limit", max(flat.shape[0], 1000))
        answer = warm.solve(flat.lower, flat.upper, basis, time)
        model.setOptionValue("simplex_iteration_limit", 2_147_483_647)
        if answer.status is Status.OPTIMAL:
            return _with_leaf(answer, flat), warm.basis()
        model.clearSolver()
    if large:
        model.setOptionValue("solver", "ipx")
        model.setOptionValue("run_crossover", "on")
    answer = warm.solve(flat.lower, flat.upper, None, time)
    model.setOptionValue("solver", "choose")
    return _with_leaf(answer, flat), warm.basis()


def _with_leaf(answer: Solution, flat: Flat) -> Solution:
    return replace(answer, leaves=(Leaf(flat.lower, flat.upper, answer.y),), engine="exact")


def _from_boxes(warm: Warm, flat: Flat, start: Start, relaxed: Solution, basis: Any, gap: float) -> Solution | None:
    """The best plan of the neighbour's integers and boxes with its proof; None where the gap stays open."""
    plans = [_with_integers(warm, flat, start.whole, basis)]
    root = (Leaf(flat.lower, flat.upper, relaxed.y),)
    best = _closed(flat, plans, root, gap)
    if best is not None or len(start.lower) < 2:
        return best
    leaves = []
    for low, up in zip(start.lower, start.upper, strict=True):
        lower, upper = flat.lower.copy(), flat.upper.copy()
        lower[flat.integer], upper[flat.integer] = low, up
        answer = warm.solve(lower, upper, basis)
        leaves.append(Leaf(lower, upper, answer.y))
        whole = answer.x[flat.integer]
        if answer.has_plan and (np.abs(whole - np.round(whole)) <= WHOLE).all():
            plans.append(_with_integers(warm, flat, np.round(whole), basis))
    return _closed(flat, plans, tuple(leaves), gap)


def _with_integers(warm: Warm, flat: Flat, whole: np.ndarray, basis: Any) -> Solution:
    """The best plan with these integers and the prices there."""
    lower, upper = flat.lower.copy(), flat.upper.copy()
    kept = np.clip(whole, np.ceil(lower[flat.integer] - 1e-9), np.floor(upper[flat.integer] + 1e-9))
    lower[flat.integer] = upper[flat.integer] = kept
    answer = warm.solve(lower, upper, basis)
    if not answer.has_plan:
        return answer
    x = answer.x.copy()
    x[flat.integer] = kept
    return replace(answer, x=x, objective=flat.value(x))


def _closed(flat: Flat, plans: list[Solution], leaves: tuple[Leaf, ...], gap: float) -> Solution | None:
    plans = [p for p in plans if p.has_plan]
    if not plans:
        return None
    best = min(plans, key=lambda p: p.objective)
    return replace(best, leaves=leaves) if _gap(flat, best, leaves) <= gap else None


def _gap(flat: Flat, plan: Solution, leaves: tuple[Leaf, ...]) -> float:
    return (plan.objective - leaves_bound(flat, leaves)) / max(1e-9, abs(plan.objective))


def _basis(start: Start) -> Any:
    kinds = {int(k): k for k in highspy.HighsBasisStatus.__members__.values()}
    basis = highspy.HighsBasis()
    basis.col_status = [kinds[int(k)] for k in start.columns]
    basis.row_status = [kinds[int(k)] for k in start.rows]
    basis.valid = True
    return basis


def _handed(program: str, basis: Any, answer: Solution, flat: Flat, reached: float) -> Start | None:
    if basis is None or not basis.valid:
        return None
    whole = np.round(answer.x[flat.integer]) if answer.has_plan else np.zeros(0)
    boxes = answer.leaves if len(answer.leaves) <= MOST_BOXES else ()
    none = np.zeros((0, int(flat.integer.sum())))
    return Start(
        program,
        np.array([int(k) for k in basis.col_status], np.int8),
        np.array([int(k) for k in basis.row_status], np.int8),
        whole,
        np.vstack([none, *(b.lower[flat.integer] for b in boxes)]),
        np.vstack([none, *(b.upper[flat.integer] for b in boxes)]),
        reached,
    )


def _timed(answer: Solution, begun: float) -> Solution:
    return replace(answer, seconds=perf_counter() - begun, engine="exact")
