"""Double precision for every test of the package, and where the published cases and facts lie."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import jax
import pytest

jax.config.update("jax_enable_x64", True)

SHARED = Path(__file__).resolve().parents[2].parent / "shared"


def _folder(variable: str, default: str) -> Path:
    return Path(os.environ.get(variable, SHARED / default))


@pytest.fixture(scope="module", autouse=True)
def quick_compilation() -> Iterator[None]:
    """Compile without optimisation: these tests run each function once."""
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", False)


@pytest.fixture(scope="session")
def published_cases() -> list[dict]:
    """All published models, or a skip where the file is absent."""
    path = _folder("PLANNER_CASES", "cases") / "published_models.json"
    if not path.exists():
        pytest.skip("published_models.json is not here; set PLANNER_CASES to its folder")
    return json.loads(path.read_text())


@pytest.fixture(scope="session")
def facts() -> Path:
    """Folder of fact tables, or a skip where it is absent."""
    path = _folder("PLANNER_FACTS", "facts")
    if not path.exists():
        pytest.skip("fact tables are not here; set PLANNER_FACTS to their folder")
    return path
