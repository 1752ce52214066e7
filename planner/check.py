"""`check`: what a scenario says before anything is solved: sizes, supply against demand, how well inputs are known.

Everything is read off the validated tables; no program is assembled.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pandas as pd

from compute_stack import chips
from compute_stack import power as queue
from planner.assemble.power import pue
from planner.assemble.satellites import classes
from planner.eligibility import eligibility
from planner.scenario import read_scenario
from planner.schema import TABLES
from planner.tables import Tables, read_tables

GRADES = ("A", "B", "C", "override", "default", "none")
"""Confidence of a numeric cell: a grade of its source; set by an override; left to the schema; or without a source."""


@dataclass(frozen=True)
class CheckReport:
    """What `check` found. Every frame is labelled; units stand in the column names.

    overrides: origin, path, value. sizes: what, count. power, layers, launches, demand: supply against demand at a few
    dates. confidence: grade, cells, share. unsourced: table, column, cells without provenance.
    """

    tables: Tables
    overrides: pd.DataFrame
    sizes: pd.DataFrame
    power: pd.DataFrame
    layers: pd.DataFrame
    launches: pd.DataFrame
    demand: pd.DataFrame
    confidence: pd.DataFrame
    unsourced: pd.DataFrame


def check(scenario: str | Path | Tables, overrides: tuple[str, ...] = (), sets: tuple[str, ...] = ()) -> CheckReport:
    """Check a scenario (dataset name, folder, or its tables). Raises `InputError` with every fault at once."""
    tables = (
        scenario
        if isinstance(scenario, Tables)
        else read_tables(read_scenario(scenario, tuple(overrides), tuple(sets)))
    )
    cells = grades(tables)
    counts = cells["grade"].value_counts().reindex(GRADES, fill_value=0)
    confidence = pd.DataFrame(
        {"grade": GRADES, "cells": counts.to_numpy(), "share": counts.to_numpy() / max(len(cells), 1)}
    )
    bare = cells[cells["grade"] == "none"].groupby(["table", "column"], sort=False).size()
    changes = [(c.origin, c.path, str(c.value)) for c in tables.scenario.changes]
    need = _need(tables)
    return CheckReport(
        tables,
        pd.DataFrame(changes, columns=["origin", "path", "value"]),
        _sizes(tables),
        _power(tables, need),
        _layers(tables, need),
        _launches(tables),
        _demand(tables),
        confidence,
        bare.to_frame("cells").reset_index(),
    )


def grades(tables: Tables) -> pd.DataFrame:
    """Every numeric cell with its grade and source key: table, row, column, grade, source."""
    record, rows = records(tables), []
    raw = tables.scenario.tables.get("series")
    series = {tuple(r[:3]) for r in raw.rows} if raw else set()
    for name, table in TABLES.items():
        for key in tables.keys(name):
            for c in table.numbers:
                origin = tables.origin.get((name, key, c.name), "default of the schema")
                known = record(name, key, c.name)
                if origin == "default of the schema" and (name, key, c.name) not in series:
                    rows.append((name, key, c.name, "default", ""))
                elif origin.startswith(("override", "--set")):
                    rows.append((name, key, c.name, "override", ""))
                else:
                    rows.append(
                        (name, key, c.name, known["confidence"] if known else "none", known["source"] if known else "")
                    )
    return pd.DataFrame(rows, columns=["table", "row", "column", "grade", "source"])


def records(tables: Tables) -> Callable[[str, str, str], dict | None]:
    """Finder of the most specific provenance record of a cell; a row named beats a column named."""
    frame = tables.provenance
    index = {(r["table"], r["row"], r["column"]): r for r in frame.to_dict("records")}

    def find(table: str, row: str, column: str) -> dict | None:
        for key in ((table, row, column), (table, row, "*"), (table, "*", column), (table, "*", "*")):
            if key in index:
                return index[key]
        return None

    return find


def _dates(tables: Tables) -> list[int]:
    """Periods at which supply meets demand in the report: first, a third, two thirds, last shown."""
    return sorted({0, tables.shown // 3, 2 * tables.shown // 3, tables.shown - 1})


def _year(tables: Tables, t: int) -> str:
    return f"{tables.years[t]:g}"


def _sizes(tables: Tables) -> pd.DataFrame:
    sets = eligibility(tables)
    settings = tables.settings
    rows = [
        ("periods shown", tables.shown),
        ("periods planned and hidden after them", tables.horizon - tables.shown),
        ("blocks of the day", int(settings["blocks"])),
        *((name.replace("_", " "), len(frame)) for name, frame in tables.frames.items() if len(frame)),
        ("deployments (zone and hardware)", len(sets.deployments.names)),
        ("workload to zone arcs allowed", len(sets.arc_workload)),
    ]
    return pd.DataFrame(rows, columns=["what", "count"])


def rates(tables: Tables) -> np.ndarray:
    """Effective PFLOP/s per kW IT of every (profile, hardware) while it works ``[profile, hardware]``."""
    h, p = tables.numbers["hardware"], tables.numbers["profiles"]
    eight = (tables.frames["profiles"]["precision"] == "fp8").to_numpy()
    column = {k: v[:, None] for k, v in p.items()}
    chip = jax.jit(chips.effective_pflops)(
        np.where(eight[:, None], h["peak_fp8"], h["peak_bf16"]),
        h["bandwidth"],
        column["flop_per_byte"],
        column["compute_efficiency"],
        column["memory_efficiency"],
        h["scaleout"],
        column["scaleout_need"],
    )
    fits = h["memory"] >= column["memory_need"]
    return np.where(fits, np.asarray(chip) * h["chips"] / h["power"] * h["availability"], 0.0)


def _on_sale(tables: Tables, t: int, container: str) -> np.ndarray:
    h = tables.numbers["hardware"]
    middle = (tables.years[t] + tables.years[t + 1]) / 2
    kind = (tables.frames["hardware"]["container"] == container).to_numpy()
    return kind & (h["first_sale"] <= middle) & (middle <= h["last_sale"])


def _ground(tables: Tables) -> np.ndarray:
    return tables.frames["classes"]["market"].to_numpy() != "on-device"


def _need(tables: Tables) -> np.ndarray:
    """GW IT that all demand but the endpoints' own would take on the best rack on sale ``[T]``."""
    rate, profile = rates(tables), tables.index("classes", "profile")
    demand, wanted = tables.numbers["classes"]["demand"], _ground(tables)
    need = np.zeros(tables.horizon)
    for t in range(tables.horizon):
        sale = _on_sale(tables, t, "rack")
        best = rate[:, sale].max(axis=1)[profile] if sale.any() else np.zeros(len(profile))
        need[t] = np.sum(demand[wanted, t] / np.where(best[wanted] > 0, best[wanted], np.inf)) * 1e-6
    return need


