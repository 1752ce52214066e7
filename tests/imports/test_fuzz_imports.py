"""Files that were damaged: a problem or a sentence, never anything else."""

import numpy as np
import pytest

from planner import InputError
from planner.imports import FORMATS, read_case

GOOD = {
    "orlib-cap": "3 4\n9 30.\n7 0\n  8\t25.5\n 4\n10. 14.5 30\n3 22 9 11\n5 16 35\n12 2 8 7 13",
    "single-source": "3 4\n9 7 8\n30 0 25.5\n4 3 5 2\n10 14.5 30 22 9 11 16 35 12\n8 7 13\n",
    "gap": "2\n2 2\n1 2 3 4\n1 1 1 1\n2 2\n2 4\n7 2 9 4\n3 8 6 6\n5 3 4 6\n4 5 2 3\n8 9\n",
    "ufl": "FILE: a b\n3 4 0\n2 0 14.5 9 35 7\n1 30 10 22 16 8\n3 25.5 30 11 12 13\n",
    "p-median": "5 5 2\n1 2 9\n2 3 4\n4 5 0\n1 3 20\n2 1 3\n",
}
WORDS = [
    "-1",
    "nan",
    "1e400",
    "1e-400",
    "9" * 40,
    "capacity",
    "0",
    "",
    "1_0",
    "٣",
    "0x10",
    "1,5",
    "\0",
    "--",
    "2.5",
    "FILE:",
    "é",
]


def damaged(text, rng):
    """One to three changes: a word replaced, dropped, doubled; the tail cut; a byte changed."""
    data = text
    for _ in range(rng.integers(1, 4)):
        words = data.split(" ")
        k = int(rng.integers(len(words)))
        match rng.integers(5):
            case 0:
                words[k] = str(rng.choice(WORDS))
            case 1:
                del words[k]
            case 2:
                words.insert(k, words[k])
            case 3:
                words = " ".join(words)[: int(rng.integers(len(data) + 1))].split(" ")
            case _:
                words[k] = words[k] + "\n" + str(rng.choice(WORDS))
        data = " ".join(words)
    raw = bytearray(data.encode())
    if raw and rng.random() < 0.3:
        raw[int(rng.integers(len(raw)))] = int(rng.integers(256))
    return bytes(raw)


@pytest.mark.parametrize("format", FORMATS)
def test_damaged_files(format, tmp_path):
    rng = np.random.default_rng(20261122)
    path, told = tmp_path / "f", 0
    for _ in range(200):
        path.write_bytes(damaged(GOOD[format], rng))
        choices = {"problem": 1} if format == "gap" and rng.random() < 0.5 else {}
        faults, case = (), None
        try:
            case = read_case(format, path, **choices)
        except InputError as error:
            faults = error.faults
        assert all(str(f).count(" — ") >= 2 and "\n" not in str(f) for f in faults)
        told += bool(faults)
        if case is not None:
            assert case.cost.shape == (case.demand.size, case.capacity.size)
            assert not np.isnan(case.cost).any()
    assert 100 <= told <= 200
