"""The page `docs/reconcile.md`: four boxes, known traps, and a walk from every published figure to ours."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from compute_stack import boundaries
from compute_stack.boundaries import Case
from planner.reconcile import early, whole
from planner.reconcile.ours import FIELDS, SATELLITE, SITE, YEAR, Ours, number, ours
from planner.reconcile.published import MODELS, Model
from planner.reconcile.traps import ALTITUDES, CHIP_LAYERS, LATITUDES, draws, traps, visibility
from planner.reconcile.walk import Walk, field, replaced, scalar

WALKS = {
    "mccalip": whole.mccalip_walks,
    "suncatcher": early.suncatcher,
    "turyshev": early.turyshev,
    "starcloud": early.starcloud,
    "forethought": early.forethought,
    "semianalysis": whole.semianalysis,
    "viewer": whole.viewer,
    "mdao": whole.mdao,
}

#: name, unit, inside the box in orbit, inside the box on the ground, left out of both.
BOXES = (
    ("launch_against_electricity", "1 launch v. electricity", "USD/kW/yr", "launch, failed ones flown again",
     "electricity at the meter", "satellites, facility, chips, links, operations"),
    ("build_against_facility", "2 launch + build v. facility", "USD/kW/yr",
     "launch, satellite without chips, insurance, links, operations", "facility, operations", "electricity, chips"),
    ("cycle_cost", "3 all-in cycle", "USD/kW", "all parts, cash of five years", "all parts, cash of five years",
     "the cost of capital"),
    ("gpu_hour_cost", "4 delivered GPU-hour", "USD/GPU-h", "all parts and the cost of capital",
     "all parts and the cost of capital", "nothing that is modelled; waiting for power and permits is not"),
)  # fmt: skip

_HEAD = """# Where we differ from published models, on purpose

Printed by `python -m planner.reconcile > docs/reconcile.md`; do not edit. Every figure is computed from code and data
of this repository. First the four boxes in which orbit and ground are compared, then known traps with their number and
ours, then a walk from each published figure to ours, one changed assumption a line.

**Our side** is one satellite class, one site and one chip generation of `datasets/world`: `{satellite}`
({altitude} km, {mass} kg per kW of IT) and racks at `{site}`, prices of {year:g}, Rubin chips on both sides. Money is
USD of 2026, power is IT power. Most of these inputs are grade C (own estimates, marked): read sizes and signs, not
digits. They stand in the last table; `planner stack` prints the same comparison for any class and site.

**Grades**: A measured, contracted, exact or as published by the authors, B published estimate, C own estimate.
"""

_ORDER = """## How to read a walk

The first line is what the authors print, the second what our code computes from their inputs (the function is named;
its difference is within the tolerance that the tests hold). Then each line changes one assumption and keeps all changes
before it. The last figure equals a direct evaluation of our model with our inputs; the tests compare the two.

**The size of a step depends on its place**: costs multiply (launch price x mass x losses), so what is changed late is
changed on top of everything before. *Step* is the difference in the order shown; *over all orders* is the mean of the
difference over every possible order (Shapley value), which does not depend on the order. Lines that change the same
number again have one common mean, which stands at the last of them and names the others.
"""


def page() -> str:
    """The text of `docs/reconcile.md`."""
    o = ours()
    mass = number(o.case.orbital.specific_mass)
    head = _HEAD.format(satellite=SATELLITE, altitude=number(o.design.altitude), mass=mass, site=SITE, year=YEAR)
    parts = [head, _boxes(o), _traps(o), _ORDER, *(_model(o, m) for m in MODELS), _inputs(o)]
    return "\n".join(parts)


def walks(o: Ours) -> list[tuple[Model, Walk]]:
    """Every walk, in the order of the page."""
    return [(m, w) for m in MODELS for w in WALKS[m.key](o)]


def sides(case: Case, box: str) -> tuple[float, float]:
    """Both sides of a box."""
    both = getattr(boundaries, box)(case)
    return scalar(both.orbit), scalar(both.ground)


def compared(o: Ours) -> list[tuple[str, dict[str, tuple[float, float]]]]:
    """The boxes of every model, completed with our inputs, and of ours; those it cannot fill are left out."""
    rows = [(m.title, m.completed(o.case), m.apart) for m in MODELS] + [("ours", o.case, ())]
    return [(title, {b[0]: sides(case, b[0]) for b in BOXES if b[0] not in apart}) for title, case, apart in rows]


def _table(head: list[str], rows: list[list[str]], right: int = 0) -> str:
    """A table in Markdown; the last `right` columns hold numbers."""
    rule = "|".join("---:" if i >= len(head) - right else "---" for i in range(len(head)))
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, *rows)]
    return "\n".join([lines[0], f"|{rule}|", *lines[1:]]).replace(" -> ", " \u2192 ") + "\n"


def _boxes(o: Ours) -> str:
    what = _table(
        ["box", "unit", "inside, orbit", "inside, ground", "left out"],
        [[name, unit, orbit, ground, out] for _, name, unit, orbit, ground, out in BOXES],
    )
    found = compared(o)
    rows, flips = [], []
    for title, boxes in found:
        cells = []
        for box in BOXES:
            if box[0] not in boxes:
                cells.append("not told apart")
                continue
            orbit, ground = boxes[box[0]]
            text = f"{_short(orbit)} : {_short(ground)} = {_short(orbit / ground)}"
            cells.append(f"**{text}**" if orbit < ground else text)
        rows.append([title, *cells])
        wins = [b[1] for b in BOXES if b[0] in boxes and boxes[b[0]][0] < boxes[b[0]][1]]
        if 0 < len(wins) < len(boxes):
            flips.append(
                f"- **{title}**: orbit is cheaper in box {', '.join(w[0] for w in wins)}, dearer in the others."
            )
    lines = "\n".join(flips) if flips else "- No model changes sign from box to box."
    stated = _table(
        ["model", "states itself (all else is ours)"],
        [[m.title, ", ".join(dict.fromkeys(FIELDS[k][0] for k in {**m.states, **m.also}))] for m in MODELS],
    )
    return f"""## The four boxes

