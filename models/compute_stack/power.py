"""Delivery of phases of power, queues, on-site alternatives, price and carbon."""

import jax.numpy as jnp
from jax.scipy.special import ndtr, ndtri
from jax.typing import ArrayLike

_NARROWEST = 1e-6  # sigma of a lead that is all but certain
_SHORTEST = 1e-9  # [yr]


def lead_median(fixed: ArrayLike, per_time_to_power: ArrayLike, time_to_power: ArrayLike) -> jnp.ndarray:
    """Median lead of a phase at its stage [yr].

    fixed + per_time_to_power x time_to_power. Source: stage table of this project (2026, estimate). Holds for
    non-negative arguments.
    """
    return jnp.asarray(fixed) + jnp.asarray(per_time_to_power) * time_to_power


def lead_quantile(median: ArrayLike, sigma: ArrayLike, quantile: ArrayLike) -> jnp.ndarray:
    """Quantile of a log-normal lead [unit of `median`].

    median exp(sigma z_q). Source: log-normal distribution (textbook); sigma 0.67 fits 11 realised sites, Epoch AI
    (2025). Holds for sigma >= 0 and 0 < quantile < 1.
    """
    return jnp.asarray(median) * jnp.exp(jnp.asarray(sigma) * ndtri(jnp.asarray(quantile, dtype=float)))


def sampled_lead(median: ArrayLike, sigma: ArrayLike, normal_draw: ArrayLike) -> jnp.ndarray:
    """Log-normal lead for a standard-normal draw [unit of `median`].

    median exp(sigma z). Source: log-normal distribution (textbook). Holds for sigma >= 0.
    """
    return jnp.asarray(median) * jnp.exp(jnp.asarray(sigma) * normal_draw)


def correlated_draw(common: ArrayLike, own: ArrayLike, correlation: ArrayLike) -> jnp.ndarray:
    """Standard-normal draw that shares `correlation` with its territory [-].

    sqrt(rho) z_common + sqrt(1 - rho) z_own. Source: one-factor model, Vasicek (1987). Holds for 0 <= rho <= 1.
    """
    rho = jnp.asarray(correlation)
    return jnp.sqrt(rho) * common + jnp.sqrt(1.0 - rho) * own


def sampled_success(odds: ArrayLike, normal_draw: ArrayLike) -> jnp.ndarray:
    """One where a phase succeeds for a standard-normal draw, else zero [-].

    Phi(-z) <= odds counts as success, so that a positive draw is bad news as in `sampled_lead`. Source: one-factor
    threshold model, Vasicek (1987). Holds for odds in [0, 1]; its derivative is zero.
    """
    return jnp.where(ndtr(jnp.asarray(normal_draw, dtype=float)) <= odds, 1.0, 0.0)


def energised_fraction(age_start: ArrayLike, period: ArrayLike, lead: ArrayLike) -> jnp.ndarray:
    """Share of [age_start, age_start + period] after joining in which a phase with this lead is energised [-].

    clip((age + period - lead)/period, 0, 1). Source: definition. Holds for period > 0; 0 for an infinite lead.
    """
    span = jnp.maximum(period, _SHORTEST)
    return jnp.clip((jnp.asarray(age_start) + span - lead) / span, 0.0, 1.0)


def _cumulative_delivery(age: ArrayLike, median: ArrayLike, sigma: ArrayLike) -> jnp.ndarray:
    # Integral of the log-normal distribution function from 0 to `age`.
    spread = jnp.maximum(sigma, _NARROWEST)
    joined = jnp.asarray(age) > 0.0
    safe = jnp.where(joined, age, 1.0)
    z = (jnp.log(safe) - jnp.log(median)) / spread
    partial_mean = jnp.asarray(median) * jnp.exp(0.5 * spread**2) * ndtr(z - spread)
    return jnp.where(joined, safe * ndtr(z) - partial_mean, 0.0)


def expected_energised_fraction(
    age_start: ArrayLike, period: ArrayLike, median: ArrayLike, sigma: ArrayLike
) -> jnp.ndarray:
    """Mean over a log-normal lead of `energised_fraction` [-].

    (1/p) int_a^{a+p} F(x) dx, with int_0^x F = x Phi(z) - m e^(s^2/2) Phi(z - s), z = ln(x/m)/s. Source: partial mean
    of the log-normal (textbook), exact. Holds for median > 0, period > 0; a negative age counts as not yet joined.
    """
    span = jnp.maximum(period, _SHORTEST)
    end = jnp.asarray(age_start) + span
    delivered = _cumulative_delivery(end, median, sigma) - _cumulative_delivery(age_start, median, sigma)
    return jnp.clip(delivered / span, 0.0, 1.0)


