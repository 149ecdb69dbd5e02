"""A date in one column and the time of day in another, made one text."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from .date_parts import spaced
from .lengths import decoded, numbers_of, unguarded
from .text_forms import find_forms
from .time_numbers import DAY_MS, numbers_ms

_LEAST = 0.9  # of a column's values that must be times of day
_OF_DAY = re.compile(r"(?:of_?(?:the_?)?day|since_?midnight|_?midnight|^[sm]od)$")
_UNITS = {
    "milliseconds": r"milli|ms|^mod", "minutes": r"min", "hours": r"hour|hr", "seconds": r"sec|^s(?:od$|_)|midnight",
}  # fmt: skip
_BARE = re.compile(r"^(?:(?:utc|gmt|local)_?)?(?:time|clock|uhrzeit|zeit|heure|hora|ora|saat)(?:_?(?:s|sec|seconds))?$")
CLOCK_WORDS = {
    "part": " (parts of a day)", "hour": " (whole hours)", "hhmm": " (hours and minutes without a mark)",
    "hhmmss": " (hours, minutes and seconds without a mark)",
    **{unit: f" ({unit} since midnight)" for unit in ("milliseconds", "seconds", "minutes", "hours")},
}  # fmt: skip
"""How times of day are written that are numbers, by their kind."""
_SECONDS_IN = {"milliseconds": 0.001, "seconds": 1.0, "minutes": 60.0, "hours": 3600.0}


def is_day_time(values: pd.Series) -> bool:
    """Return whether some values (blanks left out) are times of day: 08:00, 8:00 AM, 080000, parts of a day."""
    return bool(len(values)) and clock_kind(values) != ""


def counts_of_day(name: str) -> bool:
    """Return whether a column is one of the day by its name (seconds_of_day, minutes since midnight, time of day)."""
    return _OF_DAY.search(spaced(name)) is not None


def clock_kind(values: pd.Series) -> str:
    """Return how times of day are written: text, hhmmss, hhmm, hour, part (of a day), delta; "" for none.

    A unit of time is one since midnight; the name of the column says it, or values that are no hours and minutes.
    """
    if values.dtype.kind == "m":
        return "delta"
    name = spaced(str(values.name or ""))
    text = _with_colons(values.astype(str).str.strip())
    found = find_forms(text)
    colons = sum(len(rows) for form, rows in zip(found.forms, found.rows) if form[:5].lstrip("a ").startswith(_CLOCKS))
    if colons >= _LEAST * len(text):
        return "text"
    numbers = pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isfinite(numbers).mean() < _LEAST:
        return ""
    with np.errstate(invalid="ignore"):
        if ((numbers >= 0) & (numbers < 1)).mean() >= _LEAST and (numbers % 1 != 0).any():
            return "part"
        if counts_of_day(name) and (unit := _unit_of(name)):
            return _unit_since_midnight(unit, numbers_of(values))
        seconds = (numbers % 100 < 61) & (numbers // 100 % 100 < 60) & (numbers < 240_000)
        minutes = (numbers % 100 < 60) & (numbers < 2_400) & (numbers % 1 == 0)
    if minutes.mean() >= _LEAST and text.str.len().max() <= 4:
        return "hour" if text.str.len().max() <= 2 and (numbers < 24).all() else "hhmm"
    if seconds.mean() >= _LEAST:
        return "hhmmss"
    is_time = _BARE.match(name) or counts_of_day(name)
    return _unit_since_midnight("seconds", numbers_of(values)) if is_time else ""


def _unit_of(name: str) -> str:
    """Return the unit that a name says, "" for none: a time of day may be written in any way."""
    return next((unit for unit, word in _UNITS.items() if re.search(word, name)), "")


def _unit_since_midnight(unit: str, numbers: np.ndarray) -> str:
    """Return the unit, "" where the values do not fit into a day of it."""
    with np.errstate(invalid="ignore"):
        fits = (numbers >= 0) & (numbers * _SECONDS_IN[unit] <= DAY_MS / 1000)
    return unit if fits.mean() >= _LEAST else ""


_CLOCKS = ("9:99", "99:99")
_POINTS = r"^(\d{1,2})(?: ?h ?(\d\d)(?: ?(?:m|min) ?(\d\d) ?s?| ?(?:m|min))?|\.(\d\d)\.(\d\d(?:[.,]\d+)?))$"


def joined_texts(dates: pd.Series, clocks: pd.Series, kind: str) -> pd.Series:
    """Return dates and times of day of `kind` as one text each, "" where one of them is missing."""
    day, clock = _date_texts(dates), _clock_texts(clocks, kind)
    return (day + " " + clock).where((day != "") & (clock != ""), "")


def _date_texts(values: pd.Series) -> pd.Series:
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        values = values.dt.tz_localize(None)
    if values.dtype.kind == "M":
        return _iso_days(values.to_numpy().astype("datetime64[ms]").astype(np.int64), values.isna().to_numpy())
    if values.dtype.kind in "iuf":
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
        known = np.isfinite(numbers)
        serial = known & (numbers > 30_000) & (numbers < 60_000)  # days of a spreadsheet, of the years 1982 to 2064
        if serial.sum() > known.sum() / 2:
            return _iso_days(numbers_ms(np.floor(np.where(serial, numbers, 0)), "excel"), ~serial)
        whole = pd.Series(np.where(known, numbers, 0).astype(np.int64)).astype(str)
        return whole.where(whole.str.len() != 5, "0" + whole).where(whole.str.len() != 7, "0" + whole).where(known, "")
    text = plain_text(values)
    # What stands behind the date is midnight, as some programs write it.
    return text.str.replace(r"[T ]0?0:00(?::00(?:\.0+)?)?Z?$", "", regex=True)


def _clock_texts(values: pd.Series, kind: str) -> pd.Series:
    if kind in ("part", "delta", *_SECONDS_IN):
        if kind == "delta":
            ms = values.to_numpy().astype("timedelta64[ms]").astype(np.float64)
            missing = values.isna().to_numpy()
        else:
            numbers = numbers_of(values) * _SECONDS_IN.get(kind, DAY_MS / 1000)
            with np.errstate(invalid="ignore"):
                missing = ~((numbers >= 0) & (numbers < DAY_MS / 1000))
            ms = np.rint(np.where(missing, 0, numbers) * 1000)
        stamps = np.where(missing, 0, ms).astype(np.int64).astype("datetime64[ms]")
        text = pd.Series(np.datetime_as_string(stamps), dtype=object).str.slice(11)
        return text.where(~missing, "")
    if kind in ("hour", "hhmm", "hhmmss"):
        text = plain_text(values)
        whole = text.str.replace(r"\.0*$", "", regex=True)
        if kind == "hour":
            return (whole + ":00").where(text != "", "")
        digits = len(kind)
        point = whole.str.find(".")
        padded = whole.str.zfill(digits)
        if (point > 0).any():
            parts = whole.str.partition(".")
            padded = padded.where(point < 0, parts[0].str.zfill(digits) + "." + parts[2])
        return padded.where(text != "", "")
    return _with_colons(plain_text(values))


def _with_colons(text: pd.Series) -> pd.Series:
    """Return times of day such as 08.05.00 and 8h05 with colons; 08.05 may be a part of a day or of an hour."""
    if not any(re.match(_POINTS, one) for one in text.iloc[:: max(1, len(text) // 50)]):
        return text
    return text.str.replace(_POINTS, _colons, regex=True)


def _colons(found: re.Match) -> str:
    return ":".join(part for part in found.groups() if part)


def _iso_days(time_ms: np.ndarray, missing: np.ndarray) -> pd.Series:
    days = np.where(missing, 0, time_ms).astype("datetime64[ms]").astype("datetime64[D]")
    return pd.Series(np.datetime_as_string(days), dtype=object).where(~missing, "")


def plain_text(series: pd.Series) -> pd.Series:
    """Return stripped str values, "" for blanks; bytes (as OGR delivers them) are decoded."""
    values = series.reset_index(drop=True)
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(object)
    return unguarded(decoded(values).fillna("").astype(str).str.strip())
