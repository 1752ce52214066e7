"""Which queue binds where and when, what relief is worth and over how much, what binds next, and who earns it.

found = bottlenecks(bundle, top=20)
found.grid        # resource x place x period: scarcity prices in plain units
found.top         # the first: one-sided prices, amounts over which they hold, the hand-off
found.path        # relieve the first, again and again
found.rents       # price x quantity by supply layer and door
"""

from planner.report.prices import RESOURCES
from planner.studies.bottlenecks.study import Bottlenecks, bottlenecks

__all__ = ["RESOURCES", "Bottlenecks", "bottlenecks"]
