"""Which rows stand against each other: a small set of them without which a plan would exist."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import monotonic

import numpy as np

from planner.diagnose.feasible import TOL, Box, breach, possible
from planner.flat import Flat
from planner.program import Layout

MANY = 240
"""Rows of a conflict that are tried one by one; beyond, whole groups are kept."""
FIRST = 8
"""Groups that are tried alone first, then twice as many, until they hold a conflict."""

Part = np.ndarray
"""Positions of some rows."""


@dataclass(frozen=True)
class Row:
    """A group of rows of the conflict: one limit over some periods.

    limit: smallest and largest, in `unit`. flat: positions of the rows.
    """

    family: str
    entity: tuple[str, ...]
    periods: tuple[int, ...]
    unit: str
    meaning: str
    sense: str
    limit: tuple[float, float]
    flat: tuple[int, ...]

    @property
    def name(self) -> str:
        """As the program names it."""
        return f"{self.family}[{','.join(self.entity)}]"


def some_rows(flat: Flat, rows: np.ndarray) -> Flat:
    """The program with some of its rows only."""
    return replace(flat, matrix=flat.matrix[rows].tocsr(), rhs=flat.rhs[rows], sense=flat.sense[rows], before=None)


def rows_of(layout: Layout, count: int) -> list[tuple[int, int, int]]:
    """(block, entity, period) of each of `count` rows; block -1 for those added below the layout's."""
    own = [(b, int(e), int(t)) for b, block in enumerate(layout.rows) for e, t in np.argwhere(block.exists)]
    return own + [(-1, i, 0) for i in range(count - len(own))]


def smallest(
    flat: Flat,
    layout: Layout,
    boxes: tuple[Box, ...],
    *,
    whole: bool,
    time: float = 20.0,
    near: np.ndarray | None = None,
) -> np.ndarray:
    """Rows that no plan can keep together, none of which (or: no group) can be left out: positions in `flat`.

    Starts from the rows that the proof uses. Rows of one limit go as a group first, then one by one; those close to the
    rows `near` (by columns that they share) are kept rather than others, and without `near` small groups.
    """
    end = monotonic() + time
    used = np.any([np.abs(b.y) > 1e-9 for b in boxes], axis=0) if boxes else np.ones(flat.shape[0], bool)
    kept = np.flatnonzero(used & np.isfinite(flat.rhs))

    def conflict(parts: Sequence[Part]) -> bool:
        """Whether the parts stand against each other; False too when the time is out, so that more is kept."""
        rows = np.concatenate(parts) if parts else np.zeros(0, int)
        if not rows.size or monotonic() > end:
            return False
        return not possible(some_rows(flat, np.sort(rows)), whole=whole, time=max(end - monotonic(), 1.0))

    parts = nearest_first(flat, layout, kept, near)
    count = FIRST
    while count < len(parts) and not conflict(parts[:count]):
        count *= 2
    parts = parts[:count]
    if count >= len(parts) and not conflict(parts):
        return kept
    parts = needed(parts, conflict)
    rows = np.sort(np.concatenate(parts))
    if rows.size <= MANY and rows.size > len(parts):
        rows = np.sort(np.concatenate(needed([rows[i : i + 1] for i in range(rows.size)], conflict)))
    return rows


def nearest_first(flat: Flat, layout: Layout, rows: np.ndarray, near: np.ndarray | None) -> list[Part]:
    """Some rows in groups, one for each limit: those nearest to the rows `near` first, small ones before large."""
    where = rows_of(layout, flat.shape[0])
    groups: dict[tuple[int, int], list[int]] = {}
    for i in rows:
        groups.setdefault(where[i][:2], []).append(int(i))
    steps = np.zeros(flat.shape[0]) if near is None else distance(flat, near)
    return sorted((np.array(g) for g in groups.values()), key=lambda g: (steps[g].min(), g.size))


def needed(parts: Sequence[Part], conflict: Callable[[Sequence[Part]], bool]) -> list[Part]:
    """Parts of a conflict that are needed for it, earlier ones rather than later ones: by halves."""

    def of(kept: list[Part], grown: bool, rest: list[Part]) -> list[Part]:
        if grown and conflict(kept):
            return []
        if len(rest) == 1:
            return rest
        half = len(rest) // 2
        first, second = rest[:half], rest[half:]
        later = of([*kept, *first], True, second)
        return of([*kept, *later], bool(later), first) + later

    return of([], False, list(parts))


def distance(flat: Flat, near: np.ndarray) -> np.ndarray:
    """How many columns lie between each row [m] and the nearest of some rows, one after the other (inf: none do)."""
    links = abs(flat.matrix) > 0
    out = np.full(flat.shape[0], np.inf)
    now = np.zeros(flat.shape[0], bool)
    now[near] = True
    for step in range(flat.shape[0]):
        out[now] = step
        columns = np.asarray(links.T @ now, bool)
        now = np.asarray(links @ columns, bool) & np.isinf(out)
        if not now.any():
            break
    return out


def named(flat: Flat, layout: Layout, rows: np.ndarray) -> tuple[Row, ...]:
    """The rows of the layout in groups, with what they limit."""
    where = rows_of(layout, flat.shape[0])
    groups: dict[tuple[int, int], list[int]] = {}
    for i in rows:
        groups.setdefault(where[i][:2], []).append(int(i))
    out = []
    for (b, e), members in groups.items():
        if b < 0:
            continue
        block = layout.rows[b]
        scale = np.broadcast_to(np.asarray(block.per_unit, float), (len(block.entities),))[e]
        limits = flat.rhs[members] * scale
        periods = tuple(where[i][2] for i in members)
        span = (float(limits.min()), float(limits.max()))
        out.append(
            Row(block.name, block.entities[e], periods, block.unit, block.meaning, block.sense, span, tuple(members))
        )
    return tuple(out)


def proof(flat: Flat, rows: np.ndarray) -> Box | None:
    """Prices on these rows alone that prove that there is no plan; None when integers are needed for it."""
    answer = breach(some_rows(flat, rows))
    if not answer.ok or answer.value <= TOL:
        return None
    y = np.zeros(flat.shape[0])
    y[rows] = answer.y
    return Box(flat.lower, flat.upper, y)
