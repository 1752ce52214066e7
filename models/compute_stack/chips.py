"""Effective compute of chips and racks, derating, attrition and failures."""

import jax.numpy as jnp
from jax.typing import ArrayLike

from .constants import BOLTZMANN_EV, CELSIUS_ZERO, HOURS_PER_YEAR
from .decay import mean_decay

_SHORTEST = 1e-9  # [yr] numerical: least period that is divided by


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


def precision_peak(peak_pflops: ArrayLike, peak_bits: ArrayLike, bits: ArrayLike) -> jnp.ndarray:
    """Peak throughput at another precision [PFLOP/s].

    peak x (b0/b): half the bits, twice the rate, as H100 to GB300 have from 16 to 8 bits. Source: vendors' data sheets
    (2022-2025). Holds for 4-16 bits where the chip has units for them.
    """
    return jnp.asarray(peak_pflops) * peak_bits / bits


def prefill_intensity(tokens: ArrayLike, bytes_per_parameter: ArrayLike) -> jnp.ndarray:
    """Arithmetic intensity of reading a prompt [FLOP/byte].

    2 tokens / bytes per parameter, tokens of all prompts in a step. Source: Pope et al. (2022). Holds while weights
    fill the memory traffic.
    """
    return 2.0 * jnp.asarray(tokens) / bytes_per_parameter


def cached_decode_intensity(
    active_parameters: ArrayLike,
    batch: ArrayLike,
    bytes_per_parameter: ArrayLike,
    context: ArrayLike,
    cache_bytes_per_token: ArrayLike,
) -> jnp.ndarray:
    """Arithmetic intensity of token generation with the key-value cache read [FLOP/byte].

    2 N B/(N b + B c k), c tokens of context, k cache bytes per token: 2 B/b for short, 2 N/(c k) for long contexts.
    Source: Pope et al. (2022). Holds for weights read once per step; attention arithmetic is left out.
    """
    weights = jnp.asarray(active_parameters) * bytes_per_parameter
    cache = jnp.asarray(batch) * context * cache_bytes_per_token
    return 2.0 * jnp.asarray(active_parameters) * batch / (weights + cache)


def chips_to_hold(
    parameters: ArrayLike, bytes_per_parameter: ArrayLike, memory_gb: ArrayLike, usable_share: ArrayLike
) -> jnp.ndarray:
    """Chips whose memory holds one copy of the weights [-], fractional.

    N b/(1e9 M s), M [GB], s the share left by cache and activations. Source: definition. Holds for M, s > 0.
    """
    return jnp.asarray(parameters) * bytes_per_parameter / (1e9 * jnp.asarray(memory_gb) * usable_share)


def data_parallel_need(tokens_per_replica: ArrayLike, bytes_per_gradient: ArrayLike) -> jnp.ndarray:
    """Scale-out that training with synchronous replicas needs per throughput [Gb/s per PFLOP/s].

    8e6 x 2 g/(6 t): a ring sends 2 g bytes per parameter and step, which costs 6 t FLOP per parameter, t tokens of one
    replica. Source: Patarasuk, Yuan (2009); Kaplan et al. (2020). Holds without overlap, for many replicas.
    """
    return 8e6 * 2.0 * jnp.asarray(bytes_per_gradient) / (6.0 * jnp.asarray(tokens_per_replica))


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

    [(c - s)/(1 - s)]^(1/k): dynamic power grows as frequency^k, k = 2.5, static share s = 0.3 does not. Source: CMOS
    scaling (Chandrakasan, Brodersen 1992); s and k are estimates. Holds for s < c <= 1, k from 2 to 3; zero with finite
    slope below c = s + 0.001.
    """
    dynamic = (jnp.asarray(cap_fraction) - static_share) / (1.0 - jnp.asarray(static_share))
    alive = dynamic > 1e-3
    raised = jnp.where(alive, dynamic, 1.0) ** (1.0 / jnp.asarray(exponent))
    return jnp.where(alive, raised, 0.0)


def temperature_power_factor(
    temperature: ArrayLike, reference: ArrayLike = 65.0, leakage_share: ArrayLike = 0.15, doubling: ArrayLike = 25.0
) -> jnp.ndarray:
    """Chip power at a junction temperature relative to the reference [-].

    1 - l + l 2^((T - T0)/D), l = 0.15, T0 = 65 degC, D = 25 K. Source: subthreshold leakage (Roy, Mukhopadhyay,
    Mahmoodi-Meimand 2003); share and doubling are estimates. Holds for 20-100 degC.
    """
    leak = jnp.asarray(leakage_share)
    return 1.0 - leak + leak * jnp.exp2((jnp.asarray(temperature) - reference) / doubling)


def temperature_throughput(
    temperature: ArrayLike, reference: ArrayLike = 65.0, leakage_share: ArrayLike = 0.15, doubling: ArrayLike = 25.0
) -> jnp.ndarray:
    """Throughput at fixed power and a junction temperature relative to the reference [-].

    Leakage above the reference, 65 degC, is taken from the power cap: `power_cap_throughput` of
    1/`temperature_power_factor` with l = 0.15, D = 25 K. Source: as those two. Holds for 20-100 degC.
    """
    return power_cap_throughput(1.0 / temperature_power_factor(temperature, reference, leakage_share, doubling))


def arrhenius_failure_factor(
    temperature: ArrayLike, reference: ArrayLike = 65.0, activation_energy: ArrayLike = 0.7
) -> jnp.ndarray:
    """Failure rate at a junction temperature relative to the reference [-].

    exp[E/k (1/T0 - 1/T)], T0 = 65 degC, E = 0.7 eV. Source: Arrhenius law as in JEDEC JESD85 (2001). Holds for
    20-125 degC for thermally driven failures only.
    """
    hot = jnp.asarray(temperature) + CELSIUS_ZERO
    cold = jnp.asarray(reference) + CELSIUS_ZERO
    return jnp.exp(jnp.asarray(activation_energy) / BOLTZMANN_EV * (1.0 / cold - 1.0 / hot))


def failure_rate(base_rate: ArrayLike, thermal_share: ArrayLike, thermal_factor: ArrayLike) -> jnp.ndarray:
    """Failure rate of a chip of which a share is driven by temperature [unit of `base_rate`].

    r [1 - s + s f], f from `arrhenius_failure_factor`. Source: competing risks (textbook). Holds for s in [0, 1].
    """
    share = jnp.asarray(thermal_share)
    return jnp.asarray(base_rate) * (1.0 - share + share * thermal_factor)


def junction_temperature(coolant: ArrayLike, chip_power: ArrayLike, thermal_resistance: ArrayLike) -> jnp.ndarray:
    """Temperature of the junction above its coolant [degC].

    T_coolant + P R; R about 0.02-0.04 K/W for cold plates, 0.05-0.1 for air. Source: thermal resistance (textbook).
    Holds for coolant [degC] at the chip, power [W].
    """
    return jnp.asarray(coolant) + jnp.asarray(chip_power) * thermal_resistance


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
    hourly = jnp.asarray(chip_failure_rate) * chips / HOURS_PER_YEAR
    return 1.0 / (1.0 + hourly * (jnp.asarray(recovery_hours) + 0.5 * jnp.asarray(checkpoint_hours)))
