"""Meetings: devices that stayed near each other at the same time, where that happened, and what chance would do.

Two stays meet when they are within the distance and overlap for the minimum time. A gathering is a span in which at
least two devices at a location meet without a break; it is what AllSource counts as a meeting of a location. Being at
one place at one time is not contact: a location's devices may come and go independently. So its hours that pairs of
devices spent there together are set beside what the same visits give when each device's days are shuffled (working
days and rest days apart).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np
import pandas as pd

from ..base import Progress, begins_run, distinct_pairs, expand_ranges, pairs, run_starts, split_pairs
from ..earth import DAY_MS, HOUR_MS, Buckets, Spans, cells_of, find_peaks, local_ms, middle_longitude, near_pairs
from ..homes import Anchors
from ..stays import Stays

SLOT_MS = 4 * HOUR_MS
FEW_DAYS = 7
THURSDAY = 3
"""Day 0, 1 January 1970, counted from Monday."""


@dataclass(frozen=True)
class MeetingSettings:
    """Distance and shortest overlap; whether usual places (home, work) are left out; what is a crowd."""

    distance_m: float = 100.0
    min_minutes: float = 10.0
    leave_out_usual: bool = False
    crowd: int = 30
    crowd_links: int = 10


@dataclass(frozen=True)
class Meetings:
    """Where devices met, most meetings first, and who met.

    `locations`: total_unique_ids, total_meetings, mean/min/max_meeting_duration (s), first_ms, last_ms, pair_meetings,
    pair_hours, expected_pair_hours, lift, is_home. `pairs`: location (row of `locations`), first, second (device
    codes), start_ms, end_ms, lat, lon, is_home. `members`: location, stay: the stays that met, each once. `stays` are
    those compared; `notes` are sentences.
    """

    locations: pd.DataFrame
    pairs: pd.DataFrame
    members: pd.DataFrame
    stays: Stays
    notes: tuple[str, ...]


def find_meetings(
    stays: Stays,
    anchors: Anchors,
    settings: MeetingSettings = MeetingSettings(),  # noqa: B008 - frozen
    progress: Optional[Progress] = None,
) -> Meetings:
    """Return the meetings of all devices. `stays` as `anchors` was made of; halts too short are left out.

    Raises Cancelled.
    """
    progress = progress or Progress()
    progress.step("Finding meetings", 0.0)
    min_ms = round(settings.min_minutes * 60_000)
    fits = stays.lasting & (stays.end_ms - stays.start_ms >= min_ms)
    notes = []
    if settings.leave_out_usual:
        left = int((fits & anchors.usual).sum())
        notes.append(f"{left:,} of {int(fits.sum()):,} stays at usual places (home, work) were left out.")
        fits &= ~anchors.usual
    rows = np.flatnonzero(fits)
    kept, at_home = stays.take(rows), anchors.at_home[rows]
    # Two stays overlap by the minimum exactly when they overlap with that much cut off their ends.
    spans = Spans(kept.device, kept.start_ms, kept.end_ms - min_ms, kept.lat, kept.lon)
    buckets = Buckets(
        settings.distance_m, 0, 2.0 * settings.distance_m, SLOT_MS, settings.crowd, settings.crowd_links
    )
    near = near_pairs(spans, buckets, progress.part(0.1, 0.7))
    if near.crowded:
        notes.append(
            f"In {near.crowded:,} crowds of more than {settings.crowd} devices each stay was compared only with the "
            f"{settings.crowd_links} that begin next, so that not every pair is listed there."
        )
    progress.step("Finding meetings", 0.7)
    meetings = _Meetings(kept, near.first, near.second, at_home, settings.distance_m)
    progress.step("Finding meetings", 0.9)
    locations, days = meetings.locations()
    if len(locations) and days < FEW_DAYS:
        notes.append(f"The data have {days} days; what chance would do is told from {FEW_DAYS} days on.")
        locations = locations.assign(expected_pair_hours=np.nan, lift=np.nan)
    return meetings.result(locations, tuple(notes))


class _Meetings:
    """Pairs of stays that met, and the locations made of them."""

    def __init__(self, stays: Stays, a: np.ndarray, b: np.ndarray, at_home: np.ndarray, distance_m: float) -> None:
        swap = stays.device[a] > stays.device[b]
        a, b = np.where(swap, b, a), np.where(swap, a, b)
        start = np.maximum(stays.start_ms[a], stays.start_ms[b])
        self.stays, self.distance_m = stays, distance_m
        # Stays have places, and a pair that of its first one; there are fewer of them than of pairs.
        meets = np.bincount(np.concatenate((a, b)), minlength=len(stays))
        met = np.flatnonzero(meets)
        place_of = np.full(len(stays), -1, np.int64)
        place_of[met] = find_peaks(np.zeros(len(met), np.int64), stays.lat[met], stays.lon[met], meets[met], distance_m)
        named, place = np.unique(place_of[a], return_inverse=True)
        span = int(start.max()) - int(start.min()) + 1 if len(start) else 1
        order = np.argsort(place * span + (start - start.min(initial=0)), kind="stable")
        self.a, self.b, self.place, self.start = a[order], b[order], place[order], start[order]
        self.end = np.minimum(stays.end_ms[self.a], stays.end_ms[self.b])
        self.count = len(named)
        key = pd.unique(np.concatenate((pairs(self.place, self.a), pairs(self.place, self.b))))
        self.member_place, self.member = split_pairs(key)
        self.is_home = np.bincount(self.member_place[at_home[self.member]], minlength=self.count) > 0

    def locations(self) -> tuple[pd.DataFrame, int]:
        """Return one row per location, and how many days the data have."""
        first, begin, end = self._gatherings()
        starts, count = run_starts(first)
        seconds = (end - begin) / 1000.0
        ids, _ = distinct_pairs(self.member_place, self.stays.device[self.member])
        together, expected, days = self._hours_together()
        frame = pd.DataFrame({
            "total_unique_ids": np.bincount(ids, minlength=self.count), "total_meetings": count,
            "mean_meeting_duration": np.bincount(first, weights=seconds, minlength=self.count) / np.maximum(count, 1),
            "min_meeting_duration": np.minimum.reduceat(seconds, starts) if len(starts) else seconds,
            "max_meeting_duration": np.maximum.reduceat(seconds, starts) if len(starts) else seconds,
            "first_ms": begin[starts], "last_ms": np.maximum.reduceat(end, starts) if len(starts) else end,
            "pair_meetings": np.bincount(self.place, minlength=self.count),
            "pair_hours": together, "expected_pair_hours": expected,
            "lift": together / np.where(expected > 0.0, expected, np.nan), "is_home": self.is_home,
        })  # fmt: skip
        return frame, days

    def _gatherings(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return place, begin and end (ms) of the spans in which some met, by place and begin."""
        if len(self.place) == 0:
            return self.place, self.start, self.end
        # Places are laid one after the other in time, so that one running maximum serves them all.
        turn = int(self.end.max() - self.start.min()) + 1
        running = np.maximum.accumulate(self.end + self.place * turn) - self.place * turn
        new = begins_run(self.place)
        new[1:] |= self.start[1:] > running[:-1] + (self.place[:-1] - self.place[1:]) * turn
        starts = np.flatnonzero(new)
        return self.place[starts], self.start[starts], np.maximum.reduceat(self.end, starts)

    def _hours_together(self) -> tuple[np.ndarray, np.ndarray, int]:
        """Return the hours that pairs of devices were at each place together, those by chance, and the days seen."""
        stays = self.stays
        nothing = np.zeros(self.count)
        if self.count == 0:
            return nothing, nothing, 0
        row, place = self._visits()
        lon = stays.lon[row]
        first = local_ms(stays.start_ms[row], lon) // HOUR_MS
        last = local_ms(stays.end_ms[row] - 1, lon) // HOUR_MS
        owner, hour = expand_ranges(first, last + 1)
        seen = local_ms(stays.start_ms, stays.lon) // DAY_MS
        seen_days = np.unique(np.concatenate((seen, local_ms(stays.end_ms, stays.lon) // DAY_MS)))
        rest_days = np.array([int((~_is_rest(seen_days)).sum()), int(_is_rest(seen_days).sum())])
        hours, devices = int(hour.max() - hour.min()) + 1, int(stays.device.max()) + 1
        key = (place[owner] * hours + (hour - hour.min())) * devices + stays.device[row[owner]]
        key.sort()
        key = key[begins_run(key)]
        there, device = key // devices, key % devices
        start, at_once = run_starts(there)
        meets = at_once * (at_once - 1) / 2.0
        together = np.bincount(there[start] // hours, weights=meets, minlength=self.count)
        clock = there % hours + hour.min()
        kind = _is_rest(clock // 24) * 24 + clock % 24
        key = ((there // hours) * 48 + kind) * devices + device
        key.sort()
        start, days = run_starts(key)
        group = key[start] // devices
        total = np.bincount(group, weights=days, minlength=self.count * 48)
        squared = np.bincount(group, weights=days**2, minlength=self.count * 48)
        by_chance = ((total**2 - squared) / 2.0).reshape(self.count, 2, 24).sum(axis=2) / np.maximum(rest_days, 1)
        expected = by_chance.sum(axis=1)
        return together, expected, len(seen_days)

    def _visits(self) -> tuple[np.ndarray, np.ndarray]:
        """Return all stays in the cells in which some met, and their places: also of those who met nobody."""
        stays = self.stays
        cell = cells_of(stays.lat, stays.lon, self.distance_m)
        member_cell = cell[self.member]
        order = np.lexsort((self.member_place, member_cell))
        first = order[begins_run(member_cell[order])]
        known = member_cell[first]
        at = np.minimum(np.searchsorted(known, cell), len(known) - 1)
        place = np.where(known[at] == cell, self.member_place[first][at], -1)
        row = np.flatnonzero(place >= 0)
        return row, place[row]

    def result(self, locations: pd.DataFrame, notes: tuple[str, ...]) -> Meetings:
        """Return everything, the locations with the most meetings first."""
        order = np.lexsort((-locations["pair_meetings"], -locations["total_meetings"]))
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        row = np.argsort(rank[self.place], kind="stable")  # inside a place they are in order of time
        place, a, b = self.place[row], self.a[row], self.b[row]
        met = pd.DataFrame({
            "location": rank[place], "first": self.stays.device[a], "second": self.stays.device[b],
            "start_ms": self.start[row], "end_ms": self.end[row], "lat": (self.stays.lat[a] + self.stays.lat[b]) / 2.0,
            "lon": middle_longitude(self.stays.lon[a], self.stays.lon[b]), "is_home": self.is_home[place],
        })  # fmt: skip
        members = pd.DataFrame({"location": rank[self.member_place], "stay": self.member})
        return Meetings(locations.iloc[order].reset_index(drop=True), met, members, self.stays, notes)


def _is_rest(day: np.ndarray) -> np.ndarray:
    """Return whether days (since 1970-01-01) are Saturdays or Sundays."""
    return (day + THURSDAY) % 7 >= 5
