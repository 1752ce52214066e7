"""The exact engine: cvxpy -> HiGHS, or any cvxpy solver by name.

Implied upper bounds are not passed: they close the box for the certificate and would only make prices degenerate.
They come back when the program is unbounded without them, or for the columns where x would leave the box.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from time import perf_counter
from typing import Any, Literal

import cvxpy as cp
import numpy as np

from planner.certificate import row_violations
from planner.engines import Leaf, Progress, Solution, Status, Step
from planner.engines.opening import Places, opened
from planner.engines.reduced import Reduced
from planner.engines.warm import Warm, beyond
from planner.program import Flat

PATIENCE = 5.0
"""Seconds for a plan where the time is out before the relaxation is."""

Method = Literal["auto", "simplex", "ipx", "choose"]

SIMPLEX_COLUMNS = 12_000
"""Up to here "auto" is simplex where integers are to be rounded, and studies go by simplex from place to place."""

IPX_COLUMNS, BARE_COLUMNS = 8_000, 60_000
"""Without integers "auto" is the interior method from the first on. Where integers are to be rounded it walks on to a
vertex (few of them fractional) up to the second. Relaxations thinned from `world`, seconds by simplex, without and with
the walk, on two cores shared with other work: 5,132 columns 0.3, 0.6, 0.6; `two-engines` (10,149) 6.2, 2.3, 2.6; 12,340
2.3, 2.7, 2.6; 14,963 5.8, 2.8, 2.9; `market-match` (19,257) 17.7, no optimum, 11.9; 33,825 55.6, 15.7, 20.9; 49,414
beyond 60, 36.4, 27.2; on `world` (102,327) the walk takes a tenth to a fifth of all. From the vertex of simplex eight
variants of `two-engines` were whole and certified in 122 s together, from that of the walk in 183 s."""

STATUS = {
    cp.OPTIMAL: Status.OPTIMAL,
    cp.OPTIMAL_INACCURATE: Status.OPTIMAL,
    cp.INFEASIBLE: Status.INFEASIBLE,
    cp.INFEASIBLE_INACCURATE: Status.INFEASIBLE,
    cp.UNBOUNDED: Status.UNBOUNDED,
    cp.UNBOUNDED_INACCURATE: Status.UNBOUNDED,
    cp.USER_LIMIT: Status.LIMIT,
}


def solve(
    flat: Flat,
    *,
    tol: float = 1e-7,
    time: float = 600.0,
    gap: float = 0.01,
    period_of_column: np.ndarray | None = None,
    progress: Progress | None = None,
) -> Solution:
    """Relax an LP once; with integers, search until the gap is certified or the time is out."""
    from planner.engines.staged import staged, whole_or_none

    start = perf_counter()
    warm = linked(flat, tol)
    relaxed = relax(flat, tol=tol, time=time, crossover=whole_or_none(flat) or None, warm=warm)
    if progress is not None:
        progress(Step(perf_counter() - start, np.nan, relaxed.objective, "relaxation"))
    if relaxed.status is Status.LIMIT and flat.integer.any():
        places = Places.of(flat)
        best = None if places is None else opened(places, time=PATIENCE)
        x = relaxed.x if places is None or best is None else places.plan(flat, best)
        fits = np.isfinite(x).all() and row_violations(flat, x).max(initial=0.0) <= 1e-6
        return replace(relaxed, x=x, objective=flat.value(x)) if fits else relaxed
    if relaxed.status is not Status.OPTIMAL or not flat.integer.any():
        return relaxed
    left = time - (perf_counter() - start)
    period = flat.period if period_of_column is None else period_of_column
    return staged(
        flat,
        relaxed,
        tol=tol,
        time=left,
        gap=gap,
        period_of_column=period,
        group_of_column=flat.group,
        warm=warm,
        progress=progress,
    )


def linked(flat: Flat, tol: float = 1e-7) -> Warm | None:
    """A model that takes links as they are broken; None where a program has few of them."""
    reduced = Reduced.of(flat)
    return Warm(flat, tol, reduced) if reduced.links.size else None


def relax(
    flat: Flat,
    method: Method = "auto",
    *,
    tol: float = 1e-7,
    time: float = np.inf,
    crossover: bool | None = None,
    threads: int | None = None,
    solver: str = "HIGHS",
    warm: Warm | None = None,
) -> Solution:
    """Find the optimum with integers relaxed, and its prices.

    "auto" adds links as they are broken where most rows are links (`reduced`), always to a vertex. crossover: whether
    the interior method walks on to a vertex; None asks for it only where the interior answer is poor. time [s], method,
    crossover and threads reach HiGHS only. warm: a model of the program to go on from, which then answers.
    """
    start = perf_counter()
    if warm is None and method == "auto" and solver.upper() == "HIGHS":
        warm = linked(flat, tol)
    if warm is not None:
        answer = warm.solve(flat.lower, flat.upper, time=time)
        if answer.status in (Status.OPTIMAL, Status.LIMIT):
            return _timed(answer, start, (Leaf(flat.lower, flat.upper, answer.y),))
    upper = np.where(flat.implied & (flat.lower < flat.upper), np.inf, flat.upper)
    way: Method = method
    if method == "auto":
        whole = bool(flat.integer.any())
        way = "simplex" if flat.shape[1] < (SIMPLEX_COLUMNS if whole else IPX_COLUMNS) else "ipx"
        if crossover is None and whole and flat.shape[1] < BARE_COLUMNS:
            crossover = True
    options = _highs_options(way, tol, time, crossover, threads)
    answer = _run(flat, upper, False, solver, options)
    retries: tuple[tuple[Method, bool | None], ...] = (("ipx", True), ("simplex", None))
    for again, walk in retries:
        if answer.status is Status.FAILED and way != "simplex" and solver.upper() == "HIGHS":
            left = time - (perf_counter() - start)
            answer = _run(flat, upper, False, solver, _highs_options(again, tol, left, walk, threads))
    outside = beyond(flat, answer.x)
    if flat.implied.any() and (answer.status is Status.UNBOUNDED or outside.any()):
        upper = flat.upper if answer.status is Status.UNBOUNDED else np.where(outside, flat.upper, upper)
        options = _highs_options(way, tol, time - (perf_counter() - start), crossover, threads)
        answer = _run(flat, upper, False, solver, options)
    leaves = (Leaf(flat.lower, flat.upper, answer.y),)
    return _timed(answer, start, leaves)


def milp(
    flat: Flat,
    *,
    tol: float = 1e-7,
    time: float = np.inf,
    gap: float = 1e-4,
    threads: int | None = None,
    solver: str = "HIGHS",
    polish: bool = True,
) -> Solution:
    """Find the optimum over integers as the MILP solver sees it, with the bound it claims.

    polish: fix the integers and re-solve, so that x is clean and y are prices at the fixed integers.
    """
    start = perf_counter()
    upper = np.where(flat.implied & ~flat.integer & (flat.lower < flat.upper), np.inf, flat.upper)
    options = _highs_options(None, tol, time, None, threads) | {"mip_rel_gap": max(gap, 0.0)}
    answer = _run(flat, upper, True, solver, options)
    if flat.implied.any() and (answer.status is Status.UNBOUNDED or beyond(flat, answer.x).any()):
        answer = _run(flat, flat.upper, True, solver, options)
    if polish and answer.has_plan and flat.integer.any():
        clean = fixed(flat, answer.x, tol=tol)
        if clean.status is Status.OPTIMAL:
            answer = Solution(
                clean.x, clean.y, answer.status, clean.objective, 0.0, answer.iterations, (), answer.claimed_bound
            )
    return _timed(answer, start, ())


def fixed(flat: Flat, x: np.ndarray, *, tol: float = 1e-7, time: float = np.inf) -> Solution:
    """Best plan with the integers of x, and the prices there."""
    whole = np.where(flat.integer, np.clip(np.round(x), np.ceil(flat.lower - 1e-9), np.floor(flat.upper + 1e-9)), 0.0)
    box = flat.with_bounds(np.where(flat.integer, whole, flat.lower), np.where(flat.integer, whole, flat.upper))
    answer = relax(box, tol=tol, time=time)
    clean = np.where(flat.integer, whole, answer.x) if answer.has_plan else answer.x
    return Solution(
        clean, answer.y, answer.status, _value(flat, clean), answer.seconds, answer.iterations, (), None, "exact"
    )


def _highs_options(
    method: Method | None, tol: float, time: float, crossover: bool | None, threads: int | None
) -> dict[str, float | int | str]:
    options: dict[str, float | int | str] = {
        "primal_feasibility_tolerance": float(np.clip(tol, 1e-10, 1e-6)),
        "dual_feasibility_tolerance": float(np.clip(tol, 1e-10, 1e-6)),
        "ipm_optimality_tolerance": float(np.clip(tol / 10, 1e-12, 1e-8)),
        "mip_feasibility_tolerance": float(np.clip(tol, 1e-10, 1e-6)),
    }
    if np.isfinite(time):
        options["time_limit"] = max(float(time), 0.0)
    if method is not None:
        options["solver"] = method
    if method == "ipx":
        options["run_crossover"] = {None: "off", True: "on", False: "off"}[crossover]
    if threads is not None:
        options["threads"] = threads
    return options


def _run(flat: Flat, upper: np.ndarray, integers: bool, solver: str, options: dict[str, float | int | str]) -> Solution:
    """One cvxpy problem: one vector, one constraint per sense, bounds as bounds; the answer put back in flat order."""
    m, n = flat.shape
    nothing = np.full(n, np.nan), np.zeros(m)
    if (flat.lower > upper).any():
        return Solution(*nothing, Status.INFEASIBLE, np.nan, 0.0)
    where = np.flatnonzero(flat.integer) if integers else np.zeros(0, int)
    kind: dict[str, Any] = {"integer": (where,)} if where.size else {}
    x = cp.Variable(n, bounds=[flat.lower, upper], **kind)
    groups = [(code, rows) for code in (-1, 0, 1) if (rows := np.flatnonzero(_live(flat) & (flat.sense == code))).size]
    constraints = []
    for code, rows in groups:
        left, right = flat.matrix[rows] @ x, flat.rhs[rows]
        constraints.append(left <= right if code < 0 else left == right if code == 0 else left >= right)
    problem = cp.Problem(cp.Minimize(flat.cost @ x), constraints)
    named = {"highs_options": options} if solver.upper() == "HIGHS" else {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            problem.solve(solver=solver, ignore_dpp=True, **named)
            status = problem.status
            if status == "infeasible_or_unbounded":
                status = _which(x, constraints, solver)
    except cp.SolverError:
        return Solution(*nothing, Status.FAILED, np.nan, 0.0)
    except (ValueError, IndexError):
        # A limit without any plan: cvxpy cannot reshape what is not there.
        if integers and "time_limit" in options:
            return Solution(*nothing, Status.LIMIT, np.nan, 0.0)
        if not integers and solver.upper() == "HIGHS":  # the interior method may end without saying how
            return Solution(*nothing, Status.FAILED, np.nan, 0.0)
        raise
    status = STATUS.get(status, Status.FAILED)
    y = np.zeros(m)
    for (code, rows), constraint in zip(groups, constraints, strict=True):
        if constraint.dual_value is not None:
            y[rows] = np.nan_to_num(np.atleast_1d(constraint.dual_value)) * (1.0 if code > 0 else -1.0)
    found = x.value is not None and status in (Status.OPTIMAL, Status.LIMIT)
    value = np.asarray(x.value, float).ravel() if found else nothing[0]
    if integers and status is Status.LIMIT and not _plan_found(problem):
        value = nothing[0]
    iterations = problem.solver_stats.num_iters if problem.solver_stats is not None else 0
    claimed = _claimed(problem, flat) if where.size else None
    return Solution(value, y, status, _value(flat, value), 0.0, max(int(iterations or 0), 0), (), claimed)


def _live(flat: Flat) -> np.ndarray:
    """Rows that limit anything: `>= -inf` and `<= inf` do not."""
    return ~(np.isinf(flat.rhs) & (flat.sense * flat.rhs < 0))


def _which(x: cp.Variable, constraints: list, solver: str) -> str:
    """Infeasible, or unbounded: decided by the program without cost."""
    problem = cp.Problem(cp.Minimize(np.zeros(x.size) @ x), constraints)
    problem.solve(solver=solver, ignore_dpp=True)
    return cp.UNBOUNDED if problem.status in (cp.OPTIMAL, cp.OPTIMAL_INACCURATE) else cp.INFEASIBLE


def _plan_found(problem: cp.Problem) -> bool:
    """Whether a MILP stopped by a limit holds a plan (2: feasible); assumed where the solver does not say."""
    stats = problem.solver_stats.extra_stats if problem.solver_stats is not None else None
    return getattr(stats, "primal_solution_status", 2) == 2


def _claimed(problem: cp.Problem, flat: Flat) -> float | None:
    stats = problem.solver_stats.extra_stats if problem.solver_stats is not None else None
    bound = getattr(stats, "mip_dual_bound", None)
    return None if bound is None or not np.isfinite(bound) else float(bound) + flat.constant


def _value(flat: Flat, x: np.ndarray) -> float:
    return flat.value(x) if np.isfinite(x).all() else float("nan")


def _timed(answer: Solution, start: float, leaves: tuple[Leaf, ...]) -> Solution:
    return Solution(
        answer.x,
        answer.y,
        answer.status,
        answer.objective,
        perf_counter() - start,
        answer.iterations,
        leaves,
        answer.claimed_bound,
        "exact",
    )
