"""Problems made with a seed, imported and planned, against a MILP written on their numbers."""

import generated_cases as made
import pytest

import planner

CASES = {
    "orlib-cap": lambda: made.location(8, 24, 1),
    "single-source": lambda: made.location(5, 16, 2, whole=True, ratio=2.5),
    "gap": lambda: made.assignment("c", 4, 16, 3),
    "ufl": lambda: made.plane(16, 30, 4),
    "p-median": lambda: made.median(24, 4, 5),
}


@pytest.mark.parametrize("format", CASES)
def test_the_optimum_of_a_milp_on_the_numbers(format, write, tmp_path):
    case = CASES[format]()
    truth, bound = made.direct(case)
    assert bound == pytest.approx(truth, rel=1e-9)
    plan = planner.solve(planner.import_case(case.format, write(case.text), tmp_path / "out"), gap=1e-7, time=60.0)
    assert case.format == format
    assert plan.objective == pytest.approx(truth, rel=1e-6)
    assert plan.certificate.certified
    assert plan.certificate.bound * 1e3 <= truth * (1 + 1e-9)


@pytest.mark.parametrize("kind", ["a", "b", "c", "d", "e"])
def test_a_made_assignment_can_be_kept(kind):
    case = made.assignment(kind, 3, 12, 1)
    truth, _ = made.direct(case)
    assert 0 < truth < 1e6


@pytest.mark.slow
@pytest.mark.parametrize(
    "case",
    [
        made.location(30, 100, 1),
        made.location(20, 60, 2, whole=True, ratio=3.0),
        made.assignment("b", 10, 60, 1),
        made.plane(150, 150, 1),
        made.median(150, 15, 1),
    ],
    ids=lambda case: case.format,
)
def test_larger_ones(case, write, tmp_path):
    truth, _ = made.direct(case, 120.0)
    plan = planner.solve(planner.import_case(case.format, write(case.text), tmp_path / "out"), gap=1e-7, time=120.0)
    assert plan.objective == pytest.approx(truth, rel=1e-6)
    assert plan.certificate.bound * 1e3 <= truth * (1 + 1e-9)
