"""Presence: which visits fall into which windows, and how many distinct devices were where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

from ..base import begins_run, expand_ranges
from ..earth import local_day
from ..history import History
from .windows import Windows

_DENSE_SPOTS = 100_000


@dataclass(frozen=True)
class Presence:
    """Which visits fall into which windows, and who was where.

    Each visit overlaps the windows `first`..`last` (int16, half open). `by_spot` int64 lists the visits spot after
    spot, a spot's in their own order; those of spot s are `by_spot[start[s] : start[s + 1]]`. `devices` int32 (spots,
    windows) counts distinct devices.
    """

    first: np.ndarray
    last: np.ndarray
    by_spot: np.ndarray
    start: np.ndarray
    devices: np.ndarray

    def busy_spots(self, min_devices: int) -> np.ndarray:
        """Return bool (spots,): True where at least `min_devices` were present in some window."""
        return self.devices.max(axis=1) >= min_devices

    def visits_in(self, spot: int, window: int) -> np.ndarray:
        """Return the visit rows at `spot` that overlap `window`."""
        rows = self.by_spot[self.start[spot] : self.start[spot + 1]]
        return rows[(self.first[rows] <= window) & (window < self.last[rows])]

    def pairs(self, visit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (visit, window) of all windows that each of the visits `visit` overlaps, int64."""
        owner, window = expand_ranges(self.first[visit].astype(np.int64), self.last[visit])
        return visit[owner], window


def find_presence(history: History, windows: Windows, known: Optional[Presence] = None) -> Presence:
    """Return which visits overlap which windows (whole local days of the spot) and the distinct devices per spot.

    With the presence in other windows `known`, visits need not be sorted again.
    """
    visits, spots = history.visits, len(history.visits.spots)
    first = np.searchsorted(windows.start_day, history.day - windows.length_days, "right").astype(np.int16)
    last = np.searchsorted(windows.start_day, local_day(history.end_ms), "right").astype(np.int16)
    if windows.unseen:
        last = np.where(np.isin(visits.country, windows.unseen), first, last)
    if known is not None:
        by_spot, start = known.by_spot, known.start
    else:  # visits are sorted by device, so each spot's are, too
        by_spot = np.argsort(visits.spot, kind="stable")
        start = np.concatenate(([0], np.cumsum(np.bincount(visits.spot, minlength=spots))))
    devices = np.empty((spots, len(windows)), np.int32)
    for begin in range(0, spots, _DENSE_SPOTS):
        end = min(begin + _DENSE_SPOTS, spots)
        rows = by_spot[start[begin] : start[end]]
        devices[begin:end] = count_devices(
            visits.spot[rows] - begin, visits.stays.device[rows], first[rows], last[rows], (end - begin, len(windows))
        )
    return Presence(first, last, by_spot, start, devices)


def count_devices(
    group: np.ndarray, device: np.ndarray, first: np.ndarray, last: np.ndarray, shape: tuple[int, int]
) -> np.ndarray:
    """Return how many distinct devices of each group are in each window, int64 of `shape` (groups, windows).

    Each row is in the windows `first`..`last` (half open); rows of one group and device stand together.
    """
    begins = begins_run(group, device)
    run = np.cumsum(begins)
    if (first[1:] < first[:-1])[~begins[1:]].any():
        order = np.lexsort((first, run))
        group, first, last = group[order], first[order], last[order]
    # Within a run, windows up to the largest `last` so far are counted already.
    step = shape[1] + 1
    reached = np.maximum.accumulate(run * step + last)
    before = np.where(begins, 0, np.append(0, reached[:-1]) - run * step)
    rows = np.flatnonzero(last > np.maximum(first, before))
    cell = group[rows].astype(np.int64) * step
    size = shape[0] * step
    change = np.bincount(cell + np.maximum(first[rows], before[rows]), minlength=size)
    change -= np.bincount(cell + last[rows], minlength=size)
    return np.cumsum(change.reshape(shape[0], step), axis=1)[:, :-1]