`compute_stack.boundaries` has one function for each, on the same typed inputs. All are per kW *delivered*: losses,
availability, spares and links are charged.

{what}
### Every model in every box

orbit : ground = ratio; **bold** where orbit is cheaper. A model gives what it states, our inputs fill what it is
silent about. The cycle of Starcloud is ten years, that of all others five.

{_table(["model", *(f"{b[1]} [{b[2]}]" for b in BOXES)], rows)}
Where the sign changes with the box at the model's own launch price:

{lines}

The launch price at which each box turns [USD/kg]; *none*: orbit is dearer even if launch is free. **A price between two
of these numbers is cheap enough in one box and too dear in another**, which is how the same launch price carries
opposite headlines:

{_level(o)}
All other rows have one sign in all four boxes, but not one size: the ratio of ours is {_ratios(found[-1][1])}
from box 1 to box 4, because chips, which cost nearly the same on both sides, dilute everything else. **A ratio means
nothing without its box.**

{stated}"""


def level_launch_price(case: Case, box: str) -> float:
    """Launch price at which both sides of a box cost the same [USD/kg]; not a number where nothing is launched.

    Every box is linear in the launch price.
    """
    free, one = (replaced(case, {"orbital.launch_price": price}) for price in (0.0, 1.0))
    (orbit, ground), (more, _) = sides(free, box), sides(one, box)
    return (ground - orbit) / (more - orbit) if more > orbit else math.nan


def _level(o: Ours) -> str:
    rows = []
    for m in MODELS:
        if not m.apart:
            own = "" if "orbital.launch_price" in m.states else " (ours)"
            rows.append(_turns(m.title, m.completed(o.case), own))
    rows.append(_turns("ours", o.case, ""))
    return _table(["model", "its launch price", *(b[1] for b in BOXES)], rows)


def _turns(title: str, case: Case, whose: str) -> list[str]:
    prices = [level_launch_price(case, b[0]) for b in BOXES]
    words = ["none" if v <= 0 else f"below {_short(v)}" for v in prices]
    return [title, _short(field(case, "orbital.launch_price")) + whose, *words]


def _ratios(boxes: dict[str, tuple[float, float]]) -> str:
    return ", ".join(_short(a / b) for a, b in boxes.values())


def _traps(o: Ours) -> str:
    rows = [
        [
            t.figure,
            f"**{_short(t.theirs)}** {t.unit}: {t.their_way}",
            f"**{_short(t.ours)}** {t.unit}: {t.our_way}",
            t.source,
        ]
        for t in traps(o)
    ]
    seen = visibility(np.array(ALTITUDES)[:, None], np.array(LATITUDES))
    low = visibility(np.array(ALTITUDES)[:, None], np.array(LATITUDES), 10.0)
    sky = [
        [f"{h:g} km", *(f"{100 * a:.1f} % ({100 * b:.1f} %)" for a, b in zip(r, q, strict=True))]
        for h, r, q in zip(ALTITUDES, seen, low, strict=True)
    ]
    spans = [f"{100 * r[0]:.1f} to {100 * r[-1]:.1f} %" for r in seen]
    shared, flown, stood = [], [], []
    for key, title, orbit, ground in draws(o):
        row = [title, _short(orbit), _short(ground)]
        (shared if key in CHIP_LAYERS else flown if orbit else stood).append(row)
    head = ["one MW of IT draws", "orbit", "ground"]
    per_service = boundaries.level_charge(
        0.0, o.case.orbital.life, o.case.orbital.loss_rate + o.case.chips.orbital_attrition
    )
    more = scalar(per_service * o.case.orbital.life / boundaries.orbital_delivered_share(o.case))
    stay = boundaries.level_charge(0.0, o.case.chips.ground_life, o.case.chips.ground_attrition)
    less = scalar(stay * o.case.chips.ground_life / boundaries.ground_delivered_share(o.case))
    return f"""## Known traps

