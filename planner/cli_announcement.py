"""`planner check-announcement`: whether a stated roadmap is possible, what rules it out, and what it would take."""

from __future__ import annotations

import math
from textwrap import fill
from typing import TYPE_CHECKING, Annotated

import typer

from planner.cli_show import NOT_CERTIFIED, Progress, guarded, print_json, say, show

if TYPE_CHECKING:
    from planner.announcement import Announcement

SHOWN = 12
"""Limits that are listed."""


@guarded
def check_announcement(
    file: Annotated[str | None, typer.Argument(help="a statement (TOML), or the name of one that is shipped")] = None,
    scenario: Annotated[str | None, typer.Option(help="what it is held against; default: what it names")] = None,
    futures: Annotated[int, typer.Option(help="sampled futures of the queues")] = 1024,
    seed: Annotated[int, typer.Option(help="of the sampled futures")] = 0,
    time: Annotated[float, typer.Option(help="seconds for everything")] = 300.0,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object as the last line")] = False,
) -> None:
    """Say whether a stated roadmap is possible; without FILE, list the statements that are shipped."""
    from planner.announcement import check_announcement as check
    from planner.announcement import read_statement, shipped

    if file is None:
        known = [read_statement(name) for name in shipped()]
        show("Statements that are shipped", ["name", "what was stated"], [(s.name, s.title) for s in known])
        return
    with Progress(f"reading {file}") as progress:
        found = check(file, scenario=scenario, futures=futures, seed=seed, time=time, told=progress.say)
    if as_json:
        print_json(found)
    else:
        show_announcement(found)
    if found.verdict != "possible":
        raise typer.Exit(NOT_CERTIFIED)


def show_announcement(found: Announcement) -> None:
    """Print the answer."""
    s = found.statement
    say(fill(f"{s.title} (stated {s.stated})", 98))
    say(fill(f"Source: {s.source}", 98, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False))
    say(fill(f"Read as: {s.reading} Held against {s.scenario}.", 98, subsequent_indent="  "))
    words = {"possible only if": "possible only if inputs are as below, all within what is published of them"}
    said = words.get(found.verdict, found.verdict)
    say(f"\nAnswer: {'neither a plan nor a proof was found in the time' if found.verdict == 'open' else said}.\n")
    if found.limits:
        show(
            "These limits together rule it out, as the tables stand",
            ["limit", "when", "amount"],
            [(fill(c.what, 60), c.when, c.limit) for c in found.limits[:SHOWN]],
        )
        if len(found.limits) > SHOWN:
            say(f"{len(found.limits) - SHOWN} more: see --json.")
        checked = "checked without a solver" if found.proved else "not confirmed by the check"
        say(f"Proof: prices on them, {checked}.\n")
    if found.conditions:
        beyond = "" if found.verdict == "possible only if" else ", beyond what is published"
        say(f"What it would take{beyond} (tried: a plan keeps it):")
        for c in found.conditions:
            weak = "; grade C, an estimate" if c.path in found.weak else ""
            say(fill(f"- {c.what} (now {c.old}{weak})", 98, initial_indent="  ", subsequent_indent="    "))
            say(f"      --set {c.set}")
    elif found.verdict == "impossible":
        say("Nothing was found that would make it possible.")
    if not math.isnan(found.chance):
        text = (
            f"Chance: at most {found.chance:.0%} ({found.futures:,} sampled futures of the queues at these places,"
            " every phase joined at the start, nothing else in the way)."
        )
        say(fill(text, 98))
    for note in found.notes:
        say(fill(f"{note[0].upper()}{note[1:]}.", 98))
    say(f"{found.seconds:.0f} s.")
