"""The picture of a stack: waterfall and masses of a class, its four boundaries and top inputs; a site by date.

Light and dark on a screen, light on paper. Every word is escaped where it is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from planner.report.svg import sheet, tag
from planner.report.words import number
from planner.stack.found import Stack
from planner.stack.ranking import Ranking
from planner.stack.satellite import SatelliteStack
from planner.stack.site import COUNTS, FACILITY, STEPS, SiteStack

WIDTH, LEFT, WIDE = 1100.0, 40.0, 1020.0
STYLE = Markup(
    "<style>svg.stack{font-family:Inter,'Segoe UI','Helvetica Neue',Arial,sans-serif;font-size:12px}"
    ".stack .paper{fill:#fff}.stack .ink{fill:#1d2730}.stack .dim{fill:#5d6b78}.stack .grid{stroke:#d9dfe5}"
    ".stack .axis{stroke:#1d2730}.stack .orbit{fill:#2f6f9f}.stack .ground{fill:#8a9a5b}.stack .took{fill:#c9d3dc}"
    ".stack .low{fill:#2f6f9f}.stack .high{fill:#c8792b}.stack .weak{fill:#a63d2f}.stack .mark{stroke:#a63d2f}"
    ".stack .on{fill:#fff}.stack .cut{fill:none;stroke:#fff;stroke-width:1.5}"
    "@media screen and (prefers-color-scheme:dark){.stack .paper{fill:#14191e}.stack .ink{fill:#e8edf1}"
    ".stack .dim{fill:#9fadb9}.stack .grid{stroke:#333d46}.stack .axis{stroke:#e8edf1}.stack .orbit{fill:#5f9dca}"
    ".stack .low{fill:#5f9dca}.stack .ground{fill:#a5b56f}.stack .took{fill:#3a4650}.stack .high{fill:#d98f45}"
    ".stack .weak{fill:#e08573}.stack .mark{stroke:#e08573}.stack .cut{stroke:#14191e}}</style>"
)
SHADES = ("#2f6f9f", "#6d9fc4", "#a63d2f", "#d98f45", "#5b7f5b", "#8a6fa8", "#5d6b78", "#b3bec8")


def picture(found: Stack) -> str:
    """The stack as one SVG, a section below the other."""
    title = str(found.tables.settings["title"]) or found.tables.scenario.name
    parts = [_words(LEFT, 36, title, "ink", size=19, weight="650")]
    y = 58.0
    if found.satellite is not None:
        for draw in (_fall, _masses, _boundaries, _inputs):
            drawn, y = draw(found, found.satellite, y)
            parts += drawn
    if found.site is not None:
        drawn, y = _site(found.site, y)
        parts += drawn
    return sheet(WIDTH, y, f"Stack of {title}", STYLE, "stack", *parts)


def _fall(found: Stack, one: SatelliteStack, y: float) -> tuple[list[Markup], float]:
    """Seven bars; what each step takes stands pale above its bar."""
    about = (
        f"{one.title} ({one.name}), flown as {one.satellite} at {one.altitude:g} km with {one.chip}; prices of "
        f"{found.year:g}"
    )
    parts = [_words(LEFT, y, about, "dim", size=13)]
    parts.append(_heading(y + 34, "Compute watts per kilogram, step by step [W/kg]"))
    top, tall, room = y + 66, 190.0, WIDE / len(one.waterfall)
    most = max(*one.waterfall["value"], 1e-9)
    before = most
    for i, row in enumerate(one.waterfall.to_dict("records")):
        x, width = LEFT + i * room + 8, room - 34
        high, fell = tall * row["value"] / most, tall * (before - row["value"]) / most
        note = tag("title", f"{row['step']}: {row['value']:,.4g} W/kg; {row['by']}")
        if i:
            parts.append(tag("rect", x=x, y=top + tall - high - fell, width=width, height=max(fell, 0), class_="took"))
        parts.append(tag("rect", note, x=x, y=top + tall - high, width=width, height=max(high, 0.3), class_="orbit"))
        value = number(row["value"])
        clear = fell if 0 < fell < 22 else 0.0
        parts.append(_words(x + width / 2, top + tall - high - clear - 6, value, "ink", anchor="middle", weight="650"))
        parts.append(_words(x + width / 2, top + tall + 17, row["step"], "ink", anchor="middle", weight="600"))
        took = "" if not i else f"× {row['factor']:.3g}, takes {number(row['taken'])}"
        parts.append(_words(x + width / 2, top + tall + 33, took, "dim", anchor="middle", size=11))
        before = row["value"]
    parts.append(tag("line", x1=LEFT, x2=LEFT + WIDE, y1=top + tall, y2=top + tall, class_="axis"))
    return parts, top + tall + 66


def _masses(found: Stack, one: SatelliteStack, y: float) -> tuple[list[Markup], float]:
    """One bar of all parts, with a key that carries the figures."""
    total = sum(one.masses["kg_per_kw"])
    parts = [_heading(y, f"Mass: {number(total)} kg per kW of IT")]
    x, width = LEFT, WIDE - 20
    key = LEFT
    for shade, row in zip(SHADES, one.masses.to_dict("records"), strict=True):
        wide = width * row["kg_per_kw"] / total if total else 0.0
        note = tag("title", f"{row['part']}: {row['kg_per_kw']:,.4g} kg/kW")
        if wide > 0:
            parts.append(tag("rect", note, x=x, y=y + 12, width=max(wide, 0.3), height=26, fill=shade))
        x += wide
        words = f"{row['part']} {number(row['kg_per_kw'])}"
        parts.append(tag("rect", x=key, y=y + 50, width=10, height=10, fill=shade))
        parts.append(_words(key + 15, y + 59, words, "ink"))
        key += 24 + 7.0 * len(words)
    return parts, y + 98


def _boundaries(found: Stack, one: SatelliteStack, y: float) -> tuple[list[Markup], float]:
    """Orbit over ground for each box, each on its own scale, with what is inside."""
    beside = f"{one.site} ({found.compared}), {one.rack} under {one.cooling}, {one.power} power"
    parts = [
        _heading(y, "Cost in each boundary, orbit above ground"),
        _words(LEFT, y + 17, f"Ground: {beside}. Delivered power, losses and availability inside.", "dim"),
    ]
    y += 36
    for row in one.boundaries.to_dict("records"):
        most = max((v for v in (row["orbit"], row["ground"]) if math.isfinite(v)), default=0.0) or 1.0
        parts.append(_words(LEFT, y + 12, row["boundary"], "ink", weight="600"))
        parts.append(_words(LEFT, y + 27, row["unit"], "dim", size=11))
        for side, inside, up in (("orbit", "inside_orbit", 0.0), ("ground", "inside_ground", 17.0)):
            value = row[side]
            wide = 330.0 * value / most if math.isfinite(value) else 0.0
            if wide > 0:
                parts.append(tag("rect", x=LEFT + 190, y=y + up, width=max(wide, 0.3), height=14, class_=side))
            parts.append(_words(LEFT + 196 + wide, y + up + 11, number(value), "ink", weight="600"))
            parts.append(_words(LEFT + 680, y + up + 11, row[inside], "dim", size=11))
        ratio = f"× {number(row['ratio'])}" if math.isfinite(row["ratio"]) else ""
        parts.append(_words(LEFT + 600, y + 19, ratio, "ink", weight="600"))
        y += 46
    level = (
        f"Launch at {number(float(one.measured.launch_price))} USD/kg"
        + (f" on {one.vehicle}" if one.vehicle else "")
        + f"; a delivered hour of equal work costs the same at {number(float(one.measured.breakeven))} USD/kg"
        + (" (not even at free launch)." if float(one.measured.breakeven) < 0 else ".")
    )
    parts.append(_words(LEFT, y + 8, level, "dim"))
    return parts, y + 46


def _inputs(found: Stack, one: SatelliteStack, y: float) -> tuple[list[Markup], float]:
    parts: list[Markup] = []
    both = ((one.useful, "useful W/kg"), (one.cost, "USD per delivered GPU-hour in orbit"))
    for ranked, words in both:
        if ranked is not None:
            drawn, y = _tornado(ranked, words, y)
            parts += drawn
    return parts, y


def _tornado(ranked: Ranking, words: str, y: float) -> tuple[list[Markup], float]:
    """Bars from the figure at the low end to that at the high end; an end off the scale is broken and written."""
    parts = [
        _heading(y, f"Inputs that move {words} most: {len(ranked.inputs)} of {ranked.spread} with a published spread"),
        _words(LEFT, y + 17, _legend(ranked), "dim"),
    ]
    x, wide, step = LEFT + 440, 410.0, 27.0
    y += 44
    left, right = _scale(ranked)
    base = float(ranked.base)

    def across(value: float) -> float:
        return x + wide * (min(max(value, left), right) - left) / (right - left)

    tall = step * len(ranked.inputs)
    for row in ranked.inputs.to_dict("records"):
        weak = row["grade"] == "C"
        parts.append(_words(LEFT, y + 12, _short(row["input"], 56), "ink"))
        parts.append(_words(x - 74, y + 12, row["grade"], "weak" if weak else "dim", anchor="middle", weight="650"))
        ends = (("low", row["at_low"], y - 2), ("high", row["at_high"], y + 8))
        for kind, value, up in ends:
            if math.isnan(value):
                continue
            a, b = sorted((across(base), across(value)))
            note = tag("title", f"{row['input']} = {row[kind]:,.4g} {row['unit']}: {value:,.4g}")
            parts.append(tag("rect", note, x=a, y=up, width=max(b - a, 0.6), height=9, class_=kind))
            way = 1 if value >= base else -1
            if not left <= value <= right:
                edge, d = across(value), f"{up - 1:.1f}l{way * 4} 10"
                broken = f"M{edge - way * 12:.1f} {d}M{edge - way * 17:.1f} {d}"
                parts.append(tag("path", d=broken, class_="cut"))
            if value != base:
                side = "start" if way > 0 else "end"
                parts.append(_words(across(value) + way * 4, up + 8, number(value), "dim", anchor=side, size=10))
        unit = "" if row["unit"] == "1" else f" {row['unit']}"
        span = f"{number(row['low'])} to {number(row['high'])}{unit}" + (" †" if row["cut"] else "")
        parts.append(_words(LEFT + WIDE, y + 12, span, "dim", anchor="end", size=11))
        y += step
    parts.append(tag("line", x1=across(base), x2=across(base), y1=y - tall - 6, y2=y, class_="axis"))
    for mark in _ticks(left, right):
        parts.append(tag("line", x1=across(mark), x2=across(mark), y1=y - 2, y2=y + 4, class_="axis"))
        parts.append(_words(across(mark), y + 17, number(mark), "dim", anchor="middle", size=11))
    parts.append(_words(across(base), y - tall - 10, number(base), "ink", anchor="middle", size=11, weight="650"))
    return parts, y + 52


def _legend(ranked: Ranking) -> str:
    words = (
        "Ranked by slope × spread; bars: the figure at the low end (upper, blue) and at the high end (lower, orange)."
    )
    words += " C: an estimate."
    if any(ranked.inputs["cut"]):
        words += " †: cut to what the column allows."
    return words


def _scale(ranked: Ranking) -> tuple[float, float]:
    """Span of the bars: all ends, but one end that would squash the rest is left to run off."""
    base = float(ranked.base)
    ends = [float(v) for c in ("at_low", "at_high") for v in ranked.inputs[c] if math.isfinite(v)]
    away = sorted((abs(v - base) for v in ends), reverse=True)
    most = away[0] if away else 1.0
    if len(away) > 1 and away[1] > 0 and away[0] > 3.0 * away[1]:
        most = 1.25 * away[1]
    kept = [v for v in ends if abs(v - base) <= most * (1 + 1e-12)]
    low, high = min([base, *kept]), max([base, *kept])
    room = (high - low) * 0.09 or max(abs(base), 1.0) * 0.1
    return low - room, high + room


def _ticks(left: float, right: float) -> np.ndarray:
    step = 10 ** math.floor(math.log10((right - left) / 4))
    step = next(step * k for k in (1, 2, 2.5, 5, 10) if step * k * 6 >= right - left)
    return np.arange(math.ceil(left / step - 1e-9), math.floor(right / step + 1e-9) + 1) * step


def dates_shown(site: SiteStack, year: float | None = None, count: int = 4) -> list[float]:
    """Dates for a table or a row of pictures: about one, two and four years after the start, and the end.

    With a year: the end of the period that holds it, and the later ones of these.
    """
    dates = [float(d) for d in site.dates]
    length = dates[1] - dates[0] if len(dates) > 1 else 1.0
    start = dates[0] - length
    wanted = [start + 1.0, start + 2.0, start + 4.0, dates[-1]]
    if year is not None:
        first = next((d for d in dates if d > year + 1e-9), dates[-1])
        wanted = [first, *(w for w in wanted if w > first + 1e-9)]
    near = [min(dates, key=lambda d: (abs(d - w), d)) for w in wanted]
    return sorted(set(near))[:count] if year is None else sorted(set(near))[:1] + sorted(set(near))[1:][-(count - 1) :]


def _site(site: SiteStack, y: float) -> tuple[list[Markup], float]:
    """Bars of each step at a few dates: expected, with a mark at the dependable value."""
    parts = [
        _heading(y + 8, f"{site.title} ({site.site}): from brochure to racks"),
        _words(
            LEFT,
            y + 25,
            f"Bars: expected. Red mark: dependable (P{site.quantile * 100:.0f} of each slip, cut by its odds). "
            "Green: MW facility; blue: MW IT.",
            "dim",
        ),
    ]
    shown = dates_shown(site)
    room = WIDE / max(len(shown), 1)
    most = max(1e-9, *(r[c] for r in site.waterfall.to_dict("records") for c in COUNTS))
    label = 98.0
    for i, date in enumerate(shown):
        x, top = LEFT + i * room, y + 44
        at = {r["step"]: r for r in site.waterfall.to_dict("records") if r["date"] == date}
        parts.append(_words(x + label, top + 10, f"by {_when(date)}", "ink", weight="650"))
        wide = room - label - 62
        for k, step in enumerate(STEPS):
            up, value, sure, unit = top + 20 + 23 * k, at[step]["expected"], at[step]["dependable"], at[step]["unit"]
            parts.append(_words(x + label - 6, up + 12, step, "dim", anchor="end", size=11))
            note = tag("title", f"{step} by {date:g}: {value:,.0f} expected, {sure:,.0f} dependable, {unit}")
            kind = "took" if step == "brochure" else "ground" if step in FACILITY else "orbit"
            parts.append(
                tag("rect", note, x=x + label, y=up, width=max(wide * value / most, 0.4), height=16, class_=kind)
            )
            mark = x + label + wide * sure / most
            parts.append(tag("line", x1=mark, x2=mark, y1=up - 1, y2=up + 17, class_="mark", stroke_width=2))
            words = f"{value:,.0f}"
            parts.append(_words(x + label + wide * max(value, sure) / most + 5, up + 12, words, "ink", size=11))
    y += 44 + 20 + 23 * len(STEPS) + 34
    return parts + _useful(site, shown, y), y + 40.0 + 17 * len(set(site.useful["profile"]))


def _useful(site: SiteStack, shown: Sequence[float], y: float) -> list[Markup]:
    """Useful PFLOP/s by profile under the bars of each date."""
    parts = [_heading(y, "Useful compute [EFLOP/s], expected (dependable), if all racks did one kind of work")]
    room = WIDE / max(len(shown), 1)
    for i, date in enumerate(shown):
        at = [r for r in site.useful.to_dict("records") if r["date"] == date]
        for k, row in enumerate(at):
            words = f"{row['profile']}: {number(row['expected'] * 1e-3)} ({number(row['dependable'] * 1e-3)})"
            parts.append(_words(LEFT + i * room, y + 20 + 17 * k, _short(words, 38), "ink", size=11))
    return parts


def _when(date: float) -> str:
    return f"{date:g}" if abs(date - round(date)) > 1e-6 else f"{date:.0f}"


def _heading(y: float, words: str) -> Markup:
    return _words(LEFT, y, words, "ink", size=14, weight="650")


def _short(words: str, longest: int) -> str:
    return words if len(words) <= longest else f"{words[: longest - 1]}…"


def _words(
    x: float, y: float, words: object, kind: str, *, anchor: str = "start", size: float = 12, weight: str = "400"
) -> Markup:
    return tag("text", words, x=x, y=y, class_=kind, text_anchor=anchor, font_size=size, font_weight=weight)
