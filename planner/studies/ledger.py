"""The folder of a sweep: what was asked, one file for each finished point, and in the end the tables and pictures.

Every file is written beside its place and moved there, so that a sweep that was stopped or killed can go on.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import os
import tempfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from planner.faults import Fault, InputError, quoted
from planner.scenario import Scenario
from planner.studies.axes import Axis

if TYPE_CHECKING:
    from planner.studies.neighbour import Start
    from planner.studies.points import Answer, Asked

FORMAT = 1
SWEEP = "sweep.json"
_ARRAYS = {"columns": np.int8, "rows": np.int8, "whole": float, "lower": float, "upper": float}


class Ledger:
    """The folder; `done` reads a finished point, `write` finishes one."""

    def __init__(self, folder: Path, scenario: Scenario, axes: tuple[Axis, ...], asked: Asked) -> None:
        self.folder = folder
        self.identity = {
            "format": FORMAT,
            "scenario": scenario.name,
            "inputs": _hash(scenario),
            "axes": [[a.name, list(a.words)] for a in axes],
            "asked": {k: v for k, v in asdict(asked).items() if k != "time"},
        }
        self._open()

    def _open(self) -> None:
        folder, file = self.folder, self.folder / SWEEP
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise InputError([Fault(str(folder), 0, "", "it is a file or a link", "give a folder for the sweep")])
        if folder.is_dir() and any(folder.iterdir()):
            self._refuse_other(file)
        (folder / "points").mkdir(parents=True, exist_ok=True)
        if not file.is_file():
            write_text(file, json.dumps(self.identity, indent=1))

    def _refuse_other(self, file: Path) -> None:
        found = _json(file)
        place = (str(self.folder), 0, "")
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise InputError([Fault(*place, "the folder holds something that is not a sweep", "give a new folder")])
        if found.get("axes") != self.identity["axes"]:
            theirs = " ".join(f"--over {name}={','.join(words)}" for name, words in found.get("axes", []))
            wrong = f"it holds a sweep over other axes ({quoted(theirs, 200)})"
            raise InputError([Fault(*place, wrong, "give a new folder, or the same axes to go on")])
        if found.get("scenario") != self.identity["scenario"] or found.get("inputs") != self.identity["inputs"]:
            wrong = f"it holds a sweep of {quoted(str(found.get('scenario')))} with other files, overrides or --set"
            raise InputError([Fault(*place, wrong, "give a new folder, or the same scenario to go on")])
        if found.get("asked") != self.identity["asked"]:
            theirs = ", ".join(f"{k} {v}" for k, v in dict(found.get("asked", {})).items())
            wrong = f"it holds a sweep that was asked for otherwise ({theirs})"
            raise InputError([Fault(*place, wrong, "give a new folder, or the same options to go on")])

    def done(self, point: int) -> dict[str, Any] | None:
        """Record of a finished point; None when it is not finished or cannot be read."""
        found = _json(self._file(point))
        whole = isinstance(found, dict) and found.keys() >= {"row", "levelised", "binding", "start"}
        return found if whole and found.get("point") == point else None

    def write(self, point: int, sets: tuple[str, ...], answer: Answer) -> None:
        """Finish a point: one file, whole or absent."""
        record = {
            "point": point,
            "sets": list(sets),
            "row": answer.row,
            "levelised": answer.levelised,
            "binding": answer.binding,
            "start": None if answer.start is None else packed(answer.start),
        }
        write_text(self._file(point), json.dumps(_plain(record), allow_nan=False))

    def _file(self, point: int) -> Path:
        return self.folder / "points" / f"{point:05d}.json"


def _hash(scenario: Scenario) -> str:
    h = hashlib.sha256()
    for name, content in sorted(scenario.files.items()):
        if not name.endswith(".md"):
            h.update(f"{name} {len(content)}\n".encode())
            h.update(content)
    h.update(json.dumps([[c.path, c.value] for c in scenario.changes]).encode())
    return h.hexdigest()


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def packed(start: Start) -> dict[str, Any]:
    """A start as JSON: arrays compressed."""
    out: dict[str, Any] = {"program": start.program, "gap": start.gap, "boxes": len(start.lower)}
    for name, kind in _ARRAYS.items():
        out[name] = base64.b64encode(zlib.compress(np.asarray(getattr(start, name), kind).tobytes())).decode()
    return out


def unpacked(record: dict[str, Any]) -> Start:
    """The inverse of `packed`."""
    from planner.studies.neighbour import Start

    read = {n: np.frombuffer(zlib.decompress(base64.b64decode(record[n])), kind) for n, kind in _ARRAYS.items()}
    boxes = int(record["boxes"])
    lower, upper = (read[n].reshape(boxes, -1 if boxes else 0) for n in ("lower", "upper"))
    return Start(record["program"], read["columns"], read["rows"], read["whole"], lower, upper, float(record["gap"]))


def write_text(file: Path, text: str) -> None:
    """Write a text whole or not at all."""
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
        Path(temporary).chmod(0o644)
        os.replace(temporary, file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_table(file: Path, frame: pd.DataFrame, units: Mapping[str, str]) -> None:
    """Write a table as parquet, whole or not at all; each column's unit stands in the metadata of its field."""
    import pyarrow as pa  # here: it takes a while
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(frame, preserve_index=False)
    fields = [f.with_metadata({"unit": units[f.name]}) if f.name in units else f for f in table.schema]
    table = table.cast(pa.schema(fields, metadata=table.schema.metadata))
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        pq.write_table(table, temporary)
        os.replace(temporary, file)
    finally:
        temporary.unlink(missing_ok=True)
