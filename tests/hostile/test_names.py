"""Names that would like to be code: shown as text in the report and on a terminal, or refused when they are read."""

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from mutations import grid, write_grid
from typer.testing import CliRunner

import planner
from planner import InputError, read_scenario, read_tables
from planner.cli import app
from planner.report import report
from planner.schema import TABLES

SCENARIO = Path(__file__).parents[1] / "cli" / "scenario"
DONE = "document.title='owned';document.documentElement.dataset.owned=1"
NAMES = (
    f"<script>{DONE}</script>",
    f'"><img src=x onerror="{DONE}">',
    f"'><svg/onload={DONE}>",
    f"</style><script>{DONE}</script>",
    f"</title><body onload={DONE}>",
    f"--><script>{DONE}</script><!--",
    f"</script><script>{DONE}</script>",
    f"]]><script>{DONE}</script>",
    f"<a href=javascript:{DONE}>x</a>",
    "{{7*7}} {% for x in 9 %} {# x #} ${7*7} #{7*7}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    f'";{DONE};//',
    f"\\u003cscript\\u003e{DONE}",
    f"&lt;script&gt;{DONE} &#60;b&#62; &amp;",
    "=cmd|' /C calc'!A0",
    "W" * 200,
    "<b>bold</b><style>*{display:none}</style>",
)
CHROMIUM = next((p for n in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(n))), None)


