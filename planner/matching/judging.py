"""Why a pair is not a match where the tables alone do not say: price, or a place that better offers fill."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.assemble.context import YEARLY
from planner.matching.asked import Request, offered, places, requests, wanted
from planner.matching.costs import Cost, Local
from planner.matching.served import Served
from planner.matching.settled import Settled
from planner.results import Plan

WHOLE = 1 - 1e-4
NEAR = 1e-4
"""Costs that differ by this share are the same."""
NAMED = 3


class Judge:
    """Reasons of one plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.tables, self.sets = plan, plan.tables, plan.assembly.sets
        self.settled = Settled(self.tables, self.sets)
        self.served = Served(plan)
        self.requests = requests(self.tables)
        self.zones = self.tables.keys("zones")
        self.local: dict[tuple[int, bool], Local] = {}
        self.where_cost: dict[str, float] = {}
        self.territory = [
            {
                t
                for t, z in zip(
                    self.tables.frames["sites"]["territory"], self.tables.index("sites", "zone"), strict=True
                )
                if z == k
            }
            for k in range(len(self.zones))
        ]

    def pairs(self) -> pd.DataFrame:
        """Every request at every place: what is served there, or the one reason why not."""
        rows = [self._row(r, z) for r in self.requests for z in places(self.tables)]
        columns = ["request", "site", "mw", "from", "reason", "words", "offered", "cost"]
        return pd.DataFrame(rows, columns=columns)

    def _row(self, r: Request, z: int) -> tuple:
        mw, first = self.served.megawatts(r, z)
        price = offered(self.tables, self.sets, r, self.served.pay)
        head = (r.name, self.zones[z])
        if mw > 0:
            return (*head, mw, first, "", "", price, self.served.margin(r, z))
        found = self.settled.reason(r, z)
        if found:
            return (*head, 0.0, np.nan, *found, price, np.nan)
        kind, words, cost = self._judged(r, z, price)
        return (*head, 0.0, np.nan, kind, words, price, cost)

    def _at(self, z: int, alone: bool) -> Local:
        if (z, alone) not in self.local:
            self.local[z, alone] = Local(self.plan, z, alone=alone)
        return self.local[z, alone]

    def _judged(self, r: Request, z: int, price: float) -> tuple[str, str, float]:
        alone = self._at(z, True).cost(r)
        if alone.share < (WHOLE if r.one_zone else NEAR):
            return "date", self.settled.late(r, z, self._short(r, z, alone)), np.nan
        taken = self.served.zones(r)
        against, place = price, ""
        if taken:
            against = self._paid(r, taken)
            place = f" at {', '.join(self.zones[k] for k in taken)}, where it is served"
        if alone.per_work > against * (1 + NEAR):
            return "price", _price(price, alone.per_work, against, place), alone.per_work
        top = self._at(z, False).cost(r)
        if top.share < (WHOLE if r.one_zone else alone.share * WHOLE) or top.per_work > against * (1 + NEAR):
            names, fits = self._better(r, z), top.share >= (WHOLE if r.one_zone else alone.share * WHOLE)
            if names:
                return "full", f"taken by better offers: {', '.join(names)}", top.per_work if fits else np.nan
        whole = self._at(z, False).cost(r, whole=True)
        if whole.share >= (WHOLE if r.one_zone else alone.share * WHOLE) and whole.per_work <= against * (1 + NEAR):
            gap = self.plan.certificate.gap_absolute * 1e3
            gain = (against - whole.per_work) * float((whole.served * self.served.pay).sum()) * YEARLY * 1e3
            more = (
                f"; a gain of at most {min(max(gain, 0.0), gap):,.1f} M USD, within the plan's gap of {gap:,.1f} M USD"
            )
            return "price", _price(price, whole.per_work, against, place) + more, whole.per_work
        cost = whole.per_work if np.isfinite(whole.per_work) else top.per_work
        more = " with its queues joined whole"
        return "price", _price(price, cost, against, place) + more, cost

    def _short(self, r: Request, z: int, alone: Cost) -> float:
        """Power that is short where one buyer is served alone [MW facility]."""
        asked = wanted(self.tables, self.sets.active)[list(r.rows)] * 1e-3
        total = asked.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            missing = np.where(total > 0, 1 - alone.served.sum(axis=0) / total, 0.0)
        need = np.where(np.isfinite(self.settled.need[r.lead, z]), self.settled.need[r.lead, z], 0.0)
        return float((missing * need).max(initial=0.0))

    def _paid(self, r: Request, taken: list[int]) -> float:
        """What serving the request costs where the plan does [USD/PFLOP-h]."""
        if r.name not in self.where_cost:
            money = work = 0.0
            for z in taken:
                cost = self._at(z, False).cost(r, held=True)
                mine = float((cost.served * self.served.pay).sum())
                money, work = money + cost.per_work * mine, work + mine
            self.where_cost[r.name] = money / max(work, 1e-12)
        return self.where_cost[r.name]

    def _better(self, r: Request, z: int) -> list[str]:
        """Who takes the place: the largest there, else behind the same grid operator, else of all."""
        others = [o for o in self.requests if o.name != r.name]
        near = [k for k in places(self.tables) if self.territory[k] & self.territory[z]]
        for zones in ([z], near, places(self.tables)):
            size = {o.name: sum(self.served.megawatts(o, k)[0] for k in zones) for o in others}
            found = sorted((k for k in size if size[k] > 0), key=lambda k: -size[k])
            if found:
                return found[:NAMED]
        return []


def _price(offered: float, cost: float, against: float, place: str) -> str:
    if not np.isfinite(cost):
        return f"offer {offered:.2f} USD/PFLOP-h: no room there"
    if place:
        return f"{cost:.2f} USD/PFLOP-h there, {against:.2f}{place}"
    return f"offer {offered:.2f} USD/PFLOP-h against {cost:.2f} there"
