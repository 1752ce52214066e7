"""Row family 2, compute: what stands, what operates, and whose time it gives to which kind of work."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from compute_stack import chips, design, radiation, workload
from planner.assemble import dense, learning, pairs
from planner.assemble.context import YEARLY, Context
from planner.assemble.satellites import Classes, classes

# Requests by local hour on a weekday (hour 0-1 first), mean 1: the diurnal profile of interactive AI services.
HUMAN_DAY = (
    0.755, 0.681, 0.523, 0.391, 0.331, 0.339, 0.413, 0.571, 0.82, 1.114, 1.366, 1.506,
    1.543, 1.536, 1.517, 1.453, 1.314, 1.139, 1.029, 1.05, 1.147, 1.205, 1.173, 1.082,
)  # fmt: skip


def write(c: Context) -> None:
    """New units `build`, operating units `run` and unit time `time`; rows compute, time, operate, sales, fleet."""
    d, dep, sets = c.data, c.sets.deployments, c.sets
    h = dep.hardware
    hardware = d["hardware"]
    orbital = dep.satellite >= 0
    c.satellite_class = (
        np.where(orbital, c.ref("satellites", "satellite_class")[dep.satellite], -1) if orbital.any() else dep.satellite
    )
    flown = _flown(c, orbital)
    cap = jnp.where(dep.need >= 0, d["zones"]["power_cap"][dep.zone], 1.0)
    nominal = jnp.ones(len(h)) if flown is None else jnp.where(orbital, flown.design.it_power / hardware["power"][h], 1)
    working = nominal if flown is None else jnp.where(orbital, nominal * flown.groups, 1.0)
    c.groups = nominal if flown is None else jnp.where(orbital, nominal * flown.bought, 1.0)
    c.unit_power = hardware["power"][h] * nominal * cap * 1e-3
    upright = hardware["availability"][h]
    speed = chips.power_cap_throughput(cap)
    if flown is not None:
        upright = upright * jnp.where(orbital, flown.availability, 1.0)
        speed = jnp.where(orbital, flown.throughput, speed)
    ceiling = _ceilings(c)
    exists = dep.buyable
    build = c.v["build"] = c.build.variable(
        "build",
        ("zone", "equipment"),
        dep.names,
        "thousand units",
        per_unit=1e3,
        upper=ceiling,
        exists=exists,
        meaning="racks, satellites or endpoints entering service",
    )
    run = c.v["run"] = c.build.variable(
        "run",
        ("zone", "equipment"),
        dep.names,
        "thousand units",
        per_unit=1e3,
        upper=ceiling,
        exists=dep.standing,
        meaning="units that operate (at most what survives: old ones may stop to free power)",
    )
    _survivors(c, build, run, flown)
    pairs = [
        (c.tables.keys("profiles")[p], *dep.names[i])
        for p, i in zip(sets.time_profile, sets.time_deployment, strict=True)
    ]
    time = c.v["time"] = c.build.variable(
        "time",
        ("profile", "zone", "equipment"),
        pairs,
        "thousand units",
        per_unit=1e3,
        upper=ceiling[sets.time_deployment],
        exists=sets.time_exists,
        meaning="unit time given to a kind of work",
    )
    row = c.build.row(
        "time",
        ("zone", "equipment"),
        dep.names,
        "<=",
        0.0,
        "thousand units",
        exists=dep.standing,
        per_unit=1e3,
        meaning="time given out is at most the available time of operating units",
    )
    c.build.couple(row, time, sets.time_deployment, np.arange(len(pairs)), 1.0)
    c.build.couple(row, run, np.arange(len(h)), np.arange(len(h)), -upright[:, None])
    rates = chips.effective_pflops(
        jnp.asarray(_peaks(c))[sets.time_profile, h[sets.time_deployment]],
        hardware["bandwidth"][h[sets.time_deployment]],
        d["profiles"]["flop_per_byte"][sets.time_profile],
        d["profiles"]["compute_efficiency"][sets.time_profile],
        d["profiles"]["memory_efficiency"][sets.time_profile],
        hardware["scaleout"][h[sets.time_deployment]],
        d["profiles"]["scaleout_need"][sets.time_profile],
    )
    rate = rates * (hardware["chips"][h] * working * speed)[sets.time_deployment]
    _compute(c, time, rate)
    price = hardware["price"][h] * c.groups[:, None]
    life = hardware["life"][h]
    if flown is not None:
        life = jnp.where(orbital, jnp.minimum(life, flown.design.life), life)
        k = d["satellite_classes"]
        bus = k["bus_price"][c.satellite_class] * flown.design.it_power * 1e-3
        bus = bus + k["mass_price"][c.satellite_class] * flown.added * 1e-6
        cheaper = learning.shares(c, "satellite_class")[c.satellite_class]
        bus = jnp.where(orbital, bus, 0.0)[:, None] * cheaper
        c.capital("satellites", build, bus * exists, life[:, None])
        operations = d["satellite_classes"]["operations"][c.satellite_class][:, None] * bus
        c.steady("operations", run, jnp.where(orbital[:, None], operations, 0.0))
    c.capital("hardware", build, price * exists, life[:, None])
    c.steady("upkeep", run, price * hardware["maintenance"][h][:, None])
    _sales(c, build)
    _fleets(c, build, run, time)


def _flown(c: Context, orbital: np.ndarray) -> Classes | None:
    """The satellite class of each deployment at the altitude of its shell (of no meaning on the ground)."""
    if not orbital.any():
        return None
    shell = c.ref("satellites", "shell")[c.sets.deployments.satellite]
    return classes(c.data, c.satellite_class, c.data["shells"]["altitude"][shell])


def _peaks(c: Context) -> jnp.ndarray:
    eight = (c.tables.frames["profiles"]["precision"] == "fp8").to_numpy()
    hardware = c.data["hardware"]
    return jnp.where(eight[:, None], hardware["peak_fp8"][None, :], hardware["peak_bf16"][None, :])


def _ceilings(c: Context) -> jnp.ndarray:
    """Most units that power, flights or fleet size could carry ``[deployment, T]`` (closes the box, never binds)."""
    dep, numbers = c.sets.deployments, c.tables.numbers
    site_zone = c.ref("sites", "zone")
    power = np.bincount(site_zone, numbers["sites"]["energised"], len(c.tables.keys("zones")))
    phases = np.bincount(site_zone[c.ref("phases", "site")], numbers["phases"]["power"], len(power))
    unit_power = numbers["hardware"]["power"][dep.hardware] * 1e-3
    ground = (power + phases)[dep.zone] * 1e-3 / unit_power
    stock = np.zeros(len(dep.zone))
    for z, h, n in zip(c.ref("stock", "zone"), c.ref("stock", "hardware"), numbers["stock"]["units"], strict=True):
        stock[(dep.zone == z) & (dep.hardware == h)] += n * 1e-3
    out = np.repeat((ground + stock)[:, None], c.periods, 1)
    flights = (
        (numbers["vehicles"]["cadence"] * c.dt).sum(axis=0) if len(c.tables.frames["vehicles"]) else np.zeros(c.periods)
    )
    pads = [i for i, v in enumerate(c.ref("doors", "vehicle")) if v >= 0]
    flights = flights + (numbers["doors"]["capacity"][pads].sum(axis=0) * c.dt if pads else 0.0)
    for i in np.nonzero(dep.satellite >= 0)[0]:
        heaviest = numbers["vehicles"]["payload"].max() * 1.5 if flights.any() else 0.0
        each = numbers["satellite_classes"]["it_power"][c.satellite_class[i]] * 2.0  # no design is below 2 kg/kW
        out[i] = np.cumsum(flights) * heaviest / each
    for i in np.nonzero(dep.fleet >= 0)[0]:
        out[i] = np.cumsum(numbers["fleets"]["new_units"][dep.fleet[i]] * c.dt) * 1e-3 + stock[i]
    capped = jnp.where(dep.need >= 0, c.data["zones"]["power_cap"][dep.zone], 1.0)
    return jnp.asarray(out) / capped[:, None]


def _survivors(c: Context, build: int, run: int, flown: Classes | None) -> None:
    """operate: what runs is at most what survives of all cohorts and of the stock at the start."""
    d, dep = c.data, c.sets.deployments
    h, orbital = dep.hardware, dep.satellite >= 0
    attrition, life, lost, spares = d["hardware"]["attrition"][h], d["hardware"]["life"][h], 0.0, 0.0
    if flown is not None:
        k = c.satellite_class
        lost, spares = (jnp.where(orbital, d["satellite_classes"][x][k], 0.0) for x in ("loss_rate", "spares"))
        attrition = jnp.where(orbital, attrition * flown.attrition, attrition)
        life = jnp.where(orbital, jnp.minimum(life, flown.design.life), life)
    standing = _stock(c)
    row = c.build.row(
        "operate",
        ("zone", "equipment"),
        dep.names,
        "<=",
        standing,
        "thousand units",
        exists=dep.standing,
        per_unit=1e3,
        meaning="what operates is at most what survives",
    )
    every = np.arange(len(h))
    c.build.couple(row, run, every, every, 1.0)
    attrition, lost, life, spares = (
        jnp.broadcast_to(v, h.shape)[:, None, None] for v in (attrition, lost, life, spares)
    )
    kernel = c.since(lambda age: design.spared_fraction(age, c.dt, attrition, lost, life, spares))
    c.build.couple_kernel(row, build, every, every, -kernel)


def _stock(c: Context) -> jnp.ndarray:
    """Units of the stock at the start that still stand in each period [thousand] ``[deployment, T]``."""
    d, dep = c.data, c.sets.deployments
    zone, hardware = c.ref("stock", "zone"), c.ref("stock", "hardware")
    place = {(z, h): i for i, (z, h, s) in enumerate(zip(dep.zone, dep.hardware, dep.satellite, strict=True)) if s < 0}
    kept = np.array([k for k, cell in enumerate(zip(zone, hardware, strict=True)) if cell in place], int)
    standing = jnp.zeros((len(dep.hardware), c.periods))
    if not kept.size:
        return standing
    where = np.array([place[zone[k], hardware[k]] for k in kept])
    age, kind = d["stock"]["age"][kept], hardware[kept]
    attrition, life = d["hardware"]["attrition"][kind], d["hardware"]["life"][kind]
    alive = chips.surviving_fraction(age[:, None] + c.begin, c.dt, attrition[:, None], life[:, None])
    now = radiation.survival(attrition, age)
    return standing.at[where].add(d["stock"]["units"][kept, None] * alive / now[:, None] * 1e-3)


def _compute(c: Context, time: int, rate: jnp.ndarray) -> None:
    """compute: class x zone (x UTC block): shape-weighted demand is at most what units give to its profile."""
    sets, frames = c.sets, c.tables.frames
    dep = sets.deployments
    klass = c.ref("workloads", "class")[sets.arc_workload]
    profile = c.ref("classes", "profile")[klass]
    profiles, zones = c.tables.keys("profiles"), c.tables.keys("zones")
    cells = sorted(set(zip(profile.tolist(), sets.arc_zone.tolist(), strict=True)))
    place = {cell: i for i, cell in enumerate(cells)}
    arc_row = np.array([place[p, z] for p, z in zip(profile, sets.arc_zone, strict=True)], int)
    give = [
        (place[p, dep.zone[i]], k)
        for k, (p, i) in enumerate(zip(sets.time_profile, sets.time_deployment, strict=True))
        if (p, dep.zone[i]) in place
    ]
    give_row, give_time = np.array(give, int).reshape(-1, 2).T
    exists = np.zeros((len(cells), c.periods), bool)
    np.logical_or.at(exists, arc_row, sets.arc_exists)
    row = c.build.row(
        "compute",
        ("profile", "zone"),
        [(profiles[p], zones[z]) for p, z in cells],
        "<=",
        0.0,
        "EFLOP/s",
        exists=exists,
        per_unit=1e3,
        meaning="mean compute served is at most what units give",
    )
    c.compute, c.cells_of_compute = row, cells
    taken = pairs.use(c)
    c.build.couple(row, c.v["serve"], arc_row, np.arange(len(arc_row)), taken)
    c.build.couple(row, time, give_row, give_time, -rate[give_time][:, None])
    blocks = int(c.tables.settings["blocks"])
    firm = ~frames["classes"]["interruptible"].to_numpy(bool)[klass]
    if blocks == 1 or not firm.any():
        dense.write(c, time, rate, cells, arc_row, give_row, give_time, None)
        return
    human = (frames["classes"]["diurnal"] == "human").to_numpy()[klass]
    offset = c.data["regions"]["utc_offset"][c.ref("workloads", "region")[sets.arc_workload]]
    shape = jnp.where(human[:, None], workload.block_shape(jnp.asarray(HUMAN_DAY), offset, blocks), 1.0)
    some = np.zeros((len(cells), c.periods), bool)
    np.logical_or.at(some, arc_row[firm], sets.arc_exists[firm])
    entities = [
        (profiles[p], zones[z], f"{24 * k // blocks:02d}-{24 * (k + 1) // blocks:02d}UTC")
        for k in range(blocks)
        for p, z in cells
    ]
    peak = c.build.row(
        "peak",
        ("profile", "zone", "block"),
        entities,
        "<=",
        0.0,
        "EFLOP/s",
        exists=np.tile(some, (blocks, 1)),
        per_unit=1e3,
        meaning="compute of steady work in a block of the day is at most what units give",
    )
    arcs = np.nonzero(firm)[0]
    c.peak, c.blocks_of_peak, c.crowd = peak, blocks, jnp.max(shape, initial=1.0)
    for k in range(blocks):
        c.build.couple(peak, c.v["serve"], arc_row[arcs] + k * len(cells), arcs, shape[arcs, k][:, None] * taken[arcs])
        c.build.couple(peak, time, give_row + k * len(cells), give_time, -rate[give_time][:, None])
    dense.write(c, time, rate, cells, arc_row, give_row, give_time, jnp.where(firm[:, None], shape, 0.0))


def _sales(c: Context, build: int) -> None:
    """sales: units of a generation sold per period over all zones."""
    dep = c.sets.deployments
    limited = np.isfinite(c.tables.numbers["hardware"]["ramp"]).all(axis=1)
    sold = [k for k in np.nonzero(limited)[0] if (dep.hardware == k).any()]
    if not sold:
        return
    exists = np.array([dep.buyable[dep.hardware == k].any(axis=0) for k in sold])
    row = c.build.row(
        "sales",
        ("hardware",),
        [c.names("hardware")[k] for k in sold],
        "<=",
        c.data["hardware"]["ramp"][np.array(sold)] * c.dt * 1e-3,
        "thousand units",
        exists=exists,
        per_unit=1e3,
        meaning="units of a generation that its makers can ship",
    )
    for i, k in enumerate(sold):
        mine = np.nonzero(dep.hardware == k)[0]
        c.build.couple(row, build, np.full(len(mine), i), mine, c.groups[mine][:, None])


def _fleets(c: Context, build: int, run: int, time: int) -> None:
    """fleet: chips go into endpoints that are built; idle: share of a fleet's compute that may be sold."""
    dep, sets = c.sets.deployments, c.sets
    mine = np.nonzero(dep.fleet >= 0)[0]
    if not mine.size:
        return
    fleets = c.data["fleets"]
    row = c.build.row(
        "fleet",
        ("fleet",),
        c.names("fleets"),
        "<=",
        fleets["new_units"] * c.dt * 1e-3,
        "thousand units",
        per_unit=1e3,
        meaning="chips placed are at most endpoints built",
    )
    c.build.couple(row, build, dep.fleet[mine], mine, 1.0)
    control = {
        p
        for v in c.tables.frames["fleets"]["classes"]
        for k, p in zip(c.tables.keys("classes"), c.ref("classes", "profile"), strict=True)
        if v == "*" or k in v.split(";")
    }
    times = np.nonzero(dep.fleet[sets.time_deployment] >= 0)[0]
    hours = (
        fleets["energy_price"][dep.fleet[sets.time_deployment[times]]]
        * c.unit_power[sets.time_deployment[times]]
        * YEARLY
    )
    cost = jnp.zeros(len(sets.time_profile)).at[times].set(hours)
    c.steady("energy", time, cost[:, None])
    idle = [k for k in times if sets.time_profile[k] not in control]
    if not idle:
        return
    share = c.build.row(
        "idle",
        ("zone", "equipment"),
        [dep.names[i] for i in mine],
        "<=",
        0.0,
        "thousand units",
        exists=dep.standing[mine],
        per_unit=1e3,
        meaning="idle compute sold is at most a share of what operates",
    )
    place = {i: k for k, i in enumerate(mine)}
    c.build.couple(share, time, [place[sets.time_deployment[k]] for k in idle], idle, 1.0)
    c.build.couple(share, run, np.arange(len(mine)), mine, -fleets["idle_share"][dep.fleet[mine]][:, None])
