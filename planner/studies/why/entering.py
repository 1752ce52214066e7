"""The first unit of something: a least-cost plan with none of it beside one with a little, and what lies between them.

A little of a thing drags columns along (racks, satellites, launches) over rows that nothing else uses. These columns
are its own; all other rows have prices, which say what its own columns take from the rest and give to it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse

from planner.assemble import Assembly
from planner.engines import Status
from planner.engines.warm import STATUS, model_of
from planner.flat import Flat
from planner.studies.bottlenecks.parametric import Parametric, Point
from planner.studies.why.entity import KINDS, Entity
from planner.tables import Tables

LITTLE = 1e-3
"""A little of a thing, as a share of it; where there is none, of its family in the same periods or of one unit."""
SHORTER = (LITTLE, 1e-5, 1e-7)
"""The same where there is none: shares that are tried until a plan has so much."""
NONE = 1e-9
"""A share of its family that counts as none."""
SHORT, LONG = 5.0, 120.0
"""Seconds for a changed program by simplex from a basis close by, and by the interior method after that."""
ZERO = 1e-9
"""Columns and activities below this are zero."""


@dataclass(frozen=True, eq=False)
class Entering:
    """An entity beside the rest of a program, whole decisions fractional.

    columns: what counts it; amount, whole: their sum at least cost, and that of all of their family [program unit].
    base: the optimum. none, little: optima with none of it and with `asked` of it (None where no plan is). own:
    columns that only the little has, with their change [n]. flat: the program with two more rows, "at least" and "at
    most". basis: HiGHS basis of the little, of `flat`.
    """

    assembly: Assembly
    flat: Flat
    columns: np.ndarray
    unit: str
    amount: float
    whole: float
    asked: float
    base: Point
    none: Point | None
    little: Point | None
    own: np.ndarray
    basis: Any

    @property
    def present(self) -> bool:
        """Whether a least-cost plan has any of it."""
        return self.amount > NONE * max(self.whole, 1e-12)

    @property
    def first(self) -> float:
        """What the first unit costs over what it saves [G USD per program unit]; inf where no plan has one.

        Where there is none, the price of the row "at least": differences of cost would have few digits.
        """
        if self.little is None:
            return -np.inf if self.present else np.inf
        if not self.present:
            return float(self.little.y[-2])
        return -np.inf if self.none is None else (self.little.cost - self.none.cost) / self.asked

    def limited(self, least: float, most: float) -> Flat:
        """The program with the sum between two amounts."""
        rhs = self.flat.rhs.copy()
        rhs[-2:] = least, most
        return replace(self.flat, rhs=rhs)


def entering(tables: Tables, assembly: Assembly, what: Entity, *, absent: bool = False) -> Entering:
    """Solve at least cost, with none of it and with a little of it; absent: these two only where there is none."""
    plain, layout = assembly.program.flat(), assembly.program.layout
    columns, unit = what.columns(tables, layout)
    family = replace(what, names=tuple(tables.keys(KINDS[what.kind][0])))
    others, _ = family.columns(tables, layout)
    top = float(np.minimum(plain.upper[columns], 1e6).sum()) + 1.0
    flat = with_sum(plain, columns, top)
    low, high = plain.shape[0], plain.shape[0] + 1
    model = last = Parametric(flat)
    base = model.base
    amount, whole = float(base.x[columns].sum()), float(base.x[others].sum())
    none: Point | None = base
    little: Point | None = None
    if amount <= NONE * max(whole, 1e-12):
        for share in SHORTER if columns.size else SHORTER[-1:]:
            asked = share * (whole if whole > ZERO else 1.0)
            little = model.at(low, asked) if columns.size else None
            if little is not None:
                break
    else:
        asked, none = LITTLE * amount, None
        without = None if absent else _bare(flat)
        if without is not None:
            none, little, last = without.base, without.at(high, asked), without
    own = np.zeros(plain.shape[1]) if none is None or little is None else dragged(plain, columns, none.x, little.x)
    basis = None if little is None else last.model.getBasis()
    return Entering(assembly, flat, columns, unit, amount, whole, asked, base, none, little, own, basis)


def up_to_a_little(found: Entering, changed: Assembly) -> float:
    """How much of the entity a plan of changed inputs has if it may have a little at most; nan where that is not known.

    The cost is convex in the amount: a plan has some if and only if it has some of a little. Starts from the basis of
    the little, which takes a few pivots for small changes; where it takes longer, the interior method answers. Only for
    programs of the same rows and columns.
    """
    if found.basis is None or changed.program.layout.digest != found.assembly.program.layout.digest:
        return np.nan
    model: Any = model_of(with_sum(changed.program.flat(), found.columns, found.asked), 1e-9)
    model.setBasis(found.basis)
    model.setOptionValue("solver", "simplex")
    model.setOptionValue("dual_simplex_cost_perturbation_multiplier", 0.0)
    model.setOptionValue("time_limit", SHORT)
    model.run()
    if STATUS.get(model.getModelStatus()) is Status.LIMIT:
        model.clearSolver()
        model.setOptionValue("solver", "ipm")
        model.setOptionValue("run_crossover", "off")
        model.setOptionValue("time_limit", LONG)
        model.run()
    if STATUS.get(model.getModelStatus()) is not Status.OPTIMAL:
        return np.nan
    return float(np.array(model.getSolution().col_value, float)[found.columns].sum())


def _bare(flat: Flat) -> Parametric | None:
    """The program with none of the entity; None where no plan is."""
    rhs = flat.rhs.copy()
    rhs[-1] = 0.0
    try:
        return Parametric(replace(flat, rhs=rhs))
    except ValueError:
        return None


def dragged(flat: Flat, columns: np.ndarray, none: np.ndarray, little: np.ndarray) -> np.ndarray:
    """Change [n] of the columns that a little of some columns brings along over rows that are idle without it."""
    turned: Any = sparse.csc_matrix(flat.matrix)
    idle = np.asarray(abs(flat.matrix) @ np.abs(none)).ravel() <= ZERO
    new = (np.abs(none) <= ZERO) & (np.abs(little) > ZERO)
    mine = np.zeros(flat.shape[1], bool)
    mine[columns] = np.abs(little[columns] - none[columns]) > ZERO
    links = abs(turned) > 0
    while True:
        rows = np.asarray(links @ mine.astype(float)).ravel() > 0
        more = new & (np.asarray(links.T @ (rows & idle).astype(float)).ravel() > 0) & ~mine
        if not more.any():
            return np.where(mine, little - none, 0.0)
        mine |= more


def with_sum(flat: Flat, columns: np.ndarray, top: float) -> Flat:
    """The program without integers and two more rows on the sum of some columns: at least 0 and at most `top`."""
    ones = sparse.csr_matrix((np.ones(columns.size), (np.zeros(columns.size, int), columns)), (1, flat.shape[1]))
    return replace(
        flat,
        matrix=sparse.csr_matrix(sparse.vstack([flat.matrix, ones, ones])),
        rhs=np.r_[flat.rhs, 0.0, top],
        sense=np.r_[flat.sense, 1, -1].astype(flat.sense.dtype),
        integer=np.zeros_like(flat.integer),
        before=None,
    )
