"""A JSON list of published results: read, every fault collected."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.faults import Fault, InputError, nearest, printable, quoted, stop_when_many
from planner.validate.catalogue import KINDS
from planner.validate.kinds import Input, Kind

FIELDS = ("id", "model", "inputs", "expected", "rel_tol")
FREE = ("status", "note")
MOST_VALUES = 100_000
SHAPE = 'write [{"id": …, "model": …, "inputs": {…}, "expected": {…}, "rel_tol": …}, …]'


@dataclass(frozen=True)
class Case:
    """One published result: what went in, what came out, how close ours must be."""

    number: int
    id: str
    kind: Kind
    inputs: dict[str, Any]
    expected: dict[str, float | list[float]]
    rel_tol: float


class _Object(dict):
    """A JSON object that remembers keys that stood twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        keys = [key for key, _ in pairs]
        self.twice = sorted({key for key in keys if keys.count(key) > 1}) if len(set(keys)) < len(keys) else []


def read_cases(text: str, name: str) -> list[Case]:
    """The cases of a file. Raises `InputError` with every fault."""
    if not text.strip():
        raise InputError([Fault(name, 0, "", "the file is empty", SHAPE)])
    try:
        content = json.loads(text, object_pairs_hook=_Object)
    except json.JSONDecodeError as error:
        wrong = f"it is not JSON ({error.msg} at character {error.colno})"
        raise InputError([Fault(name, error.lineno, "", wrong, "correct it there")]) from None
    except (RecursionError, ValueError):
        raise InputError([Fault(name, 0, "", "it is nested too deeply or a number is too long", SHAPE)]) from None
    if not isinstance(content, list):
        raise InputError([Fault(name, 0, "", f"it holds {_what(content)}, not a list", SHAPE)])
    if not content:
        raise InputError([Fault(name, 0, "", "the list is empty", SHAPE)])
    faults: list[Fault] = []
    cases: list[Case] = []
    seen: dict[str, int] = {}
    for number, raw in enumerate(content, 1):
        before = len(faults)
        faults.extend(_case_faults(name, number, raw, seen))
        if len(faults) == before:
            kind = KINDS[raw["model"]]
            cases.append(
                Case(number, raw["id"], kind, dict(raw["inputs"]), dict(raw["expected"]), float(raw["rel_tol"]))
            )
        stop_when_many(faults, name)
    if faults:
        raise InputError(faults)
    return cases


def _case_faults(name: str, number: int, raw: Any, seen: dict[str, int]) -> Iterator[Fault]:
    """Faults of one case; `seen` gains its id."""
    if not isinstance(raw, _Object):
        yield Fault(name, number, "", f"the case is {_what(raw)}, not an object", SHAPE)
        return
    label = raw.get("id")
    if not isinstance(label, str) or not label.strip() or len(label) > 200 or not label.isprintable():
        wrong = "the case has no id" if label is None else f"{_shown(label)} is not an id"
        yield Fault(name, number, "id", wrong, "write a short name as text")
        label = f"case {number}"
    elif label in seen:
        yield Fault(name, number, label, f"case {seen[label]} has this id too", "give each case its own id")
    seen.setdefault(label, number)
    for key in raw.twice:
        yield Fault(name, number, f"{label} {printable(key[:40])}", "the field stands twice", "keep one of them")
    for key in raw:
        close = nearest(key, [f for f in FIELDS if f not in raw]) if key not in (*FIELDS, *FREE) else ""
        if close.startswith("did you mean"):
            yield Fault(name, number, f"{label} {printable(key[:40])}", "there is no such field", close)
    tolerance = raw.get("rel_tol")
    if "rel_tol" not in raw:
        yield Fault(
            name, number, f"{label} rel_tol", "the tolerance is missing", "write a relative tolerance, e.g. 1e-6"
        )
    elif not _is_number(tolerance) or float(tolerance) < 0:  # type: ignore[arg-type]
        wrong = f"{_shown(tolerance)} is not a tolerance"
        yield Fault(name, number, f"{label} rel_tol", wrong, "write a number of at least 0, e.g. 1e-6")
    model = raw.get("model")
    if not isinstance(model, str) or model not in KINDS:
        wrong = "the model is missing" if model is None else f"{_shown(model)} is no model that is known"
        yield Fault(name, number, f"{label} model", wrong, nearest(str(model or ""), KINDS))
        return
    for part in ("inputs", "expected"):
        if not isinstance(raw.get(part), _Object):
            what = "the inputs are" if part == "inputs" else "the expected results are"
            wrong = f"{what} {_what(raw[part])}, not an object" if part in raw else f"{what} missing"
            yield Fault(name, number, f"{label} {part}", wrong, f"write {{name: number, …}} of model '{model}'")
    kind = KINDS[model]
    if isinstance(raw.get("inputs"), _Object):
        yield from _input_faults(name, number, label, kind, raw["inputs"])
    if isinstance(raw.get("expected"), _Object):
        yield from _expected_faults(name, number, label, kind, raw["expected"])


