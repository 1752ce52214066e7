"""The cost of the relaxed plan over a space of designs, with its gradient; many designs at once."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from planner.assemble import Assembly, assemble
from planner.certificate import dual_bound
from planner.compiled import executable
from planner.engines import Solution, Status
from planner.flat import Flat
from planner.studies.design.choices import Free
from planner.studies.structure import Structures
from planner.tables import Tables

SHARP = 1e-9
"""Tolerance [-] of the relaxations: slopes are differences of small numbers."""
KEPT = 64
"""Bases that are kept to start from."""


@dataclass(frozen=True, eq=False)
class Judged:
    """A design that was priced, at a place in the unit cube.

    cost: of the relaxed plan [M USD], infinite without one. bound: what its prices prove [M USD]. slope: of the cost
    in the unit cube [M USD] ``[n]``. plan: variable blocks of the relaxed plan, None without one.
    """

    place: np.ndarray
    cost: float
    bound: float
    slope: np.ndarray
    plan: Any = None


class Landscape:
    """Prices designs: ``landscape(places)`` is one `Judged` per place ``[k, n]`` of the unit cube.

    engine: "exact" (HiGHS, one thread per core, each from the basis of the plan before) or "interior" (JAX: all places
    in one batch on an accelerator, one after the other on a CPU). without: row families that do not hold. Counts what
    it priced in `priced`.
    """

    def __init__(
        self, tables: Tables, free: Free, engine: str = "exact", workers: int = 2, without: tuple[str, ...] = ()
    ) -> None:
        self.tables, self.free, self.engine, self.workers, self.without = tables, free, engine, workers, without
        self.structures = Structures(tables)
        self.cells = free.cells()
        self.priced = 0
        self._slope: Any = None
        self._bases: list[tuple[np.ndarray, Any]] = []

    def __call__(self, places: np.ndarray | Sequence[np.ndarray]) -> list[Judged]:
        """Price designs at places in the unit cube ``[k, n]``."""
        if not len(places):
            return []
        places = np.atleast_2d(np.asarray(places, float))
        self.priced += len(places)
        changed = [self.changed(p) for p in places]
        assemblies = [self.structures.assembly(t) for t in changed]
        flats = [self._flat(a) for a in assemblies]
        answers = self._relaxed(places, flats)
        return [
            self._judged(p, a, f, s) for p, a, f, s in zip(places, assemblies, flats, answers, strict=True)
        ]  # fmt: skip

    def changed(self, place: np.ndarray) -> Tables:
        """The tables with the design at a place."""
        numbers = {t: dict(c) for t, c in self.tables.numbers.items()}
        for table, column in {(t, c) for t, _, c, _ in self.cells}:
            numbers[table][column] = numbers[table][column].copy()
        for (table, row, column, period), value in zip(self.cells, self.free.values(place), strict=True):
            at = self.tables.keys(table).index(row)
            numbers[table][column][at if period is None else (at, period)] = value
        return replace(self.tables, numbers=numbers)

    def _flat(self, assembly: Assembly) -> Flat:
        """The relaxed program, without the rows that do not hold."""
        flat = assembly.program.flat()
        layout = assembly.program.layout
        names = np.repeat([b.name for b in layout.rows], [int(b.exists.sum()) for b in layout.rows])
        free = np.isin(names, self.without)
        rhs = np.where(free, np.where(flat.sense >= 0, -np.inf, np.inf), flat.rhs)
        sense = np.where(free & (flat.sense == 0), 1, flat.sense)
        return replace(flat, integer=np.zeros_like(flat.integer), rhs=rhs, sense=sense)

    def _relaxed(self, places: np.ndarray, flats: list[Flat]) -> list[Solution]:
        if self.engine == "interior":
            from planner.engines.interior import numbers_of, structure_for
            from planner.engines.interior.lanes import batch, solution
            from planner.engines.interior.method import Options

            structure = structure_for(*flats, lanes=len(flats))
            results = batch(structure, [numbers_of(f) for f in flats], Options(tol=SHARP))
            return [solution(f, r) for f, r in zip(flats, results, strict=True)]
        with ThreadPoolExecutor(max(1, min(self.workers, len(flats)))) as crew:
            return list(crew.map(self._warm, places, flats))

    def _warm(self, place: np.ndarray, flat: Flat) -> Solution:
        """The relaxation: large programs by the interior method, others by simplex from the nearest basis at hand."""
        from planner.engines.exact import SIMPLEX_COLUMNS, relax
        from planner.engines.warm import Warm

        if flat.shape[1] > SIMPLEX_COLUMNS:
            return relax(flat, "ipx", tol=SHARP, crossover=False, threads=1)
        warm = Warm(flat, SHARP)
        near = min(self._bases, key=lambda known: float(np.abs(known[0] - place).max()), default=(place, None))
        answer = warm.solve(flat.lower, flat.upper, near[1])
        if answer.status is Status.OPTIMAL:
            self._bases = [*self._bases, (place, warm.basis())][-KEPT:]
            return answer
        return relax(flat, tol=SHARP)

    def _judged(self, place: np.ndarray, assembly: Assembly, flat: Flat, answer: Solution) -> Judged:
        if not answer.has_plan:
            return Judged(place, np.inf, np.inf, np.zeros(len(self.cells)), None)
        layout = assembly.program.layout
        x, y = layout.split_columns(answer.x), layout.split_rows(answer.y)
        data = assembly.tables.data()
        design = {t: {c: data[t][c] for u, _, c, _ in self.cells if u == t} for t, _, _, _ in self.cells}
        if self._slope is None:
            self._slope = executable(self._lagrangian_slope(assembly), design, data, x, y)
        slopes = self._slope(design, data, x, y)
        rows = [self.tables.keys(t).index(row) for t, row, _, _ in self.cells]
        of = [slopes[t][c][i if s is None else (i, s)] for i, (t, _, c, s) in zip(rows, self.cells, strict=True)]
        slope = np.array(of, float) * 1e3 * (self.free.high - self.free.low)
        return Judged(place, answer.objective * 1e3, dual_bound(flat, answer.y) * 1e3, slope, x)

    def _lagrangian_slope(self, assembly: Assembly) -> Any:
        tables, sets = assembly.tables, assembly.sets

        def lagrangian(design: Any, data: Any, x: Any, y: Any) -> jax.Array:
            whole = {t: (columns | design[t] if t in design else columns) for t, columns in data.items()}
            return jnp.asarray(assemble(tables, sets, whole).program.lagrangian(x, y))

        return jax.grad(lagrangian)
