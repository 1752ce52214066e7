"""How well the inputs are known, and measures of what comes out."""

from __future__ import annotations

import pandas as pd

from planner.check import GRADES, satellite_masses
from planner.recount.reading import anything
from planner.report.reading import Bundle

WORDS = {
    "A": "measured, published by who knows",
    "B": "published, of one remove or one source",
    "C": "estimated",
    "override": "set by an override",
    "default": "default of the schema",
    "none": "without provenance",
}
TOP = 30


def inputs(bundle: Bundle) -> dict[str, object]:
    """Numeric cells by grade; the columns with most cells of grade C."""
    grade = pd.Series(bundle.grade)
    count = grade.value_counts().reindex(GRADES, fill_value=0)
    total = max(int(count.sum()), 1)
    rows = [
        {"grade": g, "words": WORDS[g], "count": int(n), "share": n / total}
        for g, n in zip(GRADES, count, strict=True)
        if n
    ]
    weak = [(t, c) for (t, _, c), g in bundle.grade.items() if g == "C"]
    tally = pd.Series(weak, dtype=object).value_counts() if weak else pd.Series(dtype=int)
    listed = [{"name": f"{t}.{c}", "count": int(n)} for (t, c), n in tally.head(TOP).to_dict().items()]
    changes = [{"origin": c.origin, "path": c.path, "value": str(c.value)} for c in bundle.tables.scenario.changes]
    return {"rows": rows, "weak": listed, "more": max(len(tally) - TOP, 0), "total": total, "changes": changes}


def measures(bundle: Bundle) -> dict[str, object]:
    """Satellite classes, and the measures that the bundle holds."""
    masses = satellite_masses(bundle.tables)
    masses["weak"] = [
        bundle.weak("satellite_classes", k, "array_specific_power", "radiator_areal_mass", "structure_factor")
        for k in masses["class"]
    ]
    masses["name"] = [bundle.name("satellite_classes", k) for k in masses["class"]]
    frames = []
    for name, caption, worded in (
        ("satellites", "From array watts to useful compute watts per kilogram", _waterfall),
        ("levelised", "Levelised cost by class and kind of place: discounted money over discounted work", _levelised),
    ):
        path = bundle.folder / "measures" / f"{name}.parquet"
        if path.is_file():
            frames.append((caption, worded(bundle, anything(bundle.folder, f"measures/{name}.parquet"))))
    return {"satellites": masses.to_dict("records"), "frames": frames}


def _levelised(bundle: Bundle, frame: pd.DataFrame) -> pd.DataFrame:
    """Levelised cost with units in its headers and in its cells."""
    return pd.DataFrame(
        {
            "class": [bundle.name("classes", k) for k in frame["class"]],
            "place": frame["kind"],
            "cost [USD/PFLOP-h]": frame["usd_per_pflop_h"],
            "cost per unit [USD]": frame["usd_per_unit"],
            "unit": frame["unit"],
        }
    )


def _waterfall(bundle: Bundle, frame: pd.DataFrame) -> pd.DataFrame:
    """The satellites' table with units in its headers."""
    named = {"mass_kg": "mass [kg]", "kg_per_kw": "mass per power [kg/kW IT]", "altitude": "altitude [km]"}
    steps = {c: f"{c.removesuffix('_w_per_kg')} [W/kg]" for c in frame.columns if str(c).endswith("_w_per_kg")}
    return frame.rename(columns=named | steps)
