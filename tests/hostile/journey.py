"""The path that a user takes through one scenario, with everything that must not happen on it told apart."""

from __future__ import annotations

import contextlib
import hashlib
import io
import re
import signal
import time
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import planner
from planner import InputError, read_scenario, read_tables
from planner.assemble import Assembly, assemble_compiled
from planner.bundle import write_bundle
from planner.check import check
from planner.program import Flat
from planner.tables import Tables

SECONDS = 30.0
"""Processor time that no input may exceed on its whole path (and ten times as much by the clock, for what waits)."""
REFUSED, ACCEPTED, SOLVED, NO_PLAN = "refused", "accepted", "solved", "no plan"
GOOD = (REFUSED, ACCEPTED, SOLVED, NO_PLAN)
_SENTENCE = re.compile(r"(?P<place>\S.*?) — (?P<wrong>\S.*?) — (?P<instead>\S.*)")
_FILE = re.compile(r"[^/]*\.(csv|toml|md)(:\d+)?( .*)?|(--set|--override|override) .*|.*/scenario( .*)?|.*scenario")


#: Programs of contents that were assembled before in this process.
_SEEN: dict[bytes, str] = {}


class TooSlow(Exception):
    """The path took longer than `SECONDS`."""


@dataclass(frozen=True)
class Outcome:
    """How one input ended: one of `GOOD`, or what must not happen with its reason; seconds of processor time."""

    end: str
    seconds: float
    detail: str = ""
    program: str = ""


def journey(
    folder: Path,
    sets: tuple[str, ...] = (),
    overrides: tuple[str, ...] = (),
    *,
    assemble: bool = True,
    solve: bool = False,
) -> Outcome:
    """Read and check; with `assemble` also the program, with `solve` a plan, its bundle and the verdict on it."""
    started, errors = time.process_time(), io.StringIO()
    before = _names(folder.parent)
    end, detail, program = "", "", ""
    with warnings.catch_warnings(record=True) as warned, contextlib.redirect_stderr(errors), _clock():
        warnings.simplefilter("always")
        try:
            end, detail, program = _walked(folder, sets, overrides, assemble, solve)
        except InputError as error:
            end, detail = REFUSED, badly_said(error)
        except TooSlow:
            end = "too slow"
        except Exception as error:  # what must never reach a user
            at = traceback.extract_tb(error.__traceback__)
            where = next((f"{Path(f.filename).name}:{f.lineno}" for f in reversed(at) if "planner" in f.filename), "")
            end, detail = "traceback", f"{type(error).__name__} {where}: {error}"[:300]
    if end in GOOD and detail:
        end = "badly said" if end == REFUSED else "bad program"
    elif end in GOOD and (warned or errors.getvalue()):
        end, detail = "warning", errors.getvalue() + "; ".join(str(w.message)[:200] for w in warned)
    elif end in GOOD and _names(folder.parent) - before:
        end, detail = "half-written", ", ".join(sorted(_names(folder.parent) - before))
    return Outcome(end, time.process_time() - started, detail, program)


def _walked(
    folder: Path, sets: tuple[str, ...], overrides: tuple[str, ...], assemble: bool, solve: bool
) -> tuple[str, str, str]:
    tables = read_tables(read_scenario(folder, overrides, sets))
    said = content(tables)
    if said in _SEEN and not solve:
        return ACCEPTED, "", _SEEN[said]
    wrong = [f"{t}.{c}" for t, cells in tables.numbers.items() for c, v in cells.items() if np.isnan(v).any()]
    wrong += _odd_frames(check(tables))
    if not assemble:
        return ACCEPTED, "; ".join(wrong), ""
    assembly = assemble_compiled(tables)
    flat = assembly.program.flat()
    wrong += odd_numbers(flat)
    program = digest(flat)
    if not wrong:
        _SEEN[said] = program
    if not solve or wrong:
        return ACCEPTED, "; ".join(wrong), program
    out = folder.parent / "bundle"
    try:
        plan = planner.solve(folder, overrides=overrides, sets=sets, gap=0.1, time=5.0)
    except planner.NoPlan:
        return NO_PLAN, "", program
    try:
        write_bundle(plan, out)
        verdict = planner.verify(out)
        if not verdict.ok:
            return SOLVED, "; ".join(verdict.faults), program
    finally:
        _remove(out)
    return SOLVED, "", program


