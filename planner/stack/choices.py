"""What is compared with what: the satellite that stands for a class, a ground site, the rack nearest to its chips.

Choices are made once, from the tables as they are read, and then held: only the vehicle is chosen again when an input
moves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from planner.assemble.power import pue
from planner.assemble.satellites import warm_halls
from planner.check import rates
from planner.compiled import compiled
from planner.eligibility import COOLANTS, barred_by_export
from planner.faults import Fault, InputError, nearest, quoted
from planner.tables import Tables


class Pick(NamedTuple):
    """Positions in the tables of one comparison; `period` is the period whose prices hold."""

    satellite: int
    satellite_class: int
    shell: int
    chip: int
    site: int
    rack: int
    technology: int
    source: int
    period: int


@dataclass(frozen=True, eq=False)
class Places:
    """What every choice needs, read once: compute per kW, facility power per kW, what may stand where and when."""

    tables: Tables
    rate: np.ndarray  #: [profile, hardware] [PFLOP/s per kW IT], availability inside
    overhead: np.ndarray  #: [site, technology] [-] facility power per nominal kW of racks
    warmer: np.ndarray  #: [technology] [-] IT power over nominal
    barred: np.ndarray  #: [hardware, jurisdiction, T]
    zone: np.ndarray  #: [site]
    law: np.ndarray  #: [site]
    sale: np.ndarray  #: [hardware, T] on sale in the middle of the period
    fits: np.ndarray  #: [hardware, technology] coolant and density, in a hall that can be built
    rack: np.ndarray  #: [hardware] counted in racks


def places(tables: Tables) -> Places:
    """Read off the tables what the choices need."""
    middle = (tables.years[:-1] + tables.years[1:]) / 2
    n = tables.numbers
    halls = {"sites": n["sites"], "cooling": n["cooling"]}
    overhead, warmer = (np.asarray(v) for v in compiled(lambda d: (pue(d), warm_halls(d)), halls))
    zone, h = tables.index("sites", "zone"), n["hardware"]
    return Places(
        tables,
        rates(tables),
        overhead * warmer,
        warmer,
        barred_by_export(tables, middle),
        zone,
        tables.index("zones", "jurisdiction")[zone],
        (h["first_sale"][:, None] <= middle) & (middle <= h["last_sale"][:, None]),
        _fits(tables) & tables.frames["cooling"]["buildable"].to_numpy(bool),
        (tables.frames["hardware"]["container"] == "rack").to_numpy(),
    )


def period_of(tables: Tables, year: float | None) -> int:
    """Position of the period that holds a calendar year; the first one without a year. Raises `InputError`."""
    first, last = float(tables.years[0]), float(tables.years[tables.shown])
    if year is None:
        return 0
    if not first <= year < last:
        wrong = "it is outside the plan"
        raise InputError([Fault("--year", 0, f"{year:g}", wrong, f"write a year from {first:g} to before {last:g}")])
    return int((year - first) / float(tables.settings["period"]) + 1e-9)


def satellite_row(tables: Tables, name: str, period: int) -> int:
    """Row of `satellites` that stands for a class (or is named itself) in a period. Raises `InputError`.

    Among the rows of the class: those that fly in the period with chips on sale, the latest chips first; where none
    flies yet, the one that flies first. Ties go to the first row of the table.
    """
    refuse_no_satellites(tables)
    rows, classes = tables.keys("satellites"), tables.keys("satellite_classes")
    if name not in classes and name in rows:
        return rows.index(name)
    if name not in classes:
        wrong = "the scenario has no satellite class of this name"
        raise InputError([Fault("--class", 0, quoted(name, 80), wrong, nearest(name, [*classes, *rows]))])
    mine = np.nonzero(tables.index("satellites", "satellite_class") == classes.index(name))[0]
    if not mine.size:
        wrong = "no row of satellites.csv flies this class"
        raise InputError([Fault("--class", 0, quoted(name, 80), wrong, "add a row with its shell and chips")])
    n, h = tables.numbers, tables.index("satellites", "hardware")[mine]
    middle = (tables.years[period] + tables.years[period + 1]) / 2
    first, from_, until = (
        n["satellites"]["first_launch"][mine],
        n["hardware"]["first_sale"][h],
        n["hardware"]["last_sale"][h],
    )
    begins = np.maximum(first, from_)
    flies = (begins <= middle) & (middle <= until)
    if flies.any():
        return int(mine[np.nonzero(flies)[0][np.argmax(from_[flies])]])
    return int(mine[np.argmin(begins)])


def flown_classes(tables: Tables) -> list[str]:
    """Satellite classes that some row of `satellites` flies, in table order. Raises `InputError` without any."""
    refuse_no_satellites(tables)
    used = set(tables.index("satellites", "satellite_class").tolist())
    return [k for i, k in enumerate(tables.keys("satellite_classes")) if i in used]


def refuse_no_satellites(tables: Tables) -> None:
    """Raise `InputError` where nothing can be flown."""
    if tables.keys("satellites"):
        return
    sites = tables.keys("sites")
    instead = "give --site NAME to see a ground site" + (f", e.g. {sites[0]}" if sites else "")
    wrong = "the scenario has no satellites, so no class has a stack"
    raise InputError([Fault(tables.scenario.name, 0, "", wrong, instead)])


def site_position(tables: Tables, name: str) -> int:
    """Position of a ground site. Raises `InputError`."""
    sites = tables.keys("sites")
    if name not in sites:
        wrong = "the scenario has no site of this name"
        raise InputError([Fault("--site", 0, quoted(name, 80), wrong, nearest(name, sites))])
    return sites.index(name)


def _fits(tables: Tables) -> np.ndarray:
    """Whether hardware can be cooled by a technology ``[hardware, technology]``: coolant and density."""
    n, frames = tables.numbers, tables.frames
    wanted = [COOLANTS[c] for c in frames["hardware"]["coolant"]]
    given = frames["cooling"]["coolant"].to_numpy()
    takes = np.array([[q in w for q in given] for w in wanted], bool).reshape(len(wanted), len(given))
    return takes & (n["hardware"]["power"][:, None] <= n["cooling"]["max_density"][None, :])


def racks_allowed(p: Places, site: int, period: int) -> np.ndarray:
    """Racks that may be put into a new hall of a site in a period ``[hardware, technology]``.

    On sale, allowed under the law of the place, not too dense for the zone, and cooled by what can be built.
    """
    n = p.tables.numbers
    may = p.rack & p.sale[:, period] & ~p.barred[:, p.law[site], period]
    may &= n["hardware"]["power"] <= n["zones"]["max_density"][p.zone[site]]
    return may[:, None] & p.fits


def nearest_rack(p: Places, chip: int, site: int, period: int) -> tuple[int, int] | None:
    """Rack and cooling at a site that come nearest to a satellite's chips; None where no rack can stand there.

    The rack whose kW does most nearly the same work (mean of the logarithms of the ratios over the profiles of work
    that may go to orbit), under the cooling with the lowest PUE. Racks on sale in the period; where none are, all.
    """
    tables = p.tables
    may = tables.frames["classes"]["orbit"].to_numpy(bool) & (tables.numbers["classes"]["max_rtt"] > 0)
    flying = np.isin(np.arange(len(p.rate)), tables.index("classes", "profile")[may])
    allowed = racks_allowed(p, site, period)
    if not allowed.any():
        allowed = p.rack[:, None] & p.fits
    best: tuple[float, float, int, int] | None = None
    for h, q in zip(*np.nonzero(allowed), strict=True):
        both = (p.rate[:, h] > 0) & (p.rate[:, chip] > 0) & flying
        far = float(np.abs(np.log(p.rate[both, h] / p.rate[both, chip])).mean()) if both.any() else np.inf
        found = (far, float(p.overhead[site, q]), int(h), int(q))
        best = found if best is None else min(best, found)
    return None if best is None else best[2:]


def power_source(tables: Tables, site: int) -> int | None:
    """Source of a new connection at a site: the grid where there is one, else that of its largest phase."""
    kinds = tables.frames["generation"]["kind"].to_numpy()
    mine = np.nonzero(tables.index("phases", "site") == site)[0]
    sources = tables.index("phases", "source")[mine]
    wired = sources[kinds[sources] == "grid"] if mine.size else sources
    if wired.size:
        return int(wired[0])
    if "grid" in kinds:
        return int(np.nonzero(kinds == "grid")[0][0])
    if mine.size:
        return int(sources[np.argmax(tables.numbers["phases"]["power"][mine])])
    return 0 if len(kinds) else None


def pick(p: Places, satellite: int, site: int, period: int) -> Pick | None:
    """One comparison; None where the site has no racks, cooling or source to compare with."""
    tables = p.tables
    chip = int(tables.index("satellites", "hardware")[satellite])
    found, source = nearest_rack(p, chip, site, period), power_source(tables, site)
    if found is None or source is None:
        return None
    klass = int(tables.index("satellites", "satellite_class")[satellite])
    shell = int(tables.index("satellites", "shell")[satellite])
    return Pick(satellite, klass, shell, chip, site, *found, source, period)


def candidate_sites(tables: Tables) -> list[int]:
    """Ground sites at which power stands or may come, in table order; all sites where there are none."""
    power = tables.numbers["sites"]["energised"] + np.bincount(
        tables.index("phases", "site"), tables.numbers["phases"]["power"], len(tables.keys("sites"))
    )
    some = np.nonzero(power > 0)[0].tolist()
    return some or list(range(len(power)))
