"""Windows, presence, and distinct devices per spot, pattern and window."""

from .clear import cut_span, keep_clear
from .counts import PatternCounts, count_patterns
from .hours import Hours, days_in_hours
from .plain import MIN_PLAIN_WINDOWS, PlainCounts, count_days_of, count_plain, days_present, find_phases, sum_days
from .presence import Presence, count_devices, find_presence
from .windows import (
    AFTERMATH_DAYS,
    MAX_BASELINE_WINDOWS,
    MIN_BASELINE_WINDOWS,
    Windows,
    dates_inside,
    earlier_starts,
    make_plain_windows,
    make_windows,
)

__all__ = [
    "AFTERMATH_DAYS",
    "Hours",
    "MAX_BASELINE_WINDOWS",
    "MIN_BASELINE_WINDOWS",
    "MIN_PLAIN_WINDOWS",
    "PatternCounts",
    "PlainCounts",
    "Presence",
    "Windows",
    "count_days_of",
    "count_devices",
    "count_patterns",
    "count_plain",
    "cut_span",
    "dates_inside",
    "days_in_hours",
    "days_present",
    "earlier_starts",
    "find_phases",
    "find_presence",
    "keep_clear",
    "make_plain_windows",
    "make_windows",
    "sum_days",
]
