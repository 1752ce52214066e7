"""Seeded mutations of a scenario folder: cells, headers, rows, TOML, bytes, and the files themselves.

A mutation takes the folder and a generator and says whether it changed anything. Those in `NEUTRAL` change how a
scenario is written and not what it says: the program must stay the same, number for number.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

T = TypeVar("T")
Rng = np.random.Generator
Mutation = Callable[[Path, Rng], bool]

NUMBERS = (
    "0",
    "-0",
    "-0.0",
    "1",
    "-1",
    "0.5",
    "1e-300",
    "1e-12",
    "+3",
    ".5",
    "5.",
    "1e3",
    "0.30000000000000004",
    "100",
)
ODD_NUMBERS = ("nan", "NaN", "inf", "-inf", "Infinity", "1e999", "1e308", "-1e308", "1e15", "1e16", "9" * 400, "1e-400")
UNICODE = (
    "٣٤",
    "\uff11\uff12",
    "½",
    "²",
    "Ⅷ",
    "−5",
    "1\u00a0000",
    "\u202e12",
    "\u200b7",
    "1\u066b5",
    "Å",
    "🛰",
    "é" * 30,
    "\ufeff3",
)
UNITS = ("5 MW", "3 %", "1,5", "1.5e", "0x10", "1_000", "12 USD", "1 000", "1/2", "3e+", "--1", "$5", "5MW", "1e1.5")
WORDS = (
    "",
    " ",
    "\t",
    "*",
    ";",
    ";;",
    "a;b",
    "*;us",
    "yes",
    "no",
    "YES",
    "true",
    "..",
    "../x",
    "s1",
    "usz",
    "us",
    "leo",
    "nan",
)
QUOTES = (
    '"',
    '""',
    "'",
    '"x',
    'x"',
    '"x""y"',
    "`",
    "“x”",
    '"a,b"',
    '"a\nb"',
    "\\",
    "\\n",
    "\r",
    "\\x00",
    "%s",
    "{0}",
    "{{7*7}}",
)
FORMULAS = (
    "=cmd()",
    "=1+1",
    "@SUM(1)",
    "+1+1",
    "-1+1",
    '=HYPERLINK("x")',
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
)
HEADERS = (
    "[MW]",
    "x [",
    "x ]",
    "[[",
    "]",
    "",
    " ",
    "power [W^9^9]",
    "a [1] b",
    "title [1]",
    "site",
    "é [1]",
    "price [USD",
    "1",
    "power[kW IT]",
)
ODD_UNITS = (
    "MegaWatt",
    "EUR",
    "MW IT",
    "MW facility",
    "kg",
    "W^9^9^9",
    "1/0",
    "()",
    "",
    "USD*USD",
    "degF",
    "m/s",
    "kW IT ",
    "1",
    "[1]",
    "%",
)
TOML = (
    *(
        "nan",
        "inf",
        "-inf",
        "1e999",
        "0",
        "-1",
        "1.5",
        "true",
        '""',
        '"x"',
        "[]",
        "[1]",
        "{}",
        "{ a = 1 }",
        "1979-05-27",
    ),
    *(
        "1979-05-27T07:32:00Z",
        "07:32:00",
        "9" * 30,
        "0x10",
        "0o7",
        "1_000",
        "'''x'''",
        '"\\u0000"',
        '"\\ud800"',
        "+",
        "",
    ),
)
TOML_LINES = (
    *(
        "[scenario]",
        "[scenario.scenario]",
        "[[scenario]]",
        "[unknown]",
        "unknown = 1",
        "= 1",
        "a = ",
        'a = "',
        "a.b.c = 1",
    ),
    *("[overrides]", "[overrides.x]", "[overrides.x]\nset = 1", '[overrides.""]\nset = {}', "start = 2027", "'''"),
    *('[overrides.y]\nset = { "sites.*.energised" = "x2" }', "[overrides.z]\nset = { a = { b = { c = [1] } } }"),
    *("deep = " + "[" * 2000, "deep = " + "{a=" * 500, "# " + "x" * 100_000),
    *("\ufeff", "\x00", "\x1b[31m", "a = 'x\u202ey'"),
)
SETTINGS = (
    *("title", "description", "start", "period", "periods", "tail", "blocks", "currency_year", "discount_rate"),
    *("delivery", "planning_quantile", "construction_life", "carbon_price", "debt_share", "launch_life"),
)
SIZES = (
    "periods = 400",
    "periods = 401",
    "tail = 40",
    "periods = 1",
    "blocks = 24",
    "blocks = 6",
    "period = 5",
    "period = 0.0833333333333333",
    "start = 1900",
    "start = 2200",
)


def pick(rng: Rng, choices: Sequence[T]) -> T:
    """One of the choices."""
    return choices[int(rng.integers(len(choices)))]


def csv_file(folder: Path, rng: Rng) -> Path | None:
    """A csv file of the folder that can be read as text."""
    files = sorted(p for p in folder.glob("*.csv") if p.is_file() and not p.is_symlink())
    return pick(rng, files) if files else None


def grid(path: Path) -> list[list[str]]:
    """The cells of a csv file (broken text stands for itself)."""
    text = path.read_bytes().decode("utf-8", "replace").replace("\0", "")
    try:
        return [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    except csv.Error:
        return [line.split(",") for line in text.split("\n") if line]


def write_grid(path: Path, rows: list[list[str]], *, quoted: bool = False, raw: bool = False) -> None:
    """Cells as csv; raw: joined by commas, quotes as they stand."""
    if raw:
        path.write_text("\n".join(",".join(r) for r in rows) + "\n", encoding="utf-8", errors="replace")
        return
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL, lineterminator="\n").writerows(rows)
    path.write_text(out.getvalue(), encoding="utf-8", errors="replace")


def _cells_from(words: tuple[str, ...], *, raw: bool = False) -> Mutation:
    def mutation(folder: Path, rng: Rng) -> bool:
        path = csv_file(folder, rng)
        rows = grid(path) if path else []
        if path is None or len(rows) < 2:
            return False
        row = rows[int(rng.integers(1, len(rows)))]
        row[int(rng.integers(len(row)))] = pick(rng, words)
        write_grid(path, rows, raw=raw)
        return True

    return mutation


def scaled_cell(folder: Path, rng: Rng) -> bool:
    """A number of a table, a little or much larger or smaller: mostly still a scenario."""
    path = csv_file(folder, rng)
    rows = grid(path) if path else []
    places = [(i, j) for i, r in enumerate(rows) if i for j, c in enumerate(r) if c.replace(".", "", 1).isdigit()]
    if path is None or not places:
        return False
    i, j = pick(rng, places)
    rows[i][j] = f"{float(rows[i][j]) * 10.0 ** rng.normal(0, 1.5):.6g}"
    write_grid(path, rows)
    return True


def reference(folder: Path, rng: Rng) -> bool:
    """A cell replaced by another word that stands somewhere in the scenario."""
    path, other = csv_file(folder, rng), csv_file(folder, rng)
    rows, words = (grid(path) if path else []), [c for r in (grid(other) if other else [])[1:] for c in r]
    if path is None or len(rows) < 2 or not words:
        return False
    row = rows[int(rng.integers(1, len(rows)))]
    row[int(rng.integers(len(row)))] = pick(rng, words)
    write_grid(path, rows)
    return True


def swapped_cells(folder: Path, rng: Rng) -> bool:
    """Two cells of a table change places."""
    path = csv_file(folder, rng)
    rows = grid(path) if path else []
    places = [(i, j) for i, r in enumerate(rows) for j in range(len(r))]
    if path is None or len(places) < 2:
        return False
    (a, b), (c, d) = pick(rng, places), pick(rng, places)
    rows[a][b], rows[c][d] = rows[c][d], rows[a][b]
    write_grid(path, rows)
    return True


def header_word(folder: Path, rng: Rng) -> bool:
    """A header cell becomes something else."""
    path = csv_file(folder, rng)
    rows = grid(path) if path else []
    if path is None or not rows:
        return False
    rows[0][int(rng.integers(len(rows[0])))] = pick(rng, HEADERS)
    write_grid(path, rows)
    return True


def header_unit(folder: Path, rng: Rng) -> bool:
    """The unit of a column is another one, or is missing."""
    path = csv_file(folder, rng)
    rows = grid(path) if path else []
    places = [j for j, h in enumerate(rows[0]) if "[" in h] if rows else []
    if path is None or not places:
        return False
    j = pick(rng, places)
    name = rows[0][j].partition("[")[0].strip()
    rows[0][j] = name if rng.random() < 0.3 else f"{name} [{pick(rng, ODD_UNITS)}]"
    write_grid(path, rows)
    return True


def column_dropped(folder: Path, rng: Rng) -> bool:
    """A column is gone."""
    path = csv_file(folder, rng)
    rows = grid(path) if path else []
    if path is None or not rows:
        return False
    j = int(rng.integers(len(rows[0])))
    write_grid(path, [[c for k, c in enumerate(r) if k != j] for r in rows])
    return True


def column_twice(folder: Path, rng: Rng) -> bool:
    """A column stands twice."""
    path = csv_file(folder, rng)
    rows = grid(path) if path else []
    if path is None or not rows:
        return False
    j = int(rng.integers(len(rows[0])))
    write_grid(path, [[*r, r[min(j, len(r) - 1)]] for r in rows])
    return True


def column_added(folder: Path, rng: Rng) -> bool:
    """A column that nobody knows."""
    path = csv_file(folder, rng)
    rows = grid(path) if path else []
    if path is None or not rows:
        return False
    write_grid(path, [[*r, "remark" if i == 0 else pick(rng, WORDS)] for i, r in enumerate(rows)])
    return True


def row_dropped(folder: Path, rng: Rng) -> bool:
    """A row is gone."""
    path = csv_file(folder, rng)
    rows = grid(path) if path else []
    if path is None or len(rows) < 2:
        return False
    rows.pop(int(rng.integers(len(rows))))
    write_grid(path, rows)
    return True


def row_twice(folder: Path, rng: Rng) -> bool:
    """A row stands twice, as it is or under another key."""
    path = csv_file(folder, rng)
    rows = grid(path) if path else []
    if path is None or len(rows) < 2:
        return False
    row = list(rows[int(rng.integers(1, len(rows)))])
    row[0] = row[0] if rng.random() < 0.5 else f"{row[0]}.copy"
    rows.insert(int(rng.integers(1, len(rows) + 1)), row)
    write_grid(path, rows)
    return True


def row_ragged(folder: Path, rng: Rng) -> bool:
    """A row is too short or too long."""
    path = csv_file(folder, rng)
    rows = grid(path) if path else []
    if path is None or len(rows) < 2:
        return False
    row = rows[int(rng.integers(1, len(rows)))]
    row.pop() if rng.random() < 0.5 and len(row) > 1 else row.append(pick(rng, WORDS))
    write_grid(path, rows)
    return True


def toml_value(folder: Path, rng: Rng) -> bool:
    """A setting of another kind."""
    return _setting(folder, f"{pick(rng, SETTINGS)} = {pick(rng, TOML)}")


def toml_size(folder: Path, rng: Rng) -> bool:
    """The largest and the smallest plans that the settings allow, and beyond."""
    return _setting(folder, pick(rng, SIZES))


def _setting(folder: Path, line: str) -> bool:
    path = folder / "scenario.toml"
    if not path.is_file() or path.is_symlink():
        return False
    text, name = path.read_text("utf-8", "replace"), line.partition(" ")[0]
    kept = [x for x in text.split("\n") if not x.startswith(f"{name} ")]
    at = next((i for i, x in enumerate(kept) if x.strip() == "[scenario]"), -1) + 1
    path.write_text("\n".join([*kept[:at], line, *kept[at:]]), encoding="utf-8", errors="replace")
    return True


def toml_text(folder: Path, rng: Rng) -> bool:
    """Lines that TOML, or the scenario, does not know; nested, twice, without end."""
    path = folder / "scenario.toml"
    if not path.is_file() or path.is_symlink():
        return False
    lines = path.read_text("utf-8", "replace").split("\n")
    lines.insert(int(rng.integers(len(lines) + 1)), pick(rng, TOML_LINES))
    path.write_text("\n".join(lines), encoding="utf-8", errors="replace")
    return True


def some_file(folder: Path, rng: Rng) -> Path | None:
    """A plain file of the folder, scenario.toml more often than others."""
    files = sorted(p for p in folder.iterdir() if p.is_file() and not p.is_symlink())
    toml = folder / "scenario.toml"
    return toml if toml in files and rng.random() < 0.15 else pick(rng, files) if files else None


def _bytes_by(change: Callable[[bytes, Rng], bytes]) -> Mutation:
    def mutation(folder: Path, rng: Rng) -> bool:
        path = some_file(folder, rng)
        if path is None:
            return False
        path.write_bytes(change(path.read_bytes(), rng))
        return True

    return mutation


def _cut(data: bytes, rng: Rng) -> bytes:
    return data[: int(rng.integers(len(data) + 1))]


def _flipped(data: bytes, rng: Rng) -> bytes:
    out = bytearray(data or b"x")
    for _ in range(int(rng.integers(1, 8))):
        out[int(rng.integers(len(out)))] ^= 1 << int(rng.integers(8))
    return bytes(out)


def _inserted(data: bytes, rng: Rng) -> bytes:
    at = int(rng.integers(len(data) + 1))
    noise = pick(
        rng,
        (
            b"\0",
            b"\0" * 5000,
            b"\xff",
            b"\xed\xa0\x80",
            b"\x1a",
            b"\x0c",
            b"\x85",
            b"\xe2\x80\xa8",
            b"x" * 200_000,
            b"," * 20_000,
            b"\n" * 5000,
            b'"',
        ),
    )
    return data[:at] + noise + data[at:]


def _recoded(data: bytes, rng: Rng) -> bytes:
    text = data.decode("utf-8", "replace")
    return text.encode(pick(rng, ("utf-16", "utf-16-le", "utf-32", "utf-7", "cp037")), "replace")


def _delimited(data: bytes, rng: Rng) -> bytes:
    return data.replace(b",", pick(rng, (b";", b"\t", b"|", b", ", b",,")))


def missing(folder: Path, rng: Rng) -> bool:
    """A file is gone."""
    path = some_file(folder, rng)
    if path is None:
        return False
    path.unlink()
    return True


def other_kind(folder: Path, rng: Rng) -> bool:
    """A folder, a link that leads nowhere, in circles or out, or a pipe stands in the place of a file."""
    path = some_file(folder, rng)
    if path is None:
        return False
    data, way = path.read_bytes(), int(rng.integers(6))
    path.unlink()
    if way == 0:
        path.mkdir()
    elif way == 1:
        path.symlink_to(path.name)
    elif way == 2:
        path.symlink_to("nowhere.csv")
    elif way == 3:
        outside = folder.parent / "outside.csv"
        outside.write_bytes(data)
        path.symlink_to(outside)
    elif way == 4:
        os.mkfifo(path)
    else:
        path.symlink_to("/proc/self/mem")
    return True


def renamed(folder: Path, rng: Rng) -> bool:
    """A file under another name."""
    path = some_file(folder, rng)
    if path is None:
        return False
    path.rename(
        folder
        / pick(rng, ("other.csv", "Sites.csv", "\x1b[2J.csv", "a\nb.csv", ".csv", "notes.md", "x.toml", "sites.csv"))
    )
    return True


def stranger(folder: Path, rng: Rng) -> bool:
    """A file that is not part of a scenario."""
    name = pick(rng, ("notes.md", "x.csv", ".hidden.csv", "read.toml", "sub.csv", "plan.parquet"))
    (folder / name).write_bytes(rng.bytes(200))
    return True


def _neutral_bytes(change: Callable[[bytes, Rng], bytes]) -> Mutation:
    def mutation(folder: Path, rng: Rng) -> bool:
        paths = sorted(p for p in folder.iterdir() if p.suffix in (".csv", ".toml"))
        for path in paths if rng.random() < 0.3 else [pick(rng, paths)]:
            path.write_bytes(change(path.read_bytes(), rng))
        return True

    return mutation


def _every_cell_quoted(folder: Path, rng: Rng) -> bool:
    path = csv_file(folder, rng)
    if path is None:
        return False
    write_grid(path, grid(path), quoted=True)
    return True


def _columns_in_another_order(folder: Path, rng: Rng) -> bool:
    path = csv_file(folder, rng)
    if path is None or path.stem in ("series", "provenance", "sources"):  # their header is fixed
        return False
    rows = grid(path)
    order = rng.permutation(len(rows[0]))
    write_grid(path, [[r[j] for j in order] for r in rows])
    return True


def _spaces_around(folder: Path, rng: Rng) -> bool:
    path = csv_file(folder, rng)
    if path is None:
        return False
    write_grid(path, [[f" {c}\t" for c in r] for r in grid(path)])
    return True


def _unused_record(folder: Path, rng: Rng) -> bool:
    path = folder / "provenance.csv"
    rows = grid(path)
    rows.append(
        ["zones", "*", "*", "ESTIMATE", str(int(rng.integers(1990, 2026))), pick(rng, ("A", "B", "C")), "", "", "x"]
    )
    write_grid(path, rows)
    return True


def rows_in_another_order(folder: Path, rng: Rng) -> bool:
    """Rows of a table change places; steps of the demand curve and the years of a series keep theirs."""
    path = csv_file(folder, rng)
    if path is None or path.stem in ("tranches", "series"):
        return False
    rows = grid(path)
    if len(rows) < 3:
        return False
    write_grid(path, [rows[0], *(rows[1 + int(i)] for i in rng.permutation(len(rows) - 1))])
    return True


MUTATIONS: dict[str, Mutation] = {
    "cell: number": _cells_from(NUMBERS),
    "cell: number scaled": scaled_cell,
    "cell: not finite or huge": _cells_from(ODD_NUMBERS),
    "cell: unicode": _cells_from(UNICODE),
    "cell: unit or notation": _cells_from(UNITS),
    "cell: word or empty": _cells_from(WORDS),
    "cell: quotes": _cells_from(QUOTES, raw=True),
    "cell: formula or markup": _cells_from(FORMULAS),
    "cell: name of another row": reference,
    "cell: two swapped": swapped_cells,
    "header: word": header_word,
    "header: unit": header_unit,
    "column: dropped": column_dropped,
    "column: twice": column_twice,
    "column: added": column_added,
    "row: dropped": row_dropped,
    "row: twice": row_twice,
    "row: ragged": row_ragged,
    "toml: value": toml_value,
    "toml: size": toml_size,
    "toml: text": toml_text,
    "bytes: cut": _bytes_by(_cut),
    "bytes: flipped": _bytes_by(_flipped),
    "bytes: inserted": _bytes_by(_inserted),
    "bytes: another encoding": _bytes_by(_recoded),
    "bytes: another delimiter": _bytes_by(_delimited),
    "file: empty": _bytes_by(lambda _data, _rng: b""),
    "file: missing": missing,
    "file: of another kind": other_kind,
    "file: renamed": renamed,
    "file: stranger": stranger,
}
NEUTRAL: dict[str, Mutation] = {
    "neutral: CRLF": _neutral_bytes(lambda data, _: data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")),
    "neutral: byte order mark": _neutral_bytes(
        lambda data, _: data if data[:3] == b"\xef\xbb\xbf" else b"\xef\xbb\xbf" + data
    ),
    "neutral: blank lines": _neutral_bytes(lambda data, rng: data + b"\n" * int(rng.integers(1, 5))),
    "neutral: quoted": _every_cell_quoted,
    "neutral: spaces": _spaces_around,
    "neutral: order of columns": _columns_in_another_order,
    "neutral: provenance": _unused_record,
}
REORDERED = "neutral: order of rows"
"""Blocks of the program follow the rows, so that it is the same under its names only."""

SEVERAL = "several at once"


def mutate(folder: Path, rng: Rng) -> tuple[str, tuple[str, ...]]:
    """Change a folder; the kind that it is counted as, and what was done in order."""
    while True:
        way = rng.random()
        if way < 0.16:
            table, kind = (NEUTRAL | {REORDERED: rows_in_another_order}), ""
            kind = pick(rng, list(table))
            if table[kind](folder, rng):
                return kind, (kind,)
        elif way < 0.8:
            kind = pick(rng, list(MUTATIONS))
            if MUTATIONS[kind](folder, rng):
                return kind, (kind,)
        else:
            kinds = tuple(
                k for _ in range(int(rng.integers(2, 5))) if MUTATIONS[k := pick(rng, list(MUTATIONS))](folder, rng)
            )
            if kinds:
                return SEVERAL, kinds


def fresh(source: Path, folder: Path) -> Path:
    """A copy of a scenario in an empty place."""
    for path in (folder, folder.parent / "outside.csv"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    shutil.copytree(source, folder)
    return folder
