"""Days that are not ordinary in the windows of a study: what is said of them, and the table that keeps them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ..calendars import CalendarSpan, calendar_table, holiday_windows, told_days
from ..places import country_codes
from .evidence import Evidence

MAX_COUNTRIES = 5
"""Countries named in one note, by hand: what can be read; those with most places go first, the others are counted."""


def calendar_doubts(evidence: Evidence, spot: int, window: int) -> list[str]:
    """Return the doubt that a window holds days that are not ordinary in the country of a spot."""
    windows, calendar = evidence.windows, evidence.history.calendar
    code, name = _named(evidence, evidence.history.visits.spots.country_index[[spot]])[0]
    spans = _spans(evidence, code, np.array([window]))
    if not spans:
        return []
    told = f"Not ordinary days: the window holds {told_days(spans, name)}"
    every = np.append(np.flatnonzero(windows.baseline[window]), window)
    odd = holiday_windows(windows.start_day[every], windows.length_days, calendar, [code])[0]
    if len(odd) == 1 or not odd[-1]:
        return [f"{told}."]
    like = int(odd[:-1].sum())
    holds = f"{like or 'none'} of the {len(odd) - 1} earlier windows {'hold' if like > 1 else 'holds'}"
    return [f"{told}; {holds} days that are not ordinary."]


def calendar_notes(evidence: Evidence) -> tuple[str, ...]:
    """Return a sentence for each key date whose window holds days that are not ordinary where places were counted."""
    windows, countries, notes = evidence.windows, _counted_countries(evidence), []
    for day, window in zip(windows.key_dates, windows.key_window):
        told = []
        for code, name in _named(evidence, countries):
            spans = _spans(evidence, code, np.array([window]))
            told += [told_days(spans, name)] if spans else []
        if told:
            more = f"; and others in {len(told) - MAX_COUNTRIES} more countries" if len(told) > MAX_COUNTRIES else ""
            listed = "; ".join(told[:MAX_COUNTRIES])
            notes.append(f"The window of key date {day.isoformat()} holds {listed}{more}.")
    return tuple(notes)


def study_calendar(evidence: Evidence) -> pd.DataFrame:
    """Return the table `calendar`: the analyst's spans, and the holidays in all windows where places were counted."""
    given = evidence.history.calendar.spans
    every = np.arange(len(evidence.windows))
    ours = [
        span for code, _ in sorted(_named(evidence, _counted_countries(evidence)))
        for span in _spans(evidence, code, every) if span not in given
    ]  # fmt: skip
    return calendar_table((*given, *ours))


def _counted_countries(evidence: Evidence) -> np.ndarray:
    """Return the countries (index) of the spots that were counted, those with most of them first."""
    spot = np.unique(evidence.scores.counts.spot)
    country, count = np.unique(evidence.history.visits.spots.country_index[spot], return_counts=True)
    found: np.ndarray = country[np.argsort(-count, kind="stable")]
    return found[found >= 0]


def _named(evidence: Evidence, country: np.ndarray) -> list[tuple[str, str]]:
    """Return code and name of countries (index), "" for none."""
    world = evidence.history.world
    codes, names = country_codes.codes(world, country), country_codes.names(world, country)
    return list(zip(codes.tolist(), names.tolist()))


def _spans(evidence: Evidence, code: str, window: np.ndarray) -> Sequence[CalendarSpan]:
    """Return the days of a country that are not ordinary from the first of some windows to the last."""
    start = evidence.windows.start_day[window]
    last = int(start.max()) + evidence.windows.length_days - 1
    return evidence.history.calendar.not_ordinary(code, int(start.min()), last)
