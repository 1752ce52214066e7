"""Sweeps against separate solves with integers; workers, a kill and Ctrl-C change nothing."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import planner
from planner import gradient, sweep

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
PRICE = "vehicles.*.price"
OVER = ["--over", f"{PRICE}=x0.2,x0.5,x1,x2", "--over", "classes.*.demand=x0.5,x1"]


def without_time(frame):
    return frame.drop(columns=["seconds"])


@pytest.mark.parametrize(
    "over",
    [
        {PRICE: ["x0.1", "x1", "x2"]},
        {"sites.*.ramp": [5, 13.2, "none"]},  # a limit that comes and goes
        {"hardware.rack.first_sale": [2030, 2031]},  # dates
        {"stages.*.lead_fixed;stages.*.lead_per_time_to_power": ["x0.5", "x1"], PRICE: ["x0.3", "x1"]},
        {"scenario.periods": [2, 3], "scenario.discount_rate": [0.0, 0.08]},  # shapes
        {"limits.*.on": [True, False]},  # words
    ],
    ids=lambda over: "-".join(over),
)
def test_every_row_is_what_a_separate_solve_proves(over):
    gap = 1e-4
    found = sweep("tiny", over, gap=gap)
    loose = sweep("tiny", over, gap=gap, relax=True)
    assert found.certified
    assert loose.certified
    for i, row in found.frame.iterrows():
        sets = sets_of(found, i)
        plan = planner.solve("tiny", sets=sets, gap=gap)
        assert plan.certificate.certified
        assert row["bound"] <= plan.objective * (1 + 1e-9)
        assert plan.certificate.bound * 1e3 <= row["cost"] * (1 + 1e-9)
        assert row["cost"] - row["bound"] <= gap * row["cost"]
        relaxed = planner.solve("tiny", sets=sets, gap=gap, relax=True)
        assert loose.frame["cost"][i] == pytest.approx(relaxed.objective, rel=1e-7)
        assert loose.frame["bound"][i] <= row["cost"]


def sets_of(found, point):
    """What `planner.solve` is told at a point, from the frame alone."""
    out = []
    for axis in found.axes:
        k = list(axis.values()[0]).index(found.frame[axis.name][point])
        out += [f"{path}={axis.words[k]}" for path in axis.paths]
    return tuple(out)


def test_the_slope_of_a_sweep_is_the_gradient():
    plan = planner.solve("tiny", relax=True, gap=1e-6)
    slopes = gradient(plan)
    for table, row, column, base in (("sites", "mill", "power_price", 60.0), ("vehicles", "ferry", "price", 42.0)):
        step = 1e-3 * base
        found = sweep("tiny", {f"{table}.{row}.{column}": [base - step, base, base + step]}, relax=True, gap=1e-6)
        cost = found.frame["cost"].to_numpy()
        assert cost[1] == pytest.approx(plan.objective, rel=1e-9)
        slope = (cost[2] - cost[0]) / (2 * step)
        assert slope > 0
        assert slopes.of(table, row, column) == pytest.approx(slope, rel=1e-5)


def test_a_point_with_bad_input_and_a_product_of_one():
    found = sweep("tiny", {"tranches.*.share": ["x1", "x2"]}, relax=True)
    assert list(found.frame["status"]) == ["certified", "bad input"]
    assert "the shares add to 2 — make them add to 1" in found.frame["words"][1]
    assert found.frame["cost"].isna().tolist() == [False, True]
    one = sweep("tiny", {PRICE: "x1"}, gap=1e-6)
    assert len(one.frame) == 1
    assert one.frame["cost"][0] == pytest.approx(8211.9914650749, abs=1e-6)  # SOURCE.md
    assert one.to_xarray()["cost"].shape == (1,)
    assert one.picture().startswith("<svg")


def test_two_workers_find_what_one_finds():
    over = {PRICE: ["x0.2", "x0.5", "x1"], "classes.*.demand": ["x0.5", "x1", "x3"]}
    one = sweep("tiny", over, gap=1e-4)
    two = sweep("tiny", over, gap=1e-4, workers=2)
    pd.testing.assert_frame_equal(without_time(one.frame), without_time(two.frame))
    pd.testing.assert_frame_equal(one.levelised, two.levelised)


def test_cold_and_warm_agree_and_warm_is_used():
    over = {PRICE: "x0.1:x2:8"}
    warm = sweep("tiny", over, gap=1e-6).frame
    cold = sweep("tiny", over, gap=1e-6, warm=False).frame
    assert warm["cost"].to_numpy() == pytest.approx(cold["cost"].to_numpy(), rel=2e-6)
    assert (warm["bound"] <= cold["cost"]).all()
    assert (cold["bound"] <= warm["cost"]).all()
    assert warm["warm"].sum() >= 4
    assert not cold["warm"].any()


def started(out, *more):
    command = [sys.executable, "-m", "planner", "sweep", "tiny", *OVER, "--gap", "1e-4", "--out", str(out), *more]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "models")))}
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)


def finished(out):
    return len(list((out / "points").glob("[0-9]*.json"))) if (out / "points").is_dir() else 0


def stopped_after(out, points, number, *more):
    """A sweep that got a signal once so many points were finished: its exit code and what it said."""
    process = started(out, *more)
    until = time.monotonic() + 240
    while finished(out) < points and process.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(number)
    _, said = process.communicate(timeout=120)
    return process.returncode, said


@pytest.mark.parametrize("workers", [1, 2])
def test_killed_and_stopped_half_way_it_ends_with_the_same_table(tmp_path, workers):
    whole = sweep("tiny", OVER[1::2], gap=1e-4)
    out = tmp_path / "sweep"
    stopped_after(out, 2, signal.SIGKILL, "--workers", str(workers))
    assert 2 <= finished(out) < 8
    code, said = stopped_after(out, finished(out) + 1, signal.SIGINT, "--workers", str(workers))
    if code != 0:  # it may have been done before the signal came
        assert code == 1
        assert "Stopped by hand" in said
        assert "Traceback" not in said
    assert not (out / "results.parquet").exists() or finished(out) == 8
    process = started(out)
    _, said = process.communicate(timeout=240)
    assert process.returncode == 0, said
    assert "(found)" in said
    pd.testing.assert_frame_equal(without_time(pd.read_parquet(out / "results.parquet")), without_time(whole.frame))
    assert np.isfinite(whole.frame["cost"]).all()
