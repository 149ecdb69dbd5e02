"""Clocks: times that run hours ahead of or behind those before, from one day on."""

from __future__ import annotations

import numpy as np

from ..earth import DAY_MS, HOUR_MS
from ..screening import Fixes
from .device_days import MIN_DEVICES, count_slots
from .faults import CLOCK, Fault, day_text

SLOTS = 48
"""Half hours: what clocks are wrong by is whole or half hours."""
SPAN_DAYS, LEAST_DAYS = 7, 3
"""Days on either side of a day whose hours are compared, whole weeks where there are; fewer are not compared."""
NEAR_DAYS = 3
"""Days to either side among which the first with shifted times is looked for: weeks of hours tell it that well."""
MIN_SHIFT_H = 1.5
"""Least shift that is told: daylight saving shifts people by an hour, and holidays by less."""
MIN_LIKENESS = 0.9
"""Least correlation of the hours after with those before, moved back: if it is less, people's days have changed."""
MIN_GAIN = 0.1
"""What moving them back has to gain in correlation. By hand; measured with `make bench health`."""
MIN_ROWS = 500
"""Fewest rows on either side: in each half hour some ten."""


def find_clock_shifts(fixes: Fixes, first_day: int, last_day: int) -> tuple[tuple[Fault, ...], np.ndarray]:
    """Return the days from which on times are shifted, and by how many ms (int64) each fix is late.

    The shorter side of each shift is set by the longer.
    """
    late_ms = np.zeros(len(fixes), np.int64)
    days = last_day - first_day + 1
    if fixes.device_count < MIN_DEVICES or days < 2 * LEAST_DAYS:
        return (), late_ms
    rows = count_slots(fixes.time_ms, first_day, days, SLOTS)
    faults: list[Fault] = []
    shifts = _steps(rows)
    if not shifts:
        return (), late_ms
    # Times of the longest stretch between two steps stand; the others are moved to it.
    edges = np.array([0, *(day for day, _ in shifts), days])
    offset = np.cumsum([0, *(hours for _, hours in shifts)])
    offset = offset - offset[int(np.diff(edges).argmax())]
    for (day, hours), own, before in zip(shifts, offset[1:], offset[:-1]):
        start = first_day + day
        side = "from that day on" if own else "before that day"
        moved = own if own else before
        faults.append(Fault(
            CLOCK, start, start,
            f"From {day_text(start)} on times run {abs(hours):g} hours {'ahead of' if hours > 0 else 'behind'} those "
            "before.",
            f"Times {side} were set {'back' if moved > 0 else 'forward'} by {abs(moved):g} hours.",
            devices=fixes.device_count, rows=int(rows[day:].sum() if own else rows[:day].sum()),
            share=float((rows[day:] if own else rows[:day]).sum() / rows.sum()),
        ))  # fmt: skip
    stretch = np.searchsorted(edges[1:-1], fixes.time_ms // DAY_MS - first_day, "right")
    return tuple(faults), np.rint(offset[stretch] * HOUR_MS).astype(np.int64)


def _steps(rows: np.ndarray) -> list[tuple[int, float]]:
    """Return the days from which on the hours of a day are moved, with the hours, rising."""
    days = len(rows)
    sums = np.vstack([np.zeros(SLOTS), np.cumsum(rows, axis=0)])
    gain, hours = np.zeros(days), np.zeros(days)
    for day in range(LEAST_DAYS, days - LEAST_DAYS):
        before = sums[day] - sums[max(0, day - SPAN_DAYS)]
        after = sums[min(days, day + SPAN_DAYS)] - sums[day]
        gain[day], hours[day] = _shift(before, after)
    found = []
    while gain.max(initial=0.0) > 0.0:
        day = int(gain.argmax())
        found.append((_day_of(rows, day), float(hours[day])))
        gain[max(0, day - SPAN_DAYS) : day + SPAN_DAYS + 1] = 0.0
    return sorted(found)


def _day_of(rows: np.ndarray, day: int) -> int:
    """Return the day near `day` that parts best the days which are like those before from those like the days after."""
    low, high = max(0, day - NEAR_DAYS), min(len(rows), day + NEAR_DAYS)
    before = rows[max(0, low - SPAN_DAYS) : max(low, 1)].sum(axis=0)
    after = rows[min(high, len(rows) - 1) : high + SPAN_DAYS].sum(axis=0)
    with np.errstate(all="ignore"):
        likes = [np.corrcoef(np.vstack([profile, rows[low:high]]))[0, 1:] for profile in (before, after)]
    sums = [np.concatenate(([0.0], np.cumsum(np.nan_to_num(like)))) for like in likes]
    return low + int((sums[0] + sums[1][-1] - sums[1]).argmax())


def _shift(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """Return what moving the hours after back gains in likeness to those before, 0 if nothing, and by how many hours.
    """
    if min(before.sum(), after.sum()) < MIN_ROWS:
        return 0.0, 0.0
    one, other = (values - values.mean() for values in (before, after))
    scale = np.sqrt((one**2).sum() * (other**2).sum())
    if scale == 0.0:
        return 0.0, 0.0
    like = np.fft.irfft(np.fft.rfft(one).conj() * np.fft.rfft(other), SLOTS) / scale
    best = int(like.argmax())
    gain, hours = float(like[best] - like[0]), (best if best <= SLOTS // 2 else best - SLOTS) * 24.0 / SLOTS
    is_shift = abs(hours) >= MIN_SHIFT_H and like[best] >= MIN_LIKENESS and gain >= MIN_GAIN
    return (gain, hours) if is_shift else (0.0, 0.0)
