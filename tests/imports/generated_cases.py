"""Problems made with a seed after the recipes of public ones, as files; and their optimum from a MILP on the numbers.

The MILP is written here on the numbers that went into the file: it shares nothing with the import or with the program.

Recipes: capacitated location, Cornuejols, Sridharan and Thizy 1991, Eur. J. Oper. Res. 50, 280-297; generalised
assignment of types a to e, Chu and Beasley 1997, Comput. Oper. Res. 24, 17-23; p-median on a random graph, Beasley
1985, Eur. J. Oper. Res. 21, 270-273; uncapacitated location on the plane, as the class Euclid of UflLib.
"""

from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import shortest_path


@dataclass(frozen=True, eq=False)
class Made:
    """A problem: its format, its file, and the numbers. cost, use: [customer, place]; room, fee: [place]."""

    format: str
    text: str
    cost: np.ndarray
    use: np.ndarray
    room: np.ndarray
    fee: np.ndarray
    whole: bool
    most: int | None = None


def lines(*rows):
    return "\n".join(" ".join(f"{v:.12g}" for v in np.ravel(row)) for row in rows) + "\n"


def location(places, customers, seed, *, whole=False, ratio=5.0):
    """Capacitated location; ratio: total capacity over total demand."""
    rng = np.random.default_rng(seed)
    here, there = rng.random((places, 2)), rng.random((customers, 2))
    demand, room = rng.integers(5, 36, customers).astype(float), rng.integers(10, 161, places).astype(float)
    room = np.ceil(room * ratio * demand.sum() / room.sum())
    fee = np.floor(rng.uniform(0, 90, places) + rng.uniform(100, 110, places) * np.sqrt(room))
    cost = np.round(10 * np.hypot(*np.moveaxis(there[:, None] - here[None], 2, 0)) * demand[:, None], 0 if whole else 4)
    use = np.repeat(demand[:, None], places, axis=1)
    if whole:
        text = lines([places, customers], room, fee, demand, *cost)
        return Made("single-source", text, cost, use, room, fee, True)
    rows = [row for j in range(customers) for row in ([demand[j]], cost[j])]
    text = lines([places, customers], *np.c_[room, fee], *rows)
    return Made("orlib-cap", text, cost, use, room, fee, False)


def assignment(kind, agents, jobs, seed):
    """Generalised assignment of type a, b, c, d or e."""
    rng = np.random.default_rng(seed)
    if kind == "e":
        use = np.floor(1 - 10 * np.log(rng.uniform(1e-9, 1, (agents, jobs)))) + 0.0
        cost = np.maximum(np.floor(1000 / use - 10 * rng.random((agents, jobs))), 0.0)
    elif kind == "d":
        use = rng.integers(1, 101, (agents, jobs)).astype(float)
        cost = 111 - use + rng.integers(-10, 11, (agents, jobs))
    else:
        use = rng.integers(5, 26, (agents, jobs)).astype(float)
        cost = rng.integers(10, 51, (agents, jobs)).astype(float)
    if kind in "ab":
        cheapest = np.bincount(cost.argmin(axis=0), use[cost.argmin(axis=0), np.arange(jobs)], agents).max()
        room = np.full(agents, np.floor((0.6 * jobs / agents * 15 + 0.4 * cheapest) * (1.0 if kind == "a" else 0.7)))
    else:
        room = np.floor(0.8 * use.sum(axis=1) / agents)
    text = lines([agents, jobs], *cost, *use, room)
    return Made("gap", text, cost.T, use.T, room, np.zeros(agents), True)


def median(vertices, p, seed):
    """P-median on a connected random graph of n^2 / 50 edges, at least a ring."""
    rng = np.random.default_rng(seed)
    ring = [(i, i % vertices + 1) for i in range(1, vertices + 1)]
    more = max(0, vertices**2 // 50 - vertices)
    ends = [*ring, *(tuple(int(v) for v in rng.choice(vertices, 2, replace=False) + 1) for _ in range(more))]
    length = {}
    rows = []
    for i, j in ends:
        value = int(rng.integers(1, 101))
        rows.append([i, j, value])
        length[min(i, j) - 1, max(i, j) - 1] = value
    graph = sparse.coo_matrix((list(length.values()), tuple(zip(*length, strict=True))), (vertices, vertices))
    cost = shortest_path(graph.tocsr(), directed=False)
    nothing = np.zeros(vertices)
    return Made(
        "p-median", lines([vertices, len(rows), p], *rows), cost, 0 * cost, nothing + np.inf, nothing, False, most=p
    )


def plane(places, customers, seed, fee=3000.0):
    """Uncapacitated location, places and customers on a square, one fee."""
    rng = np.random.default_rng(seed)
    here, there = rng.random((places, 2)), rng.random((customers, 2))
    cost = np.round(7000 * np.hypot(*np.moveaxis(there[:, None] - here[None], 2, 0)))
    rows = [[k + 1, fee, *cost[:, k]] for k in range(places)]
    text = "FILE: plane\n" + lines([places, customers, 0], *rows)
    return Made("ufl", text, cost, 0 * cost, np.full(places, np.inf), np.full(places, fee), False)


def direct(made, time=60.0):
    """Value and bound of HiGHS on the numbers: shares of customers (whole or not), then whether a place is open."""
    n, m = made.cost.shape
    opened = n * m + np.arange(m)
    paid = bool(made.fee.any()) or made.most is not None
    blocks = [sparse.hstack([sparse.kron(sparse.eye(n), np.ones((1, m))), sparse.csr_matrix((n, m))])]
    low, up = [np.ones(n)], [np.ones(n)]
    limited = np.flatnonzero(np.isfinite(made.room))
    if limited.size:
        columns = limited.repeat(n) + m * np.tile(np.arange(n), limited.size)
        entries = (made.use[:, limited].T.ravel(), (np.arange(limited.size).repeat(n), columns))
        size = sparse.csr_matrix(entries, (limited.size, n * m))
        room = sparse.csr_matrix((-made.room[limited], (np.arange(limited.size), limited)), (limited.size, m))
        blocks.append(sparse.hstack([size, room]))
        low.append(np.full(limited.size, -np.inf))
        up.append(np.zeros(limited.size))
    if paid:
        blocks.append(sparse.hstack([sparse.eye(n * m), -sparse.kron(np.ones((n, 1)), sparse.eye(m))]))
        low.append(np.full(n * m, -np.inf))
        up.append(np.zeros(n * m))
    if made.most is not None:
        blocks.append(sparse.csr_matrix((np.ones(m), (np.zeros(m, int), opened)), (1, n * m + m)))
        low.append(np.array([-np.inf]))
        up.append(np.array([float(made.most)]))
    a = sparse.csr_matrix(sparse.vstack(blocks))
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = a.shape
    lp.col_cost_ = np.r_[made.cost.ravel(), made.fee]
    lp.col_lower_ = np.r_[np.zeros(n * m), np.full(m, 0.0 if paid else 1.0)]
    lp.col_upper_ = np.ones(n * m + m)
    lp.row_lower_, lp.row_upper_ = np.concatenate(low), np.concatenate(up)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = a.indptr, a.indices, a.data
    kinds = highspy.HighsVarType
    lp.integrality_ = [*(n * m * [kinds.kInteger if made.whole else kinds.kContinuous]), *(m * [kinds.kInteger])]
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    model.setOptionValue("mip_rel_gap", 0.0)
    model.setOptionValue("time_limit", time)
    model.passModel(lp)
    model.run()
    info = model.getInfo()
    return float(info.objective_function_value), float(info.mip_dual_bound)
