"""A program solved from the basis of another of its structure has the optimum of one solved from nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from highspy import HighsBasis, HighsBasisStatus

from planner.assemble import assemble_compiled
from planner.certificate import dual_bound, farkas_bound
from planner.engines import Status, exact
from planner.engines import neighbour as engine
from planner.engines.neighbour import carried, neighbour
from planner.engines.warm import beyond
from planner.scenario import read_scenario
from planner.studies.inputs.resolved import Resolved, straight
from planner.tables import read_tables

AGREE = 1e-7
"""Relative difference of two optima of one program."""


@pytest.fixture(scope="module")
def tables():
    return read_tables(read_scenario("two-engines"))


@pytest.fixture(scope="module")
def flat(tables):
    found = assemble_compiled(tables).program.flat()
    return replace(found, integer=np.zeros_like(found.integer))


@pytest.fixture(scope="module")
def start(flat):
    return neighbour(flat, 1e-8, None)


def moved(flat, seed):
    rng = np.random.default_rng(seed)
    return replace(flat, cost=flat.cost * rng.uniform(0.9, 1.1, flat.cost.size))


def test_without_a_basis_it_is_the_relaxation_with_prices_that_prove_it(flat, start):
    answer, basis = start
    assert answer.status is Status.OPTIMAL
    assert basis.valid
    assert answer.objective == pytest.approx(exact.relax(flat).objective, rel=AGREE)
    assert dual_bound(flat, answer.y) == pytest.approx(answer.objective, rel=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_from_a_basis_it_has_the_optimum_of_a_solve_from_nothing(flat, start, seed):
    other = moved(flat, seed)
    answer, _ = neighbour(other, 1e-8, start[1], 9.0)
    assert answer.status is Status.OPTIMAL
    assert answer.objective == pytest.approx(exact.relax(other).objective, rel=AGREE)
    assert dual_bound(other, answer.y) == pytest.approx(answer.objective, rel=1e-5)


def test_the_same_program_from_its_own_basis_takes_no_step(flat, start):
    answer, _ = neighbour(flat, 1e-8, start[1], 9.0)
    assert answer.iterations == 0
    assert answer.objective == pytest.approx(start[0].objective, rel=AGREE)


def test_where_simplex_may_take_no_step_the_interior_method_answers(flat, start):
    other = moved(flat, 7)
    answer, basis = neighbour(other, 1e-8, start[1], 0.0)
    assert answer.status is Status.OPTIMAL
    assert answer.engine == "exact"
    assert isinstance(basis, HighsBasis)
    assert answer.objective == pytest.approx(exact.relax(other).objective, rel=AGREE)
    assert neighbour(other, 1e-8, start[1], 9.0)[0].engine == "neighbour"


def test_no_plan_is_no_optimum(flat, start):
    total = np.asarray(abs(flat.matrix).sum(axis=1)).ravel()
    row = int(np.flatnonzero((flat.sense > 0) & (total > 0))[0])
    capped = flat.with_bounds(flat.lower, np.minimum(flat.upper, 1e6))
    rhs = capped.rhs.copy()
    rhs[row] = 1e7 * total[row]
    none = replace(capped, rhs=rhs, implied=np.zeros_like(flat.implied))
    answer, _ = neighbour(none, 1e-8, start[1], 9.0)
    assert answer.status is Status.INFEASIBLE
    assert np.isnan(answer.x).all()
    assert farkas_bound(none, answer.y) > 0


def narrowed(flat, x, share):
    """The program with implied bounds that are not implied at all, on columns that this plan uses most."""
    used = np.argsort(-np.where(np.isfinite(flat.upper) | flat.implied, x, 0.0))[:5]
    upper, implied = flat.upper.copy(), flat.implied.copy()
    upper[used] = np.maximum(flat.lower[used], 0.0) + share * x[used]
    implied[used] = True
    return replace(flat, upper=upper, implied=implied)


@pytest.mark.parametrize("share", [0.9, 0.98])
@pytest.mark.parametrize("known", [False, True])
def test_a_plan_beyond_implied_bounds_goes_on_with_them_as_real_bounds(flat, start, share, known):
    other = narrowed(flat, start[0].x, share)
    real = exact.relax(replace(other, implied=np.zeros_like(other.implied)))
    assert real.status is Status.OPTIMAL
    assert real.objective > start[0].objective * (1 + 1e-6)  # the bounds do bind
    answer, basis = neighbour(other, 1e-8, start[1] if known else None)
    assert answer.status is Status.OPTIMAL
    assert not beyond(other, answer.x).any()
    assert answer.objective == pytest.approx(real.objective, rel=AGREE)
    assert dual_bound(other, answer.y) == pytest.approx(answer.objective, rel=1e-6)
    again, _ = neighbour(replace(other, implied=np.zeros_like(other.implied)), 1e-8, basis, 9.0)
    assert again.iterations == 0


def test_where_simplex_may_take_no_step_the_plan_is_within_implied_bounds_too(flat, start):
    other = narrowed(flat, start[0].x, 0.9)
    real = exact.relax(replace(other, implied=np.zeros_like(other.implied)))
    answer, _ = neighbour(other, 1e-8, start[1], 0.0)
    assert answer.engine == "exact"
    assert answer.objective == pytest.approx(real.objective, rel=AGREE)
    assert not beyond(other, answer.x).any()


def test_a_program_that_only_implied_bounds_keep_from_falling_for_ever_has_its_optimum(flat, start):
    used = int(np.flatnonzero(flat.implied & np.isfinite(flat.upper) & (np.diff(flat.matrix.tocsc().indptr) > 0))[0])
    cost, matrix = flat.cost.copy(), flat.matrix.tolil(copy=True)
    cost[used], matrix[:, used] = -1.0, 0.0
    loose = replace(flat, cost=cost, matrix=matrix.tocsr())
    real = exact.relax(replace(loose, implied=np.zeros_like(loose.implied)))
    answer, _ = neighbour(loose, 1e-8, start[1], 9.0)
    assert answer.status is Status.OPTIMAL
    assert answer.objective == pytest.approx(real.objective, rel=AGREE)


def test_a_basis_is_carried_to_another_layout_by_name(tables):
    """Site after site out of the program: what is left starts from the whole one, and has the optimum from nothing."""
    whole = assemble_compiled(tables).program
    flat = replace(whole.flat(), integer=np.zeros(whole.layout.columns.sum(), bool))
    _, basis = neighbour(flat, 1e-8, None)
    later = {t: dict(c) for t, c in tables.numbers.items()}
    later["satellites"]["first_launch"] = later["satellites"]["first_launch"] + 2.0
    other = assemble_compiled(replace(tables, numbers=later)).program
    assert other.layout.digest != whole.layout.digest
    left = replace(other.flat(), integer=np.zeros(other.layout.columns.sum(), bool))
    there = carried(basis, whole.layout, other.layout)
    answer, _ = neighbour(left, 1e-8, there, 9.0)
    assert answer.objective == pytest.approx(exact.relax(left).objective, rel=AGREE)
    assert (len(there.col_status), len(there.row_status)) == left.shape[::-1]
    names = dict(zip(whole.layout.column_names(), basis.col_status, strict=True))
    new = HighsBasisStatus.kLower
    assert there.col_status == [names.get(n, new) for n in other.layout.column_names()]
    back, _ = neighbour(flat, 1e-8, carried(there, other.layout, whole.layout), 9.0)
    assert back.objective == pytest.approx(exact.relax(flat).objective, rel=AGREE)


def test_costs_of_changed_inputs_are_the_same_from_a_basis_and_from_nothing(tables, monkeypatch):
    rate = float(tables.settings["discount_rate"])
    moves = [(("scenario", "scenario", "discount_rate"), np.asarray(rate), np.asarray(rate + 0.01))]
    places = [np.array([share]) for share in (0.0, 0.5, 1.0)]
    monkeypatch.setattr(exact, "SIMPLEX_COLUMNS", 10)
    large = Resolved(tables, straight(moves), slopes=False)
    asked = []
    monkeypatch.setattr(engine, "neighbour", lambda *a: asked.append(a[2]) or neighbour(*a))
    costs = [j.cost for j in large(places)]
    monkeypatch.undo()
    small = Resolved(tables, straight(moves), slopes=False)
    assert asked[0] is None
    assert all(b is not None for b in asked[1:])
    assert costs == pytest.approx([j.cost for j in small(places)], rel=AGREE)
    assert costs[0] != pytest.approx(costs[-1], rel=1e-3)
