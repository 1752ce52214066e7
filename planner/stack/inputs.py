"""The numbers of one comparison, picked from the tables, and the cell that each of them stands in.

Picking is done here, outside JAX: the model then has no positions to follow, compiles quickly, and one backward pass
gives the slope in every cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from planner.schema import SETTINGS, TABLES
from planner.stack.choices import Pick
from planner.tables import Tables

Numbers = Mapping[str, Mapping[str, Any]]
_ROWS = {
    "satellite_class": "satellite_classes",
    "shell": "shells",
    "chip": "hardware",
    "rack": "hardware",
    "sky": "zones",
    "zone": "zones",
    "site": "sites",
    "technology": "cooling",
    "source": "generation",
}
"""Parts that are one row of a table."""
_WHOLE = ("vehicles", "doors", "bills", "classes", "profiles")
"""Parts that are whole tables."""
UNREAD = {
    "hardware": {"first_sale", "last_sale", "ramp"},
    "sites": {
        "latitude",
        "longitude",
        "energised",
        "time_to_power",
        "water_permit",
        "ramp",
        "opening_cost",
        "preference",
    },
    "zones": {"max_density"},
    "doors": {"make_time", "capex", "build_time", "life"},
    "bills": {"lead"},
    "classes": {"price", "elasticity", "late_loss", "speedup", "work_per_unit"},
    "generation": {"deposit"},
    "cooling": {"max_density", "evaporation"},
}
"""Columns that no figure of a stack depends on."""


class Cell(NamedTuple):
    """Where a number of a comparison stands: its part and place there, and its table, row and column."""

    part: str
    column: str
    place: int | None
    table: str
    row: str

    @property
    def path(self) -> str:
        """As `--set` writes it."""
        return f"{self.table}.{self.column}" if self.table == "scenario" else f"{self.table}.{self.row}.{self.column}"


def rows_of(tables: Tables, at: Pick) -> dict[str, int]:
    """Row of each part that is one row of a table."""
    return {
        "satellite_class": at.satellite_class,
        "shell": at.shell,
        "chip": at.chip,
        "rack": at.rack,
        "sky": int(tables.index("shells", "zone")[at.shell]),
        "zone": int(tables.index("sites", "zone")[at.site]),
        "site": at.site,
        "technology": at.technology,
        "source": at.source,
    }


def numbers_of(tables: Tables, at: Pick) -> dict[str, dict[str, np.ndarray]]:
    """The numbers of a comparison in table units; series at the period of the pick."""
    rows = rows_of(tables, at)
    out: dict[str, dict[str, np.ndarray]] = {}
    for part, table in _ROWS.items():
        out[part] = {c: _now(v, at.period)[rows[part]] for c, v in _read(tables, table)}
    for table in _WHOLE:
        out[table] = {c: _now(v, at.period) for c, v in _read(tables, table)}
    out["scenario"] = {
        c.name: np.asarray(float(tables.settings[c.name]))
        for c in SETTINGS
        if c.name in ("discount_rate", "construction_life", "construction_upkeep", "carbon_price")
    }
    return {part: {c: np.asarray(v, float) for c, v in columns.items()} for part, columns in out.items()}


def bills_of(tables: Tables, at: Pick) -> dict[str, np.ndarray]:
    """Which bills each part of a comparison draws ``{part: [bill]}``, 0 or 1."""
    frame = tables.frames["bills"]
    of, item = frame["of"].to_numpy(), frame["item"].to_numpy()

    def mine(kind: str, table: str, row: int) -> np.ndarray:
        return ((of == kind) & (item == tables.keys(table)[row])).astype(float)

    return {
        "satellite_class": mine("satellite_classes", "satellite_classes", at.satellite_class),
        "chip": mine("hardware", "hardware", at.chip),
        "rack": mine("hardware", "hardware", at.rack),
        "technology": mine("cooling", "cooling", at.technology),
        "source": mine("generation", "generation", at.source),
        "construction": (of == "construction").astype(float),
    }


def cells(tables: Tables, at: Pick) -> Iterator[Cell]:
    """The cell of every number of a comparison."""
    rows = rows_of(tables, at)
    for part, table in _ROWS.items():
        for column, _ in _read(tables, table):
            yield Cell(part, column, None, table, tables.keys(table)[rows[part]])
    for table in _WHOLE:
        for column, _ in _read(tables, table):
            for place, row in enumerate(tables.keys(table)):
                yield Cell(table, column, place, table, row)
    for name in ("discount_rate", "construction_life", "construction_upkeep", "carbon_price"):
        yield Cell("scenario", name, None, "scenario", "scenario")


def moved(numbers: Numbers, cell: Cell, value: float) -> dict[str, dict[str, np.ndarray]]:
    """The numbers with one cell at another value (no cell stands in two parts)."""
    out = {part: dict(columns) for part, columns in numbers.items()}
    new = np.array(out[cell.part][cell.column])
    new[() if cell.place is None else cell.place] = value
    out[cell.part][cell.column] = new
    return out


def _read(tables: Tables, table: str) -> Iterator[tuple[str, np.ndarray]]:
    unread = UNREAD.get(table, set())
    return ((c.name, tables.numbers[table][c.name]) for c in TABLES[table].numbers if c.name not in unread)


def _now(value: np.ndarray, period: int) -> np.ndarray:
    return value[:, period] if value.ndim == 2 else value
