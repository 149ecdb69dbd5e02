"""Plain counts: how many devices were at a spot on how many days, whatever they did, by phase of each window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Optional

import numpy as np

from ..base import expand_ranges
from ..earth import local_day
from ..history import History
from .presence import Presence, count_devices, find_presence
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

    def part_of(self, windows: Windows) -> Windows:
        """Return the windows of which only this phase is left."""
        return replace(windows, start_day=windows.start_day + self.first_day, length_days=self.length_days)


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

    def take(self, spots: np.ndarray) -> PlainCounts:
        """Return the counts of some of the spots (indices into `spot`)."""
        return replace(self, spot=self.spot[spots], devices=self.devices[:, spots], days=self.days[:, spots])


def find_phases(windows: Windows) -> tuple[Phase, ...]:
    """Return the phases of a study's windows: whole, before the key date, from the key date on."""
    whole, before = Phase("whole", 0, windows.length_days), windows.days_before
    if before == 0:
        return (whole,)
    return whole, Phase("before", 0, before), Phase("from", before, windows.length_days - before)


def count_plain(history: History, presence: Presence, windows: Windows, min_devices: int) -> PlainCounts:
    """Return the plain counts of all spots where at least `min_devices` were in some window.

    `presence` is that of `windows`.
    """
    spot = np.flatnonzero(presence.busy_spots(min_devices)).astype(np.int32)
    phases = find_phases(windows)
    devices = [presence.devices[spot]]
    for phase in phases[1:]:
        devices.append(find_presence(history, phase.part_of(windows), presence).devices[spot])
    days = np.concatenate(
        [
            _days_of(history, presence, spot[begin : begin + _BLOCK_SPOTS], phases, windows)
            for begin in range(0, len(spot), _BLOCK_SPOTS)
        ]
        or [np.empty((len(phases), 0, len(windows)), np.int32)],
        axis=1,
    )
    return PlainCounts(windows, phases, spot, np.array(devices, np.int32), days)


def _days_of(
    history: History, presence: Presence, spot: np.ndarray, phases: Sequence[Phase], windows: Windows
) -> np.ndarray:
    """Return the days of presence at some spots, int32 (phases, spots, windows)."""
    owner, at = expand_ranges(presence.start[spot], presence.start[spot + 1])
    rows = presence.by_spot[at]
    begin = int(windows.start_day.min())
    days = int(windows.start_day.max()) + windows.length_days - begin
    first, last = days_present(history, begin, days, rows)
    by_day = count_devices(owner, history.visits.stays.device[rows], first, last, (len(spot), days))
    return sum_days(by_day, phases, windows).astype(np.int32)


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
    start = windows.start_day - int(windows.start_day.min())
    return np.stack([
        total[:, start + one.first_day + one.length_days] - total[:, start + one.first_day] for one in phases
    ])  # fmt: skip
