"""Observations to fixes, every dropped row under one reason."""

from .columns import ROLES, Detection, Roles, detect_roles, settle_roles
from .device_rules import screen_devices
from .facts import find_facts
from .observations import NO_TIME, Fixes, Observations, ObservationSource
from .screen import Screened, as_fixes, read_rows, screen
from .settings import (
    BAD_COORDINATE,
    KEPT,
    KEPT_TWO_OWNERS,
    MISSING_DEVICE,
    NULL_ISLAND,
    REASONS,
    SENSITIVE_PLACE,
    ScreeningSettings,
)
from .timestamps import TimeFormat, detect_time_format, parse_iso, parse_times

__all__ = [
    "BAD_COORDINATE",
    "Detection",
    "Fixes",
    "KEPT",
    "KEPT_TWO_OWNERS",
    "MISSING_DEVICE",
    "NO_TIME",
    "NULL_ISLAND",
    "ObservationSource",
    "Observations",
    "REASONS",
    "ROLES",
    "Roles",
    "SENSITIVE_PLACE",
    "Screened",
    "ScreeningSettings",
    "TimeFormat",
    "as_fixes",
    "detect_roles",
    "detect_time_format",
    "find_facts",
    "parse_iso",
    "parse_times",
    "read_rows",
    "screen",
    "screen_devices",
    "settle_roles",
]