def _pue(tables: Tables) -> float:
    """PUE of the best cooling that can be built, mean over sites."""
    value = jax.jit(pue)({t: tables.numbers[t] for t in ("sites", "cooling")})
    return float(np.asarray(value)[:, tables.frames["cooling"]["buildable"].to_numpy(bool)].min(axis=1).mean())


def planned_leads(tables: Tables) -> np.ndarray:
    """Lead [yr] of every phase under the scenario's delivery rule ``[phase]``."""
    n, stage, site = tables.numbers, tables.index("phases", "stage"), tables.index("phases", "site")
    s = n["stages"]
    median = queue.lead_median(
        s["lead_fixed"][stage], s["lead_per_time_to_power"][stage], n["sites"]["time_to_power"][site]
    )
    if tables.settings["delivery"] == "expected":
        return np.asarray(median)
    return np.asarray(queue.lead_quantile(median, s["sigma"][stage], tables.settings["planning_quantile"]))


def _power(tables: Tables, need: np.ndarray) -> pd.DataFrame:
    n, lead = tables.numbers, planned_leads(tables)
    size, odds = n["phases"]["power"] * 1e-3, n["stages"]["odds"][tables.index("phases", "stage")]
    begin = np.maximum(n["phases"]["earliest"], tables.years[0])
    today, pue = n["sites"]["energised"].sum() * 1e-3, _pue(tables)
    rows = []
    for t in _dates(tables):
        there = begin + lead <= tables.years[t + 1]
        stands, asked = today + (size * odds)[there].sum(), need[t] * pue
        rows.append(
            (
                _year(tables, t),
                today,
                (size * odds)[there].sum(),
                size.sum(),
                stands,
                asked,
                stands / asked if asked else np.inf,
            )
        )
    columns = [
        "year",
        "energised today [GW facility]",
        "phases by then, at their odds [GW facility]",
        "all phases [GW facility]",
        "could stand [GW facility]",
        "asked for on the best racks on sale [GW facility]",
        "could stand over asked [1]",
    ]
    return pd.DataFrame(rows, columns=columns)


def _layers(tables: Tables, need: np.ndarray) -> pd.DataFrame:
    """GW of IT a year that each layer's free capacity supports, by the bills of what is on sale."""
    frames, n = tables.frames, tables.numbers
    if not len(frames["layers"]):
        return pd.DataFrame(columns=["layer", "of", "title"])
    supplier, own = tables.index("doors", "layer"), frames["doors"]["own"].to_numpy(bool)
    free = n["doors"]["capacity"] * (1 - n["doors"]["sold"])
    stock = tables.index("stock", "hardware")
    racks = (frames["hardware"]["container"] == "rack").to_numpy()[stock]
    standing = float((n["stock"]["units"] * n["hardware"]["power"][stock])[racks].sum() * 1e-6)
    rows = []
    for k, layer in enumerate(tables.keys("layers")):
        for kind in ("rack", "satellite", "endpoint"):
            record: dict[str, object] = {
                "layer": layer,
                "for": {"rack": "ground", "satellite": "orbit"}.get(kind, kind),
            }
            for t in _dates(tables):
                each = _per_gigawatt(tables, k, kind, t)
                capacity = free[(supplier == k) & ~own, t].sum()
                record[f"{_year(tables, t)} [GW IT/yr]"] = capacity / each if each else np.nan
            if any(np.isfinite(v) for v in record.values() if isinstance(v, float)):
                rows.append(record)
    if not rows:  # nothing on sale draws from any layer
        return pd.DataFrame(columns=["layer", "title", "for"])
    last = tables.shown - 1
    elapsed = tables.years[last + 1] - tables.years[0]
    ask = max(need[last] - standing, 0.0) / elapsed
    frame = pd.DataFrame(rows)
    frame.insert(1, "title", [frames["layers"].loc[k, "title"] for k in frame["layer"]])
    frame["ground build asked, mean [GW IT/yr]"] = np.where(frame["for"] == "ground", ask, np.nan)
    return frame


