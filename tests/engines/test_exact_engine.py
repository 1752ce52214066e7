"""The exact engine: KKT conditions on named programs, statuses, prices as slopes."""

import numpy as np
import pytest
import tiny_programs as tiny

from planner.builder import Builder
from planner.certificate import certify, dual_bound, farkas_bound, row_violations, snap
from planner.engines import ENGINES, Status, periods, register, solve
from planner.engines.exact import fixed, milp, relax

METHODS = ("auto", "simplex", "ipx", "choose")


def assert_kkt(flat, answer, tol=1e-6):
    assert answer.status is Status.OPTIMAL
    x, y = answer.x, answer.y
    size = max(1.0, np.abs(flat.cost).max())
    assert row_violations(flat, x).max(initial=0.0) <= tol
    assert (x >= flat.lower - tol).all()
    assert (x <= flat.upper + tol).all()
    assert (y[flat.sense > 0] >= -tol * size).all()
    assert (y[flat.sense < 0] <= tol * size).all()
    slack = flat.matrix @ x - flat.rhs
    assert np.abs(y * slack).max(initial=0.0) <= 10 * tol * size * max(1.0, np.abs(flat.rhs).max(initial=0.0))
    reduced = flat.cost - flat.matrix.T @ y
    inside_low, inside_up = x - flat.lower > 1e-4, flat.upper - x > 1e-4
    assert (reduced[inside_low] <= 100 * tol * size).all()
    assert (reduced[inside_up] >= -100 * tol * size).all()
    assert answer.objective == pytest.approx(tiny.independent_optimum(flat), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", tiny.LINEAR)
def test_kkt(name, method):
    flat = tiny.LINEAR[name]()
    answer = relax(flat, method)
    assert_kkt(flat, answer)
    if np.isfinite(flat.lower).all() and np.isfinite(flat.upper).all():
        assert dual_bound(flat, answer.y) == pytest.approx(answer.objective, rel=1e-5, abs=1e-5)
        assert certify(flat, snap(flat, answer.x), answer.leaves, gap=1e-4).certified


@pytest.mark.parametrize("name", ["transport", "chain", "inventory", "equality_only"])
def test_another_solver_agrees(name):
    flat = tiny.LINEAR[name]()
    assert_kkt(flat, relax(flat, solver="CLARABEL"), tol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_random_programs_keep_kkt(method):
    rng = np.random.default_rng(11)
    for _ in range(12):
        m, n = int(rng.integers(2, 8)), int(rng.integers(3, 10))
        a = rng.normal(size=(m, n)) * (rng.random((m, n)) < 0.6)
        sense = rng.integers(-1, 2, m)
        rhs = a @ rng.uniform(0, 3, n) - sense * rng.uniform(0, 1, m)
        assert_kkt(flat := tiny.flat_of(rng.normal(size=n), a, rhs, sense, 4.0), relax(flat, method))


@pytest.mark.parametrize("name", ["transport", "chain", "inventory"])
def test_prices_are_slopes(name):
    flat = tiny.LINEAR[name]()
    y = relax(flat, "simplex").y
    for i in range(flat.shape[0]):
        sides = []
        for step in (-1e-3, 1e-3):
            moved = tiny.flat_of(
                flat.cost, flat.matrix.toarray(), flat.rhs, flat.sense, flat.upper, constant=flat.constant
            )
            moved.rhs[i] += step
            sides.append((tiny.independent_optimum(moved) - tiny.independent_optimum(flat)) / step)
        assert min(sides) - 1e-5 <= y[i] <= max(sides) + 1e-5


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("build", [tiny.infeasible, tiny.infeasible_by_bounds])
def test_infeasible(build, method):
    flat = build()
    answer = relax(flat, method)
    assert answer.status is Status.INFEASIBLE
    assert not answer.has_plan
    assert "rows" in answer.advice
    if method == "simplex":
        assert farkas_bound(flat, answer.y) > 0


@pytest.mark.parametrize("method", METHODS)
def test_unbounded(method):
    answer = relax(tiny.unbounded(), method)
    assert answer.status is Status.UNBOUNDED
    assert "missing" in answer.advice


def test_crossed_bounds_are_infeasible():
    flat = tiny.transport()
    assert relax(flat.with_bounds(flat.lower + 100.0, flat.upper)).status is Status.INFEASIBLE


def test_implied_bounds_are_not_passed():
    # The bound 1 on x would take the price from the row; as an implied bound it leaves the price where it is named.
    flat = tiny.flat_of([-3.0, 0.0], [[1.0, 1.0]], [1.0], [-1], [1.0, 1.0], implied=True)
    assert relax(flat, "simplex").y[0] == pytest.approx(-3.0)


@pytest.mark.parametrize("build", [tiny.knapsack, tiny.facility, lambda: tiny.staircase(2)[0]])
def test_milp_finds_the_optimum(build):
    flat = build()
    answer = milp(flat, gap=0.0)
    truth = tiny.brute_force(flat)
    assert answer.status is Status.OPTIMAL
    assert answer.objective == pytest.approx(truth, rel=1e-7)
    assert answer.claimed_bound == pytest.approx(truth, rel=1e-5)
    assert (answer.x[flat.integer] == np.round(answer.x[flat.integer])).all()
    assert_prices_at_fixed(flat, answer)


def assert_prices_at_fixed(flat, answer):
    whole = flat.integer
    low, up = np.where(whole, answer.x, flat.lower), np.where(whole, answer.x, flat.upper)
    assert dual_bound(flat, answer.y, low, up) == pytest.approx(answer.objective, rel=1e-6)


def test_milp_without_a_plan():
    flat = tiny.flat_of([1, 1], [[2, 2]], [3], [0], 5.0, integer=[0, 1])
    assert milp(flat).status is Status.INFEASIBLE


def test_milp_stopped_at_once_says_limit():
    flat = tiny.facility(places=12, towns=30, seed=1)
    answer = milp(flat, time=0.0)
    assert answer.status in (Status.LIMIT, Status.OPTIMAL)
    assert answer.has_plan == np.isfinite(answer.objective)


def test_fixed_keeps_the_integers():
    flat = tiny.facility()
    x = milp(flat).x
    again = fixed(flat, x + 1e-8)
    assert again.objective == pytest.approx(flat.value(x))
    assert (again.x[flat.integer] == x[flat.integer]).all()


@pytest.mark.parametrize("build", [tiny.knapsack, tiny.facility, tiny.chain, lambda: tiny.staircase(2, seed=2)[0]])
def test_solve_ends_with_a_certified_gap(build):
    flat = build()
    steps = []
    answer = solve(flat, gap=1e-4, time=30.0, progress=steps.append)
    check = certify(flat, snap(flat, answer.x), answer.leaves, gap=1e-4)
    assert check.certified, check.reasons
    assert steps
    if flat.integer.any():
        assert answer.objective == pytest.approx(tiny.brute_force(flat), rel=1e-4)


@pytest.mark.parametrize(
    ("build", "status"),
    [
        (tiny.infeasible, Status.INFEASIBLE),
        (tiny.unbounded, Status.UNBOUNDED),
        (lambda: tiny.flat_of([1, 1], [[2, 2]], [3], [0], 5.0, integer=[0, 1]), Status.INFEASIBLE),
    ],
)
def test_solve_says_why_there_is_no_plan(build, status):
    answer = solve(build(), time=10.0)
    assert answer.status is status
    assert not answer.has_plan


def test_money_times_two_changes_no_decision():
    for build in (tiny.chain, tiny.facility):
        flat = build()
        twice = tiny.flat_of(
            2 * flat.cost,
            flat.matrix.toarray(),
            flat.rhs,
            flat.sense,
            flat.upper,
            integer=np.flatnonzero(flat.integer),
            implied=flat.implied,
            constant=2 * flat.constant,
        )
        one, two = solve(flat, gap=1e-6), solve(twice, gap=1e-6)
        assert two.objective == pytest.approx(2 * one.objective, rel=1e-9)
        np.testing.assert_allclose(one.x[flat.integer], two.x[flat.integer])


def test_unknown_engine_is_named():
    with pytest.raises(ValueError, match="engine magic — is not known"):
        solve(tiny.transport(), "magic")


def test_engines_register(monkeypatch):
    monkeypatch.setattr("planner.engines.ENGINES", dict(ENGINES))
    register("again", "planner.engines.exact:solve")
    assert solve(tiny.transport(), "again").status is Status.OPTIMAL
    with pytest.raises(ValueError, match="already"):
        register("exact", "planner.other:solve")


def test_periods_follow_the_flat_order():
    b = Builder(3)
    b.variable(
        "a", ("k",), [("x",), ("y",)], "MW", upper=1.0, exists=np.array([[True, False, True], [False, True, True]])
    )
    b.variable("b", (), [()], "MW", upper=1.0)
    layout = b.program().layout
    assert [f"@{t}" for t in periods(layout)] == [name[-2:] for name in layout.column_names()]


def test_solve_over_time():
    flat, period = tiny.staircase(3, 2, 1)
    answer = solve(flat, gap=1e-6, period_of_column=period)
    assert answer.objective == pytest.approx(tiny.brute_force(flat), rel=1e-6)
