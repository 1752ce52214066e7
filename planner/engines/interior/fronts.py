"""Cholesky factor of the normal matrix ``A D A'``, front by front (multifrontal), in batches of one shape.

`planner.engines.interior.structure` writes down once, for a pattern, where every entry of every front comes from;
`factor` and `solved` are then gathers, dense factorisations and products only: they run under `jit` and `vmap`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from planner.engines.interior.elimination import BLOCK, WIDE
from planner.engines.interior.stepping import Normal, Steps, added, entries, subtracted
from planner.engines.interior.sums import Sums


class Factor(NamedTuple):
    """A Cholesky factor of the normal matrix.

    groups: per group the lower triangle (of narrow fronts its inverse), the inverse (of wide ones by blocks) and the
    border. scale: [m], of the rows of B; unit: [m], of the rows of A. even: [m], makes rows of A equally long.
    """

    groups: list[tuple[jax.Array, jax.Array, jax.Array]]
    scale: jax.Array
    unit: jax.Array
    even: jax.Array


LEAF = 128
"""Pivots that are factorised at once where the inverse of the factor is kept."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Group:
    """A batch of fronts [B], each with k pivots and r border rows.

    square: [B, k, k], below: [B, r, k], rest: [B, r, r], position in the pool of each entry of the pivots (lower
    triangle), of the border in the columns of the pivots, and of the border in its own; rest is none where no earlier
    front adds to it. shared: buckets of pool positions whose sums are put into the pool from `shared_at` on.
    update_at: where the update [B, r, r] goes into the pool.
    slot_at: first slot of the pivots [B*k]. border: [B, r], slots of the border rows. arriving: sums of the vectors of
    earlier fronts (a row's share of them) into the pivots [B*k]. vector_at: where this group's vectors [B*r] begin.
    """

    square: jax.Array
    below: jax.Array
    rest: jax.Array | None
    shared: tuple[jax.Array, ...]
    border: jax.Array
    arriving: Sums
    pivots: int = field(metadata={"static": True})
    shared_at: int = field(metadata={"static": True})
    update_at: int = field(metadata={"static": True})
    slot_at: int = field(metadata={"static": True})
    vector_at: int = field(metadata={"static": True})


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Structure:
    """Everything that follows from the pattern of A [m, n].

    row, column: [nnz] of the entries of A, by row. by_row, by_column: sums of entries into rows and columns. steps: how
    B, which is factorised in place of A, is made of it. first, second, over: [terms], the two entries of B and the
    column behind each product in ``B D B'``. entry: sums of the products into its entries [entries]. entry_rows:
    [entries, 2]. diagonal: [m], entries on the diagonal.
    slot: [m], slot of each row. row_of: [slots], row of each slot (m: none). pool, vectors: sizes. inverted: whether
    wide fronts keep the inverse of their factor.
    """

    row: jax.Array
    column: jax.Array
    by_row: Sums
    by_column: Sums
    steps: Steps
    first: jax.Array
    second: jax.Array
    over: jax.Array
    entry: Sums
    entry_rows: jax.Array
    diagonal: jax.Array
    slot: jax.Array
    row_of: jax.Array
    groups: tuple[Group, ...]
    shape: tuple[int, int] = field(metadata={"static": True})
    pool: int = field(metadata={"static": True})
    inverted: bool = field(metadata={"static": True})
    vectors: int = field(metadata={"static": True})

    @property
    def shapes(self) -> list[tuple[int, int, int]]:
        """Fronts, pivots and border rows of each group."""
        return [(g.border.shape[0], g.pivots, g.border.shape[1]) for g in self.groups]

    def times(self, values: jax.Array, x: jax.Array) -> jax.Array:
        """``A x`` [m]."""
        return self.by_row(values * x[self.column])

    def times_transposed(self, values: jax.Array, y: jax.Array) -> jax.Array:
        """``A' y`` [n]."""
        return self.by_column(values * y[self.row])

    def normal(self, values: jax.Array, scale: jax.Array) -> Normal:
        """What every factor of a program needs: its values [nnz] and the row scales [m] that they contain."""
        plain = values / scale[self.row]
        b = entries(self.steps, plain)
        return Normal(b[self.first] * b[self.second], plain**2, scale)


def factor(structure: Structure, normal: Normal, weight: jax.Array, regular: Any) -> Factor:
    """Cholesky factor of the scaled ``B D B' + regular I``.

    weight: [n], D. Rows of A without any weight are held by a unit column. Not positive definite: the factor holds nan.
    """
    return factor_in(structure, fresh(structure), normal, weight, regular)[0]


