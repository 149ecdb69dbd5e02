"""Which devices were seen on which days, and how often: what most checks look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..base import run_starts
from ..earth import DAY_MS
from ..screening import Fixes

BLOCK_CELLS = 4_000_000
"""Device-days written out at a time: some tens of megabytes."""
MIN_DEVICES = 30
"""Fewest devices on which anything is said of a whole panel, by hand: a share of 30 is known to 9 %."""


@dataclass(frozen=True)
class DeviceDays:
    """Fixes of each device on each day (UTC) it was seen, sorted by device and day.

    `row` int64 is the first fix of each, `fixes` int64 how many they are; `day` counts from `first_day`, `days` in all.
    """

    device: np.ndarray
    day: np.ndarray
    row: np.ndarray
    fixes: np.ndarray
    first_day: int
    days: int
    devices: int

    @classmethod
    def of(cls, fixes: Fixes, first_day: int, last_day: int) -> DeviceDays:
        """Return the device-days of `fixes`, which are sorted by device and time, from one day to another."""
        day = fixes.time_ms // DAY_MS
        row, number = run_starts(fixes.device, day)
        inside = (day[row] >= first_day) & (day[row] <= last_day)
        row, number = row[inside], number[inside]
        device, day = fixes.device[row].astype(np.int64), day[row] - first_day
        return cls(device, day, row, number, first_day, max(0, last_day - first_day + 1), fixes.device_count)

    def lives(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the first and last day of each device, int64; the days after and before all for one without any."""
        first = np.full(self.devices, self.days)
        last = np.full(self.devices, -1)
        start, size = run_starts(self.device)
        own = self.device[start]
        first[own], last[own] = self.day[start], self.day[start + size - 1]
        return first, last

    def blocks(self) -> Iterator[np.ndarray]:
        """Yield the fixes per day, int32 (devices, days), of some devices at a time."""
        size = max(1, BLOCK_CELLS // max(1, self.days))
        for begin in range(0, self.devices, size):
            end = min(begin + size, self.devices)
            rows = slice(*np.searchsorted(self.device, (begin, end)))
            table = np.zeros((end - begin, self.days), np.int32)
            table[self.device[rows] - begin, self.day[rows]] = self.fixes[rows]
            yield table


def count_slots(time_ms: np.ndarray, first_day: int, days: int, slots: int) -> np.ndarray:
    """Return the rows in each of the equal `slots` of each day (UTC) from `first_day` on, float64 (days, slots)."""
    slot = time_ms // (DAY_MS // slots) - first_day * slots
    inside = slot[(slot >= 0) & (slot < days * slots)]
    return np.bincount(inside, minlength=days * slots).reshape(days, slots).astype(np.float64)


def until(table: np.ndarray) -> np.ndarray:
    """Return the sums of each row (devices, days) before each day, (devices, days + 1)."""
    sums = np.zeros((len(table), table.shape[1] + 1), np.int32)
    np.cumsum(table, axis=1, out=sums[:, 1:])
    return sums


def around(sums: np.ndarray, span: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the sums in the `span` days before each day, and in those from it on; shorter at both ends."""
    days = sums.shape[1] - 1
    at = np.arange(days + 1)
    return sums - sums[:, np.maximum(at - span, 0)], sums[:, np.minimum(at + span, days)] - sums


def usual_beside(share: np.ndarray, near: int, far: int) -> np.ndarray:
    """Return what a share is usually like around each day: the larger median of the days `near` to `far` to each side.
    """
    padded = np.pad(share, far, constant_values=np.nan)
    width = far - near + 1
    views = np.lib.stride_tricks.sliding_window_view(padded, width)
    before, after = views[: len(share)], views[far + near : far + near + len(share)]
    with np.errstate(all="ignore"):
        return np.fmax(_medians(before), _medians(after))


def _medians(views: np.ndarray) -> np.ndarray:
    """Return the median of each row that has figures, else NaN."""
    result = np.full(len(views), np.nan)
    some = np.isfinite(views).any(axis=1)
    result[some] = np.nanmedian(views[some], axis=1)
    return result


def peaks(score: np.ndarray, least: float, apart: int) -> list[int]:
    """Return the days whose score is the largest of all within `apart` days and reaches `least`, rising."""
    left, found = np.where(np.isfinite(score), score, -np.inf), []
    while left.size and left.max() >= least:
        day = int(left.argmax())
        found.append(day)
        left[max(0, day - apart) : day + apart + 1] = -np.inf
    return sorted(found)
