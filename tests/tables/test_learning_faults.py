"""Faults of learning curves and of correlations that share one whole, by exact sentence."""

import shutil
from pathlib import Path

import pytest

from planner import InputError, read_scenario, read_tables

SCENARIO = Path(__file__).parent / "scenario"
HEADER = "curve,vehicle,satellite_class,rate [1],start [t],others [t/yr],assumed [t/yr]\n"
ONE = "name a vehicle or a satellite class, one of them"


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(SCENARIO, tmp_path / "s"))


def faults(folder, sets=()):
    with pytest.raises(InputError) as caught:
        read_tables(read_scenario(folder, (), sets))
    return [str(f) for f in caught.value.faults]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (
            ["a,{vehicle},{klass},0.2,100,10,0"],
            f"learning.csv:2 vehicle — it names a vehicle and a satellite class — {ONE}",
        ),
        (["a,,,0.2,100,10,0"], f"learning.csv:2 vehicle — it names nothing that gets cheaper — {ONE}"),
        (
            ["a,{vehicle},,0.2,100,10,0", "b,{vehicle},,0.3,100,10,0"],
            "learning.csv:3 vehicle — '{vehicle}' stands in 'a' already — write one curve for it",
        ),
        (
            ["a,,{klass},0.2,100,10,0", "b,,{klass},0.3,100,10,0"],
            "learning.csv:3 satellite_class — '{klass}' stands in 'a' already — write one curve for it",
        ),
    ],
)
def test_a_curve_speaks_of_one_thing_that_no_other_curve_speaks_of(folder, rows, sentence):
    tables = read_tables(read_scenario(folder))
    names = {"vehicle": tables.keys("vehicles")[0], "klass": tables.keys("satellite_classes")[0]}
    (folder / "learning.csv").write_text(HEADER + "".join(row.format(**names) + "\n" for row in rows))
    assert sentence.format(**names) in faults(folder)


def test_correlations_of_region_and_layer_share_one_whole(folder):
    lines = faults(folder, ("scenario.layer_correlation=0.7", "stages.*.correlation=0.5"))
    key = read_tables(read_scenario(folder)).keys("stages")[0]
    words = "with the layer_correlation 0.7 of the scenario it adds to 1.2 — make the two add to at most 1"
    assert any(words in line and "correlation" in line for line in lines), (key, lines)
