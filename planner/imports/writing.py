"""A case as a scenario folder: one period of one year, no discount, one unit of the file's money is one M USD."""

from __future__ import annotations

import csv
import hashlib
import io
import math
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from planner.faults import Fault, InputError, printable
from planner.imports.case import Case

MARK = "Imported by `planner import`"
SEAL = "Seal of the other files: "
UNITS = ("EFLOP/s", "PFLOP/s", "TFLOP/s", "GFLOP/s")
LARGEST_DEMAND = 1e5
"""Demands beyond are written in the next smaller unit, so that the program's numbers stay near one."""
PLACEHOLDERS = (
    ("jurisdictions, regions, territories", "one of each; nothing depends on them"),
    ("sites", "coordinates, climate, prices and carbon are 0: sites have no power, nothing is built"),
    ("profiles, hardware, cooling, stages, generation", "one row each; the hardware is never on sale"),
    ("classes", "the price is 1 USD/PFLOP/h; it has no effect, as all must be served"),
    ("scenario.toml", "the years and the currency year"),
)

Rows = Iterable[Iterable[object]]


def write_scenario(case: Case, folder: Path) -> Path:
    """Write the scenario of a case; an earlier import that nobody changed is replaced, any other folder refused."""
    refuse_foreign(folder)
    files = scenario_files(case)
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for name, text in files.items():
            (work / name).write_text(text, encoding="utf-8", newline="")
        work.chmod(0o755)
        if folder.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{folder.name}.old.", dir=folder.parent))
            os.replace(folder, old / "scenario")
            os.replace(work, folder)
            shutil.rmtree(old)
        else:
            os.replace(work, folder)
    finally:
        if work.exists():
            shutil.rmtree(work)
    return folder


def refuse_foreign(folder: Path) -> None:
    """Raise `InputError` unless a folder is new, empty, or an import that nobody changed."""
    shown = printable(str(folder))
    try:
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise InputError([Fault(shown, 0, "", "it is a file or a link", "give a new folder")])
        there = sorted(folder.iterdir()) if folder.is_dir() else []
    except (OSError, ValueError):
        raise InputError([Fault(shown, 0, "", "no folder can be written there", "give a new folder")]) from None
    if folder.name in ("", ".", ".."):
        raise InputError([Fault(shown, 0, "", "it does not name a folder", "give the name of a new folder")])
    if not there:
        return
    source = folder / "SOURCE.md"
    plain = all(p.is_file() and not p.is_symlink() and p.stat().st_size < 64_000_000 for p in there)
    words = source.read_bytes().decode("utf-8", "replace") if plain and source in there else ""
    if MARK not in words:
        wrong = "the folder holds something that was not imported"
        raise InputError([Fault(shown, 0, "", wrong, "give a new folder")])
    rest = {p.name: p.read_bytes() for p in there if p != source}
    if SEAL + seal(rest) not in words:
        wrong = "the folder was changed since it was imported"
        raise InputError([Fault(shown, 0, "", wrong, "give a new folder")])


def seal(files: dict[str, bytes]) -> str:
    """SHA-256 over names and contents."""
    h = hashlib.sha256()
    for name in sorted(files):
        h.update(f"{name}\0{len(files[name])}\0".encode())
        h.update(files[name])
    return h.hexdigest()


def scenario_files(case: Case) -> dict[str, str]:
    """Every file of the scenario, by name."""
    unit = _unit(case)
    files = {"scenario.toml": _settings(case)}
    files |= {f"{name}.csv": _csv(header, rows) for name, (header, rows) in _tables(case, unit).items()}
    files["SOURCE.md"] = _source(case, unit) + SEAL + seal({n: t.encode() for n, t in files.items()}) + "\n"
    return files


def _unit(case: Case) -> str:
    """The unit in which the file's demands are written."""
    largest = float(case.demand.max(initial=0.0))
    steps = max(0, math.ceil(math.log10(largest / LARGEST_DEMAND) / 3)) if largest > LARGEST_DEMAND else 0
    return UNITS[min(steps, len(UNITS) - 1)]


def _settings(case: Case) -> str:
    name = "".join(c for c in case.name if c.isalnum() or c in " ._-")[:80]
    return f"""[scenario]
title = "{case.format} {name}"
description = "A problem written by others with the optimum they publish; see SOURCE.md."
start = 2026
period = 1.0
periods = 1
tail = 0
currency_year = 2026
discount_rate = 0.0
"""


