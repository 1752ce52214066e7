"""`planner import`: a problem written by others becomes a scenario folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from planner.cli_show import guarded, say

Format = Annotated[str, typer.Argument(help="orlib-cap, single-source, gap, ufl or p-median")]
File = Annotated[Path, typer.Argument(help="the file of the problem")]
Folder = Annotated[Path, typer.Argument(help="a new folder for the scenario, or one that was imported before")]
Capacity = Annotated[
    float | None, typer.Option(metavar="N", help="for the word 'capacity' in OR-Library's capa, capb and capc")
]
Problem = Annotated[int | None, typer.Option(metavar="K", help="which problem, where a file holds several")]
Maximise = Annotated[bool, typer.Option("--maximise", help="gap: the numbers are profits")]


@guarded
def import_(
    format: Format,
    file: File,
    folder: Folder,
    capacity: Capacity = None,
    problem: Problem = None,
    maximise: Maximise = False,
) -> None:
    """Make a scenario of a location or assignment problem in a published format."""
    from planner.imports import import_case

    where = import_case(format, file, folder, capacity=capacity, problem=problem, maximise=maximise)
    say(f"Wrote {where}: check it with `planner check`, plan it with `planner solve {where} --gap 1e-7`.")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_)
