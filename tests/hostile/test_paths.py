"""Places that a bundle may not be written to, members that a bundle may not hold, links in a scenario."""

import json
import os
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

import planner
from planner import InputError, read_scenario, read_tables
from planner.bundle import refuse_foreign
from planner.cli import app
from planner.report import report
from planner.scenario import datasets_folder
from planner.verify import verify

SCENARIO = Path(__file__).parents[1] / "cli" / "scenario"
ABOVE = "it is the folder you are in, one above it, or your home — give a new folder for the bundle"


def refusal(out, scenario=SCENARIO):
    with pytest.raises(InputError) as caught:
        refuse_foreign(Path(out), scenario)
    return str(caught.value)


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plans") / "bundle"
    plan = planner.solve(SCENARIO)
    return plan, planner.write_bundle(plan, folder)


@pytest.fixture
def copy(solved, tmp_path):
    return Path(shutil.copytree(solved[1], tmp_path / "bundle"))


@pytest.fixture
def scenario(tmp_path):
    return Path(shutil.copytree(SCENARIO, tmp_path / "scenario"))


@pytest.mark.parametrize("out", ["/", ".", "..", "../..", "~"])
def test_root_home_and_the_folder_you_are_in_are_refused(out, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    inside = tmp_path / "inside"
    inside.mkdir()
    monkeypatch.chdir(inside)
    out = os.path.expanduser(out)
    assert refusal(out) == f"{Path(out)} — {ABOVE}"


def test_a_link_and_a_file_are_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "dangling").symlink_to("nowhere")
    for name in ("file", "link", "dangling"):
        out = tmp_path / name
        assert refusal(out) == f"{out} — it is a file or a link — give a folder for the bundle"
    inside = tmp_path / "file" / "bundle"
    assert refusal(inside) == (
        f"{inside} — nothing can be written in '{tmp_path / 'file'}' — give a folder that can be written"
    )
    assert (tmp_path / "file").read_text() == "mine"


def test_a_folder_of_somebody_else_is_refused_even_with_a_certificate_in_it(tmp_path):
    (tmp_path / "photo.png").write_text("")
    sentence = f"{tmp_path} — the folder holds something that is not a bundle — give a new folder"
    assert refusal(tmp_path) == sentence
    (tmp_path / "certificate.json").write_text('{"course": "sailing"}')
    assert (
        refusal(tmp_path)
        == f"{tmp_path} — beside a bundle the folder holds 'photo.png' — move it away, or give a new folder"
    )
    (tmp_path / "photo.png").unlink()
    assert refusal(tmp_path) == sentence
    (tmp_path / "certificate.json").write_text("[" * 100_000)
    assert refusal(tmp_path) == sentence


def test_files_put_beside_a_bundle_are_not_deleted_with_it(solved, copy):
    (copy / "thesis.md").write_text("years of work")
    with pytest.raises(InputError, match=r"beside a bundle the folder holds 'thesis\.md'"):
        planner.write_bundle(solved[0], copy)
    assert (copy / "thesis.md").read_text() == "years of work"


