"""benchmarks/README.md, and the table that "auto" reads, from what the scripts beside measured.

python benchmarks/page.py
"""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

from integer_page import integers
from machine import headed
from scaling_page import scaling

RESULTS = Path(__file__).parent / "results"
TABLE = RESULTS.parent.parent / "planner" / "engines" / "measured.py"
GOOD_GAP, GOOD_ROWS = 1e-4, 1e-4
"""What counts as solved: certified relative gap, worst violation of a row relative to its scale."""


def write_page() -> None:
    """benchmarks/README.md, and the table that "auto" reads, from every result file."""
    lines = [
        "# Engines beside their peers",
        "",
        "Printed by `make bench` (processor) and `make bench-gpu` (GPU) from `benchmarks/results/engines_*.json`. Each",
        "solve is a process of its own; integers are left fractional. *Gap* and *rows* are our certificate's, from the",
        f"plan and the prices that the method returned; solved: gap at most {GOOD_GAP:g}, rows within {GOOD_ROWS:g}.",
        "*Seconds* are the median (smallest to largest); *compile* is the most of all runs: it is spent once per",
        "structure, then kept on disk. S is thinned from `world` by seed, M is `world` (`benchmarks/instances.py`).",
    ]
    for file in sorted(RESULTS.glob("engines_*.json")):
        document = json.loads(file.read_text())
        lines += headed(document, "##")
        lines += [
            "| program | method | limit, s | solved | s | compile, s | iterations | memory, GB | gap | rows | says |"
        ]
        lines += ["|---|---|---|---|---|---|---|---|---|---|---|"]
        for name, methods in document["solves"].items():
            size = next((r for runs in methods.values() for r in runs if "columns" in r), None)
            shape = f" ({size['rows']:,} x {size['columns']:,})" if size else ""
            lines += [_line(f"{name}{shape}", method, runs) for method, runs in methods.items()]
    lines += [*_reading(), *integers(RESULTS), *scaling(RESULTS), *_futures(), *_phases()]
    (RESULTS.parent / "README.md").write_text("\n".join(lines) + "\n")


def write_table() -> None:
    """planner/engines/measured.py: what "auto" reads. Our engines where they solved every run; medians."""
    rows = []
    for file in sorted(RESULTS.glob("engines_*.json")):
        document = json.loads(file.read_text())
        device = "gpu" if document["where"] != document["machine"]["processor"] else "cpu"
        for name, methods in document["solves"].items():
            for engine in ("exact", "interior", "first-order"):
                runs = methods.get(engine, [])
                if runs and all(r.get("solved") for r in runs):
                    seconds = round(statistics.median(r["seconds"] for r in runs), 3)
                    columns = int(statistics.median(r["columns"] for r in runs))
                    words = (device, name, columns, engine, seconds, document["where"], document["machine"]["date"])
                    rows.append(f"    Row({', '.join(json.dumps(w) for w in words)}),\n")
    text = TABLE.read_text()
    TABLE.write_text(text[: text.index("MEASURED = (") + 12] + "\n" + "".join(rows) + ")\n")


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
    cells = ["" if compiled is None else f"{compiled:.1f}", middle("iterations", ",.0f")]
    cells += [middle("memory_gb", ".2f"), middle("gap", ".0e")]
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


def _futures() -> list[str]:
    lines = [
        "",
        "## Sampled futures",
        "",
        "Printed from `futures_*.json` (`benchmarks/futures.py`): demand, power prices and",
    ]
    lines += ["deliveries move; each future gets a plan and a bound.", ""]
    lines += [
        "| where | program | how | futures | s | per second | solved | iterations |",
        "|---|---|---|---|---|---|---|---|",
    ]
    notes = []
    for file in sorted(RESULTS.glob("futures_*.json")):
        document = json.loads(file.read_text())
        notes += [f"{document['where']}: {document['note']}"] if document.get("note") else []
        for name, ways in document["programs"].items():
            for how, r in ways.items():
                rate = r["futures"] / r["seconds"]
                steps = " to ".join(map(str, r["iterations"])) if "iterations" in r else ""
                lines.append(
                    f"| {document['where']} | {name} | {how} | {r['futures']} | {r['seconds']:.1f} | {rate:.2f} |"
                    f" {r.get('solved', '')} | {steps} |"
                )
    return [*lines, *(["", *notes] if notes else [])]


def _phases() -> list[str]:
    lines = [
        "",
        "## Phases of an iteration against ceilings",
        "",
        "Printed from `phases_*.json` (`benchmarks/phases.py`).",
        "",
    ]
    lines += ["| where | what | ms | GFLOP/s | GB/s |", "|---|---|---|---|---|"]
    for file in sorted(RESULTS.glob("phases_*.json")):
        document = json.loads(file.read_text())
        rows = dict(document.get("ceilings", {}))
        for name, of in document["programs"].items():
            rows |= {f"{name}: {phase}": of[phase] for phase in ("factor", "solve", "product")}
        for what, r in rows.items():
            cells = [f"{r[k] / 1e9:,.1f}" if k in r else "" for k in ("flop_per_second", "bytes_per_second")]
            lines.append(f"| {document['where']} | {what} | {r['seconds'] * 1e3:.2f} | {' | '.join(cells)} |")
    return lines


if __name__ == "__main__":
    write_page()
    write_table()
