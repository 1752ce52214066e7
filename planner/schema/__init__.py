"""Every table and column of a scenario: unit, range, default and meaning.

This file is the one place where an input is declared. `tables` validates against it, the manual (`docs/inputs.md`)
is printed from it, and `planner check --explain` quotes it. Units are the canonical ones: a file may use any
compatible unit in its header (``power [kW facility]``) and is converted once, on reading.
"""

from __future__ import annotations

from planner.schema import demand, equipment, limits, places, supply
from planner.schema.columns import INF, Column, Table
from planner.schema.settings import SETTINGS

TABLES: dict[str, Table] = {t.name: t for part in (demand, places, equipment, supply, limits) for t in part.TABLES}

__all__ = ["INF", "SETTINGS", "TABLES", "Column", "Table"]