def test_the_scenario_and_the_datasets_are_kept_apart_from_bundles(scenario):
    words = "it lies in the folder of {}, or around it — give a folder apart from it"
    for out in (
        scenario,
        scenario / "plan",
        scenario / "a" / "b",
        scenario / ".." / "scenario" / "plan",
        scenario.parent,
    ):
        assert refusal(out, scenario) == f"{out} — {words.format('the scenario')}"
    for out in (datasets_folder(), datasets_folder() / "mine", datasets_folder() / "tiny" / "plan"):
        assert refusal(out, scenario) == f"{out} — {words.format('the datasets')}"
    linked = scenario.parent / "linked"
    linked.symlink_to(scenario)
    assert refusal(linked / "plan", scenario) == f"{linked / 'plan'} — {words.format('the scenario')}"
    assert sorted(p.name for p in scenario.iterdir()) == sorted(p.name for p in SCENARIO.iterdir())


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[2Jb", "a\0b", "a\u202eb"])
def test_a_name_that_cannot_be_shown_is_refused(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown = "".join(c if c.isprintable() else "?" for c in name)
    assert refusal(name) == f"'{shown}' — its name cannot be shown on one line — give a plain name"


def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_solved(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path)
    result = CliRunner().invoke(app, ["solve", str(SCENARIO), "--out", str(tmp_path / "new" / "bundle")])
    assert result.exit_code == 2
    sentence = (
        f"{tmp_path / 'new' / 'bundle'} — nothing can be written in '{tmp_path}' — give a folder that can be written"
    )
    assert sentence in result.stderr
    assert "planning" not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_names_that_the_file_system_does_not_take_end_with_a_sentence(tmp_path):
    result = CliRunner().invoke(app, ["solve", str(SCENARIO), "--out", str(tmp_path / ("x" * 300))])
    assert result.exit_code == 2
    assert "File name too long — give a place that can be read and written" in result.stderr


def test_an_empty_folder_and_an_old_bundle_are_taken(solved, copy, tmp_path):
    (tmp_path / "empty").mkdir()
    for out in (tmp_path / "empty", copy, tmp_path / "new" / "deep"):
        assert verify(planner.write_bundle(solved[0], out)).ok
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


# Members of a bundle.


def put_aside(folder, name):
    path = folder / name
    aside = folder.parent / "aside"
    path.rename(aside)
    return path, aside


MEMBERS = (
    "certificate.json",
    "prices.parquet",
    "plan/money.parquet",
    "inputs/scenario.toml",
    "inputs/sites.csv",
    "inputs/changes.json",
)


@pytest.mark.parametrize("name", MEMBERS)
def test_members_that_are_links_or_folders_are_refused_by_name(copy, name):
    path, aside = put_aside(copy, name)
    path.symlink_to(aside)
    for recount in (False, True):
        faults = verify(copy, recount=recount).faults
        assert f"{name}: it is a link; a bundle holds plain files only" in faults
    path.unlink()
    path.mkdir()
    faults = verify(copy, recount=True).faults
    assert f"{name}: a bundle has no such folder" in faults
    path.rmdir()
    os.link(aside, path)  # another name for the same bytes is a plain file
    assert verify(copy).ok


@pytest.mark.parametrize("name", MEMBERS)
def test_there_is_no_report_of_a_bundle_with_links_or_folders(copy, name):
    path, aside = put_aside(copy, name)
    for make in (lambda: path.symlink_to(aside), lambda: path.symlink_to("/proc/self/mem"), path.mkdir):
        make()
        with pytest.raises(InputError) as caught:
            report(copy)
        assert all(line.isprintable() for line in str(caught.value).splitlines())
        path.rmdir() if not path.is_symlink() else path.unlink()


def test_members_too_many_and_too_large_are_refused_by_name(copy):
    (copy / "plan" / "extra.parquet").write_bytes(b"")
    (copy / "inputs" / "run.sh").write_bytes(b"")
    (copy / "inputs" / "deep").mkdir()
    with (copy / "proof.parquet").open("r+b") as file:
        file.truncate(4_000_000_001)  # sparse: takes no room
    assert set(verify(copy).faults) == {
        "inputs/deep: a bundle has no such folder",
        "inputs/run.sh: it is not part of a bundle",
        "plan/extra.parquet: it is not part of a bundle",
        "proof.parquet: it is larger than 4 GB",
        "proof.parquet: the file is missing",
    }


def test_names_of_a_certificate_that_lead_out_are_refused(copy):
    printed = json.loads((copy / "certificate.json").read_text())
    for name in ("/etc/passwd", "../x", "plan/../../x", "..\\x", "C:x"):
        (copy / "certificate.json").write_text(json.dumps(printed | {"hashes": {name: "0" * 64}}))
        assert verify(copy).faults == (f"certificate.json: the name {name} leads out of the bundle",)


def test_a_report_that_was_killed_leaves_the_bundle_as_it_was(copy):
    (copy / ".report.k1ll3d").write_text("<html>")
    assert verify(copy).ok
    report(copy)
    assert not (copy / ".report.k1ll3d").exists()


# Links in a scenario.


def test_links_that_lead_out_of_a_scenario_are_refused(scenario, tmp_path):
    (tmp_path / "secret").write_text("password")
    (scenario / "sites.csv").unlink()
    (scenario / "sites.csv").symlink_to("/etc/passwd")
    (scenario / "notes.md").symlink_to(tmp_path / "secret")
    (scenario / "deep").symlink_to(tmp_path)
    (scenario / "more.md").symlink_to("deep/secret")
    with pytest.raises(InputError) as caught:
        read_tables(read_scenario(scenario))
    out = "it is a link that leads out of the folder — put the file itself into the folder"
    lines = str(caught.value).splitlines()
    assert [x for x in lines if "link" in x] == [f"{n} — {out}" for n in ("more.md", "notes.md", "sites.csv")]
    (scenario / "scenario.toml").unlink()
    (scenario / "scenario.toml").symlink_to("/etc/hostname")
    with pytest.raises(InputError, match=r"^scenario\.toml — it is a link that leads out"):
        read_scenario(scenario)


def test_links_inside_a_scenario_and_to_it_are_read(scenario, tmp_path):
    (scenario / "sites.csv").rename(scenario / "table of sites")
    (scenario / "sites.csv").symlink_to("table of sites")
    (tmp_path / "linked").symlink_to(scenario)
    assert read_tables(read_scenario(tmp_path / "linked")).keys("sites") == ["s1", "s2"]


@pytest.mark.parametrize("target", ["sites.csv", "nowhere.csv"])
def test_links_in_a_circle_and_to_nothing_are_no_files(scenario, target):
    (scenario / "sites.csv").unlink()
    (scenario / "sites.csv").symlink_to(target)
    with pytest.raises(InputError) as caught:
        read_tables(read_scenario(scenario))
    assert "sites.csv — it is not a file — write a csv file, or delete it" in str(caught.value).splitlines()


def test_a_change_does_not_reach_files(scenario):
    for path in ("sites.csv", "../sites.csv", "/etc/passwd", "sites/s1/energised", "file:///etc/passwd"):
        with pytest.raises(InputError) as caught:
            read_tables(read_scenario(scenario, (), (f"{path}=1",)))
        assert str(caught.value).startswith(f"--set '{path}' — it is not table.row.column — ")


def test_export_refuses_places_that_are_no_files(tmp_path):
    (tmp_path / "folder.mps").mkdir()
    for place, sentence in (
        (tmp_path / "folder.mps", "no file can be written there — give a file in a folder that exists"),
        (tmp_path / "no" / "x.mps", "no file can be written there — give a file in a folder that exists"),
        (tmp_path / "x.lp", "the file does not end in .mps — write x.mps"),
    ):
        with pytest.raises(InputError) as caught:
            planner.export(SCENARIO, place)
        assert str(caught.value) == f"{place} — {sentence}"
