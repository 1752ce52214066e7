"""A satellite class and a ground site in numbers: one differentiable function of every input of the tables.

`Model` holds what is structure (which bill draws which layer, which classes may go to orbit); its call turns numbers
and a `Pick` into the waterfall of the class, its masses and the four boundaries of `compute_stack.boundaries`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from compute_stack import boundaries, chips, orbit, power
from compute_stack.economics import HOURS_PER_YEAR
from planner.assemble.power import pue
from planner.assemble.satellites import Classes, classes, warm_halls
from planner.stack.flight import Flight, Lift, equivalent_loss, flight_of, lift_of
from planner.stack.inputs import Numbers
from planner.tables import Tables

_NO_LIMIT = 1e30


class Measured(NamedTuple):
    """What the model finds for one comparison. Money is USD, power is IT power, orbit stands before ground."""

    case: boundaries.Case  # the comparison, in the inputs of the boundaries
    steps: dict[str, jax.Array]  # [W/kg] the waterfall
    masses: dict[str, jax.Array]  # [kg/kW] by part
    specific_mass: jax.Array  # [kg/kW]
    orbit_parts: dict[str, jax.Array]  # [USD/kW/yr delivered]
    ground_parts: dict[str, jax.Array]  # [USD/kW/yr delivered]
    launch: boundaries.Sides  # [USD/kW/yr] boundary 1
    facility: boundaries.Sides  # [USD/kW/yr] boundary 2
    cycle: boundaries.Sides  # [USD/kW] boundary 3
    gpu_hour: boundaries.Sides  # [USD/GPU-h] boundary 4, per GPU of the satellite
    pflop_hour: boundaries.Sides  # [USD/PFLOP-h] boundary 4, per effective work that may go to orbit
    breakeven: jax.Array  # [USD/kg] launch price at which boundary 4 is level
    allowance: jax.Array  # [USD/kg] launch and build at which boundary 2 is level
    launch_price: jax.Array  # [USD/kg] on a full launch
    vehicle: jax.Array  # position of the vehicle that is cheapest per kilogram
    filled: jax.Array  # [-] share of the payload mass that the fairing lets on
    fleet: jax.Array  # [GW] satellites of this class that the launches of the period could keep up
    linked: jax.Array  # [GW] satellites of this class at which the links of the zone are full
    compute: boundaries.Sides  # [PFLOP/s/kW] effective, of the mix that may go to orbit, while working
    usage_effectiveness: jax.Array  # [-] facility power per IT power on the ground


class Compared(NamedTuple):
    """Both sides of one comparison, before anything is added up."""

    steps: dict[str, jax.Array]  # [W/kg] the waterfall
    design: orbit.SatelliteDesign
    case: boundaries.Case
    lift: Lift
    fleet: jax.Array  # [kW]
    linked: jax.Array  # [kW]
    here: jax.Array  # [PFLOP/s/kW] in orbit
    there: jax.Array  # [PFLOP/s/kW] on the ground


@jax.tree_util.register_pytree_node_class
class Model:
    """The structure of a scenario, and the function of the numbers of one comparison.

    supplies: whether a door supplies a layer ``[layer, door]``. layer_of_bill, profile (of a class): positions. eight:
    profiles in fp8. orbital: classes that may run in orbit.
    """

    def __init__(self, tables: Tables) -> None:
        layers, doors = len(tables.keys("layers")), tables.index("doors", "layer")
        opened = ~tables.frames["doors"]["own"].to_numpy(bool) & (doors >= 0)
        self.supplies = ((np.arange(layers)[:, None] == doors) & opened).astype(float)
        self.layer_of_bill = tables.index("bills", "layer")
        self.profile = tables.index("classes", "profile")
        self.eight = (tables.frames["profiles"]["precision"] == "fp8").to_numpy()
        self.orbital = tables.frames["classes"]["orbit"].to_numpy(bool)

    def tree_flatten(self) -> tuple[tuple[Any, ...], None]:
        """The arrays, so that compiled code serves every scenario of the same shape."""
        return (self.supplies, self.layer_of_bill, self.profile, self.eight, self.orbital), None

    @classmethod
    def tree_unflatten(cls, _: None, arrays: tuple[Any, ...]) -> Model:
        """The inverse of `tree_flatten`."""
        made = object.__new__(cls)
        made.supplies, made.layer_of_bill, made.profile, made.eight, made.orbital = arrays
        return made

    def compared(self, data: Numbers, bills: dict[str, Any]) -> Compared:
        """Both sides of one comparison, from `inputs.numbers_of` and `inputs.bills_of`."""
        flown = classes({"satellite_classes": data["satellite_class"]}, (), data["shell"]["altitude"])
        billed = self._billed(data, bills)
        share, traffic = self._work(data)
        cap = data["zone"]["power_cap"]
        flight = flight_of(data, flown)
        here = self._compute(data, share, "chip") * flown.groups * flight.speed
        there = self._compute(data, share, "rack") * chips.power_cap_throughput(cap) / cap
        mass = flown.mass
        lift = lift_of(data, flown, mass)
        weight = mass / flown.design.it_power
        fleet, linked = _links(data, flight, weight, lift, here * traffic)
        network = jnp.where(fleet > linked, linked / jnp.where(fleet > 0, fleet, 1.0), 1.0)
        case = boundaries.Case(
            _orbital(data, flown, flight, weight, network, lift, billed, here * traffic),
            _ground(data, billed, there * traffic),
            _chips(data, flown, flight, billed, cap),
        )
        return Compared(flight.steps(network), flown.design, case, lift, fleet, linked, here, there)

    def ranked(self, data: Numbers, bills: dict[str, Any]) -> jax.Array:
        """The two figures whose inputs are ranked: useful W/kg, and USD per delivered GPU-hour in orbit ``[2]``."""
        found = self.compared(data, bills)
        return jnp.stack([found.steps["useful"], boundaries.gpu_hour_cost(found.case).orbit])

    def __call__(self, data: Numbers, bills: dict[str, Any]) -> Measured:
        """Everything about one comparison."""
        steps, design, case, lift, fleet, linked, here, there = self.compared(data, bills)
        both = (here > 0) & (there > 0)
        work = jnp.where(both, there / jnp.where(here > 0, here, 1.0), 1.0)
        alike = jnp.where(both, work * case.chips.per_kw, data["rack"]["chips"] / data["rack"]["power"])
        like = case._replace(chips=case.chips._replace(per_kw=alike))
        gpu = boundaries.Sides(boundaries.gpu_hour_cost(case).orbit, boundaries.gpu_hour_cost(like).ground)
        orbit_parts, ground_parts = boundaries.orbital_yearly_cost(case), boundaries.ground_yearly_cost(case)
        hours = [sum(p.values()) / HOURS_PER_YEAR for p in (orbit_parts, ground_parts)]
        return Measured(
            case=case,
            steps=steps,
            masses={k: v / design.it_power for k, v in orbit.mass_breakdown(design).items()},
            specific_mass=jnp.asarray(case.orbital.specific_mass),
            orbit_parts=orbit_parts,
            ground_parts=ground_parts,
            launch=boundaries.launch_against_electricity(case),
            facility=boundaries.build_against_facility(case),
            cycle=boundaries.cycle_cost(case),
            gpu_hour=gpu,
            pflop_hour=boundaries.Sides(hours[0] / here, hours[1] / there),
            breakeven=_level_price(case, work),
            allowance=boundaries.launch_build_allowance(case),
            launch_price=lift.price,
            vehicle=lift.vehicle,
            filled=lift.filled,
            fleet=fleet * 1e-6,
            linked=linked * 1e-6,
            compute=boundaries.Sides(here, there),
            usage_effectiveness=jnp.asarray(case.ground.usage_effectiveness),
        )

    def _billed(self, data: Numbers, bills: dict[str, Any]) -> dict[str, jax.Array]:
        """What one unit of each part draws from the supply layers [USD].

        The price of a layer is the mean over its doors, weighted by free capacity; own doors are left out.
        """
        doors, supplies = data["doors"], self.supplies
        free = doors["capacity"] * (1.0 - doors["sold"])
        total, plain = supplies @ free, supplies.sum(axis=1)
        weighted = supplies @ (free * doors["price"]) / jnp.where(total > 0, total, 1.0)
        price = jnp.where(total > 0, weighted, supplies @ doors["price"] / jnp.where(plain > 0, plain, 1.0))
        each = data["bills"]["quantity"] * price[self.layer_of_bill] if len(self.layer_of_bill) else jnp.zeros(0)
        return {part: jnp.sum(mask * each) for part, mask in bills.items()}

    def _work(self, data: Numbers) -> tuple[jax.Array, jax.Array]:
        """Share of each class in the effective work that may go to orbit, and its traffic [Gb/s/(PFLOP/s)]."""
        c = data["classes"]
        may = self.orbital & (c["max_rtt"] > 0) & (c["max_rtt"] >= data["sky"]["min_rtt"])
        may &= data["chip"]["memory"] >= data["profiles"]["memory_need"][self.profile]
        asked = jnp.where(may, c["demand"], 0.0)
        total = jnp.sum(asked)
        share = asked / jnp.where(total > 0, total, 1.0)
        return share, jnp.sum(share * c["traffic"])

    def _compute(self, data: Numbers, share: jax.Array, part: str) -> jax.Array:
        """Effective compute of a kW on a mix of work, while it works [PFLOP/s/kW]; 0 where it cannot take all of it."""
        h, p = data[part], data["profiles"]
        each = chips.effective_pflops(
            jnp.where(self.eight, h["peak_fp8"], h["peak_bf16"]),
            h["bandwidth"],
            p["flop_per_byte"],
            p["compute_efficiency"],
            p["memory_efficiency"],
            h["scaleout"],
            p["scaleout_need"],
        )
        each = jnp.where(h["memory"] >= p["memory_need"], each, 0.0)[self.profile]
        wanted = share > 0
        can = jnp.all(~wanted | (each > 0)) & jnp.any(wanted)
        busy = jnp.sum(jnp.where(wanted, share / jnp.where(each > 0, each, 1.0), 0.0))
        mixed = jnp.where(can, 1.0 / jnp.where(busy > 0, busy, 1.0), 0.0)
        return mixed * h["chips"] / h["power"]


def _links(
    data: Numbers, flight: Flight, weight: jax.Array, lift: Lift, traffic: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """IT power that the launches of the period could keep up, and that the zone's links can feed [kW]."""
    fleet = lift.yearly / weight * flight.life * flight.lasting
    capacity = data["sky"]["link_capacity"]
    capacity = jnp.where(jnp.isfinite(capacity), capacity, _NO_LIMIT)
    busy = traffic * flight.upright
    return fleet, jnp.where(busy > 0, capacity / jnp.where(busy > 0, busy, 1.0), _NO_LIMIT)


