"""The judge: accepts what is right, rejects each thing that is wrong and names it."""

import ast
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

import planner.certificate
import planner.steps
from planner.certificate import certify
from planner.program import Flat


def plan():
    """Two integer plants feed a demand of 7.5: one unit at 5 each, the rest bought."""
    flat = Flat(
        matrix=sparse.csr_matrix([[4.0, 4.0, 1.0], [1.0, 1.0, 0.0]]),
        cost=np.array([5.0, 6.0, 3.0]),
        lower=np.zeros(3),
        upper=np.array([3.0, 3.0, 9.0]),
        rhs=np.array([7.5, 2.0]),
        sense=np.array([1, -1]),
        integer=np.array([True, True, False]),
        implied=np.array([False, False, True]),
        constant=1.0,
    )
    return flat, np.array([2.0, 0.0, 0.0]), np.array([1.25, 0.0])


ROWS, COLUMNS = ["demand[a]@0", "site[a]@0"], ["plant[p]@0", "plant[q]@0", "buy[a]@0"]


def judged(x=None, y=None, **kw):
    flat, good, prices = plan()
    kw = {"gap": 0.2, "row_names": ROWS, "column_names": COLUMNS} | kw
    return certify(flat, good if x is None else x, prices if y is None else y, **kw)


def test_a_right_plan_is_certified():
    check = judged(money_parts={"plants": 10.0, "fixed": 1.0})
    assert check.certified, check.reasons
    assert check.objective == 11.0
    assert check.bound == pytest.approx(10.375)
    assert check.gap_absolute == pytest.approx(0.625)
    assert check.gap_relative == pytest.approx(0.625 / 11.0)
    assert check.worst_violation == check.worst_integer == check.worst_bound == check.money_difference == 0.0


@pytest.mark.parametrize(
    ("x", "word"),
    [
        ([1.0, 0.0, 3.4], "row demand[a]@0 is beyond its limit"),
        ([3.0, 0.0, 0.0], "row site[a]@0 is beyond its limit"),
        ([1.5, 0.0, 1.5], "column plant[p]@0 should be an integer and is 1.5"),
        ([2.00001, 0.0, 0.0], "should be an integer"),
        ([2.0, 0.0, -0.01], "column buy[a]@0 is outside its box"),
        ([0.0, 0.0, 10.0], "column buy[a]@0 is outside its box"),
        ([np.nan, 0.0, 0.0], "column plant[p]@0 is not a finite number"),
        ([0.0, 0.0, 7.5], "the gap"),
    ],
)
def test_a_wrong_plan_is_not(x, word):
    check = judged(np.array(x))
    assert not check.certified
    assert any(word in reason for reason in check.reasons), check.reasons


def test_every_entry_matters():
    # Corrupt one entry of the plan at a time, by little: never certified against a closed gap.
    flat, good, _ = plan()
    for j in range(3):
        for step in (-1e-3, 1e-3):
            x = good.copy()
            x[j] += step
            check = certify(flat, x, np.array([1.25, 0.0]), gap=0.0568183)
            assert not check.certified


def test_the_worst_row_is_named():
    check = judged(np.array([3.0, 1.0, 0.0]))
    assert check.worst_row == (1, "site[a]@0")
    assert check.worst_violation == pytest.approx(2.0 / 3.0)


def test_violations_are_relative_to_the_row():
    flat, good, y = plan()
    big = replace(flat, matrix=flat.matrix * 1e6, rhs=flat.rhs * 1e6)
    x = np.array([2.0, 0.0, 0.0])
    assert certify(big, x, y / 1e6, gap=0.2).certified
    x[2] = -1e-7
    assert certify(big, x, y / 1e6, gap=0.2).worst_violation <= 1e-6
    assert good[2] == 0.0


def test_a_bound_above_the_objective_is_the_worst():
    # A program whose box leaves out the plan: the bound is right for the box, the plan is not in it.
    flat, good, y = plan()
    tight = replace(flat, lower=np.array([0.0, 0.0, 2.0]), implied=np.zeros(3, bool))
    check = certify(tight, good, np.zeros(2), gap=0.5)
    assert not check.certified
    wrong = replace(flat, lower=np.array([2.0, 2.0, 0.0]))
    check = certify(wrong, good, y, gap=0.5)
    assert any("above the objective" in reason for reason in check.reasons)


def test_money_parts_must_add_up():
    assert judged(money_parts=[10.0, 1.0]).certified
    check = judged(money_parts={"plants": 10.0, "fixed": 1.001})
    assert check.money_difference == pytest.approx(-0.001)
    assert any("money parts" in reason for reason in check.reasons)


def test_no_bound_no_certificate():
    flat, good, _ = plan()
    check = certify(flat, good, None)
    assert not check.certified
    assert check.gap_absolute == np.inf
    open_box = replace(flat, upper=np.array([3.0, 3.0, np.inf]))
    check = certify(open_box, good, np.array([4.0, 0.0]), column_names=COLUMNS)
    assert any("buy[a]@0 has an open box" in reason for reason in check.reasons)


def test_a_program_with_holes_is_refused():
    flat, good, y = plan()
    for name in ("cost", "rhs", "lower"):
        values = getattr(flat, name).copy()
        values[0] = np.nan
        check = certify(replace(flat, **{name: values}), good, y)
        assert any(f"not finite: {name}" in reason for reason in check.reasons)


def test_money_times_two_changes_no_verdict():
    flat, good, y = plan()
    twice = replace(flat, cost=2 * flat.cost, constant=2 * flat.constant)
    one, two = certify(flat, good, y, gap=0.2), certify(twice, good, 2 * y, gap=0.2)
    assert two.bound == 2 * one.bound
    assert two.gap_relative == one.gap_relative
    assert two.certified is one.certified is True


def test_wrong_size_is_refused():
    flat, _, y = plan()
    with pytest.raises(ValueError, match="x — has 2 columns"):
        certify(flat, np.zeros(2), y)


@pytest.mark.parametrize(
    ("module", "known"),
    [(planner.certificate, {"planner.program", "planner.steps"}), (planner.steps, {"planner.flat"})],
)
def test_the_judge_knows_no_engine(module, known):
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module)
    assert {name for name in found if name.split(".")[0] == "planner"} == known
    assert not any(name.split(".")[0] in {"cvxpy", "highspy", "jax", "scipy"} for name in found)
