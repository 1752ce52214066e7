"""Walks start at what the authors print, telescope, and end at a direct evaluation of our model."""

from typing import NamedTuple

import numpy as np
import pytest

from compute_stack import boundaries
from planner.reconcile.ours import FIELDS, measured
from planner.reconcile.page import BOXES, WALKS, compared, level_launch_price, sides, walks
from planner.reconcile.published import MODELS
from planner.reconcile.walk import Step, Walk, differing, field, paths, replaced


@pytest.fixture(scope="module")
def every(our_side):
    return walks(our_side)


def test_all_eight_models_are_walked(every):
    assert {m.key for m, _ in every} == set(WALKS) == {m.key for m in MODELS}
    assert len(MODELS) == 8


def test_the_first_line_is_the_published_figure(every):
    for model, walk in every:
        np.testing.assert_allclose(walk.recomputed, walk.published, rtol=walk.tolerance, err_msg=walk.title)
        within = 0.05 if walk.bridge else 1e-9
        np.testing.assert_allclose(walk.figures[0], walk.recomputed, rtol=within, err_msg=f"{model.key} {walk.title}")


def test_the_last_line_is_our_model_with_our_inputs(every):
    for model, walk in every:
        assert not differing(walk.last, walk.end), (model.key, walk.title)
        np.testing.assert_allclose(walk.figures[-1], walk.ends, rtol=1e-9, err_msg=f"{model.key} {walk.title}")


def test_the_steps_telescope(every):
    for _, walk in every:
        total = walk.figures[0] + sum(line.change for line in walk.lines)
        np.testing.assert_allclose(total, walk.ends, rtol=1e-9, err_msg=walk.title)


def test_the_means_over_all_orders_add_up_to_the_same_distance(every):
    for _, walk in every:
        means = [line.mean for line in walk.lines]
        np.testing.assert_allclose(np.nansum(means), walk.figures[-1] - walk.figures[0], rtol=1e-7, err_msg=walk.title)
        for line in walk.lines:
            assert np.isnan(line.mean) or line.low - 1e-9 <= line.mean <= line.high + 1e-9


def test_every_step_says_from_what_to_what_and_why(every):
    for _, walk in every:
        for step in walk.steps:
            assert all((step.what, step.now, step.source)), (walk.title, step.what)
            assert step.grade in "ABC"


class Pair(NamedTuple):
    """Two factors."""

    a: float
    b: float


def test_the_mean_over_orders_of_a_product():
    """From 1 x 1 to 3 x 5: either first, a gains 2 or 10 and b gains 4 or 12."""
    steps = (Step("a", {"a": 3.0}, "1", "3", "x", "A"), Step("b", {"b": 5.0}, "1", "5", "x", "A"))
    walk = Walk("product", "-", 1.0, 0.0, "", 1.0, "", Pair(1.0, 1.0), "", steps, lambda p: p.a * p.b, Pair(3, 5), 15.0)
    first, second = walk.lines
    assert (first.change, second.change) == (2.0, 12.0)
    assert (first.mean, second.mean) == (6.0, 8.0)
    assert (first.low, first.high, second.low, second.high) == (2.0, 10.0, 4.0, 12.0)


def test_steps_that_set_the_same_field_are_one_player():
    steps = (
        Step("a", {"a": 2.0}, "1", "2", "x", "A"),
        Step("b", {"b": 5.0}, "1", "5", "x", "A"),
        Step("a", {"a": 3.0}, "2", "3", "x", "A"),
    )
    walk = Walk("product", "-", 1.0, 0.0, "", 1.0, "", Pair(1.0, 1.0), "", steps, lambda p: p.a * p.b, Pair(3, 5), 15.0)
    assert np.isnan(walk.lines[0].mean)
    assert [line.mean for line in walk.lines[1:]] == [8.0, 6.0]


def test_fields_are_replaced_by_name_and_unknown_names_are_refused(our_side):
    case = our_side.case
    moved = replaced(case, {"orbital.launch_price": 1.0, "cycle": 7.0})
    assert (moved.orbital.launch_price, moved.cycle) == (1.0, 7.0)
    assert moved.ground == case.ground
    with pytest.raises(KeyError):
        replaced(case, {"orbital.price": 1.0})


def test_every_field_has_its_words(our_side):
    assert set(FIELDS) == set(paths(our_side.case))
    assert set(our_side.grade) == set(FIELDS)
    assert set(our_side.grade.values()) <= set("ABC")


def test_our_side_is_what_the_stack_prints(our_side):
    found = measured(our_side.tables, our_side.pick)
    for name, box in (("launch", "launch_against_electricity"), ("facility", "build_against_facility")):
        np.testing.assert_allclose(getattr(found, name), getattr(boundaries, box)(our_side.case))
    np.testing.assert_allclose(found.cycle, boundaries.cycle_cost(our_side.case))
    np.testing.assert_allclose(found.allowance, boundaries.launch_build_allowance(our_side.case))


def test_a_completed_model_keeps_what_it_states(our_side):
    for model in MODELS:
        case = model.completed(our_side.case)
        for name, value in model.states.items():
            if name not in model.also:
                assert float(field(case, name)) == value, (model.key, name)
        silent = set(FIELDS) - set(model.states) - set(model.also)
        assert all(float(field(case, n)) == float(field(our_side.case, n)) for n in silent)


def test_the_level_launch_price_levels_every_box(our_side):
    for model in MODELS:
        case = model.completed(our_side.case)
        for box, *_ in BOXES:
            price = level_launch_price(case, box)
            if np.isnan(price):
                assert "launch_against_electricity" in model.apart
                continue
            orbit, ground = sides(replaced(case, {"orbital.launch_price": price}), box)
            np.testing.assert_allclose(orbit, ground, rtol=1e-9)


def test_more_in_the_box_of_both_sides_brings_the_ratio_nearer_to_one(our_side):
    (title, boxes), *_ = reversed(compared(our_side))
    assert title == "ours"
    ratio = {name: orbit / ground for name, (orbit, ground) in boxes.items()}
    assert ratio["gpu_hour_cost"] < ratio["build_against_facility"]
    assert ratio["gpu_hour_cost"] < ratio["launch_against_electricity"]
