"""Files of plain numbers, free in their white space: one number after the other, each with its line."""

from __future__ import annotations

import math
import stat
from pathlib import Path
from typing import NoReturn

import numpy as np

from planner.faults import Fault, InputError, printable, quoted
from planner.reading import number

LARGEST_FILE = 64_000_000
LARGEST = 1e12
"""Beyond, sums of products are not exact enough to be compared with a published number."""
PAIRS = 820_000
"""Most pairs of customer and place: what `arcs.csv` can hold and be read back in minutes."""


def text_of(path: Path) -> str:
    """A file as text. Raises `InputError` where it is not one."""

    def refuse(wrong: str, instead: str) -> NoReturn:
        raise InputError([Fault(printable(str(path)), 0, "", wrong, instead)]) from None

    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            refuse("it is not a file", "give the file of the problem")
        if state.st_size > LARGEST_FILE:
            refuse("the file is larger than 64 MB", "give a smaller problem")
        content = path.read_bytes()
    except (OSError, ValueError):
        refuse("the file cannot be read", "give the file of the problem")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        refuse("it is not a text file", "give the file of the problem, unpacked")
    if "\0" in text:
        refuse("it is not a text file", "give the file of the problem, unpacked")
    return text


class Numbers:
    """The words of a file in order. Every reader raises `InputError` at the first word that is wrong."""

    def __init__(self, name: str, text: str) -> None:
        self.name = printable(name)
        self.lines = [line.split() for line in text.splitlines()]
        self.words = [word for line in self.lines for word in line]
        self.line = [k for k, line in enumerate(self.lines, 1) for _ in line]
        self.at = 0
        if not self.words:
            raise InputError([Fault(self.name, 0, "", "the file is empty", "give the file of a problem")])

    @property
    def left(self) -> int:
        """Words that were not read yet."""
        return len(self.words) - self.at

    def fail(self, what: str, wrong: str, instead: str) -> NoReturn:
        """Raise `InputError` at the word that was read last."""
        line = self.line[min(max(self.at - 1, 0), len(self.line) - 1)]
        raise InputError([Fault(self.name, line, what, wrong, instead)])

    def word(self, what: str) -> str:
        """The next word."""
        if not self.left:
            self.fail(what, "the file ends before it", "complete the file")
        self.at += 1
        return self.words[self.at - 1]

    def peek(self) -> str:
        """The next word, without reading it; empty at the end."""
        return self.words[self.at] if self.left else ""

    def amount(self, what: str) -> float:
        """The next number, at least 0."""
        word = self.word(what)
        try:
            value = number(word)
        except ValueError:
            self.fail(what, f"{quoted(word)} is not a number", "write a number of at least 0")
        if value < 0:
            self.fail(what, f"{quoted(word)} is negative", "write a number of at least 0")
        if not value <= LARGEST:
            self.fail(what, f"{quoted(word)} is larger than {LARGEST:g}", "write it in a larger unit")
        return value

    def count(self, what: str, least: int = 1) -> int:
        """The next whole number."""
        word = self.word(what)
        try:
            value = number(word)
        except ValueError:
            value = math.nan
        if not (value == math.floor(value) if math.isfinite(value) else False) or value < least:
            self.fail(what, f"{quoted(word)} is not a count", f"write a whole number of at least {least}")
        if value > len(self.words) + LARGEST_FILE:
            self.fail(what, f"{quoted(word)} is more than a file can hold", "write the count of what follows")
        return int(value)

    def amounts(self, rows: int, columns: int, what: str) -> np.ndarray:
        """The next rows x columns numbers; `what` names one by {row} and {column}, counted from 1."""
        return np.array(
            [[self.amount(what.format(row=i + 1, column=j + 1)) for j in range(columns)] for i in range(rows)]
        ).reshape(rows, columns)

    def needs(self, words: int, what: str) -> None:
        """Raise `InputError` where fewer words are left than the counts promise."""
        if self.left < words:
            wrong = f"{what} ask for {words:,} more numbers, the file holds {self.left:,}"
            self.fail("", wrong, "complete the file or correct the counts")

    def pairs(self, customers: int, places: int) -> None:
        """Raise `InputError` where customers x places are more than a scenario can hold."""
        if customers * places > PAIRS:
            wrong = f"{customers:,} customers x {places:,} places are more than {PAIRS:,} pairs"
            side = math.isqrt(PAIRS)
            self.fail("", wrong, f"give a smaller problem: {side:,} x {side:,} fit, or {PAIRS // 100:,} x 100")

    def end(self, instead: str = "delete what follows, or correct the counts") -> None:
        """Raise `InputError` where words are left over."""
        if self.left:
            self.at += 1
            self.fail("", f"{quoted(self.words[self.at - 1])} follows after the end of the problem", instead)
