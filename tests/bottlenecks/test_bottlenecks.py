"""Scarcity prices, ranges and hand-offs against closed forms and against programs solved anew."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse
from typer.testing import CliRunner

import planner
from planner.bundle import write_bundle
from planner.cli import app
from planner.engines import Status, exact
from planner.engines.interior import relax as interior
from planner.faults import InputError
from planner.flat import Flat
from planner.studies.bottlenecks.parametric import Parametric
from planner.studies.bottlenecks.study import _Names, firsts, grid_of, held_program


def flat_of(cost, rows, rhs, sense, upper=100.0):
    n = len(cost)
    no = np.zeros(n, bool)
    return Flat(
        sparse.csr_matrix(np.array(rows, float)), np.array(cost, float), np.zeros(n), np.full(n, upper),
        np.array(rhs, float), np.array(sense), no, no,
    )  # fmt: skip


def two_doors():
    """Demand 10 from a cheap door of 4 (cost 1), a dearer one of 5 (cost 3), and a last one without limit (cost 8)."""
    return flat_of([1, 3, 8], [[1, 0, 0], [0, 1, 0], [1, 1, 1]], [4, 5, 10], [-1, -1, 0])


def test_pieces_of_two_doors_by_hand():
    """Relief of the cheap door saves 8 - 1 for one unit (the last door is then idle), then 3 - 1 for five more."""
    model = Parametric(two_doors())
    more = model.side(0, +1.0, 4.0)
    assert more.slope == pytest.approx(-7.0)
    assert more.reach == pytest.approx(1.0, rel=1e-6)
    assert more.ended
    assert more.after.y[0] == pytest.approx(-2.0)
    amount, beyond = model.until(0, +1.0, more, 4.0)
    assert amount == pytest.approx(1.0, abs=0.02)
    assert beyond.y[0] == pytest.approx(-2.0)
    assert model.gain(0, 1.01, 2, column=True) > 0  # the last door would sell back
    assert model.gain(0, 0.5, 1) > 0  # the dearer door is full before, so relief of it saves
    assert model.gain(0, 1.01, 1) == 0  # and is idle in part beyond
    less = model.side(0, -1.0, 4.0)
    assert less.slope == pytest.approx(7.0)
    assert less.reach == pytest.approx(4.0)
    model.shift(0, 2.0)
    assert model.base.cost == pytest.approx(6 * 1 + 4 * 3)
    assert model.side(0, +1.0, 10.0).reach == pytest.approx(4.0, rel=1e-6)


def test_a_side_without_a_plan_is_a_wall():
    """Demand 10 can fall to 0; supply of 9 + 3 lets it rise by 2 only."""
    flat = flat_of([1, 3], [[1, 0], [0, 1], [1, 1]], [9, 3, 10], [-1, -1, 0])
    side = Parametric(flat).side(2, +1.0, 10.0)
    assert side.slope == pytest.approx(3.0)
    assert side.wall
    assert side.reach == pytest.approx(2.0, rel=1e-3)


def random_program(seed, m=12, n=20):
    rng = np.random.default_rng(seed)
    a = rng.uniform(0.1, 1, (m, n)) * (rng.random((m, n)) < 0.4)
    plan, sense = rng.uniform(0, 2, n), rng.integers(-1, 2, m)
    return flat_of(rng.normal(0.5, 1, n), a, a @ plan - sense * rng.uniform(0, 0.5, m), sense, 5.0)


def test_the_first_piece_is_the_cost_of_programs_solved_anew():
    checked = 0
    for seed in range(12):
        flat = random_program(seed)
        model = Parametric(flat)
        row = int(np.argmax(np.abs(model.base.y)))
        for sign in (+1.0, -1.0):
            side = model.side(row, sign, 0.5)
            if side.reach == 0:
                continue

            def anew(amount, flat=flat, row=row, sign=sign):
                rhs = flat.rhs.copy()
                rhs[row] += sign * amount
                answer = exact.relax(replace(flat, rhs=rhs))
                return answer.objective if answer.status is Status.OPTIMAL else np.inf

            for share in (0.3, 1.0):
                line = model.base.cost + side.slope * side.reach * share
                assert anew(side.reach * share) == pytest.approx(line, abs=1e-6)
            if side.ended and not side.wall:
                line = model.base.cost + side.slope * side.reach * 1.2
                assert anew(side.reach * 1.2) > line + 1e-9  # convex, and bent there
            checked += 1
    assert checked >= 20


def test_relief_has_the_right_sign_on_a_hundred_programs():
    """One unit more of a limit never costs; what it saves is at most what the price says."""
    for seed in range(100):
        flat = random_program(seed, 6, 9)
        answer = exact.relax(flat)
        rows = np.flatnonzero(flat.sense)
        rhs = flat.rhs.copy()
        rhs[rows] -= 0.01 * flat.sense[rows]  # <= rises, >= falls
        relieved = exact.relax(replace(flat, rhs=rhs)).objective
        promised = float(np.abs(answer.y[rows]).sum() * 0.01)
        assert answer.objective - promised - 1e-8 <= relieved <= answer.objective + 1e-8
        bounds = flat.cost - flat.matrix.T @ answer.y
        value = answer.y @ flat.rhs + np.minimum(bounds * flat.lower, bounds * flat.upper).sum()
        assert value == pytest.approx(answer.objective, rel=1e-7, abs=1e-7)


def test_equal_rows_share_their_price_by_the_interior_engine():
    flat = two_doors()
    twice = replace(
        flat,
        matrix=sparse.vstack([flat.matrix, flat.matrix[0]]).tocsr(),
        rhs=np.append(flat.rhs, flat.rhs[0]),
        sense=np.append(flat.sense, -1),
    )
    y = interior(twice).y
    assert y[0] == pytest.approx(y[3], rel=1e-4)
    assert y[0] + y[3] == pytest.approx(-7.0, rel=1e-5)


@pytest.fixture(scope="module")
def tiny_plan():
    return planner.solve("tiny", gap=0.01)


def test_the_study_of_a_small_plan(tiny_plan, tmp_path):
    found = planner.bottlenecks(tiny_plan, top=4, steps=5)
    grid = found.grid
    assert (grid["worth"].diff().dropna() <= 0).all()
    assert (grid["price_unit"].str.startswith("USD per ")).all()
    assert not grid["row"].isin(["serve", "once", "home"]).any()
    held = held_program(tiny_plan)
    for r in found.top.itertuples():
        rhs = held.rhs.copy()
        rhs[r.flat] += r.relief_sign * r.relief_amount / abs(r.per)
        saved = exact.relax(held).objective - exact.relax(replace(held, rhs=rhs)).objective
        assert saved * 1e9 == pytest.approx(r.relief_price * r.relief_amount, rel=0.02, abs=1.0)
    assert (found.path["saved"] >= -1e-6).all()
    assert found.rents["share"].sum() == pytest.approx(1.0) or not len(found.rents)
    bundle = write_bundle(tiny_plan, tmp_path / "plan")
    run = CliRunner().invoke(app, ["bottlenecks", str(bundle), "--top", "3", "--steps", "2"])
    assert run.exit_code == 0, run.output
    assert max(map(len, run.output.splitlines())) <= 100
    document = CliRunner().invoke(app, ["bottlenecks", str(bundle), "--top", "2", "--steps", "0", "--json"])
    told = json.loads(document.stdout.splitlines()[-1])
    assert len(told["top"]) == 2
    assert told["path"] == []
    assert told["top"][0]["relief_price"] == pytest.approx(found.top["relief_price"][0], rel=1e-6)


def test_numbers_out_of_range_are_refused(tiny_plan):
    with pytest.raises(InputError) as refused:
        planner.bottlenecks(tiny_plan, top=0, steps=1000)
    assert [str(f) for f in refused.value.faults] == [
        "--steps 1000 — it is out of range — write 0 to 100",
        "--top 0 — it is out of range — write 1 to 500",
    ]


@pytest.mark.slow
def test_twenty_picks_of_two_engines_hold_when_solved_anew():
    """Within its range a price is what full re-solves say, within 2 %; beyond it the row named next binds."""
    plan = planner.solve("two-engines", gap=0.01)
    held, names = held_program(plan), _Names(plan)
    model = Parametric(held)
    free = held.implied & (held.lower < held.upper)  # implied bounds are those of the old right sides
    held = replace(held, upper=np.where(free, np.inf, held.upper), implied=np.zeros_like(free))
    place = {name: i for i, name in enumerate(names.rows)}
    base, checked, handed = exact.relax(held, "simplex"), 0, 0
    for row in firsts(grid_of(plan, model.base.y))["flat"].to_numpy(int)[:24]:
        sign = -np.sign(model.base.y[row])
        side = model.side(row, sign, abs(model.rhs[row]) or 1.0)
        if side.reach == 0 or np.isnan(side.slope):
            continue
        rhs = held.rhs.copy()
        rhs[row] += sign * side.reach
        anew = exact.relax(replace(held, rhs=rhs), "simplex")
        assert anew.objective - base.objective == pytest.approx(side.slope * side.reach, rel=0.02, abs=2e-9)
        checked += 1
        after = names.handed_over(model, side, row, sign)
        if after in place and side.after is not None:
            rhs[row] = held.rhs[row] + side.after.amount
            beyond = exact.relax(replace(held, rhs=rhs), "simplex")
            other = place[after]
            activity = held.matrix[other] @ beyond.x
            assert activity[0] == pytest.approx(rhs[other], rel=1e-6, abs=1e-6)
            handed += 1
    assert checked >= 20
    assert handed >= 1
