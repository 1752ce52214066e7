"""The waterfall of a ground site: brochure MW to megawatts in racks and useful PFLOP/s, by date.

All queues of all sites are joined at once (or at their earliest date). What each step takes:

- brochure [MW facility]: power that stands and all phases, as announced.
- permitted, interconnected, transformed [MW facility]: see `delivery`; what stands has all three.
- cooled [MW IT]: in halls that stand, or in new ones once their equipment has come, at the building pace of the site
  (`ramp`), over facility power per IT power.
- financed [MW IT]: the share of cooled megawatts of all sites that the budget rows of a period can pay, deposits first;
  who waits is paid first in the next period. Without a budget row all of it.
- in racks [MW IT]: racks that stand, and new ones once they have come.
- useful [PFLOP/s]: per profile, on the chips on sale when they were put in, renewed at the end of their life.

Each step is cut from the one before, so none is larger. Megawatts are expected values over phases, or dependable ones
(each phase at the planning quantile of its slip, cut by its odds). The pace of a site and the budget act on these sums.
Not counted: doors and grid operators shared with others, whose prices a plan finds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.faults import Fault, InputError, quoted
from planner.stack.choices import Places, racks_allowed
from planner.stack.delivery import TIMED, Queues, dependable, probabilities, queues, times, waits
from planner.stack.supply import Supply
from planner.tables import Tables

STEPS = ("brochure", "permitted", "interconnected", "transformed", "cooled", "financed", "in racks")
FACILITY = STEPS[:4]
COUNTS = ("expected", "dependable")


@dataclass(frozen=True, eq=False)
class SiteStack:
    """The waterfall of one site.

    waterfall: date, step, unit, expected, dependable, at the end of each period. useful: date, profile, chip on sale,
    expected and dependable [PFLOP/s]. reached: phase, date, step, probability. phases: phase, source, stage, power,
    odds, and the dates at which it is energised and in racks, median and at the planning quantile.
    """

    site: str
    title: str
    dates: np.ndarray
    quantile: float
    technology: str
    usage_effectiveness: float
    waterfall: pd.DataFrame
    useful: pd.DataFrame
    reached: pd.DataFrame
    phases: pd.DataFrame
    undated: bool
    budgeted: bool


def site_stack(p: Places, site: int) -> SiteStack:
    """The waterfall of a site at the end of every period shown. Raises `InputError` where no power is announced."""
    tables = p.tables
    name, n = tables.keys("sites")[site], tables.numbers
    q, supply = queues(tables), Supply(tables, 0)
    brochure = n["sites"]["energised"] + np.bincount(q.site, q.power, len(n["sites"]["energised"]))
    if brochure[site] <= 0:
        wrong = "no power stands there and no phase is announced"
        raise InputError([Fault("--site", 0, quoted(name, 80), wrong, "name a site with energised power or phases")])
    chosen = Halls(p)
    w = waits(tables, q, supply, chosen.technology, chosen.first)
    dates = tables.years[1 : tables.shown + 1] - tables.years[0]
    counts = {
        "expected": probabilities(q, w, dates),
        "dependable": dependable(q, w, dates, float(tables.settings["planning_quantile"])),
    }
    found = {k: _Totals(p, q, supply, chosen, brochure, share, dates) for k, share in counts.items()}
    rows = [
        (
            year,
            step,
            "MW facility" if step in FACILITY else "MW IT",
            *(float(found[k].at[step][site, t]) for k in COUNTS),
        )
        for t, year in enumerate(tables.years[1 : tables.shown + 1])
        for step in STEPS
    ]
    mine = np.nonzero(q.site == site)[0]
    return SiteStack(
        site=name,
        title=str(tables.frames["sites"]["title"].iloc[site]) or name,
        dates=tables.years[1 : tables.shown + 1],
        quantile=float(tables.settings["planning_quantile"]),
        technology=tables.keys("cooling")[chosen.technology[site]] if chosen.technology[site] >= 0 else "",
        usage_effectiveness=float(chosen.overhead[site]),
        waterfall=pd.DataFrame(rows, columns=["date", "step", "unit", *COUNTS]),
        useful=_useful(p, chosen, site, {k: found[k] for k in COUNTS}),
        reached=_reached(tables, mine, counts["expected"]),
        phases=_phases(tables, q, mine, times(q, w, 0.5), times(q, w, float(tables.settings["planning_quantile"]))),
        undated=bool(q.undated[mine].any()),
        budgeted=len(_budgets(tables)) > 0,
    )


class Halls:
    """What new halls of each site are: cooling, its facility power per kW of racks, and the chip on sale by period.

    The cooling and chip on sale first that do most of the ground's work per facility watt; later chips are those that
    fit this cooling and do most per kW.
    """

    def __init__(self, p: Places) -> None:
        tables = p.tables
        sites = len(tables.keys("sites"))
        self.technology, self.first = np.full(sites, -1), np.full(sites, -1)
        self.overhead = np.ones(sites)
        self.chip = np.full((sites, tables.shown), -1)
        worth = [_worth(p, t) for t in range(tables.shown)]
        for s in range(sites):
            for t in range(tables.shown):
                allowed = racks_allowed(p, s, t)
                if self.technology[s] >= 0:
                    allowed = allowed & (np.arange(allowed.shape[1]) == self.technology[s])
                if not allowed.any():
                    continue
                score = np.where(allowed, worth[t][:, None] / p.overhead[s], -1.0)
                h, k = np.unravel_index(int(np.argmax(score)), score.shape)
                self.chip[s, t] = h
                if self.technology[s] < 0:
                    self.technology[s], self.first[s], self.overhead[s] = k, h, p.overhead[s, k]
            if self.technology[s] < 0 and len(tables.keys("cooling")):
                buildable = tables.frames["cooling"]["buildable"].to_numpy(bool)
                k = int(np.argmin(np.where(buildable, p.overhead[s], np.inf)))
                self.technology[s], self.overhead[s] = (k, p.overhead[s, k]) if buildable[k] else (-1, 1.0)


def _worth(p: Places, period: int) -> np.ndarray:
    """Effective compute per kW on the ground's work as it is asked for in a period ``[hardware]``."""
    tables = p.tables
    may = tables.frames["classes"]["ground"].to_numpy(bool) & (tables.numbers["classes"]["max_rtt"] > 0)
    asked = np.where(may, tables.numbers["classes"]["demand"][:, period], 0.0)
    share = asked / asked.sum() if asked.sum() > 0 else np.full(len(asked), 1.0 / max(len(asked), 1))
    return share @ p.rate[tables.index("classes", "profile")]


