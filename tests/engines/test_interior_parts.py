"""Parts of the interior engine against dense linear algebra, and its derivatives against differences."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import sparse
from test_interior_engine import planners_program

from planner.certificate import row_violations
from planner.compiled import QUICK
from planner.engines.interior import derivatives, elimination
from planner.engines.interior.fronts import factor, solved
from planner.engines.interior.method import MOVED, OPTIMAL, RUNNING, Options, advanced, begun, ended
from planner.engines.interior.standard import numbers_of, structure_for
from planner.engines.interior.structure import structure_of, updates_in_pool
from planner.engines.interior.sums import sums, sums_from
from planner.flat import Flat


def quick(function):
    return jax.jit(function, compiler_options=QUICK)


@pytest.mark.parametrize("seed", range(5))
def test_sums_are_sums(seed):
    rng = np.random.default_rng(seed)
    terms, segments = int(rng.integers(1, 400)), int(rng.integers(1, 60))
    segment = rng.integers(0, segments, terms)
    values = rng.normal(size=(2, terms))
    truth, most = np.zeros((2, segments)), np.full((2, segments), -np.inf)
    for k in range(2):
        np.add.at(truth[k], segment, values[k])
        np.maximum.at(most[k], segment, values[k])
    made = sums(segment, segments)
    np.testing.assert_allclose(made(jnp.asarray(values)), truth, atol=1e-12)
    np.testing.assert_allclose(made.most(jnp.asarray(values)), np.where(np.isinf(most), 0.0, most))
    chosen = rng.integers(0, terms, 30)
    some = sums_from(segment[chosen], segments, chosen, terms)
    truth = np.zeros(segments)
    np.add.at(truth, segment[chosen], values[0][chosen])
    np.testing.assert_allclose(some(jnp.asarray(values[0])), truth, atol=1e-12)


def sparse_pattern(rows, columns, density, seed):
    rng = np.random.default_rng(seed)
    a = sparse.random(rows, columns, density, random_state=rng, format="csr")
    a = sparse.csr_matrix(sparse.hstack([a, sparse.eye(rows)]))
    a.sort_indices()
    return a


@pytest.mark.parametrize(("rows", "columns", "density"), [(1, 3, 1.0), (40, 80, 0.04), (300, 500, 0.004)])
@pytest.mark.parametrize("batch", [1.0, 1e9])
@pytest.mark.parametrize("inverted", [False, True])
def test_factor_solves_the_normal_equations(rows, columns, density, batch, inverted):
    """With cheap batches the tree is deep, with dear ones all is one dense root: the same answer."""
    price = elimination.COSTS["cpu"]._replace(batch=batch, inverted=inverted)
    a = sparse_pattern(rows, columns, density, 1)
    rng = np.random.default_rng(2)
    s = structure_of(a, price)
    values, weight = rng.normal(size=a.nnz), 10 ** rng.uniform(-2, 2, a.shape[1])
    dense = np.zeros(a.shape)
    dense[np.asarray(s.row), np.asarray(s.column)] = values
    right = rng.normal(size=rows)

    def answer(values, weight, right):
        return solved(s, factor(s, s.normal(values, jnp.ones(rows)), weight, 0.0), right)

    got = quick(answer)(jnp.asarray(values), jnp.asarray(weight), jnp.asarray(right))
    truth = np.linalg.solve((dense * weight) @ dense.T, right)
    np.testing.assert_allclose(got, truth, rtol=1e-7, atol=1e-9 * np.abs(truth).max())
    if rows > 100:
        assert (len(s.groups) > 5) == (batch < 2)


@pytest.mark.parametrize("inverted", [False, True])
def test_wide_fronts_are_substituted_by_blocks_or_inverted(inverted):
    a = sparse.csr_matrix(np.hstack([np.random.default_rng(0).normal(size=(300, 20)), np.eye(300)]))
    s = structure_of(a, elimination.costs()._replace(inverted=inverted))
    assert [g.pivots for g in s.groups] == [384]
    values, weight = jnp.asarray(a.data), jnp.ones(a.shape[1])
    factors = quick(factor)(s, s.normal(values, jnp.ones(300)), weight, 0.0)
    right = np.random.default_rng(1).normal(size=300)
    truth = np.linalg.solve(a.toarray() @ a.toarray().T, right)
    np.testing.assert_allclose(quick(solved)(s, factors, jnp.asarray(right)), truth, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_updates_share_the_pool_but_none_is_written_over_before_its_last_parent_has_read_it(seed):
    a = sparse.random(400, 900, 0.004, "csr", random_state=seed)
    price = elimination.COSTS["cpu"]._replace(batch=10.0, flop=5.0)
    fronts, _ = elimination.elimination(a, price)
    shapes = elimination.batches(fronts, price)
    at, room = updates_in_pool(fronts, shapes)
    size = np.array([len(s.fronts) * s.border**2 for s in shapes])
    assert len(shapes) > 5
    assert (at + size <= room).all()
    assert room < size.sum()
    batch_of = {f: i for i, s in enumerate(shapes) for f in s.fronts}
    for i, s in enumerate(shapes):
        last = max((batch_of[fronts[f].parent] for f in s.fronts if fronts[f].border.size), default=i)
        for j in range(i + 1, last):
            assert at[j] + size[j] <= at[i] or at[i] + size[i] <= at[j] or not size[i] * size[j]


def test_fronts_cover_the_rows_once_and_children_come_first():
    a = sparse_pattern(200, 300, 0.01, 3)
    fronts, turn = elimination.elimination(a, elimination.costs())
    assert sorted(np.concatenate([f.pivots for f in fronts])) == list(range(200))
    normal = (abs(a) @ abs(a).T).toarray() > 0
    for i, f in enumerate(fronts):
        assert f.parent == -1 or (f.parent > i and fronts[f.parent].level > f.level)
        known = np.union1d(f.pivots, f.border)
        for row in f.pivots:
            later = np.flatnonzero(normal[row] & (turn > turn[f.pivots].max()))
            assert np.isin(later, known).all()


SHARP = Options(tol=1e-11)


@pytest.fixture(scope="module")
def program():
    flat = planners_program(7, demand=1.5)
    return structure_for(flat), numbers_of(flat)


def slope(function, numbers, name, index, step=1e-5):
    def moved(by):
        changed = np.array(getattr(numbers, name), float)
        changed[index] += by
        return function(replace(numbers, **{name: changed}))

    return (moved(step) - moved(-step)) / (2 * step)


def test_value_has_the_slopes_of_resolves(program):
    s, numbers = program
    value = quick(lambda n: derivatives.value(s, n, SHARP))
    gradient = quick(jax.grad(lambda n: derivatives.value(s, n, SHARP)))(jax.tree.map(jnp.asarray, numbers))
    rng = np.random.default_rng(0)
    checked = 0
    for name in ("cost", "rhs", "values", "lower"):
        mine = np.asarray(getattr(gradient, name))
        for index in rng.choice(np.flatnonzero(np.abs(mine) > 1e-4), 5, replace=False):
            if name == "values" and int(s.column[index]) >= numbers.cost.size - int((numbers.sense != 0).sum()):
                continue
            left, right = (slope(value, numbers, name, index, h) for h in (1e-4, 1e-5))
            if abs(left - right) > 1e-5 * max(1.0, abs(left)):
                continue  # a kink nearby: there the slope is not one number
            assert mine[index] == pytest.approx(float(right), rel=1e-4, abs=1e-5)
            checked += 1
    assert checked >= 12


def test_totals_of_the_plan_have_the_slopes_of_resolves(program):
    """Served work of all sites (a total, hence unique) against demand and cost."""
    s, numbers = program
    served = np.zeros(numbers.cost.size)
    served[:60] = 1.0
    quadratic = np.zeros_like(served)
    quadratic[-20:] = 1.0

    def total(n):
        x, _ = derivatives.plan(s, n, SHARP)
        return jnp.sum(jnp.asarray(served) * x)

    value, gradient = quick(total), quick(jax.grad(total))(jax.tree.map(jnp.asarray, numbers))
    checked = 0
    for index in range(0, 60, 3):
        for name in ("rhs",):
            near, far = (float(slope(value, numbers, name, index % len(numbers.rhs), h)) for h in (1e-4, 1e-3))
            if abs(near - far) > 1e-4:
                continue
            assert float(getattr(gradient, name)[index % len(numbers.rhs)]) == pytest.approx(near, abs=1e-3)
            checked += 1
    assert checked >= 10
    assert np.abs(np.asarray(gradient.rhs)).max() > 0.5


def test_x_settles_on_rows_that_miss_more_of_their_own_size_than_of_the_largest():
    """Two rows of right sides 1 and 1e9: what is noise for the whole is a third of the small row."""
    flat = Flat(
        matrix=sparse.csr_matrix(np.kron(np.eye(2), [1.0, 1.0])),
        cost=np.array([1.0, 2.0, 1.0, 3.0]),
        lower=np.zeros(4),
        upper=np.full(4, np.inf),
        rhs=np.array([1.0, 1e9]),
        sense=np.zeros(2, int),
        integer=np.zeros(4, bool),
        implied=np.zeros(4, bool),
    )
    s, numbers = structure_for(flat), numbers_of(flat)
    p, first = begun(s, numbers)
    done = advanced(s, p, first)
    off = done.best._replace(x=done.best.x + jnp.where(s.row == 0, 0.3 / p.unit / p.column / 2, 0.0))
    state = done._replace(point=off, best_residual=jnp.inf, status=jnp.full_like(done.status, RUNNING))
    again = ended(s, numbers, p, advanced(s, p, state._replace(last=jnp.full_like(state.last, MOVED))))
    before = ended(s, numbers, p, state._replace(best=off))
    assert row_violations(flat, np.asarray(before.x)).max() > 0.1
    assert int(again.status) == OPTIMAL
    assert row_violations(flat, np.asarray(again.x)).max() < 1e-9
