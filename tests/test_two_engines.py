"""`two-engines`: it loads, every number has its source, it is certified, and what must not fall does not fall."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import planner
from planner.assemble import assemble_compiled
from planner.check import grades
from planner.scenario import read_scenario
from planner.tables import read_tables

DATASET = Path(__file__).parent.parent / "datasets" / "two-engines"
OWN = ["own_fab", "own_packaging", "own_actuator_line", "own_turbine_line", "own_satellite_line", "own_pad"]
EXACT = 1e-6  # relative: what two relaxations may differ by and still be equal


@pytest.fixture(scope="module")
def tables():
    return read_tables(read_scenario("two-engines"))


@pytest.fixture(scope="module")
def relaxed():
    """Relaxations by override, each solved once."""
    known = {}

    def get(*overrides):
        if overrides not in known:
            known[overrides] = planner.solve("two-engines", overrides=overrides, relax=True, time=300)
        return known[overrides]

    return get


def test_every_number_has_a_source_and_most_single_ones_a_range(tables):
    cells = grades(tables)
    assert not (cells["grade"] == "none").any()
    frame = tables.provenance
    single = frame[(frame["row"] != "*") & (frame["confidence"] == "C")]
    assert single[["low", "high"]].notna().all(axis=1).mean() > 0.9
    assert set(frame["source"]) == set(tables.sources.index)


def test_ranges_hold_the_values_they_speak_of(tables):
    """A range is of the first year of a series; it must contain the number it belongs to."""
    for record in tables.provenance.to_dict("records"):
        table, row, column = record["table"], record["row"], record["column"]
        if "*" in (row, column) or table == "scenario" or np.isnan(record["low"]):
            continue
        value = np.atleast_1d(tables.numbers[table][column][tables.keys(table).index(row)])[0]
        if np.isfinite(value):
            assert record["low"] * 0.97 <= value <= record["high"] * 1.03, (table, row, column, value)


def test_the_builder_has_two_engines_fed_by_one_layer(tables):
    bills = tables.frames["bills"]
    wafers = set(bills[bills["layer"] == "logic_wafer"]["item"])
    containers = tables.frames["hardware"]["container"]
    assert {containers[h] for h in wafers if h in containers} == {"rack", "satellite", "endpoint"}
    own = tables.frames["doors"]
    assert set(own[own["own"].astype(bool)].index) == set(OWN)


def test_there_is_text_for_every_override():
    overrides = read_scenario("two-engines").overrides
    assert len(overrides) >= 10
    text = (DATASET / "scenario.toml").read_text()
    assert len(re.findall(r"^description = ", text, re.M)) == len(overrides) + 1
    source = (DATASET / "SOURCE.md").read_text()
    assert "the builder" in source


def capacity_of_debt(overrides):
    """Equity and coverage times the revenue of all contracts [G USD], from the tables alone ``[T]``."""
    t = read_tables(read_scenario("two-engines", overrides))
    n, s = t.numbers, t.settings
    dt, rate = float(s["period"]), np.log1p(float(s["discount_rate"]))
    begin = dt * np.arange(t.horizon)
    pay = (np.exp(-rate * begin) - np.exp(-rate * (begin + dt))) / rate
    klass = t.index("workloads", "class")
    middle = (t.years[:-1] + t.years[1:]) / 2
    start, end = n["workloads"]["window_start"][:, None], n["workloads"]["window_end"][:, None]
    active = (middle >= np.where(start < 0, 0, start)) & (middle < end)
    signed = t.frames["workloads"]["offtake"].to_numpy(bool)
    demand = n["classes"]["demand"][klass] * n["workloads"]["share"][:, None] * active
    worth = n["classes"]["price"][klass] * n["workloads"]["price_factor"][:, None]
    revenue = (demand * worth * pay)[signed].sum(axis=1) * 8766 * 1e-9
    kinds = t.frames["limits"]["kind"].tolist()
    amount = n["limits"]["amount"]
    return amount[kinds.index("equity")], amount[kinds.index("debt")], revenue


def test_the_debt_row_is_equity_and_coverage_of_contracts(tables):
    """The row of the program against an independent sum; twice the contracts never lower what it allows."""
    equity, coverage, revenue = capacity_of_debt(())
    program = assemble_compiled(tables).program
    layout, flat = program.layout, program.flat()
    rows = [i for i, name in enumerate(layout.row_names()) if name.startswith("debt[")]
    columns = [j for j, name in enumerate(layout.column_names()) if name.startswith("accept[")]
    assert len(rows) == len(equity)
    assert len(columns) == len(revenue)
    np.testing.assert_allclose(flat.rhs[rows], equity, rtol=1e-9)
    cover = -flat.matrix.tocsr()[rows][:, columns].toarray()
    np.testing.assert_allclose(cover, coverage[:, None] * revenue[None, :], rtol=1e-6)
    assert (cover > 0).all()
    np.testing.assert_allclose(capacity_of_debt(("double_contracts",))[2], 2 * revenue, rtol=1e-12)


@pytest.mark.slow
def test_the_plan_is_certified_within_one_percent():
    plan = planner.solve("two-engines", gap=0.01, time=300)
    c = plan.certificate
    assert (c.objective - c.bound) / abs(c.objective) <= 0.01
    assert 9_000 < plan.flat.shape[1] < 12_000
    # Both engines grow over the shown years.
    last = plan.tables.shown - 1
    power = plan.table("energised").groupby("period")["value"].sum()
    assert power[last] > 2 * power[0]
    run = plan.table("run")
    new = (
        run[run["equipment"].isin(["edge_ai5", "edge_ai6", "robot_ai5", "robot_ai6"])].groupby("period")["value"].sum()
    )
    assert new[last] > 10 * new[new > 0].iloc[0]
    # Some own doors are worth their capital and some are not; money binds somewhere.
    built = set(plan.table("line").query("value > 0.5")["door"])
    assert built
    assert built < set(OWN)
    debt = plan.prices[plan.prices["row"] == "debt"]
    assert (debt["price"] > 1e-6).any()


@pytest.mark.slow
@pytest.mark.parametrize("override", ["no_own_doors", "buy_only", "no_onsite_power", "no_orbit", "slow_grid"])
def test_what_takes_choices_away_never_lowers_the_cost(relaxed, override):
    assert relaxed(override).objective >= relaxed().objective * (1 - EXACT)


@pytest.mark.slow
@pytest.mark.parametrize("override", ["cheap_launch", "many_launches", "own_fab_free", "no_debt", "more_idle"])
def test_what_gives_choices_never_raises_the_cost(relaxed, override):
    assert relaxed(override).objective <= relaxed().objective * (1 + EXACT)


@pytest.mark.slow
def test_twice_the_fleet_never_frees_wafers(relaxed):
    """Endpoints draw more wafers, and a wafer is worth no less."""

    def drawn(plan):
        bills = plan.tables.frames["bills"]
        logic = ((bills["layer"] == "logic_wafer") & (bills["of"] == "hardware")).to_numpy()
        each = dict(zip(bills["item"][logic], plan.tables.numbers["bills"]["quantity"][logic], strict=True))
        build = plan.table("build")
        fleets = build["zone"].str.startswith("fleet_")
        wafers = build["value"] * build["equipment"].map(each).fillna(0.0)
        return wafers[fleets].sum()

    def worth(plan):
        price = plan.prices
        return price[(price["row"] == "supply") & (price["a"] == "logic_wafer")]["price"].abs().sum()

    once, twice = relaxed(), relaxed("big_fleet")
    assert drawn(twice) > drawn(once)
    assert worth(twice) >= worth(once) * (1 - 1e-3)


@pytest.mark.slow
def test_orbit_grows_when_launch_is_cheap_and_satellites_are_light(relaxed):
    def flown(plan):
        build = plan.table("build")
        return build[build["zone"] == "orbit"]["value"].sum()

    assert flown(relaxed("cheap_launch", "light_satellites")) > max(1.0, flown(relaxed()))
    assert flown(relaxed("no_orbit")) == 0.0
