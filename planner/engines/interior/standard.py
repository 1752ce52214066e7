"""A program as the interior method wants it: slacks, presolve of forcing rows, bounds from zero, scaling; and back.

    minimise  c.x   subject to   A x = b,   0 <= x <= u        (A with one slack column per row that is no equation)

Everything is a function of numbers over a fixed pattern, in JAX, so that programs of one structure form a batch.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from scipy import sparse

from planner.engines.interior import elimination, fronts, stepping, structure, sums
from planner.engines.interior.elimination import Costs, costs
from planner.engines.interior.fronts import Structure
from planner.engines.interior.stepping import stepped
from planner.engines.interior.structure import structure_of
from planner.flat import Flat
from planner.machine import kept

RUIZ_PASSES = 12
EXACT = 1e-12
"""What counts as zero when a row leaves its columns no choice."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Numbers:
    """The numbers of a program over a pattern [m, n] that has the slacks as its last columns.

    values: [nnz]. cost, lower, upper: [n] (inf: no bound). magnitude: [n], natural size of a column. rhs: [m].
    sense: [m], -1 (<=), 0 (=), +1 (>=).
    """

    values: Any
    cost: Any
    lower: Any
    upper: Any
    magnitude: Any
    rhs: Any
    sense: Any


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Standard:
    """Scaled numbers and how to undo them.

    values: [nnz]. cost, upper: [n] (inf: none). rhs: [m]. live: [n], columns that are decided; the others are 0.
    free: [n], columns without any bound. column, row: [n], [m] scales. sign: [n], -1 where a column was mirrored.
    at: [n], what 0 stands for in program units. forced: [m], pass in which a row left its columns no choice (0:
    never). forced_in: [n] likewise. cost_unit, unit: scales of money and of amounts. empty: no plan can exist.
    """

    values: Any
    cost: Any
    upper: Any
    rhs: Any
    live: Any
    free: Any
    column: Any
    row: Any
    sign: Any
    at: Any
    forced: Any
    forced_in: Any
    cost_unit: Any
    unit: Any
    empty: Any


def numbers_of(flat: Flat) -> Numbers:
    """Numbers of a program; implied upper bounds are left out (they are only the natural size of a column)."""
    slack = np.flatnonzero(flat.sense)
    upper = np.where(flat.implied & (flat.lower < flat.upper), np.inf, flat.upper)
    span = flat.upper - np.where(np.isfinite(flat.lower), flat.lower, 0.0)
    magnitude = np.where(np.isfinite(span) & (span > 0), span, 1.0)
    return Numbers(
        values=_extended(flat).data,
        cost=np.concatenate([flat.cost, np.zeros(slack.size)]),
        lower=np.concatenate([flat.lower, np.zeros(slack.size)]),
        upper=np.concatenate([upper, np.full(slack.size, np.inf)]),
        magnitude=np.concatenate([magnitude, np.ones(slack.size)]),
        rhs=flat.rhs,
        sense=flat.sense.astype(float),
    )


def structure_for(flat: Flat, *more: Flat, lanes: int = 1) -> Structure:
    """Structure of a program's pattern with slacks, and of `more` with the same pattern (the last few are remembered).

    lanes: how many programs will be solved at once; on an accelerator many lanes are eliminated otherwise.
    Raises ValueError where the patterns differ.
    """
    first = _extended(flat)
    others = [_extended(f) for f in more]
    if any(not _same_pattern(first, o) for o in others):
        raise ValueError("programs of one structure need the same entries, rows and senses: solve them one by one")
    return _structure(_Pattern(first, flat.before, tuple(o.data for o in others)), costs(lanes))


def _same_pattern(a: sparse.csr_matrix, b: sparse.csr_matrix) -> bool:
    same = a.shape == b.shape and np.array_equal(a.indptr, b.indptr)
    return same and np.array_equal(a.indices, b.indices)


@dataclass(frozen=True, eq=False)
class _Pattern:
    """A matrix, its rows' predecessors, other values of its entries; equal where the same entries exist and cancel."""

    matrix: sparse.csr_matrix
    before: np.ndarray | None
    others: tuple[np.ndarray, ...]

    @cached_property
    def digest(self) -> bytes:
        """Content that a structure depends on."""
        parts = [self.matrix.indptr, self.matrix.indices, np.asarray(self.matrix.shape)]
        if self.before is not None:
            steps = stepped(self.matrix, self.before, self.others)[1]
            parts += [steps.whole, steps.less, self.before]
        return hashlib.sha256(b"".join(np.asarray(p, np.int64).tobytes() for p in parts)).digest()

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Pattern) and other.digest == self.digest


