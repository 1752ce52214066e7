"""What explains a plan on the page: shown where it was found for this plan, asked for where it was not."""

import shutil

import pandas as pd
import pytest

import planner
from planner.bundle import write_bundle
from planner.explained import COLUMNS, FOLDER, keep, kept
from planner.report import page, read_bundle
from planner.report.explained import explained, worded


@pytest.fixture(scope="module")
def plan():
    return planner.solve("tiny", gap=0.01)


@pytest.fixture(scope="module")
def bundle(plan, tmp_path_factory):
    folder = write_bundle(plan, tmp_path_factory.mktemp("bundle") / "plan")
    found, lines = planner.bottlenecks(plan, top=5, steps=3), planner.queues(plan, top=4, around=2, futures=16)
    edge = planner.frontier(plan, waits=(1.0,), masses=(20.0, 40.0))
    keep(folder, {"bottlenecks": found.top, "path": found.path, "queues": lines.table, "routes": lines.routes})
    other = planner.futures(plan, count=4)
    keep(folder, {"futures": other.table, "futures_queues": other.queues, "futures_limits": other.limits})
    near = planner.alternatives(plan, top=3)
    table = near.table.assign(within=near.within, allowed=near.allowed)
    keep(folder, {"alternatives": table, "alternatives_moves": near.moves})
    keep(folder, {"frontier": edge.table.assign(by=edge.by), "frontier_today": edge.today})
    return folder


def test_a_plan_that_nobody_explained_asks_for_the_commands(plan, tmp_path):
    text = page(read_bundle(write_bundle(plan, tmp_path / "plan")))
    for command in ("planner bottlenecks", "planner queues", "planner futures", "planner alternatives"):
        assert f'run <span class="code">{command}</span>' in text


def test_the_page_draws_what_was_found(plan, bundle):
    found = explained(read_bundle(bundle))
    top, path = kept(bundle, "bottlenecks"), kept(bundle, "path")
    assert str(found["handed"]).count("marker-end") == len(top)
    assert str(found["path"]).count("<rect") == len(path)
    assert len(found["routes"]) == len(kept(bundle, "routes"))
    assert {q["verdict"] for q in found["queues"]} & {"keep", "drop", "join", "leave"}
    assert [name for name, *_ in found["futures"]["costs"]][:3] == ["bound", "whole decisions kept", "as planned"]
    assert len(found["futures"]["limits"]) == min(len(kept(bundle, "futures_limits")), 14)
    assert str(found["alternatives"]["figure"]).count("<rect") == 2 + 2 * len(kept(bundle, "alternatives"))
    assert [r["name"] for r in found["alternatives"]["rows"]] == list(kept(bundle, "alternatives")["name"])
    text = page(read_bundle(bundle))
    assert text.count('class="figure"') >= 6
    assert "run <span" not in text
    assert planner.verify(bundle).ok
    assert planner.verify(bundle, recount=True).ok


def test_tables_of_another_plan_are_passed_over(bundle, plan, tmp_path):
    other = write_bundle(planner.solve("tiny", gap=0.01, sets=("scenario.discount_rate=0.05",)), tmp_path / "other")
    shutil.copytree(bundle / FOLDER, other / FOLDER)
    assert kept(bundle, "path") is not None
    assert all(kept(other, name) is None for name in COLUMNS)
    assert explained(read_bundle(other))["handed"] is None


@pytest.mark.parametrize("content", [b"", b"PAR1garbage", b"\x00" * 400])
def test_garbage_is_passed_over(bundle, plan, tmp_path, content):
    other = tmp_path / "copy"
    shutil.copytree(bundle, other)
    (other / FOLDER / "path.parquet").write_bytes(content)
    (other / FOLDER / "stray.txt").write_bytes(content)
    assert kept(other, "path") is None
    assert explained(read_bundle(other))["path"] is None
    assert planner.verify(other).ok


def test_a_table_without_its_columns_is_passed_over(bundle, tmp_path):
    other = tmp_path / "copy"
    shutil.copytree(bundle, other)
    keep(other, {"path": pd.DataFrame({"step": [1]})})
    assert kept(other, "path") is None
    keep(tmp_path / "nowhere", {"path": pd.DataFrame({"step": [1]})})
    assert not (tmp_path / "nowhere").exists()


def test_names_are_told_in_words(bundle):
    read = read_bundle(bundle)
    assert worded(read, "door[alpha]@0") == "free capacity of Foundry Alpha, Jan 2030"
    assert worded(read, "several at once") == "several at once"
    first = read.tables.keys("workloads")[0]
    assert worded(read, f"unserved[{first},t1]@1 at its bound").startswith("buyers of ")


def test_a_new_solve_into_the_bundle_takes_the_tables_away(bundle, plan, tmp_path):
    other = tmp_path / "copy"
    shutil.copytree(bundle, other)
    write_bundle(plan, other)
    assert not (other / FOLDER).exists()
