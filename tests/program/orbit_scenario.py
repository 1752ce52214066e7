"""One plan in which everything moves (satellites fly, an own line may be built), assembled and solved once."""

from dataclasses import replace
from pathlib import Path

import jax
import numpy as np

from planner import engines
from planner.assemble import Assembly, assemble
from planner.eligibility import eligibility

SCENARIO = Path(__file__).parent / "scenario"
#: Launch at a tenth of the price and ten times as often, a door and a budget that bind, a hidden period.
ORBIT = (
    "vehicles.ship.price=x0.1",
    "vehicles.ship.cadence=x10",
    "satellite_classes.cen.bus_price=x0.2",
    "classes.batch.price=x4",
    "doors.tsmc.capacity=4000",
    "limits.bud.amount=3.2",
    "scenario.periods=3",
    "scenario.tail=1",
)


class Numbers:
    """The program of a scenario as one compiled function of its data, structure fixed."""

    def __init__(self, tables):
        self.tables, self.sets = tables, eligibility(tables)

        def written(data):
            made = assemble(tables, self.sets, data)
            return made.program, made.parts, made.constants

        self._written = jax.jit(written).lower(tables.data()).compile({"xla_backend_optimization_level": 0})

    def assembly(self, tables=None):
        """The assembly of other numbers in the same structure."""
        tables = tables or self.tables
        program, parts, constants = self._written(tables.data())
        return Assembly(program, parts, self.sets, tables, constants)

    def program(self, tables=None):
        """The program of other numbers in the same structure."""
        return self.assembly(tables).program


def relaxed(program):
    """Value and plan of the program without integers."""
    flat = program.flat()
    flat = replace(flat, integer=np.zeros_like(flat.integer))
    solution = engines.solve(flat, "exact", gap=0.0, tol=1e-9)
    assert solution.has_plan
    return flat.value(solution.x), solution.x
