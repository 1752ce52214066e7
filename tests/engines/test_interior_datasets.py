"""The interior engine on the relaxation of every dataset: HiGHS's value, a certificate, few iterations."""

from dataclasses import replace

import numpy as np
import pytest

from planner.assemble import assemble_compiled
from planner.certificate import certify, snap
from planner.engines import Status, exact, interior
from planner.scenario import read_scenario
from planner.tables import read_tables

slow = pytest.mark.slow

RECORDED = {"tiny": 16, "rented": 8, "two-engines": 42, "market-match": 35, "world": 61}
"""Iterations measured on 2026-11-26; a fifth more is a step back."""


@pytest.mark.parametrize(
    "dataset", ["rented", pytest.param("tiny", marks=slow), *(pytest.param(d, marks=slow) for d in list(RECORDED)[2:])]
)
def test_relaxation_equals_highs(dataset):
    flat = assemble_compiled(read_tables(read_scenario(dataset))).program.flat()
    flat = replace(flat, integer=np.zeros_like(flat.integer))
    answer, truth = interior.relax(flat), exact.relax(flat)
    assert answer.status is truth.status is Status.OPTIMAL
    assert answer.objective == pytest.approx(truth.objective, rel=1e-6)
    certificate = certify(flat, snap(flat, answer.x), answer.leaves, gap=1e-6)
    assert certificate.certified, certificate.reasons
    assert answer.iterations <= 1.2 * RECORDED[dataset]
