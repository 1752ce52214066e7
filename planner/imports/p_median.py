"""P-median on a graph as in OR-Library: n edges p, then `i j length` per edge; p of the n places serve them all.

Lengths are those of shortest paths; an edge that is written twice has the length that stands last.
"""

from __future__ import annotations

import numpy as np

from planner.imports.case import Case, Choices
from planner.imports.stream import Numbers


def read(numbers: Numbers, choices: Choices) -> Case:
    """The problem of a file. Raises `InputError`."""
    places, edges = numbers.count("number of vertices"), numbers.count("number of edges", 0)
    chosen = numbers.count("p")
    if chosen > places:
        numbers.fail("p", f"{chosen:,} are more than the {places:,} vertices", "write a number up to that of vertices")
    numbers.pairs(places, places)
    numbers.needs(3 * edges, f"{edges:,} edges")
    length: dict[tuple[int, int], float] = {}
    for e in range(1, edges + 1):
        ends = []
        for which in ("first", "second"):
            end = numbers.count(f"{which} end of edge {e}")
            if end > places:
                wrong = f"there is no vertex {end:,} among {places:,}"
                numbers.fail(f"{which} end of edge {e}", wrong, f"write a number from 1 to {places}")
            ends.append(end - 1)
        length[min(ends), max(ends)] = numbers.amount(f"length of edge {e}")
    numbers.end()
    return Case(
        choices.format,
        numbers.name,
        np.full(places, np.inf),
        np.zeros(places),
        np.ones(places),
        _distances(places, length),
        closed=True,
        at_most=chosen,
        notes=(f"at most {chosen} of {places} places; costs are lengths of shortest paths",),
    )


def _distances(places: int, length: dict[tuple[int, int], float]) -> np.ndarray:
    """Shortest paths ``[place, place]``, inf where there is none (Floyd and Warshall)."""
    out = np.full((places, places), np.inf)
    for (i, j), value in length.items():
        out[i, j] = out[j, i] = value
    np.fill_diagonal(out, 0.0)
    for k in range(places):
        np.minimum(out, out[:, k, None] + out[None, k, :], out=out)
    return out
