"""When the phases of a site reach each step, from stage odds, log-normal leads and the supply layers' leads.

A phase has one slip, a standard-normal z: its permit comes after m_p e^(s z) years, its connection after m e^(s z), and
its equipment a fixed wait after the permit, when it is ordered. Each step needs all steps before it, so its time is the
largest of these, all of them rise with z, and the probability of a step by a date is the least of the probabilities of
its parts (`compute_stack.power.energised_probability`), exactly.

The permit is a milestone of the stage table: the stage `approved` for phases behind the grid, `construction` for plants
on site. A phase at stage k reaches milestone a with odds p_k/p_a and after the difference of the two median leads, as
it must pass there to be energised; a phase at or past the milestone has its permit. Without a stage of that name the
odds count at once, undated.
"""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from compute_stack import power
from planner.compiled import compiled
from planner.stack.supply import Supply
from planner.tables import Tables

TIMED = ("permitted", "interconnected", "transformed", "cooled", "in racks")
MILESTONES = {"grid": "approved"}
OTHER_MILESTONE = "construction"
_ROUNDING = 1e-9  # [yr] a date that is reached to the last digit is reached


@dataclass(frozen=True, eq=False)
class Queues:
    """All phases: where they stand, their odds and their leads; arrays over phases."""

    site: np.ndarray
    power: np.ndarray  #: [MW facility]
    joined: np.ndarray  #: [yr] after the start of the plan
    permit_odds: np.ndarray
    odds: np.ndarray
    permit_lead: np.ndarray  #: [yr] median
    lead: np.ndarray  #: [yr] median
    sigma: np.ndarray
    past: np.ndarray  #: [yr] since the permit, for phases that have it
    source: np.ndarray
    undated: np.ndarray  #: whether the stage table names no milestone for it


def queues(tables: Tables) -> Queues:
    """Read the phases with the odds and leads of their stages."""
    n, stages = tables.numbers, tables.keys("stages")
    stage, site, source = (tables.index("phases", c) for c in ("stage", "site", "source"))
    s, wait = n["stages"], n["sites"]["time_to_power"][site]
    kinds = tables.frames["generation"]["kind"].to_numpy()[source] if len(source) else np.zeros(0, object)
    names = [MILESTONES.get(str(k), OTHER_MILESTONE) for k in kinds]
    mark = np.array([stages.index(m) if m in stages else -1 for m in names], int)
    odds = s["odds"][stage]

    def median(at: np.ndarray) -> np.ndarray:
        return np.asarray(compiled(power.lead_median, s["lead_fixed"][at], s["lead_per_time_to_power"][at], wait))

    lead, known = median(stage), mark >= 0
    passed = known & (odds >= s["odds"][mark])
    to_come = np.maximum(lead - median(mark), 0.0)
    toll = np.minimum(odds / np.maximum(s["odds"][mark], 1e-300), 1.0)
    return Queues(
        site=site,
        power=n["phases"]["power"],
        joined=np.maximum(n["phases"]["earliest"] - tables.years[0], 0.0),
        permit_odds=np.where(passed, 1.0, np.where(known, toll, odds)),
        odds=odds,
        permit_lead=np.where(known & ~passed, to_come, 0.0),
        lead=lead,
        sigma=s["sigma"][stage],
        past=np.where(passed, np.maximum(median(mark) - lead, 0.0), 0.0),
        source=source,
        undated=~known,
    )


@dataclass(frozen=True, eq=False)
class Waits:
    """From permit to service [yr] for each phase: equipment of its source, of its hall, of its racks."""

    source: np.ndarray
    hall: np.ndarray
    racks: np.ndarray


def waits(tables: Tables, q: Queues, supply: Supply, technology: np.ndarray, rack: np.ndarray) -> Waits:
    """Waits of every phase; `technology` and `rack` are those of its site (-1: none). Time since the permit counts."""
    source = np.array([supply.wait("generation", k) for k in tables.keys("generation")])
    halls = np.array([supply.wait("cooling", k) for k in tables.keys("cooling")] + [0.0])
    racks = np.array([supply.wait("hardware", k) for k in tables.keys("hardware")] + [0.0])
    hall = np.maximum(halls, supply.wait("construction", "*"))
    each = (source[q.source] if len(q.source) else np.zeros(0), hall[technology[q.site]], racks[rack[q.site]])
    return Waits(*(np.maximum(w - q.past, 0.0) for w in each))


def probabilities(q: Queues, w: Waits, dates: np.ndarray) -> dict[str, np.ndarray]:
    """Probability that each phase has reached each step by a date [yr after the start] ``{step: [phase, date]}``."""
    age = dates[None, :] - q.joined[:, None] + _ROUNDING
    ends = {step: age - wait[:, None] for step, wait in zip(TIMED[2:], (w.source, w.hall, w.racks), strict=True)}

    def least(age: jax.Array, ends: dict[str, jax.Array], queue: dict[str, jax.Array]) -> dict[str, jax.Array]:
        def by(age: jax.Array, odds: str, median: str) -> jax.Array:
            return power.energised_probability(
                age, queue[odds][:, None], queue[median][:, None], queue["sigma"][:, None]
            )

        permitted = by(age, "permit_odds", "permit_lead")
        here = jnp.minimum(permitted, by(age, "odds", "lead"))
        out = {"permitted": permitted, "interconnected": here}
        for step in TIMED[2:]:
            out[step] = here = jnp.minimum(here, by(ends[step], "odds", "permit_lead"))
        return out

    names = ("permit_odds", "odds", "permit_lead", "lead", "sigma")
    found = compiled(least, age, ends, {n: getattr(q, n) for n in names})
    return {step: np.asarray(found[step]) for step in TIMED}


def dependable(q: Queues, w: Waits, dates: np.ndarray, quantile: float) -> dict[str, np.ndarray]:
    """Share of each phase that counts by a date when it slips to a quantile, cut by its odds ``{step: [phase, date]}``.

    As a plan counts it: nothing before the quantile of the time, then the odds.
    """
    at = times(q, w, quantile)
    there = {step: dates[None, :] - q.joined[:, None] + _ROUNDING >= t[:, None] for step, t in at.items()}
    weight = {step: q.permit_odds if step == "permitted" else q.odds for step in TIMED}
    return {step: there[step] * weight[step][:, None] for step in TIMED}


def times(q: Queues, w: Waits, quantile: float) -> dict[str, np.ndarray]:
    """Years from joining to each step at a quantile of the slip, if the phase succeeds ``{step: [phase]}``."""
    slow = compiled(power.lead_quantile, np.stack([q.permit_lead, q.lead]), q.sigma, np.asarray(quantile))
    permit, here = np.asarray(slow)
    out = {"permitted": permit, "interconnected": here}
    for step, wait in zip(TIMED[2:], (w.source, w.hall, w.racks), strict=True):
        out[step] = here = np.maximum(here, permit + wait)
    return out
