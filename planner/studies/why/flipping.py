"""The least change of inputs that turns a decision, found by slopes and applied."""

from __future__ import annotations

import math
import time as clock
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from planner.assemble import Assembly
from planner.engines import exact
from planner.gradient import Gradient, gradient_at
from planner.rules import rule_faults
from planner.studies.inputs.known import Known
from planner.studies.inputs.resolved import Resolved, straight
from planner.studies.inputs.spread import inputs_of, values_at
from planner.studies.sensitivity import input_path, value_here
from planner.studies.structure import Structures
from planner.studies.why.entering import NONE, Entering, up_to_a_little
from planner.studies.why.entity import Entity
from planner.tables import Tables, range_faults

INPUTS = 12
"""Inputs that are moved together at most."""
SINGLE = 3
"""Inputs that are tried alone."""
HALVES = 4
"""Solves that make a change that turns the decision smaller."""
OVER = (1.0, 1.5, 2.5, 5.0)
"""Times the change that the slopes give, tried one after the other."""


@dataclass(frozen=True)
class Moved:
    """One input of a change: from, to [unit], the far end of what is published, as a share of the way there."""

    path: str
    unit: str
    before: float
    after: float
    end: float
    share: float
    grade: str
    published: bool


@dataclass(frozen=True, eq=False)
class Flip:
    """A change of inputs.

    turns: whether the decision is another one with it, by solving again; amount: what then is there (what was
    there, where it does not turn), in the unit of the program. size: root of the sum of squares of the shares.
    """

    inputs: tuple[Moved, ...]
    turns: bool
    amount: float

    @property
    def size(self) -> float:
        """How far the inputs go, together, of the way to the ends of what is known."""
        return math.sqrt(sum(m.share**2 for m in self.inputs))


def slopes(tables: Tables, found: Entering, unpublished: float) -> pd.DataFrame:
    """Every input by how much it turns the cost of the first unit the other way, at its better end [M USD] (`help`).

    The slope of what its own columns cost and take, at the prices of a plan that has a little of it.
    """
    none, little = found.none, found.little
    if none is None or little is None:
        return pd.DataFrame({"help": []})
    layout, y = found.assembly.program.layout, found.assembly.program.layout.split_rows(little.y[:-2])
    one, two = (
        gradient_at(tables, found.assembly.sets, layout.split_columns(x), y) for x in (none.x, none.x + found.own)
    )
    apart = {t: {c: two.values[t][c] - one.values[t][c] for c in columns} for t, columns in one.values.items()}
    frame = inputs_of(tables, Gradient(apart, tables), unpublished)
    ends = frame[["at_low", "at_high"]].to_numpy(float) * (-1.0 if found.present else 1.0)
    frame["help"] = np.maximum(-ends.min(axis=1), 0.0)
    frame["end"] = np.where(ends[:, 0] < ends[:, 1], frame["low"], frame["high"])
    return frame.sort_values("help", ascending=False, kind="stable", ignore_index=True)


def shares_for(help_: np.ndarray, gap: float) -> np.ndarray:
    """Shares [k] of the way of each input, as short as can be together, that take away a gap; all 1 where none do."""
    if help_.sum() <= gap:
        return np.ones_like(help_)
    low, high = 0.0, 1.0 / help_[help_ > 0].min()
    for _ in range(100):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if np.minimum(middle * help_, 1.0) @ help_ < gap else (low, middle)
    return np.minimum(high * help_, 1.0)


def flips(
    tables: Tables, what: Entity, found: Entering, gap: float, ranked: pd.DataFrame, end: float, say: Callable
) -> tuple[Flip, ...]:
    """Changes that turn the decision: single inputs that can alone, and the shortest of many; each solved again.

    gap: size of what a little of it costs or saves [M USD]. end: when to stop (`time.monotonic`).
    """
    some: Any = ranked[ranked["help"] > 0].head(INPUTS)
    if not len(some):
        return ()
    help_ = some["help"].to_numpy(float)
    structures = Structures(tables, waitless=True)
    tried = []
    alone = [i for i in range(len(some)) if help_[i] >= gap][:SINGLE]
    for i in alone:
        say(f"one input alone: {input_path(*some.iloc[i][['table', 'row', 'column']])}")
        start = np.zeros(len(some))
        start[i] = gap / help_[i]
        tried.append(_turned(structures, what, found, some, start, end))
    say("the shortest change of many inputs")
    tried.append(_turned(structures, what, found, some, shares_for(help_, gap), end))
    return tuple(sorted((t for t in tried if t is not None), key=lambda t: (not t.turns, t.size)))


def _turned(
    structures: Structures, what: Entity, found: Entering, some: Any, start: np.ndarray, end: float
) -> Flip | None:
    """The change along some shares, longer until it turns the decision, then as short as can be."""
    tables = structures.base
    cells = [(str(t), str(r), str(c)) for t, r, c in zip(some["table"], some["row"], some["column"], strict=True)]
    moves = [
        (c, value_here(tables, c), values_at(tables, c, float(e))) for c, e in zip(cells, some["end"], strict=True)
    ]
    used = [i for i, (_, a, b) in enumerate(moves) if start[i] > 0 and np.any(np.asarray(a) != np.asarray(b))]
    resolved = Resolved(tables, straight([moves[i] for i in used]), None, slopes=False, known=Known(structures))
    share_of = {cells[i]: start[i] for i in used}
    way = np.array([share_of[(t, r, c)] for t, r, c, _ in resolved.cells])

    def assembled(factor: float) -> Assembly | None:
        changed = resolved.changed(np.minimum(factor * way, 1.0))
        return None if range_faults(changed) or rule_faults(changed) else structures.assembly(changed)

    def turns(factor: float) -> bool:
        """Whether it turns, by a little of it; in full where that is not known."""
        assembly = assembled(factor)
        if assembly is None:
            return False
        little = up_to_a_little(found, assembly)
        return turned(amount(factor)) if math.isnan(little) else (little > 1e-3 * found.asked) != found.present

    def amount(factor: float) -> float:
        assembly = assembled(factor)
        if assembly is None:
            return math.nan
        flat = assembly.program.flat()
        answer = exact.relax(replace(flat, integer=np.zeros_like(flat.integer)))
        columns, _ = what.columns(assembly.tables, assembly.program.layout)
        return float(answer.x[columns].sum()) if answer.has_plan else math.nan

    def turned(there: float) -> bool:
        some_there = there > NONE * max(found.whole, 1e-12)
        return not math.isnan(there) and some_there != found.present

    low, high, done = 0.0, 0.0, False
    for factor in OVER:
        if clock.monotonic() > end:
            return None
        high, done = factor, turns(factor)
        if done or np.all(factor * way >= 1.0):
            break
        low = factor
    for _ in range(HALVES if done else 0):
        if clock.monotonic() > end:
            break
        middle = 0.5 * (low + high)
        low, high = (low, middle) if turns(middle) else (middle, high)
    there = amount(high) if done else found.amount
    done = done and turned(there)
    inputs = []
    for i in used:
        row, share = some.iloc[i], float(min(high * start[i], 1.0))
        before = float(row["value"])
        after = before + share * (float(row["end"]) - before)
        inputs.append(
            Moved(
                input_path(*cells[i]), str(row["unit"]), before, after, float(row["end"]), share, str(row["grade"]),
                row["spread"] == "published",
            )
        )  # fmt: skip
    return Flip(tuple(inputs), done, there)
