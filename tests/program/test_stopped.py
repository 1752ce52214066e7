"""A solve stopped before there is a plan leaves the plan that does nothing, and says that it is not certified."""

from pathlib import Path

import pytest

import planner
from planner import engines

SCENARIO = Path(__file__).parent / "scenario"


def _stopped(*_arguments, **_options):
    raise KeyboardInterrupt


def test_stopped_by_hand_is_a_valid_bundle_of_a_plan_at_rest(tmp_path, monkeypatch):
    monkeypatch.setattr(engines, "solve", _stopped)
    plan = planner.solve(SCENARIO)
    assert not plan.certificate.certified
    assert plan.certificate.worst_violation <= 1e-9
    assert plan.served_fraction == 0
    assert plan.table("unserved")["value"].sum() > 0
    assert plan.table("build")["value"].sum() == plan.table("join")["value"].sum() == 0
    value = sum(v["value"].sum() for part, v in plan.money.groupby("part") if part == "unserved")
    standing = sum(v["value"].sum() for part, v in plan.money.groupby("part") if part != "unserved")
    assert value == pytest.approx(plan.objective - standing, rel=1e-12)
    verdict = planner.verify(planner.write_bundle(plan, tmp_path / "bundle"))
    assert verdict.ok, verdict.faults
    assert not verdict.certified


def test_an_infeasible_scenario_has_no_plan_to_fall_back_to():
    with pytest.raises(planner.NoPlan, match="infeasible"):
        planner.solve(SCENARIO, sets=("workloads.chat_e.must_serve=yes", "classes.chat.demand=x1000"))
