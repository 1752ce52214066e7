"""Walks of models that count launch or power alone: Suncatcher, Turyshev, Starcloud, Forethought."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
from jax.typing import ArrayLike

from compute_stack import boundaries, comparison, orbit, thermal
from compute_stack.boundaries import Case
from planner.reconcile.ours import Ours, number
from planner.reconcile.published import FORETHOUGHT, STARCLOUD, STARCLOUD_KW, STARCLOUD_YEARS, SUNCATCHER, TURYSHEV
from planner.reconcile.walk import Step, Walk, field, replaced, scalar

GEOMETRY = "geometry, exact"
LOST = ("orbital.loss_rate", "chips.orbital_attrition")


def case_walk(
    o: Ours, title: str, unit: str, published: float, tolerance: float, source: str, recomputed: Any, function: str,
    begin: Case, steps: tuple[Step, ...], measure: Callable[[Case], Any], bridge: str = "",
) -> Walk:  # fmt: skip
    """A walk over a `Case` that ends at ours; what the steps leave is the last line."""
    state = begin
    for step in steps:
        state = replaced(state, step.changes)
    ends = scalar(measure(o.case))
    every = (*steps, *o.rest(state))
    return Walk(
        title, unit, published, tolerance, source, scalar(recomputed), function, begin, bridge, every, measure, o.case,
        ends,
    )  # fmt: skip


def suncatcher(o: Ours) -> tuple[Walk, ...]:
    """Launched power price and its ground side [USD/kW/yr]."""
    begin = SUNCATCHER.alone
    array = scalar(orbit.array_power(o.design) / o.design.it_power)
    per_it = scalar(field(begin, "orbital.specific_mass")) * array
    steps = (
        Step(
            "kW of array at the start -> kW of IT, all year, at the end of life",
            {"orbital.specific_mass": per_it},
            "1 kW",
            f"{number(array)} kW of array",
            "`orbit.array_power` of our class",
            "C",
        ),
        o.step("orbital.specific_mass", what="a communication satellite -> one with radiators, chips, structure for "
               "them", was=number(per_it), begin=begin),
        o.step("orbital.launch_price", begin=begin),
        o.step("orbital.insurance", begin=begin),
        o.step(*LOST, what="losses of satellites and chips", begin=begin, was="0", now=_losses(o)),
        o.step("orbital.availability", begin=begin),
        o.step("orbital.rate", what="cost of capital", begin=begin),
    )  # fmt: skip
    box = boundaries.launch_against_electricity
    orbit_side = case_walk(
        o, "Launched power price, Starlink v2 mini at 200 USD/kg", "USD/kW/yr", 810.0, 0.015, SUNCATCHER.source,
        comparison.launched_power_price(575.0, 28.0, 5.0, 200.0), "comparison.launched_power_price", begin, steps,
        lambda c: box(c).orbit,
    )  # fmt: skip
    ground = tuple(
        o.step(name, begin=begin)
        for name in ("ground.electricity_price", "ground.usage_effectiveness", "ground.availability")
    )
    ground_side = case_walk(
        o, "Electricity on the ground, low end", "USD/kW/yr", 570.0, 0.025, SUNCATCHER.source,
        comparison.ground_power_price(0.06, 1.09), "comparison.ground_power_price", begin, ground,
        lambda c: box(c).ground,
    )  # fmt: skip
    return orbit_side, ground_side


def turyshev(o: Ours) -> tuple[Walk, ...]:
    """Mass of the floor case [kg/kW], and the launch and build allowance [USD/kg]."""
    floor = orbit.conservative_design()._replace(
        altitude=550.0, it_power=1000.0, overhead=1.25, array_specific_power=100.0, array_degradation=0.0, life=5.0,
        ride_through=0.0, radiator_temperature=350.0, radiator_emissivity=0.765, radiator_absorptivity=0.0,
        radiator_areal_mass=5.0, radiator_sides=1.0, transport_mass=0.0, compute_mass=0.0, shield_mass=0.0,
        structure_factor=1.0, fixed_mass=0.0,
    )  # fmt: skip
    design, where = o.design, o.where["orbital.specific_mass"]

    def choice(what: str, *names: str) -> Step:
        was = ", ".join(number(getattr(floor, n)) for n in names)
        now = ", ".join(number(getattr(design, n)) for n in names)
        return Step(what, {n: scalar(getattr(design, n)) for n in names}, was, now, where, "C")

    steps = (
        choice("bus power over IT power", "overhead"),
        choice("W/kg of the array", "array_specific_power"),
        choice("array fades over its life [1/yr]", "array_degradation"),
        choice("altitude [km]: sunlight by geometry", "altitude"),
        choice(
            "battery: share of load through eclipse", "ride_through", "battery_specific_energy", "depth_of_discharge"
        ),
        choice("radiator: faces, emissivity", "radiator_sides", "radiator_emissivity"),
        choice("radiator: solar absorptivity at end of life", "radiator_absorptivity"),
        choice("radiator temperature [K]", "radiator_temperature"),
        choice("radiator kg/m2", "radiator_areal_mass"),
        choice("chips, heat transport, shield [kg/kW]", "compute_mass", "transport_mass", "shield_mass"),
        choice("structure [-]", "structure_factor"),
        choice("bus items that do not grow with power [kg], satellite size [kW]", "fixed_mass", "it_power"),
    )
    mass = Walk(
        "Mass of array, battery and radiator (floor) -> whole satellite", "kg/kW", 22.8, 0.015, TURYSHEV.source,
        scalar(comparison.floor_specific_mass(1.25, 0.95, 100.0, 350.0, 0.765, 5.0)), "comparison.floor_specific_mass",
        floor, "the panel sees Earth edge-on (view factor 0.258 at 550 km) and sunlight is 95.1 %, not 95 %", steps,
        orbit.specific_mass, design, scalar(o.case.orbital.specific_mass),
    )  # fmt: skip
    begin = TURYSHEV.alone
    allowance = case_walk(
        o, "Most that launch and build may cost, facility of 10,000 USD/kW", "USD/kg", 250.0, 1e-6, TURYSHEV.source,
        comparison.launch_build_allowance(10000.0, 40.0), "comparison.launch_build_allowance", begin,
        (
            o.step("ground.facility_life", what="the facility outlives the satellite", begin=begin),
            _capital(o, begin),
            o.step("ground.facility_price", begin=begin),
            o.step("ground.operations", begin=begin),
            o.step("ground.availability", begin=begin),
            o.step("orbital.specific_mass", begin=begin),
            o.step(*LOST, what="losses of satellites and chips", begin=begin, was="0", now=_losses(o)),
            o.step("orbital.insurance", begin=begin),
            o.step("orbital.availability", begin=begin),
            o.step("orbital.link", "orbital.operations", what="links and operations in orbit", begin=begin),
        ),
        boundaries.launch_build_allowance,
    )  # fmt: skip
    return mass, allowance


class Panel(NamedTuple):
    """A radiator panel and what it sees, with a free choice of infrared absorptivity."""

    temperature: ArrayLike  # [K]
    emissivity: ArrayLike  # [-]
    absorptivity: ArrayLike  # [-] solar
    infrared: ArrayLike  # [-] absorptivity for Earth's infrared
    sun: ArrayLike  # [-] cosine of incidence
    albedo_factor: ArrayLike  # [-] both faces
    earth_factor: ArrayLike  # [-] both faces
    solar_constant: ArrayLike  # [W/m2]
    earth_ir: ArrayLike  # [W/m2]


def panel_flux(p: Panel) -> jnp.ndarray:
    """Net flux of a two-sided panel [W/m2 of panel]."""
    seen = jnp.asarray(p.earth_factor) * p.infrared / p.emissivity
    return thermal.radiator_net_flux(
        p.temperature, p.emissivity, p.absorptivity, 2.0, p.sun, p.albedo_factor, seen, p.solar_constant, 0.3,
        p.earth_ir,
    )  # fmt: skip


def starcloud(o: Ours) -> tuple[Walk, ...]:
    """Space and Earth columns of the table [M USD for 40 MW], and the radiator [W/m2]."""
    begin = STARCLOUD.alone
    box = boundaries.cycle_cost
    money = STARCLOUD_KW / 1e6
    space = case_walk(
        o, "Space column, 40 MW", "M USD", 8.2, 0.005, STARCLOUD.source,
        comparison.starcloud_space_cost(STARCLOUD_KW) / 1e6, "comparison.starcloud_space_cost", begin,
        (
            o.step("cycle", "orbital.life", what="satellites last 5 years: a cycle of 10 -> 5 yr", was="10", now="5 yr",
                   begin=begin),
            o.step("orbital.bus_price", what="satellite and radiator, left out", begin=begin),
            o.step("orbital.specific_mass", what="mass of the satellite, not of array and shield alone", begin=begin),
            o.step("orbital.launch_price", begin=begin),
            o.step("chips.orbital_price", what="chips, left out", begin=begin),
            o.step(*LOST, what="losses and replacement, left out", begin=begin, was="0", now=_losses(o)),
            o.step("orbital.insurance", begin=begin),
            o.step("orbital.availability", begin=begin),
            o.step("orbital.link", "orbital.operations", what="links and operations, left out", begin=begin),
        ),
        lambda c: box(c).orbit * money,
    )  # fmt: skip
    earth = case_walk(
        o, "Earth column, 40 MW", "M USD", 167.0, 0.005, STARCLOUD.source,
        comparison.starcloud_ground_cost(STARCLOUD_KW, STARCLOUD_YEARS, 0.04) / 1e6, "comparison.starcloud_ground_cost",
        begin,
        (
            o.step("cycle", begin=begin),
            o.step("ground.electricity_price", begin=begin),
            o.step("ground.usage_effectiveness", begin=begin),
            o.step("ground.facility_price", "ground.facility_life", what="facility and its life, not backup alone",
                   now=f"{number(o.case.ground.facility_price)} USD/kW, {number(o.case.ground.facility_life)} yr",
                   begin=begin),
            o.step("chips.ground_price", what="chips, left out", begin=begin),
            o.step("chips.ground_attrition", "chips.maintenance", what="chips lost, repair", begin=begin),
            o.step("ground.operations", begin=begin),
            o.step("ground.availability", begin=begin),
        ),
        lambda c: box(c).ground * money,
    )  # fmt: skip
    return space, earth, _starcloud_panel(o)


def _starcloud_panel(o: Ours) -> Walk:
    d = o.design
    edge = 2.0 * scalar(thermal.edge_on_view_factor(d.altitude))
    warm = thermal.STEFAN_BOLTZMANN * 253.0**4
    begin = Panel(293.15, 0.92, 0.09, 0.09, 1.0, 0.25, 0.25, 1366.0, warm)
    where = o.where["orbital.specific_mass"]
    at_end = Panel(
        d.radiator_temperature, d.radiator_emissivity, d.radiator_absorptivity, d.radiator_emissivity,
        orbit.SUN_INCIDENCE, orbit.TERMINATOR_ALBEDO * edge, edge, 1361.0, 237.0,
    )  # fmt: skip

    def step(what: str, source: str, grade: str, **values: Any) -> Step:
        was = ", ".join(number(getattr(begin, n)) for n in values)
        now = ", ".join(number(v) for v in values.values())
        return Step(what, values, was, now, source, grade)

    steps = (
        step("Earth's infrared is absorbed with eps, not alpha", "Kirchhoff (1859)", "A", infrared=0.92),
        step("two faces see Earth: view factor 0.5", "Parrack et al. (2026)", "A", earth_factor=0.5),
        step("edge-on factor of both faces at our altitude", GEOMETRY, "A", earth_factor=edge),
        step("Earth's infrared [W/m2]", "mean of the globe", "A", earth_ir=237.0),
        step("edge-on to the sun, 1 degree off", "estimate of the class", "C", sun=orbit.SUN_INCIDENCE,
             solar_constant=1361.0),
        step("albedo below the terminator", "estimate of the class", "C", albedo_factor=orbit.TERMINATOR_ALBEDO * edge),
        step("coating at the end of life", where, "C", emissivity=d.radiator_emissivity, infrared=d.radiator_emissivity,
             absorptivity=d.radiator_absorptivity),
        step("radiator temperature [K]", where, "C", temperature=d.radiator_temperature),
    )  # fmt: skip
    return Walk(
        "Radiator, net flux of a panel", "W/m2", 633.0, 0.002, STARCLOUD.source,
        scalar(comparison.grey_radiator_net_flux(293.15, 0.92, 0.09, 0.09, 0.25, 0.25, 253.0)),
        "comparison.grey_radiator_net_flux", begin, "", steps, panel_flux, at_end, scalar(orbit.radiator_flux(d)),
    )  # fmt: skip


def forethought(o: Ours) -> tuple[Walk, ...]:
    """Launch price at which orbit and ground cost the same [USD/kg]."""
    begin = FORETHOUGHT.alone
    price = case_walk(
        o, "Crossover launch price, array against solar with gas", "USD/kg", 250.0, 0.002, FORETHOUGHT.source,
        comparison.crossover_launch_price(5590.0, 1198.0, 17.56), "comparison.crossover_launch_price", begin,
        (
            o.step("ground.facility_life", what="what stands on the ground outlives the satellite", begin=begin),
            _capital(o, begin),
            o.step("ground.facility_price", "ground.electricity_price", "ground.usage_effectiveness",
                   what="solar with gas -> facility with grid power",
                   was="5,590 USD/kW", now=f"{number(o.case.ground.facility_price)} USD/kW and "
                   f"{number(o.case.ground.electricity_price)} USD/kWh", begin=begin),
            o.step("ground.operations", "ground.availability", what="operations and availability on the ground",
                   begin=begin),
            o.step("orbital.bus_price", what="array -> whole satellite", begin=begin),
            o.step("orbital.specific_mass", begin=begin),
            o.step("orbital.insurance", begin=begin),
            o.step(*LOST, what="losses of satellites and chips", begin=begin, was="0", now=_losses(o)),
            o.step("orbital.availability", begin=begin),
            o.step("orbital.link", "orbital.operations", what="links and operations in orbit", begin=begin),
            o.step("chips.orbital_price", "chips.ground_price", "chips.ground_attrition", "chips.maintenance",
                   what="chips inside the box, on both sides", was="0",
                   now=f"{number(o.case.chips.orbital_price)} and {number(o.case.chips.ground_price)} USD/kW",
                   begin=begin),
        ),
        boundaries.breakeven_launch_price,
    )  # fmt: skip
    return (price,)


def _capital(o: Ours, begin: Case) -> Step:
    now = f"{number(o.case.orbital.rate)} 1/yr"
    return o.step(
        "ground.rate", "orbital.rate", what="cost of capital, both sides", was="0", now=now, begin=begin
    )  # fmt: skip


def _losses(o: Ours) -> str:
    return f"{number(o.case.orbital.loss_rate + o.case.chips.orbital_attrition)} 1/yr"
