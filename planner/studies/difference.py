"""`diff`: two written plans. Decisions that moved, money that moved, and which changed input moved how much of it.

The change of cost is that of the relaxed plan along the straight path between the two sets of inputs, by input
(`planner.studies.inputs.path`), plus structure (rows, words, limits that are in one scenario only), plus what whole
decisions and the gaps of the plans make. Where both plans hold the same whole decisions they are held along the path,
and nothing is left to them. Where structure differs, the numbers are walked once in each structure and the mean is
told, so that the order of the two plans changes signs only.
"""

from __future__ import annotations

import math
import time as clock
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from planner.faults import Fault, InputError
from planner.report.reading import lines
from planner.results import Plan
from planner.schema import SETTINGS, TABLES
from planner.studies.inputs.moved import EQUAL, moved
from planner.studies.inputs.path import Attribution, attribution
from planner.studies.inputs.resolved import Cell, Resolved, straight, whole_decisions
from planner.studies.inputs.restored import restored
from planner.tables import Tables

GRID = ("start", "period", "periods", "tail", "blocks", "currency_year")
"""Settings that must be the same: without them periods and money cannot be set side by side."""
STRUCTURE, WHOLE, STEPS, REMAINDER = "structure", "whole decisions", "steps", "remainder"

Told = Callable[[str], None]
Move = tuple[Cell, np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False)
class Difference:
    """How plan `after` differs from plan `before`. Money in M USD.

    cost: of both. decisions: those that moved, largest first (see `moved`). money: part, before, after, change. inputs:
    table, row, column, unit, before, after (of the first period that differs), change: of cost made by it; largest
    first. rest: what of the change no input makes (structure, whole decisions, steps, remainder). structure: words,
    rows and limits that differ. kept: cost of keeping all whole decisions of `before` under the inputs of `after`, inf
    where that has no plan, nan for relaxations. held: whether the whole decisions are the same and were held.
    """

    before: Plan
    after: Plan
    decisions: pd.DataFrame
    money: pd.DataFrame
    inputs: pd.DataFrame
    rest: dict[str, float]
    structure: pd.DataFrame
    stepping: tuple[Cell, ...]
    kept: float
    held: bool
    solved: int
    seconds: float

    @property
    def cost(self) -> tuple[float, float]:
        """Cost of both plans."""
        return self.before.objective, self.after.objective

    @property
    def change(self) -> float:
        """Cost of `after` less that of `before`: the sum of `inputs` and `rest`."""
        return self.after.objective - self.before.objective

    @property
    def close(self) -> bool:
        """Whether the remainder is below 1 % of the change."""
        return abs(self.rest[REMAINDER]) <= max(0.01 * abs(self.change), EQUAL * abs(self.cost[0]))

    @property
    def same(self) -> bool:
        """Whether nothing differs: no decision, no input, no structure."""
        return not (len(self.decisions) or len(self.inputs) or len(self.structure))


def diff(
    before: str | Path | Plan,
    after: str | Path | Plan,
    *,
    put_back: int = 20,
    most: int = 150,
    time: float = 120.0,
    told: Told | None = None,
) -> Difference:
    """Compare two plans (bundles, or `Plan`s) over the same periods.

    put_back: decisions of the old plan that are tried in the new one. most, time [s]: solves along a path, and
    seconds after which it is refined no further. Raises `InputError`.
    """
    begun = clock.monotonic()
    say = told or (lambda line: None)
    a, b = (p if isinstance(p, Plan) else restored(p) for p in (before, after))
    _refuse(a, b, str(after) if not isinstance(after, Plan) else "the second plan")
    moves, structure = moves_of(a.tables, b.tables), structure_of(a.tables, b.tables)
    whole = whole_decisions(a), whole_decisions(b)
    held = whole[0] is not None and whole[0] == whole[1]
    say(f"{len(moves)} inputs moved; walking from one to the other")
    by_input, rest, stepping, solved = _attributed(
        a, b, moves, bool(len(structure)), whole[0] if held else None, (most, time)
    )
    say("decisions: putting old ones back")
    decisions = moved(a, b, put_back)
    kept = math.nan if whole[0] is None else 0.0 if held else _kept(b, whole[0])
    frame = _inputs(moves, by_input)
    seconds = clock.monotonic() - begun
    return Difference(a, b, decisions, _money(a, b), frame, rest, structure, stepping, kept, held, solved, seconds)


def _refuse(a: Plan, b: Plan, name: str) -> None:
    faults = []
    for setting in GRID:
        here, there = (float(p.tables.settings[setting]) for p in (a, b))
        if here != there:
            wrong = f"its {setting} is {there:g}, that of the first plan {here:g}"
            faults.append(Fault(name, 0, f"scenario.{setting}", wrong, "solve both over the same periods and money"))
    if bool(a.options.get("relax")) != bool(b.options.get("relax")):
        kinds = ("a relaxation", "a whole plan") if b.options.get("relax") else ("a whole plan", "a relaxation")
        faults.append(Fault(name, 0, "", f"it is {kinds[0]}, the first {kinds[1]}", "solve both the same way"))
    if faults:
        raise InputError(faults)


def moves_of(a: Tables, b: Tables) -> list[Move]:
    """Inputs that both tables have, finite, and that differ."""
    out: list[Move] = []
    for name, table in TABLES.items():
        here, there = ({k: i for i, k in enumerate(t.keys(name))} for t in (a, b))
        shared = [(k, i, there[k]) for k, i in here.items() if k in there]
        for column in table.numbers:
            x, y = a.numbers[name][column.name], b.numbers[name][column.name]
            for key, i, j in shared:
                if np.isfinite(x[i]).all() and np.isfinite(y[j]).all() and not np.array_equal(x[i], y[j]):
                    out.append(((name, key, column.name), np.asarray(x[i]), np.asarray(y[j])))
    for column in SETTINGS:
        if column.kind == "number" and a.settings[column.name] != b.settings[column.name]:
            x, y = (np.asarray(float(t.settings[column.name])) for t in (a, b))
            out.append((("scenario", "scenario", column.name), x, y))
    return out


