"""Rows for work that wants dense racks: the compute of a zone again, counting dense racks and that work alone.

Racks dense enough for one buyer are dense enough for every buyer that asks for less, so one row for each density that
is asked for holds exactly what can be served.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from planner.assemble.context import Context


def write(
    c: Context,
    time: int,
    rate: jnp.ndarray,
    cells: list[tuple[int, int]],
    arc_row: np.ndarray,
    give_row: np.ndarray,
    give_time: np.ndarray,
    shape: jnp.ndarray | None,
) -> None:
    """Row dense for each profile, zone and density asked for, and for each block of the day where there are several.

    cells: (profile, zone) of the compute rows. arc_row, give_row: compute row of each arc, and of each `give_time`.
    rate: EFLOP/s per thousand units of each `time`. shape: steady work of each arc by block of the day (None: one).
    """
    sets, profiles, zones = c.sets, c.tables.keys("profiles"), c.tables.keys("zones")
    density = c.tables.numbers["workloads"]["density"][sets.arc_workload]
    power = c.tables.numbers["hardware"]["power"][sets.deployments.hardware[sets.time_deployment[give_time]]]
    blocks = 0 if shape is None else shape.shape[1]
    times = ["", *(f" {24 * k // blocks:02d}-{24 * (k + 1) // blocks:02d}UTC" for k in range(blocks))]
    names, exists, served, given = [], [], [], []
    for r in np.unique(arc_row[density > 0]):
        mine, here = np.nonzero(arc_row == r)[0], np.nonzero(give_row == r)[0]
        before: list[int] = []
        for least in sorted({float(v) for v in density[mine] if v > 0}):
            arcs, gives = mine[density[mine] >= least], [int(g) for g in here if power[g] >= least]
            if before and gives == before:  # the row before counts the same racks for more work
                continue
            before = gives
            for k, when in enumerate(times):
                served += [(len(names), a, k) for a in arcs]
                given += [(len(names), g) for g in gives]
                names.append((profiles[cells[r][0]], zones[cells[r][1]], f"{least:g}kW{when}"))
                exists.append(sets.arc_exists[arcs].any(axis=0))
    if not names:
        return
    row = c.build.row(
        "dense",
        ("profile", "zone", "density"),
        names,
        "<=",
        0.0,
        "EFLOP/s",
        exists=np.array(exists),
        per_unit=1e3,
        meaning="compute of work that wants dense racks is at most what racks of that density give",
    )
    rows, arcs, block = np.array(served).T
    weight = jnp.ones(len(rows)) if shape is None else jnp.where(block == 0, 1.0, shape[arcs, np.maximum(block - 1, 0)])
    c.build.couple(row, c.v["serve"], rows, arcs, weight[:, None])
    rows, gives = np.array(given, int).reshape(-1, 2).T
    c.build.couple(row, time, rows, give_time[gives], -rate[give_time[gives]][:, None])
