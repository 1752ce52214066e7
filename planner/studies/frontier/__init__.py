"""Below which launch price orbit enters by a date, by the wait for grid power and the mass of satellites.

found = frontier(bundle, by=2032)
found.table    # Earth as it is queued and without queues: USD/kg at which the first satellite pays for itself
"""

from planner.studies.frontier.study import MASSES, QUEUED, UNQUEUED, WAITS, Frontier, frontier

__all__ = ["MASSES", "QUEUED", "UNQUEUED", "WAITS", "Frontier", "frontier"]
