"""Scarcity prices shown true: apply the relief that a price speaks of, solve anew from nothing, compare.

For each limit of the table of bottlenecks: the limit is moved within the amount over which its price is said to hold,
and the program is solved again without a warm start; the change of the cost is set against price x amount. Then it is
moved just beyond, and what is said to bind next is relieved a little: that must save money there, and next to nothing
before. Whole decisions are held, as the prices say.

Run: python benchmarks/shown.py [dataset ...]   writes benchmarks/results/shown.json and docs/bottlenecks.md
"""

from __future__ import annotations

import json
import re
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from machine import machine

import planner
from planner.engines.warm import model_of
from planner.flat import Flat
from planner.studies.bottlenecks.study import held_program

HERE = Path(__file__).parent
DATASETS = ("two-engines", "world")
LIMITS = 24
INSIDE, BEYOND = 0.6, 1.001
"""Shares of the amount at which the price is tried, and what binds next."""
LITTLE = 1e-3
"""How far what binds next is relieved, as a share of it."""


class Anew:
    """The cost of a program: from nothing by interior point and crossover, or along from the last one by simplex."""

    def __init__(self, flat: Flat) -> None:
        self.flat = replace(flat, integer=np.zeros_like(flat.integer))
        self.model: Any = None

    def cost(self, **other: Any) -> float:
        """Cost with other right sides, solved from nothing [G USD]; inf without a plan."""
        self.model = model_of(replace(self.flat, **other), 1e-9)
        self.model.setOptionValue("solver", "ipm")
        self.model.setOptionValue("run_crossover", "on")
        return self._run()

    def along(self, rhs: np.ndarray, lower: np.ndarray | None = None, upper: np.ndarray | None = None) -> float:
        """The same with other right sides and bounds of the model that was solved last."""
        self.model.setOptionValue("solver", "simplex")
        self.model.setOptionValue("dual_simplex_cost_perturbation_multiplier", 0.0)
        flat, far = self.flat, np.inf
        for i in np.flatnonzero(rhs != flat.rhs).tolist():
            low, high = (rhs[i] if flat.sense[i] >= 0 else -far), (rhs[i] if flat.sense[i] <= 0 else far)
            self.model.changeRowBounds(i, low, high)
        some = np.flatnonzero((lower != flat.lower) | (upper != flat.upper)) if lower is not None else np.zeros(0, int)
        for j in some.tolist():
            self.model.changeColBounds(j, lower[j], upper[j])
        cost = self._run()
        for i in np.flatnonzero(rhs != flat.rhs).tolist():
            low, high = (flat.rhs[i] if flat.sense[i] >= 0 else -far), (flat.rhs[i] if flat.sense[i] <= 0 else far)
            self.model.changeRowBounds(i, low, high)
        for j in some.tolist():
            self.model.changeColBounds(j, flat.lower[j], flat.upper[j])
        return cost

    def _run(self) -> float:
        self.model.run()
        good = "Optimal" in self.model.modelStatusToString(self.model.getModelStatus())
        return float(self.model.getInfo().objective_function_value) if good else np.inf


def moved(flat: Flat, row: int, amount: float) -> np.ndarray:
    """Right sides with one moved."""
    rhs = flat.rhs.astype(float).copy()
    rhs[row] += amount
    return rhs


def relieved(flat: Flat, rhs: np.ndarray, name: str, rows: dict[str, int], columns: dict[str, int]) -> list[dict]:
    """Programs in which what is named is relieved a little: a row, or the bound that a column is at."""
    plain = re.sub(r" (at its bound|binds more)$", "", name)
    if plain in rows and not name.endswith("at its bound"):
        k = rows[plain]
        step = LITTLE * max(abs(rhs[k]), 1e-3)
        signs = {-1: (1.0,), 1: (-1.0,), 0: (1.0, -1.0)}[int(flat.sense[k])]
        return [{"rhs": moved(replace(flat, rhs=rhs), k, s * step)} for s in signs]
    j = columns[plain]
    lower, upper = flat.lower.copy(), flat.upper.copy()
    step = LITTLE * max(abs(upper[j]) if np.isfinite(upper[j]) else 0.0, abs(lower[j]), 1e-3)
    lower[j] -= step
    upper[j] += step
    return [{"rhs": rhs, "lower": lower, "upper": upper}]


