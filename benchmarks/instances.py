"""Instances made from `datasets/world` by seeded enlargement or thinning that keeps its structure.

    python benchmarks/instances.py NAME [--seed N] [--out FOLDER]     writes a scenario folder

Sites: copies stand near the real one, in a zone of their own, each with its part of the power, halls and queues
(parts are drawn and add up to the whole); or a random part of the sites is kept, larger. Workloads: the same over the
parts of a class. Periods: shorter or longer ones over the same years. Hardware: of the kinds of rack that are on sale
and stand nowhere yet. Waits: times of making, leads and stages of queues are longer or shorter, and the phases of a
queue are cut into links that wait for each other.
"""

from __future__ import annotations

import argparse
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

WORLD = Path(__file__).parent.parent / "datasets" / "world"
SPREAD = 0.1
"""Standard deviation of what a copy's price, cost and place differ by, relative (place: in tens of degrees)."""


@dataclass(frozen=True)
class Recipe:
    """sites, workloads, racks: how many for each real one (below 1: the share that is kept). period [yr].

    waits: factor [-] on every wait in a queue or for a supplier. links: phases in a row that take the place of each
    phase (0: no phase waits for another one). racks: of the kinds that are on sale and stand nowhere yet.
    """

    sites: float
    workloads: float
    period: float
    racks: float = 1
    waits: float = 1
    links: int = 1


RECIPES = {
    "S": Recipe(0.3, 0.4, 1.0),
    "M": Recipe(1, 1, 0.5),
    "L": Recipe(4, 2, 0.5),
    "S-short": Recipe(0.3, 0.4, 1.0, waits=0, links=0),
    "S-long": Recipe(0.3, 0.4, 1.0, waits=2, links=3),
}
"""S, M and L have 20,336, 102,327 and 918,442 columns (seed 0). A larger one passes what a plan may hold (1e8 numbers).
S-short: nothing is waited for, but what stands and what is stored still ties its periods. S-long: long chains."""

WAITS = {
    "doors": ("make_time", "build_time"),
    "bills": ("lead",),
    "stages": ("lead_fixed", "lead_per_time_to_power"),
}
"""Columns that are waits."""


def instance(recipe: Recipe, seed: int, out: Path) -> Path:
    """Write the scenario folder of a recipe; returns it."""
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(WORLD, out)
    tables = {p.stem: pd.read_csv(p, dtype=str, keep_default_na=False) for p in out.glob("*.csv")}
    rng = np.random.default_rng(seed)
    if recipe.sites != 1:
        (_copied_sites if recipe.sites > 1 else _kept_sites)(tables, recipe.sites, rng)
    if recipe.workloads != 1:
        (_copied_workloads if recipe.workloads > 1 else _kept_workloads)(tables, recipe.workloads, rng)
    if recipe.racks != 1:
        (_copied_racks if recipe.racks > 1 else _kept_racks)(tables, recipe.racks, rng)
    if recipe.waits != 1:
        for name, columns in WAITS.items():
            for column in columns:
                _scaled(tables[name], column, recipe.waits)
    if recipe.links != 1:
        _linked(tables, recipe.links)
    for table in ("provenance", "series"):
        told = tables[table]
        gone = pd.Series(False, index=told.index)
        for name in ("sites", "phases", "halls", "stock", "workloads", "hardware", "bills"):
            gone |= (
                (told["table"] == name)
                & ~told["row"].isin(tables[name].iloc[:, 0])
                & ~told["row"].str.contains("*", regex=False)
            )
        tables[table] = told[~gone]
    for name, frame in tables.items():
        frame.to_csv(out / f"{name}.csv", index=False)
    text = (out / "scenario.toml").read_text(encoding="utf-8").split("[overrides", 1)[0]
    years = {"periods": 10.0, "tail": 2.0}
    text = re.sub(r"^period = .*$", f"period = {recipe.period}", text, flags=re.MULTILINE)
    for key, span in years.items():
        text = re.sub(rf"^{key} = .*$", f"{key} = {round(span / recipe.period)}", text, flags=re.MULTILINE)
    (out / "scenario.toml").write_text(text, encoding="utf-8")
    _drop_unservable(out)
    return out


def _drop_unservable(out: Path) -> None:
    """Leave out the workloads that none of the sites kept may serve."""
    from planner.faults import InputError
    from planner.scenario import read_scenario
    from planner.tables import read_tables

    try:
        read_tables(read_scenario(out))
    except InputError as error:
        lost = {f.column for f in error.faults if f.file == "workloads.csv" and "no place may serve it" in f.wrong}
        if not lost:
            raise
        for name, column in (("workloads", "workload"), ("provenance", "row"), ("series", "row")):
            frame = pd.read_csv(out / f"{name}.csv", dtype=str, keep_default_na=False)
            frame[~frame[column].isin(lost)].to_csv(out / f"{name}.csv", index=False)


