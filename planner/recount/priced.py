"""Whether row prices prove the plan they are printed with, and whether replayed futures are numbers that can be."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from planner.certificate import dual_bound
from planner.program import Flat
from planner.recount.comparing import FEW, SAME, few, said
from planner.recount.reading import anything, shown

PRICED = 1e-6
"""Row prices may fall short of the plan's cost by this share of the gross money."""


def proved_prices(
    printed: dict, flat: Flat, x: np.ndarray, y: np.ndarray, gross: float, rows: list[str], columns: list[str]
) -> tuple[float, list[str]]:
    """The prices proved, or none where the plan was stopped before there were any."""
    if printed.get("prices") == "not computed" and not y.any() and printed.get("certified") is False:
        return math.nan, []
    if printed.get("prices") != "computed":
        return math.nan, [f"certificate.json: prices are {said(printed.get('prices'))}, but prices.parquet holds some"]
    return price_faults(flat, x, y, gross, rows, columns)


def price_faults(
    flat: Flat, x: np.ndarray, y: np.ndarray, gross: float, rows: list[str], columns: list[str]
) -> tuple[float, list[str]]:
    """How far row prices y [m] fall short of proving the plan x [n] with its integers fixed [M USD], and why.

    Reaching the plan's cost is dual feasibility and complementary slackness in one number; rows and columns that open
    the gap (slack times price, reduced cost times distance from its bound) are named. gross: gross money [G USD].
    """
    lower, upper = flat.lower.copy(), flat.upper.copy()
    lower[flat.integer] = upper[flat.integer] = np.round(x[flat.integer])
    objective = math.fsum(flat.cost * x) + flat.constant
    short = objective - dual_bound(flat.with_bounds(lower, upper), y)
    allowed = PRICED * max(gross, 1e-9)
    if short <= allowed:
        return short * 1e3, []
    slack = np.where(np.isfinite(flat.rhs), np.abs(flat.rhs - flat.matrix @ x), 0.0)
    reduced = flat.cost - flat.matrix.T @ y
    with np.errstate(invalid="ignore"):
        idle = np.nan_to_num(reduced * x - np.minimum(reduced * lower, reduced * upper))
    loose = np.abs(y) * slack
    faults = [
        f"prices.parquet: with the integers fixed they prove {(objective - short) * 1e3:.9g} M USD, "
        f"the plan costs {objective * 1e3:.9g} M USD"
    ]
    for i in np.argsort(-loose)[:FEW]:
        if loose[i] > allowed / 10:
            faults.append(
                f"prices.parquet: row {rows[i]} has a price although its limit is not reached "
                f"(slack times price {loose[i] * 1e3:.4g} M USD)"
            )
    for j in np.argsort(-idle)[:FEW]:
        if idle[j] > allowed / 10:
            near = flat.matrix[:, [j]].nonzero()[0][:FEW]
            among = ", ".join(rows[i] for i in near)
            faults.append(
                f"prices.parquet: column {columns[j]} is not priced as used ({idle[j] * 1e3:.4g} M USD); "
                f"a price among rows {among} is wrong"
            )
    return short * 1e3, faults


def replay_faults(folder: Path) -> list[str]:
    """replay.parquet, where there is one: numbers that are numbers, quantiles in order, shares in [0, 1]."""
    name = "replay.parquet"
    if not (folder / name).is_file():
        return []
    table, faults = anything(folder, name), []
    for column in table.columns:
        if pd.api.types.is_numeric_dtype(table[column].dtype) and table[column].dtype != bool:
            values = table[column].to_numpy(float, na_value=math.nan)
            if np.isinf(values).any():
                faults.append(f"{name}: column {shown(column)} holds a number that is not finite")
            if re.search(r"share|fraction|odds", str(column)) and ((values < -SAME) | (values > 1 + SAME)).any():
                faults.append(f"{name}: column {shown(column)} holds a share outside 0 to 1")
    order = [c for c in ("min", "p05", "p10", "p25", "p50", "p75", "p90", "p95", "max") if c in table.columns]
    for low, high in pairwise(order):
        odd = np.flatnonzero(
            table[low].to_numpy(float) > table[high].to_numpy(float) + SAME * np.abs(table[high].to_numpy(float))
        )
        faults += few(f"{name}: in line {i + 1} {low} is above {high}" for i in odd)
    return faults
