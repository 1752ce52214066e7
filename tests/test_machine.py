"""Things kept in the user's cache folder: read back, made anew when they are not theirs, dropped when too many."""

import pickle

import numpy as np
import pytest

from planner import machine


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(machine, "SLOW", -1.0)
    (tmp_path / "code.py").write_text("one")
    return tmp_path


def test_a_thing_is_made_once_and_anew_for_other_keys_other_code_and_broken_files(cache):
    made = []

    def made_of(key):
        return machine.kept("things", key, [str(cache / "code.py")], lambda: made.append(key) or np.arange(3))

    np.testing.assert_array_equal(made_of(b"a"), made_of(b"a"))
    assert made == [b"a"]
    made_of(b"b")
    (cache / "code.py").write_text("two")
    made_of(b"a")
    assert made == [b"a", b"b", b"a"]
    for file in (cache / "compute-planner" / "things").glob("*.pickle"):
        file.write_bytes(pickle.dumps(np.arange(3))[:20])
    np.testing.assert_array_equal(made_of(b"a"), np.arange(3))
    assert made == [b"a", b"b", b"a", b"a"]


def test_what_is_quick_to_make_is_not_kept_and_the_oldest_are_dropped(cache, monkeypatch):
    monkeypatch.setattr(machine, "MOST_BYTES", 2500)
    for key in (b"a", b"b", b"c", b"d"):
        machine.kept("things", key, [], lambda: np.zeros(100))
    assert len(list((cache / "compute-planner" / "things").glob("*"))) == 2
    monkeypatch.setattr(machine, "SLOW", 100.0)
    machine.kept("quick", b"a", [], lambda: 1)
    assert not list((cache / "compute-planner" / "quick").glob("*"))


def test_without_a_folder_things_are_made(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert machine.cache_folder("things") is None
    assert machine.kept("things", b"a", [], lambda: 7) == 7


def test_free_memory_is_some_of_the_machine():
    assert 1e8 < machine.free_memory() <= 1e15
