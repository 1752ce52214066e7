"""Sites: power through its queues, loads, halls, water, growth, and the choices that open them."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from compute_stack import thermal
from planner.recount.book import Book, Ledger, applied
from planner.recount.designed import hall_power


def count(book: Book, ledger: Ledger, whole: bool) -> None:
    """Load x PUE <= dispatch <= energised x availability; energised <= today + delivered; halls, water, choices."""
    _power(book, ledger)
    _halls(book, ledger)
    _choices(book, ledger, whole)


def leads(book: Book) -> tuple[np.ndarray, np.ndarray]:
    """Planned lead [yr] and energised share ``[phase, T, T]`` of every phase."""
    stage, site = book.at("stages", list(book.f["phases"]["stage"])), book.at("sites", list(book.f["phases"]["site"]))
    s = book.n["stages"]
    median = s["lead_fixed"][stage] + s["lead_per_time_to_power"][stage] * book.n["sites"]["time_to_power"][site]
    sigma = s["sigma"][stage]
    if book.tables.settings["delivery"] == "expected":
        spread = np.maximum(sigma, 1e-6)[:, None, None]

        def delivered(age: np.ndarray) -> np.ndarray:
            safe = np.where(age > 0, age, 1.0)
            with np.errstate(divide="ignore"):
                z = (np.log(safe) - np.log(median)[:, None, None]) / spread
            partial = median[:, None, None] * np.exp(spread**2 / 2) * norm.cdf(z - spread)
            return np.where(age > 0, safe * norm.cdf(z) - partial, 0.0)

        return median, book.since(lambda age: np.clip((delivered(age + book.dt) - delivered(age)) / book.dt, 0.0, 1.0))
    lead = median * np.exp(sigma * norm.ppf(float(book.tables.settings["planning_quantile"])))
    return lead, book.energised(lead)


def joined(book: Book) -> np.ndarray:
    """Phases joined ``[phase, T]``."""
    return book.total(book.of("join"), book.at("phases", book.key("join", 0)), len(book.keys("phases")))


def cells(book: Book) -> tuple[np.ndarray, np.ndarray]:
    """Site and source of every (site, source) that is dispatched."""
    return book.at("sites", book.key("dispatch", 0)), book.at("generation", book.key("dispatch", 1))


def _power(book: Book, ledger: Ledger) -> None:
    n, f = book.n, book.f
    sites, names = book.keys("sites"), book.entities.get("energised", [])
    es, eg = book.at("sites", book.key("energised", 0)), book.at("generation", book.key("energised", 1))
    kinds = f["generation"]["kind"].to_numpy()
    grid = int(np.argmax(kinds == "grid")) if (kinds == "grid").any() else -1
    today = np.where(eg == grid, n["sites"]["energised"][es], 0.0)[:, None]
    _, share = leads(book)
    ps, pg = book.at("sites", list(f["phases"]["site"])), book.at("generation", list(f["phases"]["source"]))
    odds = n["stages"]["odds"][book.at("stages", list(f["phases"]["stage"]))]
    delivered = applied(share, joined(book)) * (n["phases"]["power"] * odds)[:, None]
    where = np.array(
        [
            next((i for i, c in enumerate(zip(es, eg, strict=True)) if c == cell), -1)
            for cell in zip(ps, pg, strict=True)
        ],
        int,
    )
    stands = book.of("energised")
    ledger.at_most(
        "delivery: energised against today's and delivered power",
        names,
        stands,
        today + book.total(delivered, where, len(names)),
        "MW facility",
    )
    ds, dg = cells(book)
    if (ds.shape, dg.shape) == (es.shape, eg.shape):
        ledger.at_most(
            "source: dispatch against energised x availability",
            names,
            book.of("dispatch"),
            stands * n["generation"]["availability"][eg][:, None],
            "MW facility",
        )
    ls, lq = book.at("sites", book.key("load", 0)), book.at("cooling", book.key("load", 1))
    s, q = n["sites"], n["cooling"]
    pue = np.asarray(thermal.power_usage_effectiveness(
        q["supply_temperature"][lq], s["wet_bulb"][ls], s["dry_bulb"][ls], q["liquid_fraction"][lq],
        q["electrical_overhead"][lq],
        q["fan_overhead"][lq], q["chiller_cop"][lq],
    ))  # fmt: skip
    drawn = book.total(book.of("load") * (pue * hall_power(book)[lq])[:, None], ls, len(sites))
    ledger.at_most(
        "power: load x PUE against dispatch",
        sites,
        drawn,
        book.total(book.of("dispatch"), ds, len(sites)),
        "MW facility",
    )
    _growth(book, ledger, es, eg, stands, today, kinds)


def _growth(
    book: Book, ledger: Ledger, es: np.ndarray, eg: np.ndarray, stands: np.ndarray, today: np.ndarray, kinds: np.ndarray
) -> None:
    before = np.concatenate([np.broadcast_to(today, (len(es), 1)), stands[:, :-1]], axis=1)
    added = stands - before
    territory = book.at("territories", list(book.f["sites"]["territory"]))[es]
    wired = np.where(kinds[eg] == "grid", territory, -1)
    limit = book.n["territories"]["throughput"]
    everywhere = np.isfinite(limit).all(axis=1, keepdims=True)
    count = len(book.keys("territories"))
    unit = "MW facility in the period"
    ledger.at_most(
        "territory: power energised behind an operator", book.keys("territories"), book.total(added, wired, count),
        np.where(everywhere, limit * 1e3 * book.dt, np.inf), unit,
    )  # fmt: skip
    ramp = book.n["sites"]["ramp"][:, None] * book.dt
    ledger.at_most("ramp: power added on a site", book.keys("sites"), book.total(added, es, len(ramp)), ramp, unit)


def _halls(book: Book, ledger: Ledger) -> None:
    n, f = book.n, book.f
    sites, technologies = book.keys("sites"), book.keys("cooling")
    pair = lambda s, q: np.where((s >= 0) & (q >= 0), s * len(technologies) + q, -1)  # noqa: E731
    count = len(sites) * len(technologies)
    hs, hq = book.at("sites", book.key("hall", 0)), book.at("cooling", book.key("hall", 1))
    life = n["cooling"]["life"][hq][:, None, None]
    built = applied(book.since(lambda age: book.surviving(age, np.float64(0.0), life)), book.of("hall"))
    room = book.total(built, pair(hs, hq), count)
    standing = np.zeros(count)
    np.add.at(
        standing,
        pair(book.at("sites", list(f["halls"]["site"])), book.at("cooling", list(f["halls"]["technology"]))),
        n["halls"]["capacity"],
    )
    ls, lq = book.at("sites", book.key("load", 0)), book.at("cooling", book.key("load", 1))
    names = [(s, q) for s in sites for q in technologies]
    load = book.of("load") * hall_power(book)[lq][:, None]
    ledger.at_most(
        "cooling: load under a technology against its halls",
        names,
        book.total(load, pair(ls, lq), count),
        room + standing[:, None],
        "MW IT",
    )
    s, q = n["sites"], n["cooling"]
    wue = np.asarray(
        thermal.water_usage_effectiveness(
            q["supply_temperature"][lq], s["wet_bulb"][ls], s["dry_bulb"][ls], q["evaporation"][lq]
        )
    )
    water = book.total(load * wue[:, None] * 8766.0 * 1e-3, ls, len(sites))
    ledger.at_most("water: evaporation against the permit", sites, water, s["water_permit"][:, None], "Ml/yr")


def _choices(book: Book, ledger: Ledger, whole: bool) -> None:
    f, n = book.f, book.n
    if whole:
        for variable in ("join", "open", "home", "accept", "line", "launch"):
            value = book.of(variable)
            ledger.equal(f"integers: {variable}", book.entities.get(variable, []), value, np.round(value), "whole", 1.0)
    join, phases = joined(book), book.keys("phases")
    for variable in ("join", "open", "home", "accept", "line"):
        value = book.of(variable).sum(axis=1, keepdims=True)
        ledger.at_most(f"once: {variable}", book.entities.get(variable, []), value, np.ones_like(value), "times", 1.0)
    early = join * (book.tables.years[:-1] < n["phases"]["earliest"][:, None] - 1e-9)
    ledger.at_most("earliest: joined before the first date", phases, early, np.zeros_like(early), "times", 1.0)
    so_far = np.cumsum(join, axis=1)
    after = book.at("phases", list(f["phases"]["after"]))
    chained = np.flatnonzero(after >= 0)
    ledger.at_most(
        "order: a phase before the one it follows",
        [phases[i] for i in chained],
        so_far[chained],
        so_far[after[chained]],
        "joined",
        1.0,
    )
    here = book.at("sites", list(f["phases"]["site"]))
    mine = np.flatnonzero(closed(book)[here])
    ledger.at_most(
        "open_first: a queue joined at a site that is not open",
        [phases[i] for i in mine],
        so_far[mine],
        opened(book)[here[mine]],
        "joined",
        1.0,
    )
    homes, lead = book.of("home"), contracts(book)
    owner = book.at("workloads", book.key("home", 0))
    per = book.total(homes, owner, len(book.keys("workloads"))).sum(axis=1, keepdims=True)
    ledger.at_most("home: homes of a gang", book.keys("workloads"), per, np.ones_like(per), "homes", 1.0)
    live = {tuple(e): v.sum() for e, v in zip(book.entities.get("home", []), homes, strict=True)}
    synchronous = dict(zip(book.keys("classes"), f["classes"]["gang"], strict=True))
    gang = {
        name
        for name, c, one in zip(
            book.keys("workloads"), f["workloads"]["class"], f["workloads"]["one_zone"], strict=True
        )
        if one or synchronous[c]
    }
    served = [i for i, e in enumerate(book.entities.get("serve", [])) if e[0] in gang]
    arcs = [book.entities["serve"][i] for i in served]
    allowed = np.array([live.get((lead[a[0]], *a[1:]), 0.0) for a in arcs]).reshape(-1, 1)
    top = ceilings(book)[book.at("workloads", [a[0] for a in arcs])]
    ledger.at_most("gang: served away from its home", arcs, book.of("serve")[served], top * allowed, "PFLOP/s")
    zones = list(f["sites"]["zone"])
    alone = {z: i for i, z in enumerate(zones) if closed(book)[i] and zones.count(z) == 1}
    served = [i for i, e in enumerate(book.entities.get("serve", [])) if e[1] in alone]
    arcs = [book.entities["serve"][i] for i in served]
    top = ceilings(book)[book.at("workloads", [a[0] for a in arcs])]
    ledger.at_most(
        "strong: served from a site that is not open",
        arcs,
        book.of("serve")[served],
        top * opened(book)[[alone[a[1]] for a in arcs]],
        "PFLOP/s",
    )


def contracts(book: Book) -> dict[str, str]:
    """Workload that stands for the contract of each workload: the first of its rows, or the workload itself."""
    first: dict[str, str] = {}
    return {
        name: first.setdefault(contract, name) if contract else name
        for name, contract in zip(book.keys("workloads"), book.f["workloads"]["contract"], strict=True)
    }


def closed(book: Book) -> np.ndarray:
    """Whether a site has to be committed to before it is used ``[site]``."""
    return (book.n["sites"]["opening_cost"] > 0) | book.f["sites"]["closed"].to_numpy(bool)


def opened(book: Book) -> np.ndarray:
    """Whether a site has been committed to ``[site, T]``."""
    sites = book.keys("sites")
    return np.cumsum(book.total(book.of("open"), book.at("sites", book.key("open", 0)), len(sites)), axis=1)


def active(book: Book) -> np.ndarray:
    """Whether a workload is asked for in a period ``[workload, T]``."""
    w = book.n["workloads"]
    return (book.middle >= w["window_start"][:, None]) & (book.middle <= w["window_end"][:, None])


def demand(book: Book) -> np.ndarray:
    """Demand [PFLOP/s] ``[workload, T]``."""
    klass = book.at("classes", list(book.f["workloads"]["class"]))
    return np.where(active(book), book.n["classes"]["demand"][klass] * book.n["workloads"]["share"][:, None], 0.0)


def ceilings(book: Book) -> np.ndarray:
    """Most a workload may be served [PFLOP/s] ``[workload, T]``: its demand, or a job's fastest rate."""
    klass = book.at("classes", list(book.f["workloads"]["class"]))
    job = book.f["classes"]["kind"].to_numpy()[klass] == "job"
    wanted = demand(book)
    mean = wanted.sum(axis=1) / np.maximum(active(book).sum(axis=1), 1)
    return np.where(job[:, None], (mean * book.n["classes"]["speedup"][klass])[:, None], wanted)
