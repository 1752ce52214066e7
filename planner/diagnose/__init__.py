"""`diagnose`: what stands in the way of a scenario, proved, and three different ways out of it, each tried.

A scenario that must serve what its limits do not allow has no plan. The proof are prices on its rows (Farkas), checked
without a solver. The conflict is a small set of rows that cannot all hold, each needed for that. A repair is a change
of inputs at least effort after which a plan exists; the next repair may not use the inputs of the first.
"""

from planner.diagnose.diagnosing import diagnose
from planner.diagnose.found import Change, Diagnosis, Limit, Margin, Repair

__all__ = ["Change", "Diagnosis", "Limit", "Margin", "Repair", "diagnose"]
