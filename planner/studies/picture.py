"""The picture of a sweep: lines over one axis, heat over two; and a page with its table. Light and dark."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from planner.report.svg import sheet, tag
from planner.report.words import number, percent
from planner.studies.axes import Axis

if TYPE_CHECKING:
    import pandas as pd

    from planner.studies.sweeping import Sweep

PANELS = (
    ("cost", "Cost of the plan and its bound [M USD]"),
    ("orbit", "In orbit at the end [GW IT]"),
    ("earth", "Power energised on Earth at the end [GW facility]"),
    ("served", "Served, by value [%]"),
)
WIDTH, HEIGHT = 1100.0, 745.0
LEFT, TOP, ACROSS, DOWN = 78.0, 104.0, 430.0, 232.0
STEP_X, STEP_Y = 550.0, 346.0
STYLE = Markup(
    "<style>svg.sweep{font-family:Inter,'Segoe UI','Helvetica Neue',Arial,sans-serif;font-size:12px}"
    ".sweep .paper{fill:#fff}.sweep .ink{fill:#1d2730}.sweep .dim{fill:#5d6b78}.sweep .grid{stroke:#d9dfe5}"
    ".sweep .line{stroke:#2f6f9f;fill:none;stroke-width:2}.sweep .dot{fill:#2f6f9f;stroke:#2f6f9f;stroke-width:1.5}"
    ".sweep .open{fill:#fff}.sweep .band{fill:#2f6f9f;fill-opacity:.22}.sweep .none{stroke:#a63d2f;stroke-width:2}"
    ".sweep .hole{fill:none;stroke:#a63d2f}.sweep .bad{fill:#a63d2f}"
    "@media (prefers-color-scheme:dark){.sweep .paper,.sweep .open{fill:#14191e}.sweep .ink{fill:#e8edf1}"
    ".sweep .dim{fill:#9fadb9}.sweep .grid{stroke:#333d46}.sweep .line{stroke:#7fb8e0}"
    ".sweep .dot{fill:#7fb8e0;stroke:#7fb8e0}.sweep .band{fill:#7fb8e0}.sweep .dot.open{fill:#14191e}"
    ".sweep .none,.sweep .hole{stroke:#e08573}.sweep .bad{fill:#e08573}}.sweep .dot.open{fill-opacity:1}</style>"
)
PAGE = Markup(
    "<style>:root{color-scheme:light dark}body{margin:0 auto;max-width:1160px;padding:28px;background:#fff;"
    "color:#1d2730;font:14px/1.5 Inter,'Segoe UI','Helvetica Neue',Arial,sans-serif}svg{width:100%;height:auto}"
    ".wide{overflow-x:auto}table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}"
    "th,td{padding:3px 12px 3px 0;border-bottom:1px solid #8884;text-align:right;white-space:nowrap}"
    "td.w,th.w{text-align:left;padding-left:8px}td.l{white-space:normal;min-width:26em;overflow-wrap:anywhere}"
    "@media (prefers-color-scheme:dark){body{background:#14191e;color:#e8edf1}}</style>"
)
COLD, HOT = (244, 247, 250), (32, 84, 128)


def picture(found: Sweep) -> str:
    """The sweep as SVG: cost with its bound, orbit, Earth and service, over the last one or two axes that vary."""
    varying = [a for a in found.axes if len(a.words) > 1] or [found.axes[-1]]
    shown = varying[-2:]
    frame, held = _held(found, varying[:-2])
    draw: Callable[..., list[Markup]] = _heat if len(shown) == 2 else _lines
    parts = [
        _words(24, 34, found.title, "ink", size=19, weight="650"),
        _words(24, 56, _subtitle(found, held), "dim", size=13),
    ]
    for k, (column, heading) in enumerate(PANELS):
        x, y = LEFT + STEP_X * (k % 2), TOP + STEP_Y * (k // 2)
        parts.append(_words(x - 54, y - 16, heading, "ink", size=13, weight="600"))
        parts += draw(frame, shown, column, x, y)
    return sheet(WIDTH, HEIGHT, f"Sweep of {found.title}", STYLE, "sweep", *parts)


def _held(found: Sweep, others: Sequence[Axis]) -> tuple[pd.DataFrame, list[str]]:
    """The rows drawn: the first value of the axes that do not fit, with words for them."""
    frame, held = found.frame, []
    for axis in others:
        frame = frame.loc[frame[axis.name] == axis.values()[0][0]]
        held.append(f"{axis.name} = {axis.words[0]}")
    return frame.reset_index(drop=True), held


def _subtitle(found: Sweep, held: list[str]) -> str:
    count, sure = len(found.frame), int(np.sum(found.frame["certified"]))
    words = f"{count} points, {sure} certified, {'integers left fractional' if found.relax else 'integers whole'}"
    if sure < count:
        words += " · hollow or red: not certified or no plan"
    return words + "".join(f" · {h}" for h in held)


def _values(frame: pd.DataFrame, column: str) -> np.ndarray:
    return frame[column].to_numpy(float) * (100.0 if column == "served" else 1.0)


def _lines(frame: pd.DataFrame, shown: list[Axis], column: str, x: float, y: float) -> list[Markup]:
    axis = shown[0]
    values = _values(frame, column)
    bound = frame["bound"].to_numpy(float) if column == "cost" else values
    place = x + ACROSS * _places(axis)
    there = np.isfinite(values)
    both = np.concatenate([values[there], bound[there & np.isfinite(bound)]])
    marks = _marks(both, column)

    def down(value: float) -> float:
        return y + DOWN * (marks[-1] - value) / (marks[-1] - marks[0])

    parts = []
    for m in marks:
        parts.append(tag("line", x1=x, x2=x + ACROSS, y1=down(m), y2=down(m), class_="grid"))
        parts.append(_words(x - 8, down(m) + 4, _mark(m, marks), "dim", anchor="end"))
    parts += _bottom(axis, place, y)
    for run in _runs(there):
        if column == "cost" and len(run) > 1 and np.isfinite(bound[run]).all():
            edge = [(place[i], down(values[i])) for i in run] + [(place[i], down(bound[i])) for i in reversed(run)]
            parts.append(tag("polygon", points=_points(edge), class_="band"))
        parts.append(tag("polyline", points=_points([(place[i], down(values[i])) for i in run]), class_="line"))
    for i, row in enumerate(frame.to_dict("records")):
        note = tag("title", f"{axis.name} = {axis.words[i]}: {_noted(row, column, values[i])}")
        if there[i]:
            kind = "dot" if row["certified"] else "dot open"
            parts.append(tag("circle", note, cx=place[i], cy=down(values[i]), r=3.5, class_=kind))
        else:
            cross = f"M{place[i] - 4:.1f} {y + DOWN - 12:.1f}l8 8m0 -8l-8 8"
            parts.append(tag("path", note, d=cross, class_="none"))
    return parts


def _heat(frame: pd.DataFrame, shown: list[Axis], column: str, x: float, y: float) -> list[Markup]:
    rows, columns = shown
    values = _values(frame, column).reshape(len(rows.words), len(columns.words))
    records = frame.to_dict("records")
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    wide, tall = ACROSS / values.shape[1], DOWN / values.shape[0]
    written = values.shape[0] <= 12 and values.shape[1] <= 8
    parts = []
    for (i, k), value in np.ndenumerate(values):
        left, up = x + k * wide, y + (values.shape[0] - 1 - i) * tall
        row = records[i * len(columns.words) + k]
        at = f"{rows.name} = {rows.words[i]}, {columns.name} = {columns.words[k]}"
        note = tag("title", f"{at}: {_noted(row, column, value)}")
        box = {"x": left + 1, "y": up + 1, "width": wide - 2, "height": tall - 2}
        if not np.isfinite(value):
            parts.append(tag("rect", note, **box, class_="hole"))
            if written:
                words = str(row["status"])
                parts.append(_words(left + wide / 2, up + tall / 2 + 4, words, "bad", anchor="middle", size=11))
            continue
        share = (value - low) / (high - low) if high - low > 1e-12 * max(abs(high), 1e-9) else 0.35
        colour = tuple(round(a + (b - a) * share) for a, b in zip(COLD, HOT, strict=True))
        parts.append(tag("rect", note, **box, fill="rgb({},{},{})".format(*colour)))
        if not row["certified"]:
            parts.append(tag("rect", **box, class_="hole"))
        if written:
            ink = "#fff" if share > 0.5 else "#1d2730"
            parts.append(
                tag(
                    "text",
                    number(value, 4),
                    x=left + wide / 2,
                    y=up + tall / 2 + 4,
                    text_anchor="middle",
                    fill=ink,
                    font_size=11,
                )
            )
    middle = y + DOWN - (np.arange(len(rows.words)) + 0.5) * tall
    for i in _some(len(rows.words)):
        parts.append(_words(x - 8, middle[i] + 4, _short(rows, i), "dim", anchor="end"))
    name = _words(0, 0, _name(rows, 46), "dim", anchor="middle", size=11)
    parts.append(tag("g", name, transform=f"translate({x - 56:.1f} {y + DOWN / 2:.1f}) rotate(-90)"))
    return parts + _bottom(columns, x + (np.arange(len(columns.words)) + 0.5) * wide, y)


def _noted(row: dict, column: str, value: float) -> str:
    if not np.isfinite(value):
        return f"{row['status']}: {row['words']}"
    words = f"{value:,.6g}"
    if column == "cost":
        words += f" M USD, bound {row['bound']:,.6g} M USD, gap {percent(row['gap'], 3)}"
    return f"{words}, {row['status']}"


def _bottom(axis: Axis, place: np.ndarray, y: float) -> list[Markup]:
    parts = [_words(place[i], y + DOWN + 17, _short(axis, i), "dim", anchor="middle") for i in _some(len(place))]
    centre = (place[0] + place[-1]) / 2
    return [*parts, _words(centre, y + DOWN + 36, _name(axis), "dim", anchor="middle")]


def _name(axis: Axis, longest: int = 58) -> str:
    """Name and unit; of paths that move together the first one."""
    unit, more = axis.values()[1], len(axis.paths) - 1
    tail = (f" and {more} more" if more else "") + (f" [{unit}]" if unit not in ("", "1") else "")
    name, room = axis.paths[0], longest - len(tail)
    return (name if len(name) <= room else f"{name[: room - 1]}…") + tail


def _short(axis: Axis, i: int) -> str:
    value = axis.values()[0][i]
    words = number(value) if isinstance(value, float) and math.isfinite(value) else axis.words[i]
    return words if len(words) <= 10 else f"{words[:9]}…"


def _some(count: int) -> list[int]:
    """At most nine of so many labels."""
    return list(range(0, count, max(1, math.ceil(count / 9))))


def _places(axis: Axis) -> np.ndarray:
    """Where the values stand, 0 to 1: to scale where they are numbers (logarithmic over a decade), else evenly."""
    values, _ = axis.values()
    even = (np.arange(len(values)) + 0.5) / len(values)
    if len(values) < 2 or any(isinstance(v, str) or not math.isfinite(v) for v in values):
        return even
    place = np.array(values, float)
    if (place > 0).all() and place.max() / place.min() >= 10:
        place = np.log(place)
    span = place.max() - place.min()
    return (place - place.min()) / span if span > 0 else even


def _marks(values: np.ndarray, column: str) -> np.ndarray:
    """Round values around the data; from 0 but for costs."""
    if not values.size:
        return np.array([0.0, 1.0])
    low, high = float(values.min()), float(values.max())
    low = low if column == "cost" else min(low, 0.0)
    if high - low <= 1e-9 * max(abs(high), 1e-9):
        low, high = low - max(abs(low) * 0.01, 0.5) * (column == "cost"), high + max(abs(high) * 0.01, 0.5)
    step = 10 ** math.floor(math.log10((high - low) / 4))
    step = next(step * k for k in (1, 2, 2.5, 5, 10) if step * k * 5 >= high - low)
    return np.arange(math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9) + 1) * step


def _mark(value: float, marks: np.ndarray) -> str:
    step = marks[1] - marks[0]
    places = max(0, -math.floor(math.log10(step) + 1e-9))
    places += abs(step * 10**places - round(step * 10**places)) > 1e-6
    return f"{value:,.{min(places, 9)}f}"


def _runs(there: np.ndarray) -> list[list[int]]:
    """Points that stand side by side with a plan."""
    pieces = np.split(np.arange(there.size), np.flatnonzero(~there))
    return [run for piece in pieces if (run := [int(i) for i in piece if there[i]])]


def _points(places: list[tuple[float, float]]) -> str:
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in places)


def _words(
    x: float, y: float, words: object, kind: str, *, anchor: str = "start", size: float = 12, weight: str = "400"
) -> Markup:
    return tag("text", words, x=x, y=y, class_=kind, text_anchor=anchor, font_size=size, font_weight=weight)


def page(found: Sweep) -> str:
    """The picture and its table as one self-contained page."""
    titles = [*(_name(a) for a in found.axes), "status", "cost [M USD]", "bound [M USD]", "gap", "served", "orbit [GW]"]
    titles += ["Earth [GW]", "seconds", "limits that are worth most, or why there is no plan"]
    cells = []
    for row in found.frame.to_dict("records"):
        named = [number(v, 6) if isinstance(v := row[a.name], float) and math.isfinite(v) else v for a in found.axes]
        figures = [f"{row[c]:,.3f}" if math.isfinite(row[c]) else "–" for c in ("cost", "bound")]
        figures += [percent(row["gap"], 3), percent(row["served"], 2), number(row["orbit"]), number(row["earth"])]
        words = row["words"] or row["binding"]
        cells.append(
            tag(
                "tr",
                *(tag("td", v) for v in named),
                tag("td", row["status"], class_="w"),
                *(tag("td", v) for v in figures),
                tag("td", number(row["seconds"])),
                tag("td", words, class_="w l"),
            )
        )
    head = tag("tr", *(tag("th", t, class_="w" if t.startswith(("status", "limits")) else None) for t in titles))
    table = tag("div", tag("table", tag("thead", head), tag("tbody", *cells)), class_="wide")
    body = tag("body", Markup(picture(found)), table)
    top = tag("head", Markup('<meta charset="utf-8">'), tag("title", f"Sweep of {found.title}"), PAGE)
    return f"<!doctype html>\n{tag('html', top, body, lang='en')}\n"
