"""Who may go where: the static sets of a scenario, and the reason of every refusal.

`eligibility(tables)` reads dates, rules, latency, memory and coolant once, in NumPy; what it returns is the structure
on which `assemble` writes numbers. Nothing here is differentiated.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

from compute_stack import chips, network
from planner.tables import Tables

GROUND, ORBIT, FLEET = "ground", "orbit", "fleet"
COOLANTS = {"air": {"air"}, "liquid": {"liquid"}, "warm": {"warm", "liquid"}, "none": set()}


@dataclass(frozen=True, eq=False)
class Deployments:
    """(zone, hardware[, satellite class]) pairs that are counted in racks, satellites or endpoints."""

    names: list[tuple[str, ...]]
    zone: np.ndarray
    hardware: np.ndarray
    satellite: np.ndarray
    fleet: np.ndarray
    need: np.ndarray
    buyable: np.ndarray
    standing: np.ndarray


@dataclass(frozen=True, eq=False)
class Sets:
    """Static structure: arcs, deployments, loads, and why other arcs were refused."""

    arc_workload: np.ndarray
    arc_zone: np.ndarray
    arc_exists: np.ndarray
    deployments: Deployments
    time_profile: np.ndarray
    time_deployment: np.ndarray
    time_exists: np.ndarray
    needs: list[tuple[int, ...]]
    load_site: np.ndarray
    load_technology: np.ndarray
    load_need: np.ndarray
    active: np.ndarray
    rtt: np.ndarray
    refusals: pd.DataFrame


@lru_cache(maxsize=8)
def eligibility(tables: Tables) -> Sets:
    """The static sets of a scenario (remembered per `Tables`, which is compared by identity)."""
    middle = (tables.years[:-1] + tables.years[1:]) / 2
    deployments, needs = _deployments(tables, middle)
    active = _windows(tables, middle)
    rtt = round_trips(tables)
    time_profile, time_deployment, time_exists = _rack_time(tables, deployments)
    arcs = _arcs(tables, middle, active, rtt, deployments, time_profile, time_deployment, time_exists)
    site_zone = tables.index("sites", "zone")
    halls = set(zip(tables.index("halls", "site"), tables.index("halls", "technology"), strict=True))
    buildable = tables.frames["cooling"]["buildable"].to_numpy(bool)
    used = {(z, n) for z, n in zip(deployments.zone, deployments.need, strict=True) if n >= 0}
    loads = [
        (s, q, n)
        for s, z in enumerate(site_zone)
        for n, technologies in enumerate(needs)
        if (z, n) in used
        for q in technologies
        if buildable[q] or (s, q) in halls
    ]
    load = np.array(loads, int).reshape(-1, 3)
    return Sets(
        *arcs[:3],
        deployments,
        time_profile,
        time_deployment,
        time_exists,
        needs,
        load[:, 0],
        load[:, 1],
        load[:, 2],
        active,
        rtt,
        arcs[3],
    )


def round_trips(tables: Tables) -> np.ndarray:
    """RTT between regions and zones ``[region, zone]`` [ms]: mean over a zone's sites; orbit, fleet: min_rtt."""
    numbers = tables.numbers
    regions = np.stack([numbers["regions"]["latitude"], numbers["regions"]["longitude"]], 1)
    sites = np.stack([numbers["sites"]["latitude"], numbers["sites"]["longitude"]], 1)
    extra = numbers["zones"]["min_rtt"]
    if len(tables.frames["hubs"]):
        edges = np.stack([tables.index("hub_edges", "a"), tables.index("hub_edges", "b")], 1)
        hubs = numbers["hubs"]
        between = jax.jit(network.hub_graph_rtt)(
            jnp.asarray(regions),
            jnp.asarray(sites),
            hubs["latitude"],
            hubs["longitude"],
            edges,
            numbers["hub_edges"]["rtt"],
        )
    else:
        distance = jax.jit(network.great_circle_km)(regions[:, :1], regions[:, 1:], sites[:, 0], sites[:, 1])
        between = network.fibre_rtt(distance, 1.57, 6.0)
    between = np.asarray(between)
    zone = tables.index("sites", "zone")
    out = np.broadcast_to(extra, (len(regions), len(extra))).copy()
    for z in np.unique(zone):
        out[:, z] += between[:, zone == z].mean(axis=1)
    return out


