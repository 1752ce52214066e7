"""Whatever is done to the files of a scenario, it is read or refused with sentences; there is no third way."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from planner import InputError, read_scenario, read_tables

SCENARIO = Path(__file__).parent / "scenario"
WORDS = (
    *("", " ", "*", "-1", "0", "1e308", "-1e-308", "1_000", "\u0663", "nan", "inf", "x2", "yes", "no", "s1", "usz"),
    *("a;b", ";;", "..", "us;*", '"', '"x"', "\u202eabc", "\x07", "\r", "10" * 200, "Å", "🛰", "= 1", "#", "p3", "vr"),
    *("[MW]", "energised [MW IT]", "power [W^9^9]", "[[", "]", "title", "site", "2027-01-01", "1e15", "0.5", "rack"),
    *("leo", "orbit", "fleet"),
)
PATHS = (
    *("sites.s1.energised", "sites.*.zone", "scenario.periods", "limits.bud.on", "zones.usz.link_capacity"),
    *("a.b", "..", "scenario", "sites.[.zone"),
)
VALUES = (
    *WORDS,
    *("x0", "+-1", "x-1", "none", "5 MW", "5 kW facility", "+5 MW facility", "x1e300", "+1e15", "true"),
)


def cell(text, rng):
    lines = text.split("\n")
    i = int(rng.integers(0, len(lines)))
    cells = lines[i].split(",")
    cells[int(rng.integers(0, len(cells)))] = WORDS[int(rng.integers(0, len(WORDS)))]
    return "\n".join([*lines[:i], ",".join(cells), *lines[i + 1 :]])


def moved_line(text, rng):
    lines = text.split("\n")
    line = lines.pop(int(rng.integers(0, len(lines))))
    where = int(rng.integers(0, len(lines) + 1))
    return "\n".join([*lines[:where], *([line] * int(rng.integers(0, 3))), *lines[where:]])


def swapped_cells(text, rng):
    cells = text.replace("\n", ",\n,").split(",")
    i, j = rng.integers(0, len(cells), 2)
    cells[i], cells[j] = cells[j], cells[i]
    return ",".join(cells).replace(",\n,", "\n")


def garbled(data, rng):
    data = bytearray(data)
    for _ in range(int(rng.integers(1, 6))):
        data[int(rng.integers(0, len(data)))] = int(rng.integers(0, 256))
    return bytes(data)


def cut(data, rng):
    return data[: int(rng.integers(0, len(data)))]


def read(folder, *sets):
    """Whether a scenario was read; if it was refused, it was in sentences."""
    try:
        tables = read_tables(read_scenario(folder, (), sets))
    except InputError as error:
        lines = str(error).splitlines()
    else:
        return all(not np.isnan(v).any() for t in tables.numbers.values() for v in t.values())
    assert lines
    for line in lines:
        assert line.isprintable()
        assert line.count(" — ") >= 2
        assert len(line) < 600
    return False


@pytest.mark.parametrize("seed", range(10))
def test_a_mutated_scenario_is_read_or_refused(tmp_path, seed):
    rng = np.random.default_rng(seed)
    folder = Path(shutil.copytree(SCENARIO, tmp_path / "s"))
    whole = {path: path.read_bytes() for path in sorted(folder.iterdir())}
    taken = 0
    for _ in range(30):
        changed = [list(whole)[int(i)] for i in rng.integers(0, len(whole), int(rng.integers(1, 4)))]
        for path in changed:
            data, way = path.read_bytes() or b"x", int(rng.integers(0, 12))
            if way < 10:
                mutate = (cell, moved_line, swapped_cells)[way % 3]
                data = mutate(data.decode("utf-8", "replace"), rng).encode()
            else:
                data = garbled(data, rng) if way == 10 else cut(data, rng)
            path.write_bytes(data)
        taken += read(folder)
        for path in changed:
            path.write_bytes(whole[path])
    assert taken > 0


@pytest.mark.parametrize("seed", range(2))
def test_a_mutated_change_is_applied_or_refused(seed):
    rng = np.random.default_rng(100 + seed)
    applied = [
        read(SCENARIO, f"{PATHS[int(rng.integers(0, len(PATHS)))]}={VALUES[int(rng.integers(0, len(VALUES)))]}")
        for _ in range(40)
    ]
    assert any(applied)
    assert not all(applied)
