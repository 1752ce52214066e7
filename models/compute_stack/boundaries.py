"""The four boxes in which compute in orbit and on the ground are compared, on one typed set of inputs.

Public comparisons differ mostly in what is inside the box. Each box here is a sum of the same yearly parts, so that
any published case can be put into all four: launch against electricity, launch and build against a facility, all-in
cycle, and money per delivered GPU-hour. Everything is per kW of IT power, nameplate unless it says delivered.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jax.typing import ArrayLike

from .decay import mean_decay
from .economics import HOURS_PER_YEAR, continuous_recovery_factor, force_of_interest
from .radiation import life_penalty

_SHORTEST = 1e-9  # [yr] numerical: keeps the charge of a zero life finite


class Orbital(NamedTuple):
    """A satellite class as bought and flown; every field is a float or an array that broadcasts."""

    specific_mass: ArrayLike  # [kg/kW IT] whole satellite at launch, chips included
    launch_price: ArrayLike  # [USD/kg]
    bus_price: ArrayLike  # [USD/kW IT] satellite built, without its chips
    life: ArrayLike  # [yr] of the satellite and of the chips in it
    loss_rate: ArrayLike = 0.0  # [1/yr] satellites lost whole
    operations: ArrayLike = 0.0  # [USD/kW IT/yr] per working power
    link: ArrayLike = 0.0  # [USD/kW IT/yr] ground segment, spectrum, relay, per working power
    insurance: ArrayLike = 0.0  # [-] premium paid once, share of everything launched
    spares: ArrayLike = 0.0  # [-] power bought and run beyond what is delivered
    availability: ArrayLike = 1.0  # [-] share of time up: eclipse without battery, radiation, repair in software
    network_utilisation: ArrayLike = 1.0  # [-] share of the work that links can bring down
    rate: ArrayLike = 0.0  # [1/yr] cost of capital


class Ground(NamedTuple):
    """A site on the ground; every field is a float or an array that broadcasts."""

    facility_price: ArrayLike  # [USD/kW IT] land, shell, power, cooling; on-site generation where there is any
    facility_life: ArrayLike  # [yr]
    electricity_price: ArrayLike  # [USD/kWh]
    usage_effectiveness: ArrayLike  # [-] PUE
    load: ArrayLike = 1.0  # [-] mean power drawn over nameplate
    operations: ArrayLike = 0.0  # [USD/kW IT/yr]
    spares: ArrayLike = 0.0  # [-] power bought and run beyond what is delivered
    availability: ArrayLike = 1.0  # [-] share of time up
    rate: ArrayLike = 0.0  # [1/yr] cost of capital


class Chips(NamedTuple):
    """Servers and chips; prices may differ where orbit needs other boards, failures where nobody can repair."""

    orbital_price: ArrayLike  # [USD/kW IT]
    ground_price: ArrayLike  # [USD/kW IT]
    ground_life: ArrayLike  # [yr]; in orbit the life of the satellite
    orbital_attrition: ArrayLike = 0.0  # [1/yr] chips that fail and are not replaced
    ground_attrition: ArrayLike = 0.0  # [1/yr] the same; their place in the facility is filled again
    maintenance: ArrayLike = 0.0  # [1/yr] share of the price spent on repair on the ground
    per_kw: ArrayLike = 1.0  # [GPU/kW IT]


class Case(NamedTuple):
    """One comparison: an orbital design, a ground site, the chips in both, and the length of a cycle."""

    orbital: Orbital
    ground: Ground
    chips: Chips
    cycle: ArrayLike = 5.0  # [yr] of the all-in cycle, Parrack et al. (2026)


class Sides(NamedTuple):
    """The same quantity on both sides of a comparison."""

    orbit: jnp.ndarray
    ground: jnp.ndarray


def _total(parts: dict[str, jnp.ndarray]) -> jnp.ndarray:
    return jnp.asarray(sum(parts.values()))


def level_charge(rate: ArrayLike, life: ArrayLike, loss_rate: ArrayLike) -> jnp.ndarray:
    """Payment per year and unit still working that repays one unit of capital over its life [1/yr].

    1/(T m((d + lambda) T)), d = ln(1 + r), m `decay.mean_decay`: capital over discounted working years. Source: Short,
    Packey, Holt (1995), levelised over an output that decays. At rate 0 it is Turyshev's (2026) penalty over the life,
    without loss the continuous annuity. Holds for rate > -1, loss_rate >= 0; lives below 1e-9 yr are read as 1e-9 yr.
    """
    span = jnp.maximum(life, _SHORTEST)
    return 1.0 / (span * mean_decay((force_of_interest(rate) + loss_rate) * span))


def fair_premium(success: ArrayLike) -> jnp.ndarray:
    """Premium that pays on average for what launches destroy, share of everything launched [-].

    1/s - 1. Source: expected value (textbook). Holds for success in (0, 1]; markets add a margin.
    """
    return 1.0 / jnp.asarray(success) - 1.0


def orbital_delivered_share(case: Case) -> jnp.ndarray:
    """Power delivered per working power bought in orbit [-].

    availability x network utilisation/(1 + spares). Source: Nishball et al., SemiAnalysis (2026), with links. Holds
    for positive shares.
    """
    orbital = case.orbital
    return jnp.asarray(orbital.availability) * orbital.network_utilisation / (1.0 + jnp.asarray(orbital.spares))


def ground_delivered_share(case: Case) -> jnp.ndarray:
    """Power delivered per power bought on the ground [-].

    availability/(1 + spares). Source: Nishball et al., SemiAnalysis (2026). Holds for positive availability.
    """
    return jnp.asarray(case.ground.availability) / (1.0 + jnp.asarray(case.ground.spares))


def orbital_yearly_cost(case: Case) -> dict[str, jnp.ndarray]:
    """Levelised cost of delivered power in orbit by part [USD/kW/yr].

    launch m c, build, chips: each x `level_charge`(rate, life, losses of satellites and chips); insurance the premium
    on the three; link and operations as they are; all over `orbital_delivered_share`. Source: boundary of this project
    (2026) after Aguera y Arcas et al. (2025), Turyshev (2026), Nishball et al. (2026). Holds for positive lives and
    shares; failed chips take their share of the satellite with them.
    """
    orbital, chips = case.orbital, case.chips
    share = orbital_delivered_share(case)
    losses = jnp.asarray(orbital.loss_rate) + chips.orbital_attrition
    charge = level_charge(orbital.rate, orbital.life, losses) / share
    launched = jnp.asarray(orbital.specific_mass) * orbital.launch_price
    bought = {"launch": launched, "build": jnp.asarray(orbital.bus_price), "chips": jnp.asarray(chips.orbital_price)}
    parts = {name: price * charge for name, price in bought.items()}
    parts["insurance"] = jnp.asarray(orbital.insurance) * sum(parts.values())
    parts["link"] = jnp.asarray(orbital.link) / share
    parts["operations"] = jnp.asarray(orbital.operations) / share
    return parts


def ground_yearly_cost(case: Case) -> dict[str, jnp.ndarray]:
    """Levelised cost of delivered power on the ground by part [USD/kW/yr].

    facility x annuity; chips x (`level_charge` with attrition + maintenance); electricity 8760 PUE load p; operations;
    all over `ground_delivered_share`. Source: boundary of this project (2026) after Nishball et al. (2026). Holds for
    positive lives and shares.
    """
    ground, chips = case.ground, case.chips
    share = ground_delivered_share(case)
    charge = level_charge(ground.rate, chips.ground_life, chips.ground_attrition) + chips.maintenance
    drawn = HOURS_PER_YEAR * jnp.asarray(ground.usage_effectiveness) * ground.load
    return {
        "electricity": drawn * ground.electricity_price / share,
        "facility": continuous_recovery_factor(ground.rate, ground.facility_life) * ground.facility_price / share,
        "chips": jnp.asarray(chips.ground_price) * charge / share,
        "operations": jnp.asarray(ground.operations) / share,
    }


def launch_against_electricity(case: Case) -> Sides:
    """Boundary 1: launch in orbit, electricity on the ground [USD/kW/yr delivered].

    Inside: launch (a failed one flown again) | electricity. Outside: satellites, facility, chips, links, operations.
    Source: Aguera y Arcas et al. (2025), with losses, availability and the cost of capital. Holds as
    `orbital_yearly_cost`.
    """
    launch = orbital_yearly_cost(case)["launch"] * (1.0 + jnp.asarray(case.orbital.insurance))
    return Sides(launch, ground_yearly_cost(case)["electricity"])


def build_against_facility(case: Case) -> Sides:
    """Boundary 2: launch and build in orbit, the facility on the ground [USD/kW/yr delivered].

    Inside: launch, satellite without chips, insurance of both, link, operations | facility, operations. Outside:
    electricity and chips. Source: Turyshev (2026), levelised here because the lives differ. Holds as
    `orbital_yearly_cost`.
    """
    orbit, ground = orbital_yearly_cost(case), ground_yearly_cost(case)
    flown = (orbit["launch"] + orbit["build"]) * (1.0 + jnp.asarray(case.orbital.insurance))
    return Sides(flown + orbit["link"] + orbit["operations"], ground["facility"] + ground["operations"])


def cycle_cost(case: Case) -> Sides:
    """Boundary 3: everything that one cycle of use takes, in cash [USD/kW delivered].

    cycle x the parts of both sides at no cost of capital; what lives longer or shorter than the cycle counts by its
    share. Inside: all parts | all parts. Outside: the cost of capital. Source: Parrack et al., Forethought (2026).
    Holds as `orbital_yearly_cost`.
    """
    orbital, ground = case.orbital._replace(rate=0.0), case.ground._replace(rate=0.0)
    cash = case._replace(orbital=orbital, ground=ground)
    years = jnp.asarray(case.cycle)
    return Sides(years * _total(orbital_yearly_cost(cash)), years * _total(ground_yearly_cost(cash)))


def gpu_hour_cost(case: Case) -> Sides:
    """Boundary 4: all parts with the cost of capital, per hour of a GPU that delivers [USD/GPU-h].

    sum of parts/(8760 n). Inside: all parts and the cost of capital on both sides. Source: Nishball et al.,
    SemiAnalysis (2026). Holds for per_kw > 0 and as `orbital_yearly_cost`.
    """
    hours = HOURS_PER_YEAR * jnp.asarray(case.chips.per_kw)
    return Sides(_total(orbital_yearly_cost(case)) / hours, _total(ground_yearly_cost(case)) / hours)


def launched_mass_per_service(case: Case) -> jnp.ndarray:
    """Mass launched for a year of one delivered kW of IT power [kg/kW/yr].

    m Pi/(T share), Pi `radiation.life_penalty` of all losses. Times a launch price it is boundary 1 at no cost of
    capital. Source: Turyshev (2026), arXiv:2604.27197, with `orbital_delivered_share`. Holds for life > 0.
    """
    orbital = case.orbital
    losses = jnp.asarray(orbital.loss_rate) + case.chips.orbital_attrition
    penalty = life_penalty(losses, orbital.life) / orbital.life
    return jnp.asarray(orbital.specific_mass) * penalty / orbital_delivered_share(case)


def breakeven_launch_price(case: Case) -> jnp.ndarray:
    """Launch price at which a delivered GPU-hour costs the same in orbit and on the ground [USD/kg].

    c + (ground - orbit)/(d orbit/d c), the slope m x (1 + insurance) x charge/share. Source: Parrack et al.,
    Forethought (2026), here for boundary 4. Holds for specific_mass > 0; negative where orbit would not win at free
    launch.
    """
    free = orbital_yearly_cost(case._replace(orbital=case.orbital._replace(launch_price=0.0)))
    unit = launch_against_electricity(case._replace(orbital=case.orbital._replace(launch_price=1.0))).orbit
    return (_total(ground_yearly_cost(case)) - _total(free)) / unit


def launch_build_allowance(case: Case) -> jnp.ndarray:
    """Most that launch and build of one kilogram may cost before boundary 2 turns against orbit [USD/kg].

    (ground - link - operations)/(m (1 + insurance) charge/share). Source: Turyshev (2026), arXiv:2604.27197, with
    losses, lives and the cost of capital. Holds for specific_mass > 0; `comparison.launch_build_allowance` is the
    one-time form.
    """
    sides, orbit = build_against_facility(case), orbital_yearly_cost(case)
    unit = launch_against_electricity(case._replace(orbital=case.orbital._replace(launch_price=1.0))).orbit
    return (sides.ground - orbit["link"] - orbit["operations"]) / unit
