"""Anchors: the cells where a device spends most of its time (home, work), by which being somewhere is ordinary."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Optional

import numpy as np

from ..base import begins_run, distinct_pairs
from ..earth import HOUR_MS, NIGHT_LODGING, cells_of, hours_within, local_day, local_ms, plane_distance_m
from ..stays import Stays

CELL_M = 300.0
NEAR_M, NOISE_M = 400.0, 1500.0
MIN_DAYS, DAYS_SHARE = 3, 0.3
MIN_HOURS, HOURS_SHARE = 4.0, 0.3
HOME_DAYS, HOME_HOURS = 2, 1.0
HOURS_PER_FIX = 1.0 / 60.0
"""A halt seen for a moment counts a minute per fix, so that devices without any lasting stay have anchors too."""


@dataclass(frozen=True)
class Anchors:
    """What is ordinary for devices: `usual` and `at_home` bool per stay, the rest float64 per device code.

    `home_lat`, `home_lon` (most hours by night, else most hours) and `work_lat`, `work_lon` (most hours elsewhere) are
    degrees, NaN where unknown; `seconds` were seen at any place. `home_known` bool: the device was at `home_lat`,
    `home_lon` on HOME_DAYS days or for HOME_HOURS, so that it is more than the place where it happened to be seen most.
    """

    usual: np.ndarray
    at_home: np.ndarray
    home_lat: np.ndarray
    home_lon: np.ndarray
    work_lat: np.ndarray
    work_lon: np.ndarray
    seconds: np.ndarray
    home_known: np.ndarray

    def of(self, order: np.ndarray) -> Anchors:
        """Return the anchors with the stays in another order."""
        return replace(self, usual=self.usual[order], at_home=self.at_home[order])


def find_anchors(stays: Stays, devices: int, zone_hours: Optional[float] = None) -> Anchors:
    """Return the anchors of `devices` device codes from stays and short halts, sorted by device and start.

    A cell is usual where the device was on MIN_DAYS days at least and DAYS_SHARE of its days, or spent MIN_HOURS and
    HOURS_SHARE of its hours.
    """
    start_ms, end_ms = (local_ms(time_ms, stays.lon, zone_hours) for time_ms in (stays.start_ms, stays.end_ms))
    cell = np.unique(cells_of(stays.lat, stays.lon, CELL_M), return_inverse=True)[1]
    hours = (end_ms - start_ms) / HOUR_MS + stays.n_fixes * HOURS_PER_FIX
    night = hours_within(start_ms, end_ms, NIGHT_LODGING, 24)
    day = local_day(start_ms)
    order = np.lexsort((day, cell, stays.device))
    device, cell, day = stays.device[order], cell[order], day[order]
    starts = np.flatnonzero(begins_run(device, cell))
    if len(starts) == 0:
        unknown = np.full(devices, np.nan)
        nothing = np.empty(0, bool)
        no_time = np.zeros(devices)
        return Anchors(nothing, nothing, unknown, unknown, unknown, unknown, no_time, no_time > 0.0)
    owner = device[starts]
    cell_hours, cell_night = np.add.reduceat(hours[order], starts), np.add.reduceat(night[order], starts)
    cell_days = np.add.reduceat(begins_run(device, cell, day).astype(np.int64), starts)
    days = _days_seen(stays.device, local_day(start_ms), devices)
    total = np.bincount(owner, weights=cell_hours, minlength=devices)
    usual = ((cell_days >= MIN_DAYS) & (cell_days >= DAYS_SHARE * days[owner])) | (
        (cell_hours >= MIN_HOURS) & (cell_hours >= HOURS_SHARE * total[owner])
    )
    home = _best(owner, cell_night + 1e-3 * cell_hours, devices)
    lodging = cell_days >= HOME_DAYS
    lodging |= np.add.reduceat((end_ms - start_ms)[order], starts) >= HOME_HOURS * HOUR_MS
    elsewhere = cell_hours.copy()
    elsewhere[home[home >= 0]] = 0.0
    work = _best(owner, elsewhere, devices)
    lat = np.add.reduceat(stays.lat[order], starts) / np.diff(np.append(starts, len(order)))
    lon = stays.lon[order[starts]]
    is_home = np.zeros(len(starts), bool)
    is_home[home[home >= 0]] = True
    number = np.cumsum(begins_run(device, cell)) - 1
    by_stay = np.empty((2, len(order)), bool)
    by_stay[:, order] = usual[number], is_home[number]
    home_lat, home_lon, work_lat, work_lon = (_at(values, row) for row in (home, work) for values in (lat, lon))
    near_home, near_work = (
        plane_distance_m(stays.lat, stays.lon, place_lat[stays.device], place_lon[stays.device]) <= NEAR_M
        for place_lat, place_lon in ((home_lat, home_lon), (work_lat, work_lon))
    )
    # Where a device was second longest need not be usual: it may have been there once.
    near_work &= np.append(usual, False)[work][stays.device]
    usual = _with_noise(stays, by_stay[0] | near_home | near_work)
    home_known = np.append(lodging, False)[home]
    return Anchors(
        usual, by_stay[1] | near_home, home_lat, home_lon, work_lat, work_lon, total * 3600.0, home_known
    )


def _with_noise(stays: Stays, usual: np.ndarray) -> np.ndarray:
    """Return `usual` with the lone halts between two usual ones: inaccurate fixes, not outings."""
    noise = np.zeros(len(usual), bool)
    same = stays.device[2:] == stays.device[:-2]
    noise[1:-1] = same & usual[2:] & usual[:-2] & ~stays.lasting[1:-1]
    beside = plane_distance_m(stays.lat[1:], stays.lon[1:], stays.lat[:-1], stays.lon[:-1]) <= NOISE_M
    noise[1:-1] &= beside[1:] & beside[:-1]
    return usual | noise


def _days_seen(device: np.ndarray, day: np.ndarray, devices: int) -> np.ndarray:
    """Return on how many days each device was seen."""
    seen, _ = distinct_pairs(device, day - day.min())
    return np.bincount(seen, minlength=devices)


def _best(owner: np.ndarray, weight: np.ndarray, devices: int) -> np.ndarray:
    """Return the row of each device's heaviest cell (the first of equals), -1 where there is none above zero."""
    order = np.lexsort((-weight, owner))
    first = order[begins_run(owner[order])]
    best = np.full(devices, -1, np.int64)
    first = first[weight[first] > 0.0]
    best[owner[first]] = first
    return best


def _at(values: np.ndarray, row: np.ndarray) -> np.ndarray:
    return np.append(values, np.nan)[row]
