"""What a designer may choose, and how a satellite class or a hall answers; at the rated values nothing changes."""

from typing import NamedTuple

import jax.numpy as jnp
from jax.typing import ArrayLike

from .chips import arrhenius_failure_factor, failure_rate, power_cap_throughput, temperature_power_factor
from .decay import mean_decay
from .orbit import SatelliteDesign, satellite_mass
from .radiation import dose_rate, shielding_areal_mass

JUNCTION = 65.0  # [degC] chip temperature at the rated coolant or radiator, estimate of this project (2026)
THERMAL_SHARE = 0.1  # [-] failures that heat drives: 30 K warmer is 1.6 times as many, estimate of this project (2026)
# [-] the eight positive of 16 Gauss-Legendre points on [-1, 1], and their weights; Abramowitz, Stegun (1964), 25.4.29
_POINTS = (
    0.095012509837637441, 0.28160355077925892, 0.45801677765722737, 0.61787624440264377,
    0.755404408355003, 0.86563120238783176, 0.9445750230732326, 0.98940093499164994,
)  # fmt: skip
_WEIGHTS = (  # [-] Abramowitz, Stegun (1964), 25.4.29
    0.18945061045506864, 0.18260341504492364, 0.16915651939500265, 0.14959598881657671,
    0.12462897125553407, 0.095158511682492605, 0.062253523938647456, 0.027152459411754176,
)  # fmt: skip
_SHORTEST = 1e-9  # [yr] numerical: least span that is divided by


class Choice(NamedTuple):
    """What is chosen beside a `SatelliteDesign`; every field is a float or an array that broadcasts."""

    array_oversize: ArrayLike  # [-] array over what full power at the end of life needs
    spares: ArrayLike  # [-] cold spare chips over working chips
    power_cap: ArrayLike  # [-] power of a chip over its nominal power


class Rating(NamedTuple):
    """Where the figures of a class hold; an infinite value means that the class does not answer to that choice."""

    temperature: ArrayLike  # [K] radiator
    shield: ArrayLike  # [kg/kW IT]
    life: ArrayLike  # [yr]
    shielded_area: ArrayLike  # [m2/kW IT] area that the shield covers


def rated_or_own(rated: ArrayLike, own: ArrayLike) -> jnp.ndarray:
    """The rated value, or the design's own where there is none [unit of the arguments].

    rated where finite, else own. Source: definition. Holds everywhere; without a rating the slope in `own` stays.
    """
    return jnp.where(jnp.isfinite(rated), rated, own)


def warmer_chip_power(warmer: ArrayLike) -> jnp.ndarray:
    """Power of a chip that runs warmer than rated, at the same throughput, over its rated power [-].

    `chips.temperature_power_factor` at 65 degC + `warmer` [K]. Source: as there. Holds for 20-100 degC.
    """
    return temperature_power_factor(JUNCTION + jnp.asarray(warmer), JUNCTION)


def warmer_chip_attrition(warmer: ArrayLike) -> jnp.ndarray:
    """Failure rate of a chip that runs warmer than rated, over its rated one [-].

    1 - s + s f, f `chips.arrhenius_failure_factor` at 65 degC + `warmer` [K], s = 0.1 the share that heat drives.
    Source: as there, `chips.failure_rate`; the share is an estimate. Holds for 20-125 degC.
    """
    return failure_rate(1.0, THERMAL_SHARE, arrhenius_failure_factor(JUNCTION + jnp.asarray(warmer), JUNCTION))


def chips_per_watt(power_cap: ArrayLike, warmer: ArrayLike) -> jnp.ndarray:
    """Working chips per IT watt over the rated number [-].

    1/(c L), c the power cap, L `warmer_chip_power`: the watts of the satellite are fixed, so cooler or capped chips
    are more chips. Source: definition. Holds for c > 0.
    """
    return 1.0 / (jnp.asarray(power_cap) * warmer_chip_power(warmer))


def faded_throughput(array_oversize: ArrayLike, degradation: ArrayLike, life: ArrayLike) -> jnp.ndarray:
    """Mean throughput over a life while the array fades, over that at full power [-].

    (1/T) int_0^T phi(min(1, a (1 - d)^(t - T))) dt, phi `chips.power_cap_throughput`: an array of oversize a gives full
    power until t* = T + ln(a)/h, h = -ln(1 - d), then slows the chips. Full power before t* in closed form, the rest by
    16 Gauss-Legendre points. Source: definition. Holds for a > 0, d in [0, 1), T >= 0; 1 for a >= 1.
    """
    span = jnp.maximum(life, _SHORTEST)
    short = jnp.minimum(jnp.log(jnp.asarray(array_oversize)), 0.0)
    fading = -jnp.log1p(-jnp.asarray(degradation))
    fades = fading > 0.0
    full = jnp.where(fades, span + short / jnp.where(fades, fading, 1.0), jnp.where(short < 0.0, 0.0, span))
    full = jnp.clip(full, 0.0, span)
    rest = span - full
    points = jnp.concatenate([-jnp.asarray(_POINTS), jnp.asarray(_POINTS)])
    weights = jnp.concatenate([jnp.asarray(_WEIGHTS), jnp.asarray(_WEIGHTS)])
    age = full[..., None] + rest[..., None] * 0.5 * (1.0 + points)
    share = jnp.exp(jnp.minimum(short[..., None] - fading[..., None] * (age - span[..., None]), 0.0))
    slowed = jnp.sum(power_cap_throughput(share) * 0.5 * weights, axis=-1)
    return (full + rest * slowed) / span


