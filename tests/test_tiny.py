"""`datasets/tiny`: the solved plan is the one that SOURCE.md derives by hand.

`hand()` is plain Python: the closed forms of SOURCE.md, in M USD, without the planner and without its tables.
"""

import math
from pathlib import Path

import numpy as np
import pytest

from planner.assemble import assemble_compiled
from planner.engines.exact import milp
from planner.manual_program import program_manual
from planner.scenario import read_scenario
from planner.tables import read_tables

FAMILIES = (
    *(
        "serve",
        "run",
        "pace",
        "work",
        "residency",
        "operate",
        "time",
        "compute",
        "peak",
        "dense",
        "fleet",
        "idle",
        "sales",
        "learned",
    ),
    *("once", "order", "delivery", "source", "kept", "territory", "ramp", "racks", "power", "cooling", "water"),
    *("stock", "supply", "door", "mass", "volume", "cadence", "link", "line_once", "open_once", "open_first"),
    *("strong", "home", "gang"),
    *("budget", "borrow", "debt", "carbon", "max_sites", "door_share", "door_loss", "site_share", "jurisdiction_share"),
)
OVERRIDES = (
    *("no_orbit", "cheap_launch", "fast_grid", "slow_grid", "own_fab"),
    *("carbon_cap", "expected_delivery", "double_demand", "no_queues"),
)

Y = 8.766  # M USD/yr of 1 GW at 1 USD/MWh, and of 1 EFLOP/s at 1 USD/PFLOP/h: 8,766 hours
PEAK = 34.008 / 23.998  # busiest quarter of the human day over its mean
YOUNG = (1 - math.exp(-0.1)) / 0.1  # share of endpoints standing in their first year
AGED = math.exp(-0.1) * YOUNG  # and in their second

FLEET_BUILD = [11.0, (12 - 11 * AGED) / YOUNG, 0.0]
FLEET_BUILD[2] = (12 - AGED * FLEET_BUILD[1]) / YOUNG
SIDE = [0.2 * 11 * YOUNG, 2.4, 2.4]
ORBIT_SERVED = 0.09 * (12 + 42 + 60)
ORBIT_KITS = 0.02 * (12 * 0.6 + 30 * 0.4 + 30 * 0.2 + 2 * 0.6)


def orbit() -> float:
    """Money spent in orbit, equipment kits included [M USD]."""
    satellites = 12 * (12 + 30 + 30 / 2) + 0.6 * (12 + 42 + 60)
    launches = 30 * (1 * 0.6 + 2 * 0.4 + 2 * 0.2) + 42 * (0.4 + 0.2)
    return satellites + launches + 100 * 2 / 10 + 0.6 * ORBIT_SERVED + ORBIT_KITS


def hand() -> dict[str, float]:
    """Cost of each block at the optimum [M USD], as in the last table of SOURCE.md."""
    first, second, third = FLEET_BUILD
    cars = 4 * (first + second + third / 2) + 0.4 * (11 * YOUNG + 24) + 0.1 * Y * (12 + sum(SIDE)) + 0.12 * sum(SIDE)
    cars += sum((2.7 - s) * 2 * Y + 1.8 * 1.25 * Y for s in SIDE)
    town = 1 * 60 * (0.6 + 0.4 + 0.2) + 0.05 * 560 + 0.03 * 10 * 28 + 1.44 * 0.028 * 65 * Y
    racks = 3 * (90 * 0.4 + 110 * 0.2) + 0.15 * (90 + 200)
    halls = 9 * (2 * 0.2 + 8 * 0.1) + 11 * (2 * 0.1 + 8 * 0.05) + 0.03 * 8 * (9 + 20)
    power = 0.0348 * 32 * Y + 10 + 1.5 * 0.2 + 12 * 2 / 20 + 3 * 0.5 + 15 * 1.5 / 20
    wafers = 0.4 * (153 * 0.01 + 17 * 0.04) + 0.2 * (180 * 0.01 + 20 * 0.04) + 20 * 0.05 * 0.04
    kits = 0.02 * (9 * 0.6 + (1.5 + 1.5 + 11 + 4.5) * 0.4 + (1.5 + 5.5) * 0.2)
    chat = (1.5 - 1.62 / PEAK) * 32 * Y + 20 * Y + (2.5 - 3 / PEAK) * 20 * Y + (2.5 - 2.7 / PEAK) * 20 * Y
    train = 1.2 * 12.5 * Y + 0.05 * 10 * Y * (2 * 1.5 + 3 * 0.3)
    ground = 5.04 * (1 - 1 / PEAK) + 9.8 - 2.28 / PEAK
    batch = 3 * (20 * 10.5 + 10 * 4.2 + 20 * 2.625) * Y - 10.5 * Y * (ground + ORBIT_SERVED)
    return {
        "cars": cars, "orbit": orbit(), "town": town, "north": racks + halls + power + wafers + kits,
        "chat": chat, "train": train, "batch": batch,
    }  # fmt: skip


