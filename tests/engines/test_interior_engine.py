"""The interior engine: optimality on named and random programs, statuses, batches, plans with integers."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import tiny_programs as tiny
from scipy import sparse
from test_exact_engine import assert_kkt

from planner import engines
from planner.assemble import assemble_compiled
from planner.certificate import certify, dual_bound, farkas_bound, snap
from planner.compiled import QUICK
from planner.engines import Status, exact, interior
from planner.engines.interior import lanes, memory, structure
from planner.engines.interior.standard import numbers_of, structure_for
from planner.flat import Flat
from planner.scenario import read_scenario
from planner.tables import read_tables

ROWS, COLUMNS = 13, 40
"""Small programs are set into this one pattern, so that the method is compiled once for all of them."""


def roomy(flat):
    """The same program in the common dense pattern: every row an equation with an explicit slack column."""
    m, n = flat.shape
    dense = np.zeros((ROWS, COLUMNS))
    dense[:m, :n] = flat.matrix.toarray()
    dense[np.arange(m), n + np.arange(m)] = np.where(flat.sense == 0, 1.0, -flat.sense)
    start, columns = np.arange(ROWS + 1) * COLUMNS, np.tile(np.arange(COLUMNS), ROWS)
    wide = COLUMNS - n
    slack = np.zeros(wide)
    slack[:m] = np.where(flat.sense == 0, 0.0, np.inf)
    return Flat(
        matrix=sparse.csr_matrix((dense.ravel(), columns, start), (ROWS, COLUMNS)),
        cost=np.concatenate([flat.cost, np.zeros(wide)]),
        lower=np.concatenate([flat.lower, np.zeros(wide)]),
        upper=np.concatenate([flat.upper, slack]),
        rhs=np.concatenate([flat.rhs, np.zeros(ROWS - m)]),
        sense=np.zeros(ROWS, int),
        integer=np.zeros(COLUMNS, bool),
        implied=np.concatenate([flat.implied, np.zeros(wide, bool)]),
        constant=flat.constant,
    )


def answered(flat):
    """The interior answer for a small program, in its own rows and columns."""
    answer = interior.relax(roomy(flat))
    m, n = flat.shape
    x = answer.x[:n]
    y = np.where(
        flat.sense < 0, np.minimum(answer.y[:m], 0), np.where(flat.sense > 0, np.maximum(answer.y[:m], 0), answer.y[:m])
    )
    return replace(answer, x=x, y=y, objective=flat.value(x))


def small(flat):
    m, n = flat.shape
    return m <= ROWS and n + m <= COLUMNS


@pytest.mark.parametrize("name", [n for n in tiny.LINEAR if small(tiny.LINEAR[n]())])
def test_kkt(name):
    flat = tiny.LINEAR[name]()
    answer = answered(flat)
    assert_kkt(flat, answer)
    if np.isfinite(flat.lower).all() and np.isfinite(flat.upper).all():
        assert dual_bound(flat, answer.y) == pytest.approx(answer.objective, rel=1e-7, abs=1e-7)


def test_random_programs_reach_the_optimum():
    rng = np.random.default_rng(5)
    for _ in range(60):
        m, n = int(rng.integers(1, 10)), int(rng.integers(2, 20))
        a = rng.normal(size=(m, n)) * (rng.random((m, n)) < 0.6)
        sense = rng.integers(-1, 2, m)
        inner = rng.uniform(0, 3, n)
        rhs = a @ inner - sense * rng.uniform(0, 1, m)
        upper = np.where(rng.random(n) < 0.8, rng.uniform(3, 6, n), 50.0)
        assert_kkt(flat := tiny.flat_of(rng.normal(size=n), a, rhs, sense, upper), answered(flat))


def planners_program(seed, demand=1.0):
    """Random numbers on one structure like a plan's: demand and its steps, racks in time, power, supply, a budget."""
    rng = np.random.default_rng(seed)
    works, sites, kinds, periods = 4, 3, 2, 5
    serve = {(w, s, t): i for i, (w, s, t) in enumerate(np.ndindex(works, sites, periods))}
    step = {k: len(serve) + i for i, k in enumerate(np.ndindex(works, 3, periods))}
    build = {k: len(serve) + len(step) + i for i, k in enumerate(np.ndindex(sites, kinds, periods))}
    join = {k: len(serve) + len(step) + len(build) + i for i, k in enumerate(np.ndindex(sites, periods))}
    n = len(serve) + len(step) + len(build) + len(join)
    rows, rhs, sense = [], [], []

    def row(terms, right, kind):
        rows.append(terms)
        rhs.append(right)
        sense.append(kind)

    wanted = rng.uniform(1, 4, (works, periods)) * np.linspace(1, 2, periods) * demand
    power, lead = rng.uniform(0.5, 2, kinds), 1
    rate = rng.uniform(0.5, 2, kinds)
    for w, t in np.ndindex(works, periods):
        row({**{serve[w, s, t]: 1.0 for s in range(sites)}, **{step[w, j, t]: 1.0 for j in range(3)}}, wanted[w, t], 0)
    for s, t in np.ndindex(sites, periods):
        kept = {build[s, k, u]: -rate[k] * 0.95 ** (t - u) for k in range(kinds) for u in range(t + 1)}
        row({**{serve[w, s, t]: 1.0 for w in range(works)}, **kept}, rng.uniform(0, 1), -1)
        drawn = {build[s, k, u]: power[k] for k in range(kinds) for u in range(t + 1)}
        joined = {join[s, u]: -rng.uniform(1, 3) for u in range(t + 1 - lead)}
        row({**drawn, **joined}, 0.0 if t == 0 else rng.uniform(0, 2), -1)
    for s in range(sites):
        row({join[s, t]: 1.0 for t in range(periods)}, 1.0, -1)
    for k, t in np.ndindex(kinds, periods):
        row({build[s, k, t]: 1.0 for s in range(sites)}, rng.uniform(1, 4), -1)
    for t in range(periods):
        row({build[s, k, t]: 1.0 + k for s in range(sites) for k in range(kinds)}, rng.uniform(3, 8), -1)
    row({join[s, t]: -1.0 for s, t in join}, -2.5, -1)
    a = sparse.lil_matrix((len(rows), n))
    for i, terms in enumerate(rows):
        for j, v in terms.items():
            a[i, j] = v
    cost, upper = np.zeros(n), np.full(n, np.inf)
    cost[list(serve.values())] = rng.uniform(0.1, 0.5, len(serve))
    for (w, j, t), i in step.items():
        cost[i], upper[i] = rng.uniform(2, 3) * (3 - j) * 0.9**t, wanted[w, t] / 3
    cost[list(build.values())] = rng.uniform(0.5, 2, len(build))
    cost[list(join.values())] = rng.uniform(0.1, 1, len(join))
    implied = np.isinf(upper)
    return Flat(
        matrix=sparse.csr_matrix(a),
        cost=cost,
        lower=np.zeros(n),
        upper=np.where(implied, 30.0, upper),
        rhs=np.array(rhs),
        sense=np.array(sense),
        integer=np.zeros(n, bool),
        implied=implied,
    )


