"""A better assignment by moves: shifts and swaps that may overfill a place meanwhile, and places opened or closed.

Everything is read off costs, loads and fees; no relaxation is solved. The price of overfilling rises while a plan does
not fit and falls while it does, so the search stays near the edge where the good plans are. Where it stands still it is
kicked: a place is opened, closed or exchanged, or (nothing to open) a few works are moved at random from a fixed seed.
"""

from __future__ import annotations

from time import perf_counter

import numpy as np

from planner.engines.homes import Homes

ROUNDS = 600
"""Most shifts and swaps."""

REST = 9
"""Rounds in which what was moved is left alone, at least; up to twice as many."""

STALL = 120
"""Rounds without a better plan after which the search is kicked."""

PAIRS = 8_000
"""Pairs of works that are looked at for a swap in one round."""

FAR = 1e30
"""Stands for the cost of a home that is not allowed."""


def placed(homes: Homes, home: np.ndarray, *, time: float = np.inf, rounds: int = ROUNDS) -> np.ndarray | None:
    """Place of each work ``[G]`` of the cheapest assignment found that fits, from one that need not; None if none did.

    time: limit [s]. The same start gives the same answer where the time is not what ends it.
    """
    return _Moves(homes, home).run(rounds, time)


class _Moves:
    def __init__(self, homes: Homes, home: np.ndarray) -> None:
        self.h, self.home = homes, home.copy()
        self.works, self.places = np.arange(home.size), np.arange(homes.fee.size)
        self.cost = np.where(np.isfinite(homes.cost), homes.cost, FAR)
        self.load = np.where(np.isfinite(homes.load), homes.load, 0.0)
        self.fees = bool((homes.fee > 0).any())
        fine = self.cost < FAR
        used = self.load[fine]
        self.near = 1e-9 * max(1.0, float(used.max(initial=0.0)))
        self.price = max(float(np.abs(self.cost[fine]).mean()) / max(float(np.abs(used).mean()), 1e-12), 1e-12)
        self.rest = min(REST, home.size // 4)
        self.free, self.idle = np.zeros(home.size, int), np.zeros(homes.fee.size, int)
        self.random = np.random.default_rng(0)
        self.best: np.ndarray | None = None
        self.value = np.inf
        self._fill()

    def run(self, rounds: int, time: float) -> np.ndarray | None:
        start, last, kicks = perf_counter(), 0, 0
        for t in range(rounds):
            if self._look():
                last, kicks = t, 0
            if t % 16 == 0 and perf_counter() - start > time:
                break
            if t - last > STALL:
                last, kicks = t, kicks + 1
                if kicks % 4 == 0 and self.best is not None:
                    self.home = self.best.copy()
                    self._fill()
                self._kick(t, kicks)
            elif not self._move(t) and (self.free <= t).all():
                break
        return self.best

    def _fill(self) -> None:
        self.full = np.zeros_like(self.h.room)
        np.add.at(self.full, self.home, self.load[self.works, self.home])
        self.count = np.bincount(self.home, minlength=self.places.size)

    def _put(self, work: int, place: int) -> None:
        old = self.home[work]
        self.full[old] -= self.load[work, old]
        self.full[place] += self.load[work, place]
        self.count[old] -= 1
        self.count[place] += 1
        self.home[work] = place

    def _look(self) -> bool:
        """Keep the plan if it fits and is the best; let the price of overfilling follow."""
        fits = float((self.full - self.h.room).max(initial=0.0)) <= self.near
        self.price *= 0.93 if fits else 1.07
        if not fits:
            return False
        value = float(self.cost[self.works, self.home].sum() + self.h.fee[self.count > 0].sum())
        if value >= self.value - 1e-9 * abs(self.value) or value >= FAR:
            return False
        self.best, self.value = self.home.copy(), value
        return True

    def _move(self, t: int) -> bool:
        """The best shift or swap of works that are not resting."""
        home, works = self.home, self.works
        base = self.cost[works, home]
        mine = self.load[works, home]
        over = np.maximum(self.full - self.h.room, 0.0)
        less = (np.maximum(self.full[home] - mine - self.h.room[home], 0.0) - over[home]).sum(axis=1)
        more = np.maximum(self.full + self.load - self.h.room, 0.0).sum(axis=2) - over.sum(axis=1)
        gain = self.cost + self.price * more
        gain += (self.price * less - base)[:, None]
        if self.fees:
            gain += np.where(self.count == 0, self.h.fee, 0.0)
            gain -= np.where(self.count[home] == 1, self.h.fee[home], 0.0)[:, None]
        gain[works, home] = np.inf
        gain[self.free > t] = np.inf
        k = int(np.argmin(gain))
        best = float(gain.flat[k])
        swap = self._swap(t, base, mine, over, best)
        if swap is None and best >= FAR / 2:
            return False
        if swap is not None:
            g, other = swap
            here, there = int(home[g]), int(home[other])
            self._put(g, there)
            self._put(other, here)
            moved = [g, other]
        else:
            g = k // self.places.size
            self._put(g, k % self.places.size)
            moved = [g]
        self.free[moved] = t + self.rest + self.random.integers(0, self.rest + 1, len(moved))
        return True

    def _swap(
        self, t: int, base: np.ndarray, mine: np.ndarray, over: np.ndarray, best: float
    ) -> tuple[int, int] | None:
        """The two works to exchange, where that is better than the best shift."""
        home, room = self.home, self.h.room
        some = np.flatnonzero(self.free <= t)
        most = max(8, PAIRS // max(home.size, 1))
        some = self.random.choice(some, most, replace=False) if some.size > most else some
        if not some.size:
            return None
        at = home[some]
        both = self.cost[some][:, home] + self.cost[:, at].T
        both -= base[some][:, None]
        both -= base
        # Overfilling at the place of each of the two, when the other comes instead.
        there = np.maximum(self.full[home] - mine + self.load[some][:, home] - room[home], 0.0).sum(axis=2)
        came = self.load[:, at].transpose(1, 0, 2)
        here = np.maximum((self.full[at] - mine[some] - room[at])[:, None, :] + came, 0.0).sum(axis=2)
        lost = over.sum(axis=1)
        both += self.price * (there + here - lost[home] - lost[at][:, None])
        both[at[:, None] == home] = np.inf
        both[:, self.free > t] = np.inf
        k = int(np.argmin(both))
        return (int(some[k // home.size]), k % home.size) if both.flat[k] < min(best, FAR / 2) else None

    def _kick(self, t: int, kicks: int) -> None:
        """Away from where the search stands still."""
        if not (self.fees and self._turned(kicks)):
            many = max(3, self.works.size // 20)
            for g in self.random.choice(self.works, min(many, self.works.size), replace=False):
                where = np.argsort(self.cost[g])[: max(3, self.places.size // 3)]
                where = where[self.cost[g, where] < FAR]
                if where.size:
                    self._put(int(g), int(self.random.choice(where)))
                    self.free[g] = t + self.rest
        self.price = max(self.price, 1e-300)

    def _turned(self, kicks: int) -> bool:
        """Open, close or exchange the places that promise most; False where nothing can be."""
        base = self.cost[self.works, self.home]
        used, rest = self.count > 0, self.idle < kicks
        choices: list[tuple[float, str, int, int]] = []
        moved = np.zeros((self.places.size, self.places.size))
        np.add.at(moved, self.home, self.cost - base[:, None])
        taken = np.zeros((self.places.size, *self.full.shape))
        np.add.at(taken, self.home, self.load)
        over = np.maximum(taken - self.h.room, 0.0).sum(axis=2)
        swap = moved + self.price * over + self.h.fee[None, :] - self.h.fee[:, None]
        swap[~used | ~rest], swap[:, used | ~rest] = np.inf, np.inf
        p, q = np.unravel_index(int(np.argmin(swap)), swap.shape)
        choices.append((float(swap[p, q]), "swap", int(p), int(q)))
        for q in np.flatnonzero(~used & rest):
            saved = np.maximum(base - self.cost[:, q], 0.0)
            size = np.maximum(self.load[:, q].max(axis=1), 1e-12)
            order = np.argsort(-saved / size)
            fits = np.cumsum(self.load[order, q], axis=0) <= self.h.room[q] + self.near
            choices.append((float(self.h.fee[q] - saved[order][fits.all(axis=1)].sum()), "open", int(q), int(q)))
        away = np.where(used, self.cost, FAR)
        away[self.works, self.home] = FAR
        second = away.min(axis=1) - base
        closing = np.bincount(self.home, second, self.places.size) - self.h.fee
        choices += [(float(closing[p]), "close", int(p), int(p)) for p in np.flatnonzero(used & rest)]
        value, kind, p, q = min(choices)
        if value >= FAR / 2:
            return False
        if kind == "open":
            saved = base - self.cost[:, q]
            order = np.argsort(-saved / np.maximum(self.load[:, q].max(axis=1), 1e-12))
            for g in order[saved[order] > 0]:
                if (self.full[q] + self.load[g, q] <= self.h.room[q] + self.near).all():
                    self._put(int(g), q)
        else:
            for g in np.flatnonzero(self.home == p):
                self._put(int(g), q if kind == "swap" else int(np.argmin(away[g])))
        self.idle[[p, q]] = kicks + 3
        self.idle[self.idle > kicks + 3] = kicks + 3
        return True
