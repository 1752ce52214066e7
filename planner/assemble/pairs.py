"""What depends on workload and place together: what a unit takes there (`use`) and what serving it costs (`cost`)."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from planner.assemble.context import Context


def write(c: Context) -> None:
    """Charge `serve` with the cost of its pair: all of a workload for a year costs `cost`, a part its part."""
    arcs, rows = _listed(c)
    if not arcs.size:
        return
    demand = c.demand[c.sets.arc_workload[arcs]]
    asked = demand > 0
    rate = jnp.where(asked, c.data["arcs"]["cost"][rows] * 1e-3 / jnp.where(asked, demand, 1.0), 0.0)
    every = jnp.zeros((len(c.sets.arc_workload), c.periods)).at[arcs].set(rate)
    c.steady("serving", c.v["serve"], every)


def use(c: Context) -> jnp.ndarray:
    """Compute taken at the place per compute served ``[arc, 1]``; 1 where the pair is not listed."""
    arcs, rows = _listed(c)
    out = jnp.ones((len(c.sets.arc_workload), 1))
    return out.at[arcs, 0].set(c.data["arcs"]["use"][rows]) if arcs.size else out


def _listed(c: Context) -> tuple[np.ndarray, np.ndarray]:
    """Arcs that stand in arcs.csv, and their rows there."""
    place = {pair: i for i, pair in enumerate(zip(c.ref("arcs", "workload"), c.ref("arcs", "zone"), strict=True))}
    found = [place.get(pair, -1) for pair in zip(c.sets.arc_workload, c.sets.arc_zone, strict=True)]
    rows = np.array(found, int)
    arcs = np.flatnonzero(rows >= 0)
    return arcs, rows[arcs]
