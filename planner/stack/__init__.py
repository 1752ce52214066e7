"""`stack`: useful compute watts per kilogram of a satellite class, and useful megawatts of a ground site, step by step.

Nothing is planned: everything is read off the tables at the prices of one period.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from planner.faults import Fault, InputError
from planner.scenario import read_scenario
from planner.stack.choices import flown_classes, period_of, places, satellite_row, site_position
from planner.stack.found import Stack
from planner.stack.satellite import Bench, SatelliteStack, class_table, satellite_stack
from planner.stack.site import SiteStack, site_stack
from planner.stack.writing import refuse_other, write
from planner.tables import Tables, read_tables

__all__ = ["SatelliteStack", "SiteStack", "Stack", "stack"]


def stack(
    scenario: str | Path | Tables,
    satellite_class: str | None = None,
    site: str | None = None,
    year: float | None = None,
    overrides: tuple[str, ...] = (),
    sets: tuple[str, ...] = (),
    out: str | Path | None = None,
) -> Stack:
    """The stack of a satellite class, of a ground site, or of both side by side.

    satellite_class: a class, or a row of `satellites` (its shell and chips); without it and without a site the class
    `central`, or the first one. site: its waterfall; beside a class also the ground that it is compared with, by
    default the site whose cost of work is the median. year: whose prices hold, by default the first period. out: a
    folder for `stack.svg`, `stack.html` and `stack.json`. Raises `InputError`.
    """
    tables = (
        scenario
        if isinstance(scenario, Tables)
        else read_tables(read_scenario(scenario, tuple(overrides), tuple(sets)))
    )
    if out is not None:
        refuse_other(Path(out), tables.scenario.folder)
    period = period_of(tables, year)
    place = None if site is None else site_position(tables, site)
    orbital = satellite_class is not None or place is None
    if orbital:
        flown = flown_classes(tables)
        satellite_class = satellite_class or ("central" if "central" in flown else flown[0])
        satellite_row(tables, satellite_class, period)
    p = places(tables)
    ground = None if place is None else site_stack(p, place)
    classes, satellite, compared = pd.DataFrame(), None, ""
    if orbital and satellite_class is not None:
        bench = Bench(p, period)
        beside, compared = _beside(bench, satellite_class, place)
        satellite = satellite_stack(bench, satellite_class, beside, ranked=True)
        classes = class_table(bench, beside)
    found = Stack(tables, float(tables.years[period]), classes, satellite, compared, ground)
    if out is not None:
        write(found, Path(out))
    return found


def _beside(bench: Bench, satellite_class: str, place: int | None) -> tuple[int, str]:
    """The ground site beside a class, and how it was chosen. Raises `InputError` where there is none."""
    tables = bench.tables
    row = satellite_row(tables, satellite_class, bench.period)
    wrong = "has no rack, cooling or source of power that could stand beside a satellite"
    if place is not None:
        if bench.pick(row, place) is None:
            raise InputError(
                [Fault("--site", 0, f"'{tables.keys('sites')[place]}'", f"it {wrong}", "name another site")]
            )
        return place, "as asked"
    typical = bench.typical_site(row)
    if typical is None:
        raise InputError([Fault(tables.scenario.name, 0, "", f"no site {wrong[4:]}", "add racks and cooling")])
    return typical[0], f"median cost of work of {typical[1]} sites"
