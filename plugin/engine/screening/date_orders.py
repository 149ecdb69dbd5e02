"""Which part of a date comes first: decided by the column as a whole, since one date may be read in three ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

from .observations import NO_TIME
from .time_numbers import DAY_MS, EARLIEST_MS, tomorrow_ms
from .time_texts import TimeParts

WORDS = {"dmy": "day first", "mdy": "month first", "ymd": "year first"}
_FOUND = 0.5  # the share of a sample that has to make sense
_CLEARLY = 1.5  # how many times as far the times must jump in the other reading for one to be clearly the better

_RECENT_MS = 10 * 366 * DAY_MS  # where nothing else tells, records are not older


@dataclass(frozen=True)
class FoundOrder:
    """An order of the parts of dates, whether no other one fits, and a sentence for the analyst."""

    order: str
    is_sure: bool
    note: str


def find_order(parts: TimeParts, asked: str) -> Optional[FoundOrder]:
    """Return the order in which the dates of a sample make sense, that `asked` for ("" for none) if it does.

    First counts how many rows are dates at all between 1990 and tomorrow, then how far times jump from row to row:
    rows of one device follow one another, and in a wrong order days become months or years.
    """
    read = {order: parts.wall_ms(order) for order in ([asked] if asked else WORDS)}
    late = tomorrow_ms()
    valid = {order: (time_ms != NO_TIME) for order, time_ms in read.items()}
    if max(rows.mean() for rows in valid.values()) < _FOUND:
        return None
    share = {order: float(((ms >= EARLIEST_MS) & (ms <= late)).mean()) for order, ms in read.items()}
    if max(share.values()) < _FOUND:
        share = {order: float(rows.mean()) for order, rows in valid.items()}
    best = max(share.values())
    fitting = [order for order in _by_habit(parts, read) if share[order] == best]
    first = fitting[0]
    if all(np.array_equal(read[first], read[order]) for order in fitting[1:]):
        return FoundOrder(first, True, _certain(parts, first))
    known = np.logical_and.reduce([valid[order] for order in fitting])
    jumps = {order: int(np.abs(np.diff(read[order][known] // DAY_MS)).sum()) for order in fitting}
    least = min(jumps.values())
    near = [order for order in fitting if jumps[order] <= _CLEARLY * least]
    recent = [order for order in near if np.median(read[order][known]) > late - _RECENT_MS]
    order = (recent or near)[0]
    others = " or ".join(WORDS[name] for name in fitting if not np.array_equal(read[name], read[order]))
    return FoundOrder(
        order, False,
        f"Dates could be {WORDS[order]} or {others}; they were read {WORDS[order]}. Check that this is right.",
    )  # fmt: skip


def _by_habit(parts: TimeParts, read: dict[str, np.ndarray]) -> list[str]:
    """Return the orders as usual where nothing else tells: month first with slashes and AM or PM, else day first."""
    usual = ("mdy", "dmy", "ymd") if parts.has_slash and (parts.half != 0).any() else ("dmy", "mdy", "ymd")
    return [order for order in usual if order in read]


def _certain(parts: TimeParts, order: str) -> str:
    if (parts.month[parts.usable] > 0).all():
        return "Dates name their months."
    if (parts.width[parts.usable, 0] == 4).all() or order == "ymd":
        return "Dates are written year first."
    return f"Dates are written {WORDS[order]}."
