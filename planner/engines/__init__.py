"""Engines behind one contract: ``solve(flat, engine) -> Solution``.

    minimise  cost.x + constant   subject to   A x {<=,=,>=} rhs,   lower <= x <= upper,   some x integer

Prices: ``y[i] = d(optimal cost) / d(rhs[i])``, hence y >= 0 on rows ``>=`` and y <= 0 on rows ``<=``. Whatever an
engine says is judged by `planner.certificate`, which does not import it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import Protocol

import numpy as np

from planner.engines import measured
from planner.program import Flat, Layout

ADVICE = {
    "optimal": "The engine reports an optimum; have the certificate check it.",
    "infeasible": "No plan satisfies every row: y is the proof (rows with y != 0 conflict). Relax one of those rows.",
    "unbounded": "Cost falls without end: some column with negative cost has no limit. Add the missing row or cost.",
    "limit": "Stopped by the limit on time or by hand; x is the best known plan (nan if none). Allow more time or gap.",
    "failed": "The solver gave no usable answer. Try another method or solver, and look at the range of the numbers.",
}


class Status(StrEnum):
    """What an engine reports; `advice` says what to do next."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    LIMIT = "limit"
    FAILED = "failed"

    @property
    def advice(self) -> str:
        """What to do next."""
        return ADVICE[self.value]


@dataclass(frozen=True, eq=False)
class Leaf:
    """A box of columns [n] and the prices [m] that bound the cost over it (or prove it empty)."""

    lower: np.ndarray
    upper: np.ndarray
    y: np.ndarray


@dataclass(frozen=True)
class Step:
    """Progress of long work: best cost and bound so far (nan where unknown) after so many seconds."""

    seconds: float
    best: float
    bound: float
    note: str = ""


Progress = Callable[[Step], None]


@dataclass(frozen=True, eq=False)
class Solution:
    """What an engine returns.

    x: columns [n], nan without a plan. y: rows [m], prices (with integers: integers fixed and re-solved; when
    infeasible: the proof). leaves: boxes that together cover the integer box, empty when nothing was branched on.
    claimed_bound: what a MILP solver says, unproved.
    """

    x: np.ndarray
    y: np.ndarray
    status: Status
    objective: float
    seconds: float
    iterations: int = 0
    leaves: tuple[Leaf, ...] = ()
    claimed_bound: float | None = None
    engine: str = "exact"

    @property
    def advice(self) -> str:
        """What to do next."""
        return self.status.advice

    @property
    def has_plan(self) -> bool:
        """Whether x is a plan at all."""
        return bool(np.isfinite(self.x).all())


class Engine(Protocol):
    """The signature every engine answers to."""

    def __call__(
        self,
        flat: Flat,
        *,
        tol: float,
        time: float,
        gap: float,
        period_of_column: np.ndarray | None,
        progress: Progress | None,
    ) -> Solution:
        """Solve one program."""
        ...


ENGINES: dict[str, str] = {
    "exact": "planner.engines.exact:solve",
    "interior": "planner.engines.interior:solve",
    "first-order": "planner.engines.first_order:solve",
}
"""Engine name -> ``module:function``, imported on first use."""


def register(name: str, target: str) -> None:
    """Add an engine by ``module:function``."""
    if name in ENGINES and ENGINES[name] != target:
        raise ValueError(f"engine {name} — is already {ENGINES[name]} — choose another name")
    ENGINES[name] = target


NEAR = 3.0
"""Programs whose numbers of columns differ by more than this factor say nothing about each other."""


def engine_for(flat: Flat, device: str | None = None) -> str:
    """Name of the engine that "auto" means: the fastest on the measured program that is nearest in columns.

    device: "cpu" or "gpu" (default: what JAX has here). Programs are compared on devices of that kind alone; "exact"
    where none within a factor of `NEAR` in columns was measured.
    """
    if device is None:
        import jax

        device = jax.default_backend()
    known = [r for r in measured.MEASURED if r.device == device]
    near = min(known, key=lambda r: abs(math.log(r.columns / max(flat.shape[1], 1))), default=None)
    if near is None or abs(math.log(near.columns / max(flat.shape[1], 1))) > math.log(NEAR):
        return "exact"
    return min((r for r in known if r.columns == near.columns), key=lambda r: r.seconds).engine


def periods(layout: Layout) -> np.ndarray:
    """Period of each existing column [n], in flat order."""
    return np.concatenate([np.nonzero(block.exists)[1] for block in layout.variables])


def solve(
    flat: Flat,
    engine: str = "auto",
    *,
    tol: float = 1e-7,
    time: float = 600.0,
    gap: float = 0.01,
    period_of_column: np.ndarray | None = None,
    progress: Progress | None = None,
) -> Solution:
    """Solve a program with the named engine.

    engine: "auto" goes over to "exact" where the engine that it means lacks memory; a named one raises MemoryError.
    tol: feasibility and optimality [-] handed to the engine. time: limit [s]. gap: relative gap [-] that ends the
    search over integers. period_of_column: [n], the order in which integers are decided (`periods` of the layout).
    progress: called now and then with a `Step`.
    """
    name = engine_for(flat) if engine == "auto" else engine
    if name not in ENGINES:
        raise ValueError(f"engine {engine} — is not known — write one of: auto, {', '.join(sorted(ENGINES))}")

    def run(name: str) -> Solution:
        module, function = ENGINES[name].split(":")
        chosen: Engine = getattr(import_module(module), function)
        return chosen(flat, tol=tol, time=time, gap=gap, period_of_column=period_of_column, progress=progress)

    try:
        return run(name)
    except MemoryError:
        if engine != "auto" or name == "exact":
            raise
        return run("exact")
