"""Plans of nearly the same cost: closed forms of `tiny`, an independent solver, random plans, and what must be true."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog
from typer.testing import CliRunner

import planner
from planner.certificate import row_violations
from planner.cli import app
from planner.explained import kept
from planner.report import page, read_bundle
from planner.studies.alternatives.near import LEAST, MOST, Near
from planner.studies.alternatives.things import Things

Y = 8.766  # M USD a year of 1 EFLOP/s at 1 USD/PFLOP/h
COST = 8211.9914650749  # datasets/tiny/SOURCE.md
ORBIT = 86.0771800  # what tiny costs more without orbit (the same)
FERRY = 2.71044 + 1.35522  # gains of its two launches
STAR = 0.945 * Y - 0.054 - 6 - 0.6 - 0.02 * 0.2  # a satellite of the last year earns over what it costs; one kit
NAMES = ("orbit", "fleet", "hardware:rack", "site:fjord", "door:alpha", "source:grid", "vehicle:ferry")


@pytest.fixture(scope="module")
def plan():
    return planner.solve("tiny", gap=1e-4)


@pytest.fixture(scope="module")
def bundle(plan, tmp_path_factory):
    return planner.write_bundle(plan, tmp_path_factory.mktemp("bundles") / "tiny")


@pytest.fixture(scope="module")
def found(plan):
    return planner.alternatives(plan, within=0.01, of=NAMES)


def row(found, name):
    return found.table.set_index("name").loc[name]


def test_measures_are_those_of_the_plan(plan):
    known = Things(plan)
    places = sum(known.of(t.what).amount(plan.x) for t in known.named(("orbit", "earth", "fleet")))
    assert places == pytest.approx(100 * plan.served_fraction, rel=1e-9)
    built, power = plan.table("build"), plan.table("dispatch")
    rack = built[(built["equipment"] == "rack") & ~built["tail"]]
    assert known.named(("hardware:rack",))[0].amount(plan.x) == pytest.approx(rack["value"].sum(), rel=1e-9)
    energy = power[~power["tail"]]["value"].sum() * float(plan.tables.settings["period"]) * 8.766
    sources = [known.named((f"source:{g}",))[0] for g in plan.tables.keys("generation")]
    assert sum(s.amount(plan.x) for s in sources) == pytest.approx(energy, rel=1e-9)


def test_what_it_costs_to_be_without_orbit_and_without_the_ferry_by_hand(found):
    assert row(found, "orbit")["without"] == pytest.approx(ORBIT, rel=1e-6)
    assert row(found, "vehicle:ferry")["without"] == pytest.approx(FERRY, rel=1e-5)


@pytest.mark.parametrize(
    ("name", "dear", "verdict"),
    [("orbit", 1.01 * ORBIT, "dispensable"), ("orbit", 0.99 * ORBIT, "open"), ("vehicle:ferry", 1.01 * FERRY,
     "dispensable"), ("vehicle:ferry", 0.2, "open")],
)  # fmt: skip
def test_a_thing_is_dispensable_once_what_it_saves_is_allowed(plan, name, dear, verdict):
    assert row(planner.alternatives(plan, within=dear / COST, of=[name]), name)["verdict"] == verdict


@pytest.mark.parametrize("within", [0.001, 0.003])
def test_the_least_satellites_by_hand(plan, within):
    """Launches stay as they are: a satellite fewer in the last year is the cheapest way to have one less."""
    told = row(planner.alternatives(plan, within=within, of=["satellite:star"]), "satellite:star")
    assert told["planned"] == pytest.approx(72, rel=1e-9)
    assert told["reached_least"] == pytest.approx(72 - within * COST / STAR, rel=1e-5)
    assert told["least_cost"] == pytest.approx(within * COST, rel=1e-5)
    assert told["reached_most"] == pytest.approx(72, rel=1e-5)  # every launch is full


def test_within_nothing_the_plan_alone_is_left(plan):
    table = planner.alternatives(plan, within=0, of=("satellite:star", "vehicle:ferry", "orbit")).table
    np.testing.assert_allclose(table["reached_least"], table["planned"], rtol=1e-5)
    np.testing.assert_allclose(table["reached_most"], table["planned"], rtol=1e-5)


def test_proven_holds_reached_holds_the_plan(found):
    t = found.table
    slack = 1e-6 * t["planned"]
    assert (t["proven_least"] <= t["reached_least"] + slack).all()
    assert (t["reached_least"] <= t["planned"]).all()
    assert (t["planned"] <= t["reached_most"]).all()
    assert (t["reached_most"] <= t["proven_most"] + slack).all()
    spare = 0.01 * COST * (1 + 1e-5)
    assert t[["least_cost", "most_cost"]].max().max() <= spare


def test_ranges_nest(plan, found):
    inner = planner.alternatives(plan, within=0.004, of=NAMES).table
    slack = 1e-6 * inner["planned"]
    for column, sign in (("proven_least", -1), ("reached_least", -1), ("reached_most", 1), ("proven_most", 1)):
        assert (sign * (found.table[column] - inner[column]) >= -slack).all(), column


def constraints(flat):
    below, same = flat.sense < 0, flat.sense == 0
    above = flat.sense > 0
    dense = flat.matrix.toarray()
    fin = np.isfinite(flat.rhs)
    return {
        "A_ub": np.r_[dense[below & fin], -dense[above & fin]],
        "b_ub": np.r_[flat.rhs[below & fin], -flat.rhs[above & fin]],
        "A_eq": dense[same], "b_eq": flat.rhs[same], "bounds": np.c_[flat.lower, flat.upper], "method": "highs",
    }  # fmt: skip


@pytest.mark.parametrize("dataset", ["tiny", "rented"])
def test_another_solver_finds_the_same_ranges(dataset):
    plan = planner.solve(dataset, gap=1e-9)
    flat, allowed = plan.flat, 1.01 * plan.objective * 1e-3
    limited = constraints(flat)
    limited["A_ub"] = np.r_[limited["A_ub"], flat.cost[None]]
    limited["b_ub"] = np.r_[limited["b_ub"], allowed - flat.constant]
    near, known = Near(plan, 0.01), Things(plan)
    for thing in [t for t in known.every() if known.used(t)][::3]:
        for sign in (LEAST, MOST):
            measure = np.zeros(flat.shape[1])
            measure[thing.columns] = thing.weight
            answer = linprog(sign * measure, **limited)
            size = max(abs(thing.amount(plan.x)), thing.scale)
            assert near.proven(thing, sign) == pytest.approx(sign * answer.fun, rel=1e-5, abs=1e-6 * size), thing.name


def test_random_plans_lie_in_what_is_proven(plan, found):
    """Vertices of the plans that are allowed, in random directions of cost; whole decisions of the plan."""
    flat, known = plan.flat, Things(plan)
    held = replace(flat, lower=np.where(flat.integer, np.round(plan.x), flat.lower),
                   upper=np.where(flat.integer, np.round(plan.x), flat.upper))  # fmt: skip
    limited = constraints(held)
    limited["A_ub"] = np.r_[limited["A_ub"], flat.cost[None]]
    limited["b_ub"] = np.r_[limited["b_ub"], found.allowed * 1e-3 - flat.constant]
    rng = np.random.default_rng(5)
    for _ in range(6):
        x = linprog(rng.normal(size=flat.shape[1]), **limited).x
        assert row_violations(flat, x).max() < 1e-6
        for thing in known.named(NAMES):
            told = row(found, thing.name)
            slack = 1e-6 * max(thing.scale, 1.0)
            assert told["proven_least"] - slack <= thing.amount(x) <= told["proven_most"] + slack


def test_money_twice_as_large_changes_no_range(plan, found):
    dear = replace(plan, flat=replace(plan.flat, cost=2 * plan.flat.cost, constant=2 * plan.flat.constant))
    twice = planner.alternatives(dear, within=0.01, of=NAMES).table
    for column in ("proven_least", "reached_least", "reached_most", "proven_most"):
        np.testing.assert_allclose(twice[column], found.table[column], rtol=1e-4, atol=1e-6)
    assert (twice["verdict"] == found.table["verdict"]).all()
    np.testing.assert_allclose(twice["without"], 2 * found.table["without"], rtol=1e-6)


def test_needed_possible_and_never(plan):
    table = planner.alternatives(plan, of=("workload:control_city", "site:fjord")).table
    assert set(table["verdict"]) == {"needed"}
    closed = planner.solve("tiny", overrides=("no_orbit",), gap=1e-6)
    flown = planner.alternatives(closed, of=("orbit", "vehicle:rocket")).table
    assert set(flown["verdict"]) == {"never"}
    dear = planner.solve("tiny", sets=("vehicles.ferry.price=x1.2",), gap=1e-9)
    assert planner.alternatives(dear, of=["vehicle:ferry"]).table["verdict"].tolist() == ["possible"]


def test_moves_are_those_between_two_plans(plan, found):
    less = found.moves[(found.moves["name"] == "door:alpha") & (found.moves["side"] == "least")].set_index("other")
    assert less.loc["door:beta", "change"] > 0
    assert less.loc["door:beta", "change"] == pytest.approx(
        less.loc["door:beta", "there"] - less.loc["door:beta", "planned"]
    )


def test_what_nobody_named_is_of_many_kinds(plan):
    few = Things(plan).first(10)
    assert len({t.name for t in few}) == len(few) == 10
    assert {"orbit", "earth", "fleet"} < {t.name for t in few}
    assert any(not Things(plan).used(t) for t in few)


def test_a_percentage_is_a_share(plan):
    assert planner.alternatives(plan, within="2.5%", of=["vehicle:ferry"]).within == 0.025


def test_every_fault_at_once(plan):
    with pytest.raises(planner.InputError) as told:
        planner.alternatives(plan, within="-1%", top=0)
    assert [f.file for f in told.value.faults] == ["--top", "--within"]
    with pytest.raises(planner.InputError, match="it is not a number"):
        planner.alternatives(plan, within="little")
    with pytest.raises(planner.InputError, match=r"write a share of the cost up to 50%, e.g. 1% or 0.01"):
        planner.alternatives(plan, within="1")
    with pytest.raises(planner.InputError) as told:
        planner.alternatives(plan, of=("vehicle:rockett", "orbit", "nowhere"))
    assert [f.file for f in told.value.faults] == ["--of", "--of"]
    assert "did you mean 'rocket'?" in str(told.value)


def test_what_was_done_before_an_interrupt_comes_back(plan):
    def stop(line):
        if line.startswith("thing 2"):
            raise KeyboardInterrupt

    some = planner.alternatives(plan, of=NAMES, told=stop)
    assert 0 < len(some.table) < some.asked == len(NAMES)


def test_the_command_prints_what_python_returns_and_keeps_it(bundle, found):
    words = [w for n in NAMES[:3] for w in ("--of", n)]
    ran = CliRunner().invoke(app, ["alternatives", str(bundle), *words, "--json"])
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout.strip().splitlines()[-1])
    np.testing.assert_allclose([r["proven_most"] for r in told["things"]], found.table["proven_most"][:3], rtol=1e-6)
    assert len(kept(bundle, "alternatives")) == 3
    assert planner.verify(bundle).ok
    text = page(read_bundle(bundle))
    assert "Plans of nearly the same cost" in text
    assert "hardware:rack" in text


def test_the_command_reads_well_and_fits(bundle):
    ran = CliRunner().invoke(app, ["alternatives", str(bundle), "--top", "4", "--within", "0.5%"])
    assert ran.exit_code == 0, ran.output
    assert "within 0.5 %" in ran.stdout
    assert "What moves instead" in ran.stdout
    assert max(map(len, ran.stdout.splitlines())) <= 105
    assert CliRunner().invoke(app, ["alternatives", str(bundle), "--within", "1"]).exit_code == 2
