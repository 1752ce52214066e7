"""A first plan: five sites written down in Python, planned, proved, and explained line by line.

In the browser: `marimo run notebooks/first_plan.py`. In a terminal: `python notebooks/first_plan.py`.
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="A first plan")

with app.setup:
    import io
    import tempfile
    from base64 import b64encode
    from pathlib import Path

    import marimo as mo
    import pandas as pd

    import planner

    GAP = 1e-4


@app.cell(hide_code=True)
def _():
    mo.md("""
    # A first plan

    You have five places where computers could stand, two kinds of work that somebody would pay for, and one rack that
    can be bought. Which queues for power do you join, where do you put racks, and whom do you serve?

    A **scenario** is a handful of tables. Here they are written in Python; on disk each is a csv file. Every number
    carries its unit in the head of its column. **All numbers below are round and made up.**

    ## 1. What is to be served

    `answers` must come back within 40 ms of network; `batch` can wait. `demand` is what people would take at
    today's `price`. Effective PFLOP/s are what the chips really do, not what is printed on the box.
    """)
    return


@app.cell
def _():
    demand = {
        "jurisdictions": csv("""
            jurisdiction
            us
            ca
            """),
        "regions": csv("""
            region, jurisdiction, latitude [deg], longitude [deg], utc_offset [h]
            east,   us,           40.7,           -74.0,           -5
            west,   us,           37.8,           -122.4,          -8
            """),
        "profiles": csv("""
            profile,   precision, flop_per_byte [FLOP/B], compute_efficiency [1], memory_efficiency [1]
            inference, fp8,       300,                    0.5,                    0.6
            """),
        "classes": csv("""
            class,   market,         kind, profile,   max_rtt [ms], interruptible, demand [PFLOP/s], price [USD/PFLOP/h]
            answers, inference-grid, rate, inference, 40,           no,            30000,            4
            batch,   inference-grid, rate, inference, ,             yes,           30000,            1.5
            """),
        "tranches": csv("""
            tranche, share [1]
            keen,    0.3
            willing, 0.4
            casual,  0.3
            """),
        "workloads": csv("""
            workload,     class,   region, share [1]
            answers_east, answers, east,   0.6
            answers_west, answers, west,   0.4
            batch_east,   batch,   east,   1
            """),
    }
    some(demand, "classes", "workloads", "tranches")
    return (demand,)


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## 2. Where it may run

    Five sites in four zones (a zone is a set of sites with the same law and about the same distance to people). Only
    Ohio and Dallas have power today. The others stand in a **queue**: a *phase* is a block of power behind one queue.
    Its stage says how long the queue is and how likely power ever comes out of it.
    """)
    return


