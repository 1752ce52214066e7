"""Programs of datasets and of seeded instances as files, with the family, entity and period of every row.

    python benchmarks/programs.py FOLDER NAME ... [--seed N]      writes FOLDER/NAME_SEED.npz where it is not there yet

A machine that only measures needs the files and no tables. Relaxed, unless integers are asked for.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from instances import RECIPES, instance
from scipy import sparse

from planner.flat import Flat
from planner.program import Layout

ARRAYS = ("cost", "lower", "upper", "rhs", "sense", "integer", "implied", "period", "group", "weight", "before")


@dataclass(frozen=True, eq=False)
class Labels:
    """Of rows or of columns: name of the family, number of the entity in it, period."""

    family: np.ndarray
    entity: np.ndarray
    period: np.ndarray


@dataclass(frozen=True, eq=False)
class Named:
    """A program and what its rows and columns are."""

    flat: Flat
    rows: Labels
    columns: Labels


def relaxed(flat: Flat) -> Flat:
    """The program with its integers left fractional."""
    return replace(flat, integer=np.zeros_like(flat.integer))


def kept(name: str, seed: int, folder: Path, whole: bool = False) -> Path:
    """The file of a dataset's program or of an instance's; made where it is not there. whole: with its integers."""
    from planner.assemble import assemble_compiled
    from planner.scenario import read_scenario
    from planner.tables import read_tables

    file = folder / f"{name}_{seed}{'_whole' if whole else ''}.npz"
    if file.exists():
        return file
    folder.mkdir(parents=True, exist_ok=True)
    scenario = instance(RECIPES[name], seed, folder / f"{name}_{seed}") if name in RECIPES else name
    program = assemble_compiled(read_tables(read_scenario(scenario))).program
    flat = program.flat()
    return write(flat if whole else relaxed(flat), program.layout, file)


def write(flat: Flat, layout: Layout, file: Path) -> Path:
    """Keep a program in a file; returns it."""
    labels = {}
    for side, blocks in (("rows", layout.rows), ("columns", layout.variables)):
        at = [np.nonzero(b.exists) for b in blocks]
        labels[f"{side}_family"] = np.concatenate(
            [np.full(e.size, b.name) for b, (e, _) in zip(blocks, at, strict=True)]
        )
        labels[f"{side}_entity"] = np.concatenate([e for e, _ in at])
        labels[f"{side}_period"] = np.concatenate([t for _, t in at])
    a = flat.matrix
    np.savez_compressed(
        file, data=a.data, indices=a.indices, indptr=a.indptr, shape=np.asarray(a.shape), constant=flat.constant,
        **{k: getattr(flat, k) for k in ARRAYS if getattr(flat, k) is not None}, **labels,
    )  # fmt: skip
    return file


def read(file: Path) -> Named:
    """A program from its file."""
    with np.load(file) as z:
        got = {k: z[k] for k in z.files}
    matrix = sparse.csr_matrix((got["data"], got["indices"], got["indptr"]), tuple(got["shape"]))
    flat = Flat(matrix, constant=float(got["constant"]), **{k: got[k] for k in ARRAYS if k in got})
    rows, columns = (
        Labels(*(got[f"{side}_{k}"] for k in ("family", "entity", "period"))) for side in ("rows", "columns")
    )
    return Named(flat, rows, columns)


if __name__ == "__main__":
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("folder", type=Path)
    ask.add_argument("names", nargs="+")
    ask.add_argument("--seed", type=int, default=0)
    given = ask.parse_args()
    for one in given.names:
        print(kept(one, given.seed, given.folder), flush=True)
