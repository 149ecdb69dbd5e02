"""Local time of a spot: solar by default, and the hours of a span that fall into daily or weekly periods."""

from __future__ import annotations

from datetime import date
from typing import Optional

import numpy as np

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
DAY_S = 86_400
EPOCH = date(1970, 1, 1)
"""Day number 0."""
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)
"""Not from `strftime`, which follows the machine's language: the same study must give the same texts anywhere."""
# 1970-01-01 was a Thursday; hours are counted from the Monday before it, so that a week starts on Monday.
_MONDAY_OFFSET_H = 3 * 24


def local_ms(time_ms: np.ndarray, lon: np.ndarray, zone_hours: Optional[float] = None) -> np.ndarray:
    """Return local epoch ms: UTC plus longitude / 15 h (mean solar time), or plus the fixed `zone_hours`."""
    return time_ms + _offset_ms(lon, zone_hours)


def utc_ms(local: np.ndarray, lon: np.ndarray, zone_hours: Optional[float] = None) -> np.ndarray:
    """Return UTC epoch ms of local epoch ms: the way back from `local_ms`."""
    return local - _offset_ms(lon, zone_hours)


def _offset_ms(lon: np.ndarray, zone_hours: Optional[float]) -> np.ndarray:
    offset_h = lon / 15.0 if zone_hours is None else zone_hours
    return np.rint(np.asarray(offset_h) * HOUR_MS).astype(np.int64)


def short_date(day: date) -> str:
    """Return a date without its year, such as "26 Jul"."""
    return f"{day.day} {MONTHS[day.month - 1][:3]}"


def local_day(time_ms: np.ndarray) -> np.ndarray:
    """Return the day number (days since 1970-01-01) of local epoch ms."""
    return np.floor_divide(time_ms, DAY_MS)


def hours_within(start_ms: np.ndarray, end_ms: np.ndarray, periods: np.ndarray, cycle_h: int) -> np.ndarray:
    """Return how many hours of each span [start, end] (local epoch ms) fall into periodic intervals.

    `periods` is an (n, 2) array of hours within a cycle of 24 (day) or 168 h (week from Monday), start < end.
    """
    return _hours_until(end_ms, periods, cycle_h) - _hours_until(start_ms, periods, cycle_h)


def hours_of_day(start_ms: np.ndarray, end_ms: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    """Return how many hours of all spans [start, end] (local epoch ms) of each group fall into each hour of the day.

    `group` int64 of each span; the result is float64 (groups, 24).
    """
    (whole, until), (skipped, begins) = (np.divmod(time_ms / HOUR_MS, 24.0) for time_ms in (end_ms, start_ms))
    days = np.bincount(group, whole - skipped, groups)
    spent = np.empty((groups, 24))
    for hour in range(24):
        inside = np.clip(until - hour, 0.0, 1.0) - np.clip(begins - hour, 0.0, 1.0)
        spent[:, hour] = days + np.bincount(group, inside, groups)
    return spent


def is_within(time_ms: np.ndarray, periods: np.ndarray, cycle_h: int) -> np.ndarray:
    """Return True where local epoch ms lie inside one of the periodic intervals."""
    hour = np.mod(time_ms / HOUR_MS + _MONDAY_OFFSET_H, cycle_h)
    inside = np.zeros(len(hour), bool)
    for begin, end in periods:
        inside |= (hour >= begin) & (hour < end)
    return inside


def _hours_until(time_ms: np.ndarray, periods: np.ndarray, cycle_h: int) -> np.ndarray:
    hours = time_ms / HOUR_MS + _MONDAY_OFFSET_H
    cycles, hour = np.divmod(hours, cycle_h)
    total = cycles * float((periods[:, 1] - periods[:, 0]).sum())
    for begin, end in periods:
        total = total + np.clip(hour - begin, 0.0, end - begin)
    return total


def _daily(*intervals: tuple[float, float]) -> np.ndarray:
    return np.array(intervals, dtype=np.float64)


NIGHT = _daily((0, 5), (22, 24))
NIGHT_LODGING = _daily((0, 6), (22, 24))
DAWN = _daily((5, 7))
EVENING = _daily((17, 22))
