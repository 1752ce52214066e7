"""Problems of others, with the optimum they publish: what this planner reaches, and what it proves.

Run: python benchmarks/imports.py [PART ...]   writes benchmarks/imports.json and docs/imports.md

The files are not part of the project: `PLANNER_CASES` names their folder (default: ../shared/cases), with answers.csv.
A PART limits the run to cases whose name holds it; cases of earlier runs are kept. Each case is imported, rounded, and
solved as `planner solve DIR --gap 1e-7 --time 120` does.
"""

from __future__ import annotations

import csv
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
from machine import machine

import planner
from planner.assemble import assemble_compiled
from planner.certificate import row_violations
from planner.engines.exact import relax
from planner.engines.rounding import rounded

HERE = Path(__file__).parent
CASES = Path(os.environ.get("PLANNER_CASES", HERE.parent.parent / "shared" / "cases"))
OUT, PAGE = HERE / "imports.json", HERE.parent / "docs" / "imports.md"
FORMATS = {"cflp": "orlib-cap", "sscflp_holmberg": "single-source", "gap": "gap", "ufl": "ufl", "pmed": "p-median"}
GAP, SECONDS, SAME = 1e-7, 120.0, 1e-6


def measured(family: str, file: Path, known: float) -> dict[str, object]:
    """One case: rounding, then the whole solve."""
    with tempfile.TemporaryDirectory() as work:
        folder = planner.import_case(FORMATS[family], file, Path(work) / "case")
        flat = assemble_compiled(planner.read_tables(planner.read_scenario(folder))).program.flat()
        relaxed = relax(flat)
        quick = rounded(
            flat,
            relaxed.x,
            period_of_column=flat.period,
            group_of_column=flat.group,
            weight_of_column=flat.weight,
            windows=1,
            time=SECONDS,
            fallback=False,
        )
        started = time.perf_counter()
        plan = planner.solve(folder, gap=GAP, time=SECONDS)
        seconds = time.perf_counter() - started
    claimed = None if plan.solution.claimed_bound is None else plan.solution.claimed_bound * 1e3
    off = (plan.objective - known) / known
    certified = plan.certificate.gap_relative <= SAME and plan.certificate.worst_violation <= SAME
    said = claimed is not None and (plan.objective - claimed) / abs(plan.objective) <= SAME
    return {
        "known": known,
        "ours": plan.objective,
        "off": off,
        "reached": abs(off) <= SAME,
        "bound": plan.certificate.bound * 1e3,
        "gap": plan.certificate.gap_relative,
        "verdict": "certified" if certified else "claimed by HiGHS" if said else "open",
        "claimed_bound": claimed,
        "leaves": len(plan.leaves),
        "rows": flat.shape[0],
        "columns": flat.shape[1],
        "relaxation_gap": (known - relaxed.objective * 1e3) / known,
        "seconds": seconds,
        "rounding_gap": (quick.objective * 1e3 - known) / known if quick.has_plan else None,
        "rounding_violation": float(row_violations(flat, quick.x).max()) if quick.has_plan else None,
        "rounding_seconds": quick.seconds,
    }


def page(results: dict) -> str:
    """The table as Markdown."""
    cases = results["cases"]
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
        "of the fast path, without exact search, is above the published number.",
        "",
        "| family | cases | reached | certified | claimed | open | rounding gap, median | worst | none | rows broken |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
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
            f"{share(max(gaps)) if gaps else '–'} | {len(mine) - len(gaps)} | {broken} |"
        )
    lines += [
        "",
        "| case | rows x columns | published | ours | verdict | gap proved | leaves | s | relaxation | rounding |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, c in cases.items():
        lines.append(
            f"| {name} | {c['rows']} x {c['columns']} | {c['known']:.10g} | {c['ours']:.10g} | {c['verdict']} | "
            f"{share(c['gap'])} | {c['leaves']} | {c['seconds']:.0f} | {share(c['relaxation_gap'])} | "
            f"{'none' if c['rounding_gap'] is None else share(c['rounding_gap'])} |"
        )
    return "\n".join(lines) + "\n"


def share(value: float) -> str:
    """A gap in per cent; 0 up to a billionth."""
    return "0" if abs(value) < 1e-9 else f"{100 * value:.3g} %"


def main(parts: list[str]) -> None:
    """Measure, and write after every case."""
    results = json.loads(OUT.read_text(encoding="utf-8")) if OUT.is_file() else {"cases": {}}
    with (CASES / "answers.csv").open(encoding="utf-8") as file:
        answers = list(csv.DictReader(file))
    for row in answers:
        path = CASES / row["path"]
        if (parts and not any(p in row["case"] for p in parts)) or not path.is_file():
            continue
        found = {"family": row["family"], **measured(row["family"], path, float(row["known"]))}
        results["cases"][row["case"]] = found
        results["machine"] = machine()
        order = [r["case"] for r in answers]
        results["cases"] = dict(sorted(results["cases"].items(), key=lambda c: order.index(c[0])))
        OUT.write_text(json.dumps(results, indent=1, default=float) + "\n", encoding="utf-8")
        PAGE.write_text(page(results), encoding="utf-8")
        print(
            f"{row['case']}: {found['ours']:.10g} of {row['known']}, {found['verdict']}, {found['seconds']:.0f} s",
            flush=True,
        )


if __name__ == "__main__":
    np.seterr(all="ignore")
    main(sys.argv[1:])
