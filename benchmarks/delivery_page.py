"""The text of docs/delivery.md: every number in it is handed over by delivery.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from delivery_record import CLOSE, COHORTS, MISSED, NEAR, WIDE, Result, facts

Rows = list[dict[str, Any]]


def page(found: list[Result], stages: Rows, sizes: Rows, wide: Rows, replayed: Rows, info: dict[str, Any]) -> str:
    """The page."""
    record = [*_curves(stages), *_compared(found), *_said(found), *_sizes(sizes)]
    parts = [_head(found, info), *record, *_spread(wide, info)]
    return "\n".join([*parts, *_replays(replayed), *_inputs(found)]) + "\n"


def _flow(text: str) -> str:
    return " ".join(text.split())


def _table(header: str, rows: Iterable[Iterable[object]]) -> Iterator[str]:
    yield f"| {header} |"
    yield "|" + "---|" * (header.count("|") + 1)
    for row in rows:
        yield "| " + " | ".join(str(cell) for cell in row) + " |"
    yield ""


def _head(found: list[Result], info: dict[str, Any]) -> str:
    tested = [r for r in found if not r.check.circular]
    close, loose, missed = (sum(r.verdict == v for r in tested) for v in (CLOSE, WIDE, MISSED))
    about = _flow(f"""
        Made by `python benchmarks/delivery.py` on {info["date"]} ({info["processor"]}, JAX {info["jax"]}). The
        functions are in `compute_stack.power` (one phase) and `compute_stack.delivery` (a queue). The stage table is
        that of `world`: its odds are estimates of this project (grade C) with the ranges that its provenance gives.
        Nothing was fitted for this page.""")
    count = _flow(f"""
        Of {len(tested)} comparisons {close} are covered (the record lies in our range when one input at a time moves
        over its published range, and our centre is within {NEAR:.0%} of it), {loose} only lie in the range, {missed}
        are not covered, and {len(tested) - close - loose - missed} only where several inputs are off together.
        Comparisons in which an input was itself taken from the record are shown and not counted.""")
    return f"# Delivery curves beside the record\n\n{about}\n\n{count}\n"


def _curves(stages: Rows) -> Iterator[str]:
    yield "## Probability of being energised, by stage\n"
    yield f"At the median wait of the sites of `world` ({stages[0]['wait']:.2g} years), by age since joining.\n"
    ages = " | ".join(f"{age:g} yr" for age in stages[0]["ages"])
    yield from _table(
        f"stage | odds | median lead of those that succeed, yr | {ages} | half of all energised after, yr",
        (
            (
                f"`{s['stage']}`",
                f"{s['odds']:.2f}",
                f"{s['median']:.1f}",
                *(f"{v:.0%}" for v in s["energised"]),
                f"{s['half_energised']:.1f}" if s["half_energised"] < 100.0 else "never",
            )
            for s in stages
        ),
    )


def _compared(found: list[Result]) -> Iterator[str]:
    yield "## Compared\n"
    yield from _table(
        "published | its value | ours from | ours | one input at a time | all inputs at once | verdict",
        (
            (
                r.check.what,
                f"{r.check.published:.3g}{' months' if r.check.unit == 'months' else ''}",
                r.check.how + (f" ({r.check.note})" if r.check.note else ""),
                f"{r.central:.3g} ({r.off:+.0%})",
                f"{r.alone[0]:.2g} to {r.alone[1]:.2g}",
                f"{r.together[0]:.2g} to {r.together[1]:.2g}",
                r.verdict,
            )
            for r in found
        ),
    )


def _said(found: list[Result]) -> Iterator[str]:
    def of(what: str, how: str) -> Result:
        return next(r for r in found if r.check.what == what and r.check.how.startswith(how))

    approved = of("ERCOT, share of projects", "letters are stage `approved`")
    building = of("ERCOT, share of projects", "letters are stage `construction`")
    factors = of("ERCOT, share of MW", "share of projects x")
    ramped = of("ERCOT, share of MW over share of projects", "the same")
    due = of("ERCOT, share of MW", "share due")
    asked = of("LBNL, share of projects", "odds of `new`")
    alike = of("LBNL, share of MW over share of projects", "later requests")
    shell, both = (
        of("Epoch, land to first power", "shell alone"),
        of("Epoch, land to first power", "the later of shell and"),
    )
    apart = of("Epoch, land to first power", "the later of shell and on-site power, independent")
    grid, stock = of("Epoch, land to first power", "a new request"), of("ERCOT, connected share of the queue", "stages")
    yield "## What is reproduced, and what is not\n"
    yield _flow(f"""
        - **ERCOT, {approved.check.published:.0%} of projects.** The odds of `approved` were copied from this figure,
        so that agreeing with it proves nothing. If the letters were at stage `approved`, with its own lead,
        {approved.central:.0%} of them would have been energised by the day of the count; at stage `construction`,
        {building.central:.0%}. Officer letters behave like blocks under construction, and a share counted by a date
        is less than odds in the end: the odds of `approved` ({of("ERCOT, share of projects", "odds of").central:.2f})
        mix the two and may be off either way.""")
    yield _flow(f"""
        - **ERCOT, {factors.check.published:.0%} of megawatts.** Two published factors give {factors.central:.1%}
        ({factors.off:+.0%}); their own range is too narrow to reach the record. The ramp after first power makes
        megawatts lag projects by a ratio of {ramped.central:.2f} ({ramped.alone[0]:.2f} to {ramped.alone[1]:.2f});
        the record is {ramped.check.published:.2f}, reached at slow ramps only. Requests drawn
        in part and large requests that fail would do the rest; no figure here tells them apart.
        Without any figure of ERCOT, what is under construction times its odds gives {due.central:.0%}.""")
    yield _flow(f"""
        - **LBNL, {asked.check.published:.0%} of projects.** Reproduced ({asked.central:.1%}) with odds whose source
        is another queue, of Australian loads counted in megawatts. LBNL counts generation: sizes agree, no more. The
        range ({asked.alone[0]:.0%} to {asked.alone[1]:.0%}) is as wide as the odds are uncertain.""")
    yield _flow(f"""
        - **LBNL, megawatts below projects: not reproduced.** Here odds do not depend on size. That later requests are
        larger and younger explains a ratio of {alike.central:.2f}, with everything at its worst
        {alike.together[0]:.2f}; the record is {alike.check.published:.2f}. `delivery.size_odds` holds such a
        dependence, but no source for its slope was found, and a slope taken from the two shares would reproduce them
        by construction. Plans do not use it.""")
    yield _flow(f"""
        - **Epoch, {shell.check.published:g} months.** The shell alone gives {shell.central:.0f}; shell and on-site
        power {both.central:.0f} if they slip together and {apart.central:.0f} as independent queues: the record is on
        the side of slips that are shared. A new request for grid power ({grid.central:.0f} months) runs on another
        clock, which starts years before land is cleared.""")
    yield _flow(f"""
        - **ERCOT, {stock.check.published:.1%} of the queue connected.** The stock of a queue that multiplies, not
        odds: the same stages, with odds of 20 % from request to power, give {stock.central:.1%}.""")
    yield ""


def _sizes(sizes: Rows) -> Iterator[str]:
    yield "## What odds by size would have to be\n"
    yield _flow("""Odds = Phi(Phi^-1(odds at the median size) + slope ln(size / median size)), log-normal sizes. The
        first spread is that of the phases of `world`, the others are wider ones.""")
    yield ""
    yield from _table(
        "record | spread of log sizes | slope | odds at a fifth of the median size | at the median | at five times",
        (
            (
                s["source"].upper(),
                f"{s['spread']:.2f}",
                f"{s['slope']:.2f}",
                f"{s['fifth']:.0%}",
                f"{s['median']:.0%}",
                f"{s['five']:.0%}",
            )
            for s in sizes
        ),
    )


def _spread(wide: Rows, info: dict[str, Any]) -> Iterator[str]:
    yield "## Shared slips\n"
    yield _flow(f"""
        A draw has a part of its region (`stages.correlation`; regions by `slip_region`), a part of the supply layers
        that its source draws on (`layer_correlation`) and a part of its own; what one phase does by itself does not
        change. Every phase of `world` joined at the start, new power that stands at the end of 2031,
        {info["futures"]:,} futures, median over {info["seeds"]} seeds (widths: least and greatest); no plan is
        solved.""")
    yield ""
    yield from _table(
        "regions | region part | layer part | mean, GW | P10 | P90 | P90 - P10 | over independent",
        (
            (
                w["region"],
                f"{w['region_correlation']:g}",
                f"{w['layer_correlation']:g}",
                *(f"{w[k]:.0f}" for k in ("mean", "p10", "p90")),
                f"{w['width']:.0f} ({w['width_least']:.0f} to {w['width_greatest']:.0f})",
                f"{w['width'] / wide[0]['width']:.2f}",
            )
            for w in wide
        ),
    )
    yield _flow("""
        With 32 territories a part of 0.5 in each averages out over the world; layers are few and go through all of
        them. An earlier, reduced world had 67 to 127 GW independent and 22 to 236 GW at 0.5 (3.6 times as wide): as
        wide as shared layers make it here, not as territories do. No record of shared slips was found to decide
        between them.""")
    yield ""


def _replays(replayed: Rows) -> Iterator[str]:
    yield "One plan of `two-engines` under the same 256 futures; by default orders are on time and layers apart.\n"

    def three(values: list[float], scale: float, form: str) -> str:
        mean, low, high = (format(v * scale, form) for v in values)
        return f"{mean} ({low} to {high})"

    yield from _table(
        "settings | served share, mean (P10 to P90) | cost, G USD | power at the end, GW | promise broken | CPU s",
        (
            (
                r["case"],
                three(r["served"], 1.0, ".1%"),
                three(r["cost"], 1e-3, ",.0f"),
                three(r["power"], 1e-3, ".2f"),
                f"{r['broken']:.1%}",
                f"{r['processor_seconds']:.1f}",
            )
            for r in replayed
        ),
    )


def _inputs(found: list[Result]) -> Iterator[str]:
    yield "## Inputs\n"
    yield _flow("""Sources in back quotes are keys of `datasets/world/sources.csv`; the others stand with their
        addresses in `benchmarks/delivery_facts.csv`.""")
    yield ""
    every = {(i.name, round(i.value, 9)): i for r in found for i in r.check.inputs}
    yield from _table(
        "input | value | low | high | grade | source",
        ((i.name, f"{i.value:.3g}", f"{i.low:.3g}", f"{i.high:.3g}", i.grade, i.source) for i in every.values()),
    )
    published = [r for name, r in facts().items() if name.startswith(("ercot_p", "lbnl_p", "epoch", "ercot_c"))]
    yield from _table(
        "published figure | value | unit | grade | source",
        ((r["note"], r["value"], r["unit"], r["grade"], f"[{r['source']}]({r['address']})") for r in published),
    )
    yield _flow(f"""
        LBNL's cohorts are spread evenly over {COHORTS[0]:.0f} to {COHORTS[-1]:.0f} and ERCOT's letters over the
        months of 2023 and 2024, because entries by year are not in the facts.""")
