"""What a plan costs per unit of work, and what a kilogram in orbit is worth.

Levelised cost is accounting, not a price: the discounted money of a kind of place (ground, orbit, fleet) is shared
over kinds of work by the power-time that units give to them (by compute served where there are none), and over classes
by the compute served; rent is paid by the kind of work it is rented for. PFLOP-hours of different classes are not one
good and are never added.
"""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pandas as pd

from compute_stack import economics, orbit
from planner.assemble.satellites import classes
from planner.results import Plan
from planner.tables import Tables

_BY_UNIT = ("build", "run")
STEPS = ("gross", "solar", "thermal", "radiation", "replacement", "network", "useful")
"""The waterfall in order (a compiled dictionary comes back sorted by name)."""


HOURS = 8766.0


def anchors(tables: Tables, prices: pd.DataFrame) -> pd.DataFrame:
    """What the last unit served of each rate class costs, beside what the class pays today, which anchors all rents.

    prices: `Plan.prices` (or the bundle's). Columns [USD/PFLOP/h]: klass, mean, low, high over the periods shown
    (weighted by demand), least and most of today's price; dearest first.
    """
    klass = dict(zip(tables.keys("workloads"), tables.frames["workloads"]["class"], strict=True))
    serve: Any = prices.loc[(prices["row"] == "serve") & (prices["limit"] > 0)]
    cost = -serve["price_per_year"] * 1e6 / HOURS
    place = {k: i for i, k in enumerate(tables.keys("classes"))}
    rows = []
    for c, part in serve.groupby(serve["a"].map(klass), sort=False):
        each = cost[part.index]
        paid = tables.numbers["classes"]["price"][place[c], : tables.shown]
        rows.append((c, float(np.average(each, weights=part["limit"])), each.min(), each.max(), paid.min(), paid.max()))
    frame = pd.DataFrame(rows, columns=["klass", "mean", "low", "high", "least", "most"])
    return frame.sort_values("mean", ascending=False, ignore_index=True)


def levelised_cost(plan: Plan) -> pd.DataFrame:
    """Levelised cost by class and kind of place, over the whole horizon, discounted.

    Columns: class, kind, served [EFLOP/s yr, discounted], cost [M USD], usd_per_pflop_h, unit and usd_per_unit.
    """
    tables, sets = plan.tables, plan.assembly.sets
    kinds = tables.frames["zones"]["kind"].to_numpy()
    dep = sets.deployments
    unit_kind = kinds[dep.zone]
    pool, rented = _pools(plan, unit_kind), _rented(plan, kinds)
    pay = discounted_periods(tables)
    power = tables.numbers["hardware"]["power"][dep.hardware]
    if (dep.satellite >= 0).any():
        k = tables.index("satellites", "satellite_class")[dep.satellite]
        power = np.where(dep.satellite >= 0, tables.numbers["satellite_classes"]["it_power"][k], power)
    weight = (plan.blocks["time"] * pay).sum(axis=1) * power[sets.time_deployment]
    time_kind = unit_kind[sets.time_deployment]
    klass = tables.index("workloads", "class")[sets.arc_workload]
    profile = tables.index("classes", "profile")[klass]
    arc_kind = kinds[sets.arc_zone]
    served = (plan.blocks["serve"] * 1e-3 * pay).sum(axis=1)
    rows = []
    for kind in sorted(set(kinds)):
        total = weight[time_kind == kind].sum()
        everything = served[arc_kind == kind].sum()
        for p in np.unique(profile):
            there = (arc_kind == kind) & (profile == p)
            if served[there].sum() <= 1e-9:
                continue
            own = weight[(time_kind == kind) & (sets.time_profile == p)].sum()
            share = own / total if total > 0 else served[there].sum() / everything
            for c in np.unique(klass[there]):
                mine = served[there & (klass == c)].sum()
                if mine <= 1e-9:
                    continue
                cost = (pool[kind] * share + rented.get((kind, int(p)), 0.0)) * mine / served[there].sum()
                rate = cost * 1e9 / (mine * 1e3 * 8766.0)
                name = tables.keys("classes")[c]
                work = tables.numbers["classes"]["work_per_unit"][c]
                unit = str(tables.frames["classes"]["unit"].iloc[c])
                rows.append((name, kind, mine, cost * 1e3, rate, unit, rate * work / 3600.0))
    columns = ["class", "kind", "served", "cost", "usd_per_pflop_h", "unit", "usd_per_unit"]
    return pd.DataFrame(rows, columns=columns)


def discounted_periods(tables: Tables) -> np.ndarray:
    """Discounted length of each period ``[T]`` [yr]."""
    dt, rate = float(tables.settings["period"]), float(tables.settings["discount_rate"])
    begin = dt * np.arange(tables.horizon)
    with jax.ensure_compile_time_eval():
        return dt * np.asarray(economics.mean_discount(rate, begin, begin + dt))


