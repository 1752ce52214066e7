"""`planner match` on a bundle, and on what is none."""

import json

import pytest
from typer.testing import CliRunner

import planner
from planner.cli import app


def run(*args):
    return CliRunner().invoke(app, [str(a) for a in args])


def test_the_table_of_requests_and_of_one_request(bundle):
    done = run("match", bundle)
    assert done.exit_code == 0
    assert "9 of 12 requests accepted" in done.stdout
    done = run("match", bundle, "--request", "second")
    assert done.exit_code == 0
    assert "taken by better offers: best" in done.stdout
    found = json.loads(run("match", bundle, "--request", "second", "--json").stdout)
    assert [p["site"] for p in found["pairs"] if p["reason"] == "full"] == ["small"]
    assert len(found["requests"]) == 1
    assert found["requests"][0]["accepted"] is False


def test_wrong_input_is_named(bundle, tmp_path):
    done = run("match", bundle, "--request", "secnd")
    assert done.exit_code == 2
    assert "no request has this name — did you mean 'second'?" in done.output
    done = run("match", tmp_path)
    assert done.exit_code == 2
    assert "it is not a bundle — give a folder that `planner solve` wrote" in done.output


def test_a_damaged_table_is_a_sentence(bundle, tmp_path):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(bundle, copy)
    (copy / "plan" / "matches.parquet").write_bytes(b"nothing")
    done = run("match", copy)
    assert done.exit_code == 2
    assert "copy/plan/matches.parquet — it cannot be read — solve again" in done.output


def test_a_contract_that_is_no_offtake_is_a_fault(market):
    with pytest.raises(planner.InputError) as raised:
        planner.read_tables(planner.read_scenario(market, (), ("workloads.grow_2.offtake=no",)))
    assert "'grow' is not an offtake" in str(raised.value)


def test_the_report_shows_the_picture(bundle):
    page = planner.report(bundle).read_text()
    assert 'id="matches"' in page
    assert page.count('class="m m-full"') >= 2
    assert "second at small: full: taken by better offers: best" in page
