"""Plans of `tiny`, made once: whole and relaxed, and the bundle of the whole one."""

import pytest

import planner


@pytest.fixture(scope="session")
def whole():
    return planner.solve("tiny")


@pytest.fixture(scope="session")
def bundle(whole, tmp_path_factory):
    return planner.write_bundle(whole, tmp_path_factory.mktemp("bundles") / "tiny")


@pytest.fixture(scope="session")
def dearer_launches(tmp_path_factory):
    """The bundle of `tiny` with both vehicles 2 % dearer."""
    plan = planner.solve("tiny", sets=("vehicles.*.price=x1.02",))
    return planner.write_bundle(plan, tmp_path_factory.mktemp("bundles") / "dearer")


@pytest.fixture(scope="session")
def relaxed():
    return planner.solve("tiny", relax=True)
