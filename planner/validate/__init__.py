"""Ours against what others published or measured: results of published models, and measured round trips."""

from __future__ import annotations

from pathlib import Path

from planner.faults import Fault, InputError, printable
from planner.validate.published import Published
from planner.validate.texts import WANTED, text_of
from planner.validate.trips import RoundTrips, round_trips

__all__ = ["Published", "RoundTrips", "validate"]


def validate(path: str | Path, scenario: str | None = None) -> Published | RoundTrips:
    """A JSON list of published results, or a CSV of measured round trips, beside ours.

    `scenario`: round trips by the graph of a scenario as its plans use it, instead of the fitted graph. Raises
    `InputError` with every fault of the file.
    """
    from planner.validate.published import published

    name = printable(Path(path).name)
    text = text_of(Path(path))
    suffix = Path(path).suffix.lower()
    if suffix == ".json" or (suffix != ".csv" and text.lstrip()[:1] in ("[", "{")):
        if scenario is not None:
            wrong = "published results need no scenario"
            raise InputError([Fault("--scenario", 0, "", wrong, "leave it out, or give a CSV of round trips")])
        return published(text, name)
    if suffix == ".csv" or "," in text.partition("\n")[0]:
        return round_trips(path, scenario)
    raise InputError([Fault(name, 0, "", "it is neither JSON nor CSV", WANTED)])
