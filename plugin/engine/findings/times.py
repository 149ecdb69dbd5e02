"""When a group was at a place: nights, or days and hours, as most of it was there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base import distinct_pairs, expand_ranges
from ..earth import DAWN, DAY_MS, EVENING, HOUR_MS, NIGHT, NIGHT_LODGING, hours_within, is_within, local_day
from ..history import History

NIGHT_HOURS = 3.0
"""Hours between 22 and 6 that are a night somewhere: as for homes."""
MAIN_SHARE = 0.4
"""Share of the fullest night or day from which another is told too, by hand: who is there now and then is not."""
LEAST_SHARE = 0.3
"""Share of the group that must be there on a night or day that is told, by hand."""
PART_SHARE = 0.5
"""Share of the hours in a part of the day from which visits are told to be at that time, by hand."""
PARTS = {"night": NIGHT, "dawn": DAWN, "day": np.array(((7.0, 17.0),)), "evening": EVENING}
LEAST_HOURS = 0.05
"""A lone fix counts for so many hours, by hand: three minutes."""


@dataclass(frozen=True)
class Times:
    """When most of a group was at a place, in local time.

    `nights`: the days (numbers) in whose evening nights begin that were spent there; `days`: those on which it was
    there. `part`: the part of the day (a key of PARTS), "" where there is none; `from_hour`, `to_hour`: about when
    visits began and ended (hours of a day, `to_hour` beyond 24 after midnight); `hours`: how long one lasted.
    """

    nights: tuple[int, ...]
    days: tuple[int, ...]
    part: str
    from_hour: float
    to_hour: float
    hours: float


def times_of(history: History, rows: np.ndarray) -> Times:
    """Return when the visits `rows`, of a group at one place, were."""
    device = history.visits.stays.device[rows]
    start_ms, end_ms = history.start_ms[rows], history.end_ms[rows]
    size = len(np.unique(device))
    owner, night, hours = _by_night(start_ms, end_ms)
    there = hours >= NIGHT_HOURS
    nights = _usual_days(device[owner[there]], night[there], size)
    if nights:
        lodged = len(np.unique(device[owner[there]]))
        nights = nights if lodged >= 0.5 * size else ()
    owner, day = expand_ranges(local_day(start_ms), local_day(end_ms) + 1)
    days = _usual_days(device[owner], day, size)
    lasted = np.maximum((end_ms - start_ms) / HOUR_MS, LEAST_HOURS)
    part = _part(start_ms, end_ms)
    from_hour, to_hour = _hours(start_ms, end_ms, days, part == "night")
    weight = _longest(device, start_ms, lasted)
    return Times(nights, days, part, from_hour, to_hour, float(np.median(lasted[weight])))


def _by_night(start_ms: np.ndarray, end_ms: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (visit, day of its evening, hours) of the nights that visits reach into."""
    shift = DAY_MS // 2
    owner, evening = expand_ranges(local_day(start_ms - shift), local_day(end_ms - shift) + 1)
    begin = np.maximum(start_ms[owner], evening * DAY_MS + shift)
    end = np.minimum(end_ms[owner], (evening + 1) * DAY_MS + shift)
    return owner, evening, hours_within(begin, np.maximum(end, begin), NIGHT_LODGING, 24)


def _usual_days(device: np.ndarray, day: np.ndarray, size: int) -> tuple[int, ...]:
    """Return the days on which many of a group of `size` devices were there, in order."""
    if len(day) == 0:
        return ()
    first = int(day.min())
    _who, since = distinct_pairs(device, day - first)
    count = np.bincount(since)
    many = count >= max(MAIN_SHARE * count.max(), LEAST_SHARE * size, 1.0)
    return tuple((np.flatnonzero(many) + first).tolist())


def _longest(device: np.ndarray, start_ms: np.ndarray, lasted: np.ndarray) -> np.ndarray:
    """Return the longest visit of each device (rows): halts on the way in and out would make visits short."""
    order = np.lexsort((start_ms, -lasted, device))
    _devices, first = np.unique(device[order], return_index=True)
    rows: np.ndarray = order[first]
    return rows


def _part(start_ms: np.ndarray, end_ms: np.ndarray) -> str:
    """Return the part of the day that most hours of the visits lie in, "" where none has most."""
    lasted = np.maximum((end_ms - start_ms) / HOUR_MS, LEAST_HOURS)
    brief = end_ms - start_ms < LEAST_HOURS * HOUR_MS
    share = {
        name: float(np.where(
            brief, is_within(start_ms, hours, 24) * LEAST_HOURS, hours_within(start_ms, end_ms, hours, 24)
        ).sum() / lasted.sum())
        for name, hours in PARTS.items()
    }  # fmt: skip
    best = max(share, key=lambda name: share[name])
    return best if share[best] >= PART_SHARE else ""


def _hours(start_ms: np.ndarray, end_ms: np.ndarray, days: tuple[int, ...], is_night: bool) -> tuple[float, float]:
    """Return from when to when most visits were, in hours from the midnight before the start of each.

    A quarter had begun by the first (25 % quantile of starts), three quarters had ended by the second (75 % of ends).

    Of nights, hours after noon count from that day's midnight, those before it as beyond 24.
    """
    told = np.isin(local_day(start_ms), days) | np.isin(local_day(end_ms), days)
    start_ms, end_ms = (start_ms[told], end_ms[told]) if told.any() else (start_ms, end_ms)
    midnight = local_day(start_ms) * DAY_MS
    if is_night:
        midnight = np.where(start_ms - midnight < DAY_MS // 2, midnight - DAY_MS, midnight)
    begin, end = (start_ms - midnight) / HOUR_MS, (end_ms - midnight) / HOUR_MS
    return float(np.quantile(begin, 0.25)), float(np.quantile(end, 0.75))
