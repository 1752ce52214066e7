"""Discounting, annuities, levelised cost and learning curves."""

import jax.numpy as jnp
from jax.typing import ArrayLike

from .decay import kept_share, mean_decay

HOURS_PER_YEAR = 8760.0  # [h] 365 days, the convention of cost models, Short, Packey, Holt (1995)
_SHORTEST = 1e-9  # [yr] numerical: keeps the charge of a zero life finite


def force_of_interest(rate: ArrayLike) -> jnp.ndarray:
    """Continuously compounded rate equivalent to a yearly rate [1/yr].

    ln(1 + r). Source: textbook (Kellison 1970). Holds for rate > -1.
    """
    return jnp.log1p(rate)


def discount_factor(rate: ArrayLike, years: ArrayLike) -> jnp.ndarray:
    """Present value of one unit paid after `years` [-].

    (1 + r)^-t. Source: textbook (Kellison 1970). Holds for rate > -1 and any real time.
    """
    return jnp.exp(-force_of_interest(rate) * years)


def mean_discount(rate: ArrayLike, start: ArrayLike, stop: ArrayLike) -> jnp.ndarray:
    """Average of the discount factor over [start, stop] [-].

    (1 + r)^-start (1 - e^-x) / x with x = ln(1 + r)(stop - start). Source: calculus.
    Holds for rate > -1; equals the discount factor itself when stop = start.
    """
    span = jnp.asarray(stop) - start
    return discount_factor(rate, start) * mean_decay(force_of_interest(rate) * span)


def capital_recovery_factor(rate: ArrayLike, life: ArrayLike) -> jnp.ndarray:
    """Level payment at the end of each year that repays one unit of capital [1/yr].

    r / (1 - (1 + r)^-n). Source: textbook (Grant, Ireson 1930). Holds for rate > -1 and life > 0; 1/n at rate 0;
    lives below 1e-9 yr are read as 1e-9 yr.
    """
    force = force_of_interest(rate)
    span = jnp.maximum(life, _SHORTEST)
    return mean_decay(-force) / (span * mean_decay(force * span))


def continuous_recovery_factor(rate: ArrayLike, life: ArrayLike) -> jnp.ndarray:
    """Rate of continuous payment that repays one unit of capital [1/yr].

    d / (1 - e^(-d n)) with d = ln(1 + r). Source: textbook (Kellison 1970). Holds for rate > -1 and life > 0; 1/n at
    rate 0; lives below 1e-9 yr are read as 1e-9 yr.
    """
    span = jnp.maximum(life, _SHORTEST)
    return 1.0 / (span * mean_decay(force_of_interest(rate) * span))


def annuity_in_horizon(rate: ArrayLike, life: ArrayLike, start: ArrayLike, end: ArrayLike) -> jnp.ndarray:
    """Present value at time 0 of the annuity that one unit of capital pays inside the horizon [-].

    The unit enters service at `start` and is repaid continuously over `life`; payments after `end` are left out:
    (1 + r)^-start (1 - e^(-d w)) / (1 - e^(-d n)), d = ln(1 + r), w = clip(end - start, 0, n).
    Equals the discount factor at `start` where end >= start + life, and 0 where start >= end.
    Source: textbook annuity (Kellison 1970), cut at the horizon. Holds for rate > -1, life >= 0.
    """
    force = force_of_interest(rate)
    span = jnp.maximum(life, _SHORTEST)
    paid = jnp.clip(jnp.asarray(end) - start, 0.0, span)
    share = paid * mean_decay(force * paid) / (span * mean_decay(force * span))
    return discount_factor(rate, start) * share


def monthly_capital_recovery(rate: ArrayLike, life: ArrayLike) -> jnp.ndarray:
    """Level payment at the end of each month that repays one unit of capital [1/month].

    (r/12) / (1 - (1 + r/12)^(-12 n)). Source: Nishball et al., SemiAnalysis (2026). Holds for rate > -12, life > 0.
    """
    return capital_recovery_factor(jnp.asarray(rate) / 12.0, 12.0 * jnp.asarray(life))


def net_capital_recovery(rate: ArrayLike, life: ArrayLike, salvage: ArrayLike) -> jnp.ndarray:
    """Level yearly payment that repays one unit of capital less what it is sold for at the end [1/yr].

    crf (1 - s (1 + r)^-n), s the share of the price that is left. Source: Grant, Ireson (1930). Holds as
    `capital_recovery_factor`; what refreshing after n years costs per year.
    """
    return capital_recovery_factor(rate, life) * (1.0 - jnp.asarray(salvage) * discount_factor(rate, life))


def real_rate(nominal: ArrayLike, inflation: ArrayLike) -> jnp.ndarray:
    """Rate in money of constant value [1/yr].

    (1 + i)/(1 + f) - 1. Source: Fisher (1907). Holds for inflation > -1.
    """
    return (jnp.asarray(nominal) - inflation) / (1.0 + jnp.asarray(inflation))


def weighted_capital_cost(
    equity_share: ArrayLike, equity_rate: ArrayLike, debt_rate: ArrayLike, tax: ArrayLike = 0.0
) -> jnp.ndarray:
    """Rate that a mix of equity and debt has to earn [1/yr].

    e r_e + (1 - e) r_d (1 - t). Source: Modigliani, Miller (1963). Holds for shares and tax in [0, 1].
    """
    share = jnp.asarray(equity_share)
    return share * equity_rate + (1.0 - share) * debt_rate * (1.0 - jnp.asarray(tax))


