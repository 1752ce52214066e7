"""Tables that `planner solve` prints at its end."""

from __future__ import annotations

import pandas as pd

from planner.results import Plan


def power_by_source(plan: Plan) -> pd.DataFrame:
    """GW energised by source at the first and the last period shown; GW IT of satellites in orbit."""
    tables = plan.tables
    last = tables.shown - 1
    frame = plan.table("energised")
    title = tables.frames["generation"]["title"]
    frame["name"] = [f"{title[s] or s} [GW facility]" for s in frame["source"]]
    builds = plan.group("builds")
    flying = builds[(builds["variable"] == "run") & builds["b"].isin(tables.keys("satellites"))]
    rows = {}
    for name, part in frame.groupby("name", sort=False):
        rows[name] = [part.loc[part["period"] == t, "value"].sum() * 1e-3 for t in (0, last)]
    if len(flying):
        rows["orbit [GW IT]"] = [_orbit(plan, flying.loc[flying["period"] == t]) for t in (0, last)]
    years = tables.years
    out = pd.DataFrame.from_dict(rows, orient="index", columns=[f"{years[0]:g}", f"{years[last]:g}"])
    return out.rename_axis("source").reset_index()


def _orbit(plan: Plan, run: pd.DataFrame) -> float:
    tables = plan.tables
    place = {k: i for i, k in enumerate(tables.keys("satellites"))}
    power = tables.numbers["satellite_classes"]["it_power"][tables.index("satellites", "satellite_class")]
    total = float(sum(n * power[place[s]] for s, n in zip(run["b"], run["value"], strict=True)) * 1e-6)
    return total if total > 1e-6 else 0.0  # below: noise of an interior solution
