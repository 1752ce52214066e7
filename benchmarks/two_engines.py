"""Building against buying in `two-engines`: what each own line, the pad and on-site power are worth to the plan.

Run: python benchmarks/two_engines.py   writes benchmarks/results/two_engines.json and docs/two_engines.md
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from machine import machine

import planner
from planner.results import Plan

HERE = Path(__file__).parent
WHOLE = (("base", ()), ("buy only", ("buy_only",)))
RELAXED = (
    ("base", ()),
    ("no own lines, plants or pad", ("no_own_doors",)),
    ("buy only", ("buy_only",)),
    ("own fab free", ("own_fab_free",)),
    ("no on-site power", ("no_onsite_power",)),
    ("slow grid", ("slow_grid",)),
    ("fast grid", ("fast_grid",)),
    ("no orbit", ("no_orbit",)),
    ("cheap launch (100 USD/kg)", ("cheap_launch",)),
    ("ten times the flights", ("many_launches",)),
    ("10 kg/kW", ("light_satellites",)),
    ("40 kg/kW", ("heavy_satellites",)),
    ("radiators at 365 K", ("hot_radiator",)),
    ("cheap launch, 10 kg/kW", ("cheap_launch", "light_satellites")),
    ("cheap launch, 10 kg/kW, slow grid", ("cheap_launch", "light_satellites", "slow_grid")),
    ("double contracts", ("double_contracts",)),
    ("no debt limit", ("no_debt",)),
    ("double fleet", ("big_fleet",)),
    ("half of idle time sold", ("more_idle",)),
)
SKYWARD = ("cheap_launch", "light_satellites")
POWER = ("gas_engines", "gas_frame", "solar_storage")


@dataclass(frozen=True)
class Door:
    """One way to delete a queue: how to withhold it, how to give it away, and which row it relieves."""

    key: str
    title: str
    row: str
    name: str
    unit: str
    withheld: tuple[str, ...]
    free: tuple[str, ...]
    hidden: tuple[str, ...] = ()


def _line(key: str, title: str, row: str, name: str, unit: str) -> Door:
    return Door(key, title, row, name, unit, (f"doors.{key}.capacity=0",), (f"doors.{key}.capex=0",))


DOORS = (
    _line("own_fab", "Fab", "supply", "logic_wafer", "USD a wafer"),
    _line("own_actuator_line", "Actuator line", "supply", "actuators", "USD an actuator"),
    _line("own_satellite_line", "Satellite line", "supply", "satellite_lines", "USD a satellite"),
    _line("own_pad", "Launch pad", "cadence", "starship", "USD a launch"),
    Door(
        "on-site power",
        "On-site power",
        "power",
        "",
        "USD a MW and year",
        (),
        tuple(f"generation.{g}.{c}=0" for g in POWER for c in ("capex", "deposit")),
        ("no_onsite_power",),
    ),
)


def row_price(plan: Plan, row: str, name: str) -> float:
    """Mean price of what a row limits over the shown periods but the first year [USD per unit, money of the period].

    Supply and cadence: of one unit. Power: of a megawatt for a year, weighted by what each site draws. In the first
    year only orders in flight arrive, and no choice of today can change that.
    """
    prices = plan.prices
    skip = round(1 / float(plan.tables.settings["period"]))
    mine = prices[(prices["row"] == row) & ~prices["tail"] & (prices["period"] >= skip)]
    if row == "power":
        drawn = plan.table("dispatch").groupby(["site", "period"])["value"].sum()
        weight = np.array([drawn.get((s, t), 0.0) for s, t in zip(mine["a"], mine["period"], strict=True)])
        return float((mine["price_per_year"].abs() * weight).sum() / weight.sum() * 1e6)
    mine = mine[mine["a"] == name]
    dt = float(plan.tables.settings["period"])
    return float(mine["price_per_year"].abs().sum() * dt / (plan.tables.shown - skip) * 1e6)


def wafers(plan: Plan) -> tuple[float, float]:
    """Wafers drawn in the shown periods by endpoints, and wafers in all that were ordered or in flight."""
    tables = plan.tables
    bills = tables.frames["bills"]
    each = {
        r["item"]: q
        for (_, r), q in zip(bills.iterrows(), tables.numbers["bills"]["quantity"], strict=True)
        if r["layer"] == "logic_wafer" and r["of"] == "hardware"
    }
    fleets = set(tables.frames["fleets"]["zone"])
    build = plan.table("build")
    build = build[~build["tail"] & build["zone"].isin(fleets)]
    drawn = sum(v * each.get(h, 0.0) for h, v in zip(build["equipment"], build["value"], strict=True))
    doors = tables.frames["doors"]
    order = plan.table("order")
    order = order[~order["tail"] & (order["door"].map(doors["layer"]) == "logic_wafer")]
    coming = tables.frames["inflight"]["layer"] == "logic_wafer"
    return drawn, float(order["value"].sum() + tables.numbers["inflight"]["quantity"][coming.to_numpy()].sum())


def dearest(plan: Plan, layer: str) -> float:
    """Highest price asked by a supplier that is bought from in the shown periods [USD a unit]."""
    tables = plan.tables
    order = plan.table("order")
    order = order[~order["tail"] & (order["value"] > 1e-6)]
    keys, doors = tables.keys("doors"), tables.frames["doors"]
    asked = [
        tables.numbers["doors"]["price"][keys.index(d)][t]
        for d, t in zip(order["door"], order["period"], strict=True)
        if doors.loc[d, "layer"] == layer and not doors.loc[d, "own"]
    ]
    return float(max(asked)) if asked else 0.0


def orbit_power(plan: Plan) -> float:
    """IT power that operates in orbit, highest of the shown periods [GW]."""
    tables, units = plan.tables, plan.assembly.sets.deployments
    flying = units.satellite >= 0
    if not flying.any():
        return 0.0
    kind = tables.index("satellites", "satellite_class")[units.satellite[flying]]
    each = tables.numbers["satellite_classes"]["it_power"][kind]
    return float((plan.blocks["run"][flying, : tables.shown] * each[:, None]).sum(axis=0).max() * 1e-6)


def solved(name: str, overrides: tuple[str, ...], sets: tuple[str, ...] = (), relax: bool = True) -> dict[str, Any]:
    """One case: cost, bound, power, orbit, endpoints, lines, contracts, debt, prices of what doors relieve."""
    begin = time.monotonic()
    plan = planner.solve("two-engines", overrides=overrides, sets=sets, relax=relax, time=300)
    tables = plan.tables
    last = tables.shown - 1
    power = plan.table("energised")
    run = plan.table("run")
    endpoints = run[(run["period"] == last) & run["zone"].isin(set(tables.frames["fleets"]["zone"]))]
    line = plan.table("line")
    line = line[line["value"] > 1e-3]
    accept = plan.table("accept")
    limit = plan.prices[plan.prices["row"] == "debt"]
    drawn, all_wafers = wafers(plan)
    rows = {(d.row, d.name): row_price(plan, d.row, d.name) for d in DOORS}
    out = {
        "case": name,
        "overrides": list(overrides),
        "sets": list(sets),
        "integers": "relaxed" if relax else "whole",
        "cost_musd": plan.objective,
        "bound_musd": plan.certificate.bound * 1e3,
        "served_fraction": plan.served_fraction,
        "power_gw": {str(s): float(v) * 1e-3 for s, v in _at(power, last).groupby("source")["value"].sum().items()},
        "orbit_gw_it": orbit_power(plan),
        "endpoints": float(endpoints["value"].sum()),
        "endpoint_wafers": drawn,
        "wafers": all_wafers,
        "lines": {str(d): [float(v), float(y)] for d, v, y in line[["door", "value", "year"]].to_numpy()},
        "contracts": float(accept["value"].sum()),
        "debt_binds": [float(y) for y in limit[limit["price_per_year"].abs() > 1e-6]["year"]],
        "prices": {f"{r}.{n}" if n else r: v for (r, n), v in rows.items()},
        "dearest": {d.name: dearest(plan, d.name) for d in DOORS if d.row == "supply"},
        "columns": int(plan.flat.shape[1]),
        "seconds": time.monotonic() - begin,
        "engine_seconds": plan.solution.seconds,
    }
    print(
        json.dumps({k: out[k] for k in ("case", "sets", "integers", "cost_musd", "bound_musd", "seconds")}), flush=True
    )
    return out


def _at(frame: Any, period: int) -> Any:
    return frame[frame["period"] == period]


def door_cases(base: dict[str, Any], doors: tuple[Door, ...], overrides: tuple[str, ...]) -> list[dict[str, Any]]:
    """For each door the relaxation with it offered, withheld and free.

    A line that the relaxation leaves alone can be withheld without a new solve: nothing changes.
    """
    out = []
    for door in doors:
        withheld = base
        if door.hidden or door.key in base["lines"]:
            withheld = solved(f"{door.title} withheld", (*overrides, *door.hidden), door.withheld)
        free = solved(f"{door.title} free", overrides, door.free)
        price = f"{door.row}.{door.name}" if door.name else door.row
        cases = {"offered": base, "withheld": withheld, "free": free}
        out.append(
            {
                "door": door.key,
                "title": door.title,
                "unit": door.unit,
                "cost": {k: c["cost_musd"] for k, c in cases.items()},
                "price": {k: c["prices"][price] for k, c in cases.items()},
                "dearest": withheld["dearest"].get(door.name, 0.0),
                "lines": {k: c["lines"].get(door.key) for k, c in cases.items()},
                "power_gw": {k: c["power_gw"] for k, c in cases.items()},
                "orbit_gw_it": {k: c["orbit_gw_it"] for k, c in cases.items()},
            }
        )
    return out


def reading(door: dict[str, Any], whole: dict[str, Any]) -> str:
    """Two or three sentences on one door, from its figures alone."""
    cost = door["cost"]
    worth = (cost["withheld"] - cost["offered"]) * 1e-3
    given = (cost["withheld"] - cost["free"]) * 1e-3
    share = 100 * worth / (cost["withheld"] * 1e-3)
    said = []
    if door["door"] == "on-site power":
        said.append(f"The plan has {on_site(whole):.2f} GW of its own plant standing at the end of the shown years.")
    elif door["door"] in whole["lines"]:
        said.append(f"The plan builds it, started in {whole['lines'][door['door']][1]:g}.")
    else:
        said.append("The plan does not build it.")
    if worth > 0.05:
        said.append(f"To have it on offer saves {worth:.2f} G USD ({share:.2f} % of the cost of the plan without it).")
    else:
        said.append(f"To have it on offer saves {worth:.2f} G USD; even free of capital it would save {given:.2f}.")
    said.append(_queue(door))
    return " ".join(said)


def _queue(door: dict[str, Any]) -> str:
    price, unit = door["price"], door["unit"]
    without, free = price["withheld"], price["free"]
    fall = f"the price is {figure(without)} {unit} without it, {figure(price['offered'])} on offer, {figure(free)} free"
    if door["dearest"] <= 0:
        return f"Mean of 2028 to 2032: {fall}."
    over = without / door["dearest"]
    if over < 1.15 and door["cost"]["withheld"] > door["cost"]["offered"] * (1 + 1e-6):
        tail = "the dearest supplier still delivers near the first price, so what it deletes is that price, not a wait"
    elif over < 1.15:
        tail = "so whoever pays the dearest supplier gets through: there is hardly a queue to delete"
    else:
        tail = f"{over:.1f} times what the dearest supplier asks: the rest is the price of the queue and of money"
    return f"Mean of 2028 to 2032: {fall}; {tail}."


def figure(x: float) -> str:
    """Three digits, thousands apart."""
    return f"{float(f'{x:.3g}'):,.0f}" if abs(x) >= 100 else f"{x:.3g}"


def page(results: dict[str, Any]) -> str:
    """The study as Markdown."""
    m, whole = results["machine"], results["whole"][0]
    lines = [
        "# Two engines: delete a queue by building, or buy around it",
        "",
        "What `two-engines` says, printed by `benchmarks/two_engines.py`. Most inputs are estimates (grade C, see",
        "`datasets/two-engines/SOURCE.md`): read signs and sizes, not digits.",
        "",
        f"Made by `python benchmarks/two_engines.py` on {m['processor']}, {m['cores']} cores, {m['date']}, while other",
        "work shared the machine.",
        "",
        f"The whole plan costs {giga(whole['cost_musd'], 1)} G USD, certified within {gap(whole):.2f} %.",
        "The differences between cases below are often smaller than that gap. They are therefore taken between linear",
        "relaxations, which are solved exactly: a line may be built in part there, and a cost is a bound from below.",
        "",
        *_doors(results["doors"], whole),
        *_skyward(results["skyward"]),
        *_whole(results["whole"]),
        *_overrides(results["overrides"]),
    ]
    return "\n".join(lines) + "\n"


def _doors(doors: list[dict[str, Any]], whole: dict[str, Any]) -> list[str]:
    lines = [
        "## Doors",
        "",
        "| door | plan builds it | cost offered [G USD] | withheld | free | price withheld | offered | free | unit |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for d in doors:
        built = f"{whole['lines'][d['door']][1]:g}" if d["door"] in whole["lines"] else "no"
        if d["door"] == "on-site power":
            own = on_site(whole)
            built = f"{own:.2f} GW" if own > 0.005 else "no"
        costs = (giga(d["cost"][k]) for k in ("offered", "withheld", "free"))
        prices = (figure(d["price"][k]) for k in ("withheld", "offered", "free"))
        lines.append(f"| {' | '.join((d['title'], built, *costs, *prices, d['unit']))} |")
    lines += [
        "",
        "Free means free of capital: labour, time and the cost of each unit stay. A price is the mean, 2028 to 2032,",
        "of what one more unit saves, in the money of its year; it holds the price of money where debt binds.",
        "",
    ]
    for d in doors:
        lines += [f"**{d['title']}.** {reading(d, whole)}", ""]
    return lines


def _skyward(doors: list[dict[str, Any]]) -> list[str]:
    lines = [
        "## The pad and the satellite line where orbit is cheap",
        "",
        "The same question with launch at 100 USD/kg and satellites of 10 kg/kW, where more flies.",
        "",
        "| door | cost offered [G USD] | withheld | free | orbit withheld [GW IT] | offered | free |",
        "|---|---|---|---|---|---|---|",
    ]
    for d in doors:
        costs = (giga(d["cost"][k]) for k in ("offered", "withheld", "free"))
        orbit = (f"{d['orbit_gw_it'][k]:.3f}" for k in ("withheld", "offered", "free"))
        lines.append(f"| {' | '.join((d['title'], *costs, *orbit))} |")
    return [*lines, ""]


def _whole(cases: list[dict[str, Any]]) -> list[str]:
    lines = [
        "## Whole plans",
        "",
        "| case | cost [G USD] | gap | lines built | contracts | debt binds | columns | seconds |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for r in cases:
        built = ", ".join(f"{k} {v[1]:g}" for k, v in r["lines"].items()) or "none"
        binds = ", ".join(f"{y:g}" for y in r["debt_binds"]) or "never"
        lines.append(
            f"| {r['case']} | {giga(r['cost_musd'], 1)} | {gap(r):.2f} % | {built} | {r['contracts']:.0f} | {binds} | "
            f"{r['columns']:,} | {r['seconds']:.0f} |"
        )
    return [*lines, ""]


def _overrides(cases: list[dict[str, Any]]) -> list[str]:
    lines = [
        "## Overrides",
        "",
        "Relaxations. Power stands at the end of the shown years; orbit is the highest of the shown years; endpoints",
        "are those that operate at the end; last, the share of leading-edge wafers that goes into endpoints. Cost",
        "holds the value of what is not served: where an override changes demand (contracts, fleet), do not compare.",
        "",
        "| case | cost [G USD] | served | grid, leased [GW] | on-site [GW] | orbit [GW IT] | endpoints [M] | wafers |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for r in cases:
        bought = sum(r["power_gw"].values()) - on_site(r)
        share = 100 * r["endpoint_wafers"] / r["wafers"]
        lines.append(
            f"| {r['case']} | {giga(r['cost_musd'])} | {100 * r['served_fraction']:.1f} % | {bought:.2f} | "
            f"{on_site(r):.2f} | {r['orbit_gw_it']:.3f} | {r['endpoints'] * 1e-6:.2f} | {share:.1f} % |"
        )
    return lines


def on_site(case: dict[str, Any]) -> float:
    """Own plant that stands at the end of the shown years [GW]."""
    return sum(v for s, v in case["power_gw"].items() if s in POWER)


def giga(musd: float, digits: int = 2) -> str:
    """M USD as G USD."""
    return f"{musd * 1e-3:,.{digits}f}"


def gap(case: dict[str, Any]) -> float:
    """Certified gap [%]."""
    return 100 * (case["cost_musd"] - case["bound_musd"]) / case["cost_musd"]


def main() -> None:
    """Solve all cases and write them."""
    whole = [solved(name, o, relax=False) for name, o in WHOLE]
    overrides = [solved(name, o) for name, o in RELAXED]
    skyward = next(r for r in overrides if tuple(r["overrides"]) == SKYWARD)
    results: dict[str, Any] = {
        "machine": machine(),
        "whole": whole,
        "overrides": overrides,
        "doors": door_cases(overrides[0], DOORS, ()),
        "skyward": door_cases(skyward, tuple(d for d in DOORS if d.key in ("own_pad", "own_satellite_line")), SKYWARD),
    }
    (HERE / "results" / "two_engines.json").write_text(json.dumps(results, indent=1) + "\n")
    (HERE.parent / "docs" / "two_engines.md").write_text(page(results))


if __name__ == "__main__":
    main()
