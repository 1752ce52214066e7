"""Tables of other worlds: Earth that waits longer or not at all, satellites of one mass, launches of one price."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from compute_stack import power
from compute_stack.orbit import SatelliteDesign, specific_mass
from planner.results import Plan
from planner.studies.queues.leads import apart
from planner.tables import Tables

AMPLE = 1e3
"""Times a limit that a queue without waiting is widened by."""


def changed(tables: Tables, **columns: dict[str, Any]) -> Tables:
    """The tables with other columns of numbers: ``changed(tables, stages={"odds": values})``."""
    return replace(tables, numbers=tables.numbers | {t: tables.numbers[t] | c for t, c in columns.items()})


def grid_phases(tables: Tables) -> np.ndarray:
    """Which phases bring power from a grid [phase]."""
    kinds = tables.frames["generation"]["kind"].to_numpy()
    return np.asarray(kinds[tables.index("phases", "source")] == "grid", bool)


def waits(tables: Tables) -> np.ndarray:
    """Wait of every phase from joining to power, as it is planned with [yr]."""
    stage, site = tables.index("phases", "stage"), tables.index("phases", "site")
    s, per_site = tables.numbers["stages"], tables.numbers["sites"]["time_to_power"]
    median = power.lead_median(s["lead_fixed"][stage], s["lead_per_time_to_power"][stage], per_site[site])
    if tables.settings["delivery"] == "expected":
        return np.asarray(median)
    return np.asarray(power.lead_quantile(median, s["sigma"][stage], tables.settings["planning_quantile"]))


def mean_wait(tables: Tables) -> float:
    """Wait for grid power [yr]: mean over the phases, weighted by their power; nan without phases of a grid."""
    some = grid_phases(tables)
    weight = tables.numbers["phases"]["power"][some]
    return float(np.average(waits(tables)[some], weights=weight)) if some.any() else float("nan")


def waiting(tables: Tables, factor: float) -> Tables:
    """Every phase of grid power waits `factor` times as long; all other queues stay."""
    if factor == 1.0 or not tables.keys("phases"):
        return tables
    alone = apart(tables)
    lead = np.where(grid_phases(tables), factor, 1.0) * alone.numbers["stages"]["lead_fixed"]
    return changed(alone, stages={"lead_fixed": lead})


def unqueued(tables: Tables) -> Tables:
    """Earth without queues: phases surely and at once, no pace of territories and sites, equipment at once and ample.

    Equipment: layers that sites alone draw from (power, cooling, construction). Chips, and what satellites need too,
    stay as scarce as they are, for both.
    """
    n = tables.numbers
    out: dict[str, dict[str, Any]] = {
        "territories": {"throughput": n["territories"]["throughput"] * AMPLE},
        "sites": {"ramp": n["sites"]["ramp"] * AMPLE},
    }
    if tables.keys("phases"):
        nothing = np.zeros(len(tables.keys("stages")))
        out["stages"] = {"odds": nothing + 1.0, "lead_fixed": nothing, "lead_per_time_to_power": nothing}
        out["phases"] = {"earliest": np.zeros(len(tables.keys("phases")))}
    if tables.keys("bills"):
        bills: Any = tables.frames["bills"]
        doors: Any = tables.frames["doors"]
        ground = bills["of"].isin(["generation", "cooling", "construction"]).to_numpy()
        shared = list(bills.loc[bills["of"].isin(["hardware", "satellite_classes"]), "layer"])
        own = ground & ~bills["layer"].isin(shared).to_numpy()
        bought = doors["layer"].isin(list(bills.loc[own, "layer"])).to_numpy() & ~np.asarray(doors["own"], bool)
        out["bills"] = {"lead": np.where(own, 0.0, n["bills"]["lead"])}
        out["doors"] = {
            "make_time": np.where(bought, 0.0, n["doors"]["make_time"]),
            "capacity": n["doors"]["capacity"] * np.where(bought, AMPLE, 1.0)[:, None],
        }
    return changed(tables, **out)


def masses(tables: Tables) -> np.ndarray:
    """Mass per IT power of every satellite class, at the lowest of its shells [kg/kW]."""
    classes = tables.numbers["satellite_classes"]
    design = SatelliteDesign(
        altitude=np.full(len(tables.keys("satellite_classes")), float(tables.numbers["shells"]["altitude"].min())),
        **{f: classes[f] for f in SatelliteDesign._fields if f != "altitude"},
    )
    return np.asarray(specific_mass(design))


def weighing(tables: Tables, mass: float) -> Tables:
    """Every satellite class weighs `mass` [kg/kW] at the lowest shell: all its parts in proportion, at their prices."""
    factor = mass / masses(tables)
    classes = tables.numbers["satellite_classes"]
    parts = {c: classes[c] * factor for c in ("structure_factor", "fixed_mass")}
    return changed(tables, satellite_classes=parts)


def launching(tables: Tables, price: float) -> Tables:
    """Every vehicle sells at `price` [USD/kg] to the reference orbit, from the start and for good."""
    vehicles = tables.numbers["vehicles"]
    each = price * vehicles["payload"] * 1e-3
    return changed(tables, vehicles={"price": np.broadcast_to(each[:, None], vehicles["price"].shape).copy()})


def cheapest_launch(plan: Plan, year: float) -> float:
    """Lowest price per kilogram of a vehicle that flies, as the scenario has it at a date [USD/kg]."""
    v, tables = plan.tables.numbers["vehicles"], plan.tables
    at = int(np.clip(np.searchsorted(tables.years, year, "right") - 1, 0, tables.horizon - 1))
    flies = v["cadence"][:, at] > 0
    each = v["price"][:, at] / v["payload"] * 1e3
    return float(each[flies].min()) if flies.any() else float("nan")
