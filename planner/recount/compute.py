"""Demand, unit time, racks and endpoints: what is served, by what, and whether it stands there."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from compute_stack import chips, network, workload
from planner.recount import pairs
from planner.recount.book import Book, Ledger, applied
from planner.recount.designed import Designed, spared
from planner.recount.places import active, contracts, demand

ACCEPTS = {"air": {"air"}, "liquid": {"liquid"}, "warm": {"warm", "liquid"}, "none": set()}
# Requests by local hour on a weekday, mean 1 (written down a second time on purpose).
HUMAN_DAY = (
    0.755, 0.681, 0.523, 0.391, 0.331, 0.339, 0.413, 0.571, 0.82, 1.114, 1.366, 1.506,
    1.543, 1.536, 1.517, 1.453, 1.314, 1.139, 1.029, 1.05, 1.147, 1.205, 1.173, 1.082,
)  # fmt: skip


class Units:
    """What stands behind the (zone, unit) entities of a variable: hardware, satellite class, life, power."""

    def __init__(self, book: Book, variable: str, skip: int = 0) -> None:
        n, f = book.n, book.f
        zones, units = book.key(variable, skip), book.key(variable, skip + 1)
        self.zone = book.at("zones", zones)
        kind = f["zones"]["kind"].to_numpy()[self.zone]
        self.orbit = kind == "orbit"
        self.satellite = np.where(self.orbit, book.at("satellites", units), -1)
        flown, classes = list(f["satellites"]["hardware"]), list(f["satellites"]["satellite_class"])
        self.hardware = book.at(
            "hardware", [flown[s] if s >= 0 else u for s, u in zip(self.satellite, units, strict=True)]
        )
        self.klass = book.at("satellite_classes", [classes[s] if s >= 0 else "" for s in self.satellite])
        carried = {z: i for i, z in reversed(list(enumerate(f["fleets"]["zone"])))}
        self.fleet = np.array(
            [carried.get(z, -1) if k == "fleet" else -1 for z, k in zip(zones, kind, strict=True)], int
        )
        h = n["hardware"]
        self.it = self._of_class(book, "it_power", 0.0)
        self.cap = np.where(kind == "ground", n["zones"]["power_cap"][self.zone], 1.0)
        nominal = np.where(self.orbit, self.it / h["power"][self.hardware], 1.0)
        self.power = h["power"][self.hardware] * nominal * self.cap
        self.life = np.minimum(h["life"][self.hardware], self._of_class(book, "life", np.inf))
        self.attrition = h["attrition"][self.hardware]
        self.lost, self.spares = self._of_class(book, "loss_rate", 0.0), self._of_class(book, "spares", 0.0)
        self.upright = h["availability"][self.hardware]
        self.groups, self.speed = nominal, np.asarray(chips.power_cap_throughput(self.cap))
        self.mass, self.added = np.zeros(len(nominal)), np.zeros(len(nominal))
        if self.orbit.any():
            shell = book.at("shells", list(f["satellites"]["shell"]))[self.satellite]
            flown = Designed(book, self.klass, shell)
            pick = lambda value, otherwise: np.where(self.orbit, value, otherwise)  # noqa: E731
            self.groups = pick(nominal * flown.bought, 1.0)
            self.speed = pick(nominal * flown.working * flown.throughput, self.speed)
            self.attrition = pick(self.attrition * flown.hotter, self.attrition)
            self.upright = pick(self.upright * flown.upright, self.upright)
            self.mass, self.added = pick(flown.mass, 0.0), pick(flown.added, 0.0)

    def _of_class(self, book: Book, column: str, otherwise: float) -> np.ndarray:
        values = book.n["satellite_classes"][column]
        return (
            np.where(self.klass >= 0, values[self.klass], otherwise)
            if len(values)
            else np.full(len(self.klass), otherwise)
        )


def units(book: Book, variable: str, skip: int = 0) -> Units:
    """The units of a variable, looked up once per book."""
    key = (variable, skip)
    if key not in book.units:
        book.units[key] = Units(book, variable, skip)
    return book.units[key]


def count(book: Book, ledger: Ledger, whole: bool) -> None:
    """Served and unserved add to demand; compute <= unit time x rate; time <= operating <= survivors; racks."""
    _demand(book, ledger)
    _units(book, ledger)
    _compute(book, ledger)
    _racks(book, ledger)
    _fleets(book, ledger)
    _eligible(book, ledger)
    if not (book.f["zones"].empty or not np.isfinite(book.n["zones"]["link_capacity"]).any()):
        klass = book.at("classes", list(book.f["workloads"]["class"]))[book.at("workloads", book.key("serve", 0))]
        traffic = book.of("serve") * book.n["classes"]["traffic"][klass][:, None]
        used = book.total(traffic, book.at("zones", book.key("serve", 1)), len(book.keys("zones")))
        ledger.at_most(
            "link: traffic of a zone", book.keys("zones"), used, book.n["zones"]["link_capacity"][:, None], "Gb/s"
        )


def _demand(book: Book, ledger: Ledger) -> None:
    f, names = book.f, book.keys("workloads")
    klass = book.at("classes", list(f["workloads"]["class"]))
    job = f["classes"]["kind"].to_numpy()[klass] == "job"
    wanted = demand(book)
    served = book.total(book.of("serve"), book.at("workloads", book.key("serve", 0)), len(names))
    not_served = book.total(book.of("unserved"), book.at("workloads", book.key("unserved", 0)), len(names))
    taken = book.total(book.of("accept"), book.at("workloads", book.key("accept", 0)), len(names)).sum(axis=1)
    taken = taken[book.at("workloads", list(contracts(book).values()))]
    offered = np.where(f["workloads"]["offtake"].to_numpy(bool), taken, 1.0)
    rate = [n for n, j in zip(names, job, strict=True) if not j]
    ledger.equal(
        "serve: served and unserved against demand",
        rate,
        (served + not_served)[~job],
        (wanted * offered[:, None])[~job],
        "PFLOP/s",
    )
    steps = book.n["tranches"]["share"][book.at("tranches", book.key("unserved", 1))][:, None]
    most = wanted[book.at("workloads", book.key("unserved", 0))] * steps
    ledger.at_most(
        "unserved: more than a step of the demand curve",
        book.entities.get("unserved", []),
        book.of("unserved"),
        most,
        "PFLOP/s",
    )
    here = book.at("workloads", book.key("pace", 0))
    pace = book.total(book.of("pace"), here, len(names))
    jobs = [n for n, j in zip(names, job, strict=True) if j]
    ledger.equal("run: a job runs where it is served", jobs, served[job], pace[job], "PFLOP/s")
    mean = wanted.sum(axis=1) / np.maximum(active(book).sum(axis=1), 1)
    fastest = np.broadcast_to((mean * book.n["classes"]["speedup"][klass])[:, None], pace.shape)
    ledger.at_most("pace: a job against speedup x mean rate", jobs, pace[job], fastest[job], "PFLOP/s")
    left = book.total(book.of("undone"), book.at("workloads", book.key("undone", 0)), len(names)).sum(axis=1)
    work = (wanted.sum(axis=1) * book.dt)[:, None]
    ledger.equal(
        "work: done and undone against the job",
        jobs,
        (pace.sum(axis=1) * book.dt + left)[job][:, None],
        work[job],
        "PFLOP/s yr",
    )
    steps = book.n["tranches"]["share"][book.at("tranches", book.key("undone", 1))][:, None]
    most = work[book.at("workloads", book.key("undone", 0))] * steps
    ledger.at_most(
        "undone: more than a step of the demand curve",
        book.entities.get("undone", []),
        book.of("undone"),
        most,
        "PFLOP/s yr",
    )


def _units(book: Book, ledger: Ledger) -> None:
    n, f = book.n, book.f
    names = book.entities.get("run", [])
    place = {e: i for i, e in enumerate(names)}
    u = units(book, "build")
    attrition, lost, life, spares = (v[:, None, None] for v in (u.attrition, u.lost, u.life, u.spares))
    alive = applied(book.since(lambda age: spared(book, age, attrition, lost, life, spares)), book.of("build"))
    stands = book.total(alive, np.array([place.get(e, -1) for e in book.entities.get("build", [])], int), len(names))
    for zone, hardware, number, age in zip(
        f["stock"]["zone"], f["stock"]["hardware"], n["stock"]["units"], n["stock"]["age"], strict=True
    ):
        h = int(book.at("hardware", [hardware])[0])
        attrition, life = n["hardware"]["attrition"][h], n["hardware"]["life"][h]
        share = book.surviving(age + book.begin, attrition, life) / np.maximum(
            book.surviving(age, attrition, life, 1e-6), 1e-9
        )
        here = place.get((zone, hardware, ""), -1)
        if here >= 0:
            stands[here] += number * share
    run = book.of("run")
    ledger.at_most("operate: operating against surviving", names, run, stands, "units")
    given = book.total(
        book.of("time"), np.array([place.get((*e[1:], ""), -1) for e in book.entities.get("time", [])], int), len(names)
    )
    ledger.at_most(
        "time: unit time against available operating units",
        names,
        given,
        run * units(book, "run").upright[:, None],
        "units",
    )
    sold = book.total(book.of("build") * u.groups[:, None], u.hardware, len(book.keys("hardware")))
    ramp = n["hardware"]["ramp"]
    limit = np.where(np.isfinite(ramp).all(axis=1, keepdims=True), ramp * book.dt, np.inf)
    ledger.at_most("sales: units of a generation", book.keys("hardware"), sold, limit, "units")


def rates(book: Book) -> np.ndarray:
    """Effective compute of each (profile, zone, unit) of `time` [PFLOP/s per unit]."""
    p, h, n = book.at("profiles", book.key("time", 0)), book.n["hardware"], book.n["profiles"]
    u = units(book, "time", 1)
    eight = (book.f["profiles"]["precision"] == "fp8").to_numpy()[p]
    peak = np.where(eight, h["peak_fp8"][u.hardware], h["peak_bf16"][u.hardware])
    each = chips.effective_pflops(
        peak, h["bandwidth"][u.hardware], n["flop_per_byte"][p], n["compute_efficiency"][p], n["memory_efficiency"][p],
        h["scaleout"][u.hardware], n["scaleout_need"][p],
    )  # fmt: skip
    return np.asarray(each) * h["chips"][u.hardware] * u.speed


def _compute(book: Book, ledger: Ledger) -> None:
    profiles, zones = book.keys("profiles"), book.keys("zones")
    klass = book.at("classes", list(book.f["workloads"]["class"]))[book.at("workloads", book.key("serve", 0))]
    kind = book.at("profiles", list(book.f["classes"]["profile"]))[klass]
    to = kind * len(zones) + book.at("zones", book.key("serve", 1))
    names = [(p, z) for p in profiles for z in zones]
    given = book.of("time") * rates(book)[:, None]
    gives = book.total(
        given, book.at("profiles", book.key("time", 0)) * len(zones) + book.at("zones", book.key("time", 1)), len(names)
    )
    profile, lease = book.at("profiles", book.key("rent", 1)), book.at("leases", book.key("rent", 0))
    at = book.at("zones", list(book.f["sites"]["zone"]))[book.at("sites", list(book.f["leases"]["site"]))[lease]]
    gives = gives + book.total(book.of("rent"), profile * len(zones) + at, len(names))
    taken = pairs.taken(book)
    ledger.at_most(
        "compute: served (times its use) against unit time x rate and what is rented",
        names,
        book.total(taken, to, len(names)),
        gives,
        "PFLOP/s",
    )
    blocks = int(book.tables.settings["blocks"])
    firm = ~book.f["classes"]["interruptible"].to_numpy(bool)[klass]
    if blocks == 1 or not firm.any():
        return
    region = book.at("regions", list(book.f["workloads"]["region"]))[book.at("workloads", book.key("serve", 0))]
    curve = np.asarray(
        workload.block_shape(jnp.asarray(HUMAN_DAY), jnp.asarray(book.n["regions"]["utc_offset"][region]), blocks)
    )
    human = (book.f["classes"]["diurnal"] == "human").to_numpy()[klass]
    for k in range(blocks):
        shape = np.where(human, curve[:, k], 1.0)[:, None]
        peak = book.total(taken * shape, np.where(firm, to, -1), len(names))
        ledger.at_most(f"peak: steady work in block {k + 1} of {blocks}", names, peak, gives, "PFLOP/s")


def _racks(book: Book, ledger: Ledger) -> None:
    f, n = book.f, book.n
    u, run = units(book, "run"), book.of("run")
    kind = f["zones"]["kind"].to_numpy()
    technologies = list(zip(book.keys("cooling"), f["cooling"]["coolant"], n["cooling"]["max_density"], strict=True))
    fits = {
        h: "+".join(
            q
            for q, coolant, density in technologies
            if coolant in ACCEPTS[f["hardware"]["coolant"].iloc[h]] and density >= n["hardware"]["power"][h]
        )
        for h in set(u.hardware.tolist())
    }
    zones = list(f["sites"]["zone"])
    ground = [
        (book.keys("zones")[z], fits[h]) if kind[z] == "ground" else None
        for z, h in zip(u.zone, u.hardware, strict=True)
    ]
    held = [
        (zones[s], need) for s, need in zip(book.at("sites", book.key("load", 0)), book.key("load", 2), strict=True)
    ]
    names = sorted({g for g in ground if g} | set(held))
    place = {g: i for i, g in enumerate(names)}
    stands = book.total(
        run * u.power[:, None] * 1e-3, np.array([place[g] if g else -1 for g in ground], int), len(names)
    )
    ledger.equal(
        "racks: power of operating racks against load at sites",
        names,
        stands,
        book.total(book.of("load"), np.array([place[g] for g in held], int), len(names)),
        "MW IT",
    )


def _fleets(book: Book, ledger: Ledger) -> None:
    f, n = book.f, book.n
    u, fleets = units(book, "build"), book.keys("fleets")
    placed = book.total(book.of("build"), u.fleet, len(fleets))
    ledger.at_most(
        "fleet: chips placed against endpoints built", fleets, placed, n["fleets"]["new_units"] * book.dt, "units"
    )
    classes = list(f["classes"].index)
    named = {c for v in f["fleets"]["classes"] for c in (classes if v == "*" else v.split(";"))}
    control = {p for c, p in zip(classes, f["classes"]["profile"], strict=True) if c in named}
    run = book.entities.get("run", [])
    place = {e: i for i, e in enumerate(run)}
    t = units(book, "time", 1)
    idle = [
        place.get((*e[1:], ""), -1) if t.fleet[i] >= 0 and e[0] not in control else -1
        for i, e in enumerate(book.entities.get("time", []))
    ]
    sold, mine = book.total(book.of("time"), np.array(idle, int), len(run)), units(book, "run").fleet
    share = np.where(mine >= 0, n["fleets"]["idle_share"][mine], np.inf) if len(fleets) else np.full(len(run), np.inf)
    with np.errstate(invalid="ignore"):
        most = np.where(
            np.isinf(share)[:, None], np.inf, np.where(np.isinf(share), 0.0, share)[:, None] * book.of("run")
        )
    ledger.at_most("idle: idle compute sold", run, sold, most, "units")


def _eligible(book: Book, ledger: Ledger) -> None:
    """Units are on sale, not barred, and flown after their first launch; work is served where its class may run."""
    f, n, middle = book.f, book.n, book.middle
    u, build = units(book, "build"), book.of("build")
    h = n["hardware"]
    sale = (middle >= h["first_sale"][u.hardware][:, None]) & (middle <= h["last_sale"][u.hardware][:, None])
    if len(n["satellites"]["first_launch"]):
        sale &= (u.satellite < 0)[:, None] | (middle >= n["satellites"]["first_launch"][u.satellite][:, None])
    law = list(f["zones"]["jurisdiction"])
    for i, (_, rule) in enumerate(book.tables.rows("export")):
        span = (middle >= n["export"]["from"][i]) & (middle <= n["export"]["until"][i])
        hit = [
            _in(book.keys("hardware")[a], rule["hardware"]) and _in(law[z], rule["jurisdictions"])
            for a, z in zip(u.hardware, u.zone, strict=True)
        ]
        sale &= ~(np.array(hit, bool)[:, None] & span)
    ledger.at_most(
        "sale: bought when it is not sold",
        book.entities.get("build", []),
        np.where(sale, 0.0, build),
        np.zeros_like(build),
        "units",
    )
    serve, names = book.of("serve"), book.entities.get("serve", [])
    w, z = book.at("workloads", book.key("serve", 0)), book.at("zones", book.key("serve", 1))
    klass = book.at("classes", list(f["workloads"]["class"]))[w]
    kind = f["zones"]["kind"].to_numpy()[z]
    flown = {zone: v for zone, v in zip(f["fleets"]["zone"], f["fleets"]["classes"], strict=True)}
    runs = np.array(
        [
            _in(c, flown.get(zone, ""))
            for c, zone in zip(np.array(book.keys("classes"))[klass], book.key("serve", 1), strict=True)
        ],
        bool,
    )
    may = np.select(
        [kind == k for k in ("ground", "orbit", "fleet")],
        [f["classes"][k].to_numpy(bool)[klass] for k in ("ground", "orbit", "fleet")],
    )
    region = book.at("regions", list(f["workloads"]["region"]))[w]
    longest = np.minimum(n["classes"]["max_rtt"][klass], n["workloads"]["max_rtt"][w])
    in_time = runs | (_round_trips(book)[region, z] <= longest * (1 + 1e-9))
    bad = np.where(((may | runs) & in_time)[:, None], 0.0, serve)
    ledger.at_most(
        "eligible: served where its class may not run or answers come too late",
        names,
        bad,
        np.zeros_like(bad),
        "PFLOP/s",
    )


def _round_trips(book: Book) -> np.ndarray:
    """Mean RTT [ms] ``[region, zone]``."""
    n, f = book.n, book.f
    regions, sites = (np.stack([n[t]["latitude"], n[t]["longitude"]], 1) for t in ("regions", "sites"))
    if len(f["hubs"]):
        edges = np.stack([book.at("hubs", list(f["hub_edges"][c])) for c in ("a", "b")], 1)
        between = network.hub_graph_rtt(
            jnp.asarray(regions),
            jnp.asarray(sites),
            n["hubs"]["latitude"],
            n["hubs"]["longitude"],
            edges,
            n["hub_edges"]["rtt"],
        )
    else:
        between = network.fibre_rtt(
            network.great_circle_km(regions[:, :1], regions[:, 1:], sites[:, 0], sites[:, 1]), 1.57, 6.0
        )
    zone, out = book.at("zones", list(f["sites"]["zone"])), np.tile(n["zones"]["min_rtt"], (len(regions), 1))
    for z in set(zone.tolist()):
        out[:, z] += np.asarray(between)[:, zone == z].mean(axis=1)
    return out


def _in(name: str, listed: str) -> bool:
    return listed == "*" or name in listed.split(";")
