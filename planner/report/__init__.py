"""`report`: a bundle as one self-contained HTML page; reads only the bundle, fetches nothing."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from planner.faults import Fault, InputError, quoted
from planner.report import (
    explained,
    inputs,
    matches,
    money,
    orders,
    power,
    prices,
    scarcity,
    service,
    verdict,
    worldmap,
)
from planner.report.reading import Bundle, read_bundle
from planner.report.words import FILTERS

__all__ = ["page", "read_bundle", "report"]


def report(bundle: str | Path) -> Path:
    """Write ``report.html`` into a bundle, atomically. Raises `InputError` when the bundle cannot be read."""
    read = read_bundle(bundle)
    try:
        text = page(read)
    except Exception as error:  # a bundle may hold anything; whatever that breaks, the reader gets a sentence
        wrong = f"its tables do not fit its inputs ({type(error).__name__} {quoted(str(error))})"
        raise InputError([Fault(str(bundle), 0, "", wrong, "run `planner verify`, or solve again")]) from error
    target = read.folder / "report.html"
    for left in read.folder.glob(".report.*"):  # of a report that was killed
        left.unlink()
    handle, temporary = tempfile.mkstemp(dir=read.folder, prefix=".report.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return target


def page(bundle: Bundle) -> str:
    """The page of a bundle."""
    environment = Environment(
        loader=PackageLoader("planner.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    sections = {
        "verdict": verdict.verdict(bundle),
        "places": worldmap.places(bundle),
        "legend": worldmap.legend(bundle),
        "power": power.power(bundle),
        "calendar": orders.calendar(bundle),
        "service": service.service(bundle),
        "matches": matches.matches(bundle),
        "money": money.money(bundle),
        "scarcity": scarcity.scarcity(bundle),
        "explained": explained.explained(bundle),
        "prices": prices.prices(bundle),
        "inputs": inputs.inputs(bundle),
        "measures": inputs.measures(bundle),
    }
    return environment.get_template("page.html.jinja").render(bundle=bundle, **sections)
