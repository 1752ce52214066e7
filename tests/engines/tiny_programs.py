"""Named tiny programs with known optima, written with the Builder where time matters."""

import itertools

import jax
import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from planner.builder import Builder
from planner.program import Flat

jax.config.update("jax_enable_x64", True)


def flat_of(cost, matrix, rhs, sense, upper, *, lower=0.0, integer=(), implied=False, constant=0.0):
    cost = np.asarray(cost, float)
    n = cost.size
    whole = np.zeros(n, bool)
    whole[list(integer)] = True
    return Flat(
        matrix=sparse.csr_matrix(np.asarray(matrix, float).reshape(-1, n)),
        cost=cost,
        lower=np.broadcast_to(np.asarray(lower, float), n).copy(),
        upper=np.broadcast_to(np.asarray(upper, float), n).copy(),
        rhs=np.array(rhs, float),
        sense=np.asarray(sense, int),
        integer=whole,
        implied=np.broadcast_to(np.asarray(implied), n).copy(),
        constant=constant,
    )


def transport():
    """Two plants, three towns: supply rows <=, demand rows >=."""
    b = Builder(1)
    ways = [(p, t) for p in ("north", "south") for t in ("a", "b", "c")]
    ship = b.variable("ship", ("plant", "town"), ways, "t", upper=60.0)
    b.charge(ship, np.array([[4.0], [6.0], [9.0], [5.0], [3.0], [2.0]]))
    supply = b.row("supply", ("plant",), [("north",), ("south",)], "<=", np.array([[50.0], [40.0]]), "t")
    demand = b.row("demand", ("town",), [("a",), ("b",), ("c",)], ">=", np.array([[30.0], [25.0], [20.0]]), "t")
    b.couple(supply, ship, [0, 0, 0, 1, 1, 1], np.arange(6), 1.0)
    b.couple(demand, ship, [0, 1, 2, 0, 1, 2], np.arange(6), 1.0)
    return b.program().flat()


def chain():
    """Build now, serve two periods later; capacity is a running total; unserved demand is dear."""
    periods, lag = 6, 2
    b = Builder(periods)
    build = b.variable("build", ("site",), [("east",), ("west",)], "MW", upper=40.0)
    serve = b.variable("serve", ("site",), [("east",), ("west",)], "MW", upper=200.0)
    unserved = b.variable("unserved", (), [()], "MW", upper=200.0)
    b.charge(build, np.array([[10.0], [8.0]]) * 0.9 ** np.arange(periods))
    b.charge(serve, np.array([[0.5], [1.0]]))
    b.charge(unserved, 30.0)
    cap = b.row("capacity", ("site",), [("east",), ("west",)], "<=", 5.0, "MW")
    late = np.arange(periods)[:, None] - np.arange(periods)[None, :] >= lag
    b.couple_kernel(cap, build, [0, 1], [0, 1], -np.where(late, np.array([1.0, 0.8])[:, None, None], 0.0))
    b.couple(cap, serve, [0, 1], [0, 1], 1.0)
    demand = b.row("demand", (), [()], ">=", 8.0 + 4.0 * np.arange(periods)[None, :], "MW")
    b.couple(demand, serve, [0, 0], [0, 1], 1.0)
    b.couple(demand, unserved, [0], [0], 1.0)
    rate = b.row("rate", (), [()], "<=", 7.0, "MW")
    b.couple(rate, build, [0, 0], [0, 1], 1.0)
    return b.program().flat()


def inventory():
    """Lagged balance rows (=): stock carried from the period before, with losses."""
    periods = 5
    b = Builder(periods)
    make = b.variable("make", (), [()], "t", upper=9.0, implied=False)
    stock = b.variable("stock", (), [()], "t", upper=100.0)
    b.charge(make, np.array([[3.0, 1.0, 4.0, 1.5, 5.0]]))
    b.charge(stock, 0.1)
    balance = b.row("balance", (), [()], "=", np.array([[2.0, 3.0, 5.0, 7.0, 6.0]]), "t")
    b.couple(balance, make, [0], [0], 1.0)
    b.couple(balance, stock, [0], [0], -1.0)
    b.couple(balance, stock, [0], [0], 0.95, lag=1)
    b.constant = 2.5
    return b.program().flat()


def degenerate():
    """Many equal rows meet in one vertex."""
    rows = [[1, 1, 0], [1, 1, 0], [0, 1, 1], [1, 0, 1], [1, 1, 1], [2, 2, 0]]
    return flat_of([-1, -1, -1], rows, [1, 1, 1, 1, 1.5, 2], [-1] * 6, 5.0)


def equality_only():
    rng = np.random.default_rng(4)
    a = rng.normal(size=(4, 9))
    return flat_of(rng.normal(size=9), a, a @ rng.uniform(0, 2, 9), [0] * 4, 3.0)


def free_and_negative():
    """Columns below zero, a free column held by rows, a fixed column."""
    return flat_of(
        [1.0, 2.0, 0.5, 1.0],
        [[1, 1, 0, 0], [0, 1, -1, 1], [1, 0, 0, 1]],
        [-3.0, 1.0, 6.0],
        [1, 0, -1],
        [4.0, np.inf, 5.0, 2.0],
        lower=[-4.0, -np.inf, -1.0, 2.0],
    )


