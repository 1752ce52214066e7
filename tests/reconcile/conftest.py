"""Our side of the comparison, computed once."""

import pytest

from planner.reconcile.ours import Ours, ours


@pytest.fixture(scope="session")
def our_side() -> Ours:
    """Read from the shipped dataset."""
    return ours()
