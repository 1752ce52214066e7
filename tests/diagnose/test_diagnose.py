"""`planner diagnose` on `rented`, where every number can be checked by hand, and what its command prints."""

import json
import math
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp
from typer.testing import CliRunner

import planner
from planner import InputError, NoPlan, diagnose, read_scenario, read_tables
from planner.assemble import assemble_compiled
from planner.cli import app

SMALL_ATTIC = ("leases.attic.capacity=100",)
NO_HOME = ("leases.barn.capacity=2500", "leases.attic.capacity=4500")


@pytest.fixture(scope="module")
def attic():
    return diagnose("rented", sets=SMALL_ATTIC)


@pytest.fixture(scope="module")
def homes():
    return diagnose("rented", sets=NO_HOME)


def program(sets):
    return assemble_compiled(read_tables(read_scenario("rented", (), tuple(sets)))).program


def least_slack(flat, *, whole):
    """Sum of slacks that the rows need, by another formulation: two slacks on every row, unscaled, in one call."""
    m, n = flat.shape
    a = np.hstack([flat.matrix.toarray(), np.eye(m), -np.eye(m)])
    low, up = np.where(flat.sense >= 0, flat.rhs, -np.inf), np.where(flat.sense <= 0, flat.rhs, np.inf)
    kinds = np.r_[flat.integer * int(whole), np.zeros(2 * m)]
    box = Bounds(np.r_[flat.lower, np.zeros(2 * m)], np.r_[flat.upper, np.full(2 * m, np.inf)])
    cost = np.r_[np.zeros(n), np.ones(2 * m)]
    return milp(cost, constraints=LinearConstraint(a, low, up), bounds=box, integrality=kinds).fun


def test_a_small_attic_by_hand(attic):
    """Ann and Bob need one home each of 3,000; the attic holds neither, the barn (5,000) one and two thirds."""
    assert attic.status == "conflict"
    assert attic.proved
    assert attic.proof > 0
    by_path = {r.changes[0].path: r.changes[0].amount for r in attic.repairs}
    assert set(by_path) == {"leases.barn.capacity", "workloads.ann.share", "workloads.bob.share"}
    assert by_path["leases.barn.capacity"] == pytest.approx(1000, rel=0.015)
    assert by_path["leases.barn.capacity"] >= 1000
    for w in ("ann", "bob"):  # 3,000 (1 - s) + 3,000 = 5,000
        assert 1 / 3 <= by_path[f"workloads.{w}.share"] <= 1 / 3 * 1.015


def test_the_conflict_names_both_demands_and_both_leases_and_is_small(attic):
    rows = {c.row for c in attic.conflict}
    assert {"serve[ann]", "serve[bob]", "lease[barn]", "lease[attic]"} <= rows
    assert len(rows) <= 6
    table = attic.conflicts()
    assert table.set_index("row").loc["lease[barn]", "limit"] == "5,000 PFLOP/s"


def test_rows_of_the_conflict_have_no_plan_and_leaving_any_out_leaves_one(attic):
    made = program(SMALL_ATTIC)
    flat, names = made.flat(), made.layout.row_names()
    members = [i for i, n in enumerate(names) if n in {m for c in attic.conflict for m in c.members}]
    assert len(members) == sum(len(c.members) for c in attic.conflict)
    open_box = replace(flat, upper=np.where(flat.implied, np.inf, flat.upper))

    def slack(keep):
        part = replace(open_box, matrix=flat.matrix[keep], rhs=flat.rhs[keep], sense=flat.sense[keep])
        return least_slack(part, whole=False)

    assert slack(members) > 1e-3
    for i in members:
        assert slack([j for j in members if j != i]) < 1e-6


def test_repairs_work_when_planned_anew_and_none_can_be_left_out(attic):
    with pytest.raises(NoPlan):
        planner.solve("rented", sets=SMALL_ATTIC)
    assert least_slack(program(SMALL_ATTIC).flat(), whole=True) > 1e-3
    repair = attic.repairs[0]
    assert (repair.verified, repair.needed) == ("plan", True)
    plan = planner.solve("rented", sets=(*SMALL_ATTIC, *repair.sets))
    assert plan.certificate.certified
    assert plan.objective == pytest.approx(repair.cost, rel=0.01)
    assert repair.bound <= repair.cost * (1 + 1e-9)
    for other in attic.repairs[1:]:
        assert least_slack(program((*SMALL_ATTIC, *other.sets)).flat(), whole=True) < 1e-6


def test_repairs_move_different_inputs(attic, homes):
    for found in (attic, homes):
        paths = [{c.path for c in r.changes} for r in found.repairs]
        assert len(paths) == 3
        assert sum(map(len, paths)) == len(set.union(*paths))
        assert list(found.changes()["repair"].unique()) == [1, 2, 3]


