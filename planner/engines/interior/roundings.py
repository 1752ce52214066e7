"""Many roundings of one relaxed plan: propagated one by one, re-solved as one batch, the best one kept."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

import numpy as np

from planner.certificate import row_violations
from planner.engines import Solution, Status
from planner.engines.interior.lanes import batch, solution
from planner.engines.interior.method import Options
from planner.engines.interior.standard import numbers_of, structure_for
from planner.engines.rounding import WHOLE, decided_box, rounded
from planner.engines.warm import beyond
from planner.flat import Flat

SHIFTS = (0.0, 0.2, -0.2, 0.4, -0.4)
"""What is added to every fraction before it is rounded: from cautious to generous plans."""


def best_rounding(
    flat: Flat, relaxed: Solution, period: np.ndarray | None, *, tol: float, time: float
) -> Solution | None:
    """The cheapest whole plan among the batch, with prices at its integers; repaired where none was feasible."""
    start = perf_counter()
    boxes: dict[bytes, tuple[np.ndarray, np.ndarray]] = {}
    for shift in SHIFTS:
        if perf_counter() - start > time / 2:
            break
        box = decided_box(flat, shifted(flat, relaxed.x, shift), period, flat.group, flat.weight, tol)
        if box is not None:
            boxes.setdefault(box[0].tobytes() + box[1].tobytes(), box)
    if not boxes or time - (perf_counter() - start) < len(boxes) * relaxed.seconds:
        return None
    programs = [flat.with_bounds(*box) for box in boxes.values()]
    results = batch(
        structure_for(flat, lanes=len(programs)), [numbers_of(p) for p in programs], Options(min(tol, 1e-8))
    )
    plans = [_whole(p, solution(p, r)) for p, r in zip(programs, results, strict=True)]
    found = [p for p in plans if p is not None]
    if found:
        return min(found, key=lambda p: p.objective)
    left = time - (perf_counter() - start)
    plan = rounded(
        flat,
        relaxed.x,
        period_of_column=period,
        group_of_column=flat.group,
        weight_of_column=flat.weight,
        tol=tol,
        time=left,
        fallback=False,
    )
    return plan if plan.has_plan else None


def shifted(flat: Flat, x: np.ndarray, shift: float) -> np.ndarray:
    """The columns [n] with every fraction of an integer moved by `shift` without passing a whole number."""
    down = np.floor(x + WHOLE)
    fraction = np.clip(x - down, 0.0, 1.0)
    moved = np.where(fraction > WHOLE, down + np.clip(fraction + shift, 2 * WHOLE, 1.0), x)
    return np.where(flat.integer, moved, x)


def _whole(program: Flat, answer: Solution) -> Solution | None:
    """The answer with exact integers, None where it is no plan."""
    if answer.status is not Status.OPTIMAL or beyond(program, answer.x).any():
        return None
    j = program.integer
    if np.abs(answer.x[j] - np.round(answer.x[j])).max(initial=0.0) > WHOLE:
        return None
    x = np.where(j, np.round(answer.x), answer.x)
    if row_violations(program, x).max(initial=0.0) > WHOLE:
        return None
    return replace(answer, x=x, objective=program.value(x))
