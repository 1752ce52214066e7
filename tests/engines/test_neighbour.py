"""A program solved from the basis of another of its structure has the optimum of one solved from nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from highspy import HighsBasis

from planner.assemble import assemble_compiled
from planner.certificate import dual_bound
from planner.engines import Status, exact, warm
from planner.engines.warm import neighbour
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
    return neighbour(flat, 1e-8, None, 10.0)


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
    answer, _ = neighbour(other, 1e-8, start[1], 60.0)
    assert answer.status is Status.OPTIMAL
    assert answer.objective == pytest.approx(exact.relax(other).objective, rel=AGREE)
    assert dual_bound(other, answer.y) == pytest.approx(answer.objective, rel=1e-5)


def test_the_same_program_from_its_own_basis_takes_no_step(flat, start):
    answer, _ = neighbour(flat, 1e-8, start[1], 60.0)
    assert answer.iterations == 0
    assert answer.objective == pytest.approx(start[0].objective, rel=AGREE)


def test_where_simplex_has_no_time_the_interior_method_answers(flat, start):
    other = moved(flat, 7)
    answer, basis = neighbour(other, 1e-8, start[1], 0.0)
    assert answer.status is Status.OPTIMAL
    assert isinstance(basis, HighsBasis)
    assert answer.objective == pytest.approx(exact.relax(other).objective, rel=AGREE)


def test_no_plan_is_no_optimum(flat, start):
    total = np.asarray(abs(flat.matrix).sum(axis=1)).ravel()
    row = int(np.flatnonzero((flat.sense > 0) & (total > 0))[0])
    capped = flat.with_bounds(flat.lower, np.minimum(flat.upper, 1e6))
    rhs = capped.rhs.copy()
    rhs[row] = 1e7 * total[row]
    answer, _ = neighbour(replace(capped, rhs=rhs, implied=np.zeros_like(flat.implied)), 1e-8, start[1], 60.0)
    assert answer.status is Status.INFEASIBLE
    assert np.isnan(answer.x).all()


def test_a_plan_beyond_an_implied_bound_is_no_answer(flat):
    used = exact.relax(flat).x
    j = int(np.argmax(np.where(np.isfinite(flat.upper) | flat.implied, used, 0.0)))
    upper, implied = flat.upper.copy(), flat.implied.copy()
    upper[j], implied[j] = max(flat.lower[j], 0.0) + used[j] / 4, True
    answer, _ = neighbour(replace(flat, upper=upper, implied=implied), 1e-8, None, 60.0)
    assert answer.status is Status.FAILED
    assert np.isnan(answer.objective)


def test_costs_of_changed_inputs_are_the_same_from_a_basis_and_from_nothing(tables, monkeypatch):
    rate = float(tables.settings["discount_rate"])
    moves = [(("scenario", "scenario", "discount_rate"), np.asarray(rate), np.asarray(rate + 0.01))]
    places = [np.array([share]) for share in (0.0, 0.5, 1.0)]
    monkeypatch.setattr(exact, "SIMPLEX_COLUMNS", 10)
    large = Resolved(tables, straight(moves), slopes=False)
    asked = []
    monkeypatch.setattr(warm, "neighbour", lambda *a: asked.append(a[2]) or neighbour(*a))
    costs = [j.cost for j in large(places)]
    monkeypatch.undo()
    small = Resolved(tables, straight(moves), slopes=False)
    assert asked[0] is None
    assert all(b is not None for b in asked[1:])
    assert costs == pytest.approx([j.cost for j in small(places)], rel=AGREE)
    assert costs[0] != pytest.approx(costs[-1], rel=1e-3)
