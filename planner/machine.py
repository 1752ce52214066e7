"""What this machine has: free memory, and a cache folder in which things that take long to make are kept."""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

SLOW = 1.0
"""Seconds of making from which a thing is worth keeping."""
MOST_BYTES = 6 * 2**30
"""The oldest things of a kind are dropped beyond this total."""


def free_memory() -> float:
    """Memory [B] that programs can take now; inf where the machine does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return float("inf")
    return next((int(line.split()[1]) * 1024.0 for line in lines if line.startswith("MemAvailable")), float("inf"))


def cache_folder(name: str) -> Path | None:
    """A folder of the user's cache, made if need be; None where there is none."""
    folder = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "compute-planner" / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder


def kept(kind: str, key: bytes, code: Sequence[str], make: Callable[[], Any]) -> Any:
    """What was made of a key before, read from the cache folder; or made now and, if that took long, kept.

    code: files whose text is part of the key, so that nothing made by another version of them is read. A file that
    cannot be read or written is as if it were not there.
    """
    folder = cache_folder(kind)
    if folder is None:
        return make()
    text = b"".join(Path(f).read_bytes() for f in sorted(code))
    file = folder / f"{hashlib.sha256(hashlib.sha256(text).digest() + key).hexdigest()}.pickle"
    try:
        with file.open("rb") as stream:
            found = pickle.load(stream)
        os.utime(file)
        return found
    except Exception:  # a missing, cut or foreign file: made anew
        begun = perf_counter()
    made = make()
    if perf_counter() - begun > SLOW:
        _keep(folder, file, made)
    return made


def _keep(folder: Path, file: Path, made: Any) -> None:
    part = file.with_suffix(f".{os.getpid()}")
    try:
        with part.open("wb") as stream:
            pickle.dump(made, stream, protocol=5)
        part.replace(file)
        files = sorted(folder.glob("*.pickle"), key=lambda f: f.stat().st_mtime, reverse=True)
        total = np.cumsum([f.stat().st_size for f in files])
        for old, size in zip(files, total, strict=True):
            if size > MOST_BYTES and old != file:
                old.unlink(missing_ok=True)
    except OSError:
        part.unlink(missing_ok=True)
