"""Time and memory against workloads, sites, hardware and periods, each on its own, around the instance S of `world`.

    python benchmarks/scaling.py [--dimensions workloads sites hardware periods] [--methods exact "HiGHS ipx" interior]
                                 [--queues S-short S S-long] [--seed 0] [--tol 1e-6] [--time 120]
                                 [--large] [--large-solve] [--note TEXT]

writes benchmarks/results/scaling_<processor>.json and benchmarks/README.md. Reading, assembling and each solve are
processes of their own, one after the other. --queues: instances that differ in how long queues are, also by methods
without a factorisation. --large: read and assemble L too, and let the interior engine plan its
memory; --large-solve: solve it by the methods as well.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from time import perf_counter
from typing import Any

from engines import apart, memory
from instances import RECIPES, Recipe, instance
from machine import device, machine
from page import RESULTS, write_page
from peers import METHODS
from programs import read, relaxed, write

BASE = RECIPES["S"]
DIMENSIONS: dict[str, tuple[Recipe, ...]] = {
    "workloads": tuple(replace(BASE, workloads=w) for w in (0.2, 0.4, 1, 2, 4)),
    "sites": tuple(replace(BASE, sites=s) for s in (0.15, 0.3, 0.6, 1, 2)),
    "hardware": tuple(replace(BASE, racks=r) for r in (0.25, 1, 2, 4, 8)),
    "periods": tuple(replace(BASE, period=p) for p in (2.0, 1.0, 0.5, 0.25, 0.125)),
}
"""Dimension -> recipes that differ from S in that dimension alone, from small to large."""
QUEUES = ("S-short", "S", "S-long")
FACTORLESS = ("first-order", "OR-Tools PDLP")
"""Methods that may find long chains hard."""
MAKING, PLANNING = 600.0, 300.0
"""Limits on reading and assembling, and on planning of memory [s]."""


def made(recipe: Recipe, seed: int, folder: Path) -> dict[str, Any]:
    """Write an instance, read and assemble it in this process; its relaxed program is kept in `folder`.

    Sizes (workloads, sites, hardware [rows of their tables], periods with the tail, rows, columns, nonzeros of the
    program), seconds of reading, of assembling and of the compiling that the first assembling of these shapes takes
    besides [s], most memory of the process [GB].
    """
    import jax

    from planner.assemble import assemble_compiled
    from planner.scenario import read_scenario
    from planner.tables import read_tables

    scenario = instance(recipe, seed, folder / "scenario")
    jax.config.update("jax_compilation_cache_dir", str(folder / "compiled"))  # empty, whatever was compiled before
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    start = perf_counter()
    tables = read_tables(read_scenario(scenario))
    reading = perf_counter() - start
    assemble_compiled(tables).program.flat()
    first = perf_counter() - start - reading
    jax.clear_caches()
    start = perf_counter()
    program = assemble_compiled(tables).program
    flat = program.flat()
    assembling = perf_counter() - start
    peak = memory("VmHWM") / 2**20
    write(relaxed(flat), program.layout, folder / "program.npz")
    sizes: dict[str, Any] = {t: len(tables.keys(t)) for t in ("workloads", "sites", "hardware")}
    sizes["periods"] = program.layout.variables[0].exists.shape[1]
    sizes |= {"rows": flat.shape[0], "columns": flat.shape[1], "nonzeros": int(flat.matrix.nnz)}
    seconds = {"reading": reading, "assembling": assembling, "compiling": first - assembling}
    return sizes | seconds | {"peak_gb": peak}


def planned(file: Path) -> dict[str, Any]:
    """What the interior engine plans to take for a program, in this process: memory [GB], seconds of planning [s]."""
    from planner.engines.interior import structure_for
    from planner.engines.interior.memory import lane_bytes, room

    flat = read(file).flat
    start = perf_counter()
    try:
        s = structure_for(flat)
    except MemoryError as error:
        need = re.search(r"(?:about|at least) ([\d.]+) GB", str(error))
        found = {"need_gb": float(need[1]) if need else None, "fits": False, "says": str(error)}
    else:
        shapes = [(g.source.shape[0], g.pivots, g.source.shape[1] - g.pivots) for g in s.groups]
        need = lane_bytes(shapes, s.entry_rows.shape[0], s.first.size, sum(s.shape) + s.row.size)
        found = {"need_gb": need / 2**30, "fits": True, "says": "fits"}
    return found | {"free_gb": room() / 2**30, "seconds": perf_counter() - start, "peak_gb": memory("VmHWM") / 2**20}


def main() -> None:
    """Measure, keep what was measured before, write the page."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--dimensions", nargs="*", default=list(DIMENSIONS))
    ask.add_argument("--methods", nargs="+", default=["exact", "HiGHS ipx"], choices=list(METHODS))
    ask.add_argument("--queues", nargs="*", default=list(QUEUES))
    ask.add_argument("--seed", type=int, default=0)
    ask.add_argument("--tol", type=float, default=1e-6)
    ask.add_argument("--time", type=float, default=120.0)
    ask.add_argument("--large", action="store_true", help="read and assemble L, plan its memory")
    ask.add_argument("--large-solve", action="store_true", help="solve L too")
    ask.add_argument("--note", help="what else is to be known of this run")
    ask.add_argument("--make", nargs=2, metavar=("RECIPE", "FOLDER"), help=argparse.SUPPRESS)
    ask.add_argument("--plan", type=Path, metavar="FILE", help=argparse.SUPPRESS)
    given = ask.parse_args()
    if given.make:
        print(json.dumps(made(Recipe(**json.loads(given.make[0])), given.seed, Path(given.make[1]))))
        return
    if given.plan:
        print(json.dumps(planned(given.plan)))
        return
    name = device(False)
    file = RESULTS / f"scaling_{re.sub(r'[^a-z0-9]+', '_', name.lower()).strip('_')}.json"
    known = json.loads(file.read_text()) if file.exists() else {"dimensions": {}}
    about = {"where": name, "machine": machine(), "seed": given.seed, "tol": given.tol}
    known |= about | {"note": given.note or known.get("note", "")}

    def solved(entry: dict[str, Any], folder: Path, methods: list[str]) -> None:
        for method in methods:
            (entry["solves"][method],) = apart(folder / "program.npz", method, given.tol, given.time)
            said = entry["solves"][method]
            print(" ", method, f"{said.get('seconds', float('nan')):.2f} s", said["status"], flush=True)
            file.write_text(json.dumps(known, indent=1) + "\n")

    once: dict[Recipe, dict[str, Any]] = {}
    for dimension in given.dimensions:
        earlier = {json.dumps(e["recipe"]): e for e in known["dimensions"].get(dimension, [])}
        entries = known["dimensions"][dimension] = []
        for recipe in DIMENSIONS[dimension]:
            entry = earlier.get(json.dumps(asdict(recipe)), {"solves": {}})
            entries.append(entry)
            if recipe in once:
                entry |= json.loads(json.dumps(once[recipe]))
                continue
            with tempfile.TemporaryDirectory() as folder:
                assembly = _asked("--make", json.dumps(asdict(recipe)), folder, "--seed", str(given.seed))
                entry |= {"recipe": asdict(recipe), "assembly": assembly}
                print(dimension, assembly, flush=True)
                if "columns" in assembly:
                    solved(entry, Path(folder), given.methods)
            once[recipe] = entry
    for instance_name in given.queues:
        with tempfile.TemporaryDirectory() as folder:
            recipe = RECIPES[instance_name]
            assembly = _asked("--make", json.dumps(asdict(recipe)), folder, "--seed", str(given.seed))
            known.setdefault("queues", {})[instance_name] = entry = {"recipe": asdict(recipe), "solves": {}}
            entry["assembly"] = assembly
            print(instance_name, assembly, flush=True)
            if "columns" in assembly:
                solved(entry, Path(folder), [*given.methods, *FACTORLESS])
    if given.large or given.large_solve:
        with tempfile.TemporaryDirectory() as folder:
            entry: dict[str, Any] = {"recipe": asdict(RECIPES["L"]), "solves": {}}
            known["large"] = entry
            entry["assembly"] = _asked("--make", json.dumps(entry["recipe"]), folder, "--seed", str(given.seed))
            print("L", entry["assembly"], flush=True)
            if "columns" in entry["assembly"]:
                entry["interior"] = _asked("--plan", str(Path(folder) / "program.npz"), limit=PLANNING)
                print("  interior", entry["interior"], flush=True)
                if given.large_solve:
                    solved(entry, Path(folder), given.methods)
    file.write_text(json.dumps(known, indent=1) + "\n")
    write_page()


def _asked(*words: str, limit: float = MAKING) -> dict[str, Any]:
    """What a process of its own says; one that dies or does not end says so."""
    try:
        out = subprocess.run([sys.executable, __file__, *words], capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return {"status": f"did not end in {limit:.0f} s"}
    if out.returncode:
        lines = out.stderr.strip().splitlines() or [f"ended with code {out.returncode}"]
        return {"status": f"failed: {lines[-1][:200]}"}
    return json.loads(out.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