def _per_gigawatt(tables: Tables, layer: int, container: str, t: int) -> float:
    """Units of a layer per GW IT.

    Hardware: median of what is on sale and draws it. Halls and power: the leanest choice that serves; where a choice
    without the layer exists, what those that draw it take, if nothing else does.
    """
    frames, n = tables.frames, tables.numbers
    bills = frames["bills"]
    mine = np.nonzero(tables.index("bills", "layer") == layer)[0]
    hardware, sale = tables.keys("hardware"), _on_sale(tables, t, container)
    draws: dict[str, list[float]] = {}
    choices = {
        "generation": len(frames["generation"]),
        "cooling": int(frames["cooling"]["buildable"].to_numpy(bool).sum()),
        "construction": 1,
    }
    for b in mine:
        of, item, quantity = bills["of"].iloc[b], bills["item"].iloc[b], n["bills"]["quantity"][b]
        if not quantity:
            continue
        if of == "hardware" and item in hardware and sale[hardware.index(item)]:
            draws.setdefault(of, []).append(quantity / n["hardware"]["power"][hardware.index(item)] * 1e6)
        elif container == "satellite" and of == "satellite_classes":
            k = tables.keys("satellite_classes").index(item)
            draws.setdefault(of, []).append(quantity / n["satellite_classes"]["it_power"][k] * 1e6)
        elif container == "rack" and of in ("generation", "cooling", "construction"):
            draws.setdefault(of, []).append(quantity * 1e3)
    always = {of: v for of, v in draws.items() if of not in choices or len(v) >= choices[of]}
    if always:
        return float(sum(min(v) if of in choices else np.median(v) for of, v in always.items()))
    return float(sum(np.median(v) for v in draws.values()))


def satellite_masses(tables: Tables) -> pd.DataFrame:
    """Per satellite class: mass [kg], IT power [kW IT], W IT per kg, at 600 km."""
    table = tables.numbers["satellite_classes"]
    power = table["it_power"]
    every = np.arange(len(power))
    mass = np.asarray(jax.jit(lambda data: classes(data, every, 600.0).mass)(tables.numbers)) if len(power) else power
    return pd.DataFrame(
        {
            "class": tables.keys("satellite_classes"),
            "mass": mass,
            "it_power": power,
            "watt_per_kg": power * 1e3 / np.maximum(mass, 1e-9),
        }
    )


def _launches(tables: Tables) -> pd.DataFrame:
    n = tables.numbers["vehicles"]
    if not len(tables.frames["vehicles"]):
        return pd.DataFrame(columns=["vehicle", "title"])
    watts = satellite_masses(tables)["watt_per_kg"]
    best = float(np.max(watts)) if len(watts) else np.nan
    rows = []
    for v, name in enumerate(tables.keys("vehicles")):
        record: dict[str, Any] = {"vehicle": name, "title": tables.frames["vehicles"].loc[name, "title"]}
        for t in _dates(tables):
            record[f"{_year(tables, t)} [t/yr]"] = n["success"][v] * n["payload"][v] * n["cadence"][v, t]
        record[f"{_year(tables, _dates(tables)[-1])}, lightest class [GW IT/yr]"] = (
            record[f"{_year(tables, _dates(tables)[-1])} [t/yr]"] * best * 1e-6
        )
        rows.append(record)
    frame = pd.DataFrame(rows)
    total = {"vehicle": "all", "title": ""} | frame.select_dtypes("number").sum().to_dict()
    return pd.concat([frame, pd.DataFrame([total])], ignore_index=True)


def _demand(tables: Tables) -> pd.DataFrame:
    """Demand by class against what the standing stock would give if all of it did nothing else."""
    n, rate, profile = tables.numbers, rates(tables), tables.index("classes", "profile")
    hardware = tables.index("stock", "hardware")
    kind = tables.frames["zones"]["kind"].to_numpy()[tables.index("stock", "zone")]
    power = n["stock"]["units"] * n["hardware"]["power"][hardware]
    device = ~_ground(tables)
    frame = pd.DataFrame({"class": tables.keys("classes"), "title": tables.frames["classes"]["title"].to_numpy()})
    for t in _dates(tables):
        frame[f"{_year(tables, t)} [EFLOP/s]"] = n["classes"]["demand"][:, t] * 1e-3
    stands = [
        float((power * rate[p, hardware])[(kind == "fleet") == d].sum() * 1e-3)
        for p, d in zip(profile, device, strict=True)
    ]
    frame["standing stock, all on it [EFLOP/s]"] = stands
    return frame
