"""`planner init`: a scenario of one's own to start from."""

from __future__ import annotations

from typing import Annotated

import typer

from planner.cli_show import guarded, say


@guarded
def init(
    name: Annotated[str, typer.Argument(help="name of the new scenario: letters, digits, _ - .")],
    source: Annotated[str, typer.Option("--from", metavar="DATASET", help="see `planner datasets`; or a folder")] = "",
    folder: Annotated[str, typer.Option("--dir", metavar="FOLDER", help="where the new folder is made")] = ".",
) -> None:
    """Copy a scenario to start from, with every setting explained."""
    from planner.starting import README
    from planner.starting import init as init_of

    where = init_of(name, source, folder)
    say(f"Wrote {where}: read {where / README}, then `planner check {where}` and `planner solve {where}`.")
