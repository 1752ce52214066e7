"""`planner bottlenecks`: scarcity prices over their ranges, what binds next, the path of relief and the rents."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from planner.cli_sensitivities import fitted
from planner.cli_show import Progress, guarded, money, print_json, say, show

if TYPE_CHECKING:
    from planner.studies.bottlenecks import Bottlenecks

WIDE = 30
"""Characters of a row's name that a table shows."""

Bundle = Annotated[str, typer.Argument(help="a bundle that `planner solve` wrote")]


@guarded
def bottlenecks(
    bundle: Bundle,
    top: Annotated[
        int,
        typer.Option(help="limits shown with their ranges, each solved again on both sides (world: about 4 s each)"),
    ] = 10,
    steps: Annotated[int, typer.Option(help="steps of the path of relief; 0: none")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object as the last line")] = False,
) -> None:
    """Which queue binds where and when, what relief is worth and over how much, and what binds next."""
    from planner.explained import keep
    from planner.studies.bottlenecks import bottlenecks as bottlenecks_of

    with Progress(f"reading {bundle}") as progress:
        found = bottlenecks_of(bundle, top=top, steps=steps, told=progress.say)
    keep(bundle, {"bottlenecks": found.top, "path": found.path})
    if as_json:
        print_json(
            {
                "objective": found.plan.objective,
                "grid": found.grid.to_dict("records"),
                "top": found.top.to_dict("records"),
                "path": found.path.to_dict("records"),
                "rents": found.rents.to_dict("records"),
                "anchors": found.anchors.to_dict("records"),
                "integers": found.integers,
                "seconds": found.seconds,
                "solves": found.solves,
            }
        )
    else:
        show_bottlenecks(found)


def show_bottlenecks(found: Bottlenecks) -> None:
    """Print what binds."""
    from planner.report.reading import lines

    plan = found.plan
    if not len(found.grid):
        say(f"No limit of {plan.tables.scenario.name} that a queue stands before has a price: nothing binds.")
        return
    names = [fitted(_name(r), WIDE) for r in lines(found.top)]
    show(
        f"What binds: {plan.tables.scenario.name}, {money(plan.objective)}",
        ["what binds", "year", "price [USD]", "per", "limit", "worth [M USD]"],
        [
            (n, f"{r.year:.2f}", abs(r.plain), fitted(r.price_unit.removeprefix("USD per "), 24), r.limit, r.worth)
            for n, r in zip(names, lines(found.top), strict=True)
        ],
    )
    say(
        f"Whole decisions: {found.integers}. {len(found.grid):,} prices in all; each limit is shown in the\n"
        "period in which it is worth most. Price: money of that year; worth: price x limit, discounted.\n"
        "Demand, choices and identities have prices too (prices.parquet), but no queue.\n"
    )
    show(
        "Over how much they hold, by solving again on both sides",
        ["limit", "more", "holds for", "halves after", "less", "holds for"],
        [
            (
                n,
                _price(r, r.relief_price),
                _held(r.relief_amount, r.relief_ended),
                _amount(r.halves_after),
                _price(r, r.loss_price),
                _held(r.loss_amount, r.loss_ended),
            )
            for n, r in zip(names, lines(found.top), strict=True)
        ],
    )
    show(
        "What binds next",
        ["limit", "first, after more", "queue that binds once the price is half"],
        [
            (n, *(fitted(w, 33) for w in (r.relief_next, r.queue_next)))
            for n, r in zip(names, lines(found.top), strict=True)
        ],
    )
    for n, r in zip(names, lines(found.top), strict=True):
        if r.weak:
            say(f"{n}: grade C (estimates) {r.weak}")
    if len(found.path):
        show(
            "The path of relief",
            ["step", "limit", "year", "relief", "unit", "saves [M USD]"],
            [
                (r.step, fitted(r.bottleneck, WIDE), f"{r.year:.2f}", r.relief, fitted(r.unit, 14), r.saved)
                for r in lines(found.path)
            ],
        )
        say("Each is relieved until its price is half, or its limit twice as large.\n")
    if len(found.rents):
        show(
            "Rents of doors",
            ["layer", "door", "M USD, discounted", "share"],
            [(r.layer, r.door, r.rent, f"{r.share:.1%}") for r in lines(found.rents.head(10))],
        )
        show(
            "What anchors them: the last compute served of each class",
            ["class", "it costs [USD/PFLOP/h]", "from", "to", "it pays today", "to "],
            [(r.klass, r.mean, r.low, r.high, r.least, r.most) for r in lines(found.anchors)],
        )


def _name(r: object) -> str:
    entity = ",".join(e for e in (r.a, r.b, r.c) if e)  # type: ignore[attr-defined]
    return f"{r.row}[{entity}]"  # type: ignore[attr-defined]


def _price(r: object, discounted: float) -> float | str:
    """A one-sided price in the money of the table above."""
    if math.isnan(discounted):
        return "no plan"
    return discounted * abs(r.plain / r.price)  # type: ignore[attr-defined]


def _held(amount: float, ended: bool) -> str:
    """Over how much a price holds; at least, where no end was found."""
    from planner.report.words import number

    return f"{'' if ended else '≥ '}{number(amount)}"


def _amount(value: float) -> float | str:
    return "twice" if math.isinf(value) else value
