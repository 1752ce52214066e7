"""Sampled futures planned anew: draws of the replay, one structure for all, costs in the order that must hold."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse
from typer.testing import CliRunner

import planner
from planner import slips
from planner.assemble import assemble_compiled
from planner.cli import app
from planner.engines import exact
from planner.studies.futures.programs import Programs, _in_lanes, _in_threads, alike
from planner.studies.futures.sampled import sampled
from planner.studies.inputs.resolved import whole_decisions

COUNT = 6


@pytest.fixture(scope="module")
def plan():
    return planner.solve("tiny")


@pytest.fixture(scope="module")
def bundle(plan, tmp_path_factory):
    return planner.write_bundle(plan, tmp_path_factory.mktemp("bundles") / "tiny")


@pytest.fixture(scope="module")
def found(plan):
    return planner.futures(plan, count=COUNT, seed=3)


@pytest.fixture(scope="module")
def programs(plan):
    return Programs(sampled(plan.tables, COUNT, 3), whole_decisions(plan))


def relaxed(flat):
    return replace(flat, integer=np.zeros_like(flat.integer))


def test_futures_are_those_that_the_replay_draws(plan):
    sample = sampled(plan.tables, COUNT, 3)
    joined = np.flatnonzero(np.round(plan.blocks["join"]).any(axis=1))
    drawn = slips.phase_slips(plan.tables, joined, COUNT, 3)
    np.testing.assert_allclose(sample.lead[:, joined], drawn.lead, rtol=1e-12)
    np.testing.assert_array_equal(sample.success[:, joined], drawn.success)
    bought = ~plan.tables.frames["doors"]["own"].to_numpy(bool)
    lateness = slips.order_lateness(plan.tables, COUNT, 3)
    np.testing.assert_array_equal(sample.late[:, bought], lateness[:, bought])
    np.testing.assert_array_equal(sample.late[:, ~bought], 0.0)


@pytest.mark.parametrize("k", range(3))
def test_the_common_structure_has_the_optimum_of_a_futures_own_program(programs, k):
    own = relaxed(assemble_compiled(programs.sample.future(k)).program.flat())
    wide = programs.flat(k)
    assert wide.shape[1] >= own.shape[1]
    np.testing.assert_allclose(exact.relax(wide).objective, exact.relax(own).objective, rtol=1e-8)


def test_what_knows_more_or_may_change_more_costs_less(found):
    table = found.table
    assert table["future"].tolist() == list(range(COUNT))
    slack = 1e-7 * table["cost"]
    assert (table["bound"] <= table["cost"] + slack).all()
    assert (table["cost"] - table["bound"] <= slack).all()
    assert (table["cost"] <= table["held"] + slack).all()
    assert (table["held"] <= table["replayed"] + slack).all()
    assert (table["replayed"] - table["cost"]).max() > 1.0


def test_nothing_uncertain_makes_every_future_the_plan_itself():
    sure = ("stages.*.sigma=0", "stages.*.odds=1", "scenario.make_time_sigma=0")
    plan = planner.solve("tiny", sets=sure, gap=1e-6)
    best = planner.solve("tiny", sets=sure, relax=True)
    found = planner.futures(plan, count=2)
    np.testing.assert_allclose(found.table["cost"], best.objective, rtol=1e-7)
    np.testing.assert_allclose(found.table["held"], plan.objective, rtol=1e-4)
    np.testing.assert_allclose(found.table["replayed"], plan.objective, rtol=1e-6)
    np.testing.assert_allclose(found.table["served"], best.served_fraction, rtol=1e-6)
    joined = found.queues[found.queues["share"] > 0]
    assert set(joined["share"]) == {1.0}


def test_a_queue_that_never_delivers_is_joined_in_no_future():
    plan = planner.solve("tiny", sets=("stages.*.odds=0.001",))
    found = planner.futures(plan, count=3)
    assert (found.queues["share"] == 0).all()
    assert set(found.queues["verdict"]) <= {"", "doubtful"}


def test_lanes_and_threads_agree(programs):
    few = replace(programs.sample, success=programs.sample.success[:3], lead=programs.sample.lead[:3],
                  late=programs.sample.late[:3])  # fmt: skip
    mine = Programs.__new__(Programs)
    mine.__dict__ = programs.__dict__ | {"sample": few}
    threads = {k: (free.objective, kept.objective) for k, _, free, kept in _in_threads(mine, "exact", print)}
    lanes = {k: (free.objective, kept.objective) for k, _, free, kept in _in_lanes(mine, print)}
    assert threads.keys() == lanes.keys() == {0, 1, 2}
    for k, values in threads.items():
        np.testing.assert_allclose(lanes[k], values, rtol=1e-6)


def test_programs_made_alike_have_the_same_numbers_over_one_pattern(programs):
    flats = [programs.flat(k) for k in range(3)]
    same = alike(flats)
    for flat, made in zip(flats, same, strict=True):
        assert sparse.linalg.norm(flat.matrix - made.matrix) == 0.0
        np.testing.assert_array_equal(made.matrix.indices, same[0].matrix.indices)
        np.testing.assert_array_equal(made.matrix.indptr, same[0].matrix.indptr)
    assert same[0].matrix.nnz >= max(f.matrix.nnz for f in flats)


def test_what_was_done_before_an_interrupt_comes_back(plan):
    def stop(line):
        if line.startswith("future 3"):
            raise KeyboardInterrupt

    found = planner.futures(plan, count=COUNT, told=stop, held=False)
    assert 0 < len(found.table) < COUNT == found.asked
    assert found.table["held"].isna().all()


def test_a_relaxation_has_no_whole_decisions_to_keep():
    found = planner.futures(planner.solve("tiny", relax=True), count=1)
    assert found.table[["held", "replayed"]].isna().all(axis=None)


def test_every_fault_of_the_options_at_once(plan):
    with pytest.raises(planner.InputError) as told:
        planner.futures(plan, count=0, engine="first-order")
    assert [f.file for f in told.value.faults] == ["--count", "--engine"]


def test_the_command_prints_what_python_returns(bundle, found):
    ran = CliRunner().invoke(app, ["futures", str(bundle), "--count", str(COUNT), "--seed", "3", "--json"])
    assert ran.exit_code == 0
    told = json.loads(ran.stdout.strip().splitlines()[-1])
    costs = [r["cost"] for r in told["futures"]]
    np.testing.assert_allclose(costs, found.table["cost"], rtol=1e-6)
    assert {r["name"] for r in told["queues"]} == set(found.queues["name"])


def test_the_command_reads_well_and_fits(bundle):
    ran = CliRunner().invoke(app, ["futures", str(bundle), "--count", "3", "--no-held"])
    assert ran.exit_code == 0
    assert "as planned above the bound" in ran.stdout
    assert "whole decisions kept" not in ran.stdout.replace("Whole decisions kept", "")
    assert max(map(len, ran.stdout.splitlines())) <= 110
