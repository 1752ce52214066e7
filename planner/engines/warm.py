"""One HiGHS model kept warm: change the bounds of integer columns, run the dual simplex again from a basis.

The reference is `exact.relax`; this exists because cvxpy cannot warm-start a change of bounds. The model holds the
program as `reduced` leaves it: ties substituted, links added where a relaxation breaks them, late columns where their
reduced cost is negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Any

import highspy
import numpy as np
from scipy import sparse

from planner.certificate import dual_bound, farkas_bound
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


CHEAP = 1e-10
"""A late column is added when its reduced cost is below minus this."""


def model_of(flat: Flat, tol: float, *, integers: bool = False, bounded: bool = False) -> highspy.Highs:
    """Silent HiGHS model of a program; implied bounds are left out, except on integers or if `bounded`."""
    upper = np.where(left_out(flat) & ~bounded, np.inf, flat.upper)
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
    a = sparse.csr_matrix(a[rows])
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


def left_out(flat: Flat) -> np.ndarray:
    """Columns whose implied bound a relaxation leaves out, a mask [n]."""
    return flat.implied & ~flat.integer & (flat.lower < flat.upper)


def beyond(flat: Flat, x: np.ndarray) -> np.ndarray:
    """Columns above their implied bound: there it was not implied after all. False where x is nan."""
    return flat.implied & (x > flat.upper + 1e-7 * np.maximum(1.0, np.abs(flat.upper)))


@dataclass(frozen=True, eq=False)
class Corner:
    """A basis of one model, and how many rows and columns it had."""

    highs: Any
    rows: int
    columns: int


def _basis(columns: Any, rows: Any, valid: bool) -> Any:
    out = highspy.HighsBasis()
    out.col_status, out.row_status, out.valid = columns, rows, valid
    return out


class Warm:
    """The relaxation of one program over changing boxes of its integer columns."""

    def __init__(self, flat: Flat, tol: float = 1e-7, reduced: Reduced | None = None) -> None:
        self.flat, self.reduced = flat, Reduced.of(flat) if reduced is None else reduced
        kept, rows = self.reduced.kept, self.reduced.rows
        self.absent = self.reduced.late.copy()
        self.columns = np.flatnonzero(~self.absent)
        self.rows = np.array(rows, int)
        self.left_out = left_out(flat)[kept]
        some = kept[self.columns]
        upper = np.where(self.left_out[self.columns], np.inf, flat.upper[some])
        a, cost = self.reduced.matrix[:, self.columns], self.reduced.cost[self.columns]
        self.model: Any = _model(flat, a, cost, flat.lower[some], upper, rows, tol, False)
        self.integer = np.flatnonzero(flat.integer)
        self.place = np.flatnonzero(flat.integer[some]).astype(np.int32)
        self.linked = np.zeros(self.reduced.links.size, bool)
        self.until = np.inf

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
        begun = perf_counter()
        self.until = begun + time
        status, x, y, iterations = self._grown(lower, upper)
        seconds = perf_counter() - begun
        found = status is Status.OPTIMAL and x.size == self.reduced.kept.size
        x = self.reduced.columns(x) if found else np.full(n, np.nan)
        if status is not Status.INFEASIBLE and y.any():
            y = self._better(y, lower, upper) if status is Status.LIMIT else self.reduced.prices(y)
        return Solution(x, y, status, self.flat.value(x), seconds, iterations, engine="warm")

    def corner(self) -> Corner:
        """Where the last run ended, for this model alone."""
        return Corner(self.model.getBasis(), self.rows.size, self.columns.size)

    def basis(self) -> Any:
        """Basis of the last run over all rows and columns of the program: for any model of its structure."""
        highs, reduced = self.model.getBasis(), self.reduced
        if not (reduced.links.size or reduced.tied.size):
            return highs
        kinds = highspy.HighsBasisStatus
        columns, rows = [kinds.kLower] * self.flat.shape[1], [kinds.kBasic] * self.flat.shape[0]
        for j in reduced.tied.tolist():
            columns[j] = kinds.kBasic
        for j, kind in zip(reduced.kept[self.columns].tolist(), highs.col_status, strict=True):
            columns[j] = kind
        for i in reduced.row.tolist():
            rows[i] = kinds.kUpper
        for i, kind in zip(self.rows.tolist(), highs.row_status, strict=True):
            rows[i] = kind
        return _basis(columns, rows, highs.valid)

    def _start(self, basis: Any) -> None:
        """Start from a basis; what came later is loose in it, what it leans on is added."""
        kinds, reduced = highspy.HighsBasisStatus, self.reduced
        highs = basis
        if isinstance(basis, Corner):
            highs, rows, columns = basis.highs, self.rows.size - basis.rows, self.columns.size - basis.columns
            if rows or columns:
                loose = [*highs.row_status, *(rows * [kinds.kBasic])]
                highs = _basis([*highs.col_status, *(columns * [kinds.kLower])], loose, highs.valid)
        elif reduced.links.size or reduced.tied.size:
            rows, columns = basis.row_status, basis.col_status
            used = [j for j in np.flatnonzero(self.absent).tolist() if columns[reduced.kept[j]] == kinds.kBasic]
            self._add_columns(np.array(used, int))
            tight = np.array([rows[i] != kinds.kBasic for i in reduced.links.tolist()], bool) & ~self.linked
            self._add_links(np.flatnonzero(tight))
            highs = _basis(
                [columns[j] for j in reduced.kept[self.columns].tolist()], [rows[i] for i in self.rows], basis.valid
            )
        self.model.setBasis(highs)

    def _grown(self, lower: np.ndarray, upper: np.ndarray) -> tuple[Status, np.ndarray, np.ndarray, int]:
        """Run until no link is broken and no late column is cheap: status, kept columns, prices [m], iterations.

        Prices of the last optimum bound the cost even where the time is out.
        """
        iterations, prices = 0, np.zeros(self.flat.shape[0])
        while True:
            status, x = self._run()
            if status is Status.UNBOUNDED and self.left_out[self.columns].any():
                self._restore(self.left_out)
                continue
            if status is Status.OPTIMAL and (outside := self.left_out & self._beyond(x)).any():
                self._restore(outside)
                continue
            iterations += max(int(self.model.getInfo().simplex_iteration_count), 0)
            if status is Status.INFEASIBLE:
                ray = self._ray(lower, upper)
                more = self._missing(ray, lower, upper)
                if not more.size:
                    return status, x, ray, iterations
                self._add_columns(more)
                continue
            if status is Status.OPTIMAL or not prices.any():
                prices = self._prices(np.array(self.model.getSolution().row_dual, float))
            if status not in (Status.OPTIMAL, Status.UNBOUNDED):
                return status, x, prices, iterations
            links = self.reduced.broken(x, self.linked)
            columns = self._cheap(prices) if status is Status.OPTIMAL else np.zeros(0, int)
            if not (links.size or columns.size):
                return status, x, prices, iterations
            self._add_columns(columns)
            self._add_links(links)

    def _better(self, y: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
        """Prices where the time was out: also links that are not there take what their columns would lack."""
        both = (self.reduced.prices(y), self.reduced.prices(self.reduced.weighed(y)))
        return max(both, key=lambda prices: dual_bound(self.flat, prices, lower, upper))

    def _cheap(self, y: np.ndarray) -> np.ndarray:
        """Late columns whose reduced cost is negative, where no link weighs on them yet."""
        if not self.absent.any():
            return np.zeros(0, int)
        return np.flatnonzero(self.absent & (self.reduced.cost - self.reduced.turned @ y < -CHEAP))

    def _missing(self, ray: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
        """Late columns that break a proof that there is no plan, the cheapest first; none if it holds for all."""
        if not self.absent.any() or farkas_bound(self.flat, ray, lower, upper) > 0:
            return np.zeros(0, int)
        breaks = np.flatnonzero(self.absent & (self.reduced.turned @ ray > 0))
        breaks = breaks if breaks.size else np.flatnonzero(self.absent)
        return breaks[np.argsort(self.reduced.cost[breaks], kind="stable")[: self.columns.size]]

    def _add_columns(self, columns: np.ndarray) -> None:
        """Pass late columns (positions in `kept`), with what they have in the rows that are there."""
        if not columns.size:
            return
        some = self.reduced.kept[columns]
        a = sparse.csr_matrix(self.reduced.turned[columns][:, self.rows])
        upper = np.where(self.left_out[columns], np.inf, self.flat.upper[some])
        self.model.addCols(columns.size, self.reduced.cost[columns], self.flat.lower[some], upper, a.nnz, *_entries(a))
        self.columns = np.r_[self.columns, columns]
        self.absent[columns] = False

    def _add_links(self, links: np.ndarray) -> None:
        if not links.size:
            return
        a = sparse.csr_matrix(self.reduced.link(links)[:, self.columns])
        right = self.flat.rhs[self.reduced.links[links]]
        self.model.addRows(links.size, np.full(links.size, -highspy.kHighsInf), right, a.nnz, *_entries(a))
        self.linked[links] = True
        self.rows = np.r_[self.rows, self.reduced.links[links]]

    def _run(self) -> tuple[Status, np.ndarray]:
        """Status and the kept columns (those that are absent are zero)."""
        left = max(self.until - perf_counter(), 0.0)
        self.model.setOptionValue("time_limit", self.model.getRunTime() + left if np.isfinite(left) else float("inf"))
        self.model.run()
        if self.model.getModelStatus() == highspy.HighsModelStatus.kUnboundedOrInfeasible:
            self.model.setOptionValue("presolve", "off")
            self.model.run()
            self.model.setOptionValue("presolve", "choose")
        status = STATUS.get(self.model.getModelStatus(), Status.FAILED)
        value = np.array(self.model.getSolution().col_value, float)
        x = np.zeros(self.reduced.kept.size)
        if value.size != self.columns.size:
            return status, value[:0]
        x[self.columns] = value
        return status, x

    def _beyond(self, x: np.ndarray) -> np.ndarray:
        """Kept columns above their implied bound."""
        kept = self.reduced.kept
        upper = self.flat.upper[kept]
        return self.flat.implied[kept] & (x > upper + 1e-7 * np.maximum(1.0, np.abs(upper)))

    def _restore(self, columns: np.ndarray) -> None:
        """Pass implied bounds after all, where the relaxation leaves them."""
        self.left_out = self.left_out & ~columns
        j = np.flatnonzero(columns[self.columns]).astype(np.int32)
        kept = self.reduced.kept[self.columns[j]]
        self.model.changeColsBounds(j.size, j, self.flat.lower[kept], self.flat.upper[kept])

    def _prices(self, y: np.ndarray) -> np.ndarray:
        """Prices of all rows [m] but ties from those of the model (zero where it has none)."""
        out = np.zeros(self.flat.shape[0])
        out[self.rows[: y.size]] = np.nan_to_num(y)
        return out

    def _ray(self, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
        """Prices that prove the box empty, zero if HiGHS has none (its sign is not documented: try both)."""
        _, has, ray = self.model.getDualRay()
        if not has or ray is None or np.size(ray) != self.rows.size:
            return np.zeros(self.flat.shape[0])
        both = (self.reduced.prices(self._prices(sign * np.array(ray, float)), cost=False) for sign in (1.0, -1.0))
        return max(both, key=lambda y: farkas_bound(self.flat, y, lower, upper))


def _entries(a: sparse.csr_matrix) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Starts, indices and values as HiGHS takes them."""
    start, index = np.asarray(a.indptr)[:-1], np.asarray(a.indices)
    return start.astype(np.int32), index.astype(np.int32), np.asarray(a.data, float)
