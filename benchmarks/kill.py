"""Solves killed (SIGKILL) at seeded moments, half of them while they write, and what stands there afterwards.

Run: python benchmarks/kill.py --kills 50 --seed 1     writes benchmarks/results/kill.json and docs/robustness.md
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
from machine import machine
from robustness import write_page

import planner

HERE = Path(__file__).parent
SCENARIO = HERE.parent / "tests" / "cli" / "scenario"
sys.path.insert(0, str(HERE.parent / "tests" / "hostile"))


def main() -> None:
    """Kill, look, count."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--kills", type=int, default=50)
    words.add_argument("--seed", type=int, default=1)
    asked = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = str(Path(folder) / "cache")
        document = counted(asked.kills, np.random.default_rng(asked.seed), Path(folder) / "plans" / "bundle")
    (HERE / "results" / "kill.json").write_text(
        json.dumps({"seed": asked.seed, **document, "machine": machine()}, indent=1) + "\n"
    )
    write_page()
    print(json.dumps(document, indent=1))


def counted(kills: int, rng: np.random.Generator, out: Path) -> dict[str, object]:
    """Every second kill falls while the bundle is written, every second pair where an old bundle stands."""
    import killing

    started = time.monotonic()
    out.parent.mkdir()
    killing.whole(SCENARIO, out)  # compiles
    span = killing.whole(SCENARIO, out)
    kept = out.parent.parent / "kept"
    shutil.copytree(out, kept)
    ends, refused, completed = Counter(), [], 0
    for k in range(kills):
        shutil.rmtree(out, ignore_errors=True)
        if k % 4 < 2:
            shutil.copytree(kept, out)
        before, late = killing.fingerprint(out), bool(k % 2)
        seconds = rng.random() * (span.ends - span.writes if late else span.ends)
        code, _ = killing.stopped(SCENARIO, out, seconds, after_writing=late)
        here = killing.fingerprint(out)
        end = "none" if not here else "old" if here == before else "new"
        if end == "new":
            verdict = planner.verify(out)
            refused += [] if verdict.ok else [f"kill {k}: {'; '.join(verdict.faults)}"]
        phase = "while it writes" if late else "at any time"
        ends[f"{phase}, {'over an old bundle' if before else 'where there is none'}: {end}"] += 1
        completed += code != -9
        print(f"{k + 1} of {kills}: {phase}, {seconds:.2f} s, code {code}: {end}", flush=True)
        if k % 10 == 9:
            killing.whole(SCENARIO, out)
            if not planner.verify(out).ok or killing.leftovers(out):
                refused.append(f"after kill {k} the next solve left {killing.leftovers(out)}")
    return {
        "kills": kills,
        "ended_before_the_kill": completed,
        "ends": dict(sorted(ends.items())),
        "bad": refused,
        "whole_solves_after": kills // 10,
        "solve_seconds": round(span.ends, 2),
        "writing_seconds": round(span.ends - span.writes, 2),
        "seconds": round(time.monotonic() - started, 1),
    }


if __name__ == "__main__":
    main()
