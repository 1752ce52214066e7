"""What is served and what is not, by class."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.report.reading import Bundle
from planner.report.svg import stacked

PALETTE = ("#2f6fb0", "#c8643c", "#2f9e8f", "#e0b03a", "#7a6bb0", "#8a5a44", "#5b8c3e", "#b0527a")
OTHER = "#9aa5af"


def service(bundle: Bundle) -> dict[str, object]:
    """Unserved compute over time by class, and shares over all periods shown."""
    tables, shown = bundle.tables, bundle.tables.shown
    dt = float(tables.settings["period"])
    classes = tables.keys("classes")
    klass = dict(zip(tables.keys("workloads"), tables.frames["workloads"]["class"], strict=True))
    demand = _by_class(bundle, classes)
    served = {c: np.zeros(shown) for c in classes}
    _add(served, bundle.family("placements", "serve"), klass, shown)
    missing = {c: np.zeros(shown) for c in classes}
    _add(missing, bundle.family("unserved", "unserved"), klass, shown)
    signed = bundle.tables.frames["workloads"]["offtake"].to_numpy(bool)
    refused, taken = _by_class(bundle, classes, signed), {c: np.zeros(shown) for c in classes}
    offtakes = [k for k, s in zip(tables.keys("workloads"), signed, strict=True) if s]
    serve = bundle.family("placements", "serve")
    _add(taken, serve.loc[serve["a"].isin(offtakes)], klass, shown)
    missing = {c: v + np.maximum(refused[c] - taken[c], 0.0) for c, v in missing.items()}
    undone = bundle.family("unserved", "undone")
    sums = pd.DataFrame(undone.groupby(undone["a"].map(klass.get))[["value"]].sum())
    lost = sums["value"].to_dict()
    rows = []
    for c in classes:
        wanted, got = demand[c].sum() * dt, served[c].sum() * dt
        job = tables.frames["classes"].loc[c, "kind"] == "job"
        rows.append(
            {
                "name": bundle.name("classes", c),
                "kind": "job" if job else "rate",
                "demand": wanted,
                "served": got,
                "share": min(got / wanted, 1.0) if wanted else np.nan,
                "missing": _clear(lost.get(c, 0.0) * 1e-3 if job else missing[c].sum() * dt, wanted),
                "by_year": []
                if job
                else [m / d if d > 0 else np.nan for m, d in zip(*_yearly(bundle, missing[c], demand[c]), strict=True)],
                "weak": bundle.weak("classes", c, "demand"),
            }
        )
    order = sorted((c for c in classes if missing[c].max(initial=0) > 1e-9), key=lambda c: -missing[c].sum())
    layers = [(bundle.name("classes", c), PALETTE[i], missing[c]) for i, c in enumerate(order[: len(PALETTE)])]
    if order[len(PALETTE) :]:
        layers.append(("other classes", OTHER, np.sum([missing[c] for c in order[len(PALETTE) :]], axis=0)))
    figure = (
        stacked("Unserved compute by class", "EFLOP/s not served (rate classes)", bundle.years, dt, layers)
        if layers
        else None
    )
    return {"figure": figure, "legend": [(n, c) for n, c, _ in layers], "rows": rows, "years": _years(bundle)}


def _clear(value: float, of: float) -> float:
    """Nothing where it is noise of the solver."""
    return 0.0 if value < 1e-6 * of else value


def _years(bundle: Bundle) -> list[int]:
    return sorted({int(np.floor(y + 1e-6)) for y in bundle.years})


def _yearly(bundle: Bundle, *values: np.ndarray) -> list[list[float]]:
    year = np.floor(bundle.years + 1e-6).astype(int)
    return [[float(v[year == y].sum()) for y in _years(bundle)] for v in values]


def _by_class(bundle: Bundle, classes: list[str], some: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Demand (of some workloads) inside their windows ``[shown]`` [EFLOP/s]."""
    tables, shown = bundle.tables, bundle.tables.shown
    middle = (tables.years[:-1] + tables.years[1:])[:shown] / 2
    w, index = tables.numbers["workloads"], tables.index("workloads", "class")
    active = (middle >= w["window_start"][:, None]) & (middle <= w["window_end"][:, None])
    active &= True if some is None else some[:, None]
    each = np.where(active, tables.numbers["classes"]["demand"][index, :shown] * w["share"][:, None], 0.0) * 1e-3
    return {c: each[index == i].sum(axis=0) for i, c in enumerate(classes)}


def _add(into: dict[str, np.ndarray], frame: pd.DataFrame, klass: dict[str, str], shown: int) -> None:
    for c, part in frame.groupby(frame["a"].map(klass.get), sort=False):
        into[str(c)] += np.bincount(part["period"], part["value"], shown) * 1e-3
