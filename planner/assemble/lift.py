"""Row families 6 and 7, lift and link: launches, what they carry, and the traffic of a zone."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from planner.assemble import learning
from planner.assemble.context import Context
from planner.assemble.satellites import classes


def write(c: Context) -> None:
    """Launches `launch` per vehicle and shell; rows mass, volume, cadence, link."""
    _link(c)
    orbital = np.nonzero(c.sets.deployments.satellite >= 0)[0]
    vehicles = len(c.tables.keys("vehicles"))
    if not orbital.size or not vehicles:
        return
    d = c.data
    shells = c.tables.keys("shells")
    shell = c.ref("satellites", "shell")[c.sets.deployments.satellite[orbital]]
    flown = sorted(set(shell.tolist()))
    pairs = [(v, o) for v in range(vehicles) for o in flown]
    v, o = np.array(pairs, int).T
    names = [(c.tables.keys("vehicles")[a], shells[b]) for a, b in pairs]
    flights = d["vehicles"]["cadence"] * c.dt
    pads = [i for i, k in enumerate(c.ref("doors", "vehicle")) if k >= 0]
    extra = np.zeros((vehicles, c.periods))
    for i in pads:
        extra[c.ref("doors", "vehicle")[i]] += c.tables.numbers["doors"]["capacity"][i] * c.dt
    go = np.array([c.sets.deployments.buyable[orbital[shell == b]].any(axis=0) for _, b in pairs])
    go &= (c.tables.numbers["vehicles"]["cadence"] * c.dt + extra)[v] > 0
    launch = c.v["launch"] = c.build.variable(
        "launch",
        ("vehicle", "shell"),
        names,
        "launch",
        upper=jnp.ceil(flights + extra)[v],
        exists=go,
        integer=True,
        implied=True,
        meaning="launches bought",
        group=np.arange(len(pairs)),
    )
    price = d["vehicles"]["price"] * learning.shares(c, "vehicle")
    c.capital("launch", launch, price[v] * 1e-3 * go, d["scenario"]["launch_life"])
    k = c.satellite_class[orbital]
    kilo = classes(d, k, d["shells"]["altitude"][shell]).mass * 1e-3
    place = {b: i for i, b in enumerate(flown)}
    labels = [(shells[b],) for b in flown]
    lifted = np.array([c.sets.deployments.buyable[orbital[shell == b]].any(axis=0) for b in flown])
    build = c.v["build"]
    row = c.build.row(
        "mass",
        ("shell",),
        labels,
        "<=",
        0.0,
        "kt",
        exists=lifted,
        per_unit=1e3,
        meaning="mass of new satellites is at most what launches carry",
    )
    c.build.couple(row, build, [place[b] for b in shell], orbital, kilo[:, None])
    carried = d["vehicles"]["success"][v] * d["vehicles"]["payload"][v] * d["shells"]["lift_factor"][o] * 1e-3
    c.build.couple(row, launch, [place[b] for b in o], np.arange(len(pairs)), -carried[:, None])
    learning.write(c, v, carried, orbital, kilo)
    bulk = d["satellite_classes"]["volume"][k] * d["satellite_classes"]["it_power"][k]
    row = c.build.row(
        "volume",
        ("shell",),
        labels,
        "<=",
        0.0,
        "thousand m^3",
        exists=lifted,
        per_unit=1e3,
        meaning="stowed volume is at most the fairings",
    )
    c.build.couple(row, build, [place[b] for b in shell], orbital, bulk[:, None])
    c.build.couple(
        row,
        launch,
        [place[b] for b in o],
        np.arange(len(pairs)),
        -(d["vehicles"]["success"][v] * d["vehicles"]["fairing"][v] * 1e-3)[:, None],
    )
    cadence = c.cadence = c.build.row(
        "cadence",
        ("vehicle",),
        c.names("vehicles"),
        "<=",
        flights,
        "launch",
        exists=np.array([go[v == a].any(axis=0) for a in range(vehicles)]),
        meaning="launches of a vehicle over all shells (and own pads)",
    )
    c.build.couple(cadence, launch, v, np.arange(len(pairs)), 1.0)


def _link(c: Context) -> None:
    capacity = c.tables.numbers["zones"]["link_capacity"]
    limited = [z for z in range(len(capacity)) if np.isfinite(capacity[z]) and (c.sets.arc_zone == z).any()]
    if not limited:
        return
    row = c.build.row(
        "link",
        ("zone",),
        [c.names("zones")[z] for z in limited],
        "<=",
        c.data["zones"]["link_capacity"][np.array(limited)][:, None] * 1e-3,
        "Tb/s",
        per_unit=1e3,
        meaning="traffic to users is at most the links of a zone",
    )
    place = {z: i for i, z in enumerate(limited)}
    arcs = np.array([a for a, z in enumerate(c.sets.arc_zone) if z in place], int)
    klass = c.ref("workloads", "class")[c.sets.arc_workload[arcs]]
    c.build.couple(
        row, c.v["serve"], [place[z] for z in c.sets.arc_zone[arcs]], arcs, c.data["classes"]["traffic"][klass][:, None]
    )
