"""Compute for rent: it is there without hardware of ours, with or without a limit, and may open with its site."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from planner.assemble import pairs
from planner.assemble.choices import closed_sites
from planner.assemble.context import YEARLY, Context


def write(c: Context) -> None:
    """Rented compute `rent` [EFLOP/s] per lease and profile, added to the rows compute and peak; rows lease."""
    site = c.ref("leases", "site")
    if not site.size:
        return
    zone = c.ref("sites", "zone")[site]
    cells = [(lease, p, z) for lease, z in enumerate(zone) for p, at in c.cells_of_compute if at == z]
    if not cells:
        return
    lease, profile, at = np.array(cells, int).T
    keys, profiles = c.tables.keys("leases"), c.tables.keys("profiles")
    place = {cell: i for i, cell in enumerate(c.cells_of_compute)}
    row = np.array([place[p, z] for p, z in zip(profile, at, strict=True)], int)
    most = _most(c)[row]
    offered = c.tables.numbers["leases"]["capacity"]
    limited = np.isfinite(offered)
    capacity = jnp.where(limited, c.data["leases"]["capacity"], 0.0) * 1e-3
    rent = c.v["rent"] = c.build.variable(
        "rent",
        ("lease", "profile"),
        [(keys[k], profiles[p]) for k, p in zip(lease, profile, strict=True)],
        "EFLOP/s",
        per_unit=1e3,
        upper=jnp.where(limited[lease], jnp.minimum(capacity[lease], most), most),
        exists=(offered > 0)[lease] & c.build.rows[c.compute].exists[row],
        meaning="compute rented",
    )
    every = np.arange(len(lease))
    c.build.couple(c.compute, rent, row, every, -1.0)
    for k in range(c.blocks_of_peak):
        c.build.couple(c.peak, rent, row + k * len(place), every, -1.0)
    c.steady("rent", rent, c.data["leases"]["price"][lease] * YEARLY)
    _limits(c, rent, lease, limited, capacity, most)


def _most(c: Context) -> jnp.ndarray:
    """Most compute that all workloads together can take of a profile in a zone ``[cell, T]``."""
    sets = c.sets
    profile = c.ref("classes", "profile")[c.ref("workloads", "class")[sets.arc_workload]]
    place = {cell: i for i, cell in enumerate(c.cells_of_compute)}
    row = np.array([place[p, z] for p, z in zip(profile, sets.arc_zone, strict=True)], int)
    taken = jnp.where(sets.arc_exists, pairs.use(c) * c.most[sets.arc_workload] * c.crowd, 0.0)
    return jnp.zeros((len(place), c.periods)).at[row].add(taken)


def _limits(
    c: Context, rent: int, lease: np.ndarray, limited: np.ndarray, capacity: jnp.ndarray, most: jnp.ndarray
) -> None:
    """lease: what is rented is at most what is offered - once the site is open, where it is closed."""
    zone, site = c.ref("sites", "zone"), c.ref("leases", "site")
    closed = closed_sites(c.tables)
    shared = np.array([(zone == zone[s]).sum() > 1 for s in site], bool)
    bound = limited | (closed[site] & shared)[:, None]
    mine = np.flatnonzero(bound.any(axis=1) & np.isin(np.arange(len(site)), lease))
    if not mine.size:
        return
    place = {int(k): i for i, k in enumerate(mine)}
    here = np.flatnonzero(np.isin(lease, mine))
    rows = np.array([place[int(k)] for k in lease[here]], int)
    room = jnp.zeros((len(mine), c.periods)).at[rows].add(most[here])
    room = jnp.where(limited[mine], capacity[mine], room)
    fixed = closed[site[mine]]
    row = c.build.row(
        "lease",
        ("lease",),
        [c.names("leases")[k] for k in mine],
        "<=",
        jnp.where(fixed[:, None], 0.0, room),
        "EFLOP/s",
        exists=bound[mine],
        per_unit=1e3,
        meaning="compute rented is at most what is offered, and only once its site is open",
    )
    c.build.couple(row, rent, rows, here, 1.0)
    if fixed.any():
        opened = {int(s): i for i, s in enumerate(c.opened)}
        which = np.flatnonzero(fixed)
        columns = [opened[int(s)] for s in site[mine[which]]]
        c.build.couple_kernel(row, c.v["open"], which, columns, -room[which][:, :, None] * c.running_total)
