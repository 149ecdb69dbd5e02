"""Halts: neighbours in time that are neighbours in space, merged until none is left to merge.

Every fix starts as a halt of its own. In rounds, each halt is merged with the next one of the same device when their
accuracy-weighted centres lie within the merging distance and no adjacent pair is closer: a hierarchical clustering
that only ever joins neighbours in time (contiguity-constrained centroid linkage; Murtagh 1985, "A survey of algorithms
for contiguity-constrained clustering"). A gap in time is bridged when both sides are at the same place, which is
what sparse data need; a walk breaks into short halts because centres move on, which is what dense data need.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

import numpy as np

from ..base import expand_ranges, run_ends
from ..earth import EARTH_RADIUS_KM, HOUR_MS, unit_vectors
from .settings import StaySettings

FEW_JOINS = 0.1
BURST_BITS = 21  # 2^21 ms, 35 minutes
BURST_STEP = 0.7

_Rows = Union[slice, np.ndarray]


@dataclass
class Halts:
    """Working columns while halts are merged: ranges of fixes, in order, with accuracy-weighted centres (3, n) in m.

    Halts cover all fixes, so each ends where the next one's `first` begins. `variance` (m²) is that of the centre.
    `jitter` belongs to the border before a halt: inf where nothing may be merged across it.
    """

    first: np.ndarray
    centre: np.ndarray
    variance: np.ndarray
    jitter: np.ndarray

    def last(self, total: int) -> np.ndarray:
        """Return the last fix of each halt, of `total` fixes."""
        return run_ends(self.first, total)


def find_halts(
    device: np.ndarray, time_ms: np.ndarray, position: np.ndarray, accuracy_m: np.ndarray, settings: StaySettings
) -> Halts:
    """Return the halts of fixes sorted by device and time; `position` as `positions` gives it."""
    first = _find_bursts(device, time_ms, position, settings)
    halts = _as_halts(first, device, time_ms, position, _weights(accuracy_m), settings)
    halts = _merge(halts, settings)
    return _merge(_absorb_noise(halts, device, time_ms, settings), settings)


def positions(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return positions (degrees) as points (3, n) of the sphere in metres: no projection, antimeridian or pole."""
    position = unit_vectors(lat, lon)
    position *= 1000.0 * EARTH_RADIUS_KM
    return position


def _weights(accuracy_m: np.ndarray) -> np.ndarray:
    weight = np.maximum(accuracy_m, np.float32(5.0))
    weight *= weight
    return np.reciprocal(weight, out=weight).astype(np.float64)


def squared_distance(points: np.ndarray, left: _Rows, right: _Rows) -> np.ndarray:
    """Return squared chord distances (m²) between two selections of points (3, n)."""
    if isinstance(left, slice) or isinstance(right, slice):
        steps = points[:, left] - points[:, right]
    else:
        steps = points.take(left, axis=1)
        steps -= points.take(right, axis=1)
    steps *= steps
    squared = steps[0]
    squared += steps[1]
    squared += steps[2]
    return squared


def _find_bursts(device: np.ndarray, time_ms: np.ndarray, position: np.ndarray, settings: StaySettings) -> np.ndarray:
    """Return the first fix of each burst: fixes of one half hour, each near the one before, all near the first.

    They would be merged anyway; seeing it at once spares most of the rounds. Hours are cut at fixed clock times, so
    that a burst depends on its own fixes alone. Of long bursts, quarter points stand for all (a walk out and back).
    """
    reach = settings.radius_m**2
    is_first = np.ones(len(device), bool)
    moved = squared_distance(position, slice(1, None), slice(None, -1)) > reach * BURST_STEP**2
    span = time_ms >> BURST_BITS
    moved |= span[1:] != span[:-1]
    if settings.max_bridge_hours * HOUR_MS < 1 << BURST_BITS:
        moved |= time_ms[1:] - time_ms[:-1] > settings.max_bridge_hours * HOUR_MS
    moved |= device[1:] != device[:-1]
    is_first[1:] = moved
    first = np.flatnonzero(is_first)
    last = run_ends(first, len(device))
    long = np.flatnonzero(last - first > 1)
    start, steps = first.take(long), last.take(long) - first.take(long)
    is_wide = np.zeros(len(long), bool)
    for quarter in (1, 2, 3, 4):
        is_wide |= squared_distance(position, start, start + (steps * quarter >> 2)) > reach
    wide = long[is_wide]
    if len(wide):
        is_first[expand_ranges(first[wide], last[wide] + 1)[1]] = True
        first = np.flatnonzero(is_first)
    return first


def _as_halts(
    first: np.ndarray,
    device: np.ndarray,
    time_ms: np.ndarray,
    position: np.ndarray,
    weight: np.ndarray,
    settings: StaySettings,
) -> Halts:
    if len(first) == 0:
        return Halts(first, position, weight, weight)
    variance = 1.0 / np.add.reduceat(weight, first)
    centre = np.add.reduceat(position * weight, first, axis=1)
    centre *= variance
    return Halts(first, centre, variance, _border_jitter(first, device, time_ms, settings))


