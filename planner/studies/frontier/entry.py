"""The launch price at which the first satellite pays for itself, by Newton's method on linear programs.

What the first unit of orbit costs over what it saves is a concave, piecewise linear function of the launch price: the
least over all ways to use it of something linear. Newton's method on such a function stops at its root after finitely
many steps. Each step is one linear program that starts from the basis of the plan without orbit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse

from planner.engines import Status
from planner.engines.exact import SIMPLEX_COLUMNS
from planner.engines.warm import STATUS, model_of
from planner.flat import Flat

STEPS = 30
"""Newton steps at most; a handful are taken."""
CLOSE = 1e-4
"""Launch prices agree when they differ by this share."""
ASIDE = 0.03
"""Shares to both sides of a price at which the plan is solved again to show that orbit enters below it alone."""
SHARE = 1e-5
"""The first unit, as a share of all compute that is served until the date."""
FREE = 1.0
"""A launch price that counts as free [USD/kg]: at 0 the number of launches would be arbitrary."""


@dataclass(frozen=True, eq=False)
class Straight:
    """A program whose numbers are linear in the launch price: least, at 0; cost, matrix, rhs: more for each USD/kg."""

    least: Flat
    cost: np.ndarray
    matrix: Any
    rhs: np.ndarray

    @classmethod
    def through(cls, one: Flat, other: Flat, a: float, b: float) -> Straight:
        """The line through two programs at prices a and b [USD/kg]."""
        cost, matrix, rhs = (
            (y - x) / (b - a) for x, y in ((one.cost, other.cost), (one.matrix, other.matrix), (one.rhs, other.rhs))
        )
        least = replace(
            one, cost=one.cost - a * cost, matrix=sparse.csr_matrix(one.matrix - a * matrix), rhs=one.rhs - a * rhs
        )
        return cls(least, cost, sparse.csr_matrix(matrix), rhs)

    def at(self, price: float) -> Flat:
        """The program at a launch price [USD/kg]."""
        return replace(
            self.least,
            cost=self.least.cost + price * self.cost,
            matrix=sparse.csr_matrix(self.least.matrix + price * self.matrix),
            rhs=self.least.rhs + price * self.rhs,
        )


@dataclass(frozen=True, eq=False)
class Entry:
    """Launch price [USD/kg] below which orbit enters.

    price: 0 where not even a free launch brings it in, inf where it enters at any, nan where no plan has any. shown:
    whether plans at both sides of the price (at 0: with free launches) say so.
    """

    price: float
    shown: bool


class Ground:
    """The plan without orbit, at least cost with whole decisions fractional: where every entry starts from.

    columns: what counts orbit until the date [k]; flights: launches [l], of which `late` ones are after the date.
    """

    def __init__(self, flat: Flat, columns: np.ndarray, flights: np.ndarray, late: np.ndarray, served: float) -> None:
        self.columns, self.flights, self.late = columns, flights, late
        self.asked = SHARE * served
        self.solves = 0
        upper = flat.upper.copy()
        upper[flights] = 0.0
        model = self._model(replace(flat, upper=upper), 0.0, 0.0)
        if flat.shape[1] > SIMPLEX_COLUMNS:
            model.setOptionValue("solver", "ipm")
            model.setOptionValue("run_crossover", "on")
        found = self._run(model)
        if found is None:
            raise ValueError("no plan exists without orbit")
        self.near = model.getBasis()

    def entry(self, program: Straight, guess: float = FREE) -> Entry:
        """The launch price below which a little orbit saves more than it costs; guess: where to look first [USD/kg]."""
        price = max(guess, FREE)
        for _ in range(STEPS):
            found = self._first(program, price)
            if found is None:
                return Entry(np.nan, False)
            value, slope = found
            if price == FREE and value >= 0:
                return Entry(0.0, self._amount(program, FREE) <= 1e-3 * self.asked)
            if slope <= 0:
                return Entry(np.inf, False)
            step = -value / slope
            price = max(price + step, FREE)
            if abs(step) <= CLOSE * price and price > FREE:
                break
        below, above = (self._amount(program, price * (1 + s)) for s in (-ASIDE, ASIDE))
        shown = below >= 0.5 * self.asked and above <= 1e-3 * self.asked
        return Entry(price, shown)

    def _first(self, program: Straight, price: float) -> tuple[float, float] | None:
        """What a unit of orbit costs over what it saves at a launch price, and its slope in the price."""
        flat = program.at(price)
        model = self._model(self._until(flat), self.asked, self.asked, self.near)
        found = self._run(model)
        if found is None:
            return None
        x, y = found
        self.near = model.getBasis()
        flown = np.zeros_like(x)
        flown[self.flights] = x[self.flights]
        slope = (program.cost @ flown - y[:-1] @ (program.matrix @ flown)) / self.asked
        return float(y[-1]), float(slope)

    def _amount(self, program: Straight, price: float) -> float:
        """How much orbit a plan has of its own at a launch price, up to what is asked."""
        found = self._run(self._model(self._until(program.at(price)), 0.0, self.asked, self.near))
        return np.nan if found is None else float(found[0][self.columns].sum())

    def _until(self, flat: Flat) -> Flat:
        upper = flat.upper.copy()
        upper[self.late] = 0.0
        return replace(flat, upper=upper)

    def _model(self, flat: Flat, least: float, most: float, basis: Any = None) -> Any:
        """HiGHS with a last row: the sum of orbit's columns between two amounts."""
        k = self.columns.size
        row = sparse.csr_matrix((np.ones(k), (np.zeros(k, int), self.columns)), (1, flat.shape[1]))
        wide = replace(
            flat,
            matrix=sparse.csr_matrix(sparse.vstack([flat.matrix, row])),
            rhs=np.r_[flat.rhs, least],
            sense=np.r_[flat.sense, 0].astype(flat.sense.dtype),
            integer=np.zeros_like(flat.integer),
            before=None,
        )
        model = model_of(wide, 1e-9)
        model.changeRowBounds(flat.shape[0], least, most)
        if basis is not None:
            model.setBasis(basis)
            model.setOptionValue("solver", "simplex")
            model.setOptionValue("dual_simplex_cost_perturbation_multiplier", 0.0)  # a short way stays short
        return model

    def _run(self, model: Any) -> tuple[np.ndarray, np.ndarray] | None:
        """Columns and prices at the optimum; None where no plan exists."""
        model.run()
        self.solves += 1
        status = STATUS.get(model.getModelStatus())
        if status is Status.OPTIMAL:
            s = model.getSolution()
            return np.array(s.col_value, float), np.array(s.row_dual, float)
        if status is Status.INFEASIBLE:
            return None
        name = model.modelStatusToString(model.getModelStatus())
        raise ArithmeticError(f"HiGHS found neither an optimum nor that there is none ({name.lower()})")
