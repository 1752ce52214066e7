import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import highspy
import pytest
from typer.testing import CliRunner

import planner
from planner.cli import app
from planner.engines import Solution, Status

SCENARIO = Path(__file__).parent / "scenario"
KEYS = {
    "objective",
    "bound",
    "gap_absolute",
    "gap_relative",
    "served_fraction",
    "seconds",
    "engine",
    "status",
    "columns",
    "rows",
}


def run(*words):
    return CliRunner().invoke(app, [str(w) for w in words])


def assert_refused(result, *sentences):
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    for sentence in sentences:
        assert sentence in " ".join(result.output.split())


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    out = tmp_path_factory.mktemp("plans") / "bundle"
    return run("solve", SCENARIO, "--out", out, "--gap", "0.001", "--futures", "0", "--json"), out


@pytest.fixture
def copy(tmp_path):
    return Path(shutil.copytree(SCENARIO, tmp_path / "scenario"))


def test_solve_writes_a_bundle_and_one_json_object_last(solved):
    result, out = solved
    assert result.exit_code == 0, result.output
    summary = json.loads(result.stdout.strip().splitlines()[-1])
    assert summary.keys() >= KEYS
    assert summary["status"] == "certified"
    assert summary["bound"] <= summary["objective"]
    assert (out / "certificate.json").is_file()
    assert "planning" in result.stderr


def test_verify_accepts_the_bundle_and_refuses_a_changed_one(solved, tmp_path):
    _, out = solved
    result = run("verify", out, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout.strip().splitlines()[-1])["certified"] is True
    changed = Path(shutil.copytree(out, tmp_path / "changed"))
    (changed / "inputs" / "sites.csv").write_text("site\n")
    assert run("verify", changed).exit_code == 1


def test_export_gives_highs_the_same_optimum(solved, tmp_path):
    summary = json.loads(solved[0].stdout.strip().splitlines()[-1])
    file = tmp_path / "program.mps"
    result = run("export", SCENARIO, file)
    assert result.exit_code == 0, result.output
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    assert highs.readModel(str(file)) == highspy.HighsStatus.kOk
    highs.run()
    optimum = highs.getInfo().objective_function_value * 1e3
    assert highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    assert summary["bound"] * (1 - 1e-6) <= optimum <= summary["objective"] * (1 + 1e-4)
    assert highs.getLp().num_col_ == summary["columns"]
    assert any(name.startswith("serve[chat_e") for name in highs.getLp().row_names_)


def test_check_counts_sources_and_meets_supply_with_demand():
    result = run("check", SCENARIO, "--override", "dear_power", "--set", "sites.s2.energised=10")
    assert result.exit_code == 0, result.output
    for words in (
        "no faults",
        "override dear_power",
        "Inputs by confidence",
        "Cells without provenance",
        "GW facility",
        "EFLOP/s",
        "t/yr",
    ):
        assert words in result.output


def test_explain_names_value_unit_source_and_place():
    result = run("check", SCENARIO, "--explain", "sites.s1.power_price")
    assert result.exit_code == 0, result.output
    for words in (
        "60 USD/MWh",
        "price of grid energy delivered",
        "sites.csv:2",
        "Prices of grid energy (2025)",
        "55 to 66",
    ):
        assert words in result.output
    result = run("check", SCENARIO, "--override", "dear_power", "--explain", "sites.s1.power_price")
    assert "120 USD/MWh" in result.output
    assert "override dear_power" in result.output


def test_unknown_dataset_names_the_nearest():
    assert_refused(run("check", "wrld"), "no dataset and no folder of this name — did you mean 'world'?")


def test_all_faults_come_at_once(copy):
    text = (
        (copy / "sites.csv")
        .read_text()
        .replace("[MW facility]", "[parsec]", 1)
        .replace("s2,Site 2,US,usz", "s2,Site 2,US,usy")
    )
    (copy / "sites.csv").write_text(text)
    (copy / "phases.csv").write_text((copy / "phases.csv").read_text().replace("200,", "many,"))
    result = run("check", copy)
    assert_refused(
        result,
        "sites.csv:1 energised — 'parsec' is not a unit of MW facility",
        "phases.csv:2 power — 'many' is not a number",
    )
    assert "did you mean 'usz'?" in result.output