def no_rows():
    return flat_of([1.0, -2.0, 0.0], np.zeros((0, 3)), [], [], 3.0, lower=-1.0)


def bound_needed():
    """Unbounded without its "implied" bound: the engine must take the bound back."""
    return flat_of([-1.0, 1.0], [[1.0, 1.0]], [1.0], [1], 6.0, implied=True)


def infeasible():
    return flat_of([1, 1], [[1, 1], [1, 2]], [10, 8], [1, -1], 20.0)


def infeasible_by_bounds():
    return flat_of([1, 1, 1], [[1, 1, 0], [0, 1, 1]], [10, 1], [1, 0], 4.0)


def unbounded():
    return flat_of([-1, -1], [[1, -1]], [2], [-1], np.inf)


def knapsack(size=7, seed=3):
    rng = np.random.default_rng(seed)
    weight = rng.integers(3, 30, size)
    worth = weight + rng.integers(1, 10, size)
    return flat_of(-worth, [weight], [weight.sum() // 2], [-1], 1.0, integer=range(size), constant=100.0)


def facility(places=4, towns=6, seed=0, strong=False):
    rng = np.random.default_rng(seed)
    need = rng.uniform(2, 10, towns)
    n = places + places * towns
    rows, rhs, sense = [], [], []
    for t in range(towns):
        row = np.zeros(n)
        row[places + np.arange(places) * towns + t] = 1.0
        rows.append(row), rhs.append(need[t]), sense.append(1)
    for p in range(places):
        row = np.zeros(n)
        row[places + p * towns : places + (p + 1) * towns] = 1.0
        row[p] = -rng.uniform(0.4, 0.9) * need.sum()
        rows.append(row), rhs.append(0.0), sense.append(-1)
        for t in range(towns if strong else 0):
            row = np.zeros(n)
            row[places + p * towns + t], row[p] = 1.0, -need[t]
            rows.append(row), rhs.append(0.0), sense.append(-1)
    cost = np.concatenate([rng.uniform(20, 60, places), rng.uniform(1, 10, places * towns)])
    upper = np.concatenate([np.ones(places), np.tile(need, places)])
    return flat_of(cost, rows, rhs, sense, upper, integer=range(places), implied=np.arange(n) >= places)


def staircase(periods=4, kinds=2, seed=0):
    """Integer units bought over time (running totals), demand to serve, one purchase kind per period."""
    rng = np.random.default_rng(seed)
    n = kinds * periods * 2 + periods
    buy = np.arange(kinds * periods).reshape(kinds, periods)
    use = kinds * periods + buy
    miss = 2 * kinds * periods + np.arange(periods)
    rows, rhs, sense = [], [], []
    for t in range(periods):
        row = np.zeros(n)
        row[use[:, t]], row[miss[t]] = 1.0, 1.0
        rows.append(row), rhs.append(rng.uniform(2, 5) * (t + 1)), sense.append(1)
        for k in range(kinds):
            row = np.zeros(n)
            row[use[k, t]], row[buy[k, : t + 1]] = 1.0, -(2.0 + 1.5 * k)
            rows.append(row), rhs.append(0.0), sense.append(-1)
        row = np.zeros(n)
        row[buy[:, t]] = 1.0
        rows.append(row), rhs.append(2.0), sense.append(-1)
    cost = np.zeros(n)
    cost[buy] = rng.uniform(4, 8, (kinds, 1)) * 0.95 ** np.arange(periods) * np.array([[1.0], [1.6]])[:kinds]
    cost[use] = rng.uniform(0.1, 0.5, (kinds, periods))
    cost[miss] = 20.0
    upper = np.full(n, 50.0)
    upper[buy] = 2.0
    return flat_of(cost, rows, rhs, sense, upper, integer=buy.ravel()), np.concatenate(
        [np.tile(np.arange(periods), 2 * kinds), np.arange(periods)]
    )


LINEAR = {
    f.__name__: f
    for f in (transport, chain, inventory, degenerate, equality_only, free_and_negative, no_rows, bound_needed)
}


def independent_optimum(flat, lower=None, upper=None):
    """scipy's own call of HiGHS on the relaxation; inf when there is no plan."""
    a, s = flat.matrix.toarray(), flat.sense
    less = np.vstack([a[s < 0], -a[s > 0]])
    limit = np.concatenate([flat.rhs[s < 0], -flat.rhs[s > 0]])
    bounds = np.column_stack([flat.lower if lower is None else lower, flat.upper if upper is None else upper])
    kw = {"A_ub": less, "b_ub": limit} if less.size else {}
    kw |= {"A_eq": a[s == 0], "b_eq": flat.rhs[s == 0]} if (s == 0).any() else {}
    answer = linprog(flat.cost, bounds=bounds, method="highs", **kw)
    return answer.fun + flat.constant if answer.status == 0 else np.inf


def brute_force(flat):
    """Optimum over every combination of integers."""
    whole = np.flatnonzero(flat.integer)
    ranges = [range(int(np.ceil(flat.lower[j])), int(np.floor(flat.upper[j])) + 1) for j in whole]
    best = np.inf
    for values in itertools.product(*ranges):
        low, up = flat.lower.copy(), flat.upper.copy()
        low[whole] = up[whole] = values
        best = min(best, independent_optimum(flat, low, up))
    return best
