"""Conflicts and repairs in the model's words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from planner.diagnose.conflict import Row
from planner.diagnose.found import Limit
from planner.diagnose.levers import Cell
from planner.report.prices import MEANING, TABLES
from planner.report.words import number, percent
from planner.schema import TABLES as SCHEMA
from planner.tables import Tables

LIMITS = {
    "budget": "raise the budget '{k}' by {a} B USD a year",
    "equity": "raise the equity '{k}' by {a} B USD",
    "debt": "raise the cover of debt '{k}' by {a}",
    "carbon": "raise the carbon cap '{k}' by {a} Mt a year",
    "max_sites": "allow {a} more committed {sites}",
    "door_share": "let one door of {s} take {p} more of its layer",
    "site_share": "let one site have {p} more of all power ('{k}')",
    "jurisdiction_share": "let one jurisdiction have {p} more of all power ('{k}')",
    "door_loss": "ask that {p} less of {s} can be made without one door",
}
PHRASES = {
    ("sites", "water_permit"): "a water permit at {n} that is larger by {a} Ml a year",
    ("sites", "ramp"): "{a} MW a year more that {n} can add",
    ("sites", "energised"): "{a} MW more that stands at {n} at the start",
    ("sites", "time_to_power"): "a wait for grid power at {n} that is {p} shorter",
    ("territories", "throughput"): "{a} GW a year more that {n} energises",
    ("phases", "power"): "{a} MW more {n}",
    ("stages", "lead_fixed"): "a lead of stage '{n}' that is {p} shorter",
    ("zones", "link_capacity"): "{a} Gb/s more of links at {n}",
    ("leases", "capacity"): "{a} PFLOP/s more for rent at {n}",
    ("halls", "capacity"): "{a} MW more of halls '{n}' at the start",
    ("stock", "units"): "{a} more racks of '{n}' at the start",
    ("hardware", "ramp"): "{a} more of {n} sold a year",
    ("fleets", "new_units"): "{a} more endpoints of {n} a year",
    ("vehicles", "cadence"): "{a} more launches of {n} a year",
    ("doors", "capacity"): "{a} {u} a year more from {n}",
    ("doors", "sold"): "{p} less of {n} sold to others",
    ("doors", "make_time"): "a make-time at {n} that is {p} shorter",
    ("layers", "max_stock"): "{a} years of supply more that may be kept of {n}",
    ("inflight", "quantity"): "{a} units more in the order '{n}' that is in flight",
    ("learning", "assumed"): "promise {p} fewer tonnes to the price of {n}",
    ("residency", "inside"): "a share to be kept inside by '{n}' that is {p} lower",
    ("workloads", "share"): "serve {p} less of {n}",
}
HARD = {
    "serve": "demand of {a} that may not be refused",
    "work": "the job {a} that may not be refused",
    "run": "a job runs where it is served ({a})",
    "gang": "{a} is served only at its home ({b})",
    "gang_whole": "{a} is served whole at its home ({b})",
    "strong": "{a} is served at {b} only if the site is open",
    "compute": "compute of kind {a} at {b}",
    "peak": "compute of kind {a} at {b}, hours {c}",
    "time": "time of {b} at {a}",
    "source": "{b} power drawn at {a} from what stands and is available",
    "racks": "racks of {a} stand at its sites",
    "power": "power at {a}",
    "mass": "mass that launches carry to {a}",
    "volume": "volume that launches carry to {a}",
    "kept": "{b} power at {a} that stands is kept",
    "open_first": "queue {a} only where the site is open",
    "order": "queue {a} only after the one before it",
    "borrow": "the borrowed share of capital is debt ({a})",
    "idle": "idle time of {b} at {a}",
}
ALSO = {"serve": ("workloads",), "work": ("workloads",), "run": ("workloads",), "gang": ("workloads", "zones")} | {
    "gang_whole": ("workloads", "zones"),
    "strong": ("workloads", "zones"),
    "compute": ("profiles", "zones"),
    "peak": ("profiles", "zones"),
    "time": ("zones", "hardware"),
    "source": ("sites", "generation"),
    "racks": ("zones",),
    "power": ("sites",),
    "kept": ("sites", "generation"),
    "mass": ("shells",),
    "volume": ("shells",),
    "idle": ("zones", "hardware"),
}


def title(tables: Tables, table: str, key: str) -> str:
    """Name shown of a row; of a workload: its class and region; of a phase: its source and site."""
    frame = tables.frames.get(table)
    if frame is None or key not in frame.index:
        return key
    row = frame.loc[key]
    if table == "workloads":
        own = str(row["title"]) if row["title"] else ""
        alone = ((frame["class"] == row["class"]) & (frame["region"] == row["region"])).sum() == 1
        name = f"{title(tables, 'classes', row['class'])}, {title(tables, 'regions', row['region'])}"
        return own or (name if alone else f"{name} ('{key}')")
    if table == "phases":
        return f"{title(tables, 'generation', row['source'])} at {title(tables, 'sites', row['site'])} ('{key}')"
    if table == "learning":
        return title(tables, "vehicles", row["vehicle"]) if row["vehicle"] else key
    return str(row["title"]) if "title" in frame.columns and row["title"] else key


def word(tables: Tables, table: str, key: str, column: str) -> Any:
    """A cell that is not a number."""
    return tables.frames[table].at[key, column]


def change(tables: Tables, cell: Cell, steps: float) -> str:
    """One change of a repair as a sentence without its dates."""
    amount = cell.unit * steps
    a, p = number(amount), percent(amount)
    if cell.table == "limits":
        row = tables.frames["limits"].loc[cell.key]
        phrase = LIMITS[row["kind"]]
        subject = title(tables, "layers", row["subject"])
        sites = "site" if amount == 1 else "sites"
        return phrase.format(k=cell.key, a=a, p=percent(amount), s=subject, sites=sites)
    unit = ""
    if cell.table == "doors":
        layer = word(tables, "doors", cell.key, "layer")
        unit = tables.frames["layers"]["unit"].get(layer, "") or "units" if layer else "units"
    phrase = PHRASES[cell.kin]
    if a == "1":
        phrase = phrase.replace("launches", "launch").replace("racks", "rack").replace("endpoints", "endpoint")
    return phrase.format(n=title(tables, cell.table, cell.key), a=a, p=p, u=unit)


def row(tables: Tables, r: Row) -> str:
    """What a row of the conflict says."""
    names = (*TABLES.get(r.family, ALSO.get(r.family, ())), "", "", "")
    shown = [title(tables, names[i], e) if names[i] else e for i, e in enumerate(r.entity)]
    shown += [""] * (3 - len(shown))
    if r.family == "serve" and not tables.frames["workloads"]["must_serve"].get(r.entity[0], True):
        return f"demand of {shown[0]}"
    phrase = HARD.get(r.family) or MEANING.get(r.family)
    if phrase is None:
        return f"{r.name}: {r.meaning}"
    return phrase.format(a=shown[0], b=shown[1], c=shown[2])


def limits(tables: Tables, rows: Iterable[Row]) -> tuple[Limit, ...]:
    """Rows of a conflict as a reader sees them: those with an amount first, by date."""
    told = []
    for r in rows:
        members = tuple(f"{r.name}@{t}" for t in r.periods)
        told.append(Limit(r.name, row(tables, r), when(tables, r.periods), limit(tables, r), members))
    return tuple(sorted(told, key=lambda c: (not c.limit, c.when)))


def when(tables: Tables, periods: Iterable[int]) -> str:
    """Dates of periods: ``2030``, ``2030 to 2032``; quarters and months to the tenth of a year."""
    years = tables.years[np.array(sorted(periods))]
    first, last = (f"{y:.2f}".rstrip("0").rstrip(".") for y in (years[0], years[-1]))
    return first if first == last else f"{first} to {last}"


def limit(tables: Tables, r: Row) -> str:
    """The limit of a row of the conflict with its unit; nothing where it only ties columns together."""
    low, high = sorted(abs(v) for v in r.limit)
    if high == 0:
        return ""
    unit = r.unit
    if unit == "layer unit":
        layer = tables.frames["doors"]["layer"].get(r.entity[0], r.entity[0]) if r.family == "door" else r.entity[0]
        unit = str(tables.frames["layers"]["unit"].get(layer, "") or "units")
    unit = _small_unit(unit)
    span = number(high) if high - low <= 1e-9 * high else f"{number(low)} to {number(high)}"
    return f"{span} {unit}".strip() if unit != "1" else span


def _small_unit(unit: str) -> str:
    """The unit of a limit that was counted in table units."""
    small = {"GW": "MW", "EFLOP/s": "PFLOP/s", "G USD": "M USD", "Gl": "Ml", "Tb/s": "Gb/s", "kt": "t"}
    for large, name in small.items():
        if unit.startswith(large):
            return name + unit.removeprefix(large)
    return unit.removeprefix("thousand ")


UNITS = {"budget": "B USD/yr", "equity": "B USD", "carbon": "Mt/yr", "max_sites": "sites"}


def unit_of(tables: Tables, cell: Cell) -> str:
    """Unit of an amount added to a cell; of a limit: that of its kind; "" where it is a plain number."""
    unit = SCHEMA[cell.table].index[cell.column].unit
    if cell.table == "limits":
        unit = UNITS.get(word(tables, "limits", cell.key, "kind"), "1")
    return "" if unit == "1" else unit
