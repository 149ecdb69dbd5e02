"""Observations to fixes, every dropped row under one reason."""

from .columns import ROLES, Detection, Roles, detect_roles, has_no_header, settle_roles
from .device_rules import screen_devices
from .facts import find_facts
from .never_read import readable, require_pseudonyms, require_readable
from .observations import NO_TIME, Fixes, Observations, ObservationSource
from .screen import Screened, as_fixes, read_rows, screen
from .settings import (
    BAD_COORDINATE,
    EXCLUDED_REGION,
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
    "EXCLUDED_REGION",
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
    "has_no_header",
    "parse_iso",
    "parse_times",
    "read_rows",
    "readable",
    "require_pseudonyms",
    "require_readable",
    "screen",
    "screen_devices",
    "settle_roles",
]
