"""Dose, errors, loss and spares in orbit."""

import jax.numpy as jnp
from jax.typing import ArrayLike

from .constants import HOURS_PER_YEAR, SECONDS_PER_YEAR
from .decay import mean_decay

REFERENCE_DOSE = 150.0  # [rad(Si)/yr] 650 km, dawn-dusk, behind 10 mm of aluminium, Aguera y Arcas et al. (2025)
DOSE_DEPTH_POWER = 1.6  # [-] slope in depth, estimate of this project (2026) between Turyshev's (2026) brackets
DOSE_SKIN = 0.5  # [mm] material that is always there, estimate of this project (2026)
DOSE_ALTITUDE_SCALE = 250.0  # [km] estimate of this project (2026)


def survival(loss_rate: ArrayLike, years: ArrayLike) -> jnp.ndarray:
    """Share of units still working after `years` [-].

    exp(-lambda t). Source: constant hazard (textbook). Holds for lambda, t >= 0.
    """
    return jnp.exp(-jnp.asarray(loss_rate) * years)


def mean_survival(loss_rate: ArrayLike, years: ArrayLike) -> jnp.ndarray:
    """Mean share of units working over a life of `years` [-].

    G(T) = (1 - exp(-lambda T))/(lambda T), 1 at lambda T = 0. Source: constant hazard (textbook). Holds for
    lambda, T >= 0.
    """
    return mean_decay(jnp.asarray(loss_rate) * years)


def life_penalty(loss_rate: ArrayLike, years: ArrayLike) -> jnp.ndarray:
    """Factor by which losses raise the cost of a unit of service [-].

    lambda T / (1 - exp(-lambda T)) = 1/G(T), 1 at lambda T = 0. Source: Turyshev (2026), arXiv:2604.27197. Holds for
    lambda, T >= 0; obsolescence may be added to lambda.
    """
    return 1.0 / mean_survival(loss_rate, years)


def dose_rate(altitude_km: ArrayLike, shielding_mm: ArrayLike) -> jnp.ndarray:
    """Ionising dose behind aluminium in a dawn-dusk orbit [rad(Si)/yr].

    150 exp((h - 650)/250) ((t + 0.5)/10.5)^-1.6. Source: level from Aguera y Arcas et al. (2025), 150 rad/yr at
    650 km and 10 mm; slopes are estimates made here, which put 550 km, 2.5 mm inside Turyshev's (2026) bracket of
    600-1200 rad/yr, and give 55 at 400 km where Parrack et al. (2026) have 50; they have 1000-2000 at 800 km, where
    this gives 270. Holds for 400-700 km and 1-20 mm within a factor of two.
    """
    height = jnp.exp((jnp.asarray(altitude_km) - 650.0) / DOSE_ALTITUDE_SCALE)
    depth = (jnp.asarray(shielding_mm) + DOSE_SKIN) / (10.0 + DOSE_SKIN)
    return REFERENCE_DOSE * height * depth**-DOSE_DEPTH_POWER


def shielding_areal_mass(shielding_mm: ArrayLike) -> jnp.ndarray:
    """Mass of an aluminium shield per unit of area [kg/m2].

    2.70 t. Source: density of aluminium (CRC Handbook). Holds for any thickness.
    """
    return 2.70 * jnp.asarray(shielding_mm)


def silent_errors_per_chip_year(dose_rate: ArrayLike, dose_per_event: ArrayLike) -> jnp.ndarray:
    """Events per chip and year at a given dose rate [1/yr].

    dose rate / dose per event; 17 rad per silent corruption gives 8.8 at 150 rad/yr. Source: Aguera y Arcas et al.
    (2025). Holds where events are independent and proportional to dose.
    """
    return jnp.asarray(dose_rate) / dose_per_event


def interruptions_per_node_year(
    dose_rate: ArrayLike,
    chips: ArrayLike,
    dose_per_chip_event: ArrayLike,
    hosts: ArrayLike,
    dose_per_host_event: ArrayLike,
) -> jnp.ndarray:
    """Functional interruptions of a node of chips and hosts [1/yr].

    D (n_c/d_c + n_h/d_h), doses per event [rad]: 5000 for a chip, 450 for a host processor, 400 for its memory. Source:
    Aguera y Arcas et al. (2025). Holds where events are independent and proportional to dose.
    """
    per_dose = jnp.asarray(chips) / dose_per_chip_event + jnp.asarray(hosts) / dose_per_host_event
    return jnp.asarray(dose_rate) * per_dose


