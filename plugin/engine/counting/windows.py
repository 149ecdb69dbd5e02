"""Windows: the days around each key date, the earlier windows it is compared with, and ordinary (placebo) dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from ..base import StudyError
from ..earth import EPOCH

MIN_BASELINE_WINDOWS = 4
MIN_ORDINARY_WINDOWS = 3
"""Fewest ordinary windows that are compared, as key dates are, with earlier ones alone. By hand: with fewer, one event
among them is all that is known of chance. Then each is compared with all others, and all count."""
ENOUGH_WINDOWS = 8
"""Earlier windows clear of other key dates from which those of other key dates are not compared with, where each can
count for less (plain counts). By hand: more windows tell little more of a mean, and these may hold events."""
MAX_BASELINE_WINDOWS = 26
AFTERMATH_DAYS = 56
"""What a key date sets off lasts for weeks: days after its window that are not ordinary, though later ones are compared
with them."""


@dataclass(frozen=True)
class Windows:
    """All windows that are counted, sorted by start.

    `start_day` int64 local day numbers (days since 1970-01-01), each window covers `length_days` whole days.
    `key_window` int64, one per key date: its row here. `baseline` bool (windows, windows): row w marks the earlier
    windows that w is compared with. `partial` bool (windows,): reaches the last day of the data, which need not be
    whole, or beyond. `placebo` int64 rows of ordinary windows with enough history of their own, outside of the
    AFTERMATH_DAYS after a key window where there are any; with fewer than MIN_ORDINARY_WINDOWS all ordinary windows,
    compared with all others, later ones too. `ordinary` bool (windows,): touches no key window. What is not ordinary is
    in a baseline only where too few windows are.

    Of what the data lack (`keep_clear`): `whole` bool (windows,): all days were delivered; `forgets` bool (windows,):
    many ids were new within the look-back; `remembers` bool (windows,): who is new can be tested; `unseen`: indices of
    the countries that were not delivered in a key window and are not counted.
    """

    start_day: np.ndarray
    length_days: int
    key_dates: tuple[date, ...]
    days_before: int
    key_window: np.ndarray
    baseline: np.ndarray
    partial: np.ndarray
    placebo: np.ndarray
    ordinary: np.ndarray
    whole: np.ndarray
    forgets: np.ndarray
    remembers: np.ndarray
    unseen: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.start_day)

    @property
    def is_key(self) -> np.ndarray:
        """Which windows are those of key dates, bool."""
        return np.isin(np.arange(len(self)), self.key_window)

    @property
    def is_usual(self) -> np.ndarray:
        """Which windows tell how counts scatter, bool: those of no key date that remember, where a key date does."""
        usual = ~self.is_key
        knowing = usual & ~self.forgets
        return knowing if self.remembers[self.key_window].any() and knowing.sum() > 1 else usual

    @property
    def day_span(self) -> tuple[int, int]:
        """The first local day of all windows, and how many days they span."""
        first = int(self.start_day.min())
        return first, int(self.start_day.max()) + self.length_days - first

    @property
    def tested(self) -> np.ndarray:
        """Rows of the key windows that have enough earlier windows to be tested, each once and in order of time."""
        return np.unique(self.key_window[self.baseline[self.key_window].sum(axis=1) >= MIN_BASELINE_WINDOWS])

    @property
    def placebo_in_aftermath(self) -> bool:
        """Whether the ordinary windows lie in a key date's aftermath, because no others are left."""
        key_start = self.start_day[self.key_window]
        calm = _is_calm(self.start_day[self.placebo], key_start, self.length_days)
        return len(calm) > 0 and not bool(calm.any())

    def worth(self, window: int) -> float:
        """Return what each earlier window of `window` counts for, 1.0 but for ordinary dates with few of them.

        Fewer windows make less of the same crowd. An ordinary date is to tell how often a key date would show it, so
        its windows count for as many as key dates have ordinary ones, up to ENOUGH_WINDOWS: beyond, more tell little
        more.
        """
        own, keys = int(self.baseline[window].sum()), (self.baseline & self.ordinary)[self.key_window].sum(axis=1)
        if own == 0 or window in self.key_window or not keys.any():
            return 1.0
        return max(1.0, min(float(keys[keys > 0].mean()), float(ENOUGH_WINDOWS)) / own)

    def rows_of(self, dates: Sequence[date]) -> np.ndarray:
        """Return the key windows (rows, int64) of those of `dates` that are key dates, each once and in order."""
        rows = [int(row) for day, row in zip(self.key_dates, self.key_window) if day in dates]
        return np.unique(np.array(rows, dtype=np.int64))

    def dates(self, window: int) -> tuple[date, date]:
        """Return the first and last day of a window."""
        start = EPOCH + timedelta(days=int(self.start_day[window]))
        return start, start + timedelta(days=self.length_days - 1)


