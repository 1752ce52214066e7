"""Problems written by others, with known optima, as ordinary scenarios of this planner.

One module per format reads a file into a `Case`; `writing` makes a scenario folder of it. `planner import` prints the
same.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from planner.faults import Fault, InputError, nearest, quoted
from planner.imports import gap, orlib_cap, p_median, single_source, ufl
from planner.imports.case import Case, Choices
from planner.imports.stream import Numbers, text_of
from planner.imports.writing import write_scenario

FORMATS: dict[str, tuple[Callable[[Numbers, Choices], Case], str]] = {
    "orlib-cap": (orlib_cap.read, "capacitated location, OR-Library: m n, m x (capacity, cost), n x (demand, m costs)"),
    "single-source": (single_source.read, "capacitated location, each customer from one site: in blocks or in pairs"),
    "gap": (gap.read, "generalised assignment: m n, m x n costs, m x n uses, m capacities; one or several problems"),
    "ufl": (ufl.read, "uncapacitated location, UflLib: simple or in the layout of OR-Library"),
    "p-median": (p_median.read, "p-median on a graph, OR-Library: n edges p, then i j length"),
}
"""Format -> (reader, what the file holds)."""


def import_case(
    format: str,
    file: str | Path,
    folder: str | Path,
    *,
    capacity: float | None = None,
    problem: int | None = None,
    maximise: bool = False,
) -> Path:
    """Write the scenario of a problem file into a new folder (or over an earlier import); returns the folder.

    capacity: replaces the word `capacity` of OR-Library's capa, capb, capc. problem: which one of several (from 1).
    maximise: assignment by profit instead of cost. Raises `InputError` with the line of the file; nothing is written
    then.
    """
    case = read_case(format, file, capacity=capacity, problem=problem, maximise=maximise)
    return write_scenario(case, Path(folder))


def read_case(
    format: str,
    file: str | Path,
    *,
    capacity: float | None = None,
    problem: int | None = None,
    maximise: bool = False,
) -> Case:
    """The problem that a file holds; as `import_case`, without writing."""
    if format not in FORMATS:
        raise InputError([Fault("FORMAT", 0, quoted(str(format)), "no format has this name", nearest(format, FORMATS))])
    choices = Choices(format, capacity, problem, maximise)
    choices.check()
    path = Path(file)
    return FORMATS[format][0](Numbers(path.name, text_of(path)), choices)