def fresh(structure: Structure) -> jax.Array:
    """A pool [pool] for a factor to work in."""
    return lax.optimization_barrier(jnp.zeros(structure.pool))


def factor_in(
    structure: Structure, pool: jax.Array, normal: Normal, weight: jax.Array, regular: Any
) -> tuple[Factor, jax.Array]:
    """`factor` in the pool of another one, whatever it holds; with the pool as it is after."""
    own = structure.by_row(normal.squares * weight[structure.column])
    values = structure.entry(normal.products * jnp.concatenate([weight, _idle(structure, own)])[structure.over])
    diagonal = values[structure.diagonal]
    scale = jnp.where(diagonal > 0, 1.0 / jnp.sqrt(jnp.where(diagonal > 0, diagonal, 1.0)), 1.0)
    values = values * scale[structure.entry_rows[:, 0]] * scale[structure.entry_rows[:, 1]]
    values = values.at[structure.diagonal].set(jnp.where(diagonal > 0, 1.0 + regular, 1.0))
    start = jnp.concatenate([jnp.array([0.0, 1.0]), values])
    pool = lax.optimization_barrier(lax.dynamic_update_slice(pool, start, (0,)))
    out, last = [], jnp.zeros(())
    for g in structure.groups:
        if g.shared:
            met = jnp.concatenate([_gathered(pool, b).sum(axis=1) for b in g.shared])
            pool = lax.optimization_barrier(lax.dynamic_update_slice(pool, met, (g.shared_at,)))
        pivots = _after(last, _gathered(pool, g.square))
        if structure.inverted:
            lower = inverse = _inverse_factor(pivots)
        else:
            lower = lax.linalg.cholesky(pivots, symmetrize_input=False)
            inverse = _inverse(lower)
        last = inverse.ravel()[0]
        border = _gathered(pool, g.below)
        if border.shape[1]:
            if inverse.ndim > 3:
                border = lax.linalg.triangular_solve(lower, _after(last, border), lower=True, transpose_a=True)
                last = border.ravel()[0]
            else:
                border = jnp.einsum("bri,bji->brj", border, inverse)
            update = -jnp.einsum("bik,bjk->bij", border, border)
            if g.rest is not None:
                update = _gathered(pool, g.rest) + update
            pool = lax.optimization_barrier(lax.dynamic_update_slice(pool, update.ravel(), (g.update_at,)))
        out.append((lower if inverse.ndim > 3 else inverse, inverse, border))
    even = jnp.where(own > 0, 1.0 / jnp.sqrt(jnp.where(own > 0, own, 1.0)), 1.0) / normal.scale
    return Factor(out, scale, normal.scale, even), pool


def _gathered(pool: jax.Array, at: jax.Array) -> jax.Array:
    return pool.at[at].get(mode="promise_in_bounds", wrap_negative_indices=False)


def _after(last: jax.Array, matrices: jax.Array) -> jax.Array:
    """The matrices, once the factorisation or solve that gave the number `last` is done (nan if it failed).

    On a CPU a batch of either holds a thread until other threads have done its parts: two at once, on two cores, wait
    for each other for ever (jaxlib 0.10). So they go one after the other.
    """
    return jnp.where(jnp.isnan(last), jnp.nan, matrices) if jax.default_backend() == "cpu" else matrices


