"""Decisions that differ between two plans, and what it costs to keep the old one: nothing, where the two are equal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from planner.engines import Status
from planner.report.reading import lines
from planner.results import GROUPS, KEYS, Plan

LEAST = 1e-6
"""Share of a family's largest value below which a difference is rounding."""
EQUAL = 1e-7
"""Share of the cost below which plans cost the same."""
COLUMNS = (
    *("group", "variable", *KEYS, "meaning", "unit", "first", "last", "year"),
    *("before", "after", "change", "share"),
)
MOST = 20
"""Decisions that are put back, one after the other."""


def moved(before: Plan, after: Plan, put_back: int = MOST) -> pd.DataFrame:
    """Decisions that differ, largest first: by family and entity over the periods shown.

    group, variable, a, b, c, meaning, unit; first, last: years of the first and last period in which they differ;
    year: of the largest difference, with the values `before` and `after` there; share: that difference over the
    largest value of the family in either plan. keeping [M USD]: what it costs the new plan to hold the old decision
    alone in those periods, the rest free (whole decisions held): 0 within rounding says that both are as good; inf: it
    cannot be; nan: not tried, or one plan does not have the decision. tie: whether keeping is 0.
    """
    frame = _differences(before, after).assign(keeping=np.nan)
    for i, cost in enumerate(_keeping(before, after, frame.head(put_back))):
        frame.loc[i, "keeping"] = cost
    frame["tie"] = frame["keeping"].abs() <= EQUAL * abs(after.objective)
    return frame


def _differences(before: Plan, after: Plan) -> pd.DataFrame:
    known: dict[tuple[str, ...], dict[int, list[Any]]] = {}
    for side, plan in enumerate((before, after)):
        for group in GROUPS:
            for r in lines(plan.group(group)):
                if not r.tail:
                    both = known.setdefault((group, r.variable, r.a, r.b, r.c), {})
                    both.setdefault(r.period, [0.0, 0.0, r.year, r.unit])[side] = float(r.value)
    scale: dict[str, float] = {}
    for (_, variable, *_), periods in known.items():
        largest = max(max(abs(v[0]), abs(v[1])) for v in periods.values())
        scale[variable] = max(scale.get(variable, 0.0), largest)
    meaning = {b.name: b.meaning for p in (before, after) for b in p.assembly.program.layout.variables}
    rows = []
    for (group, variable, *entity), periods in known.items():
        moves = [v for v in periods.values() if abs(v[1] - v[0]) > LEAST * scale[variable]]
        if moves:
            x, y, year, unit = max(moves, key=lambda v: abs(v[1] - v[0]))
            years = min(v[2] for v in moves), max(v[2] for v in moves)
            share = abs(y - x) / scale[variable]
            rows.append((group, variable, *entity, meaning[variable], unit, *years, year, x, y, y - x, share))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.sort_values("share", ascending=False, kind="stable", ignore_index=True)


def _keeping(before: Plan, after: Plan, frame: pd.DataFrame) -> list[float]:
    """Cost [M USD] of each old decision in the new plan's program."""
    if not len(frame):
        return []
    from planner.engines.warm import Warm

    places = [_columns(before, after, r) for r in frame.to_dict("records")]
    flat, free = after.flat, np.zeros(after.flat.shape[1], bool)
    for columns, _ in places:
        free[columns] = True
    # columns that may be put back are boxes of the warm model, as whole decisions are
    model = Warm(replace(flat, integer=flat.integer | free), 1e-9)
    whole = np.round(after.x)
    lower, upper = (np.where(flat.integer, whole, side) for side in (flat.lower, flat.upper))
    start = model.solve(lower, upper)
    out, basis = [], model.corner()
    for columns, values in places:
        if not columns.size or start.status is not Status.OPTIMAL:
            out.append(np.nan)
            continue
        low, up = lower.copy(), upper.copy()
        low[columns] = up[columns] = np.clip(values, flat.lower[columns], flat.upper[columns])
        answer = model.solve(low, up, basis)
        out.append((answer.objective - start.objective) * 1e3 if answer.status is Status.OPTIMAL else np.inf)
    return out


def _columns(before: Plan, after: Plan, row: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Columns of the new program that are the decision in the periods in which it differs, and their old values."""
    old, new = (_entity(p, row) for p in (before, after))
    shown = [t for t in new if t in old and t < after.tables.shown]
    pairs = [(new[t][0], old[t][1] / new[t][2]) for t in shown if old[t][1] != new[t][1]]
    return np.array([j for j, _ in pairs], int), np.array([v for _, v in pairs], float)


def _entity(plan: Plan, row: dict[str, Any]) -> dict[int, tuple[int, float, float]]:
    """By period: column, value in table units, and table units in one program unit; empty without such an entity."""
    layout, first = plan.assembly.program.layout, 0
    for block in layout.variables:
        if block.name == row["variable"]:
            wanted = tuple(row[k] for k in KEYS)
            at = next((i for i, e in enumerate(block.entities) if (*e, "", "", "")[:3] == wanted), None)
            if at is None:
                return {}
            first += int(block.exists[:at].sum())
            per = float(np.broadcast_to(np.asarray(block.per_unit, float), len(block.entities))[at])
            periods = np.flatnonzero(block.exists[at]).tolist()
            return {t: (first + k, float(plan.x[first + k]) * per, per) for k, t in enumerate(periods)}
        first += int(block.exists.sum())
    return {}
