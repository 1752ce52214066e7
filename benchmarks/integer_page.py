"""The part of benchmarks/README.md about whole plans, from `integers_*.json`."""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

from machine import headed

MOST_GAP, MOST_RATIO = 0.01, 2.0
"""Target on M: certified gap [-] within so many times the seconds of the relaxation [-]."""
WHOLE = 1e-6
"""Worst violation of a row, a box or an integer that counts as a plan, relative as in the certificate."""


def integers(results: Path) -> list[str]:
    """Lines of the section."""
    lines: list[str] = []
    for file in sorted(results.glob("integers_*.json")):
        document = json.loads(file.read_text())
        lines += headed(document, "###")
        lines += _programs(document["programs"])
        lines += ["", *_cases(document["cases"])] if document["cases"] else []
    if not lines:
        return []
    head = [
        "",
        "## Integers",
        "",
        "Printed from `integers_*.json` (`benchmarks/integers.py`): whole plans to a gap of 1 %. *exact*: as",
        "`planner solve` does it (relaxation, rounding, searches, leaves). *HiGHS MILP*: its solver with the same gap.",
        "*Gap*: from the bound that our leaves prove; HiGHS proves nothing that can be checked, so its plan stands",
        "against the best bound of ours, and what it says itself is *claimed by HiGHS*. *Ratio*: seconds to the plan",
        "over those of the relaxation alone (exact engine, median); *own ratio*: over those of the relaxation within",
        f"it. Target on M: at most {100 * MOST_GAP:g} % in at most {MOST_RATIO:g} times the relaxation. *Worst*:",
        "violation of a row, a box or an integer.",
    ]
    return head + lines


def gap_of(entry: dict[str, Any], method: str) -> float | None:
    """Gap [-] of a method's whole plan: its own certificate's, else against the best bound that ours proved."""
    solves = entry["solves"]
    r = solves.get(method, {})
    if "value" not in r:
        return None
    if "gap" in r:
        return r["gap"]
    bound = max((s["bound"] for s in solves.values() if "bound" in s), default=None)
    return None if bound is None else (r["value"] - bound) / max(1e-9, abs(r["value"]))


def _programs(programs: dict[str, Any]) -> list[str]:
    lines = [
        "| program | method | limit, s | s | compile, s | ratio | own ratio | gap | claimed by HiGHS | worst | leaves "
        "| memory, GB | says |",
        "|" + 13 * "---|",
    ]
    for name, entry in programs.items():
        alone = entry["solves"].get("relaxation", {}).get("seconds")
        size = f"{name} ({entry['rows']:,} x {entry['columns']:,}, {entry['integers']:,} whole)"
        for method, r in entry["solves"].items():
            if "seconds" not in r:
                lines.append(f"| {size} | {method} | {r['limit']:.0f} | | | | | | | | | | {r['status']} |")
                continue
            ratio = f"{r['seconds'] / alone:.2f}" if alone and method != "relaxation" else ""
            gap, claimed = gap_of(entry, method), r.get("claimed")
            cells = [
                f"{r['limit']:.0f}",
                f"{r['seconds']:.1f}",
                "" if r.get("compile") is None else f"{r['compile']:.1f}",
                ratio,
                f"{r['seconds'] / r['relaxed_after']:.2f}" if r.get("relaxed_after") else "",
                _share(gap),
                _share(claimed),
                f"{r['worst']:.0e}" if "worst" in r else "no plan",
                f"{r['leaves']}" if r["leaves"] else "",
                f"{r['memory_gb']:.2f}",
                r["status"],
            ]
            lines.append(f"| {size} | {method} | {' | '.join(cells)} |")
    return [*lines, *_target(programs.get("M"))]


def _target(entry: dict[str, Any] | None) -> list[str]:
    """Whether the target on M is met."""
    solves = entry["solves"] if entry else {}
    if entry is None or "value" not in solves.get("exact", {}) or "seconds" not in solves.get("relaxation", {}):
        return []
    run, alone = solves["exact"], solves["relaxation"]["seconds"]
    ratio = run["seconds"] / min(alone, run.get("relaxed_after") or alone)
    met = run["gap"] <= MOST_GAP and ratio <= MOST_RATIO
    verdict = "met" if met else "missed"
    return ["", f"M: certified {_share(run['gap'])} in {ratio:.2f} times the quicker relaxation: target {verdict}."]


def _cases(cases: dict[str, Any]) -> list[str]:
    """One line per family of published cases and method."""
    lines = [
        "Published cases with known optima (`answers.csv`), per family and method: *off*, the plan above the known",
        "optimum; *ratio*, of sums of seconds.",
        "",
        "| family | cases | columns | method | plans | gap at most 1 % | off, median | off, worst | gap, worst | worst "
        "| s, all | ratio |",
        "|" + 12 * "---|",
    ]
    for family in dict.fromkeys(c["family"] for c in cases.values()):
        mine = [c for c in cases.values() if c["family"] == family]
        sizes = [c["columns"] for c in mine]
        alone = sum(c["solves"]["relaxation"].get("seconds", 0.0) for c in mine)
        for method in dict.fromkeys(m for c in mine for m in c["solves"] if m != "relaxation"):
            ran = [c for c in mine if "value" in c["solves"].get(method, {})]
            runs = [c["solves"][method] for c in ran]
            off = [(r["value"] - c["known"]) / abs(c["known"]) for c, r in zip(ran, runs, strict=True)]
            gaps = [g for c in ran if (g := gap_of(c, method)) is not None]
            seconds = sum(c["solves"].get(method, {}).get("seconds", 0.0) for c in mine)
            cells = [
                f"{sum(r['worst'] <= WHOLE for r in runs)}",
                f"{sum(g <= MOST_GAP for g in gaps)}",
                _share(statistics.median(off)) if off else "",
                _share(max(off)) if off else "",
                _share(max(gaps)) if gaps else "",
                f"{max(r['worst'] for r in runs):.0e}" if runs else "",
                f"{seconds:.1f}",
                f"{seconds / alone:.1f}" if alone else "",
            ]
            span = f"{min(sizes):,} to {max(sizes):,}"
            lines.append(f"| {family} | {len(mine)} | {span} | {method} | {' | '.join(cells)} |")
    return lines


def _share(value: float | None) -> str:
    """A gap in per cent; 0 up to a billionth, nothing where there is none."""
    return "" if value is None else "0" if abs(value) < 1e-9 else f"{100 * value:.3g} %"
