"""A program over flat existing rows and columns: what engines and the certificate read (float64 NumPy)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

import numpy as np
from scipy import sparse


@dataclass(frozen=True, eq=False)
class Flat:
    """A program over flat existing rows and columns: what engines and the certificate read (float64 NumPy).

    period, group, weight: hints per column (`VariableBlock`). before: [rows], the row of the same limit one period
    earlier (-1: none), a hint to engines that eliminate rows as steps in time.
    """

    matrix: sparse.csr_matrix
    cost: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    rhs: np.ndarray
    sense: np.ndarray
    integer: np.ndarray
    implied: np.ndarray
    constant: float = 0.0
    period: np.ndarray | None = None
    group: np.ndarray | None = None
    weight: np.ndarray | None = None
    before: np.ndarray | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows, columns."""
        return cast(tuple[int, int], self.matrix.shape)

    @cached_property
    def by_column(self) -> tuple[sparse.csr_matrix, sparse.csr_matrix, np.ndarray]:
        """The matrix transposed, its absolute values, and the entries of each column: what a bound reads every time."""
        turned = sparse.csr_matrix(self.matrix.T)
        return turned, abs(turned), np.diff(turned.indptr)

    @cached_property
    def smallest_entry(self) -> float:
        """Smallest absolute value of an entry that is not zero (inf without one)."""
        sizes = np.abs(self.matrix.data)
        return float(sizes[sizes > 0].min(initial=np.inf))

    def value(self, x: np.ndarray) -> float:
        """Objective at x."""
        return float(self.cost @ x + self.constant)

    def with_bounds(self, lower: np.ndarray, upper: np.ndarray) -> Flat:
        """The same program over another box (bounds that were tightened are no longer implied)."""
        changed = (upper < self.upper) | (lower > self.lower)
        return replace(self, lower=lower, upper=upper, implied=self.implied & ~changed)
