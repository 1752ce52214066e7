"""Rules, limits over the whole plan, and the fibre network: the input tables."""

from __future__ import annotations

from planner.schema.columns import Table, choice, flag, key, num, ref, refs, text

TABLES = (
    Table(
        "residency",
        "Data rules: what share of a jurisdiction's work must stay, and where the rest may go.",
        (
            key("rule", "short name"),
            ref("jurisdiction", "jurisdictions", "where the data comes from"),
            refs("classes", "classes", "classes under the rule"),
            num("inside", "1", "share that must be served inside", high=1),
            refs("allowed", "jurisdictions", "where the rest may be served"),
            num("from", "yr", "first date (calendar year)", 0.0),
            num("until", "yr", "last date (calendar year)", 9999.0),
        ),
        optional=True,
    ),
    Table(
        "export",
        "Export rules: hardware that may not be installed in a jurisdiction.",
        (
            key("rule", "short name"),
            refs("hardware", "hardware", "hardware under the rule"),
            refs("jurisdictions", "jurisdictions", "where it may not be installed", ""),
            num("from", "yr", "first date (calendar year)", 0.0),
            num("until", "yr", "last date (calendar year)", 9999.0),
        ),
        optional=True,
    ),
    Table(
        "limits",
        "Limits over the whole plan. The unit of `amount` follows from `kind`.",
        (
            key("limit", "short name"),
            choice(
                "kind",
                "budget equity debt carbon max_sites door_share site_share jurisdiction_share door_loss",
                "budget, equity [G USD/yr, G USD]; debt [1] coverage of contracted revenue; carbon [Mt/yr]; "
                "max_sites [1]; door_share of a layer, site_share, jurisdiction_share of power [1]; door_loss [1]: "
                "share of a layer's use that must be possible without any one door",
            ),
            text("subject", "layer, jurisdiction or site that the limit speaks of; '*' for all"),
            num("amount", "1", "the limit, in the unit of its kind", by_year=True),
            flag("on", "switched on", default=True),
        ),
        optional=True,
    ),
    Table(
        "hubs",
        "Nodes of the fibre network (latency); without this table latency is by great circle.",
        (
            key("hub", "short name"),
            num("latitude", "deg", "latitude", low=-90, high=90),
            num("longitude", "deg", "longitude", low=-180, high=180),
        ),
        optional=True,
    ),
    Table(
        "hub_edges",
        "Edges of the fibre network.",
        (
            key("edge", "short name"),
            ref("a", "hubs", "one end"),
            ref("b", "hubs", "other end"),
            num("rtt", "ms", "round trip over the edge"),
        ),
        optional=True,
    ),
)
