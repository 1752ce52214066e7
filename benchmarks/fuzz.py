"""Bad input, counted: scenarios, changes and bundles that were mutated with a seed, and how each ended.

Run: python benchmarks/fuzz.py --inputs 5000 --seed 1     writes benchmarks/results/fuzz.json and docs/robustness.md
One campaign again, the counts of the others kept: python benchmarks/fuzz.py --only scenarios
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from machine import machine
from robustness import write_page

HERE = Path(__file__).parent
SOURCE = HERE.parent / "tests" / "tables" / "scenario"
CAMPAIGNS = ("scenarios", "changes", "bundles")
sys.path.insert(0, str(HERE.parent / "tests" / "hostile"))


def main() -> None:
    """Run the campaigns and write their counts."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--inputs", type=int, default=5000)
    words.add_argument("--changes", type=int, default=500)
    words.add_argument("--bundles", type=int, default=300)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--only", choices=CAMPAIGNS, help="run one campaign")
    words.add_argument("--minutes", type=float, default=1e9, help="stop the scenarios after so long")
    asked = words.parse_args()
    path = HERE / "results" / "fuzz.json"
    document = json.loads(path.read_text()) if asked.only and path.is_file() else {}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder  # many program structures, each compiled once: not the user's cache
        for name in [asked.only] if asked.only else CAMPAIGNS:
            document[name] = counted(name, asked, Path(folder))
            print(json.dumps({k: v for k, v in document[name].items() if k != "kinds"}, indent=1), flush=True)
            path.write_text(json.dumps(document, indent=1) + "\n")
            write_page()


def counted(name: str, asked: argparse.Namespace, folder: Path) -> dict[str, object]:
    """One campaign and its counts."""
    import campaign

    import planner

    def tell(line: str) -> None:
        print(line, flush=True)

    started, work, count = time.monotonic(), folder / name, getattr(asked, "inputs" if name == "scenarios" else name)
    work.mkdir()
    if name == "scenarios":
        late = started + 60 * asked.minutes
        inputs = itertools.takewhile(lambda _: time.monotonic() < late, range(count))
        tally = campaign.scenarios(SOURCE, work, inputs, asked.seed, every_solve=40, every_command=25, tell=tell)
    elif name == "changes":
        tally = campaign.changes(SOURCE, work, count, asked.seed, tell)
    else:
        plan = planner.solve(SOURCE)
        bundle = planner.write_bundle(plan, folder / "bundle")
        tally = campaign.bundles(bundle, plan.assembly, work, count, asked.seed, tell)
    ends: dict[str, int] = {}
    for (_, end), n in tally.ends.items():
        ends[end] = ends.get(end, 0) + n
    return {
        "seed": asked.seed,
        "asked": count,
        "inputs": sum(ends.values()),
        "commands": tally.commands,
        "planned": tally.planned,
        "ends": ends,
        "bad": tally.bad,
        "slowest_seconds": round(tally.slowest[0], 2),
        "slowest": tally.slowest[1],
        "peak_memory_GB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
        "seconds": round(time.monotonic() - started, 1),
        "machine": machine(),
        "kinds": tally.table(),
    }


if __name__ == "__main__":
    main()
