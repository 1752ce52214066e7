"""What is asked about: a place, workload, door, vehicle, phase, hardware or source, as columns of the program."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.announcement.claims import flat_columns, period_of
from planner.diagnose.words import title
from planner.faults import Fault, InputError, nearest
from planner.program import Layout, VariableBlock
from planner.tables import Tables

KINDS = {
    "zone": ("zones", "serve", 1),
    "site": ("sites", "load", 0),
    "workload": ("workloads", "serve", 0),
    "door": ("doors", "order", 0),
    "vehicle": ("vehicles", "launch", 0),
    "shell": ("shells", "launch", 1),
    "phase": ("phases", "join", 0),
    "hardware": ("hardware", "build", 1),
    "satellite": ("satellites", "build", 1),
    "source": ("generation", "dispatch", 1),
}
"""Per kind: its table, the family of columns that counts what it does, and its place in their entities."""
EVERYWHERE = {"orbit": "orbit", "earth": "ground", "fleet": "fleet"}
"""Names for all zones of a kind, where no row has the name."""


@dataclass(frozen=True)
class Entity:
    """Something that may be part of a plan. names: rows of its table; by: calendar year until which it counts."""

    kind: str
    name: str
    names: tuple[str, ...]
    title: str
    by: float | None

    def mask(self, tables: Tables, layout: Layout) -> tuple[VariableBlock | None, np.ndarray]:
        """The family of columns that counts it, and which of them are its own [entity, T]."""
        _, family, at = KINDS[self.kind]
        block = next((b for b in layout.variables if b.name == family), None)
        if block is None:
            return None, np.zeros((0, 0), bool)
        mine = np.array([e[at] in self.names for e in block.entities], bool)
        last = tables.shown - 1 if self.by is None else period_of(tables, self.by)
        return block, block.exists & mine[:, None] & (np.arange(block.exists.shape[1]) <= last)

    def columns(self, tables: Tables, layout: Layout) -> tuple[np.ndarray, str]:
        """Its columns in a flat program [k], and the unit of their sum."""
        block, mine = self.mask(tables, layout)
        return (np.zeros(0, int), "") if block is None else (flat_columns(layout, block.name, mine), block.unit)


def entity(tables: Tables, name: str, by: float | None = None) -> Entity:
    """The entity of a name, or of ``kind:name`` where several have it. Raises `InputError`."""
    if by is not None and period_of(tables, by) < 0:
        first = float(tables.settings["start"])
        last = first + tables.shown * float(tables.settings["period"])
        wrong = "the plan does not reach this date"
        raise InputError([Fault("--by", 0, f"{by:g}", wrong, f"write a year from {first:g} to before {last:g}")])
    kind, _, rest = name.partition(":")
    kinds = (kind,) if kind in KINDS and rest else tuple(KINDS)
    wanted = rest if kind in KINDS and rest else name
    for k in kinds:
        table = KINDS[k][0]
        if wanted in tables.keys(table):
            return Entity(k, wanted, (wanted,), title(tables, table, wanted), by)
    if wanted in EVERYWHERE:
        kind_of = zip(tables.keys("zones"), tables.frames["zones"]["kind"], strict=True)
        names = tuple(z for z, k in kind_of if k == EVERYWHERE[wanted])
        if names:
            return Entity("zone", wanted, names, wanted, by)
    known = [n for k in kinds for n in tables.keys(KINDS[k][0])] + list(EVERYWHERE)
    wrong = "no place, workload, door, vehicle, phase, hardware or source has this name"
    raise InputError([Fault(tables.scenario.name, 0, name[:80], wrong, nearest(wanted, known))])
