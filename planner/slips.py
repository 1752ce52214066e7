"""How the queues of a sampled future slip: when phases deliver and whether they do, and how late orders arrive.

Every phase, region, layer and door has a stream of numbers of its own, keyed by seed, kind and name; future f reads its
f-th pair. A site more, a phase not joined or a longer run changes nobody else's draws, so that two plans meet the same
futures. The first of a pair decides success, the second delay; positive is bad.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import jax
import numpy as np
from scipy.special import ndtri

from compute_stack import power
from planner.tables import Tables


@dataclass(frozen=True, eq=False)
class PhaseSlips:
    """Sampled phases: success (1 or 0) and lead [yr] ``[future, phase]``, and the lead that was planned with [yr]."""

    success: np.ndarray
    lead: np.ndarray
    planned: np.ndarray


def normals(seed: int, kind: str, names: Sequence[str], futures: int) -> np.ndarray:
    """Standard-normal pairs ``[future, name, 2]`` of the streams of `names`, from a counter (Philox) by inversion."""
    out = np.empty((futures, len(names), 2))
    for i, name in enumerate(names):
        text = f"{int(seed)}\0{kind}\0{name}".encode()
        key = int.from_bytes(hashlib.blake2b(text, digest_size=16).digest(), "little")
        words = np.random.Philox(key=key).random_raw(2 * futures)
        out[:, i] = ((words >> np.uint64(12)) + 0.5).reshape(futures, 2) * 2.0**-52
    return ndtri(out)


def phase_draws(tables: Tables, which: np.ndarray, futures: int, seed: int) -> np.ndarray:
    """Latent normals ``[future, phase, 2]`` of the phases `which`: a part of the region, of the layers, and their own.

    Two phases correlate by the root of the product of their stages' `correlation` within a region, and by
    `layer_correlation` times the cosine of the sets of layers that their sources draw on. A source without a bill of
    materials has no layers: that part is its own.
    """
    names, regions, place = tables.keys("phases"), *_regions(tables)
    site, source, stage = (tables.index("phases", c)[which] for c in ("site", "source", "stage"))
    region = normals(seed, "region", regions, futures)[:, place[site]]
    own = normals(seed, "phase", [names[i] for i in which], futures)
    shared = tables.numbers["stages"]["correlation"][stage]
    weights = _source_layers(tables)
    common = np.where(weights.any(axis=1), float(tables.settings["layer_correlation"]), 0.0)[source]
    with jax.ensure_compile_time_eval():
        if not common.any():
            return np.asarray(power.correlated_draw(region, own, shared[:, None]))
        layers = np.moveaxis(normals(seed, "layer", tables.keys("layers"), futures), 1, 2)
        layer = np.moveaxis(np.asarray(power.blended_draw(layers[:, :, None, :], weights)), 1, 2)[:, source]
        return np.asarray(power.factor_draw(region, layer, own, shared[:, None], common[:, None]))


def phase_slips(tables: Tables, which: np.ndarray, futures: int, seed: int) -> PhaseSlips:
    """Success and lead of the phases `which` in every future; marginals do not depend on any correlation."""
    site, stage = (tables.index("phases", c)[which] for c in ("site", "stage"))
    s = {k: v[stage] for k, v in tables.numbers["stages"].items()}
    draw = phase_draws(tables, which, futures, seed)
    wait = tables.numbers["sites"]["time_to_power"][site]
    with jax.ensure_compile_time_eval():
        median = np.asarray(power.lead_median(s["lead_fixed"], s["lead_per_time_to_power"], wait))
        return PhaseSlips(
            success=np.asarray(power.sampled_success(s["odds"], draw[:, :, 0])),
            lead=np.asarray(power.sampled_lead(median, s["sigma"], draw[:, :, 1])),
            planned=np.asarray(power.lead_quantile(median, s["sigma"], tables.settings["planning_quantile"])),
        )


def order_lateness(tables: Tables, futures: int, seed: int) -> np.ndarray:
    """How much later than planned the orders at each door arrive [yr] ``[future, door]``.

    Doors of one layer correlate by `make_time_correlation`; the part they share is the delay of their layer, which its
    phases share too.
    """
    layer, make = tables.index("doors", "layer"), tables.numbers["doors"]["make_time"]
    spread = float(tables.settings["make_time_sigma"])
    if spread == 0.0 or not len(layer):
        return np.zeros((futures, len(layer)))
    own = normals(seed, "door", tables.keys("doors"), futures)[:, :, 1]
    if not len(tables.keys("layers")):
        return np.zeros_like(own)
    common = normals(seed, "layer", tables.keys("layers"), futures)[:, layer, 1]
    with jax.ensure_compile_time_eval():
        draw = power.correlated_draw(common, own, float(tables.settings["make_time_correlation"]))
        late = np.asarray(power.sampled_lateness(make, spread, draw))
    return np.where(layer >= 0, late, 0.0)


def standing_share(slips: PhaseSlips, when: np.ndarray, t: int, dt: float) -> np.ndarray:
    """Share of each phase, joined at the start of period `when`, that stands in period t ``[future, phase]``."""
    return np.clip(((t + 1 - when) * dt - slips.lead) / dt, 0.0, 1.0) * slips.success


def _regions(tables: Tables) -> tuple[list[str], np.ndarray]:
    """Names of the regions that slip together, and the region of each site."""
    if tables.settings["slip_region"] == "jurisdiction":
        law = tables.index("zones", "jurisdiction")[tables.index("sites", "zone")]
        return [f"jurisdiction {k}" for k in tables.keys("jurisdictions")], law
    return [f"territory {k}" for k in tables.keys("territories")], tables.index("sites", "territory")


def _source_layers(tables: Tables) -> np.ndarray:
    """Which layers each source draws on ``[source, layer]``, 1 or 0."""
    sources, layers = tables.keys("generation"), tables.keys("layers")
    out = np.zeros((len(sources), len(layers)))
    bills = tables.frames["bills"]
    for of, item, layer in zip(bills["of"], bills["item"], bills["layer"], strict=True):
        if of == "generation":
            out[sources.index(item), layers.index(layer)] = 1.0
    return out
