"""Changed tables are the tables read with the change, and a shared structure writes the program assembled anew."""

import numpy as np
import pytest

from planner import InputError, read_scenario, read_tables
from planner.assemble import assemble_compiled
from planner.scenario import Change
from planner.studies.structure import Reads, Structure, Structures

#: change, whether it moves what structure was read from
CHANGES = [
    ("vehicles.*.price=x0.3", False),
    ("satellite_classes.bus.radiator_temperature=+20", False),
    ("classes.*.demand=x1.3", False),
    ("limits.budget.amount=0.9", False),
    ("sites.mill.ramp=4", True),  # a limit where there was none: new rows
    ("sites.fjord.ramp=none", True),
    ("stages.*.lead_fixed=x2", True),
    ("hardware.rack.first_sale=2031", True),
    ("satellites.star.first_launch=2031", True),
    ("limits.carbon.on=no", True),
    ("classes.chat.max_rtt=x0.5", True),
    ("doors.*.make_time=+1", True),
    ("scenario.periods=2", True),
    ("scenario.discount_rate=0.05", False),
    ("scenario.blocks=1", True),
]


def change(text):
    path, _, value = text.partition("=")
    return Change("--over", path, value)


@pytest.fixture(scope="module")
def structures():
    made = Structures(read_tables(read_scenario("tiny")))
    made.assembly(made.base)
    return made


@pytest.mark.parametrize("text", [text for text, _ in CHANGES])
def test_changed_tables_are_those_read_with_the_change(structures, text):
    here = structures.tables([change(text)])
    there = read_tables(read_scenario("tiny", (), (text,)))
    assert here.settings == there.settings
    assert here.frames.keys() == there.frames.keys()
    assert all(here.frames[t].equals(frame) for t, frame in there.frames.items())
    for table, columns in there.numbers.items():
        assert all(np.array_equal(here.numbers[table][c], value) for c, value in columns.items()), table
    assert here.scenario.changes[-1] == change(text)
    assert structures.base.numbers["vehicles"]["price"][0, 0] == 30.0


@pytest.mark.parametrize(
    "text", ["tranches.*.share=x2", "sites.mill.energised=-1", "scenario.periods=0.5", "phases.fjord1.after=fjord9"]
)
def test_changes_that_break_a_rule_are_refused_with_the_sentences_of_reading(structures, text):
    with pytest.raises(InputError) as here:
        structures.tables([change(text)])
    with pytest.raises(InputError) as there:
        read_tables(read_scenario("tiny", (), (text,)))
    told = [str(f).replace("--over", "--set") for f in here.value.faults]
    assert told == [str(f) for f in there.value.faults]


def same(a, b):
    """Whether two assemblies are the same program with the same money."""
    assert a.program.layout == b.program.layout
    f, g = a.program.flat(), b.program.flat()
    assert (f.matrix != g.matrix).nnz == 0
    for field in ("cost", "lower", "upper", "rhs", "sense", "integer", "implied", "weight", "group"):
        assert np.array_equal(getattr(f, field), getattr(g, field)), field
    assert f.constant == g.constant
    assert a.parts.keys() == b.parts.keys()
    for part, costs in a.parts.items():
        assert all(np.array_equal(cost, b.parts[part][v]) for v, cost in costs.items())


def compared(structures, text):
    before = structures.compiled
    tables = structures.tables([change(text)])
    same(structures.assembly(tables), assemble_compiled(read_tables(read_scenario("tiny", (), (text,)))))
    return structures.compiled - before


@pytest.mark.parametrize(("text", "structural"), [CHANGES[4]])
def test_a_program_of_changed_numbers_is_the_program_assembled_anew(structures, text, structural):
    assert compared(structures, text) == int(structural)


@pytest.mark.slow
@pytest.mark.parametrize(("text", "structural"), CHANGES)
def test_every_program_of_changed_numbers_is_the_program_assembled_anew(structures, text, structural):
    compiled = compared(structures, text)
    assert compiled == 0 or structural


@pytest.mark.slow
def test_any_number_may_be_changed(structures):
    """Cells drawn by seed from all columns: times 1.1 where that is a scenario at all."""
    rng = np.random.default_rng(11)
    columns = [(t, c) for t, cs in structures.base.numbers.items() for c in cs if structures.base.keys(t)]
    tried = 0
    for k in rng.permutation(len(columns))[:40]:
        table, column = columns[k]
        row = rng.choice(structures.base.keys(table))
        text = f"{table}.{row}.{column}=x1.1"
        try:
            structures.tables([change(text)])
        except InputError:
            continue
        compared(structures, text)
        tried += 1
    assert tried >= 25


def test_structure_that_reads_all_data_at_once_is_stopped(structures):
    with pytest.raises(TypeError, match="column by column"):
        Reads(structures.base).tables.data()


def test_words_and_dates_part_structures_and_prices_do_not(structures):
    reads = structures.known[-1].reads
    assert isinstance(structures.known[-1], Structure)
    assert reads.agree(structures.base)
    assert reads.agree(structures.tables([change("vehicles.*.price=x9")]))
    assert not reads.agree(structures.tables([change("hardware.rack.last_sale=2031")]))
    assert not reads.agree(structures.tables([change("limits.budget.on=no")]))
    assert not reads.agree(structures.tables([change("scenario.start=2031")]))
