"""Windows as an analyst gives them: whole local days or moments, and the span of time that they mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Union

import numpy as np

from ..base import StudyError
from ..earth import DAY_MS, EPOCH, utc_ms


@dataclass(frozen=True)
class Span:
    """A window [start, end) in UTC epoch ms."""

    start_ms: int
    end_ms: int

    def __post_init__(self) -> None:
        if self.end_ms <= self.start_ms:
            raise StudyError(f"The window ends before it begins ({self}). Exchange start and end.")

    def __str__(self) -> str:
        """Return the window in words, such as "2023-07-26 00:00 to 2023-07-28 00:00 UTC"."""
        return f"{minute_text(self.start_ms)} to {minute_text(self.end_ms)} UTC"


@dataclass(frozen=True)
class GivenWindow:
    """A window as an analyst gives it: each end is a day, local to the place and whole, or a time in UTC epoch ms."""

    start: Union[date, int]
    end: Union[date, int]

    def at(self, lon: float) -> Span:
        """Return the window at a longitude (degrees), by solar time; raise StudyError when it ends before it begins."""
        end = self.end + timedelta(days=1) if isinstance(self.end, date) else self.end
        return Span(_begin_ms(self.start, lon), _begin_ms(end, lon))

    def days(self) -> tuple[date, date]:
        """Return the first and last day of the window."""
        return _day_of(self.start), _day_of(self.end)


def _begin_ms(moment: Union[date, int], lon: float) -> int:
    if not isinstance(moment, date):
        return moment
    return int(utc_ms(np.array((moment - EPOCH).days * DAY_MS), np.array(lon)))


def _day_of(moment: Union[date, int]) -> date:
    return moment if isinstance(moment, date) else EPOCH + timedelta(days=moment // DAY_MS)


def minute_text(time_ms: int) -> str:
    """Return a moment (UTC epoch ms) in words, to the minute: "2023-07-26 00:00"."""
    return str(np.datetime64(int(time_ms), "ms").astype("datetime64[m]")).replace("T", " ")
