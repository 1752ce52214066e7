"""A capacity planner for AI infrastructure: what runs where, what to order, which queue to join - with proof.

`solve` is the whole planner; `Plan` holds labelled tables; `write_bundle` and `verify` put a plan on disk and check
it without a solver. Importing this package switches JAX to float64, which every certificate needs.
"""

import jax as _jax

_jax.config.update("jax_enable_x64", True)

from planner.announcement import Announcement, check_announcement  # noqa: E402
from planner.bundle import write_bundle  # noqa: E402
from planner.check import check  # noqa: E402
from planner.cli_export import export  # noqa: E402
from planner.diagnose import Diagnosis, diagnose  # noqa: E402
from planner.faults import InputError  # noqa: E402
from planner.gradient import gradient  # noqa: E402
from planner.imports import import_case  # noqa: E402
from planner.matching import Matches, match  # noqa: E402
from planner.measures import levelised_cost, satellite_table  # noqa: E402
from planner.replay import replay  # noqa: E402
from planner.report import report  # noqa: E402
from planner.results import Plan  # noqa: E402
from planner.scenario import read_scenario  # noqa: E402
from planner.solving import NoPlan, solve  # noqa: E402
from planner.stack import Stack, stack  # noqa: E402
from planner.starting import init, write_scenario  # noqa: E402
from planner.studies.alternatives import Alternatives, alternatives  # noqa: E402
from planner.studies.bottlenecks import Bottlenecks, bottlenecks  # noqa: E402
from planner.studies.design import Design, design  # noqa: E402
from planner.studies.difference import Difference, diff  # noqa: E402
from planner.studies.frontier import Frontier, frontier  # noqa: E402
from planner.studies.futures import Futures, futures  # noqa: E402
from planner.studies.learning import Learning, learning  # noqa: E402
from planner.studies.queues import Queues, queues  # noqa: E402
from planner.studies.sensitivity import Sensitivities, sensitivities  # noqa: E402
from planner.studies.sweeping import Sweep, sweep  # noqa: E402
from planner.studies.why import Why, why  # noqa: E402
from planner.tables import read_tables  # noqa: E402
from planner.validate import Published, RoundTrips, validate  # noqa: E402
from planner.verify import verify  # noqa: E402

__all__ = [
    "Alternatives",
    "Announcement",
    "Bottlenecks",
    "Design",
    "Diagnosis",
    "Difference",
    "Frontier",
    "Futures",
    "InputError",
    "Learning",
    "Matches",
    "NoPlan",
    "Plan",
    "Published",
    "Queues",
    "RoundTrips",
    "Sensitivities",
    "Stack",
    "Sweep",
    "Why",
    "alternatives",
    "bottlenecks",
    "check",
    "check_announcement",
    "design",
    "diagnose",
    "diff",
    "export",
    "frontier",
    "futures",
    "gradient",
    "import_case",
    "init",
    "learning",
    "levelised_cost",
    "match",
    "queues",
    "read_scenario",
    "read_tables",
    "replay",
    "report",
    "satellite_table",
    "sensitivities",
    "solve",
    "stack",
    "sweep",
    "validate",
    "verify",
    "why",
    "write_bundle",
    "write_scenario",
]
