"""One plan in which everything moves, assembled and solved once."""

import pytest
from orbit_scenario import ORBIT, SCENARIO, Numbers

from planner import engines, read_scenario, read_tables
from planner.certificate import certify, snap
from planner.results import Plan, money_parts


@pytest.fixture(scope="session")
def numbers():
    return Numbers(read_tables(read_scenario(SCENARIO, (), ORBIT)))


@pytest.fixture(scope="session")
def plan(numbers):
    """What `planner.solve` makes of it, from the assembly that the other tests share."""
    assembly = numbers.assembly()
    flat = assembly.program.flat()
    solution = engines.solve(flat, "exact", gap=1e-4)
    x = snap(flat, solution.x)
    certificate = certify(flat, x, solution.leaves, 1e-4, money_parts=money_parts(assembly, x))
    assert certificate.certified
    return Plan(assembly, flat, x, solution.y, solution.leaves, certificate, solution)
