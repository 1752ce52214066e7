"""`verify`: whether a bundle says what its inputs imply. Needs no solver, trusts no number that it can recompute.

The inputs are read and assembled again, the plan is restored by name, and `planner.certificate` judges it anew. Every
printed number is then compared with the one found here. With ``recount=True`` hashes are ignored: the plan is judged by
recomputation alone, and counted a second time from the tables by `planner.recount`, which shares nothing with
`assemble`.
"""

from __future__ import annotations

import math
import time as clock
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from planner.assemble import Assembly, assemble_compiled
from planner.bundle import FORMAT, read_leaves
from planner.certificate import Certificate, certify
from planner.engines import Leaf, Solution, Status
from planner.faults import InputError
from planner.program import Flat
from planner.recount import recount as counted_again
from planner.recount.comparing import FEW, SAME, aligned, column_faults, few, is_number, label, per_unit, said, wording
from planner.recount.measured import measure_faults
from planner.recount.priced import PRICED, proved_prices, replay_faults
from planner.recount.reading import (
    KEYS,
    LEAVES,
    MONEY,
    PLAN,
    PRICES,
    PROOF,
    Refused,
    document,
    frame,
    hash_faults,
    inventory,
    shown,
)
from planner.results import GROUPS, Plan, money_parts
from planner.scenario import Change, read_scenario
from planner.tables import Tables, read_tables


@dataclass(frozen=True)
class Verdict:
    """What `verify` found.

    ok: no fault. certified: the plan's proof holds as recomputed here, else `reasons` say why not (a bundle may say so
    itself and be ok). price_gap: what the row prices fall short of the plan's cost with its integers fixed. Money in
    M USD; nan where nothing could be recomputed.
    """

    ok: bool
    certified: bool
    faults: tuple[str, ...]
    objective: float = math.nan
    bound: float = math.nan
    gap_absolute: float = math.nan
    gap_relative: float = math.nan
    served_fraction: float = math.nan
    price_gap: float = math.nan
    reasons: tuple[str, ...] = ()
    columns: int = 0
    rows: int = 0
    recounted: bool = False
    seconds: float = 0.0


def verify(bundle: str | Path, *, recount: bool = False) -> Verdict:
    """Judge a bundle; every reason to refuse it is a sentence in `faults`, nothing is raised.

    recount: ignore hashes and judge by recomputation alone.
    """
    started, folder = clock.monotonic(), Path(bundle)
    try:
        names, faults = inventory(folder, tuple(GROUPS))
        if faults:
            raise Refused(*faults)
        faults = hash_faults(folder, names, recount)
        if faults:
            raise Refused(*faults)
        assembly = assemble_compiled(bundle_tables(folder))
    except Refused as refusal:
        return Verdict(False, False, refusal.faults, recounted=recount, seconds=clock.monotonic() - started)
    return replace(judge(folder, assembly, recount=recount), seconds=clock.monotonic() - started)


def judge(folder: str | Path, assembly: Assembly, *, recount: bool = True) -> Verdict:
    """Judge a bundle whose inputs were assembled before (hashes are not looked at)."""
    started, folder = clock.monotonic(), Path(folder)
    try:
        _, faults = inventory(folder, tuple(GROUPS))
        if faults:
            raise Refused(*faults)
        printed = document(folder / "certificate.json", "certificate.json")
        with np.errstate(all="ignore"):  # numbers of a stranger's bundle may overflow; what that gives is refused
            verdict = _judged(folder, assembly, printed, recount)
    except Refused as refusal:
        verdict = Verdict(False, False, refusal.faults, recounted=recount)
    except Exception as error:  # hostile numbers: whatever they break, the reader gets a sentence
        fault = f"certificate.json: the bundle cannot be judged ({type(error).__name__}); solve again"
        verdict = Verdict(False, False, (fault,), recounted=recount)
    return replace(verdict, seconds=clock.monotonic() - started)