class _Totals:
    """Megawatts of every site at every step ``{step: [site, date]}``, from the share of each phase that counts."""

    def __init__(
        self,
        p: Places,
        q: Queues,
        supply: Supply,
        halls: Halls,
        brochure: np.ndarray,
        share: dict[str, np.ndarray],
        dates: np.ndarray,
    ) -> None:
        tables, n = p.tables, p.tables.numbers
        dt, standing = float(tables.settings["period"]), n["sites"]["energised"]
        new = {step: _by_site(q, share[step], len(standing)) for step in TIMED}
        self.at = {"brochure": np.repeat(brochure[:, None], len(dates), 1)}
        for step in TIMED[:3]:
            self.at[step] = standing[:, None] + new[step]
        stands, left = standing_halls(p)
        hall = supply.wait("construction", "*")
        later = np.array([max(hall, supply.wait("cooling", k)) for k in tables.keys("cooling")] + [0.0])
        later = later[halls.technology]
        racked = np.array([supply.wait("hardware", k) for k in tables.keys("hardware")] + [0.0])[halls.first]
        may = (halls.technology >= 0)[:, None] / halls.overhead[:, None]
        ready = dates[None, :] + 1e-9 >= later[:, None]
        paced = {step: pace(new[step], n["sites"]["ramp"] * dt) for step in ("cooled", "in racks")}
        rest = left[:, None] * ready
        self.at["cooled"] = stands[:, None] + (rest + paced["cooled"]) * may
        self.at["financed"] = _financed(p, q, supply, halls, self.at["cooled"], stands)
        self.stock = np.minimum(stands, standing_racks(p))
        come = dates[None, :] + 1e-9 >= racked[:, None]
        racks = self.stock[:, None] + (stands - self.stock)[:, None] * come + (rest * come + paced["in racks"]) * may
        known = np.maximum.accumulate(halls.chip >= 0, axis=1)
        racks = np.where(known, racks, self.stock[:, None])
        self.at["in racks"] = np.minimum(racks, self.at["financed"])


def _by_site(q: Queues, share: np.ndarray, sites: int) -> np.ndarray:
    total = np.zeros((sites, share.shape[1]))
    np.add.at(total, q.site, q.power[:, None] * share)
    return total


def pace(wanted: np.ndarray, most: np.ndarray) -> np.ndarray:
    """What of `wanted` stands when at most `most` is added in a period ``[site, date]``."""
    out, here = np.zeros_like(wanted), np.zeros(len(wanted))
    for t in range(wanted.shape[1]):
        here = np.maximum(np.minimum(wanted[:, t], here + most), here)
        out[:, t] = here
    return out


