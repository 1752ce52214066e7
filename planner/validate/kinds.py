"""What a kind of published model is: its inputs with units and usual values, its outputs, and the function between."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

Outputs = dict[str, Any]


@dataclass(frozen=True)
class Input:
    """One input of a kind.

    default: taken where the case does not give it; needed: it must be given; also: other names it goes by; choices:
    words it may be, else it is a number or a list of numbers; length: it is a list of so many numbers (0: any list is
    many cases at once; -1: a list of any length that is one value).
    """

    name: str
    unit: str
    default: float | str | None = None
    needed: bool = False
    also: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    length: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """Every name it goes by."""
        return (self.name, *self.also)


@dataclass(frozen=True)
class Family:
    """Outputs whose names carry a number: 'at_{}' gives at_200, at_3600."""

    form: str
    unit: str
    value: Callable[[SimpleNamespace, float], Any]

    def number(self, name: str) -> float | None:
        """The number in a name, None where the name is not of this family."""
        before, after = (re.escape(part) for part in self.form.split("{}"))
        found = re.fullmatch(rf"{before}(\d{{1,15}}(?:\.\d{{1,15}})?){after}", name)
        return float(found[1]) if found else None


@dataclass(frozen=True)
class Kind:
    """One kind of published model.

    compute: ours from every input and the names wanted (it may return more, and None for what the inputs do not give);
    wants: for an output that not every case has, the input it takes; either: choices between sets of inputs, of which
    one must be given in full.
    """

    name: str
    source: str
    inputs: tuple[Input, ...]
    outputs: Mapping[str, str]
    compute: Callable[[SimpleNamespace, list[str]], Outputs]
    families: tuple[Family, ...] = ()
    wants: Mapping[str, str] = field(default_factory=dict)
    either: tuple[tuple[tuple[str, ...], ...], ...] = ()

    def input(self, name: str) -> Input | None:
        """The input that goes by a name."""
        return next((i for i in self.inputs if name in i.names), None)

    @property
    def output_names(self) -> list[str]:
        """Every output as it may be written, families with a number in angle brackets."""
        return [*self.outputs, *(f.form.replace("{}", "<number>") for f in self.families)]

    def values(self, given: Mapping[str, Any]) -> SimpleNamespace:
        """Every input by its first name: given, usual, or None."""
        taken = {i.name: i.default for i in self.inputs}
        taken |= {self.input(name).name: value for name, value in given.items()}  # type: ignore[union-attr]
        return SimpleNamespace(**taken)

    def computed(self, given: Mapping[str, Any], wanted: list[str]) -> Outputs:
        """Ours for each wanted output; an output that these inputs do not give is left out."""
        v = self.values(given)
        out = {name: value for name, value in self.compute(v, wanted).items() if value is not None}
        for name in wanted:
            for family in self.families:
                number = family.number(name)
                if number is not None:
                    out[name] = family.value(v, number)
        return {name: out[name] for name in wanted if name in out}

    def gives(self, name: str) -> bool:
        """Whether this kind has an output of a name."""
        return name in self.outputs or any(f.number(name) is not None for f in self.families)


def given(name: str, unit: str, *also: str) -> Input:
    """An input that must be given."""
    return Input(name, unit, needed=True, also=also)


def usual(name: str, unit: str, default: float, *also: str) -> Input:
    """An input with the value that the published model takes."""
    return Input(name, unit, default, also=also)


def maybe(name: str, unit: str, *also: str) -> Input:
    """An input that may be left out."""
    return Input(name, unit, also=also)


def word(name: str, default: str, *choices: str) -> Input:
    """An input that is one of a few words."""
    return Input(name, "", default, choices=choices)


def listed(name: str, unit: str, length: int = -1) -> Input:
    """An input that is one list of numbers; with a length it may also be several such lists."""
    return Input(name, unit, needed=True, length=length)
