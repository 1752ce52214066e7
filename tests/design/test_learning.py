"""Wright's law in the program, by hand, and self-consistent futures."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import planner
from planner import InputError
from planner.cli import app
from planner.scenario import read_scenario
from planner.studies.learning import SAME_PRICE, Curves, promises
from planner.tables import read_tables


@pytest.fixture(scope="module")
def base():
    return planner.solve("tiny", gap=1e-9)


def test_promised_flights_make_flights_cheaper_by_wrights_law(base, tmp_path):
    """The hand calculation flies 1, 2, 2 rockets of 30 t at 18, 12, 6: promised, only their prices change."""
    flown = np.array([1, 2, 2]) * 30.0
    case = tmp_path / "promised"
    planner.init("promised", "tiny", tmp_path)
    series = case / "series.csv"
    lines = series.read_text().rstrip("\n").splitlines()
    lines += [f"learning,rocket,assumed,t/yr,{2030.5 + t},{a}" for t, a in enumerate(flown)]
    series.write_text("\n".join(lines) + "\n")
    plan = planner.solve(str(case), gap=1e-9)
    exponent = -np.log2(1 - 0.2)
    others = 1000 + 100 * np.arange(3)
    own = np.concatenate([[0.0], np.cumsum(flown)[:-1]])
    share = (1 + own / others) ** -exponent
    charged = np.array([18.0, 12.0, 6.0])
    saved = float((np.array([1, 2, 2]) * charged * (1 - share)).sum())
    assert plan.objective == pytest.approx(base.objective - saved, rel=1e-7)
    assert saved > 0
    where = planner.write_bundle(plan, tmp_path / "bundle")
    assert planner.verify(where, recount=True).ok


def test_a_promise_that_cannot_be_kept_leaves_no_plan():
    with pytest.raises(planner.NoPlan):
        planner.solve("tiny", sets=("learning.rocket.assumed=1000",))


@pytest.fixture(scope="module")
def found():
    sets = ("learning.rocket.rate=0.4", "learning.rocket.start=50", "learning.rocket.others=5")
    return planner.learning("tiny", sets=sets, starts=3, time=90.0), sets


def test_every_future_says_how_far_its_prices_are_from_its_tonnes(found):
    learned, _ = found
    futures = learned.futures
    assert set(futures["kind"]) == {"taken", "owned"}
    assert (futures["consistent"] == (futures["gap"] <= SAME_PRICE)).all()
    assert learned.distinct >= 1
    for _, rows in learned.curves.groupby(["future", "curve"]):
        np.testing.assert_allclose(rows["price_implied"], rows["price_assumed"], rtol=SAME_PRICE)
        # Wright's law again, from the tonnes before each year.
        own = np.concatenate([[0.0], rows["flown"].to_numpy()[:-1]])
        others = 50 + 5 * np.arange(len(rows))
        np.testing.assert_allclose(rows["price_implied"], 0.6 ** np.log2(1 + own / others), rtol=1e-9)


def test_counting_own_savings_is_never_dearer_than_taking_prices(found):
    futures = found[0].futures
    good = futures[futures["consistent"]]
    best = good.groupby("kind")["cost"].min()
    assert best["owned"] <= best["taken"] * (1 + SAME_PRICE)


def test_a_consistent_future_is_a_plan_of_its_own_promise(found):
    learned, sets = found
    tables = read_tables(read_scenario("tiny", (), sets))
    curves = Curves(tables, promises(tables))
    rows = learned.curves[learned.curves["future"] == 1]
    yearly = np.diff(rows["flown"].to_numpy(), prepend=0.0)
    (again,) = curves.loose([np.clip(curves.free.place(yearly), 0, 1)])
    assert curves.gap(again) <= 2 * SAME_PRICE or rows["kind"].iloc[0] == "owned"


def test_words_of_the_command():
    done = CliRunner().invoke(app, ["learning", "tiny", "--starts", "2", "--time", "60", "--json"])
    assert done.exit_code in (0, 1), done.output
    assert json.loads(done.stdout.splitlines()[-1])["futures"]
    ended = CliRunner().invoke(app, ["learning", "rented"])
    assert ended.exit_code == 2
    assert "the scenario learns nothing — write learning.csv" in ended.stderr
    with pytest.raises(InputError, match=r"--starts 0 — it is out of range — write 1 to 64"):
        planner.learning("tiny", starts=0)
