"""What the explaining commands found, where a bundle holds it: hand-offs, relief, queues, futures, the frontier, ..."""

from __future__ import annotations

import math
import re
from typing import Any

import pandas as pd
from markupsafe import Markup

from planner.explained import kept
from planner.report import frontier
from planner.report.alternatives import alternatives
from planner.report.futures import futures
from planner.report.prices import said, titled
from planner.report.reading import Bundle, lines
from planner.report.svg import GREY, INK, WIDTH, drawing, tag, text
from planner.report.words import date, money, number

HANDED, QUEUES, ROUTES = 14, 20, 12
"""Rows shown of each."""
LONG, SHORT = 58, 46
"""Characters of a limit's name on the left and on the right of an arrow."""
HOT, ROW = "#ab341a", 27.0
TIP = tag(
    "defs",
    tag(
        "marker", tag("path", d="M0 0L7 3.5L0 7z", fill=HOT),
        id="tip", viewBox="0 0 7 7", refX=6, refY=3.5, markerWidth=7, markerHeight=7, orient="auto",
    ),
)  # fmt: skip
MEANT = {
    "unserved": ("buyers of {a} ({b})", ("workloads",)),
    "serve": ("{a} from {b}", ("workloads", "zones")),
    "undone": ("buyers of {a} ({b})", ("workloads",)),
    "hall": ("halls with {b} at {a}", ("sites", "cooling")),
    "dispatch": ("{b} power drawn at {a}", ("sites", "generation")),
    "build": ("{b} built in {a}", ("zones", "hardware")),
    "run": ("{b} running in {a}", ("zones", "hardware")),
    "order": ("orders at {a}", ("doors",)),
}
"""Families of columns in words, with the tables of their entities."""
NAMED = re.compile(r"(\w+)\[([^\]]*)\]@(\d+)(.*)")


def explained(bundle: Bundle) -> dict[str, object]:
    """Drawings and rows; None or empty where the command was not run on this plan."""
    found, path = kept(bundle.folder, "bottlenecks"), kept(bundle.folder, "path")
    line, today = kept(bundle.folder, "frontier"), kept(bundle.folder, "frontier_today")
    return {
        "handed": None if found is None or not len(found) else _handed(bundle, found.head(HANDED)),
        "path": None if path is None or not len(path) else _path(bundle, path),
        "queues": _queues(bundle, kept(bundle.folder, "queues")),
        "routes": _routes(bundle, kept(bundle.folder, "routes")),
        "futures": futures(bundle),
        "alternatives": alternatives(bundle),
        "frontier": None
        if line is None or today is None or not len(line)
        else frontier.figure(line, today, float(line["by"].iloc[0])),
    }


def worded(bundle: Bundle, name: str) -> str:
    """A limit's name in words, with its date; other words stay as they are."""
    match = NAMED.fullmatch(name)
    if match is None:
        return name
    row, entity, period, rest = match.groups()
    a, b, c = (*entity.split(","), "", "")[:3]
    when = bundle.tables.years[min(int(period), bundle.tables.horizon - 1)]
    words, tables = MEANT.get(row, ("", ()))
    a_name, b_name = (titled(bundle, t, e) for t, e in zip((*tables, "", "")[:2], (a, b), strict=True))
    told = words.format(a=a_name, b=b_name) if words else said(bundle, (row, a, b, c))
    return f"{told}, {date(float(when))}{rest}"


def _cut(words: str, longest: int) -> str:
    return words if len(words) <= longest else f"{words[: longest - 1]}…"