def structure_of(a: Tables, b: Tables) -> pd.DataFrame:
    """Rows and limits that one scenario alone has, and words that differ: table, row, column, before, after."""
    rows = []
    for name, table in TABLES.items():
        here, there = a.frames[name], b.frames[name]
        place = ({k: i for i, k in enumerate(f.index)} for f in (here, there))
        first, second = place
        rows += [(name, k, "", "there", "absent") for k in first if k not in second]
        rows += [(name, k, "", "absent", "there") for k in second if k not in first]
        shared = [k for k in first if k in second]
        for column in here.columns:
            if column in ("title", "note", "description") or column not in table.index:
                continue
            words = ({k: str(v) for k, v in zip(f.index, f[column], strict=True)} for f in (here, there))
            x, y = words
            rows += [(name, k, column, x[k], y[k]) for k in shared if x[k] != y[k]]
        for column in table.numbers:
            x, y = a.numbers[name][column.name], b.numbers[name][column.name]
            for k in shared:
                u, v = x[first[k]], y[second[k]]
                if not (np.isfinite(u).all() and np.isfinite(v).all()) and not np.array_equal(u, v):
                    rows.append((name, k, column.name, *(f"{np.ravel(w)[0]:g}" for w in (u, v))))
    for column in SETTINGS:
        if column.kind == "choice" and a.settings[column.name] != b.settings[column.name]:
            rows.append(("scenario", "scenario", column.name, *(str(t.settings[column.name]) for t in (a, b))))
    return pd.DataFrame(rows, columns=["table", "row", "column", "before", "after"])


def _attributed(
    a: Plan, b: Plan, moves: list[Move], apart: bool, held: dict[str, float] | None, limits: tuple[int, float]
) -> tuple[dict[Cell, float], dict[str, float], tuple[Cell, ...], int]:
    """Change of cost by input, and the rest by name; they add up to the whole change."""
    total = b.objective - a.objective
    if not moves and not apart:
        return {}, _rest(whole=total), (), 0
    there = attribution(Resolved(a.tables, straight(moves), held), *limits)
    walks, gaps = [there], [0.0]
    if apart:
        home = [(cell, after, before) for cell, before, after in moves]
        back = attribution(Resolved(b.tables, straight(home), held), *limits)
        ends = there.cost[0], back.cost[0]
        walks, gaps = [there, _turned(back)], [ends[1] - there.cost[1], back.cost[1] - ends[0]]
    else:
        ends = there.cost
    good = [(w, g) for w, g in zip(walks, gaps, strict=True) if w.found and math.isfinite(g)]
    solved, stepping = sum(w.solved for w in walks), walks[0].stepping
    if not good:
        return {c: math.nan for c, *_ in moves}, _rest(structure=total), stepping, solved
    by_input = {c: float(np.mean([w.by_input[c] for w, _ in good])) for c, *_ in moves}
    steps, remainder, structure = (
        float(np.mean(v)) for v in zip(*((w.steps, w.remainder, g) for w, g in good), strict=True)
    )
    whole = total - (ends[1] - ends[0]) if math.isfinite(ends[1] - ends[0]) else 0.0
    return by_input, _rest(structure, whole, steps, remainder), stepping, solved


def _rest(structure: float = 0.0, whole: float = 0.0, steps: float = 0.0, remainder: float = 0.0) -> dict[str, float]:
    return {STRUCTURE: structure, WHOLE: whole, STEPS: steps, REMAINDER: remainder}


def _turned(walk: Attribution) -> Attribution:
    """The same walk from its end to its start."""
    by_input = {c: -v for c, v in walk.by_input.items()}
    return replace(
        walk, cost=walk.cost[::-1], by_input=by_input, steps=-walk.steps, remainder=-walk.remainder
    )  # fmt: skip


def _kept(b: Plan, held: dict[str, float]) -> float:
    """Cost of the whole decisions of another plan under the inputs of b, less the cost of b."""
    resolved = Resolved(b.tables, straight([]), held, slopes=False)
    return resolved([np.zeros(0)])[0].cost - b.objective


def _inputs(moves: list[Move], by_input: dict[Cell, float]) -> pd.DataFrame:
    units = {(n, c.name): c.unit for n, t in TABLES.items() for c in t.numbers}
    units |= {("scenario", c.name): c.unit for c in SETTINGS}
    rows = []
    for cell, x, y in moves:
        at = int(np.argmax(np.ravel(x != y)))
        values = (float(np.ravel(v)[at]) for v in (x, y))
        rows.append((*cell, units[cell[0], cell[2]], *values, by_input[cell]))
    frame = pd.DataFrame(rows, columns=["table", "row", "column", "unit", "before", "after", "change"])
    return frame.sort_values("change", key=abs, ascending=False, kind="stable", ignore_index=True)


def _money(a: Plan, b: Plan) -> pd.DataFrame:
    sums: dict[str, list[float]] = {}
    for side, plan in enumerate((a, b)):
        for r in lines(plan.money):
            sums.setdefault(r.part, [0.0, 0.0])[side] += r.value
    rows = [(part, *values) for part, values in sums.items()]
    frame = pd.DataFrame(rows, columns=["part", "before", "after"])
    frame["change"] = frame["after"] - frame["before"]
    return frame.sort_values("change", key=abs, ascending=False, kind="stable", ignore_index=True)
