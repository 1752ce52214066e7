"""The finished plan under sampled futures: what was joined, ordered and built stands; only placements move.

Each future draws success and lead of every joined phase and the lateness of every door (`slips`; factors per region and
per supply layer make bad luck common), which gives the power, racks and halls that really stand (`arrivals`); serving,
rack time and dispatch are then planned anew, period by period, by a linear program warm-started from future to future.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import jax
import numpy as np
import pandas as pd
from scipy import sparse

from compute_stack import economics
from planner import arrivals, slips
from planner.program import Flat
from planner.results import Plan
from planner.tables import Tables

if TYPE_CHECKING:
    import highspy

MOVES = ("serve", "unserved", "rent", "time", "run", "load", "dispatch", "pace")
WAIT = {"operate": "build", "cooling": "hall"}  # rows whose limit is what was built, and what it was built of
DISTRESS = 10.0  # price of breaking a promise (must-serve work, contracts), over the dearest step of the demand curve


def replay(
    plan: Plan, futures: int = 256, seed: int = 0, every: int | None = None, workers: int | None = None
) -> pd.DataFrame:
    """Replay a plan; one row per future: served share, cost [M USD], energised power by year [MW facility].

    every: evaluate each n-th period and let it stand for n (default: all up to 20,000 columns, else one a year).
    The tail is held as planned. served_fraction is by value at today's price, over the periods evaluated.
    """
    tables = plan.tables
    dt = float(tables.settings["period"])
    if every is None:
        every = 1 if plan.flat.shape[1] <= 20_000 else max(1, round(1 / dt))
    times = list(range(min(every - 1, tables.shown - 1), tables.shown, every))
    late = arrivals.delays(plan, futures, seed)
    standing, phase_cost = sampled_power(plan, futures, seed, late)
    layout = plan.assembly.program.layout
    families = np.concatenate([np.full(int(b.exists.sum()), b.name) for b in layout.rows])
    periods = [_Period(plan, t, families) for t in times]
    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        answers = list(pool.map(lambda p: p.run(standing[:, :, p.t], p.missing(plan, late)), periods))
    cost = np.full(futures, plan.certificate.objective) + phase_cost
    value = served = np.zeros(futures)
    broken = np.zeros(futures)
    weights = np.diff([0, *[t + 1 for t in times[:-1]], tables.shown])
    for part, answer, weight in zip(periods, answers, weights, strict=True):
        cost = cost + weight * (answer["cost"] - part.planned_cost)
        served = served + weight * answer["served"]
        value = value + weight * part.demand_value
        broken = broken + weight * answer["broken"]
    frame = pd.DataFrame(
        {"future": np.arange(futures), "served_fraction": served / np.maximum(value, 1e-12), "cost": cost * 1e3}
    )
    frame["promises_broken"] = broken
    for t in times:
        frame[f"energised_{tables.years[t]:.2f}"] = standing[:, :, t].sum(axis=1) * 1e3
    frame["unit"] = "M USD; MW facility"
    return frame


def sampled_power(
    plan: Plan, futures: int, seed: int, late: arrivals.Delays | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Power that stands ``[future, cell, T]`` [GW facility] and cost of phases over plan ``[future]`` [G USD].

    What phases deliver is energised at the pace of operators and sites, first what the plan counts on by then.
    late: delays of equipment, ordered for the planned lead: a phase waits for it unless its queue takes longer still.
    """
    tables, numbers = plan.tables, plan.tables.numbers
    layout = plan.assembly.program.layout
    dt, horizon = float(tables.settings["period"]), tables.horizon
    block = layout.variables[layout.variable("energised")]
    cells = {e: i for i, e in enumerate(block.entities)}
    grid = next((k for k, row in tables.rows("generation") if row["kind"] == "grid"), "")
    today = np.zeros(len(cells))
    for s, site in enumerate(tables.keys("sites")):
        if (site, grid) in cells:
            today[cells[site, grid]] = numbers["sites"]["energised"][s] * 1e-3
    out = np.repeat(np.repeat(today[None, :, None], futures, 0), horizon, 2)
    extra = np.zeros(futures)
    if "join" not in plan.blocks:
        return out, extra
    which, when = np.nonzero(np.round(plan.blocks["join"]))
    site, source, stage = (tables.index("phases", c)[which] for c in ("site", "source", "stage"))
    found = slips.phase_slips(tables, which, futures, seed)
    planned = found.planned
    if late is not None:
        equipped = np.minimum(found.lead, planned) + arrivals.phase_delays(plan, late, which, when, planned)
        found = replace(found, lead=np.maximum(found.lead, equipped))
    rate, end = tables.settings["discount_rate"], dt * horizon
    life, odds = numbers["generation"]["life"][source], numbers["stages"]["odds"][stage]
    with jax.ensure_compile_time_eval():
        real = np.asarray(economics.annuity_in_horizon(rate, life, when * dt + found.lead, end)) * found.success
        foreseen = np.asarray(economics.annuity_in_horizon(rate, life, when * dt + planned, end)) * odds
    size = numbers["phases"]["power"][which] * 1e-3
    extra = ((real - foreseen) * size * numbers["generation"]["capex"][source]).sum(axis=1)
    sites, sources = tables.keys("sites"), tables.keys("generation")
    cell = np.array([cells[sites[a], sources[b]] for a, b in zip(site, source, strict=True)], int)
    for t in range(horizon):
        np.add.at(out[:, :, t].T, cell, (slips.standing_share(found, when, t, dt) * size).T)
    return _paced(tables, list(cells), out, plan.blocks["energised"] * 1e-3, today), extra


