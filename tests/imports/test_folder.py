"""Where a scenario may be written, that it is whole or absent, and that it is a scenario as any other."""

import shutil

import numpy as np
import pytest
from typer.testing import CliRunner

import planner
from planner import InputError, import_case
from planner.cli import app
from planner.imports import writing

GAP = "2 4\n7 2 9 4\n3 8 6 6\n5 3 4 6\n4 5 2 3\n8 9\n"


@pytest.fixture
def file(write):
    return write(GAP, "gap-one")


def refused(file, folder, words):
    with pytest.raises(InputError, match=words):
        import_case("gap", file, folder)


def test_an_import_is_replaced_unless_it_was_changed(file, tmp_path):
    folder = import_case("gap", file, tmp_path / "deep" / "out")
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    assert import_case("gap", file, folder) == folder
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    (folder / "leases.csv").write_text((folder / "leases.csv").read_text().replace("8", "9"))
    refused(file, folder, "the folder was changed since it was imported — give a new folder")
    assert sorted(p.name for p in folder.parent.iterdir()) == ["out"]


def test_a_folder_of_others_is_left_alone(file, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    import_case("gap", file, mine)  # an empty folder is as good as none
    shutil.rmtree(mine)
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    refused(file, mine, "the folder holds something that was not imported — give a new folder")
    assert [p.name for p in mine.iterdir()] == ["thesis.txt"]


def test_links_and_files_are_refused(file, tmp_path):
    inside = import_case("gap", file, tmp_path / "real")
    (tmp_path / "link").symlink_to(inside)
    refused(file, tmp_path / "link", "it is a file or a link — give a new folder")
    refused(file, file, "it is a file or a link — give a new folder")
    refused(file, tmp_path / "x" / "..", "it does not name a folder")
    (inside / "arcs.csv").unlink()
    (inside / "arcs.csv").symlink_to(file)
    refused(file, inside, "the folder holds something that was not imported")


def test_a_write_that_fails_leaves_nothing(file, tmp_path, monkeypatch):
    def broken(*_):
        raise OSError("disk full")

    monkeypatch.setattr(writing.os, "replace", broken)
    with pytest.raises(OSError, match="disk full"):
        import_case("gap", file, tmp_path / "out")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["gap-one"]


def test_a_name_that_is_hostile_is_text(write, tmp_path):
    folder = import_case("gap", write(GAP, 'a"]\n[x]<script>'), tmp_path / "out")
    assert planner.read_scenario(folder).settings["title"].startswith("gap a")
    assert not planner.read_scenario(folder).faults


def test_pairs_have_a_limit_of_their_own(file, tmp_path, monkeypatch):
    folder = import_case("gap", file, tmp_path / "out")
    rows = {p.stem: p.read_text().count("\n") - 1 for p in folder.glob("*.csv")}
    others = max(n for name, n in rows.items() if name != "arcs")
    arcs = (folder / "arcs.csv").read_text().splitlines()
    more = [f"more{k}.{arcs[1]}" for k in range(others)]
    (folder / "arcs.csv").write_text("\n".join([*arcs, *more]) + "\n")
    monkeypatch.setattr("planner.scenario.MAX_ROWS", others)
    assert not planner.read_scenario(folder).faults
    monkeypatch.setattr("planner.scenario.MAX_PAIRS", 3)
    sentence = "arcs.csv:5 — the table has more than 3 rows — split the scenario"
    assert [str(f) for f in planner.read_scenario(folder).faults] == [sentence]


def test_the_command(file, tmp_path):
    run = CliRunner().invoke(app, ["import", "gap", str(file), str(tmp_path / "out")])
    assert run.exit_code == 0, run.output
    bad = CliRunner().invoke(app, ["import", "gap", str(file), str(tmp_path / "new"), "--problem", "2"])
    assert bad.exit_code == 2
    assert "gap-one:1 — the file holds 1 problem, and --problem 2 was given — give --problem 1 to 1" in bad.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.slow
def test_an_import_is_a_scenario_as_any_other(file, tmp_path):
    folder = import_case("gap", file, tmp_path / "out")
    report = planner.check(folder)
    assert report.unsourced.empty
    plan = planner.solve(folder, gap=1e-7, time=30)
    assert plan.certificate.certified
    bundle = planner.write_bundle(plan, tmp_path / "bundle")
    assert planner.verify(bundle).certified
    verdict = planner.verify(bundle, recount=True)
    assert verdict.ok, verdict.faults
    assert "serving a workload from a place" in planner.report(bundle).read_text()
    assert planner.export(folder, tmp_path / "program.mps").stat().st_size > 500
    slopes = planner.gradient(plan)
    arcs = plan.tables.frames["arcs"]
    homes = plan.table("home")
    chosen = {(r.workload, r.zone) for r in homes.itertuples() if r.value > 0.5}
    for key, row in arcs.iterrows():  # the plan pays a pair's cost once, if it uses the pair
        used = (row["workload"], row["zone"]) in chosen
        assert np.isclose(slopes.of("arcs", key, "cost"), float(used), atol=1e-6)
