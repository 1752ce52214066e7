"""The inputs that move a figure most: slopes against central differences, order, ends, spreads - through `--set`."""

from functools import lru_cache

import numpy as np
import pytest

import planner
from planner import read_scenario, read_tables

SITE, YEAR = "memphis2", 2029


@lru_cache(maxsize=64)
def stacked(*sets):
    return planner.stack("two-engines", "central", SITE, YEAR, sets=sets).satellite


@pytest.fixture(scope="module")
def base():
    return stacked()


@pytest.fixture(scope="module")
def tables():
    return read_tables(read_scenario("two-engines"))


def rankings(one):
    return {"useful": one.useful, "cost": one.cost}


def test_slopes_are_central_differences_of_the_command(base):
    for figure, ranked in rankings(base).items():
        assert len(ranked.inputs) == 10
        for r in ranked.inputs.to_dict("records"):
            if r["input"].endswith(".life"):
                continue  # at a kink: the next test
            h = 1e-4 * abs(r["value"])
            up, down = (rankings(stacked(f"{r['input']}={r['value'] + s * h!r}"))[figure].base for s in (1, -1))
            assert r["slope"] == pytest.approx((up - down) / (2 * h), rel=2e-6), r["input"]


def test_a_slope_at_a_kink_lies_between_the_two_sides(base):
    """The design life and the chips' life are both 5 yr: service ends with the first."""
    both = [r for f in rankings(base).values() for r in f.inputs.to_dict("records") if r["input"].endswith(".life")]
    assert both
    for figure, ranked in rankings(base).items():
        for r in ranked.inputs.to_dict("records"):
            if not r["input"].endswith(".life"):
                continue
            h = 1e-5 * r["value"]
            up, down = (rankings(stacked(f"{r['input']}={r['value'] + s * h!r}"))[figure].base for s in (1, -1))
            sides = sorted([(up - ranked.base) / h, (ranked.base - down) / h])
            assert sides[0] - 1e-3 * abs(sides[0]) <= r["slope"] <= sides[1] + 1e-3 * abs(sides[1]), r["input"]


def test_inputs_are_in_order_of_slope_times_spread(base):
    for ranked in rankings(base).values():
        frame = ranked.inputs
        swing = frame["slope"].abs() * (frame["high"] - frame["low"])
        assert np.allclose(frame["swing"], swing, rtol=1e-12)
        assert (frame["swing"].diff().dropna() <= 0).all()


def test_ends_are_what_the_command_says_there(base):
    for figure, ranked in rankings(base).items():
        for r in ranked.inputs.head(3).to_dict("records"):
            for end in ("low", "high"):
                moved = rankings(stacked(f"{r['input']}={r[end]!r}"))[figure]
                assert moved.base == pytest.approx(r[f"at_{end}"], rel=1e-12), (r["input"], end)


def test_what_is_flat_here_and_not_at_its_ends_is_told_apart(base):
    hidden = base.cost.hidden.set_index("input")
    last = base.cost.inputs.iloc[-1]
    least = max(abs(last["at_low"] - base.cost.base), abs(last["at_high"] - base.cost.base))
    assert "vehicles.starship.cadence" in hidden.index
    assert not set(hidden.index) & set(base.cost.inputs["input"])
    for _, r in hidden.iterrows():
        assert max(abs(r["at_low"] - base.cost.base), abs(r["at_high"] - base.cost.base)) > least


def test_spreads_and_grades_are_those_of_provenance(base, tables):
    records = {(r["table"], r["row"], r["column"]): r for r in tables.provenance.to_dict("records")}
    for ranked in rankings(base).values():
        for r in ranked.inputs.to_dict("records"):
            table, _, rest = r["input"].partition(".")
            row, _, column = rest.rpartition(".")
            keys = ((table, row or "*", column), (table, row, "*"), (table, "*", column), (table, "*", "*"))
            record = next(records[k] for k in keys if k in records)
            assert (r["grade"], r["source"]) == (record["confidence"], record["source"])
            if (table, column) in (("vehicles", "price"), ("hardware", "price")):
                assert r["low"] / r["high"] == pytest.approx(record["low"] / record["high"])
            elif not r["cut"]:
                assert (r["low"], r["high"]) == (record["low"], record["high"])


def test_an_end_beyond_the_column_is_cut_to_it(base):
    cut = base.useful.inputs.set_index("input").loc["satellite_classes.central.radiation_availability"]
    assert cut["high"] == 1.0
    assert cut["cut"]


def test_a_series_moves_its_spread_with_its_value(tables):
    """69.5 to 113 M USD of 86.9 in 2027 is 0.8 to 1.3 of the first point; in 2031 it is that of the price then."""
    prices = tables.numbers["vehicles"]["price"][tables.keys("vehicles").index("starship")]
    one = planner.stack("two-engines", "central", SITE, 2031).satellite
    r = one.cost.inputs.set_index("input").loc["vehicles.starship.price"]
    assert r["value"] == prices[8]
    assert (r["low"], r["high"]) == (pytest.approx(0.8 * prices[8]), pytest.approx(1.3 * prices[8]))


def test_an_input_that_was_set_has_no_spread_and_is_counted(base):
    path = "satellite_classes.central.array_specific_power"
    one = stacked(f"{path}=120")
    assert path in set(base.useful.inputs["input"])
    assert path not in set(one.useful.inputs["input"])
    assert path in set(one.useful.unspread["input"])
    assert (base.useful.changed, one.useful.changed) == (0, 1)


def test_elasticities_of_what_is_not_ranked(base):
    for r in base.useful.unspread.head(2).to_dict("records"):
        up, down = (stacked(f"{r['input']}={r['value'] * (1 + s)!r}").useful.base for s in (1e-4, -1e-4))
        assert r["elasticity"] == pytest.approx((up - down) / 2e-4 / base.useful.base, rel=1e-4)
