"""The verdict: what was proved, what it costs, how it fares in other futures, and how to check it."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd

from planner.report.reading import Bundle
from planner.report.words import date, money, number, percent


def verdict(bundle: Bundle) -> dict[str, object]:
    """Facts of the certificate and one sentence on what they mean."""
    c = bundle.certificate
    year = f"{bundle.tables.settings['currency_year']:.0f}"
    return {
        "certified": bool(c["certified"]),
        "relaxation": bool(c.get("relaxation", False)),
        "sentence": _sentence(bundle),
        "reasons": [str(r) for r in c.get("reasons", [])],
        "currency_year": year,
        "replay": _replay(bundle.replay),
        "hashes": sorted(c["hashes"].items()),
    }


def _sentence(bundle: Bundle) -> str:
    c = bundle.certificate
    if not c["certified"]:
        bound = f"no plan can cost less than {money(c['bound'])}" if _finite(c["bound"]) else "no bound was proved"
        return f"This plan is not certified: {bound}, and the reasons below say what is missing."
    proof = f"No plan for these inputs can cost less than {money(c['bound'])}"
    if c.get("relaxation"):
        return (
            f"{proof}. Queues, sites and launches are left fractional here: this is a bound, not a plan to order from."
        )
    left = "next to nothing" if c["gap_relative"] < 1e-6 else f"at most {percent(c['gap_relative'], 2)}"
    return f"{proof}; this one costs {money(c['objective'])}, so {left} could still be saved."


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _replay(frame: pd.DataFrame | None) -> dict[str, object] | None:
    return None if frame is None or not len(frame) else {"futures": len(frame), "rows": spread(frame)}


def spread(frame: pd.DataFrame) -> list[tuple[str, str, str, str]]:
    """Replayed futures in words: what, mean, P10, P90."""
    rows = []
    for column, label, form in (("served_fraction", "served share, by value", percent), ("cost", "cost", money)):
        if column in frame:
            rows.append(_spread(label, frame.loc[:, column], form))
    energised = [c for c in frame.columns if str(c).startswith("energised_")]
    if energised:
        year = date(float(energised[-1].removeprefix("energised_")))
        rows.append(
            _spread(
                f"power that stands, {year}", frame.loc[:, energised[-1]] * 1e-3, lambda v: f"{number(v)} GW facility"
            )
        )
    if "promises_broken" in frame:
        share = float(np.mean(frame["promises_broken"] > 1e-9))
        rows.append(("futures in which a promise is broken", percent(share), "", ""))
    return rows


def _spread(label: str, values: pd.Series, form: Callable[[float], str]) -> tuple[str, str, str, str]:
    v = values.astype(float)
    return label, form(v.mean()), form(v.quantile(0.1)), form(v.quantile(0.9))
