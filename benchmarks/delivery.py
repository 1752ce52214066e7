"""Delivery curves beside the record, and how sampled futures spread when slips are shared.

Run: python benchmarks/delivery.py   writes benchmarks/results/delivery.json and docs/delivery.md (a minute)
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from delivery_page import page
from delivery_record import checks, facts, result
from machine import machine

import planner
from compute_stack import delivery, power
from planner import read_scenario, read_tables, slips
from planner.replay import replay
from planner.tables import Tables

HERE = Path(__file__).parent
FUTURES, SEEDS = 4000, 5
AGES = (0.5, 1.0, 2.0, 3.0, 5.0, 10.0)  # [yr] after joining
#: stages.correlation, scenario.layer_correlation, scenario.slip_region
SHARED = (
    (0.0, 0.0, "territory"),
    (0.5, 0.0, "territory"),
    (0.5, 0.3, "territory"),
    (0.5, 0.5, "territory"),
    (1.0, 0.0, "territory"),
    (0.5, 0.0, "jurisdiction"),
    (0.5, 0.3, "jurisdiction"),
)
#: settings of a replay of two-engines beside its own
REPLAYS = (
    ("as the dataset has it", {}),
    ("layers together", {"layer_correlation": 0.3}),
    ("orders late", {"make_time_sigma": 0.43}),
    ("both: override `slips_together`", {"layer_correlation": 0.3, "make_time_sigma": 0.43}),
)


def curves(tables: Tables) -> list[dict[str, object]]:
    """Probability of being energised by an age, by stage, at the median wait of the sites of `world`."""
    s = tables.numbers["stages"]
    wait = float(np.median(tables.numbers["sites"]["time_to_power"]))
    median = power.lead_median(s["lead_fixed"], s["lead_per_time_to_power"], wait)
    by_age = [np.asarray(power.energised_probability(age, s["odds"], median, s["sigma"])) for age in AGES]
    half = np.asarray(power.energised_age(0.5, s["odds"], median, s["sigma"]))
    return [
        {
            "stage": name,
            "wait": wait,
            "odds": float(s["odds"][k]),
            "median": float(median[k]),
            "ages": AGES,
            "energised": [float(column[k]) for column in by_age],
            "half_energised": float(half[k]),
        }
        for k, name in enumerate(tables.keys("stages"))
    ]


def spread(tables: Tables) -> list[dict[str, object]]:
    """New power at the end of 2031 when every phase of `world` is joined at the start [GW facility], nothing solved."""
    which = np.arange(len(tables.keys("phases")))
    size, when = tables.numbers["phases"]["power"] * 1e-3, np.zeros(len(which))
    dt = float(tables.settings["period"])
    last = round((2032.0 - tables.years[0]) / dt) - 1
    own = tables.numbers["stages"]["correlation"]
    out = []
    for region, layer, kind in SHARED:
        tables.numbers["stages"]["correlation"] = np.full_like(own, region)
        settings = {**tables.settings, "layer_correlation": layer, "slip_region": kind}
        mixed = replace(tables, settings=settings)
        each = [
            slips.standing_share(slips.phase_slips(mixed, which, FUTURES, seed), when, last, dt) @ size
            for seed in range(SEEDS)
        ]
        low, high = np.quantile(each, [0.1, 0.9], axis=1)
        out.append(
            {
                "region": kind,
                "region_correlation": region,
                "layer_correlation": layer,
                "mean": float(np.mean(each)),
                "p10": float(np.median(low)),
                "p90": float(np.median(high)),
                "width": float(np.median(high - low)),
                "width_least": float((high - low).min()),
                "width_greatest": float((high - low).max()),
            }
        )
    tables.numbers["stages"]["correlation"] = own
    return out


def replays() -> list[dict[str, object]]:
    """One plan of two-engines under the same 256 futures, with more and more of the slips shared."""
    plan = planner.solve("two-engines")
    out = []
    for name, settings in REPLAYS:
        tables = replace(plan.tables, settings={**plan.tables.settings, **settings})
        changed = replace(plan, assembly=replace(plan.assembly, tables=tables))
        replay(changed)  # compiled before it is timed
        begin = time.process_time()
        frame = replay(changed)
        spent = time.process_time() - begin
        row: dict[str, object] = {"case": name, **settings, "processor_seconds": spent}
        last = [c for c in frame if str(c).startswith("energised")][-1]
        for column, short in (("served_fraction", "served"), ("cost", "cost"), (last, "power")):
            values = frame[column].to_numpy()
            row[short] = [float(values.mean()), *(float(v) for v in np.quantile(values, [0.1, 0.9]))]
        row["broken"] = float(np.mean(frame["promises_broken"].to_numpy() > 1e-9))
        out.append(row)
    return out


def slopes(tables: Tables) -> list[dict[str, float]]:
    """Slope of the odds with size that the two published pairs would ask for, by spread of log sizes."""
    known = {name: float(row["value"]) for name, row in facts().items()}
    ours = float(np.std(np.log(tables.numbers["phases"]["power"])))
    out = []
    for source in ("ercot", "lbnl"):
        projects, powers = known[f"{source}_projects"], known[f"{source}_power"]
        for s in (ours, 1.2, 1.6):
            b = float(delivery.implied_size_slope(projects, powers, s))
            middle = _median_odds(projects, b, s)
            odds = [float(delivery.size_odds(middle, x, 1.0, b)) for x in (0.2, 1.0, 5.0)]
            back = float(delivery.power_share(middle, b, s))
            out.append(
                {"source": source, "spread": s, "slope": b, "fifth": odds[0], "median": odds[1], "five": odds[2]}
                | {"power_share": back}
            )
    return out


def _median_odds(projects: float, slope: float, spread: float) -> float:
    """Odds at the median size at which `project_share` is `projects` (the share is monotone in the odds)."""
    low, high = 1e-9, 1 - 1e-9
    for _ in range(60):
        middle = 0.5 * (low + high)
        if float(delivery.project_share(middle, slope, spread)) < projects:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def main() -> None:
    """Write the page."""
    tables = read_tables(read_scenario("world"))
    found = [result(c) for c in checks(tables)]
    stages, sizes, wide, replayed, info = curves(tables), slopes(tables), spread(tables), replays(), machine()
    text = page(found, stages, sizes, wide, replayed, {**info, "futures": FUTURES, "seeds": SEEDS})
    (HERE.parent / "docs" / "delivery.md").write_text(text)
    rows = [
        {
            "what": r.check.what,
            "how": r.check.how,
            "published": r.check.published,
            "unit": r.check.unit,
            "ours": r.central,
            "one_at_a_time": r.alone,
            "all_at_once": r.together,
            "verdict": r.verdict.strip("*"),
            "inputs": [asdict(i) for i in r.check.inputs],
        }
        for r in found
    ]
    body = {"machine": info, "rows": rows, "curves": stages, "size_slopes": sizes, "spread": wide, "replays": replayed}
    (HERE / "results" / "delivery.json").write_text(json.dumps(body, indent=1) + "\n")
    print(text)


if __name__ == "__main__":
    main()
