"""Devices that come a second time under other ids: exactly, or with times and positions a little shifted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base import Columns, begins_run, expand_ranges, mixed, pairs, run_starts, split_pairs
from ..earth import DAY_MS, HOUR_MS, cells_of
from ..screening import Fixes
from .device_days import MIN_DEVICES
from .faults import COPIES, Fault

SLOT_MS, CELL_M = HOUR_MS // 2, 1000.0
"""A device is seen in slots of time and cells: a copy shifted by minutes and tens of metres is mostly seen in the same
ones, anybody else by chance (a phone is seen in 6 of 100 such slots)."""
MAX_SHARING = 6
"""Slots and cells in which more devices were seen name no pairs: they are crowds."""
MIN_COMMON = 12
"""Fewest slots that a pair has to have in common, by hand: by chance 6 of 100 of each are, wherever two stay together.
"""
MIN_OVERLAP = 0.6
"""Least share of the slots of the rarer one in which the other is there too, half an hour's error allowed for."""
MIN_EXCESS, LEAST_EXCESS = 0.5, 0.05
"""Those who live and work together share hours on other days too. So of the slots that the pair does not share when one
of them is set a day or a week back, it has to share half, and so much of all. Measured in barracks of the scenario
(`make bench health`): no pair of other devices is above 0.2."""
STEP_FIXES, STEP_MS, STEP_RANGE_MS = 300, HOUR_MS // 30, HOUR_MS // 2
"""Fixes of a pair that are compared (spread over all), the steps and the range by which one may run late."""
STEP_SHARE, STEP_CONTRAST = 0.5, 3.0
"""For half of the fixes the copy has one within three minutes of the usual lateness, and three times as often as at any
other: phones that are merely together have as many at any. By hand; measured in families of `make bench scoring`."""
CLOCK_MS, CLOCK_SHARE = HOUR_MS // 6, 0.5
"""A device whose intervals from ten minutes on are mostly one and the same reports by the clock, by hand: of trackers
that do, a convoy is in step by itself, and only equal positions make a copy."""
MIN_COPIES, MIN_SHARE = 5, 0.005
"""Fewest devices, and least share of them, that are told and dropped: two phones of one person are no fault."""
SAMPLE_ROWS = 20_000_000
"""Slots looked at, at most: beyond, a part of all places and times, the same for all devices."""
WEEK_SLOTS, DAY_SLOTS = 336, 48


@dataclass(frozen=True)
class _Slots(Columns):
    """Where devices were in which slot of time: distinct, sorted by device."""

    device: np.ndarray
    slot: np.ndarray
    cell: np.ndarray

    def key(self, shift: int = 0) -> np.ndarray:
        """Return a uint64 key per slot and cell, the slot moved by `shift`."""
        return mixed(self.cell.astype(np.uint64) * np.uint64(2_654_435_761) + (self.slot + shift).astype(np.uint64))


def find_copies(fixes: Fixes, first_day: int, last_day: int) -> tuple[tuple[Fault, ...], np.ndarray]:
    """Return the fault, if there is one, and the device codes (int64) that are copies of others; one of each is kept.
    """
    slots = _slots_of(fixes)
    a, b = _likely_pairs(slots, fixes.device_count)
    a, b = _confirmed(slots, a, b, fixes.device_count)
    same = _are_in_step(fixes, a, b)
    a, b = a[same], b[same]
    number = np.bincount(fixes.device, minlength=fixes.device_count)
    drop = _all_but_one(a, b, number)
    if fixes.device_count < MIN_DEVICES or len(drop) < max(MIN_COPIES, MIN_SHARE * fixes.device_count):
        return (), drop[:0]
    rows = int(number[drop].sum())
    fault = Fault(
        COPIES, first_day, last_day,
        f"{len(drop):,} device ids are copies of others: the same ways at the same times under another id.",
        "One id of each was kept; the rows of the others were dropped.",
        devices=len(drop), rows=rows, share=len(drop) / fixes.device_count,
    )  # fmt: skip
    return (fault,), drop


