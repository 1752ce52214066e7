"""Where: sites and shells, what stands at the end, when building first delivers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from planner.report.land import LAND
from planner.report.power import energised, orbit_power
from planner.report.reading import Bundle, lines
from planner.report.svg import INK, LINE, WIDTH, drawing, tag, text
from planner.report.words import date

NORTH, SOUTH, STRETCH = 76.0, -50.0, 1.18
SKY = 64.0
UNBUILT = "#aab4bd"
RAMP = ("#2a4b8d", "#2f7fb5", "#35a79c", "#86b84a", "#e0a52a", "#d1582b")
TABLE = 20
Box = tuple[float, float, float, float]


def places(bundle: Bundle) -> dict[str, object]:
    """Map and table of sites and shells."""
    sites, shells = _sites(bundle), _shells(bundle)
    listed = sites.sort_values("end", ascending=False)
    listed = listed.loc[listed["end"] > 1e-3]
    rest = listed.iloc[TABLE:]
    return {
        "map": _map(bundle, sites, shells),
        "sites": listed.head(TABLE).to_dict("records"),
        "rest": {"count": len(rest), "start": rest["start"].sum(), "end": rest["end"].sum()},
        "shells": shells.to_dict("records"),
        "start": bundle.years[0],
        "end": bundle.years[-1] + float(bundle.tables.settings["period"]),
    }


def _sites(bundle: Bundle) -> pd.DataFrame:
    tables, power = bundle.tables, energised(bundle)
    numbers = tables.numbers["sites"]
    rows = []
    for i, key in enumerate(tables.keys("sites")):
        start = numbers["energised"][i] * 1e-3
        mine = [v for (site, _), v in power.items() if site == key]
        total = np.maximum(np.sum(mine, axis=0), start) if mine else np.zeros(tables.shown)
        grown = np.nonzero(total > start + 1e-3)[0]
        sources = [bundle.name("generation", g) for (site, g), v in power.items() if site == key and v[-1] > 1e-3]
        rows.append(
            {
                "key": key,
                "name": bundle.name("sites", key),
                "country": tables.frames["sites"].loc[key, "country"],
                "longitude": numbers["longitude"][i],
                "latitude": numbers["latitude"][i],
                "start": start,
                "end": total[-1],
                "first": float(bundle.years[grown[0]]) if grown.size else math.nan,
                "sources": ", ".join(sources),
                "weak": bundle.weak("sites", key, "energised", "time_to_power"),
            }
        )
    return pd.DataFrame(rows)


def _shells(bundle: Bundle) -> pd.DataFrame:
    tables = bundle.tables
    rows = []
    for i, key in enumerate(tables.keys("shells")):
        power = orbit_power(bundle, tables.frames["shells"].loc[key, "zone"])
        first = np.nonzero(power > 1e-6)[0]
        altitude = tables.numbers["shells"]["altitude"][i]
        rows.append(
            {
                "name": f"{altitude:,.0f} km",
                "end": power[-1] if power[-1] > 1e-6 else 0.0,
                "first": float(bundle.years[first[0]]) if first.size else math.nan,
            }
        )
    return pd.DataFrame(rows, columns=["name", "end", "first"])


def _point(longitude: float, latitude: float) -> tuple[float, float]:
    scale = WIDTH / 360
    return (longitude + 180) * scale, SKY + (NORTH - latitude) * scale * STRETCH


def _map(bundle: Bundle, sites: pd.DataFrame, shells: pd.DataFrame) -> Markup:
    height = _point(0, SOUTH)[1] + 6
    clip = tag("clipPath", tag("rect", x=0, y=SKY, width=WIDTH, height=height - SKY - 6), id="earth")
    parts = [tag("defs", clip), tag("rect", x=0, y=SKY, width=WIDTH, height=height - SKY - 6, fill="#f3f7fa", rx=4)]
    for ring in LAND:
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (_point(*p) for p in ring))
        parts.append(
            tag("polygon", points=points, fill="#dfe5e1", stroke="#cfd8d2", stroke_width=0.6, clip_path="url(#earth)")
        )
    for meridian in range(-150, 180, 30):
        x, _ = _point(meridian, 0)
        parts.append(tag("line", x1=x, x2=x, y1=SKY, y2=height - 6, stroke=LINE, stroke_width=0.5))
    for parallel in range(-30, 61, 30):
        _, y = _point(0, parallel)
        parts.append(tag("line", x1=0, x2=WIDTH, y1=y, y2=y, stroke=LINE, stroke_width=0.5))
    biggest = max(
        float(np.max(sites["end"])) if len(sites) else 0.0, float(np.max(shells["end"])) if len(shells) else 0.0, 1e-9
    )
    span = (float(bundle.years[0]), float(bundle.years[-1]))
    parts.append(text(0, 14, "In orbit, GW IT at the end (dawn-dusk shells by altitude)", fill=INK, weight="600"))
    for i, shell in enumerate(lines(shells)):
        x = (i + 0.5) * WIDTH / len(shells)
        parts.append(
            tag(
                "line",
                x1=i * WIDTH / len(shells) + 6,
                x2=(i + 1) * WIDTH / len(shells) - 6,
                y1=40,
                y2=40,
                stroke=LINE,
                stroke_dasharray="2 4",
            )
        )
        parts.append(_circle(x, 40.0, shell.name, shell.end, 0.0, shell.first, biggest, span, "GW IT"))
        parts.append(text(x + 12 + _radius(shell.end, biggest), 44, f"{shell.name}: {shell.end:,.3g} GW IT", size=11.5))
    taken: list[Box] = []
    ordered = sites.sort_values("end", ascending=False)
    for site in lines(ordered):
        if site.end > 1e-3 or site.start > 1e-3:
            x, y = _point(site.longitude, site.latitude)
            parts.append(_circle(x, y, site.name, site.end, site.start, site.first, biggest, span, "GW facility"))
    for site in lines(ordered.head(16)):
        if site.end > 1e-3:
            parts.append(_label(site, ordered.head(30), biggest, taken))
    return drawing(WIDTH, height, "Map of sites and shells", *parts)


def _radius(size: float, biggest: float) -> float:
    return max(26.0 * math.sqrt(max(size, 0.0) / biggest), 1.6)


def _circle(
    x: float,
    y: float,
    name: str,
    end: float,
    start: float,
    first: float,
    biggest: float,
    span: tuple[float, float],
    unit: str,
) -> Markup:
    when = f"first new power {date(first)}" if math.isfinite(first) else "nothing new"
    note = tag("title", f"{name}: {start:,.3g} {unit} at the start, {end:,.3g} {unit} at the end, {when}")
    outer = tag(
        "circle",
        note,
        cx=x,
        cy=y,
        r=_radius(end, biggest),
        fill=colour(first, span),
        fill_opacity=0.72,
        stroke="#ffffff",
        stroke_width=0.8,
    )
    if start <= 1e-3 or start >= end:
        return outer
    return outer + tag("circle", cx=x, cy=y, r=_radius(start, biggest), fill="none", stroke=INK, stroke_width=0.9)


def _label(site: Any, others: pd.DataFrame, biggest: float, taken: list[Box]) -> Markup:
    """Name and GW beside the circle: over no other label, over as few other circles as can be; else nothing."""
    words = f"{site.name.split('(')[0].strip()[:26]} {site.end:,.3g}"
    x, y = _point(site.longitude, site.latitude)
    r, wide = _radius(site.end, biggest) + 3, 5.6 * len(words)
    places = []
    for k, (anchor, px, py) in enumerate(
        (("start", x + r, y + 4), ("end", x - r, y + 4), ("middle", x, y - r), ("middle", x, y + r + 9))
    ):
        low = px if anchor == "start" else px - wide if anchor == "end" else px - wide / 2
        box = (low, py - 10, low + wide, py + 3)
        free = all(box[2] < t[0] or box[0] > t[2] or box[3] < t[1] or box[1] > t[3] for t in taken)
        if free and low > 0 and box[2] < WIDTH:
            centres = [_point(o.longitude, o.latitude) for o in lines(others) if o.key != site.key]
            covered = sum(box[0] - 6 < a < box[2] + 6 and box[1] - 6 < b < box[3] + 6 for a, b in centres)
            places.append((covered, k, anchor, px, py, box))
    if not places:
        return Markup("")
    _, _, anchor, px, py, box = min(places)
    taken.append(box)
    halo = tag(
        "text",
        words,
        x=px,
        y=py,
        text_anchor=anchor,
        font_size=10.5,
        stroke="#ffffff",
        stroke_width=3,
        stroke_opacity=0.8,
    )
    return halo + text(px, py, words, anchor=anchor, size=10.5, fill=INK)


def colour(first: float, span: tuple[float, float]) -> str:
    """Colour of a first year."""
    if not math.isfinite(first):
        return UNBUILT
    share = (first - span[0]) / max(span[1] - span[0], 1e-9)
    return RAMP[min(int(share * len(RAMP)), len(RAMP) - 1)]


def legend(bundle: Bundle) -> list[tuple[str, str]]:
    """Colours of the map with their years."""
    first, last = float(bundle.years[0]), float(bundle.years[-1])
    step = max(last - first, 1e-9) / len(RAMP)
    named = {f"from {math.floor(first + i * step + 1e-6)}": c for i, c in reversed(list(enumerate(RAMP)))}
    return [(c, name) for name, c in reversed(named.items())] + [(UNBUILT, "nothing new")]
