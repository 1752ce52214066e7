"""Rules across tables: what single cells cannot show. One `_check_*` per rule; all faults are returned at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.faults import Fault, nearest, quoted
from planner.scenario import FILE
from planner.schema import TABLES

if TYPE_CHECKING:
    from planner.tables import Tables

_PLACES = (("sites", "ground"), ("shells", "orbit"), ("fleets", "fleet"))
_CONTAINERS = {"ground": "rack", "orbit": "satellite", "fleet": "endpoint"}
#: Reasons of a refusal in the order in which they are asked: the last one was nearest to a yes.
_RULES = ("pair", "class", "jurisdiction", "latency", "hardware", "density", "residency")
_SUBJECTS = {
    "door_share": "layers",
    "door_loss": "layers",
    "site_share": "sites",
    "jurisdiction_share": "jurisdictions",
}
#: Tables whose rows are compared with each other, one by one, and how often at most.
_PAIRS = (("workloads", "zones"), ("zones", "hardware"), ("regions", "sites"), ("sites", "cooling"), ("hubs", "hubs"))
_MOST_PAIRS = 2_000_000
#: Numbers of a program that a desk computer holds, several times over.
_MOST_NUMBERS = 1e8


def rule_faults(tables: Tables) -> list[Fault]:
    """All faults of the rules below; who may serve a demand is asked once the rest is right."""
    faults = [f for check in _CHECKS for f in check(tables)]
    return faults or list(_check_reach(tables)) or list(_check_numbers(tables))


def place(tables: Tables, table: str, key: str, column: str) -> tuple[str, int]:
    """File and line of a cell (of its row when it was left out), or the override that set it (line 0)."""
    origin = tables.origin.get((table, key, column), "default of the schema")
    if origin == "default of the schema":
        row = (tables.origin.get((table, key, c), "") for c in TABLES[table].index)
        origin = next((o for o in row if o.startswith(f"{table}.csv:")), f"{table}.csv")
    file, _, line = origin.rpartition(":")
    return (file, int(line)) if line.isdigit() else (origin, 0)


def _fault(tables: Tables, table: str, key: object, column: str, wrong: str, instead: str) -> Fault:
    file, row = place(tables, table, str(key), column)
    return Fault(file, row, column if row or file == f"{table}.csv" else f"{table}.{key}.{column}", wrong, instead)


def _column(tables: Tables, table: str, column: str) -> dict[str, Any]:
    return {key: row[column] for key, row in tables.rows(table)}


def _check_tranches(tables: Tables) -> Iterator[Fault]:
    total = tables.numbers["tranches"]["share"].sum()
    if abs(total - 1) > 1e-6:
        yield Fault("tranches.csv", 0, "share", f"the shares add to {total:g}", "make them add to 1")


def _check_zones(tables: Tables) -> Iterator[Fault]:
    kinds = _column(tables, "zones", "kind")
    for table, kind in _PLACES:
        taken: dict[str, str] = {}
        for key, zone in _column(tables, table, "zone").items():
            if kinds[zone] != kind:
                wrong = f"'{zone}' is a zone of kind {kinds[zone]}"
                yield _fault(tables, table, key, "zone", wrong, f"name a zone of kind {kind}")
            elif table == "fleets" and zone in taken:
                wrong = f"'{zone}' is the zone of '{taken[zone]}'"
                yield _fault(tables, table, key, "zone", wrong, "give each fleet its own zone")
            taken.setdefault(zone, key)


def _check_containers(tables: Tables) -> Iterator[Fault]:
    kinds, containers = _column(tables, "zones", "kind"), _column(tables, "hardware", "container")
    named = [("satellites", key, [h], "satellite") for key, h in _column(tables, "satellites", "hardware").items()]
    for key, value in _column(tables, "fleets", "hardware").items():
        named.append(("fleets", key, [h for h in value.split(";") if h and h != "*"], "endpoint"))
    for key, row in tables.rows("stock"):
        named.append(("stock", key, [row["hardware"]], _CONTAINERS[kinds[row["zone"]]]))
    for table, key, hardware, container in named:
        for h in hardware:
            if containers[h] != container:
                wrong = f"'{h}' is counted in {containers[h]}s"
                yield _fault(tables, table, key, "hardware", wrong, f"name hardware with container {container}")


def _check_control(tables: Tables) -> Iterator[Fault]:
    served = {
        k for v in tables.frames["fleets"]["classes"] for k in (tables.keys("classes") if v == "*" else v.split(";"))
    }
    used = set(tables.frames["workloads"]["class"])
    for key, limit in zip(tables.keys("classes"), tables.numbers["classes"]["max_rtt"], strict=True):
        if limit == 0 and key in used and key not in served:
            wrong = f"no fleet runs '{key}' on the device"
            instead = "name it in fleets.csv classes, or give a round trip above 0"
            yield _fault(tables, "classes", key, "max_rtt", wrong, instead)


def _check_idle(tables: Tables) -> Iterator[Fault]:
    """The idle row tells control from other work by profile."""
    classes = dict(tables.rows("classes"))
    control = {
        classes[k]["profile"]
        for v in tables.frames["fleets"]["classes"]
        for k in (classes if v == "*" else str(v).split(";"))
        if k in classes
    }
    on_device = {k for k, limit in zip(classes, tables.numbers["classes"]["max_rtt"], strict=True) if limit == 0}
    for key, row in classes.items():
        if row["fleet"] and key not in on_device and row["profile"] in control:
            wrong = f"'{row['profile']}' is the profile of control work on the fleets"
            yield _fault(tables, "classes", key, "profile", wrong, "give work sold to idle endpoints another profile")


def _check_phases(tables: Tables) -> Iterator[Fault]:
    phases = dict(tables.rows("phases"))
    for key, row in phases.items():
        if row["after"] and phases[row["after"]]["site"] != row["site"]:
            wrong = f"'{row['after']}' is at another site"
            yield _fault(tables, "phases", key, "after", wrong, "name a phase of the same site")
        seen, here = set(), row["after"]
        while here and here != key and here not in seen:
            seen.add(here)
            here = phases[here]["after"]
        if here == key:
            yield _fault(tables, "phases", key, "after", "the phases wait for each other", "break the circle")


def _check_grid(tables: Tables) -> Iterator[Fault]:
    standing = tables.numbers["sites"]["energised"] > 0
    if standing.any() and "grid" not in set(tables.frames["generation"]["kind"]):
        wrong = "sites are energised but no source is of kind grid"
        yield Fault("generation.csv", 0, "kind", wrong, "add a source of kind grid")


def _check_correlations(tables: Tables) -> Iterator[Fault]:
    layer = float(tables.settings["layer_correlation"])
    for key, region in zip(tables.keys("stages"), tables.numbers["stages"]["correlation"], strict=True):
        if region + layer > 1 + 1e-9:
            wrong = f"with the layer_correlation {layer:g} of the scenario it adds to {region + layer:g}"
            yield _fault(tables, "stages", key, "correlation", wrong, "make the two add to at most 1")


def _check_bills(tables: Tables) -> Iterator[Fault]:
    for key, row in tables.rows("bills"):
        of, item = row["of"], row["item"]
        if of == "construction":
            if item != "*":
                yield _fault(tables, "bills", key, "item", f"{quoted(item)} is not '*'", "write * for construction")
        elif item not in tables.frames[of].index:
            wrong = f"{quoted(item)} is not in {of}.csv"
            yield _fault(tables, "bills", key, "item", wrong, nearest(item, tables.keys(of)))
        elif of == "doors" and not _column(tables, "doors", "own")[item]:
            wrong = f"'{item}' is not an own door"
            yield _fault(tables, "bills", key, "item", wrong, "only own doors draw from layers")


def _check_doors(tables: Tables) -> Iterator[Fault]:
    for key, row in tables.rows("doors"):
        if bool(row["layer"]) == bool(row["vehicle"]):
            wrong = "a door supplies a layer or a vehicle"
            yield _fault(tables, "doors", key, "layer", wrong, "fill exactly one of layer and vehicle")
        elif row["vehicle"] and not row["own"]:
            wrong = "a pad that is not own is the vehicle's cadence"
            yield _fault(tables, "doors", key, "own", wrong, "write yes, or raise vehicles.csv cadence")


def _check_limits(tables: Tables) -> Iterator[Fault]:
    for key, row in tables.rows("limits"):
        kind, subject = row["kind"], row["subject"]
        target = _SUBJECTS.get(kind)
        if target is None and subject not in ("", "*"):
            yield _fault(tables, "limits", key, "subject", f"a limit of kind {kind} has no subject", "write *")
        elif target and subject != "*" and subject not in tables.frames[target].index:
            wrong = f"{quoted(subject)} is not in {target}.csv"
            yield _fault(tables, "limits", key, "subject", wrong, nearest(subject, tables.keys(target)))


def _check_hubs(tables: Tables) -> Iterator[Fault]:
    hubs = len(tables.frames["hubs"])
    if 0 < hubs < 4:  # a point takes the best of its four nearest hubs
        yield Fault("hubs.csv", 0, "", f"the network has {hubs} of at least 4 hubs", "add hubs, or delete the table")


def _check_windows(tables: Tables) -> Iterator[Fault]:
    w = tables.numbers["workloads"]
    for i in np.nonzero(w["window_end"] <= w["window_start"])[0]:
        key = tables.keys("workloads")[i]
        yield _fault(tables, "workloads", key, "window_end", "the window ends before it starts", "write a later date")


def _check_contracts(tables: Tables) -> Iterator[Fault]:
    kinds, frame = _column(tables, "classes", "kind"), tables.frames["workloads"]
    for key, row in tables.rows("workloads"):
        if row["offtake"] and kinds[row["class"]] == "job":
            wrong = f"'{row['class']}' is a job; only work at a rate is contracted"
            yield _fault(tables, "workloads", key, "offtake", wrong, "write no, or name a class of kind rate")
        if row["contract"] and not row["offtake"]:
            wrong = f"{quoted(row['contract'])} is not an offtake"
            yield _fault(tables, "workloads", key, "contract", wrong, "write yes in offtake, or leave it blank")
        elif row["contract"] in frame.index and frame.loc[row["contract"], "contract"] != row["contract"]:
            wrong = f"{quoted(row['contract'])} is a workload of another contract"
            yield _fault(tables, "workloads", key, "contract", wrong, "choose another name")


def _check_arcs(tables: Tables) -> Iterator[Fault]:
    seen: dict[tuple[str, str], str] = {}
    for key, row in tables.rows("arcs"):
        pair = (row["workload"], row["zone"])
        if pair in seen:
            wrong = f"'{pair[0]}' from '{pair[1]}' stands in '{seen[pair]}' already"
            yield _fault(tables, "arcs", key, "zone", wrong, "write a pair once")
        seen.setdefault(pair, key)


def _check_learning(tables: Tables) -> Iterator[Fault]:
    seen: dict[tuple[str, str], str] = {}
    for key, row in tables.rows("learning"):
        named = [(c, row[c]) for c in ("vehicle", "satellite_class") if row[c]]
        if len(named) != 1:
            wrong = "it names a vehicle and a satellite class" if named else "it names nothing that gets cheaper"
            yield _fault(tables, "learning", key, "vehicle", wrong, "name a vehicle or a satellite class, one of them")
            continue
        if named[0] in seen:
            wrong = f"'{named[0][1]}' stands in '{seen[named[0]]}' already"
            yield _fault(tables, "learning", key, named[0][0], wrong, "write one curve for it")
        seen.setdefault(named[0], key)


def _check_pairs(tables: Tables) -> Iterator[Fault]:
    for one, other in _PAIRS:
        pairs = len(tables.frames[one]) * len(tables.frames[other])
        if pairs > _MOST_PAIRS:
            wrong = f"its rows make {pairs} pairs with those of {other}.csv"
            yield Fault(f"{one}.csv", 0, "", wrong, f"write at most {_MOST_PAIRS} pairs, or split the scenario")


def _check_numbers(tables: Tables) -> Iterator[Fault]:
    """What builds, bills and queues take over all pairs of periods: known before anything large is made."""
    from planner.eligibility import eligibility

    sets, sources = eligibility(tables), tables.frames["phases"]["source"]
    built, halls = sets.deployments.hardware, len(tables.frames["sites"]) * len(tables.frames["cooling"])
    item, gangs = tables.frames["bills"]["item"], tables.frames["classes"]["gang"].to_numpy(bool)
    count = np.bincount(built, minlength=len(tables.keys("hardware")))
    drawn = {
        "hardware": dict(zip(tables.keys("hardware"), count, strict=True)),
        "generation": sources.value_counts().to_dict(),
    }
    each = {"cooling": len(tables.frames["sites"]), "construction": halls, "satellite_classes": len(built), "doors": 1}
    bills = sum(
        int(drawn[of].get(name, 0)) if of in drawn else each[of]
        for of, name in zip(tables.frames["bills"]["of"], item, strict=True)
    )
    gang = int(gangs[tables.index("workloads", "class")[sets.arc_workload]].sum())
    in_time = len(built) + bills + 4 * len(sources) + 2 * halls + gang
    numbers = float(in_time) * tables.horizon**2 + float(len(sets.arc_workload)) * tables.horizon
    if numbers > _MOST_NUMBERS:
        wrong = f"the program would hold about {numbers:.1e} numbers"
        yield Fault(FILE, 0, "periods", wrong, f"plan fewer periods, for at most {_MOST_NUMBERS:.0e} numbers")


def _check_reach(tables: Tables) -> Iterator[Fault]:
    """Demand that no place may serve, naming the rule that stands in the way (a contract is just not taken)."""
    from planner.eligibility import eligibility

    sets = eligibility(tables)
    reached = set(sets.arc_workload.tolist())
    offtake = tables.frames["workloads"]["offtake"].to_numpy(bool)
    for w, key in enumerate(tables.keys("workloads")):
        if w in reached or offtake[w] or not sets.active[w].any():
            continue
        reasons = list(sets.refusals[sets.refusals["workload"] == key]["reason"])
        closest = max(reasons, key=lambda r: _RULES.index(r.partition(":")[0]))
        rule = closest.partition(":")[0]
        instead = f"relax the rule '{rule}' or add a place"
        yield Fault(*place(tables, "workloads", key, "class"), key, f"no place may serve it ({closest})", instead)


_CHECKS = (
    _check_tranches,
    _check_learning,
    _check_zones,
    _check_containers,
    _check_control,
    _check_idle,
    _check_phases,
    _check_grid,
    _check_correlations,
    _check_bills,
    _check_doors,
    _check_limits,
    _check_hubs,
    _check_windows,
    _check_contracts,
    _check_arcs,
    _check_pairs,
)
