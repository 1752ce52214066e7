"""Late orders: who waits how long, against units counted one by one, and what a replay makes of it."""

from dataclasses import replace

import numpy as np
import pytest

import planner
from planner import arrivals, replay
from planner.replay import sampled_power

SEED = 4


def counted(ordered, promised, drawn, late, dt, unit):
    """Wait for the last unit of each period when single units arrive and are handed out in order."""

    def dates(flow, shift):
        edges = np.concatenate([[0.0], np.cumsum(flow)])
        units = (np.arange(round(edges[-1] / unit)) + 0.5) * unit
        return np.interp(units, edges, dt * np.arange(len(flow) + 1)) + shift

    # Units of a flat stretch of the running total do not exist, so that interpolation meets none.
    arriving = np.sort(
        np.concatenate([dates(promised, 0.0), *(dates(o, s) for o, s in zip(ordered, late, strict=True))])
    )
    wanted = np.round(np.cumsum(drawn) / unit).astype(int)
    ends = dt * (1 + np.arange(len(drawn)))
    return np.array([max(arriving[n - 1] - end, 0.0) if n else 0.0 for n, end in zip(wanted, ends, strict=True)])


@pytest.mark.parametrize("seed", range(6))
def test_delays_are_those_of_units_counted_one_by_one(seed):
    rng = np.random.default_rng(seed)
    dt, periods = 0.5, 8
    ordered = rng.uniform(0.5, 4.0, (3, periods)) * (rng.random((3, periods)) < 0.7)
    promised = np.where(np.arange(periods) < 3, 2.0, 0.0)
    flow = ordered.sum(axis=0) + promised
    drawn = 0.9 * flow
    late = rng.uniform(0.0, 1.3, 3) * (rng.random(3) < 0.8)
    found = arrivals.layer_delays(ordered, promised[None], drawn[None], np.zeros(3, int), late[None], dt)[0, 0]
    expected = counted(ordered, promised, drawn, late, dt, 5e-4)
    np.testing.assert_allclose(found, expected, atol=3e-3)


def test_nothing_waits_where_orders_are_on_time_and_stock_covers_a_small_slip():
    flow = np.full((1, 6), 2.0)
    none = np.zeros((1, 6))
    layer = np.zeros(1, int)
    assert not arrivals.layer_delays(flow, none, flow, layer, np.zeros((1, 1)), 0.5).any()
    slip = arrivals.layer_delays(flow, none, flow, layer, np.array([[0.3], [2.0]]), 0.5)
    np.testing.assert_allclose(slip[:, 0], [[0.3] * 6, [2.0] * 6], atol=1e-4)
    behind = np.concatenate([none[:, :1], flow[:, :-1]], axis=1)
    assert not arrivals.layer_delays(flow, none, behind, layer, np.array([[0.4]]), 0.5).any()
    stocked = arrivals.layer_delays(flow, none, behind, layer, np.array([[0.7]]), 0.5)
    np.testing.assert_allclose(stocked[0, 0], [0.0] + [0.2] * 5, atol=1e-4)


@pytest.fixture(scope="module")
def plan():
    return planner.solve("tiny", sets=("scenario.make_time_sigma=0.6",))


@pytest.fixture(scope="module")
def on_time(plan):
    tables = plan.tables
    settings = {**tables.settings, "make_time_sigma": 0.0}
    return replace(plan, assembly=replace(plan.assembly, tables=replace(tables, settings=settings)))


def test_orders_on_time_leave_no_delay(plan, on_time):
    assert arrivals.delays(on_time, 16, SEED) is None
    late = arrivals.delays(plan, 16, SEED)
    assert late is not None
    assert late.layer.min() >= 0.0
    assert late.build.max() > 0.0


def test_balance_is_the_plan_as_its_tables_tell_it(plan):
    came, promised, drawn = arrivals.balance(plan)
    tables = plan.tables
    scale = tables.numbers["layers"]["scale"]
    layer = tables.index("doors", "layer")
    orders = plan.table("order")
    for d, door in enumerate(tables.keys("doors")):
        asked = orders[orders["door"] == door]
        made = asked["year"] + tables.numbers["doors"]["make_time"][d] < tables.years[-1] - 1e-9
        np.testing.assert_allclose(came[d].sum() * scale[layer[d]], asked["value"][made].sum(), atol=1e-9)
    wafers = tables.keys("layers").index("wafer")
    assert promised[wafers].sum() * scale[wafers] == pytest.approx(30.0)
    racks = plan.table("build")
    bought = racks[racks["equipment"] == "rack"].groupby("period")["value"].sum().to_numpy()
    np.testing.assert_allclose(drawn[wafers] * scale[wafers], 2.0 * bought, atol=1e-6)


def test_late_orders_make_no_future_cheaper(plan, on_time):
    futures = 48
    there, late = replay(on_time, futures=futures, seed=SEED), replay(plan, futures=futures, seed=SEED)
    _, spent = sampled_power(on_time, futures, SEED)
    _, later = sampled_power(plan, futures, SEED, arrivals.delays(plan, futures, SEED))
    placed, delayed = there["cost"] * 1e-3 - spent, late["cost"] * 1e-3 - later
    assert np.all(delayed >= placed - 1e-7 * np.abs(placed))
    assert np.any(delayed > placed + 1e-6)
    power = [c for c in there if c.startswith("energised")]
    assert np.all(late[power].to_numpy() <= there[power].to_numpy() + 1e-9)
    assert np.all(late["served_fraction"] >= 0.0)


def test_a_replay_is_seeded_and_longer_runs_begin_alike(plan):
    short, same, longer = (replay(plan, futures=n, seed=SEED, workers=1) for n in (12, 12, 20))
    assert short.equals(same)
    power = [c for c in short if c.startswith("energised")]
    np.testing.assert_array_equal(short[power].to_numpy(), longer[power].to_numpy()[:12])
    np.testing.assert_allclose(short["cost"], longer["cost"][:12], rtol=1e-9)
