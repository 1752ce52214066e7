"""Every kind of published model that is known, by name."""

from __future__ import annotations

from planner.validate import kinds_cost, kinds_launch, kinds_mccalip, kinds_orbit, kinds_statements
from planner.validate.kinds import Kind

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        *kinds_mccalip.KINDS,
        *kinds_launch.KINDS,
        *kinds_cost.KINDS,
        *kinds_orbit.KINDS,
        *kinds_statements.KINDS,
    )
}
