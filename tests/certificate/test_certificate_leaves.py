"""Leaves: they must cover every integer point, and their smallest bound counts."""

import itertools
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog

from planner.certificate import certify, dual_bound, leaf_bound, leaves_bound, uncovered
from planner.program import Flat


@dataclass(frozen=True)
class Leaf:
    lower: np.ndarray
    upper: np.ndarray
    y: np.ndarray


def integer_program(rng, n=4, m=3, top=3, continuous=1):
    a = np.round(rng.normal(size=(m, n)) * 3)
    upper = np.full(n, float(top))
    x = rng.integers(0, top + 1, n).astype(float)
    sense = rng.integers(-1, 2, m)
    whole = np.arange(n) < n - continuous
    rhs = a @ x - sense * rng.integers(0, 3, m)
    return Flat(sparse.csr_matrix(a), rng.normal(size=n), np.zeros(n), upper, rhs, sense, whole, np.zeros(n, bool))


def cut_up(rng, flat, cuts):
    """A random partition of the box into leaves."""
    boxes = [(flat.lower.copy(), flat.upper.copy())]
    for _ in range(cuts):
        k = int(rng.integers(len(boxes)))
        low, up = boxes[k]
        wide = np.flatnonzero(flat.integer & (low < up))
        if not wide.size:
            continue
        j = int(rng.choice(wide))
        at = int(rng.integers(low[j], up[j]))
        left, right = up.copy(), low.copy()
        left[j], right[j] = at, at + 1
        boxes[k] = (low, left)
        boxes.append((right, up))
    y = rng.normal(size=flat.shape[0])
    return [Leaf(low, up, y) for low, up in boxes]


def covered_by_counting(flat, leaves):
    whole = np.flatnonzero(flat.integer)
    rest = ~flat.integer
    good = [k for k in leaves if (k.lower <= flat.lower)[rest].all() and (k.upper >= flat.upper)[rest].all()]
    ranges = [range(int(np.ceil(flat.lower[j])), int(np.floor(flat.upper[j])) + 1) for j in whole]
    return all(
        any((k.lower[whole] <= p).all() and (p <= k.upper[whole]).all() for k in good)
        for p in (np.array(q) for q in itertools.product(*ranges))
    )


def test_partitions_cover():
    rng = np.random.default_rng(1)
    for _ in range(150):
        flat = integer_program(rng)
        leaves = cut_up(rng, flat, int(rng.integers(0, 12)))
        assert uncovered(flat, leaves) == ""


def test_the_answer_equals_counting():
    # Partitions with a leaf lost, shrunk or shifted, and random overlapping boxes.
    rng = np.random.default_rng(2)
    answers = []
    for k in range(300):
        flat = integer_program(rng)
        leaves = cut_up(rng, flat, int(rng.integers(1, 12)))
        spoil = int(rng.integers(len(leaves)))
        leaf = leaves[spoil]
        j = int(rng.integers(flat.shape[1]))
        if k % 3 == 0:
            leaves.pop(spoil)
        elif k % 3 == 1:
            upper = leaf.upper.copy()
            upper[j] -= 0.5
            leaves[spoil] = Leaf(leaf.lower, upper, leaf.y)
        else:
            boxes = np.sort(rng.integers(-1, 5, (2, 25, flat.shape[1])).astype(float), axis=0)
            boxes[0, :, ~flat.integer], boxes[1, :, ~flat.integer] = -1.0, 4.0
            leaves = [Leaf(low, up, leaf.y) for low, up in zip(*boxes, strict=True)]
        truth = covered_by_counting(flat, leaves)
        answers.append(truth)
        assert (uncovered(flat, leaves) == "") == truth
        if not truth:
            assert leaves_bound(flat, leaves) == -np.inf
    assert 0.1 < np.mean(answers) < 0.9


def test_the_hole_is_named():
    flat = integer_program(np.random.default_rng(0), n=2, continuous=0)
    y = np.zeros(3)
    left = Leaf(np.array([0.0, 0.0]), np.array([1.0, 3.0]), y)
    assert uncovered(flat, [left]) == "no leaf holds the part of the integer box from [2] to [3]"
    assert "no leaves" in uncovered(flat, [])
    # Fractional faces: 1.5 and 1.6 leave no integer between them, 1.5 and 2.1 do.
    right = Leaf(np.array([1.6, 0.0]), np.array([3.0, 3.0]), y)
    assert uncovered(flat, [Leaf(left.lower, np.array([1.5, 3.0]), y), right]) == ""
    assert uncovered(flat, [left, Leaf(np.array([2.1, 0.0]), right.upper, y)]) != ""
    assert "not a number" in uncovered(flat, [Leaf(np.array([np.nan, 0.0]), right.upper, y)])
    assert "columns" in uncovered(flat, [Leaf(np.zeros(3), np.ones(3), y)])


