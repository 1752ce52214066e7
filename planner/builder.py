"""Writes a program: blocks and couplings are collected while `assemble` writes one row family after the other."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from planner.program import Coupling, Layout, Program, RowBlock, Sense, VariableBlock


class Builder:
    """Collects variables, rows, costs and couplings; `program` freezes them."""

    def __init__(self, periods: int) -> None:
        self.periods = periods
        self.variables: list[VariableBlock] = []
        self.rows: list[RowBlock] = []
        self.couplings: list[Coupling] = []
        self.cost: list[Any] = []
        self.lower: list[Any] = []
        self.upper: list[Any] = []
        self.rhs: list[Any] = []
        self.coefficients: list[Any] = []
        self.constant: Any = 0.0

    def variable(
        self,
        name: str,
        keys: tuple[str, ...],
        entities: list[tuple[str, ...]],
        unit: str,
        *,
        upper: Any,
        exists: np.ndarray | None = None,
        per_unit: float | np.ndarray = 1.0,
        integer: bool = False,
        implied: bool = True,
        meaning: str = "",
        group: np.ndarray | None = None,
        weight: np.ndarray | None = None,
    ) -> int:
        """Add a block; cost is added later by `charge`. Returns its position."""
        shape = (len(entities), self.periods)
        exists = np.ones(shape, bool) if exists is None else np.broadcast_to(exists, shape).copy()
        self.variables.append(
            VariableBlock(name, tuple(entities), keys, unit, per_unit, exists, integer, implied, meaning, group, weight)
        )
        self.cost.append(jnp.zeros(shape))
        self.lower.append(jnp.zeros(shape))
        self.upper.append(jnp.where(exists, jnp.broadcast_to(jnp.asarray(upper, float), shape), 0.0))
        return len(self.variables) - 1

    def charge(self, variable: int, cost: Any) -> None:
        """Add to the cost of a block [G USD per program unit], shape ``[entity, T]``."""
        exists = self.variables[variable].exists
        self.cost[variable] = self.cost[variable] + jnp.where(exists, jnp.broadcast_to(cost, exists.shape), 0.0)

    def row(
        self,
        name: str,
        keys: tuple[str, ...],
        entities: list[tuple[str, ...]],
        sense: Sense,
        rhs: Any,
        unit: str,
        *,
        exists: np.ndarray | None = None,
        per_unit: float | np.ndarray = 1.0,
        meaning: str = "",
    ) -> int:
        """Add a row block. Returns its position."""
        shape = (len(entities), self.periods)
        exists = np.ones(shape, bool) if exists is None else np.broadcast_to(exists, shape).copy()
        self.rows.append(RowBlock(name, tuple(entities), keys, sense, unit, per_unit, exists, meaning))
        self.rhs.append(jnp.where(exists, jnp.broadcast_to(jnp.asarray(rhs, float), shape), 0.0))
        return len(self.rows) - 1

    def couple(
        self, row: int, column: int, rows: Any, columns: Any, coefficient: Any, *, lag: int = 0, part: str = ""
    ) -> None:
        """Add ``coefficient[k, T] * x[columns[k], t - lag]`` to rows[k] at t; masked where either side is absent."""
        rows, columns = np.asarray(rows, int), np.asarray(columns, int)
        if rows.size == 0:
            return
        there = self.variables[column].exists[columns]
        if lag:
            there = np.pad(there, ((0, 0), (lag, 0)))[:, : self.periods]
        there = there & self.rows[row].exists[rows]
        value = jnp.broadcast_to(jnp.asarray(coefficient, float), there.shape)
        self.couplings.append(Coupling(row, column, rows, columns, lag, part))
        self.coefficients.append(jnp.where(there, value, 0.0))

    def couple_kernel(self, row: int, column: int, rows: Any, columns: Any, kernel: Any, *, part: str = "") -> None:
        """Add ``sum_s kernel[k, t, s] * x[columns[k], s]`` to rows[k] at t."""
        rows, columns = np.asarray(rows, int), np.asarray(columns, int)
        if rows.size == 0:
            return
        there = self.rows[row].exists[rows][:, :, None] & self.variables[column].exists[columns][:, None, :]
        value = jnp.broadcast_to(jnp.asarray(kernel, float), there.shape)
        self.couplings.append(Coupling(row, column, rows, columns, None, part))
        self.coefficients.append(jnp.where(there, value, 0.0))

    def program(self) -> Program:
        """Freeze."""
        layout = Layout(tuple(self.variables), tuple(self.rows), tuple(self.couplings), self.periods)
        return Program(
            layout,
            tuple(self.cost),
            tuple(self.lower),
            tuple(self.upper),
            tuple(self.rhs),
            tuple(self.coefficients),
            self.constant,
        )
