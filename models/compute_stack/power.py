"""Delivery of phases of power, queues, on-site alternatives, price and carbon."""

import jax
import jax.numpy as jnp
from jax.scipy.special import log_ndtr, ndtr, ndtri
from jax.typing import ArrayLike

_NARROWEST = 1e-6  # [-] numerical: sigma of a lead that is all but certain
_SHORTEST = 1e-9  # [yr] numerical: a lead that is all but none
_HALVINGS = 80  # [-] numerical: of the interval that holds a quantile, to the last digit


def _root(x: ArrayLike) -> jnp.ndarray:
    # Square root whose slope at zero is zero, not infinite.
    positive = jnp.asarray(x) > 0.0
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, x, 1.0)), 0.0)


def _standardised(age: ArrayLike, median: ArrayLike, sigma: ArrayLike) -> tuple[jnp.ndarray, jnp.ndarray]:
    # Whether the lead can end by `age`, and its standard-normal score there.
    age, median = jnp.asarray(age, dtype=float), jnp.asarray(median, dtype=float)
    ends = (age > 0.0) & jnp.isfinite(median)
    shortest = jnp.where(jnp.isfinite(median), jnp.maximum(median, _SHORTEST), 1.0)
    z = (jnp.log(jnp.where(age > 0.0, age, 1.0)) - jnp.log(shortest)) / jnp.maximum(sigma, _NARROWEST)
    return ends, z


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

    sqrt(rho) z_common + sqrt(1 - rho) z_own. Source: one-factor model, Vasicek (1987). Holds for 0 <= rho <= 1; the
    slope in rho is taken as 0 at both ends.
    """
    rho = jnp.asarray(correlation)
    return _root(rho) * common + _root(1.0 - rho) * own


def factor_draw(
    region: ArrayLike, layer: ArrayLike, own: ArrayLike, region_correlation: ArrayLike, layer_correlation: ArrayLike
) -> jnp.ndarray:
    """Standard-normal draw that shares one part with its region and one with its supply layers [-].

    sqrt(rho_r) z_r + sqrt(rho_l) z_l + sqrt(1 - rho_r - rho_l) z_own, independent standard normals. Two draws correlate
    by rho_r in one region, by rho_l behind the same layers, by the sum in both. Source: multi-factor model, Vasicek
    (2002). Holds for rho_r, rho_l >= 0 with a sum of at most 1; slopes in a correlation are taken as 0 at its ends.
    """
    rest = 1.0 - jnp.asarray(region_correlation) - layer_correlation
    return _root(region_correlation) * region + _root(layer_correlation) * layer + _root(rest) * own


def blended_draw(draws: ArrayLike, weights: ArrayLike) -> jnp.ndarray:
    """Standard-normal draw that blends independent ones along the last axis [-].

    sum w z / sqrt(sum w^2). Two blends correlate by the cosine of their weights. Source: sum of independent normals
    (textbook). Holds for weights of which one is positive; all zero gives 0.
    """
    w = jnp.asarray(weights)
    length = _root(jnp.sum(w**2, axis=-1))
    return jnp.sum(w * draws, axis=-1) / jnp.where(length > 0.0, length, 1.0)


def sampled_lateness(make_time: ArrayLike, sigma: ArrayLike, normal_draw: ArrayLike) -> jnp.ndarray:
    """How much later than its make-time an order arrives, for a standard-normal draw [unit of `make_time`].

    max(0, m exp(sigma z) - m): what is early waits for its date. Source: log-normal distribution (textbook). Holds for
    make_time, sigma >= 0.
    """
    return jnp.maximum(sampled_lead(make_time, sigma, normal_draw) - make_time, 0.0)


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
    ends = jnp.isfinite(jnp.asarray(lead))
    energised = jnp.clip((jnp.asarray(age_start) + span - jnp.where(ends, lead, 0.0)) / span, 0.0, 1.0)
    return jnp.where(ends, energised, 0.0)


def _cumulative_delivery(age: ArrayLike, median: ArrayLike, sigma: ArrayLike) -> jnp.ndarray:
    # Integral of the log-normal distribution function from 0 to `age`.
    spread = jnp.maximum(sigma, _NARROWEST)
    ends, z = _standardised(age, median, sigma)
    safe, middle = jnp.where(ends, age, 1.0), jnp.where(ends, median, 1.0)
    partial_mean = middle * jnp.exp(0.5 * spread**2) * ndtr(z - spread)
    return jnp.where(ends, safe * ndtr(z) - partial_mean, 0.0)


def expected_energised_fraction(
    age_start: ArrayLike, period: ArrayLike, median: ArrayLike, sigma: ArrayLike
) -> jnp.ndarray:
    """Mean over a log-normal lead of `energised_fraction` [-].

    (1/p) int_a^{a+p} F(x) dx, with int_0^x F = x Phi(z) - m e^(s^2/2) Phi(z - s), z = ln(x/m)/s. Source: partial mean
    of the log-normal (textbook), exact. Holds for median >= 0, period > 0; a negative age counts as not yet joined, an
    infinite median as never.
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


