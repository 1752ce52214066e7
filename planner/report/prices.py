"""Top prices: the limits that are worth most, in words."""

from __future__ import annotations

from typing import Any

import numpy as np

from planner.measures import anchors
from planner.report.reading import Bundle, lines
from planner.report.words import date, number
from planner.results import limit_unit

TOP = 25
DEMAND = ("serve", "work")
HELD = ("delivery", "cooling", "water", "operate", "link", "carbon", "lease")
"""Rows whose limit stands over time; the others limit what happens within one period."""
RESOURCES = (
    *("door", "stock", "supply", "territory", "ramp", "delivery", "cooling", "water", "operate", "sales", "fleet"),
    *("link", "cadence", "mass", "volume", "budget", "debt", "carbon", "max_sites", "lease", "pace"),
)
"""Row families that are resources: what a planner can ask for more of. Demand, choices (once, home, lines), identities
and residency rules have prices too, in `prices.parquet`, but no queue."""
MEANING = {
    "mass": "mass that launches carry to {a}",
    "volume": "volume that launches carry to {a}",
    "pace": "highest pace of {a}",
    "door": "free capacity of {a}",
    "supply": "{a} already in flight",
    "stock": "room to keep {a}",
    "territory": "new load that {a} energises in the period",
    "ramp": "power that {a} can add",
    "delivery": "{b} power that stands at {a} at the start",
    "cooling": "halls with {b} that stand at {a}",
    "water": "water permit of {a}",
    "operate": "{b} standing in {a} at the start",
    "sales": "sales of {a} in the period",
    "fleet": "endpoints that {a} builds",
    "link": "links of {a}",
    "cadence": "flights of {a}",
    "learned": "tonnes promised to the price {a}",
    "budget": "money that may be spent on capital ({a})",
    "debt": "debt that may stand ({a})",
    "carbon": "emissions allowed ({a})",
    "max_sites": "sites that may be committed to ({a})",
    "once": "{a}: the queue, joined once",
    "open_once": "{a}: the site, opened once",
    "line_once": "{a}: the own line, built once",
    "home": "one home for {a}",
    "lease": "compute for rent ({a})",
    "residency": "residency rule {a} on {b}",
    "door_loss": "what must be possible without one door ({a}, {b})",
}
TABLES = {
    "pace": ("workloads",),
    "door": ("doors",),
    "supply": ("layers",),
    "stock": ("layers",),
    "territory": ("territories",),
    "ramp": ("sites",),
    "delivery": ("sites", "generation"),
    "cooling": ("sites", "cooling"),
    "water": ("sites",),
    "operate": ("zones", "hardware"),
    "sales": ("hardware",),
    "fleet": ("fleets",),
    "link": ("zones",),
    "cadence": ("vehicles",),
    "mass": ("shells",),
    "volume": ("shells",),
    "learned": ("learning",),
    "once": ("phases",),
    "open_once": ("sites",),
    "line_once": ("doors",),
    "home": ("workloads",),
}
INPUTS = {
    "door": ("doors", "capacity", "sold"),
    "territory": ("territories", "throughput"),
    "ramp": ("sites", "ramp"),
    "delivery": ("sites", "energised"),
    "water": ("sites", "water_permit"),
    "link": ("zones", "link_capacity"),
    "lease": ("leases", "capacity"),
    "cadence": ("vehicles", "cadence"),
    "learned": ("learning", "assumed"),
    "sales": ("hardware", "ramp"),
    "fleet": ("fleets", "new_units"),
    "budget": ("limits", "amount"),
    "carbon": ("limits", "amount"),
    "max_sites": ("limits", "amount"),
}


def prices(bundle: Bundle) -> dict[str, object]:
    """Rows by what their limit is worth over the periods shown, with the price where it is highest."""
    frame = bundle.prices.copy()
    frame["worth"] = (frame["price"] * frame["limit"]).abs()
    frame = frame.loc[np.isfinite(frame["worth"]) & (frame["worth"] > 1e-6) & ~frame["row"].isin(DEMAND)]
    note = str(bundle.prices["integers"].iloc[0]) if len(bundle.prices) else "none"
    if not len(frame):
        return {"rows": [], "note": note, "more": 0, "classes": _classes(bundle)}
    keys = ["row", "a", "b", "c"]
    total = frame.groupby(keys, sort=False)["worth"].sum()
    peak = frame.loc[frame.groupby(keys, sort=False)["worth"].idxmax()].set_index(keys).to_dict("index")
    rows = [_row(bundle, key, peak[key], float(total[key])) for key in total.sort_values(ascending=False).index[:TOP]]
    return {"rows": rows, "note": note, "more": max(len(total) - TOP, 0), "classes": _classes(bundle)}


def _row(bundle: Bundle, key: tuple[str, str, str, str], peak: dict[str, Any], total: float) -> dict[str, object]:
    family, *entity = key
    unit = limit_unit(bundle.tables, family, entity[0], str(peak["unit"]))
    known = INPUTS.get(family)
    sign = -1.0 if family == "supply" else 1.0  # written as -arriving <= ...: what is in flight is minus its limit
    return {
        "name": f"{family}[{','.join(e for e in entity if e)}]",
        "meaning": said(bundle, key),
        "when": date(float(peak["year"])),
        "price": _price(sign * float(peak["price"]), unit),
        "held": _price(sign * float(peak["price_per_year"]), unit) if family in HELD else "–",
        "limit": f"{number(sign * float(peak['limit']))} {unit}",
        "worth": total,
        "weak": bool(known) and bundle.weak(known[0], entity[0], *known[1:]),
    }


def said(bundle: Bundle, key: tuple[str, str, str, str]) -> str:
    """A row (family and entity) in words."""
    family, *entity = key
    tables = TABLES.get(family, ())
    a, b = (titled(bundle, tables[i] if i < len(tables) else "", e) for i, e in enumerate(entity[:2]))
    return MEANING.get(family, "{a} {b}").format(a=a, b=b).strip()


def _classes(bundle: Bundle) -> list[dict[str, Any]]:
    """Marginal cost of serving each rate class against today's price, which anchors it [USD/PFLOP/h]."""
    return [
        {
            "name": bundle.name("classes", r.klass),
            "mean": r.mean,
            "low": r.low,
            "high": r.high,
            "anchor": number(r.least) if r.most - r.least < 1e-9 else f"{number(r.least)} to {number(r.most)}",
            "weak": bundle.weak("classes", r.klass, "price"),
        }
        for r in lines(anchors(bundle.tables, bundle.prices))
    ]


def titled(bundle: Bundle, table: str, key: str) -> str:
    """A row's title; of workloads and phases what and where."""
    if table == "workloads" and key in bundle.tables.frames["workloads"].index:
        w = bundle.tables.frames["workloads"].loc[key]
        return f"{bundle.name('classes', w['class'])}, {bundle.name('regions', w['region'])}"
    phases = bundle.tables.frames["phases"]
    if table == "phases" and key in phases.index:
        source, site = phases.loc[key, "source"], phases.loc[key, "site"]
        return f"{bundle.name('generation', source)} at {bundle.name('sites', site)}"
    return bundle.name(table, key) if table else key


def _price(price: float, unit: str) -> str:
    """A price [M USD per unit] in the money that keeps it short; below 0: one unit more costs it."""
    for scale, name in ((1.0, "M USD"), (1e3, "k USD"), (1e6, "USD")):
        if abs(price) * scale >= 1:
            return f"{number(price * scale)} {name} per {unit}"
    return f"{number(price * 1e6)} USD per {unit}"
