"""Campaigns of seeded bad input: scenarios, changes, bundles; each counts how its inputs ended."""

from __future__ import annotations

import contextlib
import json
import shutil
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import journey
import numpy as np
import pandas as pd
from mutations import MUTATIONS, NEUTRAL, REORDERED, Rng, fresh, mutate, pick
from typer.testing import CliRunner

from planner import InputError, read_scenario, read_tables
from planner.assemble import Assembly, assemble_compiled
from planner.cli import app
from planner.report import report
from planner.verify import judge, verify

PATHS = (
    *("sites.s1.energised", "sites.*.power_price", "sites.s?.zone", "scenario.periods", "scenario.title"),
    *("limits.bud.on", "zones.usz.link_capacity", "classes.chat.demand", "classes.*.kind", "fleets.carsf.classes"),
    *("phases.p1.after", "scenario.delivery", "bills.b1.item", "scenario.blocks", "sites.[s]1.energised"),
    *("sites.[.zone", "sites.s1.site", "series.x.value", "a.b", "..", ".", "", "scenario", "scenario.", "sites"),
    *("sites.s1", "sites.csv", "../../etc/passwd", "sites.s1.energised.more", "Sites.s1.energised"),
    *("sites.\x1b[31m.zone", "sites.*.*", "*.*.*", "é.é.é"),
)
VALUES = (
    *("", " ", "0", "-0", "1", "-1", "x0", "x2", "x-1", "x1e300", "+1", "+-1", "++1", "xx2", "none", "nan", "inf"),
    *("-inf", "1e999", "9" * 400, "yes", "no", "true", "5 MW", "5 MW facility", "5 kW facility", "5 MW IT", "1_000"),
    *("٣", "us", "usz", "leo", "s1", "p2", "*", "*;us", ";;", "a;b", "=cmd()", "<script>alert(1)</script>", "\x1b[2J"),
    *("\u202eabc", "x" * 5000, "{{7*7}}", "job", "dependable", "400", "401", "24", "7", "1.5", "a=b", "\0"),
)
NAMES = ("cheap_power", "short", "none", "", "\x1b[31m", "a" * 5000, "../x", "é", "\0", "*")


def _silent(_: str) -> None:
    """Say nothing."""


@dataclass
class Tally:
    """Counts by kind and end, the slowest input, and every input that must not end so."""

    ends: Counter[tuple[str, str]] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")
    bad: list[str] = field(default_factory=list)
    commands: int = 0
    planned: int = 0
    tell: Callable[[str], None] = _silent
    started: float = field(default_factory=time.monotonic)

    def add(self, kind: str, outcome: journey.Outcome, what: str) -> None:
        """Count one input."""
        self.ends[kind, outcome.end] += 1
        self.slowest = max(self.slowest, (outcome.seconds, what))
        if outcome.end not in journey.GOOD:
            self.wrong(f"{what}: {outcome.end}: {outcome.detail}")
        count = sum(self.ends.values())
        if count % 100 == 0:
            self.tell(f"{count} inputs, {time.monotonic() - self.started:.0f} s, {len(self.bad)} bad")

    def wrong(self, sentence: str) -> None:
        """Keep what must not happen."""
        self.bad.append(sentence)
        self.tell(sentence)

    def table(self) -> dict[str, dict[str, int]]:
        """Kind -> end -> count."""
        out: dict[str, dict[str, int]] = {}
        for (kind, end), count in sorted(self.ends.items()):
            out.setdefault(kind, {})[end] = count
        return out


def scenarios(
    source: Path,
    work: Path,
    numbers: Iterable[int],
    seed: int,
    *,
    every_assembly: int = 1,
    every_solve: int = 0,
    every_command: int = 0,
    tell: Callable[[str], None] = _silent,
) -> Tally:
    """Mutated scenarios through the path of `journey`; every so many assembled, solved, handed to `planner check`.

    Input k of a seed is the same whatever else is run.
    """
    tally, base = Tally(tell=tell), _base(source, work)
    with contextlib.suppress(KeyboardInterrupt):  # stopped by hand: what was counted counts
        for k in numbers:
            rng = np.random.default_rng([seed, k])
            folder = fresh(source, work / "scenario")
            kind, steps = mutate(folder, rng)
            what = f"seed {seed}, input {k} ({', '.join(steps)})"
            outcome = journey.journey(
                folder, assemble=k % every_assembly == 0, solve=bool(every_solve) and k % every_solve == 0
            )
            tally.planned += outcome.end in (journey.SOLVED, journey.NO_PLAN)
            tally.add(kind, outcome, what)
            if kind in NEUTRAL and k % every_assembly == 0 and outcome.program != base[1]:
                tally.wrong(f"{what}: the program changed although nothing was said differently: {outcome.end}")
            if (
                kind == REORDERED
                and k % every_assembly == 0
                and not journey.same_under_names(base[0], assemble_compiled(read_tables(read_scenario(folder))))
            ):
                tally.wrong(f"{what}: the program changed with the order of rows")
            if every_command and k % every_command == 0:
                tally.commands += 1
                for wrong in _command(outcome, "check", str(folder)):
                    tally.wrong(f"{what}: {wrong}")
    return tally