class Page(HTMLParser):
    """What a page consists of: elements with their attributes, and its words."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.words = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)


def renamed(folder):
    """Give every row of every table a hostile title and every other text a hostile value; the names in use."""
    used = []
    for path in sorted(folder.glob("*.csv")):
        rows = grid(path)
        table = TABLES.get(path.stem)
        names = {"item", "subject"}  # texts that name rows
        texts = (
            [c.name for c in table.columns if c.kind == "text" and c.name not in {*names, "contract"}] if table else []
        )
        for column in texts:
            if column not in rows[0]:
                rows = [[*r, column if i == 0 else ""] for i, r in enumerate(rows)]
            j = rows[0].index(column)
            for row in rows[1:]:
                row[j] = NAMES[len(used) % len(NAMES)]
                used.append(row[j])
        write_grid(path, rows)
    return used


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    folder = Path(shutil.copytree(SCENARIO, tmp_path_factory.mktemp("hostile") / "<img src=x onerror=alert(1)>"))
    used = renamed(folder)
    assert set(used) == set(NAMES)
    sources = grid(folder / "sources.csv")
    for row in sources[1:]:
        row[1:4] = [f"<script>{DONE}</script>", f'"><img src=x onerror="{DONE}">', f"javascript:{DONE}"]
    write_grid(folder / "sources.csv", sources)
    provenance = grid(folder / "provenance.csv")
    for row in provenance[1:]:
        row[-1] = f"\x1b[2J\x1b]0;owned\x07<script>{DONE}</script>"
    write_grid(folder / "provenance.csv", provenance)
    toml = (folder / "scenario.toml").read_text()
    title, name = NAMES[1].replace("\\", "\\\\").replace('"', '\\"'), f"<script>{DONE}</script>"
    toml = re.sub(r'title = "[^"]*"', lambda _: f'title = "{title}"\ndescription = """{NAMES[3]}\\n{NAMES[9]}"""', toml)
    (folder / "scenario.toml").write_text(f'{toml}\n[overrides."{name}"]\nset = {{ "sites.s1.title" = "{title}" }}\n')
    plan = planner.solve(folder, overrides=(name,))
    return planner.write_bundle(plan, tmp_path_factory.mktemp("plans") / "bundle")


@pytest.fixture(scope="module")
def page(bundle):
    return report(bundle).read_text(encoding="utf-8")


def assert_harmless(page):
    for tag, attributes in page.elements:
        assert tag not in ("script", "img", "iframe", "object", "embed", "link", "form", "base", "foreignobject"), tag
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            if name in ("href", "src", "xlink:href", "action", "data", "srcset"):
                assert re.match(r"https?://|#", value or ""), (tag, name, value)
    words = "".join(page.words)
    for name in (NAMES[0], NAMES[1], NAMES[9]):
        assert name in words
    assert "49 " not in words.replace("{{7*7}}", "")[:500]


def test_hostile_names_are_words_of_the_page(page):
    found = Page(page)
    assert_harmless(found)
    assert len([t for t, _ in found.elements if t == "style"]) == 1
    assert found.words[[w.strip() for w in found.words].index(NAMES[1])].strip() == NAMES[1]
    assert "{{7*7}}" in page
    assert "default-src 'none'" in page


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("guarded", [True, False], ids=["as it is", "without its content policy"])
def test_hostile_names_do_nothing_in_a_browser(page, tmp_path, guarded):
    shown = page if guarded else re.sub(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "", page)
    assert ("Content-Security-Policy" in shown) == guarded
    assert dumped(shown, tmp_path / "page", title=NAMES[1])


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_the_browser_would_have_told(tmp_path):
    """The same look at a page that does not escape: the marker changes."""
    naive = f"<!doctype html><html><head><title>{NAMES[9]}</title></head><body>{NAMES[0]}{NAMES[1]}</body></html>"
    assert not dumped(naive, tmp_path / "naive", title=NAMES[9])


def dumped(text, folder, title):
    """Whether a page is harmless, and still has its title, after a browser has run it."""
    folder.mkdir()
    (folder / "page.html").write_text(text, encoding="utf-8")
    flags = (
        *("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"),
        *("--disable-component-update", "--disable-sync", f"--user-data-dir={folder / 'profile'}", "--dump-dom"),
        "--virtual-time-budget=3000",
    )
    words = [str(CHROMIUM), *flags, f"file://{folder / 'page.html'}"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert "</html>" in done.stdout, done.stderr[-2000:]
    found = Page(done.stdout)
    inside = [attributes for tag, attributes in found.elements if tag == "html"]
    shown = re.search(r"<title>(.*?)</title>", done.stdout, re.DOTALL)
    assert shown
    kept = Page(shown[0]).words == [title]
    if not kept or any("data-owned" in a for a in inside):
        return False
    assert_harmless(found)
    return True


@pytest.mark.parametrize(
    "name", ["a\0b", "a\u202eb", "a\x1b[31mb", "a\u2066b", "a\u200bb", "x" * 10_000, "x" * 201, "a\u2028b", "a\x9bb"]
)
def test_names_that_cannot_be_shown_are_refused(tmp_path, name):
    folder = Path(shutil.copytree(SCENARIO, tmp_path / "scenario"))
    rows = grid(folder / "sites.csv")
    rows[1][1] = name
    write_grid(folder / "sites.csv", rows)
    with pytest.raises(InputError) as caught:
        read_tables(read_scenario(folder))
    long = "sites.csv:2 title — the text is long or not printable — write one line of at most 200 characters"
    zero = "sites.csv — it is not a UTF-8 csv file — save it as UTF-8 csv"
    assert (zero if "\0" in name else long) in str(caught.value).splitlines()
    assert str(caught.value).replace("\n", "").isprintable()


def said(*words):
    result = CliRunner().invoke(app, [str(w) for w in words])
    assert "Traceback" not in result.output
    for stream in (result.stdout, result.stderr):
        assert all(c.isprintable() or c == "\n" for c in stream), [c for c in stream if not c.isprintable()]
    return result


def test_a_terminal_is_shown_nothing_that_it_would_act_on(bundle, tmp_path):
    inputs = bundle / "inputs"
    shown = said("check", inputs, "--explain", "sites.s1.power_price")
    assert shown.exit_code == 0
    assert "?[2J?]0;owned?<script>" in shown.stdout
    assert said("check", inputs).exit_code == 0
    assert said("verify", bundle).exit_code in (0, 1)
    odd = Path(shutil.copytree(SCENARIO, tmp_path / "a\x1b[2J\nb"))
    (odd / "x\x1b[31m\u202e.csv").write_text("")
    assert "x?[31m?.csv — no table has this name" in said("check", odd).stderr
    assert said("check", "no\x1b[2J\nwhere").exit_code == 2
    assert said("solve", odd, "--out", tmp_path / "c\x1b[2J").exit_code == 2
    assert said("check", SCENARIO, "--override", "\x1b[2J", "--set", "a\x1b[2J=1").exit_code == 2
    assert said("report", tmp_path / "no\x1b[2J").exit_code == 2
    assert said("verify", tmp_path / "no\x1b[2J").exit_code == 2
    assert said("export", SCENARIO, tmp_path / "no\x1b[2J").exit_code == 2


def test_the_list_of_datasets_is_shown_as_words(tmp_path, monkeypatch):
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "scenario.toml").write_text(
        '[scenario]\ntitle = "\\u001b[2J[bold]x[/bold]"\ndescription = "\\u202e"\n'
    )
    monkeypatch.setattr("planner.scenario.datasets_folder", lambda: tmp_path)
    shown = said("datasets")
    assert shown.exit_code == 0
    assert "?[2J[bold]x[/bold]" in shown.stdout
