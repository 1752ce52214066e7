"""What the explaining commands found, where a bundle holds it: hand-offs, the path of relief, queues, the frontier."""

from __future__ import annotations

import math
import re
from typing import Any

import pandas as pd
from markupsafe import Markup

from planner.explained import kept
from planner.report import frontier
from planner.report.prices import said
from planner.report.reading import Bundle, lines
from planner.report.svg import GREY, INK, WIDTH, drawing, tag, text
from planner.report.words import date, money, number

HANDED, QUEUES, ROUTES = 14, 20, 12
"""Rows shown of each."""
LONG, SHORT = 58, 52
"""Characters of a limit's name on the left and on the right of an arrow."""
HOT, ROW = "#ab341a", 27.0
NAMED = re.compile(r"(\w+)\[([^\]]*)\]@(\d+)(.*)")


def explained(bundle: Bundle) -> dict[str, object]:
    """Drawings and rows; None or empty where the command was not run on this plan."""
    found, path = kept(bundle.folder, "bottlenecks"), kept(bundle.folder, "path")
    line, today = kept(bundle.folder, "frontier"), kept(bundle.folder, "frontier_today")
    return {
        "handed": None if found is None or not len(found) else _handed(bundle, found.head(HANDED)),
        "path": None if path is None or not len(path) else _path(bundle, path),
        "queues": _queues(kept(bundle.folder, "queues")),
        "routes": _routes(kept(bundle.folder, "routes")),
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
    try:
        return f"{said(bundle, (row, a, b, c))}, {date(float(when))}{rest}"
    except (KeyError, IndexError):
        return name


def _cut(words: str, longest: int) -> str:
    return words if len(words) <= longest else f"{words[: longest - 1]}…"


def _handed(bundle: Bundle, found: pd.DataFrame) -> Markup:
    """An arrow from each limit to what binds once it is relieved, with the amount after which it does."""
    rows = list(lines(found))
    after = [worded(bundle, r.relief_next) if r.relief_next else "nothing within twice the limit" for r in rows]
    nodes = list(dict.fromkeys(after))
    high = 30.0 + ROW * max(len(rows), len(nodes))
    spread = ROW * len(rows) / max(len(nodes), 1)
    parts = [
        tag("defs", tag("marker", tag("path", d="M0 0L7 3.5L0 7z", fill=HOT), id="tip", viewBox="0 0 7 7", refX=6, refY=3.5,
                        markerWidth=7, markerHeight=7, orient="auto")),
        text(378, 14, "what binds", anchor="end", weight="600"),
        text(388, 14, "holds for this much more", weight="600"),
        text(652, 14, "then binds", weight="600"),
    ]  # fmt: skip
    for i, (r, words) in enumerate(zip(rows, after, strict=True)):
        y, place = 30.0 + ROW * i + 9, nodes.index(words)
        end = 30.0 + max(ROW, spread) * (place + 0.5)
        name = f"{said(bundle, (r.row, r.a, r.b, r.c))}, {date(r.year)}"
        amount = f"{number(r.relief_amount)} {_cut(str(r.unit), 18)}" if math.isfinite(r.relief_amount) else "no range"
        price = abs(r.plain * r.relief_price / r.price) if r.price else math.nan
        note = f"{name}: worth {number(price)} {r.price_unit} for {amount} more; then {words}"
        parts.append(text(378, y + 4, _cut(name, LONG), anchor="end", size=11.5, fill=INK))
        parts.append(text(388, y + 4, f"{'' if r.relief_ended else '≥ '}{amount}", size=11, fill=GREY))
        curve = f"M520 {y:.1f}C585 {y:.1f} 590 {end:.1f} 644 {end:.1f}"
        parts.append(tag("path", tag("title", note), d=curve, fill="none", stroke=HOT, stroke_width=1.3, marker_end="url(#tip)"))
    for place, words in enumerate(nodes):
        y = 30.0 + max(ROW, spread) * (place + 0.5)
        parts.append(text(652, y + 4, _cut(words, SHORT), size=11.5, fill=INK))
    return drawing(WIDTH, high + 6, "What binds next when a limit is relieved", *parts)


def _path(bundle: Bundle, path: pd.DataFrame) -> Markup:
    """One line a step: what is relieved, by how much, and what it saves, as a bar."""
    rows = list(lines(path))
    most = max((r.saved for r in rows), default=0.0) or 1.0
    parts = [text(378, 14, "relieve", anchor="end", weight="600"), text(388, 14, "by", weight="600")]
    parts.append(text(540, 14, "saves", weight="600"))
    for i, r in enumerate(rows):
        y = 30.0 + ROW * i + 9
        parts.append(text(378, y + 4, _cut(f"{r.step}  {worded(bundle, r.bottleneck)}", LONG), anchor="end", size=11.5, fill=INK))
        parts.append(text(388, y + 4, f"{number(r.relief)} {_cut(str(r.unit), 18)}", size=11, fill=GREY))
        wide = max(340.0 * max(r.saved, 0.0) / most, 0.5)
        parts.append(tag("rect", x=540, y=y - 7, width=wide, height=14, fill=HOT, opacity=0.8))
        parts.append(text(546 + wide, y + 4, money(r.saved), size=11, fill=INK))
        if i + 1 < len(rows):
            parts.append(tag("path", d=f"M533 {y + 4:.1f}v{ROW - 10:.1f}", stroke=HOT, stroke_width=1.3, marker_end="url(#tip)"))
    return drawing(WIDTH, 36.0 + ROW * len(rows), "The path of relief", *parts)


def _queues(found: pd.DataFrame | None) -> list[dict[str, Any]]:
    """The queues that were solved again, phases to join among them."""
    if found is None:
        return []
    some = found[found["later"].notna() | (found["verdict"] != "")].head(QUEUES)
    return [
        {
            "name": r.name, "kind": r.kind, "joined": date(r.joined) if math.isfinite(r.joined) else "",
            "years": r.years, "earlier": _sum(r.earlier), "later": _sum(r.later), "latest": _months(r.latest),
            "slip": _sum(r.slip), "without": _sum(r.without), "verdict": r.verdict, "instead": r.instead,
        }
        for r in lines(some)
    ]  # fmt: skip


def _routes(found: pd.DataFrame | None) -> list[dict[str, Any]]:
    if found is None:
        return []
    return [{"queue": r.queue, "route": r.route, "how": r.how, "cost": _sum(r.cost)} for r in lines(found.head(ROUTES * 6))]


def _sum(value: float) -> str:
    return "" if math.isnan(value) else "no plan" if math.isinf(value) else money(value)


def _months(value: float) -> str:
    return "" if math.isnan(value) else "any" if math.isinf(value) else f"{number(value)} mo"
