"""Pairs that were near each other in space and time, found through an index of cells and time slots.

Rows are put into buckets (cell x slot) a few tolerances wide; one that lies within the tolerance of its cell's southern
or western edge is put into the cell beyond as well, and one that lasts into every slot it touches. Any two near rows
then share exactly one bucket that counts, so the cost follows the neighbours and no pair is looked at without a reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Optional

import numpy as np

from ..base import Columns, Progress, distinct_pairs, expand_ranges, mixed, run_starts
from .distances import METRES_PER_DEGREE, plane_distance_m

CANDIDATES = 400_000
"""So many candidate pairs are tested at a time: few enough for the processor's cache."""


@dataclass(frozen=True)
class Spans(Columns):
    """Where and when movers were: int32 `mover`, int64 `begin_ms` <= `end_ms` (UTC), `lat`, `lon` degrees WGS84."""

    mover: np.ndarray
    begin_ms: np.ndarray
    end_ms: np.ndarray
    lat: np.ndarray
    lon: np.ndarray


@dataclass(frozen=True)
class Buckets:
    """Tolerances and bucket sizes: rows are near within `distance_m` and `apart_ms` between their spans.

    A bucket with more than `crowd` movers is crowded: there each row is paired with the `links` that begin next only
    (0: with none).
    """

    distance_m: float
    apart_ms: int
    cell_m: float
    slot_ms: int
    crowd: int
    links: int = 0


@dataclass(frozen=True)
class NearPairs(Columns):
    """Rows `first`, `second` (int64) of spans of different movers near each other, each pair once, in no order.

    `crowded` counts the crowded buckets and `crowded_rows` the distinct rows in them.
    """

    first: np.ndarray
    second: np.ndarray
    crowded: int
    crowded_rows: int


def near_pairs(spans: Spans, buckets: Buckets, progress: Optional[Progress] = None) -> NearPairs:
    """Return all pairs of rows of different movers within the tolerances, save in crowded buckets.

    Deterministic. Within a tenth of a degree of a pole neighbours may be missed. Raises Cancelled.
    """
    progress = progress or Progress()
    progress.step("Looking for neighbours", 0.0)
    entries = _Entries(spans, buckets)
    progress.step("Looking for neighbours", 0.5)
    first, last, crowded, crowded_rows = entries.ranges(spans, buckets)
    entries.prepare(spans)
    found_a, found_b = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for share, rows in _portions(last - first):
        progress.step("Looking for neighbours", 0.5 + 0.5 * share)
        owner, other = expand_ranges(first[rows], last[rows])
        a, b = entries.near(spans, buckets, owner + rows.start, other)
        found_a.append(a)
        found_b.append(b)
    return NearPairs(np.concatenate(found_a), np.concatenate(found_b), crowded, crowded_rows)


def _portions(count: np.ndarray) -> Iterator[tuple[float, slice]]:
    """Yield the share done and a slice of rows whose `count` add up to about CANDIDATES."""
    total = np.cumsum(count)
    begin = 0
    while begin < len(count):
        done = int(total[begin - 1]) if begin else 0
        end = max(begin + 1, int(np.searchsorted(total, done + CANDIDATES, "right")))
        yield done / max(1, int(total[-1])), slice(begin, end)
        begin = end


