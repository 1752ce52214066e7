"""One HiGHS model kept warm: change the bounds of integer columns, run the dual simplex again from a basis.

The reference is `exact.relax`; this exists because cvxpy cannot warm-start a change of bounds.
"""

from __future__ import annotations

from typing import Any

import highspy
import numpy as np

from planner.certificate import farkas_bound
from planner.engines import Solution, Status
from planner.engines.exact import beyond
from planner.program import Flat

STATUS = {
    highspy.HighsModelStatus.kOptimal: Status.OPTIMAL,
    highspy.HighsModelStatus.kInfeasible: Status.INFEASIBLE,
    highspy.HighsModelStatus.kUnbounded: Status.UNBOUNDED,
    highspy.HighsModelStatus.kTimeLimit: Status.LIMIT,
    highspy.HighsModelStatus.kIterationLimit: Status.LIMIT,
    highspy.HighsModelStatus.kSolutionLimit: Status.LIMIT,
    highspy.HighsModelStatus.kInterrupt: Status.LIMIT,
}


def model_of(flat: Flat, tol: float, *, integers: bool = False, bounded: bool = False) -> highspy.Highs:
    """Silent HiGHS model of a program; implied bounds are left out, except on integers or if `bounded`."""
    a = flat.matrix.tocsr()
    lp: Any = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = flat.shape
    lp.col_cost_ = flat.cost
    lp.col_lower_ = flat.lower
    lp.col_upper_ = np.where(_left_out(flat) & ~bounded, np.inf, flat.upper)
    lp.row_lower_ = np.where(flat.sense >= 0, flat.rhs, -np.inf)
    lp.row_upper_ = np.where(flat.sense <= 0, flat.rhs, np.inf)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = a.indptr, a.indices, a.data
    if integers:
        kinds = highspy.HighsVarType
        lp.integrality_ = [kinds.kInteger if whole else kinds.kContinuous for whole in flat.integer]
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    model.setOptionValue("primal_feasibility_tolerance", float(np.clip(tol, 1e-10, 1e-6)))
    model.setOptionValue("dual_feasibility_tolerance", float(np.clip(tol, 1e-10, 1e-6)))
    model.passModel(lp)
    return model


def _left_out(flat: Flat) -> np.ndarray:
    return flat.implied & ~flat.integer & (flat.lower < flat.upper)


class Warm:
    """The relaxation of one program over changing boxes of its integer columns."""

    def __init__(self, flat: Flat, tol: float = 1e-7) -> None:
        self.flat = flat
        self.model: Any = model_of(flat, tol)
        self.integer = np.flatnonzero(flat.integer).astype(np.int32)
        self.left_out = _left_out(flat)

    def solve(self, lower: np.ndarray, upper: np.ndarray, basis: Any = None, time: float = np.inf) -> Solution:
        """Relax over a box (only its integer columns are read), from a basis if one is given [s of time]."""
        model, j = self.model, self.integer
        low, up = np.ascontiguousarray(lower[j], float), np.ascontiguousarray(upper[j], float)
        m, n = self.flat.shape
        if (low > up).any():
            return Solution(np.full(n, np.nan), np.zeros(m), Status.INFEASIBLE, np.nan, 0.0)
        model.changeColsBounds(j.size, j, low, up)
        if basis is not None:
            model.setBasis(basis)
        before = model.getRunTime()
        model.setOptionValue("time_limit", before + max(float(time), 0.0) if np.isfinite(time) else float("inf"))
        status, x = self._run()
        if status is Status.UNBOUNDED and self.left_out.any():
            self._restore(self.left_out)
            status, x = self._run()
        elif status is Status.OPTIMAL and (outside := self.left_out & beyond(self.flat, x)).any():
            self._restore(outside)
            status, x = self._run()
        seconds, iterations = model.getRunTime() - before, max(int(model.getInfo().simplex_iteration_count), 0)
        y = np.array(model.getSolution().row_dual, float)
        if status is Status.INFEASIBLE:
            return Solution(np.full(n, np.nan), self._ray(lower, upper), status, np.nan, seconds, iterations)
        if x.size != n or status is not Status.OPTIMAL:
            x = np.full(n, np.nan)
        y = np.nan_to_num(y) if y.size == m else np.zeros(m)
        return Solution(x, y, status, self.flat.value(x), seconds, iterations, engine="warm")

    def basis(self) -> Any:
        """Basis of the last run."""
        return self.model.getBasis()

    def _run(self) -> tuple[Status, np.ndarray]:
        self.model.run()
        if self.model.getModelStatus() == highspy.HighsModelStatus.kUnboundedOrInfeasible:
            self.model.setOptionValue("presolve", "off")
            self.model.run()
            self.model.setOptionValue("presolve", "choose")
        status = STATUS.get(self.model.getModelStatus(), Status.FAILED)
        return status, np.array(self.model.getSolution().col_value, float)

    def _restore(self, columns: np.ndarray) -> None:
        """Pass implied bounds after all, where the relaxation leaves them."""
        self.left_out = self.left_out & ~columns
        j = np.flatnonzero(columns).astype(np.int32)
        self.model.changeColsBounds(j.size, j, self.flat.lower[j], self.flat.upper[j])

    def _ray(self, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
        """Prices that prove the box empty, zero if HiGHS has none (its sign is not documented: try both)."""
        m = self.flat.shape[0]
        _, has, ray = self.model.getDualRay()
        if not has or ray is None or np.size(ray) != m:
            return np.zeros(m)
        ray = np.nan_to_num(np.array(ray, float))
        return max((ray, -ray), key=lambda y: farkas_bound(self.flat, y, lower, upper))
