"""Times as numbers: units and epochs, told by the years in which the values would lie."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Optional

import numpy as np
import pandas as pd

from .lengths import numbers_of
from .observations import NO_TIME

LIMIT_MS = 9.2e12  # the years 1678 to 2261, as far as nanoseconds reach: beyond it a stamp is a fault
EARLIEST_MS = 631_152_000_000  # 1990-01-01: consumer positioning is younger, so earlier times are clock faults
DAY_MS = 86_400_000
_SINCE_2001_MS = 978_307_200_000
_SINCE_1980_MS = 315_964_800_000  # 1980-01-06, when GPS time and UTC were the same
_SINCE_1601_MS, _SINCE_0001_MS = -11_644_473_600_000, -62_135_596_800_000
_SINCE_1899_MS, _JULIAN_MS = -2_209_161_600_000, -210_866_760_000_000
# UTC epoch seconds from which GPS time was one second more ahead of UTC (IERS Bulletin C), from 1981 on.
_LEAPS_S = np.array([
    362_793_600, 394_329_600, 425_865_600, 489_024_000, 567_993_600, 631_152_000, 662_688_000, 709_948_800, 741_484_800,
    773_020_800, 820_454_400, 867_715_200, 915_148_800, 1_136_073_600, 1_230_768_000, 1_341_100_800, 1_435_708_800,
    1_483_228_800,
])  # fmt: skip


@dataclass(frozen=True)
class Unit:
    """A way to count time: `words` for people, how many of it make a second, and where it begins (UTC epoch ms)."""

    words: str
    per_second: float
    begins_ms: int = 0
    least: float = EARLIEST_MS  # readings before this (UTC epoch ms) are no reason to take the unit


# The first iPhone was sold in 2007: what counts from 2001 is not older, and small numbers are no times.
_IPHONE_MS = 1_167_609_600_000
UNITS: dict[str, Unit] = {
    "s": Unit("seconds since 1970", 1.0),
    "ms": Unit("milliseconds since 1970", 1e3),
    "us": Unit("microseconds since 1970", 1e6),
    "ns": Unit("nanoseconds since 1970", 1e9),
    "digits": Unit("year, month, day, hour, minute and second without marks", 0.0),
    "ticks": Unit("ticks of 100 nanoseconds since year 1 (.NET)", 1e7, _SINCE_0001_MS),
    "filetime": Unit("ticks of 100 nanoseconds since 1601 (Windows)", 1e7, _SINCE_1601_MS),
    "s2001": Unit("seconds since 2001 (Apple)", 1.0, _SINCE_2001_MS, _IPHONE_MS),
    "ms2001": Unit("milliseconds since 2001 (Apple)", 1e3, _SINCE_2001_MS, _IPHONE_MS),
    "ns2001": Unit("nanoseconds since 2001 (Apple)", 1e9, _SINCE_2001_MS, _IPHONE_MS),
    "excel": Unit("days as in a spreadsheet", 1 / 86_400, _SINCE_1899_MS),
    "julian": Unit("Julian days", 1 / 86_400, _JULIAN_MS),
    "gps": Unit("seconds since 1980 (GPS)", 1.0, _SINCE_1980_MS),
}
_BY_VALUE = tuple(name for name in UNITS if name != "gps")  # GPS seconds of today are Unix seconds of ten years ago
_DAYS = ("excel", "julian")
_TELLING = ("digits", "ticks", "filetime")  # few numbers are times in these by chance
_FOUND = 0.5  # the share of a sample that has to make sense
_OLD_MS = 946_684_800_000  # 2000-01-01: few positions on devices are older, so a reading beyond it is likelier
_SUSPECT_YEARS = 5


def tomorrow_ms() -> int:
    """Return the end of tomorrow (UTC epoch ms): no record is later, wherever it was made."""
    return (int(time.time() // 86_400) + 2) * DAY_MS


def find_unit(numbers: np.ndarray) -> tuple[str, str]:
    """Return the unit in which numbers (float64, finite) are plausible times, and a doubt in words ("" for none).

    The unit is "" where there is none.
    """
    late = tomorrow_ms()
    share: dict[str, float] = {}
    middle: dict[str, float] = {}
    for name in _BY_VALUE:
        if name in _DAYS and not (numbers % 1 != 0).any():
            continue  # whole days give no time of day, and other whole numbers are as large
        read = numbers_ms(numbers, name).astype(np.float64)
        fits = (read >= UNITS[name].least) & (read <= late)
        share[name] = float(fits.mean())
        if fits.any():
            middle[name] = float(np.median(read[fits]))
    best = max(share.values())
    if best < _FOUND:
        return _late_unit(numbers)
    able = [name for name in share if share[name] >= _FOUND and share[name] > 0.9 * best]
    chosen = next((name for name in able if middle[name] >= _OLD_MS), able[0])
    others = [] if chosen in _TELLING else [name for name in able if name != chosen]
    if others:
        years = [f"{UNITS[name].words} they would lie around {_year(middle[name])}" for name in others]
        return chosen, f"As {'; as '.join(years)}. Check that this is right."
    if chosen == "s":
        return chosen, _gps_doubt(numbers, middle["s"], late)
    return chosen, ""


def numbers_ms(numbers: np.ndarray, unit: str) -> np.ndarray:
    """Return numbers (float64) counted in `unit` as int64 UTC epoch ms, `NO_TIME` where they are none."""
    if unit == "digits":
        return _digits_ms(numbers)
    known = UNITS[unit]
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = np.rint(numbers * (1e3 / known.per_second) + known.begins_ms)
        usable = np.abs(scaled) <= LIMIT_MS
    time_ms = np.where(usable, np.where(usable, scaled, 0).astype(np.int64), NO_TIME)
    if unit != "gps":
        return time_ms
    leaps = np.searchsorted(_LEAPS_S + np.arange(1, len(_LEAPS_S) + 1), np.where(usable, time_ms, 0) // 1000, "right")
    return np.where(usable, time_ms - 1000 * leaps, NO_TIME)


def series_ms(series: pd.Series, unit: str) -> np.ndarray:
    """Return a column of numbers counted in `unit` as int64 UTC epoch ms; whole numbers lose no digit."""
    known = UNITS[unit]
    if series.dtype.kind in "iu" and not known.begins_ms and unit != "digits":
        per_ms = known.per_second / 1e3
        whole = series.to_numpy()
        if per_ms >= 1:
            return whole.astype(np.int64) // int(per_ms)
        usable = np.abs(whole.astype(np.float64)) <= LIMIT_MS * per_ms
        return np.where(usable, np.where(usable, whole, 0).astype(np.int64) * int(1 / per_ms), NO_TIME)
    if series.dtype.kind in "iu" and (unit == "digits" or known.per_second > 1):
        return _whole_ms(series.to_numpy().astype(np.int64), unit)
    if series.dtype == object:
        filled = series.notna().to_numpy()
        if not filled.all() and filled.any():  # as floats beside gaps, nanoseconds would lose digits
            time_ms = np.full(len(series), NO_TIME, np.int64)
            time_ms[filled] = series_ms(series[filled], unit)
            return time_ms
        numbers = pd.to_numeric(series, errors="coerce")
        if numbers.dtype.kind in "iu":
            return series_ms(numbers, unit)
    return numbers_ms(numbers_of(series), unit)


def unit_note(unit: str) -> str:
    """Return a sentence on how numbers were read."""
    words = UNITS[unit].words
    if unit == "digits":
        return f"Times are {words}."
    return f"Times are {words}{', UTC' if words[-1] == ')' else ' (UTC)'}."


def _whole_ms(values: np.ndarray, unit: str) -> np.ndarray:
    if unit == "digits":
        return _split_digits(values)
    known = UNITS[unit]
    return values // int(known.per_second / 1e3) + known.begins_ms


def _digits_ms(numbers: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        usable = np.isfinite(numbers) & (np.abs(numbers) < 9e17) & (numbers == np.rint(numbers))
    return np.where(usable, _split_digits(np.where(usable, numbers, 0).astype(np.int64)), NO_TIME)


def _split_digits(values: np.ndarray) -> np.ndarray:
    """Read whole numbers of 12 (to the minute), 14 (second) or 17 digits (thousandth)."""
    thousandths = np.where(values >= 10**16, values % 1000, 0)
    seconds = np.where(values >= 10**16, values // 1000, np.where(values < 10**12, values * 100, values))
    day, clock = seconds // 10**6, seconds % 10**6
    year, month, date = day // 10_000, day // 100 % 100, day % 100
    hour, minute, second = clock // 10_000, clock // 100 % 100, clock % 100
    right = (year >= 1900) & (year < 2200) & (month >= 1) & (month <= 12) & (date >= 1)
    right &= (hour < 24) & (minute < 60) & (second <= 60)
    months = np.where(right, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + np.where(right, date - 1, 0)
    right &= days.astype("datetime64[M]") == months
    in_day = ((hour * 60 + minute) * 60 + second) * 1000 + thousandths
    return np.where(right, days.astype(np.int64) * DAY_MS + in_day, NO_TIME)


def _late_unit(numbers: np.ndarray) -> tuple[str, str]:
    """Return the unit since 1970 in which the middle of the numbers lies between 1990 and 2100, with its doubt."""
    middle = float(np.median(numbers))
    for name in ("s", "ms", "us", "ns"):
        as_ms = middle * 1e3 / UNITS[name].per_second
        if EARLIEST_MS <= as_ms < 4_102_444_800_000:
            doubt = f"They lie around {_year(as_ms)}, which is still to come. Check the unit."
            return name, doubt if as_ms > tomorrow_ms() else ""
    return "", ""


def _gps_doubt(numbers: np.ndarray, middle_ms: float, late: int) -> str:
    """Return a warning where seconds since 1970 would be years old, and seconds since 1980 recent."""
    as_gps = numbers_ms(np.array([np.max(numbers[numbers * 1e3 < late], initial=0.0)]), "gps")
    years_old = (late - middle_ms) / (365.25 * DAY_MS)
    if years_old < _SUSPECT_YEARS or not late - _SUSPECT_YEARS * 366 * DAY_MS < as_gps[0] <= late:
        return ""
    return (
        f"They lie around {_year(middle_ms)}; as {UNITS['gps'].words} they would lie around {_year(float(as_gps[0]))}. "
        "Check that this is right."
    )


def _year(time_ms: float) -> int:
    return int(np.int64(time_ms).astype("datetime64[ms]").astype("datetime64[Y]").astype(np.int64)) + 1970


def have_lost_digits(sample: pd.Series) -> bool:
    """Return whether times are written as powers of ten with fewer digits than seconds have (1.71006E+09).

    Numbers of 32 bits have fewer, too: they are two minutes apart.
    """
    text = sample.dropna()
    if text.dtype == np.float32:
        return bool((text.abs() > 2**24).mean() > _FOUND)
    if text.dtype != object or len(text) == 0:
        return False
    found = text.astype(str).str.strip().str.extract(r"^\d(?:[.,](\d+))?[eE]\+?(\d{1,2})$")
    power = pd.to_numeric(found[1], errors="coerce")
    # Nine digits after the first are seconds, twelve are milliseconds: what is beyond seconds may be lost.
    short = pd.to_numeric(found[0].str.len()).fillna(0) < power.clip(upper=9)
    return bool((short & power.notna()).mean() > _FOUND)


def number_values(sample: pd.Series) -> Optional[np.ndarray]:
    """Return the numbers of a sample, None unless at least half of its values are some."""
    numbers = numbers_of(sample)
    finite = numbers[np.isfinite(numbers)]
    return finite if len(finite) >= _FOUND * len(numbers) else None