@lru_cache(maxsize=4)
def _structure(pattern: _Pattern, price: Costs) -> Structure:
    def laid_out() -> Structure:
        return jax.tree.map(np.asarray, structure_of(pattern.matrix, price, pattern.before, pattern.others))

    code = [m.__file__ or "" for m in (elimination, fronts, stepping, structure, sums)]
    return jax.device_put(kept("structures", pattern.digest + repr(price).encode(), code, laid_out))


def _extended(flat: Flat) -> sparse.csr_matrix:
    """A with slack columns: + where <=, - where >=."""
    slack = np.flatnonzero(flat.sense)
    signs = sparse.csr_matrix(
        (-flat.sense[slack].astype(float), (slack, np.arange(slack.size))), (flat.shape[0], slack.size)
    )
    out = sparse.csr_matrix(sparse.hstack([flat.matrix, signs], format="csr"))
    out.sort_indices()
    return sparse.csr_matrix((out.data, out.indices.astype(np.int32), out.indptr.astype(np.int32)), out.shape)


def standard(s: Structure, numbers: Numbers) -> Standard:
    """The scaled program. Traceable in the numbers."""
    lower, upper = jnp.asarray(numbers.lower), jnp.asarray(numbers.upper)
    mirrored = jnp.isinf(lower) & jnp.isfinite(upper)
    free = jnp.isinf(lower) & jnp.isinf(upper)
    sign = jnp.where(mirrored, -1.0, 1.0)
    base = jnp.where(mirrored, upper, jnp.where(free, 0.0, lower))
    span = jnp.where(mirrored | free, jnp.inf, upper - jnp.where(jnp.isinf(lower), 0.0, lower))
    values = jnp.asarray(numbers.values) * sign[s.column]
    rhs = jnp.asarray(numbers.rhs) - s.times(jnp.asarray(numbers.values), base)
    settled, forced, forced_in, at_upper = _forced(s, values, span, free, rhs)
    shift = jnp.where(at_upper, span, 0.0)
    rhs = rhs - s.times(values, shift)
    live = ~settled
    some = s.by_row.most(jnp.where(live[s.column] & (values != 0), 1.0, 0.0)) > 0
    least = jnp.where(some, 0.0, jnp.abs(rhs))
    empty = (jnp.max(least, initial=0.0) > 1e-7 * (1 + jnp.max(jnp.abs(rhs), initial=0.0))) | jnp.any(span < 0)
    values = jnp.where(live[s.column], values, 0.0)
    column, row = _scales(s, values, jnp.asarray(numbers.magnitude))
    values = values * column[s.column] * row[s.row]
    rhs = jnp.where(some, rhs * row, 0.0)
    cost = jnp.where(live, jnp.asarray(numbers.cost) * sign * column, 0.0)
    unit = jnp.maximum(jnp.max(jnp.abs(rhs), initial=0.0), 1e-6)
    cost_unit = jnp.maximum(jnp.max(jnp.abs(cost), initial=0.0), 1e-12)
    return Standard(
        values=values,
        cost=cost / cost_unit,
        upper=jnp.where(live, span / column / unit, jnp.inf),
        rhs=rhs / unit,
        live=live,
        free=free & live,
        column=column,
        row=row,
        sign=sign,
        at=base + sign * shift,
        forced=forced,
        forced_in=forced_in,
        cost_unit=cost_unit,
        unit=unit,
        empty=empty,
    )


