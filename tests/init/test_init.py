"""`init` gives a copy that plans to the same program; `write_scenario` writes what was said; bad names are refused."""

import io
import os
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from planner import InputError, init, read_scenario, read_tables, write_scenario
from planner.assemble import assemble_compiled
from planner.cli import app
from planner.schema import SETTINGS
from planner.starting import settings_text

DATASETS = sorted(p.parent.name for p in (Path(__file__).parents[2] / "datasets").glob("*/scenario.toml"))


def refused(call, *arguments):
    with pytest.raises(InputError) as caught:
        call(*arguments)
    return [str(f) for f in caught.value.faults]


def same_tables(a, b):
    assert a.settings == b.settings
    assert all(a.frames[t].equals(frame) for t, frame in b.frames.items())
    for table, columns in b.numbers.items():
        assert all(np.array_equal(a.numbers[table][c], value) for c, value in columns.items()), table
    assert a.provenance.equals(b.provenance)


@pytest.mark.parametrize(
    "dataset", ["tiny", *(pytest.param(d, marks=pytest.mark.slow) for d in DATASETS if d != "tiny")]
)
def test_a_copy_reads_as_its_dataset(dataset, tmp_path):
    where = init("mine", dataset, tmp_path)
    assert where == tmp_path / "mine"
    here, there = read_scenario(where), read_scenario(dataset)
    assert here.overrides == there.overrides
    same_tables(read_tables(here), read_tables(there))
    for name, content in there.files.items():
        if name.endswith(".csv") or name == "SOURCE.md":
            assert here.files[name] == content
    for override in list(there.overrides)[:1]:
        same_tables(read_tables(read_scenario(where, (override,))), read_tables(read_scenario(dataset, (override,))))
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


@pytest.mark.slow
@pytest.mark.parametrize("dataset", DATASETS)
def test_a_copy_is_the_same_program(dataset, tmp_path):
    here = assemble_compiled(read_tables(read_scenario(init("mine", dataset, tmp_path)))).program
    there = assemble_compiled(read_tables(read_scenario(dataset))).program
    assert here.layout.digest == there.layout.digest
    assert np.array_equal(here.flat().cost, there.flat().cost)


def test_every_setting_is_explained_where_it_stands(tmp_path):
    text = (init("mine", "tiny", tmp_path) / "scenario.toml").read_text(encoding="utf-8")
    lines = text.partition("[overrides.")[0].splitlines()
    for c in SETTINGS:
        (at,) = [i for i, line in enumerate(lines) if line.startswith((f"{c.name} = ", f"# {c.name} = "))]
        comment = lines[at - 1].lower()
        assert comment.startswith(f"# {c.meaning.lower()}")
        assert c.kind != "number" or f"[{c.unit.lower()}]" in comment
    # A default that is shown is the one that counts: with the '#' taken away nothing changes.
    bare = "\n".join(line[2:] if line.startswith("# launch_life = ") else line for line in lines)
    assert tomllib.loads(bare)["scenario"]["launch_life"] == 5.0


def test_the_readme_names_every_table_and_commands_that_work(tmp_path):
    where = init("mine", "tiny", tmp_path)
    text = (where / "README.md").read_text(encoding="utf-8")
    for file in where.glob("*.csv"):
        assert f"| `{file.name}` |" in text
        rows = len(read_scenario(where).tables[file.stem].rows)
        assert f"| `{file.name}` | {rows} |" in text
    assert "`hubs.csv`" in text.partition("may be added")[2]
    result = CliRunner().invoke(app, ["check", str(where)])
    assert result.exit_code == 0, result.output


NAMES = ["", ".", "..", "../up", "a/b", "/abs", "a\\b", "-x", ".hidden", "a b", "a\nb", "é", "x" * 65, "end.", "nul\0"]


