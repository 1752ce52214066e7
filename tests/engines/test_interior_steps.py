"""Rows eliminated as steps in time: the same answers as rows as they stand, on running totals and with idle rows."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import sparse

from planner.assemble import assemble_compiled
from planner.certificate import certify, snap
from planner.compiled import QUICK
from planner.engines import Status, exact, interior
from planner.engines.interior import elimination, lanes
from planner.engines.interior.fronts import factor, solved
from planner.engines.interior.standard import _structure, numbers_of, structure_for
from planner.engines.interior.stepping import stepped
from planner.engines.interior.structure import structure_of
from planner.flat import Flat
from planner.scenario import read_scenario
from planner.tables import read_tables


def totals_program(seed, entities=6, periods=12):
    """What stands at each place is all that was ever ordered there; one demand; orders share a supply each period."""
    rng = np.random.default_rng(seed)
    serve, order, lack = (np.arange(entities * periods).reshape(entities, periods) + i * 10_000 for i in range(3))
    lack = lack[0]
    names = {int(k): i for i, k in enumerate(np.concatenate([serve.ravel(), order.ravel(), lack]))}
    rows, rhs, sense, before = [], [], [], []

    def row(terms, right, kind, follows):
        rows.append(terms)
        rhs.append(right)
        sense.append(kind)
        before.append(len(rows) - 2 if follows else -1)

    share = rng.uniform(0.5, 1.5, entities)
    for e, t in np.ndindex(entities, periods):
        standing = {order[e, u]: -share[e] for u in range(t)}
        row({serve[e, t]: 1.0, **standing}, 0.2 if t else 0.0, -1, t > 0)
    for t in range(periods):
        row({**{serve[e, t]: 1.0 for e in range(entities)}, lack[t]: 1.0}, 1.0 + t, 0, t > 0)
    for t in range(periods):
        row({order[e, t]: 1.0 for e in range(entities)}, rng.uniform(0.3, 1.0), -1, t > 0)
    for e in range(entities):
        row({order[e, t]: 1.0 for t in range(periods)}, 3.0, -1, False)
    a = sparse.lil_matrix((len(rows), len(names)))
    for i, terms in enumerate(rows):
        for j, v in terms.items():
            a[i, names[int(j)]] = v
    cost = np.concatenate(
        [rng.uniform(0.1, 0.3, serve.size), np.repeat(rng.uniform(1, 3, entities), periods), np.full(periods, 5.0)]
    )
    upper = np.full(cost.size, 50.0)
    no = np.zeros(cost.size, bool)
    return Flat(
        a.tocsr(), cost, np.zeros(cost.size), upper, np.array(rhs), np.array(sense), no, ~no, before=np.array(before)
    )


@pytest.fixture
def cheap_batches(monkeypatch):
    """Many small fronts and dear operations, so that what steps save shows on small programs."""
    monkeypatch.setitem(elimination.COSTS, "cpu", elimination.COSTS["cpu"]._replace(batch=1.0, flop=10.0))
    _structure.cache_clear()
    yield
    _structure.cache_clear()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.usefixtures("cheap_batches")
def test_the_factor_of_steps_solves_the_normal_equations(seed):
    """Rows without any weight get no price and do not disturb the others, wherever in a chain they stand."""
    flat = totals_program(seed)
    a = sparse.csr_matrix(
        sparse.hstack([flat.matrix, sparse.diags(1.0 * (flat.sense != 0)).tocsr()[:, flat.sense != 0]])
    )
    a.sort_indices()
    m, n = a.shape
    s = structure_of(a, elimination.costs(), flat.before)
    assert s.steps.equal.size
    rng = np.random.default_rng(seed)
    weight, unit = 10 ** rng.uniform(-2, 2, n), 10 ** rng.uniform(-1, 1, m)
    idle = rng.choice(m, 9, replace=False)
    weight[np.unique(a[idle].indices)] = 0.0
    scaled = sparse.diags(unit) @ a
    normal = (scaled @ sparse.diags(weight) @ scaled.T).toarray()
    dead = normal.diagonal() == 0
    assert dead.sum() >= 9
    right = np.where(dead, 0.0, normal @ rng.normal(size=m))

    def answer(values, weight, right):
        return solved(s, factor(s, s.normal(values, jnp.asarray(unit)), weight, 0.0), right)

    values = jnp.asarray(unit[np.repeat(np.arange(m), np.diff(a.indptr))] * a.data)
    got = np.asarray(jax.jit(answer, compiler_options=QUICK)(values, jnp.asarray(weight), jnp.asarray(right)))
    np.testing.assert_allclose(got[dead], 0.0, atol=1e-9 * np.abs(got).max())
    np.testing.assert_allclose(normal @ got, right, rtol=1e-7, atol=1e-8 * np.abs(right).max())


@pytest.mark.usefixtures("cheap_batches")
def test_steps_cost_a_fraction_where_totals_run_long():
    flat = totals_program(0, entities=20, periods=40)
    plain, _ = elimination.elimination(stepped(flat.matrix, None)[0], elimination.costs())
    steps, _ = elimination.elimination(stepped(flat.matrix, flat.before)[0], elimination.costs())

    def work(fronts):
        return sum(f.pivots.size * (f.pivots.size + f.border.size) ** 2 for f in fronts)

    assert work(steps) < work(plain) / 5
    assert structure_for(flat).steps.equal.size


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.usefixtures("cheap_batches")
def test_both_factorisations_find_the_optimum_of_highs(seed):
    flat = totals_program(seed)
    truth = exact.relax(flat)
    for program in (flat, replace(flat, before=None)):
        answer = interior.relax(program)
        assert answer.status is truth.status is Status.OPTIMAL
        assert answer.objective == pytest.approx(truth.objective, rel=1e-7)
        assert certify(program, snap(program, answer.x), answer.leaves, gap=1e-6).certified


def test_a_dataset_is_planned_the_same_by_steps_and_rows_as_they_stand():
    flat = assemble_compiled(read_tables(read_scenario("tiny"))).program.flat()
    flat = replace(flat, integer=np.zeros_like(flat.integer))
    assert (flat.before >= 0).sum() > flat.shape[0] / 2
    steps, rows = interior.relax(flat), interior.relax(replace(flat, before=None))
    assert steps.objective == pytest.approx(rows.objective, rel=1e-8)


@pytest.mark.usefixtures("cheap_batches")
def test_numbers_that_differ_where_the_structure_takes_them_to_be_equal_are_refused():
    flat = totals_program(0)
    moved = flat.matrix.copy()
    moved.data = moved.data * np.random.default_rng(0).uniform(0.9, 1.1, moved.nnz)
    other = replace(flat, matrix=moved)
    first, *rest = lanes.batch(structure_for(flat), [numbers_of(flat), numbers_of(other)])
    assert lanes.STATUS[int(first.status)] is Status.OPTIMAL
    assert lanes.STATUS[int(rest[0].status)] is Status.FAILED
    both = lanes.batch(structure_for(flat, other), [numbers_of(flat), numbers_of(other)])
    for program, result in zip((flat, other), both, strict=True):
        assert lanes.solution(program, result).objective == pytest.approx(exact.relax(program).objective, rel=1e-7)


def test_programs_of_different_patterns_have_no_structure_in_common():
    flat = totals_program(0)
    with pytest.raises(ValueError, match="solve them one by one"):
        structure_for(flat, totals_program(0, entities=5))
