"""A scenario's program as a function of its cells: what room a step of a cell gives to every row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from scipy import sparse

from planner.diagnose.feasible import possible
from planner.diagnose.levers import Cell, moved
from planner.flat import Flat
from planner.studies.structure import Structures
from planner.tables import Tables

ROOM = 1e-9
"""Room or price below this is none."""


class Model:
    """One structure, whose numbers move: compiled once.

    Bounds that structure fixes (implied ones) do not follow; `planner.diagnose.feasible` leaves them out.
    """

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.structures = Structures(tables)
        self.assembly = self.structures.assembly(tables)
        self.written = self.structures.known[0].written
        self.layout = self.assembly.program.layout
        self.data = {t: {c: np.asarray(v, float) for c, v in cols.items()} for t, cols in tables.data().items()}
        self.base = self.assembly.program.flat()

    def flat(self, moves: Mapping[Cell, float]) -> Flat:
        """The program with cells moved."""
        return self.written(moved(self.data, moves))[0].flat() if moves else self.base

    def possible(self, moves: Mapping[Cell, float], *, whole: bool = False, time: float = 60.0) -> bool:
        """Whether a plan exists with cells moved."""
        return possible(self.flat(moves), whole=whole, time=time)

    def room(self, cells: Iterable[Cell], moves: Mapping[Cell, float], x: np.ndarray, now: np.ndarray) -> np.ndarray:
        """Room that one more step of each of some cells gives to every row at x [m]; now: room without it."""
        step = {c: moves.get(c, 0.0) + min(1.0, max(c.most - moves.get(c, 0.0), 0.0) or 1.0) for c in cells}
        return left(self.flat({**moves, **step}), x) - now

    def helpful(
        self, cells: Sequence[Cell], moves: Mapping[Cell, float], x: np.ndarray, y: np.ndarray
    ) -> dict[Cell, np.ndarray]:
        """Room per step of the cells that lower a breach with prices y, at x.

        Cells of a column are tried together first, then in halves, so that those without a part in it cost little.
        """
        now = left(self.flat(moves), x)
        groups: dict[tuple[str, str], list[Cell]] = {}
        for cell in cells:
            if moves.get(cell, 0.0) < cell.most - ROOM:
                groups.setdefault(cell.kin, []).append(cell)
        found: dict[Cell, np.ndarray] = {}
        open_ = list(groups.values())
        while open_:
            group = open_.pop()
            room = self.room(group, moves, x, now)
            if not (np.abs(y * room) > ROOM).any():
                continue
            if len(group) > 1:
                half = len(group) // 2
                open_ += [group[:half], group[half:]]
            elif y @ room < -ROOM:
                found[group[0]] = room / min(1.0, max(group[0].most - moves.get(group[0], 0.0), 0.0))
        return found


def left(flat: Flat, x: np.ndarray) -> np.ndarray:
    """Limit less activity of each row at x [m]; 0 where there is no limit."""
    return np.where(np.isfinite(flat.rhs), flat.rhs, 0.0) - flat.matrix @ x


def stacked(rooms: Iterable[np.ndarray], rows: int) -> sparse.csc_matrix:
    """Columns ``[rows, k]`` of rooms."""
    made = [sparse.csc_matrix(np.where(np.abs(r) > 1e-13, r, 0.0).reshape(-1, 1)) for r in rooms]
    return sparse.csc_matrix(sparse.hstack(made)) if made else sparse.csc_matrix((rows, 0))
