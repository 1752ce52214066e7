"""Conflicts planted into `rented` and `tiny`: changes, and a row family that the conflict must name."""

CHAT = ("workloads.chat_city.must_serve=yes", "classes.chat.demand=1000")
BATCH = ("workloads.batch_city.must_serve=yes", "classes.batch.demand=3000")
TRAIN = ("workloads.train_city.must_serve=yes",)
SIDE = ("workloads.side_city.must_serve=yes", "classes.side.demand=2000")

RENTED = {
    "two homes, too little for rent": (("leases.barn.capacity=3000", "leases.attic.capacity=1000"), "lease"),
    "the attic is small": (("leases.attic.capacity=100",), "lease"),
    "more is asked for": (("classes.whole.demand=x2", "leases.attic.capacity=4000"), "lease"),
    "one share too many": (("workloads.ann.share=0.9", "leases.attic.capacity=500"), "lease"),
    "work takes more at the attic": (
        ("arcs.ann.attic.use=9", "leases.attic.capacity=5000", "leases.barn.capacity=2500"),
        "lease",
    ),
    "the barn is all but gone": (("leases.barn.capacity=10", "leases.attic.capacity=6000"), "lease"),
    "only the attic may serve": (
        ("arcs.ann.barn.allowed=no", "arcs.bob.barn.allowed=no", "leases.attic.capacity=8000"),
        "lease",
    ),
    "a third must be served": (
        ("workloads.cat.must_serve=yes", "leases.barn.capacity=4000", "leases.attic.capacity=2000"),
        "lease",
    ),
    "no site may open": (("leases.barn.capacity=3000", "leases.attic.capacity=0"), "lease"),
    "whole: no home holds the gang": (("leases.barn.capacity=2500", "leases.attic.capacity=4500"), "lease"),
    "whole: three halves of two homes": (("leases.barn.capacity=5000", "leases.attic.capacity=2900"), "lease"),
}
TINY = {
    "too few endpoints": (("fleets.cars.new_units=4000",), "fleet"),
    "budget": (("limits.budget.amount=0.01",), "budget"),
    "too much control": (("classes.control.demand=x2.6",), "fleet"),
    "too few chips sold": (("hardware.core.ramp=3000",), "sales"),
    "water": ((*CHAT, "sites.mill.water_permit=1"), "water"),
    "carbon": ((*CHAT, "limits.carbon.amount=0.001"), "carbon"),
    "budget beside demand": ((*CHAT, "limits.budget.amount=0.05"), "budget"),
    "power": ((*CHAT, "sites.mill.energised=2"), "delivery"),
    "halls": ((*CHAT, "halls.mill_air.capacity=1"), "cooling"),
    "racks that stand": ((*CHAT, "stock.town_old.units=10", "hardware.old.ramp=5"), "sales"),
    "demand beyond everything": (("workloads.chat_city.must_serve=yes",), "serve"),
    "satellites and links": ((*BATCH, "zones.sky.link_capacity=10", "sites.mill.energised=1"), "serve"),
    "launches": ((*BATCH, "vehicles.*.cadence=0.1", "sites.mill.energised=1"), "serve"),
    "idle endpoints": ((*SIDE, "fleets.cars.idle_share=0.01"), "serve"),
    "links of endpoints": ((*SIDE, "zones.road.link_capacity=100"), "link"),
    "promised tonnes": (("learning.rocket.assumed=2000",), "learned"),
    "promised tonnes, no launches": (
        ("learning.rocket.assumed=20", "vehicles.rocket.cadence=0.1", "doors.own_pad.capacity=0"),
        "learned",
    ),
    "doors and a job": ((*TRAIN, "doors.alpha.capacity=1", "doors.beta.capacity=1", "inflight.*.quantity=0"), "work"),
    "density": ((*TRAIN, "hardware.rack.ramp=2"), "work"),
    "sites": ((*TRAIN, "limits.max_sites.amount=0", "sites.fjord.ramp=0.1"), "work"),
    "shares of a jurisdiction": ((*TRAIN, "limits.bb_share.amount=0.01"), "jurisdiction_share"),
    "chips go off sale": (
        (*CHAT, "hardware.old.last_sale=2029", "stock.town_old.units=1", "hardware.rack.ramp=1"),
        "serve",
    ),
    "windows": ((*TRAIN, "workloads.train_city.window_end=2031"), "work"),
    "equity": (("limits.equity.amount=0.001", "limits.debt.amount=0"), "debt"),
}
