"""Who asks for what, and what they would pay: the input tables."""

from __future__ import annotations

from planner.schema.columns import Table, choice, flag, key, num, ref, text

TABLES = (
    Table(
        "jurisdictions",
        "Legal areas: where data and chips may be.",
        (key("jurisdiction", "short name"), text("title", "name shown")),
    ),
    Table(
        "regions",
        "Where demand comes from.",
        (
            key("region", "short name"),
            text("title", "name shown"),
            ref("jurisdiction", "jurisdictions", "law that the data of this region falls under"),
            num("latitude", "deg", "latitude", low=-90, high=90),
            num("longitude", "deg", "longitude", low=-180, high=180),
            num("utc_offset", "h", "local solar time minus UTC", low=-12, high=14),
        ),
    ),
    Table(
        "profiles",
        "How a kind of work uses a chip (roofline).",
        (
            key("profile", "short name"),
            text("title", "name shown"),
            choice("precision", "bf16 fp8", "number format of the peak that counts"),
            num("flop_per_byte", "FLOP/B", "work per byte read from device memory (arithmetic intensity)"),
            num("compute_efficiency", "1", "share of peak FLOP/s reached when compute-bound", high=1),
            num("memory_efficiency", "1", "share of memory bandwidth reached when memory-bound", high=1),
            num("scaleout_need", "Gb/s/(PFLOP/s)", "network per chip needed per effective PFLOP/s; 0: none", 0.0),
            num("memory_need", "GB", "least memory of a chip that can take this work", 0.0),
        ),
    ),
    Table(
        "classes",
        "Workload classes: what is asked for, how fast an answer is needed, what a buyer would pay.",
        (
            key("class", "short name"),
            text("title", "name shown"),
            choice("market", "on-device inference-grid training-factory orbital-throughput", "market it belongs to"),
            choice("kind", "rate job", "rate: serve every period; job: an amount of work in a window"),
            ref("profile", "profiles", "roofline profile"),
            num(
                "max_rtt",
                "ms",
                "longest network round trip between user and chip; 0: on the device; blank: any",
                blank=True,
            ),
            flag("gang", "needs one home zone (synchronous)"),
            flag("interruptible", "may pause: takes what the blocks of the day leave on average"),
            flag("orbit", "may run in orbit", default=True),
            flag("ground", "may run at ground sites", default=True),
            flag("fleet", "may run on idle endpoint compute"),
            choice("diurnal", "flat human", "shape of the day", "flat"),
            num("demand", "PFLOP/s", "effective compute asked for by all regions at today's price", by_year=True),
            num(
                "price",
                "USD/PFLOP/h",
                "today's price of an effective PFLOP-hour (anchor of the demand curve)",
                by_year=True,
            ),
            num("elasticity", "1", "price elasticity of demand (positive)", 1.5, low=0.1, high=20),
            num(
                "late_loss",
                "1/yr",
                "job: share of value lost per year from the start of its window to the end of the period it runs in",
                0.0,
                high=1,
            ),
            num("speedup", "1", "job: highest rate over mean rate in its window", 4.0, low=1),
            num("traffic", "Gb/s/(PFLOP/s)", "traffic between user and chip per effective PFLOP/s", 0.0),
            text("unit", "service unit for levelised cost, e.g. 'M tokens'"),
            num("work_per_unit", "PFLOP", "work of one service unit", 1.0),
        ),
    ),
    Table(
        "tranches",
        "Steps of every demand curve (share of demand, most valuable first).",
        (
            key("tranche", "short name"),
            num("share", "1", "share of a workload's demand in this step; the shares add to 1", high=1),
        ),
    ),
    Table(
        "workloads",
        "A class in a region: the unit that is placed.",
        (
            key("workload", "short name"),
            ref("class", "classes", "its class"),
            ref("region", "regions", "its region"),
            num("share", "1", "share of the class's demand"),
            num("price_factor", "1", "willingness to pay relative to the class", 1.0),
            flag("must_serve", "may not be refused"),
            flag("offtake", "contract: all or none"),
            num("window_start", "yr", "first instant of demand (calendar year); blank: start of plan", -1.0, low=-1),
            num("window_end", "yr", "end of demand or of the job's window (calendar year); blank: end", 9999.0),
        ),
    ),
    Table(
        "arcs",
        "What a workload costs and takes at a place, where that depends on both. Pairs not listed take the defaults.",
        (
            key("arc", "short name"),
            ref("workload", "workloads", "the workload"),
            ref("zone", "zones", "where it is served"),
            num(
                "cost",
                "M USD/yr",
                "of serving all of the workload from there for a year; a part costs its part; negative: it earns",
                0.0,
                low=-1e15,
                by_year=True,
            ),
            num("use", "1", "compute it takes there, of chips or of a lease, per compute served", 1.0),
            flag("allowed", "may be served there", default=True),
        ),
        optional=True,
    ),
)
