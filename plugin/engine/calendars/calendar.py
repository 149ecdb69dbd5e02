"""Calendars: which days of a country are rest days, and which are not ordinary, from our table and the analyst's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np

from ..earth import EPOCH
from .country_days import CountryDays
from .spans import CALENDAR_KINDS, CLOSED_AIRSPACE, CLOSED_BORDER, HOLIDAY, REST_DAY, CalendarSpan


@dataclass(frozen=True)
class Calendar:
    """The analyst's `spans`, and the `days` of countries that the plugin knows."""

    spans: tuple[CalendarSpan, ...] = ()
    days: CountryDays = field(default_factory=CountryDays.unknown)

    def rest_days(self, codes: Sequence[str], first_day: int, last_day: int) -> np.ndarray:
        """Return bool (codes, days): the rest days of countries, weekly ones and holidays, both days included."""
        count = last_day - first_day + 1
        distinct, back = np.unique(np.asarray(codes, dtype=str), return_inverse=True)
        rest = np.zeros((len(distinct), count), bool)
        for row, code in enumerate(distinct.tolist()):
            rest[row] = self.days.weekly_rest(code, first_day, last_day)
            known = self.days.between(code, first_day, last_day)
            rest[row, known.day - first_day] = ~known.is_worked
            for span in self.spans:
                if span.country == code and span.kind in (HOLIDAY, REST_DAY):
                    rest[row, _within(span, first_day, count)] = True
        return rest[back]

    def holidays(self) -> Calendar:
        """Return the calendar with those spans alone that the analyst calls holidays."""
        return Calendar(tuple(span for span in self.spans if span.kind == HOLIDAY), self.days)

    def not_ordinary(self, code: str, first_day: int, last_day: int) -> tuple[CalendarSpan, ...]:
        """Return the holidays of a country and the analyst's spans that touch the days, by kind and time."""
        known = self.days.between(code, first_day, last_day)
        named = known.take(~known.is_worked)
        given = [
            span for span in self.spans
            if span.country == code and span.first_day <= last_day and span.last_day >= first_day
        ]  # fmt: skip
        seen = {(span.kind, span.start) for span in given}  # a holiday that both know has the analyst's name
        ours = [
            CalendarSpan(code, iso, iso, HOLIDAY, name, self.days.source)
            for iso, name in zip(map(_iso, named.day.tolist()), named.name.tolist())
            if (HOLIDAY, iso) not in seen
        ]
        return tuple(sorted((*given, *ours), key=lambda span: (CALENDAR_KINDS.index(span.kind), span.start)))


def holiday_windows(start_day: np.ndarray, length_days: int, calendar: Calendar, country: Sequence[str]) -> np.ndarray:
    """Return bool (countries, windows): the windows that are not ordinary by the calendar of each country (ISO code).

    These hold a public holiday or one of the analyst's spans (closed borders and airspaces apart), or other rest days
    than the week that is usual in the last window: a rest day that was worked, or a week from before the country
    changed its rest days. `start_day` int64 (windows,) local days (days since 1970-01-01).
    """
    odd = np.zeros((len(country), len(start_day)), bool)
    if len(start_day) == 0:
        return odd
    first, last = int(start_day.min()), int(start_day.max()) + length_days - 1
    rest = calendar.rest_days(country, first, last)
    day = start_day[:, None] - first + np.arange(length_days)
    for row, code in enumerate(country):
        week = calendar.days.weekly_rest(code, last - 6, last)
        away = rest[row] != week[(np.arange(first, last + 1) - last - 1) % 7]
        for span in calendar.not_ordinary(code, first, last):
            if span.kind not in (CLOSED_BORDER, CLOSED_AIRSPACE):
                away[_within(span, first, len(away))] = True
        odd[row] = away[day].any(axis=1)
    return odd


def _within(span: CalendarSpan, first_day: int, count: int) -> slice:
    """Return the days of a span among `count` days from `first_day` on."""
    begin, end = np.clip((span.first_day - first_day, span.last_day + 1 - first_day), 0, count).tolist()
    return slice(begin, end)


def _iso(day: int) -> str:
    return (EPOCH + timedelta(days=day)).isoformat()
