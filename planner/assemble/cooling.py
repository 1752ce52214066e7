"""Row family 4, cooling: halls that are built, heat, water."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from compute_stack import chips
from planner.assemble.context import HOURS, Context


def write(c: Context) -> None:
    """Halls `hall` [GW IT] per site and technology; rows cooling and water."""
    d, sets, tables = c.data, c.sets, c.tables
    buildable = tables.frames["cooling"]["buildable"].to_numpy(bool)
    sites, technologies = tables.keys("sites"), tables.keys("cooling")
    cells = sorted(set(zip(sets.load_site.tolist(), sets.load_technology.tolist(), strict=True)))
    names = [(sites[s], technologies[q]) for s, q in cells]
    s, q = np.array(cells, int).reshape(-1, 2).T
    c.halls = (s, q)
    exists = np.repeat(buildable[q][:, None], c.periods, 1)
    hall = c.v["hall"] = c.build.variable(
        "hall",
        ("site", "technology"),
        names,
        "GW IT",
        per_unit=1e3,
        upper=c.site_most[s, None],
        exists=exists,
        meaning="halls with cooling entering service",
    )
    c.capital("cooling", hall, d["cooling"]["capex"][q, None] * exists, d["cooling"]["life"][q, None])
    c.capital("construction", hall, d["sites"]["construction"][s, None] * exists, d["scenario"]["construction_life"])
    today = jnp.zeros((len(sites), len(technologies)))
    if len(tables.frames["halls"]):
        today = today.at[c.ref("halls", "site"), c.ref("halls", "technology")].add(d["halls"]["capacity"] * 1e-3)
    row = c.build.row(
        "cooling",
        ("site", "technology"),
        names,
        "<=",
        today[s, q][:, None],
        "GW IT",
        per_unit=1e3,
        meaning="load under a technology is at most the halls that have it",
    )
    place = {cell: i for i, cell in enumerate(cells)}
    loads = np.arange(len(sets.load_site))
    held = [place[a, b] for a, b in zip(sets.load_site, sets.load_technology, strict=True)]
    c.build.couple(row, c.v["load"], held, loads, c.warmer[sets.load_technology][:, None])
    every = np.arange(len(cells))
    life = d["cooling"]["life"][q][:, None, None]
    c.build.couple_kernel(row, hall, every, every, -c.since(lambda age: chips.surviving_fraction(age, c.dt, 0.0, life)))
    dry = [
        i
        for i, p in enumerate(tables.numbers["sites"]["water_permit"])
        if np.isfinite(p) and (sets.load_site == i).any()
    ]
    if not dry:
        return
    row = c.build.row(
        "water",
        ("site",),
        [c.names("sites")[i] for i in dry],
        "<=",
        d["sites"]["water_permit"][np.array(dry)][:, None] * 1e-3,
        "Gl/yr",
        per_unit=1e3,
        meaning="water evaporated is at most the permit",
    )
    where = {i: k for k, i in enumerate(dry)}
    wet = [k for k in loads if sets.load_site[k] in where]
    litres = (c.wue * c.warmer)[sets.load_site, sets.load_technology] * HOURS * 1e-3
    c.build.couple(row, c.v["load"], [where[sets.load_site[k]] for k in wet], wet, litres[np.array(wet)][:, None])
