"""A scenario as it lies on disk: `scenario.toml`, `*.csv`, and the overrides that are in effect."""

from __future__ import annotations

import csv
import fnmatch
import io
import os
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from planner.faults import Fault, InputError, nearest, printable, quoted
from planner.schema import SETTINGS, TABLES

EXTRA_FILES = ("series", "provenance", "sources")
MAX_BYTES = 64_000_000
MAX_ROWS = 50_000
MAX_PAIRS = 1_000_000
"""Most rows of arcs.csv, where a row is a pair of workload and place."""
FILE = "scenario.toml"
KEPT = (".csv", ".toml", ".md")
"""Files of a scenario that a bundle keeps, byte for byte as they were read."""


@dataclass(frozen=True)
class Change:
    """One override in effect: where it comes from, what it sets, to what."""

    origin: str
    path: str
    value: str | float | bool


@dataclass(frozen=True)
class RawTable:
    """A csv file as text: header cells, rows, and the line number of each row."""

    file: str
    header: list[str]
    rows: list[list[str]]
    lines: list[int]


@dataclass(frozen=True)
class Scenario:
    """Files of a scenario, unread but split into cells, with the changes that apply, in order."""

    name: str
    folder: Path
    settings: dict[str, Any]
    tables: dict[str, RawTable]
    overrides: dict[str, dict]
    active: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    faults: tuple[Fault, ...] = field(default=(), repr=False)
    files: dict[str, bytes] = field(default_factory=dict, repr=False)


def datasets_folder() -> Path:
    """Where the embedded datasets are: in the wheel or beside the package in a checkout."""
    inside = Path(__file__).parent / "_datasets"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "datasets"


def locate(scenario: str | Path) -> Path:
    """Folder of a dataset name or of a path. Raises InputError naming the known datasets."""
    path, shown = Path(scenario), printable(str(scenario))
    try:
        if (path / FILE).is_file():
            return path
        embedded = datasets_folder() / str(scenario)
        if path.name == str(scenario) and (embedded / FILE).is_file():
            return embedded
        if path.is_dir():
            raise InputError([Fault(shown, 0, "", f"this folder has no {FILE}", "give a scenario folder")])
        if path.exists():
            raise InputError([Fault(shown, 0, "", "it is a file", "give the folder it stands in")])
    except (OSError, ValueError):  # a name that the file system does not take
        shown = quoted(shown, 80)
    known = sorted(p.parent.name for p in datasets_folder().glob(f"*/{FILE}"))
    raise InputError([Fault(shown, 0, "", "no dataset and no folder of this name", nearest(str(scenario), known))])


def read_scenario(scenario: str | Path, overrides: tuple[str, ...] = (), sets: tuple[str, ...] = ()) -> Scenario:
    """Read the files of a scenario. `sets` are ``path=value`` strings.

    Faults are carried, not raised, where the rest can be read.
    """
    folder = locate(scenario)
    faults: list[Fault] = []
    files = {FILE: _document_bytes(folder)}
    settings, declared = _settings(files[FILE], faults)
    tables = {}
    for path in sorted(p for p in folder.iterdir() if p.suffix in KEPT and p.name != FILE):
        content = _content(path)
        if isinstance(content, bytes):
            files[path.name] = content
        if path.suffix != ".csv":
            faults += [content] if isinstance(content, Fault) else []
            continue
        if path.stem not in TABLES and path.stem not in EXTRA_FILES:
            known = [*TABLES, *EXTRA_FILES]
            faults.append(Fault(printable(path.name), 0, "", "no table has this name", nearest(path.stem, known)))
            continue
        raw = content if isinstance(content, Fault) else _cells(path.name, content)
        if isinstance(raw, Fault):
            faults.append(raw)
        else:
            tables[path.stem] = raw
    for name, table in TABLES.items():
        if name not in tables and not table.optional and not os.path.lexists(folder / f"{name}.csv"):
            faults.append(Fault(f"{name}.csv", 0, "", "the file is missing", f"write it with a column '{table.key}'"))
    changes = _changes(declared, overrides, sets, faults)
    files = dict(sorted(files.items()))
    return Scenario(folder.name, folder, settings, tables, declared, overrides, tuple(changes), tuple(faults), files)


def _content(path: Path) -> bytes | Fault:
    """The bytes of a plain file of the scenario's own folder, or why they are not read.

    A link out of the folder is refused: a bundle keeps the files, and would carry away what the link leads to.
    """
    name, folder = printable(path.name), path.parent
    inside = Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))
    if not inside and folder.parent != datasets_folder():
        wrong = "it is a link that leads out of the folder"
        return Fault(name, 0, "", wrong, "put the file itself into the folder")
    if not path.is_file():
        return Fault(name, 0, "", "it is not a file", f"write a {path.suffix[1:]} file, or delete it")
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        wrong = f"it cannot be read ({error.strerror})"
        return Fault(name, 0, "", wrong, "give a file that you may read")
    if len(content) > MAX_BYTES:
        return Fault(name, 0, "", "the file is larger than 64 MB", "split the scenario")
    return content


