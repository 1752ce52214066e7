"""Starting from a neighbour: the same optimum as from nothing, proved, and never a plan that has grown stale."""

from dataclasses import replace

import numpy as np
import pytest

from planner import read_scenario, read_tables
from planner.assemble import assemble_compiled
from planner.certificate import certify, snap
from planner.engines import Status
from planner.engines.exact import milp, relax
from planner.studies.ledger import packed, unpacked
from planner.studies.neighbour import STALE, solved


@pytest.fixture(scope="module")
def flat():
    return assemble_compiled(read_tables(read_scenario("tiny"))).program.flat()


@pytest.fixture(scope="module")
def first(flat):
    return solved(flat, "tiny", [], gap=1e-7, time=60.0)


def moved(flat, seed, spread):
    """The same structure with other costs and limits."""
    rng = np.random.default_rng(seed)
    return replace(
        flat,
        cost=flat.cost * rng.uniform(1 - spread, 1 + spread, flat.cost.size),
        rhs=np.where(flat.sense < 0, flat.rhs * rng.uniform(1, 1 + spread, flat.rhs.size), flat.rhs),
        implied=np.zeros_like(flat.implied),  # what followed from the old limits does not follow from these
    )


@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(k, marks=pytest.mark.slow) for k in range(4, 12))])
def test_the_optimum_is_that_of_highs(flat, first, seed):
    program = moved(flat, seed, (0.002, 0.3)[seed % 2])
    answer, start, _ = solved(program, "tiny", [first[1]], gap=1e-7, time=60.0)
    truth = milp(program, gap=1e-9)
    assert truth.status is Status.OPTIMAL
    assert answer.objective == pytest.approx(truth.objective, rel=2e-7)
    check = certify(program, snap(program, answer.x), answer.leaves, gap=1e-6)
    assert check.certified, check.reasons
    assert check.bound <= truth.objective * (1 + 1e-12)
    assert start is not None


@pytest.mark.parametrize("seed", range(4))
def test_a_relaxation_is_that_of_the_exact_engine(flat, seed):
    loose = replace(flat, integer=np.zeros_like(flat.integer))
    _, start, _ = solved(loose, "tiny", [], gap=0.01, time=60.0)
    program = moved(loose, seed, 0.2)
    answer, _, used = solved(program, "tiny", [start], gap=0.01, time=60.0)
    assert used
    assert answer.objective == pytest.approx(relax(program).objective, rel=1e-9)
    assert certify(program, snap(program, answer.x), answer.leaves, gap=1e-7).certified


def test_what_is_handed_on_is_the_same_on_disk(first):
    start = first[1]
    again = unpacked(packed(start))
    assert again.program == start.program
    assert again.gap == start.gap
    for name in ("columns", "rows", "whole", "lower", "upper"):
        assert np.array_equal(getattr(again, name), getattr(start, name)), name
        assert getattr(again, name).shape == getattr(start, name).shape


def test_a_start_of_another_program_or_size_is_not_used(flat, first):
    start = first[1]
    for other in (
        replace(start, program="other"),
        replace(start, rows=start.rows[1:]),
        replace(start, columns=start.rows),
    ):
        answer, _, used = solved(flat, "tiny", [other], gap=1e-6, time=60.0)
        assert not used
        assert answer.objective == pytest.approx(first[0].objective, rel=1e-9)


def test_a_plan_within_the_gap_is_not_carried_on_when_its_own_search_did_better(flat, first):
    """At 5 % nearly any plan is good enough; the neighbour's is kept only while its gap is what a search reaches."""
    _, start, _ = solved(flat, "tiny", [], gap=0.05, time=60.0)
    dear = replace(flat, cost=np.where(flat.integer, flat.cost * 3.0, flat.cost))
    answer, handed, used = solved(dear, "tiny", [start], gap=0.05, time=60.0)
    check = certify(dear, snap(dear, answer.x), answer.leaves, gap=0.05)
    assert check.certified
    assert not used or check.gap_relative <= max(STALE * start.gap, 1e-6) + 1e-9
    assert handed.gap <= 0.05


def test_no_plan_is_said_and_hands_nothing_on(flat, first):
    broken = replace(flat, lower=np.where(np.arange(flat.shape[1]) == 0, flat.upper[0] + 1.0, flat.lower))
    answer, start, used = solved(broken, "tiny", [first[1]], gap=0.01, time=60.0)
    assert answer.status is Status.INFEASIBLE
    assert not answer.has_plan
    assert start is None
    assert not used