def _base(source: Path, work: Path) -> tuple[Assembly, str]:
    assembly = assemble_compiled(read_tables(read_scenario(fresh(source, work / "scenario"))))
    return assembly, journey.digest(assembly.program.flat())


def _command(outcome: journey.Outcome, *words: str) -> list[str]:
    """What is wrong with the command on the same input: code 0 where it is accepted, 2 with sentences where not."""
    result = CliRunner().invoke(app, list(words))
    expected = 2 if outcome.end == journey.REFUSED else 0
    wrong = []
    if result.exit_code != expected:
        wrong.append(f"planner {words[0]} ended with {result.exit_code}, not {expected}: {result.output[-300:]!r}")
    if "Traceback" in result.output or "\x1b" in result.output:
        wrong.append(f"planner {words[0]} printed a traceback or an escape")
    return wrong


def changes(source: Path, work: Path, count: int, seed: int, tell: Callable[[str], None] = _silent) -> Tally:
    """Mutated ``--set`` paths and values, and ``--override`` names."""
    tally, folder = Tally(tell=tell), fresh(source, work / "scenario")
    for k in range(count):
        rng = np.random.default_rng([seed, 1, k])
        sets = tuple(_change(rng) for _ in range(int(rng.integers(1, 3))))
        names = tuple(pick(rng, NAMES) for _ in range(int(rng.integers(0, 2))))
        kind = "--set and --override" if names else "--set"
        tally.add(
            kind, journey.journey(folder, sets, names), f"seed {seed}, change {k} ({sets!r:.200}, {names!r:.100})"
        )
    return tally


def _change(rng: Rng) -> str:
    way, path, value = rng.random(), pick(rng, PATHS), pick(rng, VALUES)
    if way < 0.75:
        return f"{path}={value}"
    if way < 0.85:
        return path
    characters = list(f"{path}={value}")[:80] or ["x"]
    for _ in range(int(rng.integers(1, 5))):
        characters[int(rng.integers(len(characters)))] = pick(rng, tuple("=.*[]?x+-;\x00\u202e é0"))
    return "".join(characters)


def bundles(
    bundle: Path, assembly: Assembly, work: Path, count: int, seed: int, tell: Callable[[str], None] = _silent
) -> Tally:
    """Mutated bundles before `verify`, `judge` (the same without hashes) and `report`: sentences, never a traceback."""
    tally = Tally(tell=tell)
    for k in range(count):
        rng = np.random.default_rng([seed, 2, k])
        folder = work / "bundle"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(bundle, folder)
        kind = pick(rng, list(BUNDLE_MUTATIONS))
        if not BUNDLE_MUTATIONS[kind](folder, rng):
            continue
        started = time.process_time()
        end, detail = _judged(folder, assembly, deep=k % 10 == 0)
        tally.add(
            f"bundle: {kind}",
            journey.Outcome(end, time.process_time() - started, detail),
            f"seed {seed}, bundle {k} ({kind})",
        )
    return tally


