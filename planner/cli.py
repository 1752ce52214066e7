"""The command line: each command prints a short table, writes one bundle at most, and has a Python twin of its name.

Exit codes: 0 certified or in order; 1 not certified, stopped by a limit or infeasible; 2 bad input.
"""

from __future__ import annotations

import math
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.cli_alternatives import alternatives
from planner.cli_announcement import check_announcement
from planner.cli_bottlenecks import bottlenecks
from planner.cli_design import design
from planner.cli_diagnose import diagnose
from planner.cli_diff import diff
from planner.cli_frontier import frontier
from planner.cli_futures import futures
from planner.cli_import import register as register_import
from planner.cli_init import init
from planner.cli_learning import learning
from planner.cli_queues import queues
from planner.cli_sensitivities import sensitivities
from planner.cli_show import INTERRUPTED, NOT_CERTIFIED, Progress, guarded, money, print_json, say, show
from planner.cli_stack import stack
from planner.cli_sweep import sweep
from planner.cli_validate import validate
from planner.cli_why import why, why_not
from planner.faults import Fault, InputError, nearest

if TYPE_CHECKING:
    from planner.cli_explain import Explanation
    from planner.results import Plan

app = typer.Typer(
    name="planner",
    help="A capacity planner for AI infrastructure: what runs where, what to order, which queue to join - with proof.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Scenario = Annotated[str, typer.Argument(help="a dataset name (see `planner datasets`) or a scenario folder")]
Bundle = Annotated[Path, typer.Argument(help="a bundle that `planner solve` wrote")]
Overrides = Annotated[
    list[str] | None, typer.Option("--override", metavar="NAME", help="an override of the scenario; may be repeated")
]
Sets = Annotated[
    list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="table.row.column=value; may be repeated")
]
Json = Annotated[bool, typer.Option("--json", help="print one JSON object as the last line")]


@app.command()
@guarded
def check(
    scenario: Scenario,
    override: Overrides = None,
    set_: Sets = None,
    explain: Annotated[str | None, typer.Option(metavar="PATH", help="one input: table.row.column")] = None,
) -> None:
    """Check a scenario: every fault at once, sizes, supply against demand, confidence of the inputs."""
    from planner.scenario import read_scenario
    from planner.tables import read_tables

    tables = read_tables(read_scenario(scenario, tuple(override or ()), tuple(set_ or ())))
    if explain is not None:
        from planner.cli_explain import explain as explanation_of

        _print_explanation(explanation_of(tables, explain))
        return
    from planner.check import check as report_of

    report = report_of(tables)
    title = tables.settings["title"] or tables.scenario.name
    say(f"{title}: no faults.\n")
    titles = {
        "overrides": "Overrides in effect",
        "sizes": "Sizes",
        "power": "Power: what could stand if every queue were joined at once, against what demand would take",
        "layers": "Supply layers: GW of IT a year that free capacity supports, by the bills of what is on sale",
        "launches": "Launches: mass that can reach orbit",
        "demand": "Demand by class",
        "confidence": "Inputs by confidence",
        "unsourced": "Cells without provenance",
    }
    for name, heading in titles.items():
        frame = getattr(report, name)
        if len(frame):
            show(heading, frame.columns, frame.itertuples(index=False))
        elif name in ("overrides", "unsourced"):
            say(f"{heading}: none.\n")


def _print_explanation(e: Explanation) -> None:
    rows = [
        ("value", f"{e.value} {e.unit if e.unit != '1' else ''}".strip()),
        ("meaning", e.meaning),
        ("set by", e.origin),
        ("source", e.source or "no provenance"),
        ("confidence", e.confidence or "not graded"),
    ]
    if math.isfinite(e.low) or math.isfinite(e.high):
        rows.append(("range", f"{e.low:,.6g} to {e.high:,.6g} {e.unit if e.unit != '1' else ''}".strip()))
    if e.note:
        rows.append(("note", e.note))
    if e.points:
        rows.append(("series", ", ".join(f"{year:g}: {value:,.6g}" for year, value in e.points)))
    show(e.path, ["", ""], rows)


