"""Stated roadmaps: claims as rows, proofs that hold without a solver, chances against closed forms, faults."""

import math

import numpy as np
import pytest
from scipy.stats import lognorm
from typer.testing import CliRunner

from planner.announcement import check_announcement, read_statement, shipped
from planner.announcement.checking import chance_of
from planner.announcement.claims import Claimed, counted, period_of
from planner.announcement.statement import Claim
from planner.assemble import assemble_compiled
from planner.certificate import farkas_bound
from planner.cli import app
from planner.diagnose.conflict import nearest_first, needed, proof, smallest, some_rows
from planner.diagnose.feasible import possible
from planner.faults import InputError
from planner.scenario import read_scenario
from planner.tables import read_tables

TEXT = """
title = "The fjord: {amount:g} MW"
stated = "2030"
source = "a press release"
reading = "power that stands at the fjord"
scenario = "tiny"

[[claims]]
what = "power"
amount = {amount}
unit = "MW facility"
at = ["fjord"]
by = {by}
"""


@pytest.fixture(scope="module")
def tiny():
    return read_tables(read_scenario("tiny"))


@pytest.fixture
def stated(tmp_path):
    def write(amount, by, text=TEXT):
        file = tmp_path / "statement.toml"
        file.write_text(text.format(amount=amount, by=by), encoding="utf-8")
        return file

    return write


def most(tables, by):
    """What can stand at the fjord [MW]: today, and phases by their odds, as their planned leads let them."""
    program = assemble_compiled(tables).program
    layout = program.layout
    t = period_of(tables, by)
    claim = Claim("power", 1.0, ("fjord",), by)
    columns = counted(tables, layout, [claim], "x")[0].columns
    flat = program.flat()
    best = 0.0
    for j in columns:  # of one site and period: dispatch ends at what its delivery rows allow with every phase joined
        rows = flat.matrix[:, [j]].nonzero()[0]
        names = layout.row_names()
        row = next(i for i in rows if names[i].startswith("delivery") and names[i].endswith(f"@{t}"))
        line = flat.matrix[[row]].toarray().ravel()
        joins = [i for i, n in enumerate(layout.column_names()) if n.startswith("join") and line[i] < 0]
        phases = {}
        for i in joins:
            name = layout.column_names()[i].split("@")[0]
            phases[name] = max(phases.get(name, 0.0), -line[i])
        best += (flat.rhs[row] + sum(phases.values())) / line[j]
    return best * 1e3


def test_the_verdict_turns_where_the_queues_end(tiny, stated):
    """Just below what every phase together delivers a plan keeps the claim, just above none does."""
    top = most(tiny, 2032.5)
    assert check_announcement(stated(0.5 * top, 2032.5)).verdict == "possible"
    above = check_announcement(stated(1.01 * top, 2032.5), time=60)
    assert above.verdict != "possible"
    assert above.proved
    assert above.proof > 0
    assert {x.row.split("[")[0] for x in above.limits} & {"delivery", "once", "territory", "ramp"}


def test_the_proof_holds_and_every_limit_is_needed(tiny):
    model = Claimed(tiny, [Claim("power", 5000.0, ("fjord",), 2032.5)], "x")
    base, own = model.base, np.arange(model.plain.shape[0], model.base.shape[0])
    assert possible(model.plain)
    rows = smallest(base, model.layout, (), whole=False, near=own)
    box = proof(base, rows)
    assert farkas_bound(base, box.y, box.lower, box.upper) > 0
    assert own[0] in rows
    assert set(np.flatnonzero(box.y)) <= set(rows.tolist())
    for i in range(rows.size):
        assert possible(some_rows(base, np.delete(rows, i)))


def test_needed_parts_by_halves():
    """Any conflict that is hidden among many parts is found, whole and alone."""
    rng = np.random.default_rng(3)
    for _ in range(50):
        hidden = set(rng.choice(40, size=rng.integers(1, 6), replace=False).tolist())
        parts = [np.array([i]) for i in range(40)]
        found = needed(parts, lambda some, hidden=hidden: hidden <= {int(p[0]) for p in some})
        assert {int(p[0]) for p in found} == hidden


