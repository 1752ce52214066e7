"""The stack of one satellite class: waterfall, masses, the four boundaries against a ground site, top inputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import jax
import numpy as np
import pandas as pd

from planner.compiled import executable
from planner.faults import Fault, InputError
from planner.rules import place
from planner.stack.choices import Pick, Places, candidate_sites, flown_classes, pick, satellite_row
from planner.stack.costing import Measured, Model
from planner.stack.flight import STEPS
from planner.stack.inputs import Cell, Numbers, bills_of, cells, moved, numbers_of
from planner.stack.ranking import Ranking, ranking
from planner.tables import Tables

#: Number, name, unit, and what is inside on either side.
BOUNDARIES = (
    ("launch", "launch v. electricity", "USD/kW/yr", "launch, failures flown again", "electricity"),
    (
        "facility",
        "launch + build v. facility",
        "USD/kW/yr",
        "launch, satellite, insurance of both, links, operations",
        "facility, operations and links",
    ),
    ("cycle", "all-in 5-year cycle", "USD/kW", "all parts, no cost of capital", "all parts, no cost of capital"),
    ("gpu_hour", "delivered GPU-hour", "USD/GPU-h", "all parts and the cost of capital", "the same"),
    ("pflop_hour", "delivered PFLOP-hour", "USD/PFLOP-h", "all parts and the cost of capital", "the same"),
)
#: Part, side, and the boundaries it is in.
PARTS = (
    ("launch", "orbit", "1 2 3 4"),
    ("build", "orbit", "2 3 4"),
    ("insurance", "orbit", "1 2 3 4, on what is in the box"),
    ("link", "orbit", "2 3 4"),
    ("electricity", "ground", "1 3 4"),
    ("facility", "ground", "2 3 4"),
    ("operations", "both", "2 3 4"),
    ("chips", "both", "3 4"),
)


@dataclass(frozen=True, eq=False)
class SatelliteStack:
    """One class in one comparison.

    waterfall: step, value [W/kg], factor, taken [W/kg], by (in words). masses: part, kg_per_kw. parts: part, orbit,
    ground [USD/kW/yr delivered], boxes. boundaries: boundary, unit, orbit, ground, ratio, inside_orbit, inside_ground.
    useful and cost: the inputs that move useful W/kg and USD per delivered GPU-hour in orbit.
    """

    name: str
    title: str
    satellite: str
    altitude: float
    chip: str
    first_launch: float
    vehicle: str
    site: str
    rack: str
    cooling: str
    power: str
    measured: Measured
    waterfall: pd.DataFrame
    masses: pd.DataFrame
    parts: pd.DataFrame
    boundaries: pd.DataFrame
    useful: Ranking | None = None
    cost: Ranking | None = None


def _whole(model: Model, numbers: Numbers, bills: dict[str, Any]) -> Measured:
    return model(numbers, bills)


def _sloped(model: Model, numbers: Numbers, bills: dict[str, Any], which: Any) -> Any:
    def one(numbers: Numbers) -> jax.Array:
        return model.ranked(numbers, bills) @ which

    return jax.value_and_grad(one)(numbers)


def _call(function: Callable[..., Any], *arguments: Any) -> Any:
    """The compiled function's answer; scenarios of one shape share what was compiled."""
    leaves, tree = jax.tree.flatten(arguments)
    arrays = [np.asarray(v) for v in leaves]
    ready = _ready(function, tree, tuple((a.shape, a.dtype) for a in arrays))
    return ready(*jax.tree.unflatten(tree, arrays))


@lru_cache(maxsize=8)
def _ready(function: Callable[..., Any], tree: Any, shapes: tuple[Any, ...]) -> Callable[..., Any]:
    return executable(function, *jax.tree.unflatten(tree, [jax.ShapeDtypeStruct(*s) for s in shapes]))


