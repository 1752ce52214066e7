"""Reasons that need no solver: what the tables alone rule out between a request and a place.

Asked in this order, the first that holds is the reason: rule (law, data, export), latency, density, date.
"""

from __future__ import annotations

import numpy as np

from planner.eligibility import (
    COOLANTS,
    Sets,
    allowed_by_law,
    barred_by_export,
    bars,
    fitting,
    longest_round_trips,
    members,
)
from planner.matching.asked import Request, half, wanted
from planner.standalone import delivered, needed
from planner.tables import Tables

LITTLE = 0.05
"""Power below this is none [MW facility]."""


class Settled:
    """The static reasons of one scenario; `reason(request, zone)` is (kind, words), or None where none holds."""

    def __init__(self, tables: Tables, sets: Sets) -> None:
        self.tables, self.sets = tables, sets
        self.middle = (tables.years[:-1] + tables.years[1:]) / 2
        self.law = tables.index("zones", "jurisdiction")
        self.laws, self.classes = tables.keys("jurisdictions"), tables.keys("classes")
        self.class_of = tables.index("workloads", "class")
        self.profile = tables.index("classes", "profile")[self.class_of]
        self.region = tables.index("workloads", "region")
        self.home = tables.index("regions", "jurisdiction")[self.region]
        self.may = allowed_by_law(tables, self.middle)
        self.barred = barred_by_export(tables, self.middle)
        self.longest = longest_round_trips(tables)
        self.fits = fitting(tables)
        zone = tables.index("sites", "zone")
        self.power = np.zeros((len(self.law), tables.horizon))
        np.add.at(self.power, zone, delivered(tables))
        self.need = needed(tables, sets)
        self.asked = wanted(tables, sets.active)
        self.limit = self._densest(zone)
        stock = zip(tables.index("stock", "zone"), tables.index("stock", "hardware"), strict=True)
        self.stocked = set(stock)
        self.holds = self._holds()
        self.open: dict[int, list[int]] = {}

    def _densest(self, zone: np.ndarray) -> np.ndarray:
        """Densest rack that each technology may hold at each zone ``[zone, technology]`` [kW]; 0 where it may not."""
        tables = self.tables
        density, buildable = tables.numbers["cooling"]["max_density"], tables.frames["cooling"]["buildable"]
        out = np.zeros((len(self.law), len(density)))
        for z in set(zone.tolist()):
            out[z] = np.where(buildable.to_numpy(bool), density, 0.0)
        for s, q in zip(tables.index("halls", "site"), tables.index("halls", "technology"), strict=True):
            out[zone[s], q] = density[q]
        return np.minimum(out, tables.numbers["zones"]["max_density"][:, None])

    def _holds(self) -> np.ndarray:
        """Whether halls of a zone can hold a rack ``[zone, hardware]``."""
        f, power = self.tables.frames, self.tables.numbers["hardware"]["power"]
        coolant = f["cooling"]["coolant"].to_numpy()
        takes = np.array([[c in COOLANTS[need] for c in coolant] for need in f["hardware"]["coolant"]], bool)
        takes = takes.reshape(len(power), len(coolant))
        room = self.limit[:, None, :] >= power[None, :, None]
        return (takes[None] & room).any(axis=2) & (f["hardware"]["container"] == "rack").to_numpy()[None, :]

    def reason(self, request: Request, z: int) -> tuple[str, str] | None:
        """Why no plan could serve the request there, whoever else is served; None where one could."""
        for asks in (self._rule, self._inside, self._export, self._latency, self._density, self._sale, self._date):
            found = asks(request, z)
            if found:
                return found
        return None

    def _rule(self, request: Request, z: int) -> tuple[str, str] | None:
        w, tables = request.lead, self.tables
        klass = self.classes[self.class_of[w]]
        if not tables.frames["classes"].loc[klass, "ground"]:
            return "rule", f"class {klass} does not run at ground sites"
        lawful = str(tables.frames["workloads"]["jurisdictions"].iloc[w])
        here = self.laws[self.law[z]]
        if self.law[z] not in members(lawful, self.laws):
            return "rule", f"jurisdiction: the buyer wants {lawful}, the site is under {here}"
        for row in request.rows:
            live = self.sets.active[row]
            legal = self.may[self.home[row], self.class_of[row], self.law[z]][live]
            if not legal.size or not (not legal.all() if request.one_zone else not legal.any()):
                continue
            names = [k for k, rule in self._data_rules(row, z) if self._bars(rule)]
            home = self.laws[self.home[row]]
            return "rule", f"residency {', '.join(names)}: data of {home} may not be served under {here}"
        if request.one_zone and self.law[z] != self.home[w]:
            for k, rule in self._data_rules(w, z):
                if rule["inside"] > 0:
                    part, home = f"{rule['inside']:.0%}", self.laws[self.home[w]]
                    return "rule", f"residency {k}: {part} must be served under {home}, and it wants one site"
        return None

    def _data_rules(self, row: int, z: int) -> list[tuple[str, dict]]:
        """Residency rules on a workload that are in force in its window and speak of work at this place."""
        tables, live = self.tables, self.middle[self.sets.active[row]]
        n, out = tables.numbers["residency"], []
        for i, (k, rule) in enumerate(tables.rows("residency")):
            mine = rule["jurisdiction"] == self.laws[self.home[row]]
            named = self.class_of[row] in members(rule["classes"], self.classes)
            if mine and named and ((live >= n["from"][i]) & (live <= n["until"][i])).any():
                out.append((k, {**rule, "inside": n["inside"][i], "law": self.laws[self.law[z]]}))
        return out

    def _bars(self, rule: dict) -> bool:
        away = rule["law"] != rule["jurisdiction"]
        listed = rule["allowed"] == "*" or rule["law"] in rule["allowed"].split(";")
        return away and (rule["inside"] >= 1 or not listed)

    def _racks(self, request: Request, z: int, least: float) -> list[int]:
        """Racks of at least `least` kW that take the work and that halls there can hold."""
        power = self.tables.numbers["hardware"]["power"]
        return np.nonzero(self.holds[z] & self.fits[self.profile[request.lead]] & (power >= least))[0].tolist()

    def _stands(self, racks: list[int], z: int, *, exports: bool) -> np.ndarray:
        """Whether one of the racks can stand there in a period ``[T]``."""
        n = self.tables.numbers["hardware"]
        out = np.zeros(len(self.middle), bool)
        for h in racks:
            sold = (self.middle >= n["first_sale"][h]) & (self.middle <= n["last_sale"][h])
            if exports:
                sold = sold & ~self.barred[h, self.law[z]]
            out |= np.maximum.accumulate(sold) | ((z, h) in self.stocked)
        return out

    def _missing(self, request: Request, z: int, *, exports: bool) -> bool:
        """Whether racks that would do are missing: in any period of the window for one site, else in all of them."""
        stands = self._stands(self._racks(request, z, self._least(request)), z, exports=exports)
        gaps = [~stands[self.sets.active[w]] for w in request.rows if self.sets.active[w].any()]
        return any(g.any() for g in gaps) if request.one_zone else all(g.all() for g in gaps)

    def _least(self, request: Request) -> float:
        return float(self.tables.numbers["workloads"]["density"][list(request.rows)].max())

    def _export(self, request: Request, z: int) -> tuple[str, str] | None:
        racks = self._racks(request, z, self._least(request))
        if not racks or not self._missing(request, z, exports=True) or self._missing(request, z, exports=False):
            return None
        keys = self.tables.keys("hardware")
        names = [k for k, rule in bars(self.tables, self.laws[self.law[z]]) if rule & {keys[h] for h in racks}]
        shut = sorted(keys[h] for h in racks if self.barred[h, self.law[z]].any())
        return "rule", f"export {', '.join(names)}: bars {', '.join(shut)} there"

    def _latency(self, request: Request, z: int) -> tuple[str, str] | None:
        for w in request.rows:
            there = self.sets.rtt[self.region[w], z]
            if there > self.longest[w]:
                return "latency", f"{there:.0f} ms there, {self.longest[w]:.0f} ms wanted"
        return None

    def _density(self, request: Request, z: int) -> tuple[str, str] | None:
        least, most = self._least(request), float(self.limit[z].max())
        if self._racks(request, z, least):
            return None
        if least > most:
            return "density", f"{least:g} kW per rack wanted, halls and cooling there take {most:g} kW"
        if not self._racks(request, z, 0.0):
            return "rule", "no rack that halls there can hold takes this work"
        return "density", f"{least:g} kW per rack wanted, no rack of {least:g} to {most:g} kW takes this work"

    def _opens(self, request: Request) -> int:
        live = np.nonzero(self.sets.active[list(request.rows)].any(axis=0))[0]
        return int(live[0]) if live.size else 0

    def _sale(self, request: Request, z: int) -> tuple[str, str] | None:
        if not self._missing(request, z, exports=True):
            return None
        stands = np.nonzero(self._stands(self._racks(request, z, self._least(request)), z, exports=True))[0]
        years, opens = self.tables.years, half(self.tables.years[self._opens(request)])
        first = (
            f"first rack that takes it {half(float(years[stands[0]]))}" if stands.size else "no rack on sale takes it"
        )
        return "date", f"window opens {opens}, {first}"

    def _date(self, request: Request, z: int) -> tuple[str, str] | None:
        live = np.asarray(self.sets.active[list(request.rows)].any(axis=0))
        need, power = self.need[request.lead, z], self.power[z]
        gap = np.where(live, need - power, 0.0)
        short = live & (need > power * (1 + 1e-6) + 1e-9)
        if not live.any() or not (short.any() if request.one_zone else (power <= LITTLE)[live].all()):
            return self._together(request, z, live)
        return "date", self.late(request, z, float(gap[np.isfinite(gap)].max(initial=0.0)))

    def late(self, request: Request, z: int, missing: float, more: str = "") -> str:
        """Words of a date: when the window opens, when power comes, what is short [MW facility]."""
        years, quantile = self.tables.years, float(self.tables.settings["planning_quantile"])
        there = np.nonzero(self.power[z] > LITTLE)[0]
        plan = "expected" if self.tables.settings["delivery"] == "expected" else f"{quantile:.0%} sure"
        first = (
            f"first power there {half(float(years[there[0]]))}"
            if there.size
            else f"no power there before {years[-1]:g}"
        )
        opens = half(years[self._opens(request)])
        return f"window opens {opens}, {first} ({plan}), {missing:,.1f} MW short{more}"

    def _share(self, request: Request, zones: list[int]) -> np.ndarray:
        """Share of the request that these zones could carry together, everybody else left out ``[T]``."""
        need = self.need[request.lead, zones]
        with np.errstate(divide="ignore", invalid="ignore"):
            some = np.isfinite(need) & (need > 0)
            share = np.where(some, np.minimum(self.power[zones] / np.where(some, need, 1.0), 1.0), 0.0)
        return share.sum(axis=0)

    def _usable(self, request: Request) -> list[int]:
        """Zones that law, latency and racks leave open to a request."""
        if request.lead not in self.open:
            asks = (self._rule, self._export, self._latency, self._density)
            some = np.nonzero(self.power.any(axis=1))[0].tolist()
            self.open[request.lead] = [z for z in some if not any(a(request, z) for a in asks)]
        return self.open[request.lead]

    def _inside(self, request: Request, z: int) -> tuple[str, str] | None:
        """A share that must stay under the law at home, where no usable site has the power for it."""
        if request.one_zone:
            return None
        for w in request.rows:
            for k, rule in self._data_rules(w, z):
                at_home = [s for s in self._usable(request) if self.law[s] == self.home[w]]
                short = self.sets.active[w] & (self._share(request, at_home) < rule["inside"] - 1e-6)
                if not short.any():
                    continue
                home, when = self.laws[self.home[w]], half(self.tables.years[int(np.argmax(short))])
                if self.law[z] != self.home[w]:
                    part = f"{rule['inside']:.0%} must be served under {home}"
                    return "rule", f"residency {k}: {part}, where power for that is short in {when}"
        return None

    def _together(self, request: Request, z: int, live: np.ndarray) -> tuple[str, str] | None:
        """A request that may be split and does not fit all its places together, or not the share that stays at home."""
        if request.one_zone or not live.any():
            return None
        kept = [r["inside"] for w in request.rows for _, r in self._data_rules(w, z)]
        here = [s for s in self._usable(request) if self.law[s] == self.law[z] == self.home[request.lead]]
        for zones, part in ((self._usable(request), 1.0), (here, max(kept, default=0.0))):
            total = self._share(request, zones)
            if not (zones and (live & (total < part - 1e-6)).any()):
                continue
            t = int(np.argmin(np.where(live, total, np.inf)))
            need = self.need[request.lead, z, t]
            if np.isfinite(need):
                whose = "every site it may use" if part == 1 else f"every site under {self.laws[self.law[z]]}"
                more = f", {max(part - total[t], 0.0) * need:,.1f} MW short with {whose}"
                return "date", self.late(request, z, max(part * need - self.power[z, t], 0.0), more)
        return None
