"""Rounding: whole and feasible, near the best; propagation refuses only what is impossible."""

import numpy as np
import pytest
import tiny_programs as tiny

from planner.certificate import certify
from planner.engines import Solution, Status
from planner.engines.exact import relax
from planner.engines.propagation import Propagation
from planner.engines.rounding import rounded
from planner.engines.totals import shared_rows, whole_totals


def assert_whole_plan(flat, answer, truth, within):
    assert answer.status is Status.OPTIMAL
    check = certify(flat, answer.x, None)
    assert check.worst_violation <= 1e-6
    assert check.worst_integer == 0.0
    assert check.worst_bound <= 1e-6
    assert answer.objective >= truth - 1e-6 * abs(truth)
    assert answer.objective <= truth + within * abs(truth)


@pytest.mark.parametrize("seed", range(8))
def test_facility(seed):
    flat = tiny.facility(5, 6, seed)
    answer = rounded(flat, relax(flat).x, moves=5)
    assert_whole_plan(flat, answer, tiny.brute_force(flat), 0.35)


@pytest.mark.parametrize("seed", range(4))
def test_over_time(seed):
    flat, period = tiny.staircase(3, 2, seed)
    answer = rounded(flat, relax(flat).x, period_of_column=period, moves=8)
    assert_whole_plan(flat, answer, tiny.brute_force(flat), 0.35)


@pytest.mark.parametrize("seed", range(20))
def test_random_programs(seed):
    rng = np.random.default_rng(seed)
    m, n = int(rng.integers(2, 6)), int(rng.integers(4, 8))
    a = np.round(rng.normal(size=(m, n)) * 3) * (rng.random((m, n)) < 0.7)
    sense = rng.integers(-1, 2, m)
    integer = rng.choice(n, n // 2, replace=False)
    x = rng.uniform(0, 2, n)
    x[integer] = np.round(x[integer])
    rhs = a @ x - sense * rng.uniform(0, 0.5, m)
    flat = tiny.flat_of(rng.normal(size=n), a, rhs, sense, 2.0, integer=integer)
    truth = tiny.brute_force(flat)
    answer = rounded(flat, relax(flat).x, time=20.0)
    assert_whole_plan(flat, answer, truth, np.inf)


def test_moves_never_cost():
    for seed in range(4):
        flat = tiny.facility(5, 6, seed)
        x = relax(flat).x
        assert rounded(flat, x, moves=6).objective <= rounded(flat, x).objective + 1e-9


def test_impossible_integers_end_with_the_solvers_word():
    flat = tiny.flat_of([1, 1], [[2, 2]], [3], [0], 5.0, integer=[0, 1])
    assert rounded(flat, np.array([0.75, 0.75])).status is Status.INFEASIBLE


def test_without_fallback_it_says_limit():
    flat = tiny.flat_of([1, 1], [[2, 2]], [3], [0], 5.0, integer=[0, 1])
    answer = rounded(flat, np.array([0.75, 0.75]), fallback=False)
    assert answer.status is Status.LIMIT
    assert not answer.has_plan


def test_few_solves():
    flat, period = tiny.staircase(8, 2, 1)
    calls = []

    def counted(*args, **kw):
        calls.append(1)
        return relax(*args, **kw)

    x = relax(flat).x
    answer = rounded(flat, x, period_of_column=period, relax=counted, windows=4)
    assert answer.status is Status.OPTIMAL
    assert len(calls) <= 4 + 2 * 3 + 1


def test_repair_without_a_ray_uses_slacks():
    flat = tiny.facility(4, 5, 1)

    def rayless(*args, **kw):
        answer = relax(*args, **kw)
        if answer.status is not Status.INFEASIBLE:
            return answer
        return Solution(answer.x, np.zeros_like(answer.y), answer.status, np.nan, 0.0)

    # Nothing is open in this start: rounding must find out from the rows which to open.
    start = relax(flat).x.copy()
    start[flat.integer] = 0.3 * start[flat.integer]
    answer = rounded(flat, start, relax=rayless, group_of_column=np.full(flat.shape[1], -1))
    assert_whole_plan(flat, answer, tiny.brute_force(flat), np.inf)


def test_groups_keep_totals():
    rng = np.random.default_rng(2)
    for _ in range(200):
        n = 12
        x, period = rng.uniform(0, 3, n), rng.integers(0, 4, n)
        group = rng.integers(-1, 2, n)
        whole = whole_totals(x, np.arange(n), period, group)
        assert (np.abs(whole - x) <= 1 + 1e-9).all()
        for g in (0, 1):
            for t in range(4):
                inside = (group == g) & (period <= t)
                assert abs(whole[inside].sum() - x[inside].sum()) <= 0.5 + 1e-9


def test_shared_rows_are_the_widest_limits():
    flat, _ = tiny.staircase(3, 2, 0)
    group = shared_rows(flat)
    buy = np.flatnonzero(flat.integer)
    assert (group[~flat.integer] == -1).all()
    assert (flat.sense[group[buy]] == -1).all()


def test_propagation_keeps_every_whole_point():
    # Every integer point of the program stays inside the box after each fixing it agrees with.
    rng = np.random.default_rng(6)
    for _ in range(60):
        m, n = 4, 5
        a = np.round(rng.normal(size=(m, n)) * 2)
        sense = rng.integers(-1, 2, m)
        point = rng.integers(0, 4, n).astype(float)
        rhs = a @ point - sense * rng.integers(0, 3, m)
        flat = tiny.flat_of(np.zeros(n), a, rhs, sense, 3.0, integer=range(n))
        box = Propagation(flat)
        assert box.possible
        for j in rng.permutation(n):
            assert box.fix(int(j), float(point[j]))
            assert (box.lower <= point).all()
            assert (box.upper >= point).all()


def test_propagation_refuses_and_undoes():
    # At most one of the first three; one of the first two; the fourth follows the third.
    rows = [[1, 1, 1, 0], [1, 1, 0, 0], [0, 0, -1, 1]]
    flat = tiny.flat_of([0] * 4, rows, [1, 1, 0], [-1, 1, -1], 1.0, integer=range(4))
    box = Propagation(flat)
    before = box.lower.copy(), box.upper.copy()
    assert not box.fix(3, 1.0)
    assert not box.fix(2, 1.0)
    np.testing.assert_array_equal(before, (box.lower, box.upper))
    assert box.fix(0, 0.0)
    assert box.lower[1] == 1.0


def test_propagation_sees_through_continuous_columns():
    # x <= 5 b and x >= 3: b must be 1.
    flat = tiny.flat_of([0, 0], [[1, -5], [1, 0]], [0, 3], [-1, 1], [10.0, 1.0], integer=[1])
    box = Propagation(flat)
    assert box.lower[1] == 1.0
    assert not box.fix(1, 0.0)
