"""What a zone could do for one buyer if it had no other: power as it is delivered, compute per megawatt.

Bounds from above, in NumPy and without a solver: every queue is joined at once, all power goes to the best racks that
the buyer takes. What is short here is short in every plan.
"""

from __future__ import annotations

import jax
import numpy as np

from compute_stack import chips, thermal
from compute_stack import power as queue
from planner.eligibility import Sets, leads, peaks
from planner.tables import Tables

SMALL = 1e-4
"""Deliveries below this share do not count (the rule of `assemble`)."""


def delivered(tables: Tables) -> np.ndarray:
    """Most power that can stand on each site ``[site, T]`` [MW facility]: all queues joined at their first date."""
    n = tables.numbers
    stage, site = tables.index("phases", "stage"), tables.index("phases", "site")
    stages, dt, periods = n["stages"], float(tables.settings["period"]), tables.horizon
    median = stages["lead_fixed"][stage] + stages["lead_per_time_to_power"][stage] * n["sites"]["time_to_power"][site]
    begin = tables.years[:-1]
    joined = np.array([next((y for y in begin if y >= e - 1e-9), np.inf) for e in n["phases"]["earliest"]])
    age = begin[None, :] - joined.reshape(-1, 1)
    sigma = stages["sigma"][stage]
    with jax.ensure_compile_time_eval():
        if tables.settings["delivery"] == "expected":
            share = queue.expected_energised_fraction(np.maximum(age, -1.0), dt, median[:, None], sigma[:, None])
        else:
            lead = queue.lead_quantile(median, sigma, tables.settings["planning_quantile"])
            share = queue.energised_fraction(np.maximum(age, -1.0), dt, np.asarray(lead)[:, None])
    share = np.where((age >= 0) & (np.asarray(share) > SMALL), share, 0.0)
    size = (n["phases"]["power"] * stages["odds"][stage])[:, None] * share
    wired = (tables.frames["generation"]["kind"] == "grid").to_numpy()[tables.index("phases", "source")]
    count = len(tables.keys("sites"))
    grid, other = np.zeros((count, periods)), np.zeros((count, periods))
    np.add.at(grid, site[wired], size[wired])
    np.add.at(other, site[~wired], size[~wired])
    grid += n["sites"]["energised"][:, None]
    throughput = n["territories"]["throughput"][tables.index("sites", "territory")] * 1e3 * dt
    ramp = np.broadcast_to(n["sites"]["ramp"][:, None] * dt, throughput.shape)
    today = n["sites"]["energised"]
    grid = _grown(grid, today, throughput)
    best = float(np.max(n["generation"]["availability"], initial=0.0))
    return _grown(grid + other, today, ramp) * best


def _grown(wanted: np.ndarray, today: np.ndarray, step: np.ndarray) -> np.ndarray:
    """What stands ``[site, T]`` when it may grow by `step` a period."""
    out, last = np.zeros_like(wanted), today
    for t in range(wanted.shape[1]):
        last = out[:, t] = np.minimum(wanted[:, t], last + step[:, t])
    return out


def compute_per_power(tables: Tables, sets: Sets) -> np.ndarray:
    """Best compute that each workload gets of each zone ``[workload, zone, T]`` [PFLOP/s per MW facility].

    0 where no rack that it may run on can stand, or none of its arcs lets it.
    """
    d, h, p = sets.deployments, tables.numbers["hardware"], tables.numbers["profiles"]
    q, s = tables.numbers["cooling"], tables.numbers["sites"]
    with jax.ensure_compile_time_eval():
        rate = np.asarray(
            chips.effective_pflops(
                peaks(tables),
                h["bandwidth"][None, :],
                p["flop_per_byte"][:, None],
                p["compute_efficiency"][:, None],
                p["memory_efficiency"][:, None],
                h["scaleout"][None, :],
                p["scaleout_need"][:, None],
            )
        )
        pue = np.asarray(
            thermal.power_usage_effectiveness(
                q["supply_temperature"], s["wet_bulb"][:, None], s["dry_bulb"][:, None], q["liquid_fraction"],
                q["electrical_overhead"], q["fan_overhead"], q["chiller_cop"],
            )
        )  # fmt: skip
    each = rate * h["chips"] * h["availability"] / (h["power"] * 1e-3)
    zone = tables.index("sites", "zone")
    least = np.full((len(tables.keys("zones")), len(sets.needs)), np.inf)
    for site, technology, need in zip(sets.load_site, sets.load_technology, sets.load_need, strict=True):
        least[zone[site], need] = min(least[zone[site], need], pue[site, technology])
    profile = tables.index("classes", "profile")[tables.index("workloads", "class")]
    density = tables.numbers["workloads"]["density"]
    out = np.zeros((len(profile), len(tables.keys("zones")), tables.horizon))
    ground = d.need[sets.time_deployment] >= 0
    at = {
        cell: np.nonzero(ground & (sets.time_profile == cell[0]) & (d.zone[sets.time_deployment] == cell[1]))[0]
        for cell in set(zip(profile[sets.arc_workload].tolist(), sets.arc_zone.tolist(), strict=True))
    }
    for w, z, live in zip(sets.arc_workload, sets.arc_zone, sets.arc_exists, strict=True):
        for k in at[int(profile[w]), int(z)]:
            i = sets.time_deployment[k]
            if h["power"][d.hardware[i]] >= density[w]:
                value = each[profile[w], d.hardware[i]] / least[z, d.need[i]]
                out[w, z] = np.maximum(out[w, z], np.where(live & sets.time_exists[k], value, 0.0))
    return out


def needed(tables: Tables, sets: Sets) -> np.ndarray:
    """Least power for all of a contract (of a workload without one) ``[workload, zone, T]`` [MW facility].

    At the position of its first row; inf where a row cannot be served. Ground zones only.
    """
    klass = tables.index("workloads", "class")
    wanted = tables.numbers["classes"]["demand"][klass] * tables.numbers["workloads"]["share"][:, None]
    wanted = np.where(sets.active, wanted, 0.0)
    per = compute_per_power(tables, sets)
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(wanted[:, None, :] > 0, wanted[:, None, :] / per, 0.0)
    out = np.zeros_like(each)
    np.add.at(out, leads(tables), each)
    return out


def fits(tables: Tables, sets: Sets) -> np.ndarray:
    """Whether a zone alone could carry all of a contract, by its power ``[workload, zone]``; true off the ground."""
    zone, count = tables.index("sites", "zone"), len(tables.keys("zones"))
    power = np.zeros((count, tables.horizon))
    np.add.at(power, zone, delivered(tables))
    ground = (tables.frames["zones"]["kind"] == "ground").to_numpy()
    short = (needed(tables, sets) > power * (1 + 1e-6) + 1e-9).any(axis=2)
    return ~short | ~ground
