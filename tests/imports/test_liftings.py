"""Changes of a problem whose effect on the optimum is known without solving it."""

import csv
import io
import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_cases import divisible, optimum, whole

import planner
from planner import read_scenario, read_tables
from planner.assemble import assemble_compiled
from planner.imports import read_case
from planner.imports.writing import write_scenario

CASES = Path(os.environ.get("PLANNER_CASES", Path(__file__).parents[3] / "shared" / "cases"))
ROOM, FEE, DEMAND = [9, 7, 8], [30, 4, 25.5], [4, 3, 5, 2]
COST = [[10, 14.5, 30], [22, 9, 11], [16, 35, 12], [8, 7, 13]]
FREE = [[0.0] * 3] * 4
FAR = 1e6
LENGTH = [[0, 3, 7, FAR, FAR], [3, 0, 4, FAR, FAR], [7, 4, 0, FAR, FAR], [FAR] * 3 + [0, 2], [FAR] * 3 + [2, 0]]
SMALL = {
    "orlib-cap": (
        "3 4\n9 30\n7 4\n8 25.5\n4 10 14.5 30\n3 22 9 11\n5 16 35 12\n2 8 7 13\n",
        lambda: divisible(ROOM, FEE, DEMAND, COST),
    ),
    "single-source": (
        "3 4\n9 7 8\n30 4 25.5\n4 3 5 2\n10 14.5 30 22 9 11 16 35 12\n8 7 13\n",
        lambda: whole(ROOM, FEE, [[d] * 3 for d in DEMAND], COST),
    ),
    "gap": (
        "2 4\n7 2 9 4\n3 8 6 6\n5 3 4 6\n4 5 2 3\n8 9\n",
        lambda: whole([8, 9], [0, 0], [[5, 4], [3, 5], [4, 2], [6, 3]], [[7, 3], [2, 8], [9, 6], [4, 6]]),
    ),
    "ufl": (
        "3 4 0\n1 30 10 22 16 8\n2 4 14.5 9 35 7\n3 25.5 30 11 12 13\n",
        lambda: whole([0] * 3, FEE, FREE, COST),
    ),
    "p-median": (
        "5 4 2\n1 2 3\n2 3 4\n4 5 2\n1 3 20\n",
        lambda: whole([0] * 5, [0] * 5, [[0.0] * 5] * 5, LENGTH, most=2),
    ),
}


@pytest.fixture(params=SMALL)
def small(request, write):
    """A small problem of each format, and its optimum by trying everything."""
    text, truth = SMALL[request.param]
    return read_case(request.param, write(text)), truth()


@pytest.fixture
def case(write):
    return read_case("single-source", write(SMALL["single-source"][0]))


OPTIMUM = SMALL["single-source"][1]()


def weighted(weights):
    """Costs of a year shared out over periods; what is opened is paid once."""

    def change(tables):
        arcs = dict(tables.numbers["arcs"])
        arcs["cost"] = arcs["cost"] * np.array(weights)
        return replace(tables, numbers={**tables.numbers, "arcs": arcs})

    return change


def doubled(case, factor):
    """The problem beside itself with all money times a factor: nobody is served from the other half."""
    apart = np.full_like(case.cost, np.inf)
    return replace(
        case,
        capacity=np.tile(case.capacity, 2),
        opening=np.concatenate([case.opening, factor * case.opening]),
        demand=np.tile(case.demand, 2),
        cost=np.block([[case.cost, apart], [apart, factor * case.cost]]),
        use=None if case.use is None else np.block([[case.use, 0 * case.use], [0 * case.use, case.use]]),
        at_most=None if case.at_most is None else 2 * case.at_most,
    )


def dearer(case, factor):
    return replace(case, cost=case.cost * factor, opening=case.opening * factor)


def shuffled(case, seed=3):
    """Places and customers in another order, hence under other names."""
    rng = np.random.default_rng(seed)
    places, customers = rng.permutation(case.capacity.size), rng.permutation(case.demand.size)
    grid = np.ix_(customers, places)
    return replace(
        case,
        capacity=case.capacity[places],
        opening=case.opening[places],
        demand=case.demand[customers],
        cost=case.cost[grid],
        use=None if case.use is None else case.use[grid],
    )


def test_periods_whose_weights_add_to_one(small, tmp_path):
    case, truth = small
    folder = write_scenario(case, tmp_path / "out")
    weights = [0.25, 0.6, 0.15]
    assert optimum(folder, "scenario.periods=3", change=weighted(weights)) == pytest.approx(truth, rel=1e-9)