def _document_bytes(folder: Path) -> bytes:
    content = _content(folder / FILE)
    if isinstance(content, Fault):
        raise InputError([content])
    return content


def _document(content: bytes) -> dict[str, Any]:
    """The TOML file. Raises InputError with the line where it stops being TOML."""
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InputError([Fault(FILE, 0, "", "it is not a UTF-8 text file", "save it as UTF-8")]) from None
    except (ValueError, RecursionError) as error:  # TOMLDecodeError, or a number or a nesting beyond Python's limits
        words = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "a value is too large"
        line = re.search(r"\(at line (\d+), column \d+\)", words)
        reason = words[: line.start()].strip() if line else words
        wrong = f"it is not TOML ({printable(reason)[:80]})"
        raise InputError([Fault(FILE, int(line[1]) if line else 0, "", wrong, "write valid TOML")]) from None


def _settings(content: bytes, faults: list[Fault]) -> tuple[dict[str, Any], dict[str, dict]]:
    document = _document(content)
    for key in document:
        if key not in ("scenario", "overrides"):
            faults.append(Fault(FILE, 0, quoted(key), "unknown section", nearest(key, ("scenario", "overrides"))))
    settings = document.get("scenario", {})
    declared = document.get("overrides", {})
    if not isinstance(settings, dict) or not isinstance(declared, dict):
        wrong = "scenario and overrides are sections"
        raise InputError([Fault(FILE, 0, "", wrong, "write [scenario] and [overrides.NAME]")])
    known = [c.name for c in SETTINGS]
    for key in settings:
        if key not in known:
            faults.append(Fault(FILE, 0, quoted(key), "unknown setting", nearest(key, known)))
    for name, body in list(declared.items()):
        good = isinstance(body, dict) and isinstance(body.get("set"), dict) and set(body) <= {"set", "description"}
        if not good:
            wrong = "an override has a 'set' table and a description"
            faults.append(Fault(FILE, 0, f"overrides.{quoted(name)}", wrong, "write set = { ... }"))
            declared.pop(name)
        elif not isinstance(body.get("description", ""), str):
            wrong = "the description is not text"
            faults.append(Fault(FILE, 0, f"overrides.{quoted(name)}", wrong, "write it in quotes"))
            declared.pop(name)
        else:
            declared[name] = {**body, "set": _leaves(body["set"])}
    return settings, declared


def _leaves(tree: dict[str, object]) -> dict[str, object]:
    """Nested tables as dotted paths: ``a.b.c = 1`` without quotes means the same as ``"a.b.c" = 1``."""
    out: dict[str, object] = {}
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            out |= {f"{key}.{path}": leaf for path, leaf in _leaves(value).items()}
        else:
            out[key] = value
    return out


def _cells(name: str, content: bytes) -> RawTable | Fault:
    """The cells of a csv file, or why there are none."""
    most = MAX_PAIRS if name == "arcs.csv" else MAX_ROWS
    try:
        text = content.decode("utf-8-sig")
        if "\0" in text:
            raise ValueError
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        lines, rows = [], []
        for cells in reader:
            if any(c.strip() for c in cells):
                rows.append([c.strip() for c in cells])
                lines.append(reader.line_num)
            if len(rows) > most + 1:
                return Fault(name, reader.line_num, "", f"the table has more than {most} rows", "split the scenario")
    except csv.Error:
        wrong = "a quote is not closed or a cell is too long"
        return Fault(name, reader.line_num, "", wrong, "check the quotes")
    except ValueError:  # UnicodeDecodeError is one
        return Fault(name, 0, "", "it is not a UTF-8 csv file", "save it as UTF-8 csv")
    if not rows:
        return Fault(name, 0, "", "the file is empty", "write a header and rows, or delete an optional table")
    return RawTable(name, rows[0], rows[1:], lines[1:])


def _changes(
    declared: dict[str, dict], overrides: tuple[str, ...], sets: tuple[str, ...], faults: list[Fault]
) -> list[Change]:
    changes = []
    for name in overrides:
        if name not in declared:
            wrong = "the scenario has no such override"
            faults.append(Fault("--override", 0, quoted(name), wrong, nearest(name, declared)))
            continue
        changes += [Change(f"override {name}", path, value) for path, value in declared[name]["set"].items()]
    for item in sets:
        path, equals, value = item.partition("=")
        if not equals:
            faults.append(Fault("--set", 0, quoted(item), "no '=' in it", "write table.row.column=value"))
            continue
        changes.append(Change("--set", path.strip(), value.strip()))
    return changes


def matches(pattern: str, names: list[str]) -> list[str]:
    """Names that a row pattern (a key or a glob) picks, in table order."""
    return [n for n in names if fnmatch.fnmatchcase(n, pattern)]
