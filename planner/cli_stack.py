"""`planner stack`: satellite classes side by side, one in detail; the waterfall of a ground site."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from planner.cli_show import guarded, print_json, say, show

Scenario = Annotated[str, typer.Argument(help="a dataset name (see `planner datasets`) or a scenario folder")]
Class = Annotated[
    str | None, typer.Option("--class", metavar="NAME", help="a satellite class, or a row of satellites.csv")
]
Site = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="a ground site: its waterfall; with --class also what it stands against"),
]
Year = Annotated[float | None, typer.Option(help="year whose prices hold; default: the first period")]
Out = Annotated[Path | None, typer.Option(help="folder for stack.svg, stack.html and stack.json")]
Overrides = Annotated[
    list[str] | None, typer.Option("--override", metavar="NAME", help="an override of the scenario; may be repeated")
]
Sets = Annotated[
    list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="table.row.column=value; may be repeated")
]


@guarded
def stack(
    scenario: Scenario = "world",
    class_: Class = None,
    site: Site = None,
    year: Year = None,
    override: Overrides = None,
    set_: Sets = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object as the last line")] = False,
    out: Out = None,
) -> None:
    """Useful compute watts per kilogram of a satellite class, or useful megawatts of a ground site, step by step."""
    from planner.stack import stack as stack_of
    from planner.stack.words import WIDE, satellite_tables, site_tables

    found = stack_of(scenario, class_, site, year, tuple(override or ()), tuple(set_ or ()), out)
    if as_json:
        print_json(found.document())
        return
    for caption, columns, rows, notes in (*satellite_tables(found), *site_tables(found, year)):
        show(caption, columns, rows)
        for note in notes:
            say(_folded(note, WIDE))
        if notes:
            say("")
    if out is not None:
        say(f"Written: {out}/stack.svg, stack.html, stack.json")


def _folded(words: str, longest: int) -> str:
    """Words in lines of at most so many characters."""
    lines = [""]
    for word in words.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > longest:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + word
    return "\n".join(lines)
