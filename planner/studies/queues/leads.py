"""Every lead of a scenario as one input that can move alone: phases, bills of materials, doors, first flights."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from compute_stack import power
from planner.results import Plan
from planner.studies.inputs.resolved import Cell
from planner.tables import Tables

PHASE, BILL, DOOR, OWN, FLIGHT = "power", "equipment", "door", "own door", "launch"


@dataclass(frozen=True)
class Lead:
    """One queue.

    kind: one of `PHASE`, `BILL`, `DOOR`, `OWN`, `FLIGHT`. cell: the input that moves it alone in tables that are
    `apart`. years: the lead that the plan counts with [yr] (a first flight: years after the start). per_year: how much
    the input moves for a year of lead [-]. joined: calendar year in which the plan joins it; nan: it does not.
    """

    kind: str
    name: str
    cell: Cell
    years: float
    per_year: float
    joined: float

    @property
    def inside(self) -> bool:
        """Whether the plan stands in it."""
        return bool(np.isfinite(self.joined))


def apart(tables: Tables) -> Tables:
    """The same scenario with a stage of its own for every phase, of the phase's name: its lead can then move alone.

    The whole median lead stands in `lead_fixed` there.
    """
    stage, names = tables.index("phases", "stage"), tables.keys("phases")
    stages = tables.frames["stages"].iloc[stage].copy()
    stages.index = tables.frames["phases"].index.rename(tables.frames["stages"].index.name)
    phases = tables.frames["phases"].copy()
    phases["stage"] = names
    own = {c: v[stage] for c, v in tables.numbers["stages"].items()}
    own["lead_fixed"] = _medians(tables)
    own["lead_per_time_to_power"] = np.zeros(len(names))
    return replace(
        tables,
        frames=tables.frames | {"stages": stages, "phases": phases},
        numbers=tables.numbers | {"stages": own},
    )


def _medians(tables: Tables) -> np.ndarray:
    """Median lead of every phase [yr]."""
    stage, site = tables.index("phases", "stage"), tables.index("phases", "site")
    s, wait = tables.numbers["stages"], tables.numbers["sites"]["time_to_power"]
    return np.asarray(power.lead_median(s["lead_fixed"][stage], s["lead_per_time_to_power"][stage], wait[site]))


def parents(tables: Tables) -> dict[str, str]:
    """The phase that each phase comes after; empty: none."""
    frame = tables.frames["phases"]
    return {str(n): str(a or "") for n, a in zip(frame.index, frame["after"], strict=True)}


def chain(tables: Tables, phase: str) -> list[str]:
    """A phase and all that may come only after it."""
    after, out = parents(tables), [phase]
    for name in out:
        out += [n for n, parent in after.items() if parent == name]
    return out


def leads_of(plan: Plan) -> list[Lead]:
    """All queues of a plan: those that it stands in and the phases that it could join."""
    return [*_phases(plan), *_bills(plan), *_doors(plan), *_flights(plan)]


def _phases(plan: Plan) -> list[Lead]:
    tables, n = plan.tables, plan.tables.numbers
    names = tables.keys("phases")
    if not names or "join" not in plan.blocks:
        return []
    median, sigma = _medians(tables), n["stages"]["sigma"][tables.index("phases", "stage")]
    if tables.settings["delivery"] == "expected":
        years, factor = median, np.ones(median.size)
    else:
        quantile = tables.settings["planning_quantile"]
        years = np.asarray(power.lead_quantile(median, sigma, quantile))
        factor = np.asarray(power.lead_quantile(np.ones(median.size), sigma, quantile))
    joined = np.round(plan.blocks["join"]) > 0
    when = np.where(joined.any(axis=1), tables.years[joined.argmax(axis=1)], np.nan)
    return [
        Lead(PHASE, name, ("stages", name, "lead_fixed"), float(years[i]), 1.0 / float(factor[i]), float(when[i]))
        for i, name in enumerate(names)
    ]


def _bills(plan: Plan) -> list[Lead]:
    frame, lead = plan.tables.frames["bills"], plan.tables.numbers["bills"]["lead"]
    built = {
        "hardware": _first(plan, "build", 1), "generation": _first(plan, "energised", 1),
        "cooling": _first(plan, "hall", 1), "satellite_classes": _first(plan, "launch", 0),
        "construction": {"*": min(_first(plan, "hall", 0).values(), default=np.nan)},
        "doors": _first(plan, "line", 0),
    }  # fmt: skip
    out = []
    for i, (name, of, item, layer) in enumerate(
        zip(frame.index, frame["of"], frame["item"], frame["layer"], strict=True)
    ):
        when = built[of].get(item, np.nan)
        out.append(Lead(BILL, f"{layer} for {item}", ("bills", name, "lead"), float(lead[i]), 1.0, float(when)))
    return out


def _doors(plan: Plan) -> list[Lead]:
    frame, n = plan.tables.frames["doors"], plan.tables.numbers["doors"]
    ordered, lines = _first(plan, "order", 0), _first(plan, "line", 0)
    out = []
    for i, (name, own) in enumerate(zip(frame.index, frame["own"], strict=True)):
        if own:
            built = lines.get(name, np.nan)
            out.append(Lead(OWN, name, ("doors", name, "build_time"), float(n["build_time"][i]), 1.0, built))
        else:
            when = ordered.get(name, np.nan)
            out.append(Lead(DOOR, name, ("doors", name, "make_time"), float(n["make_time"][i]), 1.0, when))
    return out


def _flights(plan: Plan) -> list[Lead]:
    tables, flown = plan.tables, _first(plan, "launch", 1)
    start, first = float(tables.settings["start"]), tables.numbers["satellites"]["first_launch"]
    return [
        Lead(FLIGHT, name, ("satellites", name, "first_launch"), float(first[i]) - start, 1.0, flown.get(name, np.nan))
        for i, name in enumerate(tables.keys("satellites"))
        if first[i] > start
    ]


def _first(plan: Plan, family: str, key: int) -> dict[str, float]:
    """Calendar year of the first use of each entity of a variable family, by one of its keys."""
    if family not in plan.blocks:
        return {}
    layout = plan.assembly.program.layout
    block, values = layout.variables[layout.variable(family)], plan.blocks[family]
    out: dict[str, float] = {}
    for entity, row in zip(block.entities, values, strict=True):
        some = np.flatnonzero(row > 1e-6 * max(float(np.abs(values).max()), 1e-9))
        if some.size:
            year = float(plan.tables.years[some[0]])
            out[entity[key]] = min(out.get(entity[key], np.inf), year)
    return out
