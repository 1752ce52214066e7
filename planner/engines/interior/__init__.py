"""The interior engine: the relaxation to 1e-8 by a structured interior point in JAX (CPU or GPU), whole plans on top.

    structure = structure_for(flat)                 # once per sparsity pattern (NumPy)
    numbers = numbers_of(flat)                      # once per program
    result = jax.jit(lp)(structure, numbers)        # traceable, batchable, differentiable: see `derivatives`, `lanes`

Integers: many roundings of the relaxed plan are fixed, propagated and re-solved as one batch; what stays open goes to
the exact engine's rounding, repair and search.
"""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

import numpy as np

from planner.certificate import dual_bound
from planner.engines import Leaf, Progress, Solution, Status, Step
from planner.engines.interior.lanes import prepared, solution, watched
from planner.engines.interior.method import Options, Result, lp
from planner.engines.interior.roundings import best_rounding
from planner.engines.interior.standard import Numbers, numbers_of, structure_for
from planner.engines.staged import staged
from planner.flat import Flat

__all__ = ["Numbers", "Options", "Result", "lp", "numbers_of", "prepare", "relax", "solve", "structure_for"]

SHARPEST = 1e-8
"""Tolerance [-] of the method when the caller asks for less."""


def solve(
    flat: Flat,
    *,
    tol: float = 1e-7,
    time: float = 600.0,
    gap: float = 0.01,
    period_of_column: np.ndarray | None = None,
    progress: Progress | None = None,
) -> Solution:
    """Relax; with integers, round in a batch until the gap is certified, else go on as the exact engine does."""
    start = perf_counter()
    relaxed = relax(flat, tol=tol, time=time, progress=progress)
    if relaxed.status is not Status.OPTIMAL or not flat.integer.any():
        return relaxed
    period = flat.period if period_of_column is None else period_of_column
    plan = best_rounding(flat, relaxed, period, tol=tol, time=time - (perf_counter() - start))
    bound = dual_bound(flat, relaxed.y)
    leaves = (Leaf(flat.lower, flat.upper, relaxed.y),)
    if progress is not None and plan is not None:
        progress(Step(perf_counter() - start, plan.objective, bound, "batch of roundings"))
    if plan is None or plan.objective - bound > gap * max(1e-9, abs(plan.objective)):
        left = time - (perf_counter() - start)
        further = staged(
            flat,
            relaxed,
            tol=tol,
            time=left,
            gap=gap,
            period_of_column=period,
            group_of_column=flat.group,
            progress=progress,
        )
        if plan is None or not further.objective > plan.objective:
            return replace(further, engine="interior", seconds=perf_counter() - start)
        leaves = further.leaves or leaves
    return replace(plan, leaves=leaves, engine="interior", seconds=perf_counter() - start)


def prepare(flat: Flat, *, tol: float = 1e-7) -> None:
    """Lay out and compile what the first `relax` of a structure at this tolerance would."""
    prepared(flat, Options(min(tol, SHARPEST)))


def relax(flat: Flat, *, tol: float = 1e-7, time: float = np.inf, progress: Progress | None = None) -> Solution:
    """Find the optimum with integers relaxed, and its prices, to 1e-8 or better.

    time [s] is looked at once an iteration. Implied upper bounds are left out; they come back where the
    answer goes beyond them, or when there is no end.
    """
    from planner.engines.warm import beyond

    start = perf_counter()
    sharp = Options(min(tol, SHARPEST))
    answer = solution(flat, watched(flat, sharp, time, progress))
    outside = beyond(flat, answer.x)
    if flat.implied.any() and (answer.status is Status.UNBOUNDED or outside.any()):
        kept = flat.implied & ~outside if answer.status is not Status.UNBOUNDED else np.zeros_like(flat.implied)
        left = time - (perf_counter() - start)
        answer = solution(flat, watched(replace(flat, implied=kept), sharp, left, progress))
    leaves = (Leaf(flat.lower, flat.upper, answer.y),)
    return replace(answer, leaves=leaves, seconds=perf_counter() - start)
