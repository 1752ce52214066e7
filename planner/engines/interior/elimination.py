"""Order of elimination: which rows go together as one dense front, and which fronts can go at the same time.

The normal matrix ``A D A'`` of a plan is sparse: a demand row meets the racks that serve it, a phase meets the later
periods of its site, and little else. Rows are eliminated by minimum degree; rows with (nearly) the same neighbours
become one dense front, so that what is local (demand, rack time, halls of one site) goes first in thousands of small
fronts at once, and what everything meets (supply, budget, territories) is left as one dense root. All of it depends
on the pattern alone and is NumPy; the numbers are `planner.engines.interior.fronts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import jax
import numpy as np
from scipy import sparse
from scipy.sparse.linalg import spilu

WIDE, BLOCK = 256, 128
"""Fronts with more pivots than WIDE are whole multiples of BLOCK and are substituted block by block."""
UPDATE = 3.0
"""An entry of an update is written, kept and gathered again: so many times the cost of an entry of the pivots."""
SMALL = 256
"""Entries that two fronts may cost more as one: fewer fronts have fewer shapes and levels."""


class Costs(NamedTuple):
    """Cost of a gathered entry, of an operation and of one more batch of fronts (to run and to compile) [ns].

    inverted: whether wide fronts are factorised by products that leave the inverse of the factor: what many lanes want,
    where one large Cholesky factor after the other would run; else they are substituted block by block.
    """

    entry: float
    flop: float
    batch: float
    inverted: bool


COSTS = {
    "cpu": Costs(1.5, 0.03, 2e6, False),
    "gpu": Costs(0.05, 1e-4, 2e6, False),
    "lanes": Costs(0.04, 3e-5, 1e5, True),
}
"""By kind of device, and for programs that run in lanes of one: where operations are cheap and calls are dear,
elimination ends early in one dense root; lanes share the calls."""


def costs(lanes: int = 1) -> Costs:
    """What elimination costs on the device that JAX uses, with so many programs at once."""
    if jax.default_backend() == "cpu":
        return COSTS["cpu"]
    return COSTS["lanes" if lanes > 1 else "gpu"]


@dataclass(frozen=True, eq=False)
class Front:
    """Rows eliminated together.

    pivots: rows [k] in order of elimination. border: rows [r] that they meet, eliminated later.
    parent: front of the first border row (-1: none). level: after all fronts below it.
    """

    pivots: np.ndarray
    border: np.ndarray
    parent: int
    level: int


@dataclass(frozen=True, eq=False)
class Batch:
    """Fronts of one level that are padded to one shape (pivots, border)."""

    fronts: list[int]
    pivots: int
    border: int


def elimination(pattern: sparse.csr_matrix, price: Costs) -> tuple[list[Front], np.ndarray]:
    """Fronts of the rows [m] of a pattern [m, n], children before parents, and each row's turn [m]."""
    m, _ = cast(tuple[int, int], pattern.shape)
    ones = sparse.csr_matrix((np.ones(pattern.nnz), pattern.indices, pattern.indptr), pattern.shape)
    normal = sparse.csr_matrix(ones @ ones.T + sparse.eye(m))
    order = minimum_degree(normal)
    later, children = _columns_of_factor(normal, order)
    chains = _chains(later, children)
    turn = np.argsort(order)
    return rooted(_amalgamated(chains, later, order, price), turn, price), turn


def minimum_degree(normal: sparse.csr_matrix) -> np.ndarray:
    """Rows [m] of a symmetric pattern in the order of (multiple) minimum degree.

    SuperLU orders before it factorises; the incomplete factorisation that drops everything stops right after that.
    """
    m, _ = cast(tuple[int, int], normal.shape)
    if m < 3:
        return np.arange(m)
    dominant = sparse.csc_matrix(normal, copy=True)
    dominant.data = np.full(dominant.nnz, -1.0)
    dominant = sparse.csc_matrix(dominant + sparse.eye(m) * (2.0 + m))
    options = {"SymmetricMode": True}
    factor = spilu(dominant, 1e30, 1, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=options)
    return np.argsort(factor.perm_c)


def _columns_of_factor(normal: sparse.csr_matrix, order: np.ndarray) -> tuple[list[np.ndarray], list[list[int]]]:
    """Rows below the diagonal in each column of the factor, and the children of each column (turns, not rows)."""
    permuted = sparse.csc_matrix(normal[order][:, order])
    permuted.sort_indices()
    start, rows = permuted.indptr, permuted.indices
    m = order.size
    later: list[np.ndarray] = []
    children: list[list[int]] = [[] for _ in range(m)]
    for j in range(m):
        own = rows[start[j] : start[j + 1]]
        parts = [own[np.searchsorted(own, j, "right") :], *(later[k][1:] for k in children[j])]
        column = np.unique(np.concatenate(parts)) if len(parts) > 1 else parts[0]
        later.append(column)
        if column.size:
            children[column[0]].append(j)
    return later, children


def _chains(later: list[np.ndarray], children: list[list[int]]) -> list[list[int]]:
    """Runs of columns, each the only child of the next, with one border."""
    chains: list[list[int]] = []
    of = np.full(len(later), -1)
    for j, below in enumerate(children):
        if len(below) == 1 and later[below[0]].size == later[j].size + 1:
            of[j] = of[below[0]]
            chains[of[j]].append(j)
        else:
            of[j] = len(chains)
            chains.append([j])
    return chains


