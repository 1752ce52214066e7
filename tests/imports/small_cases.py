"""Small problems written down here, their optimum by trying everything, and the optimum that the planner finds."""

import itertools
import math
from pathlib import Path

import numpy as np

from planner import read_scenario, read_tables
from planner.assemble import assemble_compiled
from planner.engines.exact import milp


def divisible(capacity, opening, demand, cost):
    """Cheapest cost when customers may be split: every set of open places, each a linear program of its own."""
    from scipy.optimize import linprog

    m, n, best = len(capacity), len(demand), math.inf
    for which in itertools.product((0, 1), repeat=m):
        room = np.array(which) * np.minimum(capacity, 1e9)
        a = np.zeros((m, n * m))
        for j, i in itertools.product(range(n), range(m)):
            a[i, j * m + i] = demand[j]
        all_served = np.kron(np.eye(n), np.ones(m))
        found = linprog(np.ravel(cost), a, room, all_served, np.ones(n), bounds=(0, 1))
        if found.status == 0:
            best = min(best, found.fun + float(np.dot(which, opening)))
    return best


def whole(capacity, opening, use, cost, most=None):
    """Cheapest cost when each customer has one place: every way to place them. use, cost: [n][m]."""
    m, best = len(capacity), math.inf
    for home in itertools.product(range(m), repeat=len(cost)):
        opened = set(home)
        load = [sum(use[j][i] for j, h in enumerate(home) if h == i) for i in range(m)]
        if all(a <= b for a, b in zip(load, capacity, strict=True)) and (most is None or len(opened) <= most):
            best = min(best, sum(cost[j][i] for j, i in enumerate(home)) + sum(opening[i] for i in opened))
    return best


def optimum(folder, *sets, change=lambda tables: tables):
    """The optimum of a scenario folder [M USD]."""
    tables = change(read_tables(read_scenario(Path(folder), (), sets)))
    flat = assemble_compiled(tables).program.flat()
    answer = milp(flat, gap=0.0)
    assert answer.has_plan
    return 1e3 * flat.value(answer.x)
