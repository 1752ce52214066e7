"""Limits over the whole plan, and the residency shares."""

from __future__ import annotations

import numpy as np

from planner.recount import money
from planner.recount.book import Book, Ledger
from planner.recount.places import cells


def count(book: Book, ledger: Ledger, whole: bool) -> None:
    """Budget, debt, carbon, sites, shares, the loss of a door, residency."""
    amounts = book.n["limits"]["amount"]
    for i, (name, rule) in enumerate(book.tables.rows("limits")):
        if rule["on"] and rule["kind"] in _RULES:
            _RULES[rule["kind"]](book, ledger, name, rule["subject"], amounts[i])
    _residency(book, ledger)


def _budget(book: Book, ledger: Ledger, name: str, subject: str, amount: np.ndarray) -> None:
    spent = money.spent(book)[None, :]
    ledger.at_most("budget: money spent on capital", [name], spent, amount[None, :] * book.dt * 1e3, "M USD")


def _debt(book: Book, ledger: Ledger, name: str, subject: str, amount: np.ndarray) -> None:
    limits = book.f["limits"]
    on = np.array([k == "equity" and o for k, o in zip(limits["kind"], limits["on"], strict=True)], bool)
    equity = book.n["limits"]["amount"][on].sum(axis=0) * 1e3
    owed = book.of("debt").sum(axis=0)
    borrowed = float(book.tables.settings["debt_share"]) * money.spent(book)
    ledger.at_most(
        "borrow: the borrowed share of capital against new debt",
        [name],
        borrowed[None],
        np.diff(owed, prepend=0.0)[None],
        "M USD",
    )
    who = book.at("workloads", book.key("accept", 0))
    covered = (book.of("accept").sum(axis=1) * money.revenue(book)[who]).sum() * amount
    ledger.at_most(
        "debt: debt against equity and contracted revenue", [name], owed[None], (equity + covered)[None], "M USD"
    )


def _carbon(book: Book, ledger: Ledger, name: str, subject: str, amount: np.ndarray) -> None:
    emitted = (book.of("dispatch") * money.energy(book)[1]).sum(axis=0) * 8766e-9
    ledger.at_most("carbon: emissions of dispatched energy", [name], emitted[None], amount[None], "Mt/yr", 1.0)


def _max_sites(book: Book, ledger: Ledger, name: str, subject: str, amount: np.ndarray) -> None:
    opened = book.of("open").sum()
    ledger.at_most("max_sites: sites committed to", [name], np.array([[opened]]), amount[None, :1], "sites", 1.0)


def _share(
    book: Book, ledger: Ledger, rule: str, name: str, mine: np.ndarray, every: np.ndarray, amount: np.ndarray, unit: str
) -> None:
    ledger.at_most(rule, [name], mine[None], (amount * every)[None], unit)


def _site_share(book: Book, ledger: Ledger, name: str, subject: str, amount: np.ndarray) -> None:
    site, power = cells(book)[0], book.of("dispatch")
    for s, key in enumerate(book.keys("sites")):
        if subject in ("*", key):
            _share(
                book,
                ledger,
                "site_share: power of one site",
                f"{name},{key}",
                power[site == s].sum(axis=0),
                power.sum(axis=0),
                amount,
                "MW facility",
            )


def _jurisdiction_share(book: Book, ledger: Ledger, name: str, subject: str, amount: np.ndarray) -> None:
    power = book.of("dispatch")
    law = dict(zip(book.keys("zones"), book.f["zones"]["jurisdiction"], strict=True))
    here = np.array([law[z] for z in np.array(book.f["sites"]["zone"], object)[cells(book)[0]]], object)
    for key in book.keys("jurisdictions"):
        if subject in ("*", key) and (here == key).any():
            _share(
                book,
                ledger,
                "jurisdiction_share: power under one law",
                f"{name},{key}",
                power[here == key].sum(axis=0),
                power.sum(axis=0),
                amount,
                "MW facility",
            )


def _layers(book: Book, subject: str) -> list[tuple[str, list[str]]]:
    doors = book.tables.rows("doors")
    return [(k, [d for d, row in doors if row["layer"] == k]) for k in book.keys("layers") if subject in ("*", k)]


def _door_share(book: Book, ledger: Ledger, name: str, subject: str, amount: np.ndarray) -> None:
    orders, at = book.of("order"), np.array(book.key("order", 0), object)
    for layer, doors in _layers(book, subject):
        every = orders[np.isin(at, doors)].sum(axis=0)
        for door in doors:
            mine = orders[at == door].sum(axis=0)
            scale = float(book.n["layers"]["scale"][book.at("layers", [layer])[0]])
            ledger.at_most(
                "door_share: orders at one door", [f"{name},{door}"], mine[None], (amount * every)[None], "units", scale
            )


def _door_loss(book: Book, ledger: Ledger, name: str, subject: str, amount: np.ndarray) -> None:
    orders, at, doors = book.of("order"), np.array(book.key("order", 0), object), book.n["doors"]
    free = doors["capacity"] * (1.0 - doors["sold"]) * book.dt * ~book.f["doors"]["own"].to_numpy(bool)[:, None]
    for layer, same in _layers(book, subject):
        scale = float(book.n["layers"]["scale"][book.at("layers", [layer])[0]])
        for door in same:
            others = free[book.at("doors", [d for d in same if d != door])].sum(axis=0)
            used = amount * orders[np.isin(at, same)].sum(axis=0)
            ledger.at_most(
                "door_loss: orders that must be possible without one door",
                [f"{name},{door}"],
                used[None],
                others[None],
                "units",
                scale,
            )


def _residency(book: Book, ledger: Ledger) -> None:
    f, n, middle = book.f, book.n["residency"], book.middle
    law = dict(zip(book.keys("zones"), f["zones"]["jurisdiction"], strict=True))
    home = dict(zip(book.keys("regions"), f["regions"]["jurisdiction"], strict=True))
    serve, names = book.of("serve"), book.entities.get("serve", [])
    where = np.array([law[e[1]] for e in names], object)
    for i, (name, rule) in enumerate(book.tables.rows("residency")):
        span = (middle >= n["from"][i]) & (middle <= n["until"][i])
        for w, klass, region in zip(
            book.keys("workloads"), f["workloads"]["class"], f["workloads"]["region"], strict=True
        ):
            if home[region] != rule["jurisdiction"] or not (
                rule["classes"] == "*" or klass in rule["classes"].split(";")
            ):
                continue
            mine = np.array([e[0] == w for e in names], bool)
            inside = serve[mine & (where == rule["jurisdiction"])].sum(axis=0) * span
            every = serve[mine].sum(axis=0) * span
            ledger.at_least(
                "residency: work served inside",
                [f"{name},{w}"],
                inside[None],
                (n["inside"][i] * every)[None],
                "PFLOP/s",
            )
            legal = [rule["jurisdiction"], *(rule["allowed"].split(";") if n["inside"][i] < 1 else [])]
            if n["inside"][i] >= 1 or rule["allowed"] != "*":
                out = serve[mine & ~np.isin(where, legal)].sum(axis=0) * span
                ledger.at_most(
                    "residency: work served where it may not be",
                    [f"{name},{w}"],
                    out[None],
                    np.zeros((1, book.periods)),
                    "PFLOP/s",
                )


_RULES = {
    "budget": _budget, "debt": _debt, "carbon": _carbon, "max_sites": _max_sites, "door_share": _door_share,
    "door_loss": _door_loss, "site_share": _site_share, "jurisdiction_share": _jurisdiction_share,
}  # fmt: skip
