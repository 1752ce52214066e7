"""The page of a stack: its picture and its tables, self-contained, nothing fetched and nothing run."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
from markupsafe import Markup

from planner.report.svg import tag
from planner.report.words import number
from planner.stack.found import Stack
from planner.stack.picture import picture
from planner.stack.words import satellite_tables, site_tables

STYLE = Markup(
    "<style>:root{color-scheme:light dark}body{margin:0 auto;max-width:1140px;padding:24px;background:#fff;"
    "color:#1d2730;font:14px/1.5 Inter,'Segoe UI','Helvetica Neue',Arial,sans-serif}svg{width:100%;height:auto}"
    ".wide{overflow-x:auto}table{border-collapse:collapse;font-size:13px;margin:0 0 6px}"
    "td{font-variant-numeric:tabular-nums}"
    "caption{text-align:left;font-weight:650;padding:14px 0 4px}"
    "th,td{padding:3px 14px 3px 0;border-bottom:1px solid #8884;text-align:right;white-space:nowrap}"
    "td.w,th.w{text-align:left}p{color:#5d6b78;max-width:70em}"
    "@media screen and (prefers-color-scheme:dark){body{background:#14191e;color:#e8edf1}p{color:#9fadb9}}</style>"
)
POLICY = Markup(
    '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
)


def page(found: Stack) -> str:
    """The picture, then every table with its notes."""
    blocks: list[Markup] = []
    for caption, columns, rows, notes in (*satellite_tables(found), *site_tables(found)):
        blocks.append(_table(caption, columns, rows))
        blocks += [tag("p", n) for n in notes]
    title = f"Stack of {found.tables.settings['title'] or found.tables.scenario.name}"
    body = tag("body", Markup(picture(found)), *blocks)
    return f"<!doctype html>\n{tag('html', tag('head', POLICY, tag('title', title), STYLE), body, lang='en')}\n"


def _table(caption: str, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> Markup:
    rows = [list(r) for r in rows]
    left = [not all(isinstance(r[i], int | float) for r in rows) for i, _ in enumerate(columns)]
    head = tag("tr", *(tag("th", c, class_="w" if w else None) for c, w in zip(columns, left, strict=True)))
    body = [
        tag("tr", *(tag("td", _cell(v), class_="w" if w else None) for v, w in zip(r, left, strict=True))) for r in rows
    ]
    return tag("div", tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *body)), class_="wide")


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if pd.isna(value) else number(value, 4)
    return str(value)
