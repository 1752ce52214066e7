"""The manual of inputs is the schema, and every table and column stands in it."""

from pathlib import Path

from planner.manual import manual
from planner.schema import SETTINGS, TABLES
from planner.units import factor

DOCUMENT = Path(__file__).parents[2] / "docs" / "inputs.md"


def test_the_document_is_printed_from_the_schema():
    assert DOCUMENT.read_text(encoding="utf-8") == manual(), "run: python -m planner.manual > docs/inputs.md"


def test_every_column_has_its_line_with_unit_and_meaning():
    text = manual()
    for table in TABLES.values():
        section = text.split(f"## {table.name}.csv\n")[1].split("\n## ")[0]
        for c in table.columns:
            (line,) = (row for row in section.splitlines() if row.startswith(f"| `{c.name}` |"))
            assert c.unit in line
            assert c.meaning.replace("|", "\\|") in line
            assert line.count("|") - line.count("\\|") == 6
    assert all(f"| `{c.name}` |" in text for c in SETTINGS)


def test_every_unit_of_the_schema_is_known():
    for table in TABLES.values():
        for c in table.numbers:
            assert factor(c.unit.replace("1/yr", "1 / yr"), c.unit) == 1.0
            assert c.low <= c.high
