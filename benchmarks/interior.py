"""The interior engine against HiGHS on the relaxation of every dataset: values, iterations, seconds.

    python benchmarks/interior.py [DATASET ...]     writes benchmarks/results/interior.json and docs/interior.md

Each method solves the same program in its own process, one after the other, so that neither takes the other's cores
or memory. The gap is the certificate's: from the plan's cost to the bound that its own prices prove.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from machine import machine

HERE = Path(__file__).parent
JSON, PAGE = HERE / "results" / "interior.json", HERE.parent / "docs" / "interior.md"
DATASETS = ("tiny", "rented", "two-engines", "market-match", "world")
METHODS = ("interior", "ipx", "simplex")
PATIENCE = 1800.0
"""Seconds after which a method is stopped and shown as stopped."""


def measured(dataset: str, method: str) -> dict[str, Any]:
    """One solve in this process."""
    from planner.assemble import assemble_compiled
    from planner.certificate import certify, snap
    from planner.engines import exact, interior
    from planner.scenario import read_scenario
    from planner.tables import read_tables

    flat = assemble_compiled(read_tables(read_scenario(dataset))).program.flat()
    flat = replace(flat, integer=np.zeros_like(flat.integer))
    record: dict[str, Any] = {"rows": flat.shape[0], "columns": flat.shape[1]}
    start = perf_counter()
    if method == "interior":
        structure = interior.structure_for(flat)
        record["structure"] = perf_counter() - start
        record["root"] = max(g.pivots for g in structure.groups)
        first = perf_counter()
        interior.relax(flat, time=0.0)
        record["compile"] = perf_counter() - first
        start = perf_counter()
        answer = interior.relax(flat, time=PATIENCE)
    else:
        answer = exact.relax(flat, method, crossover=False if method == "ipx" else None, time=PATIENCE)
    record |= {"seconds": perf_counter() - start, "iterations": answer.iterations, "status": answer.status.value}
    if answer.has_plan:
        certificate = certify(flat, snap(flat, answer.x), answer.leaves, gap=1e-6)
        record |= {"value": answer.objective, "gap": certificate.gap_relative, "row": certificate.worst_violation}
    return record


def main(names: list[str]) -> None:
    """Measure the named datasets (all without a name), keep the others, print the page."""
    JSON.parent.mkdir(exist_ok=True)
    kept = json.loads(JSON.read_text())["datasets"] if JSON.exists() else {}
    for name in names or DATASETS:
        kept[name] = {}
        for method in METHODS:
            command = [sys.executable, __file__, "--one", name, method]
            try:
                out = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE + 600).stdout
                kept[name][method] = json.loads(out.splitlines()[-1])
            except subprocess.TimeoutExpired:
                kept[name][method] = {"status": f"stopped after {PATIENCE:.0f} s"}
            print(name, method, kept[name][method], flush=True)
            JSON.write_text(json.dumps({"machine": machine(), "datasets": kept}, indent=1) + "\n")
    PAGE.write_text(page(json.loads(JSON.read_text())))


def page(record: dict[str, Any]) -> str:
    """The results as a page."""
    lines = [
        "# The interior engine beside HiGHS",
        "",
        "Printed by `python benchmarks/interior.py`: the relaxation of every dataset, each method in its own process.",
        f"{', '.join(f'{k} {v}' for k, v in record['machine'].items())}; other work ran beside.",
        "",
        "*Seconds* are of the solve; *first time* is what the interior engine spends once per structure, on the",
        "order of elimination and on compiling (kept on disk afterwards). *Gap* is the certificate's, from its own",
        "prices. *Root*: rows left for the dense factorisation.",
        "",
        "| dataset | rows x columns | method | value [G USD] | off HiGHS | iterations | s | first, s | gap | root |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, methods in record["datasets"].items():
        truth = next((methods[m]["value"] for m in ("simplex", "ipx") if "value" in methods.get(m, {})), np.nan)
        for method, r in methods.items():
            if "value" not in r:
                lines.append(f"| {name} | | {method} | {r['status']} | | | {r.get('seconds', 0):.0f} | | | |")
                continue
            away = abs(r["value"] - truth) / max(1e-9, abs(truth))
            once = f"{r['structure'] + r['compile']:.0f}" if "compile" in r else ""
            lines.append(
                f"| {name} | {r['rows']:,} x {r['columns']:,} | {method} | {r['value']:.8g} | {away:.0e} "
                f"| {r['iterations']} | {r['seconds']:.2f} | {once} | {r['gap']:.0e} | {r.get('root', '')} |"
            )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measured(*sys.argv[2:4])))
    else:
        main(sys.argv[1:])
