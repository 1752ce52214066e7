"""The page docs/latency.md, printed from benchmarks/results/rtt.json.

Run: python benchmarks/latency_page.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

PROTOCOLS = {
    "leave_metro_out": "every row that touches a metro, metro after metro",
    "both_ends_out": "every row that touches either of two groups of nine metros; judged between the two",
    "random_tenths": "a random tenth of the rows, tenth after tenth",
}
MEANING = {
    "land_stretch": "fibre on land over the great circle, between hubs",
    "sea_stretch": "fibre under sea over the great circle, between hubs",
    "hop": "ms of each link",
    "access_stretch": "fibre from a place to a hub over the great circle",
    "constant": "ms of the two ends",
    "direct_stretch": "fibre of the direct way over the great circle",
    "direct_constant": "ms of the direct way",
}
HEAD = """# Round trips over fibre

On places that the fit has not seen, half of the round trips are within {median} of what was measured and nine in
ten within {p90} (leave-metro-out: coefficients, links and factors are all fitted again without the metro). The rows are
{rows} between {places} places of four companies' cloud regions, which are {metros} metros: places within 100 km
of one another count as one, whoever measured.

Made by `python benchmarks/fit_rtt.py FILE`, {date}. `planner validate FILE` measures the same on any file.

## How good it is
"""
NOISE = """
How much of this no model can remove: two companies' times between the same two metros differ by {median} at the
median and by {p90} at P90 ({rows} pairs of rows). The largest errors are of that kind: one network goes from Israel to
the Gulf and to India by way of Europe, another directly. The times are of 2023 to 2026.

## What is fitted

    rtt    = factor(block, block) x min( constant + access + links + access,  direct_constant + direct fibre )
    access = access_stretch x km/100
    link   = multiplier x (hop + stretch x km/100), no faster than light in fibre

A place reaches its six nearest hubs; the least of all ways counts (`compute_stack.network.hub_graph_rtt`, which also
has a smooth minimum). Direct fibre competes up to 1,500 km. Blocks are those of the nearest hub, from coordinates
alone. The numbers are in `datasets/fibre`.
"""
FITTED = """
The multipliers of {links} links and the factors of pairs of blocks are pulled towards one; {within_a_tenth} links stay
within a tenth of one, the range is {least:.2f} to {most:.2f}. The fit makes the sum of |ln(ours/measured)| small, plus
(ln multiplier)^2 and (ln factor)^2 of each. What they bring:
"""
LIMITS = """
## Limits

- Both ends new to the fit is harder than one: see the second row of the first table.
- Under about 30 ms one detour inside a metro is a fifth of the time: pairs inside Europe and inside North America have
  large relative errors, and companies differ most there.
- The rows are between data centres; a home or a phone adds its access (`compute_stack.network.end_user_rtt`).
- How strong the pull is (2), how many hubs are near (6) and how far direct fibre competes were chosen by
  leave-metro-out figures among about twenty variations; between 4 and 6 hubs, 1,500 and 2,500 km, pulls of 1 and 5,
  P90 moved by half a point.
- The coordinates of some cloud regions are those of a province, not of the halls; they were taken as they are.
- `world` and `market-match` plan with their own, earlier graph: `planner validate FILE --scenario world` measures it.
"""


def percent(value: float) -> str:
    """A share as text."""
    return f"{100 * value:.1f} %"


def line(name: str, figures: dict[str, float]) -> str:
    """One row of a table of errors."""
    return f"| {name} | {percent(figures['median'])} | {percent(figures['p90'])} | {figures['rows']:,} |"


def both(figures: dict[str, float]) -> str:
    """Median and P90 in one cell."""
    return f"{percent(figures['median'])}, {percent(figures['p90'])}"


def table(head: str, rows: list[str]) -> str:
    """A table of the page."""
    columns = head.count("|") - 1
    return "\n".join([head, "|" + "---|" * columns, *rows]) + "\n"


def page(result: dict[str, Any]) -> str:
    """The page."""
    data, held, between = result["data"], result["held_out"], result["between_measurers"]
    out = held["leave_metro_out"]
    judged = [line(text, held[name]) for name, text in PROTOCOLS.items()]
    judged += [
        line(f"all rows of {name.removeprefix('without_')}", figures)
        for name, figures in held.items()
        if name not in PROTOCOLS
    ]
    variants = [f"| as shipped | {both(out)} | {both(result['in_sample'])} |"]
    variants += [
        f"| {name} | {both(v['leave_metro_out'])} | {both(v['in_sample'])} |" for name, v in result["variants"].items()
    ]
    pairs = sorted(result["by_pair"].items(), key=lambda item: -item[1]["rows"])
    return "".join(
        [
            HEAD.format(
                median=percent(out["median"]),
                p90=percent(out["p90"]),
                rows=f"{data['rows']:,}",
                places=data["places"],
                metros=data["metros"],
                date=result["machine"]["date"],
            ),
            "\n",
            table(
                "| held out of the fit | median | P90 | rows judged |",
                [*judged, line("nothing (in sample)", result["in_sample"])],
            ),
            NOISE.format(median=percent(between["median"]), p90=percent(between["p90"]), rows=between["rows"]),
            "\n",
            table(
                "| coefficient | value | meaning |",
                [f"| `{name}` | {value:.3g} | {MEANING[name]} |" for name, value in result["coefficients"].items()],
            ),
            FITTED.format(**result["multipliers"]),
            "\n",
            table("| model | leave-metro-out: median, P90 | in sample: median, P90 |", variants),
            "\n## By pair of blocks, in sample\n\n",
            table("| pair | median | P90 | rows |", [line(name, figures) for name, figures in pairs]),
            LIMITS,
        ]
    )


if __name__ == "__main__":
    here = Path(__file__).parent
    text = page(json.loads((here / "results" / "rtt.json").read_text(encoding="utf-8")))
    (here.parent / "docs" / "latency.md").write_text(text, encoding="utf-8")
