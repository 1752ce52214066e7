"""What solves of one world share: structures, and bases of its large programs, from the nearest of which others start.

Large programs are solved in a few threads while the caller assembles the next ones. Which basis each starts from
depends on the order of the calls only, not on which thread ends first.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from planner.engines import Solution, Status
from planner.flat import Flat
from planner.program import Layout
from planner.studies.design.landscape import SHARP
from planner.studies.structure import Structures
from planner.tables import Tables

THREADS = 2
"""Large programs solved at once."""
AHEAD = 4
"""Large programs that may wait to be solved."""
KEPT = 8
"""Bases that are kept: the first and the last ones."""

Held = dict[str, float] | None


@dataclass(frozen=True, eq=False)
class Start:
    """A basis to start from: of the program of these tables with these whole decisions held (None: fractional)."""

    tables: Tables
    held: Held
    layout: Layout
    basis: Any


class Known:
    """What solves of one world share. Counts large programs by how they were solved.

    from_basis: that ended by simplex from a kept basis. from_nothing: by the interior method.
    """

    def __init__(self, structures: Structures) -> None:
        self.structures = structures
        self.starts: list[Start] = []
        self.from_basis = self.from_nothing = 0
        self._first: Future | None = None
        self._waiting: list[Future] = []
        self._pool: ThreadPoolExecutor | None = None

    def solved(self, flat: Flat, layout: Layout, tables: Tables, held: Held) -> Callable[[], Solution]:
        """Begin to solve a large program; what comes back waits for the answer when it is called (once)."""
        self._pool = self._pool or ThreadPoolExecutor(THREADS)
        self._hold_back()
        mine = Start(tables, held, layout, None)
        future = self._pool.submit(_solve, flat, mine, tuple(self.starts), self._first)
        self._first = self._first or future
        self._waiting.append(future)
        return lambda: self._told(future)

    def _hold_back(self) -> None:
        """Wait until few programs are not solved yet: each is large."""
        while len(unsolved := [f for f in self._waiting if not f.done()]) >= AHEAD:
            wait(unsolved, return_when=FIRST_COMPLETED)
        self._waiting = unsolved

    def _told(self, future: Future) -> Solution:
        answer, start = self._wait(future)
        if answer.engine == "neighbour":
            self.from_basis += 1
        else:
            self.from_nothing += 1
        if start is not None:
            self.starts.append(start)
            if len(self.starts) > KEPT:
                del self.starts[1]
        return answer

    def _wait(self, future: Future) -> tuple[Solution, Start | None]:
        try:
            return future.result()
        except BaseException:  # after Ctrl-C nobody waits for what is left
            if self._pool is not None:
                self._pool.shutdown(wait=False, cancel_futures=True)
                self._pool = None
            raise


def _solve(flat: Flat, mine: Start, starts: tuple[Start, ...], first: Future | None) -> tuple[Solution, Start | None]:
    """The answer, and its basis to start others from."""
    from planner.engines.exact import relax
    from planner.engines.neighbour import carried, neighbour

    begun = None if first is None else first.result()[1]
    starts = starts if begun is None else (begun, *starts)
    near = min(starts, key=lambda s: distance(s, mine), default=None)
    basis = None if near is None else carried(near.basis, near.layout, mine.layout)
    answer, found = neighbour(flat, SHARP, basis)
    if answer.status is Status.OPTIMAL:
        return answer, replace(mine, basis=found)
    if answer.status is Status.INFEASIBLE and answer.y.any():
        return answer, None
    return relax(flat, "ipx", tol=SHARP, crossover=False), None


def distance(a: Start, b: Start) -> float:
    """How far two programs are apart: numbers that differ, each by its share of both, and whole decisions."""
    total = 0.0
    for name, columns in a.tables.numbers.items():
        for column, values in columns.items():
            other = b.tables.numbers[name][column]
            if values is not other:
                total += _apart(values, other)
    for name, value in a.tables.settings.items():
        other = b.tables.settings[name]
        numeric = not isinstance(value, str) and not isinstance(other, str)
        total += _apart(np.asarray(value, float), np.asarray(other, float)) if numeric else float(value != other)
    if a.held is not b.held:
        mine, theirs = a.held or {}, b.held or {}
        total += sum(mine.get(k, 0.0) != theirs.get(k, 0.0) for k in mine.keys() | theirs.keys())
    return total


def _apart(a: np.ndarray, b: np.ndarray) -> float:
    if a.shape != b.shape:
        return float(max(a.size, b.size))
    differ = (a != b) & ~(np.isnan(a) & np.isnan(b))
    if not differ.any():
        return 0.0
    one, other = a[differ], b[differ]
    with np.errstate(invalid="ignore"):
        share = np.abs(one - other) / (np.abs(one) + np.abs(other))
    return float(np.nan_to_num(share, nan=1.0).sum())
