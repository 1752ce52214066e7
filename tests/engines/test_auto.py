"""Which engine "auto" means: read from the table of what was measured."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import tiny_programs as tiny

from planner import engines
from planner.engines import measured
from planner.engines.measured import Row

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def sized(columns):
    return SimpleNamespace(shape=(columns // 2, columns))


@pytest.mark.parametrize(
    ("columns", "device", "engine"),
    [
        (100_000, "cpu", "exact"),
        (10_000, "cpu", "exact"),
        (100_000, "gpu", "interior"),
        (12_000, "gpu", "interior"),
        (300, "gpu", "exact"),
        (5_000_000, "gpu", "exact"),
        (100_000, "tpu", "exact"),
    ],
)
def test_the_nearest_measured_program_decides(columns, device, engine):
    assert engines.engine_for(sized(columns), device) == engine


def test_the_fastest_engine_counts_whatever_its_place_in_the_table(monkeypatch):
    rows = [Row("cpu", "p", 1000, *r, "", "") for r in (("exact", 30.5), ("interior", 9.5), ("first-order", 100.0))]
    monkeypatch.setattr(measured, "MEASURED", rows)
    assert engines.engine_for(sized(2000), "cpu") == "interior"
    assert engines.engine_for(sized(3100), "cpu") == "exact"
    assert engines.engine_for(sized(320), "cpu") == "exact"


def test_auto_goes_over_to_exact_where_memory_is_too_small(monkeypatch):
    flat = next(iter(tiny.LINEAR.values()))()
    monkeypatch.setattr(engines, "engine_for", lambda flat: "greedy")
    monkeypatch.setitem(engines.ENGINES, "greedy", f"{__name__}:greedy")
    assert engines.solve(flat).engine == "exact"
    with pytest.raises(MemoryError):
        engines.solve(flat, "greedy")


def greedy(flat, **options):
    raise MemoryError("too large")


def test_the_table_is_what_the_results_say(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    page = pytest.importorskip("page")
    table = Path(measured.__file__)
    try:
        (tmp_path / "measured.py").write_text(table.read_text())
        monkeypatch.setattr(page, "TABLE", tmp_path / "measured.py")
        page.write_table()
    finally:
        sys.modules.pop("page")
    assert (tmp_path / "measured.py").read_text() == table.read_text()
