"""`planner futures`: every sampled future planned anew, with a bound; what knowing is worth, which decisions hold."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.cli_sensitivities import fitted
from planner.cli_show import NOT_CERTIFIED, Progress, guarded, money, print_json, say, show

if TYPE_CHECKING:
    from planner.studies.futures import Futures

WIDE = 24
"""Characters of a name that a table shows."""

Bundle = Annotated[str, typer.Argument(help="a bundle that `planner solve` wrote")]


@guarded
def futures(
    bundle: Bundle,
    count: Annotated[int, typer.Option(help="sampled futures, the first ones of the replay")] = 16,
    seed: Annotated[int, typer.Option(help="seed of the futures, the one of `replay`")] = 0,
    engine: Annotated[str, typer.Option(help="auto, exact or interior")] = "auto",
    held: Annotated[bool, typer.Option(help="solve each also with the whole decisions of the plan")] = True,
    top: Annotated[int, typer.Option(help="rows shown of each table")] = 12,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object as the last line")] = False,
) -> None:
    """Plan every sampled future anew, with a bound each: what foresight is worth, which decisions hold."""
    from planner.explained import keep
    from planner.faults import InputError, outside
    from planner.studies.futures import futures as futures_of

    if faults := outside("--top", top, 1, 500):
        raise InputError(faults)
    with Progress(f"reading {bundle}") as progress:
        found = futures_of(bundle, count=count, seed=seed, engine=engine, held=held, told=progress.say)
    keep(bundle, {"futures": found.table, "futures_queues": found.queues, "futures_limits": found.limits})
    if as_json:
        print_json(
            {
                "objective": found.plan.objective,
                "futures": found.table.to_dict("records"),
                "queues": found.queues.to_dict("records"),
                "limits": found.limits.to_dict("records"),
                "asked": found.asked,
                "seconds": found.seconds,
            }
        )
    else:
        show_futures(found, top)
    if len(found.table) < found.asked:
        raise typer.Exit(NOT_CERTIFIED)


def show_futures(found: Futures, top: int) -> None:
    """Print the futures."""
    from planner.report.futures import costs, spread

    plan: Any = found.plan
    table: Any = found.table
    done = f"{len(table)} futures" if len(table) == found.asked else f"{len(table)} of {found.asked} futures (stopped)"
    say(f"{done} of {plan.tables.scenario.name}, each planned anew. Cost of the plan: {money(plan.objective)}.\n")
    rows = [(name, *known) for name, values in costs(table).items() if (known := spread(values))]
    show("Cost in these futures", ["M USD, discounted", "mean", "P10", "P90"], rows)
    apart = ((table["cost"] - table["bound"]) / table["cost"].abs()).max()
    say(
        "Drawn: whether and when every phase delivers and how late every door is, as in the replay.\n"
        f"Bound: of the program of each future (certified; its best plan within {apart:.0e}): it knows the future\n"
        "and has whole decisions in parts. Whole decisions kept: those of the plan, its queues joined as planned\n"
        "or later; orders and builds know the future. As planned: only placements move (the replay)."
    )
    lacking = {"plan at all": int(table["cost"].isna().sum()), "plan with these whole decisions": _none(table)}
    for what, number in lacking.items():
        if number:
            say(f"{number} of {len(table)} futures have no {what}; they are left out above.")
    say("")
    _show_queues(found, top)
    _show_limits(found, top)


def _none(table: Any) -> int:
    return int((table["held"] == math.inf).sum())


def _show_queues(found: Futures, top: int) -> None:
    from planner.report.reading import lines

    told: Any = found.queues[found.queues["verdict"] != ""]
    if not len(told):
        return
    show(
        "Queues of the best plans",
        ["phase", "planned", "joined in", "median year", "verdict"],
        [
            (fitted(r.name, WIDE), _year(r.planned), f"{r.share:.0%}", _year(r.year), r.verdict)
            for r in lines(told.head(top))
        ],
    )
    counts = told["verdict"].value_counts()
    say(
        "Holds: joined in 90 % of futures or more; doubtful: in less than half; missed: not planned, but\n"
        "joined in half of them. All: " + ", ".join(f"{n} {v}" for v, n in counts.items()) + ".\n"
    )


def _show_limits(found: Futures, top: int) -> None:
    from planner.report.reading import lines

    if not len(found.limits):
        return
    show(
        "Limits: price x limit [M USD, discounted]",
        ["limit", "of", "binds in", "mean", "P90", "in the plan"],
        [
            (r.row, fitted(", ".join(k for k in (r.a, r.b, r.c) if k), 36), f"{r.share:.0%}", r.worth, r.worth_high,
             r.planned)
            for r in lines(found.limits.head(top))
        ],
    )  # fmt: skip
    if len(found.limits) > top:
        say(f"{len(found.limits) - top} more: --top {len(found.limits)} shows them all.")


def _year(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.1f}"
