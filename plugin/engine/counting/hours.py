"""Hours of the day: on which days visits touch them, where a night belongs to the day of its evening."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

from ..earth import HOUR_MS, local_day
from ..history import History


@dataclass(frozen=True)
class Hours:
    """The same hours of every day: `length` hours from `start` on (local hours), beyond midnight where they are more.
    """

    start: float
    length: float


def days_in_hours(
    history: History, hours: Hours, begin: int, days: int, rows: Optional[np.ndarray] = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return on which days visits touch some hours, half open and counted from `begin`, inside of `days`; int32.

    Both are the same for a visit at other hours. `rows`: of some visits, else of all.
    """
    start_ms, end_ms = history.start_ms, history.end_ms
    if rows is not None:
        start_ms, end_ms = start_ms[rows], end_ms[rows]
    start, end = round(hours.start * HOUR_MS), round((hours.start + hours.length) * HOUR_MS)
    # The first hours that are not over when the visit begins, and the last that have begun when it ends.
    first = np.clip(local_day(start_ms - end) + 1 - begin, 0, days)
    last = np.clip(local_day(end_ms - start) + 1 - begin, 0, days)
    return first.astype(np.int32), np.maximum(last, first).astype(np.int32)
