"""Generalised assignment: m agents, n jobs; m x n costs, m x n uses, m capacities - one problem, or several in a file.

Costs are minimised, as in the published tables of the types a to e. OR-Library's gap1 to gap12 hold the same numbers as
profits: with `maximise` the plan's cost is minus the published number.
"""

from __future__ import annotations

import numpy as np

from planner.imports.case import MAXIMISE, PROBLEM, Case, Choices
from planner.imports.stream import Numbers


def read(numbers: Numbers, choices: Choices) -> Case:
    """One problem of a file. Raises `InputError`."""
    several = _several(numbers)
    total = numbers.count("number of problems") if several else 1
    wanted = choices.problem
    if wanted is None:
        if total > 1:
            numbers.fail("", f"the file holds {total:,} problems", f"give {PROBLEM} K, 1 to {total}")
        wanted = 1
    if wanted > total:
        held = "1 problem" if total == 1 else f"{total:,} problems"
        numbers.fail("", f"the file holds {held}, and {PROBLEM} {wanted} was given", f"give {PROBLEM} 1 to {total}")
    found = None
    for k in range(1, total + 1):
        read_now = _one(numbers)
        found = read_now if k == wanted else found
    numbers.end()
    assert found is not None
    cost, use, capacity = found
    sign = -1 if choices.maximise else 1
    notes = (f"problem {wanted} of {total}",) if several else ()
    if choices.maximise:
        notes += (f"{MAXIMISE}: the numbers are profits; the plan's cost is minus their sum",)
    jobs = cost.shape[1]
    name = f"{numbers.name} problem {wanted}" if several else numbers.name
    return Case(
        choices.format,
        name,
        capacity,
        np.zeros(capacity.size),
        np.ones(jobs),
        sign * cost.T,
        use.T,
        gang=True,
        sign=sign,
        notes=notes,
    )


def _several(numbers: Numbers) -> bool:
    """Whether the file begins with a count of problems: what the numbers add up to decides, else the first line."""
    words = numbers.words

    def size(at: int) -> int | None:
        pair = words[at : at + 2]
        if len(pair) < 2 or not all(w.isdecimal() and len(w) <= 9 for w in pair):
            return None
        agents, jobs = (int(w) for w in pair)
        return 2 + 2 * agents * jobs + agents

    if size(0) == len(words):
        return False
    at, problems = 1, int(words[0]) if words[0].isdecimal() and len(words[0]) <= 9 else 0
    while problems and at < len(words):
        step = size(at)
        if step is None:
            break
        at, problems = at + step, problems - 1
    if at == len(words) and problems == 0 and at > 1:
        return True
    return len(next(line for line in numbers.lines if line)) == 1


def _one(numbers: Numbers) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    agents, jobs = numbers.count("number of agents"), numbers.count("number of jobs")
    numbers.pairs(jobs, agents)
    numbers.needs(2 * agents * jobs + agents, f"{agents:,} agents and {jobs:,} jobs")
    cost = numbers.amounts(agents, jobs, "cost of job {column} at agent {row}")
    use = numbers.amounts(agents, jobs, "use of job {column} at agent {row}")
    return cost, use, numbers.amounts(1, agents, "capacity of agent {column}")[0]
