"""Homes for work that goes whole to one place: regret first, then shifts and swaps that may overfill a place meanwhile.

Reads from a program whether it is of that kind (`Homes.of`), searches on costs and loads alone, and hands back whole
numbers, which a relaxation with those integers fixed turns into a plan.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.program import Flat

ROUNDS = 600
"""Shifts and swaps; each looks at all pairs of work and place, and of work and work."""
REST = 9
"""Rounds in which what was moved is left alone."""
SWAPPED = 400
"""Works up to which swaps of all pairs are looked at."""


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

    def integers(self, flat: Flat, home: np.ndarray) -> np.ndarray:
        """Columns [n] with every integer set: homes as given, used places open, the rest at its lower bound."""
        x = np.where(flat.integer, np.ceil(flat.lower - 1e-9), 0.0)
        x[self.column[np.arange(home.size), home]] = 1.0
        for p in np.unique(home):
            x[list(self.opens[p])] = 1.0
        return x


def assigned(homes: Homes, hint: np.ndarray) -> np.ndarray | None:
    """Place of each work ``[G]`` of the cheapest assignment found that fits; None if none did.

    hint ``[G, P]``: how much a relaxed plan wants a work at a place.
    """
    search = _Search(homes, _start(homes, hint))
    return search.run()


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


def _start(homes: Homes, hint: np.ndarray) -> np.ndarray:
    """Homes that a relaxed plan is sure of, then by regret: who loses most by its second choice goes first."""
    count = homes.cost.shape[0]
    home, left = np.full(count, -1), homes.room.copy()
    order = np.argsort(-hint.max(axis=1), kind="stable")
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


class _Search:
    """Best shift or swap, round after round; overfilling costs a price that rises until plans fit again."""

    def __init__(self, homes: Homes, home: np.ndarray) -> None:
        self.h, self.home = homes, home
        self.works = np.arange(home.size)
        finite = homes.cost[np.isfinite(homes.cost)]
        used = homes.load[np.isfinite(homes.cost)]
        scale = np.abs(finite).mean() / max(float(np.abs(used).mean()), 1e-12)
        self.price = max(scale, 1e-12)
        self.free = np.zeros(home.size, int)
        self.best: np.ndarray | None = None
        self.value = np.inf

    def run(self) -> np.ndarray | None:
        for t in range(ROUNDS):
            self._look()
            moved = self._move(t)
            if not moved:
                break
        self._look()
        return self.best

    def _filled(self) -> np.ndarray:
        full = np.zeros_like(self.h.room)
        np.add.at(full, self.home, self.h.load[self.works, self.home])
        return full

    def _cost(self) -> float:
        return float(self.h.cost[self.works, self.home].sum() + self.h.fee[np.unique(self.home)].sum())

    def _look(self) -> None:
        """Keep the plan if it fits and is the best; let the price of overfilling follow."""
        over = np.maximum(self._filled() - self.h.room, 0.0).max(initial=0.0)
        fits = over <= 1e-9 * max(1.0, float(self.h.load.max(initial=0.0)))
        if fits and (value := self._cost()) < self.value:
            self.best, self.value = self.home.copy(), value
        self.price *= 0.9 if fits else 1.15

    def _move(self, t: int) -> bool:
        h, home, works = self.h, self.home, self.works
        full = self._filled()
        over = np.maximum(full - h.room, 0.0)
        out = full[home] - h.load[works, home]
        less = (np.maximum(out - h.room[home], 0.0) - over[home]).sum(axis=1)
        more = (np.maximum(full + h.load - h.room, 0.0) - over).sum(axis=2)
        here = np.bincount(home, minlength=h.fee.size)
        fee = np.where(here == 0, h.fee, 0.0)[None, :] - np.where(here[home] == 1, h.fee[home], 0.0)[:, None]
        base = h.cost[works, home]
        gain = h.cost - base[:, None] + fee + self.price * (less[:, None] + more)
        gain[works, home] = np.inf
        rested = self.free > t
        gain[rested] = np.inf
        best, where = float(gain.min()), np.unravel_index(int(np.argmin(gain)), gain.shape)
        swap = None
        if home.size <= SWAPPED:
            crossed = h.cost[:, home]
            money = crossed + crossed.T - base[:, None] - base[None, :]
            into = out[:, None, :] + h.load[:, home].transpose(1, 0, 2) - h.room[home][:, None, :]
            side = (np.maximum(into, 0.0) - over[home][:, None, :]).sum(axis=2)
            both = money + self.price * (side + side.T)
            both[home[:, None] == home[None, :]] = np.inf
            both[rested], both[:, rested] = np.inf, np.inf
            if both.min() < best:
                best, swap = float(both.min()), np.unravel_index(int(np.argmin(both)), both.shape)
        if not np.isfinite(best):
            return False
        if swap is not None:
            g, k = int(swap[0]), int(swap[1])
            home[g], home[k] = home[k], home[g]
            self.free[[g, k]] = t + REST
        else:
            g = int(where[0])
            home[g] = int(where[1])
            self.free[g] = t + REST
        return True
