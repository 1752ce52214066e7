"""Every sentence that a module of the planner can raise as a fault stands, word for word, in a test."""

import ast
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import planner
from planner import InputError, read_scenario, read_tables
from planner.bundle import read_leaves
from planner.cli import app
from planner.report import report

ROOT = Path(planner.__file__).parent
TESTS = Path(__file__).parents[1]
SCENARIO = TESTS / "tables" / "scenario"
#: Modules of the way from a folder to tables: every text of theirs that holds a blank is looked for.
READING = ("scenario.py", "reading.py", "tables.py", "overrides.py", "provenance.py", "rules.py", "faults.py")
#: Modules whose `Fault(...)` are looked at.
COMMANDS = ("bundle.py", "cli.py", "cli_export.py", "cli_explain.py", "report/__init__.py", "report/reading.py")
#: Texts of those modules that are no faults, and why they stand there.
NO_FAULTS = {r"\(at line (\d+), column \d+\)": "a pattern", "default of the schema": "an origin"}


def template(node):
    """A text of the source as a pattern: what is filled in may be anything. None for other nodes."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(re.escape(str(v.value)) if isinstance(v, ast.Constant) else ".*" for v in node.values)
    return None


def texts(tree):
    """Texts of a module that are neither documentation nor a part of another text."""
    skipped = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            skipped.add(id(node.value))
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(n) for n in ast.walk(node)} - {id(node)}
    return [n for n in ast.walk(tree) if id(n) not in skipped and template(n) is not None]


def fault_texts(tree):
    """Texts inside ``Fault(...)`` and those that are called `wrong` or `instead` before they get there."""
    places = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Fault":
            places += [*node.args, *node.keywords]
        elif isinstance(node, ast.Assign) and {"wrong", "instead"} & {
            t.id for t in node.targets if isinstance(t, ast.Name)
        }:
            places.append(node.value)
    inside = {id(n) for p in places for n in ast.walk(p)}
    return [n for n in texts(tree) if id(n) in inside]


def sentences():
    """Every text of the tests that holds the sentence of a fault, one a line."""
    found = []
    for path in sorted(TESTS.rglob("*.py")):
        for node in texts(ast.parse(path.read_text(encoding="utf-8"))):
            plain = re.sub(r"\\(.)", r"\1", template(node) or "").replace("\\", "")
            found.append(plain)
    return "\n".join(found)


def untested(modules, choose):
    """Templates of these modules that match no text of the tests."""
    corpus, missing = sentences(), []
    for path in modules:
        for node in choose(ast.parse(path.read_text(encoding="utf-8"))):
            pattern = template(node)
            words = re.sub(r"\\(.)", r"\1", pattern)
            if " " in words.replace(".*", "").strip() and not re.search(pattern, corpus):
                missing.append((f"{path.name}:{node.lineno}", words))
    return [(place, words) for place, words in missing if words not in NO_FAULTS]


def test_every_sentence_on_the_way_to_tables_is_tested():
    assert untested([ROOT / name for name in READING], texts) == []


def test_every_fault_of_commands_and_bundles_is_tested():
    assert untested([ROOT / name for name in COMMANDS], fault_texts) == []


def test_a_sentence_without_a_test_is_found(tmp_path):
    alone, known = " ".join(["nobody", "ever", "wrote", "this"]), "write yes or no"
    (tmp_path / "x.py").write_text(
        f'"""Words of no account."""\nwrong = f"{{x}} {alone}"\nFault(1, 2, 3, wrong, "{known}")'
    )
    for choose in (texts, fault_texts):
        assert untested([tmp_path / "x.py"], choose) == [("x.py:2", f".* {alone}")]


# Sentences that the tables of tests/tables do not hold.


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(SCENARIO, tmp_path / "s"))


def faults(folder, overrides=(), sets=()):
    with pytest.raises(InputError) as caught:
        read_tables(read_scenario(folder, overrides, sets))
    return str(caught.value).splitlines()


def edit(folder, file, old, new):
    path = folder / file
    text = path.read_text()
    assert old in text, (file, old)
    path.write_text(text.replace(old, new, 1))


def test_names_that_a_change_leaves_blank(folder):
    assert faults(folder, sets=("sites.s1.zone=",)) == ["--set 'sites.s1.zone' — the name is empty — write a name"]
    long = "x" * 201
    assert faults(folder, sets=(f"sites.s1.title={long}",)) == [
        "--set 'sites.s1.title' — the text is long or not printable — write at most 200 characters"
    ]
    assert faults(folder, sets=(f"scenario.title={long}",)) == [
        f"--set 'scenario.title' — '{long[:40]}…' is not text — write one line of text"
    ]


def test_sources_and_records(folder):
    edit(
        folder,
        "provenance.csv",
        "sites,*,*",
        "scenario,,discount,ESTIMATE,2026,C,,,x\nscenario,,disc,ESTIMATE,2026,C,,,x\nsites,*,*",
    )
    edit(folder, "sources.csv", "ESTIMATE,", ",")
    lines = faults(folder)
    assert "provenance.csv:2 column — 'discount' is not a setting — did you mean 'discount_rate'?" in lines
    assert "sources.csv:3 key — the cell is empty — write a key" in lines


def test_a_row_of_provenance_cut_off(folder):
    edit(folder, "provenance.csv", ",first year", "")
    assert faults(folder) == ["provenance.csv:3 — the row has 8 cells, the header 9 — complete the row"]


def test_a_network_of_few_hubs(folder):
    for file, old in (("hubs.csv", "sea,47.6,-122.3\n"), ("hub_edges.csv", "chi_sea,chi,sea,45\n")):
        edit(folder, file, old, "")
    assert faults(folder) == ["hubs.csv — the network has 3 of at least 4 hubs — add hubs, or delete the table"]


def test_demand_that_may_run_nowhere_for_its_class(folder):
    edit(folder, "classes.csv", "serve,,yes,50000", "serve,,no,50000")
    edit(folder, "classes.csv", ",gang\n", ",gang,ground\n")
    text = (folder / "classes.csv").read_text().splitlines()
    (folder / "classes.csv").write_text(
        "\n".join([text[0], *(f"{x},{'no' if x.startswith('batch') else 'yes'}" for x in text[1:])]) + "\n"
    )
    (line,) = faults(folder)
    assert line in {
        f"workloads.csv:3 batch_e — no place may serve it (class: does not run {where}) — "
        "relax the rule 'class' or add a place"
        for where in ("in orbit", "on endpoints", "at ground sites")
    }


def test_files_and_tables_that_are_too_large(folder, monkeypatch):
    monkeypatch.setattr("planner.scenario.MAX_BYTES", 800)
    (folder / "scenario.toml").write_text("#" * 801)
    assert faults(folder) == ["scenario.toml — the file is larger than 64 MB — split the scenario"]
    monkeypatch.setattr("planner.scenario.MAX_BYTES", 64_000_000)
    shutil.copy(SCENARIO / "scenario.toml", folder)
    rows = "".join(f"s{k},Site,US,usz\n" for k in range(50_001))
    (folder / "halls.csv").write_text("hall\n" + rows)
    lines = faults(folder)
    assert lines == ["halls.csv:50002 — the table has more than 50000 rows — split the scenario"]
    with (folder / "halls.csv").open("wb") as file:
        file.truncate(64_000_001)
    assert faults(folder) == ["halls.csv — the file is larger than 64 MB — split the scenario"]


def test_a_file_that_cannot_be_read(folder, monkeypatch):
    before = Path.open

    def refused(path, *words, **options):
        if path.name in ("halls.csv", "notes.md"):
            raise PermissionError(13, "Permission denied")
        return before(path, *words, **options)

    (folder / "notes.md").write_text("")
    monkeypatch.setattr(Path, "open", refused)
    words = "it cannot be read (Permission denied) — give a file that you may read"
    assert faults(folder) == [f"halls.csv — {words}", f"notes.md — {words}"]


def test_a_table_that_is_wrong_in_every_row_is_told_once_it_is_clear(folder):
    (folder / "halls.csv").write_text(
        "hall,site,technology,capacity [MW IT]\n" + "".join(f"h{k},s1,aire,-x\n" for k in range(5000))
    )
    lines = faults(folder)
    assert len(lines) == 502
    assert "halls.csv — there are more than 500 faults — mend these first" in lines
    (folder / "halls.csv").write_text(
        "hall,site,technology,capacity [MW IT]\n" + "".join(f"h{k},s1,aire,1\n" for k in range(5000))
    )
    assert "halls.csv — there are more than 500 faults — mend these first" in faults(folder)


def test_tables_that_make_too_many_pairs(folder, monkeypatch):
    monkeypatch.setattr("planner.rules._MOST_PAIRS", 11)
    instead = "write at most 11 pairs, or split the scenario"
    assert faults(folder) == [
        f"hubs.csv — its rows make 16 pairs with those of hubs.csv — {instead}",
        f"workloads.csv — its rows make 12 pairs with those of zones.csv — {instead}",
        f"zones.csv — its rows make 12 pairs with those of hardware.csv — {instead}",
    ]


def test_a_program_that_would_not_fit_is_refused_before_it_is_made(folder, monkeypatch):
    monkeypatch.setattr("planner.rules._MOST_NUMBERS", 100.0)
    (line,) = faults(folder)
    wrong = r"scenario\.toml periods — the program would hold about \d\.\de\+0[23] numbers"
    assert re.fullmatch(rf"{wrong} — plan fewer periods, for at most 1e\+02 numbers", line)


def test_the_largest_plan_that_settings_allow_is_refused_for_the_largest_dataset():
    with pytest.raises(InputError, match="the program would hold about") as caught:
        read_tables(read_scenario("world", (), ("scenario.periods=400",)))
    assert str(caught.value).startswith("scenario.toml periods — ")


# Commands and bundles.


def refused(*words):
    result = CliRunner().invoke(app, [str(w) for w in words])
    assert result.exit_code == 2
    return result.stderr.splitlines()[0]


def test_options_out_of_range():
    out = ("solve", SCENARIO, "--out")
    assert (
        refused(*out, "x", "--gap", "2") == "--gap 2 — it is out of range — write a relative gap from 0 to 1, e.g. 0.01"
    )
    assert refused(*out, "x", "--time", "0") == "--time 0 — it is out of range — write a number of seconds above 0"
    assert (
        refused(*out, "x", "--futures", "-1") == "--futures -1 — it is negative — write how many futures, or 0 for none"
    )


def test_what_is_no_bundle(tmp_path):
    for command in ("verify", "report"):
        assert (
            refused(command, tmp_path) == f"{tmp_path} — it is not a bundle — give a folder that `planner solve` wrote"
        )


def test_leaves_of_another_program(tmp_path):
    pd.DataFrame({"leaf": [0], "row": ["row of nobody"], "y": [1.0]}).to_parquet(tmp_path / "proof.parquet")
    pd.DataFrame({"leaf": [0], "column": ["a"], "lower": [0.0], "upper": [1.0]}).to_parquet(tmp_path / "leaves.parquet")
    with pytest.raises(InputError) as caught:
        read_leaves(tmp_path, ["b"], ["a"], np.zeros(1), np.ones(1))
    assert str(caught.value) == "proof.parquet row of nobody — the program has no such row — solve again"


def test_a_report_of_tables_that_do_not_fit(monkeypatch, tmp_path):
    def odd(_):
        raise KeyError("nobody")

    module = sys.modules[report.__module__]
    monkeypatch.setattr(module, "page", odd)
    monkeypatch.setattr(module, "read_bundle", lambda _: None)
    with pytest.raises(InputError) as caught:
        report(tmp_path)
    wrong = "its tables do not fit its inputs (KeyError ''nobody'')"
    assert str(caught.value) == f"{tmp_path} — {wrong} — run `planner verify`, or solve again"
