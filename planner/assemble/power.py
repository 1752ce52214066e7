"""Row family 3, power: queues that are joined, what they deliver, what is dispatched and where racks stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from compute_stack import economics, thermal
from compute_stack import power as queue
from planner.assemble.context import YEARLY, Context
from planner.assemble.satellites import warm_halls


def write(c: Context) -> None:
    """Phases `join`, energised power `energised`, dispatch `dispatch`, rack load `load`, with their rows."""
    d, tables = c.data, c.tables
    site, source = c.ref("phases", "site"), c.ref("phases", "source")
    kinds = tables.frames["generation"]["kind"].to_numpy()
    grid = next((g for g, k in enumerate(kinds) if k == "grid"), -1)
    standing = tables.numbers["sites"]["energised"] > 0
    cells = sorted(
        {(int(s), int(g)) for s, g in zip(site, source, strict=True)}
        | {(int(s), grid) for s in np.nonzero(standing)[0]}
    )
    c.cells = np.array(cells, int).reshape(-1, 2)
    place = {cell: i for i, cell in enumerate(cells)}
    sites, sources = tables.keys("sites"), tables.keys("generation")
    names = [(sites[s], sources[g]) for s, g in cells]
    lead, kernel = leads(c)
    c.lead = lead
    join = _join(c, lead, kernel)
    today = jnp.where(c.cells[:, 1] == grid, d["sites"]["energised"][c.cells[:, 0]] * 1e-3, 0.0)
    phase_cell = np.array([place[int(s), int(g)] for s, g in zip(site, source, strict=True)], int)
    most = np.where(c.cells[:, 1] == grid, tables.numbers["sites"]["energised"][c.cells[:, 0]], 0.0) * 1e-3
    most = most + np.bincount(phase_cell, tables.numbers["phases"]["power"] * 1e-3, len(cells))
    c.site_most = np.bincount(c.cells[:, 0], most, len(sites))
    energised = c.v["energised"] = c.build.variable(
        "energised",
        ("site", "source"),
        names,
        "GW facility",
        per_unit=1e3,
        upper=most[:, None],
        meaning="power that stands",
    )
    every = np.arange(len(cells))
    row = c.build.row(
        "delivery",
        ("site", "source"),
        names,
        "<=",
        today[:, None],
        "GW facility",
        per_unit=1e3,
        meaning="what stands is at most today's and what joined phases have delivered, at planned lead and odds",
    )
    c.build.couple(row, energised, every, every, 1.0)
    size = d["phases"]["power"] * d["stages"]["odds"][c.ref("phases", "stage")] * 1e-3
    c.build.couple_kernel(row, join, phase_cell, np.arange(len(site)), -size[:, None, None] * kernel)
    dispatch = c.v["dispatch"] = c.build.variable(
        "dispatch",
        ("site", "source"),
        names,
        "GW facility",
        per_unit=1e3,
        upper=most[:, None],
        meaning="power drawn from a source",
    )
    row = c.build.row(
        "source",
        ("site", "source"),
        names,
        "<=",
        0.0,
        "GW facility",
        per_unit=1e3,
        meaning="dispatch is at most what stands and is available",
    )
    c.build.couple(row, dispatch, every, every, 1.0)
    c.build.couple(row, energised, every, every, -d["generation"]["availability"][c.cells[:, 1], None])
    kept = c.build.row(
        "kept",
        ("site", "source"),
        names,
        ">=",
        jnp.zeros((len(cells), c.periods)).at[:, 0].set(today),
        "GW facility",
        per_unit=1e3,
        meaning="power that stands is not given up to be energised again elsewhere",
    )
    c.build.couple(kept, energised, every, every, 1.0)
    c.build.couple(kept, energised, every, every, -1.0, lag=1)
    _growth(c, names, today, energised, grid)
    _energy(c, dispatch)
    _load(c, dispatch)


def leads(c: Context) -> tuple[jnp.ndarray, jnp.ndarray]:
    """Planned lead [yr] ``[phase]`` and energised share ``[phase, T, T]`` of phases joined at the start of a period."""
    d = c.data
    stage, site = c.ref("phases", "stage"), c.ref("phases", "site")
    s = d["stages"]
    median = queue.lead_median(
        s["lead_fixed"][stage], s["lead_per_time_to_power"][stage], d["sites"]["time_to_power"][site]
    )
    sigma = s["sigma"][stage]
    if c.tables.settings["delivery"] == "expected":
        share = c.since(
            lambda age: queue.expected_energised_fraction(age, c.dt, median[:, None, None], sigma[:, None, None])
        )
        return median, share
    lead = queue.lead_quantile(median, sigma, d["scenario"]["planning_quantile"])
    return lead, c.since(lambda age: queue.energised_fraction(age, c.dt, lead[:, None, None]))


def _join(c: Context, lead: jnp.ndarray, kernel: jnp.ndarray) -> int:
    """Binary `join` with its deposit and capital; rows once and order. What delivers nothing is not joined."""
    d, tables = c.data, c.tables
    source, stage = c.ref("phases", "source"), c.ref("phases", "stage")
    early = tables.numbers["phases"]["earliest"]
    reach = _concrete(c).any(axis=1)
    exists = reach & (tables.years[:-1] >= early[:, None] - 1e-9)
    names = c.names("phases")
    site = c.ref("phases", "site")
    wired = (tables.frames["generation"]["kind"] == "grid").to_numpy()[source]
    operators = len(tables.keys("territories"))
    group = np.where(wired, c.ref("sites", "territory")[site], operators + c.ref("sites", "zone")[site])
    join = c.v["join"] = c.build.variable(
        "join",
        ("phase",),
        names,
        "1",
        upper=jnp.where((kernel > 0).any(axis=1), 1.0, 0.0),
        exists=exists,
        integer=True,
        implied=False,
        meaning="queue joined at the start of the period",
        group=group,
        weight=tables.numbers["phases"]["power"] * tables.numbers["stages"]["odds"][stage],
    )
    odds, megawatts = d["stages"]["odds"][stage], d["phases"]["power"] * 1e-3
    deposit = (d["generation"]["deposit"][source] * megawatts)[:, None]
    at, later = c.begin, c.begin + lead[:, None]
    held = economics.discount_factor(c.rate, at) - odds[:, None] * economics.discount_factor(c.rate, later)
    c.charge("deposits", join, deposit * held)
    c.cash.append((join, deposit))
    price = (d["generation"]["capex"][source] * megawatts * odds)[:, None]
    share = economics.annuity_in_horizon(c.rate, d["generation"]["life"][source][:, None], later, c.end)
    c.charge("power", join, price * share)
    c.cash_later.append((join, price[:, :, None] * c.moved(lead[:, None])))
    every = np.arange(len(names))
    first = np.zeros((len(names), c.periods), bool)
    first[:, 0] = exists.any(axis=1)
    once = c.build.row("once", ("phase",), names, "<=", 1.0, "1", exists=first, meaning="a queue is joined once")
    total = np.zeros((1, c.periods, c.periods))
    total[:, 0, :] = 1.0
    c.build.couple_kernel(once, join, every, every, total)
    after = c.ref("phases", "after")
    chained = np.nonzero(after >= 0)[0]
    if chained.size:
        order = c.build.row(
            "order",
            ("phase",),
            [names[i] for i in chained],
            "<=",
            0.0,
            "1",
            exists=exists[chained],
            meaning="phases of a site in order",
        )
        c.build.couple_kernel(order, join, np.arange(len(chained)), chained, c.running_total)
        c.build.couple_kernel(order, join, np.arange(len(chained)), after[chained], -c.running_total)
    return join


def _concrete(c: Context) -> np.ndarray:
    """Where the kernel of the tables' own numbers is not zero (structure is static even when numbers are traced)."""
    numbers, quantile = c.tables.numbers, c.tables.settings["planning_quantile"]
    own = {
        "stages": {**numbers["stages"]},
        "sites": {"time_to_power": numbers["sites"]["time_to_power"]},
        "scenario": {"planning_quantile": quantile, "discount_rate": 0.0},  # leads are not discounted
    }
    with jax.ensure_compile_time_eval():
        kernel = jax.jit(lambda data: leads(Context(c.tables, c.sets, data))[1])(own)
        return np.asarray(kernel) > 0


