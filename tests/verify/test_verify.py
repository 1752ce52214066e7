"""Verdicts on bundles that were touched: bytes, files, names, prices."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import jax
import numpy as np
import pandas as pd
import pytest

from planner.verify import judge, verify

PARQUET = ["plan/money.parquet", "plan/builds.parquet", "prices.parquet", "proof.parquet", "leaves.parquet"]


def test_an_untouched_bundle_is_accepted_without_a_solver(small):
    program = (
        "import sys; sys.modules['cvxpy'] = sys.modules['highspy'] = sys.modules['planner.engines.exact'] = None\n"
        "from planner.verify import verify; v = verify(sys.argv[1]); print(v.ok, v.certified, v.faults, v.objective)"
    )
    cache = {
        "JAX_COMPILATION_CACHE_DIR": jax.config.jax_compilation_cache_dir,
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
    }
    command = [sys.executable, "-c", program, str(small.folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | cache, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("True True ()")
    printed = json.loads((small.folder / "certificate.json").read_text())
    assert float(done.stdout.split()[-1]) == pytest.approx(printed["objective"], rel=1e-12)


def test_any_changed_byte_is_refused_by_name(small):
    rng = np.random.default_rng(11)
    files = sorted(p.relative_to(small.folder).as_posix() for p in small.folder.rglob("*") if p.is_file())
    assert len(files) > 30
    for name in files:
        if name == "certificate.json":
            continue
        with small.changed(name) as path:
            data = bytearray(path.read_bytes())
            data[rng.integers(len(data))] ^= int(rng.integers(1, 256))
            path.write_bytes(bytes(data))
            verdict = verify(small.folder)
        assert not verdict.ok
        assert any(f.startswith(f"{name}: the file was changed") for f in verdict.faults), (name, verdict.faults)


def test_certificate_is_held_to_how_it_is_written(small):
    with small.changed("certificate.json") as path:
        path.write_text(path.read_text() + "\n")
        assert any(f.startswith("certificate.json: the file was changed") for f in verify(small.folder).faults)
    with small.changed("certificate.json") as path:
        path.write_text(path.read_text().replace('"format": 1,', '"format": 1, "extra": 2,'))
        assert any("extra is not a field" in f for f in judge(small.folder, small.assembly).faults)


@pytest.mark.parametrize("name", PARQUET)
@pytest.mark.parametrize("fault", ["missing", "truncated", "garbage", "empty", "another table"])
def test_broken_files_are_refused_with_a_sentence(small, name, fault):
    with small.changed(name) as path:
        data = path.read_bytes()
        if fault == "missing":
            path.unlink()
        elif fault == "another table":
            pd.DataFrame({"x": [1.0]}).to_parquet(path)
        else:
            path.write_bytes(
                {"truncated": data[: len(data) // 2], "garbage": b"PAR1" + data[::-1], "empty": b""}[fault]
            )
        for verdict in (
            verify(small.folder, recount=True) if fault == "missing" else judge(small.folder, small.assembly),
            verify(small.folder),
        ):
            assert not verdict.ok
            assert any(f.startswith(f"{name}:") for f in verdict.faults), verdict.faults


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"hashes": 3}', "\x00", "{}", '{"gap_asked": "x", "relaxation": 0}', "[" * 100_000]
)
def test_broken_certificates_are_refused_with_a_sentence(small, text):
    with small.changed("certificate.json") as path:
        path.write_text(text)
        for verdict in (judge(small.folder, small.assembly), verify(small.folder)):
            assert not verdict.ok
            assert verdict.faults[0].startswith("certificate.json:")


@pytest.mark.parametrize("name", ["/etc/passwd", "../outside", "plan/../../outside", "C:\\x"])
def test_names_that_lead_out_of_the_bundle_are_refused(small, name):
    with small.changed("certificate.json") as path:
        printed = json.loads(path.read_text())
        printed["hashes"][name] = "0" * 64
        path.write_text(json.dumps(printed, indent=1))
        for recount in (False, True):
            assert any("leads out of the bundle" in f for f in verify(small.folder, recount=recount).faults)


def test_links_pipes_and_strangers_are_refused(small, tmp_path):
    outside = tmp_path / "outside.parquet"
    outside.write_bytes((small.folder / "prices.parquet").read_bytes())
    with small.changed("prices.parquet") as path:
        path.unlink()
        path.symlink_to(outside)
        assert any(f.startswith("prices.parquet: it is a link") for f in verify(small.folder, recount=True).faults)
    folder = small.copy(tmp_path / "bundle")
    os.mkfifo(folder / "replay.parquet")
    (folder / "extra.txt").write_text("x")
    (folder / "more").mkdir()
    faults = verify(folder, recount=True).faults
    assert [f.split(":")[0] for f in faults] == ["extra.txt", "more", "replay.parquet"]
    assert "there is no folder" in verify(tmp_path / "nowhere").faults[0]


def test_files_that_came_or_went_are_named(small, tmp_path):
    folder = small.copy(tmp_path / "bundle")
    (folder / "inputs" / "stock.csv").rename(folder / "inputs" / "export.csv")
    faults = verify(folder).faults
    assert any(f.startswith("inputs/stock.csv: the file is missing") for f in faults)
    assert any(f.startswith("inputs/export.csv: the file is not in the list") for f in faults)


@pytest.mark.parametrize("edit", ["twice", "missing", "unknown", "nan", "text"])
def test_columns_stand_exactly_once(small, edit):
    name = "plan/flows.parquet"
    with small.changed(name) as path:
        frame = pd.read_parquet(path)
        if edit == "twice":
            frame = pd.concat([frame, frame.iloc[[3]]])
        elif edit == "missing":
            frame = frame.drop(index=3)
        elif edit == "unknown":
            frame.loc[3, "a"] = "nowhere"
        elif edit == "nan":
            frame.loc[3, "value"] = np.nan
        else:
            frame = frame.astype({"value": str})
        frame.to_parquet(path, index=False)
        faults = judge(small.folder, small.assembly).faults
    word = {
        "twice": "is there twice",
        "missing": "is missing",
        "unknown": "is not part of this program",
        "nan": "holds nan",
    }
    assert any(f.startswith(f"{name}:") and word.get(edit, "not a number") in f for f in faults), faults
    if edit in ("twice", "missing"):
        assert any("dispatch[s1,grid]@3" in f for f in faults)


def test_prices_that_agree_with_themselves_must_still_prove_the_plan(small):
    name, refused = "prices.parquet", 0
    rows = np.flatnonzero(np.abs(pd.read_parquet(small.folder / name)["price"]) > 1e-3)
    for i in np.random.default_rng(3).choice(rows, 12, replace=False):
        with small.changed(name) as path:
            frame = pd.read_parquet(path)
            frame.loc[i, ["price", "price_per_year"]] *= 1.2
            frame.to_parquet(path, index=False)
            verdict = judge(small.folder, small.assembly, recount=False)
        if verdict.ok:  # a dual degenerate price: the changed prices prove the plan just as well
            assert verdict.price_gap <= 1e-6 * 20_000
        else:
            assert any("with the integers fixed they prove" in f for f in verdict.faults)
            assert len(verdict.faults) > 1, "the row or its columns are named"
            refused += 1
    assert refused >= 8


def test_a_price_on_a_row_with_room_and_a_price_of_the_wrong_sign_are_named(small):
    name = "prices.parquet"
    with small.changed(name) as path:
        frame = pd.read_parquet(path)
        here = (frame["row"] == "link") & (frame["period"] == 1)
        frame.loc[here, ["price", "price_per_year"]] = [1.0, 1.08**1.5]
        frame.to_parquet(path, index=False)
        assert any("row link[leo]@1 has a price although" in f for f in judge(small.folder, small.assembly).faults)
        frame.loc[here, ["price", "price_per_year"]] = [-1.0, -(1.08**1.5)]
        frame.to_parquet(path, index=False)
        assert any("link[leo]@1 has the wrong sign" in f for f in judge(small.folder, small.assembly).faults)


def test_changes_must_be_what_the_scenario_declares(small, tmp_path):
    folder = small.copy(tmp_path / "bundle")
    path = folder / "inputs" / "changes.json"
    kept = json.loads(path.read_text())
    for edit in (
        {"changes": [["override x", "zones.usz.link_price", 5.0]]},
        {"overrides": ["x"]},
        {"changes": [3]},
        {"name": 4},
    ):
        path.write_text(json.dumps(kept | edit))
        faults = verify(folder, recount=True).faults
        assert faults
        assert all(f.startswith("inputs") for f in faults), faults
    path.write_text(json.dumps(kept | {"changes": [["--set", "sites.s1.power_price", "x1.1"]]}))
    faults = verify(folder, recount=True).faults
    assert any(f.startswith("certificate.json: objective") for f in faults)
    assert any(f.startswith("recount: money: energy") for f in faults)


def test_a_replay_must_hold_numbers_that_can_be(small, tmp_path):
    path = small.folder / "replay.parquet"
    try:
        pd.DataFrame({"served_share": [0.5, 1.0], "p10": [1.0, 2.0], "p50": [2.0, 3.0]}).to_parquet(path, index=False)
        assert judge(small.folder, small.assembly).ok
        pd.DataFrame({"served_share": [0.5, 1.2], "p10": [1.0, 9.0], "p50": [2.0, 3.0]}).to_parquet(path, index=False)
        assert len(judge(small.folder, small.assembly).faults) == 2
        path.write_bytes(b"no")
        assert judge(small.folder, small.assembly).faults == (
            "replay.parquet: it is not a readable parquet file; copy the bundle again",
        )
    finally:
        path.unlink()
