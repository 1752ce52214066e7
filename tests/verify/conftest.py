"""One small scenario, solved once; bundles of it are changed in place and put back."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import jax
import numpy as np
import pandas as pd
import pytest

import planner
from planner.assemble import Assembly
from planner.bundle import read_leaves
from planner.certificate import Certificate, certify
from planner.program import Flat
from planner.results import GROUPS
from planner.scenario import datasets_folder
from planner.verify import Verdict, judge

SCENARIO = Path(__file__).parent / "scenario"


@dataclass(frozen=True, eq=False)
class Solved:
    """A bundle on disk, its assembly, and what the judge says of it untouched."""

    folder: Path
    assembly: Assembly
    flat: Flat
    verdict: Verdict

    @contextlib.contextmanager
    def changed(self, name: str) -> Iterator[Path]:
        path = self.folder / name
        kept = path.read_bytes()
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)
            path.write_bytes(kept)

    def copy(self, to: Path) -> Path:
        return shutil.copytree(self.folder, to)

    def certificate(self, assembly: Assembly, flat: Flat) -> Certificate:
        """The judgement of the plan on disk without anything of `verify`: x by name in a plain loop."""
        layout = assembly.program.layout
        value = {}
        for group in GROUPS:
            for row in pd.read_parquet(self.folder / "plan" / f"{group}.parquet").itertuples():
                value[row.variable, ",".join(k for k in (row.a, row.b, row.c) if k), row.period] = row.value
        x = []
        for block in layout.variables:
            per = np.broadcast_to(np.asarray(block.per_unit, float).reshape(-1, 1), block.exists.shape)
            for e, t in zip(*np.nonzero(block.exists), strict=True):
                x.append(value[block.name, ",".join(k for k in block.entities[e] if k), t] / per[e, t])
        leaves = read_leaves(self.folder, layout.row_names(), layout.column_names(), flat.lower, flat.upper)
        return certify(flat, np.array(x), leaves, np.inf)


@pytest.fixture(scope="session", autouse=True)
def _compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    names = {
        "jax_compilation_cache_dir": str(tmp_path_factory.mktemp("compiled")),
        "jax_persistent_cache_min_compile_time_secs": 0,
        "jax_persistent_cache_min_entry_size_bytes": -1,
    }
    before = {name: getattr(jax.config, name) for name in names}
    for name, value in names.items():
        jax.config.update(name, value)
    yield
    for name, value in before.items():
        jax.config.update(name, value)


def solved(scenario: str | Path, folder: Path, **options: object) -> Solved:
    plan = planner.solve(scenario, **options)
    planner.write_bundle(plan, folder)
    return Solved(folder, plan.assembly, plan.assembly.program.flat(), judge(folder, plan.assembly))


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Solved:
    return solved(SCENARIO, tmp_path_factory.mktemp("small") / "bundle")


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Solved:
    if not (datasets_folder() / "tiny" / "scenario.toml").is_file():
        pytest.skip("this checkout has no dataset tiny")
    return solved("tiny", tmp_path_factory.mktemp("tiny") / "bundle")
