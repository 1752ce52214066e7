"""`learning`: futures in which a price falls because we fly, by fixed point and by descent, and the gap that is left.

Wright's law makes the plan non-convex: cheap launches make flights worth buying, flights make launches cheap. A future
is self-consistent when the prices that it assumes are those that its own tonnes make. Two kinds are looked for, both
from many starts:

    taken: a buyer who takes prices as given. Assume tonnes, plan at their prices, assume what that plan flies, again.
    owned: a buyer who counts what own flights save later. The tonnes assumed are promised (row `learned`); shares of
        what can fly, a few per curve, move down the gradient of the plan's cost, which the envelope theorem gives;
        then what is flown is promised, which can only lower the cost, until prices stand still.
"""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path as Folder
from typing import Any

import numpy as np
import pandas as pd

from compute_stack import economics
from planner.assemble import Assembly
from planner.faults import Fault, InputError, outside
from planner.scenario import read_scenario
from planner.studies.design.choices import Free
from planner.studies.design.descent import descend
from planner.studies.design.landscape import Judged, Landscape
from planner.tables import Tables, read_tables

SAME_PRICE = 0.002
"""Assumed and implied prices this close are one: the future is self-consistent."""
SAME_FUTURE = 0.02
"""Futures whose tonnes differ by less than this share of the most that can fly are one."""
ROUNDS, PATIENT = 12, 4
"""Rounds of a fixed point at most; after the patient ones only half a step is taken."""
HALVED = 4
"""How often a promise that cannot be kept is halved before nothing is promised."""
PARTS = 4
"""Parts of the horizon in which a promise moves as one."""
TAKEN, OWNED = "taken", "owned"


@dataclass(frozen=True, eq=False)
class Learning:
    """What was found.

    futures: one row per start and kind: start (share of the most that can fly that was assumed), kind, cost of the
    relaxed plan at its prices [M USD], consistent, gap (largest |implied/assumed - 1| over curves and periods), rounds,
    future (number of the distinct consistent future, 0: none). curves: one row per distinct future, curve and period:
    tonnes assumed and flown so far, price over the tables' price, assumed and implied.
    """

    futures: pd.DataFrame
    curves: pd.DataFrame
    seconds: float

    @property
    def distinct(self) -> int:
        """How many different self-consistent futures were found."""
        return int(self.futures["future"].to_numpy(int).max(initial=0))


def learning(
    scenario: str | Folder,
    *,
    overrides: tuple[str, ...] = (),
    sets: tuple[str, ...] = (),
    starts: int = 4,
    time: float = 300.0,
    told: Callable[[str], None] | None = None,
) -> Learning:
    """Self-consistent futures of a scenario with `learning.csv`, over relaxed plans.

    starts: shares of the most that can fly that are assumed at first, evenly from none to half, and the scenario's own.
    time [s]: for everything. Raises `InputError` where nothing is learned.
    """
    begun = clock.monotonic()
    tables = read_tables(read_scenario(scenario, tuple(overrides), tuple(sets)))
    if not tables.keys("learning"):
        instead = "write learning.csv: which price falls by how much with every doubling of the tonnes"
        raise InputError([Fault("learning.csv", 0, "", "the scenario learns nothing", instead)])
    if faults := outside("--starts", starts, 1, 64):
        raise InputError(faults)
    say = told or (lambda line: None)
    free = promises(tables)
    say(f"{len(tables.keys('learning'))} curves, {starts} starts; compiling")
    shares = np.linspace(0.0, 0.5, starts)
    places = [np.full(len(free.paths), s) for s in shares]
    if (free.start > 0).any():
        places.append(free.place(free.start))
    names = [f"{s:.0%} of what can fly" for s in shares] + ["the scenario's own"]
    curves = Curves(tables, free)
    found: list[tuple[str, str, Judged, int]] = []
    for name, place in zip(names, places, strict=False):
        end, rounds = curves.taken(place, begun + 0.5 * time)
        say(f"taken, from {name}: {rounds} rounds, {curves.tonnes(end):,.0f} t flown")
        found.append((name, TAKEN, end, rounds))
    say(f"{curves.loose.priced} plans priced; now down the gradient")
    parts = [curves.kept(p) for p in places]
    paths = descend(curves.in_parts, parts, time=max(begun + 0.8 * time - clock.monotonic(), 1.0))
    for name, path in zip(names, paths, strict=False):
        end, rounds = curves.owned(curves.whole(path.last.place), begun + time)
        say(f"owned, from {name}: {len(path.costs) - 1} steps, {curves.tonnes(end):,.0f} t flown")
        found.append((name, OWNED, end, len(path.costs) - 1 + rounds))
    return _summed(curves, found, clock.monotonic() - begun)


