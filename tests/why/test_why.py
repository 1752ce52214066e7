"""Why a plan has something or not: the first unit against other solves, its balance, changes applied anew."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog
from typer.testing import CliRunner

import planner
from planner.assemble import assemble_compiled
from planner.bundle import write_bundle
from planner.cli import app
from planner.engines import exact
from planner.faults import InputError
from planner.scenario import read_scenario
from planner.studies.why import why
from planner.studies.why.entity import entity
from planner.studies.why.flipping import shares_for
from planner.tables import read_tables

STEP = 1e-2
"""Program units by which a right side is moved."""


@pytest.fixture(scope="module")
def plan():
    return planner.solve("tiny", gap=0.01)


@pytest.fixture(scope="module")
def dear():
    """The same world where the rocket is far too dear to fly."""
    return planner.solve("tiny", sets=("vehicles.rocket.price=x40", "vehicles.ferry.price=x40"), gap=0.01)


def least(flat, columns, low, high):
    """Least cost with the sum of some columns between two amounts, by scipy, nothing shared with the study."""
    a = np.asarray(flat.matrix.todense())
    some = np.zeros((1, flat.shape[1]))
    some[0, columns] = 1.0
    less, more, same = flat.sense < 0, flat.sense > 0, flat.sense == 0
    finite = np.isfinite(flat.rhs)
    sided = np.vstack([a[less & finite], -a[more & finite], some, -some])
    right = np.r_[flat.rhs[less & finite], -flat.rhs[more & finite], high, -low]
    top = np.where(flat.implied, np.inf, flat.upper)
    box = np.stack([flat.lower, top], 1)
    return linprog(flat.cost, A_ub=sided, b_ub=right, A_eq=a[same], b_eq=flat.rhs[same], bounds=box).fun


@pytest.mark.parametrize("name", ["vehicle:rocket", "sky", "phase:fjord2", "zone:town"])
def test_the_first_unit_is_what_other_solves_say(plan, name):
    found = why(name, plan, time=1e-3)
    flat = plan.assembly.program.flat()
    columns, _ = entity(plan.tables, name).columns(plan.tables, plan.assembly.program.layout)
    free = linprog_free(flat, columns)
    little = 1e-3 * free
    none = least(flat, columns, 0.0, 0.0)
    per = found.amount / free
    assert found.present
    assert found.first == pytest.approx((least(flat, columns, little, little) - none) * 1e3 / little / per, rel=1e-4)
    base = exact.relax(replace(flat, integer=np.zeros_like(flat.integer))).objective - flat.constant
    assert found.without == pytest.approx((none - base) * 1e3, rel=1e-6)


def linprog_free(flat, columns):
    """The sum of some columns at least cost, by the exact engine (ties may differ: callers take what is unique)."""
    return float(exact.relax(replace(flat, integer=np.zeros_like(flat.integer))).x[columns].sum())


@pytest.mark.parametrize("name", ["vehicle:rocket", "sky", "phase:cape1", "zone:north"])
def test_money_and_limits_add_to_the_first_unit(plan, name):
    """A reduced cost is the own money less what the limits earn: the parts leave nothing over."""
    found = why(name, plan, time=1e-3)
    assert found.parts["value"].sum() == pytest.approx(found.first, rel=1e-6)


def test_an_absent_rocket_is_priced_proved_and_brought_in(dear):
    found = why("vehicle:rocket", dear, time=300)
    assert not found.present
    assert found.planned == 0
    assert found.first > 0
    assert found.proved
    asked = found.proof / found.first
    assert 0 < asked < 1  # the little that was forced in, in launches
    turning = [f for f in found.flips if f.turns]
    assert turning
    for flip in turning:
        sets = tuple(f"{m.path}={m.after!r}" for m in flip.inputs)
        both = ("vehicles.rocket.price=x40", "vehicles.ferry.price=x40", *sets)
        tables = read_tables(read_scenario("tiny", (), both))
        program = assemble_compiled(tables).program
        columns, _ = entity(tables, "vehicle:rocket").columns(tables, program.layout)
        flat = program.flat()
        assert exact.relax(replace(flat, integer=np.zeros_like(flat.integer))).x[columns].sum() > 1e-6
        assert all(0 < m.share <= 1 for m in flip.inputs)


def test_what_no_plan_can_do_without(plan):
    found = why("road", plan)
    assert found.present
    assert found.without == np.inf
    assert found.first == -np.inf


def test_shares_close_the_gap_and_are_short():
    """Along the slopes, within one: the shortest vector (by its squares) whose help is the gap."""
    help_ = np.array([4.0, 2.0, 1.0])
    for gap in (0.5, 2.0, 5.0, 6.9):
        share = shares_for(help_, gap)
        assert share @ help_ == pytest.approx(gap)
        assert (share <= 1).all()
        free = share < 1
        if free.sum() > 1:  # where no bound holds, shares are in proportion to the slopes
            assert np.ptp(share[free] / help_[free]) < 1e-9
    assert (shares_for(help_, 8.0) == 1).all()


@pytest.mark.parametrize(
    ("name", "by", "says"),
    [
        ("vehicle:rockett", None, "did you mean 'rocket'?"),
        ("nowhere", None, "no place, workload, door, vehicle, phase, hardware or source has this name"),
        ("orbit", 1999.0, "the plan does not reach this date"),
    ],
)
def test_names_and_dates_that_are_not_there(plan, name, by, says):
    with pytest.raises(InputError) as error:
        why(name, plan, by=by)
    assert says in str(error.value)


def test_options_out_of_range(plan):
    with pytest.raises(InputError, match="unpublished"):
        why("orbit", plan, unpublished=2.0)
    with pytest.raises(InputError, match="time"):
        why("orbit", plan, time=0.0)


def test_what_the_commands_print(dear, tmp_path):
    bundle = tmp_path / "plan"
    write_bundle(dear, bundle)
    told = CliRunner().invoke(app, ["why-not", "vehicle:rocket", str(bundle), "--time", "0.001"])
    assert told.exit_code == 0
    assert "M USD more than it saves, proved by prices" in told.stdout
    assert max(map(len, told.stdout.splitlines())) <= 110
    told = CliRunner().invoke(app, ["why", "mill", str(bundle), "--time", "0.001", "--json"])
    document = json.loads(told.stdout.splitlines()[-1])
    assert document["what"]["kind"] == "site"
    assert document["unit"] == "MW IT"
    told = CliRunner().invoke(app, ["why", "nobody", str(bundle)])
    assert told.exit_code == 2


def test_a_price_of_a_limit_is_what_more_of_it_saves(plan):
    """In USD per unit of its table: scipy solves again with a little of the sky and one right side moved."""
    found = why("sky", plan, time=1e-3)
    flat, layout = plan.assembly.program.flat(), plan.assembly.program.layout
    columns, _ = entity(plan.tables, "sky").columns(plan.tables, layout)
    little = 1e-3 * linprog_free(flat, columns)
    before = least(flat, columns, little, little)
    assert len(found.rows)
    for name, value, price, unit in found.rows.itertuples(index=False):
        row = layout.row_names().index(name)
        block = next(b for b in layout.rows if b.name == name.split("[")[0])
        at = block.entities.index(tuple(name.split("[")[1].split("]")[0].split(",")))
        per = float(np.broadcast_to(block.per_unit, (len(block.entities),))[at])
        saved = []
        for sign in (1.0, -1.0):  # a supply row is written with the other sign
            moved = flat.rhs.copy()
            moved[row] += sign * STEP
            saved.append((before - least(replace(flat, rhs=moved), columns, little, little)) * 1e9 / (STEP * per))
        assert any(s == pytest.approx(price, rel=1e-3) for s in saved), (name, price, unit, saved)
        assert value > 0
        assert unit


def test_the_frontier_is_told_with_why_not_for_orbit_alone(plan, tmp_path):
    bundle = write_bundle(plan, tmp_path / "plan")
    run = CliRunner().invoke(app, ["why-not", "orbit", str(bundle), "--time", "0.001", "--frontier"])
    assert run.exit_code == 0, run.output
    assert "Launch price below which orbit enters" in run.stdout
    wrong = CliRunner().invoke(app, ["why-not", "zone:town", str(bundle), "--frontier"])
    assert wrong.exit_code == 2
    assert "write planner frontier BUNDLE --json" in wrong.output
