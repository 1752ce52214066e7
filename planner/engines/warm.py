"""One HiGHS model kept warm: change the bounds of integer columns, run the dual simplex again from a basis.

The reference is `exact.relax`; this exists because cvxpy cannot warm-start a change of bounds.
"""

from __future__ import annotations

from typing import Any

import highspy
import numpy as np

from planner.certificate import farkas_bound
from planner.engines import Solution, Status
from planner.program import Flat

STATUS = {
    highspy.HighsModelStatus.kOptimal: Status.OPTIMAL,
    highspy.HighsModelStatus.kInfeasible: Status.INFEASIBLE,
    highspy.HighsModelStatus.kUnbounded: Status.UNBOUNDED,
    highspy.HighsModelStatus.kTimeLimit: Status.LIMIT,
    highspy.HighsModelStatus.kIterationLimit: Status.LIMIT,
}


class Warm:
    """The relaxation of one program over changing boxes of its integer columns."""

    def __init__(self, flat: Flat, tol: float = 1e-7) -> None:
        self.flat = flat
        m, n = flat.shape
        a = flat.matrix.tocsr()
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = n, m
        lp.col_cost_ = flat.cost
        lp.col_lower_ = flat.lower
        lp.col_upper_ = np.where(flat.implied & ~flat.integer & (flat.lower < flat.upper), np.inf, flat.upper)
        lp.row_lower_ = np.where(flat.sense >= 0, flat.rhs, -np.inf)
        lp.row_upper_ = np.where(flat.sense <= 0, flat.rhs, np.inf)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = a.indptr, a.indices, a.data
        self.model = highspy.Highs()
        self.model.setOptionValue("output_flag", False)
        self.model.setOptionValue("primal_feasibility_tolerance", float(np.clip(tol, 1e-10, 1e-6)))
        self.model.setOptionValue("dual_feasibility_tolerance", float(np.clip(tol, 1e-10, 1e-6)))
        self.model.passModel(lp)
        self.integer = np.flatnonzero(flat.integer).astype(np.int32)

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
        model.setOptionValue("time_limit", float(before + time) if np.isfinite(time) else float("inf"))
        model.run()
        status = STATUS.get(model.getModelStatus(), Status.FAILED)
        seconds, iterations = model.getRunTime() - before, max(int(model.getInfo().simplex_iteration_count), 0)
        solution = model.getSolution()
        x, y = np.array(solution.col_value, float), np.array(solution.row_dual, float)
        if status is Status.INFEASIBLE:
            return Solution(np.full(n, np.nan), self._ray(lower, upper), status, np.nan, seconds, iterations)
        if x.size != n or status is not Status.OPTIMAL:
            x = np.full(n, np.nan)
        y = np.nan_to_num(y) if y.size == m else np.zeros(m)
        return Solution(x, y, status, self.flat.value(x), seconds, iterations, engine="warm")

    def basis(self) -> Any:
        """Basis of the last run."""
        return self.model.getBasis()

    def _ray(self, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
        """Prices that prove the box empty, zero if HiGHS has none (its sign is not documented: try both)."""
        m = self.flat.shape[0]
        _, has, ray = self.model.getDualRay()
        if not has or ray is None or np.size(ray) != m:
            return np.zeros(m)
        ray = np.nan_to_num(np.array(ray, float))
        return max((ray, -ray), key=lambda y: farkas_bound(self.flat, y, lower, upper))
