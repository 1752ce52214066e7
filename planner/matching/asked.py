"""What the offtake requests of a scenario ask for, and the places that could answer."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from planner.eligibility import Sets, leads
from planner.tables import Tables


@dataclass(frozen=True)
class Request:
    """One contract: its workloads (rows of `workloads.csv`), the first of them its lead."""

    name: str
    title: str
    rows: tuple[int, ...]
    one_zone: bool

    @property
    def lead(self) -> int:
        """First row."""
        return self.rows[0]


def requests(tables: Tables) -> list[Request]:
    """Offtake requests in the order of their first rows."""
    frame = tables.frames["workloads"]
    job = frame["class"].map(tables.frames["classes"]["kind"].get) == "job"
    gang = frame["class"].map(tables.frames["classes"]["gang"].get).to_numpy(bool) | frame["one_zone"].to_numpy(bool)
    first = leads(tables)
    out = []
    for lead in np.unique(first[(frame["offtake"] & ~job).to_numpy(bool)]).tolist():
        rows = tuple(np.nonzero(first == lead)[0].tolist())
        name = str(frame["contract"].iloc[lead]) or tables.keys("workloads")[lead]
        out.append(Request(name, str(frame["title"].iloc[lead]) or name, rows, bool(gang[list(rows)].any())))
    return out


def places(tables: Tables) -> list[int]:
    """Ground zones that hold a site; sites that share a zone are one place."""
    kind = tables.frames["zones"]["kind"].to_numpy()
    return [z for z in sorted(set(tables.index("sites", "zone").tolist())) if kind[z] == "ground"]


def wanted(tables: Tables, active: np.ndarray) -> np.ndarray:
    """Compute asked for ``[workload, T]`` [PFLOP/s]."""
    klass = tables.index("workloads", "class")
    demand = tables.numbers["classes"]["demand"][klass] * tables.numbers["workloads"]["share"][:, None]
    return np.where(active, demand, 0.0)


def offered(tables: Tables, sets: Sets, request: Request, pay: np.ndarray) -> float:
    """Mean price that a request offers [USD/PFLOP-h]; periods count by their discounted lengths `pay` ``[T]``."""
    rows, n = list(request.rows), tables.numbers
    klass = tables.index("workloads", "class")[rows]
    price = n["classes"]["price"][klass] * n["workloads"]["price_factor"][rows, None]
    weight = wanted(tables, sets.active)[rows] * pay
    return float((price * weight).sum() / max(weight.sum(), 1e-12))


def half(year: float) -> str:
    """A decimal year as its half, e.g. 2028-H2."""
    whole = math.floor(year + 1e-6)
    return f"{whole}-H{1 if year - whole < 0.5 - 1e-6 else 2}"