@app.cell
def _():
    places = {
        "zones": csv("""
            zone,   kind,   jurisdiction
            lakes,  ground, us
            south,  ground, us
            desert, ground, us
            north,  ground, ca
            """),
        "territories": csv("""
            territory, throughput [GW facility/yr]
            lakes_grid, 0.1
            south_grid, 0.15
            north_grid,
            """),
        "sites": csv("""
            site,    zone,   territory,  latitude [deg], longitude [deg], energised [MW facility], power_price [USD/MWh]
            ohio,    lakes,  lakes_grid, 40,             -83,             20,                      70
            chicago, lakes,  lakes_grid, 41.9,           -87.6,           0,                       65
            dallas,  south,  south_grid, 32.8,           -96.8,           30,                      55
            phoenix, desert, south_grid, 33.4,           -112,            0,                       60
            quebec,  north,  north_grid, 46.8,           -71.2,           0,                       35
            """).assign(
            **{
                "carbon [kg/MWh]": [450, 400, 400, 350, 5],
                "time_to_power [yr]": [4, 5, 2, 3, 3],
                "wet_bulb [degC]": [25, 25, 26, 24, 23],
                "dry_bulb [degC]": [32, 33, 38, 43, 28],
                "construction [USD/W IT]": 9,
            }
        ),
        "stages": csv("""
            stage,        odds [1], lead_fixed [yr], lead_per_time_to_power [1]
            construction, 0.95,     0.8,             0
            study,        0.6,      0.2,             0.5
            """),
        "generation": csv("""
            source, kind, capex [USD/W facility], energy_price [USD/MWh], site_price_factor [1]
            grid,   grid, 0.8,                    0,                      1
            gas,    gas,  1.6,                    75,                     0
            """).assign(**{"deposit [USD/W facility]": [0.05, 0.1]}),
        "phases": csv("""
            phase,    site,    source, stage,        power [MW facility]
            ohio1,    ohio,    grid,   study,        80
            chicago1, chicago, grid,   study,        60
            dallas1,  dallas,  grid,   construction, 60
            dallas2,  dallas,  gas,    construction, 40
            phoenix1, phoenix, grid,   study,        100
            quebec1,  quebec,  grid,   construction, 50
            """),
    }
    some(places, "sites", "stages", "phases")
    return (places,)


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## 3. What can be bought

    One rack, one way of cooling it, a little that stands already, and a limit on the money spent in a year. A limit
    that is not written down does not exist: there is no hidden one.
    """)
    return


@app.cell
def _():
    equipment = {
        "cooling": csv("""
            technology, coolant, max_density [kW], supply_temperature [degC], liquid_fraction [1], capex [USD/W IT]
            plates,     liquid,  150,              32,                        0.9,                 2
            """),
        "halls": csv("""
            hall,   site,   technology, capacity [MW IT]
            dallas, dallas, plates,     20
            """),
        "hardware": csv("""
            hardware, container, coolant, power [kW IT], chips [1], peak_bf16 [PFLOP/s], peak_fp8 [PFLOP/s], memory [GB]
            rack,     rack,      liquid,  130,           72,        2.5,                 5,                  288
            """).assign(**{"bandwidth [TB/s]": 8, "price [M USD]": 3.5, "maintenance [1/yr]": 0.05, "life [yr]": 5}),
        "stock": csv("""
            stock,        zone,  hardware, units [1], age [yr]
            dallas_racks, south, rack,     100,       1
            """),
        "limits": csv("""
            limit,  kind,   amount [1]
            budget, budget, 1
            """),
    }
    settings = {
        "title": "Five sites",
        "start": 2027,
        "period": 0.5,
        "periods": 8,
        "tail": 4,
        "currency_year": 2026,
        "discount_rate": 0.08,
    }
    some(equipment, "hardware", "cooling", "limits")
    return equipment, settings


@app.cell
def _(demand, equipment, places, settings):
    # The tables become a folder, as `planner init` would make one, and are checked: every fault at once, in words.
    with tempfile.TemporaryDirectory() as _folder:
        scenario = planner.write_scenario(Path(_folder) / "five-sites", settings, demand | places | equipment)
        plan = planner.solve(scenario, gap=GAP)
        later = planner.solve(scenario, sets=("stages.construction.lead_fixed=+1",), gap=GAP)
        sweep = planner.sweep(scenario, {"limits.budget.amount": [0.25, 0.5, 1, 2, 3, 4]}, gap=GAP)
    return later, plan, sweep


@app.cell(hide_code=True)
def _(plan):
    _p = plan.certificate
    mo.callout(
        mo.md(
            f"## 4. The plan costs {plan.objective:,.0f} M USD, and no plan costs less than {_p.bound * 1e3:,.0f}\n\n"
            "The cost counts what is spent **and** what buyers would have paid for work that is not done: a plan that"
            " does nothing is free of bills but not of cost.\n\n"
            f"- **{'Certified' if _p.certified else 'Not certified'}**: the gap between the plan and the bound is"
            f" {100 * _p.gap_relative:.4f} % (asked for: {100 * GAP:g} %). The bound was not taken from the solver: it"
            " was computed again from prices alone, and holds for every plan there could be.\n"
            f"- {plan.flat.shape[1]:,} decisions ({int(plan.flat.integer.sum())} of them whole numbers) under"
            f" {plan.flat.shape[0]:,} rows.\n"
            f"- Of all work asked for, weighted by what it is worth, {100 * plan.served_fraction:.1f} % is served."
        ),
        kind="success" if _p.certified else "warn",
    )
    return


@app.cell(hide_code=True)
def _(plan):
    _joined = plan.table("join").query("value > 0.5 and not tail")
    _power = plan.table("energised").query("not tail and value > 1e-6")
    _racks = plan.table("build").query("not tail and value > 0.05")
    queues = list(_joined["phase"])
    mo.vstack(
        [
            mo.md(
                "## 5. What it decides\n\n**Queues joined**: those that pay, though they may bring power late or never."
                " Power is planned for the date that is kept in 80 of 100 cases, and cut by its odds."
            ),
            shown(_joined[["year", "phase"]]),
            mo.md("**Power that stands** [MW facility], by site and source, at the start of each period."),
            shown(
                _power.pivot_table(index=["site", "source"], columns="year", values="value").reset_index().fillna(0.0)
            ),
            mo.md("**Racks put into service**, by zone. They wait for power, not the other way round."),
            shown(_racks.pivot_table(index="zone", columns="year", values="value").reset_index().fillna(0.0)),
        ]
    )
    return (queues,)


@app.cell(hide_code=True)
def _(plan):
    _parts = plan.money.groupby("part")["value"].sum()
    _parts = _parts[_parts.abs() > 0.05].sort_values(ascending=False).rename("M USD").reset_index()
    mo.vstack(
        [
            mo.md("## 6. Where the cost goes\n\nThe parts add up to the cost; this is checked in every solve."),
            shown(_parts),
            mo.md("**Who is served**, over the four years shown."),
            shown(plan.service[["class", "demand", "served", "share"]]),
        ]
    )
    return


@app.cell(hide_code=True)
def _(sweep):
    binding = sweep.binding[sweep.binding["limits.budget.amount"] == 1][["row", "worth", "price", "unit"]]
    mo.vstack(
        [
            mo.md(
                "## 7. What binds\n\nEvery limit has a price: what one more unit of it would save. `worth` is price"
                " times limit in M USD over the four years. Push here: a limit without a price costs nothing, however"
                " scarce it looks."
            ),
            shown(binding),
        ]
    )
    return (binding,)


@app.cell(hide_code=True)
def _(later, plan):
    delay = later.objective - plan.objective
    mo.md(
        "## 8. What changes when one input moves\n\n**Construction takes a year longer**: the cost goes up by"
        f" **{delay:,.0f} M USD**. That is what the date is worth to you, and the most you should pay to keep it."
        f" Served by value: {100 * later.served_fraction:.1f} % instead of {100 * plan.served_fraction:.1f} %."
    )
    return (delay,)


@app.cell(hide_code=True)
def _(sweep):
    _frame = sweep.frame[["limits.budget.amount", "cost", "bound", "served", "earth"]]
    mo.vstack(
        [
            mo.md(
                "**A larger budget** (G USD a year): six plans, each with its own bound. At first every dollar moves"
                " the cost, at last none does: then it is power that is short, not money."
            ),
            shown(_frame),
            drawn(sweep.picture()),
        ]
    )
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## Next

    `planner init mine --from tiny` gives a folder with every table to start from, `planner check mine` names every
    fault, `planner solve mine` plans it. The notebook `what_if` has sliders; `orbit_or_earth` asks when computers
    belong in orbit.
    """)
    return


