"""Places to open, against trying every set of them."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from planner.certificate import row_violations
from planner.engines import Status
from planner.engines.exact import solve
from planner.engines.opening import Places, opened
from planner.engines.rounding import rounded
from planner.flat import Flat


def open_places(n, m, seed, most=None, room=None):
    """n works of size 2 and more, m places: x <= size open, sum x = size, perhaps sum open <= most, sum x <= room."""
    rng = np.random.default_rng(seed)
    size = rng.uniform(2.0, 5.0, n)
    cost, fee = rng.integers(1, 60, (n, m)).astype(float), rng.integers(10, 80, m).astype(float)
    entries, rhs, sense = [], [], []

    def row(columns, values, right, code):
        entries.extend((len(rhs), int(c), float(v)) for c, v in zip(columns, values, strict=True))
        rhs.append(right)
        sense.append(code)

    for g in range(n):
        row(range(g * m, g * m + m), np.ones(m), size[g], 0)
    for g, p in itertools.product(range(n), range(m)):
        row([g * m + p, n * m + p], [1, -size[g]], 0.0, -1)
    if most is not None:
        row(range(n * m, n * m + m), np.ones(m), float(most), -1)
    if room is not None:
        for p in range(m):
            row(range(p, n * m, m), np.ones(n), room, -1)
    i, j, v = zip(*entries, strict=True)
    total = n * m + m
    flat = Flat(
        matrix=sparse.csr_matrix((v, (i, j)), (len(rhs), total)),
        cost=np.r_[(cost / size[:, None]).ravel(), fee],
        lower=np.zeros(total),
        upper=np.r_[np.repeat(size, m), np.ones(m)],
        rhs=np.array(rhs),
        sense=np.array(sense),
        integer=np.arange(total) >= n * m,
        implied=np.zeros(total, bool),
    )
    return flat, cost, fee


def least(cost, fee, most):
    places = range(fee.size)
    sets = (s for k in range(1, (most or fee.size) + 1) for s in itertools.combinations(places, k))
    return min(cost[:, list(s)].min(axis=1).sum() + fee[list(s)].sum() for s in sets)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("most", [None, 1, 3])
def test_the_best_set_of_places(seed, most):
    flat, cost, fee = open_places(12, 7, seed, most)
    truth = least(cost, fee, most)
    places = Places.of(flat)
    assert places is not None
    best = opened(places)
    assert best is not None
    assert most is None or best.size <= most
    x = places.plan(flat, best)
    assert row_violations(flat, x).max() <= 1e-9
    assert flat.value(x) == pytest.approx(places.value(best), rel=1e-9)
    assert truth - 1e-9 <= flat.value(x) <= truth * (1 + 1e-9)
    plan = rounded(flat, np.full(flat.shape[1], 0.5), fallback=False)
    assert plan.status is Status.OPTIMAL
    assert plan.objective == pytest.approx(truth, rel=1e-9)


def test_room_that_may_run_out_and_other_decisions_are_not_of_this_kind():
    assert Places.of(open_places(6, 4, 0, room=5.0)[0]) is None
    assert Places.of(open_places(6, 4, 0, room=500.0)[0]) is not None
    flat, _, _ = open_places(6, 4, 0)
    assert Places.of(replace(flat, integer=np.ones(flat.shape[1], bool))) is None
    assert Places.of(flat.with_bounds(np.where(flat.integer, 1.0, 0.0), flat.upper)) is None


def test_a_set_that_cannot_serve_all_is_no_plan():
    flat, cost, _ = open_places(4, 3, 1, most=1)
    places = Places.of(flat)
    assert places is not None
    apart = np.where(np.eye(4, 3, dtype=bool) | (np.arange(4) == 3)[:, None], cost, np.inf)
    assert opened(replace(places, cost=apart)) is None


def test_out_of_time_before_the_relaxation_there_is_a_plan_and_a_bound():
    flat, cost, fee = open_places(60, 40, 3)
    answer = solve(flat, time=1e-4, gap=1e-9)
    assert answer.has_plan
    assert row_violations(flat, answer.x).max() <= 1e-9
    assert answer.objective <= cost.min(axis=1).sum() + fee.sum()
    assert answer.leaves
