"""`market-match`: the generator rewrites its requests byte for byte, and says so in every record."""

import importlib.util
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

import planner
from planner.matching import REASONS
from planner.matching.asked import places, requests

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "datasets" / "market-match"


@pytest.fixture(scope="module")
def generator():
    spec = importlib.util.spec_from_file_location("market_match", ROOT / "benchmarks" / "market_match.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def tables():
    return planner.read_tables(planner.read_scenario("market-match"))


def test_the_generator_reproduces_the_files(generator, tmp_path):
    for name, text in generator.files(FOLDER).items():
        assert text.encode() == (FOLDER / name).read_bytes(), name
    copy = tmp_path / "copy"
    shutil.copytree(FOLDER, copy)
    (copy / "workloads.csv").unlink()
    assert generator.files(copy) == generator.files(FOLDER)


def test_every_request_is_marked_as_generated(tables):
    records = tables.provenance[tables.provenance["table"] == "workloads"]
    assert set(records["row"]) == set(tables.keys("workloads"))
    assert set(records["source"]) == {"GENERATED"}
    assert set(records["confidence"]) == {"C"}
    assert records["note"].str.contains("generated").all()
    assert tables.frames["workloads"]["title"].str.contains("(generated)", regex=False).all()
    assert re.search(r"generated", (FOLDER / "SOURCE.md").read_text())


def test_sizes(tables):
    asked = requests(tables)
    assert len(asked) >= 40
    assert len(places(tables)) >= 30
    assert len(places(tables)) == len(tables.keys("sites"))  # each site is its own zone
    assert any(len(r.rows) > 1 for r in asked)
    assert 0 < sum(r.one_zone for r in asked) < len(asked)


@pytest.mark.slow
def test_the_market_is_certified_and_every_pair_is_settled(tables):
    plan = planner.solve("market-match", gap=0.01)
    assert plan.certificate.certified
    pairs = planner.match(plan).pairs
    assert len(pairs) == len(requests(tables)) * len(places(tables))
    served = pairs["mw"] > 0
    assert pairs.loc[~served, "reason"].isin(REASONS).all()
    assert (pairs.loc[served, "reason"] == "").all()
    whole = plan.table("accept")
    taken = set(whole.loc[whole["value"] > 0.5, "workload"])
    first = {r.name: tables.keys("workloads")[r.lead] for r in requests(tables)}
    assert {first[k] for k in pd.unique(pairs.loc[served, "request"])} == taken
