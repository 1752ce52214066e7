"""Cost in steps: what a raised bound promises is tried against every whole point."""

import itertools
import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from scipy import sparse

from planner.certificate import certify, whole_bound
from planner.flat import Flat
from planner.steps import Steps, money_steps


def flat_of(cost, a, rhs, sense, integer, upper=1.0, constant=0.0):
    a = sparse.csr_matrix(np.atleast_2d(np.array(a, float)))
    n = a.shape[1]
    return Flat(
        matrix=a, cost=np.array(cost, float), lower=np.zeros(n), upper=np.full(n, float(upper)),
        rhs=np.array(rhs, float), sense=np.array(sense), integer=np.array(integer, bool), implied=np.zeros(n, bool),
        constant=constant,
    )  # fmt: skip


def random_program(rng):
    """Whole costs of one money unit [G USD of a file in M USD], some on continuous columns tied to integers."""
    k, unit = int(rng.integers(2, 6)), float(rng.choice([1e-3, 0.25, 1.0, 1e-3 / 3]))
    size = rng.integers(1, 50, k).astype(float)
    rows = np.zeros((k + 1, 2 * k))
    rows[np.arange(k), np.arange(k)], rows[np.arange(k), k + np.arange(k)] = 1.0, -size
    rows[k, k:] = 1.0
    cost = np.concatenate([rng.integers(-9, 30, k) * unit / size, rng.integers(0, 30, k) * unit])
    integer = np.arange(2 * k) >= k
    flat = flat_of(cost, rows, [0.0] * k + [k], [0] * k + [-1], integer, 1.0, float(rng.normal()))
    return replace(flat, upper=np.concatenate([size, np.ones(k)]))


def values(flat):
    """Exact costs of all whole points, in rational numbers of the program's own floats."""
    k = flat.shape[1] // 2
    size = [-Fraction(float(flat.matrix[i, k + i])) for i in range(k)]
    cost = [Fraction(float(c)) for c in flat.cost]
    for point in itertools.product((0, 1), repeat=k):
        terms = [cost[i] * size[i] * z + cost[k + i] * z for i, z in enumerate(point)]
        yield sum(terms, Fraction(flat.constant))


def test_no_whole_point_is_under_a_raised_bound():
    rng = np.random.default_rng(7)
    raised = 0
    for _ in range(60):
        flat = random_program(rng)
        costs = sorted(values(flat))
        for value in costs:
            for below in (1e-13, 1e-6, 1e-4, 0.3):
                bound = float(value) - below
                up = whole_bound(flat, bound)
                assert up >= bound
                first = next((c for c in costs if c >= Fraction(bound)), None)
                assert first is None or Fraction(up) <= first
                raised += up > bound
    assert raised > 1000


def test_the_step_is_the_unit_of_the_money():
    flat = flat_of([0.017, 0.023, 0.009], [[1, 1, 1]], [2], [-1], [True] * 3)
    steps = money_steps(flat)
    assert steps is not None
    assert steps.step == pytest.approx(0.001, rel=1e-12)
    assert whole_bound(flat, 0.0172) == pytest.approx(0.018, rel=1e-12)
    assert whole_bound(flat, 0.017 - 1e-12) <= 0.017


@pytest.mark.parametrize(
    "flat",
    [
        flat_of([1.0, 2.0], [[1, 1]], [1], [-1], [True, False]),  # a fractional decision costs
        flat_of([1.0, math.pi], [[1, 1]], [1], [-1], [True, True]),  # no step
        flat_of([1.0, 2.0], [[1, 1]], [1], [-1], [True, True], math.inf),  # no end
        flat_of([0.0, 0.0], [[1, 1]], [1], [-1], [True, True]),  # no cost
        flat_of([1.0, 2.0], [[1, -3]], [1], [0], [False, True]),  # tied, but shifted
    ],
)
def test_no_steps(flat):
    assert money_steps(flat) is None
    assert whole_bound(flat, 0.5) == 0.5


def test_bounds_that_are_no_numbers_stay():
    steps = Steps(0.0, 1.0, 0.0)
    assert steps.raised(-math.inf) == -math.inf
    assert steps.raised(math.inf) == math.inf
    assert steps.raised(1e300) == 1e300


def test_a_certificate_uses_the_step():
    """Best of 4 x + 2 y with 2 x + 2 y >= 1: the relaxation proves 1, the step 2, which is what the plan costs."""
    flat = flat_of([4.0, 2.0], [[2, 2]], [1], [1], [True, True])
    judged = certify(flat, np.array([0.0, 1.0]), np.array([1.0]), gap=1e-9)
    assert judged.certified
    assert judged.bound == pytest.approx(2.0, rel=1e-12)
    halved = replace(flat, integer=np.array([False, False]))
    assert not certify(halved, np.array([0.0, 1.0]), np.array([1.0]), gap=1e-9).certified
