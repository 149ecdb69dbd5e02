"""Frequented locations: the places to which a device returns, when and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np
import pandas as pd

from ..base import Progress, begins_run, distinct_pairs, expand_ranges
from ..earth import DAY_MS, HOUR_MS, find_peaks, local_ms
from ..homes import Anchors
from ..stays import Stays

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
THURSDAY = 3
"""Day 0, 1 January 1970, counted from Monday."""


@dataclass(frozen=True)
class FrequentedSettings:
    """Distance within which dwells are one location, shortest dwell, split by day, and fewest dwells."""

    distance_m: float = 100.0
    min_minutes: float = 10.0
    split_by_day: bool = True
    min_dwells: int = 1


@dataclass(frozen=True)
class Frequented:
    """The locations of devices, by device and time spent, and the stays at them.

    `locations`: device (code), location (1 is where it spent most time), total_dwells, visits (stays), days, first_ms,
    last_ms, dwell_duration_mean/min/max/std and total_duration (s), share_of_time, start_time_mean and end_time_mean
    (local hour of the day, around the clock), monday to sunday (dwells), is_home. `members`: location (row), stay.
    `stays` are the lasting ones.
    """

    locations: pd.DataFrame
    members: pd.DataFrame
    stays: Stays


def find_frequented(
    stays: Stays,
    anchors: Anchors,
    settings: FrequentedSettings = FrequentedSettings(),  # noqa: B008 - frozen
    progress: Optional[Progress] = None,
) -> Frequented:
    """Return the locations at which each device dwelled `min_dwells` times or more.

    `stays` as `anchors` was made of. A dwell is a stay of `min_minutes`, cut at local midnights with
    `split_by_day`. Raises Cancelled.
    """
    progress = progress or Progress()
    progress.step("Finding frequented locations", 0.0)
    rows = np.flatnonzero(stays.lasting & (stays.end_ms - stays.start_ms >= settings.min_minutes * 60_000))
    kept, at_home = stays.take(rows), anchors.at_home[rows]
    hours = (kept.end_ms - kept.start_ms) / HOUR_MS
    place = find_peaks(kept.device, kept.lat, kept.lon, hours, settings.distance_m)
    progress.step("Finding frequented locations", 0.6)
    dwells = _dwells(kept, place, settings)
    table = _locations(kept, place, dwells, at_home)
    table = table[table["total_dwells"] >= settings.min_dwells]
    order = np.lexsort((table["place"], -table["total_duration"], table["device"]))
    table = table.iloc[order].reset_index(drop=True)
    device = table["device"].to_numpy()
    number = np.arange(len(table)) - np.flatnonzero(begins_run(device))[np.cumsum(begins_run(device)) - 1] + 1
    row_of = np.full(int(place.max(initial=-1)) + 1, -1, np.int64)
    row_of[table["place"]] = np.arange(len(table))
    member = np.flatnonzero(row_of[place] >= 0)
    members = pd.DataFrame({"location": row_of[place[member]], "stay": member})
    table.insert(1, "location", number)
    return Frequented(table.drop(columns="place"), members, kept)


def _dwells(stays: Stays, place: np.ndarray, settings: FrequentedSettings) -> pd.DataFrame:
    """Return the dwells: place, stay, begin and end in local epoch ms."""
    begin, end = local_ms(stays.start_ms, stays.lon), local_ms(stays.end_ms, stays.lon)
    stay = np.arange(len(place))
    if settings.split_by_day:
        stay, day = expand_ranges(begin // DAY_MS, (end - 1) // DAY_MS + 1)
        begin, end = np.maximum(begin[stay], day * DAY_MS), np.minimum(end[stay], (day + 1) * DAY_MS)
        long = end - begin >= settings.min_minutes * 60_000
        # A stay that midnight cuts into pieces too short was a dwell all the same: its longest piece stands for it.
        whole = np.bincount(stay, weights=long, minlength=len(place)) == 0
        longest = np.zeros(len(stay), bool)
        order = np.lexsort((-(end - begin), stay))
        longest[order[begins_run(stay[order])]] = True
        chosen = np.flatnonzero(long | (whole[stay] & longest))
        stay, begin, end = stay[chosen], begin[chosen], end[chosen]
    return pd.DataFrame({"place": place[stay], "stay": stay, "begin": begin, "end": end})


def _locations(stays: Stays, place: np.ndarray, dwells: pd.DataFrame, at_home: np.ndarray) -> pd.DataFrame:
    """Return one row per place."""
    count = int(place.max(initial=-1)) + 1
    owner = dwells["place"].to_numpy()
    begin, end = dwells["begin"].to_numpy(), dwells["end"].to_numpy()
    seconds = (end - begin) / 1000.0
    total = np.bincount(owner, minlength=count)
    spent = np.bincount(owner, weights=seconds, minlength=count)
    mean = spent / np.maximum(total, 1)
    spread = np.bincount(owner, weights=(seconds - mean[owner]) ** 2, minlength=count) / np.maximum(total - 1, 1)
    shortest, longest = np.full(count, np.inf), np.zeros(count)
    np.minimum.at(shortest, owner, seconds)
    np.maximum.at(longest, owner, seconds)
    first, last = np.full(count, np.iinfo(np.int64).max), np.full(count, np.iinfo(np.int64).min)
    np.minimum.at(first, place, stays.start_ms)
    np.maximum.at(last, place, stays.end_ms)
    device = np.zeros(count, np.int64)
    device[place] = stays.device
    in_all = np.bincount(device, weights=spent)
    weekday = (begin // DAY_MS + THURSDAY) % 7
    by_weekday = np.bincount(owner * 7 + weekday, minlength=count * 7).reshape(count, 7)
    day = begin // DAY_MS
    days, _ = distinct_pairs(owner, day - day.min(initial=0))
    return pd.DataFrame({
        "place": np.arange(count), "device": device, "total_dwells": total,
        "visits": np.bincount(place, minlength=count), "days": np.bincount(days, minlength=count),
        "first_ms": first, "last_ms": last, "dwell_duration_mean": mean, "dwell_duration_min": shortest,
        "dwell_duration_max": longest, "dwell_duration_std": np.sqrt(spread), "total_duration": spent,
        "share_of_time": spent / np.maximum(in_all[device], 1.0) if count else spent,
        "start_time_mean": _mean_hour(owner, begin, count), "end_time_mean": _mean_hour(owner, end, count),
        **{name: by_weekday[:, number] for number, name in enumerate(WEEKDAYS)},
        "is_home": np.bincount(place[at_home], minlength=count) > 0,
    })  # fmt: skip


def _mean_hour(owner: np.ndarray, time_ms: np.ndarray, count: int) -> np.ndarray:
    """Return the mean hour of the day, around the clock: of 23 and 1 it is 0, not 12."""
    angle = (time_ms % DAY_MS) / DAY_MS * 2.0 * np.pi
    east = np.bincount(owner, weights=np.cos(angle), minlength=count)
    north = np.bincount(owner, weights=np.sin(angle), minlength=count)
    return np.arctan2(north, east) / (2.0 * np.pi) * 24.0 % 24.0
