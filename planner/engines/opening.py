"""Which places to open where the rest follows: each work is served by the cheapest place that is open.

Read off a program whose integers are places, with links and without room that could run out. Searched by opening,
closing and exchanging places (Teitz and Bart 1968, Oper. Res. 16, 955-961), from the greedy plan and again from kicks
of the best; no relaxation is solved.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from planner.engines.reduced import pairs
from planner.program import Flat

KICKS = 40, 400, 4e6
"""Times that the search starts anew from a disturbed best plan: least, most, and pairs looked at in all of them."""

ALIKE = 1e-9
"""Relative difference below which two costs are the same."""


@dataclass(frozen=True, eq=False)
class Places:
    """Works G that are served from places P.

    cost ``[G, P]`` of serving all of a work (inf where that cannot be); fee and column ``[P]`` of a place; most: how
    many may be open; arc and amount ``[G, P]``: the column that serves and its value when it serves all (-1 and 0 where
    there is none).
    """

    cost: np.ndarray
    fee: np.ndarray
    column: np.ndarray
    most: int
    arc: np.ndarray
    amount: np.ndarray

    @staticmethod
    def of(flat: Flat) -> Places | None:
        """The places of a program; None where whole decisions are of another kind, or room may run out."""
        return _read(flat)

    def value(self, opened: np.ndarray) -> float:
        """Cost with these places open."""
        return float(self.cost[:, opened].min(axis=1).sum() + self.fee[opened].sum())

    def plan(self, flat: Flat, opened: np.ndarray) -> np.ndarray:
        """Columns [n] with these places open; what costs nothing and is no decision stands at its upper bound."""
        x = np.where(np.isfinite(flat.upper) & (flat.cost == 0), flat.upper, flat.lower)
        x[self.column], x[self.arc[self.arc >= 0]] = 0.0, 0.0
        x[self.column[opened]] = 1.0
        best = opened[np.argmin(self.cost[:, opened], axis=1)]
        works = np.arange(best.size)
        x[self.arc[works, best]] = self.amount[works, best]
        return x


def opened(places: Places, *, time: float = np.inf) -> np.ndarray | None:
    """Places [k] to open, the cheapest found; None where no set serves all. time: limit [s]."""
    start, random = perf_counter(), np.random.default_rng(0)
    far = 1e3 * float(np.abs(places.cost[np.isfinite(places.cost)]).max(initial=1.0)) + 1.0
    search = _Search(np.where(np.isfinite(places.cost), places.cost, far), places.fee, places.most)
    best = search.settled(search.greedy(), start + time)
    for _ in range(int(np.clip(KICKS[2] / places.cost.size, *KICKS[:2]))):
        if perf_counter() - start > time:
            break
        other = search.settled(search.kicked(best, random), start + time)
        if search.value(other) < search.value(best) * (1 - ALIKE):
            best = other
    return best if np.isfinite(places.value(best)) else None


def _read(flat: Flat) -> Places | None:
    _, x, z, _, ratio = pairs(flat, -1)
    whole = np.flatnonzero(flat.integer)
    if not x.size or np.unique(x).size < x.size or (flat.lower[whole] > 0).any() or (flat.upper[whole] != 1).any():
        return None
    a: Any = flat.matrix
    served = np.zeros(flat.shape[1], bool)
    served[x] = True
    size = np.diff(a.indptr)
    row_of_entry = np.repeat(np.arange(a.shape[0]), size)
    inside = np.bincount(row_of_entry, served[a.indices], a.shape[0])
    group_rows = np.flatnonzero((flat.sense == 0) & (inside == size) & (size > 0) & (flat.rhs > 0))
    group = np.full(flat.shape[1], -1)
    unit = np.zeros(flat.shape[1])
    mine = np.isin(row_of_entry, group_rows)
    group[a.indices[mine]] = np.searchsorted(group_rows, row_of_entry[mine])
    unit[a.indices[mine]] = a.data[mine]
    if (group[x] < 0).any() or (unit[x] <= 0).any():
        return None
    amount = flat.rhs[group_rows][group[x]] / unit[x]
    if (amount > np.minimum(ratio, flat.upper[x]) * (1 + ALIKE)).any():
        return None
    most = _most(flat, whole, served)
    if most is None:
        return None
    place = np.full(flat.shape[1], -1)
    place[whole] = np.arange(whole.size)
    shape = (group_rows.size, whole.size)
    cost, arc, much = np.full(shape, np.inf), np.full(shape, -1), np.zeros(shape)
    at = group[x], place[z]
    cost[at], arc[at], much[at] = amount * flat.cost[x], x, amount
    return Places(cost, flat.cost[whole], whole, most, arc, much)


def _most(flat: Flat, whole: np.ndarray, served: np.ndarray) -> int | None:
    """How many places may be open; None where a row limits more than that."""
    a: Any = flat.matrix
    size = np.diff(a.indptr)
    row = np.repeat(np.arange(a.shape[0]), size)
    alone = np.bincount(row, flat.integer[a.indices], a.shape[0]) == size
    linked = np.zeros(a.shape[0], bool)
    linked[pairs(flat, -1)[0]] = True
    decided = served | flat.integer
    # Columns that are no decision stand where they help; what the others can then take at most must fit.
    most = np.where(a.data > 0, np.where(decided, flat.upper, flat.lower)[a.indices], 0.0)
    most = np.where(a.data < 0, np.where(decided, flat.lower, flat.upper)[a.indices], most)
    with np.errstate(invalid="ignore"):
        taken = np.bincount(row, a.data * np.where(np.isfinite(most), most, 0.0), a.shape[0])
    fits = taken <= flat.rhs + ALIKE * np.maximum(1.0, np.abs(flat.rhs))
    count = whole.size
    for i in np.flatnonzero(~linked & (flat.sense != 0) & ~((flat.sense < 0) & fits)):
        data = a.data[a.indptr[i] : a.indptr[i + 1]]
        if not alone[i] or flat.sense[i] > 0 or np.ptp(data) > 0 or data[0] <= 0 or size[i] < whole.size:
            return None
        count = min(count, int(np.floor(flat.rhs[i] / data[0] + ALIKE)))
    others = (flat.sense == 0) & (np.bincount(row, served[a.indices], a.shape[0]) < size)
    return None if others.any() or count < 1 else count


class _Search:
    def __init__(self, cost: np.ndarray, fee: np.ndarray, most: int) -> None:
        self.cost, self.fee, self.most = cost, fee, most

    def value(self, opened: np.ndarray) -> float:
        return float(self.cost[:, opened].min(axis=1).sum() + self.fee[opened].sum())

    def greedy(self) -> np.ndarray:
        """One place after the other, as long as that saves."""
        some = [int(np.argmin(self.cost.sum(axis=0) + self.fee))]
        near = self.cost[:, some[0]].copy()
        while len(some) < self.most:
            saved = np.maximum(near[:, None] - self.cost, 0.0).sum(axis=0) - self.fee
            saved[some] = -np.inf
            q = int(np.argmax(saved))
            if saved[q] <= 0:
                break
            some.append(q)
            near = np.minimum(near, self.cost[:, q])
        return np.sort(np.array(some))

    def kicked(self, opened: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """The same number of places, some of them others."""
        shut = np.setdiff1d(np.arange(self.fee.size), opened)
        many = min(shut.size, max(2, opened.size // 10), opened.size)
        out = random.choice(opened, many, replace=False)
        return np.sort(np.r_[np.setdiff1d(opened, out), random.choice(shut, many, replace=False)])

    def settled(self, opened: np.ndarray, until: float) -> np.ndarray:
        """The best change of one place, open, close or exchange, until none helps or the clock stands at `until`."""
        opened = opened.copy()
        while perf_counter() < until:
            change, best = self._best(opened)
            if best >= -ALIKE * abs(self.value(opened)):
                break
            shut, other = change
            opened = opened if shut < 0 else opened[opened != shut]
            opened = np.sort(np.append(opened, other)) if other >= 0 else opened
        return opened

    def _best(self, opened: np.ndarray) -> tuple[tuple[int, int], float]:
        """(place to close, place to open), -1 for none, and what that adds to the cost."""
        cost, fee, works = self.cost, self.fee, np.arange(self.cost.shape[0])
        mine = cost[:, opened]
        two = np.argpartition(mine, min(1, opened.size - 1), axis=1)[:, :2]
        first = two[works, np.argmin(mine[works[:, None], two], axis=1)]
        near = mine[works, first]
        mine[works, first] = np.inf
        next_ = mine.min(axis=1) if opened.size > 1 else np.full(works.size, np.inf)
        saves = np.minimum(cost - near[:, None], 0.0)
        add = saves.sum(axis=0) + fee
        add[opened] = np.inf
        found: list[tuple[float, int, int]] = []
        if opened.size < self.most:
            found.append((float(add.min()), -1, int(np.argmin(add))))
        lost = np.bincount(first, next_ - near, opened.size) - fee[opened]
        if opened.size > 1:
            found.append((float(lost.min()), int(opened[np.argmin(lost)]), -1))
        # Works of the place that closes go to the new one or to their second; all others only if that saves.
        moved = np.minimum(cost, next_[:, None]) - near[:, None] - saves
        order = np.argsort(first, kind="stable")
        starts = np.searchsorted(first[order], np.arange(opened.size))
        full = np.bincount(first, minlength=opened.size) > 0
        grouped = np.zeros((opened.size, fee.size))
        if full.any():
            grouped[full] = np.add.reduceat(moved[order], starts[full], axis=0)
        swap = grouped + add[None, :] - fee[opened][:, None]
        k = int(np.argmin(swap))
        found.append((float(swap.flat[k]), int(opened[k // fee.size]), k % fee.size))
        value, shut, other = min(found)
        return (shut, other), value
