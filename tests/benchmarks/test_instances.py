"""Instances made from `world`: they read without faults, and change what their recipe says."""

import pandas as pd
import pytest

import planner


def number(frame, name):
    return pd.to_numeric(frame[next(c for c in frame.columns if c.split(" [")[0] == name)], errors="coerce")


@pytest.fixture
def made(script, tmp_path):
    instances = script("instances")

    def make(recipe):
        folder = instances.instance(instances.RECIPES.get(recipe, recipe), 0, tmp_path / "made")
        tables = planner.read_tables(planner.read_scenario(folder))  # raises with every fault
        return tables, {f.stem: pd.read_csv(f) for f in folder.glob("*.csv")}

    return make


def test_short_queues_wait_for_nothing(made, script):
    tables, files = made("S-short")
    for table, columns in script("instances").WAITS.items():
        for column in columns:
            assert number(files[table], column).max() == 0, f"{table}.{column}"
    assert files["phases"]["after"].isna().all()
    assert len(tables.keys("sites")) == len(made("S")[0].keys("sites"))


def test_long_chains_cut_each_phase_and_wait_twice_as_long(made):
    _, plain = made("S")
    _, long = made("S-long")
    assert number(long["phases"], "power").sum() == pytest.approx(number(plain["phases"], "power").sum())
    assert len(long["phases"]) == 3 * len(plain["phases"])
    before = dict(zip(long["phases"]["phase"], long["phases"]["after"].fillna(""), strict=True))
    for phase, after in zip(plain["phases"]["phase"], plain["phases"]["after"].fillna(""), strict=True):
        assert before[f"{phase}_l2"] == f"{phase}_l1"
        assert before[f"{phase}_l1"] == phase
        assert before[phase] == (f"{after}_l2" if after else "")
    assert number(long["doors"], "make_time").sum() == pytest.approx(2 * number(plain["doors"], "make_time").sum())


@pytest.mark.parametrize(("share", "kinds"), [(0.25, 14), (4, 59)])
def test_racks_are_thinned_or_copied_with_what_belongs_to_them(made, script, share, kinds):
    recipe = script("instances").Recipe(0.3, 0.4, 1.0, racks=share)
    tables, files = made(recipe)
    _, plain = made("S")
    assert len(tables.keys("hardware")) == kinds
    known = set(files["hardware"]["hardware"])
    drawn = files["bills"][files["bills"]["of"] == "hardware"]
    assert set(drawn["item"]) <= known
    assert set(";".join(files["export"]["hardware"]).split(";")) <= known
    if share > 1:
        assert number(files["hardware"], "ramp").sum() == pytest.approx(number(plain["hardware"], "ramp").sum())
        per_rack = drawn.groupby("item").size()
        assert (per_rack.loc[[r for r in per_rack.index if r.startswith("gpu_2031")]] == per_rack["gpu_2031"]).all()
