"""Each known trap: their number with their assumption and ours with the right one, both against truth."""

import numpy as np
import pytest

from compute_stack import boundaries, satellite_link, thermal
from planner.reconcile.traps import CHIP_LAYERS, draws, traps

SUN = 1361.0


def _mccalip(sun, price=22.0):
    """The total of the public model for 1 GW and five years [B USD], written again from its equations."""
    capacity = sum(0.975**y for y in range(5)) / 5.0
    satellites = np.ceil(1e9 / (capacity * sun) / 27e3)
    hardware, launch = price * satellites * 27e3, 500.0 * satellites * 27e3 / 36.5
    return (hardware + launch + (0.01 + 0.09) * hardware * 5.0 + 1e9) / 1e9


def _array_per_it(overhead, sunlit, degradation, life, ride_through, eclipse_share):
    """Bus power, recharge, shadow and fading by an energy balance of the worst orbit."""
    recharge = sunlit * (1.0 + eclipse_share / (0.92 * (1.0 - eclipse_share))) - 1.0
    return overhead * (1.0 + ride_through * recharge) / (sunlit * (1.0 - degradation) ** life)


#: key: their number and ours, with the relative difference allowed, and what both are checked against.
TRUTH = {
    "sunlight_550": (98.0, 100.0 - 4.92, 5e-4),  # mean eclipse of an independent integration over a year
    "sunlight_650": (63.7977, 100.0 - 3.92, 1e-3),  # their code's own output; the same integration
    "earth_seen": (0.025 * (6371.0 / 6921.0) ** 2, 0.25777, 1e-4),  # Lee-Odinson: 0.258
    "panel_temperature": (62.5995380282601, 62.5995380282601 + 6.3497, 1e-6),  # their code; Lee-Odinson: +6.35 K
    "kirchhoff": (633.0, 531.5, 2e-3),
    "faces": (2.0 * 154.0, 150.0, 0.03),  # stated peak 150 kW
    "radiator_share": (880.0, 2.0 * 0.95 * 5.670374419e-8 * (343.0**4 - 255.0**4), 1e-9),  # published formula: 1,036
    "mccalip_page": (31.2, 51.09534839726028, 1e-3),
    "mccalip_sunlight": (51.09534839726028, _mccalip(1.0 - 0.049297), 1e-6),
    "replacement": (10.620096, 0.09 * 5.0 * 25.6, 1e-6),
    "replacement_cheap": (0.09 * 5.0 * 5.363685, 0.09 * 5.0 * 25.6, 1e-6),
    "hours": (1166.5604656908738 / 425.76046629062586, 51.09534839726028 / 15.85106216, 1e-9),
    "learning_slow": (370.0, 861.0, 1e-3),
    "learning_fast": (370.0, 103.0, 2e-3),
    "seen_equator": (100.0, 10.9, 0.01),  # minute-by-minute propagation of a dense ring
    "seen_sixty": (100.0, 22.8, 0.01),
    "colossus": (1000.0 / 1.2, 350.0, 1e-9),
}


@pytest.fixture(scope="module")
def found(our_side):
    return {t.key: t for t in traps(our_side)}


@pytest.mark.parametrize("key", sorted(TRUTH))
def test_their_number_and_ours(found, key):
    theirs, ours, within = TRUTH[key]
    np.testing.assert_allclose(found[key].theirs, theirs, rtol=max(within, 1e-3) if key == "kirchhoff" else within)
    np.testing.assert_allclose(found[key].ours, ours, rtol=within)


def test_every_trap_is_checked_against_something(found):
    assert set(found) - set(TRUTH) == {"array_kw", "discounting", "starcloud_table"}


def test_kilowatts_of_array_are_not_kilowatts_of_compute(found, our_side):
    d = our_side.design
    wanted = _array_per_it(d.overhead, 1.0 - 0.0392, d.array_degradation, d.life, d.ride_through, 19.7 / 97.6)
    assert found["array_kw"].theirs == 1.0
    np.testing.assert_allclose(found["array_kw"].ours, wanted, rtol=2e-3)