def _orbital(
    data: Numbers,
    flown: Classes,
    flight: Flight,
    weight: jax.Array,
    network: jax.Array,
    lift: Lift,
    billed: dict[str, jax.Array],
    traffic: jax.Array,
) -> boundaries.Orbital:
    k, h = data["satellite_class"], data["chip"]
    plain = k["bus_price"] * 1e3 + k["mass_price"] * flown.added / flown.design.it_power
    kept = h["price"] * 1e6 / h["power"] * flown.bought
    return boundaries.Orbital(
        specific_mass=weight,
        launch_price=lift.price,
        bus_price=plain + billed["satellite_class"] / flown.design.it_power,
        life=flight.life,
        loss_rate=equivalent_loss(flight.lasting) / flight.life,
        operations=k["operations"] * plain + h["maintenance"] * kept,
        link=data["sky"]["link_price"] * 12.0 * traffic * flight.upright * network,
        insurance=boundaries.fair_premium(lift.success),
        availability=flight.upright,
        network_utilisation=network,
        rate=data["scenario"]["discount_rate"],
    )


def _ground(data: Numbers, billed: dict[str, jax.Array], traffic: jax.Array) -> boundaries.Ground:
    s, q, g = data["site"], data["technology"], data["source"]
    warmer = warm_halls({"cooling": q})
    one = {"sites": {c: v[None] for c, v in s.items()}, "cooling": {c: v[None] for c, v in q.items()}}
    drawn = pue(one)[0, 0] * warmer
    shell = (s["construction"] * 1e3 + billed["construction"] * 1e-3) * warmer
    cooling = (q["capex"] * 1e3 + billed["technology"] * 1e-3) * warmer
    plant = (g["capex"] * 1e3 + billed["source"] * 1e-3) * drawn
    price = shell + cooling + plant
    yearly = shell / data["scenario"]["construction_life"] + cooling / q["life"] + plant / g["life"]
    energy = g["energy_price"] + g["site_price_factor"] * s["power_price"]
    carbon = g["carbon"] + g["site_carbon_factor"] * s["carbon"]
    energy = energy + power.carbon_cost(carbon, data["scenario"]["carbon_price"])
    upright = data["rack"]["availability"] * g["availability"]
    upkeep = data["scenario"]["construction_upkeep"] * s["construction"] * 1e3
    return boundaries.Ground(
        facility_price=price,
        facility_life=jnp.where(yearly > 0, price / jnp.where(yearly > 0, yearly, 1.0), 1.0),
        electricity_price=energy * 1e-3,
        usage_effectiveness=drawn,
        operations=upkeep + data["zone"]["link_price"] * 12.0 * traffic * upright,
        availability=upright,
        rate=data["scenario"]["discount_rate"],
    )


