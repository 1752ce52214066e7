"""Down the landscape from many starts at once: optax's L-BFGS directions, projected steps that must pay, a last search.

Each start is a generator that asks for prices and is sent them; all that are asked for at one time are priced in one
batch. Choices are first scaled by their own curvature. The cost of a plan bends where its basis changes: at the best
end single choices are tried both ways with shrinking steps, so that it is flat, at a bound, or in a kink.
"""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import optax

from planner.studies.design.landscape import Judged

Prices = Callable[[Sequence[np.ndarray]], list[Judged]]
Walk = Generator[list[np.ndarray], list[Judged], "Path"]

FLAT = 1e-6
"""A slope this small against the cost is zero: crossing the whole range would move the cost by a millionth."""
PAYS = 1e-9
"""A step pays that lowers the cost by this share."""
ASIDE = 0.01
"""Step of the range over which curvature is measured."""
LONGEST = 0.3
"""Longest step of a choice, as a share of its range."""
SHORTER = (0.3, 0.1, 0.03, 0.01, 1e-3)
"""Shares of a step that are tried when it does not pay."""
FIRST, LAST = 0.05, 0.003
"""Largest and smallest step of the search by single choices, as shares of the range."""
MEMORY, MOST = 8, 60
"""Pairs that L-BFGS remembers, and steps along directions at most."""


@dataclass(frozen=True, eq=False)
class Path:
    """One start and where it came to: first and last design, costs after each step [M USD], and why it ended."""

    first: Judged
    last: Judged
    costs: tuple[float, ...]
    ended: str


@cache
def _rule() -> optax.GradientTransformation:
    """L-BFGS of optax without a line search, compiled once per number of choices."""
    rule = optax.scale_by_lbfgs(memory_size=MEMORY, scale_init_precond=False)
    return optax.GradientTransformation(rule.init, jax.jit(rule.update))


def inside(place: np.ndarray) -> np.ndarray:
    """The nearest place in the unit cube."""
    return np.clip(place, 0.0, 1.0)


def open_slope(judged: Judged) -> np.ndarray:
    """The slope without the parts that only push against a bound ``[n]``."""
    held = ((judged.place <= 0) & (judged.slope > 0)) | ((judged.place >= 1) & (judged.slope < 0))
    return np.where(held, 0.0, judged.slope)


def descend(
    prices: Prices,
    starts: Sequence[np.ndarray],
    *,
    time: float = np.inf,
    told: Callable[[float], None] | None = None,
) -> list[Path]:
    """Walk down from every start, all of them in one batch per round, for at most `time` [s]; search around the best.

    told: called after each round with the least cost so far.
    """
    until = clock.monotonic() + time
    begun = prices(list(starts))
    size = _curved(prices, begun[0])
    least = [min(j.cost for j in begun)]

    def tell(cost: float) -> None:
        least.append(min(least[-1], cost))
        if told is not None:
            told(least[-1])

    paths = _together(prices, [_along(j, size) for j in begun], until, tell)
    best = min(range(len(paths)), key=lambda i: paths[i].last.cost)
    if np.isfinite(paths[best].last.cost):
        paths[best] = _together(prices, [_around(paths[best])], until, tell)[0]
    return paths


def _together(prices: Prices, walks: list[Walk], until: float, told: Callable[[float], None]) -> list[Path]:
    """Walks in lockstep; past `until` [s] they are sent nothing and end."""
    done: dict[int, Path] = {}
    waiting: dict[int, list[np.ndarray]] = {}

    def sent(i: int, answer: list[Judged] | None) -> None:
        try:
            waiting[i] = next(walks[i]) if answer is None else walks[i].send(answer)
        except StopIteration as end:
            waiting.pop(i, None)
            done[i] = end.value

    for i in range(len(walks)):
        sent(i, None)
    while waiting:
        late = clock.monotonic() > until
        answers = [] if late else prices([p for places in waiting.values() for p in places])
        if answers:
            told(min(j.cost for j in answers))
        for i, places in list(waiting.items()):
            mine, answers = answers[: len(places)], answers[len(places) :]
            sent(i, mine)
    return [done[i] for i in range(len(walks))]


def _curved(prices: Prices, here: Judged) -> np.ndarray:
    """Square root of the curvature in each choice ``[n]``, or of what keeps a first step short where it is small."""
    n, scale = here.place.size, max(abs(here.cost), 1e-9)
    if not np.isfinite(here.cost):
        return np.ones(n)
    toward = np.where(here.place > 0.5, -ASIDE, ASIDE)
    aside = prices([here.place + toward[i] * np.eye(n)[i] for i in range(n)])
    bend = np.array([(a.slope[i] - here.slope[i]) / toward[i] for i, a in enumerate(aside)])
    least = np.maximum(np.abs(open_slope(here)) / LONGEST, 1e-6 * scale)
    return np.sqrt(np.maximum(np.nan_to_num(bend), least))


def _along(first: Judged, size: np.ndarray) -> Walk:
    """Projected L-BFGS in choices scaled by their curvature; a step is shortened until it pays."""
    here, costs = first, [first.cost]
    if not np.isfinite(first.cost):
        return Path(first, first, (first.cost,), "no plan at the start")
    scale = max(abs(first.cost), 1e-9)
    rule = _rule()
    state = rule.init(jnp.asarray(here.place * size))
    for _ in range(MOST):
        slope = open_slope(here)
        if np.abs(slope).max(initial=0.0) <= FLAT * scale:
            return Path(first, here, tuple(costs), "the slope is zero or at a bound")
        way, state = rule.update(jnp.asarray(slope / size), state, jnp.asarray(here.place * size))
        way = np.where(slope == 0, 0.0, np.asarray(way) / size)
        way = np.clip(way, -LONGEST, LONGEST)
        if not np.isfinite(way).all() or way @ slope <= 0:
            way = np.clip(slope / size**2, -LONGEST, LONGEST)
            state = rule.init(jnp.asarray(here.place * size))
        answers = yield [inside(here.place - way)]
        if not answers:
            break
        if answers[0].cost >= here.cost - PAYS * scale:
            answers = yield [inside(here.place - share * way) for share in SHORTER]
            if not answers:
                break
        better = min(answers, key=lambda j: j.cost)
        if better.cost >= here.cost - PAYS * scale:
            return Path(first, here, tuple(costs), "no step along the slope pays")
        here = better
        costs.append(here.cost)
    else:
        return Path(first, here, tuple(costs), f"{MOST} steps")
    return Path(first, here, tuple(costs), "out of time")


def _around(path: Path) -> Walk:
    """Every single choice up and down by a step that shrinks until nothing pays."""
    here, costs = path.last, list(path.costs)
    scale, step, n = max(abs(here.cost), 1e-9), FIRST, here.place.size
    while step >= LAST:
        moves = [sign * step * np.eye(n)[i] for i in range(n) for sign in (1.0, -1.0)]
        answers = yield [p for p in (inside(here.place + m) for m in moves) if (p != here.place).any()]
        if not answers:
            return Path(path.first, here, tuple(costs), "out of time")
        pay = [a for a in answers if a.cost < here.cost - PAYS * scale]
        if not pay:
            step /= 4
            continue
        every = yield [inside(here.place + sum(a.place - here.place for a in pay))]
        here = min([*pay, *every], key=lambda j: j.cost)
        costs.append(here.cost)
    ended = path.ended if len(costs) == len(path.costs) else "no single choice pays"
    return Path(path.first, here, tuple(costs), ended)