def _handed(bundle: Bundle, found: pd.DataFrame) -> Markup:
    """An arrow from each limit to the queue that has taken over once its price is half, with the amount it takes."""
    rows = list(lines(found))
    after = [worded(bundle, r.queue_next) or "no other queue" for r in rows]
    nodes = list(dict.fromkeys(after))
    step = ROW * max(len(rows) / max(len(nodes), 1), 1.0)
    parts = [
        TIP,
        text(378, 14, "what binds", anchor="end", weight="600"),
        text(388, 14, "price holds for", weight="600"),
        text(500, 14, "is half after", weight="600"),
        text(722, 14, "then binds", weight="600"),
    ]
    for i, (r, words) in enumerate(zip(rows, after, strict=True)):
        y, end = 30.0 + ROW * i + 9, 30.0 + step * (nodes.index(words) + 0.5)
        name = f"{said(bundle, (r.row, r.a, r.b, r.c))}, {date(r.year)}"
        price = abs(r.plain * r.relief_price / r.price) if r.price else math.nan
        half = number(r.halves_after) if math.isfinite(r.halves_after) else "twice"
        held = f"{'' if r.relief_ended else '≥ '}{number(r.relief_amount)} {_cut(str(r.unit), 9)}"
        first = worded(bundle, r.relief_next)
        note = f"{name}: worth {number(price)} {r.price_unit} for {number(r.relief_amount)} {r.unit}; first {first}"
        parts.append(text(378, y + 4, _cut(name, LONG), anchor="end", size=11.5, fill=INK))
        parts.append(text(388, y + 4, held, size=11, fill=GREY))
        parts.append(text(500, y + 4, half, size=11, fill=GREY))
        curve = f"M572 {y:.1f}C650 {y:.1f} 640 {end:.1f} 714 {end:.1f}"
        parts.append(
            tag("path", tag("title", note), d=curve, fill="none", stroke=HOT, stroke_width=1.3, marker_end="url(#tip)")
        )
    for place, words in enumerate(nodes):
        parts.append(text(722, 30.0 + step * (place + 0.5) + 4, _cut(words, SHORT), size=11.5, fill=INK))
    high = 36.0 + ROW * max(len(rows), len(nodes))
    return drawing(WIDTH, high, "What binds next when a limit is relieved", *parts)


def _path(bundle: Bundle, path: pd.DataFrame) -> Markup:
    """One line a step: what is relieved, by how much, and what it saves, as a bar."""
    rows = list(lines(path))
    most = max((r.saved for r in rows), default=0.0) or 1.0
    parts = [text(378, 14, "relieve", anchor="end", weight="600"), text(388, 14, "by", weight="600")]
    parts.append(text(540, 14, "saves", weight="600"))
    for i, r in enumerate(rows):
        y = 30.0 + ROW * i + 9
        parts.append(
            text(378, y + 4, _cut(f"{r.step}  {worded(bundle, r.bottleneck)}", LONG), anchor="end", size=11.5, fill=INK)
        )
        parts.append(text(388, y + 4, f"{number(r.relief)} {_cut(str(r.unit), 18)}", size=11, fill=GREY))
        wide = max(340.0 * max(r.saved, 0.0) / most, 0.5)
        parts.append(tag("rect", x=540, y=y - 7, width=wide, height=14, fill=HOT, opacity=0.8))
        parts.append(text(546 + wide, y + 4, money(r.saved), size=11, fill=INK))
        if i + 1 < len(rows):
            parts.append(
                tag("path", d=f"M533 {y + 4:.1f}v{ROW - 10:.1f}", stroke=HOT, stroke_width=1.3, marker_end="url(#tip)")
            )
    return drawing(WIDTH, 36.0 + ROW * len(rows), "The path of relief", *parts)


def _queues(bundle: Bundle, found: pd.DataFrame | None) -> list[dict[str, Any]]:
    """The queues that were solved again, phases to join among them."""
    if found is None:
        return []
    some: Any = found[found["later"].notna() | (found["verdict"] != "")].head(QUEUES)
    return [
        {
            "name": _named(bundle, r.name), "kind": r.kind, "joined": date(r.joined) if math.isfinite(r.joined) else "",
            "years": r.years, "earlier": _sum(r.earlier), "later": _sum(r.later), "latest": _months(r.latest),
            "slip": _sum(r.slip), "without": _sum(r.without), "verdict": r.verdict, "instead": r.instead,
        }
        for r in lines(some)
    ]  # fmt: skip


def _routes(bundle: Bundle, found: pd.DataFrame | None) -> list[dict[str, Any]]:
    if found is None:
        return []
    return [
        {"queue": _named(bundle, r.queue), "route": r.route, "how": r.how, "cost": _sum(r.cost)}
        for r in lines(found.head(ROUTES * 6))
    ]


def _named(bundle: Bundle, queue: str) -> str:
    """A queue by its titles: a phase, a door, or a layer for an item."""
    layer, joined, item = queue.partition(" for ")
    if joined:
        tables = ("hardware", "generation", "cooling", "satellite_classes", "doors")
        whose = next((bundle.name(t, item) for t in tables if item in bundle.tables.frames[t].index), item)
        return f"{bundle.name('layers', layer)} for {whose}"
    return titled(bundle, "phases" if queue in bundle.tables.frames["phases"].index else "doors", queue)


def _sum(value: float) -> str:
    return "" if math.isnan(value) else "no plan" if math.isinf(value) else money(value)


def _months(value: float) -> str:
    return "" if math.isnan(value) else "any" if math.isinf(value) else f"{number(value)} mo"
