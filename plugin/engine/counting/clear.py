"""Windows kept clear of what the data lack: days not delivered, days on which ids were drawn anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from ..earth import EPOCH
from ..health import Gaps
from .windows import MIN_BASELINE_WINDOWS, Windows

MIN_CUT_DAYS = 3
"""Days that have to be left of a window that is cut, by hand: of one or two, most of what it is asked for is gone."""
LEAST_LEFT = 0.5
"""Share of the earlier windows that has to be left if those in which a country lacks are left out; else the country is
not looked at."""


def cut_span(key_dates: Sequence[date], days_before: int, days_after: int, gaps: Gaps) -> tuple[int, int]:
    """Return the days before and after key dates that windows can have, the same for all, without a day that lacks.

    A key date for which that would leave too few days does not count: `keep_clear` takes it out.
    """
    low, high = -days_before, days_after
    for day in dict.fromkeys(key_dates):
        begin, end = _longest((day - EPOCH).days, low, high, gaps)
        if end - begin + 1 >= MIN_CUT_DAYS:
            low, high = begin, end
    return -low, high


def _longest(key_day: int, low: int, high: int, gaps: Gaps) -> tuple[int, int]:
    """Return the longest run of days from `low` to `high` around a day without a gap; of equal ones that with the day.
    """
    days = np.arange(low, high + 1)
    good = ~np.isin(key_day + days, gaps.missing)
    run = np.cumsum(~good | np.isin(key_day + days, gaps.doubled))
    best = (0, False, low, low - 1)
    for number in np.unique(run[good]):
        own = days[good & (run == number)]
        begin, end = int(own[0]), int(own[-1])
        best = max(best, (end - begin + 1, begin <= 0 <= end, begin, end))
    return best[2], best[3]


def keep_clear(windows: Windows, gaps: Gaps, lookback_days: int) -> Windows:
    """Return the windows compared only with such as have all days, and ids as old as their own.

    Key windows that lack days have nothing to be compared with, and so are not tested. What one key date cannot be
    asked for want of old ids, others still are.
    """
    start, end = windows.start_day, windows.start_day + windows.length_days
    whole = ~_has(gaps.missing, start, end) & ~_has(gaps.doubled, start + 1, end)
    forgets = _has(gaps.renewed, start - lookback_days + 1, end) | gaps.always_new
    is_key = windows.is_key
    baseline = windows.baseline & whole[None, :] & whole[:, None]
    # Each window by itself: who is new is asked where it is known, of the window and of enough before it.
    knowing = baseline & ~forgets[None, :]
    remembers = ~forgets & (knowing.sum(axis=1) >= np.minimum(baseline.sum(axis=1), MIN_BASELINE_WINDOWS))
    baseline = np.where(remembers[:, None], knowing, baseline)
    asked = remembers[is_key & baseline.any(axis=1)]
    usable = whole & ~forgets if asked.all() else whole
    remembers &= bool(asked.any()) or not len(asked)
    unseen, lacks = _unseen(windows, gaps, baseline, is_key)
    baseline = baseline & ~lacks[None, :]
    usable = usable & ~lacks
    # Ordinary windows that are few have one less than key windows to be compared with (`make_windows`).
    enough = baseline.sum(axis=1) >= MIN_BASELINE_WINDOWS - 1
    placebo = windows.placebo[usable[windows.placebo] & enough[windows.placebo]]
    return replace(
        windows, baseline=baseline, placebo=placebo, whole=whole, forgets=forgets, remembers=remembers, unseen=unseen
    )


def _has(days: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return whether one of the rising `days` lies in each span, half open."""
    days = np.sort(days)
    return np.searchsorted(days, start) < np.searchsorted(days, end)


def _unseen(
    windows: Windows, gaps: Gaps, baseline: np.ndarray, is_key: np.ndarray
) -> tuple[tuple[int, ...], np.ndarray]:
    """Return the countries that cannot be looked at, and the earlier windows (bool) in which the others lack days.

    These are the countries that lack in a key window, and those that lack in most windows before.
    """
    start, end = windows.start_day, windows.start_day + windows.length_days
    unseen, lacks = [], np.zeros(len(windows), bool)
    for country in np.unique(gaps.country):
        absent = _has(gaps.country_day[gaps.country == country], start, end)
        left = (baseline & ~(lacks | absent)[None, :])[is_key].sum(axis=1)
        if (absent & is_key).any() or (left < LEAST_LEFT * baseline[is_key].sum(axis=1)).any():
            unseen.append(int(country))
        else:
            lacks |= absent
    return tuple(unseen), lacks
