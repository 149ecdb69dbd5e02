"""Silences: times between two visits of a device long enough to hide a stop; and like spans of devices seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base import Columns, expand_ranges
from ..earth import DAY_MS, HOUR_MS
from ..stays import Stays, StaySettings
from ..visits import Visits

LEAST_MS = 6 * HOUR_MS
"""By hand, "more than a few hours": as far as the estimate of an arrival reaches into a gap (`max_reach_hours`)."""
_LONGER = 1.5
"""By hand: a span of a seen device that reaches half as far again as asked, from fix to fix, is not like it."""
_WELL_SEEN = 0.9
"""By hand: the best seen tenth of the devices shows what devices do; the others show little of any span."""


@dataclass(frozen=True)
class Silences(Columns):
    """Spans without a fix: `before` and `after` int64 rows of the visits around, int64 UTC epoch ms of both ends.

    Between both rows of a true silence there is no other; between those of a span of a seen device are the visits that
    tell what such a silence would hide. `known` float64 is the share of the device's other stops that is looked at: a
    device seen well stands for one that was not.
    """

    before: np.ndarray
    after: np.ndarray
    start_ms: np.ndarray
    end_ms: np.ndarray
    known: np.ndarray

    @property
    def hours(self) -> np.ndarray:
        """Return the length of each in hours."""
        hours: np.ndarray = (self.end_ms - self.start_ms) / HOUR_MS
        return hours


def find_silences(visits: Visits, row: np.ndarray) -> Silences:
    """Return the silences between successive visits among `row` (sorted), which must be whole runs of devices.

    Where a device is seen again at the same place within the gap that stays bridge, it is taken to have remained.
    """
    stays = visits.stays
    joined = (row[1:] == row[:-1] + 1) & (stays.device[row[1:]] == stays.device[row[:-1]])
    before = row[:-1][joined]
    after = before + 1
    found = Silences(before, after, stays.end_ms[before], stays.start_ms[after], np.ones(len(before)))
    return found.take(np.flatnonzero(_can_hide(visits, found)))


def _can_hide(visits: Visits, spans: Silences) -> np.ndarray:
    same = visits.spot[spans.before] == visits.spot[spans.after]
    least_ms = np.where(same, StaySettings.max_bridge_hours * HOUR_MS, LEAST_MS)
    can_hide: np.ndarray = spans.end_ms - spans.start_ms >= least_ms
    return can_hide


class Sightings:
    """How well each device is seen: the gaps between its fixes, as far as halts tell them, and a day around all.

    `days` float64 and `well_seen` (the chance that a halt of two hours leaves a fix) per device code.
    """

    def __init__(self, stays: Stays) -> None:
        count = int(stays.device.max(initial=-1)) + 1
        between = np.flatnonzero(stays.device[1:] == stays.device[:-1])
        gap_ms = stays.start_ms[between + 1] - stays.end_ms[between]
        # Of a halt of days the longest gap is known, and there is one like it about every day.
        times = np.maximum(1.0, (stays.end_ms - stays.start_ms) / DAY_MS)
        device = np.concatenate([stays.device[between], stays.device]).astype(np.int64)
        order = np.argsort(device, kind="stable")
        self._device = device[order]
        self._hours = np.concatenate([gap_ms / HOUR_MS, stays.longest_gap_s / 3600.0])[order]
        self._times = np.concatenate([np.ones(len(between)), times])[order]
        first = np.searchsorted(stays.device, np.arange(count))
        last = np.searchsorted(stays.device, np.arange(count), side="right")
        self.days = np.ones(count)
        some = np.flatnonzero(last > first)
        self.days[some] += (stays.end_ms[last[some] - 1] - stays.start_ms[first[some]]) / DAY_MS
        self.well_seen = self.share(np.arange(count), np.full(count, 2.0)) * (last > first)

    def share(self, device: np.ndarray, hours: np.ndarray) -> np.ndarray:
        """Return the chance that a halt of so many hours leaves a fix of the device (code), for any pairs of these."""
        owner, row = expand_ranges(
            np.searchsorted(self._device, device), np.searchsorted(self._device, device, side="right")
        )
        missed = np.maximum(self._hours[row] - hours[owner], 0.0) * self._times[row]
        unseen = np.bincount(owner, weights=missed, minlength=len(device)) + np.maximum(24.0 - hours, 0.0)
        share: np.ndarray = np.clip(1.0 - unseen / (24.0 * self.days[device]), 0.0, 1.0)
        return share


def like_spans(
    visits: Visits, asked: Silences, well_seen: np.ndarray, count: int, rng: np.random.Generator
) -> Silences:
    """Return at most `count` spans as long as the silences `asked`, at the same hours, of devices that were well seen.

    `well_seen` is how well each device code is seen.
    """
    stays = visits.stays
    seen = np.unique(stays.device)
    pool = seen[well_seen[seen] >= np.quantile(well_seen[seen], _WELL_SEEN)]
    # The numbers of devices follow the order of a file, which must not decide what is drawn.
    first = np.searchsorted(stays.device, pool)
    pool = pool[np.lexsort((stays.lon[first], stays.lat[first], stays.start_ms[first]))]
    first = np.searchsorted(stays.device, pool)
    last = np.searchsorted(stays.device, pool, side="right") - 1
    begin_ms, length_ms = stays.start_ms[first], stays.end_ms[last] - stays.start_ms[first]
    by_time = np.lexsort((stays.lon[asked.before], stays.lat[asked.before], asked.start_ms))
    like = by_time[rng.integers(0, len(asked), count)]
    who = rng.choice(len(pool), count, p=(length_ms + DAY_MS) / (length_ms + DAY_MS).sum())
    offset_ms = (stays.lon[asked.before[like]] - stays.lon[first[who]]) * (DAY_MS / 360.0)
    start_ms = asked.start_ms[like] + offset_ms.astype(np.int64)
    days = (begin_ms[who] + (rng.random(count) * length_ms[who]).astype(np.int64) - start_ms) // DAY_MS
    start_ms += days * DAY_MS
    end_ms = start_ms + asked.end_ms[like] - asked.start_ms[like]
    origin, scale = int(stays.start_ms.min()) - DAY_MS, int(np.ptp(stays.start_ms)) + 400 * DAY_MS
    base = stays.device.astype(np.int64) * scale - origin
    own = pool[who].astype(np.int64) * scale - origin
    before = np.searchsorted(base + stays.start_ms, own + start_ms, side="right") - 1
    after = np.searchsorted(base + stays.end_ms, own + end_ms, side="left")
    asked_seen = well_seen[stays.device[asked.before[like]]]
    known = np.minimum(1.0, asked_seen / np.maximum(well_seen[pool[who]], 1e-9))
    inside = (before >= 0) & (after < len(stays)) & (after > before)
    before, after, who, start_ms, end_ms, known = (
        one[inside] for one in (before, after, who, start_ms, end_ms, known)
    )
    spans = Silences(
        before, after, np.minimum(stays.end_ms[before], start_ms), np.maximum(stays.start_ms[after], end_ms), known
    )
    mine = (stays.device[before] == pool[who]) & (stays.device[after] == pool[who])
    alike = spans.end_ms - spans.start_ms <= _LONGER * (end_ms - start_ms)
    return spans.take(np.flatnonzero(mine & alike & _can_hide(visits, spans)))