def growing_value(rate: ArrayLike, growth: ArrayLike, years: ArrayLike) -> jnp.ndarray:
    """Present value of a continuous payment that starts at 1 a year and grows [yr].

    (1 - e^(-x T))/x, x = ln(1 + r) - ln(1 + g); T where rate and growth are equal. Source: textbook (Kellison 1970).
    Holds for rate, growth > -1; negative growth is a falling price.
    """
    gap = force_of_interest(rate) - force_of_interest(growth)
    return jnp.asarray(years) * mean_decay(gap * years)


def net_present_value(rate: ArrayLike, times: ArrayLike, cash: ArrayLike) -> jnp.ndarray:
    """Present value of dated payments, summed over the last axis [unit of `cash`].

    sum_k cash_k (1 + r)^-t_k. Source: textbook (Fisher 1907). Holds for rate > -1; `times` in years.
    """
    rates = jnp.asarray(rate)[..., None]
    return jnp.sum(discount_factor(rates, times) * jnp.asarray(cash), axis=-1)


def salvage_fraction(age: ArrayLike, life: ArrayLike) -> jnp.ndarray:
    """Straight-line residual value of one unit of capital at `age` [-].

    clip(1 - age/life, 0, 1). Source: straight-line depreciation (textbook). Holds for age >= 0; 0 for a zero life.
    """
    return jnp.clip(1.0 - jnp.asarray(age) / jnp.maximum(life, _SHORTEST), 0.0, 1.0)


def salvage_value(price: ArrayLike, decline: ArrayLike, age: ArrayLike) -> jnp.ndarray:
    """Resale value of an asset that loses a constant share each year [unit of `price`].

    price (1 - decline)^age. Source: declining-balance depreciation (textbook). Holds for 0 <= decline <= 1.
    """
    return jnp.asarray(price) * kept_share(decline, age)


def levelised_cost(annual_cost: ArrayLike, annual_output: ArrayLike) -> jnp.ndarray:
    """Cost of one unit of output [cost unit / output unit].

    cost / output. Source: textbook (Short, Packey, Holt 1995). Holds for output > 0.
    """
    return jnp.asarray(annual_cost) / annual_output


def discounted_levelised_cost(rate: ArrayLike, times: ArrayLike, cash: ArrayLike, output: ArrayLike) -> jnp.ndarray:
    """Present value of costs over present value of output, last axis summed [cost unit / output unit].

    sum cash (1+r)^-t / sum output (1+r)^-t. Source: Short, Packey, Holt (1995). Holds where output has a positive sum.
    """
    return net_present_value(rate, times, cash) / net_present_value(rate, times, output)


def levelised_compute_cost(
    annual_cost: ArrayLike, pflops: ArrayLike, utilisation: ArrayLike, availability: ArrayLike = 1.0
) -> jnp.ndarray:
    """Cost of compute that is used [USD/PFLOP-day].

    C/(365 P u a), yearly cost [USD/yr], sustained throughput [PFLOP/s], shares of time in use and available. Source:
    definition. Holds for positive arguments; a PFLOP-day is 8.64e19 FLOP.
    """
    days = HOURS_PER_YEAR / 24.0
    return jnp.asarray(annual_cost) / (days * jnp.asarray(pflops) * utilisation * availability)


def learning_exponent(learning_rate: ArrayLike) -> jnp.ndarray:
    """Exponent of Wright's law [-].

    b = -log2(1 - LR). Source: Wright (1936). Holds for 0 <= LR < 1.
    """
    return -jnp.log1p(-jnp.asarray(learning_rate)) / jnp.log(2.0)


def wright_price(
    initial_price: ArrayLike, initial_quantity: ArrayLike, quantity: ArrayLike, learning_rate: ArrayLike
) -> jnp.ndarray:
    """Price after cumulative `quantity` has been made [unit of `initial_price`].

    P0 (Q/Q0)^-b, b = -log2(1 - LR). Source: Wright (1936). Holds for positive quantities, 0 <= LR < 1; extrapolation
    beyond a few doublings carries the whole uncertainty of LR.
    """
    doublings = jnp.log(jnp.asarray(quantity) / initial_quantity)
    return jnp.asarray(initial_price) * jnp.exp(-learning_exponent(learning_rate) * doublings)


def floored_wright_price(
    initial_price: ArrayLike,
    initial_quantity: ArrayLike,
    quantity: ArrayLike,
    learning_rate: ArrayLike,
    floor: ArrayLike,
) -> jnp.ndarray:
    """Price of which only the part above a floor falls with cumulative quantity [unit of `initial_price`].

    f + (P0 - f)(Q/Q0)^-b. Source: Wright (1936) with what does not learn, such as propellant, set apart. Holds for
    f <= P0 and as `wright_price`.
    """
    base = jnp.asarray(floor)
    return base + wright_price(jnp.asarray(initial_price) - base, initial_quantity, quantity, learning_rate)


def wright_quantity(
    initial_price: ArrayLike, initial_quantity: ArrayLike, price: ArrayLike, learning_rate: ArrayLike
) -> jnp.ndarray:
    """Cumulative quantity at which Wright's law reaches `price` [unit of `initial_quantity`].

    Q0 (P/P0)^(-1/b). Source: Wright (1936), inverted. Holds for positive prices, 0 < LR < 1.
    """
    ratio = jnp.log(jnp.asarray(initial_price) / price)
    return jnp.asarray(initial_quantity) * jnp.exp(ratio / learning_exponent(learning_rate))
