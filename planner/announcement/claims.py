"""Claims as rows of the program: that so much of some columns is there in a period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from planner.announcement.statement import Claim
from planner.diagnose.conflict import some_rows
from planner.diagnose.levers import Cell
from planner.diagnose.model import Model
from planner.faults import Fault, InputError, nearest
from planner.flat import Flat
from planner.program import Layout
from planner.tables import Tables

COLUMNS = {
    "power": "energised",
    "new_power": "energised",
    "racks": "run",
    "satellites": "run",
    "launches": "launch",
    "cheaper": "serve",
}
"""Family of columns that a claim counts."""


@dataclass(frozen=True, eq=False)
class Counted:
    """What a claim counts: columns [k] of the flat program, and the least sum of them in program units."""

    claim: Claim
    period: int
    columns: np.ndarray
    least: float


def counted(tables: Tables, layout: Layout, claims: Iterable[Claim], file: str) -> tuple[Counted, ...]:
    """The columns of every claim. Raises `InputError` for dates and places that the scenario does not have."""
    faults: list[Fault] = []
    found = [_counted(tables, layout, c, f"claims[{i}]", file, faults) for i, c in enumerate(claims)]
    if faults:
        raise InputError(faults)
    return tuple(c for c in found if c is not None)


def period_of(tables: Tables, year: float) -> int:
    """The period that holds a calendar year; -1 outside what the scenario shows."""
    start, dt = float(tables.settings["start"]), float(tables.settings["period"])
    t = int(np.floor((year - start) / dt + 1e-9))
    return t if 0 <= t < tables.shown else -1


def places_of(tables: Tables, what: str) -> dict[str, str]:
    """Names that a claim of a kind may give as a place, and what each is."""
    if what in ("power", "new_power"):
        return dict.fromkeys(tables.keys("sites"), "site")
    if what == "launches":
        return dict.fromkeys(tables.keys("vehicles"), "vehicle")
    kinds = dict(zip(tables.keys("zones"), tables.frames["zones"]["kind"], strict=True))
    zones = {z: "zone" for z, kind in kinds.items() if what != "satellites" or kind == "orbit"}
    return zones | dict.fromkeys(tables.keys("shells"), "shell")


def _counted(
    tables: Tables, layout: Layout, claim: Claim, place: str, file: str, faults: list[Fault]
) -> Counted | None:
    t = period_of(tables, claim.by)
    if t < 0:
        dt = float(tables.settings["period"])
        first, last = float(tables.settings["start"]), float(tables.settings["start"]) + tables.shown * dt
        wrong, instead = "the scenario does not reach this date", f"write a year from {first:g} to before {last:g}"
        faults.append(Fault(file, 0, f"{place}.by", wrong, instead))
    known = places_of(tables, claim.what)
    unknown = [a for a in claim.at if a not in known]
    faults += [Fault(file, 0, f"{place}.at", f"'{a}' is no place of this claim", nearest(a, known)) for a in unknown]
    name = COLUMNS[claim.what]
    block = next((b for b in layout.variables if b.name == name), None)
    if block is None:
        wrong = f"the scenario has nothing that '{claim.what}' counts"
        faults.append(Fault(file, 0, f"{place}.what", wrong, "hold it against another scenario"))
    if t < 0 or unknown or block is None:
        return None
    inside = np.array([_inside(tables, claim, e) for e in block.entities], bool)
    mask = block.exists & inside[:, None] & _periods(claim, t, block.exists.shape[1])
    per = float(np.max(np.broadcast_to(np.asarray(block.per_unit, float), (len(block.entities),)), initial=1.0))
    least = claim.amount / per
    if claim.what == "launches":
        least *= float(tables.settings["period"])
    if claim.what == "new_power":
        sites = np.isin(tables.keys("sites"), claim.at or tables.keys("sites"))
        least += float(tables.numbers["sites"]["energised"][sites].sum()) / per
    return Counted(claim, t, flat_columns(layout, name, mask), least)


def _periods(claim: Claim, t: int, horizon: int) -> np.ndarray:
    """The period that counts; what is to be cheaper may be so in any period until then."""
    times = np.arange(horizon)
    return times <= t if claim.what == "cheaper" else times == t


def _inside(tables: Tables, claim: Claim, entity: tuple[str, ...]) -> bool:
    """Whether a column's entity is at the places of a claim."""
    if claim.what in ("power", "new_power", "launches"):
        return not claim.at or entity[0] in claim.at
    where = entity[1] if claim.what == "cheaper" else entity[0]
    shells = tables.frames["shells"]["zone"]
    zone = shells.get(where, where)
    kind = tables.frames["zones"]["kind"].get(zone, "")
    if claim.what in ("racks", "satellites") and (kind == "orbit") != (claim.what == "satellites"):
        return False
    return not claim.at or where in claim.at or zone in claim.at


def flat_columns(layout: Layout, name: str, mask: np.ndarray) -> np.ndarray:
    """Positions in the flat program of the columns of a family that a mask [entity, T] picks."""
    start = 0
    for block in layout.variables:
        size = int(block.exists.sum())
        if block.name == name:
            return start + np.flatnonzero(mask[block.exists])
        start += size
    return np.zeros(0, int)


def with_claims(flat: Flat, claims: Iterable[Counted]) -> Flat:
    """The program with a row for every claim below the others."""
    some = [c for c in claims if c.claim.what != "cheaper"]
    if not some:
        return flat
    n = flat.shape[1]
    rows = np.concatenate([np.full(c.columns.size, i) for i, c in enumerate(some)])
    columns = np.concatenate([c.columns for c in some])
    added = sparse.csr_matrix((np.ones(columns.size), (rows, columns)), (len(some), n))
    return replace(
        flat,
        matrix=sparse.csr_matrix(sparse.vstack([flat.matrix, added])),
        rhs=np.r_[flat.rhs, [c.least for c in some]],
        sense=np.r_[flat.sense, np.ones(len(some), flat.sense.dtype)],
        before=None,
    )


class Claimed(Model):
    """A scenario's program that must also keep what is claimed."""

    def __init__(self, tables: Tables, claims: Iterable[Claim], file: str) -> None:
        super().__init__(tables)
        self.counted = counted(tables, self.layout, claims, file)
        self.plain = self.base
        self.base = with_claims(self.base, self.counted)

    def flat(self, moves: Mapping[Cell, float]) -> Flat:
        """The program with cells moved."""
        return with_claims(super().flat(moves), self.counted) if moves else self.base


class Part(Model):
    """Some rows of a model: what moves break a conflict of these rows is sought here, quickly."""

    def __init__(self, model: Model, rows: np.ndarray) -> None:
        self.__dict__.update(model.__dict__)
        self.whole, self.rows = model, rows
        self.base = some_rows(model.base, rows)

    def flat(self, moves: Mapping[Cell, float]) -> Flat:
        """The rows with cells moved."""
        return some_rows(self.whole.flat(moves), self.rows) if moves else self.base
