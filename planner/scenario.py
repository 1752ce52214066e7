"""A scenario as it lies on disk: `scenario.toml`, `*.csv`, and the overrides that are in effect."""

from __future__ import annotations

import csv
import fnmatch
import io
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from planner.faults import Fault, InputError, nearest, quoted
from planner.schema import SETTINGS, TABLES

EXTRA_FILES = ("series", "provenance", "sources")
MAX_BYTES = 64_000_000


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
    settings: dict[str, object]
    tables: dict[str, RawTable]
    overrides: dict[str, dict]
    active: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    faults: tuple[Fault, ...] = field(default=(), repr=False)


def datasets_folder() -> Path:
    """Where the embedded datasets are: in the wheel or beside the package in a checkout."""
    inside = Path(__file__).parent / "_datasets"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "datasets"


def locate(scenario: str | Path) -> Path:
    """Folder of a dataset name or of a path. Raises InputError naming the known datasets."""
    path = Path(scenario)
    if (path / "scenario.toml").is_file():
        return path
    embedded = datasets_folder() / str(scenario)
    if path.name == str(scenario) and (embedded / "scenario.toml").is_file():
        return embedded
    known = sorted(p.parent.name for p in datasets_folder().glob("*/scenario.toml"))
    if path.is_dir():
        raise InputError([Fault(str(scenario), 0, "", "this folder has no scenario.toml", "give a scenario folder")])
    raise InputError(
        [Fault(str(scenario), 0, "", "no dataset and no folder of this name", nearest(str(scenario), known))]
    )


def read_scenario(scenario: str | Path, overrides: tuple[str, ...] = (), sets: tuple[str, ...] = ()) -> Scenario:
    """Read the files of a scenario. `sets` are ``path=value`` strings; faults are carried, not raised, where possible."""
    folder = locate(scenario)
    faults: list[Fault] = []
    settings, declared = _settings(folder, faults)
    tables = {}
    for path in sorted(folder.glob("*.csv")):
        if path.stem not in TABLES and path.stem not in EXTRA_FILES:
            faults.append(Fault(path.name, 0, "", "no table has this name", nearest(path.stem, [*TABLES, *EXTRA_FILES])))
            continue
        raw = _cells(path, faults)
        if raw is not None:
            tables[path.stem] = raw
    for name, table in TABLES.items():
        if name not in tables and not table.optional and not (folder / f"{name}.csv").exists():
            faults.append(Fault(f"{name}.csv", 0, "", "the file is missing", f"write it with a column '{table.key}'"))
    changes = _changes(declared, overrides, sets, faults)
    return Scenario(folder.name, folder, settings, tables, declared, overrides, tuple(changes), tuple(faults))


def _settings(folder: Path, faults: list[Fault]) -> tuple[dict[str, object], dict[str, dict]]:
    file = "scenario.toml"
    try:
        document = tomllib.loads((folder / file).read_bytes().decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise InputError([Fault(file, 0, "", f"it cannot be read ({quoted(str(error), 80)})", "write valid TOML")]) from None
    for key in document:
        if key not in ("scenario", "overrides"):
            faults.append(Fault(file, 0, quoted(key), "unknown section", nearest(key, ("scenario", "overrides"))))
    settings = document.get("scenario", {})
    declared = document.get("overrides", {})
    if not isinstance(settings, dict) or not isinstance(declared, dict):
        raise InputError([Fault(file, 0, "", "scenario and overrides are sections", "write [scenario] and [overrides.NAME]")])
    known = {c.name for c in SETTINGS}
    for key in settings:
        if key not in known:
            faults.append(Fault(file, 0, quoted(key), "unknown setting", nearest(key, known)))
    for name, body in list(declared.items()):
        good = isinstance(body, dict) and isinstance(body.get("set"), dict) and set(body) <= {"set", "description"}
        if not good:
            faults.append(
                Fault(file, 0, f"overrides.{name}", "an override has a 'set' table and a description", "write set = { ... }")
            )
            declared.pop(name)
    return settings, declared


def _cells(path: Path, faults: list[Fault]) -> RawTable | None:
    if path.stat().st_size > MAX_BYTES:
        faults.append(Fault(path.name, 0, "", "the file is larger than 64 MB", "split the scenario"))
        return None
    try:
        text = path.read_bytes().decode("utf-8-sig")
        if "\0" in text:
            raise ValueError
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        lines, rows = [], []
        for cells in reader:
            if any(c.strip() for c in cells):
                rows.append([c.strip() for c in cells])
                lines.append(reader.line_num)
    except (UnicodeDecodeError, ValueError, csv.Error):
        faults.append(Fault(path.name, 0, "", "it is not a UTF-8 csv file", "save it as UTF-8 csv"))
        return None
    if not rows:
        faults.append(Fault(path.name, 0, "", "the file is empty", "write a header and rows, or delete an optional table"))
        return None
    return RawTable(path.name, rows[0], rows[1:], lines[1:])


def _changes(
    declared: dict[str, dict], overrides: tuple[str, ...], sets: tuple[str, ...], faults: list[Fault]
) -> list[Change]:
    changes = []
    for name in overrides:
        if name not in declared:
            faults.append(Fault("--override", 0, quoted(name), "the scenario has no such override", nearest(name, declared)))
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