def test_two_hundred_programs_of_one_structure_equal_highs():
    iterations = []
    for seed in range(200):
        flat = planners_program(seed, demand=1.0 + (seed % 5))
        truth, answer = exact.relax(flat), interior.relax(flat)
        assert answer.status is truth.status is Status.OPTIMAL
        assert answer.objective == pytest.approx(truth.objective, rel=1e-6, abs=1e-6)
        certificate = certify(flat, snap(flat, answer.x), answer.leaves, gap=1e-6)
        assert certificate.certified, certificate.reasons
        iterations.append(answer.iterations)
    assert np.median(iterations) <= 16
    assert max(iterations) <= 30


def test_lanes_that_are_done_take_the_next_program():
    flats = [planners_program(seed, demand=1.0 + seed % 5) for seed in range(9)]
    flats[4] = replace(flats[4], rhs=np.where(flats[4].sense == 0, -1.0, flats[4].rhs))
    s, programs = structure_for(*flats), [numbers_of(f) for f in flats]
    alone = lanes.batch(s, programs)
    for width in (1, 3, 20):
        came = dict(lanes.in_lanes(s, programs, width))
        assert sorted(came) == list(range(9))
        for i, one in enumerate(alone):
            assert (int(came[i].status), int(came[i].iterations)) == (int(one.status), int(one.iterations))
            np.testing.assert_allclose(came[i].value, one.value, rtol=1e-9)
    assert len({int(one.iterations) for one in alone}) > 1
    assert lanes.STATUS[int(alone[4].status)] is Status.INFEASIBLE
    assert list(lanes.in_lanes(s, [], 3)) == []


