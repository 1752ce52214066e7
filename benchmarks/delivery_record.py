"""Published delivery ratios, and what the stage table and the facts imply for each: the rows of docs/delivery.md."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from compute_stack import delivery, power
from planner.tables import Tables

FACTS = Path(__file__).parent / "delivery_facts.csv"
COUNTED = 2025.0 + 115 / 365  # 25 April 2025
LETTERS = 2023.0 + (np.arange(24) + 0.5) / 12  # officer letters of 2023 and 2024, evenly by month
COHORTS = np.arange(2000.0, 2020.0)  # requests of 2000 to 2019, counted at the end of 2024
MONTHS = 12.0
NEAR = 0.15  # a centre this close to the record is called close
OWN, CLOSE, WIDE, MISSED = "not a test: its own source", "covered", "in the range, centre off", "**not covered**"


@dataclass(frozen=True)
class Input:
    """A number with the range published for it, its source and grade."""

    name: str
    value: float
    low: float
    high: float
    source: str
    grade: str


@dataclass(frozen=True)
class Check:
    """A published ratio and a model of it. circular: an input was itself taken from that ratio."""

    what: str
    how: str
    published: float
    unit: str
    model: Callable[..., float]
    inputs: tuple[Input, ...]
    circular: bool = False
    note: str = ""


@dataclass(frozen=True)
class Result:
    """What a check gave: at the central inputs, over each input's range alone, and over all of them together."""

    check: Check
    central: float
    alone: tuple[float, float]
    together: tuple[float, float]

    @property
    def off(self) -> float:
        """Ours at the central inputs over the published value, less 1."""
        return self.central / self.check.published - 1.0

    @property
    def verdict(self) -> str:
        """In words."""
        if self.check.circular:
            return OWN
        for (low, high), words in (
            (self.alone, CLOSE if abs(self.off) <= NEAR else WIDE),
            (self.together, "only if several inputs are off together"),
        ):
            if low <= self.check.published <= high:
                return words
        return MISSED


def facts() -> dict[str, dict[str, str]]:
    """The published figures by name."""
    with FACTS.open(encoding="utf-8") as rows:
        return {row["fact"]: row for row in csv.DictReader(rows)}


def result(check: Check) -> Result:
    """A check at its centre, at nine points of each input alone, and at all corners of the inputs together."""
    centre = [i.value for i in check.inputs]
    alone = [check.model(*centre)]
    for k, i in enumerate(check.inputs):
        alone += [check.model(*centre[:k], v, *centre[k + 1 :]) for v in np.linspace(i.low, i.high, 9)]
    ends = [check.model(*corner) for corner in itertools.product(*((i.low, i.high) for i in check.inputs))]
    ends += alone
    return Result(check, alone[0], (min(alone), max(alone)), (min(ends), max(ends)))


def stage(tables: Tables, name: str, column: str) -> Input:
    """A number of the stage table with the range and source that its provenance gives."""
    value = float(tables.numbers["stages"][column][tables.keys("stages").index(name)])
    found = records(tables, "stages", column)
    record = found.get(name) or found["*"]
    source, grade = f"`{record['source']}`", str(record["confidence"])
    return Input(f"{column} of `{name}`", value, float(record["low"]), float(record["high"]), source, grade)


def records(tables: Tables, table: str, column: str) -> dict[str, dict[str, Any]]:
    """Records of provenance of a column, by row."""
    every = tables.provenance.to_dict("records")
    return {str(r["row"]): r for r in every if r["table"] == table and r["column"] == column}


def checks(tables: Tables) -> Iterator[Check]:
    """Every published ratio with the models of it, in the order of the page."""
    known = facts()

    def fact(name: str, scale: float = 1.0) -> Input:
        row = known[name]
        value, low, high = (float(row[c]) * scale for c in ("value", "low", "high"))
        return Input(row["note"] or name, value, low, high, row["source"], row["grade"])

    def given(name: str) -> float:
        return float(known[name]["value"])

    spread = stage(tables, "construction", "sigma")
    building = stage(tables, "construction", "odds")
    rest = stage(tables, "construction", "lead_fixed")
    approved = stage(tables, "approved", "odds")
    wait = texas_wait(tables)
    part = float(tables.numbers["stages"]["lead_per_time_to_power"][tables.keys("stages").index("approved")])
    yield from ercot_projects(given("ercot_projects"), approved, building, rest, spread, wait, part, fact)
    yield from ercot_power(given("ercot_power"), building, rest, spread, fact)
    yield from lbnl(given("lbnl_projects"), given("lbnl_power"), stage(tables, "new", "odds"), spread, fact)
    yield from epoch(given, stage(tables, "engines", "lead_fixed"), spread, campus_wait(tables), part, fact)
    yield funnel(tables, given("ercot_connected") / given("ercot_requested"), wait, fact("ercot_growth"))


