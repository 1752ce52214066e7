"""Programs that start from kept bases, in threads, have the costs of programs solved one by one from nothing."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

import planner
from planner.engines import exact
from planner.engines import neighbour as engine
from planner.scenario import read_scenario
from planner.studies.inputs.known import KEPT, Known, Start, distance
from planner.studies.inputs.path import attribution
from planner.studies.inputs.resolved import Resolved, straight, whole_decisions
from planner.studies.queues import apart, leads_of, queues
from planner.studies.structure import Structures
from planner.tables import read_tables

AGREE = 1e-7
"""Share of the cost by which two optima of one program may differ."""


@pytest.fixture(scope="module")
def plan():
    return planner.solve("tiny", gap=0.01)


@pytest.fixture(scope="module")
def small(plan):
    return queues(plan, top=6, around=2, futures=16)


@pytest.fixture
def large(monkeypatch):
    """Every program counts as a large one."""
    monkeypatch.setattr(exact, "SIMPLEX_COLUMNS", 10)


@pytest.fixture
def kept(monkeypatch):
    """What the study shared, for looking at afterwards."""
    made = []
    begin = Known.__init__
    monkeypatch.setattr(Known, "__init__", lambda self, structures: made.append(self) or begin(self, structures))
    return made


def same(plan, found, small):
    assert found.solved == small.solved
    assert list(found.table["name"]) == list(small.table["name"])
    assert list(found.table["verdict"]) == list(small.table["verdict"])
    assert (found.table["verdict"] != "").any()
    near = AGREE * abs(plan.objective)
    for column in ("month", "earlier", "later", "half", "without"):
        np.testing.assert_allclose(found.table[column], small.table[column], rtol=1e-9, atol=near)
    assert np.isfinite(found.table["later"]).sum() >= 3
    both = [f.routes.set_index(["queue", "route"])["cost"].sort_index() for f in (found, small)]
    assert len(both[0])
    np.testing.assert_allclose(*both, rtol=1e-9, atol=near)


def test_the_study_says_the_same_from_kept_bases(plan, small, large, kept):
    found = queues(plan, top=6, around=2, futures=16)
    same(plan, found, small)
    (known,) = kept
    assert known.from_nothing == 1
    assert known.from_basis >= 8


def test_the_study_says_the_same_where_simplex_may_take_no_step(plan, small, large, kept, monkeypatch):
    monkeypatch.setattr(engine, "neighbour", partial(engine.neighbour, share=0.0))
    same(plan, queues(plan, top=6, around=2, futures=16), small)
    assert kept[0].from_nothing > 1


def test_leads_move_in_one_structure_and_cost_what_programs_assembled_anew_say(plan, large, kept):
    tables = apart(plan.tables)
    leads = [q for q in leads_of(plan) if q.kind == "power" and q.inside][:2]
    here = [
        np.asarray(float(tables.numbers["stages"]["lead_fixed"][tables.keys("stages").index(q.name)])) for q in leads
    ]
    moves = [(q.cell, h, h + 1.0) for q, h in zip(leads, here, strict=True)]
    places = [np.zeros(len(moves)), *np.eye(len(moves)), np.full(len(moves), 0.3)]
    from_bases = [j.cost for j in Resolved(tables, straight(moves), None, slopes=False)(places)]
    assert kept[0].structures.compiled == 1
    assert kept[0].from_nothing == 1
    anew = Known(Structures(tables))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exact, "SIMPLEX_COLUMNS", 10**6)
        one_by_one = [Resolved(tables, straight(moves), None, slopes=False, known=anew)([p])[0].cost for p in places]
    assert anew.structures.compiled > 1
    assert from_bases == pytest.approx(one_by_one, rel=AGREE)
    assert max(one_by_one) > min(one_by_one) * (1 + 1e-5)


def test_a_place_without_a_plan_costs_infinity_by_proof(plan, large, monkeypatch):
    """The second phase of a site cannot be joined without the first one."""
    held = whole_decisions(plan) or {}
    names = plan.assembly.program.layout.column_names()
    alone = {k: v for k, v in held.items() if not k.startswith("join[fjord")}
    alone[[n for n in names if n.startswith("join[fjord2]@")][-1]] = 1.0
    monkeypatch.setattr(exact, "relax", lambda *a, **k: pytest.fail("the proof is enough"))
    known = Known(Structures(plan.tables))
    costs = [
        Resolved(plan.tables, straight([]), some, slopes=False, known=known)([np.zeros(0)])[0].cost
        for some in (held, alone, held)
    ]
    assert costs[0] == pytest.approx(plan.objective, rel=1e-6)
    assert costs[1] == math.inf
    assert costs[2] == pytest.approx(costs[0], rel=1e-9)
    assert known.from_nothing == 1


def test_a_walk_is_attributed_the_same(plan, large):
    asked = plan.tables.numbers["classes"]["demand"][plan.tables.keys("classes").index("chat")]
    rate = float(plan.tables.settings["discount_rate"])
    moves = [
        (("scenario", "scenario", "discount_rate"), np.asarray(rate), np.asarray(rate + 0.02)),
        (("classes", "chat", "demand"), asked, 1.05 * asked),
    ]
    held = whole_decisions(plan)
    found = attribution(Resolved(plan.tables, straight(moves), held), most=8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exact, "SIMPLEX_COLUMNS", 10**6)
        other = attribution(Resolved(plan.tables, straight(moves), held), most=8)
    assert found.solved == other.solved
    assert found.cost == pytest.approx(other.cost, rel=AGREE)
    for cell, share in other.by_input.items():
        assert found.by_input[cell] == pytest.approx(share, abs=1e-5 * abs(plan.objective))


def test_the_nearest_basis_is_that_of_the_tables_and_decisions_that_differ_least(plan):
    tables = read_tables(read_scenario("tiny"))
    here = Start(tables, {"a": 1.0}, plan.assembly.program.layout, None)

    def moved(share, held=here.held):
        numbers = tables.numbers | {"phases": dict(tables.numbers["phases"])}
        numbers["phases"]["power"] = numbers["phases"]["power"] * (1.0 + share)
        return replace(here, tables=replace(tables, numbers=numbers), held=held)

    assert distance(here, here) == 0.0
    assert distance(here, moved(0.0)) == 0.0
    assert 0.0 < distance(here, moved(0.1)) < distance(here, moved(0.3))
    assert distance(moved(0.3), moved(0.1)) < distance(moved(0.3), here)
    assert distance(here, replace(here, held={"b": 1.0})) == 2.0
    assert distance(here, replace(here, held=None)) == 1.0
    rate = float(tables.settings["discount_rate"])
    other = replace(tables, settings={**tables.settings, "discount_rate": rate + 0.05})
    assert distance(here, replace(here, tables=other)) == pytest.approx(0.05 / (2 * rate + 0.05))


def test_few_bases_are_kept_and_the_first_of_all_always(plan, large):
    rate = float(plan.tables.settings["discount_rate"])
    moves = [(("scenario", "scenario", "discount_rate"), np.asarray(rate), np.asarray(rate + 0.02))]
    known = Known(Structures(plan.tables))
    resolved = Resolved(plan.tables, straight(moves), whole_decisions(plan), slopes=False, known=known)
    costs = [j.cost for j in resolved([np.array([k / 11]) for k in range(12)])]
    assert costs == sorted(costs, reverse=costs[0] > costs[-1])
    assert len(known.starts) == KEPT
    assert known.starts[0].tables.settings["discount_rate"] == rate
