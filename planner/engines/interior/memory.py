"""What a factorisation takes, known before anything runs: memory of a program, and how many fit at once."""

from __future__ import annotations

import jax

from planner.engines.interior.elimination import Batch
from planner.engines.interior.fronts import Structure
from planner.machine import free_memory

SPARE = 0.85
"""Share of the memory that is there which the method may take."""
VECTORS = 60
"""Vectors over rows, columns and entries that the method keeps at once."""
LAYING = 80
"""Memory [B] of the machine per product of two entries while a structure is laid out."""
MOST_LANES = 1024
"""More lanes than this gain nothing: the device is full long before."""


def fits(batches: list[Batch], pool: int, terms: int, size: int) -> None:
    """Refuse a program whose factor does not fit, before it is laid out.

    pool: numbers in the pool of a factor. terms: products in the normal matrix; size: rows, columns and entries of A.
    Raises MemoryError with what would fit.
    """
    shapes = [(len(b.fronts), b.pivots, b.border) for b in batches]
    _within(lane_bytes(shapes, pool, terms, size) + _index_bytes(shapes, terms), room(), "about")


def may_fit(terms: int, size: int) -> None:
    """Refuse a program whose products of two entries alone do not fit, before its rows are ordered (as `fits`).

    A column in thousands of rows is enough for that: it has a product for each pair of them.
    """
    _within(lane_bytes([], 0, terms, size) + _index_bytes([], terms), room(), "at least")
    _within(LAYING * terms, SPARE * free_memory(), "at least")


def _within(need: float, here: float, about: str) -> None:
    if need > here:
        raise MemoryError(
            f"the interior engine needs {about} {need / 2**30:.1f} GB for this program and {here / 2**30:.1f} GB are "
            "free: solve it with `--engine first-order` (matrix-free, also split over several devices) or `--engine "
            "exact`, or give the scenario fewer or longer periods (scenario.toml, `period` and `periods`)"
        )


def lane_bytes(shapes: list[tuple[int, int, int]], pool: int, terms: int, size: int) -> int:
    """Memory [B] of the numbers of one program: the pool and the factor, the largest batch of fronts while it runs."""
    factor = sum(n * (2 * k * k + k * r) for n, k, r in shapes)
    front = max((n * (k + r) ** 2 for n, k, r in shapes), default=0)
    return 8 * (pool + factor + 2 * front + 2 * terms + VECTORS * size)


def _index_bytes(shapes: list[tuple[int, int, int]], terms: int) -> int:
    return 4 * (sum(2 * n * (k + r) ** 2 for n, k, r in shapes) + 4 * terms)


def lanes_of(s: Structure) -> int:
    """How many programs of a structure the free memory holds at once, at least one."""
    one = lane_bytes(s.shapes, s.pool, s.first.size, sum(s.shape) + s.row.size)
    return max(1, min(MOST_LANES, int(room() // one)))


def room() -> float:
    """Memory [B] that is free: the device's, or the machine's where it runs on the processor."""
    stats = jax.devices()[0].memory_stats()
    if stats and "bytes_limit" in stats:
        return SPARE * stats["bytes_limit"] - stats.get("bytes_in_use", 0)
    return SPARE * free_memory()
