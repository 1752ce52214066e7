"""The calendar of bottlenecks and the rents on the page, against the prices of the plan."""

import re

import numpy as np
import pytest

import planner
from planner.bundle import write_bundle
from planner.report import read_bundle
from planner.report.prices import RESOURCES
from planner.report.scarcity import SHOWN, scarcity


@pytest.fixture(scope="module")
def plan():
    return planner.solve("tiny", gap=0.01)


@pytest.fixture(scope="module")
def found(plan, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundle") / "plan"
    write_bundle(plan, folder)
    return scarcity(read_bundle(folder))


def worths(plan):
    """|price x limit| [M USD] of every resource row from the row prices themselves, by entity and period."""
    out = {}
    layout = plan.assembly.program.layout
    for name, y, rhs in zip(layout.row_names(), plan.y, plan.flat.rhs, strict=True):
        family, rest = name.split("[")
        entity, t = rest.split("]@")
        if family in RESOURCES and int(t) < plan.tables.shown and abs(y * rhs) * 1e3 > 1e-6:
            out.setdefault((family, entity), {})[int(t)] = abs(y * rhs) * 1e3
    return out


def test_the_calendar_has_a_cell_for_every_limit_and_period(plan, found):
    per = worths(plan)
    drawn = str(found["drawing"])
    assert drawn.count("<rect") == min(len(per), SHOWN) * plan.tables.shown
    assert found["more"] == max(len(per) - SHOWN, 0)


def test_the_line_joins_the_dearest_of_each_period(plan, found):
    per = worths(plan)
    first = sorted(per, key=lambda k: -sum(per[k].values()))[:SHOWN]
    points = re.search(r'<polyline points="([^"]+)"', str(found["drawing"])).group(1).split()
    heights = [float(p.split(",")[1]) for p in points]
    wanted = []
    for t in range(plan.tables.shown):
        worth = [per[k].get(t, 0.0) for k in first]
        if max(worth) > 0:
            wanted.append(max(worth))
            line = round((heights[len(wanted) - 1] - 26.0 - 8.5) / 19.0)
            assert worth[line] == pytest.approx(max(worth), rel=1e-6)
    assert len(points) == len(wanted)


def test_rents_are_price_times_free_capacity(plan, found):
    per = worths(plan)
    doors = {e: sum(v.values()) for (family, e), v in per.items() if family == "door"}
    rents = [r["rent"] for r in found["rents"]]
    assert rents == sorted(rents, reverse=True)
    assert np.allclose(rents, sorted(doors.values(), reverse=True)[: len(rents)])
    if rents:
        assert sum(r["share"] for r in found["rents"]) <= 1 + 1e-9