def test_limits_next_to_the_claims_come_first(tiny):
    model = Claimed(tiny, [Claim("power", 5000.0, ("fjord",), 2032.5)], "x")
    own = np.arange(model.plain.shape[0], model.base.shape[0])
    parts = nearest_first(model.base, model.layout, np.arange(model.base.shape[0]), own)
    names = model.layout.row_names()
    assert parts[0].tolist() == own.tolist()
    assert names[parts[1][0]].split("[")[1].startswith("fjord")


def test_the_chance_of_one_phase_in_closed_form(tiny):
    """Success by its odds and a lognormal lead: the share that stands in the period must be whole."""
    tables = read_tables(read_scenario("tiny", (), ("phases.fjord2.power=0.001",)))
    stage = tables.index("phases", "stage")[tables.keys("phases").index("fjord1")]
    numbers = {k: v[stage] for k, v in tables.numbers["stages"].items()}
    site = tables.keys("sites").index("fjord")
    wait = tables.numbers["sites"]["time_to_power"][site]
    median = numbers["lead_fixed"] + numbers["lead_per_time_to_power"] * wait
    today = tables.numbers["sites"]["energised"][site]
    power = tables.numbers["phases"]["power"][tables.keys("phases").index("fjord1")]
    claim = Claim("power", float(today + power - 0.01), ("fjord",), 2032.5)
    model = Claimed(tables, [claim], "x")
    futures = 20_000
    dt, t = float(tables.settings["period"]), period_of(tables, 2032.5)
    whole = lognorm.cdf(t * dt, s=numbers["sigma"], scale=median) if numbers["sigma"] > 0 else float(median <= t * dt)
    expected = numbers["odds"] * whole
    spread = 4 * math.sqrt(max(expected * (1 - expected), 1e-4) / futures)
    assert chance_of(tables, model.counted, futures, 5) == pytest.approx(expected, abs=spread + 2e-3)


def test_statements_that_are_shipped_can_be_read_and_held_against_their_scenario():
    known = shipped()
    assert len(known) >= 10
    read = [read_statement(name) for name in known]
    assert any("orbit" in s.title.lower() and "beat" in s.title.lower() for s in read)
    tables = read_tables(read_scenario("world"))
    layout = assemble_compiled(tables).program.layout
    for s in read:
        assert s.scenario == "world"
        for c in counted(tables, layout, s.claims, s.name):
            assert c.columns.size, s.name
            assert s.claims[0].what == "cheaper" or c.least > 0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('what = "power"', 'what = "powr"'), "did you mean 'power'?"),
        (('unit = "MW facility"', 'unit = "MW"'), 'write unit = "MW facility"'),
        (("by = 2032.5", 'by = "soon"'), "it is not a calendar year"),
        (("amount = 10.0", "amount = -3"), "it is not a number above 0"),
        (("by = 2032.5", "by = 2050"), "the scenario does not reach this date"),
        (('at = ["fjord"]', 'at = ["fjrd"]'), "did you mean 'fjord'?"),
        (('stated = "2030"', "stat = 2030"), "unknown key"),
        (("[[claims]]", "[claims]"), "a statement needs claims"),
        (('title = "', "title = "), "it cannot be read"),
    ],
)
def test_faults_say_what_to_write(stated, change, says):
    text = TEXT.replace("{amount:g}", "ten").format(amount=10.0, by=2032.5).replace(*change)
    with pytest.raises(InputError) as error:
        check_announcement(stated(0, 0, text.replace("{", "{{").replace("}", "}}")))
    assert says in str(error.value)


def test_an_unknown_statement_and_options_out_of_range():
    with pytest.raises(InputError, match="no statement and no file of this name"):
        check_announcement("abilene_2072")
    with pytest.raises(InputError, match="time"):
        check_announcement("abilene_2027", time=0)
    with pytest.raises(InputError, match="futures"):
        check_announcement("abilene_2027", futures=0)


def test_what_the_command_prints(stated):
    told = CliRunner().invoke(app, ["check-announcement"])
    assert told.exit_code == 0
    assert "abilene_2027" in told.stdout
    told = CliRunner().invoke(app, ["check-announcement", str(stated(5000.0, 2032.5)), "--time", "60"])
    assert told.exit_code == 1
    assert "These limits together rule it out" in told.stdout
    assert "checked without a solver" in told.stdout
    assert max(map(len, told.stdout.splitlines())) <= 110
