"""`planner frontier`: the launch price below which orbit enters, by the wait for grid power and satellite mass."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.cli_show import Progress, guarded, print_json, say, show
from planner.faults import Fault, InputError

if TYPE_CHECKING:
    from planner.studies.frontier import Frontier

Bundle = Annotated[str, typer.Argument(help="a bundle that `planner solve` wrote")]


@guarded
def frontier(
    bundle: Bundle,
    by: Annotated[
        float | None, typer.Option(help="calendar year until which satellites may fly; default: the whole plan")
    ] = None,
    waits: Annotated[str, typer.Option(help="times the wait for grid power")] = "0.5,1,2",
    masses: Annotated[str, typer.Option(help="masses of all satellite classes [kg per kW of IT]")] = "10,20,40,80",
    out: Annotated[Path | None, typer.Option(help="a picture to write (.svg), beside what the report shows")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object as the last line")] = False,
) -> None:
    """Find the launch price below which orbit enters, against Earth as it is queued and Earth without queues."""
    from planner.explained import keep
    from planner.report.frontier import file
    from planner.studies.frontier import frontier as frontier_of

    numbers = _numbers("--waits", waits), _numbers("--masses", masses)
    if out is not None and out.suffix != ".svg":
        raise InputError(
            [Fault("--out", 0, str(out)[:80], "it is not an SVG picture", "write a name that ends in .svg")]
        )
    with Progress(f"reading {bundle}") as progress:
        found = frontier_of(bundle, by=by, waits=numbers[0], masses=numbers[1], told=progress.say)
    keep(bundle, {"frontier": found.table.assign(by=found.by), "frontier_today": found.today})
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(file(found.table, found.today, found.by), encoding="utf-8")
    if as_json:
        print_json(
            {
                "by": found.by,
                "frontier": found.table.to_dict("records"),
                "today": found.today.to_dict("records"),
                "solves": found.solves,
                "seconds": found.seconds,
            }
        )
    else:
        show_frontier(found)
        say("Drawn by `planner report`." + ("" if out is None else f" Written: {out}"))


def show_frontier(found: Frontier) -> None:
    """Print the frontier."""
    table: Any = found.table
    masses = list(dict.fromkeys(table["mass"]))
    rows = []
    for (earth, _), line in table.groupby(["earth", "factor"], sort=False, dropna=False):
        by_mass = dict(zip(line["mass"], line["price"], strict=True))
        rows.append([f"Earth {earth}", float(line["wait"].iloc[0]), *(_price(by_mass[m]) for m in masses)])
    show(
        f"Launch price below which orbit enters before {found.by:g} [USD/kg]",
        ["against", "wait for grid power [yr]", *(f"{m:g} kg/kW" for m in masses)],
        rows,
    )
    show(
        "What the scenario has",
        ["", "value", "unit"],
        [(t, float(v), "kg/kW" if k == "class" else "USD/kg") for k, t, v in found.today.itertuples(index=False)],
    )
    say(
        "Every vehicle sells at the price from the start, every satellite class has the mass at its own\n"
        "price; at least cost, whole decisions left fractional; satellites that fly later are left out.\n"
        "Without queues: power surely and at once, equipment of sites at once and ample; chips stay as\n"
        "scarce as they are, for both."
    )
    if not table["shown"].all():
        say(f"{int((~table['shown']).sum())} of {len(table)} prices were not confirmed by plans at both their sides.")
    say(f"{found.solves} linear programs, {found.seconds:.0f} s.")


def _price(value: float) -> str:
    if math.isnan(value):
        return "no plan"
    return "not even free" if value == 0 else "any" if math.isinf(value) else f"{value:,.0f}"


def _numbers(name: str, text: str) -> tuple[float, ...]:
    words = [w.strip() for w in text.split(",")]
    faults = []
    for word in words:
        try:
            float(word)
        except ValueError:
            faults.append(Fault(name, 0, word[:40], "it is not a number", "write numbers with commas, e.g. 0.5,1,2"))
    if faults:
        raise InputError(faults)
    return tuple(dict.fromkeys(float(w) for w in words))
