"""`solve`: the whole planner in one composition."""

from __future__ import annotations

import time as clock
from dataclasses import replace
from pathlib import Path

import numpy as np

from planner import engines
from planner.assemble import Assembly, assemble_compiled
from planner.certificate import certify, row_violations, snap
from planner.flat import Flat
from planner.results import Plan, money_parts
from planner.scenario import read_scenario
from planner.tables import read_tables


class NoPlan(Exception):
    """The engine found no plan; `solution` says why and what to do next."""

    def __init__(self, solution: engines.Solution) -> None:
        self.solution = solution
        super().__init__(f"{solution.status}: {solution.advice}")


def solve(
    scenario: str | Path,
    *,
    overrides: tuple[str, ...] = (),
    sets: tuple[str, ...] = (),
    engine: str = "auto",
    relax: bool = False,
    gap: float = 0.01,
    time: float = 120.0,
    progress: engines.Progress | None = None,
) -> Plan:
    """Plan a scenario (dataset name or folder): validated, assembled, solved, certified.

    gap: relative gap asked for. time: seconds for the engine. relax: leave integers fractional. Raises `InputError`
    with every fault of the input at once.
    """
    started = clock.monotonic()
    tables = read_tables(read_scenario(scenario, tuple(overrides), tuple(sets)))
    assembly = assemble_compiled(tables)
    program = assembly.program
    flat = program.flat()
    if relax:
        flat = replace(flat, integer=np.zeros_like(flat.integer))
    solution = _solved(assembly, flat, engine, gap, time, progress)
    if not solution.has_plan:
        raise NoPlan(solution)
    x = snap(flat, solution.x)
    layout = program.layout
    certificate = certify(
        flat,
        x,
        solution.leaves,
        gap,
        row_names=layout.row_names(),
        column_names=layout.column_names(),
        money_parts=money_parts(assembly, x),
    )
    options = {"gap": gap, "relax": relax, "time": time, "seconds": clock.monotonic() - started}
    return Plan(assembly, flat, x, solution.y, solution.leaves, certificate, solution, options)


def _solved(
    assembly: Assembly, flat: Flat, engine: str, gap: float, time: float, progress: engines.Progress | None
) -> engines.Solution:
    """What the engine found; stopped without a plan (by hand, by time): the plan that does nothing, if that is one."""
    nothing = np.zeros(flat.shape[0])
    try:
        solution = engines.solve(flat, engine, gap=gap, time=time, progress=progress)
    except KeyboardInterrupt:
        stopped = np.full(flat.shape[1], np.nan)
        solution = engines.Solution(stopped, nothing, engines.Status.LIMIT, np.nan, 0.0)
    if solution.has_plan or solution.status is not engines.Status.LIMIT:
        return solution
    x = at_rest(assembly)
    if row_violations(flat, x).max(initial=0.0) > 1e-6:
        return solution
    leaves = solution.leaves or (engines.Leaf(flat.lower, flat.upper, nothing),)
    return replace(solution, x=x, y=nothing, objective=flat.value(x), leaves=leaves)


def at_rest(assembly: Assembly) -> np.ndarray:
    """The plan that does nothing [columns]: nobody is served, nothing is ordered, what stands keeps standing."""
    program = assembly.program
    layout = program.layout
    blocks = [np.zeros(b.exists.shape) for b in layout.variables]
    for i, b in enumerate(layout.variables):
        if b.name in ("unserved", "undone"):
            blocks[i] = np.asarray(program.upper[i])
        elif b.name == "energised":
            blocks[i] = np.asarray(program.rhs[layout.row("delivery")])
    return layout.join(tuple(blocks), layout.columns)
