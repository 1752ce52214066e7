"""Problems of others, with the optimum they publish: what this planner reaches, and what it proves.

Run: python benchmarks/imports.py [PART ...]      the published cases
     python benchmarks/imports.py --made [PART ...]    larger ones, made with a seed
Both write benchmarks/results/imports.json and docs/imports.md.

The published files are not part of the project: `PLANNER_CASES` names their folder (default: ../shared/cases), with
answers.csv. A PART limits the run to cases whose name holds it; what earlier runs found of the others is kept. Each
case is imported, rounded, and solved as `planner solve DIR --gap 1e-7 --time 120` does. Made ones run in a process of
their own, for their memory, beside HiGHS on a program written from the numbers (`tests/imports/generated_cases.py`).
"""

from __future__ import annotations

import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from machine import machine

import planner
from planner.assemble import assemble_compiled
from planner.certificate import row_violations
from planner.engines.exact import linked, relax
from planner.engines.rounding import rounded

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests" / "imports"))
CASES = Path(os.environ.get("PLANNER_CASES", HERE.parent.parent / "shared" / "cases"))
OUT, PAGE = HERE / "results" / "imports.json", HERE.parent / "docs" / "imports.md"
FORMATS = {"cflp": "orlib-cap", "sscflp_holmberg": "single-source", "gap": "gap", "ufl": "ufl", "pmed": "p-median"}
GAP, SECONDS, SAME = 1e-7, 120.0, 1e-6
MADE: dict[str, tuple[str, tuple[Any, ...], dict[str, Any]]] = {
    "location 50 x 200": ("location", (50, 200, 1), {}),
    "location 100 x 1000": ("location", (100, 1000, 1), {}),
    "one source 30 x 150": ("location", (30, 150, 1), {"whole": True, "ratio": 3.0}),
    "assignment c 20 x 100": ("assignment", ("c", 20, 100, 1), {}),
    "assignment d 10 x 100": ("assignment", ("d", 10, 100, 1), {}),
    "assignment e 30 x 200": ("assignment", ("e", 30, 200, 1), {}),
    "no capacity 250 x 250": ("plane", (250, 250, 1), {}),
    "p-median 200, p 67": ("median", (200, 67, 1), {}),
    "p-median 300, p 30": ("median", (300, 30, 1), {}),
    "p-median 500, p 5": ("median", (500, 5, 1), {}),
    "p-median 900, p 90": ("median", (900, 90, 1), {}),
}
"""Name -> function of `generated_cases`, and what it is called with."""


def measured(format: str, file: Path) -> dict[str, Any]:
    """One case: import, relaxation, rounding, then the whole solve."""
    with tempfile.TemporaryDirectory() as work:
        started = time.perf_counter()
        folder = planner.import_case(format, file, Path(work) / "case")
        imported = time.perf_counter() - started
        flat = assemble_compiled(planner.read_tables(planner.read_scenario(folder))).program.flat()
        assembled = time.perf_counter() - started - imported
        warm = linked(flat)
        relaxed = relax(flat, time=SECONDS, warm=warm)
        quick = (
            relaxed
            if not relaxed.has_plan
            else rounded(
                flat,
                relaxed.x,
                period_of_column=flat.period,
                group_of_column=flat.group,
                weight_of_column=flat.weight,
                windows=1,
                time=SECONDS,
                fallback=False,
                warm=warm,
            )
        )
        started = time.perf_counter()
        plan = planner.solve(folder, gap=GAP, time=SECONDS)
        seconds = time.perf_counter() - started
    claimed = None if plan.solution.claimed_bound is None else plan.solution.claimed_bound * 1e3
    certified = plan.certificate.gap_relative <= SAME and plan.certificate.worst_violation <= SAME
    said = claimed is not None and (plan.objective - claimed) / abs(plan.objective) <= SAME
    return {
        "ours": plan.objective,
        "bound": plan.certificate.bound * 1e3,
        "gap": plan.certificate.gap_relative,
        "verdict": "certified" if certified else "claimed by HiGHS" if said else "open",
        "claimed_bound": claimed,
        "leaves": len(plan.leaves),
        "rows": flat.shape[0],
        "columns": flat.shape[1],
        "import_seconds": imported,
        "assembly_seconds": assembled,
        "seconds": seconds,
        "relaxation": relaxed.objective * 1e3,
        "relaxation_seconds": relaxed.seconds,
        "rounding": quick.objective * 1e3 if quick.has_plan else None,
        "rounding_violation": float(row_violations(flat, quick.x).max()) if quick.has_plan else None,
        "rounding_seconds": quick.seconds,
    }


