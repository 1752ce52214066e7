"""Satellite classes as `compute_stack` designs: mass and power follow from the design columns."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from compute_stack.orbit import SatelliteDesign, satellite_mass
from planner.assemble.context import Context

_FIELDS = [f for f in SatelliteDesign._fields if f != "altitude"]


def designs(c: Context, altitude: jnp.ndarray | float = 600.0) -> SatelliteDesign:
    """The classes as one design of arrays ``[class]`` at an altitude [km]."""
    table = c.data["satellite_classes"]
    return SatelliteDesign(altitude=altitude, **{f: table[f] for f in _FIELDS})


def masses(c: Context) -> jnp.ndarray:
    """Mass of each row of `satellites` [kg] at the altitude of its shell."""
    table = c.data["satellite_classes"]
    k = c.ref("satellites", "satellite_class")
    altitude = c.data["shells"]["altitude"][c.ref("satellites", "shell")]
    if not len(k):
        return jnp.asarray(np.zeros(0))
    return satellite_mass(SatelliteDesign(altitude=altitude, **{f: table[f][k] for f in _FIELDS}))
