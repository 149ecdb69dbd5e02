"""Public holidays and weekly rest days of countries, as the plugin's own table gives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ..base import Columns, InputError

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
USUAL_REST = (5, 6)
"""Saturday and Sunday, as in most countries: what a place rests on whose country is not known."""
_HOLIDAY, _WORKED = "holiday", "working day"
_MONDAY = 3  # day 0 (1970-01-01) was a Thursday, the third day after a Monday


@dataclass(frozen=True)
class CountryDays(Columns):
    """Days of countries (`code`, str), sorted by code and day: public holidays and rest days that are worked.

    `day` int64 (days since 1970-01-01); `name` object, "" for a rest day that is worked (`is_worked` bool). `weekly`
    has for each code the first day (int) from which some weekdays (0 is Monday) are rest days, in order. `source`
    says where the days are from.
    """

    code: np.ndarray
    day: np.ndarray
    name: np.ndarray
    is_worked: np.ndarray
    weekly: Mapping[str, tuple[tuple[int, tuple[int, ...]], ...]] = field(default_factory=dict)
    source: str = ""

    @classmethod
    def unknown(cls) -> CountryDays:
        """Return days that are known of no country."""
        text = np.empty(0, dtype="U2")
        return cls(text, np.empty(0, np.int64), text.astype(object), np.empty(0, bool))

    def between(self, code: str, first_day: int, last_day: int) -> CountryDays:
        """Return the rows of a country from `first_day` to `last_day` (both included)."""
        low, high = np.searchsorted(self.code, code, "left"), np.searchsorted(self.code, code, "right")
        begin, end = low + np.searchsorted(self.day[low:high], (first_day, last_day + 1))
        return self.take(slice(int(begin), int(end)))

    def weekly_rest(self, code: str, first_day: int, last_day: int) -> np.ndarray:
        """Return which of the days are weekly rest days of a country, bool."""
        weekday = (np.arange(first_day, last_day + 1) + _MONDAY) % 7
        rest = np.isin(weekday, USUAL_REST)
        for number, (since, weekdays) in enumerate(self.weekly.get(code, ())):
            begin = max(since - first_day, 0) if number else 0  # what is known first held before, too
            rest[begin:] = np.isin(weekday[begin:], weekdays)
        return rest


def make_country_days(holidays: pd.DataFrame, rest_days: pd.DataFrame, source: str) -> CountryDays:
    """Return the days of two tables of texts: country, kind, name, days (ISO, blanks between), and country, from, days.

    Raises InputError for a kind or weekday that is none.
    """
    odd = set(holidays["kind"]) - {_HOLIDAY, _WORKED}
    if odd:
        raise InputError(f"There is no kind of day “{min(odd)}”: restore the table of holidays from the plugin.")
    each = holidays["days"].str.split()
    rows = holidays.loc[holidays.index.repeat(each.str.len())]
    days = np.array([day for listed in each for day in listed], dtype="datetime64[D]").astype(np.int64)
    code = rows["country"].to_numpy().astype("U2")
    order = np.lexsort((days, code))
    return CountryDays(
        code=code[order],
        day=days[order],
        name=rows["name"].to_numpy(dtype=object)[order],
        is_worked=(rows["kind"] == _WORKED).to_numpy()[order],
        weekly=_weekly(rest_days),
        source=source,
    )


def _weekly(table: pd.DataFrame) -> dict[str, tuple[tuple[int, tuple[int, ...]], ...]]:
    weekly: dict[str, tuple[tuple[int, tuple[int, ...]], ...]] = {}
    since = table["from"].to_numpy().astype("datetime64[D]").astype(np.int64).tolist()
    for code, day, words in zip(table["country"], since, table["days"].str.split()):
        odd = set(words) - set(WEEKDAYS)
        if odd:
            raise InputError(f"There is no weekday “{min(odd)}”: restore the table of rest days from the plugin.")
        weekly[code] = (*weekly.get(code, ()), (day, tuple(map(WEEKDAYS.index, words))))
    return weekly
