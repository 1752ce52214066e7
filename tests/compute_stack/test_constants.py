"""Every constant of the package has its unit and its source at its line; every number in a function is in its text."""

import ast
import io
import re
import tokenize
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "models" / "compute_stack"
MODULES = sorted(FOLDER.glob("*.py"))

#: Numbers that need no source: counts and series, halves, angles, clocks, bits. Powers of ten are units or guards.
TRIVIAL = {*range(13), 0.25, 0.5, 24, 60, 90, 180, 360, 3600, 86400}
SOURCE = re.compile(r"\b(1[5-9]|20)\d\d\b|definition|estimate|numerical")
UNIT = re.compile(r"\[[^\]]+\]")
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:e[+-]?\d+)?")


def _trivial(value):
    size = abs(value)
    return size in TRIVIAL or (size > 0 and f"{size:e}".startswith("1.000000e"))


def _comments(text):
    """Comment of each line that has one."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}


def _numbers(node):
    """Every number inside a node, with its line."""
    for inside in ast.walk(node):
        if isinstance(inside, ast.Constant) and type(inside.value) in (int, float):
            yield inside.value, inside.lineno


def _said(node, comments):
    """What stands at the lines of a statement and in the comment right above it."""
    lines = list(range(node.lineno, node.end_lineno + 1))
    above = node.lineno - 1
    while comments.get(above) and above not in lines:
        lines.insert(0, above)
        above -= 1
    return " ".join(comments[line] for line in lines if line in comments)


def _bare_constants(tree, comments):
    for node in tree.body:
        if not isinstance(node, ast.Assign) or not any(True for _ in _numbers(node.value)):
            continue
        said = _said(node, comments)
        names = ", ".join(ast.unparse(target) for target in node.targets)
        missing = [what for what, found in (("unit", UNIT), ("source", SOURCE)) if not found.search(said)]
        if missing:
            yield node.lineno, f"{names} has no {' and no '.join(missing)}; write `# [unit] author (year)` at its line"


def _bare_fields(tree, comments):
    for owner in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        for node in owner.body:
            if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
                continue
            name = f"{owner.name}.{node.target.id}"
            if not UNIT.search(comments.get(node.lineno, "")) and "ArrayLike" in ast.unparse(node.annotation):
                yield node.lineno, f"{name} has no unit; write `# [unit]` at its line"
            text = f"{ast.get_docstring(owner)} {comments.get(node.lineno, '')}"
            neutral = node.value is None or {number for number, _ in _numbers(node.value)} <= {0, 1}
            if not neutral and not SOURCE.search(text):
                yield node.lineno, f"the default of {name} has no source; name it in the text of {owner.name}"


def _bare_numbers(tree):
    records = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    for function in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
        text = ast.get_docstring(function) or ""
        told = {float(number) for number in NUMBER.findall(text)}
        fields = {
            line
            for call in ast.walk(function)
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in records
            for keyword in call.keywords
            for _, line in _numbers(keyword)
        }
        fields = fields if "units as in the fields" in text and SOURCE.search(text) else set()
        for value, line in _numbers(function):
            if not _trivial(value) and abs(value) not in told and line not in fields:
                yield line, f"{value} in {function.name} is not in its text; name it as a constant or write it there"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_every_constant_has_unit_and_source(path):
    text = path.read_text(encoding="utf-8")
    tree, comments = ast.parse(text), _comments(text)
    faults = [*_bare_constants(tree, comments), *_bare_fields(tree, comments), *_bare_numbers(tree)]
    listed = "\n".join(f"models/compute_stack/{path.name}:{line} — {what}" for line, what in sorted(faults))
    assert not faults, f"\n{listed}"


def _faults(text):
    tree, comments = ast.parse(text), _comments(text)
    return [what for _, what in [*_bare_constants(tree, comments), *_bare_fields(tree, comments), *_bare_numbers(tree)]]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("SPREAD = 2.4", "SPREAD has no unit and no source"),
        ("SPREAD = 2.4  # [K] as always", "SPREAD has no source"),
        ("SPREAD = 2.4  # ASHRAE (2021)", "SPREAD has no unit"),
        ("class Case:\n    life: ArrayLike = 5.0", "Case.life has no unit"),
        ("class Case:\n    loss: ArrayLike = 0.0", "Case.loss has no unit"),
        ("class Case:\n    life: ArrayLike = 5.0  # [yr]", "the default of Case.life has no source"),
        ("def cost(x):\n    return 0.37 * x", "0.37 in cost is not in its text"),
        ("def cost(x, share=0.37):\n    'Cost.'\n    return share * x", "0.37 in cost is not in its text"),
    ],
)
def test_the_lint_finds_what_is_bare(text, fault):
    assert any(found.startswith(fault) for found in _faults(text)), _faults(text)


@pytest.mark.parametrize(
    "text",
    [
        "SPREAD = 2.4  # [K] ASHRAE (2021)",
        "TABLE = (  # [K] integrated here (2026)\n    1.3, 2.7,\n)",
        "# [K] integrated here (2026)\nTABLE = (\n    1.3, 2.7,\n)",
        "class Case:\n    loss: ArrayLike = 0.0  # [1/yr]",
        "class Case:\n    'Defaults of Smith (2020).'\n    life: ArrayLike = 5.0  # [yr]",
        "def cost(x):\n    '0.37 x. Source: Smith (2020).'\n    return 0.37 * x",
        "def cost(x):\n    return 1e3 * x / 3600.0 + 0.5",
    ],
)
def test_the_lint_lets_pass_what_is_said(text):
    assert not _faults(text)
