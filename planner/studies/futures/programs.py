"""The programs of sampled futures: one structure, so that they are compiled once and solved in lanes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace

import jax
import numpy as np
from scipy import sparse

from planner.assemble import Assembly
from planner.engines import Solution, Status, engine_for
from planner.flat import Flat
from planner.program import Layout
from planner.studies.design.landscape import SHARP
from planner.studies.futures.sampled import Sample
from planner.studies.structure import Structure, waitless

THREADS = 2
"""Futures that are solved at once on a CPU."""

Told = Callable[[str], None]


class Programs:
    """The program of every future, whole decisions left fractional, or kept to those of a plan.

    held: whole decisions of the plan by name (absent: zero); None: only the free programs are asked for.
    """

    def __init__(self, sample: Sample, held: dict[str, float] | None) -> None:
        self.sample = sample
        self.structure = Structure(waitless(sample.tables))
        self.layout = self.structure.assembly(sample.tables).program.layout
        self.held = None if held is None else _Held(self.layout, held)

    def assembly(self, k: int) -> Assembly:
        """Future k, assembled."""
        return self.structure.assembly(self.sample.future(k))

    def flat(self, k: int) -> Flat:
        """The relaxation of future k."""
        flat = self.assembly(k).program.flat()
        return replace(flat, integer=np.zeros_like(flat.integer))

    def as_planned(self, flat: Flat) -> Flat:
        """A future's relaxation with the whole decisions of the plan; its queues may be joined later than planned.

        Later, because equipment may not be there for a queue that ends sooner than planned, or comes late itself.
        """
        if self.held is None:
            raise ValueError("nothing is held")
        return self.held.on(flat)


class _Held:
    """Whole decisions of a plan as bounds on columns, and the rows that say that a queue is joined for certain."""

    def __init__(self, layout: Layout, held: dict[str, float]) -> None:
        names = layout.column_names()
        self.whole = np.flatnonzero(layout.integer)
        self.lower = np.array([held.get(names[j], 0.0) for j in self.whole])
        self.upper = self.lower.copy()
        self.certain = np.zeros(0, int)
        planned = {k.split("@")[0]: int(k.split("@")[1]) for k in held if k.startswith("join[")}
        for i, j in enumerate(self.whole):
            queue, _, period = names[j].partition("@")
            if queue in planned:
                self.lower[i], self.upper[i] = 0.0, float(int(period) >= planned[queue])
        if planned:
            rows = {f"once[{k.removeprefix('join[')}" for k in planned}
            self.certain = np.array([i for i, r in enumerate(layout.row_names()) if r.split("@")[0] in rows], int)

    def on(self, flat: Flat) -> Flat:
        lower, upper, sense = flat.lower.copy(), flat.upper.copy(), flat.sense.copy()
        lower[self.whole], upper[self.whole] = self.lower, self.upper
        sense[self.certain] = 0
        return replace(flat.with_bounds(lower, upper), sense=sense)


Solved = tuple[int, Flat, Solution, Solution | None]
"""A future, its relaxation, the best plan, and the best one with whole decisions as planned (None: not asked for)."""


def solved(programs: Programs, engine: str, told: Told) -> Iterator[Solved]:
    """Solve every future; answers come in an order that depends on the engine.

    engine: "auto" (what was fastest on programs of this size, see `engine_for`), "exact" or "interior".
    """
    if not len(programs.sample):
        return
    if engine == "auto":
        engine = engine_for(programs.flat(0))
    if engine == "interior" and jax.default_backend() != "cpu":
        yield from _in_lanes(programs, told)
    else:
        yield from _in_threads(programs, engine, told)


def _in_threads(programs: Programs, engine: str, told: Told) -> Iterator[Solved]:
    """A few at a time; each thread takes every n-th future, so that where it starts from does not depend on chance."""
    count = len(programs.sample)
    workers = min(THREADS, count)
    chains = [_Chain(programs, engine) for _ in range(workers)]
    with ThreadPoolExecutor(workers) as pool:
        going: dict[Future, int] = {pool.submit(chains[w], w): w for w in range(workers)}
        try:
            while going:
                for future in wait(going, return_when="FIRST_COMPLETED").done:
                    w = going.pop(future)
                    found = future.result()
                    following = found[0] + workers
                    if following < count:
                        going[pool.submit(chains[w], following)] = w
                    told(f"future {found[0] + 1} of {count}")
                    yield found
        except BaseException:  # after Ctrl-C nobody waits for what is left
            pool.shutdown(wait=False, cancel_futures=True)
            raise


class _Chain:
    """Futures one after the other: small ones by simplex from the last basis, large ones each from nothing."""

    def __init__(self, programs: Programs, engine: str) -> None:
        self.programs, self.engine = programs, engine
        self.bases: dict[bool, object] = {}

    def __call__(self, k: int) -> Solved:
        flat = self.programs.flat(k)
        free = self._answer(flat, False)
        if self.programs.held is None:
            return k, flat, free, None
        return k, flat, free, self._answer(self.programs.as_planned(flat), True)

    def _answer(self, flat: Flat, held: bool) -> Solution:
        from planner.engines import exact, interior
        from planner.engines.warm import Warm

        if self.engine == "interior":
            return interior.relax(flat, tol=SHARP)
        if flat.shape[1] >= exact.IPX_COLUMNS:
            return exact.relax(flat, tol=SHARP, threads=1)
        warm = Warm(flat, SHARP)
        answer = warm.solve(flat.lower, flat.upper, self.bases.get(held))
        if answer.status is not Status.OPTIMAL:
            return answer if answer.status is Status.INFEASIBLE else exact.relax(flat, tol=SHARP)
        self.bases[held] = warm.basis()
        return answer


def _in_lanes(programs: Programs, told: Told) -> Iterator[Solved]:
    """All of them as lanes of one batch on the accelerator; what does not end there is solved again on the CPU."""
    count = len(programs.sample)
    told(f"assembling {count} futures")
    flats = alike([programs.flat(k) for k in range(count)])
    told(f"solving {count} futures")
    free = _batch(flats)
    held: list[Solution | None] = [None] * count
    if programs.held is not None:
        told(f"solving {count} futures with whole decisions as planned")
        held = list(_batch([programs.as_planned(f) for f in flats]))
    yield from zip(range(count), flats, free, held, strict=True)


def _batch(flats: list[Flat]) -> list[Solution]:
    from planner.engines import exact
    from planner.engines.interior import numbers_of, structure_for
    from planner.engines.interior.lanes import batch, solution
    from planner.engines.warm import beyond

    structure = structure_for(*flats, lanes=len(flats))
    out = [solution(f, r) for f, r in zip(flats, batch(structure, [numbers_of(f) for f in flats]), strict=True)]
    return [
        a if a.status is Status.OPTIMAL and not beyond(f, a.x).any() else exact.relax(f, tol=SHARP)
        for f, a in zip(flats, out, strict=True)
    ]


def alike(flats: list[Flat]) -> list[Flat]:
    """The same programs over the entries that any of them has, zeros written out; shapes are the same."""
    m, n = flats[0].shape

    def places(flat: Flat) -> np.ndarray:
        lines = np.repeat(np.arange(m, dtype=np.int64), np.diff(flat.matrix.indptr))
        return lines * n + flat.matrix.indices

    every = places(flats[0])
    every.sort()
    for flat in flats[1:]:
        more = places(flat)
        at = np.minimum(np.searchsorted(every, more), every.size - 1)
        if (new := more[every[at] != more]).size:
            every = np.union1d(every, new)
    starts = np.searchsorted(every, np.arange(m + 1, dtype=np.int64) * n)
    out = []
    for flat in flats:
        data = np.zeros(every.size)
        data[np.searchsorted(every, places(flat))] = flat.matrix.data
        out.append(replace(flat, matrix=sparse.csr_matrix((data, every % n, starts), flat.shape)))
    return out
