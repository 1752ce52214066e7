"""The fit of a power law, the sizes that are measured, and the page that is printed from them."""

import json
import re
from dataclasses import asdict

import numpy as np
import pytest


def test_the_fit_recovers_a_power_law_and_its_error(script):
    exponent = script("scaling_page").exponent
    sizes = np.array([10.0, 20.0, 50.0, 100.0, 300.0])
    slope, error = exponent(sizes, 3.0 * sizes**1.7)
    assert slope == pytest.approx(1.7, rel=1e-9)
    assert error == pytest.approx(0.0, abs=1e-9)
    noise = np.exp(0.1 * np.array([1, -1, 1, -1, 1]))
    slope, error = exponent(sizes, 3.0 * sizes**1.7 * noise)
    x, y = np.log(sizes), np.log(3.0 * sizes**1.7 * noise)
    (theirs, _), covariance = np.polyfit(x, y, 1, cov=True)
    assert slope == pytest.approx(theirs, rel=1e-9)
    assert error == pytest.approx(np.sqrt(covariance[0, 0]), rel=1e-6)
    assert exponent([1, 2], [1, 2]) is None


def test_each_dimension_changes_that_dimension_alone(script):
    scaling = script("scaling")
    base = asdict(scaling.BASE)
    field = {"workloads": "workloads", "sites": "sites", "hardware": "racks", "periods": "period"}
    for dimension, recipes in scaling.DIMENSIONS.items():
        changed = {k for r in recipes for k, v in asdict(r).items() if v != base[k]}
        assert changed == {field[dimension]}
        assert len(set(recipes)) >= 4
        assert scaling.BASE in recipes


def test_the_page_fits_what_was_solved_and_shows_what_was_not(script, tmp_path):
    entries = []
    for k, size in enumerate((10, 20, 40, 80)):
        solved = k < 3
        run = {"seconds": 0.1 * size**1.5 if solved else 1e-3, "memory_gb": 0.01 * size, "iterations": 5}
        run |= {"solved": solved, "status": "optimal" if solved else "limit"}
        assembly = {"sites": size, "columns": size**2, "rows": size, "nonzeros": size}
        assembly |= {"reading": 0.5, "assembling": 0.1 * size, "compiling": 2.0, "peak_gb": 1.0}
        entries.append({"assembly": assembly, "solves": {"exact": run}})
    entries.append({"assembly": {"status": "failed"}, "solves": {}})
    lost = {"assembly": entries[0]["assembly"], "solves": {"exact": {"status": "did not stop"}}}
    document = {"where": "here", "machine": {"cores": 2}, "seed": 0, "dimensions": {"sites": [*entries, lost]}}
    document["queues"] = {"S-short": lost | {"solves": lost["solves"] | {"PDLP": run | {"limit": 9.0, "gap": 0.1}}}}
    (tmp_path / "scaling_here.json").write_text(json.dumps(document))
    text = "\n".join(script("scaling_page").scaling(tmp_path))
    assert "| sites | | exact | 1.50 ± 0.00 (3) | 0.75 ± 0.00 (3) | 1.00 ± 0.00 (3) | 0.50 ± 0.00 (3) |" in text
    assert "| sites | | assembling | 1.00 ± 0.00 (5) | 0.50 ± 0.00 (5) |" in text
    assert "| no | limit |" in text
    assert_even(text)


def assert_even(text):
    """Every line of a table has as many cells as its head."""
    for table in re.findall(r"(?:^\|.*\n?)+", text, flags=re.MULTILINE):
        assert len({line.count("|") for line in table.splitlines()}) == 1, table
