"""Bundles: what `solve` leaves on disk. Written beside the target and moved into place, so a bundle is whole or absent.

A solve that is killed may leave a hidden folder ``.NAME.*.part`` beside the bundle; the next one removes it.

``plan/*.parquet`` decisions, money, matches of offtake requests · ``prices.parquet`` · ``proof.parquet`` row prices
that give the bound (with ``leaves.parquet``, the boxes of the integers they hold for) · ``measures/`` levelised cost,
watts per kilogram · ``replay.parquet`` · ``inputs/`` the files as they were read and ``changes.json`` ·
``certificate.json`` with the hash of every file and its own seal · ``report.html`` · ``explained/*.parquet`` what
`bottlenecks`, `queues`, `futures`, `alternatives` and `frontier` found, for the report.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from planner.engines import Leaf
from planner.explained import FOLDER as EXPLAINED
from planner.faults import Fault, InputError, printable, quoted
from planner.matching import FILE as MATCHES
from planner.matching import has_requests, pairs_of
from planner.measures import levelised_cost, satellite_table
from planner.recount.reading import TOP
from planner.results import GROUPS, Plan
from planner.scenario import datasets_folder

FORMAT = 1
UNHASHED = {"certificate.json", "report.html"}
FOLDERS = {"plan", "inputs", "measures", EXPLAINED}
PART = ".part"


def write_bundle(plan: Plan, out: str | Path) -> Path:
    """Write a plan as a bundle; an old bundle at `out` is replaced, any other folder is refused."""
    out = Path(out)
    refuse_foreign(out, plan.tables.scenario.folder)
    out.parent.mkdir(parents=True, exist_ok=True)
    with _workplace(out) as work:
        _fill(plan, work / "new")
        _put(work / "new", out, work / "old")
    _remove_leftovers(out)
    return out


@contextlib.contextmanager
def _workplace(out: Path) -> Iterator[Path]:
    """A hidden folder beside `out`, locked while it is in use: the lock of a killed process is gone with it."""
    work = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=PART, dir=out.parent))
    handle = os.open(work, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        (work / "new").mkdir()
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        os.close(handle)


def _put(new: Path, out: Path, old: Path) -> None:
    """Move a whole bundle into place; an old one goes away only for it, and comes back if it cannot."""
    if not out.exists():
        os.replace(new, out)
        return
    os.replace(out, old)
    try:
        os.replace(new, out)
    except BaseException:
        os.replace(old, out)
        raise


def _remove_leftovers(out: Path) -> None:
    """Remove what killed processes left: folders of this bundle's name that nobody holds. Never fails."""
    for path in out.parent.iterdir():
        if not (path.name.startswith(f".{out.name}.") and path.suffix == PART) or path.is_symlink():
            continue
        with contextlib.suppress(OSError):
            handle = os.open(path, os.O_RDONLY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(handle)


def refuse_foreign(out: Path, scenario: Path | None = None) -> None:
    """Raise unless `out` is new, empty or a bundle, can be written, and is apart from the scenario and the datasets."""
    wrong, instead = _place_fault(out, scenario)
    if wrong:
        shown = str(out) if str(out) == printable(str(out)) else quoted(str(out), 200)
        raise InputError([Fault(shown, 0, "", wrong, instead)])


def _place_fault(out: Path, scenario: Path | None) -> tuple[str, str]:
    """What is wrong with a place for a bundle, and what to give instead; two empty texts when it is good."""
    if str(out) != printable(str(out)):
        return "its name cannot be shown on one line", "give a plain name"
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        return "it is a file or a link", "give a folder for the bundle"
    real = Path(os.path.realpath(out))
    if real in (Path.cwd().resolve(), *Path.cwd().resolve().parents, Path.home()) or out.name == "..":
        return "it is the folder you are in, one above it, or your home", "give a new folder for the bundle"
    inputs = Path(os.path.realpath(scenario)) if scenario is not None else None
    for folder, words in ((inputs, "the scenario"), (Path(os.path.realpath(datasets_folder())), "the datasets")):
        if folder is not None and (real.is_relative_to(folder) or folder.is_relative_to(real)):
            return f"it lies in the folder of {words}, or around it", "give a folder apart from it"
    if out.is_dir():
        strange = next(
            (n for n in sorted(os.listdir(out)) if n not in TOP | FOLDERS and not n.startswith(".report.")), ""
        )
        if strange and (out / "certificate.json").is_file():
            return f"beside a bundle the folder holds {quoted(strange)}", "move it away, or give a new folder"
        if any(out.iterdir()) and not _sealed(out / "certificate.json"):
            return "the folder holds something that is not a bundle", "give a new folder"
    above = next(p for p in (real.parent, *real.parents) if p.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        return f"nothing can be written in {quoted(str(above), 200)}", "give a folder that can be written"
    return "", ""


def _sealed(certificate: Path) -> bool:
    """Whether a file looks like the certificate of a bundle (of any version, changed or not)."""
    try:
        document = json.loads(certificate.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(document, dict) and {"format", "seal", "hashes"} <= set(document)


def _fill(plan: Plan, folder: Path) -> None:
    (folder / "plan").mkdir()
    for group in GROUPS:
        plan.group(group).to_parquet(folder / "plan" / f"{group}.parquet", index=False)
    plan.money.to_parquet(folder / "plan" / "money.parquet", index=False)
    if has_requests(plan.tables):
        pairs_of(plan).to_parquet(folder / MATCHES, index=False)
    plan.prices.to_parquet(folder / "prices.parquet", index=False)
    proof, boxes = _proof(plan)
    proof.to_parquet(folder / "proof.parquet", index=False)
    boxes.to_parquet(folder / "leaves.parquet", index=False)
    measures = folder / "measures"
    measures.mkdir()
    for name, frame in measured(plan).items():
        frame.to_parquet(measures / f"{name}.parquet", index=False)
    if plan.replay is not None:
        plan.replay.to_parquet(folder / "replay.parquet", index=False)
    inputs = folder / "inputs"
    inputs.mkdir()
    scenario = plan.tables.scenario
    for name, content in scenario.files.items():
        (inputs / name).write_bytes(content)
    changes = [[c.origin, c.path, c.value] for c in scenario.changes]
    (inputs / "changes.json").write_text(
        json.dumps({"name": scenario.name, "overrides": list(scenario.active), "changes": changes}, indent=1)
    )
    c = plan.certificate
    document = {
        "format": FORMAT,
        "scenario": scenario.name,
        "overrides": list(scenario.active),
        **plan.summary(),
        "certified": c.certified,
        "reasons": list(c.reasons),
        "gap_asked": plan.options.get("gap", 0.01),
        "relaxation": bool(plan.options.get("relax", False)),
        "worst_row": {"name": c.worst_row[1], "violation": c.worst_violation},
        "worst_integer": {"name": c.worst_integer_column[1], "violation": c.worst_integer},
        "money_difference": c.money_difference * 1e3,
        "claimed_bound": None if plan.solution.claimed_bound is None else plan.solution.claimed_bound * 1e3,
        "bound_from": f"{max(len(plan.leaves), 1)} leaf" + ("s" if len(plan.leaves) > 1 else ""),
        "prices": "computed" if plan.y.any() else "not computed",
        "program": plan.assembly.program.layout.digest,
        "hashes": hashes(folder),
    }
    document["seal"] = seal(document)
    (folder / "certificate.json").write_text(json.dumps(document, indent=1))


def measured(plan: Plan) -> dict[str, pd.DataFrame]:
    """The measures of a plan that a bundle holds: levelised cost, and watts per kilogram where satellites may fly."""
    out = {"levelised": levelised_cost(plan)}
    if plan.tables.keys("satellites"):
        out["satellites"] = satellite_table(plan.tables)
    return out


def _proof(plan: Plan) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Row prices of each leaf (non-zeros) and the bounds of its integer columns that differ from the program."""
    names = plan.assembly.program.layout
    rows, columns = names.row_names(), names.column_names()
    prices, boxes = [], []
    for k, leaf in enumerate(plan.leaves):
        some = np.nonzero(leaf.y)[0]
        prices.append(pd.DataFrame({"leaf": k, "row": [rows[i] for i in some], "y": leaf.y[some]}))
        moved = np.nonzero((leaf.lower != plan.flat.lower) | (leaf.upper != plan.flat.upper))[0]
        boxes.append(
            pd.DataFrame(
                {
                    "leaf": k,
                    "column": pd.Series([columns[j] for j in moved], dtype=str),
                    "lower": leaf.lower[moved],
                    "upper": leaf.upper[moved],
                }
            )
        )
    empty = pd.DataFrame({"leaf": pd.Series(dtype=int), "row": pd.Series(dtype=str), "y": pd.Series(dtype=float)})
    none = pd.DataFrame(
        {
            "leaf": pd.Series(dtype=int),
            "column": pd.Series(dtype=str),
            "lower": pd.Series(dtype=float),
            "upper": pd.Series(dtype=float),
        }
    )
    return pd.concat(prices, ignore_index=True) if prices else empty, pd.concat(
        boxes, ignore_index=True
    ) if boxes else none


def read_leaves(
    folder: Path, rows: list[str], columns: list[str], lower: np.ndarray, upper: np.ndarray
) -> tuple[Leaf, ...]:
    """Leaves of a bundle; raises InputError when a name is not of this program."""
    proof, boxes = pd.read_parquet(folder / "proof.parquet"), pd.read_parquet(folder / "leaves.parquet")
    row_place, column_place = {n: i for i, n in enumerate(rows)}, {n: j for j, n in enumerate(columns)}
    unknown = (set(proof["row"]) - row_place.keys()) | (set(boxes["column"]) - column_place.keys())
    if unknown:
        raise InputError([Fault("proof.parquet", 0, sorted(unknown)[0], "the program has no such row", "solve again")])
    count = int(max(np.max(proof["leaf"]) if len(proof) else 0, np.max(boxes["leaf"]) if len(boxes) else 0)) + 1
    leaves = []
    for k in range(count):
        y, low, up = np.zeros(len(rows)), lower.copy(), upper.copy()
        mine, box = proof[proof["leaf"] == k], boxes[boxes["leaf"] == k]
        y[[row_place[n] for n in mine["row"]]] = mine["y"]
        place = [column_place[n] for n in box["column"]]
        low[place], up[place] = box["lower"], box["upper"]
        leaves.append(Leaf(low, up, y))
    return tuple(leaves)


def seal(document: dict) -> str:
    """SHA-256 of certificate.json without its seal."""
    rest = {k: v for k, v in document.items() if k != "seal"}
    return hashlib.sha256(json.dumps(rest, indent=1).encode()).hexdigest()


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a bundle but the certificate, the report and what explains the plan."""
    out = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in UNHASHED and not name.startswith(f"{EXPLAINED}/"):
            out[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return out
