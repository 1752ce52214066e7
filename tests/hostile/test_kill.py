"""A solve that is killed leaves the old bundle, the new one or none; faults of the machine end with a sentence."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import killing
import numpy as np
import pytest

import planner
from planner.bundle import _remove_leftovers, _workplace
from planner.verify import verify

HERE = Path(__file__).parent
SCENARIO = HERE.parent / "cli" / "scenario"


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plans")
    plan = planner.solve(SCENARIO)
    new, old = planner.write_bundle(plan, folder / "new"), planner.write_bundle(plan, folder / "old")
    for folder in (new, old):  # the steps of a few files are those of many
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            if path.name not in ("certificate.json", "prices.parquet", "money.parquet", "scenario.toml"):
                path.unlink()
    certificate = old / "certificate.json"
    certificate.write_text(certificate.read_text() + "\n")  # told apart by one byte
    return new, old


@pytest.mark.parametrize(
    "old",
    [
        pytest.param(True, id="over an old bundle"),
        pytest.param(False, id="where there is none", marks=pytest.mark.slow),
    ],
)
def test_a_write_killed_before_any_of_its_steps_leaves_a_whole_bundle_or_none(bundles, tmp_path, old):
    words = [sys.executable, str(HERE / "every_step.py"), bundles[0], bundles[1] if old else "-", tmp_path / "work"]
    done = subprocess.run(words, capture_output=True, text=True, env=killing.environment(), timeout=300)
    assert done.returncode == 0, done.stderr
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(steps) > 20
    assert [s["died"] for s in steps] == [True] * (len(steps) - 1) + [False]
    after = [s["after"] for s in steps]
    assert set(after) <= ({"old", "new", "none"} if old else {"new", "none"})
    order = ("old", "none", "new") if old else ("none", "new")
    assert after == sorted(after, key=order.index)  # one way only, none but for one step between old and new
    assert after.count("none") <= 1 or not old
    assert all(s["next"] == "new" and not s["left"] for s in steps)


def test_a_folder_that_another_solve_is_writing_is_left_alone(bundles, tmp_path):
    shutil.copytree(bundles[0], tmp_path / "bundle")
    dead = tmp_path / ".bundle.dead.part"
    dead.mkdir()
    other = tmp_path / ".bundle2.alive.part"
    other.mkdir()
    with _workplace(tmp_path / "bundle") as alive:
        _remove_leftovers(tmp_path / "bundle")
        assert alive.exists()
        assert not dead.exists()
        assert other.exists()
    assert not alive.exists()


def test_a_full_disk_ends_with_a_sentence_and_leaves_what_was_there(bundles, tmp_path):
    out = Path(shutil.copytree(bundles[0], tmp_path / "bundle"))
    before = killing.fingerprint(out)

    words = ["bash", "-c", 'ulimit -f 8; exec "$@"', "solve", *killing.command(SCENARIO, out)]
    environment = killing.environment() | {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = subprocess.run(words, capture_output=True, text=True, env=environment, timeout=300)
    assert done.returncode == 2, done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert "File too large — give a place that can be read and written" in last
    assert "Traceback" not in done.stderr
    assert killing.fingerprint(out) == before
    assert killing.leftovers(out) == []


@pytest.mark.parametrize("words", [["datasets"], ["check", str(SCENARIO)]], ids=["datasets", "check"])
def test_a_reader_that_hangs_up_is_no_fault(words):
    command = [sys.executable, "-m", "planner", *words]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=killing.environment()
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read().decode()
    assert process.returncode in (0, -signal.SIGPIPE), said
    assert said == ""


@pytest.mark.slow
def test_ten_solves_killed_at_random_leave_a_bundle_that_verifies_or_none(tmp_path):
    rng = np.random.default_rng(5)
    out = tmp_path / "bundle"
    span = killing.whole(SCENARIO, out)
    assert verify(out).ok
    for k in range(10):
        if k == 5:
            shutil.rmtree(out)
        late = bool(k % 2)
        seconds = rng.random() * (span.ends - span.writes if late else span.ends)
        killing.stopped(SCENARIO, out, seconds, after_writing=late)
        assert not out.exists() or verify(out).ok
    killing.whole(SCENARIO, out)
    assert verify(out).ok
    assert killing.leftovers(out) == []


@pytest.mark.slow
def test_ten_solves_stopped_by_hand_end_with_a_sentence(tmp_path):
    rng = np.random.default_rng(6)
    out = tmp_path / "bundle"
    span = killing.whole(SCENARIO, out)
    for k in range(10):
        late = bool(k % 2)
        seconds = (
            0.3 * span.writes + rng.random() * 0.7 * span.writes
            if not late
            else rng.random() * (span.ends - span.writes)
        )
        code, said = killing.stopped(SCENARIO, out, seconds, after_writing=late, by=signal.SIGINT)
        assert code in (0, 1, -signal.SIGINT, 130), said
        assert "Traceback" not in said, said
        assert verify(out).ok
        assert killing.leftovers(out) == []
