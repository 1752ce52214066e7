"""A file to validate, as text."""

from __future__ import annotations

import stat
from pathlib import Path

from planner.faults import Fault, InputError, printable

LARGEST_FILE = 64_000_000
WANTED = "give a JSON list of published results or a CSV of round trips"


def text_of(path: Path) -> str:
    """A file as text. Raises `InputError` where it is not one."""
    wrong = ""
    content = b""
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            wrong = "it is not a file"
        elif state.st_size > LARGEST_FILE:
            wrong = "the file is larger than 64 MB"
        else:
            content = path.read_bytes()
    except (OSError, ValueError):
        wrong = "the file cannot be read"
    if wrong:
        raise InputError([Fault(printable(str(path)), 0, "", wrong, WANTED)])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise InputError([Fault(printable(str(path)), 0, "", "it is not a text file", WANTED)])
    return text