def make_windows(
    key_dates: Sequence[date],
    days_before: int,
    days_after: int,
    first_day: int,
    last_day: int,
    lookback_days: int,
    enough: int = MIN_BASELINE_WINDOWS,
) -> Windows:
    """Return the windows of `key_dates` and, in whole weeks before each, all windows after the first look-back span.

    `first_day`, `last_day` bound the data (local day numbers). A window that touches a key window is never ordinary;
    only key dates with fewer than `enough` ordinary windows before them are compared with such, too.
    A date given twice counts once. Raises StudyError when there is no key date or one lies outside the data.
    """
    key_dates = tuple(dict.fromkeys(key_dates))
    if not key_dates:
        raise StudyError("No key date is given. Add at least one date that matters, then run again.")
    length = days_before + days_after + 1
    key_start = np.array([(day - EPOCH).days - days_before for day in key_dates], dtype=np.int64)
    for day, start in zip(key_dates, key_start):
        if start + length <= first_day or start > last_day:
            raise StudyError(
                f"Key date {day.isoformat()} lies outside the data, which run from {_iso(first_day)} to "
                f"{_iso(last_day)}. Choose a date inside, or load observations that cover it."
            )
    lattices = [earlier_starts(int(start), length, first_day + lookback_days, 7) for start in key_start]
    clear = [starts[~_touches(starts, key_start, length)] for starts in lattices]
    # Key dates that come so close that too few windows are left between them are compared with each other's, too.
    kept = [few if len(few) >= enough else starts for few, starts in zip(clear, lattices)]
    start_day = np.unique(np.concatenate((*kept, key_start)))
    ordinary = ~_touches(start_day, key_start, length)
    baseline = _earlier(start_day, length) & ordinary[None, :]
    crowded = np.isin(start_day, key_start) & (baseline.sum(axis=1) < enough)
    baseline[crowded] = _earlier(start_day, length)[crowded]
    history = baseline.sum(axis=1)
    enough = history >= _placebo_history(history[np.isin(start_day, key_start)])
    placebo = _calm(enough & ordinary, start_day, key_start, length)
    if len(placebo) < MIN_ORDINARY_WINDOWS:
        others = (_earlier(start_day, length) | _earlier(start_day, length).T) & ordinary[None, :]
        # Of the fewest that a key date must have, each has one less to be compared with.
        enough = others.sum(axis=1) >= MIN_BASELINE_WINDOWS - 1
        placebo = _calm(enough & ordinary, start_day, key_start, length)
        baseline[placebo] = others[placebo]
    return Windows(
        start_day=start_day,
        length_days=length,
        key_dates=key_dates,
        days_before=days_before,
        key_window=np.searchsorted(start_day, key_start),
        baseline=baseline,
        partial=start_day + length - 1 >= last_day,
        placebo=placebo,
        ordinary=ordinary,
        whole=np.ones(len(start_day), bool),
        forgets=np.zeros(len(start_day), bool),
        remembers=np.ones(len(start_day), bool),
    )


def make_plain_windows(
    key_dates: Sequence[date], days_before: int, days_after: int, first_day: int, last_day: int
) -> Windows:
    """Return the windows in which all devices of a place are counted, from the first day of the data on.

    Who was there before is not asked, so no part of a short history is lost for that; where ordinary windows are few,
    those of other key dates are compared with, too, and count for less.
    """
    return make_windows(key_dates, days_before, days_after, first_day, last_day, 0, ENOUGH_WINDOWS)


def dates_inside(
    dates: Sequence[date], days_before: int, days_after: int, first_day: int, last_day: int
) -> tuple[date, ...]:
    """Return the dates whose windows touch the data (first to last local day numbers), each once and in order."""
    return tuple(
        day for day in sorted(set(dates))
        if (day - EPOCH).days + days_after >= first_day and (day - EPOCH).days - days_before <= last_day
    )


def earlier_starts(start: int, length: int, first: int, week: int) -> np.ndarray:
    """Return the starts (int64, latest first) of windows of the same length and weekdays before one, clear of it.

    Whole weeks apart, at most MAX_BASELINE_WINDOWS, none before `first`; all in the unit of which `week` are a week.
    """
    step = week * max(1, -(-length // week))
    starts = start - step * np.arange(1, MAX_BASELINE_WINDOWS + 1, dtype=np.int64)
    return starts[starts >= first]


def _touches(start_day: np.ndarray, key_start: np.ndarray, length: int) -> np.ndarray:
    """Return which windows share a day with a key window, bool."""
    return (np.abs(start_day[:, None] - key_start[None, :]) < length).any(axis=1)


def _earlier(start_day: np.ndarray, length: int) -> np.ndarray:
    """Return which windows (columns) are whole weeks before each (rows) and clear of it, bool."""
    before = start_day[:, None] - start_day[None, :]
    return (before % 7 == 0) & (before >= length)


def _calm(wanted: np.ndarray, start_day: np.ndarray, key_start: np.ndarray, length: int) -> np.ndarray:
    """Return the `wanted` windows (bool) that are in no key date's aftermath; all of them where none would be left."""
    rows = np.flatnonzero(wanted)
    calm = _is_calm(start_day[rows], key_start, length)
    return rows[calm] if calm.any() else rows


def _is_calm(start_day: np.ndarray, key_start: np.ndarray, length: int) -> np.ndarray:
    """Return which windows begin in no key date's aftermath, bool."""
    since = start_day[:, None] - key_start[None, :] - length
    return ~((since >= 0) & (since < AFTERMATH_DAYS)).any(axis=1)


def _placebo_history(key_history: np.ndarray) -> float:
    """Return how many earlier windows an ordinary date needs, given how many the key dates have.

    Half as many as the key date with least, of those that can be tested: with less, what comes now and then was not
    seen yet, and the ordinary date would look more unusual than any key date can.
    """
    tested = key_history[key_history >= MIN_BASELINE_WINDOWS]
    return max(MIN_BASELINE_WINDOWS, tested.min(initial=MAX_BASELINE_WINDOWS) / 2.0)


def _iso(day: int) -> str:
    return (EPOCH + timedelta(days=int(day))).isoformat()
