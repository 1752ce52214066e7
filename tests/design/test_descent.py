"""The descent on landscapes whose lowest points are known in closed form."""

import numpy as np
import pytest

from planner.studies.design import descend
from planner.studies.design.descent import LAST, inside, open_slope
from planner.studies.design.landscape import Judged


class Valley:
    """cost(place) and slope(place) as a landscape; counts what it was asked."""

    def __init__(self, cost, slope):
        self.cost, self.slope, self.asked = cost, slope, 0

    def __call__(self, places):
        self.asked += len(places)
        return [Judged(p, float(self.cost(p)), float(self.cost(p)), np.asarray(self.slope(p), float)) for p in places]


def test_a_quadratic_with_bounds_ends_at_its_constrained_minimum():
    rng = np.random.default_rng(0)
    for _ in range(20):
        root = rng.normal(size=(5, 5))
        curve = root @ root.T + 0.5 * np.eye(5)
        middle = rng.uniform(-0.5, 1.5, 5)
        valley = Valley(
            lambda p, a=curve, m=middle: 100.0 + (p - m) @ a @ (p - m), lambda p, a=curve, m=middle: 2 * a @ (p - m)
        )
        (path,) = descend(valley, [np.full(5, 0.5)])
        # The optimality conditions of a convex program over a box.
        open_ = open_slope(path.last)
        assert np.abs(open_).max() <= 2e-3 * path.last.cost, path.ended
        others = [inside(path.last.place + rng.normal(0, 0.1, 5)) for _ in range(200)]
        assert min(j.cost for j in valley(others)) >= path.last.cost - 1e-4


def test_a_kink_is_found_and_a_smooth_choice_beside_it():
    valley = Valley(
        lambda p: 10.0 + abs(p[0] - 0.37) + (p[1] - 0.6) ** 2,
        lambda p: [1.0 if p[0] >= 0.37 else -1.0, 2 * (p[1] - 0.6)],
    )
    (path,) = descend(valley, [np.array([0.9, 0.1])])
    assert abs(path.last.place[0] - 0.37) <= 2 * LAST
    assert abs(path.last.place[1] - 0.6) <= 2 * LAST


def test_two_basins_are_both_found_and_ends_are_never_above_starts():
    valley = Valley(
        lambda p: 5.0 + 8 * (p[0] - 0.2) ** 2 * (p[0] - 0.8) ** 2 + 0.1 * p[0],
        lambda p: [16 * (p[0] - 0.2) * (p[0] - 0.8) * (2 * p[0] - 1.0) + 0.1],
    )
    left, right = descend(valley, [np.array([0.05]), np.array([0.95])])
    assert left.last.place[0] < 0.3
    assert 0.7 < right.last.place[0] < 0.85
    for path in (left, right):
        assert path.last.cost <= path.first.cost
        assert list(path.costs) == sorted(path.costs, reverse=True)


def test_without_a_plan_or_without_time_it_says_so():
    nowhere = Valley(lambda p: np.inf, lambda p: [0.0])
    (path,) = descend(nowhere, [np.array([0.5])])
    assert path.ended == "no plan at the start"
    slow = Valley(lambda p: (p[0] - 0.5) ** 2 + 1.0, lambda p: [2 * (p[0] - 0.5)])
    (path,) = descend(slow, [np.array([0.1])], time=-1.0)
    assert path.ended == "out of time"
    assert slow.asked == 2  # the start and its curvature


@pytest.mark.parametrize("at", [0.0, 1.0])
def test_a_slope_against_a_bound_is_closed(at):
    pushing = Judged(np.array([at]), 1.0, 1.0, np.array([1.0 if at == 0.0 else -1.0]))
    assert open_slope(pushing)[0] == 0.0
    leaving = Judged(np.array([at]), 1.0, 1.0, np.array([-1.0 if at == 0.0 else 1.0]))
    assert open_slope(leaving)[0] != 0.0
