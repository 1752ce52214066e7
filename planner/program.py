"""The program: labelled blocks of variables and rows over time, and the couplings between them.

    minimise  cost.x + constant   subject to   A x {<=,=,>=} rhs,   lower <= x <= upper,   some x integer

A variable block and a row block are arrays ``[entity, T]``. A coupling adds ``coefficient * x`` to rows: either
*lagged* (row at t reads the column at t - lag; ``coefficient[k, T]``) or *a kernel in time* (``coefficient[k, T, T]``,
row time first). The `Layout` is static (names, masks, index arrays); a `Program` is a layout with numbers and is a
pytree whose leaves may be traced, differentiated and batched. Entities that do not exist in a period are masked out
and never reach a solver.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from scipy import sparse

from planner.flat import Flat

Sense = Literal["<=", "=", ">="]
Blocks = tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class VariableBlock:
    """Variables of one family: ``[entity, T]``.

    per_unit: table units in one program unit (1000 for GW when tables hold MW). implied: the upper bound follows from
    the other rows (or from optimality with positive cost): it closes the box for the certificate, engines ignore it.
    group, weight: per entity, a hint to rounding: within a group the weighted total of a relaxation is kept.
    """

    name: str
    entities: tuple[tuple[str, ...], ...]
    keys: tuple[str, ...]
    unit: str
    per_unit: float | np.ndarray
    exists: np.ndarray
    integer: bool = False
    implied: bool = True
    meaning: str = ""
    group: np.ndarray | None = None
    weight: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class RowBlock:
    """Rows of one named limit: ``[entity, T]``."""

    name: str
    entities: tuple[tuple[str, ...], ...]
    keys: tuple[str, ...]
    sense: Sense
    unit: str
    per_unit: float | np.ndarray
    exists: np.ndarray
    meaning: str = ""


@dataclass(frozen=True, eq=False)
class Coupling:
    """Which rows read which columns. ``lag`` is None for a kernel in time."""

    row: int
    column: int
    rows: np.ndarray
    columns: np.ndarray
    lag: int | None
    part: str = ""


@dataclass(frozen=True, eq=False)
class Layout:
    """Everything static: blocks, masks, couplings. Equal layouts (by content) share one compilation."""

    variables: tuple[VariableBlock, ...]
    rows: tuple[RowBlock, ...]
    couplings: tuple[Coupling, ...]
    periods: int
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        h = hashlib.sha256(str(self.periods).encode())
        for block in (*self.variables, *self.rows):
            h.update(f"{block.name}{block.entities}{block.unit}".encode())
            h.update(np.packbits(block.exists).tobytes())
        for c in self.couplings:
            h.update(f"{c.row},{c.column},{c.lag},{c.part}".encode())
            h.update(np.asarray(c.rows, np.int64).tobytes())
            h.update(np.asarray(c.columns, np.int64).tobytes())
        object.__setattr__(self, "digest", h.hexdigest())

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Layout) and other.digest == self.digest

    @cached_property
    def columns(self) -> np.ndarray:
        """Flat mask of existing columns over all blocks (block, entity, period)."""
        return np.concatenate([b.exists.ravel() for b in self.variables])

    @cached_property
    def lines(self) -> np.ndarray:
        """Flat mask of existing rows over all blocks."""
        return np.concatenate([b.exists.ravel() for b in self.rows])

    @cached_property
    def integer(self) -> np.ndarray:
        """Which existing columns are integer."""
        flat = [np.full(b.exists.size, b.integer) for b in self.variables]
        return np.concatenate(flat)[self.columns]

    @cached_property
    def implied(self) -> np.ndarray:
        """Which existing columns have an upper bound that engines may ignore."""
        flat = [np.full(b.exists.size, b.implied) for b in self.variables]
        return np.concatenate(flat)[self.columns]

    @cached_property
    def period(self) -> np.ndarray:
        """Period of each existing column."""
        flat = [np.broadcast_to(np.arange(self.periods), b.exists.shape).ravel() for b in self.variables]
        return np.concatenate(flat)[self.columns]

    @cached_property
    def group(self) -> np.ndarray:
        """Rounding group of each existing column (-1: none)."""
        flat, offset = [], 0
        for b in self.variables:
            mine = np.full(len(b.entities), -1) if b.group is None else b.group + offset
            offset = max(offset, int(mine.max(initial=-1)) + 1)
            flat.append(np.repeat(mine, self.periods))
        return np.concatenate(flat)[self.columns]

    @cached_property
    def weight(self) -> np.ndarray:
        """Rounding weight of each existing column."""
        ones = [np.ones(len(b.entities)) if b.weight is None else b.weight for b in self.variables]
        return np.repeat(np.concatenate(ones), self.periods)[self.columns]

    @cached_property
    def sense(self) -> np.ndarray:
        """Sense of each existing row: -1 (<=), 0 (=), +1 (>=)."""
        code = {"<=": -1, "=": 0, ">=": 1}
        flat = [np.full(b.exists.size, code[b.sense]) for b in self.rows]
        return np.concatenate(flat)[self.lines]

    @cached_property
    def before(self) -> np.ndarray:
        """The row of the same limit and entity one period earlier, of each existing row (-1: none)."""
        at = np.flatnonzero(self.lines)
        follows = (np.diff(at, prepend=-2) == 1) & (at % self.periods != 0)
        return np.where(follows, np.arange(at.size) - 1, -1)

    def column_names(self) -> list[str]:
        """Name of each existing column, e.g. ``build[us_east,vr200]@3``."""
        return [n for b in self.variables for n in block_names(b)]

    def row_names(self) -> list[str]:
        """Name of each existing row."""
        return [n for b in self.rows for n in block_names(b)]

    def split_columns(self, flat: np.ndarray) -> Blocks:
        """Flat values of existing columns -> one ``[entity, T]`` array per block (0 where absent)."""
        return _split(flat, self.columns, self.variables)

    def split_rows(self, flat: np.ndarray) -> Blocks:
        """Flat values of existing rows -> one ``[entity, T]`` array per block (0 where absent)."""
        return _split(flat, self.lines, self.rows)

    def join(self, blocks: Blocks, mask: np.ndarray) -> np.ndarray:
        """Inverse of the splits."""
        return np.concatenate([np.asarray(b, float).ravel() for b in blocks])[mask]

    def variable(self, name: str) -> int:
        """Position of a variable block by name."""
        return next(i for i, b in enumerate(self.variables) if b.name == name)

    def row(self, name: str) -> int:
        """Position of a row block by name."""
        return next(i for i, b in enumerate(self.rows) if b.name == name)


def block_names(block: VariableBlock | RowBlock) -> list[str]:
    """Names of a block's existing members in flat order."""
    e, t = np.nonzero(block.exists)
    return [f"{block.name}[{','.join(block.entities[i])}]@{k}" for i, k in zip(e, t, strict=True)]


