"""`planner queues`: what a month in every queue is worth, how late it may be, and whether to join, keep or drop it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.cli_sensitivities import fitted
from planner.cli_show import Progress, guarded, money, print_json, say, show

if TYPE_CHECKING:
    from planner.studies.queues import Queues

WIDE = 30
"""Characters of a queue's name that a table shows."""

Bundle = Annotated[str, typer.Argument(help="a bundle that `planner solve` wrote")]


@guarded
def queues(
    bundle: Bundle,
    top: Annotated[int, typer.Option(help="queues that are solved again, a month earlier and later and without")] = 10,
    around: Annotated[int, typer.Option(help="queues of power and of doors to which ways around are ranked")] = 3,
    futures: Annotated[int, typer.Option(help="sampled futures over which a slip is priced")] = 256,
    seed: Annotated[int, typer.Option(help="seed of the futures, the one of `replay`")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object as the last line")] = False,
) -> None:
    """Price the queues of a plan: what a month is worth, the latest date, the cost of slips, join, keep or drop."""
    from planner.explained import keep
    from planner.studies.queues import queues as queues_of

    with Progress(f"reading {bundle}") as progress:
        found = queues_of(bundle, top=top, around=around, futures=futures, seed=seed, told=progress.say)
    keep(bundle, {"queues": found.table, "routes": found.routes})
    if as_json:
        print_json(
            {
                "objective": found.plan.objective,
                "queues": found.table.to_dict("records"),
                "routes": found.routes.to_dict("records"),
                "solved": found.solved,
                "seconds": found.seconds,
            }
        )
    else:
        show_queues(found)


def show_queues(found: Queues) -> None:
    """Print the queues."""
    from planner.report.reading import lines

    plan, rows = found.plan, list(lines(found.table))
    inside = [r for r in rows if math.isfinite(r.joined)]
    if not rows:
        say(f"{plan.tables.scenario.name} has no queue: no phase of power, no order with a lead, no first flight.")
        return
    solved = [r for r in inside if not math.isnan(r.later)]
    show(
        f"A month in the queues of {plan.tables.scenario.name}, {money(plan.objective)} [M USD, discounted]",
        ["queue", "kind", "lead [yr]", "from", "slope", "1 earlier", "1 later", "6 later"],
        [(fitted(r.name, WIDE), r.kind, r.years, f"{r.joined:.1f}", r.month, *map(_sum, (r.earlier, r.later, r.half)))
         for r in (solved or inside)],
    )  # fmt: skip
    say(
        "Slope: of the cost, for a month more. Whole decisions are held at their dates: what comes sooner is\n"
        "paid sooner, and less lead saves only where something waits for it.\n"
    )
    power = [r for r in rows if r.verdict]
    if power:
        show(
            "Keep, drop or join [M USD, discounted]",
            ["phase", "verdict", "without", "may slip [mo]", "slips", "instead"],
            [(fitted(r.name, 24), r.verdict, _sum(r.without), _months(r.latest), _sum(r.slip), _way(r.instead))
             for r in power],
        )  # fmt: skip
        say(
            "Without: what the plan would cost more without the phase and those after it. May slip: until the\n"
            "plan without it is as good. Slips: expected cost over the sampled futures. Instead: what grows most.\n"
            "No plan: none with the other whole decisions as they are."
        )
    for name, ways in found.routes.groupby("queue", sort=False):
        show(
            f"Around {name} [M USD more, discounted]",
            ["route", "cost", "by"],
            [(r.route, _sum(r.cost), fitted(r.how, 62)) for r in lines(ways)],
        )
    if len(found.routes):
        say(
            "The queue is taken out and one way is opened, its whole decisions in parts; all else stays as\n"
            "planned. Below 0: decisions in parts do better than the whole ones of the plan."
        )
    rest = [r for r in inside if math.isnan(r.later)]
    if solved and rest:
        say(f"{len(rest)} more queues are priced by their slope alone: --top {len(inside)} solves them all again.")


def _way(instead: str) -> str:
    return fitted(instead.split("; ")[0], 34)


def _sum(value: float) -> Any:
    if math.isnan(value):
        return ""
    return "no plan" if math.isinf(value) else value


def _months(value: float) -> Any:
    if math.isnan(value):
        return ""
    return "any" if math.isinf(value) else value
