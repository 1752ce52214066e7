"""Branch and bound: the leaves prove the gap, whenever it stops."""

import itertools

import numpy as np
import pytest
import tiny_programs as tiny

from planner.certificate import certify, leaves_bound, snap, uncovered
from planner.engines import Status
from planner.engines.exact import relax
from planner.engines.leaves import branch
from planner.engines.warm import Warm


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", ["knapsack", "facility", "strong", "staircase"])
def test_leaves_prove_the_optimum(kind, seed):
    flat = {
        "knapsack": lambda: tiny.knapsack(7, seed),
        "facility": lambda: tiny.facility(4, 5, seed),
        "strong": lambda: tiny.facility(4, 5, seed, strong=True),
        "staircase": lambda: tiny.staircase(2, 2, seed)[0],
    }[kind]()
    truth = tiny.brute_force(flat)
    answer = branch(flat, gap=1e-6, time=20.0)
    assert answer.status is Status.OPTIMAL
    assert answer.objective == pytest.approx(truth, rel=2e-6)
    assert leaves_bound(flat, answer.leaves) <= truth + 1e-9 * abs(truth)
    check = certify(flat, snap(flat, answer.x), answer.leaves, gap=1e-5)
    assert check.certified, check.reasons


@pytest.mark.parametrize("nodes", [0, 1, 2, 5, 11])
def test_stopped_search_still_covers(nodes):
    flat = tiny.facility(6, 12, 5)
    answer = branch(flat, gap=0.0, nodes=nodes, time=20.0)
    assert uncovered(flat, answer.leaves) == ""
    bound = leaves_bound(flat, answer.leaves)
    assert np.isfinite(bound)
    assert bound <= branch(flat, gap=1e-6, time=20.0).objective * (1 + 1e-6)


def test_more_nodes_never_lower_the_bound():
    flat = tiny.facility(6, 12, 5)
    bounds = [leaves_bound(flat, branch(flat, gap=0.0, nodes=k, time=20.0).leaves) for k in (0, 3, 9, 27)]
    assert all(b >= a - 1e-7 for a, b in itertools.pairwise(bounds))


def test_no_time_still_covers():
    flat = tiny.facility(5, 8, 2)
    answer = branch(flat, time=0.0)
    assert answer.status is Status.LIMIT
    assert uncovered(flat, answer.leaves) == ""
    # The prices of the relaxation are not lost.
    root = relax(flat)
    answer = branch(flat, prices=root.y, time=0.0)
    assert leaves_bound(flat, answer.leaves) == pytest.approx(root.objective)


@pytest.mark.parametrize("after", [1, 2, 3, 4, 6, 9])
def test_interrupted_search_covers(monkeypatch, after):
    flat = tiny.facility(6, 12, 5)
    calls, original = [], Warm.solve

    def stop(self, *rest):
        calls.append(1)
        if len(calls) > after:
            raise KeyboardInterrupt
        return original(self, *rest)

    monkeypatch.setattr(Warm, "solve", stop)
    answer = branch(flat, gap=0.0, time=20.0)
    assert answer.status is Status.LIMIT
    assert uncovered(flat, answer.leaves) == ""


def test_infeasible_integers_are_proved():
    flat = tiny.flat_of([1, 1], [[2, 2]], [3], [0], 5.0, integer=[0, 1])
    answer = branch(flat, time=5.0)
    assert answer.status is Status.INFEASIBLE
    assert leaves_bound(flat, answer.leaves) == np.inf


def test_warm_model_agrees_with_the_reference():
    flat = tiny.facility(6, 12, 5)
    rng = np.random.default_rng(0)
    warm = Warm(flat)
    for _ in range(20):
        low, up = flat.lower.copy(), flat.upper.copy()
        picked = rng.choice(6, 2, replace=False)
        low[picked] = up[picked] = rng.integers(0, 2, 2)
        fast, slow = warm.solve(low, up), relax(flat.with_bounds(low, up))
        assert fast.status is slow.status
        if fast.status is Status.OPTIMAL:
            assert fast.objective == pytest.approx(slow.objective, rel=1e-8)


def test_an_incumbent_is_kept():
    flat = tiny.facility(5, 8, 2)
    x = branch(flat, gap=1e-6).x
    answer = branch(flat, incumbent=x, gap=0.5)
    assert answer.objective <= flat.value(x)
