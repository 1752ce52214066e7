"""Measured round trips against the fibre graph: errors by pair of blocks and over all rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from planner.faults import Fault, InputError, nearest, printable, quoted, stop_when_many
from planner.reading import number
from planner.validate.fibre import Fibre, fitted_fibre, scenario_fibre
from planner.validate.texts import text_of

NAMES = ("a", "b")
NUMBERS = {"lat_a": (-90, 90), "lon_a": (-180, 180), "lat_b": (-90, 90), "lon_b": (-180, 180)}
COLUMNS = (*NAMES, *NUMBERS, "rtt_ms")
LONGEST = 1e5  # [ms]
MOST_ROWS = 200_000


@dataclass(frozen=True)
class RoundTrips:
    """Measured round trips beside ours.

    rows: a, b, pair, distance [km], measured [ms], ours [ms], error (ours/measured - 1 [-]); pairs: pair of blocks,
    rows, median, p90, worst |error| [-], mean error [-].
    """

    file: str
    graph: str
    rows: pd.DataFrame = field(repr=False)
    pairs: pd.DataFrame
    median_error: float
    p90_error: float
    worst_error: float


def round_trips(path: str | Path, scenario: str | None = None) -> RoundTrips:
    """Errors of the fitted graph, or of the graph of a scenario, on the rows of a file. Raises `InputError`."""
    name = printable(Path(path).name)
    places, rtt = read_trips(text_of(Path(path)), name)
    graph = fitted_fibre() if scenario is None else scenario_fibre(scenario)
    return judged(name, graph, places, rtt)


def judged(file: str, graph: Fibre, places: pd.DataFrame, rtt: np.ndarray) -> RoundTrips:
    """The rows of a file beside the round trips of a graph."""
    first, second = (places[[f"lat_{end}", f"lon_{end}"]].to_numpy(float) for end in NAMES)
    ours = graph.round_trips(first, second)
    blocks = np.array(graph.kinds)[np.stack([graph.block(first), graph.block(second)], 1)]
    rows = pd.DataFrame(
        {
            "a": places["a"],
            "b": places["b"],
            "pair": ["-".join(pair) for pair in np.sort(blocks, axis=1)],
            "distance": _distance(first, second),
            "measured": rtt,
            "ours": ours,
            "error": ours / rtt - 1.0,
        }
    )
    size = rows.assign(size=rows["error"].abs()).groupby("pair")
    pairs = size.agg(
        rows=("size", "size"),
        median=("size", "median"),
        p90=("size", lambda e: e.quantile(0.9)),
        worst=("size", "max"),
        mean=("error", "mean"),
    ).reset_index()
    off = np.abs(ours / rtt - 1.0)
    return RoundTrips(
        file, graph.name, rows, pairs, float(np.median(off)), float(np.quantile(off, 0.9)), float(off.max())
    )


def _distance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    from compute_stack.network import great_circle_km

    return np.asarray(great_circle_km(first[:, 0], first[:, 1], second[:, 0], second[:, 1]))


def read_trips(text: str, name: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Names and coordinates of both ends, and the measured round trips [ms]. Raises `InputError`."""
    try:
        lines = list(_lines(text))
    except csv.Error as error:
        raise InputError([Fault(name, 0, "", f"it is not a CSV file ({error})", "quote no cell over lines")]) from None
    if not lines:
        raise InputError([Fault(name, 0, "", "the file is empty", f"write the header {','.join(COLUMNS)} and rows")])
    header = [cell.strip() for cell in lines[0][1]]
    faults = _header_faults(name, lines[0][0], header)
    if faults:
        raise InputError(faults)
    if len(lines) == 1:
        raise InputError([Fault(name, 0, "", "the file has no rows", "write one measured round trip a row")])
    if len(lines) > MOST_ROWS + 1:
        raise InputError([Fault(name, 0, "", f"it has more than {MOST_ROWS:,} rows", "split the file")])
    at = {column: header.index(column) for column in COLUMNS}
    read: dict[str, list] = {column: [] for column in COLUMNS}
    for line, cells in lines[1:]:
        if len(cells) != len(header):
            wrong = f"the row has {len(cells)} cells, the header {len(header)}"
            faults.append(Fault(name, line, "", wrong, "write one cell for each column"))
        else:
            row = {column: cells[k].strip() for column, k in at.items()}
            faults.extend(_row_faults(name, line, row, read))
        stop_when_many(faults, name)
    if faults:
        raise InputError(faults)
    return pd.DataFrame({column: read[column] for column in COLUMNS[:-1]}), np.array(read["rtt_ms"])


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield reader.line_num, cells


def _header_faults(name: str, line: int, header: list[str]) -> list[Fault]:
    faults = []
    spare = [h for h in header if h not in COLUMNS]
    for column in COLUMNS:
        if column not in header:
            close = nearest(column, spare) if spare else ""
            found = close.removeprefix("did you mean ").rstrip("?")
            instead = f"is it {found}?" if close.startswith("did") else f"the columns are {','.join(COLUMNS)}"
            faults.append(Fault(name, line, column, "the column is missing", instead))
        elif header.count(column) > 1:
            faults.append(Fault(name, line, column, "the column stands twice", "keep one of them"))
    return faults


def _row_faults(name: str, line: int, row: dict[str, str], read: dict[str, list]) -> Iterator[Fault]:
    for column in NAMES:
        if not row[column]:
            yield Fault(name, line, column, "the name is missing", "write a name of the place")
        read[column].append(printable(row[column][:80]))
    for column, (low, high) in NUMBERS.items():
        instead = f"write degrees from {low} to {high}"
        value, wrong = _amount(row[column], low, high)
        if wrong:
            yield Fault(name, line, column, wrong, instead)
        read[column].append(value)
    value, wrong = _amount(row["rtt_ms"], 0.0, LONGEST)
    if not wrong and value == 0.0:
        wrong = "'0' is no round trip"
    if wrong:
        yield Fault(name, line, "rtt_ms", wrong, f"write milliseconds above 0, at most {LONGEST:g}")
    read["rtt_ms"].append(value)


def _amount(cell: str, low: float, high: float) -> tuple[float, str]:
    try:
        value = number(cell)
    except ValueError:
        return 0.0, f"{quoted(cell)} is not a number" if cell else "the number is missing"
    return value, "" if low <= value <= high else f"{quoted(cell)} is out of range"
