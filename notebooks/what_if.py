"""What if? Move a slider, and the plan of dataset `two-engines` is made, proved and compared again.

In the browser: `marimo run notebooks/what_if.py`. In a terminal: `python notebooks/what_if.py --launch_price 0.5`; with
`--whole yes` the whole plan is made too.
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="What if?")

with app.setup:
    from html import escape

    import marimo as mo
    import numpy as np
    import pandas as pd

    import planner
    from planner.check import grades, planned_leads
    from planner.report.money import MEANING
    from planner.scenario import matches
    from planner.studies.rows import figures

    DATASET = "two-engines"
    GRID = ("commissioning", "construction", "approved", "study", "new")
    CLASS = "satellite_classes.*."
    #: mass of a satellite is linear in these, and falls with one over the next
    HEAVIER = ("radiator_areal_mass", "transport_mass", "compute_mass", "fixed_mass")
    LIGHTER = ("array_specific_power", "battery_specific_energy")
    #: slider: lowest, highest, step, base, label, what it moves
    SLIDERS = {
        "launch_price": (0.1, 3, 0.1, 1, "Price of every launch [× base]", "own vehicles and bought ones"),
        "grid_wait": (0, 2, 0.1, 1, "Wait for the grid [× base]", "grid, landlords, and engines being built"),
        "mass": (0.3, 2, 0.1, 1, "Mass of every satellite [× base]", "all but shields: those cost time if thin"),
        "radiator": (-40, 60, 5, 0, "Radiator temperature [K above base]", "chips leak and fail, by estimates"),
    }


@app.cell(hide_code=True)
def _():
    mo.md("""
    # What if?

    One builder has two engines: a training factory that grows on Earth and in orbit, and a fleet of cars and robots
    that computes on board. It may wait for the grid or build its own power, buy parts or build own lines, and launch.
    The **cost** counts money spent **and** what buyers would have paid for work that is not done.

    Move a slider and let go. **What you see live is the linear relaxation of the plan**: a tenth of a launch, of an
    own line or of a contract may be taken. It is solved and certified in seconds, and no whole plan can cost less
    than its bound. The button makes the plan with whole launches, lines and contracts.
    """)
    return


@app.cell(hide_code=True)
def _():
    _given = mo.cli_args()
    sliders = mo.ui.dictionary(
        {
            k: mo.ui.slider(*span, float(_given.get(k, at)), debounce=True, show_value=True, full_width=True)
            for k, (*span, at, _, _) in SLIDERS.items()
        }
    )
    whole_now = mo.ui.run_button(label="Make the whole plan (about half a minute)")
    return sliders, whole_now


@app.cell(hide_code=True)
def _(sliders, whole_now):
    _tables = planner.read_tables(planner.read_scenario(DATASET))
    _grade = grades(_tables).set_index(["table", "row", "column"])["grade"]
    _notes = []
    for _name, (*_, _label, _reason) in SLIDERS.items():
        _paths = [change.split("=")[0].split(".") for change in changes(_name, 0.5)]
        _cells = [_grade[t, row, c] for t, rows, c in _paths for row in matches(rows, _tables.keys(t))]
        _weak = f"{_cells.count('C')} of {len(_cells)} numbers are of grade C"
        _notes.append(f"- {_label.split(' [')[0]}: **{_weak}**; {_reason}.")
    mo.vstack(
        [
            *(mo.hstack([mo.md(SLIDERS[name][4]), s], widths=[1, 1], align="center") for name, s in sliders.items()),
            mo.md("What they move (A measured, B published estimate, C own estimate):\n\n" + "\n".join(_notes)),
            whole_now,
        ]
    )
    return


@app.cell(hide_code=True)
def _(sliders):
    _moved = {name: at for name, at in sliders.value.items() if abs(at - SLIDERS[name][3]) > 1e-9}
    sets = tuple(change for name, at in _moved.items() for change in changes(name, at))
    return (sets,)


@app.cell(hide_code=True)
def _():
    with mo.status.spinner("Planning the base"):
        base = planner.solve(DATASET, relax=True)
    return (base,)


@app.cell(hide_code=True)
def _(base, sets):
    plan, refusal = base, ""
    if sets:
        with mo.status.spinner("Planning again"):
            try:
                plan = planner.solve(DATASET, sets=sets, relax=True)
            except (planner.NoPlan, planner.InputError) as fault:
                plan, refusal = None, str(fault)
    if refusal and mo.app_meta().mode == "script":
        print(f"verdict: no plan with {', '.join(sets)}: {refusal}")
    return plan, refusal


@app.cell(hide_code=True)
def _(base, plan, refusal, sets):
    mo.stop(plan is None, mo.callout(mo.md(f"## There is no plan\n\nMove a slider back.\n\n`{refusal}`")))
    _proof, _moved = plan.certificate, plan.objective - base.objective
    _against = f"Against the base ({base.objective:,.1f} M USD, a relaxation too): **{_moved:+,.1f} M USD**"
    mo.callout(
        mo.md(
            f"## Relaxation, {'certified' if _proof.certified else 'not certified'}: {plan.objective:,.1f} M USD\n\n"
            + (f"{_against}, {100 * _moved / base.objective:+.3f} %." if sets else "This is the base.")
            + f"\n\n- **Cost** of the relaxation: {plan.objective:,.3f} M USD. Nobody can carry it out as it stands.\n"
            f"- **Bound**: nothing, whole or not, costs less than {_proof.bound * 1e3:,.3f} M USD.\n"
            f"- **Gap of its certificate**: {_proof.gap_absolute * 1e3:,.3f} M USD, {_proof.gap_relative:.1e} of the"
            " cost. It says how exact the relaxation is, not how far a whole plan is from it: that says the button.\n"
            + "".join(f"- Why not certified: {reason}\n" for reason in _proof.reasons)
            + f"- Made and proved in {plan.options['seconds']:.1f} s, with {len(sets)} changes of inputs."
        ),
        kind="success" if _proof.certified else "warn",
    )
    return


@app.cell(hide_code=True)
def _(base, plan):
    mo.stop(plan is None)
    before, now = measured(base), measured(plan)
    _words = "Served by value over the years shown; power, orbit and endpoints as they stand at their end."
    mo.vstack([mo.md(f"## What changes\n\n{_words}"), compared(("base", before), ("now", now))])
    return before, now


@app.cell(hide_code=True)
def _(now, plan, sets, whole_now):
    mo.stop(plan is None)
    whole, _shown = None, [mo.md("## The whole plan\n\n*Not made for these values: press the button.*")]
    if whole_now.value or mo.cli_args().get("whole", "no") == "yes":
        with mo.status.spinner("Planning with whole launches, lines, joins and contracts"):
            whole = planner.solve(DATASET, sets=sets)
        _proof = whole.certificate
        _shown = [
            mo.md(
                f"## The whole plan, {'certified' if _proof.certified else 'not certified'}\n\n{whole.objective:,.1f} M"
                f" USD with a gap of {100 * _proof.gap_relative:.3f} % (asked for: 1 %), in"
                f" {whole.options['seconds']:.0f} s. Whole numbers cost at most {whole.objective - plan.objective:,.1f}"
                " M USD. Differences between two whole plans that are smaller than their gaps say nothing."
            ),
            compared(("relaxed", now), ("whole", measured(whole))),
        ]
    mo.vstack(_shown)
    return (whole,)


@app.cell(hide_code=True)
def _(base, plan):
    mo.stop(plan is None)
    doors = own_or_bought(base).join(own_or_bought(plan), suffixes=("_base", "_now"))
    _amounts = ["own_base", "bought_base", "own_now", "bought_now"]
    _rows = [
        (r.Index, r.unit_now, *(f"{getattr(r, a):,.0f}" for a in _amounts), bar(r.share_now, False), r.started_now)
        for r in doors.itertuples()
    ]
    _head = ("what", "unit", *(a.replace("_", ", ") for a in _amounts), "own share", "lines started")
    _words = mo.md(
        "## Around the queue or through it\n\nWhere the builder may have its own line: orders at own **new** lines"
        " against what is bought, over the years shown (bought: in-house lines of today too). Power: on-site against"
        " grid and landlords, at the end. Where plans tie, either may be shown."
    )
    mo.vstack([_words, table(_head, _rows, words=2)])
    return (doors,)


@app.cell(hide_code=True)
def _(base, plan):
    mo.stop(plan is None)
    _parts = pd.DataFrame({k: p.money.groupby("part")["value"].sum() for k, p in (("base", base), ("now", plan))})
    _parts = _parts.fillna(0.0).sort_values("now", key=abs, ascending=False)
    _parts = _parts[_parts.abs().max(axis=1) > 0.05].assign(change=_parts["now"] - _parts["base"])
    _widest = max(float(_parts["change"].abs().max()), 0.1)
    _rows = [
        (p, MEANING.get(p, ""), f"{then:,.1f}", f"{at:,.1f}", f"{moved:+,.1f}", bar(moved / _widest))
        for p, then, at, moved in _parts.itertuples()
    ]
    _words = "M USD, discounted, the hidden tail included. Red costs more, green less."
    _table = table(("part", "in words", "base", "now", "change", ""), _rows, words=2)
    mo.vstack([mo.md(f"## Where the cost goes\n\n{_words}"), _table])
    return


@app.cell(hide_code=True)
def _(plan):
    mo.stop(plan is None)
    with mo.status.spinner("Slopes of the cost in every input"):
        _found = planner.sensitivities(plan, top=5, confirm=False)
    matter = _found.inputs.head(5)
    _rows = []
    for r in matter.itertuples():
        _name = f"{r.table}.{r.column}" if r.table == "scenario" else f"{r.table}.{r.row}.{r.column}"
        _span = f"{r.low:,.5g} to {r.high:,.5g}" + ("" if r.spread == "published" else " *")
        _ends = f"{r.at_low:+,.0f}", f"{r.at_high:+,.0f}"
        _drawn = bar(r.swing / matter["swing"].iloc[0], signed=False)
        _rows.append((_name, r.unit, r.grade, f"{r.value:,.5g}", _span, *_ends, _drawn))
    _words = (
        "Ranked by slope × spread, M USD; a slope says nothing of kinks, which `planner sensitivities` looks for by"
        f" planning again. Grade C inputs carry {100 * _found.grade_c:.0f} % of |slope × value|."
        f" *: no published spread, {100 * _found.unpublished:.0f} % to either side is taken."
    )
    _head = ("input", "unit", "grade", "value", "low to high", "cost at low", "cost at high", "")
    mo.vstack([mo.md(f"## The five inputs that matter most\n\n{_words}"), table(_head, _rows, words=3)])
    return (matter,)


@app.cell(hide_code=True)
def _(base, plan):
    mo.stop(plan is None)
    # One satellite of each class: shells and chips change little.
    _then, satellites = (planner.satellite_table(p.tables).drop_duplicates("class") for p in (base, plan))
    _kelvins = plan.tables.numbers["satellite_classes"]["radiator_temperature"]
    _words = "Of every kilogram launched, so many watts of compute are left after each loss. Lines in bars: the base."
    _shown = [mo.md(f"## What a kilogram in orbit is worth\n\n{_words}")]
    for (_, _a), (_, _b) in zip(_then.iterrows(), satellites.iterrows(), strict=True):
        _kelvin = _kelvins[plan.tables.keys("satellite_classes").index(_b["class"])]
        _weight = f"**{_b['kg_per_kw']:.2f} kg/kW** (base {_a['kg_per_kw']:.2f})"
        _shown += [mo.md(f"`{_b['satellite']}`: {_weight}, radiator at {_kelvin:g} K"), waterfall(_a, _b)]
    mo.vstack(_shown)
    return (satellites,)


@app.cell(hide_code=True)
def _(base, before, doors, matter, now, plan, satellites, sets, whole):
    mo.stop(mo.app_meta().mode != "script")
    print(f"base cost of {DATASET}: {base.objective:.6f} M USD")
    print(f"cost now: {plan.objective:.6f} M USD with {', '.join(sets) or 'nothing changed'}")
    print(f"bound: {plan.certificate.bound * 1e3:.6f} M USD, gap {plan.certificate.gap_relative:.1e}")
    print("verdict:", "certified" if plan.certificate.certified else "not certified", "(relaxation)")
    for _name, (_value, _unit) in now.items():
        print(f"{_name}: {before[_name][0]:.9g} -> {_value:.9g} {_unit}")
    for _r in doors.itertuples():
        print(f"own of {_r.Index}: {_r.own_now:.6g}, bought {_r.bought_now:.6g} {_r.unit_now}")
    for _, _s in satellites.iterrows():
        print(f"{_s['satellite']}: {_s['kg_per_kw']:.6f} kg/kW, {_s['useful_w_per_kg']:.6f} useful W/kg")
    for _r in matter.itertuples():
        print(f"matters: {_r.table}.{_r.row}.{_r.column} moves the cost by {_r.swing:.6g} M USD")
    if whole is not None:
        print(f"whole plan: {whole.objective:.6f} M USD, gap {whole.certificate.gap_relative:.1e}")
    return


@app.function(hide_code=True)
def changes(name, value):
    """What a slider sets, as `planner.solve` takes it."""
    if name == "launch_price":
        return [f"vehicles.*.price=x{value:g}"]
    if name == "grid_wait":
        return [f"stages.{s}.{c}=x{value:g}" for s in GRID for c in ("lead_fixed", "lead_per_time_to_power")]
    if name == "mass":
        heavier = [f"{CLASS}{c}=x{value:g}" for c in HEAVIER]
        return heavier + [f"{CLASS}{c}=x{1 / value:.12g}" for c in LIGHTER]
    return [f"{CLASS}radiator_temperature=+{value:g}"]


@app.function(hide_code=True)
def measured(plan):
    """What a plan comes to, by name: value and unit."""
    tables, found = plan.tables, figures(plan)
    n, vehicles = tables.numbers, tables.numbers["vehicles"]
    line, launch = (f[~f["tail"]] for f in (plan.table("line"), plan.table("launch")))
    pads = line[line["door"].map(tables.frames["doors"]["vehicle"]) != ""]
    phases = tables.frames["phases"]
    queued = (phases["source"].map(tables.frames["generation"]["kind"]) == "grid").to_numpy()
    wait = np.average(planned_leads(tables)[queued], weights=n["phases"]["power"][queued])
    price = np.min(vehicles["price"][:, 0] * 1e3 / (vehicles["payload"] * vehicles["success"]))
    return {
        "cheapest launch of the first year": (price, "USD per kg that arrives"),
        "planned wait of grid and leased power, mean": (wait, "yr"),
        "cost": (found["cost"], "M USD"),
        "bound": (found["bound"], "M USD"),
        "served": (100 * found["served"], "%"),
        "served from Earth": (100 * found["served_earth"], "%"),
        "served from orbit": (100 * found["served_orbit"], "%"),
        "served by endpoints": (100 * found["served_endpoints"], "%"),
        "power on Earth": (found["earth"], "GW facility"),
        "in orbit": (found["orbit"], "GW IT"),
        "endpoints": (found["endpoints"] * 1e-6, "million"),
        "launches": (launch["value"].sum(), "launch"),
        "own new launch pads": (pads["value"].sum(), "pad"),
        "contracts taken": (plan.table("accept")["value"].sum(), "contract"),
    }


@app.function(hide_code=True)
def compared(then, now):
    """Table of two measured plans, each with its title."""
    pairs = [(name, unit, then[1][name][0], value) for name, (value, unit) in now[1].items()]
    rows = [
        (*name, f"{a:,.6g}", f"{b:,.6g}", f"{b - a:+,.1f}" if abs(b - a) > 100 else f"{b - a:+.4g}")
        for *name, a, b in pairs
    ]
    return table(("figure", "unit", then[0], now[0], "change"), rows, words=2)


@app.function(hide_code=True)
def own_or_bought(plan):
    """By layer that may have an own line, and for power: own, bought, unit, year in which the own line is started."""
    tables, doors, layers = plan.tables, *(plan.tables.frames[t] for t in ("doors", "layers"))
    order, line = plan.table("order"), plan.table("line")
    order, line = order[~order["tail"]], line[~line["tail"] & (line["value"] > 1e-3)]
    owned, of = order["door"].map(doors["own"]).astype(bool), order["door"].map(doors["layer"])
    rows = {}
    for layer in doors.loc[doors["own"].astype(bool) & (doors["layer"] != ""), "layer"].unique():
        start = line[line["door"].map(doors["layer"]) == layer]
        years = ", ".join(f"{100 * v:.0f} % {y:g}" for v, y in zip(start["value"], start["year"], strict=True))
        own, bought = (float(order[(of == layer) & (owned == mine)]["value"].sum()) for mine in (True, False))
        rows[str(layers["title"][layer])] = (own, bought, layers["unit"][layer], years or "none")
    power = plan.table("energised").query(f"period == {tables.shown - 1}")
    grid = power["source"].map(tables.frames["generation"]["kind"]) == "grid"
    own, bought = (float(power[grid == g]["value"].sum()) for g in (False, True))
    rows["Power"] = (own, bought, "MW facility", "")
    return pd.DataFrame.from_dict(rows, orient="index", columns=["own", "bought", "unit", "started"]).assign(
        share=lambda f: f["own"] / (f["own"] + f["bought"]).clip(lower=1e-9)
    )


@app.function(hide_code=True)
def table(head, rows, words):
    """Plain table: the first `words` columns are text, the others stand to the right."""

    def cell(tag, i, content):
        raw = getattr(content, "text", None)  # a drawing, already HTML
        side = "left" if i < words or raw else "right"
        style = f"text-align:{side};padding:2px 10px;border-bottom:1px solid #8884"
        return f'<{tag} style="{style}">{raw or escape(str(content))}</{tag}>'

    def line(tag, row):
        return "<tr>" + "".join(cell(tag, i, c) for i, c in enumerate(row)) + "</tr>"

    lines = line("th", head) + "".join(line("td", row) for row in rows)
    style = "font-size:0.85rem;border-collapse:collapse;font-variant-numeric:tabular-nums"
    return mo.Html(f'<table style="{style}">{lines}</table>')


@app.function(hide_code=True)
def bar(share, signed=True):
    """Bar for a share: of the largest change to both sides of a line, or of the whole from the left."""
    start, length = (60, abs(share) * 60) if signed else (0, abs(share) * 120)
    colour = "#0072b2" if not signed else "#c8452d" if share > 0 else "#2a8c55"
    frame = '<path d="M60 0V14" stroke="#888"/>' if signed else '<path d="M0 7H120" stroke="#8883" stroke-width="10"/>'
    return mo.Html(
        f'<svg width="120" height="14" role="img" aria-label="{100 * share:.0f} %">{frame}<rect'
        f' x="{start - length * (share < 0):.1f}" y="2" width="{length:.1f}" height="10" fill="{colour}"/></svg>'
    )


@app.function(hide_code=True)
def waterfall(base, now):
    """Bars of W/kg from what the array makes to what is useful; a line in each bar is the base."""
    steps = {
        "gross": "what the solar array makes per kg of itself",
        "solar": "after conversion, eclipses, ageing and battery",
        "thermal": "after radiator, pumps, computers and frame",
        "radiation": "after shielding and time lost to radiation",
        "replacement": "after satellites lost before their end of life",
        "network": "after the link (1 here: the link has its own limit)",
        "useful": "after computers that are down",
    }
    fall = [(name, words, base[f"{name}_w_per_kg"], now[f"{name}_w_per_kg"]) for name, words in steps.items()]
    scale = 265 / max(max(then, at) for *_, then, at in fall)
    parts, before = [], fall[0][3]
    for y, (name, words, then, at) in zip(range(0, 26 * len(fall), 26), fall, strict=True):
        parts.append(
            f'<text y="{y + 15}" font-weight="600">{name}</text><text x="105" y="{y + 15}">{words}</text>'
            f'<rect x="440" y="{y + 3}" width="{before * scale:.1f}" height="16" fill="#8883"/>'
            f'<rect x="440" y="{y + 3}" width="{at * scale:.1f}" height="16" fill="#0072b2"/>'
            f'<path d="M{440 + then * scale:.1f} {y}v22" stroke="#e69f00" stroke-width="2"/>'
            f'<text x="800" y="{y + 15}" text-anchor="end">{at:.2f} W/kg</text>'
            f'<text x="910" y="{y + 15}" text-anchor="end" opacity="0.6">base {then:.2f}</text>'
        )
        before = at
    return mo.Html(
        f'<svg viewBox="0 0 920 {26 * len(fall) + 4}" width="100%" role="img" font-size="13" fill="currentColor"'
        f' font-family="system-ui, sans-serif" aria-label="Watts per kilogram after each loss">{"".join(parts)}</svg>'
    )


if __name__ == "__main__":
    app.run()
