"""Assigning homes and going down, against trying everything."""

import numpy as np
import pytest
from homes_programs import homes_program, random_homes, truth
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from planner.certificate import row_violations
from planner.engines import Status
from planner.engines.assigning import assigned
from planner.engines.exchanging import exchanged
from planner.engines.homes import Homes, first_homes
from planner.engines.placing import placed
from planner.engines.plunge import plunge
from planner.engines.warm import Warm
from planner.flat import Flat


@pytest.mark.parametrize("seed", range(12))
def test_homes_are_found_and_fit(seed):
    cost, use, room, fee = random_homes(seed)
    flat, best = homes_program(cost, use, room, fee), truth(cost, use, room, fee)
    homes = Homes.of(flat)
    assert homes is not None
    home = assigned(flat, homes)
    down = plunge(flat)
    if not np.isfinite(best):
        assert home is None
        assert not down.has_plan
        return
    assert home is not None
    x = homes.integers(flat, home)
    again = Warm(flat).solve(np.where(flat.integer, x, flat.lower), np.where(flat.integer, x, flat.upper))
    assert again.status is Status.OPTIMAL
    assert again.objective == pytest.approx(best, rel=1e-9)
    assert down.objective == pytest.approx(best, rel=1e-3)
    for plan in (again.x, down.x):
        assert row_violations(flat, plan).max() <= 1e-6


def test_other_whole_decisions_are_not_homes():
    flat = homes_program(*random_homes(0))
    free = sparse.hstack([flat.matrix, sparse.csr_matrix((flat.shape[0], 1))], format="csr")
    wider = {k: np.append(getattr(flat, k), v) for k, v in {"cost": 1.0, "lower": 0.0, "upper": 1.0}.items()}
    more = Flat(
        matrix=free, rhs=flat.rhs, sense=flat.sense, integer=np.append(flat.integer, True),
        implied=np.append(flat.implied, False), **wider,
    )  # fmt: skip
    assert Homes.of(more) is None


def test_an_empty_box_has_no_plan():
    cost, use, room, fee = random_homes(3)
    assert not plunge(homes_program(cost, use, 0 * room + 1, fee)).has_plan


@pytest.mark.parametrize("seed", range(6))
def test_moves_and_exchanges_never_make_it_worse(seed):
    cost, use, room, fee = random_homes(100 + seed, g=24, p=6)
    flat = homes_program(cost, use, room, fee)
    homes = Homes.of(flat)
    assert homes is not None
    relaxed = Warm(flat).solve(flat.lower, flat.upper)
    first = first_homes(homes, homes.at(relaxed.x, 0.0))
    home = placed(homes, first)
    assert home is not None
    assert homes.fits(home)
    if homes.fits(first):
        assert homes.value(home) <= homes.value(first)
    assert np.array_equal(home, placed(homes, first)), "the same start gives the same answer"
    price = homes.at(flat.cost - flat.matrix.T @ relaxed.y, np.inf)
    better = exchanged(homes, home, price, time=2.0)
    assert homes.fits(better)
    assert relaxed.objective - 1e-9 <= homes.value(better) <= homes.value(home)


def test_homes_far_from_trying_everything_are_near_the_best():
    """Against a MILP written here on the numbers, which knows nothing of programs and homes."""
    cost, use, room, fee = random_homes(7, g=40, p=8)
    g, p = cost.shape
    one, room_rows = np.kron(np.eye(g), np.ones(p)), np.zeros((p, g * p + p))
    for q in range(p):
        room_rows[q, q : g * p : p] = use[:, q]
        room_rows[q, g * p + q] = -room[q]
    link = np.hstack([np.eye(g * p), -np.tile(np.eye(p), (g, 1))])
    limits = [
        LinearConstraint(np.hstack([one, np.zeros((g, p))]), 1, 1),
        LinearConstraint(np.vstack([room_rows, link]), -np.inf, 0),
    ]
    least = milp(np.r_[cost.ravel(), fee], constraints=limits, integrality=np.ones(g * p + p), bounds=Bounds(0, 1))
    flat = homes_program(cost, use, room, fee)
    homes = Homes.of(flat)
    assert homes is not None
    home = assigned(flat, homes)
    assert home is not None
    assert least.fun - 1e-6 <= homes.value(home) <= 1.01 * least.fun
