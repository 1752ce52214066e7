"""Effective compute of chips and racks, derating, attrition and failures."""

import jax.numpy as jnp
from jax.typing import ArrayLike

from .decay import mean_decay

_SHORTEST = 1e-9  # [yr]


def compute_bound_pflops(peak_pflops: ArrayLike, compute_efficiency: ArrayLike) -> jnp.ndarray:
    """Throughput where arithmetic binds [PFLOP/s].

    efficiency x peak. Source: Williams, Waterman, Patterson (2009). Holds for efficiency in [0, 1].
    """
    return jnp.asarray(compute_efficiency) * peak_pflops


def memory_bound_pflops(
    memory_bandwidth_tbps: ArrayLike, flop_per_byte: ArrayLike, memory_efficiency: ArrayLike
) -> jnp.ndarray:
    """Throughput where memory binds [PFLOP/s].

    efficiency x bandwidth [TB/s] x intensity [FLOP/byte] / 1000. Source: Williams, Waterman, Patterson (2009). Holds
    for efficiency in [0, 1].
    """
    return jnp.asarray(memory_efficiency) * memory_bandwidth_tbps * flop_per_byte / 1000.0


def network_bound_pflops(scaleout_gbps: ArrayLike, scaleout_need_gbps_per_pflops: ArrayLike) -> jnp.ndarray:
    """Throughput where the scale-out network binds [PFLOP/s].

    Gb/s per chip / need [Gb/s per PFLOP/s]; infinite where the need is zero. Source: roofline extended to the network
    (2026). Holds for non-negative arguments.
    """
    need = jnp.asarray(scaleout_need_gbps_per_pflops)
    free = need <= 0.0
    return jnp.where(free, jnp.inf, scaleout_gbps / jnp.where(free, 1.0, need))


def effective_pflops(
    peak_pflops: ArrayLike,
    memory_bandwidth_tbps: ArrayLike,
    flop_per_byte: ArrayLike,
    compute_efficiency: ArrayLike,
    memory_efficiency: ArrayLike,
    scaleout_gbps: ArrayLike,
    scaleout_need_gbps_per_pflops: ArrayLike,
) -> jnp.ndarray:
    """Throughput that one chip sustains on a workload class [PFLOP/s].

    min(compute, memory, network bound). Source: Williams, Waterman, Patterson (2009), "Roofline". Holds for one class
    at one precision; prefill is bound by arithmetic, decode by memory, training also by scale-out.
    """
    chip = jnp.minimum(
        compute_bound_pflops(peak_pflops, compute_efficiency),
        memory_bound_pflops(memory_bandwidth_tbps, flop_per_byte, memory_efficiency),
    )
    return jnp.minimum(chip, network_bound_pflops(scaleout_gbps, scaleout_need_gbps_per_pflops))


def decode_intensity(batch: ArrayLike, bytes_per_parameter: ArrayLike) -> jnp.ndarray:
    """Arithmetic intensity of token generation [FLOP/byte].

    2 batch / bytes per parameter, weights read once per step. Source: Pope et al. (2022). Holds while weights, not the
    key-value cache, fill the memory traffic.
    """
    return 2.0 * jnp.asarray(batch) / bytes_per_parameter


def rack_pflops(chip_pflops: ArrayLike, chips_per_rack: ArrayLike, working_fraction: ArrayLike = 1.0) -> jnp.ndarray:
    """Throughput of a rack [PFLOP/s].

    chip throughput x chips x share working. Source: definition. Holds for working_fraction in [0, 1].
    """
    return jnp.asarray(chip_pflops) * chips_per_rack * working_fraction


def rack_power(
    chip_power: ArrayLike,
    chips_per_rack: ArrayLike,
    other_power: ArrayLike,
    utilisation: ArrayLike,
    idle_share: ArrayLike,
) -> jnp.ndarray:
    """Power of a rack at a utilisation [kW].

    (chips x chip power + other) [idle + (1 - idle) u]. Source: linear power model, Fan, Weber, Barroso (2007). Holds
    for utilisation and idle_share in [0, 1].
    """
    full = jnp.asarray(chip_power) * chips_per_rack + other_power
    idle = jnp.asarray(idle_share)
    return full * (idle + (1.0 - idle) * utilisation)


