"""Rows as steps in time: each row less the row of the same limit one period before.

A running total (what stands is all that was ever delivered) puts a column into every later row, so that the normal
matrix ``N = A D A'`` is full in time. With B = F A, where F subtracts from each row its predecessor, a delivery stands
in one row or two, and ``B D B'`` is nearly block-tridiagonal in time. The factor is that of ``B D B'``; solving with it
is ``N^-1 = F' (B D B')^-1 F``, so nothing else of the method knows of steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np
from scipy import sparse

from planner.engines.interior.sums import index

CANCELLED = 1e-12
"""Entries of a row and of its predecessor are equal when they differ by at most this share of their mean size [-]."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Steps:
    """How B [m, n + m] is made of A [m, n] and of one unit column per row, which holds rows without any weight.

    whole, less: [entries of B], positions of entries of A, of unit columns (behind them) or of a zero (the last): an
    entry of B is the first less the second. equal: [2, pairs], positions that were equal and gave no entry.
    before, after: [m], the row one period earlier and later (m: none).
    """

    whole: Any
    less: Any
    equal: Any
    before: Any
    after: Any


class Normal(NamedTuple):
    """What the normal matrix of one program is made of.

    products: [terms], of two entries of B. squares: [nnz], of the entries of A. scale: [m], row scales taken out of
    A before its rows were subtracted.
    """

    products: Any
    squares: Any
    scale: Any


def stepped(
    matrix: sparse.csr_matrix, before: np.ndarray | None, others: Sequence[np.ndarray] = ()
) -> tuple[sparse.csr_matrix, Steps]:
    """Pattern of B [m, n + m] and how it is made; `before`: [m], row one period earlier (-1: none; None: no steps).

    Entries that are equal in a row and in its predecessor, in A and with all `others` as values [nnz] of A, are no
    entries of B.
    """
    m, n = cast(tuple[int, int], matrix.shape)
    before = np.full(m, -1) if before is None else np.asarray(before)
    after = np.full(m, -1)
    after[before[before >= 0]] = np.flatnonzero(before >= 0)
    linked = np.flatnonzero((before >= 0) | (after >= 0))
    row = np.concatenate([np.repeat(np.arange(m), np.diff(matrix.indptr)), linked])
    column = np.concatenate([matrix.indices, n + linked]).astype(np.int64)
    place = np.concatenate([np.arange(matrix.nnz), matrix.nnz + linked])
    zero = matrix.nnz + m
    goes_on = after[row] >= 0
    key = np.concatenate([row * (n + m) + column, after[row][goes_on] * (n + m) + column[goes_on]])
    keys, at = np.unique(key, return_inverse=True)
    whole, less = np.full(keys.size, zero), np.full(keys.size, zero)
    whole[at[: row.size]], less[at[row.size :]] = place, place[goes_on]
    kept = (whole == zero) | (less == zero)
    for values in (matrix.data, *others):
        numbers = np.concatenate([values, np.ones(m), np.zeros(1)])
        kept |= differing(numbers[whole], numbers[less], CANCELLED)
    row, column = np.divmod(keys[kept], n + m)
    start = np.searchsorted(row, np.arange(m + 1))
    pattern = sparse.csr_matrix((np.ones(row.size), column, start), (m, n + m))
    return pattern, Steps(
        index(whole[kept]),
        index(less[kept]),
        index(np.stack([whole[~kept], less[~kept]])),
        index(np.where(before < 0, m, before)),
        index(np.where(after < 0, m, after)),
    )


def differing(one: Any, other: Any, share: float) -> Any:
    """Which numbers differ by more than a share of their mean size."""
    return abs(one - other) > share * (abs(one) + abs(other)) / 2


def suits(steps: Steps, values: jax.Array) -> jax.Array:
    """Whether entries of A [nnz] are equal where the structure takes them to be."""
    padded = jnp.concatenate([values, jnp.ones(steps.before.size), jnp.zeros(1)])
    one, other = padded[steps.equal]
    return ~jnp.any(differing(one, other, 1e6 * CANCELLED))


def entries(steps: Steps, values: jax.Array) -> jax.Array:
    """Entries of B, from the entries of A [nnz]."""
    padded = jnp.concatenate([values, jnp.ones(steps.before.size), jnp.zeros(1)])
    return padded[steps.whole] - padded[steps.less]


def subtracted(steps: Steps, right: jax.Array) -> jax.Array:
    """``F right`` [m]."""
    return right - jnp.append(right, 0.0)[steps.before]


def added(steps: Steps, prices: jax.Array) -> jax.Array:
    """``F' prices`` [m]."""
    return prices - jnp.append(prices, 0.0)[steps.after]
