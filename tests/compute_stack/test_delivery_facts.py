"""The published figures beside which delivery curves are put are those of the facts, each with source and grade."""

import csv
from pathlib import Path

import pytest

FILE = Path(__file__).parents[2] / "benchmarks" / "delivery_facts.csv"

#: fact here: item in the facts, and which of its columns hold value, low and high here
SAME = {
    "ercot_projects": ("ERCOT officer-letter projects energised", "typ typ typ"),
    "ercot_power": ("ERCOT officer-letter MW realised", "typ typ typ"),
    "ercot_realised": ("ERCOT realised/forecast DC MW", "typ low high"),
    "ercot_slip": ("ERCOT mean in-service slip", "typ low high"),
    "lbnl_power": ("LBNL capacity completion 2000-2019 cohort by end-2024", "typ low typ"),
    "lbnl_projects": ("LBNL capacity completion 2000-2019 cohort by end-2024", "high high high"),
    "epoch_first_power": ("land-clearing -> first power (Epoch n=17)", "typ low high"),
    "shell_build": ("shell build", "typ low high"),
    "grid_wait": ("US mean grid-connection wait (load)", "typ low high"),
    "ramp": ("ramp after first power", "typ low high"),
}


@pytest.fixture(scope="module")
def ours():
    with FILE.open(encoding="utf-8") as rows:
        return {row["fact"]: row for row in csv.DictReader(rows)}


def test_every_figure_has_a_range_a_source_and_a_grade(ours):
    for name, row in ours.items():
        assert float(row["low"]) <= float(row["value"]) <= float(row["high"]), name
        assert row["grade"] in ("A", "B", "C"), name
        assert row["source"], name
        assert row["address"].startswith("https://"), name
        assert row["note"], name
        assert 2020 <= int(row["year"]) <= 2030, name


def test_figures_are_those_of_the_facts(ours, facts):
    with (facts / "economics.csv").open(encoding="utf-8") as rows:
        reader = csv.reader(rows)
        header = next(reader)
        given = {row[1]: row for row in reader}
    place = dict(zip(("low", "typ", "high"), range(2, 5), strict=True))
    assert header[2:5] == ["low", "typ", "high"] or len(header) >= 5
    for name, (item, columns) in SAME.items():
        row = given[item]
        for mine, theirs in zip(("value", "low", "high"), columns.split(), strict=True):
            assert float(ours[name][mine]) == pytest.approx(float(row[place[theirs]])), (name, mine)
