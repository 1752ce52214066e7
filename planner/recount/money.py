"""Money, part by part and period by period, from prices in the tables [M USD, discounted to the start]."""

from __future__ import annotations

import numpy as np
import pandas as pd

from compute_stack import workload
from planner.recount import pairs
from planner.recount.book import Book, Ledger, applied
from planner.recount.compute import Units, units
from planner.recount.designed import cheaper
from planner.recount.places import active, cells, contracts, demand, leads

SAME = 1e-8
"""Share of a part's gross money by which it may differ."""
YEARLY = 8766e-6
"""M USD per year of 1 MW at 1 USD/MWh, and of 1 PFLOP/s at 1 USD/PFLOP/h."""
LAUNCH_LIFE = 5.0


def count(book: Book, ledger: Ledger, paid: pd.DataFrame) -> None:
    """Compare what each part costs in each period with `paid`."""
    mine = parts(book)
    for part in sorted(set(mine) | set(paid["part"])):
        there = np.zeros(book.periods)
        rows = paid.loc[paid["part"] == part]
        np.add.at(there, rows["period"].to_numpy(int), rows["value"].to_numpy(float))
        terms = mine.get(part, [])
        here = sum((term.sum(axis=0) for term in terms), np.zeros(book.periods))
        gross = sum((np.abs(term).sum() for term in terms), 0.0)
        for t in np.flatnonzero(~(np.abs(there - here) <= SAME * max(gross, 1e-3))):
            year = book.tables.years[t]
            ledger.faults.append(
                f"recount: money: {part} in {year:g}: {there[t]:.9g} M USD; exactly {here[t]:.9g} M USD would be right"
            )


def parts(book: Book) -> dict[str, list[np.ndarray]]:
    """Terms ``[entity, T]`` of every part."""
    out: dict[str, list[np.ndarray]] = {}
    for part, price, begin, life, amount in _capital(book):
        out.setdefault(part, []).append(amount * price * book.annuity(life, begin))
    for part, rate, amount in _running(book):
        out.setdefault(part, []).append(amount * rate * book.pay)
    n, f = book.n, book.f
    site = book.at("sites", book.key("open", 0))
    out["sites"] = [book.of("open") * n["sites"]["opening_cost"][site][:, None] * book.discount(book.begin)]
    join, deposit, _, odds = _phases(book)
    lead = leads(book)[0][book.at("phases", book.key("join", 0))][:, None]
    out["deposits"] = [join * deposit * (book.discount(book.begin) - odds * book.discount(book.begin + lead))]
    out["unserved"] = _unserved(book)
    klass = book.at("classes", list(f["workloads"]["class"]))
    w = book.at("workloads", book.key("pace", 0))
    age = np.cumsum(active(book), axis=1) * book.dt
    late = worth(book) * n["classes"]["late_loss"][klass][:, None] * age * book.pay * YEARLY
    out["late"] = [book.of("pace") * late[w]]
    return out


def spent(book: Book) -> np.ndarray:
    """Cash spent on capital in each period [M USD], not discounted."""
    total = np.zeros(book.periods)
    for part, price, _, _, amount in _capital(book):
        if part != "power":
            total += (amount * price).sum(axis=0)
    join, deposit, price, _ = _phases(book)
    lead = leads(book)[0][book.at("phases", book.key("join", 0))][:, None]
    later = applied(book.moved(lead), join * price)
    site = book.at("sites", book.key("open", 0))
    opened = book.of("open") * book.n["sites"]["opening_cost"][site][:, None]
    return total + later.sum(axis=0) + (join * deposit).sum(axis=0) + opened.sum(axis=0)


def worth(book: Book) -> np.ndarray:
    """Price at today's demand [USD/PFLOP/h] ``[workload, T]``."""
    klass = book.at("classes", list(book.f["workloads"]["class"]))
    return book.n["classes"]["price"][klass] * book.n["workloads"]["price_factor"][:, None]


