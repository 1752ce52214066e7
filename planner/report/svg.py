"""Inline SVG: one function per shape; every attribute and text is escaped."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup, escape

WIDTH = 1000.0
INK, GREY, LINE = "#1d2730", "#5d6b78", "#d9dfe5"


def tag(name: str, *children: object, **attributes: object) -> Markup:
    """``<name ...>children</name>``; underscores in attribute names become hyphens."""
    pairs = "".join(
        f' {k.rstrip("_").replace("_", "-")}="{escape(_text(v))}"' for k, v in attributes.items() if v is not None
    )
    inside = Markup("").join(c if isinstance(c, Markup) else escape(_text(c)) for c in children)
    return Markup(f"<{name}{pairs}>{inside}</{name}>")


def _text(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float | np.floating) else str(value)


def drawing(width: float, height: float, label: str, *children: Markup) -> Markup:
    """A drawing that scales to the page."""
    return tag(
        "svg",
        tag("title", label),
        *children,
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        aria_label=label,
        class_="figure",
    )


def sheet(width: float, height: float, label: str, style: Markup, kind: str, *children: Markup) -> str:
    """A drawing for a file of its own: its namespace, style and paper with it."""
    paper = tag("rect", x=0, y=0, width=width, height=height, class_="paper")
    return str(
        tag(
            "svg",
            tag("title", label),
            style,
            paper,
            *children,
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {width:g} {height:g}",
            role="img",
            aria_label=label,
            class_=kind,
        )
    )


def text(
    x: float, y: float, words: object, *, anchor: str = "start", size: float = 12, fill: str = GREY, weight: str = "400"
) -> Markup:
    """Words at a point."""
    return tag("text", words, x=x, y=y, text_anchor=anchor, font_size=size, fill=fill, font_weight=weight)


def ticks(top: float, count: int = 5) -> np.ndarray:
    """Round values from 0 to at least `top`."""
    if not top > 0:
        return np.array([0.0, 1.0])
    step = 10 ** math.floor(math.log10(top / count))
    step = next(step * k for k in (1, 2, 5, 10) if step * k * count >= top)
    return np.arange(0, math.ceil(top / step - 1e-9) + 1) * step


def stacked(
    label: str,
    unit: str,
    starts: Sequence[float] | np.ndarray,
    length: float,
    layers: Sequence[tuple[str, str, np.ndarray]],
    lines: Sequence[tuple[str, str, np.ndarray]] = (),
    height: float = 330.0,
) -> Markup:
    """Stacked bars over periods (starts [yr], length [yr]); layers and lines are (name, colour, values)."""
    left, right, top, bottom = 62.0, 8.0, 26.0, 28.0
    total = np.sum([v for *_, v in layers], axis=0) if layers else np.zeros(len(starts))
    most = max([float(total.max(initial=0.0)), *(float(v.max(initial=0.0)) for *_, v in lines)])
    marks = ticks(most)
    tall, wide = height - top - bottom, WIDTH - left - right
    first, last = float(starts[0]), float(starts[-1]) + length

    def across(year: float) -> float:
        return left + (year - first) / (last - first) * wide

    def down(value: float) -> float:
        return top + tall * (1 - value / marks[-1])

    parts = [text(0, 13, unit, size=12)]
    for m in marks:
        parts.append(tag("line", x1=left, x2=WIDTH - right, y1=down(m), y2=down(m), stroke=LINE))
        parts.append(text(left - 8, down(m) + 4, f"{m:,.10g}", anchor="end"))
    base = np.zeros(len(starts))
    for name, colour, values in layers:
        for k, v in enumerate(values):
            if v > marks[-1] * 1e-5:
                note = tag("title", f"{name}, {starts[k]:g}: {v:,.4g} {unit}")
                x = across(starts[k])
                parts.append(
                    tag(
                        "rect",
                        note,
                        x=x + 1,
                        y=down(base[k] + v),
                        width=max(wide * length / (last - first) - 2, 1.0),
                        height=max(down(base[k]) - down(base[k] + v), 0.3),
                        fill=colour,
                    )
                )
        base = base + values
    for name, colour, values in lines:
        points = " ".join(f"{across(s + length / 2):.1f},{down(v):.1f}" for s, v in zip(starts, values, strict=True))
        parts.append(
            tag(
                "polyline",
                tag("title", name),
                points=points,
                fill="none",
                stroke=colour,
                stroke_width=2,
                stroke_dasharray="5 3",
            )
        )
    years = range(math.ceil(first - 1e-9), math.floor(last + 1e-9))
    parts += [
        text(across(y + 0.5 if last - y >= 1 else y), height - 8, y, anchor="middle")
        for y in years
        if last - y >= 1 - 1e-9
    ]
    return drawing(WIDTH, height, label, *parts)