def bundle_tables(folder: Path) -> Tables:
    """The inputs of a bundle with the changes that were in effect. Raises Refused."""
    changed = document(folder / "inputs" / "changes.json", "inputs/changes.json")
    try:
        name, active = changed["name"], changed["overrides"]
        changes = tuple(Change(*c) for c in changed["changes"])
        good = all(
            isinstance(v, str) for v in (name, *active, *(c.origin for c in changes), *(c.path for c in changes))
        )
    except (KeyError, TypeError):
        good = False
    if not good:
        raise Refused("inputs/changes.json: it does not hold name, overrides and changes; solve again")
    try:
        scenario = read_scenario(folder / "inputs", tuple(active))
        claimed = tuple(c for c in changes if c.origin.startswith("override "))
        if claimed != scenario.changes and not scenario.faults:
            odd = next(
                (c.path for c in (*claimed, *scenario.changes) if c not in claimed or c not in scenario.changes),
                "the order",
            )
            raise Refused(f"inputs/changes.json: {shown(odd)} is not what the overrides in inputs/scenario.toml set")
        return read_tables(replace(scenario, name=name, changes=changes))
    except InputError as error:
        raise Refused(*(f"inputs/{fault}" for fault in error.faults)) from None
    except Refused:
        raise
    except Exception as error:  # hostile inputs: whatever they break, the reader gets a sentence
        raise Refused(f"inputs: they cannot be read ({type(error).__name__}); solve again") from None


def _judged(folder: Path, assembly: Assembly, printed: dict, recount: bool) -> Verdict:
    program = assembly.program
    layout = program.layout
    relaxed, gap = printed.get("relaxation"), printed.get("gap_asked", math.nan)
    faults = []
    if not isinstance(relaxed, bool):
        faults.append("certificate.json: relaxation is neither true nor false")
    if not is_number(gap) or not math.isfinite(gap) or gap < 0:
        faults.append("certificate.json: gap_asked is not a number of at least 0")
    if printed.get("program") != layout.digest:
        faults.append(
            f"certificate.json: program is {shown(printed.get('program'))}, the inputs assemble to {layout.digest}"
        )
    if faults:
        raise Refused(*faults)
    expected = _expected(assembly, relaxed)
    flat, rows, columns = expected.blank.flat, expected.rows, expected.columns
    x, frames = _restored(folder, expected)
    leaves = _leaves(folder, flat, rows, columns, printed)
    certificate = certify(
        flat, x, leaves, gap, row_names=rows, column_names=columns, money_parts=money_parts(assembly, x)
    )
    gross = math.fsum(np.abs(flat.cost * x)) + abs(flat.constant)
    y, faults = _prices(folder, expected)
    plan = _plan(assembly, flat, x, y, leaves, certificate, printed)
    faults = [
        *(() if printed.get("certified") is False else certificate.reasons),
        *_printed_faults(printed, plan, folder, gross, rows, columns),
        *_money_faults(folder, plan),
        *faults,
    ]
    price_gap, more = proved_prices(printed, flat, x, y, gross, rows, columns)
    faults += [*more, *replay_faults(folder), *measure_faults(folder, plan)]
    if recount:
        faults += counted_again(plan.tables, frames, frame(folder, "plan/money.parquet", MONEY), whole=not relaxed)
    c, once = certificate, tuple(dict.fromkeys(faults))
    return Verdict(
        ok=not once,
        certified=c.certified,
        faults=once,
        objective=c.objective * 1e3,
        bound=c.bound * 1e3,
        gap_absolute=c.gap_absolute * 1e3,
        gap_relative=c.gap_relative,
        served_fraction=plan.served_fraction,
        price_gap=price_gap,
        reasons=c.reasons,
        columns=flat.shape[1],
        rows=flat.shape[0],
        recounted=recount,
    )


@dataclass(frozen=True, eq=False)
class _Expected:
    """What the inputs alone fix: names, and every table of a bundle without its decisions."""

    blank: Plan
    rows: list[str]
    columns: list[str]
    groups: dict[str, pd.DataFrame]
    prices: pd.DataFrame


@lru_cache(maxsize=2)
def _expected(assembly: Assembly, relaxed: bool) -> _Expected:
    flat, layout = assembly.program.flat(), assembly.program.layout
    if relaxed:
        flat = replace(flat, integer=np.zeros_like(flat.integer))
    blank = _plan(assembly, flat, np.zeros(flat.shape[1]), np.zeros(flat.shape[0]), (), None, {})
    return _Expected(
        blank, layout.row_names(), layout.column_names(), {g: blank.group(g) for g in GROUPS}, blank.prices
    )


def _plan(
    assembly: Assembly,
    flat: Flat,
    x: np.ndarray,
    y: np.ndarray,
    leaves: tuple[Leaf, ...],
    certificate: Certificate | None,
    printed: dict,
) -> Plan:
    solution = Solution(x, y, Status.LIMIT, math.nan, 0.0)
    return Plan(assembly, flat, x, y, leaves, certificate, solution, {"gap": printed.get("gap_asked")})  # type: ignore[arg-type]


