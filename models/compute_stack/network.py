"""Distance, fibre round trips over a hub graph, and the price of capacity."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

EARTH_MEAN_RADIUS = 6371.0  # [km] IUGG (1980)
KM_PER_MS_RTT = 100.0  # [km/ms] round trip in straight fibre, numerical: rounded from index 1.468, 102 km/ms
HOURS_PER_MONTH = 730.0  # [h/month] definition, 8760/12
BEYOND_REACH_STRETCH = (
    2.0  # [-] extra stretch of direct fibre past its reach, estimate (2026): long pairs follow the graph
)
# Coefficients of the graph that `world` plans with, fitted by this project (2026) with its links' times.
ACCESS_STRETCH = 2.362821076341082  # [-] fit (2026)
END_CONSTANT = 2.1488267727435963  # [ms] fit (2026)
DIRECT_STRETCH = 1.5431855654776066  # [-] fit (2026)
DIRECT_CONSTANT = 6.6969676638253235  # [ms] fit (2026)
DIRECT_REACH = 2500.0  # [km] estimate (2026)


def great_circle_km(lat1: ArrayLike, lon1: ArrayLike, lat2: ArrayLike, lon2: ArrayLike) -> jnp.ndarray:
    """Great-circle distance [km].

    2 R asin sqrt(sin^2(dlat/2) + cos lat1 cos lat2 sin^2(dlon/2)), degrees. Source: haversine (Sinnott 1984). Holds
    everywhere; the slope is set to zero where two points coincide.
    """
    north1, east1, north2, east2 = (jnp.deg2rad(jnp.asarray(angle)) for angle in (lat1, lon1, lat2, lon2))
    half = jnp.sin((north2 - north1) / 2.0) ** 2
    half = half + jnp.cos(north1) * jnp.cos(north2) * jnp.sin((east2 - east1) / 2.0) ** 2
    apart = half > 1e-20
    root = jnp.sqrt(jnp.where(apart, jnp.minimum(half, 1.0 - 1e-15), 0.25))
    return jnp.where(apart, 2.0 * EARTH_MEAN_RADIUS * jnp.arcsin(root), 0.0)


def fibre_rtt(distance_km: ArrayLike, stretch: ArrayLike, constant: ArrayLike) -> jnp.ndarray:
    """Round-trip time over fibre [ms].

    constant + stretch x distance/100. Source: refractive index 1.468 makes 98-100 km per ms of round trip; stretch 1.57
    and 6.0 ms fit cloud-region pairs (2026). Holds for 50-20000 km, +-20 % or more where cables detour.
    """
    return jnp.asarray(constant) + jnp.asarray(stretch) * jnp.asarray(distance_km) / KM_PER_MS_RTT


def link_rtt(length_km: ArrayLike, stretch: ArrayLike, hop: ArrayLike, multiplier: ArrayLike) -> jnp.ndarray:
    """Round-trip time of one hub-to-hub link [ms].

    multiplier (hop + stretch x length/100): stretch 1.268 on land, 1.072 under sea, hop 5.26 ms. Source: fit of this
    project (2026). Holds for links of the fitted graph.
    """
    return jnp.asarray(multiplier) * fibre_rtt(length_km, stretch, hop)


def shortest_rtt(edge_index: ArrayLike, edge_rtt: ArrayLike, hubs: int) -> jnp.ndarray:
    """Least round-trip time between all pairs of hubs [ms], shape [hubs, hubs].

    Floyd-Warshall in (min, +); `edge_index` [edges, 2] integers, links run both ways, unreachable pairs are infinite.
    Source: Floyd (1962). Holds for non-negative times and up to about 100 hubs; derivatives follow the path taken.
    """
    index = jnp.asarray(edge_index)
    lengths = jnp.asarray(edge_rtt, dtype=jnp.result_type(edge_rtt, float))
    far = jnp.full((hubs, hubs), jnp.inf, dtype=lengths.dtype)
    start = far.at[index[:, 0], index[:, 1]].min(lengths).at[index[:, 1], index[:, 0]].min(lengths)
    start = start.at[jnp.arange(hubs), jnp.arange(hubs)].set(0.0)

    def through(hub: jnp.ndarray, best: jnp.ndarray) -> tuple[jnp.ndarray, None]:
        return jnp.minimum(hub, hub[:, best, None] + hub[None, best, :]), None

    return jax.lax.scan(through, start, jnp.arange(hubs))[0]


def access_rtt(distance_km: ArrayLike, stretch: ArrayLike) -> jnp.ndarray:
    """Round-trip time from a point to a hub [ms].

    stretch x distance/100; stretch 2.36. Source: fit of this project (2026). Holds below about 2000 km.
    """
    return fibre_rtt(distance_km, stretch, 0.0)


def hub_graph_rtt(
    points_a: ArrayLike,
    points_b: ArrayLike,
    hubs_lat: ArrayLike,
    hubs_lon: ArrayLike,
    edge_index: ArrayLike,
    edge_rtt: ArrayLike,
    access_stretch: ArrayLike = ACCESS_STRETCH,
    constant: ArrayLike = END_CONSTANT,
    direct_stretch: ArrayLike = DIRECT_STRETCH,
    direct_constant: ArrayLike = DIRECT_CONSTANT,
    nearest: int = 4,
    block_factor: ArrayLike = 1.0,
    direct_reach: ArrayLike = DIRECT_REACH,
    softness: ArrayLike | None = None,
) -> jnp.ndarray:
    """Round-trip time between two sets of points [ms], shape [a, b].

    block factor x min(constant + access to hub + least hub-to-hub time + access from hub, direct fibre), over the
    `nearest` hubs of each point; points are [n, 2] latitude and longitude [deg], `block_factor` broadcasts to [a, b].
    Direct fibre competes up to `direct_reach` [km]; past it each kilometre counts for two more, because long pairs
    have no straight cable. With `softness` w [ms] the minimum over all these ways is -w ln sum e^(-t/w), smooth where
    two ways take the same time and at most w ln(nearest^2 + 1) below it. Source: defaults
    and the links of `world` fitted to cloud-region pairs by this project (2026); datasets/fibre holds a later fit with
    its coefficients and factors (docs/latency.md). Holds between land points within about 2000 km of a hub; derivatives
    follow the path taken.
    """
    hubs = jnp.shape(hubs_lat)[0]
    nearest = min(nearest, hubs)
    mesh = shortest_rtt(edge_index, edge_rtt, hubs)

    def to_hubs(points: jnp.ndarray) -> tuple[jnp.ndarray, jnp.ndarray]:
        distance = great_circle_km(points[:, :1], points[:, 1:], jnp.asarray(hubs_lat), jnp.asarray(hubs_lon))
        near, which = jax.lax.top_k(-distance, nearest)
        return access_rtt(-near, access_stretch), which

    first, second = jnp.asarray(points_a), jnp.asarray(points_b)
    first_access, first_hub = to_hubs(first)
    second_access, second_hub = to_hubs(second)
    middle = mesh[first_hub[:, None, :, None], second_hub[None, :, None, :]]
    routed = jnp.asarray(constant) + first_access[:, None, :, None] + middle + second_access[None, :, None, :]
    between = great_circle_km(first[:, None, 0], first[:, None, 1], second[None, :, 0], second[None, :, 1])
    beyond = access_rtt(jnp.maximum(between - direct_reach, 0.0), BEYOND_REACH_STRETCH)
    direct = fibre_rtt(between, direct_stretch, direct_constant) + beyond
    if softness is None:
        least = jnp.minimum(jnp.min(routed, axis=(-2, -1)), direct)
    else:
        width = jnp.asarray(softness)
        ways = jnp.concatenate([routed.reshape(*direct.shape, -1), direct[..., None]], axis=-1)
        least = -width * jax.nn.logsumexp(-ways / width, axis=-1)
    return jnp.asarray(block_factor) * least


def soft_minimum(first: ArrayLike, second: ArrayLike, width: ArrayLike) -> jnp.ndarray:
    """Smooth lower envelope of two times [unit of `first`].

    -w ln(e^(-a/w) + e^(-b/w)). Source: log-sum-exp (textbook). Holds for width > 0; at most w ln 2 below the minimum.
    """
    scale = jnp.asarray(width)
    return -scale * jnp.logaddexp(-jnp.asarray(first) / scale, -jnp.asarray(second) / scale)


def end_user_rtt(backbone_rtt: ArrayLike, access_latency: ArrayLike) -> jnp.ndarray:
    """Round-trip time from a user, last mile included [ms].

    backbone + access; about 10 ms fixed, 28 ms mobile at the median. Source: Ookla (2022). Holds for medians.
    """
    return jnp.asarray(backbone_rtt) + access_latency


def price_per_gbps_month(
    reference_price: ArrayLike, decline: ArrayLike, years: ArrayLike, capacity: ArrayLike = 100.0,
    reference_capacity: ArrayLike = 100.0, scale_exponent: ArrayLike = 0.5,
) -> jnp.ndarray:  # fmt: skip
    """Price of leased capacity per Gb/s [USD/(Gb/s)/month].

    p0 (1 - d)^t (C/C0)^(e - 1). Source: TeleGeography (2023), decline 13-18 % a year; scale exponent is an estimate.
    Holds for capacities [Gb/s] of 10-1000 and decline in [0, 1).
    """
    ageing = jnp.exp(jnp.log1p(-jnp.asarray(decline)) * years)
    size = jnp.log(jnp.asarray(capacity) / reference_capacity)
    return jnp.asarray(reference_price) * ageing * jnp.exp((jnp.asarray(scale_exponent) - 1.0) * size)


def link_price(capex: ArrayLike, recovery: ArrayLike, upkeep: ArrayLike, capacity_gbps: ArrayLike) -> jnp.ndarray:
    """Yearly price of a unit of capacity [USD/(Gb/s)/yr].

    capex (crf + upkeep)/capacity, recovery and upkeep [1/yr]. Source: definition. Holds for capacity > 0.
    """
    return jnp.asarray(capex) * (jnp.asarray(recovery) + upkeep) / capacity_gbps


def price_per_gb(price_per_gbps_month: ArrayLike, utilisation: ArrayLike) -> jnp.ndarray:
    """Price of moved data at a mean utilisation [USD/GB].

    price / (u x 730 h x 3600 s / 8). Source: arithmetic. Holds for utilisation in (0, 1].
    """
    return jnp.asarray(price_per_gbps_month) / (jnp.asarray(utilisation) * HOURS_PER_MONTH * 3600.0 / 8.0)
