"""From a matrix to the index arrays of its factorisation (NumPy, once per pattern)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
from scipy import sparse

from planner.engines.interior.elimination import Batch, Costs, Front, batches, cost, elimination
from planner.engines.interior.fronts import Group, Structure
from planner.engines.interior.memory import fits, may_fit
from planner.engines.interior.stepping import Steps, stepped
from planner.engines.interior.sums import COARSE, bucketed, index, sums, sums_from

ZERO, ONE, ENTRIES = 0, 1, 2
"""The pool of numbers begins with a zero, a one, and then the entries of the normal matrix."""


def structure_of(
    matrix: sparse.csr_matrix,
    price: Costs,
    before: np.ndarray | None = None,
    others: Sequence[np.ndarray] = (),
) -> Structure:
    """The structure of a matrix A [m, n]; its numbers are read only to see which are equal in two rows.

    before: [m], the row of the same limit one period earlier (-1: none). Rows are eliminated as steps in time where
    that is cheaper, else as they stand. others: values [nnz] of A in further programs of this structure. price: what
    elimination costs on the device.
    """
    plain = stepped(matrix, None)
    other = stepped(matrix, before, others) if before is not None and (before >= 0).any() else None
    m, n = cast(tuple[int, int], matrix.shape)
    size = m + n + matrix.nnz
    may_fit(min(_terms(p) for p, _ in (plain, other or plain)), size)
    pattern, steps = plain
    fronts, turn = elimination(pattern, price)
    if other is not None:
        changed = elimination(other[0], price)
        if cost(changed[0], price) < cost(fronts, price):
            (pattern, steps), (fronts, turn) = other, changed
    return _laid_out(matrix, pattern, steps, fronts, turn, price)


def _laid_out(
    matrix: sparse.csr_matrix,
    pattern: sparse.csr_matrix,
    steps: Steps,
    fronts: list[Front],
    turn: np.ndarray,
    price: Costs,
) -> Structure:
    m, n = cast(tuple[int, int], matrix.shape)
    column, row = matrix.indices.astype(np.int64), np.repeat(np.arange(m), np.diff(matrix.indptr))
    over, line = pattern.indices.astype(np.int64), np.repeat(np.arange(m), np.diff(pattern.indptr))
    first, second = _pairs(over, n + m)
    swap = turn[line[first]] < turn[line[second]]
    first, second = np.where(swap, second, first), np.where(swap, first, second)
    keys, place = np.unique(
        np.concatenate([np.arange(m) * (m + 1), line[first] * m + line[second]]), return_inverse=True
    )
    entry_rows = np.stack(np.divmod(keys, max(m, 1)), axis=1)
    shapes = batches(fronts, price)
    update_at, updates = updates_in_pool(fronts, shapes)
    fits(shapes, len(keys) + updates, len(first), m + n + matrix.nnz)
    layout = _Groups(fronts, shapes, turn, entry_rows, ENTRIES + len(keys) + update_at, ENTRIES + len(keys) + updates)
    return Structure(
        row=index(row),
        column=index(column),
        by_row=sums(row, m, COARSE),
        by_column=sums(column, n, COARSE),
        steps=steps,
        first=index(first),
        second=index(second),
        over=index(over[first]),
        entry=sums(place[m:], len(keys)),
        entry_rows=index(entry_rows),
        diagonal=index(place[:m]),
        slot=index(layout.slot),
        row_of=index(layout.row_of),
        groups=tuple(layout.groups()),
        shape=(m, n),
        pool=layout.pool,
        inverted=price.inverted,
        vectors=layout.vectors,
    )


def _terms(pattern: sparse.csr_matrix) -> int:
    """How many products of two entries of a column there are."""
    size = np.bincount(pattern.indices).astype(np.int64)
    return int((size * (size + 1) // 2).sum())


def _pairs(column: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """All pairs (with repetition) of entries that share a column."""
    order = np.argsort(column, kind="stable")
    size = np.bincount(column, minlength=n)
    start = np.cumsum(size) - size
    firsts, seconds = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for d in np.unique(size[size > 0]):
        mine = order[start[size == d][:, None] + np.arange(d)]
        a, b = np.tril_indices(d)
        firsts.append(mine[:, a].ravel())
        seconds.append(mine[:, b].ravel())
    return np.concatenate(firsts), np.concatenate(seconds)


def updates_in_pool(fronts: list[Front], shapes: list[Batch]) -> tuple[np.ndarray, int]:
    """Where the updates [B, r, r] of each batch go, from 0 on, and the room that all take.

    What the last parent of a batch has read is free for the updates of that parent's batch and of later ones.
    """
    batch_of = np.empty(len(fronts), np.int64)
    for i, shape in enumerate(shapes):
        batch_of[shape.fronts] = i
    needed = [
        max((int(batch_of[fronts[f].parent]) for f in s.fronts if fronts[f].parent >= 0), default=-1) for s in shapes
    ]
    at, end = np.zeros(len(shapes), np.int64), 0
    held: list[tuple[int, int, int]] = []
    for i, shape in enumerate(shapes):
        held = [(start, stop, until) for start, stop, until in held if until > i]
        size, here = len(shape.fronts) * shape.border**2, 0
        for start, stop, _ in sorted(held):
            if start - here >= size:
                break
            here = max(here, stop)
        at[i], end = here, max(end, here + size)
        if size:
            held.append((here, here + size, needed[i]))
    return at, end


class _Groups:
    """Where pivots, updates and vectors of every front stand; then the gathers of each batch of fronts.

    update_at: [batches], where the updates of a batch go in the pool; shared_at: where sums of several sources go.
    """

    def __init__(
        self,
        fronts: list[Front],
        shapes: list[Batch],
        turn: np.ndarray,
        entry_rows: np.ndarray,
        update_at: np.ndarray,
        shared_at: int,
    ) -> None:
        self.fronts, self.shapes, self.turn, self.entry_rows = fronts, shapes, turn, entry_rows
        self.update_at, self.shared_at = update_at, shared_at
        m = turn.size
        self.slot, self.place = np.empty(m, np.int64), np.empty(m, np.int64)
        self.vector_at = np.empty(len(fronts), np.int64)
        front_of = np.empty(m, np.int64)
        slots = vectors = 0
        for shape in shapes:
            for f in shape.fronts:
                pivots = fronts[f].pivots
                front_of[pivots], self.place[pivots] = f, np.arange(pivots.size)
                self.slot[pivots] = slots + np.arange(pivots.size)
                self.vector_at[f] = vectors
                slots, vectors = slots + shape.pivots, vectors + shape.border
        self.row_of = np.full(slots, m)
        self.row_of[self.slot] = np.arange(m)
        self.vectors = vectors
        self.children: list[list[int]] = [[] for _ in fronts]
        for i, f in enumerate(fronts):
            if f.parent >= 0:
                self.children[f.parent].append(i)
        owner = front_of[entry_rows[:, 1]]
        self.by_front = np.argsort(owner, kind="stable")
        self.starts = np.searchsorted(owner[self.by_front], np.arange(len(fronts) + 1))
        self.pool = shared_at

    def groups(self) -> list[Group]:
        """One group per batch, children before parents."""
        to = [self.slot[f.border] for f in self.fronts]
        vector = [self.vector_at[i] + np.arange(f.border.size) for i, f in enumerate(self.fronts)]
        to, vector = np.concatenate([np.zeros(0, int), *to]), np.concatenate([np.zeros(0, int), *vector])
        order = np.argsort(to, kind="stable")
        to, vector = to[order], vector[order]
        origin = np.zeros((len(self.fronts), 2), np.int64)
        out: list[Group] = []
        slots = vectors = 0
        for shape, update_at in zip(self.shapes, self.update_at.tolist(), strict=True):
            count, k, r = len(shape.fronts), shape.pivots, shape.border
            source, border, target, second = self._sources(shape, origin)
            origin[shape.fronts] = np.stack([update_at + np.arange(count) * r * r, np.full(count, r)], axis=1)
            flat = source.reshape(-1)
            met, segment = np.unique(target, return_inverse=True)
            segment, both = np.concatenate([np.arange(met.size), segment]), np.concatenate([flat[met], second])
            buckets, place = bucketed(segment, met.size, both, ZERO, 2 * COARSE)
            flat[met] = self.shared_at + place
            self.pool = max(self.pool, self.shared_at + sum(len(b) for b in buckets))
            rest = source[:, k:, k:]
            here = slice(*np.searchsorted(to, [slots, slots + count * k]))
            out.append(
                Group(
                    square=index(source[:, :k, :k]),
                    below=index(source[:, k:, :k]),
                    rest=index(rest) if (rest != ZERO).any() else None,
                    shared=tuple(index(b) for b in buckets),
                    border=index(border),
                    arriving=sums_from(to[here] - slots, count * k, vector[here], self.vectors),
                    pivots=k,
                    shared_at=self.shared_at,
                    update_at=update_at,
                    slot_at=slots,
                    vector_at=vectors,
                )
            )
            slots, vectors = slots + count * k, vectors + count * r
        return out

    def _sources(self, shape: Batch, origin: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """First source of each entry [B, k+r, k+r], border slots [B, r], then (entry, source) of all further ones.

        origin: [fronts, 2], where the update of an earlier front begins in the pool, and its padded side.
        """
        k, side = shape.pivots, shape.pivots + shape.border
        source = np.full((len(shape.fronts), side, side), ZERO)
        border = np.full((len(shape.fronts), shape.border), self.row_of.size)
        targets, seconds = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for b, f in enumerate(shape.fronts):
            front = self.fronts[f]
            border[b, : front.border.size] = self.slot[front.border]
            mine = source[b]
            spare = np.arange(front.pivots.size, k)
            mine[spare, spare] = ONE
            rows = np.concatenate([front.pivots, front.border])
            stands = np.concatenate([np.arange(front.pivots.size), k + np.arange(front.border.size)])
            order = np.argsort(self.turn[rows])
            turns, stands = self.turn[rows][order], stands[order]
            entries = self.by_front[self.starts[f] : self.starts[f + 1]]
            lower, upper = self.entry_rows[entries].T
            mine[stands[np.searchsorted(turns, self.turn[lower])], self.place[upper]] = ENTRIES + entries
            flat = mine.reshape(-1)
            for child in self.children[f]:
                at = stands[np.searchsorted(turns, self.turn[self.fronts[child].border])]
                i, j = np.tril_indices(at.size)
                target, second = at[i] * side + at[j], origin[child, 0] + i * origin[child, 1] + j
                free = flat[target] == ZERO
                flat[target[free]] = second[free]
                targets.append(b * side * side + target[~free])
                seconds.append(second[~free])
        return source, border, np.concatenate(targets), np.concatenate(seconds)
