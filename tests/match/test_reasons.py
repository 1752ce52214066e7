"""Planted reasons: what each request is told at each place, word for word, and what must hold in any market."""

import numpy as np
import pandas as pd
import pytest

import planner
from planner.matching import REASONS

RACK = 20_000 * 4 / 10 / (4 * 8766)  # USD/PFLOP-h of a rack kept for all four years
THERE = "where it is served"


def cost(price, rack=RACK):
    """USD/PFLOP-h at a power price [USD/MWh]: a kW of IT at a PUE of 1.2."""
    return rack + 1.2e-3 * price


PLANTED = {
    ("near_law", "abroad"): ("rule", "jurisdiction: the buyer wants aa, the site is under bb"),
    ("second", "near"): ("rule", "jurisdiction: the buyer wants dd, the site is under aa"),
    ("secret", "abroad"): ("rule", "residency home_data: data of aa may not be served under bb"),
    ("secret", "small"): ("rule", "residency home_data: data of aa may not be served under dd"),
    ("anywhere", "barred"): ("rule", "export ban: bars thick, thin there"),
    ("near_law", "far"): ("latency", "106 ms there, 50 ms wanted"),
    ("denser", "far"): ("latency", "106 ms there, 50 ms wanted"),
    ("dense", "low"): ("density", "80 kW per rack wanted, halls and cooling there take 60 kW"),
    ("denser", "low"): ("density", "90 kW per rack wanted, halls and cooling there take 60 kW"),
    ("near_law", "late"): ("date", "window opens 2030-H1, first power there 2032-H1 (50% sure), 1.2 MW short"),
    ("window", "late"): ("date", "window opens 2031-H1, first power there 2032-H1 (50% sure), 1.2 MW short"),
    ("grow", "late"): ("date", "window opens 2030-H1, first power there 2032-H1 (50% sure), 2.4 MW short"),
    ("grow", "small"): ("rule", "jurisdiction: the buyer wants aa, the site is under dd"),
    ("poor", "near"): ("price", f"offer 0.01 USD/PFLOP-h against {cost(20):.2f} there"),
    ("poor", "dear"): ("price", f"offer 0.01 USD/PFLOP-h against {cost(2000):.2f} there"),
    ("near_law", "dear"): ("price", f"{cost(2000):.2f} USD/PFLOP-h there, {cost(20):.2f} at near, {THERE}"),
    ("dense", "far"): ("price", f"{cost(25):.2f} USD/PFLOP-h there, {cost(20):.2f} at near, {THERE}"),
    ("second", "small"): ("full", "taken by better offers: best"),
    ("third", "small"): ("full", "taken by better offers: best"),
}


@pytest.fixture(scope="session")
def table(plan):
    return planner.match(plan)


def test_the_market_is_as_planted(plan, table):
    assert plan.certificate.certified
    taken = table.requests.set_index("request")
    assert not taken.loc[["poor", "second", "third"], "accepted"].any()
    assert taken.drop(index=["poor", "second", "third"])["accepted"].all()
    assert taken.loc["best", "sites"] == "small"
    assert set(taken.drop(index=["poor", "second", "third", "best"])["sites"]) == {"near"}
    assert taken.loc["near_law", "mw"] == pytest.approx(1.0)
    assert taken.loc["near_law", "from"] == 2030
    assert taken.loc["grow", "mw"] == pytest.approx(2.0)
    assert taken.loc["window", "from"] == 2031
    np.testing.assert_allclose(taken["offered"].loc[["near_law", "second", "poor"]], [10, 5, 0.01])


@pytest.mark.parametrize("pair", PLANTED, ids="-".join)
def test_a_planted_reason_is_found_word_for_word(table, pair):
    row = table.pairs.set_index(["request", "site"]).loc[pair]
    assert (row["reason"], row["words"]) == PLANTED[pair]
    assert row["mw"] == 0


def test_costs_are_the_closed_form(table):
    costs = table.pairs.set_index(["request", "site"])["cost"]
    assert costs["poor", "near"] == pytest.approx(cost(20), rel=1e-6)
    assert costs["poor", "dear"] == pytest.approx(cost(2000), rel=1e-6)
    assert costs["near_law", "near"] == pytest.approx(cost(20), rel=1e-6)  # the next unit, by row prices


