"""Our engines beside their peers on the relaxations of the datasets and of seeded instances made from `world`.

    python benchmarks/engines.py [--programs two-engines S M ...] [--methods exact interior ...] [--seeds 0 1 2 3 4]
                                 [--tol 1e-6] [--time 300] [--gpu]

writes benchmarks/results/engines_<processor or GPU>.json and benchmarks/README.md. Each solve is a process of its own,
one after the other; every answer is judged by our certificate. `make bench` and `make bench-gpu` call it.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from instances import RECIPES
from machine import device, machine
from peers import METHODS, Missing
from programs import kept, read

from planner.flat import Flat

HERE = Path(__file__).parent
RESULTS = HERE / "results"
PROGRAMS = ("two-engines", "market-match", "S", "M")
GOOD_GAP, GOOD_ROWS = 1e-4, 1e-4
"""What counts as solved: certified relative gap, worst violation of a row relative to its scale."""


def measured(file: Path, method: str, tol: float, time: float, runs: int = 1) -> list[dict[str, Any]]:
    """Solves in this process, one after the other: later ones compile nothing."""
    flat = read(file).flat
    return [_solve(flat, method, tol, time) for _ in range(runs)]


def _solve(flat: Flat, method: str, tol: float, time: float) -> dict[str, Any]:
    from planner.certificate import certify, snap
    from planner.engines import Leaf

    record: dict[str, Any] = {"rows": flat.shape[0], "columns": flat.shape[1], "limit": time, "tol": tol}
    before, start = _memory("VmRSS"), perf_counter()
    try:
        found = METHODS[method](flat, tol, time)
    except Missing as missing:
        return record | {"status": f"not here: {missing}"}
    record["seconds"] = perf_counter() - start - (found.compile or 0.0)
    record |= {"compile": found.compile, "iterations": found.iterations, "status": found.status}
    record["memory_gb"] = (_memory("VmHWM") - before) / 2**20
    if np.isfinite(found.x).all() and found.x.size == flat.shape[1]:
        x = snap(flat, np.clip(found.x, flat.lower, flat.upper))
        y = np.where(flat.sense < 0, np.minimum(found.y, 0.0), found.y)
        y = np.where(flat.sense > 0, np.maximum(y, 0.0), y)
        judged = certify(flat, x, (Leaf(flat.lower, flat.upper, y),), gap=GOOD_GAP)
        record |= {"value": flat.value(x), "gap": judged.gap_relative, "row": judged.worst_violation}
        record["solved"] = bool(abs(judged.gap_relative) <= GOOD_GAP and judged.worst_violation <= GOOD_ROWS)
    return record


def _memory(key: str) -> int:
    """Memory of this process [kB]: resident now (VmRSS), or the most it ever was (VmHWM); 0 where it is not told."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(key)), 0)


