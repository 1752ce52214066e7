"""A better assignment by small exact exchanges: the works of a few places are dealt out anew, all others stay.

Each exchange is a program of some hundred integers for HiGHS, taken place after place until no one helps or the time is
out. Works and places that a relaxation finds dear together are left out of it.
"""

from __future__ import annotations

from time import perf_counter

import highspy
import numpy as np
from scipy import sparse

from planner.engines.homes import Homes
from planner.engines.warm import model_of
from planner.program import Flat

WIDE = 360
"""Pairs of work and place in one exchange, about."""

CHEAPEST = 4
"""Homes of each work that an exchange may use at least, the cheapest by price."""

NODES = 150
"""Boxes that HiGHS looks at in one exchange."""


def exchanged(homes: Homes, home: np.ndarray, price: np.ndarray, *, time: float) -> np.ndarray:
    """Place of each work ``[G]``, never worse than the one given, which must fit.

    price ``[G, P]``: reduced cost of each home in a relaxation. time: limit [s].
    """
    start, home = perf_counter(), home.copy()
    places = homes.fee.size
    dear = np.where(np.isfinite(homes.cost), price, np.inf)
    rank = dear.argsort(axis=1).argsort(axis=1)
    wanted = (rank < CHEAPEST) & np.isfinite(dear)
    seeds, quiet, k = np.argsort(-np.bincount(home, minlength=places), kind="stable"), 0, 0
    tried: set[tuple[bytes, bytes]] = set()
    while quiet < places and perf_counter() - start < time:
        some = _near(homes, home, wanted, int(seeds[k % places]))
        k, quiet = k + 1, quiet + 1
        works = np.flatnonzero(np.isin(home, some))
        mark = (some.tobytes(), home[works].tobytes())
        if works.size < 2 or mark in tried:
            continue
        tried.add(mark)
        better = _dealt(homes, home, works, some, wanted, time - (perf_counter() - start))
        if better is not None:
            home[works], quiet = better, 0
    return home


def _near(homes: Homes, home: np.ndarray, wanted: np.ndarray, seed: int) -> np.ndarray:
    """The seed and the places that want the works of those chosen most, as many as `WIDE` allows."""
    some, count = [seed], np.bincount(home, minlength=homes.fee.size)
    mine = home == seed
    while len(some) < homes.fee.size:
        # Works here that want to be there, and works there that want to be here.
        there = wanted[mine].sum(axis=0) + np.bincount(home[wanted[:, some].any(axis=1)], minlength=homes.fee.size)
        there = there / np.maximum(count, 1.0) ** 0.5
        there[some] = -1
        nearest = int(np.argmax(there))
        if (mine.sum() + count[nearest]) * min(len(some) + 1, CHEAPEST) > WIDE:
            break
        some.append(nearest)
        mine |= home == nearest
    return np.sort(np.array(some))


def _dealt(
    homes: Homes, home: np.ndarray, works: np.ndarray, some: np.ndarray, wanted: np.ndarray, time: float
) -> np.ndarray | None:
    """Better places of the works among the places, the best that HiGHS finds; None if there are none."""
    may = wanted[np.ix_(works, some)]
    may[np.arange(works.size), np.searchsorted(some, home[works])] = True
    g, p = np.nonzero(may)
    flat = _program(homes, works[g], some[p], g, p, some)
    stays = np.r_[some[p] == home[works[g]], np.isin(some, home[works])].astype(float)
    x = _solved(flat, stays, time)
    place = np.full(works.size, -1)
    chosen = x[: g.size] > 0.5
    place[g[chosen]] = some[p[chosen]]
    now = homes.cost[works, home[works]].sum() + homes.fee[np.unique(home[works])].sum()
    if (place < 0).any() or not homes.fits(place, works):
        return None
    value = homes.cost[works, place].sum() + homes.fee[np.unique(place)].sum()
    return place if value < now - 1e-9 * abs(now) else None


def _program(homes: Homes, work: np.ndarray, place: np.ndarray, g: np.ndarray, p: np.ndarray, some: np.ndarray) -> Flat:
    """Columns: a home per pair (work, place), then whether a place is used. Rows: one home, room, open before used."""
    z, n = np.arange(g.size), g.size + some.size
    at, period = np.nonzero(np.isfinite(homes.room[some]))
    which = np.full(homes.room[some].shape, -1)
    which[at, period] = np.arange(at.size)
    row, column, value = [g], [z], [np.ones(g.size)]
    for t in range(homes.room.shape[1]):
        limited = which[p, t] >= 0
        row.append(g.max() + 1 + which[p, t][limited])
        column.append(z[limited])
        value.append(homes.load[work, place, t][limited])
    row.append(g.max() + 1 + np.arange(at.size))
    column.append(g.size + at)
    value.append(-homes.room[some][at, period])
    paid = np.flatnonzero(homes.fee[place] > 0)
    for columns, sign in ((z[paid], 1.0), (g.size + p[paid], -1.0)):
        row.append(g.max() + 1 + at.size + np.arange(paid.size))
        column.append(columns)
        value.append(np.full(paid.size, sign))
    most = g.max() + 1 + at.size + paid.size
    ones = np.arange(most) <= g.max()
    entries = (np.concatenate(value), (np.concatenate(row), np.concatenate(column)))
    return Flat(
        matrix=sparse.csr_matrix(entries, shape=(most, n)),
        cost=np.r_[homes.cost[work, place], homes.fee[some]],
        lower=np.r_[np.zeros(g.size), np.where(homes.fee[some] > 0, 0.0, 1.0)],
        upper=np.ones(n),
        rhs=ones.astype(float),
        sense=np.where(ones, 0, -1),
        integer=np.ones(n, bool),
        implied=np.zeros(n, bool),
    )


def _solved(flat: Flat, start: np.ndarray, time: float) -> np.ndarray:
    """The best plan that HiGHS finds, from one that fits."""
    model = model_of(flat, 1e-7, integers=True)
    model.setOptionValue("mip_max_nodes", NODES)
    model.setOptionValue("time_limit", max(time, 0.05))
    plan = highspy.HighsSolution()
    plan.col_value = list(start)
    model.setSolution(plan)
    model.run()
    x = np.array(model.getSolution().col_value, float)
    return x if x.size == start.size else start
