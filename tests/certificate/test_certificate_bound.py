"""The bound: below the optimum for any prices, exactly."""

from fractions import Fraction

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog

from planner.certificate import dual_bound, farkas_bound, snap
from planner.program import Flat

PROGRAMS = 1000


def random_program(rng, scale=True):
    m, n = int(rng.integers(1, 8)), int(rng.integers(1, 9))
    a = rng.normal(size=(m, n)) * (rng.random((m, n)) < 0.7)
    if scale:
        a *= 10.0 ** rng.integers(-3, 4, (m, n))
    lower = rng.uniform(-2, 1, n)
    upper = lower + rng.uniform(0, 4, n)
    x = rng.uniform(lower, upper)
    sense = rng.integers(-1, 2, m)
    rhs = a @ x - sense * rng.uniform(0, 1, m) * (rng.random(m) < 0.5)
    cost = rng.normal(size=n) * 10.0 ** rng.integers(-2, 3)
    flat = Flat(
        sparse.csr_matrix(a), cost, lower, upper, rhs, sense, np.zeros(n, bool), np.zeros(n, bool), rng.normal()
    )
    return flat, x


def solved(flat):
    a, s = flat.matrix.toarray(), flat.sense
    less, limit = np.vstack([a[s < 0], -a[s > 0]]), np.concatenate([flat.rhs[s < 0], -flat.rhs[s > 0]])
    kw = {"A_ub": less, "b_ub": limit} if len(less) else {}
    kw |= {"A_eq": a[s == 0], "b_eq": flat.rhs[s == 0]} if (s == 0).any() else {}
    answer = linprog(flat.cost, bounds=np.column_stack([flat.lower, flat.upper]), method="highs", **kw)
    y = np.zeros(flat.shape[0])
    if answer.status == 0:
        k = int((s < 0).sum())
        y[s < 0], y[s > 0] = answer.ineqlin.marginals[:k], -answer.ineqlin.marginals[k:]
        y[s == 0] = answer.eqlin.marginals
    return answer, y


def exact_bound(flat, y):
    """The dual function at y, with fractions: no rounding at all."""
    m, n = flat.shape
    y = [
        Fraction(0) if not np.isfinite(v) or v * s < 0 else Fraction(float(v))
        for v, s in zip(y, flat.sense, strict=True)
    ]
    a = flat.matrix.toarray()
    total = Fraction(flat.constant) + sum(
        (v * Fraction(float(b)) for v, b in zip(y, flat.rhs, strict=True)), Fraction(0)
    )
    for j in range(n):
        r = Fraction(float(flat.cost[j])) - sum((Fraction(float(a[i, j])) * y[i] for i in range(m)), Fraction(0))
        total += min(r * Fraction(float(flat.lower[j])), r * Fraction(float(flat.upper[j])))
    return total


def disturbed(rng, y):
    """Prices as an engine may return them: loose, float32, wrong signs, holes, far too large, or made up."""
    noise = rng.normal(size=y.size)
    wrong = y * np.where(rng.random(y.size) < 0.5, -1.0, 1.0)
    holes = np.where(rng.random(y.size) < 0.3, rng.choice([np.nan, np.inf, -np.inf]), y)
    return [
        y,
        y + 1e-6 * noise,
        y * (1 + 0.1 * noise),
        y.astype(np.float32),
        wrong,
        holes,
        noise * 10.0 ** rng.integers(-3, 6),
        y * 1e200,
        np.full(y.size, 1e-310),
    ]


def test_never_above_the_optimum():
    rng = np.random.default_rng(2026)
    tight = 0
    for _ in range(PROGRAMS):
        flat, x = random_program(rng)
        answer, y = solved(flat)
        best = answer.fun + flat.constant if answer.status == 0 else flat.value(x)
        slack = 1e-6 * (1 + np.abs(flat.cost * x).sum() + np.abs(y * flat.rhs).sum())
        for prices in disturbed(rng, y):
            bound = dual_bound(flat, prices)
            assert not np.isnan(bound)
            assert bound <= best + slack
        tight += dual_bound(flat, y) >= best - slack
    assert tight > 0.95 * PROGRAMS


def test_never_above_the_exact_dual_function():
    rng = np.random.default_rng(7)
    for _ in range(200):
        flat, _ = random_program(rng)
        y = rng.normal(size=flat.shape[0]) * 10.0 ** rng.integers(-2, 3)
        for prices in (y, y.astype(np.float32), np.where(rng.random(y.size) < 0.3, np.nan, y)):
            bound, truth = dual_bound(flat, prices), exact_bound(flat, prices)
            assert Fraction(bound) <= truth
            gross = np.abs(flat.cost).sum() + np.abs(flat.matrix).sum() * np.abs(y).max() * 10 + abs(flat.constant)
            assert float(truth - Fraction(bound)) <= 1e-13 * gross


