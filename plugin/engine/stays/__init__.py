"""Fixes to stays."""

from .detect import detect_stays
from .settings import StaySettings
from .sliding import SlidingSettings, detect_sliding_stays
from .table import Stays

__all__ = [
    "SlidingSettings",
    "StaySettings",
    "Stays",
    "detect_sliding_stays",
    "detect_stays",
]
