"""Row family 8, choices: sites that are committed to, homes of gangs, strong links."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from compute_stack import economics
from planner.assemble.context import Context
from planner.eligibility import leads
from planner.program import Sense
from planner.standalone import fits
from planner.tables import Tables


def write(c: Context) -> None:
    """Binary `open` per site with a fixed cost and `home` per gang; rows open_once, open_first, strong, home, gang."""
    _open(c)
    _gangs(c)


def closed_sites(tables: Tables) -> np.ndarray:
    """Which sites are closed until they are committed to ``[site]``."""
    return (tables.numbers["sites"]["opening_cost"] > 0) | tables.frames["sites"]["closed"].to_numpy(bool)


def _open(c: Context) -> None:
    fixed = np.nonzero(closed_sites(c.tables))[0]
    c.opened = fixed
    if not fixed.size:
        return
    names = [c.names("sites")[s] for s in fixed]
    opened = c.v["open"] = c.build.variable(
        "open",
        ("site",),
        names,
        "1",
        upper=1.0,
        integer=True,
        implied=False,
        meaning="commitment to a site",
        group=np.arange(len(fixed)),
    )
    price = c.data["sites"]["opening_cost"][fixed, None] * 1e-3
    c.charge("sites", opened, price * economics.discount_factor(c.rate, c.begin))
    c.cash.append((opened, price))
    every = np.arange(len(fixed))
    first = np.zeros((len(fixed), c.periods), bool)
    first[:, 0] = True
    total = np.zeros((1, c.periods, c.periods))
    total[:, 0, :] = 1.0
    once = c.build.row(
        "open_once", ("site",), names, "<=", 1.0, "1", exists=first, meaning="a site is committed to once"
    )
    c.build.couple_kernel(once, opened, every, every, total)
    place = {int(s): i for i, s in enumerate(fixed)}
    phases = np.array([f for f, s in enumerate(c.ref("phases", "site")) if s in place], int)
    if phases.size:
        join = c.v["join"]
        exists = c.build.variables[join].exists[phases]
        row = c.build.row(
            "open_first",
            ("phase",),
            [c.names("phases")[f] for f in phases],
            "<=",
            0.0,
            "1",
            exists=exists,
            meaning="a queue is joined only where the site is committed to",
        )
        here = [place[s] for s in c.ref("phases", "site")[phases]]
        c.build.couple(row, join, np.arange(len(phases)), phases, 1.0)
        c.build.couple_kernel(row, opened, np.arange(len(phases)), here, -c.running_total)
    _strong(c, opened, place)


def _strong(c: Context, opened: int, place: dict[int, int]) -> None:
    """Pair by pair: a workload is served from a single-site zone only if that site is open."""
    zone = c.ref("sites", "zone")
    alone = {int(zone[s]): i for s, i in place.items() if (zone == zone[s]).sum() == 1}
    arcs = np.array([a for a, z in enumerate(c.sets.arc_zone) if int(z) in alone], int)
    if not arcs.size:
        return
    w = c.sets.arc_workload[arcs]
    names = [c.build.variables[c.v["serve"]].entities[a] for a in arcs]
    row = c.build.row(
        "strong",
        ("workload", "zone"),
        names,
        "<=",
        0.0,
        "EFLOP/s",
        exists=c.sets.arc_exists[arcs],
        per_unit=1e3,
        meaning="served only from an open site",
    )
    every = np.arange(len(arcs))
    c.build.couple(row, c.v["serve"], every, arcs, 1.0)
    here = [alone[int(z)] for z in c.sets.arc_zone[arcs]]
    c.build.couple_kernel(row, opened, every, here, -c.most[w][:, :, None] * c.running_total)


def _gangs(c: Context) -> None:
    gang = c.tables.frames["classes"]["gang"].to_numpy(bool)[c.ref("workloads", "class")]
    gang = gang | c.tables.frames["workloads"]["one_zone"].to_numpy(bool)
    arcs = np.nonzero(gang[c.sets.arc_workload])[0]
    if not arcs.size:
        return
    w = c.sets.arc_workload[arcs]
    names = [c.build.variables[c.v["serve"]].entities[a] for a in arcs]
    workloads, zones = c.names("workloads"), c.names("zones")
    owned = list(zip(leads(c.tables)[w].tolist(), c.sets.arc_zone[arcs].tolist(), strict=True))
    homes = {pair: i for i, pair in enumerate(dict.fromkeys(owned))}
    lead = np.array([k for k, _ in homes])
    first = np.zeros((len(homes), c.periods), bool)
    first[:, 0] = True
    home = c.v["home"] = c.build.variable(
        "home",
        ("workload", "zone"),
        [(*workloads[k], *zones[z]) for k, z in homes],
        "1",
        upper=_open_homes(c, homes)[:, None],
        exists=first,
        integer=True,
        implied=False,
        meaning="home zone of a gang, or of a contract that wants one",
        group=lead,
    )
    owners = sorted(set(lead.tolist()))
    place = {k: i for i, k in enumerate(owners)}
    row = c.build.row(
        "home",
        ("workload",),
        [workloads[k] for k in owners],
        "<=",
        1.0,
        "1",
        exists=first[: len(owners)],
        meaning="a gang has one home",
    )
    every = np.arange(len(arcs))
    c.build.couple(row, home, [place[k] for k in lead.tolist()], np.arange(len(homes)), 1.0)
    kernel = jnp.zeros((len(arcs), c.periods, c.periods)).at[:, :, 0].set(-c.most[w])
    frame = c.tables.frames["workloads"]
    # Where nothing may be left unserved, one home takes all of it: an equality, from which solvers drop a column.
    whole = (frame["must_serve"].to_numpy(bool) & ~frame["offtake"].to_numpy(bool) & ~c.job)[w]
    kinds: tuple[tuple[str, Sense, np.ndarray, str], ...] = (
        ("gang", "<=", every[~whole], "a gang is served only at its home"),
        ("gang_whole", "=", every[whole], "a gang that must be served is served whole at its home"),
    )
    for name, sense, mine, meaning in kinds:
        if mine.size:
            row = c.build.row(
                name,
                ("workload", "zone"),
                [names[a] for a in mine],
                sense,
                0.0,
                "EFLOP/s",
                exists=c.sets.arc_exists[arcs[mine]],
                per_unit=1e3,
                meaning=meaning,
            )
            c.build.couple(row, c.v["serve"], np.arange(len(mine)), arcs[mine], 1.0)
            c.build.couple_kernel(row, home, np.arange(len(mine)), [homes[owned[a]] for a in mine], kernel[mine])


def _open_homes(c: Context, homes: dict[tuple[int, int], int]) -> np.ndarray:
    """Most that a home can be: 0 where a contract, which is served whole or not at all, never fits a zone alone."""
    contract = c.tables.frames["workloads"]["offtake"].to_numpy(bool)
    if not contract[[w for w, _ in homes]].any():
        return np.ones(len(homes))
    possible = fits(c.tables, c.sets)
    return np.array([1.0 if possible[w, z] or not contract[w] else 0.0 for w, z in homes])
