"""A problem of location or assignment as it stood in a file, and the choices that a reader was given."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from planner.faults import Fault, InputError

CAPACITY, PROBLEM, MAXIMISE = "--capacity", "--problem", "--maximise"


@dataclass(frozen=True)
class Choices:
    """What a file leaves open: the missing capacity, which problem of several, minimise or maximise."""

    format: str
    capacity: float | None = None
    problem: int | None = None
    maximise: bool = False

    def check(self) -> None:
        """Raise `InputError` for a choice that the format does not have."""
        faults = []
        if self.capacity is not None and self.format not in ("orlib-cap", "single-source"):
            wrong = f"files of format {self.format} do not leave a capacity open"
            faults.append(Fault(CAPACITY, 0, "", wrong, "leave it out"))
        elif self.capacity is not None and not 0 <= self.capacity <= 1e12:
            faults.append(
                Fault(CAPACITY, 0, f"{self.capacity:g}", "it is out of range", "write a number from 0 to 1e12")
            )
        if self.problem is not None and self.format != "gap":
            wrong = f"a file of format {self.format} holds one problem"
            faults.append(Fault(PROBLEM, 0, "", wrong, "leave it out"))
        elif self.problem is not None and self.problem < 1:
            faults.append(Fault(PROBLEM, 0, f"{self.problem}", "problems are counted from 1", "write 1 or more"))
        if self.maximise and self.format != "gap":
            wrong = f"format {self.format} has costs only"
            faults.append(Fault(MAXIMISE, 0, "", wrong, "leave it out"))
        if faults:
            raise InputError(faults)


@dataclass(frozen=True, eq=False)
class Case:
    """Customers n that are served from places m; every number in the units of the file.

    capacity: ``[m]``, inf without one. opening: ``[m]`` fixed costs. closed: whether a place must be opened even where
    that is free. demand: ``[n]``. cost: ``[n, m]`` of serving all of a customer, inf where that cannot be. use:
    ``[n, m]`` capacity taken by all of a customer; None: its demand. gang: each customer from one place. at_most: how
    many places may be opened. notes: what was read in, a sentence each. sign: -1 where costs are profits negated.
    """

    format: str
    name: str
    capacity: np.ndarray
    opening: np.ndarray
    demand: np.ndarray
    cost: np.ndarray
    use: np.ndarray | None = None
    closed: bool = False
    gang: bool = False
    at_most: int | None = None
    sign: int = 1
    notes: tuple[str, ...] = ()

    @property
    def bounded(self) -> bool:
        """Whether any place has a capacity."""
        return bool(np.isfinite(self.capacity).any())

    def value(self, home: np.ndarray) -> float:
        """Cost of serving each customer whole from place ``home[n]``; inf where that breaks a limit."""
        customers = np.arange(self.demand.size)
        use = self.demand[:, None] + np.zeros_like(self.cost) if self.use is None else self.use
        taken = np.bincount(home, use[customers, home], self.capacity.size)
        opened = np.unique(home)
        waits = (self.opening[opened] > 0) | self.closed
        many = self.at_most is not None and int(waits.sum()) > self.at_most
        if (taken > self.capacity + 1e-9).any() or many:
            return math.inf
        return float(self.cost[customers, home].sum() + self.opening[opened].sum())
