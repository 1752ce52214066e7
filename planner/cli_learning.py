"""`planner learning`: futures in which a price falls because the plan itself flies."""

from __future__ import annotations

from typing import Annotated

import typer

from planner.cli_show import NOT_CERTIFIED, Progress, guarded, print_json, say, show

Scenario = Annotated[str, typer.Argument(help="a dataset name (see `planner datasets`) or a scenario folder")]
Overrides = Annotated[list[str] | None, typer.Option("--override", metavar="NAME", help="an override of the scenario")]
Sets = Annotated[list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="table.row.column=value")]


@guarded
def learning(
    scenario: Scenario,
    starts: Annotated[int, typer.Option(help="shares of what can fly that are assumed at first")] = 4,
    time: Annotated[float, typer.Option(help="seconds for everything")] = 300.0,
    override: Overrides = None,
    set_: Sets = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object as the last line")] = False,
) -> None:
    """Find self-consistent futures under learning curves, over relaxed plans, and say what gap is left."""
    from planner.studies.learning import learning as learning_of

    with Progress(f"learning curves of {scenario}") as progress:
        found = learning_of(
            scenario,
            overrides=tuple(override or ()),
            sets=tuple(set_ or ()),
            starts=starts,
            time=time,
            told=progress.say,
        )
    if as_json:
        document = {"distinct": found.distinct, "seconds": found.seconds}
        print_json(document | {"futures": found.futures.to_dict("records"), "curves": found.curves.to_dict("records")})
    else:
        futures = found.futures
        show(
            "Futures, by what was assumed at first",
            ["assumed at first", "kind", "cost [M USD]", "tonnes flown", "price gap", "future"],
            [
                (r["start"], r["kind"], r["cost"], r["tonnes"], f"{r['gap']:.2%}", r["future"] or "not consistent")
                for r in futures.to_dict("records")
            ],
        )
        say("taken: prices as given, by fixed point. owned: own savings counted, by descent; tonnes are promised.")
        say("price gap: the largest difference between a price that was assumed and the one that the tonnes imply.\n")
        last = found.curves.groupby(["future", "kind", "curve"], sort=False).last().reset_index()
        show(
            "Curves at the end of each consistent future",
            ["future", "kind", "curve", "tonnes", "price over the table's"],
            last[["future", "kind", "curve", "flown", "price_implied"]].itertuples(index=False),
        )
        say(f"{found.distinct} self-consistent futures; {found.seconds:.0f} s.")
    if not found.futures["consistent"].to_numpy(bool).all():
        raise typer.Exit(NOT_CERTIFIED)