def _forced(s: Structure, values: Any, span: Any, free: Any, rhs: Any) -> tuple[Any, Any, Any, Any]:
    """Columns [n] that are settled, pass in which rows [m] and columns [n] were forced, columns [n] at their upper end.

    A row whose least (or most) activity is its right side leaves its columns no choice. Without this presolve the
    prices lie on an unbounded face: power before any lead has passed has no finite price.
    """
    reach = jnp.where(jnp.isfinite(span), span, 0.0)
    rising = jnp.isinf(span)
    size = s.by_row.most(jnp.abs(values))

    def once(state: tuple[Any, ...]) -> tuple[Any, ...]:
        step, settled, forced, forced_in, at_upper, _ = state
        a = jnp.where(settled[s.column], 0.0, values)
        known = s.times(values, jnp.where(at_upper, reach, 0.0))
        left = rhs - known
        endless = (free | rising)[s.column]
        reached = jnp.where(endless, 0.0, a * reach[s.column])
        low, high = s.by_row(jnp.stack([jnp.minimum(reached, 0.0), jnp.maximum(reached, 0.0)]))
        either = free[s.column]
        marks = jnp.stack(
            [a != 0, ((a < 0) & endless) | ((a != 0) & either), ((a > 0) & endless) | ((a != 0) & either)]
        )
        some, no_low, no_high = s.by_row.most(marks.astype(float)) > 0
        open_row = some & (forced == 0)
        close = EXACT * (jnp.abs(left) + jnp.abs(known) + size * 1e-3)
        at_low = open_row & ~no_low & (jnp.abs(left - low) <= close)
        at_high = open_row & ~no_high & (jnp.abs(left - high) <= close) & ~at_low
        here = (at_low | at_high)[s.row] & (a != 0)
        up = jnp.where(at_low[s.row], a < 0, a > 0)
        now, now_up = s.by_column.most(jnp.stack([here, here & up]).astype(float)) > 0
        return (
            step + 1,
            settled | now,
            jnp.where(at_low | at_high, step, forced),
            jnp.where(now & ~settled, step, forced_in),
            at_upper | (now & now_up & ~settled),
            jnp.any(now & ~settled),
        )

    m, n = s.shape
    none = (
        1,
        span == 0,
        jnp.zeros(m, jnp.int32),
        jnp.zeros(n, jnp.int32),
        jnp.zeros(n, bool),
        jnp.asarray(True),
    )
    _, settled, forced, forced_in, at_upper, _ = lax.while_loop(lambda state: state[-1] & (state[0] < 200), once, none)
    return settled, forced, forced_in, at_upper


def _scales(s: Structure, values: Any, magnitude: Any) -> tuple[Any, Any]:
    """Scales of columns [n] (natural size, then Ruiz) and rows [m]: the largest entry of each becomes about 1."""

    def once(_: int, scales: tuple[Any, Any]) -> tuple[Any, Any]:
        column, row = scales
        now = jnp.abs(values) * column[s.column] * row[s.row]
        high, wide = s.by_row.most(now), s.by_column.most(now)
        return (
            column / jnp.sqrt(jnp.where(wide > 0, wide, 1.0)),
            row / jnp.sqrt(jnp.where(high > 0, high, 1.0)),
        )

    return lax.fori_loop(0, RUIZ_PASSES, once, (jnp.clip(magnitude, 1e-4, 1e4), jnp.ones(s.shape[0])))


def restored(s: Structure, numbers: Numbers, program: Standard, x: Any, y: Any) -> tuple[Any, Any]:
    """A plan [n] and prices [m] in program units, prices of forced rows included.

    A forced row takes the least price at which none of the columns that it settled would move; later passes first.
    """
    plan = program.at + program.sign * program.column * program.unit * jnp.where(program.live, x, 0.0)
    price = y * program.row * program.cost_unit
    values, cost = jnp.asarray(numbers.values), jnp.asarray(numbers.cost)
    side = jnp.where(program.sign < 0, -1.0, 1.0)

    def once(step: Any, price: Any) -> Any:
        turn = last - step
        reduced = cost - s.times_transposed(values, price)
        mine = (program.forced == turn)[s.row] & (program.forced_in == turn)[s.column]
        at_upper = (plan != jnp.where(side > 0, numbers.lower, numbers.upper))[s.column]
        inward = jnp.where(at_upper, -1.0, 1.0) * side[s.column]
        need = jnp.where(mine & (reduced[s.column] * inward < 0), jnp.abs(reduced[s.column] / values), 0.0)
        push = s.by_row.most(need)
        toward = s.by_row.most(jnp.where(mine, -inward * jnp.sign(values), -jnp.inf))
        return jnp.where(program.forced == turn, price + jnp.where(push > 0, push * toward, 0.0), price)

    last = jnp.max(program.forced, initial=0)
    return plan, lax.fori_loop(0, last, once, price)
