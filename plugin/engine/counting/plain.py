"""Plain counts: how many devices were at a spot on how many days, whatever they did, by phase of each window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional

import numpy as np

from ..base import expand_ranges
from ..earth import local_day
from ..history import History
from .presence import Presence, count_devices
from .windows import Windows

_BLOCK_SPOTS = 20_000
MIN_PLAIN_WINDOWS = 3
"""Fewest earlier windows with which a plain count is tested, by hand: two tell nothing of how much weeks differ."""


@dataclass(frozen=True)
class Phase:
    """A part of every window: `length_days` days from `first_day` (counted from the window's start) on."""

    id: str
    first_day: int
    length_days: int


@dataclass(frozen=True)
class PlainCounts:
    """Plain counts of the spots `spot` (int32, rising) in `windows`, which reach back to the first day of the data.

    `devices` (distinct) and `days` (of presence: distinct devices of each day, added up) are int32 (phases, spots,
    windows), for each of `phases`.
    """

    windows: Windows
    phases: tuple[Phase, ...]
    spot: np.ndarray
    devices: np.ndarray
    days: np.ndarray

    def tested(self, window: int) -> bool:
        """Return whether a window has enough earlier ones."""
        return int(self.windows.baseline[window].sum()) >= MIN_PLAIN_WINDOWS


def find_phases(windows: Windows) -> tuple[Phase, ...]:
    """Return the phases of a study's windows: whole, before the key date, from the key date on.

    Windows that begin on the key date, or were cut so that they do not hold it (`cut_span`), have no such parts.
    """
    whole, before = Phase("whole", 0, windows.length_days), windows.days_before
    if not 0 < before < windows.length_days:
        return (whole,)
    return whole, Phase("before", 0, before), Phase("from", before, windows.length_days - before)


def count_plain(history: History, presence: Presence, windows: Windows, min_devices: int) -> PlainCounts:
    """Return the plain counts of all spots where at least `min_devices` were in some window.

    `presence` is that of `windows`.
    """
    spot = np.flatnonzero(presence.busy_spots(min_devices)).astype(np.int32)
    phases = find_phases(windows)
    devices, days = np.empty((2, len(phases), len(spot), len(windows)), np.int32)
    devices[0] = presence.devices[spot]
    for begin in range(0, len(spot), _BLOCK_SPOTS):
        part = slice(begin, begin + _BLOCK_SPOTS)
        devices[1:, part], days[:, part] = _count_block(history, presence, spot[part], phases, windows)
    return PlainCounts(windows, phases, spot, devices, days)


def _count_block(
    history: History, presence: Presence, spot: np.ndarray, phases: Sequence[Phase], windows: Windows
) -> tuple[np.ndarray, np.ndarray]:
    """Return of some spots the distinct devices in each phase but the first, and the days of presence in each.

    Both (phases, spots, windows).
    """
    owner, at = expand_ranges(presence.start[spot], presence.start[spot + 1])
    rows = presence.by_spot[at]
    device = history.visits.stays.device[rows]
    begin, number = windows.day_span
    first, last = days_present(history, begin, number, rows)
    days = sum_days(count_devices(owner, device, first, last, (len(spot), number)), phases, windows)
    devices = np.empty((len(phases) - 1, len(spot), len(windows)), np.int64)
    for table, phase in zip(devices, phases[1:]):
        start = windows.start_day - begin + phase.first_day
        begins = np.searchsorted(start, first - phase.length_days, "right")
        ends = np.searchsorted(start, last - 1, "right")
        table[:] = count_devices(owner, device, begins, ends, table.shape)
    return devices, days


def count_days_of(
    history: History, presence: Presence, counts: PlainCounts, first: np.ndarray, last: np.ndarray, least: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the days of presence of part of the visits at the spots where they are `least` in an ordinary window.

    Each visit counts on the days `first`..`last` (half open, from the first day of the windows on). Rows of the plain
    counts, and int32 (phases, these rows, windows).
    """
    counted = np.flatnonzero((last > first)[presence.by_spot])
    by_spot = presence.by_spot[counted]
    start = np.searchsorted(counted, presence.start)
    number, ordinary = counts.windows.day_span[1], ~counts.windows.is_key
    found, tables = [], []
    for begin in range(0, len(counts.spot), _BLOCK_SPOTS):
        spot = counts.spot[begin : begin + _BLOCK_SPOTS]
        owner, at = expand_ranges(start[spot], start[spot + 1])
        rows = by_spot[at]
        device = history.visits.stays.device[rows]
        by_day = count_devices(owner, device, first[rows], last[rows], (len(spot), number))
        days = sum_days(by_day, counts.phases, counts.windows)
        telling = np.flatnonzero(days[0][:, ordinary].mean(axis=1) >= least)
        found.append(begin + telling)
        tables.append(days[:, telling].astype(np.int32))
    if not tables:
        return np.empty(0, np.int64), np.empty((len(counts.phases), 0, len(counts.windows)), np.int32)
    return np.concatenate(found), np.concatenate(tables, axis=1)


def days_present(
    history: History, begin: int, days: int, rows: Optional[np.ndarray] = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the local days of visits, half open and counted from `begin`, inside of `days`; int32."""
    first, last = history.day, local_day(history.end_ms) + 1
    if rows is not None:
        first, last = first[rows], last[rows]
    return np.clip(first - begin, 0, days).astype(np.int32), np.clip(last - begin, 0, days).astype(np.int32)


def sum_days(by_day: np.ndarray, phases: Sequence[Phase], windows: Windows) -> np.ndarray:
    """Return the sums over the days of each phase and window, (phases, n, windows), of (n, days) from the first on."""
    total = np.pad(np.cumsum(by_day, axis=1), ((0, 0), (1, 0)))
    start = windows.start_day - windows.day_span[0]
    return np.stack([
        total[:, start + one.first_day + one.length_days] - total[:, start + one.first_day] for one in phases
    ])  # fmt: skip
