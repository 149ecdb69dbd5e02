"""Devices that are seen several times as often from one day on: an update of the app that reports them."""

from __future__ import annotations

import numpy as np

from ..base import place_in_run, run_starts
from ..earth import DAY_MS
from ..screening import Fixes
from .device_days import MIN_DEVICES, DeviceDays, around, peaks, until, usual_beside
from .faults import OFTEN, Fault, day_text

SPAN_DAYS = 7
MIN_DAYS, MIN_FIXES = 4, 10
"""Days and fixes on either side of a day from which a device's rate is told; with fewer it is chance."""
TIMES = 1.6
"""A device is seen more often if its fixes a day grow so many times: half of a doubled rate's chance is left over."""
NEAR_DAYS, NEARLY = 3, 0.8
"""The day is looked for so near the one with most such devices, where there are nearly as many: a rate that grows five
times shows in a week with six days of it."""
LEAST_SHARE, LEAST_DEVICES = 0.2, 20
"""Excess share of devices that is told, of at least so many. Measured (`make bench health`): in honest worlds it stays
below 0.16, and where it is more it is of fewer devices."""


def find_rates(fixes: Fixes, days: DeviceDays) -> tuple[tuple[Fault, ...], np.ndarray]:
    """Return the days from which on many of the same devices are seen more often, or less often, and the fixes (bool)
    that these devices have too many on one side of it.
    """
    faults, drop = [], np.zeros(len(fixes), bool)
    both, more, less = _changed(days)
    with np.errstate(all="ignore"):
        shares = [np.where(both >= MIN_DEVICES, number / both, np.nan) for number in (more, less)]
    rows = np.bincount(days.day, days.fixes, minlength=days.days + 1)
    step = np.log(np.maximum(rows, 1.0)) - np.log(np.maximum(np.append(rows[:1], rows[:-1]), 1.0))
    # Who is seen more on some days is seen less on others: a real change goes one way.
    excess = [np.nan_to_num(share - usual_beside(share, 8, 21)) for share in shares]
    for word, one, other in (("more", *excess), ("less", *excess[::-1])):
        score = np.where(one * both >= LEAST_DEVICES, one - np.maximum(other, 0.0), 0.0)
        for peak in peaks(score, LEAST_SHARE, SPAN_DAYS):
            day = _day_of(step if word == "more" else -step, score, peak)
            surplus = _surplus(fixes, days, day, word == "more") & ~drop
            drop |= surplus
            start, share = days.first_day + day, float(one[day])
            faults.append(Fault(
                OFTEN, start, start,
                f"From {day_text(start)} on about {share:.0%} of the devices are seen {word} often than before.",
                f"{surplus.sum():,} of their rows {'from then on' if word == 'more' else 'before'} were dropped, so "
                "that they are seen as often as on the other side of that day.",
                devices=round(share * float(both[day])), rows=int(surplus.sum()), share=share,
            ))  # fmt: skip
    return tuple(faults), drop


def _day_of(step: np.ndarray, score: np.ndarray, peak: int) -> int:
    """Return the day near a peak, and nearly as high, on which the rows grow most."""
    near = np.arange(max(0, peak - NEAR_DAYS), min(len(score), peak + NEAR_DAYS + 1))
    near = near[score[near] >= NEARLY * score[peak]]
    return int(near[step[near].argmax()])


def _surplus(fixes: Fixes, days: DeviceDays, day: int, is_more: bool) -> np.ndarray:
    """Return the fixes (bool), evenly spread, by which devices that are seen more often on one side of `day` are so."""
    early = days.day < day
    near = np.abs(days.day - day + 0.5) < SPAN_DAYS
    rate = []
    for side in (early, ~early):
        at = side & near
        number = np.bincount(days.device[at], days.fixes[at], days.devices)
        rate.append(number / np.maximum(np.bincount(days.device[at], minlength=days.devices), 1))
    low, high = rate if is_more else rate[::-1]
    keep = np.where((low > 0) & (high >= TIMES * low), low / np.maximum(high, 1e-9), 1.0)
    rows = np.flatnonzero((fixes.time_ms >= (days.first_day + day) * DAY_MS) == is_more)
    rows = rows[keep[fixes.device[rows]] < 1.0]
    _, size = run_starts(fixes.device[rows])
    place, share = place_in_run(size), keep[fixes.device[rows]]
    drop = np.zeros(len(fixes), bool)
    drop[rows[np.floor((place + 1) * share) == np.floor(place * share)]] = True
    return drop


def _changed(days: DeviceDays) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return per day how many devices are known before and after it, and how many of them are seen more often, and less
    often, after it.
    """
    both, more, less = np.zeros((3, days.days + 1))
    for table in days.blocks():
        number = around(until(table), SPAN_DAYS)
        seen = around(until(table > 0), SPAN_DAYS)
        known = np.logical_and.reduce(
            [(count >= MIN_FIXES) & (day >= MIN_DAYS) for count, day in zip(number, seen)]
        )
        before, after = (count / np.maximum(day, 1) for count, day in zip(number, seen))
        both += known.sum(axis=0)
        more += (known & (after >= TIMES * before)).sum(axis=0)
        less += (known & (before >= TIMES * after)).sum(axis=0)
    return both, more, less
