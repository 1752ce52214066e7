"""Supply layers and lift: what doors can make, what items draw, what launches carry."""

from __future__ import annotations

import numpy as np

from planner.recount.book import Book, Ledger, applied
from planner.recount.compute import units
from planner.recount.places import joined, leads


def count(book: Book, ledger: Ledger, whole: bool) -> None:
    """Orders <= doors; deliveries and stock cover the bills; mass and volume <= launches <= cadence."""
    if len(book.keys("doors")):
        _doors(book, ledger)
    if len(book.keys("layers")) and len(book.keys("doors")):
        _balance(book, ledger)
    _lift(book, ledger)


def capacity(book: Book) -> np.ndarray:
    """What a door can make or fly for us in a period [units] ``[door, T]``."""
    d = book.n["doors"]
    return d["capacity"] * (1.0 - d["sold"]) * book.dt


def _working(book: Book) -> np.ndarray:
    """Share of a period in which own lines work ``[door, T]``."""
    started = book.total(book.of("line"), book.at("doors", book.key("line", 0)), len(book.keys("doors")))
    return applied(book.energised(book.n["doors"]["build_time"]), started)


def _doors(book: Book, ledger: Ledger) -> None:
    own = book.f["doors"]["own"].to_numpy(bool)[:, None]
    names = book.keys("doors")
    ordered = book.total(book.of("order"), book.at("doors", book.key("order", 0)), len(names))
    most = capacity(book) * np.where(own, _working(book), 1.0)
    scale = (
        _scale(book)[book.at("layers", list(book.f["doors"]["layer"]))]
        if len(book.keys("layers"))
        else np.ones(len(names))
    )
    ledger.at_most("door: orders against free capacity", names, ordered, most, "units", scale[:, None])


def _scale(book: Book) -> np.ndarray:
    return book.n["layers"]["scale"]


def _balance(book: Book, ledger: Ledger) -> None:
    n, f = book.n, book.f
    names = book.keys("layers")
    layer = book.at("layers", list(f["doors"]["layer"]))
    at_door = book.at("doors", book.key("order", 0))
    arrived = book.total(
        applied(book.moved(n["doors"]["make_time"][at_door][:, None]), book.of("order")), layer[at_door], len(names)
    )
    for i, k in enumerate(book.at("layers", list(f["inflight"]["layer"]))):
        t = np.floor((n["inflight"]["arrives"][i] - book.tables.years[0]) / book.dt)
        arrived[k, int(np.clip(t, 0, book.periods - 1))] += n["inflight"]["quantity"][i]
    stock = book.total(book.of("stock"), book.at("layers", book.key("stock", 0)), len(names))
    room = n["layers"]["max_stock"][:, None] * book.total(capacity(book) / book.dt, layer, len(names))
    scale = _scale(book)[:, None]
    ledger.at_most("stock: units kept against a share of yearly supply", names, stock, room, "units", scale)
    kept = stock - np.concatenate([np.zeros((len(names), 1)), stock[:, :-1]], axis=1)
    ledger.at_most(
        "supply: units drawn and stored against delivered", names, _drawn(book) + kept, arrived, "units", scale
    )


def _drawn(book: Book) -> np.ndarray:
    """Units that the plan's items draw ``[layer, T]``."""
    f, n = book.f, book.n
    out = np.zeros((len(book.keys("layers")), book.periods))
    u = units(book, "build")
    power = n["phases"]["power"][:, None]
    source = np.array(f["phases"]["source"], object)
    technology, line = np.array(book.key("hall", 1), object), np.array(book.key("line", 0), object)
    hardware = np.array(book.keys("hardware"), object)[u.hardware]
    classes = np.array([*book.keys("satellite_classes"), ""], object)[u.klass]
    lead, _ = leads(book)
    for b, (_, bill) in enumerate(book.tables.rows("bills")):
        before = -n["bills"]["lead"][b]
        uses, delay = {
            "hardware": (book.of("build") * np.where(hardware == bill["item"], u.groups, 0.0)[:, None], before),
            "satellite_classes": (book.of("build") * (classes == bill["item"])[:, None], before),
            "generation": (joined(book) * power * (source == bill["item"])[:, None], before + lead[:, None]),
            "cooling": (book.of("hall") * (technology == bill["item"])[:, None], before),
            "construction": (book.of("hall"), before),
            "doors": (book.of("line") * (line == bill["item"])[:, None], before),
        }[bill["of"]]
        kernel = book.moved(np.broadcast_to(delay, (len(uses), 1)) * np.ones((1, book.periods)))
        out[book.at("layers", [bill["layer"]])[0]] += n["bills"]["quantity"][b] * applied(kernel, uses).sum(axis=0)
    return out


def _lift(book: Book, ledger: Ledger) -> None:
    n, f = book.n, book.f
    shells, vehicles = book.keys("shells"), book.keys("vehicles")
    if not len(book.keys("satellites")) or not vehicles:
        return
    u, build = units(book, "build"), book.of("build")
    shell = np.where(u.orbit, book.at("shells", list(f["satellites"]["shell"]))[u.satellite], -1)
    c, k = n["satellite_classes"], u.klass
    volume = c["volume"][k] * c["it_power"][k]
    v, o = book.at("vehicles", book.key("launch", 0)), book.at("shells", book.key("launch", 1))
    flown = book.of("launch") * n["vehicles"]["success"][v][:, None]
    tonnes = flown * (n["vehicles"]["payload"][v] * n["shells"]["lift_factor"][o])[:, None]
    ledger.at_most(
        "mass: new satellites against launches",
        shells,
        book.total(build * u.mass[:, None] * 1e-3, shell, len(shells)),
        book.total(tonnes, o, len(shells)),
        "t",
    )
    classes = [*book.keys("satellite_classes"), ""]
    for i, (curve, row) in enumerate(book.tables.rows("learning")):
        built = build * ((k == classes.index(row["satellite_class"])) & u.orbit)[:, None] * u.mass[:, None] * 1e-3
        sent = tonnes * (v == [*vehicles, ""].index(row["vehicle"]))[:, None]
        done = np.cumsum((built if row["satellite_class"] else sent).sum(axis=0))
        owed = np.cumsum(n["learning"]["assumed"][i] * book.dt)
        ledger.at_least("learned: tonnes against those that prices assume", [curve], done[None], owed[None], "t")
    room = book.total(flown * n["vehicles"]["fairing"][v][:, None], o, len(shells))
    ledger.at_most(
        "volume: new satellites against fairings",
        shells,
        book.total(build * volume[:, None], shell, len(shells)),
        room,
        "m^3",
    )
    pads = book.at("vehicles", list(f["doors"]["vehicle"]))
    more = book.total(capacity(book) * _working(book), pads, len(vehicles)) if len(pads) else 0.0
    flights = book.total(book.of("launch"), v, len(vehicles))
    ledger.at_most(
        "cadence: launches of a vehicle", vehicles, flights, n["vehicles"]["cadence"] * book.dt + more, "launches", 1.0
    )
