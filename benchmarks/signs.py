"""Right signs: what moves in `world` when one thing changes. Relaxations, each with its own certified bound.

Run: python benchmarks/signs.py [override ...]   writes benchmarks/results/signs.json and docs/signs.md
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from machine import machine

import planner

HERE = Path(__file__).parent
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
    (
        "power scarce, cheap launch, x20 flights, 10 kg/kW",
        ("power_scarce", "cheap_launch", "many_launches", "light_satellites"),
    ),
    (
        "power scarce, cheap launch, x20 flights, 40 kg/kW",
        ("power_scarce", "cheap_launch", "many_launches", "heavy_satellites"),
    ),
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


def page(results: dict) -> str:
    """The table as Markdown."""
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
    target.write_text(json.dumps(results, indent=1))
    (HERE.parent / "docs" / "signs.md").write_text(page(results))


if __name__ == "__main__":
    main()
