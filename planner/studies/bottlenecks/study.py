"""The study: the grid of prices, the first of them with ranges and hand-off, the path of relief, the rents."""

from __future__ import annotations

import os
import queue
import time as clock
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from planner.check import grades
from planner.faults import InputError, outside
from planner.flat import Flat
from planner.measures import anchors
from planner.report.prices import HELD, INPUTS, RESOURCES
from planner.report.reading import lines
from planner.results import Plan, limit_unit, per_unit
from planner.studies.inputs.restored import restored

if TYPE_CHECKING:
    from planner.studies.bottlenecks.parametric import Parametric, Point, Side

TRIED = 3
"""Candidates of each kind that are tried for what binds next."""
BEYOND = 1.001
"""Times the amount of a side at which they are tried."""
THREADS = 4
"""Threads that solve again, each with a model of its own."""

Told = Callable[[str], None]
KEYS = ["row", "a", "b", "c"]
WORTH = 1e-6
"""Rows worth less [M USD] are not listed."""
TRIAL = 1.0
"""How far a limit is moved at most, as a share of it (of what stands in the row where it is 0)."""


@dataclass(frozen=True, eq=False)
class Bottlenecks:
    """What binds.

    grid: every resource row with a price. top: the first of them, with both sides (prices [USD per unit, discounted],
    amounts over which they hold and whether they end there, what binds next) and after how much relief the price has
    halved (inf: not before the limit is twice as large), and which queue has taken over by then. path: what is relieved
    one after the other. rents: by layer and door. anchors: what the last compute served costs, and what is paid for it
    (`measures.anchors`). integers: how prices treat whole decisions. seconds, solves: of the re-solves.
    """

    plan: Plan
    grid: pd.DataFrame
    top: pd.DataFrame
    path: pd.DataFrame
    rents: pd.DataFrame
    anchors: pd.DataFrame
    integers: str
    seconds: float
    solves: int


def bottlenecks(bundle: str | Path | Plan, *, top: int = 20, steps: int = 5, told: Told | None = None) -> Bottlenecks:
    """Scarcity prices of a plan (a bundle, or a `Plan`): `top` of them with ranges, then `steps` of relief.

    Whole decisions are held as the plan has them. Raises `InputError`.
    """
    from planner.studies.bottlenecks.parametric import Parametric  # a solver: not with the import of the planner

    begun = clock.monotonic()
    if faults := [*outside("--top", top, 1, 500), *outside("--steps", steps, 0, 100)]:
        raise InputError(faults)
    say = told or (lambda line: None)
    plan = bundle if isinstance(bundle, Plan) else restored(bundle)
    held = held_program(plan)
    say("the plan again, whole decisions held")
    model = Parametric(held)
    grid = grid_of(plan, model.base.y)
    first = firsts(grid).head(top)
    names = _Names(plan)
    rows, solves = all_sides(plan, model, first["flat"].to_numpy(int), names, say)
    detail = pd.concat([first.reset_index(drop=True), pd.DataFrame(rows)], axis=1)
    say("the path of relief")
    path = path_of(plan, model, steps, names)
    note = "fixed and re-solved" if plan.flat.integer.any() else "none"
    paid = anchors(plan.tables, plan.prices)
    return Bottlenecks(
        plan, grid, detail, path, rents_of(plan, grid), paid, note, clock.monotonic() - begun, model.solves + solves
    )


def held_program(plan: Plan) -> Flat:
    """The plan's program with its whole decisions held as they are."""
    flat = plan.flat
    whole = np.round(plan.x)
    lower, upper = (np.where(flat.integer, whole, side) for side in (flat.lower, flat.upper))
    return flat.with_bounds(lower, upper)


def grid_of(plan: Plan, y: np.ndarray, rhs: np.ndarray | None = None) -> pd.DataFrame:
    """Every resource row with a price, from the prices y [m] in program units: entity, period, limit, worth, grade.

    rhs: [m], limits that were moved (default: the plan's). price: USD per unit of the limit, discounted to the start;
    plain: in money of its period, per quarter where the limit stands over time. worth: price x limit [M USD]. weak:
    grade-C inputs behind the limit.
    """
    dt = float(plan.tables.settings["period"])
    frame: Any = plan.prices.rename_axis("flat").reset_index()
    per = units_of(plan)
    signs = np.where(frame["row"] == "supply", -1.0, 1.0)  # written as -arriving <= ...
    frame["price"] = signs * -y * 1e9 / per
    frame["limit"] = signs * (plan.flat.rhs if rhs is None else rhs) * per
    frame["per"] = per * signs
    frame = frame[frame["row"].isin(list(RESOURCES)) & ~frame["tail"]].copy()
    frame["unit"] = [limit_unit(plan.tables, r.row, r.a, r.unit) for r in lines(frame)]
    held = frame["row"].isin(HELD)
    frame["price_unit"] = np.where(held, "USD per " + frame["unit"] + " and quarter", "USD per " + frame["unit"])
    rate = float(plan.tables.settings["discount_rate"])
    then = (1 + rate) ** ((frame["period"] + 0.5) * dt)
    frame["plain"] = np.where(held, frame["price"] * then / dt / 4.0, frame["price"] * then)
    frame["worth"] = (frame["price"] * frame["limit"]).abs() * 1e-6
    frame = frame[frame["worth"] > WORTH]
    frame["weak"] = _weak(plan, frame)
    columns = ["flat", *KEYS, "period", "year", "plain", "price_unit", "price", "limit", "unit", "worth", "weak", "per"]
    return pd.DataFrame(frame.sort_values("worth", ascending=False, kind="stable")[columns]).reset_index(drop=True)


