"""The frontier of orbit: launch price below which it enters, against Earth as it is queued and without queues."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from planner.report.svg import GREY, INK, LINE, WIDTH, drawing, sheet, tag, text
from planner.report.words import number

COLOURS = ("#7fb3d5", "#2f6f9f", "#8c3b2e", "#c9832b", "#5b4a86", "#3d7d54")
HIGH, LEFT, TOP, ACROSS, DOWN, STEP = 460.0, 62.0, 70.0, 388.0, 300.0, 490.0
TODAY, NONE = "#9a6a10", "#1f7a54"
STYLE = Markup(
    "<style>svg.frontier{font-family:Inter,'Segoe UI','Helvetica Neue',Arial,sans-serif}.paper{fill:#fff}</style>"
)


def figure(table: pd.DataFrame, today: pd.DataFrame, by: float) -> Markup:
    """The picture for a page. table: as `studies.frontier` makes it; today: kind, title, value of what is so today."""
    return drawing(WIDTH, HIGH, _label(by), *_parts(table, today, by))


def file(table: pd.DataFrame, today: pd.DataFrame, by: float) -> str:
    """The picture as a file of its own."""
    return sheet(WIDTH, HIGH, _label(by), STYLE, "frontier", *_parts(table, today, by))


def _label(by: float) -> str:
    return f"Launch price below which orbit enters before {by:g}"


def _parts(table: Any, today: Any, by: float) -> list[Markup]:
    known = table[np.isfinite(table["price"]) & (table["price"] > 0)]
    launch = today.loc[today["kind"] == "launch", "value"].to_numpy(float)
    marks = _decades(np.r_[known["price"].to_numpy(float), launch[np.isfinite(launch)]])
    masses = np.unique(
        np.r_[table["mass"].to_numpy(float), today.loc[today["kind"] == "class", "value"].to_numpy(float)]
    )

    def across(mass: float) -> float:
        span = math.log(masses[-1] / masses[0]) or 1.0
        return 14.0 + (ACROSS - 28.0) * math.log(mass / masses[0]) / span

    def down(price: float) -> float:
        share = math.log(max(price, marks[0]) / marks[0]) / math.log(marks[-1] / marks[0])
        return TOP + DOWN * (1.0 - share)

    parts = [text(0, 16, _label(by), size=15, fill=INK, weight="650")]
    said = "USD/kg of every vehicle, all satellites of one mass; below a line the first one pays for itself. "
    parts.append(text(0, 34, said + "Broken lines and triangles: launches and satellite classes of the scenario."))
    panels = [(earth, rows) for earth, rows in table.groupby("earth", sort=False)]
    for k, (earth, rows) in enumerate(panels):
        x = LEFT + STEP * k
        parts.append(text(x, TOP - 12, f"Earth {earth}", size=13, fill=INK, weight="600"))
        parts += _frame(x, marks, np.unique(rows["mass"]), across, down)
        parts += _today(x, today, across, down)
        for i, (_, line) in enumerate(rows.groupby("factor", sort=False, dropna=False)):
            colour = NONE if math.isnan(float(line["factor"].iloc[0])) else COLOURS[i % len(COLOURS)]
            parts += _line(x, line, colour, across, down, i)
    return parts


def _frame(x: float, marks: Sequence[float], masses: np.ndarray, across: Any, down: Any) -> list[Markup]:
    parts = []
    for m in marks:
        parts.append(tag("line", x1=x, x2=x + ACROSS, y1=down(m), y2=down(m), stroke=LINE))
        parts.append(text(x - 8, down(m) + 4, f"{m:,.10g}", anchor="end"))
    for mass in masses:
        parts.append(text(x + across(mass), TOP + DOWN + 18, f"{mass:g}", anchor="middle"))
    parts.append(text(x + ACROSS / 2, TOP + DOWN + 36, "mass of satellites [kg per kW of IT]", anchor="middle"))
    return parts


def _today(x: float, today: Any, across: Any, down: Any) -> list[Markup]:
    """What the scenario has: launch prices as lines across, classes of satellites as marks below."""
    parts = []
    for r in today.itertuples():
        if not math.isfinite(r.value):
            continue
        if r.kind == "launch":
            y = down(r.value)
            parts.append(tag("line", x1=x, x2=x + ACROSS, y1=y, y2=y, stroke=TODAY, stroke_dasharray="4 3"))
            parts.append(text(x + 3, y - 4, f"{r.title}: {number(r.value)}", size=11, fill=TODAY))
        else:
            at, low = x + across(r.value), TOP + DOWN
            note = tag("title", f"{r.title}: {number(r.value)} kg/kW")
            parts.append(tag("path", note, d=f"M{at:.1f} {low - 1:.1f}l-5 -9h10z", fill=TODAY))
    return parts


def _line(x: float, line: Any, colour: str, across: Any, down: Any, place: int) -> list[Markup]:
    """One frontier: filled where plans on both sides show it, a cross where not even a free launch brings orbit in."""
    parts, drawn = [], line[np.isfinite(line["price"]) & (line["price"] > 0)]
    points = " ".join(f"{x + across(r.mass):.1f},{down(r.price):.1f}" for r in drawn.itertuples())
    parts.append(tag("polyline", points=points, fill="none", stroke=colour, stroke_width=2))
    for r in line.itertuples():
        at = x + across(r.mass)
        if r.price > 0 and math.isfinite(r.price):
            note = tag("title", f"{r.mass:g} kg/kW: enters below {number(r.price)} USD/kg")
            fill = colour if r.shown else "#fff"
            parts.append(
                tag("circle", note, cx=at, cy=down(r.price), r=3.6, fill=fill, stroke=colour, stroke_width=1.5)
            )
        elif r.price == 0:
            note = tag("title", f"{r.mass:g} kg/kW: not even with free launches")
            cross = f"M{at - 4:.1f} {TOP + DOWN - 20:.1f}l8 8m0 -8l-8 8"
            parts.append(tag("path", note, d=cross, stroke=colour, stroke_width=2))
    wait = float(line["wait"].iloc[0])
    name = (
        "no wait"
        if math.isnan(float(line["factor"].iloc[0]))
        else f"{number(wait)} yr for grid power ({line['factor'].iloc[0]:g} ×)"
    )
    y = TOP + DOWN + 58 + 16 * (place % 2)
    left = x + 190 * (place // 2)
    parts.append(tag("line", x1=left, x2=left + 18, y1=y - 4, y2=y - 4, stroke=colour, stroke_width=2))
    parts.append(text(left + 24, y, name, fill=GREY))
    return parts


def _decades(values: np.ndarray) -> list[float]:
    """1, 2, 5 steps around the data."""
    low, high = (float(values.min()), float(values.max())) if values.size else (100.0, 1000.0)
    steps = [k * 10.0**e for e in range(-1, 7) for k in (1, 2, 5)]
    first = max((s for s in steps if s <= low), default=steps[0])
    last = min((s for s in steps if s >= high), default=steps[-1])
    return [s for s in steps if first <= s <= last] if last > first else [first, 10 * first]
