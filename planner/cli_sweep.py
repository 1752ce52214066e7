"""`planner sweep`: one line of progress for each point, then one table."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from planner.cli_show import INTERRUPTED, NOT_CERTIFIED, guarded, money, print_json, say, show

Scenario = Annotated[str, typer.Argument(help="a dataset name (see `planner datasets`) or a scenario folder")]
Over = Annotated[
    list[str],
    typer.Option(
        "--over",
        metavar="PATH=VALUES",
        help="values as v1,v2,v3 (x0.5: times, +10: plus, '90 USD/MWh', none, a word) or start:stop:count[:log];"
        " PATH1;PATH2 move together; may be repeated: the full product is solved",
    ),
]
Out = Annotated[str, typer.Option(help="folder for the points, tables and pictures; an unfinished sweep goes on")]
Overrides = Annotated[list[str] | None, typer.Option("--override", metavar="NAME", help="an override for every point")]
Sets = Annotated[list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="a change for every point")]


@guarded
def sweep(
    scenario: Scenario,
    over: Over,
    out: Out,
    workers: Annotated[int, typer.Option(help="processes that solve points")] = 1,
    engine: Annotated[str, typer.Option(help="auto, or the name of an engine")] = "auto",
    relax: Annotated[bool, typer.Option("--relax", help="leave integers fractional")] = False,
    gap: Annotated[float, typer.Option(help="relative gap asked for at each point")] = 0.01,
    time: Annotated[float, typer.Option(help="seconds for each point")] = 120.0,
    cold: Annotated[bool, typer.Option("--cold", help="do not start from a neighbour's plan")] = False,
    override: Overrides = None,
    set_: Sets = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object as the last line")] = False,
) -> None:
    """Solve a scenario over all combinations of some values; each point with a certified bound of its own."""
    from planner.studies.sweeping import Finished
    from planner.studies.sweeping import sweep as sweep_of

    finished: list[Finished] = []

    def told(point: Finished) -> None:
        finished.append(point)
        print(_line(point, len(finished)), file=sys.stderr, flush=True)

    try:
        found = sweep_of(
            scenario,
            over,
            overrides=tuple(override or ()),
            sets=tuple(set_ or ()),
            out=out,
            engine=engine,
            relax=relax,
            gap=gap,
            time=time,
            workers=workers,
            warm=not cold,
            progress=told,
        )
    except KeyboardInterrupt:
        INTERRUPTED.set()
        say(
            f"Stopped by hand: {_points(len(finished))} finished, kept in {out}. The same command goes on from there.",
            stderr=True,
        )
        raise typer.Exit(NOT_CERTIFIED) from None
    frame = found.frame
    before = sum(p.found for p in finished)
    if as_json:
        counts = {str(k): int(v) for k, v in frame["status"].value_counts().items()}
        rows = frame.drop(columns=["binding"]).to_dict("records")
        print_json({"out": out, "points": len(frame), "found": before, "status": counts, "rows": rows})
    else:
        names = [a.name for a in found.axes]
        columns = [*names, "status", "cost [M USD]", "bound [M USD]", "gap", "served", "orbit [GW IT]", "Earth [GW]"]
        kept = [*names, "status", "cost", "bound", "gap", "served", "orbit", "earth"]
        show(f"Sweep of {found.title}", columns, frame[kept].itertuples(index=False, name=None))
        for point in sorted(finished, key=lambda p: p.point):
            if not point.row["certified"]:
                say(f"{', '.join(point.sets)}: {point.row['status']} — {point.row['words']}")
        say(f"{_points(len(frame))}, {before} of them found finished in {out}.")
        say(f"Written: {out}/results.parquet, levelised.parquet, binding.parquet, sweep.svg, sweep.html")
    if not found.certified:
        raise typer.Exit(NOT_CERTIFIED)


def _points(count: int) -> str:
    return f"{count} point" + ("" if count == 1 else "s")


def _line(point: Any, count: int) -> str:
    """One finished point in words."""
    row = point.row
    words = f"{count} of {point.points}: {', '.join(point.sets)}: {row['status']}"
    if row.get("cost") is not None:
        words += f", cost {money(row['cost'])}, gap {row['gap']:.3%}" if row.get("gap") is not None else ""
    elif row["words"]:
        words += f" — {row['words']}"
    if point.found:
        return f"{words} (found)"
    seconds = row.get("seconds")
    return (
        words + (f", {seconds:.1f} s" if seconds is not None else "") + (", from its neighbour" if row["warm"] else "")
    )
