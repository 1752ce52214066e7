"""Where the published cases and the measured round trips lie, and one way to write a file of cases."""

import json
import os
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2].parent / "shared"


def _file(variable, folder, name):
    path = Path(os.environ.get(variable, SHARED / folder)) / name
    if not path.exists():
        pytest.skip(f"{name} is not here; set {variable} to its folder")
    return path


@pytest.fixture(scope="session")
def published_file():
    return _file("PLANNER_CASES", "cases", "published_models.json")


@pytest.fixture(scope="session")
def measured_file():
    return _file("PLANNER_FACTS", "facts", "rtt_fit.csv")


@pytest.fixture
def write(tmp_path):
    """Writes a file of cases and returns its path; each is (model, inputs, expected[, rel_tol])."""

    def written(*cases, name="cases.json"):
        rows = [
            {"id": f"c{k}", "model": model, "inputs": inputs, "expected": expected, "rel_tol": (*rest, 1e-6)[0]}
            for k, (model, inputs, expected, *rest) in enumerate(cases, 1)
        ]
        path = tmp_path / name
        path.write_text(json.dumps(rows), encoding="utf-8")
        return path

    return written