def test_a_cost_of_capital_raises_the_undiscounted_energy(found, our_side):
    """Their total again, the capital repaid by a continuous annuity; operations stay as they are."""
    force = np.log1p(float(our_side.case.orbital.rate))
    capital, yearly = 23600.214 + 14695.02739726 + 1000.0, 0.10 * 23600.214
    np.testing.assert_allclose(found["discounting"].theirs, 1166.5604656908738, rtol=1e-9)
    wanted = (capital * force / (1.0 - np.exp(-5.0 * force)) + yearly) / 8.76
    np.testing.assert_allclose(found["discounting"].ours, wanted, rtol=1e-9)


def test_what_starcloud_leaves_out_is_nearly_everything(found, our_side):
    trap, c = found["starcloud_table"], our_side.case
    np.testing.assert_allclose(trap.theirs, 8.2, rtol=5e-3)
    launch = c.orbital.specific_mass * c.orbital.launch_price
    bought = (launch + c.orbital.bus_price + c.chips.orbital_price) * (1.0 + c.orbital.insurance)
    span = (c.orbital.loss_rate + c.chips.orbital_attrition) * c.orbital.life
    served = bought * span / (1.0 - np.exp(-span)) * c.cycle / c.orbital.life
    served = (served + c.cycle * (c.orbital.link + c.orbital.operations)) / c.orbital.availability
    np.testing.assert_allclose(trap.ours, served * (1.0 + c.orbital.spares) * 40e3 / 1e6, rtol=1e-6)
    assert launch * 40e3 / 1e6 > 10.0 * trap.theirs


def test_the_panel_of_ai1_radiates_from_both_faces():
    """120 kW at 337.1 K needs the area of both faces; the panel counted once would have to be 46 K hotter."""
    both = thermal.equilibrium_temperature(120e3, 220.0, 0.91, 220.0)
    once = thermal.equilibrium_temperature(120e3, 110.0, 0.91, 220.0)
    np.testing.assert_allclose(both, 337.1, rtol=1e-4)
    wanted = (120e3 / (110.0 * 0.91 * 5.670374419e-8) + 220.0**4) ** 0.25
    np.testing.assert_allclose(once, wanted, rtol=1e-9)
    assert once - both > 40.0


@pytest.mark.parametrize("altitude", [550.0, 650.0, 1000.0])
@pytest.mark.parametrize("latitude", [0.0, 30.0, 60.0])
def test_a_dawn_dusk_ring_is_seen_at_fixed_hours(altitude, latitude):
    """The share by sampling the day: a place sees the ring while it is nearer to the plane than the coverage angle."""
    tilt = np.arccos(-(((6378.137 + altitude) / 12352.0) ** 3.5))  # sun-synchronous, Vallado's rule of thumb
    hours = (np.arange(200000) + 0.5) / 200000 * 2.0 * np.pi
    lat, rise = np.deg2rad(latitude), np.deg2rad(25.0)
    off = np.abs(np.arcsin(np.sin(tilt) * np.cos(lat) * np.cos(hours) + np.cos(tilt) * np.sin(lat)))
    reach = np.arccos(6371.0 * np.cos(rise) / (6371.0 + altitude)) - rise
    seen = satellite_link.dawn_dusk_visibility(altitude, latitude, 25.0)
    np.testing.assert_allclose(seen, np.mean(off < reach), rtol=5e-3)
    assert seen < 0.35


def test_orbit_draws_the_same_wafers_and_memory_from_the_same_doors(our_side):
    rows = {key: (orbit, ground) for key, _, orbit, ground in draws(our_side)}
    for key in CHIP_LAYERS:
        orbit, ground = rows[key]
        assert orbit > 0.6 * ground, key
    for key in ("n3_wafer", "n5_wafer", "hbm", "packaging", "substrates"):
        np.testing.assert_allclose(*rows[key], rtol=0.02, err_msg=key)
    for key in ("transformers_large", "transformers_dist", "switchgear", "gensets", "chillers", "labour"):
        assert rows[key][0] == 0.0 < rows[key][1], key
    for key in ("space_solar", "radiators", "laser_terminals"):
        assert rows[key][1] == 0.0 < rows[key][0], key


def test_served_compute_takes_more_chips_in_orbit(our_side):
    c = our_side.case
    lost = c.orbital.loss_rate + c.chips.orbital_attrition
    up = boundaries.level_charge(0.0, c.orbital.life, lost) * c.orbital.life / boundaries.orbital_delivered_share(c)
    down = boundaries.level_charge(0.0, c.chips.ground_life, c.chips.ground_attrition) * c.chips.ground_life
    assert up > down / boundaries.ground_delivered_share(c) > 1.0
