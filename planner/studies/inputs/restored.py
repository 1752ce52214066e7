"""A plan read back from its bundle: the inputs assembled again, decisions and prices put back by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from planner.assemble import assemble_compiled
from planner.certificate import Certificate
from planner.engines import Solution, Status
from planner.faults import Fault, InputError, printable
from planner.recount.comparing import FEW, aligned, per_unit
from planner.recount.reading import KEYS, PLAN, PRICES, Refused, document, frame, hash_faults, inventory
from planner.results import GROUPS, Plan
from planner.verify import bundle_tables

NO_BUNDLE = "it is not a bundle", "give a folder that `planner solve` wrote"


def restored(bundle: str | Path) -> Plan:
    """The plan of a bundle, without the leaves of its bound; what was printed of the proof is taken as it stands.

    Raises `InputError` where the folder is no bundle, a file is not as it was sealed, or the inputs assemble to
    another program.
    """
    folder = Path(bundle)
    name = printable(str(bundle))
    if not (folder / "certificate.json").is_file():
        raise InputError([Fault(name, 0, "", *NO_BUNDLE)])
    try:
        names, faults = inventory(folder, tuple(GROUPS))
        faults = faults or hash_faults(folder, names, False)
        if faults:
            raise Refused(*faults)
        return _plan(folder)
    except Refused as refusal:
        more = len(refusal.faults) - FEW
        told = [*refusal.faults[:FEW], *([f"{more} more files or rows are not as they were"] if more > 0 else [])]
        raise InputError([Fault(name, 0, "", f, "see `planner verify`, or solve again") for f in told]) from None


def _plan(folder: Path) -> Plan:
    printed = document(folder / "certificate.json", "certificate.json")
    assembly = assemble_compiled(bundle_tables(folder))
    layout, flat = assembly.program.layout, assembly.program.flat()
    if printed["program"] != layout.digest:
        raise Refused("the inputs assemble to another program than the one it was planned with")
    if printed["relaxation"]:
        flat = replace(flat, integer=np.zeros_like(flat.integer))
    m, n = flat.shape
    none = Solution(np.zeros(n), np.zeros(m), Status.OPTIMAL, 0.0, 0.0, engine=str(printed["engine"]))
    blank = Plan(assembly, flat, none.x, none.y, (), _certificate(printed, 0.0), none)
    values: dict[str, np.ndarray] = {}
    for group in GROUPS:
        found = _in_order(folder, f"plan/{group}.parquet", PLAN, KEYS, blank.group(group))
        values |= {str(k): part["value"].to_numpy(float) for k, part in found.groupby("variable", sort=False)}
    x = np.concatenate([values.get(b.name, np.zeros(0)) / per_unit(b) for b in layout.variables])
    keys = ("row", *KEYS[1:])
    prices = _in_order(folder, "prices.parquet", PRICES, keys, blank.prices)["price"].to_numpy(float)
    y = -prices * np.concatenate([per_unit(b) for b in layout.rows]) * 1e-3
    options = {"gap": printed["gap_asked"], "relax": printed["relaxation"], "seconds": printed["seconds"]}
    solution = replace(none, x=x, y=y, objective=flat.value(x))
    return Plan(assembly, flat, x, y, (), _certificate(printed, flat.value(x)), solution, options)


def _in_order(
    folder: Path, name: str, columns: dict[str, str], keys: tuple[str, ...], mine: pd.DataFrame
) -> pd.DataFrame:
    found, faults = aligned(frame(folder, name, columns), mine, keys, name)
    if faults:
        raise Refused(*faults)
    return found


def _certificate(printed: dict, objective: float) -> Certificate:
    """What was printed of the proof, in program money; the objective is the one found here."""
    row, column = printed["worst_row"], printed["worst_integer"]
    return Certificate(
        objective=objective,
        bound=printed["bound"] * 1e-3,
        gap_absolute=printed["gap_absolute"] * 1e-3,
        gap_relative=printed["gap_relative"],
        worst_row=(-1, row["name"]),
        worst_violation=row["violation"],
        worst_integer_column=(-1, column["name"]),
        worst_integer=column["violation"],
        worst_bound_column=(-1, ""),
        worst_bound=0.0,
        money_difference=printed["money_difference"] * 1e-3,
        certified=printed["certified"],
        reasons=tuple(printed["reasons"]),
    )