class Solved:
    """A scenario of the dataset, assembled and solved to a gap of zero."""

    def __init__(self, *overrides: str) -> None:
        program = assemble_compiled(read_tables(read_scenario("tiny", overrides))).program
        self.layout, self.flat = program.layout, program.flat()
        self.solution = milp(self.flat, gap=0.0)
        assert self.solution.has_plan
        self.cost = 1e3 * self.flat.value(self.solution.x)  # M USD
        self.value = dict(zip(self.layout.column_names(), self.solution.x, strict=True))
        self.price = dict(zip(self.layout.row_names(), -1e3 * self.solution.y, strict=True))  # M USD per unit
        gap = np.abs(self.flat.matrix @ self.solution.x - self.flat.rhs)
        self.slack = dict(zip(self.layout.row_names(), gap, strict=True))


@pytest.fixture(scope="module")
def base():
    return Solved()


def test_optimum_by_hand(base):
    assert base.cost == pytest.approx(sum(hand().values()), rel=1e-8)
    assert sum(hand().values()) == pytest.approx(8211.9914650749, rel=1e-13)


def test_the_manual_of_the_program_is_printed_from_it(base):
    document = Path(__file__).parents[1] / "docs" / "program.md"
    rented = assemble_compiled(read_tables(read_scenario("rented"))).program
    wanted = program_manual(base.layout, rented.layout)
    assert document.read_text(encoding="utf-8") == wanted, "run: python -m planner.manual_program > docs/program.md"


def test_every_family_is_there(base):
    there = {b.name for b in base.layout.rows if b.exists.any()}
    assert set(FAMILIES) <= there


DECISIONS = {
    "build[town,old]": (0.06, 0.06, 0.06),
    "run[town,old]": (0.18, 0.2, 0.18),
    "build[north,rack]": (0, 0.09, 0.11),
    "hall[fjord,plate]": (0, 0.009, 0.011),
    "energised[fjord,grid]": (0, 0.0108, 0.024),
    "dispatch[mill,grid]": (0.01296, 0.0144, 0.01296),
    "join[fjord1]": (1, 0, 0),
    "join[fjord2]": (1, 0, 0),
    "join[cape1]": (0, 0, 0),
    "open[fjord]": (1, 0, 0),
    "open[cape]": (0, 0, 0),
    "home[train_city,north]": (1,),
    "accept[anchor_city]": (1,),
    "pace[train_city]": (0, 1.5, 0.3),
    "undone[train_city,third]": (1.2,),
    "build[sky,star]": (0.012, 0.03, 0.03),
    "launch[rocket,high]": (1, 2, 2),
    "launch[ferry,high]": (0, 1, 1),
    "line[own_pad]": (1, 0),
    "line[own_fab]": (0, 0),
    "order[alpha]": (1.53, 1.8, 0),
    "order[beta]": (0.17, 0.2, 0),
    "order[kitco]": (23, 48.5, 37),
    "stock[wafer]": (0, 0.2, 0),
    "build[road,core]": tuple(FLEET_BUILD),
    "serve[side_city,road]": tuple(SIDE),
    "serve[chat_city,town]": (1.62 / PEAK, 1.8 / PEAK, 1.62 / PEAK),
    "serve[chat_city,north]": (0, 1.2 / PEAK, 1.08 / PEAK),
    "serve[batch_city,north]": (0, 1.675 - 1.2 / PEAK, 8.125 - 1.08 / PEAK),
    "serve[batch_city,sky]": (1.08, 3.78, 5.4),
    "serve[anchor_city,north]": (0, 0.5, 0.5),
}


@pytest.mark.parametrize("name", DECISIONS)
def test_decisions(base, name):
    for t, wanted in enumerate(DECISIONS[name]):
        assert base.value.get(f"{name}@{t}", 0.0) == pytest.approx(wanted, abs=1e-7)