def test_cancellation_is_paid_for():
    # The reduced cost 0.1 + 0.2 - 0.3 is not zero in float64: without the error term the bound is wrong.
    rng = np.random.default_rng(1)
    for _ in range(200):
        n = 40
        y = rng.uniform(0.1, 0.9, n)
        a = rng.uniform(0.1, 0.9, (n, 1)) * 10.0 ** rng.integers(-6, 6, (n, 1))
        cost = np.array([float(sum(Fraction(float(u)) * Fraction(float(v)) for u, v in zip(a[:, 0], y, strict=True)))])
        flat = Flat(
            sparse.csr_matrix(a),
            cost,
            np.array([-1e12]),
            np.array([1e12]),
            np.zeros(n),
            np.zeros(n, int),
            np.zeros(1, bool),
            np.zeros(1, bool),
        )
        assert Fraction(dual_bound(flat, y)) <= exact_bound(flat, y)


def one(cost, a, rhs, sense, lower, upper):
    return Flat(
        sparse.csr_matrix(np.atleast_2d(np.asarray(a, float))),
        np.asarray(cost, float),
        np.asarray(lower, float),
        np.asarray(upper, float),
        np.asarray(rhs, float),
        np.asarray(sense),
        np.zeros(len(cost), bool),
        np.zeros(len(cost), bool),
    )


def test_open_boxes():
    inf = np.inf
    ok = one([2.0, 0.0], [[1.0, 0.0]], [3.0], [1], [0.0, -inf], [inf, inf])
    assert dual_bound(ok, np.array([1.0])) == pytest.approx(3.0)
    assert dual_bound(ok, np.array([3.0])) == -inf
    # A reduced cost that may be zero, or a little below, proves nothing over an open box.
    assert dual_bound(ok, np.array([2.0])) == -inf
    below = one([-1.0], [[1.0]], [3.0], [-1], [-inf], [2.0])
    assert dual_bound(below, np.array([0.0])) == pytest.approx(-2.0)
    assert dual_bound(below, np.array([-2.0])) == -inf


def test_nonsense_gives_no_bound_or_a_valid_one():
    flat = one([1.0, -1.0], [[1.0, 1.0]], [1.0], [0], [0.0, 0.0], [1.0, 1.0])
    assert dual_bound(flat, np.array([1e308])) <= -1.0
    assert dual_bound(flat, np.array([np.nan])) == pytest.approx(-1.0)
    broken = one([np.nan, -1.0], [[1.0, 1.0]], [1.0], [0], [0.0, 0.0], [1.0, 1.0])
    assert dual_bound(broken, np.array([0.0])) == -np.inf
    with pytest.raises(ValueError, match="has 2 prices"):
        dual_bound(flat, np.zeros(2))


def test_coefficients_that_underflow():
    flat = one([0.0], [[1e-200]], [1.0], [1], [0.0], [1e300])
    # The optimum is 0 (x = 1e200); the product of price and coefficient is lost in float64.
    assert -1e-200 <= dual_bound(flat, np.array([1e-200])) <= 0.0


def test_rows_without_a_limit_have_no_price():
    flat = one([1.0], [[1.0], [1.0]], [-np.inf, 2.0], [1, 1], [0.0], [9.0])
    assert dual_bound(flat, np.array([5.0, 1.0])) == pytest.approx(2.0)


def test_smaller_box_never_lowers_the_bound():
    rng = np.random.default_rng(5)
    for _ in range(100):
        flat, x = random_program(rng)
        y = rng.normal(size=flat.shape[0])
        low, up = np.minimum(x, flat.lower + 0.3), np.maximum(x, flat.upper - 0.3)
        whole = dual_bound(flat, y)
        assert dual_bound(flat, y, low, up) >= whole - 1e-12 * abs(whole)


def test_money_times_two_doubles_the_bound():
    rng = np.random.default_rng(8)
    for _ in range(100):
        flat, _ = random_program(rng)
        y = rng.normal(size=flat.shape[0])
        twice = Flat(
            flat.matrix,
            2 * flat.cost,
            flat.lower,
            flat.upper,
            flat.rhs,
            flat.sense,
            flat.integer,
            flat.implied,
            2 * flat.constant,
        )
        assert dual_bound(twice, 2 * y) == 2 * dual_bound(flat, y)


def test_farkas_proves_only_what_is_true():
    empty = one([1.0, 1.0], [[1.0, 1.0], [1.0, 2.0]], [10.0, 8.0], [1, -1], [0, 0], [20, 20])
    assert farkas_bound(empty, np.array([1.0, -1.0])) > 0
    rng = np.random.default_rng(9)
    for _ in range(200):
        flat, _ = random_program(rng)
        assert farkas_bound(flat, rng.normal(size=flat.shape[0]) * 100) <= 0


def test_snap_moves_only_what_is_tiny():
    flat = one([1.0, 1.0, 1.0, 1.0], [[1.0, 1.0, 1.0, 1.0]], [1.0], [1], [0, 0, 0, 0], [2, 2, 2, 1e6])
    flat.integer[:2] = True
    x = snap(flat, np.array([0.9999999, 0.7, -1e-8, 1e6 + 1e-2]))
    np.testing.assert_array_equal(x, [1.0, 0.7, 0.0, 1e6])
    np.testing.assert_array_equal(snap(flat, np.array([0.0, 0.0, -1e-5, 0.0])), [0.0, 0.0, -1e-5, 0.0])
