"""Joint design measured: cost before and after, the design, slopes at the end, a fine grid, learning curves.

    python benchmarks/design.py [CASE ...]     writes benchmarks/results/design.json and docs/design.md

Cases are in CASES below; those that are not named are kept from the file.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from machine import machine

HERE = Path(__file__).parent
JSON, PAGE = HERE / "results" / "design.json", HERE.parent / "docs" / "design.md"
_ORBIT = ("radiator_temperature", "array_oversize", "shield", "spares", "refresh", "power_cap")
ORBIT = [f"orbit.{name}" for name in _ORBIT]
GROUND = ["ground.power_cap", "ground.set_point"]
CASES: dict[str, dict[str, Any]] = {
    "two-engines": {"scenario": "two-engines", "overrides": (), "free": [*ORBIT, *GROUND], "starts": 4, "time": 300.0},
    "two-engines, cheap launch": {
        "scenario": "two-engines", "overrides": ("cheap_launch",), "free": [*ORBIT, *GROUND], "starts": 4,
        "time": 300.0,
    },
    "world, power scarce, cheap launch": {
        "scenario": "world", "overrides": ("power_scarce", "cheap_launch"),
        "free": ["orbit.radiator_temperature", "ground.set_point"], "starts": 1, "time": 1500.0,
    },
}  # fmt: skip
GRIDS = {"two-engines": 15, "two-engines, cheap launch": 15, "world, power scarce, cheap launch": 5}
LEARNING = {"two-engines": (), "two-engines, cheap launch": ("cheap_launch",)}

INTRODUCTION = """\
Choices of satellites and sites move along the gradient of the cost of the relaxed plan (optax outside, engine inside),
from several starts; exact plans with integers are made of the first and the last design. How chips answer to
temperature, power caps, dose and spares is in `models/compute_stack/design.py`; leakage, its doubling, activation
energy, dose slopes and the price of mass are estimates (grade C).