def _growth(c: Context, names: list, today: jnp.ndarray, energised: int, grid: int) -> None:
    """Rows territory (all grid phases behind one operator) and ramp (all sources of a site)."""
    d, numbers = c.data, c.tables.numbers
    kinds = c.tables.frames["generation"]["kind"].to_numpy()
    behind = c.ref("sites", "territory")[c.cells[:, 0]]
    wired = kinds[c.cells[:, 1]] == "grid"
    limited = [
        t
        for t in range(len(c.tables.keys("territories")))
        if np.isfinite(numbers["territories"]["throughput"][t]).all() and (wired & (behind == t)).any()
    ]
    _increments(
        c,
        "territory",
        [c.names("territories")[t] for t in limited],
        d["territories"]["throughput"][np.array(limited, int)] * c.dt,
        [np.nonzero(wired & (behind == t))[0] for t in limited],
        today,
        energised,
        "new load that a grid operator energises in a period",
    )
    ramped = [
        s
        for s in range(len(c.tables.keys("sites")))
        if np.isfinite(numbers["sites"]["ramp"][s]) and (c.cells[:, 0] == s).any()
    ]
    rate = jnp.broadcast_to(
        (d["sites"]["ramp"][np.array(ramped, int)] * 1e-3 * c.dt)[:, None], (len(ramped), c.periods)
    )
    _increments(
        c,
        "ramp",
        [c.names("sites")[s] for s in ramped],
        rate,
        [np.nonzero(c.cells[:, 0] == s)[0] for s in ramped],
        today,
        energised,
        "power added on one site in a period",
    )


