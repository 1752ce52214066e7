"""A scenario to start from: a copy of one with every setting explained, or one written from tables in Python."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from planner.faults import Fault, InputError, nearest, printable, quoted
from planner.scenario import EXTRA_FILES, FILE, Scenario, datasets_folder, read_scenario
from planner.schema import SETTINGS, TABLES, Column
from planner.tables import read_tables

NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.\-]{0,62}[A-Za-z0-9_\-])?", re.ASCII)
README = "README.md"


def init(name: str, source: str | Path, folder: str | Path = ".") -> Path:
    """Copy a dataset (or a scenario folder) to ``folder/name``, every setting with a comment, and a README.md.

    The tables are copied byte for byte, so the copy plans to the same program. Raises `InputError`; nothing is left
    behind then.
    """
    target = _new_folder(name, Path(folder))
    if not str(source):
        known = ", ".join(sorted(p.parent.name for p in datasets_folder().glob(f"*/{FILE}")))
        raise InputError([Fault("--from", 0, "", "no scenario to start from is named", f"write one of: {known}")])
    read = read_scenario(source)
    read_tables(read)
    files = {n: content for n, content in read.files.items() if n not in (FILE, README)}
    files[FILE] = settings_text(read.settings, read.overrides).encode()
    files[README] = _readme(name, read).encode()
    return _placed(target, files)


def write_scenario(
    folder: str | Path,
    settings: Mapping[str, object],
    tables: Mapping[str, pd.DataFrame],
    overrides: Mapping[str, Mapping[str, object]] | None = None,
) -> Path:
    """Write a scenario from tables made in Python, and check it; returns its folder, which must not exist before.

    settings: of ``[scenario]``. tables: by table name; the columns are the headers of the file, with units as in
    ``power [MW facility]``. overrides: ``{name: {path: value}}``. Raises `InputError` with every fault, and leaves
    nothing behind then.
    """
    target = _new_folder(Path(folder).name, Path(folder).parent)
    known = [*TABLES, *EXTRA_FILES]
    faults = [
        Fault(quoted(str(t)), 0, "", "no table has this name", nearest(str(t), known)) for t in tables if t not in known
    ]
    if faults:
        raise InputError(faults)
    bodies = {n: {"set": dict(b)} for n, b in (overrides or {}).items()}
    files = {FILE: settings_text(settings, bodies).encode()}
    files |= {f"{name}.csv": frame.to_csv(index=False).encode() for name, frame in tables.items()}
    return _placed(target, files, checked=True)


def _new_folder(name: str, parent: Path) -> Path:
    """The place of a new scenario. Raises `InputError` for a name that is none, or one that is taken."""
    if not NAME.fullmatch(name):
        instead = "write letters, digits, _ - . (a letter or digit first, at most 64)"
        raise InputError([Fault(quoted(name, 80), 0, "", "it is not a name for a scenario", instead)])
    target = parent / name
    if not parent.is_dir():
        raise InputError([Fault(printable(str(parent)), 0, "", "there is no such folder", "give one that exists")])
    if os.path.lexists(target):
        raise InputError([Fault(printable(str(target)), 0, "", "it is there already", "write another name")])
    return target


def _placed(target: Path, files: Mapping[str, bytes], *, checked: bool = False) -> Path:
    """Write files as a new folder, whole or not at all."""
    work = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        inside = work / target.name
        inside.mkdir()
        for name, content in files.items():
            (inside / name).write_bytes(content)
        if checked:
            read_tables(read_scenario(inside))
        if os.path.lexists(target):
            raise InputError([Fault(printable(str(target)), 0, "", "it is there already", "write another name")])
        os.rename(inside, target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return target


def settings_text(settings: Mapping[str, object], overrides: Mapping[str, Mapping[str, Any]]) -> str:
    """`scenario.toml` with a comment at every setting: meaning, unit, default, range. What is not given is shown."""
    known = {c.name for c in SETTINGS}
    unknown = [s for s in settings if s not in known]
    if unknown:
        faults = [Fault(FILE, 0, quoted(str(s)), "unknown setting", nearest(str(s), known)) for s in unknown]
        raise InputError(faults)
    lines = [
        "# Settings of the scenario. A line that starts with '#' is not read; a setting left out has its default.",
        "",
    ]
    lines.append("[scenario]")
    for c in SETTINGS:
        lines += ["", *_comment(c)]
        if c.name in settings:
            lines.append(f"{c.name} = {_toml(settings[c.name])}")
        else:
            lines.append(f"# {c.name} = {_toml(c.default)}")
    lines += [
        "",
        "",
        "# Named changes: planner solve ... --override NAME. A row may be a glob; a value is a number in the",
    ]
    lines += ["# unit of the manual, one with a unit ('90 USD/MWh'), 'x0.5' (times), '+10' (plus), 'none' (no limit)."]
    for name, body in overrides.items():
        lines += ["", f"[overrides.{_key(name)}]"]
        if body.get("description"):
            lines.append(f"description = {_toml(body['description'])}")
        lines += ["", f"[overrides.{_key(name)}.set]"]
        lines += [f"{_toml(path)} = {_toml(value)}" for path, value in body["set"].items()]
    return "\n".join(lines) + "\n"


def _comment(c: Column) -> list[str]:
    words = f"# {c.meaning[:1].upper()}{c.meaning[1:]}"
    if c.kind == "number":
        words += f" [{c.unit}]"
        words += f", at least {c.low:g}" if math.isinf(c.high) else f", {c.low:g} to {c.high:g}"
    elif c.kind == "choice":
        words += f"; one of {', '.join(c.choices)}"
    has_none = c.required or c.default in (None, "")
    return [f"{words}; must be given" if c.required else words if has_none else f"{words}; default {_toml(c.default)}"]


def _toml(value: object) -> str:
    """A value as TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    text = json.dumps(str(value), ensure_ascii=False)
    return text.replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name, re.ASCII) else _toml(name)


