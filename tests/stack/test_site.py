"""The waterfall of a ground site against SciPy, a simulation, the plan's own lead rule, and by hand."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import planner
from planner import read_scenario, read_tables
from planner.check import planned_leads
from planner.stack.choices import places
from planner.stack.delivery import TIMED, queues, waits
from planner.stack.site import COUNTS, STEPS, Halls, capital, site_stack, standing_halls
from planner.stack.supply import Supply

SCENARIO = Path(__file__).parents[1] / "cli" / "scenario"
AT_ONCE = (
    *("stages.*.odds=1", "stages.*.lead_fixed=0", "stages.*.lead_per_time_to_power=0"),
    *("doors.*.make_time=0", "bills.*.lead=0"),
)
BOUNDLESS = ("sites.*.ramp=none", "limits.budget.on=no")


@pytest.fixture(scope="module")
def world():
    return read_tables(read_scenario("world"))


@pytest.fixture(scope="module")
def abilene(world):
    return planner.stack(world, site="abilene").site


def tidy(site, count):
    return site.waterfall.pivot(index="date", columns="step", values=count)[list(STEPS)]


@pytest.mark.parametrize("dataset", ["world", "two-engines", "tiny", "market-match"])
def test_no_step_is_larger_than_the_one_before_and_none_goes_back(dataset):
    tables = read_tables(read_scenario(dataset))
    p, n = places(tables), tables.numbers
    power = n["sites"]["energised"] + np.bincount(
        tables.index("phases", "site"), n["phases"]["power"], len(tables.keys("sites"))
    )
    for s in [i for i in np.nonzero(power > 0)[0] if len(power) < 10 or i % 6 == 0]:
        found = site_stack(p, int(s))
        for count in COUNTS:
            steps = tidy(found, count)
            assert steps["brochure"].to_numpy() == pytest.approx(power[s])
            for before, after in pairwise(STEPS):
                assert (steps[after] <= steps[before] * (1 + 1e-12)).all(), (tables.keys("sites")[s], count, after)
            assert (steps.diff().dropna() >= -1e-9).all().all()


def test_probabilities_by_date_are_those_of_scipy(world, abilene):
    """Log-normal leads, with the milestones worked out by hand from the stage table."""
    n, site = world.numbers, "abilene"
    wait = n["sites"]["time_to_power"][world.keys("sites").index(site)]
    stages = {k: {c: v[i] for c, v in n["stages"].items()} for i, k in enumerate(world.keys("stages"))}

    def median(k):
        return stages[k]["lead_fixed"] + stages[k]["lead_per_time_to_power"] * wait

    probability = abilene.reached.set_index(["phase", "step", "date"])["probability"]
    kinds = dict(zip(world.keys("generation"), world.frames["generation"]["kind"], strict=True))
    seen = 0
    for phase, r in world.rows("phases"):
        if r["site"] != site:
            continue
        stage, mark = stages[r["stage"]], "approved" if kinds[r["source"]] == "grid" else "construction"
        lead = stats.lognorm(s=stage["sigma"], scale=median(r["stage"]))
        passed = stage["odds"] >= stages[mark]["odds"]
        for date in abilene.dates:
            t = date - world.years[0]
            assert probability[phase, "interconnected", date] == pytest.approx(stage["odds"] * lead.cdf(t), abs=1e-7)
            if passed:
                assert probability[phase, "permitted", date] == 1.0
            else:
                early = stats.lognorm(s=stage["sigma"], scale=median(r["stage"]) - median(mark))
                wanted = stage["odds"] / stages[mark]["odds"] * early.cdf(t)
                assert probability[phase, "permitted", date] == pytest.approx(wanted, abs=1e-7)
                seen += 1
    assert seen >= 4


def test_probabilities_by_date_are_distribution_functions(abilene):
    odds = dict(zip(abilene.phases["phase"], abilene.phases["odds"], strict=True))
    for (phase, step), group in abilene.reached.groupby(["phase", "step"]):
        values = group.sort_values("date")["probability"].to_numpy()
        assert (np.diff(values) >= 0).all()
        assert (values >= 0).all()
        assert (values <= (1.0 if step == "permitted" else odds[phase])).all()
    wide = abilene.reached.pivot(index=["phase", "date"], columns="step", values="probability")[list(TIMED)]
    assert (wide.diff(axis=1).iloc[:, 1:] <= 1e-12).all().all()


def test_a_simulation_finds_the_same_shares(world, abilene):
    """One slip and one fate for each phase and draw; equipment is ordered when the permit comes."""
    rng = np.random.Generator(np.random.PCG64(20270101))
    draws, site = 40_000, world.keys("sites").index("abilene")
    q, p = queues(world), places(world)
    halls = Halls(p)
    w = waits(world, q, Supply(world, 0), halls.technology, halls.first)
    table = abilene.reached.set_index(["phase", "step", "date"])["probability"]
    for i in np.nonzero(q.site == site)[0]:
        slip, fate = np.exp(q.sigma[i] * rng.standard_normal(draws)), rng.random(draws)
        permit = np.where(fate < q.permit_odds[i], q.permit_lead[i] * slip, np.inf)
        there = np.where(fate < q.odds[i], np.maximum(permit, q.lead[i] * slip), np.inf)
        simulated = {"permitted": permit, "interconnected": there}
        for step, wait in (("transformed", w.source[i]), ("cooled", w.hall[i]), ("in racks", w.racks[i])):
            there = np.maximum(there, permit + wait)
            simulated[step] = there
        for step, when in simulated.items():
            for date in abilene.dates[:8]:
                share = (when <= date - world.years[0]).mean()
                expected = table[world.keys("phases")[i], step, date]
                spread = np.sqrt(max(expected * (1 - expected), 1e-4) / draws)
                assert abs(share - expected) <= 5 * spread, (i, step, date)


def test_dependable_power_is_what_a_plan_counts(world, abilene):
    lead, site = planned_leads(world), world.keys("sites").index("abilene")
    mine = world.index("phases", "site") == site
    odds = world.numbers["stages"]["odds"][world.index("phases", "stage")]
    steps = tidy(abilene, "dependable")
    for date in abilene.dates:
        come = mine & (world.years[0] + lead <= date + 1e-9)
        wanted = world.numbers["sites"]["energised"][site] + (world.numbers["phases"]["power"] * odds)[come].sum()
        assert steps.loc[date, "interconnected"] == pytest.approx(wanted)


def test_without_odds_and_leads_it_is_flat_until_halls(world):
    tables = read_tables(read_scenario("world", (), (*AT_ONCE, *BOUNDLESS)))
    p = places(tables)
    for name in ("abilene", "columbus", "goodnight"):
        site = tables.keys("sites").index(name)
        found = site_stack(p, site)
        for count in COUNTS:
            steps = tidy(found, count)
            for step in STEPS[1:4]:
                assert steps[step].to_numpy() == pytest.approx(steps["brochure"].to_numpy(), rel=1e-12)
            halls = [i for i, s in enumerate(tables.index("halls", "site")) if s == site]
            kinds = tables.index("halls", "technology")
            stands = sum(tables.numbers["halls"]["capacity"][i] for i in halls)
            drawn = sum(tables.numbers["halls"]["capacity"][i] * p.overhead[site, kinds[i]] for i in halls)
            energised = tables.numbers["sites"]["energised"][site]
            scale = min(1.0, energised / drawn) if len({kinds[i] for i in halls}) == 1 else None
            if scale is not None:
                used = drawn * scale
                new = steps["brochure"].iloc[0] - used
                wanted = stands * scale + new / found.usage_effectiveness
                assert steps["cooled"].to_numpy() == pytest.approx(wanted, rel=1e-9)
            assert steps["financed"].to_numpy() == pytest.approx(steps["cooled"].to_numpy())
            assert steps["in racks"].to_numpy() == pytest.approx(steps["cooled"].to_numpy())


def test_halls_grow_at_the_pace_of_the_site():
    found = planner.stack(
        "world", site="abilene", sets=(*AT_ONCE, "limits.budget.on=no", "sites.abilene.ramp=500")
    ).site
    steps = tidy(found, "expected")["cooled"]
    assert np.diff(steps.to_numpy())[:5] == pytest.approx(500 * 0.5 / found.usage_effectiveness)


def test_a_budget_is_never_overspent_and_none_leaves_all_paid():
    sets = ("limits.budget.amount=x0.2",)
    tables = read_tables(read_scenario("two-engines", (), sets))
    p = places(tables)
    every = [site_stack(p, s) for s in range(len(tables.keys("sites")))]
    each, stands = capital(p, Supply(tables, 0), Halls(p)), standing_halls(p)[0]
    paid = np.array([tidy(s, "expected")["financed"].to_numpy() for s in every])
    added = np.diff(np.hstack([stands[:, None], paid]), axis=1)
    spent = (added * each).sum(axis=0)
    budget = tables.numbers["limits"]["amount"][tables.keys("limits").index("budget")][: tables.shown] * 0.5
    assert (spent <= budget * (1 + 1e-9)).all()
    assert spent[1] > 0.9 * budget[1]
    free = planner.stack("two-engines", site="memphis2", sets=("limits.budget.on=no",)).site
    steps = tidy(free, "expected")
    assert steps["financed"].to_numpy() == pytest.approx(steps["cooled"].to_numpy())
    assert not free.budgeted


def test_useful_compute_is_racks_times_roofline():
    """A site without anything standing: all on one chip that never leaves the shelf."""
    sets = ("hardware.vr.life=60", "hardware.vr.last_sale=2090")
    found = planner.stack(SCENARIO, site="s2", sets=sets).site
    assert set(found.useful["chip"]) == {"vr"}
    racks = tidy(found, "expected")["in racks"]
    chip = min(0.4 * 16.7, 0.7 * 22 * 300 / 1000)  # compute, memory; no network need
    per_mw = chip * 72 / 225 * 1e3 * 0.95
    serve = found.useful[found.useful["profile"] == "serve"].set_index("date")
    assert serve["expected"].to_numpy() == pytest.approx(racks.to_numpy() * per_mw)


def test_old_racks_are_renewed_by_what_is_on_sale(abilene, world):
    """The fleet of 2027 is gone by 2034: no site then computes less than if all stood on the oldest chip sold since."""
    rate = places(world).rate[world.keys("profiles").index("decode")]
    chips = abilene.useful.drop_duplicates("date").set_index("date")["chip"]
    life = 5.0
    for date in abilene.dates[-4:]:
        since = {c for d, c in chips.items() if date - life - 0.5 <= d <= date}
        least = min(rate[world.keys("hardware").index(c)] for c in since)
        racks = tidy(abilene, "expected").loc[date, "in racks"]
        decode = abilene.useful[(abilene.useful["date"] == date) & (abilene.useful["profile"] == "decode")]
        assert decode["expected"].iloc[0] >= racks * 1e3 * least * (1 - 1e-9)


def test_phases_say_when_they_come_if_they_come(world, abilene):
    phases = abilene.phases.set_index("phase")
    assert phases.loc["abilene_con", "energised"] == pytest.approx(2028.0)
    late = 2027 + np.exp(0.55 * stats.norm.ppf(0.8))
    assert phases.loc["abilene_con", "energised_late"] == pytest.approx(late)
    assert (phases["racks_late"] >= phases["energised_late"] - 1e-9).all()


def test_a_stage_table_without_milestones_counts_odds_at_once():
    found = planner.stack("tiny", site="fjord").site
    assert found.undated
    first = found.reached[(found.reached["step"] == "permitted") & (found.reached["phase"] == "fjord2")]
    assert (first["probability"] == 0.5).all()
