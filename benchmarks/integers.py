"""Whole plans: gap and time of relaxing, rounding and branching beside the MILP solver of HiGHS.

    python benchmarks/integers.py [--programs two-engines market-match M] [--methods ...] [--cases PART ...]
                                  [--gap 0.01] [--time 300] [--note TEXT]

writes benchmarks/results/integers_<processor>.json and benchmarks/README.md. Each solve is a process of its own, one
after the other. M is `world`. Cases: published problems with known optima, from the folder that PLANNER_CASES names
(default: ../shared/cases; left out where it is not there), those whose name holds a PART ("all": every one). Plans are
judged by our certificate; HiGHS proves nothing that can be checked, so its plan is held against the best bound that
ours proved of the same program.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from engines import memory
from imports import CASES, FORMATS
from machine import device, machine
from page import RESULTS, write_page
from programs import kept, read, relaxed, write

from planner.certificate import certify, snap
from planner.engines import Leaf, Solution, Status, Step
from planner.flat import Flat

PROGRAMS = ("two-engines", "market-match", "M")
SCENARIOS = {"M": "world"}
TOL = 1e-7
"""Tolerance [-] handed to every method."""
CASE_UNIT = 1e-3
"""Program money per published money of an imported case."""


def relaxation(flat: Flat, gap: float, time: float) -> tuple[Solution, dict[str, Any]]:
    """The exact engine on the relaxation alone."""
    from planner.engines import exact

    return exact.relax(relaxed(flat), tol=TOL, time=time), {}


def exact(flat: Flat, gap: float, time: float) -> tuple[Solution, dict[str, Any]]:
    """What `planner solve` does on a processor: relax, round, search, branch until the gap [-] is certified."""
    from planner import engines

    steps: list[Step] = []
    answer = engines.solve(flat, "exact", tol=TOL, time=time, gap=gap, progress=steps.append)
    return answer, {"relaxed_after": next((s.seconds for s in steps if s.note == "relaxation"), None)}


def interior(flat: Flat, gap: float, time: float) -> tuple[Solution, dict[str, Any]]:
    """The interior engine; compiled first for its relaxation, its batch of roundings as it goes."""
    from planner.engines import interior as engine

    start = perf_counter()
    engine.prepare(flat, tol=TOL)
    compiled = perf_counter() - start
    return engine.solve(flat, tol=TOL, time=time, gap=gap), {"compile": compiled}


def highs(flat: Flat, gap: float, time: float) -> tuple[Solution, dict[str, Any]]:
    """HiGHS's MILP solver as it is, on as many threads as it likes."""
    from planner.engines.warm import STATUS, model_of

    model: Any = model_of(flat, TOL, integers=True)
    for option, value in (("mip_rel_gap", gap), ("mip_feasibility_tolerance", TOL), ("time_limit", float(time))):
        model.setOptionValue(option, value)
    model.run()
    info, status = model.getInfo(), STATUS.get(model.getModelStatus(), Status.FAILED)
    x = np.array(model.getSolution().col_value, float)
    if info.primal_solution_status != 2 or x.size != flat.shape[1]:
        x = np.full(flat.shape[1], np.nan)
    bound = float(info.mip_dual_bound) + flat.constant
    claimed = bound if np.isfinite(bound) else None
    nodes = int(info.mip_node_count)
    return Solution(x, np.zeros(flat.shape[0]), status, flat.value(x), 0.0, nodes, (), claimed, "highs"), {}


METHODS: dict[str, Callable[[Flat, float, float], tuple[Solution, dict[str, Any]]]] = {
    "relaxation": relaxation,
    "exact": exact,
    "interior": interior,
    "HiGHS MILP": highs,
}


def judged(flat: Flat, method: str, gap: float, time: float) -> dict[str, Any]:
    """One solve in this process: seconds [s], memory that it took [GB], and what the certificate says.

    gap [-], time [s]. value, bound: program money. gap: certified, None where the method proves nothing. claimed: the
    gap that a MILP solver says. worst: largest violation of a row, a box or an integer, relative as in the certificate.
    """
    before, start = memory("VmRSS"), perf_counter()
    answer, more = METHODS[method](flat, gap, time)
    record: dict[str, Any] = {
        "seconds": perf_counter() - start - more.get("compile", 0.0),
        "status": str(answer.status),
    }
    record |= more | {"memory_gb": (memory("VmHWM") - before) / 2**20, "leaves": len(answer.leaves), "limit": time}
    program = relaxed(flat) if method == "relaxation" else flat
    boxes = answer.leaves or (Leaf(flat.lower, flat.upper, np.zeros(flat.shape[0])),)
    if not answer.has_plan:
        return record
    x = snap(program, answer.x)
    start, found = perf_counter(), certify(program, x, boxes, gap=gap)
    record |= {"value": found.objective, "judging": perf_counter() - start}
    record["worst"] = max(found.worst_violation, found.worst_bound, found.worst_integer)
    if answer.leaves:
        record |= {"bound": found.bound, "gap": found.gap_relative, "certified": found.certified}
    if answer.claimed_bound is not None:
        record["claimed"] = (found.objective - answer.claimed_bound) / max(1e-9, abs(found.objective))
    return record


