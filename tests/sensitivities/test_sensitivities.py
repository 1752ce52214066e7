"""Inputs ranked against closed forms of tiny's SOURCE.md, differences of independent re-solves, and invariants."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

import planner
from planner import InputError
from planner.check import grades
from planner.cli import app
from planner.cli_sensitivities import show_sensitivities
from planner.gradient import gradient, resolved
from planner.schema import SETTINGS, TABLES
from planner.studies.inputs import inputs_of, restored
from planner.studies.sensitivity import by_grade, stale_sources

#: Launches of SOURCE.md, each counted with the share of its life inside the horizon.
ROCKETS, FERRIES = 1 * 0.6 + 2 * 0.4 + 2 * 0.2, 0.4 + 0.2


@pytest.fixture(scope="module")
def found(bundle):
    return planner.sensitivities(bundle, top=4)


@pytest.fixture(scope="module")
def slopes(whole):
    return gradient(whole)


@pytest.fixture(scope="module")
def by_path(found):
    return {(r.table, r.row, r.column): r for r in found.inputs.itertuples()}


def test_a_bundle_is_read_back_as_the_plan_it_was(whole, bundle):
    plan = restored(bundle)
    assert plan.x == pytest.approx(whole.x, rel=1e-12, abs=1e-12)
    assert plan.y == pytest.approx(whole.y, rel=1e-12, abs=1e-12)
    assert plan.objective == pytest.approx(whole.objective, rel=1e-12)
    assert plan.certificate.bound == pytest.approx(whole.certificate.bound, rel=1e-12)


def test_launch_prices_weigh_what_source_md_launches(by_path):
    for vehicle, price, launches in (("rocket", 30, ROCKETS), ("ferry", 42, FERRIES)):
        r = by_path["vehicles", vehicle, "price"]
        assert r.gradient == pytest.approx(launches, rel=1e-9)
        assert r.swing == pytest.approx(0.4 * price * launches, rel=1e-9)  # 20 % to either side
        assert (r.at_low, r.at_high) == pytest.approx((-0.2 * price * launches, 0.2 * price * launches), rel=1e-9)


def test_the_first_inputs_are_confirmed_by_independent_resolves(whole, found):
    tried = 0
    for r in found.confirmed.itertuples():
        if r.note or tried == 1:
            continue
        tried += 1
        for end, change in ((r.low, r.found_low), (r.high, r.found_high)):
            there = resolved(whole, r.table, r.row, r.column, end - r.value) * 1e3 - whole.objective
            assert change == pytest.approx(there, rel=1e-6, abs=1e-4), (r.table, r.row, r.column)
        # the cost at both ends lies as the slope says, or on one side of it where the cost bends
        assert r.ratio_low == pytest.approx(r.found_low / r.at_low)
    assert tried == 1


@pytest.mark.slow
def test_slopes_lie_between_the_differences_of_small_moves(whole, found):
    first = [r for r in found.inputs.itertuples() if r.table != "tranches"][:3]
    for r in first:
        step = 1e-4 * abs(r.value)
        left, right = (
            (resolved(whole, r.table, r.row, r.column, s) * 1e3 - whole.objective) / s for s in (-step, step)
        )
        room = 1e-3 * abs(r.gradient)
        assert min(left, right) - room <= r.gradient <= max(left, right) + room, (r.table, r.row, r.column)


@pytest.mark.slow
def test_a_rule_that_an_end_breaks_is_said(whole):
    found = planner.sensitivities(whole, top=6).confirmed
    share = found[found["table"] == "tranches"].iloc[0]  # the first of three shares that add to 1, 0.08 less or more
    assert share["note"] == "low: breaks a rule (the shares add to 0.92); high: breaks a rule (the shares add to 1.08)"
    assert np.isnan(share["found_low"])


def test_the_share_of_grade_c_is_the_sum_of_gradient_times_value(whole, slopes, found):
    values, tables = slopes.values, whole.tables
    sums = {}
    for r in grades(tables).itertuples():
        i = tables.keys(r.table).index(r.row)
        number, slope = tables.numbers[r.table][r.column][i], values[r.table][r.column][i]
        if np.isfinite(number).all():
            sums[r.grade] = sums.get(r.grade, 0.0) + abs(float(np.sum(number * slope)))
    settings = {c.name: float(tables.settings[c.name]) for c in SETTINGS if c.kind == "number"}
    sums["default"] += sum(abs(v * float(values["scenario"][k])) for k, v in settings.items())
    assert found.grade_c == pytest.approx(sums["C"] / sum(sums.values()), rel=1e-9)
    assert found.grades["share"].sum() == pytest.approx(1.0)


def test_a_series_is_one_input_that_moves_as_a_whole(whole, slopes, by_path):
    r = by_path["territories", "bb_grid", "throughput"]
    slope = slopes.values["territories"]["throughput"][whole.tables.keys("territories").index("bb_grid")]
    assert r.by_year
    assert r.at_high == pytest.approx(0.2 * float(np.sum(slope * [0.05, 0.0108, 0.05])), rel=1e-9)


def test_published_spreads_count_and_scale_with_a_series(whole, slopes):
    record = {"source": "TINY", "year": "2020", "confidence": "B", "note": ""}
    more = [
        {"table": "vehicles", "row": "rocket", "column": "price", "low": 25.0, "high": 45.0, **record},
        {"table": "territories", "row": "bb_grid", "column": "throughput", "low": 0.04, "high": 0.1, **record},
    ]
    frame = whole.tables.provenance
    provenance = type(frame)([*frame.to_dict("records"), *more])
    tables = replace(whole.tables, provenance=provenance)
    frame = inputs_of(tables, slopes, 0.2)
    rows = {(r.table, r.column): r for r in frame.itertuples() if r.spread == "published"}
    assert len(rows) == 2
    assert by_grade(frame).set_index("grade").loc["B", "published"] == 2
    price = rows["vehicles", "price"]
    assert (price.at_low, price.at_high) == pytest.approx((-5 * ROCKETS, 15 * ROCKETS), rel=1e-9)
    assert price.grade == "B"
    slope = slopes.values["territories"]["throughput"][whole.tables.keys("territories").index("bb_grid")]
    doubled = float(np.sum(slope * [0.05, 0.0108, 0.05]))  # 0.1 is twice the first point: the series doubles
    assert rows["territories", "throughput"].at_high == pytest.approx(doubled, rel=1e-9)
    stale = stale_sources(tables, frame, 3.0).set_index("year")
    assert stale.loc[2020.0, "inputs"] == 2
    assert stale.loc[2020.0, "age"] == 10


def test_stale_sources_are_those_older_than_asked_for(whole, found):
    assert list(found.stale["source"]) == ["TINY"]  # of 2026, the plan starts in 2030
    assert found.stale["age"].iloc[0] == 4.0
    first = found.inputs.iloc[0]
    assert found.stale["feeds"].iloc[0] == f"{first['table']}.{first['row']}.{first['column']}"
    assert not len(stale_sources(whole.tables, found.inputs, 4.0))


@pytest.mark.slow
def test_money_twice_as_much_ranks_the_same():
    money = [(t, c.name) for t, table in TABLES.items() for c in table.numbers if c.unit.split("/")[0].endswith("USD")]
    tables = planner.read_tables(planner.read_scenario("tiny"))
    limits = tuple(f"limits.{k}.amount=x2" for k in ("budget", "equity"))  # money whose unit follows from its kind
    sets = (*(f"{t}.*.{c}=x2" for t, c in money if tables.keys(t)), "scenario.carbon_price=x2", *limits)
    once, twice = (planner.sensitivities(planner.solve("tiny", sets=s), confirm=False).inputs for s in ((), sets))
    keys = ["table", "row", "column"]
    twice = twice.set_index(keys).loc[list(once[keys].itertuples(index=False, name=None))]
    assert twice["swing"].to_numpy() == pytest.approx(2 * once["swing"].to_numpy(), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"top": 0}, "--top 0 — it is out of range — write 1 to 1000"),
        ({"unpublished": 2.0}, "--unpublished 2 — it is out of range — write a share from 0 to 1, e.g. 0.2"),
        ({"stale": -1.0}, "--stale -1 — it is out of range — write a number of years, 0 or more"),
    ],
)
def test_options_out_of_range(options, sentence, whole):
    with pytest.raises(InputError) as refused:
        planner.sensitivities(whole, **options)
    assert str(refused.value) == sentence


def test_what_is_no_bundle_or_was_changed_is_refused(bundle, tmp_path):
    with pytest.raises(InputError) as none:
        planner.sensitivities(tmp_path)
    assert str(none.value) == f"{tmp_path} — it is not a bundle — give a folder that `planner solve` wrote"
    copy = tmp_path / "copy"
    shutil.copytree(bundle, copy)
    path = copy / "inputs" / "vehicles.csv"
    path.write_text(path.read_text().replace("30", "31", 1))
    with pytest.raises(InputError) as changed:
        planner.sensitivities(copy)
    assert str(changed.value) == (
        f"{copy} — inputs/vehicles.csv: the file was changed (its hash differs from the one in certificate.json)"
        " — see `planner verify`, or solve again"
    )


def test_what_is_printed_fits_100_columns(found, capsys):
    show_sensitivities(found, 4)
    lines = capsys.readouterr().out.splitlines()
    assert max(len(line.rstrip()) for line in lines) <= 100
    assert any("classes.batch.demand" in line for line in lines)


@pytest.mark.slow
def test_the_json_of_the_command_is_whole(bundle):
    result = CliRunner().invoke(app, ["sensitivities", str(bundle), "--top", "3", "--no-confirm", "--json"])
    document = json.loads(result.stdout.splitlines()[-1])
    assert len(document["inputs"]) == 3
    assert document["counts"]["published"] == 0
