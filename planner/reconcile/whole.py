"""Walks of models that count the whole system: McCalip, SemiAnalysis, research-viewer, spacedc-mdao."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp
from jax.typing import ArrayLike

from compute_stack import boundaries, comparison, mccalip, orbit, radiation
from compute_stack.boundaries import Case
from planner.reconcile.early import LOST, case_walk
from planner.reconcile.ours import Ours, number
from planner.reconcile.published import (
    MCCALIP,
    MDAO,
    MDAO_PFLOPS,
    SEMIANALYSIS,
    VIEWER,
    mccalip_states,
)
from planner.reconcile.walk import Step, Walk, field, replaced, scalar

FACILITY = ("ground.facility_price", "ground.facility_life")


def mccalip_walks(o: Ours) -> tuple[Walk, ...]:
    """Orbital and terrestrial totals for five years [USD/kW], which are M USD per MW."""
    theirs = mccalip.McCalipCase()
    begin = MCCALIP.alone
    sunlit = scalar(orbit.sunlit_fraction(o.design))
    lit = mccalip_states(theirs._replace(sun_fraction=sunlit))
    sunny = {k: lit[k] for k in ("orbital.specific_mass", "orbital.bus_price", "orbital.operations")}
    kept = lit["orbital.operations"] / 10.0
    steps = (
        Step("sunlight in the dawn-dusk orbit", sunny, "98 %",
             f"{100 * sunlit:.1f} % at {number(o.design.altitude)} km", "`orbit.sunlit_fraction`, geometry", "A"),
        Step("GPUs replaced as a share of the satellite's price -> as chips, below", {"orbital.operations": kept},
             "9 % of satellites a year", "0", "it moves with the bus, not with the chips", "A"),
        o.step("orbital.specific_mass", was=number(lit["orbital.specific_mass"]), begin=begin),
        o.step("orbital.bus_price", what="satellite without chips, with NRE", was=number(lit["orbital.bus_price"]),
               begin=begin),
        o.step("orbital.launch_price", begin=begin),
        o.step("chips.orbital_price", what="chips inside the box", begin=begin),
        o.step(*LOST, what="losses of satellites and chips, all that is launched with them", begin=begin, was="0",
               now=f"{number(o.case.orbital.loss_rate)} 1/yr"),
        o.step("orbital.insurance", begin=begin),
        o.step("orbital.availability", begin=begin),
        o.step("orbital.operations", "orbital.link", what="operations and links", was=f"{number(kept)}, 0",
               begin=begin),
    )  # fmt: skip
    flown = case_walk(
        o, "Orbit, 1 GW for five years", "USD/kW", 51095.34839726028, 1e-6, MCCALIP.source,
        mccalip.orbital_total(theirs) / 1e6, "mccalip.orbital_total", begin, steps,
        lambda c: boundaries.cycle_cost(c).orbit,
    )  # fmt: skip
    stood = case_walk(
        o, "Ground, 1 GW for five years", "USD/kW", 15851.06216, 1e-6, MCCALIP.source,
        mccalip.ground_total(theirs) / 1e6, "mccalip.ground_total", begin,
        (
            o.step("ground.facility_life", what="the facility is not written off in five years", begin=begin),
            o.step("ground.facility_price", what="facility with turbines -> facility with a grid connection",
                   begin=begin),
            o.step("ground.electricity_price", what="gas -> grid power", begin=begin),
            o.step("ground.usage_effectiveness", begin=begin),
            o.step("ground.load", what="load 85 % against 100 % in orbit -> the same on both sides", begin=begin),
            o.step("chips.ground_price", what="chips inside the box", begin=begin),
            o.step("chips.ground_attrition", "chips.maintenance", what="chips lost, repair", begin=begin),
            o.step("ground.operations", begin=begin),
            o.step("ground.availability", begin=begin),
        ),
        lambda c: boundaries.cycle_cost(c).ground,
    )  # fmt: skip
    return flown, stood


def semianalysis(o: Ours) -> tuple[Walk, ...]:
    """Levelised cost of a delivered GPU-hour in space and on Earth [USD/GPU-h]."""
    begin = SEMIANALYSIS.alone
    build = number(scalar(field(begin, "orbital.bus_price")))
    box = boundaries.gpu_hour_cost
    bridge = "their payments are monthly at a nominal rate, ours continuous at the same effective rate"
    total, delivered = comparison.gpu_hour_total, comparison.delivered_gpu_hour_cost
    space = case_walk(
        o, "Space, 16 B300", "USD/GPU-h", 10.91, 0.006, SEMIANALYSIS.source,
        delivered(total(100925.0, 16.0), 0.2, 0.95), "comparison.delivered_gpu_hour_cost", begin,
        (
            o.step("orbital.bus_price", "orbital.specific_mass", "orbital.launch_price",
                   what="satellite and launch, priced apart", was=f"{build} USD/kW together",
                   now=f"{number(o.case.orbital.bus_price)} + {number(o.case.orbital.specific_mass)} kg x "
                   f"{number(o.case.orbital.launch_price)}", begin=begin),
            o.step("orbital.rate", begin=begin),
            o.step("orbital.spares", what="spares -> counted as losses, not twice", begin=begin),
            o.step(*LOST, what="losses of satellites and chips", begin=begin, was="0",
                   now=f"{number(o.case.orbital.loss_rate)} 1/yr"),
            o.step("orbital.availability", begin=begin),
            o.step("orbital.insurance", begin=begin),
            o.step("orbital.operations", "orbital.link", what="operations and links", begin=begin),
            o.step("chips.orbital_price", begin=begin),
            o.step("chips.per_kw", what="another GPU (B300 -> Rubin): fewer per kW", begin=begin),
        ),
        lambda c: box(c).orbit, bridge,
    )  # fmt: skip
    earth = case_walk(
        o, "Earth, 16 B300", "USD/GPU-h", 2.49, 0.006, SEMIANALYSIS.source,
        delivered(total(27724.0, 16.0), 0.05, 1.0), "comparison.delivered_gpu_hour_cost", begin,
        (
            o.step(*FACILITY, what="facility and its life", begin=begin,
                   now=f"{number(o.case.ground.facility_price)} USD/kW, {number(o.case.ground.facility_life)} yr"),
            o.step("ground.rate", begin=begin),
            o.step("ground.electricity_price", begin=begin),
            o.step("ground.usage_effectiveness", begin=begin),
            o.step("ground.load", begin=begin),
            o.step("ground.spares", what="spares -> counted as losses", begin=begin),
            o.step("chips.ground_attrition", "chips.maintenance", what="chips lost, repair", begin=begin),
            o.step("ground.availability", begin=begin),
            o.step("ground.operations", begin=begin),
            o.step("chips.ground_price", begin=begin),
            o.step("chips.per_kw", what="another GPU (B300 -> Rubin): fewer per kW", begin=begin),
        ),
        lambda c: box(c).ground, bridge,
    )  # fmt: skip
    return space, earth


class Structural(NamedTuple):
    """Arguments of `comparison.structural_specific_mass`."""

    overhead: ArrayLike
    specific_power: ArrayLike  # [W/kg]
    specific_rejection: ArrayLike  # [W/kg]
    compute_mass: ArrayLike  # [kg/kW]
    battery_mass: ArrayLike  # [kg/kW]
    structure_factor: ArrayLike


def structural(state: Structural) -> jnp.ndarray:
    """Mass of a satellite by two specific powers [kg/kW]."""
    return comparison.structural_specific_mass(*state)


def viewer(o: Ours) -> tuple[Walk, ...]:
    """Mass per power [kg/kW], and mass launched for a year of service [kg/kW/yr]."""
    d, where = o.design, o.where["orbital.specific_mass"]
    parts = {k: scalar(v) / scalar(d.it_power) for k, v in orbit.mass_breakdown(d).items()}
    factor, overhead = scalar(d.structure_factor), scalar(d.overhead)
    begin = Structural(1.05, 150.0, 77.0, 6.0, 0.6, 1.25)
    rated = scalar(d.array_specific_power)
    array, panel = 1000.0 * overhead / parts["array"], 1000.0 / parts["radiator"]
    chips = parts["compute"]
    else_ = parts["transport"] + parts["shield"] + parts["fixed"] / factor
    end = Structural(overhead, array, panel, chips + else_, parts["battery"], factor)

    def step(what: str, name: str, value: float, source: str = where) -> Step:
        return Step(what, {name: value}, "", number(value), source, "C")

    steps = (
        step("bus power over IT power (array only, as there)", "overhead", overhead),
        step("W/kg of the array when new", "specific_power", rated),
        step("... and after fading, eclipse and recharge", "specific_power", array, "`orbit.array_power`"),
        step("W/kg of the radiator, all bus heat", "specific_rejection", panel, "`orbit.radiator_mass`"),
        step("chips [kg/kW]", "compute_mass", chips),
        step("heat transport, shield, bus items that do not grow with power [kg/kW]", "compute_mass", chips + else_),
        step("battery [kg/kW]", "battery_mass", parts["battery"]),
        step("structure [-]", "structure_factor", factor),
    )
    steps = _from(begin, steps)
    mass = Walk(
        "Satellite mass, central case", "kg/kW", 33.3, 0.045, VIEWER.source, scalar(structural(begin)),
        "comparison.structural_specific_mass", begin, "", steps, structural, end, scalar(o.case.orbital.specific_mass),
    )  # fmt: skip
    alone = VIEWER.alone
    service = case_walk(
        o, "Mass launched for a year of one kW: 33.3 kg/kW over 3.8 years", "kg/kW/yr", 33.3 / 3.8, 0.06, VIEWER.source,
        structural(begin) / radiation.effective_lifetime(0.01, 0.068, 4.6, 0.013),
        "comparison.structural_specific_mass / radiation.effective_lifetime", alone,
        (
            o.step("orbital.specific_mass", begin=alone),
            o.step(*LOST, what="losses of satellites and chips", begin=alone, was="0.0805",
                   now=f"{number(o.case.orbital.loss_rate)} 1/yr"),
            o.step("orbital.life", begin=alone),
            o.step("orbital.availability", what="availability: errors alone -> with repair and upsets", begin=alone),
        ),
        boundaries.launched_mass_per_service,
    )  # fmt: skip
    return mass, service


def _from(begin: Any, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Steps with what each field was before them."""
    state, out = begin, []
    for s in steps:
        (name,) = s.changes
        was = scalar(field(state, name))
        state = state._replace(**s.changes)
        out.append(Step(s.what, s.changes, number(was), s.now, s.source, s.grade))
    return tuple(out)


