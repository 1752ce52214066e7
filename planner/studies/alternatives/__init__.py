"""Near-optimal plans: what every plan within a few per cent must contain, what may be absent, what replaces it.

found = alternatives(bundle, within=0.01)
found.table     # least and most of each thing: proven for every plan, and reached by a plan
found.moves     # what moves instead
"""

from planner.studies.alternatives.study import Alternatives, alternatives

__all__ = ["Alternatives", "alternatives"]
