"""Dated events and calendars: key dates, places, and the days of countries that are rest days or not ordinary."""

from .calendar import Calendar, holiday_windows
from .country_days import CountryDays, make_country_days
from .events import DatedEvents, make_events
from .key_dates import KeyDateGroup, make_groups, read_key_dates, write_key_dates
from .places import places_of
from .spans import (
    CALENDAR_KINDS,
    CLOSED_AIRSPACE,
    CLOSED_BORDER,
    CalendarSpan,
    calendar_table,
    make_calendar,
)
from .words import told_days, told_span

__all__ = [
    "CALENDAR_KINDS",
    "CLOSED_AIRSPACE",
    "CLOSED_BORDER",
    "Calendar",
    "CalendarSpan",
    "CountryDays",
    "DatedEvents",
    "KeyDateGroup",
    "calendar_table",
    "holiday_windows",
    "make_calendar",
    "make_country_days",
    "make_events",
    "make_groups",
    "places_of",
    "read_key_dates",
    "told_days",
    "told_span",
    "write_key_dates",
]
