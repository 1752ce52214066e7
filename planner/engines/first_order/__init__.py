"""The first-order engine: restarted Halpern steps on A x and A' y alone, for programs whose factor does not fit.

    answer = relax(flat, tol=1e-4, time=300.0)               # one device
    answer = relax(flat, tol=1e-4, time=300.0, devices=8)    # the matrix split over eight

It needs no factorisation, hence little memory, and many iterations: chained queues slow it down (see
benchmarks/README.md). What it returns is as exact as `tol`; the certificate says what it proves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from time import perf_counter
from typing import Any

import jax
import numpy as np

from planner.certificate import farkas_bound, row_violations
from planner.compiled import QUICK, remember
from planner.engines import Leaf, Progress, Solution, Status, Step
from planner.engines.first_order.matrix import copied, devices_mesh, matrix_of
from planner.engines.first_order.method import State, advanced, longest, start
from planner.engines.first_order.scaled import Scaled, scaled
from planner.engines.staged import staged
from planner.flat import Flat

__all__ = ["Options", "Warm", "followed", "relax", "solve"]

FIRST, LOOK = 400, 2.0
"""Iterations of the first compiled call; seconds that later ones are sized for."""
SMALL = 20_000
"""Below so many entries compiling takes longer than solving: compile quickly."""
RAY = 1e-7
"""Residual of a direction of falling cost, relative to how fast it falls, that proves it endless."""
ENDLESS = 1e4
"""Growth of the plan, relative to its right sides, at which a direction is looked at."""


@dataclass(frozen=True, eq=False)
class Warm:
    """Where to start: columns [n] and prices [m] in program units, and the primal weight (0: the program's own)."""

    x: np.ndarray
    y: np.ndarray
    weight: float = 0.0


def solve(
    flat: Flat,
    *,
    tol: float = 1e-6,
    time: float = 600.0,
    gap: float = 0.01,
    period_of_column: np.ndarray | None = None,
    progress: Progress | None = None,
) -> Solution:
    """Relax; with integers, go on as the exact engine does from a relaxation."""
    begun = perf_counter()
    relaxed = relax(flat, tol=tol, time=time, progress=progress)
    if relaxed.status is not Status.OPTIMAL or not flat.integer.any():
        return relaxed
    further = staged(
        flat,
        relaxed,
        tol=tol,
        time=time - (perf_counter() - begun),
        gap=gap,
        period_of_column=flat.period if period_of_column is None else period_of_column,
        group_of_column=flat.group,
        progress=progress,
    )
    return replace(further, engine="first-order", seconds=perf_counter() - begun)


@dataclass(frozen=True)
class Options:
    """tol: relative residuals and gap [-]. time [s]: looked at every few seconds. iterations: at most so many.

    devices: over how many the matrix is split (None: all).
    """

    tol: float = 1e-6
    time: float = np.inf
    iterations: int = 10_000_000
    devices: int | None = 1


def relax(
    flat: Flat, *, tol: float = 1e-6, time: float = np.inf, devices: int | None = 1, progress: Progress | None = None
) -> Solution:
    """Integers relaxed; see `Options`. Stopped early: the prices still bound the cost, x is kept where it is a plan."""
    return followed(flat, Options(tol, time, devices=devices), progress=progress)[0]


def followed(
    flat: Flat, options: Options = Options(), warm: Warm | None = None, progress: Progress | None = None
) -> tuple[Solution, Warm]:
    """The relaxation from a start, and where to start from the next time.

    Implied upper bounds are left out; they come back where the answer goes beyond them, or when there is no end.
    """
    from planner.engines.warm import beyond

    begun = perf_counter()
    answer, kept = _run(flat, options, warm, progress)
    outside = beyond(flat, answer.x)
    if flat.implied.any() and (answer.status is Status.UNBOUNDED or outside.any()):
        endless = answer.status is Status.UNBOUNDED
        implied = np.zeros_like(flat.implied) if endless else flat.implied & ~outside
        left = replace(options, time=options.time - (perf_counter() - begun))
        answer, kept = _run(replace(flat, implied=implied), left, warm if endless else kept, progress)
    return replace(answer, seconds=perf_counter() - begun), kept


def _run(flat: Flat, options: Options, warm: Warm | None, progress: Progress | None) -> tuple[Solution, Warm]:
    begun, time, most = perf_counter(), options.time, options.iterations
    mesh = devices_mesh(options.devices)
    a, p = scaled(flat)
    m, n = flat.shape
    matrix, program = matrix_of(a, mesh), copied(p, mesh)
    first, on, norm = _compiled(flat.matrix.nnz < SMALL)
    length = 1.0 / norm(matrix, n)
    at = warm or Warm(np.zeros(n), np.zeros(m))
    start_at = copied((p.scaled_x(at.x), p.scaled_y(at.y)), mesh)
    state = first(matrix, program, *start_at, at.weight)
    upto, status = FIRST, Status.LIMIT
    while perf_counter() - begun < time or int(state.total) == 0:
        before, since = int(state.total), perf_counter()
        state = jax.block_until_ready(on(matrix, program, state, length, options.tol, min(upto, most)))
        worst, done = max(float(state.primal), float(state.dual), float(state.gap)), int(state.total)
        if worst <= options.tol:
            status = Status.OPTIMAL
            break
        status = _ended(flat, p, state)
        if status is not Status.LIMIT or done >= most:
            break
        seconds = perf_counter() - begun
        pace = (done - before) / max(perf_counter() - since, 1e-3)
        upto = done + max(FIRST, int(pace * min(LOOK, max(time - seconds, 0.0))))
        if progress is not None:
            progress(Step(seconds, np.nan, np.nan, f"first-order: iteration {done}, residual {worst:.0e}"))
    return _answered(flat, p, state, status)


@cache
def _compiled(quick: bool) -> tuple[Callable[..., State], Callable[..., State], Callable[..., Any]]:
    remember()
    options = QUICK if quick else None
    first, on = (jax.jit(f, compiler_options=options) for f in (start, advanced))
    return first, on, jax.jit(longest, static_argnums=1, compiler_options=options)


def _answered(flat: Flat, p: Scaled, state: State, status: Status) -> tuple[Solution, Warm]:
    x = np.clip(p.plain_x(np.asarray(state.moved.x)), flat.lower, np.where(flat.implied, np.inf, flat.upper))
    y = np.asarray(p.plain_y(np.asarray(state.moved.y)))
    if status is Status.INFEASIBLE:
        y = _direction(p, state)
    kept = Warm(x, y, float(state.weight))
    if status is not Status.OPTIMAL and (status is not Status.LIMIT or row_violations(flat, x).max(initial=0.0) > 1e-6):
        x = np.full(flat.shape[1], np.nan)
    value = flat.value(x) if np.isfinite(x).all() else np.nan
    leaves = (Leaf(flat.lower, flat.upper, y),)
    total = int(state.total)
    return Solution(x, y, status, value, 0.0, total, leaves=leaves, engine="first-order"), kept


def _ended(flat: Flat, p: Scaled, state: State) -> Status:
    """Whether the way since the last restart proves that no plan exists, or that cost falls without end."""
    if farkas_bound(flat, _direction(p, state), flat.lower, flat.upper) > 0:
        return Status.INFEASIBLE
    way = np.asarray(state.moved.x) - np.asarray(state.begun.x)
    if np.linalg.norm(np.asarray(state.moved.x)) < ENDLESS * (1.0 + np.linalg.norm(p.rhs)):
        return Status.LIMIT
    size = np.linalg.norm(way)
    if size == 0:
        return Status.LIMIT
    way = p.plain_x(way / size)
    fall = -float(flat.cost @ way)
    flow = flat.matrix @ way
    wrong = np.where(flat.sense == 0, np.abs(flow), np.maximum(-flow * np.sign(flat.sense), 0.0))
    held = np.where(np.isfinite(flat.lower), np.maximum(-way, 0.0), 0.0)
    held += np.where(np.isfinite(flat.upper) & ~flat.implied, np.maximum(way, 0.0), 0.0)
    endless = fall > 0 and max(wrong.max(initial=0.0), held.max(initial=0.0)) <= RAY * fall
    return Status.UNBOUNDED if endless else Status.LIMIT


def _direction(p: Scaled, state: State) -> np.ndarray:
    """The way of the prices since the last restart [m], in program units: the proof where no plan exists."""
    way = np.asarray(state.moved.y) - np.asarray(state.begun.y)
    return np.asarray(p.plain_y(way)) / max(float(np.linalg.norm(way)), 1e-300)
