"""A capacity planner for AI infrastructure: what runs where, what to order, which queue to join - with proof.

`solve` is the whole planner; `Plan` holds labelled tables; `write_bundle` and `verify` put a plan on disk and check
it without a solver. Importing this package switches JAX to float64, which every certificate needs.
"""

import jax as _jax

_jax.config.update("jax_enable_x64", True)

from planner.bundle import write_bundle  # noqa: E402
from planner.faults import InputError  # noqa: E402
from planner.results import Plan  # noqa: E402
from planner.scenario import read_scenario  # noqa: E402
from planner.solving import NoPlan, solve  # noqa: E402
from planner.tables import read_tables  # noqa: E402

__all__ = ["InputError", "NoPlan", "Plan", "read_scenario", "read_tables", "solve", "write_bundle"]