def test_a_program_that_does_not_fit_is_refused_before_it_starts(monkeypatch):
    flat = planners_program(0)
    s = structure_for(flat)
    bigger = replace(flat, matrix=sparse.csr_matrix(sparse.vstack([flat.matrix, flat.matrix[:1]])))
    bigger = replace(bigger, rhs=np.append(flat.rhs, flat.rhs[0]), sense=np.append(flat.sense, flat.sense[0]))
    monkeypatch.setattr(structure, "may_fit", lambda *_: None)
    monkeypatch.setattr(memory, "room", lambda: 1e5)
    assert memory.lanes_of(s) == 1
    with pytest.raises(MemoryError, match=r"needs about .* GB .*--engine first-order.*fewer or longer periods"):
        interior.relax(bigger)


@pytest.mark.parametrize("short", ["room", "free_memory"])
def test_a_column_in_too_many_rows_is_refused_before_rows_are_ordered(monkeypatch, short):
    """2,000 rows share a column: two million products, of the device and, while they are laid out, of the machine."""
    rows = 2000
    flat = Flat(
        matrix=sparse.csr_matrix(np.ones((rows, 1))),
        cost=np.ones(1),
        lower=np.zeros(1),
        upper=np.full(1, np.inf),
        rhs=np.ones(rows),
        sense=np.ones(rows, int),
        integer=np.zeros(1, bool),
        implied=np.zeros(1, bool),
    )
    monkeypatch.setattr(structure, "elimination", lambda *_: pytest.fail("the rows were ordered"))
    monkeypatch.setattr(memory, short, lambda: 3e7)
    with pytest.raises(MemoryError, match=r"needs at least 0\.[01] GB .* 0\.0 GB are free"):
        interior.relax(flat)


def test_the_memory_that_was_planned_is_what_the_compiler_asks_for():
    """Within a factor of three: the plan decides how many lanes run at once."""
    flat = assemble_compiled(read_tables(read_scenario("tiny"))).program.flat()
    s = structure_for(flat)
    planned = memory.lane_bytes(s.shapes, s.pool, s.first.size, sum(s.shape) + s.row.size)
    asked = jax.jit(interior.lp).lower(s, numbers_of(flat)).compile(QUICK).memory_analysis().temp_size_in_bytes
    assert planned / 3 < asked < planned * 3


def test_money_and_units_change_nothing():
    flat = planners_program(3)
    plain = interior.relax(flat)
    dear = interior.relax(replace(flat, cost=flat.cost * 1000))
    assert dear.objective == pytest.approx(1000 * plain.objective, rel=1e-7)
    np.testing.assert_allclose(dear.x, plain.x, atol=1e-5)
    fine = interior.relax(replace(flat, rhs=flat.rhs * 1e3, upper=flat.upper * 1e3))
    assert fine.objective == pytest.approx(1e3 * plain.objective, rel=1e-7)