def test_large_binary_tree_is_fast():
    rng = np.random.default_rng(3)
    flat = integer_program(rng, n=60, top=1, continuous=0)
    leaves = cut_up(rng, flat, 600)
    assert uncovered(flat, leaves) == ""
    assert uncovered(flat, leaves[:300] + leaves[301:]) != ""


def prices_over(flat, low, up):
    a, s = flat.matrix.toarray(), flat.sense
    less, limit = np.vstack([a[s < 0], -a[s > 0]]), np.concatenate([flat.rhs[s < 0], -flat.rhs[s > 0]])
    kw = {"A_ub": less, "b_ub": limit} if len(less) else {}
    kw |= {"A_eq": a[s == 0], "b_eq": flat.rhs[s == 0]} if (s == 0).any() else {}
    answer = linprog(flat.cost, bounds=np.column_stack([low, up]), method="highs", **kw)
    y = np.zeros(flat.shape[0])
    if answer.status == 0:
        k = int((s < 0).sum())
        y[s < 0], y[s > 0] = answer.ineqlin.marginals[:k], -answer.ineqlin.marginals[k:]
        y[s == 0] = answer.eqlin.marginals
    return y, answer


def test_leaf_bounds_stay_below_the_whole_optimum():
    rng = np.random.default_rng(4)
    for _ in range(40):
        flat = integer_program(rng, n=3, top=2)
        whole = np.flatnonzero(flat.integer)
        best = np.inf
        for p in itertools.product(range(3), repeat=whole.size):
            low, up = flat.lower.copy(), flat.upper.copy()
            low[whole] = up[whole] = p
            answer = prices_over(flat, low, up)[1]
            best = min(best, answer.fun if answer.status == 0 else np.inf)
        root = Leaf(flat.lower, flat.upper, prices_over(flat, flat.lower, flat.upper)[0])
        leaves = []
        for k in cut_up(rng, flat, 6):
            y, answer = prices_over(flat, k.lower, k.upper)
            leaves.append(Leaf(k.lower, k.upper, y if answer.status == 0 else root.y))
        assert leaves_bound(flat, [root]) - 1e-9 <= leaves_bound(flat, leaves) <= best + 1e-9


def test_an_empty_leaf_needs_its_proof():
    # x + y = 3 with both at most 1.
    flat = Flat(
        sparse.csr_matrix([[2.0, 2.0]]),
        np.ones(2),
        np.zeros(2),
        np.full(2, 5.0),
        np.array([3.0]),
        np.array([0]),
        np.ones(2, bool),
        np.zeros(2, bool),
    )
    small = np.zeros(2), np.array([0.0, 1.0])
    assert leaf_bound(flat, Leaf(*small, np.array([1.0]))) == np.inf
    assert leaf_bound(flat, Leaf(*small, np.array([-1.0]))) < 0


@pytest.mark.parametrize("what", ["lost", "prices of another leaf"])
def test_false_leaves_are_rejected(what):
    rng = np.random.default_rng(12)
    flat = integer_program(rng, n=3, top=2)
    leaves = [Leaf(k.lower, k.upper, prices_over(flat, k.lower, k.upper)[0]) for k in cut_up(rng, flat, 4)]
    if what == "lost":
        bounds = [leaf_bound(flat, k) for k in leaves]
        leaves.pop(int(np.argmin(bounds)))
        check = certify(flat, np.zeros(3), leaves)
        assert any("do not cover" in r for r in check.reasons)
        assert check.bound == -np.inf
    else:
        # Prices may be swapped at will: the bound gets weaker, never wrong.
        swapped = [Leaf(k.lower, k.upper, leaves[0].y) for k in leaves]
        assert leaves_bound(flat, swapped) <= min(
            max(dual_bound(flat, k.y, leaf.lower, leaf.upper) for k in leaves) for leaf in leaves
        )
