"""Numbers as the page writes them: always with a unit, thousands apart."""

from __future__ import annotations

import math
from collections.abc import Callable

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def number(value: float, digits: int = 3) -> str:
    """A number with `digits` that matter and thousands apart."""
    if value is None or not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{min(places, 8)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def quantity(value: float) -> str:
    """A count of things ordered; large ones in millions or billions."""
    for scale, word in ((1e10, "billion"), (1e7, "million")):
        if abs(value) >= scale:
            return f"{number(value / (1e9 if word == 'billion' else 1e6))} {word}"
    return number(value)


def money(amount: float) -> str:
    """An amount [M USD] with a unit that keeps it short."""
    if amount is None or not math.isfinite(amount):
        return "–"
    if 0 < abs(amount) < 1e-6:
        return "below 1 USD"
    size = abs(amount)
    if size >= 1e4:
        return f"{amount / 1e3:,.1f} B USD"
    if size >= 1 or size == 0:
        return f"{amount:,.1f} M USD"
    if size >= 1e-3:
        return f"{number(amount * 1e3)} k USD"
    return f"{number(amount * 1e6)} USD"


def percent(share: float, places: int = 1) -> str:
    """A share in per cent; a small share keeps two digits that matter."""
    if share is None or not math.isfinite(share):
        return "–"
    if 0 < abs(share) < 1e-6:
        return "below 0.0001 %"
    if 0 < abs(share) < 10.0 ** (-places - 2):
        return f"{number(share * 100, 2)} %"
    if 0.9 < share < 1 - 1e-7:  # never all of it when it is not
        places = min(max(places, math.ceil(-math.log10(1 - share)) - 2), 5)
    return f"{share:.{places}%}".replace("%", " %")


def date(year: float) -> str:
    """A decimal year as month and year."""
    whole = math.floor(year + 1e-6)
    return f"{MONTHS[min(int((year - whole) * 12 + 1e-6), 11)]} {whole}"


FILTERS: dict[str, Callable] = {"number": number, "money": money, "percent": percent, "date": date}
