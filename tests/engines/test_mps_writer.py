"""MPS: HiGHS reads back the same program."""

import highspy
import numpy as np
import pytest
import tiny_programs as tiny

from planner.engines.exact import milp, relax
from planner.mps import original_name, safe_name, write_mps


def read(path):
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    assert model.readModel(str(path)) == highspy.HighsStatus.kOk
    return model


def names(flat):
    m, n = flat.shape
    return [f"build[us east,vr{j}]@{j % 3}" for j in range(n)], [f"power 100% [höhe,{i}]@0" for i in range(m)]


CASES = {**tiny.LINEAR, "knapsack": tiny.knapsack, "facility": tiny.facility}


@pytest.mark.parametrize("name", CASES)
def test_same_optimum(tmp_path, name):
    flat = CASES[name]()
    columns, rows = names(flat)
    write_mps(tmp_path / "p.mps", flat, columns, rows)
    model = read(tmp_path / "p.mps")
    model.run()
    truth = milp(flat, gap=0.0) if flat.integer.any() else relax(flat)
    assert model.getInfo().objective_function_value == pytest.approx(truth.objective, rel=1e-7, abs=1e-7)
    lp = model.getLp()
    assert [original_name(n) for n in lp.col_names_] == columns
    assert [original_name(n) for n in lp.row_names_] == rows
    np.testing.assert_array_equal(lp.col_lower_, flat.lower)
    np.testing.assert_array_equal(lp.col_upper_, flat.upper)
    np.testing.assert_array_equal(lp.col_cost_, flat.cost)
    assert [p.name for p in tmp_path.iterdir()] == ["p.mps"]


def test_integers_keep_their_bounds(tmp_path):
    flat = tiny.flat_of(
        [1, 1, 1, 1, 1],
        [[1, 1, 1, 1, 1]],
        [2.5],
        [1],
        [np.inf, 7.0, 0.0, -1.0, np.inf],
        lower=[0.0, 2.0, -np.inf, -3.0, -np.inf],
        integer=[0, 1, 2, 4],
    )
    columns, rows = names(flat)
    write_mps(tmp_path / "p.mps", flat, columns, rows)
    lp = read(tmp_path / "p.mps").getLp()
    np.testing.assert_array_equal(lp.col_lower_, flat.lower)
    np.testing.assert_array_equal(lp.col_upper_, flat.upper)
    assert [v == highspy.HighsVarType.kInteger for v in lp.integrality_] == list(flat.integer)


def test_names_are_one_to_one():
    odd = ["a b", "a_b", "a%20b", "", "%", "$x", "*x", "α", "a\tb", "a\nb", "é", "x[1,2]@3"]
    safe = [safe_name(n) for n in odd]
    assert len(set(safe)) == len(odd)
    assert [original_name(s) for s in safe] == odd
    assert all(s.isascii() and " " not in s and s[0] not in "$*" for s in safe)


def test_names_used_twice_are_refused(tmp_path):
    flat = tiny.knapsack(3)
    with pytest.raises(ValueError, match="column name a — is used more than once"):
        write_mps(tmp_path / "p.mps", flat, ["a", "b", "a"], ["r"])
    with pytest.raises(ValueError, match="row names — 2 given"):
        write_mps(tmp_path / "p.mps", flat, ["a", "b", "c"], ["r", "s"])
    assert not list(tmp_path.iterdir())