def standing_halls(p: Places) -> tuple[np.ndarray, np.ndarray]:
    """IT power that halls and energised power carry today, and energised power they leave over ``[site]`` [MW]."""
    tables, n = p.tables, p.tables.numbers
    stands, left = np.zeros(len(n["sites"]["energised"])), n["sites"]["energised"].copy()
    site, technology = tables.index("halls", "site"), tables.index("halls", "technology")
    takes = p.overhead[site, technology] if len(site) else np.zeros(0)
    for i in np.argsort(takes, kind="stable"):
        s = site[i]
        load = min(n["halls"]["capacity"][i] / p.warmer[technology[i]], left[s] / takes[i])
        stands[s] += load
        left[s] = max(left[s] - load * takes[i], 0.0)
    return stands, left


def standing_racks(p: Places) -> np.ndarray:
    """IT power of the racks that stand at each site today [MW]: its zone's, shared by the halls that stand."""
    tables, n = p.tables, p.tables.numbers
    zones = tables.index("sites", "zone")
    h = tables.index("stock", "hardware")
    power = np.bincount(
        tables.index("stock", "zone"), n["stock"]["units"] * n["hardware"]["power"][h] * 1e-3, len(tables.keys("zones"))
    )
    stands, _ = standing_halls(p)
    halls = np.bincount(zones, stands, len(power))
    return np.where(halls[zones] > 0, power[zones] * stands / np.where(halls[zones] > 0, halls[zones], 1.0), 0.0)


def _budgets(tables: Tables) -> list[np.ndarray]:
    """Yearly budgets that are switched on [G USD/yr] ``[T]``."""
    rows = enumerate(tables.rows("limits"))
    return [tables.numbers["limits"]["amount"][i] for i, (_, r) in rows if r["kind"] == "budget" and r["on"]]


def _financed(p: Places, q: Queues, supply: Supply, halls: Halls, cooled: np.ndarray, stands: np.ndarray) -> np.ndarray:
    """Cooled megawatts that are paid for ``[site, date]``."""
    tables, n = p.tables, p.tables.numbers
    budgets = _budgets(tables)
    if not budgets:
        return cooled.copy()
    dt = float(tables.settings["period"])
    each = capital(p, supply, halls)
    deposit = n["generation"]["deposit"][q.source] * q.power * 1e-3 if len(q.source) else np.zeros(0)
    joins = np.floor(q.joined / dt + 1e-9).astype(int)
    out, paid, before = np.zeros_like(cooled), stands.copy(), stands.copy()
    waiting = np.zeros(len(stands))
    for t in range(cooled.shape[1]):
        waiting = waiting + np.maximum(cooled[:, t] - before, 0.0)
        before = np.maximum(before, cooled[:, t])
        money = min(float(b[t]) for b in budgets) * dt - deposit[joins == t].sum()
        asked = float(waiting @ each[:, t])
        share = min(1.0, max(money, 0.0) / asked) if asked > 0 else 1.0
        paid, waiting = paid + waiting * share, waiting * (1.0 - share)
        out[:, t] = np.minimum(paid, cooled[:, t])
    return out


def capital(p: Places, supply: Supply, halls: Halls) -> np.ndarray:
    """Shell, cooling, connection and racks of a new megawatt of IT ``[site, date]`` [G USD/MW]."""
    tables, n = p.tables, p.tables.numbers
    cooling = np.array(
        [
            c * 1e6 + supply.cost("cooling", k)
            for c, k in zip(n["cooling"]["capex"], tables.keys("cooling"), strict=True)
        ]
        + [0.0]
    )
    source = np.array(
        [
            c * 1e6 + supply.cost("generation", k)
            for c, k in zip(n["generation"]["capex"], tables.keys("generation"), strict=True)
        ]
    )
    mix = _by_site_mean(tables, source)
    place = n["sites"]["construction"] * 1e6 + supply.cost("construction", "*") + cooling[halls.technology]
    place = place + mix * halls.overhead
    parts = np.array([supply.cost("hardware", k) for k in tables.keys("hardware")] + [0.0])
    chip = halls.chip
    price = np.vstack([n["hardware"]["price"], np.zeros(n["hardware"]["price"].shape[1])])
    power = np.append(n["hardware"]["power"], 1.0)
    racks = (price[chip, np.arange(chip.shape[1])] * 1e6 + parts[chip]) / power[chip] * 1e3
    return (place[:, None] + racks) * 1e-9


