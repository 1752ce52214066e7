"""Near-optimal plans: ranges of things, proven and reached, as a picture; verdicts; what moves instead."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from markupsafe import Markup

from planner.explained import kept
from planner.report.reading import Bundle, lines
from planner.report.svg import GREY, INK, LINE, WIDTH, drawing, tag, text
from planner.report.words import money, percent, quantity

VERDICTS = {
    "needed": "every plan within it has at least what is proven",
    "dispensable": "a plan within it that has none was found",
    "possible": "the plan has none, and a plan within it that has some was found",
    "never": "no plan within it has any",
    "open": "neither is proven or found: whole decisions lie between",
}
"""Verdicts in words; "it" is the share of the cost that is allowed."""
MOVES = 3
"""Moves told of each plan reached."""
ROW, LEFT, ACROSS = 27.0, 300.0, 400.0
PROVEN, REACHED = "#c9d6e2", "#2f6fb0"


def first_of_each_kind(moves: pd.DataFrame, name: str, side: str) -> pd.DataFrame:
    """Moves of one plan reached, the first of each kind of thing."""
    mine: Any = moves[(moves["name"] == name) & (moves["side"] == side)]
    return pd.DataFrame(mine.drop_duplicates("kind"))


def alternatives(bundle: Bundle) -> dict[str, Any] | None:
    """The picture and the rows; None where `planner alternatives` was not run on this plan."""
    table, moves = kept(bundle.folder, "alternatives"), kept(bundle.folder, "alternatives_moves")
    if table is None or moves is None or not len(table):
        return None
    rows: list[Any] = list(lines(table))
    return {
        "within": percent(rows[0].within), "allowed": money(rows[0].allowed), "figure": _figure(rows),
        "verdicts": [(v, words) for v, words in VERDICTS.items() if v in set(table["verdict"])],
        "rows": [
            {
                "title": f"{r.title}, {r.unit}", "name": r.name, "verdict": r.verdict, "without": _sum(r.without),
                "least": f"{quantity(r.proven_least)} / {quantity(r.reached_least)}", "planned": quantity(r.planned),
                "most": f"{quantity(r.reached_most)} / {quantity(r.proven_most)}",
                "moves": [
                    f"at the {side}: {told}" for side in ("least", "most") if (told := _moves(moves, r.name, side))
                ],
            }
            for r in rows
        ],
    }  # fmt: skip


def _moves(moves: pd.DataFrame, name: str, side: str) -> str:
    some = first_of_each_kind(moves, name, side).head(MOVES)
    return "; ".join(f"{r.title} {'+' if r.change > 0 else '−'}{quantity(abs(r.change))} {r.unit}" for r in lines(some))


def _figure(rows: list[Any]) -> Markup:
    """A line a thing, each from 0 to the most that is proven: what is proven, within it what is reached, the plan."""
    parts = [text(LEFT + ACROSS + 96, 14, "verdict", weight="600"), text(LEFT - 10, 14, "thing", anchor="end")]
    parts += [
        tag("rect", x=LEFT, y=5, width=16, height=10, fill=PROVEN), text(LEFT + 22, 14, "proven"),
        tag("rect", x=LEFT + 84, y=7, width=16, height=6, fill=REACHED), text(LEFT + 106, 14, "reached"),
        tag("line", x1=LEFT + 176, x2=LEFT + 176, y1=3, y2=17, stroke=INK, stroke_width=2),
        text(LEFT + 184, 14, "the plan"),
    ]  # fmt: skip
    for i, r in enumerate(rows):
        y = 34.0 + ROW * i
        top = max(r.proven_most, r.reached_most, r.planned)

        def across(value: float, top: float = top) -> float:
            return LEFT + ACROSS * (value / top if top > 0 else 0.0)

        note = (
            f"{r.title}: every plan has {quantity(r.proven_least)} to {quantity(r.proven_most)} {r.unit}, "
            f"plans reach {quantity(r.reached_least)} to {quantity(r.reached_most)}, planned {quantity(r.planned)}"
        )
        name = r.title if len(r.title) <= 44 else f"{r.title[:43]}…"
        parts += [
            text(LEFT - 10, y + 4, name, anchor="end", size=11.5, fill=INK),
            tag("line", x1=LEFT, x2=LEFT + ACROSS, y1=y, y2=y, stroke=LINE),
            _bar(across(r.proven_least), across(r.proven_most), y, 14, PROVEN, note),
            _bar(across(r.reached_least), across(r.reached_most), y, 6, REACHED, note),
            tag("line", x1=across(r.planned), x2=across(r.planned), y1=y - 9, y2=y + 9, stroke=INK, stroke_width=2),
            text(LEFT + ACROSS + 8, y + 4, quantity(top), size=11),
            text(LEFT + ACROSS + 96, y + 4, f"{r.verdict} ({r.unit})", size=11.5, fill=INK if top > 0 else GREY),
        ]
    label = "Least and most of things over near-optimal plans, each from 0 to the most that is proven"
    return drawing(WIDTH, 40.0 + ROW * len(rows), label, *parts)


def _bar(low: float, high: float, y: float, height: float, fill: str, note: str) -> Markup:
    return tag(
        "rect", tag("title", note), x=low, y=y - height / 2, width=max(high - low, 1.5), height=height, fill=fill
    )


def _sum(value: float) -> str:
    return "" if math.isnan(value) else "no plan found" if math.isinf(value) else money(value)