def _chips(
    data: Numbers, flown: Classes, flight: Flight, billed: dict[str, jax.Array], cap: jax.Array
) -> boundaries.Chips:
    sky, rack = data["chip"], data["rack"]
    kept = rack["price"] * 1e6
    standing = kept + billed["rack"]
    return boundaries.Chips(
        orbital_price=(sky["price"] * 1e6 + billed["chip"]) / sky["power"] * flown.bought,
        ground_price=standing / (rack["power"] * cap),
        ground_life=rack["life"],
        ground_attrition=rack["attrition"],
        maintenance=rack["maintenance"] * kept / jnp.where(standing > 0, standing, 1.0),
        per_kw=sky["chips"] / sky["power"] * flown.groups * flight.speed,
    )


def _level_price(case: boundaries.Case, work: jax.Array) -> jax.Array:
    """Launch price at which an hour of equal work costs the same in orbit and on the ground [USD/kg]."""
    at_zero = case._replace(orbital=case.orbital._replace(launch_price=0.0))
    at_one = case._replace(orbital=case.orbital._replace(launch_price=1.0))
    free, one = (sum(boundaries.orbital_yearly_cost(c).values()) for c in (at_zero, at_one))
    return (sum(boundaries.ground_yearly_cost(case).values()) / work - free) / (one - free)
