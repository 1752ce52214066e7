"""The part of benchmarks/README.md about scaling, from `scaling_*.json`, and the fit of a power law."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from machine import headed
from scipy import stats


def exponent(sizes: Sequence[float], values: Sequence[float]) -> tuple[float, float] | None:
    """Exponent b of values ~ sizes^b and its standard error, by least squares of the logarithms [-].

    sizes, values: [k], above 0. None with fewer than three points, from which no error can be told.
    """
    if len(sizes) < 3 or len(set(sizes)) < 2:
        return None
    found: Any = stats.linregress(np.log(sizes), np.log(values))
    return float(found.slope), float(found.stderr)


def scaling(results: Path) -> list[str]:
    """Lines of the section."""
    lines: list[str] = []
    for file in sorted(results.glob("scaling_*.json")):
        document = json.loads(file.read_text())
        lines += headed(document, "###")
        lines += [*_exponents(document), "", *_sizes(document)]
        lines += _queues(document["queues"]) if "queues" in document else []
        lines += _large(document["large"], document["seed"]) if "large" in document else []
    if not lines:
        return []
    head = [
        "",
        "## Scaling",
        "",
        "Printed from `scaling_*.json` (`benchmarks/scaling.py`). One dimension at a time moves away from S, the",
        "others stay. Cells of the first table: exponent b of seconds (or memory) ~ size^b, by least squares of",
        "logarithms, its standard error, and over how many sizes: those that were solved. Memory: what a solve added",
        "to its process; for assembling what the process held at most. Compiling is spent once per shape of tables,",
        "then kept on disk.",
    ]
    return head + lines


def _solved(key: str, method: str) -> Callable[[dict[str, Any]], float | None]:
    return lambda e: e["solves"].get(method, {}).get(key) if e["solves"].get(method, {}).get("solved") else None


def _assembled(key: str) -> Callable[[dict[str, Any]], float | None]:
    return lambda e: e["assembly"].get(key)


def _fit(entries: list[dict[str, Any]], size: str, value: Callable[[dict[str, Any]], float | None]) -> str:
    points = [(e["assembly"][size], v) for e in entries if size in e["assembly"] and (v := value(e)) and v > 0]
    found = exponent(*zip(*points, strict=True)) if points else None
    return f"{found[0]:.2f} ± {found[1]:.2f} ({len(points)})" if found else ""


def _exponents(document: dict[str, Any]) -> list[str]:
    """One line per dimension and step of the work."""
    lines = [
        "| dimension | sizes | step | seconds ~ size | seconds ~ columns | memory ~ size | memory ~ columns |",
        "|---|---|---|---|---|---|---|",
    ]
    for dimension, entries in document["dimensions"].items():
        sizes = [e["assembly"][dimension] for e in entries if dimension in e["assembly"]]
        columns = _fit(entries, dimension, _assembled("columns"))
        lines.append(f"| {dimension} | {min(sizes)} to {max(sizes)} | columns | {columns} | | | |")
        for step, seconds, held in (
            ("reading", _assembled("reading"), None),
            ("assembling", _assembled("assembling"), _assembled("peak_gb")),
            ("compiling of it", _assembled("compiling"), None),
            *((m, _solved("seconds", m), _solved("memory_gb", m)) for m in _methods(entries)),
        ):
            cells = [_fit(entries, s, v) if v else "" for v in (seconds, held) for s in (dimension, "columns")]
            lines.append(f"| {dimension} | | {step} | {' | '.join(cells)} |")
    return lines


def _methods(entries: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(m for e in entries for m in e["solves"]))


def _sizes(document: dict[str, Any]) -> list[str]:
    """One line per size and method."""
    lines = [
        "| dimension | size | rows x columns | nonzeros | reading, s | assembling, s | compiling of it, s | GB "
        "| method | s | compile, s | iterations | GB | solved | says |",
        "|" + 15 * "---|",
    ]
    for dimension, entries in document["dimensions"].items():
        for e in entries:
            a = e["assembly"]
            if "columns" not in a:
                lines.append(f"| {dimension} | | | | | | | | | | | | | no | {a['status']} |")
                continue
            size = (
                f"| {dimension} | {a[dimension]} | {a['rows']:,} x {a['columns']:,} | {a['nonzeros']:,} | "
                f"{a['reading']:.1f} | {a['assembling']:.1f} | {a['compiling']:.1f} | {a['peak_gb']:.2f} |"
            )
            lines += [_line(size, method, r) for method, r in e["solves"].items()]
    return lines


def _line(size: str, method: str, r: dict[str, Any]) -> str:
    if "seconds" not in r:
        return f"{size} {method} | | | | | no | {r['status']} |"
    compiled = "" if r.get("compile") is None else f"{r['compile']:.1f}"
    solved = "yes" if r.get("solved") else "no"
    return (
        f"{size} {method} | {r['seconds']:.2f} | {compiled} | {r['iterations']:,} | {r['memory_gb']:.2f} | {solved} | "
        f"{r['status']} |"
    )


def _queues(entries: dict[str, Any]) -> list[str]:
    """Instances with short queues and with long chains, one line per method."""
    lines = [
        "",
        "| instance | rows x columns | nonzeros | method | limit, s | s | iterations | gap | rows | solved | says |",
        "|" + 11 * "---|",
    ]
    for name, e in entries.items():
        a = e["assembly"]
        for method, r in e["solves"].items():
            size = f"| {name} | {a['rows']:,} x {a['columns']:,} | {a['nonzeros']:,} | {method}"
            if "seconds" not in r:
                lines.append(f"{size} | | | | | | no | {r['status']} |")
                continue
            gap, rows = (f"{r[k]:.0e}" if k in r else "" for k in ("gap", "row"))
            solved = "yes" if r.get("solved") else "no"
            lines.append(
                f"{size} | {r['limit']:.0f} | {r['seconds']:.2f} | {r['iterations']:,} | {gap} | {rows} | {solved} | "
                f"{r['status']} |"
            )
    return lines


def _large(entry: dict[str, Any], seed: int) -> list[str]:
    """What is known of L."""
    a = entry["assembly"]
    if "columns" not in a:
        return ["", f"L (seed {seed}): {a['status']}."]
    text = (
        f"L (seed {seed}): {a['rows']:,} x {a['columns']:,}, {a['nonzeros']:,} nonzeros; read in {a['reading']:.1f} s, "
        f"assembled in {a['assembling']:.1f} s (and {a['compiling']:.1f} s of compiling, the first time) with "
        f"{a['peak_gb']:.1f} GB."
    )
    plan = entry.get("interior", {})
    if plan.get("need_gb"):
        verdict = "it fits" if plan["fits"] else "it is refused"
        text += (
            f" The interior engine plans {plan['need_gb']:.1f} GB where {plan['free_gb']:.1f} GB may be taken:"
            f" {verdict} ({plan['seconds']:.0f} s and {plan['peak_gb']:.1f} GB of planning)."
        )
    elif plan:
        text += f" The interior engine's plan: {plan.get('status') or plan['says']}."
    for method, r in entry["solves"].items():
        text += f" {method}: {r['status']}" + (f" after {r['seconds']:.0f} s." if "seconds" in r else ".")
    return ["", text if entry["solves"] else f"{text} Not solved (`--large-solve`)."]
