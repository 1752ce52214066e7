"""A large program that differs little from one whose basis is known: simplex from there; without, the interior method.

Implied bounds are left out as everywhere; a plan beyond some of them gets these as real bounds and simplex goes on from
where it stands. Edge weights are those of Devex: exact ones cost more to set up than a short way takes.
"""

from __future__ import annotations

from time import perf_counter
from typing import Any

import highspy
import numpy as np

from planner.certificate import farkas_bound
from planner.engines import Solution, Status
from planner.engines.warm import STATUS, beyond, left_out, model_of
from planner.program import Flat, Layout, RowBlock, VariableBlock

DEVEX = 1
"""HiGHS: the edge weights that start at one."""
SHARE = 0.15
"""Steps of simplex, as a share of the rows, after which the interior method is quicker. Measured on `world` (41,983
rows): 5,500 steps in 13 s of a processor, against 28 s from nothing; ways of more than 8,000 took longer than that. A
count and no clock: which answer is found does not depend on what else the machine does."""


def neighbour(flat: Flat, tol: float, basis: Any, share: float = SHARE) -> tuple[Solution, Any]:
    """The relaxation of a large program and its basis: by simplex from the basis of a program that differs little.

    Without a basis (None), or where simplex takes more steps than a share of the rows, by the interior method, which
    walks on to a vertex; the answer's engine is then "exact". Prices [m] of a program without a plan are a proof of
    that, and zero where simplex left none.
    """
    begun = perf_counter()
    model: Any = model_of(flat, tol)
    model.setOptionValue("dual_simplex_cost_perturbation_multiplier", 0.0)  # a short way stays short
    model.setOptionValue("simplex_dual_edge_weight_strategy", DEVEX)
    absent, proof = left_out(flat), np.zeros(flat.shape[0])
    status, engine = Status.LIMIT, "neighbour"
    if basis is not None and model.setBasis(basis) == highspy.HighsStatus.kOk:
        model.setOptionValue("solver", "simplex")
        model.setOptionValue("simplex_iteration_limit", int(share * flat.shape[0]))
        status = _run(model, flat, absent)
        if status is Status.INFEASIBLE:
            proof = _proof(model, flat)
    if status in (Status.LIMIT, Status.FAILED):
        engine = "exact"
        model.clearSolver()
        model.setOptionValue("solver", "ipx")
        model.setOptionValue("run_crossover", "on")
        model.setOptionValue("simplex_iteration_limit", highspy.kHighsIInf)
        status = _run(model, flat, absent)
    found, info = model.getSolution(), model.getInfo()
    x, y = np.full(flat.shape[1], np.nan), proof
    if status is Status.OPTIMAL:
        x, y = np.array(found.col_value, float), np.array(found.row_dual, float)
    steps = max(int(info.simplex_iteration_count), 0)
    value = flat.value(x) if status is Status.OPTIMAL else float("nan")
    answer = Solution(x, y, status, value, perf_counter() - begun, steps, engine=engine)
    return answer, model.getBasis()


def _run(model: Any, flat: Flat, absent: np.ndarray) -> Status:
    """Run; implied bounds that are absent come in where the plan, or a ray, leaves them, and it goes on from there."""
    while True:
        model.run()
        told = model.getModelStatus()
        status = STATUS.get(told, Status.FAILED)
        outside = np.zeros_like(absent)
        if status is Status.UNBOUNDED or told == highspy.HighsModelStatus.kUnboundedOrInfeasible:
            outside = absent.copy()
        elif status is Status.OPTIMAL:
            outside = absent & beyond(flat, np.array(model.getSolution().col_value, float))
        if not outside.any():
            return status
        absent &= ~outside
        j = np.flatnonzero(outside).astype(np.int32)
        model.changeColsBounds(j.size, j, flat.lower[j], flat.upper[j])
        if model.getBasis().valid:
            model.setOptionValue("solver", "simplex")


def _proof(model: Any, flat: Flat) -> np.ndarray:
    """Prices [m] that prove that no plan exists, from the ray of simplex in either sign; zero where neither does."""
    _, has, ray = model.getDualRay()
    if has and ray is not None and np.size(ray) == flat.shape[0]:
        for sign in (1.0, -1.0):
            y = sign * np.nan_to_num(np.array(ray, float))
            if farkas_bound(flat, y) > 0:
                return y
    return np.zeros(flat.shape[0])


def carried(basis: Any, before: Layout, after: Layout) -> Any:
    """The basis of a program over the rows and columns of another layout, by name and period.

    What is new there is loose (rows) or at its lower bound (columns); None where the periods differ.
    """
    if before.digest == after.digest:
        return basis
    if before.periods != after.periods:
        return None
    kinds = highspy.HighsBasisStatus
    out = highspy.HighsBasis()
    out.col_status = _carried(basis.col_status, before.variables, after.variables, before.periods, kinds.kLower)
    out.row_status = _carried(basis.row_status, before.rows, after.rows, before.periods, kinds.kBasic)
    rows, basic = out.row_status, kinds.kBasic
    lacks = len(rows) - sum(k == basic for k in rows) - sum(k == basic for k in out.col_status)
    for i in [i for i, k in enumerate(rows) if k != basic][: max(lacks, 0)]:  # columns that were basic are not there
        rows[i] = basic
    out.row_status = rows
    out.valid = out.alien = True  # alien: its members may depend on each other, HiGHS then exchanges some
    return out


def _carried(
    status: list[Any],
    before: tuple[VariableBlock, ...] | tuple[RowBlock, ...],
    after: tuple[VariableBlock, ...] | tuple[RowBlock, ...],
    periods: int,
    new: Any,
) -> list[Any]:
    known: dict[tuple[str, Any], np.ndarray] = {}
    start, absent = 0, np.full(periods, -1)
    for block in before:
        at = np.full(block.exists.shape, -1)
        at[block.exists] = np.arange(start, start + int(block.exists.sum()))
        start += int(block.exists.sum())
        known |= {(block.name, e): row for e, row in zip(block.entities, at, strict=True)}
    out: list[Any] = []
    for block in after:
        at = np.array([known.get((block.name, e), absent) for e in block.entities], int).reshape(-1, periods)
        out += [status[k] if k >= 0 else new for k in at[block.exists].tolist()]
    return out
