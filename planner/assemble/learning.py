"""Row family 6, lift, continued: prices that fall with what is flown or built (Wright's law), and the promise behind.

A plan may assume that it flies (builds) tonnes of its own beside the others'. Prices then fall by both, and the row
`learned` holds the plan to it: a price is never lower than what the plan itself does would make it.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from compute_stack import economics
from planner.assemble.context import Context


def shares(c: Context, of: str) -> jax.Array:
    """Price over the price of the tables, for every vehicle or satellite class ``[row, T]``.

    of: "vehicle" or "satellite_class". The tables' prices count what others do; own mass is counted up to the start of
    each period.
    """
    table = {"vehicle": "vehicles", "satellite_class": "satellite_classes"}[of]
    out = jnp.ones((len(c.tables.keys(table)), c.periods))
    mine = np.nonzero(c.ref("learning", of) >= 0)[0]
    if not mine.size:
        return out
    d = c.data["learning"]
    before = np.tril(np.ones((c.periods, c.periods)), -1) * c.dt
    others = d["start"][mine, None] + d["others"][mine] @ before.T
    own = d["assumed"][mine] @ before.T
    share = economics.wright_price(1.0, others, others + own, d["rate"][mine, None])
    return out.at[c.ref("learning", of)[mine]].set(share)


def write(c: Context, vehicle: np.ndarray, carried: jax.Array, orbital: np.ndarray, mass: jax.Array) -> None:
    """Rows learned: tonnes flown or built since the start are at least those that the prices assume.

    vehicle, carried: of each entity of `launch`, its vehicle and what a launch carries [kt]. orbital, mass: entities of
    `build` that fly, and the mass of a thousand [kt].
    """
    curves = c.tables.keys("learning")
    if not curves:
        return
    total = np.tril(np.ones((c.periods, c.periods))) * c.dt
    row = c.build.row(
        "learned",
        ("curve",),
        c.names("learning"),
        ">=",
        c.data["learning"]["assumed"] @ total.T * 1e-3,
        "kt",
        per_unit=1e3,
        meaning="tonnes flown or built since the start are at least what prices assume",
    )
    sides = (
        (c.v["launch"], np.arange(len(vehicle)), vehicle, c.ref("learning", "vehicle"), carried),
        (c.v["build"], orbital, c.satellite_class[orbital], c.ref("learning", "satellite_class"), mass),
    )
    for variable, entities, kind, learns, each in sides:
        curve, k = np.nonzero((learns[:, None] == kind[None, :]) & (learns >= 0)[:, None])
        c.build.couple_kernel(row, variable, curve, entities[k], each[k][:, None, None] * c.running_total)
