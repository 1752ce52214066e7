"""The first year of `world` beside published totals.

Run: python benchmarks/calibration.py BUNDLE   writes benchmarks/results/calibration.json and docs/calibration.md

Published ranges count different things (AI or all, IT or facility, announced or delivered): each row says which.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from machine import machine

from compute_stack import economics
from planner.tables import Tables
from planner.verify import bundle_tables

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Row:
    """One published total and ours."""

    what: str
    ours: float
    low: float
    high: float
    unit: str
    source: str
    note: str

    @property
    def inside(self) -> bool:
        """Whether ours lies in the published range."""
        return bool(self.low <= self.ours <= self.high)


def rows(folder: Path) -> list[Row]:
    """The six comparisons."""
    tables = bundle_tables(folder)
    builds = pd.read_parquet(folder / "plan" / "builds.parquet")
    year = round(1 / float(tables.settings["period"]))
    start = float(tables.numbers["sites"]["energised"].sum())
    stands = builds[(builds["variable"] == "energised") & (builds["period"] == year - 1)]["value"].sum()
    racks = first_year(builds, "build", year)
    power = pd.Series(tables.numbers["hardware"]["power"], tables.keys("hardware"))
    ground = racks[racks["b"].isin(racks_of(tables))]
    built = float((ground["value"] * ground["b"].map(power)).sum() * 1e-6)
    return [
        Row(
            "AI facility power energised in 2027",
            float(stands - start) * 1e-3,
            6,
            27,
            "GW facility",
            "Sightline 2026 (6 GW delivered in 2025, sites above 50 MW); JLL 2026 (97 GW in 2026-2030: 19 GW a year, "
            "all data centres); 27 GW added in 2026 is the widest published count",
            "definitions differ fourfold",
        ),
        Row(
            "AI IT power that the chip doors allow in 2027",
            chips_allow(tables, year),
            7.5,
            31,
            "GW IT",
            "Macquarie 2025 (15 GW in two years); TSMC N3 140-145 thousand wafers a month at end of 2026 at 55,000 "
            "wafers per GW (31 GW at 100 % AI), 86 % AI (reportify 2025, SemiAnalysis 2026)",
            f"the plan builds {built:.1f} GW IT of racks",
        ),
        Row(
            "capital per GW of IT built in 2027",
            capital(folder, tables, builds, year) / max(built, 1e-9),
            35,
            60,
            "bn USD/GW IT",
            "Epoch 2026 (38), Bernstein 2025 (35), NVIDIA (50-60)",
            "racks, their layers, halls and cooling; 2026 money",
        ),
        Row(
            "GPU-hour, full cost, GB300 on the ground",
            gpu_hour(tables, "gb300"),
            1.7,
            5.3,
            "USD/h",
            "SemiAnalysis 2026 (2.37-2.49 for B300), H100 contract low 1.70 (2025), B200 index 5.30 (2026)",
            "annuity of rack, parts, hall and cooling, energy and upkeep at 95 % availability",
        ),
        Row(
            "launches that AI satellites can buy in 2027",
            float(tables.numbers["vehicles"]["cadence"][:, :year].mean(axis=1).sum()),
            0,
            165,
            "1/yr",
            "165 Falcon launches in 2025, nearly all for other payloads (space.com 2025)",
            f"the plan buys {launched(folder, year):.0f}",
        ),
        Row(
            "tonnes to a 600 km sun-synchronous orbit that AI satellites can buy in 2027",
            float(
                (
                    tables.numbers["vehicles"]["cadence"][:, :year].mean(axis=1) * tables.numbers["vehicles"]["payload"]
                ).sum()
            ),
            0,
            3500,
            "t/yr",
            "2,800 t (2025) and 3,500 t (2026) for the whole world (derived from launch counts)",
            "a share of the world's lift",
        ),
    ]


def first_year(frame: pd.DataFrame, variable: str, year: int) -> pd.DataFrame:
    """Rows of a family in the first year."""
    return frame[(frame["variable"] == variable) & (frame["period"] < year)]


def racks_of(tables: Tables) -> list[str]:
    """Hardware counted in racks."""
    kind = tables.frames["hardware"]["container"]
    return list(kind[kind == "rack"].index)


def chips_allow(tables: Tables, year: int) -> float:
    """GW IT of VR200 racks a year that wafers, memory and packaging allow; the tightest layer."""
    layer = tables.index("doors", "layer")
    free = (tables.numbers["doors"]["capacity"] * (1 - tables.numbers["doors"]["sold"]))[:, :year].mean(axis=1)
    own = tables.frames["doors"]["own"].to_numpy(bool)
    bills = tables.frames["bills"]
    out = []
    for i in np.nonzero((bills["of"] == "hardware") & (bills["item"] == "vr200"))[0]:
        name = bills["layer"].iloc[i]
        if any(word in name for word in ("n3", "hbm", "packaging")):
            supply = free[(layer == tables.keys("layers").index(name)) & ~own].sum()
            out.append(supply / tables.numbers["bills"]["quantity"][i])
    power = tables.numbers["hardware"]["power"][tables.keys("hardware").index("vr200")]
    return float(min(out) * power * 1e-6)


def capital(folder: Path, tables: Tables, builds: pd.DataFrame, year: int) -> float:
    """Money paid in the first year for ground racks, orders, halls and cooling [bn USD], undiscounted."""
    price = pd.Series(tables.numbers["hardware"]["price"][:, :year].mean(axis=1), tables.keys("hardware"))
    racks = first_year(builds, "build", year)
    racks = racks[racks["b"].isin(racks_of(tables))]
    total = (racks["value"] * racks["b"].map(price)).sum()
    parts = pd.Series(0.0, tables.keys("hardware"))
    bills = tables.frames["bills"]
    cost = layer_prices(tables, year)
    for i, (of, item, layer) in enumerate(zip(bills["of"], bills["item"], bills["layer"], strict=True)):
        if of == "hardware":
            parts[item] += tables.numbers["bills"]["quantity"][i] * cost[layer] * 1e-6
    total += (racks["value"] * racks["b"].map(parts)).sum()
    halls = first_year(builds, "hall", year)
    shell = pd.Series(tables.numbers["sites"]["construction"], tables.keys("sites"))
    plant = pd.Series(tables.numbers["cooling"]["capex"], tables.keys("cooling"))
    total += (halls["value"] * (halls["a"].map(shell) + halls["b"].map(plant))).sum()
    return float(total) * 1e-3


def layer_prices(tables: Tables, year: int) -> pd.Series:
    """Mean price of a unit of each layer over its doors, weighted by capacity [USD]."""
    layer = tables.index("doors", "layer")
    price, free = (tables.numbers["doors"][c][:, :year].mean(axis=1) for c in ("price", "capacity"))
    out = {}
    for k, name in enumerate(tables.keys("layers")):
        mine = layer == k
        out[name] = float((price * free)[mine].sum() / max(free[mine].sum(), 1e-12))
    return pd.Series(out)


def gpu_hour(tables: Tables, hardware: str) -> float:
    """Full cost of an hour of one chip on the ground [USD/h] at the median site."""
    h = tables.keys("hardware").index(hardware)
    n = {k: v[h] for k, v in tables.numbers["hardware"].items()}
    rate = float(tables.settings["discount_rate"])
    bills, cost = tables.frames["bills"], layer_prices(tables, 2)
    rack = float(n["price"][:2].mean()) * 1e6
    for i in np.nonzero((bills["of"] == "hardware") & (bills["item"] == hardware))[0]:
        rack += tables.numbers["bills"]["quantity"][i] * cost[bills["layer"].iloc[i]]
    shell = float(np.median(tables.numbers["sites"]["construction"])) * n["power"] * 1e3
    plant = float(tables.numbers["cooling"]["capex"].max()) * n["power"] * 1e3
    yearly = rack * float(economics.capital_recovery_factor(rate, n["life"])) + rack * float(n["maintenance"])
    yearly += (shell + plant) * float(economics.capital_recovery_factor(rate, tables.settings["construction_life"]))
    yearly += shell * float(tables.settings["construction_upkeep"])
    yearly += n["power"] * 1.2 * 8766 * float(np.median(tables.numbers["sites"]["power_price"][:, 0])) * 1e-3
    return float(yearly / (n["chips"] * 8766 * n["availability"]))


def launched(folder: Path, year: int) -> float:
    """Launches that the plan buys in the first year."""
    return float(first_year(pd.read_parquet(folder / "plan" / "launches.parquet"), "launch", year)["value"].sum())


def main() -> None:
    """Write the table."""
    folder = Path(sys.argv[1])
    found = rows(folder)
    inside = sum(r.inside for r in found)
    info = machine()
    lines = [
        "# Calibration: the first year of `world` beside published totals",
        "",
        f"Made by `python benchmarks/calibration.py plans/world` on {info['date']}; {inside} of {len(found)} inside.",
        "The plan is made of estimates as much as of sources: a row inside its range is a check on sizes, not a proof.",
        "",
        "| what | ours | published | unit | inside | source | note |",
        "|---|---|---|---|---|---|---|",
    ]
    for r in found:
        yes = "yes" if r.inside else "**no**"
        lines.append(
            f"| {r.what} | {r.ours:.3g} | {r.low:g} to {r.high:g} | {r.unit} | {yes} | {r.source} | {r.note} |"
        )
    (HERE.parent / "docs" / "calibration.md").write_text("\n".join(lines) + "\n")
    target = HERE / "results" / "calibration.json"
    target.parent.mkdir(exist_ok=True)
    body = {"machine": info, "rows": [asdict(r) | {"inside": r.inside} for r in found]}
    target.write_text(json.dumps(body, indent=1))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
