"""The four boxes against the published numbers that they generalise, and against closed forms."""

import jax
import numpy as np
import pytest

from compute_stack import boundaries, comparison, economics, radiation
from compute_stack.boundaries import Case, Chips, Ground, Orbital

NO_CHIPS = Chips(0.0, 0.0, 5.0)
NO_GROUND = Ground(0.0, 1.0, 0.0, 1.0)
NO_ORBIT = Orbital(0.0, 0.0, 0.0, 1.0)

FULL = Case(
    Orbital(27.0, 700.0, 5000.0, 5.0, 0.02, 250.0, 80.0, 0.1, 0.2, 0.95, 0.9, 0.12),
    Ground(11000.0, 15.0, 0.07, 1.2, 0.8, 200.0, 0.05, 0.99, 0.1),
    Chips(36000.0, 34000.0, 5.0, 0.09, 0.06, 0.03, 0.5),
)


@pytest.fixture(scope="module", autouse=True)
def double_precision():
    jax.config.update("jax_enable_x64", True)


def test_the_first_box_is_suncatchers_table():
    case = Case(Orbital(575.0 / 28.0, 200.0, 0.0, 5.0), Ground(0.0, 1.0, 0.06, 1.09), NO_CHIPS)
    sides = boundaries.launch_against_electricity(case)
    np.testing.assert_allclose(sides.orbit, 810.0, rtol=0.015)
    np.testing.assert_allclose(sides.ground, 570.0, rtol=0.025)
    np.testing.assert_allclose(sides.orbit, comparison.launched_power_price(575.0, 28.0, 5.0, 200.0))


def test_the_second_box_is_turyshevs_allowance():
    for price, published in [(10000.0, 250.0), (40000.0, 1000.0)]:
        case = Case(Orbital(40.0, 0.0, 0.0, 5.0), Ground(price, 5.0, 0.06, 1.1), NO_CHIPS)
        np.testing.assert_allclose(boundaries.launch_build_allowance(case), published, rtol=1e-9)
    linked = case._replace(orbital=case.orbital._replace(link=1000.0 / 5.0))
    shift = boundaries.launch_build_allowance(linked) - boundaries.launch_build_allowance(case)
    np.testing.assert_allclose(shift, -25.0)


def test_losses_cost_turyshevs_penalty():
    for rate, published in [(0.1, 1.27), (0.3, 1.93)]:
        charge = boundaries.level_charge(0.0, 5.0, rate) * 5.0
        np.testing.assert_allclose(charge, published, rtol=5e-3)
        np.testing.assert_allclose(charge, radiation.life_penalty(rate, 5.0))


def test_the_third_box_is_mccalips_total():
    orbital = Orbital(29390054.79452055 / 1e6, 500.0, 23600.214 + 1000.0, 5.0, 0.0, 0.10 * 23600.214)
    ground = Ground(14660.0, 5.0, 6200.0 * 4.30 / 1e6, 1.2, load=0.85)
    sides = boundaries.cycle_cost(Case(orbital, ground, NO_CHIPS))
    np.testing.assert_allclose(sides.orbit, 51095.34839726, rtol=1e-9)
    np.testing.assert_allclose(sides.ground, 15851.06216, rtol=1e-9)


def test_the_fourth_box_is_semianalysis_total():
    """Their rate is nominal, paid monthly; continuous payment at the same effective rate is 0.6 % less."""
    per_kw, monthly = 16.0 / 30.5, lambda r: (1.0 + r / 12.0) ** 12 - 1.0
    orbital = Orbital(0.0, 0.0, 3.1e6 / 30.5, 5.0, operations=0.35 * 8760.0 * per_kw, rate=monthly(0.15), spares=0.2,
                      availability=0.95)  # fmt: skip
    ground = Ground(382e3 / 30.5, 15.0, 0.087, 1.35, 0.8, (0.20 - 0.179) * 8760.0 * per_kw, 0.05, 1.0, monthly(0.103))
    case = Case(orbital, ground, Chips(980882.0 / 30.5, 986158.0 / 30.5, 5.0, per_kw=per_kw))
    sides = boundaries.gpu_hour_cost(case)
    np.testing.assert_allclose(sides.orbit, 10.91, rtol=0.01)
    np.testing.assert_allclose(sides.ground, 2.49, rtol=0.01)