def upset_rate(particle_flux: ArrayLike, cross_section: ArrayLike, bits: ArrayLike) -> jnp.ndarray:
    """Single-event upsets of a memory [1/yr].

    flux [1/cm2/s] x cross-section [cm2/bit] x bits x 31.5576e6. Source: JEDEC JESD234 (2013). Holds for protons above
    the threshold of the part; bits that are read, not those that are idle, become errors.
    """
    return jnp.asarray(particle_flux) * cross_section * bits * SECONDS_PER_YEAR


def undetected_rate(error_rate: ArrayLike, coverage: ArrayLike) -> jnp.ndarray:
    """Errors that pass unseen behind codes, checks of sums and repeated work [unit of `error_rate`].

    r (1 - c). Source: definition. Holds for coverage in [0, 1].
    """
    return jnp.asarray(error_rate) * (1.0 - jnp.asarray(coverage))


def dose_life(tolerated_dose: ArrayLike, dose_rate: ArrayLike) -> jnp.ndarray:
    """Years until a part has taken the dose it tolerates [yr].

    dose/rate; high-bandwidth memory turns irregular at 2000 rad, 13 yr at 150 rad/yr. Source: Aguera y Arcas et al.
    (2025). Holds for dose_rate > 0; infinite without dose.
    """
    return jnp.asarray(tolerated_dose) / dose_rate


def shield_specific_mass(shielding_mm: ArrayLike, shielded_area: ArrayLike) -> jnp.ndarray:
    """Mass of an aluminium shield around a payload per IT power [kg/kW].

    2.70 t A, A the area to be covered [m2/kW]. Source: density of aluminium, CRC Handbook (2016). Holds for closed
    boxes that are large beside the thickness.
    """
    return shielding_areal_mass(shielding_mm) * shielded_area


def inferences_per_error(error_rate: ArrayLike, inferences_per_second: ArrayLike) -> jnp.ndarray:
    """Inferences served between two silent errors [-].

    rate of inference x 31.5576e6 / errors per year. Source: Aguera y Arcas et al. (2025). Holds for error_rate > 0.
    """
    return jnp.asarray(inferences_per_second) * SECONDS_PER_YEAR / error_rate


def radiation_availability(error_rate: ArrayLike, recovery_hours: ArrayLike) -> jnp.ndarray:
    """Share of time not lost to recovery from radiation events [-].

    1/(1 + r h/8766). Source: alternating renewal process (textbook). Holds for r, h >= 0.
    """
    return 1.0 / (1.0 + jnp.asarray(error_rate) * recovery_hours / HOURS_PER_YEAR)


def effective_lifetime(
    bus_loss: ArrayLike, chip_attrition: ArrayLike, life: ArrayLike, error_overhead: ArrayLike
) -> jnp.ndarray:
    """Years of full service that one satellite gives [yr].

    (1 - s) int_0^T [(1 - l_b)(1 - l_g)]^t dt. Source: "Orbital AI Data Centers: Economic Competitiveness Timeline"
    (2026). Holds for losses in [0, 1); T at zero loss.
    """
    hazard = -(jnp.log1p(-jnp.asarray(bus_loss)) + jnp.log1p(-jnp.asarray(chip_attrition)))
    return (1.0 - jnp.asarray(error_overhead)) * jnp.asarray(life) * mean_decay(hazard * life)


def spares_fraction(loss_rate: ArrayLike, years: ArrayLike) -> jnp.ndarray:
    """Spare units per unit needed that keep the mean service of a life at one [-].

    life penalty - 1. Source: Turyshev (2026), read as spares. Holds for lambda, T >= 0 when spares age like the rest.
    """
    return life_penalty(loss_rate, years) - 1.0


def cold_spares_fraction(loss_rate: ArrayLike, years: ArrayLike) -> jnp.ndarray:
    """Spare units per unit needed when spares do not age and each loss is replaced [-].

    lambda T. Source: renewal with constant hazard (textbook). Holds for lambda, T >= 0.
    """
    return jnp.asarray(loss_rate) * years


def replacement_rate(loss_rate: ArrayLike, life: ArrayLike) -> jnp.ndarray:
    """Units bought per year per unit kept in service, losses and retirements together [1/yr].

    1/(G(T) T). Source: renewal reward (textbook). Holds for lambda >= 0, T > 0.
    """
    return life_penalty(loss_rate, life) / jnp.asarray(life)
