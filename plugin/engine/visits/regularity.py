"""Regularity: whether a device was at a spot on many of the days before, so that a visit is nothing unusual."""

from __future__ import annotations

import numpy as np

from ..base import TimedEvents, distinct_pairs, expand_ranges
from ..earth import DAY_MS
from .attribute import Visits


class SpotDays:
    """The local days on which devices were at spots, for the visits `rows`: each from `first_day` to `last_day`.

    `pair` int64 numbers the (device, spot) of each of those visits.
    """

    def __init__(self, visits: Visits, rows: np.ndarray, first_day: np.ndarray, last_day: np.ndarray) -> None:
        device_spot = visits.stays.device[rows].astype(np.int64) * len(visits.spots) + visits.spot[rows]
        self.pair = np.unique(device_spot, return_inverse=True)[1]
        owner, day = expand_ranges(first_day, last_day + 1)
        origin = int(first_day.min()) if len(rows) else 0
        pair, since = distinct_pairs(self.pair[owner], day - origin)
        self._days = TimedEvents(pair, since + origin, origin)

    def count(self, pair: np.ndarray, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Return the number of distinct days of each pair with begin <= day < end."""
        return self._days.count(pair, begin, end)


def find_usual(
    visits: Visits, day: np.ndarray, among: np.ndarray, lookback_days: int, regular_days: int
) -> np.ndarray:
    """Return bool per visit: True for those of `among` (bool per visit) that were regular at the time.

    `day` int64 local day of each visit's start. Regular is a visit to a spot where the device was on more than
    `regular_days` of the `lookback_days` before; where less than a third of them lie in the data, days after
    the visit stand in for the missing ones. A stay of several days counts on each of them.
    """
    regular = np.zeros(len(visits), dtype=bool)
    rows = np.flatnonzero(among)
    if len(rows) == 0:
        return regular
    stays = visits.stays
    days = SpotDays(visits, rows, day[rows], day[rows] + (stays.end_ms[rows] - stays.start_ms[rows]) // DAY_MS)
    first, last = int(day.min()), int(day.max())
    begin = np.maximum(day[rows] - lookback_days, first)
    # Where the data begin too late to look back, the missing days are taken from after the visit; not where there
    # is something to look back on, or the weeks that somebody stays at a new place would make it an old one.
    seen_days = day[rows] - begin
    missing = np.where(seen_days < lookback_days // 3, lookback_days - seen_days, 0)
    before = days.count(days.pair, begin, day[rows])
    after = days.count(days.pair, day[rows] + 1, np.minimum(day[rows] + 1 + missing, last + 1))
    regular[rows] = before + np.where(missing > 0, after, 0) > regular_days
    return regular
