"""The Python twins of `planner export` and `planner datasets`."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pandas as pd

from planner.faults import Fault, InputError


def export(scenario: str | Path, file: str | Path, overrides: tuple[str, ...] = (), sets: tuple[str, ...] = ()) -> Path:
    """Write the exact program of a scenario as free-format MPS, names restored. Raises `InputError`."""
    from planner.assemble import assemble_compiled
    from planner.mps import write_mps
    from planner.scenario import read_scenario
    from planner.tables import read_tables

    file = Path(file)
    if file.suffix != ".mps":
        raise InputError(
            [Fault(str(file), 0, "", "the file does not end in .mps", f"write {file.stem or 'program'}.mps")]
        )
    if file.is_dir() or not file.parent.is_dir():
        raise InputError(
            [Fault(str(file), 0, "", "no file can be written there", "give a file in a folder that exists")]
        )
    program = assemble_compiled(read_tables(read_scenario(scenario, tuple(overrides), tuple(sets)))).program
    write_mps(file, program.flat(), program.layout.column_names(), program.layout.row_names())
    return file


def datasets() -> pd.DataFrame:
    """The embedded scenarios: name, title, description, overrides."""
    from planner.scenario import datasets_folder

    rows = []
    for path in sorted(datasets_folder().glob("*/scenario.toml")):
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        about = document.get("scenario", {})
        overrides = ", ".join(document.get("overrides", {}))
        rows.append((path.parent.name, about.get("title", ""), about.get("description", ""), overrides))
    return pd.DataFrame(rows, columns=["name", "title", "description", "overrides"])