def test_every_pair_has_megawatts_or_one_reason(table):
    pairs = table.pairs
    assert len(pairs) == 12 * 8
    assert not pairs.duplicated(["request", "site"]).any()
    served = pairs["mw"] > 0
    assert (pairs.loc[served, "reason"] == "").all()
    assert pairs.loc[~served, "reason"].isin(REASONS).all()
    assert (pairs.loc[~served, "words"] != "").all()
    counts = pairs["reason"].value_counts()
    assert (counts.reindex(REASONS).fillna(0) >= 2).all()


def test_the_bundle_holds_the_table_and_verify_finds_a_changed_reason(plan, bundle, table, tmp_path):
    pd.testing.assert_frame_equal(planner.match(bundle).pairs, table.pairs)
    verdict = planner.verify(bundle, recount=True)
    assert verdict.ok, verdict.faults
    assert verdict.certified
    for column, row, value, words in (
        ("words", ("near_law", "far"), "105 ms there, 50 ms wanted", "the tables say 'latency: 106 ms there"),
        ("mw", ("near_law", "near"), 2.0, "the plan serves 1 MW"),
        ("reason", ("second", "small"), "rule", "which the tables do not bear out"),
        ("words", ("second", "small"), "taken by better offers: nobody", "names no other request"),
    ):
        copy = planner.write_bundle(plan, tmp_path / "copy")
        pairs = pd.read_parquet(copy / "plan" / "matches.parquet")
        pairs.loc[(pairs["request"] == row[0]) & (pairs["site"] == row[1]), column] = value
        pairs.to_parquet(copy / "plan" / "matches.parquet", index=False)
        faults = planner.verify(copy, recount=True).faults
        assert len(faults) == 1, faults
        assert words in faults[0]


def test_one_zone_and_dense_work_and_contracts_are_counted_again(plan):
    """The second count sees what the first must not do: a contract in part, work away from home, thin racks."""
    from planner.recount import recount

    long = pd.concat([plan.group(g) for g in ("placements", "builds", "orders", "launches", "flows", "unserved")])
    assert recount(plan.tables, long, plan.money) == ()
    for moved, expected in (
        (lambda f: _swap(f, "near_law", "near", "low"), "gang: served away from its home"),
        (lambda f: _swap(f, "near_law", "near", "abroad"), "jurisdictions: served where the buyer does not let it"),
        (lambda f: _swap(f, "grow_2", "near", "nowhere"), "serve: served and unserved against demand"),
    ):
        faults = recount(plan.tables, moved(long.copy()), plan.money)
        assert any(expected in f for f in faults), (expected, faults)
    thin = long.copy()
    mine = (thin["variable"] == "time") & (thin["b"] == "near")
    thick = mine & (thin["c"] == "thick")
    thin.loc[mine & (thin["c"] == "thin"), "value"] += 2 * thin.loc[thick, "value"].to_numpy()
    thin.loc[thick, "value"] = 0.0
    assert any("dense: work that wants dense racks" in f for f in recount(plan.tables, thin, plan.money))


def _swap(frame, workload, there, elsewhere):
    """Serving of a workload moved from one zone to another (to none where the other has no arc)."""
    mine = (frame["variable"] == "serve") & (frame["a"] == workload)
    amount = frame.loc[mine & (frame["b"] == there), "value"].to_numpy()
    frame.loc[mine & (frame["b"] == there), "value"] = 0.0
    new = mine & (frame["b"] == elsewhere)
    if new.any():
        frame.loc[new, "value"] = amount
    elif elsewhere == "abroad":
        rows = frame.loc[mine & (frame["b"] == there)].assign(b=elsewhere, value=amount)
        frame = pd.concat([frame, rows])
    return frame


def test_an_accepted_request_that_pays_more_stays_and_a_dropped_one_never_helps(market, plan):
    richer = planner.solve(
        market, sets=("workloads.best.price_factor=x2", "workloads.near_law.price_factor=3"), gap=1e-6
    )
    table = planner.match(richer).requests.set_index("request")
    assert table.loc[["best", "near_law"], "accepted"].all()
    value = 10 * 1000 * 4 * 8766e-6  # what `best` pays [M USD]; what is paid is no part of the cost, what is refused is
    assert richer.certificate.objective >= plan.certificate.bound - 1e-9
    assert plan.certificate.objective >= richer.certificate.bound - 1e-9
    without = planner.solve(market, sets=("workloads.best.share=0",), gap=1e-6)
    assert without.certificate.objective * 1e3 + value >= plan.certificate.bound * 1e3 - 1e-6
    assert planner.match(without).requests.set_index("request").loc["second", "accepted"]