def _lit(altitude: float) -> str:
    """Sunlight of an orbit whose plane holds the sun, in words."""
    return f"{100.0 * (1.0 - scalar(orbit.eclipse_fraction(altitude, 0.0))):.0f} %"


class Delivered(NamedTuple):
    """A case with the work that a GPU does while it delivers."""

    case: Case
    orbital_pflops: ArrayLike  # [PFLOP/s per GPU]
    ground_pflops: ArrayLike  # [PFLOP/s per GPU]


def mdao(o: Ours) -> tuple[Walk, ...]:
    """Levelised cost of compute [USD per PFLOP-day]."""
    begin = Delivered(MDAO.alone, MDAO_PFLOPS, MDAO_PFLOPS)
    each = [scalar(v) / scalar(o.case.chips.per_kw) for v in o.pflops]
    ours = Delivered(o.case, *each)

    def cost(side: str) -> Any:
        return lambda s: 24.0 * getattr(boundaries.gpu_hour_cost(s.case), side) / getattr(s, pflops[side])

    pflops = {"orbit": "orbital_pflops", "ground": "ground_pflops"}

    def inner(*names: str, **words: Any) -> Step:
        s = o.step(*names, begin=begin.case, **words)
        return Step(s.what, {f"case.{k}": v for k, v in s.changes.items()}, s.was, s.now, s.source, s.grade)

    work = Step(
        "work of a GPU while it delivers: H100 -> Rubin, roofline of the mix that may go to orbit",
        {"orbital_pflops": scalar(ours.orbital_pflops), "ground_pflops": scalar(ours.ground_pflops),
         "case.chips.per_kw": scalar(o.case.chips.per_kw)},
        f"{number(MDAO_PFLOPS)} PFLOP/s", f"{number(ours.orbital_pflops)} PFLOP/s", "`hardware`, `profiles`", "C",
    )  # fmt: skip
    orbit_steps = (
        inner("orbital.specific_mass", what=f"satellite mass (its arrays are sized for {_lit(650.0)} sunlight)"),
        inner("orbital.launch_price"),
        inner("orbital.bus_price"),
        inner("chips.orbital_price"),
        work,
        inner("orbital.availability", what="failures: out of availability"),
        inner(*LOST, what="... into losses", was="0", now=f"{number(o.case.orbital.loss_rate)} 1/yr"),
        inner("orbital.network_utilisation", what="one optical ground site (75 %) -> links that are paid for"),
        inner("orbital.operations", "orbital.link", what="operations, resupply -> operations, links"),
        inner("orbital.insurance"),
        inner("orbital.rate"),
    )
    ground_steps = (
        inner(*FACILITY, what="facility, not written off in five years", was="12,000 USD/kW, 5 yr",
              now=f"{number(o.case.ground.facility_price)} USD/kW, {number(o.case.ground.facility_life)} yr"),
        inner("chips.ground_price"),
        work,
        inner("ground.electricity_price"),
        inner("ground.usage_effectiveness", "ground.load", what="PUE, load"),
        inner("ground.operations"),
        inner("chips.ground_attrition", "chips.maintenance", what="chips lost, repair"),
        inner("ground.availability"),
        inner("ground.rate"),
    )  # fmt: skip
    launched = MDAO.states["orbital.specific_mass"] * MDAO.states["orbital.launch_price"]
    flown = (launched, MDAO.states["chips.orbital_price"], MDAO.states["orbital.bus_price"])
    unit_cost = comparison.power_unit_cost
    per_kw = MDAO_PFLOPS * MDAO.states["chips.per_kw"] * 365.25
    space_work = per_kw * MDAO.states["orbital.availability"] * MDAO.states["orbital.network_utilisation"]
    chips = MDAO.states["chips.ground_price"]
    running = 0.05 * (12000.0 + chips) + 8760.0 * 1.10 * 0.85 * 0.06
    found = {
        "orbit": unit_cost(0.08, 5.0, *flown, MDAO.states["orbital.operations"]) / space_work,
        "ground": unit_cost(0.08, 5.0, 0.0, chips, 12000.0, running) / (per_kw * 0.995),
    }
    walks = []
    bridge = "their payments fall at the end of each year, ours all through it; a year of 8,760 hours"
    for title, side, published, steps in (
        ("Space, text inference", "orbit", 1237.0, orbit_steps),
        ("Earth, hyperscale", "ground", 66.0, ground_steps),
    ):
        state = begin
        for s in steps:
            state = replaced(state, s.changes)
        left = o.rest(state.case)
        rest = tuple(Step(s.what, {f"case.{k}": v for k, v in s.changes.items()}, s.was, s.now, s.source, s.grade)
                     for s in left)  # fmt: skip
        walks.append(
            Walk(title, "USD/PFLOP-day", published, 0.002, MDAO.source, scalar(found[side]),
                 "comparison.power_unit_cost, over delivered work", begin, bridge, (*steps, *rest), cost(side), ours,
                 24.0 * scalar(getattr(o.pflop_hour, side)))
        )  # fmt: skip
    return tuple(walks)