def test_infeasible_and_unbounded_are_said_with_proof():
    flat = tiny.flat_of([1.0, 1.0], [[1.0, 1.0], [1.0, -1.0]], [9.0, 0.0], [1, 0], 2.0)
    answer = answered(flat)
    assert answer.status is Status.INFEASIBLE
    assert np.isnan(answer.x).all()
    assert farkas_bound(flat, answer.y, flat.lower, flat.upper) > 0
    assert answered(tiny.unbounded()).status is Status.UNBOUNDED
    assert answered(tiny.infeasible_by_bounds()).status is Status.INFEASIBLE


def test_bounds_of_every_kind():
    """x >= -3 on both sides, x <= 2 only, free, fixed: by hand."""
    inf = np.inf
    flat = tiny.flat_of(
        [1.0, -1.0, 1.0, 5.0],
        [[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, -1.0, 1.0]],
        [-4.0, 7.0],
        [1, -1],
        np.array([4.0, 2.0, inf, 1.5]),
        lower=np.array([-3.0, -inf, -inf, 1.5]),
    )
    answer = answered(flat)
    # Rows: x0 + x2 >= -4 (price 1), x1 - x2 + x3 <= 7. x1 = 2 at its bound; x0 + x2 = -4.
    assert answer.objective == pytest.approx(-4.0 - 2.0 + 7.5, abs=1e-6)
    assert answer.x[1] == pytest.approx(2.0, abs=1e-6)
    assert answer.x[3] == pytest.approx(1.5, abs=1e-12)


def test_forcing_rows_have_prices_that_prove():
    """Nothing can supply the first period: the row fixes its columns, and its price is what would let nobody move."""
    flat = tiny.flat_of([-3.0, -2.0, -1.0], [[1.0, 2.0, 0.0], [1.0, 1.0, 1.0]], [0.0, 4.0], [-1, -1], [5.0, 5.0, 5.0])
    answer = answered(flat)
    np.testing.assert_allclose(answer.x, [0.0, 0.0, 4.0], atol=1e-6)
    assert np.isfinite(answer.y).all()
    assert answer.y[0] == pytest.approx(-2.0, abs=1e-6)
    assert dual_bound(flat, answer.y) == pytest.approx(-4.0, abs=1e-6)


def test_time_is_kept_and_told():
    flat = planners_program(1)
    notes = []
    assert interior.relax(flat, progress=notes.append).status is Status.OPTIMAL
    assert notes
    assert "iteration" in notes[0].note
    assert interior.relax(flat, time=0.0).status is Status.LIMIT


def test_integers_end_with_a_certified_gap():
    flat = tiny.facility()
    answer = engines.solve(flat, "interior", gap=1e-4, time=60.0)
    assert answer.status is Status.OPTIMAL
    assert answer.engine == "interior"
    assert answer.objective == pytest.approx(tiny.brute_force(flat), rel=2e-4)
    assert certify(flat, snap(flat, answer.x), answer.leaves, gap=1e-4).certified


def test_a_batch_of_roundings_respects_every_row():
    from planner.certificate import row_violations
    from planner.engines.interior.roundings import best_rounding

    flat = planners_program(2, demand=2.0)
    whole = np.zeros(flat.shape[1], bool)
    whole[-15:] = True
    flat = replace(flat, integer=whole, upper=np.where(whole, 1.0, flat.upper), period=np.arange(flat.shape[1]) % 5)
    relaxed = interior.relax(flat)
    plan = best_rounding(flat, relaxed, flat.period, tol=1e-7, time=600.0)
    assert row_violations(flat, plan.x).max() <= 1e-6
    assert (plan.x[whole] == np.round(plan.x[whole])).all()
    assert plan.objective >= relaxed.objective - 1e-7
    truth = exact.milp(flat, gap=1e-9)
    assert truth.objective - 1e-6 <= plan.objective <= truth.objective * 1.1


def test_double_precision_is_on():
    assert jnp.zeros(1).dtype == jnp.float64
    assert jax.config.jax_enable_x64
