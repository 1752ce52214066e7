"""Ties substituted, links added when they are broken: the same value, and prices that prove it for all rows."""

from dataclasses import replace

import numpy as np
import pytest
import tiny_programs as tiny
from homes_programs import homes_program, random_homes
from scipy import sparse

from planner.certificate import dual_bound, farkas_bound, row_violations
from planner.engines import Status
from planner.engines import reduced as module
from planner.engines.exact import linked, relax
from planner.engines.leaves import branch
from planner.engines.reduced import Reduced
from planner.engines.warm import Warm
from planner.flat import Flat


@pytest.fixture
def every_link_apart(monkeypatch):
    """Links are left out however few they are, and columns after the cheapest two."""
    monkeypatch.setattr(module, "MANY", 1)
    monkeypatch.setattr(module, "SHARE", 0.0)
    monkeypatch.setattr(module, "FEW", 1)
    monkeypatch.setattr(module, "NEAREST", 2)


def location(m, n, seed):
    """n customers, each served whole in parts from m places: x <= open, capacity of what is open."""
    rng = np.random.default_rng(seed)
    size = n * m
    rows = [sparse.hstack([sparse.kron(sparse.eye(n), np.ones((1, m))), sparse.csr_matrix((n, m))])]
    rows.append(sparse.hstack([sparse.eye(size), -sparse.csr_matrix(np.tile(np.eye(m), (n, 1)))]))
    demand = rng.integers(1, 9, n).astype(float)
    room = np.ceil(2.5 * demand.sum() / m) * np.ones(m)
    rows.append(sparse.hstack([sparse.kron(demand[None, :], sparse.eye(m)), -sparse.diags(room)]))
    total = size + m
    integer = np.arange(total) >= size
    return Flat(
        matrix=sparse.csr_matrix(sparse.vstack(rows)),
        cost=np.r_[rng.integers(5, 60, size).astype(float), rng.integers(20, 90, m).astype(float)],
        lower=np.zeros(total),
        upper=np.ones(total),
        rhs=np.r_[np.ones(n), np.zeros(size + m)],
        sense=np.r_[np.zeros(n, int), -np.ones(size + m, int)],
        integer=integer,
        implied=np.zeros(total, bool),
    )


def homes(seed):
    return homes_program(*random_homes(seed, g=12, p=4))


