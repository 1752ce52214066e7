"""Conflicts planted into small scenarios: found, proved, repaired; repairs tried again by another program."""

import numpy as np
import pytest
from planted import RENTED, TINY

from planner import diagnose, read_scenario, read_tables
from planner.diagnose.trying import applied
from planner.engines.warm import model_of
from planner.studies.structure import Structures

CASES = [*(("rented", name) for name in RENTED), *(("tiny", name) for name in TINY)]
SHARED: dict[str, Structures] = {}


def flat_of(scenario, sets):
    """The program of a scenario with changes; structures at hand are shared."""
    if scenario not in SHARED:
        SHARED[scenario] = Structures(read_tables(read_scenario(scenario)))
    tables = SHARED[scenario].tables(applied(sets))
    return SHARED[scenario].assembly(tables).program


def has_plan(flat, *, whole):
    """Whether HiGHS finds a plan of any cost."""
    model = model_of(flat, 1e-7, integers=whole)
    model.changeColsCost(flat.shape[1], np.arange(flat.shape[1], dtype=np.int32), np.zeros(flat.shape[1]))
    model.run()
    return model.modelStatusToString(model.getModelStatus()) == "Optimal"


def test_there_are_thirty_and_more():
    assert len(CASES) >= 30


@pytest.mark.slow
@pytest.mark.parametrize(("scenario", "name"), CASES, ids=lambda v: v.replace(" ", "_"))
def test_a_planted_conflict_is_found_and_repaired(scenario, name):
    sets, family = {"rented": RENTED, "tiny": TINY}[scenario][name]
    whole = name.startswith("whole")
    program = flat_of(scenario, sets)
    flat, names = program.flat(), program.layout.row_names()
    assert not has_plan(flat, whole=whole)

    found = diagnose(scenario, sets=sets)
    assert found.status == ("whole" if whole else "conflict")
    assert found.proved
    assert found.proof > 0
    assert family in {c.row.partition("[")[0] for c in found.conflict}
    known = {n.partition("@")[0] for n in names}
    assert {c.row for c in found.conflict} <= known

    assert found.repairs
    assert len(found.repairs) == 3 or found.notes
    paths = [c.path for r in found.repairs for c in r.changes]
    assert len(paths) == len(set(paths))
    for repair in found.repairs:
        assert repair.verified in ("plan", "relaxed")
        assert repair.needed
        after = flat_of(scenario, (*sets, *repair.sets)).flat()
        assert has_plan(after, whole=repair.verified == "plan")
        assert np.isfinite(repair.cost) == (repair.verified == "plan")
        if len(repair.changes) > 1:
            for left_out in repair.sets:
                rest = [s for s in repair.sets if s != left_out]
                assert not has_plan(flat_of(scenario, (*sets, *rest)).flat(), whole=whole)
