"""Windows, presence, and distinct devices per spot, pattern and window."""

from .clear import cut_span, keep_clear
from .counts import PatternCounts, count_patterns
from .presence import Presence, count_devices, find_presence
from .windows import (
    AFTERMATH_DAYS,
    MAX_BASELINE_WINDOWS,
    MIN_BASELINE_WINDOWS,
    Windows,
    dates_inside,
    earlier_starts,
    make_windows,
)

__all__ = [
    "AFTERMATH_DAYS",
    "MAX_BASELINE_WINDOWS",
    "MIN_BASELINE_WINDOWS",
    "PatternCounts",
    "Presence",
    "Windows",
    "count_devices",
    "count_patterns",
    "cut_span",
    "dates_inside",
    "earlier_starts",
    "find_presence",
    "keep_clear",
    "make_windows",
]
