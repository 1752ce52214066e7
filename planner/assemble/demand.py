"""Row family 1, serve: demand, its willingness-to-pay steps, jobs, contracts, residency shares."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from compute_stack import workload
from planner.assemble.context import YEARLY, Context
from planner.eligibility import leads


def write(c: Context) -> None:
    """Serving `serve` [EFLOP/s], unserved steps `unserved`, job `pace` and `undone` work, contracts `accept`."""
    d, sets = c.data, c.sets
    frames = c.tables.frames
    kind = frames["classes"]["kind"].to_numpy()[c.ref("workloads", "class")]
    must = frames["workloads"]["must_serve"].to_numpy(bool)
    contract = frames["workloads"]["offtake"].to_numpy(bool)
    klass = c.ref("workloads", "class")
    wanted = d["classes"]["demand"][klass] * d["workloads"]["share"][:, None] * 1e-3
    demand = jnp.where(sets.active, wanted, 0.0)
    worth = d["classes"]["price"][klass] * d["workloads"]["price_factor"][:, None] * YEARLY
    c.demand, c.worth, c.job = demand, worth, kind == "job"
    names, zones = c.names("workloads"), c.tables.keys("zones")
    arc_names = [(*names[w], zones[z]) for w, z in zip(sets.arc_workload, sets.arc_zone, strict=True)]
    mean, span = _job_means(c, demand)
    c.fastest = mean * d["classes"]["speedup"][klass]
    c.most = jnp.where(c.job[:, None], c.fastest[:, None], demand)
    serve = c.v["serve"] = c.build.variable(
        "serve",
        ("workload", "zone"),
        arc_names,
        "EFLOP/s",
        per_unit=1e3,
        upper=c.most[sets.arc_workload],
        exists=sets.arc_exists,
        meaning="compute of a workload served from a zone",
    )
    rate = np.nonzero(~c.job)[0]
    exists = sets.active[rate]
    row = c.build.row(
        "serve",
        ("workload",),
        [names[w] for w in rate],
        "=",
        jnp.where(contract[rate, None], 0.0, demand[rate]),
        "EFLOP/s",
        exists=exists,
        per_unit=1e3,
        meaning="served and unserved add to demand",
    )
    place = {int(w): i for i, w in enumerate(rate)}
    arcs = np.array([w in place for w in sets.arc_workload], bool).nonzero()[0]
    c.build.couple(row, serve, [place[sets.arc_workload[a]] for a in arcs], arcs, 1.0)
    _unserved(c, row, place, [int(w) for w in rate if not must[w] and not contract[w]], demand, worth)
    _contracts(c, row, place, [int(w) for w in rate if contract[w]], demand, worth)
    _jobs(c, serve, np.nonzero(c.job)[0], must, mean, span, worth)
    _residency(c, serve)
    prices = d["zones"]["link_price"] * 12e-9
    traffic = d["classes"]["traffic"][klass] * 1e3
    c.steady("link", serve, (prices[sets.arc_zone] * traffic[sets.arc_workload])[:, None])


def _unserved(
    c: Context, row: int, place: dict[int, int], open_: list[int], demand: jnp.ndarray, worth: jnp.ndarray
) -> None:
    if not open_:
        return
    share = c.data["tranches"]["share"]
    middle = jnp.cumsum(share) - share / 2
    elasticity = c.data["classes"]["elasticity"][c.ref("workloads", "class")]
    factor = workload.willingness_to_pay(middle[None, :], 1.0, elasticity[:, None])
    steps = c.tables.keys("tranches")
    pairs = np.array([(w, j) for w in open_ for j in range(len(steps))])
    w, j = pairs.T
    upper = demand[w] * share[j, None]
    names = c.tables.keys("workloads")
    unserved = c.v["unserved"] = c.build.variable(
        "unserved",
        ("workload", "tranche"),
        [(names[a], steps[b]) for a, b in pairs],
        "EFLOP/s",
        per_unit=1e3,
        upper=upper,
        exists=c.sets.active[w],
        implied=False,
        meaning="step of the demand curve that is not served",
    )
    c.steady("unserved", unserved, worth[w] * factor[w, j, None])
    c.build.couple(row, unserved, [place[a] for a in w], np.arange(len(w)), 1.0)


def _contracts(
    c: Context, row: int, place: dict[int, int], signed: list[int], demand: jnp.ndarray, worth: jnp.ndarray
) -> None:
    if not signed:
        return
    names = c.names("workloads")
    rows = np.array(signed)
    c.signed, contract = np.unique(leads(c.tables)[rows], return_inverse=True)
    first = np.zeros((len(c.signed), c.periods), bool)
    first[:, 0] = True
    accept = c.v["accept"] = c.build.variable(
        "accept",
        ("workload",),
        [names[w] for w in c.signed],
        "1",
        upper=1.0,
        exists=first,
        integer=True,
        implied=False,
        meaning="contract taken: all its rows, for their whole windows",
    )
    value = jnp.sum(demand[rows] * worth[rows] * c.pay, axis=1)
    c.revenue = jnp.zeros(len(c.signed)).at[contract].add(value)
    c.constant("unserved", jnp.sum(value))
    c.charge("unserved", accept, -c.revenue[:, None])
    kernel = jnp.zeros((len(rows), c.periods, c.periods)).at[:, :, 0].set(-demand[rows])
    c.build.couple_kernel(row, accept, [place[w] for w in signed], contract, kernel)


def _job_means(c: Context, demand: jnp.ndarray) -> tuple[jnp.ndarray, np.ndarray]:
    """Mean rate [EFLOP/s] over the window and window length [periods] of each workload."""
    length = np.maximum(c.sets.active.sum(axis=1), 1)
    return jnp.sum(demand, axis=1) / length, length


def _jobs(
    c: Context, serve: int, jobs: np.ndarray, must: np.ndarray, mean: jnp.ndarray, span: np.ndarray, worth: jnp.ndarray
) -> None:
    if not jobs.size:
        return
    names, sets = c.names("workloads"), c.sets
    d = c.data
    active = sets.active[jobs]
    labels = [names[w] for w in jobs]
    pace = c.v["pace"] = c.build.variable(
        "pace",
        ("workload",),
        labels,
        "EFLOP/s",
        per_unit=1e3,
        upper=c.fastest[jobs, None],
        exists=active,
        meaning="rate at which a job runs",
    )
    row = c.build.row(
        "run",
        ("workload",),
        labels,
        "=",
        0.0,
        "EFLOP/s",
        exists=active,
        per_unit=1e3,
        meaning="a job runs where it is served",
    )
    place = {w: i for i, w in enumerate(jobs)}
    arcs = np.array([w in place for w in sets.arc_workload], bool).nonzero()[0]
    c.build.couple(row, serve, [place[sets.arc_workload[a]] for a in arcs], arcs, 1.0)
    c.build.couple(row, pace, np.arange(len(jobs)), np.arange(len(jobs)), -1.0)
    limit = c.build.row(
        "pace",
        ("workload",),
        labels,
        "<=",
        c.fastest[jobs, None],
        "EFLOP/s",
        exists=active,
        per_unit=1e3,
        meaning="a job runs at most `speedup` times its mean rate",
    )
    c.build.couple(limit, pace, np.arange(len(jobs)), np.arange(len(jobs)), 1.0)
    first = np.zeros((len(jobs), c.periods), bool)
    first[:, 0] = True
    work = mean[jobs] * span[jobs] * c.dt
    done = c.build.row(
        "work",
        ("workload",),
        labels,
        "=",
        work[:, None],
        "EFLOP/s yr",
        exists=first,
        per_unit=1e3,
        meaning="work done and undone add to the job",
    )
    total = jnp.zeros((1, c.periods, c.periods)).at[:, 0, :].set(c.dt)
    c.build.couple_kernel(done, pace, np.arange(len(jobs)), np.arange(len(jobs)), total)
    klass = c.ref("workloads", "class")[jobs]
    late = d["classes"]["late_loss"][klass]
    age = np.cumsum(active, axis=1) * c.dt
    c.charge("late", pace, worth[jobs] * late[:, None] * age * c.pay)
    steps = c.tables.keys("tranches")
    pairs = np.array([(i, j) for i, w in enumerate(jobs) if not must[w] for j in range(len(steps))]).reshape(-1, 2)
    if not len(pairs):
        return
    i, j = pairs.T
    share = d["tranches"]["share"]
    middle = jnp.cumsum(share) - share / 2
    factor = workload.willingness_to_pay(middle[j], 1.0, d["classes"]["elasticity"][klass[i]])
    undone = c.v["undone"] = c.build.variable(
        "undone",
        ("workload", "tranche"),
        [(*labels[a], steps[b]) for a, b in pairs],
        "EFLOP/s yr",
        per_unit=1e3,
        upper=(work[i] * share[j])[:, None],
        exists=first[i],
        implied=False,
        meaning="work of a job that is not done",
    )
    value = jnp.sum(jnp.where(active, worth[jobs] * c.pay, 0.0), axis=1) / (span[jobs] * c.dt)
    c.charge("unserved", undone, (value[i] * factor)[:, None])
    c.build.couple(done, undone, i, np.arange(len(i)), 1.0)


def _residency(c: Context, serve: int) -> None:
    """Share of a jurisdiction's work that must stay inside, where the rule allows the rest elsewhere."""
    tables, sets = c.tables, c.sets
    if tables.frames["residency"].empty:
        return
    law = c.ref("zones", "jurisdiction")[sets.arc_zone]
    home = c.ref("regions", "jurisdiction")[c.ref("workloads", "region")]
    classes = tables.keys("classes")
    klass = c.ref("workloads", "class")
    middle = (tables.years[:-1] + tables.years[1:]) / 2
    entities, exists, members, shares = [], [], [], []
    for r, (name, rule) in enumerate(tables.rows("residency")):
        if not 0 < tables.numbers["residency"]["inside"][r] < 1:
            continue
        j = tables.keys("jurisdictions").index(rule["jurisdiction"])
        named = (
            range(len(classes))
            if rule["classes"] == "*"
            else [classes.index(v) for v in rule["classes"].split(";") if v]
        )
        span = (middle >= tables.numbers["residency"]["from"][r]) & (middle <= tables.numbers["residency"]["until"][r])
        for w in np.nonzero((home == j) & np.isin(klass, list(named)))[0]:
            arcs = np.nonzero(sets.arc_workload == w)[0]
            outside = sets.arc_exists[arcs[law[arcs] != j]].any(axis=0) if len(arcs) else np.zeros(c.periods, bool)
            if (outside & span).any():
                entities.append((name, tables.keys("workloads")[w]))
                exists.append(outside & span)
                members.append((arcs, law[arcs] == j))
                shares.append(r)
    if not entities:
        return
    row = c.build.row(
        "residency",
        ("rule", "workload"),
        entities,
        ">=",
        0.0,
        "EFLOP/s",
        exists=np.array(exists),
        per_unit=1e3,
        meaning="share of a jurisdiction's work that must be served inside",
    )
    rows = np.concatenate([np.full(len(a), i) for i, (a, _) in enumerate(members)])
    columns = np.concatenate([a for a, _ in members])
    inside = np.concatenate([m for _, m in members])
    share = c.data["residency"]["inside"][np.array(shares)][rows]
    c.build.couple(row, serve, rows, columns, (jnp.where(inside, 1.0, 0.0) - share)[:, None])
