"""What a person would name in a plan, and its measure: one weighted sum of columns over the periods shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import zip_longest

import numpy as np

from planner.announcement.claims import flat_columns
from planner.faults import InputError
from planner.measures import HOURS
from planner.program import VariableBlock
from planner.results import Plan, per_unit
from planner.studies.why.entity import EVERYWHERE, KINDS, Entity, entity

UNITS = {
    "zone": "% of demand",
    "site": "MW IT, mean",
    "workload": "PFLOP/s, mean",
    "door": "unit",
    "vehicle": "launch",
    "shell": "launch",
    "phase": "joined",
    "hardware": "unit built",
    "satellite": "unit built",
    "source": "GWh",
}
"""Unit of the measure of each kind; of a door: that of its layer."""
TURNS = ("hardware", "site", "door", "source", "vehicle", "satellite", "zone")
"""Kinds that take turns where nothing is named."""
PAID = ("hardware", "satellite", "door")
"""Kinds whose measures are of different units: the largest is the one that most money is spent on."""
USED = 1e-9
"""Share of its family below which a plan has none of a thing."""


@dataclass(frozen=True, eq=False)
class Thing:
    """A thing and its measure: `weight` [k] in `unit` per program unit of `columns` [k], all weights above 0.

    own: columns of whole decisions that are about nothing else; pads: those of own pads that only it uses. scale: the
    measure of all of its family in the plan.
    """

    what: Entity
    unit: str
    columns: np.ndarray
    weight: np.ndarray
    own: np.ndarray
    pads: np.ndarray
    scale: float

    @property
    def name(self) -> str:
        """As it is written: kind:name, or the name of all zones of a kind."""
        return self.what.name if self.what.name in EVERYWHERE else f"{self.what.kind}:{self.what.name}"

    def amount(self, x: np.ndarray) -> float:
        """The measure of a plan x [n]."""
        return float(self.weight @ x[self.columns])


class Things:
    """Every thing of a plan's scenario, made once."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.tables, self.layout = plan, plan.tables, plan.assembly.program.layout
        self._worth = _worth(plan)
        self._made: dict[tuple[str, str], Thing] = {}
        self._family: dict[str, float] = {}
        self._where: dict[str, str] = {}

    def of(self, what: Entity) -> Thing:
        """The thing of an entity."""
        if (what.kind, what.name) not in self._made:
            self._made[what.kind, what.name] = self._thing(what)
        return self._made[what.kind, what.name]

    def named(self, names: Iterable[str]) -> list[Thing]:
        """Things by name or ``kind:name``. Raises `InputError` with every name that is not known."""
        found, faults = [], []
        for name in names:
            try:
                found.append(self.of(entity(self.tables, name)))
            except InputError as error:
                faults += [replace(f, file="--of") for f in error.faults]
        if faults:
            raise InputError(faults)
        return list({t.name: t for t in found}.values())

    def every(self) -> list[Thing]:
        """Every thing that has a column, all zones of a kind first."""
        names = [*self.everywhere(), *(f"{k}:{n}" for k, (table, *_) in KINDS.items() for n in self.tables.keys(table))]
        return [t for t in self.named(names) if t.columns.size]

    def everywhere(self) -> list[str]:
        """All zones of a kind, of kinds that the scenario has."""
        kinds = set(self.tables.frames["zones"]["kind"])
        return [name for name, kind in EVERYWHERE.items() if kind in kinds]

    def first(self, top: int) -> list[Thing]:
        """What nobody named: the largest of each kind in turn, a quarter of them things that the plan has none of.

        Orbit comes first and Earth last: whether the one is needed is asked more often than whether the other is.
        """
        places = self.named(n for n in ("orbit", "fleet", "earth") if n in self.everywhere())
        places = [t for t in places if t.columns.size] if len(places) > 1 else []
        used, unused = [], []
        for kind in TURNS:
            mine = self.named(f"{kind}:{n}" for n in self.tables.keys(KINDS[kind][0]))
            mine = [t for t in mine if t.columns.size]
            used.append(sorted((t for t in mine if self.used(t)), key=lambda t: -self._size(t)))
            unused.append(sorted((t for t in mine if not self.used(t)), key=self._near))
        turns = [t for row in zip_longest(*used) for t in row if t is not None]
        order = [*places[:1], *turns[:2], *places[1:2], *turns[2:5], *places[2:], *turns[5:]]
        strange = sorted((t for kind in unused for t in kind[:1]), key=self._near)[: top // 4]
        return [*order[: max(top - len(strange), 0)], *strange][:top]

    def used(self, thing: Thing) -> bool:
        """Whether the plan has any of it."""
        return thing.amount(self.plan.x) > USED * max(thing.scale, 1e-12)

    def _size(self, thing: Thing) -> float:
        if thing.what.kind in PAID:
            return float(np.abs(self.plan.flat.cost[thing.columns]) @ self.plan.x[thing.columns])
        return thing.amount(self.plan.x)

    def _near(self, thing: Thing) -> float:
        """Cost of its first share of what its family has [G USD], at the prices of the plan: the least comes first."""
        reduced = (self.plan.flat.cost - self.plan.flat.matrix.T @ self.plan.y)[thing.columns]
        return float((reduced / thing.weight).min()) * (thing.scale or 1.0)

    def _thing(self, what: Entity) -> Thing:
        block, mask = what.mask(self.tables, self.layout)
        if block is None or not mask.any():
            none = np.zeros(0, int)
            return Thing(what, self._unit(what), none, np.zeros(0), none, none, 0.0)
        mask = mask & (self._weights(what.kind, block) > 0)
        columns = flat_columns(self.layout, block.name, mask)
        weight = self._weights(what.kind, block)[mask]
        return Thing(what, self._unit(what), columns, weight, *self._own(what), self._all(what, block))

    def _all(self, what: Entity, block: VariableBlock) -> float:
        """The measure of the whole family in the plan."""
        key = self._kin(what, block)
        if key not in self._family:
            shown = block.exists & (np.arange(block.exists.shape[1]) < self.tables.shown)
            if what.kind in PAID:
                at = KINDS[what.kind][2]
                alike = [self._kin(replace(what, name=e[at]), block) == key for e in block.entities]
                shown &= np.array(alike, bool)[:, None]
            values = self.plan.x[flat_columns(self.layout, block.name, shown)]
            self._family[key] = float(self._weights(what.kind, block)[shown] @ values)
        return self._family[key]

    def _kin(self, what: Entity, block: VariableBlock) -> str:
        """What is counted together: doors of one unit, hardware of one kind of place."""
        if what.kind == "door":
            return f"door {self._unit(what)}"
        if what.kind not in ("hardware", "satellite"):
            return what.kind
        if not self._where:
            kinds = dict(zip(self.tables.keys("zones"), self.tables.frames["zones"]["kind"], strict=True))
            self._where |= {e[1]: str(kinds[e[0]]) for e in block.entities}
        return f"hardware {self._where.get(what.name, '')}"

    def _weights(self, kind: str, block: VariableBlock) -> np.ndarray:
        """Measure of one program unit of each column ``[entity, T]``."""
        per = np.broadcast_to(np.asarray(per_unit(block), float), block.exists.shape)
        if kind == "zone":
            return self._worth
        if kind in ("site", "workload"):
            return per / self.tables.shown
        if kind == "source":
            return per * float(self.tables.settings["period"]) * HOURS * 1e-3
        return per

    def _unit(self, what: Entity) -> str:
        if what.kind != "door":
            return UNITS[what.kind]
        layer = self.tables.frames["doors"]["layer"][what.name]
        return str(self.tables.frames["layers"]["unit"].get(layer, "") or UNITS["door"])

    def _own(self, what: Entity) -> tuple[np.ndarray, np.ndarray]:
        """Whole decisions about it alone (of sites their phases too, of zones their sites and shells), and its pads."""
        sites, shells = (), what.names if what.kind == "shell" else ()
        if what.kind == "zone":
            sites, shells = (self._rows(table, "zone", what.names) for table in ("sites", "shells"))
        sites = what.names if what.kind == "site" else sites
        phases = what.names if what.kind == "phase" else self._rows("phases", "site", sites)
        orbit = what.kind == "zone" and set(self.tables.keys("shells")) <= set(shells)
        flown = what.names if what.kind == "vehicle" else tuple(self.tables.keys("vehicles")) if orbit else ()
        parts = [
            self._whole("join", 0, phases),
            self._whole("open", 0, sites),
            self._whole("launch", 1, shells),
            self._whole("launch", 0, what.names if what.kind == "vehicle" else ()),
            self._whole("line", 0, what.names if what.kind == "door" else ()),
        ]
        return np.unique(np.concatenate(parts)), self._whole("line", 0, self._rows("doors", "vehicle", flown))

    def _rows(self, table: str, column: str, names: tuple[str, ...]) -> tuple[str, ...]:
        """Rows of a table that refer to one of some names."""
        words = zip(self.tables.keys(table), self.tables.frames[table][column], strict=True)
        return tuple(key for key, word in words if word in names)

    def _whole(self, family: str, at: int, names: tuple[str, ...]) -> np.ndarray:
        block = next((b for b in self.layout.variables if b.name == family and b.integer), None)
        if block is None:
            return np.zeros(0, int)
        mine = np.array([e[at] in names for e in block.entities], bool)
        return flat_columns(self.layout, family, block.exists & mine[:, None])


def _worth(plan: Plan) -> np.ndarray:
    """Per cent of the demanded value, at today's prices over the periods shown, of one unit of `serve` [arc, T]."""
    tables, sets, layout = plan.tables, plan.assembly.sets, plan.assembly.program.layout
    klass = tables.index("workloads", "class")
    price = tables.numbers["classes"]["price"][klass] * tables.numbers["workloads"]["price_factor"][:, None]
    total = float(np.sum(plan.service["value"]))
    block = layout.variables[layout.variable("serve")]
    per, dt = np.broadcast_to(per_unit(block), block.exists.shape), float(tables.settings["period"])
    return 100.0 * price[sets.arc_workload] * per * dt * HOURS * 1e-6 / max(total, 1e-12)
