"""How much of a change of cost each changed input makes: slopes integrated along the straight path between the two.

Aumann-Shapley prices: with V the cost and w(t) the inputs at a share t of the way, input i is given the integral of
dV/dw_i times its move, from t = 0 to 1. They add up to V(1) - V(0) wherever V has no step. The integral is taken by
three Gauss-Legendre points per stretch; V is solved at both ends of every stretch, so that what the points miss is
known there, and the stretch that misses most is halved. Source: R. J. Aumann, L. S. Shapley, Values of Non-Atomic
Games (1974); L. J. Billera, D. C. Heath, Math. Oper. Res. 7 (1982), 32-39.
"""

from __future__ import annotations

import math
import time as clock
from dataclasses import dataclass

import numpy as np

from planner.studies.design.landscape import Judged
from planner.studies.inputs.resolved import Cell, Resolved

NODES, WEIGHTS = (np.array(v) for v in zip(*((0.5 * (1 + n), 0.5 * w) for n, w in zip(
    *np.polynomial.legendre.leggauss(3), strict=True)), strict=True))  # fmt: skip
"""Points and weights of a stretch of length one."""
CLOSE = 0.01
"""Share of the change of cost that the points may miss."""
NARROW = 1 / 128
"""A stretch this short that still misses much holds a step of the cost."""
ROUNDING = 1e-9
"""Share of the cost below which a change says nothing."""


@dataclass(frozen=True, eq=False)
class Attribution:
    """A change of cost along a path, by input, all [M USD].

    cost: at both ends. by_input: of each input that moves. steps: where a date or a limit that structure reads makes
    the cost jump, and no single input does. remainder: what the points miss elsewhere. stepping: inputs that may jump.
    """

    cost: tuple[float, float]
    by_input: dict[Cell, float]
    steps: float
    remainder: float
    stepping: tuple[Cell, ...]
    solved: int

    @property
    def found(self) -> bool:
        """Whether every point of the path has a plan."""
        return bool(np.isfinite(self.cost).all() and np.isfinite(self.remainder))


@dataclass(frozen=True, eq=False)
class _Stretch:
    start: Judged
    end: Judged
    share: np.ndarray

    @property
    def width(self) -> float:
        return float(self.end.place[0] - self.start.place[0])

    @property
    def missed(self) -> float:
        """Change of cost less what the points give."""
        return self.end.cost - self.start.cost - float(self.share.sum())


def attribution(resolved: Resolved, most: int = 150, time: float = math.inf) -> Attribution:
    """Attribute the change of cost between place 0 and place 1 to the inputs that move, with at most `most` solves.

    time [s]: after which no stretch is halved any more; the remainder then says what was missed.
    One input alone makes all of it, and needs the two ends only.
    """
    begun = clock.monotonic()
    cells = [(t, r, c) for t, r, c, _ in resolved.cells]
    inputs = list(dict.fromkeys(cells))
    n = len(cells)
    alone = len(inputs) == 1
    resolved.slopes = not alone
    start, end = resolved([np.zeros(n), np.ones(n)]) if n else resolved([np.zeros(0)]) * 2
    cost = start.cost, end.cost
    stepping = tuple(i for i in inputs if _is_read(resolved, i))
    if not np.isfinite(cost).all() or not n or alone:
        whole = dict.fromkeys(inputs, end.cost - start.cost)
        return Attribution(cost, whole, 0.0, 0.0, stepping, resolved.solved)
    least = ROUNDING * max(abs(start.cost), abs(end.cost))
    allowed = max(CLOSE * abs(end.cost - start.cost), least)
    stretches = [_stretch(resolved, start, end)]
    while resolved.solved + 2 * len(NODES) < most and clock.monotonic() - begun < time:
        worst = max(_refined(stretches), key=lambda s: abs(s.missed), default=None)
        if worst is None or not np.isfinite(worst.share).all() or _total_missed(stretches) <= allowed:
            break
        place = 0.5 * (worst.start.place + worst.end.place)
        middle = resolved([place])[0]
        stretches.remove(worst)
        stretches += [_stretch(resolved, worst.start, middle), _stretch(resolved, middle, worst.end)]
    share = np.sum([s.share for s in stretches], axis=0)
    by_input = dict.fromkeys(inputs, 0.0)
    for cell, value in zip(cells, share, strict=True):
        by_input[cell] += float(value)
    steps = sum(s.missed for s in stretches if s.width <= NARROW and abs(s.missed) > 0.1 * allowed)
    remainder = sum(s.missed for s in stretches) - steps
    if len(stepping) == 1:
        by_input[stepping[0]] += steps
        steps = 0.0
    return Attribution(cost, by_input, float(steps), float(remainder), stepping, resolved.solved)


def _stretch(resolved: Resolved, start: Judged, end: Judged) -> _Stretch:
    span = end.place - start.place
    points = resolved([start.place + t * span for t in NODES])
    slopes = [p.slope if np.isfinite(p.cost) else np.full(span.size, np.nan) for p in points]
    return _Stretch(start, end, np.tensordot(WEIGHTS, slopes, 1) * span)


def _refined(stretches: list[_Stretch]) -> list[_Stretch]:
    return [s for s in stretches if s.width > NARROW]


def _total_missed(stretches: list[_Stretch]) -> float:
    return float(np.sum([abs(s.missed) for s in _refined(stretches)]))


def _is_read(resolved: Resolved, cell: Cell) -> bool:
    """Whether structure reads the column of an input, so that the cost may jump in it."""
    table, _, column = cell
    for known in resolved.known.structures.known:
        read = known.reads.settings.read if table == "scenario" else known.reads.columns[table].read
        if column in read:
            return True
    return False
