"""WHEN: the local hours and days of a visit, and whether the spot is usually empty then."""

from __future__ import annotations

import numpy as np

from ..earth import DAWN, EVENING, HOUR_MS, NIGHT, REST_DAYS, WORKING, hours_within, is_within, local_day
from ..history import History

MIN_HOURS = 0.5
ROUND_THE_CLOCK_HOURS = 18.0
MIN_PROFILE_VISITS = 20
OFF_SHARE = 0.25


class WhenAtoms:
    """The WHEN atoms of visits.

    The usual hours of a spot are taken from visits before `profile_end_day` (local day number), which no window
    uses, so that windows stay comparable with each other.
    """

    def __init__(self, history: History, profile_end_day: int) -> None:
        self._history = history
        self._usually_empty = _find_empty_hours(history, profile_end_day)

    def of(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Return the atoms of the visits `rows` as bool arrays."""
        history = self._history
        start_ms, end_ms = history.start_ms[rows], history.end_ms[rows]
        return {
            "night": _covers(start_ms, end_ms, NIGHT, 24),
            "dawn": _covers(start_ms, end_ms, DAWN, 24),
            "working": _covers(start_ms, end_ms, WORKING, 168),
            "evening": _covers(start_ms, end_ms, EVENING, 24),
            "rest_day": _covers(start_ms, end_ms, REST_DAYS, 168),
            "round_clock": (end_ms - start_ms) >= ROUND_THE_CLOCK_HOURS * HOUR_MS,
            "off_hours": self._usually_empty[history.visits.spot[rows], (start_ms // HOUR_MS) % 24],
        }


def when_atoms(history: History, rows: np.ndarray, profile_end_day: int) -> dict[str, np.ndarray]:
    """Return the WHEN atoms of the visits `rows` as bool arrays; see `WhenAtoms`."""
    return WhenAtoms(history, profile_end_day).of(rows)


def _covers(start_ms: np.ndarray, end_ms: np.ndarray, periods: np.ndarray, cycle_h: int) -> np.ndarray:
    """Return True where a visit spends half an hour in the periods, or is shorter than that and begins in them."""
    brief = end_ms - start_ms < MIN_HOURS * HOUR_MS
    long_enough = hours_within(start_ms, end_ms, periods, cycle_h) >= MIN_HOURS
    return long_enough | (brief & is_within(start_ms, periods, cycle_h))


def _find_empty_hours(history: History, profile_end_day: int) -> np.ndarray:
    """Return bool (spots, 24): True for an hour that holds under a quarter of the spot's average arrivals."""
    before = np.flatnonzero(local_day(history.start_ms) < profile_end_day)
    spot, hour = history.visits.spot[before].astype(np.int64), (history.start_ms[before] // HOUR_MS) % 24
    spots = len(history.visits.spots)
    arrivals = np.bincount(spot * 24 + hour, minlength=spots * 24).reshape(spots, 24)
    total = arrivals.sum(axis=1)
    return (arrivals < OFF_SHARE * total[:, None] / 24.0) & (total >= MIN_PROFILE_VISITS)[:, None]
