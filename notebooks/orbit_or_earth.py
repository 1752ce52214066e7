"""Orbit or Earth? Where computers in orbit start to pay, by a sweep over launch price and mass of a satellite.

In the browser: `marimo run notebooks/orbit_or_earth.py`. In a terminal: `python notebooks/orbit_or_earth.py`.
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Orbit or Earth?")

with app.setup:
    from base64 import b64encode

    import marimo as mo
    import numpy as np

    import planner

    DATASET = "two-engines"
    LAUNCH = "vehicles.*.price"
    #: what a satellite weighs beside its solar array, shield and frame, per kW of compute or m² of radiator
    MASS = ";".join(f"satellite_classes.*.{c}" for c in ("compute_mass", "transport_mass", "radiator_areal_mass"))
    WAIT = "stages.*.lead_fixed;stages.*.lead_per_time_to_power"
    PRICES = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
    MASSES = (0.5, 1.0, 1.5)
    WAITS = (1.0, 2.0)


@app.cell(hide_code=True)
def _():
    mo.md(f"""
    # Orbit or Earth?

    A satellite needs no grid, no land and no queue for power. It has to be launched, it has no technician, and it is
    replaced after a few years. On Earth everything is cheaper, once the queue is over. So the question is not whether
    orbit is *possible* but **at which launch price the plan of an owner starts to use it**, and what moves that price.

    The scenario is `{DATASET}`: an owner of factories for both. The plan is free to serve every piece of work from
    wherever rules, latency and memory allow. A sweep solves it at every combination of two inputs; each point has a
    bound of its own.

    **What to hold against it.** Integers are left fractional here (a tenth of a launch may be bought), so that many
    plans take seconds; whole launches move the edge a little. What is inside the comparison: satellites with launch,
    attrition and links on one side; racks, halls, power with its queues on the other. Nothing has a value after the
    horizon.
    """)
    return


@app.cell
def _():
    # Launch price by what a satellite weighs: 21 plans, solved from each other.
    with mo.status.progress_bar(total=len(PRICES) * len(MASSES), title="Launch price by mass") as _bar:
        by_mass = planner.sweep(
            DATASET,
            {MASS: [f"x{m:g}" for m in MASSES], LAUNCH: [f"x{p:g}" for p in PRICES]},
            relax=True,
            progress=lambda _: _bar.update(),
        )
    return (by_mass,)


@app.cell
def _():
    # Launch price by how long power on Earth keeps one waiting.
    with mo.status.progress_bar(total=len(PRICES) * len(WAITS), title="Launch price by grid wait") as _bar:
        by_wait = planner.sweep(
            DATASET,
            {WAIT: [f"x{w:g}" for w in WAITS], LAUNCH: [f"x{p:g}" for p in PRICES]},
            relax=True,
            progress=lambda _: _bar.update(),
        )
    return (by_wait,)


@app.cell(hide_code=True)
def _(by_mass):
    _tables = planner.read_tables(planner.read_scenario(DATASET))
    _vehicles = _tables.numbers["vehicles"]
    kilogram = float(np.min(_vehicles["price"][:, 0] * 1e6 / (_vehicles["payload"] * 1e3 * _vehicles["success"])))
    _kg = []
    for _m in MASSES:
        _sets = tuple(f"{p}=x{_m:g}" for p in MASS.split(";"))
        _kg.append(planner.satellite_table(planner.read_tables(planner.read_scenario(DATASET, (), _sets)))["kg_per_kw"])
    kg_per_kw = [float(k.min()) for k in _kg]
    starts = {m: edge(by_mass, MASS, m) for m in MASSES}
    mo.vstack(
        [
            mo.md(
                "## Where orbit starts\n\nThe share of everything asked for (by value) that is served from orbit in"
                " the years shown. The"
                f" cheapest launch of the scenario is about **{kilogram:,.0f} USD per kg** that arrives; × 0.1 is a"
                f" tenth of that. The lightest satellites weigh {', '.join(f'{k:.1f}' for k in kg_per_kw)} kg per kW"
                " of compute in the three lines."
            ),
            lines(by_mass, MASS, [f"{k:.1f} kg/kW" for k in kg_per_kw]),
            mo.md("\n".join(f"- At {k:.1f} kg/kW: {words(starts[m])}" for m, k in zip(MASSES, kg_per_kw, strict=True))),
        ]
    )
    return kilogram, starts


@app.cell(hide_code=True)
def _(by_wait):
    waits = {w: edge(by_wait, WAIT, w) for w in WAITS}
    mo.vstack(
        [
            mo.md(
                "## Earth as it is queued\n\nThe same, with every wait for power on Earth as it is, and twice as"
                " long. If orbit only wins where Earth must wait, the queue is its best customer."
            ),
            lines(by_wait, WAIT, [f"wait × {w:g}" for w in WAITS]),
            mo.md("\n".join(f"- With every wait × {w:g}: {words(e)}" for w, e in waits.items())),
        ]
    )
    return (waits,)


@app.cell(hide_code=True)
def _(by_mass):
    mo.vstack(
        [
            mo.md(
                "## All figures of the first sweep\n\nCost with its bound, compute in orbit, power on Earth and what is"
                " served. A dearer launch never makes the plan cheaper, and from where nothing is launched it changes"
                " nothing."
            ),
            mo.Html(
                f'<img width="100%" alt="" src="data:image/svg+xml;base64,'
                f'{b64encode(by_mass.picture().encode()).decode()}">'
            ),
        ]
    )
    return


@app.cell(hide_code=True)
def _(by_mass):
    _there = by_mass.levelised
    _there = _there[(_there[MASS] == 1.0) & (_there[LAUNCH] == PRICES[0])]
    _rows = _there[["class", "kind", "served", "usd_per_pflop_h"]].round(4)
    mo.vstack(
        [
            mo.md(
                f"## What an hour of compute costs where\n\nAt launch price × {PRICES[0]:g}: levelised cost by class"
                " and place, USD per effective PFLOP-hour."
            ),
            mo.Html(f'<div style="font-size:0.85rem">{_rows.to_html(index=False, border=0)}</div>'),
        ]
    )
    return


@app.cell(hide_code=True)
def _(by_mass, by_wait, kilogram, starts, waits):
    mo.stop(mo.app_meta().mode != "script")
    _points = [*by_mass.frame.to_dict("records"), *by_wait.frame.to_dict("records")]
    print(f"cheapest launch of {DATASET}: {kilogram:.0f} USD/kg that arrives")
    print("verdict:", "certified" if by_mass.certified and by_wait.certified else "not certified")
    print(f"points: {len(_points)}, integers left fractional")
    for _m, _e in starts.items():
        print(f"mass x{_m:g}: {words(_e)}")
    for _w, _e in waits.items():
        print(f"wait x{_w:g}: {words(_e)}")
    for _r in by_mass.frame.to_dict("records"):
        print(
            f"mass x{_r[MASS]:g} price x{_r[LAUNCH]:g}: cost {_r['cost']:.6f} M USD, launches"
            f" {_r['money.launch']:.6f} M USD, orbit {100 * _r['served_orbit']:.4f} %"
        )
    return


@app.function(hide_code=True)
def edge(sweep, axis, value):
    """Highest launch price [× base] of the sweep at which orbit serves anything, and the next one above (or none)."""
    frame = sweep.frame[sweep.frame[axis] == value].sort_values(LAUNCH)
    used = frame[frame["served_orbit"] > 1e-6][LAUNCH]
    if used.empty:
        return None, float(frame[LAUNCH].min())
    above = frame[frame[LAUNCH] > used.max()][LAUNCH]
    return float(used.max()), None if above.empty else float(above.min())


@app.function(hide_code=True)
def words(edge):
    """An edge in words."""
    low, high = edge
    if low is None:
        return f"no orbit, not even at launch price × {high:g}."
    if high is None:
        return f"orbit is used up to launch price × {low:g}, the highest tried."
    return f"orbit starts to pay between launch price × {high:g} (none) and × {low:g}."


@app.function(hide_code=True)
def lines(sweep, axis, labels):
    """Share served from orbit over launch price, one line for each value of the other axis."""
    colours = ("#0072b2", "#d55e00", "#009e73")
    wide, tall, left, top = 640.0, 230.0, 60.0, 16.0
    frame = sweep.frame
    most = max(float(frame["served_orbit"].max()) * 110, 1e-3)
    low, high = np.log(min(PRICES)), np.log(max(PRICES))
    parts = []
    for k in range(5):
        y = top + tall * (1 - k / 4)
        parts.append(f'<path d="M{left} {y:.1f}H{left + wide}" stroke="#8884"/>')
        parts.append(f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{most * k / 4:.2g} %</text>')
    for p in PRICES:
        x = left + wide * (np.log(p) - low) / (high - low)
        parts.append(f'<text x="{x:.1f}" y="{top + tall + 20}" text-anchor="middle">× {p:g}</text>')
    for colour, label, value in zip(colours, labels, frame[axis].unique(), strict=False):
        rows = frame[frame[axis] == value].sort_values(LAUNCH)
        xs = left + wide * (np.log(rows[LAUNCH]) - low) / (high - low)
        ys = top + tall * (1 - 100 * rows["served_orbit"] / most)
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in zip(xs, ys, strict=True)]
        at = top + 14 + 20 * list(labels).index(label)
        parts.append(f'<path d="M{left + wide + 14} {at - 4}h22" stroke="{colour}" stroke-width="3"/>')
        parts.append(f'<text x="{left + wide + 42}" y="{at}">{label}</text>')
    parts.append(f'<text x="{left + wide / 2}" y="{top + tall + 42}" text-anchor="middle">launch price</text>')
    return mo.Html(
        f'<svg viewBox="0 0 860 {top + tall + 50:g}" width="100%" role="img" font-size="13" fill="currentColor"'
        f' font-family="system-ui, sans-serif" aria-label="Share served from orbit">{"".join(parts)}</svg>'
    )


if __name__ == "__main__":
    app.run()