def test_a_gang_that_no_home_holds_is_proved_over_boxes_of_choices(homes):
    """The attic holds Ann (3,000 of 4,500); Bob would take 6,000 there and 3,000 of the barn's 2,500."""
    assert (homes.status, homes.proved) == ("whole", True)
    assert homes.boxes >= 2
    flat = program(NO_HOME).flat()
    assert least_slack(flat, whole=False) < 1e-6
    assert least_slack(flat, whole=True) > 1e-3
    first = {r.changes[0].path: r.changes[0].amount for r in homes.repairs}
    assert 500 <= first["leases.barn.capacity"] <= 510
    assert 1 / 6 <= first["workloads.bob.share"] <= 1 / 6 * 1.02
    assert math.isnan(first["classes.whole.gang"])
    for r in homes.repairs:
        assert least_slack(program((*NO_HOME, *r.sets)).flat(), whole=True) < 1e-6


def test_a_scenario_in_order_says_so():
    sets = ("leases.attic.capacity=7000", "leases.barn.capacity=3000", "arcs.ann.barn.allowed=no")
    found = diagnose("rented", sets=sets)
    assert (found.status, found.conflict, found.repairs) == ("in order", (), ())
    assert found.cost == pytest.approx(planner.solve("rented", sets=sets).objective, rel=0.01)
    # Bob takes the barn's 3,000, or 2 x 3,000 at the attic beside Ann's 3,000: the barn's 3,000 cannot shrink by
    # more than half of what the attic has left: 7,000 - 3,000 = 4,000 holds 2,000 of Bob.
    (margin,) = [m for m in found.margins if m.path == "leases.barn.capacity"]
    assert margin.amount == pytest.approx(2000, rel=1e-6)
    assert margin.share == pytest.approx(2 / 3, rel=1e-5)


def command(*words):
    return CliRunner().invoke(app, ["diagnose", *words])


def test_the_command_is_narrow_and_says_what_to_copy(attic, homes, monkeypatch):
    monkeypatch.setattr(sys.modules["planner.diagnose"], "diagnose", lambda *_, **__: homes)
    done = command("rented")
    assert max(len(line.rstrip()) for line in done.stdout.splitlines()) <= 100
    assert "no plan exists with whole choices" in done.stdout
    monkeypatch.setattr(sys.modules["planner.diagnose"], "diagnose", lambda *_, **__: attic)
    done = command("rented", "--set", SMALL_ATTIC[0])
    assert done.exit_code == 1
    assert max(len(line.rstrip()) for line in done.stdout.splitlines()) <= 100
    assert "rented: no plan exists." in done.stdout
    assert "checked without a solver" in done.stdout
    for repair in attic.repairs:
        assert f"--set {repair.sets[0]}" in done.stdout


@pytest.mark.slow
def test_json_is_one_object_with_everything():
    done = command("rented", "--set", SMALL_ATTIC[0], "--repairs", "1", "--json")
    document = json.loads(done.stdout.strip().splitlines()[-1])
    assert (done.exit_code, document["status"], document["proved"], document["asked"]) == (1, "conflict", True, 1)
    assert document["repairs"][0]["sets"][0].startswith("leases.barn.capacity=+")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["rented", "--repairs", "0"], "--repairs 0 — it is out of range — write how many repairs, 1 to 9"),
        (["rented", "--gap", "1"], "--gap 1 — it is out of range — write a relative gap from 0 to 1, e.g. 0.01"),
        (["rented", "--time", "0"], "--time 0 — it is out of range — write a number of seconds above 0"),
        (["rentd"], "rentd — no dataset and no folder of this name — did you mean 'rented'?"),
        (["rented", "--set", "leases.barn.size=1"], "--set 'leases.barn.size' — unknown column — did you mean 'site'?"),
    ],
)
def test_faults(words, sentence):
    done = command(*words)
    assert done.exit_code == 2
    assert sentence in done.output
    assert "Traceback" not in done.output


def test_faults_of_the_twin_come_at_once():
    with pytest.raises(InputError) as fault:
        diagnose("rented", repairs=10, gap=-1, time=math.inf)
    assert len(fault.value.faults) == 3


@pytest.mark.slow
def test_fewer_repairs_than_asked_for_are_told():
    found = diagnose("rented", sets=SMALL_ATTIC, repairs=9)
    assert 3 <= len(found.repairs) < 9
    (note,) = found.notes
    assert note.startswith(f"{len(found.repairs)} of 9 repairs: no other input that a repair may move")


def test_importing_the_planner_imports_no_solver():
    code = "import sys, planner, planner.diagnose; print([m for m in ('cvxpy', 'highspy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout.strip() == "[]"
