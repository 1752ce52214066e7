"""Bounds that follow from bounds: fix an integer, and see what every row then leaves possible.

For a row sum_j a_j x_j <= b, with s the smallest value the sum can take over the box, each column obeys
a_k x_k <= b - (s - min a_k x_k); a row with s > b cannot be kept.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from planner.program import Flat

STEPS = 20_000
"""Rows visited per fixing before propagation stops (what was found stays valid)."""


class Propagation:
    """A box that shrinks as columns are fixed; a fixing that breaks a row by bounds is refused and undone."""

    def __init__(self, flat: Flat, tol: float = 1e-7) -> None:
        a = flat.matrix.tocsr()
        self.flat, self.tol = flat, tol
        self.start, self.columns, self.values = a.indptr, a.indices, a.data
        by_column = a.tocsc()
        self.column_start, self.column_rows = by_column.indptr, by_column.indices
        self.lower = np.where(flat.integer, np.ceil(flat.lower - 1e-6), flat.lower).astype(float)
        self.upper = np.where(flat.integer, np.floor(flat.upper + 1e-6), flat.upper).astype(float)
        self.trail: list[tuple[int, float, float]] = []
        self.possible = bool((self.lower <= self.upper).all()) and self._visit(range(flat.shape[0]))
        self.trail.clear()

    def fix(self, column: int, value: float) -> bool:
        """Fix one column and propagate; False, and nothing changed, if that breaks a row."""
        if not self.lower[column] - self.tol <= value <= self.upper[column] + self.tol:
            return False
        self.trail.clear()
        self._set(column, value, value)
        rows = self.column_rows[self.column_start[column] : self.column_start[column + 1]]
        if self._visit(rows):
            return True
        for j, low, up in reversed(self.trail):
            self.lower[j], self.upper[j] = low, up
        return False

    def integer_box(self) -> tuple[np.ndarray, np.ndarray]:
        """Bounds for a re-solve: the box found on integers, the program's own box elsewhere (so prices stay prices)."""
        whole = self.flat.integer
        return np.where(whole, self.lower, self.flat.lower), np.where(whole, self.upper, self.flat.upper)

    def _set(self, column: int, low: float, up: float) -> None:
        self.trail.append((column, float(self.lower[column]), float(self.upper[column])))
        self.lower[column], self.upper[column] = low, up

    def _visit(self, rows) -> bool:
        queue, waiting = deque(int(i) for i in rows), set(int(i) for i in rows)
        for _ in range(max(STEPS, len(queue))):
            if not queue:
                break
            i = queue.popleft()
            waiting.discard(i)
            changed = self._row(i)
            if changed is None:
                return False
            for j in changed:
                for k in self.column_rows[self.column_start[j] : self.column_start[j + 1]]:
                    if k != i and k not in waiting:
                        waiting.add(int(k))
                        queue.append(int(k))
        return True

    def _row(self, i: int) -> list[int] | None:
        """Columns tightened by row i; None if the row cannot be kept."""
        span = slice(self.start[i], self.start[i + 1])
        sense, changed = self.flat.sense[i], []
        for sign in (1.0, -1.0):
            if sense * sign > 0:
                continue
            more = self._less(self.columns[span], sign * self.values[span], sign * self.flat.rhs[i])
            if more is None:
                return None
            changed += more
        return changed

    def _less(self, columns: np.ndarray, a: np.ndarray, b: float) -> list[int] | None:
        """Tighten by a.x <= b."""
        if not np.isfinite(b):
            return []
        low, up = self.lower[columns], self.upper[columns]
        with np.errstate(invalid="ignore"):
            least = np.where(a > 0, a * low, np.where(a < 0, a * up, 0.0))
        open_ended = np.isneginf(least)
        count = int(open_ended.sum())
        if count > 1:
            return []
        total = float(least[~open_ended].sum())
        slack = b - total
        size = max(1.0, abs(b), float(np.abs(least[~open_ended]).max(initial=0.0)))
        if count == 0 and slack < -self.tol * size:
            return None
        room = np.where(open_ended, slack, slack + np.where(open_ended, 0.0, least) if count == 0 else np.inf)
        changed = []
        with np.errstate(invalid="ignore", divide="ignore"):
            limit = room / a
        tight = np.where(
            a > 0, limit < up - 1e-6 * np.maximum(1.0, np.abs(up)), limit > low + 1e-6 * np.maximum(1.0, np.abs(low))
        )
        for k in np.flatnonzero(tight & (a != 0) & np.isfinite(limit)):
            j, value, give = int(columns[k]), float(limit[k]), self.tol * size / abs(a[k])
            old_low, old_up = float(self.lower[j]), float(self.upper[j])
            whole = bool(self.flat.integer[j])
            if a[k] > 0:
                value = np.floor(value + max(give, 1e-6)) if whole else value + give
                new_low, new_up = old_low, min(old_up, value)
                gain = old_up - new_up
            else:
                value = np.ceil(value - max(give, 1e-6)) if whole else value - give
                new_low, new_up = max(old_low, value), old_up
                gain = new_low - old_low
            # A continuous bound that creeps is not worth another round over its rows.
            if gain <= (0.0 if whole else 1e-3 * max(1.0, abs(value))):
                continue
            if new_low > new_up:
                if whole or new_low > new_up + self.tol * max(1.0, abs(new_up)):
                    return None
                new_low = new_up = 0.5 * (new_low + new_up)
            self._set(j, new_low, new_up)
            changed.append(j)
        return changed
