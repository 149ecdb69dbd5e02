"""Dates of ISO 8601 by week (2023-W30-3) and by day of the year (2023-205), written as year, month and day."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

_WEEK = r"^(\d{4})-?[Ww](\d\d)-?([1-7])(?=$|[T ])"
_DAY_OF_YEAR = r"^(\d{4})-(\d{3})(?=$|[T ])"
_EITHER = re.compile(rf"{_WEEK}|{_DAY_OF_YEAR}")


def has_week_dates(texts: list[str]) -> bool:
    """Return whether one of some texts begins with a date by week or by day of the year."""
    return any(map(_EITHER.match, texts))


def with_months(text: pd.Series) -> pd.Series:
    """Return texts (object array of str) with such dates as 2023-07-26; those of no day stay as they are."""
    for pattern, days_of in ((_WEEK, _week_days), (_DAY_OF_YEAR, days_of_year)):
        found = text.str.extract(pattern)
        rows = np.flatnonzero(found[0].notna().to_numpy())
        if not len(rows):
            continue
        days = days_of(*(found[column].to_numpy()[rows].astype(np.int64) for column in found.columns))
        known = ~np.isnat(days)
        rows, days = rows[known], days[known]
        rest = text.iloc[rows].str.replace(pattern, "", regex=True).to_numpy(dtype=object)
        values = text.to_numpy(dtype=object).copy()
        values[rows] = np.datetime_as_string(days).astype(object) + rest
        text = pd.Series(values, index=text.index, dtype=object)
    return text


def days_of_year(year: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Return datetime64[D] of days of the year (int64, 1 is 1 January), NaT where a year has no such day."""
    days = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]") + (day - 1)
    within = (day >= 1) & (days.astype("datetime64[Y]").astype(np.int64) == year - 1970)
    return np.where(within, days, np.datetime64("NaT"))


def _week_days(year: np.ndarray, week: np.ndarray, weekday: np.ndarray) -> np.ndarray:
    """Return datetime64[D] of weekdays (1 is Monday) of ISO weeks, NaT where a year has no such week."""
    mondays = _first_monday(year) + 7 * (week - 1)
    within = (week >= 1) & (mondays < _first_monday(year + 1))
    return np.where(within, mondays + (weekday - 1), np.datetime64("NaT"))


def _first_monday(year: np.ndarray) -> np.ndarray:
    """Return the Mondays of the weeks of 4 January, which are the first of their years (ISO 8601)."""
    fourth = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]") + 3
    return fourth - (fourth.astype(np.int64) + 3) % 7  # 1 January 1970 was a Thursday
