"""Reading a bundle that nobody vouches for: regular files of known names, parquet of known columns, else a sentence."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from planner.explained import FOLDER as EXPLAINED

KEYS = ("variable", "a", "b", "c", "period")
PLAN = {
    "variable": "text",
    "a": "text",
    "b": "text",
    "c": "text",
    "period": "whole",
    "year": "number",
    "value": "number",
    "unit": "text",
    "tail": "flag",
}
MONEY = {"part": "text", "period": "whole", "value": "number", "year": "number", "unit": "text", "tail": "flag"}
PRICES = {
    "row": "text", "a": "text", "b": "text", "c": "text", "period": "whole", "year": "number", "price": "number",
    "unit": "text",
    "tail": "flag", "limit": "number", "price_per_year": "number", "integers": "text",
}  # fmt: skip
MATCHES = {
    "request": "text", "site": "text", "mw": "number", "from": "number", "reason": "text", "words": "text",
    "offered": "number", "cost": "number",
}  # fmt: skip
PROOF = {"leaf": "whole", "row": "text", "y": "number"}
LEAVES = {"leaf": "whole", "column": "text", "lower": "number", "upper": "number"}
MAY_BE_INFINITE = {"limit", "lower", "upper"}
TOP = {"certificate.json", "prices.parquet", "proof.parquet", "leaves.parquet", "replay.parquet", "report.html"}
MAX_BYTES = 4_000_000_000
MAX_ROWS = 50_000_000


class Refused(Exception):
    """What stands in the way of any judgement; `faults` are the sentences."""

    def __init__(self, *faults: str) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


def shown(name: object) -> str:
    """A name as it may be shown: printable, short."""
    text = "".join(c if c.isprintable() else "?" for c in str(name))
    return text if len(text) <= 80 else text[:79] + "…"


def inventory(folder: Path, groups: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Files of a bundle (posix names) and what is wrong with them. Follows no link, opens nothing."""
    if not folder.is_dir():
        raise Refused(
            f"{shown(folder.name)}: there is no folder of this name; give the folder that `planner solve` wrote"
        )
    plan = {f"plan/{g}.parquet" for g in (*groups, "money")}
    names, faults = [], []
    for here, folders, files in os.walk(folder, followlinks=False):
        for name in sorted([*folders, *files]):
            path = Path(here) / name
            label = shown(path.relative_to(folder).as_posix())
            if label.startswith(".report.") and name in files and not path.is_symlink():
                continue  # what a killed `planner report` left; like the report itself it proves nothing
            if path.is_symlink():
                faults.append(f"{label}: it is a link; a bundle holds plain files only")
            elif label == EXPLAINED or (label.startswith(f"{EXPLAINED}/") and name in files):
                continue  # what explains a plan proves nothing; nobody but the report reads it
            elif name in folders:
                if label not in ("plan", "inputs", "measures"):
                    faults.append(f"{label}: a bundle has no such folder")
            elif not path.is_file():
                faults.append(f"{label}: it is not a plain file")
            elif path.stat().st_size > MAX_BYTES:
                faults.append(f"{label}: it is larger than 4 GB")
            elif (
                label in TOP
                or label in plan
                or label == "plan/matches.parquet"
                or label in ("measures/levelised.parquet", "measures/satellites.parquet")
                or (label.startswith("inputs/") and path.suffix in (".csv", ".toml", ".md", ".json"))
            ):
                names.append(label)
            else:
                faults.append(f"{label}: it is not part of a bundle")
    wanted = (TOP - {"replay.parquet", "report.html"}) | plan | {"inputs/scenario.toml", "inputs/changes.json"}
    faults += [f"{name}: the file is missing" for name in sorted(wanted - set(names))]
    return names, faults


def document(path: Path, label: str) -> dict:
    """A JSON object, or Refused."""
    try:
        value = json.loads(path.read_bytes().decode("utf-8"))
    except (OSError, ValueError, RecursionError):
        raise Refused(f"{label}: it is not JSON; solve again") from None
    if not isinstance(value, dict):
        raise Refused(f"{label}: it is not a JSON object; solve again")
    return value


