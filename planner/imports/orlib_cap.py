"""Capacitated location as in OR-Library: m n, then m x (capacity, fixed cost), then n x (demand, m costs).

The cost is that of serving all of a customer from a place; a customer may be served from several.
"""

from __future__ import annotations

import numpy as np

from planner.imports.case import CAPACITY, Case, Choices
from planner.imports.stream import Numbers

WORD = "capacity"


def read(numbers: Numbers, choices: Choices) -> Case:
    """The problem of a file. Raises `InputError`."""
    places, customers = counts(numbers)
    numbers.needs(2 * places + customers * (places + 1), f"{places:,} places and {customers:,} customers")
    capacity, opening, filled = places_of(numbers, places, choices)
    demand, cost = np.zeros(customers), np.zeros((customers, places))
    for j in range(customers):
        demand[j] = numbers.amount(f"demand of customer {j + 1}")
        for i in range(places):
            cost[j, i] = numbers.amount(f"cost of customer {j + 1} from place {i + 1}")
    numbers.end()
    notes = (f"the word '{WORD}' was read as {choices.capacity:g}",) if filled else ()
    return Case(choices.format, numbers.name, capacity, opening, demand, cost, notes=notes)


def counts(numbers: Numbers) -> tuple[int, int]:
    """Places and customers, which a file begins with."""
    places, customers = numbers.count("number of places"), numbers.count("number of customers")
    numbers.pairs(customers, places)
    return places, customers


def places_of(numbers: Numbers, places: int, choices: Choices) -> tuple[np.ndarray, np.ndarray, bool]:
    """Capacity and fixed cost, place after place, and whether the word `capacity` was filled in."""
    capacity, opening, filled = np.zeros(places), np.zeros(places), False
    for i in range(places):
        what = f"capacity of place {i + 1}"
        if numbers.peek().lower() == WORD:
            numbers.word(what)
            if choices.capacity is None:
                instead = f"give {CAPACITY} N, the capacity of every place (the source of the file lists them)"
                numbers.fail(what, f"the word '{WORD}' stands for a number that the file leaves open", instead)
            capacity[i], filled = choices.capacity, True
        else:
            capacity[i] = numbers.amount(what)
        opening[i] = numbers.amount(f"fixed cost of place {i + 1}")
    if choices.capacity is not None and not filled:
        numbers.fail("", f"every capacity stands in the file, and {CAPACITY} was given", f"leave {CAPACITY} out")
    return capacity, opening, filled
