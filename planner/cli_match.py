"""`planner match`: the table of requests, or one request against every site."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from planner.cli_show import print_json, show
from planner.faults import Fault, InputError, nearest
from planner.matching import Matches, match
from planner.matching.asked import half

LAST = ("offered", "margin", "refused")


def show_matches(bundle: Path, request: str | None, *, as_json: bool) -> None:
    """Print the match table of a bundle. Raises `InputError` for what is no bundle and for an unknown request."""
    table = match(bundle)
    known = list(table.requests["request"])
    if request is not None and request not in known:
        raise InputError([Fault("--request", 0, f"'{request}'", "no request has this name", nearest(request, known))])
    if as_json:
        print_json(_chosen(table, request))
    elif request is None:
        _show_requests(table)
    else:
        _show_pairs(table, request)


def _chosen(table: Matches, request: str | None) -> dict[str, object]:
    parts = {"requests": table.requests.to_dict("records"), "pairs": table.pairs.to_dict("records")}
    return {k: [r for r in rows if request in (None, r["request"])] for k, rows in parts.items()}


def _show_requests(table: Matches) -> None:
    taken = list(table.requests["accepted"]).count(True)
    show(
        f"{taken} of {len(table.requests)} requests accepted; prices in USD/PFLOP-h",
        ["request", "what", "accepted", "sites", "MW IT", "from", "offered", "at the margin", "sites refused"],
        [
            (*(r[k] for k in ("request", "title", "accepted", "sites", "mw")), _when(r["from"]), *(r[k] for k in LAST))
            for r in table.requests.to_dict("records")
        ],
    )


def _show_pairs(table: Matches, request: str) -> None:
    head = next(r for r in table.requests.to_dict("records") if r["request"] == request)
    pairs = [p for p in table.pairs.to_dict("records") if p["request"] == request]
    show(
        f"{request}: {head['title']}; offers {head['offered']:.2f} USD/PFLOP-h; "
        + ("accepted" if head["accepted"] else "not accepted"),
        ["site", "MW IT", "from", "reason", "in words"],
        [
            (p["site"], p["mw"], _when(p["from"]), p["reason"] or "served", p["words"])
            for p in sorted(pairs, key=lambda p: -p["mw"])
        ],
    )


def _when(year: float) -> str:
    return half(year) if np.isfinite(year) else ""
