"""`planner alternatives`: what plans of nearly the same cost must contain, what may be absent, what replaces it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.cli_sensitivities import fitted
from planner.cli_show import NOT_CERTIFIED, Progress, cell, guarded, money, print_json, say, show

if TYPE_CHECKING:
    from planner.studies.alternatives import Alternatives

WIDE, LONG = 18, 72
"""Characters of a name, and of what moves, that a table shows."""
SHOWN = 3
"""Moves shown of each plan."""

Bundle = Annotated[str, typer.Argument(help="a bundle that `planner solve` wrote")]


@guarded
def alternatives(
    bundle: Bundle,
    within: Annotated[str, typer.Option(help="how much more than the plan others may cost: 1% or 0.01")] = "1%",
    of: Annotated[
        list[str] | None,
        typer.Option("--of", metavar="NAME", help="a thing, as `why` takes it (abilene, vehicle:falcon9); repeatable"),
    ] = None,
    top: Annotated[
        int | None,
        typer.Option(help="things where none is named; default: 10, 3 in large programs", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object as the last line")] = False,
) -> None:
    """Least and most of things over all plans of nearly the same cost: needed, dispensable, and what replaces them."""
    from planner.explained import keep
    from planner.studies.alternatives import alternatives as alternatives_of

    with Progress(f"reading {bundle}") as progress:
        found = alternatives_of(bundle, within=within, of=tuple(of or ()), top=top, told=progress.say)
    table = found.table.assign(within=found.within, allowed=found.allowed)
    keep(bundle, {"alternatives": table, "alternatives_moves": found.moves})
    if as_json:
        print_json(
            {
                "objective": found.plan.objective,
                "within": found.within,
                "allowed": found.allowed,
                "things": found.table.to_dict("records"),
                "moves": found.moves.to_dict("records"),
                "asked": found.asked,
                "solved": found.solved,
                "seconds": found.seconds,
            }
        )
    else:
        show_alternatives(found)
    if len(found.table) < found.asked:
        raise typer.Exit(NOT_CERTIFIED)


def show_alternatives(found: Alternatives) -> None:
    """Print the things."""
    from planner.report.alternatives import VERDICTS
    from planner.report.reading import lines

    plan: Any = found.plan
    rows: list[Any] = list(lines(found.table))
    name, share = plan.tables.scenario.name, f"{100 * found.within:.3g} %"
    stopped = "" if len(rows) == found.asked else f" {len(rows)} of {found.asked} things (stopped)."
    say(
        f"Plans of {name} within {share}: at most {money(found.allowed)}, the plan {money(plan.objective)},\n"
        f"discounted, the value of what is not served included.{stopped}\n"
    )
    if not rows:
        say("Nothing to look at: the scenario has too few things to choose from; name some with --of.")
        return
    show(
        "Least and most, over the periods shown",
        ["thing", "unit", "least proven", "reached", "planned", "reached", "most proven"],
        [
            (fitted(r.name, WIDE), fitted(r.unit, 11), r.proven_least, r.reached_least, r.planned, r.reached_most,
             r.proven_most)
            for r in rows
        ],
    )  # fmt: skip
    say(
        "Proven: every plan within it lies between these two, whole decisions or not (bounds by prices, checked\n"
        "without the solver). Reached: plans that were found and checked; the whole decisions of the plan are\n"
        "kept but for those about the thing itself, so that others may reach further.\n"
    )
    show(
        "Verdicts [M USD more than the plan]",
        ["thing", "verdict", "without it", "at the least", "at the most"],
        [
            (fitted(r.name, WIDE), r.verdict, _without(r.without), float(r.least_cost), float(r.most_cost))
            for r in rows
        ],
    )  # fmt: skip
    say("\n".join(f"{v.capitalize()}: {VERDICTS[v]}." for v in VERDICTS if v in set(found.table["verdict"])) + "\n")
    moves = [(r, side, told) for r in rows for side in ("least", "most") if (told := told_moves(found.moves, r, side))]
    if moves:
        show(
            "What moves instead, in the plans reached",
            ["at the", "moves"],
            [(f"{side} of {fitted(r.name, WIDE - 6)}", told) for r, side, told in moves],
        )
    say(f"{found.solved} programs, {found.seconds:.0f} s.")


def told_moves(moves: Any, row: Any, side: str) -> str:
    """The first moves of a plan reached, one of each kind; empty where the plan itself is meant."""
    from planner.report.alternatives import first_of_each_kind
    from planner.report.reading import lines

    mine = first_of_each_kind(moves, row.name, side)
    parts = [f"{r.other} {'+' if r.change > 0 else '-'}{cell(abs(float(r.change)))} {r.unit}" for r in lines(mine)]
    kept = parts[:SHOWN]
    while len(kept) > 1 and len("; ".join(kept)) > LONG:
        kept.pop()
    return fitted("; ".join(kept), LONG) if kept else ""


def _without(value: float) -> Any:
    return "" if math.isnan(value) else "no plan found" if math.isinf(value) else float(value)
