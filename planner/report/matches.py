"""Offtake requests: who is served where, and a picture of every request against every site."""

from __future__ import annotations

import numpy as np

from planner.matching import REASONS, Matches, has_requests, match
from planner.matching.asked import half
from planner.report.reading import Bundle
from planner.report.words import number

WORDS = {
    "rule": "law, data or export rule",
    "latency": "too far for the answer",
    "density": "halls take no rack that dense",
    "date": "power comes too late, or too little",
    "price": "costs more than is offered, or than elsewhere",
    "full": "better offers take the place",
}


def matches(bundle: Bundle) -> dict[str, object] | None:
    """Rows of requests and of the picture; None where the scenario has no requests. Raises `InputError`."""
    if not has_requests(bundle.tables):
        return None
    table = match(bundle.folder)
    sites, reasons = list(dict.fromkeys(table.pairs["site"])), list(table.pairs["reason"])
    return {
        "rows": [_row(bundle, r) for r in table.requests.to_dict("records")],
        "sites": [{"key": s, "name": bundle.name("zones", s)} for s in sites],
        "picture": _picture(bundle, table, sites),
        "legend": [{"kind": k, "words": WORDS[k], "count": reasons.count(k)} for k in REASONS],
        "served": reasons.count(""),
        "accepted": list(table.requests["accepted"]).count(True),
        "total": len(table.requests),
    }


def _row(bundle: Bundle, r: dict) -> dict[str, object]:
    where = [bundle.name("zones", s) for s in r["sites"].split(", ") if s]
    shown = ", ".join(where[:3]) + (f" and {len(where) - 3} more" if len(where) > 3 else "")
    return {
        "name": r["request"],
        "title": r["title"],
        "accepted": r["accepted"],
        "sites": shown,
        "mw": number(r["mw"]) if r["accepted"] else "",
        "from": half(r["from"]) if np.isfinite(r["from"]) else "",
        "offered": number(r["offered"]),
        "margin": number(r["margin"]),
        "refused": r["refused"],
    }


def _picture(bundle: Bundle, table: Matches, sites: list[str]) -> list[dict[str, object]]:
    pairs = {(p["request"], p["site"]): p for p in table.pairs.to_dict("records")}
    rows = []
    for name, taken in zip(table.requests["request"], table.requests["accepted"], strict=True):
        cells = []
        for s in sites:
            p = pairs[name, s]
            served = p["mw"] > 0
            words = f"{number(p['mw'])} MW IT from {half(p['from'])}" if served else f"{p['reason']}: {p['words']}"
            kind = "served" if served else p["reason"] if p["reason"] in REASONS else "price"
            cells.append({"kind": kind, "words": f"{name} at {bundle.name('zones', s)}: {words}"})
        rows.append({"name": name, "accepted": taken, "cells": cells})
    return rows