def content(tables: Tables) -> bytes:
    """SHA-256 of everything that `assemble` reads: equal content, equal program."""
    h = hashlib.sha256(repr(sorted(tables.settings.items())).encode())
    for name, frame in tables.frames.items():
        h.update(f"{name}{list(frame.index)}{frame.to_dict('list')}".encode())
        for column, values in tables.numbers[name].items():
            h.update(f"{column}{values.shape}".encode() + values.tobytes())
    return h.digest()


def _remove(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    if folder.exists():
        folder.rmdir()


def _names(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()}


@contextlib.contextmanager
def _clock() -> Iterator[None]:
    def late(*_: object) -> None:
        raise TooSlow

    timers = ((signal.SIGPROF, signal.ITIMER_PROF, SECONDS), (signal.SIGALRM, signal.ITIMER_REAL, 10 * SECONDS))
    before = [signal.signal(name, late) for name, _, _ in timers]
    for _, timer, seconds in timers:
        signal.setitimer(timer, seconds)
    try:
        yield
    finally:
        for (name, timer, _), handler in zip(timers, before, strict=True):
            signal.setitimer(timer, 0)
            signal.signal(name, handler)


def badly_said(error: InputError) -> str:
    """What is wrong with the sentences of a refusal; empty when each names a place, what is wrong, what to write."""
    lines = str(error).splitlines()
    if not error.faults or len(lines) != len(error.faults):
        return f"{len(error.faults)} faults in {len(lines)} lines"
    for line in lines:
        match = _SENTENCE.fullmatch(line)
        if not match or not line.isprintable() or len(line) > 600:
            return f"not a sentence: {line[:200]!r}"
        if not _FILE.fullmatch(match["place"]):
            return f"no file is named: {line[:200]!r}"
    return ""


def _odd_frames(report: object) -> list[str]:
    """Columns of a check report that hold infinities where there should be a number (a blank stands for unknown)."""
    found = []
    for name in ("power", "layers", "launches", "demand", "confidence"):
        frame = getattr(report, name).select_dtypes("number")
        found += [f"check: {name}.{c}" for c in frame if "over" not in c and np.isinf(frame[c].to_numpy(float)).any()]
    return found


def odd_numbers(flat: Flat) -> list[str]:
    """What is not finite, or not in order, in a program."""
    found = []
    for name in ("cost", "lower", "upper", "rhs"):
        values = getattr(flat, name)
        if not np.isfinite(values).all():
            found.append(f"{name} holds {values[~np.isfinite(values)][0]}")
    if not np.isfinite(flat.matrix.data).all():
        found.append("the matrix is not finite")
    if not np.isfinite(flat.constant):
        found.append("the constant is not finite")
    if (flat.lower > flat.upper + 1e-9 * np.maximum(1, np.abs(flat.upper))).any():
        found.append("a lower bound stands above its upper bound")
    return found


def digest(flat: Flat) -> str:
    """SHA-256 of every number of a program."""
    h = hashlib.sha256(repr(flat.shape).encode())
    for a in (flat.matrix.data, flat.matrix.indices, flat.matrix.indptr, flat.cost, flat.lower, flat.upper, flat.rhs):
        h.update(np.ascontiguousarray(a).tobytes())
    for a in (flat.sense, flat.integer):
        h.update(np.asarray(a, np.int64).tobytes())
    h.update(np.float64(flat.constant).tobytes())
    return h.hexdigest()


def same_under_names(one: Assembly, two: Assembly) -> bool:
    """Whether two programs hold the same rows and columns under the same names, in whatever order."""
    a, b = (x.program.flat() for x in (one, two))
    if a.shape != b.shape:
        return False
    orders = []
    for x in (one, two):
        layout = x.program.layout
        orders.append((np.argsort(np.array(layout.row_names())), np.argsort(np.array(layout.column_names()))))
    names = [(sorted(x.program.layout.row_names()), sorted(x.program.layout.column_names())) for x in (one, two)]
    (ra, ca), (rb, cb) = orders
    return (
        names[0] == names[1]
        and np.allclose(a.matrix[ra][:, ca].toarray(), b.matrix[rb][:, cb].toarray(), rtol=1e-9, atol=1e-12)
        and all(
            np.allclose(getattr(a, v)[ca], getattr(b, v)[cb], rtol=1e-9, atol=1e-12) for v in ("cost", "lower", "upper")
        )
        and np.allclose(a.rhs[ra], b.rhs[rb], rtol=1e-9, atol=1e-12)
    )
