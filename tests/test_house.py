"""The house, looked at from outside: who imports whom, who touches files, how long files are, what data must carry."""

import ast
import re
from pathlib import Path

import pytest

from planner import read_scenario, read_tables
from planner.check import grades

ROOT = Path(__file__).parents[1]
PLANNER = sorted((ROOT / "planner").rglob("*.py"))
MODELS = sorted((ROOT / "models").rglob("*.py"))
DATASETS = sorted(p.parent.name for p in (ROOT / "datasets").glob("*/scenario.toml"))

#: Packages and modules of planner/ that may hold pandas tables.
PANDAS = {
    *("tables", "reading", "provenance", "overrides", "results", "report", "recount", "bundle", "check", "verify"),
    *("cli", "cli_explain", "cli_export", "cli_show", "cli_summary", "studies", "replay", "measures"),
    *("eligibility", "gradient"),  # the frame of refusals; the frame of slopes
    "matching",  # the table of pairs
    "validate",  # what was published or measured beside ours
    "starting",  # takes frames, hands them to files
    "stack",  # tables of what it finds
    "diagnose",  # the same
    "explained",  # tables kept for the report
}
#: Packages and modules of planner/ that may touch files.
FILES = {
    *("scenario", "bundle", "report", "recount", "verify", "mps", "cli", "cli_export", "cli_summary", "studies"),
    *("cli_import", "imports", "cli_design", "cli_frontier", "explained"),
    "check",  # takes a path, hands it to `scenario`
    "cli_show",  # sends stdout nowhere once its reader has hung up
    "solving",  # the same
    "replay",  # counts processors
    *("matching", "cli_match"),  # read the table of a bundle
    "starting",  # writes a new scenario
    *("validate", "cli_validate"),  # read what others published or measured
    "machine",  # the user's cache folder, free memory
    "diagnose",  # takes a path, hands it to `scenario`
    "announcement",  # reads a statement
    *("stack", "cli_stack"),  # write a picture, a page and figures where they are told to
}
#: Sources of datasets/ that give no address yet; none may be added.
WITHOUT_ADDRESS: set[str] = set()


def name(path):
    """Module name from the place of a file: planner.engines.exact, compute_stack.orbit."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    parts = parts[1:] if parts[0] == "models" else parts
    return ".".join(p for p in parts if p != "__init__")


def imports(path):
    """Full names of the modules that a file imports, wherever in the file it does."""
    package = name(path).split(".") if path.name == "__init__.py" else name(path).split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{a.name}" for a in node.names)


def part(path):
    """The module or package of planner/ that a file belongs to."""
    return path.relative_to(ROOT / "planner").with_suffix("").parts[0]


def calls_open(path):
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    )


@pytest.mark.parametrize("path", MODELS, ids=name)
def test_compute_stack_imports_jax_only(path):
    allowed = {"__future__", "compute_stack", "jax", "math", "typing"}
    assert {i.split(".")[0] for i in imports(path) if i} <= allowed
    assert not calls_open(path)


def test_the_certificate_knows_no_engine_and_no_solver():
    barred = ("planner.engines", "planner.solving", "cvxpy", "highspy", "scipy.optimize", "optax", "jax")
    for file in ("certificate.py", "program.py"):
        used = set(imports(ROOT / "planner" / file))
        wanted = barred if file == "certificate.py" else barred[:-1]
        assert not {u for u in used for b in wanted if u == b or u.startswith(f"{b}.")}, file


def test_the_recount_and_verify_know_no_engine_but_the_types_of_its_answers():
    for path in [*(ROOT / "planner" / "recount").rglob("*.py"), ROOT / "planner" / "verify.py"]:
        used = [i for i in imports(path) if i.startswith(("planner.engines", "cvxpy", "highspy", "planner.solving"))]
        answers = {f"planner.engines.{n}" for n in ("Leaf", "Solution", "Status")}
        assert set(used) <= {"planner.engines", *answers}, path.name


def test_engines_know_no_tables():
    for path in (ROOT / "planner" / "engines").rglob("*.py"):
        barred = ("planner.tables", "planner.assemble", "planner.scenario", "pandas", "pathlib")
        assert not [i for i in imports(path) if i.startswith(barred)], path.name


def test_assembly_computes_with_arrays_only():
    for path in (ROOT / "planner" / "assemble").rglob("*.py"):
        assert not {"pandas", "pathlib", "os", "scipy"} & {i.split(".")[0] for i in imports(path)}, path.name


def test_pandas_and_files_stay_where_the_house_has_them():
    pandas = {part(p) for p in PLANNER if "pandas" in {i.split(".")[0] for i in imports(p)}}
    assert pandas <= PANDAS, sorted(pandas - PANDAS)
    touching = {"pathlib", "shutil", "tempfile", "os", "io"}
    files = {part(p) for p in PLANNER if calls_open(p) or touching & {i.split(".")[0] for i in imports(p)}}
    assert files <= FILES, sorted(files - FILES)


@pytest.mark.parametrize("path", [*PLANNER, *MODELS], ids=name)
def test_a_file_is_short_well_named_and_says_what_it_is(path):
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= 400
    assert not re.search(r"util|common|helper|misc", path.stem)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "the module has no docstring"
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    public = [n for n in tree.body if isinstance(n, kinds) and not n.name.startswith("_")]
    classes = [n for n in public if isinstance(n, ast.ClassDef) and "Protocol" not in map(ast.unparse, n.bases)]
    inside = [m for n in classes for m in n.body if isinstance(m, kinds)]
    silent = [n.name for n in [*public, *inside] if not n.name.startswith("_") and not ast.get_docstring(n)]
    assert not silent
    assert "random" not in {i.split(".")[0] for i in imports(path)}


def test_packages_and_folders():
    assert not list((ROOT / "datasets").rglob("*.py"))
    for folder in ("models", "datasets", "tests", "notebooks"):
        assert not (ROOT / folder / "__init__.py").exists()
    for path in (ROOT / "tests").rglob("*.py"):
        assert "random" not in set(imports(path)), path


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_dataset_has_no_fault_and_every_number_has_its_source(dataset):
    tables = read_tables(read_scenario(dataset))
    assert (ROOT / "datasets" / dataset / "SOURCE.md").is_file()
    cells = grades(tables)
    bare = cells[cells["grade"] == "none"]
    assert bare.empty, bare.groupby(["table", "column"]).size().to_string()
    for key, source in tables.sources.iterrows():
        own = key == "ESTIMATE" or source["author"] == "this project"
        address = re.search(r"https?://|arXiv:|doi:", f"{source['url']} {source['title']}")
        assert own or address or key in WITHOUT_ADDRESS, f"{dataset}: source {key} gives no address"


@pytest.mark.slow
@pytest.mark.parametrize("dataset", DATASETS)
def test_every_override_of_a_dataset_applies(dataset):
    for override in read_scenario(dataset).overrides:
        tables = read_tables(read_scenario(dataset, (override,)))
        assert tables.scenario.active == (override,)
        assert any(o == f"override {override}" for o in tables.origin.values()), f"{override} changes nothing"