def _judged(folder: Path, assembly: Assembly, *, deep: bool) -> tuple[str, str]:
    untouched = False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            verdicts = [verify(folder), judge(folder, assembly), *([verify(folder, recount=True)] if deep else [])]
            untouched = verdicts[0].ok
            for verdict in verdicts:
                if not verdict.ok and not verdict.faults:
                    return "badly said", "refused without a reason"
                if any(not f.isprintable() or len(f) > 2000 for f in verdict.faults):
                    return "badly said", repr(verdict.faults)[:300]
            try:
                report(folder)
            except InputError as error:
                if any(not str(f).isprintable() for f in error.faults):
                    return "badly said", str(error)
        except Exception as error:  # what must never reach a user
            at = [
                f"{Path(f.filename).name}:{f.lineno}"
                for f in traceback.extract_tb(error.__traceback__)
                if "planner" in f.filename
            ]
            return "traceback", f"{type(error).__name__} {' '.join(at[-3:])}: {error}"[:300]
    return (journey.ACCEPTED if untouched else journey.REFUSED), ""


def _file(folder: Path, rng: Rng, *suffixes: str) -> Path:
    return pick(rng, sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix in suffixes))


def _bytes(folder: Path, rng: Rng) -> bool:
    path = _file(folder, rng, ".parquet", ".json", ".csv", ".toml")
    data = bytearray(path.read_bytes())
    for _ in range(int(rng.integers(1, 6))):
        if data:
            data[int(rng.integers(len(data)))] = int(rng.integers(256))
    path.write_bytes(bytes(data[: int(rng.integers(len(data) + 1))] if rng.random() < 0.3 else data))
    return True


def _table(folder: Path, rng: Rng) -> bool:
    """Parquet files that are whole, and wrong in what they hold."""
    path = _file(folder, rng, ".parquet")
    frame = pd.read_parquet(path)
    if not len(frame):
        return False
    column, row, way = pick(rng, list(frame.columns)), int(rng.integers(len(frame))), int(rng.integers(9))
    if way == 0:
        frame = frame.drop(columns=[column])
    elif way == 1:
        frame = frame.rename(columns={column: "other"})
    elif way == 2:
        frame = frame.iloc[:0]
    elif way == 3:
        frame = pd.concat([frame, frame.iloc[[row]]])
    elif way == 4:
        frame = frame.drop(index=row)
    elif way == 5:
        frame[column] = [None if i == row else v for i, v in enumerate(frame[column])]
    elif way == 6:
        frame[column] = frame[column].astype(str)
    elif way == 7:
        frame["<script>"] = 1.0
    elif pd.api.types.is_float_dtype(frame[column]):
        frame.loc[row, column] = pick(rng, (np.nan, np.inf, -np.inf, 1e308, -1.0, 1e-300))
    elif pd.api.types.is_integer_dtype(frame[column]):
        frame.loc[row, column] = pick(rng, (-1, 10**12, 2**62))
    else:
        frame = frame.astype({column: object})
        frame.loc[row, column] = "\x1b[31m<script>"
        frame[column] = frame[column].astype(str)
    frame.to_parquet(path, index=False)
    return True


def _json(folder: Path, rng: Rng) -> bool:
    path = _file(folder, rng, ".json")
    document = json.loads(path.read_text())
    key = pick(rng, list(document))
    if rng.random() < 0.2:
        del document[key]
    else:
        odd = ("", "x", "\x1b[2J", "<script>", "x" * 100_000, [], {}, [[]], [None], {"a": 1})
        values = (None, True, -1, 1e308, 10**400, float("nan"), *odd)
        document[key] = pick(rng, values)
    if isinstance(document.get("hashes"), dict) and rng.random() < 0.3:
        document["hashes"][pick(rng, ("../x", "/etc/passwd", "a\0b", "\x1b", "x" * 5000))] = pick(
            rng, (1, None, "0" * 64)
        )
    path.write_text(json.dumps(document))
    return True


def _inputs(folder: Path, rng: Rng) -> bool:
    return MUTATIONS[pick(rng, list(MUTATIONS))](folder / "inputs", rng)


def _files(folder: Path, rng: Rng) -> bool:
    path, way = _file(folder, rng, ".parquet", ".json", ".csv", ".toml"), int(rng.integers(5))
    if way == 0:
        path.unlink()
    elif way == 1:
        path.unlink()
        path.mkdir()
    elif way == 2:
        path.unlink()
        path.symlink_to("/proc/self/mem")
    elif way == 3:
        path.write_bytes(b"")
    else:
        other = _file(folder, rng, path.suffix)
        path.write_bytes(other.read_bytes())
    return True


BUNDLE_MUTATIONS: dict[str, Callable[[Path, Rng], bool]] = {
    "bytes": _bytes,
    "parquet": _table,
    "json": _json,
    "inputs": _inputs,
    "files": _files,
}