def test_money_times_a_factor(small, tmp_path):
    case, truth = small
    assert optimum(write_scenario(dearer(case, 7.5), tmp_path / "out")) == pytest.approx(7.5 * truth, rel=1e-9)


def test_blocks_that_do_not_meet_add_up(small, tmp_path):
    case, truth = small
    # At most 2 p places may be shared out between halves in other ways: there both halves stay whole programs.
    found = optimum(write_scenario(doubled(case, 3), tmp_path / "out"))
    if case.at_most is None:
        assert found == pytest.approx(4 * truth, rel=1e-9)
    else:
        shares = [
            whole([0] * 5, [0] * 5, [[0.0] * 5] * 5, LENGTH, most=k)
            + 3 * whole([0] * 5, [0] * 5, [[0.0] * 5] * 5, LENGTH, most=2 * case.at_most - k)
            for k in range(1, 2 * case.at_most)
        ]
        assert found == pytest.approx(min(shares), rel=1e-9)


def test_another_order_of_places_and_customers(small, tmp_path):
    case, truth = small
    assert optimum(write_scenario(shuffled(case), tmp_path / "out")) == pytest.approx(truth, rel=1e-9)


def renamed(folder):
    for name in ("sites", "zones", "leases", "arcs", "workloads"):
        path = folder / f"{name}.csv"
        path.write_text(re.sub(r"\bw(\d)", r"zz\1", re.sub(r"\bs(\d)", r"a-place.\1", path.read_text())))


def in_other_units(folder):
    """Room in PFLOP/s instead of EFLOP/s, money in k USD instead of M USD."""
    leases, arcs = folder / "leases.csv", folder / "arcs.csv"
    header, *rows = leases.read_text().replace("[EFLOP/s]", "[PFLOP/s]").splitlines()
    leases.write_text("\n".join([header, *(re.sub(r",([\d.]+)$", r",\g<1>000", r) for r in rows)]) + "\n")
    header, *rows = arcs.read_text().replace("[M USD/yr]", "[k USD/yr]").splitlines()
    cells = [r.split(",") for r in rows]
    arcs.write_text(
        "\n".join([header, *(",".join([*c[:3], f"{float(c[3]) * 1000:.1f}", *c[4:]]) for c in cells)]) + "\n"
    )


def test_other_names_and_other_units(case, tmp_path):
    folder = write_scenario(case, tmp_path / "out")
    renamed(folder)
    in_other_units(folder)
    assert optimum(folder) == pytest.approx(OPTIMUM, rel=1e-9)


def known(name):
    with (CASES / "answers.csv").open(encoding="utf-8") as file:
        row = next(r for r in csv.DictReader(io.StringIO(file.read())) if r["case"] == name)
    return CASES / row["path"], float(row["known"])


def certified(folder, *sets):
    plan = planner.solve(folder, sets=sets, gap=1e-7, time=120.0)
    assert plan.certificate.certified
    return plan.objective


@pytest.mark.slow
@pytest.mark.skipif(not (CASES / "answers.csv").is_file(), reason="the folder of cases is not there (PLANNER_CASES)")
@pytest.mark.parametrize(
    ("format", "name"),
    [("orlib-cap", "cap41"), ("single-source", "p10"), ("gap", "cattrysse1994/gap1-4"), ("ufl", "B1.1")],
)
def test_liftings_of_published_cases_are_reached_and_proved(format, name, tmp_path):
    file, truth = known(name)
    case = read_case(format, file)
    assert certified(write_scenario(dearer(case, 2.0), tmp_path / "dear")) == pytest.approx(2 * truth, rel=1e-6)
    assert certified(write_scenario(shuffled(case), tmp_path / "order")) == pytest.approx(truth, rel=1e-6)
    folder = write_scenario(case, tmp_path / "names")
    renamed(folder)
    assert certified(folder) == pytest.approx(truth, rel=1e-6)
    if format != "ufl":
        beside = certified(write_scenario(doubled(case, 3), tmp_path / "beside"))
        assert beside == pytest.approx(4 * truth, rel=1e-6)
    # Three periods at full cost each, while a place is paid once: costs of serving a third of what they were.
    third = replace(case, cost=case.cost / 3)
    years = write_scenario(third, tmp_path / "years")
    flat = assemble_compiled(read_tables(read_scenario(years, (), ("scenario.periods=3",)))).program.flat()
    assert flat.shape[1] > 3 * case.cost.size
    assert certified(years, "scenario.periods=3") == pytest.approx(truth, rel=1e-6)
