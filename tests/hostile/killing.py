"""`planner solve` as a process of its own, killed at moments that are told, and what stands there afterwards."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import planner

ROOT = Path(planner.__file__).parents[1]
WRITING = "writing the bundle"


def environment() -> dict[str, str]:
    """Where a process of its own finds the planner, and the compilations of this one."""
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "models")]), "PYTHONUNBUFFERED": "1"}


def command(scenario: Path, out: Path, *words: str) -> list[str]:
    """The words of a solve without a replay."""
    return [sys.executable, "-m", "planner", "solve", str(scenario), "--out", str(out), "--futures", "0", *words]


@dataclass(frozen=True)
class Span:
    """Seconds of one whole solve: until it writes, and until it ends."""

    writes: float
    ends: float


def whole(scenario: Path, out: Path) -> Span:
    """Run a solve to its end. Raises when it fails."""
    started, writes = time.monotonic(), 0.0
    with subprocess.Popen(
        command(scenario, out), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=environment()
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith(WRITING):
                writes = time.monotonic() - started
    if process.returncode != 0:
        raise RuntimeError(f"the solve ended with {process.returncode}")
    return Span(writes, time.monotonic() - started)


def stopped(
    scenario: Path, out: Path, seconds: float, *, after_writing: bool, by: signal.Signals = signal.SIGKILL
) -> tuple[int, str]:
    """Stop a solve after some seconds, counted from its start or from where it writes: exit code and stderr.

    A process that ended before keeps its own code.
    """
    with subprocess.Popen(
        command(scenario, out), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=environment()
    ) as process:
        assert process.stderr is not None
        said = ""
        if after_writing:
            for line in process.stderr:
                said += line
                if line.startswith(WRITING):
                    break
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(by)
        said += process.stderr.read()
    return process.returncode, said


def fingerprint(folder: Path) -> str:
    """SHA-256 over the names and bytes of a folder; empty where there is none."""
    if not folder.is_dir():
        return ""
    h = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        h.update(path.relative_to(folder).as_posix().encode() + b"\0" + (path.read_bytes() if path.is_file() else b""))
    return h.hexdigest()


def leftovers(out: Path) -> list[str]:
    """Hidden folders that killed solves left beside a bundle."""
    return sorted(p.name for p in out.parent.iterdir() if p.name.startswith(f".{out.name}."))
