"""Row family 9, limits over the whole plan: money, debt, carbon, sites, shares, the loss of a door."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from planner.assemble.context import YEARLY, Context
from planner.assemble.power import energy_prices


def write(c: Context) -> None:
    """One row family per kind of limit that is switched on."""
    for i, (name, rule) in enumerate(c.tables.rows("limits")):
        if rule["on"] and rule["kind"] != "equity":
            _WRITERS[rule["kind"]](c, (name,), rule["subject"], c.data["limits"]["amount"][i])


def _spend(c: Context, row: int, rows: np.ndarray | None, factor: float = 1.0) -> None:
    for variable, price in c.cash:
        n = len(c.build.variables[variable].entities)
        c.build.couple(row, variable, np.zeros(n), np.arange(n), factor * jnp.broadcast_to(price, (n, c.periods)))
    for variable, kernel in c.cash_later:
        n = len(c.build.variables[variable].entities)
        c.build.couple_kernel(row, variable, np.zeros(n), np.arange(n), factor * kernel)


def _budget(c: Context, name: tuple[str, ...], subject: str, amount: jnp.ndarray) -> None:
    row = c.build.row(
        "budget",
        ("limit",),
        [name],
        "<=",
        amount * c.dt,
        "G USD",
        per_unit=1e3,
        meaning="money spent on capital in a period",
    )
    _spend(c, row, None)


def _debt(c: Context, name: tuple[str, ...], subject: str, amount: jnp.ndarray) -> None:
    """Borrowed share of all capital so far is at most equity and coverage x contracted revenue."""
    frame = c.tables.frames["limits"]
    equity = sum(
        (
            c.data["limits"]["amount"][i]
            for i, (k, on) in enumerate(zip(frame["kind"], frame["on"], strict=True))
            if k == "equity" and on
        ),
        jnp.zeros(c.periods),
    )
    debt = c.v["debt"] = c.build.variable(
        "debt", ("limit",), [name], "G USD", per_unit=1e3, upper=1e9, meaning="debt outstanding"
    )
    row = c.build.row(
        "borrow",
        ("limit",),
        [name],
        "<=",
        0.0,
        "G USD",
        per_unit=1e3,
        meaning="the borrowed share of capital adds to debt",
    )
    c.build.couple(row, debt, [0], [0], -1.0)
    c.build.couple(row, debt, [0], [0], 1.0, lag=1)
    _spend(c, row, None, c.data["scenario"]["debt_share"])
    row = c.build.row(
        "debt",
        ("limit",),
        [name],
        "<=",
        equity,
        "G USD",
        per_unit=1e3,
        meaning="debt is at most equity and coverage of contracted revenue",
    )
    c.build.couple(row, debt, [0], [0], 1.0)
    if "accept" in c.v:
        kernel = jnp.zeros((len(c.signed), c.periods, c.periods)).at[:, :, 0].set(-c.revenue[:, None] * amount)
        c.build.couple_kernel(row, c.v["accept"], np.zeros(len(c.signed)), np.arange(len(c.signed)), kernel)


def _carbon(c: Context, name: tuple[str, ...], subject: str, amount: jnp.ndarray) -> None:
    _, carbon = energy_prices(c)
    row = c.build.row("carbon", ("limit",), [name], "<=", amount, "Mt/yr", meaning="emissions of dispatched energy")
    n = len(c.cells)
    c.build.couple(row, c.v["dispatch"], np.zeros(n), np.arange(n), carbon * YEARLY)


def _max_sites(c: Context, name: tuple[str, ...], subject: str, amount: jnp.ndarray) -> None:
    if "open" not in c.v:
        return
    first = np.zeros((1, c.periods), bool)
    first[0, 0] = True
    row = c.build.row("max_sites", ("limit",), [name], "<=", amount, "1", exists=first, meaning="sites committed to")
    n = len(c.opened)
    total = np.zeros((1, c.periods, c.periods))
    total[:, 0, :] = 1.0
    c.build.couple_kernel(row, c.v["open"], np.zeros(n), np.arange(n), total)


def _share(
    c: Context,
    family: str,
    name: tuple[str, ...],
    variable: int,
    members: np.ndarray,
    of: np.ndarray,
    amount: jnp.ndarray,
    meaning: str,
) -> None:
    unit = c.build.variables[variable].unit
    row = c.build.row(
        family, ("limit", "subject"), [name], "<=", 0.0, unit, per_unit=1e3 if "GW" in unit else 1.0, meaning=meaning
    )
    share = jnp.where(np.isin(of, members)[:, None], 1.0, 0.0) - amount
    c.build.couple(row, variable, np.zeros(len(of)), of, share)


def _door_share(c: Context, name: tuple[str, ...], subject: str, amount: jnp.ndarray) -> None:
    for door, same in _doors_of(c, subject):
        label = c.build.variables[c.v["order"]].entities[door][0]
        _share(
            c,
            "door_share",
            (*name, label),
            c.v["order"],
            np.array([door]),
            same,
            amount,
            "orders at one door over the orders of its layer",
        )


def _doors_of(c: Context, subject: str) -> list[tuple[int, np.ndarray]]:
    layer = c.ref("doors", "layer")
    supplied = np.nonzero(layer >= 0)[0]
    keys = c.tables.keys("layers")
    wanted = range(len(keys)) if subject == "*" else [keys.index(subject)]
    return [(int(p), np.nonzero(layer[supplied] == k)[0]) for k in wanted for p in np.nonzero(layer[supplied] == k)[0]]


def _door_loss(c: Context, name: tuple[str, ...], subject: str, amount: jnp.ndarray) -> None:
    """Without any one door, the others can still make `amount` of what is ordered."""
    scale = c.tables.numbers["layers"]["scale"]
    layer = c.ref("doors", "layer")
    supplied = np.nonzero(layer >= 0)[0]
    free = c.data["doors"]["capacity"] * (1.0 - c.data["doors"]["sold"]) * c.dt
    bought = ~c.tables.frames["doors"]["own"].to_numpy(bool)
    for door, same in _doors_of(c, subject):
        others = np.array([supplied[k] for k in same if k != door and bought[supplied[k]]], int)
        label = c.build.variables[c.v["order"]].entities[door][0]
        left = jnp.sum(free[others], axis=0) / scale[layer[supplied[door]]]
        row = c.build.row(
            "door_loss",
            ("limit", "subject"),
            [(*name, label)],
            "<=",
            left,
            "layer unit",
            per_unit=scale[layer[supplied[door]]],
            meaning="what is ordered can be made without one door",
        )
        c.build.couple(row, c.v["order"], np.zeros(len(same)), same, amount)


def _site_share(c: Context, name: tuple[str, ...], subject: str, amount: jnp.ndarray) -> None:
    sites = c.tables.keys("sites")
    for s in range(len(sites)) if subject == "*" else [sites.index(subject)]:
        members = np.nonzero(c.cells[:, 0] == s)[0]
        _share(
            c,
            "site_share",
            (*name, sites[s]),
            c.v["dispatch"],
            members,
            np.arange(len(c.cells)),
            amount,
            "power of one site over all power",
        )


def _jurisdiction_share(c: Context, name: tuple[str, ...], subject: str, amount: jnp.ndarray) -> None:
    law = c.ref("zones", "jurisdiction")[c.ref("sites", "zone")][c.cells[:, 0]]
    keys = c.tables.keys("jurisdictions")
    for j in sorted(set(law.tolist())) if subject == "*" else [keys.index(subject)]:
        _share(
            c,
            "jurisdiction_share",
            (*name, keys[j]),
            c.v["dispatch"],
            np.nonzero(law == j)[0],
            np.arange(len(c.cells)),
            amount,
            "power in one jurisdiction over all power",
        )


_WRITERS = {
    "budget": _budget,
    "debt": _debt,
    "carbon": _carbon,
    "max_sites": _max_sites,
    "door_share": _door_share,
    "door_loss": _door_loss,
    "site_share": _site_share,
    "jurisdiction_share": _jurisdiction_share,
}