def _slots_of(fixes: Fixes) -> _Slots:
    slot, cell = fixes.time_ms // SLOT_MS, cells_of(fixes.lat, fixes.lon, CELL_M)
    first = np.flatnonzero(begins_run(fixes.device, slot, cell))
    slots = _Slots(fixes.device[first].astype(np.int64), slot[first], cell[first])
    every = len(first) // SAMPLE_ROWS + 1
    if every == 1:
        return slots
    # By cell and day, so that neighbouring slots are in or out together.
    part = np.flatnonzero(mixed((slots.cell + slots.slot // DAY_SLOTS).astype(np.uint64)) % np.uint64(every) == 0)
    return _Slots(slots.device[part], slots.slot[part], slots.cell[part])


def _likely_pairs(slots: _Slots, devices: int) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs of devices that share slots with few others, often: half as often as copies would."""
    key = slots.key()
    order = np.lexsort((slots.device, key))
    order = order[begins_run(key[order], slots.device[order])]
    key, device = key[order], slots.device[order]
    start, size = run_starts(key)
    few = np.flatnonzero((size >= 2) & (size <= MAX_SHARING))
    _, row = expand_ranges(start[few], (start + size)[few])
    key, device = key[row], device[row]
    found = []
    for step in range(1, MAX_SHARING):
        same = np.flatnonzero(key[step:] == key[:-step])
        found.append(pairs(device[same], device[same + step]))
    pair, common = np.unique(np.concatenate(found), return_counts=True)
    a, b = split_pairs(pair)
    alone = np.bincount(device, minlength=devices)
    likely = (common >= MIN_COMMON) & (common >= 0.5 * MIN_OVERLAP * np.minimum(alone[a], alone[b]))
    return a[likely], b[likely]


def _confirmed(slots: _Slots, a: np.ndarray, b: np.ndarray, devices: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs that share most slots, and far more than with one of them set a day or a week back."""
    own = np.bincount(slots.device, minlength=devices)
    rarer, other = np.where(own[a] <= own[b], a, b), np.where(own[a] <= own[b], b, a)
    there = np.unique(_of_device(slots.take(np.isin(slots.device, other))))
    at_once = _overlap(slots, there, rarer, other, 0)
    often = at_once >= MIN_OVERLAP
    rarer, other, at_once = rarer[often], other[often], at_once[often]
    routine = np.zeros(len(rarer))
    for shift in (-WEEK_SLOTS, -DAY_SLOTS, DAY_SLOTS, WEEK_SLOTS):
        routine = np.maximum(routine, _overlap(slots, there, rarer, other, shift))
    excess = at_once - routine
    is_copy = (excess >= LEAST_EXCESS) & (excess >= MIN_EXCESS * (1.0 - routine))
    return rarer[is_copy], other[is_copy]


def _overlap(slots: _Slots, there: np.ndarray, rarer: np.ndarray, other: np.ndarray, shift: int) -> np.ndarray:
    """Return the share of the slots of each device `rarer` in which `other` is there too, moved by `shift` slots.

    `there` has the keys of the slots of all `other`, rising; half an hour's error is allowed for.
    """
    begin = np.searchsorted(slots.device, (rarer, rarer + 1))
    pair, row = expand_ranges(*begin)
    wanted = _Slots(other[pair], slots.slot[row], slots.cell[row])
    met = np.zeros(len(pair), bool)
    for near in (-1, 0, 1):
        key = _of_device(wanted, shift + near)
        met |= there[np.minimum(np.searchsorted(there, key), len(there) - 1)] == key
    number = np.maximum(np.bincount(pair, minlength=len(rarer)), 1)
    return np.bincount(pair, met, minlength=len(rarer)) / number


def _are_in_step(fixes: Fixes, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return whether the fixes of both devices of each pair fall together, if need be with one of them moved in time.

    A family shares its ways, but each phone has moments of its own.
    """
    device = fixes.device
    begin, end = np.searchsorted(device, a), np.searchsorted(device, a + 1)
    number = np.minimum(end - begin, STEP_FIXES)
    pair, place = expand_ranges(np.zeros(len(a), np.int64), number)
    row = begin[pair] + place * (end - begin)[pair] // np.maximum(number, 1)[pair]
    start_ms = int(fixes.time_ms.min(initial=0))
    span = int(fixes.time_ms.max(initial=0)) - start_ms + 4 * STEP_RANGE_MS
    key = device.astype(np.int64) * span + (fixes.time_ms - start_ms)
    at = b[pair].astype(np.int64) * span + (fixes.time_ms[row] - start_ms)
    owner, met = expand_ranges(*(np.searchsorted(key, at + side * STEP_RANGE_MS) for side in (-1, 1)))
    late = (key[met] - at[owner] + STEP_RANGE_MS) // STEP_MS
    width = 2 * STEP_RANGE_MS // STEP_MS
    table = np.bincount(pair[owner] * width + late, minlength=len(a) * width).reshape(len(a), width)
    table = table[:, 1:-1] + table[:, 2:] + table[:, :-2]
    peak, usual = table.max(axis=1), np.median(table, axis=1)
    here, there = row[owner], met
    equal = (fixes.lat[here] == fixes.lat[there]) & (fixes.lon[here] == fixes.lon[there]) & (key[met] == at[owner])
    exact = np.bincount(pair[owner][equal], minlength=len(a))
    tells = (peak >= STEP_CONTRAST * usual) & ~_keeps_a_clock(fixes)[a]
    return np.maximum(exact, np.where(tells, peak, 0)) >= STEP_SHARE * number


def _keeps_a_clock(fixes: Fixes) -> np.ndarray:
    """Return which devices report at regular intervals, bool (devices,): two of these are in step whoever they are."""
    gap = np.diff(fixes.time_ms) // STEP_MS
    telling = (np.diff(fixes.device) == 0) & (gap * STEP_MS >= CLOCK_MS) & (gap * STEP_MS < DAY_MS)
    key, count = np.unique(pairs(fixes.device[1:][telling], gap[telling]), return_counts=True)
    device, _ = split_pairs(key)
    commonest = np.zeros(fixes.device_count, np.int64)
    np.maximum.at(commonest, device, count)
    return commonest > CLOCK_SHARE * np.bincount(device, count, fixes.device_count)


def _of_device(slots: _Slots, shift: int = 0) -> np.ndarray:
    return mixed(slots.key(shift) ^ slots.device.astype(np.uint64))


def _all_but_one(a: np.ndarray, b: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Return the devices (rising) of all groups that pairs join, but the one of each with most fixes."""
    if len(a) == 0:
        return np.empty(0, np.int64)
    # The best of each group spreads along its pairs until nothing changes; groups are small.
    rank = np.empty(len(number), np.int64)
    rank[np.lexsort((np.arange(len(number)), -number))] = np.arange(len(number))
    best = rank.copy()
    while True:
        least = np.minimum(best[a], best[b])
        before = best.copy()
        np.minimum.at(best, a, least)
        np.minimum.at(best, b, least)
        if (best == before).all():
            break
    return np.flatnonzero(best < rank)
