"""The price of a day: leads that move alone, months that are what full re-solves say, verdicts by programs changed."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

import planner
from planner.assemble import assemble_compiled
from planner.bundle import write_bundle
from planner.cli import app
from planner.engines import exact
from planner.faults import InputError
from planner.results import Plan
from planner.scenario import read_scenario
from planner.studies.queues import apart, exchange, leads_of, queues
from planner.studies.queues.study import _expected, _reaches, _worth_joining
from planner.tables import Tables, read_tables


@pytest.fixture(scope="module")
def plan() -> Plan:
    return planner.solve("tiny", gap=0.01)


@pytest.fixture(scope="module")
def found(plan):
    return queues(plan, top=6, futures=64)


def held_cost(plan: Plan, tables: Tables, without: tuple[str, ...] = (), also: tuple[str, ...] = ()) -> float:
    """Cost [M USD] of other tables with the plan's whole decisions, less and more some of them, by another road."""
    program = assemble_compiled(tables).program
    flat, names = program.flat(), program.layout.column_names()
    mine = dict(zip(plan.assembly.program.layout.column_names(), np.round(plan.x), strict=True))
    whole = np.array([mine.get(n, 0.0) for n in names])
    whole[[any(n.startswith(f"join[{p}]@") for p in without) for n in names]] = 0.0
    whole[[n in also for n in names]] = 1.0
    lower, upper = (np.where(flat.integer, whole, side) for side in (flat.lower, flat.upper))
    cost = exact.relax(flat.with_bounds(lower, upper)).objective * 1e3
    return cost if math.isfinite(cost) else math.inf


def with_lead(plan: Plan, lead, months: float) -> Tables:
    tables = apart(plan.tables)
    table, row, column = lead.cell
    numbers = {t: dict(c) for t, c in tables.numbers.items()}
    numbers[table][column] = numbers[table][column].copy()
    at = tables.keys(table).index(row)
    numbers[table][column][at] = max(0.0, numbers[table][column][at] + months / 12 * lead.per_year)
    return replace(tables, numbers=numbers)


@pytest.mark.parametrize("name", ["tiny", "two-engines"])
def test_phases_on_stages_of_their_own_are_the_same_program(name):
    tables = read_tables(read_scenario(name))
    one, other = (assemble_compiled(t).program.flat() for t in (tables, apart(tables)))
    assert abs(one.matrix - other.matrix).max() == 0
    for column in ("cost", "lower", "upper", "rhs"):
        np.testing.assert_array_equal(getattr(one, column), getattr(other, column))


def test_a_year_of_lead_moves_the_planned_lead_by_a_year(plan):
    for lead in leads_of(plan):
        if lead.kind == "power":
            tables = with_lead(plan, lead, 12.0)
            moved = {x.name: x.years for x in leads_of(replace(plan, assembly=replace(plan.assembly, tables=tables)))}
            was = {x.name: x.years for x in leads_of(plan)}
            assert moved[lead.name] == pytest.approx(lead.years + 1.0, rel=1e-12)
            assert {k: v for k, v in moved.items() if k != lead.name} == {
                k: v for k, v in was.items() if k != lead.name
            }


def test_months_are_what_programs_assembled_and_solved_anew_say(plan, found):
    known = {x.cell: x for x in leads_of(plan)}
    by_name = {(x.kind, x.name): x for x in known.values()}
    checked = 0
    for r in found.table.itertuples():
        if math.isnan(r.later):
            continue
        for months, quoted in ((-1, r.earlier), (1, r.later), (6, r.half)):
            truth = held_cost(plan, with_lead(plan, by_name[r.kind, r.name], months)) - plan.objective
            assert quoted == pytest.approx(truth, rel=1e-3, abs=1e-5 * plan.objective)
            checked += 1
    assert checked >= 6


def test_verdicts_are_what_programs_without_the_phase_say(plan, found):
    phases = found.table[found.table["verdict"] != ""]
    assert len(phases)
    after = plan.tables.frames["phases"]["after"]
    for r in phases.itertuples():
        if r.verdict in ("keep", "drop"):
            gone = [r.name, *after.index[after == r.name]]
            truth = held_cost(plan, plan.tables, without=tuple(gone)) - plan.objective
            assert r.without == pytest.approx(truth, rel=1e-3, abs=1e-5 * plan.objective)
            assert r.verdict == ("drop" if truth < -1e-7 * plan.objective else "keep")


