"""What a sampled future is, as inputs: when every phase delivers and whether it does, and how late every door is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from planner import slips
from planner.studies.queues.leads import apart
from planner.tables import Tables


@dataclass(frozen=True, eq=False)
class Sample:
    """Sampled futures of a scenario, and its tables with a stage for every phase.

    success (1 or 0), lead [yr]: ``[future, phase]``. late: of orders at each door [yr] ``[future, door]``; 0
    at own doors.
    """

    tables: Tables
    success: np.ndarray
    lead: np.ndarray
    late: np.ndarray

    def __len__(self) -> int:
        return len(self.late)

    def future(self, k: int) -> Tables:
        """The tables as they turn out in future k: what is known has no spread."""
        numbers, lead = self.tables.numbers, self.lead[k]
        known = {"lead_fixed": lead, "sigma": np.zeros_like(lead), "odds": self.success[k]}
        doors = numbers["doors"] | {"make_time": numbers["doors"]["make_time"] + self.late[k]}
        return replace(self.tables, numbers=numbers | {"stages": numbers["stages"] | known, "doors": doors})


def sampled(tables: Tables, futures: int, seed: int) -> Sample:
    """The first futures of a seed: the ones that `replay` draws."""
    own = apart(tables)
    own = replace(own, settings={**own.settings, "delivery": "dependable"})
    found = slips.phase_slips(own, np.arange(len(own.keys("phases"))), futures, seed)
    bought = ~tables.frames["doors"]["own"].to_numpy(bool)
    late = np.where(bought, slips.order_lateness(own, futures, seed), 0.0)
    return Sample(own, found.success, found.lead, late)
