"""Steps: the movements inside legs, from one halt to the next, on which modes are decided."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base import begins_run, expand_ranges, meant_millimetres
from ..earth import HOUR_MS, distance_km
from ..stays import Stays

_MINUTE_MS = 60_000
_KM_PER_MM = 1e-6
SHORT_MS = 2 * _MINUTE_MS
"""In a longer halt the device paused, and did not only pass."""
SHORTEST_HOURS = 1.0 / 120.0
"""Half a minute: over less time, errors of position make up the speed."""


@dataclass(frozen=True)
class Steps:
    """Movements from halt `start` to halt `end` (int64 rows of the stays) inside the leg `leg`, in order.

    `first` is each leg's first step; `km`, `hours`, `kmh` float64, as the crow flies; `path_km` float64 by way of the
    halts that were left out; `brief` bool: too short a time to tell a speed.
    """

    leg: np.ndarray
    start: np.ndarray
    end: np.ndarray
    first: np.ndarray
    km: np.ndarray
    path_km: np.ndarray
    hours: np.ndarray
    kmh: np.ndarray
    brief: np.ndarray

    def sum_by_leg(self, values: np.ndarray) -> np.ndarray:
        """Return float64 sums of a value per step, one per leg."""
        return np.bincount(self.leg, weights=values, minlength=len(self.first))

    def max_by_leg(self, values: np.ndarray) -> np.ndarray:
        """Return the largest of a value per step, one per leg."""
        return np.maximum.reduceat(values, self.first) if len(self.first) else np.empty(0)


def make_steps(stays: Stays, origin: np.ndarray, target: np.ndarray) -> Steps:
    """Return the steps of legs from rows `origin` to rows `target` (int64, each behind its origin).

    Of halts in the same minute only the first counts: fixes every second say much about errors and little about
    speed.
    """
    leg, row = expand_ranges(origin, target + 1)
    length_ms = stays.end_ms[row] - stays.start_ms[row]
    # A moving device is at the middle of a short halt in the middle of its time.
    half_ms = np.where((length_ms <= SHORT_MS) & ~stays.lasting[row], length_ms // 2, 0)
    left_ms, came_ms = stays.end_ms[row] - half_ms, stays.start_ms[row] + half_ms
    at_end = row == target[leg]
    here, there = row[:-1], row[1:]
    # In whole millimetres: the length of a way must not depend on the devices before it in the block.
    every_mm = meant_millimetres(distance_km(stays.lat[here], stays.lon[here], stays.lat[there], stays.lon[there]))
    way_mm = np.append(0, np.cumsum(every_mm))[: len(row)]
    keep = begins_run(leg, left_ms // _MINUTE_MS) | at_end
    columns = (leg, row, at_end, left_ms, came_ms, way_mm)
    leg, row, at_end, left_ms, came_ms, way_mm = (column[keep] for column in columns)
    inner = np.flatnonzero(~at_end)
    leg, start, end = leg[inner], row[inner], row[inner + 1]
    km = _KM_PER_MM * meant_millimetres(
        distance_km(stays.lat[start], stays.lon[start], stays.lat[end], stays.lon[end])
    )
    path_km = _KM_PER_MM * (way_mm[inner + 1] - way_mm[inner])
    seen_hours = (came_ms[inner + 1] - left_ms[inner]) / HOUR_MS
    hours = np.maximum(seen_hours, SHORTEST_HOURS)
    first = np.flatnonzero(begins_run(leg))
    return Steps(leg, start, end, first, km, path_km, hours, km / hours, seen_hours < SHORTEST_HOURS)
