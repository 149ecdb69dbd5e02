"""Regularity: whether a device was at a spot on many of the days before, so that a visit is nothing unusual."""

from __future__ import annotations

import numpy as np

from .lookback import TimedEvents
from .sorted_runs import expand_ranges
from .visits import Visits


def find_regular(
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
    pair = stays.device[rows].astype(np.int64) * len(visits.spots) + visits.spot[rows]
    code = np.unique(pair, return_inverse=True)[1].ravel()
    length = (stays.end_ms[rows] - stays.start_ms[rows]) // 86_400_000 + 1
    owner, step = expand_ranges(np.zeros_like(length), length)
    first, last = int(day.min()), int(day.max())
    seen = np.unique((code[owner].astype(np.int64) << 32) + (day[rows][owner] + step - first))
    days = TimedEvents(seen >> 32, (seen & 0xFFFFFFFF) + first, first)
    begin = np.maximum(day[rows] - lookback_days, first)
    # Where the data begin too late to look back, the missing days are taken from after the visit; not where there
    # is something to look back on, or the weeks that somebody stays at a new place would make it an old one.
    seen_days = day[rows] - begin
    missing = np.where(seen_days < lookback_days // 3, lookback_days - seen_days, 0)
    before = days.count(code, begin, day[rows])
    after = days.count(code, day[rows] + 1, np.minimum(day[rows] + 1 + missing, last + 1))
    regular[rows] = before + np.where(missing > 0, after, 0) > regular_days
    return regular
