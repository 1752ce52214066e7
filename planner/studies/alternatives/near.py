"""The plans within a share of the cost of a plan: how little and how much of a thing they have, proven and reached.

Proven: the relaxation with one more row, cost.x <= allowed, bounds the measure over every plan in it, whole or not, by
the certificate's bound for any prices. Reached: the same with the whole decisions of the plan, those about the thing
alone moved too; what comes back is believed only after the checks of the certificate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse

from planner.certificate import certify, dual_bound
from planner.flat import Flat
from planner.results import Plan
from planner.studies.alternatives.things import Thing

LEAST, MOST = 1.0, -1.0
"""Signs of the measure as an objective."""
SHARP, FAIR = 1e-9, 1e-7
"""Tolerances handed to simplex and to the interior method."""
LARGE = 40_000
"""Columns from which on a program is large."""
LONG = 300.0
"""Seconds for one program."""
KEPT = 1e-6
"""Rows, bounds and integers of a plan that was reached hold to this (relative, as in the certificate)."""
IDLE = 1e-3
"""The budget binds where what it allows beyond the cost of the plan moves the measure by more than this share."""


Fits = Callable[[float], bool]
"""Whether a cost [G USD] will do."""


@dataclass(frozen=True, eq=False)
class Reached:
    """A plan that exists: columns [n], measure of the thing asked about, cost [G USD]."""

    x: np.ndarray
    amount: float
    cost: float


class Near:
    """Plans that cost at most `allowed` [G USD]: a share `within` above a plan."""

    def __init__(self, plan: Plan, within: float) -> None:
        flat = plan.flat
        self.plan, self.integer, self.whole = plan, flat.integer, np.round(plan.x)
        self.cost = flat.value(plan.x)
        self.allowed = self.cost + within * abs(self.cost)
        self.spare = within * abs(self.cost)
        self.free = replace(flat, integer=np.zeros_like(flat.integer))
        self.layout = plan.assembly.program.layout
        self.solved = 0

    def budgeted(self, flat: Flat) -> Flat:
        """A program with one more row: the cost, constants included, is at most what is allowed."""
        return _with_row(flat, flat.cost, self.allowed - flat.constant, -1)

    def proven(self, thing: Thing, sign: float) -> float:
        """Bound of the measure over all plans: from below (`LEAST`) or above (`MOST`), valid for any prices."""
        box = float(thing.weight @ np.where(sign > 0, self.free.lower, self.free.upper)[thing.columns])
        if not thing.columns.size or (sign > 0 and box >= thing.amount(self.plan.x)):
            return box
        flat, per = _measured(self.budgeted(self.free), thing, sign)
        _, y = self._answer(flat)
        found = sign * dual_bound(flat, y) * per
        return max(found, box) if sign > 0 else min(found, box)

    def without(self, thing: Thing) -> Reached | None:
        """The cheapest plan that was found without the thing, whatever it costs; None where there is none.

        Whole decisions about the thing alone are dropped; where no plan is left then, they are kept.
        """
        upper = self.free.upper.copy()
        upper[thing.columns] = np.maximum(self.free.lower[thing.columns], 0.0)
        empty = replace(self.free, upper=upper)
        whole = self.whole.copy()
        dropped = np.concatenate([thing.own, thing.pads])
        whole[dropped] = np.maximum(self.free.lower[dropped], 0.0)
        found = self._reached(self._held(empty, whole), thing, self._fits)
        if found is None and (whole != self.whole).any() and not np.isin(thing.columns, thing.own).any():
            found = self._reached(self._held(empty, self.whole), thing, self._fits)
        return found

    def reached(self, thing: Thing, sign: float) -> Reached:
        """The plan with the least or the most of a thing that was found among those that are allowed, cheap for that.

        Whole decisions about the thing alone are freed and rounded; the others stay; in programs that are not large, or
        where rounding fails, all of them stay, too. At worst the plan itself.
        """
        itself = Reached(self.plan.x, thing.amount(self.plan.x), self.cost)
        own = thing.own[self.free.lower[thing.own] < self.free.upper[thing.own]]
        alone = bool(np.isin(thing.columns, thing.own).all())
        found = None
        if own.size:
            whole = self._decided(thing, sign, own)
            found = None if whole is None else self._ranged(self._held(self.free, whole), thing, sign, alone)
        kept = None
        if not alone and (found is None or self.free.shape[1] < LARGE):
            kept = self._ranged(self._held(self.free, self.whole), thing, sign, False)
        return min((r for r in (itself, kept, found) if r is not None), key=lambda r: sign * r.amount)

    def _ranged(self, held: Flat, thing: Thing, sign: float, alone: bool) -> Reached | None:
        """Least or most over whole decisions that are held; alone: they say all, and the cheapest plan is meant."""
        if alone:
            return self._reached(held, thing, self._allows)
        flat, per = _measured(self.budgeted(held), thing, sign)
        x, y = self._answer(flat)
        found = self._believed(x, thing, self._allows)
        if found is None or self.spare == 0.0 or abs(y[-1]) * self.spare * per > IDLE * max(abs(found.amount), 1e-12):
            return found
        measure = np.zeros(held.shape[1])
        measure[thing.columns] = thing.weight / per
        limit = found.amount / per + sign * KEPT * max(abs(found.amount) / per, 1e-9)
        cheap = self._reached(_with_row(held, measure, limit, -1 if sign > 0 else 1), thing, self._allows)
        return cheap or found

    def _decided(self, thing: Thing, sign: float, own: np.ndarray) -> np.ndarray | None:
        """Whole decisions [n] with those about the thing freed and rounded, period after period; None if that fails."""
        from planner.engines.rounding import decided_box

        box = self._held(self.free, self.whole)
        lower, upper = box.lower.copy(), box.upper.copy()
        lower[own], upper[own] = self.free.lower[own], self.free.upper[own]
        mine = np.zeros_like(self.integer)
        mine[own] = True
        freed = replace(box, lower=lower, upper=upper)
        flat, _ = _measured(self.budgeted(freed), thing, sign)
        x, _ = self._answer(flat)
        if not np.isfinite(x).all():
            return None
        decided = decided_box(replace(freed, integer=mine), x, freed.period, freed.group, freed.weight, FAIR)
        if decided is None:
            return None
        whole = self.whole.copy()
        whole[own] = decided[0][own]
        return whole

    def _held(self, flat: Flat, whole: np.ndarray) -> Flat:
        """A relaxation with whole decisions [n] as bounds."""
        lower, upper = np.where(self.integer, whole, flat.lower), np.where(self.integer, whole, flat.upper)
        return replace(flat, lower=lower, upper=upper)

    def _reached(self, flat: Flat, thing: Thing, fits: Fits) -> Reached | None:
        """The cheapest plan of a program."""
        return self._believed(self._answer(flat)[0], thing, fits)

    def _allows(self, cost: float) -> bool:
        return cost <= self.allowed + KEPT * abs(self.cost)

    def _fits(self, cost: float) -> bool:
        return bool(np.isfinite(cost))

    def _believed(self, x: np.ndarray, thing: Thing, fits: Fits) -> Reached | None:
        """A plan only if every row, bound and integer of the plan's own program holds, and its cost is allowed."""
        if not np.isfinite(x).all():
            return None
        x = np.where(self.integer, np.round(x), np.clip(x, self.plan.flat.lower, self.plan.flat.upper))
        seen, cost = certify(self.plan.flat, x, None, tol=KEPT), self.plan.flat.value(x)
        worst = max(seen.worst_violation, seen.worst_integer, seen.worst_bound)
        return Reached(x, thing.amount(x), cost) if worst <= KEPT and fits(cost) else None

    def _answer(self, flat: Flat) -> tuple[np.ndarray, np.ndarray]:
        """Columns (nan where there are none) and prices of a linear program.

        Implied bounds are left out of large programs, and passed after all where the answer is beyond them.
        """
        from planner.engines.exact import IPX_COLUMNS
        from planner.engines.warm import beyond

        self.solved += 1
        large = flat.shape[1] >= IPX_COLUMNS
        boxed = replace(flat, implied=self.plan.flat.implied)
        x, y = _run(boxed, large, not large)
        return _run(boxed, large, True) if large and beyond(boxed, x).any() else (x, y)


