"""A program scaled for first-order steps: Ruiz, then Pock and Chambolle, then rows and costs of about unit length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from scipy import sparse

from planner.flat import Flat

RUIZ_PASSES = 10


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Scaled:
    """cost, lower, upper: [n]; rhs, sense: [m], of the scaled program.

    column, row: [n], [m], scales; amount, money: sizes of all amounts and of all costs. In program units x is
    ``column * amount * x`` and y is ``row * money * y``.
    """

    cost: Any
    lower: Any
    upper: Any
    rhs: Any
    sense: Any
    column: Any
    row: Any
    amount: Any
    money: Any

    def plain_x(self, x: Any) -> Any:
        """Columns [n] in program units."""
        return x * self.column * self.amount

    def plain_y(self, y: Any) -> Any:
        """Prices [m] in program units."""
        return y * self.row * self.money

    def scaled_x(self, x: Any) -> Any:
        """Inverse of `plain_x`."""
        return x / (self.column * self.amount)

    def scaled_y(self, y: Any) -> Any:
        """Inverse of `plain_y`."""
        return y / (self.row * self.money)


def scaled(flat: Flat) -> tuple[sparse.csr_matrix, Scaled]:
    """The scaled matrix and program; implied upper bounds are left out (float64 NumPy)."""
    a = sparse.csr_matrix(flat.matrix, copy=True)
    m, n = flat.shape
    column, row = np.ones(n), np.ones(m)
    line = np.repeat(np.arange(m), np.diff(a.indptr))

    def shrink(by_row: np.ndarray, by_column: np.ndarray) -> None:
        by_row, by_column = (np.where(v > 0, v, 1.0) for v in (by_row, by_column))
        a.data /= np.sqrt(by_row[line] * by_column[a.indices])
        row[:] /= np.sqrt(by_row)
        column[:] /= np.sqrt(by_column)

    for _ in range(RUIZ_PASSES):
        size = sparse.csr_matrix((np.abs(a.data), a.indices, a.indptr), a.shape)
        if a.nnz:
            shrink(size.max(axis=1).toarray().ravel(), size.max(axis=0).toarray().ravel())
    size = sparse.csr_matrix((np.abs(a.data), a.indices, a.indptr), a.shape)
    shrink(np.asarray(size.sum(axis=1)).ravel(), np.asarray(size.sum(axis=0)).ravel())
    amount = 1.0 + float(np.linalg.norm(flat.rhs * row))
    money = 1.0 + float(np.linalg.norm(flat.cost * column))
    upper = np.where(flat.implied & (flat.lower < flat.upper), np.inf, flat.upper)
    return a, Scaled(
        cost=flat.cost * column / money,
        lower=flat.lower / column / amount,
        upper=upper / column / amount,
        rhs=flat.rhs * row / amount,
        sense=flat.sense.astype(float),
        column=column,
        row=row,
        amount=amount,
        money=money,
    )
