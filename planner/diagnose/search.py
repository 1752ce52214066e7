"""The least change of inputs after which a plan exists.

An elastic program: columns of room, one per cell, priced by the effort of a natural step. Cells enter when the prices
of the breach ask for them. What depends on cells and columns together is taken at the columns found, so the program is
written again with the change and the search goes on until the program itself has a plan. Then every change that can go
goes, and what is left is made smaller while it works.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from time import monotonic

import numpy as np

from planner.diagnose.feasible import TOL, Box, Breach, breach
from planner.diagnose.levers import Cell
from planner.diagnose.model import Model, stacked

ROUNDS = 6
FEWER, NEAR = 4, 0.1
"""Times that cells which move little are made dearer, and the steps below which they are dearest."""
LADDER = (1.02, 1.1, 1.3, 1.7, 2.5, 4.0)
"""Factors on a whole repair that are tried where its parts are right and too small."""
DIGITS = 3
"""Digits of an amount that a person copies; the last is rounded towards more room."""
ONES = {("vehicles", "cadence"), ("stock", "units"), ("hardware", "ramp"), ("fleets", "new_units")}
"""Cells that count things: a repair adds whole ones where the step is above one."""

Moves = dict[Cell, float]


def repair(
    model: Model,
    cells: Sequence[Cell],
    effort: Callable[[Cell], float],
    boxes: tuple[Box, ...],
    *,
    whole: bool,
    end: float,
) -> Moves | None:
    """Steps of few cells after which a plan exists (whole: with integers), rounded; None when none are found."""
    moves = _sought(model, cells, effort, boxes, whole=whole, end=end)
    if not moves:
        return None
    moves = _few(model, moves, effort, whole=whole)
    moves = {c: _rounded(model, c, s) for c, s in _small(model, moves, whole=whole, end=end).items()}
    return moves if model.possible(moves, whole=whole) else None


def widened(model: Model, moves: Moves) -> Moves | None:
    """The same repair, larger by one factor, so that whole choices fit too; None when no factor helps."""
    if model.possible(moves, whole=True):
        return moves

    def larger(factor: float) -> Moves:
        return {c: _rounded(model, c, min(s * factor, c.most)) for c, s in moves.items()}

    low = 1.0
    for high in LADDER:
        if model.possible(larger(high), whole=True):
            break
        low = high
    else:
        return None
    while high - low > 0.01 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if model.possible(larger(middle), whole=True) else (middle, high)
    return larger(high)


def _sought(
    model: Model,
    cells: Sequence[Cell],
    effort: Callable[[Cell], float],
    boxes: tuple[Box, ...],
    *,
    whole: bool,
    end: float,
) -> Moves | None:
    moves: Moves = {}
    for _ in range(ROUNDS):
        if monotonic() > end:
            return None
        step = _elastic(model, cells, effort, moves, boxes if whole else (), end)
        if step is None:
            return None
        moves = {c: min(moves.get(c, 0.0) + step.get(c, 0.0), c.most) for c in {**moves, **step}}
        if model.possible(moves, whole=whole):
            return moves
    for factor in LADDER:
        trial = {c: min(s * factor, c.most) for c, s in moves.items()}
        if model.possible(trial, whole=whole):
            return trial
    return None


def _elastic(
    model: Model,
    cells: Sequence[Cell],
    effort: Callable[[Cell], float],
    moves: Moves,
    boxes: tuple[Box, ...],
    end: float,
) -> Moves | None:
    """More steps at least effort, by the program as it stands after `moves`."""
    flat, whole = model.flat(moves), bool(boxes)
    rooms: dict[Cell, np.ndarray] = {}

    def run(*, firm: bool, rarer: np.ndarray | None = None) -> Breach:
        names = list(rooms)
        columns = stacked(rooms.values(), flat.shape[0])
        cost = np.array([effort(c) for c in names]) * (1.0 if rarer is None else rarer)
        most = np.array([c.most - moves.get(c, 0.0) for c in names])
        return breach(flat, columns, cost, most, firm=firm, whole=whole, time=max(end - monotonic(), 1.0))

    def priced(answer: Breach) -> np.ndarray:
        """Prices of an answer; with integers: at the integers found."""
        if not whole:
            return answer.y
        at = np.where(flat.integer, np.round(answer.x), 0.0)
        low, up = np.where(flat.integer, at, flat.lower), np.where(flat.integer, at, flat.upper)
        fixed = replace(flat, lower=low, upper=up)
        return breach(fixed, stacked(rooms.values(), flat.shape[0]), most=np.array([c.most for c in rooms])).y

    answer = run(firm=False)
    for b in boxes[:20]:
        rooms |= model.helpful([c for c in cells if c not in rooms], moves, answer.x, b.y)
    for _ in range(12):
        answer = run(firm=False)
        if not answer.ok or answer.value <= TOL:
            break
        more = model.helpful([c for c in cells if c not in rooms], moves, answer.x, priced(answer))
        if not more:
            return None
        rooms |= more
    if not answer.ok or answer.value > TOL:
        return None
    found = run(firm=True)
    for _ in range(4):
        if whole or not found.ok:
            break
        more = model.helpful([c for c in cells if c not in rooms], moves, found.x, found.y)
        more = {c: r for c, r in more.items() if effort(c) + found.y @ r < -1e-9}
        if not more:
            break
        rooms |= more
        found = run(firm=True)
    if not found.ok:
        return None
    # Cells that move little get dearer, so that the same room comes from fewer of them.
    for _ in range(0 if whole else FEWER):
        again = run(firm=True, rarer=1.0 / (found.steps + NEAR))
        if not again.ok or (again.steps > 1e-9).sum() >= (found.steps > 1e-9).sum():
            break
        found = again
    return {c: float(s) for c, s in zip(rooms, found.steps, strict=True) if s > 1e-9}


def _few(model: Model, moves: Moves, effort: Callable[[Cell], float], *, whole: bool) -> Moves:
    """Without the changes that are not needed, the dearest tried first."""
    for cell in sorted(moves, key=lambda c: -effort(c) * moves[c]):
        rest = {c: s for c, s in moves.items() if c != cell}
        if rest and model.possible(rest, whole=whole):
            moves = rest
    return moves


def _small(model: Model, moves: Moves, *, whole: bool, end: float) -> Moves:
    """Each change as small as it can be beside the others, within two per cent."""
    for cell in list(moves):
        if monotonic() > end or not model.possible({**moves, cell: moves[cell] * 0.98}, whole=whole):
            continue
        low, high = 0.0, moves[cell] * 0.98
        while high - low > 0.02 * high:
            middle = (low + high) / 2
            low, high = (low, middle) if model.possible({**moves, cell: middle}, whole=whole) else (middle, high)
        moves = {**moves, cell: high}
    return moves


def _rounded(model: Model, cell: Cell, steps: float) -> float:
    """Steps whose amount has few digits, towards more room, within what is allowed."""
    if cell.way == "times":
        share = cell.unit * steps
        up = min(_up(share, DIGITS), 1.0 - (1.0 - share) * 0.99)
        return min(up / cell.unit, cell.most)
    amount = _up(cell.unit * steps, DIGITS)
    kind = model.tables.frames["limits"]["kind"].get(cell.key) if cell.table == "limits" else ""
    if (cell.kin in ONES and amount > 1) or kind == "max_sites":
        amount = float(math.ceil(amount - 1e-9))
    return min(amount / cell.unit, cell.most)


def _up(value: float, digits: int) -> float:
    if value <= 0:
        return 0.0
    place = digits - 1 - math.floor(math.log10(value))
    scaled = value * 10.0**place
    return math.ceil(scaled * (1 + 1e-6)) / 10.0**place if place >= 0 else math.ceil(scaled) * 10.0**-place


def written(moves: Mapping[Cell, float]) -> dict[Cell, str]:
    """The value that ``--set`` takes, per cell."""
    out = {}
    for cell, steps in moves.items():
        amount = cell.unit * steps
        out[cell] = f"+{amount:.10g}" if cell.way == "add" else f"x{1.0 - amount:.10g}"
    return out
