"""`planner diagnose`: what stands in the way of a scenario, and what would help."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Annotated

import typer

from planner.cli_show import NOT_CERTIFIED, Progress, guarded, money, print_json, say, show

if TYPE_CHECKING:
    from planner.diagnose import Diagnosis, Repair

Scenario = Annotated[str, typer.Argument(help="a dataset name (see `planner datasets`) or a scenario folder")]
Overrides = Annotated[list[str] | None, typer.Option("--override", metavar="NAME", help="an override of the scenario")]
Sets = Annotated[list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="table.row.column=value")]
SHOWN = 12
"""Rows of a conflict, and margins, that are printed; all of them are in the Python twin and in --json."""


@guarded
def diagnose(
    scenario: Scenario,
    repairs: Annotated[int, typer.Option(help="how many different repairs are sought")] = 3,
    gap: Annotated[float, typer.Option(help="relative gap of the plans after a repair")] = 0.01,
    time: Annotated[float, typer.Option(help="seconds for everything")] = 300.0,
    override: Overrides = None,
    set_: Sets = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object as the last line")] = False,
) -> None:
    """Say what stands in the way of a scenario, prove it, and offer different repairs, each applied and planned."""
    from planner.diagnose import diagnose as diagnosis_of
    from planner.diagnose.diagnosing import refuse

    refuse(repairs, gap, time)
    with Progress(f"diagnosing {scenario}") as progress:
        found = diagnosis_of(
            scenario,
            overrides=tuple(override or ()),
            sets=tuple(set_ or ()),
            repairs=repairs,
            gap=gap,
            time=time,
            told=progress.say,
        )
    if as_json:
        print_json(found.summary())
    elif found.status == "in order":
        _in_order(found)
    elif found.status == "open":
        say(f"{found.scenario}: neither a plan nor a proof that there is none was found in the time; give more --time.")
    else:
        _conflict(found)
    if found.status != "in order":
        raise typer.Exit(NOT_CERTIFIED)


def _in_order(found: Diagnosis) -> None:
    say(f"{found.scenario}: nothing is in the way. A plan costs {money(found.cost)}.\n")
    if not found.margins:
        say("No limit could end it alone: each could go to zero, and a plan would be left.")
        return
    show(
        "Tightest limits: how far each could go before no plan is left",
        ["input", "alone", "over its value"],
        [(m.path, m.what, f"{m.share:.1%}") for m in found.margins[:SHOWN]],
    )
    _more(len(found.margins))


def _conflict(found: Diagnosis) -> None:
    kind = "no plan exists" if found.status == "conflict" else "no plan exists with whole choices"
    say(f"{found.scenario}: {kind}.")
    boxes = "prices on the rows below" if found.boxes == 1 else f"prices over {found.boxes} boxes of choices"
    say(f"Proof: {boxes}, {'checked without a solver' if found.proved else 'not confirmed by the check'}.\n")
    show(
        "These cannot all hold together; any one left out, the others can",
        ["limit", "when", "amount"],
        [(fill(c.what, 60), c.when, c.limit) for c in found.conflict[:SHOWN]],
    )
    _more(len(found.conflict))
    for i, repair in enumerate(found.repairs, 1):
        _repair(i, repair)
    for note in found.notes:
        say(f"{note}.")
    say(f"{found.seconds:.0f} s.")


def _repair(i: int, r: Repair) -> None:
    proof = {"plan": "tried: a plan exists", "relaxed": "tried: a plan exists with integers left fractional only"}
    cost = money(r.cost) if r.verified == "plan" else f"at least {money(r.bound)}"
    say(fill(f"Repair {i}: {r.what}.", 98, subsequent_indent="  "))
    say(f"  {proof[r.verified]}, {cost}")
    for change in r.changes:
        say(f"  --set {change.set}{f'   (now {change.old})' if change.old else ''}")
    say("")


def _more(count: int) -> None:
    if count > SHOWN:
        say(f"{count - SHOWN} more: see --json.\n")
