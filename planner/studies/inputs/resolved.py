"""Costs at other inputs: the program read again from changed tables and solved again, whole decisions held or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from planner.assemble import Assembly, assemble
from planner.certificate import dual_bound
from planner.compiled import executable
from planner.engines import Solution, Status
from planner.flat import Flat
from planner.program import Layout
from planner.results import Plan
from planner.studies.design.choices import Free
from planner.studies.design.landscape import SHARP, Judged
from planner.studies.inputs.known import Known
from planner.studies.structure import Structures
from planner.tables import Tables

Cell = tuple[str, str, str]
"""Table, row and column of an input; a setting is ("scenario", "scenario", name)."""

WAITED = ("join[", "line[")
"""Whole decisions that are not taken where what they bring would come after the end."""


def straight(moves: Iterable[tuple[Cell, np.ndarray, np.ndarray]]) -> Free:
    """Coordinates that move inputs along straight lines, one for each period of a column by year.

    moves: the cell, its values at 0 and at 1 (scalars, or ``[T]``); nothing is made where the two are the same.
    """
    paths, low, high = [], [], []
    for (table, row, column), here, there in moves:
        by_year = np.ndim(here) > 0
        for period, (a, b) in enumerate(zip(np.atleast_1d(here), np.atleast_1d(there), strict=True)):
            if a != b:
                paths.append(f"{table}.{row}.{column}" + (f"@{period}" if by_year else ""))
                low.append(float(a))
                high.append(float(b))
    return Free(tuple(paths), ("",) * len(paths), np.array(low), np.array(high), np.array(low))


def whole_decisions(plan: Plan) -> dict[str, float] | None:
    """Every integer column of a plan that is not zero, by name; None for a relaxation."""
    if plan.options.get("relax"):
        return None
    return held_columns(plan.assembly.program.layout, plan.x)


def held_columns(layout: Layout, x: np.ndarray) -> dict[str, float]:
    """Integer columns that are not zero, by name."""
    some = np.flatnonzero(layout.integer & (np.round(x) != 0))
    names = layout.column_names() if some.size else []
    return {names[j]: float(np.round(x[j])) for j in some}


class Resolved:
    """Costs, and slopes where asked for, along straight moves of inputs: one `Judged` per place ``[k, n]``.

    held: whole decisions by name (absent: zero), None leaves integers fractional. Structure is read again from the
    changed tables at each place. A place without a plan costs infinity. Counts what it solved in `solved`.
    known: what other solves of these tables found; added to.
    """

    def __init__(
        self,
        tables: Tables,
        free: Free,
        held: dict[str, float] | None = None,
        *,
        slopes: bool = True,
        known: Known | None = None,
    ) -> None:
        self.tables, self.free, self.held, self.slopes = tables, free, held, slopes
        self.known = known or Known(Structures(tables, waitless=True))
        self.cells = free.cells()
        self.solved = 0
        row = {t: {k: i for i, k in enumerate(tables.keys(t))} for t, *_ in self.cells if t != "scenario"}
        self.at: list[tuple[str, str, Any]] = [
            (t, c, () if t == "scenario" else row[t][r] if period is None else (row[t][r], period))
            for t, r, c, period in self.cells
        ]
        self._of_structure: dict[int, tuple[Any, Any]] = {}
        self._bases: dict[str, Any] = {}
        self._fixed: tuple[str, np.ndarray, np.ndarray] = "", np.zeros(0), np.zeros(0, bool)

    def __call__(self, places: Iterable[np.ndarray]) -> list[Judged]:
        """Solve at places, 0 where an input stands at the start of its move and 1 at its end."""
        begun = [self.later(p) for p in places]
        return [judged() for judged in begun]

    def later(self, place: np.ndarray) -> Callable[[], Judged]:
        """Begin to solve at a place ``[n]``: what comes back waits for the answer when it is called.

        Large programs are solved in threads meanwhile (`Known.solved`), small ones at once.
        """
        from planner.engines.exact import SIMPLEX_COLUMNS

        place = np.asarray(place, float)
        tables = self.changed(place)
        assembly = self.known.structures.assembly(tables)
        flat, layout = self._flat(assembly), assembly.program.layout
        self.solved += 1
        if flat.shape[1] <= SIMPLEX_COLUMNS:
            judged = self._judged(place, layout, assembly, flat, self._answer(flat, layout.digest))
            return lambda: judged
        answer = self.known.solved(flat, layout, tables, self.held)
        sloping = assembly if self.slopes else None  # many may wait, and an assembly is large
        return lambda: self._judged(place, layout, sloping, flat, answer())

    def changed(self, place: np.ndarray) -> Tables:
        """The tables at a place, settings too."""
        numbers = {t: dict(c) for t, c in self.tables.numbers.items()}
        settings = dict(self.tables.settings)
        copied: set[tuple[str, str]] = set()
        for (table, column, at), start, value in zip(self.at, self.free.start, self.free.values(place), strict=True):
            if value == start:
                continue
            if table == "scenario":
                settings[column] = float(value)
                continue
            if (table, column) not in copied:
                numbers[table][column] = numbers[table][column].copy()
                copied.add((table, column))
            numbers[table][column][at] = value
        return replace(self.tables, numbers=numbers, settings=settings)

    def _flat(self, assembly: Assembly) -> Flat:
        """The program with whole decisions held, or fractional."""
        flat, layout = assembly.program.flat(), assembly.program.layout
        flat = replace(flat, integer=np.zeros_like(flat.integer))
        if self.held is None or not layout.integer.any():
            return flat
        if layout.digest != self._fixed[0]:
            names, whole = layout.column_names(), np.flatnonzero(layout.integer)
            held = np.array([self.held.get(names[j], 0.0) for j in whole])
            waited = np.array([names[j].startswith(WAITED) for j in whole])
            self._fixed = layout.digest, held, waited
        lower, upper = flat.lower.copy(), flat.upper.copy()
        _, held, waited = self._fixed
        late = waited & (upper[layout.integer] <= 0.0)
        lower[layout.integer] = upper[layout.integer] = np.where(late, 0.0, held)
        return flat.with_bounds(lower, upper)

    def _answer(self, flat: Flat, digest: str) -> Solution:
        """By simplex from the last basis of this structure; what that does not end, from nothing."""
        from planner.engines.exact import relax
        from planner.engines.warm import Warm

        warm = Warm(flat, SHARP)
        answer = warm.solve(flat.lower, flat.upper, self._bases.get(digest))
        if answer.status is not Status.OPTIMAL:
            return relax(flat, tol=SHARP)
        self._bases[digest] = warm.basis()
        return answer

    def _judged(
        self, place: np.ndarray, layout: Layout, assembly: Assembly | None, flat: Flat, answer: Solution
    ) -> Judged:
        slope = np.zeros(len(self.cells))
        if not answer.has_plan or answer.status is not Status.OPTIMAL:
            return Judged(place, np.inf, np.inf, slope, None)
        x, y = layout.split_columns(answer.x), layout.split_rows(answer.y)
        if self.slopes and assembly is not None and len(self.cells):
            data = assembly.tables.data()
            asked = {t: {c: data[t][c] for u, c, _ in self.at if u == t} for t in {t for t, *_ in self.at}}
            if id(assembly.sets) not in self._of_structure:  # the sets are kept alive: their id stands for them
                run = executable(_lagrangian_slope(assembly), asked, data, x, y)
                self._of_structure[id(assembly.sets)] = run, assembly.sets
            slopes = self._of_structure[id(assembly.sets)][0](asked, data, x, y)
            found = {(t, c): np.asarray(v) for t, columns in slopes.items() for c, v in columns.items()}
            slope = np.array([float(found[t, c][at]) for t, c, at in self.at]) * 1e3
            slope = np.nan_to_num(slope) * (self.free.high - self.free.low)
        return Judged(place, answer.objective * 1e3, dual_bound(flat, answer.y) * 1e3, slope, x)


def _lagrangian_slope(assembly: Assembly) -> Any:
    """Slope of the cost in the numbers that are asked for, at fixed columns and prices (`planner.gradient`)."""
    tables, sets = assembly.tables, assembly.sets

    def lagrangian(asked: Any, data: Any, x: Any, y: Any) -> jax.Array:
        whole = {t: (columns | asked[t] if t in asked else columns) for t, columns in data.items()}
        return jnp.asarray(assemble(tables, sets, whole).program.lagrangian(x, y))

    return jax.grad(lagrangian)