FIRST = (
    ("scenario.toml", "start, length and number of periods, discount rate; named changes (`[overrides.NAME]`)"),
    ("sites.csv", "your sites: where they are, what power stands today, what it costs"),
    ("phases.csv", "the queues you may join for more power, with `stages.csv` (lead times, odds) behind them"),
    ("workloads.csv", "what is to be served, of which class (`classes.csv`: size, price, latency) and from where"),
    ("hardware.csv", "what you can buy, when, at what price; `doors.csv` and `bills.csv`: from whom, made of what"),
    ("limits.csv", "budget, debt, carbon and the like"),
)


def _readme(name: str, read: Scenario) -> str:
    """What stands where, what to edit first, which commands to run."""
    title = str(read.settings.get("title", "") or read.name)
    source = " Where its numbers come from: `SOURCE.md`, `provenance.csv`." if "SOURCE.md" in read.files else ""
    lines = [
        f"# {name}",
        "",
        f"A scenario of the planner, started from `{read.name}` ({printable(title)}).{source}",
        "",
        "## Edit first",
        "",
        *(f"- `{file}` - {words}" for file, words in FIRST if file == FILE or file in read.files),
        "",
        "A number stands in the unit of its header; any compatible unit may be written there (`power [kW facility]`).",
        "Keep names the same wherever they are used: every fault is named with its file, row and column.",
        "",
        "## Run",
        "",
        "```",
        f"planner check {name}                   # every fault at once; sizes; supply against demand",
        f"planner check {name} --explain TABLE.ROW.COLUMN   # one input: meaning, unit, source",
        f"planner solve {name}                   # the plan and its proof, in plans/{name}",
        f"planner report plans/{name}            # one page to read",
        f"planner sweep {name} --over 'sites.*.power_price=x0.5,x1,x2' --out sweeps/{name}",
        "```",
        "",
        "## Tables",
        "",
        "Every column with unit, default, range and meaning: the manual of inputs, `docs/inputs.md` of the planner.",
        "",
        "| file | rows | what is in it | columns |",
        "|---|---|---|---|",
    ]
    for table in TABLES.values():
        raw = read.tables.get(table.name)
        if raw is not None:
            columns = ", ".join(f"`{h}`" for h in raw.header)
            lines.append(f"| `{table.name}.csv` | {len(raw.rows)} | {table.meaning} | {columns} |")
    extra = {
        "series": "values over time of columns that may follow years",
        "provenance": "where a number comes from, and how sure it is",
        "sources": "the sources that `provenance.csv` names",
    }
    for file, meaning in extra.items():
        if file in read.tables:
            lines.append(f"| `{file}.csv` | {len(read.tables[file].rows)} | {meaning} | |")
    absent = [f"`{t.name}.csv` ({t.meaning.rstrip('.')})" for t in TABLES.values() if t.name not in read.tables]
    if absent:
        lines += ["", "Not used here, may be added: " + "; ".join(absent) + "."]
    return "\n".join(lines) + "\n"
