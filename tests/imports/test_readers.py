"""Every format against a small file whose optimum is found here by trying everything."""

import numpy as np
import pytest
from small_cases import divisible, optimum, whole

from planner import import_case
from planner.imports import read_case

CAPACITY, OPENING, DEMAND = [9.0, 7.0, 8.0], [30.0, 0.0, 25.5], [4.0, 3.0, 5.0, 2.0]
COST = [[10.0, 14.5, 30.0], [22.0, 9.0, 11.0], [16.0, 35.0, 12.0], [8.0, 7.0, 13.0]]
CAP = "3 4\n9 30.\n7 0\n  8\t25.5\n 4\n10. 14.5 30\n3 22 9 11\n5 16 35\n12 2 8 7 13"
BLOCKS = "3 4\n9 7 8\n30 0 25.5\n4 3 5 2\n10 14.5 30 22 9 11 16 35 12\n8 7 13\n"
PAIRS = "3 4\n9 30\n7 0\n8 25.5\n4 3 5 2\n10 22 16 8\n14.5 9 35 7\n30 11 12 13\n"


def test_capacitated_location(write, tmp_path):
    folder = import_case("orlib-cap", write(CAP), tmp_path / "out")
    assert optimum(folder) == pytest.approx(divisible(CAPACITY, OPENING, DEMAND, COST), rel=1e-9)


@pytest.mark.parametrize("text", [BLOCKS, PAIRS, PAIRS + "73.5\n"])
def test_single_source_in_both_layouts(write, text):
    case = read_case("single-source", write(text))
    assert case.gang
    assert np.array_equal(case.capacity, CAPACITY)
    assert np.array_equal(case.opening, OPENING)
    assert np.array_equal(case.demand, DEMAND)
    assert np.array_equal(case.cost, COST)


def test_single_source_optimum(write, tmp_path):
    folder = import_case("single-source", write(BLOCKS), tmp_path / "out")
    use = [[d] * 3 for d in DEMAND]
    assert optimum(folder) == pytest.approx(whole(CAPACITY, OPENING, use, COST), rel=1e-9)


AGENTS = ([8, 9], [[5, 3, 4, 6], [4, 5, 2, 3]], [[7, 2, 9, 4], [3, 8, 6, 6]])  # capacity, use, cost [agent][job]
GAP = "2 4\n7 2 9 4\n3 8 6 6\n5 3 4 6\n4 5 2 3\n8 9\n"
OTHER = "2 2\n1 2 3 4\n1 1 1 1\n2 2\n"


def turned(rows):
    return [list(r) for r in zip(*rows, strict=True)]


def test_generalised_assignment_least_and_most(write, tmp_path):
    capacity, use, cost = AGENTS
    free = [0.0, 0.0]
    least = whole(capacity, free, turned(use), turned(cost))
    most = -whole(capacity, free, turned(use), [[-c for c in row] for row in turned(cost)])
    assert least < most
    assert optimum(import_case("gap", write(GAP), tmp_path / "least")) == pytest.approx(least, rel=1e-9)
    folder = import_case("gap", write(GAP), tmp_path / "most", maximise=True)
    assert optimum(folder) == pytest.approx(-most, rel=1e-9)


def test_one_problem_of_several(write):
    many = write("2\n" + OTHER + GAP)
    second, alone = read_case("gap", many, problem=2), read_case("gap", write(GAP, "alone"))
    assert np.array_equal(second.cost, alone.cost)
    assert np.array_equal(second.use, alone.use)
    assert np.array_equal(read_case("gap", many, problem=1).cost, [[1, 3], [2, 4]])
    assert np.array_equal(read_case("gap", write("1 " + GAP, "one")).cost, alone.cost)


@pytest.mark.parametrize(
    "text",
    [
        "FILE: a b.c\n3 4 0\n2 0 14.5 9 35 7\n1 30 10 22 16 8\n3 25.5 30 11 12 13\n",
        "3 4 0\n1 30 10 22 16 8\n2 0 14.5 9 35 7\n3 25.5 30 11 12 13\n",
        "3 4\n0 30 capacity 0 7 25.5\n1 10 14.5 30 2 22 9 11 0 16 35 12 9 8 7 13\n",
    ],
)
def test_uncapacitated_location_in_both_layouts(write, text):
    case = read_case("ufl", write(text))
    assert np.array_equal(case.cost, COST)
    assert np.array_equal(case.opening, OPENING)
    assert np.array_equal(case.demand, np.ones(4))
    assert not case.bounded


def test_uncapacitated_optimum(write, tmp_path):
    folder = import_case(
        "ufl", write("3 4 0\n1 30 10 22 16 8\n2 9 14.5 9 35 7\n3 25.5 30 11 12 13\n"), tmp_path / "out"
    )
    free = [[0.0] * 3] * 4
    assert optimum(folder) == pytest.approx(whole([0, 0, 0], [30, 9, 25.5], free, COST), rel=1e-9)


def test_p_median_on_a_graph_in_two_parts(write, tmp_path):
    # Vertices 1-2-3 in a line, 4-5 apart; an edge is written twice (the last counts), one has no length.
    text = "5 5 2\n1 2 9\n2 3 4\n4 5 0\n1 3 20\n2 1 3\n"
    far = 1e6
    distance = [[0, 3, 7, far, far], [3, 0, 4, far, far], [7, 4, 0, far, far], [far] * 3 + [0, 0], [far] * 3 + [0, 0]]
    case = read_case("p-median", write(text))
    assert np.array_equal(np.where(np.isfinite(case.cost), case.cost, far), distance)
    folder = import_case("p-median", write(text), tmp_path / "out")
    free = [[0.0] * 5] * 5
    assert optimum(folder) == pytest.approx(whole([0] * 5, [0] * 5, free, distance, most=2), rel=1e-9)


def test_the_missing_capacity_is_filled_in(write):
    case = read_case("orlib-cap", write("2 1\ncapacity 5\n capacity 6\n3 1 2\n"), capacity=40)
    assert np.array_equal(case.capacity, [40, 40])


def test_a_customer_without_demand_still_costs(write, tmp_path):
    folder = import_case("orlib-cap", write("2 2\n3 1\n3 1\n0 5 7\n3 2 4\n"), tmp_path / "out")
    assert optimum(folder) == pytest.approx(divisible([3, 3], [1, 1], [0, 3], [[5, 7], [2, 4]]), rel=1e-9)
