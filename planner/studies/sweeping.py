"""`sweep`: one scenario over the full product of some values, every point solved and proved by itself.

What the points share is read and compiled once; a point starts from the plan of its neighbour (`neighbour`); finished
points are kept on disk, so that a sweep that was stopped goes on where it was.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from planner.engines import ENGINES
from planner.faults import Fault, InputError, nearest, quoted
from planner.scenario import read_scenario
from planner.studies import crew
from planner.studies.axes import Axis, axes_of, neighbours, positions, refuse_unknown
from planner.studies.ledger import Ledger, write_table, write_text
from planner.studies.points import Answer, Asked
from planner.studies.rows import UNITS
from planner.tables import read_tables

if TYPE_CHECKING:
    import xarray

MEANINGS = ("status", "certified", *UNITS)


@dataclass(frozen=True)
class Finished:
    """Progress of a sweep: a point that is finished, of how many, and whether it was found on disk."""

    point: int
    points: int
    sets: tuple[str, ...]
    row: Mapping[str, Any]
    found: bool


@dataclass(frozen=True, eq=False)
class Sweep:
    """What a sweep found.

    frame: one row per point: axes, status, certified, cost, bound and gap, figures, money parts, limits that bind,
    words (why there is no certified plan). levelised, binding: several rows per point. units: of every column.
    """

    scenario: str
    title: str
    axes: tuple[Axis, ...]
    frame: pd.DataFrame
    levelised: pd.DataFrame
    binding: pd.DataFrame
    units: Mapping[str, str]
    relax: bool

    @property
    def certified(self) -> bool:
        """Whether every point has a certified plan."""
        return bool(self.frame["certified"].all())

    def to_xarray(self) -> xarray.Dataset:
        """The frame as a labelled array over the axes. Needs xarray (the extra `notebook`)."""
        try:
            import xarray
        except ImportError:
            wrong = "xarray is not installed"
            instead = "install xarray, or compute-planner[notebook]; `frame` holds the same table"
            raise InputError([Fault("to_xarray", 0, "", wrong, instead)]) from None
        shape = tuple(len(a.words) for a in self.axes)
        names = [a.name for a in self.axes]
        coordinates = {a.name: (a.name, list(a.values()[0]), {"unit": a.values()[1]}) for a in self.axes}
        frame = self.frame.drop(columns=names)
        values = {
            str(c): (names, frame[c].to_numpy().reshape(shape), {"unit": self.units[c]} if c in self.units else {})
            for c in frame.columns
        }
        return xarray.Dataset(values, coordinates, {"scenario": self.scenario})

    def picture(self) -> str:
        """The sweep as one SVG: lines over one axis, heat over two."""
        from planner.studies.picture import picture

        return picture(self)


def sweep(
    scenario: str | Path,
    over: Mapping[str, object] | Iterable[str],
    *,
    overrides: tuple[str, ...] = (),
    sets: tuple[str, ...] = (),
    out: str | Path | None = None,
    engine: str = "auto",
    relax: bool = False,
    gap: float = 0.01,
    time: float = 120.0,
    workers: int = 1,
    warm: bool = True,
    progress: Callable[[Finished], None] | None = None,
) -> Sweep:
    """Solve a scenario at every point of the product of `over`: ``{path: values}``, or ``path=values`` texts.

    Each point is what ``planner.solve(..., sets=(*sets, path=value, ...))`` certifies, with a bound of its own; a point
    without a plan or with bad input is a row with its words. A path may be several, joined by ';', that move together.
    out: folder that keeps finished points (a second call goes on), tables and pictures; None: nothing is kept. warm:
    start from the neighbour's plan. time [s] is for each point. workers above 1 need the caller's `__main__` guard.
    Raises `InputError` for a path or value that cannot be written, and for a folder that holds something else.

    Measured in processor time (AMD EPYC, 2 cores, 2026-11-22): 16 launch prices on `tiny` at a gap of 1e-6 take 6.0 s
    from neighbours, 8.7 s from scratch, and 2.3 s each as separate solves. A relaxation of `two-engines` takes 0.3 s
    from a neighbour's basis, 2.5 s without; relaxations of `tiny` are too small to gain.
    """
    axes = axes_of(over)
    asked = Asked(engine, relax, float(gap), float(time), warm)
    _refuse(asked, workers)
    read = read_scenario(scenario, tuple(overrides), tuple(sets))
    base = read_tables(read)
    refuse_unknown(axes, base)
    if out is None:
        with tempfile.TemporaryDirectory() as folder:
            ledger = Ledger(Path(folder) / "sweep", read, axes, asked)
            records = _Run(ledger, axes, progress).records(base, asked, workers)
    else:
        ledger = Ledger(Path(out), read, axes, asked)
        records = _Run(ledger, axes, progress).records(base, asked, workers)
    title = str(base.settings["title"]) or read.name
    found = Sweep(read.name, title, axes, *_tables(axes, records), _units(axes, records), relax)
    if out is not None:
        write(found, Path(out))
    return found


def _refuse(asked: Asked, workers: int) -> None:
    faults = []
    names = ["auto", *ENGINES]
    if asked.engine not in names:
        wrong = "no engine has this name"
        faults.append(Fault("--engine", 0, quoted(asked.engine), wrong, nearest(asked.engine, names)))
    if not 0 <= asked.gap < 1:
        faults.append(Fault("--gap", 0, f"{asked.gap:g}", "it is out of range", "write a relative gap from 0 to 1"))
    if not 0 < asked.time < math.inf:
        faults.append(Fault("--time", 0, f"{asked.time:g}", "it is out of range", "write seconds above 0"))
    if not 1 <= workers <= 256:
        faults.append(Fault("--workers", 0, f"{workers}", "it is out of range", "write a number from 1 to 256"))
    if faults:
        raise InputError(faults)


class _Run:
    """Hands out the points whose neighbour is known, and keeps what comes back."""

    def __init__(self, ledger: Ledger, axes: tuple[Axis, ...], progress: Callable[[Finished], None] | None) -> None:
        self.ledger, self.axes, self.progress = ledger, axes, progress
        self.places = positions(axes)
        self.number = {place: i for i, place in enumerate(self.places)}
        self.known = {i: record for i in range(len(self.places)) if (record := ledger.done(i)) is not None}
        self.open = [i for i in range(len(self.places)) if i not in self.known]

    def records(self, base: Any, asked: Asked, workers: int) -> list[dict[str, Any]]:
        for i in sorted(self.known):
            self._tell(i, found=True)
        if self.open and workers == 1:
            crew.alone(base, asked, self._ready, self._finish)
        elif self.open:
            crew.together(base.scenario, asked, workers, len(self.open), self._ready, self._finish)
        return [self.known[i] for i in range(len(self.places))]

    def _ready(self) -> crew.Task | None:
        for i in self.open:
            before = self._before(i)
            if all(k in self.known for k in before):
                self.open.remove(i)
                starts = (self._start(k) for k in before)
                return crew.Task(i, self._sets(i), tuple(s for s in starts if s is not None))
        return None

    def _finish(self, task: crew.Task, answer: Answer) -> None:
        self.ledger.write(task.point, task.sets, answer)
        record = self.ledger.done(task.point)
        if record is None:
            raise OSError(5, "a point cannot be read back", str(self.ledger.folder))
        self.known[task.point] = record
        self._tell(task.point, found=False)

    def _before(self, point: int) -> list[int]:
        return [self.number[place] for place in neighbours(self.places[point])]

    def _start(self, point: int) -> dict[str, Any] | None:
        """What a point hands on; one that has nothing: what its neighbour does."""
        way = [point]
        while way:
            if self.known[way[0]]["start"] is not None:
                return self.known[way[0]]["start"]
            way = self._before(way[0])
        return None

    def _sets(self, point: int) -> tuple[str, ...]:
        return tuple(s for axis, k in zip(self.axes, self.places[point], strict=True) for s in axis.sets(k))

    def _tell(self, point: int, *, found: bool) -> None:
        if self.progress is not None:
            row = self.known[point]["row"]
            self.progress(Finished(point, len(self.places), self._sets(point), row, found))


def _tables(axes: tuple[Axis, ...], records: list[dict[str, Any]]) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    places = positions(axes)
    values = [a.values()[0] for a in axes]
    labels = pd.DataFrame(
        {"point": range(len(places))}
        | {a.name: [v[p[k]] for p in places] for k, (a, v) in enumerate(zip(axes, values, strict=True))}
    )
    rows = pd.DataFrame([r["row"] for r in records])
    money = [c for c in rows.columns if c.startswith("money.")]
    for name in UNITS:
        rows[name] = rows[name].astype(float) if name in rows else math.nan
    binding = ["; ".join(f"{b['row']} {b['worth']:,.6g} M USD" for b in record["binding"]) for record in records]
    frame = pd.concat([labels, rows[[*MEANINGS, "warm", *money]]], axis=1)
    frame = frame.assign(binding=binding, words=list(rows["words"]))
    return frame, _long(labels, records, "levelised"), _long(labels, records, "binding")


_LONG = {
    "levelised": ("class", "kind", "served", "cost", "usd_per_pflop_h", "unit", "usd_per_unit"),
    "binding": ("rank", "row", "worth", "price", "unit"),
}


def _long(labels: pd.DataFrame, records: list[dict[str, Any]], name: str) -> pd.DataFrame:
    rows = [{"point": i} | row for i, record in enumerate(records) for row in record[name]]
    return labels.merge(pd.DataFrame(rows, columns=["point", *_LONG[name]]).astype({"point": int}), on="point")


def _units(axes: tuple[Axis, ...], records: list[dict[str, Any]]) -> dict[str, str]:
    money = {c: "M USD" for record in records for c in record["row"] if c.startswith("money.")}
    return {a.name: a.values()[1] for a in axes if a.values()[1]} | UNITS | money


LEVELISED_UNITS = {"served": "EFLOP/s yr, discounted", "cost": "M USD", "usd_per_pflop_h": "USD/PFLOP/h"}
BINDING_UNITS = {"worth": "M USD"}


def write(found: Sweep, folder: Path) -> None:
    """Write the tables and the pictures of a sweep into its folder."""
    axes = {a.name: found.units[a.name] for a in found.axes if a.name in found.units}
    write_table(folder / "results.parquet", found.frame, found.units)
    write_table(folder / "levelised.parquet", found.levelised, axes | LEVELISED_UNITS)
    write_table(folder / "binding.parquet", found.binding, axes | BINDING_UNITS)
    from planner.studies.picture import page, picture

    write_text(folder / "sweep.svg", picture(found))
    write_text(folder / "sweep.html", page(found))