def _paced(
    tables: Tables, cells: list[tuple[str, ...]], delivered: np.ndarray, planned: np.ndarray, today: np.ndarray
) -> np.ndarray:
    """Power energised ``[future, cell, T]`` of what is delivered, as rows `territory` and `ramp` let it grow.

    What the plan counts on by then ``[cell, T]`` comes first; of what is too much every cell gets the same share.
    """
    numbers, dt = tables.numbers, float(tables.settings["period"])
    sites, sources = tables.keys("sites"), tables.keys("generation")
    site = np.array([sites.index(c[0]) for c in cells], int)
    wired = np.array([tables.frames["generation"]["kind"].iloc[sources.index(c[1])] == "grid" for c in cells], bool)
    behind = np.where(wired, tables.index("sites", "territory")[site], -1)
    pace = numbers["territories"]["throughput"] * dt
    paces = [(behind == k, pace[k]) for k in range(len(pace)) if (behind == k).any()]
    ramp = np.repeat(numbers["sites"]["ramp"][:, None] * 1e-3 * dt, delivered.shape[2], axis=1)
    paces += [(site == s, ramp[s]) for s in np.unique(site)]
    paces = [(members, most) for members, most in paces if np.isfinite(most).all()]
    out = np.empty_like(delivered)
    stands = np.repeat(today[None], len(delivered), axis=0)
    for t in range(delivered.shape[2]):
        before = stands
        for target in (np.minimum(delivered[:, :, t], planned[:, t]), delivered[:, :, t]):
            more = np.maximum(target - stands, 0.0)
            for members, most in paces:
                left = np.maximum(most[t] - (stands - before)[:, members].sum(axis=1), 0.0)
                asked = more[:, members].sum(axis=1)
                more[:, members] *= np.minimum(1.0, left / np.maximum(asked, 1e-300))[:, None]
            stands = stands + more
        out[:, :, t] = stands
    return out


