"""Segment sums without scatters: every sum is a gather, bucketed by how many terms it has."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

FINE = np.unique(np.r_[1:5, (2 ** np.arange(3, 40)[:, None] * np.array([0.75, 1.0])).ravel().astype(np.int64)])
"""Bucket widths 1, 2, 3, 4, 6, 8, 12, 16, 24, ...: a sum is padded to the next width with zeros."""
COARSE = 4 ** np.arange(20)
"""Fewer buckets, hence less to compile, where there is little to add."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Sums:
    """Which terms add to which segment.

    buckets: one [segments of the bucket, width] array of positions each (the position after the last term reads zero).
    place: [segments], where each segment's sum stands in the concatenated buckets (the last place reads zero).
    """

    buckets: tuple[jax.Array, ...]
    place: jax.Array

    def __call__(self, terms: jax.Array) -> jax.Array:
        """Sums [..., segments] of the terms [..., terms]."""
        none = jnp.zeros((*terms.shape[:-1], 1), terms.dtype)
        padded = jnp.concatenate([terms, none], axis=-1)
        parts = [padded[..., bucket].sum(axis=-1) for bucket in self.buckets]
        return jnp.concatenate([*parts, none], axis=-1)[..., self.place]

    def most(self, terms: jax.Array) -> jax.Array:
        """Largest term of each segment [..., segments]; 0 where there is none."""
        none = jnp.zeros((*terms.shape[:-1], 1), terms.dtype)
        padded = jnp.concatenate([terms, none - jnp.inf], axis=-1)
        parts = [padded[..., bucket].max(axis=-1) for bucket in self.buckets]
        return jnp.concatenate([*parts, none], axis=-1)[..., self.place]


def index(values: np.ndarray) -> jax.Array:
    """Positions on the device. Put there: `jnp.asarray` would compile a copy for every shape."""
    return jax.device_put(values.astype(np.int32))


def sums(segment: np.ndarray, segments: int, widths: np.ndarray = FINE) -> Sums:
    """Sums of terms whose segments are given [terms], over so many segments."""
    buckets, place = bucketed(np.asarray(segment), segments, np.arange(len(segment)), len(segment), widths)
    return Sums(tuple(index(b) for b in buckets), index(place))


def bucketed(
    segment: np.ndarray, segments: int, source: np.ndarray, zero: int, widths: np.ndarray = FINE
) -> tuple[list[np.ndarray], np.ndarray]:
    """Buckets of source positions (padded with `zero`) and the place of each segment; see `Sums`."""
    order = np.argsort(segment, kind="stable")
    size = np.bincount(segment, minlength=segments)
    start = np.cumsum(size) - size
    width = widths[np.searchsorted(widths, np.maximum(size, 1))]
    source = np.append(source[order], zero)
    place = np.empty(segments, np.int32)
    buckets, stood = [], 0
    some = size > 0
    for w in np.unique(width[some]):
        mine = np.flatnonzero((width == w) & some)
        offset = np.arange(w)
        index = np.where(offset < size[mine, None], start[mine, None] + offset, len(source) - 1)
        buckets.append(source[index].astype(np.int32))
        place[mine] = stood + np.arange(len(mine))
        stood += len(mine)
    place[~some] = stood
    return buckets, place


def sums_from(segment: np.ndarray, segments: int, source: np.ndarray, terms: int) -> Sums:
    """Sums of chosen terms only: `source` [chosen] are positions in an array of so many terms."""
    buckets, place = bucketed(segment, segments, source, terms, COARSE)
    return Sums(tuple(index(b) for b in buckets), index(place))
