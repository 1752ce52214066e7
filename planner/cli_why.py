"""`planner why` and `planner why-not`: reasons of a decision, and what would turn it."""

from __future__ import annotations

import math
from textwrap import fill
from typing import TYPE_CHECKING, Annotated

import typer

from planner.cli_sensitivities import fitted
from planner.cli_show import Progress, cell, guarded, money, print_json, say, show
from planner.faults import Fault, InputError

if TYPE_CHECKING:
    from planner.studies.why import Why
    from planner.studies.why.flipping import Flip

WIDE = 56
"""Characters of a row's name or an input's that a table shows."""

Name = Annotated[str, typer.Argument(help="place, workload, door, vehicle, phase, hardware, source (kind:name), orbit")]
Bundle = Annotated[str, typer.Argument(help="a bundle that `planner solve` wrote")]
By = Annotated[float | None, typer.Option(help="calendar year until which it counts; default: the whole plan")]
Unpublished = Annotated[float, typer.Option(help="spread to either side of inputs without a published one")]
Time = Annotated[float, typer.Option(help="seconds after which no further change of inputs is tried")]
Json = Annotated[bool, typer.Option("--json", help="print one JSON object as the last line")]


@guarded
def why(
    name: Name, bundle: Bundle, by: By = None, unpublished: Unpublished = 0.2, time: Time = 600.0, as_json: Json = False
) -> None:
    """Why a plan has something: what its first unit costs and saves, and the least change of inputs that ends it."""
    _told(name, bundle, by, unpublished, time, as_json)


@guarded
def why_not(
    name: Name,
    bundle: Bundle,
    by: By = None,
    unpublished: Unpublished = 0.2,
    time: Time = 600.0,
    frontier: Annotated[
        bool, typer.Option("--frontier", help="orbit: also the launch price below which it enters (planner frontier)")
    ] = False,
    as_json: Json = False,
) -> None:
    """Why a plan does not have something: its reduced cost, the limits in the way, and what would bring it in."""
    if frontier and (name != "orbit" or as_json):
        wrong = "the frontier is told for orbit, as tables"
        raise InputError([Fault("--frontier", 0, name[:80], wrong, "write planner frontier BUNDLE --json")])
    _told(name, bundle, by, unpublished, time, as_json)
    if frontier:
        from planner.cli_frontier import frontier as frontier_command

        say("")
        frontier_command(bundle, by=by)


def _told(name: str, bundle: str, by: float | None, unpublished: float, time: float, as_json: bool) -> None:
    from planner.studies.why import why as why_of

    with Progress(f"reading {bundle}") as progress:
        found = why_of(name, bundle, by=by, unpublished=unpublished, time=time, told=progress.say)
    if as_json:
        print_json(found)
    else:
        show_why(found)


def show_why(found: Why) -> None:
    """Print the reasons."""
    what = found.what
    until = "" if what.by is None else f" until {what.by:g}"
    say(f"{what.kind} {what.title}{until}: {cell(found.planned)} {found.unit} in the plan, summed over its periods;")
    say(f"at least cost with whole decisions left fractional: {cell(found.amount)} {found.unit}.\n")
    if math.isinf(found.first) and found.first > 0:
        _ruled_out(found)
        return
    if math.isinf(found.without):
        say("No plan can do without it.")
        return
    if found.present:
        say(f"Without it the plan costs {money(found.without)} more.")
        say(f"Its first {found.unit} saves {cell(-found.first)} M USD more than it costs.\n")
    else:
        checked = ", proved by prices that were checked without a solver" if found.proved else ""
        say(f"Its first {found.unit} costs {cell(found.first)} M USD more than it saves{checked}.\n")
    show(
        f"The first {found.unit}: what it costs (+) and saves (-)",
        ["money, and what it takes from and gives to limits at their prices", "M USD"],
        [(p, float(v)) for p, v in zip(found.parts["part"], found.parts["value"], strict=True)],
    )
    if len(found.rows):
        show(
            "The limits it takes most from",
            ["limit", "M USD", "price [USD]", "per"],
            [
                (fitted(str(r), WIDE), float(v), float(p), fitted(str(u), 20))
                for r, v, p, u in found.rows.itertuples(index=False)
            ],
        )
    for flip in found.flips:
        _flip(found, flip)
    if not found.flips:
        say("No change of an input was tried: none has a slope that helps, or the time was out.")
    if what.name == "orbit":
        say("The launch price below which orbit enters, by grid wait and satellite mass: planner frontier.")
    say(f"{found.seconds:.0f} s.")


def _flip(found: Why, flip: Flip) -> None:
    end = "it leaves" if found.present else "it enters"
    many = f"{len(flip.inputs)} inputs together" if len(flip.inputs) > 1 else "one input alone"
    said = f"tried: {end}" if flip.turns else "tried: not enough, it stays" if found.present else "tried: not enough"
    shown = [m for m in flip.inputs if m.share >= 0.005]
    show(
        f"With {many} ({said})",
        ["input", "from", "to", "unit", "of the way", "grade"],
        [
            (
                fitted(m.path, 48), m.before, m.after, fitted(m.unit if m.unit != "1" else "", 12), f"{m.share:.0%}",
                m.grade + ("" if m.published else " (20 %)"),
            )
            for m in shown
        ],
    )  # fmt: skip


def _ruled_out(found: Why) -> None:
    if math.isnan(found.since):
        say("The scenario has no way to have it: its dates and rules leave it out (see planner check).")
    elif found.what.by is not None and found.since > found.what.by:
        say(f"It cannot be before {found.since:g}: dates of the scenario leave it out until then.")
    else:
        say("No plan has any of it.\n")
        show(
            "These limits together rule it out",
            ["limit", "when", "amount"],
            [(fill(c.what, 60), c.when, c.limit) for c in found.limits[:12]],
        )
        if found.proved:
            say("Proof: prices on them, checked without a solver.")
