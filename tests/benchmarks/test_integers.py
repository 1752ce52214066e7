"""Whole plans as the benchmark judges them: on `tiny`, which all methods solve, and on numbers made up here."""

import json

import pytest


@pytest.fixture
def solves(script, tmp_path):
    integers, programs = script("integers"), script("programs")
    flat = programs.read(programs.kept("tiny", 0, tmp_path, whole=True)).flat
    assert flat.integer.any()
    return {m: integers.judged(flat, m, 0.01, 60.0) for m in ("relaxation", "exact", "HiGHS MILP")}


def test_plans_are_whole_and_bounds_hold(solves, script):
    page = script("integer_page")
    relaxation, exact, peer = (solves[m] for m in ("relaxation", "exact", "HiGHS MILP"))
    assert exact["certified"]
    assert exact["gap"] <= 0.01
    assert exact["worst"] <= 1e-6
    assert peer["worst"] <= 1e-6
    assert "gap" not in peer, "a MILP solver's word is no proof"
    assert peer["claimed"] <= 0.01 + 1e-9
    assert relaxation["value"] <= min(exact["value"], peer["value"]) * (1 + 1e-9)
    assert exact["bound"] <= peer["value"] * (1 + 1e-9)
    entry = {"solves": solves}
    assert page.gap_of(entry, "exact") == exact["gap"]
    assert -1e-9 <= page.gap_of(entry, "HiGHS MILP") <= 0.02


def test_a_peer_stands_against_the_best_bound_of_ours(script):
    page = script("integer_page")
    solves = {"relaxation": {"value": 80.0, "bound": 80.0, "gap": 0.0}, "HiGHS MILP": {"value": 100.0}}
    assert page.gap_of({"solves": solves}, "HiGHS MILP") == pytest.approx(0.2)
    solves["exact"] = {"value": 101.0, "bound": 99.0, "gap": 2 / 101}
    assert page.gap_of({"solves": solves}, "HiGHS MILP") == pytest.approx(0.01)
    assert page.gap_of({"solves": solves}, "interior") is None


def test_a_peer_that_fails_is_shown_with_its_limit(script, tmp_path):
    size = {"rows": 2, "columns": 3, "integers": 1}
    plan = {"seconds": 12.0, "relaxed_after": 4.0, "status": "optimal", "limit": 300.0, "leaves": 1, "memory_gb": 0.1}
    plan |= {"value": 100.0, "bound": 99.5, "gap": 0.005, "worst": 0.0}
    solves = {"relaxation": plan | {"seconds": 10.0}, "exact": plan}
    solves["HiGHS MILP"] = {"status": "did not stop at 300 s", "limit": 300.0}
    case = size | {"family": "cflp", "known": 99.0, "solves": solves}
    document = {"where": "here", "machine": {"cores": 2}, "programs": {"M": size | {"solves": solves}}}
    (tmp_path / "integers_here.json").write_text(json.dumps(document | {"cases": {"cap41": case}}))
    lines = script("integer_page").integers(tmp_path)
    assert any("| HiGHS MILP | 300 |" in line and "did not stop at 300 s" in line for line in lines)
    assert "M: certified 0.5 % in 3.00 times the quicker relaxation: target missed." in lines
    tables = [line.count("|") for line in lines if line.startswith("|")]
    assert len(set(tables[:5])) == 1
    assert len(set(tables[5:])) == 1
