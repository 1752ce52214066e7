"""Ways around a queue: each against a program whose bounds are written by name, and the order between them."""

import numpy as np
import pytest

import planner
from planner.engines import exact
from planner.studies.queues import leads_of
from planner.studies.queues.routes import ALL, ANOTHER, LATER, ONSITE, ORBIT, OWN, SITE, WITHOUT, routes


@pytest.fixture(scope="module")
def plan():
    return planner.solve("two-engines", gap=0.01)


@pytest.fixture(scope="module")
def found(plan):
    known = {q.name: q for q in leads_of(plan) if q.inside}
    phases = [n for n, q in known.items() if q.kind == "power"][:2]
    return routes(plan, [known[n] for n in (*phases, "tsmc_n3")])[0]


def cost(plan, free, gone, closed):
    """Cost [M USD] over the plan's, columns by name: free to grow, gone, closed at what the plan has."""
    flat, names = plan.flat, plan.assembly.program.layout.column_names()
    whole = np.round(plan.x)
    lower, upper = (np.where(flat.integer, whole, side) for side in (flat.lower, flat.upper))
    held = exact.relax(flat.with_bounds(lower, upper), "simplex")
    for j, name in enumerate(names):
        if gone(name):
            lower[j] = upper[j] = 0.0
        elif free(name):
            lower[j], upper[j] = (min(whole[j], flat.upper[j]) if flat.integer[j] else flat.lower[j]), flat.upper[j]
        elif closed(name):
            upper[j] = max(min(upper[j], held.x[j]), lower[j])
    return (exact.relax(flat.with_bounds(lower, upper), "simplex").objective - held.objective) * 1e3


def entity(name):
    return name.split("[")[0], name.split("[")[1].split("]")[0].split(",")


def test_no_way_is_dearer_than_to_do_without_nor_cheaper_than_all(found):
    for _, ways in found.groupby("queue"):
        by = dict(zip(ways["route"], ways["cost"], strict=True))
        assert all(by[ALL] - 1e-3 <= c <= by[WITHOUT] + 1e-3 for r, c in by.items() if r != LATER)
        assert by[LATER] <= by[WITHOUT] + 1e-3
        assert (np.diff(ways["cost"]) >= 0).all()


def test_the_ways_around_a_phase_are_those_of_programs_written_by_name(plan, found):
    phases, kinds = plan.tables.frames["phases"], plan.tables.frames["generation"]["kind"]
    queue = found["queue"].iloc[0]
    chain = [queue]
    for one in chain:
        chain += [n for n in phases.index if phases.loc[n, "after"] == one]

    def gone(name):
        family, e = entity(name)
        return family == "join" and e[0] in chain

    def of(name, route):
        family, e = entity(name)
        if family == "join":
            grid = kinds[phases.loc[e[0], "source"]] == "grid"
            return (route == ONSITE and not grid) or (
                route == SITE and grid and phases.loc[e[0], "site"] != phases.loc[queue, "site"]
            )
        return (route == ORBIT and family == "launch") or (route == SITE and family == "open")

    ways = found[found["queue"] == queue].set_index("route")
    for route in (ONSITE, SITE, ORBIT, WITHOUT):
        mine = cost(
            plan,
            lambda n, r=route: of(n, r),
            gone,
            lambda n: any(of(n, r) for r in (ONSITE, SITE, ORBIT)),
        )
        assert ways.loc[route, "cost"] == pytest.approx(mine, rel=1e-4, abs=1.0)


def test_the_ways_around_a_door_are_those_of_its_layer(plan, found):
    doors = plan.tables.frames["doors"]
    layer = doors.loc["tsmc_n3", "layer"]
    ways = found[found["queue"] == "tsmc_n3"].set_index("route")
    assert {ANOTHER, OWN, ORBIT, LATER, WITHOUT, ALL} == set(ways.index)

    def of(name, own):
        family, e = entity(name)
        same = family in ("order", "line") and e[0] != "tsmc_n3" and doors.loc[e[0], "layer"] == layer
        return same and bool(doors.loc[e[0], "own"]) == own

    def is_gone(name):
        return entity(name)[0] == "order" and entity(name)[1][0] == "tsmc_n3"

    for route, own in ((ANOTHER, False), (OWN, True)):
        mine = cost(
            plan,
            lambda n, own=own: of(n, own),
            is_gone,
            lambda n: of(n, True) or of(n, False) or entity(n)[0] == "launch",
        )
        assert ways.loc[route, "cost"] == pytest.approx(mine, rel=1e-4, abs=1.0)


def test_a_queue_that_the_plan_does_not_stand_in_has_no_way_around(plan):
    outside = [q for q in leads_of(plan) if not q.inside][:3]
    frame, solves = routes(plan, outside)
    assert not len(frame)
    assert solves == 0
