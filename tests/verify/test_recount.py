"""`verify --recount`: hashes ignored, every number recomputed. Corrupt one and it is named, or shown not to matter."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from planner.assemble import assemble_compiled
from planner.recount.reading import Refused
from planner.tables import Tables
from planner.verify import bundle_tables, judge

FACTORS = (1.001, 0.999, 1.01, 0.9, 1.5, 2.0, -1.0)
STEPS = (1e-3, 1.0, -1.0, 50.0)
UNPROVABLE = {"seconds", "gap_asked"}
"""Fields that no recomputation can fix: a time that passed, and what was asked for (held against the gap found)."""


@dataclass(frozen=True)
class Corruption:
    """One number, changed."""

    file: str
    where: str
    before: float
    after: float
    text: bytes | None = None


def _moved(rng: np.random.Generator, value: float, whole: bool) -> float:
    if whole:
        return value + int(rng.choice([-1, 1, 3]))
    return value * rng.choice(FACTORS) if value != 0 else float(rng.choice(STEPS))


def in_parquet(folder, rng: np.random.Generator, name: str) -> Corruption | None:
    """Change one number of a table on disk."""
    frame = pd.read_parquet(folder / name)
    numeric = [c for c in frame.columns if pd.api.types.is_numeric_dtype(frame[c]) and frame[c].dtype != bool]
    if not len(frame):
        return None
    main = [c for c in ("value", "price", "y", "lower", "upper") if c in numeric]
    column = str(rng.choice(main if rng.random() < 0.7 else numeric))
    i = int(rng.integers(len(frame)))
    before = frame[column].iloc[i]
    after = _moved(rng, before, frame[column].dtype.kind == "i")
    frame[column] = frame[column].where(np.arange(len(frame)) != i, after).astype(frame[column].dtype)
    frame.to_parquet(folder / name, index=False)
    return Corruption(name, f"{column} of line {i + 1}", float(before), float(after))


def in_certificate(folder, rng: np.random.Generator) -> Corruption:
    """Change one number of certificate.json."""
    printed = json.loads((folder / "certificate.json").read_text())
    places = [(k, None) for k, v in printed.items() if isinstance(v, int | float) and not isinstance(v, bool)]
    places += [(k, "violation") for k in ("worst_row", "worst_integer")]
    field, inner = places[rng.integers(len(places))]
    holder, key = (printed, field) if inner is None else (printed[field], inner)
    before = holder[key]
    holder[key] = after = _moved(rng, before, isinstance(before, int))
    (folder / "certificate.json").write_text(json.dumps(printed, indent=1))
    return Corruption("certificate.json", field, before, after)


def in_inputs(folder, rng: np.random.Generator) -> Corruption:
    """Change one number of a csv file."""
    files = sorted((folder / "inputs").glob("*.csv"))
    while True:
        path = files[rng.integers(len(files))]
        rows = list(csv.reader(io.StringIO(path.read_text())))
        cells = [(i, j) for i, row in enumerate(rows) for j, cell in enumerate(row) if i and _number(cell)]
        if cells:
            break
    i, j = cells[rng.integers(len(cells))]
    before = float(rows[i][j])
    after = _moved(rng, before, False)
    rows[i][j] = repr(after)
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    path.write_text(text.getvalue())
    return Corruption(f"inputs/{path.name}", f"{rows[i][0]}.{rows[0][j]}", before, after)


def _number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _same_tables(a, b) -> bool:
    return (
        a.settings == b.settings
        and all(np.array_equal(v, b.numbers[t][c]) for t, cols in a.numbers.items() for c, v in cols.items())
        and all(frame.equals(b.frames[t]) for t, frame in a.frames.items())
    )


def check_harmless(bundle, corruption: Corruption, verdict, assembly, flat) -> None:
    """An accepted corruption changes neither feasibility nor cost nor bound: judged without anything of `verify`."""
    if corruption.file == "certificate.json":
        small = corruption.where.startswith("worst_") or corruption.where == "money_difference"
        rounding = abs(corruption.after - corruption.before) <= 1e-9 and small
        assert corruption.where in UNPROVABLE or rounding, corruption
        return
    found = bundle.certificate(assembly, flat)
    scale = 1e-9 * (np.abs(flat.cost) @ np.abs(flat.upper).clip(0, 1e3) * 1e3 + 1)
    assert found.certified, (corruption, found.reasons)
    assert abs(found.objective * 1e3 - bundle.verdict.objective) <= min(scale, 1e-4), corruption
    assert abs(found.bound * 1e3 - bundle.verdict.bound) <= min(scale, 1e-4), corruption
    assert verdict.objective == pytest.approx(bundle.verdict.objective, rel=1e-8)
    assert verdict.certified


def read_or_refused(folder) -> Tables | tuple[str, ...]:
    """The tables of a bundle, or the sentences that refuse them."""
    try:
        return bundle_tables(folder)
    except Refused as refusal:
        return refusal.faults


def judged(bundle, kind: str, rng: np.random.Generator) -> str:
    """Corrupt, judge, put back: 'refused', 'harmless' or 'unchanged'."""
    tables = ["placements", "builds", "orders", "launches", "flows", "unserved", "money"]
    names = {
        "plan": f"plan/{tables[rng.integers(len(tables))]}.parquet",
        "prices": "prices.parquet",
        "proof": "proof.parquet",
    }
    files = [*(bundle.folder / "inputs").glob("*.csv")] if kind == "inputs" else []
    name = names.get(kind, "certificate.json")
    kept = {p: p.read_bytes() for p in [*files, bundle.folder / name]}
    assembly, flat = bundle.assembly, bundle.flat
    try:
        if kind == "inputs":
            corruption = in_inputs(bundle.folder, rng)
        elif kind == "certificate":
            corruption = in_certificate(bundle.folder, rng)
        else:
            corruption = in_parquet(bundle.folder, rng, name)
        if corruption is None or corruption.after == corruption.before:
            return "unchanged"
        if kind == "inputs":
            read = read_or_refused(bundle.folder)
            if not isinstance(read, Tables):
                assert all(f.startswith("inputs") for f in read)
                return "refused"
            if not _same_tables(read, bundle.assembly.tables):
                assembly = assemble_compiled(read)
                flat = assembly.program.flat()
        # The second count reads the tables, the plan and its money only.
        verdict = judge(bundle.folder, assembly, recount=kind in ("plan", "inputs"))
        if verdict.ok:
            check_harmless(bundle, corruption, verdict, assembly, flat)
            return "harmless"
        named = " ".join(verdict.faults)
        if kind in ("prices", "proof", "certificate"):
            assert corruption.file in named or "bound" in named, (corruption, verdict.faults)
            assert kind != "certificate" or corruption.where in named, (corruption, verdict.faults)
        else:
            assert any(w in named for w in ("row ", "column ", "worst_row", "recount: ", f"{corruption.file}: ")), (
                corruption,
                verdict.faults,
            )
        return "refused"
    finally:
        for path, data in kept.items():
            path.write_bytes(data)


COUNTS = {"plan": 80, "prices": 40, "proof": 40, "certificate": 32, "inputs": 8}


def run(bundle, counts: dict[str, int], seed: int) -> dict[str, dict[str, int]]:
    out: dict[str, dict[str, int]] = {}
    for k, (kind, count) in enumerate(counts.items()):
        rng = np.random.default_rng([seed, k])
        got = [judged(bundle, kind, rng) for _ in range(count)]
        out[kind] = {word: got.count(word) for word in ("refused", "harmless", "unchanged")}
    return out


def test_two_hundred_corruptions_are_refused_or_harmless(small, record_property):
    assert sum(COUNTS.values()) == 200
    found = run(small, COUNTS, 2027)
    record_property("corruptions", json.dumps(found))
    print(found)
    total = {word: sum(v[word] for v in found.values()) for word in ("refused", "harmless", "unchanged")}
    assert total["unchanged"] == 0
    assert total["refused"] >= 120, found
    assert found["prices"]["refused"] == COUNTS["prices"]


def test_corruptions_of_the_smallest_dataset(tiny):
    found = run(tiny, {"plan": 8, "prices": 4, "proof": 4, "certificate": 4}, 5)
    assert sum(v["refused"] for v in found.values()) >= 10, found


@pytest.mark.parametrize("which", ["small", "tiny"])
def test_written_back_unchanged_it_is_accepted(which, request):
    bundle = request.getfixturevalue(which)
    for path in sorted(bundle.folder.rglob("*.parquet")):
        pd.read_parquet(path).to_parquet(path, index=False)
    verdict = judge(bundle.folder, bundle.assembly, recount=True)
    assert verdict.ok, verdict.faults
    assert verdict.certified


# variable, entity, period, change, what the recount must say, beginning with the family
WRONG = [
    ("energised", "s1,grid", 3, "x1.2", "delivery: energised"),
    ("dispatch", "s1,grid", 3, "x0.9", "power: load x PUE"),
    ("dispatch", "s1,grid", 3, "x3", "source: dispatch"),
    ("energised", "s1,grid", 1, "x3", "ramp: power added"),
    ("load", "s1,dlc,dlc", 3, "x1.1", "racks: power"),
    ("load", "s1,dlc,dlc", 3, "x1.1", "cooling: load"),
    ("hall", "s1,dlc", 3, "x0.5", "cooling: load"),
    ("run", "usz,vr", 3, "x1.1", "operate: operating"),
    ("time", "serve,usz,vr", 3, "x1.1", "time: unit time"),
    ("time", "serve,usz,vr", 3, "x0.9", "compute: served"),
    ("serve", "chat_e,usz", 2, "x0.9", "serve: served and unserved"),
    ("serve", "train_e,usz", 2, "+5000", "run: a job runs"),
    ("pace", "train_e", 2, "+5000", "work: done and undone"),
    ("order", "tsmc", 2, "x0.5", "supply: units drawn"),
    ("order", "tsmc", 2, "x9", "door: orders"),
    ("order", "fab", 3, "+500", "door: orders"),
    ("stock", "wafer", 0, "x0.5", "supply: units drawn"),
    ("stock", "wafer", 1, "+1e6", "stock: units kept"),
    ("build", "usz,vr", 3, "x1.3", "supply: units drawn"),
    ("build", "leo,sat1", 2, "+100", "mass: new satellites"),
    ("build", "leo,sat1", 2, "+100", "volume: new satellites"),
    ("launch", "ship,ss", 2, "+30", "cadence: launches"),
    ("launch", "ship,ss", 2, "+0.5", "integers: launch"),
    ("join", "p1", 1, "+1", "once: join"),
    ("join", "p2", 0, "+2", "order: a phase"),
    ("join", "p3", 1, "+1", "open_first: a queue"),
    ("home", "train_e,usz", 0, "x0", "gang: served"),
    ("build", "cars,ai5", 1, "+1e6", "fleet: chips"),
    ("time", "serve,cars,ai5", 1, "+1e5", "idle: idle compute"),
    ("hall", "s1,dlc", 3, "x300", "budget: money"),
]


@pytest.mark.parametrize(("variable", "entity", "period", "change", "says"), WRONG)
def test_each_family_is_counted_again_and_named(small, variable, entity, period, change, says):
    for path in (small.folder / "plan").glob("*.parquet"):
        frame = pd.read_parquet(path)
        if variable not in set(frame.get("variable", ())):
            continue
        label = frame[["a", "b", "c"]].agg(lambda r: ",".join(v for v in r if v), axis=1)
        here = (frame["variable"] == variable) & (label == entity) & (frame["period"] == period)
        if not here.any():
            pytest.skip("the program has no such column")
        with small.changed(path.relative_to(small.folder).as_posix()) as file:
            value = frame.loc[here, "value"]
            if change[0] == "x" and float(value.iloc[0]) == 0:
                pytest.skip("nothing of it is in the plan")
            frame.loc[here, "value"] = value * float(change[1:]) if change[0] == "x" else value + float(change[1:])
            frame.to_parquet(file, index=False)
            verdict = judge(small.folder, small.assembly, recount=True)
        assert any(f.startswith(f"recount: {says}") for f in verdict.faults), verdict.faults
        assert any(f.startswith(f"recount: {says}") and "would be right" in f for f in verdict.faults)
        return
    pytest.fail(f"no table holds {variable}")
