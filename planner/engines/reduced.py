"""What is left of a program when a relaxation is solved many times: ties are substituted, links are added when needed.

A tie is a row ``u x + v z = 0`` of a continuous and an integer column: x follows z and its row goes. A link is a row
``u x + v z <= 0`` of the same kind (served only from an open place): there are as many as pairs, few of them bind, so
they are added where a relaxation breaks them. Prices come back for every row: zero on links that were never needed, and
on ties what makes the reduced cost of x zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from planner.program import Flat

MANY = 500
"""Fewest links that are worth leaving out."""

FEW = 3_000
"""Fewest linked columns that are worth passing late."""

NEAREST = 6
"""Linked columns of each equality that are passed at once, the cheapest."""

SHARE = 0.5
"""Least share of links in the rows that are left, for leaving them out."""

BROKEN = 1e-9
"""A link is added when it is broken by more than this, relative to its largest coefficient."""


@dataclass(frozen=True, eq=False)
class Reduced:
    """A program over the columns that are kept.

    kept [k]: columns. matrix ``[m, k]`` and cost [k]: rows and money, tied columns added to the one they follow.
    rows: those passed at once. links: those left out. late [k]: columns that are left out at first, as they enter only
    by a link and there are cheaper ones. tied, owner, ratio, row, unit: column x, the kept column it
    follows, x = ratio z, the row of the tie and the coefficient of x in it.
    """

    flat: Flat
    kept: np.ndarray
    matrix: sparse.csr_matrix
    cost: np.ndarray
    rows: np.ndarray
    links: np.ndarray
    late: np.ndarray
    tied: np.ndarray
    owner: np.ndarray
    ratio: np.ndarray
    row: np.ndarray
    unit: np.ndarray

    @staticmethod
    def of(flat: Flat) -> Reduced:
        """Substitute the ties of a program and set its links apart, where there are many."""
        m, n = flat.shape
        row, x, z, unit, ratio = pairs(flat, 0)
        # A tie goes only where the box of x says nothing that the box of z does not say.
        low, up = ratio * flat.lower[z], ratio * flat.upper[z]
        fits = (low >= flat.lower[x] - 1e-12) & (up <= flat.upper[x] * (1 + 1e-12) + 1e-12) & (ratio > 0)
        _, first = np.unique(x, return_index=True)
        alone = np.zeros(x.size, bool)
        alone[first] = True
        row, x, z, unit, ratio = (v[fits & alone] for v in (row, x, z, unit, ratio))
        kept = np.ones(n, bool)
        kept[x] = False
        turn = sparse.csr_matrix(
            (np.r_[np.ones(n - x.size), ratio], (np.r_[np.flatnonzero(kept), x], np.r_[np.flatnonzero(kept), z])),
            shape=(n, n),
        )[:, np.flatnonzero(kept)]
        matrix = sparse.csr_matrix(flat.matrix @ turn) if x.size else flat.matrix
        left = np.ones(m, bool)
        left[row] = False
        links, linked = pairs(flat, -1)[:2]
        if links.size < max(MANY, SHARE * left.sum()):
            links, linked = links[:0], linked[:0]
        left[links] = False
        cost = turn.T @ flat.cost if x.size else flat.cost
        late = np.zeros(n, bool)
        late[linked[flat.lower[linked] == 0]] = True
        late = late[kept]
        return Reduced(
            flat,
            np.flatnonzero(kept),
            matrix,
            cost,
            np.flatnonzero(left),
            links,
            late & ~_nearest(flat, matrix, cost, late) if late.sum() >= FEW else late & False,
            x,
            z,
            ratio,
            row,
            unit,
        )

    def broken(self, x: np.ndarray, there: np.ndarray) -> np.ndarray:
        """Links (positions in `links`) that x [k] breaks and that are not there yet [links]."""
        if not self.links.size:
            return self.links
        over = self._linked @ x
        return np.flatnonzero((over > BROKEN * self._size) & ~there)

    @cached_property
    def _linked(self) -> sparse.csr_matrix:
        return sparse.csr_matrix(self.matrix[self.links])

    @cached_property
    def _size(self) -> np.ndarray:
        return np.asarray(abs(self._linked).max(axis=1).todense()).ravel()

    @cached_property
    def turned(self) -> sparse.csr_matrix:
        """The matrix over the columns that are kept, turned ``[k, m]``."""
        return sparse.csr_matrix(self.matrix.T)

    def link(self, which: np.ndarray) -> sparse.csr_matrix:
        """Links by their positions, over the columns that are kept."""
        return sparse.csr_matrix(self._linked[which])

    def weighed(self, y: np.ndarray) -> np.ndarray:
        """The same prices [m], where a link without one takes the negative reduced cost of its column away."""
        row, x, _, unit, _ = pairs(self.flat, -1)
        mine = np.isin(row, self.links) & (y[row] == 0)
        lacks = np.minimum((self.flat.cost - self.flat.by_column[0] @ y)[x], 0.0)
        out = y.copy()
        out[row[mine]] = (lacks / unit)[mine]
        return out

    def columns(self, x: np.ndarray) -> np.ndarray:
        """All columns [n] from those that are kept [k]."""
        out = np.zeros(self.flat.shape[1])
        out[self.kept] = x
        out[self.tied] = self.ratio * out[self.owner]
        return out

    def prices(self, y: np.ndarray, *, cost: bool = True) -> np.ndarray:
        """Prices of all rows [m], from y [m] that is zero on ties; without cost for a proof that there is no plan."""
        if not self.tied.size:
            return y
        owed = (self.flat.cost if cost else np.zeros(self.flat.shape[1])) - self.flat.by_column[0] @ y
        out = y.copy()
        out[self.row] = owed[self.tied] / self.unit
        return out


def pairs(flat: Flat, sense: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Rows ``u x + v z`` against 0 of a continuous x and an integer z, u > 0 > v: row, x, z, u, and -v / u."""
    a = flat.matrix
    i = np.flatnonzero((np.diff(a.indptr) == 2) & (flat.sense == sense) & (flat.rhs == 0))
    first, second = a.indptr[i], a.indptr[i] + 1
    swap = flat.integer[a.indices[first]]
    first, second = np.where(swap, second, first), np.where(swap, first, second)
    x, z, u, v = a.indices[first], a.indices[second], a.data[first], a.data[second]
    good = ~flat.integer[x] & flat.integer[z] & ((u > 0) & (v < 0) if sense else u * v < 0)
    row, x, z, u, v = (np.asarray(part)[good] for part in (i, x, z, u, v))
    return row, x, z, u, -v / u


def _nearest(flat: Flat, matrix: sparse.csr_matrix, cost: np.ndarray, late: np.ndarray) -> np.ndarray:
    """The cheapest of the late columns in each equality, and those in none."""
    there = np.flatnonzero(late)
    rows = np.flatnonzero(flat.sense == 0)
    entries = matrix[rows][:, there].tocoo()
    row, column = np.asarray(entries.row), np.asarray(entries.col)
    order = np.lexsort((cost[there[column]], row))
    starts = np.searchsorted(row[order], np.arange(rows.size))
    rank = np.arange(order.size) - starts[row[order]]
    out = late.copy()
    out[there[column]] = False
    out[there[column[order[rank < NEAREST]]]] = True
    return out
