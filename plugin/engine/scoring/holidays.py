"""Holidays: windows that hold one are compared with such, and what differs then at many places is no event at one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..calendars import holiday_windows
from ..counting import PlainCounts
from ..history import History
from ..stats import normal_quantile
from .exposure import MIN_MEDIAN_SPOTS
from .robust import MEDIAN_COUNT, Baseline

UNLIKE_WEIGHT = 0.1
"""What an earlier window counts for that holds a holiday where the window looked at has none, or the reverse while
there is another like it. By hand: next to nothing beside any other."""
APART_SHARE, APART_PLACES = 0.03, 1
"""Share of the places on holiday, and fewest of them, that may be off by more than all others: by hand, so that an
event at few places is found on the day on which all parks are full."""
REACH = 3.0
"""Deviations of a place's factor up to which its crowd is that of the holiday, by hand: so far go the places that keep
it most. The crowd may all be of one behavior, which then is none."""


@dataclass(frozen=True)
class Holidays:
    """Which windows of plain counts hold public holidays, and how far these set a country's places apart.

    `place` int64 (rows of the counts,): each spot's row in `is_holiday` bool (countries, windows). `spread` float64
    (devices or days, phases, windows): the variance of a place's factor on a holiday, of rises for devices and of falls
    for days; places without a holiday then have none. `away` float64 (rows, windows): how many devices more than usual
    (fewer: negative) the holiday accounts for.
    """

    place: np.ndarray
    is_holiday: np.ndarray
    spread: np.ndarray
    away: np.ndarray

    def weight(self, rows: np.ndarray, window: int, earlier: np.ndarray) -> np.ndarray:
        """Return what each of the `earlier` windows (bool) counts for at spots `rows`, float64 (n, earlier windows)."""
        own, past = self.is_holiday[:, [window]], self.is_holiday[:, earlier]
        like = own == past
        weight = np.where(like | ~like.any(axis=1, keepdims=True), 1.0, UNLIKE_WEIGHT)
        return weight[self.place[rows]]

    def spread_at(self, unit: int, phase: int, window: int, rows: np.ndarray) -> np.ndarray:
        """Return the spread at spots `rows`, float64 (n,)."""
        found: np.ndarray = np.where(self.is_holiday[self.place[rows], window], self.spread[unit, phase, window], 0.0)
        return found


def find_holidays(history: History, counts: PlainCounts) -> Holidays:
    """Return which windows hold holidays in the countries of the spots counted; how far they set apart is left at 0.

    What an analyst's calendar adds counts where it is called a holiday: a curfew is what may be asked about.
    """
    country = history.visits.spots.country_index[counts.spot]
    known, place = np.unique(country, return_inverse=True)
    codes = ["" if one < 0 else str(history.world.country_code[one]) for one in known.tolist()]
    windows, calendar = counts.windows, history.calendar.holidays()
    is_holiday = holiday_windows(windows.start_day, windows.length_days, calendar, codes)
    shape = len(counts.spot), len(windows)
    return Holidays(place, is_holiday, np.zeros((2, len(counts.phases), len(windows))), np.zeros(shape))


def spread_of(count: np.ndarray, base: Baseline, are_fewer: bool) -> float:
    """Return the variance of factors that makes the `count` of all places ordinary but those that may be apart.

    Of places far enough above their mean (or below), the one that is first to be no exception lies where as many of a
    normal distribution would. 0 where there are too few places to tell.
    """
    telling = np.flatnonzero(base.mean >= MEDIAN_COUNT)
    if len(telling) < MIN_MEDIAN_SPOTS:
        return 0.0
    mean, size = base.mean[telling], base.size[telling]
    apart = max(APART_PLACES, int(APART_SHARE * len(telling)))
    reach = -float(normal_quantile(np.array([(apart + 0.5) / len(telling)]))[0])
    away = (mean - count[telling]) if are_fewer else (count[telling] - mean)
    needed = (np.maximum(away, 0.0) / reach) ** 2 - mean - mean * mean / size
    return max(float(np.sort(needed / (mean * mean))[-apart - 1]), 0.0)


def kept_away(count: np.ndarray, mean: np.ndarray, spread: float) -> np.ndarray:
    """Return how many devices more (or fewer) than the `mean` a holiday of such a spread accounts for, float64 (n,)."""
    most = REACH * np.sqrt(spread) * mean
    return np.clip(count - mean, -most, most)
