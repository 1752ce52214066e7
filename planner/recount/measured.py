"""The measures of a bundle (levelised cost, watts per kilogram) against those of the plan that was read back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from planner.bundle import measured
from planner.recount.matched import match_faults
from planner.results import Plan

SAME = 1e-7


def measure_faults(folder: Path, plan: Plan) -> list[str]:
    """One sentence per cell of measures/ that differs from what the plan gives."""
    faults = []
    for name, here in measured(plan).items():
        file = f"measures/{name}.parquet"
        path = folder / file
        if not path.is_file():
            faults.append(f"{file}: the file is missing")
            continue
        try:
            there = pd.read_parquet(path)
        except Exception as error:  # hostile bytes break the reader in many ways; the sentence is the same
            faults.append(f"{file}: it cannot be read ({type(error).__name__}); solve again")
            continue
        if list(there.columns) != list(here.columns) or len(there) != len(here):
            faults.append(f"{file}: its rows or columns are not those of this plan")
            continue
        for column in here.columns:
            a, b = there[column].to_numpy(), here[column].to_numpy()
            if b.dtype.kind == "f" and a.dtype.kind in "fi":
                wrong = ~(np.abs(a.astype(float) - b) <= SAME * np.maximum(1.0, np.abs(b)))
            else:
                wrong = a.astype(str) != b.astype(str)
            faults += [
                f"{file}: {column} of row {i} is {a[i]}; recomputed it is {b[i]}" for i in np.nonzero(wrong)[0][:3]
            ]
    return faults + match_faults(folder, plan)
