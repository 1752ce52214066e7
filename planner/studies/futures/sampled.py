"""What a sampled future is, as inputs: when every phase delivers and whether it does, and how late every door is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from compute_stack import power
from planner import slips
from planner.studies.queues.leads import apart
from planner.tables import Tables


@dataclass(frozen=True, eq=False)
class Sample:
    """Sampled futures of a scenario, and its tables with a stage for every phase.

    success (1 or 0), lead [yr]: ``[future, phase]``. planned: lead that a plan counts with [yr] ``[phase]``. late: of
    orders at each door [yr] ``[future, door]``; 0 at own doors.
    """

    tables: Tables
    success: np.ndarray
    lead: np.ndarray
    planned: np.ndarray
    late: np.ndarray

    def __len__(self) -> int:
        return len(self.late)

    def earliest(self) -> Tables:
        """Every phase at its shortest lead, planned or sampled: what can be joined in some future can be here."""
        return self._changed(np.minimum(self.planned, self.lead.min(axis=0, initial=np.inf)), 1.0, 0.0)

    def future(self, k: int) -> Tables:
        """The tables as they turn out in future k."""
        return self._changed(self.lead[k], self.success[k], self.late[k])

    def _changed(self, lead: np.ndarray, odds: np.ndarray | float, late: np.ndarray | float) -> Tables:
        """What is known has no spread: the planned quantile of a lead is the lead."""
        numbers = self.tables.numbers
        known = {"lead_fixed": lead, "sigma": np.zeros_like(lead), "odds": np.broadcast_to(odds, lead.shape)}
        doors = numbers["doors"] | {"make_time": numbers["doors"]["make_time"] + late}
        return replace(self.tables, numbers=numbers | {"stages": numbers["stages"] | known, "doors": doors})


def sampled(tables: Tables, futures: int, seed: int) -> Sample:
    """The first futures of a seed: the ones that `replay` draws."""
    own = apart(tables)
    own = replace(own, settings={**own.settings, "delivery": "dependable"})
    found = slips.phase_slips(own, np.arange(len(own.keys("phases"))), futures, seed)
    bought = ~tables.frames["doors"]["own"].to_numpy(bool)
    late = np.where(bought, slips.order_lateness(own, futures, seed), 0.0)
    planned = found.planned
    if tables.settings["delivery"] != "dependable":
        stage, site = (tables.index("phases", c) for c in ("stage", "site"))
        s, wait = tables.numbers["stages"], tables.numbers["sites"]["time_to_power"]
        planned = np.asarray(power.lead_median(s["lead_fixed"][stage], s["lead_per_time_to_power"][stage], wait[site]))
    return Sample(own, found.success, found.lead, planned, late)
