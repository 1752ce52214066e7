"""Where nothing is in the way: how much of each limit could go, alone, before no plan is left."""

from __future__ import annotations

from time import monotonic

import numpy as np

from planner.diagnose.feasible import breach
from planner.diagnose.levers import Cell
from planner.diagnose.model import Model, left, stacked

MOST = 10.0
"""Margins above this share of an input are not told."""


def margins(model: Model, cells: list[Cell], time: float) -> list[tuple[Cell, float, float]]:
    """(cell, margin in its unit or as a share, margin over its value), the tightest first.

    Integers are left fractional. Cells whose room depends on what is chosen have no margin of their own.
    """
    end = monotonic() + time
    x = np.zeros(model.base.shape[1])
    found = []
    for cell in cells:
        if monotonic() > end:
            break
        here = np.atleast_1d(model.data[cell.table][cell.column][cell.row])
        step = cell.unit if cell.way == "times" else min(cell.unit, float(here.min()) / 2)
        if step <= 0:
            continue
        less = model.flat({cell: -step / cell.unit})
        base = model.base
        same = less.matrix.nnz == base.matrix.nnz and np.array_equal(less.matrix.data, base.matrix.data)
        loss = left(base, x) - left(less, x)
        if not same or not np.any(np.abs(loss) > 1e-12):
            continue
        whole = MOST if cell.way == "times" else float(here.min())
        most = whole / step
        answer = breach(base, stacked([-loss], base.shape[0]), np.array([-1.0]), np.array([most]), firm=True)
        if not answer.ok:
            continue
        amount = float(answer.steps[0]) * step
        share = amount if cell.way == "times" else amount / float(here.min())
        if share < (MOST if cell.way == "times" else 1.0) - 1e-6:
            found.append((cell, amount, share))
    return sorted(found, key=lambda f: f[2])
