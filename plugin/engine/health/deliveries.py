"""What was not delivered: days, hours of a day, days of a country."""

from __future__ import annotations

import numpy as np

from ..base import run_starts
from ..places import World, locate
from ..screening import Fixes
from .device_days import DeviceDays, count_slots
from .faults import COUNTRY, DAYS, HOURS, Fault, days_text

NEIGHBOUR_DAYS, NEIGHBOUR_WEEKS = 28, 4
"""Days, and weeks of like weekdays, to either side that tell what to expect of a day."""
BUSY = 0.75
"""The quartile of those days that is expected: a gap as long as the days that are known beside it is still one."""
MISSING_SHARE = 0.3
"""A day with less than this of the rows to expect was not delivered, or in part; holidays have more (measured on the
worlds of `make bench scoring` and the real data: no false alarm)."""
MIN_ROWS, MIN_DEVICES = 100, 15
"""Fewest rows of a day, and devices of a country and day, to expect: by chance 15 fall to a tenth in 1 of 10^5."""
HOUR_SHARE, MIN_HOURS, MIN_HOUR_ROWS = 0.05, 3, 20
"""Hours missing are at least so many in a row, with less than this of the rows to expect, of at least so many each."""
COUNTRY_SHARE = 0.1
"""A country with less than this of its devices on a day was not delivered: of a shutdown or curfew more is left."""
SQUARE_DEG = 0.1
"""Side of the squares whose country is looked up: a device-day near a border may count for the neighbour."""


def find_missing_days(days: DeviceDays) -> tuple[tuple[Fault, ...], np.ndarray]:
    """Return the spans of days that were not delivered, and these days (int64, since 1970-01-01)."""
    rows = np.bincount(days.day, days.fixes, minlength=days.days)
    expected = _expected(rows[:, None])[:, 0]
    missing = (rows < MISSING_SHARE * expected) & (expected >= MIN_ROWS)
    faults = []
    for first, last in _spans(missing):
        lost = expected[first : last + 1].sum() - rows[first : last + 1].sum()
        start, end = days.first_day + first, days.first_day + last
        share = float(lost / expected[first : last + 1].sum())
        faults.append(Fault(
            DAYS, start, end, f"{share:.0%} of the rows to expect {days_text(start, end)} were not delivered.",
            "Windows with these days are cut, or left out of what others are compared with.",
            rows=round(lost), share=share,
        ))  # fmt: skip
    return tuple(faults), np.flatnonzero(missing) + days.first_day


def find_missing_hours(fixes: Fixes, days: DeviceDays, missing: np.ndarray) -> tuple[tuple[Fault, ...], np.ndarray]:
    """Return the hours (UTC) that lack on days which were delivered otherwise, and these days; `missing` days are not
    looked at.
    """
    table = count_slots(fixes.time_ms, days.first_day, days.days, 24)
    rows, expected = table.ravel(), _expected(table).ravel()
    lacks = (rows < HOUR_SHARE * expected) & (expected >= MIN_HOUR_ROWS)
    lacks &= ~np.repeat(np.isin(np.arange(days.days) + days.first_day, missing), 24)
    faults: list[Fault] = []
    found: list[int] = []
    for first, last in _spans(lacks):
        if last - first + 1 < MIN_HOURS:
            continue
        start, end = days.first_day + first // 24, days.first_day + last // 24
        found += range(start, end + 1)
        lost = float(expected[first : last + 1].sum() - rows[first : last + 1].sum())
        day_rows = expected[first // 24 * 24 : (last // 24 + 1) * 24].sum()
        faults.append(Fault(
            HOURS, start, end,
            f"No rows were delivered {days_text(start, end)} between {first % 24}:00 and {last % 24 + 1}:00 UTC.",
            "Windows with this day are cut, or left out of what others are compared with.",
            rows=round(lost), share=float(lost / max(day_rows, 1.0)),
        ))  # fmt: skip
    return tuple(faults), np.array(found, np.int64)


def find_missing_countries(
    fixes: Fixes, days: DeviceDays, world: World, missing: np.ndarray
) -> tuple[tuple[Fault, ...], np.ndarray, np.ndarray]:
    """Return the spans of days on which a country is all but absent, and for each such day the country and the day.

    Days on which everything is `missing` are not looked at.
    """
    middle = days.row + days.fixes // 2
    country = locate(world, fixes.lat[middle], fixes.lon[middle], grid_deg=SQUARE_DEG).astype(np.int64)
    codes = len(world.country_code)
    known = country >= 0
    seen = np.bincount(days.day[known] * codes + country[known], minlength=days.days * codes)
    seen = seen.reshape(days.days, codes).astype(np.float64)
    busy = np.flatnonzero(seen.max(axis=0) >= MIN_DEVICES)
    expected = _expected(seen[:, busy])
    lacks = (seen[:, busy] < COUNTRY_SHARE * expected) & (expected >= MIN_DEVICES)
    lacks[np.isin(np.arange(days.days) + days.first_day, missing)] = False
    faults = []
    for column, code in enumerate(busy):
        for first, last in _spans(lacks[:, column]):
            start, end = days.first_day + first, days.first_day + last
            usual = float(expected[first : last + 1, column].mean())
            faults.append(Fault(
                COUNTRY, start, end,
                f"{world.country_name[code]} is all but missing {days_text(start, end)}: it was not delivered, or "
                "nothing was sent from there.",
                "What lies in this country is not compared in windows with these days.",
                devices=round(usual), share=1.0 - float(seen[first : last + 1, code].mean() / usual),
                country=str(world.country_code[code]),
            ))  # fmt: skip
    at, which = np.nonzero(lacks)
    return tuple(faults), busy[which], at + days.first_day


def _expected(rows: np.ndarray) -> np.ndarray:
    """Return what to expect of each day (days, columns): the least upper quartile of the days, and of the like
    weekdays, before and after it. So neither a panel that grows nor rest days nor a late beginning make it look empty.
    """
    days = len(rows)
    expected = np.full(rows.shape, np.inf)
    for step, number in ((1, NEIGHBOUR_DAYS), (7, NEIGHBOUR_WEEKS)):
        for sign in (-1, 1):
            at = np.arange(days)[:, None] + sign * step * np.arange(1, number + 1)
            inside = (at >= 0) & (at < days)
            values = np.where(inside[:, :, None], rows[np.clip(at, 0, days - 1)], np.nan)
            enough = inside.sum(axis=1) >= (4 if step == 1 else 2)
            expected[enough] = np.minimum(expected[enough], np.nanquantile(values[enough], BUSY, axis=1))
    expected[~np.isfinite(expected)] = 0.0
    return expected


def _spans(flags: np.ndarray) -> list[tuple[int, int]]:
    """Return the first and last place of each run of True."""
    if len(flags) == 0:
        return []
    start, length = run_starts(flags)
    return [(int(begin), int(begin + size - 1)) for begin, size in zip(start, length) if flags[begin]]
