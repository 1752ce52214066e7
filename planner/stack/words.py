"""The tables of a stack as a person reads them, on a terminal and on a page: caption, columns, rows, notes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from planner.stack.delivery import TIMED
from planner.stack.found import Stack
from planner.stack.picture import dates_shown
from planner.stack.ranking import Ranking
from planner.stack.satellite import SatelliteStack
from planner.stack.site import COUNTS, FACILITY, STEPS, SiteStack

WIDE = 100

Shown = tuple[str, Sequence[str], Sequence[tuple[Any, ...]], Sequence[str]]


def satellite_tables(found: Stack) -> Iterator[Shown]:
    """Classes side by side, then one of them in detail."""
    one = found.satellite
    if one is None:
        return
    yield _classes(found, one)
    yield _fall(found, one)
    masses = [(*one.masses["kg_per_kw"], sum(one.masses["kg_per_kw"]))]
    yield f"Mass of {one.name} [kg/kW IT]", [*one.masses["part"], "all"], masses, []
    yield _boundaries(found, one)
    yield _parts(one)
    for ranked, words in ((one.useful, "useful W/kg"), (one.cost, "USD per delivered GPU-hour in orbit")):
        if ranked is not None:
            yield _inputs(one, ranked, words)
        else:
            yield f"Inputs that move {words}: none ranked, it is zero or without bound", [], [], []


def _classes(found: Stack, one: SatelliteStack) -> Shown:
    kept = ["kg_per_kw", "gross", "useful", "launch", "facility", "cycle", "gpu_hour", "pflop_hour"]
    columns = ["class", "chips", "flies", "kg/kW", "gross", "useful", "1", "2", "3", "4", "4 by work"]
    rows = [
        (r["class"], r["chip"], _year(r["first_launch"]), *(r[c] for c in kept))
        for r in found.classes.to_dict("records")
    ]
    ground = [float(v) for v in one.boundaries["ground"]]
    rows.append((f"ground: {one.site}", one.rack, "", math.nan, math.nan, math.nan, *ground))
    notes = [
        "kg per kW of IT; gross and useful W/kg. 1 launch v. electricity and 2 launch + build v. facility [USD/kW/yr], "
        "3 all-in 5-year cycle [USD/kW], 4 delivered GPU-hour [USD/h] of its own chips, by work: "
        "USD per effective PFLOP-hour of the work that may go to orbit. Ground: the hour of one GPU of "
        f"{one.name} in equal work.",
    ]
    return f"Satellite classes, prices of {found.year:g}", columns, rows, notes


def _fall(found: Stack, one: SatelliteStack) -> Shown:
    m = one.measured
    rows = [
        (r["step"], r["value"], "" if not i else f"{r['factor']:.3f}", r["taken"] if i else math.nan, r["by"])
        for i, r in enumerate(one.waterfall.to_dict("records"))
    ]
    flown = f"{one.satellite}: {one.altitude:g} km, chips {one.chip}, first launch {_year(one.first_launch)}"
    lifted = ""
    if one.vehicle:
        filled = "" if float(m.filled) > 1 - 1e-9 else f", its fairing is full at {float(m.filled):.0%} of the mass"
        lifted = f" Launched on {one.vehicle} at {float(m.launch_price):,.0f} USD/kg{filled}."
    return (
        f"Useful watts per kilogram: {one.title} ({one.name})",
        ["step", "W/kg", "x", "takes", "by"],
        rows,
        [f"Flown as {flown}.{lifted}"],
    )


def _boundaries(found: Stack, one: SatelliteStack) -> Shown:
    m = one.measured
    rows = [
        (number, r["boundary"], r["unit"], r["orbit"], r["ground"], r["ratio"])
        for number, r in zip(("1", "2", "3", "4", "4"), one.boundaries.to_dict("records"), strict=True)
    ]
    level = float(m.breakeven)
    notes = [
        f"Ground: {one.site} ({found.compared}), {one.rack} under {one.cooling}, PUE "
        f"{float(m.usage_effectiveness):.3f}, power from {one.power}. A kW does {float(m.compute.orbit):.3g} effective "
        f"PFLOP/s in orbit, {float(m.compute.ground):.3g} there; a GPU-hour on the ground is one of equal work.",
        f"Equal work costs the same at a launch price of {level:,.0f} USD/kg"
        + (", below zero: not even at free launch." if level < 0 else "."),
        f"Launch and build would match the facility alone (2) at {float(m.allowance):,.0f} USD/kg together.",
    ]
    columns = ["", "boundary", "unit", "orbit", "ground", "orbit/ground"]
    return f"Cost of {one.name} against the ground, delivered power", columns, rows, notes


def _parts(one: SatelliteStack) -> Shown:
    parts = [(r["part"], r["orbit"], r["ground"], r["boxes"]) for r in one.parts.to_dict("records")]
    m = one.measured
    totals = (float(np.asarray(sum(parts.values()))) for parts in (m.orbit_parts, m.ground_parts))
    rows: list[tuple[Any, ...]] = [*parts, ("all", *totals, "4 (3: without the cost of capital)")]
    notes = ["Outside every box: waiting in queues, deposits, fees for opening a site, taxes, disposal."]
    return "What is in each box [USD/kW/yr delivered]", ["part", "orbit", "ground", "in boundary"], rows, notes


def _inputs(one: SatelliteStack, ranked: Ranking, words: str) -> Shown:
    prefix = f"satellite_classes.{one.name}"
    rows = [_ranked(prefix, r) for r in ranked.inputs.to_dict("records")]
    taken = max((len(r[1]) for r in rows), default=0) + max((len(r[2]) for r in rows), default=0)
    rows = [(_fitted(r[0], max(24, WIDE - taken - 3 * 7 - 1 - 6 * 2)), *r[1:]) for r in rows]
    columns = ["input", "value", "low to high", "swing", "at low", "at high", ""]
    notes = [
        f"Now {ranked.base:,.4g}. Inputs that begin with . stand in {prefix}. Swing: |slope| x (high - low). Letter: "
        "grade, C: estimate."
    ]
    if any(ranked.inputs["cut"]):
        notes[0] += " *: published end beyond what the column allows, cut to it."
    hidden = [f"{_path(prefix, r['input'])} ({_ends(r)})" for r in ranked.hidden.to_dict("records")[:3]]
    if hidden:
        notes.append("Flat here but not at the ends of their spread: " + ", ".join(hidden) + " at low to high.")
    bare = [f"{_path(prefix, r['input'])} {r['elasticity']:+.2g} %" for r in ranked.unspread.to_dict("records")[:3]]
    if bare:
        count = len(ranked.unspread)
        set_here = f", {ranked.changed} of them set by an override or --set" if ranked.changed else ""
        notes.append(
            f"Not ranked: {count} inputs without a published spread{set_here}; 1 % more of the strongest moves it by: "
            + ", ".join(bare)
            + "."
        )
    title = f"Inputs that move {words} most: {len(rows)} of {ranked.spread} with a published spread"
    return title, columns, rows, notes


def _ranked(prefix: str, r: dict[Any, Any]) -> tuple[Any, ...]:
    unit = "" if r["unit"] == "1" else f" {r['unit']}"
    span = f"{r['low']:,.3g} to {r['high']:,.3g}{'*' if r['cut'] else ''}"
    return (
        _path(prefix, str(r["input"])),
        f"{r['value']:,.4g}{unit}",
        span,
        r["swing"],
        r["at_low"],
        r["at_high"],
        r["grade"],
    )


def _ends(r: dict[Any, Any]) -> str:
    return f"{r['at_low']:,.4g} to {r['at_high']:,.4g}"


def _fitted(path: str, longest: int) -> str:
    """A path with its middle left out where it is long; the JSON has all of it."""
    half = (longest - 1) // 2
    return path if len(path) <= longest else f"{path[:half]}…{path[half + 1 - longest :]}"


def _path(prefix: str, path: str) -> str:
    return path.removeprefix(prefix)


def site_tables(found: Stack, year: float | None = None) -> Iterator[Shown]:
    """The waterfall of a ground site by date, odds of its steps, useful compute, its phases."""
    site = found.site
    if site is None:
        return
    dates = dates_shown(site, year)
    late = f"P{site.quantile * 100:.0f}"
    columns = ["", *(c for d in dates for c in (f"{_year(d)} exp.", late))]
    at = {(r["date"], r["step"]): [r[c] for c in COUNTS] for r in site.waterfall.to_dict("records")}
    rows = [(f"{s} [{'MW' if s in FACILITY else 'MW IT'}]", *(v for d in dates for v in at[d, s])) for s in STEPS]
    yield (
        f"{site.title} ({site.site}): from brochure to racks, by date [MW facility, then IT]",
        columns,
        rows,
        _definitions(site, late),
    )
    work = {(r["date"], r["profile"]): r for r in site.useful.to_dict("records")}
    profiles = list(dict.fromkeys(p for _, p in work))
    rows = [(p, *(work[d, p][c] * 1e-3 for d in dates for c in COUNTS)) for p in profiles]
    sale = "; ".join(f"{_year(d)} {work[d, profiles[0]]['chip'] or 'none'}" for d in dates) if profiles else "none"
    notes = [f"All racks on one kind of work, each on the chip on sale when it was put in. On sale: {sale}."]
    yield "Useful compute, effective by roofline [EFLOP/s = 1000 PFLOP/s]", columns, rows, notes
    if len(site.phases):
        yield _odds(site, dates)
        yield _phases(site, late)


def _odds(site: SiteStack, dates: list[float]) -> Shown:
    power = {r["phase"]: float(r["power"]) for r in site.phases.to_dict("records")}
    total, share = sum(power.values()), dict.fromkeys(((d, s) for d in dates for s in TIMED), 0.0)
    for r in site.reached.to_dict("records"):
        if (r["date"], r["step"]) in share:
            share[r["date"], r["step"]] += r["probability"] * power[r["phase"]] / total
    rows = [(s, *(f"{share[d, s]:.0%}" for d in dates)) for s in TIMED]
    return (
        "Probability of each step, by date",
        ["", *(f"by {_year(d)}" for d in dates)],
        rows,
        ["That an announced MW has reached it: over the phases by power, before building pace and money."],
    )


def _phases(site: SiteStack, late: str) -> Shown:
    dates = ("energised", "energised_late", "racks_late")
    rows = [
        (*(r[c] for c in ("phase", "source", "stage", "power")), f"{r['odds']:.0%}", *(f"{r[c]:.1f}" for c in dates))
        for r in site.phases.to_dict("records")
    ]
    columns = ["phase", "source", "stage", "MW", "odds", "energised, median", late, f"in racks, {late}"]
    return "Phases, if they come", columns, rows, []


def _definitions(site: SiteStack, late: str) -> list[str]:
    money = (
        "cut by the yearly budget of the scenario, shared by all sites" if site.budgeted else "no budget row, so all"
    )
    notes = [
        f"exp.: expected over all queues, joined at once; {late}: dependable, each phase at that quantile of its slip, "
        "cut by its odds.",
        "permitted: odds and lead up to the stage 'approved' (grid) or 'construction' (on site). interconnected: odds "
        "and lead of the stage. transformed: equipment of the source, ordered at the permit. cooled: halls of "
        f"{site.technology or 'no cooling'} (facility/IT {site.usage_effectiveness:.3f}), ordered at the permit, at "
        f"the pace of the site. financed: {money}. in racks: racks ordered at the permit.",
        "Not counted: doors and grid operators shared with others, debt; a plan prices those.",
    ]
    if site.undated:
        notes.insert(2, "The stage table names no such stage for some phases: their odds count at once, undated.")
    return notes


def _year(date: float) -> str:
    if date >= 9000:
        return "never"
    return f"{date:.0f}" if abs(date - round(date)) < 1e-6 else f"{date:.1f}"