def energised_probability(age: ArrayLike, odds: ArrayLike, median: ArrayLike, sigma: ArrayLike) -> jnp.ndarray:
    """Probability that a phase is energised by an age [-]: its delivery curve.

    p Phi(ln(a/m)/s). Source: odds of the stage times the log-normal distribution function (textbook). Holds for odds in
    [0, 1], median, sigma >= 0; 0 before joining and for an infinite median, `odds` in the end.
    """
    ends, z = _standardised(age, median, sigma)
    return jnp.where(ends, jnp.asarray(odds) * ndtr(z), 0.0)


def surviving_energised_probability(
    age: ArrayLike,
    odds: ArrayLike,
    median: ArrayLike,
    sigma: ArrayLike,
    withdrawal_median: ArrayLike,
    withdrawal_sigma: ArrayLike,
) -> jnp.ndarray:
    """Probability that a phase is energised by an age, given that it has not withdrawn by then [-].

    p F/(p + (1 - p)(1 - W)) with F, W the log-normal distribution functions of lead and withdrawal. Source: Bayes'
    rule. Holds for odds in [0, 1]; 0 where the odds are zero.
    """
    p = jnp.asarray(odds)
    energised = energised_probability(age, p, median, sigma)
    kept = p + (1.0 - p) * (1.0 - energised_probability(age, 1.0, withdrawal_median, withdrawal_sigma))
    return energised / jnp.where(kept > 0.0, kept, 1.0)


def waiting_odds(
    age: ArrayLike,
    odds: ArrayLike,
    median: ArrayLike,
    sigma: ArrayLike,
    withdrawal_median: ArrayLike,
    withdrawal_sigma: ArrayLike,
) -> jnp.ndarray:
    """Odds that a phase which still waits at an age is ever energised [-].

    p (1 - F)/(p (1 - F) + (1 - p)(1 - W)). Source: Bayes' rule. Holds for odds in [0, 1]; `odds` on joining, 0 where
    nothing can wait any more.
    """
    p = jnp.asarray(odds)
    come, lead = _standardised(age, median, sigma)
    gone, leave = _standardised(age, withdrawal_median, withdrawal_sigma)
    good = p * jnp.where(come, ndtr(-lead), 1.0)
    waits = good + (1.0 - p) * jnp.where(gone, ndtr(-leave), 1.0)
    return good / jnp.where(waits > 0.0, waits, 1.0)


def energised_age(
    share: ArrayLike, odds: ArrayLike, median: ArrayLike, sigma: ArrayLike, longest: ArrayLike = 100.0
) -> jnp.ndarray:
    """Age by which a share of like phases is energised, capped [unit of `median`].

    m exp(s Phi^-1(share/p)), the inverse of `energised_probability`; share = p/2 is the median land-to-power of those
    that succeed, share = 1/2 that of all. Source: log-normal distribution (textbook). Holds for share >= 0; `longest`
    in place of infinity where the odds do not reach the share.
    """
    part = jnp.asarray(share) / jnp.maximum(odds, _SHORTEST)
    reached = (part > 0.0) & (part < 1.0)
    age = lead_quantile(median, sigma, jnp.where(reached, part, 0.5))
    return jnp.where(reached, jnp.minimum(age, longest), jnp.where(part > 0.0, longest, 0.0))


def latest_lead_probability(age: ArrayLike, median: ArrayLike, sigma: ArrayLike) -> jnp.ndarray:
    """Probability that the latest of several independent log-normal leads (last axis) has ended by an age [-].

    prod Phi(ln(a/m_i)/s_i); shell, connection and equipment all have to be there. Source: independence (textbook); for
    leads that slip together the least of the factors is the other end. Holds for median, sigma >= 0.
    """
    return jnp.prod(energised_probability(jnp.asarray(age)[..., None], 1.0, median, sigma), axis=-1)


def latest_lead_quantile(median: ArrayLike, sigma: ArrayLike, quantile: ArrayLike) -> jnp.ndarray:
    """Quantile of the latest of several independent log-normal leads (last axis) [unit of `median`].

    The root of `latest_lead_probability` = quantile, by bisection; derivatives from the implicit function theorem.
    Source: order statistics (textbook). Holds for finite median > 0, sigma >= 0, 0 < quantile < 1.
    """
    middle, spread = jnp.broadcast_arrays(jnp.asarray(median, float), jnp.maximum(sigma, _NARROWEST))
    level = jnp.asarray(quantile, dtype=float)

    def short(log_age: jnp.ndarray) -> jnp.ndarray:
        z = (log_age[..., None] - jnp.log(middle)) / spread
        return jnp.sum(log_ndtr(z), axis=-1) - jnp.log(level)

    def halved(f, start):
        each = level ** (1.0 / middle.shape[-1])
        ends = [jnp.max(jnp.log(lead_quantile(middle, spread, q[..., None])), axis=-1) for q in (level, each)]

        def step(_, bracket):
            low, high = bracket
            half = 0.5 * (low + high)
            under = f(half) < 0.0
            return jnp.where(under, half, low), jnp.where(under, high, half)

        low, high = jax.lax.fori_loop(0, _HALVINGS, step, (start + ends[0], start + ends[1]))
        return 0.5 * (low + high)

    start = jnp.zeros(jnp.broadcast_shapes(level.shape, middle.shape[:-1]))
    return jnp.exp(jax.lax.custom_root(short, start, halved, lambda g, y: y / g(jnp.ones_like(y))))


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
