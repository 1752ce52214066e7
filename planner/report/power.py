"""Power over time: what stands by source, and the satellites beside it."""

from __future__ import annotations

from typing import cast

import numpy as np

from planner.report.reading import Bundle
from planner.report.svg import stacked

COLOURS = {
    "existing": ("standing at the start", "#8c9aa6"),
    "grid": ("new grid", "#2f6fb0"),
    "gas": ("on-site gas", "#c8643c"),
    "solar": ("solar with storage", "#e0b03a"),
    "other": ("other", "#7a6bb0"),
}
ORBIT = ("in orbit [GW IT]", "#2f9e8f")


def energised(bundle: Bundle) -> dict[tuple[str, str], np.ndarray]:
    """Power that stands by (site, source), ``[shown]`` [GW facility]: what was energised once goes on standing."""
    frame, shown = bundle.family("builds", "energised"), bundle.tables.shown
    out: dict[tuple[str, str], np.ndarray] = {}
    for key, part in frame.groupby(["a", "b"], sort=False):
        site, source = cast("tuple[str, str]", key)
        out[site, source] = np.maximum.accumulate(np.bincount(part["period"], part["value"], shown)) * 1e-3
    return out


def orbit_power(bundle: Bundle, zone: str | None = None) -> np.ndarray:
    """IT power of operating satellites (of one zone), ``[shown]`` [GW IT]."""
    tables = bundle.tables
    power = dict(
        zip(
            tables.keys("satellites"),
            tables.numbers["satellite_classes"]["it_power"][tables.index("satellites", "satellite_class")],
            strict=True,
        )
    )
    run = bundle.family("builds", "run")
    run = run.loc[run["b"].isin(power) & ((run["a"] == zone) if zone is not None else True)]
    return np.bincount(run["period"], run["value"] * run["b"].map(power).astype(float), tables.shown) * 1e-6


def power(bundle: Bundle) -> dict[str, object]:
    """Stacked power over time, and a table of it."""
    tables, shown = bundle.tables, bundle.tables.shown
    kinds = tables.frames["generation"]["kind"].to_dict()
    today = dict(zip(tables.keys("sites"), tables.numbers["sites"]["energised"] * 1e-3, strict=True))
    sums = {k: np.zeros(shown) for k in COLOURS}
    seen: set[str] = set()
    for (site, source), values in energised(bundle).items():
        old = np.zeros(shown)
        if kinds.get(source) == "grid" and site not in seen:
            old = np.full(shown, today[site])
            seen.add(site)
        sums["existing"] += old
        sums[kinds.get(source, "other")] += np.maximum(values - old, 0.0)
    layers = [(COLOURS[k][0], COLOURS[k][1], v) for k, v in sums.items() if v.max(initial=0) > 1e-6]
    orbit = orbit_power(bundle)
    if orbit.max(initial=0) > 1e-6:
        layers.append((*ORBIT, orbit))
    drawn = bundle.family("flows", "dispatch")
    used = np.bincount(drawn["period"], drawn["value"], shown) * 1e-3
    lines = [("drawn by halls [GW facility]", "#1d2730", used)]
    at = sorted({0, shown // 4, shown // 2, 3 * shown // 4, shown - 1})
    rows = [{"name": n, "colour": c, "values": [v[t] for t in at]} for n, c, v in layers]
    rows.append({"name": lines[0][0], "colour": lines[0][1], "values": [used[t] for t in at]})
    length = float(tables.settings["period"])
    figure = stacked("Power by source", "GW facility (orbit: GW IT)", bundle.years, length, layers, lines)
    return {"figure": figure, "rows": rows, "years": [float(bundle.years[t]) for t in at]}