def test_a_level_charge_repays_its_capital_out_of_what_still_works():
    """Numerical integral of the discounted payments of the survivors, an independent quadrature."""
    age = np.linspace(0.0, 7.0, 200001)
    paid = np.exp(-(np.log1p(0.12) + 0.15) * age) * float(boundaries.level_charge(0.12, 7.0, 0.15))
    np.testing.assert_allclose(np.trapezoid(paid, age), 1.0, rtol=1e-9)
    np.testing.assert_allclose(boundaries.level_charge(0.1, 5.0, 0.0), economics.continuous_recovery_factor(0.1, 5.0))
    assert np.isfinite(boundaries.level_charge(0.1, 0.0, 0.1))


def test_the_boxes_are_sums_of_the_same_parts():
    orbit, ground = boundaries.orbital_yearly_cost(FULL), boundaries.ground_yearly_cost(FULL)
    hour = boundaries.gpu_hour_cost(FULL)
    np.testing.assert_allclose(hour.orbit * 8760.0 * 0.5, sum(orbit.values()))
    np.testing.assert_allclose(hour.ground * 8760.0 * 0.5, sum(ground.values()))
    flown = 1.1 * (orbit["launch"] + orbit["build"])
    sides = boundaries.build_against_facility(FULL)
    np.testing.assert_allclose(sides.orbit, flown + orbit["link"] + orbit["operations"])
    np.testing.assert_allclose(sides.ground, ground["facility"] + ground["operations"])


def test_money_doubles_all_boxes():
    orbital, ground, chips = FULL.orbital, FULL.ground, FULL.chips
    twice = Case(
        orbital._replace(launch_price=1400.0, bus_price=10000.0, operations=500.0, link=160.0),
        ground._replace(facility_price=22000.0, electricity_price=0.14, operations=400.0),
        chips._replace(orbital_price=72000.0, ground_price=68000.0),
    )
    boxes = ("launch_against_electricity", "build_against_facility", "cycle_cost", "gpu_hour_cost")
    for box in map(boundaries.__dict__.get, boxes):
        np.testing.assert_allclose(box(twice), 2.0 * np.asarray(box(FULL)))


def test_at_the_breakeven_launch_price_both_sides_cost_the_same():
    price = boundaries.breakeven_launch_price(FULL)
    sides = boundaries.gpu_hour_cost(FULL._replace(orbital=FULL.orbital._replace(launch_price=price)))
    np.testing.assert_allclose(sides.orbit, sides.ground)


def test_at_the_allowance_the_second_box_balances():
    allowed = boundaries.launch_build_allowance(FULL)
    orbital = FULL.orbital._replace(launch_price=allowed, bus_price=0.0)
    sides = boundaries.build_against_facility(FULL._replace(orbital=orbital))
    np.testing.assert_allclose(sides.orbit, sides.ground)


def test_launched_mass_per_service_times_a_price_is_the_first_box_in_cash():
    cash = FULL._replace(orbital=FULL.orbital._replace(rate=0.0, insurance=0.0))
    mass = boundaries.launched_mass_per_service(cash)
    np.testing.assert_allclose(mass * 700.0, boundaries.launch_against_electricity(cash).orbit)


def test_a_fair_premium_pays_for_a_second_try():
    np.testing.assert_allclose(boundaries.fair_premium(0.8), sum(0.2**k for k in range(1, 60)))


def test_the_sides_of_an_empty_case_are_zero():
    sides = boundaries.cycle_cost(Case(NO_ORBIT, NO_GROUND, NO_CHIPS))
    assert float(sides.orbit) == float(sides.ground) == 0.0
