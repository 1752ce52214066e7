"""Bounds that follow from bounds: fix an integer, and see what every row then leaves possible.

For a row sum_j a_j x_j <= b, with s the smallest value the sum can take over the box, each column obeys
a_k x_k <= b - (s - min a_k x_k); a row with s > b cannot be kept. The smallest and largest sums are kept up to date, so
a row is read only where its slack is less than the widest range of one of its columns.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import numpy as np

from planner.program import Flat

STEPS = 5_000
"""Rows read per fixing before propagation stops (what was found stays valid)."""

WORTH = 0.8
"""Share of its range that a continuous column must lose before its rows are read again."""

SWEEPS = 8
"""Readings of all rows at once before the first fixing."""

WHOLE = 1e-6
"""An integer this close to an integer is one."""


class Sums:
    """Smallest (or largest) value of each row over a box: finite part, and how many columns are open on that side."""

    def __init__(self, rows: int) -> None:
        self.finite = np.zeros(rows)
        self.open = np.zeros(rows, int)

    def move(self, rows: np.ndarray, a: np.ndarray, old: float, new: float) -> None:
        """Replace the bound `old` of one column by `new` in the rows it enters with coefficients a."""
        before, after = old if np.isfinite(old) else 0.0, new if np.isfinite(new) else 0.0
        self.finite[rows] += a * (after - before)
        self.open[rows] += int(not np.isfinite(new)) - int(not np.isfinite(old))


class Propagation:
    """A box that shrinks as columns are fixed; a fixing that breaks a row by bounds is refused and undone."""

    def __init__(self, flat: Flat, tol: float = 1e-7) -> None:
        a = flat.matrix.tocsr()
        self.flat, self.tol = flat, tol
        self.start, self.columns, self.values = a.indptr, a.indices, a.data
        self.rising, self.falling = a.maximum(0).tocsc(), a.minimum(0).tocsc()
        self.lower = np.where(flat.integer, np.ceil(flat.lower - WHOLE), flat.lower).astype(float)
        self.upper = np.where(flat.integer, np.floor(flat.upper + WHOLE), flat.upper).astype(float)
        self.trail: list[tuple[int, float, float]] = []
        self.queue: deque[int] = deque()
        self.waiting = np.zeros(flat.shape[0], bool)
        self.possible = bool((self.lower <= self.upper).all()) and self._sweep()
        self._sum_up()

    def fix(self, column: int, value: float) -> bool:
        """Fix one column and propagate; False, and nothing changed, if that breaks a row."""
        if not self.lower[column] - self.tol <= value <= self.upper[column] + self.tol:
            return False
        self.trail.clear()
        if self._visit(self._set(column, value, value)):
            return True
        for j, low, up in reversed(self.trail):
            self._put(j, low, up)
        return False

    def integer_box(self) -> tuple[np.ndarray, np.ndarray]:
        """Bounds for a re-solve: the box found on integers, the program's own box elsewhere (so prices stay prices)."""
        whole = self.flat.integer
        return np.where(whole, self.lower, self.flat.lower), np.where(whole, self.upper, self.flat.upper)

    def _sum_up(self) -> None:
        """Smallest and largest sum of each row, and the widest range of one column in it."""
        m = self.flat.shape[0]
        self.least, self.most, self.span = Sums(m), Sums(m), np.zeros(m)
        rows, j, a = np.repeat(np.arange(m), np.diff(self.start)), self.columns, self.values
        low, up = np.where(a > 0, self.lower[j], self.upper[j]), np.where(a > 0, self.upper[j], self.lower[j])
        for sums, bound in ((self.least, low), (self.most, up)):
            finite = np.isfinite(bound)
            np.add.at(sums.finite, rows[finite], (a * np.where(finite, bound, 0.0))[finite])
            np.add.at(sums.open, rows[~finite], 1)
        np.maximum.at(self.span, rows, np.abs(a) * (self.upper[j] - self.lower[j]))

    def _sweep(self) -> bool:
        """Tighten all columns by all rows at once, a few times; False if a row cannot be kept."""
        rows, j = np.repeat(np.arange(self.flat.shape[0]), np.diff(self.start)), self.columns
        for _ in range(SWEEPS):
            before = self.upper - self.lower
            for sign in (1.0, -1.0):
                live = (self.flat.sense * sign <= 0) & np.isfinite(self.flat.rhs)
                pick = live[rows]
                if not self._sweep_less(rows[pick], j[pick], sign * self.values[pick], sign * self.flat.rhs):
                    return False
            after = self.upper - self.lower
            if (after < before - 1e-2 * np.maximum(1.0, np.where(np.isfinite(before), before, 1.0))).sum() == 0:
                break
        return True

    def _sweep_less(self, rows: np.ndarray, j: np.ndarray, a: np.ndarray, b: np.ndarray) -> bool:
        """One reading of a.x <= b for all rows; entries as (rows, j, a)."""
        m, whole = b.size, self.flat.integer
        bound = np.where(a > 0, self.lower[j], self.upper[j])
        bounded = np.isfinite(bound)
        least = a * np.where(bounded, bound, 0.0)
        slack = b - np.bincount(rows, least, m)
        size = np.maximum(1.0, np.abs(np.where(np.isfinite(b), b, 0.0)))
        np.maximum.at(size, rows, np.abs(least))
        opened = np.bincount(rows[~bounded], minlength=m)
        if (slack < -self.tol * size)[rows[(opened == 0)[rows]]].any():
            return False
        pick = ((opened[rows] == 0) | ((opened[rows] == 1) & ~bounded)) & (a != 0)
        rows, j, a, least = rows[pick], j[pick], a[pick], least[pick]
        give = self.tol * size[rows] / np.abs(a)
        give = np.where(whole[j], np.maximum(give, WHOLE), give)
        limit = (slack[rows] + least) / a
        up, down = a > 0, a < 0
        np.minimum.at(self.upper, j[up], np.where(whole[j], np.floor(limit + give), limit + give)[up])
        np.maximum.at(self.lower, j[down], np.where(whole[j], np.ceil(limit - give), limit - give)[down])
        crossed = self.lower > self.upper
        if (crossed & (whole | (self.lower > self.upper + self.tol * np.maximum(1.0, np.abs(self.upper))))).any():
            return False
        middle = 0.5 * (self.lower[crossed] + self.upper[crossed])
        self.lower[crossed] = self.upper[crossed] = middle
        return True

    def _put(self, j: int, low: float, up: float) -> None:
        old_low, old_up = float(self.lower[j]), float(self.upper[j])
        for part, first, second in ((self.rising, self.least, self.most), (self.falling, self.most, self.least)):
            span = slice(part.indptr[j], part.indptr[j + 1])
            if span.start < span.stop:
                rows, a = part.indices[span], part.data[span]
                if low != old_low:
                    first.move(rows, a, old_low, low)
                if up != old_up:
                    second.move(rows, a, old_up, up)
        self.lower[j], self.upper[j] = low, up

    def _set(self, j: int, low: float, up: float) -> np.ndarray:
        """Change a column's bounds; the rows to read again."""
        self.trail.append((j, float(self.lower[j]), float(self.upper[j])))
        self._put(j, low, up)
        rows = np.concatenate([p.indices[p.indptr[j] : p.indptr[j + 1]] for p in (self.rising, self.falling)])
        sense, rhs = self.flat.sense[rows], self.flat.rhs[rows]
        less = (self.least.open[rows] == 1) | (rhs - self.least.finite[rows] < self.span[rows] + self.tol)
        more = (self.most.open[rows] == 1) | (self.most.finite[rows] - rhs < self.span[rows] + self.tol)
        less &= (sense <= 0) & (self.least.open[rows] <= 1)
        more &= (sense >= 0) & (self.most.open[rows] <= 1)
        return rows[less | more]

    def _visit(self, rows: np.ndarray) -> bool:
        self._enqueue(rows)
        steps, possible = STEPS, True
        while self.queue and steps > 0 and possible:
            i = self.queue.popleft()
            self.waiting[i] = False
            possible = self._row(i)
            steps -= 1
        self.waiting[list(self.queue)] = False
        self.queue.clear()
        return possible

    def _enqueue(self, rows: Iterable[int]) -> None:
        for i in rows:
            if not self.waiting[i]:
                self.waiting[i] = True
                self.queue.append(int(i))

    def _row(self, i: int) -> bool:
        """Tighten the columns of row i; False if the row cannot be kept."""
        span = slice(self.start[i], self.start[i + 1])
        columns, a, b, sense = self.columns[span], self.values[span], self.flat.rhs[i], self.flat.sense[i]
        return (sense > 0 or self._less(columns, a, b)) and (sense < 0 or self._less(columns, -1.0 * a, -b))

    def _less(self, columns: np.ndarray, a: np.ndarray, b: float) -> bool:
        """Tighten by a.x <= b; False if that cannot be."""
        if not np.isfinite(b):
            return True
        low, up = self.lower[columns], self.upper[columns]
        bound = np.where(a > 0, low, up)
        bounded = np.isfinite(bound)
        if np.count_nonzero(~bounded) > 1:
            return True
        least = a * np.where(bounded, bound, 0.0)
        slack = b - float(least.sum())
        size = max(1.0, abs(b), float(np.abs(least).max(initial=0.0)))
        if not bounded.all():
            # Only the open column can be bounded by this row.
            columns, a, low, up, least = (v[~bounded] for v in (columns, a, low, up, least))
        elif slack < -self.tol * size:
            return False
        room = slack + least
        # What a column loses, in units of a x; a continuous bound that creeps is not worth another reading of its rows.
        width = np.abs(a) * (up - low)
        lost = width - slack if bounded.all() else np.full(a.size, np.inf)
        worth = np.where(self.flat.integer[columns], 0.0, WORTH * width)
        for k in np.flatnonzero((lost > worth) & (a != 0)):
            if not self._tighten(int(columns[k]), float(a[k]), float(room[k]), self.tol * size):
                return False
        return True

    def _tighten(self, j: int, a: float, room: float, give: float) -> bool:
        """Tighten column j by a x <= room; False if its range is empty."""
        low, up, whole = float(self.lower[j]), float(self.upper[j]), bool(self.flat.integer[j])
        limit, give = room / a, give / abs(a)
        if a > 0:
            limit = np.floor(limit + max(give, WHOLE)) if whole else limit + give
            new_low, new_up = low, min(up, float(limit))
        else:
            limit = np.ceil(limit - max(give, WHOLE)) if whole else limit - give
            new_low, new_up = max(low, float(limit)), up
        if new_low > new_up:
            if whole or new_low > new_up + self.tol * max(1.0, abs(new_up)):
                return False
            new_low = new_up = 0.5 * (new_low + new_up)
        if new_low > low or new_up < up:
            self._enqueue(self._set(j, new_low, new_up))
        return True