def _amalgamated(chains: list[list[int]], later: list[np.ndarray], order: np.ndarray, price: Costs) -> list[Front]:
    """Fronts, parents swallowing children where one front is cheaper than two; children first."""
    of = np.empty(len(later), int)
    for s, chain in enumerate(chains):
        of[chain] = s
    border = [later[chain[-1]] for chain in chains]
    pivots = [list(chain) for chain in chains]
    above = np.array([of[b[0]] if b.size else -1 for b in border], int)
    into = np.arange(len(chains))
    turn = np.argsort([chain[-1] for chain in chains])
    for s in turn:
        p = above[s]
        if p < 0:
            continue
        k, height = len(pivots[s]), len(pivots[p])
        wide = border[p].size
        apart = _work(k, border[s].size, price) + _work(height, wide, price)
        if _work(k + height, wide, price) <= apart + SMALL * price.entry:
            pivots[p] = pivots[s] + pivots[p]
            into[s] = p
    for s in turn[::-1]:
        into[s] = into[into[s]]
    kept = [s for s in turn if into[s] == s]
    place = {s: i for i, s in enumerate(kept)}
    level = np.zeros(len(kept), int)
    parent = np.array([place[into[above[s]]] if above[s] >= 0 else -1 for s in kept], int)
    for i, p in enumerate(parent):
        if p >= 0:
            level[p] = max(level[p], level[i] + 1)
    return [
        Front(order[np.sort(pivots[s])], order[border[s]], int(parent[i]), int(level[i])) for i, s in enumerate(kept)
    ]


def batches(fronts: list[Front], price: Costs) -> list[Batch]:
    """Fronts in batches of one shape, in an order that can be followed; shapes are padded where that is cheaper."""
    out = []
    for level in range(max((f.level for f in fronts), default=-1) + 1):
        shapes: dict[tuple[int, int], list[int]] = {}
        for i, f in enumerate(fronts):
            if f.level == level:
                shape = (_step(f.pivots.size), _step(f.border.size) if f.border.size else 0)
                shapes.setdefault(shape, []).append(i)
        out += [Batch(members, *shape) for shape, members in _merged(shapes, price).items()]
    return out


def cost(fronts: list[Front], price: Costs) -> float:
    """Estimated time of one factorisation [ns]."""
    return sum(_cost((b.pivots, b.border), len(b.fronts), price) for b in batches(fronts, price))


def rooted(fronts: list[Front], turn: np.ndarray, price: Costs) -> list[Front]:
    """The same fronts with all above some level made one dense root: the level at which elimination is cheapest.

    The tops of the tree are few, large and one after the other: as one dense matrix they are one call.
    """
    top = max((f.level for f in fronts), default=0)
    spent, above = np.zeros(top + 2), np.zeros(top + 1, int)
    for f in fronts:
        above[: f.level + 1] += f.pivots.size
    for batch in batches(fronts, price):
        spent[fronts[batch.fronts[0]].level + 1 :] += _cost((batch.pivots, batch.border), len(batch.fronts), price)
    cut = int(np.argmin([spent[c] + _cost((int(n), 0), 1, price) for c, n in enumerate(above)]))
    low = [f for f in fronts if f.level < cut]
    pivots = np.concatenate([np.zeros(0, int), *(f.pivots for f in fronts if f.level >= cut)]).astype(int)
    if not pivots.size:
        return fronts
    place = np.cumsum([f.level < cut for f in fronts]) - 1
    kept = [
        Front(
            f.pivots, f.border, int(place[f.parent]) if f.parent >= 0 and fronts[f.parent].level < cut else -1, f.level
        )
        for f in low
    ]
    meets_root = [Front(f.pivots, f.border, len(low), f.level) if f.parent < 0 and f.border.size else f for f in kept]
    return [*meets_root, Front(pivots[np.argsort(turn[pivots])], np.zeros(0, int), -1, cut)]


def _step(size: int) -> int:
    """Size rounded up to about an eighth of itself, so that a level has few shapes to choose from."""
    grain = BLOCK if size > WIDE else max(1, 1 << max(size.bit_length() - 3, 0))
    return -(-size // grain) * grain


def _cost(shape: tuple[int, int], count: int, price: Costs) -> float:
    return price.batch + count * _work(*shape, price)


def _work(k: Any, r: Any, price: Costs) -> Any:
    """Estimated time of fronts with k pivots and r border rows [ns]."""
    return price.entry * (k * (k + r) + UPDATE * r * r) + price.flop * (k**3 / 3 + k * k * r + k * r * r)


def _merged(shapes: dict[tuple[int, int], list[int]], price: Costs) -> dict[tuple[int, int], list[int]]:
    """Merge two shapes into their maximum as long as the level gets cheaper."""
    shapes = dict(shapes)
    while len(shapes) > 1:
        keys = list(shapes)
        sizes = np.array(keys)
        count = np.array([len(shapes[k]) for k in keys])
        alone = np.array([_cost(k, int(c), price) for k, c in zip(keys, count, strict=True)])
        k = np.maximum(sizes[:, None, 0], sizes[None, :, 0]).astype(float)
        r = np.maximum(sizes[:, None, 1], sizes[None, :, 1]).astype(float)
        both = count[:, None] + count[None, :]
        together = price.batch + both * _work(k, r, price)
        saved = alone[:, None] + alone[None, :] - together
        np.fill_diagonal(saved, -np.inf)
        a, b = np.unravel_index(np.argmax(saved), saved.shape)
        if saved[a, b] <= 0:
            return shapes
        members = shapes.pop(keys[a]) + shapes.pop(keys[b])
        shape = (int(k[a, b]), int(r[a, b]))
        shapes[shape] = shapes.get(shape, []) + members
    return shapes
