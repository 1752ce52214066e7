"""The verdict: what was proved, what it costs, how it fares in other futures, and how to check it."""

from __future__ import annotations

import math

import pandas as pd

from planner.report.reading import Bundle
from planner.report.words import money, percent


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
    what = "plan (integers left fractional)" if c.get("relaxation") else "plan"
    if c["certified"]:
        return (
            f"No {what} for these inputs can cost less than {money(c['bound'])}; this one costs "
            f"{money(c['objective'])}, so at most {percent(c['gap_relative'], 2)} could still be saved."
        )
    bound = f"no {what} can cost less than {money(c['bound'])}" if _finite(c["bound"]) else "no bound was proved"
    return f"This {what} is not certified: {bound}, and the reasons below say what is missing."


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _replay(frame: pd.DataFrame | None) -> dict[str, object] | None:
    """Mean, P10 and P90 of what the replay has on served share and cost."""
    if frame is None or not len(frame):
        return None
    rows = []
    for words, label, form in (
        (("served",), "served share, by value", percent),
        (("cost", "objective"), "cost", money),
    ):
        column = next(
            (
                c
                for w in words
                for c in frame.columns
                if w in str(c).lower() and pd.api.types.is_numeric_dtype(frame[c])
            ),
            None,
        )
        if column is not None:
            v = frame[column].astype(float)
            rows.append((label, form(v.mean()), form(v.quantile(0.1)), form(v.quantile(0.9))))
    return {"futures": len(frame), "rows": rows}
