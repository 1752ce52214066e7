"""`planner sensitivities`: the inputs of a plan ranked by what their spread is worth, the first of them re-solved."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from planner.cli_show import Progress, guarded, money, print_json, say, show

if TYPE_CHECKING:
    from planner.studies.sensitivity import Sensitivities

WIDE = 34
"""Characters of an input's name that a table shows."""

Bundle = Annotated[str, typer.Argument(help="a bundle that `planner solve` wrote")]


@guarded
def sensitivities(
    bundle: Bundle,
    top: Annotated[int, typer.Option(help="inputs shown and solved again at both ends of their spread")] = 20,
    confirm: Annotated[bool, typer.Option(help="solve again; without, the ranking alone")] = True,
    unpublished: Annotated[
        float, typer.Option(help="spread to either side of an input without a published one, as a share of its value")
    ] = 0.2,
    stale: Annotated[float, typer.Option(help="years at the start of the plan after which a source is stale")] = 3.0,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object as the last line")] = False,
) -> None:
    """Rank the inputs of a plan by |gradient| x spread: what to find out next."""
    from planner.studies.sensitivity import sensitivities as sensitivities_of

    with Progress(f"reading {bundle}") as progress:
        found = sensitivities_of(
            bundle, top=top, confirm=confirm, unpublished=unpublished, stale=stale, told=progress.say
        )
    if as_json:
        print_json(_document(found, top))
    else:
        show_sensitivities(found, top)


def _document(found: Sensitivities, top: int) -> dict[str, object]:
    shown = found.confirmed if len(found.confirmed) else found.inputs.head(top)
    return {
        "objective": found.plan.objective,
        "inputs": shown.to_dict("records"),
        "grades": found.grades.to_dict("records"),
        "grade_c": found.grade_c,
        "stale": found.stale.to_dict("records"),
        "counts": found.counts,
        "unpublished": found.unpublished,
        "stale_years": found.years,
        "seconds": found.seconds,
    }


def show_sensitivities(found: Sensitivities, top: int) -> None:
    """Print what a plan rests on; `top` rows of each table."""
    from planner.report.reading import lines
    from planner.studies.sensitivity import input_path

    first, counts, plan = found.inputs.head(top), found.counts, found.plan
    names = [fitted(input_path(r.table, r.row, r.column)) for r in lines(first)]
    show(
        f"What to find out next: {plan.tables.scenario.name}, {money(plan.objective)}",
        ["input", "value", "low", "high", "unit", "grade", "swing [M USD]"],
        [
            (
                n,
                r.value,
                r.low,
                r.high,
                fitted(r.unit, 12),
                r.grade + ("" if r.spread == "published" else " *"),
                r.swing,
            )
            for n, r in zip(names, lines(first), strict=True)
        ],
    )
    say(
        "swing: |gradient| x (high - low), integers held. A series is one input and moves by the share\n"
        f"that its first period moves. * no published spread: {found.unpublished:.0%} to either side is taken.\n"
        f"Of {counts['inputs']:,} inputs {counts['published']:,} have a published spread, {counts['taken']:,} are taken"
        f" so, {counts['none']:,} are 0 and have none;\n{counts['no limit']:,} more are no limit. Structure reads"
        f" {counts['read by structure']:,} of them: the cost may step there, whatever the slope.\n"
    )
    if len(found.confirmed):
        _print_confirmed(found, names[: len(found.confirmed)])
    show(
        "What the cost rests on: |gradient x value|",
        ["grade", "inputs", "published spread", "M USD", "share"],
        [(r.grade, r.inputs, r.published, r.weight, f"{r.share:.1%}") for r in lines(found.grades) if r.inputs],
    )
    if len(found.stale):
        show(
            f"Sources older than {found.years:g} years at the start of the plan",
            ["source", "year", "inputs", "swing [M USD]", "feeds most"],
            [
                (fitted(r.source, 20), f"{r.year:.0f}", r.inputs, r.swings, fitted(r.feeds, WIDE))
                for r in lines(found.stale.head(top))
            ],
        )
        if len(found.stale) > top:
            say(f"and {len(found.stale) - top} more.")
    else:
        say(f"No source is older than {found.years:g} years at the start of the plan.")


def _print_confirmed(found: Sensitivities, names: list[str]) -> None:
    from planner.report.reading import lines

    rows = list(lines(found.confirmed))
    show(
        "Solved again at both ends [M USD]: predicted by the slope, found, and found / predicted",
        ["input", "low: pred.", "found", "ratio", "high: pred.", "found", "ratio"],
        [
            (n, r.at_low, r.found_low, _ratio(r.ratio_low), r.at_high, r.found_high, _ratio(r.ratio_high))
            for n, r in zip(names, rows, strict=True)
        ],
    )
    for name, r in zip(names, rows, strict=True):
        if r.note:
            say(f"{name}: {r.note}")
    say("A ratio far from 1 is a kink or a curve: the slope holds near the value only.\n")


def _ratio(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.2f}"


def fitted(text: str, width: int = WIDE) -> str:
    """A name within `width` characters, the middle left out."""
    if len(text) <= width:
        return text
    tail = (width - 1) * 2 // 3
    return f"{text[: width - 1 - tail]}…{text[-tail:]}"
