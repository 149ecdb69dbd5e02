"""Stays to legs: mode, flights, borders."""

from . import detect
from .detect import AIR, MODES, Legs, detect_legs
from .settings import LegSettings

__all__ = [
    "AIR",
    "LegSettings",
    "Legs",
    "MODES",
    "detect",
    "detect_legs",
]