def _by_site_mean(tables: Tables, source: np.ndarray) -> np.ndarray:
    """Mean over a site's phases, by power, of a figure of their source ``[site]``."""
    site, power = tables.index("phases", "site"), tables.numbers["phases"]["power"]
    sites = len(tables.keys("sites"))
    if not len(site):
        return np.zeros(sites)
    total = np.bincount(site, power, sites)
    paid = np.bincount(site, power * source[tables.index("phases", "source")], sites)
    return paid / np.where(total > 0, total, 1.0)


def _useful(p: Places, halls: Halls, site: int, found: dict[str, _Totals]) -> pd.DataFrame:
    """Effective PFLOP/s by profile: cohorts of racks, each on its chip, renewed at the end of its life."""
    tables = p.tables
    profiles = sorted({*tables.index("classes", "profile")[tables.frames["classes"]["ground"].to_numpy(bool)].tolist()})
    hardware, life = tables.keys("hardware"), tables.numbers["hardware"]["life"]
    dt, years = float(tables.settings["period"]), tables.years
    out = {k: np.zeros((tables.shown, len(profiles))) for k in found}
    for k, totals in found.items():
        for power, chip, begun in _cohorts(p, site, totals, halls):
            for t in range(tables.shown):
                if (
                    years[t + 1] - begun >= life[chip] - 1e-9
                    and halls.chip[site, t] >= 0
                    and t * dt + years[0] >= begun
                ):
                    chip, begun = int(halls.chip[site, t]), float(years[t])
                if years[t + 1] > begun:
                    out[k][t] += power[t] * 1e3 * p.rate[profiles, chip]
    names = [tables.keys("profiles")[i] for i in profiles]
    rows = [
        (
            float(years[t + 1]),
            name,
            hardware[halls.chip[site, t]] if halls.chip[site, t] >= 0 else "",
            *(float(out[k][t, j]) for k in COUNTS),
        )
        for t in range(tables.shown)
        for j, name in enumerate(names)
    ]
    return pd.DataFrame(rows, columns=["date", "profile", "chip", *COUNTS])


def _cohorts(p: Places, site: int, totals: _Totals, halls: Halls) -> list[tuple[np.ndarray, int, float]]:
    """Racks that came together: IT power by date [MW], chip, calendar year."""
    tables, years = p.tables, p.tables.years
    racks = totals.at["in racks"][site]
    zone = tables.index("sites", "zone")[site]
    mine = np.nonzero(tables.index("stock", "zone") == zone)[0]
    h = tables.index("stock", "hardware")[mine]
    units = tables.numbers["stock"]["units"][mine] * tables.numbers["hardware"]["power"][h]
    stock = np.minimum(totals.stock[site], racks) / max(float(units.sum()), 1e-300)
    age = tables.numbers["stock"]["age"][mine]
    out = [(stock * u, int(k), float(years[0] - a)) for u, k, a in zip(units, h, age, strict=True)]
    before = float(totals.stock[site]) if len(mine) else 0.0
    for t in range(len(racks)):
        more = max(float(racks[t]) - before, 0.0)
        before = max(before, float(racks[t]))
        if more > 0 and halls.chip[site, : t + 1].max() >= 0:
            last = int(np.nonzero(halls.chip[site, : t + 1] >= 0)[0][-1])
            there = np.where(np.arange(len(racks)) >= t, more, 0.0)
            out.append((there, int(halls.chip[site, last]), float(years[t])))
    return out


def _reached(tables: Tables, mine: np.ndarray, share: dict[str, np.ndarray]) -> pd.DataFrame:
    phases = tables.keys("phases")
    rows = [
        (phases[i], float(year), step, float(share[step][i, t]))
        for i in mine
        for t, year in enumerate(tables.years[1 : tables.shown + 1])
        for step in TIMED
    ]
    return pd.DataFrame(rows, columns=["phase", "date", "step", "probability"])


def _phases(
    tables: Tables, q: Queues, mine: np.ndarray, middle: dict[str, np.ndarray], late: dict[str, np.ndarray]
) -> pd.DataFrame:
    frame, begin = tables.frames["phases"], tables.years[0] + q.joined
    rows = [
        (
            tables.keys("phases")[i],
            frame["source"].iloc[i],
            frame["stage"].iloc[i],
            float(q.power[i]),
            float(q.odds[i]),
            *(float(begin[i] + at[step][i]) for step in ("interconnected", "in racks") for at in (middle, late)),
        )
        for i in mine
    ]
    columns = ["phase", "source", "stage", "power", "odds", "energised", "energised_late", "racks", "racks_late"]
    return pd.DataFrame(rows, columns=columns)
