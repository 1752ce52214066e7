"""Which rows stand against each other: a small set of them without which a plan would exist."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from planner.diagnose.feasible import TOL, Box, breach, possible
from planner.flat import Flat
from planner.program import Layout

MANY = 240
"""Rows of a conflict that are tried one by one; beyond, whole groups are kept."""


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


def rows_of(layout: Layout) -> list[tuple[int, int, int]]:
    """(block, entity, period) of each existing row."""
    return [(b, int(e), int(t)) for b, block in enumerate(layout.rows) for e, t in np.argwhere(block.exists)]


def smallest(flat: Flat, layout: Layout, boxes: tuple[Box, ...], *, whole: bool, time: float = 20.0) -> np.ndarray:
    """Rows that no plan can keep together, none of which (or: no group) can be left out: positions in `flat`.

    Starts from the rows that the proof uses; rows of one limit go first as a group, then one by one.
    """
    from time import monotonic

    end = monotonic() + time
    used = np.any([np.abs(b.y) > 1e-9 for b in boxes], axis=0) if boxes else np.ones(flat.shape[0], bool)
    kept = np.flatnonzero(used & np.isfinite(flat.rhs))

    def conflict(rows: np.ndarray) -> bool:
        return rows.size > 0 and not possible(some_rows(flat, rows), whole=whole, time=max(end - monotonic(), 1.0))

    if not conflict(kept):
        return kept
    where = rows_of(layout)
    groups: dict[tuple[int, int], list[int]] = {}
    for i in kept:
        groups.setdefault(where[i][:2], []).append(int(i))
    parts = sorted(groups.values(), key=len, reverse=True)
    if kept.size <= MANY:
        parts += [[i] for part in parts if len(part) > 1 for i in part]
    for part in parts:
        rest = np.setdiff1d(kept, part)
        if monotonic() < end and rest.size < kept.size and conflict(rest):
            kept = rest
    return kept


def named(flat: Flat, layout: Layout, rows: np.ndarray) -> tuple[Row, ...]:
    """The rows in groups, with what they limit."""
    where = rows_of(layout)
    groups: dict[tuple[int, int], list[int]] = {}
    for i in rows:
        groups.setdefault(where[i][:2], []).append(int(i))
    out = []
    for (b, e), members in groups.items():
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
