"""Solar cells and batteries over a life in orbit: temperature, radiation, pointing, cycles."""

import jax.numpy as jnp
from jax.typing import ArrayLike

from .constants import SOLAR_CONSTANT
from .radiator import Face, panel_temperature

RATED_TEMPERATURE = 298.15  # [K] at which cells are rated, AM0 standard ECSS-E-ST-20-08 (2012)
FULL_CYCLES = 3000.0  # [-] cycles of a lithium-ion cell emptied each time, estimate after Wertz (2011)
CYCLE_POWER = 1.8  # [-] exponent of depth against cycles, estimate after Wertz (2011): 30000 at 0.28, 5000 at 0.75


def cell_temperature(
    efficiency: ArrayLike, front: Face, back: Face, solar_constant: ArrayLike = SOLAR_CONSTANT
) -> jnp.ndarray:
    """Temperature of an array in sunlight that delivers its electricity [K].

    `radiator.panel_temperature` with eta S cos taken away as power. Source: Gilmore (2002). Holds for thin panels at
    equilibrium; the faces carry coating, sun and Earth.
    """
    power = jnp.asarray(efficiency) * solar_constant * front.sun
    return panel_temperature(-power, front, back, solar_constant)


def efficiency_at(rated_efficiency: ArrayLike, temperature: ArrayLike, coefficient: ArrayLike = 0.0045) -> jnp.ndarray:
    """Efficiency of a cell at its temperature [-].

    eta (1 - c (T - 298.15)), c 0.0045 /K for silicon, 0.002 /K for triple junctions. Source: Wertz (2011). Holds for
    250-400 K.
    """
    return jnp.asarray(rated_efficiency) * (1.0 - coefficient * (jnp.asarray(temperature) - RATED_TEMPERATURE))


def remaining_power(fluence: ArrayLike, loss_coefficient: ArrayLike, reference_fluence: ArrayLike) -> jnp.ndarray:
    """Power of irradiated cells over that of new ones [-].

    1 - C log10(1 + phi/phi0), phi equivalent 1 MeV electrons [1/cm2]. Source: Tada, Carter, Anspaugh, Downing (1982),
    Solar Cell Radiation Handbook; C about 0.1, phi0 1e13 to 1e15. Holds for fluences to 1e16 per cm2.
    """
    decades = jnp.log1p(jnp.asarray(fluence) / reference_fluence) / jnp.log(10.0)
    return 1.0 - jnp.asarray(loss_coefficient) * decades


def yearly_degradation(remaining: ArrayLike, years: ArrayLike) -> jnp.ndarray:
    """Share of power lost each year that leaves `remaining` after `years` [1/yr].

    1 - remaining^(1/T). Source: definition of `orbit.SatelliteDesign.array_degradation`. Holds for 0 < remaining <= 1,
    T > 0.
    """
    return -jnp.expm1(jnp.log(jnp.asarray(remaining)) / years)


def delivered_specific_power(
    specific_power: ArrayLike, pointing: ArrayLike, temperature_factor: ArrayLike, harness_efficiency: ArrayLike
) -> jnp.ndarray:
    """Array power per mass where the bus takes it, at beginning of life [W/kg].

    SP x pointing x cells x harness; the `array_specific_power` of an `orbit.SatelliteDesign`. Source: Wertz (2011),
    inherent degradation. Holds for factors in [0, 1]; base cases of 0.78 in all are usual.
    """
    return jnp.asarray(specific_power) * pointing * temperature_factor * harness_efficiency


def cycles_to_failure(depth_of_discharge: ArrayLike) -> jnp.ndarray:
    """Cycles that a lithium-ion battery lasts at a depth of discharge [-].

    3000 D^-1.8: 5000 at 0.75, 30000 at 0.28. Source: estimate after Wertz (2011). Holds for 0.1-1 at 10-25 degC, within
    a factor of two; infinite at 0.
    """
    return FULL_CYCLES * jnp.asarray(depth_of_discharge) ** -CYCLE_POWER


def usable_depth_of_discharge(cycles: ArrayLike) -> jnp.ndarray:
    """Depth of discharge at which a lithium-ion battery lasts a number of cycles [-].

    min(1, (cycles/3000)^(-1/1.8)). Source: as `cycles_to_failure`. Holds for cycles >= 0; 1 below 3000 cycles.
    """
    few = jnp.asarray(cycles) <= FULL_CYCLES
    return jnp.where(few, 1.0, (jnp.where(few, FULL_CYCLES, cycles) / FULL_CYCLES) ** (-1.0 / CYCLE_POWER))


def eclipse_cycles(eclipse_days: ArrayLike, period: ArrayLike, years: ArrayLike) -> jnp.ndarray:
    """Cycles of a battery over a life, one for each orbit of the days with eclipse [-].

    d x 1440/period x T, period [min], days from `sunlight.eclipse_days`. Source: definition. Holds for period > 0;
    about 1500 a year at dawn-dusk, 600 km, 5500 where every orbit is shaded.
    """
    return jnp.asarray(eclipse_days) * 1440.0 / jnp.asarray(period) * years
