"""Uncapacitated location as in UflLib, in either of its two layouts.

Simple: perhaps `FILE: name`, then m n 0, then m x (number, fixed cost, n costs). OR-Library: m n, then m x (capacity,
fixed cost), then n x (demand, m costs), where capacities and demands are not used.
"""

from __future__ import annotations

import numpy as np

from planner.imports.case import Case, Choices
from planner.imports.orlib_cap import WORD, counts
from planner.imports.stream import Numbers


def read(numbers: Numbers, choices: Choices) -> Case:
    """The problem of a file. Raises `InputError`."""
    named = numbers.peek().upper().startswith("FILE:")
    if named:
        while numbers.left and numbers.line[numbers.at] == numbers.line[0]:
            numbers.at += 1
    head = next((line for line in numbers.lines[1 if named else 0 :] if line), [])
    places, customers = counts(numbers)
    simple = named or len(head) == 3
    opening, cost = _simple(numbers, places, customers) if simple else _orlib(numbers, places, customers)
    numbers.end()
    layout = "simple" if simple else "OR-Library; its capacities and demands are not used"
    return Case(
        choices.format,
        numbers.name,
        np.full(places, np.inf),
        opening,
        np.ones(customers),
        cost,
        notes=(f"layout: {layout}",),
    )


def _simple(numbers: Numbers, places: int, customers: int) -> tuple[np.ndarray, np.ndarray]:
    last = numbers.word("third number of the header")
    if last != "0":
        numbers.fail("third number of the header", f"'{last[:20]}' is not 0", "write 0: no limit on open places")
    numbers.needs(places * (customers + 2), f"{places:,} places and {customers:,} customers")
    opening, cost, seen = np.zeros(places), np.zeros((customers, places)), set()
    for i in range(places):
        k = numbers.count(f"number of place {i + 1}")
        if k > places or k in seen:
            wrong = f"place {k} stands twice" if k in seen else f"{k} is above the {places} places of the header"
            numbers.fail(f"number of place {i + 1}", wrong, "number the places from 1")
        seen.add(k)
        opening[k - 1] = numbers.amount(f"fixed cost of place {k}")
        for j in range(customers):
            cost[j, k - 1] = numbers.amount(f"cost of customer {j + 1} from place {k}")
    return opening, cost


def _orlib(numbers: Numbers, places: int, customers: int) -> tuple[np.ndarray, np.ndarray]:
    numbers.needs(2 * places + customers * (places + 1), f"{places:,} places and {customers:,} customers")
    opening, cost = np.zeros(places), np.zeros((customers, places))
    for i in range(places):
        if numbers.peek().lower() == WORD:
            numbers.word(WORD)
        else:
            numbers.amount(f"capacity of place {i + 1}")
        opening[i] = numbers.amount(f"fixed cost of place {i + 1}")
    for j in range(customers):
        numbers.amount(f"demand of customer {j + 1}")
        for i in range(places):
            cost[j, i] = numbers.amount(f"cost of customer {j + 1} from place {i + 1}")
    return opening, cost
