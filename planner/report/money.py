"""Money: parts that add up to the objective, the hidden tail as a part of its own."""

from __future__ import annotations

import math

from planner.report.reading import Bundle

TAIL = "after the periods shown"
MEANING = {
    "hardware": "racks, endpoints and satellite payloads, without their supply layers",
    "supply": "orders from supply layers",
    "satellites": "satellite buses",
    "launch": "launches",
    "power": "plants and connections",
    "deposits": "queue deposits, lost with the odds",
    "energy": "energy",
    "cooling": "cooling plant",
    "construction": "shells, electrical and white space",
    "upkeep": "upkeep of hardware and shells",
    "operations": "satellite operations",
    "link": "traffic to users",
    "carbon": "price of emissions",
    "preference": "stated regional preference",
    "stock": "holding stock",
    "own lines": "own doors",
    "sites": "opening sites",
    "serving": "serving a workload from a place (arcs.csv)",
    "rent": "compute for rent",
    "late": "value lost by finishing jobs late",
    "unserved": "what buyers would have paid for what is not served",
    TAIL: "planned so that what is in flight is worth something; hidden elsewhere",
}


def money(bundle: Bundle) -> dict[str, object]:
    """Parts by size, their sum, the objective and the difference."""
    frame, objective = bundle.money, float(bundle.certificate["objective"])
    tail = frame["tail"].to_numpy(bool)
    sums = frame.loc[~tail].groupby("part", sort=False)[["value"]].sum()
    parts: dict[str, float] = sums["value"].to_dict()
    if tail.any():
        parts[TAIL] = float(frame.loc[tail, "value"].sum())
    total = math.fsum(frame["value"])
    largest = max((abs(v) for v in parts.values()), default=1.0) or 1.0
    crumbs = {p: v for p, v in parts.items() if abs(v) < 1e-6 * largest}
    if len(crumbs) > 1:
        parts = {p: v for p, v in parts.items() if p not in crumbs} | {"all other parts": math.fsum(crumbs.values())}
    rows = [
        {
            "part": p,
            "meaning": MEANING.get(p, ""),
            "value": v,
            "share": v / total if total else math.nan,
            "width": round(100 * abs(v) / largest, 2),
        }
        for p, v in sorted(parts.items(), key=lambda item: -abs(item[1]))
        if v
    ]
    difference = total - objective
    return {
        "rows": rows,
        "total": total,
        "objective": objective,
        "difference": difference,
        "adds_up": abs(difference) <= 1e-6 * max(abs(objective), 1.0),
    }
