"""When orbit enters: the launch price below which it does, on `two-engines` and `world`, as tables and pictures.

Run: python benchmarks/frontier.py   writes benchmarks/results/frontier.json, docs/frontier.md and its pictures
"""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

from machine import machine

import planner
from planner.report.frontier import file

HERE = Path(__file__).parent
DOCS = HERE.parent / "docs"
CASES = (("two-engines", 2032.0), ("world", 2032.0), ("world", 2035.0))


def measured(name: str, by: float) -> tuple[dict[str, Any], str]:
    """One frontier, and its picture."""
    plan = planner.solve(name, relax=True, time=300)
    found = planner.frontier(plan, by=by)
    lines = found.table.to_dict("records")
    kept = {"dataset": name, "by": by, "lines": lines, "today": found.today.to_dict("records")}
    return kept | {"solves": found.solves, "seconds": found.seconds}, file(found.table, found.today, found.by)


def page(result: dict[str, Any]) -> str:
    """docs/frontier.md from the measured results."""
    out = [
        "# When orbit enters",
        "",
        "The launch price below which the first satellite pays for itself, against Earth as it is queued and against "
        "Earth without queues: `planner frontier`. Every vehicle sells at the price from the start and every satellite "
        "class has the mass at its own price; at least cost, whole decisions left fractional. Without queues: power "
        "surely and at once, no pace of territories and sites, equipment of sites at once and ample; chips stay as "
        "scarce as they are, for both. Each price was confirmed by plans solved at both sides of it where "
        "nothing else is said. Most inputs of satellites are estimates (grade C): read signs and sizes, not digits.",
        "",
        f"Made by `python benchmarks/frontier.py` on {result['machine']['processor']}, {result['date']}.",
    ]
    for one in result["cases"]:
        name, by = one["dataset"], one["by"]
        masses = list(dict.fromkeys(r["mass"] for r in one["lines"]))
        out += [
            "",
            f"## {name}, before {by:g}",
            "",
            f"![{name}](pictures/frontier_{name}_{by:g}.svg)",
            "",
            "| against Earth | wait for grid power [yr] | " + " | ".join(f"{m:g} kg/kW" for m in masses) + " |",
            "|---|---:|" + "---:|" * len(masses),
        ]
        rows: dict[tuple[str, float], list[str]] = {}
        for r in one["lines"]:
            price = (
                "no plan" if math.isnan(r["price"]) else "not even free" if r["price"] == 0 else f"{r['price']:,.0f}"
            )
            rows.setdefault((r["earth"], r["wait"]), []).append(price + ("" if r["shown"] else " (not confirmed)"))
        out += [f"| {e} | {w:.2f} | " + " | ".join(cells) + " |" for (e, w), cells in rows.items()]
        today = "; ".join(
            f"{t['title']} {t['value']:,.4g} {'kg/kW' if t['kind'] == 'class' else 'USD/kg'}" for t in one["today"]
        )
        out += ["", f"USD/kg. The scenario itself: {today}. {one['solves']} linear programs, {one['seconds']:.0f} s."]
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    cases = []
    for name, by in CASES:
        case, picture = measured(name, by)
        cases.append(case)
        (DOCS / "pictures" / f"frontier_{name}_{by:g}.svg").write_text(picture)
        print(name, by, f"{case['seconds']:.0f} s", flush=True)
    result = {"date": time.strftime("%Y-%m-%d"), "machine": machine(), "cases": cases}
    (HERE / "results" / "frontier.json").write_text(json.dumps(result, indent=1))
    (DOCS / "frontier.md").write_text(page(result))
