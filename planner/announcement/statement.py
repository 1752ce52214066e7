"""A stated roadmap as a file: what was said, by whom, when, and how we read it.

title = "Abilene: 2,121 MW by March 2027"
stated = "December 2025"
source = "EPOCH_DC"            # a key of the scenario's sources.csv, or words with an address
reading = "Power that stands at Abilene in the half year that holds March 2027."
scenario = "world"             # what it is held against

[[claims]]
what = "power"                 # power, new_power, racks, satellites, launches, cheaper
amount = 2121
unit = "MW facility"
at = ["abilene"]               # sites, zones or vehicles; none: everywhere
by = 2027.2                    # calendar year
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.faults import Fault, InputError, nearest, printable, quoted
from planner.scenario import datasets_folder

UNITS = {
    "power": "MW facility",
    "new_power": "MW facility",
    "racks": "racks",
    "satellites": "satellites",
    "launches": "launches/yr",
    "cheaper": "",
}
"""Unit of the amount of each kind of claim; "cheaper" has none."""
TEXTS = ("title", "stated", "source", "reading", "scenario")
LARGEST = 1_000_000
"""Bytes of a statement at most."""


@dataclass(frozen=True)
class Claim:
    """One claim: that so much of a kind is there, at some places, in the period that holds the date.

    power: MW of facility power that stands at sites; new_power: beyond what stands at the start; racks, satellites:
    that operate in zones; launches: of vehicles, per year; cheaper: something is served there at least cost.
    """

    what: str
    amount: float
    at: tuple[str, ...]
    by: float

    @property
    def unit(self) -> str:
        """Unit of the amount."""
        return UNITS[self.what]


@dataclass(frozen=True)
class Statement:
    """A public statement and our reading of it."""

    name: str
    title: str
    stated: str
    source: str
    reading: str
    scenario: str
    claims: tuple[Claim, ...]


def shipped() -> dict[str, Path]:
    """Statements that come with the datasets, by name."""
    return {p.stem: p for p in sorted(datasets_folder().glob("*/statements/*.toml"))}


def read_statement(file: str | Path) -> Statement:
    """Read a statement: a file, or the name of one that is shipped. Raises `InputError` with every fault."""
    known = shipped()
    path = known.get(str(file), Path(file))
    shown = printable(str(file))
    try:
        if not path.is_file():
            wrong = "no statement and no file of this name"
            raise InputError([Fault(shown, 0, "", wrong, nearest(str(file), known))])
        if path.stat().st_size > LARGEST:
            raise InputError([Fault(shown, 0, "", "the file is too large", "write one statement")])
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError([Fault(shown, 0, "", f"it cannot be read ({error})", "write TOML text in UTF-8")]) from None
    faults: list[Fault] = []
    texts = {key: _text(shown, document, key, faults) for key in TEXTS}
    faults += [
        Fault(shown, 0, quoted(k, 40), "unknown key", nearest(k, [*TEXTS, "claims"]))
        for k in document
        if k not in (*TEXTS, "claims")
    ]
    listed = document.get("claims")
    if not isinstance(listed, list) or not listed or not all(isinstance(c, dict) for c in listed):
        faults.append(Fault(shown, 0, "claims", "a statement needs claims", "write [[claims]] with what, amount, by"))
        raise InputError(faults)
    claims = [_claim(shown, f"claims[{i}]", c, faults) for i, c in enumerate(listed)]
    if faults:
        raise InputError(faults)
    return Statement(path.stem, **texts, claims=tuple(c for c in claims if c is not None))


def _text(file: str, document: dict[str, Any], key: str, faults: list[Fault]) -> str:
    value = document.get(key)
    if isinstance(value, str) and value.strip():
        return value.strip()
    faults.append(Fault(file, 0, key, "it is missing" if value is None else "it is not a text", f'write {key} = "..."'))
    return ""


def _claim(file: str, place: str, raw: dict[str, Any], faults: list[Fault]) -> Claim | None:
    before = len(faults)
    known = ("what", "amount", "unit", "at", "by")
    faults += [
        Fault(file, 0, f"{place}.{quoted(k, 40)}", "unknown key", nearest(k, known)) for k in raw if k not in known
    ]
    what = raw.get("what")
    if what not in UNITS:
        faults.append(Fault(file, 0, f"{place}.what", "no kind of claim has this name", nearest(str(what), UNITS)))
        return None
    by, amount, at = raw.get("by"), raw.get("amount", 0.0 if what == "cheaper" else None), raw.get("at", [])
    if not _is_number(by):
        faults.append(Fault(file, 0, f"{place}.by", "it is not a calendar year", "write e.g. by = 2028.5"))
    if not _is_number(amount) or amount < 0 or (what != "cheaper" and amount == 0):
        faults.append(Fault(file, 0, f"{place}.amount", "it is not a number above 0", f"write it in {UNITS[what]}"))
    if raw.get("unit", "") != UNITS[what]:
        said = f'write unit = "{UNITS[what]}"' if UNITS[what] else "leave it out"
        faults.append(Fault(file, 0, f"{place}.unit", f"'{what}' has another unit", said))
    if not isinstance(at, list) or not all(isinstance(a, str) for a in at):
        faults.append(Fault(file, 0, f"{place}.at", "it is not a list of names", 'write e.g. at = ["abilene"]'))
    if len(faults) > before:
        return None
    return Claim(what, float(amount), tuple(at), float(by))  # type: ignore[arg-type]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
