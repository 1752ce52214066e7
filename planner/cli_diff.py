"""`planner diff`: two plans, what moved between them, and which changed input moved how much of the cost."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from planner.cli_sensitivities import fitted
from planner.cli_show import Progress, cell, guarded, money, print_json, say, show

if TYPE_CHECKING:
    from planner.studies.difference import Difference

Before = Annotated[str, typer.Argument(metavar="A", help="the bundle compared against")]
After = Annotated[str, typer.Argument(metavar="B", help="a bundle over the same periods")]


@guarded
def diff(
    before: Before,
    after: After,
    top: Annotated[int, typer.Option(help="rows shown of each table, and old decisions put back")] = 20,
    most: Annotated[int, typer.Option(help="solves along the path between the inputs, at most")] = 150,
    time: Annotated[float, typer.Option(help="seconds after which the path is refined no further")] = 120.0,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object as the last line")] = False,
) -> None:
    """Compare two bundles: decisions moved, money moved, and how much of it by which changed input."""
    from planner.studies.difference import diff as diff_of

    with Progress(f"reading {before} and {after}") as progress:
        found = diff_of(before, after, put_back=top, most=most, time=time, told=progress.say)
    if as_json:
        print_json(_document(found))
    else:
        show_difference(found, top)


def _document(found: Difference) -> dict[str, object]:
    return {
        "before": found.cost[0],
        "after": found.cost[1],
        "change": found.change,
        "inputs": found.inputs.to_dict("records"),
        "rest": found.rest,
        "close": found.close,
        "structure": found.structure.to_dict("records"),
        "decisions": found.decisions.to_dict("records"),
        "money": found.money.to_dict("records"),
        "kept": found.kept,
        "held": found.held,
        "solved": found.solved,
        "seconds": found.seconds,
    }


def show_difference(found: Difference, top: int) -> None:
    """Print a difference: inputs, decisions, money; `top` rows of each."""
    a, b = found.cost
    names = found.before.tables.scenario.name, found.after.tables.scenario.name
    say(f"A: {names[0]}, {money(a)}. B: {names[1]}, {money(b)}.")
    if found.same:
        say("Nothing differs: no decision, no input, no row." + (f" Cost: {b - a:+,.6g} M USD." if b != a else ""))
        return
    say(f"B costs {money(abs(b - a))} {'more' if b >= a else 'less'} than A, {b / a - 1:+.3%}.\n")
    _print_inputs(found, top)
    _print_decisions(found, top)
    _print_money(found)


def _print_money(found: Difference) -> None:
    from planner.report.money import MEANING
    from planner.report.reading import lines

    least = 1e-9 * max(map(abs, found.cost))
    rows = [
        (r.part, fitted(MEANING.get(r.part, ""), 52), r.before, r.after, r.change)
        for r in lines(found.money)
        if abs(r.change) > least
    ]
    if rows:
        show("Money moved [M USD]", ["part", "in words", "A", "B", "change"], rows)


def _print_inputs(found: Difference, top: int) -> None:
    from planner.report.reading import lines
    from planner.studies.sensitivity import input_path

    change = found.change
    rows: list[tuple[object, ...]] = [
        (
            fitted(input_path(r.table, r.row, r.column), 42),
            r.before,
            r.after,
            fitted(r.unit, 14),
            *_made(r.change, change),
        )
        for r in lines(found.inputs.head(top))
    ]
    others = found.inputs["change"].iloc[top:]
    if len(others):
        rows.append((f"{len(others)} other inputs", math.nan, math.nan, "", *_made(float(others.sum()), change)))
    rest = {
        "structure": "rows, words and limits that differ",
        "whole decisions": "whole decisions and the gaps of the plans",
        "steps": "steps where dates or limits add or take rows",
        "remainder": "remainder of the quadrature",
    }
    least = 1e-9 * max(map(abs, found.cost))
    rows += [
        (words, math.nan, math.nan, "", *_made(found.rest[k], change))
        for k, words in rest.items()
        if abs(found.rest[k]) > least
    ]
    if rows:
        rows.append(("in all", math.nan, math.nan, "", *_made(change, change)))
        show("By which changed input", ["input", "A", "B", "unit", "made [M USD]", "share"], rows)
        held = "; whole decisions held, the same in both plans" if found.held else " of the relaxed plan"
        say(f"Slopes integrated along the straight path{held}; {found.solved} solves.")
        if not found.close:
            say("The remainder is not below 1 %: allow more solves (--most) or time (--time).")
        say("")
    if len(found.structure):
        show(
            "Structure that differs",
            ["table", "row", "column", "A", "B"],
            [
                (*(fitted(str(v), 24) for v in (r.table, r.row, r.column)), fitted(r.before, 20), fitted(r.after, 20))
                for r in lines(found.structure.head(top))
            ],
        )
        if len(found.structure) > top:
            say(f"and {len(found.structure) - top} more.\n")


def _print_decisions(found: Difference, top: int) -> None:
    from planner.report.reading import lines
    from planner.report.words import date

    moved = found.decisions
    if not len(moved):
        say("No decision moved.\n")
        return
    rows = [
        (
            *(r.variable, fitted(", ".join(v for v in (r.a, r.b, r.c) if v), 30), date(r.year)),
            *(r.before, r.after, fitted(r.unit, 13), _keeping(r.keeping, r.tie)),
        )
        for r in lines(moved.head(top))
    ]
    show("Decisions moved", ["what", "where", "most in", "A", "B", "unit", "keeping A's"], rows)
    if len(moved) > top:
        say(f"and {len(moved) - top} more.")
    ties = sum(r.tie for r in lines(moved))
    say(
        "Largest first, as a share of the largest of its kind. keeping A's [M USD]: what B costs more with\n"
        "this one put back, whole decisions of B held; tie: nothing, both are as good"
        f" ({ties} of {min(top, len(moved))})."
    )
    if math.isfinite(found.kept) and not found.held:
        say(f"With all whole decisions of A, B would cost {signed(found.kept)} M USD more than it does.")
    elif math.isinf(found.kept):
        say("With all whole decisions of A there is no plan under the inputs of B.")
    words = moved.head(top).drop_duplicates("variable")
    say("\n".join(f"  {r.variable}: {r.meaning}" for r in lines(words)) + "\n")


def _made(value: float, change: float) -> tuple[float, str]:
    return float(value), "" if not change or math.isnan(value) else f"{value / change:.1%}"


def _keeping(value: float, tie: bool) -> str:
    if math.isnan(value):
        return ""
    return "tie" if tie else "no plan" if math.isinf(value) else signed(value)


def signed(value: float) -> str:
    """An amount with its sign, four digits that matter."""
    return "" if math.isnan(value) else ("+" if value > 0 else "") + cell(float(value))
