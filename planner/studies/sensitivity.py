"""`sensitivities`: what to find out next. Inputs of a written plan by slope x spread, the first of them re-solved.

The ranking is one backward pass. A slope says nothing of kinks, so the first inputs are set to both ends of their
spread and the plan is solved again there, whole decisions held.
"""

from __future__ import annotations

import math
import time as clock
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from planner.check import GRADES
from planner.eligibility import eligibility
from planner.faults import Fault, InputError, outside
from planner.gradient import gradient
from planner.report.reading import lines
from planner.results import Plan
from planner.rules import rule_faults
from planner.schema import SETTINGS
from planner.studies.inputs.known import Known
from planner.studies.inputs.resolved import Resolved, straight, whole_decisions
from planner.studies.inputs.restored import restored
from planner.studies.inputs.spread import PUBLISHED, TAKEN, ZERO, inputs_of, values_at
from planner.studies.structure import Reads, Structures
from planner.tables import Tables, range_faults

SEEN = 1e-9
"""Share of the cost below which a change is rounding."""

Told = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Sensitivities:
    """What a plan's cost rests on. Money in M USD.

    inputs: every finite numeric input, largest swing first (see `inputs_of`). confirmed: the first of them with the
    change of cost predicted and found by re-solving at low and at high, their ratios (found / predicted, nan where
    neither is seen), and a note where an end has no plan or breaks a rule. grades: per grade the inputs, those
    with a published spread, the sum of |gradient x value| over their periods, and its share. stale: sources older
    than asked for, with the inputs that they feed. counts: inputs by how their spread was found, those without
    limit, and those that structure reads.
    """

    plan: Plan
    inputs: pd.DataFrame
    confirmed: pd.DataFrame
    grades: pd.DataFrame
    stale: pd.DataFrame
    counts: dict[str, int]
    unpublished: float
    years: float
    ranked_seconds: float
    seconds: float

    @property
    def grade_c(self) -> float:
        """Share of the cost that rests on grade C: sum of |gradient x value| over its inputs, over that of all."""
        return float(self.grades["share"].to_numpy(float)[GRADES.index("C")])


def sensitivities(
    bundle: str | Path | Plan,
    *,
    top: int = 20,
    confirm: bool = True,
    unpublished: float = 0.2,
    stale: float = 3.0,
    told: Told | None = None,
) -> Sensitivities:
    """Rank every numeric input of a plan (a bundle, or a `Plan`) by |gradient| x (high - low).

    top: how many are solved again at both ends, if `confirm`. unpublished: spread to either side of an input without
    a published one, as a share of its value. stale: age [yr] at the start of the plan above which a source is told.
    Raises `InputError`.
    """
    begun = clock.monotonic()
    _refuse(top, unpublished, stale)
    say = told or (lambda line: None)
    plan = bundle if isinstance(bundle, Plan) else restored(bundle)
    if not plan.y.any():
        wrong = "its prices were not computed, and every slope rests on them"
        raise InputError([Fault(_named(bundle), 0, "", wrong, "solve again with more time")])
    say("slopes of the cost in every input")
    ranked = clock.monotonic()
    frame = inputs_of(plan.tables, gradient(plan), unpublished)
    seconds = clock.monotonic() - ranked
    confirmed = _confirmed(plan, frame.head(top if confirm else 0), say)
    spread = frame["spread"].to_list()
    tables = plan.tables
    cells = sum(len(v) for columns in tables.numbers.values() for v in columns.values())
    settings = sum(c.kind == "number" for c in SETTINGS)
    counts = {
        "inputs": len(frame),
        **{s: spread.count(s) for s in (PUBLISHED, TAKEN, ZERO)},
        "no limit": cells + settings - len(frame),
        "read by structure": _read(tables, frame),
    }
    done = clock.monotonic() - begun
    old = stale_sources(tables, frame, stale)
    return Sensitivities(plan, frame, confirmed, by_grade(frame), old, counts, unpublished, stale, seconds, done)


def _refuse(top: int, unpublished: float, stale: float) -> None:
    faults = []
    faults += outside("--top", top, 1, 1000)
    if not 0 <= unpublished <= 1:
        instead = "write a share from 0 to 1, e.g. 0.2"
        faults.append(Fault("--unpublished", 0, f"{unpublished:g}", "it is out of range", instead))
    if not 0 <= stale < math.inf:
        faults.append(Fault("--stale", 0, f"{stale:g}", "it is out of range", "write a number of years, 0 or more"))
    if faults:
        raise InputError(faults)


def _named(bundle: str | Path | Plan) -> str:
    return bundle.tables.scenario.name if isinstance(bundle, Plan) else str(bundle)