def main() -> None:
    """Measure, keep what was measured before, write the page."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--programs", nargs="+", default=list(PROGRAMS))
    ask.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    ask.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2, 3, 4])
    ask.add_argument("--runs", type=int, default=3, help="runs of a program without a seed")
    ask.add_argument("--tol", type=float, default=1e-6)
    ask.add_argument("--time", type=float, default=300.0)
    ask.add_argument("--folder", type=Path, help="where programs are kept (default: made anew)")
    ask.add_argument("--gpu", action="store_true", help="refuse to run without one")
    ask.add_argument("--one", nargs=2, metavar=("FILE", "METHOD"), help=argparse.SUPPRESS)
    given = ask.parse_args()
    if given.one:
        print(json.dumps(measured(Path(given.one[0]), given.one[1], given.tol, given.time, given.runs)))
        return
    name = device(given.gpu)
    file = RESULTS / f"engines_{re.sub(r'[^a-z0-9]+', '_', name.lower()).strip('_')}.json"
    known = json.loads(file.read_text())["solves"] if file.exists() else {}
    with tempfile.TemporaryDirectory() as made:
        folder = given.folder or Path(made)
        for p in given.programs:
            seeds = given.seeds if p in RECIPES and p != "M" else list(range(given.runs))
            files = {s: kept(p, s, folder) for s in (seeds if p in RECIPES and p != "M" else seeds[:1])}
            for method in given.methods:
                each = 1 if len(files) > 1 or not given.gpu else given.runs
                runs = [r for f in files.values() for r in _apart(f, method, given.tol, given.time, each)]
                if len(files) == 1 and not given.gpu:
                    runs += [r for _ in seeds[1:] for r in _apart(files[seeds[0]], method, given.tol, given.time)]
                known.setdefault(p, {})[method] = runs
                print(p, method, *(f"{r.get('seconds', float('nan')):.1f} s {r['status']}" for r in runs), flush=True)
                document = {"where": name, "machine": machine(), "solves": known}
                file.write_text(json.dumps(document, indent=1) + "\n")
    write_page()


def _apart(file: Path, method: str, tol: float, time: float, runs: int = 1) -> list[dict[str, Any]]:
    """Solves in a process of its own; a process that dies or does not end is a result too."""
    command = [sys.executable, __file__, "--one", str(file), method, "--tol", str(tol), "--time", str(time)]
    try:
        command += ["--runs", str(runs)]
        out = subprocess.run(command, capture_output=True, text=True, timeout=3 * runs * time + 300)
    except subprocess.TimeoutExpired:
        return [{"status": f"did not stop at {time:.0f} s"}]
    if out.returncode:
        lines = out.stderr.strip().splitlines() or [f"ended with code {out.returncode}"]
        return [{"status": f"failed: {lines[-1][:120]}"}]
    return json.loads(out.stdout.splitlines()[-1])


def write_page() -> None:
    """benchmarks/README.md from every result file."""
    lines = [
        "# Engines beside their peers",
        "",
        "Printed by `make bench` (processor) and `make bench-gpu` (GPU) from `benchmarks/results/engines_*.json`. Each",
        "solve is a process of its own; integers are left fractional. *Gap* and *rows* are our certificate's, from the",
        f"plan and the prices that the method returned; solved: gap at most {GOOD_GAP:g}, rows within {GOOD_ROWS:g}.",
        "*Seconds* are the median (smallest to largest); *compile* is the most of all runs: spent once per structure, then kept on disk. S is",
        "thinned from `world` by seed, M is `world`, L and XL are enlarged from it (`benchmarks/instances.py`).",
    ]
    for file in sorted(RESULTS.glob("engines_*.json")):
        document = json.loads(file.read_text())
        about = ", ".join(f"{k} {v}" for k, v in document["machine"].items())
        lines += ["", f"## {document['where']}", "", f"{about}.", ""]
        lines += [
            "| program | method | limit, s | solved | s | compile, s | iterations | memory, GB | gap | rows | says |"
        ]
        lines += ["|---|---|---|---|---|---|---|---|---|---|---|"]
        for name, methods in document["solves"].items():
            size = next((r for runs in methods.values() for r in runs if "columns" in r), None)
            shape = f" ({size['rows']:,} x {size['columns']:,})" if size else ""
            lines += [_line(f"{name}{shape}", method, runs) for method, runs in methods.items()]
    (HERE / "README.md").write_text("\n".join([*lines, *_reading()]) + "\n")


def _line(name: str, method: str, runs: list[dict[str, Any]]) -> str:
    ran = [r for r in runs if "seconds" in r]
    if not ran:
        return f"| {name} | {method} | | no | | | | | | | {runs[0]['status']} |"
    seconds = sorted(r["seconds"] for r in ran)
    spread = f"{statistics.median(seconds):.2f} ({seconds[0]:.2f} to {seconds[-1]:.2f})"
    solved = f"{sum(r.get('solved', False) for r in runs)} of {len(runs)}"

    def middle(key: str, form: str) -> str:
        given = [r[key] for r in ran if r.get(key) is not None and r[key] == r[key]]
        return format(statistics.median(given), form) if given else ""

    said = ", ".join(sorted({str(r["status"]) for r in runs}))
    compiled = max((r["compile"] for r in ran if r.get("compile") is not None), default=None)
    cells = [
        f"{compiled:.1f}" if compiled is not None else "",
        middle("iterations", ",.0f"),
        middle("memory_gb", ".2f"),
        middle("gap", ".0e"),
    ]
    limit = f"{ran[0]['limit']:.0f}"
    return (
        f"| {name} | {method} | {limit} | {solved} | {spread} | {' | '.join(cells)} | {middle('row', '.0e')} | {said} |"
    )


def _reading() -> list[str]:
    """Which engine when: per machine and program the fastest method that solved every run, and ours."""
    lines = ["", "## Which engine when", "", "| where | program | fastest of all | fastest of ours | ratio |"]
    lines += ["|---|---|---|---|---|"]
    for file in sorted(RESULTS.glob("engines_*.json")):
        document = json.loads(file.read_text())
        for name, methods in document["solves"].items():
            best = {
                m: statistics.median(r["seconds"] for r in runs)
                for m, runs in methods.items()
                if all(r.get("solved") for r in runs)
            }
            ours = {m: s for m, s in best.items() if m in ("exact", "interior", "first-order")}
            if best and ours:
                first, mine = min(best, key=lambda m: best[m]), min(ours, key=lambda m: ours[m])
                lines.append(
                    f"| {document['where']} | {name} | {first}, {best[first]:.2f} s | {mine}, {ours[mine]:.2f} s |"
                    f" {ours[mine] / best[first]:.2f} |"
                )
    return lines


if __name__ == "__main__":
    main()
