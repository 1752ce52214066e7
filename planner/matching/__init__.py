"""`match`: which offtaker goes to which site, at what price, and for every other pair the one reason why not.

A pair is a request (a contract, or an offtake workload alone) at a place (a ground zone that holds sites). Reasons, in
the order in which they are asked: rule, latency, density, date, price, full. The first four follow from the tables
alone; price and full from small linear programs at the place: alone, and on top of what the plan serves.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from planner.faults import Fault, InputError
from planner.matching.asked import requests
from planner.results import Plan
from planner.tables import Tables

REASONS = ("rule", "latency", "density", "date", "price", "full")
FILE = "plan/matches.parquet"
COLUMNS = ("request", "site", "mw", "from", "reason", "words", "offered", "cost")


@dataclass(frozen=True, eq=False)
class Matches:
    """A match table.

    pairs, one row for each request and place: mw [MW IT] and from [yr] where it is served, else reason (one of
    `REASONS`) and words; offered and cost [USD/PFLOP-h]: cost of the next unit by row prices where it is served, of the
    request there where the reason is price or full, else nan. requests: one row each with its accepted sites.
    """

    requests: pd.DataFrame
    pairs: pd.DataFrame


def has_requests(tables: Tables) -> bool:
    """Whether a scenario has offtake requests."""
    return bool(requests(tables))


def pairs_of(plan: Plan) -> pd.DataFrame:
    """Every pair of a plan: what `plan/matches.parquet` holds."""
    from planner.matching.judging import Judge

    return Judge(plan).pairs()


def match(bundle: str | Path | Plan) -> Matches:
    """The match table of a plan, or of a bundle. Raises `InputError` where there is none to be had."""
    if isinstance(bundle, Plan):
        tables, pairs = bundle.tables, pairs_of(bundle) if has_requests(bundle.tables) else pd.DataFrame()
    else:
        tables, pairs = _read(Path(bundle))
    if not len(pairs):
        wrong = "the scenario has no offtake requests"
        raise InputError([Fault(str(tables.scenario.name), 0, "", wrong, "write yes in workloads.csv offtake")])
    return Matches(_summary(tables, pairs), pairs)


def _read(folder: Path) -> tuple[Tables, pd.DataFrame]:
    from planner.recount.reading import Refused
    from planner.verify import bundle_tables

    if not (folder / "certificate.json").is_file():
        raise InputError([Fault(str(folder), 0, "", "it is not a bundle", "give a folder that `planner solve` wrote")])
    try:
        tables = bundle_tables(folder)
    except Refused as refusal:
        raise InputError([Fault(folder.name, 0, "", str(f), "solve again") for f in refusal.faults]) from None
    if not has_requests(tables):
        return tables, pd.DataFrame()
    try:
        pairs = pd.read_parquet(folder / FILE)
    except Exception:  # a file that is missing or is garbage: the reader's errors are many, the sentence is one
        raise InputError([Fault(f"{folder.name}/{FILE}", 0, "", "it cannot be read", "solve again")]) from None
    if list(pairs.columns) != list(COLUMNS):
        raise InputError([Fault(f"{folder.name}/{FILE}", 0, "", "its columns are not those of matches", "solve again")])
    return tables, pairs


def _summary(tables: Tables, pairs: pd.DataFrame) -> pd.DataFrame:
    """One row for each request: title, accepted, sites, mw, from, offered, margin, reasons of its rejections."""
    titles = {r.name: r.title for r in requests(tables)}
    parts: dict[str, list[dict[str, Any]]] = {}
    for p in pairs.to_dict("records"):
        parts.setdefault(str(p["request"]), []).append(p)
    return pd.DataFrame([_request(titles.get(name, name), name, part) for name, part in parts.items()])


def _request(title: str, name: str, part: list[dict[str, Any]]) -> dict[str, object]:
    there = sorted((p for p in part if p["mw"] > 0), key=lambda p: -p["mw"])
    refused = [p["reason"] for p in part if not p["mw"] > 0]
    costs = [p["cost"] for p in part if np.isfinite(p["cost"])]
    total = sum(p["mw"] for p in there)
    return {
        "request": name,
        "title": title,
        "accepted": bool(there),
        "sites": ", ".join(p["site"] for p in there),
        "mw": float(total),
        "from": min((p["from"] for p in there), default=np.nan),
        "offered": float(part[0]["offered"]),
        "margin": sum(p["cost"] * p["mw"] for p in there) / total if there else min(costs, default=np.nan),
        "refused": ", ".join(f"{refused.count(k)} {k}" for k in REASONS if k in refused),
    }
