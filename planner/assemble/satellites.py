"""Satellite classes as `compute_stack` designs: mass, chips and availability follow from the design columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp

from compute_stack import chips, design
from compute_stack.orbit import SatelliteDesign, satellite_mass

Data = Mapping[str, Mapping[str, Any]]
_FIELDS = [f for f in SatelliteDesign._fields if f != "altitude"]


@dataclass(frozen=True)
class Classes:
    """Classes of satellites at an altitude, one entry per item of the positions they were read at.

    design: with the masses that its choices ask for. added: mass beyond the rated design [kg]. groups: chip groups
    that work per nominal IT power [-]; bought: with the spares [-]. throughput: of a working chip over its nominal [-].
    attrition: of its chips over their nominal [-]. availability: share of time not lost to upsets [-].
    """

    design: SatelliteDesign
    added: Any
    groups: Any
    bought: Any
    throughput: Any
    attrition: Any
    availability: Any

    @property
    def mass(self) -> Any:
        """Mass of a satellite [kg]."""
        return satellite_mass(self.design)


def classes(data: Data, at: Any, altitude: Any) -> Classes:
    """The rows `at` of ``satellite_classes``, flown at altitudes [km]."""
    table = {name: values[at] for name, values in data["satellite_classes"].items()}
    plain = SatelliteDesign(altitude=altitude, **{f: table[f] for f in _FIELDS})
    choice = design.Choice(table["array_oversize"], table["spares"], table["power_cap"])
    rating = design.Rating(
        table["rated_temperature"], table["rated_shield"], table["rated_life"], table["shielded_area"]
    )
    warmer = plain.radiator_temperature - design.rated_or_own(rating.temperature, plain.radiator_temperature)
    groups = design.chips_per_watt(choice.power_cap, warmer)
    slowed = design.faded_throughput(choice.array_oversize, table["array_degradation"], table["life"])
    return Classes(
        design=design.designed(plain, choice, rating),
        added=design.added_mass(plain, choice, rating),
        groups=groups,
        bought=groups * (1.0 + choice.spares),
        throughput=chips.power_cap_throughput(choice.power_cap) * slowed,
        attrition=design.warmer_chip_attrition(warmer),
        availability=design.shielded_availability(
            table["radiation_availability"], altitude, plain.shield_mass, rating.shield, rating.shielded_area
        ),
    )


def warm_halls(data: Data) -> Any:
    """IT power under each cooling technology over the nominal power of the racks ``[technology]`` [-]."""
    q = data["cooling"]
    rated = design.rated_or_own(q["rated_temperature"], q["supply_temperature"])
    return jnp.asarray(design.warmer_chip_power(q["supply_temperature"] - rated))
