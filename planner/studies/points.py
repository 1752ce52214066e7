"""One point of a sweep: its changes written into the tables, assembled, solved from its neighbour, judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from planner import engines
from planner.assemble import Assembly
from planner.certificate import certify, farkas_bound, row_violations, snap
from planner.engines import Solution, Status
from planner.faults import InputError
from planner.flat import Flat
from planner.results import Plan, money_parts
from planner.scenario import Change
from planner.solving import at_rest
from planner.studies.axes import OVER
from planner.studies.rows import binding, figures, levelised
from planner.studies.structure import Structures
from planner.tables import Tables

if TYPE_CHECKING:
    from planner.studies.neighbour import Start

CONFLICT = 5
"""Rows named of a proof that no plan exists."""


@dataclass(frozen=True)
class Asked:
    """How every point is solved, as `planner.solve` takes it. warm: from its neighbour's plan (engine `exact` only)."""

    engine: str = "auto"
    relax: bool = False
    gap: float = 0.01
    time: float = 120.0
    warm: bool = True


@dataclass(frozen=True, eq=False)
class Answer:
    """What is known of a point: its row, levelised costs, limits that bind, and what the next points start from."""

    row: dict[str, Any]
    levelised: list[dict[str, Any]]
    binding: list[dict[str, Any]]
    start: Start | None


class Points:
    """Answers points one after the other; what they share is read and compiled once."""

    def __init__(self, base: Tables, asked: Asked) -> None:
        self.structures, self.asked = Structures(base), asked

    def answer(self, sets: tuple[str, ...], starts: Sequence[Start]) -> Answer:
        """The point with these changes; whatever goes wrong is its row."""
        begun = perf_counter()
        words: list[str]
        try:
            assembly = self._assembly(sets)
            flat = assembly.program.flat()
            if self.asked.relax:
                flat = replace(flat, integer=np.zeros_like(flat.integer))
            solution, handed, used = self._solution(assembly, flat, starts)
            if solution.has_plan:
                plan = self._plan(assembly, flat, solution)
                row = {"status": "certified" if plan.certificate.certified else "not certified"}
                row |= {"words": "; ".join(plan.certificate.reasons), "certified": plan.certificate.certified}
                row |= figures(plan) | {"seconds": perf_counter() - begun, "warm": used}
                return Answer(row, levelised(plan), binding(plan), handed)
            status, words = str(solution.status), [_no_plan(assembly, flat, solution)]
        except InputError as error:
            status, words = "bad input", [str(f) for f in error.faults]
        except Exception as error:  # a sweep of many hours does not end because of one point
            status, words = "failed", [f"{type(error).__name__}: {error}"]
        row = {"status": status, "words": "; ".join(words), "certified": False}
        return Answer(row | {"seconds": perf_counter() - begun, "warm": False}, [], [], None)

    def _assembly(self, sets: tuple[str, ...]) -> Assembly:
        changes = [Change(OVER, path, value) for path, _, value in (s.partition("=") for s in sets)]
        return self.structures.assembly(self.structures.tables(changes))

    def _solution(self, assembly: Assembly, flat: Flat, starts: Sequence[Start]) -> tuple[Solution, Start | None, bool]:
        asked = self.asked
        name = engines.engine_for(flat) if asked.engine == "auto" else asked.engine
        if name == "exact" and asked.warm:
            from planner.studies.neighbour import solved

            digest = assembly.program.layout.digest
            solution, handed, used = solved(flat, digest, starts, gap=asked.gap, time=asked.time)
        else:
            solution, handed, used = engines.solve(flat, name, gap=asked.gap, time=asked.time), None, False
        return _or_at_rest(assembly, flat, solution), handed, used

    def _plan(self, assembly: Assembly, flat: Flat, solution: Solution) -> Plan:
        x = snap(flat, solution.x)
        layout, asked = assembly.program.layout, self.asked
        certificate = certify(
            flat,
            x,
            solution.leaves,
            asked.gap,
            row_names=layout.row_names(),
            column_names=layout.column_names(),
            money_parts=money_parts(assembly, x),
        )
        kept = {"gap": asked.gap, "relax": asked.relax, "time": asked.time}
        return Plan(assembly, flat, x, solution.y, solution.leaves, certificate, solution, kept)


def _or_at_rest(assembly: Assembly, flat: Flat, solution: Solution) -> Solution:
    """A search that was stopped without a plan: the plan that does nothing, if that is one, as `planner.solve` says."""
    if solution.has_plan or solution.status is not Status.LIMIT:
        return solution
    x = at_rest(assembly)
    if row_violations(flat, x).max(initial=0.0) > 1e-6:
        return solution
    nothing = np.zeros(flat.shape[0])
    leaves = solution.leaves or (engines.Leaf(flat.lower, flat.upper, nothing),)
    return replace(solution, x=x, y=nothing, objective=flat.value(x), leaves=leaves)


def _no_plan(assembly: Assembly, flat: Flat, solution: Solution) -> str:
    """Why there is no plan; where the prices prove it, the rows that conflict."""
    if solution.status is not Status.INFEASIBLE or not farkas_bound(flat, solution.y) > 0:
        return solution.advice
    names = assembly.program.layout.row_names()
    worst = np.argsort(-np.abs(solution.y), kind="stable")[:CONFLICT]
    rows = ", ".join(names[i] for i in worst if solution.y[i] != 0)
    return f"No plan satisfies every row (proved). Rows that conflict: {rows}"
