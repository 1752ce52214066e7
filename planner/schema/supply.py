"""Supply layers, doors, bills of materials: the input tables."""

from __future__ import annotations

from planner.schema.columns import Table, choice, flag, key, num, ref, text

TABLES = (
    Table(
        "layers",
        "Disjoint supply layers (one level of each chain).",
        (
            key("layer", "short name"),
            text("title", "name shown"),
            text("unit", "what is counted, e.g. wafer"),
            num("scale", "1", "units per program unit (powers of ten keep the numbers near one)", 1.0, low=1e-9),
            num("holding_cost", "1/yr", "cost of holding stock per price", 0.2),
            num("max_stock", "yr", "stock over yearly supply", 0.5),
            num("life", "yr", "life of the asset it goes into", 5.0, low=0.5),
        ),
        optional=True,
    ),
    Table(
        "doors",
        "Suppliers of a layer, or a line that we build ourselves.",
        (
            key("door", "short name"),
            text("title", "name shown"),
            ref("layer", "layers", "layer it supplies", required=False),
            ref("vehicle", "vehicles", "own pad: the vehicle it adds flights to", required=False),
            ref("jurisdiction", "jurisdictions", "where it stands", required=False),
            num("capacity", "1/yr", "units per year for AI (all buyers)", by_year=True),
            num("sold", "1", "share already sold to others", 0.0, high=1, by_year=True),
            num("price", "USD", "price of a unit", by_year=True),
            num("make_time", "yr", "from order to delivery (not the backlog)", 0.0),
            flag("own", "must be built first"),
            num("capex", "M USD", "own door: cost of building", 0.0),
            num("build_time", "yr", "own door: time to build", 0.0),
            num("life", "yr", "own door: economic life", 10.0, low=0.5),
        ),
        optional=True,
    ),
    Table(
        "bills",
        "Bills of materials: what one unit of an item draws from a layer, and how long before.",
        (
            key("bill", "short name"),
            choice("of", "hardware generation cooling satellite_classes construction doors", "kind of item"),
            text("item", "its key ('construction': '*')"),
            ref("layer", "layers", "layer drawn from"),
            num(
                "quantity",
                "1",
                "units per rack, satellite, endpoint, MW facility (generation), MW IT (cooling, construction) or door",
            ),
            num("lead", "yr", "drawn this long before the item enters service", 0.0),
        ),
        optional=True,
    ),
    Table(
        "inflight",
        "Orders in flight at the start: what arrives without a new order.",
        (
            key("order", "short name"),
            ref("layer", "layers", "layer"),
            num("arrives", "yr", "date (calendar year)"),
            num("quantity", "1", "units"),
        ),
        optional=True,
    ),
)
