"""Comparing what a bundle prints with what is recomputed, row by row, with a sentence for each difference."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TypeGuard, cast

import numpy as np
import pandas as pd

from planner.recount.reading import shown

SAME = 1e-9
"""Printed and recomputed numbers may differ by this share of their scale (money: of the gross money)."""
FEW = 5
"""Sentences of one kind that are printed."""


def aligned(
    found: pd.DataFrame, expected: pd.DataFrame, keys: Iterable[str], name: str
) -> tuple[pd.DataFrame, list[str]]:
    """Rows of `found` in the order of `expected`, and a sentence for each key missing, unknown or there twice."""
    keys = list(keys)
    if len(found) == len(expected) and all((found[k].to_numpy() == expected[k].to_numpy()).all() for k in keys):
        return found, []
    here, there = (
        pd.MultiIndex.from_frame(f.loc[:, keys].astype({k: object for k in keys if k != "period"}))
        for f in (found, expected)
    )
    twice = here.duplicated()
    faults = few(f"{name}: {label(k)} is there twice" for k in here[twice])
    once = cast(pd.MultiIndex, here[~twice])
    place = once.get_indexer(there)
    faults += few(f"{name}: {label(k)} is missing" for k in there[place < 0])
    faults += few(f"{name}: {label(k)} is not part of this program" for k in once[np.flatnonzero(~once.isin(there))])
    return (found if faults else found[~twice].iloc[place].reset_index(drop=True)), faults


def column_faults(
    found: pd.DataFrame,
    expected: pd.DataFrame,
    name: str,
    keys: Iterable[str],
    numbers: Iterable[str],
    words: Iterable[str],
) -> list[str]:
    """Columns that follow from the inputs alone."""
    keys, faults = list(keys), []
    for column in (*numbers, *words):
        a, b = found[column].to_numpy(), expected[column].to_numpy()
        if column in words:
            differs = a.astype(object) != b.astype(object)
        else:
            with np.errstate(invalid="ignore"):
                differs = ~((a == b) | (np.abs(a - b) <= SAME * np.maximum(np.abs(b), 1e-6)))
        for i in np.flatnonzero(differs)[:FEW]:
            faults.append(
                f"{name}: {column} of {label(tuple(found[keys].iloc[i]))} is {said(a[i])}; "
                f"recomputed from the inputs it is {said(b[i])}"
            )
    return faults


def label(key: tuple) -> str:
    """Name of a key (family, entity parts, period), e.g. ``build[us_east,vr200]@3``."""
    name, *entity, period = key
    inside = ",".join(str(v) for v in entity if v != "")
    return shown(f"{name}[{inside}]@{period}" if inside else f"{name}@{period}")


def few(sentences: Iterable[str]) -> list[str]:
    """The first sentences of a kind, and how many more there are."""
    found = list(sentences)
    return (
        found if len(found) <= FEW else [*found[:FEW], f"{found[FEW]} (and {len(found) - FEW - 1} more of this kind)"]
    )


def is_number(value: object) -> TypeGuard[float]:
    """Whether a JSON value is a number that fits a float."""
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) < 1 << 1000
    return isinstance(value, float)


def said(value: object) -> str:
    """A value as a sentence shows it."""
    return f"{value:.12g}" if isinstance(value, float | np.floating) else shown(value)


def wording(reason: object) -> str:
    """A reason without its numbers, which differ in the last digits from machine to machine."""
    return re.sub(r"[-+]?\d[-+\de.]*", "#", str(reason))


def per_unit(block: Any) -> np.ndarray:
    """Table units in a program unit for each existing member of a variable or row block."""
    per = np.asarray(block.per_unit, float)
    return np.broadcast_to(per[:, None] if per.ndim else per, block.exists.shape)[block.exists]
