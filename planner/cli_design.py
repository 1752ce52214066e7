"""`planner design`: choices of satellites and sites moved along the gradient of the plan's cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.cli_show import NOT_CERTIFIED, Progress, guarded, money, print_json, say, show

if TYPE_CHECKING:
    from planner.studies.design import Design

Scenario = Annotated[str, typer.Argument(help="a dataset name (see `planner datasets`) or a scenario folder")]
Free = Annotated[
    list[str],
    typer.Option(
        "--free",
        metavar="NAME[=LOW:HIGH],...",
        help="choices: orbit.radiator_temperature, orbit.array_oversize, orbit.shield, orbit.spares, orbit.refresh,"
        " orbit.power_cap, ground.power_cap, ground.set_point, or one cell as table.row.column; may be repeated",
    ),
]
Out = Annotated[Path | None, typer.Option(help="folder for the bundle of the plan with the design found")]
Overrides = Annotated[list[str] | None, typer.Option("--override", metavar="NAME", help="an override of the scenario")]
Sets = Annotated[list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="table.row.column=value")]


@guarded
def design(
    scenario: Scenario,
    free: Free,
    starts: Annotated[int, typer.Option(help="designs to start from, the scenario's own first")] = 4,
    seed: Annotated[int, typer.Option(help="seed of the other starts")] = 1,
    engine: Annotated[str, typer.Option(help="engine of the relaxations: exact or interior")] = "exact",
    gap: Annotated[float, typer.Option(help="relative gap asked for of the exact plans")] = 0.01,
    time: Annotated[float, typer.Option(help="seconds for everything")] = 300.0,
    out: Out = None,
    override: Overrides = None,
    set_: Sets = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object as the last line")] = False,
) -> None:
    """Design satellites and sites with the plan: many starts, then exact plans before and after."""
    from planner import NoPlan, write_bundle
    from planner.bundle import refuse_foreign
    from planner.scenario import locate
    from planner.studies.design import design as design_of

    if out is not None:
        refuse_foreign(out, locate(scenario))
    with Progress(f"designing {scenario}") as progress:
        try:
            found = design_of(
                scenario,
                free,
                overrides=tuple(override or ()),
                sets=tuple(set_ or ()),
                starts=starts,
                seed=seed,
                engine=engine,
                gap=gap,
                time=time,
                told=progress.say,
            )
        except NoPlan as none:
            progress.__exit__()
            say(f"No plan — {none.solution.status} — {none.solution.advice}", stderr=True)
            raise typer.Exit(NOT_CERTIFIED) from None
        where = None if out is None else write_bundle(found.after, out)
    if as_json:
        print_json(_document(found) | {"bundle": None if where is None else str(where)})
    else:
        _print(found, where)
    if not (found.settled and found.before.certificate.certified and found.after.certificate.certified):
        raise typer.Exit(NOT_CERTIFIED)


def _document(found: Design) -> dict[str, object]:
    return {
        "before": found.before.summary(),
        "after": found.after.summary(),
        "relaxed": list(found.relaxed),
        "settled": found.settled,
        "choices": found.choices.to_dict("records"),
        "starts": found.starts.to_dict("records"),
        "sets": list(found.sets),
        "priced": found.priced,
        "seconds": found.seconds,
    }


def _print(found: Design, where: Path | None) -> None:
    rows = [
        (
            c["path"].partition(".")[2],
            f"{c['low']:g} to {c['high']:g} {c['unit'] if c['unit'] != '1' else ''}".strip(),
            *(c[x] for x in ("start", "found", "slope", "verdict")),
        )
        for c in found.choices.to_dict("records")
    ]
    show("Design", ["choice", "range", "before", "found", "slope [M USD]", "verdict"], rows)
    say("slope: what the whole range would move the cost by at the slope of the end; kink: no step either way pays.\n")
    show(
        "Starts",
        ["start", "first [M USD]", "last [M USD]", "steps", "end", "why it ended"],
        found.starts[["start", "first", "last", "steps", "end", "ended"]].itertuples(index=False),
    )
    rows = []
    for name, plan, relaxed in (("before", found.before, found.relaxed[0]), ("after", found.after, found.relaxed[1])):
        s = plan.summary()
        cells = s["status"], money(s["objective"]), money(s["bound"]), money(relaxed)
        rows.append((name, *cells))
    show("Plans", ["design", "verdict", "cost", "bound", "relaxed plan"], rows)
    saved = found.relaxed[0] - found.relaxed[1]
    proved = found.before.summary()["bound"] - found.after.summary()["objective"]
    say(f"The design saves {money(saved)} of the relaxed plan's cost, {saved / found.relaxed[0]:.3%}.")
    say(
        f"Proved with integers: every plan of the design before costs at least {money(proved)} more than this one."
        if proved > 0
        else "With integers the saving is within the gap: the plans are certified, the saving is not proved."
    )
    if not found.settled:
        say("Some choices are still open: their slope says that more time (--time) would find better.")
    say(f"{found.priced} designs priced in {found.seconds:.0f} s.")
    say("As changes: " + " ".join(f"--set {s}" for s in found.sets))
    if where is not None:
        say(f"Bundle: {where}")
