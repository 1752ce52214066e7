"""What a sweep keeps of a plan: one row of figures, levelised costs, and the limits that bind."""

from __future__ import annotations

from typing import Any

import numpy as np

from planner.measures import levelised_cost
from planner.results import Plan, money_parts, row_unit

UNITS = {
    "cost": "M USD",
    "bound": "M USD",
    "gap": "1",
    "served": "1",
    "served_earth": "1",
    "served_orbit": "1",
    "served_endpoints": "1",
    "earth": "GW facility",
    "orbit": "GW IT",
    "endpoints": "unit",
    "seconds": "s",
}
"""Figures of a row and their units. `served` is by value at today's price over the periods shown, and adds up from the
three kinds of place; `earth` (power energised), `orbit` and `endpoints` (running): at the last period shown."""

TOP = 5
_DEMAND = ("serve", "run", "pace", "work")


def figures(plan: Plan) -> dict[str, float]:
    """The figures of `UNITS` but the seconds, and each money part [M USD] as ``money.<part>``."""
    certificate = plan.certificate
    out = {"cost": plan.objective, "bound": certificate.bound * 1e3, "gap": certificate.gap_relative}
    out |= _served(plan) | _standing(plan)
    parts = money_parts(plan.assembly, plan.x)
    return out | {f"money.{part}": value * 1e3 for part, value in parts.items()}


def _served(plan: Plan) -> dict[str, float]:
    tables, sets = plan.tables, plan.assembly.sets
    dt, shown = float(tables.settings["period"]), tables.shown
    workload = sets.arc_workload
    klass = tables.index("workloads", "class")[workload]
    price = tables.numbers["classes"]["price"][klass] * tables.numbers["workloads"]["price_factor"][workload, None]
    value = (plan.blocks["serve"] * price)[:, :shown].sum(axis=1) * dt * 8766e-6
    kind = tables.frames["zones"]["kind"].to_numpy()[sets.arc_zone]
    asked = max(float(np.sum(plan.service["value"])), 1e-12)
    names = {"earth": "ground", "orbit": "orbit", "endpoints": "fleet"}
    shares = {f"served_{name}": float(value[kind == k].sum()) / asked for name, k in names.items()}
    return {"served": plan.served_fraction} | shares


def _standing(plan: Plan) -> dict[str, float]:
    tables, sets, last = plan.tables, plan.assembly.sets, plan.tables.shown - 1
    run = plan.blocks["run"][:, last]
    kind = tables.frames["zones"]["kind"].to_numpy()[sets.deployments.zone]
    satellite = sets.deployments.satellite
    flies = satellite >= 0
    power = np.zeros(len(run))
    if flies.any():
        each = tables.numbers["satellite_classes"]["it_power"][tables.index("satellites", "satellite_class")]
        power[flies] = each[satellite[flies]]
    return {
        "earth": float(plan.blocks["energised"][:, last].sum()) * 1e-3,
        "orbit": float((run * power)[flies].sum()) * 1e-6,
        "endpoints": float(run[kind == "fleet"].sum()),
    }


def levelised(plan: Plan) -> list[dict[str, Any]]:
    """Rows of `planner.levelised_cost`."""
    return levelised_cost(plan).to_dict("records")


def binding(plan: Plan) -> list[dict[str, Any]]:
    """The limits that are worth most over the periods shown.

    Each with rank, row, worth [M USD] (price times limit, over the periods), and the highest price with its unit.
    """
    program = plan.assembly.program
    layout, shown = program.layout, plan.tables.shown
    found: list[dict[str, Any]] = []
    for block, y, limit in zip(layout.rows, layout.split_rows(plan.y), program.rhs, strict=True):
        if block.name in _DEMAND:
            continue
        worth = np.abs(y[:, :shown] * np.asarray(limit)[:, :shown]) * 1e3
        worth = np.where(np.isfinite(worth) & (worth > 1e-6), worth, 0.0)
        price = np.where(worth > 0, np.abs(y[:, :shown]) * 1e3, 0.0).max(axis=1) / np.asarray(block.per_unit)
        for e in np.flatnonzero(worth.sum(axis=1)):
            name = f"{block.name}[{','.join(k for k in block.entities[e] if k)}]"
            row = {"row": name, "worth": float(worth[e].sum()), "price": float(price[e])}
            found.append(row | {"unit": f"M USD per {row_unit(block)}"})
    found.sort(key=lambda row: -row["worth"])
    return [{"rank": rank} | row for rank, row in enumerate(found[:TOP], 1)]
