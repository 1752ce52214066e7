"""Rules across tables: what single cells cannot show. One `_check_*` per rule; all faults are returned at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from planner.faults import Fault, nearest, quoted

if TYPE_CHECKING:
    from planner.tables import Tables

_ITEMS = {"hardware": "hardware", "generation": "generation", "cooling": "cooling", "satellite_classes": "satellite_classes", "doors": "doors"}


def rule_faults(tables: Tables) -> list[Fault]:
    """All faults of the rules below."""
    faults: list[Fault] = []
    for check in (_check_tranches, _check_kinds, _check_control, _check_phases, _check_grid, _check_bills, _check_doors, _check_limits, _check_windows):
        faults += check(tables)
    return faults if faults else list(_check_reach(tables))


def place(tables: Tables, table: str, key: str, column: str) -> tuple[str, int]:
    """File and line of a cell, or where its override came from."""
    file, _, line = tables.origin.get((table, key, column), f"{table}.csv").partition(":")
    return (file, int(line)) if line.isdigit() else (f"{table}.csv", 0)


def _check_tranches(tables: Tables) -> Iterator[Fault]:
    total = tables.numbers["tranches"]["share"].sum()
    if abs(total - 1) > 1e-6:
        yield Fault("tranches.csv", 0, "share", f"the shares add to {total:g}", "make them add to 1")


def _check_kinds(tables: Tables) -> Iterator[Fault]:
    kinds = tables.frames["zones"]["kind"]
    for table, kind in (("sites", "ground"), ("shells", "orbit"), ("fleets", "fleet")):
        for key, zone in tables.frames[table]["zone"].items():
            if kinds[zone] != kind:
                yield Fault(*place(tables, table, key, "zone"), "zone", f"'{zone}' is a zone of kind {kinds[zone]}", f"name a zone of kind {kind}")
    containers = tables.frames["hardware"]["container"]
    for key, hardware in tables.frames["satellites"]["hardware"].items():
        if containers[hardware] != "satellite":
            yield Fault(*place(tables, "satellites", key, "hardware"), "hardware", f"'{hardware}' is counted in {containers[hardware]}s", "name hardware with container satellite")


def _check_control(tables: Tables) -> Iterator[Fault]:
    served = {k for v in tables.frames["fleets"]["classes"] for k in (tables.keys("classes") if v == "*" else v.split(";"))}
    used = set(tables.frames["workloads"]["class"])
    for key, limit in zip(tables.keys("classes"), tables.numbers["classes"]["max_rtt"], strict=True):
        if limit == 0 and key in used and key not in served:
            yield Fault(*place(tables, "classes", key, "max_rtt"), "max_rtt", f"no fleet runs '{key}' on the device", "name it in fleets.csv classes, or give a round trip above 0")


def _check_phases(tables: Tables) -> Iterator[Fault]:
    frame = tables.frames["phases"]
    for key, row in frame.iterrows():
        if row["after"] and frame.loc[row["after"], "site"] != row["site"]:
            yield Fault(*place(tables, "phases", str(key), "after"), "after", f"'{row['after']}' is at another site", "name a phase of the same site")
        seen, here = set(), str(key)
        while here and here not in seen:
            seen.add(here)
            here = frame.loc[here, "after"]
        if here == key:
            yield Fault(*place(tables, "phases", str(key), "after"), "after", "the phases wait for each other", "break the circle")


def _check_grid(tables: Tables) -> Iterator[Fault]:
    standing = tables.numbers["sites"]["energised"] > 0
    if standing.any() and "grid" not in set(tables.frames["generation"]["kind"]):
        yield Fault("generation.csv", 0, "kind", "sites are energised but no source is of kind grid", "add a source of kind grid")


def _check_bills(tables: Tables) -> Iterator[Fault]:
    for key, row in tables.frames["bills"].iterrows():
        where = place(tables, "bills", str(key), "item")
        if row["of"] == "construction":
            if row["item"] != "*":
                yield Fault(*where, "item", f"{quoted(row['item'])} is not '*'", "write * for construction")
        elif row["item"] not in tables.frames[_ITEMS[row["of"]]].index:
            yield Fault(*where, "item", f"{quoted(row['item'])} is not in {row['of']}.csv", nearest(row["item"], tables.keys(row["of"])))
        elif row["of"] == "doors" and not tables.frames["doors"].loc[row["item"], "own"]:
            yield Fault(*where, "item", f"'{row['item']}' is not an own door", "only own doors draw from layers")


def _check_doors(tables: Tables) -> Iterator[Fault]:
    for key, row in tables.frames["doors"].iterrows():
        if bool(row["layer"]) == bool(row["vehicle"]):
            yield Fault(*place(tables, "doors", str(key), "layer"), "layer", "a door supplies a layer or a vehicle", "fill exactly one of layer and vehicle")
        elif row["vehicle"] and not row["own"]:
            yield Fault(*place(tables, "doors", str(key), "own"), "own", "a pad that is not own is the vehicle's cadence", "write yes, or raise vehicles.csv cadence")


def _check_limits(tables: Tables) -> Iterator[Fault]:
    subjects = {"door_share": "layers", "door_loss": "layers", "site_share": "sites", "jurisdiction_share": "jurisdictions"}
    for key, row in tables.frames["limits"].iterrows():
        target = subjects.get(row["kind"])
        if target and row["subject"] != "*" and row["subject"] not in tables.frames[target].index:
            yield Fault(*place(tables, "limits", str(key), "subject"), "subject", f"{quoted(row['subject'])} is not in {target}.csv", nearest(row["subject"], tables.keys(target)))


def _check_windows(tables: Tables) -> Iterator[Fault]:
    w = tables.numbers["workloads"]
    for i in np.nonzero(w["window_end"] <= w["window_start"])[0]:
        key = tables.keys("workloads")[i]
        yield Fault(*place(tables, "workloads", key, "window_end"), "window_end", "the window ends before it starts", "write a later date")


def _check_reach(tables: Tables) -> Iterator[Fault]:
    """Demand that no place may serve, naming the rule that stands in the way."""
    from planner.eligibility import eligibility

    sets = eligibility(tables)
    reached = set(sets.arc_workload.tolist())
    for w, key in enumerate(tables.keys("workloads")):
        if w in reached or not sets.active[w].any():
            continue
        reasons = sets.refusals[sets.refusals["workload"] == key]["reason"]
        rule = reasons.str.split(":").str[0].value_counts().index[0] if len(reasons) else "hardware"
        closest = reasons[reasons.str.startswith(rule)].iloc[0] if len(reasons) else "none"
        yield Fault(*place(tables, "workloads", key, "class"), key, f"no place may serve it ({closest})", f"relax the rule '{rule}' or add a place")
