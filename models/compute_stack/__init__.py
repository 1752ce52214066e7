"""Physics and economics of a compute stack, as pure JAX functions.

Every public function is named for the quantity it returns, broadcasts over its arguments and can be differentiated.
Importing the package changes no setting; callers who need double precision enable it in JAX themselves.
"""

from . import (
    boundaries,
    chips,
    comparison,
    decay,
    delivery,
    economics,
    launch,
    mccalip,
    network,
    orbit,
    power,
    radiation,
    satellite_link,
    thermal,
    workload,
)

__all__ = [
    "boundaries",
    "chips",
    "comparison",
    "decay",
    "delivery",
    "economics",
    "launch",
    "mccalip",
    "network",
    "orbit",
    "power",
    "radiation",
    "satellite_link",
    "thermal",
    "workload",
]
