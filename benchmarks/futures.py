"""Sampled futures of a program: how many per second, each solved and bounded, against HiGHS on the same machine.

    python benchmarks/futures.py [--program two-engines] [--futures 16 256] [--seed 0] [--folder F] [--gpu]

A future moves demand (one path in time for all), power prices (likewise), and what doors and pads deliver (each its
own). Every future gets a plan and a bound; the gap is our certificate's. HiGHS solves the first ones on one core:
from the last basis by dual simplex, and cold by its interior method. Writes benchmarks/results/futures_<device>.json.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import re
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from machine import device, machine
from page import RESULTS, write_page
from programs import Named, kept, read

from planner.certificate import dual_bound
from planner.flat import Flat

DEMAND, PRICE, DELIVERY = 0.05, 0.10, 0.20
"""Standard deviations: of a step of demand and of power prices in a period, of what a door or a pad delivers [-]."""
WORKERS = min(os.cpu_count() or 1, 16)
ROOM = 3.0
"""Implied bounds are widened by this factor, so that they stay implied."""


def futures(program: Named, count: int, seed: int) -> list[Flat]:
    """Sampled futures of one program; the first ones do not depend on how many there are."""
    flat, rows, columns = program.flat, program.rows, program.columns
    periods = int(columns.period.max()) + 1
    serving, unserved = rows.family == "serve", columns.family == "unserved"
    queue, power = np.isin(rows.family, ["door", "cadence"]), columns.family == "dispatch"
    out = []
    for k in range(count):
        rng = np.random.default_rng([seed, k])
        demand = np.exp(np.cumsum(DEMAND * rng.normal(size=periods)))
        price = np.exp(np.cumsum(PRICE * rng.normal(size=periods)))
        own = np.exp(DELIVERY * rng.normal(size=int(rows.entity.max()) + 1))
        rhs = flat.rhs * np.where(serving, demand[rows.period], np.where(queue, own[rows.entity], 1.0))
        cost = flat.cost * np.where(power, price[columns.period], 1.0)
        upper = flat.upper * np.where(unserved, demand[columns.period], np.where(flat.implied, ROOM, 1.0))
        out.append(replace(flat, rhs=rhs, cost=cost, upper=upper))
    return out


def in_lanes(flats: list[Flat]) -> dict[str, Any]:
    """All of them by the interior engine: compiled on the first ones, then timed."""
    from planner.engines.interior import numbers_of, structure_for
    from planner.engines.interior.lanes import batch, solution

    start = perf_counter()
    structure = structure_for(flats[0], lanes=len(flats))
    laid = perf_counter() - start
    numbers = [numbers_of(f) for f in flats]
    start = perf_counter()
    batch(structure, numbers)
    cold = perf_counter() - start
    start = perf_counter()
    results = batch(structure, numbers)
    seconds = perf_counter() - start
    start = perf_counter()
    answers = [solution(f, r) for f, r in zip(flats, results, strict=True)]
    gaps = [
        (a.objective - dual_bound(f, a.y)) / max(1e-9, abs(a.objective)) for f, a in zip(flats, answers, strict=True)
    ]
    bounding = perf_counter() - start
    iterations = [a.iterations for a in answers]
    return {
        "futures": len(flats), "structure": laid, "first": cold, "seconds": seconds, "bounds": bounding,
        "solved": int(sum(abs(g) <= 1e-6 for g in gaps)), "gap": float(np.nanmedian(gaps)),
        "gap_most": float(np.nanmax(gaps)), "iterations": [min(iterations), max(iterations)],
        "objectives": [a.objective for a in answers[:16]],
    }  # fmt: skip


def by_highs(flats: list[Flat], how: str, limit: float) -> dict[str, Any]:
    """The first ones on one core, until the limit [s]: `warm` dual simplex from the last basis, or `ipx` cold."""
    from planner.engines.warm import model_of

    done, objectives, first = 0, [], 0.0
    start = perf_counter()
    model: Any = None
    for flat in flats:
        one: Any = model_of(flat, 1e-7)
        one.setOptionValue("threads", 1)
        if how == "ipx":
            one.setOptionValue("solver", "ipx")
            one.setOptionValue("run_crossover", "off")
        elif model is not None:
            one.setBasis(model.getBasis())
        one.run()
        model, done = one, done + 1
        objectives.append(float(one.getInfo().objective_function_value))
        if done == 1:
            first = perf_counter() - start
        if perf_counter() - start > limit:
            break
    return {"futures": done, "seconds": perf_counter() - start, "first": first, "objectives": objectives[:16]}


def along(flats: list[Flat]) -> list[tuple[float, float]]:
    """Objective and bound of each: one model, by simplex from the last future; large ones each by interior point.

    On `M` the simplex needs 31 s from future to future where the interior method needs 20 s from nothing.
    """
    from planner.engines.exact import SIMPLEX_COLUMNS
    from planner.engines.warm import model_of

    base = flats[0]
    large = base.shape[1] > SIMPLEX_COLUMNS
    model: Any = model_of(base, 1e-7)
    model.setOptionValue("threads", 1)
    model.setOptionValue("solver", "ipx")
    columns = np.arange(base.shape[1], dtype=np.int32)
    out, rhs = [], base.rhs
    for k, flat in enumerate(flats):
        if large:
            model = model_of(flat, 1e-7)
            for option, value in (("threads", 1), ("solver", "ipx"), ("run_crossover", "off")):
                model.setOptionValue(option, value)
        elif k:
            model.setOptionValue("solver", "simplex")
            upper = np.where(flat.implied & ~flat.integer & (flat.lower < flat.upper), np.inf, flat.upper)
            model.changeColsCost(columns.size, columns, flat.cost)
            model.changeColsBounds(columns.size, columns, flat.lower, upper)
            for i in np.flatnonzero(flat.rhs != rhs).tolist():
                low, high = (
                    (flat.rhs[i] if flat.sense[i] >= 0 else -np.inf),
                    (flat.rhs[i] if flat.sense[i] <= 0 else np.inf),
                )
                model.changeRowBounds(i, low, high)
            rhs = flat.rhs
        model.run()
        y = np.array(model.getSolution().row_dual, float)
        out.append((float(model.getInfo().objective_function_value), dual_bound(flat, y) - flat.constant))
    return out


def in_processes(flats: list[Flat], workers: int) -> dict[str, Any]:
    """All of them on several cores; bounds by the certificate counted in."""
    start = perf_counter()
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        parts = list(pool.map(along, [flats[k::workers] for k in range(workers)]))
    seconds = perf_counter() - start
    found = [parts[k % workers][k // workers] for k in range(len(flats))]
    gaps = [(cost - bound) / max(1e-9, abs(cost)) for cost, bound in found]
    return {
        "futures": len(flats), "seconds": seconds, "workers": workers, "gap_most": float(np.max(gaps)),
        "solved": int(sum(abs(g) <= 1e-6 for g in gaps)), "objectives": [c for c, _ in found[:16]],
    }  # fmt: skip


def main() -> None:
    """Measure and keep."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--program", default="two-engines")
    ask.add_argument("--futures", nargs="*", type=int, default=[16, 256])
    ask.add_argument("--warm", nargs="*", type=int, default=[16], help="futures by HiGHS in processes")
    ask.add_argument("--seed", type=int, default=0)
    ask.add_argument("--folder", type=Path, help="where programs are kept (default: made anew)")
    ask.add_argument("--peer", type=float, default=60.0, help="seconds for each way of HiGHS; 0: leave it out")
    ask.add_argument("--gpu", action="store_true", help="refuse to run without one")
    given = ask.parse_args()
    name = device(given.gpu)
    with tempfile.TemporaryDirectory() as made:
        program = read(kept(given.program, 0, given.folder or Path(made)))
    sampled = futures(program, max([1, *given.futures, *given.warm]), given.seed)
    file = RESULTS / f"futures_{re.sub(r'[^a-z0-9]+', '_', name.lower()).strip('_')}.json"
    document: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {"programs": {}}
    mine = document["programs"].setdefault(given.program, {})
    document |= {"where": name, "machine": machine()}

    def keep(key: str, found: dict[str, Any]) -> None:
        mine[key] = found
        file.write_text(json.dumps(document, indent=1) + "\n")
        print(given.program, key, {k: v for k, v in found.items() if k != "objectives"}, flush=True)

    for how in ("warm", "ipx") if given.peer else ():
        keep(f"HiGHS {how}, one core", by_highs(sampled, how, given.peer))
    for count in given.warm:
        keep(f"exact, {WORKERS} processes, {count}", in_processes(sampled[:count], WORKERS))
    for count in given.futures:
        keep(f"interior, {count}", in_lanes(sampled[:count]))
    write_page()


if __name__ == "__main__":
    main()
