"""Stays to legs: mode, flights, borders."""

from . import detect
from .closures import Closure, find_closures
from .detect import Legs, detect_legs
from .modes import AIR, MODES
from .settings import LegSettings

__all__ = [
    "AIR",
    "Closure",
    "LegSettings",
    "Legs",
    "MODES",
    "detect",
    "detect_legs",
    "find_closures",
]