def _restored(folder: Path, all_of: _Expected) -> tuple[np.ndarray, pd.DataFrame]:
    """Columns x [n] in program units, and the plan as one long table. Raises Refused naming what is not there once."""
    layout, found, faults = all_of.blank.assembly.program.layout, [], []
    for group, mine in all_of.groups.items():
        name = f"plan/{group}.parquet"
        try:
            here = frame(folder, name, PLAN)
        except Refused as refusal:
            faults += refusal.faults
            continue
        ordered, more = aligned(here, mine, KEYS, name)
        faults += more or column_faults(ordered, mine, name, KEYS, ("year",), ("unit", "tail"))
        found.append(ordered)
    if faults:
        raise Refused(*faults)
    long = pd.concat(found, ignore_index=True)
    values = {name: part["value"].to_numpy(float) for name, part in long.groupby("variable", sort=False)}
    x = [values.get(b.name, np.zeros(0)) / per_unit(b) for b in layout.variables]
    return np.concatenate(x), long


def _leaves(folder: Path, flat: Flat, rows: list[str], columns: list[str], printed: dict) -> tuple[Leaf, ...]:
    """Boxes and prices of the bound, each name once. Raises Refused."""
    proof, boxes = frame(folder, "proof.parquet", PROOF), frame(folder, "leaves.parquet", LEAVES)
    faults = []
    for name, table, key, known in (
        ("proof.parquet", proof, "row", rows),
        ("leaves.parquet", boxes, "column", columns),
    ):
        faults += few(f"{name}: the program has no {key} {shown(v)}" for v in set(table[key]) - set(known))
        twice = table[table.duplicated(["leaf", key])]
        faults += few(
            f"{name}: {shown(v)} of leaf {k} is there twice" for k, v in zip(twice["leaf"], twice[key], strict=True)
        )
        odd = table[(table["leaf"] < 0) | (table["leaf"] > len(proof) + len(boxes))]
        faults += few(
            f"{name}: leaf {k} of {shown(v)} is not a leaf of this proof"
            for k, v in zip(odd["leaf"], odd[key], strict=True)
        )
    if faults:
        raise Refused(*faults)
    if not len(proof) and not len(boxes) and printed.get("bound") == -math.inf:
        return ()
    return read_leaves(folder, rows, columns, flat.lower, flat.upper)


def _printed_faults(
    printed: dict, plan: Plan, folder: Path, gross: float, rows: list[str], columns: list[str]
) -> list[str]:
    """certificate.json, field by field."""
    c, faults = plan.certificate, []
    changed = document(folder / "inputs" / "changes.json", "inputs/changes.json")
    money = SAME * 1e3 * max(gross, 1e-9)
    gap_scale = SAME * max(1.0, gross / max(abs(c.objective), 1e-9))
    close = {
        "objective": (c.objective * 1e3, money), "bound": (c.bound * 1e3, money),
        "gap_absolute": (c.gap_absolute * 1e3, money),
        "gap_relative": (c.gap_relative, gap_scale),
        "served_fraction": (plan.served_fraction, SAME), "money_difference": (c.money_difference * 1e3, money),
    }  # fmt: skip
    exact = {
        "format": FORMAT, "scenario": changed.get("name"), "overrides": changed.get("overrides"),
        "status": "certified" if c.certified else "not certified",
        "columns": plan.flat.shape[1], "rows": plan.flat.shape[0], "unit": "M USD", "certified": c.certified,
        "bound_from": f"{max(len(plan.leaves), 1)} leaf" + ("s" if len(plan.leaves) > 1 else ""),
    }  # fmt: skip
    claims = {
        *("seconds", "engine", "claimed_bound", "prices", "reasons", "gap_asked", "relaxation"),
        *("worst_row", "worst_integer", "program", "hashes", "seal"),
    }
    for field, (here, scale) in close.items():
        there = printed.get(field)
        if not is_number(there) or not (there == here or abs(there - here) <= scale):
            faults.append(f"certificate.json: {field} is {said(there)}; recomputed it is {said(here)}")
    for field, here in exact.items():
        there = printed.get(field)
        if there != here or isinstance(there, bool) != isinstance(here, bool):
            faults.append(f"certificate.json: {field} is {said(there)}; recomputed it is {said(here)}")
    for field, here, violation, names in (
        ("worst_row", c.worst_row[1], c.worst_violation, rows),
        ("worst_integer", c.worst_integer_column[1], c.worst_integer, columns),
    ):  # fmt: skip
        there = printed.get(field)
        if not isinstance(there, dict) or set(there) != {"name", "violation"}:
            there = {"name": "", "violation": None}
        value = there["violation"]
        if not is_number(value) or not abs(value - violation) <= SAME:
            wrong = f"{field}.violation is {said(value)}; recomputed it is {said(violation)} ({here})"
            faults.append(f"certificate.json: {wrong}")
        elif there["name"] != here and (violation > SAME or there["name"] not in names):
            faults.append(f"certificate.json: {field}.name is {said(there['name'])}; recomputed it is {said(here)}")
    reasons = printed.get("reasons")
    if not isinstance(reasons, list) or [wording(r) for r in reasons] != [wording(r) for r in c.reasons]:
        faults.append(f"certificate.json: reasons are {said(reasons)}; recomputed they are {said(list(c.reasons))}")
    if not is_number(printed.get("seconds")) or not 0 <= printed["seconds"] < math.inf:
        faults.append(f"certificate.json: seconds is {said(printed.get('seconds'))}, not a time")
    if not isinstance(printed.get("engine"), str):
        faults.append("certificate.json: engine is not a name")
    claimed = printed.get("claimed_bound")
    if claimed is not None and not (is_number(claimed) and claimed <= c.objective * 1e3 + PRICED * 1e3 * gross):
        faults.append(
            f"certificate.json: claimed_bound is {said(claimed)}, "
            f"above the objective {said(c.objective * 1e3)}: no bound can be"
        )
    faults += [
        f"certificate.json: {shown(f)} is not a field of a certificate"
        for f in printed
        if f not in {*close, *exact, *claims}
    ]
    return faults


