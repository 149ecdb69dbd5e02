"""Dated events and calendars as tables give them: key dates, places, days that are not ordinary."""

from .calendar import CALENDAR_KINDS, CalendarSpan, calendar_table, make_calendar
from .events import DatedEvents, make_events
from .key_dates import KeyDateGroup, make_groups, read_key_dates, write_key_dates
from .places import places_of

__all__ = [
    "CALENDAR_KINDS",
    "CalendarSpan",
    "DatedEvents",
    "KeyDateGroup",
    "calendar_table",
    "make_calendar",
    "make_events",
    "make_groups",
    "places_of",
    "read_key_dates",
    "write_key_dates",
]
