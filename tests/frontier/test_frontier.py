"""When orbit enters: the price found against plans that choose freely, and worlds that are what they are called."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

import planner
from planner.assemble import assemble_compiled
from planner.bundle import write_bundle
from planner.cli import app
from planner.engines import exact
from planner.explained import kept
from planner.faults import InputError
from planner.report.frontier import file
from planner.studies.frontier import QUEUED, UNQUEUED, frontier, worlds
from planner.studies.frontier.entry import Straight


@pytest.fixture(scope="module")
def plan():
    return planner.solve("tiny", gap=0.01)


@pytest.fixture(scope="module")
def found(plan):
    return frontier(plan, waits=(1.0, 3.0), masses=(20.0, 50.0))


def orbit_of(tables):
    """Compute in orbit of a least-cost plan that chooses freely, whole decisions fractional."""
    made = assemble_compiled(tables)
    flat, layout = made.program.flat(), made.program.layout
    answer = exact.relax(replace(flat, integer=np.zeros_like(flat.integer)))
    sky = {z for z, k in zip(tables.keys("zones"), tables.frames["zones"]["kind"], strict=True) if k == "orbit"}
    block = layout.variables[layout.variable("serve")]
    serve = np.asarray(layout.split_columns(answer.x)[layout.variable("serve")])
    mine = np.array([e[1] in sky for e in block.entities])
    return float(serve[mine, : tables.shown].sum())


@pytest.mark.parametrize("earth", [QUEUED, UNQUEUED])
@pytest.mark.parametrize("mass", [20.0, 50.0])
def test_plans_that_choose_freely_fly_below_the_price_alone(plan, found, earth, mass):
    line = found.table[(found.table["earth"] == earth) & (found.table["mass"] == mass)].iloc[0]
    world = worlds.unqueued(plan.tables) if earth == UNQUEUED else plan.tables
    heavy = worlds.weighing(world, mass)
    assert line.shown
    assert orbit_of(worlds.launching(heavy, line.price * 0.97)) > 1e-6
    assert orbit_of(worlds.launching(heavy, line.price * 1.03)) == pytest.approx(0.0, abs=1e-9)


def test_heavier_satellites_need_cheaper_launches(found):
    for _, line in found.table.groupby(["earth", "factor"], dropna=False):
        prices = line.sort_values("mass")["price"].to_numpy()
        assert (np.diff(prices) < 0).all()


def test_the_numbers_of_a_program_are_linear_in_the_launch_price(plan):
    flats = {p: assemble_compiled(worlds.launching(plan.tables, p)).program.flat() for p in (100.0, 1000.0, 437.0)}
    line = Straight.through(flats[100.0], flats[1000.0], 100.0, 1000.0).at(437.0)
    assert line.cost == pytest.approx(flats[437.0].cost, rel=1e-12, abs=1e-12)
    assert abs(line.matrix - flats[437.0].matrix).max() <= 1e-12
    assert line.rhs == pytest.approx(flats[437.0].rhs, rel=1e-12, abs=1e-12)
    assert not np.allclose(flats[100.0].cost, flats[437.0].cost)


def test_worlds_are_what_they_are_called(plan):
    tables = plan.tables
    assert worlds.masses(worlds.weighing(tables, 33.0)) == pytest.approx(33.0, rel=1e-12)
    v = worlds.launching(tables, 250.0).numbers["vehicles"]
    assert (v["price"] / v["payload"][:, None] * 1e3) == pytest.approx(np.full_like(v["price"], 250.0))
    assert worlds.mean_wait(worlds.waiting(tables, 3.0)) == pytest.approx(3.0 * worlds.mean_wait(tables))
    gas = ~worlds.grid_phases(tables)
    assert gas.any()
    assert worlds.waits(worlds.waiting(tables, 3.0))[gas] == pytest.approx(worlds.waits(tables)[gas])
    free = worlds.unqueued(tables)
    assert worlds.waits(free) == pytest.approx(0.0)
    assert free.numbers["doors"]["make_time"][tables.keys("doors").index("alpha")] == 1.0  # chips stay as they are


def test_a_later_date_lets_orbit_in_at_no_lower_price():
    plan = planner.solve("two-engines", relax=True)
    early, late = (frontier(plan, by=y, waits=(1.0,), masses=(20.0,)).table["price"].to_numpy() for y in (2030, 2032))
    assert (late >= early * (1 - 1e-3)).all()
    assert (early > 0).all()


def test_the_command_tells_draws_and_keeps(plan, found, tmp_path):
    bundle = write_bundle(plan, tmp_path / "plan")
    run = CliRunner().invoke(
        app, ["frontier", str(bundle), "--waits", "1,3", "--masses", "20,50", "--out", str(tmp_path / "a" / "f.svg")]
    )
    assert run.exit_code == 0, run.output
    assert max(len(line) for line in run.stdout.splitlines() if "Written" not in line) <= 100
    drawn = (tmp_path / "a" / "f.svg").read_text()
    assert drawn.count("<circle") == int((found.table["price"] > 0).sum())
    table = kept(bundle, "frontier")
    assert table["price"].to_numpy() == pytest.approx(found.table["price"].to_numpy(), rel=1e-6)
    assert planner.verify(bundle).ok
    document = CliRunner().invoke(app, ["frontier", str(bundle), "--masses", "20", "--json"])
    told = json.loads(document.stdout.splitlines()[-1])
    assert [r["mass"] for r in told["frontier"]] == [20.0] * 4


def test_wrong_input_is_told_what_to_write(plan):
    for kwargs, words in (
        ({"masses": (0.0,)}, "--masses 0 — it is out of range — write numbers from 1 to 1000"),
        ({"waits": ()}, "--waits — there is no value — write numbers, e.g. 0.5,1,2"),
        ({"waits": (-1.0,)}, "--waits -1 — it is out of range — write numbers from 0 to 20"),
    ):
        with pytest.raises(InputError) as refused:
            frontier(plan, **kwargs)
        assert [str(f) for f in refused.value.faults] == [words]
    with pytest.raises(InputError, match="no satellite can fly before 2030"):
        frontier(planner.solve("tiny", sets=("satellites.star.first_launch=2032",), gap=0.01), by=2030)
    with pytest.raises(InputError, match="it has no satellites, or nothing to launch them"):
        frontier(planner.solve("rented", gap=0.01))
    bad = CliRunner().invoke(app, ["frontier", "nowhere", "--masses", "ten"])
    assert bad.exit_code == 2
    assert "'ten'" in bad.output or "ten" in bad.output


def test_a_price_that_is_not_there_is_drawn_as_a_cross(found):
    table = found.table.assign(price=[0.0, math.nan, *found.table["price"][2:]])
    drawn = file(table, found.today, 2033.0)
    assert "not even with free launches" in drawn
    assert drawn.count("<circle") == len(table) - 2
