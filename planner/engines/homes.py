"""Work that goes whole to one place, read off a program: costs, loads, room and fees, without names of rows.

What is found on these arrays is handed back as whole numbers, which a relaxation with those integers fixed turns into a
plan.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from planner.program import Flat


@dataclass(frozen=True, eq=False)
class Homes:
    """Works G, places P, limits T of each place.

    cost ``[G, P]`` (inf where a work may not go), load ``[G, P, T]``, room ``[P, T]``, fee ``[P]`` of a place that is
    used; column ``[G, P]`` of the integer that stands for the home, opens ``[P]`` lists of the integers a place needs.
    """

    cost: np.ndarray
    load: np.ndarray
    room: np.ndarray
    fee: np.ndarray
    column: np.ndarray
    opens: tuple[tuple[int, ...], ...]

    @staticmethod
    def of(flat: Flat) -> Homes | None:
        """The homes of a program; None where some whole decision is of another kind."""
        return _read(flat)

    def within(self, places: np.ndarray) -> Homes:
        """The same, with no other places than these."""
        out = np.ones(self.fee.size, bool)
        out[places] = False
        return replace(self, cost=np.where(out[None, :], np.inf, self.cost))

    def at(self, columns: np.ndarray, missing: float) -> np.ndarray:
        """A number per column [n] as one per home ``[G, P]``; `missing` where there is no such home."""
        return np.where(self.column >= 0, columns[self.column], missing)

    def value(self, home: np.ndarray) -> float:
        """Cost of the homes ``[G]`` and of the places they use."""
        return float(self.cost[np.arange(home.size), home].sum() + self.fee[np.unique(home)].sum())

    def fits(self, home: np.ndarray, works: np.ndarray | None = None) -> bool:
        """Whether the homes of the works (default: all) leave no place overfilled."""
        works = np.arange(home.size) if works is None else works
        full = np.zeros_like(self.room)
        np.add.at(full, home, self.load[works, home])
        return bool((full <= self.room + 1e-9 * np.maximum(1.0, self.load.max(initial=0.0))).all())

    def integers(self, flat: Flat, home: np.ndarray) -> np.ndarray:
        """Columns [n] with every integer set: homes as given, used places open, the rest at its lower bound."""
        x = np.where(flat.integer, np.ceil(flat.lower - 1e-9), 0.0)
        x[self.column[np.arange(home.size), home]] = 1.0
        for p in np.unique(home):
            x[list(self.opens[p])] = 1.0
        return x


def _read(flat: Flat) -> Homes | None:
    a = flat.matrix
    ends = np.diff(a.indptr)
    tie = _ties(flat, ends, 0)
    if not tie:
        return None
    homes = sorted({z for z, _ in tie.values()})
    place_of_home = {z: k for k, z in enumerate(homes)}
    group = np.full(len(homes), -1)
    groups = 0
    for i in np.flatnonzero((flat.sense <= 0) & (flat.rhs == 1)):
        span = slice(a.indptr[i], a.indptr[i + 1])
        mine = [place_of_home.get(int(j), -1) for j in a.indices[span]]
        if mine and min(mine) >= 0 and (a.data[span] == 1).all():
            group[mine] = groups
            groups += 1
    others = set(np.flatnonzero(flat.integer).tolist()) - set(homes)
    opens = {x: z for x, (z, _) in _ties(flat, ends, -1).items()}
    if (group < 0).any() or not others <= set(opens.values()):
        return None
    owner = {x: place_of_home[z] for x, (z, _) in tie.items()}
    size = {x: d for x, (_, d) in tie.items()}
    rooms, load = _rooms(flat, ends, owner, size)
    cost = flat.cost[homes].copy()
    needed: list[set[int]] = [set() for _ in homes]
    for x, k in owner.items():
        cost[k] += size[x] * flat.cost[x]
        if x in opens:
            needed[k].add(opens[x])
    keys = [(tuple(sorted(load[k])), tuple(sorted(needed[k]))) for k in range(len(homes))]
    places = {key: p for p, key in enumerate(sorted(set(keys)))}
    periods = max((len(key[0]) for key in places), default=0)
    g, p = groups, len(places)
    out = Homes(
        np.full((g, p), np.inf),
        np.zeros((g, p, max(periods, 1))),
        np.full((p, max(periods, 1)), np.inf),
        np.zeros(p),
        np.full((g, p), -1),
        tuple(key[1] for key in sorted(set(keys))),
    )
    for key, q in places.items():
        out.room[q, : len(key[0])] = [rooms[i] for i in key[0]]
        out.fee[q] = sum(flat.cost[list(key[1])])
    for k, key in enumerate(keys):
        q = places[key]
        if cost[k] < out.cost[group[k], q] and flat.upper[homes[k]] >= 1:
            out.cost[group[k], q], out.column[group[k], q] = cost[k], homes[k]
            out.load[group[k], q, : len(key[0])] = [load[k][i] for i in key[0]]
    fits = (out.load <= out.room + 1e-9).all(axis=2)
    out.cost[~fits] = np.inf
    return out if np.isfinite(out.cost).any(axis=1).all() else None


def _ties(flat: Flat, ends: np.ndarray, sense: int) -> dict[int, tuple[int, float]]:
    """Continuous column -> (integer column, multiple) from rows x - d z = 0 (sense 0) or <= 0 (sense -1)."""
    a, out = flat.matrix, {}
    for i in np.flatnonzero((ends == 2) & (flat.sense == sense) & (flat.rhs == 0)):
        (j, k), (u, v) = a.indices[a.indptr[i] : a.indptr[i + 1]], a.data[a.indptr[i] : a.indptr[i + 1]]
        if flat.integer[j]:
            j, k, u, v = k, j, v, u
        if not flat.integer[j] and flat.integer[k] and u > 0 > v:
            out[int(j)] = (int(k), float(-v / u))
    return out


def _rooms(
    flat: Flat, ends: np.ndarray, owner: dict[int, int], size: dict[int, float]
) -> tuple[dict[int, float], list[dict[int, float]]]:
    """Room of each row that limits several works together, and the load of each home in such rows."""
    a = flat.matrix
    rooms: dict[int, float] = {}
    load: list[dict[int, float]] = [{} for _ in range(max(owner.values()) + 1)]
    for i in np.flatnonzero((flat.sense == -1) & (ends > 1)):
        span = slice(a.indptr[i], a.indptr[i + 1])
        columns, values = a.indices[span], a.data[span]
        mine = [(int(j), v) for j, v in zip(columns, values, strict=True) if int(j) in owner]
        if not mine or any(flat.integer[j] for j in columns):
            continue
        rest = [(j, v) for j, v in zip(columns, values, strict=True) if int(j) not in owner]
        rooms[int(i)] = flat.rhs[i] - sum(v * (flat.upper[j] if v < 0 else flat.lower[j]) for j, v in rest)
        for j, v in mine:
            there = load[owner[j]]
            there[int(i)] = there.get(int(i), 0.0) + v * size[j]
    return rooms, load


def first_homes(homes: Homes, hint: np.ndarray) -> np.ndarray:
    """Place of each work ``[G]``: what a relaxed plan is sure of, then by regret.

    Who loses most by its second choice goes first; it need not fit. hint ``[G, P]``: how much a relaxed plan wants a
    work at a place.
    """
    count = homes.cost.shape[0]
    home, left = np.full(count, -1), homes.room.copy()
    order = np.argsort(-hint.max(axis=1), kind="stable")
    hint = np.where(np.isfinite(homes.cost), hint, 0.0)
    for g in order[hint.max(axis=1)[order] > 0.999]:
        home[g] = int(np.argmax(hint[g]))
        left[home[g]] -= homes.load[g, home[g]]
    while (home < 0).any():
        todo = np.flatnonzero(home < 0)
        used = np.isin(np.arange(homes.fee.size), home)
        price = homes.cost[todo] + np.where(used, 0.0, homes.fee)
        fits = (homes.load[todo] <= left + 1e-9).all(axis=2)
        best = np.where(fits, price, np.inf)
        two = np.sort(best, axis=1)[:, :2]
        with np.errstate(invalid="ignore"):
            regret = np.where(np.isfinite(two[:, 0]), two[:, -1] - two[:, 0], np.inf)
        k = int(np.argmax(np.nan_to_num(regret, nan=0.0, posinf=1e300)))
        g = todo[k]
        home[g] = int(np.argmin(best[k] if np.isfinite(best[k]).any() else price[k]))
        left[home[g]] -= homes.load[g, home[g]]
    return home
