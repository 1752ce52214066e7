"""What buyers ask for beyond their class: where it may be served, and on racks how dense."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from compute_stack import workload
from planner.recount.book import Book, Ledger
from planner.recount.compute import HUMAN_DAY, rates, units


def count(book: Book, ledger: Ledger, whole: bool) -> None:
    """Served where the buyer lets it; dense work on dense racks; no rack denser than its zone takes."""
    _allowed(book, ledger)
    _dense(book, ledger)
    u = units(book, "build")
    most = book.n["zones"]["max_density"][u.zone]
    ground = book.f["zones"]["kind"].to_numpy()[u.zone] == "ground"
    over = np.where((ground & (u.power > most))[:, None], book.of("build"), 0.0)
    ledger.at_most(
        "max_density: racks denser than their zone takes",
        book.entities.get("build", []),
        over,
        np.zeros_like(over),
        "units",
    )


def _allowed(book: Book, ledger: Ledger) -> None:
    f, names, serve = book.f, book.entities.get("serve", []), book.of("serve")
    law = dict(zip(book.keys("zones"), f["zones"]["jurisdiction"], strict=True))
    asked = dict(zip(book.keys("workloads"), f["workloads"]["jurisdictions"], strict=True))
    away = np.array([asked[w] != "*" and law[z] not in asked[w].split(";") for w, z, *_ in names], bool)
    out = np.where(away[:, None], serve, 0.0)
    ledger.at_most("jurisdictions: served where the buyer does not let it", names, out, np.zeros_like(out), "PFLOP/s")


def _dense(book: Book, ledger: Ledger) -> None:
    """For each density asked for: what such work takes of a zone is at most what racks that dense give."""
    f, n = book.f, book.n
    w, z = book.at("workloads", book.key("serve", 0)), book.at("zones", book.key("serve", 1))
    klass = book.at("classes", list(f["workloads"]["class"]))[w]
    profiles, zones = book.keys("profiles"), book.keys("zones")
    to = book.at("profiles", list(f["classes"]["profile"]))[klass] * len(zones) + z
    t = units(book, "time", 1)
    of = book.at("profiles", book.key("time", 0)) * len(zones) + t.zone
    given = book.of("time") * rates(book)[:, None]
    rack, asked = n["hardware"]["power"][t.hardware], n["workloads"]["density"][w]
    blocks = int(book.tables.settings["blocks"])
    region = book.at("regions", list(f["workloads"]["region"]))[w]
    offset = jnp.asarray(n["regions"]["utc_offset"][region])
    curve = np.asarray(workload.block_shape(jnp.asarray(HUMAN_DAY), offset, blocks)) if blocks > 1 else None
    human = (f["classes"]["diurnal"] == "human").to_numpy()[klass]
    firm = ~f["classes"]["interruptible"].to_numpy(bool)[klass]
    for least in sorted({float(v) for v in n["workloads"]["density"] if v > 0}):
        names = [(p, zone, f"{least:g} kW") for p in profiles for zone in zones]
        gives = book.total(given, np.where(rack >= least, of, -1), len(names))
        mine = asked >= least
        takes = book.total(book.of("serve"), np.where(mine, to, -1), len(names))
        ledger.at_most("dense: work that wants dense racks against what they give", names, takes, gives, "PFLOP/s")
        for k in range(blocks if curve is not None else 0):
            shape = np.where(human, curve[:, k], 1.0)[:, None] if curve is not None else 1.0
            peak = book.total(book.of("serve") * shape, np.where(mine & firm, to, -1), len(names))
            rule = f"dense: steady work that wants dense racks in block {k + 1} of {blocks}"
            ledger.at_most(rule, names, peak, gives, "PFLOP/s")