def _tables(case: Case, unit: str) -> dict[str, tuple[str, Rows]]:
    sites = [f"s{i}" for i in range(1, case.capacity.size + 1)]
    works = [f"w{j}" for j in range(1, case.demand.size + 1)]
    asked = np.where(case.demand > 0, case.demand, 1.0)
    total = math.fsum(asked)
    yes = {True: "yes", False: "no"}
    # A customer that asks for nothing still costs: it is given a demand that takes no capacity.
    use = np.where(case.demand > 0, 1.0, 0.0)[:, None] if case.use is None else case.use / asked[:, None]
    use = np.broadcast_to(use, case.cost.shape)
    arcs = (
        (f"{w}.{s}", w, s, number(c) if math.isfinite(c) else "", number(u), yes[math.isfinite(c)])
        for w, costs, uses in zip(works, case.cost, use, strict=True)
        for s, c, u in zip(sites, costs, uses, strict=True)
    )
    closed = yes[case.closed]
    limits = [("places", "max_sites", "*", str(case.at_most))] if case.at_most is not None else []
    sourced = ("arcs", "leases", "workloads", *(["limits"] if limits else []))
    tables: dict[str, tuple[str, Rows]] = {
        "jurisdictions": ("jurisdiction", [("here",)]),
        "regions": (
            "region,jurisdiction,latitude [deg],longitude [deg],utc_offset [h]",
            [("here", "here", 0, 0, 0)],
        ),
        "profiles": (
            "profile,precision,flop_per_byte [FLOP/B],compute_efficiency [1],memory_efficiency [1]",
            [("any", "bf16", 1, 1, 1)],
        ),
        "tranches": ("tranche,share [1]", [("all", 1)]),
        "classes": (
            f"class,market,kind,profile,gang,orbit,demand [{unit}],price [USD/PFLOP/h]",
            [("customers", "inference-grid", "rate", "any", yes[case.gang], "no", number(total), 1)],
        ),
        "workloads": (
            "workload,class,region,share [1],must_serve",
            [(w, "customers", "here", repr(float(d / total)), "yes") for w, d in zip(works, asked, strict=True)],
        ),
        "zones": ("zone,kind,jurisdiction", [(s, "ground", "here") for s in sites]),
        "territories": ("territory", [("none",)]),
        "sites": (
            "site,zone,territory,latitude [deg],longitude [deg],energised [MW facility],power_price [USD/MWh],"
            "carbon [kg/MWh],time_to_power [yr],wet_bulb [degC],dry_bulb [degC],construction [USD/W IT],"
            "opening_cost [M USD],closed",
            [(s, s, "none", *(0,) * 9, number(f), closed) for s, f in zip(sites, case.opening, strict=True)],
        ),
        "leases": (
            f"lease,site,capacity [{unit}]",
            [(s, s, number(c) if math.isfinite(c) else "") for s, c in zip(sites, case.capacity, strict=True)],
        ),
        "arcs": ("arc,workload,zone,cost [M USD/yr],use [1],allowed", arcs),
        "stages": ("stage,odds [1]", [("none", 1)]),
        "generation": ("source,kind,capex [USD/W facility]", [("none", "other", 0)]),
        "cooling": (
            "technology,coolant,max_density [kW],supply_temperature [degC],liquid_fraction [1]",
            [("none", "air", 1, 20, 0)],
        ),
        "hardware": (
            "hardware,container,coolant,power [kW IT],chips [1],peak_bf16 [PFLOP/s],peak_fp8 [PFLOP/s],memory [GB],"
            "bandwidth [TB/s],price [M USD],last_sale [yr]",
            [("none", "rack", "air", 1, 1, 1, 1, 1, 1, 1, 1900)],
        ),
        "provenance": (
            "table,row,column,source,year,confidence,low,high,note",
            [
                *((t, "*", "*", "FILE", 2026, "B", "", "", "") for t in sourced),
                ("sites", "*", "opening_cost", "FILE", 2026, "B", "", "", ""),
                ("classes", "*", "demand", "FILE", 2026, "B", "", "", ""),
                *(
                    (t, "*", "*", "NONE", 2026, "C", "", "", "placeholder")
                    for t in ("regions", "profiles", "tranches", "classes", "sites", *_UNUSED)
                ),
            ],
        ),
        "sources": (
            "key,author,title,url,year",
            [
                ("FILE", "the authors of the problem", f"{case.format} problem; see SOURCE.md", "", 2026),
                ("NONE", "this project", "Placeholders that have no effect; see SOURCE.md", "", 2026),
            ],
        ),
    }
    if limits:
        tables["limits"] = ("limit,kind,subject,amount [1]", limits)
    return tables


_UNUSED = ("stages", "generation", "cooling", "hardware")


def number(value: float) -> str:
    """A number that reads back as itself."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


def _csv(header: str, rows: Rows) -> str:
    out = io.StringIO()
    out.write(header + "\n")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _source(case: Case, unit: str) -> str:
    served = "from one site" if case.gang else "from one or several sites"
    lines = [
        f"# {case.format}: {printable(case.name)}",
        "",
        f"{MARK}: a problem written by others, as an ordinary scenario of one period of one year without discount.",
        "",
        "| in the file | here |",
        "|---|---|",
        f"| {case.capacity.size} places | sites `s1` to `s{case.capacity.size}`, each in its own zone |",
        f"| {case.demand.size} customers | workloads `w1` to `w{case.demand.size}`, each served whole, {served} |",
        "| 1 of cost | 1 M USD: the cost of the plan is "
        + ("minus the published number |" if case.sign < 0 else "the published number |"),
        f"| 1 of demand, 1 of capacity | 1 {unit} |" if case.use is None else f"| 1 of capacity | 1 {unit} |",
        "| cost of a customer from a place | `arcs.csv` cost |",
    ]
    if case.use is not None:
        lines.append("| use of a place by a customer | `arcs.csv` use |")
    lines.append(f"| capacity | `leases.csv`{'' if case.bounded else ': blank, no limit'} |")
    if (case.opening > 0).any():
        lines.append("| fixed cost | `sites.csv` opening_cost |")
    if case.at_most is not None:
        lines.append(f"| at most {case.at_most} places | `sites.csv` closed, `limits.csv` max_sites |")
    lines += ["", *(f"- {printable(note)}" for note in case.notes), "", "Placeholders, which have no effect:", ""]
    lines += [f"- {what}: {why}" for what, why in PLACEHOLDERS]
    return "\n".join(lines) + "\n\n"