def _inverse_factor(a: jax.Array) -> jax.Array:
    """Inverse of the Cholesky factor of matrices [B, k, k] (lower triangles are read), by halves down to `LEAF`.

    All but the leaves is products of matrices, which accelerators are made for; the factor itself is not kept.
    """
    k = a.shape[-1]
    if k <= LEAF:
        lower = lax.linalg.cholesky(a, symmetrize_input=False)
        one = jnp.broadcast_to(jnp.eye(k), a.shape)
        return 1.0 / lower if k == 1 else lax.linalg.triangular_solve(lower, one, left_side=True, lower=True)
    half = -(-k // 2 // LEAF) * LEAF if k > 2 * LEAF else LEAF
    first = _inverse_factor(a[:, :half, :half])
    below = jnp.einsum("bij,bkj->bik", a[:, half:, :half], first)
    second = _inverse_factor(a[:, half:, half:] - jnp.einsum("bij,bkj->bik", below, below))
    corner = -jnp.einsum("bij,bjk->bik", second, jnp.einsum("bij,bjk->bik", below, first))
    return jnp.concatenate(
        [jnp.pad(first, ((0, 0), (0, 0), (0, k - half))), jnp.concatenate([corner, second], axis=2)], axis=1
    )


def _idle(structure: Structure, own: jax.Array) -> jax.Array:
    """Weight of the unit column of each row [m]: that of its neighbours in time where the row has none of its `own`."""
    padded = jnp.append(own, 0.0)
    near = jnp.maximum(padded[structure.steps.before], padded[structure.steps.after])
    return jnp.where(own > 0, 0.0, jnp.where(near > 0, near, 1.0))


def _inverse(lower: jax.Array) -> jax.Array:
    """Inverse of the lower triangles [B, k, k]; of wide ones the inverses [B, k/BLOCK, BLOCK, BLOCK] of the blocks."""
    count, k, _ = lower.shape
    if k == 1:
        return 1.0 / lower
    if k > WIDE:
        blocks = jnp.stack([lower[:, i : i + BLOCK, i : i + BLOCK] for i in range(0, k, BLOCK)], axis=1)
        return _inverse(blocks.reshape(-1, BLOCK, BLOCK)).reshape(count, -1, BLOCK, BLOCK)
    return lax.linalg.triangular_solve(lower, jnp.broadcast_to(jnp.eye(k), lower.shape), left_side=True, lower=True)


def solved(structure: Structure, factors: Factor, right: jax.Array) -> jax.Array:
    """``(A D A')^-1 right`` [m], up to the regularisation."""
    stepped = subtracted(structure.steps, right / factors.unit) * factors.scale
    padded = jnp.append(stepped, 0.0)[structure.row_of]
    vectors = jnp.zeros(structure.vectors)
    half = []
    for g, (lower, inverse, border) in zip(structure.groups, factors.groups, strict=True):
        count = lower.shape[0]
        mine = padded[g.slot_at : g.slot_at + count * g.pivots] - g.arriving(vectors)
        mine = _forward(lower, inverse, mine.reshape(count, g.pivots))
        half.append(mine)
        if border.shape[1]:
            vectors = lax.dynamic_update_slice(vectors, jnp.einsum("brk,bk->br", border, mine).ravel(), (g.vector_at,))
    answer = jnp.zeros(structure.row_of.size + 1)
    for g, (lower, inverse, border), mine in zip(structure.groups[::-1], factors.groups[::-1], half[::-1], strict=True):
        if border.shape[1]:
            mine = mine - jnp.einsum("brk,br->bk", border, answer[g.border])
        mine = _backward(lower, inverse, mine)
        answer = lax.dynamic_update_slice(answer, mine.ravel(), (g.slot_at,))
    return added(structure.steps, answer[structure.slot] * factors.scale) / factors.unit


def _forward(lower: jax.Array, inverse: jax.Array, right: jax.Array) -> jax.Array:
    """``L^-1 right`` [B, k]."""
    if inverse.ndim == 3:
        return jnp.einsum("bij,bj->bi", inverse, right)

    def block(i: jax.Array, x: jax.Array) -> jax.Array:
        rows = lax.dynamic_slice_in_dim(lower, i * BLOCK, BLOCK, axis=1)
        known = jnp.where(jnp.arange(x.shape[1]) < i * BLOCK, x, 0.0)
        rest = lax.dynamic_slice_in_dim(right, i * BLOCK, BLOCK, axis=1) - jnp.einsum("bij,bj->bi", rows, known)
        return lax.dynamic_update_slice_in_dim(x, jnp.einsum("bij,bj->bi", inverse[:, i], rest), i * BLOCK, axis=1)

    return lax.fori_loop(0, inverse.shape[1], block, jnp.zeros_like(right))


def _backward(lower: jax.Array, inverse: jax.Array, right: jax.Array) -> jax.Array:
    """``L'^-1 right`` [B, k]."""
    if inverse.ndim == 3:
        return jnp.einsum("bji,bj->bi", inverse, right)

    def block(step: jax.Array, rest: jax.Array) -> jax.Array:
        i = inverse.shape[1] - 1 - step
        mine = jnp.einsum("bji,bj->bi", inverse[:, i], lax.dynamic_slice_in_dim(rest, i * BLOCK, BLOCK, axis=1))
        rows = lax.dynamic_slice_in_dim(lower, i * BLOCK, BLOCK, axis=1)
        rest = rest - jnp.where(jnp.arange(rest.shape[1]) < i * BLOCK, jnp.einsum("bji,bj->bi", rows, mine), 0.0)
        return lax.dynamic_update_slice_in_dim(rest, mine, i * BLOCK, axis=1)

    return lax.fori_loop(0, inverse.shape[1], block, right)