def _run(flat: Flat, large: bool, bounded: bool) -> tuple[np.ndarray, np.ndarray]:
    from planner.engines import Status
    from planner.engines.warm import STATUS, model_of

    model: Any = model_of(flat, FAIR if large else SHARP, bounded=bounded)
    options: dict[str, Any] = {"threads": 1, "time_limit": LONG, "solver": "ipx" if large else "simplex"}
    options |= {"run_crossover": "off", "ipm_optimality_tolerance": 0.1 * FAIR} if large else {}
    for name, value in options.items():
        model.setOptionValue(name, value)
    model.run()
    found = model.getSolution()
    x, y = np.array(found.col_value, float), np.array(found.row_dual, float)
    rows, columns = flat.shape
    if x.size != columns or STATUS.get(model.getModelStatus()) is Status.INFEASIBLE:
        x = np.full(columns, np.nan)
    return x, np.nan_to_num(y) if y.size == rows else np.zeros(rows)


def _measured(flat: Flat, thing: Thing, sign: float) -> tuple[Flat, float]:
    """The program with the measure of a thing as its objective, and how much of the measure is one of that.

    Weights of about 1 per program unit: the interior method ends where the objective is of the size of the rest.
    """
    per = float(thing.weight.max(initial=0.0)) or 1.0
    cost = np.zeros(flat.shape[1])
    cost[thing.columns] = sign * thing.weight / per
    return replace(flat, cost=cost, constant=0.0), per


def _with_row(flat: Flat, row: np.ndarray, limit: float, sense: int) -> Flat:
    """A program with one more row below the others."""
    more = sparse.csr_matrix(row[None, :])
    return replace(
        flat,
        matrix=sparse.csr_matrix(sparse.vstack([flat.matrix, more])),
        rhs=np.r_[flat.rhs, limit],
        sense=np.r_[flat.sense, sense].astype(flat.sense.dtype),
        before=None,
    )