def _border_jitter(first: np.ndarray, device: np.ndarray, time_ms: np.ndarray, settings: StaySettings) -> np.ndarray:
    """Return what is added to the cost of merging across the border before each fix; inf where that is forbidden."""
    # Equal or steadily growing distances would merge one pair a round; a jitter that depends on the fix's own
    # time alone breaks such chains and keeps the result independent of how devices are partitioned.
    mixed = time_ms.take(first).view(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed >>= np.uint64(40)
    jitter = mixed.view(np.int64).astype(np.float64)
    jitter *= 0.5 / 2.0**24
    after, before = first[1:], first[1:] - 1
    too_long = time_ms[after] - time_ms[before] > settings.max_bridge_hours * HOUR_MS
    jitter[:1] = np.inf
    jitter[1:][too_long | (device[after] != device[before])] = np.inf
    return jitter


def _merge(halts: Halts, settings: StaySettings) -> Halts:
    """Merge adjacent halts at the same place, closest pairs first, until none is left."""
    if len(halts.first) < 2:
        return halts
    cost = _pair_cost(halts, slice(None, -1), slice(1, None), settings)
    while True:
        falls = cost[1:] < cost[:-1]
        joined = cost < np.inf
        joined[1:] &= falls
        joined[:-1] &= ~falls
        left = np.flatnonzero(joined)
        if not len(left):
            return halts
        halts = _join(halts, left)
        if len(left) > FEW_JOINS * len(cost):
            cost = _pair_cost(halts, slice(None, -1), slice(1, None), settings)
            continue
        # Only the pairs beside a merged halt have another cost than before.
        cost = cost.take(np.flatnonzero(~joined))
        merged = left - np.arange(len(left))
        changed = np.concatenate((merged[merged > 0] - 1, merged[merged < len(cost)]))
        cost[changed] = _pair_cost(halts, changed, changed + 1, settings)


def _pair_cost(halts: Halts, left: _Rows, right: _Rows, settings: StaySettings) -> np.ndarray:
    """Return for pairs of neighbours their squared distance over the merging distance's, jittered; inf if too far."""
    cost, limit = _squared_and_limit(halts, left, right, settings)
    cost /= limit
    is_far = cost > 1.0
    cost += halts.jitter[right]
    cost[is_far] = np.inf
    return cost


def _squared_and_limit(
    halts: Halts, left: _Rows, right: _Rows, settings: StaySettings
) -> tuple[np.ndarray, np.ndarray]:
    """Return the squared distances of two selections of halts and of merging (m²): twice the standard error."""
    limit = halts.variance[left] + halts.variance[right]
    limit *= 4.0
    np.maximum(limit, settings.radius_m**2, out=limit)
    np.minimum(limit, settings.max_radius_m**2, out=limit)
    return squared_distance(halts.centre, left, right), limit


def _join(halts: Halts, left: np.ndarray) -> Halts:
    """Merge each halt in `left` (rows, ascending, never neighbours) with the one after it."""
    keep = np.ones(len(halts.first), bool)
    right = left + 1
    keep[right] = False
    kept = np.flatnonzero(keep)
    variance, variance_right = halts.variance.take(left), halts.variance.take(right)
    share = variance / (variance + variance_right)
    centre = halts.centre.take(left, axis=1)
    centre += share * (halts.centre.take(right, axis=1) - centre)
    joined = Halts(
        halts.first.take(kept), halts.centre.take(kept, axis=1), halts.variance.take(kept), halts.jitter.take(kept)
    )
    merged = left - np.arange(len(left))
    joined.centre[:, merged] = centre
    share *= variance_right
    joined.variance[merged] = share
    return joined


def _absorb_noise(halts: Halts, device: np.ndarray, time_ms: np.ndarray, settings: StaySettings) -> Halts:
    """Fold a stray halt of one or two fixes into the stay around it when it lies within its own uncertainty."""
    if len(halts.first) < 3:
        return halts
    before, middle, after = slice(None, -2), slice(1, -1), slice(2, None)
    around, around_limit = _squared_and_limit(halts, before, after, settings)
    stray = squared_distance(halts.centre, before, middle)
    last = halts.last(len(device))
    count = last[middle] - halts.first[middle] + 1
    error = np.maximum(halts.variance[middle], settings.radius_m**2)
    gap_ms = time_ms[halts.first[after]] - time_ms[last[before]]
    is_stray = (
        (device[halts.first[before]] == device[halts.first[after]])
        & (around <= around_limit)
        & (count <= 2)
        & (stray <= 9.0 * error)
        & (gap_ms <= settings.max_bridge_hours * HOUR_MS)
    )
    joined = np.concatenate((is_stray, [False]))
    joined[1:] &= ~joined[:-1]
    return _join(halts, np.flatnonzero(joined))
