"""Derivatives of a plan's cost in every input, by the envelope theorem.

With x and y of any engine, dV/dtheta is the derivative of the Lagrangian at fixed x, y: one backward pass through
`assemble` and the `compute_stack` functions. Where the cost has a kink, the value is one slope between the one-sided
ones; `one_sided` gives both by re-solving.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
import pandas as pd

from planner import engines
from planner.assemble import assemble, assemble_compiled
from planner.compiled import compiled
from planner.program import Blocks
from planner.results import Plan
from planner.schema import TABLES
from planner.tables import Tables


@dataclass(frozen=True, eq=False)
class Gradient:
    """d(cost)/d(datum): `values` mirrors `Tables.data()` in M USD of the start per canonical unit of the column.

    Integers are held as the plan has them. For a column that may follow a series the gradient is per period.
    """

    values: dict[str, dict[str, np.ndarray]]
    tables: Tables

    def of(self, table: str, row: str, column: str) -> float:
        """Gradient in one cell; for a column by year: in a shift of the whole series."""
        value = self.values[table][column][self.tables.keys(table).index(row)]
        return float(np.sum(value))

    def frame(self) -> pd.DataFrame:
        """All cells as one table: table, row, column, value, unit, gradient, weight (gradient x value)."""
        rows = []
        for name, columns in self.values.items():
            if name == "scenario":
                continue
            for column, gradient in columns.items():
                value = self.tables.numbers[name][column]
                total = gradient.sum(axis=1) if gradient.ndim == 2 else gradient
                product = np.where(np.isfinite(value), gradient * np.where(np.isfinite(value), value, 0.0), 0.0)
                weight = product.sum(axis=1) if gradient.ndim == 2 else product
                first = value[:, 0] if value.ndim == 2 else value
                rows.append(
                    pd.DataFrame(
                        {
                            "table": name,
                            "row": self.tables.keys(name),
                            "column": column,
                            "value": first,
                            "unit": TABLES[name].index[column].unit,
                            "gradient": total,
                            "weight": weight,
                        }
                    )
                )
        return pd.concat(rows, ignore_index=True).sort_values("weight", key=abs, ascending=False, ignore_index=True)


def gradient(plan: Plan) -> Gradient:
    """d(cost)/d(every table value) of a plan, from its x and y."""
    layout = plan.assembly.program.layout
    x, y = layout.split_columns(plan.x), layout.split_rows(plan.y)
    return gradient_at(plan.tables, plan.assembly.sets, x, y)


def gradient_at(tables: Tables, sets: Any, x: Blocks, y: Blocks) -> Gradient:
    """d(Lagrangian)/d(every table value) at columns and prices by block."""

    def lagrangian(data: dict[str, dict[str, Any]], x: Blocks, y: Blocks) -> jax.Array:
        return assemble(tables, sets, data).program.lagrangian(x, y)

    values = compiled(jax.grad(lagrangian), tables.data(), list(x), list(y))  # arguments: compiled once a structure
    out = {t: {c: np.nan_to_num(np.asarray(v) * 1e3) for c, v in columns.items()} for t, columns in values.items()}
    return Gradient(out, tables)


def one_sided(plan: Plan, table: str, row: str, column: str, step: float) -> tuple[float, float]:
    """Left and right slope of the cost [M USD per unit] in a cell by exact re-solves at +-step, integers fixed.

    Where they differ, the cost has a kink there and the price is a range.
    """
    base = plan.certificate.objective
    right = (resolved(plan, table, row, column, step) - base) / step
    left = (base - resolved(plan, table, row, column, -step)) / step
    return left * 1e3, right * 1e3


def resolved(plan: Plan, table: str, row: str, column: str, shift: float) -> float:
    """Cost [G USD] after a cell moved by `shift` (a whole series by the same), integers fixed, structure re-read."""
    tables = shifted(plan.tables, table, row, column, shift)
    flat = assemble_compiled(tables, plan.assembly.sets).program.flat()
    whole = np.where(flat.integer, np.round(plan.x), 0.0)
    box = flat.with_bounds(np.where(flat.integer, whole, flat.lower), np.where(flat.integer, whole, flat.upper))
    solution = engines.solve(box, "exact", tol=1e-9)
    if not solution.has_plan:
        raise ValueError(f"{table}.{row}.{column} moved by {shift:g}: no plan with these integers ({solution.advice})")
    return box.value(solution.x)


def shifted(tables: Tables, table: str, row: str, column: str, shift: float) -> Tables:
    """The same tables with one cell moved."""
    numbers = {t: dict(c) for t, c in tables.numbers.items()}
    value = numbers[table][column].copy()
    value[tables.keys(table).index(row)] += shift
    numbers[table][column] = value
    return Tables(
        tables.scenario, tables.frames, numbers, tables.settings, tables.origin, tables.provenance, tables.sources
    )
