"""Attribution along a path against integrals that are known: products, kinks and steps."""

from types import SimpleNamespace

import numpy as np
import pytest

from planner.studies.design.landscape import Judged
from planner.studies.inputs import attribution

#: Inputs of the functions below and their path: u from 2 to 5, v from 3 to 7.
CELLS = [("classes", "a", "price", None), ("classes", "b", "price", None)]
START, SPAN = np.array([2.0, 3.0]), np.array([3.0, 4.0])
STEPPING = {"classes": SimpleNamespace(read=set()), "satellites": SimpleNamespace(read={"first_launch"})}


class Known:
    """A cost whose value and slopes are closed forms, in place of a plan that is solved."""

    def __init__(self, cost, slope, cells=CELLS):
        self.cost, self.slope, self.cells, self.slopes, self.solved = cost, slope, cells, True, 0
        stepping = SimpleNamespace(known=[SimpleNamespace(reads=SimpleNamespace(columns=STEPPING))])
        self.known = SimpleNamespace(structures=stepping)

    def __call__(self, places):
        self.solved += len(places)
        at = [(p, START + p * SPAN) for p in map(np.asarray, places)]
        return [Judged(p, self.cost(*w), 0.0, np.array(self.slope(*w)) * SPAN) for p, w in at]


def test_a_product_is_shared_as_aumann_and_shapley_share_it():
    found = attribution(Known(lambda u, v: u * v, lambda u, v: (v, u)))
    # the integral of v du along the path is du (v0 + dv / 2)
    assert found.by_input["classes", "a", "price"] == pytest.approx(3 * (3 + 2))
    assert found.by_input["classes", "b", "price"] == pytest.approx(4 * (2 + 1.5))
    assert found.remainder == pytest.approx(0, abs=1e-12)
    assert found.cost == (6, 35)
    assert found.solved == 5


def test_inputs_that_do_not_meet_get_their_own():
    found = attribution(Known(lambda u, v: u**3 + v**2, lambda u, v: (3 * u**2, 2 * v)))
    assert list(found.by_input.values()) == pytest.approx([5**3 - 2**3, 7**2 - 3**2])


def test_a_kink_is_refined_until_little_is_missed():
    def cost(u, v):
        return max(u - 2.7, 0.0) + min(v, 4.1)

    found = attribution(Known(cost, lambda u, v: (float(u > 2.7), float(v < 4.1))))
    total = found.cost[1] - found.cost[0]
    assert abs(found.remainder) <= 0.01 * total
    assert list(found.by_input.values()) == pytest.approx([5 - 2.7, 4.1 - 3], abs=0.01 * total)
    assert sum(found.by_input.values()) + found.steps + found.remainder == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize("cells", [CELLS, [CELLS[0], ("satellites", "s", "first_launch", None)]])
def test_a_step_goes_to_the_one_input_that_structure_reads_or_is_named(cells):
    found = attribution(Known(lambda u, v: u + 10.0 * (v > 5.3), lambda u, v: (1.0, 0.0), cells))
    smooth, other = found.by_input.values()
    assert smooth == pytest.approx(3.0)
    assert (found.steps, other) == pytest.approx((10.0, 0.0) if cells is CELLS else (0.0, 10.0))
    assert found.remainder == pytest.approx(0.0, abs=1e-9)


def test_one_input_alone_makes_all_of_it():
    found = attribution(Known(lambda u, v: np.sin(u) + 5 * (v > 4), lambda u, v: (0.0, 0.0), [CELLS[0]] * 2))
    assert list(found.by_input.values()) == pytest.approx([np.sin(5) + 5 - np.sin(2)])
    assert found.solved == 2


def test_few_solves_leave_a_remainder_that_is_told():
    found = attribution(Known(lambda u, v: max(u - 2.7, 0.0) + v, lambda u, v: (float(u > 2.7), 1.0)), most=5)
    total = found.cost[1] - found.cost[0]
    assert found.remainder != 0
    assert sum(found.by_input.values()) + found.remainder == pytest.approx(total, rel=1e-12)