@pytest.mark.parametrize("name", NAMES)
def test_names_that_are_none_are_refused(name, tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()
    (told,) = refused(init, name, "tiny", inner)
    assert (
        "it is not a name for a scenario — write letters, digits, _ - . (a letter or digit first, at most 64)" in told
    )
    assert list(tmp_path.iterdir()) == [inner]
    assert not list(inner.iterdir())


def test_what_is_there_is_never_touched(tmp_path):
    for kind in ("folder", "file", "link"):
        place = tmp_path / kind
        if kind == "folder":
            place.mkdir()
        elif kind == "file":
            place.write_text("mine")
        else:
            os.symlink(tmp_path / "nowhere", place)
        assert refused(init, kind, "tiny", tmp_path) == [f"{place} — it is there already — write another name"]
    assert (tmp_path / "file").read_text() == "mine"
    assert not list((tmp_path / "folder").iterdir())
    (told,) = refused(init, "mine", "tiny", tmp_path / "none")
    assert told == f"{tmp_path / 'none'} — there is no such folder — give one that exists"


def test_an_unknown_dataset_and_none_at_all(tmp_path):
    assert refused(init, "mine", "tinny", tmp_path) == [
        "tinny — no dataset and no folder of this name — did you mean 'tiny'?"
    ]
    (told,) = refused(init, "mine", "", tmp_path)
    assert told.startswith("--from — no scenario to start from is named — write one of: ")
    assert all(d in told for d in DATASETS)
    assert not list(tmp_path.iterdir())


def test_a_scenario_with_faults_is_not_copied(tmp_path):
    where = init("mine", "tiny", tmp_path)
    (where / "sites.csv").write_text("site\nmill\n")
    told = refused(init, "again", where, tmp_path)
    assert any(t.startswith("sites.csv:1 ") for t in told)
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def test_the_command(tmp_path):
    runner = CliRunner()
    result = runner.invoke(app, ["init", "mine", "--from", "tiny", "--dir", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert f"Wrote {tmp_path / 'mine'}: read " in result.stdout
    result = runner.invoke(app, ["init", "mine", "--from", "tiny", "--dir", str(tmp_path)])
    assert result.exit_code == 2
    assert "it is there already — write another name" in result.output


def frames_of(dataset):
    """The tables of a dataset as a person would hold them in pandas."""
    read = read_scenario(dataset)
    return read, {
        n.removesuffix(".csv"): pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
        for n, content in read.files.items()
        if n.endswith(".csv")
    }


def test_tables_written_from_python_read_as_they_were(tmp_path):
    read, frames = frames_of("tiny")
    overrides = {name: body["set"] for name, body in read.overrides.items()}
    where = write_scenario(tmp_path / "mine", read.settings, frames, overrides)
    same_tables(read_tables(read_scenario(where)), read_tables(read))
    same_tables(read_tables(read_scenario(where, ("fast_grid",))), read_tables(read_scenario("tiny", ("fast_grid",))))


def test_tables_with_faults_leave_nothing_behind(tmp_path):
    read, frames = frames_of("tiny")
    wrong = frames["sites"].rename(columns={"energised [MW facility]": "energised [parsec]"})
    told = refused(write_scenario, tmp_path / "mine", read.settings, frames | {"sites": wrong})
    assert "sites.csv:1 energised — 'parsec' is not a unit of MW facility — write 'energised [MW facility]'" in told
    assert refused(write_scenario, tmp_path / "mine", read.settings, frames | {"siets": wrong}) == [
        "'siets' — no table has this name — did you mean 'sites'?"
    ]
    assert refused(write_scenario, tmp_path / "mine", {"strat": 2030}, frames) == [
        "scenario.toml 'strat' — unknown setting — did you mean 'start'?"
    ]
    assert refused(write_scenario, tmp_path / "../mine ", read.settings, frames)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "text", ['say "so"', "back\\slash", "line\nbreak", "é ∑ 🚀", "tab\tand\x7f", "# no comment", "a = 1"]
)
def test_any_text_and_number_survives_being_written(text):
    settings = {"title": text, "start": 2030.5, "periods": 3, "currency_year": 2026, "discount_rate": 1e-07}
    overrides = {"a-b_1": {"description": text, "set": {"x.*.y": "x0.1", f"t.{text}.c": 2, "l.m.on": True}}}
    read = tomllib.loads(settings_text(settings, overrides))
    assert {k: read["scenario"][k] for k in settings} == settings
    assert read["overrides"] == overrides
