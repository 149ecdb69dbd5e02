"""Turnover of ids: drawn anew, living a few weeks, coming or going all at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .device_days import MIN_DEVICES, DeviceDays, around, peaks, until, usual_beside
from .faults import JUMP, RENEWED, SHORT_LIVED, Fault, day_text

SPAN_DAYS = 7
"""Days on either side of a day in which its devices are looked for: a week evens out rest days."""
REGULAR_SHARE, OFTEN_SHARE = 0.5, 0.85
"""A device is one of the panel around a day if it was seen on half of the days there: rarer ones come and go for want
of fixes. With less than a week left, on six of seven: who was, is missing for three days in 1 of 300 cases."""
MIN_DAYS_BEFORE, MIN_DAYS_AFTER = 14, 3
"""Nothing is said of a day nearer to the beginning, where much is new for want of days before, or to the end."""
LEAST_TURNOVER = 0.08
"""Excess share of the panel that comes or goes on one day, by hand: measured (`make bench health`) honest worlds stay
below 0.03, and a twentieth of the ids drawn anew makes no finding."""
LEAST_JUMP = 0.15
"""The same for a panel that only grows or only shrinks, by hand: crowds that come for a week are up to
0.09 (measured)."""
MAX_CHANCE, LEAST_DEVICES = 4.0, 20
"""Standard deviations that the excess has to be above what is usual (by chance 1 in 30,000 days is), and devices."""
NEAREST = 0.25
"""What coming on the very day counts for beside coming in the week, to find the day: it only has to break ties."""
SHORT_LIVES = (35, 21, 10)
"""Longest life of an id (days) that is short: the months, fortnights and weeks after which ids are rotated, and some
days more; the longest that the data can tell."""
LEAST_SHORT_LIVED = 0.25
"""Share of device-days by ids that live so short, by hand: of panels with many tour groups it is up to 0.18 (measured:
`make bench health`)."""


@dataclass(frozen=True)
class Turnover:
    """Faults of ids; `renewed` int64 rising: days (since 1970-01-01) from which on many ids had not been seen before.

    `doubled` are those of them on which the same devices changed their ids, so that a window across counts them twice.
    `always_new`: ids live so short that nothing can be remembered of them.
    """

    faults: tuple[Fault, ...]
    renewed: np.ndarray
    doubled: np.ndarray
    always_new: bool


def find_turnover(days: DeviceDays) -> Turnover:
    """Return the days on which ids come or go at once, and whether they live a few weeks only."""
    came, went, panel = _came_and_went(days)
    short, life = _short_lived(days)
    excess_in, excess_out = (_excess(share, panel) for share in (came, went))
    # Ids drawn anew come as others go; near the end of the data the one is known better than the other.
    both = (excess_in >= LEAST_TURNOVER) & (excess_out >= np.maximum(LEAST_TURNOVER, 0.5 * excess_in))
    score = np.where(both, excess_in + excess_out, np.maximum(excess_in, excess_out))
    score[~both & (score < LEAST_JUMP)] = 0.0
    # Of days that are about as likely the one on which most come for the first time, or have just gone.
    first, last = days.lives()
    at_once = np.bincount(first, minlength=len(score)) + np.bincount(last + 1, minlength=len(score))
    found = peaks(np.where(score > 0, score + NEAREST * at_once / np.maximum(panel, 1), 0.0), LEAST_TURNOVER, SPAN_DAYS)
    is_in = [day for day in found if both[day] or excess_in[day] >= LEAST_JUMP]
    is_both = [day for day in found if both[day]]
    at = np.array(is_in, np.int64) + days.first_day
    doubled = np.array(is_both, np.int64) + days.first_day
    if short >= LEAST_SHORT_LIVED:
        return Turnover((_lives(days, short, life),), at, doubled, True)
    faults = []
    for day in found:
        if both[day]:
            faults.append(_renewed(days, day, float(excess_in[day]), int(panel[day])))
        else:
            faults.append(_jump(days, day, float(excess_in[day]), float(excess_out[day]), int(panel[day])))
    return Turnover(tuple(faults), at, doubled, False)


def _excess(share: np.ndarray, panel: np.ndarray) -> np.ndarray:
    """Return by how much a share is above the usual one around, 0 where chance would do it too."""
    usual = usual_beside(share, 8, 21)
    chance = np.sqrt(np.maximum(usual, 0.02) / np.maximum(panel, 1))
    excess = np.nan_to_num(share - usual)
    clear = (excess > MAX_CHANCE * chance) & (excess * panel >= LEAST_DEVICES)
    return np.where(clear, excess, 0.0)


def _came_and_went(days: DeviceDays) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return per day the share of the panel from it on that was never seen before, of the panel before it that was
    never seen again, and how many devices that panel has; NaN where it has too few.
    """
    size = days.days + 1
    here, new, there, gone = np.zeros((4, size), np.int64)
    at = np.arange(size)
    # With few days left, only those who were there nearly every day are missed.
    regular = np.where(days.days - at < SPAN_DAYS, OFTEN_SHARE, REGULAR_SHARE)
    least_before = regular * np.minimum(at, SPAN_DAYS)
    least_after = REGULAR_SHARE * np.minimum(days.days - at, SPAN_DAYS)
    for table in days.blocks():
        seen = until(table > 0)
        before, after = around(seen, SPAN_DAYS)
        old, young = (before > 0) & (before >= least_before), (after > 0) & (after >= least_after)
        there += old.sum(axis=0)
        gone += (old & (seen[:, -1:] == seen)).sum(axis=0)
        here += young.sum(axis=0)
        new += (young & (seen == 0)).sum(axis=0)
    early, late = at < MIN_DAYS_BEFORE, at > days.days - MIN_DAYS_AFTER
    with np.errstate(all="ignore"):
        came = np.where((here >= MIN_DEVICES) & ~early & ~late, new / here, np.nan)
        went = np.where((there >= MIN_DEVICES) & ~early & ~late, gone / there, np.nan)
    return came, went, np.maximum(here, there)


