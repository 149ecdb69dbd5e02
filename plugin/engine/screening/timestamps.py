"""Time columns: which spelling a column uses, decided once, and its values as UTC epoch milliseconds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Optional, Union

import numpy as np
import pandas as pd

from ..base import InputError, value_kind
from .observations import NO_TIME

SAMPLE_ROWS = 20_000
_UNITS = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}
_PLAUSIBLE_S = (631_152_000.0, 4_102_444_800.0)  # 1990 to 2100
_LIMIT_MS = 9.2e12  # the years 1678 to 2261, as far as nanoseconds reach: beyond it a stamp is a fault
_ALLOWED = np.isin(np.arange(128), [0, *(ord(character) for character in "0123456789 /.-:,TZAPM")])
_OFFSET = r"[+-]\d\d:?\d\d"

Values = Union[np.ndarray, pd.Series]


@dataclass(frozen=True)
class TimeFormat:
    """How a time column is written; the same format reads every chunk of a source.

    `kind` is "epoch" (`unit` s, ms, us or ns since 1970), "iso" (`has_offset`: most values end in +03:00 or
    alike), "dated" (`order` of the date's parts: ymd, dmy or mdy) or "datetime" (already a time type).
    `note` is a sentence for the analyst.
    """

    kind: str
    note: str
    unit: str = ""
    order: str = ""
    has_offset: bool = False

    def parse(self, values: Values) -> np.ndarray:
        """Return `values` as int64 UTC epoch ms, `NO_TIME` where a value is blank or does not fit."""
        series = _as_series(values)
        if self.kind == "epoch":
            return _epoch_ms(series, self.unit)
        if self.kind == "datetime":
            return _datetime_ms(series)
        text = _as_text(series)
        if self.kind == "iso":
            return _iso_ms(text, self.has_offset)
        return _dated_ms(_digit_fields(text), self.order)


def parse_times(
    values: Values,
    day_first: Optional[bool] = None,
    time_format: Optional[TimeFormat] = None,
    column: str = "time",
) -> tuple[np.ndarray, Optional[TimeFormat]]:
    """Return the times of a column and the format they were read with.

    The format is decided from a sample of `values` unless `time_format` (from an earlier chunk) is given;
    `day_first` settles dates like 03/04/2021. Times are int64 UTC epoch ms, `NO_TIME` where unreadable; text
    without an offset is taken as UTC. The format is None while every value is blank. Raises InputError,
    naming `column`, when no known format reads at least half of the sample.
    """
    series = _as_series(values)
    if time_format is None:
        sample = _sample(series)
        if len(sample) == 0:
            return np.full(len(series), NO_TIME, dtype=np.int64), None
        time_format = detect_time_format(sample, day_first)
        if time_format is None:
            raise InputError(
                f'The values of column "{column}" (the first is {value_kind(sample.iloc[0])}) are not times: '
                "choose a column with dates and times, or seconds or milliseconds since 1970."
            )
    return time_format.parse(series), time_format


def detect_time_format(values: Values, day_first: Optional[bool] = None) -> Optional[TimeFormat]:
    """Return the format that reads at least half of the non-blank `values` (any length), or None."""
    sample = _sample(_as_series(values))
    if len(sample) == 0:
        return None
    if sample.dtype.kind == "M" or isinstance(sample.dtype, pd.DatetimeTZDtype):
        return TimeFormat("datetime", "Times are taken as they are; those without a zone as UTC.")
    numbers = pd.to_numeric(sample, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isfinite(numbers).mean() >= 0.5:
        return _epoch_format(numbers)
    text = _as_text(sample)
    iso = _iso_format(text)
    return iso if iso is not None else _dated_format(text, day_first)


def _as_series(values: Values) -> pd.Series:
    return values if isinstance(values, pd.Series) else pd.Series(values)


def _sample(series: pd.Series) -> pd.Series:
    """Take evenly spaced non-blank values, so that a sorted column shows its whole span."""
    step = max(1, len(series) // SAMPLE_ROWS)
    sample = series.iloc[::step].dropna()
    if len(sample) == 0:
        sample = series.dropna().iloc[:SAMPLE_ROWS]
    if sample.dtype == object:
        text = _as_text(sample)
        sample = sample[(text != "").to_numpy()]
    return sample


def _as_text(series: pd.Series) -> pd.Series:
    """Return stripped str values, "" for blanks; bytes (as OGR delivers them) are decoded."""
    values = series
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(object)
    if len(values) and isinstance(values.iloc[0], bytes):
        values = values.str.decode("utf-8", "replace")
    return values.fillna("").astype(str).str.strip()


def _epoch_format(numbers: np.ndarray) -> Optional[TimeFormat]:
    middle = np.nanmedian(numbers)
    for unit, per_second in _UNITS.items():
        if _PLAUSIBLE_S[0] * per_second <= middle < _PLAUSIBLE_S[1] * per_second:
            words = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}[unit]
            return TimeFormat("epoch", f"Times are {words} since 1970 (UTC).", unit=unit)
    return None


def _epoch_ms(series: pd.Series, unit: str) -> np.ndarray:
    per_ms = _UNITS[unit] / 1e3
    if series.dtype.kind in "iu":
        whole = series.to_numpy()
        if per_ms >= 1:
            return whole.astype(np.int64) // int(per_ms)
        usable = np.abs(whole.astype(np.float64)) <= _LIMIT_MS * per_ms
        return np.where(usable, np.where(usable, whole, 0).astype(np.int64) * int(1 / per_ms), NO_TIME)
    numbers = pd.to_numeric(series, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = np.rint(numbers / per_ms)
        usable = np.abs(scaled) <= _LIMIT_MS
    return np.where(usable, np.where(usable, scaled, 0).astype(np.int64), NO_TIME)


def _datetime_ms(series: pd.Series) -> np.ndarray:
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    stamps = series.to_numpy().astype("datetime64[ms]")
    return np.where(np.isnat(stamps), NO_TIME, stamps.astype(np.int64))


def _iso_format(text: pd.Series) -> Optional[TimeFormat]:
    has_offset = bool(text.str.contains(_OFFSET + "$", regex=True).mean() >= 0.5)
    if (_iso_ms(text, has_offset) != NO_TIME).mean() < 0.5:
        return None
    zoned = has_offset or bool(text.str.endswith("Z").any())
    note = "with their zone." if zoned else "without a zone: taken as UTC."
    return TimeFormat("iso", f"Times are ISO 8601 {note}", has_offset=has_offset)


def _iso_ms(text: pd.Series, has_offset: bool) -> np.ndarray:
    if not has_offset:
        return _finish_iso(text, parse_iso(text))
    # pandas 1.5 reads offsets one value at a time: cut them off and subtract them as a column.
    tails, tail_values = pd.factorize(text.str[-6:])
    known = pd.Series(tail_values, dtype=object).str.extract(r"([+-])(\d\d):?(\d\d)$")
    minutes = known[1].astype(float) * 60 + known[2].astype(float)
    minutes = np.where(known[0] == "-", -minutes, minutes)[tails]
    shape = pd.Series(tail_values, dtype=object).str.fullmatch(r"[+-]\d\d:\d\d").to_numpy(dtype=bool)[tails]
    time_ms = parse_iso(text.str[:-6].where(shape, text))
    cut = shape & (time_ms != NO_TIME)
    time_ms[cut] -= (minutes[cut] * 60_000).astype(np.int64)
    return _finish_iso(text, time_ms)


def _finish_iso(text: pd.Series, time_ms: np.ndarray) -> np.ndarray:
    """Read what the fast reader refused but is plainly year first (" UTC" at the end, a comma before ms)."""
    missed = np.flatnonzero((time_ms == NO_TIME) & (text != "").to_numpy())
    if len(missed):
        left = text.iloc[missed].str.replace(r"\s*(?:UTC|GMT)$", "", regex=True)
        retried = parse_iso(left)
        still = retried == NO_TIME
        retried[still] = _dated_ms(_digit_fields(left[still]), "ymd")
        time_ms[missed] = retried
    return time_ms


@dataclass(frozen=True)
class _DigitFields:
    """Runs of digits: `value`, `width` (int64, n x 7), `half_day` (+1 PM, -1 AM), `usable` (bool)."""

    value: np.ndarray
    width: np.ndarray
    half_day: np.ndarray
    usable: np.ndarray


def _digit_fields(text: pd.Series) -> _DigitFields:
    """Split texts (first 32 characters) into 3 to 7 runs of digits, all texts of one layout at once."""
    count = len(text)
    value, width = np.zeros((count, 7), dtype=np.int64), np.zeros((count, 7), dtype=np.int64)
    codes = np.ascontiguousarray(text.str.upper().to_numpy().astype("U32")).view(np.uint32).reshape(count, 32)
    digit = (codes >= 48) & (codes <= 57)
    half_day = (codes == ord("P")).any(axis=1).astype(np.int8) - (codes == ord("A")).any(axis=1)
    usable = _ALLOWED[np.minimum(codes, 127)].all(axis=1)
    layouts, layout = np.unique(np.packbits(digit, axis=1).view(">u4").ravel(), return_inverse=True)
    ends = np.cumsum(np.bincount(layout, minlength=len(layouts)))[:-1]
    by_layout = np.split(np.argsort(layout, kind="stable"), ends)
    for bits, rows in zip(layouts.tolist(), by_layout):
        runs = [match.span() for match in re.finditer("1+", format(bits, "032b"))]
        if not 3 <= len(runs) <= 7:
            usable[rows] = False
            continue
        date_ends = [end for _start, end in runs[:2]]
        usable[rows] &= ~(codes[rows][:, date_ends] == ord(":")).any(axis=1)  # a time of day is no date
        for field, (start, end) in enumerate(runs):
            powers = 10 ** np.arange(min(end - start, 18) - 1, -1, -1, dtype=np.int64)
            value[rows, field] = (codes[rows, start:end][:, : len(powers)].astype(np.int64) - 48) @ powers
            width[rows, field] = len(powers)
    return _DigitFields(value, width, half_day, usable)


def _dated_ms(fields: _DigitFields, order: str) -> np.ndarray:
    """Return UTC epoch ms of date parts in `order` and hour, minute, second, fraction; else `NO_TIME`."""
    value, width = fields.value, fields.width
    year, month, day = (value[:, order.index(part)] for part in "ymd")
    year = np.where(width[:, order.index("y")] == 2, year + 2000, year)
    hour, minute, second, fraction = value[:, 3], value[:, 4], value[:, 5], value[:, 6]
    hour = np.where(fields.half_day != 0, hour % 12 + np.where(fields.half_day > 0, 12, 0), hour)
    right = fields.usable & np.isin(width[:, order.index("y")], (2, 4)) & (month >= 1) & (month <= 12)
    right &= (day >= 1) & (year >= 1900) & (year < 2200) & (hour < 24) & (minute < 60) & (second < 60)
    months = np.where(right, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + np.where(right, day - 1, 0)
    right &= days.astype("datetime64[M]") == months
    thousandths = np.rint(fraction * 1000.0 / 10.0 ** width[:, 6]).astype(np.int64)
    in_day = ((hour * 60 + minute) * 60 + second) * 1000 + thousandths
    return np.where(right, days.astype(np.int64) * 86_400_000 + in_day, NO_TIME)


def _dated_format(text: pd.Series, day_first: Optional[bool]) -> Optional[TimeFormat]:
    fields = _digit_fields(text)
    asked = {True: ("dmy",), False: ("mdy",), None: ("dmy", "mdy")}[day_first]
    read = {order: _dated_ms(fields, order) for order in (*asked, "ymd")}
    share = {order: (time_ms != NO_TIME).mean() for order, time_ms in read.items()}
    best = max(share.values())
    if best < 0.5:
        return None
    fitting = [order for order in share if share[order] == best]
    words = {"dmy": "day first", "mdy": "month first", "ymd": "year first"}
    if len(fitting) == 1 or "ymd" in fitting:
        order = "ymd" if "ymd" in fitting else fitting[0]
        return TimeFormat("dated", f"Dates are written {words[order]}; times are taken as UTC.", order=order)
    # Both orders read every value: a delivery covers a short span, so the order with the shorter is likelier.
    span = {order: np.ptp(read[order][read[order] != NO_TIME]) for order in fitting}
    order = min(fitting, key=lambda name: span[name])
    return TimeFormat(
        "dated",
        f"Dates could be day first or month first; they were read {words[order]}. Check that this is right.",
        order=order,
    )


_PANDAS_MAJOR = int(pd.__version__.split(".", 1)[0])


def parse_iso(text: pd.Series) -> np.ndarray:
    """Return ISO 8601 texts as int64 UTC epoch ms, `NO_TIME` where a text is none; naive ones as UTC."""
    # pandas 1.5 has no "ISO8601"; given any ISO format it reads every ISO spelling, and "now".
    style = "ISO8601" if _PANDAS_MAJOR >= 2 else "%Y-%m-%dT%H:%M:%S"
    stamps = pd.to_datetime(text.mask(text.isin(["now", "today"])), format=style, errors="coerce", utc=True)
    values = stamps.dt.tz_localize(None).to_numpy().astype("datetime64[ms]")
    return np.where(np.isnat(values), NO_TIME, values.astype(np.int64))
