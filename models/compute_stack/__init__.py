"""Physics and economics of a compute stack, as pure JAX functions.

Every public function is named for the quantity it returns, broadcasts over its arguments and can be differentiated.
Importing the package changes no setting; callers who need double precision enable it in JAX themselves.
"""

from . import (
    arcs,
    boundaries,
    chips,
    comparison,
    decay,
    delivery,
    design,
    economics,
    launch,
    mccalip,
    network,
    orbit,
    power,
    propulsion,
    published,
    radiation,
    radiator,
    reliability,
    satellite_link,
    solar_array,
    sunlight,
    thermal,
    workload,
)

__all__ = [
    "arcs",
    "boundaries",
    "chips",
    "comparison",
    "decay",
    "delivery",
    "design",
    "economics",
    "launch",
    "mccalip",
    "network",
    "orbit",
    "power",
    "propulsion",
    "published",
    "radiation",
    "radiator",
    "reliability",
    "satellite_link",
    "solar_array",
    "sunlight",
    "thermal",
    "workload",
]
