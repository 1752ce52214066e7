"""The best plan of every sampled future, with a bound each: what foresight is worth, and which decisions hold.

sampled(tables, 256, seed)                  # leads, successes, lateness: the draws of `replay` (`sampled`)
Futures' programs: one structure, many numbers (`programs`)
best plans, bounds, and the plan's own whole decisions in them (`study`)
"""

from planner.studies.futures.study import Futures, futures

__all__ = ["Futures", "futures"]
