"""HiGHS on integers, watched: it starts from a plan, shows its progress, and stops at Ctrl-C with the best plan so far.

The reference is `exact.milp`; this exists because cvxpy passes on neither a start, nor callbacks, nor an interrupt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter
from typing import Any

import highspy
import numpy as np

from planner.engines import Progress, Solution, Status, Step
from planner.engines.exact import fixed
from planner.engines.warm import STATUS, beyond, model_of
from planner.program import Flat

FEASIBLE = 2
"""HiGHS: the solution held is feasible."""


def search(
    flat: Flat,
    *,
    start: np.ndarray | None = None,
    tol: float = 1e-7,
    time: float = np.inf,
    gap: float = 1e-4,
    bounded: bool = False,
    progress: Progress | None = None,
    on_interrupt: Callable[[], None] = lambda: None,
) -> Solution:
    """Find the optimum over integers as HiGHS sees it; as `exact.milp`, from a plan [n] to start from.

    bounded: pass implied bounds too (asked for by itself where the program is unbounded without them). At Ctrl-C the
    status is limit and x the best plan so far; on_interrupt is called so that the caller can stop as well.
    """
    begun = perf_counter()
    m, n = flat.shape
    if (flat.lower > flat.upper).any():
        return Solution(np.full(n, np.nan), np.zeros(m), Status.INFEASIBLE, np.nan, 0.0, engine="watched")
    model = model_of(flat, tol, integers=True, bounded=bounded)
    model.setOptionValue("mip_rel_gap", max(float(gap), 0.0))
    model.setOptionValue("mip_abs_gap", 1e-10)  # 1e-6 by default: parts in a million of a small plan in G USD
    model.setOptionValue("mip_feasibility_tolerance", float(np.clip(tol, 1e-10, 1e-6)))
    if np.isfinite(time):
        model.setOptionValue("time_limit", max(float(time), 0.0))
    if start is not None and np.isfinite(start).all():
        plan = highspy.HighsSolution()
        plan.col_value = list(start)
        model.setSolution(plan)
    interrupted = _watch(model, begun, flat.constant, progress)
    if interrupted:
        on_interrupt()

    info = model.getInfo()
    x = np.array(model.getSolution().col_value, float)
    unclear = (highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible)
    left_box = x.size == n and beyond(flat, x).any()
    if not (bounded or interrupted) and flat.implied.any() and (model.getModelStatus() in unclear or left_box):
        left = time - (perf_counter() - begun)
        return search(
            flat, start=start, tol=tol, time=left, gap=gap, bounded=True, progress=progress, on_interrupt=on_interrupt
        )
    status = STATUS.get(model.getModelStatus(), Status.LIMIT if interrupted else Status.FAILED)
    if info.primal_solution_status != FEASIBLE or x.size != n or status not in (Status.OPTIMAL, Status.LIMIT):
        x = np.full(n, np.nan)
    bound = float(info.mip_dual_bound) + flat.constant
    answer = Solution(
        x,
        np.zeros(m),
        status,
        flat.value(x),
        0.0,
        max(int(info.simplex_iteration_count), 0),
        (),
        bound if np.isfinite(bound) else None,
        "watched",
    )
    if answer.has_plan:
        clean = fixed(flat, x, tol=tol)
        if clean.status is Status.OPTIMAL:
            answer = replace(answer, x=clean.x, y=clean.y, objective=clean.objective)
    return replace(answer, seconds=perf_counter() - begun)


def _watch(model: highspy.Highs, begun: float, constant: float, progress: Progress | None) -> bool:
    """Run in a thread; tell the progress; pass Ctrl-C on to HiGHS. Returns whether it was interrupted."""
    latest: list[tuple[float, float]] = []

    def note(event: Any) -> None:
        latest[:] = [(event.data_out.mip_primal_bound, event.data_out.mip_dual_bound)]

    model.HandleUserInterrupt = True
    model.cbMipInterrupt.subscribe(note)
    thread = model.startSolve()
    interrupted, done, told = False, False, perf_counter()
    while not done:
        try:
            done = model.wait(0.05)[0]
            if progress is not None and latest and perf_counter() - told > 0.5:
                told = perf_counter()
                best, bound = (v + constant if abs(v) < highspy.kHighsInf else np.nan for v in latest[-1])
                progress(Step(told - begun, best, bound, "milp"))
        except KeyboardInterrupt:
            interrupted = True
            model.cancelSolve()
    thread.join()
    return interrupted