def _pools(plan: Plan, unit_kind: np.ndarray) -> dict[str, float]:
    """Discounted cost of each kind of place [G USD]; supply is shared by what is drawn from each layer."""
    layout = plan.assembly.program.layout
    values = layout.split_columns(plan.x)
    pool = {"ground": 0.0, "orbit": 0.0, "fleet": 0.0}
    orders = np.zeros(0)
    for part, costs in plan.assembly.parts.items():
        if part in ("unserved", "late"):
            continue
        for v, cost in costs.items():
            name = layout.variables[v].name
            amount = (np.asarray(cost) * values[v]).sum(axis=1)
            if name in _BY_UNIT:
                for kind in pool:
                    pool[kind] += float(amount[unit_kind == kind].sum())
            elif name == "time":
                kind_of = unit_kind[plan.assembly.sets.time_deployment]
                for kind in pool:
                    pool[kind] += float(amount[kind_of == kind].sum())
            elif name == "serve":
                kinds = plan.tables.frames["zones"]["kind"].to_numpy()[plan.assembly.sets.arc_zone]
                for kind in pool:
                    pool[kind] += float(amount[kinds == kind].sum())
            elif name == "order":
                orders = amount
            elif name == "rent":
                continue  # each rented PFLOP-hour is known by its kind of work: see `_rented`
            else:
                pool["orbit" if name == "launch" else "ground"] += float(amount.sum())
    if orders.size:
        shares, layer_of_order = _draw_shares(plan, unit_kind)
        for kind in pool:
            pool[kind] += float((orders * shares[kind][layer_of_order]).sum())
    return pool


def _rented(plan: Plan, kinds: np.ndarray) -> dict[tuple[str, int], float]:
    """Discounted rent by kind of place and profile [G USD]."""
    tables, layout = plan.tables, plan.assembly.program.layout
    out: dict[tuple[str, int], float] = {}
    for v, cost in plan.assembly.parts.get("rent", {}).items():
        amount = (np.asarray(cost) * layout.split_columns(plan.x)[v]).sum(axis=1)
        zone = tables.index("sites", "zone")[tables.index("leases", "site")]
        leases, profiles = tables.keys("leases"), tables.keys("profiles")
        for (lease, profile), paid in zip(layout.variables[v].entities, amount, strict=True):
            key = (str(kinds[zone[leases.index(lease)]]), profiles.index(profile))
            out[key] = out.get(key, 0.0) + float(paid)
    return out


def _draw_shares(plan: Plan, unit_kind: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Share of each layer drawn by each kind of place, and the layer of each ordered door."""
    tables, program = plan.tables, plan.assembly.program
    layout = program.layout
    values = layout.split_columns(plan.x)
    supply = layout.row("supply")
    layers = len(tables.keys("layers"))
    drawn = {k: np.zeros(layers) for k in ("ground", "orbit", "fleet")}
    for coupling, coefficient in zip(layout.couplings, program.coefficients, strict=True):
        name = layout.variables[coupling.column].name
        if coupling.row != supply or name in ("order", "stock"):
            continue
        amount = -np.einsum("kts,ks->k", np.asarray(coefficient), values[coupling.column][coupling.columns])
        kind = unit_kind[coupling.columns] if name == "build" else np.full(len(amount), "ground")
        for k, total in drawn.items():
            np.add.at(total, coupling.rows[kind == k], amount[kind == k])
    every = np.maximum(sum(drawn.values()), 1e-30)
    layer = tables.index("doors", "layer")
    return {k: np.where(every > 1e-29, v / every, float(k == "ground")) for k, v in drawn.items()}, layer[layer >= 0]


def satellite_table(tables: Tables) -> pd.DataFrame:
    """Per row of `satellites`: mass, kg/kW and the waterfall to useful compute watts per kilogram.

    U_net is taken as 1 where a class meets the link row and U_demand as the hardware's availability; the boundary is
    the satellite without launch.
    """
    n = tables.numbers
    k = tables.index("satellites", "satellite_class")
    shell, hardware = tables.index("satellites", "shell"), tables.index("satellites", "hardware")
    altitude = n["shells"]["altitude"][shell]
    lost, working = n["satellite_classes"]["loss_rate"][k], n["hardware"]["availability"][hardware]

    def weighed(data: Any) -> tuple[Any, Any]:
        flown = classes(data, k, altitude)
        fall = orbit.useful_watts_waterfall(flown.design, lost, 1.0, working, flown.availability)
        return fall, flown.mass

    fall, mass = jax.jit(weighed)({t: n[t] for t in ("satellite_classes",)})
    mass, power = np.asarray(mass), n["satellite_classes"]["it_power"][k]
    frame = pd.DataFrame(
        {
            "satellite": tables.keys("satellites"),
            "class": np.array(tables.keys("satellite_classes"), object)[k],
            "altitude": altitude,
            "mass_kg": mass,
            "kg_per_kw": mass / power,
        }
    )
    return frame.assign(**{f"{step}_w_per_kg": np.asarray(fall[step]) for step in STEPS})
