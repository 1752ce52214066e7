"""Structures kept on disk: laying out a large pattern takes longer than reading it back."""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import jax
import jax.numpy as jnp
import numpy as np

from planner.compiled import cache_folder
from planner.engines.interior.fronts import Structure

SLOW = 1.0
"""Seconds from which a layout is worth keeping."""
MOST_BYTES = 6 * 2**30
"""The oldest structures are dropped beyond this total."""


def remembered(digest: bytes, make: Callable[[], Structure]) -> Structure:
    """The structure of a digest from the user's cache folder, or made and, if that took long, kept there.

    A file that cannot be read or written is as if it were not there. The digest is joined with that of this engine's
    own code, so that no other version's structure is read.
    """
    folder = cache_folder("structures")
    if folder is None:
        return make()
    file = folder / f"{hashlib.sha256(_code() + digest).hexdigest()}.pickle"
    try:
        with file.open("rb") as stream:
            found = pickle.load(stream)
        os.utime(file)
        return jax.tree.map(jnp.asarray, found)
    except Exception:  # a missing, cut or foreign file: made anew below
        begun = perf_counter()
        made = make()
    if perf_counter() - begun > SLOW:
        _keep(folder, file, made)
    return made


def _keep(folder: Path, file: Path, made: Structure) -> None:
    part = file.with_suffix(f".{os.getpid()}")
    try:
        with part.open("wb") as stream:
            pickle.dump(jax.tree.map(np.asarray, made), stream, protocol=5)
        part.replace(file)
        files = sorted(folder.glob("*.pickle"), key=lambda f: f.stat().st_mtime, reverse=True)
        total = np.cumsum([f.stat().st_size for f in files])
        for old, size in zip(files, total, strict=True):
            if size > MOST_BYTES and old != file:
                old.unlink(missing_ok=True)
    except OSError:
        part.unlink(missing_ok=True)


def _code() -> bytes:
    here = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(f.read_bytes() for f in here)).digest()