{_table(["figure", "theirs", "ours", "source of theirs"], rows)}
### A dawn-dusk plane is fixed in solar time

Share of the day in which a full ring of satellites is above 25 degrees of elevation (in brackets: above 10 degrees), by
latitude. The range of 11 to 23 % that is quoted is {spans[1]} at 650 km and 25 degrees, from the equator to 60 degrees
of latitude; at 550 km it is {spans[0]}, at 1,000 km {spans[2]}. The hours are always the same ones, around dawn and
dusk. Interactive service at other hours needs a relay mesh (`satellite_link.leo_relay_rtt`).

{_table(["altitude", *(f"{x:g} deg" for x in LATITUDES)], sky)}
### Orbit relieves power and permits, never chips

What the bills of `world` draw for one MW (`bills.csv`). The first block is the same wafers, memory and packaging from
the same doors, whether they fly or not:

{_table(head, shared, 2)}
Per kW that is *served* over five years, orbit needs more of them: {_short(more)} kW bought against {_short(less)}.
The satellites of `world` carry laser terminals and no optical modules; where their trays are cabled with optics, they
stand in that queue too. Only on the ground:

{_table(head, stood, 2)}
Only in orbit:

{_table(head, flown, 2)}"""


def _model(o: Ours, m: Model) -> str:
    note = f" {m.note}" if m.note else ""
    return f"## {m.title}\n\n{m.source} (grade {m.grade}).{note}\n\n" + "\n".join(_walk(w) for w in WALKS[m.key](o))


def _walk(w: Walk) -> str:
    digits = max(_digits([w.published, w.recomputed, *w.figures]), _digits([w.published]) - 1)
    rows = [["", f"as published, within {100 * w.tolerance:.2g} %", "", "", f"**{w.published:,.{digits}f}**", "", ""]]
    off = w.recomputed - w.published
    rows.append(["", f"recomputed: `{w.function}`", "", "", f"{w.recomputed:,.{digits}f}", _signed(off, digits), ""])
    first = w.figures[0] - w.recomputed
    if w.bridge:
        rows.append(["", w.bridge, "", "A", f"{w.figures[0]:,.{digits}f}", _signed(first, digits), ""])
    shown = [(i, line) for i, line in enumerate(w.lines, 1) if line.step.was or line.change]
    for i, line in shown:
        s = line.step
        mean = "" if math.isnan(line.mean) else _signed(line.mean, digits)
        mean += f" with {', '.join(map(str, line.others))}" if mean and line.others else ""
        rows.append(
            [
                str(i),
                s.what,
                f"{s.was} -> {s.now}",
                s.grade,
                f"{line.figure:,.{digits}f}",
                _signed(line.change, digits),
                mean,
            ]
        )
    rows.append(["", "**ours, evaluated directly**", "", "", f"**{w.ends:,.{digits}f}**", "", ""])
    head = ["", "assumption", "from -> to", "grade", w.unit, "step", "over all orders"]
    return f"### {w.title} [{w.unit}]\n\n{_table(head, rows, 3)}\n{_largest(w, digits)}{_sources(w)}"


def _largest(w: Walk, digits: int) -> str:
    known = [line for line in w.lines if not math.isnan(line.mean) and line.change]
    if not known:
        return ""
    top = max(known, key=lambda line: abs(line.mean))
    return (
        f"Largest over all orders: *{top.step.what}*, {_signed(top.change, digits)} here, "
        f"{_signed(top.mean, digits)} in the mean, from {_signed(top.low, digits)} to "
        f"{_signed(top.high, digits)} by order.\n"
    )


def _sources(w: Walk) -> str:
    used: dict[str, list[str]] = {}
    for i, line in enumerate(w.lines, 1):
        if line.step.source and (line.step.was or line.change):
            used.setdefault(line.step.source, []).append(str(i))
    told = "; ".join(f"{', '.join(numbers)} {source}" for source, numbers in used.items())
    return f"\nSources by line: {told}.\n"


def _inputs(o: Ours) -> str:
    rows = []
    for path, (label, unit) in FIELDS.items():
        rows.append(
            [
                label,
                f"{number(field(o.case, path))}",
                unit,
                o.grade[path],
                o.where[path],
            ]
        )
    return f"""## Our inputs

Worst grade of the cells behind each value; a price of a satellite or a rack contains the parts that it draws from
supply layers at the mean price of their doors. Losses in orbit hold chips and satellites together.

{_table(["input", "value", "unit", "grade", "where in `world`"], rows)}"""


def _digits(values: list[float]) -> int:
    top = max(abs(v) for v in values)
    return max(0, 3 - math.floor(math.log10(top))) if top else 0


def _signed(value: float, digits: int) -> str:
    text = f"{value:+,.{digits}f}"
    return text.replace("+", "").replace("-", "") if not any(c in "123456789" for c in text) else text


def _short(value: Any) -> str:
    return number(scalar(f"{scalar(value):.3g}"))
