"""Homes: where a device spent its nights in the weeks before, as it was known at the time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

from ..base import begins_run, expand_ranges
from ..earth import DAY_MS, HOUR_MS, NIGHT_LODGING, hours_within, is_within, local_day, local_ms
from ..visits import Visits

STEP_DAYS = 7
MIN_NIGHTS = 2
MIN_HOURS = 3.0
LONE_FIX_HOURS = 0.5


@dataclass(frozen=True)
class Nights:
    """Hours that devices spent at spots by night: `device`, `spot` int32, `day` int32 (local), `hours` float32."""

    device: np.ndarray
    spot: np.ndarray
    day: np.ndarray
    hours: np.ndarray


@dataclass(frozen=True)
class Homes:
    """Home spot of each device at the start of each step of seven days.

    Rows sorted by `key` = device * steps + step; `spot` int32. A device without a row has no known home then.
    """

    first_day: int
    steps: int
    key: np.ndarray
    spot: np.ndarray

    def at(self, device: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Return the int32 home spot of each device as known at the start of the step that holds `day`, else -1."""
        step = np.clip((np.asarray(day, np.int64) - self.first_day) // STEP_DAYS, 0, self.steps - 1)
        wanted = np.asarray(device, np.int64) * self.steps + step
        home = np.full(len(wanted), -1, np.int32)
        if len(self.key) == 0:
            return home
        position = np.minimum(np.searchsorted(self.key, wanted), len(self.key) - 1)
        found = self.key[position] == wanted
        home[found] = self.spot[position[found]]
        return home


def find_nights(visits: Visits, zone_hours: Optional[float] = None) -> Nights:
    """Return the hours between 22 and 06 local time that each visit covers, split by night (named by its morning)."""
    stays = visits.stays
    start_ms = local_ms(stays.start_ms, stays.lon, zone_hours)
    end_ms = local_ms(stays.end_ms, stays.lon, zone_hours)
    # A night belongs to the day of its morning: shifting by 12 h puts 22-06 inside one day.
    first = local_day(start_ms + DAY_MS // 2)
    row, night = expand_ranges(first, local_day(end_ms + DAY_MS // 2) + 1)
    noon_before = night * DAY_MS - DAY_MS // 2
    begin = np.maximum(start_ms[row], noon_before)
    end = np.minimum(end_ms[row], noon_before + DAY_MS)
    hours = hours_within(begin, end, NIGHT_LODGING, 24)
    lone = ~stays.lasting[row] & is_within(begin, NIGHT_LODGING, 24)
    hours = np.where(lone, np.maximum(hours, LONE_FIX_HOURS), hours)
    keep = hours > 0.1
    row = row[keep]
    return Nights(
        stays.device[row], visits.spot[row], night[keep].astype(np.int32), hours[keep].astype(np.float32)
    )


def find_homes(nights: Nights, first_day: int, last_day: int, lookback_days: int) -> Homes:
    """Return the spot with most night hours in the `lookback_days` before each step, if two nights speak for it.

    The steps start at `first_day` and cover `last_day`; only nights that ended before a step are used for it.
    """
    steps = max(1, (last_day - first_day) // STEP_DAYS + 1)
    # The steps that may use a night are those starting within lookback_days after it.
    first_step = np.maximum(-((first_day - nights.day - 1) // STEP_DAYS), 0)
    last_step = np.minimum((nights.day + lookback_days - first_day) // STEP_DAYS, steps - 1)
    row, step = expand_ranges(first_step, last_step + 1)
    key = nights.device[row].astype(np.int64) * steps + step
    order = np.lexsort((nights.day[row], nights.spot[row], key))
    key, row = key[order], row[order]
    spot, day, hours = nights.spot[row], nights.day[row], nights.hours[row]
    new_place = begins_run(key, spot)
    new_night = begins_run(key, spot, day)
    starts = np.flatnonzero(new_place)
    if len(starts) == 0:
        return Homes(first_day, steps, np.empty(0, np.int64), np.empty(0, np.int32))
    total = np.add.reduceat(hours, starts)
    distinct = np.add.reduceat(new_night.astype(np.int64), starts)
    good = (distinct >= MIN_NIGHTS) & (total >= MIN_HOURS)
    key, spot, total = key[starts][good], spot[starts][good], total[good]
    best = np.lexsort((spot, -total, key))
    first = begins_run(key[best])
    return Homes(first_day, steps, key[best][first], spot[best][first].astype(np.int32))


def day_span(time_ms: np.ndarray) -> tuple[int, int]:
    """Return the first and last day number (UTC, with a day's margin for local time) of epoch ms."""
    return int(time_ms.min() // DAY_MS) - 1, int((time_ms.max() + 12 * HOUR_MS) // DAY_MS) + 1
