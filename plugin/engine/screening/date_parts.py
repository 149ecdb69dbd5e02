"""A date in columns of its parts (year, month, day, or day of the year; hour, minute, second), made one time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional

import numpy as np
import pandas as pd

from .iso_weeks import days_of_year
from .lengths import numbers_of
from .time_words import folded

# Names of the columns in the languages of resources/categories.json, and the span of their values.
_NAMES = {
    "year": "year yr yyyy annee an ano anyo anno jahr yil год рік سنة",
    "month": "month mon mm mois mes mese monat ay месяц місяць شهر",
    "day": "day dy dd dayofmonth dom jour dia giorno tag gun день يوم",
    "day_of_year": "dayofyear doy yday julianday jday jd yearday ordinalday",
    "hour": "hour hr hh heure hora ora stunde saat час година ساعة",
    "minute": "minute min mi minuto minuten dakika минута хвилина دقيقة",
    "second": "second sec ss seconde segundo secondo sekunde saniye секунда ثانية",
}
_SPANS = {
    "year": (1900, 2200), "month": (1, 12), "day": (1, 31), "day_of_year": (1, 367), "hour": (0, 24), "minute": (0, 60),
    "second": (0, 61),
}  # fmt: skip
_PREFIX = re.compile(r"^(utc|gmt|gps|local|date|time|obs|observation|event|start)_?|_?(utc|gmt|gps|local)$")
_PART_OF = {word: part for part, words in _NAMES.items() for word in words.split()}


@dataclass(frozen=True)
class DateParts:
    """Names of the columns of a date's parts; `month` and `day` are None where `day_of_year` is there."""

    year: str
    month: Optional[str] = None
    day: Optional[str] = None
    day_of_year: Optional[str] = None
    hour: Optional[str] = None
    minute: Optional[str] = None
    second: Optional[str] = None

    def columns(self) -> list[str]:
        """Return the names of the columns to read."""
        return [name for name in vars(self).values() if name]

    def joined(self, frame: pd.DataFrame) -> pd.Series:
        """Return the times as datetime64[ms] of no zone, NaT where a part is missing or there is no such day."""
        year, year_is_whole = _whole(frame[self.year])
        # Where no hours are given, 78.25 is six in the morning of the 78th day.
        in_days = numbers_of(frame[self.day_of_year or self.day])
        part_of_day = np.mod(in_days, 1) if self.hour is None else np.zeros(len(frame))
        day, day_is_whole = _whole(pd.Series(in_days - part_of_day))
        if self.day_of_year:
            days, is_whole = days_of_year(year, day), day_is_whole
        else:
            month, month_is_whole = _whole(frame[self.month])
            is_whole = month_is_whole & day_is_whole & (month >= 1) & (month <= 12) & (day >= 1)
            months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
            days = months.astype("datetime64[D]") + (day - 1)
            is_whole &= days.astype("datetime64[M]") == months
        in_day_ms = np.where(np.isfinite(part_of_day), part_of_day, 0) * 86_400_000
        for name, unit_ms, most in ((self.hour, 3_600_000, 24), (self.minute, 60_000, 60), (self.second, 1_000, 61)):
            if name:
                values = numbers_of(frame[name])
                with np.errstate(invalid="ignore"):
                    is_whole &= (values >= 0) & (values <= most)
                in_day_ms += np.where(np.isfinite(values), values, 0) * unit_ms
        known = year_is_whole & is_whole & (year >= 1900) & (year < 2200)
        times = days.astype("datetime64[ms]") + np.rint(in_day_ms).astype(np.int64)
        return pd.Series(np.where(known, times, np.datetime64("NaT", "ms")))


def find_date_parts(names: Sequence[str], sample: pd.DataFrame) -> Optional[DateParts]:
    """Return the columns of a date's parts by their names and the values of a sample, None without a whole date."""
    found: dict[str, str] = {}
    for name in names:
        part = _PART_OF.get(_plain(name))
        if part and part not in found and _fits(part, name, sample):
            found[part] = name
    if "year" not in found or not ("month" in found and "day" in found or "day_of_year" in found):
        return None
    if "month" in found and "day" in found:
        found.pop("day_of_year", None)
    else:
        found.pop("month", None)
        found.pop("day", None)
    if "hour" not in found:
        found.pop("minute", None)
    if "minute" not in found:
        found.pop("second", None)
    return DateParts(**found)


def spaced(name: str) -> str:
    """Return a column's name in small letters, with "_" between its words."""
    return re.sub(r"[\s._-]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(name).strip())).lower()


def _plain(name: str) -> str:
    words = spaced(name)
    bare = _PREFIX.sub("", words).replace("_", "") or words
    return folded(bare)


def _fits(part: str, name: str, sample: pd.DataFrame) -> bool:
    if name not in sample.columns:
        return False
    values = numbers_of(sample[name].dropna())
    least, most = _SPANS[part]
    with np.errstate(invalid="ignore"):
        return bool(len(values)) and bool(((values >= least) & (values <= most)).mean() >= 0.9)


def _whole(values: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return numbers as int64, and which of them are whole and small enough to be of a date."""
    numbers = numbers_of(values)
    with np.errstate(invalid="ignore"):
        is_whole = (numbers == np.floor(numbers)) & (np.abs(numbers) < 10_000)
    return np.where(is_whole, numbers, 1).astype(np.int64), is_whole