def _split(flat: np.ndarray, mask: np.ndarray, blocks: tuple[VariableBlock | RowBlock, ...]) -> Blocks:
    full = np.zeros(mask.size)
    full[mask] = flat
    ends = np.cumsum([b.exists.size for b in blocks])
    return tuple(part.reshape(b.exists.shape) for part, b in zip(np.split(full, ends[:-1]), blocks, strict=True))


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Program:
    """A layout with numbers. Money in program units (G USD); see `VariableBlock.per_unit` for the rest."""

    layout: Layout = field(metadata={"static": True})
    cost: Blocks
    lower: Blocks
    upper: Blocks
    rhs: Blocks
    coefficients: Blocks
    constant: Any = 0.0

    def lagrangian(self, x: Blocks, y: Blocks) -> jax.Array:
        """Cost + y.(rhs - A x) + bound terms at fixed reduced costs: its gradient in the numbers is dV/dtheta."""
        layout = self.layout
        reduced = [jax.lax.stop_gradient(r) for r in self.reduced_costs(y)]
        value = jnp.asarray(self.constant)
        for c, low, up, v, r, b in zip(self.cost, self.lower, self.upper, x, reduced, layout.variables, strict=True):
            tight = jnp.where(r > 0, low, up) if not b.implied else jnp.where(r > 0, low, v)
            value += jnp.sum(jnp.where(b.exists, c * v + r * (tight - v), 0.0))
        for b, v in zip(self.rhs, y, strict=True):
            value += jnp.sum(b * v)
        for term in self.products(x, y):
            value -= term
        return value

    def products(self, x: Blocks, y: Blocks) -> list[jax.Array]:
        """Y' A x, one term per coupling."""
        out = []
        for c, a in zip(self.layout.couplings, self.coefficients, strict=True):
            v, w = x[c.column][c.columns], y[c.row][c.rows]
            if c.lag is None:
                out.append(jnp.einsum("kt,kts,ks->", w, a, v))
            else:
                v = jnp.asarray(v)
                v = v if c.lag == 0 else jnp.pad(v, ((0, 0), (c.lag, 0)))[:, : v.shape[1]]
                out.append(jnp.sum(w * a * v))
        return out

    def times_transposed(self, y: Blocks) -> list[jax.Array]:
        """A'y per variable block."""
        out = [jnp.zeros(b.exists.shape) for b in self.layout.variables]
        for c, a in zip(self.layout.couplings, self.coefficients, strict=True):
            w = jnp.asarray(y[c.row])[c.rows]
            if c.lag is None:
                v = jnp.einsum("kt,kts->ks", w, a)
            else:
                v = w * a
                v = v if c.lag == 0 else jnp.pad(v, ((0, 0), (0, c.lag)))[:, c.lag :]
            out[c.column] = out[c.column].at[c.columns].add(v)
        return [jnp.where(b.exists, v, 0.0) for b, v in zip(self.layout.variables, out, strict=True)]

    def reduced_costs(self, y: Blocks) -> list[jax.Array]:
        """Cost - A'y per variable block."""
        return [c - v for c, v in zip(self.cost, self.times_transposed(y), strict=True)]

    def flat(self) -> Flat:
        """The same program as one sparse matrix over existing rows and columns (float64 NumPy)."""
        layout = self.layout
        starts = np.cumsum([0, *(b.exists.size for b in layout.variables)])
        row_starts = np.cumsum([0, *(b.exists.size for b in layout.rows)])
        periods = layout.periods
        rows, columns, values = [], [], []
        t = np.arange(periods)
        for c, a in zip(layout.couplings, self.coefficients, strict=True):
            a = np.asarray(a, float)
            r = row_starts[c.row] + c.rows[:, None] * periods + t
            v = starts[c.column] + c.columns[:, None] * periods + t
            if c.lag is None:
                r, v = np.broadcast_to(r[:, :, None], a.shape), np.broadcast_to(v[:, None, :], a.shape)
            else:
                keep = periods - c.lag
                r, v, a = r[:, c.lag :], v[:, :keep], a[:, c.lag :]
            some = a != 0
            rows.append(r[some])
            columns.append(v[some])
            values.append(a[some])
        shape = (row_starts[-1], starts[-1])
        index = (np.concatenate(rows or [np.zeros(0, int)]), np.concatenate(columns or [np.zeros(0, int)]))
        matrix = sparse.csr_matrix((np.concatenate(values or [np.zeros(0)]), index), shape)
        matrix = matrix[layout.lines][:, layout.columns].tocsr()
        matrix.eliminate_zeros()
        pick = layout.columns
        return Flat(
            matrix=matrix,
            cost=layout.join(self.cost, pick),
            lower=layout.join(self.lower, pick),
            upper=layout.join(self.upper, pick),
            rhs=layout.join(self.rhs, layout.lines),
            sense=layout.sense,
            integer=layout.integer,
            implied=layout.implied,
            constant=float(self.constant),
            period=layout.period,
            group=layout.group,
            weight=layout.weight,
            before=layout.before,
        )
