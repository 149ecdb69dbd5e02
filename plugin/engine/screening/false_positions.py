"""Stretches of a track that are false as a whole: positions held while the device moved on, and spoofed places."""

from __future__ import annotations

import numpy as np

from ..base import expand_ranges, run_starts
from ..earth import HOUR_MS, distance_km
from .fast_steps import NOISE_KM, find_fast_steps
from .observations import Observations

HELD_KMH = 100.0
HELD_KM = 0.5
"""Coordinates rounded to 100 m repeat too at speed, but the next one is near."""

SPOOFED_HOURS = 2.0


def find_held(rows: Observations) -> np.ndarray:
    """Return bool: rows that repeat the position before them to the last digit while the device was under way.

    `rows` must be sorted by device and time. A receiver without reception may go on reporting its last position. Under
    way: over HELD_KMH both before the first of the equal rows and from it to the next other one, HELD_KM away at
    least; parked devices and positions snapped to places are not.
    """
    held = np.zeros(len(rows), bool)
    start, length = run_starts(rows.device, rows.lat, rows.lon)
    number = np.flatnonzero(length > 1)
    number = number[(number > 0) & (number < len(start) - 1)]
    first, after = start[number], start[number + 1]
    before = first - 1
    fast = (rows.device[before] == rows.device[after]) & (_kmh(rows, before, first) > HELD_KMH)
    fast &= (_kmh(rows, first, after) > HELD_KMH) & (_km(rows, first, after) >= HELD_KM)
    number = number[fast]
    held[expand_ranges(start[number] + 1, start[number] + length[number])[1]] = True
    return held


def find_spoofed(rows: Observations, max_speed_kmh: float) -> np.ndarray:
    """Return bool: rows of short stretches that an impossible step leads to and another leads back from.

    `rows` must be sorted by device and time. A stretch lasts at most SPOOFED_HOURS and has fewer rows than what the
    device left before and after it; without it, the way from before to after is slower than either step.
    """
    spoofed = np.zeros(len(rows), bool)
    cut = find_fast_steps(rows, max_speed_kmh, max_speed_kmh)
    cut_after = cut.start[cut.km > NOISE_KM]
    if len(cut_after) < 2:
        return spoofed
    breaks = np.flatnonzero(np.append(rows.device[1:] != rows.device[:-1], True))
    ends = np.union1d(cut_after, breaks)
    first = np.concatenate(([0], ends[:-1] + 1))
    size, is_cut = ends - first + 1, np.isin(ends, cut_after)
    piece = np.arange(1, len(ends) - 1)
    piece = piece[is_cut[piece - 1] & is_cut[piece] & (size[piece] < np.minimum(size[piece - 1], size[piece + 1]))]
    before, after = first[piece] - 1, ends[piece] + 1
    hours = (rows.time_ms[ends[piece]] - rows.time_ms[first[piece]]) / HOUR_MS
    slower_kmh = np.minimum(_kmh(rows, before, first[piece]), _kmh(rows, ends[piece], after))
    piece = piece[(hours <= SPOOFED_HOURS) & (_kmh(rows, before, after) < slower_kmh)]
    spoofed[expand_ranges(first[piece], ends[piece] + 1)[1]] = True
    return spoofed


def _km(rows: Observations, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return distance_km(rows.lat[one], rows.lon[one], rows.lat[other], rows.lon[other])


def _kmh(rows: Observations, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return _km(rows, one, other) / (np.maximum(rows.time_ms[other] - rows.time_ms[one], 1000) / HOUR_MS)
