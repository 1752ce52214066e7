"""Running the method: one program under watch, or a batch of programs of one structure."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from time import perf_counter
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from threadpoolctl import threadpool_limits

from planner.compiled import QUICK, remember
from planner.engines import Progress, Solution, Status, Step
from planner.engines.interior.fronts import Structure
from planner.engines.interior.memory import lanes_of
from planner.engines.interior.method import (
    INFEASIBLE,
    OPTIMAL,
    RUNNING,
    STOPPED,
    STUCK,
    UNBOUNDED,
    UNSUITED,
    Options,
    Result,
    State,
    advanced,
    begun,
    ended,
    lp,
)
from planner.engines.interior.standard import Numbers, Standard, numbers_of, structure_for
from planner.flat import Flat

STATUS = {
    OPTIMAL: Status.OPTIMAL,
    INFEASIBLE: Status.INFEASIBLE,
    UNBOUNDED: Status.UNBOUNDED,
    STOPPED: Status.LIMIT,
    STUCK: Status.FAILED,
    UNSUITED: Status.FAILED,
}
SMALL = 20_000
"""Below so many entries compiling takes longer than solving: compile quickly."""
STRIDE, REFILL = 4, 0.125
"""Iterations between two looks at the lanes; share of the lanes that must be done before they are filled again."""
GOOD = 1e-6
"""A method that is stuck or stopped at this relative residual still has an optimum worth judging."""


def watched(flat: Flat, options: Options, time: float, progress: Progress | None) -> Result:
    """Solve one program; stopped by time [s] or by Ctrl-C after the iteration that runs."""
    s, numbers = structure_for(flat), numbers_of(flat)
    begun = perf_counter()
    stop = threading.Event()

    def told(iterations: Any, residual: Any, primal: Any, dual: Any) -> np.ndarray:
        seconds = perf_counter() - begun
        if progress is not None and int(iterations) % 5 == 0:
            note = f"interior: iteration {int(iterations)}, residual {float(residual):.0e}"
            progress(Step(seconds, np.nan, np.nan, note))
        return np.asarray(stop.is_set() or seconds > time)

    _TOLD.append(told)
    try:
        return _in_thread(lambda: _compiled(s, replace(options, told=_tell))(s, numbers), stop)
    finally:
        _TOLD.remove(told)


_TOLD: list[Any] = []


def _tell(*state: Any) -> np.ndarray:
    """The callback of the compiled method: one function, so that it compiles once."""
    return _TOLD[-1](*state) if _TOLD else np.asarray(False)


def _in_thread(run: Any, stop: threading.Event) -> Result:
    """``run()`` in a thread, so that Ctrl-C is heard while compiled code runs; it then ends after its iteration."""
    box: list[Any] = []

    def work() -> None:
        try:
            with threadpool_limits(1, "blas"):
                box.append(jax.block_until_ready(run()))
        except BaseException as error:
            box.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    while thread.is_alive():
        try:
            thread.join(0.1)
        except KeyboardInterrupt:
            stop.set()
            thread.join()
            raise
    if isinstance(box[0], BaseException):
        raise box[0]
    return box[0]


def _compiled(s: Structure, options: Options) -> Any:
    return _jitted(options, s.row.size < SMALL)


@cache
def _jitted(options: Options, quick: bool) -> Any:
    remember()

    def one(s: Structure, numbers: Numbers) -> Result:
        return lp(s, numbers, options)

    return jax.jit(one, compiler_options=QUICK if quick else None)


def batch(s: Structure, programs: Sequence[Numbers], options: Options = Options()) -> list[Result]:  # noqa: B008
    """Solve programs of one structure: in lanes where there is an accelerator, one after the other on a CPU.

    On a CPU lanes were slower than a loop. Raises MemoryError where not even one program fits (`memory`).
    """
    if jax.default_backend() == "cpu":
        with threadpool_limits(1, "blas"):
            run = _compiled(s, replace(options, told=_tell))
            return [jax.block_until_ready(run(s, p)) for p in programs]
    out: list[Any] = [None] * len(programs)
    for i, result in in_lanes(s, programs, lanes_of(s), options):
        out[i] = result
    return out


def in_lanes(
    s: Structure,
    programs: Sequence[Numbers],
    lanes: int,
    options: Options = Options(),  # noqa: B008
) -> Iterator[tuple[int, Result]]:
    """Answers as they come, with the position of their program: a lane that is done takes the next program.

    Every `STRIDE` iterations the host looks which lanes are done. Results are on the host and without `program`.
    """
    lanes = min(lanes, len(programs))
    if not lanes:
        return
    begin, advance, end = _stages(options, s.row.size < SMALL)
    mine = np.arange(lanes)
    numbers = _stacked(programs[:lanes])
    p, state = begin(s, numbers)
    waiting = lanes
    while (mine >= 0).any():
        state = advance(s, p, state)
        done = (np.asarray(state.status) != RUNNING) & (mine >= 0)
        going = (mine >= 0) & ~done
        if not done.any() or (done.sum() < REFILL * lanes and going.any() and waiting < len(programs)):
            continue
        found = jax.device_get(replace(end(s, numbers, p, state), program=None))
        for lane in np.flatnonzero(done):
            yield int(mine[lane]), jax.tree.map(lambda a, i=lane: a[i], found)
        free = np.flatnonzero(done)
        mine[free] = -1
        free = free[: len(programs) - waiting]
        if free.size:
            mine[free] = waiting + np.arange(free.size)
            taken = [programs[i] for i in mine[free]]
            waiting += free.size
            numbers = jax.tree.map(lambda a, b, free=free: a.at[free].set(b), numbers, _stacked(taken))
            new = begin(s, numbers)
            fresh = np.isin(np.arange(lanes), free)
            p, state = jax.tree.map(
                lambda a, b, fresh=fresh: jnp.where(fresh.reshape(-1, *[1] * (a.ndim - 1)), a, b), new, (p, state)
            )


@cache
def _stages(options: Options, quick: bool) -> tuple[Any, Any, Any]:
    """The stages of the method over lanes: begin, `STRIDE` iterations, end."""
    remember()

    def on(s: Structure, p: Standard, state: State) -> State:
        return advanced(s, p, state, options, STRIDE)

    stages = (lambda s, numbers: begun(s, numbers, options), (None, 0)), (on, (None, 0, 0)), (ended, (None, 0, 0, 0))
    compiler = QUICK if quick else None
    begin, advance, end = (jax.jit(jax.vmap(f, axes), compiler_options=compiler) for f, axes in stages)
    return begin, advance, end


def _stacked(programs: Sequence[Numbers]) -> Numbers:
    return jax.tree.map(lambda *parts: jnp.asarray(np.stack([np.asarray(p) for p in parts])), *programs)


def solution(flat: Flat, result: Result) -> Solution:
    """The engine's answer in the words of the contract."""
    status = STATUS[int(result.status)]
    if status in (Status.LIMIT, Status.FAILED) and float(result.residual) <= GOOD:
        status = Status.OPTIMAL
    n = flat.shape[1]
    x = np.clip(np.asarray(result.x)[:n], flat.lower, np.where(flat.implied, np.inf, flat.upper))
    if status is not Status.OPTIMAL:
        x = np.full(n, np.nan)
    y = np.asarray(result.y)
    y = np.where(flat.sense < 0, np.minimum(y, 0.0), np.where(flat.sense > 0, np.maximum(y, 0.0), y))
    value = flat.value(x) if status is Status.OPTIMAL else np.nan
    return Solution(x, y, status, value, 0.0, int(result.iterations), engine="interior")