def test_a_phase_outside_is_joined_with_those_before_it(plan):
    """Joining fjord2 takes fjord1 along; the change of cost is the one that a full solve finds."""
    names = plan.assembly.program.layout.column_names()
    poorer = replace(plan, x=np.where([n.startswith("join[fjord") for n in names], 0.0, plan.x))
    known = leads_of(poorer)
    phases = [i for i, q in enumerate(known) if q.kind == "power" and not q.inside]
    chosen = {known[i].name: when for i, when in _worth_joining(poorer, phases, known)}
    assert list(chosen["fjord1"]) == ["fjord1"]
    assert list(chosen["fjord2"]) == ["fjord1", "fjord2"]
    assert chosen["fjord2"]["fjord1"] <= chosen["fjord2"]["fjord2"]
    table, base = queues(poorer, top=6, futures=8).table.set_index("name"), held_cost(poorer, plan.tables)
    assert math.isfinite(base)
    for phase in ("fjord1", "fjord2"):
        also = tuple(f"join[{p}]@{t}" for p, t in chosen[phase].items())
        saved = base - held_cost(poorer, plan.tables, also=also)
        assert table.loc[phase, "without"] == pytest.approx(saved, rel=1e-3, abs=1e-5 * plan.objective)
        assert table.loc[phase, "verdict"] == ("join" if saved > 1e-7 * base else "leave")


def test_two_phases_with_each_others_lead_cost_what_a_full_solve_says(plan):
    names = [x.name for x in leads_of(plan) if x.kind == "power"][:2]
    known = {x.name: x for x in leads_of(plan)}
    quoted = exchange(plan, *names)
    tables = plan.tables
    for one, other in (names, names[::-1]):
        gap = known[other].years - known[one].years
        part = with_lead(replace(plan, assembly=replace(plan.assembly, tables=tables)), known[one], 12 * gap)
        tables = part
    truth = held_cost(plan, tables) - plan.objective
    assert quoted.cost[1] - quoted.cost[0] == pytest.approx(truth, rel=1e-3, abs=1e-5 * plan.objective)
    told = sum(quoted.by_input.values()) + quoted.steps + quoted.remainder
    assert told == pytest.approx(quoted.cost[1] - quoted.cost[0], abs=1e-6 * plan.objective)


def test_how_far_a_curve_goes_and_what_lateness_costs():
    curve = [(0.0, 0.0), (1.0, 2.0), (6.0, 22.0)]
    assert _reaches(curve, 1.0) == pytest.approx(0.5)
    assert _reaches(curve, 12.0) == pytest.approx(3.5)
    assert _reaches(curve, 30.0) == pytest.approx(8.0)
    assert _reaches(curve, math.inf) == math.inf
    assert _reaches(curve, -1.0) == 0.0
    assert _reaches([(0.0, 0.0), (1.0, 0.0), (6.0, 0.0)], 5.0) == math.inf
    assert _reaches([(0.0, 0.0), (1.0, 1.0), (6.0, math.inf)], 5.0) == 1.0
    late = np.array([0.0, 1.0, 3.5, 8.0, np.inf])
    assert _expected(curve, late, 25.0) == pytest.approx((0 + 2 + 12 + 25 + 25) / 5)
    assert math.isnan(_expected(curve, np.full(3, np.nan), 1.0))


def test_the_command_prints_tables_that_fit_and_refuses_numbers_out_of_range(plan, tmp_path):
    bundle = write_bundle(plan, tmp_path / "plan")
    run = CliRunner().invoke(app, ["queues", str(bundle), "--top", "2"])
    assert run.exit_code == 0, run.output
    assert max(map(len, run.stdout.splitlines())) <= 100
    told = CliRunner().invoke(app, ["queues", str(bundle), "--top", "0", "--around", "0", "--json"])
    document = json.loads(told.stdout.splitlines()[-1])
    assert document["solved"] == 0
    assert {q["kind"] for q in document["queues"]} >= {"power", "equipment", "door"}
    with pytest.raises(InputError) as refused:
        queues(plan, top=-1, futures=0)
    assert [str(f) for f in refused.value.faults] == [
        "--futures 0 — it is out of range — write 1 to 100000",
        "--top -1 — it is out of range — write 0 to 500",
    ]
    with pytest.raises(InputError, match="it is a relaxation: no queue is joined or not — solve without --relax"):
        queues(planner.solve("tiny", relax=True))
    missing = CliRunner().invoke(app, ["queues", str(tmp_path / "nothing")])
    assert missing.exit_code == 2
    assert "it is not a bundle" in missing.output
