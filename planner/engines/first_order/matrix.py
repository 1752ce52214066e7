"""A matrix as two tables of rows of like length: A x and A' y without scatters, on one device or split over several.

Rows (columns) with about as many entries stand in one bucket, padded to its width. Split over a mesh, each device holds
its part of every bucket and a whole copy of the vectors: a product is local, its result is gathered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from scipy import sparse

from planner.engines.interior.sums import FINE

AXIS = "rows"
"""Name of the mesh axis over which buckets are split."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Table:
    """Linear map [m, n]. index, value: per bucket [rows of the bucket, width]. place: [m], of each row (last: none)."""

    index: tuple[Any, ...]
    value: tuple[Any, ...]
    place: Any

    def __call__(self, x: Any) -> Any:
        """The product with a vector [n], as a vector [m]."""
        parts = [(v * x[i]).sum(axis=1) for i, v in zip(self.index, self.value, strict=True)]
        return jnp.concatenate([*parts, jnp.zeros(1)])[self.place]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Matrix:
    """A [m, n] by rows and by columns."""

    by_row: Table
    by_column: Table


def matrix_of(a: sparse.csr_matrix, mesh: Mesh | None = None) -> Matrix:
    """Both tables of a matrix; over a mesh with one axis, split along it."""
    return Matrix(_table(a, mesh), _table(sparse.csr_matrix(a.T), mesh))


def devices_mesh(devices: int | None = None) -> Mesh | None:
    """A mesh over so many devices (all without a number); None for one. Raises ValueError where there are fewer."""
    there = jax.devices()
    count = len(there) if devices is None else devices
    if not 1 <= count <= len(there):
        raise ValueError(f"{count} devices — {len(there)} are there — write a number from 1 to {len(there)}")
    return None if count == 1 else Mesh(np.array(there[:count]), (AXIS,))


def copied(values: Any, mesh: Mesh | None) -> Any:
    """Arrays of a pytree with a whole copy on each device of the mesh."""
    return jax.device_put(values, None if mesh is None else NamedSharding(mesh, PartitionSpec()))


def _table(a: sparse.csr_matrix, mesh: Mesh | None) -> Table:
    size = np.diff(a.indptr)
    m = size.size
    width = FINE[np.searchsorted(FINE, np.maximum(size, 1))]
    place = np.empty(m, np.int32)
    index, value, stood = [], [], 0
    parts = 1 if mesh is None else mesh.devices.size
    split = None if mesh is None else NamedSharding(mesh, PartitionSpec(AXIS))
    for w in np.unique(width[size > 0]):
        mine = np.flatnonzero((width == w) & (size > 0))
        rows = -(-mine.size // parts) * parts
        at, within = np.zeros((rows, w), np.int64), np.zeros((rows, w), bool)
        offset = np.arange(w)
        within[: mine.size] = offset < size[mine, None]
        at[: mine.size] = a.indptr[mine, None] + offset
        at = np.where(within, at, 0)
        index.append(jax.device_put(np.where(within, a.indices[at], 0).astype(np.int32), split))
        value.append(jax.device_put(np.where(within, a.data[at], 0.0), split))
        place[mine] = stood + np.arange(mine.size)
        stood += rows
    place[size == 0] = stood
    return Table(tuple(index), tuple(value), copied(place, mesh))
