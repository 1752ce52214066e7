"""Known traps of public models: their number with their assumption, ours with the right one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from compute_stack import boundaries, comparison, economics, mccalip, orbit, satellite_link, thermal
from planner.reconcile.ours import Ours
from planner.reconcile.published import FORETHOUGHT, MCCALIP
from planner.reconcile.walk import replaced, scalar


@dataclass(frozen=True)
class Trap:
    """One trap: the figure, theirs and ours in `unit`, the assumption behind each, and where both come from."""

    key: str
    figure: str
    unit: str
    theirs: float
    their_way: str
    ours: float
    our_way: str
    source: str


#: Latitudes and altitudes of the visibility table.
LATITUDES, ALTITUDES = (0.0, 30.0, 40.0, 50.0, 60.0), (550.0, 650.0, 1000.0)
#: [MW] claimed and seen in January 2026, and the PUE of the site's row.
COLOSSUS = {"claimed": 1000.0, "cooling": 350.0, "usage_effectiveness": 1.2}
#: Layers of chips and of their packages: drawn wherever a chip runs.
CHIP_LAYERS = ("n3_wafer", "n5_wafer", "hbm", "packaging", "substrates", "boards")


def traps(o: Ours) -> list[Trap]:
    """Every trap with both numbers."""
    return [*_physics(o), *_money(o), *_claims()]


def _physics(o: Ours) -> list[Trap]:
    case = mccalip.McCalipCase()
    shadow = orbit.dawn_dusk_eclipse_fraction
    nadir, edge = thermal.nadir_view_factor(550.0), thermal.edge_on_view_factor(550.0)
    flux = comparison.grey_radiator_net_flux
    face = comparison.grey_radiator_net_flux(343.0, 0.95, 0.0, 0.95, 0.0, 2.0, 255.0)
    at_beta_zero = 1.0 - scalar(orbit.eclipse_fraction(650.0, 0.0))
    return [
        Trap("sunlight_550", "sunlight of a dawn-dusk orbit, 550 km", "%", 98.0, "constant of the terminator orbit",
             100.0 * (1.0 - scalar(shadow(550.0))), "shadow integrated over the year", "McCalip; SemiAnalysis says 95"),
        Trap("sunlight_650", "the same, 650 km", "%", 100.0 * at_beta_zero,
             "text says 98; its code takes the shadow of an orbit that faces the sun edge-on (beta 0)",
             100.0 * (1.0 - scalar(shadow(650.0))), "shadow integrated over the year", "spacedc-mdao 0.4.2, code run"),
        Trap("earth_seen", "view factor of an edge-on panel to Earth, each face, 550 km", "-",
             0.025 * scalar(nadir), "0.05 of the nadir factor on half of the points (rounding at 90 degrees)",
             scalar(edge), "exact, sphere to plate", "McCalip; Lee-Odinson (2026)"),
        Trap("panel_temperature", "panel temperature, 550 km, beta 90", "degC",
             scalar(mccalip.equilibrium_temperature(case)) - 273.15, "as above",
             scalar(mccalip.exact_equilibrium_temperature(case)) - 273.15, "exact view factor", "McCalip"),
        Trap("kirchhoff", "radiator, net flux at 20 degC", "W/m2",
             scalar(flux(293.15, 0.92, 0.09, 0.09, 0.25, 0.25, 253.0)), "Earth's infrared absorbed with alpha, F 0.25",
             scalar(flux(293.15, 0.92, 0.09, 0.92, 0.25, 0.5, 253.0)), "with eps, two faces: F 0.5",
             "Starcloud (2024); Parrack et al. (2026)"),
        Trap("faces", "heat of a radiator of 110 m2 panel at 1,400 W/m2", "kW",
             1.4 * 220.0, "flux of the panel times the area of both faces", 1.4 * 110.0,
             "flux of the panel times the panel (700 W/m2 a face)", 
             "a reading of AI1 (8 Jun 2026), which states a peak of 150 kW"),
        Trap("radiator_share", "radiator at 343 K, 255 K sink, two faces", "W/m2", 880.0,
             "a factor 0.85 without reason", scalar(face), "emissivity 0.95, Stefan and Boltzmann",
             "SemiAnalysis (2026)"),
        Trap("array_kw", "array power behind one kW of IT, end of life", "kW", 1.0, "kW of the array are the kW",
             scalar(orbit.array_power(o.design) / o.design.it_power), "overhead, shadow, fading, recharge of our class",
             "Suncatcher (2025), Table 1"),
    ]  # fmt: skip


def _money(o: Ours) -> list[Trap]:
    case, alone = mccalip.McCalipCase(), MCCALIP.alone
    lit = case._replace(sun_fraction=1.0 - scalar(orbit.dawn_dusk_eclipse_fraction(550.0)))
    cheap = case._replace(satellite_price=5.0)
    chips = FORETHOUGHT.also["chips.orbital_price"] * case.chip_failure * case.years / 1e3
    rated = replaced(alone, {"orbital.rate": scalar(o.case.orbital.rate), "ground.rate": scalar(o.case.ground.rate)})
    orbit_energy, ground_energy = scalar(mccalip.orbital_energy_cost(case)), scalar(mccalip.ground_energy_cost(case))
    return [
        Trap("mccalip_page", "orbit, 1 GW for five years", "B USD", 9.0 + 1000.0 / 45.0,
             "static text of the page: 9 USD/W, 45 W/kg, 1,000 USD/kg of a draft",
             scalar(mccalip.orbital_total(case)) / 1e9, "the code behind the page, its defaults", "McCalip, code run"),
        Trap("mccalip_sunlight", "orbit, 1 GW for five years", "B USD", scalar(mccalip.orbital_total(case)) / 1e9,
             "98 % sunlight", scalar(mccalip.orbital_total(lit)) / 1e9, "95.1 %, all else as there", "McCalip"),
        Trap("replacement", "GPUs replaced in five years, 1 GW, satellite at 22 USD/W", "B USD",
             scalar(case.chip_failure * case.years * mccalip.hardware_cost(case)) / 1e9,
             "9 % a year of the satellites", scalar(chips), "9 % a year of 25.6 B USD of chips",
             "McCalip; Forethought"),
        Trap("replacement_cheap", "the same, satellite at 5 USD/W", "B USD",
             scalar(case.chip_failure * case.years * mccalip.hardware_cost(cheap)) / 1e9,
             "falls with the satellite", scalar(chips), "does not", "McCalip; Forethought"),
        Trap("discounting", "orbit, energy at full load", "USD/MWh", orbit_energy, "nothing is discounted",
             _energy(rated, "orbit"), f"{100 * scalar(o.case.orbital.rate):.3g} % a year, all else as there",
             "McCalip"),
        Trap("hours", "orbit over ground, per energy", "ratio", orbit_energy / ground_energy,
             "100 % of the hours in orbit, 85 % on the ground", orbit_energy / (0.85 * ground_energy),
             "85 % on both sides", "McCalip"),
        Trap("starcloud_table", "space side, 40 MW", "M USD", scalar(comparison.starcloud_space_cost(40e3)) / 1e6,
             "no satellites, radiators, chips, replacement; ten years",
             scalar(boundaries.cycle_cost(o.case).orbit) * 40e3 / 1e6, "all of them; five years, our figures",
             "Starcloud (2024), Table 1"),
    ]  # fmt: skip


def _claims() -> list[Trap]:
    def mass(rate: float) -> float:
        return scalar(economics.wright_quantity(1800.0, 400.0, 200.0, rate)) / 1e3

    cooled = min(COLOSSUS["claimed"] / COLOSSUS["usage_effectiveness"], COLOSSUS["cooling"])
    seen = [scalar(v) for v in np.ravel(visibility(650.0, np.array([0.0, 60.0])))]
    paper = "Suncatcher: 370 kt at 20 %"
    return [
        Trap("learning_slow", "mass to orbit until 200 USD/kg", "kt", 370.0, "one learning rate, 20 %", mass(0.18),
             "18 %, the low end of its own band", paper),
        Trap("learning_fast", "the same", "kt", 370.0, "one learning rate, 20 %", mass(0.24),
             "24 %, the high end", paper),
        Trap("seen_equator", "share of the day a dawn-dusk ring at 650 km is seen, equator", "%", 100.0,
             "always in reach", 100.0 * seen[0], "fixed in solar time, 25 degrees elevation", "geometry, exact"),
        Trap("seen_sixty", "the same, 60 degrees latitude", "%", 100.0, "always in reach", 100.0 * seen[1],
             "fixed in solar time, 25 degrees elevation", "geometry, exact"),
        Trap("colossus", "Colossus 2 in January 2026, IT power", "MW",
             COLOSSUS["claimed"] / COLOSSUS["usage_effectiveness"], "1 GW claimed, PUE 1.2", cooled,
             "what 350 MW of cooling can carry", "Epoch AI via aktiego (2026)"),
    ]  # fmt: skip


def _energy(case: boundaries.Case, side: str) -> float:
    parts = boundaries.orbital_yearly_cost(case) if side == "orbit" else boundaries.ground_yearly_cost(case)
    return scalar(sum(parts.values())) / 8.76


def visibility(altitude: Any, latitude: Any, elevation: float = 25.0) -> np.ndarray:
    """Share of the day in which a full dawn-dusk ring is seen [-]."""
    return np.asarray(satellite_link.dawn_dusk_visibility(altitude, latitude, elevation))


def draws(o: Ours) -> list[tuple[str, str, float, float]]:
    """What one MW of IT draws from each supply layer that it draws at all: key, title with unit, orbit, ground."""
    tables, at = o.tables, o.pick
    n = tables.numbers
    bills = tables.frames["bills"]
    layer, of, item = tables.index("bills", "layer"), bills["of"].to_numpy(), bills["item"].to_numpy()
    quantity = n["bills"]["quantity"]
    power = n["hardware"]["power"]
    orbit_side = {
        ("hardware", tables.keys("hardware")[at.chip]): 1e3 / power[at.chip],
        ("satellite_classes", tables.keys("satellite_classes")[at.satellite_class]): 1e3 / scalar(o.design.it_power),
    }
    ground_side = {
        ("hardware", tables.keys("hardware")[at.rack]): 1e3 / power[at.rack],
        ("construction", "*"): 1.0,
        ("cooling", tables.keys("cooling")[at.technology]): 1.0,
        ("generation", tables.keys("generation")[at.source]): scalar(o.case.ground.usage_effectiveness),
    }
    out = []
    for k, key in enumerate(tables.keys("layers")):
        sides = [
            sum(q * scale for q, o_, i, at_ in zip(quantity, of, item, layer, strict=True) if at_ == k
                for (kind, name), scale in side.items() if kind == o_ and name in (i, "*"))
            for side in (orbit_side, ground_side)
        ]  # fmt: skip
        if any(sides):
            frame = tables.frames["layers"]
            out.append(
                (key, f"{frame.loc[key, 'title']} [{frame.loc[key, 'unit']}]", scalar(sides[0]), scalar(sides[1]))
            )
    return out
