"""Changes of a problem whose effect on the optimum is known without solving it."""

import re
from dataclasses import replace

import numpy as np
import pytest
from small_cases import optimum, whole

from planner.imports import read_case
from planner.imports.writing import write_scenario

TEXT = "3 4\n9 7 8\n30 4 25.5\n4 3 5 2\n10 14.5 30 22 9 11 16 35 12\n8 7 13\n"
OPTIMUM = whole(
    [9, 7, 8], [30, 4, 25.5], [[4] * 3, [3] * 3, [5] * 3, [2] * 3],
    [[10, 14.5, 30], [22, 9, 11], [16, 35, 12], [8, 7, 13]],
)  # fmt: skip


@pytest.fixture
def case(write):
    return read_case("single-source", write(TEXT))


def weighted(weights):
    """Costs of a year shared out over periods; what is opened is paid once."""

    def change(tables):
        arcs = dict(tables.numbers["arcs"])
        arcs["cost"] = arcs["cost"] * np.array(weights)
        return replace(tables, numbers={**tables.numbers, "arcs": arcs})

    return change


@pytest.mark.parametrize("weights", [[1.0], [0.25, 0.6, 0.15]])
def test_periods_whose_weights_add_to_one(case, tmp_path, weights):
    folder = write_scenario(case, tmp_path / "out")
    found = optimum(folder, f"scenario.periods={len(weights)}", change=weighted(weights))
    assert found == pytest.approx(OPTIMUM, rel=1e-9)


def test_money_times_a_factor(case, tmp_path):
    dear = replace(case, cost=case.cost * 7.5, opening=case.opening * 7.5)
    assert optimum(write_scenario(dear, tmp_path / "out")) == pytest.approx(7.5 * OPTIMUM, rel=1e-9)


def test_blocks_that_do_not_meet_add_up(case, tmp_path):
    apart = np.full_like(case.cost, np.inf)
    twice = replace(
        case,
        capacity=np.tile(case.capacity, 2),
        opening=np.concatenate([case.opening, 3 * case.opening]),
        demand=np.tile(case.demand, 2),
        cost=np.block([[case.cost, apart], [apart, 3 * case.cost]]),
    )
    assert optimum(write_scenario(twice, tmp_path / "out")) == pytest.approx(4 * OPTIMUM, rel=1e-9)


def test_other_names_and_other_units(case, tmp_path):
    folder = write_scenario(case, tmp_path / "out")
    for name in ("sites", "zones", "leases", "arcs", "workloads"):
        path = folder / f"{name}.csv"
        text = re.sub(r"\bw(\d)", r"zz\1", re.sub(r"\bs(\d)", r"a-place.\1", path.read_text()))
        path.write_text(text)
    leases, arcs = folder / "leases.csv", folder / "arcs.csv"
    header, *rows = leases.read_text().replace("[EFLOP/s]", "[PFLOP/s]").splitlines()
    leases.write_text("\n".join([header, *(re.sub(r",([\d.]+)$", r",\g<1>000", r) for r in rows)]) + "\n")
    header, *rows = arcs.read_text().replace("[M USD/yr]", "[k USD/yr]").splitlines()
    cells = [r.split(",") for r in rows]
    arcs.write_text(
        "\n".join([header, *(",".join([*c[:3], f"{float(c[3]) * 1000:.1f}", *c[4:]]) for c in cells)]) + "\n"
    )
    assert optimum(folder) == pytest.approx(OPTIMUM, rel=1e-9)
