"""Contracts over several workloads: what is wrong is said in these words."""

from pathlib import Path

import pytest

from planner import InputError, read_scenario, read_tables

SCENARIO = Path(__file__).parent / "scenario"


def sentence(*sets):
    with pytest.raises(InputError) as caught:
        read_tables(read_scenario(SCENARIO, (), sets))
    return str(caught.value)


def test_a_job_is_not_contracted():
    said = sentence("classes.chat.kind=job", "workloads.chat_e.offtake=yes")
    assert (
        "--set workloads.chat_e.offtake — 'chat' is a job; only work at a rate is contracted — "
        "write no, or name a class of kind rate" in said
    )


def test_a_contract_without_offtake():
    said = sentence("workloads.chat_e.contract=deal")
    assert "contract — 'deal' is not an offtake — write yes in offtake, or leave it blank" in said


def test_a_contract_named_as_a_workload_of_another_one():
    said = sentence("workloads.*.offtake=yes", "workloads.chat_e.contract=batch_e", "workloads.batch_e.contract=deal")
    assert "contract — 'batch_e' is a workload of another contract — choose another name" in said
