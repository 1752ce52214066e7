"""A satellite class against NumPy written from the tables and the published formulas, and against itself moved."""

import math

import numpy as np
import pytest

import planner
from planner import read_scenario, read_tables
from planner.stack.flight import STEPS

SIGMA, EARTH, SUN, ALBEDO, INFRARED = 5.670374419e-8, 6371.0, 1361.0, 0.30, 237.0
#: Published for dawn-dusk orbits (mean of both nodes): share of the year in eclipse, longest eclipse [min].
ECLIPSE = {550: (0.0492, 21.7), 650: (0.0392, 19.7), 1000: (0.0151, 13.0)}


@pytest.fixture(scope="module")
def tables():
    return read_tables(read_scenario("world"))


@pytest.fixture(scope="module")
def central(tables):
    return planner.stack(tables, "central", year=2029)


def row(tables, table, name):
    place = tables.keys(table).index(name)
    return {c: v[place] for c, v in tables.numbers[table].items()}


def specific_mass(k, altitude):
    """kg per kW of IT from 1/w0 of the design notes, with published eclipses instead of the package's orbit."""
    share, longest = ECLIPSE[altitude]
    orbit = 2 * math.pi * math.sqrt((6378.137 + altitude) ** 3 / 398600.4418) / 60
    dark = longest / orbit
    extra = k["ride_through"] * ((1 - share) * (1 + dark / (0.92 * (1 - dark))) - 1)
    array = k["overhead"] * (1 + extra) / ((1 - k["array_degradation"]) ** k["life"] * (1 - share))
    array *= 1000 / k["array_specific_power"]
    battery = 1000 * k["ride_through"] * k["overhead"] * longest / 60
    battery /= k["battery_specific_energy"] * k["depth_of_discharge"]
    theta = math.asin(EARTH / (EARTH + altitude))
    seen = k["radiator_sides"] * (theta - math.sin(2 * theta) / 2) / math.pi
    flux = k["radiator_sides"] * k["radiator_emissivity"] * SIGMA * k["radiator_temperature"] ** 4
    flux -= (
        k["radiator_absorptivity"] * SUN * (0.02 + 0.05 * seen * ALBEDO) + k["radiator_emissivity"] * seen * INFRARED
    )
    radiator = 1000 * k["overhead"] * k["radiator_areal_mass"] / flux
    parts = array + battery + radiator + k["transport_mass"] + k["compute_mass"] + k["shield_mass"]
    return k["structure_factor"] * parts + k["fixed_mass"] / k["it_power"]


@pytest.mark.parametrize("name", ["conservative", "central", "optimistic"])
@pytest.mark.parametrize("altitude", [550, 650, 1000])
def test_specific_mass_is_that_of_the_published_formula(tables, name, altitude):
    row_name = next(
        s for s, r in tables.rows("satellites") if r["shell"] == f"shell_{altitude}" and r["satellite_class"] == name
    )
    found = planner.stack(tables, row_name, "abilene").satellite
    wanted = specific_mass(row(tables, "satellite_classes", name), altitude)
    assert found.measured.specific_mass == pytest.approx(wanted, rel=2e-3)
    assert found.masses["kg_per_kw"].sum() == pytest.approx(float(found.measured.specific_mass), rel=1e-12)


def test_the_waterfall_telescopes_and_never_rises(central):
    fall = central.satellite.waterfall
    assert tuple(fall["step"]) == STEPS
    assert fall["value"].iloc[0] * np.prod(fall["factor"]) == pytest.approx(fall["value"].iloc[-1], rel=1e-14)
    assert fall["value"].iloc[0] - fall["taken"].sum() == pytest.approx(fall["value"].iloc[-1], rel=1e-14)
    assert (fall["taken"] >= 0).all()
    assert (fall["factor"] <= 1).all()


def test_useful_watts_are_the_product_of_the_metric(tables, central):
    """w0 A_rad G(T) U_net availability, with G from its integral."""
    k, chip = row(tables, "satellite_classes", "central"), row(tables, "hardware", central.satellite.chip)
    life = min(k["life"], chip["life"])
    years = np.linspace(0.0, life, 200_001)
    lasting = np.trapezoid(np.exp(-(k["loss_rate"] + chip["attrition"]) * years), years) / life
    w0 = 1000 / specific_mass(k, int(central.satellite.altitude))
    wanted = w0 * k["radiation_availability"] * lasting * chip["availability"]
    assert central.satellite.waterfall["value"].iloc[-1] == pytest.approx(wanted, rel=2e-3)