def firsts(grid: pd.DataFrame) -> pd.DataFrame:
    """Each entity of the grid once, in the period in which it is worth most."""
    return pd.DataFrame(grid.loc[~grid.duplicated(KEYS)])


def all_sides(
    plan: Plan, model: Parametric, rows: np.ndarray, names: _Names, say: Told
) -> tuple[list[dict[str, object]], int]:
    """`sides_of` some rows, shared by a few threads with a model each; second: what the other models solved."""
    twins = [model.twin() for _ in range(min(os.cpu_count() or 1, THREADS, len(rows)) - 1)]
    free: queue.SimpleQueue[Parametric] = queue.SimpleQueue()
    for one in (model, *twins):
        free.put(one)

    def both(item: tuple[int, int]) -> dict[str, object]:
        k, row = item
        mine = free.get()
        try:
            say(f"{k + 1} of {len(rows)}: {names.row(row)}")
            return sides_of(plan, mine, row, names)
        finally:
            free.put(mine)

    pool = ThreadPoolExecutor(1 + len(twins))
    try:
        found = list(pool.map(both, enumerate(rows.tolist())))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # after Ctrl-C nobody waits for the rows that are left
    model.home()
    return found, sum(t.solves for t in twins)


def sides_of(plan: Plan, model: Parametric, row: int, names: _Names) -> dict[str, object]:
    """Both sides of one right side: prices [USD per unit, discounted], amounts [unit], what binds next."""
    relief = -np.sign(model.base.y[row]) or 1.0
    trial, per = _trial(plan, model, row), names.per[row]
    out: dict[str, object] = {"halves_after": np.nan, "queue_next": ""}
    model.home()
    for name, sign in (("loss", -relief), ("relief", relief)):
        try:
            side = model.side(row, sign, trial)
        except ArithmeticError as error:  # one side that cannot be solved leaves the others as they are
            out |= {
                f"{name}_price": np.nan,
                f"{name}_amount": np.nan,
                f"{name}_ended": False,
                f"{name}_next": f"{error}",
            }
            continue
        out[f"{name}_price"] = abs(side.slope) * 1e9 / per
        out[f"{name}_amount"] = side.reach * per
        out[f"{name}_ended"] = side.ended
        out[f"{name}_next"] = names.handed_over(model, side, row, sign)
        if name == "relief":
            after, point = model.until(row, sign, side, trial)
            out["halves_after"] = after * per
            out["queue_next"] = names.queue(model.base, point, row)
    out["relief_sign"] = relief
    return out