class Bench:
    """The model of a scenario, put to many comparisons."""

    def __init__(self, p: Places, period: int) -> None:
        self.places, self.tables, self.period, self.model = p, p.tables, period, Model(p.tables)

    def pick(self, satellite: int, site: int) -> Pick | None:
        """The comparison of a row of `satellites` with a site."""
        return pick(self.places, satellite, site, self.period)

    def measured(self, at: Pick) -> Measured:
        """What the model finds for a comparison."""
        found = _call(_whole, self.model, numbers_of(self.tables, at), bills_of(self.tables, at))
        return jax.tree.map(np.asarray, found)

    def rankings(self, at: Pick) -> tuple[Ranking | None, Ranking | None]:
        """Top inputs of useful W/kg and of USD per delivered GPU-hour in orbit: one backward pass for each figure.

        None for a figure that is zero or without bound, as where nothing is ever available.
        """
        numbers, bills = numbers_of(self.tables, at), bills_of(self.tables, at)
        ends: dict[tuple[Cell, float], tuple[float, float]] = {}

        def both(cell: Cell, value: float) -> tuple[float, float]:
            if (cell, value) not in ends:
                found = _call(_whole, self.model, moved(numbers, cell, value), bills)
                ends[cell, value] = float(found.steps["useful"]), float(found.gpu_hour.orbit)
            return ends[cell, value]

        out: list[Ranking | None] = []
        for k, which in enumerate(np.eye(2)):
            base, slopes = _call(_sloped, self.model, numbers, bills, which)
            if not 0.0 < float(base) < np.inf:
                out.append(None)
                continue
            slopes = jax.tree.map(np.asarray, slopes)
            found = ranking(
                self.tables,
                float(base),
                numbers,
                slopes,
                lambda cell, value, k=k: both(cell, value)[k],
                list(cells(self.tables, at)),
                self.period,
            )
            out.append(found)
        return out[0], out[1]

    def typical_site(self, satellite: int) -> tuple[int, int] | None:
        """Site whose cost of work is the median of the scenario's sites, and how many were compared."""
        costs = []
        for site in candidate_sites(self.tables):
            at = self.pick(satellite, site)
            if at is None:
                continue
            found = self.measured(at)
            cost = float(found.pflop_hour.ground)
            costs.append((cost if np.isfinite(cost) else float(sum(found.ground_parts.values())), site))
        if not costs:
            return None
        return sorted(costs)[(len(costs) - 1) // 2][1], len(costs)


def satellite_stack(bench: Bench, name: str, site: int, *, ranked: bool) -> SatelliteStack | None:
    """The stack of a class (or of a row of `satellites`) against a site; None where they cannot be compared."""
    tables = bench.tables
    row = satellite_row(tables, name, bench.period)
    at = bench.pick(row, site)
    if at is None:
        return None
    found = bench.measured(at)
    _refuse_impossible(tables, at, found)
    useful, cost = bench.rankings(at) if ranked else (None, None)
    frame, k = tables.frames["satellite_classes"], tables.keys("satellite_classes")[at.satellite_class]
    vehicle = int(found.vehicle)
    return SatelliteStack(
        name=k,
        title=str(frame["title"].iloc[at.satellite_class]) or k,
        satellite=tables.keys("satellites")[row],
        altitude=float(tables.numbers["shells"]["altitude"][at.shell]),
        chip=tables.keys("hardware")[at.chip],
        first_launch=float(tables.numbers["satellites"]["first_launch"][row]),
        vehicle=tables.keys("vehicles")[vehicle] if vehicle >= 0 else "",
        site=tables.keys("sites")[site],
        rack=tables.keys("hardware")[at.rack],
        cooling=tables.keys("cooling")[at.technology],
        power=tables.keys("generation")[at.source],
        measured=found,
        waterfall=_waterfall(tables, at, found),
        masses=pd.DataFrame({"part": list(_MASSES), "kg_per_kw": [float(found.masses[m]) for m in _MASSES]}),
        parts=_parts(found),
        boundaries=_boundaries(found),
        useful=useful,
        cost=cost,
    )


def _refuse_impossible(tables: Tables, at: Pick, found: Measured) -> None:
    """Raise `InputError` for a design that cannot be built: an array or a radiator without a finite, positive mass."""
    name = tables.keys("satellite_classes")[at.satellite_class]
    faults = []
    for part, column, wrong, instead in (
        ("radiator", "radiator_temperature", "the radiator takes in more heat than it gives off", "make it hotter"),
        ("array", "array_degradation", "nothing is left of the array at the end of its life", "write a smaller share"),
    ):
        mass = float(found.masses[part])
        if not 0.0 <= mass < np.inf:
            file, row = place(tables, "satellite_classes", name, column)
            faults.append(Fault(file, row, column if row else f"satellite_classes.{name}.{column}", wrong, instead))
    if faults:
        raise InputError(faults)


_MASSES = ("array", "battery", "radiator", "transport", "compute", "shield", "structure", "fixed")


def class_table(bench: Bench, site: int) -> pd.DataFrame:
    """All classes side by side: satellite, chip, kg_per_kw, gross, useful and the orbit side of each boundary."""
    rows = []
    for name in flown_classes(bench.tables):
        one = satellite_stack(bench, name, site, ranked=False)
        if one is not None:
            steps = one.measured.steps
            rows.append(
                {
                    "class": name,
                    "satellite": one.satellite,
                    "chip": one.chip,
                    "first_launch": one.first_launch,
                    "kg_per_kw": float(one.measured.specific_mass),
                    "gross": float(steps["gross"]),
                    "useful": float(steps["useful"]),
                    **{key: float(getattr(one.measured, key).orbit) for key, *_ in BOUNDARIES},
                }
            )
    return pd.DataFrame(rows)


def _waterfall(tables: Tables, at: Pick, found: Measured) -> pd.DataFrame:
    k = {c: float(v[at.satellite_class]) for c, v in tables.numbers["satellite_classes"].items()}
    h = {c: float(np.ravel(v[at.chip])[0]) for c, v in tables.numbers["hardware"].items()}
    values = [float(found.steps[s]) for s in STEPS]
    m = {p: float(v) for p, v in found.masses.items()}
    upset = 1.0 - float(found.steps["radiation"]) * float(found.specific_mass) / 1000.0
    rest, life = m["structure"] + m["fixed"], float(np.asarray(found.case.orbital.life))
    by = (
        "the array alone at begin of life",
        f"bus {k['overhead']:.3g} x IT, fading {k['array_degradation']:.1%} a year, eclipse, battery",
        f"kg/kW: radiator {m['radiator']:.2g}, compute {m['compute']:.2g}, loops {m['transport']:.2g}, rest {rest:.2g}",
        f"shield {m['shield']:.2g} kg/kW, {upset:.1%} of time lost to upsets",
        f"lost a year: {k['loss_rate']:.1%} of satellites, {h['attrition']:.1%} of chips, for {life:g} yr",
        _linked(found),
        f"chips available {h['availability']:.0%} of the time; work waits for them",
    )
    factors = [1.0, *(b / a if a else np.nan for a, b in pairwise(values))]
    taken = [0.0, *(a - b for a, b in pairwise(values))]
    return pd.DataFrame({"step": STEPS, "value": values, "factor": factors, "taken": taken, "by": by})


def _linked(found: Measured) -> str:
    linked, fleet = float(found.linked), float(found.fleet)
    if linked > 1e6:
        return "no limit of the links"
    return f"links feed {linked:.2g} GW, launches keep up {fleet:.2g} GW"


def _parts(found: Measured) -> pd.DataFrame:
    rows = [
        (
            part,
            float(found.orbit_parts[part]) if part in found.orbit_parts else np.nan,
            float(found.ground_parts[part]) if part in found.ground_parts else np.nan,
            boxes,
        )
        for part, _, boxes in PARTS
    ]
    return pd.DataFrame(rows, columns=["part", "orbit", "ground", "boxes"])


def _boundaries(found: Measured) -> pd.DataFrame:
    rows = []
    for key, name, unit, here, there in BOUNDARIES:
        sides = getattr(found, key)
        orbit, ground = float(sides.orbit), float(sides.ground)
        rows.append((name, unit, orbit, ground, orbit / ground if ground else np.nan, here, there))
    return pd.DataFrame(rows, columns=["boundary", "unit", "orbit", "ground", "ratio", "inside_orbit", "inside_ground"])
