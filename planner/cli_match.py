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
    pairs, requests = table.pairs, table.requests
    if request is not None:
        pairs, requests = pairs[pairs["request"] == request], requests[requests["request"] == request]
    return {"requests": requests.to_dict("records"), "pairs": pairs.to_dict("records")}


def _show_requests(table: Matches) -> None:
    taken = int(table.requests["accepted"].sum())
    show(
        f"{taken} of {len(table.requests)} requests accepted; prices in USD/PFLOP-h",
        ["request", "what", "accepted", "sites", "MW IT", "from", "offered", "at the margin", "sites refused"],
        [
            (*(r[k] for k in ("request", "title", "accepted", "sites", "mw")), _when(r["from"]), *(r[k] for k in LAST))
            for r in table.requests.to_dict("records")
        ],
    )


def _show_pairs(table: Matches, request: str) -> None:
    head = table.requests[table.requests["request"] == request].iloc[0]
    pairs = table.pairs[table.pairs["request"] == request].sort_values("mw", ascending=False, kind="stable")
    show(
        f"{request}: {head['title']}; offers {head['offered']:.2f} USD/PFLOP-h; "
        + ("accepted" if head["accepted"] else "not accepted"),
        ["site", "MW IT", "from", "reason", "in words"],
        [(p["site"], p["mw"], _when(p["from"]), p["reason"] or "served", p["words"]) for p in pairs.to_dict("records")],
    )


def _when(year: float) -> str:
    return half(year) if np.isfinite(year) else ""