def against(known: float, found: dict[str, Any]) -> dict[str, Any]:
    """What was found beside the published number."""
    off = (found["ours"] - known) / known
    quick = None if found["rounding"] is None else (found["rounding"] - known) / known
    return {
        "known": known,
        **found,
        "off": off,
        "reached": abs(off) <= SAME,
        "relaxation_gap": (known - found["relaxation"]) / known,
        "rounding_gap": quick,
    }


def made(name: str) -> dict[str, Any]:
    """One made case, and HiGHS on its numbers, in this process."""
    import generated_cases

    recipe, arguments, more = MADE[name]
    case = getattr(generated_cases, recipe)(*arguments, **more)
    with tempfile.TemporaryDirectory() as work:
        file = Path(work) / "case.txt"
        file.write_text(case.text, encoding="utf-8")
        found = measured(case.format, file)
    found["gigabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1e-6
    started = time.perf_counter()
    value, bound = generated_cases.direct(case, SECONDS)
    return {
        "format": case.format,
        **found,
        "highs": value,
        "highs_bound": bound,
        "highs_seconds": time.perf_counter() - started,
    }


def page(results: dict[str, Any]) -> str:
    """The tables as Markdown."""
    m = results["machine"]
    lines = [
        "# Problems of others",
        "",
        "Printed by `python benchmarks/imports.py`; the files and their published optima are not part of the project.",
        "Each is imported by `planner import` and solved as `planner solve DIR --gap 1e-7 --time 120` does.",
        f"{m['processor']}, {m['cores']} cores, {m['date']}, HiGHS {m['highspy']}; timings under load.",
        "",
        "*reached*: the plan costs the published number to 1e-6. *certified*: leaves prove that to 1e-6, without the",
        "solver. *claimed by HiGHS*: HiGHS says so, the leaves have not closed the gap. *rounding*: how far the plan",
        "of the fast path is above the published number, and its seconds: moves and small exchanges of homes, places",
        "opened and closed (`planner/engines/assigning.py`, `opening.py`), no search over all integers.",
        "",
        *families(results["cases"]),
        "",
        *published(results["cases"]),
    ]
    if results.get("made"):
        lines += ["", *larger(results["made"])]
    return "\n".join(lines) + "\n"


def families(cases: dict[str, Any]) -> list[str]:
    """One line per family."""
    head = "family | cases | reached | certified | claimed | open | rounding, median | worst | none | rows broken"
    lines = [f"| {head} | seconds |", "|" + 11 * "---|"]
    for family in FORMATS:
        mine = [c for c in cases.values() if c["family"] == family]
        if not mine:
            continue
        gaps = [c["rounding_gap"] for c in mine if c["rounding_gap"] is not None]
        words = [c["verdict"] for c in mine]
        broken = sum((c["rounding_violation"] or 0.0) > SAME for c in mine)
        lines.append(
            f"| {family} | {len(mine)} | {sum(c['reached'] for c in mine)} | {words.count('certified')} | "
            f"{words.count('claimed by HiGHS')} | {words.count('open')} | {share(median(gaps)) if gaps else '–'} | "
            f"{share(max(gaps)) if gaps else '–'} | {len(mine) - len(gaps)} | {broken} | "
            f"{sum(c['seconds'] for c in mine):.0f} |"
        )
    return lines


def published(cases: dict[str, Any]) -> list[str]:
    """One line per case."""
    head = "case | rows x columns | published | ours | verdict | gap proved | leaves | s | relaxation | rounding | s"
    lines = [f"| {head} |", "|" + 11 * "---|"]
    for name, c in cases.items():
        lines.append(
            f"| {name} | {c['rows']} x {c['columns']} | {c['known']:.10g} | {c['ours']:.10g} | {c['verdict']} | "
            f"{share(c['gap'])} | {c['leaves']} | {c['seconds']:.0f} | {share(c['relaxation_gap'])} | "
            f"{'none' if c['rounding_gap'] is None else share(c['rounding_gap'])} | {c['rounding_seconds']:.1f} |"
        )
    return lines


def larger(cases: dict[str, Any]) -> list[str]:
    """Made cases: sizes, times, memory, and HiGHS on the numbers."""
    lines = [
        "## Larger, made with a seed",
        "",
        "Recipes of the public classes (`tests/imports/generated_cases.py`). *HiGHS on the numbers*: a MILP written",
        "from the numbers alone, all links at once, 120 s; *off*: our plan against its plan, negative where ours costs",
        "less. *rounding*: above the best bound. *GB*: most memory of the process, from import to plan.",
        "",
        "| case | rows x columns | import s | read, assemble s | relaxation s | rounding | s | verdict | gap proved "
        "| s | GB | HiGHS on the numbers: off | its gap | s |",
        "|" + 14 * "---|",
    ]
    for name, c in cases.items():
        bound = max(c["bound"], c["highs_bound"])
        quick = "none" if c["rounding"] is None else share(max(c["rounding"] - bound, 0.0) / abs(bound))
        found = abs(c["highs"]) < 1e20
        off = share((c["ours"] - c["highs"]) / abs(c["highs"])) if found else "no plan"
        theirs = share(max(c["highs"] - c["highs_bound"], 0.0) / abs(c["highs"])) if found else "–"
        lines.append(
            f"| {name} | {c['rows']} x {c['columns']} | {c['import_seconds']:.1f} | {c['assembly_seconds']:.0f} | "
            f"{c['relaxation_seconds']:.1f} | {quick} | {c['rounding_seconds']:.1f} | {c['verdict']} | "
            f"{share(c['gap'])} | {c['seconds']:.0f} | {c['gigabytes']:.1f} | {off} | {theirs} | "
            f"{c['highs_seconds']:.0f} |"
        )
    return lines


def share(value: float) -> str:
    """A gap in per cent; 0 up to a billionth."""
    return "0" if abs(value) < 1e-9 else f"{100 * value:.3g} %"


def kept(results: dict[str, Any]) -> None:
    """Write the results and the page."""
    results["machine"] = machine()
    OUT.write_text(json.dumps(results, indent=1, default=float) + "\n", encoding="utf-8")
    PAGE.write_text(page(results), encoding="utf-8")


def main(parts: list[str]) -> None:
    """Measure, and write after every case."""
    results = json.loads(OUT.read_text(encoding="utf-8")) if OUT.is_file() else {"cases": {}}
    if parts[:1] == ["--one"]:
        print(json.dumps(made(parts[1]), default=float))
        return
    if parts[:1] == ["--made"]:
        for name in MADE:
            if parts[1:] and not any(p in name for p in parts[1:]):
                continue
            run = subprocess.run([sys.executable, __file__, "--one", name], capture_output=True, text=True, check=True)
            results["made"] = {**results.get("made", {}), name: json.loads(run.stdout.splitlines()[-1])}
            results["made"] = {n: results["made"][n] for n in MADE if n in results["made"]}
            kept(results)
            print(f"{name}: {results['made'][name]['verdict']}, {results['made'][name]['seconds']:.0f} s", flush=True)
        return
    with (CASES / "answers.csv").open(encoding="utf-8") as file:
        answers = list(csv.DictReader(file))
    order = [r["case"] for r in answers]
    for row in answers:
        path = CASES / row["path"]
        if (parts and not any(p in row["case"] for p in parts)) or not path.is_file():
            continue
        found = {"family": row["family"], **against(float(row["known"]), measured(FORMATS[row["family"]], path))}
        results["cases"][row["case"]] = found
        results["cases"] = dict(sorted(results["cases"].items(), key=lambda c: order.index(c[0])))
        kept(results)
        print(
            f"{row['case']}: {found['ours']:.10g} of {row['known']}, {found['verdict']}, {found['seconds']:.0f} s",
            flush=True,
        )


if __name__ == "__main__":
    np.seterr(all="ignore")
    main(sys.argv[1:])
