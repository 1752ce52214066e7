"""The folder of a stack: `stack.svg`, `stack.html`, `stack.json`; each file is whole or absent."""

from __future__ import annotations

import json
import os
from pathlib import Path

from planner.bundle import refuse_foreign
from planner.faults import Fault, InputError, printable, quoted
from planner.stack.found import Stack
from planner.stack.page import page
from planner.stack.picture import picture
from planner.studies.ledger import write_text

FILES = ("stack.svg", "stack.html", "stack.json")


def refuse_other(out: Path, scenario: Path | None = None) -> None:
    """Raise `InputError` unless `out` is new, empty or the folder of a stack, and apart from scenario and datasets."""
    plain = out.is_dir() and not out.is_symlink()
    inside = sorted(os.listdir(out)) if plain else []
    if not inside:
        refuse_foreign(out, scenario)
        return
    strange = [n for n in inside if n not in FILES or (out / n).is_symlink() or not (out / n).is_file()]
    if strange:
        shown = str(out) if str(out) == printable(str(out)) else quoted(str(out), 200)
        wrong = f"the folder holds something that is not a stack ({quoted(strange[0])})"
        raise InputError([Fault(shown, 0, "", wrong, "give a new folder")])
    refuse_foreign(out / "new", scenario)


def write(found: Stack, out: Path) -> None:
    """Write picture, page and figures of a stack into a folder."""
    refuse_other(out, found.tables.scenario.folder)
    out.mkdir(parents=True, exist_ok=True)
    write_text(out / "stack.svg", picture(found))
    write_text(out / "stack.html", page(found))
    write_text(out / "stack.json", json.dumps(found.document(), allow_nan=False, indent=1))