def _column(frame: pd.DataFrame, name: str) -> str:
    """The column of a name whatever its unit."""
    return next(c for c in frame.columns if c.split(" [")[0] == name)


def _scaled(frame: pd.DataFrame, name: str, by: np.ndarray | float) -> None:
    column = _column(frame, name)
    given = pd.to_numeric(frame[column], errors="coerce")
    frame[column] = (given * by).map(lambda v: "" if np.isnan(v) else f"{v:.10g}")


def _copied_sites(tables: dict[str, pd.DataFrame], copies: float, rng: np.random.Generator) -> None:
    k = round(copies)
    sites, zones = tables["sites"], tables["zones"].set_index("zone", drop=False)
    part = pd.DataFrame(rng.dirichlet(np.full(k, 20.0), len(sites)), index=sites["site"])
    grown = {name: [] for name in ("sites", "zones", "phases", "halls")}
    for c in range(k):
        name = lambda old, c=c: f"{old}_x{c}" if c and old else old  # noqa: E731
        mine = sites.copy()
        for column in ("energised", "water_permit", "ramp"):
            _scaled(mine, column, part[c].to_numpy())
        if c:
            mine["site"], mine["zone"] = mine["site"].map(name), mine["site"].map(name)
            for column in ("latitude", "longitude"):
                at = _column(mine, column)
                moved = pd.to_numeric(mine[at]) + 10 * SPREAD * rng.normal(size=len(mine))
                mine[at] = moved.map(lambda v: f"{v:.4f}")
            for column in ("power_price", "construction", "time_to_power"):
                _scaled(mine, column, np.exp(SPREAD * rng.normal(size=len(mine))))
            near = zones.loc[sites["zone"]].copy()
            near["zone"] = mine["zone"].to_numpy()
            grown["zones"].append(near.reset_index(drop=True))
        grown["sites"].append(mine)
        for table, size, own in (("phases", "power", "phase"), ("halls", "capacity", "hall")):
            rows = tables[table].copy()
            _scaled(rows, size, part[c].loc[rows["site"]].to_numpy())
            for column in (own, "site", *(["after"] if table == "phases" else [])):
                rows[column] = rows[column].map(name)
            grown[table].append(rows)
    for table, frames in grown.items():
        first = [tables["zones"]] if table == "zones" else []
        tables[table] = pd.concat([*first, *frames], ignore_index=True)


def _kept_sites(tables: dict[str, pd.DataFrame], share: float, rng: np.random.Generator) -> None:
    sites = tables["sites"]
    kept = np.sort(rng.choice(len(sites), max(1, round(share * len(sites))), replace=False))
    power = pd.to_numeric(sites[_column(sites, "energised")], errors="coerce").fillna(0.0)
    grown = power.sum() / max(power.iloc[kept].sum(), 1.0)
    tables["sites"] = sites.iloc[kept].reset_index(drop=True)
    for column in ("energised", "water_permit", "ramp"):
        _scaled(tables["sites"], column, grown)
    zones = set(tables["sites"]["zone"])
    ground = set(tables["zones"].loc[tables["zones"]["kind"] == "ground", "zone"])
    for table, size in (("phases", "power"), ("halls", "capacity")):
        rows = tables[table]
        tables[table] = rows[rows["site"].isin(tables["sites"]["site"])].reset_index(drop=True)
        _scaled(tables[table], size, grown)
    stock = tables["stock"]
    tables["stock"] = stock[stock["zone"].isin(zones) | ~stock["zone"].isin(ground)].reset_index(drop=True)


def _copied_workloads(tables: dict[str, pd.DataFrame], copies: float, rng: np.random.Generator) -> None:
    k = round(copies)
    rows = tables["workloads"]
    part = rng.dirichlet(np.full(k, 20.0), len(rows))
    frames = []
    for c in range(k):
        mine = rows.copy()
        _scaled(mine, "share", part[:, c])
        if c:
            mine["workload"] = mine["workload"] + f"_x{c}"
            _scaled(mine, "price_factor", np.exp(SPREAD * rng.normal(size=len(mine))))
        frames.append(mine)
    tables["workloads"] = pd.concat(frames, ignore_index=True)