def ercot_projects(
    published: float, approved: Input, building: Input, rest: Input, spread: Input, wait: Input, part: float, fact
) -> Iterator[Check]:
    """55 % of officer letters led to an energised project."""
    ages = COUNTED - LETTERS

    def curve(odds: float, median: float, sigma: float) -> float:
        return float(np.mean(power.energised_probability(ages, odds, median, sigma)))

    what, unit = "ERCOT, share of projects", "share"
    yield Check(what, "odds of stage `approved`, in the end", published, unit, lambda p: p, (approved,), circular=True)
    yield Check(
        what,
        "letters are stage `approved`: their delivery curve, counted on 25 April 2025",
        published,
        unit,
        lambda p, w, s: curve(p, part * w, s),
        (approved, wait, spread),
        note="most letters were younger than the median lead",
    )
    yield Check(
        what,
        "letters are stage `construction`: their delivery curve, counted on 25 April 2025",
        published,
        unit,
        curve,
        (building, rest, spread),
    )

    def slipped(odds: float, slip: float, sigma: float) -> float:
        return curve(odds, slip * np.exp(-0.5 * sigma**2), sigma)

    yield Check(
        what,
        "stage `construction`, dates promised within 2023 and 2024, late by the mean slip",
        published,
        unit,
        slipped,
        (building, fact("ercot_slip", 1 / 365), spread),
    )


def ercot_power(published: float, building: Input, rest: Input, spread: Input, fact) -> Iterator[Check]:
    """26 % of the letters' megawatts were realised."""
    what, unit = "ERCOT, share of MW", "share"
    yield Check(
        what,
        "share of projects x share of its request that a data centre draws",
        published,
        unit,
        lambda projects, drawn: projects * drawn,
        (fact("ercot_projects"), fact("ercot_realised")),
        note="both factors are published; whether the second counts only energised projects is not said",
    )
    ages = COUNTED - LETTERS

    def ramped(odds: float, median: float, sigma: float, ramp: float, size: float) -> float:
        return float(np.mean(delivery.ramped_power_share(ages, size / ramp / MONTHS, odds, median, sigma)))

    yield Check(
        what,
        "stage `construction` with the ramp after first power, counted on 25 April 2025",
        published,
        unit,
        ramped,
        (building, rest, spread, fact("ramp"), fact("project_size")),
    )
    yield Check(
        "ERCOT, share of MW over share of projects",
        "the same: what is energised has not ramped yet",
        published / float(facts()["ercot_projects"]["value"]),
        "ratio",
        lambda m, s, r, z: ramped(1.0, m, s, r, z) / float(np.mean(power.energised_probability(ages, 1.0, m, s))),
        (rest, spread, fact("ramp"), fact("project_size")),
    )
    yield Check(
        what,
        "share due within a year that is under construction x odds of `construction`",
        published,
        unit,
        lambda share, odds: share * odds,
        (fact("under_construction"), building),
        note="uses no figure of ERCOT",
    )


def lbnl(projects: float, powers: float, odds: Input, spread: Input, fact) -> Iterator[Check]:
    """19 % of projects and 13 % of megawatts of the requests of 2000 to 2019 operated by the end of 2024."""

    def operated(p: float, months: float, sigma: float) -> float:
        return float(
            delivery.cohort_energised_share(np.ones(COHORTS.size), COHORTS, 1.0, 2025.0, p, months / MONTHS, sigma)
        )

    inputs = (odds, fact("lbnl_wait"), spread)
    how = "odds of `new`, yearly cohorts, published median wait, counted at the end of 2024"
    yield Check("LBNL, share of projects", how, projects, "share", operated, inputs, note="generation, not loads")
    yield Check(
        "LBNL, share of MW",
        how,
        powers,
        "share",
        operated,
        inputs,
        note="one model for both: the range holds 13 %, no mechanism puts it below 19 %",
    )

    def ratio(growth: float, months: float, sigma: float) -> float:
        size = np.exp(growth * (COHORTS - COHORTS[0]))
        share = [
            delivery.cohort_energised_share(w, COHORTS, 1.0, 2025.0, 1.0, months / MONTHS, sigma)
            for w in (size, np.ones(COHORTS.size))
        ]
        return float(share[0] / share[1])

    growing = Input("growth of the size of requests a year", 0.05, 0.0, 0.15, "assumed", "C")
    yield Check(
        "LBNL, share of MW over share of projects",
        "later requests are larger and younger, odds do not depend on size",
        powers / projects,
        "ratio",
        ratio,
        (growing, *inputs[1:]),
    )


