"""The order-by calendar: what is ordered from whom, by when, for when, and what it costs."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from planner.check import planned_leads
from planner.report.reading import Bundle, lines
from planner.report.words import quantity

TOP = 40
LEAST = 1e-3
"""Decisions below are noise of an interior solution."""
COLUMNS = ["kind", "what", "who", "order_by", "ready_by", "quantity", "unit", "cost", "weak"]


def calendar(bundle: Bundle) -> dict[str, object]:
    """Orders of a calendar year as one row; the dearest rows by date, the rest summed."""
    parts = [_supply(bundle), _joins(bundle), _lines(bundle), _launches(bundle), _hardware(bundle)]
    parts = [p for p in parts if len(p)]
    if not parts:
        return {"rows": [], "rest": None, "kinds": []}
    frame = pd.concat(parts, ignore_index=True)
    frame["year"] = np.floor(frame["order_by"] + 1e-6)
    keys = ["kind", "what", "who", "unit", "year"]
    grouped = frame.groupby(keys, sort=False, as_index=False).agg(
        order_by=("order_by", "min"),
        ready_by=("ready_by", "min"),
        quantity=("quantity", "sum"),
        cost=("cost", "sum"),
        weak=("weak", "any"),
    )
    grouped = grouped.sort_values("cost", ascending=False)
    top, rest = (
        grouped.head(TOP).sort_values(["order_by", "kind", "cost"], ascending=[True, True, False]),
        grouped.iloc[TOP:],
    )
    rows = top.to_dict("records")
    for row in rows:
        row["amount"] = f"{quantity(row['quantity'])} {row['unit']}".strip()
    kinds = grouped.groupby("kind", sort=False)["cost"].agg(["count", "sum"]).reset_index().to_dict("records")
    return {
        "rows": rows,
        "rest": {"count": len(rest), "cost": float(rest["cost"].sum())} if len(rest) else None,
        "kinds": kinds,
    }


def _rows(records: list[tuple]) -> pd.DataFrame:
    return pd.DataFrame(records, columns=COLUMNS)


def _there(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.loc[frame["value"] > LEAST]


def _supply(bundle: Bundle) -> pd.DataFrame:
    tables, n = bundle.tables, bundle.tables.numbers["doors"]
    place = {k: i for i, k in enumerate(tables.keys("doors"))}
    doors, layers = tables.frames["doors"], tables.frames["layers"]
    out = []
    for r in lines(_there(bundle.family("orders", "order"))):
        i, layer = place[r.a], doors["layer"][r.a]
        cost = r.value * n["price"][i, r.period] * 1e-6
        weak = bundle.weak("doors", r.a, "capacity", "price")
        out.append(
            (
                "supply",
                bundle.name("layers", str(layer)),
                bundle.name("doors", r.a),
                r.year,
                r.year + n["make_time"][i],
                r.value,
                layers["unit"][layer] or "units",
                cost,
                weak,
            )
        )
    return _rows(out)


def _joins(bundle: Bundle) -> pd.DataFrame:
    tables, n = bundle.tables, bundle.tables.numbers
    place = {k: i for i, k in enumerate(tables.keys("phases"))}
    lead, phases = planned_leads(tables), tables.frames["phases"]
    odds = n["stages"]["odds"][tables.index("phases", "stage")]
    source = tables.index("phases", "source")
    out = []
    for r in lines(_there(bundle.family("builds", "join"))):
        i = place[r.a]
        size = n["phases"]["power"][i] * r.value
        cost = size * (n["generation"]["deposit"][source[i]] + n["generation"]["capex"][source[i]] * odds[i])
        site = phases["site"].iloc[i]
        territory = tables.frames["sites"]["territory"][site]
        who = (
            bundle.name("territories", str(territory))
            if tables.frames["generation"]["kind"].iloc[source[i]] == "grid"
            else "on site"
        )
        kind = bundle.name("generation", phases["source"].iloc[i])
        what = f"{kind} at {bundle.name('sites', site)} ({r.a}, {odds[i]:.0%} odds)"
        weak = bundle.weak("phases", r.a, "power") or bundle.weak("stages", phases["stage"].iloc[i], "odds")
        out.append(("queue", what, who, r.year, r.year + lead[i], size, "MW facility", cost, weak))
    return _rows(out)


def _lines(bundle: Bundle) -> pd.DataFrame:
    tables, n = bundle.tables, bundle.tables.numbers["doors"]
    place = {k: i for i, k in enumerate(tables.keys("doors"))}
    out = []
    for r in lines(_there(bundle.family("builds", "line"))):
        i = place[r.a]
        out.append(
            (
                "own line",
                bundle.name("doors", r.a),
                "own",
                r.year,
                r.year + n["build_time"][i],
                r.value,
                "line",
                n["capex"][i] * r.value,
                bundle.weak("doors", r.a, "capex"),
            )
        )
    return _rows(out)


def _launches(bundle: Bundle) -> pd.DataFrame:
    tables, n = bundle.tables, bundle.tables.numbers["vehicles"]
    place = {k: i for i, k in enumerate(tables.keys("vehicles"))}
    out = []
    for r in lines(_there(bundle.family("launches", "launch"))):
        i = place[r.a]
        who = tables.frames["vehicles"]["operator"].iloc[i] or r.a
        out.append(
            (
                "launch",
                bundle.name("vehicles", r.a),
                who,
                r.year,
                r.year,
                r.value,
                "launches",
                r.value * n["price"][i, r.period],
                bundle.weak("vehicles", r.a, "price"),
            )
        )
    return _rows(out)


def _hardware(bundle: Bundle) -> pd.DataFrame:
    """Racks, satellites, endpoints: ordered as long before service as the longest lead of their bill."""
    tables, n = bundle.tables, bundle.tables.numbers
    bills, hardware = tables.frames["bills"], tables.frames["hardware"]
    start = float(tables.years[0])
    satellites = {k: i for i, k in enumerate(tables.keys("satellites"))}
    chip, design = tables.index("satellites", "hardware"), tables.index("satellites", "satellite_class")
    place = {k: i for i, k in enumerate(tables.keys("hardware"))}
    unit = {"rack": "racks", "satellite": "satellites", "endpoint": "endpoints"}
    out = []
    for r in lines(_there(bundle.family("builds", "build"))):
        flies = r.b in satellites
        h = int(chip[satellites[r.b]]) if flies else place[r.b]
        key = tables.keys("hardware")[h]
        each, extra, what = 1.0, 0.0, bundle.name("hardware", key)
        drawn = (bills["of"] == "hardware") & (bills["item"] == key)
        if flies:
            k = int(design[satellites[r.b]])
            klass = n["satellite_classes"]
            each = klass["it_power"][k] / n["hardware"]["power"][h]
            extra = klass["bus_price"][k] * klass["it_power"][k] * 1e-3
            name = tables.keys("satellite_classes")[k]
            what = f"satellite, {bundle.name('satellite_classes', name)}: {what}"
            drawn |= (bills["of"] == "satellite_classes") & (bills["item"] == name)
        lead = float(n["bills"]["lead"][drawn.to_numpy(bool)].max(initial=0.0))
        cost = r.value * (n["hardware"]["price"][h, r.period] * each + extra)
        weak = bundle.weak("hardware", key, "price")
        ready = float(r.year)
        kind = unit[hardware["container"].iloc[h]]
        out.append(
            (
                "hardware",
                what,
                hardware["vendor"].iloc[h] or "maker",
                max(ready - lead, min(start, ready)),
                ready,
                r.value,
                kind,
                cost,
                weak,
            )
        )
    frame = _rows(out)
    return frame.loc[frame["cost"].map(math.isfinite)]
