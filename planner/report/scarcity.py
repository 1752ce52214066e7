"""What binds where and when: a calendar of the limits that are worth most, and who earns the scarcity."""

from __future__ import annotations

from typing import Any

import numpy as np
from markupsafe import Markup

from planner.report.prices import RESOURCES, said
from planner.report.reading import Bundle, lines
from planner.report.svg import GREY, INK, WIDTH, drawing, tag, text

SHOWN = 18
"""Limits of the calendar."""
RENTS = 12
"""Doors of the table of rents."""
KEYS = ["row", "a", "b", "c"]
PALE, FULL = (247, 243, 236), (171, 52, 26)
LEFT, TOP, HIGH = 372.0, 26.0, 19.0
LONG = 56
"""Characters of a limit's name in the calendar."""


def scarcity(bundle: Bundle) -> dict[str, object]:
    """The calendar as a drawing (None where nothing binds), and rents by door with their layer's name."""
    frame: Any = bundle.prices
    frame = frame[frame["row"].isin(list(RESOURCES)) & ~frame["tail"]].copy()
    frame["worth"] = (frame["price"] * frame["limit"]).abs()
    frame = frame[np.isfinite(frame["worth"]) & (frame["worth"] > 1e-6)]
    total: Any = frame.groupby(KEYS, sort=False)["worth"].sum().sort_values(ascending=False)
    return {
        "drawing": _calendar(bundle, frame, list(total.index[:SHOWN])) if len(total) else None,
        "more": max(len(total) - SHOWN, 0),
        "rents": _rents(bundle, frame),
    }


def _calendar(bundle: Bundle, frame: Any, first: list[tuple[str, str, str, str]]) -> Markup:
    """One line a limit, one cell a period, darker the more the limit is worth then; a line through the dearest."""
    years = bundle.tables.years[: bundle.tables.shown]
    worth = np.zeros((len(first), len(years)))
    place = {key: i for i, key in enumerate(first)}
    price: dict[tuple[int, int], str] = {}
    for r in lines(frame):
        i = place.get((r.row, r.a, r.b, r.c))
        if i is not None:
            worth[i, int(r.period)] = float(r.worth)
            price[i, int(r.period)] = f"{abs(float(r.price)):,.4g} {r.unit}, discounted"
    wide = (WIDTH - LEFT - 4) / len(years)
    scale = np.sqrt(worth / worth.max())
    parts = [text(LEFT, 14, "worth of the limit in the period: pale little, dark most; the line joins the dearest")]
    for i, key in enumerate(first):
        down = TOP + i * HIGH
        name = said(bundle, key)
        label = name if len(name) <= LONG else f"{name[: LONG - 1]}…"
        parts.append(text(LEFT - 8, down + 13, label, anchor="end", size=11, fill=INK))
        for t in range(len(years)):
            colour = "#" + "".join(f"{round(p + (f - p) * scale[i, t]):02x}" for p, f in zip(PALE, FULL, strict=True))
            note = f"{name}, {years[t]:.2f}: {worth[i, t]:,.4g} M USD ({price.get((i, t), 'no price')})"
            cell = {"x": LEFT + t * wide, "y": down, "width": wide - 1, "height": HIGH - 2, "fill": colour}
            parts.append(tag("rect", tag("title", note), **cell))
    dearest = [(t, int(np.argmax(worth[:, t]))) for t in range(len(years)) if worth[:, t].max() > 0]
    points = " ".join(f"{LEFT + (t + 0.5) * wide:.1f},{TOP + i * HIGH + 8.5:.1f}" for t, i in dearest)
    parts.append(tag("polyline", points=points, fill="none", stroke=INK, stroke_width=1.6))
    parts += [tag("circle", cx=LEFT + (t + 0.5) * wide, cy=TOP + i * HIGH + 8.5, r=2.6, fill=INK) for t, i in dearest]
    bottom = TOP + len(first) * HIGH
    for t, year in enumerate(years):
        if t == 0 or int(year) != int(years[t - 1]):
            parts.append(text(LEFT + t * wide, bottom + 14, int(year), size=11, fill=GREY))
    return drawing(WIDTH, bottom + 22, "Calendar of bottlenecks: limits by period", *parts)


def _rents(bundle: Bundle, frame: Any) -> list[dict[str, Any]]:
    """Price x free capacity of each door over the periods shown [M USD, discounted], the largest first."""
    doors = frame[frame["row"] == "door"]
    layer = bundle.tables.frames["doors"]["layer"]
    total: Any = doors.groupby("a", sort=False)["worth"].sum().sort_values(ascending=False)
    whole = max(float(total.sum()), 1e-12)
    return [
        {
            "door": bundle.name("doors", str(door)),
            "layer": bundle.name("layers", str(layer[door])),
            "rent": float(rent),
            "share": float(rent) / whole,
            "weak": bundle.weak("doors", str(door), "capacity", "sold"),
        }
        for door, rent in total.head(RENTS).items()
    ]