def shielded_availability(
    rated_availability: ArrayLike,
    altitude_km: ArrayLike,
    shield: ArrayLike,
    rated_shield: ArrayLike,
    shielded_area: ArrayLike,
) -> jnp.ndarray:
    """Share of time not lost to upsets behind another shield [-].

    1/(1 + (1/A - 1) D(s)/D(s_0)): lost time over useful time grows with the dose rate D behind s/(2.7 area) mm of
    aluminium. Shields [kg/kW IT], area [m2/kW IT]. Source: `radiation.dose_rate`, upsets proportional to dose as in
    Aguera y Arcas et al. (2025). Holds for A in (0, 1] within the range of the dose; A without a rated shield or area.
    """
    known = jnp.isfinite(rated_shield) & jnp.isfinite(shielded_area) & (jnp.asarray(shielded_area) > 0.0)
    area = jnp.where(known, shielded_area, 1.0)
    per_millimetre = shielding_areal_mass(1.0) * area
    thick = jnp.where(known, shield, 1.0) / per_millimetre
    rated = jnp.where(known, rated_shield, 1.0) / per_millimetre
    ratio = jnp.where(known, dose_rate(altitude_km, thick) / dose_rate(altitude_km, rated), 1.0)
    lost = 1.0 / jnp.asarray(rated_availability) - 1.0
    return 1.0 / (1.0 + lost * ratio)


def spared_fraction(
    age_start: ArrayLike, period: ArrayLike, chip_attrition: ArrayLike, loss_rate: ArrayLike, life: ArrayLike,
    spares: ArrayLike,
) -> jnp.ndarray:  # fmt: skip
    """Mean share of a cohort in service during [age_start, age_start + period] when cold spares replace dead chips [-].

    (1/p) int e^(-l t) min(1, (1 + s) e^(-a t)) dt up to `life`: full until t_s = ln(1 + s)/a, then chips die with a;
    whole satellites are lost with l all the time and take their spares along. With s = 0 it is
    `chips.surviving_fraction` of a + l. Source: cold standby with constant hazards (textbook), fluid limit of many
    chips. Holds for rates >= 0 [1/yr], period > 0, s >= 0; a negative age counts as not yet in service.
    """
    span = jnp.maximum(period, _SHORTEST)
    begin = jnp.maximum(age_start, 0.0)
    finish = jnp.maximum(jnp.minimum(jnp.asarray(age_start) + span, life), begin)
    dying = jnp.asarray(chip_attrition) > 0.0
    rate = jnp.where(dying, chip_attrition, 1.0)
    used_up = jnp.where(dying, jnp.log1p(jnp.asarray(spares)) / rate, jnp.inf)
    turn = jnp.clip(used_up, begin, finish)
    whole = jnp.exp(-jnp.asarray(loss_rate) * begin) * (turn - begin) * mean_decay(loss_rate * (turn - begin))
    both = jnp.asarray(chip_attrition) + loss_rate
    later = jnp.exp(-both * turn) * (finish - turn) * mean_decay(both * (finish - turn))
    return (whole + (1.0 + jnp.asarray(spares)) * later) / span


def designed(design: SatelliteDesign, choice: Choice, rating: Rating) -> SatelliteDesign:
    """The design with the masses that a choice asks for [units as in the fields].

    Array mass grows with its oversize, compute mass with the chips carried: (1 + spares) x `chips_per_watt`. Source:
    definition. Holds for a > 0 and c > 0; the design itself at a = c = 1 without spares at the rated temperature.
    """
    warmer = jnp.asarray(design.radiator_temperature) - rated_or_own(rating.temperature, design.radiator_temperature)
    chips = (1.0 + jnp.asarray(choice.spares)) * chips_per_watt(choice.power_cap, warmer)
    return design._replace(
        array_specific_power=jnp.asarray(design.array_specific_power) / choice.array_oversize,
        compute_mass=jnp.asarray(design.compute_mass) * chips,
    )


def added_mass(design: SatelliteDesign, choice: Choice, rating: Rating) -> jnp.ndarray:
    """Mass of a satellite beyond the rated design of its class [kg].

    `orbit.satellite_mass` of `designed` minus that of the design at the rated temperature, shield and life without
    choice. Source: definition. Holds where the mass does; 0 at the rated design.
    """
    rated = design._replace(
        radiator_temperature=rated_or_own(rating.temperature, design.radiator_temperature),
        shield_mass=rated_or_own(rating.shield, design.shield_mass),
        life=rated_or_own(rating.life, design.life),
    )
    return satellite_mass(designed(design, choice, rating)) - satellite_mass(rated)
