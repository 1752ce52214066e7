"""Units at the boundary: headers carry them, `tables` converts once, nothing inside does.

Power is IT or facility and the two never mix; money is USD of the scenario's currency year; counts are 1.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import cast

import pint

_DEFINITIONS = """
k- = 1e3
M- = 1e6
G- = 1e9
T- = 1e12
P- = 1e15
E- = 1e18
m- = 1e-3
c- = 1e-2
second = [time] = s
hour = 3600 * second = h
day = 86400 * second = d
year = 31557600 * second = yr
month = 2629800 * second = month
meter = [length] = m
gram = [mass] = g
tonne = 1e6 * gram = t
watt_it = [power_it] = W_IT
watt_facility = [power_facility] = W_facility
watt = [power] = W
watthour = [energy] = Wh
dollar = [money] = USD
operation = [work] = FLOP
bit = [data] = b
byte = [storage] = B
degree_celsius = [celsius] = degC
kelvin = [temperature] = K
degree = [angle] = deg
litre = [volume] = l
"""

#: Letters, one-digit powers and no other number but 1: an exponent of an exponent must not be computed.
_UNIT = re.compile(r"(?:[A-Za-z_ /()*.\-]|1(?![0-9.])|\^-?[0-9](?![0-9^.]))*")


@lru_cache(maxsize=1)
def _registry() -> pint.UnitRegistry:
    registry = pint.UnitRegistry(cast(str, None))  # no file: its own unit list is not read
    registry.load_definitions(_DEFINITIONS.strip().splitlines())
    return registry


@lru_cache(maxsize=512)
def factor(unit: str, canonical: str) -> float:
    """What a number in `unit` is multiplied with to be in `canonical`.

    Raises ValueError when it is not a unit of it.
    """
    if unit == canonical:
        return 1.0
    try:
        here, there = (_registry().parse_units(_spelled(u)) for u in (unit, canonical))
        scale = float(_registry().Quantity(1.0, here).to(there).magnitude)
    except Exception as error:  # pint raises many kinds; every one means the same to the reader
        raise ValueError(f"'{unit}' is not a unit of {canonical}") from error
    if not (math.isfinite(scale) and scale > 0):
        raise ValueError(f"'{unit}' is not a unit of {canonical}")
    return scale


def _spelled(unit: str) -> str:
    if len(unit) > 60 or "**" in unit or not _UNIT.fullmatch(unit):
        raise ValueError(unit)
    unit = re.sub(r"([kMGT]?W) (IT|facility)", r"\1_\2", unit.strip())
    unit = re.sub(r"(?<=[A-Za-z]) (?=[A-Za-z])", "", unit)  # 'M USD' is a prefix and a unit
    return "" if unit == "1" else unit.replace("^", "**")
