"""Why a plan has something or not, and what would turn the decision.

found = why("orbit", bundle, by=2030)
found.price     # one more unit costs so much more than it saves
found.parts     # by kind of money
found.rows      # the limits in the way
found.flips     # the shortest changes of inputs that turn it, each solved again
"""

from planner.studies.why.entity import Entity
from planner.studies.why.study import Why, reasons, why

__all__ = ["Entity", "Why", "reasons", "why"]
