"""Every table and column of a scenario: unit, range, default and meaning.

This file is the one place where an input is declared. `tables` validates against it, the manual (`docs/inputs.md`)
is printed from it, and `planner check --explain` quotes it. Units are the canonical ones: a file may use any
compatible unit in its header (``power [kW facility]``) and is converted once, on reading.
"""

from __future__ import annotations

from dataclasses import dataclass, field

INF = float("inf")


@dataclass(frozen=True)
class Column:
    """One column of an input table.

    kind: ``key`` (the row's name), ``number``, ``flag`` (yes/no), ``text``, ``ref`` (a key of `table`),
    ``refs`` (several, separated by ';', or '*'), ``choice``. A number with ``default=None`` must be given; one with
    ``blank=True`` may be empty, meaning *no limit* (stored as infinity) - no limit, no row.
    """

    name: str
    kind: str
    meaning: str
    unit: str = ""
    default: float | str | bool | None = None
    low: float = 0.0
    high: float = INF
    table: str = ""
    choices: tuple[str, ...] = ()
    by_year: bool = False
    blank: bool = False
    required: bool = False


@dataclass(frozen=True)
class Table:
    """One input file ``<name>.csv``."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    optional: bool = False
    index: dict[str, Column] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        self.index.update({c.name: c for c in self.columns})

    @property
    def key(self) -> str:
        """Name of the key column."""
        return self.columns[0].name

    @property
    def numbers(self) -> tuple[Column, ...]:
        """The numeric columns."""
        return tuple(c for c in self.columns if c.kind == "number")


def key(name: str, meaning: str) -> Column:
    return Column(name, "key", meaning, required=True)


def ref(name: str, table: str, meaning: str, *, required: bool = True) -> Column:
    return Column(name, "ref", meaning, table=table, required=required, default=None if required else "")


def refs(name: str, table: str, meaning: str, default: str = "*") -> Column:
    return Column(name, "refs", meaning, table=table, default=default)


def num(
    name: str,
    unit: str,
    meaning: str,
    default: float | None = None,
    low: float = 0.0,
    high: float = INF,
    *,
    by_year: bool = False,
    blank: bool = False,
) -> Column:
    required = default is None and not blank
    return Column(name, "number", meaning, unit, INF if blank else default, low, high, "", (), by_year, blank, required)


def flag(name: str, meaning: str, *, default: bool = False) -> Column:
    return Column(name, "flag", meaning, default=default)


def text(name: str, meaning: str) -> Column:
    return Column(name, "text", meaning, default="")


def choice(name: str, choices: str, meaning: str, default: str | None = None) -> Column:
    return Column(name, "choice", meaning, choices=tuple(choices.split()), default=default, required=default is None)


TABLES: dict[str, Table] = {
    t.name: t
    for t in (
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
                num("max_rtt", "ms", "longest network round trip between user and chip; 0: on the device; blank: any", blank=True),
                flag("gang", "needs one home zone (synchronous)"),
                flag("interruptible", "may pause: takes what the blocks of the day leave on average"),
                flag("orbit", "may run in orbit", default=True),
                flag("ground", "may run at ground sites", default=True),
                flag("fleet", "may run on idle endpoint compute"),
                choice("diurnal", "flat human", "shape of the day", "flat"),
                num("demand", "PFLOP/s", "effective compute asked for by all regions at today's price", by_year=True),
                num("price", "USD/PFLOP/h", "today's price of an effective PFLOP-hour (anchor of the demand curve)", by_year=True),
                num("elasticity", "1", "price elasticity of demand (positive)", 1.5, low=0.1, high=20),
                num("late_loss", "1/yr", "job: share of value lost per year from the start of its window to the end of the period it runs in", 0.0, high=1),
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
            "zones",
            "Places with one latency, law and link: several ground sites, a shell of satellites, a fleet of endpoints.",
            (
                key("zone", "short name"),
                text("title", "name shown"),
                choice("kind", "ground orbit fleet", "kind of place"),
                ref("jurisdiction", "jurisdictions", "law at the place (orbit: of the licensing state)"),
                num("link_capacity", "Gb/s", "traffic the zone can carry to users; blank: no limit", blank=True),
                num("link_price", "USD/(Gb/s)/month", "price of carrying traffic", 0.0),
                num("min_rtt", "ms", "round trip added to or, in orbit, standing for the path to any user", 0.0),
            ),
        ),
        Table(
            "territories",
            "Grid operators: how much they can energise per year over all phases behind them.",
            (
                key("territory", "short name"),
                text("title", "name shown"),
                num("throughput", "GW facility/yr", "new load the operator can energise; blank: no limit", by_year=True, blank=True),
            ),
        ),
        Table(
            "sites",
            "Ground sites.",
            (
                key("site", "short name"),
                text("title", "name shown"),
                text("country", "ISO country code"),
                ref("zone", "zones", "zone it belongs to (its law and latency)"),
                ref("territory", "territories", "grid operator it waits for"),
                num("latitude", "deg", "latitude", low=-90, high=90),
                num("longitude", "deg", "longitude", low=-180, high=180),
                num("energised", "MW facility", "power energised for AI at the start of the plan"),
                num("power_price", "USD/MWh", "price of grid energy delivered", low=-100, by_year=True),
                num("carbon", "kg/MWh", "grid emissions", by_year=True),
                num("time_to_power", "yr", "usual wait of a new request for grid power (80th percentile where known)"),
                num("wet_bulb", "degC", "design wet bulb (0.4 %)", low=-60, high=40),
                num("dry_bulb", "degC", "design dry bulb (0.4 %)", low=-60, high=60),
                num("water_permit", "Ml/yr", "water that may be evaporated; blank: no limit", blank=True),
                num("construction", "USD/W IT", "shell, electrical and white space without cooling"),
                num("ramp", "MW facility/yr", "most power that can be added per year on one site; blank: no limit", blank=True),
                num("opening_cost", "M USD", "fee for committing to the site, charged in full; 0: already open", 0.0),
                num("preference", "USD/MWh", "small stated regional preference that breaks ties", 0.0, low=-10, high=10),
            ),
        ),
        Table(
            "stages",
            "Where a phase of power stands: odds and remaining lead.",
            (
                key("stage", "short name"),
                text("title", "name shown"),
                num("odds", "1", "probability that a phase at this stage is ever energised", high=1),
                num("lead_fixed", "yr", "median remaining lead, fixed part", 0.0),
                num("lead_per_time_to_power", "1", "median remaining lead per year of the site's time_to_power", 0.0),
                num("sigma", "1", "log-normal spread of the lead", 0.55, high=3),
                num("correlation", "1", "shared part of success and delay within a territory", 0.5, high=1),
            ),
        ),
        Table(
            "generation",
            "Sources of power behind a phase.",
            (
                key("source", "short name"),
                text("title", "name shown"),
                choice("kind", "grid gas solar other", "kind of source"),
                num("capex", "USD/W facility", "plant and connection paid by the buyer"),
                num("deposit", "USD/W facility", "paid on joining, lost with probability 1 - odds", 0.0),
                num("energy_price", "USD/MWh", "own energy price", 0.0),
                num("site_price_factor", "1", "share of the site's grid price paid on top", 0.0),
                num("carbon", "kg/MWh", "own emissions", 0.0),
                num("site_carbon_factor", "1", "share of the site's grid emissions", 0.0),
                num("availability", "1", "share of the time that the phase's power can be used", 1.0, high=1),
                num("life", "yr", "economic life", 20.0, low=0.5),
            ),
        ),
        Table(
            "phases",
            "Blocks of power: one queue, one source, one site.",
            (
                key("phase", "short name"),
                ref("site", "sites", "its site"),
                ref("source", "generation", "its source"),
                ref("stage", "stages", "where it stands at the start of the plan"),
                num("power", "MW facility", "power of the block", low=1e-9),
                ref("after", "phases", "phase that must be joined first", required=False),
                num("earliest", "yr", "first date it can be joined (calendar year); blank: at once", 0.0),
            ),
        ),
        Table(
            "cooling",
            "Cooling technologies.",
            (
                key("technology", "short name"),
                text("title", "name shown"),
                choice("coolant", "air liquid warm", "what it gives a rack: air, cold plates, warm-water cold plates"),
                num("max_density", "kW", "densest rack it can cool"),
                num("supply_temperature", "degC", "supply temperature of the loop", low=0, high=80),
                num("liquid_fraction", "1", "share of heat taken by liquid", high=1),
                num("electrical_overhead", "1", "losses of power distribution per IT watt", 0.05),
                num("fan_overhead", "1", "fans and pumps per IT watt", 0.03),
                num("chiller_cop", "1", "coefficient of performance of trim chillers", 5.0, low=1),
                num("evaporation", "1", "share of heat rejected by evaporation on a design day", 0.0, high=1),
                num("capex", "USD/W IT", "plant", 0.0),
                num("life", "yr", "economic life", 15.0, low=0.5),
                flag("buildable", "can be ordered (legacy halls: no)", default=True),
            ),
        ),
        Table(
            "halls",
            "Cooling that stands at the start.",
            (
                key("hall", "short name"),
                ref("site", "sites", "its site"),
                ref("technology", "cooling", "what it has"),
                num("capacity", "MW IT", "heat it can take"),
            ),
            optional=True,
        ),
        Table(
            "hardware",
            "Chip generations, by rack (ground), per satellite payload kW (orbit) or per endpoint (fleet).",
            (
                key("hardware", "short name"),
                text("title", "name shown"),
                text("vendor", "maker"),
                choice("container", "rack satellite endpoint", "what is counted"),
                choice("coolant", "air liquid warm none", "what it needs (warm fits liquid loops too)", "none"),
                num("power", "kW IT", "IT power of the counted thing at full load (satellite: per chip group)", low=1e-9),
                num("chips", "1", "chips in the counted thing", low=1e-9),
                num("peak_bf16", "PFLOP/s", "dense bf16 peak of a chip"),
                num("peak_fp8", "PFLOP/s", "dense fp8 peak of a chip"),
                num("memory", "GB", "device memory of a chip"),
                num("bandwidth", "TB/s", "memory bandwidth of a chip"),
                num("scaleout", "Gb/s", "scale-out network of a chip", 0.0),
                num("price", "M USD", "residual price: without the supply layers of its bill", by_year=True),
                num("maintenance", "1/yr", "yearly upkeep per residual price on sale in that year", 0.03),
                num("life", "yr", "economic life", 5.0, low=0.5),
                num("attrition", "1/yr", "share failing for good per year", 0.0, high=5),
                num("availability", "1", "share of time a standing unit works", 0.95, high=1),
                num("first_sale", "yr", "first date of sale (calendar year)", 0.0),
                num("last_sale", "yr", "last date of sale (calendar year)", 9999.0),
                num("ramp", "1/yr", "most units sold per year; blank: no limit", by_year=True, blank=True),
            ),
        ),
        Table(
            "stock",
            "Racks and endpoints that stand at the start.",
            (
                key("stock", "short name"),
                ref("zone", "zones", "where"),
                ref("hardware", "hardware", "what"),
                num("units", "1", "how many"),
                num("age", "yr", "mean age", 0.0),
            ),
            optional=True,
        ),
        Table(
            "satellite_classes",
            "Satellite designs; kg per kW is computed by compute_stack.orbit from these.",
            (
                key("satellite_class", "short name"),
                text("title", "name shown"),
                num("it_power", "kW IT", "IT power of one satellite", low=1e-9),
                num("overhead", "1", "bus power over IT power", low=1),
                num("array_specific_power", "W/kg", "array power per mass at begin of life", low=1e-9),
                num("array_degradation", "1/yr", "array loss per year", 0.0, high=1),
                num("life", "yr", "design life", low=0.5),
                num("loss_rate", "1/yr", "satellites lost per year", 0.0, high=5),
                num("battery_specific_energy", "Wh/kg", "battery", low=1e-9),
                num("depth_of_discharge", "1", "usable share of battery", low=0.01, high=1),
                num("ride_through", "1", "share of IT power carried through eclipse", 0.0, high=1),
                num("radiator_temperature", "K", "mean radiator surface temperature", low=150, high=600),
                num("radiator_emissivity", "1", "infrared emissivity at end of life", low=0.01, high=1),
                num("radiator_absorptivity", "1", "solar absorptivity at end of life", high=1),
                num("radiator_areal_mass", "kg/m^2", "radiator with plumbing"),
                num("radiator_sides", "1", "radiating faces", 2.0, low=1, high=2),
                num("transport_mass", "kg/kW IT", "pumps and loops", 0.0),
                num("compute_mass", "kg/kW IT", "chips and boards", 0.0),
                num("shield_mass", "kg/kW IT", "radiation shielding", 0.0),
                num("structure_factor", "1", "total over listed mass", 1.0, low=1),
                num("fixed_mass", "kg", "bus mass that does not scale with power", 0.0),
                num("volume", "m^3/kW IT", "stowed volume", 0.1),
                num("bus_price", "USD/W IT", "satellite without chips and layers"),
                num("radiation_availability", "1", "share of time not lost to upsets", 1.0, high=1),
                num("operations", "1/yr", "yearly operations per capital", 0.03),
            ),
            optional=True,
        ),
        Table(
            "shells",
            "Orbits: one zone each.",
            (
                key("shell", "short name"),
                ref("zone", "zones", "its zone (kind orbit)"),
                num("altitude", "km", "altitude of the dawn-dusk orbit", low=200, high=3000),
                num("lift_factor", "1", "payload to this shell over payload of the vehicle table", 1.0, low=0.01, high=1.5),
            ),
            optional=True,
        ),
        Table(
            "satellites",
            "Which class flies in which shell with which chips.",
            (
                key("satellite", "short name"),
                ref("shell", "shells", "orbit"),
                ref("satellite_class", "satellite_classes", "design"),
                ref("hardware", "hardware", "payload (container satellite)"),
                num("first_launch", "yr", "first date (calendar year)", 0.0),
            ),
            optional=True,
        ),
        Table(
            "fleets",
            "Endpoint fleets (vehicles, humanoids, devices): their size is data.",
            (
                key("fleet", "short name"),
                text("title", "name shown"),
                ref("zone", "zones", "its zone (kind fleet)"),
                refs("hardware", "hardware", "chips it may carry (container endpoint)"),
                refs("classes", "classes", "control classes it runs on the device"),
                num("new_units", "1/yr", "endpoints built per year", by_year=True),
                num("idle_share", "1", "share of compute that may be sold when idle (to classes of another profile than control)", 0.0, high=1),
                num("energy_price", "USD/MWh", "energy of the endpoint", 150.0),
            ),
            optional=True,
        ),
        Table(
            "vehicles",
            "Launch vehicles.",
            (
                key("vehicle", "short name"),
                text("title", "name shown"),
                text("operator", "operator"),
                num("payload", "t", "payload to a 600 km sun-synchronous orbit", low=1e-9),
                num("fairing", "m^3", "usable volume"),
                num("price", "M USD", "price of a launch", by_year=True),
                num("success", "1", "probability of success", high=1),
                num("cadence", "1/yr", "launches per year that AI satellites can buy", by_year=True),
            ),
            optional=True,
        ),
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
                num("quantity", "1", "units per rack, satellite, endpoint, MW facility (generation), MW IT (cooling, construction) or door"),
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
                    "budget, equity [G USD/yr, G USD]; debt [1] coverage of contracted revenue; carbon [Mt/yr]; max_sites [1]; "
                    "door_share of a layer, site_share, jurisdiction_share of power [1]; door_loss [1]: share of a layer's use "
                    "that must be possible without any one door",
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
}

SETTINGS: tuple[Column, ...] = (
    text("title", "name shown"),
    text("description", "what the scenario is"),
    num("start", "yr", "calendar year at which the plan starts", low=1900, high=2200),
    num("period", "yr", "length of a period", 0.5, low=1 / 12, high=5),
    num("periods", "1", "periods shown", low=1, high=400),
    num("tail", "1", "periods planned and hidden after the last one shown", 0.0, high=40),
    num("blocks", "1", "UTC blocks of the day: 1, 4 or 6", 1.0, low=1, high=24),
    num("currency_year", "yr", "year of the money", low=1990, high=2100),
    num("discount_rate", "1/yr", "the one discount rate", 0.08, high=1),
    choice("delivery", "dependable expected", "dependable: quantile of the lead; expected: mean (joins everything)", "dependable"),
    num("planning_quantile", "1", "quantile of lead times under dependable delivery", 0.8, low=0.01, high=0.99),
    num("construction_life", "yr", "economic life of shells", 20.0, low=0.5),
    num("construction_upkeep", "1/yr", "yearly upkeep per construction cost", 0.03, high=1),
    num("launch_life", "yr", "years over which a launch is paid, as the satellites it carries", 5.0, low=0.5),
    num("carbon_price", "USD/t", "price of emissions", 0.0),
    num("debt_share", "1", "share of capital borrowed (debt limit)", 0.7, high=1),
)
