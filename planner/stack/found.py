"""What `stack` hands back."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from planner.stack.ranking import Ranking
from planner.stack.satellite import SatelliteStack
from planner.stack.site import SiteStack
from planner.tables import Tables


@dataclass(frozen=True, eq=False)
class Stack:
    """What `stack` shows.

    year: start of the period whose prices hold. classes: all satellite classes side by side. satellite: the detail of
    one. compared: how the ground site beside them was chosen. site: the waterfall of a ground site.
    """

    tables: Tables
    year: float
    classes: pd.DataFrame
    satellite: SatelliteStack | None
    compared: str
    site: SiteStack | None

    def document(self) -> dict[str, Any]:
        """Everything found as plain lists and numbers, for JSON: tables as lists of rows, not finite as None."""
        return _plain(
            {
                "scenario": self.tables.scenario.name,
                "year": self.year,
                "classes": self.classes,
                "compared": self.compared,
                "satellite": self.satellite,
                "site": self.site,
            }
        )


def _plain(value: Any) -> Any:
    if isinstance(value, pd.DataFrame):
        return _plain(value.to_dict("records"))
    if isinstance(value, SatelliteStack | SiteStack | Ranking):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if hasattr(value, "_asdict"):
        return _plain(value._asdict())
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value