def power_cap_throughput(
    cap_fraction: ArrayLike, static_share: ArrayLike = 0.3, exponent: ArrayLike = 2.5
) -> jnp.ndarray:
    """Throughput of a capped chip relative to full power [-].

    [(c - s)/(1 - s)]^(1/k): dynamic power grows as frequency^k, static share s does not. Source: CMOS scaling
    (Chandrakasan, Brodersen 1992). Holds for s < c <= 1, k from 2 to 3; zero with finite slope below c = s + 0.001.
    """
    dynamic = (jnp.asarray(cap_fraction) - static_share) / (1.0 - jnp.asarray(static_share))
    alive = dynamic > 1e-3
    raised = jnp.where(alive, dynamic, 1.0) ** (1.0 / jnp.asarray(exponent))
    return jnp.where(alive, raised, 0.0)


def temperature_power_factor(
    temperature: ArrayLike, reference: ArrayLike = 65.0, leakage_share: ArrayLike = 0.15, doubling: ArrayLike = 25.0
) -> jnp.ndarray:
    """Chip power at a junction temperature relative to the reference [-].

    1 - l + l 2^((T - T0)/D), temperatures [degC]. Source: subthreshold leakage (Roy, Mukhopadhyay, Mahmoodi-Meimand
    2003); share and doubling are estimates. Holds for 20-100 degC.
    """
    leak = jnp.asarray(leakage_share)
    return 1.0 - leak + leak * jnp.exp2((jnp.asarray(temperature) - reference) / doubling)


def temperature_throughput(
    temperature: ArrayLike, reference: ArrayLike = 65.0, leakage_share: ArrayLike = 0.15, doubling: ArrayLike = 25.0
) -> jnp.ndarray:
    """Throughput at fixed power and a junction temperature relative to the reference [-].

    Leakage above the reference is taken from the power cap: `power_cap_throughput` of 1/`temperature_power_factor`.
    Source: as those two. Holds for 20-100 degC.
    """
    return power_cap_throughput(1.0 / temperature_power_factor(temperature, reference, leakage_share, doubling))


def arrhenius_failure_factor(
    temperature: ArrayLike, reference: ArrayLike = 65.0, activation_energy: ArrayLike = 0.7
) -> jnp.ndarray:
    """Failure rate at a junction temperature relative to the reference [-].

    exp[E/k (1/T0 - 1/T)], temperatures [degC], E [eV]. Source: Arrhenius law as in JEDEC JESD85 (2001). Holds for
    20-125 degC for thermally driven failures only.
    """
    boltzmann = 8.617333262e-5
    hot = jnp.asarray(temperature) + 273.15
    cold = jnp.asarray(reference) + 273.15
    return jnp.exp(jnp.asarray(activation_energy) / boltzmann * (1.0 / cold - 1.0 / hot))


def surviving_fraction(age_start: ArrayLike, period: ArrayLike, attrition: ArrayLike, life: ArrayLike) -> jnp.ndarray:
    """Mean share of a cohort in service during [age_start, age_start + period] [-].

    (1/p) int exp(-a t) dt over the part of the period before `life`: exp(-a t0)(w/p) mean_decay(a w), with
    w = clip(life - t0, 0, p). Source: constant hazard and fixed life (textbook). Holds for period > 0, attrition >= 0
    [1/yr], ages and life [yr]; a negative age counts as not yet in service.
    """
    span = jnp.maximum(period, _SHORTEST)
    begin = jnp.maximum(age_start, 0.0)
    finish = jnp.minimum(jnp.asarray(age_start) + span, life)
    served = jnp.maximum(finish - begin, 0.0)
    hazard = jnp.asarray(attrition)
    return jnp.exp(-hazard * begin) * served / span * mean_decay(hazard * served)


def gang_availability(
    chip_failure_rate: ArrayLike, chips: ArrayLike, recovery_hours: ArrayLike, checkpoint_hours: ArrayLike
) -> jnp.ndarray:
    """Share of time a synchronous job makes progress [-].

    1/(1 + r (h + d/2)), r the job's interruptions per hour, h recovery, d checkpoint interval [h]; chip rate [1/yr].
    Source: Young (1974) first order. Holds for r d << 1.
    """
    hourly = jnp.asarray(chip_failure_rate) * chips / 8766.0
    return 1.0 / (1.0 + hourly * (jnp.asarray(recovery_hours) + 0.5 * jnp.asarray(checkpoint_hours)))