def _money_faults(folder: Path, plan: Plan) -> list[str]:
    """money.parquet, part by part and period by period."""
    name, keys = "plan/money.parquet", ("part", "period")
    expected = plan.money
    found, faults = aligned(frame(folder, name, MONEY), expected, keys, name)
    if faults:
        return faults
    values = plan.assembly.program.layout.split_columns(plan.x)
    gross = {
        part: math.fsum(float(np.abs(np.asarray(cost) * values[v]).sum()) for v, cost in costs.items())
        + abs(float(plan.assembly.constants.get(part, 0.0)))
        for part, costs in plan.assembly.parts.items()
    }
    scale = SAME * np.maximum(expected["part"].map(gross.get).to_numpy(float) * 1e3, 1e-6)
    a, b = found["value"].to_numpy(), expected["value"].to_numpy()
    odd = np.flatnonzero(np.abs(a - b) > scale)
    wrong = (
        f"{name}: {found['part'][i]} in period {found['period'][i]} is {a[i]:.9g} M USD; "
        f"the plan costs {b[i]:.9g} M USD"
        for i in odd
    )
    return few(wrong) + column_faults(found, expected, name, keys, ("year",), ("unit", "tail"))


def _prices(folder: Path, all_of: _Expected) -> tuple[np.ndarray, list[str]]:
    """Row prices y [m] in program units; limits, units and yearly prices compared with the inputs. Raises Refused."""
    name, keys = "prices.parquet", ("row", "a", "b", "c", "period")
    expected, blank, flat = all_of.prices, all_of.blank, all_of.blank.flat
    found, faults = aligned(frame(folder, name, PRICES), expected, keys, name)
    if faults:
        raise Refused(*faults)
    faults = column_faults(found, expected, name, keys, ("year", "limit"), ("unit", "tail", "integers"))
    settings = blank.tables.settings
    dt, price = float(settings["period"]), found["price"].to_numpy()
    yearly = expected.assign(
        price_per_year=price * (1 + float(settings["discount_rate"])) ** ((found["period"].to_numpy() + 0.5) * dt) / dt
    )
    a, b = found["price_per_year"].to_numpy(), yearly["price_per_year"].to_numpy()
    odd = np.flatnonzero(np.abs(a - b) > SAME * np.maximum(np.abs(b), 1e-12))
    labels = [label(tuple(found.loc[i, list(keys)])) for i in odd[:FEW]]
    faults += [
        f"{name}: price_per_year of {n} is {a[i]:.9g}; its price {price[i]:.9g} gives {b[i]:.9g}"
        for n, i in zip(labels, odd, strict=False)
    ]
    per = np.concatenate([per_unit(b) for b in blank.assembly.program.layout.rows])
    y = -price * per * 1e-3
    wrong = np.flatnonzero(y * flat.sense < -PRICED * np.maximum(1.0, np.abs(y).max(initial=0.0)))
    signs = (
        f"{name}: price of {label(tuple(found.loc[i, list(keys)]))} has the wrong sign: more room never costs"
        for i in wrong
    )
    return y, faults + few(signs)
