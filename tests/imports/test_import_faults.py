"""One file per fault, each with its sentence; nothing is written."""

import pytest

from planner import InputError, import_case
from planner.imports import read_case

FAULTS = {
    "empty": ("gap", "", {}, "f — the file is empty — give the file of a problem"),
    "not a number": (
        "orlib-cap", "1 1\n5 x\n2 3\n", {},
        "f:2 fixed cost of place 1 — 'x' is not a number — write a number of at least 0",
    ),
    "negative": (
        "orlib-cap", "1 1\n5 1\n2 -3\n", {},
        "f:3 cost of customer 1 from place 1 — '-3' is negative — write a number of at least 0",
    ),
    "infinite": (
        "single-source", "1 1\n5 1\n2 inf\n", {},
        "f:3 cost of customer 1 from place 1 — 'inf' is not a number — write a number of at least 0",
    ),
    "huge": (
        "gap", "1 1\n1e13 1 1\n", {},
        "f:2 cost of job 1 at agent 1 — '1e13' is larger than 1e+12 — write it in a larger unit",
    ),
    "truncated": (
        "orlib-cap", "2 2\n5 1\n5 1\n2 3 4\n", {},
        "f:1 — 2 places and 2 customers ask for 10 more numbers, the file holds 7 — "
        "complete the file or correct the counts",
    ),
    "no counts": (
        "ufl", "7\n", {}, "f:1 number of customers — the file ends before it — complete the file",
    ),
    "a count that is not whole": (
        "single-source", "2.5 2\n1 1\n", {},
        "f:1 number of places — '2.5' is not a count — write a whole number of at least 1",
    ),
    "no places": (
        "orlib-cap", "0 2\n1 1\n", {},
        "f:1 number of places — '0' is not a count — write a whole number of at least 1",
    ),
    "more than a file can hold": (
        "p-median", "99999999999 1 1\n1 2 3\n", {},
        "f:1 number of vertices — '99999999999' is more than a file can hold — write the count of what follows",
    ),
    "too many pairs": (
        "ufl", "10000 10000\n1 1\n", {},
        "f:1 — 10,000 customers x 10,000 places are more than 820,000 pairs — "
        "give a smaller problem: 905 x 905 fit, or 8,200 x 100",
    ),
    "a graph with too many pairs": (
        "p-median", "1000 1 90\n1 2 3\n", {},
        "f:1 — 1,000 customers x 1,000 places are more than 820,000 pairs — "
        "give a smaller problem: 905 x 905 fit, or 8,200 x 100",
    ),
    "more than the problem": (
        "gap", "2 1\n1 1 1 1\n3 3\n7\n", {},
        "f:4 — '7' follows after the end of the problem — delete what follows, or correct the counts",
    ),
    "the word capacity": (
        "orlib-cap", "1 1\ncapacity 5\n2 3\n", {},
        "f:2 capacity of place 1 — the word 'capacity' stands for a number that the file leaves open — "
        "give --capacity N, the capacity of every place (the source of the file lists them)",
    ),
    "capacity given twice": (
        "orlib-cap", "1 1\n5 5\n2 3\n", {"capacity": 7},
        "f:2 — every capacity stands in the file, and --capacity was given — leave --capacity out",
    ),
    "capacity where there is none": (
        "gap", "1 1 1 1 1", {"capacity": 7},
        "--capacity — files of format gap do not leave a capacity open — leave it out",
    ),
    "capacity out of range": (
        "orlib-cap", "1 1 capacity 5 2 3", {"capacity": -1},
        "--capacity -1 — it is out of range — write a number from 0 to 1e12",
    ),
    "several problems": (
        "gap", "2\n1 1 1 1 1\n1 1 2 2 2\n", {}, "f:1 — the file holds 2 problems — give --problem K, 1 to 2",
    ),
    "a problem that is not there": (
        "gap", "2\n1 1 1 1 1\n1 1 2 2 2\n", {"problem": 3},
        "f:1 — the file holds 2 problems, and --problem 3 was given — give --problem 1 to 2",
    ),
    "problem zero": ("gap", "1 1 1 1 1", {"problem": 0}, "--problem 0 — problems are counted from 1 — write 1 or more"),
    "problem of a file of one": (
        "ufl", "1 1 0\n1 1 1\n", {"problem": 1}, "--problem — a file of format ufl holds one problem — leave it out",
    ),
    "profits of a location": (
        "ufl", "1 1 0\n1 1 1\n", {"maximise": True}, "--maximise — format ufl has costs only — leave it out",
    ),
    "a limit on open places": (
        "ufl", "1 1 3\n1 1 1\n", {},
        "f:1 third number of the header — '3' is not 0 — write 0: no limit on open places",
    ),
    "a place twice": (
        "ufl", "2 1 0\n1 1 1\n1 1 1\n", {},
        "f:3 number of place 2 — place 1 stands twice — number the places from 1",
    ),
    "a place above the header": (
        "ufl", "2 1 0\n1 1 1\n3 1 1\n", {},
        "f:3 number of place 2 — 3 is above the 2 places of the header — number the places from 1",
    ),
    "p above n": (
        "p-median", "2 1 3\n1 2 4\n", {},
        "f:1 p — 3 are more than the 2 vertices — write a number up to that of vertices",
    ),
    "an edge to nowhere": (
        "p-median", "2 1 1\n1 5 4\n", {},
        "f:2 second end of edge 1 — there is no vertex 5 among 2 — write a number from 1 to 2",
    ),
    "a truncated graph": (
        "p-median", "3 2 1\n1 2 4\n2\n", {},
        "f:1 — 2 edges ask for 6 more numbers, the file holds 4 — complete the file or correct the counts",
    ),
    "no such format": (
        "caps", "1", {}, "FORMAT 'caps' — no format has this name — write one of: gap, orlib-cap, p-median, "
        "single-source, ufl",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_by_its_sentence(name, tmp_path):
    kind, text, choices, sentence = FAULTS[name]
    (tmp_path / "f").write_text(text)
    with pytest.raises(InputError) as fault:
        import_case(kind, tmp_path / "f", tmp_path / "out", **choices)
    assert str(fault.value) == sentence
    assert sorted(p.name for p in tmp_path.iterdir()) == ["f"]


@pytest.mark.parametrize("content", [b"\x00\x01\x02", b"3 4\n\xff\xfe", b"1 1\0"])
def test_bytes_that_are_no_text(content, tmp_path):
    (tmp_path / "f").write_bytes(content)
    with pytest.raises(InputError, match="it is not a text file — give the file of the problem, unpacked"):
        read_case("gap", tmp_path / "f")


def test_places_that_are_no_file(tmp_path):
    with pytest.raises(InputError, match="it is not a file — give the file of the problem"):
        read_case("gap", tmp_path)
    with pytest.raises(InputError, match="the file cannot be read — give the file of the problem"):
        read_case("gap", tmp_path / "absent")
