"""A bundle read back: its tables, its parquet frames, its certificate."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from planner.bundle import hashes
from planner.check import grades
from planner.faults import Fault, InputError, quoted
from planner.recount.reading import Refused, anything
from planner.results import GROUPS
from planner.tables import Tables

COLUMNS = {"variable", "a", "b", "c", "period", "year", "value", "unit", "tail"}
MONEY = {"part", "period", "value", "tail"}
PRICES = {"row", "a", "b", "c", "period", "year", "price", "unit", "limit", "price_per_year", "integers", "tail"}


@dataclass(frozen=True, eq=False)
class Bundle:
    """What the report reads. groups: decisions by group, the hidden tail cut off. changed: files not as hashed."""

    folder: Path
    certificate: dict
    tables: Tables
    groups: dict[str, pd.DataFrame]
    money: pd.DataFrame
    prices: pd.DataFrame
    replay: pd.DataFrame | None
    changed: tuple[str, ...]

    @property
    def title(self) -> str:
        """Name shown."""
        return str(self.tables.settings["title"] or self.certificate["scenario"])

    @property
    def years(self) -> np.ndarray:
        """Start of each period shown."""
        return self.tables.years[: self.tables.shown]

    def family(self, group: str, name: str) -> pd.DataFrame:
        """One variable family, periods shown."""
        frame = self.groups[group]
        return frame.loc[frame["variable"] == name]

    @cached_property
    def grade(self) -> dict[tuple[str, str, str], str]:
        """Confidence of every numeric cell."""
        frame = grades(self.tables)
        return dict(zip(zip(frame["table"], frame["row"], frame["column"], strict=True), frame["grade"], strict=True))

    def weak(self, table: str, row: str, *columns: str) -> bool:
        """Whether any of these inputs is of grade C."""
        return any(self.grade.get((table, row, c)) == "C" for c in columns)

    def name(self, table: str, key: str) -> str:
        """Title of a row, or its key."""
        frame = self.tables.frames[table]
        return str(frame.loc[key, "title"] or key) if "title" in frame and key in frame.index else str(key)


def lines(frame: pd.DataFrame) -> Iterable[Any]:
    """Rows as tuples whose fields are named as the columns."""
    return frame.itertuples()


def read_bundle(bundle: str | Path) -> Bundle:
    """Read a bundle. Raises `InputError` saying what is missing or broken."""
    from planner.verify import bundle_tables

    folder = Path(bundle)
    links = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_symlink())
    if links:
        wrong = f"{quoted(links[0], 80)} is a link; a bundle holds plain files only"
        raise InputError([Fault(folder.name, 0, "", wrong, "copy the bundle again")])
    if not (folder / "certificate.json").is_file():
        raise InputError([Fault(str(bundle), 0, "", "it is not a bundle", "give a folder that `planner solve` wrote")])
    try:
        certificate = json.loads((folder / "certificate.json").read_text(encoding="utf-8"))
        for key in ("scenario", "objective", "bound", "gap_absolute", "gap_relative", "certified", "hashes", "program"):
            certificate[key]
        hashed = dict(certificate["hashes"])
    except (ValueError, KeyError, TypeError):
        raise InputError(
            [Fault(f"{folder.name}/certificate.json", 0, "", "it cannot be read", "solve again")]
        ) from None
    try:
        tables = bundle_tables(folder)
    except Refused as refusal:
        raise InputError([Fault(folder.name, 0, "", str(f), "solve again") for f in refusal.faults]) from None
    groups = {g: _shown(_frame(folder, f"plan/{g}.parquet", COLUMNS)) for g in GROUPS}
    there = hashes(folder)
    changed = tuple(sorted(k for k in {*there, *hashed} if there.get(k) != hashed.get(k)))
    replay = _frame(folder, "replay.parquet", set()) if (folder / "replay.parquet").is_file() else None
    money, prices = _frame(folder, "plan/money.parquet", MONEY), _shown(_frame(folder, "prices.parquet", PRICES))
    return Bundle(folder, certificate, tables, groups, money, prices, replay, changed)


def _frame(folder: Path, name: str, columns: set[str]) -> pd.DataFrame:
    try:
        frame = anything(folder, name)
    except Refused:
        raise InputError([Fault(f"{folder.name}/{name}", 0, "", "it cannot be read", "solve again")]) from None
    missing = sorted(columns - set(frame.columns))
    if missing:
        raise InputError([Fault(f"{folder.name}/{name}", 0, missing[0], "the column is missing", "solve again")])
    return frame


def _shown(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.loc[~frame["tail"].astype(bool)].reset_index(drop=True)
