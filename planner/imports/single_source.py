"""Capacitated location where each customer is served from one place, in either of the two layouts in use.

Blocks: m n, m capacities, m fixed costs, n demands, then n x m costs, customer after customer. Pairs: m n, m lines
(capacity, fixed cost), n demands, then m x n costs, place after place, and perhaps the optimum at the end. Both hold
the same count of numbers: a file whose m lines after the first hold two numbers each is in pairs.
"""

from __future__ import annotations

from planner.imports.case import Case, Choices
from planner.imports.orlib_cap import counts, places_of
from planner.imports.stream import Numbers


def read(numbers: Numbers, choices: Choices) -> Case:
    """The problem of a file. Raises `InputError`."""
    places, customers = counts(numbers)
    numbers.needs(2 * places + customers + customers * places, f"{places:,} places and {customers:,} customers")
    notes: tuple[str, ...]
    if _in_pairs(numbers, places):
        capacity, opening, _ = places_of(numbers, places, choices)
        demand = numbers.amounts(1, customers, "demand of customer {column}")[0]
        cost = numbers.amounts(places, customers, "cost of customer {column} from place {row}").T
        notes = ("read in pairs: capacity and fixed cost of each place, costs place after place",)
        if numbers.left == 1:
            notes += (f"the number {numbers.amount('optimum'):g} at the end is taken for the known optimum",)
    else:
        if choices.capacity is not None:
            numbers.fail("", "every capacity stands in the file, and --capacity was given", "leave --capacity out")
        capacity = numbers.amounts(1, places, "capacity of place {column}")[0]
        opening = numbers.amounts(1, places, "fixed cost of place {column}")[0]
        demand = numbers.amounts(1, customers, "demand of customer {column}")[0]
        cost = numbers.amounts(customers, places, "cost of customer {row} from place {column}")
        notes = ("read in blocks: capacities, fixed costs, demands, costs customer after customer",)
    numbers.end()
    return Case(choices.format, numbers.name, capacity, opening, demand, cost, gang=True, notes=notes)


def _in_pairs(numbers: Numbers, places: int) -> bool:
    lines = [line for line in numbers.lines if line][1 : places + 1]
    return places != 2 and len(lines) == places and all(len(line) == 2 for line in lines)
