"""What design choices do to satellites and halls, written down a second time: chips, availability, mass, spares."""

from __future__ import annotations

import jax
import numpy as np

from compute_stack import chips, radiation
from compute_stack.orbit import SatelliteDesign, satellite_mass
from planner.recount.book import Book

_mass = jax.jit(satellite_mass)
_throughput = jax.jit(chips.power_cap_throughput)
_AGES = 4000
"""Ages at which the throughput of a fading array is averaged (midpoint rule)."""


def warm_power(warmer: np.ndarray) -> np.ndarray:
    """Power of chips that run warmer [K] than rated over their rated power."""
    return np.asarray(chips.temperature_power_factor(65.0 + warmer, 65.0))


def hall_power(book: Book) -> np.ndarray:
    """IT power under each cooling technology over the nominal power of the racks."""
    q = book.n["cooling"]
    rated = q["rated_temperature"]
    return warm_power(np.where(np.isfinite(rated), q["supply_temperature"] - rated, 0.0))


class Designed:
    """Satellites of the given classes in the given shells, chips counted per nominal IT power; all ``[n]``."""

    def __init__(self, book: Book, klass: np.ndarray, shell: np.ndarray) -> None:
        c = {name: values[klass] for name, values in book.n["satellite_classes"].items()}
        rated = {x: np.where(np.isfinite(c[f"rated_{x}"]), c[f"rated_{x}"], c[own]) for x, own in _OWN.items()}
        warmer = c["radiator_temperature"] - rated["temperature"]
        self.working = 1.0 / (c["power_cap"] * warm_power(warmer))
        self.bought = self.working * (1.0 + c["spares"])
        self.hotter = 0.9 + 0.1 * np.asarray(chips.arrhenius_failure_factor(65.0 + warmer, 65.0))
        capped = np.asarray(_throughput(c["power_cap"]))
        fading = [_faded(*x) for x in zip(c["array_oversize"], c["array_degradation"], c["life"], strict=True)]
        self.throughput = capped * np.array(fading)
        altitude = book.n["shells"]["altitude"][shell]
        self.upright = _upright(c, altitude)
        base = {x: c[x] for x in SatelliteDesign._fields if x != "altitude"}
        own = base | {
            "array_specific_power": c["array_specific_power"] / c["array_oversize"],
            "compute_mass": c["compute_mass"] * self.bought,
        }
        plain = base | {own: rated[x] for x, own in _OWN.items()}
        self.mass = np.asarray(_mass(SatelliteDesign(altitude=altitude, **own)))
        self.added = self.mass - np.asarray(_mass(SatelliteDesign(altitude=altitude, **plain)))


_OWN = {"temperature": "radiator_temperature", "shield": "shield_mass", "life": "life"}


def cheaper(book: Book, of: str) -> np.ndarray:
    """Price over the price of the tables for every vehicle or satellite class, by what others and the plan have flown.

    (1 - rate) per doubling: 2 ** (doublings x log2(1 - rate)).
    """
    c, f = book.n["learning"], book.f["learning"]
    table = {"vehicle": "vehicles", "satellite_class": "satellite_classes"}[of]
    out = np.ones((len(book.keys(table)), book.periods))
    for i, name in enumerate(f[of]):
        if name:
            others = c["start"][i] + np.cumsum(c["others"][i] * book.dt) - c["others"][i] * book.dt
            own = np.cumsum(c["assumed"][i] * book.dt) - c["assumed"][i] * book.dt
            out[book.keys(table).index(name)] = 2.0 ** (np.log2(1.0 - c["rate"][i]) * np.log2(1.0 + own / others))
    return out


def _upright(c: dict[str, np.ndarray], altitude: np.ndarray) -> np.ndarray:
    """Share of time not lost to upsets, which grow with the dose behind the shield."""
    answers = np.isfinite(c["rated_shield"]) & np.isfinite(c["shielded_area"]) & (c["shielded_area"] > 0)
    one = float(radiation.shielding_areal_mass(1.0))
    area = np.where(answers, c["shielded_area"], 1.0) * one
    now, then = (np.where(answers, c[x], 1.0) / area for x in ("shield_mass", "rated_shield"))
    more = np.asarray(radiation.dose_rate(altitude, now)) / np.asarray(radiation.dose_rate(altitude, then))
    lost = 1.0 / c["radiation_availability"] - 1.0
    return 1.0 / (1.0 + lost * np.where(answers, more, 1.0))


def _faded(oversize: float, degradation: float, life: float) -> float:
    """Mean throughput over a life, the power that the array leaves at each age taken one by one."""
    if oversize >= 1.0:
        return 1.0
    age = life * (np.arange(_AGES) + 0.5) / _AGES
    return float(np.mean(_throughput(np.minimum(1.0, oversize * (1.0 - degradation) ** (age - life)))))


def spared(
    book: Book, age: np.ndarray, attrition: np.ndarray, lost: np.ndarray, life: np.ndarray, spares: np.ndarray
) -> np.ndarray:
    """Mean share of a cohort in service while it is from `age` to `age` + a period old, spares first."""
    out = np.where(spares > 0, 0.0, book.surviving(age, attrition + lost, life))
    if not (spares > 0).any():
        return out
    with np.errstate(divide="ignore"):
        until = np.where(attrition > 0, np.log1p(spares) / attrition, np.inf)
    begin = np.maximum(age, 0.0)
    end = np.maximum(np.minimum(np.asarray(age) + book.dt, life), begin)
    turn = np.clip(until, begin, end)
    whole = _decayed(lost, begin, turn)
    later = (1.0 + spares) * _decayed(lost + attrition, turn, end)
    return np.where(spares > 0, (whole + later) / book.dt, out)


def _decayed(rate: np.ndarray, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Integral of exp(-rate t) from `begin` to `end`."""
    safe = np.where(rate > 1e-12, rate, 1.0)
    return np.where(rate > 1e-12, (np.exp(-safe * begin) - np.exp(-safe * end)) / safe, end - begin)
