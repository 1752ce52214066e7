"""Published results beside ours, each computed from its inputs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from planner.compiled import remember
from planner.faults import Fault, InputError
from planner.validate.cases import Case, given_shape, read_cases


@dataclass(frozen=True)
class Published:
    """Published results beside ours.

    table: one row per published number: case, model, quantity, unit, ours, theirs, difference (relative), rel_tol,
    within; models: one row per model: cases, within, numbers, largest difference; cases: id, model, expected, ours,
    rel_tol, within of each case; within, total: how many cases lie within their tolerance in every number.
    """

    file: str
    table: pd.DataFrame = field(repr=False)
    models: pd.DataFrame
    cases: tuple[dict[str, Any], ...] = field(repr=False)
    within: int
    total: int

    @property
    def ok(self) -> bool:
        """Whether every case lies within its tolerance."""
        return self.within == self.total


def published(text: str, name: str) -> Published:
    """The results of a file beside ours. Raises `InputError`."""
    remember()
    cases = read_cases(text, name)
    ours, faults = [], []
    for case in cases:
        values, wrong = _ours(case, name)
        ours.append(values)
        faults.extend(wrong)
    if faults:
        raise InputError(faults)
    table = pd.DataFrame(
        [row for case, values in zip(cases, ours, strict=True) for row in _rows(case, values)],
        columns=["case", "model", "quantity", "unit", "ours", "theirs", "difference", "rel_tol", "within"],
    )
    good: dict[str, bool] = {}
    for case, near in zip(table["case"], table["within"], strict=True):
        good[case] = good.get(case, True) and near
    told = tuple(
        {
            "id": case.id,
            "model": case.kind.name,
            "expected": case.expected,
            "ours": {key: value.tolist() for key, value in values.items()},
            "rel_tol": case.rel_tol,
            "within": good[case.id],
        }
        for case, values in zip(cases, ours, strict=True)
    )
    return Published(name, table, _by_model(table, good), told, sum(good.values()), len(cases))


def _ours(case: Case, name: str) -> tuple[dict[str, np.ndarray], list[Fault]]:
    """Ours for each expected quantity, and why one cannot be had."""
    given = {key: np.asarray(v, float) if isinstance(v, list) else v for key, v in case.inputs.items()}
    given = {key: float(v) if isinstance(v, int) else v for key, v in given.items()}

    def fault(key: str, wrong: str, instead: str) -> Fault:
        return Fault(name, case.number, f"{case.id} {key}", wrong, instead)

    try:
        with np.errstate(all="ignore"):
            found = case.kind.computed(given, list(case.expected))
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return {}, [fault("inputs", "these inputs do not go together", "check signs, zeros and lengths of lists")]
    values, faults = {}, []
    shape = given_shape(case)
    for key, expected in case.expected.items():
        if key not in found:
            want = case.kind.wants.get(key, "more inputs")
            faults.append(fault(f"expected.{key}", f"it takes the input '{want}'", f"write {want}, or drop {key}"))
            continue
        value = np.asarray(found[key], float)
        theirs = np.asarray(expected, float)
        # What does not move with a listed input may be written once or once for each of its values.
        if theirs.shape != value.shape and value.ndim < len(shape):
            value = np.broadcast_to(value, shape)
        if theirs.shape != value.shape:
            wrong = f"it holds {_count(theirs)}, the inputs give {_count(value)}"
            faults.append(fault(f"expected.{key}", wrong, "write one number for each value of the listed inputs"))
        elif not np.isfinite(value).all():
            faults.append(fault(f"expected.{key}", "these inputs give no finite number", _suspect(case)))
        else:
            values[key] = value
    return values, faults


def _count(value: np.ndarray) -> str:
    return "one number" if value.ndim == 0 else f"a list of {value.size}"


def _suspect(case: Case) -> str:
    zero = [key for key, value in case.inputs.items() if not isinstance(value, str) and not np.any(value)]
    if zero:
        return f"check the input '{zero[0]}', which is 0"
    return "check signs, zeros and percent against shares"


def _rows(case: Case, values: dict[str, np.ndarray]) -> list[tuple]:
    rows = []
    for key, value in values.items():
        theirs = np.asarray(case.expected[key], float)
        unit = case.kind.outputs.get(key) or next(f.unit for f in case.kind.families if f.number(key) is not None)
        for k, (mine, other) in enumerate(zip(np.ravel(value), np.ravel(theirs), strict=True)):
            off = abs(mine - other)
            difference = off / abs(other) if other else (0.0 if off == 0.0 else np.inf)
            # Where theirs is 0 a relative tolerance says nothing: it is then read as absolute.
            near = bool(off <= case.rel_tol * (abs(other) or 1.0))
            name = f"{key}[{k}]" if value.ndim else key
            signed = float(np.copysign(difference, mine - other)) if off else 0.0
            rows.append((case.id, case.kind.name, name, unit, float(mine), float(other), signed, case.rel_tol, near))
    return rows


def _by_model(table: pd.DataFrame, good: dict[str, bool]) -> pd.DataFrame:
    rows = []
    for model, part in table.groupby("model", sort=False):
        ids = part["case"].unique()
        worst = part.loc[part["difference"].abs().idxmax()]
        rows.append((model, len(ids), sum(good[i] for i in ids), len(part), worst["difference"], worst["rel_tol"]))
    return pd.DataFrame(rows, columns=["model", "cases", "within", "numbers", "largest", "rel_tol"])
