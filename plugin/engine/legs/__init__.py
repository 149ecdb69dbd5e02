"""Stays to legs: mode, flights, borders."""

from . import detect
from .closures import Closure, find_closures
from .detect import AIR, MODES, Legs, detect_legs
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
