"""The page docs/validate.md, printed from the kinds. Run: python -m planner.validate.manual > docs/validate.md."""

from __future__ import annotations

from planner.validate.catalogue import KINDS
from planner.validate.kinds import Input, Kind

HEAD = """# Published results and measured round trips

    planner validate results.json [--all] [--json]   # a list of published results, each computed from its inputs
    planner validate trips.csv [--scenario world]    # measured round trips: a,b,lat_a,lon_a,lat_b,lon_b,rtt_ms

Exit 0: everything within its tolerance (round trips: read). 1: something misses. 2: the file has faults, all told at
once. `--scenario` measures the graph that a scenario plans with instead of the fitted one.
How good the round trips are, and on what: [latency.md](latency.md).

A case of a result:

```json
{"id": "v2mini", "model": "launched_power_price", "inputs": {"mass_kg": 575, "power_kw": 28, "life_yr": 5},
 "expected": {"at_3600": 14700, "at_200": 810}, "rel_tol": 0.015, "note": "Table 1"}
```

An input that is left out has the value that its author takes. An input may be a list: then results are lists, element
by element. Where the expected number is 0 the tolerance is absolute. `<number>` in a name stands for a number.

Printed by `python -m planner.validate.manual`.
"""


def manual() -> str:
    """The page."""
    return HEAD + "".join(_section(kind) for kind in KINDS.values())


def _section(kind: Kind) -> str:
    units = {**kind.outputs, **{f.form.replace("{}", "<number>"): f.unit for f in kind.families}}
    outputs = [f"`{name}`{_unit(unit)}{_want(kind, name)}" for name, unit in units.items()]
    ways = [" or ".join(" and ".join(f"`{n}`" for n in names) for names in choice) for choice in kind.either]
    needs = f"\nGiven must be: {'; '.join(ways)}.\n" if ways else ""
    return (
        f"\n## {kind.name}\n\n{kind.source}.\n\nInputs: {', '.join(_input(i) for i in kind.inputs)}.\n{needs}\n"
        f"Results: {', '.join(outputs)}.\n"
    )


def _input(taken: Input) -> str:
    names = " or ".join(f"`{name}`" for name in taken.names)
    if taken.choices:
        return f"{names} ({' or '.join(taken.choices)}) = {taken.default}"
    usual = f" = {taken.default:g}" if isinstance(taken.default, float) else ""
    state = " **required**" if taken.needed else usual or " optional"
    return f"{names}{_unit(taken.unit)}{state}"


def _unit(unit: str) -> str:
    return f" [{unit}]" if unit not in ("", "1") else ""


def _want(kind: Kind, name: str) -> str:
    return f" with `{kind.wants[name]}`" if name in kind.wants else ""


if __name__ == "__main__":
    print(manual(), end="")
