"""Every method of the benchmark behind one function: relaxed program in, ``(x, y, iterations, status)`` out.

Ours are engines of the planner; peers read the same float64 program. A peer that is not installed says so; one that
fails is shown as failing. Prices follow ``y = d(cost) / d(rhs)``, so that one certificate judges all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.engines import Solution
from planner.flat import Flat


class Missing(Exception):
    """The peer is not installed here."""


@dataclass(frozen=True, eq=False)
class Found:
    """Columns [n], prices [m], iterations (0: not told), what the method says, seconds of compiling where apart."""

    x: np.ndarray
    y: np.ndarray
    iterations: int
    status: str
    compile: float | None = None


PACE = 1024
"""Iterations by which the pace of a method without a clock is measured."""

Method = Callable[[Flat, float, float], Found]
"""(program, relative tolerance, seconds) -> what it found."""


def of_solution(answer: Solution, compile: float | None = None) -> Found:
    """An engine's answer."""
    return Found(answer.x, answer.y, answer.iterations, str(answer.status), compile)


def _upper(flat: Flat) -> np.ndarray:
    """Upper bounds [n] as HiGHS gets them: implied ones are left out."""
    return np.where(flat.implied & (flat.lower < flat.upper), np.inf, flat.upper)


def highs(method: str) -> Method:
    """HiGHS by its own interface: simplex, ipx (no crossover), hipo where this build has it, pdlp."""

    def run(flat: Flat, tol: float, time: float) -> Found:
        import highspy

        from planner.engines.warm import model_of

        model: Any = model_of(flat, min(tol, 1e-7))
        model.setOptionValue("time_limit", float(time))
        if model.setOptionValue("solver", method) != highspy.HighsStatus.kOk:
            raise Missing(f"this HiGHS knows no {method}")
        if method != "simplex":
            model.setOptionValue("run_crossover", "off")
        if method == "pdlp":
            model.setOptionValue("pdlp_optimality_tolerance", tol)
        if model.run() == highspy.HighsStatus.kError:
            raise Missing(f"this HiGHS runs no {method}")
        info, solution = model.getInfo(), model.getSolution()
        steps = {"simplex": "simplex_iteration_count", "pdlp": "pdlp_iteration_count"}
        iterations = getattr(info, steps.get(method, "ipm_iteration_count"))
        status = model.modelStatusToString(model.getModelStatus()).lower()
        return Found(np.array(solution.col_value), np.array(solution.row_dual), int(iterations), status)

    return run


def ortools_pdlp(flat: Flat, tol: float, time: float) -> Found:
    """OR-Tools PDLP on one thread per core."""
    try:
        from ortools.pdlp import solve_log_pb2, solvers_pb2
        from ortools.pdlp.python import pdlp
    except ImportError as error:
        raise Missing(str(error)) from None
    import os

    program: Any = pdlp.QuadraticProgram()
    program.objective_vector = flat.cost
    program.constraint_matrix = flat.matrix.tocsc()
    program.constraint_lower_bounds = np.where(flat.sense >= 0, flat.rhs, -np.inf)
    program.constraint_upper_bounds = np.where(flat.sense <= 0, flat.rhs, np.inf)
    program.variable_lower_bounds = flat.lower
    program.variable_upper_bounds = _upper(flat)
    asked: Any = solvers_pb2.PrimalDualHybridGradientParams()
    asked.num_threads = os.cpu_count() or 1
    asked.termination_criteria.time_sec_limit = time
    simple = asked.termination_criteria.simple_optimality_criteria
    simple.eps_optimal_absolute = simple.eps_optimal_relative = tol
    result = pdlp.primal_dual_hybrid_gradient(program, asked)
    log = result.solve_log
    reason = solve_log_pb2.TerminationReason.Name(log.termination_reason).removeprefix("TERMINATION_REASON_").lower()
    return Found(np.array(result.primal_solution), np.array(result.dual_solution), int(log.iteration_count), reason)


def mpax(flat: Flat, tol: float, time: float) -> Found:
    """MPAX's r2HPDHG, which knows no limit in time: one run of as many iterations as its pace allows in it."""
    try:
        from mpax import create_lp, r2HPDHG
    except ImportError as error:
        raise Missing(str(error)) from None
    from time import perf_counter

    import jax
    import jax.numpy as jnp
    from jax.experimental import sparse as jsparse

    equal, rest = flat.sense == 0, flat.sense != 0
    sign = np.where(flat.sense[rest] > 0, 1.0, -1.0)
    inequal = flat.matrix[rest].multiply(sign[:, None]).tocsr()
    parts = [jsparse.BCSR.from_scipy_sparse(m) for m in (flat.matrix[equal].tocsr(), inequal)]
    program = create_lp(
        jnp.asarray(flat.cost), parts[0], jnp.asarray(flat.rhs[equal]), parts[1], jnp.asarray(sign * flat.rhs[rest]),
        jnp.asarray(flat.lower), jnp.asarray(_upper(flat)), use_sparse_matrix=True,
    )  # fmt: skip

    def run(solver: Any) -> tuple[Any, float]:
        start = perf_counter()
        found = solver.optimize(program)
        jax.block_until_ready(found.primal_solution)
        return found, perf_counter() - start

    def solver(limit: int) -> Any:
        return r2HPDHG(eps_abs=tol, eps_rel=tol, iteration_limit=limit, jit=True, verbose=False)

    start, trial = perf_counter(), solver(PACE)
    (_, cold), (_, warm) = run(trial), run(trial)
    compiling = max(cold - warm, 0.0)  # a limit is part of what is compiled: once more below
    limit = max(PACE, int(time / warm * PACE))
    before = perf_counter() - start
    result, _ = run(solver(limit))
    done = int(result.termination_status) == 2
    y = np.zeros(flat.shape[0])
    dual = np.asarray(result.dual_solution)
    y[equal], y[rest] = dual[: equal.sum()], sign * dual[equal.sum() :]
    status = "optimal" if done else f"stopped after {limit} iterations"
    return Found(np.asarray(result.primal_solution), y, int(result.iteration_count), status, before + compiling)


def exact(flat: Flat, tol: float, time: float) -> Found:
    """Our exact engine's relaxation, by the method that it picks."""
    from planner.engines import exact as engine

    return of_solution(engine.relax(flat, time=time))


def interior(flat: Flat, tol: float, time: float) -> Found:
    """Our interior engine; structure and compilation are timed apart."""
    from time import perf_counter

    from planner.engines import interior as engine

    start = perf_counter()
    engine.prepare(flat, tol=tol)
    compiled = perf_counter() - start
    return of_solution(engine.relax(flat, tol=tol, time=time), compiled)


def first_order(flat: Flat, tol: float, time: float) -> Found:
    """Our first-order engine; compiled first by a run without time."""
    try:
        from planner.engines import first_order as engine
    except ImportError as error:
        raise Missing(str(error)) from None
    from time import perf_counter

    start = perf_counter()
    engine.relax(flat, tol=tol, time=0.0)
    compiled = perf_counter() - start
    return of_solution(engine.relax(flat, tol=tol, time=time), compiled)


METHODS: dict[str, Method] = {
    "exact": exact,
    "interior": interior,
    "first-order": first_order,
    "HiGHS simplex": highs("simplex"),
    "HiGHS ipx": highs("ipx"),
    "HiGHS hipo": highs("hipo"),
    "OR-Tools PDLP": ortools_pdlp,
    "MPAX": mpax,
}