@app.cell(hide_code=True)
def _(binding, delay, plan, queues, sweep):
    mo.stop(mo.app_meta().mode != "script")
    print(f"cost of five sites: {plan.objective:.6f} M USD")
    print(f"bound: {plan.certificate.bound * 1e3:.6f} M USD, gap {plan.certificate.gap_relative:.1e}")
    print("verdict:", "certified" if plan.certificate.certified else "not certified")
    print("queues joined:", ", ".join(queues))
    print("what binds most:", binding["row"].iloc[0])
    print(f"a year of delay costs: {delay:.3f} M USD")
    for _r in sweep.frame.to_dict("records"):
        print(f"budget {_r['limits.budget.amount']:g}: {_r['cost']:.6f} M USD, {_r['status']}")
    return


@app.function(hide_code=True)
def drawn(picture):
    """A picture as an image, so that it takes the light or dark of the page."""
    return mo.Html(f'<img width="100%" alt="" src="data:image/svg+xml;base64,{b64encode(picture.encode()).decode()}">')


@app.function(hide_code=True)
def csv(text):
    """Table from text in columns."""
    return (
        pd.read_csv(io.StringIO(text.strip()), skipinitialspace=True, dtype=str, keep_default_na=False)
        .rename(columns=str.strip)
        .map(str.strip)
    )


@app.function(hide_code=True)
def some(tables, *names):
    """Some of the tables, each under the name of its file; the others in a list that opens."""
    first = [mo.vstack([mo.md(f"`{name}.csv`"), shown(tables[name])], gap=0.25) for name in names]
    rest = {f"`{name}.csv`": shown(frame) for name, frame in tables.items() if name not in names}
    return mo.vstack([*first, mo.accordion(rest)])


@app.function(hide_code=True)
def shown(frame):
    """Plain table; numbers with four digits that matter."""
    names = [f"{c:g}" if isinstance(c, float) else str(c) for c in frame.columns]
    frame = frame.set_axis(names, axis=1)
    frame = frame.assign(year=frame["year"].map("{:g}".format)) if "year" in names else frame

    def number(value):
        return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"

    body = frame.to_html(index=False, border=0, float_format=number, escape=True)
    return mo.Html(f'<div style="overflow-x:auto;font-size:0.85rem;font-variant-numeric:tabular-nums">{body}</div>')


if __name__ == "__main__":
    app.run()
