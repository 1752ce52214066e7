"""A walk from a published figure to ours: one changed assumption per line, telescoping to a direct evaluation."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

MOST_PLAYERS = 13
"""Most lines for which the mean over all orders is computed: 2^n evaluations in one batch."""


@dataclass(frozen=True)
class Step:
    """One changed assumption: what it is in words, the fields it sets (``path -> value``), from, to, and why."""

    what: str
    changes: Mapping[str, Any]
    was: str
    now: str
    source: str
    grade: str


@dataclass(frozen=True)
class Line:
    """One line as printed: the figure after the step, its difference, and the mean difference over all orders.

    others: lines (from 1) that share the mean, since they set the same fields.
    """

    step: Step
    figure: float
    change: float
    mean: float
    low: float
    high: float
    others: tuple[int, ...] = ()


@dataclass(frozen=True)
class Walk:
    """From `published` to `ends`.

    recomputed: the published figure by a function of `compute_stack` named `function`; begin: the model's inputs as a
    state of ours (a NamedTuple, nested or not); bridge: why `measure(begin)` is not `recomputed`, blank where it is;
    ends: our figure, evaluated directly, not along the walk.
    """

    title: str
    unit: str
    published: float
    tolerance: float
    source: str
    recomputed: float
    function: str
    begin: Any
    bridge: str
    steps: tuple[Step, ...]
    measure: Callable[[Any], Any]
    end: Any
    ends: float

    @cached_property
    def figures(self) -> list[float]:
        """The figure at the begin and after each step."""
        states = [self.begin]
        for step in self.steps:
            states.append(replaced(states[-1], step.changes))
        return [float(v) for v in self._all(states)]

    @property
    def last(self) -> Any:
        """The state after all steps."""
        state = self.begin
        for step in self.steps:
            state = replaced(state, step.changes)
        return state

    @cached_property
    def lines(self) -> list[Line]:
        """Every step with its figure, its difference in this order, and mean, least and most over all orders.

        Steps that set a field that another one sets too count as one player; their share stands at the last of them.
        """
        mean, low, high = self._orders()
        after = self.figures
        shared = {max(p): tuple(j + 1 for j in p[:-1]) for p in self._players()}
        return [
            Line(step, after[i + 1], after[i + 1] - after[i], mean[i], low[i], high[i], shared.get(i, ()))
            for i, step in enumerate(self.steps)
        ]

    def _players(self) -> list[list[int]]:
        players: list[list[int]] = []
        for i, step in enumerate(self.steps):
            mine = [p for p in players if any(set(self.steps[j].changes) & set(step.changes) for j in p)]
            players = [p for p in players if p not in mine] + [sorted([j for p in mine for j in p] + [i])]
        return sorted(players, key=max)

    def _orders(self) -> tuple[list[float], list[float], list[float]]:
        none = [math.nan] * len(self.steps)
        players = self._players()
        n = len(players)
        if n > MOST_PLAYERS:
            return none, none, none
        subsets = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
        value = {path: v for step in self.steps for path, v in step.changes.items()}
        owner = {path: k for k, p in enumerate(players) for j in p for path in self.steps[j].changes}
        batch = {
            path: np.where(subsets[:, k] == 1, float(value[path]), float(field(self.begin, path)))
            for path, k in owner.items()
        }
        worth = np.broadcast_to(np.asarray(self.measure(replaced(self.begin, batch))), (2**n,))
        size = subsets.sum(axis=1)
        weight = np.array([math.factorial(s) * math.factorial(n - s - 1) / math.factorial(n) for s in range(n)])
        mean, low, high = list(none), list(none), list(none)
        for k, player in enumerate(players):
            without = np.nonzero(subsets[:, k] == 0)[0]
            gain = worth[without + (1 << k)] - worth[without]
            mean[max(player)] = float(np.sum(weight[size[without]] * gain))
            low[max(player)], high[max(player)] = float(gain.min()), float(gain.max())
        return mean, low, high

    def _all(self, states: list[Any]) -> np.ndarray:
        batch = {path: np.array([float(field(s, path)) for s in states]) for path in paths(self.begin)}
        return np.broadcast_to(np.asarray(self.measure(replaced(self.begin, batch))), (len(states),))


def paths(state: Any, prefix: str = "") -> list[str]:
    """Dotted names of all fields of a nested NamedTuple."""
    found: list[str] = []
    for name in state._fields:
        value = getattr(state, name)
        found += paths(value, f"{prefix}{name}.") if hasattr(value, "_fields") else [prefix + name]
    return found


def scalar(value: Any) -> float:
    """A field of a state, or what a model returns, as a plain number."""
    return float(value)


def field(state: Any, path: str) -> Any:
    """The value at a dotted name."""
    for name in path.split("."):
        state = getattr(state, name)
    return state


def replaced(state: Any, changes: Mapping[str, Any]) -> Any:
    """The state with the fields at dotted names replaced. Raises `KeyError` for a name that is none."""
    known = set(paths(state))
    if not set(changes) <= known:
        raise KeyError(sorted(set(changes) - known))
    nested: dict[str, dict[str, Any]] = {}
    plain: dict[str, Any] = {}
    for path, value in changes.items():
        head, _, rest = path.partition(".")
        if rest:
            nested.setdefault(head, {})[rest] = value
        else:
            plain[head] = value
    inner = {head: replaced(getattr(state, head), rest) for head, rest in nested.items()}
    return state._replace(**plain, **inner)


def differing(state: Any, other: Any) -> dict[str, Any]:
    """Fields of `other` whose values are not those of `state`."""
    return {p: field(other, p) for p in paths(state) if float(field(state, p)) != float(field(other, p))}
