import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

import planner
from planner.report import page, read_bundle, report
from planner.report.words import money, number, percent

SCENARIO = Path(__file__).parents[1] / "cli" / "scenario"
HOSTILE = "<script>alert(1)</script>"
QUOTED = "\"'><img src=x onerror=alert(2)> {{ 7*7 }}"
VOID = {"meta", "br", "link", "img"}


class Reader(HTMLParser):
    """Tags, attributes and the words of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, k, v or "") for k, v in attrs]

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A solved scenario in which every title is hostile."""
    scenario = Path(shutil.copytree(SCENARIO, tmp_path_factory.mktemp("scenario") / "hostile"))
    toml = (scenario / "scenario.toml").read_text()
    (scenario / "scenario.toml").write_text(
        toml.replace('title = "smoke"', f"title = '{HOSTILE}'").replace("tail = 0", "tail = 1")
    )
    cell = '"' + QUOTED.replace('"', '""') + '"'
    for file, old in (
        ("sites.csv", "Site 1"),
        ("doors.csv", "TSMC"),
        ("classes.csv", "Batch"),
        ("layers.csv", "Wafers"),
        ("hardware.csv", "VR"),
    ):
        text = (scenario / file).read_text()
        assert f",{old}," in text
        (scenario / file).write_text(text.replace(f",{old},", f",{cell},"))
    (scenario / "regions.csv").write_text((scenario / "regions.csv").read_text().replace("East", HOSTILE))
    plan = planner.solve(scenario, sets=("doors.tsmc.capacity=x0.5",))
    return planner.write_bundle(plan, tmp_path_factory.mktemp("plans") / "bundle")


@pytest.fixture(scope="module")
def text(folder):
    return report(folder).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def reader(text):
    return Reader(text)


def test_page_loads_nothing(text, reader):
    assert not re.search(r"url\((?!#)|@import|<link|<iframe|<object|<embed", text)
    loads = [
        (t, k, v)
        for t, k, v in reader.attributes
        if k in ("src", "href", "xlink:href", "srcset", "data", "action", "poster")
    ]
    assert loads == []
    assert "default-src 'none'" in text
    assert len(text) < 1_000_000


def test_hostile_names_are_only_words(text, reader):
    assert "script" not in reader.tags
    assert "img" not in reader.tags
    assert not [k for _, k, _ in reader.attributes if k.startswith("on")]
    words = "".join(reader.words)
    assert HOSTILE in words
    assert QUOTED in words
    assert "&lt;script&gt;" in text


def test_tags_are_balanced(text):
    stack = []

    class Balance(HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag not in VOID:
                stack.append(tag)

        def handle_endtag(self, tag):
            assert stack.pop() == tag

    Balance().feed(text)
    assert stack == []


def test_money_adds_up_in_the_page(folder, text):
    from planner.report.money import TAIL
    from planner.report.money import money as parts

    bundle = read_bundle(folder)
    found = parts(bundle)
    assert found["adds_up"]
    assert sum(r["value"] for r in found["rows"]) == pytest.approx(bundle.certificate["objective"], rel=1e-9)
    assert TAIL in [r["part"] for r in found["rows"]]
    assert "the parts add up" in text
    assert text.count(money(found["total"])) >= 3


def test_money_that_does_not_add_up_is_said(folder):
    bundle = read_bundle(folder)
    bundle.certificate["objective"] *= 1.01
    assert "the parts do not add up" in page(bundle)


def test_tail_is_hidden(folder, text):
    bundle = read_bundle(folder)
    assert all(not frame["tail"].any() for frame in bundle.groups.values())
    assert bundle.money["tail"].any()
    assert "2031.0" not in text
    assert not re.search(r">2031<", text)


def test_changed_files_are_said(folder, tmp_path):
    changed = Path(shutil.copytree(folder, tmp_path / "changed"))
    money_file = changed / "plan" / "money.parquet"
    frame = pd.read_parquet(money_file)
    frame.loc[0, "value"] += 1.0
    frame.to_parquet(money_file, index=False)
    assert "Files of this bundle are not as they were hashed" in page(read_bundle(changed))


def test_tables_that_do_not_fit_are_refused(folder, tmp_path):
    odd = Path(shutil.copytree(folder, tmp_path / "odd"))
    file = odd / "plan" / "orders.parquet"
    frame = pd.read_parquet(file)
    frame["a"] = "nobody"
    frame["value"] = 1.0
    frame.to_parquet(file, index=False)
    with pytest.raises(planner.InputError, match="do not fit"):
        report(odd)


def test_numbers_keep_their_size_and_unit():
    assert number(1234567.0) == "1,234,567"
    assert number(0.012345) == "0.0123"
    assert number(120.0) == "120"
    assert money(12_345.6) == "12.3 B USD"
    assert money(0.002) == "2 k USD"
    assert percent(0.5) == "50.0 %"
    assert percent(0.99953) == "99.95 %"
    assert percent(1.0) == "100.0 %"
