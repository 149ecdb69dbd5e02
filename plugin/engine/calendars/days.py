"""Days as tables of events write them, with how exactly each is known: to the day, the month or the year."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..screening import NO_TIME, detect_time_format

DAY, WEEK, MONTH, YEAR, UNKNOWN = "day", "week", "month", "year", ""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# The day stands as it was written where the event was: what follows it (a time, an offset) does not move it.
_YEAR_FIRST = r"^(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?:$|[T ].*$)"
_TIME_OF_DAY = r"^(\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})[T ].*$"
_ORDERS = {"dmy": "day first", "mdy": "month first", "ymd": "year first"}
_COMPACT = r"^(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)$"
_MONTH_ONLY = r"^(?P<year>\d{4})[-/.](?P<month>\d{1,2})$"
_MONTH_FIRST = r"^(?P<month>\d{1,2})[-/.](?P<year>\d{4})$"
_YEAR_ONLY = r"^(?P<year>\d{4})$"
_NAMED = (
    r"^(?P<day>\d{1,2})[ .-]+(?P<word>[A-Za-z]{3,9})\.?,?[ -]+(?P<year>\d{4})$",
    r"^(?P<word>[A-Za-z]{3,9})\.? +(?P<day>\d{1,2}),? +(?P<year>\d{4})$",
    r"^(?P<word>[A-Za-z]{3,9})\.?,?[ -]+(?P<year>\d{4})$",
)
# As ACLED (time_precision) and UCDP GED (date_prec) code it: their code books.
_ACLED = {"1": DAY, "2": WEEK, "3": MONTH}
_UCDP = {"1": DAY, "2": WEEK, "3": WEEK, "4": MONTH, "5": YEAR}
_WORDS = {
    "1": DAY, "day": DAY, "exact": DAY, "d": DAY, "week": WEEK, "w": WEEK, "month": MONTH, "m": MONTH, "year": YEAR,
    "y": YEAR,
}  # fmt: skip
CODES = {"timeprecision": _ACLED, "timeprec": _ACLED, "dateprec": _UCDP, "dateprecision": _UCDP}
_COARSER = (DAY, WEEK, MONTH, YEAR, UNKNOWN)


def parse_days(texts: pd.Series) -> tuple[np.ndarray, np.ndarray, str]:
    """Return days (datetime64[D], NaT where none is written), how each is known (object), and a note on their order.

    A month or year alone gives its first day. Dates such as 26/07/2023 are read as times are: the note says which
    way where both would do, "" where only one does.
    """
    year, month, day = (np.full(len(texts), np.nan) for _part in range(3))
    left = (texts != "").to_numpy()
    for pattern in (_YEAR_FIRST, _COMPACT, _MONTH_ONLY, _MONTH_FIRST, _YEAR_ONLY, *_NAMED):
        parts = texts.where(left, "").str.extract(pattern)
        rows = parts["year"].notna().to_numpy()
        if "word" in parts:
            word = parts["word"].str.lower().str[:3]
            number = word.map({name: at for at, name in enumerate(_MONTHS, 1)})
            rows &= number.notna().to_numpy()
            parts["month"] = number
        for target, name in ((year, "year"), (month, "month"), (day, "day")):
            target[rows] = pd.to_numeric(parts[name])[rows] if name in parts else 0
        left &= ~rows
    days, precision = days_of_parts(year, month, day)
    note = ""
    rest = texts[left].str.replace(_TIME_OF_DAY, r"\1", regex=True)
    times = detect_time_format(rest) if len(rest) else None
    if times is not None:
        time_ms = times.parse(rest)
        moments = np.where(time_ms == NO_TIME, np.datetime64("NaT"), time_ms.astype("datetime64[ms]"))
        days[left] = moments.astype("datetime64[ms]").astype("datetime64[D]")
        precision[left] = np.where(time_ms == NO_TIME, UNKNOWN, DAY)
        if not times.is_sure:
            order = _ORDERS.get(times.order, "as numbers")
            note = f"Dates could be day or month first; they were read {order}: check them."
    return days, precision, note


def days_of_parts(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return days (datetime64[D]) and how each is known, of numbers (float64); 0 and NaN say that a part is unknown."""
    has_month, has_day = month > 0, (day > 0) & (month > 0)
    parts = {"year": year, "month": np.where(has_month, month, 1), "day": np.where(has_day, day, 1)}
    stamps = pd.to_datetime(pd.DataFrame(parts), errors="coerce").to_numpy().astype("datetime64[D]")
    precision = np.where(has_day, DAY, np.where(has_month, MONTH, YEAR)).astype(object)
    precision[np.isnat(stamps)] = UNKNOWN
    return stamps, precision


def coarser(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the less exact of two precisions, row by row."""
    rank = {name: at for at, name in enumerate(_COARSER)}
    worst = np.maximum(*(np.array([rank[name] for name in values], dtype=np.int64) for values in (one, other)))
    return np.array(_COARSER, dtype=object)[worst]


def coded(values: pd.Series, codes: dict[str, str]) -> np.ndarray:
    """Return precisions by their codes or words; a code that is not known is UNKNOWN, an empty one DAY."""
    words = {**_WORDS, **codes, "": DAY}
    found = values.str.lower().str.replace(r"\.0$", "", regex=True).map(words)
    return found.fillna(UNKNOWN).to_numpy(dtype=object)