@app.command()
@guarded
def solve(
    scenario: Scenario,
    out: Annotated[Path | None, typer.Option(help="folder for the bundle; default: plans/<scenario>")] = None,
    engine: Annotated[str, typer.Option(help="auto, or the name of an engine")] = "auto",
    relax: Annotated[bool, typer.Option("--relax", help="leave integers fractional")] = False,
    gap: Annotated[float, typer.Option(help="relative gap asked for")] = 0.01,
    time: Annotated[float, typer.Option(help="seconds for the engine")] = 120.0,
    futures: Annotated[int, typer.Option(help="sampled futures the plan is replayed under; 0: none")] = 256,
    override: Overrides = None,
    set_: Sets = None,
    as_json: Json = False,
) -> None:
    """Plan a scenario, certify the plan and write a bundle."""
    from planner import NoPlan, write_bundle
    from planner import solve as plan_of
    from planner.bundle import refuse_foreign
    from planner.engines import ENGINES
    from planner.scenario import locate

    _refuse_options(engine, ["auto", *ENGINES], gap, time, futures)
    out = Path("plans") / locate(scenario).resolve().name if out is None else out
    refuse_foreign(out, locate(scenario))
    options = {
        "overrides": tuple(override or ()),
        "sets": tuple(set_ or ()),
        "engine": engine,
        "relax": relax,
        "gap": gap,
        "time": time,
    }
    with Progress(f"planning {scenario}") as progress:
        try:
            plan = plan_of(scenario, progress=progress, **options)
        except NoPlan as none:
            progress.__exit__()
            say(f"No plan — {none.solution.status} — {none.solution.advice}", stderr=True)
            if as_json:
                print_json(
                    {
                        "status": str(none.solution.status),
                        "objective": None,
                        "advice": none.solution.advice,
                        "seconds": none.solution.seconds,
                    }
                )
            raise typer.Exit(NOT_CERTIFIED) from None
        except KeyboardInterrupt:
            INTERRUPTED.set()
            progress.__exit__()
            say("Stopped by hand before the engine handed over a plan; nothing was written.", stderr=True)
            raise typer.Exit(NOT_CERTIFIED) from None
        plan = _replayed(plan, futures, progress)
        progress.say("writing the bundle")
        where = write_bundle(plan, out)
    if as_json:
        print_json(plan.summary() | {"bundle": str(where), "reasons": list(plan.certificate.reasons)})
    else:
        _print_plan(plan, where)
    if not plan.certificate.certified:
        raise typer.Exit(NOT_CERTIFIED)


def _refuse_options(engine: str, engines: list[str], gap: float, time: float, futures: int) -> None:
    faults = []
    if engine not in engines:
        faults.append(Fault("--engine", 0, f"'{engine}'", "no engine has this name", nearest(engine, engines)))
    if not 0 <= gap < 1:
        faults.append(
            Fault("--gap", 0, f"{gap:g}", "it is out of range", "write a relative gap from 0 to 1, e.g. 0.01")
        )
    if not 0 < time < math.inf:
        faults.append(Fault("--time", 0, f"{time:g}", "it is out of range", "write a number of seconds above 0"))
    if futures < 0:
        faults.append(Fault("--futures", 0, f"{futures}", "it is negative", "write how many futures, or 0 for none"))
    if faults:
        raise InputError(faults)


def _replayed(plan: Plan, futures: int, progress: Progress) -> Plan:
    """The plan with its replay; stopped by hand, failed, or integers left fractional: without."""
    from dataclasses import replace

    if not futures or plan.options.get("relax") or find_spec("planner.replay") is None:
        return plan
    from planner.replay import replay

    progress.say(f"replaying {futures} futures (Ctrl-C: write the plan without them)")
    try:
        return replace(plan, replay=replay(plan, futures=futures))
    except KeyboardInterrupt:
        INTERRUPTED.set()
        progress.say("replay stopped by hand; the plan is written without it")
    except Exception as error:  # whatever happens here, the plan is not lost
        progress.say(f"the replay failed ({type(error).__name__}: {error}); the plan is written without it")
    return plan


def _print_plan(plan: Plan, where: Path) -> None:
    from planner.cli_summary import power_by_source
    from planner.report.words import percent

    s, c = plan.summary(), plan.certificate
    rows = [
        ("verdict", str(s["status"]) + (" (integers left fractional)" if plan.options.get("relax") else "")),
        *(("why not", reason) for reason in c.reasons),
        ("cost", f"{money(s['objective'])} of {plan.tables.settings['currency_year']:.0f}, discounted"),
        ("bound", money(s["bound"])),
        ("gap", f"{money(s['gap_absolute'])}, {percent(s['gap_relative'], 3)}"),
        *_claimed(plan),
        ("served, by value", f"{s['served_fraction']:.2%}"),
        ("time", f"{s['seconds']:.1f} s, engine {s['engine']}, {s['columns']:,} columns, {s['rows']:,} rows"),
    ]
    show(f"Plan of {plan.tables.scenario.name}", ["", ""], rows)
    service = plan.service
    titles = plan.tables.frames["classes"]["title"]
    show(
        "Served by class, over the periods shown",
        ["class", "demand [EFLOP/s yr]", "served [EFLOP/s yr]", "share"],
        [
            (
                titles[r["class"]] or r["class"],
                r.demand,
                r.served,
                f"{r.share:.1%}" if r.share == r.share else "no demand",
            )
            for _, r in service.iterrows()
        ],
    )
    power = power_by_source(plan)
    show("Power energised", power.columns, power.itertuples(index=False))
    if plan.replay is not None:
        from planner.report.verdict import spread

        show(f"Replayed under {len(plan.replay)} sampled futures", ["", "mean", "P10", "P90"], spread(plan.replay))
    say(f"Bundle: {where} (check it with `planner verify`, read it with `planner report`)")


