"""Fixes to stays."""

from .detect import detect_stays, estimate_spans
from .settings import StaySettings
from .sliding import SlidingSettings, detect_sliding_stays
from .table import Stays

__all__ = [
    "SlidingSettings",
    "StaySettings",
    "Stays",
    "detect_sliding_stays",
    "detect_stays",
    "estimate_spans",
]
