"""Programs of work that goes whole to one place, and their optimum by trying everything."""

import itertools
import math

import numpy as np
from scipy import sparse

from planner.flat import Flat


def homes_program(cost, use, room, fee):
    """Works g to places p: served x = home z, sum x = 1, sum use x <= rent, rent <= room open, x <= open."""
    g, p = cost.shape
    n = g * p
    x, z = np.arange(n), n + np.arange(n)
    rent, opened = 2 * n + np.arange(p), 2 * n + p + np.arange(p)
    entries, rhs, sense = [], [], []

    def row(columns, values, right, code):
        entries.extend((len(rhs), int(c), float(v)) for c, v in zip(columns, values, strict=True))
        rhs.append(right)
        sense.append(code)

    for w in range(g):
        mine = np.arange(w * p, (w + 1) * p)
        row(x[mine], np.ones(p), 1.0, 0)
        row(z[mine], np.ones(p), 1.0, -1)
    for k in range(n):
        row([x[k], z[k]], [1, -1], 0.0, 0)
        row([x[k], opened[k % p]], [1, -1], 0.0, -1)
    for q in range(p):
        row([*x[q::p], rent[q]], [*use[:, q], -1], 0.0, -1)
        row([rent[q], opened[q]], [1, -room[q]], 0.0, -1)
    i, j, v = zip(*entries, strict=True)
    size = 2 * n + 2 * p
    integer = np.zeros(size, bool)
    integer[z], integer[opened] = True, True
    money = np.zeros(size)
    money[x], money[opened] = cost.ravel(), fee
    upper = np.ones(size)
    upper[rent] = room
    return Flat(
        matrix=sparse.csr_matrix((v, (i, j)), (len(rhs), size)), cost=money, lower=np.zeros(size), upper=upper,
        rhs=np.array(rhs), sense=np.array(sense), integer=integer, implied=np.zeros(size, bool),
    )  # fmt: skip


def truth(cost, use, room, fee):
    g, p = cost.shape
    best = math.inf
    for home in itertools.product(range(p), repeat=g):
        load = np.bincount(home, use[np.arange(g), home], p)
        if (load <= room).all():
            best = min(best, cost[np.arange(g), home].sum() + fee[np.unique(home)].sum())
    return best


def random_homes(seed, g=6, p=3):
    rng = np.random.default_rng(seed)
    cost, use = rng.integers(5, 40, (g, p)).astype(float), rng.integers(3, 12, (g, p)).astype(float)
    return cost, use, np.full(p, np.ceil(1.25 * use.mean() * g / p)), rng.integers(0, 30, p).astype(float)
