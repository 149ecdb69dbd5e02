"""Joint events: where and when pairs of devices were together, how likely by chance, and what that tells of the pair.

The ratio of a pair: two that travel together do so on a share of their days, and on such a day they are near each
other in a share s of the hours in which both are out, where others are with the chance c that `chance` finds. A joint
event then speaks with 1 - s + s / c, an hour apart with 1 - s, a day with the mean over both kinds of days; the product
over days is averaged over JOINT_DAYS and JOINT_HOURS. Hours and days apart therefore speak against a pair.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ..base import begins_run, run_ends, run_starts
from ..earth import DAY_MS, HOUR_MS, Buckets, NearPairs, Spans, cells_of, middle_longitude, plane_distance_m
from ..homes import Anchors
from .chance import SLOTS, CrowdChance, Habits, Haunts, Meets, Outings

JOINT_DAYS = (0.1, 0.3)
JOINT_HOURS = (0.2, 0.5)
"""On how many of their days cotravelers travel together, and in how many hours out of such a day they are seen to."""
RIDE_MS = 20 * 60_000
JOURNEY_MS = 6 * HOUR_MS
AGAIN_MS = 12 * HOUR_MS


@dataclass(frozen=True)
class CotravelSettings:
    """Tolerances in meters and seconds (100 feet and 10 seconds), those for sparse data, and what counts as joint.

    Pairs with less than `min_events` joint events, or less time in all of them than `min_joint_minutes`, are left out.
    """

    distance_m: float = 30.48
    seconds: float = 10.0
    sparse_distance_m: float = 300.0
    sparse_minutes: float = 60.0
    place_m: float = 1000.0
    min_events: int = 2
    min_joint_minutes: float = 0.0
    crowd: int = 100


@dataclass(frozen=True)
class Sightings:
    """What is compared: spans, whether each is in a stay (`halted`), and sentences about what is not compared."""

    spans: Spans
    halted: np.ndarray
    notes: list[str]


@dataclass(frozen=True)
class Cotravelers:
    """Pairs of devices that were together as often and as long as the settings ask, the most telling first.

    `pairs`: first, second (device codes), unique_pair_id (1, 2, ...), unique_pair_id_count (near sightings),
    time_diff_max/min/mean/std (s), dist_diff_max/min/mean/std (m), joint_events, joint_duration (s, of all events),
    joint_places, days, distance_km, hours_both_out, expected_by_chance (joint events), log10_lr, first_ms, last_ms,
    q_value. `events`, by pair and time:
    pair (row of `pairs`), begin_ms, end_ms, lat, lon, chance, sightings. `sightings` are the spans that were compared;
    `near` has their rows that were near each other, of the listed pairs, and `near_pair` the rows of `pairs` (int64).
    `anchors` tell homes. `notes` are sentences.
    """

    pairs: pd.DataFrame
    events: pd.DataFrame
    sightings: Spans
    near: NearPairs
    near_pair: np.ndarray
    anchors: Anchors
    notes: tuple[str, ...]

    def listed(self, max_q: float) -> Cotravelers:
        """Return the pairs with a q of `max_q` or less; they come first, since q rises with rank."""
        count = int((self.pairs["q_value"] <= max_q).sum())
        kept = np.flatnonzero(self.near_pair < count)
        near = NearPairs(self.near.first[kept], self.near.second[kept], 0, 0)
        return replace(
            self, pairs=self.pairs.iloc[:count], events=self.events[self.events["pair"] < count], near=near,
            near_pair=self.near_pair[kept],
        )  # fmt: skip


class JointEvents:
    """Near sightings of the pairs that were together often and long enough, and the joint events made of them."""

    def __init__(
        self, sightings: Sightings, near: NearPairs, outings: Outings, buckets: Buckets, settings: CotravelSettings
    ) -> None:
        self.spans, self.place_m = sightings.spans, settings.place_m
        self.outings, self.notes = outings, sightings.notes
        spans, a, b = self.spans, near.first, near.second
        swap = spans.mover[a] > spans.mover[b]
        a, b = np.where(swap, b, a), np.where(swap, a, b)
        devices = len(outings.hours)
        pair = spans.mover[a].astype(np.int64) * devices + spans.mover[b]
        begin = np.maximum(spans.begin_ms[a], spans.begin_ms[b])
        slot = outings.slot_of(begin)
        order = np.argsort(pair * max(1, outings.slots) + slot, kind="stable")
        a, b, pair, begin, slot = a[order], b[order], pair[order], begin[order], slot[order]
        away_m = plane_distance_m(spans.lat[a], spans.lon[a], spans.lat[b], spans.lon[b])
        new_meet = begins_run(pair, slot)
        starts = np.flatnonzero(new_meet)
        close = _closeness(spans, a, b, away_m, buckets)
        close = np.add.reduceat(close, starts) if len(starts) else close
        crowd = CrowdChance(Meets(pair[starts] // devices, pair[starts] % devices, slot[starts], close), outings)
        self.rate = crowd.rate
        # Near once, nobody travelled: these are most pairs, and by default nothing more is asked about them.
        rows = np.flatnonzero(_in_long_runs(pair, np.ones(len(pair), np.int64), settings.min_events))
        rows = rows[np.lexsort((b[rows], a[rows], begin[rows], pair[rows]))]
        end = np.maximum(begin[rows], np.minimum(spans.end_ms[a[rows]], spans.end_ms[b[rows]]))
        lat = (spans.lat[a[rows]] + spans.lat[b[rows]]) / 2.0
        lon = middle_longitude(spans.lon[a[rows]], spans.lon[b[rows]])
        halted = sightings.halted[a[rows]] & sightings.halted[b[rows]]
        ride_ms = max(RIDE_MS, buckets.apart_ms)
        event = _begins_event(pair[rows], begin[rows], end, lat, lon, halted, settings.place_m, ride_ms)
        kept = _in_long_runs(pair[rows], event.astype(np.int64), settings.min_events)
        kept &= _in_long_runs(pair[rows], _lengths_ms(event, begin[rows], end), settings.min_joint_minutes * 60_000)
        rows, self.end, self.lat, self.lon, event = rows[kept], end[kept], lat[kept], lon[kept], event[kept]
        self.a, self.b, self.begin = a[rows], b[rows], begin[rows]
        self.crowd = crowd.of(np.cumsum(new_meet)[rows] - 1)
        key, away_m = pair[rows], away_m[rows]
        self.pair = np.cumsum(begins_run(key)) - 1
        self.first, self.second = key[begins_run(key)] // devices, key[begins_run(key)] % devices
        self.start = np.flatnonzero(event)
        self.length_ms = _lengths_ms(event, self.begin, self.end)[self.start]
        self.away_m, self.half_ms = away_m, buckets.apart_ms // 2

    def weigh(self, halts: Spans, haunts: Haunts) -> None:
        """Find the chance of each event and the ratio of each pair; `halts` are everybody's, home included."""
        outings = self.outings
        self.owner = self.pair[self.start]
        last = run_ends(self.start, len(self.pair))
        slot = outings.slot_of(self.begin[self.start])
        begin_ms, end_ms = self.begin[self.start] - self.half_ms, self.end[last] + self.half_ms
        slots = outings.slot_of(end_ms) - outings.slot_of(begin_ms) + 1
        # One row for each day on which a pair had a joint event.
        starts = np.flatnonzero(begins_run(self.owner, slot // SLOTS))
        day_of = np.cumsum(begins_run(self.owner, slot // SLOTS)) - 1
        owner = self.owner[starts]
        self.hours, days, on_day = outings.both_out(self.first, self.second, owner, slot[starts] // SLOTS)
        apart = np.maximum(on_day - np.bincount(day_of, weights=slots, minlength=len(starts)), 0.0)
        other_days = np.maximum(days - np.bincount(owner, minlength=len(days)), 0)
        # The mean of e-values is one: an event seen in several hours has the harmonic mean of their chances.
        seen = last - self.start + 1
        crowd = seen / np.add.reduceat(1.0 / self.crowd, self.start) if len(self.start) else self.crowd
        # What habit adds can only lower a ratio: those below 1 without it need not be asked.
        telling = _log10_ratio(owner, day_of, crowd, apart, other_days) > 0.0
        row = np.flatnonzero(telling[self.owner])
        at, self.chance = self.start[row], crowd.copy()
        asked = np.zeros(len(outings.hours), bool)
        asked[self.spans.mover[self.a[at]]] = asked[self.spans.mover[self.b[at]]] = True
        habits = Habits(halts.take(np.flatnonzero(asked[halts.mover])))
        for side, other in ((self.a, self.b), (self.b, self.a)):
            device = self.spans.mover[side[at]].astype(np.int64)
            partner = self.spans.mover[other[at]].astype(np.int64)
            haunt = haunts.chance(device, partner, self.lat[at], self.lon[at])
            self.chance[row] = np.maximum(self.chance[row], haunt)
            habit = habits.chance(device, self.begin[at], self.lat[at], self.lon[at], crowd[row])
            self.chance[row] = np.maximum(self.chance[row], habit)
        self.log10_lr = _log10_ratio(owner, day_of, self.chance, apart, other_days)
        self.chance = np.minimum(self.chance, 1.0)
        rate = (self.rate[self.first] + self.rate[self.second]) / 2.0
        joint_hours = np.bincount(self.owner, weights=slots, minlength=len(days))
        at_events = np.bincount(self.owner, weights=self.chance, minlength=len(days))
        self.expected = at_events + np.maximum(self.hours - joint_hours, 0.0) * rate

    def table(self) -> pd.DataFrame:
        """Return one row per pair, without q."""
        starts, count = run_starts(self.pair)
        gap_s = (self.spans.begin_ms[self.b] - self.spans.begin_ms[self.a]) / 1000.0
        at = self.start
        day = self.begin[at] // DAY_MS
        step_m = np.zeros(len(at))
        step_m[1:] = plane_distance_m(self.lat[at[1:]], self.lon[at[1:]], self.lat[at[:-1]], self.lon[at[:-1]])
        journey = np.zeros(len(at), bool)
        journey[1:] = (self.owner[1:] == self.owner[:-1]) & (self.begin[at[1:]] - self.begin[at[:-1]] <= JOURNEY_MS)
        events = np.bincount(self.owner, minlength=len(starts))
        ends = np.maximum.reduceat(self.end, starts) if len(starts) else self.end
        return pd.DataFrame({
            "first": self.first, "second": self.second, "unique_pair_id_count": count,
            **_spread("time_diff", gap_s, starts), **_spread("dist_diff", self.away_m, starts),
            "joint_events": events,
            "joint_duration": np.bincount(self.owner, weights=self.length_ms, minlength=len(starts)) / 1000.0,
            "joint_places": self._places(),
            "days": _distinct(self.owner, day, len(starts)),
            "distance_km": np.bincount(self.owner, weights=step_m * journey, minlength=len(starts)) / 1000.0,
            "hours_both_out": self.hours, "expected_by_chance": self.expected, "log10_lr": self.log10_lr,
            "first_ms": self.begin[starts], "last_ms": ends,
        })  # fmt: skip

    def _places(self) -> np.ndarray:
        """Return how many distinct places each pair was at together."""
        cell = cells_of(self.lat[self.start], self.lon[self.start], self.place_m)
        return _distinct(self.owner, cell, len(self.first))

    def result(self, q_value: np.ndarray, anchors: Anchors, notes: tuple[str, ...]) -> Cotravelers:
        """Return everything, the strongest pairs first."""
        pairs = self.table().assign(q_value=q_value)
        order = np.lexsort((self.second, self.first, -self.log10_lr))
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        pairs = pairs.iloc[order].reset_index(drop=True)
        pairs.insert(2, "unique_pair_id", np.arange(1, len(pairs) + 1))
        last = run_ends(self.start, len(self.pair))
        event_end = np.maximum.reduceat(self.end, self.start) if len(self.start) else self.end
        events = pd.DataFrame({
            "pair": rank[self.owner], "begin_ms": self.begin[self.start], "end_ms": event_end,
            "lat": self.lat[self.start], "lon": self.lon[self.start], "chance": self.chance,
            "sightings": last - self.start + 1,
        }).sort_values(["pair", "begin_ms"], kind="stable", ignore_index=True)  # fmt: skip
        by_rank = np.argsort(rank[self.pair], kind="stable")
        near = NearPairs(self.a[by_rank], self.b[by_rank], 0, 0)
        return Cotravelers(pairs, events, self.spans, near, rank[self.pair][by_rank], anchors, notes)


def _lengths_ms(event: np.ndarray, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return int64 per near sighting (by pair and time): where an `event` (bool) begins how long it lasts, else 0."""
    length = np.zeros(len(event), np.int64)
    starts = np.flatnonzero(event)
    length[starts] = (np.maximum.reduceat(end, starts) if len(starts) else end) - begin[starts]
    return length


def _in_long_runs(owner: np.ndarray, weight: np.ndarray, least: float) -> np.ndarray:
    """Return bool: the rows of runs of `owner` whose weights add up to `least` or more."""
    starts, length = run_starts(owner)
    total = np.add.reduceat(weight, starts) if len(starts) else starts
    return np.repeat(total >= least, length)


def _closeness(spans: Spans, a: np.ndarray, b: np.ndarray, away_m: np.ndarray, buckets: Buckets) -> np.ndarray:
    """Return how close near sightings were (float64, more is closer): in place, and in when they began and ended."""
    apart = np.abs(spans.begin_ms[a] - spans.begin_ms[b]) + np.abs(spans.end_ms[a] - spans.end_ms[b])
    return 1.0 / (0.2 + away_m / buckets.distance_m + apart / (2.0 * max(buckets.apart_ms, 1)))


def _begins_event(
    pair: np.ndarray, begin: np.ndarray, end: np.ndarray, lat: np.ndarray, lon: np.ndarray, halted: np.ndarray,
    place_m: float, ride_ms: int,
) -> np.ndarray:  # fmt: skip
    """Return bool per near sighting (by pair and time): whether a new joint event begins.

    One ride with the halt it leads to is one event, however often it is seen. A new one begins at another place after a
    pause, at the same place half a day later, and where both halt (`halted`) at another place than they did last.
    """
    new = begins_run(pair)
    if len(pair) < 2:
        return new
    moved = plane_distance_m(lat[1:], lon[1:], lat[:-1], lon[:-1]) > place_m
    gap = begin[1:] - end[:-1]
    new[1:] |= (moved & (gap > ride_ms)) | (gap > AGAIN_MS)
    halt = np.flatnonzero(halted)
    before, now = halt[:-1], halt[1:]
    moved = plane_distance_m(lat[now], lon[now], lat[before], lon[before]) > place_m
    run = np.cumsum(new)
    new[now[moved & (run[now] == run[before])]] = True
    return new


def _log10_ratio(
    owner: np.ndarray, day_of: np.ndarray, chance: np.ndarray, apart: np.ndarray, other_days: np.ndarray
) -> np.ndarray:
    """Return the decimal logarithm of each pair's likelihood ratio, averaged over JOINT_DAYS and JOINT_HOURS.

    `chance` per event, `day_of` its row among the joint days; `owner` and `apart` (hours) per joint day; `other_days`
    per pair.
    """
    logs = []
    for joint_hours in JOINT_HOURS:
        event = np.log(1.0 - joint_hours + joint_hours / chance)
        day = np.bincount(day_of, weights=event, minlength=len(owner)) + apart * np.log(1.0 - joint_hours)
        for joint_days in JOINT_DAYS:
            mixed_day = np.logaddexp(np.log(1.0 - joint_days), np.log(joint_days) + day)
            total = np.bincount(owner, weights=mixed_day, minlength=len(other_days))
            logs.append(total + other_days * np.log(1.0 - joint_days))
    return (np.logaddexp.reduce(logs, axis=0) - np.log(len(logs))) / np.log(10.0)


def _spread(name: str, values: np.ndarray, starts: np.ndarray) -> dict[str, np.ndarray]:
    """Return the columns name_max, name_min, name_mean and name_std of runs of values."""
    if len(starts) == 0:
        return {f"{name}_{kind}": np.empty(0) for kind in ("max", "min", "mean", "std")}
    size = np.diff(np.append(starts, len(values)))
    mean = np.add.reduceat(values, starts) / size
    squared = np.add.reduceat((values - np.repeat(mean, size)) ** 2, starts)
    return {
        f"{name}_max": np.maximum.reduceat(values, starts), f"{name}_min": np.minimum.reduceat(values, starts),
        f"{name}_mean": mean, f"{name}_std": np.sqrt(squared / np.maximum(size - 1, 1)),
    }  # fmt: skip


def _distinct(owner: np.ndarray, value: np.ndarray, count: int) -> np.ndarray:
    """Return how many distinct values each owner has."""
    order = np.lexsort((value, owner))
    return np.bincount(owner[order][begins_run(owner[order], value[order])], minlength=count)
