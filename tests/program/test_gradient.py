"""The gradient of a plan's cost against differences of exact re-solves, over tables drawn by seed."""

import numpy as np
import pytest

from planner import engines
from planner.gradient import gradient, resolved, shifted

#: Cells that must be among those tried: dates, queues, orbit, money, cooling.
NAMED = (
    ("stages", "build", "lead_fixed"),
    ("stages", "build", "sigma"),
    ("stages", "build", "odds"),
    ("classes", "chat", "demand"),
    ("classes", "train", "demand"),
    ("classes", "batch", "price"),
    ("doors", "tsmc", "capacity"),
    ("doors", "tsmc", "make_time"),
    ("doors", "tsmc", "price"),
    ("bills", "b1", "lead"),
    ("satellite_classes", "cen", "array_specific_power"),
    ("satellite_classes", "cen", "bus_price"),
    ("satellite_classes", "cen", "radiator_temperature"),
    ("vehicles", "ship", "payload"),
    ("vehicles", "ship", "price"),
    ("hardware", "vr", "price"),
    ("hardware", "vr", "power"),
    ("hardware", "vr", "life"),
    ("sites", "s1", "dry_bulb"),
    ("sites", "s1", "wet_bulb"),
    ("sites", "s1", "power_price"),
    ("cooling", "dlc", "supply_temperature"),
    ("cooling", "dlc", "chiller_cop"),
    ("limits", "bud", "amount"),
    ("inflight", "o1", "quantity"),
    ("tranches", "a", "share"),
)
RELATIVE = 1e-6


@pytest.fixture(scope="module")
def slopes(plan):
    return gradient(plan)


@pytest.fixture(scope="module")
def cost(plan, numbers):
    """Cost [M USD] with the plan's integers after a cell moved."""

    def value(table, row, column, shift):
        flat = numbers.program(shifted(plan.tables, table, row, column, shift)).flat()
        whole = np.round(plan.x)
        box = flat.with_bounds(np.where(flat.integer, whole, flat.lower), np.where(flat.integer, whole, flat.upper))
        solution = engines.solve(box, "exact", tol=1e-10)
        assert solution.has_plan
        return box.value(solution.x) * 1e3

    return value


def drawn(slopes, count, seed):
    """Cells that matter, drawn by seed, at most three of a table, none of them named above."""
    frame = slopes.frame()
    frame = frame[frame["weight"].abs() > 1e-4 * frame["weight"].abs().max()]
    cells = list(frame[["table", "row", "column"]].itertuples(index=False, name=None))
    order = np.random.default_rng(seed).permutation(len(cells))
    taken = []
    for i in order:
        if cells[i] not in NAMED and sum(t == cells[i][0] for t, _, _ in taken) < 3:
            taken.append(cells[i])
    return taken[:count]


def differences(cost, cell, step, base):
    """Left and right slope at a step, and the central one."""
    right, left = cost(*cell, step), cost(*cell, -step)
    return (base - left) / step, (right - base) / step, (right - left) / (2 * step)


def test_gradient_is_the_slope_of_exact_resolves(plan, slopes, cost):
    base = cost("sites", "s1", "energised", 0.0)
    assert base == pytest.approx(plan.objective, rel=1e-9)
    smooth, kinks, wrong = [], [], []
    for cell in (*NAMED, *drawn(slopes, 14, seed=7)):
        table, row, column = cell
        value = np.ravel(plan.tables.numbers[table][column][plan.tables.keys(table).index(row)])[0]
        step = 2e-3 * max(abs(value), 1e-3)
        wide, narrow = (differences(cost, cell, s, base) for s in (step, step / 2))
        here = slopes.of(*cell)
        noise = 1e-8 / step
        if abs(narrow[1] - narrow[0]) <= 0.7 * abs(wide[1] - wide[0]) + noise:
            slope = (4 * narrow[2] - wide[2]) / 3
            smooth.append(cell)
            good = abs(here - slope) <= RELATIVE * abs(slope) + noise
        else:
            slope = narrow[:2]
            kinks.append(cell)
            good = min(slope) - 2e-3 * abs(here) <= here <= max(slope) + 2e-3 * abs(here)
        if not good:
            wrong.append((cell, here, slope))
    assert not wrong
    assert len(smooth) >= 30


@pytest.mark.parametrize(
    "cell",
    [
        ("satellite_classes", "cen", "life"),  # the lesser of two lives that are equal
        ("hardware", "tray", "life"),
        ("hardware", "vr", "last_sale"),  # a date that structure reads: no slope
        ("doors", "fab", "capex"),  # an own line that is not built
    ],
)
def test_at_a_kink_the_gradient_lies_between_the_two_slopes(slopes, cost, plan, cell):
    base = plan.objective
    left, right, _ = differences(cost, cell, 1e-4, base)
    low, high = min(left, right), max(left, right)
    assert low - 1e-2 <= slopes.of(*cell) <= high + 1e-2
    if cell[1] in ("cen", "tray"):
        assert high - low > 1.0


def test_resolved_assembles_anew_and_finds_the_same_cost(plan, cost):
    cell = ("doors", "tsmc", "make_time")
    assert resolved(plan, *cell, 0.05) * 1e3 == pytest.approx(cost(*cell, 0.05), rel=1e-9)