def longest_round_trips(tables: Tables) -> np.ndarray:
    """Longest round trip that a workload takes ``[workload]`` [ms]: the smaller of its class's and its buyer's."""
    klass = tables.index("workloads", "class")
    return np.minimum(tables.numbers["classes"]["max_rtt"][klass], tables.numbers["workloads"]["max_rtt"])


def leads(tables: Tables) -> np.ndarray:
    """First row of the contract of each workload ``[workload]``: itself where it is alone."""
    first: dict[str, int] = {}
    contracts = tables.frames["workloads"]["contract"]
    return np.array([first.setdefault(c, w) if c else w for w, c in enumerate(contracts)], int)


def _windows(tables: Tables, middle: np.ndarray) -> np.ndarray:
    w = tables.numbers["workloads"]
    return (middle >= w["window_start"][:, None]) & (middle <= w["window_end"][:, None])


def members(value: str, keys: list[str]) -> list[int]:
    """Positions of the names in a refs cell."""
    if value == "*":
        return list(range(len(keys)))
    return [keys.index(v) for v in value.split(";") if v]


def _deployments(tables: Tables, middle: np.ndarray) -> tuple[Deployments, list[tuple[int, ...]]]:
    frames, numbers = tables.frames, tables.numbers
    zones, hardware = tables.keys("zones"), tables.keys("hardware")
    kind = frames["zones"]["kind"].to_numpy()
    container = frames["hardware"]["container"].to_numpy()
    power = numbers["hardware"]["power"]
    coolant = frames["cooling"]["coolant"].to_numpy()
    density = numbers["cooling"]["max_density"]
    on_sale = (middle >= numbers["hardware"]["first_sale"][:, None]) & (
        middle <= numbers["hardware"]["last_sale"][:, None]
    )
    barred = barred_by_export(tables, middle)
    law = tables.index("zones", "jurisdiction")
    stocked = set(zip(tables.index("stock", "zone"), tables.index("stock", "hardware"), strict=True))
    needs: list[tuple[int, ...]] = []
    rows, buyable = [], []

    def add(name: tuple[str, ...], z: int, h: int, sat: int, fleet: int, need: int, buy: np.ndarray) -> None:
        rows.append((name, z, h, sat, fleet, need, (z, h) in stocked))
        buyable.append(buy & ~barred[h, law[z]])

    zone_has_sites = np.bincount(tables.index("sites", "zone"), minlength=len(zones)) > 0
    for z in np.nonzero((kind == GROUND) & zone_has_sites)[0].tolist():
        for h in np.nonzero(container == "rack")[0].tolist():
            accepted = COOLANTS[frames["hardware"]["coolant"].iloc[h]]
            fits = tuple(q for q in range(len(coolant)) if coolant[q] in accepted and density[q] >= power[h])
            if not fits:
                continue
            if fits not in needs:
                needs.append(fits)
            sold = on_sale[h] & (power[h] <= numbers["zones"]["max_density"][z])
            if ((sold & ~barred[h, law[z]]).any()) or (z, h) in stocked:
                add((zones[z], hardware[h]), z, h, -1, -1, needs.index(fits), sold)
    shell_zone = tables.index("shells", "zone")
    for i, (shell, h) in enumerate(
        zip(tables.index("satellites", "shell"), tables.index("satellites", "hardware"), strict=True)
    ):
        buy = on_sale[h] & (middle >= numbers["satellites"]["first_launch"][i])
        if buy.any():
            z = int(shell_zone[shell])
            add((zones[z], tables.keys("satellites")[i]), z, h, i, -1, -1, buy)
    for f, z in enumerate(tables.index("fleets", "zone")):
        for h in members(frames["fleets"]["hardware"].iloc[f], hardware):
            if container[h] == "endpoint":
                add((zones[z], hardware[h]), z, h, -1, f, -1, on_sale[h])
    columns = list(zip(*rows, strict=True)) if rows else [[]] * 7
    bought = np.array(buyable, bool).reshape(len(rows), len(middle))
    standing = np.maximum.accumulate(bought, axis=1) | np.array(columns[6], bool)[:, None]
    zone, chip, satellite, fleet, need = (np.array(c, int) for c in columns[1:6])
    return Deployments(list(columns[0]), zone, chip, satellite, fleet, need, bought, standing), needs