def _read(tables: Tables, frame: pd.DataFrame) -> int:
    """Inputs that decide which rows and columns there are: the cost may step in them, whatever the slope."""
    reads = Reads(tables)
    eligibility(reads.tables)
    columns = {(t, c) for t, seen in reads.columns.items() for c in seen.read}
    columns |= {("scenario", c) for c in reads.settings.read}
    return sum(cell in columns for cell in zip(frame["table"], frame["column"], strict=True))


def _confirmed(plan: Plan, first: pd.DataFrame, say: Told) -> pd.DataFrame:
    """Both ends of each input, solved again; what structure reads is read again too."""
    tables, held, known = plan.tables, whole_decisions(plan), Known(Structures(plan.tables, waitless=True))
    cells = [(str(r.table), str(r.row), str(r.column)) for r in lines(first)]
    out = first.assign(note="")
    for side in ("low", "high"):
        moves = [
            (c, value_here(tables, c), values_at(tables, c, float(v))) for c, v in zip(cells, first[side], strict=True)
        ]
        resolved = Resolved(tables, straight(moves), held, slopes=False, known=known)
        where = [(t, r, c) for t, r, c, _ in resolved.cells]
        found = []
        for i, cell in enumerate(cells):
            say(f"solving again at the {side} end, input {i + 1} of {len(cells)}: {input_path(*cell)}")
            change, note = _at(plan, resolved, np.array([float(w == cell) for w in where]))
            found.append(change)
            out.loc[i, "note"] = "; ".join(filter(None, (str(out.loc[i, "note"]), note and f"{side}: {note}")))
        seen, predicted = pd.Series(found, dtype=float), out[f"at_{side}"].astype(float)
        out[f"found_{side}"] = seen
        out[f"ratio_{side}"] = seen / predicted.where(predicted.abs() > SEEN * abs(plan.objective))
    return out


def value_here(tables: Tables, cell: tuple[str, str, str]) -> np.ndarray:
    """The value of an input ``[]`` or ``[T]``."""
    table, row, column = cell
    if table == "scenario":
        return np.asarray(float(tables.settings[column]))
    return tables.numbers[table][column][tables.keys(table).index(row)]


def _at(plan: Plan, resolved: Resolved, place: np.ndarray) -> tuple[float, str]:
    """Change of cost [M USD] at a place, and why there is none."""
    if not place.any():
        return 0.0, ""
    changed = resolved.changed(place)
    faults = range_faults(changed) or rule_faults(changed)
    if faults:
        return math.nan, f"breaks a rule ({faults[0].wrong})"
    cost = resolved([place])[0].cost
    if not math.isfinite(cost):
        return math.nan, "no plan" if resolved.held is None else "no plan with these whole decisions"
    return cost - plan.objective, ""


def by_grade(frame: pd.DataFrame) -> pd.DataFrame:
    """Per grade: inputs, those with a published spread, sum of |gradient x value| [M USD] and its share."""
    weights, mine = np.abs(frame["weight"].to_numpy(float)), frame["grade"].to_numpy()
    published = frame["spread"].to_numpy() == PUBLISHED
    total = max(float(weights.sum()), 1e-300)
    rows = []
    for grade in GRADES:
        of = mine == grade
        weight = float(weights[of].sum())
        rows.append((grade, int(of.sum()), int((of & published).sum()), weight, weight / total))
    return pd.DataFrame(rows, columns=["grade", "inputs", "published", "weight", "share"])


def stale_sources(tables: Tables, frame: pd.DataFrame, years: float) -> pd.DataFrame:
    """Sources that are too old at the start of the plan, those that move the cost most first."""
    start = float(tables.settings["start"])
    fed: dict[tuple[str, float], list[Any]] = {}
    for r in lines(frame):
        if r.source and start - r.year > years:
            fed.setdefault((r.source, r.year), []).append(r)
    titles, rows = dict(tables.sources["title"]), []
    for (source, year), mine in fed.items():
        first, swings = mine[0], math.fsum(r.swing for r in mine)
        feeds = input_path(first.table, first.row, first.column)
        rows.append((source, titles.get(source, ""), year, start - year, len(mine), feeds, first.swing, swings))
    columns = ["source", "title", "year", "age", "inputs", "feeds", "swing", "swings"]
    found = pd.DataFrame(rows, columns=columns)
    return found.sort_values("swings", ascending=False, kind="stable", ignore_index=True)


def input_path(table: str, row: str, column: str) -> str:
    """An input as ``--set`` names it."""
    return f"scenario.{column}" if table == "scenario" else f"{table}.{row}.{column}"
