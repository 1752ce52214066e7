"""`datasets/rented`: the optimum that SOURCE.md derives by hand, and what depends on its new tables."""

import numpy as np
import pytest

from planner import InputError, gradient, levelised_cost, read_scenario, read_tables, solve, verify, write_bundle

Y = 8.766  # M USD a year of 1 EFLOP/s at 1 USD/PFLOP/h


@pytest.fixture(scope="module")
def plan():
    return solve("rented", gap=1e-9)


def test_optimum_by_hand(plan):
    assert plan.certificate.certified
    assert plan.objective == pytest.approx(2 * (12 + 3 * 0.5 * Y + 30 + 4) + 10, rel=1e-9)
    money = plan.money.groupby("part")["value"].sum()
    assert money["serving"] == pytest.approx(2 * (12 + 30 + 4), rel=1e-9)
    assert money["rent"] == pytest.approx(2 * 3 * 0.5 * Y, rel=1e-9)
    assert money["sites"] == pytest.approx(10, rel=1e-9)


@pytest.mark.parametrize(("override", "cost"), [("free_site", 118.298), ("small_barn", 144.894)])
@pytest.mark.slow
def test_overrides_by_hand(override, cost):
    assert solve("rented", overrides=(override,), gap=1e-9).objective == pytest.approx(cost, rel=1e-9)


def test_slopes_by_hand(plan):
    """Each cost counts in both years if its pair is used; a PFLOP/s-hour more of use is rented for two years."""
    slope = gradient(plan)
    assert slope.of("arcs", "ann.attic", "cost") == pytest.approx(2, rel=1e-6)
    assert slope.of("arcs", "ann.barn", "cost") == pytest.approx(0, abs=1e-9)
    assert slope.of("arcs", "ann.attic", "use") == pytest.approx(2 * 3 * 0.5 * Y, rel=1e-6)
    assert slope.of("leases", "attic", "price") == pytest.approx(2 * 3 * Y, rel=1e-6)
    assert slope.of("sites", "attic", "opening_cost") == pytest.approx(1, rel=1e-6)


def test_a_levelised_cost_holds_its_rent(plan):
    table = levelised_cost(plan).set_index("class")
    assert table["cost"].sum() == pytest.approx(plan.objective, rel=1e-9)
    assert (table["cost"] > 0).all()


def test_counted_again(plan, tmp_path):
    bundle = write_bundle(plan, tmp_path / "b")
    verdict = verify(bundle, recount=True)
    assert verdict.ok, verdict.faults
    rented = np.asarray(plan.blocks["rent"])
    assert rented.sum() > 0


def test_a_pair_is_written_once():
    with pytest.raises(InputError) as fault:
        read_tables(read_scenario("rented", (), ("arcs.ann.attic.zone=barn",)))
    assert "'ann' from 'barn' stands in 'ann.barn' already — write a pair once" in str(fault.value)


def test_what_no_place_allows_is_said():
    with pytest.raises(InputError) as fault:
        read_tables(read_scenario("rented", (), ("arcs.cat.barn.allowed=no",)))
    assert "no place may serve it (pair: arcs.csv does not allow it)" in str(fault.value)
