"""What moved between two plans of `tiny`: sums to the exact change, each input its own, nothing between equals."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

import planner
from planner import InputError
from planner.cli import app
from planner.cli_diff import show_difference

#: Launches of SOURCE.md, each counted with the share of its life inside the horizon.
ROCKETS, FERRIES = 1 * 0.6 + 2 * 0.4 + 2 * 0.2, 0.4 + 0.2


def total(found):
    """Sum of what inputs and the rest make."""
    return found.inputs["change"].sum() + sum(found.rest.values())


@pytest.fixture(scope="module")
def dearer(bundle, dearer_launches):
    return planner.diff(bundle, dearer_launches)


def test_two_launch_prices_get_what_source_md_launches(dearer):
    found = dearer
    assert found.held
    made = dict(zip(found.inputs["row"], found.inputs["change"], strict=True))
    assert made == pytest.approx({"rocket": 0.02 * 30 * ROCKETS, "ferry": 0.02 * 42 * FERRIES}, rel=1e-6)
    assert total(found) == pytest.approx(found.change, rel=1e-12)
    assert found.money["change"].sum() == pytest.approx(found.change, rel=1e-9)
    assert found.money["part"].iloc[0] == "launch"
    assert found.close


def test_the_same_plan_twice_is_an_empty_difference(whole, capsys):
    found = planner.diff(whole, whole)
    assert found.same
    assert not any(map(len, (found.decisions, found.inputs, found.structure)))
    assert total(found) == 0.0
    show_difference(found, 20)
    assert "Nothing differs: no decision, no input, no row." in capsys.readouterr().out


@pytest.mark.slow
def test_one_changed_input_makes_all_of_the_change(relaxed):
    there = planner.solve("tiny", sets=("satellites.*.first_launch=9999",), relax=True)
    found = planner.diff(relaxed, there, put_back=3)
    assert len(found.inputs) == 1  # a date that structure reads: no slope would tell
    assert found.inputs["change"].iloc[0] == pytest.approx(found.change, rel=1e-6)
    assert found.rest["remainder"] == found.rest["steps"] == found.rest["structure"] == 0.0


@pytest.mark.slow
def test_many_inputs_add_up_and_turn_their_sign(relaxed):
    sets = ("vehicles.*.price=x0.5", "classes.batch.price=x1.3", "classes.batch.demand=x0.8", "doors.*.price=x2")
    there = planner.solve("tiny", sets=sets, relax=True)
    found, back = planner.diff(relaxed, there, put_back=3), planner.diff(there, relaxed, put_back=3)
    assert total(found) == pytest.approx(found.change, rel=1e-9)
    assert abs(found.rest["remainder"]) <= 0.01 * abs(found.change)
    assert found.close
    keys = ["table", "row", "column"]
    ours, theirs = (d.inputs.set_index(keys)["change"] for d in (found, back))
    assert (ours + theirs.loc[ours.index]).abs().max() <= 0.02 * abs(found.change)
    # with the price of one alone moved, the change is at most what it gets here for small moves: signs agree
    assert ours["classes", "batch", "price"] > 0 > ours["classes", "batch", "demand"]


@pytest.mark.slow
def test_words_that_differ_are_structure_and_still_add_up(relaxed):
    sets = ("scenario.delivery=expected", "classes.batch.price=x1.1")
    there = planner.solve("tiny", sets=sets, relax=True)
    found, back = planner.diff(relaxed, there, put_back=1), planner.diff(there, relaxed, put_back=1)
    row = found.structure.iloc[0]
    assert list(row) == ["scenario", "scenario", "delivery", "dependable", "expected"]
    assert found.rest["structure"] != 0
    assert total(found) == pytest.approx(found.change, rel=1e-9)
    assert back.rest["structure"] == pytest.approx(-found.rest["structure"], rel=1e-5)


@pytest.mark.slow
def test_equal_plans_of_two_engines_are_called_ties(relaxed):
    other = planner.solve("tiny", relax=True, engine="interior")
    found = planner.diff(relaxed, other, put_back=5)
    assert not len(found.inputs)
    if len(found.decisions):
        assert found.decisions.head(5)["tie"].all()


@pytest.mark.slow
def test_a_plan_that_is_best_is_not_bettered_by_keeping_a_decision(relaxed, capsys):
    there = planner.solve("tiny", sets=("vehicles.*.price=x10",), relax=True)
    found = planner.diff(relaxed, there, put_back=8)
    kept = found.decisions.dropna(subset=["keeping"])
    assert len(kept)
    assert (kept["keeping"] >= -1e-6 * there.objective).all()
    show_difference(found, 8)
    assert max(len(line.rstrip()) for line in capsys.readouterr().out.splitlines()) <= 100


def test_plans_that_cannot_be_compared_are_refused(whole, relaxed, bundle, tmp_path):
    with pytest.raises(InputError) as none:
        planner.diff(bundle, tmp_path)
    assert str(none.value) == f"{tmp_path} — it is not a bundle — give a folder that `planner solve` wrote"
    with pytest.raises(InputError) as kinds:
        planner.diff(whole, relaxed)
    assert str(kinds.value) == (
        "the second plan — it is a relaxation, the first a whole plan — solve both the same way"
    )
    tables = replace(whole.tables, settings=whole.tables.settings | {"periods": 2.0})
    shorter = replace(whole, assembly=replace(whole.assembly, tables=tables))
    with pytest.raises(InputError) as periods:
        planner.diff(whole, shorter)
    assert str(periods.value) == (
        "the second plan scenario.periods — its periods is 2, that of the first plan 3"
        " — solve both over the same periods and money"
    )


@pytest.mark.slow
def test_the_json_adds_up(bundle, dearer_launches):
    words = ["diff", str(bundle), str(dearer_launches)]
    document = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout.splitlines()[-1])
    made = sum(r["change"] for r in document["inputs"]) + sum(document["rest"].values())
    assert made == pytest.approx(document["change"], rel=1e-9)


def test_what_is_printed_fits_100_columns(dearer, capsys):
    show_difference(dearer, 20)
    lines = capsys.readouterr().out.splitlines()
    assert max(len(line.rstrip()) for line in lines) <= 100
    assert any("vehicles.rocket.price" in line for line in lines)