*Slope*: what the whole range would move the cost by at the slope of the end [M USD]; *down*, *up*: the same by
re-solving on either side. *flat*: below a millionth of the cost. *at a bound*: the slope pushes outwards. *kink*:
neither side pays."""
CURVES = """\
`planner learning`: *taken*, prices as given, by fixed point; *owned*, own savings counted, by descent on the tonnes
promised (envelope gradients), then promise what is flown. *Gap*: the largest difference between an assumed price and
the one that the tonnes of the plan imply. Rates, starts and others' tonnes are grade C but for the launch rate (B).
Only futures that were found are listed; others may exist."""


def measured(case: dict[str, Any], points: int) -> dict[str, Any]:
    """One study, and a grid over the two choices that moved the cost most."""
    import planner
    from planner.scenario import read_scenario
    from planner.studies.design import Landscape
    from planner.studies.design.study import grid
    from planner.tables import read_tables

    found = planner.design(
        case["scenario"],
        case["free"],
        overrides=case["overrides"],
        starts=case["starts"],
        time=case["time"],
        told=print,
    )
    free = found.free
    moved = np.abs(free.place(found.values) - free.place(free.start))
    open_ = np.where((found.values > free.low) & (found.values < free.high), moved, -1.0)
    pair = tuple(int(i) for i in np.sort(np.argsort(open_)[-2:]))
    tables = read_tables(read_scenario(case["scenario"], case["overrides"]))
    begun = perf_counter()
    costs = grid(Landscape(tables, free), free.place(found.values), (pair[0], pair[1]), points)
    return {
        "choices": found.choices.to_dict("records"),
        "starts": found.starts.to_dict("records"),
        "relaxed": list(found.relaxed),
        "before": found.before.summary(),
        "after": found.after.summary(),
        "settled": found.settled,
        "priced": found.priced,
        "seconds": found.seconds,
        "grid": {
            "pair": [free.paths[i] for i in pair],
            "points": points,
            "best": float(costs.min()),
            "seconds": perf_counter() - begun,
        },
    }


def learned(overrides: tuple[str, ...]) -> dict[str, Any]:
    """Self-consistent futures of one case."""
    import planner

    found = planner.learning("two-engines", overrides=overrides, starts=4, time=300.0, told=print)
    last = found.curves.groupby(["future", "kind", "curve"], sort=False).last().reset_index()
    return {
        "futures": found.futures.to_dict("records"),
        "last": last.to_dict("records"),
        "distinct": found.distinct,
        "seconds": found.seconds,
    }


def main(names: list[str]) -> None:
    """Measure the named cases (all without a name), keep the others, print the page."""
    kept = json.loads(JSON.read_text()) if JSON.exists() else {"cases": {}, "learning": {}}
    for name in names or [*CASES, *(f"learning: {n}" for n in LEARNING)]:
        if name.startswith("learning: "):
            kept["learning"][name.removeprefix("learning: ")] = learned(LEARNING[name.removeprefix("learning: ")])
        else:
            kept["cases"][name] = measured(CASES[name], GRIDS[name]) | {"machine": machine()}
        kept["machine"] = machine()
        JSON.write_text(json.dumps(kept, indent=1, default=float) + "\n")
    PAGE.write_text(page(json.loads(JSON.read_text())))


def page(record: dict[str, Any]) -> str:
    """The results as a page."""
    machine_words = ", ".join(f"{k} {v}" for k, v in record["machine"].items())
    lines = [
        "# Joint design",
        "",
        "Printed by `python benchmarks/design.py`; do not edit.",
        f"{machine_words}; other work ran beside, so seconds are upper bounds.",
        "",
        INTRODUCTION,
    ]
    for name, case in record["cases"].items():
        lines += ["", f"## {name}", "", *_case(case)]
    lines += [
        "",
        "## Learning curves",
        "",
        CURVES,
    ]
    for name, case in record["learning"].items():
        lines += ["", f"### {name}: {case['distinct']} consistent futures, {case['seconds']:.0f} s", ""]
        lines += [
            "| assumed at first | kind | cost [M USD] | tonnes flown | price gap | future |",
            "|---|---|--:|--:|--:|--:|",
        ]
        lines += [
            f"| {f['start']} | {f['kind']} | {f['cost']:,.1f} | {f['tonnes']:,.0f} | {f['gap']:.3%} "
            f"| {f['future'] or 'not consistent'} |"
            for f in case["futures"]
        ]
        lines += ["", "| future | curve | tonnes at the end | price over the table's |", "|--:|---|--:|--:|"]
        lines += [
            f"| {c['future']} ({c['kind']}) | {c['curve']} | {c['flown']:,.0f} | {c['price_implied']:.4f} |"
            for c in case["last"]
        ]
    return "\n".join(lines) + "\n"


def _case(case: dict[str, Any]) -> list[str]:
    before, after, grid = case["before"], case["after"], case["grid"]
    saved = case["relaxed"][0] - case["relaxed"][1]
    proved = before["bound"] - after["objective"]
    lines = [
        "| plan | verdict | cost [M USD] | bound [M USD] | relaxed [M USD] |",
        "|---|---|--:|--:|--:|",
    ]
    for words, plan, relaxed in (("before", before, case["relaxed"][0]), ("after", after, case["relaxed"][1])):
        lines.append(
            f"| {words} | {plan['status']} | {plan['objective']:,.1f} | {plan['bound']:,.1f} | {relaxed:,.1f} |"
        )
    lines += [
        "",
        f"The relaxed plan gets {saved:,.1f} M USD cheaper ({saved / case['relaxed'][0]:.3%}). "
        + (
            f"Proved with integers: every plan of the design before costs at least {proved:,.1f} M USD more."
            if proved > 0
            else "With integers the saving is within the gap, hence not proved."
        ),
        f"{case['priced']} designs priced, {case['seconds']:.0f} s for everything; "
        + ("every choice is settled." if case["settled"] else "choices marked open had no time to settle."),
        "",
        "| choice | range | before | found | slope | down | up | verdict |",
        "|---|---|--:|--:|--:|--:|--:|---|",
    ]
    for c in case["choices"]:
        sides = " | ".join("" if v is None or not np.isfinite(v) else f"{v:,.1f}" for v in (c["down"], c["up"]))
        lines.append(
            f"| {c['path']} [{c['unit']}] | {c['low']:g} to {c['high']:g} | {c['start']:.4g} | {c['found']:.5g} "
            f"| {c['slope']:,.1f} | {sides} | {c['verdict']} |"
        )
    lines += ["", "| start | first [M USD] | last [M USD] | steps | end | why it ended |", "|---|--:|--:|--:|--:|---|"]
    lines += [
        f"| {s['start']} | {s['first']:,.1f} | {s['last']:,.1f} | {s['steps']} | {s['end']} | {s['ended']} |"
        for s in case["starts"]
    ]
    margin = grid["best"] - case["relaxed"][1]
    words = "nothing better" if margin >= -1e-6 * case["relaxed"][1] else f"better by {-margin:,.2f} M USD"
    lines += [
        "",
        f"A grid of {grid['points']} x {grid['points']} over {' and '.join(grid['pair'])}, the others held, "
        f"finds {words}: its best costs {grid['best']:,.1f} M USD.",
    ]
    return lines


if __name__ == "__main__":
    main(sys.argv[1:])