def delivered_power(capacity: ArrayLike, odds: ArrayLike, fraction: ArrayLike) -> jnp.ndarray:
    """Power counted on from a phase [unit of `capacity`].

    capacity x odds x energised fraction. Source: program of this project (2026). Holds for odds, fraction in [0, 1].
    """
    return jnp.asarray(capacity) * odds * fraction


def backlog_wait(backlog: ArrayLike, throughput: ArrayLike) -> jnp.ndarray:
    """Time a request waits behind a backlog [yr].

    L/mu. Source: Little (1961). Holds for throughput > 0; units of backlog per year.
    """
    return jnp.asarray(backlog) / throughput


def queue_wait(
    arrival_rate: ArrayLike, service_rate: ArrayLike, servers: int, longest: ArrayLike = 100.0
) -> jnp.ndarray:
    """Mean waiting time before service in an M/M/c queue, capped [time unit of the rates].

    C(c, a)/(c mu - lambda), Erlang C from the recursion of Erlang B. Source: Erlang (1917). Holds for rates > 0;
    at and beyond saturation the cap `longest` is returned in place of infinity. `servers` is a Python integer.
    """
    offered = jnp.asarray(arrival_rate) / service_rate
    blocked = jnp.ones_like(offered)
    for server in range(1, servers + 1):
        blocked = offered * blocked / (server + offered * blocked)
    utilisation = offered / servers
    stable = utilisation < 1.0
    idle = jnp.where(stable, 1.0 - utilisation, 1.0)
    delayed = blocked / (idle + utilisation * blocked)
    wait = delayed / (servers * jnp.asarray(service_rate) * idle)
    return jnp.where(stable, jnp.minimum(wait, longest), longest)


def fuel_price(heat_rate: ArrayLike, gas_price: ArrayLike) -> jnp.ndarray:
    """Fuel cost of electricity [USD/MWh].

    heat rate [MMBtu/MWh] x gas price [USD/MMBtu]; 6.2 for combined cycle, 8 to 10 for engines. Source: definition.
    Holds for non-negative arguments.
    """
    return jnp.asarray(heat_rate) * gas_price


def on_site_price(
    capex: ArrayLike, recovery: ArrayLike, load_factor: ArrayLike, fuel: ArrayLike, upkeep: ArrayLike
) -> jnp.ndarray:
    """Levelised price of on-site generation [USD/MWh].

    capex crf 1000/(8760 lf) + fuel + upkeep; capex [USD/kW], recovery [1/yr], fuel and upkeep [USD/MWh]. Source:
    Short, Packey, Holt (1995). Holds for load_factor in (0, 1].
    """
    return jnp.asarray(capex) * recovery * 1000.0 / (8760.0 * jnp.asarray(load_factor)) + fuel + upkeep


def solar_with_storage_price(
    solar_capex: ArrayLike,
    storage_capex: ArrayLike,
    recovery: ArrayLike,
    capacity_factor: ArrayLike,
    storage_hours: ArrayLike,
    round_trip: ArrayLike,
    backup_share: ArrayLike,
    backup_price: ArrayLike,
) -> jnp.ndarray:
    """Levelised price of firm power from solar, storage and backup [USD/MWh].

    crf 1000/8760 [c_pv s (d + (1 - d)/eta)/cf + c_st h s] + b p_b, per kW of flat load, with s = 1 - b the solar share,
    d = 1 - h/24 the share used directly, h storage hours per kW [h], costs [USD/kW] and [USD/kWh], recovery [1/yr].
    Source: energy balance of one day, written here (2026); compare Forethought (2026), 128 USD/MWh for solar with gas.
    Holds for 0 <= h <= 18, cf > 0, 0 < eta <= 1; seasons enter through `backup_share`.
    """
    solar_share = 1.0 - jnp.asarray(backup_share)
    stored = jnp.asarray(storage_hours) / 24.0
    array = jnp.asarray(solar_capex) * solar_share * (1.0 - stored + stored / round_trip) / capacity_factor
    store = jnp.asarray(storage_capex) * storage_hours * solar_share
    return jnp.asarray(recovery) * 1000.0 / 8760.0 * (array + store) + jnp.asarray(backup_share) * backup_price


def fuel_carbon(heat_rate: ArrayLike, carbon_content: ArrayLike = 53.06) -> jnp.ndarray:
    """Carbon dioxide of electricity from fuel [kg/MWh].

    heat rate [MMBtu/MWh] x content [kg/MMBtu], 53.06 for natural gas. Source: US EPA (2024) emission factors. Holds at
    the stack; methane leakage is apart.
    """
    return jnp.asarray(heat_rate) * carbon_content


def carbon_cost(carbon_intensity: ArrayLike, carbon_price: ArrayLike) -> jnp.ndarray:
    """Cost of carbon in a unit of electricity [USD/MWh].

    intensity [kg/MWh] x price [USD/t] / 1000. Source: definition. Holds for non-negative arguments.
    """
    return jnp.asarray(carbon_intensity) * carbon_price / 1000.0