def barred_by_export(tables: Tables, middle: np.ndarray) -> np.ndarray:
    """May hardware h not be installed under law j in period t? ``[h, j, T]``."""
    hardware, laws = tables.keys("hardware"), tables.keys("jurisdictions")
    barred = np.zeros((len(hardware), len(laws), len(middle)), bool)
    for i, (_, rule) in enumerate(tables.rows("export")):
        span = _dates(tables, "export", i, middle)
        for h in members(rule["hardware"], hardware):
            for j in members(rule["jurisdictions"], laws):
                barred[h, j] |= span
    return barred


def bars(tables: Tables, law: str) -> list[tuple[str, set[str]]]:
    """Export rules on a law: name, and the hardware it bars there."""
    hardware = tables.keys("hardware")
    return [
        (k, {hardware[h] for h in members(rule["hardware"], hardware)})
        for k, rule in tables.rows("export")
        if rule["jurisdictions"] == "*" or law in rule["jurisdictions"].split(";")
    ]


def _dates(tables: Tables, table: str, row: int, middle: np.ndarray) -> np.ndarray:
    return (middle >= tables.numbers[table]["from"][row]) & (middle <= tables.numbers[table]["until"][row])


def fitting(tables: Tables) -> np.ndarray:
    """Whether hardware can take a kind of work ``[profile, hardware]``: memory, and a rate above zero."""
    hardware, profiles = tables.numbers["hardware"], tables.numbers["profiles"]
    peak = peaks(tables)
    rate = np.asarray(
        chips.effective_pflops(
            peak,
            hardware["bandwidth"][None, :],
            profiles["flop_per_byte"][:, None],
            profiles["compute_efficiency"][:, None],
            profiles["memory_efficiency"][:, None],
            hardware["scaleout"][None, :],
            profiles["scaleout_need"][:, None],
        )
    )
    return (rate > 0) & (hardware["memory"][None, :] >= profiles["memory_need"][:, None])


def _rack_time(tables: Tables, d: Deployments) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(profile, deployment) pairs that fit: memory, and a rate above zero."""
    fits = fitting(tables)
    used = {(tables.frames["classes"]["profile"]).get(c) for c in tables.frames["workloads"]["class"]}
    wanted = np.array([p in used for p in tables.keys("profiles")])
    pairs = [(p, i) for i, h in enumerate(d.hardware) for p in np.nonzero(wanted)[0] if fits[p, h]]
    profile, deployment = np.array(pairs, int).reshape(-1, 2).T
    return profile, deployment, d.standing[deployment]


def peaks(tables: Tables) -> np.ndarray:
    """Peak per chip ``[profile, hardware]`` [PFLOP/s] at the profile's precision."""
    eight = (tables.frames["profiles"]["precision"] == "fp8").to_numpy()
    hardware = tables.numbers["hardware"]
    return np.where(eight[:, None], hardware["peak_fp8"][None, :], hardware["peak_bf16"][None, :])