def _kept_workloads(tables: dict[str, pd.DataFrame], share: float, rng: np.random.Generator) -> None:
    rows = tables["workloads"]
    amount = pd.to_numeric(rows[_column(rows, "share")])
    kept = []
    for _, at in rows.groupby("class", sort=False).groups.items():
        kept += list(rng.choice(np.asarray(at), max(1, round(share * len(at))), replace=False))
    kept = np.sort(kept)
    grown = amount.groupby(rows["class"]).sum() / amount.iloc[kept].groupby(rows["class"].iloc[kept]).sum()
    tables["workloads"] = rows.iloc[kept].reset_index(drop=True)
    _scaled(tables["workloads"], "share", grown.loc[tables["workloads"]["class"]].to_numpy())


def _racks(tables: dict[str, pd.DataFrame]) -> np.ndarray:
    """Positions in hardware of the racks that are on sale and stand nowhere yet."""
    kinds = tables["hardware"]
    return np.flatnonzero((kinds["container"] == "rack") & ~kinds["hardware"].isin(tables["stock"]["hardware"]))


def _kept_racks(tables: dict[str, pd.DataFrame], share: float, rng: np.random.Generator) -> None:
    racks = _racks(tables)
    lost = rng.choice(racks, racks.size - max(1, round(share * racks.size)), replace=False)
    gone = set(tables["hardware"]["hardware"].iloc[lost])
    tables["hardware"] = tables["hardware"].drop(index=lost).reset_index(drop=True)
    bills, rules = tables["bills"], tables["export"]
    tables["bills"] = bills[~((bills["of"] == "hardware") & bills["item"].isin(gone))].reset_index(drop=True)
    rules["hardware"] = rules["hardware"].map(lambda names: ";".join(n for n in names.split(";") if n not in gone))
    tables["export"] = rules[rules["hardware"] != ""].reset_index(drop=True)


def _copied_racks(tables: dict[str, pd.DataFrame], copies: float, rng: np.random.Generator) -> None:
    """Copies with bills, price, pace of sales (parts of the whole) and export rules of their own."""
    k = round(copies)
    kinds, bills, series = tables["hardware"], tables["bills"], tables["series"]
    racks = list(kinds["hardware"].iloc[_racks(tables)])
    part = pd.DataFrame(rng.dirichlet(np.full(k, 20.0), len(racks)), index=racks)
    price = pd.DataFrame(np.exp(SPREAD * rng.normal(size=(len(racks), k))), index=racks)
    price[0] = 1.0
    mine = series[(series["table"] == "hardware") & series["row"].isin(racks)]
    grown = {"hardware": [kinds[~kinds["hardware"].isin(racks)]], "bills": [bills], "series": [series.drop(mine.index)]}
    for c in range(k):
        name = lambda old, c=c: f"{old}_x{c}" if c else old  # noqa: E731
        own = kinds[kinds["hardware"].isin(racks)].copy()
        for column, by in (("ramp", part), ("price", price)):
            _scaled(own, column, by[c].loc[own["hardware"]].to_numpy())
        told = mine.copy()
        by = [{"ramp": part, "price": price}[q][c][r] for q, r in zip(told["column"], told["row"], strict=True)]
        _scaled(told, "value", np.array(by))
        own["hardware"], told["row"] = own["hardware"].map(name), told["row"].map(name)
        grown["hardware"].append(own)
        grown["series"].append(told)
        if c:
            drawn = bills[(bills["of"] == "hardware") & bills["item"].isin(racks)].copy()
            drawn["bill"], drawn["item"] = drawn["bill"].map(name), drawn["item"].map(name)
            grown["bills"].append(drawn)
    for table, frames in grown.items():
        tables[table] = pd.concat(frames, ignore_index=True)
    tables["export"]["hardware"] = tables["export"]["hardware"].map(
        lambda names: ";".join(f"{n}_x{c}" if c else n for n in names.split(";") for c in range(k if n in racks else 1))
    )


def _linked(tables: dict[str, pd.DataFrame], links: int) -> None:
    """Cut each phase into equal links, each after the one before; who waits for the phase waits for its last link."""
    rows = tables["phases"]
    if not links:
        rows["after"] = ""
        return
    frames = []
    for c in range(links):
        mine = rows.copy()
        _scaled(mine, "power", 1.0 / links)
        if c:
            mine["after"] = rows["phase"] if c == 1 else rows["phase"] + f"_l{c - 1}"
            mine["phase"] = rows["phase"] + f"_l{c}"
        else:
            mine["after"] = mine["after"].map(lambda before: f"{before}_l{links - 1}" if before else "")
        frames.append(mine)
    tables["phases"] = pd.concat(frames, ignore_index=True)


if __name__ == "__main__":
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("name", choices=RECIPES)
    ask.add_argument("--seed", type=int, default=0)
    ask.add_argument("--out", type=Path)
    given = ask.parse_args()
    print(instance(RECIPES[given.name], given.seed, given.out or Path("plans") / f"world_{given.name}_{given.seed}"))