@pytest.mark.parametrize("flat", [*(location(6, 20, s) for s in range(6)), *(homes(s) for s in range(6))])
def test_the_value_of_the_whole_program_and_prices_that_prove_it(flat, every_link_apart):
    reduced = Reduced.of(flat)
    assert reduced.links.size
    assert reduced.late.any() or reduced.tied.size
    truth = relax(flat, "simplex")
    answer = Warm(flat).solve(flat.lower, flat.upper)
    assert answer.status is Status.OPTIMAL
    assert answer.objective == pytest.approx(truth.objective, rel=1e-9)
    assert row_violations(flat, answer.x).max() <= 1e-7
    assert dual_bound(flat, answer.y) == pytest.approx(truth.objective, rel=1e-9)
    assert relax(flat).objective == pytest.approx(truth.objective, rel=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_boxes_one_after_the_other_with_bases_from_before(seed, every_link_apart):
    flat = location(6, 20, seed)
    rng, warm = np.random.default_rng(seed), Warm(flat)
    first = warm.solve(flat.lower, flat.upper)
    corner, basis, place = warm.corner(), warm.basis(), np.flatnonzero(flat.integer)
    for _ in range(8):
        low, up = flat.lower.copy(), flat.upper.copy()
        low[rng.choice(place, 2, replace=False)] = 1.0
        shut = rng.choice(place, 2, replace=False)
        low[shut], up[shut] = 0.0, 0.0
        answer, truth = warm.solve(low, up, corner), relax(flat.with_bounds(low, up), "simplex")
        assert answer.objective == pytest.approx(truth.objective, rel=1e-9)
        assert answer.objective >= first.objective - 1e-9
        assert dual_bound(flat, answer.y, low, up) == pytest.approx(truth.objective, rel=1e-9)
        other = Warm(flat).solve(low, up, basis)
        assert other.objective == pytest.approx(truth.objective, rel=1e-9)


@pytest.mark.parametrize("flat", [location(6, 20, 0), homes(0)])
def test_a_basis_of_all_rows_is_where_another_model_starts(flat, every_link_apart):
    warm = Warm(flat)
    first = warm.solve(flat.lower, flat.upper)
    basis = warm.basis()
    assert len(basis.col_status) == flat.shape[1]
    assert len(basis.row_status) == flat.shape[0]
    basics = sum(str(kind).endswith("kBasic") for kind in (*basis.col_status, *basis.row_status))
    assert basics == flat.shape[0]
    again = Warm(flat).solve(flat.lower, flat.upper, basis)
    assert again.objective == pytest.approx(first.objective, rel=1e-12)
    assert again.iterations == 0


def test_a_box_that_needs_the_dearest_columns(every_link_apart):
    """Only the place that is the dearest for all is open: none of the columns that are passed at first can be used."""
    flat = location(6, 20, 2)
    cost = flat.cost.copy()
    cost[: 6 * 20 : 6] = 1000.0
    flat = replace(flat, cost=cost, rhs=flat.rhs, matrix=roomy(flat.matrix))
    place = np.flatnonzero(flat.integer)
    up = flat.upper.copy()
    up[place[1:]] = 0.0
    answer = Warm(flat).solve(flat.lower, up)
    assert answer.status is Status.OPTIMAL
    assert answer.objective == pytest.approx(relax(flat.with_bounds(flat.lower, up), "simplex").objective, rel=1e-9)


def roomy(matrix):
    """The same rows with room enough in every place."""
    out = matrix.tolil()
    for i in range(out.shape[0] - 6, out.shape[0]):
        out[i, out.shape[1] - 6 + (i - (out.shape[0] - 6))] = -1e6
    return out.tocsr()


@pytest.mark.parametrize("flat", [location(6, 20, 0), homes(0)])
def test_an_empty_box_is_proved_empty_for_the_whole_program(flat, every_link_apart):
    up = np.where(flat.integer, 0.0, flat.upper)
    answer = Warm(flat).solve(flat.lower, up)
    assert answer.status is Status.INFEASIBLE
    assert farkas_bound(flat, answer.y, flat.lower, up) > 0


def test_a_tie_stays_where_the_box_of_what_follows_is_smaller():
    # x = 2 z, z <= 3, but x <= 4: z may not be 3.
    flat = Flat(
        matrix=sparse.csr_matrix([[1.0, -2.0], [1.0, 1.0]]), cost=np.array([-1.0, -1.0]), lower=np.zeros(2),
        upper=np.array([4.0, 3.0]), rhs=np.array([0.0, 100.0]), sense=np.array([0, -1]),
        integer=np.array([False, True]), implied=np.zeros(2, bool),
    )  # fmt: skip
    assert not Reduced.of(flat).tied.size
    assert Warm(flat).solve(flat.lower, flat.upper).objective == pytest.approx(-6.0)
    wide = flat.with_bounds(flat.lower, np.array([4.0, 2.0]))
    assert Reduced.of(wide).tied.tolist() == [0]
    assert Warm(wide).solve(wide.lower, wide.upper).x == pytest.approx([4.0, 2.0])


def test_stopped_by_the_clock_the_prices_still_bound_the_cost(every_link_apart):
    flat = location(8, 30, 1)
    truth = relax(flat, "simplex").objective
    for time in (0.0, 1e-4, 1e-3):
        answer = Warm(flat).solve(flat.lower, flat.upper, time=time)
        assert answer.status in (Status.LIMIT, Status.OPTIMAL)
        assert dual_bound(flat, answer.y) <= truth + 1e-9
    reduced = Reduced.of(flat)
    rng = np.random.default_rng(0)
    for _ in range(5):
        y = np.where(np.isin(np.arange(flat.shape[0]), reduced.links), 0.0, rng.uniform(0, 30, flat.shape[0]))
        y[flat.sense < 0] *= -0.1
        weighed = reduced.weighed(y)
        assert (weighed[flat.sense < 0] <= 0).all()
        assert dual_bound(flat, y) - 1e-9 <= dual_bound(flat, weighed) <= truth + 1e-9


def test_leaves_prove_the_optimum_of_the_whole_program(every_link_apart):
    flat = location(6, 14, 3)
    warm = linked(flat)
    assert warm is not None
    proof = branch(flat, gap=1e-9, time=60.0, warm=warm)
    assert proof.objective == pytest.approx(tiny.brute_force(flat), rel=1e-9)


def test_few_links_are_passed_at_once():
    assert linked(location(6, 20, 0)) is None
    assert linked(location(12, 60, 0)) is not None
