"""Integers, cheapest step first: relax, round, MILP solver, leaves; stop as soon as the gap is certified."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

import numpy as np

from planner.certificate import dual_bound
from planner.engines import Leaf, Progress, Solution, Status, Step
from planner.engines.exact import milp
from planner.engines.leaves import branch
from planner.engines.rounding import rounded
from planner.program import Flat


def staged(
    flat: Flat,
    relaxed: Solution,
    *,
    tol: float = 1e-7,
    time: float = 600.0,
    gap: float = 0.01,
    period_of_column: np.ndarray | None = None,
    group_of_column: np.ndarray | None = None,
    progress: Progress | None = None,
) -> Solution:
    """From a relaxation to a whole plan with leaves that prove the gap, within the time [s].

    Shares of the time that is left: rounding at most 0.4, the MILP solver at most 0.6, leaves the rest.
    """
    start = perf_counter()
    root = (Leaf(flat.lower, flat.upper, relaxed.y),)
    bound = dual_bound(flat, relaxed.y)

    def left() -> float:
        return time - (perf_counter() - start)

    def tell(best: Solution, note: str) -> None:
        if progress is not None:
            progress(Step(perf_counter() - start, best.objective, bound, note))

    best = rounded(
        flat,
        relaxed.x,
        period_of_column=period_of_column,
        group_of_column=group_of_column,
        tol=tol,
        time=0.4 * left(),
        progress=progress,
    )
    tell(best, "rounding")
    if _close(best, bound, gap):
        return replace(best, leaves=root, seconds=relaxed.seconds + perf_counter() - start, engine="exact")
    found = milp(flat, tol=tol, time=max(0.6 * left(), 0.1), gap=0.5 * gap)
    tell(found, "milp")
    if found.status is Status.INFEASIBLE and not best.has_plan:
        best = found
    if found.has_plan and not found.objective >= best.objective:
        best = found
    if _close(best, bound, gap):
        best = replace(best, leaves=root, status=Status.OPTIMAL)
    else:
        proof = branch(
            flat,
            incumbent=best.x if best.has_plan else None,
            gap=gap,
            time=max(left(), 0.0),
            tol=tol,
            progress=progress,
        )
        plan = proof if proof.has_plan and not proof.objective >= best.objective else best
        prices = proof.y if proof.status is Status.INFEASIBLE else plan.y
        best = replace(plan, y=prices, leaves=proof.leaves, status=proof.status)
    return replace(
        best,
        seconds=relaxed.seconds + perf_counter() - start,
        claimed_bound=found.claimed_bound,
        iterations=relaxed.iterations + best.iterations,
        engine="exact",
    )


def _close(plan: Solution, bound: float, gap: float) -> bool:
    return plan.has_plan and (plan.objective - bound) <= gap * max(1e-9, abs(plan.objective))