BROKEN_FILES = {
    "toml": ("scenario.toml", b"[scenario\nstart = "),
    "binary csv": ("sites.csv", b"\x00\xff\x00"),
    "empty csv": ("regions.csv", b""),
    "short row": ("tranches.csv", b"tranche,share [1]\na\n"),
    "markup": ("tranches.csv", b"tranche,share [1]\n[bold]a[/bold],[/red]\n"),
    "unknown table": ("siets.csv", b"site\n"),
}


@pytest.mark.parametrize("name", BROKEN_FILES)
def test_broken_files_are_named(copy, name):
    file, content = BROKEN_FILES[name]
    (copy / file).write_bytes(content)
    assert_refused(run("check", copy), file, " — ")


BAD_WORDS = {
    "engine": (
        ("solve", SCENARIO, "--engine", "exat"),
        "--engine 'exat' — no engine has this name — did you mean 'exact'?",
    ),
    "gap": (("solve", SCENARIO, "--gap", "7"), "--gap 7 — it is out of range"),
    "gap nan": (("solve", SCENARIO, "--gap", "nan"), "--gap nan — it is out of range"),
    "gap word": (("solve", SCENARIO, "--gap", "small"), "--gap"),
    "time": (("solve", SCENARIO, "--time", "-1"), "--time -1 — it is out of range"),
    "futures": (("solve", SCENARIO, "--futures", "-3"), "--futures -3 — it is negative"),
    "option": (("solve", SCENARIO, "--fast"), "--fast"),
    "override": (("check", SCENARIO, "--override", "dear_powr"), "did you mean 'dear_power'?"),
    "set": (("check", SCENARIO, "--set", "sites.s1.power_price"), "no '=' in it"),
    "set path": (("check", SCENARIO, "--set", "sites.s1.powre_price=3"), "did you mean 'power_price'?"),
    "explain": (("check", SCENARIO, "--explain", "sites.s9.power_price"), "no row has this name"),
    "explain path": (("check", SCENARIO, "--explain", "power"), "it is not table.row.column"),
    "no bundle": (("verify", "/nowhere/at/all"), "it is not a bundle"),
    "no report": (("report", SCENARIO), "it is not a bundle"),
    "export suffix": (("export", SCENARIO, "program.lp"), "write program.mps"),
    "export folder": (("export", SCENARIO, "/nowhere/at/all/program.mps"), "no file can be written there"),
    "foreign folder": (
        ("solve", SCENARIO, "--out", Path(__file__).parent),
        "it lies in the folder of the scenario, or around it",
    ),
    "folder of somebody else": (
        ("solve", SCENARIO, "--out", Path(__file__).parents[1] / "tables"),
        "the folder holds something that is not a bundle",
    ),
}


@pytest.mark.parametrize("name", BAD_WORDS)
def test_bad_words_are_refused(name):
    words, sentence = BAD_WORDS[name]
    assert_refused(run(*words), sentence)


def test_unreadable_bundles_are_refused(solved, tmp_path):
    broken = Path(shutil.copytree(solved[1], tmp_path / "broken"))
    (broken / "plan" / "money.parquet").write_bytes(b"PAR1")
    assert_refused(run("report", broken), "plan/money.parquet — it cannot be read")
    (broken / "certificate.json").write_text("{")
    assert_refused(run("report", broken), "certificate.json — it cannot be read")


def test_no_plan_is_said_and_ends_with_one(monkeypatch, tmp_path):
    def infeasible(*_, **__):
        raise planner.NoPlan(Solution(None, None, Status.INFEASIBLE, float("nan"), 1.0))

    monkeypatch.setattr(planner, "solve", infeasible)
    result = run("solve", SCENARIO, "--out", tmp_path / "b", "--json")
    assert result.exit_code == 1
    assert "infeasible" in result.stderr
    assert json.loads(result.stdout.strip().splitlines()[-1])["status"] == "infeasible"


def test_stopped_by_hand_is_said_and_ends_with_one(monkeypatch, tmp_path):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(planner, "solve", stopped)
    result = run("solve", SCENARIO, "--out", tmp_path / "b")
    assert result.exit_code == 1
    assert "Stopped by hand" in result.stderr
    assert not (tmp_path / "b").exists()


def test_module_runs_and_lists_the_datasets():
    root = Path(planner.__file__).parent.parent
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(root), str(root / "models")])}
    done = subprocess.run(
        [sys.executable, "-m", "planner", "datasets"], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "world" in done.stdout
