"""A satellite class in flight: what the vehicles lift, how long it lasts, and its waterfall to useful W/kg."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from compute_stack import design, launch, orbit
from compute_stack.decay import mean_decay
from planner.assemble.satellites import Classes
from planner.stack.inputs import Numbers

STEPS = ("gross", "solar", "thermal", "radiation", "replacement", "network", "useful")
"""The waterfall in order (a compiled dictionary comes back sorted by name)."""
_HALVINGS = 60


class Lift(NamedTuple):
    """The vehicle that is cheapest per kilogram that arrives, and what all vehicles could lift in a year."""

    vehicle: Any
    price: Any  # [USD/kg] on a full launch
    success: Any  # [-]
    filled: Any  # [-]
    yearly: Any  # [kg/yr] that arrive


@dataclass(frozen=True)
class Flight:
    """How a satellite serves.

    life: until its design life or that of its chips ends [yr]. lasting: mean share of its compute that is not lost over
    that life, of satellites lost whole and chips that die beyond the spares [-]. faded: mean throughput of an array
    below full size [-]. speed: of a chip under its power cap [-]. upright: share of time that it works, fading inside
    [-].
    """

    design: orbit.SatelliteDesign
    life: Any
    lasting: Any
    faded: Any
    speed: Any
    upright: Any
    radiation: Any
    available: Any

    def steps(self, network: Any) -> dict[str, jax.Array]:
        """The waterfall [W/kg] for a share of the work that the links carry."""
        hazard = equivalent_loss(self.lasting * self.faded) / self.design.life
        return orbit.useful_watts_waterfall(self.design, hazard, network, self.available, self.radiation)


def flight_of(data: Numbers, flown: Classes) -> Flight:
    """How a satellite of the class serves with its chips."""
    k, h = data["satellite_class"], data["chip"]
    life = jnp.minimum(flown.design.life, h["life"])
    dying = h["attrition"] * flown.attrition
    faded = design.faded_throughput(k["array_oversize"], k["array_degradation"], flown.design.life)
    return Flight(
        design=flown.design,
        life=life,
        lasting=design.spared_fraction(0.0, life, dying, k["loss_rate"], life, k["spares"]),
        faded=faded,
        speed=flown.throughput / faded,
        upright=h["availability"] * flown.availability * faded,
        radiation=flown.availability,
        available=h["availability"],
    )


def lift_of(data: Numbers, flown: Classes, mass: Any) -> Lift:
    """The vehicle for a class: the cheapest per kilogram that arrives, among those that fly in the period.

    A fairing that is full before the payload is counts: the price is over the mass that goes on. Where no vehicle flies
    in the period all are compared; without vehicles launch is free, as in a plan.
    """
    v = data["vehicles"]
    if not v["payload"].shape[0]:
        one = jnp.ones(())
        return Lift(jnp.asarray(-1), 0.0 * one, one, one, 0.0 * one)
    bulk = data["satellite_class"]["volume"] * flown.design.it_power
    most = v["payload"] * 1e3 * data["shell"]["lift_factor"]
    usable = launch.usable_payload(most, v["fairing"], mass, bulk)
    works = (v["success"] > 0) & (usable > 0)
    arrive, usable = jnp.where(works, v["success"], 1.0), jnp.where(works, usable, 1.0)
    price = v["price"] * 1e6 / usable
    flights = jnp.where(works, v["cadence"], 0.0)
    flies = works & ((flights > 0) | ~jnp.any(flights > 0))
    best = jnp.argmin(jnp.where(flies, price / arrive, jnp.inf))
    return Lift(best, price[best], arrive[best], (usable / most)[best], jnp.sum(flights * usable * arrive))


def equivalent_loss(lasting: jax.Array) -> jax.Array:
    """Constant loss over a life that leaves this mean share in service [-]: the root x of mean_decay(x) = share."""
    share = jax.lax.stop_gradient(jnp.clip(lasting, 1e-9, 1.0))

    def halved(_: int, span: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        middle = 0.5 * (span[0] + span[1])
        more = mean_decay(middle) > share
        return jnp.where(more, middle, span[0]), jnp.where(more, span[1], middle)

    low, high = jax.lax.fori_loop(0, _HALVINGS, halved, (jnp.zeros_like(share), 2.0 / share))
    x = jax.lax.stop_gradient(0.5 * (low + high))
    value, slope = jax.value_and_grad(mean_decay)(x)
    return x - (value - lasting) / slope
