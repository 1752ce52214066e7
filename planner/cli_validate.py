"""`planner validate`: published results or measured round trips beside ours."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from planner.cli_show import NOT_CERTIFIED, guarded, print_json, say, show
from planner.validate import Published, RoundTrips
from planner.validate import validate as compared

FEW = 40  # rows that are all shown
WORST = 10

File = Annotated[Path, typer.Argument(help="a JSON list of published results, or a CSV of measured round trips")]
Graph = Annotated[
    str | None,
    typer.Option("--scenario", metavar="NAME", help="round trips by the graph that this scenario plans with"),
]
Every = Annotated[bool, typer.Option("--all", help="show every row, not only what misses and the worst")]
Json = Annotated[bool, typer.Option("--json", help="print one JSON object as the last line")]


@guarded
def validate(file: File, scenario: Graph = None, every: Every = False, as_json: Json = False) -> None:
    """Compute published results from their inputs, or measured round trips from their places, and compare."""
    found = compared(file, scenario)
    if isinstance(found, Published):
        if as_json:
            print_json({"file": found.file, "within": found.within, "total": found.total, "cases": list(found.cases)})
        else:
            _show_published(found, every)
        if not found.ok:
            raise typer.Exit(NOT_CERTIFIED)
    elif as_json:
        print_json(_told(found))
    else:
        _show_trips(found, every)


def _show_published(found: Published, every: bool) -> None:
    table = found.table
    show(
        f"{found.file}: published results beside ours",
        ["model", "cases", "within", "numbers", "largest difference", "its tolerance"],
        [
            (model, cases, within, numbers, _percent(largest), _percent(tolerance, signed=False))
            for model, cases, within, numbers, largest, tolerance in found.models.itertuples(index=False, name=None)
        ],
    )
    columns = ["case", "quantity", "ours", "theirs", "difference", "within"]
    rows = [
        (case, quantity, ours, theirs, _percent(difference), "within" if within else "misses")
        for case, quantity, ours, theirs, difference, within in table[columns].itertuples(index=False, name=None)
        if every or len(table) <= FEW or not within
    ]
    if rows:
        title = "Every number" if len(rows) == len(table) else "Numbers that miss"
        show(title, [*columns[:-1], "verdict"], rows)
    missed = [str(c["id"]) for c in found.cases if not c["within"]]
    if missed:
        say(f"Missed: {', '.join(missed[:WORST])}{f' and {len(missed) - WORST} more' if len(missed) > WORST else ''}")
    hidden = "" if len(rows) == len(table) else f" ({len(table)} numbers; --all shows each)"
    say(f"{found.within} of {found.total} within tolerance{hidden}")


def _percent(value: float, *, signed: bool = True) -> str:
    if value == 0.0:
        return "0"
    if abs(value) < 5e-6:
        return f"{value:+.0e}" if signed else f"{value:.0e}"
    return f"{100 * value:{'+' if signed else ''}.3g} %"


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


def _show_trips(found: RoundTrips, every: bool) -> None:
    pairs = sorted(found.pairs.itertuples(index=False, name=None), key=lambda row: (-row[1], row[0]))
    show(
        f"{found.file}: error of round trips by {found.graph}",
        ["pair of blocks", "rows", "median", "P90", "worst", "mean, signed"],
        [
            (pair, rows, _share(median), _share(p90), _share(worst), f"{100 * mean:+.1f} %")
            for pair, rows, median, p90, worst, mean in pairs
        ],
    )
    rows = sorted(found.rows.itertuples(index=False, name=None), key=lambda row: -abs(row[-1]))
    shown = rows if every or len(rows) <= FEW else rows[:WORST]
    show(
        "Every row, worst first" if len(shown) == len(rows) else f"The {len(shown)} worst rows",
        ["from", "to", "pair", "km", "measured [ms]", "ours [ms]", "error"],
        [
            (a[:28], b[:28], pair, round(km), f"{measured:.1f}", f"{ours:.1f}", f"{100 * error:+.0f} %")
            for a, b, pair, km, measured, ours, error in shown
        ],
    )
    say(
        f"{len(rows):,} rows: median {_share(found.median_error)}, P90 {_share(found.p90_error)}, "
        f"worst {_share(found.worst_error)}"
    )


def _told(found: RoundTrips) -> dict[str, object]:
    return {
        "file": found.file,
        "graph": found.graph,
        "rows": len(found.rows),
        "median_error": found.median_error,
        "p90_error": found.p90_error,
        "worst_error": found.worst_error,
        "pairs": found.pairs.to_dict("records"),
    }
