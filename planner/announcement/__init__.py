"""`check-announcement`: whether a stated roadmap is possible, what rules it out, and what it would take.

answer = check_announcement("statement.toml")
answer.verdict      # possible, possible only if, impossible
answer.limits       # the rows that together rule it out, proved by prices that are checked without a solver
answer.conditions   # the least change of inputs after which a plan keeps it
answer.chance       # at most so likely, by the sampled queues
"""

from planner.announcement.checking import Announcement, check_announcement
from planner.announcement.statement import Claim, Statement, read_statement, shipped

__all__ = ["Announcement", "Claim", "Statement", "check_announcement", "read_statement", "shipped"]
