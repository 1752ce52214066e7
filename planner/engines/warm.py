"""One HiGHS model kept warm: change the bounds of integer columns, run the dual simplex again from a basis.

The reference is `exact.relax`; this exists because cvxpy cannot warm-start a change of bounds. The model holds the
program as `reduced` leaves it: ties substituted, links added where a relaxation breaks them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from planner.certificate import farkas_bound
from planner.engines import Solution, Status
from planner.engines.reduced import Reduced
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
    upper = np.where(_left_out(flat) & ~bounded, np.inf, flat.upper)
    return _model(flat, flat.matrix, flat.cost, flat.lower, upper, slice(None), tol, integers)


def _model(
    flat: Flat,
    a: Any,
    cost: np.ndarray,
    lower: np.ndarray,
    upper: np.ndarray,
    rows: np.ndarray | slice,
    tol: float,
    integers: bool,
) -> highspy.Highs:
    sense, rhs = flat.sense[rows], flat.rhs[rows]
    a = a[rows].tocsr()
    lp: Any = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = a.shape
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, lower, upper
    lp.row_lower_ = np.where(sense >= 0, rhs, -np.inf)
    lp.row_upper_ = np.where(sense <= 0, rhs, np.inf)
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


@dataclass(frozen=True, eq=False)
class Corner:
    """A basis of one model, and how many rows it had then."""

    highs: Any
    rows: int


def _basis(columns: Any, rows: Any, valid: bool) -> Any:
    out = highspy.HighsBasis()
    out.col_status, out.row_status, out.valid = columns, rows, valid
    return out


class Warm:
    """The relaxation of one program over changing boxes of its integer columns."""

    def __init__(self, flat: Flat, tol: float = 1e-7, reduced: Reduced | None = None) -> None:
        self.flat, self.reduced = flat, Reduced.of(flat) if reduced is None else reduced
        kept = self.reduced.kept
        left_out = _left_out(flat)[kept]
        upper = np.where(left_out, np.inf, flat.upper[kept])
        rows = self.reduced.rows
        self.model: Any = _model(
            flat, self.reduced.matrix, self.reduced.cost, flat.lower[kept], upper, rows, tol, False
        )
        self.integer = np.flatnonzero(flat.integer)
        self.place = np.flatnonzero(flat.integer[kept]).astype(np.int32)
        self.left_out = left_out
        self.rows = list(rows)
        self.linked = np.zeros(self.reduced.links.size, bool)

    def solve(self, lower: np.ndarray, upper: np.ndarray, basis: Any = None, time: float = np.inf) -> Solution:
        """Relax over a box (only its integer columns are read), from a `basis` or `corner` if given, in time [s]."""
        model, j = self.model, self.integer
        low, up = np.ascontiguousarray(lower[j], float), np.ascontiguousarray(upper[j], float)
        m, n = self.flat.shape
        if (low > up).any():
            return Solution(np.full(n, np.nan), np.zeros(m), Status.INFEASIBLE, np.nan, 0.0)
        model.changeColsBounds(j.size, self.place, low, up)
        if basis is not None:
            self._start(basis)
        before = model.getRunTime()
        model.setOptionValue("time_limit", before + max(float(time), 0.0) if np.isfinite(time) else float("inf"))
        status, x, y, iterations = self._linked_run()
        seconds = model.getRunTime() - before
        if status is Status.INFEASIBLE:
            return Solution(np.full(n, np.nan), self._ray(lower, upper), status, np.nan, seconds, iterations)
        x = (
            self.reduced.columns(x)
            if x.size == self.reduced.kept.size and status is Status.OPTIMAL
            else np.full(n, np.nan)
        )
        return Solution(x, self._prices(y), status, self.flat.value(x), seconds, iterations, engine="warm")

    def corner(self) -> Corner:
        """Where the last run ended, for this model alone."""
        return Corner(self.model.getBasis(), len(self.rows))

    def basis(self) -> Any:
        """Basis of the last run over all rows and columns of the program: for any model of its structure."""
        highs, reduced = self.model.getBasis(), self.reduced
        if not (reduced.links.size or reduced.tied.size):
            return highs
        kinds = highspy.HighsBasisStatus
        columns, rows = [kinds.kBasic] * self.flat.shape[1], [kinds.kBasic] * self.flat.shape[0]
        for j, kind in zip(reduced.kept.tolist(), highs.col_status, strict=True):
            columns[j] = kind
        for i in reduced.row.tolist():
            rows[i] = kinds.kUpper
        for i, kind in zip(self.rows, highs.row_status, strict=True):
            rows[i] = kind
        return _basis(columns, rows, highs.valid)

    def _start(self, basis: Any) -> None:
        """Start from a basis; links that came later are loose in it, links that it leans on are added."""
        if isinstance(basis, Corner):
            more = len(self.rows) - basis.rows
            loose = more * [highspy.HighsBasisStatus.kBasic]
            old = basis.highs
            highs = _basis(old.col_status, [*old.row_status, *loose], old.valid) if more else old
        elif self.reduced.links.size or self.reduced.tied.size:
            rows, links = basis.row_status, self.reduced.links
            tight = np.array([rows[i] != highspy.HighsBasisStatus.kBasic for i in links.tolist()], bool) & ~self.linked
            self._add(np.flatnonzero(tight))
            columns = basis.col_status
            highs = _basis([columns[j] for j in self.reduced.kept.tolist()], [rows[i] for i in self.rows], basis.valid)
        else:
            highs = basis
        self.model.setBasis(highs)

    def _linked_run(self) -> tuple[Status, np.ndarray, np.ndarray, int]:
        """Run until no link is broken; the prices of the last optimum bound the cost even where the time is out."""
        iterations, prices = 0, np.zeros(0)
        while True:
            status, x = self._run()
            if status is Status.UNBOUNDED and self.left_out.any():
                self._restore(self.left_out)
                continue
            if status is Status.OPTIMAL and (outside := self.left_out & self._beyond(x)).any():
                self._restore(outside)
                continue
            iterations += max(int(self.model.getInfo().simplex_iteration_count), 0)
            y = np.array(self.model.getSolution().row_dual, float)
            prices = y if status is Status.OPTIMAL or not prices.size else prices
            more = self.reduced.broken(x, self.linked) if status in (Status.OPTIMAL, Status.UNBOUNDED) else np.zeros(0)
            if not more.size:
                return status, x, prices, iterations
            self._add(more)

    def _add(self, links: np.ndarray) -> None:
        if not links.size:
            return
        a, count = self.reduced.link(links), links.size
        right = self.flat.rhs[self.reduced.links[links]]
        nothing = np.full(count, -highspy.kHighsInf)
        self.model.addRows(count, nothing, right, a.nnz, a.indptr[:-1].astype(np.int32), a.indices, a.data)
        self.linked[links] = True
        self.rows += list(self.reduced.links[links])

    def _run(self) -> tuple[Status, np.ndarray]:
        self.model.run()
        if self.model.getModelStatus() == highspy.HighsModelStatus.kUnboundedOrInfeasible:
            self.model.setOptionValue("presolve", "off")
            self.model.run()
            self.model.setOptionValue("presolve", "choose")
        status = STATUS.get(self.model.getModelStatus(), Status.FAILED)
        return status, np.array(self.model.getSolution().col_value, float)

    def _beyond(self, x: np.ndarray) -> np.ndarray:
        """Kept columns above their implied bound."""
        kept = self.reduced.kept
        upper = self.flat.upper[kept]
        return self.flat.implied[kept] & (x > upper + 1e-7 * np.maximum(1.0, np.abs(upper)))

    def _restore(self, columns: np.ndarray) -> None:
        """Pass implied bounds after all, where the relaxation leaves them."""
        self.left_out = self.left_out & ~columns
        j = np.flatnonzero(columns).astype(np.int32)
        kept = self.reduced.kept[j]
        self.model.changeColsBounds(j.size, j, self.flat.lower[kept], self.flat.upper[kept])

    def _prices(self, y: np.ndarray, *, cost: bool = True) -> np.ndarray:
        """Prices of all rows [m] from those of the model (zero where it has none)."""
        out = np.zeros(self.flat.shape[0])
        out[self.rows[: y.size]] = np.nan_to_num(y)
        return self.reduced.prices(out, cost=cost) if y.any() else out

    def _ray(self, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
        """Prices that prove the box empty, zero if HiGHS has none (its sign is not documented: try both)."""
        _, has, ray = self.model.getDualRay()
        if not has or ray is None or np.size(ray) != len(self.rows):
            return np.zeros(self.flat.shape[0])
        both = (self._prices(sign * np.array(ray, float), cost=False) for sign in (1.0, -1.0))
        return max(both, key=lambda y: farkas_bound(self.flat, y, lower, upper))
