"""What if? Move a slider, and the plan of dataset `tiny` is made, proved and compared again.

In the browser: `marimo run notebooks/what_if.py`. In a terminal: `python notebooks/what_if.py --launch_price 0.5`.
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="What if?")

with app.setup:
    from html import escape

    import marimo as mo
    import pandas as pd

    import planner
    from planner.report.money import MEANING

    DATASET = "tiny"
    # The sliders may move the cost by less than the default gap of 1 %.
    GAP = 1e-6


@app.cell(hide_code=True)
def _():
    mo.md("""
    # What if?

    This is a small made-up world: three years, three sites on the ground, one shell in orbit, one fleet of cars.
    The planner decides which queues to join, what to build and what to launch so that the **cost** is as low as it
    can be. The cost counts money spent **and** what buyers would have paid for work that is not done.

    Move a slider and let go: the plan is made again, proved again and put beside the **base**, the plan of
    the data as they are. It takes a few seconds.
    """)
    return


@app.cell(hide_code=True)
def _():
    _design = planner.read_tables(planner.read_scenario(DATASET)).numbers["satellite_classes"]
    _temperature, _panel, _loops = (
        float(_design[c][0]) for c in ("radiator_temperature", "radiator_areal_mass", "transport_mass")
    )
    #: name: lowest, highest, step, base, label, paths that it sets, prefix of the value
    _kinds = {
        "launch_price": (0.1, 3, 0.1, 1, "Price of a launch [× base]", ("vehicles.*.price",), "x"),
        "grid_wait": (
            *(0, 3, 0.25, 1, "Wait for power, every stage of the queue [× base]"),
            ("stages.*.lead_fixed", "stages.*.lead_per_time_to_power"),
            "x",
        ),
        "demand": (0.5, 2.5, 0.25, 1, "Demand of every class of work [× base]", ("classes.*.demand",), "x"),
        "radiator_temperature": (
            *(280, 400, 10, _temperature, "Satellite: radiator temperature [K]"),
            ("satellite_classes.*.radiator_temperature",),
            "",
        ),
        "radiator_mass": (
            *(0, 8, 0.5, _panel, "Satellite: radiator panel [kg per m²]"),
            ("satellite_classes.*.radiator_areal_mass",),
            "",
        ),
        "heat_transport": (
            *(0, 20, 1, _loops, "Satellite: pumps and loops for heat [kg per kW of compute]"),
            ("satellite_classes.*.transport_mass",),
            "",
        ),
    }
    changes = {name: (kind[3], kind[5], kind[6]) for name, kind in _kinds.items()}
    _given = mo.cli_args()
    sliders = mo.ui.dictionary(
        {
            name: mo.ui.slider(
                start=low,
                stop=high,
                step=step,
                value=float(_given.get(name, at)),
                full_width=True,
                debounce=True,
                show_value=True,
            )
            for name, (low, high, step, at, *_) in _kinds.items()
        }
    )
    mo.vstack(
        [
            *(mo.hstack([mo.md(_kinds[name][4]), s], widths=[1, 1], align="center") for name, s in sliders.items()),
            mo.md(
                f"Base of the satellite: {_temperature:g} K, {_panel:g} kg/m², {_loops:g} kg/kW. A hotter radiator"
                " needs less area; with panels of 0 kg/m² (their weight is then in the pumps and loops) area weighs"
                " nothing, so the temperature matters only once the panel has a weight."
            ),
        ]
    )
    return changes, sliders


@app.cell(hide_code=True)
def _(changes, sliders):
    #: what the sliders say that the base does not, as `planner.solve` takes it
    sets = tuple(
        f"{path}={prefix}{sliders.value[name]:g}"
        for name, (at, paths, prefix) in changes.items()
        if abs(sliders.value[name] - at) > 1e-9
        for path in paths
    )
    return (sets,)


@app.cell(hide_code=True)
def _():
    with mo.status.spinner("Planning the base"):
        base = planner.solve(DATASET, gap=GAP)
    return (base,)


@app.cell(hide_code=True)
def _(base, sets):
    refusal = ""
    plan = base
    if sets:
        with mo.status.spinner("Planning with " + ", ".join(sets)):
            try:
                plan = planner.solve(DATASET, sets=sets, gap=GAP)
            except (planner.NoPlan, planner.InputError) as fault:
                plan, refusal = None, str(fault)
    return plan, refusal


@app.cell(hide_code=True)
def _(base, plan, refusal, sets):
    _must = base.tables.frames["workloads"]
    _must = ", ".join(_must.index[_must["must_serve"].astype(bool)])
    mo.stop(
        plan is None,
        mo.callout(
            mo.md(
                "## There is no plan\n\nNo plan keeps every rule with these values. Work that must be served"
                f" ({_must}) may ask for more than can be built in time. Move a slider back.\n\n`{refusal}`"
            ),
            kind="danger",
        ),
    )
    _proof = plan.certificate
    _moved = plan.objective - base.objective
    _against = (
        "This is the base: every slider is at its start."
        if not sets
        else f"Against the base ({money(base.objective)} M USD): **{money(_moved, sign=True)} M USD**,"
        f" {100 * _moved / base.objective:+.2f} %."
    )
    mo.callout(
        mo.md(
            f"## {'Certified' if _proof.certified else 'Not certified'}: {money(plan.objective)} M USD\n\n"
            f"{_against}\n\n"
            f"- **Cost** of this plan: {plan.objective:,.6f} M USD.\n"
            f"- **Bound**: no plan whatsoever can cost less than {_proof.bound * 1e3:,.6f} M USD.\n"
            f"- **Gap** between the two: {small(_proof.gap_absolute * 1e3)} M USD,"
            f" {small(100 * _proof.gap_relative)} % of the cost (asked for: {100 * GAP:g} %).\n"
            + "".join(f"- Why not certified: {reason}\n" for reason in _proof.reasons)
            + f"- Made and proved in {plan.options['seconds']:.1f} s. Changed: "
            + (", ".join(f"`{s}`" for s in sets) or "nothing")
            + "."
        ),
        kind="success" if _proof.certified else "warn",
    )
    return


@app.cell(hide_code=True)
def _(base, plan):
    mo.stop(plan is None)
    moved = moves(base, plan)
    mo.vstack(
        [
            mo.md(
                "## What is decided differently\n\nQueues joined, sites opened, own lines started, units put into"
                " service and launches. Where two plans cost the same, the planner may show either."
            ),
            table(
                ("year", "decision", "what", "base", "now", "change", "unit"),
                [
                    (f"{r.year:.0f}", r.decision, r.what, *numbers(r.base, r.now, r.change), r.unit)
                    for r in moved.itertuples()
                ],
                words=3,
            )
            if len(moved)
            else mo.md("*Nothing: every decision is as in the base.*"),
        ]
    )
    return (moved,)


@app.cell(hide_code=True)
def _(base, plan):
    mo.stop(plan is None)
    _then, _now = (p.money.groupby("part")["value"].sum() for p in (base, plan))
    _parts = _now.add(_then, fill_value=0).abs().sort_values(ascending=False).index
    _then, _now = _then.reindex(_parts, fill_value=0.0), _now.reindex(_parts, fill_value=0.0)
    _change = _now - _then
    _widest = max(float(_change.abs().max()), 0.01)
    mo.vstack(
        [
            mo.md("## Where the cost goes\n\nM USD over the three years. Red costs more than the base, green less."),
            table(
                ("part", "in words", "base", "now", "change", "unit", ""),
                [
                    (
                        *(p, MEANING.get(p, "")),
                        *(money(_then[p]), money(_now[p]), money(_change[p], sign=True), "M USD"),
                        bar(_change[p] / _widest),
                    )
                    for p in _parts
                    if max(abs(_then[p]), abs(_now[p])) > 5e-4
                ]
                + [
                    (
                        *("all", "the cost of the plan"),
                        *(money(_then.sum()), money(_now.sum()), money(_change.sum(), sign=True), "M USD", ""),
                    )
                ],
                words=2,
            ),
        ]
    )
    return


@app.cell(hide_code=True)
def _(base, plan):
    mo.stop(plan is None)
    _titles = plan.tables.frames["classes"]["title"]
    mo.vstack(
        [
            mo.md(
                "## Who is served\n\nCompute over the three years, in EFLOP/s for a year: 1 EFLOP/s yr is 8.766 million"
                " PFLOP/s hours. What is not served was worth less than serving it costs, or cannot be built in time."
            ),
            table(
                ("class of work", "asked for", "served", "unit", "share, base", "share, now", ""),
                [
                    (
                        *(str(_titles[r["class"]]), f"{r['demand']:.3f}", f"{r['served']:.3f}", "EFLOP/s yr"),
                        *(f"{100 * b:.1f} %", f"{100 * r['share']:.1f} %", bar(r["share"], signed=False)),
                    )
                    for b, (_, r) in zip(base.service["share"], plan.service.iterrows(), strict=True)
                ],
                words=1,
            ),
        ]
    )
    return


@app.cell(hide_code=True)
def _(base, plan):
    mo.stop(plan is None)
    _then, satellite = (planner.satellite_table(p.tables).iloc[0] for p in (base, plan))
    mo.vstack(
        [
            mo.md(
                f"## What a kilogram in orbit is worth\n\nSatellite `{satellite['satellite']}` of class"
                f" `{satellite['class']}`: {satellite['mass_kg']:,.0f} kg, **{satellite['kg_per_kw']:.2f} kg per kW**"
                f" of compute (base: {_then['mass_kg']:,.0f} kg, {_then['kg_per_kw']:.2f} kg/kW). Of every kilogram"
                " launched, this many watts of compute are left after each loss. The line in each bar is the base."
            ),
            waterfall(_then, satellite),
        ]
    )
    return (satellite,)


@app.cell(hide_code=True)
def _(plan, satellite):
    # The slow part stands last: it waits for the drawing above.
    mo.stop(plan is None or satellite is None)
    with mo.status.spinner("How the cost leans on each input"):
        leans = planner.gradient(plan).frame().head(5)
    mo.vstack(
        [
            mo.md(
                "## The five inputs that matter most\n\nOut of all numbers of the dataset, those with the largest"
                " slope × value. The last column says it in words: make this one input 1 % larger, and the cost moves"
                " by so much, as long as joins, launches and other whole numbers stay as they are."
            ),
            table(
                ("input", "value", "unit", "slope", "unit of slope", "slope × value [M USD]", "1 % more [M USD]"),
                [
                    (
                        *(f"{r.table}.{r.row}.{r.column}", f"{r.value:,.6g}", "none" if r.unit == "1" else r.unit),
                        *(f"{r.gradient:+,.6g}", f"M USD per {r.unit}"),
                        *(money(r.weight, sign=True), money(r.weight / 100, sign=True)),
                    )
                    for r in leans.itertuples()
                ],
                words=1,
            ),
        ]
    )
    return (leans,)


@app.cell(hide_code=True)
def _(base, leans, moved, plan, sets):
    mo.stop(plan is None or mo.app_meta().mode != "script")
    print(f"base cost of {DATASET}: {base.objective:.9f} M USD")
    print(f"cost now: {plan.objective:.9f} M USD with {', '.join(sets) or 'nothing changed'}")
    print(f"bound: {plan.certificate.bound * 1e3:.9f} M USD, gap {plan.certificate.gap_relative:.1e}")
    print("verdict:", "certified" if plan.certificate.certified else "not certified")
    print(f"decisions moved: {len(moved)}")
    for _r in moved.itertuples():
        print(f"  {_r.year:.0f} {_r.decision} {_r.what}: {_r.base:,.6g} -> {_r.now:,.6g} {_r.unit}")
    print("served:", ", ".join(f"{c} {100 * s:.1f} %" for c, s in plan.service.set_index("class")["share"].items()))
    print("largest slope x value:")
    for _r in leans.itertuples():
        print(f"  {_r.table}.{_r.row}.{_r.column}: {_r.weight:+,.3f} M USD")
    return


@app.cell(hide_code=True)
def _(base, plan, refusal, sets):
    mo.stop(plan is not None or mo.app_meta().mode != "script")
    print(f"base cost of {DATASET}: {base.objective:.9f} M USD")
    print(f"verdict: no plan with {', '.join(sets)}: {refusal}")
    return


@app.function(hide_code=True)
def moves(base, plan):
    """Decisions whose value differs: decision, what, year, base, now, change, unit."""
    families = {
        "open": "open site",
        "join": "join queue",
        "line": "start own line",
        "build": "put into service",
        "launch": "launch",
    }
    frames = []
    for name, words in families.items():
        then, now = base.table(name), plan.table(name)
        keys = [c for c in then.columns if c not in ("variable", "year", "value", "unit", "tail")]
        # A change of leads or dates may add or remove a cell: it is then 0 in the other plan.
        both = then.merge(now, on=[*keys, "variable", "year", "unit", "tail"], how="outer", suffixes=("_base", "_now"))
        both = both.rename(columns={"value_base": "base", "value_now": "now"}).fillna({"base": 0.0, "now": 0.0})
        both["change"] = both["now"] - both["base"]
        both = both[both["change"].abs() > 1e-6 * both["base"].abs().clip(lower=1.0)]
        both["decision"] = words
        places = [k for k in keys if k != "period"]
        both["what"] = [" · ".join(str(v) for v in row if v) for row in both[places].itertuples(index=False)]
        frames.append(both[["year", "decision", "what", "base", "now", "change", "unit"]])
    return pd.concat(frames, ignore_index=True).sort_values("year", kind="stable", ignore_index=True)


@app.function(hide_code=True)
def money(value, sign=False):
    """Amount of M USD as text, to the thousand dollars."""
    value = 0.0 if abs(value) < 5e-4 else value
    return f"{value:{'+' if sign and value else ''},.3f}"


@app.function(hide_code=True)
def small(value):
    """Size of a gap as text."""
    return "less than 0.000001" if value < 1e-6 else f"{value:.6f}"


@app.function(hide_code=True)
def numbers(base, now, change):
    """Two amounts and their difference as text."""
    return (f"{base:,.6g}", f"{now:,.6g}", f"{change:+,.6g}")


@app.function(hide_code=True)
def table(head, rows, words):
    """Plain table: the first `words` columns are text, the others stand to the right."""

    def cell(tag, i, content):
        raw = getattr(content, "text", None)  # a drawing, already HTML
        side = "left" if i < words or raw else "right"
        style = f"text-align:{side};padding:2px 10px;border-bottom:1px solid #8884;font-variant-numeric:tabular-nums"
        return f'<{tag} style="{style}">{raw or escape(str(content))}</{tag}>'

    def line(tag, row):
        return "<tr>" + "".join(cell(tag, i, c) for i, c in enumerate(row)) + "</tr>"

    body = "".join(line("td", row) for row in rows)
    return mo.Html(f'<table style="font-size:0.85rem;border-collapse:collapse">{line("th", head)}{body}</table>')


@app.function(hide_code=True)
def bar(share, signed=True):
    """Bar for a share: of the largest change to both sides of a line, or of the whole from the left."""
    width, share = 120, float(share)
    start = width / 2 if signed else 0
    length = abs(share) * (width / 2 if signed else width)
    left = start - length if share < 0 else start
    colour = "#0072b2" if not signed else "#c8452d" if share > 0 else "#2a8c55"
    frame = "" if signed else f'<rect width="{width}" height="10" y="2" fill="#8883"/>'
    axis = f'<path d="M{start} 0V14" stroke="#888"/>' if signed else ""
    return mo.Html(
        f'<svg width="{width}" height="14" role="img" aria-label="{100 * share:.0f} %">{frame}'
        f'<rect x="{left:.1f}" y="2" width="{length:.1f}" height="10" fill="{colour}"/>{axis}</svg>'
    )


@app.function(hide_code=True)
def waterfall(base, now):
    """Bars of W/kg from what the array makes to what is useful; a line in each bar is the base."""
    steps = [
        ("gross", "what the solar array makes per kg of itself"),
        ("solar", "after conversion, eclipses, ageing and battery"),
        ("thermal", "after radiator, pumps, computers and frame"),
        ("radiation", "after shielding and time lost to radiation"),
        ("replacement", "after satellites lost before their end of life"),
        ("network", "after the link (1 here: the link has its own limit)"),
        ("useful", "after computers that are down"),
    ]
    fall = [(name, words, float(base[f"{name}_w_per_kg"]), float(now[f"{name}_w_per_kg"])) for name, words in steps]
    scale = 265 / max(max(then, at) for _, _, then, at in fall)
    parts = []
    for i, (name, words, then, at) in enumerate(fall):
        y = 26 * i
        before = fall[i - 1][3] if i else at
        parts.append(
            f'<text x="0" y="{y + 15}" font-weight="600">{name}</text><text x="105" y="{y + 15}">{words}</text>'
            f'<rect x="440" y="{y + 3}" width="{before * scale:.1f}" height="16" fill="#8883"/>'
            f'<rect x="440" y="{y + 3}" width="{at * scale:.1f}" height="16" fill="#0072b2"/>'
            f'<path d="M{440 + then * scale:.1f} {y}v22" stroke="#e69f00" stroke-width="2"/>'
            f'<text x="800" y="{y + 15}" text-anchor="end">{at:.2f} W/kg</text>'
            f'<text x="910" y="{y + 15}" text-anchor="end" opacity="0.6">base {then:.2f}</text>'
        )
    return mo.Html(
        f'<svg viewBox="0 0 920 {26 * len(fall) + 4}" width="100%" role="img" font-size="13" fill="currentColor"'
        f' font-family="system-ui, sans-serif" aria-label="Watts per kilogram after each loss">{"".join(parts)}</svg>'
    )


if __name__ == "__main__":
    app.run()
