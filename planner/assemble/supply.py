"""Row family 5, supply: what is ordered from whom, when it arrives, what draws it, lines of our own."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from compute_stack import power
from planner.assemble.context import Context


def write(c: Context) -> None:
    """Orders `order` per door, own doors `line`, stock `stock`; rows door, supply, stock, line_once."""
    layers = c.tables.keys("layers")
    doors = c.tables.keys("doors")
    if not doors:
        return
    d, tables = c.data, c.tables
    layer = c.ref("doors", "layer")
    own = tables.frames["doors"]["own"].to_numpy(bool)
    supplied = np.nonzero(layer >= 0)[0]
    scale = tables.numbers["layers"]["scale"]
    free = d["doors"]["capacity"] * (1.0 - d["doors"]["sold"]) * c.dt
    lines = _lines(c, own)
    names = c.names("doors")
    amount = free[supplied] / scale[layer[supplied], None]
    arrives = c.begin + tables.numbers["doors"]["make_time"][supplied, None] < c.end - 1e-9
    order = c.v["order"] = c.build.variable(
        "order",
        ("door",),
        [names[i] for i in supplied],
        "layer unit",
        per_unit=scale[layer[supplied]],
        upper=jnp.where(c.begin + d["doors"]["make_time"][supplied, None] < c.end - 1e-9, amount, 0.0),
        exists=arrives,
        meaning="units ordered from a door",
    )
    price = d["doors"]["price"][supplied] * scale[layer[supplied], None] * 1e-9
    make = d["doors"]["make_time"][supplied, None]
    c.capital("supply", order, price, d["layers"]["life"][layer[supplied], None], c.begin + make)
    row = c.build.row(
        "door",
        ("door",),
        [names[i] for i in supplied],
        "<=",
        jnp.where(own[supplied, None], 0.0, amount),
        "layer unit",
        per_unit=scale[layer[supplied]],
        meaning="orders at a door are at most its free capacity",
    )
    every = np.arange(len(supplied))
    c.build.couple(row, order, every, every, 1.0)
    mine = np.nonzero(own[supplied])[0]
    if mine.size:
        built = [lines[int(i)] for i in supplied[mine]]
        c.build.couple_kernel(row, c.v["line"], mine, built, -amount[mine][:, :, None] * _working(c, supplied[mine]))
    pads = [i for i in np.nonzero(own)[0] if c.ref("doors", "vehicle")[i] >= 0]
    if pads and c.cadence is not None:
        kernel = -free[np.array(pads)][:, :, None] * _working(c, np.array(pads))
        c.build.couple_kernel(
            c.cadence, c.v["line"], c.ref("doors", "vehicle")[pads], [lines[int(i)] for i in pads], kernel
        )
    if not layers:
        return
    _balance(c, order, supplied, layer, scale, amount)


def _lines(c: Context, own: np.ndarray) -> dict[int, int]:
    d = c.data
    mine = np.nonzero(own)[0]
    if not mine.size:
        return {}
    names = [c.names("doors")[i] for i in mine]
    ready = c.tables.numbers["doors"]["build_time"][mine]
    exists = c.begin + ready[:, None] < c.end - 1e-9
    line = c.v["line"] = c.build.variable(
        "line",
        ("door",),
        names,
        "1",
        upper=jnp.where(c.begin + d["doors"]["build_time"][mine, None] < c.end - 1e-9, 1.0, 0.0),
        exists=exists,
        integer=True,
        implied=False,
        meaning="own line started",
        group=np.arange(len(names)),
    )
    begin = c.begin + d["doors"]["build_time"][mine, None]
    c.capital("own lines", line, d["doors"]["capex"][mine, None] * 1e-3 * exists, d["doors"]["life"][mine, None], begin)
    first = np.zeros_like(exists)
    first[:, 0] = exists.any(axis=1)
    row = c.build.row("line_once", ("door",), names, "<=", 1.0, "1", exists=first, meaning="an own line is built once")
    total = np.zeros((1, c.periods, c.periods))
    total[:, 0, :] = 1.0
    c.build.couple_kernel(row, line, np.arange(len(mine)), np.arange(len(mine)), total)
    return {int(i): k for k, i in enumerate(mine)}


def _working(c: Context, doors: np.ndarray) -> jnp.ndarray:
    """Share of period t in which a line started at s works ``[door, T, T]``."""
    ready = c.data["doors"]["build_time"][doors][:, None, None]
    return c.since(lambda age: power.energised_fraction(age, c.dt, ready))


def _balance(
    c: Context, order: int, supplied: np.ndarray, layer: np.ndarray, scale: np.ndarray, amount: jnp.ndarray
) -> None:
    d, tables = c.data, c.tables
    names = c.names("layers")
    into = c.ref("inflight", "layer")
    when = np.clip(np.floor((tables.numbers["inflight"]["arrives"] - tables.years[0]) / c.dt), 0, c.periods - 1).astype(
        int
    )
    arriving = jnp.zeros((len(names), c.periods)).at[into, when].add(d["inflight"]["quantity"] / scale[into])
    bought = ~tables.frames["doors"]["own"].to_numpy(bool)[supplied]
    yearly = jnp.zeros((len(names), c.periods)).at[layer[supplied]].add(jnp.where(bought[:, None], amount / c.dt, 0.0))
    room = d["layers"]["max_stock"][:, None] * yearly
    stock = c.v["stock"] = c.build.variable(
        "stock",
        ("layer",),
        names,
        "layer unit",
        per_unit=scale,
        upper=room,
        meaning="units kept for later",
    )
    price = (
        jnp.zeros((len(names), c.periods))
        .at[layer[supplied]]
        .max(jnp.where(bought[:, None], d["doors"]["price"][supplied], 0.0))
    )
    c.steady("stock", stock, d["layers"]["holding_cost"][:, None] * price * scale[:, None] * 1e-9)
    every = np.arange(len(names))
    row = c.build.row(
        "stock",
        ("layer",),
        names,
        "<=",
        room,
        "layer unit",
        per_unit=scale,
        meaning="stock is at most a share of yearly supply",
    )
    c.build.couple(row, stock, every, every, 1.0)
    row = c.supply = c.build.row(
        "supply",
        ("layer",),
        names,
        ">=",
        -arriving,
        "layer unit",
        per_unit=scale,
        meaning="deliveries and stock cover what is drawn",
    )
    c.build.couple(row, stock, every, every, -1.0)
    c.build.couple(row, stock, every, every, 1.0, lag=1)
    make = d["doors"]["make_time"][supplied, None] * jnp.ones(c.periods)
    c.build.couple_kernel(row, order, layer[supplied], np.arange(len(supplied)), c.moved(make))
    _draws(c, row, scale)


def _draws(c: Context, row: int, scale: np.ndarray) -> None:
    """Bills of materials, drawn `lead` before an item enters service (a phase's equipment: before success is known)."""
    d, frames = c.data, c.tables.frames
    dep = c.sets.deployments
    mine = np.nonzero(frames["doors"]["own"].to_numpy(bool))[0]
    owners = {
        "hardware": ("build", dep.hardware),
        "satellite_classes": ("build", c.satellite_class),
        "generation": ("join", c.ref("phases", "source")),
        "cooling": ("hall", c.halls[1]),
        "construction": ("hall", np.zeros(len(c.halls[1]), int)),
        "doors": ("line", mine),
    }
    layer = c.ref("bills", "layer")
    of, item = frames["bills"]["of"].to_numpy(), frames["bills"]["item"].to_numpy()
    per_item = {
        "hardware": c.groups * 1e3,
        "satellite_classes": jnp.full(len(dep.hardware), 1e3),
        "generation": d["phases"]["power"],
        "cooling": jnp.full(len(c.halls[1]), 1e3),
        "construction": jnp.full(len(c.halls[1]), 1e3),
        "doors": jnp.ones(len(mine)),
    }
    for kind, (block, owner) in owners.items():
        keys = [] if kind == "construction" else c.tables.keys(kind)
        pairs = [
            (b, m)
            for b in np.nonzero(of == kind)[0]
            for m in np.nonzero(owner == (0 if kind == "construction" else keys.index(item[b])))[0]
        ]
        if not pairs:
            continue
        bill, member = np.array(pairs, int).T
        each = d["bills"]["quantity"][bill] / scale[layer[bill]] * per_item[kind][member]
        lead = -d["bills"]["lead"][bill]
        if kind == "generation":
            lead = lead + c.lead[member]
        kernel = -each[:, None, None] * c.moved(lead[:, None])
        c.build.couple_kernel(row, c.v[block], layer[bill], member, kernel)