def _arcs(
    tables: Tables,
    middle: np.ndarray,
    active: np.ndarray,
    rtt: np.ndarray,
    d: Deployments,
    time_profile: np.ndarray,
    time_deployment: np.ndarray,
    time_exists: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, pd.DataFrame]:
    frames = tables.frames
    names, zones, classes = tables.keys("workloads"), tables.keys("zones"), frames["classes"]
    kind, law = frames["zones"]["kind"].to_numpy(), tables.index("zones", "jurisdiction")
    workload_class, region = tables.index("workloads", "class"), tables.index("workloads", "region")
    home = tables.index("regions", "jurisdiction")
    max_rtt, density = longest_round_trips(tables), tables.numbers["workloads"]["density"]
    wanted = [members(v, tables.keys("jurisdictions")) for v in frames["workloads"]["jurisdictions"]]
    profile, power = tables.index("classes", "profile"), tables.numbers["hardware"]["power"]
    hosts = {k: np.zeros((len(tables.keys("profiles")), len(zones), len(middle)), bool) for k in {0.0, *density}}
    for p, i, there in zip(time_profile, time_deployment, time_exists, strict=True):
        for least, held in hosts.items():
            if power[d.hardware[i]] >= least:
                held[p, d.zone[i]] |= there
    site_zone, offered = tables.index("sites", "zone"), tables.numbers["leases"]["capacity"] > 0
    for s, there in zip(tables.index("leases", "site"), offered, strict=True):
        hosts[0.0][:, site_zone[s]] |= there
    pairs = zip(tables.index("arcs", "workload"), tables.index("arcs", "zone"), strict=True)
    barred = {pair for pair, may in zip(pairs, tables.frames["arcs"]["allowed"], strict=True) if not may}
    control = [members(v, tables.keys("classes")) for v in frames["fleets"]["classes"]]
    fleet_of_zone = {z: f for f, z in enumerate(tables.index("fleets", "zone"))}
    allowed = allowed_by_law(tables, middle)
    arcs, exists, refusals = [], [], []
    for w, (c, r) in enumerate(zip(workload_class, region, strict=True)):
        row = classes.iloc[c]
        for z in range(len(zones)):
            reason = "pair: arcs.csv does not allow it" if (w, z) in barred else ""
            delay = rtt[r, z]
            runs_here = kind[z] == FLEET and c in control[fleet_of_zone[z]] if z in fleet_of_zone else False
            if reason:
                pass
            elif kind[z] == FLEET and not (runs_here or row["fleet"]):
                reason = "class: does not run on endpoints"
            elif kind[z] == ORBIT and not row["orbit"]:
                reason = "class: does not run in orbit"
            elif kind[z] == GROUND and not row["ground"]:
                reason = "class: does not run at ground sites"
            elif law[z] not in wanted[w]:
                reason = f"jurisdiction: the buyer wants it in {frames['workloads']['jurisdictions'].iloc[w]}"
            elif not runs_here and delay > max_rtt[w]:
                reason = f"latency: {delay:.0f} ms over {max_rtt[w]:.0f} ms"
            there = active[w] & hosts[density[w]][profile[c], z]
            if not reason and not (active[w] & hosts[0.0][profile[c], z]).any():
                reason = "hardware: none that stands there can take it"
            if not reason and not there.any():
                reason = f"density: no rack of {density[w]:g} kW or more stands there"
            if not reason:
                legal = allowed[home[r], c, law[z]]
                if not (there & legal).any():
                    reason = "residency: its data may not be served there"
                there = there & legal
            if reason:
                refusals.append((names[w], zones[z], reason))
            else:
                arcs.append((w, z))
                exists.append(there)
    pairs = np.array(arcs, int).reshape(-1, 2)
    table = pd.DataFrame(refusals, columns=["workload", "zone", "reason"])
    return pairs[:, 0], pairs[:, 1], np.array(exists, bool).reshape(len(arcs), len(middle)), table


def allowed_by_law(tables: Tables, middle: np.ndarray) -> np.ndarray:
    """May data of jurisdiction j, class c, be served under law k in period t? ``[j, c, k, T]``."""
    laws, classes = tables.keys("jurisdictions"), tables.keys("classes")
    may = np.ones((len(laws), len(classes), len(laws), len(middle)), bool)
    for i, (_, rule) in enumerate(tables.rows("residency")):
        j = laws.index(rule["jurisdiction"])
        elsewhere = np.ones(len(laws), bool)
        if tables.numbers["residency"]["inside"][i] < 1:
            elsewhere[members(rule["allowed"], laws)] = False
        elsewhere[j] = False
        span = _dates(tables, "residency", i, middle)
        for c in members(rule["classes"], classes):
            may[j, c] &= ~(elsewhere[:, None] & span[None, :])
    return may
