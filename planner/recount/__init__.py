"""A second count of a plan from its input tables, in NumPy: megawatts, tonnes, units, work and money.

Shares nothing with `planner.assemble` or `planner.eligibility`; only published formulas (PUE, water, satellite mass,
effective compute, demand curve, network delay) are taken from `compute_stack`.
"""

from __future__ import annotations

import pandas as pd

from planner.recount import buyers, compute, limits, money, pairs, places, supply
from planner.recount.book import Book, Ledger
from planner.tables import Tables


def recount(tables: Tables, plan: pd.DataFrame, paid: pd.DataFrame, *, whole: bool = True) -> tuple[str, ...]:
    """What does not add up, a sentence each (empty: everything does).

    plan: long table of every decision (variable, a, b, c, period, value). paid: money by part and period [M USD].
    whole: integers must be whole (False for a relaxation).
    """
    book, ledger = Book(tables, plan), Ledger(tables.years)
    for count in (places.count, compute.count, pairs.count, buyers.count, supply.count, limits.count):
        count(book, ledger, whole)
    money.count(book, ledger, paid)
    return tuple(ledger.faults)
