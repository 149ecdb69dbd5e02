"""Time columns: which spelling a column uses, decided once, and its values as UTC epoch milliseconds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Optional, Union

import numpy as np
import pandas as pd

from ..base import InputError
from .date_orders import WORDS as ORDER_WORDS
from .date_orders import find_order
from .day_times import CLOCK_WORDS, clock_kind, joined_texts, plain_text
from .observations import NO_TIME
from .reading import ReadingSettings
from .text_forms import form_of
from .time_numbers import DAY_MS, find_unit, number_values, series_ms, unit_note
from .time_texts import TimeParts, read_parts
from .time_zones import to_utc

SAMPLE_ROWS = 20_000
_OFFSET = r"[+-]\d\d:?\d\d"
_AS_FOUND = ReadingSettings()

Values = Union[np.ndarray, pd.Series]


@dataclass(frozen=True)
class TimeFormat:
    """How a time column is written; the same format reads every chunk of a source.

    `kind` is "epoch" (numbers of `unit`, see `time_numbers.UNITS`), "iso" (`has_offset`: most values end in +03:00 or
    alike), "dated" (`order` of the date's parts: ymd, dmy or mdy) or "datetime" (already a time type). `clock` says how
    a second column holds the time of day ("" for no such column), `zone` is that of times without one ("" for UTC).
    `note` is a sentence for the analyst. Not `is_sure`: other orders read all values, too. Not `is_zoned`: most values
    have no zone of their own.
    """

    kind: str
    note: str
    unit: str = ""
    order: str = ""
    has_offset: bool = False
    clock: str = ""
    zone: str = ""
    is_sure: bool = True
    is_zoned: bool = True

    def parse(self, values: Values, clock: Optional[pd.Series] = None) -> np.ndarray:
        """Return `values` as int64 UTC epoch ms, `NO_TIME` where a value is blank or does not fit."""
        series = _as_series(values)
        if self.clock and clock is not None:
            return self._texts_ms(joined_texts(series, clock.reset_index(drop=True), self.clock))
        if isinstance(series.dtype, pd.CategoricalDtype):
            read = self.parse(pd.Series(series.cat.categories))
            return np.append(read, NO_TIME)[series.cat.codes.to_numpy()]
        if self.kind == "epoch":
            return series_ms(series, self.unit)
        if self.kind == "datetime":
            return _datetime_ms(series, self.zone)
        return self._texts_ms(plain_text(series))

    def _texts_ms(self, text: pd.Series) -> np.ndarray:
        if self.kind == "iso":
            return _iso_ms(text, self.has_offset, self.zone, self.order or "ymd")
        return read_parts(text).utc_ms(self.order, self.zone)


def parse_times(
    values: Values,
    settings: ReadingSettings = _AS_FOUND,
    time_format: Optional[TimeFormat] = None,
    column: str = "time",
    clock: Optional[pd.Series] = None,
) -> tuple[np.ndarray, Optional[TimeFormat]]:
    """Return the times of a column and the format they were read with.

    The format is decided from a sample of `values` unless `time_format` (from an earlier chunk) is given; `settings`
    overrule it, `clock` are the times of day beside dates. Times are int64 UTC epoch ms, `NO_TIME` where unreadable.
    The format is None while every value is blank. Raises InputError, naming `column`, when no known format reads at
    least half of the sample.
    """
    series = _as_series(values)
    if time_format is None:
        sample = _sample(series)
        if len(sample) == 0:
            return np.full(len(series), NO_TIME, dtype=np.int64), None
        time_format = detect_time_format(series, settings, clock)
        if time_format is None:
            raise InputError(
                f'The values of column "{column}" (for example of the form {form_of(sample.iloc[0])}, 9 for a digit, '
                "a for a letter) are not times: choose a column with dates and times, or seconds or milliseconds since "
                "1970, or say the order of the date or the unit of time."
            )
    return time_format.parse(series, clock), time_format


def detect_time_format(
    values: Values, settings: ReadingSettings = _AS_FOUND, clock: Optional[pd.Series] = None
) -> Optional[TimeFormat]:
    """Return the format that reads at least half of the non-blank `values` (any length), or None."""
    series = _as_series(values)
    if clock is not None:
        return _two_column_format(series, clock.reset_index(drop=True), settings)
    sample = _sample(series)
    if len(sample) == 0:
        return None
    if sample.dtype.kind == "M" or isinstance(sample.dtype, pd.DatetimeTZDtype):
        is_zoned = isinstance(sample.dtype, pd.DatetimeTZDtype)
        zone = "UTC" if is_zoned else settings.time_zone
        note = f"Times are taken as they are; those without a zone as {zone or 'UTC'}."
        return TimeFormat("datetime", note, zone=zone, is_zoned=is_zoned)
    numbers = number_values(sample)
    if numbers is not None:
        return _number_format(numbers, settings)
    return _text_format(plain_text(sample), settings)


def is_dates_only(values: Values) -> bool:
    """Return whether all times of a sample are midnights, as they are where no time of day is written."""
    found = detect_time_format(values)
    if found is None or found.kind == "epoch":
        return False
    time_ms = found.parse(_sample(_as_series(values)))
    return bool((time_ms[time_ms != NO_TIME] % DAY_MS == 0).all())


def _number_format(numbers: np.ndarray, settings: ReadingSettings) -> Optional[TimeFormat]:
    unit, doubt = (settings.time_unit, "") if settings.time_unit else find_unit(numbers)
    if not unit:
        return None
    note = unit_note(unit) + (f" {doubt}" if doubt else "")
    return TimeFormat("epoch", note, unit=unit, is_sure=not doubt)


def _two_column_format(dates: pd.Series, clocks: pd.Series, settings: ReadingSettings) -> Optional[TimeFormat]:
    kept = np.arange(0, len(dates), max(1, len(dates) // SAMPLE_ROWS))
    filled = kept[(dates.notna() & clocks.notna()).to_numpy()[kept]]
    dates, clocks = dates.iloc[filled].reset_index(drop=True), clocks.iloc[filled].reset_index(drop=True)
    kind = clock_kind(clocks) if len(clocks) else ""
    if not kind:
        return None
    found = _text_format(joined_texts(dates, clocks, kind), settings, "Dates are written year first. They are")
    if found is None:
        return None
    names = " and ".join(f"“{name}”" for name in (dates.name, clocks.name) if name)
    words = CLOCK_WORDS.get(kind, "")
    note = f"Date and time of day are read from two columns{f', {names}' if names else ''}{words}. {found.note}"
    return replace(found, clock=kind, note=note)


def _text_format(text: pd.Series, settings: ReadingSettings, of: str = "Times are ISO 8601") -> Optional[TimeFormat]:
    text = text[text != ""].reset_index(drop=True)
    if len(text) == 0:
        return None
    has_offset = bool(text.str.contains(_OFFSET + "$", regex=True).mean() >= 0.5)
    zone = settings.time_zone
    plain = _plain_iso(text, has_offset) != NO_TIME
    if plain.mean() >= 0.5:
        parts = read_parts(text)
        order, words = _other_order(text[~plain], settings.date_order)
        note = f"{of} {_zone_words(parts, zone)}{_midnight_words(parts)}{words}"
        return TimeFormat("iso", note, order=order, has_offset=has_offset, zone=zone, is_zoned=_own_zones(parts))
    parts = read_parts(text)
    found = find_order(parts, settings.date_order)
    if found is None:
        return None
    note = f"{found.note} They are {_zone_words(parts, zone)}{_midnight_words(parts)}"
    return TimeFormat(
        "dated", note, order=found.order, zone=zone, is_sure=found.is_sure, is_zoned=_own_zones(parts)
    )


def _other_order(text: pd.Series, asked: str) -> tuple[str, str]:
    """Return the order of dates that stand among ISO 8601 ones, and words on it; "" where there are none, or no order.
    """
    found = find_order(read_parts(text.reset_index(drop=True)), asked) if len(text) else None
    if found is None or found.order == "ymd" or not (found.is_sure or asked):
        return "", ""
    return found.order, (
        f" Some dates are texts and written {ORDER_WORDS[found.order]}: check that no program has turned day and month "
        "of the others."
    )


def _own_zones(parts: TimeParts) -> bool:
    return bool((np.isfinite(parts.offset) | (parts.zone >= 0)).mean() >= 0.5)


def _zone_words(parts: TimeParts, zone: str) -> str:
    words = "with their zone." if _own_zones(parts) else f"without a zone: taken as {zone or 'UTC'}."
    if parts.guessed:
        words += f" {', '.join(sorted(parts.guessed))} names several zones: check that the times are right."
    return words


def _midnight_words(parts: TimeParts) -> str:
    dated = parts.usable & (parts.in_day_ms <= 0)
    return " They hold no time of day: every record counts as made at midnight." if dated.all() else ""


def _as_series(values: Values) -> pd.Series:
    return values.reset_index(drop=True) if isinstance(values, pd.Series) else pd.Series(values)


def _sample(series: pd.Series) -> pd.Series:
    """Take evenly spaced non-blank values, so that a sorted column shows its whole span."""
    step = max(1, len(series) // SAMPLE_ROWS)
    sample = series.iloc[::step].dropna()
    if len(sample) == 0:
        sample = series.dropna().iloc[:SAMPLE_ROWS]
    if isinstance(sample.dtype, pd.CategoricalDtype):
        sample = sample.astype(sample.cat.categories.dtype)
    if sample.dtype == object:
        text = plain_text(sample)
        sample = sample[(text != "").to_numpy()]
    return sample


def _datetime_ms(series: pd.Series, zone: str) -> np.ndarray:
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        series, zone = series.dt.tz_convert("UTC").dt.tz_localize(None), ""
    stamps = series.to_numpy().astype("datetime64[ms]")
    missing = np.isnat(stamps)
    time_ms = np.where(missing, 0, stamps.astype(np.int64))
    return np.where(missing, NO_TIME, to_utc(time_ms, zone) if zone else time_ms)


def _iso_ms(text: pd.Series, has_offset: bool, zone: str, order: str) -> np.ndarray:
    time_ms = _plain_iso(text, has_offset)
    if zone:
        bare = np.flatnonzero((time_ms != NO_TIME) & ~text.str.contains(_ENDS_IN_ZONE, regex=True).to_numpy(dtype=bool))
        time_ms[bare] = to_utc(time_ms[bare], zone)
    # What the fast reader refused (a zone's name, a comma before the thousandths) may still be plainly year first, or
    # a text among the dates of a spreadsheet.
    missed = np.flatnonzero((time_ms == NO_TIME) & (text != "").to_numpy())
    if len(missed):
        time_ms[missed] = read_parts(text.iloc[missed]).utc_ms(order, zone)
    return time_ms


_ENDS_IN_ZONE = r"(?:Z|:\d\d(?:[.,]\d+)? ?[+-]\d\d(?::?\d\d)?)$"


def _plain_iso(text: pd.Series, has_offset: bool) -> np.ndarray:
    """Return what the fast reader reads; a month or a year alone is no date."""
    if not has_offset:
        time_ms = parse_iso(text)
        midnight = np.flatnonzero(time_ms % DAY_MS == 0)
        short = (text.iloc[midnight].str.len() < len("2024-03-10")).to_numpy(dtype=bool)
        time_ms[midnight[short]] = NO_TIME
        return time_ms
    # pandas 1.5 reads offsets one value at a time: cut them off and subtract them as a column.
    tails, tail_values = pd.factorize(text.str[-6:])
    known = pd.Series(tail_values, dtype=object).str.extract(r"([+-])(\d\d):?(\d\d)$")
    minutes = known[1].astype(float) * 60 + known[2].astype(float)
    minutes = np.where(known[0] == "-", -minutes, minutes)[tails]
    shape = pd.Series(tail_values, dtype=object).str.fullmatch(r"[+-]\d\d:\d\d").to_numpy(dtype=bool)[tails]
    time_ms = parse_iso(text.str[:-6].where(shape, text))
    cut = shape & (time_ms != NO_TIME)
    time_ms[cut] -= (minutes[cut] * 60_000).astype(np.int64)
    return time_ms


_PANDAS_MAJOR = int(pd.__version__.split(".", 1)[0])


def parse_iso(text: pd.Series) -> np.ndarray:
    """Return ISO 8601 texts as int64 UTC epoch ms, `NO_TIME` where a text is none; naive ones as UTC."""
    # pandas 1.5 has no "ISO8601"; given any ISO format it reads every ISO spelling, and "now".
    style = "ISO8601" if _PANDAS_MAJOR >= 2 else "%Y-%m-%dT%H:%M:%S"
    stamps = pd.to_datetime(text.mask(text.isin(["now", "today"])), format=style, errors="coerce", utc=True)
    values = stamps.dt.tz_localize(None).to_numpy().astype("datetime64[ms]")
    return np.where(np.isnat(values), NO_TIME, values.astype(np.int64))

