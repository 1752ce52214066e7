"""Power in sampled futures grows no faster than operators and sites let it, and never beyond what was delivered."""

import numpy as np
import pytest

import planner
from planner import slips
from planner.replay import sampled_power

FUTURES, SEED = 64, 5
SURE = ("stages.*.sigma=0", "stages.*.odds=1", "scenario.make_time_sigma=0")


@pytest.fixture(scope="module")
def plan():
    return planner.solve("tiny")


def delivered(plan):
    """Power that joined phases deliver ``[future, cell, T]`` [GW], today's included, whatever the pace."""
    tables, layout = plan.tables, plan.assembly.program.layout
    cells = list(layout.variables[layout.variable("energised")].entities)
    which, when = np.nonzero(np.round(plan.blocks["join"]))
    found = slips.phase_slips(tables, which, FUTURES, SEED)
    out = np.zeros((FUTURES, len(cells), tables.horizon))
    for i, (site, source) in enumerate(cells):
        if source == "grid":
            out[:, i] += tables.numbers["sites"]["energised"][tables.keys("sites").index(site)] * 1e-3
    frame = tables.frames["phases"]
    for t in range(tables.horizon):
        share = slips.standing_share(found, when, t, float(tables.settings["period"]))
        for k, p in enumerate(which):
            cell = cells.index((frame["site"].iloc[p], frame["source"].iloc[p]))
            out[:, cell, t] += share[:, k] * tables.numbers["phases"]["power"][p] * 1e-3
    return out


def test_the_rows_of_operators_and_sites_hold_in_every_future(plan):
    standing, _ = sampled_power(plan, FUTURES, SEED)
    layout = plan.assembly.program.layout
    families = np.array([name.split("[")[0] for name in layout.row_names()])
    rows = np.isin(families, ["territory", "ramp"])
    assert rows.any()
    blocks = [np.zeros(b.exists.shape) for b in layout.variables]
    growth = []
    for future in standing:
        blocks[layout.variable("energised")] = future
        x = layout.join(blocks, layout.columns)
        growth.append(plan.flat.matrix[rows] @ x - plan.flat.rhs[rows])
    assert np.max(growth) <= 1e-12
    assert np.max(growth) >= -1e-12  # some pace binds


def test_power_is_at_most_what_was_delivered_and_nothing_is_given_up(plan):
    standing, _ = sampled_power(plan, FUTURES, SEED)
    most = delivered(plan)
    assert (standing <= most + 1e-12).all()
    assert (np.diff(standing, axis=2) >= -1e-12).all()
    assert (standing < most - 1e-6).any()


def test_without_any_pace_all_that_is_delivered_stands():
    plan = planner.solve("tiny", sets=("territories.*.throughput=1e6", "sites.*.ramp=1e6"))
    standing, _ = sampled_power(plan, FUTURES, SEED)
    np.testing.assert_allclose(standing, delivered(plan), rtol=1e-12, atol=1e-12)


def test_where_nothing_slips_the_power_of_the_plan_stands():
    plan = planner.solve("tiny", sets=SURE)
    standing, _ = sampled_power(plan, 2, SEED)
    assert (standing >= plan.blocks["energised"] * 1e-3 - 1e-9).all()
