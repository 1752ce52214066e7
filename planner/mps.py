"""A program as free-format MPS, for any other solver.

Names are made safe injectively (``%XX`` per odd byte), so `original_name` restores them; nothing else is lost.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote, unquote

import numpy as np

from planner.program import Flat

OBJECTIVE = "%cost"
"""Name of the objective row: no safe name can equal it, as % there is followed by two hexadecimal digits."""

KEPT = "[](),@:;+-_./"


def safe_name(name: str) -> str:
    """Write a name without blanks or comment signs; one to one."""
    return quote(name, safe=KEPT) if name else "%"


def original_name(safe: str) -> str:
    """Inverse of `safe_name`."""
    return "" if safe == "%" else unquote(safe)


def write_mps(path: str | os.PathLike[str], flat: Flat, column_names: Sequence[str], row_names: Sequence[str]) -> None:
    """Write the program, atomically. All finite bounds are written, implied ones too.

    Raises ValueError if names are missing or not unique.
    """
    for kind, names, size in (("row", row_names, flat.shape[0]), ("column", column_names, flat.shape[1])):
        if len(names) != size:
            raise ValueError(f"{kind} names — {len(names)} given — the program has {size}")
        if len(set(names)) != size:
            twice = next(name for name in names if list(names).count(name) > 1)
            raise ValueError(f"{kind} name {twice} — is used more than once — give every {kind} its own")
    path = Path(path)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="ascii", newline="\n") as file:
            for line in _lines(flat, [safe_name(n) for n in column_names], [safe_name(n) for n in row_names]):
                file.write(line + "\n")
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _lines(flat: Flat, columns: list[str], rows: list[str]) -> Iterator[str]:
    yield "NAME program FREE"
    yield "ROWS"
    yield f" N {OBJECTIVE}"
    letter = {-1: "L", 0: "E", 1: "G"}
    for name, sense in zip(rows, flat.sense, strict=True):
        yield f" {letter[int(sense)]} {name}"
    yield "COLUMNS"
    yield from _columns(flat, columns, rows)
    yield "RHS"
    if flat.constant:
        yield f" RHS {OBJECTIVE} {_number(-flat.constant)}"
    for name, value in zip(rows, flat.rhs, strict=True):
        if value:
            yield f" RHS {name} {_number(value)}"
    yield "BOUNDS"
    for name, low, up, whole in zip(columns, flat.lower, flat.upper, flat.integer, strict=True):
        yield from _bounds(name, float(low), float(up), bool(whole))
    yield "ENDATA"


def _columns(flat: Flat, columns: list[str], rows: list[str]) -> Iterator[str]:
    a = flat.matrix.tocsc()
    marked = False
    for j, name in enumerate(columns):
        if bool(flat.integer[j]) != marked:
            marked = not marked
            yield f" MARKER{j} 'MARKER' '{'INTORG' if marked else 'INTEND'}'"
        yield f" {name} {OBJECTIVE} {_number(flat.cost[j])}"
        for k in range(a.indptr[j], a.indptr[j + 1]):
            yield f" {name} {rows[a.indices[k]]} {_number(a.data[k])}"
    if marked:
        yield " MARKER_END 'MARKER' 'INTEND'"


def _bounds(name: str, low: float, up: float, whole: bool) -> Iterator[str]:
    if low == up:
        yield f" FX BND {name} {_number(low)}"
        return
    if np.isneginf(low) and np.isposinf(up):
        yield f" FR BND {name}"
        return
    if np.isneginf(low):
        yield f" MI BND {name}"
    elif low != 0 or up <= 0:
        yield f" LO BND {name} {_number(low)}"
    if np.isfinite(up):
        yield f" UP BND {name} {_number(up)}"
    elif whole:
        # Readers take an integer column without bounds for a binary one.
        yield f" PL BND {name}"


def _number(value: float) -> str:
    return repr(float(value))
