"""How likely two devices are to be near each other by chance, given how they and everybody around them live.

The unit is the hour slot. A device is *out* in a slot when it was seen away from its usual places. That another device
was near it then is as likely as it was for all devices out at the time that live in the same quarter, or work in the
same quarter, or live within the same larger area, or as the device's own habit of being there at that hour: whichever
of these is most likely.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base import begins_run, expand_ranges, pairs, run_starts, split_pairs
from ..earth import DAY_MS, HOUR_MS, Spans, cells_of, local_day, local_ms, plane_distance_m
from ..homes import Anchors

SLOT_MS, SLOTS = HOUR_MS, 24
AREA_M, QUARTER_M, BLOCK_M = 40_000.0, 2_000.0, 500.0
LIKE_AREA = 5.0
"""A quarter is believed to be like the whole area with the weight of so many devices."""
LIKE_BLOCK = 30.0
"""So many hours elsewhere are added to those of the neighbours, since few hours tell little."""
HABIT_M = 500.0
HABIT_ROWS = 4_000_000
PAIR_BYTES = 30_000_000
MAX_SLOTS = 1 << 20


class Outings:
    """The slots in which devices were out, and how many of each neighbourhood were.

    `spans` are sightings away from usual places; `device`, `slot` (int64) the distinct pairs, sorted. Slots are counted
    from a midnight (by the sun at the middle longitude), so that a day has SLOTS of them.
    """

    def __init__(self, spans: Spans, apart_ms: int, anchors: Anchors) -> None:
        half_ms = apart_ms // 2
        self._origin_ms = _midnight_before(spans, apart_ms) if len(spans) else 0
        row, slot = expand_ranges(self.slot_of(spans.begin_ms - half_ms), self.slot_of(spans.end_ms + half_ms) + 1)
        key = pairs(spans.mover[row], slot)
        if len(key) and not (key[1:] >= key[:-1]).all():
            key.sort()
        key = key[begins_run(key)]
        self.device, self.slot = split_pairs(key)
        self.slots = int(self.slot.max()) + 1 if len(key) else 0
        self.hours = np.bincount(self.device, minlength=len(anchors.home_lat))
        self.area = _deepest(anchors.home_lat, anchors.home_lon)
        self.quarters = [
            _neighbourhood(lat, lon, QUARTER_M, shift)
            for lat, lon in ((anchors.home_lat, anchors.home_lon), (anchors.work_lat, anchors.work_lon))
            for shift in (0.0, 0.5)
        ]

    def slot_of(self, time_ms: np.ndarray) -> np.ndarray:
        """Return the slot of UTC epoch ms."""
        return (time_ms - self._origin_ms) // SLOT_MS

    def out_of(self, group: np.ndarray, device: np.ndarray, slot: np.ndarray) -> np.ndarray:
        """Return how many devices of each device's `group` (int64 per device code) were out in the slot."""
        counts = np.bincount(group[self.device] * self.slots + self.slot, minlength=(int(group.max()) + 1) * self.slots)
        return counts[group[device] * self.slots + slot]

    def both_out(
        self, first: np.ndarray, second: np.ndarray, owner: np.ndarray, day: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return in how many slots, and on how many days, both devices of each pair (codes) were out.

        And in how many slots on the `day` (counted like slots) of each row of `owner` (pair).
        """
        known, code = np.unique(np.concatenate((first, second)), return_inverse=True)
        days = self.slots // SLOTS + 1
        bits = np.zeros((len(known), days * SLOTS // 8), np.uint8)
        place = np.minimum(np.searchsorted(known, self.device), max(0, len(known) - 1))
        mine = np.flatnonzero(known[place] == self.device) if len(known) else place[:0]
        np.bitwise_or.at(bits, (place[mine], self.slot[mine] >> 3), (1 << (self.slot[mine] & 7)).astype(np.uint8))
        ones = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1).astype(np.uint8)
        a, b = code[: len(first)], code[len(first) :]
        hours, both = np.zeros(len(a), np.int64), np.zeros(len(a), np.int64)
        step = max(1, PAIR_BYTES // bits.shape[1])
        for begin in range(0, len(a), step):
            rows = slice(begin, begin + step)
            shared = (bits[a[rows]] & bits[b[rows]]).reshape(-1, days, SLOTS // 8)
            hours[rows] = ones[shared].sum(axis=(1, 2), dtype=np.int64)
            both[rows] = shared.any(axis=2).sum(axis=1)
        by_day = bits.reshape(len(known), days, SLOTS // 8)
        on_day = ones[by_day[a[owner], day] & by_day[b[owner], day]].sum(axis=1, dtype=np.int64)
        return hours, both, on_day


def _midnight_before(spans: Spans, apart_ms: int) -> int:
    """Return the UTC epoch ms of a midnight before all spans, by the sun at their median longitude."""
    middle = round(float(np.median(spans.lon)) / 15.0 * HOUR_MS)
    return (int(spans.begin_ms.min()) - apart_ms + middle) // DAY_MS * DAY_MS - middle


def _deepest(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return an int64 number per device of its area: of four grids, moved by halves, the cell with most devices."""
    grids = [_neighbourhood(lat, lon, AREA_M, shift) for shift in (0.0, 0.25, 0.5, 0.75)]
    sizes = np.stack([np.bincount(grid)[grid] for grid in grids])
    offset = np.cumsum([0] + [int(grid.max(initial=0)) + 1 for grid in grids[:-1]])
    best = sizes.argmax(axis=0)
    numbers = np.stack([grid + start for grid, start in zip(grids, offset)])
    return numbers[best, np.arange(len(lat))]


def _neighbourhood(lat: np.ndarray, lon: np.ndarray, cell_m: float, shift: float) -> np.ndarray:
    """Return an int64 number per device of the cell around its anchor; those without one share a number."""
    cell = cells_of(np.nan_to_num(lat, nan=-90.0), np.nan_to_num(lon, nan=-180.0), cell_m, shift)
    return np.unique(cell, return_inverse=True)[1].astype(np.int64)


@dataclass(frozen=True)
class Meets:
    """That two devices were near each other in a slot: `first` < `second` (device codes), `slot`; int64, distinct.

    `closeness` float64: the larger, the closer they were.
    """

    first: np.ndarray
    second: np.ndarray
    slot: np.ndarray
    closeness: np.ndarray


class CrowdChance:
    """How likely meets were by chance, from the crowd: made of all meets, asked for some of them."""

    def __init__(self, meets: Meets, outings: Outings) -> None:
        self._outings = outings
        me = np.concatenate((meets.first, meets.second))
        self._slot = np.tile(meets.slot, 2)
        self._other = np.concatenate((meets.second, meets.first))
        mine = me * max(1, outings.slots) + self._slot
        far = 1.0 - np.tile(meets.closeness, 2) / meets.closeness.max(initial=1e-9)
        order = np.argsort((mine << 16) + (far * 65_535.0).astype(np.int64), kind="stable")
        start, size = run_starts(mine[order])
        self._order, self._place = order, np.empty(len(order), np.int64)
        self._place[order] = np.arange(len(order))
        self._first = np.repeat(start, size)
        self._size = np.repeat(size, size)
        share = 1.0 / np.maximum(outings.out_of(outings.area, self._other, self._slot), 1)
        met = np.bincount(me, weights=share, minlength=len(outings.hours))
        self.rate = met / np.maximum(outings.hours, 1)
        self._count = len(meets.slot)

    def of(self, row: np.ndarray) -> np.ndarray:
        """Return for each meet `row` its chance, the larger of both sides: float64 above 0.

        For one side: the share of those out in the slot who were at least as close, among all of the other's area, and
        among its quarters of home and work, where the other itself is left out and the area's share stands in for few
        devices. Ranks are stretched by the harmonic number of those met, so that 1 / chance, with 0 for those not
        met, is 1 on average over the devices of the area (an e-value); the last of many may be above 1 therefore.
        """
        return np.maximum(self._one_side(row), self._one_side(row + self._count))

    def _one_side(self, row: np.ndarray) -> np.ndarray:
        outings, other, slot = self._outings, self._other[row], self._slot[row]
        place = self._place[row]
        first, met = self._first[place], self._size[place]
        harmonic = np.append(0.0, np.cumsum(1.0 / np.arange(1.0, int(met.max(initial=0)) + 1.0)))
        out = np.maximum(outings.out_of(outings.area, other, slot), met)
        wide = (place - first + 1) * harmonic[met] / out
        chance = wide.copy()
        owner, member = expand_ranges(first, first + met)
        closer = member < place[owner]
        for group in outings.quarters:
            alike = group[self._other[self._order[member]]] == group[other[owner]]
            met_there = np.bincount(owner[alike], minlength=len(row))
            closer_there = np.bincount(owner[alike & closer], minlength=len(row))
            out = np.maximum(outings.out_of(group, other, slot), met_there)
            near = (closer_there * harmonic[met_there] + LIKE_AREA * wide) / (out - 1 + LIKE_AREA)
            np.maximum(chance, near, out=chance)
        return chance


class Haunts:
    """Where the neighbours of a device are when they are out, at any time: how likely a place is for such a device.

    Neighbours live in the same block or quarter, or work in the same quarter. Counted are hours of devices in cells.
    """

    def __init__(self, spans: Spans, outings: Outings, anchors: Anchors, cell_m: float) -> None:
        self._cell_m = cell_m
        blocks = [_neighbourhood(anchors.home_lat, anchors.home_lon, BLOCK_M, shift) for shift in (0.0, 0.5)]
        self._groups = [*blocks, *outings.quarters]
        slot = outings.slot_of(spans.begin_ms)
        self._counts = [self._count(spans, slot, shift) for shift in (0.0, 0.5)]

    def _count(self, spans: Spans, slot: np.ndarray, shift: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the cells (sorted), and the device and cell (number) of each hour that a device was in a cell."""
        cells, cell = np.unique(cells_of(spans.lat, spans.lon, self._cell_m, shift), return_inverse=True)
        device = spans.mover.astype(np.int64)
        key = (device * MAX_SLOTS + slot) * 64 + cell % 64  # cells of one hour that share the rest are few
        order = np.argsort(key, kind="stable")
        first = order[begins_run(device[order], slot[order], cell[order])]
        return cells, device[first], cell[first]

    def chance(self, device: np.ndarray, partner: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
        """Return the share of its neighbours' hours out that were spent at a place, at most, for each `device`.

        Device and partner (codes) themselves do not count; LIKE_BLOCK hours elsewhere do.
        """
        chance = np.zeros(len(device))
        for shift, (cells, owner, cell) in zip((0.0, 0.5), self._counts):
            here = cells_of(lat, lon, self._cell_m, shift)
            at = np.minimum(np.searchsorted(cells, here), max(0, len(cells) - 1))
            known = cells[at] == here
            mine = np.sort(owner * len(cells) + cell)
            hours = np.bincount(owner, minlength=len(self._groups[0]))
            for group in self._groups:
                theirs = np.sort(group[owner] * len(cells) + cell)
                there = _times(theirs, group[device] * len(cells) + at)
                out = np.bincount(group, weights=hours)[group[device]]
                for one in (device, partner):
                    alike = group[one] == group[device]
                    there = there - _times(mine, one * len(cells) + at) * alike
                    out = out - hours[one] * alike
                np.maximum(chance, there * known / (out + LIKE_BLOCK), out=chance)
        return chance


def _times(keys: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return how often each wanted key is among the sorted keys."""
    return np.searchsorted(keys, wanted, "right") - np.searchsorted(keys, wanted, "left")


class Habits:
    """On which days and at which hours devices were where, for asking how usual a place is for a device at an hour."""

    def __init__(self, spans: Spans) -> None:
        begin = local_ms(spans.begin_ms, spans.lon)
        end = local_ms(spans.end_ms, spans.lon)
        row, hour = expand_ranges(begin // HOUR_MS, end // HOUR_MS + 1)
        key = spans.mover[row].astype(np.int64) * 24 + hour % 24
        place = cells_of(spans.lat, spans.lon, HABIT_M / 2.0)[row]
        order = np.lexsort((place, hour, key))
        order = order[begins_run(key[order], hour[order], place[order])]
        self._key, self._day, self._row = key[order], hour[order] // 24, row[order]
        self._spans = spans

    def chance(
        self, device: np.ndarray, time_ms: np.ndarray, lat: np.ndarray, lon: np.ndarray, otherwise: np.ndarray
    ) -> np.ndarray:
        """Return how likely each device is to be within HABIT_M of a place at that hour, give or take one.

        The share of the other days on which it was seen at those hours; `otherwise` counts as one more day.
        """
        local = local_ms(time_ms, lon)
        chance = np.empty(len(device))
        step = max(1, HABIT_ROWS // 200)
        for begin in range(0, len(device), step):
            part = slice(begin, begin + step)
            chance[part] = self._share(device[part], local[part], lat[part], lon[part], otherwise[part])
        return chance

    def _share(
        self, device: np.ndarray, local: np.ndarray, lat: np.ndarray, lon: np.ndarray, otherwise: np.ndarray
    ) -> np.ndarray:
        hours = (local[:, None] // HOUR_MS + np.array([-1, 0, 1])) % 24
        key = (device.astype(np.int64)[:, None] * 24 + hours).ravel()
        owner, entry = expand_ranges(np.searchsorted(self._key, key, "left"), np.searchsorted(self._key, key, "right"))
        owner //= 3
        day, row = self._day[entry], self._row[entry]
        other_day = np.flatnonzero(day != local_day(local)[owner])
        owner, day, row = owner[other_day], day[other_day], row[other_day]
        away_m = plane_distance_m(self._spans.lat[row], self._spans.lon[row], lat[owner], lon[owner])
        days = _distinct_days(owner, day, len(device))
        here = np.flatnonzero(away_m <= HABIT_M)
        return (_distinct_days(owner[here], day[here], len(device)) + otherwise) / (days + 1.0)


def _distinct_days(owner: np.ndarray, day: np.ndarray, count: int) -> np.ndarray:
    if len(owner) == 0:
        return np.zeros(count, np.int64)
    low = int(day.min())
    span = int(day.max()) - low + 1
    distinct = np.unique(owner * span + (day - low))
    return np.bincount(distinct // span, minlength=count)