def checked(name: str, say: Any = print) -> dict[str, Any]:
    """The first limits of a dataset's plan, each shown or not."""
    plan = planner.solve(name, gap=0.01, time=300)
    begun = time.monotonic()
    found = planner.bottlenecks(plan, top=LIMITS, steps=0)
    seconds = time.monotonic() - begun
    flat, layout = held_program(plan), plan.assembly.program.layout
    anew, walking = Anew(flat), Anew(flat)
    base = walking.cost()
    rows = {n: i for i, n in enumerate(layout.row_names())}
    columns = {n: j for j, n in enumerate(layout.column_names())}
    out = []
    for r in found.top.itertuples():
        per, sign = abs(r.per), r.relief_sign
        entry: dict[str, Any] = {"limit": f"{layout.row_names()[r.flat]}", "amount": r.relief_amount, "unit": r.unit}
        if r.relief_amount > 0 and np.isfinite(r.relief_amount):
            amount = INSIDE * r.relief_amount / per
            predicted = r.relief_price * per * 1e-9 * amount
            change = base - anew.cost(rhs=moved(flat, r.flat, sign * amount))
            entry |= {"predicted": predicted * 1e3, "measured": change * 1e3}
            entry["off"] = abs(change - predicted) / max(abs(predicted), 1e-9 * abs(base))
        if r.relief_ended and r.relief_next not in ("", "no plan beyond", "several at once"):
            there = moved(flat, r.flat, sign * BEYOND * r.relief_amount / per)
            gains = []
            for rhs in (there, flat.rhs.astype(float)):
                here = walking.along(rhs)
                gains.append(here - min(walking.along(**m) for m in relieved(flat, rhs, r.relief_next, rows, columns)))
            entry |= {"next": r.relief_next, "gain_beyond": gains[0] * 1e3, "gain_before": gains[1] * 1e3}
        say(json.dumps(entry))
        out.append(entry)
    return {"dataset": name, "objective": plan.objective, "columns": flat.shape[1], "seconds": seconds, "limits": out}


def page(result: dict[str, Any]) -> str:
    """docs/bottlenecks.md from the measured results."""
    lines = [
        "# Prices shown true",
        "",
        "What `planner bottlenecks` says of the first limits of each plan, tried: the limit is moved by "
        f"{INSIDE:.0%} of the amount over which its price is said to hold, and the program is solved again from "
        "nothing (HiGHS interior point with crossover, whole decisions held). *off*: how far the change of the cost is "
        "from price x amount. *next*: what is said to bind beyond the amount is relieved by a thousandth (from there "
        "by dual simplex) at "
        f"{BEYOND:g} x the amount, and at the limit as it is; shown: it saves there, and more than before.",
        "",
        f"Made by `python benchmarks/shown.py` on {result['machine']['processor']}, {result['date']}.",
    ]
    for one in result["datasets"]:
        tried = [e for e in one["limits"] if "off" in e]
        handed = [e for e in one["limits"] if "next" in e]
        good = [e for e in tried if e["off"] <= 0.02]
        right = [e for e in handed if shown(e)]
        lines += [
            "",
            f"## {one['dataset']}",
            "",
            f"{one['columns']:,} columns. {len(good)} of {len(tried)} prices within 2 %, {len(right)} of {len(handed)} "
            f"hand-offs shown. The {len(one['limits'])} limits took {one['seconds']:.0f} s.",
            "",
            "| limit | amount | predicted [M USD] | measured [M USD] | off | binds next | saves beyond [M USD] "
            "| before |",
            "|---|---:|---:|---:|---:|---|---:|---:|",
        ]
        for e in one["limits"]:
            cells = [e["limit"], f"{e['amount']:,.4g} {e['unit']}"]
            cells += [f"{e[k]:,.4g}" if k in e else "" for k in ("predicted", "measured")]
            cells += [f"{e['off']:.2%}" if "off" in e else "", e.get("next", "")]
            cells += [f"{e[k]:,.3g}" if k in e else "" for k in ("gain_beyond", "gain_before")]
            lines.append("| " + " | ".join(c.replace("|", "/") for c in cells) + " |")
    return "\n".join(lines) + "\n"


def shown(entry: dict[str, Any]) -> bool:
    """Whether relief of what binds next saves beyond the amount, and more than before it."""
    return entry["gain_beyond"] > max(entry["gain_before"] * (1 + 1e-6), 0.0) + 1e-6


if __name__ == "__main__":
    result = {
        "date": time.strftime("%Y-%m-%d"),
        "machine": machine(),
        "datasets": [checked(name) for name in (sys.argv[1:] or DATASETS)],
    }
    (HERE / "results" / "shown.json").write_text(json.dumps(result, indent=1))
    (HERE.parent / "docs" / "bottlenecks.md").write_text(page(result))