def cases(parts: list[str]) -> list[dict[str, str]]:
    """Lines of answers.csv whose file is there and whose name holds one of the parts ("all": every one)."""
    answers = CASES / "answers.csv"
    if not answers.is_file():
        return []
    with answers.open(encoding="utf-8") as file:
        known = [r for r in csv.DictReader(file) if r["family"] in FORMATS and (CASES / r["path"]).is_file()]
    return [r for r in known if any(p == "all" or p in r["case"] for p in parts)]


def imported(case: dict[str, str], folder: Path) -> Path:
    """The program of a published case as a file, with its integers."""
    import planner
    from planner.assemble import assemble_compiled

    name = re.sub(r"\W+", "_", case["case"])
    scenario = planner.import_case(FORMATS[case["family"]], CASES / case["path"], folder / name)
    program = assemble_compiled(planner.read_tables(planner.read_scenario(scenario))).program
    return write(program.flat(), program.layout, folder / f"{name}.npz")


def main() -> None:
    """Measure, keep what was measured before, write the page."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--programs", nargs="*", default=list(PROGRAMS))
    ask.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    ask.add_argument("--cases", nargs="*", default=["all"], help="parts of names")
    ask.add_argument("--gap", type=float, default=0.01)
    ask.add_argument("--time", type=float, default=300.0)
    ask.add_argument("--relaxations", type=int, default=3, help="runs of a program's relaxation (median)")
    ask.add_argument("--note", help="what else is to be known of this run")
    ask.add_argument("--one", nargs=2, metavar=("FILE", "METHOD"), help=argparse.SUPPRESS)
    given = ask.parse_args()
    if given.one:
        print(json.dumps(judged(read(Path(given.one[0])).flat, given.one[1], given.gap, given.time), default=float))
        return
    name = device(False)
    file = RESULTS / f"integers_{re.sub(r'[^a-z0-9]+', '_', name.lower()).strip('_')}.json"
    known = json.loads(file.read_text()) if file.exists() else {"programs": {}, "cases": {}}
    with tempfile.TemporaryDirectory() as made:
        work: list[tuple[str, str, dict[str, Any], Callable[[], Path]]] = [
            ("programs", p, {}, lambda p=p: kept(SCENARIOS.get(p, p), 0, Path(made), whole=True))
            for p in given.programs
        ]
        for case in cases(given.cases):
            about = {"family": case["family"], "known": float(case["known"]) * CASE_UNIT}
            work.append(("cases", case["case"], about, lambda c=case: imported(c, Path(made))))
        for kind, p, about, make in work:
            program = make()
            flat = read(program).flat
            size = {"rows": flat.shape[0], "columns": flat.shape[1], "integers": int(flat.integer.sum())}
            entry = known[kind].setdefault(p, {"solves": {}})
            entry |= about | size
            for method in given.methods:
                count = given.relaxations if kind == "programs" and method == "relaxation" else 1
                runs = [_apart(program, method, given.gap, given.time) for _ in range(count)]
                runs.sort(key=lambda r: r.get("seconds", np.inf))
                entry["solves"][method] = r = runs[count // 2] | {"all_seconds": [r.get("seconds") for r in runs]}
                print(p, method, f"{r.get('seconds', float('nan')):.1f} s", r["status"], r.get("gap"), flush=True)
                document = {"where": name, "machine": machine(), "note": given.note or known.get("note", "")}
                known |= document | {"gap": given.gap}
                file.write_text(json.dumps(known, indent=1) + "\n")
    write_page()


def _apart(file: Path, method: str, gap: float, time: float) -> dict[str, Any]:
    """A solve in a process of its own; a process that dies or does not end is a result too."""
    command = [sys.executable, __file__, "--one", str(file), method, "--gap", str(gap), "--time", str(time)]
    try:
        out = subprocess.run(command, capture_output=True, text=True, timeout=2 * time + 120)
    except subprocess.TimeoutExpired:
        return {"status": f"did not stop at {time:.0f} s", "limit": time}
    if out.returncode:
        lines = out.stderr.strip().splitlines() or [f"ended with code {out.returncode}"]
        return {"status": f"failed: {lines[-1][:120]}", "limit": time}
    return json.loads(out.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
