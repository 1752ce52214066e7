"""Our side: one satellite class, one site and one rack of `world`, as inputs of the boundaries, with their grades."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import jax
import numpy as np

from compute_stack.boundaries import Case, Sides
from compute_stack.orbit import SatelliteDesign
from planner.check import grades
from planner.reconcile.walk import Step, differing, field, scalar
from planner.scenario import read_scenario
from planner.stack.choices import Pick, period_of, pick, places, satellite_row, site_position
from planner.stack.costing import Measured, Model
from planner.stack.inputs import bills_of, numbers_of
from planner.tables import Tables, read_tables

SCENARIO, SATELLITE, SITE, YEAR = "world", "shell_650_central_sat_rubin", "abilene", 2029.0

#: Label and unit of every field of a case.
FIELDS = {
    "orbital.specific_mass": ("satellite mass", "kg/kW"),
    "orbital.launch_price": ("launch price", "USD/kg"),
    "orbital.bus_price": ("satellite without chips", "USD/kW"),
    "orbital.life": ("life in orbit", "yr"),
    "orbital.loss_rate": ("losses in orbit", "1/yr"),
    "orbital.operations": ("operations in orbit", "USD/kW/yr"),
    "orbital.link": ("links", "USD/kW/yr"),
    "orbital.insurance": ("launch failures, as a premium", "-"),
    "orbital.spares": ("spares in orbit", "-"),
    "orbital.availability": ("availability in orbit", "-"),
    "orbital.network_utilisation": ("work that links carry", "-"),
    "orbital.rate": ("cost of capital, orbit", "1/yr"),
    "ground.facility_price": ("facility", "USD/kW"),
    "ground.facility_life": ("life of the facility", "yr"),
    "ground.electricity_price": ("electricity", "USD/kWh"),
    "ground.usage_effectiveness": ("PUE", "-"),
    "ground.load": ("mean load", "-"),
    "ground.operations": ("operations on the ground", "USD/kW/yr"),
    "ground.spares": ("spares on the ground", "-"),
    "ground.availability": ("availability on the ground", "-"),
    "ground.rate": ("cost of capital, ground", "1/yr"),
    "chips.orbital_price": ("chips in orbit", "USD/kW"),
    "chips.ground_price": ("chips on the ground", "USD/kW"),
    "chips.ground_life": ("life of chips on the ground", "yr"),
    "chips.orbital_attrition": ("chips lost in orbit", "1/yr"),
    "chips.ground_attrition": ("chips lost on the ground", "1/yr"),
    "chips.maintenance": ("repair on the ground", "1/yr"),
    "chips.per_kw": ("GPUs per kW", "1/kW"),
    "cycle": ("length of the cycle", "yr"),
}
#: Tables and columns behind each field; `*` for all columns of the row.
CELLS = {
    "orbital.specific_mass": [("satellite_classes", "*")],
    "orbital.launch_price": [("vehicles", "price"), ("vehicles", "payload"), ("vehicles", "fairing")],
    "orbital.bus_price": [("satellite_classes", "bus_price")],
    "orbital.life": [("satellite_classes", "life"), ("hardware", "life")],
    "orbital.loss_rate": [("satellite_classes", "loss_rate"), ("hardware", "attrition")],
    "orbital.operations": [("satellite_classes", "operations")],
    "orbital.link": [("zones", "link_price")],
    "orbital.insurance": [("vehicles", "success")],
    "orbital.spares": [("satellite_classes", "spares")],
    "orbital.availability": [("satellite_classes", "radiation_availability"), ("hardware", "availability")],
    "orbital.network_utilisation": [("zones", "link_capacity")],
    "orbital.rate": [("scenario", "discount_rate")],
    "ground.facility_price": [("sites", "construction"), ("cooling", "capex"), ("generation", "capex")],
    "ground.facility_life": [("scenario", "construction_life"), ("cooling", "life"), ("generation", "life")],
    "ground.electricity_price": [("sites", "power_price")],
    "ground.usage_effectiveness": [("cooling", "*"), ("sites", "wet_bulb"), ("sites", "dry_bulb")],
    "ground.load": [],
    "ground.operations": [("scenario", "construction_upkeep")],
    "ground.spares": [],
    "ground.availability": [("racks", "availability")],
    "ground.rate": [("scenario", "discount_rate")],
    "chips.orbital_price": [("hardware", "price")],
    "chips.ground_price": [("racks", "price")],
    "chips.ground_life": [("racks", "life")],
    "chips.orbital_attrition": [("hardware", "attrition")],
    "chips.ground_attrition": [("racks", "attrition")],
    "chips.maintenance": [("racks", "maintenance")],
    "chips.per_kw": [("hardware", "chips"), ("hardware", "power")],
    "cycle": [],
}


@dataclass(frozen=True, eq=False)
class Ours:
    """Our figures and where they come from."""

    tables: Tables
    pick: Pick
    case: Case
    design: SatelliteDesign
    pflop_hour: Sides  #: [USD/PFLOP-h] boundary 4 per effective work, computed apart
    pflops: Sides  #: [PFLOP/s/kW] effective, while working
    grade: dict[str, str]
    where: dict[str, str]

    def step(self, *names: str, what: str = "", was: str = "", now: str = "", begin: Case, text: str = "") -> Step:
        """A step that sets fields of a case to ours; `begin` gives what they were where the words do not."""
        label, unit = FIELDS[names[0]]
        if len({FIELDS[n][0] for n in names}) > 1 and not what:
            label = ", ".join(FIELDS[n][0] for n in names)
        was = was or ", ".join(number(field(begin, n)) for n in names)
        now = now or ", ".join(number(field(self.case, n)) for n in names) + unit_words(unit)
        grade = max((self.grade[n] for n in names), default="C")
        source = text or ", ".join(dict.fromkeys(w for n in names for w in self.where[n].split(", ")))
        return Step(what or label, {n: scalar(field(self.case, n)) for n in names}, was, now, source, grade)

    def rest(self, state: Case) -> tuple[Step, ...]:
        """The last step: every field that still differs (those outside the figure)."""
        left = differing(state, self.case)
        if not left:
            return ()
        return (Step("all that this figure does not count", left, "", "ours", "`world`", "C"),)


@cache
def ours() -> Ours:
    """Read `world` and compute our case once."""
    tables = read_tables(read_scenario(SCENARIO))
    period = period_of(tables, YEAR)
    at = pick(places(tables), satellite_row(tables, SATELLITE, period), site_position(tables, SITE), period)
    if at is None:
        raise RuntimeError(f"{SITE} has no rack to compare with")
    found = measured(tables, at)
    case = jax.tree.map(scalar, found.case)
    numbers = tables.numbers["satellite_classes"]
    columns = {f: scalar(numbers[f][at.satellite_class]) for f in SatelliteDesign._fields if f in numbers}
    altitude = scalar(tables.numbers["shells"]["altitude"][at.shell])
    grade, where = _provenance(tables, at, int(found.vehicle))
    design = SatelliteDesign(altitude=altitude, **columns)
    return Ours(tables, at, case, design, found.pflop_hour, found.compute, grade, where)


def measured(tables: Tables, at: Pick) -> Measured:
    """What `planner stack` finds for the same comparison."""
    return Model(tables)(numbers_of(tables, at), bills_of(tables, at))


def _provenance(tables: Tables, at: Pick, vehicle: int) -> tuple[dict[str, str], dict[str, str]]:
    """Worst grade of the cells behind each field, and their place in words."""
    rows = {
        "satellite_classes": at.satellite_class,
        "vehicles": vehicle,
        "hardware": at.chip,
        "racks": at.rack,
        "sites": at.site,
        "cooling": at.technology,
        "generation": at.source,
        "zones": tables.index("shells", "zone")[at.shell],
    }
    cells = grades(tables).set_index(["table", "row"]).sort_index()
    settings = {r["column"]: r["confidence"] for r in tables.provenance.to_dict("records") if r["table"] == "scenario"}
    grade, where = {}, {}
    for path, wanted in CELLS.items():
        found, words = [], []
        for table, column in wanted:
            if table == "scenario":
                found.append(settings.get(column, settings.get("*", "C")))
                words.append(f"`scenario.{column}`")
                continue
            real = "hardware" if table == "racks" else table
            row = tables.keys(real)[int(rows[table])]
            mine = cells.loc[[(real, row)]]
            mine = mine if column == "*" else mine[mine["column"] == column]
            found += [g for g in mine["grade"] if g in "ABC"]
            words.append(f"`{real}.{row}`" if column == "*" else f"`{real}.{row}.{column}`")
        grade[path], where[path] = max(found, default="C"), ", ".join(words[:2]) or "convention of the comparison"
    return grade, where


def number(value: object) -> str:
    """A number in four figures, thousands grouped."""
    v = scalar(value)
    if v == 0:
        return "0"
    digits = max(0, 3 - int(np.floor(np.log10(abs(v)))))
    text = f"{v:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def unit_words(unit: str) -> str:
    """The unit after a number; nothing for a share."""
    return "" if unit == "-" else f" {unit}"
