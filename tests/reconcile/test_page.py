"""The page is what the code prints, and says what it must."""

from pathlib import Path

import pytest

from planner.reconcile.ours import FIELDS
from planner.reconcile.page import page
from planner.reconcile.published import MODELS

DOCUMENT = Path(__file__).parents[2] / "docs" / "reconcile.md"


@pytest.fixture(scope="module")
def text():
    return page()


def test_the_document_is_printed_by_the_code(text):
    assert DOCUMENT.read_text(encoding="utf-8") == text, "run: python -m planner.reconcile > docs/reconcile.md"


def test_every_model_has_its_section_and_every_input_its_line(text):
    for model in MODELS:
        assert f"\n## {model.title}\n" in text
        assert model.source in text
    for label, _ in FIELDS.values():
        assert f"| {label} |" in text


def test_no_table_is_broken(text):
    width = 0
    for line in text.splitlines():
        if not line.startswith("|"):
            width = 0
            continue
        cells = line.count("|")
        assert width in (0, cells), line
        width = cells
        assert "nan" not in line.split()
