"""The first-order engine against known optima, HiGHS, its own optimum, and itself on eight devices."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import tiny_programs as tiny
from scipy import sparse
from test_exact_engine import assert_kkt

from planner.assemble import assemble_compiled
from planner.certificate import certify, dual_bound, farkas_bound, snap
from planner.engines import Status, exact, first_order
from planner.engines.first_order import Options
from planner.engines.first_order.matrix import devices_mesh, matrix_of
from planner.engines.first_order.scaled import scaled
from planner.flat import Flat
from planner.scenario import read_scenario
from planner.tables import read_tables


def relaxed(flat, **options):
    return first_order.followed(flat, Options(**options))[0]


def random_program(seed, m=30, n=50):
    """Feasible by a known plan, bounded by its box; rows of every sense; one pattern per size."""
    a = sparse.random(m, n, 0.15, random_state=np.random.default_rng(0), format="csr")
    rng = np.random.default_rng(seed)
    a.data = rng.normal(size=a.nnz)
    plan, sense = rng.uniform(0, 2, n), rng.integers(-1, 2, m)
    rhs = a @ plan - sense * rng.uniform(0, 1, m)
    no = np.zeros(n, bool)
    return Flat(a, rng.normal(size=n), np.zeros(n), np.full(n, 5.0), rhs, sense, no, no)


@pytest.mark.parametrize("name", sorted(tiny.LINEAR))
def test_kkt(name):
    flat = tiny.LINEAR[name]()
    assert_kkt(flat, relaxed(flat, tol=1e-8, iterations=200_000), tol=1e-5)


def test_random_programs_reach_the_optimum_of_highs_in_a_known_number_of_iterations():
    iterations = []
    for seed in range(12):
        flat = random_program(seed)
        answer, truth = first_order.relax(flat, tol=1e-7), exact.relax(flat)
        assert answer.status is truth.status is Status.OPTIMAL
        assert answer.objective == pytest.approx(truth.objective, rel=1e-5, abs=1e-5)
        assert dual_bound(flat, answer.y) <= truth.objective + 1e-9
        assert certify(flat, snap(flat, answer.x), answer.leaves, gap=1e-4).gap_relative < 1e-4
        iterations.append(answer.iterations)
    assert np.median(iterations) <= 920
    assert max(iterations) <= 4400


def test_products_are_those_of_the_matrix():
    a = random_program(3, 200, 300).matrix
    a = sparse.vstack([a, sparse.csr_matrix((1, 300)), sparse.csr_matrix(np.ones((1, 300)))]).tocsr()
    made, rng = matrix_of(a), np.random.default_rng(0)
    x, y = rng.normal(size=300), rng.normal(size=202)
    np.testing.assert_allclose(made.by_row(x), a @ x, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(made.by_column(y), a.T @ y, rtol=1e-12, atol=1e-12)


def test_scaling_is_undone():
    flat = random_program(5)
    a, p = scaled(flat)
    np.testing.assert_allclose(a.toarray(), p.row[:, None] * flat.matrix.toarray() * p.column, rtol=1e-12)
    np.testing.assert_allclose(p.plain_x(p.upper), flat.upper, rtol=1e-12)
    x, y = np.random.default_rng(0).normal(size=(2, 50)), np.ones(30)
    np.testing.assert_allclose(p.plain_x(p.scaled_x(x[0])), x[0], rtol=1e-12)
    plain = flat.cost - flat.matrix.T @ p.plain_y(y)
    np.testing.assert_allclose(p.money * (p.cost - a.T @ y) / p.column, plain, rtol=1e-9, atol=1e-9)


def test_programs_without_a_plan_or_without_an_end_are_said_with_proof():
    flat = tiny.flat_of([1.0, 1.0], [[1.0, 1.0], [1.0, -1.0]], [9.0, 0.0], [1, 0], 2.0)
    answer = relaxed(flat, iterations=50_000)
    assert answer.status is Status.INFEASIBLE
    assert np.isnan(answer.x).all()
    assert farkas_bound(flat, answer.y, flat.lower, flat.upper) > 0
    assert relaxed(tiny.unbounded(), iterations=400_000).status is Status.UNBOUNDED


def test_a_start_at_the_optimum_ends_at_once_and_keeps_the_weight():
    flat = random_program(1)
    cold, kept = first_order.followed(flat, Options(tol=1e-7))
    warm, again = first_order.followed(flat, Options(tol=1e-6), kept)
    assert kept.weight > 0
    assert again.weight > 0
    assert warm.iterations == 0 < cold.iterations


def test_limits_are_kept_and_the_prices_still_bound():
    flat = assemble_compiled(read_tables(read_scenario("tiny"))).program.flat()
    flat = replace(flat, integer=np.zeros_like(flat.integer))
    said = []
    answer, _ = first_order.followed(flat, Options(tol=1e-9, iterations=3000), progress=said.append)
    assert answer.status is Status.LIMIT
    assert answer.iterations == 3000 // 40 * 40
    assert said
    assert dual_bound(flat, answer.y) <= exact.relax(flat).objective
    assert np.isnan(answer.objective)


def test_devices_that_are_not_there_are_refused():
    with pytest.raises(ValueError, match="write a number from 1 to"):
        devices_mesh(4096)


SPLIT = """
import json, sys
import numpy as np
sys.path.insert(0, {folder!r})
from test_first_order import random_program, relaxed
from planner.certificate import dual_bound
out = []
for seed in (4,):
    flat = random_program(seed, 61, 103)
    for tol, most in ((0.0, 400), (1e-7, 100_000)):
        one, eight = (relaxed(flat, tol=tol, iterations=most, devices=d) for d in (1, None))
        out.append([float(np.abs(one.y - eight.y).max()), one.iterations, eight.iterations,
                    dual_bound(flat, one.y), dual_bound(flat, eight.y)])
print(json.dumps(out))
"""


def test_eight_devices_give_the_answer_of_one():
    code = SPLIT.format(folder=os.path.dirname(__file__))
    environment = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=8", "JAX_PLATFORMS": "cpu"}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    rows = json.loads(run.stdout.splitlines()[-1])
    for (apart, one, eight, bound, bound_eight), exact_steps in zip(rows, (True, False), strict=True):
        assert apart < (1e-9 if exact_steps else 1e-4)
        assert one == eight or not exact_steps
        assert bound_eight == pytest.approx(bound, rel=1e-5, abs=1e-5)
