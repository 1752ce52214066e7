"""HiGHS watched: agrees with the reference, starts from a plan, stops at Ctrl-C, tells its progress."""

import itertools

import highspy
import numpy as np
import pytest
import tiny_programs as tiny

from planner.certificate import certify, snap, uncovered
from planner.engines import Status, staged
from planner.engines.exact import milp, relax, solve
from planner.engines.watched import search


@pytest.mark.parametrize("build", [tiny.knapsack, tiny.facility, lambda: tiny.staircase(2)[0]])
def test_agrees_with_the_reference(build):
    flat = build()
    watched, reference = search(flat, gap=0.0), milp(flat, gap=0.0)
    assert watched.status is reference.status is Status.OPTIMAL
    assert watched.objective == pytest.approx(reference.objective, rel=1e-8)
    assert watched.claimed_bound == pytest.approx(reference.claimed_bound, rel=1e-5)


def test_infeasible():
    flat = tiny.flat_of([1, 1], [[2, 2]], [3], [0], 5.0, integer=[0, 1])
    assert search(flat).status is Status.INFEASIBLE
    assert search(flat.with_bounds(flat.lower + 9, flat.upper)).status is Status.INFEASIBLE


def test_unbounded_without_implied_bounds():
    flat = tiny.flat_of([-1.0, 1.0], [[1.0, -1.0]], [0.5], [-1], 6.0, integer=[1], implied=True)
    for run in (search, milp):
        answer = run(flat, gap=0.0)
        assert answer.status is Status.OPTIMAL
        assert answer.objective == pytest.approx(-0.5)


def test_a_start_is_never_lost():
    flat = tiny.facility(8, 20, 3)
    start = milp(flat, gap=0.5).x
    answer = search(flat, start=start, time=0.0)
    if answer.has_plan:
        assert answer.objective <= flat.value(start) + 1e-9


def test_interrupt_gives_the_best_plan_so_far(monkeypatch):
    flat = tiny.facility(14, 40, 1)
    start = milp(flat, gap=0.5).x
    waits, original = [], highspy.Highs.wait

    def stop(self, timeout=-1.0):
        waits.append(1)
        if len(waits) == 1:
            raise KeyboardInterrupt
        return original(self, timeout)

    monkeypatch.setattr(highspy.Highs, "wait", stop)
    told = []
    answer = search(flat, start=start, gap=0.0, time=20.0, on_interrupt=lambda: told.append(1))
    assert told
    assert answer.status is Status.LIMIT
    assert answer.seconds < 10.0
    assert answer.has_plan
    assert answer.objective <= flat.value(start) + 1e-9


@pytest.mark.parametrize("where", ["rounded", "search", "branch"])
def test_interrupted_stages_keep_what_is_known(monkeypatch, where):
    flat = tiny.facility(6, 12, 5)

    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(staged, where, stop)
    answer = solve(flat, tol=1e-7, time=10.0, gap=1e-9)
    assert answer.status is Status.LIMIT
    assert answer.has_plan == (where != "rounded")
    assert uncovered(flat, answer.leaves) == ""
    if answer.has_plan:
        check = certify(flat, snap(flat, answer.x), answer.leaves, gap=1.0)
        assert check.certified, check.reasons


def test_progress_carries_a_valid_bound():
    flat = tiny.facility(6, 12, 5)
    steps = []
    answer = solve(flat, tol=1e-7, time=20.0, gap=1e-6, progress=steps.append)
    assert steps
    assert all(not step.bound > answer.objective * (1 + 1e-9) for step in steps)
    assert all(a.seconds <= b.seconds for a, b in itertools.pairwise(steps[1:]))


def test_stages_stop_early_when_the_relaxation_is_whole():
    flat = tiny.flat_of([1.0, 2.0], [[1.0, 1.0]], [3.0], [1], 5.0, integer=[0, 1])
    answer = solve(flat, tol=1e-7, time=10.0, gap=1e-9)
    assert answer.status is Status.OPTIMAL
    assert len(answer.leaves) == 1
    assert answer.claimed_bound is None
    np.testing.assert_array_equal(answer.x, [3.0, 0.0])
    assert relax(flat).objective == answer.objective
