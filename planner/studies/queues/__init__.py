"""The price of a day: what every queue's lead is worth, how late it may be, and whether to join, keep or drop it."""

from planner.studies.queues.leads import Lead, apart, leads_of
from planner.studies.queues.study import Queues, exchange, queues

__all__ = ["Lead", "Queues", "apart", "exchange", "leads_of", "queues"]
