"""Notebooks run as scripts from any folder; what they report keeps the laws of an optimum."""

import itertools
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))
WHAT_IF = ROOT / "notebooks" / "what_if.py"


def output(folder, notebook, *arguments):
    """What a notebook prints when it is run as a script."""
    command = [sys.executable, str(notebook), *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def amount(text, label):
    """The number of M USD that stands after a label."""
    return float(re.search(rf"^{re.escape(label)}: (\S+) M USD", text, re.MULTILINE)[1])


def now(text, label):
    """First and second number of a line `label: a -> b`."""
    return tuple(map(float, re.search(rf"^{re.escape(label)}: (\S+) -> (\S+) ", text, re.MULTILINE).groups()))


def satellite(text, name):
    """kg/kW and useful W/kg of a satellite."""
    found = re.search(rf"^{name}: (\S+) kg/kW, (\S+) useful", text, re.MULTILINE)
    return tuple(map(float, found.groups()))


def test_every_notebook_is_run_below():
    assert {n.stem for n in NOTEBOOKS} == {"what_if", "first_plan", "orbit_or_earth"}


@pytest.mark.slow
def test_first_plan_is_certified_and_no_better_with_less(tmp_path):
    text = output(tmp_path, ROOT / "notebooks" / "first_plan.py")
    assert "verdict: certified" in text
    cost = amount(text, "cost of five sites")
    bound = float(re.search(r"^bound: (\S+) M USD", text, re.MULTILINE)[1])
    assert bound <= cost <= bound * (1 + 1e-4)
    # Whoever joins a queue that is a year shorter may wait a year: a delay never helps.
    assert float(re.search(r"^a year of delay costs: (\S+) M USD", text, re.MULTILINE)[1]) >= -1e-4 * cost
    found = re.findall(r"^budget (\S+): (\S+) M USD, certified", text, re.MULTILINE)
    budgets, costs = [[float(v) for v in column] for column in zip(*found, strict=True)]
    assert len(found) == 6
    assert budgets == sorted(budgets)
    assert all(b <= a * (1 + 1e-4) for a, b in itertools.pairwise(costs))  # money that need not be spent never hurts
    assert cost == pytest.approx(costs[budgets.index(1.0)], rel=1e-4)


@pytest.mark.slow
def test_orbit_or_earth_shows_where_orbit_starts(tmp_path):
    text = output(tmp_path, ROOT / "notebooks" / "orbit_or_earth.py")
    assert "verdict: certified" in text
    line = r"^mass x(\S+) price x(\S+): cost (\S+) M USD, launches (\S+) M USD, orbit (\S+) %"
    points = {(float(m), float(p)): tuple(map(float, rest)) for m, p, *rest in re.findall(line, text, re.MULTILINE)}
    masses, prices = sorted({m for m, _ in points}), sorted({p for _, p in points})
    assert len(points) == len(masses) * len(prices) == 21
    for m in masses:
        for low, high in itertools.pairwise(prices):
            assert points[m, low][0] <= points[m, high][0] + 1e-3
    for p in prices:
        for light, heavy in itertools.pairwise(masses):
            assert points[light, p][0] <= points[heavy, p][0] + 1e-3
    # The edge that is said is the one in the table.
    used = [p for p in prices if points[1.0, p][2] > 1e-4]
    said = re.search(r"^mass x1: (.*)$", text, re.MULTILINE)[1]
    if used and used[-1] < prices[-1]:
        above = prices[prices.index(used[-1]) + 1]
        assert said == f"orbit starts to pay between launch price × {above:g} (none) and × {used[-1]:g}."
    else:
        assert said.startswith("orbit is used up to" if used else "no orbit")


@pytest.mark.slow
def test_what_if_keeps_the_laws_of_an_optimum(tmp_path):
    plain = output(tmp_path, WHAT_IF)
    base = amount(plain, "base cost of two-engines")
    assert amount(plain, "cost now") == base
    light = output(tmp_path, WHAT_IF, "--launch_price", "0.5", "--mass", "0.5")
    assert amount(light, "base cost of two-engines") == pytest.approx(base, rel=1e-9)
    assert amount(light, "cost now") <= base * (
        1 + 1e-6
    )  # cheaper and lighter: the old plan still fits, and costs less
    slow = output(tmp_path, WHAT_IF, "--grid_wait", "1.5")
    assert amount(slow, "cost now") >= base * (1 - 1e-6)
    for text in (plain, light, slow):
        assert "verdict: certified (relaxation)" in text
        bound = float(re.search(r"^bound: (\S+) M USD", text, re.MULTILINE)[1])
        assert bound <= amount(text, "cost now") <= bound * (1 + 1e-6)
        matter = re.findall(r"^matters: (\S+) moves the cost by (\S+) M USD$", text, re.MULTILINE)
        swings = [float(swing) for _, swing in matter]
        assert len({path for path, _ in matter}) == 5
        assert swings == sorted(swings, reverse=True)
        assert swings[-1] > 0
    before, after = now(light, "cheapest launch of the first year")
    assert after == pytest.approx(before / 2, rel=1e-6)
    before, after = now(slow, "planned wait of grid and leased power, mean")
    assert after == pytest.approx(1.5 * before, rel=1e-6)  # leads are linear in the stages' inputs
    for name in ("shell_550_central_sat_rubin", "shell_550_optimistic_sat_ai6"):
        heavy, fell = satellite(plain, name), satellite(light, name)
        assert heavy[0] / 2 < fell[0] < heavy[0] * 0.6  # every part of the mass is halved but the shield
        assert fell[0] * fell[1] == pytest.approx(heavy[0] * heavy[1], rel=1e-5)