def revenue(book: Book) -> np.ndarray:
    """What a contract pays over the windows of all its rows [M USD, discounted], at its first workload."""
    each = (demand(book) * worth(book) * book.pay).sum(axis=1) * YEARLY
    to = book.at("workloads", list(contracts(book).values()))
    return np.bincount(to, each, len(each))


def energy(book: Book) -> tuple[np.ndarray, np.ndarray]:
    """Price [USD/MWh] and emissions [kg/MWh] of what is dispatched ``[(site, source), T]``."""
    s, g = cells(book)
    source, site = book.n["generation"], book.n["sites"]
    price = source["energy_price"][g][:, None] + source["site_price_factor"][g][:, None] * site["power_price"][s]
    carbon = source["carbon"][g][:, None] + source["site_carbon_factor"][g][:, None] * site["carbon"][s]
    return price, carbon


def _phases(book: Book) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Phases joined, their deposit and expected capital [M USD], their odds."""
    f, n = book.f["phases"], book.n
    p = book.at("phases", book.key("join", 0))
    source = book.at("generation", list(f["source"]))[p]
    odds = n["stages"]["odds"][book.at("stages", list(f["stage"]))[p]][:, None]
    megawatts = n["phases"]["power"][p][:, None]
    return (
        book.of("join"),
        n["generation"]["deposit"][source][:, None] * megawatts,
        n["generation"]["capex"][source][:, None] * megawatts * odds,
        odds,
    )


def _capital(book: Book) -> list[tuple]:
    """(part, price [M USD per unit], in service from [yr], life [yr], amount) of everything that is bought."""
    n, f, begin = book.n, book.f, book.begin
    u, build = units(book, "build"), book.of("build")
    life = u.life[:, None]
    join, _, power, _ = _phases(book)
    phase = book.at("phases", book.key("join", 0))
    source = book.at("generation", list(f["phases"]["source"]))[phase]
    hs, hq = book.at("sites", book.key("hall", 0)), book.at("cooling", book.key("hall", 1))
    v = book.at("vehicles", book.key("launch", 0))
    door, line = book.at("doors", book.key("order", 0)), book.at("doors", book.key("line", 0))
    layer = book.at("layers", list(f["doors"]["layer"]))[door]
    doors, hall = n["doors"], book.of("hall")
    shell_life = float(book.tables.settings["construction_life"])
    return [
        ("hardware", n["hardware"]["price"][u.hardware] * u.groups[:, None], begin, life, build),
        ("satellites", _bus(book, u), begin, life, build),
        ("power", power, begin + leads(book)[0][phase][:, None], n["generation"]["life"][source][:, None], join),
        ("cooling", n["cooling"]["capex"][hq][:, None], begin, n["cooling"]["life"][hq][:, None], hall),
        ("construction", n["sites"]["construction"][hs][:, None], begin, shell_life, hall),
        ("launch", n["vehicles"]["price"][v] * cheaper(book, "vehicle")[v], begin, LAUNCH_LIFE, book.of("launch")),
        (
            "supply",
            doors["price"][door] * 1e-6,
            begin + doors["make_time"][door][:, None],
            n["layers"]["life"][layer][:, None],
            book.of("order"),
        ),
        (
            "own lines",
            doors["capex"][line][:, None],
            begin + doors["build_time"][line][:, None],
            doors["life"][line][:, None],
            book.of("line"),
        ),
    ]


def _bus(book: Book, u: Units) -> np.ndarray:
    """Price of a satellite without its chips [M USD]."""
    c = book.n["satellite_classes"]
    if not len(c["bus_price"]):
        return np.zeros((len(u.klass), 1))
    price = c["bus_price"][u.klass] * u.it * 1e-3 + c["mass_price"][u.klass] * u.added * 1e-6
    return np.where(u.orbit, price, 0.0)[:, None] * cheaper(book, "satellite_class")[u.klass]


def _running(book: Book) -> list[tuple]:
    """(part, rate [M USD/yr per unit], amount) of everything that is paid while it lasts."""
    n, f = book.n, book.f
    run, u = book.of("run"), units(book, "run")
    price, carbon = energy(book)
    s, _ = cells(book)
    dispatch, serve, time = book.of("dispatch"), book.of("serve"), book.of("time")
    z = book.at("zones", book.key("serve", 1))
    klass = book.at("classes", list(f["workloads"]["class"]))[book.at("workloads", book.key("serve", 0))]
    t = units(book, "time", 1)
    endpoint = (
        np.where(t.fleet >= 0, n["fleets"]["energy_price"][t.fleet] * t.power * 1e-3, 0.0)
        if len(f["fleets"])
        else np.zeros(len(t.fleet))
    )
    k = n["satellite_classes"]["operations"]
    operations = np.where(u.orbit, k[u.klass], 0.0)[:, None] * _bus(book, u) if len(k) else np.zeros((len(u.klass), 1))
    build_cost = n["sites"]["construction"][book.at("sites", book.key("load", 0))]
    layer = book.at("layers", book.key("stock", 0))
    dearest = np.zeros((len(book.keys("layers")), book.periods))
    of = book.at("layers", list(f["doors"]["layer"]))
    np.maximum.at(dearest, of[of >= 0], n["doors"]["price"][of >= 0])
    upkeep = n["hardware"]["price"][u.hardware] * (u.groups * n["hardware"]["maintenance"][u.hardware])[:, None]
    return [
        ("link", (n["zones"]["link_price"][z] * 12e-6 * n["classes"]["traffic"][klass])[:, None], serve),
        ("serving", pairs.cost_rate(book), serve),
        ("rent", n["leases"]["price"][book.at("leases", book.key("rent", 0))] * YEARLY, book.of("rent")),
        ("operations", operations, run),
        ("upkeep", upkeep, run),
        ("upkeep", float(book.tables.settings["construction_upkeep"]) * build_cost[:, None], book.of("load")),
        ("energy", price * YEARLY, dispatch),
        ("energy", endpoint[:, None] * YEARLY, time),
        ("preference", n["sites"]["preference"][s][:, None] * YEARLY, dispatch),
        ("carbon", carbon * 1e-3 * float(book.tables.settings["carbon_price"]) * YEARLY, dispatch),
        ("stock", n["layers"]["holding_cost"][layer][:, None] * dearest[layer] * 1e-6, book.of("stock")),
    ]


def _unserved(book: Book) -> list[np.ndarray]:
    """Value of demand and work that are not served, by steps of the demand curve."""
    n, f = book.n, book.f
    klass = book.at("classes", list(f["workloads"]["class"]))
    value = worth(book) * book.pay * YEARLY
    share = n["tranches"]["share"]
    middle = np.cumsum(share) - share / 2

    def factor(w: np.ndarray, j: np.ndarray) -> np.ndarray:
        return np.asarray(workload.willingness_to_pay(middle[j], 1.0, n["classes"]["elasticity"][klass[w]]))

    w, j = book.at("workloads", book.key("unserved", 0)), book.at("tranches", book.key("unserved", 1))
    refused = book.of("unserved") * value[w] * factor(w, j)[:, None]
    w, j = book.at("workloads", book.key("undone", 0)), book.at("tranches", book.key("undone", 1))
    live = active(book)
    whole = (np.where(live, value, 0.0).sum(axis=1) / np.maximum(live.sum(axis=1) * book.dt, 1e-9))[w]
    undone = book.of("undone") * (whole * factor(w, j))[:, None]
    signed = book.at("workloads", book.key("accept", 0))
    contract = revenue(book)[signed][:, None]
    first = np.zeros((len(signed), book.periods))
    first[:, :1] = contract
    return [refused, undone, first, -book.of("accept") * contract]