def frame(folder: Path, name: str, columns: Mapping[str, str]) -> pd.DataFrame:
    """A parquet file with exactly these columns (text, whole, number, flag), every number finite, or Refused."""
    table = anything(folder, name)
    if set(table.columns) != set(columns) or len(table.columns) != len(columns):
        odd = sorted({str(c) for c in table.columns} ^ set(columns)) or sorted(map(str, table.columns))
        raise Refused(f"{name}: column {shown(odd[0])} is missing or does not belong there")
    out, faults = {}, []
    for column, kind in columns.items():
        values = table.loc[:, column]
        if not len(values):
            empty = {"text": object, "whole": np.int64, "number": float, "flag": bool}[kind]
            out[column] = np.zeros(0, empty)
            continue
        fault = _kind_fault(values, kind, column)
        if fault:
            faults.append(f"{name}: column {column} {fault}")
        else:
            out[column] = values.to_numpy({"text": object, "whole": np.int64, "number": float, "flag": bool}[kind])
    if faults:
        raise Refused(*faults)
    return pd.DataFrame(out)


def anything(folder: Path, name: str) -> pd.DataFrame:
    """A parquet file as a frame, or Refused."""
    try:
        with pq.ParquetFile(folder / name) as file:
            if file.metadata.num_rows > MAX_ROWS:
                raise Refused(f"{name}: it has more than {MAX_ROWS} rows")
            return file.read().to_pandas(ignore_metadata=True)
    except Refused:
        raise
    except Exception:  # pyarrow raises many kinds for garbage; every one means the same to the reader
        raise Refused(f"{name}: it is not a readable parquet file; copy the bundle again") from None


def _kind_fault(values: pd.Series, kind: str, column: str) -> str:
    if kind == "text":
        good = all(type(v) is str for v in values.tolist())
        return "" if good else "holds something that is not text"
    if kind == "flag":
        return "" if values.dtype == bool else "holds something that is not true or false"
    if not pd.api.types.is_numeric_dtype(values.dtype) or values.dtype == bool:
        return "holds something that is not a number"
    numbers = values.to_numpy(float, na_value=math.nan)
    bad = np.isnan(numbers) if column in MAY_BE_INFINITE else ~np.isfinite(numbers)
    if bad.any():
        return f"holds {numbers[bad][0]} in line {int(np.flatnonzero(bad)[0]) + 1}; every value must be a finite number"
    if kind == "whole" and (numbers != np.round(numbers)).any():
        return f"holds {numbers[numbers != np.round(numbers)][0]:g}, which is not a whole number"
    return ""


def hash_faults(folder: Path, names: list[str], recount: bool) -> list[str]:
    """Files that differ from the hashes in certificate.json, are missing or too many (recount: hostile names only)."""
    path = folder / "certificate.json"
    printed = document(path, "certificate.json")
    listed = printed.get("hashes")
    if not isinstance(listed, dict):
        return ["certificate.json: the hashes are missing"]
    hostile = [
        n for n in listed if PurePosixPath(n).is_absolute() or ".." in PurePosixPath(n).parts or "\\" in n or ":" in n
    ]
    if hostile:
        return [f"certificate.json: the name {shown(n)} leads out of the bundle" for n in hostile]
    if recount:
        return []
    faults = [f"{shown(n)}: the file is missing" for n in sorted(set(listed) - set(names))]
    for name in names:
        if name == "certificate.json" or (name == "report.html" and name not in listed):
            continue
        if name not in listed:
            faults.append(f"{name}: the file is not in the list of hashes")
        elif hashlib.sha256((folder / name).read_bytes()).hexdigest() != listed[name]:
            faults.append(f"{name}: the file was changed (its hash differs from the one in certificate.json)")
    rest = {k: v for k, v in printed.items() if k != "seal"}
    sealed = hashlib.sha256(json.dumps(rest, indent=1).encode()).hexdigest() == printed.get("seal")
    if not sealed or json.dumps(printed, indent=1).encode() != path.read_bytes():
        faults.append("certificate.json: the file was changed (it is not as `planner solve` writes it)")
    return faults
