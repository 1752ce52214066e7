"""Axes from texts and from Python values: ranges, units, kinds; every fault by its sentence."""

import math

import numpy as np
import pytest

from planner import InputError, read_scenario, read_tables
from planner.studies.axes import MOST_POINTS, Axis, axes_of, neighbours, positions, refuse_unknown


def only(text):
    (axis,) = axes_of([text])
    return axis


def sentences(over):
    with pytest.raises(InputError) as caught:
        axes_of(over)
    return [str(f) for f in caught.value.faults]


@pytest.fixture(scope="module")
def tiny():
    return read_tables(read_scenario("tiny"))


def test_values_keep_their_words_and_become_numbers_in_the_unit_of_the_column():
    axis = only("sites.*.power_price=60,90 USD/MWh,0.12 USD/kWh")
    assert axis.words == ("60", "90 USD/MWh", "0.12 USD/kWh")
    values, unit = axis.values()
    assert values == pytest.approx((60.0, 90.0, 120.0))
    assert unit == "USD/MWh"
    assert axis.sets(1) == ("sites.*.power_price=90 USD/MWh",)


@pytest.mark.parametrize(
    ("text", "values", "unit"),
    [
        ("vehicles.*.price=x0.5,x1,x2", (0.5, 1.0, 2.0), "× base"),
        ("hardware.*.last_sale=+-1,+1", (-1.0, 1.0), "+ yr"),
        ("sites.s.ramp=5,none", (5.0, math.inf), "MW facility/yr"),
        ("sites.s.ramp=5,x2", ("5", "x2"), ""),
        ("classes.c.kind=rate,job", ("rate", "job"), ""),
        ("limits.*.on=yes,no", ("yes", "no"), ""),
        ("scenario.discount_rate=0:0.1:3", (0.0, 0.05, 0.1), "1/yr"),
        ("vehicles.v.price=10:40:4 M USD", (10.0, 20.0, 30.0, 40.0), "M USD"),
        ("vehicles.v.price=1e6:4e6:2 USD", (1.0, 4.0), "M USD"),
        ("vehicles.v.price=x0.01:x100:5:log", (0.01, 0.1, 1.0, 10.0, 100.0), "× base"),
        ("vehicles.v.price=x0.5:2:4", (0.5, 1.0, 1.5, 2.0), "× base"),
        ("vehicles.v.price=1,2:3:2,7", (1.0, 2.0, 3.0, 7.0), "M USD"),
        ("stages.*.lead_fixed;stages.*.lead_per_time_to_power=x1,x2", (1.0, 2.0), "× base"),
        ("stages.*.lead_fixed;stages.*.odds=1,0.5", ("1", "0.5"), ""),  # two units: no number for both
    ],
)
def test_kinds_of_values(text, values, unit):
    found, of = only(text).values()
    assert of == unit
    assert found == (values if isinstance(values[0], str) else pytest.approx(values))


def test_python_values_are_written_so_that_they_read_back_as_they_are():
    third, tiny_value = 1 / 3, 1e-7
    (axis, flag) = axes_of({"vehicles.v.price": np.array([third, tiny_value]), "limits.l.on": [True, False]})
    assert axis.values()[0] == pytest.approx((third, tiny_value), rel=1e-14)
    assert flag.words == ("yes", "no")
    assert axes_of({"vehicles.v.price": "x0.5,x1"}) == axes_of(["vehicles.v.price=x0.5,x1"])
    assert axes_of({"sites.s.ramp": [5, math.inf]})[0].words == ("5", "none")
    assert axes_of({"vehicles.v.price": 7})[0].words == ("7",)


@pytest.mark.parametrize(
    ("over", "sentence"),
    [
        (["vehicles.v.price"], "--over 'vehicles.v.price' — no '=' in it — write table.row.column=v1,v2,v3"),
        (["a.b.c=1,,2"], "--over 'a.b.c' — a value is empty — write v1,v2,v3 or start:stop:count"),
        (["a.b.c="], "--over 'a.b.c' — a value is empty — write v1,v2,v3 or start:stop:count"),
        ({"a.b.c": []}, "--over 'a.b.c' — a value is empty — write v1,v2,v3 or start:stop:count"),
        (["a.b.c=1:2:0"], f"--over 'a.b.c' — '0' is not a count — write start:stop:count, 2 to {MOST_POINTS}"),
        (["a.b.c=1:2:x"], f"--over 'a.b.c' — 'x' is not a count — write start:stop:count, 2 to {MOST_POINTS}"),
        (["a.b.c=1:2:3:lin"], "'1:2:3:lin' is not a range — write start:stop:count or start:stop:count:log"),
        (["a.b.c=0:2:3:log"], "'0:2:3:log' has an end that is not above 0 — write a range without log"),
        (["a.b.c=1,2", "a.b.c=3"], "--over 'a.b.c' — it is swept over twice — write one axis with all values"),
        (["a.b.c=1,2,1"], "--over 'a.b.c' — the value '1' stands twice — delete one"),
        ([], "--over — there is nothing to sweep over — write table.row.column=v1,v2,v3"),
        (["a.b.c=1:2:200", "a.b.d=1:2:200"], f"the product has 40000 points — write at most {MOST_POINTS}"),
    ],
)
def test_faults_of_form(over, sentence):
    assert any(sentence in s for s in sentences(over)), sentences(over)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("vehicels.*.price=x1", "--over 'vehicels.*.price' — it is not table.row.column — did you mean 'vehicles'?"),
        ("vehicles.*.prise=x1", "--over 'vehicles.*.prise' — unknown column — did you mean 'price'?"),
        ("vehicles.rokket.price=x1", "--over 'vehicles.rokket.price' — no row has this name — did you mean 'rocket'?"),
        (
            "vehicles.*.price=many",
            "--over 'vehicles.*.price' — 'many' is not a value — write a number in M USD, x2, +1",
        ),
        (
            "vehicles.*.price=5 kg",
            "--over 'vehicles.*.price' — '5 kg' is not a value — write a number in M USD, x2, +1",
        ),
        ("scenario.perods=3", "--over 'scenario.perods' — unknown setting — did you mean 'periods'?"),
        ("classes.chat.kind=jab", "--over 'classes.chat.kind' — 'jab' is not a choice — did you mean 'job'?"),
        ("limits.*.on=maybe", "--over 'limits.*.on' — 'maybe' is not a flag — write yes or no"),
    ],
)
def test_paths_and_values_that_cannot_be_written_are_refused_at_once(tiny, text, sentence):
    before = {t: {c: v.copy() for c, v in columns.items()} for t, columns in tiny.numbers.items()}
    with pytest.raises(InputError) as caught:
        refuse_unknown(axes_of([text, "sites.*.power_price=x2"]), tiny)
    assert [str(f) for f in caught.value.faults] == [sentence]
    assert all(np.array_equal(before[t][c], v) for t, columns in tiny.numbers.items() for c, v in columns.items())


def test_every_point_is_reached_from_the_first_by_points_before_it():
    axes = tuple(Axis(f"a.b.{k}", tuple(map(str, range(n)))) for k, n in enumerate((3, 16, 2)))
    places = positions(axes)
    assert len(places) == len(set(places)) == 96
    assert places == sorted(places)
    depth = {places[0]: 0}
    for place in places[1:]:
        before = neighbours(place)
        assert before
        assert all(b < place and sum(p != q for p, q in zip(b, place, strict=True)) == 1 for b in before)
        depth[place] = 1 + max(depth[b] for b in before)
    assert neighbours(places[0]) == []
    assert max(depth.values()) <= 1 + 4 + 1  # bits of 2, of 15, of 1: shallow, so that many workers find work
