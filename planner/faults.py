"""Input faults: collected, then raised once, each with its place, what is wrong and what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Fault:
    """One fault. Printed as ``file:row column — what is wrong — what to write instead``."""

    file: str
    row: int
    column: str
    wrong: str
    instead: str

    def __str__(self) -> str:
        """The sentence a person reads: one line, printable whatever stood in the file."""
        place = f"{self.file}:{self.row}" if self.row else self.file
        column = f" {self.column}" if self.column else ""
        return printable(f"{place}{column} — {self.wrong} — {self.instead}")


def outside(option: str, value: int, low: int, high: int) -> list[Fault]:
    """The fault of a whole number that is not from `low` to `high`; none if it is."""
    if low <= value <= high:
        return []
    return [Fault(option, 0, f"{value}", "it is out of range", f"write {low} to {high}")]


#: A file that is wrong in every row is told after this many faults; the rest would say nothing new.
MOST = 500


class InputError(Exception):
    """All faults of a scenario at once."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(str(f) for f in self.faults))


def stop_when_many(faults: list[Fault], file: str) -> None:
    """Raise `InputError` once there are more faults than anybody reads."""
    if len(faults) > MOST:
        raise InputError([*faults, Fault(file, 0, "", f"there are more than {MOST} faults", "mend these first")])


def nearest(name: str, known: Iterable[str]) -> str:
    """'did you mean ...?' or the list of what is known."""
    known = [str(k) for k in known]
    close = difflib.get_close_matches(name[:80], known[:2000], n=1, cutoff=0.6)
    if close:
        return f"did you mean '{close[0]}'?"
    if not known:
        return "remove it"
    shown = ", ".join(sorted(known)[:8]) + (", ..." if len(known) > 8 else "")
    return f"write one of: {shown}"


def printable(text: str) -> str:
    """The text with '?' for every character that a terminal might act on."""
    return "".join(c if c.isprintable() else "?" for c in text)


def quoted(value: str, limit: int = 40) -> str:
    """A cell as it may be shown: printable, short."""
    safe = printable(value[: limit + 1])
    return f"'{safe[:limit]}{'…' if len(safe) > limit else ''}'"
