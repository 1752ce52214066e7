"""Running the method: one program under watch, or a batch of programs of one structure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
LOOK = 0.5
"""Seconds between two looks at one program, about."""
STRIDE, REFILL = 4, 0.125
"""Iterations between two looks at the lanes; share of the lanes that must be done before they are filled again."""
GOOD = 1e-6
"""A method that is stuck or stopped at this relative residual still has an optimum worth judging."""


def watched(flat: Flat, options: Options, time: float, progress: Progress | None) -> Result:
    """Solve one program; stopped by time [s] or by Ctrl-C after the iterations that run.

    The host calls a few iterations at a time, as many as fit in `LOOK`.
    """
    start = perf_counter()
    s, numbers = structure_for(flat), numbers_of(flat)

    def told(state: State) -> bool:
        seconds = perf_counter() - start
        if progress is not None:
            note = f"interior: iteration {int(state.iterations)}, residual {float(state.best_residual):.0e}"
            progress(Step(seconds, np.nan, np.nan, note))
        return seconds > time

    with threadpool_limits(1, "blas"):
        return _stepped(s, numbers, options, told)


def prepared(flat: Flat, options: Options) -> None:
    """Lay out and compile what the first solve of a structure needs, without any iteration."""
    s, numbers = structure_for(flat), numbers_of(flat)
    begin, advance, end = _stages(options, s.row.size < SMALL, one=True)
    p, state = begin(s, numbers)
    jax.block_until_ready(end(s, numbers, p, advance(s, p, state, 0)))


def _stepped(s: Structure, numbers: Numbers, options: Options, told: Callable[[State], bool]) -> Result:
    """The method stage by stage; told: sees the state between two calls and says whether to stop."""
    begin, advance, end = _stages(options, s.row.size < SMALL, one=True)
    p, state = jax.block_until_ready(begin(s, numbers))
    most = 1
    while int(state.status) == RUNNING:
        if told(state):
            state = state._replace(status=jnp.full_like(state.status, STOPPED))
            break
        last = perf_counter()
        state = jax.block_until_ready(advance(s, p, state, most))
        if perf_counter() - last < LOOK / 2:
            most *= 2
    return jax.block_until_ready(end(s, numbers, p, state))


def batch(s: Structure, programs: Sequence[Numbers], options: Options = Options()) -> list[Result]:  # noqa: B008
    """Solve programs of one structure: in lanes where there is an accelerator, one after the other on a CPU.

    On a CPU lanes were slower than a loop. Raises MemoryError where not even one program fits (`memory`).
    """
    if jax.default_backend() == "cpu":
        with threadpool_limits(1, "blas"):
            return [_stepped(s, p, options, lambda _: False) for p in programs]
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
        state = advance(s, p, state, STRIDE)
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
def _stages(options: Options, quick: bool, *, one: bool = False) -> tuple[Any, Any, Any]:
    """The stages of the method, compiled: begin, some iterations, end; over lanes, or for one program."""
    remember()

    def begin(s: Structure, numbers: Numbers) -> tuple[Standard, State]:
        return begun(s, numbers, options)

    def on(s: Structure, p: Standard, state: State, most: Any) -> State:
        return advanced(s, p, state, options, most, alone=one)

    axes = ((None, 0), (None, 0, 0, None), (None, 0, 0, 0))
    stages = (begin, on, ended) if one else (jax.vmap(f, a) for f, a in zip((begin, on, ended), axes, strict=True))
    begin, advance, end = (jax.jit(f, compiler_options=QUICK if quick else None) for f in stages)
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