def test_boundaries_are_those_of_an_independent_count(tables, central):
    """Boundaries 1, 2 and 4 from table values in NumPy."""
    s, t = central.satellite, 4  # 2029 is the fifth half-year
    k, chip = row(tables, "satellite_classes", s.name), row(tables, "hardware", s.chip)
    rack, site, v = row(tables, "hardware", s.rack), row(tables, "sites", s.site), tables.numbers["vehicles"]
    mass = float(s.measured.specific_mass)
    lift = tables.numbers["shells"]["lift_factor"][tables.keys("shells").index("shell_550")]
    usable = np.minimum(v["payload"] * 1e3 * lift, v["fairing"] * mass / k["volume"])
    each = np.where(v["cadence"][:, t] > 0, v["price"][:, t] * 1e6 / usable / v["success"], np.inf)
    best = int(np.argmin(each))
    assert tables.keys("vehicles")[best] == s.vehicle
    assert s.measured.launch_price == pytest.approx(v["price"][best, t] * 1e6 / usable[best], rel=1e-12)

    def charge(rate, life, loss):
        force = math.log(1 + rate) + loss
        return force / (1 - math.exp(-force * life))

    rate, losses = 0.085, k["loss_rate"] + chip["attrition"]
    per = charge(rate, min(k["life"], chip["life"]), losses) / (chip["availability"] * k["radiation_availability"])
    launch = mass * v["price"][best, t] * 1e6 / usable[best] / v["success"][best] * per
    bounds = s.boundaries.set_index("boundary")
    assert bounds.loc["launch v. electricity", "orbit"] == pytest.approx(launch, rel=1e-9)
    source = row(tables, "generation", s.power)
    upright = rack["availability"] * source["availability"]
    pue = float(s.measured.usage_effectiveness)
    energy = (source["energy_price"] + source["site_price_factor"] * site["power_price"][t]) * 8.76 * pue / upright
    assert bounds.loc["launch v. electricity", "ground"] == pytest.approx(energy, rel=1e-9)

    doors, layers = tables.numbers["doors"], tables.index("doors", "layer")
    opened = ~tables.frames["doors"]["own"].to_numpy(bool)

    def bill(of, item):
        total = 0.0
        for i, (_, b) in enumerate(tables.rows("bills")):
            if (b["of"], b["item"]) == (of, item):
                mine = (layers == tables.keys("layers").index(b["layer"])) & opened
                free = doors["capacity"][mine, t] * (1 - doors["sold"][mine, t])
                price = (free * doors["price"][mine, t]).sum() / free.sum()
                total += tables.numbers["bills"]["quantity"][i] * price
        return total

    bus = k["bus_price"] * 1e3 + bill("satellite_classes", s.name) / k["it_power"]
    chips = (chip["price"][t] * 1e6 + bill("hardware", s.chip)) / chip["power"]
    premium = 1 / v["success"][best] - 1
    parts = s.measured.orbit_parts
    everything = (mass * float(s.measured.launch_price) + bus + chips) * (1 + premium) * per
    everything += float(parts["link"]) + float(parts["operations"])
    hours = 8760 * chip["chips"] / chip["power"]
    assert bounds.loc["delivered GPU-hour", "orbit"] == pytest.approx(everything / hours, rel=1e-9)
    racks = (rack["price"][t] * 1e6 + bill("hardware", s.rack)) / rack["power"]
    yearly = (
        racks * charge(rate, rack["life"], rack["attrition"])
        + rack["maintenance"] * rack["price"][t] * 1e6 / rack["power"]
    )
    assert float(s.measured.ground_parts["chips"]) == pytest.approx(yearly / upright, rel=1e-9)


def test_the_break_even_launch_price_breaks_even(central):
    """Satellites made cheap; then all vehicles at a price at which a kilogram costs what is said to be level."""
    cheap = (
        *("hardware.sat_*.price=x0.1", "satellite_classes.central.bus_price=x0.1", "doors.*.price=x0.1"),
        "satellite_classes.central.radiator_areal_mass=1",
    )
    site = central.satellite.site
    first = planner.stack("world", "central", site, 2029, sets=cheap).satellite.measured
    level, now = float(first.breakeven), float(first.launch_price)
    assert level > 0
    at = planner.stack("world", "central", site, 2029, sets=(*cheap, f"vehicles.*.price=x{level / now!r}")).satellite
    assert float(at.measured.launch_price) == pytest.approx(level, rel=1e-9)
    work = at.boundaries.set_index("boundary").loc["delivered PFLOP-hour"]
    assert work["orbit"] == pytest.approx(work["ground"], rel=1e-9)


def test_the_links_bind_where_they_are_narrow():
    wide = planner.stack("world", "central", "abilene", 2035).satellite
    feeds, fleet = float(wide.measured.linked), float(wide.measured.fleet)
    assert fleet < feeds
    narrow = 50_000 * fleet / feeds / 2
    found = planner.stack(
        "world", "central", "abilene", 2035, sets=(f"zones.orbit.link_capacity={narrow!r}",)
    ).satellite
    fall = found.waterfall.set_index("step")
    assert fall.loc["network", "factor"] == pytest.approx(0.5, rel=1e-9)
    assert wide.waterfall.set_index("step").loc["network", "factor"] == 1.0


def test_classes_side_by_side_agree_with_each_detail(tables, central):
    classes = central.classes.set_index("class")
    assert list(classes.index) == tables.keys("satellite_classes")
    for name in ("conservative", "optimistic"):
        one = planner.stack(tables, name, central.satellite.site, 2029).satellite
        assert classes.loc[name, "useful"] == one.waterfall["value"].iloc[-1]
        assert classes.loc[name, "gpu_hour"] == one.boundaries["orbit"].iloc[3]


def test_the_typical_site_is_the_median():
    tables = read_tables(read_scenario("two-engines"))
    sites = tables.keys("sites")
    costs = {s: planner.stack(tables, "central", s).satellite.boundaries["ground"].iloc[4] for s in sites}
    found = planner.stack(tables, "central")
    assert found.compared == f"median cost of work of {len(sites)} sites"
    assert costs[found.satellite.site] == sorted(costs.values())[(len(sites) - 1) // 2]


def test_money_of_later_years_follows_the_series(tables):
    first, later = (planner.stack(tables, "central", "abilene", y).satellite for y in (2027, 2034))
    assert later.measured.launch_price < first.measured.launch_price
    assert later.satellite != first.satellite
    assert tables.numbers["hardware"]["first_sale"][tables.keys("hardware").index(later.chip)] <= 2034