def promises(tables: Tables) -> Free:
    """The tonnes assumed of every curve and period, from none to what could fly at most [t/yr]."""
    keys, numbers = tables.keys("learning"), tables.numbers
    v = tables.index("learning", "vehicle")
    fleet = numbers["vehicles"]
    lifts = fleet["payload"][:, None] * fleet["success"][:, None] * fleet["cadence"]
    own = numbers["doors"]["capacity"] * (tables.index("doors", "vehicle") >= 0)[:, None]
    pads = np.zeros_like(lifts)
    np.add.at(pads, tables.index("doors", "vehicle"), own)
    lifts = lifts + pads * (fleet["payload"] * fleet["success"])[:, None]
    high = np.where((v >= 0)[:, None], lifts[v], lifts.sum(axis=0))
    paths = tuple(f"learning.{key}.assumed@{t}" for key in keys for t in range(tables.horizon))
    top = np.maximum(high.reshape(-1), 1e-6)
    start = np.minimum(numbers["learning"]["assumed"].reshape(-1), top)
    return Free(paths, ("t/yr",) * len(paths), np.zeros(len(paths)), top, start)


class Curves:
    """Plans at assumed tonnes: what they fly, and what prices that implies."""

    def __init__(self, tables: Tables, free: Free) -> None:
        self.tables, self.free = tables, free
        self.loose = Landscape(tables, free, without=("learned",))
        self.held = Landscape(tables, free)
        self.shape = (len(tables.keys("learning")), tables.horizon)
        parts = min(PARTS, tables.horizon)
        block = np.arange(tables.horizon) * parts // tables.horizon
        one = (block[None, :] == np.arange(parts)[:, None]).astype(float)
        self.blocks = np.kron(np.eye(self.shape[0]), one)

    def whole(self, parts: np.ndarray) -> np.ndarray:
        """Share of what can fly in every period, from a share for each part of the horizon."""
        return parts @ self.blocks

    def parts(self, place: np.ndarray) -> np.ndarray:
        """Mean share in each part of the horizon."""
        return self.blocks @ place / self.blocks.sum(axis=1)

    def kept(self, place: np.ndarray) -> np.ndarray:
        """A promise that can be kept, by part of the horizon: what is flown at the prices of a place, or less."""
        flown = self.free.place(self.flown(self.loose([place])[0]).reshape(-1))
        parts = self.parts(np.clip(flown, 0.0, 1.0))
        for _ in range(HALVED):
            if np.isfinite(self.in_parts([parts])[0].cost):
                return parts
            parts = 0.5 * parts
        return 0.0 * parts

    def in_parts(self, places: Sequence[np.ndarray]) -> list[Judged]:
        """Price promises that are given by part of the horizon."""
        judged = self.held([self.whole(p) for p in places])
        return [replace(j, place=p, slope=self.blocks @ j.slope) for p, j in zip(places, judged, strict=True)]

    def assumed(self, judged: Judged) -> np.ndarray:
        """Tonnes assumed ``[curve, T]`` [t/yr]."""
        return self.free.values(judged.place).reshape(self.shape)

    def flown(self, judged: Judged) -> np.ndarray:
        """Tonnes that the plan flies or builds ``[curve, T]`` [t/yr]."""
        if judged.plan is None:
            return np.zeros(self.shape)
        assembly = self.assembly
        row = assembly.program.layout.row("learned")
        total = np.zeros(self.shape)
        for coupling, kernel in zip(assembly.program.layout.couplings, assembly.program.coefficients, strict=True):
            if coupling.row == row:
                x = np.asarray(judged.plan[coupling.column])[coupling.columns]
                np.add.at(total, coupling.rows, np.einsum("kts,ks->kt", np.asarray(kernel), x))
        return np.diff(total, axis=1, prepend=0.0) * 1e3 / float(self.tables.settings["period"])

    def tonnes(self, judged: Judged) -> float:
        """Tonnes flown over the horizon, on the curve with the most."""
        return float(self.flown(judged).sum(axis=1).max() * float(self.tables.settings["period"]))

    @property
    def assembly(self) -> Assembly:
        """The program of the tables: masses and payloads do not depend on what is assumed."""
        if not hasattr(self, "_assembly"):
            self._assembly: Any = self.loose.structures.assembly(self.tables)
        return self._assembly

    def price(self, tonnes: np.ndarray) -> np.ndarray:
        """Price over the tables' price ``[curve, T]`` when the plan flies so much [t/yr]."""
        c, dt = self.tables.numbers["learning"], float(self.tables.settings["period"])
        before = np.tril(np.ones((self.shape[1], self.shape[1])), -1) * dt
        others = c["start"][:, None] + c["others"] @ before.T
        return np.asarray(economics.wright_price(1.0, others, others + tonnes @ before.T, c["rate"][:, None]))

    def gap(self, judged: Judged) -> float:
        """Largest |implied / assumed - 1| of a price."""
        return float(np.abs(self.price(self.flown(judged)) / self.price(self.assumed(judged)) - 1.0).max())

    def taken(self, place: np.ndarray, until: float) -> tuple[Judged, int]:
        """Assume, plan, assume what the plan flies, until prices stand still; the best of the rounds."""
        return self._rounds(self.loose, place, until)

    def owned(self, place: np.ndarray, until: float) -> tuple[Judged, int]:
        """Promise, plan, promise what the plan flies: the plan of a round stays possible in the next, and cheaper."""
        return self._rounds(self.held, place, until)

    def _rounds(self, landscape: Landscape, place: np.ndarray, until: float) -> tuple[Judged, int]:
        best = here = landscape([place])[0]
        rounds = 1
        while self.gap(best) > SAME_PRICE and here.plan is not None and rounds < ROUNDS and clock.monotonic() < until:
            toward = np.clip(self.free.place(self.flown(here).reshape(-1)), 0.0, 1.0)
            place = 0.5 * (place + toward) if landscape is self.loose and rounds >= PATIENT else toward
            here = landscape([place])[0]
            best = here if self.gap(here) < self.gap(best) else best
            rounds += 1
        return best, rounds


