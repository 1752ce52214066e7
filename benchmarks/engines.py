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
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from instances import RECIPES
from machine import device, machine
from page import GOOD_GAP, GOOD_ROWS, RESULTS, write_page, write_table
from peers import METHODS, Missing
from programs import kept, read
from scipy import sparse

from planner.flat import Flat

PROGRAMS = ("two-engines", "market-match", "S", "M")
LOADED = ("exact", "HiGHS simplex", "HiGHS ipx", "HiGHS hipo", "OR-Tools PDLP")
"""Methods that solve a program of one column first, so that no clock counts the loading of libraries."""
ONE = np.ones(1)
SMALL = Flat(
    sparse.csr_matrix([[1.0]]), ONE, 0 * ONE, 2 * ONE, ONE, ONE.astype(np.int8), np.zeros(1, bool), np.zeros(1, bool)
)


def measured(file: Path, method: str, tol: float, time: float, runs: int = 1) -> list[dict[str, Any]]:
    """Solves in this process, one after the other: later ones compile nothing. Libraries are loaded before."""
    flat = read(file).flat
    if method in LOADED:
        _solve(SMALL, method, tol, time)
    return [_solve(flat, method, tol, time) for _ in range(runs)]


def _solve(flat: Flat, method: str, tol: float, time: float) -> dict[str, Any]:
    from planner.certificate import certify, snap
    from planner.engines import Leaf

    record: dict[str, Any] = {"rows": flat.shape[0], "columns": flat.shape[1], "limit": time, "tol": tol}
    before, start = memory("VmRSS"), perf_counter()
    try:
        found = METHODS[method](flat, tol, time)
    except Missing as missing:
        return record | {"status": f"not here: {missing}"}
    record["seconds"] = perf_counter() - start - (found.compile or 0.0)
    record |= {"compile": found.compile, "iterations": found.iterations, "status": found.status}
    record["memory_gb"] = (memory("VmHWM") - before) / 2**20
    if np.isfinite(found.x).all() and found.x.size == flat.shape[1]:
        x = snap(flat, np.clip(found.x, flat.lower, flat.upper))
        y = np.where(flat.sense < 0, np.minimum(found.y, 0.0), found.y)
        y = np.where(flat.sense > 0, np.maximum(y, 0.0), y)
        judged = certify(flat, x, (Leaf(flat.lower, flat.upper, y),), gap=GOOD_GAP)
        record |= {"value": flat.value(x), "gap": judged.gap_relative, "row": judged.worst_violation}
        record["solved"] = bool(abs(judged.gap_relative) <= GOOD_GAP and judged.worst_violation <= GOOD_ROWS)
    return record


def memory(key: str) -> int:
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
                runs = [r for f in files.values() for r in apart(f, method, given.tol, given.time, each)]
                if len(files) == 1 and not given.gpu:
                    runs += [r for _ in seeds[1:] for r in apart(files[seeds[0]], method, given.tol, given.time)]
                known.setdefault(p, {})[method] = runs
                print(p, method, *(f"{r.get('seconds', float('nan')):.1f} s {r['status']}" for r in runs), flush=True)
                document = {"where": name, "machine": machine(), "solves": known}
                file.write_text(json.dumps(document, indent=1) + "\n")
    write_page()
    write_table()


def apart(file: Path, method: str, tol: float, time: float, runs: int = 1) -> list[dict[str, Any]]:
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


if __name__ == "__main__":
    main()