def _short_lived(days: DeviceDays) -> tuple[float, int]:
    """Return the share of device-days by ids that live short, away from both ends of the data, and their usual life."""
    fits = [life for life in SHORT_LIVES if days.days >= 2 * life + 14]
    if not fits or days.devices < MIN_DEVICES:
        return 0.0, 0
    first, last = days.lives()
    lives = last - first + 1
    own = np.bincount(days.device, minlength=days.devices)
    inside = (days.day >= fits[0]) & (days.day < days.days - fits[0])
    short = ((lives <= fits[0]) & (own >= REGULAR_SHARE / 2 * lives) & (own >= 2))[days.device]
    if inside.sum() == 0 or len(np.unique(days.device[inside & short])) < MIN_DEVICES:
        return 0.0, 0
    return float(short[inside].mean()), int(np.median(lives[days.device[inside & short]]))


def _lives(days: DeviceDays, share: float, life: int) -> Fault:
    return Fault(
        SHORT_LIVED, days.first_day, days.first_day + days.days - 1,
        f"About {share:.0%} of the days that devices were seen belong to ids that live some {life} days only: ids are "
        "replaced again and again.",
        "Behaviors that need to know a device from before (who lives where, who is new, who was where lately) are not "
        "tested, and ways of devices end where an id does.",
        devices=days.devices, share=share,
    )  # fmt: skip


def _renewed(days: DeviceDays, day: int, share: float, panel: int) -> Fault:
    start = days.first_day + day
    return Fault(
        RENEWED, start, start,
        f"About {min(share, 1.0):.0%} of the devices were given new ids on {day_text(start)}.",
        "Windows across that day are cut to one side of it, and what looks back over it (who lives where, who is new, "
        "who was where lately) is not tested.",
        devices=round(share * panel), share=min(share, 1.0),
    )  # fmt: skip


def _jump(days: DeviceDays, day: int, came: float, went: float, panel: int) -> Fault:
    start, share = days.first_day + day, max(came, went)
    done = "Counts are compared by how many devices there were."
    if came >= went:
        what = f"{share:.0%} of the devices from {day_text(start)} on were never seen before: the panel grew at once."
        done += " Who is new is not tested where that is not known."
    else:
        what = f"{share:.0%} of the devices until {day_text(start)} were never seen again: the panel shrank at once."
    return Fault(JUMP, start, start, what, done, devices=round(share * panel), share=share)
