"""The match table of a bundle: what was served, and every reason that the tables alone decide, found again.

Reasons that took a solver (price, full, and what a small program found to be short) are claims: their kind, their place
in the order of reasons and the names they give are checked, their costs are not.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from planner.matching import COLUMNS, FILE, REASONS, has_requests
from planner.matching.asked import Request, offered, places, requests
from planner.matching.served import Served
from planner.matching.settled import Settled
from planner.recount.comparing import few
from planner.results import Plan

SAME = 1e-6
CLAIMS = ("date", "price", "full")


def match_faults(folder: Path, plan: Plan) -> list[str]:
    """One sentence for each pair of plan/matches.parquet that the plan and its tables contradict."""
    path = folder / FILE
    if not has_requests(plan.tables):
        return [f"{FILE}: the scenario has no offtake requests; delete the file"] if path.exists() else []
    if not path.is_file():
        return [f"{FILE}: the file is missing"]
    try:
        there = pd.read_parquet(path)
        cells = there[["mw", "from", "offered", "cost"]].to_numpy(float)
    except Exception as error:  # hostile bytes break the reader in many ways; the sentence is the same
        return [f"{FILE}: it cannot be read ({type(error).__name__}); solve again"]
    asked, zones = requests(plan.tables), plan.tables.keys("zones")
    wanted = [(r, z) for r in asked for z in places(plan.tables)]
    names = [(r.name, zones[z]) for r, z in wanted]
    if list(there.columns) != list(COLUMNS) or list(zip(there["request"], there["site"], strict=True)) != names:
        return [f"{FILE}: its rows are not every request at every place, once and in order"]
    served, settled = Served(plan), Settled(plan.tables, plan.assembly.sets)
    known = {r.name for r in asked}
    rows = zip(wanted, cells, there["reason"], there["words"], strict=True)
    return few(
        f"{FILE}: {r.name} at {zones[z]}: {wrong}"
        for (r, z), cell, reason, words in rows
        for wrong in _wrong(plan, served, settled, known, r, z, cell, str(reason), str(words))
    )


def _wrong(
    plan: Plan,
    served: Served,
    settled: Settled,
    known: set[str],
    r: Request,
    z: int,
    cell: np.ndarray,
    reason: str,
    words: str,
) -> list[str]:
    mw, first = served.megawatts(r, z)
    out = []
    if not _same(cell[0], mw) or not _same(cell[1], first):
        out.append(f"{cell[0]:.6g} MW from {cell[1]:g}; the plan serves {mw:.6g} MW from {first:g}")
    price = offered(plan.tables, plan.assembly.sets, r, served.pay)
    if not _same(cell[2], price):
        out.append(f"the offer is {cell[2]:.6g} USD/PFLOP-h; the tables say {price:.6g}")
    if mw > 0:
        margin = served.margin(r, z)
        if reason or words or not _same(cell[3], margin):
            out.append(f"it is served there at a margin of {margin:.6g} USD/PFLOP-h, and the table says otherwise")
        return out
    found = settled.reason(r, z)
    if found is not None and (reason, words) != found:
        out.append(f"the reason is '{reason}: {words}'; the tables say '{found[0]}: {found[1]}'")
    if found is None and (reason not in CLAIMS or reason not in REASONS):
        out.append(f"the reason is '{reason}', which the tables do not bear out")
    if found is None and reason == "full":
        named = set(words.partition(": ")[2].split(", "))
        if not named <= known - {r.name}:
            out.append(f"'{words}' names no other request")
    return out


def _same(a: float, b: float) -> bool:
    return bool(a == b or (np.isnan(a) and np.isnan(b)) or abs(a - b) <= SAME * max(1.0, abs(b)))