def _increments(
    c: Context,
    name: str,
    names: list,
    limit: jnp.ndarray,
    members: list,
    today: jnp.ndarray,
    energised: int,
    meaning: str,
) -> None:
    if not names:
        return
    base = jnp.stack([jnp.sum(today[m]) for m in members])
    rhs = limit.at[:, 0].add(base)
    key = "site" if name == "ramp" else name
    row = c.build.row(name, (key,), names, "<=", rhs, "GW facility", per_unit=1e3, meaning=meaning)
    rows = np.concatenate([np.full(len(m), i) for i, m in enumerate(members)])
    columns = np.concatenate(members)
    c.build.couple(row, energised, rows, columns, 1.0)
    c.build.couple(row, energised, rows, columns, -1.0, lag=1)


def energy_prices(c: Context) -> tuple[jnp.ndarray, jnp.ndarray]:
    """Price [USD/MWh] and emissions [kg/MWh] of each (site, source) ``[cell, T]``."""
    d = c.data
    s, g = c.cells.T
    source = d["generation"]
    price = source["energy_price"][g, None] + source["site_price_factor"][g, None] * d["sites"]["power_price"][s]
    carbon = source["carbon"][g, None] + source["site_carbon_factor"][g, None] * d["sites"]["carbon"][s]
    return price, carbon


def _energy(c: Context, dispatch: int) -> None:
    price, carbon = energy_prices(c)
    c.steady("energy", dispatch, price * YEARLY)
    c.steady("preference", dispatch, c.data["sites"]["preference"][c.cells[:, 0], None] * YEARLY)
    c.steady("carbon", dispatch, carbon * 1e-3 * c.data["scenario"]["carbon_price"] * YEARLY)


def pue(data: Mapping[str, Mapping[str, Any]]) -> jax.Array:
    """PUE of every site under every technology ``[site, technology]``, from numbers keyed by table and column."""
    sites, q = data["sites"], data["cooling"]
    return thermal.power_usage_effectiveness(
        q["supply_temperature"],
        sites["wet_bulb"][:, None],
        sites["dry_bulb"][:, None],
        q["liquid_fraction"],
        q["electrical_overhead"],
        q["fan_overhead"],
        q["chiller_cop"],
    )


def wue(data: Mapping[str, Mapping[str, Any]]) -> jax.Array:
    """WUE of every site under every technology [L/kWh] ``[site, technology]``."""
    sites, q = data["sites"], data["cooling"]
    wet, dry = sites["wet_bulb"][:, None], sites["dry_bulb"][:, None]
    return thermal.water_usage_effectiveness(q["supply_temperature"], wet, dry, q["evaporation"])


def _load(c: Context, dispatch: int) -> None:
    """Where a zone's racks stand: `load`, rows racks (zone to site) and power (site)."""
    sets, tables = c.sets, c.tables
    dep = sets.deployments
    sites, technologies = tables.keys("sites"), tables.keys("cooling")
    needs = ["+".join(technologies[q] for q in need) for need in sets.needs]
    s, q, n = sets.load_site, sets.load_technology, sets.load_need
    names = [(sites[a], technologies[b], needs[k]) for a, b, k in zip(s, q, n, strict=True)]
    load = c.v["load"] = c.build.variable(
        "load",
        ("site", "technology", "need"),
        names,
        "GW IT",
        per_unit=1e3,
        upper=c.site_most[s, None],
        meaning="IT load of racks that stand at a site under a cooling technology",
    )
    zone = c.ref("sites", "zone")
    groups = sorted({(int(z), int(k)) for z, k in zip(dep.zone, dep.need, strict=True) if k >= 0})
    place = {g: i for i, g in enumerate(groups)}
    zones = tables.keys("zones")
    row = c.build.row(
        "racks",
        ("zone", "need"),
        [(zones[z], needs[k]) for z, k in groups],
        "=",
        0.0,
        "GW IT",
        per_unit=1e3,
        meaning="racks of a zone stand at its sites",
    )
    ground = np.nonzero(dep.need >= 0)[0]
    c.build.couple(
        row, c.v["run"], [place[int(dep.zone[i]), int(dep.need[i])] for i in ground], ground, c.unit_power[ground, None]
    )
    c.build.couple(row, load, [place[int(zone[a]), int(k)] for a, k in zip(s, n, strict=True)], np.arange(len(s)), -1.0)
    overhead, c.wue, c.warmer = pue(c.data), wue(c.data), warm_halls(c.data)
    row = c.build.row(
        "power",
        ("site",),
        c.names("sites"),
        "<=",
        0.0,
        "GW facility",
        per_unit=1e3,
        meaning="load times PUE (and what warm chips take more) is at most dispatch",
    )
    c.build.couple(row, load, s, np.arange(len(s)), (overhead * c.warmer)[s, q, None])
    c.build.couple(row, dispatch, c.cells[:, 0], np.arange(len(c.cells)), -1.0)
    upkeep = c.data["scenario"]["construction_upkeep"] * c.data["sites"]["construction"][s]
    c.steady("upkeep", load, upkeep[:, None])