def _input_faults(name: str, number: int, label: str, kind: Kind, inputs: _Object) -> Iterator[Fault]:
    def fault(key: str, wrong: str, instead: str) -> Fault:
        return Fault(name, number, f"{label} inputs.{printable(key[:40])}", wrong, instead)

    for key in inputs.twice:
        yield fault(key, "the input stands twice", "keep one of them")
    known = [n for i in kind.inputs for n in i.names]
    sizes: dict[int, str] = {}
    for key, value in inputs.items():
        taken = kind.input(key)
        if taken is None:
            yield fault(key, f"model '{kind.name}' has no such input", nearest(key, known))
            continue
        if key != taken.name and taken.name in inputs:
            yield fault(key, f"it is another name of '{taken.name}', which is given too", "keep one of them")
        wrong, instead = _value_fault(taken, value)
        if wrong:
            yield fault(key, wrong, instead)
        elif isinstance(value, list) and (taken.length == 0 or (taken.length > 0 and isinstance(value[0], list))):
            sizes.setdefault(len(value), key)
    if len(sizes) > 1:
        (few, one), (many, other), *_ = sorted(sizes.items())
        yield fault(one, f"it has {few} values, '{other}' has {many}", "write lists of one length")
    for need in kind.inputs:
        if need.needed and not any(n in inputs for n in need.names):
            unit = f" [{need.unit}]" if need.unit != "1" else ""
            yield fault(need.name, f"model '{kind.name}' needs it", f"write {need.name}{unit}")
    for choice in kind.either:
        if not any(all(n in inputs for n in names) for names in choice):
            ways = " or ".join(" and ".join(names) for names in choice)
            yield fault(choice[0][0], f"model '{kind.name}' needs one of these", f"write {ways}")


def _value_fault(taken: Input, value: Any) -> tuple[str, str]:
    """What is wrong with the value of an input, and what to write instead; empty where nothing is."""
    if taken.choices:
        fits = isinstance(value, str) and value in taken.choices
        return ("", "") if fits else (f"{_shown(value)} is not a word it takes", nearest(str(value), taken.choices))
    unit = f" in {taken.unit}" if taken.unit != "1" else ""
    instead = f"write a number{unit}, or a list of numbers"
    if taken.length:
        size = f"{taken.length} numbers" if taken.length > 0 else "at least 2 numbers"
        instead = f"write a list of {size} ({taken.unit})"
        rows = (
            value if taken.length > 0 and isinstance(value, list) and value and isinstance(value[0], list) else [value]
        )
        for row in rows:
            wrong = _list_fault(row)
            right = isinstance(row, list) and (len(row) == taken.length if taken.length > 0 else len(row) > 1)
            if wrong or not right:
                return wrong or f"it has {len(row)} numbers", instead
        return "", ""
    if isinstance(value, list):
        return (_list_fault(value), instead)
    return ("", "") if _is_number(value) else (_number_fault(value), instead)


def _expected_faults(name: str, number: int, label: str, kind: Kind, expected: _Object) -> Iterator[Fault]:
    def fault(key: str, wrong: str, instead: str) -> Fault:
        return Fault(name, number, f"{label} expected.{printable(key[:40])}", wrong, instead)

    if not expected:
        yield Fault(name, number, f"{label} expected", "nothing is expected", nearest("", kind.output_names))
    for key in expected.twice:
        yield fault(key, "the quantity stands twice", "keep one of them")
    for key, value in expected.items():
        if not kind.gives(key):
            yield fault(key, f"model '{kind.name}' gives no such quantity", nearest(key, kind.output_names))
        elif isinstance(value, list):
            wrong = _list_fault(value)
            if wrong:
                yield fault(key, wrong, "write a number, or a list of numbers")
        elif not _is_number(value):
            yield fault(key, _number_fault(value), "write a number, or a list of numbers")


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _number_fault(value: Any) -> str:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return "the number is not finite" if plain else f"{_shown(value)} is not a number"


def _list_fault(value: Any) -> str:
    if not isinstance(value, list):
        return f"{_shown(value)} is not a list"
    if not value:
        return "the list is empty"
    if len(value) > MOST_VALUES:
        return f"the list has more than {MOST_VALUES:,} values"
    bad = [k for k, item in enumerate(value, 1) if not _is_number(item)]
    return f"value {bad[0]} of the list: {_number_fault(value[bad[0] - 1])}" if bad else ""


def _what(value: Any) -> str:
    kinds = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return next((text for kind, text in kinds.items() if isinstance(value, kind)), "a number")


def _shown(value: Any) -> str:
    return (
        quoted(value)
        if isinstance(value, str)
        else _what(value)
        if isinstance(value, dict | list)
        else quoted(json.dumps(value))
    )


def given_shape(case: Case) -> tuple[int, ...]:
    """Shape of what the inputs of a case give: () for one number, (n,) where an input is a list."""
    shapes = []
    for key, value in case.inputs.items():
        taken = case.kind.input(key)
        if isinstance(value, list) and taken is not None:
            whole = np.asarray(value)
            shapes.append(whole.shape if taken.length == 0 else whole.shape[:-1])
    return np.broadcast_shapes(*shapes) if shapes else ()
