"""Where an iteration of the interior engine spends its time, against what the device can do.

    python benchmarks/phases.py [--programs two-engines M] [--lanes 1 64] [--sides 2048 8192] [--folder F] [--gpu]

Ceilings: a product and a Cholesky factor of full float64 matrices, and a copy. Phases: assembly and factor of the
normal matrix, one solve with it, one product with A. Each is compiled alone and timed in a row of runs; the median
counts. Writes benchmarks/results/phases_<device>.json.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from machine import device, machine
from page import RESULTS, write_page
from programs import kept, read
from threadpoolctl import threadpool_limits

from planner.engines.interior import numbers_of, structure_for
from planner.engines.interior.fronts import Structure, factor, solved
from planner.engines.interior.standard import standard

RUNS = 7


def timed(function: Callable[..., Any], *arguments: Any) -> dict[str, float]:
    """Seconds to compile (with the first run), and of one run."""
    run, start = jax.jit(function), perf_counter()
    jax.block_until_ready(run(*arguments))
    compiled, seconds = perf_counter() - start, []
    for _ in range(RUNS):
        start = perf_counter()
        jax.block_until_ready(run(*arguments))
        seconds.append(perf_counter() - start)
    return {"compile": compiled, "seconds": statistics.median(seconds)}


def ceilings(sides: list[int]) -> dict[str, dict[str, float]]:
    """Full matrices of float64 [FLOP/s] and a copy [B/s]."""
    out = {}
    for n in sides:
        a = jnp.asarray(np.random.default_rng(0).normal(size=(n, n)))
        definite = a @ a.T + n * jnp.eye(n)
        for name, run, flop in (
            (f"product, n = {n}", lambda x: x @ x, 2 * n**3),
            (f"Cholesky, n = {n}", lambda x: lax.linalg.cholesky(x, symmetrize_input=False), n**3 / 3),
        ):
            found = timed(run, definite)
            out[name] = found | {"flop_per_second": flop / found["seconds"]}
            print(name, out[name], flush=True)
    some = jnp.ones(2**27)
    found = timed(lambda x: x + 1.0, some)
    out["copy, 1 GiB"] = found | {"bytes_per_second": 2 * some.nbytes / found["seconds"]}
    return out


def phases(name: str, folder: Path, lanes: int = 1) -> dict[str, Any]:
    """One program, or so many at once: its structure, its phases with operations [FLOP] and bytes that must move."""
    flat = read(kept(name, 0, folder)).flat
    start = perf_counter()
    s, numbers = structure_for(flat, lanes=lanes), numbers_of(flat)
    laid = perf_counter() - start
    p = jax.jit(standard)(s, numbers)
    normal = jax.jit(Structure.normal)(s, p.values, p.row)
    weight = jnp.exp(jnp.asarray(np.random.default_rng(0).normal(size=s.shape[1])))
    right = jnp.asarray(np.random.default_rng(1).normal(size=s.shape[0]))
    factors = jax.jit(factor)(s, normal, weight, 1e-10)
    stored = sum(a.nbytes for a in jax.tree.leaves(factors))
    flop = sum(n * (k**3 / 3 + k * k * r + k * r * r) for n, k, r in s.shapes)
    entries = sum(a.size for g in s.groups for a in jax.tree.leaves((g.square, g.below, g.rest, g.shared)))
    out: dict[str, Any] = {
        "rows": s.shape[0], "columns": s.shape[1], "structure_seconds": laid, "groups": len(s.shapes),
        "root": s.shapes[-1][1], "gathered_entries": entries, "factor_bytes": stored,
    }  # fmt: skip
    runs = {
        "factor": (lambda s, n, w: factor(s, n, w, 1e-10), (normal, weight), flop, 12 * entries + stored),
        "solve": (solved, (factors, right), stored / 4, 2 * stored),
        "product": (Structure.times, (p.values, weight), 2 * s.row.size, 20 * s.row.size),
    }
    for phase, (run, arguments, operations, moved) in runs.items():
        if lanes > 1:
            run = jax.vmap(run, (None, *[0] * len(arguments)))
            arguments = jax.tree.map(lambda a: jnp.broadcast_to(a, (lanes, *a.shape)) + 0.0, arguments)
        found = timed(run, s, *arguments)
        speed = lanes / found["seconds"]
        out[phase] = found | {"flop_per_second": operations * speed, "bytes_per_second": moved * speed}
    print(name, lanes, out, flush=True)
    return out


def main() -> None:
    """Measure and keep."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--programs", nargs="*", default=["two-engines", "M"])
    ask.add_argument("--sides", nargs="*", type=int, default=[2048, 8192])
    ask.add_argument("--lanes", nargs="*", type=int, default=[1], help="how many of a program at once")
    ask.add_argument("--folder", type=Path, help="where programs are kept (default: made anew)")
    ask.add_argument("--gpu", action="store_true", help="refuse to run without one")
    given = ask.parse_args()
    name = device(given.gpu)
    file = RESULTS / f"phases_{re.sub(r'[^a-z0-9]+', '_', name.lower()).strip('_')}.json"
    document: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {"programs": {}}
    document |= {"where": name, "machine": machine()}
    with tempfile.TemporaryDirectory() as made, threadpool_limits(1 if not given.gpu else None, "blas"):
        if given.sides:
            document["ceilings"] = ceilings(given.sides)
        for one in given.programs:
            for lanes in given.lanes:
                of = one if lanes == 1 else f"{one}, {lanes} lanes"
                document["programs"][of] = phases(one, given.folder or Path(made), lanes)
                file.write_text(json.dumps(document, indent=1) + "\n")
    file.write_text(json.dumps(document, indent=1) + "\n")
    write_page()


if __name__ == "__main__":
    main()