def path_of(plan: Plan, model: Parametric, steps: int, names: _Names) -> pd.DataFrame:
    """Relieve what is worth most until its price is half (or its limit twice as large), and again: one row a step.

    price: before the relief [USD per unit, discounted]. saved: what the whole relief saves [M USD].
    """
    rows, done = [], []
    for step in range(1, steps + 1):
        grid = firsts(grid_of(plan, model.base.y, model.rhs))
        grid = grid[~grid["flat"].isin(done)]
        if not len(grid):
            break
        first = grid.iloc[0]
        row = int(first["flat"])
        relief = -np.sign(model.base.y[row])
        trial = _trial(plan, model, row)
        before, per = model.base.cost, names.per[row]
        model.home()
        try:
            side = model.side(row, relief, trial)
            amount = min(model.until(row, relief, side, trial)[0], trial)
            model.shift(row, relief * amount)
        except ArithmeticError:  # the path ends where it cannot be followed
            break
        done.append(row)
        rows.append(
            {
                "step": step, "bottleneck": names.row(row), "year": first["year"], "price": abs(side.slope) * 1e9 / per,
                "unit": first["unit"], "relief": amount * per, "saved": (before - model.base.cost) * 1e3,
                "weak": first["weak"],
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def rents_of(plan: Plan, grid: pd.DataFrame) -> pd.DataFrame:
    """Rent over the periods shown [M USD, discounted] by supply layer and door."""
    doors: Any = grid[grid["row"] == "door"]
    layer: Any = plan.tables.frames["doors"]["layer"]
    frame = pd.DataFrame(
        {"layer": doors["a"].map(layer), "door": doors["a"], "rent": doors["worth"], "weak": doors["weak"]}
    )
    if not len(frame):
        return pd.DataFrame({"layer": [], "door": [], "rent": [], "share": [], "weak": []})
    out: Any = (
        frame.groupby(["layer", "door"], sort=False).agg(rent=("rent", "sum"), weak=("weak", "max")).reset_index()
    )
    out = out.sort_values("rent", ascending=False, kind="stable").reset_index(drop=True)
    out["share"] = out["rent"] / max(float(out["rent"].sum()), 1e-12)
    return out[["layer", "door", "rent", "share", "weak"]]


def _trial(plan: Plan, model: Parametric, row: int) -> float:
    limit = abs(model.rhs[row])
    if limit <= 1e-9:
        limit = max(float(np.abs(model.base.activity[row])), float(np.abs(plan.flat.rhs).mean()) * 1e-2, 1e-3)
    return TRIAL * limit


class _Names:
    """Rows and columns in words."""

    def __init__(self, plan: Plan) -> None:
        layout = plan.assembly.program.layout
        self.rows, self.columns = layout.row_names(), layout.column_names()
        self.per = units_of(plan)
        family = np.array([n.split("[")[0] for n in self.rows])
        self.resource = np.isin(family, RESOURCES)
        self.flat = plan.flat

    def row(self, row: int) -> str:
        """Name of a row, its period as a number."""
        return self.rows[row]

    def handed_over(self, model: Parametric, side: Side, row: int, sign: float) -> str:
        """What binds beyond a side: a row or a column's bound without a price before, a little relief of which saves.

        Candidates by what they are worth beyond, resources first; each is tried just beyond the side.
        """
        if side.after is None:
            return "no plan beyond" if side.wall else ""
        amount = sign * BEYOND * side.reach
        for other, column, words in self._candidates(model.base, side.after, row):
            if model.gain(row, amount, other, column=column) > 0:
                return f"{(self.columns if column else self.rows)[other]}{words}"
        return "several at once"

    def _candidates(self, base: Point, after: Point, row: int) -> list[tuple[int, bool, str]]:
        """Position, whether it is a column, and words, the likeliest first."""
        worth = np.abs(after.y) * np.maximum(np.abs(self.flat.rhs), np.abs(after.activity))
        new = np.where(np.abs(base.y) > 1e-9, 0.0, worth)
        moved = np.where(np.abs(base.reduced) <= 1e-9, np.abs(after.reduced), 0.0)
        moved = moved * np.maximum(np.abs(base.x), np.abs(after.x))
        grown = np.where(self.resource, np.abs(after.y) - np.abs(base.y), 0.0) * np.abs(self.flat.rhs)
        new[row] = grown[row] = 0.0
        kinds = (
            (np.where(self.resource, new, 0.0), False, ""),
            (np.where(self.resource, 0.0, new), False, ""),
            (moved, True, " at its bound"),
            (grown, False, " binds more"),
        )
        return [
            (int(k), column, words)
            for values, column, words in kinds
            for k in np.argsort(-values, kind="stable")[:TRIED]
            if values[k] > 1e-12
        ]

    def queue(self, base: Point, after: Point | None, row: int) -> str:
        """The resource row that is worth most more at another optimum than at the base, if it binds anew above all."""
        if after is None:
            return ""
        size = np.maximum(np.abs(self.flat.rhs), np.abs(after.activity))
        more = np.where(self.resource, (np.abs(after.y) - np.abs(base.y)) * size, 0.0)
        more[row] = 0.0
        new = np.where(np.abs(base.y) <= 1e-9, more, 0.0)
        for worth, words in ((new, ""), (more, " binds more")):
            if worth.max(initial=0.0) > 1e-9:
                return f"{self.rows[int(np.argmax(worth))]}{words}"
        return ""


def units_of(plan: Plan) -> np.ndarray:
    """Table units in one program unit of each row [m]."""
    rows = plan.assembly.program.layout.rows
    return np.concatenate([np.broadcast_to(per_unit(b), b.exists.shape)[b.exists] for b in rows])


def _weak(plan: Plan, frame: pd.DataFrame) -> list[str]:
    """Grade-C inputs behind each row's limit, by name."""
    known = grades(plan.tables)
    weak = {
        (t, r, c)
        for t, r, c, g in zip(known["table"], known["row"], known["column"], known["grade"], strict=True)
        if g == "C"
    }
    out = []
    for family, a in zip(frame["row"], frame["a"], strict=True):
        table, *columns = INPUTS.get(family, ("",))
        out.append(", ".join(f"{table}.{a}.{c}" for c in columns if (table, a, c) in weak))
    return out
