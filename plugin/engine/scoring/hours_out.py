"""Who is out after dark: a second measure of countries, which a curfew moves and days of presence do not.

With a curfew devices are at home instead of elsewhere, so that as many are there. Counted is who is away from home in
the dark hours, beside who is so in the other hours of the same days: where less is delivered, or all stay at home, both
fall alike.
"""

from __future__ import annotations

import numpy as np

from ..counting import Hours, PlainCounts, Presence, count_days_of, days_in_hours
from ..history import History
from ..homes import find_homes
from .exposure import CountryPanel
from .region_measures import MIN_REGION_DAYS, RegionMeasure, beside_others, is_alone, middle_days

AFTER_DARK, BY_NIGHT = Hours(19.0, 10.0), Hours(22.0, 7.0)
"""19 to 5 and 22 to 5 o'clock. By hand: curfews begin between dusk and 22:00 and end at about 5:00; of one that begins
late the first hours would show a third."""
BY_DAY = (Hours(5.0, 7.0), Hours(12.0, 7.0))
"""The other hours, by hand in two halves as long as a night: who is out all day was seen in any case, and where half
of the fixes are delivered whoever is out for one evening is not."""
OUT_CHANGE = 1.5
"""Factor from which a change of those who are out is told, by hand: more than for days of presence, since clocks that
are changed move an hour of the evening."""
RECENT_WINDOWS = 4
"""Nearest earlier windows that must show it by themselves, by hand: what is so for weeks (a season, a fasting month) is
not new."""


def out_measures(
    history: History, panel: CountryPanel, presence: Presence, counts: PlainCounts, known: np.ndarray
) -> tuple[RegionMeasure, ...]:
    """Return who is out after dark and by night in the countries `known`; `presence` is that of the plain counts."""
    windows = counts.windows
    if windows.is_key.all():  # there is nothing usual
        return ()
    out = away_from_home(history)
    by_day = [_days(history, panel, counts, hours, out) for hours in BY_DAY]
    own_day, rest_day = beside_others(by_day[0] + by_day[1], known, windows)
    country = history.visits.spots.country_index[counts.spot]
    measures = []
    for hours in (AFTER_DARK, BY_NIGHT):
        own, rest = beside_others(_days(history, panel, counts, hours, out), known, windows)
        at_home, _ = beside_others(_days(history, panel, counts, hours, ~out), known, windows)
        others = np.where(is_alone(own, rest), 1.0, np.maximum(rest, 1.0) / np.maximum(rest_day, 1.0))
        relative = np.maximum(own_day, 1.0) * others
        relative /= relative.mean(axis=2, keepdims=True)
        # A crowd at one place is no country, and who rests at home by day moves who is out by night beside it.
        middle = own.copy()
        rows, days = count_days_of(history, presence, counts, *_spans(history, counts, hours, out), 1.0)
        members = tuple(np.flatnonzero(country[rows] == one) for one in known)
        for number, told in middle_days(days, windows, np.ones(days.shape), members):
            middle[:, number] = told
        measured = np.minimum(own, own_day).mean(axis=2, keepdims=True) >= MIN_REGION_DAYS
        series = np.stack((middle, _beside_home(own, at_home)))
        measures.append(RegionMeasure(own * measured, relative, series, OUT_CHANGE, RECENT_WINDOWS, hours))
    return tuple(measures)


def away_from_home(history: History) -> np.ndarray:
    """Return which visits are not to where the device spends most of its nights, as all of the data tell; bool.

    Nobody's home is known from here on only, or those out would seem to become fewer.
    """
    nights, device = history.nights, history.visits.stays.device
    if len(nights.day) == 0:
        return np.ones(len(device), bool)
    after, span = int(nights.day.max()) + 1, int(np.ptp(nights.day)) + 1
    away: np.ndarray = history.visits.spot != find_homes(nights, after, after, span).at(device, history.day)
    return away


def _beside_home(own: np.ndarray, at_home: np.ndarray) -> np.ndarray:
    """Return the days of those out as a part of all who are seen in these hours, where enough are seen at home.

    Hours that a vendor delivers less of lack both.
    """
    is_known = at_home.mean(axis=2, keepdims=True) >= MIN_REGION_DAYS
    usual = at_home.mean(axis=2, keepdims=True)
    return np.where(is_known, own * usual / np.maximum(at_home, 1.0), own)


def _spans(
    history: History, counts: PlainCounts, hours: Hours, counted: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the days on which each of the visits `counted` is there in some hours, none of all others."""
    first, last = days_in_hours(history, hours, *counts.windows.day_span)
    return first, np.where(counted, last, first)


def _days(
    history: History, panel: CountryPanel, counts: PlainCounts, hours: Hours, counted: np.ndarray
) -> np.ndarray:
    every = np.ones(len(history.world.country_code) + 1, bool)
    return panel.days(counts, every, _spans(history, counts, hours, counted))
