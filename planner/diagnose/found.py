"""What a diagnosis says: frozen records, and the same as tidy tables."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Limit:
    """A row (over some periods) of the conflict. what: in words; limit: with its unit, "" where it ties only.

    members: the rows as the program names them, e.g. ``serve[ann]@1`` (period 1).
    """

    row: str
    what: str
    when: str
    limit: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """One change of a repair. set: as ``--set`` takes it; amount in `unit` (for ``x...``: the share taken off)."""

    path: str
    set: str
    what: str
    amount: float
    unit: str
    old: str


@dataclass(frozen=True)
class Repair:
    """Changes after which a plan exists.

    verified: "plan" (a plan was found with integers, and its rows were checked without the solver), "relaxed" (integers
    left fractional) or "no". cost, bound: of the plan after it [M USD], discounted; nan without a plan. relaxed: the
    same with integers left fractional [M USD]. needed: whether every change is needed (leaving any one out leaves no
    plan).
    """

    changes: tuple[Change, ...]
    verified: str
    cost: float
    bound: float
    relaxed: float
    needed: bool

    @property
    def sets(self) -> tuple[str, ...]:
        """The changes as ``--set`` takes them."""
        return tuple(c.set for c in self.changes)

    @property
    def what(self) -> str:
        """The repair as one sentence."""
        return "; ".join(c.what for c in self.changes)


@dataclass(frozen=True)
class Margin:
    """How far an input can go the wrong way, alone, before no plan is left: in `unit`, and over its value."""

    path: str
    what: str
    amount: float
    unit: str
    share: float


@dataclass(frozen=True)
class Diagnosis:
    """Whether a scenario can serve what it must, and if not, why and what would help.

    status: "in order"; "conflict" (no plan even with integers fractional); "whole" (only integers stand in the way);
    "open" (neither a plan nor a proof within the time). proof: smallest Farkas bound over its boxes (program units),
    above 0 only if no plan exists; boxes: how many; proved: whether it was checked without a solver.
    """

    scenario: str
    status: str
    conflict: tuple[Limit, ...]
    proved: bool
    proof: float
    boxes: int
    repairs: tuple[Repair, ...]
    asked: int
    margins: tuple[Margin, ...]
    cost: float
    seconds: float
    notes: tuple[str, ...] = field(default=())

    def conflicts(self) -> pd.DataFrame:
        """Rows of the conflict: row, what, when, limit, members."""
        return pd.DataFrame([asdict(c) for c in self.conflict], columns=["row", "what", "when", "limit", "members"])

    def changes(self) -> pd.DataFrame:
        """One row per change: repair, what, set, amount, unit, old, verified, cost [M USD]."""
        rows: list[dict[str, Any]] = []
        for i, r in enumerate(self.repairs, 1):
            rows += [{"repair": i, **asdict(c), "verified": r.verified, "cost": r.cost} for c in r.changes]
        names = ["repair", "what", "set", "path", "amount", "unit", "old", "verified", "cost"]
        return pd.DataFrame(rows, columns=names)

    def room(self) -> pd.DataFrame:
        """Margins of a scenario in order, the tightest first: path, what, amount, unit, share."""
        return pd.DataFrame([asdict(m) for m in self.margins], columns=["path", "what", "amount", "unit", "share"])

    def summary(self) -> dict[str, Any]:
        """Everything, as one object for JSON."""
        return asdict(self) | {"repairs": [asdict(r) | {"sets": list(r.sets), "what": r.what} for r in self.repairs]}
