"""Observations to fixes, every dropped row under one reason."""

from .columns import (
    ROLES,
    Detection,
    Roles,
    count_named_roles,
    detect_roles,
    has_no_header,
    settle_roles,
    unfit_accuracy,
)
from .companion_columns import Companions, find_companions
from .coordinates import CoordinateFormat, find_coordinates, require_no_minutes
from .date_orders import WORDS as ORDER_WORDS
from .date_parts import DateParts
from .device_ids import ONE_DEVICE, are_missing_words, factorize_ids
from .device_rules import screen_devices
from .facts import find_facts
from .lengths import decoded, is_unit_told, meters_of, numbers_of
from .never_read import readable, require_pseudonyms, require_readable
from .observations import MARKED, NO_TIME, Fixes, Observations, ObservationSource
from .point_texts import PointFormat, find_points
from .reading import DATE_ORDERS, ReadingSettings
from .screen import Screened, as_fixes, read_rows, require_fixes, screen
from .settings import (
    BAD_COORDINATE,
    BAD_TIME,
    COPY,
    EXCLUDED_REGION,
    KEPT,
    KEPT_TWO_OWNERS,
    MADE_UP,
    MARKED_WRONG,
    MISSING_DEVICE,
    NULL_ISLAND,
    REASONS,
    SENSITIVE_PLACE,
    SHARED_POSITION,
    THINNED,
    ScreeningFacts,
    ScreeningSettings,
)
from .text_forms import form_of
from .time_numbers import UNITS, have_lost_digits
from .time_words import count_date_words
from .time_zones import columns_to_utc, zone_in_name
from .timestamps import TimeFormat, detect_time_format, parse_iso, parse_times

__all__ = [
    "ONE_DEVICE",
    "ORDER_WORDS",
    "BAD_COORDINATE",
    "BAD_TIME",
    "COPY",
    "Companions",
    "CoordinateFormat",
    "DATE_ORDERS",
    "DateParts",
    "Detection",
    "EXCLUDED_REGION",
    "Fixes",
    "KEPT",
    "KEPT_TWO_OWNERS",
    "MADE_UP",
    "MARKED_WRONG",
    "MARKED",
    "MISSING_DEVICE",
    "NO_TIME",
    "NULL_ISLAND",
    "ObservationSource",
    "Observations",
    "PointFormat",
    "REASONS",
    "ROLES",
    "ReadingSettings",
    "Roles",
    "SENSITIVE_PLACE",
    "SHARED_POSITION",
    "THINNED",
    "Screened",
    "ScreeningFacts",
    "ScreeningSettings",
    "TimeFormat",
    "UNITS",
    "as_fixes",
    "are_missing_words",
    "columns_to_utc",
    "count_date_words",
    "count_named_roles",
    "detect_roles",
    "have_lost_digits",
    "detect_time_format",
    "factorize_ids",
    "find_companions",
    "find_coordinates",
    "find_facts",
    "find_points",
    "form_of",
    "is_unit_told",
    "decoded",
    "meters_of",
    "numbers_of",
    "has_no_header",
    "parse_iso",
    "parse_times",
    "read_rows",
    "readable",
    "require_fixes",
    "require_no_minutes",
    "require_pseudonyms",
    "require_readable",
    "screen",
    "screen_devices",
    "settle_roles",
    "unfit_accuracy",
    "zone_in_name",
]