def epoch(given, engines: Input, spread: Input, campus: Input, part: float, fact) -> Iterator[Check]:
    """20.6 months from clearing land to first power."""
    what, unit, published = "Epoch, land to first power", "months", given("epoch_first_power")
    shell = fact("shell_build")
    value, low, high = (MONTHS * v for v in (engines.value, engines.low, engines.high))
    on_site = replace(engines, value=value, low=low, high=high)
    yield Check(
        what,
        "stage `approved` at the campuses' own wait for power",
        published,
        unit,
        lambda w: part * w * MONTHS,
        (campus,),
        circular=True,
        note="the waits were read off the same campuses",
    )
    yield Check(what, "shell alone", published, unit, lambda s: s, (shell,))
    yield Check(
        what,
        "the later of shell and on-site power, slipping together",
        published,
        unit,
        lambda s, e: max(s, e),
        (shell, on_site),
    )

    def later(s: float, e: float, sigma: float) -> float:
        return float(power.latest_lead_quantile(np.array([s, e]), np.full(2, sigma), 0.5))

    yield Check(
        what, "the later of shell and on-site power, independent", published, unit, later, (shell, on_site, spread)
    )
    yield Check(
        what,
        "a new request for grid power",
        published,
        unit,
        lambda w: w * MONTHS,
        (fact("grid_wait"),),
        note="another clock: the request comes years before land is cleared",
    )
    yield Check(
        "Epoch, upper over lower quartile",
        "log-normal with the spread of the stage table",
        given("epoch_upper_quartile") / given("epoch_lower_quartile"),
        "ratio",
        lambda s: float(power.lead_quantile(1.0, s, 0.75) / power.lead_quantile(1.0, s, 0.25)),
        (spread,),
        circular=True,
        note="the range of the spread was fitted to these campuses",
    )


def funnel(tables: Tables, published: float, wait: Input, growth: Input) -> Check:
    """3.7 % of the Texan queue is connected."""
    order = ("new", "study", "approved", "construction", "commissioning")
    n, place = tables.numbers["stages"], [tables.keys("stages").index(s) for s in order]
    odds = np.append(n["odds"][place], 1.0)

    def connected(w: float, g: float) -> float:
        lead = np.append(n["lead_fixed"][place] + n["lead_per_time_to_power"][place] * w, 0.0)
        hazards = delivery.stage_hazards(odds[:-1] / odds[1:], np.maximum(lead[:-1] - lead[1:], 0.1))
        return float(delivery.growing_queue_shares(*hazards, g)[-1])

    return Check(
        "ERCOT, connected share of the queue",
        "stages with hazards in a queue that grows",
        published,
        "share",
        connected,
        (wait, growth),
        note="a stock, not odds: the stage table's odds from request to power are 20 %",
    )


def texas_wait(tables: Tables) -> Input:
    """Wait for power of the Texan sites [yr]: median, least low, greatest high."""
    mine = tables.index("sites", "territory") == tables.keys("territories").index("ercot")
    sites = [k for k, m in zip(tables.keys("sites"), mine, strict=True) if m]
    found = [r for k, r in records(tables, "sites", "time_to_power").items() if k in sites]
    return Input(
        "wait of the Texan sites",
        float(np.median(tables.numbers["sites"]["time_to_power"][mine])),
        min(float(r["low"]) for r in found),
        max(float(r["high"]) for r in found),
        ", ".join(sorted({f"`{r['source']}`" for r in found})),
        max(str(r["confidence"]) for r in found),
    )


def campus_wait(tables: Tables) -> Input:
    """Wait for power of the sites whose wait Epoch's campuses gave [yr]: median and quartiles."""
    found = [k for k, r in records(tables, "sites", "time_to_power").items() if r["source"] == "EPOCH_DC"]
    values = tables.numbers["sites"]["time_to_power"][[tables.keys("sites").index(k) for k in found]]
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return Input("wait of Epoch's campuses", float(middle), float(low), float(high), "`EPOCH_DC`", "A")
