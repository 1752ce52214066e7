"""Free choices by name, slopes against exact re-solves, and whole studies on `tiny`."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import planner
from planner import InputError
from planner.cli import app
from planner.scenario import read_scenario
from planner.studies.design import Landscape, free_choices
from planner.studies.design.study import grid
from planner.tables import read_tables

RATED = (
    "satellite_classes.*.rated_temperature=330",
    "satellite_classes.*.radiator_areal_mass=5",
    "satellite_classes.*.rated_shield=0.5",
    "satellite_classes.*.shield_mass=0.6",
    "satellite_classes.*.shielded_area=0.05",
    "satellite_classes.*.mass_price=200",
    "satellite_classes.*.array_degradation=0.02",
    "satellite_classes.*.array_oversize=0.97",
    "satellite_classes.*.spares=0.02",
    "satellite_classes.*.power_cap=0.9",
    "hardware.blade.attrition=0.1",
    "hardware.blade.life=3",
    "cooling.*.rated_temperature=25",
    "zones.*.power_cap=0.9",
)
ORBIT = ("radiator_temperature", "shield", "spares", "power_cap", "array_oversize", "refresh")


@pytest.fixture(scope="module")
def tables():
    return read_tables(read_scenario("tiny", (), RATED))


def refused(tables, *words):
    with pytest.raises(InputError) as caught:
        free_choices(tables, words)
    return [str(f) for f in caught.value.faults]


def test_names_mean_cells_with_ranges(tables):
    free = free_choices(tables, ("orbit.radiator_temperature=300:360,ground.power_cap", "orbit.spares"))
    assert free.paths[0] == "satellite_classes.bus.radiator_temperature"
    assert (free.low[0], free.start[0], free.high[0]) == (300, 330, 360)
    assert "zones.north.power_cap" in free.paths
    assert not any(p.startswith("zones.sky") for p in free.paths)  # a shell has no racks on the ground
    np.testing.assert_allclose(free.values(free.place(free.start)), free.start)
    one = free_choices(tables, ("cooling.plate.supply_temperature=20:30",))
    assert one.paths == ("cooling.plate.supply_temperature",)
    assert one.sets(np.array([24.5])) == ("cooling.plate.supply_temperature=24.5",)


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("orbit.radiator", "--free 'orbit.radiator' — no choice has this name — did you mean"),
        (
            "vehicles.rocket.price",
            "--free 'vehicles.rocket.price' — it is a fact or a limit, not a choice",
        ),
        ("orbit.spares=0.5", "--free 'orbit.spares=0.5' — '0.5' is not a range — write low:high"),
        ("orbit.spares=0:5", "--free 'orbit.spares=0:5' — 0:5 goes beyond what spares may be — stay within 0:2"),
        ("orbit.spares=0.3:0.5", "--free 'orbit.spares=0.3:0.5' — the scenario has 0.02, outside 0.3 to 0.5 — write"),
        ("orbit.spares,orbit.spares", "satellite_classes.bus.spares is free already — name it once"),
        ("zones.nowhere.power_cap", "--free 'zones.nowhere.power_cap' — no row has this name — write"),
    ],
)
def test_bad_names_are_told_what_to_write(tables, word, sentence):
    assert any(sentence in line for line in refused(tables, word)), refused(tables, word)


def test_a_choice_without_a_rated_value_is_refused():
    plain = read_tables(read_scenario("tiny"))
    assert refused(plain, "orbit.radiator_temperature") == [
        "--free 'orbit.radiator_temperature' — the chips do not answer to it here — "
        "give satellite_classes.*.rated_temperature, where its figures hold"
    ]


def test_slopes_are_those_of_exact_re_solves(tables):
    names = [f"orbit.{n}" for n in ORBIT] + ["ground.set_point", "ground.power_cap"]
    free = free_choices(tables, names)
    landscape = Landscape(tables, free)
    here = free.place(free.start)
    (base,) = landscape([here])
    assert base.bound <= base.cost
    assert base.cost - base.bound <= 1e-6 * base.cost
    step, n = 1e-5, len(here)
    around = landscape([here + s * step * np.eye(n)[i] for i in range(n) for s in (1, -1)])
    moved = 0
    for i, path in enumerate(free.paths):
        up, down = around[2 * i].cost - base.cost, base.cost - around[2 * i + 1].cost
        low, high = sorted((up / step, down / step))
        assert low - 2e-3 * abs(low) - 1e-2 <= base.slope[i] <= high + 2e-3 * abs(high) + 1e-2, path
        moved += abs(base.slope[i]) > 1.0
    assert moved >= 6  # most choices matter here


@pytest.fixture(scope="module")
def study():
    free = ("orbit.radiator_temperature", "orbit.spares=0:0.4", "orbit.array_oversize", "ground.set_point")
    return planner.design("tiny", free, sets=RATED, starts=3, gap=1e-6, time=120.0)


def test_a_study_ends_settled_certified_and_no_dearer(study):
    assert study.settled
    assert study.before.certificate.certified
    assert study.after.certificate.certified
    assert study.relaxed[1] < study.relaxed[0]
    assert study.after.objective <= study.before.objective * (1 + 1e-9)
    assert len(study.starts) == 3
    assert (study.starts["last"] <= study.starts["first"] + 1e-9).all()
    scale = abs(study.relaxed[1])
    for _, row in study.choices.iterrows():
        if row["verdict"] == "flat":
            assert abs(row["slope"]) <= 1e-6 * scale
        elif row["verdict"] == "kink":
            assert row["down"] <= 1e-6 * scale
            assert row["up"] >= -1e-6 * scale
        else:
            assert row["found"] in (row["low"], row["high"])


def test_a_fine_grid_over_two_choices_finds_nothing_better(study, tables):
    landscape = Landscape(tables, study.free)
    costs = grid(landscape, study.free.place(study.values), (0, 1), 15)
    assert costs.shape == (15, 15)
    assert np.nanmin(costs) >= study.relaxed[1] * (1 - 1e-6)


def test_the_design_found_is_the_same_plan_when_it_is_set_by_hand(study):
    again = planner.solve("tiny", sets=(*RATED, *study.sets), gap=1e-6)
    assert again.objective == pytest.approx(study.after.objective, rel=1e-6)


def test_the_command_prints_a_design_and_refuses_bad_words(tmp_path):
    words = ["design", "tiny", "--free", "orbit.spares=0:0.4", "--starts", "1", "--out", str(tmp_path / "plan")]
    words += [w for s in RATED for w in ("--set", s)]
    done = CliRunner().invoke(app, [*words, "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["settled"]
    assert found["choices"][0]["path"] == "satellite_classes.bus.spares"
    assert planner.verify(tmp_path / "plan", recount=True).ok
    for bad, sentence in (
        (["--starts", "0"], "--starts 0 — it is out of range — write 1 to 1024"),
        (["--engine", "simplex"], "the relaxations of a design have no engine of this name"),
        (["--time", "0"], "write a number of seconds above 0"),
    ):
        ended = CliRunner().invoke(app, [*words[:4], *bad])
        assert ended.exit_code == 2
        assert sentence in ended.stderr