class _Entries:
    """The rows as entered into buckets, sorted by bucket: `row`, and whether the bucket is the row's own."""

    def __init__(self, spans: Spans, buckets: Buckets) -> None:
        self._origin_ms = int(spans.begin_ms.min()) - buckets.apart_ms if len(spans) else 0
        half_ms = buckets.apart_ms // 2 + 1
        low = self._slot(spans.begin_ms - half_ms, buckets)
        high = self._slot(spans.end_ms + half_ms, buckets)
        row, slot = expand_ranges(low, high + 1)
        row = row.astype(np.int32)
        band, row, slot, own_band = _with_lower(_bands(spans.lat[row], buckets), buckets, row, slot)
        column, around = _columns(spans.lon[row], band, buckets)
        reach = 1.05 * buckets.distance_m / buckets.cell_m
        whole = np.floor(column)
        lower = np.flatnonzero(column - whole < reach)
        whole = whole.astype(np.int64)
        cell = np.concatenate((whole, (whole[lower] - 1) % around[lower]))
        self.row = np.concatenate((row, row[lower]))
        self.slot = np.concatenate((slot, slot[lower])).astype(np.int32)
        self.own_band = np.concatenate((own_band, own_band[lower]))
        self.own_column = np.arange(len(cell)) < len(row)
        key = (np.concatenate((band, band[lower])) << 24) + cell
        key = mixed(key.view(np.uint64)) + self.slot.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        self._sort(mixed(key))

    def _slot(self, time_ms: np.ndarray, buckets: Buckets) -> np.ndarray:
        return (time_ms - self._origin_ms) // buckets.slot_ms

    def _sort(self, key: np.ndarray) -> None:
        """Sort by bucket: the low bits of the hash give way to the entry's number, so that one plain sort does."""
        bits = np.uint64(max(1, len(key).bit_length()))
        key >>= bits
        key <<= bits
        key |= np.arange(len(key), dtype=np.uint64)
        key.sort()
        order = (key & ((np.uint64(1) << bits) - np.uint64(1))).view(np.int64)
        key >>= bits
        _, length = run_starts(key)
        shared = np.repeat(length > 1, length)
        # Those alone in their bucket are most of all; nothing more is done about them.
        order = order[shared]
        self.length = length[length > 1]
        for name in ("row", "slot", "own_band", "own_column"):
            setattr(self, name, getattr(self, name)[order])

    def ranges(self, spans: Spans, buckets: Buckets) -> tuple[np.ndarray, np.ndarray, int, int]:
        """Return for each entry the half-open range of entries to compare it with, and the crowded buckets and rows."""
        bucket = np.repeat(np.arange(len(self.length)), self.length)
        end = np.repeat(np.cumsum(self.length), self.length)
        first = np.arange(len(bucket)) + 1
        large = np.flatnonzero(np.repeat(self.length > buckets.crowd, self.length))
        there, _ = distinct_pairs(bucket[large], spans.mover[self.row[large]])
        movers = np.bincount(there, minlength=len(self.length))
        is_crowded = movers > buckets.crowd
        entry = np.flatnonzero(is_crowded[bucket])
        if len(entry):
            if buckets.links:
                self._order_by_begin(spans, bucket, entry)
            end[entry] = np.minimum(end[entry], first[entry] + buckets.links)
        return first, end, int(is_crowded.sum()), len(np.unique(self.row[entry]))

    def _order_by_begin(self, spans: Spans, bucket: np.ndarray, entry: np.ndarray) -> None:
        order = entry[np.lexsort((spans.begin_ms[self.row[entry]], bucket[entry]))]
        for name in ("row", "slot", "own_band", "own_column"):
            values = getattr(self, name)
            values[entry] = values[order]

    def prepare(self, spans: Spans) -> None:
        """Put what candidates are tested by beside the entries: neighbours in the index are then so in memory."""
        self.mover = spans.mover[self.row]
        self.begin_ms, self.end_ms = spans.begin_ms[self.row], spans.end_ms[self.row]

    def near(
        self, spans: Spans, buckets: Buckets, a: np.ndarray, b: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows of those pairs of entries that are near each other, in the one bucket that counts."""
        kept = np.flatnonzero(self.mover[a] != self.mover[b])
        a, b = a[kept], b[kept]
        later_ms = np.maximum(self.begin_ms[a], self.begin_ms[b])
        apart_ms = later_ms - np.minimum(self.end_ms[a], self.end_ms[b])
        kept = np.flatnonzero(
            (apart_ms <= buckets.apart_ms)
            & (self.own_band[a] | self.own_band[b])
            & (self.own_column[a] | self.own_column[b])
            & (self.slot[a] == self._slot(later_ms - buckets.apart_ms // 2 - 1, buckets))
        )
        row_a, row_b = self.row[a[kept]], self.row[b[kept]]
        away_m = plane_distance_m(spans.lat[row_a], spans.lon[row_a], spans.lat[row_b], spans.lon[row_b])
        kept = np.flatnonzero(away_m <= buckets.distance_m)
        return row_a[kept].astype(np.int64), row_b[kept].astype(np.int64)


def _bands(lat: np.ndarray, buckets: Buckets) -> np.ndarray:
    return (lat + 90.0) * (METRES_PER_DEGREE / buckets.cell_m)


def _with_lower(
    band: np.ndarray, buckets: Buckets, row: np.ndarray, slot: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return whole bands, rows, slots and whether the band is the row's own; doubled near southern edges."""
    whole = np.floor(band)
    lower = np.flatnonzero((band - whole < 1.02 * buckets.distance_m / buckets.cell_m) & (whole > 0))
    whole = whole.astype(np.int64)
    own = np.arange(len(band) + len(lower)) < len(band)
    return (
        np.concatenate((whole, whole[lower] - 1)), np.concatenate((row, row[lower])),
        np.concatenate((slot, slot[lower])), own,
    )  # fmt: skip


def _columns(lon: np.ndarray, band: np.ndarray, buckets: Buckets) -> tuple[np.ndarray, np.ndarray]:
    """Return each position's column in its band (float), and how many whole columns go around the globe there."""
    degrees = buckets.cell_m / METRES_PER_DEGREE
    poleward = np.maximum(np.abs(band * degrees - 90.0), np.abs((band + 1) * degrees - 90.0))
    around = np.floor(360.0 * np.cos(np.radians(np.minimum(poleward, 89.9))) / degrees)
    around = np.maximum(around, 1.0)
    column = np.minimum((lon + 180.0) / 360.0 * around, around - 1e-6)
    return column, around.astype(np.int64)
