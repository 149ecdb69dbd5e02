"""WHEN: the local hours and days of a visit, and whether the spot is usually empty then."""

from __future__ import annotations

import numpy as np

from ..earth import DAWN, DAY_MS, EVENING, HOUR_MS, NIGHT, hours_within, is_within, local_day
from ..history import History
from ..places import country_codes

MIN_HOURS = 0.5
ROUND_THE_CLOCK_HOURS = 18.0
MIN_PROFILE_VISITS = 20
OFF_SHARE = 0.25
WHOLE_DAY, WORKING = (0.0, 24.0), (7.0, 17.0)


class WhenAtoms:
    """The WHEN atoms of visits.

    The usual hours of a spot are taken from visits before `profile_end_day` (local day number), which no window
    uses, so that windows stay comparable with each other.
    """

    def __init__(self, history: History, profile_end_day: int) -> None:
        self._history = history
        self._usually_empty = _find_empty_hours(history, profile_end_day)
        self._days = _RestDays(history)

    def of(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Return the atoms of the visits `rows` as bool arrays."""
        history = self._history
        start_ms, end_ms = history.start_ms[rows], history.end_ms[rows]
        return {
            "night": _covers(start_ms, end_ms, NIGHT),
            "dawn": _covers(start_ms, end_ms, DAWN),
            "working": self._days.cover(rows, False, WORKING),
            "evening": _covers(start_ms, end_ms, EVENING),
            "rest_day": self._days.cover(rows, True, WHOLE_DAY),
            "round_clock": (end_ms - start_ms) >= ROUND_THE_CLOCK_HOURS * HOUR_MS,
            "off_hours": self._usually_empty[history.visits.spot[rows], (start_ms // HOUR_MS) % 24],
        }


class _RestDays:
    """The rest days of the countries that visits lie in, by the calendar of the study."""

    def __init__(self, history: History) -> None:
        self._history = history
        code = country_codes.codes(history.world, np.arange(-1, len(history.world.country_code)))
        seen = np.unique(history.visits.country) if len(history.visits) else np.empty(0, np.int16)
        self._row = np.zeros(len(code), np.int64)
        self._row[seen + 1] = np.arange(len(seen))
        self._first = int(history.day.min(initial=0)) if len(history.day) else 0
        last = int(local_day(history.end_ms).max(initial=self._first))
        self._is_rest = history.calendar.rest_days(code[seen + 1].tolist(), self._first, last)

    def cover(self, rows: np.ndarray, is_rest: bool, hours: tuple[float, float]) -> np.ndarray:
        """Return True where a visit spends half an hour in `hours` of days that are rest days, or are not.

        One that is shorter than that must begin in them.
        """
        history = self._history
        start_ms, end_ms = history.start_ms[rows], history.end_ms[rows]
        country = self._row[history.visits.country[rows] + 1]
        days = self._is_rest == is_rest
        before = np.zeros((days.shape[0], days.shape[1] + 1), np.int64)
        np.cumsum(days, axis=1, out=before[:, 1:])
        length, spent, inside = hours[1] - hours[0], np.zeros(len(rows)), np.zeros(len(rows), bool)
        for sign, time_ms in ((1.0, end_ms), (-1.0, start_ms)):
            day, hour = local_day(time_ms) - self._first, np.mod(time_ms, DAY_MS) / HOUR_MS
            inside = days[country, day] & (hour >= hours[0]) & (hour < hours[1])
            today = days[country, day] * np.clip(hour - hours[0], 0.0, length)
            spent += sign * (length * before[country, day] + today)
        brief = end_ms - start_ms < MIN_HOURS * HOUR_MS
        return (spent >= MIN_HOURS) | (brief & inside)


def when_atoms(history: History, rows: np.ndarray, profile_end_day: int) -> dict[str, np.ndarray]:
    """Return the WHEN atoms of the visits `rows` as bool arrays; see `WhenAtoms`."""
    return WhenAtoms(history, profile_end_day).of(rows)


def _covers(start_ms: np.ndarray, end_ms: np.ndarray, periods: np.ndarray) -> np.ndarray:
    """Return True where a visit spends half an hour in the periods of a day; see `_RestDays.cover`."""
    brief = end_ms - start_ms < MIN_HOURS * HOUR_MS
    long_enough = hours_within(start_ms, end_ms, periods, 24) >= MIN_HOURS
    return long_enough | (brief & is_within(start_ms, periods, 24))


def _find_empty_hours(history: History, profile_end_day: int) -> np.ndarray:
    """Return bool (spots, 24): True for an hour that holds under a quarter of the spot's average arrivals."""
    before = np.flatnonzero(local_day(history.start_ms) < profile_end_day)
    spot, hour = history.visits.spot[before].astype(np.int64), (history.start_ms[before] // HOUR_MS) % 24
    spots = len(history.visits.spots)
    arrivals = np.bincount(spot * 24 + hour, minlength=spots * 24).reshape(spots, 24)
    total = arrivals.sum(axis=1)
    return (arrivals < OFF_SHARE * total[:, None] / 24.0) & (total >= MIN_PROFILE_VISITS)[:, None]
