"""Problem files written for one test."""

import pytest


@pytest.fixture
def write(tmp_path):
    """Write a problem file and give its path."""

    def made(text, name="case.txt"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return made
