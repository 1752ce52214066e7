"""What depends on workload and place together, and compute for rent, counted from arcs.csv and leases.csv."""

from __future__ import annotations

import numpy as np

from planner.recount.book import Book, Ledger
from planner.recount.places import closed, demand, opened


def count(book: Book, ledger: Ledger, whole: bool) -> None:
    """Rented <= offered, where a site is closed only once it is open; nothing is served where a pair is barred."""
    f, names = book.f["leases"], book.keys("leases")
    rented = book.total(book.of("rent"), book.at("leases", book.key("rent", 0)), len(names))
    site = book.at("sites", list(f["site"]))
    zones = list(book.f["sites"]["zone"])
    offered = book.n["leases"]["capacity"]
    ledger.at_most("lease: rented against what is offered", names, rented, offered, "PFLOP/s")
    waits = closed(book)[site]
    for lease in np.flatnonzero(waits):
        there = opened(book)[[site[lease]]]
        with np.errstate(invalid="ignore"):
            most = np.where(there > 0, there * offered[[lease]], 0.0)
        if np.isfinite(offered[lease]).all() or zones.count(zones[site[lease]]) > 1:
            ledger.at_most("lease: rented at a site that is not open", [names[lease]], rented[[lease]], most, "PFLOP/s")
    barred = {
        (w, z)
        for w, z, may in zip(*(book.f["arcs"][c] for c in ("workload", "zone", "allowed")), strict=True)
        if not may
    }
    entities = book.entities.get("serve", [])
    bad = np.array([tuple(e[:2]) in barred for e in entities], bool)[:, None]
    served = np.where(bad, book.of("serve"), 0.0)
    ledger.at_most("pair: served where arcs.csv bars it", entities, served, np.zeros_like(served), "PFLOP/s")


def taken(book: Book) -> np.ndarray:
    """Compute taken at the place for what is served ``[(workload, zone), T]`` [PFLOP/s]."""
    use = _of_arcs(book, book.n["arcs"]["use"], 1.0)
    return book.of("serve") * use[:, None]


def cost_rate(book: Book) -> np.ndarray:
    """What serving costs by pair ``[(workload, zone), T]`` [M USD/yr per PFLOP/s]."""
    wanted = demand(book)[book.at("workloads", book.key("serve", 0))]
    cost = np.stack([_of_arcs(book, c, 0.0) for c in book.n["arcs"]["cost"].T], axis=1)
    return np.divide(cost, wanted, out=np.zeros_like(wanted), where=wanted > 0)


def _of_arcs(book: Book, values: np.ndarray, otherwise: float) -> np.ndarray:
    listed = {
        pair: v
        for pair, v in zip(zip(book.f["arcs"]["workload"], book.f["arcs"]["zone"], strict=True), values, strict=True)
    }
    return np.array([listed.get((e[0], e[1]), otherwise) for e in book.entities.get("serve", [])])