def old_rack(rent: float) -> float:
    """What a thousand old racks earn in a year in which `rent` is paid for the busiest quarter [M USD]."""
    return 9 * (10.5 * Y + rent * Y / PEAK) - 50 - 0.03 * 10 * 50 - 0.05 * 1.44 * 65 * Y


RENT = 9.5 * 5 / 3  # of a place for chat in town with the two thirds that may then be served in the north
IN_2032 = 472.5 * Y - 150 - 24 - 3.84 * Y - 600 - 14.4 - 60 - 1  # a thousand racks for the last year
IN_2031 = 2 * (472.5 * Y - 150 - 24 - 3.84 * Y) - 1200 - 10.4 - 120 - 1.6  # and for the last two
LAST, BEFORE = 2 / YOUNG, (4 - AGED * 2 / YOUNG) / YOUNG  # a thousand endpoints standing in 2032, 2031
ENDPOINT = 0.2 * (2 * Y - 0.12 - 0.1 * Y) - 0.4  # what they earn by side work
PRICES = {
    "sales[old]@0": old_rack(21.5) + old_rack(RENT) - 600,
    "sales[old]@1": old_rack(RENT) - 400,
    "sales[old]@2": old_rack(RENT) - 200,
    "water[mill]@1": old_rack(RENT) / (0.05 * 6.5718702),
    "ramp[fjord]@2": IN_2032 / 0.12,
    "territory[bb_grid]@1": IN_2031 / 0.12,
    "fleet[cars]@0": YOUNG * ENDPOINT + AGED * BEFORE - 4,
    "link[road]@1": (ENDPOINT - BEFORE) / 0.2,
    "link[road]@2": (ENDPOINT - LAST) / 0.2,
}


@pytest.mark.parametrize("name", PRICES)
def test_prices(base, name):
    assert PRICES[name] > 0
    assert base.slack[name] <= 1e-9
    assert base.price[name] == pytest.approx(PRICES[name], rel=1e-7)


def test_rent_of_the_fastest_pace(base):
    # pace, gang and strong are one limit at 1.5 EFLOP/s: the rent may stand on any of them
    rows = ("pace[train_city]@1", "gang[train_city,north]@1", "strong[train_city,north]@1")
    rent = sum(base.price[r] for r in rows)
    assert rent == pytest.approx(0.5 * Y, rel=1e-7)


SLACK = (
    *("volume[high]", "budget[budget]", "carbon[carbon]", "stock[wafer]", "stock[kit]"),
    *("site_share[fjord_share,fjord]", "jurisdiction_share[bb_share,bb]"),
)


def test_rows_left_out_on_paper_are_slack(base):
    for t in range(3):
        for name in SLACK:
            assert base.slack[f"{name}@{t}"] > 1e-4
        for door in ("alpha", "beta", "own_fab"):
            assert base.slack[f"door_loss[wafer_loss,{door}]@{t}"] > 1e-4


def test_contract_finances_the_plan(base):
    debt = np.array([n.startswith("debt") for n in base.layout.column_names()])
    spent = base.flat.matrix @ np.where(debt, 0.0, base.solution.x)
    total = base.layout.split_rows(spent)[base.layout.row("borrow")].sum()
    assert 1.5 < total < 1.5 + 0.02 * Y


SAVED = {
    "no_orbit": orbit() - 10.5 * Y * ORBIT_SERVED,
    "cheap_launch": 0.9 * 79.2 + 6 * 2 * (0.945 * Y - 6.6 - 0.054) - 0.6 * 4.2 - 6 * 0.6 * 0.02,
    "own_fab": 0.44 - 0.01,
}


@pytest.mark.parametrize("name", OVERRIDES)
def test_overrides_read(name):
    assert read_tables(read_scenario("tiny", (name,))).scenario.changes


@pytest.mark.parametrize("name", ["no_orbit", *(pytest.param(n, marks=pytest.mark.slow) for n in OVERRIDES[1:])])
def test_overrides_solve(base, name):
    found = Solved(name)
    if name in SAVED:
        assert base.cost - found.cost == pytest.approx(SAVED[name], rel=1e-6)
    better = {"cheap_launch", "fast_grid", "own_fab", "no_queues", "expected_delivery"}
    assert (found.cost < base.cost) == (name in better)
