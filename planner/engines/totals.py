"""Rounding that keeps totals: what is rounded off in one period is carried to the next, group by group."""

from __future__ import annotations

import numpy as np

from planner.program import Flat

WHOLE = 1e-6
"""An integer this close to an integer is one."""


def shared_rows(flat: Flat) -> np.ndarray:
    """Group of each column [n]: the <= or = row with the most integer columns, all of one sign; -1 without one."""
    whole = np.flatnonzero(flat.integer)
    a = flat.matrix[:, whole].tocsr()
    mixed = np.asarray(abs(a).sum(axis=1)).ravel() - np.abs(np.asarray(a.sum(axis=1)).ravel())
    size = np.where((flat.sense <= 0) & (mixed <= 1e-12), np.diff(a.indptr), 0)
    group = np.full(flat.shape[1], -1)
    by_column = a.tocsc()
    for k, j in enumerate(whole):
        rows = by_column.indices[by_column.indptr[k] : by_column.indptr[k + 1]]
        if rows.size and size[rows].max() > 1:
            group[j] = rows[np.argmax(size[rows])]
    return group


def whole_totals(
    x: np.ndarray, columns: np.ndarray, period: np.ndarray, group: np.ndarray, weight: np.ndarray | None = None
) -> np.ndarray:
    """Round the given columns of x [n] so that the running weighted total of each group stays within half a column.

    Period after period, the largest fractions of a group go up while that brings its total nearer to the relaxed one;
    what is left over is carried to the next period.
    """
    x = x.copy()
    weight = np.ones(x.size) if weight is None else weight
    down = np.floor(x[columns] + WHOLE)
    fraction = np.clip(x[columns] - down, 0.0, 1.0)
    x[columns] = down
    carry, last = 0.0, None
    order = np.lexsort((-fraction, period[columns], group[columns]))
    turn = (np.diff(group[columns[order]]) != 0) | (np.diff(period[columns[order]]) != 0)
    starts = np.flatnonzero(np.r_[np.ones(min(order.size, 1), bool), turn])
    for first, stop in zip(starts, np.r_[starts[1:], order.size], strict=True):
        mine = order[first:stop]
        g = group[columns[mine[0]]]
        for part in [mine] if g >= 0 else [np.array([k]) for k in mine]:
            carry = carry if g >= 0 and g == last else 0.0
            carry += float((fraction[part] * weight[columns[part]]).sum())
            last = g
            for k in part:
                j = columns[k]
                if fraction[k] > WHOLE and carry >= weight[j] / 2:
                    x[j] += 1.0
                    carry -= weight[j]
    return x