def _claimed(plan: Plan) -> list[tuple[str, str]]:
    """What a solver says beyond what was proved."""
    bound = plan.solution.claimed_bound
    if plan.certificate.certified or bound is None:
        return []
    cost = plan.objective
    best = (cost - bound * 1e3) / max(abs(cost), 1e-9) <= max(plan.options.get("gap", 0.0), 1e-9)
    what = "this plan is best" if best else f"no plan costs less than {money(bound * 1e3)}"
    return [("claimed by HiGHS", f"{what}; not certified")]


@app.command()
@guarded
def verify(
    bundle: Bundle,
    recount: Annotated[
        bool, typer.Option("--recount", help="recount the rows from the tables by independent code")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check a bundle without a solver."""
    from planner.verify import verify as verdict_of

    if not (bundle / "certificate.json").is_file():
        wrong = "it is not a bundle"
        raise InputError([Fault(str(bundle), 0, "", wrong, "give a folder that `planner solve` wrote")])
    verdict = verdict_of(bundle, recount=recount)
    if as_json:
        print_json(verdict)
    else:
        rows = [(k.replace("_", " "), v) for k, v in vars(verdict).items() if isinstance(v, bool | int | float | str)]
        show(f"Verdict on {bundle}", ["", ""], [(k, _verdict_cell(k, v)) for k, v in rows])
        for fault in verdict.faults:
            say(str(fault))
    if not (verdict.ok and verdict.certified):
        raise typer.Exit(NOT_CERTIFIED)


def _verdict_cell(name: str, value: object) -> object:
    return money(value) if name in ("objective", "bound", "gap absolute") and isinstance(value, float) else value


@app.command()
@guarded
def export(
    scenario: Scenario,
    file: Annotated[Path, typer.Argument(help="file to write, ending in .mps")],
    override: Overrides = None,
    set_: Sets = None,
) -> None:
    """Write the exact program as MPS, for any other solver."""
    from planner.cli_export import export as export_of

    where = export_of(scenario, file, tuple(override or ()), tuple(set_ or ()))
    say(f"Wrote {where}: costs in billion USD, rows and columns under their names.")


@app.command()
@guarded
def report(bundle: Bundle) -> None:
    """Write BUNDLE/report.html: one self-contained page."""
    from planner.report import report as report_of

    say(f"Wrote {report_of(bundle)}")


@app.command()
@guarded
def match(
    bundle: Bundle,
    request: Annotated[str | None, typer.Option(metavar="NAME", help="one request: its pair with every site")] = None,
    as_json: Json = False,
) -> None:
    """Match table of a bundle: which offtaker at which site, at what price, and the reason of every rejection."""
    from planner.cli_match import show_matches

    show_matches(bundle, request, as_json=as_json)


@app.command()
@guarded
def datasets() -> None:
    """List the embedded scenarios."""
    from planner.cli_export import datasets as datasets_of

    frame = datasets_of()
    show("Datasets", frame.columns, frame.itertuples(index=False))


register_import(app)
app.command()(init)
app.command()(sweep)
app.command()(validate)
app.command()(stack)
app.command()(design)
app.command()(learning)
app.command()(bottlenecks)
app.command()(queues)
app.command()(futures)
app.command()(alternatives)
app.command()(why)
app.command("why-not")(why_not)
app.command()(frontier)
app.command("check-announcement")(check_announcement)
app.command()(sensitivities)
app.command()(diff)
app.command()(diagnose)


def main() -> None:
    """Entry point."""
    try:
        app()
    except SystemExit as end:
        if INTERRUPTED.is_set():  # unloading a solver whose threads still run ends in a crash
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(end.code if isinstance(end.code, int) else NOT_CERTIFIED)
        raise


if __name__ == "__main__":
    main()