class _Period:
    """The program of one period with everything but placements fixed as planned."""

    def __init__(self, plan: Plan, t: int, families: np.ndarray) -> None:
        self.t = t
        layout, flat = plan.assembly.program.layout, plan.flat
        self.move, self.known = _columns(plan, t)
        touched = np.unique(flat.matrix[:, self.move].tocsr().nonzero()[0])
        self.rows = touched[families[touched] != "work"]  # a job that slows down leaves work undone
        fixed = plan.x.copy()
        fixed[self.move] = 0.0
        self.matrix = flat.matrix[self.rows]
        self.rhs = flat.rhs[self.rows] - self.matrix @ fixed
        self.sense = flat.sense[self.rows]
        self.families = families[self.rows]
        self.cells, self.cell_rows, self.cell_share = self._power(plan)
        self.cost = flat.cost[self.move] - self._undone_value(plan)
        self.planned_cost = float(self.cost @ plan.x[self.move])
        self.model = self._model(plan, flat)
        tables, sets = plan.tables, plan.assembly.sets
        klass = tables.index("workloads", "class")
        dt = float(tables.settings["period"])
        price = tables.numbers["classes"]["price"][klass, t] * tables.numbers["workloads"]["price_factor"]
        demand = (
            tables.numbers["classes"]["demand"][klass, t] * tables.numbers["workloads"]["share"] * sets.active[:, t]
        )
        self.demand_value = float((demand * price).sum() * dt)
        names = layout.variables[layout.variable("serve")]
        exists = names.exists[:, t]
        self.arc_price = price[sets.arc_workload[exists]] * 1e3 * dt
        self.arcs = np.nonzero(self.known == "serve")[0]

    def missing(self, plan: Plan, late: arrivals.Delays | None) -> np.ndarray | None:
        """What rows lack of what was built for them, because it waits for its parts ``[future, row]``."""
        if late is None:
            return None
        layout, dt = plan.assembly.program.layout, float(plan.tables.settings["period"])
        out = np.zeros((len(late.layer), self.rows.size))
        starts = np.cumsum([0, *(b.exists.size for b in layout.variables)])
        flat_of = np.cumsum(layout.columns) - 1
        for family, name in WAIT.items():
            delay: np.ndarray = getattr(late, name)
            rows = np.nonzero(self.families == family)[0]
            if name not in plan.blocks or not rows.size or not delay.any():
                continue
            place = layout.variable(name)
            item, begun = np.nonzero(layout.variables[place].exists[:, : self.t + 1])
            columns = flat_of[starts[place] + item * layout.periods + begun]
            gives = (-self.matrix[rows][:, columns]).multiply(plan.x[columns]).tocsr()
            used = np.nonzero(gives.getnnz(axis=0))[0]
            share = ((self.t + 1 - begun[used]) * dt - delay[:, item[used], begun[used]]) / dt
            out[:, rows] += (1.0 - np.clip(share, 0.0, 1.0)) @ gives[:, used].T.toarray()
        return out

    def _power(self, plan: Plan) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Cells whose energised power stands in a row here: (cell, row, coefficient)."""
        layout = plan.assembly.program.layout
        place = layout.variable("energised")
        start = int(np.cumsum([0, *(b.exists.size for b in layout.variables)])[place])
        flat_of = np.cumsum(layout.columns) - 1
        block = layout.variables[place]
        cells = np.nonzero(block.exists[:, self.t])[0]
        columns = flat_of[start + cells * layout.periods + self.t]
        part = self.matrix[:, columns].tocoo()
        self.planned = plan.x[columns]
        return cells[part.col], part.row, np.stack([part.data, part.data * plan.x[columns][part.col]])

    def _undone_value(self, plan: Plan) -> np.ndarray:
        """Value of a job's work not done [G USD per EFLOP/s here], on its pace: mean over its steps; 0 elsewhere."""
        out = np.zeros(self.move.size)
        layout = plan.assembly.program.layout
        jobs = np.nonzero(self.known == "pace")[0]
        if not jobs.size:
            return out
        pace = layout.variables[layout.variable("pace")]
        names = [e[0] for e, there in zip(pace.entities, pace.exists[:, self.t], strict=True) if there]
        undone = next((i for i, b in enumerate(layout.variables) if b.name == "undone"), None)
        dearest = float(np.abs(plan.flat.cost).max())
        totals: dict[str, list[float]] = {}
        if undone is not None:
            cost, upper = (
                np.asarray(v[undone])[:, 0] for v in (plan.assembly.program.cost, plan.assembly.program.upper)
            )
            for e, value, size in zip(layout.variables[undone].entities, cost, upper, strict=True):
                total = totals.setdefault(e[0], [0.0, 0.0])
                total[0] += value * size
                total[1] += size
        mean = [totals[n][0] / totals[n][1] if totals.get(n, [0, 0])[1] > 0 else DISTRESS * dearest for n in names]
        out[jobs] = np.array(mean) * float(plan.tables.settings["period"])
        return out

    def _model(self, plan: Plan, flat: Flat) -> highspy.Highs:
        import highspy  # here, so that `planner` and `verify` need no solver

        a = self.matrix[:, self.move]
        lower, upper = flat.lower[self.move], flat.upper[self.move].copy()
        pace = self.known == "pace"
        upper[pace] = plan.x[self.move][pace]
        worth = np.abs(flat.cost[self.move][self.known == "unserved"]).max(initial=1.0)
        serve = np.nonzero(self.families == "serve")[0]
        slack = sparse.csr_matrix((np.ones(serve.size), (serve, np.arange(serve.size))), (a.shape[0], serve.size))
        full = cast(Any, sparse.hstack([a, slack], format="csr"))
        lp = cast(Any, highspy.HighsLp())
        lp.num_row_, lp.num_col_ = full.shape
        lp.col_cost_ = np.concatenate([self.cost, np.full(serve.size, DISTRESS * worth)])
        lp.col_lower_ = np.concatenate([lower, np.zeros(serve.size)])
        lp.col_upper_ = np.concatenate([upper, np.full(serve.size, highspy.kHighsInf)])
        inf = highspy.kHighsInf
        lp.row_lower_ = np.where(self.sense >= 0, self.rhs, -inf)
        lp.row_upper_ = np.where(self.sense <= 0, self.rhs, inf)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = full.indptr, full.indices, full.data
        model = highspy.Highs()
        model.setOptionValue("output_flag", False)
        model.setOptionValue("threads", 1)
        model.passModel(lp)
        return model

    def run(self, standing: np.ndarray, missing: np.ndarray | None = None) -> dict[str, np.ndarray]:
        """Answer every future ``[future, cell]`` in the order of its power, each from the last basis."""
        import highspy

        n = len(standing)
        out = {"cost": np.zeros(n), "served": np.zeros(n), "broken": np.zeros(n)}
        m = self.move.size
        changed = np.unique(self.cell_rows)
        if missing is not None:
            changed = np.union1d(changed, np.nonzero(missing.any(axis=0))[0])
        for f in np.argsort(-standing.sum(axis=1), kind="stable"):
            rhs = self.rhs.copy()
            np.add.at(rhs, self.cell_rows, self.cell_share[1] - self.cell_share[0] * standing[f, self.cells])
            if missing is not None:
                rhs -= missing[f]
            for r in changed:
                self.model.changeRowBounds(
                    int(r),
                    rhs[r] if self.sense[r] >= 0 else -highspy.kHighsInf,
                    rhs[r] if self.sense[r] <= 0 else highspy.kHighsInf,
                )
            self.model.run()
            x = np.array(self.model.getSolution().col_value, float)
            if self.model.getModelStatus() != highspy.HighsModelStatus.kOptimal or x.size < m:
                raise RuntimeError(
                    f"replay of period {self.t} ended as {self.model.getModelStatus()}; report the scenario"
                )
            out["cost"][f] = self.cost @ x[:m]
            out["served"][f] = self.arc_price @ x[self.arcs]
            out["broken"][f] = x[m:].sum()
        return out


def _columns(plan: Plan, t: int) -> tuple[np.ndarray, np.ndarray]:
    """Flat columns that may move in period t, and the family of each."""
    layout = plan.assembly.program.layout
    flat_of = np.cumsum(layout.columns) - 1
    starts = np.cumsum([0, *(b.exists.size for b in layout.variables)])
    columns, names = [], []
    for start, block in zip(starts, layout.variables, strict=False):
        if block.name in MOVES:
            there = np.nonzero(block.exists[:, t])[0]
            columns.append(flat_of[start + there * layout.periods + t])
            names.append(np.full(there.size, block.name))
    return np.concatenate(columns), np.concatenate(names)
