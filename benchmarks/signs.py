"""Right signs: what moves in `world` when one thing changes. Relaxations, each with its own certified bound.

Run: python benchmarks/signs.py [override ...]   writes benchmarks/results/signs.json and docs/signs.md
"""

from __future__ import annotations

import json
import sys
import time
import tomllib
from pathlib import Path

from machine import machine

import planner

HERE = Path(__file__).parent
FLYING = ("power_scarce", "cheap_launch", "many_launches")
SWAPPED = ("shield_mass", "radiator_temperature")
"""Columns of `satellite_classes` in which a light satellite is worse than a heavy one, or may be."""
CASES = (
    ("base", ()),
    ("no queues", ("no_queues",)),
    ("cheap launch (100 USD/kg)", ("cheap_launch",)),
    ("10 kg/kW", ("light_satellites",)),
    ("40 kg/kW", ("heavy_satellites",)),
    ("slow grid", ("slow_grid",)),
    ("double demand", ("double_demand",)),
    ("no orbit", ("no_orbit",)),
    ("power scarce", ("power_scarce",)),
    ("power scarce, cheap launch", ("power_scarce", "cheap_launch")),
    ("power scarce, cheap launch, x20 flights, 10 kg/kW", (*FLYING, "light_satellites")),
    ("power scarce, cheap launch, x20 flights, 40 kg/kW", (*FLYING, "heavy_satellites")),
)


def measured(name: str, overrides: tuple[str, ...]) -> dict[str, object]:
    """One case: cost, served share, power by source and orbit at the end of the shown periods."""
    begin = time.monotonic()
    plan = planner.solve("world", overrides=overrides, relax=True, time=300)
    last = plan.tables.shown - 1
    power = plan.table("energised")
    at_end = power[power["period"] == last].groupby("source")["value"].sum()
    load = plan.blocks["run"][:, last]
    units = plan.assembly.sets.deployments
    k = plan.tables.index("satellites", "satellite_class")
    orbit = sum(
        load[i] * plan.tables.numbers["satellite_classes"]["it_power"][k[units.satellite[i]]] * 1e-6
        for i in range(len(load))
        if units.satellite[i] >= 0
    )
    serve = plan.table("serve")
    serve = serve[~serve["tail"]]
    total = serve["value"].sum()
    return {
        "case": name,
        "overrides": list(overrides),
        "cost_musd": plan.objective,
        "bound_musd": plan.certificate.bound * 1e3,
        "served_fraction": plan.served_fraction,
        "energised_gw": {str(s): float(v) * 1e-3 for s, v in at_end.items()},
        "orbit_gw_it": float(orbit),
        "orbit_share_of_compute": float(serve[serve["zone"] == "orbit"]["value"].sum() / total),
        "seconds": time.monotonic() - begin,
    }


def satellites() -> list[dict[str, object]]:
    """Mass and cost of work of the central class in the last two cases; the light one also with parts of the heavy."""
    with (HERE.parent / "datasets" / "world" / "scenario.toml").open("rb") as file:
        heavy = tomllib.load(file)["overrides"]["heavy_satellites"]["set"]
    parts = {c: f"satellite_classes.*.{c}={heavy[f'satellite_classes.*.{c}']}" for c in SWAPPED}
    cases = [("10 kg/kW", "light_satellites", ())]
    cases += [(f"10 kg/kW, {c} of 40 kg/kW", "light_satellites", (p,)) for c, p in parts.items()]
    cases += [("10 kg/kW, both", "light_satellites", tuple(parts.values())), ("40 kg/kW", "heavy_satellites", ())]
    out = []
    for name, override, sets in cases:
        found = planner.stack("world", "central", overrides=(*FLYING, override), sets=sets).classes
        row = found[found["class"] == "central"].iloc[0]
        out.append({"case": name, "kg_per_kw": float(row["kg_per_kw"]), "pflop_hour": float(row["pflop_hour"])})
        print(json.dumps(out[-1]), flush=True)
    return out


def page(results: dict) -> str:
    """The tables as Markdown."""
    m = results["machine"]
    lines = [
        "# Right signs",
        "",
        "What moves in `world` when one thing changes. Each row is the linear relaxation with its own certified bound;",
        "power is what stands at the end of the shown periods. Most inputs behind these rows are estimates (grade C):",
        "read the signs and the sizes, not the digits.",
        "",
        f"Made by `python benchmarks/signs.py` on {m['processor']}, {m['cores']} cores, {m['date']}.",
        "",
        "| case | cost [T USD] | served | grid [GW] | gas [GW] | solar [GW] | orbit [GW IT] | orbit share of compute |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for r in results["cases"]:
        e = r["energised_gw"]
        gas = sum(v for s, v in e.items() if s.startswith("gas"))
        solar = sum(v for s, v in e.items() if s.startswith("solar"))
        lines.append(
            f"| {r['case']} | {r['cost_musd'] * 1e-6:.2f} | {100 * r['served_fraction']:.1f} % | "
            f"{e.get('grid', 0):.1f} | {gas:.1f} | "
            f"{solar:.1f} | {r['orbit_gw_it']:.2f} | {100 * r['orbit_share_of_compute']:.2f} % |"
        )
    lines += [
        "",
        "## Light and heavy satellites",
        "",
        "The two kinds differ in more than mass: the light one has a thinner shield and a hotter radiator, so its",
        "chips work less and fail sooner. Where launch is cheap and flights are many, that outweighs the mass. The",
        "central class under the overrides of the last two cases (`planner.stack`):",
        "",
        "| satellite | kg per kW of IT | USD per PFLOP-hour delivered |",
        "|---|---|---|",
    ]
    lines += [f"| {r['case']} | {r['kg_per_kw']:.1f} | {r['pflop_hour']:.2f} |" for r in results["satellites"]]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure all cases (or those whose name contains a word given) and write them."""
    target = HERE / "results" / "signs.json"
    target.parent.mkdir(exist_ok=True)
    wanted = [c for c in CASES if not sys.argv[1:] or any(w in c[0] for w in sys.argv[1:])]
    results = {"machine": machine(), "cases": []}
    for name, overrides in wanted:
        results["cases"].append(measured(name, overrides))
        print(json.dumps(results["cases"][-1]), flush=True)
    results["satellites"] = satellites()
    target.write_text(json.dumps(results, indent=1))
    (HERE.parent / "docs" / "signs.md").write_text(page(results))


if __name__ == "__main__":
    main()
