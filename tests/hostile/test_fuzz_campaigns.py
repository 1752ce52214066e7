"""Bad input in quantity: a valid result or sentences that name a file; never a traceback, a warning, half a file."""

import time
from pathlib import Path

import campaign
import journey
import numpy as np
import pytest
from mutations import MUTATIONS, NEUTRAL, REORDERED, fresh, rows_in_another_order

import planner
from planner import InputError, read_scenario, read_tables
from planner.assemble import assemble_compiled
from planner.faults import Fault

SCENARIO = Path(__file__).parents[1] / "tables" / "scenario"


@pytest.fixture(autouse=True)
def _compilations_of_its_own(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


def test_mutated_scenarios_are_refused_in_sentences_or_give_a_program(tmp_path):
    tally = campaign.scenarios(SCENARIO, tmp_path, range(150), 2, every_assembly=15, every_command=50)
    assert tally.bad == []
    ends = {end for _, end in tally.ends}
    assert ends == {journey.REFUSED, journey.ACCEPTED}
    assert tally.commands == 3
    assert sum(tally.ends.values()) == 150


def test_mutated_changes_are_refused_in_sentences_or_give_a_program(tmp_path):
    tally = campaign.changes(SCENARIO, tmp_path, 25, 4)
    assert tally.bad == []
    assert {end for _, end in tally.ends} <= {journey.REFUSED, journey.ACCEPTED}
    assert journey.journey(SCENARIO, ("sites.*.power_price=x2",), ("cheap_power",)).end == journey.ACCEPTED


def test_mutated_bundles_are_judged_in_sentences(tmp_path):
    plan = planner.solve(SCENARIO)
    bundle = planner.write_bundle(plan, tmp_path / "whole")
    (tmp_path / "work").mkdir()
    tally = campaign.bundles(bundle, plan.assembly, tmp_path / "work", 12, 2)
    assert tally.bad == []
    assert sum(tally.ends.values()) >= 10


@pytest.mark.parametrize(
    "missing", ["bills.csv", "stock.csv", "halls.csv", "export.csv", "residency.csv", "limits.csv"]
)
def test_a_scenario_without_an_optional_table_is_checked(tmp_path, missing):
    folder = fresh(SCENARIO, tmp_path / "s")
    (folder / missing).unlink()
    outcome = journey.journey(folder, assemble=False)
    assert outcome.end == journey.ACCEPTED, outcome.detail


@pytest.mark.parametrize("kind", NEUTRAL)
def test_what_says_the_same_gives_the_same_tables(tmp_path, kind):
    plain = journey.content(read_tables(read_scenario(SCENARIO)))
    for seed in range(3):
        folder = fresh(SCENARIO, tmp_path / "s")
        if NEUTRAL[kind](folder, np.random.default_rng(seed)):
            assert journey.content(read_tables(read_scenario(folder))) == plain


def test_the_order_of_rows_changes_the_order_of_the_program_only(tmp_path):
    plain = assemble_compiled(read_tables(read_scenario(SCENARIO)))
    folder = fresh(SCENARIO, tmp_path / "s")
    rng = np.random.default_rng(4)
    assert sum(rows_in_another_order(folder, rng) for _ in range(30)) > 10
    other = assemble_compiled(read_tables(read_scenario(folder)))
    assert journey.digest(other.program.flat()) != journey.digest(plain.program.flat())
    assert journey.same_under_names(plain, other)


def test_the_campaign_would_tell(tmp_path, monkeypatch):
    """Each thing that must not happen is seen when it happens."""
    folder = fresh(SCENARIO, tmp_path / "s")

    def ends(act):
        monkeypatch.setattr(journey, "_walked", act)
        return journey.journey(folder).end

    def raises(error):
        def act(*_):
            raise error

        return act

    def leaves(*_):
        (tmp_path / ".half").write_text("")
        return journey.ACCEPTED, "", ""

    def complains(*_):
        np.float64(1e308) * np.float64(1e308)
        return journey.ACCEPTED, "", ""

    assert ends(raises(KeyError("x"))) == "traceback"
    assert ends(raises(InputError([Fault("", 0, "", "", "")]))) == "badly said"
    assert ends(raises(InputError([Fault("nowhere", 0, "", "wrong", "right")]))) == "badly said"
    assert ends(raises(InputError([Fault("sites.csv", 2, "x", "wrong", "right")]))) == journey.REFUSED
    assert ends(lambda *_: (journey.ACCEPTED, "cost holds nan", "")) == "bad program"
    assert ends(complains) == "warning"
    assert ends(leaves) == "half-written"
    monkeypatch.setattr(journey, "SECONDS", 0.1)
    assert ends(lambda *_: time.sleep(60)) == "too slow"


def test_mutations_are_many_and_repeatable(tmp_path):
    from mutations import mutate

    found = set()
    for k in range(300):
        folder = fresh(SCENARIO, tmp_path / "s")
        kind, steps = mutate(folder, np.random.default_rng([9, k]))
        found |= {kind, *steps}
        if k < 10:
            again = fresh(SCENARIO, tmp_path / "t")
            assert mutate(again, np.random.default_rng([9, k])) == (kind, steps)
    assert found >= {*MUTATIONS, *NEUTRAL, REORDERED}


@pytest.mark.slow
def test_a_thousand_mutated_scenarios(tmp_path):
    tally = campaign.scenarios(SCENARIO, tmp_path, range(1000), 3, every_solve=50, every_command=25)
    assert tally.bad == []
    assert tally.planned > 0


@pytest.mark.slow
def test_hundreds_of_mutated_changes_and_bundles(tmp_path):
    assert campaign.changes(SCENARIO, tmp_path, 500, 3).bad == []
    plan = planner.solve(SCENARIO)
    bundle = planner.write_bundle(plan, tmp_path / "whole")
    (tmp_path / "work").mkdir()
    assert campaign.bundles(bundle, plan.assembly, tmp_path / "work", 300, 3).bad == []
