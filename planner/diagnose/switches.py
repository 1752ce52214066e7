"""Changes that are not amounts: dates, rules and choices. Each alone is tried as a repair, with its structure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from planner.diagnose.conflict import Row
from planner.diagnose.words import title, word
from planner.tables import Tables


@dataclass(frozen=True)
class Switch:
    """One cell of words or dates. kin: what kind of change it is; values: mildest first, each with its sentence."""

    path: str
    kin: str
    values: tuple[tuple[str, str], ...]


def switches(tables: Tables, conflict: Sequence[Row]) -> Iterator[Switch]:
    """Switches that may matter, those of the conflict's own workloads first."""
    workloads = _workloads(tables, conflict)
    yield from _gangs(tables, workloads)
    yield from _later(tables, workloads)
    yield from _sales(tables)
    yield from _phases(tables)
    yield from _rules(tables)
    yield from _density(tables, workloads)
    for w in workloads:
        if word(tables, "workloads", w, "must_serve"):
            told = f"let {title(tables, 'workloads', w)} be refused at its price"
            yield Switch(f"workloads.{w}.must_serve", "must_serve", (("no", told),))


def _workloads(tables: Tables, conflict: Sequence[Row]) -> list[str]:
    """Workloads that the conflict names; without any, all that may not be refused."""
    frame = tables.frames["workloads"]
    named = [e for r in conflict for e in r.entity if e in frame.index and frame.at[e, "must_serve"]]
    return list(dict.fromkeys(named)) or [w for w in frame.index if frame.at[w, "must_serve"]]


def _gangs(tables: Tables, workloads: list[str]) -> Iterator[Switch]:
    frame = tables.frames["workloads"]
    for w in workloads:
        if frame.at[w, "one_zone"]:
            told = f"let {title(tables, 'workloads', w)} be served from several zones"
            yield Switch(f"workloads.{w}.one_zone", "gang", (("no", told),))
    for k in dict.fromkeys(word(tables, "workloads", w, "class") for w in workloads):
        if word(tables, "classes", k, "gang"):
            told = f"let work of {title(tables, 'classes', k)} be served from several zones"
            yield Switch(f"classes.{k}.gang", "gang", (("no", told),))


def _later(tables: Tables, workloads: list[str]) -> Iterator[Switch]:
    """Demand that begins later: the first date that works is found among the starts of periods."""
    starts, dt = tables.years[1:-1], float(tables.settings["period"])
    for w in workloads:
        row = tables.keys("workloads").index(w)
        if word(tables, "classes", word(tables, "workloads", w, "class"), "kind") == "job":
            continue
        begin = max(float(tables.numbers["workloads"]["window_start"][row]), float(tables.years[0]))
        values = tuple(
            (f"{year:.10g}", f"delay {title(tables, 'workloads', w)} by {span(year - begin, dt)}")
            for year in starts
            if year > begin + 1e-9
        )
        if values:
            yield Switch(f"workloads.{w}.window_start", "window_start", values)


def span(years: float, period: float) -> str:
    """A length of time in quarters, or years where they are whole."""
    if abs(years - round(years)) < 1e-6:
        return f"{round(years)} year{'s' if round(years) != 1 else ''}"
    if abs(4 * years - round(4 * years)) < 1e-6:
        return f"{round(4 * years)} quarter{'s' if round(4 * years) != 1 else ''}"
    return f"{years:.2f} years"


def _sales(tables: Tables) -> Iterator[Switch]:
    numbers, years = tables.numbers["hardware"], tables.years
    for i, h in enumerate(tables.keys("hardware")):
        name = title(tables, "hardware", h)
        if years[0] <= numbers["last_sale"][i] < years[-2] or numbers["last_sale"][i] < years[0]:
            ends = [y for y in years[1:] if y > numbers["last_sale"][i] + 1e-9]
            values = tuple((f"{y:.10g}", f"{name} stays on sale until {y:.6g}") for y in ends)
            yield Switch(f"hardware.{h}.last_sale", "sale dates", values)
        if numbers["first_sale"][i] > years[0]:
            starts = [y for y in years[:-1][::-1] if y < numbers["first_sale"][i]]
            values = tuple((f"{y:.10g}", f"{name} is on sale from {y:.6g}") for y in starts)
            yield Switch(f"hardware.{h}.first_sale", "sale dates", values)


def _phases(tables: Tables) -> Iterator[Switch]:
    years = tables.years
    for table, column, words in (
        ("phases", "earliest", "join {n} from {y}"),
        ("satellites", "first_launch", "fly {n} from {y}"),
    ):
        for i, key in enumerate(tables.keys(table)):
            date = tables.numbers[table][column][i]
            if date > years[0]:
                values = [y for y in years[:-1][::-1] if y < date]
                told = [words.format(n=title(tables, table, key), y=f"{y:.6g}") for y in values]
                yield Switch(
                    f"{table}.{key}.{column}",
                    column,
                    tuple((f"{y:.10g}", t) for y, t in zip(values, told, strict=True)),
                )


def _rules(tables: Tables) -> Iterator[Switch]:
    start = float(tables.years[0])
    for i, key in enumerate(tables.keys("export")):
        if tables.numbers["export"]["until"][i] > start:
            told = f"the export rule '{key}' ends before the plan"
            yield Switch(f"export.{key}.until", "export", ((f"{start - 1:.10g}", told),))
    for key, rule in tables.rows("cooling"):
        if not rule["buildable"]:
            told = f"{title(tables, 'cooling', key)} can be ordered"
            yield Switch(f"cooling.{key}.buildable", "buildable", (("yes", told),))


def _density(tables: Tables, workloads: list[str]) -> Iterator[Switch]:
    for i, key in enumerate(tables.keys("zones")):
        if np.isfinite(tables.numbers["zones"]["max_density"][i]):
            told = f"no limit on the density of racks at {title(tables, 'zones', key)}"
            yield Switch(f"zones.{key}.max_density", "density", (("none", told),))
    for w in workloads:
        if tables.numbers["workloads"]["density"][tables.keys("workloads").index(w)] > 0:
            told = f"let {title(tables, 'workloads', w)} run on racks of any density"
            yield Switch(f"workloads.{w}.density", "density", (("0", told),))


def mildest(switch: Switch, works: Callable[[str, str], bool]) -> tuple[str, str] | None:
    """The first value (with its sentence) that works, by bisection: what works early works later on the list."""
    values = switch.values
    if not works(switch.path, values[-1][0]):
        return None
    low, high = -1, len(values) - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if works(switch.path, values[middle][0]) else (middle, high)
    return values[high]