def _summed(curves: Curves, found: list[tuple[str, str, Judged, int]], seconds: float) -> Learning:
    most = curves.free.high.reshape(curves.shape).sum()
    distinct: list[tuple[str, Judged]] = []
    rows, number = [], 0
    for name, kind, end, rounds in found:
        gap, number = curves.gap(end), 0
        if gap <= SAME_PRICE and np.isfinite(end.cost):
            tonnes = curves.flown(end)
            near = [
                i for i, (k, d) in enumerate(distinct)
                if k == kind and np.abs(np.cumsum(curves.flown(d) - tonnes, axis=1)).max() <= SAME_FUTURE * most
            ]  # fmt: skip
            if not near:
                distinct.append((kind, end))
            number = near[0] + 1 if near else len(distinct)
        rows.append((name, kind, end.cost, curves.tonnes(end), gap, gap <= SAME_PRICE, rounds, number))
    names = ["start", "kind", "cost", "tonnes", "gap", "consistent", "rounds", "future"]
    years, dt = curves.tables.years[:-1], float(curves.tables.settings["period"])
    parts = []
    for i, (kind, end) in enumerate(distinct):
        assumed, flown = curves.assumed(end), curves.flown(end)
        for c, key in enumerate(curves.tables.keys("learning")):
            parts.append(
                pd.DataFrame(
                    {
                        "future": i + 1,
                        "kind": kind,
                        "curve": key,
                        "year": years,
                        "assumed": np.cumsum(assumed[c]) * dt,
                        "flown": np.cumsum(flown[c]) * dt,
                        "price_assumed": curves.price(assumed)[c],
                        "price_implied": curves.price(flown)[c],
                    }
                )
            )
    empty = ["future", "kind", "curve", "year", "assumed", "flown", "price_assumed", "price_implied"]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=empty)
    return Learning(pd.DataFrame(rows, columns=names), table, seconds)
