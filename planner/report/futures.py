"""Sampled futures planned anew: what they cost by how much may still be changed, which queues hold, what binds."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from planner.explained import kept
from planner.report.prices import said, titled
from planner.report.reading import Bundle, lines
from planner.report.words import date, money, percent

SHOWN = 14
"""Rows shown of each table."""


def costs(table: pd.DataFrame) -> dict[str, pd.Series]:
    """Cost of futures [M USD] by how much may still be changed, and the differences: a series each, by future.

    table: as of `planner.studies.futures.Futures`.
    """
    frame: Any = table
    held = frame["held"].where(frame["held"] < math.inf)
    return {
        "bound": frame["bound"],
        "whole decisions kept": held,
        "as planned": frame["replayed"],
        "as planned above the bound": frame["replayed"] - frame["bound"],
        "of it in whole decisions": held - frame["bound"],
        "of it in orders and builds": frame["replayed"] - held,
    }


def spread(values: pd.Series) -> tuple[float, float, float] | None:
    """Mean, P10 and P90 of what is known; None where nothing is."""
    some: Any = values.dropna()
    return (float(some.mean()), float(some.quantile(0.1)), float(some.quantile(0.9))) if len(some) else None


def futures(bundle: Bundle) -> dict[str, Any] | None:
    """Rows of the three tables; None where `planner futures` was not run on this plan."""
    table, queues, limits = (kept(bundle.folder, f"futures{part}") for part in ("", "_queues", "_limits"))
    if table is None or queues is None or limits is None or not len(table):
        return None
    told: Any = queues[queues["verdict"] != ""]
    return {
        "count": len(table),
        "costs": [(name, *map(money, s)) for name, values in costs(table).items() if (s := spread(values))],
        "queues": [
            (titled(bundle, "phases", r.name), _when(r.planned), percent(r.share), _when(r.year), r.verdict)
            for r in lines(told.head(SHOWN))
        ],
        "limits": [
            (said(bundle, (r.row, r.a, r.b, r.c)), percent(r.share), *map(money, (r.worth, r.worth_high, r.planned)))
            for r in lines(limits.head(SHOWN))
        ],
    }


def _when(year: float) -> str:
    return date(year) if math.isfinite(year) else ""
